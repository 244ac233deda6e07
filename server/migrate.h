/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Schema migrations: per module, append-only, checksummed, each in one
 * transaction; a preflight before and a backup of the file (by SQLite's backup
 * interface) before the first change of a database that holds something. */
#ifndef COMMONWEAL_MIGRATE_H
#define COMMONWEAL_MIGRATE_H
#include <stdbool.h>
#include "error.h"

struct sqlite3;

struct migration {
	int version; /* 1, 2, 3 ... ; 0 ends the table */
	const char *sql;
};

struct migration_set {
	const char *name; /* module; NULL ends the list */
	const struct migration *steps;
};

/* path: for the backup's name, path-before-<UTC time>.bak, kept. A database
 * from a newer program or with changed old steps is refused untouched. */
bool migrate_run(struct sqlite3 *db, const char *path, const struct migration_set *sets, struct error *err);

#endif
