/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Accounts: the only file with SQL on these tables. */
#include "account.h"
#include <ctype.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include "engine.h"
#include "metrics.h"
#include "session.h"
#include "store_system.h"
#include "totp.h"

const struct option_def account_options[] = {
	{ "session-idle", OPTION_DURATION, "60min", 1000, 30LL * 86400000,
		"How long a sign-in lasts without a request." },
	{ "session-absolute", OPTION_DURATION, "12h", 1000, 90LL * 86400000, "How long a sign-in lasts at most." },
	{ "sign-in-order", OPTION_LIST, "local directory", 0, 0,
		"Who is asked for a password, in this order: local, directory." },
	{ "sign-in-tries", OPTION_INT, "5", 1, 1000000,
		"Failed sign-ins for one name before each further one has to wait." },
	{ "sign-in-address-tries", OPTION_INT, "50", 1, 1000000,
		"Failed sign-ins from one address before each further one has to wait." },
	{ "sign-in-delay", OPTION_DURATION, "1s", 1, 3600000, "The first wait; each further failure doubles it." },
	{ "sign-in-delay-max", OPTION_DURATION, "15min", 1, 86400000,
		"The longest wait, and how long failures are remembered." },
	{ "password-memory", OPTION_SIZE, "64M", 1 << 20, (int64_t)1 << 32, "Memory that checking a password takes (Argon2id)." },
	{ "password-passes", OPTION_INT, "2", 1, 100, "Passes over that memory." },
	{ "invitation-time", OPTION_DURATION, "7d", 60000, 90LL * 86400000, "How long an invitation can be used." },
	{ "ticket-time", OPTION_DURATION, "60s", 1000, 600000,
		"How long the way from the network's sign-in to a space's own host name may take." },
	{ "reset-time", OPTION_DURATION, "1h", 60000, 86400000, "How long a link to set a new password can be used." },
	{ NULL, 0, NULL, 0, 0, NULL }
};

const struct migration account_migrations[] = {
	{ 1,
	"CREATE TABLE account ("
	"	id TEXT NOT NULL PRIMARY KEY,"
	"	login TEXT NOT NULL UNIQUE,"
	"	name TEXT NOT NULL, sort_key TEXT NOT NULL, email TEXT,"
	"	source TEXT NOT NULL CHECK (source IN ('local', 'directory')),"
	"	directory_dn TEXT, directory_id TEXT UNIQUE,"
	"	password_hash TEXT,"
	"	totp_secret TEXT, totp_step INTEGER NOT NULL,"
	"	network_admin INTEGER NOT NULL, network_admin_directory INTEGER NOT NULL,"
	"	demo INTEGER NOT NULL,"
	"	disabled_us INTEGER NOT NULL, disabled_by TEXT,"
	"	created_us INTEGER NOT NULL, signed_in_us INTEGER NOT NULL, checked_us INTEGER NOT NULL,"
	"	version INTEGER NOT NULL"
	") STRICT;"
	"CREATE INDEX account_by_name ON account (sort_key, id);"
	"CREATE INDEX account_by_email ON account (lower(email));"
	"CREATE TABLE membership ("
	"	account_id TEXT NOT NULL REFERENCES account (id),"
	"	space_id TEXT NOT NULL REFERENCES space (id),"
	"	source TEXT NOT NULL CHECK (source IN ('local', 'directory')),"
	"	role TEXT NOT NULL CHECK (role IN ('reader', 'contributor', 'editor', 'space-admin')),"
	"	team TEXT,"
	"	PRIMARY KEY (account_id, space_id, source)) STRICT, WITHOUT ROWID;"
	"CREATE INDEX membership_by_space ON membership (space_id);"
	"CREATE TABLE recovery_code ("
	"	account_id TEXT NOT NULL REFERENCES account (id),"
	"	hash TEXT NOT NULL,"
	"	PRIMARY KEY (account_id, hash)) STRICT, WITHOUT ROWID;"
	"CREATE TABLE account_token ("
	"	hash TEXT NOT NULL PRIMARY KEY,"
	"	account_id TEXT NOT NULL REFERENCES account (id),"
	"	kind INTEGER NOT NULL, expires_us INTEGER NOT NULL) STRICT, WITHOUT ROWID;"
	"CREATE INDEX account_token_by_account ON account_token (account_id);"
	"CREATE TABLE session (" /* session.c */
	"	handle TEXT NOT NULL PRIMARY KEY,"
	"	hash TEXT NOT NULL UNIQUE,"
	"	family TEXT NOT NULL,"
	"	account_id TEXT NOT NULL REFERENCES account (id),"
	"	stage INTEGER NOT NULL, second_factor INTEGER NOT NULL,"
	"	method TEXT NOT NULL, host TEXT NOT NULL, address TEXT, agent TEXT,"
	"	created_us INTEGER NOT NULL, seen_us INTEGER NOT NULL, expires_us INTEGER NOT NULL,"
	"	totp TEXT) STRICT, WITHOUT ROWID;"
	"CREATE INDEX session_by_account ON session (account_id);"
	"CREATE INDEX session_by_family ON session (family);" },
	{ 0, NULL }
};

/* ---- reading ---- */

bool login_normalise(const char *text, char out[LOGIN_SIZE])
{
	size_t n = 0;

	out[0] = '\0';
	while (text && isspace((unsigned char)*text))
		text++;
	for (; text && *text && !isspace((unsigned char)*text); text++) {
		if (n == LOGIN_SIZE - 1 || (!isalnum((unsigned char)*text) && !strchr("._-+@", *text)) ||
			(unsigned char)*text >= 0x80)
			return false;
		out[n++] = (char)tolower((unsigned char)*text);
	}
	out[n] = '\0';
	while (text && isspace((unsigned char)*text))
		text++;
	return n > 0 && !*text;
}

#define ACCOUNT_COLUMNS \
	"a.id, a.login, a.name, a.email, a.source, a.directory_dn, a.directory_id, " \
	"a.password_hash IS NOT NULL, a.totp_secret IS NOT NULL, a.network_admin OR a.network_admin_directory, " \
	"a.demo, a.disabled_us, a.disabled_by, a.created_us, a.signed_in_us, a.checked_us, a.version "

static void account_read(struct query *q, struct arena *a, struct account *out)
{
	int i = 0;

	out->id = q_col_text(q, a, i++);
	out->login = q_col_text(q, a, i++);
	out->name = q_col_text(q, a, i++);
	out->email = q_col_text(q, a, i++);
	out->source = q_col_text(q, a, i++);
	out->directory_dn = q_col_text(q, a, i++);
	out->directory_id = q_col_text(q, a, i++);
	out->has_password = q_col_int(q, i++);
	out->second_factor = q_col_int(q, i++);
	out->network_admin = q_col_int(q, i++);
	out->demo = q_col_int(q, i++);
	out->disabled_us = q_col_int(q, i++);
	out->disabled_by = q_col_text(q, a, i++);
	out->created_us = q_col_int(q, i++);
	out->signed_in_us = q_col_int(q, i++);
	out->checked_us = q_col_int(q, i++);
	out->version = q_col_int(q, i++);
}

/* A list in the arena that doubles. */
struct rows {
	void *rows;
	size_t n, room, size;
};

static void *rows_add(struct rows *r, struct arena *a)
{
	if (r->n == r->room) {
		r->room = r->room ? r->room * 2 : 16;
		void *more = arena_array(a, r->room, r->size);
		if (r->n)
			memcpy(more, r->rows, r->n * r->size);
		r->rows = more;
	}
	return (char *)r->rows + r->size * r->n++;
}

#define MEMBERSHIP_COLUMNS "m.space_id, s.slug, s.short_name, m.role, m.team, m.source "

static void membership_read(struct query *q, struct arena *a, struct account_membership *m)
{
	m->space_id = q_col_text(q, a, 0);
	m->space_slug = q_col_text(q, a, 1);
	m->space_name = q_col_text(q, a, 2);
	m->role = role_parse(q_col_text(q, a, 3));
	m->team = q_col_text(q, a, 4);
	m->source = q_col_text(q, a, 5);
}

static bool read_memberships(struct db *db, struct arena *a, struct account *account, struct error *err)
{
	struct rows rows = { .size = sizeof(struct account_membership) };
	struct query q;

	db_query_system(db, &q, "SELECT " MEMBERSHIP_COLUMNS "FROM main.membership m "
		"JOIN main.space s ON s.id = m.space_id WHERE m.account_id = :account "
		"ORDER BY s.sort_key, s.id, m.source");
	q_text(&q, ":account", account->id);
	while (q_row(&q))
		membership_read(&q, a, rows_add(&rows, a));
	account->memberships = rows.rows;
	account->n_memberships = rows.n;
	return q_done(&q, err);
}

/* Ends the query, which finds one account or none. */
static bool read_one(struct query *q, struct arena *a, struct account **out, struct error *err)
{
	struct db *db = q->db;

	*out = NULL;
	while (q_row(q))
		account_read(q, a, *out = arena_alloc(a, sizeof **out));
	return q_done(q, err) && (!*out || read_memberships(db, a, *out, err));
}

bool account_get(struct db *db, struct arena *a, const char *id, struct account **out, struct error *err)
{
	struct query q;

	db_query_system(db, &q, "SELECT " ACCOUNT_COLUMNS "FROM main.account a WHERE a.id = :id");
	q_text(&q, ":id", id);
	if (!read_one(&q, a, out, err))
		return false;
	return *out || error_set(err, ERROR_NOT_FOUND, "There is no such person.");
}

bool account_by_login(struct db *db, struct arena *a, const char *login, struct account **out,
	struct error *err)
{
	char normal[LOGIN_SIZE];
	struct query q;

	*out = NULL;
	if (!login_normalise(login, normal))
		return true;
	db_query_system(db, &q, "SELECT " ACCOUNT_COLUMNS "FROM main.account a WHERE a.login = :login");
	q_text(&q, ":login", normal);
	return read_one(&q, a, out, err);
}

bool account_by_directory(struct db *db, struct arena *a, const char *directory_id, struct account **out,
	struct error *err)
{
	struct query q;

	db_query_system(db, &q, "SELECT " ACCOUNT_COLUMNS "FROM main.account a WHERE a.directory_id = :id");
	q_text(&q, ":id", directory_id);
	return read_one(&q, a, out, err);
}

static bool read_list(struct query *q, struct arena *a, struct account **out, size_t *n, struct error *err)
{
	struct rows rows = { .size = sizeof(struct account) };

	while (q_row(q))
		account_read(q, a, rows_add(&rows, a));
	*out = rows.rows;
	*n = rows.n;
	return q_done(q, err);
}

bool account_by_login_or_email(struct db *db, struct arena *a, const char *text, struct account **out,
	size_t *n, struct error *err)
{
	char normal[LOGIN_SIZE];
	struct query q;

	login_normalise(text, normal);
	db_query_system(db, &q, "SELECT " ACCOUNT_COLUMNS "FROM main.account a "
		"WHERE a.login = :login OR lower(a.email) = lower(trim(:text)) ORDER BY a.id LIMIT 20");
	q_text(&q, ":login", normal);
	q_text(&q, ":text", text);
	return read_list(&q, a, out, n, err);
}

#define FILTER \
	"FROM main.account a WHERE (:text IS NULL OR instr(a.login, lower(:text)) OR " \
	"instr(lower(a.name), lower(:text)) OR instr(lower(coalesce(a.email, '')), lower(:text))) " \
	"AND ((:space IS NULL AND :role = '') OR EXISTS (SELECT 1 FROM main.membership m WHERE m.account_id = a.id " \
	"AND (:space IS NULL OR m.space_id = :space) AND (:role = '' OR m.role = :role))) " \
	"AND (:source IS NULL OR a.source = :source) " \
	"AND (:admins = 0 OR a.network_admin OR a.network_admin_directory) " \
	"AND (:disabled = 0 OR a.disabled_us <> 0) "

static void bind_filter(struct query *q, const struct account_filter *f)
{
	q_text(q, ":text", f->text);
	q_text(q, ":space", f->space_id);
	q_text(q, ":role", role_word(f->role));
	q_text(q, ":source", f->source);
	q_int(q, ":admins", f->network_admins);
	q_int(q, ":disabled", f->disabled);
}

bool account_list(struct db *db, struct arena *a, const struct account_filter *f, struct account **out,
	size_t *n, int64_t *total, struct error *err)
{
	struct query q;

	db_query_system(db, &q, "SELECT " ACCOUNT_COLUMNS FILTER
		"ORDER BY a.sort_key, a.id LIMIT :limit OFFSET :offset");
	bind_filter(&q, f);
	q_int(&q, ":limit", f->limit ? f->limit : 1000);
	q_int(&q, ":offset", f->offset);
	if (!read_list(&q, a, out, n, err))
		return false;
	if (!total)
		return true;
	db_query_system(db, &q, "SELECT count(*) " FILTER);
	bind_filter(&q, f);
	while (q_row(&q))
		*total = q_col_int(&q, 0);
	return q_done(&q, err);
}

bool account_list_stale(struct db *db, struct arena *a, int64_t checked_before_us, struct account **out,
	size_t *n, struct error *err)
{
	struct query q;

	db_query_system(db, &q, "SELECT " ACCOUNT_COLUMNS "FROM main.account a "
		"WHERE a.source = 'directory' AND a.disabled_us = 0 AND a.checked_us < :before "
		"AND (EXISTS (SELECT 1 FROM main.session s WHERE s.account_id = a.id AND s.expires_us > :now) "
		"OR EXISTS (SELECT 1 FROM main.api_token t WHERE t.account_id = a.id AND t.expires_us > :now)) "
		"ORDER BY a.checked_us, a.id");
	q_int(&q, ":before", checked_before_us);
	q_int(&q, ":now", clock_now_us());
	return read_list(&q, a, out, n, err);
}

bool account_list_unchecked(struct db *db, struct arena *a, int64_t checked_before_us, int limit,
	struct account **out, size_t *n, struct error *err)
{
	struct query q;

	db_query_system(db, &q, "SELECT " ACCOUNT_COLUMNS "FROM main.account a "
		"WHERE a.source = 'directory' AND a.disabled_us = 0 AND a.checked_us < :before "
		"ORDER BY a.checked_us, a.id LIMIT :limit");
	q_int(&q, ":before", checked_before_us);
	q_int(&q, ":limit", limit);
	return read_list(&q, a, out, n, err);
}

bool account_members(struct db *db, struct arena *a, const char *space_id, struct account **out, size_t *n,
	struct error *err)
{
	struct query q;

	db_query_system(db, &q, "SELECT " ACCOUNT_COLUMNS "FROM main.account a WHERE a.disabled_us = 0 "
		"AND a.id IN (SELECT m.account_id FROM main.membership m WHERE m.space_id = :space) "
		"ORDER BY a.sort_key, a.id");
	q_text(&q, ":space", space_id);
	if (!read_list(&q, a, out, n, err))
		return false;
	for (size_t i = 0; i < *n; i++) {
		struct rows rows = { .size = sizeof(struct account_membership) };

		db_query_system(db, &q, "SELECT " MEMBERSHIP_COLUMNS "FROM main.membership m "
			"JOIN main.space s ON s.id = m.space_id "
			"WHERE m.account_id = :account AND m.space_id = :space ORDER BY m.source");
		q_text(&q, ":account", (*out)[i].id);
		q_text(&q, ":space", space_id);
		while (q_row(&q))
			membership_read(&q, a, rows_add(&rows, a));
		(*out)[i].memberships = rows.rows;
		(*out)[i].n_memberships = rows.n;
		if (!q_done(&q, err))
			return false;
	}
	return true;
}

enum role account_highest(const struct account *account)
{
	enum role highest = ROLE_UNDECLARED;

	for (size_t i = 0; i < account->n_memberships; i++)
		if (account->memberships[i].role > highest)
			highest = account->memberships[i].role;
	return highest;
}

bool account_count(struct db *db, const char *space_id, int64_t *n, struct error *err)
{
	struct query q;

	*n = 0;
	db_query_system(db, &q, "SELECT count(DISTINCT m.account_id) FROM main.membership m "
		"JOIN main.account a ON a.id = m.account_id "
		"WHERE a.disabled_us = 0 AND (:space IS NULL OR m.space_id = :space)");
	q_text(&q, ":space", space_id);
	while (q_row(&q))
		*n = q_col_int(&q, 0);
	return q_done(&q, err);
}

bool account_readers(struct db *db, struct arena *a, int64_t record_num, const char ***names, size_t *n,
	int64_t *unknown, struct error *err)
{
	struct rows rows = { .size = sizeof(const char *) };
	struct query q;

	*unknown = 0;
	db_query_system(db, &q, "SELECT a.name FROM main.record_reader r "
		"LEFT JOIN main.account a ON a.id = r.account_id AND a.disabled_us = 0 "
		"WHERE r.record_num = :num ORDER BY a.sort_key, a.id");
	q_int(&q, ":num", record_num);
	while (q_row(&q)) {
		if (q_col_null(&q, 0))
			++*unknown;
		else
			*(const char **)rows_add(&rows, a) = q_col_text(&q, a, 0);
	}
	*names = rows.rows;
	*n = rows.n;
	return q_done(&q, err);
}

bool account_any_demo(struct db *db, bool *any, struct error *err)
{
	struct query q;

	*any = false;
	db_query_system(db, &q, "SELECT 1 FROM main.account WHERE demo <> 0 LIMIT 1");
	while (q_row(&q))
		*any = true;
	return q_done(&q, err);
}

const struct viewer *account_viewer(struct arena *a, const struct account *account)
{
	struct viewer *v = arena_alloc(a, sizeof *v);
	struct membership *merged = arena_array(a, account->n_memberships, sizeof *merged);
	size_t n = 0;

	if (account->disabled_us)
		return &viewer_nobody;
	for (size_t i = 0; i < account->n_memberships; i++) {
		const struct account_membership *m = &account->memberships[i];
		size_t k = 0;

		while (k < n && strcmp(merged[k].space_id, m->space_id) != 0)
			k++;
		if (k == n)
			merged[n++] = (struct membership){ m->space_id, m->role };
		else if (m->role > merged[k].role)
			merged[k].role = m->role;
	}
	*v = (struct viewer){ .kind = VIEWER_ACCOUNT, .account_id = account->id, .memberships = merged,
		.n_memberships = n, .network_admin = account->network_admin };
	return v;
}

/* ---- saving ---- */

static bool one_row(struct query *q, struct error *err)
{
	int64_t changed;

	while (q_row(q))
		;
	changed = q_changes(q);
	if (!q_done(q, err))
		return false;
	return changed == 1 || error_set(err, ERROR_NOT_FOUND, "There is no such person.");
}

static bool login_taken(struct db *w, const char *login, const char *id, bool *taken, struct error *err)
{
	struct query q;

	*taken = false;
	db_query_system(w, &q, "SELECT 1 FROM account WHERE login = :login AND id <> :id");
	q_text(&q, ":login", login);
	q_text(&q, ":id", id);
	while (q_row(&q))
		*taken = true;
	return q_done(&q, err);
}

static bool check_login(struct db *w, const char *text, const char *id, char login[LOGIN_SIZE], struct error *err)
{
	bool taken;

	if (!login_normalise(text, login))
		return error_set(err, ERROR_INVALID, "'%.80s' cannot be a login: it has 1 to %d letters, digits "
			"and . _ - + @, without spaces.", text ? text : "", LOGIN_SIZE - 1);
	if (!login_taken(w, login, id, &taken, err))
		return false;
	return !taken || error_set(err, ERROR_CONFLICT, "There is already an account with the login '%s'.", login);
}

static bool text_ok(const char *s, size_t max)
{
	if (strlen(s) > max)
		return false;
	for (; *s; s++)
		if ((unsigned char)*s < 0x20 || *s == 0x7f)
			return false;
	return true;
}

static bool email_ok(const char *s)
{
	const char *at = strchr(s, '@');

	return at && at != s && at[1] && !strchr(at + 1, '@') && !strpbrk(s, " ,;<>\"\\") && text_ok(s, 254);
}

static bool check_person(const char *name, const char *email, struct error *err)
{
	if (!name || !*name || !text_ok(name, 200))
		return error_set(err, ERROR_INVALID, "A name has 1 to 200 bytes, in one line.");
	if (email && *email && !email_ok(email))
		return error_set(err, ERROR_INVALID, "'%.100s' is not an e-mail address.", email);
	return true;
}

bool account_add(struct db *w, const struct account_new *n, char id[ID_SIZE], struct error *err)
{
	struct arena *a = arena_create();
	char login[LOGIN_SIZE];
	struct query q;
	bool ok = false;

	if (n->id)
		snprintf(id, ID_SIZE, "%s", n->id);
	else
		id_new(id);
	if (!check_login(w, n->login, id, login, err))
		goto out;
	const char *name = n->name && *n->name ? n->name : login;
	if (!check_person(name, n->email, err))
		goto out;
	db_query_system(w, &q, "INSERT INTO account (id, login, name, sort_key, email, source, totp_step, "
		"network_admin, network_admin_directory, demo, disabled_us, created_us, signed_in_us, checked_us, "
		"version) VALUES (:id, :login, :name, :sort_key, :email, 'local', 0, :admin, 0, :demo, 0, :now, 0, 0, 1)");
	q_text(&q, ":id", id);
	q_text(&q, ":login", login);
	q_text(&q, ":name", name);
	q_text(&q, ":sort_key", text_sort_key(a, name));
	q_text(&q, ":email", n->email && *n->email ? n->email : NULL);
	q_int(&q, ":admin", n->network_admin);
	q_int(&q, ":demo", n->demo);
	q_int(&q, ":now", clock_now_us());
	ok = q_run(&q, err);
out:
	arena_destroy(a);
	return ok;
}

bool account_change(struct db *w, const char *id, const char *name, const char *email, int64_t version,
	struct error *err)
{
	struct arena *a;
	struct query q;
	int64_t changed;

	if (!check_person(name, email, err))
		return false;
	a = arena_create();
	db_query_system(w, &q, "UPDATE account SET name = :name, sort_key = :sort_key, email = :email, "
		"version = version + 1 WHERE id = :id AND source = 'local' AND (:version = 0 OR version = :version)");
	q_text(&q, ":name", name);
	q_text(&q, ":sort_key", text_sort_key(a, name));
	q_text(&q, ":email", email && *email ? email : NULL);
	q_text(&q, ":id", id);
	q_int(&q, ":version", version);
	while (q_row(&q))
		;
	changed = q_changes(&q);
	arena_destroy(a);
	if (!q_done(&q, err))
		return false;
	return changed == 1 || error_set(err, ERROR_CONFLICT,
		"This account was changed in the meantime, or belongs to the directory. Load the page again.");
}

bool account_disable(struct db *w, const char *id, const char *by, struct error *err)
{
	struct query q;

	db_query_system(w, &q, "UPDATE account SET "
		"disabled_us = CASE WHEN disabled_us = 0 THEN :now ELSE disabled_us END, "
		/* What an administrator did, the directory does not undo. */
		"disabled_by = CASE WHEN disabled_by = 'local' THEN 'local' ELSE :by END, "
		"version = version + 1 WHERE id = :id");
	q_int(&q, ":now", clock_now_us());
	q_text(&q, ":by", by);
	q_text(&q, ":id", id);
	return one_row(&q, err) && session_end_account(w, id, NULL, err);
}

bool account_enable(struct db *w, const char *id, const char *by, struct error *err)
{
	struct query q;

	db_query_system(w, &q, "UPDATE account SET disabled_us = 0, disabled_by = NULL, version = version + 1 "
		"WHERE id = :id AND disabled_us <> 0 AND disabled_by = :by");
	q_text(&q, ":id", id);
	q_text(&q, ":by", by);
	return q_run(&q, err);
}

bool account_set_network_admin(struct db *w, const char *id, bool on, struct error *err)
{
	struct query q;

	db_query_system(w, &q, "UPDATE account SET network_admin = :on, version = version + 1 WHERE id = :id");
	q_int(&q, ":on", on);
	q_text(&q, ":id", id);
	return one_row(&q, err);
}

static bool set_role(struct db *w, const char *id, const char *space_id, const char *source, enum role role,
	const char *team, struct error *err)
{
	struct query q;

	if (!role) {
		db_query_system(w, &q, "DELETE FROM membership WHERE account_id = :account AND space_id = :space "
			"AND source = :source");
	} else {
		db_query_system(w, &q, "INSERT INTO membership (account_id, space_id, source, role, team) "
			"VALUES (:account, :space, :source, :role, :team) "
			"ON CONFLICT (account_id, space_id, source) DO UPDATE SET role = excluded.role, team = excluded.team");
		q_text(&q, ":role", role_word(role));
		q_text(&q, ":team", team && *team ? team : NULL);
	}
	q_text(&q, ":account", id);
	q_text(&q, ":space", space_id);
	q_text(&q, ":source", source);
	return q_run(&q, err);
}

static bool bump_version(struct db *w, const char *id, struct error *err)
{
	struct query q;

	db_query_system(w, &q, "UPDATE account SET version = version + 1 WHERE id = :id");
	q_text(&q, ":id", id);
	return one_row(&q, err);
}

bool account_set_role(struct db *w, const char *id, const char *space_id, enum role role, const char *team,
	struct error *err)
{
	if (role && !*role_word(role))
		return error_set(err, ERROR_INVALID, "A role in a space is reader, contributor, editor or space-admin.");
	return bump_version(w, id, err) && set_role(w, id, space_id, SOURCE_LOCAL, role, team, err);
}

static bool remove_person(struct db *w, const char *id, struct error *err)
{
	struct error own = { 0 };
	struct query q;

	db_query(w, &q, "DELETE FROM ticket WHERE account_id = :id");
	q_text(&q, ":id", id);
	if (!q_run(&q, err))
		return false;
	db_query(w, &q, "DELETE FROM recovery_code WHERE account_id = :id");
	q_text(&q, ":id", id);
	if (!q_run(&q, err))
		return false;
	db_query(w, &q, "DELETE FROM account_token WHERE account_id = :id");
	q_text(&q, ":id", id);
	if (!q_run(&q, err))
		return false;
	db_query(w, &q, "DELETE FROM record_reader WHERE account_id = :id");
	q_text(&q, ":id", id);
	if (!q_run(&q, err))
		return false;
	db_query(w, &q, "DELETE FROM account WHERE id = :id");
	q_text(&q, ":id", id);
	if (q_run(&q, &own))
		return true;
	if (own.kind != ERROR_CONFLICT) {
		*err = own;
		return false;
	}
	/* Something of another space hangs on it. */
	db_query(w, &q, "DELETE FROM api_token WHERE account_id = :id");
	q_text(&q, ":id", id);
	if (!q_run(&q, err))
		return false;
	db_query(w, &q, "UPDATE account SET login = 'former-' || id, name = 'Former member', sort_key = 'former member', "
		"email = NULL, source = 'local', directory_dn = NULL, directory_id = NULL, password_hash = NULL, "
		"totp_secret = NULL, totp_step = 0, demo = 0, disabled_us = :now, disabled_by = 'local', "
		"version = version + 1 WHERE id = :id");
	q_int(&q, ":now", clock_now_us());
	q_text(&q, ":id", id);
	return q_run(&q, err);
}

bool account_leave_space(struct db *w, struct arena *a, const char *space_id, int64_t *left, int64_t *removed,
	struct error *err)
{
	struct person {
		const char *id;
		struct person *next;
	} *people = NULL;
	struct query q;
	bool ok;

	*removed = 0;
	db_query(w, &q, "DELETE FROM session WHERE account_id IN "
		"(SELECT account_id FROM membership WHERE space_id = :space)");
	q_text(&q, ":space", space_id);
	if (!q_run(&q, err))
		return false;
	db_query(w, &q, "SELECT DISTINCT m.account_id FROM membership m JOIN account a ON a.id = m.account_id "
		"WHERE m.space_id = :space AND NOT a.network_admin AND NOT a.network_admin_directory "
		"AND NOT EXISTS (SELECT 1 FROM membership o WHERE o.account_id = m.account_id AND o.space_id <> :space)");
	q_text(&q, ":space", space_id);
	while (q_row(&q)) {
		struct person *p = arena_alloc(a, sizeof *p);

		*p = (struct person){ q_col_text(&q, a, 0), people };
		people = p;
	}
	if (!q_done(&q, err))
		return false;
	db_query(w, &q, "DELETE FROM membership WHERE space_id = :space");
	q_text(&q, ":space", space_id);
	while (q_row(&q))
		;
	*left = q_changes(&q);
	ok = q_done(&q, err);
	for (; ok && people; people = people->next, ++*removed)
		ok = remove_person(w, people->id, err);
	return ok;
}

bool account_may_manage(const struct viewer *by, const char *space_id, struct error *err)
{
	return by->kind == VIEWER_SYSTEM || viewer_has_role(by, space_id, ROLE_SPACE_ADMIN) ||
		error_set(err, ERROR_DENIED, "There is no page at this address.");
}

bool account_signed_in(struct db *w, const char *id, struct error *err)
{
	struct query q;

	db_query_system(w, &q, "UPDATE account SET signed_in_us = :now WHERE id = :id");
	q_int(&q, ":now", clock_now_us());
	q_text(&q, ":id", id);
	return one_row(&q, err);
}

/* ---- from the directory ---- */

static bool same(const char *a, const char *b)
{
	return a && b ? strcmp(a, b) == 0 : !a && !b;
}

static bool same_memberships(const struct account *old, const struct account_directory *d)
{
	size_t n = 0;

	for (size_t i = 0; i < old->n_memberships; i++) {
		const struct account_membership *m = &old->memberships[i];
		bool found = false;

		if (strcmp(m->source, SOURCE_DIRECTORY) != 0)
			continue;
		n++;
		for (size_t k = 0; k < d->n_memberships; k++)
			found = found || (strcmp(m->space_id, d->memberships[k].space_id) == 0 &&
				m->role == d->memberships[k].role && same(m->team, d->memberships[k].team));
		if (!found)
			return false;
	}
	return n == d->n_memberships;
}

static bool write_directory(struct db *w, struct arena *a, const struct account_directory *d, const char *id,
	const char *login, const char *name, struct error *err)
{
	struct query q;

	db_query_system(w, &q, "INSERT INTO account (id, login, name, sort_key, email, source, directory_dn, "
		"directory_id, totp_step, network_admin, network_admin_directory, demo, disabled_us, created_us, "
		"signed_in_us, checked_us, version) VALUES (:id, :login, :name, :sort_key, :email, 'directory', :dn, "
		":entry, 0, 0, :admin, 0, 0, :now, 0, :now, 1) ON CONFLICT (id) DO UPDATE SET login = excluded.login, "
		"name = excluded.name, sort_key = excluded.sort_key, email = excluded.email, "
		"directory_dn = excluded.directory_dn, network_admin_directory = excluded.network_admin_directory, "
		"checked_us = excluded.checked_us");
	q_text(&q, ":id", id);
	q_text(&q, ":login", login);
	q_text(&q, ":name", name);
	q_text(&q, ":sort_key", text_sort_key(a, name));
	q_text(&q, ":email", d->email && email_ok(d->email) ? d->email : NULL);
	q_text(&q, ":dn", d->dn);
	q_text(&q, ":entry", d->entry_id);
	q_int(&q, ":admin", d->network_admin);
	q_int(&q, ":now", clock_now_us());
	return q_run(&q, err);
}

static bool clear_directory_rows(struct db *w, const char *id, struct error *err)
{
	struct query q;

	db_query_system(w, &q, "DELETE FROM membership WHERE account_id = :id AND source = 'directory'");
	q_text(&q, ":id", id);
	return q_run(&q, err);
}

bool account_save_directory(struct db *w, struct arena *a, const struct account_directory *d,
	char id[ID_SIZE], bool *changed, struct error *err)
{
	char login[LOGIN_SIZE];
	/* What a directory has for a name or an address may be anything. */
	const char *name = d->name && *d->name && text_ok(d->name, 200) ? d->name : d->login;
	struct account *old;

	*changed = true;
	if (!account_by_directory(w, a, d->entry_id, &old, err))
		return false;
	if (old)
		snprintf(id, ID_SIZE, "%s", old->id);
	else
		id_new(id);
	if (!check_login(w, d->login, id, login, err) || !write_directory(w, a, d, id, login, name, err))
		return false;
	if (old && strcmp(old->login, login) == 0 && strcmp(old->name, name) == 0 &&
		same(old->disabled_by, SOURCE_DIRECTORY) == false && same_memberships(old, d)) {
		struct account *now;

		if (!account_get(w, a, id, &now, err))
			return false;
		*changed = now->network_admin != old->network_admin;
		return !*changed || bump_version(w, id, err);
	}
	if (!clear_directory_rows(w, id, err))
		return false;
	for (size_t i = 0; i < d->n_memberships; i++)
		if (!set_role(w, id, d->memberships[i].space_id, SOURCE_DIRECTORY, d->memberships[i].role,
			d->memberships[i].team, err))
			return false;
	return account_enable(w, id, SOURCE_DIRECTORY, err) && bump_version(w, id, err);
}

bool account_remove_directory(struct db *w, const char *id, struct error *err)
{
	struct query q;

	db_query_system(w, &q, "UPDATE account SET network_admin_directory = 0, checked_us = :now WHERE id = :id");
	q_int(&q, ":now", clock_now_us());
	q_text(&q, ":id", id);
	return one_row(&q, err) && clear_directory_rows(w, id, err) && account_disable(w, id, SOURCE_DIRECTORY, err);
}

/* ---- passwords ---- */

const char *password_problem(const char *password, const char *login, const char *name)
{
	static const char *const common[] = { "password1234", "password12345", "passwordpassword", "123456789012",
		"1234567890123", "qwertyuiopas", "qwertyuiop123", "administrator", "letmeinletmein", "iloveyouiloveyou",
		"welcome12345", "changeme1234", "correcthorsebatterystaple", "abcdefghijkl", "111122223333" };
	size_t points = 0, n = password ? strlen(password) : 0;
	bool one = true;

	for (size_t i = 0; i < n; i++) {
		points += ((unsigned char)password[i] & 0xc0) != 0x80;
		one = one && password[i] == password[0];
	}
	if (points < 12)
		return "The password needs at least 12 characters. A few words in a row are easy to keep in mind.";
	if (n > 1024)
		return "The password has more than 1024 bytes.";
	if (one)
		return "The password is one character over and over.";
	for (size_t i = 0; i < sizeof common / sizeof *common; i++)
		if (strcasecmp(password, common[i]) == 0)
			return "This password is among the first that attackers try.";
	if ((login && strlen(login) >= 6 && strcasestr(password, login)) ||
		(name && strlen(name) >= 6 && strcasestr(password, name)))
		return "The password holds the login or the name.";
	return NULL;
}

bool password_hash(struct engine *e, const char *password, char out[PASSWORD_HASH_SIZE], struct error *err)
{
	if (crypto_pwhash_str_alg(out, password, strlen(password),
		(unsigned long long)options_int(e->options, "password-passes"),
		(size_t)options_int(e->options, "password-memory"), crypto_pwhash_ALG_ARGON2ID13) != 0)
		return error_set(err, ERROR_UNAVAILABLE, "There is not enough memory to check a password just now.");
	return true;
}

bool account_set_password(struct db *w, const char *id, const char *hash, struct error *err)
{
	struct query q;

	db_query_system(w, &q, "DELETE FROM account_token WHERE account_id = :id");
	q_text(&q, ":id", id);
	if (!q_run(&q, err))
		return false;
	db_query_system(w, &q, "UPDATE account SET password_hash = :hash, version = version + 1 "
		"WHERE id = :id AND source = 'local'");
	q_text(&q, ":hash", hash);
	q_text(&q, ":id", id);
	return one_row(&q, err);
}

bool account_check_password(struct engine *e, struct db *db, const struct account *account,
	const char *password, bool *stale, struct error *err)
{
	struct arena *a = arena_create();
	const char *hash = NULL;
	struct query q;
	bool good, real, ok = true;

	*stale = false;
	db_query_system(db, &q, "SELECT password_hash FROM main.account WHERE id = :id");
	q_text(&q, ":id", account ? account->id : "");
	while (q_row(&q))
		hash = q_col_text(&q, a, 0);
	ok = q_done(&q, err);
	real = account && hash && !account->disabled_us;
	if (!real)
		hash = e->nobody_hash; /* takes as long */
	metrics_add(e->metrics, METRIC_PASSWORD_CHECKS, 1);
	good = ok && hash && crypto_pwhash_str_verify(hash, password, strlen(password)) == 0 && real;
	if (good)
		*stale = crypto_pwhash_str_needs_rehash(hash,
			(unsigned long long)options_int(e->options, "password-passes"),
			(size_t)options_int(e->options, "password-memory")) != 0;
	arena_destroy(a);
	return good;
}

/* ---- second factor ---- */

static bool clear_codes(struct db *w, const char *id, struct error *err)
{
	struct query q;

	db_query_system(w, &q, "DELETE FROM recovery_code WHERE account_id = :id");
	q_text(&q, ":id", id);
	return q_run(&q, err);
}

static bool write_totp(struct db *w, const char *id, const char *secret, int64_t step, struct error *err)
{
	struct query q;

	db_query_system(w, &q, "UPDATE account SET totp_secret = :secret, totp_step = :step, "
		"version = version + 1 WHERE id = :id");
	q_text(&q, ":secret", secret);
	q_int(&q, ":step", step);
	q_text(&q, ":id", id);
	return one_row(&q, err) && clear_codes(w, id, err);
}

bool account_set_totp(struct db *w, const char *id, const char *secret, int64_t step, struct error *err)
{
	return write_totp(w, id, secret, step, err);
}

bool account_remove_totp(struct db *w, const char *id, struct error *err)
{
	return write_totp(w, id, NULL, 0, err);
}

/* Recovery codes are compared and hashed without what people add or change. */
static void code_hash(const char *id, const char *code, char out[65])
{
	char text[ID_SIZE + 64];
	size_t n = (size_t)snprintf(text, ID_SIZE + 1, "%s:", id);

	for (; *code && n < sizeof text - 1; code++)
		if (isalnum((unsigned char)*code))
			text[n++] = (char)toupper((unsigned char)*code);
	sha256_hex(text, n, out);
}

bool account_use_code(struct db *w, const char *id, const char *code, int64_t now_us, enum code_kind *kind,
	struct error *err)
{
	struct arena *a = arena_create();
	const char *secret = NULL;
	char hash[65];
	int64_t last = 0, step;
	struct query q;
	bool ok;

	*kind = CODE_WRONG;
	db_query_system(w, &q, "SELECT totp_secret, totp_step FROM account WHERE id = :id");
	q_text(&q, ":id", id);
	while (q_row(&q)) {
		secret = q_col_text(&q, a, 0);
		last = q_col_int(&q, 1);
	}
	ok = q_done(&q, err);
	step = ok && secret ? totp_check(secret, code, now_us, last) : 0;
	arena_destroy(a);
	if (!ok)
		return false;
	if (step) {
		*kind = CODE_TOTP;
		db_query_system(w, &q, "UPDATE account SET totp_step = :step WHERE id = :id");
		q_int(&q, ":step", step);
		q_text(&q, ":id", id);
		return one_row(&q, err);
	}
	code_hash(id, code, hash);
	db_query_system(w, &q, "DELETE FROM recovery_code WHERE account_id = :id AND hash = :hash");
	q_text(&q, ":id", id);
	q_text(&q, ":hash", hash);
	while (q_row(&q))
		;
	if (q_changes(&q) == 1)
		*kind = CODE_RECOVERY;
	return q_done(&q, err);
}

bool account_make_recovery_codes(struct db *w, const char *id, char codes[RECOVERY_CODES][RECOVERY_CODE_SIZE],
	struct error *err)
{
	bool ok = clear_codes(w, id, err);

	for (int i = 0; ok && i < RECOVERY_CODES; i++) {
		unsigned char random[10];
		char text[17], hash[65];
		struct query q;

		randombytes_buf(random, sizeof random);
		base32_encode(random, sizeof random, text);
		snprintf(codes[i], RECOVERY_CODE_SIZE, "%.4s-%.4s-%.4s-%.4s", text, text + 4, text + 8, text + 12);
		code_hash(id, codes[i], hash);
		db_query_system(w, &q, "INSERT INTO recovery_code (account_id, hash) VALUES (:id, :hash)");
		q_text(&q, ":id", id);
		q_text(&q, ":hash", hash);
		ok = q_run(&q, err);
	}
	return ok;
}

bool account_recovery_codes_left(struct db *db, const char *id, int64_t *n, struct error *err)
{
	struct query q;

	*n = 0;
	db_query_system(db, &q, "SELECT count(*) FROM main.recovery_code WHERE account_id = :id");
	q_text(&q, ":id", id);
	while (q_row(&q))
		*n = q_col_int(&q, 0);
	return q_done(&q, err);
}

/* ---- links by mail ---- */

bool account_make_token(struct db *w, const char *id, enum token_kind kind, int64_t expires_us,
	char token[TOKEN_SIZE], struct error *err)
{
	char hash[65];
	struct query q;

	db_query_system(w, &q, "DELETE FROM account_token WHERE (account_id = :id AND kind = :kind) "
		"OR expires_us < :now");
	q_text(&q, ":id", id);
	q_int(&q, ":kind", kind);
	q_int(&q, ":now", clock_now_us());
	if (!q_run(&q, err))
		return false;
	secret_new(token);
	sha256_hex(token, TOKEN_SIZE - 1, hash);
	db_query_system(w, &q, "INSERT INTO account_token (hash, account_id, kind, expires_us) "
		"VALUES (:hash, :id, :kind, :expires)");
	q_text(&q, ":hash", hash);
	q_text(&q, ":id", id);
	q_int(&q, ":kind", kind);
	q_int(&q, ":expires", expires_us);
	return q_run(&q, err);
}

bool account_by_token(struct db *db, struct arena *a, enum token_kind kind, const char *token,
	struct account **out, struct error *err)
{
	char hash[65];
	struct query q;

	sha256_hex(token, strlen(token), hash);
	db_query_system(db, &q, "SELECT " ACCOUNT_COLUMNS "FROM main.account_token t "
		"JOIN main.account a ON a.id = t.account_id "
		"WHERE t.hash = :hash AND t.kind = :kind AND t.expires_us > :now AND a.disabled_us = 0 "
		"AND a.source = 'local'");
	q_text(&q, ":hash", hash);
	q_int(&q, ":kind", kind);
	q_int(&q, ":now", clock_now_us());
	return read_one(&q, a, out, err);
}

bool account_use_token(struct db *w, enum token_kind kind, const char *token, char id[ID_SIZE],
	struct error *err)
{
	struct arena *a = arena_create();
	struct account *account = NULL;
	char hash[65];
	struct query q;
	bool ok = account_by_token(w, a, kind, token, &account, err);

	id[0] = '\0';
	if (ok && account) {
		snprintf(id, ID_SIZE, "%s", account->id);
		sha256_hex(token, strlen(token), hash);
		db_query_system(w, &q, "DELETE FROM account_token WHERE hash = :hash");
		q_text(&q, ":hash", hash);
		ok = q_run(&q, err);
	}
	arena_destroy(a);
	return ok;
}
