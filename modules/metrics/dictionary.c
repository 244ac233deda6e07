/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reads and checks the dictionary of indicators. */
#include "dictionary.h"
#include <libxml/parser.h>
#include <libxml/relaxng.h>
#include <stdlib.h>
#include <string.h>
#include "arena.h"
#include "text.h"

struct cause {
	const char *path;
	struct error *err;
};

static void problem(void *arg, xmlError *e)
{
	struct cause *c = arg;
	const char *message = e->message ? e->message : "is not right";

	error_set(c->err, ERROR_INVALID, "%s:%d: %.*s", c->path, e->line, (int)strcspn(message, "\n"), message);
}

static bool validate(xmlDoc *doc, const char *path, const char *schema_path, struct error *err)
{
	struct cause c = { path, err };
	xmlRelaxNGParserCtxt *parser = xmlRelaxNGNewParserCtxt(schema_path);
	xmlRelaxNG *schema = parser ? xmlRelaxNGParse(parser) : NULL;
	xmlRelaxNGValidCtxt *valid = schema ? xmlRelaxNGNewValidCtxt(schema) : NULL;
	int rc = -1;

	if (valid) {
		xmlRelaxNGSetValidStructuredErrors(valid, (xmlStructuredErrorFunc)problem, &c);
		rc = xmlRelaxNGValidateDoc(valid, doc);
	}
	xmlRelaxNGFreeValidCtxt(valid);
	xmlRelaxNGFree(schema);
	xmlRelaxNGFreeParserCtxt(parser);
	return rc == 0 || error_set(err, ERROR_INVALID, "%s does not fit its schema %s.", path, schema_path);
}

/* Text with its white space normalised, in the arena; "" if absent. Frees it. */
static const char *normal(struct arena *a, xmlChar *text)
{
	const char *out = text_normalise(a, text ? (const char *)text : "");

	xmlFree(text);
	return out;
}

static const char *attribute(struct arena *a, xmlNode *node, const char *name)
{
	return normal(a, xmlGetNoNsProp(node, (const xmlChar *)name));
}

static void read_texts(struct arena *a, xmlNode *node, struct indicator *in)
{
	for (xmlNode *child = node->children; child; child = child->next) {
		if (child->type != XML_ELEMENT_NODE)
			continue;
		const char *name = (const char *)child->name, *text = normal(a, xmlNodeGetContent(child));

		if (strcmp(name, "label") == 0)
			in->label = text;
		else if (strcmp(name, "unit") == 0)
			in->unit = text;
		else if (strcmp(name, "definition") == 0)
			in->definition = text;
		else if (strcmp(name, "source") == 0)
			in->source = text;
		else
			in->notes = in->notes ? arena_printf(a, "%s\n%s", in->notes, text) : text;
	}
}

static bool read_indicator(struct dictionary *d, xmlNode *node, const char *path, struct error *err)
{
	const char *id = attribute(d->arena, node, "id"), *family = attribute(d->arena, node, "family");
	const char *direction = attribute(d->arena, node, "direction"), *whole = attribute(d->arena, node, "part-of");

	if (dictionary_find(d, id))
		return error_set(err, ERROR_INVALID, "%s:%d: the indicator '%s' stands here twice.", path, node->line, id);
	if (d->n == INDICATORS_MAX)
		return error_set(err, ERROR_INVALID, "%s:%d: at most %d indicators: people fill them in every month.", path,
			node->line, INDICATORS_MAX);
	struct indicator *in = &d->indicators[d->n];
	in->id = id;
	in->family = strcmp(family, "outcome") == 0 ? INDICATOR_OUTCOME : strcmp(family, "fidelity") == 0 ?
		INDICATOR_FIDELITY : INDICATOR_DENOMINATOR;
	in->direction = strcmp(direction, "lower") == 0 ? INDICATOR_LOWER : strcmp(direction, "higher") == 0 ?
		INDICATOR_HIGHER : INDICATOR_NONE;
	in->per_population = *attribute(d->arena, node, "rate");
	in->public_yearly = *attribute(d->arena, node, "public");
	in->due_days = atoi(attribute(d->arena, node, "due"));
	in->most = strtoll(attribute(d->arena, node, "most"), NULL, 10);
	if (*whole) {
		in->part_of = dictionary_find(d, whole); /* of one that stands before it */
		if (!in->part_of)
			return error_set(err, ERROR_INVALID, "%s:%d: there is no indicator '%s' before this one.", path,
				node->line, whole);
	}
	read_texts(d->arena, node, in);
	d->n++;
	return true;
}

struct dictionary *dictionary_load(const char *path, const char *schema_path, struct error *err)
{
	struct cause c = { path, err };
	struct dictionary *d = calloc(1, sizeof *d);
	bool ok = false;
	xmlDoc *doc;

	if (!d)
		abort();
	d->arena = arena_create();
	xmlSetStructuredErrorFunc(&c, (xmlStructuredErrorFunc)problem);
	doc = xmlReadFile(path, NULL, XML_PARSE_NONET | XML_PARSE_NOBLANKS);
	xmlSetStructuredErrorFunc(NULL, NULL);
	if (!doc)
		error_set(err, ERROR_INVALID, "The dictionary of indicators %s cannot be read.", path);
	else
		ok = validate(doc, path, schema_path, err);
	if (ok) {
		xmlNode *root = xmlDocGetRootElement(doc);

		d->version = atoi(attribute(d->arena, root, "version"));
		d->adopted = attribute(d->arena, root, "adopted");
		for (xmlNode *node = root->children; ok && node; node = node->next)
			if (node->type == XML_ELEMENT_NODE)
				ok = read_indicator(d, node, path, err);
	}
	xmlFreeDoc(doc);
	if (ok)
		return d;
	dictionary_destroy(d);
	return NULL;
}

void dictionary_destroy(struct dictionary *d)
{
	if (!d)
		return;
	arena_destroy(d->arena);
	free(d);
}

const struct indicator *dictionary_find(const struct dictionary *d, const char *id)
{
	for (size_t i = 0; i < d->n; i++)
		if (strcmp(d->indicators[i].id, id) == 0)
			return &d->indicators[i];
	return NULL;
}
