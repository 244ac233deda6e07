/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The store on SQLite: connections, isolation below the queries, statement
 * cache, and one writer thread that commits waiting operations together. */
#include "metrics.h"
#include "store_system.h"
#include <ctype.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>
#include "disk.h"
#include "group.h"
#include "log.h"

#define APPLICATION_ID 0x434d4e57 /* "CMNW" */
#define BUSY_TIMEOUT_MS 30000
#define GROUP_MAX 64

struct statement {
	const char *sql;
	bool system;
	bool busy;
	sqlite3_stmt *stmt;
};

struct db {
	sqlite3 *handle;
	struct store *store;
	bool writer;
	bool vetting;                /* the authorizer judges the statement being prepared */
	const struct viewer *viewer;
	struct statement *cache;     /* open addressing, a power of two */
	size_t cache_size, cache_used;
	int open_queries;
	int scope_generation;        /* which viewer set temp.viewer_scope holds; 1 = nobody */
};

struct operation {
	const struct viewer *viewer;
	store_operation *run;
	void *arg;
	struct error *err;
	bool aside; /* touches no content */
	bool ok, done;
	struct operation *next;
};

struct store {
	struct store_setup setup;
	char *path;
	struct db *writer;
	pthread_t thread;
	int lock;                    /* shared while it is open, so that nobody replaces the file; -1 = none */
	bool threaded, stopping;
	pthread_mutex_t mutex;
	pthread_cond_t wake, finished;
	struct operation *first, *last;
};

static const struct migration engine_migrations[] = {
	{ 1, "CREATE TABLE generation (topic TEXT NOT NULL PRIMARY KEY, value INTEGER NOT NULL) STRICT;"
	     "INSERT INTO generation (topic, value) VALUES ('content', 1);" },
	{ 0, NULL }
};

/* ---- errors ---- */

static bool sqlite_error(int rc, const char *message, const char *what, struct error *err)
{
	switch (rc & 0xff) {
	case SQLITE_FULL:
		error_set(err, ERROR_UNAVAILABLE, "The disk is full. Nothing was saved.");
		break;
	case SQLITE_READONLY:
		error_set(err, ERROR_UNAVAILABLE, "The database cannot be written to. Nothing was saved.");
		break;
	case SQLITE_CANTOPEN:
	case SQLITE_PERM:
		error_set(err, ERROR_UNAVAILABLE, "The database cannot be opened.");
		break;
	case SQLITE_IOERR:
		error_set(err, ERROR_UNAVAILABLE, "The disk gave an error. Nothing was saved.");
		break;
	case SQLITE_BUSY:
	case SQLITE_LOCKED:
		error_set(err, ERROR_UNAVAILABLE, "The database is busy. Please try again.");
		break;
	case SQLITE_CORRUPT:
	case SQLITE_NOTADB:
		error_set(err, ERROR_INTERNAL, "The database file is damaged. Restore a backup.");
		break;
	case SQLITE_CONSTRAINT:
		if (strstr(message, "foreign space"))
			error_set(err, ERROR_DENIED, "This belongs to another space.");
		else
			error_set(err, ERROR_CONFLICT, "This contradicts what is already stored.");
		break;
	default:
		error_set(err, ERROR_INTERNAL, "Something went wrong in the database.");
	}
	error_detail(err, "%s: %s (%d)", what, message, rc);
	return false;
}

bool db_error(struct db *db, int rc, const char *what, struct error *err)
{
	return sqlite_error(rc, sqlite3_errmsg(db->handle), what, err);
}

static bool run_sql(sqlite3 *handle, const char *sql, struct error *err)
{
	int rc = sqlite3_exec(handle, sql, NULL, NULL, NULL);

	return rc == SQLITE_OK || sqlite_error(rc, sqlite3_errmsg(handle), sql, err);
}

/* ---- isolation ---- */

static bool is_view_name(const char *name)
{
	return name && (name[0] == 'v' || name[0] == 'V') && name[1] == '_';
}

/* Judges what modules prepare on a viewer connection: reading, and only
 * through the views. FTS5 prepares its own statements while a query runs, so
 * it judges only while `vetting`. */
static int authorize(void *arg, int action, const char *a, const char *b, const char *schema,
	const char *inside)
{
	struct db *db = arg;

	(void)b;
	(void)schema;
	if (!db->vetting)
		return SQLITE_OK;
	switch (action) {
	case SQLITE_SELECT:
	case SQLITE_RECURSIVE:
		return SQLITE_OK;
	case SQLITE_FUNCTION:
		return b && strncasecmp(b, "fts", 3) == 0 ? SQLITE_DENY : SQLITE_OK;
	case SQLITE_READ:
		return is_view_name(inside) || is_view_name(a) ? SQLITE_OK : SQLITE_DENY;
	default:
		return SQLITE_DENY;
	}
}

static const char *skip_space(const char *s)
{
	for (;;) {
		while (isspace((unsigned char)*s))
			s++;
		if (s[0] == '-' && s[1] == '-') {
			while (*s && *s != '\n')
				s++;
		} else if (s[0] == '/' && s[1] == '*') {
			const char *end = strstr(s + 2, "*/");

			s = end ? end + 2 : s + strlen(s);
		} else {
			return s;
		}
	}
}

/* Past one token; *name is its first byte without the quote, for identifiers. */
static const char *skip_token(const char *s, const char **name)
{
	*name = NULL;
	if (*s == '\'' || *s == '"' || *s == '`' || *s == '[') {
		char end = *s == '[' ? ']' : *s;

		*name = ++s;
		while (*s && (*s != end || (end != ']' && s[1] == end && s++)))
			s++;
		return *s ? s + 1 : s;
	}
	if (isalpha((unsigned char)*s) || *s == '_' || (unsigned char)*s >= 0x80) {
		*name = s;
		while (isalnum((unsigned char)*s) || *s == '_' || *s == '$' || (unsigned char)*s >= 0x80)
			s++;
		return s;
	}
	return s + 1;
}

/* SQLite tells the authorizer a common table expression's name just as it does
 * a view's, so `WITH v_record AS (SELECT * FROM record)` would pass: refuse any
 * name v_* that is defined in the statement, however it is quoted. */
static bool defines_view_name(const char *sql)
{
	const char *name;

	for (const char *s = skip_space(sql); *s; s = skip_space(s)) {
		s = skip_token(s, &name);
		if (!is_view_name(name))
			continue;
		const char *t = skip_space(s);
		if (*t == '(') { /* a column list */
			while (*t && *t != ')')
				t = skip_space(skip_token(t, &name));
			t = skip_space(*t ? t + 1 : t);
		}
		if (strncasecmp(t, "as", 2) != 0 || isalnum((unsigned char)t[2]) || t[2] == '_')
			continue;
		t = skip_space(t + 2);
		if (strncasecmp(t, "not", 3) == 0)
			t = skip_space(t + 3);
		if (strncasecmp(t, "materialized", 12) == 0)
			t = skip_space(t + 12);
		if (*t == '(')
			return true;
	}
	return false;
}

static void fn_viewer_writes(sqlite3_context *ctx, int argc, sqlite3_value **argv)
{
	struct db *db = sqlite3_user_data(ctx);
	const char *space = (const char *)sqlite3_value_text(argv[0]);

	(void)argc;
	sqlite3_result_int(ctx, db->viewer && space && viewer_may_write(db->viewer, space));
}

/* Guards every table that belongs to a space with triggers that refuse a
 * foreign one. The names come from our own migrations; triggers take no
 * bindings, so this is the one place where SQL is put together. */
static bool guard_table(struct db *db, const char *table, const char *column, struct error *err)
{
	static const struct {
		const char *action, *row;
	} guards[] = { { "INSERT", "NEW" }, { "DELETE", "OLD" }, { "UPDATE", "OLD" }, { "UPDATE", "NEW" } };
	bool ok = true;

	for (size_t i = 0; ok && i < sizeof guards / sizeof *guards; i++) {
		/* A row that hangs on a record belongs where the record does; none is
		 * left when the record's own deletion takes its rows along. */
		char *foreign = strcmp(column, "record_num") == 0 ?
			sqlite3_mprintf("(SELECT NOT viewer_writes(space_id) FROM main.record "
				"WHERE num = %s.record_num)", guards[i].row) :
			sqlite3_mprintf("NOT viewer_writes(%s.\"%w\")", guards[i].row, column);
		char *sql = sqlite3_mprintf("CREATE TEMP TRIGGER \"guard_%w_%d\" BEFORE %s ON main.\"%w\" "
			"WHEN %s BEGIN SELECT RAISE(ABORT, 'foreign space'); END",
			table, (int)i, guards[i].action, table, foreign);

		ok = run_sql(db->handle, sql, err);
		sqlite3_free(sql);
		sqlite3_free(foreign);
	}
	return ok;
}

static bool guard_tables(struct db *db, struct error *err)
{
	/* space_id before record_num where a table has both. */
	static const char sql[] =
		"SELECT m.name, max(c.name) FROM main.sqlite_schema m JOIN pragma_table_info(m.name) c "
		"WHERE m.type = 'table' AND m.sql NOT LIKE 'CREATE VIRTUAL%' "
		"AND (c.name IN ('space_id', 'record_num') OR (m.name = 'space' AND c.name = 'id')) "
		"GROUP BY m.name";
	sqlite3_stmt *stmt;
	bool ok = true;
	int rc = sqlite3_prepare_v2(db->handle, sql, -1, &stmt, NULL);

	if (rc != SQLITE_OK)
		return db_error(db, rc, "guard", err);
	while (ok && (rc = sqlite3_step(stmt)) == SQLITE_ROW)
		ok = guard_table(db, (const char *)sqlite3_column_text(stmt, 0),
			(const char *)sqlite3_column_text(stmt, 1), err);
	if (ok && rc != SQLITE_DONE)
		ok = db_error(db, rc, "guard", err);
	sqlite3_finalize(stmt);
	return ok;
}

/* ---- connections ---- */

void db_close(struct db *db)
{
	if (!db)
		return;
	for (size_t i = 0; i < db->cache_size; i++)
		sqlite3_finalize(db->cache[i].stmt);
	free(db->cache);
	if (db->handle && sqlite3_close(db->handle) != SQLITE_OK)
		abort(); /* a statement was left open: a bug */
	free(db);
}

static struct db *db_open(struct store *s, bool writer, struct error *err)
{
	struct db *db = calloc(1, sizeof *db);
	int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE;

	if (!db)
		abort();
	db->store = s;
	db->writer = writer;
	db->cache_size = 64;
	db->cache = calloc(db->cache_size, sizeof *db->cache);
	if (!db->cache)
		abort();
	if (writer)
		flags |= SQLITE_OPEN_CREATE;
	if (s->setup.read_only)
		flags = SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE;
	int rc = sqlite3_open_v2(s->path, &db->handle, flags, NULL);
	if (rc != SQLITE_OK) {
		sqlite_error(rc, sqlite3_errmsg(db->handle), s->path, err);
		goto fail;
	}
	sqlite3_busy_timeout(db->handle, BUSY_TIMEOUT_MS);
	sqlite3_db_config(db->handle, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
	sqlite3_db_config(db->handle, SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION, 0, NULL);
	if (!run_sql(db->handle,
		"PRAGMA foreign_keys = ON; PRAGMA recursive_triggers = ON; PRAGMA temp_store = MEMORY;"
		"PRAGMA synchronous = FULL; PRAGMA secure_delete = ON; PRAGMA cell_size_check = ON; PRAGMA mmap_size = 268435456;", err))
		goto fail;
	if (s->setup.on_open && !s->setup.on_open(db, s->setup.arg, err))
		goto fail;
	return db;
fail:
	db_close(db);
	return NULL;
}

struct db *store_reader(struct store *s, struct error *err)
{
	struct db *db = db_open(s, false, err);

	if (!db)
		return NULL;
	if (!run_sql(db->handle, "PRAGMA trusted_schema = OFF;"
		"CREATE TEMP TABLE viewer_scope (token TEXT NOT NULL PRIMARY KEY) WITHOUT ROWID;", err))
		goto fail;
	for (const struct view_def *const *table = s->setup.views; table && *table; table++)
		for (const struct view_def *v = *table; v->name; v++)
			if (!is_view_name(v->name) || !run_sql(db->handle, v->sql, err))
				goto fail;
	sqlite3_set_authorizer(db->handle, authorize, db);
	return db;
fail:
	db_close(db);
	return NULL;
}

sqlite3 *db_handle(struct db *db)
{
	return db->handle;
}

const char *store_path(const struct store *s)
{
	return s->path;
}

/* ---- viewer and snapshot ---- */

struct scope_load {
	struct db *db;
	sqlite3_stmt *insert;
	int rc;
};

static void scope_add(const char *token, void *arg)
{
	struct scope_load *load = arg;

	sqlite3_bind_text(load->insert, 1, token, -1, SQLITE_TRANSIENT);
	if (sqlite3_step(load->insert) != SQLITE_DONE)
		load->rc = sqlite3_errcode(load->db->handle);
	sqlite3_reset(load->insert);
}

static bool scope_load(struct db *db, const struct viewer *viewer, struct error *err)
{
	struct scope_load load = { .db = db };

	if (viewer->kind == VIEWER_NOBODY && db->scope_generation == 1)
		return true;
	db->scope_generation = 0;
	if (!run_sql(db->handle, "DELETE FROM temp.viewer_scope", err))
		return false;
	load.rc = sqlite3_prepare_v2(db->handle,
		"INSERT OR IGNORE INTO temp.viewer_scope (token) VALUES (?1)", -1, &load.insert, NULL);
	if (load.rc == SQLITE_OK)
		viewer_scopes(viewer, scope_add, &load);
	sqlite3_finalize(load.insert);
	if (load.rc == SQLITE_OK && viewer->kind == VIEWER_ACCOUNT) {
		sqlite3_stmt *named;

		load.rc = sqlite3_prepare_v2(db->handle,
			"INSERT OR IGNORE INTO temp.viewer_scope (token) "
			"SELECT 'r:' || r.id FROM main.record_reader n JOIN main.record r ON r.num = n.record_num "
			"WHERE n.account_id = ?1 AND r.audience = 'restricted' "
			"UNION ALL SELECT 'g:' || i.group_id FROM (" GROUP_PEOPLE ") i WHERE i.account_id = ?1", -1, &named, NULL);
		if (load.rc == SQLITE_OK) {
			sqlite3_bind_text(named, 1, viewer->account_id, -1, SQLITE_STATIC);
			if (sqlite3_step(named) != SQLITE_DONE)
				load.rc = sqlite3_errcode(db->handle);
		}
		sqlite3_finalize(named);
	}
	if (load.rc != SQLITE_OK)
		return db_error(db, load.rc, "viewer scope", err);
	if (viewer->kind == VIEWER_NOBODY)
		db->scope_generation = 1;
	return true;
}

static bool begin_statement(struct db *db, struct error *err)
{
	struct query q;

	db_query_system(db, &q, "BEGIN");
	return q_run(&q, err);
}

bool db_begin(struct db *db, const struct viewer *viewer, struct error *err)
{
	if (db->writer || db->viewer || db->open_queries || !viewer)
		abort(); /* begun twice, or queries left open: a bug */
	db->viewer = viewer;
	if (begin_statement(db, err) && scope_load(db, viewer, err))
		return true;
	db_end(db);
	return false;
}

void db_end(struct db *db)
{
	struct query q;

	if (db->open_queries)
		abort();
	if (!sqlite3_get_autocommit(db->handle)) {
		db_query_system(db, &q, "COMMIT");
		q_run(&q, NULL);
	}
	db->viewer = NULL;
}

const struct viewer *db_viewer(const struct db *db)
{
	return db->viewer;
}

int64_t db_generation(struct db *db, struct error *err)
{
	struct query q;
	int64_t value = 0;

	db_query_system(db, &q, "SELECT value FROM main.generation WHERE topic = 'content'");
	while (q_row(&q))
		value = q_col_int(&q, 0);
	return q_done(&q, err) ? value : 0;
}

bool db_generation_bump(struct db *writer, struct error *err)
{
	struct query q;

	db_query_system(writer, &q, "UPDATE generation SET value = value + 1 WHERE topic = 'content'");
	return q_run(&q, err);
}

/* ---- queries ---- */

static struct statement *cache_slot(struct db *db, const char *sql, bool system)
{
	size_t at = (((uintptr_t)sql >> 3) * 0x9e3779b97f4a7c15u >> 20 ^ system) & (db->cache_size - 1);

	while (db->cache[at].sql && (db->cache[at].sql != sql || db->cache[at].system != system))
		at = (at + 1) & (db->cache_size - 1);
	return &db->cache[at];
}

static void cache_grow(struct db *db)
{
	struct statement *old = db->cache;
	size_t n = db->cache_size;

	db->cache_size *= 2;
	db->cache = calloc(db->cache_size, sizeof *db->cache);
	if (!db->cache)
		abort();
	for (size_t i = 0; i < n; i++)
		if (old[i].sql)
			*cache_slot(db, old[i].sql, old[i].system) = old[i];
	free(old);
}

static void query_fail(struct query *q, int rc)
{
	if (q->rc != SQLITE_OK)
		return;
	q->rc = rc;
	snprintf(q->text, sizeof q->text, "%s", sqlite3_errmsg(q->db->handle));
}

static void query_prepare(struct db *db, struct query *q, const char *sql, bool system)
{
	memset(q, 0, sizeof *q);
	q->db = db;
	q->sql = sql;
	db->open_queries++;
	if (!system && !db->viewer) {
		q->rc = SQLITE_AUTH;
		snprintf(q->text, sizeof q->text, "no viewer is set");
		return;
	}
	struct statement *slot = cache_slot(db, sql, system);
	if (slot->sql && !slot->busy) {
		slot->busy = true;
		q->stmt = slot->stmt;
		q->cached = true;
		return;
	}
	if (!system && !db->writer && defines_view_name(sql)) {
		q->rc = SQLITE_AUTH;
		snprintf(q->text, sizeof q->text, "a name v_* is defined in the statement");
		return;
	}
	db->vetting = !system && !db->writer;
	int rc = sqlite3_prepare_v3(db->handle, sql, -1, SQLITE_PREPARE_PERSISTENT, &q->stmt, NULL);
	db->vetting = false;
	if (rc != SQLITE_OK) {
		query_fail(q, rc);
		return;
	}
	if (slot->sql) /* the cached one is in use further up */
		return;
	*slot = (struct statement){ .sql = sql, .system = system, .busy = true, .stmt = q->stmt };
	q->cached = true;
	if (++db->cache_used * 2 > db->cache_size)
		cache_grow(db);
}

void db_query_literal(struct db *db, struct query *q, const char *sql)
{
	query_prepare(db, q, sql, false);
}

void db_query_system_literal(struct db *db, struct query *q, const char *sql)
{
	query_prepare(db, q, sql, true);
}

static int bind_index(struct query *q, const char *name)
{
	if (q->rc != SQLITE_OK)
		return 0;
	int i = sqlite3_bind_parameter_index(q->stmt, name);
	if (i == 0) {
		log_error("store.bind", "name=%s sql=%s", name, log_quote(q->sql));
		abort();
	}
	return i;
}

static void bind_result(struct query *q, int rc)
{
	if (rc != SQLITE_OK)
		query_fail(q, rc);
}

void q_text(struct query *q, const char *name, const char *value)
{
	q_text_n(q, name, value, value ? strlen(value) : 0);
}

void q_text_n(struct query *q, const char *name, const char *value, size_t n)
{
	int i = bind_index(q, name);

	if (i)
		bind_result(q, value ?
			sqlite3_bind_text64(q->stmt, i, value, n, SQLITE_STATIC, SQLITE_UTF8) :
			sqlite3_bind_null(q->stmt, i));
}

void q_int(struct query *q, const char *name, int64_t value)
{
	int i = bind_index(q, name);

	if (i)
		bind_result(q, sqlite3_bind_int64(q->stmt, i, value));
}

void q_real(struct query *q, const char *name, double value)
{
	int i = bind_index(q, name);

	if (i)
		bind_result(q, sqlite3_bind_double(q->stmt, i, value));
}

void q_blob(struct query *q, const char *name, const void *p, size_t n)
{
	int i = bind_index(q, name);

	if (i)
		bind_result(q, sqlite3_bind_blob64(q->stmt, i, p, n, SQLITE_STATIC));
}

bool q_row(struct query *q)
{
	if (q->rc != SQLITE_OK)
		return false;
	int rc = sqlite3_step(q->stmt);
	if (rc == SQLITE_ROW)
		return true;
	if (rc != SQLITE_DONE)
		query_fail(q, rc);
	return false;
}

bool q_run(struct query *q, struct error *err)
{
	while (q_row(q))
		;
	return q_done(q, err);
}

bool q_run_changed(struct query *q, bool *changed, struct error *err)
{
	while (q_row(q))
		;
	*changed = q->rc == SQLITE_OK && q_changes(q) > 0;
	return q_done(q, err);
}

char *q_col_text(struct query *q, struct arena *a, int column)
{
	const void *p = sqlite3_column_text(q->stmt, column);

	return p ? arena_strndup(a, p, (size_t)sqlite3_column_bytes(q->stmt, column)) : NULL;
}

const void *q_col_blob(struct query *q, struct arena *a, int column, size_t *n)
{
	const void *p = sqlite3_column_blob(q->stmt, column);

	*n = (size_t)sqlite3_column_bytes(q->stmt, column);
	return p ? arena_copy(a, p, *n) : NULL;
}

int64_t q_col_int(struct query *q, int column)
{
	return sqlite3_column_int64(q->stmt, column);
}

double q_col_real(struct query *q, int column)
{
	return sqlite3_column_double(q->stmt, column);
}

bool q_col_null(struct query *q, int column)
{
	return sqlite3_column_type(q->stmt, column) == SQLITE_NULL;
}

int64_t q_changes(struct query *q)
{
	return sqlite3_changes64(q->db->handle);
}

bool q_done(struct query *q, struct error *err)
{
	if (!q->db)
		abort();
	if (q->cached) {
		for (size_t i = 0; i < 2; i++) {
			struct statement *slot = cache_slot(q->db, q->sql, i);

			if (slot->stmt == q->stmt)
				slot->busy = false;
		}
		sqlite3_reset(q->stmt);
		sqlite3_clear_bindings(q->stmt);
	} else {
		sqlite3_finalize(q->stmt);
	}
	q->db->open_queries--;
	q->stmt = NULL;
	q->db = NULL;
	if (q->rc == SQLITE_OK)
		return true;
	sqlite_error(q->rc, q->text, q->sql, err);
	return false;
}

/* ---- the writer ---- */

static void operation_run(struct db *w, struct operation *op)
{
	w->viewer = op->viewer;
	op->ok = op->run(w, op->arg, op->err);
	w->viewer = NULL;
	if (w->open_queries)
		abort(); /* the operation left a query open: a bug */
	if (!op->ok && op->err && op->err->kind == ERROR_NONE)
		error_set(op->err, ERROR_INTERNAL, "The change could not be saved.");
}

/* All of a group in one transaction, each in a savepoint of its own. One that is
 * alone needs none, and large ones mostly are: an open savepoint would make
 * SQLite walk the journal in memory at the end of every statement. False when
 * the transaction as a whole was lost; then nothing of it was kept. */
static bool group_run(struct db *w, struct operation *group, struct error *lost)
{
	bool content = false, alone = !group->next;

	if (!run_sql(w->handle, "BEGIN IMMEDIATE", lost))
		return false;
	for (struct operation *op = group; op; op = op->next) {
		if (!alone && !run_sql(w->handle, "SAVEPOINT operation", lost))
			goto fail;
		operation_run(w, op);
		if (sqlite3_get_autocommit(w->handle)) {
			/* A full disk or an I/O error rolled everything back. */
			if (op->err)
				*lost = *op->err;
			return false;
		}
		if (alone && !op->ok)
			return run_sql(w->handle, "ROLLBACK", lost);
		if (!op->ok && !run_sql(w->handle, "ROLLBACK TO operation", lost))
			goto fail;
		if (!alone && !run_sql(w->handle, "RELEASE operation", lost))
			goto fail;
		content = content || (op->ok && !op->aside);
	}
	if (content && !db_generation_bump(w, lost))
		goto fail;
	if (run_sql(w->handle, "COMMIT", lost))
		return true;
fail:
	if (!sqlite3_get_autocommit(w->handle))
		run_sql(w->handle, "ROLLBACK", NULL);
	return false;
}

static void group_finish(struct db *w, struct operation *group)
{
	struct error lost = { 0 };

	if (group_run(w, group, &lost))
		return;
	/* One may have spoiled it for the others: each again by itself. */
	for (struct operation *op = group, *next; op; op = next) {
		bool alone = op == group && !op->next;

		next = op->next;
		op->next = NULL;
		if (!alone) {
			error_clear(op->err);
			error_clear(&lost);
		}
		if (alone || !group_run(w, op, &lost)) {
			op->ok = false;
			if (op->err && op->err->kind == ERROR_NONE)
				*op->err = lost;
		}
		op->next = next;
	}
}

static void *writer_main(void *arg)
{
	struct store *s = arg;

	pthread_mutex_lock(&s->mutex);
	for (;;) {
		while (!s->first && !s->stopping)
			pthread_cond_wait(&s->wake, &s->mutex);
		if (!s->first)
			break;
		struct operation *group = s->first, *last = group;
		int n = 1;
		for (; last->next && n < GROUP_MAX; n++)
			last = last->next;
		s->first = last->next;
		last->next = NULL;
		pthread_mutex_unlock(&s->mutex);
		group_finish(s->writer, group);
		metrics_add(s->setup.metrics, METRIC_WRITES, n);
		metrics_add(s->setup.metrics, METRIC_WRITE_GROUPS, 1);
		pthread_mutex_lock(&s->mutex);
		for (struct operation *op = group, *next; op; op = next) {
			next = op->next; /* its owner may be gone once done is set */
			op->done = true;
		}
		pthread_cond_broadcast(&s->finished);
	}
	pthread_mutex_unlock(&s->mutex);
	return NULL;
}

static bool write_and_wait(struct store *s, const struct viewer *viewer, store_operation *run, void *arg,
	bool aside, struct error *err)
{
	struct error own = { 0 };
	struct operation op = { .viewer = viewer, .run = run, .arg = arg, .aside = aside,
		.err = err ? err : &own };

	if (!viewer)
		abort();
	if (s->setup.read_only)
		return error_set(err, ERROR_UNAVAILABLE, "The database is open for reading only.");
	pthread_mutex_lock(&s->mutex);
	if (s->first)
		s->last->next = &op;
	else
		s->first = &op;
	s->last = &op;
	pthread_cond_signal(&s->wake);
	while (!op.done)
		pthread_cond_wait(&s->finished, &s->mutex);
	pthread_mutex_unlock(&s->mutex);
	return op.ok;
}

bool store_write(struct store *s, const struct viewer *viewer, store_operation *run, void *arg,
	struct error *err)
{
	return write_and_wait(s, viewer, run, arg, false, err);
}

bool store_write_aside(struct store *s, const struct viewer *viewer, store_operation *run, void *arg,
	struct error *err)
{
	return write_and_wait(s, viewer, run, arg, true, err);
}

/* ---- open and close ---- */

static int64_t pragma_int(sqlite3 *handle, const char *sql, int *rc)
{
	sqlite3_stmt *stmt;
	int64_t value = 0;

	*rc = sqlite3_prepare_v2(handle, sql, -1, &stmt, NULL);
	if (*rc != SQLITE_OK)
		return 0;
	*rc = sqlite3_step(stmt);
	if (*rc == SQLITE_ROW) {
		value = sqlite3_column_int64(stmt, 0);
		*rc = SQLITE_OK;
	}
	sqlite3_finalize(stmt);
	return value;
}

/* After a crash the write-ahead log is still there: then look the file over. */
static bool check_file(struct store *s, struct error *err)
{
	sqlite3 *handle = s->writer->handle;
	struct stat st;
	char wal[4096];
	int rc;

	int64_t tables = pragma_int(handle, "SELECT count(*) FROM sqlite_schema", &rc);
	if (rc != SQLITE_OK)
		return sqlite_error(rc, sqlite3_errmsg(handle), s->path, err);
	int64_t id = pragma_int(handle, "PRAGMA application_id", &rc);
	if (tables > 0 && id != APPLICATION_ID)
		return error_set(err, ERROR_INVALID, "%s is not a Commonweal database.", s->path);
	snprintf(wal, sizeof wal, "%s-wal", s->path);
	if (tables == 0 || stat(wal, &st) != 0 || st.st_size == 0)
		return true;
	sqlite3_stmt *stmt;
	rc = sqlite3_prepare_v2(handle, "PRAGMA quick_check(1)", -1, &stmt, NULL);
	if (rc == SQLITE_OK)
		rc = sqlite3_step(stmt);
	bool good = rc == SQLITE_ROW && strcmp((const char *)sqlite3_column_text(stmt, 0), "ok") == 0;
	if (!good && rc == SQLITE_ROW) {
		error_set(err, ERROR_INTERNAL, "The database file is damaged. Restore a backup.");
		error_detail(err, "%s", (const char *)sqlite3_column_text(stmt, 0));
	} else if (!good) {
		sqlite_error(rc, sqlite3_errmsg(handle), s->path, err);
	}
	sqlite3_finalize(stmt);
	return good;
}

/* The engine's own table comes before the modules'. */
static bool migrate_all(struct store *s, struct error *err)
{
	struct migration_set sets[64] = { { "engine", engine_migrations } };
	size_t n = 1;

	for (const struct migration_set *m = s->setup.migrations; m && m->name; m++) {
		if (n + 1 == sizeof sets / sizeof *sets)
			abort();
		sets[n++] = *m;
	}
	return migrate_run(s->writer->handle, s->path, sets, err);
}

/* A copy that is only looked at needs none. */
static bool lock_file(struct store *s, struct error *err)
{
	struct stat st;
	char path[4096];
	bool taken;

	if (s->setup.read_only)
		return true;
	snprintf(path, sizeof path, "%s-lock", s->path);
	if (!disk_lock(path, false, &s->lock, &taken, err))
		return false;
	if (!taken)
		return error_set(err, ERROR_UNAVAILABLE, "%s is being replaced by a backup. Try again when that is done.",
			s->path);
	/* As SQLite does with its own files: what root makes belongs to the database's owner. */
	if (s->lock >= 0 && geteuid() == 0 && stat(s->path, &st) == 0 && fchown(s->lock, st.st_uid, st.st_gid) != 0)
		log_warn("store.lock", "file=%s", log_quote(path));
	return true;
}

struct store *store_open(const struct store_setup *setup, struct error *err)
{
	struct store *s = calloc(1, sizeof *s);
	char sql[64];

	if (!s)
		abort();
	s->setup = *setup;
	s->lock = -1;
	s->path = strdup(setup->path);
	if (!s->path)
		abort();
	pthread_mutex_init(&s->mutex, NULL);
	pthread_cond_init(&s->wake, NULL);
	pthread_cond_init(&s->finished, NULL);
	if (!lock_file(s, err))
		goto fail;
	s->writer = db_open(s, true, err);
	if (!s->writer || !check_file(s, err))
		goto fail;
	if (setup->read_only)
		return s;
	snprintf(sql, sizeof sql, "PRAGMA application_id = %d", APPLICATION_ID);
	if (!run_sql(s->writer->handle, "PRAGMA journal_mode = WAL", err) ||
		!run_sql(s->writer->handle, sql, err) || !migrate_all(s, err))
		goto fail;
	sqlite3_create_function_v2(s->writer->handle, "viewer_writes", 1, SQLITE_UTF8,
		s->writer, fn_viewer_writes, NULL, NULL, NULL);
	if (!guard_tables(s->writer, err))
		goto fail;
	if (pthread_create(&s->thread, NULL, writer_main, s) != 0) {
		error_set(err, ERROR_INTERNAL, "The writer thread could not be started.");
		goto fail;
	}
	s->threaded = true;
	return s;
fail:
	store_close(s);
	return NULL;
}

void store_close(struct store *s)
{
	if (!s)
		return;
	if (s->threaded) {
		pthread_mutex_lock(&s->mutex);
		s->stopping = true;
		pthread_cond_signal(&s->wake);
		pthread_mutex_unlock(&s->mutex);
		pthread_join(s->thread, NULL);
	}
	/* Without waiting: the last one that closes the file folds the log in anyhow,
	 * and who waits for readers here keeps out the writers that they wait for. */
	if (s->writer && s->threaded) {
		sqlite3_busy_timeout(s->writer->handle, 0);
		run_sql(s->writer->handle, "PRAGMA wal_checkpoint(TRUNCATE); PRAGMA optimize;", NULL);
	}
	db_close(s->writer);
	if (s->lock >= 0)
		close(s->lock);
	pthread_cond_destroy(&s->finished);
	pthread_cond_destroy(&s->wake);
	pthread_mutex_destroy(&s->mutex);
	free(s->path);
	free(s);
}
