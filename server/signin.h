/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Signing in: who is asked for the password, in which order, how fast, and what
 * a right answer opens. Handlers of several modules end here. */
#ifndef COMMONWEAL_SIGNIN_H
#define COMMONWEAL_SIGNIN_H
#include <stdbool.h>
#include "account.h"
#include "session.h"

/* Checks a password with throttling; on success *out is the account, and *notice
 * what the person should be told about the directory's password, or NULL. All
 * failures of the person's own have one text (ERROR_INVALID); too many of them
 * set rs->status 429 and Retry-After; a directory that does not answer is
 * ERROR_UNAVAILABLE. Writes the audit log. */
bool signin_password(struct request *rq, struct response *rs, const char *login, const char *password,
	struct account **out, const char **notice, struct error *err);
/* Opens a session for an account whose first factor was proved by `method`
 * ("password", "spnego", "ticket", "demo"), ends the one that the cookie named,
 * sets the cookie and redirects: to `next` (NULL = the front page), or first to
 * the second factor if the account has one or must set one up. family NULL
 * begins one, else it must still have a session, and ends when that does; second_factor true: it was proved already (a ticket from another
 * host name of the same sign-in). */
bool signin_open(struct request *rq, struct response *rs, const struct account *account,
	const char *method, const char *family, bool second_factor, const char *next, struct error *err);
/* Counts an attempt of that kind ("code", "reset"); true: too many, and err,
 * status 429 and Retry-After are set. throttle_good takes it back. */
bool signin_throttled(struct request *rq, struct response *rs, const char *what, const char *name,
	struct error *err);
/* A local path to go to after signing in: from `next`, else the front page;
 * never a page of signing in itself. */
struct url signin_next(struct request *rq, const char *next);
/* Must this account have a second factor? Network admins, but for demo people. */
bool signin_needs_factor(const struct account *account);

/* Who can check passwords; NULL-ended. The option sign-in-order says in which
 * order; a new one is added to this list (signin.c). */
extern const struct authenticator *const authenticators[];

#endif
