/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What changed since a date of the strategy: an estimate with its caveats, for
 * the jurisdiction itself. Compared is only with what is public anyway: yearly
 * counts of other places (figure_public), never with other members' figures. */
#include "pages.h"
#include <math.h>
#include "chart.h"
#include "impact.h"
#include "trend.h"

#define WINDOW 5     /* years before and after, for the comparison */
#define WINDOW_MIN 3

const struct param effect_params[] = {
	{ "kind", PARAM_SLUG, 0, 0, "month or year" },
	{ "from", PARAM_TEXT, 0, 0, "First period after the start, as 2026-03 or 2026" },
	{ NULL, 0, 0, 0, NULL }
};

struct effect {
	struct request *rq;
	const struct indicator *indicator;
	struct history own;
	struct trend trend;
	struct period start;
	double *events, *exposure;
	struct impact_series series;
	struct impact_ratio ratio;
	struct impact_fit *fit, *second;     /* quasi-Poisson; negative binomial */
	struct impact_break *breaks;
	struct impact_comparison comparison;
	bool has_ratio, has_comparison;
	struct impact_words words;
	const char *no_second;               /* why the second could not be fitted */
};

/* ---- the series ---- */

static void make_series(struct effect *e)
{
	struct arena *a = e->rq->arena;
	const struct trend *t = &e->trend;
	bool people = true;

	e->events = arena_array(a, t->n + 1, sizeof *e->events);
	e->exposure = arena_array(a, t->n + 1, sizeof *e->exposure);
	for (size_t i = 0; i < t->n; i++) {
		e->events[i] = t->points[i].has ? (double)t->points[i].value : NAN;
		e->exposure[i] = (double)t->points[i].people;
		people = people && t->points[i].people > 0;
	}
	int start = t->n ? period_between(t->points[0].period, e->start) : 0;
	e->series = (struct impact_series){ .n = t->n, .events = e->events,
		.exposure = people && e->indicator->per_population ? e->exposure : NULL, .per_year = t->monthly ? 12 : 1,
		.season = t->n && t->monthly ? t->points[0].period.month - 1 : 0,
		.start = start < 0 ? 0 : (size_t)start > t->n ? t->n : (size_t)start };
}

static void estimate(struct effect *e)
{
	struct arena *a = e->rq->arena;
	struct impact_model model = { .family = IMPACT_QUASI_POISSON, .slope = true, .lag = -1,
		.season = e->trend.monthly ? IMPACT_HARMONICS : IMPACT_NO_SEASON, .harmonics = 2 };
	struct error why = { 0 };
	struct impact_counts counts;
	double *y = arena_array(a, e->series.n + 1, sizeof *y);
	size_t n = 0;

	if (impact_lack(&e->series, &counts))
		return;
	e->has_ratio = impact_ratio(counts.events_before, counts.exposure_before, counts.events_after,
		counts.exposure_after, &e->ratio, NULL);
	impact_fit(&e->series, &model, a, &e->fit, NULL);
	model.family = IMPACT_NEGATIVE_BINOMIAL;
	if (!impact_fit(&e->series, &model, a, &e->second, &why))
		e->no_second = arena_strdup(a, why.text);
	for (size_t i = 0; i < e->series.n; i++)
		if (!isnan(e->events[i]))
			y[n++] = e->events[i];
	if (n == e->series.n) /* a hole would move the dates */
		impact_break(y, n, false, 0.15, a, &e->breaks, NULL);
}

/* ---- the comparison ---- */

/* Yearly figures from first to last, NAN where there is none. */
static double *yearly(struct arena *a, const struct figure *figures, size_t n, const char *indicator, int first,
	int last)
{
	double *out = arena_array(a, (size_t)last - (size_t)first + 1, sizeof *out);

	for (int y = first; y <= last; y++)
		out[y - first] = NAN;
	for (size_t i = 0; i < n; i++)
		if (!figures[i].period.month && figures[i].period.year >= first && figures[i].period.year <= last &&
			strcmp(figures[i].indicator, indicator) == 0)
			out[figures[i].period.year - first] = (double)figures[i].value;
	return out;
}

static bool compare(struct effect *e, struct error *err)
{
	struct request *rq = e->rq;
	int first = e->start.year - WINDOW, last = e->start.year + WINDOW;
	struct impact_panel panel = { .periods = (size_t)(last - first + 1), .before_to = WINDOW, .pooled = false };
	struct public_place *places;
	struct impact_unit *units;
	size_t n;

	if (!e->indicator->public_yearly || !figures_public(rq->db, rq->arena, e->indicator->id, first, last, &places, &n, err))
		return e->indicator->public_yearly ? false : true;
	units = arena_array(rq->arena, n + 1, sizeof *units);
	units[0] = (struct impact_unit){ yearly(rq->arena, e->own.figures, e->own.n, e->indicator->id, first, last),
		yearly(rq->arena, e->own.figures, e->own.n, "population", first, last) };
	panel.count = 1;
	for (size_t i = 0; i < n; i++)
		if (strcmp(places[i].place, rq->space->slug) != 0)
			units[panel.count++] = (struct impact_unit){ yearly(rq->arena, places[i].figures, places[i].n, e->indicator->id,
				first, last), yearly(rq->arena, places[i].figures, places[i].n, "population", first, last) };
	panel.units = units;
	/* The year in which it starts belongs to neither side, unless it starts with the year. */
	panel.after_from = WINDOW + (e->start.month > 1);
	panel.after_to = panel.periods;
	while (panel.after_to > panel.after_from && isnan(units[0].events[panel.after_to - 1]))
		panel.after_to--;
	while (panel.before_from < panel.before_to && isnan(units[0].events[panel.before_from]))
		panel.before_from++;
	e->has_comparison = panel.after_to >= panel.after_from + WINDOW_MIN &&
		panel.before_to >= panel.before_from + WINDOW_MIN && impact_compare(&panel, rq->arena, &e->comparison, NULL);
	return true;
}

/* ---- the chart ---- */

struct drawing {
	const struct effect *effect;
	struct chart chart;
	struct scale x, y;
	double left, right, top, bottom;
};

static double place(const struct drawing *d, size_t i)
{
	struct period p = d->effect->trend.points[i].period;

	return scale_at(&d->x, p.year + (p.month ? (p.month - 0.5) / 12 : 0.5));
}

static void draw_band(struct drawing *d, struct arena *a)
{
	const struct effect *e = d->effect;
	size_t from = e->series.start, n = e->series.n - from;
	double *points = arena_array(a, 4 * n + 1, sizeof *points);

	for (size_t i = 0; i < n; i++) {
		const struct impact_point *p = &e->fit->points[from + i];

		points[2 * i] = points[2 * (2 * n - 1 - i)] = place(d, from + i);
		points[2 * i + 1] = scale_at(&d->y, p->low);
		points[2 * (2 * n - 1 - i) + 1] = scale_at(&d->y, p->high);
	}
	chart_polygon(&d->chart, points, 2 * n, "chart-band");
}

static void draw_lines(struct drawing *d, struct arena *a)
{
	const struct effect *e = d->effect;
	double *fitted = arena_array(a, 2 * e->series.n + 1, sizeof *fitted), *other = arena_array(a, 2 * e->series.n + 1,
		sizeof *other);

	for (size_t i = 0; i < e->series.n; i++) {
		fitted[2 * i] = other[2 * i] = place(d, i);
		fitted[2 * i + 1] = scale_at(&d->y, e->fit->points[i].fitted);
		other[2 * i + 1] = i < e->series.start ? NAN : scale_at(&d->y, e->fit->points[i].counterfactual);
	}
	chart_polyline(&d->chart, other, e->series.n, "chart-line chart-line--second");
	chart_polyline(&d->chart, fitted, e->series.n, "chart-line");
	for (size_t i = 0; i < e->series.n; i++)
		if (!isnan(e->events[i]))
			chart_mark(&d->chart, MARK_CIRCLE, place(d, i), scale_at(&d->y, e->events[i]), e->series.n > 120 ? 2 : 3,
				"chart-mark", arena_printf(a, "%s: %.0f", period_human(a, e->trend.points[i].period), e->events[i]));
}

static struct markup draw(const struct effect *e, double width)
{
	struct arena *a = e->rq->arena;
	double height = width == CHART_NARROW ? 280 : 340, most = 1, start;
	struct drawing d = { .effect = e, .left = 52, .right = width - 12, .top = 24, .bottom = height - CHART_AXIS_HEIGHT };
	int first = e->trend.points[0].period.year, last = e->trend.points[e->trend.n - 1].period.year;
	size_t n;

	for (size_t i = 0; i < e->series.n; i++) {
		most = fmax(most, e->events[i]);
		most = fmax(most, fmin(e->fit->points[i].high, 3 * fmax(e->fit->points[i].counterfactual, 1)));
	}
	d.y = scale_linear(0, most, d.bottom, d.top);
	scale_round(&d.y, 5);
	d.x = scale_linear(first, last + 1, d.left, d.right);
	chart_begin(&d.chart, a, arena_printf(a, "effect-%.0f", width), width, height, arena_printf(a,
		"%s before and since the start", e->indicator->label), arena_printf(a, "%.0f were counted since the start; "
		"%.0f to %.0f would be expected had the trend gone on.", e->fit->observed_after, e->fit->expected_low,
		e->fit->expected_high));
	struct tick *ticks = scale_ticks(a, &d.y, 5, &n);
	chart_axis_y(&d.chart, &d.y, ticks, n, d.left, d.right, NULL);
	ticks = trend_years(a, &d.x, width, &n);
	chart_axis_x(&d.chart, &d.x, ticks, n, d.bottom, d.top, arena_printf(a, "%s a %s", e->indicator->label,
		e->trend.monthly ? "month" : "year"));
	start = scale_at(&d.x, e->start.year + (e->start.month ? (e->start.month - 1) / 12.0 : 0));
	chart_line(&d.chart, start, d.top - 8, start, d.bottom, "chart-reference");
	chart_text(&d.chart, start + 4, d.top - 10, start > width * 0.8 ? ANCHOR_END : ANCHOR_START, "chart-note", "start");
	if (e->series.start < e->series.n)
		draw_band(&d, a);
	draw_lines(&d, a);
	return chart_finish(&d.chart);
}

/* ---- the page ---- */

static const char *ratio_text(struct arena *a, double value, double low, double high)
{
	return arena_printf(a, "%s (%s to %s)", chart_number(a, value, 3), chart_number(a, low, 3),
		isfinite(high) ? chart_number(a, high, 3) : "any");
}

static void put_estimate(struct data *page, const char *label, const char *text, const char *method)
{
	struct data *row = data_item(page, "estimates");

	data_text(row, "label", label);
	data_text(row, "text", text);
	data_text(row, "method", method);
}

static void put_fit(struct effect *e, struct data *page, const struct impact_fit *f, const char *name)
{
	struct arena *a = e->rq->arena;

	if (!f)
		return;
	put_estimate(page, arena_printf(a, "Level at the start, %s", name), ratio_text(a, f->step.ratio, f->step.low,
		f->step.high), "segmented regression; the wider of model and Newey-West errors");
	put_estimate(page, arena_printf(a, "Trend since, a %s, %s", e->trend.monthly ? "month" : "year", name),
		ratio_text(a, f->slope.ratio, f->slope.low, f->slope.high), "the same model");
}

static void put_numbers(struct effect *e, struct data *page)
{
	struct arena *a = e->rq->arena;

	if (e->has_ratio)
		put_estimate(page, "Rate since, to rate before", ratio_text(a, e->ratio.ratio, e->ratio.low, e->ratio.high),
			"exact conditional interval of two Poisson counts");
	put_fit(e, page, e->fit, "quasi-Poisson");
	put_fit(e, page, e->second, "negative binomial");
	if (e->fit) {
		put_estimate(page, "Dispersion", chart_number(a, e->fit->dispersion, 2), "Pearson; 1 is Poisson");
		put_estimate(page, "Durbin-Watson", chart_number(a, e->fit->durbin_watson, 2), "2 is no likeness of neighbors");
		put_estimate(page, "Ljung-Box p", chart_number(a, e->fit->ljung_box_p, 4), arena_printf(a, "%zu lags", e->fit->acf_n));
	}
	if (e->breaks && e->breaks->last_before < e->trend.n)
		put_estimate(page, "Break found without a date", arena_printf(a, "after %s; sup-F %s, p %s", period_human(a,
			e->trend.points[e->breaks->last_before].period), chart_number(a, e->breaks->sup_f, 2),
			e->breaks->p < 0.0001 ? "below 0.0001" : chart_number(a, e->breaks->p, 4)), "Andrews 1993, Hansen 1997");
	if (e->has_comparison) {
		put_estimate(page, "Change here, to change elsewhere", arena_printf(a, "%s; here %s, elsewhere %s",
			chart_number(a, e->comparison.ratio, 3), chart_number(a, e->comparison.own, 3),
			chart_number(a, e->comparison.others, 3)), arena_printf(a, "difference in differences, %zu places",
			e->comparison.donors));
		put_estimate(page, "Placebo p of a fall", chart_number(a, e->comparison.p_fall, 3), arena_printf(a,
			"rank %zu of %zu", e->comparison.rank_fall, e->comparison.donors + 1));
	}
}

static void put_words(struct effect *e, struct data *page)
{
	data_text(page, "headline", e->words.headline);
	data_flag(page, "claim", e->words.claim);
	data_text(page, "compared", e->words.comparison);
	for (size_t i = 0; i < e->words.paragraph_count; i++)
		data_text(data_item(page, "paragraphs"), "text", e->words.paragraphs[i]);
	for (size_t i = 0; i < e->words.caution_count; i++)
		data_text(data_item(page, "cautions"), "text", e->words.cautions[i]);
}

static void put_choices(struct effect *e, struct data *page, const struct figure_mark *marks, size_t n, const char *from)
{
	struct arena *a = e->rq->arena;

	for (size_t i = 0; i < n; i++) {
		struct data *item = data_item(page, "marks");
		const char *month = arena_strndup(a, marks[i].date, e->trend.monthly ? 7 : 4);
		struct url u = url_path(a, "%b/indicators/%s/impact", e->rq->base, e->indicator->id);

		data_textf(item, "label", "%s (%s)", marks[i].label, date_human(a, marks[i].date));
		data_url(item, "url", url_query(a, url_query(a, u, "kind", e->trend.monthly ? "month" : "year"), "from", month));
		data_flag(item, "current", from && strcmp(from, month) == 0);
	}
}

static bool read_effect(struct effect *e, const char **from, struct error *err)
{
	struct request *rq = e->rq;
	const char *kind = request_arg(rq, "kind");

	*from = request_arg(rq, "from");
	e->indicator = dictionary_find(indicators(), request_arg(rq, "slug"));
	if (!indicators_here(rq, err))
		return false;
	if (!e->indicator || e->indicator->family == INDICATOR_DENOMINATOR)
		return error_set(err, ERROR_NOT_FOUND, "There is no such indicator.");
	if (*from && !period_parse(*from, &e->start))
		return error_set(err, ERROR_INVALID, "The start is a month as 2026-03 or a year as 2026.");
	if (!indicators_history(rq, &e->own, err))
		return false;
	bool monthly = *from ? e->start.month != 0 : !kind || strcmp(kind, "year") != 0;
	trend_make(rq->arena, e->indicator, monthly, &e->own, indicators_people(rq), &e->trend);
	if (!*from && e->trend.n == 0)
		trend_make(rq->arena, e->indicator, !monthly, &e->own, indicators_people(rq), &e->trend);
	return true;
}

bool indicator_effect(struct request *rq, struct response *rs, struct error *err)
{
	struct effect e = { .rq = rq };
	struct figure_mark *marks;
	const char *from;
	size_t n_marks;

	if (!read_effect(&e, &from, err) || !figures_marks(rq->db, rq->arena, rq->space->id, &marks, &n_marks, err))
		return false;
	struct data *page = indicators_page(rq, arena_printf(rq->arena, "%s: what changed", e.indicator->label));
	data_textf(page, "heading", "%s: what changed", e.indicator->label);
	data_url(page, "effect_url", url_path(rq->arena, "%b/indicators/%s/impact", rq->base, e.indicator->id));
	data_text(page, "from", from);
	put_choices(&e, page, marks, n_marks, from);
	data_flag(page, "chosen", from != NULL);
	if (from) {
		make_series(&e);
		estimate(&e);
		if (!compare(&e, err))
			return false;
		struct impact_findings f = { .series = &e.series, .indicator = e.indicator->label, .strategy = "the strategy",
			.ratio = e.has_ratio ? &e.ratio : NULL, .fit = e.fit, .breaks = e.breaks,
			.comparison = e.has_comparison ? &e.comparison : NULL,
			.comparison_name = arena_printf(rq->arena, "%zu other places", e.comparison.donors) };
		impact_words(&f, rq->arena, &e.words);
		put_words(&e, page);
	}
	/* Without something to compare with nothing is claimed, and no figure shown that reads like a claim. */
	if (e.words.claim) {
		put_numbers(&e, page);
		data_text(page, "no_second", e.no_second);
	}
	if (e.words.claim && e.fit) {
		data_markup(page, "narrow", draw(&e, CHART_NARROW));
		data_markup(page, "wide", draw(&e, CHART_WIDE));
	}
	page_crumb(page, e.indicator->label, indicators_url(rq, e.indicator->id));
	page_crumb(page, "What changed", (struct url){ NULL });
	return page_send_private(rq, rs, "indicator-effect", page, err);
}
