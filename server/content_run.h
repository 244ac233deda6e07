/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the files of the content engine share: one run over one document.
 * Private to content*.c. */
#ifndef COMMONWEAL_CONTENT_RUN_H
#define COMMONWEAL_CONTENT_RUN_H
#include <libxml/tree.h>
#include "buf.h"
#include "content.h"

#define NS_RECORD "urn:commonweal:record:1"
#define NS_DC "http://purl.org/dc/terms/"
#define NS_XHTML "http://www.w3.org/1999/xhtml"

struct content_node { /* of one element; its index + 1 is in xmlNode._private */
	size_t offset;      /* of its '<' in the bytes */
	const char *id;     /* what the HTML gets, or NULL */
};

struct content_run {
	struct arena *arena;
	const char *bytes;
	size_t n;
	size_t *lines; /* offset of the start of each line */
	size_t n_lines;
	xmlDoc *doc;
	struct content_node *nodes;
	size_t n_nodes;
	struct content_problem *problems;
	size_t n_problems, room_problems;
	struct content_doc *out;
	size_t room_links, room_images;
	const char *id_prefix; /* before the ids of the HTML; or NULL */
};

/* content.c */
void content_report(struct content_run *r, size_t offset, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
/* At an element, at its attribute (or at the element if it has none such), at
 * the first text that stands in an element itself. */
void content_report_node(struct content_run *r, const xmlNode *n, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
void content_report_attr(struct content_run *r, const xmlNode *n, const xmlAttr *attr,
	const char *fmt, ...) __attribute__((format(printf, 4, 5)));
void content_report_text(struct content_run *r, const xmlNode *n, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
void content_position(const struct content_run *r, size_t offset, int *line, int *column);
struct content_node *content_node_of(const struct content_run *r, const xmlNode *n);
size_t content_offset(const struct content_run *r, const xmlNode *n);
/* A piece of the document, fit for a message: one line, no controls, not long. */
const char *content_quote(struct arena *a, const char *s);
bool content_is(const xmlNode *n, const char *ns, const char *name);
/* Name for messages: dc:title, guide. */
const char *content_name(struct arena *a, const xmlNode *n);
/* All text in an element, white space normalised. "" if there is none. */
char *content_text(struct arena *a, const xmlNode *n);
/* Value of an attribute without namespace, normalised, or NULL. */
char *content_attr(struct arena *a, const xmlNode *n, const char *name);
const xmlAttr *content_attr_node(const xmlNode *n, const char *name);
/* Next element in document order below root, or NULL. */
const xmlNode *content_next(const xmlNode *n, const xmlNode *root);
const xmlNode *content_child(const xmlNode *n); /* first child element */
const xmlNode *content_sibling(const xmlNode *n); /* next sibling element */

/* content_check.c: what a schema cannot say, of a valid document. */
void check_run(struct content_run *r);

/* content_rich.c: rich text of a valid document, ids first. */
void rich_ids(struct content_run *r);
bool rich_is(const xmlNode *n); /* an element that holds rich text */
const char *rich_html(struct content_run *r, const xmlNode *n);
const char *rich_text(struct content_run *r, const xmlNode *n);
const char *rich_toc(struct content_run *r, const xmlNode *n);
/* Splits "space/type/slug"; false if it is none. */
bool content_split(struct arena *a, const char *address, struct content_reference *ref);

#endif
