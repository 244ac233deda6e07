/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a person wrote in an answer: not what the program quoted, nor a signature. */
#include <libxml/HTMLparser.h>
#include <string.h>
#include <strings.h>
#include "buf.h"
#include "reply_mail.h"
#include "text.h"

/* ---- lines ---- */

struct lines {
	char **line;
	size_t n;
};

static struct lines split(struct arena *a, const char *text)
{
	struct lines l = { NULL, 1 };
	size_t i = 0;

	for (const char *s = text; *s; s++)
		l.n += *s == '\n';
	l.line = arena_array(a, l.n, sizeof *l.line);
	for (const char *s = text; i < l.n; i++, s += *s == '\n') {
		size_t n = strcspn(s, "\n"), end = n;

		while (end && (s[end - 1] == ' ' || s[end - 1] == '\t'))
			end--;
		l.line[i] = arena_strndup(a, s, end);
		s += n;
	}
	return l;
}

static bool begins(const char *s, const char *with)
{
	return strncasecmp(s, with, strlen(with)) == 0;
}

static bool ends(const char *s, const char *with)
{
	size_t n = strlen(s), m = strlen(with);

	return n >= m && strcasecmp(s + n - m, with) == 0;
}

/* "From:", as programs put it above what they quote: also "*From:*". */
static bool is_field(const char *s, const char *name)
{
	s += strspn(s, "*> ");
	return begins(s, name) && s[strlen(name)] == ':';
}

/* The header of the quoted message, as Outlook shows it. */
static bool is_quoted_header(const struct lines *l, size_t i)
{
	bool sent = false, to = false;

	if (!is_field(l->line[i], "From"))
		return false;
	for (size_t k = i + 1; k < l->n && k < i + 6; k++) {
		sent = sent || is_field(l->line[k], "Sent") || is_field(l->line[k], "Date");
		to = to || is_field(l->line[k], "To") || is_field(l->line[k], "Subject");
	}
	return sent && to;
}

static bool ends_here(const struct lines *l, size_t i)
{
	const char *s = l->line[i];

	if (strstr(s, REPLY_LINE) || is_quoted_header(l, i))
		return true;
	if (begins(s, "--") && (strcasestr(s, "original message") || strcasestr(s, "forwarded message")))
		return true;
	if (strspn(s, "_") < 10 || s[strspn(s, "_")])
		return false;
	for (size_t k = i + 1; k < l->n && k < i + 3; k++)
		if (is_quoted_header(l, k))
			return true;
	return false;
}

static size_t last_written(const struct lines *l, size_t n)
{
	while (n && !*l->line[n - 1])
		n--;
	return n;
}

/* "On Tuesday, Ana Ruiz <ana@...> wrote:", over up to four lines that end before line n: where it begins, else n. */
static size_t attribution(const struct lines *l, size_t n)
{
	size_t end = last_written(l, n);
	const char *last = end ? l->line[end - 1] : "";
	bool wrote = ends(last, "wrote:");

	if (!wrote && !(ends(last, ":") && strchr(last, '@')))
		return n;
	for (size_t i = end; i > 0 && end - i < 4 && *l->line[i - 1]; i--)
		if (begins(l->line[i - 1], "On ") || begins(l->line[i - 1], "At "))
			return i - 1;
	return wrote || strchr(last, '<') ? end - 1 : n;
}

static bool is_device(const char *s)
{
	return begins(s, "Sent from my ") || begins(s, "Sent from Mail for ") || begins(s, "Sent from Outlook for ") ||
		begins(s, "Get Outlook for ") || begins(s, "Sent from Yahoo ") || begins(s, "Sent from ProtonMail") ||
		begins(s, "Sent via ");
}

char *reply_mail_own(struct arena *a, const char *text)
{
	struct lines l = split(a, text);
	struct buf out = BUF_INIT;
	size_t n = 0, kept = 0, from = 0;
	bool quoted = false;

	while (n < l.n && !ends_here(&l, n))
		n++;
	if (n < l.n)
		n = attribution(&l, n);
	/* Quoted lines go, with what says whose they are. */
	for (size_t i = 0; i < n; i++) {
		if (*l.line[i] == '>') {
			if (!quoted)
				kept = attribution(&(struct lines){ l.line, kept }, kept);
			quoted = true;
		} else {
			quoted = quoted && !*l.line[i];
			l.line[kept++] = l.line[i];
		}
	}
	for (n = 0; n < kept && strcmp(l.line[n], "--") != 0; n++)
		;
	n = last_written(&l, n);
	if (n && is_device(l.line[n - 1]))
		n = last_written(&l, n - 1);
	while (from < n && !*l.line[from])
		from++;
	for (size_t i = from; i < n; i++) {
		buf_str(&out, l.line[i]);
		buf_str(&out, i + 1 < n ? "\n" : "");
	}
	char *own = arena_strdup(a, buf_text(&out));
	buf_finish(&out);
	return own;
}

/* ---- HTML ---- */

static bool one_of(const xmlChar *name, const char *const *names)
{
	for (; *names; names++)
		if (xmlStrcasecmp(name, (const xmlChar *)*names) == 0)
			return true;
	return false;
}

static bool has_word(xmlNode *node, const char *attribute, const char *part)
{
	xmlChar *value = xmlGetProp(node, (const xmlChar *)attribute);
	bool there = value && strstr((const char *)value, part);

	xmlFree(value);
	return there;
}

/* How mail programs mark what they quote. */
static bool is_quote(xmlNode *node)
{
	static const char *const names[] = { "blockquote", "head", "style", "script", "title", "template", NULL };

	return one_of(node->name, names) || has_word(node, "class", "gmail_quote") || has_word(node, "class", "yahoo_quoted") ||
		has_word(node, "class", "moz-cite-prefix") || has_word(node, "class", "protonmail_quote");
}

/* Outlook: all that follows is the message that was answered. */
static bool is_end(xmlNode *node)
{
	return has_word(node, "id", "divRplyFwdMsg") || has_word(node, "id", "appendonsend") ||
		has_word(node, "id", "OLK_SRC_BODY_SECTION") || has_word(node, "id", "mail-editor-reference-message");
}

static const char *const blocks[] = { "p", "div", "br", "li", "tr", "ul", "ol", "table", "h1", "h2", "h3", "h4", "h5", "h6",
	"pre", "hr", "section", "article", NULL };
static const char *const apart[] = { "p", "ul", "ol", "table", "h1", "h2", "h3", "h4", "h5", "h6", "pre", NULL };

static void new_line(struct buf *out, bool empty)
{
	if (!out->len)
		return;
	if (out->data[out->len - 1] != '\n')
		buf_char(out, '\n');
	if (empty && out->len > 1 && out->data[out->len - 2] != '\n')
		buf_char(out, '\n');
}

/* White space shrinks, as on a page; a no-break space is one. */
static void put_words(struct buf *out, const char *s)
{
	for (; *s; s++) {
		bool nbsp = strncmp(s, "\xc2\xa0", 2) == 0;

		if (!nbsp && !strchr(" \t\r\n", *s))
			buf_char(out, *s);
		else if (out->len && !strchr(" \n", out->data[out->len - 1]))
			buf_char(out, ' ');
		s += nbsp;
	}
}

static void enter(xmlNode *node, struct buf *out)
{
	if (xmlStrcasecmp(node->name, (const xmlChar *)"br") == 0) {
		buf_char(out, '\n');
		return;
	}
	if (one_of(node->name, blocks))
		new_line(out, one_of(node->name, apart));
	if (xmlStrcasecmp(node->name, (const xmlChar *)"li") == 0)
		buf_str(out, "- ");
}

static void leave(xmlNode *node, struct buf *out)
{
	xmlChar *href = xmlStrcasecmp(node->name, (const xmlChar *)"a") == 0 ? xmlGetProp(node, (const xmlChar *)"href") : NULL;

	if (href && begins((const char *)href, "http") && out->len < REPLY_TEXT_MAX * 2 &&
		!ends(buf_text(out), (const char *)href))
		buf_printf(out, " (%s)", (const char *)href);
	xmlFree(href);
	if (one_of(node->name, blocks) && xmlStrcasecmp(node->name, (const xmlChar *)"br") != 0)
		new_line(out, one_of(node->name, apart));
}

/* Without recursion: such pages can be nested as deep as their sender likes. */
static void walk(xmlNode *root, struct buf *out)
{
	xmlNode *node = root;

	while (node) {
		bool element = node->type == XML_ELEMENT_NODE, down = false;

		if (element && is_end(node))
			return;
		if (element && !is_quote(node)) {
			enter(node, out);
			down = node->children;
			if (!down)
				leave(node, out);
		} else if (node->type == XML_TEXT_NODE && node->content) {
			put_words(out, (const char *)node->content);
		}
		if (down) {
			node = node->children;
			continue;
		}
		while (node && node != root && !node->next) {
			node = node->parent;
			if (node && node->type == XML_ELEMENT_NODE)
				leave(node, out);
		}
		node = !node || node == root ? NULL : node->next;
	}
}

char *reply_mail_html(struct arena *a, const char *html, size_t n)
{
	/* Marked, so that a "charset" of the page itself, which no longer holds, counts for nothing. */
	htmlDocPtr doc = n > (1U << 26) ? NULL : htmlReadMemory(html, (int)n, NULL, "UTF-8",
		HTML_PARSE_NONET | HTML_PARSE_NOERROR | HTML_PARSE_NOWARNING | HTML_PARSE_RECOVER);
	struct buf out = BUF_INIT;
	char *text;

	if (doc)
		walk(xmlDocGetRootElement(doc), &out);
	xmlFreeDoc(doc);
	text = text_is_utf8(buf_text(&out), out.len) ? arena_strdup(a, buf_text(&out)) : arena_strdup(a, "");
	buf_finish(&out);
	return text;
}
