/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One space's everything as files: records as the XML they were made from, and
 * every row that belongs to it as JSON. */
#include <jansson.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "account.h"
#include "audit.h"
#include "blob.h"
#include "disk.h"
#include "module.h"
#include "space_data.h"
#include "space_links.h"
#include "store_system.h"

#define FORMAT 1

/* ---- writing ---- */

void export_query_literal(const struct space_export *x, struct query *q, const char *sql)
{
	db_query_system_literal(x->db, q, sql);
}

/* The folders of a path below the one that is filled. */
static bool make_folders(struct space_export *x, const char *path, struct error *err)
{
	for (const char *slash = strchr(path, '/'); slash; slash = strchr(slash + 1, '/'))
		if (!disk_folder_or_old(arena_printf(x->arena, "%s/%.*s", x->dir, (int)(slash - path), path), err))
			return false;
	return true;
}

static void note(struct space_export *x, const char *path, const char *sha256, int64_t size)
{
	json_array_append_new(x->files, json_pack("{s:s, s:I, s:s}", "path", path, "size", (json_int_t)size, "sha256",
		sha256));
	x->n_files++;
}

bool export_file(struct space_export *x, const char *path, const void *bytes, size_t n, struct error *err)
{
	char hash[65];

	sha256_hex(bytes, n, hash);
	if (!make_folders(x, path, err) || !disk_write(arena_printf(x->arena, "%s/%s", x->dir, path), bytes, n, err))
		return false;
	note(x, path, hash, (int64_t)n);
	return true;
}

bool export_copy(struct space_export *x, const char *path, const char *from, const char *sha256, struct error *err)
{
	char hash[65];
	int64_t size;

	if (!make_folders(x, path, err) ||
		!disk_copy(from, arena_printf(x->arena, "%s/%s", x->dir, path), hash, &size, err))
		return false;
	if (sha256 && strcmp(hash, sha256) != 0)
		return error_set(err, ERROR_INTERNAL, "%.300s is damaged: its SHA-256 is another one.", from);
	note(x, path, hash, size);
	return true;
}

bool export_blobs(struct space_export *x, struct query *q, struct error *err)
{
	bool ok = true;

	while (ok && q_row(q)) {
		const char *path = q_col_text(q, x->arena, 0), *hash = q_col_text(q, x->arena, 1);
		char relative[BLOB_HASH_SIZE + 1];

		blob_relative_path(hash, relative);
		ok = export_copy(x, path, arena_printf(x->arena, "%s/%s", blobs_folder(x->engine->blobs), relative), hash, err);
	}
	return q_done(q, ok ? err : NULL) && ok;
}

static json_t *value(sqlite3_stmt *row, int column)
{
	char *hex;
	json_t *v;
	size_t n;

	switch (sqlite3_column_type(row, column)) {
	case SQLITE_INTEGER:
		return json_integer(sqlite3_column_int64(row, column));
	case SQLITE_FLOAT:
		return json_real(sqlite3_column_double(row, column));
	case SQLITE_TEXT:
		return json_string((const char *)sqlite3_column_text(row, column));
	case SQLITE_BLOB:
		n = (size_t)sqlite3_column_bytes(row, column);
		hex = malloc(n * 2 + 1);
		if (!hex)
			abort();
		sodium_bin2hex(hex, n * 2 + 1, sqlite3_column_blob(row, column), n);
		v = json_string(hex);
		free(hex);
		return v;
	default:
		return json_null();
	}
}

static json_t *row_object(sqlite3_stmt *row)
{
	json_t *o = json_object();

	for (int i = 0; i < sqlite3_column_count(row); i++)
		json_object_set_new(o, sqlite3_column_name(row, i), value(row, i));
	return o;
}

static bool put_json(struct space_export *x, const char *path, json_t *list, struct error *err)
{
	char *text = json_dumps(list, JSON_INDENT(1));
	bool ok;

	if (!text)
		abort();
	ok = export_file(x, path, text, strlen(text), err);
	free(text);
	json_decref(list);
	return ok;
}

/* ---- every row ---- */

/* What is in the files of records and versions already. */
static const char *const in_files[] = { "source", "body", "body_html", "toc_json", "details_json", "welcome_html" };

static bool put_table(struct space_export *x, const struct space_table *t, struct error *err)
{
	const char *sql = arena_printf(x->arena, "SELECT * FROM main.\"%s\" WHERE %s", t->name, t->condition);
	bool trimmed = strcmp(t->name, "record") == 0 || strcmp(t->name, "record_version") == 0 ||
		strcmp(t->name, "space") == 0;
	json_t *list = json_array();
	sqlite3_stmt *stmt;
	int rc = sqlite3_prepare_v2(db_handle(x->db), sql, -1, &stmt, NULL);

	if (rc == SQLITE_OK)
		sqlite3_bind_text(stmt, 1, x->space_id, -1, SQLITE_STATIC);
	while (rc == SQLITE_OK && (rc = sqlite3_step(stmt)) == SQLITE_ROW) {
		json_t *o = row_object(stmt);

		for (size_t i = 0; trimmed && i < sizeof in_files / sizeof *in_files; i++)
			json_object_del(o, in_files[i]);
		json_array_append_new(list, o);
		rc = SQLITE_OK;
	}
	sqlite3_finalize(stmt);
	if (rc != SQLITE_DONE) {
		json_decref(list);
		return db_error(x->db, rc, t->name, err);
	}
	return put_json(x, arena_printf(x->arena, "data/%s.json", t->name), list, err);
}

static bool put_tables(struct space_export *x, struct error *err)
{
	struct space_table *tables;
	size_t n;

	if (!space_tables(db_handle(x->db), x->arena, &tables, &n, err))
		return false;
	for (size_t i = 0; i < n; i++)
		if (!put_table(x, &tables[i], err))
			return false;
	return true;
}

/* ---- records, people, the audit log ---- */

static bool put_sources(struct space_export *x, struct query *q, struct error *err)
{
	bool ok = true;

	q_text(q, ":space", x->space_id);
	while (ok && q_row(q)) {
		size_t n;
		const void *source = q_col_blob(q, x->arena, 1, &n);

		ok = export_file(x, q_col_text(q, x->arena, 0), source, n, err);
	}
	return q_done(q, ok ? err : NULL) && ok;
}

/* records/ can be imported again as it is; what was withdrawn is not in it. */
static bool put_records(struct space_export *x, struct error *err)
{
	struct query q;

	export_query(x, &q, "SELECT 'records/' || slug || '/space.xml', CAST(source AS BLOB) FROM main.space "
		"WHERE id = :space");
	if (!put_sources(x, &q, err))
		return false;
	export_query(x, &q, "SELECT CASE WHEN t.record_num IS NULL THEN 'records/' || s.slug ELSE 'withdrawn' END "
		"|| '/' || r.type || '/' || r.slug || '.xml', CAST(r.source AS BLOB) FROM main.record r "
		"JOIN main.space s ON s.id = r.space_id LEFT JOIN main.tombstone t ON t.record_num = r.num "
		"WHERE r.space_id = :space");
	if (!put_sources(x, &q, err))
		return false;
	export_query(x, &q, "SELECT 'versions/' || r.type || '/' || r.slug || '/' || v.version || '.xml', "
		"CAST(v.source AS BLOB) FROM main.record_version v JOIN main.record r ON r.num = v.record_num "
		"WHERE r.space_id = :space");
	return put_sources(x, &q, err);
}

static json_t *text_or_null(const char *s)
{
	return s ? json_string(s) : json_null();
}

/* No password, key or code: those are the person's, not the space's. */
static bool put_people(struct space_export *x, struct error *err)
{
	struct account_filter f = { .space_id = x->space_id, .limit = 1000000 };
	json_t *people = json_array();
	struct account *list;
	size_t n;

	if (!account_list(x->db, x->arena, &f, &list, &n, NULL, err)) {
		json_decref(people);
		return false;
	}
	for (size_t i = 0; i < n; i++) {
		json_t *o = json_object();

		json_object_set_new(o, "id", json_string(list[i].id));
		json_object_set_new(o, "login", json_string(list[i].login));
		json_object_set_new(o, "name", json_string(list[i].name));
		json_object_set_new(o, "email", text_or_null(list[i].email));
		json_object_set_new(o, "source", json_string(list[i].source));
		json_object_set_new(o, "disabled", json_boolean(list[i].disabled_us != 0));
		json_array_append_new(people, o);
	}
	return put_json(x, "data/people.json", people, err);
}

static bool put_audit(struct space_export *x, struct error *err)
{
	struct audit_filter f = { .space = x->slug };
	char *text = NULL;
	size_t n = 0;
	int64_t rows;
	FILE *out = open_memstream(&text, &n);

	if (!out)
		abort();
	bool ok = audit_export(x->db, &f, out, &rows, err);
	fclose(out);
	ok = ok && export_file(x, "audit.jsonl", text, n, err);
	free(text);
	return ok;
}

/* As attachments are named: "files/guide/the-call-in/map.png"; one that was removed has its id before it. */
static bool put_files(struct space_export *x, struct error *err)
{
	struct query q;

	export_query(x, &q, "SELECT 'files/' || r.type || '/' || r.slug || '/' || CASE WHEN t.removed_us = 0 THEN '' "
		"ELSE t.id || '-' END || t.name, t.hash FROM main.attachment t JOIN main.record r ON r.num = t.record_num "
		"WHERE t.space_id = :space ORDER BY t.id");
	q_text(&q, ":space", x->space_id);
	return export_blobs(x, &q, err);
}

static bool put_modules(struct space_export *x, struct error *err)
{
	for (const struct module *const *m = x->engine->modules; *m; m++)
		if ((*m)->export_space && !(*m)->export_space(x, err))
			return false;
	return true;
}

static bool put_manifest(struct space_export *x, struct error *err)
{
	json_t *manifest = json_object();

	json_object_set_new(manifest, "format", json_integer(FORMAT));
	json_object_set_new(manifest, "program", json_string("commonweal"));
	json_object_set_new(manifest, "version", json_string(PACKAGE_VERSION));
	json_object_set_new(manifest, "space", json_string(x->slug));
	json_object_set_new(manifest, "space_id", json_string(x->space_id));
	json_object_set_new(manifest, "created_us", json_integer(clock_now_us()));
	json_object_set(manifest, "files", x->files);
	return put_json(x, "manifest.json", manifest, err);
}

/* ---- the whole ---- */

static bool find_space(struct space_export *x, struct error *err)
{
	struct query q;

	export_query(x, &q, "SELECT id FROM main.space WHERE slug = :slug");
	q_text(&q, ":slug", x->slug);
	while (q_row(&q))
		x->space_id = q_col_text(&q, x->arena, 0);
	if (!q_done(&q, err))
		return false;
	return x->space_id || error_set(err, ERROR_NOT_FOUND, "There is no space '%.80s'.", x->slug);
}

static bool fill(struct space_export *x, struct error *err)
{
	if (!db_begin(x->db, &viewer_nobody, err))
		return false;
	bool ok = find_space(x, err) && disk_folder(x->dir, err) && put_records(x, err) && put_people(x, err) &&
		put_tables(x, err) && put_audit(x, err) && put_files(x, err) && put_modules(x, err) && put_manifest(x, err);
	db_end(x->db);
	return ok;
}

bool space_export(struct engine *e, const char *slug, const char *dir, size_t *files, struct error *err)
{
	struct space_export x = { .engine = e, .slug = slug, .arena = arena_create(), .files = json_array() };
	size_t n = strlen(dir);
	const char *to;
	bool ok = false;

	while (n > 1 && dir[n - 1] == '/')
		n--;
	to = arena_strndup(x.arena, dir, n);
	x.dir = arena_printf(x.arena, "%s.part", to);
	if (access(to, F_OK) == 0 && rmdir(to) != 0)
		error_set(err, ERROR_CONFLICT, "%.300s is not empty.", to);
	else if ((x.db = store_reader(e->store, err))) {
		ok = fill(&x, err) && disk_rename_new(x.dir, to, err);
		if (!ok && err->kind != ERROR_CONFLICT)
			disk_remove(x.dir);
	}
	*files = x.n_files;
	db_close(x.db);
	json_decref(x.files);
	arena_destroy(x.arena);
	return ok;
}
