/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Typed URLs. */
#include "url.h"
#include <ctype.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include "buf.h"
#include "text.h"

static bool unreserved(unsigned char c)
{
	return isalnum(c) || c == '-' || c == '.' || c == '_' || c == '~';
}

static void encode(struct buf *b, const char *s)
{
	for (; s && *s; s++) {
		if (unreserved((unsigned char)*s))
			buf_char(b, *s);
		else
			buf_printf(b, "%%%02X", (unsigned char)*s);
	}
}

static struct url keep(struct arena *a, struct buf *b)
{
	struct url u = { arena_strdup(a, buf_text(b)) };

	buf_finish(b);
	return u;
}

struct url url_path(struct arena *a, const char *fmt, ...)
{
	struct buf b = BUF_INIT;
	va_list ap;

	va_start(ap, fmt);
	for (const char *f = fmt; *f; f++) {
		if (*f != '%') {
			buf_char(&b, *f);
			continue;
		}
		f++;
		if (*f == 's')
			encode(&b, va_arg(ap, const char *));
		else if (*f == 'd')
			buf_printf(&b, "%d", va_arg(ap, int));
		else if (*f == 'b' && f == fmt + 1)
			buf_str(&b, va_arg(ap, const char *));
		else
			abort(); /* not in the language */
	}
	va_end(ap);
	if (b.len == 0 || b.data[0] != '/' || b.data[1] == '/')
		abort(); /* not a path on this server: a bug */
	return keep(a, &b);
}

struct url url_query(struct arena *a, struct url u, const char *name, const char *value)
{
	struct buf b = BUF_INIT;

	if (!u.text || !value || !*value)
		return u;
	size_t n = strcspn(u.text, "#"); /* a fragment stays at the end */

	buf_add(&b, u.text, n);
	buf_char(&b, memchr(u.text, '?', n) ? '&' : '?');
	encode(&b, name);
	buf_char(&b, '=');
	encode(&b, value);
	buf_str(&b, u.text + n);
	return keep(a, &b);
}

struct url url_query_int(struct arena *a, struct url u, const char *name, long long value)
{
	return url_query(a, u, name, arena_printf(a, "%lld", value));
}

struct url url_fragment(struct arena *a, struct url u, const char *id)
{
	struct buf b = BUF_INIT;

	buf_str(&b, u.text);
	buf_char(&b, '#');
	encode(&b, id);
	return keep(a, &b);
}

struct url url_page(struct arena *a, struct url u, int page)
{
	return (struct url){ arena_printf(a, "%s#page=%d", u.text, page) };
}

static bool plain_bytes(const char *s)
{
	for (; *s; s++)
		if ((unsigned char)*s <= 0x20 || *s == 0x7f || *s == '"' || *s == '<' || *s == '>' ||
			*s == '\\' || *s == '^' || *s == '`' || *s == '{' || *s == '|' || *s == '}')
			return false;
	return true;
}

bool url_external(struct arena *a, const char *text, struct url *out)
{
	bool mail = strncasecmp(text, "mailto:", 7) == 0;
	const char *rest = strncasecmp(text, "http://", 7) == 0 ? text + 7 :
		strncasecmp(text, "https://", 8) == 0 ? text + 8 : mail ? text + 7 : NULL;

	out->text = NULL;
	if (!rest || !plain_bytes(text) || !text_is_utf8(text, strlen(text)))
		return false;
	size_t host = strcspn(rest, "/?#");
	if (host == 0 || (!mail && memchr(rest, '@', host)))
		return false;
	out->text = arena_strdup(a, text);
	return true;
}

bool url_local(struct arena *a, const char *text, struct url *out)
{
	out->text = NULL;
	if (!text || text[0] != '/' || text[1] == '/' || !plain_bytes(text) || strlen(text) > 2000)
		return false;
	out->text = arena_strdup(a, text);
	return true;
}

static int hex(char c)
{
	return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 :
		c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

bool url_decode(struct arena *a, const char *s, size_t n, bool plus, char **out)
{
	char *to = *out = arena_alloc(a, n + 1);

	for (size_t i = 0; i < n; i++) {
		if (s[i] == '%') {
			if (n - i < 3 || hex(s[i + 1]) < 0 || hex(s[i + 2]) < 0)
				return false;
			*to++ = (char)(hex(s[i + 1]) << 4 | hex(s[i + 2]));
			i += 2;
		} else {
			*to++ = plus && s[i] == '+' ? ' ' : s[i];
		}
	}
	return text_is_utf8(*out, (size_t)(to - *out));
}
