/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Where a jurisdiction stands among its peers: a function of the newest release
 * and its own figures alone. Its own point is the only one drawn. */
#include "pages.h"
#include <gsl/gsl_cdf.h>
#include <math.h>
#include "chart.h"
#include "release.h"

struct place_in {
	struct request *rq;
	const struct indicator *indicator;
	struct release *release;
	struct disclosure_release *shown;
	struct history own;
	double count, exposure; /* of the release's quarter */
	bool has;
};

/* ---- own figures of the quarter ---- */

static void read_own(struct place_in *p)
{
	p->has = release_quarter(&p->own, p->indicator, p->release->year, p->release->quarter, indicators_people(p->rq), &p->count,
		&p->exposure);
}

/* ---- funnel ---- */

/* Limits of the count that Poisson gives with probability p outside them, as a rate. */
static double limit(double expected, double p, bool upper)
{
	double low = 0, high = expected + 20 * sqrt(expected) + 20;

	/* The exact quantile, between whole counts by their probabilities. */
	while (high - low > 0.5) {
		double middle = floor((low + high) / 2);

		if (gsl_cdf_poisson_P((unsigned)middle, expected) < (upper ? 1 - p : p))
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static void draw_limits(struct chart *c, struct arena *a, const struct scale *x, const struct scale *y, double rate,
	double scale, double p, const char *class)
{
	double *points = arena_array(a, 130, sizeof *points);

	for (int side = 0; side < 2; side++) {
		for (int i = 0; i < 60; i++) {
			double exposure = x->low + (x->high - x->low) * (i + 1) / 60, expected = rate / scale * exposure;

			points[2 * i] = scale_at(x, exposure);
			points[2 * i + 1] = fmin(fmax(scale_at(y, scale * limit(expected, p, side) / exposure), y->to), y->from);
		}
		chart_polyline(c, points, 60, class);
	}
}

/* x: what the count is divided by; y: the rate. The limits are around the middle of the
 * released range; nobody's point but the viewer's is there to be drawn. */
static struct markup draw(struct place_in *p, const struct disclosure_cell *cell, double width)
{
	struct arena *a = p->rq->arena;
	double height = width == CHART_NARROW ? 250 : 300, scale = p->shown->scale, own = scale * p->count / p->exposure;
	double low = cell->rate.low > 0 ? cell->rate.low : cell->rate.high / 2, middle = sqrt(low * cell->rate.high);
	struct scale x = scale_linear(0, 2.2 * p->exposure, 56, width - 14);
	struct scale y = scale_linear(0, fmax(2.2 * cell->rate.high, 1.3 * own), height - CHART_AXIS_HEIGHT, 14);
	struct chart c;
	size_t n;

	scale_round(&y, 5);
	chart_begin(&c, a, arena_printf(a, "funnel-%s-%.0f", p->indicator->id, width), width, height, arena_printf(a,
		"%s among peers", p->indicator->label), arena_printf(a, "Own rate %s; peers together %s.",
		chart_number_short(a, own), release_range(a, &cell->rate)));
	struct tick *ticks = scale_ticks(a, &y, 5, &n);
	chart_axis_y(&c, &y, ticks, n, x.from, x.to, NULL);
	ticks = scale_ticks(a, &x, width == CHART_NARROW ? 3 : 6, &n);
	if (p->indicator->per_population)
		for (size_t i = 0; i < n; i++)
			ticks[i].label = chart_number(a, ticks[i].value * 4, 0);
	chart_rect(&c, x.from, scale_at(&y, cell->rate.high), x.to - x.from, scale_at(&y, cell->rate.low) - scale_at(&y,
		cell->rate.high), "chart-band");
	chart_axis_x(&c, &x, ticks, n, y.from, y.to, p->indicator->per_population ? "People" : p->indicator->part_of ?
		p->indicator->part_of->label : "Years");
	draw_limits(&c, a, &x, &y, middle, scale, 0.025, "chart-limit");
	draw_limits(&c, a, &x, &y, middle, scale, 0.001, "chart-reference");
	chart_mark(&c, MARK_DIAMOND, scale_at(&x, p->exposure), scale_at(&y, own), 6, "chart-mark", "Your own");
	return chart_finish(&c);
}

/* ---- the page ---- */

static const char *stand(struct place_in *p, const struct disclosure_cell *c)
{
	double own = p->shown->scale * p->count / p->exposure;
	int against = disclosure_against_rate(c, own);
	int band = c->edge_count ? disclosure_band(c, own) : DISCLOSURE_UNSURE;
	static const char *const thirds[] = { "in the lower third", "in the middle third", "in the upper third" };
	static const char *const halves[] = { "in the lower half", "in the upper half" };
	const char *rate = against < 0 ? "below the peers' rate" : against > 0 ? "above the peers' rate" : "about at the peers' rate";

	if (c->edge_count == 2 && band >= 0 && band < 3)
		return arena_printf(p->rq->arena, "%s, %s", rate, thirds[band]);
	if (c->edge_count == 1 && band >= 0 && band < 2)
		return arena_printf(p->rq->arena, "%s, %s", rate, halves[band]);
	return rate;
}

static void put_cell(struct place_in *p, struct data *item, const struct disclosure_cell *c)
{
	struct data *row = data_item(item, "groups");

	data_text(row, "name", release_group_label(c->scheme, c->name));
	data_flag(row, "published", c->published);
	if (!c->published)
		return;
	data_textf(row, "at_least", "%u", c->at_least);
	data_text(row, "rate", release_range(p->rq->arena, &c->rate));
	if (viewer_may_write(p->rq->viewer, p->rq->space->id))
		data_url(row, "ask_url", url_query(p->rq->arena, url_query(p->rq->arena, url_query(p->rq->arena,
			url_path(p->rq->arena, "%b/indicators/questions/new", p->rq->base), "release", p->release->id), "scheme", c->scheme), "group", c->name));
	data_text(row, "stand", p->has ? stand(p, c) : NULL);
}

static bool put_indicator(struct place_in *p, struct data *page, struct error *err)
{
	struct arena *a = p->rq->arena;
	const struct disclosure_cell *best = NULL;
	struct release_group *groups;
	size_t n;

	if (!release_newest(p->rq->db, a, p->indicator->id, &p->release, err))
		return false;
	if (!p->release)
		return true;
	if (!release_parse(p->rq, p->release, &p->shown, err) ||
		!release_own_groups(p->rq->db, a, p->rq->space->id, p->release->year, &groups, &n, err))
		return false;
	read_own(p);
	struct data *item = data_item(page, "indicators");
	data_text(item, "id", p->indicator->id);
	data_text(item, "label", p->indicator->label);
	data_text(item, "period", release_period(a, p->release));
	data_text(item, "unit", release_unit(p->indicator));
	data_text(item, "own", p->has ? chart_number(a, p->shown->scale * p->count / p->exposure, 1) : NULL);
	data_url(item, "release_url", url_path(a, "%b/indicators/releases/%s", p->rq->base, p->release->id));
	for (size_t i = 0; i < p->shown->cell_count; i++)
		for (size_t k = 0; k < n; k++) {
			const struct disclosure_cell *c = &p->shown->cells[i];

			if (strcmp(c->scheme, groups[k].scheme) != 0 || strcmp(c->name, groups[k].name) != 0)
				continue;
			put_cell(p, item, c);
			/* The funnel is of the finest group that is shown. */
			if (c->published && (!best || strcmp(c->scheme, "all") != 0))
				best = c;
		}
	data_flag(item, "any", best != NULL);
	if (best && p->has) {
		data_text(item, "funnel_of", release_group_label(best->scheme, best->name));
		data_markup(item, "narrow", draw(p, best, CHART_NARROW));
		data_markup(item, "wide", draw(p, best, CHART_WIDE));
	}
	return true;
}

bool indicators_peers(struct request *rq, struct response *rs, struct error *err)
{
	struct data *page = indicators_page(rq, "Among peers");
	struct place_in p = { .rq = rq };

	if (!indicators_here(rq, err) || !indicators_history(rq, &p.own, err))
		return false;
	data_text(page, "heading", "Among peers");
	for (size_t i = 0; i < indicators()->n; i++) {
		p.indicator = &indicators()->indicators[i];
		if (p.indicator->family != INDICATOR_DENOMINATOR && !put_indicator(&p, page, err))
			return false;
	}
	data_url(page, "releases_url", indicators_url(rq, "releases"));
	page_crumb(page, "Among peers", (struct url){ NULL });
	return page_send_private(rq, rs, "indicators-peers", page, err);
}
