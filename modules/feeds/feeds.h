/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What others' programs take from the site: citations, feeds, site maps,
 * harvesting. All of it shows only what the viewer may see; site maps and
 * harvesting only what is public, whoever asks. */
#ifndef COMMONWEAL_FEEDS_H
#define COMMONWEAL_FEEDS_H
#include "module.h"

/* cite_pages.c */
route_handler cite_page_bib, cite_page_ris, cite_page_csl, cite_page_jsonld, cite_page_datacite, cite_page_linkset;
/* atom.c */
extern const struct param atom_params[], atom_search_params[];
route_handler feed_atom, feed_search_atom, feed_opensearch;
/* sitemap.c */
extern const struct param sitemap_params[];
route_handler sitemap;
/* oai.c */
route_handler oai;

/* ---- store.c ---- */

struct feed_filter {
	const char *type, *strategy;  /* NULL = any */
	const char *space;            /* slug: owned by or about it; NULL = any */
	int limit, offset;
};
/* Numbers of records, last changed first. *total counts them all, and *changed_us
 * is when the first of them changed; 0 = there is none. */
bool feed_list(struct db *db, struct arena *a, const struct feed_filter *f, int64_t **nums, size_t *n, int64_t *total,
	int64_t *changed_us, struct error *err);
/* When something that the viewer may see, or could once, changed last; UTC microseconds, 0 = never. */
bool feed_changed(struct db *db, int64_t *us, struct error *err);

struct map_entry {
	const char *space_slug, *type, *slug;
	int64_t modified_us;
};
/* Public records (of one space, or NULL) in a steady order. */
bool map_list(struct db *db, struct arena *a, const char *space, int limit, int64_t offset, struct map_entry **out,
	size_t *n, struct error *err);
bool map_count(struct db *db, const char *space, int64_t *count, int64_t *changed_us, struct error *err);

/* What a harvester asks for, of public records and those that were. NULL and 0: no such bound. */
struct harvest {
	const char *type, *strategy, *space;
	int64_t from_us, until_us;    /* both included */
	int64_t after_us;             /* after this place of the order by time and id ... */
	const char *after_id;         /* ... or NULL: from the start */
	int limit;
};
struct harvest_item {
	const char *id;
	bool deleted;
	int64_t stamp_us;
	const char *type, *strategies, *space; /* for its sets; space NULL if it is not open to all */
	int64_t num;                  /* of the record; 0 = deleted */
};
bool harvest_list(struct db *db, struct arena *a, const struct harvest *h, struct harvest_item **out, size_t *n,
	struct error *err);
bool harvest_count(struct db *db, const struct harvest *h, int64_t *count, struct error *err);
/* One of them; *out NULL if there is none. space: as in struct harvest. */
bool harvest_find(struct db *db, struct arena *a, const char *id, const char *space, struct harvest_item **out,
	struct error *err);
bool harvest_earliest(struct db *db, int64_t *us, struct error *err);
/* Strategies of public records and public spaces, for the list of sets. */
bool harvest_strategies(struct db *db, struct arena *a, const char ***out, size_t *n, struct error *err);

#endif
