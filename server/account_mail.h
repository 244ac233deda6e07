/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The letters with links to an account: an invitation, a new password. */
#ifndef COMMONWEAL_ACCOUNT_MAIL_H
#define COMMONWEAL_ACCOUNT_MAIL_H
#include "account.h"
#include "request.h"

/* Queues the letter, within the write that made the token. *sent false: no mail
 * server is set, the account has no address, or origin is NULL; the log says so. */
bool account_send_link(struct db *w, const struct engine *e, const char *origin, const struct account *account,
	enum token_kind kind, const char *token, bool *sent, struct error *err);
/* After that write. */
void account_mail_wake(const struct engine *e);
/* Scheme and host for links in letters: the option public-origin, or the host
 * of this request if it is one of ours or this computer's; never any other that
 * a request may name. NULL = none. */
const char *link_origin(const struct request *rq);
/* The address that the letter has. */
const char *link_address(struct arena *a, const char *origin, enum token_kind kind, const char *token);

#endif
