/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Proof that a form came from our own page, in addition to the Origin and
 * Sec-Fetch-Site checks of route.c. For a signed-in viewer (or one between
 * password and second factor) the token is derived from the session's secret;
 * dispatch checks it for every unsafe method unless the route has
 * ROUTE_NO_CSRF. For forms shown to nobody (sign-in, reset, invitation) it is
 * derived from the cookie __Host-pre, and the handler calls csrf_check_pre. */
#ifndef COMMONWEAL_CSRF_H
#define COMMONWEAL_CSRF_H
#include <stdbool.h>
#include "request.h"

#define CSRF_FIELD "csrf"
#define CSRF_HEADER "X-CSRF-Token" /* for scripts and bodies that are no form */
#define CSRF_PRE_COOKIE "__Host-pre"
#define CSRF_SIZE 65

/* The token of a secret (64 hex digits): BLAKE2b keyed with it. */
void csrf_token(const char *secret, char out[CSRF_SIZE]);
/* In constant time; given may be NULL. */
bool csrf_valid(const char *token, const char *given);
/* Used by dispatch after the form was read; of an upload that is asked for (route.h)
 * with no token yet, the terms then say which must come: 403 with plain words if it fails. */
bool csrf_check(const struct request *rq, struct response *rs, struct error *err);
/* The token for a form on a page for nobody; sets the cookie if there is none.
 * The page must not be cached (the caller clears rs->cacheable after page_send). */
const char *csrf_pre(struct request *rq, struct response *rs);
bool csrf_check_pre(const struct request *rq, struct response *rs, struct error *err);
/* 16 hex digits that only a page of ours can have put beside the word in an
 * address, and only for this session: for "done" words after a redirect. */
const char *csrf_seal(const struct request *rq, const char *word);

#endif
