/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which figures have been entered, and when: a jurisdiction's own, or at the
 * national office those of all. Never a figure itself. */
#include "pages.h"

#define MONTHS 12

const struct param completeness_params[] = {
	{ "to", PARAM_TEXT, 0, 0, "Last month, as 2026-03" },
	{ NULL, 0, 0, 0, NULL }
};

struct tally {
	int due, entered, late;
};

struct matrix {
	struct request *rq;
	struct period last;
	struct figure_presence *present;
	size_t n;
	int64_t now;
};

static int by_place(const void *x, const void *y)
{
	const struct figure_presence *a = x, *b = y;
	int order = strcmp(a->space_id, b->space_id);

	order = order ? order : strcmp(a->indicator, b->indicator);
	return order ? order : period_compare(a->period, b->period);
}

/* They come in this order. */
static const struct figure_presence *find(const struct matrix *m, const char *space_id, const char *indicator,
	struct period p)
{
	struct figure_presence wanted = { space_id, indicator, p, 0 };

	return m->n ? bsearch(&wanted, m->present, m->n, sizeof wanted, by_place) : NULL;
}

static void count(const struct matrix *m, const char *space_id, const struct indicator *in, struct period p,
	struct tally *t)
{
	const struct figure_presence *f;
	int64_t due = period_end_us(p) + (int64_t)in->due_days * 86400 * 1000000;

	if (in->family == INDICATOR_DENOMINATOR)
		return;
	f = find(m, space_id, in->id, p);
	t->due += due <= m->now || f;
	t->entered += f != NULL;
	t->late += f && f->first_us > due;
}

static void put_tally(struct data *cell, const struct tally *t)
{
	data_textf(cell, "text", "%d of %d", t->entered, t->due);
	data_int(cell, "late", t->late);
	data_flag(cell, "none", t->due == 0);
	data_flag(cell, "all", t->due > 0 && t->entered == t->due);
}

static void put_heads(struct matrix *m, struct data *page)
{
	for (int i = MONTHS - 1; i >= 0; i--)
		data_text(data_item(page, "heads"), "label", period_human(m->rq->arena, period_add(m->last, -i)));
}

/* The space's own: a row for each indicator. */
static void put_own(struct matrix *m, struct data *page)
{
	for (size_t k = 0; k < indicators()->n; k++) {
		const struct indicator *in = &indicators()->indicators[k];

		if (in->family == INDICATOR_DENOMINATOR)
			continue;
		struct data *row = data_item(page, "rows");
		data_text(row, "label", in->label);
		data_url(row, "url", indicators_url(m->rq, in->id));
		for (int i = MONTHS - 1; i >= 0; i--) {
			struct period p = period_add(m->last, -i);
			struct data *cell = data_item(row, "cells");
			struct tally t = { 0, 0, 0 };

			count(m, m->rq->space->id, in, p, &t);
			data_text(cell, "head", period_human(m->rq->arena, p));
			data_text(cell, "text", t.entered ? t.late ? "late" : "yes" : t.due ? "missing" : "not due");
			data_flag(cell, "missing", t.due && !t.entered);
		}
	}
}

/* The network's: a row for each jurisdiction. */
static bool put_network(struct matrix *m, struct data *page, struct error *err)
{
	struct space *spaces;
	size_t n;

	if (!space_list(m->rq->db, m->rq->arena, &spaces, &n, err))
		return false;
	for (size_t s = 0; s < n; s++) {
		if (!space_is_jurisdiction(&spaces[s]))
			continue;
		struct data *row = data_item(page, "rows");
		data_text(row, "label", spaces[s].short_name);
		data_url(row, "url", page_space_url(m->rq, spaces[s].slug));
		for (int i = MONTHS - 1; i >= 0; i--) {
			struct period p = period_add(m->last, -i);
			struct data *cell = data_item(row, "cells");
			struct tally t = { 0, 0, 0 };

			for (size_t k = 0; k < indicators()->n; k++)
				count(m, spaces[s].id, &indicators()->indicators[k], p, &t);
			data_text(cell, "head", period_human(m->rq->arena, p));
			put_tally(cell, &t);
		}
	}
	return true;
}

bool indicators_completeness(struct request *rq, struct response *rs, struct error *err)
{
	bool network = strcmp(rq->space->slug, SPACE_NATIONAL) == 0;
	struct matrix m = { .rq = rq, .now = clock_now_us() };
	struct data *page = indicators_page(rq, "Completeness");
	const char *to = request_arg(rq, "to");
	char text[PERIOD_SIZE];

	if (!network && !indicators_here(rq, err))
		return false;
	if (!to || !period_parse(to, &m.last) || !m.last.month || period_compare(m.last, period_last(m.now, true)) > 0)
		m.last = period_last(m.now, true);
	if (!figures_presence(rq->db, rq->arena, period_add(m.last, 1 - MONTHS), &m.present, &m.n, err))
		return false;
	data_text(page, "heading", network ? "Completeness of the network" : "Completeness");
	data_flag(page, "network", network);
	put_heads(&m, page);
	if (!network)
		put_own(&m, page);
	else if (!put_network(&m, page, err))
		return false;
	period_text(period_add(m.last, -MONTHS), text);
	data_url(page, "before_url", url_query(rq->arena, indicators_url(rq, "completeness"), "to", text));
	period_text(period_add(m.last, MONTHS), text);
	if (period_compare(period_add(m.last, MONTHS), period_last(m.now, true)) <= 0)
		data_url(page, "after_url", url_query(rq->arena, indicators_url(rq, "completeness"), "to", text));
	page_crumb(page, "Completeness", (struct url){ NULL });
	return page_send_private(rq, rs, "indicators-completeness", page, err);
}
