/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Ratings on My page: what waits for a certified reviewer. What two others wrote
 * about an outcome is hidden from a third, and so is that they wrote it. */
#include "rating.h"
#include "account.h"

#define EVALUATIONS 100

struct waiting {
	struct request *rq;
	struct mine *mine;
	int none_yet; /* outcomes that nobody has rated */
};

static bool own_review(struct request *rq, const char *rating_id, bool *yes, struct error *err)
{
	struct review *list;
	size_t n;

	*yes = false;
	if (!rating_reviews(rq->db, rq->arena, rating_id, &list, &n, err))
		return false;
	for (size_t i = 0; i < n; i++)
		*yes = *yes || strcmp(list[i].account_id, rq->account->id) == 0;
	return true;
}

static bool look_at(struct waiting *w, const struct record *r, const struct rating *now, const char *measure, int number,
	struct error *err)
{
	struct request *rq = w->rq;
	bool own;

	if (!now || (now->state == RATING_OPEN && now->n_reviews == 0)) {
		w->none_yet++;
		return true;
	}
	if (now->state != RATING_OPEN && now->state != RATING_SPLIT)
		return true;
	if (!own_review(rq, now->id, &own, err))
		return false;
	if (own == (now->state == RATING_SPLIT))
		mine_add(w->mine, &(struct mine_item){ .part = MINE_TASK, .where = r->title,
			.title = arena_printf(rq->arena, own ? "Agree on a rating of %s" : "Give the second review of %s", measure),
			.url = url_path(rq->arena, "%b/evidence/%s/%d", rq->base, r->id, number) });
	return true;
}

static bool look_at_evaluation(struct waiting *w, const char *id, struct error *err)
{
	struct request *rq = w->rq;
	struct outcome *outcomes;
	struct rating *ratings;
	size_t n, n_ratings;
	struct record *r;
	const char *part;

	if (!record_by_id(rq->db, rq->arena, id, &r, err) ||
		!rating_part(rq->db, rq->arena, r, rq->viewer, rq->account, &part, err) ||
		!rating_list(rq->db, rq->arena, r->num, &ratings, &n_ratings, err))
		return false;
	if (part) /* who has a part in what was evaluated does not rate it */
		return true;
	json_t *details = json_owned(rq->arena, json_loads(r->details_json ? r->details_json : "{}", 0, NULL));
	outcomes = outcomes_read(rq->arena, details, &n);
	for (size_t i = 0; i < n; i++)
		if (!look_at(w, r, rating_of(ratings, n_ratings, outcomes[i].measure), outcomes[i].measure, (int)i + 1, err))
			return false;
	return true;
}

bool ratings_of_mine(struct request *rq, struct mine *m, struct error *err)
{
	struct record_filter f = { .type = "evaluation", .order = RECORD_BY_TITLE, .limit = EVALUATIONS };
	struct waiting w = { .rq = rq, .mine = m };
	struct record *list;
	int64_t total;
	bool certified;
	size_t n;

	if (!reviewer_holds(rq->db, rq->account->id, &certified, err))
		return false;
	if (!certified)
		return true;
	if (!record_list(rq->db, rq->arena, &f, &list, &n, &total, err))
		return false;
	for (size_t i = 0; i < n; i++)
		if (!look_at_evaluation(&w, list[i].id, err))
			return false;
	if (w.none_yet)
		mine_add(m, &(struct mine_item){ .part = MINE_TASK, .title = "Rate evidence",
			.note = arena_printf(rq->arena, "%d %s no review yet", w.none_yet, w.none_yet == 1 ? "outcome has" : "outcomes have"),
			.url = url_path(rq->arena, "%b/evidence", rq->base) });
	return true;
}
