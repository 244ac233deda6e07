/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Signing in. */
#include "signin.h"
#include <limits.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include "audit.h"
#include "directory_here.h"
#include "engine.h"
#include "log.h"
#include "metrics.h"
#include "store_system.h"
#include "throttle.h"
#include "totp.h"

/* ---- local passwords ---- */

struct rehash {
	const char *id, *hash;
};

static bool write_rehash(struct db *w, void *arg, struct error *err)
{
	const struct rehash *r = arg;

	return account_set_password(w, r->id, r->hash, err);
}

static enum auth_result local_password(struct request *rq, const char *login, const char *password,
	const char **account_id, const char **words)
{
	struct error err = { 0 };
	struct account *account;
	bool stale;

	(void)words;
	if (!account_by_login(rq->db, rq->arena, login, &account, &err))
		return AUTH_UNAVAILABLE;
	bool good = account_check_password(rq->engine, rq->db, account, password, &stale, &err);
	if (!account || strcmp(account->source, SOURCE_LOCAL) != 0)
		return AUTH_UNKNOWN;
	if (!good)
		return AUTH_WRONG;
	*account_id = account->id;
	if (stale) { /* the options were made stricter since */
		char hash[PASSWORD_HASH_SIZE];
		struct rehash r = { account->id, hash };

		if (password_hash(rq->engine, password, hash, &err))
			store_write_aside(rq->engine->store, &viewer_system, write_rehash, &r, &err);
	}
	return AUTH_GOOD;
}

static const struct authenticator local = { "local", local_password };

const struct authenticator *const authenticators[] = { &local, &directory_authenticator, NULL };

/* ---- the answer ---- */

struct attempt {
	struct request *rq;
	const char *login, *password;
	const char *account_id, *words;
	enum auth_result result;
	bool local_asked, unavailable;
};

static void ask(const char *name, void *arg)
{
	struct attempt *t = arg;

	for (const struct authenticator *const *a = authenticators; *a; a++) {
		if (strcmp((*a)->name, name) != 0 || t->result != AUTH_UNKNOWN)
			continue;
		t->local_asked = t->local_asked || *a == &local;
		t->result = (*a)->password(t->rq, t->login, t->password, &t->account_id, &t->words);
		if (t->result == AUTH_UNAVAILABLE) {
			t->unavailable = true;
			t->result = AUTH_UNKNOWN;
		}
	}
}

static bool write_entry(struct db *w, void *arg, struct error *err)
{
	return audit_write(w, arg, err);
}

static bool record_failure(struct request *rq, const char *login, const char *why, struct error *err)
{
	struct audit_entry e = audit_entry(rq, "sign-in.failed", NULL, why);

	e.account = NULL;
	e.login = login;
	metrics_add(rq->engine->metrics, METRIC_SIGN_INS_FAILED, 1);
	return store_write_aside(rq->engine->store, &viewer_system, write_entry, &e, err);
}

static bool throttled(struct request *rq, struct response *rs, const char *login, const char *what,
	struct error *err)
{
	int wait = throttle_try(rq->engine->throttle, what, login, rq->peer, clock_now_us());

	if (!wait)
		return false;
	rs->status = 429;
	response_header(rs, "Retry-After", arena_printf(rq->arena, "%d", wait));
	metrics_add(rq->engine->metrics, METRIC_SIGN_INS_THROTTLED, 1);
	/* Not in the audit log, which a flood could fill; the failures before are. */
	log_warn("sign-in.throttled", "what=%s wait=%d", what, wait);
	error_set(err, ERROR_INVALID, "There were too many attempts. Please wait %d second%s, then try again.", wait,
		wait == 1 ? "" : "s");
	return true;
}

bool signin_throttled(struct request *rq, struct response *rs, const char *what, const char *name,
	struct error *err)
{
	return throttled(rq, rs, name, what, err);
}

/* Checking a password takes long on purpose: one handler stays free of it, for
 * everyone else. On the directory's own threads nobody else waits. */
static bool check_begin(const struct request *rq, struct error *err)
{
	struct engine *e = rq->engine;
	int threads = (int)options_int(e->options, "handler-threads");

	if (atomic_fetch_add(&e->checking, 1) < (rq->may_wait ? INT_MAX : threads > 1 ? threads - 1 : 1))
		return true;
	atomic_fetch_sub(&e->checking, 1);
	return error_set(err, ERROR_UNAVAILABLE, "Many people are signing in just now. Please try again in a few seconds.");
}

bool signin_password(struct request *rq, struct response *rs, const char *login, const char *password,
	struct account **out, const char **notice, struct error *err)
{
	struct attempt t = { .rq = rq, .password = password };
	char normal[LOGIN_SIZE];
	bool stale;

	*out = NULL;
	*notice = NULL;
	/* A name that cannot be one is treated like any other. */
	bool possible = login_normalise(login, normal);
	const char *counted = possible ? normal : arena_strndup(rq->arena, login, 64);
	if (throttled(rq, rs, counted, "password", err) || !check_begin(rq, err))
		return false;
	t.login = normal;
	if (possible && *password)
		options_each(rq->engine->options, "sign-in-order", ask, &t);
	if (!t.local_asked)
		account_check_password(rq->engine, rq->db, NULL, password, &stale, NULL);
	atomic_fetch_sub(&rq->engine->checking, 1);
	if (t.result == AUTH_GOOD && !account_get(rq->db, rq->arena, t.account_id, out, err))
		return false;
	if (*out && !(*out)->disabled_us) {
		throttle_good(rq->engine->throttle, "password", counted, rq->peer);
		*notice = t.words;
		return true;
	}
	*out = NULL;
	if (!record_failure(rq, counted, t.result == AUTH_REFUSED ? t.words : t.unavailable && t.result != AUTH_WRONG ?
		"directory not available" : NULL, err))
		return false;
	if (t.result == AUTH_REFUSED && t.words)
		return error_set(err, ERROR_INVALID, "%s", t.words);
	if (t.unavailable && t.result != AUTH_WRONG)
		return error_set(err, ERROR_UNAVAILABLE, "The organisation's directory does not answer, so the password could "
			"not be checked. Please try again in a few minutes.");
	return error_set(err, ERROR_INVALID, "The user name or the password is not right.");
}

/* ---- opening ---- */

bool signin_needs_factor(const struct account *account)
{
	return account->network_admin && !account->demo;
}

struct url signin_next(struct request *rq, const char *next)
{
	static const char *const own[] = { "/sign-in", "/sign-out", "/reset", "/invitation" };
	struct url to;

	if (!next || !url_local(rq->arena, next, &to))
		return url_path(rq->arena, "/");
	for (size_t i = 0; i < sizeof own / sizeof *own; i++)
		if (strncmp(to.text, own[i], strlen(own[i])) == 0)
			return url_path(rq->arena, "/");
	return to;
}

struct opening {
	struct request *rq;
	struct session_new new;
	const char *old_secret;
	char secret[SESSION_SECRET_SIZE], handle[ID_SIZE];
	struct audit_entry entry;
};

static bool write_opening(struct db *w, void *arg, struct error *err)
{
	struct opening *o = arg;

	/* Another host name's sign-in goes on here, as long as it is one. */
	if (o->new.family && !session_family_until(w, o->new.family, &o->new.absolute_us, err))
		return false;
	if (!o->new.absolute_us)
		return error_set(err, ERROR_INVALID, "This sign-in has ended meanwhile. Please sign in again.");
	if ((o->old_secret && !session_end_secret(w, o->old_secret, err)) ||
		!session_create(w, &o->new, o->secret, o->handle, err))
		return false;
	return (o->new.stage != SESSION_OPEN || account_signed_in(w, o->new.account_id, err)) &&
		audit_write(w, &o->entry, err);
}

bool signin_open(struct request *rq, struct response *rs, const struct account *account,
	const char *method, const char *family, bool second_factor, const char *next, struct error *err)
{
	char totp[TOTP_SECRET_SIZE];
	struct opening o = { .rq = rq, .old_secret = request_cookie(rq, SESSION_COOKIE) };
	bool code = account->second_factor && !second_factor;
	bool setup = !account->second_factor && signin_needs_factor(account);
	struct url to = signin_next(rq, next);

	if (!session_allowed(rq)) {
		rs->status = 403;
		return error_set(err, ERROR_INVALID, "Signing in needs a secure connection (https). This address has none.");
	}
	if (setup)
		totp_secret_new(totp);
	o.new = (struct session_new){
		.account_id = account->id,
		.family = family,
		.stage = code ? SESSION_CODE : setup ? SESSION_SETUP : SESSION_OPEN,
		.second_factor = second_factor,
		.method = method,
		.host = rq->host,
		.address = rq->peer,
		.agent = request_header(rq, "User-Agent"),
		.totp = setup ? totp : NULL,
		.absolute_us = clock_now_us() + options_int(rq->engine->options, "session-absolute") * 1000,
	};
	o.entry = audit_entry(rq, code || setup ? "sign-in.first-factor" : "sign-in.good", account->id, method);
	o.entry.account = account->id;
	o.entry.login = account->login;
	if (!store_write_aside(rq->engine->store, &viewer_system, write_opening, &o, err))
		return false;
	session_set_cookie(rs, o.secret);
	sodium_memzero(o.secret, sizeof o.secret);
	if (code || setup)
		return response_redirect(rs, url_query(rq->arena, url_path(rq->arena, code ? "/sign-in/code" :
			"/sign-in/second-factor"), "next", to.text));
	metrics_add(rq->engine->metrics, METRIC_SIGN_INS, 1);
	return response_redirect(rs, to);
}
