/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The part of the store for the engine alone: opening, connections, and
 * statements that bypass the views. Modules cannot include it. */
#ifndef COMMONWEAL_STORE_SYSTEM_H
#define COMMONWEAL_STORE_SYSTEM_H
#include <sqlite3.h>
#include "migrate.h"
#include "store.h"

struct metrics;

extern const struct view_def space_views[], record_views[];

struct store_setup {
	const char *path;
	const struct migration_set *migrations; /* ends with name NULL */
	const struct view_def *const *views;    /* NULL-ended list of tables */
	bool read_only;
	struct metrics *metrics; /* counts the writes; or NULL */
	/* Called on each new connection, to add functions; may be NULL. */
	bool (*on_open)(struct db *db, void *arg, struct error *err);
	void *arg;
};

/* Checks the file (quick_check when it was not closed in order), migrates it
 * after a backup, starts the writer. */
struct store *store_open(const struct store_setup *setup, struct error *err);
/* Waits for waiting writes, checkpoints, closes. Readers must be closed first. */
void store_close(struct store *s);
/* A viewer connection for one thread. */
struct db *store_reader(struct store *s, struct error *err);
void db_close(struct db *db);
sqlite3 *db_handle(struct db *db);
const char *store_path(const struct store *s);

/* As db_query, but may read base and FTS tables. The caller filters by scope. */
#define db_query_system(db, q, sql) db_query_system_literal((db), (q), "" sql)
void db_query_system_literal(struct db *db, struct query *q, const char *sql);
/* Adds 1 to the content generation, within a write. store_write does it. */
bool db_generation_bump(struct db *writer, struct error *err);
/* Fills the error from SQLite's state: full disk, read-only, corrupt, busy. */
bool db_error(struct db *db, int rc, const char *what, struct error *err);

#endif
