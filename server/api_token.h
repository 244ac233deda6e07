/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Personal tokens for programs that use the API in someone's name (RFC 6750).
 * The token is shown once; the database holds its SHA-256. What it may do is
 * what its scopes and its account's roles both allow at the time of each
 * request; a network admin's rights are never among it, for they need a second
 * factor. Good on /api/v1 alone. */
#ifndef COMMONWEAL_API_TOKEN_H
#define COMMONWEAL_API_TOKEN_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "account.h"
#include "migrate.h"
#include "options.h"
#include "request.h"

extern const struct migration api_token_migrations[];
extern const struct option_def api_token_options[];

enum api_scope {
	SCOPE_READ = 1,     /* what the person may read; without it, what everybody may is not answered either */
	SCOPE_DRAFT = 2,    /* write drafts */
	SCOPE_SUBMIT = 4,   /* submit them for review */
	SCOPE_PUBLISH = 8,  /* publish, schedule and withdraw */
	SCOPE_IMPORT = 16   /* import records */
};
#define SCOPE_COUNT 5
/* The words of the scopes, in the order of their bits. */
extern const char *const api_scope_words[SCOPE_COUNT];

#define API_TOKEN_PREFIX "cwt_" /* so that scanners of published text can tell it */
#define API_TOKEN_SIZE (sizeof API_TOKEN_PREFIX - 1 + SECRET_SIZE)
#define API_TOKENS_MAX 50 /* of one account */

struct api_token {
	const char *id;       /* UUIDv7: public name, for the list and revocation */
	const char *name;
	unsigned scopes;      /* bits */
	int64_t created_us, expires_us, used_us; /* used_us 0 = never */
	const char *used_address; /* of the last use, or NULL */
};

/* Within a write. ERROR_CONFLICT when there are API_TOKENS_MAX already. */
bool api_token_create(struct db *w, const char *account_id, const char *name, unsigned scopes, int64_t expires_us,
	char token[API_TOKEN_SIZE], char id[ID_SIZE], struct error *err);
/* *found false: the account has no such token. Within a write. */
bool api_token_revoke(struct db *w, const char *account_id, const char *id, bool *found, struct error *err);
/* Of the account, newest first; those that expired stay in the list for 30 days. */
bool api_token_list(struct db *db, struct arena *a, const char *account_id, struct api_token **out, size_t *n,
	struct error *err);

/* Does the request bring a token to the API? Then it stands for itself: cookies do not count. */
bool api_token_given(const struct request *rq);
/* Used by dispatch, then: fills rq->token and rq->account and returns the viewer;
 * NULL if the token is not good (any more), with the answer in rs and err: 401,
 * or 429 after too many wrong ones from an address. */
const struct viewer *api_token_viewer(struct request *rq, struct response *rs, struct db *db, struct error *err);
/* Has the request's token the scope that its route needs (read, unless the route
 * has a ROUTE_SCOPE_ flag)? A method that changes something on a route without such a
 * flag is for no token. Else 403 (RFC 6750, 3.1). */
bool api_token_check_scope(const struct request *rq, struct response *rs, struct error *err);

#endif
