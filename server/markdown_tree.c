/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The vocabulary of schemas/xhtml.rng as a table, and a tree that can hold
 * nothing else. */
#include "markdown_tree.h"
#include <stdlib.h>
#include <string.h>
#include "content.h"
#include "text.h"
#include "url.h"

enum { ID = 1, LANG = 2, HREF = 4, TITLE = 8, SCOPE = 16, SPANS = 32, SRC = 64, ALT = 128 };

static const struct tree_element elements[] = {
	{ "p", TREE_BLOCK, TREE_INLINES, ID | LANG }, { "h2", TREE_BLOCK, TREE_INLINES, ID | LANG },
	{ "h3", TREE_BLOCK, TREE_INLINES, ID | LANG }, { "h4", TREE_BLOCK, TREE_INLINES, ID | LANG },
	{ "ul", TREE_BLOCK, TREE_ITEMS, LANG }, { "ol", TREE_BLOCK, TREE_ITEMS, LANG },
	{ "li", TREE_PART, TREE_FLOW, ID | LANG }, { "dl", TREE_BLOCK, TREE_TERMS, LANG },
	{ "dt", TREE_PART, TREE_INLINES, LANG }, { "dd", TREE_PART, TREE_FLOW, LANG },
	{ "blockquote", TREE_BLOCK, TREE_RICH, LANG }, { "figure", TREE_BLOCK, TREE_FIGURE, LANG },
	{ "figcaption", TREE_PART, TREE_INLINES, LANG }, { "hr", TREE_BLOCK, TREE_VOID, 0 },
	{ "table", TREE_BLOCK, TREE_TABLE, LANG }, { "caption", TREE_PART, TREE_INLINES, LANG },
	{ "thead", TREE_PART, TREE_ROWS, LANG }, { "tbody", TREE_PART, TREE_ROWS, LANG },
	{ "tr", TREE_PART, TREE_CELLS, LANG }, { "th", TREE_PART, TREE_INLINES, LANG | SCOPE | SPANS },
	{ "td", TREE_PART, TREE_FLOW, LANG | SPANS }, { "a", TREE_INLINE, TREE_INLINES, LANG | HREF },
	{ "em", TREE_INLINE, TREE_INLINES, LANG }, { "strong", TREE_INLINE, TREE_INLINES, LANG },
	{ "cite", TREE_INLINE, TREE_INLINES, LANG }, { "q", TREE_INLINE, TREE_INLINES, LANG },
	{ "abbr", TREE_INLINE, TREE_INLINES, LANG | TITLE }, { "code", TREE_INLINE, TREE_INLINES, LANG },
	{ "sub", TREE_INLINE, TREE_INLINES, LANG }, { "sup", TREE_INLINE, TREE_INLINES, LANG },
	{ "span", TREE_INLINE, TREE_INLINES, LANG }, { "br", TREE_INLINE, TREE_VOID, 0 },
	{ "img", TREE_IMAGE, TREE_VOID, LANG | SRC | ALT },
	{ NULL, 0, 0, 0 }
};
static const struct tree_element body = { "body", TREE_PART, TREE_RICH, 0 };

const struct tree_element *tree_element(const char *name)
{
	for (const struct tree_element *e = elements; e->name; e++)
		if (strcmp(e->name, name) == 0)
			return e;
	return NULL;
}

void tree_problem(struct tree *t, int line, int column, const char *fmt, ...)
{
	va_list ap;

	if (t->n_problems == MARKDOWN_MAX_PROBLEMS)
		return;
	if (!t->problems)
		t->problems = arena_array(t->arena, MARKDOWN_MAX_PROBLEMS, sizeof *t->problems);
	va_start(ap, fmt);
	t->problems[t->n_problems++] = (struct markdown_problem){ line, column,
		arena_vprintf(t->arena, fmt, ap) };
	va_end(ap);
}

/* ---- what is open ---- */

static void push(struct tree *t, struct frame f)
{
	if (t->n_frames == t->room_frames) {
		size_t room = t->room_frames ? 2 * t->room_frames : 64;
		struct frame *more = arena_array(t->arena, room, sizeof *more);

		if (t->n_frames)
			memcpy(more, t->frames, t->n_frames * sizeof *more);
		t->frames = more;
		t->room_frames = room;
	}
	t->frames[t->n_frames++] = f;
}

static struct frame *top(struct tree *t)
{
	return &t->frames[t->n_frames - 1];
}

static struct tree_node *add_node(struct tree *t, struct tree_node *parent)
{
	struct tree_node *n = arena_alloc(t->arena, sizeof *n);

	n->parent = parent;
	n->depth = parent ? parent->depth + 1 : 0;
	n->before = parent ? parent->last : NULL;
	if (n->before)
		n->before->next = n;
	else if (parent)
		parent->first = n;
	if (parent)
		parent->last = n;
	return n;
}

void tree_begin(struct tree *t, struct arena *a)
{
	*t = (struct tree){ .arena = a };
	t->root = add_node(t, NULL);
	t->root->element = &body;
	push(t, (struct frame){ FRAME_MARKDOWN, "body", t->root, false, 1, 1 });
}

/* ---- characters ---- */

/* What may not stand in a text: what XML 1.0 has no place for, and the signs that
 * turn the direction of what follows them (UAX 9), which make a text lie. */
static const char *unfit(unsigned long c)
{
	if ((c < 0x20 && c != '\t' && c != '\n' && c != '\r') || c == 0x7f || c == 0xfffe || c == 0xffff)
		return "a control character";
	if ((c >= 0x202a && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069))
		return "an invisible sign that turns the direction of text";
	return NULL;
}

/* The code point at s, of at most n bytes of UTF-8; *len is its length. U+FFFE
 * for a byte that is none, as cmark writes for that very code point. */
static unsigned long code_at(const char *s, size_t n, size_t *len)
{
	unsigned char c = (unsigned char)*s;
	size_t all = c < 0x80 ? 1 : c < 0xe0 ? 2 : c < 0xf0 ? 3 : 4;
	unsigned long code = all == 1 ? c : all == 2 ? c & 0x1f : all == 3 ? c & 0x0f : c & 7;

	*len = 1;
	if ((c >= 0x80 && c < 0xc2) || c > 0xf4 || all > n)
		return 0xfffe;
	for (; *len < all; ++*len)
		code = code << 6 | ((unsigned char)s[*len] & 0x3f);
	return code;
}

size_t markdown_character(const char *s, const char **cause)
{
	size_t len;

	*cause = unfit(code_at(s, strnlen(s, 4), &len));
	return len;
}

static const char *cleaned(struct tree *t, const char *s, size_t n, int line, int column)
{
	struct buf b = BUF_INIT;

	for (size_t i = 0, len; i < n; i += len) {
		unsigned long code = code_at(s + i, n - i, &len);

		if (unfit(code)) {
			tree_problem(t, line, column, "%s (U+%04lX): take it out", unfit(code), code);
			buf_str(&b, "\xef\xbf\xbd");
		} else if (code != '\r') {
			buf_add(&b, s + i, len);
		}
		column++;
		if (code == '\n')
			line++, column = 1;
	}
	const char *text = arena_strdup(t->arena, buf_text(&b));
	buf_finish(&b);
	return text;
}

/* ---- attributes ---- */

static bool is_language(const char *s)
{
	size_t n = strspn(s, "abcdefghijklmnopqrstuvwxyz");

	for (bool first = true; first ? n >= 2 && n <= 3 : n >= 2 && n <= 8; first = false) {
		s += n;
		if (!*s)
			return true;
		if (*s++ != '-')
			return false;
		n = strspn(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789");
	}
	return false;
}

static bool is_span(const char *s)
{
	return *s >= '1' && *s <= '9' && (!s[1] || (s[1] >= '0' && s[1] <= '9' && !s[2]));
}

static bool is_scope(const char *s)
{
	return strcmp(s, "col") == 0 || strcmp(s, "row") == 0 || strcmp(s, "colgroup") == 0 ||
		strcmp(s, "rowgroup") == 0;
}

/* The type of a record has no digits in the schema. */
static bool is_record(struct arena *a, const char *address)
{
	const char *one = strchr(address, '/'), *two = one ? strchr(one + 1, '/') : NULL;

	return two && text_is_slug(arena_strndup(a, address, (size_t)(one - address))) &&
		text_is_slug(arena_strndup(a, one + 1, (size_t)(two - one - 1))) &&
		strcspn(one + 1, "0123456789") >= (size_t)(two - one - 1) && text_is_slug(two + 1);
}

static bool has_space(const char *s)
{
	for (; *s; s++)
		if ((unsigned char)*s <= ' ' || *s == 0x7f)
			return true;
	return false;
}

bool tree_href(struct arena *a, const char *href)
{
	struct url u;

	if (*href == '#')
		return text_is_slug(href + 1);
	if (strncmp(href, "record:", 7) == 0)
		return is_record(a, href + 7);
	if (has_space(href) || !url_external(a, href, &u))
		return false;
	const char *at = strchr(href, '@');
	if (strncmp(href, "mailto:", 7) == 0)
		return at && at > href + 7 && at[1] && !strchr(at + 1, '@');
	const char *host = strstr(href, "://");
	return host && host[3] && !strchr("/?#", host[3]);
}

bool tree_source(const char *src)
{
	size_t n = strncmp(src, "attachment:", 11) == 0 ? strlen(src + 11) : 0, letters = 0;

	if (strncmp(src, "chart:", 6) == 0)
		return id_valid(src + 6);
	for (const char *c = src + (n ? 11 : 0); *c; c++)
		letters += ((unsigned char)*c & 0xc0) != 0x80;
	return n > 0 && letters <= 120 && strcspn(src + 11, "/\\:*?\"<>|\n\t") == n;
}

/* 1 to 500 letters beside white space at the ends. */
static bool is_alternative(const char *s)
{
	size_t letters = 0;

	for (const char *c = s; *c; c++)
		letters += ((unsigned char)*c & 0xc0) != 0x80;
	return s[strspn(s, " \t\n")] && letters <= 500;
}

static bool check_value(struct tree *t, const struct tree_attribute *at)
{
	const char *name = at->name, *v = at->value;

	if (strcmp(name, "id") == 0)
		return text_is_slug(v);
	if (strcmp(name, "lang") == 0)
		return is_language(v);
	if (strcmp(name, "href") == 0)
		return tree_href(t->arena, v);
	if (strcmp(name, "scope") == 0)
		return is_scope(v);
	if (strcmp(name, "src") == 0)
		return tree_source(v);
	if (strcmp(name, "alt") == 0)
		return is_alternative(v);
	return strcmp(name, "title") == 0 || is_span(v);
}

static const char *wanted(const char *name)
{
	static const struct { const char *name, *words; } all[] = {
		{ "id", "small letters and digits, joined by single hyphens, at most 80" },
		{ "lang", "a language code as en or es-MX" },
		{ "scope", "col, row, colgroup or rowgroup" },
		{ "src", "attachment: with the name of a file of this record, or chart: with the id of a published chart" },
		{ "alt", "words that say what the picture shows, at most 500 letters" },
		{ "href", "http://, https:// or mailto: with an address, #id, or record:space/type/slug" },
		{ NULL, "a whole number from 1 to 99" }
	};
	size_t i = 0;

	while (all[i].name && strcmp(all[i].name, name) != 0)
		i++;
	return all[i].words;
}

static bool is_allowed(const struct tree_element *e, const char *name)
{
	static const struct { const char *name; int flag; } all[] = { { "id", ID }, { "lang", LANG },
		{ "href", HREF }, { "title", TITLE }, { "src", SRC }, { "alt", ALT },
		{ "scope", SCOPE }, { "colspan", SPANS }, { "rowspan", SPANS } };

	for (size_t i = 0; i < sizeof all / sizeof *all; i++)
		if (strcmp(all[i].name, name) == 0)
			return e->attributes & all[i].flag;
	return false;
}

/* A piece of what was typed, fit for a message: one line, no controls, not long. */
static const char *quoted(struct arena *a, const char *s)
{
	char *one = arena_strdup(a, s);

	for (char *c = one; *c; c++)
		if ((unsigned char)*c < ' ' || *c == 0x7f)
			*c = ' ';
	return text_excerpt(a, one, 60);
}

static struct tree_attribute *checked(struct tree *t, const struct tree_element *e,
	struct tree_attribute *list, int line, int column)
{
	struct tree_attribute *kept = NULL, **end = &kept;

	for (struct tree_attribute *at = list, *next; at; at = next) {
		bool twice = false;

		next = at->next;
		for (const struct tree_attribute *k = kept; k; k = k->next)
			twice = twice || strcmp(k->name, at->name) == 0;
		if (!is_allowed(e, at->name)) {
			tree_problem(t, line, column, "the attribute %s is not one that <%s> may have here",
				quoted(t->arena, at->name), e->name);
		} else if (twice) {
			tree_problem(t, line, column, "the attribute %s stands here twice", at->name);
		} else if (!check_value(t, at)) {
			tree_problem(t, line, column, "'%s' is no %s that can be used: it must be %s",
				quoted(t->arena, at->value), strcmp(at->name, "href") == 0 ? "address" : at->name,
				wanted(at->name));
		} else {
			at->value = cleaned(t, at->value, strlen(at->value), line, column);
			*end = at;
			end = &at->next;
			at->next = NULL;
		}
	}
	return kept;
}

static bool has_attribute(const struct tree_attribute *at, const char *name)
{
	while (at && strcmp(at->name, name) != 0)
		at = at->next;
	return at;
}

/* ---- opening ---- */

static bool may_contain(enum tree_content content, const struct tree_element *e)
{
	const char *name = e->name;

	if (e->place == TREE_IMAGE)
		return content == TREE_FIGURE;
	switch (content) {
	case TREE_INLINES:
		return e->place == TREE_INLINE;
	case TREE_FLOW:
		return e->place != TREE_PART;
	case TREE_RICH:
		return e->place == TREE_BLOCK;
	case TREE_FIGURE:
		return e->place == TREE_BLOCK || strcmp(name, "figcaption") == 0;
	case TREE_ITEMS:
		return strcmp(name, "li") == 0;
	case TREE_TERMS:
		return strcmp(name, "dt") == 0 || strcmp(name, "dd") == 0;
	case TREE_TABLE:
		return strcmp(name, "caption") == 0 || strcmp(name, "thead") == 0 || strcmp(name, "tbody") == 0;
	case TREE_ROWS:
		return strcmp(name, "tr") == 0;
	case TREE_CELLS:
		return strcmp(name, "th") == 0 || strcmp(name, "td") == 0;
	case TREE_VOID:
		break;
	}
	return false;
}

static bool within(const struct tree_node *n, const char *name)
{
	while (n && strcmp(n->element->name, name) != 0)
		n = n->parent;
	return n;
}

static const char *hint(const char *name)
{
	static const struct { const char *name, *words; } all[] = { { "b", ": write **bold** text" },
		{ "i", ": write *emphasized* text" }, { "h1", ": write # before a heading" },
		{ "u", ": write *emphasized* text" }, { NULL, "" } };
	size_t i = 0;

	while (all[i].name && strcmp(all[i].name, name) != 0)
		i++;
	return all[i].words;
}

static bool is_paragraph(const struct tree_node *n)
{
	return strcmp(n->element->name, "p") == 0;
}

/* The element if it may stand where we are, else NULL with the problem. */
static const struct tree_element *placed(struct tree *t, const char *name, int line, int column)
{
	const struct tree_element *e = tree_element(name);
	const struct tree_node *parent = top(t)->node;

	if (!e) {
		tree_problem(t, line, column, "<%s> is not one of the elements that a text may have%s",
			quoted(t->arena, name), hint(name));
	} else if (parent->depth >= MARKDOWN_MAX_DEPTH) {
		tree_problem(t, line, column, "lists, quotations and other elements are nested more than %d deep",
			MARKDOWN_MAX_DEPTH);
		return NULL;
	} else if (strcmp(name, "a") == 0 && within(parent, "a")) {
		tree_problem(t, line, column, "a link cannot stand in a link");
		return NULL;
	} else if (!may_contain(parent->element->content, e) && !(e->place == TREE_IMAGE && is_paragraph(parent))) {
		if (e->place == TREE_IMAGE)
			tree_problem(t, line, column, "a picture stands in a paragraph or a figure, not in <%s>: put an empty line before it",
				parent->element->name);
		else
			tree_problem(t, line, column, parent == t->root ? "<%s> cannot stand alone; it is a part of something" :
				"<%s> cannot stand in <%s>", name, parent->element->name);
		return NULL;
	}
	return e;
}

static bool is_block_only(const struct tree_node *n)
{
	return n->element->content == TREE_RICH || n->element->content == TREE_FIGURE;
}

bool tree_void(const char *name)
{
	static const char *const others[] = { "area", "base", "col", "embed", "input", "link", "meta", "param", "source", "track",
		"wbr", NULL };
	const struct tree_element *e = tree_element(name);

	for (size_t i = 0; !e && others[i]; i++)
		if (strcmp(others[i], name) == 0)
			return true;
	return e && e->content == TREE_VOID;
}

bool tree_open(struct tree *t, enum frame_kind kind, const char *name, struct tree_attribute *attributes,
	int line, int column)
{
	const struct tree_element *e = tree_element(name);

	if (e && e->place > TREE_IMAGE)
		tree_close_implied(t);
	else if (e && is_block_only(top(t)->node) && !(e->place == TREE_IMAGE && may_contain(top(t)->node->element->content, e)))
		tree_open(t, FRAME_IMPLIED, "p", NULL, line, column);
	struct frame f = { kind, name, top(t)->node, true, line, column };
	if ((e = placed(t, name, line, column))) {
		const char *missing = (e->attributes & HREF) && !has_attribute(attributes, "href") ? "<a> needs href, the address that it leads to" :
			(e->attributes & SRC) && !has_attribute(attributes, "src") ? "<img> needs src, the name of a file" :
			(e->attributes & ALT) && !has_attribute(attributes, "alt") ? "a picture needs words that say what it shows" : NULL;

		attributes = checked(t, e, attributes, line, column);
		if (missing)
			tree_problem(t, line, column, "%s", missing);
		/* A link without a place to go to is its text; a picture without words is none. */
		if (((e->attributes & HREF) && !has_attribute(attributes, "href")) ||
			((e->attributes & SRC) && (!has_attribute(attributes, "src") || !has_attribute(attributes, "alt")))) {
			e = NULL;
		}
	}
	if (e) {
		f.node = add_node(t, f.node);
		f.node->element = e;
		f.node->attributes = attributes;
		f.node->line = line;
		f.node->column = column;
		f.refused = false;
	}
	if (!tree_void(name))
		push(t, f);
	return e;
}

/* ---- closing ---- */

static bool is(const struct tree_node *n, const char *name)
{
	return n && n->element && strcmp(n->element->name, name) == 0;
}

static bool fault(struct tree *t, const struct tree_node *n, const char *words)
{
	tree_problem(t, n->line, n->column, "%s", words);
	return false;
}

static bool check_terms(struct tree *t, const struct tree_node *n)
{
	for (const struct tree_node *c = n->first; c; c = c->next) {
		if (c == n->first && is(c, "dd"))
			return fault(t, c, "<dl> begins with <dt>, what is explained");
		if (is(c, "dt") && !c->next)
			return fault(t, c, "after <dt> comes <dd>, what is said of it");
	}
	return true;
}

static bool check_table(struct tree *t, const struct tree_node *n)
{
	int rank = 0;

	for (const struct tree_node *c = n->first; c; c = c->next) {
		int now = is(c, "caption") ? 1 : is(c, "thead") ? 2 : 3;

		if (now < rank || (now == rank && now < 3))
			return fault(t, c, "a table has one <caption> or none, then one <thead> or none, then <tbody>");
		rank = now;
	}
	return rank == 3 || fault(t, n, "a table needs at least one row below its headings (in <tbody>)");
}

static bool check_figure(struct tree *t, const struct tree_node *n)
{
	bool block = false, image = false, other = false;

	for (const struct tree_node *c = n->first; c; c = c->next) {
		image = image || is(c, "img");
		other = other || !(is(c, "img") || is(c, "figcaption"));
		block = image || other;
		if (is(c, "figcaption") && c != n->first && (c->next || !block))
			return fault(t, c, "<figcaption> is the first or the last in <figure>");
	}
	if (image && other)
		return fault(t, n, "<figure> holds pictures or other blocks, not both: put an empty line before the picture");
	return block || fault(t, n, "<figure> holds something beside its caption");
}

/* What must hold of the whole content of an element. */
static bool check_content(struct tree *t, const struct tree_node *n)
{
	enum tree_content content = n->element->content;

	if (!n->first && content != TREE_INLINES && content != TREE_FLOW && content != TREE_VOID) {
		tree_problem(t, n->line, n->column, "<%s> is empty", n->element->name);
		return false;
	}
	return content == TREE_TERMS ? check_terms(t, n) : content == TREE_TABLE ? check_table(t, n) :
		content != TREE_FIGURE || check_figure(t, n);
}

/* It was closed just now, so it is the last one of its parent. */
static void take_out(struct tree_node *n)
{
	n->parent->last = n->before;
	if (n->before)
		n->before->next = NULL;
	else
		n->parent->first = NULL;
}

static void pop(struct tree *t)
{
	struct frame *f = top(t);

	if (!f->refused && !check_content(t, f->node))
		take_out(f->node);
	t->n_frames--;
}

void tree_close_implied(struct tree *t)
{
	while (t->n_frames > 1 && top(t)->kind == FRAME_IMPLIED)
		pop(t);
}

static void pop_unclosed(struct tree *t)
{
	const struct frame *f = top(t);

	if (f->kind == FRAME_TAG)
		tree_problem(t, f->line, f->column, "<%s> is not closed by </%s>", quoted(t->arena, f->name),
			quoted(t->arena, f->name));
	pop(t);
}

void tree_close(struct tree *t)
{
	while (t->n_frames > 1 && top(t)->kind != FRAME_MARKDOWN)
		pop_unclosed(t);
	if (t->n_frames > 1)
		pop(t);
}

void tree_close_tag(struct tree *t, const char *name, int line, int column)
{
	size_t i = t->n_frames;

	while (i > 1 && t->frames[i - 1].kind != FRAME_MARKDOWN &&
		!(t->frames[i - 1].kind == FRAME_TAG && strcmp(t->frames[i - 1].name, name) == 0))
		i--;
	if (i <= 1 || t->frames[i - 1].kind != FRAME_TAG) {
		if (!tree_void(name))
			tree_problem(t, line, column, "</%s> closes nothing that was opened here", quoted(t->arena, name));
		return;
	}
	while (t->n_frames > i)
		pop_unclosed(t);
	pop(t);
}

void tree_end(struct tree *t)
{
	while (t->n_frames > 1)
		pop_unclosed(t);
}

/* ---- text ---- */

static bool is_blank(const char *s, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (s[i] != ' ' && s[i] != '\t' && s[i] != '\n' && s[i] != '\r')
			return false;
	return true;
}

static void add_text(struct tree *t, const char *text, int line, int column)
{
	struct tree_node *n = add_node(t, top(t)->node);

	n->text = text;
	n->line = line;
	n->column = column;
}

void tree_text(struct tree *t, const char *s, size_t n, int line, int column)
{
	const struct tree_node *in = top(t)->node;
	bool blank = is_blank(s, n);

	if (n == 0)
		return;
	if (in->element->content != TREE_INLINES && in->element->content != TREE_FLOW) {
		if (blank)
			return;
		if (!is_block_only(in)) {
			tree_problem(t, line, column, "text cannot stand in <%s> itself", in->element->name);
			return;
		}
		if (!tree_open(t, FRAME_IMPLIED, "p", NULL, line, column))
			return; /* too deep */
	}
	add_text(t, cleaned(t, s, n, line, column), line, column);
}

/* ---- writing ---- */

struct writer {
	struct buf out;
	int line;
	bool declare;
};

static void put(struct writer *w, const char *s, bool in_attribute)
{
	for (; *s; s++) {
		if (*s == '&')
			buf_str(&w->out, "&amp;");
		else if (*s == '<')
			buf_str(&w->out, "&lt;");
		else if (*s == '>')
			buf_str(&w->out, "&gt;");
		else if (*s == '"' && in_attribute)
			buf_str(&w->out, "&quot;");
		else if (*s == '\n' && in_attribute)
			buf_char(&w->out, ' ');
		else
			buf_char(&w->out, *s);
		w->line += *s == '\n' && !in_attribute;
	}
}

static void write_node(struct writer *w, const struct tree_node *n)
{
	const struct tree_element *e = n->element;

	if (!e) {
		put(w, n->text, false);
		return;
	}
	for (; e->place > TREE_IMAGE && w->line < n->line; w->line++)
		buf_char(&w->out, '\n');
	buf_printf(&w->out, "<%s", e->name);
	if (w->declare && !n->parent->parent)
		buf_str(&w->out, " xmlns=\"http://www.w3.org/1999/xhtml\"");
	for (const struct tree_attribute *at = n->attributes; at; at = at->next) {
		buf_printf(&w->out, " %s=\"", at->name);
		put(w, at->value, true);
		buf_char(&w->out, '"');
	}
	if (e->content == TREE_VOID) {
		buf_str(&w->out, "/>");
		return;
	}
	buf_char(&w->out, '>');
	for (const struct tree_node *c = n->first; c; c = c->next)
		write_node(w, c);
	buf_printf(&w->out, "</%s>", e->name);
}

const char *tree_write(struct tree *t, enum markdown_blocks blocks)
{
	struct writer w = { .line = 1, .declare = blocks == MARKDOWN_DECLARE };

	for (const struct tree_node *c = t->root->first; c; c = c->next)
		write_node(&w, c);
	const char *text = arena_strdup(t->arena, buf_text(&w.out));
	buf_finish(&w.out);
	return text;
}
