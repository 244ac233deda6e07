/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The page of one outcome: what was found, how it was rated, and the forms of
 * those who may do something about it. */
#include "rating.h"
#include "account.h"
#include "audit.h"

#define REASON_MOST 4000

/* An outcome as the request's path names it, with all that is decided about it. */
struct rated {
	struct request *rq;
	struct record *record;
	struct outcome *outcome;
	int number;
	struct rating *ratings;
	size_t n_ratings;
	const struct rating *now; /* or NULL */
	struct review *reviews;
	size_t n_reviews;
	struct appeal *appeals;
	size_t n_appeals;
	/* Who asks */
	bool certified, rater;
	const char *part;         /* why it is partly theirs, or NULL */
	const struct space *from; /* the space they may appeal for, or NULL */
	const struct appeal *open_appeal;
};

static bool find_outcome(struct rated *r, struct error *err)
{
	struct request *rq = r->rq;
	json_t *details;
	size_t n;

	if (!record_by_id(rq->db, rq->arena, request_arg(rq, "id"), &r->record, err))
		return false;
	details = json_loads(r->record->details_json ? r->record->details_json : "{}", 0, NULL);
	struct outcome *list = outcomes_read(rq->arena, details, &n);
	json_decref(details);
	int64_t number = request_arg_int(rq, "number", 0);
	/* Only of evaluations: what a place says of itself is not rated. */
	if (strcmp(r->record->type, "evaluation") != 0 || number < 1 || number > (int64_t)n)
		return error_set(err, ERROR_NOT_FOUND, "There is no such outcome.");
	r->number = (int)number;
	r->outcome = &list[number - 1];
	return rating_list(rq->db, rq->arena, r->record->num, &r->ratings, &r->n_ratings, err);
}

static bool find_rights(struct rated *r, struct error *err)
{
	struct request *rq = r->rq;
	struct space *spaces;
	size_t n;

	if (!rq->account)
		return true;
	if (!reviewer_holds(rq->db, rq->account->id, &r->certified, err) ||
		!rating_part(rq->db, rq->arena, r->record, rq->viewer, rq->account, &r->part, err) ||
		!rating_spaces(rq->db, rq->arena, r->record, &spaces, &n, err))
		return false;
	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; k < rq->viewer->n_memberships && !r->from; k++)
			if (strcmp(rq->viewer->memberships[k].space_id, spaces[i].id) == 0 &&
				rq->viewer->memberships[k].role >= ROLE_EDITOR)
				r->from = &spaces[i];
	for (size_t i = 0; i < r->n_reviews; i++)
		r->rater = r->rater || strcmp(r->reviews[i].account_id, rq->account->id) == 0;
	return true;
}

static bool rated_find(struct request *rq, struct rated *r, struct error *err)
{
	*r = (struct rated){ .rq = rq };
	if (!find_outcome(r, err))
		return false;
	r->now = rating_of(r->ratings, r->n_ratings, r->outcome->measure);
	if (r->now && (!rating_reviews(rq->db, rq->arena, r->now->id, &r->reviews, &r->n_reviews, err) ||
		!rating_appeals(rq->db, rq->arena, r->now->id, &r->appeals, &r->n_appeals, err)))
		return false;
	for (size_t i = 0; i < r->n_appeals; i++)
		if (!r->appeals[i].decided_us)
			r->open_appeal = &r->appeals[i];
	return find_rights(r, err);
}

static bool is_stale(const struct rated *r)
{
	return r->now && r->now->state == RATING_SETTLED && r->now->holds_version != r->record->version;
}

/* What the asker may do now. */
static bool may_review(const struct rated *r)
{
	if (!r->certified || r->part || (r->now && r->now->state == RATING_SETTLED))
		return false;
	/* Reviews of an older version are begun anew by whoever comes first. */
	return !r->now || r->now->version != r->record->version || (r->now->state == RATING_OPEN && r->now->n_reviews < 2) ||
		(r->now->state == RATING_SPLIT && r->now->n_reviews < 3 && !r->rater);
}

static bool may_consent(const struct rated *r)
{
	return r->certified && r->rater && r->now && r->now->state == RATING_SPLIT;
}

static bool may_confirm(const struct rated *r)
{
	return r->certified && !r->part && is_stale(r);
}

static bool may_appeal(const struct rated *r)
{
	return r->from && r->now && r->now->state == RATING_SETTLED && !r->open_appeal;
}

static bool may_decide(const struct rated *r)
{
	return r->open_appeal && !r->rater && !r->part && (r->certified || r->rq->viewer->network_admin);
}

/* ---- showing ---- */

static struct url rated_url(const struct rated *r, const char *act)
{
	return act ? url_path(r->rq->arena, "%b/evidence/%s/%d/%s", r->rq->base, r->record->id, r->number, act) :
		url_path(r->rq->arena, "%b/evidence/%s/%d", r->rq->base, r->record->id, r->number);
}

static const char *reviewer_name(const struct rated *r, size_t i)
{
	return r->rater || r->rq->viewer->network_admin ? r->reviews[i].name :
		arena_printf(r->rq->arena, "Reviewer %zu", i + 1);
}

static void put_reviews(const struct rated *r, struct data *page)
{
	struct arena *a = r->rq->arena;

	for (size_t i = 0; i < r->n_reviews; i++) {
		const struct review *v = &r->reviews[i];
		struct data *item = data_item(page, "reviews");

		data_text(item, "name", reviewer_name(r, i));
		put_level(item, v->level);
		data_text(item, "reason", v->reason);
		data_text(item, "date", moment_human(a, v->saved_us));
		for (int k = 0; k < EMMIE; k++) {
			struct data *part = data_item(item, "parts");

			data_text(part, "label", emmie_labels[k]);
			data_textf(part, "score", "%d", v->emmie[k]);
		}
		if (v->consensus) {
			data_text(item, "consensus", level_label(v->consensus));
			data_text(item, "consensus_reason", v->consensus_reason);
			data_text(item, "consensus_date", moment_human(a, v->consensus_us));
		}
	}
}

static void put_appeals(const struct rated *r, struct data *page)
{
	static const char *const words[][2] = { { "upheld", "The rating stands" }, { "changed", "The rating was changed" },
		{ "anew", "The outcome is rated anew" } };
	struct arena *a = r->rq->arena;

	for (size_t i = 0; i < r->n_appeals; i++) {
		const struct appeal *p = &r->appeals[i];
		struct data *item = data_item(page, "appeals");

		data_text(item, "space", p->space_name);
		data_text(item, "filed", moment_human(a, p->filed_us));
		data_text(item, "reason", p->reason);
		data_text(item, "before", level_label(p->before));
		if (!p->decided_us)
			continue;
		data_text(item, "decided", moment_human(a, p->decided_us));
		data_text(item, "decision_reason", p->decision_reason);
		data_text(item, "after", p->after ? level_label(p->after) : NULL);
		for (size_t k = 0; p->decision && k < 3; k++)
			if (strcmp(words[k][0], p->decision) == 0)
				data_text(item, "decision", words[k][1]);
	}
}

static bool put_trail(const struct rated *r, struct data *page, struct error *err)
{
	struct arena *a = r->rq->arena;

	for (size_t i = 0; i < r->n_ratings; i++) {
		struct trail_entry *list;
		size_t n;

		if (strcmp(r->ratings[i].measure, r->outcome->measure) != 0)
			continue;
		if (!rating_trail(r->rq->db, a, r->ratings[i].id, &list, &n, err))
			return false;
		for (size_t k = 0; k < n; k++) {
			struct data *item = data_item(page, "trail");

			data_text(item, "at", moment_human(a, list[k].at_us));
			data_text(item, "act", list[k].act);
		}
		if (r->ratings[i].state == RATING_EARLIER && r->ratings[i].level) {
			struct data *item = data_item(page, "earlier");

			put_level(item, r->ratings[i].level);
			data_textf(item, "version", "%lld", (long long)r->ratings[i].holds_version);
			data_text(item, "date", moment_human(a, r->ratings[i].settled_us));
			data_text(item, "why", r->ratings[i].reason_earlier);
		}
	}
	return true;
}

static void put_levels(struct request *rq, struct data *page, const char *list, const char *field)
{
	const char *typed = request_form(rq, field);

	for (int l = LEVEL_EFFECTIVE; l < LEVEL_COUNT; l++) {
		struct data *item = data_item(page, list);

		data_text(item, "value", level_name((enum level)l));
		data_text(item, "id", arena_printf(rq->arena, "%s_%s", field, level_name((enum level)l)));
		data_text(item, "label", level_label((enum level)l));
		data_text(item, "checked", typed && strcmp(typed, level_name((enum level)l)) == 0 ? "checked" : NULL);
	}
}

static void put_emmie_fields(struct request *rq, struct data *page)
{
	static const char *const hints[EMMIE] = { "how large, how sure, compared with what", "how it is thought to work, and "
		"whether that was seen", "where and for whom it worked more or less", "what was really done", "what it cost, and "
		"what came back" };

	for (int i = 0; i < EMMIE; i++) {
		struct data *field = data_item(page, "emmie");
		const char *typed = request_form(rq, emmie_names[i]);

		data_text(field, "name", emmie_names[i]);
		data_text(field, "label", emmie_labels[i]);
		data_text(field, "hint", hints[i]);
		for (int score = 0; score <= 4; score++) {
			struct data *option = data_item(field, "scores");
			const char *value = arena_printf(rq->arena, "%d", score);

			data_text(option, "value", value);
			data_text(option, "selected", typed && strcmp(typed, value) == 0 ? "selected" : NULL);
		}
	}
}

static void put_forms(const struct rated *r, struct data *page)
{
	struct request *rq = r->rq;

	if (may_review(r)) {
		data_url(page, "review_url", rated_url(r, "review"));
		data_flag(page, "review_again", r->rater);
		data_flag(page, "third", r->now && r->now->state == RATING_SPLIT);
		put_levels(rq, page, "levels", "level");
		put_emmie_fields(rq, page);
		data_text(page, "typed_reason", request_form(rq, "reason"));
	}
	if (may_consent(r)) {
		data_url(page, "consensus_url", rated_url(r, "consensus"));
		put_levels(rq, page, "consensus_levels", "consensus");
		data_text(page, "typed_consensus_reason", request_form(rq, "consensus_reason"));
	}
	if (may_confirm(r)) {
		data_url(page, "confirm_url", rated_url(r, "confirm"));
		data_url(page, "anew_url", rated_url(r, "anew"));
	}
	if (may_appeal(r)) {
		data_url(page, "appeal_url", rated_url(r, "appeal"));
		data_text(page, "appeal_space", r->from->name);
		data_text(page, "typed_appeal_reason", request_form(rq, "appeal_reason"));
	}
	if (may_decide(r)) {
		data_url(page, "decide_url", rated_url(r, "decide"));
		put_levels(rq, page, "decision_levels", "decision");
		data_text(page, "typed_decision_reason", request_form(rq, "decision_reason"));
	}
	if (r->certified && r->part)
		data_textf(page, "part", "You cannot rate this: you %s.", r->part);
}

static const char *const done_words[][2] = {
	{ "review", "Your review is kept." },
	{ "consensus", "Your proposal is kept." },
	{ "confirm", "The rating is confirmed for the evaluation as it now stands." },
	{ "anew", "The outcome can be rated anew." },
	{ "appeal", "The appeal is filed. Someone who did not rate decides it." },
	{ "decide", "The appeal is decided." },
	{ NULL, NULL }
};

static void put_finding(const struct rated *r, struct data *page)
{
	struct arena *a = r->rq->arena;
	const struct outcome *o = r->outcome;
	const char *interval = outcome_interval(a, o);

	data_text(page, "measure", o->measure);
	data_text(page, "finding", outcome_finding(o));
	data_text(page, "effect", outcome_effect(a, o));
	data_text(page, "scale", o->scale && o->has_effect ? scale_label(o->scale) : NULL);
	data_text(page, "interval", interval ? interval : o->has_effect ? "No interval reported" : NULL);
	data_text(page, "note", o->note);
	data_text(page, "evaluation", r->record->title);
	data_url(page, "evaluation_url", page_record_url(r->rq, r->record));
}

static bool rated_show(const struct rated *r, struct response *rs, const char *wrong, struct error *err)
{
	struct request *rq = r->rq;
	struct data *page = page_create(rq, arena_printf(rq->arena, "%sRating: %s", wrong ? "Error: " : "",
		r->outcome->measure));

	page_crumb(page, r->record->title, page_record_url(rq, r->record));
	page_crumb(page, "Rating", (struct url){ NULL });
	put_finding(r, page);
	put_level(page, r->now && r->now->state == RATING_SETTLED ? r->now->level : LEVEL_NONE);
	if (r->now) {
		data_flag(page, "open", r->now->state == RATING_OPEN);
		data_flag(page, "split", r->now->state == RATING_SPLIT);
		data_flag(page, "stale", is_stale(r));
		data_textf(page, "holds_version", "%lld", (long long)r->now->holds_version);
		data_textf(page, "version", "%lld", (long long)r->record->version);
		if (r->now->settled)
			data_textf(page, "settled", "On %s: %s.", moment_human(rq->arena, r->now->settled_us),
				settled_words(r->now->settled));
		if (r->now->confirmed_us)
			data_textf(page, "confirmed", "Confirmed on %s.", moment_human(rq->arena, r->now->confirmed_us));
	}
	put_reviews(r, page);
	put_appeals(r, page);
	if (!put_trail(r, page, err))
		return false;
	put_forms(r, page);
	data_text(page, "done", done_text(rq, done_words));
	data_text(page, "wrong", wrong);
	data_url(page, "about_evidence", url_path(rq->arena, "%b/about/evidence", rq->base));
	if (rq->account)
		data_url(page, "desk_url", url_path(rq->arena, "%b/evidence", rq->base));
	record_note_read(rq, r->record, "rating");
	if (!page_send(rq, rs, "evidence-outcome", page, err))
		return false;
	if (wrong && rs->status < 400)
		rs->status = 400;
	return true;
}

bool rating_page(struct request *rq, struct response *rs, struct error *err)
{
	struct rated r;

	return rated_find(rq, &r, err) && rated_show(&r, rs, NULL, err);
}

/* ---- doing ---- */

/* One act on its way through the store. */
struct act {
	struct rated *rated;
	const char *word;      /* the last part of the path */
	const char *reason;
	enum level level;
	int emmie[EMMIE];
	const char *decision;
};

/* Reads the act's fields; says what is wrong with them, or NULL. */
static const char *read_act(struct request *rq, struct act *act)
{
	bool review = strcmp(act->word, "review") == 0, decide = strcmp(act->word, "decide") == 0;

	if (strcmp(act->word, "confirm") == 0 || strcmp(act->word, "anew") == 0)
		return NULL;
	act->reason = request_typed(rq, review ? "reason" : arena_printf(rq->arena, "%s_reason", decide ? "decision" : act->word));
	act->decision = request_typed(rq, "decision");
	act->level = level_parse(request_typed(rq, review ? "level" : decide ? "decision" : "consensus"));
	if (decide && act->level)
		act->decision = "changed";
	if (decide && !act->level && strcmp(act->decision, "upheld") != 0 && strcmp(act->decision, "anew") != 0)
		return "Choose what the decision is.";
	if (!act->level && !decide && strcmp(act->word, "appeal") != 0)
		return "Choose a level.";
	for (int i = 0; review && i < EMMIE; i++) {
		const char *score = request_typed(rq, emmie_names[i]);

		if (strlen(score) != 1 || *score < '0' || *score > '4')
			return arena_printf(rq->arena, "Choose a score for %s.", emmie_labels[i]);
		act->emmie[i] = *score - '0';
	}
	if (review && !*request_typed(rq, "independent"))
		return "Say that you have no part in the program, or do not rate.";
	if (!*act->reason)
		return "Say why, in a sentence or more.";
	return strlen(act->reason) > REASON_MOST ? "The reason is longer than 4,000 bytes: please shorten it." : NULL;
}

static bool write_act(struct db *w, void *arg, struct error *err)
{
	const struct act *act = arg;
	const struct rated *r = act->rated;
	struct request *rq = r->rq;
	const char *rating = r->now ? r->now->id : "";
	struct audit_entry e = audit_entry(rq, arena_printf(rq->arena, "evidence.%s", act->word), r->record->id,
		r->outcome->measure);
	struct review_given given = { r->record->num, r->record->version, r->outcome->measure, act->reason, act->level,
		{ act->emmie[0], act->emmie[1], act->emmie[2], act->emmie[3], act->emmie[4] } };
	struct decision decision = { rating, act->decision, act->reason, act->level };
	bool ok;

	/* On whichever space's pages it was done: the admins of the rated program's space do not read there who rates. */
	if (strcmp(act->word, "appeal") != 0)
		e.space = SPACE_NATIONAL;
	if (strcmp(act->word, "review") == 0)
		ok = rating_review(w, rq->arena, &given, rq->account, err);
	else if (strcmp(act->word, "consensus") == 0)
		ok = rating_consensus(w, rq->arena, rating, act->level, act->reason, rq->account, err);
	else if (strcmp(act->word, "confirm") == 0)
		ok = rating_confirm(w, rating, r->record->version, rq->account, err);
	else if (strcmp(act->word, "anew") == 0)
		ok = rating_anew(w, rating, "A reviewer began the rating anew, because the evaluation has changed.", err);
	else if (strcmp(act->word, "appeal") == 0)
		ok = rating_appeal(w, rating, r->from, act->reason, rq->account, err);
	else
		ok = rating_decide(w, rq->arena, &decision, rq->account, err);
	return ok && audit_write(w, &e, err);
}

static bool allowed(const struct rated *r, const char *word)
{
	return strcmp(word, "review") == 0 ? may_review(r) : strcmp(word, "consensus") == 0 ? may_consent(r) :
		strcmp(word, "confirm") == 0 || strcmp(word, "anew") == 0 ? may_confirm(r) :
		strcmp(word, "appeal") == 0 ? may_appeal(r) : may_decide(r);
}

bool rating_act(struct request *rq, struct response *rs, struct error *err)
{
	struct rated r;
	struct act act = { .rated = &r, .word = strrchr(rq->path, '/') + 1 };
	struct error failed = { 0 };
	const char *wrong;

	if (!rated_find(rq, &r, err))
		return false;
	if (!allowed(&r, act.word)) {
		rs->status = 409;
		return rated_show(&r, rs, r.part ? arena_printf(rq->arena, "This is not for you to do: you %s.", r.part) :
			"This is not for you to do, or no longer. Nothing was saved.", err);
	}
	if ((wrong = read_act(rq, &act)))
		return rated_show(&r, rs, wrong, err);
	if (!store_write(rq->engine->store, &viewer_system, write_act, &act, &failed)) {
		if (failed.kind != ERROR_CONFLICT && failed.kind != ERROR_DENIED) {
			*err = failed;
			return false;
		}
		rs->status = 409;
		return rated_show(&r, rs, arena_strdup(rq->arena, failed.text), err);
	}
	return done_redirect(rq, rs, rated_url(&r, NULL), act.word);
}
