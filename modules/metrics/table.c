/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Figures from CSV. */
#include "table.h"
#include <strings.h>

#define COLUMNS_MAX 64

struct reading {
	const struct dictionary *dictionary;
	struct arena *arena;
	struct table *table;
	int64_t now_us;
	const struct csv_row *head;
	int space, indicator, period, value, reason;   /* columns, -1: none */
	const struct indicator *indicators[COLUMNS_MAX]; /* of the shape with a column for each */
	size_t room;
};

static void problem(struct reading *r, int line, const char *column, const char *cause)
{
	struct table *t = r->table;

	if (t->n_problems == TABLE_PROBLEMS_MAX)
		t->more++;
	else
		t->problems[t->n_problems++] = (struct table_problem){ line, column, cause };
}

/* ---- the head ---- */

static const char *trimmed(struct arena *a, const char *s)
{
	size_t n;

	s += strspn(s, " \t");
	n = strlen(s);
	while (n > 0 && (s[n - 1] == ' ' || s[n - 1] == '\t'))
		n--;
	return arena_strndup(a, s, n);
}

static const struct indicator *by_name(const struct dictionary *d, const char *name)
{
	for (size_t i = 0; i < d->n; i++)
		if (strcasecmp(d->indicators[i].id, name) == 0 || strcasecmp(d->indicators[i].label, name) == 0)
			return &d->indicators[i];
	return NULL;
}

static bool read_head(struct reading *r, struct error *err)
{
	bool any = false;

	if (r->head->n > COLUMNS_MAX)
		return error_set(err, ERROR_INVALID, "The head has more than %d columns.", COLUMNS_MAX);
	r->space = r->indicator = r->period = r->value = r->reason = -1;
	for (size_t i = 0; i < r->head->n; i++) {
		const char *name = trimmed(r->arena, r->head->cells[i]);
		int *place = strcasecmp(name, "space") == 0 ? &r->space : strcasecmp(name, "indicator") == 0 ? &r->indicator :
			strcasecmp(name, "period") == 0 ? &r->period : strcasecmp(name, "value") == 0 ? &r->value :
			strcasecmp(name, "reason") == 0 ? &r->reason : NULL;

		r->head->cells[i] = name;
		if (place && *place >= 0)
			return error_set(err, ERROR_INVALID, "Line %d: the column %s stands there twice.", r->head->line, name);
		if (place) {
			*place = (int)i;
			continue;
		}
		r->indicators[i] = by_name(r->dictionary, name);
		if (!r->indicators[i])
			return error_set(err, ERROR_INVALID, "Line %d: there is no column or indicator \"%s\". "
				"The form for the file shows which there are.", r->head->line, text_excerpt(r->arena, name, 40));
		any = true;
	}
	r->table->has_space = r->space >= 0;
	if (r->period < 0)
		return error_set(err, ERROR_INVALID, "Line %d: there is no column period.", r->head->line);
	if (any ? r->indicator >= 0 || r->value >= 0 : r->indicator < 0 || r->value < 0)
		return error_set(err, ERROR_INVALID, "Line %d: the head has either the columns indicator and value, or a column for "
			"each indicator.", r->head->line);
	return true;
}

/* ---- rows ---- */

static const char *cell(const struct csv_row *row, int column)
{
	return column >= 0 && (size_t)column < row->n ? row->cells[column] : "";
}

static void add_figure(struct reading *r, const struct csv_row *row, int column, const struct indicator *in,
	struct period p)
{
	const char *name = r->head->cells[column], *wrong, *reason = trimmed(r->arena, cell(row, r->reason));
	struct table *t = r->table;
	int64_t value;

	if (!check_number(r->arena, cell(row, column), &value, &wrong)) {
		problem(r, row->line, name, wrong);
		return;
	}
	if (value < 0) /* not known */
		return;
	wrong = check_range(r->arena, in, p, value, r->now_us);
	if (wrong) {
		problem(r, row->line, name, wrong);
		return;
	}
	if (t->n == r->room) {
		size_t room = r->room ? r->room * 2 : 256;
		struct table_figure *more = arena_array(r->arena, room, sizeof *more);

		if (t->n)
			memcpy(more, t->figures, t->n * sizeof *more);
		t->figures = more;
		r->room = room;
	}
	t->figures[t->n++] = (struct table_figure){ .line = row->line, .column = name, .indicator = in, .period = p,
		.value = value, .reason = *reason ? reason : NULL,
		.space = r->space >= 0 ? trimmed(r->arena, cell(row, r->space)) : NULL };
}

static void read_row(struct reading *r, const struct csv_row *row)
{
	struct arena *a = r->arena;
	struct period p;

	if (row->n != r->head->n) {
		problem(r, row->line, NULL, arena_printf(a, "The row has %zu cells, the head has %zu.", row->n, r->head->n));
		return;
	}
	if (!period_parse(trimmed(a, cell(row, r->period)), &p)) {
		problem(r, row->line, "period", arena_printf(a, "\"%s\" is neither a month as 2026-03 nor a year as 2026.",
			text_excerpt(a, cell(row, r->period), 20)));
		return;
	}
	if (r->space >= 0 && !text_is_slug(trimmed(a, cell(row, r->space)))) {
		problem(r, row->line, "space", "The space is written as in its address, as high-point.");
		return;
	}
	if (r->indicator >= 0) {
		const struct indicator *in = by_name(r->dictionary, trimmed(a, cell(row, r->indicator)));

		if (!in)
			problem(r, row->line, "indicator", arena_printf(a, "There is no indicator \"%s\".",
				text_excerpt(a, cell(row, r->indicator), 40)));
		else
			add_figure(r, row, r->value, in, p);
		return;
	}
	for (size_t i = 0; i < row->n; i++)
		if (r->indicators[i])
			add_figure(r, row, (int)i, r->indicators[i], p);
}

bool table_read(const struct dictionary *d, struct arena *a, const char *text, size_t n, int64_t now_us,
	struct table *t, struct error *err)
{
	struct reading r = { .dictionary = d, .arena = a, .table = t, .now_us = now_us };
	struct csv_row *rows;
	size_t n_rows;

	memset(t, 0, sizeof *t);
	if (!csv_read(a, text, n, TABLE_ROWS_MAX, &rows, &n_rows, err))
		return false;
	if (n_rows == 0)
		return error_set(err, ERROR_INVALID, "The file is empty.");
	r.head = &rows[0];
	if (!read_head(&r, err))
		return false;
	for (size_t i = 1; i < n_rows; i++)
		read_row(&r, &rows[i]);
	if (t->n == 0 && t->n_problems == 0)
		return error_set(err, ERROR_INVALID, "The file has a head, but no figure.");
	return true;
}

/* ---- figures together ---- */

static int by_place(const void *x, const void *y)
{
	const struct table_figure *a = x, *b = y;
	int order = strcmp(a->space ? a->space : "", b->space ? b->space : "");

	order = order ? order : strcmp(a->indicator->id, b->indicator->id);
	order = order ? order : period_compare(a->period, b->period);
	return order ? order : a->line - b->line;
}

void table_sort(struct table *t)
{
	if (t->n)
		qsort(t->figures, t->n, sizeof *t->figures, by_place);
}

static int by_figure(const void *x, const void *y)
{
	const struct figure *a = x, *b = y;
	int order = strcmp(a->indicator, b->indicator);

	return order ? order : period_compare(a->period, b->period);
}

/* Where the figures of a space (NULL: all) begin in a sorted table, and how many they are. */
static struct table_figure *of_space(const struct table *t, const char *space, size_t *n)
{
	size_t first = 0, last;

	*n = t->n;
	if (!space)
		return t->figures;
	while (first < t->n && strcmp(t->figures[first].space ? t->figures[first].space : "", space) != 0)
		first++;
	for (last = first; last < t->n && t->figures[last].space && strcmp(t->figures[last].space, space) == 0;)
		last++;
	*n = last - first;
	return t->figures + first;
}

/* What will be there: the file's figures over the stored ones. */
static struct history merge(struct arena *a, const struct table *t, const char *space, const struct history *stored)
{
	size_t n;
	const struct table_figure *own = of_space(t, space, &n);
	struct figure *all = arena_array(a, stored->n + n + 1, sizeof *all);
	struct history file = { all, n }, h = { all, n };

	for (size_t i = 0; i < n; i++)
		all[i] = (struct figure){ .indicator = own[i].indicator->id, .period = own[i].period, .value = own[i].value };
	for (size_t i = 0; i < stored->n; i++)
		if (!history_find(&file, stored->figures[i].indicator, stored->figures[i].period))
			all[h.n++] = stored->figures[i];
	if (h.n)
		qsort(all, h.n, sizeof *all, by_figure);
	return h;
}

static void check_parts(struct reading *r, const struct history *h, const struct table_figure *f)
{
	for (size_t i = 0; i < r->dictionary->n; i++) {
		const struct indicator *part = &r->dictionary->indicators[i];
		const struct figure *other;
		const char *wrong = NULL;

		if (part == f->indicator && part->part_of) {
			other = history_find(h, part->part_of->id, f->period);
			wrong = other ? check_part(r->arena, part, f->value, other->value) : NULL;
		} else if (part->part_of == f->indicator) {
			other = history_find(h, part->id, f->period);
			wrong = other ? check_part(r->arena, part, other->value, f->value) : NULL;
		}
		if (wrong)
			problem(r, f->line, f->column, wrong);
	}
}

void table_check(const struct dictionary *d, struct arena *a, struct table *t, const char *space,
	const struct history *stored)
{
	struct reading r = { .dictionary = d, .arena = a, .table = t };
	size_t n;

	table_sort(t);
	struct history h = merge(a, t, space, stored);
	struct table_figure *own = of_space(t, space, &n);
	for (size_t i = 0; i < n; i++) {
		struct table_figure *f = &own[i];

		check_parts(&r, &h, f);
		if (i > 0 && by_place(&(struct table_figure){ .space = f[-1].space, .indicator = f[-1].indicator,
			.period = f[-1].period, .line = f->line }, f) == 0)
			problem(&r, f->line, f->column, arena_printf(a, "%s of %s stands in line %d already.", f->indicator->label,
				period_human(a, f->period), f[-1].line));
		const struct figure *old = history_find(stored, f->indicator->id, f->period);
		f->corrects = old && old->value != f->value;
		f->same = old && !f->corrects;
		f->old = old ? old->value : -1;
		f->doubt = f->same ? NULL : check_usual(a, &h, f->indicator, f->period, f->value);
		t->unexplained += (f->doubt || f->corrects) && !f->reason;
	}
}

struct figure_change *table_changes(struct arena *a, const struct table *t, const char *space,
	const char *reason, size_t *n)
{
	const struct table_figure *own = of_space(t, space, n);
	struct figure_change *changes = arena_array(a, *n + 1, sizeof *changes);

	for (size_t i = 0; i < *n; i++) {
		const struct table_figure *f = &own[i];

		changes[i] = (struct figure_change){ .indicator = f->indicator->id, .period = f->period,
				.value = f->value, .reason = f->reason ? f->reason : f->doubt || f->corrects ? reason : NULL };
	}
	return changes;
}
