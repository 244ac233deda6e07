/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Pages for operators. */
#include "status.h"
#include "engine.h"
#include "metrics.h"

/* That a handler runs and the store was read (dispatch did) is the answer. */
static bool health(struct request *rq, struct response *rs, struct error *err)
{
	(void)rq;
	(void)err;
	rs->type = "text/plain; charset=utf-8";
	buf_str(&rs->body, "ok\n");
	return true;
}

static bool metrics(struct request *rq, struct response *rs, struct error *err)
{
	(void)err;
	rs->type = "text/plain; version=0.0.4; charset=utf-8";
	metrics_write(rq->engine->metrics, &rs->body);
	return true;
}

const struct route status_routes[] = {
	{ HTTP_GET, "/healthz", ROLE_ANYONE, 0, NULL, health, "Is the server working?" },
	{ HTTP_GET, "/metrics", ROLE_OPERATOR, 0, NULL, metrics, "Counters in the Prometheus text format" },
	{ 0, NULL, 0, 0, NULL, NULL, NULL }
};
