/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What search knows of every record, in memory, for one content generation:
 * scope, facet values, lengths, title keys. Private to search*.c. Read-only once
 * made, so that any number of threads use one; the frequencies lock themselves. */
#ifndef COMMONWEAL_SEARCH_COLUMNS_H
#define COMMONWEAL_SEARCH_COLUMNS_H
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "error.h"
#include "store.h"

enum { COLUMN_TITLE, COLUMN_SUMMARY, COLUMN_TAGS, COLUMN_BODY, COLUMN_FILES, COLUMN_COUNT };
#define COLUMNS_STRATEGIES_MAX 16

/* A list of distinct words; an id is a place in it. Id 0 is "none". */
struct words {
	const char **items;
	size_t n, room;
};

/* One record; rows are ordered by title. */
struct column_row {
	int64_t num;
	uint32_t scope, space, about, n_about; /* about: first in abouts */
	uint16_t type, evidence, strategies;   /* strategies: bits by id */
	int16_t year;
	int32_t issued;                        /* yyyymmdd, 0 for what is missing */
	uint32_t length[COLUMN_COUNT];         /* tokens */
	const char *sort_key;
	bool is_public;
};

struct vocabulary_word {
	const char *word;
	int64_t df; /* public records that have it */
};

struct columns {
	atomic_int references;
	int64_t generation;
	struct arena *arena;
	size_t n, n_public;
	struct column_row *rows;
	int32_t *row_of;           /* by record number, -1 = none */
	int64_t max_num;
	uint32_t *abouts;          /* ids of spaces */
	struct words scopes, spaces, types, evidence, strategies;
	uint32_t *space_scope;     /* scope id of each space */
	double average[COLUMN_COUNT]; /* over public records */
	struct vocabulary_word *vocabulary; /* public words, unstemmed */
	size_t n_vocabulary;
	struct frequencies *frequencies;
};

/* Rows from `from` up to before `to`. */
struct row_range {
	const struct column_row *from, *to;
};

/* Reads everything from the snapshot that db is in. */
struct columns *columns_load(struct db *db, int64_t generation, struct error *err);
/* One more or one less owner; the last frees it. NULL is fine. */
struct columns *columns_keep(struct columns *c);
void columns_release(struct columns *c);
/* Row of a record number, or NULL. */
const struct column_row *columns_row(const struct columns *c, int64_t num);
/* The rows whose title has this sort key. */
struct row_range columns_titled(const struct columns *c, const char *sort_key);
/* Id of a word, or 0. */
uint32_t words_find(const struct words *w, const char *s);
/* Cached count of public records that match a phrase; false if not known yet. */
bool columns_frequency(struct columns *c, const char *phrase, int64_t *df);
void columns_frequency_set(struct columns *c, const char *phrase, int64_t df);

#endif
