/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Search over what is no record: posts, notes, minutes, requests. Each text has a
 * scope token, and is found by whoever holds it. The order is by how many of the
 * words a text has, whether its title has them, and its date: it depends on the
 * text alone, so it is the same with and without texts that the viewer cannot see.
 * A file beside search.c, which is about records. */
#ifndef COMMONWEAL_SEARCH_TEXT_H
#define COMMONWEAL_SEARCH_TEXT_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "arena.h"
#include "error.h"
#include "html.h"
#include "migrate.h"
#include "store.h"

struct search;

extern const struct migration search_text_migrations[];

/* Adds the ranking function to a connection; by search_attach. fts5: FTS5's fts5_api. */
bool search_text_attach(struct db *db, void *fts5, struct error *err);

struct search_text {
	const char *kind;     /* a word that the module owns: "post" */
	/* UUID, unique in the kind. What different people see differently is put once for each scope, as "UUID",
	 * "UUID:1" ... from the widest to the narrowest; each has all words of those before it, and the last that
	 * the viewer may see is found, once. */
	const char *id;
	const char *space_id; /* whose it is: it goes when the space goes */
	const char *scope;    /* token: of a group, a space ... (viewer.h) */
	const char *path;     /* where it is read, without the space's base: "/discussions/0199..." */
	const char *title, *body; /* plain text */
	int64_t at_us;        /* UTC microseconds */
};
/* Adds it, or replaces the one of that kind and id. Within a write of the system. */
bool search_text_put(struct db *w, const struct search_text *t, struct error *err);
/* Within a write. Nothing there is no error. */
bool search_text_remove(struct db *w, const char *kind, const char *id, struct error *err);

struct engine;
/* What a kind is called ("Discussion"), by the search_kinds of the modules; NULL: nobody's. */
const char *search_text_label(const struct engine *e, const char *kind);

struct search_text_hit {
	const char *kind, *id, *space_slug, *space_name, *path;
	struct markup title, passage; /* with <mark> */
	int64_t at_us;
};
#define SEARCH_TEXT_COUNTED 1000 /* more are not counted */
/* As search_run for what was typed: words, "phrases", -without, synonyms. kind NULL: any; space_id NULL: any.
 * Nothing typed finds nothing. *total (may be NULL): at most SEARCH_TEXT_COUNTED. */
bool search_text_find(struct search *s, struct db *db, struct arena *a, const char *typed, const char *kind,
	const char *space_id, int limit, int offset, struct search_text_hit **out, size_t *n, int64_t *total,
	struct error *err);

#endif
