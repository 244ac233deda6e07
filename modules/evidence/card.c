/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Ratings on the page of a record: a card for each outcome, the stage of a practice. */
#include "rating.h"

void put_level(struct data *d, enum level level)
{
	data_text(d, "rating", level ? level_name(level) : "unrated");
	data_text(d, "rating_label", level_label(level));
}

static struct url outcome_url(struct request *rq, const struct finding *f)
{
	return url_path(rq->arena, "%b/evidence/%s/%d", rq->base, f->record_id, f->number);
}

/* What else is to be said of a rating, in one line. */
static const char *standing(struct arena *a, const struct rating *r, int64_t version)
{
	if (!r)
		return NULL;
	if (r->state == RATING_OPEN)
		return "One of two reviews is in.";
	if (r->state == RATING_SPLIT)
		return "The reviewers do not agree yet.";
	if (r->holds_version != version)
		return arena_printf(a, "Given for version %lld; the evaluation has changed since, and the rating waits to be "
			"confirmed.", (long long)r->holds_version);
	return arena_printf(a, "Rated on %s: %s.", moment_human(a, r->settled_us), settled_words(r->settled));
}

static enum level level_now(const struct rating *r, int64_t version)
{
	return r && r->state == RATING_SETTLED && r->holds_version == version ? r->level : LEVEL_NONE;
}

static void put_card(struct request *rq, struct data *page, const struct finding *f, const struct rating *r,
	int64_t version, bool practice)
{
	struct data *card = data_item(page, "rated");

	data_text(card, "measure", f->outcome->measure);
	data_text(card, "finding", outcome_finding(f->outcome));
	data_text(card, "effect", outcome_effect(rq->arena, f->outcome));
	data_text(card, "source", practice ? f->place ? f->place : f->title : NULL);
	put_level(card, r && r->state == RATING_SETTLED ? r->level : LEVEL_NONE);
	data_flag(card, "stale", r && r->state == RATING_SETTLED && !level_now(r, version));
	data_text(card, "standing", standing(rq->arena, r, version));
	data_url(card, "url", outcome_url(rq, f));
}

static void put_earlier(struct request *rq, struct data *page, const struct rating *list, size_t n,
	const struct finding *findings, size_t n_findings)
{
	for (size_t i = 0; i < n; i++) {
		bool known = false;

		for (size_t k = 0; k < n_findings; k++)
			known = known || strcmp(findings[k].outcome->measure, list[i].measure) == 0;
		/* Those of outcomes that are still there stand on the page of the outcome. */
		if (known || !list[i].level)
			continue;
		struct data *item = data_item(page, "rated_before");
		data_text(item, "measure", list[i].measure);
		put_level(item, list[i].level);
		data_textf(item, "version", "%lld", (long long)list[i].holds_version);
		data_text(item, "date", moment_human(rq->arena, list[i].settled_us));
	}
}

bool ratings_put(struct request *rq, struct data *page, const struct record *r, const struct finding *list, size_t n,
	size_t n_evaluations, bool practice, struct error *err)
{
	enum level *levels = arena_array(rq->arena, n + 1, sizeof *levels);
	int64_t *sources = arena_array(rq->arena, n + 1, sizeof *sources);
	struct rating *ratings = NULL;
	size_t n_ratings = 0, n_levels = 0;
	const char *of = NULL;

	for (size_t i = 0; i < n; i++) {
		/* A practice has many records, and each its outcomes one after another. */
		if (!of || strcmp(of, list[i].record_id) != 0) {
			if (!rating_list(rq->db, rq->arena, list[i].record_num, &ratings, &n_ratings, err))
				return false;
			of = list[i].record_id;
			if (!practice)
				put_earlier(rq, page, ratings, n_ratings, list, n);
		}
		if (list[i].record_num == r->num && practice)
			continue; /* what a practice says of itself is no evaluation */
		const struct rating *now = rating_of(ratings, n_ratings, list[i].outcome->measure);
		put_card(rq, page, &list[i], now, list[i].record_version, practice);
		enum level level = level_now(now, list[i].record_version);
		if (level) {
			levels[n_levels] = level;
			sources[n_levels++] = list[i].record_num;
		}
	}
	if (practice) {
		const struct stage *stage = stage_of(levels, sources, n_levels, n_evaluations);

		data_text(page, "stage", stage->name);
		data_text(page, "stage_label", stage->label);
		data_text(page, "stage_meaning", stage->meaning);
	}
	data_url(page, "about_evidence", url_path(rq->arena, "%b/about/evidence", rq->base));
	return true;
}
