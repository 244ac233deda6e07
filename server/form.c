/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Fields of queries and forms. */
#include "form.h"
#include <string.h>
#include "buf.h"
#include "multipart.h"
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
	size_t room = 1;

	for (const char *c = s; c < end && room < FORM_FIELDS_MAX; c++)
		room += *c == '&';
	*out = arena_array(a, room, sizeof **out);
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

const char *form_boundary(struct arena *a, const char *type)
{
	return multipart_boundary(a, type);
}

struct fields {
	struct arena *arena;
	struct pair *list;
	size_t *n;
	const char *name;
	struct buf value;
};

static bool field_begins(void *arg, const char *name, const char *file, struct error *err)
{
	struct fields *f = arg;

	f->name = name;
	return !file || error_set(err, ERROR_INVALID, "No file is expected here.");
}

static bool field_data(void *arg, const char *bytes, size_t n, struct error *err)
{
	struct fields *f = arg;

	(void)err;
	buf_add(&f->value, bytes, n);
	return true;
}

static bool field_ends(void *arg, struct error *err)
{
	struct fields *f = arg;
	bool ok = text_is_utf8(buf_text(&f->value), f->value.len) ||
		error_set(err, ERROR_INVALID, "The text sent is not UTF-8, or is wrongly encoded.");

	ok = ok && add(f->list, f->n, f->name, arena_strndup(f->arena, buf_text(&f->value), f->value.len), err);
	buf_clear(&f->value);
	return ok;
}

bool form_multipart(struct arena *a, const char *boundary, const char *s, size_t len, struct pair **out,
	size_t *n, struct error *err)
{
	static const struct multipart_ops ops = { field_begins, field_data, field_ends };
	struct multipart *m = arena_alloc(a, sizeof *m);
	struct fields f = { .arena = a, .n = n };

	*out = f.list = arena_array(a, FORM_FIELDS_MAX, sizeof **out);
	*n = 0;
	multipart_begin(m, a, boundary, &ops, &f);
	bool ok = multipart_feed(m, s, len, err) && multipart_end(m, err);
	buf_finish(&f.value);
	return ok;
}
