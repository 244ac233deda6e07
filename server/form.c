/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Fields of queries and forms. */
#include "form.h"
#include <string.h>
#include <strings.h>
#include "text.h"
#include "url.h"

static bool add(struct pair *list, size_t *n, const char *name, const char *value, struct error *err)
{
	if (*n == FORM_FIELDS_MAX)
		return error_set(err, ERROR_INVALID, "There are more than %d fields.", FORM_FIELDS_MAX);
	list[(*n)++] = (struct pair){ name, value };
	return true;
}

bool form_urlencoded(struct arena *a, const char *s, size_t len, struct pair **out, size_t *n,
	struct error *err)
{
	const char *end = s + len;

	*out = arena_array(a, FORM_FIELDS_MAX, sizeof **out);
	*n = 0;
	while (s < end) {
		const char *amp = memchr(s, '&', (size_t)(end - s)), *stop = amp ? amp : end;
		const char *equals = memchr(s, '=', (size_t)(stop - s));
		char *name, *value = "";

		if (stop > s) {
			if (!url_decode(a, s, (size_t)((equals ? equals : stop) - s), true, &name) ||
				(equals && !url_decode(a, equals + 1, (size_t)(stop - equals - 1), true, &value)))
				return error_set(err, ERROR_INVALID, "The text sent is not UTF-8, or is wrongly encoded.");
			if (!add(*out, n, name, value, err))
				return false;
		}
		s = stop + 1;
	}
	return true;
}

/* ---- multipart ---- */

static bool broken(struct error *err)
{
	return error_set(err, ERROR_INVALID, "The form that was sent is not well made.");
}

/* The parameter `name` of a header's value, unquoted; or NULL. A backslash is
 * refused: browsers send %22 for a quote. */
static const char *parameter(struct arena *a, const char *value, const char *name)
{
	size_t m = strlen(name);

	for (const char *s = strchr(value, ';'); s; s = strchr(s, ';')) {
		s += 1 + strspn(s + 1, " \t");
		bool this = strncasecmp(s, name, m) == 0 && s[m] == '=';
		s += strcspn(s, "=;");
		if (*s != '=')
			continue;
		const char *from = ++s;
		if (*s == '"') {
			from = ++s;
			s += strcspn(s, "\"\\");
			if (*s != '"')
				return NULL;
		} else {
			s += strcspn(s, "; \t");
		}
		if (this)
			return arena_strndup(a, from, (size_t)(s - from));
	}
	return NULL;
}

const char *form_boundary(struct arena *a, const char *type)
{
	static const char name[] = "multipart/form-data";
	const char *boundary;
	size_t n;

	if (!type || strncasecmp(type, name, sizeof name - 1) != 0 || !strchr("; \t", type[sizeof name - 1]))
		return NULL;
	boundary = parameter(a, type, "boundary");
	n = boundary ? strlen(boundary) : 0;
	/* bchars of RFC 2046, 5.1.1 */
	return n > 0 && n <= 70 && boundary[n - 1] != ' ' && strspn(boundary,
		"0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ'()+_,-./:=? ") == n ? boundary : NULL;
}

static const char *find(const char *s, const char *end, const char *what, size_t m)
{
	return (size_t)(end - s) < m ? NULL : memmem(s, (size_t)(end - s), what, m);
}

/* The lines before a part's text; *s then stands at the text. */
static bool read_part_head(struct arena *a, const char **s, const char *end, const char **name,
	struct error *err)
{
	*name = NULL;
	for (;;) {
		const char *eol = find(*s, end, "\r\n", 2);
		size_t n = eol ? (size_t)(eol - *s) : 0;

		if (!eol || memchr(*s, '\0', n))
			return broken(err);
		char *line = arena_strndup(a, *s, n), *value = strchr(line, ':');
		*s = eol + 2;
		if (n == 0)
			return *name || broken(err);
		if (!value)
			return broken(err);
		*value++ = '\0';
		value += strspn(value, " \t");
		if (strcasecmp(line, "Content-Transfer-Encoding") == 0)
			return broken(err); /* RFC 7578, 4.7 */
		if (strcasecmp(line, "Content-Disposition") != 0)
			continue;
		if (*name || strncasecmp(value, "form-data;", 10) != 0)
			return broken(err);
		if (parameter(a, value, "filename") || parameter(a, value, "filename*"))
			return error_set(err, ERROR_INVALID, "No file is expected here.");
		*name = parameter(a, value, "name");
		if (!*name || !text_is_utf8(*name, strlen(*name)))
			return broken(err);
	}
}

bool form_multipart(struct arena *a, const char *boundary, const char *s, size_t len, struct pair **out,
	size_t *n, struct error *err)
{
	const char *end = s + len, *mark = arena_printf(a, "\r\n--%s", boundary), *name;
	size_t m = strlen(mark);

	*out = arena_array(a, FORM_FIELDS_MAX, sizeof **out);
	*n = 0;
	/* The first boundary has no line before it. */
	if (len < m - 2 || memcmp(s, mark + 2, m - 2) != 0)
		return broken(err);
	s += m - 2;
	for (;;) {
		if (end - s >= 2 && memcmp(s, "--", 2) == 0)
			return true; /* an epilogue means nothing */
		if (end - s < 2 || memcmp(s, "\r\n", 2) != 0)
			return broken(err);
		s += 2;
		if (!read_part_head(a, &s, end, &name, err))
			return false;
		const char *stop = find(s, end, mark, m);
		if (!stop)
			return broken(err);
		size_t size = (size_t)(stop - s);
		if (!text_is_utf8(s, size))
			return error_set(err, ERROR_INVALID, "The text sent is not UTF-8, or is wrongly encoded.");
		if (!add(*out, n, name, arena_strndup(a, s, size), err))
			return false;
		s = stop + m;
	}
}
