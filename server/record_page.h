/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The page of a record: what all types have in common. A type adds its own
 * part with record_type.fill. */
#ifndef COMMONWEAL_RECORD_PAGE_H
#define COMMONWEAL_RECORD_PAGE_H
#include <jansson.h>
#include "record.h"
#include "request.h"
#include "template.h"

/* Handler for routes "/<plural>/{slug:slug}"; template record.xhtml. */
bool record_page(struct request *rq, struct response *rs, struct error *err);

/* The same page drawn from a document that is not what stands at its address: an
 * old version, a draft. files_of: number of the record whose attached files its
 * pictures are, or 0. The modules' hooks see r->num 0; more (may be NULL) adds
 * what the page says of that. The caller has checked the right to see it. */
struct content_doc;
bool record_page_document(struct request *rq, struct response *rs, const struct content_doc *doc,
	int64_t files_of, void (*more)(struct request *rq, struct data *page, void *arg), void *arg, struct error *err);
/* The page that stands where a record was withdrawn, with status 410; *shown false:
 * there is none for this viewer. */
bool record_page_withdrawn(struct request *rq, struct response *rs, const struct record_type *t, const char *slug,
	bool *shown, struct error *err);

/* Notes in the audit log that a record was read, if it is only for its space or
 * for named people. Whoever sends the body or source of a record calls it. */
void record_note_read(struct request *rq, const struct record *r, const char *how);

/* For fill: an entry of the contents list, before or after the body. */
void record_section(struct request *rq, struct data *page, bool before, const char *id,
	const char *label);
/* A line of the list of facts. No value, no line. */
void record_fact(struct data *page, const char *label, const char *value);
void record_fact_url(struct data *page, const char *label, const char *value, struct url url);
/* Text of a member: a string, or the text of {"text": ...}; or NULL. */
const char *details_text(const json_t *o, const char *name);
/* Markup of a member {"html": ...} that content.c made. */
struct markup details_markup(struct request *rq, const json_t *o, const char *name);
/* "2004 to 2006" of a period. */
const char *details_period(struct request *rq, const json_t *details);
/* The list "outcomes" for outcomes.xhtml. */
void record_outcomes(struct request *rq, struct data *page, const json_t *details);

#endif
