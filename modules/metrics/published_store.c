/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Published charts: SQL only. */
#include "published.h"

#define COLUMNS "id, title, caption, audience, source, account_name, published_us, withdrawn_us, reason, owner_space "

static void read_published(struct query *q, struct arena *a, struct published *p)
{
	p->id = q_col_text(q, a, 0);
	p->title = q_col_text(q, a, 1);
	p->caption = q_col_text(q, a, 2);
	p->audience = audience_parse(q_col_text(q, a, 3));
	p->source = q_col_text(q, a, 4);
	p->account_name = q_col_text(q, a, 5);
	p->published_us = q_col_int(q, 6);
	p->withdrawn_us = q_col_int(q, 7);
	p->reason = q_col_text(q, a, 8);
	p->owner = q_col_text(q, a, 9);
}

bool published_list(struct db *db, struct arena *a, struct published **out, size_t *n, struct error *err)
{
	struct query q;

	*out = NULL;
	*n = 0;
	db_query(db, &q, "SELECT " COLUMNS ", count(*) OVER () FROM v_published WHERE withdrawn_us = 0 "
		"ORDER BY published_us DESC, id");
	while (q_row(&q)) {
		if (!*out)
			*out = arena_array(a, (size_t)q_col_int(&q, 10), sizeof **out);
		read_published(&q, a, &(*out)[(*n)++]);
	}
	return q_done(&q, err);
}

bool published_get(struct db *db, struct arena *a, const char *id, struct published **out, struct error *err)
{
	struct query q;

	*out = NULL;
	db_query(db, &q, "SELECT " COLUMNS ", csv, narrow, wide FROM v_published WHERE id = :id");
	q_text(&q, ":id", id);
	while (q_row(&q)) {
		*out = arena_alloc(a, sizeof **out);
		read_published(&q, a, *out);
		if ((*out)->withdrawn_us)
			continue;
		(*out)->csv = q_col_text(&q, a, 10);
		(*out)->narrow = q_col_text(&q, a, 11);
		(*out)->wide = q_col_text(&q, a, 12);
	}
	if (!q_done(&q, err))
		return false;
	return *out || error_set(err, ERROR_NOT_FOUND, "There is no such chart, or it is not open to you.");
}

bool published_add(struct db *w, const struct published *p, char id[ID_SIZE], struct error *err)
{
	struct query q;

	id_new(id);
	db_query(w, &q, "INSERT INTO published (id, title, caption, audience, scope, source, account_name, published_us, "
		"withdrawn_us, owner_space, csv, narrow, wide) VALUES (:id, :title, :caption, :audience, :audience, :source, :name, "
		":now, 0, :owner, :csv, :narrow, :wide)");
	q_text(&q, ":id", id);
	q_text(&q, ":title", p->title);
	q_text(&q, ":caption", p->caption);
	q_text(&q, ":audience", audience_name(p->audience)); /* of these two, the scope's token is the same word */
	q_text(&q, ":source", p->source);
	q_text(&q, ":name", p->account_name);
	q_int(&q, ":now", clock_now_us());
	q_text(&q, ":owner", p->owner);
	q_text(&q, ":csv", p->csv);
	q_text(&q, ":narrow", p->narrow);
	q_text(&q, ":wide", p->wide);
	return q_run(&q, err);
}

bool published_withdraw(struct db *w, const char *id, const char *reason, struct error *err)
{
	struct query q;

	db_query(w, &q, "UPDATE published SET withdrawn_us = :now, reason = :reason, csv = '', narrow = '', wide = '' "
		"WHERE id = :id AND withdrawn_us = 0");
	q_int(&q, ":now", clock_now_us());
	q_text(&q, ":reason", reason);
	q_text(&q, ":id", id);
	return q_run(&q, err);
}

bool published_name(struct db *w, const char *space_id, const char *indicator, struct period p, struct error *err)
{
	char period[PERIOD_SIZE];
	struct query q;

	period_text(p, period);
	db_query(w, &q, "INSERT OR IGNORE INTO figure_named (named_space, indicator, period) VALUES (:space, :indicator, :period)");
	q_text(&q, ":space", space_id);
	q_text(&q, ":indicator", indicator);
	q_text(&q, ":period", period);
	return q_run(&q, err);
}

bool published_named(struct db *w, struct arena *a, struct published_figure **out, size_t *n, struct error *err)
{
	struct query q;

	*out = NULL;
	*n = 0;
	db_query(w, &q, "SELECT named_space, indicator, period, count(*) OVER () FROM figure_named");
	while (q_row(&q)) {
		if (!*out)
			*out = arena_array(a, (size_t)q_col_int(&q, 3), sizeof **out);
		struct published_figure *f = &(*out)[(*n)++];
		f->space_id = q_col_text(&q, a, 0);
		f->indicator = q_col_text(&q, a, 1);
		period_parse(q_col_text(&q, a, 2), &f->period);
	}
	return q_done(&q, err);
}
