/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The citation of a record as a file. */
#include "feeds.h"

/* The record of "/<plural>/<slug>/cite.bib" and its citation. */
static struct cite *find(struct request *rq, struct response *rs, const char *how, struct error *err)
{
	const struct record_type *t = engine_type_plural(rq->engine, request_arg(rq, "plural"));
	struct record *r;

	if (!t) {
		error_absent(err);
		return NULL;
	}
	if (!record_get(rq->db, rq->arena, rq->space->slug, t->name, request_arg(rq, "slug"), &r, err))
		return NULL;
	record_note_read(rq, r, how);
	rs->cacheable = rq->viewer->kind == VIEWER_NOBODY;
	return cite_make(rq, r);
}

/* The browser keeps it as a file of that name. */
static void as_file(struct request *rq, struct response *rs, const struct cite *c, const char *type, const char *ending)
{
	rs->type = type;
	response_header(rs, "Content-Disposition", arena_printf(rq->arena, "attachment; filename=\"%s.%s\"", c->record->slug,
		ending));
	response_header(rs, "Link", arena_printf(rq->arena, "<%s>; rel=\"describes\"; type=\"text/html\"", c->page));
}

bool cite_page_bib(struct request *rq, struct response *rs, struct error *err)
{
	const struct cite *c = find(rq, rs, "BibTeX", err);

	if (!c)
		return false;
	as_file(rq, rs, c, "application/x-bibtex; charset=utf-8", "bib");
	cite_bibtex(&rs->body, c);
	return true;
}

bool cite_page_ris(struct request *rq, struct response *rs, struct error *err)
{
	const struct cite *c = find(rq, rs, "RIS", err);

	if (!c)
		return false;
	as_file(rq, rs, c, "application/x-research-info-systems; charset=utf-8", "ris");
	cite_ris(&rs->body, c);
	return true;
}

bool cite_page_csl(struct request *rq, struct response *rs, struct error *err)
{
	const struct cite *c = find(rq, rs, "CSL-JSON", err);
	json_t *list;

	if (!c)
		return false;
	as_file(rq, rs, c, NULL, "json");
	list = json_array();
	json_array_append_new(list, cite_csl(c));
	return json_send(rq, rs, list, "application/vnd.citationstyles.csl+json", err);
}

bool cite_page_jsonld(struct request *rq, struct response *rs, struct error *err)
{
	const struct cite *c = find(rq, rs, "JSON-LD", err);

	return c && json_send(rq, rs, cite_schema_org(rq->arena, c), "application/ld+json", err);
}

bool cite_page_linkset(struct request *rq, struct response *rs, struct error *err)
{
	struct cite *c = find(rq, rs, "link set", err);

	return c && cite_add_files(rq, c, err) && json_send(rq, rs, cite_linkset(rq->arena, c), "application/linkset+json", err);
}

bool cite_page_datacite(struct request *rq, struct response *rs, struct error *err)
{
	const struct cite *c = find(rq, rs, "DataCite", err);

	if (!c)
		return false;
	if (!c->record->doi)
		return error_set(err, ERROR_NOT_FOUND, "This record has no DOI, and DataCite's metadata are about one.");
	as_file(rq, rs, c, "application/vnd.datacite.datacite+xml; charset=utf-8", "datacite.xml");
	cite_datacite(&rs->body, c);
	return true;
}
