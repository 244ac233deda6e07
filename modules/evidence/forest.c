/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Forest plots: a line for each outcome, its figure and its interval, all on one
 * scale. Nothing is pooled: docs/evidence.md says why. */
#include "evidence.h"
#include <math.h>

#define LINE_HEIGHT 18.0
#define ROW_GAP 14.0
#define MARK_SIZE 5.0
#define TWO_COLUMNS 520 /* below that width names stand above their lines */

const char *design_label(const char *word)
{
	static const char *const names[][2] = { { "randomized", "Randomized trial" },
		{ "quasi-experimental", "Quasi-experiment" }, { "time-series", "Interrupted time series" },
		{ "pre-post", "Before and after" }, { "descriptive", "Description" }, { "review", "Review" } };

	for (size_t i = 0; word && i < sizeof names / sizeof *names; i++)
		if (strcmp(names[i][0], word) == 0)
			return names[i][1];
	return word;
}

struct forest {
	struct arena *arena;
	struct chart chart;
	struct scale scale;
	double width, plot_left, plot_right;
	double none; /* place of no change */
	bool columns, one_record;
};

/* One row, measured before it is drawn. */
struct row {
	const struct outcome *outcome;
	const char **name, **value;
	size_t n_name, n_value;
	double height;
};

static bool is_drawn(const struct finding *f, enum scale_word scale)
{
	return f->outcome->scale == scale && f->outcome->has_effect;
}

static double neutral(enum scale_word scale)
{
	return scale_is_ratio(scale) ? 1 : 0;
}

static struct scale scale_for(enum scale_word word, const struct finding *list, size_t n, double from, double to)
{
	double low = neutral(word), high = neutral(word);

	for (size_t i = 0; i < n; i++) {
		const struct outcome *o = list[i].outcome;

		if (!is_drawn(&list[i], word))
			continue;
		low = fmin(low, o->has_interval ? o->low : o->effect);
		high = fmax(high, o->has_interval ? o->high : o->effect);
	}
	if (scale_is_ratio(word)) /* a little room beyond both ends, and beyond 1 */
		return scale_log(fmin(low / 1.15, 0.8), fmax(high * 1.15, 1.25), from, to);
	double room = (high - low) * 0.06;
	low = word == SCALE_PERCENT ? fmax(low - room, -100) : low - room;
	struct scale s = scale_linear(fmin(low, word == SCALE_PERCENT ? -10 : low), high + fmax(room, (high - low) * 0.12),
		from, to);
	scale_round(&s, 6);
	return s;
}

static struct row measure(const struct forest *f, const struct finding *finding)
{
	struct arena *a = f->arena;
	const struct outcome *o = finding->outcome;
	const char *name = f->one_record ? o->measure :
		arena_printf(a, "%s: %s", finding->place ? finding->place : finding->title, o->measure);
	const char *interval = outcome_interval(a, o);
	double name_width = f->columns ? f->plot_left - 12 : f->width, value_width = f->columns ?
		f->width - f->plot_right - 12 : f->width;
	struct row r = { .outcome = o };

	r.name = chart_wrap(a, name, CHART_TEXT_SIZE, false, name_width, 4, &r.n_name);
	r.value = chart_wrap(a, arena_printf(a, "%s (%s)", outcome_effect(a, o), interval ? interval :
		"no interval reported"), CHART_TEXT_SIZE, false, value_width, 4, &r.n_value);
	double lines = f->columns ? fmax((double)r.n_name, (double)r.n_value) : (double)(r.n_name + r.n_value) + 1;
	r.height = lines * LINE_HEIGHT + ROW_GAP;
	return r;
}

/* The part of an interval beyond the scale is told by an arrow. */
static void draw_interval(struct forest *f, const struct outcome *o, double y)
{
	double low = scale_at(&f->scale, fmax(o->low, f->scale.low)), high = scale_at(&f->scale, fmin(o->high, f->scale.high));

	chart_line(&f->chart, low, y, high, y, "chart-interval");
	if (o->low < f->scale.low)
		chart_mark(&f->chart, MARK_ARROW_LEFT, low, y, MARK_SIZE, "chart-mark", NULL);
	else
		chart_line(&f->chart, low, y - 4, low, y + 4, "chart-interval");
	if (o->high > f->scale.high)
		chart_mark(&f->chart, MARK_ARROW_RIGHT, high, y, MARK_SIZE, "chart-mark", NULL);
	else
		chart_line(&f->chart, high, y - 4, high, y + 4, "chart-interval");
}

static void draw_row(struct forest *f, const struct row *r, double top)
{
	const struct outcome *o = r->outcome;
	double text = top + CHART_TEXT_SIZE, y = top + LINE_HEIGHT / 2 + 1, value = text;
	const char *tip = arena_printf(f->arena, "%s: %s", o->measure, outcome_effect(f->arena, o));

	chart_lines(&f->chart, 0, text, LINE_HEIGHT, ANCHOR_START, "chart-name", r->name, r->n_name);
	if (!f->columns) {
		value = text + (double)r->n_name * LINE_HEIGHT;
		y = value + (double)r->n_value * LINE_HEIGHT - 4;
		/* Lines from top to bottom would run through the texts. */
		chart_line(&f->chart, f->plot_left, y, f->plot_right, y, "chart-grid");
		chart_line(&f->chart, f->none, y - 9, f->none, y + 9, "chart-reference");
	}
	chart_lines(&f->chart, f->columns ? f->plot_right + 12 : 0, value, LINE_HEIGHT, ANCHOR_START, "chart-value",
		r->value, r->n_value);
	if (o->has_interval)
		draw_interval(f, o, y);
	chart_mark(&f->chart, o->has_interval ? MARK_SQUARE : MARK_RING, scale_at(&f->scale, o->effect), y, MARK_SIZE,
		o->has_interval ? "chart-mark" : "chart-mark--open", tip);
}

static const char *describe(struct arena *a, enum scale_word scale, const struct row *rows, size_t n)
{
	size_t below = 0, above = 0, intervals = 0, clear = 0;

	for (size_t i = 0; i < n; i++) {
		const struct outcome *o = rows[i].outcome;

		below += o->effect < neutral(scale);
		above += o->effect > neutral(scale);
		intervals += o->has_interval;
		clear += o->has_interval && (o->low > neutral(scale) || o->high < neutral(scale));
	}
	return arena_printf(a, "%s of %zu %s: %zu below and %zu above the line of no change. %zu %s an interval reported; of "
		"these, %zu %s not reach the line of no change. The table below has every figure.", scale_label(scale), n,
		n == 1 ? "outcome" : "outcomes", below, above, intervals, intervals == 1 ? "has" : "have", clear,
		clear == 1 ? "does" : "do");
}

struct markup forest_draw(struct arena *a, const char *id, double width, enum scale_word scale,
	const struct finding *list, size_t n, bool one_record)
{
	struct forest f = { .arena = a, .width = width, .columns = width >= TWO_COLUMNS, .one_record = one_record };
	struct row *rows = arena_array(a, n + 1, sizeof *rows);
	size_t n_rows = 0, n_ticks;
	double height = 0, y = 4;

	f.plot_left = f.columns ? width * 0.36 : 20;
	f.plot_right = f.columns ? width - 170 : width - 20;
	f.scale = scale_for(scale, list, n, f.plot_left, f.plot_right);
	for (size_t i = 0; i < n; i++)
		if (is_drawn(&list[i], scale)) {
			rows[n_rows] = measure(&f, &list[i]);
			height += rows[n_rows++].height;
		}
	struct tick *ticks = scale_ticks(a, &f.scale, f.columns ? 6 : 5, &n_ticks);
	double base = y + height;
	chart_begin(&f.chart, a, id, width, base + CHART_AXIS_HEIGHT, arena_printf(a, "Forest plot: %s", scale_label(scale)),
		describe(a, scale, rows, n_rows));
	chart_axis_x(&f.chart, &f.scale, ticks, n_ticks, base, f.columns ? y : base, arena_printf(a,
		"%s (dashed: no change)", scale_label(scale)));
	f.none = scale_at(&f.scale, neutral(scale));
	if (f.columns)
		chart_line(&f.chart, f.none, y, f.none, base, "chart-reference");
	for (size_t i = 0; i < n_rows; i++) {
		draw_row(&f, &rows[i], y);
		y += rows[i].height;
	}
	return chart_finish(&f.chart);
}

void forest_csv(struct buf *b, const struct finding *list, size_t n)
{
	buf_str(b, "evaluation,place,design,measure,scale,unit,effect,low,high,interval,direction,desired,note\r\n");
	for (size_t i = 0; i < n; i++) {
		const struct outcome *o = list[i].outcome;

		csv_cell(b, list[i].title, ',');
		csv_cell(b, list[i].place, ',');
		csv_cell(b, list[i].design, ',');
		csv_cell(b, o->measure, ',');
		csv_cell(b, scale_name(o->scale), ',');
		csv_cell(b, o->unit, ',');
		csv_cell(b, o->effect_text, ',');
		csv_cell(b, o->low_text, ',');
		csv_cell(b, o->high_text, ',');
		csv_cell(b, o->level, ',');
		csv_cell(b, o->direction, ',');
		csv_cell(b, o->desired, ',');
		csv_cell(b, o->note, '\n');
	}
}
