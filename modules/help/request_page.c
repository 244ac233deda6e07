/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One request: what it asks, its offers, its log, and the steps that the viewer can take. */
#include "help.h"

/* What was typed in one of the page's forms and is wrong. */
struct typed {
	const char *form, *text, *wrong; /* form: word of the act; NULL: nothing */
	const char *date, *kind, *useful, *offer;
	int status;
};

struct view {
	struct request *rq;
	struct help_request *r;
	struct help_offer *offers;
	size_t n_offers;
	struct help_offer *accepted; /* that the viewer sees; or NULL */
	struct help_rest rest;
	struct help_space *own;      /* for which the viewer can offer */
	size_t n_own;
	struct space *national;
};

bool help_is(const char *s, const char *word)
{
	return s && word && strcmp(s, word) == 0;
}

static bool read_view(struct request *rq, struct view *v, struct error *err)
{
	*v = (struct view){ .rq = rq };
	if (!help_get(rq->db, rq->arena, request_arg(rq, "id"), &v->r, err) ||
		!help_offers(rq->db, rq->arena, v->r->id, &v->offers, &v->n_offers, err) ||
		!help_own_spaces(rq, v->r->space_id, &v->own, &v->n_own, err) || !help_national(rq, &v->national, err))
		return false;
	for (size_t i = 0; i < v->n_offers; i++) {
		if (help_is(v->offers[i].state, "accepted"))
			v->accepted = &v->offers[i];
		if (help_is(v->offers[i].state, "open"))
			v->rest.offers++;
	}
	v->rest.accepted = v->accepted;
	return true;
}

/* Who the viewer is to this request; offer: that an act is about, or NULL. */
static int bits(const struct view *v, const struct help_offer *offer)
{
	return (v->r->asks ? BY_ASKER : 0) | (v->n_own ? BY_PEER : 0) | (v->r->staff ? BY_STAFF : 0) |
		(offer && offer->helps ? BY_OFFERER : 0) | (v->accepted && v->accepted->helps ? BY_HELPER : 0);
}

static bool may(const struct view *v, enum help_act act, const struct help_offer *offer)
{
	return help_next(v->r->state, act, bits(v, offer), &v->rest) != 0;
}

/* ---- the page ---- */

static const char *offer_state(const char *state)
{
	static const char *const labels[][2] = { { "open", "Waiting for an answer" }, { "accepted", "Accepted" },
		{ "declined", "Declined" },
		{ "taken-back", "Taken back" }, { "set-aside", "Not needed any more" }, { "ended",
		"Ended by the helper" } };

	for (size_t i = 0; i < sizeof labels / sizeof *labels; i++)
		if (strcmp(labels[i][0], state) == 0)
			return labels[i][1];
	return state;
}

static void put_offers(const struct view *v, struct data *page, const struct typed *t)
{
	for (size_t i = 0; i < v->n_offers; i++) {
		const struct help_offer *o = &v->offers[i];
		struct data *item = data_item(page, "offers");
		bool open = help_is(o->state, "open"), this = help_is(t->offer, o->id);

		data_text(item, "id", o->id);
		data_text(item, "space", o->space_name);
		data_text(item, "who", o->account_name);
		data_flag(item, "assigned", o->assigned);
		data_text(item, "at", moment_human(v->rq->arena, o->at_us));
		data_markup(item, "html", html_stored(*o->html ? o->html : NULL));
		data_text(item, "state", offer_state(o->state));
		data_flag(item, "answer", open && may(v, HELP_ACCEPT, o));
		data_flag(item, "take_back", open && may(v, HELP_TAKE_BACK, o));
		data_text(item, "reason", this ? t->text : NULL);
		data_flag(item, "declining", this);
	}
}

static const char *entry_words(struct request *rq, const struct help_entry *e)
{
	static const struct { const char *act, *words; } all[] = { { "ask", "asked for help" }, { "offer",
		"offered help" },
		{ "assign", "assigned a helper" }, { "accept", "accepted the help" }, { "decline", "declined the offer" },
		{ "take-back", "took the offer back" }, { "step-down", "ended the help" }, { "change",
		"changed the request" },
		{ "close", "closed the request" }, { "reopen", "opened the request again" } };

	if (help_is(e->act, "log"))
		return *e->happened ? arena_printf(rq->arena, "%s, %s", help_label(help_kinds, e->kind),
		date_human(rq->arena, e->happened)) :
			help_label(help_kinds, e->kind);
	if (help_is(e->act, "next"))
		return *e->happened ? arena_printf(rq->arena, "set the next step for %s", date_human(rq->arena,
		e->happened)) : "set no next step";
	for (size_t i = 0; i < sizeof all / sizeof *all; i++)
		if (help_is(e->act, all[i].act))
			return all[i].words;
	return e->act;
}

static bool put_entries(const struct view *v, struct data *page, struct error *err)
{
	struct help_entry *list;
	size_t n;

	if (!help_entries(v->rq->db, v->rq->arena, v->r->id, &list, &n, err))
		return false;
	for (size_t i = 0; i < n; i++) {
		struct data *item = data_item(page, "entries");

		data_text(item, "who", list[i].account_name);
		data_text(item, "space", list[i].space_name);
		data_text(item, "what", entry_words(v->rq, &list[i]));
		data_flag(item, "log", help_is(list[i].act, "log"));
		data_text(item, "at", moment_human(v->rq->arena, list[i].at_us));
		/* What was offered stands with the offer. */
		data_markup(item, "html", html_stored(*list[i].html && !help_is(list[i].act, "offer") && !help_is(list[i].act,
			"assign") ? list[i].html : NULL));
		data_text(item, "useful", help_is(list[i].useful, "very") ? "Very useful" : help_is(list[i].useful, "some") ?
			"Somewhat useful" :
			help_is(list[i].useful, "no") ? "Not useful" : NULL);
		data_flag(item, "story", list[i].story);
	}
	return true;
}

static bool put_visits(const struct view *v, struct data *page, struct error *err)
{
	struct visit *list;
	size_t n;

	if (!visit_list(v->rq->db, v->rq->arena, NULL, v->r->id, &list, &n, err))
		return false;
	for (size_t i = 0; i < n; i++) {
		struct data *item = data_item(page, "visits");

		data_text(item, "title", arena_printf(v->rq->arena, "%s visits %s", list[i].guest_name, list[i].host_name));
		data_text(item, "state", visit_state_label(list[i].state));
		data_url(item, "url", url_path(v->rq->arena, "%b/help/visits/%s", v->rq->base, list[i].id));
	}
	return true;
}

static bool put_audience(const struct view *v, struct data *page, struct error *err)
{
	const struct help_request *r = v->r;
	const char *(*named)[2], *text = "";
	size_t n;

	if (!help_named(v->rq->db, v->rq->arena, r->id, &named, &n, err))
		return false;
	for (size_t i = 0; i < n; i++)
		text = arena_printf(v->rq->arena, "%s%s%s", text, *text ? ", " : "", named[i][1]);
	data_text(page, "audience", r->audience == HELP_TO_NETWORK ? "All members of the network" :
		r->audience == HELP_TO_SPACE ?
		arena_printf(v->rq->arena, "%s and the national office", r->space_name) : n ?
		arena_printf(v->rq->arena, "%s, the national office, and %s", r->space_name, text) :
		arena_printf(v->rq->arena, "%s, the national office, and the jurisdictions that it named", r->space_name));
	return true;
}

/* Whom staff can assign: the national office, and jurisdictions that the request was put before. */
static bool put_helpers(const struct view *v, struct data *page, struct error *err)
{
	const char *(*named)[2];
	struct space *all;
	size_t n;

	page_option(page, "helpers", v->national->slug, arena_printf(v->rq->arena, "%s (ourselves)",
		v->national->short_name), NULL);
	if (v->r->audience == HELP_TO_NAMED) {
		if (!help_named(v->rq->db, v->rq->arena, v->r->id, &named, &n, err))
			return false;
		for (size_t i = 0; i < n; i++)
			page_option(page, "helpers", named[i][0], named[i][1], NULL);
	} else if (v->r->audience == HELP_TO_NETWORK) {
		if (!space_list(v->rq->db, v->rq->arena, &all, &n, err))
			return false;
		for (size_t i = 0; i < n; i++)
			if (space_is_jurisdiction(&all[i]) && strcmp(all[i].id, v->r->space_id) != 0)
				page_option(page, "helpers", all[i].slug, all[i].short_name, NULL);
	}
	return true;
}

static bool put_steps(const struct view *v, struct data *page, const struct typed *t, struct error *err)
{
	static const enum help_act acts[] = { HELP_OFFER, HELP_ASSIGN, HELP_STEP_DOWN, HELP_LOG, HELP_NEXT,
		HELP_CLOSE, HELP_REOPEN, HELP_CHANGE };
	static const char *const names[] = { "offer", "assign", "step_down", "log", "next", "close", "reopen",
		"change" };
	struct data *typed = data_object(page, "typed"), *open = data_object(page, "open");
	bool any = false;

	for (size_t i = 0; i < sizeof acts / sizeof *acts; i++) {
		const char *word = help_act_word(acts[i]);
		bool yes = may(v, acts[i], NULL), this = help_is(t->form, word);

		any = any || yes;
		data_flag(page, arena_printf(v->rq->arena, "may_%s", names[i]), yes);
		data_url(page, arena_printf(v->rq->arena, "%s_url", names[i]), url_path(v->rq->arena, "%b/help/%s/%s",
			v->rq->base, v->r->id, word));
		data_text(typed, names[i], this ? t->text : NULL);
		data_flag(open, names[i], this);
	}
	data_flag(page, "any_step", any);
	data_text(page, "date", t->date ? t->date : v->accepted ? v->accepted->next_date : NULL);
	if (v->accepted && *v->accepted->next_date) {
		data_text(page, "next_date", date_human(v->rq->arena, v->accepted->next_date));
		data_text(page, "next_words", v->accepted->next_words);
	}
	for (size_t i = 0; help_kinds[i][0]; i++)
		page_option(page, "kinds", help_kinds[i][0], help_kinds[i][1], t->kind);
	page_option(page, "usefuls", "", "Choose", NULL);
	page_option(page, "usefuls", "very", "Very useful", t->useful);
	page_option(page, "usefuls", "some", "Somewhat useful", t->useful);
	page_option(page, "usefuls", "no", "Not useful", t->useful);
	for (size_t i = 0; i < v->n_own; i++)
		page_option(page, "own", v->own[i].slug, v->own[i].name, v->rq->space->slug);
	data_flag(page, "several", v->n_own > 1);
	data_text(page, "own_slug", v->n_own ? v->own[0].slug : NULL);
	data_text(page, "own_name", v->n_own ? v->own[0].name : NULL);
	data_url(page, "answer_url", url_path(v->rq->arena, "%b/help/%s/answer", v->rq->base, v->r->id));
	data_url(page, "take_back_url", url_path(v->rq->arena, "%b/help/%s/take-back", v->rq->base, v->r->id));
	if (v->accepted && v->r->state == HELP_ACCEPTED && (v->r->asks || v->accepted->helps) &&
		strcmp(v->accepted->space_id, v->national->id) != 0)
		data_url(page, "visit_url", url_query(v->rq->arena, url_path(v->rq->arena, "/s/%s/help/visits/new",
			v->r->asks ? v->r->space_slug : v->accepted->space_slug), "request", v->r->id));
	return !may(v, HELP_ASSIGN, NULL) || put_helpers(v, page, err);
}

static bool show(struct view *v, struct response *rs, const struct typed *t, struct error *err)
{
	struct request *rq = v->rq;
	const struct help_request *r = v->r;
	struct data *page = help_page_create(rq, t->wrong ? arena_printf(rq->arena, "Error: %s", r->title) :
		r->title);

	data_text(page, "heading", r->title);
	data_text(page, "wrong", t->wrong);
	data_text(page, "state", help_state_label(r->state));
	data_text(page, "space_name", r->space_name);
	data_text(page, "who", r->account_name);
	data_text(page, "asked", moment_human(rq->arena, r->asked_us));
	data_text(page, "topic", help_label(help_topics, r->topic));
	data_text(page, "needed", *r->by_date ? arena_printf(rq->arena, "%s, by %s", help_label(help_needs,
		r->needed),
		date_human(rq->arena, r->by_date)) : help_label(help_needs, r->needed));
	data_markup(page, "html", html_stored(r->html));
	data_text(page, "helper", v->accepted ? v->accepted->space_name : NULL);
	data_url(page, "space_url", page_space_url(rq, r->space_slug));
	put_offers(v, page, t);
	if (t->status)
		rs->status = t->status;
	page_crumb(page, text_excerpt(rq->arena, r->title, 40), (struct url){ NULL });
	return put_audience(v, page, err) && put_steps(v, page, t, err) && put_entries(v, page, err) &&
		put_visits(v, page, err) &&
		page_send_private(rq, rs, "help-request", page, err);
}

bool help_request_page(struct request *rq, struct response *rs, struct error *err)
{
	struct view v;

	if (!read_view(rq, &v, err))
		return false;
	notification_page_seen(rq);
	return show(&v, rs, &(struct typed){ .form = NULL }, err);
}

/* ---- steps ---- */

struct doing {
	struct help_by by;
	struct help_step step;
};

static bool write_step(struct db *w, void *arg, struct error *err)
{
	struct doing *d = arg;

	return help_do(w, &d->by, &d->step, err);
}

/* For whom a viewer that may do it acts. */
static const char *acts_for(const struct view *v, int by)
{
	return by & BY_ASKER ? v->r->space_id : by & (BY_HELPER | BY_OFFERER) && v->accepted ?
		v->accepted->space_id : v->national->id;
}

/* Words of a step: how long, and drawn. */
static const char *words_problem(struct view *v, struct help_step *s, const char *missing)
{
	const char *wrong = NULL;

	if (missing && !*s->text)
		return missing;
	if (text_letters(s->text) > HELP_WORDS_MAX)
		return arena_printf(v->rq->arena, "That is too long: at most %d letters.", HELP_WORDS_MAX);
	return help_prose(v->rq, s->text, arena_printf(v->rq->arena, "e%lld-", (long long)clock_now_us()),
		&s->prose, &wrong) ? NULL : wrong;
}

/* Takes the step; a problem is told on the page, with what was typed. */
static bool take(struct view *v, struct response *rs, struct doing *d, const char *wrong, struct error *err)
{
	struct request *rq = v->rq;
	struct typed t = { .form = help_act_word(d->step.act), .text = d->step.text, .wrong = wrong, .status = 400,
		.date = d->step.act == HELP_NEXT ? d->step.next_date : d->step.happened, .kind = d->step.kind,
		.useful = d->step.useful,
		.offer = d->step.offer };
	struct error failed = { 0 };

	d->step.id = v->r->id;
	d->by.rq = rq;
	if (wrong)
		return show(v, rs, &t, err);
	if (request_write_wake(rq, write_step, d, &failed))
		return done_redirect(rq, rs, help_url(rq, v->r->id), help_act_word(d->step.act));
	if (failed.kind != ERROR_CONFLICT) {
		*err = failed;
		return false;
	}
	db_end(rq->db);
	if (!db_begin(rq->db, rq->viewer, err) || !read_view(rq, v, err))
		return false;
	t.wrong = failed.text;
	t.status = 409;
	return show(v, rs, &t, err);
}

/* The steps that are about the request as a whole: who may, for whom, with words. */
static bool simple(struct request *rq, struct response *rs, enum help_act act, const char *missing,
	struct doing *d, const char *wrong,
	struct error *err)
{
	static const int able[HELP_ACTS] = { [HELP_STEP_DOWN] = BY_HELPER,
		[HELP_LOG] = BY_ASKER | BY_HELPER | BY_STAFF,
		[HELP_NEXT] = BY_ASKER | BY_HELPER, [HELP_CLOSE] = BY_ASKER | BY_STAFF,
		[HELP_REOPEN] = BY_ASKER | BY_STAFF };
	struct view v;

	if (!read_view(rq, &v, err))
		return false;
	d->step.act = act;
	d->by.by = bits(&v, NULL) & able[act];
	if (!d->by.by)
		return error_absent(err);
	d->by.space_id = acts_for(&v, d->by.by);
	d->step.text = request_typed(rq, "text");
	if (!wrong)
		wrong = words_problem(&v, &d->step, missing);
	return take(&v, rs, d, wrong, err);
}

bool help_step_down_save(struct request *rq, struct response *rs, struct error *err)
{
	return simple(rq, rs, HELP_STEP_DOWN, "Say why you cannot go on, so that the asker and the next helper "
		"know.", &(struct doing){ .by.by = 0 }, NULL, err);
}

bool help_date(const char *s)
{
	return strlen(s) == 10 && date_valid(s);
}

bool help_log_save(struct request *rq, struct response *rs, struct error *err)
{
	struct doing d = { .step = { .kind = request_typed(rq, "kind"), .happened = request_typed(rq, "date") } };
	const char *wrong = !help_label(help_kinds, d.step.kind) ? "Choose what it was." : *d.step.happened &&
		!help_date(d.step.happened) ?
		"The date is a day, as 2026-12-09, or empty." : NULL;

	return simple(rq, rs, HELP_LOG, "Type what was done.", &d, wrong, err);
}

bool help_next_save(struct request *rq, struct response *rs, struct error *err)
{
	struct doing d = { .step = { .next_date = request_typed(rq, "date") } };
	const char *wrong = *d.step.next_date && !help_date(d.step.next_date) ?
		"The date is a day, as 2026-12-09, or empty for none." : NULL;

	return simple(rq, rs, HELP_NEXT, NULL, &d, wrong, err);
}

bool help_close_save(struct request *rq, struct response *rs, struct error *err)
{
	struct doing d = { .step = { .useful = request_typed(rq, "useful"), .story = help_is(request_form(rq, "story"),
		"yes") } };
	const char *useful = d.step.useful, *wrong = *useful && !help_is(useful, "very") && !help_is(useful, "some") &&
		!help_is(useful, "no") ?
		"Choose how useful it was." : NULL;

	return simple(rq, rs, HELP_CLOSE, "Say what came of it; “nothing” is an answer.", &d, wrong, err);
}

bool help_reopen_save(struct request *rq, struct response *rs, struct error *err)
{
	return simple(rq, rs, HELP_REOPEN, NULL, &(struct doing){ .by.by = 0 }, NULL, err);
}

/* ---- offers ---- */

bool help_offer_save(struct request *rq, struct response *rs, struct error *err)
{
	const char *slug = request_typed(rq, "space");
	struct doing d = { .step = { .act = HELP_OFFER, .text = request_typed(rq, "text") }, .by = {
		.by = BY_PEER } };
	struct view v;

	if (!read_view(rq, &v, err))
		return false;
	if (!v.n_own)
		return error_absent(err);
	for (size_t i = 0; i < v.n_own; i++)
		if (strcmp(v.own[i].slug, slug) == 0)
			d.step.helper = d.by.space_id = v.own[i].id;
	return take(&v, rs, &d, d.step.helper ? words_problem(&v, &d.step, "Say what you can offer, and when.") :
		"Choose the jurisdiction for which you offer help.", err);
}

bool help_assign_save(struct request *rq, struct response *rs, struct error *err)
{
	const char *slug = request_typed(rq, "helper");
	struct doing d = { .step = { .act = HELP_ASSIGN, .text = request_typed(rq, "text") }, .by = {
		.by = BY_STAFF } };
	struct error missing = { 0 };
	const char *(*named)[2];
	struct space *helper;
	struct view v;
	bool fits;
	size_t n;

	if (!read_view(rq, &v, err) || !help_named(rq->db, rq->arena, v.r->id, &named, &n, err))
		return false;
	if (!v.r->staff)
		return error_absent(err);
	/* A helper must be one that may see the request. */
	fits = strcmp(slug, v.national->slug) == 0;
	for (size_t i = 0; v.r->audience == HELP_TO_NAMED && i < n; i++)
		fits = fits || strcmp(named[i][0], slug) == 0;
	if (text_is_slug(slug) && space_by_slug(rq->db, rq->arena, slug, &helper, &missing)) {
		fits = fits || (v.r->audience == HELP_TO_NETWORK && space_is_jurisdiction(helper) && strcmp(helper->id,
			v.r->space_id) != 0);
		d.step.helper = fits ? helper->id : NULL;
	}
	d.by.space_id = v.national->id;
	return take(&v, rs, &d, d.step.helper ? words_problem(&v, &d.step, NULL) :
		"Choose who is to help: the national office, or a jurisdiction "
		"that may see the request.", err);
}

static struct help_offer *find_offer(const struct view *v, const char *id)
{
	for (size_t i = 0; id && i < v->n_offers; i++)
		if (strcmp(v->offers[i].id, id) == 0)
			return &v->offers[i];
	return NULL;
}

bool help_answer_save(struct request *rq, struct response *rs, struct error *err)
{
	bool accept = help_is(request_form(rq, "answer"), "accept");
	struct doing d = { .step = { .act = accept ? HELP_ACCEPT : HELP_DECLINE, .text = request_typed(rq,
		"text") }, .by = { .by = BY_ASKER } };
	struct help_offer *offer;
	struct view v;

	if (!read_view(rq, &v, err))
		return false;
	offer = find_offer(&v, request_form(rq, "offer"));
	if (!v.r->asks || !offer)
		return error_absent(err);
	d.step.offer = offer->id;
	d.by.space_id = v.r->space_id;
	return take(&v, rs, &d, !accept && !help_is(request_form(rq, "answer"), "decline") ?
		"Choose whether you accept or decline." :
		words_problem(&v, &d.step, accept ? NULL : "Say in a word why you decline, so that they know."), err);
}

bool help_take_back_save(struct request *rq, struct response *rs, struct error *err)
{
	struct doing d = { .step = { .act = HELP_TAKE_BACK, .text = "" } };
	struct help_offer *offer;
	struct view v;

	if (!read_view(rq, &v, err))
		return false;
	offer = find_offer(&v, request_form(rq, "offer"));
	if (!offer || !(bits(&v, offer) & (BY_OFFERER | BY_STAFF)))
		return error_absent(err);
	d.by.by = bits(&v, offer) & (BY_OFFERER | BY_STAFF);
	d.by.space_id = offer->helps ? offer->space_id : v.national->id;
	d.step.offer = offer->id;
	return take(&v, rs, &d, words_problem(&v, &d.step, NULL), err);
}
