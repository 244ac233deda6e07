/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A space leaves: all its rows, and then the bytes that they were. */
#include <stdio.h>
#include <string.h>
#include "account.h"
#include "audit.h"
#include "blob.h"
#include "log.h"
#include "module.h"
#include "space_data.h"
#include "space_links.h"
#include "store_system.h"

void purge_count(struct space_purge *p, const char *what, int64_t n)
{
	if (n > 0 && p->n_counts < PURGE_COUNTS)
		p->counts[p->n_counts++] = (struct purge_count){ what, n };
}

static bool find_space(struct db *db, struct space_purge *p, struct error *err)
{
	struct query q;

	p->space_id = NULL;
	db_query_system(db, &q, "SELECT id FROM main.space WHERE slug = :slug");
	q_text(&q, ":slug", p->slug);
	while (q_row(&q))
		p->space_id = q_col_text(&q, p->arena, 0);
	if (!q_done(&q, err))
		return false;
	if (!p->space_id)
		return error_set(err, ERROR_NOT_FOUND, "There is no space '%.80s'.", p->slug);
	return strcmp(p->slug, SPACE_NATIONAL) != 0 ||
		error_set(err, ERROR_INVALID, "The network's own space cannot be removed.");
}

/* Records elsewhere that refer here: they lose the relation, not their text. */
static bool find_mentions(struct db *db, struct space_purge *p, struct error *err)
{
	struct query q;
	const char *all = "";

	db_query_system(db, &q, "SELECT DISTINCT s.slug || '/' || r.type || '/' || r.slug FROM main.relation x "
		"JOIN main.record r ON r.num = x.record_num JOIN main.record t ON t.num = x.target_num "
		"JOIN main.space s ON s.id = r.space_id WHERE t.space_id = :id AND r.space_id <> :id ORDER BY 1");
	q_text(&q, ":id", p->space_id);
	while (q_row(&q))
		all = arena_printf(p->arena, "%s%s\n", all, q_col_text(&q, p->arena, 0));
	p->mentions = all;
	return q_done(&q, err);
}

/* ---- rows ---- */

static int run_on_table(sqlite3 *db, const struct space_purge *p, const char *sql, int64_t *n)
{
	sqlite3_stmt *stmt;
	int rc = sqlite3_prepare_v2(db, sql, -1, &stmt, NULL);

	if (rc == SQLITE_OK)
		rc = sqlite3_bind_text(stmt, 1, p->space_id, -1, SQLITE_STATIC);
	if (rc == SQLITE_OK)
		rc = sqlite3_step(stmt);
	*n = rc == SQLITE_ROW ? sqlite3_column_int64(stmt, 0) : sqlite3_changes64(db);
	sqlite3_finalize(stmt);
	return rc == SQLITE_ROW || rc == SQLITE_DONE ? SQLITE_OK : rc;
}

static bool each_table(struct db *db, struct space_purge *p, bool remove, struct error *err)
{
	const char *verb = remove ? "DELETE" : "SELECT count(*)";
	struct space_table *tables;
	size_t n;

	if (!space_tables(db_handle(db), p->arena, &tables, &n, err))
		return false;
	for (size_t i = 0; i < n; i++) {
		int64_t rows;
		int rc = run_on_table(db_handle(db), p, arena_printf(p->arena, "%s FROM main.\"%s\" WHERE %s", verb,
			tables[i].name, tables[i].condition), &rows);

		if (rc != SQLITE_OK)
			return db_error(db, rc, tables[i].name, err);
		purge_count(p, arena_printf(p->arena, "rows of %s", tables[i].name), rows);
	}
	return true;
}

/* Words that only this space's public records had are suggested no more. */
static bool forget_words(struct db *w, struct space_purge *p, struct error *err)
{
	struct query q;
	int64_t last = 0;
	bool ok = true;

	for (bool more = true; ok && more;) {
		const char *words = NULL;
		struct arena *a = arena_create();

		more = false;
		db_query(w, &q, "SELECT num, title || char(10) || summary || char(10) || tags || char(10) || body FROM record "
			"WHERE space_id = :id AND scope = 'public' AND num > :last ORDER BY num LIMIT 1");
		q_text(&q, ":id", p->space_id);
		q_int(&q, ":last", last);
		while (q_row(&q)) {
			last = q_col_int(&q, 0);
			words = q_col_text(&q, a, 1);
			more = true;
		}
		ok = q_done(&q, err) && (!words || search_words_changed(w, words, NULL, err));
		arena_destroy(a);
	}
	return ok;
}

/* Places of other spaces' records that named this one keep their label. */
static bool forget_places(struct db *w, struct space_purge *p, struct error *err)
{
	struct query q;

	db_query(w, &q, "UPDATE record_place SET space_slug = NULL WHERE space_slug = :slug");
	q_text(&q, ":slug", p->slug);
	return q_run(&q, err);
}

/* Harvesters are told that public records are gone: by id and type, no longer whose. */
static bool forget_owner(struct db *w, struct space_purge *p, struct error *err)
{
	struct query q;

	db_query(w, &q, "UPDATE record_gone SET of_space = '' WHERE of_space = :id");
	q_text(&q, ":id", p->space_id);
	return q_run(&q, err);
}

/* An index keeps the words of what was deleted until its parts are merged. */
static bool merge_indexes(struct db *w, void *arg, struct error *err)
{
	struct arena *a = arg;
	sqlite3_stmt *stmt;
	int rc = sqlite3_prepare_v2(db_handle(w), "SELECT name FROM main.sqlite_schema "
		"WHERE sql LIKE 'CREATE VIRTUAL TABLE%USING fts5%'", -1, &stmt, NULL);

	while (rc == SQLITE_OK && (rc = sqlite3_step(stmt)) == SQLITE_ROW) {
		const char *name = (const char *)sqlite3_column_text(stmt, 0);

		rc = sqlite3_exec(db_handle(w), arena_printf(a, "INSERT INTO main.\"%s\" (\"%s\") VALUES ('optimize')", name,
			name), NULL, NULL, NULL);
	}
	sqlite3_finalize(stmt);
	return rc == SQLITE_DONE || db_error(w, rc, "optimize", err);
}

/* ---- the write ---- */

static bool remove_all(struct db *w, void *arg, struct error *err)
{
	struct space_purge *p = arg;
	int64_t left = 0, removed = 0;
	const char *detail = "";

	p->n_counts = 0;
	if (!find_space(w, p, err) || !find_mentions(w, p, err))
		return false;
	for (const struct module *const *m = p->engine->modules; *m; m++)
		if ((*m)->purge_space && !(*m)->purge_space(w, p, err))
			return false;
	if (!forget_words(w, p, err) || !forget_places(w, p, err) ||
		!account_leave_space(w, p->arena, p->space_id, &left, &removed, err) || !each_table(w, p, true, err) ||
		!forget_owner(w, p, err))
		return false;
	purge_count(p, "memberships", left);
	purge_count(p, "people who were nowhere else", removed);
	for (size_t i = 0; i < p->n_counts; i++)
		detail = arena_printf(p->arena, "%s%s%lld %s", detail, *detail ? ", " : "", (long long)p->counts[i].n,
			p->counts[i].what);
	struct audit_entry e = { .login = AUDIT_CONSOLE, .action = "space.purge", .object = p->space_id, .space = p->slug,
		.detail = detail };
	return audit_write(w, &e, err);
}

bool space_purge_preview(struct engine *e, struct space_purge *p, struct error *err)
{
	struct db *db = store_reader(e->store, err);
	bool ok = db && db_begin(db, &viewer_nobody, err);

	p->n_counts = 0;
	if (ok) {
		ok = find_space(db, p, err) && find_mentions(db, p, err) && each_table(db, p, false, err);
		db_end(db);
	}
	db_close(db);
	return ok;
}

/* ---- the bytes ---- */

#define TRIES 600
#define TRY_MS 100

/* Readers hold on to old pages for as long as they read. A reader may itself be
 * waiting to write, so each try is short, and all locks are given back after it. */
static bool empty_log(sqlite3 *db)
{
	for (int i = 0; i < TRIES; i++) {
		int rc = sqlite3_wal_checkpoint_v2(db, "main", SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL);

		if (rc != SQLITE_BUSY && rc != SQLITE_LOCKED)
			return rc == SQLITE_OK;
		sqlite3_sleep(10);
	}
	return false;
}

static bool rewrite(const char *path)
{
	sqlite3 *db = NULL;
	bool ok;

	ok = sqlite3_open_v2(path, &db, SQLITE_OPEN_READWRITE, NULL) == SQLITE_OK &&
		sqlite3_busy_timeout(db, 30000) == SQLITE_OK &&
		sqlite3_exec(db, "PRAGMA secure_delete = ON; VACUUM;", NULL, NULL, NULL) == SQLITE_OK &&
		sqlite3_busy_timeout(db, TRY_MS) == SQLITE_OK && empty_log(db);
	if (!ok)
		log_error("purge.rewrite", "error=%s", log_quote(sqlite3_errmsg(db)));
	sqlite3_close(db);
	return ok;
}

bool space_purge(struct engine *e, struct space_purge *p, bool *rewritten, struct error *err)
{
	struct blob_collected files;

	if (!store_write(e->store, &viewer_system, remove_all, p, err))
		return false;
	if (!blobs_collect(e->blobs, e->store, 0, &files, err))
		return false;
	purge_count(p, "attached files that nobody else has", files.rows + files.strays);
	if (!store_write_aside(e->store, &viewer_system, merge_indexes, p->arena, err))
		return false;
	*rewritten = rewrite(store_path(e->store));
	return true;
}
