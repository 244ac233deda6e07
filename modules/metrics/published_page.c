/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Published charts: their pages, and the two ways to publish one. */
#include "pages.h"
#include "account.h"
#include "chart.h"
#include "published.h"
#include "trend.h"

#define TITLE_MAX 200
#define CAPTION_MAX 1000

const struct param published_params[] = {
	{ "width", PARAM_SLUG, 0, 0, "narrow or wide" },
	{ NULL, 0, 0, 0, NULL }
};

/* ---- reading ---- */

static bool may_withdraw(const struct request *rq, const struct published *p)
{
	return viewer_has_role(rq->viewer, p->owner, ROLE_EDITOR);
}

bool published_page(struct request *rq, struct response *rs, struct error *err)
{
	struct published *p;

	if (!published_get(rq->db, rq->arena, request_arg(rq, "id"), &p, err))
		return false;
	struct data *page = page_create(rq, p->title);
	const char *address = page_absolute(rq, url_path(rq->arena, "/charts/%s", p->id));
	data_text(page, "heading", p->title);
	data_text(page, "caption", p->caption);
	data_text(page, "source", p->source);
	data_text(page, "published", moment_human(rq->arena, p->published_us));
	data_text(page, "withdrawn", p->withdrawn_us ? moment_human(rq->arena, p->withdrawn_us) : NULL);
	data_text(page, "reason", p->reason);
	data_text(page, "address", address);
	data_textf(page, "cite", "%s (%.4s). %s. %s", p->source, moment_utc(rq->arena, p->published_us), p->title, address);
	data_textf(page, "embed", "chart:%s", p->id);
	if (!p->withdrawn_us) {
		data_markup(page, "narrow", html_stored(p->narrow));
		data_markup(page, "wide", html_stored(p->wide));
		struct csv_row *rows;
		size_t n;
		if (!csv_read(rq->arena, p->csv, strlen(p->csv), 5000, &rows, &n, err))
			return false;
		for (size_t i = 0; i < n; i++) {
			struct data *row = data_item(page, i ? "rows" : "heads");

			for (size_t k = 0; k < rows[i].n; k++)
				data_text(data_item(row, "cells"), "text", rows[i].cells[k]);
		}
		data_url(page, "svg_url", url_path(rq->arena, "/charts/%s/chart.svg", p->id));
		data_url(page, "csv_url", url_path(rq->arena, "/charts/%s/figures.csv", p->id));
		if (may_withdraw(rq, p))
			data_url(page, "withdraw_url", url_path(rq->arena, "/charts/%s/withdraw", p->id));
	} else {
		rs->status = 410;
	}
	page_crumb(page, "Charts", url_path(rq->arena, "/charts"));
	page_crumb(page, p->title, (struct url){ NULL });
	/* Charts are no content: they are written aside, and the cache would not hear of it. */
	return page_send_private(rq, rs, "chart-page", page, err);
}

bool published_list_page(struct request *rq, struct response *rs, struct error *err)
{
	struct data *page = page_create(rq, "Charts");
	struct published *list;
	size_t n;

	if (!published_list(rq->db, rq->arena, &list, &n, err))
		return false;
	for (size_t i = 0; i < n; i++) {
		struct data *row = data_item(page, "rows");

		data_text(row, "title", list[i].title);
		data_text(row, "source", list[i].source);
		data_text(row, "published", moment_human(rq->arena, list[i].published_us));
		data_url(row, "url", url_path(rq->arena, "/charts/%s", list[i].id));
	}
	page_crumb(page, "Charts", (struct url){ NULL });
	return page_send_private(rq, rs, "charts", page, err);
}

static bool get_live(struct request *rq, struct published **p, struct error *err)
{
	if (!published_get(rq->db, rq->arena, request_arg(rq, "id"), p, err))
		return false;
	return !(*p)->withdrawn_us || error_set(err, ERROR_NOT_FOUND, "This chart was withdrawn.");
}

bool published_svg(struct request *rq, struct response *rs, struct error *err)
{
	const char *width = request_arg(rq, "width");
	struct published *p;

	if (!get_live(rq, &p, err))
		return false;
	chart_standalone(html_stored(width && strcmp(width, "narrow") == 0 ? p->narrow : p->wide), &rs->body);
	rs->type = "image/svg+xml";
	response_header(rs, "Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; sandbox");
	return true;
}

bool published_csv(struct request *rq, struct response *rs, struct error *err)
{
	struct published *p;

	if (!get_live(rq, &p, err))
		return false;
	buf_str(&rs->body, p->csv);
	rs->type = "text/csv; charset=utf-8";
	response_header(rs, "Content-Disposition", "attachment; filename=\"chart.csv\"");
	return true;
}

/* ---- publishing ---- */

struct publishing {
	struct request *rq;
	struct published chart;
	const char *wrong_title, *wrong_caption, *wrong_consent;
	/* Of own figures: */
	const struct indicator *indicator;
	struct trend trend;
	bool own;
	char id[ID_SIZE];
};

static void read_words(struct publishing *k)
{
	struct request *rq = k->rq;

	k->chart.title = request_typed(rq, "title");
	k->chart.caption = request_typed(rq, "caption");
	k->chart.audience = strcmp(request_typed(rq, "audience"), "public") == 0 ? AUDIENCE_PUBLIC : AUDIENCE_NETWORK;
	k->chart.account_name = rq->account->name;
	if (!*k->chart.title || strlen(k->chart.title) > TITLE_MAX)
		k->wrong_title = "Give the chart a title, at most 200 letters long.";
	if (strlen(k->chart.caption) > CAPTION_MAX)
		k->wrong_caption = "The note is too long: at most 1000 letters.";
	if (k->own && !*request_typed(rq, "consent"))
		k->wrong_consent = "Confirm that these figures become known.";
}

static bool show_form(struct publishing *k, struct response *rs, struct url action, struct error *err)
{
	struct request *rq = k->rq;
	bool wrong = k->wrong_title || k->wrong_caption || k->wrong_consent;
	struct data *page = indicators_page(rq, wrong ? "Error: Publish a chart" : "Publish a chart");

	data_text(page, "heading", "Publish a chart");
	data_text(page, "title_typed", k->chart.title);
	data_text(page, "caption", k->chart.caption);
	data_text(page, "public", k->chart.audience == AUDIENCE_PUBLIC ? "checked" : NULL);
	data_text(page, "network", k->chart.audience == AUDIENCE_PUBLIC ? NULL : "checked");
	data_text(page, "wrong_title", k->wrong_title);
	data_text(page, "wrong_caption", k->wrong_caption);
	data_text(page, "wrong_consent", k->wrong_consent);
	data_flag(page, "own", k->own);
	data_url(page, "action", action);
	data_markup(page, "narrow", html_stored(k->chart.narrow));
	data_markup(page, "wide", html_stored(k->chart.wide));
	if (wrong)
		rs->status = 400;
	page_crumb(page, "Publish a chart", (struct url){ NULL });
	return page_send_private(rq, rs, "chart-publish", page, err);
}

static bool write_chart(struct db *w, void *arg, struct error *err)
{
	struct publishing *k = arg;

	if (!published_add(w, &k->chart, k->id, err))
		return false;
	for (size_t i = 0; k->own && i < k->trend.n; i++)
		if (k->trend.points[i].has && !published_name(w, k->rq->space->id, k->indicator->id, k->trend.points[i].period, err))
			return false;
	struct audit_entry entry = audit_entry(k->rq, "chart.publish", k->id, k->chart.title);
	return audit_write(w, &entry, err);
}

static bool save(struct publishing *k, struct response *rs, struct url action, struct error *err)
{
	if (k->rq->method != HTTP_POST || k->wrong_title || k->wrong_caption || k->wrong_consent)
		return show_form(k, rs, action, err);
	return store_write_aside(k->rq->engine->store, &viewer_system, write_chart, k, err) &&
		response_redirect(rs, url_path(k->rq->arena, "/charts/%s", k->id));
}

/* Of a release: the national office's editors. */
bool published_release(struct request *rq, struct response *rs, struct error *err)
{
	struct publishing k = { .rq = rq };
	struct disclosure_release *d;
	struct buf csv = BUF_INIT;
	struct release *r;

	if (strcmp(rq->space->slug, SPACE_NATIONAL) != 0)
		return error_absent(err);
	if (!release_get(rq->db, rq->arena, request_arg(rq, "id"), &r, err) || !release_parse(rq, r, &d, err))
		return false;
	if (!r->any)
		return error_set(err, ERROR_CONFLICT, "This release shows nothing that could be published.");
	release_rows(rq, d, r, &csv);
	k.chart = (struct published){ .csv = arena_strdup(rq->arena, buf_text(&csv)), .owner = rq->space->id,
		.narrow = release_chart(rq, d, r, CHART_NARROW).html, .wide = release_chart(rq, d, r, CHART_WIDE).html,
		.source = arena_printf(rq->arena, "Release %s of the network, rules %s", r->label, r->rules) };
	buf_finish(&csv);
	if (rq->method == HTTP_POST)
		read_words(&k);
	else
		k.chart.title = arena_printf(rq->arena, "%s, %s", indicators_label(r->indicator), release_period(rq->arena, r));
	return save(&k, rs, url_path(rq->arena, "/indicators/releases/%s/publish", r->id), err);
}

static const char *own_csv(struct publishing *k)
{
	struct buf b = BUF_INIT;

	csv_cell(&b, "period", ',');
	csv_cell(&b, k->indicator->id, '\n');
	for (size_t i = 0; i < k->trend.n; i++) {
		const struct trend_point *p = &k->trend.points[i];
		char period[PERIOD_SIZE];

		period_text(p->period, period);
		csv_cell(&b, period, ',');
		csv_cell(&b, p->has ? arena_printf(k->rq->arena, "%lld", (long long)p->value) : NULL, '\n');
	}
	const char *text = arena_strdup(k->rq->arena, buf_text(&b));
	buf_finish(&b);
	return text;
}

/* Of own figures: the jurisdiction's editors. */
bool published_own(struct request *rq, struct response *rs, struct error *err)
{
	struct publishing k = { .rq = rq, .own = true, .indicator = dictionary_find(indicators(), request_arg(rq, "slug")) };
	const char *kind = rq->method == HTTP_POST ? request_form(rq, "kind") : request_arg(rq, "kind");
	bool monthly = !kind || strcmp(kind, "year") != 0;
	struct figure_mark *marks;
	struct history h;
	size_t n_marks;

	if (!indicators_here(rq, err) || !indicators_history(rq, &h, err) ||
		!figures_marks(rq->db, rq->arena, rq->space->id, &marks, &n_marks, err))
		return false;
	if (!k.indicator)
		return error_set(err, ERROR_NOT_FOUND, "There is no such indicator.");
	trend_make(rq->arena, k.indicator, monthly, &h, indicators_people(rq), &k.trend);
	if (k.trend.n == 0)
		return error_set(err, ERROR_CONFLICT, "There are no figures that could be published.");
	k.chart = (struct published){ .csv = own_csv(&k), .owner = rq->space->id, .source = rq->space->name,
		.narrow = trend_chart(rq->arena, &k.trend, marks, n_marks, false, CHART_NARROW).html,
		.wide = trend_chart(rq->arena, &k.trend, marks, n_marks, false, CHART_WIDE).html };
	if (rq->method == HTTP_POST)
		read_words(&k);
	else
		k.chart.title = arena_printf(rq->arena, "%s in %s", k.indicator->label, rq->space->short_name);
	return save(&k, rs, url_query(rq->arena, url_path(rq->arena, "%b/indicators/%s/publish", rq->base, k.indicator->id), "kind",
		monthly ? "month" : "year"), err);
}

/* ---- withdrawing ---- */

struct withdrawing {
	struct request *rq;
	const char *id, *reason;
};

static bool write_withdrawal(struct db *w, void *arg, struct error *err)
{
	const struct withdrawing *k = arg;
	struct audit_entry entry = audit_entry(k->rq, "chart.withdraw", k->id, k->reason);

	return published_withdraw(w, k->id, k->reason, err) && audit_write(w, &entry, err);
}

bool published_withdraw_save(struct request *rq, struct response *rs, struct error *err)
{
	struct withdrawing k = { rq, request_arg(rq, "id"), request_typed(rq, "reason") };
	struct published *p;

	if (!published_get(rq->db, rq->arena, k.id, &p, err))
		return false;
	if (!may_withdraw(rq, p))
		return error_absent(err);
	if (!*k.reason || strlen(k.reason) > CAPTION_MAX)
		return error_set(err, ERROR_INVALID, "Say why it is withdrawn, in at most 1000 letters.");
	return request_write(rq, write_withdrawal, &k, err) &&
		response_redirect(rs, url_path(rq->arena, "/charts/%s", k.id));
}
