/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "migrate.h"
#include <dirent.h>
#include <sqlite3.h>
#include "unit.h"

static sqlite3 *db;
static const char *path;

static void begin(const char *name)
{
	static char kept[8192];

	snprintf(kept, sizeof kept, "%s", unit_path(name));
	path = kept;
	NEED(sqlite3_open(path, &db) == SQLITE_OK);
}

static void end(void)
{
	sqlite3_close(db);
}

static bool run(const struct migration_set *sets, struct error *err)
{
	error_clear(err);
	return migrate_run(db, path, sets, err);
}

static long long number_in(sqlite3 *from, const char *sql)
{
	sqlite3_stmt *stmt = NULL;
	long long value = -1;

	if (sqlite3_prepare_v2(from, sql, -1, &stmt, NULL) == SQLITE_OK && sqlite3_step(stmt) == SQLITE_ROW)
		value = sqlite3_column_int64(stmt, 0);
	sqlite3_finalize(stmt);
	return value;
}

static long long number(const char *sql)
{
	return number_in(db, sql);
}

/* Backups beside the file: how many, and the path of the last. */
static int backups(char out[5000])
{
	DIR *d = opendir(unit_folder());
	const char *base = strrchr(path, '/') + 1;
	int n = 0;

	for (struct dirent *e; d && (e = readdir(d));)
		if (strncmp(e->d_name, base, strlen(base)) == 0 && strstr(e->d_name, "-before-")) {
			snprintf(out, 5000, "%s/%s", unit_folder(), e->d_name);
			n++;
		}
	if (d)
		closedir(d);
	return n;
}

static const struct migration one[] = { { 1, "CREATE TABLE a (x INTEGER) STRICT; INSERT INTO a VALUES (1);" }, { 0, NULL } };
static const struct migration two[] = { { 1, "CREATE TABLE a (x INTEGER) STRICT; INSERT INTO a VALUES (1);" },
	{ 2, "ALTER TABLE a ADD COLUMN y INTEGER; UPDATE a SET y = x + 1;" }, { 0, NULL } };
static const struct migration other[] = { { 1, "CREATE TABLE b (x INTEGER) STRICT;" }, { 0, NULL } };

static void fresh_and_again(void)
{
	struct error err = { 0 };
	char file[5000];

	begin("fresh.db");
	CHECK(run((const struct migration_set[]){ { "a", two }, { "b", other }, { NULL, NULL } }, &err));
	CHECK_INT(number("SELECT y FROM a"), 2);
	CHECK_INT(number("SELECT count(*) FROM schema_version"), 3);
	CHECK_INT(number("SELECT max(version) FROM schema_version WHERE module = 'a'"), 2);
	CHECK_INT(number("SELECT count(*) FROM schema_version WHERE length(sha256) = 64"), 3);
	CHECK(run((const struct migration_set[]){ { "a", two }, { "b", other }, { NULL, NULL } }, &err));
	CHECK_INT(number("SELECT count(*) FROM a"), 1); /* nothing ran twice */
	CHECK_INT(backups(file), 0); /* an empty database needs none */
	end();
}

static void upgrade_with_backup(void)
{
	struct error err = { 0 };
	char file[5000] = "";
	sqlite3 *copy;

	begin("upgrade.db");
	CHECK(run((const struct migration_set[]){ { "a", one }, { NULL, NULL } }, &err));
	CHECK(run((const struct migration_set[]){ { "a", two }, { NULL, NULL } }, &err));
	CHECK_INT(number("SELECT y FROM a"), 2);
	CHECK_INT(backups(file), 1);
	NEED(sqlite3_open_v2(file, &copy, SQLITE_OPEN_READONLY, NULL) == SQLITE_OK);
	CHECK_INT(number_in(copy, "SELECT x FROM a"), 1); /* the data as before the step */
	CHECK_INT(number_in(copy, "SELECT y FROM a"), -1);
	CHECK_INT(number_in(copy, "SELECT max(version) FROM schema_version"), 1);
	sqlite3_close(copy);
	end();
}

/* A new module that happens to stand first is an upgrade too. */
static void backup_for_a_new_module(void)
{
	struct error err = { 0 };
	char file[5000];

	begin("module.db");
	CHECK(run((const struct migration_set[]){ { "b", other }, { NULL, NULL } }, &err));
	CHECK(run((const struct migration_set[]){ { "a", one }, { "b", other }, { NULL, NULL } }, &err));
	CHECK_INT(number("SELECT x FROM a"), 1);
	CHECK_INT(backups(file), 1);
	end();
}

static void changed_step(void)
{
	static const struct migration changed[] = { { 1, "CREATE TABLE a (x INTEGER) STRICT; INSERT INTO a VALUES (2);" },
		{ 2, "CREATE TABLE c (x INTEGER) STRICT;" }, { 0, NULL } };
	struct error err = { 0 };
	char file[5000];

	begin("changed.db");
	CHECK(run((const struct migration_set[]){ { "a", one }, { NULL, NULL } }, &err));
	CHECK(!run((const struct migration_set[]){ { "b", other }, { "a", changed }, { NULL, NULL } }, &err));
	CHECK_ERROR(&err, ERROR_INVALID, "Step 1 of a");
	CHECK_INT(number("SELECT count(*) FROM sqlite_schema WHERE name IN ('b', 'c')"), 0); /* preflight: nothing was done */
	CHECK_INT(number("SELECT x FROM a"), 1);
	CHECK_INT(backups(file), 0);
	end();
}

static void newer_database(void)
{
	struct error err = { 0 };

	begin("newer.db");
	CHECK(run((const struct migration_set[]){ { "a", two }, { NULL, NULL } }, &err));
	CHECK(!run((const struct migration_set[]){ { "b", other }, { "a", one }, { NULL, NULL } }, &err));
	CHECK_ERROR(&err, ERROR_INVALID, "newer Commonweal (a has step 2)");
	CHECK_INT(number("SELECT count(*) FROM sqlite_schema WHERE name = 'b'"), 0);
	CHECK(!run((const struct migration_set[]){ { "a", NULL }, { NULL, NULL } }, &err)); /* steps taken away */
	CHECK_ERROR(&err, ERROR_INVALID, "newer");
	end();
}

static void out_of_order(void)
{
	static const struct migration gap[] = { { 1, "CREATE TABLE a (x INTEGER) STRICT;" }, { 3, "SELECT 1;" }, { 0, NULL } };
	static const struct migration late[] = { { 2, "CREATE TABLE a (x INTEGER) STRICT;" }, { 0, NULL } };
	struct error err = { 0 };

	begin("order.db");
	CHECK(!run((const struct migration_set[]){ { "a", gap }, { NULL, NULL } }, &err));
	CHECK_ERROR(&err, ERROR_INTERNAL, "not in order");
	CHECK(!run((const struct migration_set[]){ { "a", late }, { NULL, NULL } }, &err));
	CHECK_ERROR(&err, ERROR_INTERNAL, "not in order");
	CHECK_INT(number("SELECT count(*) FROM sqlite_schema WHERE name = 'a'"), 0);
	end();
}

/* A step that fails half way leaves nothing, and those before it stay. */
static void failing_step(void)
{
	static const struct migration broken[] = { { 1, "CREATE TABLE a (x INTEGER) STRICT; INSERT INTO a VALUES (1);" },
		{ 2, "CREATE TABLE c (x INTEGER) STRICT; INSERT INTO a VALUES ('text');" }, { 0, NULL } };
	struct error err = { 0 };

	begin("failing.db");
	CHECK(!run((const struct migration_set[]){ { "a", broken }, { NULL, NULL } }, &err));
	CHECK_ERROR(&err, ERROR_INTERNAL, "could not be brought up to date (a: ");
	CHECK_INT(number("SELECT count(*) FROM a"), 1);
	CHECK_INT(number("SELECT count(*) FROM sqlite_schema WHERE name = 'c'"), 0);
	CHECK_INT(number("SELECT max(version) FROM schema_version"), 1);
	CHECK(sqlite3_get_autocommit(db)); /* no transaction is left open */
	CHECK(run((const struct migration_set[]){ { "a", two }, { NULL, NULL } }, &err)); /* mended, it goes on */
	CHECK_INT(number("SELECT y FROM a"), 2);
	end();
}

static void no_backup_no_upgrade(void)
{
	struct error err = { 0 };

	begin("nobackup.db");
	CHECK(run((const struct migration_set[]){ { "a", one }, { NULL, NULL } }, &err));
	path = unit_path("absent/nobackup.db");
	CHECK(!run((const struct migration_set[]){ { "a", two }, { NULL, NULL } }, &err));
	CHECK_ERROR(&err, ERROR_UNAVAILABLE, "No backup could be made");
	CHECK_INT(number("SELECT max(version) FROM schema_version"), 1);
	end();
}

CU_TestInfo unit_tests[] = {
	{ "a fresh database, and again", fresh_and_again },
	{ "upgrade after a backup", upgrade_with_backup },
	{ "a new module: backup too", backup_for_a_new_module },
	{ "a changed step is refused", changed_step },
	{ "a newer database is refused", newer_database },
	{ "steps out of order", out_of_order },
	{ "a failing step leaves nothing", failing_step },
	{ "no backup, no upgrade", no_backup_no_upgrade },
	CU_TEST_INFO_NULL,
};
