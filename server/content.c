/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Content: schemas, parsing, positions and problems, and the struct that is
 * drawn from a valid document. */
#include "content.h"
#include <dirent.h>
#include <jansson.h>
#include <libxml/parser.h>
#include <libxml/parserInternals.h>
#include <libxml/relaxng.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "content_explain.h"
#include "content_grammar.h"
#include "content_run.h"
#include "text.h"
#include "zone.h"

#if LIBXML_VERSION >= 21200
typedef const xmlError *libxml_error;
#else
typedef xmlError *libxml_error;
#endif

/* Add 1 when the HTML, text or details drawn from the same bytes change. */
#define CONTENT_DRAWN 3

struct content_schema {
	const char *type;
	xmlRelaxNG *rng;
	const struct grammar_element *grammar; /* the same, for the words about faults */
	const void *derived;                   /* what grammar_derived made of it */
};

struct content_schemas {
	struct arena *arena;
	struct content_schema *items;
	size_t n;
	pthread_mutex_t lock; /* of what is derived */
};

/* ---- schemas ---- */

static void schema_problem(void *arg, libxml_error e)
{
	struct error *err = arg;

	error_set(err, ERROR_INTERNAL, "The schema %s:%d is wrong: %.300s", e->file ? e->file : "", e->line,
		e->message ? e->message : "");
}

/* A file without a start is a part of other schemas. */
static bool has_start(const char *path)
{
	xmlDoc *doc = xmlReadFile(path, NULL, XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING);
	const xmlNode *root = doc ? xmlDocGetRootElement(doc) : NULL;
	bool found = !root; /* broken: for the schema parser to say */

	for (const xmlNode *n = root ? root->children : NULL; n; n = n->next)
		found = found || (n->type == XML_ELEMENT_NODE && strcmp((const char *)n->name, "start") == 0);
	xmlFreeDoc(doc);
	return found;
}

static bool schema_load(struct content_schemas *s, const char *dir, const char *file,
	struct error *err)
{
	struct content_schema *item = &s->items[s->n];
	struct error cause = { 0 };
	const char *path = arena_printf(s->arena, "%s/%s", dir, file);

	if (!has_start(path))
		return true;
	s->n++; /* from here on it is destroyed with the rest */
	item->type = arena_strndup(s->arena, file, strlen(file) - 4);
	xmlRelaxNGParserCtxt *parser = xmlRelaxNGNewParserCtxt(path);
	if (parser) {
		xmlRelaxNGSetParserStructuredErrors(parser, (xmlStructuredErrorFunc)schema_problem, &cause);
		item->rng = xmlRelaxNGParse(parser);
		xmlRelaxNGFreeParserCtxt(parser);
	}
	if (!item->rng)
		return error_set(err, ERROR_INTERNAL, "%s",
			cause.kind ? cause.text : "A schema could not be compiled.");
	item->grammar = grammar_load(s->arena, path);
	return true;
}

static int is_schema(const struct dirent *d)
{
	size_t n = strlen(d->d_name);

	return d->d_name[0] != '.' && n > 4 && strcmp(d->d_name + n - 4, ".rng") == 0;
}

static int by_name(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

struct content_schemas *content_schemas_load(const char *dir, struct error *err)
{
	struct dirent **names;
	int n = scandir(dir, &names, is_schema, by_name);
	bool ok = true;

	if (n < 0) {
		error_set(err, ERROR_UNAVAILABLE, "The folder of schemas %s cannot be read.", dir);
		return NULL;
	}
	xmlInitParser();
	struct arena *a = arena_create();
	struct content_schemas *s = arena_alloc(a, sizeof *s);
	s->arena = a;
	pthread_mutex_init(&s->lock, NULL);
	s->items = arena_array(a, (size_t)n, sizeof *s->items);
	for (int i = 0; i < n; i++) {
		ok = ok && schema_load(s, dir, names[i]->d_name, err);
		free(names[i]);
	}
	free(names);
	if (ok && s->n == 0)
		ok = error_set(err, ERROR_UNAVAILABLE, "The folder of schemas %s holds none.", dir);
	if (!ok) {
		content_schemas_destroy(s);
		return NULL;
	}
	return s;
}

void content_schemas_destroy(struct content_schemas *s)
{
	if (!s)
		return;
	for (size_t i = 0; i < s->n; i++)
		xmlRelaxNGFree(s->items[i].rng);
	pthread_mutex_destroy(&s->lock);
	arena_destroy(s->arena);
}

const void *grammar_derived(const struct content_schemas *schemas, const char *type,
	const void *(*make)(struct arena *, const char *, const struct grammar_element *))
{
	struct content_schemas *s = (struct content_schemas *)schemas; /* behind the lock */
	const void *derived = NULL;

	for (size_t i = 0; i < s->n; i++) {
		struct content_schema *item = &s->items[i];
		const struct grammar_element *root = item->grammar && item->grammar->n ? item->grammar->parts[0] : NULL;

		if (strcmp(item->type, type) != 0 || !root)
			continue;
		pthread_mutex_lock(&s->lock);
		if (!item->derived)
			item->derived = make(s->arena, item->type, root);
		derived = item->derived;
		pthread_mutex_unlock(&s->lock);
	}
	return derived;
}

/* ---- problems and positions ---- */

static void index_lines(struct content_run *r)
{
	size_t n = 1;

	for (size_t i = 0; i < r->n; i++)
		n += r->bytes[i] == '\n';
	r->lines = arena_array(r->arena, n, sizeof *r->lines);
	for (size_t i = 0; i < r->n; i++)
		if (r->bytes[i] == '\n')
			r->lines[++r->n_lines] = i + 1;
	r->n_lines++;
}

void content_position(const struct content_run *r, size_t offset, int *line, int *column)
{
	size_t low = 0, high = r->n_lines;

	if (offset > r->n)
		offset = r->n;
	while (high - low > 1) {
		size_t middle = low + (high - low) / 2;

		if (r->lines[middle] <= offset)
			low = middle;
		else
			high = middle;
	}
	*line = (int)low + 1;
	*column = 1;
	for (size_t i = r->lines[low]; i < offset; i++)
		*column += ((unsigned char)r->bytes[i] & 0xc0) != 0x80;
}

static void report(struct content_run *r, size_t offset, const char *fmt, va_list ap)
	__attribute__((format(printf, 3, 0)));
static void report(struct content_run *r, size_t offset, const char *fmt, va_list ap)
{
	struct content_problem p = { .cause = arena_vprintf(r->arena, fmt, ap) };

	content_position(r, offset, &p.line, &p.column);
	for (size_t i = 0; i < r->n_problems; i++)
		if (r->problems[i].line == p.line && r->problems[i].column == p.column &&
			strcmp(r->problems[i].cause, p.cause) == 0)
			return;
	/* More than are ever shown, because they are found out of order. */
	if (r->n_problems == 10 * CONTENT_MAX_PROBLEMS)
		return;
	if (r->n_problems == r->room_problems) {
		size_t room = r->room_problems ? r->room_problems * 2 : 8;
		struct content_problem *more = arena_array(r->arena, room, sizeof *more);

		if (r->n_problems)
			memcpy(more, r->problems, r->n_problems * sizeof *more);
		r->problems = more;
		r->room_problems = room;
	}
	r->problems[r->n_problems++] = p;
}

void content_report(struct content_run *r, size_t offset, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	report(r, offset, fmt, ap);
	va_end(ap);
}

static int by_position(const void *x, const void *y)
{
	const struct content_problem *a = x, *b = y;

	if (a->line != b->line)
		return a->line < b->line ? -1 : 1;
	if (a->column != b->column)
		return a->column < b->column ? -1 : 1;
	return strcmp(a->cause, b->cause);
}

const char *content_quote(struct arena *a, const char *s)
{
	char *out = arena_alloc(a, 4 * 60 + 4);
	size_t used = 0, i = 0;

	for (size_t seen = 0; s[i] && seen < 60; seen++) {
		size_t start = i++;

		while (((unsigned char)s[i] & 0xc0) == 0x80)
			i++;
		unsigned char c = (unsigned char)s[start];
		bool control = c < 0x20 || c == 0x7f || (c == 0xc2 && (unsigned char)s[start + 1] < 0xa0);
		if (control) {
			out[used++] = ' ';
		} else {
			memcpy(out + used, s + start, i - start);
			used += i - start;
		}
	}
	if (s[i])
		memcpy(out + used, "\xe2\x80\xa6", 3);
	return out;
}

/* ---- where things stand in the bytes ---- */

enum token_kind { TOKEN_END, TOKEN_OPEN, TOKEN_EMPTY, TOKEN_CLOSE, TOKEN_TEXT, TOKEN_OTHER };

static size_t find(const char *s, size_t n, size_t from, const char *what)
{
	size_t m = strlen(what);

	for (; from + m <= n; from++)
		if (memcmp(s + from, what, m) == 0)
			return from + m;
	return n;
}

/* The next piece of markup or text of a well-formed document without DOCTYPE. */
static enum token_kind token_next(const char *s, size_t n, size_t *at, size_t *start)
{
	size_t i = *start = *at;

	if (i >= n)
		return TOKEN_END;
	if (s[i] != '<') {
		const char *next = memchr(s + i, '<', n - i);

		*at = next ? (size_t)(next - s) : n;
		return TOKEN_TEXT;
	}
	if (n - i >= 4 && memcmp(s + i, "<!--", 4) == 0) {
		*at = find(s, n, i + 4, "-->");
		return TOKEN_OTHER;
	}
	if (n - i >= 9 && memcmp(s + i, "<![CDATA[", 9) == 0) {
		*start = i + 9;
		*at = find(s, n, i + 9, "]]>");
		return TOKEN_TEXT;
	}
	if (n - i >= 2 && (s[i + 1] == '?' || s[i + 1] == '!')) {
		*at = s[i + 1] == '?' ? find(s, n, i + 2, "?>") : find(s, n, i + 2, ">");
		return TOKEN_OTHER;
	}
	for (char quote = '\0'; i < n; i++) {
		if (quote)
			quote = s[i] == quote ? '\0' : quote;
		else if (s[i] == '"' || s[i] == '\'')
			quote = s[i];
		else if (s[i] == '>')
			break;
	}
	*at = i < n ? i + 1 : n;
	return s[*start + 1] == '/' ? TOKEN_CLOSE : i < n && s[i - 1] == '/' ? TOKEN_EMPTY : TOKEN_OPEN;
}

static bool is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/* Skips byte order mark, XML declaration, comments and white space. */
static size_t skip_prolog(const char *s, size_t n)
{
	size_t at = n >= 3 && memcmp(s, "\xef\xbb\xbf", 3) == 0 ? 3 : 0, start;

	while (at < n) {
		if (is_space(s[at])) {
			at++;
			continue;
		}
		bool misc = s[at] == '<' && at + 1 < n &&
			(s[at + 1] == '?' || (n - at >= 4 && memcmp(s + at, "<!--", 4) == 0));
		if (!misc || token_next(s, n, &at, &start) != TOKEN_OTHER)
			break;
	}
	return at;
}

const xmlNode *content_child(const xmlNode *n)
{
	n = n->children;
	while (n && n->type != XML_ELEMENT_NODE)
		n = n->next;
	return n;
}

const xmlNode *content_sibling(const xmlNode *n)
{
	do
		n = n->next;
	while (n && n->type != XML_ELEMENT_NODE);
	return n;
}

const xmlNode *content_next(const xmlNode *n, const xmlNode *root)
{
	const xmlNode *next = content_child(n);

	while (!next && n != root) {
		next = content_sibling(n);
		n = n->parent;
	}
	return next;
}

/* Elements come in the same order in the tree and in the bytes. False if the
 * document is too deep to walk. */
static bool index_nodes(struct content_run *r)
{
	const xmlNode *root = xmlDocGetRootElement(r->doc);
	size_t at = skip_prolog(r->bytes, r->n), start, depth = 0, deepest = 0, where = 0;
	enum token_kind kind;

	for (const xmlNode *n = root; n; n = content_next(n, root))
		r->n_nodes++;
	r->nodes = arena_array(r->arena, r->n_nodes, sizeof *r->nodes);
	size_t i = 0;
	for (xmlNode *n = (xmlNode *)root; n; n = (xmlNode *)content_next(n, root))
		n->_private = &r->nodes[i++];
	i = 0;
	while ((kind = token_next(r->bytes, r->n, &at, &start)) != TOKEN_END) {
		if ((kind == TOKEN_OPEN || kind == TOKEN_EMPTY) && i < r->n_nodes)
			r->nodes[i++].offset = start;
		depth += kind == TOKEN_OPEN || kind == TOKEN_EMPTY;
		if (depth > deepest) {
			deepest = depth;
			if (depth == CONTENT_MAX_DEPTH + 1)
				where = start;
		}
		depth -= depth > 0 && (kind == TOKEN_CLOSE || kind == TOKEN_EMPTY);
	}
	if (deepest > CONTENT_MAX_DEPTH)
		content_report(r, where, "elements are nested more than %d deep", CONTENT_MAX_DEPTH);
	return deepest <= CONTENT_MAX_DEPTH;
}

struct content_node *content_node_of(const struct content_run *r, const xmlNode *n)
{
	(void)r;
	return n->_private;
}

size_t content_offset(const struct content_run *r, const xmlNode *n)
{
	return content_node_of(r, n)->offset;
}

void content_report_node(struct content_run *r, const xmlNode *n, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	report(r, content_offset(r, n), fmt, ap);
	va_end(ap);
}

/* Where the attribute's name begins in the element's start tag. */
static size_t attr_offset(const struct content_run *r, const xmlNode *n, const xmlAttr *attr)
{
	size_t i = content_offset(r, n), start = i;
	const char *prefix = attr->ns && attr->ns->prefix ? (const char *)attr->ns->prefix : "";
	const char *name = arena_printf(r->arena, "%s%s%s", prefix, *prefix ? ":" : "", attr->name);
	size_t m = strlen(name);

	while (i < r->n && !is_space(r->bytes[i]) && r->bytes[i] != '>')
		i++;
	while (i < r->n && r->bytes[i] != '>' && r->bytes[i] != '/') {
		while (i < r->n && is_space(r->bytes[i]))
			i++;
		size_t at = i;
		while (i < r->n && r->bytes[i] != '=' && !is_space(r->bytes[i]) && r->bytes[i] != '>')
			i++;
		if (i - at == m && memcmp(r->bytes + at, name, m) == 0)
			return at;
		while (i < r->n && r->bytes[i] != '"' && r->bytes[i] != '\'' && r->bytes[i] != '>')
			i++;
		if (i < r->n && r->bytes[i] != '>') {
			const char *end = memchr(r->bytes + i + 1, r->bytes[i], r->n - i - 1);

			i = end ? (size_t)(end - r->bytes) + 1 : r->n;
		}
		while (i < r->n && is_space(r->bytes[i]))
			i++;
	}
	return start;
}

void content_report_attr(struct content_run *r, const xmlNode *n, const xmlAttr *attr,
	const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	report(r, attr ? attr_offset(r, n, attr) : content_offset(r, n), fmt, ap);
	va_end(ap);
}

void content_report_text(struct content_run *r, const xmlNode *n, const char *fmt, ...)
{
	size_t at = content_offset(r, n), start, where = at;
	int depth = 0;
	enum token_kind kind;
	va_list ap;

	while ((kind = token_next(r->bytes, r->n, &at, &start)) != TOKEN_END) {
		depth += kind == TOKEN_OPEN;
		depth -= kind == TOKEN_CLOSE;
		if (depth == 0)
			break;
		while (kind == TOKEN_TEXT && depth == 1 && start < at && is_space(r->bytes[start]))
			start++;
		if (kind == TOKEN_TEXT && depth == 1 && start < at) {
			where = start;
			break;
		}
	}
	va_start(ap, fmt);
	report(r, where, fmt, ap);
	va_end(ap);
}

/* ---- reading the tree ---- */

bool content_is(const xmlNode *n, const char *ns, const char *name)
{
	return n->type == XML_ELEMENT_NODE && n->ns && strcmp((const char *)n->ns->href, ns) == 0 &&
		(!name || strcmp((const char *)n->name, name) == 0);
}

const char *content_name(struct arena *a, const xmlNode *n)
{
	return arena_printf(a, "%s%s", content_is(n, NS_DC, NULL) ? "dc:" : "",
		content_quote(a, (const char *)n->name));
}

static void add_text(struct buf *b, const xmlNode *n)
{
	for (const xmlNode *c = n->children; c; c = c->next) {
		if (c->type == XML_TEXT_NODE || c->type == XML_CDATA_SECTION_NODE)
			buf_str(b, (const char *)c->content);
		else if (c->type == XML_ELEMENT_NODE)
			add_text(b, c);
	}
}

char *content_text(struct arena *a, const xmlNode *n)
{
	struct buf b = BUF_INIT;

	add_text(&b, n);
	char *text = text_normalise(a, buf_text(&b));
	buf_finish(&b);
	return text;
}

const xmlAttr *content_attr_node(const xmlNode *n, const char *name)
{
	for (const xmlAttr *at = n->properties; at; at = at->next)
		if (!at->ns && strcmp((const char *)at->name, name) == 0)
			return at;
	return NULL;
}

char *content_attr(struct arena *a, const xmlNode *n, const char *name)
{
	const xmlAttr *at = content_attr_node(n, name);

	/* Without a DOCTYPE there are no entities: the value is one text node. */
	if (!at)
		return NULL;
	return text_normalise(a, at->children && at->children->content ?
		(const char *)at->children->content : "");
}

bool content_split(struct arena *a, const char *address, struct content_reference *ref)
{
	const char *one = strchr(address, '/'), *two = one ? strchr(one + 1, '/') : NULL;

	if (!two)
		return false;
	ref->space = arena_strndup(a, address, (size_t)(one - address));
	ref->type = arena_strndup(a, one + 1, (size_t)(two - one - 1));
	ref->slug = arena_strdup(a, two + 1);
	return text_is_slug(ref->space) && text_is_slug(ref->type) && text_is_slug(ref->slug);
}

/* ---- before the parser ---- */

/* Offset of the first byte that is not UTF-8 or is NUL. */
static size_t first_bad_byte(const char *s, size_t n)
{
	size_t low = 0, step;

	/* Lines are checked one by one, then the bytes of the bad one. */
	while (low < n) {
		const char *end = memchr(s + low, '\n', n - low);

		step = end ? (size_t)(end - s) + 1 - low : n - low;
		if (!text_is_utf8(s + low, step))
			break;
		low += step;
	}
	while (low < n) {
		for (step = 1; step <= 4 && low + step <= n; step++)
			if (text_is_utf8(s + low, step))
				break;
		if (step > 4 || low + step > n)
			break;
		low += step;
	}
	return low;
}

static bool check_encoding(struct content_run *r)
{
	size_t at = r->n >= 3 && memcmp(r->bytes, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;

	if (r->n - at < 6 || memcmp(r->bytes + at, "<?xml", 5) != 0 || !is_space(r->bytes[at + 5]))
		return true;
	size_t end = find(r->bytes, r->n, at, "?>");
	size_t value = find(r->bytes, end, at, "encoding");
	while (value < end && (is_space(r->bytes[value]) || r->bytes[value] == '='))
		value++;
	if (value + 1 >= end || (r->bytes[value] != '"' && r->bytes[value] != '\''))
		return true; /* none stated, or for the parser to refuse */
	const char *close = memchr(r->bytes + value + 1, r->bytes[value], end - value - 1);
	if (!close)
		return true;
	const char *name = arena_strndup(r->arena, r->bytes + value + 1,
		(size_t)(close - r->bytes) - value - 1);
	if (text_equal_nocase(name, "UTF-8"))
		return true;
	content_report(r, value, "the file says that it is '%s'; only UTF-8 is read",
		content_quote(r->arena, name));
	return false;
}

static bool check_bytes(struct content_run *r)
{
	if (r->n > CONTENT_MAX_BYTES) {
		r->n = 0; /* no look inside */
		index_lines(r);
		content_report(r, 0, "the file is longer than %zu MiB", CONTENT_MAX_BYTES >> 20);
		return false;
	}
	index_lines(r);
	if (r->n == 0) {
		content_report(r, 0, "the file is empty");
		return false;
	}
	if (!text_is_utf8(r->bytes, r->n)) {
		size_t at = first_bad_byte(r->bytes, r->n);

		content_report(r, at, "the byte 0x%02x is not UTF-8 text", (unsigned char)r->bytes[at]);
		return false;
	}
	if (!check_encoding(r))
		return false;
	size_t at = skip_prolog(r->bytes, r->n);
	if (r->n - at >= 9 && memcmp(r->bytes + at, "<!DOCTYPE", 9) == 0) {
		content_report(r, at, "a DOCTYPE is not allowed; take the line out");
		return false;
	}
	return true;
}

/* ---- the parser ---- */

static const char *parser_cause(struct content_run *r, libxml_error e)
{
	const char *one = e->str1 ? content_quote(r->arena, e->str1) : "";
	const char *text = e->message ? e->message : "not well-formed XML";

	switch (e->code) {
	case XML_ERR_TAG_NAME_MISMATCH:
		return arena_printf(r->arena, "</%s> does not close <%s> of line %d",
			e->str2 ? content_quote(r->arena, e->str2) : "", one, e->int1);
	case XML_ERR_UNDECLARED_ENTITY:
	case XML_WAR_UNDECLARED_ENTITY:
		return arena_printf(r->arena, "unknown entity &%s; (write the character itself; "
			"known are &amp; &lt; &gt; &quot; &apos;)", one);
	case XML_ERR_ATTRIBUTE_REDEFINED:
		return arena_printf(r->arena, "the attribute %s stands here twice", one);
	case XML_NS_ERR_UNDEFINED_NAMESPACE:
		return arena_printf(r->arena, "the prefix %s is not bound to a namespace (xmlns:%s=\"...\")",
			one, one);
	case XML_ERR_NAME_REQUIRED:
		return "a name is missing; a single & is written &amp; and a single < is written &lt;";
	case XML_ERR_DOCUMENT_EMPTY:
		return "this is not XML: there is no start tag";
	case XML_ERR_DOCUMENT_END:
		return "there is something after the end of the document";
	default:
		break;
	}
	if (strstr(text, "Excessive depth"))
		return arena_printf(r->arena, "elements are nested more than %d deep", CONTENT_MAX_DEPTH);
	size_t n = strcspn(text, "\r\n");
	return arena_printf(r->arena, "not well-formed XML: %s",
		content_quote(r->arena, arena_strndup(r->arena, text, n)));
}

static void parser_problem(void *arg, libxml_error e)
{
	xmlParserCtxt *parser = arg;
	struct content_run *r = parser->_private;
	long at = xmlByteConsumed(parser);

	if (e->level < XML_ERR_ERROR || e->code == XML_ERR_NO_MEMORY)
		return;
	/* What follows a first fault is mostly its echo. */
	if (r->n_problems && e->code == XML_ERR_TAG_NOT_FINISHED)
		return;
	content_report(r, at < 0 ? 0 : (size_t)at, "%s", parser_cause(r, e));
}

static void refuse_doctype(void *arg, const xmlChar *name, const xmlChar *public_id,
	const xmlChar *system_id)
{
	xmlParserCtxt *parser = arg;
	struct content_run *r = parser->_private;
	long at = xmlByteConsumed(parser);

	(void)name, (void)public_id, (void)system_id;
	content_report(r, at < 0 ? 0 : (size_t)at, "a DOCTYPE is not allowed; take the line out");
	xmlStopParser(parser);
}

static bool parse(struct content_run *r, struct error *err)
{
	xmlParserCtxt *parser = xmlNewParserCtxt();

	if (!parser)
		return error_set(err, ERROR_INTERNAL, "The XML parser could not be made.");
	parser->_private = r;
	parser->sax->serror = (xmlStructuredErrorFunc)parser_problem;
	parser->sax->internalSubset = refuse_doctype;
	parser->sax->externalSubset = NULL;
	r->doc = xmlCtxtReadMemory(parser, r->bytes, (int)r->n, NULL, NULL,
		XML_PARSE_NONET | XML_PARSE_NOCDATA | XML_PARSE_BIG_LINES);
	xmlFreeParserCtxt(parser);
	if (r->n_problems)
		return false;
	if (!r->doc || !xmlDocGetRootElement(r->doc))
		return error_set(err, ERROR_INTERNAL, "The XML parser gave up.");
	if (r->doc->intSubset || r->doc->extSubset) {
		content_report(r, 0, "a DOCTYPE is not allowed; take the line out");
		return false;
	}
	return true;
}

/* ---- validity ---- */

/* Where content_explain finds no words, what the validator found: the first
 * fault that names a cause. "Failed to validate content" only repeats it for
 * the elements around. */
struct verdict {
	struct content_run *run;
	const char *type;
	bool named;
};

static void fault(void *arg, libxml_error e)
{
	struct verdict *v = arg;
	const xmlNode *n = e->node;
	const char *text = e->message ? e->message : "";

	if (v->named || strstr(text, "failed to validate content") || strstr(text, "Extra element"))
		return;
	v->named = true;
	if (!n || n->type != XML_ELEMENT_NODE)
		n = xmlDocGetRootElement(v->run->doc);
	content_report_node(v->run, n, "%s (schemas/%s.rng)",
		content_quote(v->run->arena, arena_strndup(v->run->arena, text, strcspn(text, "\r\n"))), v->type);
}

static void any_fault(void *arg, libxml_error e)
{
	struct verdict *v = arg;
	const xmlNode *n = e->node;

	if (v->named)
		return;
	v->named = true;
	if (!n || n->type != XML_ELEMENT_NODE)
		n = xmlDocGetRootElement(v->run->doc);
	content_report_node(v->run, n, "the element %s is not as schemas/%s.rng wants it",
		content_name(v->run->arena, n), v->type);
}

static void no_word(void *arg, libxml_error e)
{
	(void)arg, (void)e;
}

static int validate(struct content_run *r, const struct content_schema *s,
	void (*each)(void *, libxml_error), struct verdict *v)
{
	xmlRelaxNGValidCtxt *valid = xmlRelaxNGNewValidCtxt(s->rng);

	if (!valid)
		abort();
	xmlRelaxNGSetValidStructuredErrors(valid, (xmlStructuredErrorFunc)each, v);
	int rc = xmlRelaxNGValidateDoc(valid, r->doc);
	xmlRelaxNGFreeValidCtxt(valid);
	return rc;
}

static void check_schema(struct content_run *r, const struct content_schema *s)
{
	struct verdict v = { .run = r, .type = s->type };

	if (validate(r, s, no_word, NULL) == 0 || content_explain(r, s->grammar))
		return;
	validate(r, s, fault, &v);
	if (!v.named)
		validate(r, s, any_fault, &v);
	if (!v.named)
		content_report_node(r, xmlDocGetRootElement(r->doc), "not as schemas/%s.rng wants it", s->type);
}

static const struct content_schema *find_schema(struct content_run *r,
	const struct content_schemas *s)
{
	const xmlNode *root = xmlDocGetRootElement(r->doc);
	struct buf b = BUF_INIT;

	for (size_t i = 0; i < s->n; i++)
		if (content_is(root, NS_RECORD, s->items[i].type))
			return &s->items[i];
	for (size_t i = 0; i < s->n; i++)
		buf_printf(&b, "%s%s", i ? ", " : "", s->items[i].type);
	if (!content_is(root, NS_RECORD, NULL))
		content_report_node(r, root, "the root element %s is not in the namespace of records "
			"(xmlns=\"" NS_RECORD "\")", content_name(r->arena, root));
	else
		content_report_node(r, root, "unknown type of record %s; known are: %s",
			content_name(r->arena, root), buf_text(&b));
	buf_finish(&b);
	return NULL;
}

/* ---- drawing the struct from a valid document ---- */

static const char *joined(struct arena *a, const char **words, size_t n, const char *between)
{
	struct buf b = BUF_INIT;

	for (size_t i = 0; i < n; i++) {
		buf_str(&b, i ? between : "");
		buf_str(&b, words[i]);
	}
	char *text = n ? arena_strdup(a, buf_text(&b)) : NULL;
	buf_finish(&b);
	return text;
}

static const char **texts(struct arena *a, const xmlNode *root, const char *ns, const char *name,
	size_t *n)
{
	const char **list;

	*n = 0;
	for (const xmlNode *c = content_child(root); c; c = content_sibling(c))
		*n += content_is(c, ns, name);
	list = arena_array(a, *n, sizeof *list);
	*n = 0;
	for (const xmlNode *c = content_child(root); c; c = content_sibling(c))
		if (content_is(c, ns, name))
			list[(*n)++] = content_text(a, c);
	return list;
}

static const xmlNode *child(const xmlNode *n, const char *ns, const char *name)
{
	for (n = content_child(n); n && !content_is(n, ns, name);)
		n = content_sibling(n);
	return n;
}

static const char *text_of(struct arena *a, const xmlNode *root, const char *ns, const char *name)
{
	const xmlNode *n = child(root, ns, name);

	return n ? content_text(a, n) : NULL;
}

static void read_relations(struct content_run *r, const xmlNode *root)
{
	const xmlNode *list = child(root, NS_RECORD, "relations");
	struct content_doc *d = r->out;

	for (const xmlNode *c = list ? content_child(list) : NULL; c; c = content_sibling(c))
		d->n_relations++;
	d->relations = arena_array(r->arena, d->n_relations, sizeof *d->relations);
	size_t i = 0;
	for (const xmlNode *c = list ? content_child(list) : NULL; c; c = content_sibling(c), i++) {
		struct content_reference *ref = &d->relations[i];

		ref->relation = content_attr(r->arena, c, "type");
		content_split(r->arena, content_attr(r->arena, c, "ref"), ref);
		content_position(r, content_offset(r, c), &ref->line, &ref->column);
	}
}

static void read_head(struct content_run *r, const xmlNode *root)
{
	struct content_doc *d = r->out;
	struct arena *a = r->arena;
	const xmlNode *list;
	const char **citations;
	size_t n;

	d->space = content_attr(a, root, "space");
	d->title = text_of(a, root, NS_DC, "title");
	d->summary = text_of(a, root, NS_DC, "abstract");
	d->creators = texts(a, root, NS_DC, "creator", &d->n_creators);
	d->creator = joined(a, d->creators, d->n_creators, "; ");
	d->publisher = text_of(a, root, NS_DC, "publisher");
	d->issued = text_of(a, root, NS_DC, "issued");
	d->modified = text_of(a, root, NS_DC, "modified");
	d->language = text_of(a, root, NS_DC, "language");
	d->subjects = texts(a, root, NS_DC, "subject", &d->n_subjects);
	d->rights = text_of(a, root, NS_DC, "rights");
	d->source_note = text_of(a, root, NS_DC, "source");
	d->doi = text_of(a, root, NS_DC, "identifier");
	if (!d->doi)
		d->doi = text_of(a, root, NS_RECORD, "doi");
	citations = texts(a, root, NS_DC, "bibliographicCitation", &n);
	d->citation = joined(a, citations, n, "\n");
	d->strategies = texts(a, root, NS_RECORD, "strategy", &d->n_strategies);
	const char **labels = texts(a, root, NS_RECORD, "place", &d->n_places);
	d->places = arena_array(a, d->n_places, sizeof *d->places);
	n = 0;
	for (const xmlNode *c = content_child(root); c; c = content_sibling(c))
		if (content_is(c, NS_RECORD, "place")) {
			d->places[n].label = labels[n];
			d->places[n++].space = content_attr(a, c, "space");
		}
	read_relations(r, root);
	list = child(root, NS_RECORD, "readers");
	for (const xmlNode *c = list ? content_child(list) : NULL; c; c = content_sibling(c))
		d->n_readers++;
	d->readers = arena_array(a, d->n_readers, sizeof *d->readers);
	n = 0;
	for (const xmlNode *c = list ? content_child(list) : NULL; c; c = content_sibling(c))
		d->readers[n++] = content_attr(a, c, "account");
}

static void read_type(struct content_run *r, const xmlNode *root)
{
	struct content_doc *d = r->out;
	struct arena *a = r->arena;
	const xmlNode *series = child(root, NS_RECORD, "series");
	const char *position = text_of(a, root, NS_RECORD, "position");

	d->evidence = text_of(a, root, NS_RECORD, "evidence");
	d->group = text_of(a, root, NS_RECORD, "group");
	if (!d->group)
		d->group = text_of(a, root, NS_RECORD, "kind");
	if (!d->group)
		d->group = text_of(a, root, NS_RECORD, "status");
	d->position = position ? (int)strtol(position, NULL, 10) : 0;
	if (strcmp(d->type, "event") != 0)
		return;
	d->starts = text_of(a, root, NS_RECORD, "start");
	d->ends = text_of(a, root, NS_RECORD, "end");
	d->zone = text_of(a, root, NS_RECORD, "zone");
	d->series = series ? content_attr(a, series, "slug") : NULL;
	zone_to_utc(d->zone, d->starts, &d->starts_us, NULL); /* check_run saw that they can */
	zone_to_utc(d->zone, d->ends, &d->ends_us, NULL);
}

static void read_space(struct content_run *r, const xmlNode *root)
{
	struct content_doc *d = r->out;
	struct arena *a = r->arena;
	const xmlNode *n;
	const char *text;

	d->kind = content_attr(a, root, "kind");
	d->name = d->title = text_of(a, root, NS_RECORD, "name");
	d->short_name = text_of(a, root, NS_RECORD, "short-name");
	d->region = text_of(a, root, NS_RECORD, "region");
	d->host = text_of(a, root, NS_RECORD, "host");
	d->accent = text_of(a, root, NS_RECORD, "accent");
	d->tagline = d->summary = text_of(a, root, NS_RECORD, "tagline");
	text = text_of(a, root, NS_RECORD, "leadership");
	d->leadership = text && strcmp(text, "yes") == 0;
	if ((n = child(root, NS_RECORD, "location"))) {
		d->located = true;
		d->lat = strtod(content_attr(a, n, "lat"), NULL);
		d->lon = strtod(content_attr(a, n, "lon"), NULL);
	}
	if ((n = child(root, NS_RECORD, "population"))) {
		d->population = strtoll(content_text(a, n), NULL, 10);
		text = content_attr(a, n, "year");
		d->population_year = text ? strtoll(text, NULL, 10) : 0;
	}
}

/* ---- the type's own elements ---- */

static bool is_one_of(const xmlNode *n, const char *const *names)
{
	for (; *names; names++)
		if (content_is(n, NS_RECORD, *names))
			return true;
	return false;
}

static void json_put(json_t *o, const char *key, json_t *value)
{
	if (!value || json_object_set_new(o, key, value) != 0)
		abort(); /* out of memory: the text is UTF-8 */
}

static const char *dumped(struct arena *a, json_t *j)
{
	char *text = json_dumps(j, JSON_COMPACT);

	if (!text)
		abort();
	const char *kept = arena_strdup(a, text);
	free(text);
	json_decref(j);
	return kept;
}

/* Codes, times and addresses are no words to search for. */
static bool is_searchable(const xmlNode *n)
{
	static const char *const codes[] = { "archive", "design", "email", "end", "evidence", "group", "joined", "kind",
		"link", "phone", "position", "repeat", "stage", "start", "state", "status", "zone", NULL };

	return !is_one_of(n, codes);
}

static void add_search(struct content_run *r, struct buf *words, const char *text)
{
	(void)r;
	if (text && *text) {
		buf_str(words, text);
		buf_char(words, '\n');
	}
}

static json_t *element_json(struct content_run *r, const xmlNode *n, struct buf *words)
{
	static const char *const lists[] = { "agenda", "changes", "contacts", "elements", "materials", "outcomes",
		"resources", "results", "skips", "speakers", "steps", "strategies", "team", NULL };

	if (is_one_of(n, lists)) {
		json_t *list = json_array();

		for (const xmlNode *c = content_child(n); c; c = content_sibling(c))
			if (json_array_append_new(list, element_json(r, c, words)) != 0)
				abort();
		return list;
	}
	if (!n->properties && !content_child(n)) {
		const char *text = content_text(r->arena, n);

		if (is_searchable(n))
			add_search(r, words, text);
		return json_string(text);
	}
	json_t *o = json_object();
	for (const xmlAttr *at = n->properties; at; at = at->next) {
		const char *name = (const char *)at->name, *value = content_attr(r->arena, n, name);

		json_put(o, name, json_string(value));
		if (strcmp(name, "measure") == 0 || strcmp(name, "place") == 0)
			add_search(r, words, value);
	}
	if (rich_is(n)) {
		const char *text = rich_text(r, n);

		json_put(o, "html", json_string(rich_html(r, n)));
		json_put(o, "text", json_string(text));
		add_search(r, words, text);
	} else if (content_child(n)) {
		for (const xmlNode *c = content_child(n); c; c = content_sibling(c))
			json_put(o, (const char *)c->name, element_json(r, c, words));
	} else {
		const char *text = content_text(r->arena, n);

		if (*text)
			json_put(o, "text", json_string(text));
		add_search(r, words, text);
	}
	return o;
}

static void read_details(struct content_run *r, const xmlNode *root, struct buf *words)
{
	static const char *const others[] = { "strategy", "place", "relations", "readers", "name",
		"short-name", "region", "population", "location", "host", "accent", "leadership", "tagline",
		"welcome", NULL };
	json_t *o = json_object();

	for (const xmlNode *c = content_child(root); c; c = content_sibling(c)) {
		bool own = content_is(c, NS_RECORD, NULL) &&
			(!is_one_of(c, others) || (!r->out->is_space && content_is(c, NS_RECORD, "population")));

		if (own)
			json_put(o, (const char *)c->name, element_json(r, c, words));
	}
	r->out->details_json = dumped(r->arena, o);
}

/* Of the bytes and of what is drawn from them: a record that is imported again
 * is saved anew when this reader has learnt to draw it differently. */
static void fingerprint(const char *bytes, size_t n, char out[65])
{
	char both[65 + 20];

	sha256_hex(bytes, n, out);
	snprintf(both, sizeof both, "%d %s", CONTENT_DRAWN, out);
	sha256_hex(both, strlen(both), out);
}

static void read_document(struct content_run *r, const char *type)
{
	const xmlNode *root = xmlDocGetRootElement(r->doc);
	struct content_doc *d = r->out;
	struct buf words = BUF_INIT;

	d->type = arena_strdup(r->arena, type);
	d->is_space = strcmp(type, "space") == 0;
	d->slug = content_attr(r->arena, root, "slug");
	d->audience = content_attr(r->arena, root, "audience");
	if (d->is_space) {
		read_space(r, root);
	} else {
		read_head(r, root);
		read_type(r, root);
	}
	const xmlNode *body = d->is_space ? child(root, NS_RECORD, "welcome") : child(root, NS_XHTML, "body");
	d->body_html = rich_html(r, body);
	d->toc_json = rich_toc(r, body);
	buf_str(&words, rich_text(r, body));
	buf_char(&words, '\n');
	read_details(r, root, &words);
	while (words.len && words.data[words.len - 1] == '\n')
		words.len--;
	d->body_text = arena_strndup(r->arena, buf_text(&words), words.len);
	buf_finish(&words);
	d->source = arena_strndup(r->arena, r->bytes, r->n);
	d->source_len = r->n;
	fingerprint(r->bytes, r->n, d->sha256);
}

static bool run(struct content_run *r, const struct content_schemas *s, struct error *err)
{
	const struct content_schema *schema;

	if (!check_bytes(r) || !parse(r, err) || !index_nodes(r) || !(schema = find_schema(r, s)))
		return false;
	check_schema(r, schema);
	if (r->n_problems)
		return false;
	rich_ids(r);
	check_run(r);
	if (r->n_problems)
		return false;
	r->out = arena_alloc(r->arena, sizeof *r->out);
	read_document(r, schema->type);
	return true;
}

bool content_parse(const struct content_schemas *schemas, struct arena *a, const char *file,
	const char *bytes, size_t n, struct content_doc **out, struct content_problem **problems,
	size_t *n_problems, struct error *err)
{
	struct content_run r = { .arena = a, .bytes = bytes, .n = n };
	bool ok = run(&r, schemas, err);

	xmlFreeDoc(r.doc);
	*out = ok ? r.out : NULL;
	if (r.n_problems) {
		qsort(r.problems, r.n_problems, sizeof *r.problems, by_position);
		if (r.n_problems > CONTENT_MAX_PROBLEMS)
			r.n_problems = CONTENT_MAX_PROBLEMS;
		error_set(err, ERROR_INVALID, "%s:%d:%d: %s", file, r.problems[0].line,
			r.problems[0].column, r.problems[0].cause);
	}
	*problems = r.problems;
	*n_problems = r.n_problems;
	return ok;
}

/* Only whole documents are parsed; so the piece stands in a small one, in whose first line it begins. */
bool content_fragment(const struct content_schemas *schemas, struct arena *a, const char *xhtml, const char *id_prefix,
	bool pictures, const char **html, const char **text, struct error *err)
{
	const char *xml = arena_printf(a, "<faq xmlns=\"urn:commonweal:record:1\" xmlns:dc=\"http://purl.org/dc/terms/\" "
		"space=\"national\" slug=\"x\" audience=\"space\"><dc:title>x</dc:title><dc:abstract>x</dc:abstract>"
		"<dc:creator>x</dc:creator><dc:issued>2000</dc:issued><dc:language>en</dc:language><dc:subject>x</dc:subject>"
		"<group>basics</group><position>1</position><body xmlns=\"http://www.w3.org/1999/xhtml\">%s</body></faq>", xhtml);
	struct content_run r = { .arena = a, .bytes = xml, .n = strlen(xml), .id_prefix = id_prefix };
	bool ok = run(&r, schemas, err);

	xmlFreeDoc(r.doc);
	if (ok && !pictures && r.out->n_images)
		ok = error_set(err, ERROR_INVALID, "Line %d: a picture cannot stand in this text.", r.out->images[0].line);
	else if (r.n_problems)
		error_set(err, ERROR_INVALID, "Line %d: %s.", r.problems[0].line, r.problems[0].cause);
	*html = ok ? r.out->body_html : "";
	*text = ok ? r.out->body_text : "";
	return ok;
}
