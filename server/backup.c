/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Making backups, and proving that they can be restored. */
#include "backup.h"
#include <fcntl.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>
#include "audit.h"
#include "backup_run.h"
#include "disk.h"
#include "log.h"
#include "store_system.h"
#include "text.h"

#define FORMAT 1
#define STEP_PAGES 256
#define MANIFEST_MAX ((size_t)1 << 28)

void backup_say(const struct backup_watch *watch, const char *what, int64_t done, int64_t total)
{
	if (watch && watch->say)
		watch->say(what, done, total, watch->arg);
}

static bool sqlite_failed(sqlite3 *db, int rc, const char *path, struct error *err)
{
	if ((rc & 0xff) == SQLITE_FULL || rc == SQLITE_IOERR_WRITE)
		return error_set(err, ERROR_UNAVAILABLE, "The disk is full: %.300s cannot be written.", path);
	error_set(err, ERROR_UNAVAILABLE, "%.300s: %.100s.", path, sqlite3_errstr(rc));
	return error_detail(err, "%s (%d)", db ? sqlite3_errmsg(db) : "", rc);
}

/* ---- the database ---- */

static int copy_pages(sqlite3 *to, sqlite3 *from, const struct backup_watch *watch)
{
	sqlite3_backup *b = sqlite3_backup_init(to, "main", from, "main");
	int rc;

	if (!b)
		return sqlite3_errcode(to);
	do {
		rc = sqlite3_backup_step(b, STEP_PAGES);
		backup_say(watch, "copying the database", sqlite3_backup_pagecount(b) - sqlite3_backup_remaining(b),
			sqlite3_backup_pagecount(b));
	} while (rc == SQLITE_OK);
	int end = sqlite3_backup_finish(b);
	return rc == SQLITE_DONE ? end : rc;
}

/* The snapshot of db, which has begun. The copy keeps no write-ahead log: one
 * file that is whole by itself, readable where nothing can be written. */
static bool copy_database(struct db *db, const char *to, const struct backup_watch *watch, struct error *err)
{
	sqlite3 *copy = NULL;
	int rc = sqlite3_open_v2(to, &copy, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_EXRESCODE, NULL);

	if (rc == SQLITE_OK)
		rc = copy_pages(copy, db_handle(db), watch);
	if (rc == SQLITE_OK)
		rc = sqlite3_exec(copy, "PRAGMA journal_mode = DELETE", NULL, NULL, NULL);
	bool ok = rc == SQLITE_OK || sqlite_failed(copy, rc, to, err);
	sqlite3_close(copy);
	return ok;
}

/* ---- what a database holds ---- */

/* Calls fn for each row; its columns as text, NULL as "". False stops. */
typedef bool row_reader(sqlite3_stmt *row, void *arg);

static int each_row(sqlite3 *db, const char *sql, row_reader *fn, void *arg)
{
	sqlite3_stmt *stmt;
	int rc = sqlite3_prepare_v2(db, sql, -1, &stmt, NULL);

	while (rc == SQLITE_OK && (rc = sqlite3_step(stmt)) == SQLITE_ROW)
		rc = fn(stmt, arg) ? SQLITE_OK : SQLITE_DONE;
	sqlite3_finalize(stmt);
	return rc == SQLITE_DONE ? SQLITE_OK : rc;
}

static const char *column(sqlite3_stmt *row, int i)
{
	const char *text = (const char *)sqlite3_column_text(row, i);

	return text ? text : "";
}

static bool read_number(sqlite3_stmt *row, void *arg)
{
	*(int64_t *)arg = sqlite3_column_int64(row, 0);
	return false;
}

struct counting {
	sqlite3 *db;
	json_t *rows;
	int rc;
};

static bool count_table(sqlite3_stmt *row, void *arg)
{
	struct counting *c = arg;
	const char *name = column(row, 0);
	char *sql = sqlite3_mprintf("SELECT count(*) FROM \"%w\"", name);
	int64_t n = 0;

	c->rc = each_row(c->db, sql, read_number, &n);
	sqlite3_free(sql);
	json_object_set_new(c->rows, name, json_integer(n));
	return c->rc == SQLITE_OK;
}

/* Every table but those that only carry the search index. */
static const char list_tables[] =
	"SELECT name FROM sqlite_schema t WHERE type = 'table' AND sql NOT LIKE 'CREATE VIRTUAL%' "
	"AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' AND NOT EXISTS (SELECT 1 FROM sqlite_schema v "
	"WHERE v.sql LIKE 'CREATE VIRTUAL%' AND substr(t.name, 1, length(v.name) + 1) = v.name || '_') ORDER BY name";

static json_t *count_rows(sqlite3 *db, int *rc)
{
	struct counting c = { .db = db, .rows = json_object() };

	*rc = each_row(db, list_tables, count_table, &c);
	*rc = c.rc ? c.rc : *rc;
	return c.rows;
}

static bool read_part(sqlite3_stmt *row, void *arg)
{
	json_object_set_new(arg, column(row, 0), json_integer(sqlite3_column_int64(row, 1)));
	return true;
}

static bool read_head(sqlite3_stmt *row, void *arg)
{
	json_object_set_new(arg, "rows", json_integer(sqlite3_column_int64(row, 0)));
	json_object_set_new(arg, "hash", json_string(column(row, 1)));
	return false;
}

/* Adds "schema", "rows" and "audit" to the manifest. */
static bool describe(const char *path, json_t *manifest, struct error *err)
{
	json_t *schema = json_object(), *audit = json_object(), *rows = NULL;
	sqlite3 *db = NULL;
	int rc = sqlite3_open_v2(path, &db, SQLITE_OPEN_READONLY | SQLITE_OPEN_EXRESCODE, NULL);

	if (rc == SQLITE_OK)
		rc = each_row(db, "SELECT module, max(version) FROM schema_version GROUP BY module ORDER BY module",
			read_part, schema);
	if (rc == SQLITE_OK)
		rc = each_row(db, "SELECT num, hash FROM audit ORDER BY num DESC LIMIT 1", read_head, audit);
	if (rc == SQLITE_OK)
		rows = count_rows(db, &rc);
	json_object_set_new(manifest, "schema", schema);
	json_object_set_new(manifest, "audit", audit);
	json_object_set_new(manifest, "rows", rows ? rows : json_object());
	bool ok = rc == SQLITE_OK || sqlite_failed(db, rc, path, err);
	sqlite3_close(db);
	return ok;
}

/* ---- the manifest ---- */

static bool write_manifest(const char *dir, const json_t *manifest, struct error *err)
{
	char *path = backup_path(dir, MANIFEST_NAME), *text = json_dumps(manifest, JSON_INDENT(1));
	bool ok;

	if (!text)
		abort();
	ok = disk_write(path, text, strlen(text), err);
	free(text);
	free(path);
	return ok;
}

static bool damaged(const char *dir, struct error *err)
{
	return error_set(err, ERROR_INVALID, "%.300s is no whole backup: its " MANIFEST_NAME " is missing or damaged.",
		dir);
}

/* A new reference, or NULL. */
json_t *backup_manifest(const char *dir, struct error *err)
{
	char *path = backup_path(dir, MANIFEST_NAME), *text;
	struct error own = { 0 };
	json_t *manifest = NULL;
	size_t n;

	if (access(dir, F_OK) != 0)
		error_set(err, ERROR_NOT_FOUND, "There is no folder %.300s.", dir);
	else if (!disk_read(path, MANIFEST_MAX, &text, &n, &own))
		damaged(dir, err);
	else {
		manifest = json_loadb(text, n, JSON_REJECT_DUPLICATES, NULL);
		free(text);
		if (json_integer_value(json_object_get(manifest, "format")) > FORMAT)
			error_set(err, ERROR_INVALID, "%.300s was made by a newer Commonweal (%.30s). Use that program.",
				dir, backup_word(manifest, "version"));
		else if (!json_is_object(json_object_get(manifest, "database")) ||
			!json_is_object(json_object_get(manifest, "rows")) ||
			!json_is_object(json_object_get(manifest, "schema")))
			damaged(dir, err);
		else
			goto out;
		json_decref(manifest);
		manifest = NULL;
	}
out:
	free(path);
	return manifest;
}

const char *backup_word(const json_t *o, const char *name)
{
	const char *s = json_string_value(json_object_get(o, name));

	return s ? s : "";
}

char *backup_path(const char *dir, const char *name)
{
	char *out;

	if (asprintf(&out, "%s/%s", dir, name) < 0)
		abort();
	return out;
}

void backup_summary(const json_t *manifest, struct backup_report *out)
{
	const json_t *rows = json_object_get(manifest, "rows");

	*out = (struct backup_report){
		.created_us = json_integer_value(json_object_get(manifest, "created_us")),
		.bytes = json_integer_value(json_object_get(json_object_get(manifest, "database"), "size")),
		.files = json_integer_value(json_object_get(json_object_get(manifest, "files"), "count")),
		.file_bytes = json_integer_value(json_object_get(json_object_get(manifest, "files"), "size")),
		.records = json_integer_value(json_object_get(rows, "record")),
		.spaces = json_integer_value(json_object_get(rows, "space")),
		.accounts = json_integer_value(json_object_get(rows, "account")),
		.audit_rows = json_integer_value(json_object_get(rows, "audit")),
	};
	snprintf(out->version, sizeof out->version, "%s", backup_word(manifest, "version"));
}

/* ---- checking ---- */

struct complaint {
	char text[200]; /* "" = none */
};

static bool read_complaint(sqlite3_stmt *row, void *arg)
{
	struct complaint *c = arg;

	if (strcmp(column(row, 0), "ok") != 0)
		snprintf(c->text, sizeof c->text, "%s", column(row, 0));
	return false;
}

static bool read_orphan(sqlite3_stmt *row, void *arg)
{
	struct complaint *c = arg;

	snprintf(c->text, sizeof c->text, "a row of %s refers to a row of %s that is not there", column(row, 0),
		column(row, 2));
	return false;
}

struct index_check {
	sqlite3 *db;
	struct complaint *complaint;
};

/* With rank 1 the index is compared with the text it is of. */
static bool check_index(sqlite3_stmt *row, void *arg)
{
	struct index_check *c = arg;
	const char *name = column(row, 0);
	char *sql = sqlite3_mprintf("INSERT INTO \"%w\" (\"%w\", rank) VALUES ('integrity-check', 1)", name, name);
	int rc = sqlite3_exec(c->db, sql, NULL, NULL, NULL);

	sqlite3_free(sql);
	if (rc != SQLITE_OK)
		snprintf(c->complaint->text, sizeof c->complaint->text, "the search index %s does not fit the text", name);
	return rc == SQLITE_OK;
}

static void check_rows(sqlite3 *db, const json_t *want, struct complaint *c, int *rc)
{
	json_t *have = count_rows(db, rc), *n;
	const char *name;

	if (json_object_size(have) != json_object_size(want))
		snprintf(c->text, sizeof c->text, "it has %zu tables instead of %zu", json_object_size(have),
			json_object_size(want));
	json_object_foreach((json_t *)want, name, n)
		if (!c->text[0] && !json_equal(n, json_object_get(have, name)))
			snprintf(c->text, sizeof c->text, "table %.60s has %lld rows instead of %lld", name,
				(long long)json_integer_value(json_object_get(have, name)), (long long)json_integer_value(n));
	json_decref(have);
}

static void check_schema(sqlite3 *db, const json_t *want, struct complaint *c, int *rc)
{
	json_t *have = json_object();

	*rc = each_row(db, "SELECT module, max(version) FROM schema_version GROUP BY module", read_part, have);
	if (*rc == SQLITE_OK && !json_equal(have, want))
		snprintf(c->text, sizeof c->text, "its schema is not the one that the manifest names");
	json_decref(have);
}

/* Everything that SQLite can tell of the file. */
static bool check_structure(const char *path, const json_t *manifest, const struct backup_watch *watch,
	struct error *err)
{
	struct complaint c = { "" };
	sqlite3 *db = NULL;
	struct index_check index = { NULL, &c };
	int rc = sqlite3_open_v2(path, &db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_EXRESCODE, NULL);

	index.db = db;
	backup_say(watch, "checking the database", 0, 4);
	if (rc == SQLITE_OK)
		rc = each_row(db, "PRAGMA integrity_check(1)", read_complaint, &c);
	backup_say(watch, "checking the database", 1, 4);
	if (rc == SQLITE_OK && !c.text[0])
		rc = each_row(db, "PRAGMA foreign_key_check", read_orphan, &c);
	backup_say(watch, "checking the database", 2, 4);
	if (rc == SQLITE_OK && !c.text[0])
		check_schema(db, json_object_get(manifest, "schema"), &c, &rc);
	if (rc == SQLITE_OK && !c.text[0])
		check_rows(db, json_object_get(manifest, "rows"), &c, &rc);
	backup_say(watch, "checking the database", 3, 4);
	if (rc == SQLITE_OK && !c.text[0])
		rc = each_row(db, "SELECT name FROM sqlite_schema WHERE sql LIKE 'CREATE VIRTUAL TABLE%USING fts5%'",
			check_index, &index);
	backup_say(watch, "checking the database", 4, 4);
	sqlite3_close(db);
	if (rc != SQLITE_OK && !c.text[0])
		snprintf(c.text, sizeof c.text, "%.150s", sqlite3_errstr(rc));
	return !c.text[0] || error_set(err, ERROR_INVALID, "The backup is damaged: %s.", c.text);
}

static bool check_audit(const char *path, const json_t *manifest, struct error *err)
{
	const json_t *head = json_object_get(manifest, "audit");
	struct store_setup setup = { .path = path, .read_only = true };
	struct store *store = store_open(&setup, err);
	struct db *db = store ? store_reader(store, err) : NULL;
	struct audit_verdict v = { 0 };
	int64_t num = json_integer_value(json_object_get(head, "rows"));
	bool ok = db && audit_verify(db, num, num ? backup_word(head, "hash") : NULL, &v, err);

	if (ok && v.bad)
		ok = error_set(err, ERROR_INVALID, "The backup is damaged: row %lld of its audit log is wrong: %s.",
			(long long)v.bad, v.words);
	db_close(db);
	store_close(store);
	return ok;
}

/* ---- attached files ---- */

#define FILES_AT_ONCE 1000

bool backup_each_file(const char *path, backup_file *fn, void *arg, struct error *err)
{
	struct store_setup setup = { .path = path, .read_only = true };
	struct store *store = store_open(&setup, err);
	struct db *db = store ? store_reader(store, err) : NULL;
	char last[BLOB_HASH_SIZE] = "";
	bool ok = db;
	size_t n = 1;

	while (ok && n) {
		struct arena *a = arena_create();
		struct blob *list;

		ok = blob_list(db, a, last, FILES_AT_ONCE, &list, &n, err);
		for (size_t i = 0; ok && i < n; i++)
			ok = fn(&list[i], arg, err);
		if (ok && n)
			snprintf(last, sizeof last, "%s", list[n - 1].hash);
		arena_destroy(a);
	}
	db_close(db);
	store_close(store);
	return ok;
}

struct files {
	const char *from, *earlier, *to; /* folders; earlier may be NULL */
	const struct backup_watch *watch;
	int64_t count, bytes, total;
};

static char *file_path(const char *folder, const char *hash)
{
	char relative[BLOB_HASH_SIZE + 1];

	blob_relative_path(hash, relative);
	return backup_path(folder, relative);
}

static bool whole(const char *path, const struct blob *b, struct error *err)
{
	char hash[65];
	int64_t size;

	return disk_hash(path, hash, &size, err) && ((size == b->size && strcmp(hash, b->hash) == 0) ||
		error_set(err, ERROR_INVALID, "The file %.300s is damaged.", path));
}

static bool link_earlier(const struct files *f, const struct blob *b, const char *to)
{
	char *from = f->earlier ? file_path(f->earlier, b->hash) : NULL;
	bool ok = from && whole(from, b, NULL) && link(from, to) == 0;

	free(from);
	return ok;
}

static bool copy_file(const struct blob *b, void *arg, struct error *err)
{
	struct files *f = arg;
	char *from = file_path(f->from, b->hash), *to = file_path(f->to, b->hash), *parent = disk_parent(to), hash[65];
	int64_t size = b->size;
	bool ok = disk_folder_or_old(parent, err);

	if (ok && !link_earlier(f, b, to)) {
		ok = disk_copy(from, to, hash, &size, err);
		if (ok && (size != b->size || strcmp(hash, b->hash) != 0))
			ok = error_set(err, ERROR_INTERNAL, "The attached file %.300s is damaged on the server's disk. "
				"No backup was made.", from);
	}
	f->count++;
	f->bytes += size;
	backup_say(f->watch, "copying the files", f->count, f->total);
	free(parent);
	free(to);
	free(from);
	return ok;
}

static bool check_file(const struct blob *b, void *arg, struct error *err)
{
	struct files *f = arg;
	char *path = file_path(f->to, b->hash);
	struct error own = { 0 };
	bool ok = whole(path, b, &own);

	if (!ok)
		error_set(err, own.kind == ERROR_NOT_FOUND ? ERROR_INVALID : own.kind, "The backup is damaged: %s", own.text);
	f->count++;
	f->bytes += b->size;
	backup_say(f->watch, "checking the files", f->count, f->total);
	free(path);
	return ok;
}

static bool check_files(const char *dir, const char *database, const json_t *manifest, const struct backup_watch *watch,
	struct error *err)
{
	const json_t *told = json_object_get(manifest, "files");
	char *folder = backup_path(dir, FILES_NAME);
	struct files f = { .to = folder, .watch = watch, .total = json_integer_value(json_object_get(told, "count")) };
	bool ok = !told || backup_each_file(database, check_file, &f, err);

	if (ok && (f.count != f.total || f.bytes != json_integer_value(json_object_get(told, "size"))))
		ok = error_set(err, ERROR_INVALID, "The backup is damaged: it has %lld attached files instead of %lld.",
			(long long)f.count, (long long)f.total);
	free(folder);
	return ok;
}

/* ---- restoring into a folder ---- */

/* The database of the backup at dir as a new file, with the hash that the manifest has. */
static bool take_out(const char *dir, const json_t *manifest, const char *to, struct error *err)
{
	const json_t *database = json_object_get(manifest, "database");
	char *from = backup_path(dir, DATABASE_NAME), hash[65];
	struct error own = { 0 };
	int64_t size;
	bool ok = disk_copy(from, to, hash, &size, &own);

	if (!ok && own.kind == ERROR_NOT_FOUND)
		error_set(err, ERROR_INVALID, "The backup is damaged: %.300s is missing.", from);
	else if (!ok)
		*err = own;
	else if (size != json_integer_value(json_object_get(database, "size")) ||
		strcmp(hash, backup_word(database, "sha256")) != 0)
		ok = error_set(err, ERROR_INVALID, "The backup is damaged: %.300s is not the file that was saved.", from);
	free(from);
	return ok;
}

bool backup_check(const char *dir, const json_t *manifest, const char *scratch, const struct backup_watch *watch,
	struct error *err)
{
	char *copy = backup_path(scratch, DATABASE_NAME);
	bool ok = take_out(dir, manifest, copy, err) && check_structure(copy, manifest, watch, err) &&
		check_audit(copy, manifest, err) && check_files(dir, copy, manifest, watch, err);

	free(copy);
	return ok;
}

bool backup_verify(const char *dir, const char *scratch, const struct backup_watch *watch,
	struct backup_report *out, struct error *err)
{
	json_t *manifest = backup_manifest(dir, err);
	char *folder = backup_path(scratch, "commonweal-check-XXXXXX");
	bool ok = manifest;

	if (ok && !mkdtemp(folder))
		ok = error_set(err, ERROR_UNAVAILABLE, "No folder can be made in %.300s to try the backup in.", scratch);
	else if (ok) {
		ok = backup_check(dir, manifest, folder, watch, err);
		disk_remove(folder);
	}
	if (manifest)
		backup_summary(manifest, out);
	json_decref(manifest);
	free(folder);
	return ok;
}

/* ---- making ---- */

/* A folder of ours alone. One that an interrupted backup left goes first. */
static bool prepare_part(const char *part, int *lock, struct error *err)
{
	struct error own = { 0 };
	bool taken = false;

	for (int tries = 0; tries < 3; tries++) {
		bool made = disk_folder(part, &own);

		if (!made && own.kind != ERROR_CONFLICT) {
			*err = own;
			return false;
		}
		error_clear(&own);
		if (!disk_lock(part, true, lock, &taken, err))
			return false;
		if (taken && made)
			return true;
		if (!taken)
			break;
		disk_remove(part);
		close(*lock);
	}
	return error_set(err, ERROR_CONFLICT, "Another backup is being written to %.300s.", part);
}

static bool snapshot(struct engine *e, const char *to, json_t *manifest, const struct backup_watch *watch,
	struct error *err)
{
	struct db *db = store_reader(e->store, err);
	json_t *database = json_object();
	char hash[65];
	int64_t size, generation;
	bool ok = db && db_begin(db, &viewer_nobody, err);

	if (ok) {
		/* The first read is the moment that the backup shows. */
		generation = db_generation(db, err);
		json_object_set_new(manifest, "created_us", json_integer(clock_now_us()));
		json_object_set_new(database, "generation", json_integer(generation));
		ok = generation && copy_database(db, to, watch, err);
		db_end(db);
	}
	db_close(db);
	ok = ok && describe(to, manifest, err) && disk_hash(to, hash, &size, err);
	if (ok) {
		json_object_set_new(database, "name", json_string(DATABASE_NAME));
		json_object_set_new(database, "size", json_integer(size));
		json_object_set_new(database, "sha256", json_string(hash));
	}
	json_object_set_new(manifest, "database", database);
	return ok;
}

/* The files that the copied database refers to. */
static bool copy_files(struct engine *e, const char *part, const char *earlier, json_t *manifest,
	const struct backup_watch *watch, struct error *err)
{
	char *to = backup_path(part, FILES_NAME), *database = backup_path(part, DATABASE_NAME),
		*before = earlier ? backup_path(earlier, FILES_NAME) : NULL;
	struct files f = { .from = blobs_folder(e->blobs), .to = to, .earlier = before, .watch = watch,
		.total = json_integer_value(json_object_get(json_object_get(manifest, "rows"), "blob")) };
	bool ok = disk_folder(to, err) && backup_each_file(database, copy_file, &f, err);

	json_object_set_new(manifest, "files", json_pack("{s:I, s:I}", "count", (json_int_t)f.count, "size",
		(json_int_t)f.bytes));
	free(before);
	free(database);
	free(to);
	return ok;
}

/* Between the moment of the snapshot and the copy of the last file none is collected. */
static bool keep_files(struct engine *e, int *lock, struct error *err)
{
	char *path = backup_path(blobs_folder(e->blobs), ".lock");

	*lock = open(path, O_RDONLY | O_CLOEXEC);
	free(path);
	if (*lock >= 0 && flock(*lock, LOCK_SH) == 0)
		return true;
	if (*lock >= 0)
		close(*lock);
	return error_set(err, ERROR_UNAVAILABLE, "The folder of the files cannot be used.");
}

static bool gather(struct engine *e, const char *part, const char *earlier, json_t *manifest,
	const struct backup_watch *watch, struct error *err)
{
	char *database = backup_path(part, DATABASE_NAME);
	int lock;
	bool ok = keep_files(e, &lock, err);

	if (ok) {
		ok = snapshot(e, database, manifest, watch, err) && copy_files(e, part, earlier, manifest, watch, err);
		close(lock);
	}
	free(database);
	return ok;
}

static bool fill_part(struct engine *e, const char *part, const char *dir, const char *earlier,
	const struct backup_watch *watch, struct backup_report *out, struct error *err)
{
	json_t *manifest = json_object();
	char *scratch = backup_path(part, "check"), *parent = disk_parent(dir);
	bool ok;

	json_object_set_new(manifest, "format", json_integer(FORMAT));
	json_object_set_new(manifest, "program", json_string("commonweal"));
	json_object_set_new(manifest, "version", json_string(PACKAGE_VERSION));
	json_object_set_new(manifest, "sqlite", json_string(sqlite3_libversion()));
	ok = gather(e, part, earlier, manifest, watch, err) && disk_folder(scratch, err) &&
		backup_check(part, manifest, scratch, watch, err) && write_manifest(part, manifest, err);
	if (ok && !disk_remove(scratch))
		ok = error_set(err, ERROR_UNAVAILABLE, "%.300s cannot be removed.", scratch);
	ok = ok && disk_sync_folder(part, err) && disk_rename_new(part, dir, err) && disk_sync_folder(parent, err);
	backup_summary(manifest, out);
	json_decref(manifest);
	free(parent);
	free(scratch);
	return ok;
}

bool backup_create(struct engine *e, const char *given, const char *earlier, const struct backup_watch *watch,
	struct backup_report *out, struct error *err)
{
	size_t n = strlen(given);
	char *dir, *part;
	int lock;
	bool ok = false;

	while (n > 1 && given[n - 1] == '/')
		n--;
	if (asprintf(&dir, "%.*s", (int)n, given) < 0 || asprintf(&part, "%s.part", dir) < 0)
		abort();
	if (access(dir, F_OK) == 0) {
		error_set(err, ERROR_CONFLICT, "%.300s is there already. A backup overwrites nothing.", dir);
	} else if (prepare_part(part, &lock, err)) {
		ok = fill_part(e, part, dir, earlier, watch, out, err);
		if (!ok)
			disk_remove(part);
		close(lock);
	}
	free(part);
	free(dir);
	return ok;
}
