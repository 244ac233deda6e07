/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A jurisdiction's own figures: overview, one indicator in time, corrections,
 * dates of the strategy. */
#include "pages.h"
#include "chart.h"
#include "trend.h"

#define CORRECTIONS_MAX 500
#define MARKS_MAX 50

const struct param indicator_params[] = {
	{ "kind", PARAM_SLUG, 0, 0, "month or year" },
	{ "show", PARAM_SLUG, 0, 0, "count or rate" },
	{ "saved", PARAM_INT, 0, 1000000, "How many figures were just saved" },
	{ NULL, 0, 0, 0, NULL }
};

static bool monthly_first(const struct history *h, const char *id)
{
	bool yearly = false;

	for (size_t i = 0; i < h->n; i++) {
		if (strcmp(h->figures[i].indicator, id) != 0)
			continue;
		if (h->figures[i].period.month)
			return true;
		yearly = true;
	}
	return !yearly;
}

/* ---- overview ---- */

static void put_latest(struct request *rq, struct data *item, const struct trend *t)
{
	const struct trend_point *last = &t->points[t->n - 1];
	double rate;

	data_text(item, "period", period_human(rq->arena, last->period));
	data_text(item, "value", chart_number(rq->arena, (double)last->value, 0));
	if (last->has_twelve)
		data_text(item, "twelve", chart_number(rq->arena, (double)last->twelve, 0));
	if (trend_rate(t, last, &rate))
		data_text(item, "rate", chart_number(rq->arena, rate, 1));
}

static void put_card(struct request *rq, struct data *page, const struct indicator *in, const struct history *h,
	const struct figure_mark *marks, size_t n_marks)
{
	static const char *const lists[] = { "outcomes", "fidelity", "denominators" };
	struct data *item = data_item(page, lists[in->family]);
	struct trend t;

	trend_make(rq->arena, in, monthly_first(h, in->id), h, indicators_people(rq), &t);
	data_text(item, "label", in->label);
	data_url(item, "url", indicators_url(rq, in->id));
	data_flag(item, "any", t.n > 0);
	if (t.n == 0)
		return;
	put_latest(rq, item, &t);
	data_text(item, "words", trend_words(rq->arena, &t));
	data_markup(item, "chart", trend_chart(rq->arena, &t, marks, n_marks, false, CHART_NARROW));
}

bool indicators_overview(struct request *rq, struct response *rs, struct error *err)
{
	struct data *page = indicators_page(rq, "Indicators");
	int64_t saved = request_arg_int(rq, "saved", -1);
	struct figure_mark *marks;
	struct history h;
	size_t n_marks;

	if (!indicators_here(rq, err) || !indicators_history(rq, &h, err) ||
		!figures_marks(rq->db, rq->arena, rq->space->id, &marks, &n_marks, err))
		return false;
	data_text(page, "heading", "Our indicators");
	for (size_t i = 0; i < indicators()->n; i++)
		put_card(rq, page, &indicators()->indicators[i], &h, marks, n_marks);
	data_flag(page, "any", h.n > 0);
	data_flag(page, "may_write", viewer_may_write(rq->viewer, rq->space->id));
	data_url(page, "enter_url", indicators_url(rq, "enter"));
	data_url(page, "upload_url", indicators_url(rq, "upload"));
	data_url(page, "dictionary_url", indicators_url(rq, "dictionary"));
	data_url(page, "marks_url", indicators_url(rq, "marks"));
	for (size_t i = 0; i < n_marks; i++) {
		struct data *mark = data_item(page, "marks");

		data_text(mark, "date", date_human(rq->arena, marks[i].date));
		data_text(mark, "label", marks[i].label);
		data_url(mark, "remove_url", url_path(rq->arena, "%b/indicators/marks/%s/remove", rq->base, marks[i].id));
	}
	if (saved >= 0)
		data_textf(page, "done", saved == 1 ? "%lld figure is saved." : "%lld figures are saved.", (long long)saved);
	return page_send_private(rq, rs, "indicators", page, err);
}

/* ---- one indicator ---- */

struct series {
	const struct indicator *indicator;
	struct trend trend;
	bool rates;
	bool other_kind; /* there are figures of the other kind, too */
};

static bool read_series(struct request *rq, struct series *s, struct error *err)
{
	const char *kind = request_arg(rq, "kind"), *shown = request_arg(rq, "show");
	struct trend other;
	struct history h;
	bool monthly;

	s->indicator = dictionary_find(indicators(), request_arg(rq, "slug"));
	if (!indicators_here(rq, err))
		return false;
	if (!s->indicator)
		return error_set(err, ERROR_NOT_FOUND, "There is no such indicator.");
	if (!indicators_history(rq, &h, err))
		return false;
	monthly = kind ? strcmp(kind, "year") != 0 : monthly_first(&h, s->indicator->id);
	trend_make(rq->arena, s->indicator, monthly, &h, indicators_people(rq), &s->trend);
	trend_make(rq->arena, s->indicator, !monthly, &h, indicators_people(rq), &other);
	s->other_kind = other.n > 0;
	s->rates = shown && strcmp(shown, "rate") == 0 && s->indicator->per_population;
	return true;
}

static void put_rows(struct request *rq, struct data *page, const struct series *s)
{
	struct arena *a = rq->arena;

	for (size_t i = s->trend.n; i > 0; i--) {
		const struct trend_point *p = &s->trend.points[i - 1];
		struct data *row = data_item(page, "rows");
		double rate;

		data_text(row, "period", period_human(a, p->period));
		data_text(row, "value", p->has ? chart_number(a, (double)p->value, 0) : NULL);
		data_text(row, "twelve", p->has_twelve ? chart_number(a, (double)p->twelve, 0) : NULL);
		data_text(row, "rate", trend_rate(&s->trend, p, &rate) ? chart_number(a, rate, 1) : NULL);
	}
}

static void put_about(struct data *page, const struct indicator *in)
{
	data_text(page, "definition", in->definition);
	data_text(page, "unit", in->unit);
	data_text(page, "source", in->source);
	data_text(page, "notes", in->notes);
	data_flag(page, "rates", in->per_population);
	data_flag(page, "public_yearly", in->public_yearly);
	data_text(page, "direction", in->direction == INDICATOR_LOWER ? "Lower is better" :
		in->direction == INDICATOR_HIGHER ? "Higher is better" : "Neither high nor low is better by itself");
}

/* The address of this page with one choice changed. */
static struct url choice(struct request *rq, const struct series *s, bool monthly, bool rates, const char *page)
{
	struct url u = url_path(rq->arena, "%b/indicators/%s", rq->base, s->indicator->id);

	if (page)
		u = url_path(rq->arena, "%b/indicators/%s/%s", rq->base, s->indicator->id, page);
	u = url_query(rq->arena, u, "kind", monthly ? "month" : "year");
	return rates ? url_query(rq->arena, u, "show", "rate") : u;
}

bool indicator_one(struct request *rq, struct response *rs, struct error *err)
{
	struct figure_mark *marks;
	struct series s;
	size_t n_marks;

	if (!read_series(rq, &s, err) || !figures_marks(rq->db, rq->arena, rq->space->id, &marks, &n_marks, err))
		return false;
	struct data *page = indicators_page(rq, s.indicator->label);
	data_text(page, "heading", s.indicator->label);
	put_about(page, s.indicator);
	data_flag(page, "any", s.trend.n > 0);
	data_flag(page, "monthly", s.trend.monthly);
	data_flag(page, "shows_rate", s.rates);
	data_flag(page, "other_kind", s.other_kind);
	data_url(page, "other_kind_url", choice(rq, &s, !s.trend.monthly, s.rates, NULL));
	data_url(page, "other_show_url", choice(rq, &s, s.trend.monthly, !s.rates, NULL));
	data_url(page, "csv_url", choice(rq, &s, s.trend.monthly, false, "figures.csv"));
	if (s.indicator->family != INDICATOR_DENOMINATOR)
		data_url(page, "effect_url", choice(rq, &s, s.trend.monthly, false, "impact"));
	if (viewer_has_role(rq->viewer, rq->space->id, ROLE_EDITOR))
		data_url(page, "publish_url", choice(rq, &s, s.trend.monthly, false, "publish"));
	data_url(page, "enter_url", indicators_url(rq, "enter"));
	data_flag(page, "may_write", viewer_may_write(rq->viewer, rq->space->id));
	if (s.trend.n) {
		data_text(page, "words", trend_words(rq->arena, &s.trend));
		data_markup(page, "narrow", trend_chart(rq->arena, &s.trend, marks, n_marks, s.rates, CHART_NARROW));
		data_markup(page, "wide", trend_chart(rq->arena, &s.trend, marks, n_marks, s.rates, CHART_WIDE));
		put_rows(rq, page, &s);
	}
	page_crumb(page, s.indicator->label, (struct url){ NULL });
	return page_send_private(rq, rs, "indicator", page, err);
}

bool indicator_csv(struct request *rq, struct response *rs, struct error *err)
{
	struct buf *b = &rs->body;
	struct series s;

	if (!read_series(rq, &s, err))
		return false;
	csv_cell(b, "period", ',');
	csv_cell(b, s.indicator->id, ',');
	csv_cell(b, "last_12_months", ',');
	csv_cell(b, "population", ',');
	csv_cell(b, "rate_per_100000_a_year", '\n');
	for (size_t i = 0; i < s.trend.n; i++) {
		const struct trend_point *p = &s.trend.points[i];
		char period[PERIOD_SIZE];
		double rate;

		period_text(p->period, period);
		csv_cell(b, period, ',');
		csv_cell(b, p->has ? arena_printf(rq->arena, "%lld", (long long)p->value) : NULL, ',');
		csv_cell(b, p->has_twelve ? arena_printf(rq->arena, "%lld", (long long)p->twelve) : NULL, ',');
		csv_cell(b, p->people ? arena_printf(rq->arena, "%lld", (long long)p->people) : NULL, ',');
		csv_cell(b, trend_rate(&s.trend, p, &rate) ? arena_printf(rq->arena, "%.3f", rate) : NULL, '\n');
	}
	rs->type = "text/csv; charset=utf-8";
	response_header(rs, "Content-Disposition", arena_printf(rq->arena, "attachment; filename=\"%s-%s.csv\"",
		rq->space->slug, s.indicator->id));
	return true;
}

/* ---- corrections ---- */

bool indicators_corrections(struct request *rq, struct response *rs, struct error *err)
{
	struct data *page = indicators_page(rq, "Corrections");
	struct figure_correction *list;
	size_t n;

	if (!indicators_here(rq, err) ||
		!figures_corrections(rq->db, rq->arena, rq->space->id, CORRECTIONS_MAX, &list, &n, err))
		return false;
	data_text(page, "heading", "Corrections");
	for (size_t i = 0; i < n; i++) {
		struct data *row = data_item(page, "rows");

		data_text(row, "at", moment_human(rq->arena, list[i].at_us));
		data_text(row, "label", indicators_label(list[i].indicator));
		data_text(row, "period", period_human(rq->arena, list[i].period));
		if (list[i].had_old)
			data_textf(row, "old", "%lld", (long long)list[i].old_value);
		if (list[i].has_new)
			data_textf(row, "new", "%lld", (long long)list[i].new_value);
		data_text(row, "reason", list[i].reason);
		data_text(row, "who", list[i].account_name ? list[i].account_name : "Import at the console");
	}
	data_flag(page, "cut", n == CORRECTIONS_MAX);
	page_crumb(page, "Corrections", (struct url){ NULL });
	return page_send_private(rq, rs, "indicators-corrections", page, err);
}

/* ---- dates of the strategy ---- */

struct marking {
	struct request *rq;
	const char *date, *label, *id;
};

static bool add_mark(struct db *w, void *arg, struct error *err)
{
	const struct marking *m = arg;

	return figures_mark_add(w, m->rq->space->id, m->date, m->label, err);
}

bool indicators_mark_add(struct request *rq, struct response *rs, struct error *err)
{
	struct marking m = { rq, request_typed(rq, "date"), request_typed(rq, "label"), NULL };
	struct figure_mark *marks;
	size_t n;

	if (!indicators_here(rq, err) || !figures_marks(rq->db, rq->arena, rq->space->id, &marks, &n, err))
		return false;
	if (strlen(m.date) != 10 || !date_valid(m.date))
		return error_set(err, ERROR_INVALID, "Give the date as year-month-day, for example 2026-05-14.");
	if (!*m.label || strlen(m.label) > 60)
		return error_set(err, ERROR_INVALID, "Say in at most 60 letters what happened on that day.");
	if (n >= MARKS_MAX)
		return error_set(err, ERROR_INVALID, "There are %d dates already. Remove one first.", MARKS_MAX);
	return store_write_aside(rq->engine->store, rq->viewer, add_mark, &m, err) &&
		response_redirect(rs, url_fragment(rq->arena, indicators_url(rq, ""), "dates"));
}

static bool remove_mark(struct db *w, void *arg, struct error *err)
{
	const struct marking *m = arg;

	return figures_mark_remove(w, m->rq->space->id, m->id, err);
}

bool indicators_mark_remove(struct request *rq, struct response *rs, struct error *err)
{
	struct marking m = { rq, NULL, NULL, request_arg(rq, "id") };

	return indicators_here(rq, err) && store_write_aside(rq->engine->store, rq->viewer, remove_mark, &m, err) &&
		response_redirect(rs, url_fragment(rq->arena, indicators_url(rq, ""), "dates"));
}

/* ---- the dictionary ---- */

bool indicators_dictionary(struct request *rq, struct response *rs, struct error *err)
{
	struct data *page = page_create(rq, "Dictionary of indicators");

	data_int(page, "version", indicators()->version);
	data_text(page, "adopted", date_human(rq->arena, indicators()->adopted));
	for (size_t i = 0; i < indicators()->n; i++) {
		const struct indicator *in = &indicators()->indicators[i];
		struct data *item = data_item(page, "indicators");

		data_text(item, "id", in->id);
		data_text(item, "label", in->label);
		put_about(item, in);
		data_int(item, "due", in->due_days);
		data_text(item, "part_of", in->part_of ? in->part_of->label : NULL);
	}
	page_crumb(page, "Dictionary of indicators", (struct url){ NULL });
	return page_send(rq, rs, "indicators-dictionary", page, err);
}
