/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Figures and peers' questions on My page, for those who enter and answer. */
#include "pages.h"
#include "account.h"
#include "question.h"

#define NAMED 3

static bool reported_monthly(const struct history *h, const char *indicator)
{
	for (size_t i = 0; i < h->n; i++)
		if (h->figures[i].period.month && strcmp(h->figures[i].indicator, indicator) == 0)
			return true;
	return false;
}

/* One task for the month's missing figures, by the first of them that is due. */
static bool add_figures(struct request *rq, struct mine *m, const struct account_membership *at, struct error *err)
{
	struct period month = period_last(clock_now_us(), true);
	struct figure *figures;
	struct history h;
	const char *names = NULL;
	int64_t due_us = 0;
	char text[PERIOD_SIZE];
	int missing = 0;

	if (!figures_list(rq->db, rq->arena, at->space_id, &figures, &h.n, err))
		return false;
	h.figures = figures;
	for (size_t i = 0; i < indicators()->n; i++) {
		const struct indicator *in = &indicators()->indicators[i];
		int64_t due = period_end_us(month) + (int64_t)in->due_days * 86400 * 1000000;

		if (!reported_monthly(&h, in->id) || history_find(&h, in->id, month))
			continue;
		due_us = !due_us || due < due_us ? due : due_us;
		if (missing++ < NAMED)
			names = arena_printf(rq->arena, "%s%s%s", names ? names : "", names ? ", " : "", in->label);
	}
	if (!missing)
		return true;
	period_text(month, text);
	if (missing > NAMED)
		names = arena_printf(rq->arena, "%s and %d more", names, missing - NAMED);
	mine_add(m, &(struct mine_item){ .part = MINE_TASK, .where = at->space_name, .note = names, .at_us = due_us,
		.title = arena_printf(rq->arena, "Enter the figures of %s", period_human(rq->arena, month)),
		.url = url_query(rq->arena, page_path_url(rq, at->space_slug, "/indicators/enter"), "period", text) });
	return true;
}

static bool add_questions(struct request *rq, struct mine *m, const struct account_membership *at, struct error *err)
{
	struct peer_question *list;
	size_t n;

	if (!question_list(rq->db, rq->arena, at->space_id, &list, &n, err))
		return false;
	for (size_t i = 0; i < n; i++)
		if (!list[i].own && !list[i].closed_us && list[i].answers == 0)
			mine_add(m, &(struct mine_item){ .part = MINE_TASK, .where = at->space_name, .title = "Answer a peer's question",
				.note = text_excerpt(rq->arena, list[i].text, 80),
				.url = page_path_url(rq, at->space_slug, arena_printf(rq->arena, "/indicators/questions/%s", list[i].id)) });
	return true;
}

bool metrics_of_mine(struct request *rq, struct mine *m, struct error *err)
{
	const struct account *who = rq->account;

	for (size_t i = 0; i < who->n_memberships; i++) {
		const struct account_membership *at = &who->memberships[i];
		bool before = false;
		struct space *s;

		/* By two sources one can have two rows for a space. */
		for (size_t k = 0; k < i; k++)
			before = before || strcmp(who->memberships[k].space_id, at->space_id) == 0;
		if (before || !viewer_has_role(rq->viewer, at->space_id, ROLE_CONTRIBUTOR))
			continue;
		if (!space_by_slug(rq->db, rq->arena, at->space_slug, &s, err))
			return false;
		if (space_is_jurisdiction(s) && (!add_figures(rq, m, at, err) || !add_questions(rq, m, at, err)))
			return false;
	}
	return true;
}
