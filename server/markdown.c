/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Markdown to XHTML: walks what cmark-gfm read and the tags that stand in it. */
#include "markdown.h"
#include <cmark-gfm-core-extensions.h>
#include <cmark-gfm-extension_api.h>
#include <cmark-gfm.h>
#include <libxml/HTMLparser.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include "markdown_tree.h"
#include "text.h"

struct walk {
	struct arena *arena;
	struct tree tree;
	const char *text;     /* with \n alone between lines */
	const char **lines;   /* where each begins; one more at the end */
	size_t n_lines;
	bool first_level;     /* there is a heading with one # */
	bool in_rows;         /* the body of a table is open */
	/* Where the last question was, so that the next one does not count from the start. */
	int last_line;
	size_t last_byte, last_chars;
	const char *literal;
	size_t literal_at, literal_start, literal_before;
	int literal_line;
};

struct where {
	int line, column;
};

/* ---- the text ---- */

/* Line ends as \n, and no byte that is not UTF-8. *bad: offset of the first such byte. */
static char *normalised(struct arena *a, const char *s, size_t n, bool *bad, size_t *at)
{
	struct buf b = BUF_INIT;

	*bad = false;
	for (size_t i = 0, len; i < n; i += len) {
		for (len = 1; len <= 4 && i + len <= n && !text_is_utf8(s + i, len);)
			len++;
		bool fits = len <= 4 && i + len <= n;
		if (!fits)
			len = 1;
		if (!fits && !*bad) {
			*bad = true;
			*at = b.len;
		}
		if (!fits)
			buf_str(&b, "\xef\xbf\xbd");
		else if (s[i] != '\r')
			buf_add(&b, s + i, len);
		else if (i + 1 == n || s[i + 1] != '\n')
			buf_char(&b, '\n');
	}
	char *text = arena_strdup(a, buf_text(&b));
	buf_finish(&b);
	return text;
}

static void index_lines(struct walk *w)
{
	size_t n = 1;

	for (const char *s = w->text; *s; s++)
		n += *s == '\n';
	w->lines = arena_array(w->arena, n + 1, sizeof *w->lines);
	w->lines[w->n_lines++] = w->text;
	for (const char *s = w->text; *s; s++)
		if (*s == '\n')
			w->lines[w->n_lines++] = s + 1;
	w->lines[w->n_lines] = w->text + strlen(w->text) + 1;
}

static int count(const char *s, size_t n)
{
	int chars = 0;

	for (size_t i = 0; i < n; i++)
		chars += ((unsigned char)s[i] & 0xc0) != 0x80;
	return chars;
}

/* Characters in the first n bytes of a line (from 0). */
static int chars_before(struct walk *w, size_t line, size_t n)
{
	if (w->last_line != (int)line || n < w->last_byte) {
		w->last_line = (int)line;
		w->last_byte = w->last_chars = 0;
	}
	w->last_chars += (size_t)count(w->lines[line] + w->last_byte, n - w->last_byte);
	w->last_byte = n;
	return (int)w->last_chars;
}

static size_t line_length(const struct walk *w, size_t line)
{
	return (size_t)(w->lines[line + 1] - w->lines[line]) - 1;
}

/* line and byte column from 1, as cmark counts; columns of what stands in a
 * block in a block may be a little off there. */
static struct where place(struct walk *w, int line, int column)
{
	size_t i = line < 1 ? 0 : (size_t)line > w->n_lines ? w->n_lines - 1 : (size_t)line - 1;
	size_t len = line_length(w, i), at = column < 1 ? 0 : (size_t)column - 1;

	return (struct where){ (int)i + 1, chars_before(w, i, at < len ? at : len) + 1 };
}

static struct where place_of(struct walk *w, cmark_node *n)
{
	int line = cmark_node_get_start_line(n), column = cmark_node_get_start_column(n);

	for (cmark_node *up = n; line < 1 && (up = cmark_node_parent(up));)
		line = cmark_node_get_start_line(up);
	return place(w, line, column);
}

/* Of an offset into a block of tags that begins in that line. What stood before
 * each of its lines (of a list, a quotation) is not in the literal. */
static struct where place_in(struct walk *w, int line, const char *literal, size_t offset)
{
	bool anew = w->literal != literal || offset < w->literal_at;

	if (anew) {
		w->literal = literal;
		w->literal_line = line;
		w->literal_at = w->literal_start = 0;
	}
	for (size_t i = w->literal_at; i < offset; i++)
		if (literal[i] == '\n') {
			w->literal_line++;
			w->literal_start = i + 1;
			anew = true;
		}
	w->literal_at = offset;
	size_t at = w->literal_line < 1 ? 0 : (size_t)w->literal_line - 1;
	if (at >= w->n_lines)
		return (struct where){ (int)w->n_lines, 1 };
	size_t len = line_length(w, at);
	if (anew) {
		size_t own = strcspn(literal + w->literal_start, "\n");

		w->literal_before = len > own ? len - own : 0;
	}
	size_t before = w->literal_before + offset - w->literal_start;
	return (struct where){ (int)at + 1, chars_before(w, at, before < len ? before : len) + 1 };
}

/* ---- tags ---- */

struct tag {
	const char *name;
	bool closes, is_empty;
	struct tree_attribute *attributes, **end;
};

static bool is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

static size_t spaces(const char *s)
{
	return strspn(s, " \t\n");
}

static const char *lower(struct arena *a, const char *s, size_t n)
{
	char *out = arena_strndup(a, s, n);

	for (char *c = out; *c; c++)
		if (*c >= 'A' && *c <= 'Z')
			*c = (char)(*c + 32);
	return out;
}

static void put_code(struct buf *b, unsigned long c)
{
	if (c == 0 || c > 0x10ffff || (c >= 0xd800 && c <= 0xdfff))
		c = 0xfffd;
	if (c < 0x80) {
		buf_char(b, (char)c);
	} else if (c < 0x800) {
		buf_char(b, (char)(0xc0 | c >> 6));
		buf_char(b, (char)(0x80 | (c & 0x3f)));
	} else if (c < 0x10000) {
		buf_char(b, (char)(0xe0 | c >> 12));
		buf_char(b, (char)(0x80 | (c >> 6 & 0x3f)));
		buf_char(b, (char)(0x80 | (c & 0x3f)));
	} else {
		buf_char(b, (char)(0xf0 | c >> 18));
		buf_char(b, (char)(0x80 | (c >> 12 & 0x3f)));
		buf_char(b, (char)(0x80 | (c >> 6 & 0x3f)));
		buf_char(b, (char)(0x80 | (c & 0x3f)));
	}
}

/* The length of the entity or character reference at s ("&amp;", "&#38;"), added
 * to b; 0 if it is none. */
static size_t put_entity(struct buf *b, const char *s, size_t n)
{
	char name[32];
	size_t len = 1;

	while (len < n && len < sizeof name && (is_letter(s[len]) || (s[len] >= '0' && s[len] <= '9') || s[len] == '#'))
		len++;
	if (len >= n || s[len] != ';' || len < 2 || len >= sizeof name)
		return 0;
	memcpy(name, s + 1, len - 1);
	name[len - 1] = '\0';
	if (name[0] == '#') {
		bool hex = (name[1] | 32) == 'x';
		const char *digits = name + 1 + hex;
		char *end;
		unsigned long c = strtoul(digits, &end, hex ? 16 : 10);

		if (!*digits || *end)
			return 0;
		put_code(b, c);
		return len + 1;
	}
	const htmlEntityDesc *known = htmlEntityLookup((const xmlChar *)name);
	if (!known && strcmp(name, "apos") != 0)
		return 0;
	put_code(b, known ? known->value : '\'');
	return len + 1;
}

static const char *decoded(struct arena *a, const char *s, size_t n)
{
	struct buf b = BUF_INIT;

	for (size_t i = 0, len; i < n; i += len) {
		len = s[i] == '&' ? put_entity(&b, s + i, n - i) : 0;
		if (!len) {
			buf_char(&b, s[i]);
			len = 1;
		}
	}
	const char *text = arena_strdup(a, buf_text(&b));
	buf_finish(&b);
	return text;
}

/* Reads name="value" at s; its length, or 0 if there is none. */
static size_t read_attribute(struct arena *a, const char *s, struct tag *tag)
{
	size_t name = strcspn(s, " \t\n\"'<>/="), at = name + spaces(s + name);
	struct tree_attribute *attribute = arena_alloc(a, sizeof *attribute);
	const char *value = "";

	if (name == 0)
		return 0;
	if (s[at] == '=') {
		at += 1 + spaces(s + at + 1);
		char quote = s[at];
		size_t len;
		if (quote == '"' || quote == '\'') {
			const char *end = strchr(s + ++at, quote);

			if (!end)
				return 0;
			len = (size_t)(end - s) - at;
		} else if ((len = strcspn(s + at, " \t\n\"'=<>`")) == 0) {
			return 0;
		}
		value = decoded(a, s + at, len);
		at += len + (quote == '"' || quote == '\'');
	} else {
		at = name;
	}
	attribute->name = lower(a, s, name);
	attribute->value = value;
	*tag->end = attribute;
	tag->end = &attribute->next;
	return at;
}

/* The tag at s ("<", then a letter or "/"); its length, or 0 if it is none. */
static size_t read_tag(struct arena *a, const char *s, struct tag *tag)
{
	size_t at = 1;

	*tag = (struct tag){ .closes = s[1] == '/' };
	tag->end = &tag->attributes;
	at += tag->closes;
	if (!is_letter(s[at]))
		return 0;
	size_t len = strcspn(s + at, " \t\n\"'<>/=");
	tag->name = lower(a, s + at, len);
	at += len;
	for (;;) {
		size_t gap = spaces(s + at), more;

		at += gap;
		if (s[at] == '>')
			return at + 1;
		if (s[at] == '/' && s[at + 1] == '>') {
			tag->is_empty = true;
			return at + 2;
		}
		more = gap && !tag->closes ? read_attribute(a, s + at, tag) : 0;
		if (!more)
			return 0;
		at += more;
	}
}

/* Elements whose content is no text to a reader: refused with all of it. */
static bool is_opaque(const char *name)
{
	static const char *const names[] = { "script", "style", "template", "noscript", "iframe", "object",
		"textarea", "title", "xmp", "noembed", "noframes", "plaintext", NULL };

	for (size_t i = 0; names[i]; i++)
		if (strcmp(names[i], name) == 0)
			return true;
	return false;
}

/* Offset behind the end tag of name, or of the end. */
static size_t skip_element(const char *s, const char *name)
{
	size_t m = strlen(name), at = 0;

	for (const char *t = s; (t = strstr(t, "</")); t += 2)
		if (strncasecmp(t + 2, name, m) == 0) {
			at = (size_t)(t - s) + 2 + m;
			at += strcspn(s + at, ">");
			return s[at] ? at + 1 : at;
		}
	return strlen(s);
}

static void put_tag(struct walk *w, struct tag *tag, struct where p)
{
	if (tag->closes) {
		tree_close_tag(&w->tree, tag->name, p.line, p.column);
		return;
	}
	tree_open(&w->tree, FRAME_TAG, tag->name, tag->attributes, p.line, p.column);
	if (tag->is_empty && !tree_void(tag->name))
		tree_close_tag(&w->tree, tag->name, p.line, p.column);
}

/* "<!...", "<?...": where it ends. */
static size_t skip_other(const char *s)
{
	const char *end = strncmp(s, "<!--", 4) == 0 ? strstr(s, "-->") :
		strncmp(s, "<![CDATA[", 9) == 0 ? strstr(s, "]]>") : s[1] == '?' ? strstr(s, "?>") : strchr(s, '>');
	size_t n = end ? strcspn(end, ">") : 0;

	return end ? (size_t)(end - s) + n + 1 : strlen(s);
}

static void put_block_text(struct walk *w, int line, const char *s, size_t from, size_t to)
{
	struct where p = place_in(w, line, s, from);
	const char *text = decoded(w->arena, s + from, to - from);

	tree_text(&w->tree, text, strlen(text), p.line, p.column);
}

/* A block of tags: what stands in it is not Markdown. */
static void put_block(struct walk *w, cmark_node *n)
{
	const char *s = cmark_node_get_literal(n);
	int line = cmark_node_get_start_line(n);
	size_t at = 0, text = 0, len;
	struct tag tag;

	while (s[at]) {
		if (s[at] != '<') {
			at++;
			continue;
		}
		bool other = s[at + 1] == '!' || s[at + 1] == '?';
		len = other ? skip_other(s + at) : read_tag(w->arena, s + at, &tag);
		if (len == 0) {
			at++; /* a < that is text */
			continue;
		}
		put_block_text(w, line, s, text, at);
		struct where p = place_in(w, line, s, at);
		if (other)
			tree_problem(&w->tree, p.line, p.column, "a comment or declaration (<%c) cannot be part of a text",
				s[at + 1]);
		else
			put_tag(w, &tag, p);
		at += len;
		if (!other && !tag.closes && !tag.is_empty && is_opaque(tag.name)) {
			at += skip_element(s + at, tag.name);
			tree_close_tag(&w->tree, tag.name, p.line, p.column);
		}
		text = at;
	}
	put_block_text(w, line, s, text, at);
	tree_close_implied(&w->tree);
}

static void put_inline(struct walk *w, cmark_node *n)
{
	const char *s = cmark_node_get_literal(n);
	struct where p = place_of(w, n);
	struct tag tag;

	if (s[1] == '!' || s[1] == '?')
		tree_problem(&w->tree, p.line, p.column, "a comment or declaration (<%c) cannot be part of a text", s[1]);
	else if (read_tag(w->arena, s, &tag))
		put_tag(w, &tag, p);
	else
		tree_text(&w->tree, s, strlen(s), p.line, p.column);
}

/* ---- Markdown ---- */

static struct tree_attribute *attribute(struct arena *a, const char *name, const char *value)
{
	struct tree_attribute *at = arena_alloc(a, sizeof *at);

	at->name = name;
	at->value = arena_strdup(a, value);
	return at;
}

static void open_node(struct walk *w, cmark_node *n, const char *name, struct tree_attribute *attributes)
{
	struct where p = place_of(w, n);

	tree_open(&w->tree, FRAME_MARKDOWN, name, attributes, p.line, p.column);
}

static void put_text(struct walk *w, cmark_node *n)
{
	const char *s = cmark_node_get_literal(n);
	struct where p = place_of(w, n);

	tree_text(&w->tree, s, strlen(s), p.line, p.column);
}

static void open_heading(struct walk *w, cmark_node *n)
{
	static const char *const names[] = { "h2", "h3", "h4" };
	int level = cmark_node_get_heading_level(n) - (w->first_level ? 1 : 2);
	struct where p = place_of(w, n);

	if (level > 2) {
		tree_problem(&w->tree, p.line, p.column, "there are three levels of headings, from %s to %s",
			w->first_level ? "#" : "##", w->first_level ? "###" : "####");
		level = 2;
	}
	open_node(w, n, names[level < 0 ? 0 : level], NULL);
}

static void open_list(struct walk *w, cmark_node *n)
{
	bool ordered = cmark_node_get_list_type(n) == CMARK_ORDERED_LIST;
	struct where p = place_of(w, n);

	if (ordered && cmark_node_get_list_start(n) != 1)
		tree_problem(&w->tree, p.line, p.column, "a numbered list begins with 1, not with %d; what stands "
			"between two parts of one list belongs into the item before it, indented",
			cmark_node_get_list_start(n));
	open_node(w, n, ordered ? "ol" : "ul", NULL);
}

static void open_link(struct walk *w, cmark_node *n)
{
	struct where p = place_of(w, n);
	const char *title = cmark_node_get_title(n);

	if (!cmark_node_first_child(n))
		tree_problem(&w->tree, p.line, p.column, "a link needs words between [ and ]");
	if (title && *title)
		tree_problem(&w->tree, p.line, p.column, "a link has no title here: say it in its words");
	open_node(w, n, "a", attribute(w->arena, "href", cmark_node_get_url(n)));
}

/* Indented by accident, mostly; there is no such element in the vocabulary. */
static void put_code_block(struct walk *w, cmark_node *n)
{
	struct where p = place_of(w, n);

	tree_problem(&w->tree, p.line, p.column, "a text has no blocks of code; lines that begin with four spaces "
		"are one: indent them less");
	open_node(w, n, "p", NULL);
	put_text(w, n);
	tree_close(&w->tree);
}

static void enter_row(struct walk *w, cmark_node *n)
{
	bool head = cmark_gfm_extensions_get_table_row_is_header(n);

	if (head || !w->in_rows)
		open_node(w, n, head ? "thead" : "tbody", NULL);
	w->in_rows = !head;
	open_node(w, n, "tr", NULL);
}

enum table_part { PART_NONE, PART_TABLE, PART_ROW, PART_CELL };

/* cmark-gfm's header does not name the types of its table extension. */
static enum table_part table_part(cmark_node *n)
{
	const char *type = cmark_node_get_type_string(n);

	if (strncmp(type, "table", 5) != 0)
		return PART_NONE;
	return strcmp(type, "table") == 0 ? PART_TABLE : strcmp(type, "table_cell") == 0 ? PART_CELL : PART_ROW;
}

static void enter_table(struct walk *w, cmark_node *n, enum table_part part)
{
	if (part == PART_TABLE) {
		open_node(w, n, "table", NULL);
		w->in_rows = false;
	} else if (part == PART_ROW) {
		enter_row(w, n);
	} else {
		bool head = cmark_gfm_extensions_get_table_row_is_header(cmark_node_parent(n));

		open_node(w, n, head ? "th" : "td", head ? attribute(w->arena, "scope", "col") : NULL);
	}
}

static void leave_table(struct walk *w, enum table_part part)
{
	if (part == PART_TABLE && w->in_rows)
		tree_close(&w->tree); /* tbody */
	tree_close(&w->tree);
	if (part == PART_ROW && !w->in_rows)
		tree_close(&w->tree); /* thead */
}

static bool is_tight(cmark_node *n)
{
	cmark_node *item = cmark_node_parent(n), *list = item ? cmark_node_parent(item) : NULL;

	return list && cmark_node_get_type(list) == CMARK_NODE_LIST && cmark_node_get_list_tight(list);
}

static void put_break(struct walk *w, cmark_node *n, bool hard)
{
	struct where p = place_of(w, n);

	if (hard)
		tree_open(&w->tree, FRAME_MARKDOWN, "br", NULL, p.line, p.column);
	tree_text(&w->tree, "\n", 1, p.line, p.column);
}

/* The words in an image, without signs: what they say where it is not seen. */
static const char *words_in(struct walk *w, cmark_node *n)
{
	cmark_iter *iter = cmark_iter_new(n);
	struct buf b = BUF_INIT;

	while (cmark_iter_next(iter) != CMARK_EVENT_DONE) {
		cmark_node *c = cmark_iter_get_node(iter);
		cmark_node_type type = cmark_node_get_type(c);

		if (type == CMARK_NODE_TEXT || type == CMARK_NODE_CODE)
			buf_str(&b, cmark_node_get_literal(c));
		else if (type == CMARK_NODE_SOFTBREAK || type == CMARK_NODE_LINEBREAK)
			buf_char(&b, ' ');
	}
	cmark_iter_free(iter);
	const char *text = arena_strdup(w->arena, buf_text(&b));
	buf_finish(&b);
	return text;
}

static void put_image(struct walk *w, cmark_node *n)
{
	struct tree_attribute *src = attribute(w->arena, "src", cmark_node_get_url(n));
	const char *title = cmark_node_get_title(n), *alt = words_in(w, n);
	struct where p = place_of(w, n);

	if (title && *title)
		tree_problem(&w->tree, p.line, p.column, "a picture has no title here: say it in the words between [ and ]");
	if (alt[strspn(alt, " ")])
		src->next = attribute(w->arena, "alt", alt);
	tree_open(&w->tree, FRAME_MARKDOWN, "img", src, p.line, p.column);
}

/* What has no content of its own in the tree of cmark. */
static void put_leaf(struct walk *w, cmark_node *n, cmark_node_type type)
{
	struct where p = place_of(w, n);

	if (type == CMARK_NODE_TEXT) {
		put_text(w, n);
	} else if (type == CMARK_NODE_CODE) {
		open_node(w, n, "code", NULL);
		put_text(w, n);
		tree_close(&w->tree);
	} else if (type == CMARK_NODE_SOFTBREAK || type == CMARK_NODE_LINEBREAK) {
		put_break(w, n, type == CMARK_NODE_LINEBREAK);
	} else if (type == CMARK_NODE_HTML_INLINE) {
		put_inline(w, n);
	} else if (type == CMARK_NODE_HTML_BLOCK) {
		put_block(w, n);
	} else if (type == CMARK_NODE_CODE_BLOCK) {
		put_code_block(w, n);
	} else if (type == CMARK_NODE_THEMATIC_BREAK) {
		tree_open(&w->tree, FRAME_MARKDOWN, "hr", NULL, p.line, p.column);
	}
}

static const char *simple_name(cmark_node_type type)
{
	return type == CMARK_NODE_BLOCK_QUOTE ? "blockquote" : type == CMARK_NODE_ITEM ? "li" :
		type == CMARK_NODE_EMPH ? "em" : type == CMARK_NODE_STRONG ? "strong" : NULL;
}

static void enter(struct walk *w, cmark_node *n, cmark_node_type type)
{
	if (simple_name(type))
		open_node(w, n, simple_name(type), NULL);
	else if (type == CMARK_NODE_PARAGRAPH && !is_tight(n))
		open_node(w, n, "p", NULL);
	else if (type == CMARK_NODE_HEADING)
		open_heading(w, n);
	else if (type == CMARK_NODE_LIST)
		open_list(w, n);
	else if (type == CMARK_NODE_LINK)
		open_link(w, n);
	else if (type == CMARK_NODE_IMAGE)
		put_image(w, n);
	else
		put_leaf(w, n, type);
}

static void leave(struct walk *w, cmark_node *n, cmark_node_type type)
{
	bool opened = simple_name(type) || type == CMARK_NODE_HEADING || type == CMARK_NODE_LIST ||
		type == CMARK_NODE_LINK || (type == CMARK_NODE_PARAGRAPH && !is_tight(n));

	if (opened)
		tree_close(&w->tree);
}

static void walk_document(struct walk *w, cmark_node *document)
{
	cmark_iter *iter = cmark_iter_new(document);
	cmark_event_type event;

	while (cmark_iter_next(iter) != CMARK_EVENT_DONE) {
		cmark_node *n = cmark_iter_get_node(iter);

		if (cmark_node_get_type(n) == CMARK_NODE_HEADING && cmark_node_get_heading_level(n) == 1)
			w->first_level = true;
	}
	cmark_iter_reset(iter, document, CMARK_EVENT_ENTER);
	while ((event = cmark_iter_next(iter)) != CMARK_EVENT_DONE) {
		cmark_node *n = cmark_iter_get_node(iter);
		cmark_node_type type = cmark_node_get_type(n);
		enum table_part part = table_part(n);

		if (part && event == CMARK_EVENT_ENTER)
			enter_table(w, n, part);
		else if (part)
			leave_table(w, part);
		else if (event == CMARK_EVENT_ENTER)
			enter(w, n, type);
		else
			leave(w, n, type);
		if (type == CMARK_NODE_IMAGE && event == CMARK_EVENT_ENTER)
			cmark_iter_reset(iter, n, CMARK_EVENT_EXIT); /* its words are read */
	}
	cmark_iter_free(iter);
	tree_end(&w->tree);
}

/* ---- headings ---- */

static const struct tree_node *next_node(const struct tree_node *n)
{
	if (n->first)
		return n->first;
	while (n && !n->next)
		n = n->parent;
	return n ? n->next : NULL;
}

static void check_headings(struct tree *t)
{
	int before = 1;

	for (const struct tree_node *n = t->root; n; n = next_node(n)) {
		const char *name = n->element ? n->element->name : "";

		if (name[0] != 'h' || name[1] < '2' || name[1] > '4')
			continue;
		int level = name[1] - '0';
		if (level > before + 1)
			tree_problem(t, n->line, n->column, "a heading skips a level: the one before it is two or more above");
		before = level;
	}
}

/* ---- limits ---- */

/* cmark-gfm is quadratic in some of these, and a text of people is far from
 * them. Each counts within a run of lines without an empty one. */
enum { MAX_SIGNS = 4000, MAX_IMAGES = 300, MAX_CELLS = 20000, MAX_DECLARATIONS = 20, MAX_NESTED = 60 };

struct run { /* of lines */
	size_t signs, images, declarations, columns, lines;
};

/* Block quotes and list items that a line opens. */
static size_t nesting(const char *s, size_t n)
{
	size_t deep = 0;

	for (size_t i = 0; i < n; i++) {
		size_t digits = strspn(s + i, "0123456789"), mark = i + digits;
		bool item = digits ? (s[mark] == '.' || s[mark] == ')') && is_blank(s[mark + 1]) :
			s[i] && strchr("-+*", s[i]) && is_blank(s[i + 1]);

		if (s[i] == '>' || item)
			deep++;
		else if (!is_blank(s[i]))
			break;
		i = mark;
	}
	return deep;
}

static void count_line(struct run *r, const char *s, size_t n)
{
	size_t pipes = 0, dashes = 0;

	for (size_t i = 0; i < n; i++) {
		r->signs += strchr("[*_", s[i]) != NULL;
		r->images += s[i] == '!' && s[i + 1] == '[';
		r->declarations += s[i] == '<' && (s[i + 1] == '!' || s[i + 1] == '?');
		pipes += s[i] == '|';
		dashes += s[i] == '-';
	}
	if (pipes && dashes && pipes + 1 > r->columns)
		r->columns = pipes + 1;
	r->lines++;
}

static const char *over(const struct run *r, const char *s, size_t n)
{
	if (r->signs > MAX_SIGNS)
		return "there are too many of the signs [ * _ without an empty line between";
	if (r->images > MAX_IMAGES)
		return "there are too many pictures without an empty line between";
	if (r->declarations > MAX_DECLARATIONS)
		return "comments and declarations (<! and <?) cannot be part of a text";
	if (r->columns * r->lines > MAX_CELLS)
		return "the table is too large";
	return nesting(s, n) > MAX_NESTED ? "lists and quotations are nested too deep" : NULL;
}

/* Ends the text before the line that goes over a limit. */
static void cut_excess(struct walk *w)
{
	struct run r = { 0 };

	for (size_t i = 0; i < w->n_lines; i++) {
		const char *s = w->lines[i], *cause;
		size_t n = line_length(w, i);

		if (strspn(s, " \t") >= n)
			r = (struct run){ 0 };
		count_line(&r, s, n);
		if ((cause = over(&r, s, n))) {
			tree_problem(&w->tree, (int)i + 1, 1, "%s; what comes from here on is left out", cause);
			w->text = arena_strndup(w->arena, w->text, (size_t)(s - w->text));
			w->n_lines = 0;
			index_lines(w);
			return;
		}
	}
}

/* ---- all of it ---- */

static cmark_node *parse(const char *text)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	int options = CMARK_OPT_DEFAULT | CMARK_OPT_VALIDATE_UTF8;

	pthread_once(&once, cmark_gfm_core_extensions_ensure_registered);
	cmark_parser *parser = cmark_parser_new(options);
	cmark_syntax_extension *table = cmark_find_syntax_extension("table");
	if (table)
		cmark_parser_attach_syntax_extension(parser, table);
	cmark_parser_feed(parser, text, strlen(text));
	cmark_node *document = cmark_parser_finish(parser);
	cmark_parser_free(parser);
	return document;
}

static int by_position(const void *x, const void *y)
{
	const struct markdown_problem *a = x, *b = y;

	return a->line != b->line ? (a->line < b->line ? -1 : 1) : (a->column > b->column) - (a->column < b->column);
}

/* Cuts what is too long, at the end of a line. */
static size_t fitting(const char *text, bool *cut)
{
	size_t n = strnlen(text, MARKDOWN_MAX_BYTES + 1);

	*cut = n > MARKDOWN_MAX_BYTES;
	while (*cut && n > 0 && text[n - 1] != '\n')
		n--;
	return n;
}

bool markdown_to_xhtml(struct arena *a, const char *text, enum markdown_blocks blocks, const char **xhtml,
	struct markdown_problem **problems, size_t *n)
{
	struct walk w = { .arena = a };
	bool cut, bad;
	size_t at = 0, len = fitting(text, &cut);

	tree_begin(&w.tree, a);
	w.text = normalised(a, text, len, &bad, &at);
	index_lines(&w);
	if (cut)
		tree_problem(&w.tree, (int)w.n_lines, 1, "the text is longer than %zu KiB; what comes from here on is left out",
			MARKDOWN_MAX_BYTES >> 10);
	if (bad) {
		struct where p = place_in(&w, 1, w.text, at);

		tree_problem(&w.tree, p.line, p.column, "a byte here is not UTF-8 text");
	}
	cut_excess(&w);
	cmark_node *document = parse(w.text);
	walk_document(&w, document);
	cmark_node_free(document);
	check_headings(&w.tree);
	*xhtml = tree_write(&w.tree, blocks);
	*problems = w.tree.problems;
	*n = w.tree.n_problems;
	if (*n)
		qsort(*problems, *n, sizeof **problems, by_position);
	return *n == 0;
}
