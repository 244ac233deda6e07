/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The store on SQLite. Readers see, through a viewer, only TEMP views named
 * v_*; an authorizer refuses everything else. Writes run on one thread in
 * groups, durable before the answer, and triggers refuse a foreign space.
 *
 * A query: db_query(db, &q, "SELECT ... WHERE id = :id"); q_text(&q, ":id", id);
 * while (q_row(&q)) ...; return q_done(&q, err);
 * Failures stick in the query and are reported once, by q_done. */
#ifndef COMMONWEAL_STORE_H
#define COMMONWEAL_STORE_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "arena.h"
#include "error.h"
#include "viewer.h"

/* A view every viewer connection gets: "CREATE TEMP VIEW v_... AS ...", whose
 * body must join or filter by the viewer's scope. Tables end with NULL. */
struct view_def {
	const char *name;
	const char *sql;
};

struct store;
struct db;
struct sqlite3_stmt;

struct query {
	struct db *db;
	struct sqlite3_stmt *stmt;
	const char *sql;
	int rc;       /* SQLITE_OK until something failed */
	bool cached;
	char text[160];
};

/* sql must be a literal; it is prepared once per connection. */
#define db_query(db, q, sql) db_query_literal((db), (q), "" sql)
void db_query_literal(struct db *db, struct query *q, const char *sql);

/* Binds by name; an unknown name aborts (a bug). NULL text binds NULL. The
 * text must stay valid until q_done. */
void q_text(struct query *q, const char *name, const char *value);
void q_text_n(struct query *q, const char *name, const char *value, size_t n);
void q_int(struct query *q, const char *name, int64_t value);
void q_real(struct query *q, const char *name, double value);
void q_blob(struct query *q, const char *name, const void *p, size_t n);
/* The next row; false at the end or after a failure. */
bool q_row(struct query *q);
/* Runs a statement that gives no rows. */
bool q_run(struct query *q, struct error *err);
/* The same; *changed: it inserted, changed or deleted a row. */
bool q_run_changed(struct query *q, bool *changed, struct error *err);
/* Columns count from 0; text is copied into the arena; SQL NULL gives NULL. */
char *q_col_text(struct query *q, struct arena *a, int column);
const void *q_col_blob(struct query *q, struct arena *a, int column, size_t *n);
int64_t q_col_int(struct query *q, int column);
double q_col_real(struct query *q, int column);
bool q_col_null(struct query *q, int column);
/* Rows the statement changed (INSERT, UPDATE, DELETE). */
int64_t q_changes(struct query *q);
/* Ends the query (it can be prepared again); false if anything failed. */
bool q_done(struct query *q, struct error *err);

/* Starts a read as a viewer: one transaction, one snapshot. Until db_end every
 * query sees what that viewer may. Not nestable. */
bool db_begin(struct db *db, const struct viewer *viewer, struct error *err);
void db_end(struct db *db);
const struct viewer *db_viewer(const struct db *db); /* NULL outside begin/end */
/* The content generation of this snapshot: it changes with every commit that
 * touches content, in this or another process. */
int64_t db_generation(struct db *db, struct error *err);

/* A write: a closed list of statements in one transaction. Runs on the writer
 * thread; false rolls the whole operation back. It may run a second time only
 * after a roll back, so it must not have other effects. */
typedef bool store_operation(struct db *writer, void *arg, struct error *err);
/* Waits until the operation is on the disk. A foreign space gives ERROR_DENIED,
 * a full or read-only disk ERROR_UNAVAILABLE. */
bool store_write(struct store *s, const struct viewer *viewer, store_operation *op, void *arg,
	struct error *err);
/* The same for what is not content (sessions, accounts, audit): the content
 * generation stays, so no cached page is lost. The operation must not touch what
 * a page for nobody shows. */
bool store_write_aside(struct store *s, const struct viewer *viewer, store_operation *op, void *arg,
	struct error *err);

#endif
