/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Drafts on My page: one's own, those that came back, and those to review. */
#include "pages.h"

#define SHOWN 50

static const char *title_of(const struct draft *d)
{
	return *d->title ? d->title : "(without a title)";
}

static void add_own(struct request *rq, struct mine *m, const struct draft *d)
{
	struct mine_item item = { .part = MINE_DRAFT, .title = title_of(d), .where = d->space_name, .at_us = d->saved_us,
		.note = d->state == DRAFT_WRITING ? NULL : draft_state_label(d->state), .url = draft_url(rq, d->id, NULL) };

	if (d->state == DRAFT_CHANGES) {
		item = (struct mine_item){ .part = MINE_TASK, .title = arena_printf(rq->arena, "Change your draft “%s”", title_of(d)),
			.where = d->space_name, .note = "A reviewer asks for changes", .url = item.url };
	}
	mine_add(m, &item);
}

/* Waits for the viewer's verdict? */
static bool waits(struct request *rq, const struct draft *d, bool *yes, struct error *err)
{
	struct draft_reviewer *list;
	size_t n;

	*yes = false;
	if (d->state != DRAFT_REVIEW || d->wrote)
		return true;
	if (!draft_reviewers(rq->db, rq->arena, d, &list, &n, err))
		return false;
	for (size_t i = 0; i < n; i++)
		*yes = *yes || (strcmp(list[i].account_id, rq->account->id) == 0 && list[i].verdict == 0);
	return true;
}

bool drafts_of_mine(struct request *rq, struct mine *m, struct error *err)
{
	struct draft_filter f = { .kind = DRAFTS_MINE, .account_id = rq->account->id, .limit = SHOWN };
	struct draft *list;
	int64_t total;
	size_t n;

	if (!draft_list(rq->db, rq->arena, &f, &list, &n, &total, err))
		return false;
	for (size_t i = 0; i < n; i++)
		add_own(rq, m, &list[i]);
	f.kind = DRAFTS_TO_REVIEW;
	if (!draft_list(rq->db, rq->arena, &f, &list, &n, &total, err))
		return false;
	for (size_t i = 0; i < n; i++) {
		bool yes;

		if (!waits(rq, &list[i], &yes, err))
			return false;
		if (yes)
			mine_add(m, &(struct mine_item){ .part = MINE_TASK, .where = list[i].space_name,
				.title = arena_printf(rq->arena, "Review the draft “%s”", title_of(&list[i])),
				.note = arena_printf(rq->arena, "By %s", list[i].author_name), .url = draft_url(rq, list[i].id, NULL) });
	}
	return true;
}
