/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Search over everything the viewer may see. Sole owner of MATCH. Ranks by
 * BM25F with proximity in an FTS5 auxiliary function; document frequencies and
 * average lengths are counted over public records only, so that a score is the
 * same with and without records the viewer cannot see. */
#ifndef COMMONWEAL_SEARCH_H
#define COMMONWEAL_SEARCH_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "arena.h"
#include "error.h"
#include "html.h"
#include "migrate.h"
#include "record.h"
#include "store.h"

struct search; /* shared, thread-safe: thesaurus, columns in memory, cached frequencies */

extern const struct migration search_migrations[];

/* thesaurus: path of thesaurus.txt, or NULL. Errors name file:line. */
struct search *search_create(const char *thesaurus, struct error *err);
struct metrics;
/* Counts searches with words in m, which must outlive s. Before the first search. */
void search_count_into(struct search *s, struct metrics *m);
void search_destroy(struct search *s);
/* The record types that the library lists; a NULL-ended list. Call it once. */
bool search_types(struct search *s, const char *const *library_types);
/* Adds the ranking function to a connection (store_setup.on_open). */
bool search_attach(struct search *s, struct db *db, struct error *err);
struct thesaurus;
/* Its synonyms, for searches over what is no record (search_text.h). */
const struct thesaurus *search_thesaurus(const struct search *s);
/* Within a write: the words of a public record came or went (NULL = none), so
 * that did-you-mean and suggestions know them. */
bool search_words_changed(struct db *writer, const char *old_text, const char *new_text,
	struct error *err);

/* Rows of a table of parameters (route.h): what makes a search, in the words of its addresses. */
#define SEARCH_PARAMS \
	{ "q", PARAM_TEXT, 0, 0, "Words, \"phrases\", -without" }, \
	{ "type", PARAM_SLUG, 0, 0, "Type of record" }, \
	{ "strategy", PARAM_SLUG, 0, 0, "group-violence or drug-market" }, \
	{ "jurisdiction", PARAM_SLUG, 0, 0, "Space that owns it or that it is about" }, \
	{ "year", PARAM_YEAR, 0, 0, "Year of issue" }, \
	{ "evidence", PARAM_SLUG, 0, 0, "Level of evidence" }

enum search_sort { SEARCH_BY_RELEVANCE, SEARCH_BY_NEWEST, SEARCH_BY_TITLE };

struct search_request {
	const char *text;     /* as typed; NULL or "" lists everything */
	/* Facet choices; NULL = any. */
	const char *type, *strategy, *space /* slug: owned by or about */, *evidence;
	int year;             /* 0 = any */
	const char *within;   /* space slug: only records owned by or about it (not a facet) */
	bool library_only;    /* only types with in_library */
	enum search_sort sort;
	int limit, offset;
	bool bare;            /* hits without passages: for who only wants to know which */
};

/* Sets what a parameter of the library's address says, "q" "type" "strategy" "jurisdiction" "evidence" "year"; value
 * NULL: any. false: it is none of them. */
bool search_choose(struct search_request *rq, const char *name, const char *value);

struct search_facet_value {
	const char *value; /* as in the request */
	int64_t count;     /* with the other choices applied, but not this facet's own */
};
enum search_facet_kind { FACET_TYPE, FACET_STRATEGY, FACET_SPACE, FACET_YEAR, FACET_EVIDENCE, FACET_KINDS };
struct search_facet {
	size_t n;
	struct search_facet_value *values; /* counts > 0; by count, years newest first */
};

struct search_hit {
	struct record record;     /* list fields */
	double score;
	struct markup title;      /* with <mark> */
	struct markup passage;    /* best passage with <mark>, or the summary */
	/* When only one of its files has the words; else NULL. */
	const char *file_id, *file_name;
	int file_page;            /* from 1 */
	bool file_paged;          /* it has pages that a link can name */
	struct markup file_passage;
};

struct search_result {
	int64_t total;
	size_t n;
	struct search_hit *hits;
	struct search_facet facets[FACET_KINDS];
	const char *suggestion;   /* did-you-mean: the whole query respelled, or NULL */
	size_t n_synonyms;
	const char **synonyms;    /* thesaurus terms that were searched too */
	bool simplified;          /* the query was cut to its limits */
};

/* Any input is a valid query. Invalid UTF-8 or more than 500 bytes is ERROR_INVALID. */
bool search_run(struct search *s, struct db *db, struct arena *a, const struct search_request *rq,
	struct search_result *out, struct error *err);

struct search_suggestion {
	const char *text;
	const char *type;  /* record type, or "term" for a thesaurus or vocabulary word */
	struct record *record; /* NULL for a term */
};
/* Up to max completions of what is typed, visible records only, titles first. */
bool search_suggest(struct search *s, struct db *db, struct arena *a, const char *typed, size_t max,
	struct search_suggestion **out, size_t *n, struct error *err);

#endif
