/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Escaping writers and the builder for small pieces. */
#include "html.h"
#include <ctype.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What a byte becomes; NULL stays as it is. */
static const char *escape_of(unsigned char c)
{
	switch (c) {
	case '&': return "&amp;";
	case '<': return "&lt;";
	case '>': return "&gt;";
	case '"': return "&quot;";
	case '\'': return "&#39;";
	case '\t':
	case '\n': return NULL;
	default: return c < 0x20 || c == 0x7f ? "\xef\xbf\xbd" : NULL;
	}
}

static const unsigned char harmful[256] = {
	1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1,
	['&'] = 1, ['<'] = 1, ['>'] = 1, ['"'] = 1, ['\''] = 1, [0x7f] = 1,
};

void html_text_n(struct buf *b, const char *s, size_t n)
{
	const char *end = s + n, *run = s;

	for (; s < end; s++) {
		if (!harmful[(unsigned char)*s])
			continue;
		buf_add(b, run, (size_t)(s - run));
		buf_str(b, escape_of((unsigned char)*s));
		run = s + 1;
	}
	buf_add(b, run, (size_t)(end - run));
}

void html_text(struct buf *b, const char *s)
{
	if (s)
		html_text_n(b, s, strlen(s));
}

/* ---- builder ---- */

static bool is_name(const char *s)
{
	if (!*s)
		return false;
	for (; *s; s++)
		if (!isalnum((unsigned char)*s) && *s != '-' && *s != ':')
			return false;
	return true;
}

static bool is_void(const char *tag)
{
	static const char *const tags[] = { "area", "base", "br", "col", "embed", "hr", "img", "input",
		"link", "meta", "source", "track", "wbr" };

	for (size_t i = 0; i < sizeof tags / sizeof *tags; i++)
		if (strcmp(tag, tags[i]) == 0)
			return true;
	return false;
}

void html_begin(struct html *h, struct buf *out)
{
	memset(h, 0, sizeof *h);
	h->out = out;
}

static void end_tag(struct html *h)
{
	if (h->in_tag)
		buf_char(h->out, '>');
	h->in_tag = 0;
}

void html_open(struct html *h, const char *tag)
{
	if (h->depth == (int)(sizeof h->stack / sizeof *h->stack) || !is_name(tag) ||
		strcmp(tag, "script") == 0 || strcmp(tag, "style") == 0)
		abort();
	end_tag(h);
	buf_printf(h->out, "<%s", tag);
	h->stack[h->depth++] = tag;
	h->in_tag = 1;
}

void html_attr(struct html *h, const char *name, const char *value)
{
	if (!h->in_tag || !is_name(name) || strncmp(name, "on", 2) == 0 || strcmp(name, "style") == 0)
		abort();
	if (!value)
		return;
	buf_printf(h->out, " %s=\"", name);
	html_text(h->out, value);
	buf_char(h->out, '"');
}

void html_attr_int(struct html *h, const char *name, long long value)
{
	char text[32];

	snprintf(text, sizeof text, "%lld", value);
	html_attr(h, name, text);
}

void html_attr_num(struct html *h, const char *name, double value)
{
	char text[32];

	snprintf(text, sizeof text, "%.6g", isfinite(value) ? value : 0.0);
	html_attr(h, name, text);
}

void html_attr_url(struct html *h, const char *name, struct url value)
{
	html_attr(h, name, value.text);
}

void html_put(struct html *h, const char *text)
{
	end_tag(h);
	html_text(h->out, text);
}

void html_close(struct html *h)
{
	if (h->depth == 0)
		abort();
	const char *tag = h->stack[--h->depth];
	end_tag(h);
	if (!is_void(tag))
		buf_printf(h->out, "</%s>", tag);
}

struct markup html_finish(struct html *h, struct arena *a)
{
	if (h->depth)
		abort();
	return (struct markup){ arena_strndup(a, buf_text(h->out), h->out->len) };
}

struct markup html_stored(const char *html)
{
	return (struct markup){ html };
}

struct markup html_highlight(struct arena *a, const char *text)
{
	struct buf b = BUF_INIT;
	bool open = false;

	for (const char *s = text ? text : ""; *s;) {
		size_t n = strcspn(s, "\x02\x03");

		html_text_n(&b, s, n);
		s += n;
		if (*s == '\x02' && !open) {
			buf_str(&b, "<mark>");
			open = true;
		} else if (*s == '\x03' && open) {
			buf_str(&b, "</mark>");
			open = false;
		}
		s += *s != '\0';
	}
	if (open)
		buf_str(&b, "</mark>");
	struct markup m = { arena_strdup(a, buf_text(&b)) };
	buf_finish(&b);
	return m;
}

struct markup html_data_block(struct arena *a, const char *type, const char *json)
{
	struct buf b = BUF_INIT;

	buf_str(&b, "<script type=\"");
	html_text(&b, type);
	buf_str(&b, "\">");
	for (; *json; json++) {
		if (strchr("<>&", *json) || (unsigned char)*json >= 0x7f)
			buf_printf(&b, "\\u%04x", (unsigned char)*json);
		else
			buf_char(&b, *json);
	}
	buf_str(&b, "</script>");
	struct markup m = { arena_strdup(a, buf_text(&b)) };
	buf_finish(&b);
	return m;
}
