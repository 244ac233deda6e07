/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which rows belong to a space, read off the schema. */
#ifndef COMMONWEAL_SPACE_LINKS_H
#define COMMONWEAL_SPACE_LINKS_H
#include <sqlite3.h>
#include "arena.h"
#include "error.h"

struct space_table {
	const char *name;
	/* SQL condition for the rows of the space whose id is bound to ?1. */
	const char *condition;
};
/* Every table with such rows; those that refer to others before them, so that
 * they can be removed in this order. Table space is the last one. */
bool space_tables(sqlite3 *db, struct arena *a, struct space_table **out, size_t *n, struct error *err);

#endif
