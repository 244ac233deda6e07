/* SPDX-License-Identifier: GPL-3.0-or-later */
/* XHTML to Markdown. Each block is written in the plainest way that reads back
 * as the same: signs, then signs with tags for emphasis, then tags alone; which
 * one it is, is tried. */
#include <libxml/parser.h>
#include <libxml/tree.h>
#include <stdlib.h>
#include <string.h>
#include "markdown_tree.h"

#define NS_XHTML "http://www.w3.org/1999/xhtml"

/* The rule of white space that reading and writing share: a run of it is one
 * space, before what opens and after what closes; none at the ends of a block. */
struct spacing {
	bool pending, at_start, last;
};

static void free_doc(void *p)
{
	xmlFreeDoc(p);
}

static const xmlNode *parse(struct arena *a, const char *xhtml)
{
	const char *text = arena_printf(a, "<body xmlns=\"" NS_XHTML "\">%s</body>", xhtml);
	xmlDoc *doc = xmlReadMemory(text, (int)strlen(text), NULL, "UTF-8",
		XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING | XML_PARSE_NOCDATA);

	if (doc)
		arena_defer(a, free_doc, doc);
	return doc ? xmlDocGetRootElement(doc) : NULL;
}

static bool is_text(const xmlNode *n)
{
	return n->type == XML_TEXT_NODE || n->type == XML_CDATA_SECTION_NODE;
}

static bool is_element(const xmlNode *n, const char *name)
{
	return n->type == XML_ELEMENT_NODE && strcmp((const char *)n->name, name) == 0;
}

static bool is_white(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}


static bool is_inline(const xmlNode *n)
{
	const struct tree_element *e = n->type == XML_ELEMENT_NODE ? tree_element((const char *)n->name) : NULL;

	return is_text(n) || (e && e->place <= TREE_IMAGE);
}

static bool is_void(const xmlNode *n)
{
	const struct tree_element *e = tree_element((const char *)n->name);

	return e && e->content == TREE_VOID;
}

static void start_block(struct spacing *s)
{
	*s = (struct spacing){ .at_start = true };
}

/* Writes the space that is due before what is written now. */
static void due(struct buf *b, struct spacing *s)
{
	if (s->pending && !s->at_start && !s->last)
		buf_char(b, ' ');
	s->last = s->pending || s->last;
	s->pending = false;
}

static void wrote(struct spacing *s)
{
	s->at_start = s->last = false;
}

/* ---- tags ---- */

static void put_escaped(struct buf *b, char c)
{
	if (c == '&')
		buf_str(b, "&amp;");
	else if (c == '<')
		buf_str(b, "&lt;");
	else if (c == '>')
		buf_str(b, "&gt;");
	else if (c == '"')
		buf_str(b, "&quot;");
	else
		buf_char(b, is_white(c) ? ' ' : c);
}

static const char *value_of(const xmlAttr *at)
{
	return at->children && at->children->content ? (const char *)at->children->content : "";
}

static int by_name(const void *x, const void *y)
{
	const xmlAttr *const *a = x, *const *b = y;

	return strcmp((const char *)(*a)->name, (const char *)(*b)->name);
}

static void put_start(struct buf *b, const xmlNode *n)
{
	const xmlAttr *all[16];
	size_t count = 0;

	buf_printf(b, "<%s", n->name);
	for (const xmlAttr *at = n->properties; at && count < 16; at = at->next)
		all[count++] = at;
	if (count > 1)
		qsort(all, count, sizeof *all, by_name);
	for (size_t i = 0; i < count; i++) {
		buf_printf(b, " %s=\"", all[i]->name);
		for (const char *v = value_of(all[i]); *v; v++)
			put_escaped(b, *v);
		buf_char(b, '"');
	}
	buf_str(b, is_void(n) ? "/>" : ">");
}

static void put_end(struct buf *b, const xmlNode *n)
{
	if (!is_void(n))
		buf_printf(b, "</%s>", n->name);
}

/* Newlines between the blocks of an element, where they mean nothing; no empty
 * line, for that would end a block of tags. */
static void put_raw(struct buf *b, const xmlNode *n, struct spacing *s, bool lines)
{
	if (is_text(n)) {
		for (const char *c = (const char *)n->content; *c; c++) {
			if (is_white(*c)) {
				s->pending = true;
				continue;
			}
			due(b, s);
			if (*c == '"')
				buf_char(b, *c);
			else
				put_escaped(b, *c);
			wrote(s);
		}
		return;
	}
	if (n->type != XML_ELEMENT_NODE)
		return;
	bool block = !is_inline(n), is_break = is_element(n, "br");
	if (block || is_break)
		start_block(s);
	else
		due(b, s);
	if (lines && block && b->len && b->data[b->len - 1] == '>' && !is_element(n, "td") && !is_element(n, "th"))
		buf_char(b, '\n');
	put_start(b, n);
	if (!block && !is_break)
		s->at_start = false;
	for (const xmlNode *c = n->children; c; c = c->next)
		put_raw(b, c, s, lines);
	put_end(b, n);
	if (block || is_break)
		start_block(s);
}

static const char *raw(struct arena *a, const xmlNode *n, bool lines)
{
	struct buf b = BUF_INIT;
	struct spacing s;

	start_block(&s);
	put_raw(&b, n, &s, lines);
	const char *text = arena_strdup(a, buf_text(&b));
	buf_finish(&b);
	return text;
}

static const char *canonical(struct arena *a, const xmlNode *body)
{
	return raw(a, body, false);
}

const char *markdown_canonical(struct arena *a, const char *xhtml)
{
	const xmlNode *body = parse(a, xhtml);

	return body ? canonical(a, body) : NULL;
}

/* ---- inline ---- */

struct inline_writer {
	struct arena *arena;
	struct buf out;
	struct spacing spacing;
	bool in_cell; /* of a table: one line, | is a sign */
	bool one_line;
	bool tags;    /* emphasis as tags */
};

static bool is_word(unsigned char c)
{
	return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c >= 0x80;
}

/* Whether the character at s would be a sign of Markdown there. */
static bool is_sign(const struct inline_writer *w, const char *s, char before)
{
	switch (*s) {
	case '\\':
	case '`':
	case '*':
	case '[':
	case ']':
		return true;
	case '_':
		return !(is_word((unsigned char)before) && is_word((unsigned char)s[1]));
	case '<':
		return is_word((unsigned char)s[1]) || (s[1] && strchr("/!?", s[1]));
	case '&':
		return is_word((unsigned char)s[1]) || s[1] == '#';
	case '!':
		return s[1] == '\0' || s[1] == '[';
	case '|':
		return w->in_cell;
	default:
		return false;
	}
}

static void put_words(struct inline_writer *w, const char *s)
{
	for (; *s; s++) {
		if (is_white(*s)) {
			w->spacing.pending = true;
			continue;
		}
		due(&w->out, &w->spacing);
		char before = w->out.len ? w->out.data[w->out.len - 1] : ' ';
		if (is_sign(w, s, before))
			buf_char(&w->out, '\\');
		buf_char(&w->out, *s);
		wrote(&w->spacing);
	}
}

static void put_inlines(struct inline_writer *w, const xmlNode *first, const xmlNode *end);

/* The first byte that follows an element in its block; '\0' at the end. */
static unsigned char next_byte(const xmlNode *n)
{
	while (n && is_inline(n) && !n->next)
		n = n->parent;
	if (!n || !is_inline(n))
		return '\0';
	n = n->next;
	return is_text(n) && n->content ? n->content[0] : '*';
}

/* Rules 1 to 8 of emphasis in CommonMark, for * alone. */
static bool may_be_signs(const struct inline_writer *w, const xmlNode *n, const char *content)
{
	size_t len = strlen(content);
	unsigned char before = w->out.len ? (unsigned char)w->out.data[w->out.len - 1] : ' ', after = next_byte(n);

	return !w->tags && !n->properties && len > 0 && content[0] != '*' && content[len - 1] != '*' &&
		(is_word((unsigned char)content[0]) || !is_word(before)) &&
		(is_word((unsigned char)content[len - 1]) || !is_word(after));
}

static void put_emphasis(struct inline_writer *w, const xmlNode *n, const char *sign)
{
	struct inline_writer inner = *w;

	memset(&inner.out, 0, sizeof inner.out);
	inner.spacing.at_start = false;
	put_inlines(&inner, n->children, NULL);
	bool signs = may_be_signs(w, n, buf_text(&inner.out));
	if (signs)
		buf_str(&w->out, sign);
	else
		put_start(&w->out, n);
	buf_str(&w->out, buf_text(&inner.out));
	if (signs)
		buf_str(&w->out, sign);
	else
		put_end(&w->out, n);
	w->spacing = inner.spacing;
	buf_finish(&inner.out);
}

static void put_tagged(struct inline_writer *w, const xmlNode *n)
{
	put_start(&w->out, n);
	w->spacing.at_start = false;
	put_inlines(w, n->children, NULL);
	put_end(&w->out, n);
}

static void put_link(struct inline_writer *w, const xmlNode *n)
{
	const xmlAttr *at = n->properties;
	bool plain = at && !at->next && strcmp((const char *)at->name, "href") == 0 && n->children;
	const char *href = plain ? value_of(at) : "";

	if (!plain || strpbrk(href, " \t\n<>\\")) {
		put_tagged(w, n);
		return;
	}
	bool quoted = strpbrk(href, "()") != NULL;
	buf_char(&w->out, '[');
	w->spacing.at_start = false;
	put_inlines(w, n->children, NULL);
	buf_str(&w->out, quoted ? "](<" : "](");
	for (; *href; href++) {
		if (*href == '&' || (*href == '|' && w->in_cell))
			buf_char(&w->out, '\\');
		buf_char(&w->out, *href);
	}
	buf_str(&w->out, quoted ? ">)" : ")");
}

static const char *attribute_of(const xmlNode *n, const char *name)
{
	for (const xmlAttr *at = n->properties; at; at = at->next)
		if (strcmp((const char *)at->name, name) == 0)
			return value_of(at);
	return NULL;
}

static void put_image(struct inline_writer *w, const xmlNode *n)
{
	const char *src = attribute_of(n, "src"), *alt = attribute_of(n, "alt");

	if (!src || !alt || !tree_source(src) || attribute_of(n, "lang") || strpbrk(src, "&\\") || w->in_cell) {
		put_start(&w->out, n);
	} else {
		struct spacing around = w->spacing;

		buf_str(&w->out, "![");
		start_block(&w->spacing);
		put_words(w, alt);
		w->spacing = around;
		buf_printf(&w->out, strpbrk(src, " ()") ? "](<%s>)" : "](%s)", src);
	}
	wrote(&w->spacing);
}

static void put_code(struct inline_writer *w, const xmlNode *n)
{
	const xmlNode *c = n->children;
	const char *s = c && is_text(c) && !c->next && !n->properties ? (const char *)c->content : "";
	size_t len = strlen(s);

	if (len == 0 || is_white(s[0]) || is_white(s[len - 1]) || strpbrk(s, "`\\|\n\t") || strstr(s, "  ")) {
		put_tagged(w, n);
		return;
	}
	buf_printf(&w->out, "`%s`", s);
	wrote(&w->spacing);
}

static void put_break(struct inline_writer *w)
{
	buf_str(&w->out, w->one_line ? "<br/>" : "\\\n");
	start_block(&w->spacing);
}

static void put_inlines(struct inline_writer *w, const xmlNode *first, const xmlNode *end)
{
	for (const xmlNode *n = first; n && n != end; n = n->next) {
		if (is_text(n)) {
			put_words(w, (const char *)n->content);
			continue;
		}
		if (n->type != XML_ELEMENT_NODE)
			continue;
		if (is_element(n, "br")) {
			put_break(w);
			continue;
		}
		due(&w->out, &w->spacing);
		if (is_element(n, "em"))
			put_emphasis(w, n, "*");
		else if (is_element(n, "strong"))
			put_emphasis(w, n, "**");
		else if (is_element(n, "a"))
			put_link(w, n);
		else if (is_element(n, "code"))
			put_code(w, n);
		else if (is_element(n, "img"))
			put_image(w, n);
		else
			put_tagged(w, n);
		w->spacing.at_start = false;
	}
}

/* Offset of the byte that needs a backslash, so that a line does not begin a
 * list, a heading, a quotation or an underline; or -1. */
static long line_sign(const char *s)
{
	size_t digits = strspn(s, "0123456789"), hashes = strspn(s, "#");

	if (digits && digits < 10 && (s[digits] == '.' || s[digits] == ')') && (is_white(s[digits + 1]) || !s[digits + 1]))
		return (long)digits;
	if (hashes && (is_white(s[hashes]) || !s[hashes]))
		return 0;
	if ((*s == '-' || *s == '+') && (is_white(s[1]) || !s[1] || s[1] == *s))
		return 0;
	return *s == '>' || *s == '=' || strncmp(s, "~~~", 3) == 0 ? 0 : -1;
}

static const char *lines_escaped(struct arena *a, const char *s)
{
	struct buf b = BUF_INIT;

	while (*s) {
		long at = line_sign(s);
		size_t len = strcspn(s, "\n");

		if (at >= 0) {
			buf_add(&b, s, (size_t)at);
			buf_char(&b, '\\');
			s += at;
			len -= (size_t)at;
		}
		len += s[len] == '\n';
		buf_add(&b, s, len);
		s += len;
	}
	const char *text = arena_strdup(a, buf_text(&b));
	buf_finish(&b);
	return text;
}

/* The inline nodes from first to before end. */
static const char *inlines(struct arena *a, const xmlNode *first, const xmlNode *end, bool tags, bool one_line,
	bool in_cell)
{
	struct inline_writer w = { .arena = a, .tags = tags, .one_line = one_line, .in_cell = in_cell };

	start_block(&w.spacing);
	put_inlines(&w, first, end);
	const char *text = arena_strdup(a, buf_text(&w.out));
	buf_finish(&w.out);
	return text;
}

/* ---- blocks ---- */

static const char *block(struct arena *a, const xmlNode *n, bool tags, bool other_list);

/* s with each line but the first (and that too, by `first`) after a prefix. */
static const char *indented(struct arena *a, const char *s, const char *first, const char *prefix)
{
	struct buf b = BUF_INIT;

	for (bool begin = true; *s || begin; begin = false) {
		size_t len = strcspn(s, "\n");
		const char *before = begin ? first : prefix;

		buf_add(&b, before, len || begin ? strlen(before) : strcspn(before, " "));
		buf_add(&b, s, len);
		s += len;
		if (*s == '\n') {
			buf_char(&b, '\n');
			s++;
		}
	}
	const char *text = arena_strdup(a, buf_text(&b));
	buf_finish(&b);
	return text;
}

/* Blocks and runs of inline nodes among them, with `between` between. */
static const char *flow(struct arena *a, const xmlNode *parent, bool tags, const char *between)
{
	struct buf b = BUF_INIT;
	const char *before = "";
	bool other = false;

	for (const xmlNode *n = parent->children; n;) {
		const xmlNode *end = n;
		const char *text;

		if (is_inline(n)) {
			while (end && is_inline(end))
				end = end->next;
			text = lines_escaped(a, inlines(a, n, end, tags, false, false));
			before = *text ? "" : before;
		} else {
			end = n->next;
			if (n->type != XML_ELEMENT_NODE) {
				n = end;
				continue;
			}
			/* Two lists in a row are one, but for their marks. */
			other = strcmp(before, (const char *)n->name) == 0 && !other;
			text = block(a, n, tags, other);
			before = (const char *)n->name;
		}
		if (*text && b.len)
			buf_str(&b, between);
		buf_str(&b, text);
		n = end;
	}
	const char *text = arena_strdup(a, buf_text(&b));
	buf_finish(&b);
	return text;
}

static bool has_child(const xmlNode *n, const char *name)
{
	for (n = n->children; n && !is_element(n, name);)
		n = n->next;
	return n;
}

static const char *list(struct arena *a, const xmlNode *n, bool tags, bool other)
{
	struct buf b = BUF_INIT;
	bool loose = false, ordered = is_element(n, "ol");
	int number = 1;

	for (const xmlNode *c = n->children; c; c = c->next)
		loose = loose || has_child(c, "p");
	for (const xmlNode *c = n->children; c; c = c->next) {
		if (!is_element(c, "li"))
			continue;
		if (c->properties)
			break; /* which is not the same, and will be seen */
		const char *mark = ordered ? arena_printf(a, "%d%c ", number++, other ? ')' : '.') : other ? "* " : "- ";
		const char *gap = arena_printf(a, "%*s", (int)strlen(mark), "");
		const char *content = flow(a, c, tags, loose ? "\n\n" : "\n");

		buf_str(&b, b.len ? loose ? "\n\n" : "\n" : "");
		buf_str(&b, indented(a, content, mark, gap));
		while (b.len && b.data[b.len - 1] == ' ')
			b.len--;
	}
	const char *text = arena_strndup(a, buf_text(&b), b.len);
	buf_finish(&b);
	return text;
}

/* ---- tables ---- */

static const xmlNode *child_element(const xmlNode *n)
{
	for (n = n ? n->children : NULL; n && n->type != XML_ELEMENT_NODE;)
		n = n->next;
	return n;
}

static const xmlNode *next_element(const xmlNode *n)
{
	do
		n = n->next;
	while (n && n->type != XML_ELEMENT_NODE);
	return n;
}

static size_t put_row(struct arena *a, struct buf *b, const xmlNode *tr, bool tags)
{
	size_t cells = 0;

	buf_char(b, '|');
	for (const xmlNode *c = child_element(tr); c; c = next_element(c), cells++)
		buf_printf(b, " %s |", inlines(a, c->children, NULL, tags, true, true));
	buf_char(b, '\n');
	return cells;
}

/* One head row and one body; whatever does not fit is seen to be not the same. */
static const char *table(struct arena *a, const xmlNode *n, bool tags)
{
	const xmlNode *head = child_element(n), *rows = head ? next_element(head) : NULL;
	struct buf b = BUF_INIT;

	if (!head || !rows || !is_element(head, "thead"))
		return "";
	size_t cells = put_row(a, &b, child_element(head), tags);
	buf_char(&b, '|');
	for (size_t i = 0; i < cells; i++)
		buf_str(&b, " --- |");
	buf_char(&b, '\n');
	for (const xmlNode *tr = child_element(rows); tr; tr = next_element(tr))
		put_row(a, &b, tr, tags);
	const char *text = arena_strndup(a, buf_text(&b), b.len - 1);
	buf_finish(&b);
	return text;
}

static const char *block(struct arena *a, const xmlNode *n, bool tags, bool other_list)
{
	const char *name = (const char *)n->name;

	if (n->properties)
		return raw(a, n, true);
	if (strcmp(name, "p") == 0)
		return lines_escaped(a, inlines(a, n->children, NULL, tags, false, false));
	if (name[0] == 'h' && name[1] >= '2' && name[1] <= '4')
		return arena_printf(a, "%.*s %s", name[1] - '0', "####", inlines(a, n->children, NULL, tags, true, false));
	if (strcmp(name, "ul") == 0 || strcmp(name, "ol") == 0)
		return list(a, n, tags, other_list);
	if (strcmp(name, "blockquote") == 0)
		return indented(a, flow(a, n, tags, "\n\n"), "> ", "> ");
	if (strcmp(name, "table") == 0)
		return table(a, n, tags);
	return strcmp(name, "hr") == 0 ? "---" : raw(a, n, true);
}

/* ---- all of it ---- */

static bool reads_back(struct arena *a, const char *markdown, const char *wanted)
{
	struct markdown_problem *problems;
	const char *xhtml, *got;
	size_t n;

	markdown_to_xhtml(a, markdown, MARKDOWN_INHERIT, &xhtml, &problems, &n);
	got = markdown_canonical(a, xhtml);
	return got && strcmp(got, wanted) == 0;
}

static const char *wrapped(struct arena *a, const char *canonical_block)
{
	return arena_printf(a, "<body>%s</body>", canonical_block);
}

static const char *best(struct arena *a, const xmlNode *n, bool other_list)
{
	const char *wanted = wrapped(a, raw(a, n, false));

	for (int tags = 0; tags < 2; tags++) {
		const char *text = block(a, n, tags, other_list);

		if (reads_back(a, text, wanted))
			return text;
	}
	return raw(a, n, true);
}

static const char *join(struct arena *a, const xmlNode *body, bool plain)
{
	struct buf b = BUF_INIT;
	const char *before = "";
	bool other = false;

	for (const xmlNode *n = body->children; n; n = n->next) {
		if (n->type != XML_ELEMENT_NODE)
			continue;
		other = strcmp(before, (const char *)n->name) == 0 && !other;
		before = (const char *)n->name;
		buf_str(&b, b.len ? "\n\n" : "");
		buf_str(&b, plain ? best(a, n, other) : raw(a, n, true));
	}
	const char *text = arena_strdup(a, buf_text(&b));
	buf_finish(&b);
	return text;
}

const char *markdown_from_xhtml(struct arena *a, const char *xhtml)
{
	const xmlNode *body = parse(a, xhtml);

	if (!body)
		return NULL;
	const char *text = join(a, body, true);
	return reads_back(a, text, canonical(a, body)) ? text : join(a, body, false);
}
