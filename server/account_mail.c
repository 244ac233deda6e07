/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Letters to people about their accounts. */
#include "account_mail.h"
#include <string.h>
#include "engine.h"
#include "log.h"
#include "session.h"

const char *link_origin(const struct request *rq)
{
	const char *origin = options_string(rq->engine->options, "public-origin");
	const char *network = options_string(rq->engine->options, "network-host");

	if (*origin)
		return origin;
	if ((*network && text_equal_nocase(rq->host, network)) ||
		(rq->space && rq->space->host && text_equal_nocase(rq->host, rq->space->host)))
		return arena_printf(rq->arena, "%s://%s", rq->secure ? "https" : "http", rq->host);
	return !rq->secure && session_allowed(rq) ? rq->origin : NULL;
}

const char *link_address(struct arena *a, const char *origin, enum token_kind kind, const char *token)
{
	return arena_printf(a, "%s/%s/%s", origin, kind == TOKEN_INVITATION ? "invitation" : "reset", token);
}

bool account_send_link(struct db *w, const struct engine *e, const char *origin, const struct account *account,
	enum token_kind kind, const char *token, bool *sent, struct error *err)
{
	(void)w;
	(void)e;
	(void)token;
	(void)err;
	*sent = false;
	log_warn("account.mail", "account=%s kind=%s problem=%s", account->id,
		kind == TOKEN_INVITATION ? "invitation" : "reset", !origin ? "no-public-origin" :
		!account->email ? "no-address" : "mail-not-configured");
	return true;
}

void account_mail_wake(const struct engine *e)
{
	(void)e;
}
