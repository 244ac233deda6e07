/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Citations as JSON: CSL-JSON, and JSON-LD with the words of schema.org. */
#include <stdlib.h>
#include <string.h>
#include "cite.h"

static void set_text(json_t *o, const char *name, const char *value)
{
	if (value && *value)
		json_object_set_new(o, name, json_string(value));
}

/* ---- CSL-JSON ---- */

static json_t *csl_name(const struct cite_name *n)
{
	json_t *o = json_object();

	if (!n->family) {
		set_text(o, "literal", n->literal);
		return o;
	}
	set_text(o, "family", n->family);
	set_text(o, "given", n->given);
	set_text(o, "suffix", n->suffix);
	return o;
}

/* As many parts as are known. */
static json_t *date_parts(const char *date)
{
	json_t *parts = json_array();

	json_array_append_new(parts, json_integer(atoi(date)));
	if (strlen(date) >= 7)
		json_array_append_new(parts, json_integer(atoi(date + 5)));
	if (strlen(date) >= 10)
		json_array_append_new(parts, json_integer(atoi(date + 8)));
	return parts;
}

static json_t *csl_date(const char *from, const char *to)
{
	json_t *list = json_array(), *o = json_object();

	json_array_append_new(list, date_parts(from));
	if (to && strncmp(from, to, 10) != 0) {
		char day[11] = "";

		strncat(day, to, 10);
		json_array_append_new(list, date_parts(day));
	}
	json_object_set_new(o, "date-parts", list);
	return o;
}

json_t *cite_csl(const struct cite *c)
{
	const struct record *r = c->record;
	json_t *o = json_object(), *authors = json_array();
	struct buf words = BUF_INIT;

	json_object_set_new(o, "id", json_sprintf("%s-%s-%s", r->space_slug, r->type, r->slug));
	set_text(o, "type", c->type->csl);
	set_text(o, "title", r->title);
	for (size_t i = 0; i < c->n_authors; i++)
		json_array_append_new(authors, csl_name(&c->authors[i]));
	if (c->n_authors)
		json_object_set(o, "author", authors);
	json_decref(authors);
	json_object_set_new(o, "issued", csl_date(c->date, c->ends));
	if (r->starts) {
		set_text(o, "event-title", r->title);
		json_object_set_new(o, "event-date", csl_date(c->date, c->ends));
		set_text(o, "event-place", c->venue);
	}
	set_text(o, "container-title", c->container);
	set_text(o, "publisher", c->publisher);
	set_text(o, "genre", c->genre);
	if (c->type->ours && !r->starts)
		json_object_set_new(o, "version", json_sprintf("%lld", (long long)r->version));
	set_text(o, "DOI", r->doi);
	set_text(o, "URL", r->doi ? c->page : c->address);
	if (c->version)
		json_object_set_new(o, "note", json_sprintf("This version: %s", c->version));
	set_text(o, "language", r->language);
	for (size_t i = 0; i < r->n_subjects; i++)
		buf_printf(&words, "%s%s", i ? ", " : "", r->subjects[i]);
	set_text(o, "keyword", buf_text(&words));
	buf_finish(&words);
	set_text(o, "abstract", r->summary);
	set_text(o, "source", r->space_name);
	return o;
}

/* ---- schema.org ---- */

static json_t *named(const char *type, const char *name)
{
	return name ? json_pack("{s:s, s:s}", "@type", type, "name", name) : NULL;
}

static void set_new(json_t *o, const char *name, json_t *value)
{
	if (value)
		json_object_set_new(o, name, value);
}

static json_t *authors_of(const struct cite *c)
{
	json_t *list = json_array();

	for (size_t i = 0; i < c->n_authors; i++) {
		const struct cite_name *n = &c->authors[i];
		json_t *o = named(n->family ? "Person" : "Organization", n->literal);

		if (n->family) {
			set_text(o, "familyName", n->family);
			set_text(o, "givenName", n->given);
			set_text(o, "honorificSuffix", n->suffix);
		}
		json_array_append_new(list, o);
	}
	return list;
}

static void event_parts(json_t *o, const struct cite *c)
{
	set_text(o, "startDate", c->starts);
	set_text(o, "endDate", c->ends);
	if (c->venue) {
		json_t *place = named("Place", c->venue);

		set_text(place, "address", c->venue);
		set_new(o, "location", place);
	} else {
		set_new(o, "location", json_pack("{s:s, s:s}", "@type", "VirtualLocation", "url", c->page));
	}
	set_new(o, "organizer", named("Organization", c->publisher ? c->publisher : c->record->space_name));
}

static void work_parts(json_t *o, const struct cite *c)
{
	const struct record *r = c->record;

	json_object_set_new(o, "author", authors_of(c));
	set_text(o, "headline", r->title);
	set_text(o, "datePublished", r->issued);
	set_text(o, "dateModified", r->modified);
	set_text(o, "inLanguage", r->language);
	bool article = strncmp(c->type->csl, "article-", 8) == 0, broadcast = strcmp(c->type->csl, "broadcast") == 0;
	set_new(o, "publisher", named("Organization", c->publisher || article || broadcast ? c->publisher : c->container));
	if (article || broadcast)
		set_new(o, "isPartOf", named(article ? "Periodical" : "CreativeWorkSeries", c->container));
	set_text(o, "genre", c->genre);
	if (c->type->ours)
		json_object_set_new(o, "version", json_sprintf("%lld", (long long)r->version));
	set_text(o, "license", c->license);
	if (r->n_subjects) {
		json_t *list = json_array();

		for (size_t i = 0; i < r->n_subjects; i++)
			json_array_append_new(list, json_string(r->subjects[i]));
		json_object_set_new(o, "keywords", list);
	}
}

json_t *cite_schema_org(struct arena *a, const struct cite *c)
{
	const struct record *r = c->record;
	json_t *o = json_object(), *ids = json_array();
	struct url doi = cite_doi_url(a, r);

	set_text(o, "@context", "https://schema.org");
	set_text(o, "@type", c->type->schema_org);
	set_text(o, "@id", doi.text ? doi.text : c->type->ours ? c->page : c->address);
	set_text(o, "name", r->title);
	set_text(o, "description", r->summary);
	set_text(o, "url", c->type->ours ? c->page : c->address);
	json_array_append_new(ids, json_sprintf("urn:uuid:%s", r->id));
	if (doi.text)
		json_array_append_new(ids, json_pack("{s:s, s:s, s:s, s:s}", "@type", "PropertyValue", "propertyID",
			"https://registry.identifiers.org/registry/doi", "value", r->doi, "url", doi.text));
	json_object_set_new(o, "identifier", ids);
	if (r->starts)
		event_parts(o, c);
	else
		work_parts(o, c);
	return o;
}
