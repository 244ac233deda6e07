/* SPDX-License-Identifier: GPL-3.0-or-later */
/* From the form's fields to JSON, and what buttons do to it. */
#include "editor.h"

json_t *editor_keep(struct request *rq, json_t *value)
{
	if (!value)
		abort();
	return json_owned(rq->arena, value);
}

json_t *editor_parse(struct request *rq, const char *json)
{
	json_t *value = json ? json_loads(json, 0, NULL) : NULL;

	if (value && !json_is_object(value)) {
		json_decref(value);
		value = NULL;
	}
	return editor_keep(rq, value ? value : json_object());
}

/* ---- reading ---- */

static json_t *string(const char *s, size_t n)
{
	json_t *v = json_stringn(s, n);

	if (!v)
		abort(); /* out of memory: what a form holds is UTF-8 */
	return v;
}

static void append(json_t *list, json_t *v)
{
	if (json_array_append_new(list, v) != 0)
		abort();
}

/* Browsers send line ends as CR LF. */
static json_t *text_value(struct request *rq, const char *path)
{
	const char *s = request_form(rq, path);
	char *text = arena_strdup(rq->arena, s ? s : ""), *to = text;

	for (const char *c = text; *c; c++)
		if (*c != '\r')
			*to++ = *c;
	return string(text, (size_t)(to - text));
}

static json_t *lines_value(struct request *rq, const char *path)
{
	json_t *list = json_array();

	for (const char *s = request_form(rq, path); s && *s;) {
		size_t n = strcspn(s, "\r\n"), skip = strspn(s, " \t"), end = n;

		while (end > skip && (s[end - 1] == ' ' || s[end - 1] == '\t'))
			end--;
		if (skip < end)
			append(list, string(s + skip, end - skip));
		s += n;
		s += strspn(s, "\r\n");
	}
	return list;
}

static json_t *chosen_values(struct request *rq, const char *path)
{
	json_t *list = json_array();

	for (size_t i = 0; i < rq->n_form; i++)
		if (strcmp(rq->form[i].name, path) == 0 && *rq->form[i].value)
			append(list, string(rq->form[i].value, strlen(rq->form[i].value)));
	return list;
}

static json_t *read_fields(struct request *rq, const struct form_field *fields, const char *prefix);

static json_t *rows_value(struct request *rq, const struct form_field *f, const char *path)
{
	const char *rows = request_form(rq, arena_printf(rq->arena, "%s.rows", path));
	long n = rows ? strtol(rows, NULL, 10) : 0;
	json_t *list = json_array();

	for (long i = 0; i < n && i < EDITOR_ROWS_MAX; i++)
		append(list, read_fields(rq, f->fields, arena_printf(rq->arena, "%s[%ld].", path, i)));
	return list;
}

static json_t *read_fields(struct request *rq, const struct form_field *fields, const char *prefix)
{
	json_t *o = json_object();

	for (const struct form_field *f = fields; f->name; f++) {
		const char *path = arena_printf(rq->arena, "%s%s", prefix, f->name);
		json_t *v = f->kind == FIELD_GROUP && f->many ? rows_value(rq, f, path) :
			f->kind == FIELD_GROUP ? read_fields(rq, f->fields, arena_printf(rq->arena, "%s.", path)) :
			f->many && f->choices ? chosen_values(rq, path) : f->many ? lines_value(rq, path) : text_value(rq, path);

		if (!v || json_object_set_new(o, f->name, v) != 0)
			abort();
	}
	return o;
}

json_t *editor_read(struct request *rq, const struct form_field *fields)
{
	return editor_keep(rq, read_fields(rq, fields, ""));
}

/* ---- rows ---- */

const char *editor_act(const char *act, const char *verb)
{
	size_t n = strlen(verb);

	return act && strncmp(act, verb, n) == 0 && act[n] == ' ' ? act + n + 1 : NULL;
}

/* The list that a path as "repeat.changes[2]" names, with the index of its end
 * in *at (-1: none). It follows the fields, so that it goes nowhere else. */
static json_t *list_at(const struct form_field *fields, json_t *form, const char *path, long *at)
{
	char name[64];

	for (;;) {
		size_t n = strcspn(path, "[.");

		if (n == 0 || n >= sizeof name)
			return NULL;
		memcpy(name, path, n);
		name[n] = '\0';
		path += n;
		const struct form_field *f = record_form_field(fields, name);
		json_t *v = json_object_get(form, name);
		if (!f || f->kind != FIELD_GROUP || !v)
			return NULL;
		*at = -1;
		if (*path == '[') {
			char *end;

			*at = strtol(path + 1, &end, 10);
			if (*end != ']' || *at < 0)
				return NULL;
			path = end + 1;
		}
		if (!*path)
			return f->many && json_is_array(v) ? v : NULL;
		if (*path++ != '.')
			return NULL;
		form = f->many ? json_array_get(v, *at < 0 ? 0 : (size_t)*at) : v;
		fields = f->fields;
	}
}

static bool move(json_t *list, long from, long to)
{
	json_t *row = json_array_get(list, (size_t)from);

	if (!row || to < 0 || to >= (long)json_array_size(list))
		return false;
	json_incref(row);
	json_array_remove(list, (size_t)from);
	return json_array_insert_new(list, (size_t)to, row) == 0;
}

bool editor_rows(const struct form_field *fields, json_t *form, const char *act)
{
	static const char *const verbs[] = { "add", "remove", "up", "down" };
	const char *path = NULL;
	size_t verb = 0;
	json_t *list;
	long at = -1;

	while (verb < 4 && !(path = editor_act(act, verbs[verb])))
		verb++;
	if (!path || !(list = list_at(fields, form, path, &at)))
		return false;
	if (verb == 0)
		return json_array_size(list) < EDITOR_ROWS_MAX && json_array_append_new(list, json_object()) == 0;
	if (at < 0)
		return false;
	return verb == 1 ? json_array_remove(list, (size_t)at) == 0 : move(list, at, verb == 2 ? at - 1 : at + 1);
}

/* ---- comparing ---- */

static bool same_fields(const struct form_field *fields, const json_t *a, const json_t *b)
{
	for (const struct form_field *f = fields; f->name; f++)
		if (!editor_same(f, json_object_get(a, f->name), json_object_get(b, f->name)))
			return false;
	return true;
}

bool editor_same(const struct form_field *field, const json_t *a, const json_t *b)
{
	if (record_form_is_empty(a) && record_form_is_empty(b) && !(field->kind == FIELD_GROUP && field->many))
		return true;
	if (field->kind != FIELD_GROUP)
		return a && b && json_equal(a, b);
	if (!field->many)
		return same_fields(field->fields, a, b);
	if (json_array_size(a) != json_array_size(b))
		return false;
	for (size_t i = 0; i < json_array_size(a); i++)
		if (!same_fields(field->fields, json_array_get(a, i), json_array_get(b, i)))
			return false;
	return true;
}

/* ---- names ---- */

const char *editor_slug(struct arena *a, const char *title)
{
	const char *slug = text_slug(a, title, 60);

	return *slug ? slug : "untitled";
}
