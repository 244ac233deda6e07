/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The fields of a type, out of the automaton of its schema. */
#include <stdlib.h>
#include <string.h>
#include "content_grammar.h"
#include "record_form_words.h"

#define NS_XHTML "http://www.w3.org/1999/xhtml"
#define MAX_DEPTH 6

struct model {
	struct arena *arena;
	const char *type;
};

/* ---- what the automaton says ---- */

/* Can the element be left out? Is there a way to the end without that part? */
static bool may_lack(const struct grammar_element *e, size_t part)
{
	uint64_t without = ~((uint64_t)1 << part), now = e->first & without, before;

	do {
		before = now;
		for (size_t i = 0; i < e->n; i++)
			if (now >> i & 1)
				now |= e->follow[i] & without;
	} while (now != before);
	return e->nullable || (now & e->last);
}

static bool may_repeat(const struct grammar_element *e, size_t part)
{
	return e->follow[part] >> part & 1;
}

static bool is_rich(const struct grammar_element *e)
{
	if (strcmp(e->ns, NS_XHTML) == 0)
		return true;
	return e->n > 0 && e->parts[0] && strcmp(e->parts[0]->ns, NS_XHTML) == 0;
}

static bool has_text(const struct grammar_element *e)
{
	return e->text != 0;
}

/* The one element that a list holds, or NULL. */
static const struct grammar_element *item_of(const struct grammar_element *e)
{
	return e->n == 1 && e->parts[0] && !e->n_attributes && !e->value && may_repeat(e, 0) ? e->parts[0] : NULL;
}

/* ---- values ---- */

static size_t count_words(const struct grammar_value *v)
{
	size_t n = v->kind == GRAMMAR_WORD;

	for (size_t i = 0; (v->kind == GRAMMAR_CHOICE || v->kind == GRAMMAR_LIST) && i < v->n; i++) {
		size_t more = count_words(v->parts[i]);

		if (!more)
			return 0; /* not words alone */
		n += more;
	}
	return n;
}

static void add_words(const struct grammar_value *v, const char **list, size_t *n)
{
	if (v->kind == GRAMMAR_WORD)
		list[(*n)++] = v->word;
	for (size_t i = 0; (v->kind == GRAMMAR_CHOICE || v->kind == GRAMMAR_LIST) && i < v->n; i++)
		add_words(v->parts[i], list, n);
}

static enum field_kind kind_of(const struct grammar_value *v)
{
	static const struct { const char *name; enum field_kind kind; } all[] = { { "date", FIELD_DATE },
		{ "day", FIELD_DATE }, { "local-time", FIELD_TIME }, { "count", FIELD_NUMBER }, { "decimal", FIELD_NUMBER },
		{ "year", FIELD_NUMBER }, { "web-address", FIELD_URL }, { "reference", FIELD_RECORD } };

	for (size_t i = 0; v->name && i < sizeof all / sizeof *all; i++)
		if (strcmp(all[i].name, v->name) == 0)
			return all[i].kind;
	return FIELD_LINE;
}

static void set_value(struct model *m, struct form_field *f, const struct grammar_value *v, const char *name)
{
	size_t n = count_words(v), k = 0;

	f->value = v;
	f->kind = kind_of(v);
	f->words = v->kind == GRAMMAR_LIST;
	f->many = f->many || f->words;
	if (!f->help && f->kind != FIELD_LINE)
		f->help = v->documentation;
	if (n == 0)
		return;
	const char **choices = arena_array(m->arena, n + 1, sizeof *choices);
	const char **labels = arena_array(m->arena, n + 1, sizeof *labels);
	add_words(v, choices, &k);
	for (size_t i = 0; i < k; i++)
		labels[i] = choice_label(m->arena, name, choices[i]);
	f->kind = FIELD_CHOICE;
	f->choices = choices;
	f->choice_labels = labels;
}

/* ---- fields ---- */

static const struct form_field *fields_of(struct model *m, const struct grammar_element *e, const char *group,
	int depth);

static void name_field(struct model *m, struct form_field *f, const char *group, const char *name)
{
	const struct field_words *w = field_words(m->type, group, name);

	f->xml = name;
	f->name = w && w->name ? w->name : name;
	f->label = w && w->label ? w->label : field_label(m->arena, name);
	f->help = w ? w->help : NULL;
	f->item_label = w && w->item_label ? w->item_label : f->label;
	f->section = w && w->section > 0 ? (enum field_section)w->section : SECTION_TEXT;
	if (w && w->text)
		f->kind = FIELD_TEXT;
}

/* What an element holds, once its name is set. */
static void set_content(struct model *m, struct form_field *f, const struct grammar_element *e, int depth)
{
	bool text = f->kind == FIELD_TEXT;

	if (is_rich(e)) {
		f->kind = FIELD_MARKDOWN;
	} else if (e->value && !e->n_attributes) {
		set_value(m, f, e->value, e->name);
		if (text && f->kind == FIELD_LINE)
			f->kind = FIELD_TEXT;
	} else if (!e->value && !e->n && e->n_attributes == 1) {
		f->attribute = e->attributes[0].name;
		set_value(m, f, e->attributes[0].value, e->attributes[0].name);
	} else {
		f->kind = FIELD_GROUP;
		f->fields = fields_of(m, e, e->name, depth + 1);
	}
}

static void set_element(struct model *m, struct form_field *f, const struct grammar_element *parent, size_t part,
	const char *group, int depth)
{
	const struct grammar_element *e = parent->parts[part], *item = item_of(e);

	name_field(m, f, group, e->name);
	f->storage = IN_ELEMENT;
	f->ns = e->ns;
	f->many = may_repeat(parent, part);
	f->required = !may_lack(parent, part);
	if (item && !f->many && !is_rich(e)) {
		f->many = true;
		f->item = item->name;
		set_content(m, f, item, depth);
	} else {
		set_content(m, f, e, depth);
	}
}

static bool is_address(const char *name)
{
	return strcmp(name, "space") == 0 || strcmp(name, "slug") == 0 || strcmp(name, "audience") == 0;
}

static bool is_known(const struct form_field *list, size_t n, const char *xml, const char *ns)
{
	for (size_t i = 0; i < n; i++)
		if (list[i].storage == IN_ELEMENT && strcmp(list[i].xml, xml) == 0 && strcmp(list[i].ns, ns) == 0)
			return true;
	return false;
}

static const struct form_field *fields_of(struct model *m, const struct grammar_element *e, const char *group,
	int depth)
{
	struct form_field *list = arena_array(m->arena, e->n_attributes + e->n + 2, sizeof *list);
	size_t n = 0;

	for (size_t i = 0; i < e->n_attributes && depth <= MAX_DEPTH; i++) {
		const struct grammar_attribute *at = &e->attributes[i];

		if (*at->ns || (depth == 0 && is_address(at->name)))
			continue;
		struct form_field *f = &list[n++];
		name_field(m, f, group, at->name);
		f->storage = IN_ATTRIBUTE;
		f->ns = "";
		f->required = at->required;
		set_value(m, f, at->value, at->name);
	}
	for (size_t i = 0; i < e->n && depth <= MAX_DEPTH; i++)
		if (e->parts[i] && !is_known(list, n, e->parts[i]->name, e->parts[i]->ns))
			set_element(m, &list[n++], e, i, group, depth);
	if (e->value || has_text(e)) {
		struct form_field *f = &list[n++];

		name_field(m, f, group, "text");
		f->storage = IN_TEXT;
		f->ns = "";
		bool text = f->kind == FIELD_TEXT;
		if (e->value)
			set_value(m, f, e->value, e->name);
		if (text)
			f->kind = FIELD_TEXT;
		f->required = e->value && grammar_refuses(m->arena, e->value, "");
	}
	return list;
}

static const void *make(struct arena *a, const char *type, const struct grammar_element *root)
{
	struct model m = { a, type };

	return fields_of(&m, root, "", 0);
}

const struct form_field *record_form(const struct content_schemas *schemas, const char *type)
{
	return grammar_derived(schemas, type, make);
}

const struct form_field *record_form_field(const struct form_field *fields, const char *name)
{
	for (; fields && fields->name; fields++)
		if (strcmp(fields->name, name) == 0)
			return fields;
	return NULL;
}
