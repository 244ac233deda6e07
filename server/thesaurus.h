/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The editors' file of synonyms: a line is a group, "dmi | drug market
 * intervention | drug market strategy"; # begins a comment. */
#ifndef COMMONWEAL_THESAURUS_H
#define COMMONWEAL_THESAURUS_H
#include <stdbool.h>
#include <stddef.h>
#include "error.h"

struct thesaurus_entry {
	const char *term;     /* tokens joined by single spaces, lower case */
	const char *shown;    /* as the file writes it */
	size_t group;         /* entries of one group stand together */
};

struct thesaurus;
/* path NULL gives an empty one. Errors name file:line. */
struct thesaurus *thesaurus_load(const char *path, struct error *err);
void thesaurus_destroy(struct thesaurus *t);
/* The entry of that text (plural s forgiven), or NULL. */
const struct thesaurus_entry *thesaurus_find(const struct thesaurus *t, const char *term);
/* All entries, ordered by group. */
const struct thesaurus_entry *thesaurus_entries(const struct thesaurus *t, size_t *n);

#endif
