/* SPDX-License-Identifier: GPL-3.0-or-later */
/* All that one space has, written out (commonweal export --space) or removed for
 * good (commonweal purge --space). What belongs to a space follows from the
 * tables: a row with its id in a column space_id or about_space, and every row
 * that refers to such a row by a foreign key. So a module's tables come along
 * by themselves; what no foreign key says it does in the two functions of its
 * struct module, which get one of these. */
#ifndef COMMONWEAL_SPACE_DATA_H
#define COMMONWEAL_SPACE_DATA_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "arena.h"
#include "engine.h"
#include "error.h"
#include "store.h"

/* ---- export ---- */

struct space_export {
	struct engine *engine;
	struct db *db;           /* one snapshot; export_query reads all of it */
	struct arena *arena;
	const char *space_id, *slug;
	const char *dir;         /* the folder that is filled */
	void *files;             /* what was written; for the manifest */
	size_t n_files;
};
/* As db_query, but sees base tables: only for rows of this space. */
#define export_query(x, q, sql) export_query_literal((x), (q), "" sql)
void export_query_literal(const struct space_export *x, struct query *q, const char *sql);
/* A new file at a path below the folder ("drafts/0199.../draft.xml"); folders are made. */
bool export_file(struct space_export *x, const char *path, const void *bytes, size_t n, struct error *err);
/* A copy of a file on the disk, which must have that SHA-256 (or NULL). */
bool export_copy(struct space_export *x, const char *path, const char *from, const char *sha256, struct error *err);

/* Stored files (blob.h): rows of q are a path below the folder and a hash. Ends the query. */
bool export_blobs(struct space_export *x, struct query *q, struct error *err);

/* Fills the folder dir, which must be absent or empty. ERROR_NOT_FOUND: no such space. */
bool space_export(struct engine *e, const char *slug, const char *dir, size_t *files, struct error *err);

/* ---- purge ---- */

#define PURGE_COUNTS 64
struct space_purge {
	struct engine *engine;
	struct arena *arena;
	const char *space_id, *slug;
	struct purge_count {
		const char *what; /* "rows of draft", "people" ... */
		int64_t n;
	} counts[PURGE_COUNTS];
	size_t n_counts;
	/* Other spaces' records that referred to one of this space, "space/type/slug",
	 * one a line: their text still does. */
	const char *mentions;
};
/* For what is printed; nothing if n is 0. what: a literal, or in the arena. */
void purge_count(struct space_purge *p, const char *what, int64_t n);

/* Counts what a purge would remove and changes nothing. */
bool space_purge_preview(struct engine *e, struct space_purge *p, struct error *err);
/* Removes it, in one write, with a row in the audit log; then rewrites the file
 * and its log, so that the text is in neither any more. slug, engine and arena are
 * set; the national space is ERROR_INVALID. *rewritten false: the rows are gone, but
 * the rewriting did not end (no room, or readers that did not let go). */
bool space_purge(struct engine *e, struct space_purge *p, bool *rewritten, struct error *err);

#endif
