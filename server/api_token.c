/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Personal tokens: the only file with SQL on their table. */
#include "api_token.h"
#include <string.h>
#include <strings.h>
#include "audit.h"
#include "engine.h"
#include "log.h"
#include "route.h"
#include "session.h"
#include "store_system.h"
#include "throttle.h"

#define USED_EVERY_US (60 * (int64_t)1000000)
#define DAY_US (86400 * (int64_t)1000000)
#define SHOWN_AFTER_US (30 * DAY_US)

const struct migration api_token_migrations[] = {
	{ 1,
	"CREATE TABLE api_token ("
	"	id TEXT NOT NULL PRIMARY KEY,"
	"	hash TEXT NOT NULL UNIQUE,"
	"	account_id TEXT NOT NULL REFERENCES account (id) ON DELETE CASCADE,"
	"	name TEXT NOT NULL, scopes INTEGER NOT NULL,"
	"	created_us INTEGER NOT NULL, expires_us INTEGER NOT NULL, used_us INTEGER NOT NULL,"
	"	used_address TEXT) STRICT, WITHOUT ROWID;"
	"CREATE INDEX api_token_by_account ON api_token (account_id, created_us);" },
	{ 0, NULL }
};

const struct option_def api_token_options[] = {
	{ "api-tokens", OPTION_BOOL, "yes", 0, 0, "Whether people may make tokens for programs, and use them." },
	{ "api-token-max-time", OPTION_DURATION, "366d", 86400000, 3660LL * 86400000,
		"How long a token for programs may be good at most." },
	{ NULL, 0, NULL, 0, 0, NULL }
};

const char *const api_scope_words[SCOPE_COUNT] = { "read", "draft", "submit", "publish", "import" };

/* ---- making and ending ---- */

static bool check_room(struct db *w, const char *account_id, struct error *err)
{
	struct query q;
	int64_t n = 0;

	db_query_system(w, &q, "DELETE FROM api_token WHERE expires_us < :old");
	q_int(&q, ":old", clock_now_us() - SHOWN_AFTER_US);
	if (!q_run(&q, err))
		return false;
	db_query_system(w, &q, "SELECT count(*) FROM api_token WHERE account_id = :account");
	q_text(&q, ":account", account_id);
	while (q_row(&q))
		n = q_col_int(&q, 0);
	if (!q_done(&q, err))
		return false;
	return n < API_TOKENS_MAX || error_set(err, ERROR_CONFLICT, "You have %d tokens already. Revoke some first.",
		API_TOKENS_MAX);
}

bool api_token_create(struct db *w, const char *account_id, const char *name, unsigned scopes, int64_t expires_us,
	char token[API_TOKEN_SIZE], char id[ID_SIZE], struct error *err)
{
	char secret[SECRET_SIZE], hash[65];
	struct query q;

	if (!check_room(w, account_id, err))
		return false;
	id_new(id);
	secret_new(secret);
	snprintf(token, API_TOKEN_SIZE, API_TOKEN_PREFIX "%s", secret);
	sha256_hex(token, strlen(token), hash);
	db_query_system(w, &q, "INSERT INTO api_token (id, hash, account_id, name, scopes, created_us, expires_us, used_us) "
		"VALUES (:id, :hash, :account, :name, :scopes, :now, :expires, 0)");
	q_text(&q, ":id", id);
	q_text(&q, ":hash", hash);
	q_text(&q, ":account", account_id);
	q_text(&q, ":name", name);
	q_int(&q, ":scopes", scopes);
	q_int(&q, ":now", clock_now_us());
	q_int(&q, ":expires", expires_us);
	return q_run(&q, err);
}

bool api_token_revoke(struct db *w, const char *account_id, const char *id, bool *found, struct error *err)
{
	struct query q;

	db_query_system(w, &q, "DELETE FROM api_token WHERE account_id = :account AND id = :id");
	q_text(&q, ":account", account_id);
	q_text(&q, ":id", id);
	return q_run_changed(&q, found, err);
}

static void token_read(struct query *q, struct arena *a, struct api_token *t)
{
	int i = 0;

	t->id = q_col_text(q, a, i++);
	t->name = q_col_text(q, a, i++);
	t->scopes = (unsigned)q_col_int(q, i++);
	t->created_us = q_col_int(q, i++);
	t->expires_us = q_col_int(q, i++);
	t->used_us = q_col_int(q, i++);
	t->used_address = q_col_text(q, a, i++);
}
#define TOKEN_COLUMNS "id, name, scopes, created_us, expires_us, used_us, used_address"

bool api_token_list(struct db *db, struct arena *a, const char *account_id, struct api_token **out, size_t *n,
	struct error *err)
{
	struct query q;

	*n = 0;
	*out = arena_array(a, API_TOKENS_MAX, sizeof **out);
	db_query_system(db, &q, "SELECT " TOKEN_COLUMNS " FROM main.api_token WHERE account_id = :account "
		"AND expires_us > :old ORDER BY created_us DESC, id LIMIT :max");
	q_text(&q, ":account", account_id);
	q_int(&q, ":old", clock_now_us() - SHOWN_AFTER_US);
	q_int(&q, ":max", API_TOKENS_MAX);
	while (q_row(&q))
		token_read(&q, a, &(*out)[(*n)++]);
	return q_done(&q, err);
}

/* ---- use ---- */

static const char *bearer(const struct request *rq)
{
	const char *given = request_header(rq, "Authorization");

	if (!given || strncasecmp(given, "Bearer ", 7) != 0)
		return NULL;
	given += 7;
	return given + strspn(given, " ");
}

/* The path as it was sent; with the prefix of a space or without. */
static bool is_api(const char *target)
{
	static const char api[] = "/api/v1";

	if (strncmp(target, "/s/", 3) == 0)
		target += 3 + strcspn(target + 3, "/?");
	return strncmp(target, api, sizeof api - 1) == 0 && (!target[sizeof api - 1] || strchr("/?", target[sizeof api - 1]));
}

bool api_token_given(const struct request *rq)
{
	return is_api(rq->target) && bearer(rq);
}

struct use {
	const struct api_token *token;
	const char *address;
};

static bool write_use(struct db *w, void *arg, struct error *err)
{
	const struct use *u = arg;
	struct query q;

	db_query_system(w, &q, "UPDATE api_token SET used_us = :now, used_address = :address WHERE id = :id");
	q_int(&q, ":now", clock_now_us());
	q_text(&q, ":address", u->address);
	q_text(&q, ":id", u->token->id);
	return q_run(&q, err);
}

static bool find(struct request *rq, struct db *db, const char *given, struct api_token **out, const char **account_id,
	struct error *err)
{
	struct query q;
	char hash[65];

	*out = NULL;
	sha256_hex(given, strlen(given), hash);
	db_query_system(db, &q, "SELECT " TOKEN_COLUMNS ", account_id FROM main.api_token WHERE hash = :hash");
	q_text(&q, ":hash", hash);
	while (q_row(&q)) {
		token_read(&q, rq->arena, *out = arena_alloc(rq->arena, sizeof **out));
		*account_id = q_col_text(&q, rq->arena, 7);
	}
	return q_done(&q, err);
}

/* RFC 6750, 3. */
static bool refuse(struct request *rq, struct response *rs, const char *words, struct error *err)
{
	int wait = throttle_try(rq->engine->throttle, "token", rq->peer, rq->peer, clock_now_us());

	if (wait) {
		rs->status = 429;
		response_header(rs, "Retry-After", arena_printf(rq->arena, "%d", wait));
		return error_set(err, ERROR_INVALID, "There were too many wrong tokens. Please wait %d seconds.", wait);
	}
	rs->status = 401;
	response_header(rs, "WWW-Authenticate", "Bearer realm=\"api\", error=\"invalid_token\"");
	return error_set(err, ERROR_SIGN_IN, "%s", words);
}

const struct viewer *api_token_viewer(struct request *rq, struct response *rs, struct db *db, struct error *err)
{
	const char *given = bearer(rq), *account_id = NULL;
	struct account *account = NULL;
	struct api_token *t = NULL;
	struct error own = { 0 };

	if (!options_bool(rq->engine->options, "api-tokens") || !session_allowed(rq)) {
		refuse(rq, rs, "Tokens are not taken here, or not without HTTPS.", err);
		return NULL;
	}
	if (!find(rq, db, given, &t, &account_id, err))
		return NULL;
	if (t && !account_get(db, rq->arena, account_id, &account, &own))
		account = NULL;
	if (!t || !account || account->disabled_us || t->expires_us <= clock_now_us() ||
		(account->demo && !session_local(rq))) {
		log_warn("token.refused", "token=%s", t ? t->id : "-");
		refuse(rq, rs, t && t->expires_us <= clock_now_us() ? "This token has expired." : "This token is not known.", err);
		return NULL;
	}
	if (t->used_us + USED_EVERY_US <= clock_now_us() && !store_write_aside(rq->engine->store, &viewer_system, write_use,
		&(struct use){ t, rq->peer }, &own))
		log_warn("token.used", "text=%s", log_quote(own.text));
	account->network_admin = false;
	rq->token = t;
	rq->account = account;
	return account_viewer(rq->arena, account);
}

bool api_token_check_scope(const struct request *rq, struct response *rs, struct error *err)
{
	static const int flags[SCOPE_COUNT] = { 0, ROUTE_SCOPE_DRAFT, ROUTE_SCOPE_SUBMIT, ROUTE_SCOPE_PUBLISH,
		ROUTE_SCOPE_IMPORT };
	int need = 0;

	for (int i = 1; i < SCOPE_COUNT; i++)
		if (rq->route->flags & flags[i])
			need = i;
	if (!rq->token)
		return true;
	/* What changes something and names no scope is not for tokens. */
	if (!need && !(rq->method & (HTTP_GET | HTTP_HEAD | HTTP_OPTIONS))) {
		rs->status = 403;
		return error_set(err, ERROR_INVALID, "This cannot be done with a token, only by a person who is signed in.");
	}
	if (rq->token->scopes & 1u << need)
		return true;
	rs->status = 403;
	response_header(rs, "WWW-Authenticate", arena_printf(rq->arena,
		"Bearer realm=\"api\", error=\"insufficient_scope\", scope=\"%s\"", api_scope_words[need]));
	return error_set(err, ERROR_INVALID, "This token has not the scope '%s'.", api_scope_words[need]);
}
