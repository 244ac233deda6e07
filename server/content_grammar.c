/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reads RELAX NG into automata: the positions of Glushkov's construction, which
 * need no recursion to follow. The schemas are our own and were compiled by
 * libxml2 before; what is not understood makes its element vague. */
#include "content_grammar.h"
#include <libxml/parser.h>
#include <stdlib.h>
#include <string.h>
#include "content_run.h"

#define NS_RNG "http://relaxng.org/ns/structure/1.0"
#define NS_NOTES "http://relaxng.org/ns/compatibility/annotations/1.0"
#define MAX_FILES 16
#define MAX_REFS 32 /* define in define in ... within one element */

struct define {
	const char *name;
	const xmlNode *node;
	struct define *next;
};

struct known { /* an element of the schema and what was made of it */
	const xmlNode *node;
	struct grammar_element *element;
	struct known *next;
};

struct reader {
	struct arena *arena;
	xmlDoc *docs[MAX_FILES];
	const char *paths[MAX_FILES];
	size_t n_docs;
	const xmlNode *start;
	struct define *defines, **end;
	struct known *known, **known_end;
	struct grammar_element *now; /* the element being read, with room for all parts */
	size_t room_attributes;
};

struct piece { /* of a content model */
	bool nullable;
	uint64_t first, last;
};

/* ---- files ---- */

static bool is(const xmlNode *n, const char *name)
{
	return content_is(n, NS_RNG, name);
}

/* The next pattern from n on, without annotations. */
static const xmlNode *pattern(const xmlNode *n)
{
	while (n && !is(n, NULL))
		n = content_sibling(n);
	return n;
}

static const xmlNode *first_pattern(const xmlNode *n)
{
	return pattern(content_child(n));
}

static const xmlNode *next_pattern(const xmlNode *n)
{
	return pattern(content_sibling(n));
}

static void read_file(struct reader *g, const char *path)
{
	for (size_t i = 0; i < g->n_docs; i++)
		if (strcmp(g->paths[i], path) == 0)
			return;
	if (g->n_docs == MAX_FILES)
		return;
	xmlDoc *doc = xmlReadFile(path, NULL, XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING);
	const xmlNode *root = doc ? xmlDocGetRootElement(doc) : NULL;
	if (!root) {
		xmlFreeDoc(doc);
		return;
	}
	g->paths[g->n_docs] = path;
	g->docs[g->n_docs++] = doc;
	/* Own definitions come before those of included files: the first one is it. */
	for (const xmlNode *n = first_pattern(root); n; n = next_pattern(n)) {
		if (is(n, "start") && !g->start)
			g->start = n;
		if (!is(n, "define"))
			continue;
		struct define *d = arena_alloc(g->arena, sizeof *d);
		d->name = content_attr(g->arena, n, "name");
		d->node = n;
		*g->end = d;
		g->end = &d->next;
	}
	for (const xmlNode *n = first_pattern(root); n; n = next_pattern(n)) {
		const char *href = is(n, "include") ? content_attr(g->arena, n, "href") : NULL;
		const char *slash = strrchr(path, '/');
		int dir = slash ? (int)(slash - path) + 1 : 0;

		if (href)
			read_file(g, arena_printf(g->arena, "%.*s%s", dir, path, href));
	}
}

static const xmlNode *definition(const struct reader *g, const xmlNode *ref)
{
	const char *name = content_attr(g->arena, ref, "name");

	for (const struct define *d = g->defines; d && name; d = d->next)
		if (d->name && strcmp(d->name, name) == 0)
			return d->node;
	return NULL;
}

/* ---- values ---- */

static const struct grammar_value *value_of(struct reader *g, const xmlNode *n, int refs);

static const char *documentation(struct arena *a, const xmlNode *define)
{
	for (const xmlNode *n = content_child(define); n; n = content_sibling(n))
		if (content_is(n, NS_NOTES, "documentation"))
			return content_text(a, n);
	return NULL;
}

static void free_pattern(void *p)
{
	xmlRegFreeRegexp(p);
}

static bool read_data(struct reader *g, const xmlNode *n, struct grammar_value *v)
{
	const char *type = content_attr(g->arena, n, "type");
	bool known = type && strcmp(type, "token") == 0;

	for (const xmlNode *p = first_pattern(n); p; p = next_pattern(p)) {
		const char *name = is(p, "param") ? content_attr(g->arena, p, "name") : NULL;
		xmlChar *text = xmlNodeGetContent(p);

		if (!text)
			abort();
		if (name && strcmp(name, "minLength") == 0) {
			v->min = (size_t)strtoul((const char *)text, NULL, 10);
		} else if (name && strcmp(name, "pattern") == 0 && !v->pattern) {
			v->pattern = xmlRegexpCompile(text);
			if (v->pattern)
				arena_defer(g->arena, free_pattern, v->pattern);
			known = known && v->pattern;
		} else {
			known = false;
		}
		xmlFree(text);
	}
	return known;
}

static void read_parts(struct reader *g, const xmlNode *n, struct grammar_value *v, int refs)
{
	size_t room = 1; /* one more, for an empty of ours */

	for (const xmlNode *c = first_pattern(n); c; c = next_pattern(c))
		room++;
	v->parts = arena_array(g->arena, room, sizeof *v->parts);
	for (const xmlNode *c = first_pattern(n); c; c = next_pattern(c))
		v->parts[v->n++] = value_of(g, c, refs);
}

/* What stands in a define, an attribute: one pattern. */
static const struct grammar_value *value_inside(struct reader *g, const xmlNode *n, int refs)
{
	static const struct grammar_value any = { .kind = GRAMMAR_ANY }, unknown = { .kind = GRAMMAR_UNKNOWN };
	const xmlNode *c = first_pattern(n);

	if (!c)
		return is(n, "attribute") ? &any : &unknown;
	return next_pattern(c) ? &unknown : value_of(g, c, refs);
}

static const struct grammar_value *value_of(struct reader *g, const xmlNode *n, int refs)
{
	static const struct grammar_value empty = { .kind = GRAMMAR_EMPTY };
	struct grammar_value *v = arena_alloc(g->arena, sizeof *v);

	if (is(n, "ref")) {
		const xmlNode *d = definition(g, n);

		if (!d || refs == MAX_REFS)
			return v;
		*v = *value_inside(g, d, refs + 1);
		const char *words = documentation(g->arena, d);
		v->documentation = words ? words : v->documentation;
		v->name = content_attr(g->arena, n, "name");
	} else if (is(n, "text")) {
		v->kind = GRAMMAR_ANY;
	} else if (is(n, "empty")) {
		v->kind = GRAMMAR_EMPTY;
	} else if (is(n, "value")) {
		const char *type = content_attr(g->arena, n, "type");

		v->kind = !type || strcmp(type, "token") == 0 ? GRAMMAR_WORD : GRAMMAR_UNKNOWN;
		v->word = content_text(g->arena, n);
	} else if (is(n, "data")) {
		v->kind = read_data(g, n, v) ? GRAMMAR_DATA : GRAMMAR_UNKNOWN;
	} else if (is(n, "choice") || is(n, "optional")) {
		v->kind = GRAMMAR_CHOICE;
		read_parts(g, n, v, refs);
		if (is(n, "optional"))
			v->parts[v->n++] = &empty;
	} else if (is(n, "list")) {
		const xmlNode *c = first_pattern(n);

		if (!c || next_pattern(c) || !(is(c, "oneOrMore") || is(c, "zeroOrMore")))
			return v;
		v->kind = GRAMMAR_LIST;
		v->min = is(c, "oneOrMore");
		read_parts(g, c, v, refs);
		if (v->n != 1)
			v->kind = GRAMMAR_UNKNOWN;
	} else {
		g->now->vague = true; /* attributes may hide here */
	}
	return v;
}

/* Whether the content is a value, not elements and text. */
static bool is_value(struct reader *g, const xmlNode *n, int refs)
{
	if (is(n, "data") || is(n, "value") || is(n, "list"))
		return true;
	if (is(n, "element") || is(n, "attribute") || refs == MAX_REFS)
		return false;
	if (is(n, "ref") && !(n = definition(g, n)))
		return false;
	for (const xmlNode *c = first_pattern(n); c; c = next_pattern(c))
		if (is_value(g, c, refs + 1))
			return true;
	return false;
}

/* ---- elements ---- */

/* Name and namespace of an element or attribute pattern; false if it has a name
 * class in their place. */
static bool read_name(struct reader *g, const xmlNode *n, const char **ns, const char **name)
{
	const char *given = content_attr(g->arena, n, "name");
	const char *colon = given ? strchr(given, ':') : NULL;

	*ns = "";
	*name = given ? given : "";
	if (colon) {
		const char *prefix = arena_strndup(g->arena, given, (size_t)(colon - given));
		const xmlNs *found = xmlSearchNs(n->doc, (xmlNode *)n, (const xmlChar *)prefix);

		*ns = found ? arena_strdup(g->arena, (const char *)found->href) : "";
		*name = colon + 1;
		return found;
	}
	bool inherits = is(n, "element"); /* an attribute has only its own */
	for (const xmlNode *at = n; at && at->type == XML_ELEMENT_NODE; at = inherits ? at->parent : NULL)
		if (content_attr_node(at, "ns")) {
			*ns = content_attr(g->arena, at, "ns");
			break;
		}
	return given;
}

static const struct grammar_element *element_of(struct reader *g, const xmlNode *n)
{
	for (struct known *k = g->known; k; k = k->next)
		if (k->node == n)
			return k->element;
	struct known *k = arena_alloc(g->arena, sizeof *k);
	k->node = n;
	k->element = arena_alloc(g->arena, sizeof *k->element);
	*g->known_end = k;
	g->known_end = &k->next;
	return k->element;
}

static void add_attribute(struct reader *g, const xmlNode *n, bool required)
{
	struct grammar_element *e = g->now;
	struct grammar_attribute at = { .required = required, .value = value_inside(g, n, 0) };

	if (!read_name(g, n, &at.ns, &at.name))
		e->vague = true;
	if (e->n_attributes == g->room_attributes) {
		size_t room = g->room_attributes ? 2 * g->room_attributes : 8;
		struct grammar_attribute *more = arena_array(g->arena, room, sizeof *more);

		if (e->n_attributes)
			memcpy(more, e->attributes, e->n_attributes * sizeof *more);
		e->attributes = more;
		g->room_attributes = room;
	}
	e->attributes[e->n_attributes++] = at;
}

static uint64_t add_part(struct reader *g, const struct grammar_element *part)
{
	struct grammar_element *e = g->now;

	if (e->n == GRAMMAR_MAX_PARTS) {
		e->vague = true;
		return 0;
	}
	e->parts[e->n] = part;
	return (uint64_t)1 << e->n++;
}

static void follows(struct grammar_element *e, uint64_t from, uint64_t to)
{
	for (size_t i = 0; i < e->n; i++)
		if (from >> i & 1)
			e->follow[i] |= to;
}

static struct piece in_sequence(struct grammar_element *e, struct piece a, struct piece b)
{
	follows(e, a.last, b.first);
	return (struct piece){ a.nullable && b.nullable, a.first | (a.nullable ? b.first : 0),
		b.last | (b.nullable ? a.last : 0) };
}

/* required: whether an attribute here must be given. */
static struct piece read_pattern(struct reader *g, const xmlNode *n, bool required, int refs)
{
	struct grammar_element *e = g->now;
	struct piece p = { .nullable = true };
	const char *ns, *name;

	if (is(n, "element") || is(n, "text")) {
		e->vague = e->vague || (is(n, "element") && !read_name(g, n, &ns, &name));
		p.first = p.last = add_part(g, is(n, "element") ? element_of(g, n) : NULL);
		p.nullable = is(n, "text");
		if (is(n, "text")) {
			e->text |= p.first;
			follows(e, p.first, p.first);
		}
	} else if (is(n, "attribute")) {
		add_attribute(g, n, required);
	} else if (is(n, "choice")) {
		p.nullable = false;
		for (const xmlNode *c = first_pattern(n); c; c = next_pattern(c)) {
			struct piece one = read_pattern(g, c, false, refs);

			p = (struct piece){ p.nullable || one.nullable, p.first | one.first, p.last | one.last };
		}
	} else if (is(n, "group") || is(n, "ref") || is(n, "start") || is(n, "optional") ||
		is(n, "zeroOrMore") || is(n, "oneOrMore")) {
		bool may_lack = is(n, "optional") || is(n, "zeroOrMore");
		const xmlNode *in = is(n, "ref") ? definition(g, n) : n;

		if (!in || refs == MAX_REFS)
			e->vague = true;
		for (const xmlNode *c = e->vague ? NULL : first_pattern(in); c; c = next_pattern(c))
			p = in_sequence(e, p, read_pattern(g, c, required && !may_lack, refs + is(n, "ref")));
		if (is(n, "zeroOrMore") || is(n, "oneOrMore"))
			follows(e, p.last, p.first);
		p.nullable = p.nullable || may_lack;
	} else if (!is(n, "empty")) {
		e->vague = true;
	}
	return p;
}

static void read_element(struct reader *g, struct grammar_element *e, const xmlNode *n)
{
	const struct grammar_element *parts[GRAMMAR_MAX_PARTS];
	uint64_t follow[GRAMMAR_MAX_PARTS] = { 0 };
	struct piece all = { .nullable = true };

	g->now = e;
	g->room_attributes = 0;
	e->parts = parts;
	e->follow = follow;
	e->vague = is(n, "element") && !read_name(g, n, &e->ns, &e->name);
	for (const xmlNode *c = first_pattern(n); c; c = next_pattern(c)) {
		if (!is_value(g, c, 0)) {
			all = in_sequence(e, all, read_pattern(g, c, true, 0));
			continue;
		}
		e->vague = e->vague || e->value;
		e->value = value_of(g, c, 0);
	}
	e->vague = e->vague || (e->value && e->n);
	e->first = all.first;
	e->last = all.last;
	e->nullable = all.nullable;
	e->parts = arena_copy(g->arena, parts, e->n * sizeof *parts);
	e->follow = arena_copy(g->arena, follow, e->n * sizeof *follow);
}

const struct grammar_element *grammar_load(struct arena *a, const char *path)
{
	struct reader g = { .arena = a };
	struct grammar_element *root = NULL;

	g.end = &g.defines;
	g.known_end = &g.known;
	read_file(&g, path);
	if (g.start) {
		root = arena_alloc(a, sizeof *root);
		root->ns = root->name = "";
		read_element(&g, root, g.start);
		/* Reading one makes others known, at the end of the list. */
		for (struct known *k = g.known; k; k = k->next)
			read_element(&g, k->element, k->node);
	}
	while (g.n_docs)
		xmlFreeDoc(g.docs[--g.n_docs]);
	return root;
}
