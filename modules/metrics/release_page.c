/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Releases as pages, CSV and JSON. They depend on the release alone, so every
 * member gets the same; a member's own place among its peers is peers.c. */
#include "pages.h"
#include <math.h>
#include "chart.h"
#include "release.h"

const struct param release_params[] = {
	{ "indicator", PARAM_SLUG, 0, 0, "Only this indicator" },
	{ NULL, 0, 0, 0, NULL }
};

bool release_parse(struct request *rq, const struct release *r, struct disclosure_release **out, struct error *err)
{
	return disclosure_parse(r->json, strlen(r->json), rq->arena, out, err);
}

const char *release_unit(const struct indicator *in)
{
	return !in ? "rate" : in->per_population ? "a year, per 100,000 people" : in->part_of ? "percent" :
		"a year, per jurisdiction";
}

static const char *number(struct arena *a, double value)
{
	return chart_number_short(a, value);
}

const char *release_range(struct arena *a, const struct disclosure_range *r)
{
	return r->low > 0 ? arena_printf(a, "%s to %s", number(a, r->low), number(a, r->high)) :
		arena_printf(a, "under %s", number(a, r->high));
}

/* ---- the chart ---- */

struct markup release_chart(struct request *rq, const struct disclosure_release *d, const struct release *r, double width)
{
	struct arena *a = rq->arena;
	double left = width == CHART_NARROW ? 20 : 240, top = 8, row = width == CHART_NARROW ? 46 : 30, most = 0, y = top;
	const char *label = indicators_label(r->indicator);
	size_t n = 0, n_ticks;
	struct chart c;

	for (size_t i = 0; i < d->cell_count; i++)
		if (d->cells[i].published) {
			n++;
			most = fmax(most, d->cells[i].rate.high);
			for (size_t k = 0; k < d->cells[i].edge_count; k++)
				most = fmax(most, d->cells[i].edges[k].high);
		}
	if (n == 0)
		return (struct markup){ NULL };
	double bottom = top + (double)n * row;
	struct scale x = scale_linear(0, most, left, width - 14);
	scale_round(&x, 5);
	chart_begin(&c, a, arena_printf(a, "release-%.0f", width), width, bottom + CHART_AXIS_HEIGHT, label, arena_printf(a,
		"%s, %s, of %zu groups of jurisdictions, each as a range.", label, release_period(a, r), n));
	struct tick *ticks = scale_ticks(a, &x, 5, &n_ticks);
	chart_axis_x(&c, &x, ticks, n_ticks, bottom, top, release_unit(dictionary_find(indicators(), r->indicator)));
	for (size_t i = 0; i < d->cell_count; i++) {
		const struct disclosure_cell *cell = &d->cells[i];
		const char *name = release_group_label(cell->scheme, cell->name);

		if (!cell->published)
			continue;
		double middle = y + row - 15;
		chart_text(&c, width == CHART_NARROW ? left : left - 8, width == CHART_NARROW ? middle - 14 : middle + 5,
			width == CHART_NARROW ? ANCHOR_START : ANCHOR_END, "chart-name", name);
		chart_rect(&c, scale_at(&x, cell->rate.low), middle - 6, scale_at(&x, cell->rate.high) - scale_at(&x, cell->rate.low),
			12, "chart-mark");
		for (size_t k = 0; k < cell->edge_count; k++)
			chart_line(&c, scale_at(&x, cell->edges[k].low), middle + 10, scale_at(&x, cell->edges[k].high), middle + 10,
				"chart-interval");
		y += row;
	}
	return chart_finish(&c);
}

/* ---- pages ---- */

static const char *edges_text(struct arena *a, const struct disclosure_cell *c)
{
	if (c->edge_count == 1)
		return arena_printf(a, "half of them below a line between %s", release_range(a, &c->edges[0]));
	if (c->edge_count == 2)
		return arena_printf(a, "a third below %s, a third above %s", release_range(a, &c->edges[0]),
			release_range(a, &c->edges[1]));
	return NULL;
}

static void put_cells(struct request *rq, struct data *page, const struct disclosure_release *d)
{
	for (size_t i = 0; i < d->cell_count; i++) {
		const struct disclosure_cell *c = &d->cells[i];
		struct data *row = data_item(page, "rows");

		data_text(row, "scheme", release_scheme_label(c->scheme));
		data_text(row, "name", release_group_label(c->scheme, c->name));
		data_flag(row, "published", c->published);
		if (!c->published)
			continue;
		data_textf(row, "at_least", "%u or more", c->at_least);
		data_text(row, "rate", release_range(rq->arena, &c->rate));
		data_text(row, "edges", edges_text(rq->arena, c));
	}
}

bool release_page(struct request *rq, struct response *rs, struct error *err)
{
	struct disclosure_release *d;
	struct release *r;

	if (!release_get(rq->db, rq->arena, request_arg(rq, "id"), &r, err) || !release_parse(rq, r, &d, err))
		return false;
	const struct indicator *in = dictionary_find(indicators(), r->indicator);
	const char *title = arena_printf(rq->arena, "%s, %s", indicators_label(r->indicator), release_period(rq->arena, r));
	struct data *page = indicators_page(rq, title);
	data_text(page, "heading", title);
	data_text(page, "definition", in ? in->definition : NULL);
	data_text(page, "unit", release_unit(in));
	data_text(page, "published", moment_human(rq->arena, r->published_us));
	data_text(page, "rules", r->rules);
	data_int(page, "dictionary", r->dictionary);
	data_text(page, "sha256", r->sha256);
	data_flag(page, "any", r->any);
	data_flag(page, "public_yearly", in && in->public_yearly);
	put_cells(rq, page, d);
	data_markup(page, "narrow", release_chart(rq, d, r, CHART_NARROW));
	data_markup(page, "wide", release_chart(rq, d, r, CHART_WIDE));
	data_url(page, "csv_url", url_path(rq->arena, "%b/indicators/releases/%s/figures.csv", rq->base, r->id));
	data_url(page, "json_url", url_path(rq->arena, "/api/v1/releases/%s", r->id));
	data_textf(page, "cite", "National network, \"%s\", release of %s, rules %s, dictionary %d, SHA-256 %.12s.", title,
		moment_human(rq->arena, r->published_us), r->rules, r->dictionary, r->sha256);
	if (r->any && viewer_has_role(rq->viewer, rq->space->id, ROLE_EDITOR) && strcmp(rq->space->slug, SPACE_NATIONAL) == 0)
		data_url(page, "publish_url", url_path(rq->arena, "/indicators/releases/%s/publish", r->id));
	page_crumb(page, "Releases", indicators_url(rq, "releases"));
	page_crumb(page, title, (struct url){ NULL });
	return page_send_private(rq, rs, "indicator-release", page, err);
}

void release_rows(struct request *rq, const struct disclosure_release *d, const struct release *r, struct buf *b)
{
	buf_str(b, "indicator,period,scheme,group,contributors_at_least,rate_from,rate_below,edge_1_from,edge_1_below,"
		"edge_2_from,edge_2_below\r\n");
	for (size_t i = 0; i < d->cell_count; i++) {
		const struct disclosure_cell *c = &d->cells[i];

		csv_cell(b, r->indicator, ',');
		csv_cell(b, r->label, ',');
		csv_cell(b, c->scheme, ',');
		csv_cell(b, c->name, ',');
		csv_cell(b, c->published ? arena_printf(rq->arena, "%u", c->at_least) : NULL, ',');
		csv_cell(b, c->published ? number(rq->arena, c->rate.low) : NULL, ',');
		csv_cell(b, c->published ? number(rq->arena, c->rate.high) : NULL, ',');
		for (size_t k = 0; k < 2; k++) {
			bool has = c->published && k < c->edge_count;

			csv_cell(b, has ? number(rq->arena, c->edges[k].low) : NULL, ',');
			csv_cell(b, has ? number(rq->arena, c->edges[k].high) : NULL, k ? '\n' : ',');
		}
	}
}

bool release_csv(struct request *rq, struct response *rs, struct error *err)
{
	struct disclosure_release *d;
	struct release *r;

	if (!release_get(rq->db, rq->arena, request_arg(rq, "id"), &r, err) || !release_parse(rq, r, &d, err))
		return false;
	release_rows(rq, d, r, &rs->body);
	rs->type = "text/csv; charset=utf-8";
	response_header(rs, "Content-Disposition", arena_printf(rq->arena, "attachment; filename=\"%s-%s.csv\"",
		r->indicator, r->label));
	return true;
}

bool releases_page(struct request *rq, struct response *rs, struct error *err)
{
	struct data *page = indicators_page(rq, "Releases");
	struct release *list;
	size_t n;

	if (!release_list(rq->db, rq->arena, request_arg(rq, "indicator"), &list, &n, err))
		return false;
	data_text(page, "heading", "Releases");
	for (size_t i = 0; i < n; i++) {
		struct data *row = data_item(page, "rows");

		data_text(row, "label", indicators_label(list[i].indicator));
		data_text(row, "period", release_period(rq->arena, &list[i]));
		data_text(row, "published", moment_human(rq->arena, list[i].published_us));
		data_flag(row, "any", list[i].any);
		data_url(row, "url", url_path(rq->arena, "%b/indicators/releases/%s", rq->base, list[i].id));
	}
	data_int(page, "delay", (long long)(options_int(rq->engine->options, "release-delay") / 86400000));
	data_int(page, "pooled_min", DISCLOSURE_POOLED_MIN);
	data_int(page, "median_min", DISCLOSURE_MEDIAN_MIN);
	data_int(page, "tertiles_min", DISCLOSURE_TERTILES_MIN);
	page_crumb(page, "Releases", (struct url){ NULL });
	return page_send_private(rq, rs, "indicator-releases", page, err);
}

/* ---- the API ---- */

bool release_api_list(struct request *rq, struct response *rs, struct error *err)
{
	struct release *list;
	size_t n;

	if (!release_list(rq->db, rq->arena, request_arg(rq, "indicator"), &list, &n, err))
		return false;
	json_t *root = json_object(), *items = json_array();
	for (size_t i = 0; i < n; i++)
		json_array_append_new(items, json_pack("{s:s, s:s, s:s, s:b, s:s, s:i, s:s, s:s}", "id", list[i].id, "indicator",
			list[i].indicator, "period", list[i].label, "published", list[i].any, "rules", list[i].rules, "dictionary",
			list[i].dictionary, "sha256", list[i].sha256, "url", page_absolute(rq, url_path(rq->arena,
			"/api/v1/releases/%s", list[i].id))));
	json_object_set_new(root, "items", items);
	json_object_set_new(root, "total", json_integer((json_int_t)n));
	return json_send(rq, rs, root, "application/json", err);
}

bool release_api_one(struct request *rq, struct response *rs, struct error *err)
{
	struct release *r;

	if (!release_get(rq->db, rq->arena, request_arg(rq, "id"), &r, err))
		return false;
	buf_str(&rs->body, r->json); /* the frozen bytes themselves */
	rs->type = "application/json";
	return true;
}
