/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Sessions. The cookie holds 256 random bits; the database holds their SHA-256
 * only. A session ends by sign-out, revocation, its idle or absolute limit, or
 * with its account. */
#ifndef COMMONWEAL_SESSION_H
#define COMMONWEAL_SESSION_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "account.h"
#include "request.h"

#define SESSION_COOKIE "__Host-session"
#define SESSION_SECRET_SIZE SECRET_SIZE

/* A session is only worth something when it is open: until then the password
 * was right, but the viewer is nobody. */
enum session_stage {
	SESSION_OPEN,
	SESSION_CODE,  /* the second factor is asked for */
	SESSION_SETUP  /* the account must set one up first (network admins) */
};

struct session {
	const char *handle;     /* public name of the session, for the list and revocation */
	const char *family;     /* shared by the sessions that one sign-in opened on several host names */
	const char *account_id;
	enum session_stage stage;
	bool second_factor;     /* it was given in this session */
	const char *method;     /* "password", "spnego", "ticket", "demo" */
	const char *host;       /* the host name it is for */
	const char *address, *agent; /* of the sign-in; agent cut to 200 bytes, or NULL */
	int64_t created_us, seen_us, expires_us;
	const char *totp;       /* a base32 secret that waits for its first code, or NULL */
	const char *csrf;       /* only of the request's own session */
};

struct session_new {
	const char *account_id;
	const char *family;     /* NULL begins one */
	enum session_stage stage;
	bool second_factor;
	const char *method, *host, *address, *agent, *totp; /* totp may be NULL */
	int64_t absolute_us;    /* option session-absolute; or until when its family may last */
};

/* ---- within a write ---- */

/* Makes one; the secret goes into the cookie. Old sessions beyond 50 of the
 * account, and those past their limits, are removed. */
bool session_create(struct db *w, const struct session_new *n, char secret[SESSION_SECRET_SIZE],
	char handle[ID_SIZE], struct error *err);
/* Gives the session a new secret (the old cookie is worth nothing from then on),
 * stage and factor. *found false: there is no such session any more. */
bool session_rotate(struct db *w, const char *handle, enum session_stage stage, bool second_factor,
	char secret[SESSION_SECRET_SIZE], bool *found, struct error *err);
bool session_set_totp(struct db *w, const char *handle, const char *secret, struct error *err);
/* Each is fine when there is nothing to end. */
bool session_end(struct db *w, const char *account_id, const char *handle, struct error *err);
bool session_end_secret(struct db *w, const char *secret, struct error *err);
bool session_end_family(struct db *w, const char *family, struct error *err);
bool session_end_account(struct db *w, const char *account_id, const char *except_handle, /* or NULL */
	struct error *err);

/* ---- reading ---- */

/* Until when sessions of this family may last; 0: there is none any more. */
bool session_family_until(struct db *db, const char *family, int64_t *until_us, struct error *err);

/* Open sessions of the account that have not passed their limits, newest first. */
bool session_list(struct db *db, struct arena *a, const char *account_id, int64_t idle_us,
	struct session **out, size_t *n, struct error *err);
/* Browser and system out of a User-Agent (may be NULL), well enough to know one's own again. */
const char *session_device(struct arena *a, const char *agent);
/* Used by dispatch: fills rq->session and rq->account (or rq->pending and
 * rq->pending_account while the second factor is missing) from the cookie, and
 * returns the viewer. Writes the time seen at most once a minute. Anything that
 * fails gives nobody. */
const struct viewer *session_viewer(struct request *rq, struct db *db);

/* ---- cookies ---- */

void session_set_cookie(struct response *rs, const char *secret);
void session_clear_cookie(struct response *rs);
/* A cookie with the attributes of ours: Secure, HttpOnly, SameSite=Lax, Path=/.
 * name begins with __Host-; age in seconds, -1 = until the browser ends, 0 = removes it. */
void cookie_set(struct response *rs, const char *name, const char *value, int age);
/* May a sign-in be offered: over HTTPS, or from the loopback address to a
 * loopback name. */
bool session_allowed(const struct request *rq);
/* "localhost", "x.localhost", "127.0.0.1", "[::1]". */
bool host_is_loopback(const char *host);
/* From the loopback address, to a loopback name. */
bool session_local(const struct request *rq);

#endif
