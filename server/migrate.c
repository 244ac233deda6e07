/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Schema migrations, and the backup before them. */
#include "migrate.h"
#include <sqlite3.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include "log.h"
#include "text.h"

static bool failed(sqlite3 *db, const char *what, struct error *err)
{
	int rc = sqlite3_errcode(db) & 0xff;

	error_set(err, rc == SQLITE_FULL || rc == SQLITE_READONLY || rc == SQLITE_BUSY ||
		rc == SQLITE_IOERR ? ERROR_UNAVAILABLE : ERROR_INTERNAL,
		"The database could not be brought up to date (%s: %s). It was left as it was.", what,
		sqlite3_errmsg(db));
	return false;
}

static int applied_version(sqlite3 *db, const char *module, int version, char sha256[65], int *rc)
{
	sqlite3_stmt *stmt;
	int found = 0;

	*rc = sqlite3_prepare_v2(db,
		"SELECT version, sha256 FROM schema_version WHERE module = ?1 AND version = ?2", -1, &stmt, NULL);
	if (*rc != SQLITE_OK)
		return 0;
	sqlite3_bind_text(stmt, 1, module, -1, SQLITE_STATIC);
	sqlite3_bind_int(stmt, 2, version);
	*rc = sqlite3_step(stmt);
	if (*rc == SQLITE_ROW) {
		found = sqlite3_column_int(stmt, 0);
		snprintf(sha256, 65, "%s", (const char *)sqlite3_column_text(stmt, 1));
	}
	if (*rc == SQLITE_ROW || *rc == SQLITE_DONE)
		*rc = SQLITE_OK;
	sqlite3_finalize(stmt);
	return found;
}

/* Of a module, or (NULL) of all. */
static int newest_version(sqlite3 *db, const char *module)
{
	sqlite3_stmt *stmt;
	int newest = 0;

	if (sqlite3_prepare_v2(db, "SELECT max(version) FROM schema_version WHERE ?1 IS NULL OR module = ?1", -1,
		&stmt, NULL) != SQLITE_OK)
		return 0;
	sqlite3_bind_text(stmt, 1, module, -1, SQLITE_STATIC);
	if (sqlite3_step(stmt) == SQLITE_ROW)
		newest = sqlite3_column_int(stmt, 0);
	sqlite3_finalize(stmt);
	return newest;
}

/* Preflight: are the steps already applied the ones this program knows, and
 * how many are waiting? Changes nothing. */
static bool preflight(sqlite3 *db, const struct migration_set *sets, int *waiting, struct error *err)
{
	char sha[65], want[65];
	int rc;

	*waiting = 0;
	for (; sets->name; sets++) {
		int last = 0;

		for (const struct migration *m = sets->steps; m && m->version; m++) {
			if (m->version != last + 1)
				return error_set(err, ERROR_INTERNAL, "Migration steps of %s are not in order.",
					sets->name);
			last = m->version;
			if (!applied_version(db, sets->name, m->version, sha, &rc)) {
				if (rc != SQLITE_OK)
					return failed(db, sets->name, err);
				++*waiting;
				continue;
			}
			sha256_hex(m->sql, strlen(m->sql), want);
			if (strcmp(sha, want) != 0)
				return error_set(err, ERROR_INVALID, "Step %d of %s was applied to this database in "
					"another form. This program does not fit it; nothing was changed.",
					m->version, sets->name);
		}
		if (newest_version(db, sets->name) > last)
			return error_set(err, ERROR_INVALID, "The database comes from a newer Commonweal "
				"(%s has step %d). Use that program; nothing was changed.", sets->name,
				newest_version(db, sets->name));
	}
	return true;
}

static bool backup(sqlite3 *db, const char *path, struct error *err)
{
	char name[4096], stamp[32];
	time_t now = time(NULL);
	struct tm tm;
	sqlite3 *copy = NULL;
	bool ok = false;

	gmtime_r(&now, &tm);
	strftime(stamp, sizeof stamp, "%Y%m%dT%H%M%SZ", &tm);
	snprintf(name, sizeof name, "%s-before-%s.bak", path, stamp);
	if (sqlite3_open(name, &copy) == SQLITE_OK) {
		sqlite3_backup *b = sqlite3_backup_init(copy, "main", db, "main");

		ok = b && sqlite3_backup_step(b, -1) == SQLITE_DONE;
		ok = sqlite3_backup_finish(b) == SQLITE_OK && ok;
	}
	sqlite3_close(copy);
	if (!ok) {
		unlink(name);
		return error_set(err, ERROR_UNAVAILABLE,
			"No backup could be made before the upgrade (%s). Nothing was changed.", name);
	}
	log_info("migrate.backup", "file=%s", log_quote(name));
	return true;
}

static bool apply(sqlite3 *db, const char *module, const struct migration *m, struct error *err)
{
	sqlite3_stmt *stmt = NULL;
	char sha[65];
	bool ok;

	sha256_hex(m->sql, strlen(m->sql), sha);
	ok = sqlite3_exec(db, "BEGIN IMMEDIATE", NULL, NULL, NULL) == SQLITE_OK &&
		sqlite3_exec(db, m->sql, NULL, NULL, NULL) == SQLITE_OK &&
		sqlite3_prepare_v2(db, "INSERT INTO schema_version (module, version, sha256, applied_us) "
			"VALUES (?1, ?2, ?3, ?4)", -1, &stmt, NULL) == SQLITE_OK;
	if (ok) {
		sqlite3_bind_text(stmt, 1, module, -1, SQLITE_STATIC);
		sqlite3_bind_int(stmt, 2, m->version);
		sqlite3_bind_text(stmt, 3, sha, -1, SQLITE_STATIC);
		sqlite3_bind_int64(stmt, 4, clock_now_us());
		ok = sqlite3_step(stmt) == SQLITE_DONE;
	}
	sqlite3_finalize(stmt);
	ok = ok && sqlite3_exec(db, "COMMIT", NULL, NULL, NULL) == SQLITE_OK;
	if (!ok) {
		failed(db, module, err);
		sqlite3_exec(db, "ROLLBACK", NULL, NULL, NULL);
		return false;
	}
	log_info("migrate.step", "module=%s version=%d", module, m->version);
	return true;
}

bool migrate_run(sqlite3 *db, const char *path, const struct migration_set *sets, struct error *err)
{
	char sha[65];
	int waiting, rc;

	if (sqlite3_exec(db, "CREATE TABLE IF NOT EXISTS schema_version (module TEXT NOT NULL, "
		"version INTEGER NOT NULL, sha256 TEXT NOT NULL, applied_us INTEGER NOT NULL, "
		"PRIMARY KEY (module, version)) STRICT, WITHOUT ROWID", NULL, NULL, NULL) != SQLITE_OK)
		return failed(db, "schema_version", err);
	if (!preflight(db, sets, &waiting, err))
		return false;
	if (waiting && newest_version(db, NULL) > 0 && !backup(db, path, err))
		return false;
	for (; waiting && sets->name; sets++)
		for (const struct migration *m = sets->steps; m && m->version; m++)
			if (!applied_version(db, sets->name, m->version, sha, &rc) &&
				!apply(db, sets->name, m, err))
				return false;
	return true;
}
