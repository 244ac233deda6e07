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

/* The ratings that hold, as stage_of wants them. */
struct holding {
	enum level *levels;
	int64_t *sources;
	size_t n;
	/* Of the record whose findings are being walked. */
	const char *of;
	struct rating *ratings;
	size_t n_ratings;
};

static void holding_begin(struct holding *h, struct arena *a, size_t n)
{
	*h = (struct holding){ .levels = arena_array(a, n + 1, sizeof *h->levels),
		.sources = arena_array(a, n + 1, sizeof *h->sources) };
}

/* The rating of a finding in *now; a record's findings come one after another. *first: its first one. */
static bool holding_next(struct holding *h, struct request *rq, const struct finding *f, const struct rating **now,
	bool *first, struct error *err)
{
	*first = !h->of || strcmp(h->of, f->record_id) != 0;
	if (*first && !rating_list(rq->db, rq->arena, f->record_num, &h->ratings, &h->n_ratings, err))
		return false;
	h->of = f->record_id;
	*now = rating_of(h->ratings, h->n_ratings, f->outcome->measure);
	enum level level = level_now(*now, f->record_version);
	if (level) {
		h->levels[h->n] = level;
		h->sources[h->n++] = f->record_num;
	}
	return true;
}

bool practice_stage(struct request *rq, const struct record *r, const struct stage **out, struct error *err)
{
	const struct rating *now;
	struct finding *list;
	size_t n, n_evaluations;
	struct holding h;
	bool practice, first;

	if (!findings_collect(rq, r, NULL, &list, &n, &n_evaluations, &practice, err))
		return false;
	holding_begin(&h, rq->arena, n);
	for (size_t i = 0; i < n; i++)
		if (!holding_next(&h, rq, &list[i], &now, &first, err))
			return false;
	*out = stage_of(h.levels, h.sources, h.n, n_evaluations);
	return true;
}

bool ratings_put(struct request *rq, struct data *page, const struct record *r, const struct finding *list, size_t n,
	size_t n_evaluations, bool practice, struct error *err)
{
	const struct rating *now;
	struct holding h;
	bool first;

	holding_begin(&h, rq->arena, n);
	for (size_t i = 0; i < n; i++) {
		if (list[i].record_num == r->num && practice)
			continue; /* what a practice says of itself is no evaluation */
		if (!holding_next(&h, rq, &list[i], &now, &first, err))
			return false;
		if (first && !practice)
			put_earlier(rq, page, h.ratings, h.n_ratings, list, n);
		put_card(rq, page, &list[i], now, list[i].record_version, practice);
	}
	if (practice) {
		const struct stage *stage = stage_of(h.levels, h.sources, h.n, n_evaluations);

		data_text(page, "stage", stage->name);
		data_text(page, "stage_label", stage->label);
		data_text(page, "stage_meaning", stage->meaning);
	}
	data_url(page, "about_evidence", url_path(rq->arena, "%b/about/evidence", rq->base));
	return true;
}
