/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What every page has: names for the layout, links to records, error pages,
 * JSON answers. */
#ifndef COMMONWEAL_PAGE_H
#define COMMONWEAL_PAGE_H
#include <jansson.h>
#include "record.h"
#include "request.h"
#include "template.h"

/* Data with the layout's names filled in: lang, site, space, nav, search_url,
 * theme ... (content/templates/site.xhtml lists them). */
struct data *page_create(struct request *rq, const char *title);
/* Adds a breadcrumb; url.text NULL = the current page. Home comes first by itself. */
void page_crumb(struct data *page, const char *label, struct url url);
/* The feed that the page names: of a type and a strategy, either may be NULL. */
void page_feed(struct request *rq, struct data *page, const char *type, const char *strategy);
/* Renders into rs and marks it cacheable when the viewer is nobody. */
bool page_send(struct request *rq, struct response *rs, const char *template_name,
	struct data *page, struct error *err);
/* The same, never kept in the cache, whoever asks. */
bool page_send_private(struct request *rq, struct response *rs, const char *template_name, struct data *page,
	struct error *err);
/* The page of an error; used by dispatch. */
void page_error(struct request *rq, struct response *rs, const struct error *err);

/* Address of a record, from where the request stands: the same space keeps its
 * base, national records stand at the root, others under /s/<slug>. */
struct url page_record_url(const struct request *rq, const struct record *r);
struct url page_space_url(const struct request *rq, const char *space_slug);
/* Of a page of that space whose path, query and fragment are known without the space's base; no URL (text NULL) if
 * it is no path of ours. */
struct url page_path_url(const struct request *rq, const char *space_slug, const char *path);
/* Absolute form of a local URL, for feeds, cite and the API. */
const char *page_absolute(const struct request *rq, struct url u);
/* Names for people of the words "group-violence" and "controlled". */
const char *page_strategy_name(const char *word);
const char *page_evidence_name(const char *level);
/* Names for people of the roles of a team, "law-enforcement" ... */
const char *page_role_name(const char *role);
/* The words themselves, in the order in which they are offered; NULL after the last. */
const char *page_role_at(size_t i);
/* The list "sessions": handle, device, host, address, began, seen, this (the
 * request's own); and the flag "several". */
bool page_sessions(struct request *rq, struct data *page, const char *account_id, struct error *err);
/* Fills d with what card.xhtml shows of a record. */
void page_card(struct request *rq, struct data *d, const struct record *r);
/* Adds to a list an option of a select (value, label, selected); chosen: the value that is selected, or NULL. */
void page_option(struct data *d, const char *list, const char *value, const char *label, const char *chosen);
/* Names pages and pagination links for total items; url is the list's address
 * with every other parameter; the parameter is "page". */
void page_pagination(struct data *page, struct url url, int64_t total, int per_page, int current);

/* Gives a reference to the arena, which releases it; v itself, NULL too. */
json_t *json_owned(struct arena *a, json_t *v);
/* Adds a text to an object of JSON; NULL adds nothing. */
void json_set_text(json_t *o, const char *name, const char *value);
/* Sends root as application/json (or another type) and releases it. */
bool json_send(struct request *rq, struct response *rs, json_t *root, const char *type,
	struct error *err);
/* RFC 9457 problem details; used by dispatch for ROUTE_API. */
void json_problem(struct request *rq, struct response *rs, const struct error *err);
/* A record's list fields as the API shows them. New reference. */
json_t *json_record(struct request *rq, const struct record *r);

#endif
