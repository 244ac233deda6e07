/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Putting a backup in the place of the data. Whatever fails, or kills it, before
 * the last step leaves the data as they were. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#include "audit.h"
#include "backup_run.h"
#include "disk.h"
#include "log.h"
#include "store_system.h"
#include "text.h"

struct restore {
	const char *dir;
	char *data;      /* where it goes */
	char *scratch;   /* data-restore: where it is made ready */
	char *fresh;     /* the database in it */
	json_t *manifest;
	const struct backup_watch *watch;
	struct backup_restored *out;
};

static char *joined(const char *path, const char *suffix)
{
	char *out;

	if (asprintf(&out, "%s%s", path, suffix) < 0)
		abort();
	return out;
}

/* ---- making it ready ---- */

static bool check_parts(const struct restore *r, struct error *err)
{
	json_t *version;
	const char *part;

	json_object_foreach(json_object_get(r->manifest, "schema"), part, version)
		if (!engine_has_part(part))
			return error_set(err, ERROR_INVALID, "The backup comes from a newer Commonweal (%.30s): this program "
				"has no %.40s. Use that program; nothing was changed.", backup_word(r->manifest, "version"), part);
	return true;
}

/* What was signed out, used up or withdrawn since the backup must not come back. */
static bool settle(struct db *w, void *arg, struct error *err)
{
	const struct restore *r = arg;
	struct backup_report report;
	struct arena *a = arena_create();
	struct query q;
	bool ok;

	backup_summary(r->manifest, &report);
	struct audit_entry e = { .login = AUDIT_CONSOLE, .action = "database.restore",
		.detail = arena_printf(a, "as it was on %s", moment_human(a, report.created_us)) };
	db_query_system(w, &q, "DELETE FROM session");
	ok = q_run(&q, err);
	if (ok) {
		db_query_system(w, &q, "DELETE FROM ticket");
		ok = q_run(&q, err);
	}
	if (ok) {
		db_query_system(w, &q, "DELETE FROM account_token");
		ok = q_run(&q, err);
	}
	if (ok) {
		db_query_system(w, &q, "DELETE FROM api_token");
		ok = q_run(&q, err);
	}
	ok = ok && audit_write(w, &e, err);
	arena_destroy(a);
	return ok;
}

/* Opening it migrates it. */
static bool bring_up_to_date(const struct restore *r, struct options *o, struct error *err)
{
	struct engine e = { 0 };
	bool ok;

	backup_say(r->watch, "bringing it up to date", 0, 1);
	ok = options_set(o, "data", r->fresh, "restore", err) && engine_start(&e, o, false, err) &&
		store_write(e.store, &viewer_system, settle, (void *)r, err);
	engine_stop(&e);
	if (!options_set(o, "data", r->data, "restore", err))
		return false;
	backup_say(r->watch, "bringing it up to date", 1, 1);
	return ok;
}

/* The copy belongs to whom the old one belonged to, when root restores. */
static bool give_away(const struct restore *r, struct error *err)
{
	struct stat st;

	if (geteuid() != 0 || stat(r->data, &st) != 0 || chown(r->fresh, st.st_uid, st.st_gid) == 0)
		return true;
	return error_set(err, ERROR_UNAVAILABLE, "%.300s cannot be given to the owner of the old one: %s.", r->fresh,
		strerror(errno));
}

/* ---- attached files ---- */

struct files {
	const struct restore *restore;
	char *from;
	const char *to;
	uid_t uid; /* whose they become, when root restores */
	gid_t gid;
	int64_t done, total;
};

static bool own(const struct files *f, const char *path, struct error *err)
{
	return geteuid() != 0 || lchown(path, f->uid, f->gid) == 0 ||
		error_set(err, ERROR_UNAVAILABLE, "%.300s cannot be given to the owner of the data: %s.", path, strerror(errno));
}

static bool is_whole(const char *path, const struct blob *b)
{
	char hash[65];
	int64_t size;

	return disk_hash(path, hash, &size, NULL) && size == b->size && strcmp(hash, b->hash) == 0;
}

/* Files never change, so one that is there and whole is the right one. None is
 * removed: the old database may still need it. */
static bool put_file(const struct blob *b, void *arg, struct error *err)
{
	struct files *f = arg;
	char relative[BLOB_HASH_SIZE + 1];
	char *from, *to, *part, *parent;
	bool ok = true;

	blob_relative_path(b->hash, relative);
	from = backup_path(f->from, relative);
	to = backup_path(f->to, relative);
	part = joined(to, ".restore");
	parent = disk_parent(to);
	if (!is_whole(to, b)) {
		disk_remove(part);
		ok = disk_folder_or_old(parent, err) && own(f, parent, err) && disk_copy(from, part, NULL, NULL, err) &&
			own(f, part, err);
		if (ok && rename(part, to) != 0)
			ok = error_set(err, ERROR_UNAVAILABLE, "%.300s cannot be made: %s.", to, strerror(errno));
		ok = ok && disk_sync_folder(parent, err);
		if (!ok)
			disk_remove(part);
	}
	backup_say(f->restore->watch, "putting back the files", ++f->done, f->total);
	free(parent);
	free(part);
	free(to);
	free(from);
	return ok;
}

static bool put_files(const struct restore *r, const struct options *o, struct error *err)
{
	struct arena *a = arena_create();
	struct files f = { .restore = r, .to = blobs_path(a, o), .total = r->out->report.files };
	char *parent = disk_parent(r->data), *stored = backup_path(r->scratch, DATABASE_NAME);
	struct stat st;
	bool ok = true;

	if (stat(r->data, &st) == 0 || stat(parent, &st) == 0) {
		f.uid = st.st_uid;
		f.gid = st.st_gid;
	}
	f.from = backup_path(r->dir, FILES_NAME);
	if (f.total)
		ok = disk_folder_or_old(f.to, err) && own(&f, f.to, err) && backup_each_file(stored, put_file, &f, err);
	free(f.from);
	free(stored);
	free(parent);
	arena_destroy(a);
	return ok;
}

/* ---- the switch ---- */

/* What the old one's write-ahead log holds goes into it, if it can still be read. */
static void fold_in(const char *path)
{
	sqlite3 *db = NULL;

	if (sqlite3_open_v2(path, &db, SQLITE_OPEN_READWRITE, NULL) == SQLITE_OK)
		sqlite3_exec(db, "PRAGMA wal_checkpoint(TRUNCATE)", NULL, NULL, NULL);
	sqlite3_close(db);
}

static bool move_beside(const char *data, const char *aside, const char *suffix, struct error *err)
{
	char *from = joined(data, suffix), *to = joined(aside, suffix);
	bool ok = rename(from, to) == 0 || errno == ENOENT ||
		error_set(err, ERROR_UNAVAILABLE, "%.300s cannot be moved: %s.", from, strerror(errno));

	free(from);
	free(to);
	return ok;
}

/* The old database gets a second name, its log the same one, and the new database
 * takes the first name in one step: never is there none, and never one with the
 * log of the other. */
static bool put_aside(struct restore *r, struct error *err)
{
	char stamp[32];
	time_t now = time(NULL);
	struct tm tm;
	struct stat st;

	r->out->aside[0] = '\0';
	if (stat(r->data, &st) != 0)
		return true;
	gmtime_r(&now, &tm);
	strftime(stamp, sizeof stamp, "%Y%m%dT%H%M%SZ", &tm);
	if ((size_t)snprintf(r->out->aside, sizeof r->out->aside, "%s-replaced-%s", r->data, stamp) >=
		sizeof r->out->aside)
		return error_set(err, ERROR_INVALID, "The path of the data file is too long.");
	fold_in(r->data);
	if (link(r->data, r->out->aside) != 0)
		return error_set(err, errno == EEXIST ? ERROR_CONFLICT : ERROR_UNAVAILABLE,
			"The old database cannot be kept as %.300s: %s.", r->out->aside, strerror(errno));
	return move_beside(r->data, r->out->aside, "-wal", err) && move_beside(r->data, r->out->aside, "-shm", err);
}

static bool switch_over(struct restore *r, struct error *err)
{
	char *parent = disk_parent(r->data);
	bool ok = put_aside(r, err);

	if (ok && rename(r->fresh, r->data) != 0)
		ok = error_set(err, ERROR_UNAVAILABLE, "%.300s cannot be replaced: %s.", r->data, strerror(errno));
	ok = ok && disk_sync_folder(parent, err);
	free(parent);
	return ok;
}

static bool run(struct restore *r, struct options *o, struct error *err)
{
	bool ok;

	if (!disk_remove(r->scratch)) /* of one that was interrupted */
		return error_set(err, ERROR_UNAVAILABLE, "%.300s cannot be removed.", r->scratch);
	r->manifest = backup_manifest(r->dir, err);
	if (!r->manifest || !check_parts(r, err) || !disk_folder(r->scratch, err))
		return false;
	backup_summary(r->manifest, &r->out->report);
	ok = backup_check(r->dir, r->manifest, r->scratch, r->watch, err) && put_files(r, o, err) &&
		bring_up_to_date(r, o, err) && give_away(r, err) && switch_over(r, err);
	disk_remove(r->scratch);
	return ok;
}

bool backup_restore(struct options *o, const char *dir, const struct backup_watch *watch,
	struct backup_restored *out, struct error *err)
{
	struct restore r = { .dir = dir, .watch = watch, .out = out };
	char *lock_path;
	bool taken, ok = false;
	int lock;

	r.data = joined(options_string(o, "data"), "");
	r.scratch = joined(r.data, "-restore");
	r.fresh = backup_path(r.scratch, DATABASE_NAME);
	lock_path = joined(r.data, "-lock");
	if (!disk_lock(lock_path, true, &lock, &taken, err))
		goto out;
	if (!taken)
		error_set(err, ERROR_CONFLICT, "A server or a command is using %.300s. Stop it first; nothing was changed.",
			r.data);
	else if (lock < 0)
		error_set(err, ERROR_UNAVAILABLE, "%.300s cannot be made, so nothing can be put there.", lock_path);
	else
		ok = run(&r, o, err);
	if (lock >= 0)
		close(lock);
out:
	json_decref(r.manifest);
	free(lock_path);
	free(r.fresh);
	free(r.scratch);
	free(r.data);
	return ok;
}
