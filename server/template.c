/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Templates: XHTML compiled once into a flat list of operations, whose
 * escaping follows from the place of each hole. docs/templates.md is the
 * language. */
#include "template.h"
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <libxml/parser.h>
#include <libxml/tree.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include "text.h"

#define TEMPLATE_NS "urn:commonweal:template:1"
#define INCLUDE_DEPTH 16
#define SEGMENTS 4
#define TERMS 6
#define FRAMES 24

/* ---- data ---- */

enum value_kind { VALUE_TEXT, VALUE_INT, VALUE_FLAG, VALUE_URL, VALUE_MARKUP, VALUE_OBJECT, VALUE_LIST };

struct value {
	const char *name;
	enum value_kind kind;
	const char *text; /* TEXT, URL, MARKUP and INT (its digits) */
	bool truth;
	struct data *object;         /* OBJECT; LIST: the first item */
	struct data *last;
	struct value *next;
};

struct data {
	struct arena *arena;
	struct value *values;
	struct data *next; /* in a list */
};

struct data *data_create(struct arena *a)
{
	struct data *d = arena_alloc(a, sizeof *d);

	d->arena = a;
	return d;
}

struct arena *data_arena(const struct data *d)
{
	return d->arena;
}

static struct value *data_find(const struct data *d, const char *name, size_t n)
{
	for (struct value *v = d->values; v; v = v->next)
		if (strncmp(v->name, name, n) == 0 && v->name[n] == '\0')
			return v;
	return NULL;
}

/* A name set twice keeps the later value. */
static struct value *data_set(struct data *d, const char *name, enum value_kind kind)
{
	struct value *v = data_find(d, name, strlen(name)), *next = v ? v->next : NULL;

	if (!v) {
		v = arena_alloc(d->arena, sizeof *v);
		next = d->values;
		d->values = v;
	}
	*v = (struct value){ .name = name, .kind = kind, .next = next };
	return v;
}

void data_text(struct data *d, const char *name, const char *value)
{
	struct value *v = data_set(d, name, VALUE_TEXT);

	v->text = arena_strdup(d->arena, value);
	v->truth = value && *value;
}

void data_textf(struct data *d, const char *name, const char *fmt, ...)
{
	struct value *v = data_set(d, name, VALUE_TEXT);
	va_list ap;

	va_start(ap, fmt);
	v->text = arena_vprintf(d->arena, fmt, ap);
	va_end(ap);
	v->truth = *v->text;
}

void data_int(struct data *d, const char *name, long long value)
{
	struct value *v = data_set(d, name, VALUE_INT);

	v->text = arena_printf(d->arena, "%lld", value);
	v->truth = value != 0;
}

void data_flag(struct data *d, const char *name, bool value)
{
	data_set(d, name, VALUE_FLAG)->truth = value;
}

void data_url(struct data *d, const char *name, struct url value)
{
	struct value *v = data_set(d, name, VALUE_URL);

	v->text = value.text;
	v->truth = value.text;
}

void data_markup(struct data *d, const char *name, struct markup value)
{
	struct value *v = data_set(d, name, VALUE_MARKUP);

	v->text = value.html;
	v->truth = value.html && *value.html;
}

struct data *data_object(struct data *d, const char *name)
{
	struct value *v = data_find(d, name, strlen(name));

	if (!v || v->kind != VALUE_OBJECT) {
		v = data_set(d, name, VALUE_OBJECT);
		v->object = data_create(d->arena);
		v->truth = true;
	}
	return v->object;
}

struct data *data_item(struct data *d, const char *list)
{
	struct value *v = data_find(d, list, strlen(list));
	struct data *item = data_create(d->arena);

	if (!v || v->kind != VALUE_LIST) {
		v = data_set(d, list, VALUE_LIST);
		v->truth = true;
	}
	if (v->last)
		v->last->next = item;
	else
		v->object = item;
	v->last = item;
	return item;
}

/* ---- compiled form ---- */

struct path {
	int n;
	char *segment[SEGMENTS];
};

struct term {
	struct path path;
	bool negated;
	char *word; /* compared with, or NULL */
};

struct test {
	int n;
	bool any; /* or */
	struct term terms[TERMS];
};

enum op_kind {
	OP_LITERAL,  /* text */
	OP_TEXT,     /* path, escaped: text and attribute values */
	OP_URL,      /* path, must be a URL */
	OP_OPTIONAL, /* text = attribute name; path; url */
	OP_MARKUP,   /* path, must be markup */
	OP_IF,       /* test; jump past the block when false */
	OP_EACH,     /* path, text = item name; jump past OP_NEXT when empty */
	OP_NEXT,     /* jump back to after its OP_EACH */
	OP_WITH,     /* path: an object whose names become visible; jump past OP_LEAVE if none */
	OP_LEAVE
};

struct op {
	enum op_kind kind;
	char *text;
	size_t len;
	struct path path;
	struct test *test;
	bool url;
	size_t jump;
	int line;
};

struct program {
	char *name;
	struct op *ops;
	size_t n, room;
};

struct templates {
	struct program *programs;
	size_t n;
};

static void path_finish(struct path *p)
{
	for (int i = 0; i < p->n; i++)
		free(p->segment[i]);
}

static void program_finish(struct program *p)
{
	for (size_t i = 0; i < p->n; i++) {
		struct op *op = &p->ops[i];

		free(op->text);
		path_finish(&op->path);
		for (int t = 0; op->test && t < op->test->n; t++) {
			path_finish(&op->test->terms[t].path);
			free(op->test->terms[t].word);
		}
		free(op->test);
	}
	free(p->ops);
	free(p->name);
}

void templates_destroy(struct templates *t)
{
	if (!t)
		return;
	for (size_t i = 0; i < t->n; i++)
		program_finish(&t->programs[i]);
	free(t->programs);
	free(t);
}

/* ---- compiler ---- */

struct source {
	char *name;
	xmlDocPtr doc;
};

struct compiler {
	struct source *sources;
	size_t n_sources;
	const char *(*asset)(const char *name, void *arg);
	void *arg;
	struct error *err;
	/* While compiling one template: */
	struct program *program;
	struct buf literal;
	const char *file;      /* the template whose nodes are being read */
	xmlNodePtr blocks;     /* root of the template that fills the slots, or NULL */
	const char *blocks_file;
	int depth;
	int nesting;           /* c:each and c:include with=, against the renderer's frames */
	bool keep_space;       /* inside pre or textarea */
};

static bool refuse(struct compiler *c, const xmlNode *node, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
static bool refuse(struct compiler *c, const xmlNode *node, const char *fmt, ...)
{
	char cause[300];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(cause, sizeof cause, fmt, ap);
	va_end(ap);
	return error_set(c->err, ERROR_INVALID, "%s.xhtml:%ld: %s.", c->file,
		node ? xmlGetLineNo((xmlNodePtr)node) : 1L, cause);
}

static char *copy_n(const char *s, size_t n)
{
	char *copy = strndup(s, n);

	if (!copy)
		abort();
	return copy;
}

static struct op *emit(struct compiler *c, enum op_kind kind, const xmlNode *node);

static void flush_literal(struct compiler *c)
{
	size_t n = c->literal.len;

	if (!n)
		return;
	char *text = buf_steal(&c->literal, NULL);
	struct op *op = emit(c, OP_LITERAL, NULL);
	op->text = text;
	op->len = n;
}

static struct op *emit(struct compiler *c, enum op_kind kind, const xmlNode *node)
{
	struct program *p = c->program;

	flush_literal(c);
	if (p->n == p->room) {
		p->room = p->room ? p->room * 2 : 64;
		p->ops = realloc(p->ops, p->room * sizeof *p->ops);
		if (!p->ops)
			abort();
	}
	struct op *op = &p->ops[p->n++];
	memset(op, 0, sizeof *op);
	op->kind = kind;
	op->line = node ? (int)xmlGetLineNo((xmlNodePtr)node) : 0;
	return op;
}

static bool is_name_char(char ch)
{
	return isalnum((unsigned char)ch) || ch == '_';
}

/* Reads name(.name)* at s; the rest begins at the result, NULL if it is none. */
static const char *read_path(const char *s, struct path *p)
{
	p->n = 0;
	for (;;) {
		size_t n = 0;

		while (is_name_char(s[n]))
			n++;
		if (n == 0 || p->n == SEGMENTS || isdigit((unsigned char)s[0])) {
			path_finish(p);
			p->n = 0;
			return NULL;
		}
		p->segment[p->n++] = copy_n(s, n);
		s += n;
		if (*s != '.')
			return s;
		s++;
	}
}

static bool whole_path(const char *s, struct path *p)
{
	const char *end = read_path(s, p);

	if (end && *end == '\0')
		return true;
	if (end)
		path_finish(p);
	p->n = 0;
	return false;
}

/* Text with holes: the literal parts are escaped now, the holes later. */
static bool compile_text(struct compiler *c, const xmlNode *node, const char *s)
{
	while (*s) {
		size_t n = strcspn(s, "{}");

		html_text_n(&c->literal, s, n);
		s += n;
		if (s[0] == '{' && s[1] == '{') {
			buf_char(&c->literal, '{');
			s += 2;
		} else if (*s == '}') {
			buf_char(&c->literal, '}');
			s++;
		} else if (*s == '{') {
			struct path p;
			const char *end = read_path(s + 1, &p);

			if (!end || *end != '}') {
				if (end)
					path_finish(&p);
				return refuse(c, node, "'%.20s' is not a hole; write {{ for a brace", s);
			}
			emit(c, OP_TEXT, node)->path = p;
			s = end + 1;
		}
	}
	return true;
}

/* White space between elements shrinks to one character. */
static char *collapse(const char *s)
{
	char *out = copy_n(s, strlen(s)), *to = out;

	while (*s) {
		if (!isspace((unsigned char)*s)) {
			*to++ = *s++;
			continue;
		}
		bool line = false;
		for (; isspace((unsigned char)*s); s++)
			line = line || *s == '\n';
		*to++ = line ? '\n' : ' ';
	}
	*to = '\0';
	return out;
}

static const char *skip_blanks(const char *s)
{
	while (*s == ' ')
		s++;
	return s;
}

static bool parse_test(struct compiler *c, const xmlNode *node, const char *s, struct test *t)
{
	s = skip_blanks(s);
	for (;;) {
		struct term *term = &t->terms[t->n];

		if (t->n == TERMS)
			return refuse(c, node, "too many conditions");
		if (*s == '!' && s[1] != '=') {
			term->negated = true;
			s = skip_blanks(s + 1);
		}
		s = read_path(s, &term->path);
		if (!s)
			return refuse(c, node, "a condition is a name");
		t->n++;
		s = skip_blanks(s);
		if (*s == '=' || (s[0] == '!' && s[1] == '=')) {
			if (*s == '!')
				term->negated = !term->negated;
			s = skip_blanks(s + (*s == '!' ? 2 : 1));
			const char *end = *s == '\'' ? strchr(s + 1, '\'') : NULL;
			if (!end)
				return refuse(c, node, "expected a 'word' to compare with");
			term->word = copy_n(s + 1, (size_t)(end - s - 1));
			s = skip_blanks(end + 1);
		}
		if (*s == '\0')
			return true;
		bool any = strncmp(s, "or ", 3) == 0;
		if (!any && strncmp(s, "and ", 4) != 0)
			return refuse(c, node, "expected 'and' or 'or' at '%.20s'", s);
		if (t->n > 1 && any != t->any)
			return refuse(c, node, "'and' and 'or' may not be mixed");
		t->any = any;
		s = skip_blanks(s + (any ? 3 : 4));
	}
}

static bool in_list(const char *const *list, const char *s)
{
	for (; *list; list++)
		if (strcasecmp(*list, s) == 0)
			return true;
	return false;
}

/* As browsers see a name: without prefix, in any case. */
static bool is_url_attribute(const char *name)
{
	static const char *const names[] = { "href", "src", "action", "formaction", "poster", "cite", "data", "ping",
		"background", "manifest", NULL };
	const char *colon = strrchr(name, ':');

	for (const char *const *n = names; *n; n++)
		if (strcasecmp(*n, colon ? colon + 1 : name) == 0)
			return true;
	return false;
}

static const char *const void_tags[] = { "area", "base", "br", "col", "embed", "hr", "img", "input",
	"link", "meta", "source", "track", "wbr", NULL };

/* No scheme, or a harmless one. */
static bool literal_url_ok(const char *s)
{
	size_t n = strcspn(s, ":/?#");

	return s[n] != ':' || strncmp(s, "http:", 5) == 0 || strncmp(s, "https:", 6) == 0 ||
		strncmp(s, "mailto:", 7) == 0;
}

static void put_attribute(struct compiler *c, const char *name)
{
	buf_printf(&c->literal, " %s=\"", name);
}

static bool compile_url(struct compiler *c, const xmlNode *node, const char *name, const char *s)
{
	size_t n = strlen(s);
	struct path p;

	if (strncmp(s, "{asset:", 7) == 0 && s[n - 1] == '}') {
		char *logical = copy_n(s + 7, n - 8);
		const char *path = c->asset ? c->asset(logical, c->arg) : NULL;

		free(logical);
		if (!path)
			return refuse(c, node, "there is no static file %.80s", s);
		put_attribute(c, name);
		html_text(&c->literal, path);
		buf_char(&c->literal, '"');
		return true;
	}
	if (!strpbrk(s, "{}")) {
		if (!literal_url_ok(s))
			return refuse(c, node, "the URL '%.60s' has a scheme that is not allowed", s);
		put_attribute(c, name);
		html_text(&c->literal, s);
		buf_char(&c->literal, '"');
		return true;
	}
	char *inner = s[0] == '{' && s[n - 1] == '}' ? copy_n(s + 1, n - 2) : NULL;
	bool optional = inner && inner[0] == '?', ok = inner && whole_path(inner + optional, &p);
	free(inner);
	if (!ok)
		return refuse(c, node, "a URL is either literal or one whole hole: '%.60s'", s);
	if (optional) {
		struct op *op = emit(c, OP_OPTIONAL, node);

		op->text = copy_n(name, strlen(name));
		op->path = p;
		op->url = true;
		return true;
	}
	put_attribute(c, name);
	emit(c, OP_URL, node)->path = p;
	buf_char(&c->literal, '"');
	return true;
}

static bool compile_attribute(struct compiler *c, const xmlNode *node, const xmlAttr *attr)
{
	char name[80];
	xmlChar *raw = xmlNodeListGetString(node->doc, attr->children, 1);
	const char *s = raw ? (const char *)raw : "";
	size_t n = strlen(s);
	struct path p;
	bool ok = true;

	snprintf(name, sizeof name, "%s%s%s", attr->ns && attr->ns->prefix ? (const char *)attr->ns->prefix : "",
		attr->ns && attr->ns->prefix ? ":" : "", (const char *)attr->name);
	bool hole = strchr(s, '{');
	if (attr->ns) { /* c:... is no attribute, and xlink:href would be a URL that we do not know */
		ok = refuse(c, node, "the attribute %s has no meaning here", name);
	} else if (strncasecmp(name, "on", 2) == 0 || strcasecmp(name, "style") == 0 ||
		strcasecmp(name, "srcdoc") == 0) {
		ok = refuse(c, node, "the attribute %s is not allowed", name);
	} else if (strcasecmp(name, "srcset") == 0 && hole) {
		ok = refuse(c, node, "srcset takes no hole");
	} else if (strcasecmp(name, "attributeName") == 0 && (hole || is_url_attribute(s))) {
		ok = refuse(c, node, "a URL is not animated");
	} else if (is_url_attribute(name)) {
		ok = compile_url(c, node, name, s);
	} else if (strcasecmp(name, "http-equiv") == 0 && (hole || strcasecmp(s, "refresh") == 0)) {
		ok = refuse(c, node, "http-equiv may not be that");
	} else if (strncmp(s, "{?", 2) == 0 && s[n - 1] == '}') {
		char *inner = copy_n(s + 2, n - 3);

		ok = whole_path(inner, &p) || refuse(c, node, "'%.40s' is not an optional hole", s);
		free(inner);
		if (ok) {
			struct op *op = emit(c, OP_OPTIONAL, node);

			op->text = copy_n(name, strlen(name));
			op->path = p;
		}
	} else {
		put_attribute(c, name);
		ok = compile_text(c, node, s);
		buf_char(&c->literal, '"');
	}
	xmlFree(raw);
	return ok;
}

static bool compile_nodes(struct compiler *c, xmlNodePtr node);

static bool compile_element(struct compiler *c, xmlNodePtr node)
{
	const char *tag = (const char *)node->name;
	bool kept = c->keep_space, ok = true;

	if (node->ns && node->ns->prefix && strcmp((const char *)node->ns->prefix, "svg") != 0)
		return refuse(c, node, "the element %s:%s is unknown", (const char *)node->ns->prefix, tag);
	if ((strcasecmp(tag, "script") == 0 || strcasecmp(tag, "style") == 0) && node->children)
		return refuse(c, node, "%s may have no content; use a file", tag);
	buf_printf(&c->literal, "<%s", tag);
	for (xmlAttrPtr attr = node->properties; ok && attr; attr = attr->next)
		ok = compile_attribute(c, node, attr);
	buf_char(&c->literal, '>');
	if (in_list(void_tags, tag))
		return ok && (!node->children || refuse(c, node, "%s is a void element", tag));
	c->keep_space = kept || strcmp(tag, "pre") == 0 || strcmp(tag, "textarea") == 0;
	ok = ok && compile_nodes(c, node->children);
	c->keep_space = kept;
	buf_printf(&c->literal, "</%s>", tag);
	return ok;
}

static char *attribute(const xmlNode *node, const char *name)
{
	xmlChar *raw = xmlGetNoNsProp((xmlNodePtr)node, (const xmlChar *)name);
	char *s = raw ? copy_n((const char *)raw, strlen((const char *)raw)) : NULL;

	xmlFree(raw);
	return s;
}

static bool only_attributes(struct compiler *c, const xmlNode *node, const char *a, const char *b)
{
	for (xmlAttrPtr attr = node->properties; attr; attr = attr->next)
		if ((!a || strcmp((const char *)attr->name, a) != 0) && (!b || strcmp((const char *)attr->name, b) != 0))
			return refuse(c, node, "c:%s has no attribute %s", (const char *)node->name,
				(const char *)attr->name);
	return true;
}

static xmlNodePtr root_of(const struct compiler *c, const char *name)
{
	for (size_t i = 0; i < c->n_sources; i++)
		if (strcmp(c->sources[i].name, name) == 0)
			return xmlDocGetRootElement(c->sources[i].doc);
	return NULL;
}

static bool is_c(const xmlNode *node, const char *name)
{
	return node->type == XML_ELEMENT_NODE && node->ns &&
		strcmp((const char *)node->ns->href, TEMPLATE_NS) == 0 &&
		(!name || strcmp((const char *)node->name, name) == 0);
}

static bool compile_if(struct compiler *c, xmlNodePtr node)
{
	char *text = attribute(node, "test");
	struct test *t = calloc(1, sizeof *t);
	size_t at;
	bool ok;

	if (!t)
		abort();
	ok = only_attributes(c, node, "test", NULL) &&
		(text ? parse_test(c, node, text, t) : refuse(c, node, "c:if needs a test"));
	free(text);
	emit(c, OP_IF, node)->test = t;
	at = c->program->n - 1;
	ok = ok && compile_nodes(c, node->children);
	flush_literal(c);
	c->program->ops[at].jump = c->program->n;
	return ok;
}

static bool compile_each(struct compiler *c, xmlNodePtr node)
{
	char *of = attribute(node, "of"), *as = attribute(node, "as");
	struct path p = { 0 };
	bool ok = only_attributes(c, node, "of", "as");

	if (ok && (!of || !as || !whole_path(of, &p) || !is_name_char(*as) || strspn(as,
		"abcdefghijklmnopqrstuvwxyz_0123456789") != strlen(as)))
		ok = refuse(c, node, "c:each needs of=\"list\" as=\"name\"");
	if (ok && c->nesting == FRAMES - 2)
		ok = refuse(c, node, "lists are nested too deep");
	c->nesting++;
	free(of);
	struct op *op = emit(c, OP_EACH, node);
	size_t at = c->program->n - 1;
	op->path = p;
	op->text = as;
	ok = ok && compile_nodes(c, node->children);
	c->nesting--;
	emit(c, OP_NEXT, node)->jump = at + 1;
	c->program->ops[at].jump = c->program->n;
	return ok;
}

static bool compile_include(struct compiler *c, xmlNodePtr node)
{
	char *name = attribute(node, "name"), *with = attribute(node, "with");
	const char *file = c->file;
	xmlNodePtr root = name ? root_of(c, name) : NULL;
	struct path p = { 0 };
	bool ok = only_attributes(c, node, "name", "with");
	size_t at = 0;

	if (ok && !root)
		ok = refuse(c, node, "there is no template '%s' to include", name ? name : "");
	if (ok && with && !whole_path(with, &p))
		ok = refuse(c, node, "with=\"%s\" is not a name", with);
	if (ok && c->depth == INCLUDE_DEPTH)
		ok = refuse(c, node, "templates include each other without end");
	if (ok && xmlHasProp(root, (const xmlChar *)"layout"))
		ok = refuse(c, node, "'%s' has a layout and cannot be included", name);
	if (ok && with && c->nesting == FRAMES - 2)
		ok = refuse(c, node, "templates are nested too deep");
	if (!ok)
		path_finish(&p);
	if (ok && with) {
		emit(c, OP_WITH, node)->path = p;
		at = c->program->n - 1;
	}
	if (ok && root) {
		for (size_t i = 0; i < c->n_sources; i++)
			if (strcmp(c->sources[i].name, name) == 0)
				c->file = c->sources[i].name;
		c->depth++;
		c->nesting += with ? 1 : 0;
		ok = compile_nodes(c, root->children);
		c->nesting -= with ? 1 : 0;
		c->depth--;
		c->file = file;
		if (with) {
			emit(c, OP_LEAVE, node);
			c->program->ops[at].jump = c->program->n;
		}
	}
	free(name);
	free(with);
	return ok;
}

static bool compile_slot(struct compiler *c, xmlNodePtr node)
{
	char *name = attribute(node, "name");
	const char *file = c->file;
	xmlNodePtr filled = NULL, blocks = c->blocks;
	bool ok = only_attributes(c, node, "name", NULL) && (name || refuse(c, node, "c:slot needs a name"));

	for (xmlNodePtr n = ok && blocks ? blocks->children : NULL; n; n = n->next) {
		char *block = is_c(n, "block") ? attribute(n, "name") : NULL;

		if (block && strcmp(block, name) == 0) {
			filled = n;
			n->_private = n; /* compile_source looks for blocks that no slot took */
		}
		free(block);
	}
	free(name);
	if (!ok || !filled)
		return ok && compile_nodes(c, node->children);
	c->file = c->blocks_file;
	c->blocks = NULL; /* a block has no slots */
	ok = compile_nodes(c, filled->children);
	c->blocks = blocks;
	c->file = file;
	return ok;
}

static bool compile_markup(struct compiler *c, xmlNodePtr node)
{
	char *of = attribute(node, "of");
	struct path p;
	bool ok = only_attributes(c, node, "of", NULL) &&
		((of && whole_path(of, &p)) || refuse(c, node, "c:markup needs of=\"name\""));

	free(of);
	if (ok)
		emit(c, OP_MARKUP, node)->path = p;
	return ok;
}

static bool compile_c(struct compiler *c, xmlNodePtr node)
{
	if (is_c(node, "if"))
		return compile_if(c, node);
	if (is_c(node, "each"))
		return compile_each(c, node);
	if (is_c(node, "include"))
		return compile_include(c, node);
	if (is_c(node, "slot"))
		return compile_slot(c, node);
	if (is_c(node, "markup"))
		return compile_markup(c, node);
	if (is_c(node, "doctype")) {
		/* Nothing but the template's own indent may stand before it. */
		if (strspn(buf_text(&c->literal), " \t\n") == c->literal.len)
			buf_clear(&c->literal);
		buf_str(&c->literal, "<!DOCTYPE html>");
		return only_attributes(c, node, NULL, NULL);
	}
	return refuse(c, node, "c:%s is unknown", (const char *)node->name);
}

static bool compile_nodes(struct compiler *c, xmlNodePtr node)
{
	for (; node; node = node->next) {
		bool ok = true;

		switch (node->type) {
		case XML_TEXT_NODE:
		case XML_CDATA_SECTION_NODE: {
			char *s = c->keep_space ? copy_n((const char *)node->content, strlen((const char *)node->content)) :
				collapse((const char *)node->content);

			ok = compile_text(c, node, s);
			free(s);
			break;
		}
		case XML_ELEMENT_NODE:
			ok = is_c(node, NULL) ? compile_c(c, node) : compile_element(c, node);
			break;
		case XML_COMMENT_NODE:
			break;
		default:
			ok = refuse(c, node, "only elements, text and comments may stand here");
		}
		if (!ok)
			return false;
	}
	return true;
}

static bool compile_source(struct compiler *c, struct source *s, struct program *p)
{
	xmlNodePtr root = xmlDocGetRootElement(s->doc);
	char *layout;
	bool ok;

	p->name = copy_n(s->name, strlen(s->name));
	c->program = p;
	c->file = s->name;
	c->blocks = NULL;
	if (!is_c(root, "template"))
		return refuse(c, root, "the root must be c:template");
	if (!only_attributes(c, root, "layout", NULL))
		return false;
	layout = attribute(root, "layout");
	if (!layout) {
		ok = compile_nodes(c, root->children);
		flush_literal(c);
		return ok;
	}
	xmlNodePtr outer = root_of(c, layout);
	ok = outer && !xmlHasProp(outer, (const xmlChar *)"layout");
	if (!ok)
		refuse(c, root, "there is no layout '%s'", layout);
	for (xmlNodePtr n = root->children; ok && n; n = n->next)
		if ((n->type == XML_ELEMENT_NODE && !is_c(n, "block")) ||
			(n->type == XML_TEXT_NODE && !xmlIsBlankNode(n)))
			ok = refuse(c, n, "a template with a layout holds only c:block");
	if (ok) {
		c->blocks = root;
		c->blocks_file = s->name;
		for (size_t i = 0; i < c->n_sources; i++)
			if (strcmp(c->sources[i].name, layout) == 0)
				c->file = c->sources[i].name;
		ok = compile_nodes(c, outer->children);
		flush_literal(c);
		c->file = s->name;
		for (xmlNodePtr n = root->children; ok && n; n = n->next)
			if (is_c(n, "block") && !n->_private)
				ok = refuse(c, n, "the layout '%s' has no slot for this block", layout);
	}
	free(layout);
	return ok;
}

static struct templates *compile_all(struct compiler *c)
{
	struct templates *t = calloc(1, sizeof *t);
	bool ok = true;

	if (!t || !(t->programs = calloc(c->n_sources + 1, sizeof *t->programs)))
		abort();
	for (size_t i = 0; ok && i < c->n_sources; i++)
		ok = compile_source(c, &c->sources[i], &t->programs[t->n++]);
	buf_finish(&c->literal);
	for (size_t i = 0; i < c->n_sources; i++) {
		free(c->sources[i].name);
		xmlFreeDoc(c->sources[i].doc);
	}
	free(c->sources);
	if (ok)
		return t;
	templates_destroy(t);
	return NULL;
}

/* Takes a template's text; false with the error set. */
static bool add_source(struct compiler *c, const char *name, const char *xml, size_t n)
{
	xmlParserCtxtPtr ctxt = xmlNewParserCtxt();
	xmlDocPtr doc;

	if (!ctxt)
		abort();
	doc = n <= 1 << 20 ? xmlCtxtReadMemory(ctxt, xml, (int)n, name, "UTF-8",
		XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING | XML_PARSE_BIG_LINES) : NULL;
	if (!doc) {
		const xmlError *e = xmlCtxtGetLastError(ctxt);
		char message[200] = "not a template";

		if (e && e->message)
			snprintf(message, sizeof message, "%.*s", (int)strcspn(e->message, "\n"), e->message);
		error_set(c->err, ERROR_INVALID, "%s.xhtml:%d: %s.", name, e ? e->line : 1, message);
	} else if (doc->intSubset) {
		error_set(c->err, ERROR_INVALID, "%s.xhtml:1: a template has no DOCTYPE; use c:doctype.", name);
		xmlFreeDoc(doc);
		doc = NULL;
	}
	xmlFreeParserCtxt(ctxt);
	if (!doc)
		return false;
	c->sources = realloc(c->sources, (c->n_sources + 1) * sizeof *c->sources);
	if (!c->sources)
		abort();
	c->sources[c->n_sources++] = (struct source){ copy_n(name, strlen(name)), doc };
	return true;
}

struct templates *templates_parse(const char *name, const char *xml, size_t n,
	const char *(*asset)(const char *, void *), void *arg, struct error *err)
{
	struct compiler c = { .asset = asset, .arg = arg, .err = err };

	if (!add_source(&c, name, xml, n))
		return NULL;
	return compile_all(&c);
}

static bool load_file(struct compiler *c, const char *dir, const char *file)
{
	char path[4096], *name;
	struct buf b = BUF_INIT;
	size_t n;
	FILE *f;
	bool ok;

	snprintf(path, sizeof path, "%s/%s", dir, file);
	f = fopen(path, "re");
	if (!f)
		return error_set(c->err, ERROR_INVALID, "%s: %s.", path, strerror(errno));
	char piece[8192];
	while ((n = fread(piece, 1, sizeof piece, f)) > 0)
		buf_add(&b, piece, n);
	fclose(f);
	name = copy_n(file, strlen(file) - strlen(".xhtml"));
	ok = add_source(c, name, buf_text(&b), b.len);
	free(name);
	buf_finish(&b);
	return ok;
}

static int is_template(const struct dirent *d)
{
	size_t n = strlen(d->d_name);

	return n > 6 && d->d_name[0] != '.' && strcmp(d->d_name + n - 6, ".xhtml") == 0;
}

struct templates *templates_load(const char *dir, const char *(*asset)(const char *, void *),
	void *arg, struct error *err)
{
	struct compiler c = { .asset = asset, .arg = arg, .err = err };
	struct dirent **names;
	int n = scandir(dir, &names, is_template, alphasort);
	bool ok = true;

	if (n < 0) {
		error_set(err, ERROR_INVALID, "The templates folder %s cannot be read: %s.", dir, strerror(errno));
		return NULL;
	}
	for (int i = 0; i < n; i++) {
		ok = ok && load_file(&c, dir, names[i]->d_name);
		free(names[i]);
	}
	free(names);
	if (ok)
		return compile_all(&c);
	for (size_t i = 0; i < c.n_sources; i++) {
		free(c.sources[i].name);
		xmlFreeDoc(c.sources[i].doc);
	}
	free(c.sources);
	return NULL;
}

static const struct program *find_program(const struct templates *t, const char *name)
{
	for (size_t i = 0; i < t->n; i++)
		if (strcmp(t->programs[i].name, name) == 0)
			return &t->programs[i];
	return NULL;
}

bool templates_has(const struct templates *t, const char *name)
{
	return find_program(t, name);
}

/* ---- rendering ---- */

struct frame {
	const char *as; /* NULL: the names of data are visible themselves */
	const struct data *data;
	bool first;
};

struct scope {
	struct frame frames[FRAMES];
	int n;
};

static const struct value yes = { .kind = VALUE_FLAG, .truth = true };

static const struct value *lookup(const struct scope *s, const struct path *p)
{
	const struct value *v = NULL;
	int used = 0;

	for (int i = s->n - 1; i >= 0 && used == 0; i--) {
		const struct frame *f = &s->frames[i];

		if (!f->as) {
			v = data_find(f->data, p->segment[0], strlen(p->segment[0]));
			used = v ? 1 : 0;
		} else if (strcmp(f->as, p->segment[0]) == 0) {
			if (p->n == 1)
				return NULL;
			v = data_find(f->data, p->segment[1], strlen(p->segment[1]));
			if (!v && strcmp(p->segment[1], "first") == 0)
				v = f->first ? &yes : NULL;
			if (!v && strcmp(p->segment[1], "last") == 0)
				v = f->data->next ? NULL : &yes;
			used = 2;
		}
	}
	for (; v && used < p->n; used++)
		v = v->kind == VALUE_OBJECT ? data_find(v->object, p->segment[used], strlen(p->segment[used])) : NULL;
	return v;
}

static const struct data *object_of(const struct scope *s, const struct path *p)
{
	const struct value *v;

	for (int i = s->n - 1; p->n == 1 && i >= 0; i--) /* an item by its own name */
		if (s->frames[i].as && strcmp(s->frames[i].as, p->segment[0]) == 0)
			return s->frames[i].data;
	v = lookup(s, p);
	return v && v->kind == VALUE_OBJECT ? v->object : NULL;
}

static bool holds(const struct scope *s, const struct test *t)
{
	for (int i = 0; i < t->n; i++) {
		const struct term *term = &t->terms[i];
		const struct value *v = lookup(s, &term->path);
		bool truth = term->word ? v && v->text && strcmp(v->text, term->word) == 0 : v && v->truth;

		if (truth != term->negated && t->any)
			return true;
		if (truth == term->negated && !t->any)
			return false;
	}
	return !t->any;
}

static bool wrong_type(const struct program *p, const struct op *op, const char *wanted,
	struct error *err)
{
	error_set(err, ERROR_INTERNAL, "The page could not be made.");
	return error_detail(err, "template %s line %d: {%s} is not %s", p->name, op->line,
		op->path.segment[op->path.n - 1], wanted);
}

static bool render_value(const struct program *p, const struct op *op, const struct value *v,
	bool url, struct buf *out, struct error *err)
{
	if (!v)
		return true;
	if (url && v->kind != VALUE_URL)
		return wrong_type(p, op, "a URL", err);
	if (v->kind == VALUE_MARKUP || v->kind == VALUE_OBJECT || v->kind == VALUE_LIST)
		return wrong_type(p, op, "text", err);
	html_text(out, v->text);
	return true;
}

static bool render_optional(const struct program *p, const struct op *op, const struct value *v,
	struct buf *out, struct error *err)
{
	if (!v || !v->truth)
		return true;
	buf_printf(out, " %s=\"", op->text);
	if (!render_value(p, op, v, op->url, out, err))
		return false;
	buf_char(out, '"');
	return true;
}

static struct frame *push(struct scope *s, const char *as, const struct data *d)
{
	if (s->n == FRAMES)
		abort(); /* the compiler allows no such nesting */
	s->frames[s->n] = (struct frame){ as, d, true };
	return &s->frames[s->n++];
}

bool template_render(const struct templates *t, const char *name, const struct data *d,
	struct buf *out, struct error *err)
{
	const struct program *p = find_program(t, name);
	struct scope s = { .n = 0 };

	if (!p) {
		error_set(err, ERROR_INTERNAL, "The page could not be made.");
		return error_detail(err, "there is no template %s", name);
	}
	push(&s, NULL, d);
	for (size_t i = 0; i < p->n;) {
		const struct op *op = &p->ops[i++];
		const struct value *v;
		const struct data *inner;

		switch (op->kind) {
		case OP_LITERAL:
			buf_add(out, op->text, op->len);
			break;
		case OP_TEXT:
		case OP_URL:
			if (!render_value(p, op, lookup(&s, &op->path), op->kind == OP_URL, out, err))
				return false;
			break;
		case OP_OPTIONAL:
			if (!render_optional(p, op, lookup(&s, &op->path), out, err))
				return false;
			break;
		case OP_MARKUP:
			v = lookup(&s, &op->path);
			if (v && v->kind != VALUE_MARKUP)
				return wrong_type(p, op, "markup", err);
			if (v)
				buf_str(out, v->text);
			break;
		case OP_IF:
			if (!holds(&s, op->test))
				i = op->jump;
			break;
		case OP_EACH:
			v = lookup(&s, &op->path);
			if (v && v->kind == VALUE_LIST && v->object)
				push(&s, op->text, v->object);
			else
				i = op->jump;
			break;
		case OP_NEXT:
			s.frames[s.n - 1].data = s.frames[s.n - 1].data->next;
			s.frames[s.n - 1].first = false;
			if (s.frames[s.n - 1].data)
				i = op->jump;
			else
				s.n--;
			break;
		case OP_WITH:
			inner = object_of(&s, &op->path);
			if (inner)
				push(&s, NULL, inner);
			else
				i = op->jump;
			break;
		case OP_LEAVE:
			s.n--;
			break;
		}
	}
	return !out->failed || error_set(err, ERROR_INTERNAL, "The page is too long.");
}
