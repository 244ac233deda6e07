/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Own series and their chart. */
#include "trend.h"
#include <math.h>

static bool belongs(const struct figure *f, const struct indicator *in, bool monthly)
{
	return strcmp(f->indicator, in->id) == 0 && (f->period.month != 0) == monthly;
}

static void add_twelve(struct trend *t)
{
	for (size_t i = 11; t->monthly && i < t->n; i++) {
		struct trend_point *p = &t->points[i];

		p->has_twelve = true;
		for (size_t k = i - 11; k <= i; k++) {
			p->has_twelve = p->has_twelve && t->points[k].has;
			p->twelve += t->points[k].has ? t->points[k].value : 0;
		}
	}
}

void trend_make(struct arena *a, const struct indicator *in, bool monthly, const struct history *h, int64_t people,
	struct trend *out)
{
	struct period first = { 0, 0 }, last = { 0, 0 };
	bool any = false;

	*out = (struct trend){ .indicator = in, .monthly = monthly };
	for (size_t i = 0; i < h->n; i++) { /* by period */
		if (!belongs(&h->figures[i], in, monthly))
			continue;
		first = any ? first : h->figures[i].period;
		last = h->figures[i].period;
		any = true;
	}
	if (!any)
		return;
	out->n = (size_t)period_between(first, last) + 1;
	out->points = arena_array(a, out->n, sizeof *out->points);
	for (size_t i = 0; i < out->n; i++) {
		struct trend_point *p = &out->points[i];
		const struct figure *f;

		p->period = period_add(first, (int)i);
		p->people = history_people(h, p->period.year, people);
		f = history_find(h, in->id, p->period);
		p->has = f != NULL;
		p->value = f ? f->value : 0;
	}
	add_twelve(out);
}

bool trend_rate(const struct trend *t, const struct trend_point *p, double *rate)
{
	bool known = t->indicator->per_population && p->people > 0 && (t->monthly ? p->has_twelve : p->has);

	*rate = known ? 1e5 * (double)(t->monthly ? p->twelve : p->value) / (double)p->people : NAN;
	return known;
}

/* ---- the chart ---- */

struct drawing {
	const struct trend *trend;
	struct chart chart;
	struct scale x, y;
	bool rates;
	double left, right, top, bottom;
};

/* Height of the dot and of the line at a point; NAN: none. */
static double dot_value(const struct drawing *d, const struct trend_point *p)
{
	double rate;

	if (!d->rates)
		return p->has ? (double)p->value : NAN;
	return !d->trend->monthly && trend_rate(d->trend, p, &rate) ? rate : NAN;
}

static double line_value(const struct drawing *d, const struct trend_point *p)
{
	double rate;

	if (d->rates)
		return trend_rate(d->trend, p, &rate) ? rate : NAN;
	return d->trend->monthly ? (p->has_twelve ? (double)p->twelve / 12 : NAN) : (p->has ? (double)p->value : NAN);
}

static double place(struct period p)
{
	return p.year + (p.month ? (p.month - 0.5) / 12 : 0.5);
}

static void draw_marks(struct drawing *d, const struct figure_mark *marks, size_t n)
{
	double last = -1e9;
	int row = 0;

	for (size_t i = 0; i < n; i++) {
		double at = atoi(marks[i].date) + (atoi(marks[i].date + 5) - 1 + atoi(marks[i].date + 8) / 31.0) / 12;
		double x = scale_at(&d->x, at), width = chart_text_width(marks[i].label, CHART_TEXT_SIZE, false);
		bool right = x + width + 6 <= d->right;

		if (!scale_holds(&d->x, at))
			continue;
		/* A label that would touch the one before it moves down a line. */
		row = x < last ? (row + 1) % 3 : 0;
		last = x + width + 12;
		chart_line(&d->chart, x, d->top - 4, x, d->bottom, "chart-reference");
		chart_text(&d->chart, right ? x + 4 : x - 4, d->top + 10 + row * 16, right ? ANCHOR_START : ANCHOR_END,
			"chart-note", marks[i].label);
	}
}

static void draw_series(struct drawing *d, struct arena *a)
{
	const struct trend *t = d->trend;
	double *points = arena_array(a, 2 * t->n + 1, sizeof *points);

	for (size_t i = 0; i < t->n; i++) {
		points[2 * i] = scale_at(&d->x, place(t->points[i].period));
		double value = line_value(d, &t->points[i]);
		points[2 * i + 1] = isnan(value) ? NAN : scale_at(&d->y, value);
	}
	chart_polyline(&d->chart, points, t->n, "chart-line");
	for (size_t i = 0; i < t->n; i++) {
		double value = dot_value(d, &t->points[i]);

		if (!isnan(value))
			chart_mark(&d->chart, MARK_CIRCLE, points[2 * i], scale_at(&d->y, value), t->n > 120 ? 2 : 3,
				"chart-mark", arena_printf(a, "%s: %s", period_human(a, t->points[i].period),
				chart_number(a, value, d->rates ? 1 : 0)));
	}
}

static void set_scales(struct drawing *d)
{
	const struct trend *t = d->trend;
	double most = 1;

	for (size_t i = 0; i < t->n; i++) {
		most = fmax(most, dot_value(d, &t->points[i])); /* fmax passes over NAN */
		most = fmax(most, line_value(d, &t->points[i]));
	}
	d->y = scale_linear(0, most, d->bottom, d->top);
	scale_round(&d->y, 5);
	d->x = scale_linear(floor(place(t->points[0].period)), ceil(place(t->points[t->n - 1].period)), d->left, d->right);
}

struct tick *trend_years(struct arena *a, const struct scale *x, double width, size_t *n)
{
	struct tick *ticks = scale_ticks(a, x, width == CHART_NARROW ? 4 : 9, n);

	for (size_t i = 0; i < *n; i++)
		ticks[i].label = floor(ticks[i].value) == ticks[i].value ? arena_printf(a, "%.0f", ticks[i].value) : "";
	return ticks;
}

struct markup trend_chart(struct arena *a, const struct trend *t, const struct figure_mark *marks, size_t n_marks,
	bool rates, double width)
{
	double height = width == CHART_NARROW ? 260 : 320;
	struct drawing d = { .trend = t, .rates = rates, .left = 52, .right = width - 12, .top = 14,
		.bottom = height - CHART_AXIS_HEIGHT };
	const char *unit = rates ? "A year, per 100,000 people" : arena_printf(a, "%c%s %s",
		(char)(t->indicator->unit[0] - 32), t->indicator->unit + 1, t->monthly ? "a month" : "a year");
	size_t n;

	if (t->n == 0)
		return (struct markup){ NULL };
	set_scales(&d);
	chart_begin(&d.chart, a, arena_printf(a, "%s-%.0f", t->indicator->id, width), width, height, t->indicator->label,
		trend_words(a, t));
	struct tick *ticks = scale_ticks(a, &d.y, 5, &n);
	chart_axis_y(&d.chart, &d.y, ticks, n, d.left, d.right, NULL);
	ticks = trend_years(a, &d.x, width, &n);
	chart_axis_x(&d.chart, &d.x, ticks, n, d.bottom, d.top, unit);
	draw_marks(&d, marks, n_marks);
	draw_series(&d, a);
	return chart_finish(&d.chart);
}

const char *trend_words(struct arena *a, const struct trend *t)
{
	const struct trend_point *first = NULL, *last = NULL;
	size_t entered = 0;

	for (size_t i = 0; i < t->n; i++) {
		const struct trend_point *p = &t->points[i];

		entered += p->has;
		if (t->monthly ? !p->has_twelve : !p->has)
			continue;
		first = first ? first : p;
		last = p;
	}
	if (!first)
		return arena_printf(a, "%zu months were entered; twelve in a row are needed for a trend.", entered);
	if (first == last)
		return arena_printf(a, "%lld in %s%s.", (long long)(t->monthly ? first->twelve : first->value),
			t->monthly ? "the twelve months to " : "", period_human(a, first->period));
	return arena_printf(a, "%lld in %s%s; %lld in %s%s.", (long long)(t->monthly ? first->twelve : first->value),
		t->monthly ? "the twelve months to " : "", period_human(a, first->period),
		(long long)(t->monthly ? last->twelve : last->value), t->monthly ? "the twelve months to " : "",
		period_human(a, last->period));
}
