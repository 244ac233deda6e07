/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Letters to people about their accounts. */
#include "account_mail.h"
#include <string.h>
#include "engine.h"
#include "log.h"
#include "mail.h"
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

static const char *duration(struct arena *a, int64_t ms)
{
	int64_t hours = ms / 3600000, days = hours / 24;

	if (days > 1)
		return arena_printf(a, "%lld days", (long long)days);
	if (hours > 1)
		return arena_printf(a, "%lld hours", (long long)hours);
	return hours == 1 ? "one hour" : arena_printf(a, "%lld minutes", (long long)(ms / 60000));
}

bool account_send_link(struct db *w, const struct engine *e, const char *origin, const struct account *account,
	enum token_kind kind, const char *token, bool *sent, struct error *err)
{
	bool invitation = kind == TOKEN_INVITATION;
	struct arena *a;
	bool ok;

	*sent = origin && account->email && mail_configured(e) && mail_address_ok(account->email);
	if (!*sent) {
		log_warn("account.mail", "account=%s kind=%s problem=%s", account->id, invitation ? "invitation" : "reset",
			!origin ? "no-public-origin" : !account->email ? "no-address" : "mail-not-configured");
		return true;
	}
	a = arena_create();
	const char *lasts = duration(a, options_int(e->options, invitation ? "invitation-time" : "reset-time"));
	struct mail m = {
		.to = account->email,
		.subject = invitation ? "Your account in the network" : "A new password",
		.text = arena_printf(a, invitation ?
			"Dear %s,\n\nyou have been given an account in the network, with the user name\n\n    %s\n\n"
			"Choose a password here, within %s:\n\n%s\n\n"
			"If you do not know what this is about, do nothing: without a password\nthe account opens nothing.\n" :
			"Dear %s,\n\nsomeone, probably you, asked for a new password for the user name\n\n    %s\n\n"
			"Set it here, within %s; the link works once:\n\n%s\n\n"
			"If it was not you, do nothing: your password stays as it is.\n",
			account->name, account->login, lasts, link_address(a, origin, kind, token)),
	};
	ok = mail_queue(w, &m, err);
	arena_destroy(a);
	return ok;
}

void account_mail_wake(const struct engine *e)
{
	if (e->jobs)
		jobs_wake(e->jobs);
}
