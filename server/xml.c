/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A writer of XML. */
#include "xml.h"
#include <ctype.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "text.h"

#define REPLACEMENT "\xef\xbf\xbd"

/* Bytes of the character at s; 0 if it is none that XML could hold. */
static size_t character(const char *s)
{
	unsigned char c = (unsigned char)*s;
	size_t n = c < 0x80 ? 1 : c < 0xe0 ? 2 : c < 0xf0 ? 3 : 4;

	if (n == 1)
		return c >= 0x20 || c == '\t' || c == '\n' || c == '\r';
	if (strnlen(s, n) < n || !text_is_utf8(s, n))
		return 0;
	return n;
}

void xml_text(struct buf *b, const char *s)
{
	while (s && *s) {
		size_t n = character(s);

		switch (*s) {
		case '&': buf_str(b, "&amp;"); break;
		case '<': buf_str(b, "&lt;"); break;
		case '>': buf_str(b, "&gt;"); break;
		case '"': buf_str(b, "&quot;"); break;
		case '\t': buf_str(b, "&#9;"); break;
		case '\n': buf_str(b, "&#10;"); break;
		case '\r': buf_str(b, "&#13;"); break;
		default:
			if (n && !text_noncharacter(s))
				buf_add(b, s, n);
			else
				buf_str(b, REPLACEMENT);
		}
		s += n ? n : 1;
	}
}

void xml_begin(struct xml *x, struct buf *out)
{
	memset(x, 0, sizeof *x);
	x->out = out;
	buf_str(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
}

static bool is_name(const char *s)
{
	if (!isalpha((unsigned char)*s))
		return false;
	for (; *s; s++)
		if (!isalnum((unsigned char)*s) && !strchr("-_.:", *s))
			return false;
	return true;
}

static void end_tag(struct xml *x)
{
	if (x->in_tag)
		buf_char(x->out, '>');
	x->in_tag = 0;
}

void xml_open(struct xml *x, const char *name)
{
	if (x->depth == (int)(sizeof x->stack / sizeof *x->stack) || !is_name(name))
		abort();
	end_tag(x);
	buf_printf(x->out, "<%s", name);
	x->stack[x->depth++] = name;
	x->in_tag = 1;
}

void xml_attr(struct xml *x, const char *name, const char *value)
{
	if (!x->in_tag || !is_name(name))
		abort();
	if (!value)
		return;
	buf_printf(x->out, " %s=\"", name);
	xml_text(x->out, value);
	buf_char(x->out, '"');
}

void xml_put(struct xml *x, const char *text)
{
	if (!text || !*text)
		return;
	end_tag(x);
	xml_text(x->out, text);
}

void xml_close(struct xml *x)
{
	if (x->depth == 0)
		abort();
	const char *name = x->stack[--x->depth];
	if (x->in_tag)
		buf_str(x->out, "/>");
	else
		buf_printf(x->out, "</%s>", name);
	x->in_tag = 0;
	if (x->depth <= 3)
		buf_char(x->out, '\n');
}

void xml_leaf(struct xml *x, const char *name, const char *text)
{
	if (!text)
		return;
	xml_open(x, name);
	xml_put(x, text);
	xml_close(x);
}

void xml_leaf_int(struct xml *x, const char *name, int64_t value)
{
	char text[32];

	snprintf(text, sizeof text, "%lld", (long long)value);
	xml_leaf(x, name, text);
}

void xml_end(struct xml *x)
{
	if (x->depth || x->in_tag)
		abort();
}
