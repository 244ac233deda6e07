/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Sealed words of what was just done. */
#include "done.h"
#include <string.h>
#include "csrf.h"

const struct param done_params[] = {
	{ "done", PARAM_SLUG, 0, 0, "What was just done, sealed" },
	{ NULL, 0, 0, 0, NULL }
};

static const char *sealed(const struct request *rq, const char *word)
{
	return arena_printf(rq->arena, "%s-%s", word, csrf_seal(rq, word));
}

bool done_redirect(struct request *rq, struct response *rs, struct url to, const char *word)
{
	return response_redirect(rs, url_query(rq->arena, to, "done", sealed(rq, word)));
}

const char *done_text(const struct request *rq, const char *const (*texts)[2])
{
	const char *done = NULL;

	/* From the query itself: a record's own route declares no such parameter. */
	for (size_t i = 0; rq->session && (rq->method & (HTTP_GET | HTTP_HEAD)) && i < rq->n_query; i++)
		if (strcmp(rq->query[i].name, "done") == 0)
			done = rq->query[i].value;
	for (size_t i = 0; done && texts[i][0]; i++)
		if (strcmp(done, sealed(rq, texts[i][0])) == 0)
			return texts[i][1];
	return NULL;
}
