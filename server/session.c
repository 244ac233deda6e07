/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Sessions: the only file with SQL on their table. */
#include "session.h"
#include <string.h>
#include "csrf.h"
#include "engine.h"
#include "log.h"
#include "signin.h"
#include "store_system.h"

#define SESSIONS_MAX 50
#define PENDING_US (15 * 60 * (int64_t)1000000) /* between the password and the second factor */
#define SEEN_EVERY_US (60 * (int64_t)1000000)

/* ---- within a write ---- */

static void new_secret(char secret[SESSION_SECRET_SIZE], char hash[65])
{
	secret_new(secret);
	sha256_hex(secret, SESSION_SECRET_SIZE - 1, hash);
}

static bool remove_old(struct db *w, const char *account_id, int64_t now_us, struct error *err)
{
	struct query q;

	db_query_system(w, &q, "DELETE FROM session WHERE expires_us < :now "
		"OR (stage <> 0 AND created_us < :pending)");
	q_int(&q, ":now", now_us);
	q_int(&q, ":pending", now_us - PENDING_US);
	if (!q_run(&q, err))
		return false;
	db_query_system(w, &q, "DELETE FROM session WHERE account_id = :account AND handle NOT IN "
		"(SELECT handle FROM session WHERE account_id = :account ORDER BY seen_us DESC LIMIT :max)");
	q_text(&q, ":account", account_id);
	q_int(&q, ":max", SESSIONS_MAX - 1);
	return q_run(&q, err);
}

bool session_create(struct db *w, const struct session_new *n, char secret[SESSION_SECRET_SIZE],
	char handle[ID_SIZE], struct error *err)
{
	int64_t now = clock_now_us();
	char hash[65], family[ID_SIZE], agent[201];
	struct query q;

	if (!remove_old(w, n->account_id, now, err))
		return false;
	id_new(handle);
	id_new(family);
	new_secret(secret, hash);
	snprintf(agent, sizeof agent, "%s", n->agent ? n->agent : "");
	while (*agent && !text_is_utf8(agent, strlen(agent)))
		agent[strlen(agent) - 1] = '\0'; /* cut within a character, or it was none */
	db_query_system(w, &q, "INSERT INTO session (handle, hash, family, account_id, stage, second_factor, "
		"method, host, address, agent, created_us, seen_us, expires_us, totp) VALUES (:handle, :hash, :family, "
		":account, :stage, :factor, :method, :host, :address, :agent, :now, :now, :expires, :totp)");
	q_text(&q, ":handle", handle);
	q_text(&q, ":hash", hash);
	q_text(&q, ":family", n->family ? n->family : family);
	q_text(&q, ":account", n->account_id);
	q_int(&q, ":stage", n->stage);
	q_int(&q, ":factor", n->second_factor);
	q_text(&q, ":method", n->method);
	q_text(&q, ":host", n->host);
	q_text(&q, ":address", n->address);
	q_text(&q, ":agent", *agent ? agent : NULL);
	q_int(&q, ":now", now);
	q_int(&q, ":expires", n->absolute_us);
	q_text(&q, ":totp", n->totp);
	return q_run(&q, err);
}

bool session_rotate(struct db *w, const char *handle, enum session_stage stage, bool second_factor,
	char secret[SESSION_SECRET_SIZE], bool *found, struct error *err)
{
	char hash[65];
	struct query q;

	new_secret(secret, hash);
	db_query_system(w, &q, "UPDATE session SET hash = :hash, stage = :stage, second_factor = :factor, "
		"totp = NULL, seen_us = :now WHERE handle = :handle");
	q_text(&q, ":hash", hash);
	q_int(&q, ":stage", stage);
	q_int(&q, ":factor", second_factor);
	q_int(&q, ":now", clock_now_us());
	q_text(&q, ":handle", handle);
	return q_run_changed(&q, found, err);
}

bool session_set_totp(struct db *w, const char *handle, const char *secret, struct error *err)
{
	struct query q;

	db_query_system(w, &q, "UPDATE session SET totp = :totp WHERE handle = :handle");
	q_text(&q, ":totp", secret);
	q_text(&q, ":handle", handle);
	return q_run(&q, err);
}

bool session_end(struct db *w, const char *account_id, const char *handle, struct error *err)
{
	struct query q;

	db_query_system(w, &q, "DELETE FROM session WHERE handle = :handle AND account_id = :account");
	q_text(&q, ":handle", handle);
	q_text(&q, ":account", account_id);
	return q_run(&q, err);
}

bool session_end_secret(struct db *w, const char *secret, struct error *err)
{
	char hash[65];
	struct query q;

	sha256_hex(secret, strlen(secret), hash);
	db_query_system(w, &q, "DELETE FROM session WHERE hash = :hash");
	q_text(&q, ":hash", hash);
	return q_run(&q, err);
}

bool session_end_family(struct db *w, const char *family, struct error *err)
{
	struct query q;

	db_query_system(w, &q, "DELETE FROM session WHERE family = :family");
	q_text(&q, ":family", family);
	return q_run(&q, err);
}

bool session_end_account(struct db *w, const char *account_id, const char *except_handle, struct error *err)
{
	struct query q;

	db_query_system(w, &q, "DELETE FROM session WHERE account_id = :account "
		"AND (:except IS NULL OR handle <> :except)");
	q_text(&q, ":account", account_id);
	q_text(&q, ":except", except_handle);
	return q_run(&q, err);
}

/* ---- reading ---- */

bool session_family_until(struct db *db, const char *family, int64_t *until_us, struct error *err)
{
	struct query q;

	*until_us = 0;
	db_query_system(db, &q, "SELECT coalesce(min(expires_us), 0) FROM main.session "
		"WHERE family = :family AND stage = 0 AND expires_us > :now");
	q_text(&q, ":family", family);
	q_int(&q, ":now", clock_now_us());
	while (q_row(&q))
		*until_us = q_col_int(&q, 0);
	return q_done(&q, err);
}

#define SESSION_COLUMNS \
	"s.handle, s.family, s.account_id, s.stage, s.second_factor, s.method, s.host, s.address, s.agent, " \
	"s.created_us, s.seen_us, s.expires_us, s.totp "

static void session_read(struct query *q, struct arena *a, struct session *s)
{
	int i = 0;

	s->handle = q_col_text(q, a, i++);
	s->family = q_col_text(q, a, i++);
	s->account_id = q_col_text(q, a, i++);
	s->stage = (enum session_stage)q_col_int(q, i++);
	s->second_factor = q_col_int(q, i++);
	s->method = q_col_text(q, a, i++);
	s->host = q_col_text(q, a, i++);
	s->address = q_col_text(q, a, i++);
	s->agent = q_col_text(q, a, i++);
	s->created_us = q_col_int(q, i++);
	s->seen_us = q_col_int(q, i++);
	s->expires_us = q_col_int(q, i++);
	s->totp = q_col_text(q, a, i++);
}

bool session_list(struct db *db, struct arena *a, const char *account_id, int64_t idle_us,
	struct session **out, size_t *n, struct error *err)
{
	int64_t now = clock_now_us();
	struct query q;

	*n = 0;
	*out = arena_array(a, SESSIONS_MAX, sizeof **out);
	db_query_system(db, &q, "SELECT " SESSION_COLUMNS "FROM main.session s WHERE s.account_id = :account "
		"AND s.stage = 0 AND s.expires_us > :now AND s.seen_us > :seen ORDER BY s.created_us DESC, s.handle "
		"LIMIT :max");
	q_text(&q, ":account", account_id);
	q_int(&q, ":now", now);
	q_int(&q, ":seen", now - idle_us);
	q_int(&q, ":max", SESSIONS_MAX);
	while (q_row(&q))
		session_read(&q, a, &(*out)[(*n)++]);
	return q_done(&q, err);
}

const char *session_device(struct arena *a, const char *agent)
{
	static const char *const browsers[][2] = { { "Edg/", "Edge" }, { "OPR/", "Opera" }, { "Firefox/", "Firefox" },
		{ "Chrome/", "Chrome" }, { "Safari/", "Safari" }, { "curl/", "curl" } };
	static const char *const systems[][2] = { { "Android", "Android" }, { "iPhone", "iPhone" }, { "iPad", "iPad" },
		{ "Windows", "Windows" }, { "Mac OS X", "macOS" }, { "Linux", "Linux" } };
	const char *browser = "Unknown browser", *system = NULL;

	for (size_t i = sizeof browsers / sizeof *browsers; agent && i-- > 0;)
		if (strstr(agent, browsers[i][0]))
			browser = browsers[i][1];
	for (size_t i = sizeof systems / sizeof *systems; agent && i-- > 0;)
		if (strstr(agent, systems[i][0]))
			system = systems[i][1];
	return system ? arena_printf(a, "%s on %s", browser, system) : browser;
}

static bool write_seen(struct db *w, void *arg, struct error *err)
{
	const struct session *s = arg;
	struct query q;

	db_query_system(w, &q, "UPDATE session SET seen_us = :now WHERE handle = :handle");
	q_int(&q, ":now", clock_now_us());
	q_text(&q, ":handle", s->handle);
	return q_run(&q, err);
}

/* The session of a secret, within its limits; or NULL. */
static struct session *find(struct request *rq, struct db *db, const char *secret, int64_t idle_us)
{
	int64_t now = clock_now_us();
	struct session *s = NULL;
	struct error err = { 0 };
	struct query q;
	char hash[65];

	sha256_hex(secret, SESSION_SECRET_SIZE - 1, hash);
	db_query_system(db, &q, "SELECT " SESSION_COLUMNS "FROM main.session s WHERE s.hash = :hash");
	q_text(&q, ":hash", hash);
	while (q_row(&q))
		session_read(&q, rq->arena, s = arena_alloc(rq->arena, sizeof *s));
	if (!q_done(&q, &err)) {
		log_error("session.read", "text=%s detail=%s", log_quote(err.text), log_quote(err.detail));
		return NULL;
	}
	if (!s || s->expires_us <= now || s->seen_us + idle_us <= now || strcmp(s->host, rq->host) != 0)
		return NULL;
	return s->stage == SESSION_OPEN || s->created_us + PENDING_US > now ? s : NULL;
}

const struct viewer *session_viewer(struct request *rq, struct db *db)
{
	const char *secret = request_cookie(rq, SESSION_COOKIE);
	int64_t idle = options_int(rq->engine->options, "session-idle") * 1000;
	int64_t every = idle / 10 < SEEN_EVERY_US ? idle / 10 : SEEN_EVERY_US;
	struct account *account;
	struct error err = { 0 };
	char *csrf;

	if (!secret || strlen(secret) != SESSION_SECRET_SIZE - 1 ||
		strspn(secret, "0123456789abcdef") != SESSION_SECRET_SIZE - 1)
		return &viewer_nobody;
	struct session *s = find(rq, db, secret, idle);
	if (!s || !account_get(db, rq->arena, s->account_id, &account, &err) || account->disabled_us)
		return &viewer_nobody;
	csrf = arena_alloc(rq->arena, CSRF_SIZE);
	csrf_token(secret, csrf);
	s->csrf = csrf;
	if (s->seen_us + every <= clock_now_us() &&
		!store_write_aside(rq->engine->store, &viewer_system, write_seen, s, &err))
		log_warn("session.seen", "text=%s", log_quote(err.text));
	if (s->stage != SESSION_OPEN) {
		rq->pending = s;
		rq->pending_account = account;
		return &viewer_nobody;
	}
	/* However the right came (by the directory, in the middle of a session):
	 * it is worth nothing without the second factor. */
	if (signin_needs_factor(account) && !s->second_factor)
		account->network_admin = false;
	rq->session = s;
	rq->account = account;
	return account_viewer(rq->arena, account);
}

/* ---- cookies ---- */

void cookie_set(struct response *rs, const char *name, const char *value, int age)
{
	struct arena *a = rs->request->arena;
	const char *lasting = age < 0 ? "" : arena_printf(a, "; Max-Age=%d", age);

	response_header(rs, "Set-Cookie", arena_printf(a, "%s=%s; Path=/%s; Secure; HttpOnly; SameSite=Lax", name,
		value, lasting));
}

void session_set_cookie(struct response *rs, const char *secret)
{
	cookie_set(rs, SESSION_COOKIE, secret, -1);
}

void session_clear_cookie(struct response *rs)
{
	cookie_set(rs, SESSION_COOKIE, "", 0);
}

bool host_is_loopback(const char *host)
{
	size_t n = strlen(host);

	return strcmp(host, "localhost") == 0 || (n > 10 && strcmp(host + n - 10, ".localhost") == 0) ||
		(strncmp(host, "127.", 4) == 0 && strspn(host, "0123456789.") == n) || strcmp(host, "[::1]") == 0;
}

bool session_local(const struct request *rq)
{
	return rq->peer_loopback && host_is_loopback(rq->host);
}

bool session_allowed(const struct request *rq)
{
	return rq->secure || session_local(rq);
}
