/* SPDX-License-Identifier: GPL-3.0-or-later */
/* multipart/form-data, piece by piece. */
#include "multipart.h"
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include "text.h"

enum { FIRST, AFTER_MARK, LAST_DASH, LINE_LF, HEAD, DATA, EPILOGUE };

static bool broken(struct error *err)
{
	return error_set(err, ERROR_INVALID, "The form that was sent is not well made.");
}

void multipart_begin(struct multipart *m, struct arena *a, const char *boundary, const struct multipart_ops *ops,
	void *arg)
{
	size_t k = 0;

	memset(m, 0, sizeof *m);
	m->arena = a;
	m->ops = ops;
	m->arg = arg;
	m->n_mark = (size_t)snprintf(m->mark, sizeof m->mark, "\r\n--%s", boundary);
	m->met = 2; /* the first boundary has no line before it */
	/* Knuth, Morris, Pratt. */
	for (size_t i = 1; i < m->n_mark; i++) {
		while (k > 0 && m->mark[i] != m->mark[k])
			k = m->back[k - 1];
		k += m->mark[i] == m->mark[k];
		m->back[i] = (unsigned char)k;
	}
}

/* The parameter `name` of a header's value, unquoted; NULL if there is none.
 * *bad: there may be one, but it cannot be read: a backslash (browsers send %22
 * for a quote), or no end. */
static const char *parameter(struct arena *a, const char *value, const char *name, bool *bad)
{
	size_t m = strlen(name);
	const char *found = NULL;

	for (const char *s = strchr(value, ';'); s && !*bad; s = strchr(s, ';')) {
		s += 1 + strspn(s + 1, " \t");
		bool this = strncasecmp(s, name, m) == 0 && s[m] == '=';
		s += strcspn(s, "=;");
		if (*s != '=')
			continue;
		const char *from = ++s;
		if (*s == '"') {
			from = ++s;
			s += strcspn(s, "\"\\");
			*bad = *bad || *s != '"';
		} else {
			s += strcspn(s, "; \t");
		}
		if (this && found)
			*bad = true;
		else if (this)
			found = arena_strndup(a, from, (size_t)(s - from));
		s += *s == '"';
	}
	return *bad ? NULL : found;
}

const char *multipart_boundary(struct arena *a, const char *type)
{
	static const char name[] = "multipart/form-data";
	const char *boundary;
	bool bad = false;
	size_t n;

	if (!type || strncasecmp(type, name, sizeof name - 1) != 0 || !strchr("; \t", type[sizeof name - 1]))
		return NULL;
	boundary = parameter(a, type, "boundary", &bad);
	n = boundary ? strlen(boundary) : 0;
	/* bchars of RFC 2046, 5.1.1 */
	return n > 0 && n <= MULTIPART_BOUNDARY_MAX && boundary[n - 1] != ' ' && strspn(boundary,
		"0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ'()+_,-./:=? ") == n ? boundary : NULL;
}

static bool read_line(struct multipart *m, char *line, const char **name, const char **file, struct error *err)
{
	char *value = strchr(line, ':');
	bool bad = false;

	if (!value)
		return broken(err);
	*value++ = '\0';
	value += strspn(value, " \t");
	if (strcasecmp(line, "Content-Transfer-Encoding") == 0)
		return broken(err); /* RFC 7578, 4.7 */
	if (strcasecmp(line, "Content-Disposition") != 0)
		return true;
	if (*name || strncasecmp(value, "form-data;", 10) != 0)
		return broken(err);
	*name = parameter(m->arena, value, "name", &bad);
	*file = parameter(m->arena, value, "filename", &bad);
	if (parameter(m->arena, value, "filename*", &bad)) /* RFC 7578, 4.2: not here */
		return broken(err);
	return (!bad && *name && text_is_utf8(*name, strlen(*name)) && (!*file || text_is_utf8(*file, strlen(*file)))) ||
		broken(err);
}

/* The lines before a part's data, with the empty one. */
static bool read_head(struct multipart *m, struct error *err)
{
	const char *name = NULL, *file = NULL;
	char *at = m->head, *end = m->head + m->n_head - 2, *eol;

	if (memchr(m->head, '\0', m->n_head))
		return broken(err);
	for (; at < end; at = eol + 2) {
		eol = memmem(at, (size_t)(end + 2 - at), "\r\n", 2);
		*eol = '\0';
		if (!read_line(m, at, &name, &file, err))
			return false;
	}
	m->n_head = 0;
	return name ? m->ops->part(m->arg, name, file, err) : broken(err);
}

/* Takes bytes of a head; *used is how many. */
static bool feed_head(struct multipart *m, const char *s, size_t n, size_t *used, struct error *err)
{
	for (*used = 0; *used < n;) {
		if (m->n_head == sizeof m->head)
			return broken(err);
		m->head[m->n_head++] = s[(*used)++];
		bool empty = m->n_head == 2 && memcmp(m->head, "\r\n", 2) == 0;
		if (empty || (m->n_head >= 4 && memcmp(m->head + m->n_head - 4, "\r\n\r\n", 4) == 0)) {
			m->state = DATA;
			m->met = 0;
			return read_head(m, err);
		}
	}
	return true;
}

/* What looked like the mark and was not is data. */
static bool fall_back(struct multipart *m, char next, struct error *err)
{
	size_t was = m->met;

	while (m->met > 0 && m->mark[m->met] != next)
		m->met = m->back[m->met - 1];
	return was == m->met || m->ops->data(m->arg, m->mark, was - m->met, err);
}

static bool feed_data(struct multipart *m, const char *s, size_t n, size_t *used, struct error *err)
{
	size_t from = 0, i = 0; /* from: data not yet handed on */

	while (i < n) {
		if (m->met == 0) {
			const char *cr = memchr(s + i, '\r', n - i);

			i = cr ? (size_t)(cr - s) : n;
			if (i > from && !m->ops->data(m->arg, s + from, i - from, err))
				return false;
			from = i;
			if (i == n)
				break;
		}
		if (s[i] != m->mark[m->met] && !fall_back(m, s[i], err))
			return false;
		if (s[i] != m->mark[m->met]) {
			from = i++; /* m->met is 0; the next turn hands it on */
			continue;
		}
		from = ++i;
		if (++m->met == m->n_mark) {
			m->state = AFTER_MARK;
			break;
		}
	}
	if (m->met == 0 && i > from && !m->ops->data(m->arg, s + from, i - from, err))
		return false;
	*used = i;
	return m->state != AFTER_MARK || m->ops->end(m->arg, err);
}

bool multipart_feed(struct multipart *m, const char *s, size_t n, struct error *err)
{
	size_t used;

	for (; n > 0; s += used, n -= used) {
		used = 1;
		switch (m->state) {
		case FIRST:
			if (*s != m->mark[m->met])
				return broken(err);
			if (++m->met == m->n_mark)
				m->state = AFTER_MARK;
			break;
		case AFTER_MARK:
			if (*s != '-' && *s != '\r')
				return broken(err);
			m->state = *s == '-' ? LAST_DASH : LINE_LF;
			break;
		case LAST_DASH:
		case LINE_LF:
			if (*s != (m->state == LAST_DASH ? '-' : '\n'))
				return broken(err);
			m->state = m->state == LAST_DASH ? EPILOGUE : HEAD;
			break;
		case HEAD:
			if (!feed_head(m, s, n, &used, err))
				return false;
			break;
		case DATA:
			if (!feed_data(m, s, n, &used, err))
				return false;
			break;
		default:
			return true; /* an epilogue means nothing */
		}
	}
	return true;
}

bool multipart_end(const struct multipart *m, struct error *err)
{
	return m->state == EPILOGUE || broken(err);
}
