/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Records as text, and their differences as a table. */
#include "readable.h"
#include "diff.h"

#define CONTEXT 2 /* unchanged lines that are shown around a change */

const char *audience_label(enum audience a)
{
	return a == AUDIENCE_PUBLIC ? "Everyone" : a == AUDIENCE_NETWORK ? "Members of the network" :
		a == AUDIENCE_SPACE ? "Members of the space" : a == AUDIENCE_RESTRICTED ? "Named people" : "";
}

/* ---- text ---- */

static void add_value(struct buf *b, struct arena *a, const struct form_field *field, const json_t *value);

/* "Label: value" a line for each member of a group. */
static void add_group(struct buf *b, struct arena *a, const struct form_field *field, const json_t *value)
{
	const struct form_field *fields = field ? field->fields : NULL;
	const json_t *member;
	const char *name;

	for (const struct form_field *f = fields; f && f->name; f++) {
		const char *text = readable_text(a, f, json_object_get(value, f->name));

		if (*text)
			buf_printf(b, "%s: %s\n", f->label, text);
	}
	if (fields)
		return;
	json_object_foreach((json_t *)value, name, member) {
		buf_printf(b, "%s: ", name);
		add_value(b, a, NULL, member);
	}
}

static const char *choice_label(const struct form_field *field, const char *value)
{
	for (size_t i = 0; field && field->choices && field->choice_labels && field->choices[i]; i++)
		if (strcmp(field->choices[i], value) == 0)
			return field->choice_labels[i];
	return value;
}

static void add_value(struct buf *b, struct arena *a, const struct form_field *field, const json_t *value)
{
	const json_t *item;
	size_t i;

	if (json_is_string(value)) {
		const char *text = choice_label(field, json_string_value(value));

		buf_str(b, text);
		if (*text)
			buf_char(b, '\n');
	} else if (json_is_object(value)) {
		add_group(b, a, field, value);
	} else {
		json_array_foreach(value, i, item) {
			if (i && json_is_object(item))
				buf_char(b, '\n');
			add_value(b, a, field, item);
		}
	}
}

const char *readable_text(struct arena *a, const struct form_field *field, const json_t *value)
{
	struct buf b = BUF_INIT;
	const char *text;

	add_value(&b, a, field, value);
	text = buf_text(&b);
	size_t n = strlen(text);
	while (n && text[n - 1] == '\n')
		n--;
	text = arena_strndup(a, text, n);
	buf_finish(&b);
	return text;
}

/* ---- differences ---- */

struct comparison {
	struct request *rq;
	struct data *page;
	bool any, cut;
};

static void put_parts(struct data *row, const char *list, const struct diff_part *parts, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct data *item = data_item(row, list);

		data_text(item, "text", parts[i].text);
		data_flag(item, "changed", parts[i].changed);
	}
}

static void put_row(struct data *field, const struct diff_row *r)
{
	static const char *const kinds[] = { [DIFF_SAME] = "same", [DIFF_GONE] = "gone", [DIFF_NEW] = "new",
		[DIFF_CHANGED] = "changed" };
	struct data *row = data_item(field, "rows");

	data_text(row, "kind", kinds[r->kind]);
	data_flag(row, "has_left", r->left_line > 0);
	data_flag(row, "has_right", r->right_line > 0);
	put_parts(row, "left", r->left, r->n_left);
	put_parts(row, "right", r->right, r->n_right);
}

/* Is a change within CONTEXT rows of i? */
static bool near_change(const struct diff_row *rows, size_t n, size_t i)
{
	for (size_t k = i > CONTEXT ? i - CONTEXT : 0; k < n && k <= i + CONTEXT; k++)
		if (rows[k].kind != DIFF_SAME)
			return true;
	return false;
}

bool readable_rows(struct arena *a, struct data *field, const char *left, const char *right)
{
	struct diff_row *rows;
	size_t n, skipped = 0;
	bool cut;

	diff_texts(a, left, right, &rows, &n, &cut);
	for (size_t i = 0; i <= n; i++) {
		if (i < n && !near_change(rows, n, i)) {
			skipped++;
			continue;
		}
		if (skipped)
			data_textf(data_item(field, "rows"), "skipped", "%zu unchanged %s", skipped, skipped == 1 ? "line" : "lines");
		skipped = 0;
		if (i < n)
			put_row(field, &rows[i]);
	}
	return cut;
}

static void compare(struct comparison *c, const char *label, const char *left, const char *right)
{
	if (strcmp(left, right) == 0) {
		if (*left)
			data_text(data_item(c->page, "unchanged"), "label", label);
		return;
	}
	struct data *field = data_item(c->page, "fields");
	data_text(field, "label", label);
	c->any = true;
	c->cut = readable_rows(c->rq->arena, field, left, right) || c->cut;
}

void readable_difference(struct request *rq, struct data *page, const char *type, const struct readable_side *left,
	const struct readable_side *right)
{
	struct comparison c = { .rq = rq, .page = page };
	struct arena *a = rq->arena;

	for (const struct form_field *f = record_form(rq->engine->schemas, type); f && f->name; f++)
		compare(&c, f->label, readable_text(a, f, json_object_get(left->form, f->name)),
			readable_text(a, f, json_object_get(right->form, f->name)));
	if (left->slug && right->slug)
		compare(&c, "Address", left->slug, right->slug);
	if (left->audience && right->audience)
		compare(&c, "Who may read it", audience_label(left->audience), audience_label(right->audience));
	data_flag(page, "same", !c.any);
	data_flag(page, "cut", c.cut);
}
