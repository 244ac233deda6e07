/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A record as others cite it, and its forms: BibTeX for biber, RIS, CSL-JSON,
 * DataCite, schema.org, Highwire tags, typed links. Each form gets the same
 * facts; what cannot be known is left out, not guessed. */
#ifndef COMMONWEAL_CITE_H
#define COMMONWEAL_CITE_H
#include <jansson.h>
#include "arena.h"
#include "buf.h"
#include "record.h"
#include "request.h"
#include "url.h"

/* An author. family is set for persons only; the literal name always. */
struct cite_name {
	const char *literal;
	const char *family, *given, *suffix; /* suffix ("Jr.") and given may be NULL */
};
/* Reads a name as authors write it. A person is who is written as one: "Family,
 * Given" or "Family, Given, Jr.", or with an initial, "Anthony A. Braga". What
 * has a word of organizations in it, and all that is in doubt, stays whole: a
 * name that is not divided is at least never wrong. */
void cite_name_read(struct arena *a, const char *text, struct cite_name *out);
/* The names of a list joined by "; ". */
struct cite_name *cite_names_read(struct arena *a, const char *list, size_t *n);

struct cite_type {
	const char *record_type, *group; /* group NULL: any */
	const char *csl, *bibtex, *ris, *schema_org, *datacite;
	const char *genre;               /* for people; NULL: the type's label */
	bool ours;                       /* written here, not only described */
};

struct cite {
	const struct cite_type *type;
	const struct record *record;
	const char *genre;
	size_t n_authors;
	struct cite_name *authors;
	const char *publisher;   /* or NULL */
	const char *container;   /* journal, newspaper, programme; or NULL */
	const char *date;        /* W3CDTF: of issue, or the day of an event */
	const char *starts, *ends; /* events: RFC 3339 with offset; or NULL */
	const char *venue;       /* events; or NULL */
	const char *page;        /* absolute address of the record, for ever */
	const char *version;     /* of its present version; NULL: none or not ours */
	const char *address;     /* what a reader is sent to: DOI, where it was published, or page */
	const char *space;       /* absolute address of the space */
	const char *license;     /* address in dc:rights, or NULL */
	size_t n_files;          /* of cite_add_files */
	struct cite_file { const char *address, *type; } *files;
};

/* r: by record_get or record_by_id. */
struct cite *cite_make(struct request *rq, const struct record *r);
/* The record's attached files, for tags and links. */
bool cite_add_files(struct request *rq, struct cite *c, struct error *err);
/* "https://doi.org/10.1234/abc", or none. */
struct url cite_doi_url(struct arena *a, const struct record *r);

/* For people: "Braga, A. A., & Kennedy, D. M. (2001). Title. Journal." without the address. */
const char *cite_plain(struct arena *a, const struct cite *c);
/* One entry of a .bib file in UTF-8, for biber's default data model (docs/api.md). */
void cite_bibtex(struct buf *out, const struct cite *c);
/* One reference, lines ended by CR LF. */
void cite_ris(struct buf *out, const struct cite *c);
/* An item of CSL-JSON 1.0.2. A new reference. */
json_t *cite_csl(const struct cite *c);
/* JSON-LD for https://schema.org. A new reference. */
json_t *cite_schema_org(struct arena *a, const struct cite *c);
/* DataCite metadata 4; the record has a DOI. */
void cite_datacite(struct buf *out, const struct cite *c);

/* Highwire Press tags: name and content. */
struct pair *cite_tags(struct arena *a, const struct cite *c, size_t *n);

/* Typed links (RFC 8288) of the Signposting profile. */
struct cite_link {
	const char *rel, *href, *type; /* type may be NULL */
};
struct cite_link *cite_links(struct arena *a, const struct cite *c, size_t *n);
/* As the value of a Link header. */
const char *cite_link_header(struct arena *a, const struct cite *c);
/* As a link set (RFC 9264). A new reference. */
json_t *cite_linkset(struct arena *a, const struct cite *c);

#endif
