/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A record as DataCite metadata, schema 4: what is sent along when its DOI is
 * registered or changed. */
#include <string.h>
#include "cite.h"
#include "xml.h"

#define NAMESPACE "http://datacite.org/schema/kernel-4"
#define LOCATION NAMESPACE " https://schema.datacite.org/meta/kernel-4/metadata.xsd"

static void leaf_with(struct xml *x, const char *name, const char *attr, const char *value, const char *text)
{
	if (!text || !*text)
		return;
	xml_open(x, name);
	xml_attr(x, attr, value);
	xml_put(x, text);
	xml_close(x);
}

static void put_creator(struct xml *x, const struct cite_name *n)
{
	xml_open(x, "creator");
	if (n->family) {
		struct buf name = BUF_INIT;

		buf_printf(&name, "%s%s%s%s%s", n->family, n->given ? ", " : "", n->given ? n->given : "",
			n->suffix ? ", " : "", n->suffix ? n->suffix : "");
		leaf_with(x, "creatorName", "nameType", "Personal", buf_text(&name));
		buf_finish(&name);
		xml_leaf(x, "givenName", n->given);
		xml_leaf(x, "familyName", n->family);
	} else {
		leaf_with(x, "creatorName", "nameType", "Organizational", n->literal);
	}
	xml_close(x);
}

static void put_creators(struct xml *x, const struct cite *c)
{
	const struct cite_name unknown = { .literal = ":unav" }; /* DataCite's word for it; there must be one */

	xml_open(x, "creators");
	for (size_t i = 0; i < c->n_authors; i++)
		put_creator(x, &c->authors[i]);
	if (!c->n_authors)
		put_creator(x, &unknown);
	xml_close(x);
}

static void put_rights(struct xml *x, const struct cite *c)
{
	if (!c->record->rights)
		return;
	xml_open(x, "rightsList");
	leaf_with(x, "rights", "rightsURI", c->license, c->record->rights);
	xml_close(x);
}

static void put_subjects(struct xml *x, const struct record *r)
{
	if (!r->n_subjects)
		return;
	xml_open(x, "subjects");
	for (size_t i = 0; i < r->n_subjects; i++)
		xml_leaf(x, "subject", r->subjects[i]);
	xml_close(x);
}

static void put_related(struct xml *x, const struct cite *c)
{
	if (!c->version)
		return;
	xml_open(x, "relatedIdentifiers");
	xml_open(x, "relatedIdentifier");
	xml_attr(x, "relatedIdentifierType", "URL");
	xml_attr(x, "relationType", "HasVersion");
	xml_put(x, c->version);
	xml_close(x);
	xml_close(x);
}

void cite_datacite(struct buf *out, const struct cite *c)
{
	const struct record *r = c->record;
	const char *publisher = c->publisher ? c->publisher : c->container ? c->container : r->space_name;
	char year[5] = "";
	struct xml x;

	strncat(year, c->date, 4);
	xml_begin(&x, out);
	xml_open(&x, "resource");
	xml_attr(&x, "xmlns", NAMESPACE);
	xml_attr(&x, "xmlns:xsi", "http://www.w3.org/2001/XMLSchema-instance");
	xml_attr(&x, "xsi:schemaLocation", LOCATION);
	leaf_with(&x, "identifier", "identifierType", "DOI", r->doi);
	put_creators(&x, c);
	xml_open(&x, "titles");
	leaf_with(&x, "title", "xml:lang", r->language, r->title);
	xml_close(&x);
	xml_leaf(&x, "publisher", publisher);
	xml_leaf(&x, "publicationYear", year);
	leaf_with(&x, "resourceType", "resourceTypeGeneral", c->type->datacite, c->genre);
	put_subjects(&x, r);
	xml_open(&x, "dates");
	leaf_with(&x, "date", "dateType", "Issued", r->issued);
	leaf_with(&x, "date", "dateType", "Updated", r->modified);
	xml_close(&x);
	xml_leaf(&x, "language", r->language);
	xml_open(&x, "alternateIdentifiers");
	leaf_with(&x, "alternateIdentifier", "alternateIdentifierType", "URL", c->page);
	leaf_with(&x, "alternateIdentifier", "alternateIdentifierType", "UUID", r->id);
	xml_close(&x);
	put_related(&x, c);
	if (c->type->ours)
		xml_leaf_int(&x, "version", r->version);
	put_rights(&x, c);
	xml_open(&x, "descriptions");
	xml_open(&x, "description");
	xml_attr(&x, "xml:lang", r->language);
	xml_attr(&x, "descriptionType", "Abstract");
	xml_put(&x, r->summary);
	xml_close(&x);
	if (c->container)
		leaf_with(&x, "description", "descriptionType", "SeriesInformation", c->container);
	xml_close(&x);
	xml_close(&x);
	xml_end(&x);
}
