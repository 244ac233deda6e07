/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Content: one file of record XML becomes a struct, or a list of problems that
 * say where and what. Input is hostile: no DOCTYPE (so no entities), no network,
 * UTF-8 only, bounded in size and depth, checked against schemas/ and beyond
 * them. The HTML is built from a list of known elements, never copied. */
#ifndef COMMONWEAL_CONTENT_H
#define COMMONWEAL_CONTENT_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "arena.h"
#include "error.h"

#define CONTENT_MAX_BYTES ((size_t)4 << 20)
#define CONTENT_MAX_DEPTH 64
#define CONTENT_MAX_PROBLEMS 20

/* The compiled schemas. Load them on one thread; after that any number of
 * threads may parse with the same value at once (it is only read). */
struct content_schemas;
/* Each <type>.rng of dir that has a start is a type of document. */
struct content_schemas *content_schemas_load(const char *dir, struct error *err);
void content_schemas_destroy(struct content_schemas *schemas);

struct content_problem {
	int line, column; /* from 1; columns count characters */
	const char *cause;
};

/* An image of the body: an attached file of the record. */
struct content_image {
	const char *name;
	int line, column;
};

/* A pointer to another record: an element of <relations>, or a record: link. */
struct content_reference {
	const char *relation; /* about, evaluates ...; NULL for a link */
	const char *space, *type, *slug;
	int line, column;
};

struct content_place {
	const char *label;
	const char *space; /* slug, or NULL */
};

/* All text is in the arena; absent is NULL. Plain text has its white space
 * normalised. */
struct content_doc {
	bool is_space;
	const char *type, *slug, *audience;
	const char *space;                 /* slug; NULL for a space */
	const char *title, *summary;       /* of a space: its name and tag line */
	const char *creator;               /* joined by "; " */
	const char *publisher, *issued, *modified, *language, *rights, *source_note;
	const char *doi;                   /* "10.1234/abc": of this record, or of the publication it describes */
	const char *citation;              /* joined by newlines */
	size_t n_creators, n_subjects, n_strategies, n_places, n_readers;
	const char **creators, **subjects, **strategies, **readers;
	struct content_place *places;
	size_t n_relations, n_links;
	struct content_reference *relations, *links;
	size_t n_images;
	struct content_image *images;
	/* Not of the file: the draft that this is published from, whose attached files
	 * become the record's (record_publish); or NULL. */
	const char *draft_id;
	const char *evidence;
	const char *group;                 /* a FAQ's group; else the kind */
	int position;
	const char *starts, *ends, *zone;  /* events: local times, IANA zone */
	int64_t starts_us, ends_us;        /* UTC microseconds */
	const char *series;                /* events: slug of the series */
	const char *body_html;             /* body, or a space's welcome */
	const char *body_text;             /* body and type elements, for the search index */
	const char *toc_json;              /* [{"level":2,"id":"...","title":"..."}] of the body */
	const char *details_json;          /* the type's own elements, docs/author.md */
	const char *source;                /* the bytes that were parsed */
	size_t source_len;
	char sha256[65];
	/* Spaces */
	const char *kind, *name, *short_name, *region, *host, *accent, *tagline;
	bool leadership, located;
	double lat, lon;
	int64_t population, population_year; /* 0 = unknown */
};

/* file is a name for messages. True gives *out. False gives at least one and at
 * most CONTENT_MAX_PROBLEMS problems in the order of the file, and sets err to
 * the first; only a fault of our own gives none. bytes need not outlive the call. */
bool content_parse(const struct content_schemas *schemas, struct arena *a, const char *file,
	const char *bytes, size_t n, struct content_doc **out, struct content_problem **problems,
	size_t *n_problems, struct error *err);

/* The same for a piece of rich text, the children of a body: its HTML and its plain text. id_prefix goes before
 * each id in it, and before what its links to them name; or NULL. pictures false: one that is a file is a problem, for
 * there is no record whose file it could be. On a problem err says line and cause. */
bool content_fragment(const struct content_schemas *schemas, struct arena *a, const char *xhtml, const char *id_prefix,
	bool pictures, const char **html, const char **text, struct error *err);

#endif
