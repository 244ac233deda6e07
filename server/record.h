/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Records: typed documents with Dublin Core metadata, a body and relations.
 * The XML a record was imported from is kept byte for byte; the rest is drawn
 * from it (content.h) when it is saved. */
#ifndef COMMONWEAL_RECORD_H
#define COMMONWEAL_RECORD_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "arena.h"
#include "error.h"
#include "migrate.h"
#include "space.h"
#include "store.h"

struct data;
struct json_t;
struct record;
struct request;

/* A type of record; modules own them. */
struct record_type {
	const char *name;         /* "case-study": XML element, folder, API value */
	const char *plural;       /* "case-studies": URL path */
	const char *label;        /* "Case study" */
	const char *label_plural; /* "Case studies" */
	bool in_library;          /* listed and faceted in the library */
	const char *section;      /* path of the page that lists them, "/faq" */
	const char *section_label;
	/* Adds what only this type shows to its page (record_page.h); or NULL. */
	void (*fill)(struct request *rq, struct data *page, const struct record *r,
		const struct json_t *details);
};

struct record {
	int64_t num;       /* internal number, also the search index's */
	const char *id;    /* UUIDv7 */
	const char *type, *slug;
	const char *space_id, *space_slug, *space_name, *space_short_name;
	enum audience audience;
	const char *title, *summary;
	const char *creator;                /* authors joined by "; ", or NULL */
	const char *publisher, *issued, *modified, *language, *rights;
	const char *source_note, *citation; /* citations are joined by newlines */
	const char *doi;                    /* "10.1234/abc", or NULL */
	int year;                           /* of issued; 0 = none */
	const char *evidence;               /* NULL, or a level (docs/author.md) */
	const char *group;                  /* a FAQ's group, an event's or publication's kind, or NULL */
	int position;
	const char *starts, *ends;          /* events: local "YYYY-MM-DDTHH:MM", else NULL */
	int64_t starts_us;                  /* UTC microseconds; 0 = no event */
	const char *zone;                   /* events: IANA time zone */
	const char *series;                 /* events: slug of the series */
	const char *strategies;             /* words separated by spaces, or NULL */
	int64_t version;                    /* counts saves; for optimistic checks */
	int64_t modified_us;                /* UTC microseconds */
	/* Only by record_get: */
	const char *body_html, *toc_json, *details_json;
	size_t n_subjects, n_places;
	const char **subjects;
	struct record_place { const char *label, *space_slug; } *places;
};

struct relation {
	const char *type;   /* as stored: about, evaluates ... */
	bool reverse;       /* the other record points here */
	struct record record; /* list fields only */
};

extern const struct migration record_migrations[];

/* One record with all fields, if visible, else ERROR_NOT_FOUND. */
bool record_get(struct db *db, struct arena *a, const char *space_slug, const char *type,
	const char *slug, struct record **out, struct error *err);
bool record_by_id(struct db *db, struct arena *a, const char *id, struct record **out,
	struct error *err);
/* List fields for each of the n internal numbers that is visible, in their
 * order; *out has *found entries. */
bool record_by_nums(struct db *db, struct arena *a, const int64_t *nums, size_t n,
	struct record **out, size_t *found, struct error *err);
/* Both directions, only where both ends are visible; ordered by type, title. */
bool record_relations(struct db *db, struct arena *a, int64_t num, struct relation **out, size_t *n,
	struct error *err);

enum record_order { RECORD_BY_TITLE, RECORD_BY_DATE_DESC, RECORD_BY_POSITION, RECORD_BY_START };
struct record_filter {
	const char *type;       /* NULL = any */
	const char *space_slug; /* NULL = any */
	const char *strategy;   /* NULL = any */
	const char *place;      /* space slug the record is about, NULL = any */
	const char *group;      /* NULL = any */
	int64_t starts_from, starts_before; /* UTC microseconds; 0 = no bound */
	enum record_order order;
	int limit, offset;      /* limit 0 = 1000 */
	/* Keyset cursor for RECORD_BY_TITLE: records after this (sort_key, num). */
	const char *after_key;
	int64_t after_num;
};
/* List fields; *out has *n entries. *total (may be NULL) counts without limit. */
bool record_list(struct db *db, struct arena *a, const struct record_filter *f,
	struct record **out, size_t *n, int64_t *total, struct error *err);
/* The record's own sort key, for cursors. */
bool record_sort_key(struct db *db, struct arena *a, int64_t num, const char **out,
	struct error *err);
/* XML source of a visible record, or ERROR_NOT_FOUND. */
bool record_source(struct db *db, struct arena *a, int64_t num, const char **xml, size_t *n,
	struct error *err);

struct content_doc;
/* Adds the record of a parsed document, or changes the one with its space,
 * type and slug; relations apart, because their targets may come later in the
 * same write. The space must exist. *num is the record's number. Within a write. */
bool record_save(struct db *writer, struct arena *a, const struct content_doc *doc, int64_t *num,
	enum saved *how, struct error *err);
/* Number of a record by its address; 0 if there is none. Within a write. */
bool record_find(struct db *writer, const char *space_slug, const char *type, const char *slug,
	int64_t *num, struct error *err);
/* Replaces the relations that go out from a record. Within a write. */
struct record_target {
	const char *type;
	int64_t num;
};
bool record_save_relations(struct db *writer, int64_t num, const struct record_target *targets,
	size_t n, struct error *err);

#endif
