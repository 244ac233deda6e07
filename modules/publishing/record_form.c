/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What was typed to XML and back, along the fields of record_form_model.c. */
#include "record_form.h"
#include <libxml/parser.h>
#include <libxml/tree.h>
#include <stdlib.h>
#include <string.h>
#include "buf.h"
#include "content_grammar.h"
#include "markdown.h"

#define NS_RECORD "urn:commonweal:record:1"
#define NS_DC "http://purl.org/dc/terms/"
#define NS_XHTML "http://www.w3.org/1999/xhtml"
#define MAX_PROBLEMS 60

struct range { /* of the XML, of one field */
	size_t from, to;
	const char *path, *label;
	bool markdown;
	size_t text; /* where the text of a Markdown field begins */
};

struct writer {
	struct arena *arena;
	const struct content_schemas *schemas;
	struct buf out;
	struct range *ranges;
	size_t n_ranges, room_ranges;
	struct form_problem *problems;
	size_t n_problems;
	bool incomplete; /* something is missing or of a wrong kind: the XML cannot be valid */
};

/* ---- JSON ---- */

bool record_form_is_empty(const json_t *value)
{
	const char *key;
	json_t *v;
	size_t i;

	if (json_is_string(value)) {
		const char *s = json_string_value(value);

		return s[strspn(s, " \t\r\n")] == '\0';
	}
	if (json_is_array(value)) {
		json_array_foreach(value, i, v)
			if (!record_form_is_empty(v))
				return false;
	}
	if (json_is_object(value)) {
		json_object_foreach((json_t *)value, key, v)
			if (!record_form_is_empty(v))
				return false;
	}
	return true;
}

const char *record_form_text(const json_t *form, const char *name)
{
	const char *s = json_string_value(json_object_get(form, name));

	return s ? s : "";
}

static void put(json_t *o, const char *name, json_t *value)
{
	if (!value || json_object_set_new(o, name, value) != 0)
		abort(); /* out of memory: the text is UTF-8 */
}

/* ---- problems ---- */

static void add_problem(struct writer *w, const char *path, const char *label, int line, int column,
	const char *cause)
{
	if (w->n_problems == MAX_PROBLEMS)
		return;
	if (!w->problems)
		w->problems = arena_array(w->arena, MAX_PROBLEMS, sizeof *w->problems);
	w->problems[w->n_problems++] = (struct form_problem){ path, label, line, column, cause };
}

static void wrong(struct writer *w, const char *path, const char *label, const char *cause)
{
	w->incomplete = true;
	add_problem(w, path, label, 0, 0, cause);
}

static struct range *add_range(struct writer *w, const char *path, const char *label)
{
	if (w->n_ranges == w->room_ranges) {
		size_t room = w->room_ranges ? 2 * w->room_ranges : 64;
		struct range *more = arena_array(w->arena, room, sizeof *more);

		if (w->n_ranges)
			memcpy(more, w->ranges, w->n_ranges * sizeof *more);
		w->ranges = more;
		w->room_ranges = room;
	}
	w->ranges[w->n_ranges] = (struct range){ .from = w->out.len, .path = path, .label = label };
	return &w->ranges[w->n_ranges++];
}

/* ---- values ---- */

/* White space made even; what XML has no place for is left out. */
static const char *normalised(struct writer *w, const char *s, const char *path, const char *label)
{
	struct buf b = BUF_INIT;
	bool space = false, bad = false;

	for (size_t len; *s; s += len) {
		const char *cause;

		len = markdown_character(s, &cause);
		bad = bad || cause;
		if (cause)
			continue;
		if (strchr(" \t\r\n", *s)) {
			space = true;
			continue;
		}
		if (space && b.len)
			buf_char(&b, ' ');
		space = false;
		buf_add(&b, s, len);
	}
	if (bad)
		add_problem(w, path, label, 0, 0, "there is a control character, or an invisible sign that turns the "
			"direction of text: take it out");
	const char *text = arena_strdup(w->arena, buf_text(&b));
	buf_finish(&b);
	return text;
}

static void put_escaped(struct buf *b, const char *s, bool in_attribute)
{
	for (; *s; s++) {
		if (*s == '&')
			buf_str(b, "&amp;");
		else if (*s == '<')
			buf_str(b, "&lt;");
		else if (*s == '>')
			buf_str(b, "&gt;");
		else if (*s == '"' && in_attribute)
			buf_str(b, "&quot;");
		else
			buf_char(b, *s);
	}
}

/* The typed text of a simple value; "" if there is none. */
static const char *value_of(struct writer *w, const struct form_field *f, const json_t *v, const char *path,
	const char *label)
{
	struct buf b = BUF_INIT;
	json_t *one;
	size_t i;

	if (f->words && json_is_array(v)) {
		json_array_foreach(v, i, one)
			if (json_is_string(one))
				buf_printf(&b, "%s%s", b.len ? " " : "", json_string_value(one));
	} else if (json_is_string(v)) {
		buf_str(&b, json_string_value(v));
	} else if (v && !json_is_null(v)) {
		wrong(w, path, label, f->words ? "a list of texts is expected here" : "a text is expected here");
	}
	const char *text = normalised(w, buf_text(&b), path, label);
	buf_finish(&b);
	return text;
}

static const char *demand(struct arena *a, const struct form_field *f)
{
	if (f->kind == FIELD_CHOICE)
		return "this is none of the choices";
	if (f->value && f->value->documentation)
		return arena_printf(a, "this must be %s", f->value->documentation);
	return "this is not what may stand here";
}

static void check_value(struct writer *w, const struct form_field *f, const char *text, const char *path,
	const char *label)
{
	if (!*text) {
		if (f->required)
			wrong(w, path, label, f->kind == FIELD_CHOICE ? "choose one" : "this is missing");
	} else if (f->value && grammar_refuses(w->arena, f->value, text)) {
		wrong(w, path, label, demand(w->arena, f));
	}
}

/* ---- writing ---- */

static void put_fields(struct writer *w, const struct form_field *fields, const json_t *o, const char *path,
	const char *label, int indent);

static void new_line(struct writer *w, int indent)
{
	buf_printf(&w->out, "\n%*s", indent, "");
}

static const char *prefix_of(const struct form_field *f)
{
	return strcmp(f->ns, NS_DC) == 0 ? "dc:" : "";
}

static void put_attribute(struct writer *w, const char *name, const char *value, const char *path,
	const char *label)
{
	buf_char(&w->out, ' ');
	size_t at = w->n_ranges;
	add_range(w, path, label);
	buf_printf(&w->out, "%s=\"", name);
	put_escaped(&w->out, value, true);
	buf_char(&w->out, '"');
	w->ranges[at].to = w->out.len;
}

static void put_markdown(struct writer *w, const char *name, bool is_body, const char *text, const char *path,
	const char *label, bool required)
{
	struct markdown_problem *problems;
	const char *xhtml;
	size_t n, at = w->n_ranges;

	markdown_to_xhtml(w->arena, text, is_body ? MARKDOWN_INHERIT : MARKDOWN_DECLARE, &xhtml, &problems, &n);
	for (size_t i = 0; i < n; i++)
		add_problem(w, path, label, problems[i].line, problems[i].column, problems[i].cause);
	add_range(w, path, label);
	buf_printf(&w->out, "<%s%s>", name, is_body ? " xmlns=\"" NS_XHTML "\"" : "");
	w->ranges[at].markdown = true;
	w->ranges[at].text = w->out.len;
	buf_printf(&w->out, "%s</%s>", xhtml, name);
	w->ranges[at].to = w->out.len;
	if (!*xhtml && n)
		w->incomplete = true;
	else if (!*xhtml && required)
		wrong(w, path, label, "this is missing");
}

/* One element of a field: name is its own or that of an item of its list. */
static void put_element(struct writer *w, const struct form_field *f, const char *name, const json_t *v,
	const char *path, const char *label, int indent)
{
	size_t at;

	new_line(w, indent);
	if (f->kind == FIELD_MARKDOWN) {
		put_markdown(w, name, strcmp(f->ns, NS_XHTML) == 0, json_is_string(v) ? json_string_value(v) : "", path, label,
			f->required);
		return;
	}
	at = w->n_ranges;
	add_range(w, path, label);
	buf_printf(&w->out, "<%s%s", prefix_of(f), name);
	if (f->kind == FIELD_GROUP) {
		if (v && !json_is_object(v))
			wrong(w, path, label, "a group of fields is expected here");
		put_fields(w, f->fields, v, path, label, indent);
		if (w->out.data[w->out.len - 1] == '>' && strstr(w->out.data + w->ranges[at].from, "\n"))
			new_line(w, indent);
	} else {
		const char *text = value_of(w, f, v, path, label);

		check_value(w, f, text, path, label);
		if (f->attribute)
			put_attribute(w, f->attribute, text, path, label);
		buf_char(&w->out, '>');
		if (!f->attribute)
			put_escaped(&w->out, text, false);
	}
	buf_printf(&w->out, "</%s%s>", prefix_of(f), name);
	w->ranges[at].to = w->out.len;
}

static void put_many(struct writer *w, const struct form_field *f, const json_t *list, const char *path,
	const char *label, int indent)
{
	struct form_field one = *f;
	json_t *v;
	size_t i;

	one.many = false;
	one.required = true;
	if (f->item) {
		new_line(w, indent);
		buf_printf(&w->out, "<%s>", f->xml);
		indent += 2;
	}
	json_array_foreach(list, i, v)
		if (!record_form_is_empty(v))
			put_element(w, &one, f->item ? f->item : f->xml, v, arena_printf(w->arena, "%s[%zu]", path, i),
				arena_printf(w->arena, "%s %zu", label, i + 1), indent);
	if (f->item) {
		new_line(w, indent - 2);
		buf_printf(&w->out, "</%s>", f->xml);
	}
}

static const char *joined(struct arena *a, const char *one, const char *between, const char *two)
{
	return *one ? arena_printf(a, "%s%s%s", one, between, two) : two;
}

static void put_field(struct writer *w, const struct form_field *f, const json_t *o, const char *path,
	const char *label, int indent)
{
	const json_t *v = json_object_get(o, f->name);
	const char *own = joined(w->arena, path, ".", f->name), *name = joined(w->arena, label, ": ", f->label);
	bool list = f->many && !f->words;

	if (record_form_is_empty(v)) {
		if (v && !json_is_string(v) && !json_is_array(v) && !json_is_object(v) && !json_is_null(v))
			wrong(w, own, name, "a text is expected here");
		else if (f->required)
			wrong(w, own, name, list ? "at least one is needed" : f->kind == FIELD_CHOICE ? "choose one" :
				"this is missing");
	} else if (list && !json_is_array(v)) {
		wrong(w, own, name, "a list is expected here");
	} else if (list) {
		put_many(w, f, v, own, name, indent);
	} else if (f->storage == IN_ELEMENT) {
		put_element(w, f, f->xml, v, own, name, indent);
	} else {
		const char *text = value_of(w, f, v, own, name);

		check_value(w, f, text, own, name);
		if (f->storage == IN_ATTRIBUTE)
			put_attribute(w, f->xml, text, own, name);
		else
			put_escaped(&w->out, text, false);
	}
}

/* Attributes first, then the end of the start tag, then what stands in it. */
static void put_fields(struct writer *w, const struct form_field *fields, const json_t *o, const char *path,
	const char *label, int indent)
{
	for (const struct form_field *f = fields; f->name; f++)
		if (f->storage == IN_ATTRIBUTE)
			put_field(w, f, o, path, label, indent + 2);
	buf_char(&w->out, '>');
	for (const struct form_field *f = fields; f->name; f++)
		if (f->storage != IN_ATTRIBUTE)
			put_field(w, f, o, path, label, indent + 2);
}

/* ---- what content_parse says, of fields ---- */

static size_t offset_of(const char *xml, int line, int column)
{
	const char *s = xml;

	for (; line > 1 && (s = strchr(s, '\n')); line--)
		s++;
	for (; s && column > 1 && *s && *s != '\n'; column--)
		for (s++; ((unsigned char)*s & 0xc0) == 0x80;)
			s++;
	return s ? (size_t)(s - xml) : 0;
}

static int line_of(const char *xml, size_t offset)
{
	int line = 1;

	for (size_t i = 0; i < offset; i++)
		line += xml[i] == '\n';
	return line;
}

/* The innermost range around an offset: the last one that began. */
static const struct range *range_at(const struct writer *w, size_t offset)
{
	const struct range *found = NULL;

	for (size_t i = 0; i < w->n_ranges; i++)
		if (w->ranges[i].from <= offset && offset < w->ranges[i].to)
			found = &w->ranges[i];
	return found;
}

static void add_content_problem(struct writer *w, const char *xml, const struct content_problem *p)
{
	const struct range *r = range_at(w, offset_of(xml, p->line, p->column));
	int line = r && r->markdown ? p->line - line_of(xml, r->text) + 1 : 0;

	add_problem(w, r ? r->path : NULL, r ? r->label : NULL, line > 0 ? line : 0, 0, p->cause);
}

bool record_form_to_xml(const struct content_schemas *schemas, struct arena *a, const char *space,
	const char *type, const char *slug, const char *audience, const json_t *form, const char **xml,
	struct content_doc **doc, struct form_problem **problems, size_t *n)
{
	struct writer w = { .arena = a, .schemas = schemas };
	const struct form_field *fields = record_form(schemas, type);
	struct content_problem *found = NULL;
	struct content_doc *drawn = NULL;
	struct error err = { 0 };
	size_t n_found = 0;

	buf_printf(&w.out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<%s xmlns=\"" NS_RECORD "\" xmlns:dc=\"" NS_DC "\"\n  space=\"", type);
	put_escaped(&w.out, space, true);
	buf_str(&w.out, "\" slug=\"");
	put_escaped(&w.out, slug, true);
	buf_str(&w.out, "\" audience=\"");
	put_escaped(&w.out, audience, true);
	buf_char(&w.out, '"');
	if (fields)
		put_fields(&w, fields, form, "", "", 0);
	else
		wrong(&w, NULL, NULL, "there is no such type of record");
	buf_printf(&w.out, "\n</%s>\n", type);
	*xml = arena_strdup(a, buf_text(&w.out));
	buf_finish(&w.out);
	if (!w.incomplete && !content_parse(schemas, a, "record", *xml, strlen(*xml), &drawn, &found, &n_found, &err) &&
		!n_found)
		add_problem(&w, NULL, NULL, 0, 0, arena_strdup(a, err.text));
	for (size_t i = 0; i < n_found; i++)
		add_content_problem(&w, *xml, &found[i]);
	*problems = w.problems;
	*n = w.n_problems;
	if (doc)
		*doc = drawn;
	return w.n_problems == 0 && drawn;
}

/* ---- from XML ---- */

static bool is(const xmlNode *n, const char *ns, const char *name)
{
	return n->type == XML_ELEMENT_NODE && n->ns && strcmp((const char *)n->ns->href, ns) == 0 &&
		strcmp((const char *)n->name, name) == 0;
}

static const char *even(struct arena *a, const char *s)
{
	struct buf b = BUF_INIT;
	bool space = false;

	for (; *s; s++) {
		if (strchr(" \t\r\n", *s)) {
			space = b.len > 0;
			continue;
		}
		if (space)
			buf_char(&b, ' ');
		space = false;
		buf_char(&b, *s);
	}
	const char *text = arena_strdup(a, buf_text(&b));
	buf_finish(&b);
	return text;
}

/* Takes over text that libxml2 made. */
static const char *taken(struct arena *a, xmlChar *s)
{
	const char *text = even(a, s ? (const char *)s : "");

	xmlFree(s);
	return text;
}

static json_t *string(const char *s)
{
	json_t *v = json_string(s);

	if (!v)
		abort();
	return v;
}

static json_t *simple_json(struct arena *a, const struct form_field *f, const char *text)
{
	char *word, *save = NULL;

	if (!f->words)
		return string(text);
	json_t *list = json_array();
	for (word = strtok_r(arena_strdup(a, text), " ", &save); word; word = strtok_r(NULL, " ", &save))
		if (json_array_append_new(list, string(word)) != 0)
			abort();
	return list;
}

static const char *markdown_of(struct arena *a, xmlNode *n)
{
	xmlBuffer *b = xmlBufferCreate();

	/* Each child declares the name space that it is in. */
	for (xmlNode *c = n->children; c && b; c = c->next) {
		xmlNode *copy = c->type == XML_ELEMENT_NODE ? xmlDocCopyNode(c, n->doc, 1) : NULL;

		if (copy) {
			xmlNodeDump(b, n->doc, copy, 0, 0);
			xmlFreeNode(copy);
		}
	}
	if (!b)
		abort();
	const char *text = markdown_from_xhtml(a, (const char *)xmlBufferContent(b));
	xmlBufferFree(b);
	return text ? text : "";
}

static json_t *fields_json(struct arena *a, const struct form_field *fields, xmlNode *n);

static json_t *element_json(struct arena *a, const struct form_field *f, xmlNode *n)
{
	if (f->kind == FIELD_MARKDOWN)
		return string(markdown_of(a, n));
	if (f->kind == FIELD_GROUP)
		return fields_json(a, f->fields, n);
	return simple_json(a, f, taken(a, f->attribute ? xmlGetNoNsProp(n, (const xmlChar *)f->attribute) :
		xmlNodeGetContent(n)));
}

static void append(json_t *list, json_t *v)
{
	if (!v || json_array_append_new(list, v) != 0)
		abort();
}

static json_t *field_json(struct arena *a, const struct form_field *f, xmlNode *n)
{
	json_t *list = NULL;

	if (f->storage == IN_ATTRIBUTE)
		return simple_json(a, f, taken(a, xmlGetNoNsProp(n, (const xmlChar *)f->xml)));
	if (f->storage == IN_TEXT)
		return simple_json(a, f, taken(a, xmlNodeGetContent(n)));
	if (f->many && !f->words)
		list = json_array();
	for (xmlNode *c = n->children; c; c = c->next) {
		if (!is(c, f->ns, f->xml))
			continue;
		if (!list)
			return element_json(a, f, c);
		if (!f->item)
			append(list, element_json(a, f, c));
		for (xmlNode *item = f->item ? c->children : NULL; item; item = item->next)
			if (item->type == XML_ELEMENT_NODE)
				append(list, element_json(a, f, item));
	}
	return list ? list : f->words ? json_array() : f->kind == FIELD_GROUP ? json_object() : string("");
}

static json_t *fields_json(struct arena *a, const struct form_field *fields, xmlNode *n)
{
	json_t *o = json_object();

	for (const struct form_field *f = fields; f->name; f++)
		put(o, f->name, field_json(a, f, n));
	return o;
}

json_t *record_form_from_xml(const struct content_schemas *schemas, struct arena *a, const char *xml,
	size_t n, struct error *err)
{
	struct content_problem *problems;
	struct content_doc *doc;
	size_t n_problems;

	if (!content_parse(schemas, a, "record", xml, n, &doc, &problems, &n_problems, err))
		return NULL;
	const struct form_field *fields = record_form(schemas, doc->type);
	xmlDoc *tree = xmlReadMemory(xml, (int)n, NULL, NULL, XML_PARSE_NONET | XML_PARSE_NOCDATA | XML_PARSE_NOERROR);
	if (!fields || !tree) {
		xmlFreeDoc(tree);
		error_set(err, ERROR_INTERNAL, "There is no form for this record.");
		return NULL;
	}
	json_t *form = fields_json(a, fields, xmlDocGetRootElement(tree));
	xmlFreeDoc(tree);
	return form;
}

/* ---- drawing one text ---- */

/* Links within a record may lead to what is not in this one text of it. */
static const char *missing_targets(struct arena *a, const char *xhtml)
{
	static const char mark[] = " href=\"#";
	struct buf b = BUF_INIT;

	for (const char *s = xhtml; (s = strstr(s, mark));) {
		s += sizeof mark - 1;
		const char *id = arena_printf(a, " id=\"%.*s\"", (int)strcspn(s, "\""), s);

		if (!strstr(xhtml, id) && (!b.len || !strstr(buf_text(&b), id)))
			buf_printf(&b, "<p%s/>", id);
	}
	const char *text = arena_strdup(a, buf_text(&b));
	buf_finish(&b);
	return text;
}

const char *record_form_draw(const struct content_schemas *schemas, struct arena *a, const char *markdown)
{
	struct markdown_problem *problems;
	struct content_problem *found;
	struct content_doc *doc;
	struct error err = { 0 };
	const char *xhtml;
	size_t n;

	markdown_to_xhtml(a, markdown, MARKDOWN_INHERIT, &xhtml, &problems, &n);
	const char *xml = arena_printf(a, "<faq xmlns=\"" NS_RECORD "\" xmlns:dc=\"" NS_DC "\" space=\"x\" slug=\"x\" "
		"audience=\"public\"><dc:title>x</dc:title><dc:abstract>x</dc:abstract><dc:issued>2000</dc:issued>"
		"<dc:language>en</dc:language><group>basics</group><position>1</position><body xmlns=\"" NS_XHTML "\">%s%s</body>"
		"</faq>", xhtml, missing_targets(a, xhtml));
	return content_parse(schemas, a, "preview", xml, strlen(xml), &doc, &found, &n, &err) ? doc->body_html : NULL;
}
