/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The monthly form: all indicators of one period on one page. */
#include "pages.h"

const struct param enter_params[] = {
	{ "period", PARAM_TEXT, 0, 0, "Month as 2026-03, or year as 2026; the last month that is over if absent" },
	{ "saved", PARAM_INT, 0, 99, "How many figures were just saved" },
	{ NULL, 0, 0, 0, NULL }
};

struct entry {
	const struct indicator *indicator;
	const char *typed, *reason;       /* as typed; "" if not */
	int64_t value;                    /* typed; -1: none */
	int64_t stored, was;              /* now in the store, and when the form was made; -1: none */
	const char *wrong, *doubt;        /* or NULL */
};

struct form {
	struct request *rq;
	struct period period;
	struct history history;
	struct entry entries[INDICATORS_MAX];
	size_t n, n_wrong, n_doubts;
	bool posted;
	struct figure_counts counts;
};

/* ---- reading ---- */

static bool read_period(struct request *rq, struct period *out, struct error *err)
{
	const char *text = rq->method == HTTP_POST ? request_form(rq, "period") : request_arg(rq, "period");

	if (!text || !*text) {
		*out = period_last(clock_now_us(), true);
		return true;
	}
	return period_parse(text, out) || error_set(err, ERROR_INVALID,
		"A period is a month as 2026-03 or a year as 2026.");
}

static bool asked(const struct indicator *in, struct period p)
{
	return in->family != INDICATOR_DENOMINATOR || !p.month;
}

static void read_entry(struct form *f, const struct indicator *in)
{
	struct arena *a = f->rq->arena;
	const struct figure *stored = history_find(&f->history, in->id, f->period);
	struct entry *e = &f->entries[f->n++];
	const char *was;

	*e = (struct entry){ .indicator = in, .typed = "", .reason = "", .value = -1, .stored = stored ? stored->value : -1 };
	e->was = e->stored;
	if (!f->posted) {
		e->typed = stored ? arena_printf(a, "%lld", (long long)stored->value) : "";
		return;
	}
	/* A figure that the form did not send stays as it is. */
	if (!request_form(f->rq, arena_printf(a, "v_%s", in->id))) {
		e->value = e->stored;
		e->typed = stored ? arena_printf(a, "%lld", (long long)stored->value) : "";
		return;
	}
	e->typed = request_typed(f->rq, arena_printf(a, "v_%s", in->id));
	e->reason = request_typed(f->rq, arena_printf(a, "why_%s", in->id));
	was = request_typed(f->rq, arena_printf(a, "was_%s", in->id));
	e->was = *was ? strtoll(was, NULL, 10) : -1;
	if (check_number(a, e->typed, &e->value, &e->wrong) && e->value >= 0 && e->value != e->stored)
		e->wrong = check_range(a, in, f->period, e->value, clock_now_us());
}

static const struct entry *entry_of(const struct form *f, const struct indicator *in)
{
	for (size_t i = 0; i < f->n; i++)
		if (f->entries[i].indicator == in)
			return &f->entries[i];
	return NULL;
}

/* What needs the others, and what needs words. */
static void check_entry(struct form *f, struct entry *e)
{
	struct arena *a = f->rq->arena;
	const struct entry *whole = e->indicator->part_of ? entry_of(f, e->indicator->part_of) : NULL;

	if (!e->wrong && e->was != e->stored && e->value != e->stored)
		e->wrong = e->stored < 0 ? "Someone else removed this figure in the meantime." :
			arena_printf(a, "Someone else entered %lld in the meantime. Keep yours by sending it again.",
			(long long)e->stored);
	if (!e->wrong && whole && e->value >= 0 && whole->value >= 0)
		e->wrong = check_part(a, e->indicator, e->value, whole->value);
	f->n_wrong += e->wrong != NULL;
	if (e->wrong || e->value == e->stored || *e->reason)
		return;
	if (e->stored >= 0)
		e->doubt = e->value < 0 ? "This removes a figure. Please say why." :
			arena_printf(a, "This corrects %lld. Please say why.", (long long)e->stored);
	else
		e->doubt = check_usual(a, &f->history, e->indicator, f->period, e->value);
	f->n_doubts += e->doubt != NULL;
}

static bool read_form(struct form *f, struct error *err)
{
	struct request *rq = f->rq;

	f->posted = rq->method == HTTP_POST;
	if (!indicators_here(rq, err) || !read_period(rq, &f->period, err) ||
		!indicators_history(rq, &f->history, err))
		return false;
	for (size_t i = 0; i < indicators()->n; i++)
		if (asked(&indicators()->indicators[i], f->period))
			read_entry(f, &indicators()->indicators[i]);
	for (size_t i = 0; f->posted && i < f->n; i++)
		check_entry(f, &f->entries[i]);
	return true;
}

/* ---- the page ---- */

static const char *hint(struct form *f, const struct entry *e)
{
	struct arena *a = f->rq->arena;
	const struct figure *last = history_find(&f->history, e->indicator->id, period_add(f->period, -1));
	const struct figure *year = f->period.month ?
		history_find(&f->history, e->indicator->id, period_add(f->period, -12)) : NULL;

	if (!last && !year)
		return NULL;
	return arena_printf(a, "%s%s%s%s%s", last ? period_human(a, last->period) : "",
		last ? arena_printf(a, ": %lld", (long long)last->value) : "", last && year ? "; " : "",
		year ? period_human(a, year->period) : "", year ? arena_printf(a, ": %lld", (long long)year->value) : "");
}

static void put_entry(struct form *f, struct data *page, const struct entry *e)
{
	static const char *const lists[] = { "outcomes", "fidelity", "denominators" };
	struct data *item = data_item(page, lists[e->indicator->family]);
	struct arena *a = f->rq->arena;

	data_text(item, "id", e->indicator->id);
	data_text(item, "label", e->indicator->label);
	data_text(item, "unit", e->indicator->unit);
	data_text(item, "definition", e->indicator->definition);
	data_text(item, "hint", hint(f, e));
	data_text(item, "value", e->typed);
	data_text(item, "was", e->stored >= 0 ? arena_printf(a, "%lld", (long long)e->stored) : "");
	data_text(item, "wrong", e->wrong);
	data_text(item, "doubt", e->doubt);
	data_flag(item, "ask", e->doubt || *e->reason);
	data_text(item, "reason", e->reason);
	data_text(item, "bad", e->wrong ? "true" : NULL);
	data_textf(item, "described", "about_%s%s%s", e->indicator->id,
		e->wrong ? arena_printf(a, " wrong_%s", e->indicator->id) : "",
		e->doubt ? arena_printf(a, " doubt_%s", e->indicator->id) : "");
	if (e->wrong || e->doubt) {
		struct data *problem = data_item(page, "problems");

		data_textf(problem, "text", "%s: %s", e->indicator->label, e->wrong ? e->wrong : e->doubt);
		data_url(problem, "url", url_fragment(a, (struct url){ NULL }, arena_printf(a, "%s_%s", e->wrong ? "v" : "why",
			e->indicator->id)));
	}
}

static void put_other(struct form *f, struct data *page, const char *name, struct period p)
{
	char text[PERIOD_SIZE];

	period_text(p, text);
	struct data *link = data_object(page, name);
	data_text(link, "label", period_human(f->rq->arena, p));
	data_url(link, "url", url_query(f->rq->arena, indicators_url(f->rq, "enter"), "period", text));
}

static bool show(struct form *f, struct response *rs, struct error *err)
{
	struct request *rq = f->rq;
	struct arena *a = rq->arena;
	const char *title = arena_printf(a, "Figures of %s", period_human(a, f->period));
	struct data *page = indicators_page(rq, f->n_wrong + f->n_doubts ? arena_printf(a, "Error: %s", title) : title);
	int64_t saved = request_arg_int(rq, "saved", -1);
	char period[PERIOD_SIZE];

	data_text(page, "heading", title);
	period_text(f->period, period);
	data_text(page, "period", period);
	data_flag(page, "monthly", f->period.month != 0);
	for (size_t i = 0; i < f->n; i++)
		put_entry(f, page, &f->entries[i]);
	put_other(f, page, "before", period_add(f->period, -1));
	if (period_end_us(period_add(f->period, 1)) <= clock_now_us())
		put_other(f, page, "after", period_add(f->period, 1));
	put_other(f, page, "other_kind", f->period.month ? (struct period){ f->period.year - 1, 0 } :
		(struct period){ f->period.year, 12 });
	data_url(page, "enter_url", indicators_url(rq, "enter"));
	data_url(page, "upload_url", indicators_url(rq, "upload"));
	if (!f->posted && saved >= 0)
		data_text(page, "done", saved == 1 ? "One figure is saved." : saved == 0 ? "Nothing had changed." :
			arena_printf(a, "%lld figures are saved.", (long long)saved));
	data_flag(page, "only_doubts", f->n_wrong == 0 && f->n_doubts > 0);
	if (f->n_wrong + f->n_doubts)
		rs->status = f->n_wrong ? 400 : 422;
	page_crumb(page, period_human(a, f->period), (struct url){ NULL });
	return page_send_private(rq, rs, "indicators-enter", page, err);
}

bool indicators_enter(struct request *rq, struct response *rs, struct error *err)
{
	struct form f = { .rq = rq };

	return read_form(&f, err) && show(&f, rs, err);
}

/* ---- saving ---- */

static bool write_form(struct db *w, void *arg, struct error *err)
{
	struct form *f = arg;
	struct figure_change changes[INDICATORS_MAX];
	char period[PERIOD_SIZE];
	size_t n = 0;

	for (size_t i = 0; i < f->n; i++) {
		const struct entry *e = &f->entries[i];

		if (e->value != e->stored)
			changes[n++] = (struct figure_change){ .indicator = e->indicator->id, .period = f->period,
				.remove = e->value < 0, .value = e->value, .known = true, .was = e->stored,
				.reason = *e->reason ? e->reason : NULL };
	}
	period_text(f->period, period);
	struct audit_entry entry = audit_entry(f->rq, "figures.enter", period, arena_printf(f->rq->arena, "%zu figures", n));
	return figures_save(w, f->rq->arena, f->rq->space->id, changes, n, f->rq->account, &f->counts, err) &&
		(n == 0 || audit_write(w, &entry, err));
}

bool indicators_enter_save(struct request *rq, struct response *rs, struct error *err)
{
	struct form f = { .rq = rq };
	char period[PERIOD_SIZE];

	if (!read_form(&f, err))
		return false;
	if (f.n_wrong + f.n_doubts)
		return show(&f, rs, err);
	if (!store_write_aside(rq->engine->store, rq->viewer, write_form, &f, err))
		return false;
	period_text(f.period, period);
	return response_redirect(rs, url_query_int(rq->arena, url_query(rq->arena, indicators_url(rq, "enter"), "period",
		period), "saved", (int64_t)f.counts.added + (int64_t)f.counts.changed + (int64_t)f.counts.removed));
}
