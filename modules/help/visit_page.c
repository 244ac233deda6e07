/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Site visits: asking for one, its plan, both sides' agreement, its report, and what may be told of it. */
#include "help.h"
#include "../events/event.h"
#include "../publishing/draft.h"
#include "zone.h"

#define VISIT_LINE_MAX 500
#define VISIT_TEXT_MAX 8000

const struct param visit_new_params[] = {
	{ "request", PARAM_ID, 0, 0, "The request for help that it is part of" },
	{ "host", PARAM_SLUG, 0, 0, "The jurisdiction that is to be visited" },
	{ NULL, 0, 0, 0, NULL }
};

/* ---- asking for one ---- */

struct proposing {
	struct request *rq;
	const struct help_request *request; /* or NULL */
	const char *other_slug;             /* of a request: the other side; else what was chosen */
	struct space *other;
	bool they_come;
	struct visit_new v;
	char id[ID_SIZE];
};

static bool own_here(struct request *rq, struct error *err)
{
	return (space_is_jurisdiction(rq->space) && viewer_is_member(rq->viewer, rq->space->id)) || error_absent(err);
}

/* The request, under way, with this space on one side. */
static bool read_request(struct proposing *p, const char *id, struct error *err)
{
	struct help_request *r;
	struct help_offer *offers;
	size_t n;

	p->other_slug = NULL; /* the request says who it is */
	if (!help_get(p->rq->db, p->rq->arena, id, &r, err) || !help_offers(p->rq->db, p->rq->arena, id, &offers,
		&n, err))
		return false;
	for (size_t i = 0; i < n && r->state == HELP_ACCEPTED; i++) {
		if (!help_is(offers[i].state, "accepted") || help_is(offers[i].space_slug, SPACE_NATIONAL))
			continue;
		if (r->asks && help_is(r->space_id, p->rq->space->id))
			p->other_slug = offers[i].space_slug;
		if (offers[i].helps && help_is(offers[i].space_id, p->rq->space->id))
			p->other_slug = r->space_slug;
	}
	p->request = r;
	p->v.request_id = r->id;
	return p->other_slug || error_absent(err);
}

static bool show_new(struct proposing *p, struct response *rs, const char *wrong, struct error *err)
{
	struct request *rq = p->rq;
	struct data *page = help_page_create(rq, wrong ? "Error: Ask for a site visit" : "Ask for a site visit");
	struct space *all;
	size_t n;

	if (!space_list(rq->db, rq->arena, &all, &n, err))
		return false;
	data_text(page, "heading", "Ask for a site visit");
	data_text(page, "wrong", wrong);
	page_option(page, "others", "", "Choose", NULL);
	for (size_t i = 0; i < n; i++)
		if (space_is_jurisdiction(&all[i]) && strcmp(all[i].id, rq->space->id) != 0 && (!p->request ||
		help_is(all[i].slug, p->other_slug)))
			page_option(page, "others", all[i].slug, all[i].name, p->other_slug);
	data_text(page, "we_go", p->they_come ? NULL : "checked");
	data_text(page, "they_come", p->they_come ? "checked" : NULL);
	data_text(page, "purpose", p->v.purpose);
	data_text(page, "people", p->v.people);
	data_text(page, "date1", p->v.dates[0]);
	data_text(page, "date2", p->v.dates[1]);
	data_text(page, "date3", p->v.dates[2]);
	data_text(page, "own_name", rq->space->short_name);
	if (p->request) {
		data_text(page, "request", p->request->id);
		data_text(page, "request_title", p->request->title);
	}
	data_url(page, "save_url", url_path(rq->arena, "%b/help/visits", rq->base));
	if (wrong)
		rs->status = 400;
	page_crumb(page, "Site visits", url_path(rq->arena, "%b/help/visits", rq->base));
	page_crumb(page, "Ask for one", (struct url){ NULL });
	return page_send_private(rq, rs, "help-visit-new", page, err);
}

bool visit_new(struct request *rq, struct response *rs, struct error *err)
{
	struct proposing p = { .rq = rq, .other_slug = request_arg(rq, "host"),
		.v = { .purpose = "", .people = "", .dates = { "", "", "" } } };

	if (!own_here(rq, err) || (request_arg(rq, "request") && !read_request(&p, request_arg(rq, "request"), err)))
		return false;
	return show_new(&p, rs, NULL, err);
}

static const char *check_new(struct proposing *p)
{
	struct request *rq = p->rq;
	struct error missing = { 0 };

	if (!p->other_slug || !text_is_slug(p->other_slug) || !space_by_slug(rq->db, rq->arena, p->other_slug,
		&p->other, &missing) ||
		!space_is_jurisdiction(p->other) || strcmp(p->other->id, rq->space->id) == 0)
		return "Choose the other jurisdiction.";
	if (!*p->v.purpose)
		return "Say what the visit is for.";
	if (text_letters(p->v.purpose) > HELP_WORDS_MAX)
		return arena_printf(rq->arena, "What it is for is too long: at most %d letters.", HELP_WORDS_MAX);
	if (text_letters(p->v.people) > HELP_WORDS_MAX)
		return arena_printf(rq->arena, "Who comes is too long: at most %d letters.", HELP_WORDS_MAX);
	for (int i = 0; i < 3; i++)
		if (*p->v.dates[i] && !help_date(p->v.dates[i]))
			return "A date is a day, as 2026-12-09, or empty.";
	return NULL;
}

static bool write_new(struct db *w, void *arg, struct error *err)
{
	struct proposing *p = arg;

	return visit_add(w, &(struct help_by){ p->rq, p->rq->space->id, 0 }, &p->v, p->id, err);
}

bool visit_new_save(struct request *rq, struct response *rs, struct error *err)
{
	struct proposing p = { .rq = rq, .other_slug = request_typed(rq, "other"),
		.they_come = help_is(request_form(rq, "way"), "they"),
		.v = { .purpose = request_typed(rq, "purpose"), .people = request_typed(rq, "people"),
		.dates = { request_typed(rq, "date1"), request_typed(rq, "date2"), request_typed(rq, "date3") } } };
	const char *request = request_typed(rq, "request"), *wrong;

	if (!own_here(rq, err) || (*request && (!id_valid(request) ? !error_absent(err) : !read_request(&p, request,
		err))))
		return false;
	wrong = check_new(&p);
	if (wrong)
		return show_new(&p, rs, wrong, err);
	p.v.guest_id = p.they_come ? p.other->id : rq->space->id;
	p.v.host_id = p.they_come ? rq->space->id : p.other->id;
	return request_write_wake(rq, write_new, &p, err) &&
		done_redirect(rq, rs, url_path(rq->arena, "%b/help/visits/%s", rq->base, p.id), "propose");
}

/* ---- the page ---- */

struct typed {
	const char *wrong;
	int status;
	enum visit_act act;                 /* VISIT_ACTS: nothing was typed */
	const struct visit_plan *plan;
	const struct visit_report *report;
};

static struct url visit_url(struct request *rq, const struct visit *v, const char *below)
{
	return *below ? url_path(rq->arena, "%b/help/visits/%s/%s", rq->base, v->id, below) :
		url_path(rq->arena, "%b/help/visits/%s", rq->base, v->id);
}

static const char *when(struct request *rq, const struct visit *v)
{
	int64_t from, to;

	if (!*v->starts || !zone_to_utc(v->zone, v->starts, &from, NULL) || !zone_to_utc(v->zone, v->ends, &to,
		NULL))
		return NULL;
	return when_text(rq->arena, v->zone, from, to);
}

static bool put_trail(struct request *rq, struct data *page, const struct visit *v, struct error *err)
{
	static const char *const words[VISIT_ACTS] = { "asked for the visit", "saved a plan",
		"agreed to the plan", "saved the report",
		"chose what may be told", "called it off" };
	struct help_entry *list;
	size_t n;

	if (!visit_entries(rq->db, rq->arena, v->id, &list, &n, err))
		return false;
	for (size_t i = 0; i < n; i++) {
		enum visit_act act = visit_act_parse(list[i].act);
		struct data *item = data_item(page, "entries");

		data_text(item, "who", list[i].account_name);
		data_text(item, "space", list[i].space_name);
		data_text(item, "what", act == VISIT_ACTS ? list[i].act : words[act]);
		data_text(item, "words", list[i].html);
		data_text(item, "at", moment_human(rq->arena, list[i].at_us));
	}
	return true;
}

static void put_plan(struct request *rq, struct data *page, const struct visit *v, const struct typed *t)
{
	const struct visit_plan now = { .agenda = v->agenda, .host_person = v->host_person,
		.logistics = v->logistics, .starts = v->starts,
		.ends = v->ends, .zone = v->zone }, *p = t->plan ? t->plan : &now;
	struct data *d = data_object(page, "plan");

	data_text(page, "when", when(rq, v));
	data_text(page, "host_person", v->host_person);
	data_markup(page, "agenda", html_stored(*v->agenda_html ? v->agenda_html : NULL));
	data_markup(page, "logistics", html_stored(*v->logistics_html ? v->logistics_html : NULL));
	data_text(d, "agenda", p->agenda);
	data_text(d, "host_person", p->host_person);
	data_text(d, "logistics", p->logistics);
	data_text(d, "from_day", arena_strndup(rq->arena, p->starts, 10));
	data_text(d, "from_time", strlen(p->starts) > 11 ? p->starts + 11 : NULL);
	data_text(d, "to_day", arena_strndup(rq->arena, p->ends, 10));
	data_text(d, "to_time", strlen(p->ends) > 11 ? p->ends + 11 : NULL);
	for (size_t i = 0; event_zones[i][0]; i++)
		page_option(page, "zones", event_zones[i][0], event_zones[i][1], *p->zone ? p->zone : "America/New_York");
}

static void put_report(struct data *page, const struct visit *v, const struct typed *t)
{
	const struct visit_report now = { .seen = v->seen, .advice = v->advice, .actions = v->actions },
		*r = t->report ? t->report : &now;
	struct data *d = data_object(page, "report");

	data_markup(page, "seen", html_stored(*v->seen_html ? v->seen_html : NULL));
	data_markup(page, "advice", html_stored(*v->advice_html ? v->advice_html : NULL));
	data_markup(page, "actions", html_stored(*v->actions_html ? v->actions_html : NULL));
	data_text(d, "seen", r->seen);
	data_text(d, "advice", r->advice);
	data_text(d, "actions", r->actions);
}

/* For which side the viewer acts; of both, the one that has not agreed yet. */
static bool for_guest(const struct visit *v, enum visit_act act)
{
	if (v->guest && v->host)
		return act == VISIT_AGREE ? !v->guest_agreed : act == VISIT_STORY ? !v->guest_story : true;
	return v->guest;
}

static bool may(const struct visit *v, enum visit_act act)
{
	bool guest = for_guest(v, act);

	if (!v->guest && !v->host)
		return false;
	if (act == VISIT_AGREE && (guest ? v->guest_agreed : v->host_agreed))
		return false;
	return visit_next(v->state, act, guest ? v->host_agreed : v->guest_agreed) != 0;
}

static void put_steps(struct request *rq, struct data *page, const struct visit *v, const struct typed *t)
{
	bool guest = for_guest(v, VISIT_STORY);
	int64_t starts = 0;
	bool begun = *v->starts && zone_to_utc(v->zone, v->starts, &starts, NULL) && starts < clock_now_us();

	data_flag(page, "may_plan", may(v, VISIT_PLAN));
	data_flag(page, "may_agree", may(v, VISIT_AGREE));
	data_flag(page, "may_report", may(v, VISIT_REPORT));
	data_flag(page, "may_story", may(v, VISIT_STORY));
	data_flag(page, "may_cancel", may(v, VISIT_CANCEL));
	data_flag(page, "may_draft", v->state == VISIT_REPORTED && v->guest_story && v->host_story &&
		((v->guest && viewer_may_write(rq->viewer, v->guest_id)) || (v->host && viewer_may_write(rq->viewer,
		v->host_id))));
	data_flag(page, "own_story", guest ? v->guest_story : v->host_story);
	data_flag(page, "other_story", guest ? v->host_story : v->guest_story);
	data_flag(page, "planned", v->state == VISIT_PLANNED);
	data_flag(page, "open_plan", t->act == VISIT_PLAN || (v->state == VISIT_PROPOSED && may(v, VISIT_PLAN)));
	data_flag(page, "open_report", t->act == VISIT_REPORT || (v->state == VISIT_AGREED && begun));
	data_flag(page, "open_cancel", t->act == VISIT_CANCEL);
	data_url(page, "plan_url", visit_url(rq, v, "plan"));
	data_url(page, "agree_url", visit_url(rq, v, "agree"));
	data_url(page, "report_url", visit_url(rq, v, "report"));
	data_url(page, "story_url", visit_url(rq, v, "story"));
	data_url(page, "draft_url", visit_url(rq, v, "draft"));
	data_url(page, "cancel_url", visit_url(rq, v, "cancel"));
	if (v->state == VISIT_AGREED || v->state == VISIT_REPORTED)
		data_url(page, "ics_url", visit_url(rq, v, "visit.ics"));
}

static const char *visit_title(struct arena *a, const struct visit *v)
{
	return arena_printf(a, "%s visits %s", v->guest_name, v->host_name);
}

static bool show(struct request *rq, struct response *rs, const struct visit *v, const struct typed *t,
	struct error *err)
{
	const char *title = visit_title(rq->arena, v), *dates = "";
	struct data *page = help_page_create(rq, t->wrong ? arena_printf(rq->arena, "Error: %s", title) : title);

	data_text(page, "heading", title);
	data_text(page, "wrong", t->wrong);
	data_text(page, "state", visit_state_label(v->state));
	data_text(page, "guest_name", v->guest_name);
	data_text(page, "host_name", v->host_name);
	data_text(page, "purpose", v->purpose);
	data_text(page, "people", v->people);
	for (int i = 0; i < 3; i++)
		if (*v->dates[i])
			dates = arena_printf(rq->arena, "%s%s%s", dates, *dates ? "; " : "", date_human(rq->arena, v->dates[i]));
	data_text(page, "dates", *dates ? dates : NULL);
	data_text(page, "agreed", v->state != VISIT_PLANNED ? NULL : v->guest_agreed ? v->guest_name :
		v->host_agreed ? v->host_name : NULL);
	data_textf(page, "version", "%lld", (long long)v->version);
	if (v->request_id)
		data_url(page, "request_url", help_url(rq, v->request_id));
	put_plan(rq, page, v, t);
	put_report(page, v, t);
	put_steps(rq, page, v, t);
	if (t->status)
		rs->status = t->status;
	page_crumb(page, "Site visits", url_path(rq->arena, "%b/help/visits", rq->base));
	page_crumb(page, title, (struct url){ NULL });
	return put_trail(rq, page, v, err) && page_send_private(rq, rs, "help-visit", page, err);
}

bool visit_page(struct request *rq, struct response *rs, struct error *err)
{
	struct visit *v;

	if (!visit_get(rq->db, rq->arena, request_arg(rq, "id"), &v, err))
		return false;
	notification_page_seen(rq);
	return show(rq, rs, v, &(struct typed){ .act = VISIT_ACTS }, err);
}

/* ---- steps ---- */

struct doing {
	struct help_by by;
	struct visit_step step;
};

static bool write_step(struct db *w, void *arg, struct error *err)
{
	struct doing *d = arg;

	return visit_do(w, &d->by, &d->step, err);
}

/* The visit, for whom one of the two sides acts. */
static bool read_own(struct request *rq, struct visit **v, struct error *err)
{
	return visit_get(rq->db, rq->arena, request_arg(rq, "id"), v, err) && ((*v)->guest || (*v)->host ||
		error_absent(err));
}

static bool take(struct request *rq, struct response *rs, const struct visit *v, struct doing *d,
	const char *wrong, struct error *err)
{
	struct typed t = { .wrong = wrong, .status = 400, .act = d->step.act, .plan = d->step.plan,
		.report = d->step.report };
	struct error failed = { 0 };
	struct visit *now;

	d->step.id = v->id;
	d->step.guest = for_guest(v, d->step.act);
	d->step.words = d->step.words ? d->step.words : "";
	d->by = (struct help_by){ rq, d->step.guest ? v->guest_id : v->host_id, 0 };
	if (wrong)
		return show(rq, rs, v, &t, err);
	if (request_write_wake(rq, write_step, d, &failed))
		return done_redirect(rq, rs, visit_url(rq, v, ""), visit_act_word(d->step.act));
	if (failed.kind != ERROR_CONFLICT) {
		*err = failed;
		return false;
	}
	db_end(rq->db);
	if (!db_begin(rq->db, rq->viewer, err) || !visit_get(rq->db, rq->arena, v->id, &now, err))
		return false;
	t.wrong = failed.text;
	t.status = 409;
	return show(rq, rs, now, &t, err);
}

static bool known_zone(const char *zone)
{
	for (size_t i = 0; event_zones[i][0]; i++)
		if (strcmp(event_zones[i][0], zone) == 0)
			return true;
	return false;
}

static bool good_time(const char *s)
{
	return strlen(s) == 5 && s[2] == ':' && strspn(s, "0123456789:") == 5 && atoi(s) < 24 && atoi(s + 3) < 60;
}

static const char *check_plan(struct request *rq, struct visit_plan *p)
{
	const char *day = request_typed(rq, "from_day"), *time = request_typed(rq, "from_time"),
		*to_day = request_typed(rq, "to_day"),
		*to_time = request_typed(rq, "to_time"), *wrong = NULL;
	struct error zone = { 0 };
	int64_t from, to;

	p->starts = arena_printf(rq->arena, "%s%s%s", day, *time ? "T" : "", time);
	p->ends = arena_printf(rq->arena, "%s%s%s", to_day, *to_time ? "T" : "", to_time);
	if (!help_date(day) || !help_date(to_day) || !good_time(time) || !good_time(to_time))
		return "Say when the visit begins and when it ends: days as 2026-12-09, times as 14:30.";
	if (!known_zone(p->zone))
		return "Choose a time zone of the list.";
	if (!zone_to_utc(p->zone, p->starts, &from, &zone) || !zone_to_utc(p->zone, p->ends, &to, &zone))
		return arena_strdup(rq->arena, zone.text);
	if (to <= from)
		return "The visit ends before it begins.";
	if (text_letters(p->host_person) > VISIT_LINE_MAX)
		return arena_printf(rq->arena, "Who receives the guests is too long: at most %d letters.", VISIT_LINE_MAX);
	if (text_letters(p->agenda) > VISIT_TEXT_MAX || text_letters(p->logistics) > VISIT_TEXT_MAX)
		return arena_printf(rq->arena, "The agenda and the practical matters have at most %d letters each.",
		VISIT_TEXT_MAX);
	return help_prose(rq, p->agenda, "a-", &p->agenda_prose, &wrong) &&
		help_prose(rq, p->logistics, "l-", &p->logistics_prose, &wrong) ? NULL : wrong;
}

bool visit_plan_save(struct request *rq, struct response *rs, struct error *err)
{
	struct visit_plan p = { .agenda = request_typed(rq, "agenda"), .host_person = request_typed(rq,
		"host_person"),
		.logistics = request_typed(rq, "logistics"), .zone = request_typed(rq, "zone") };
	struct doing d = { .step = { .act = VISIT_PLAN, .plan = &p, .version = strtoll(request_typed(rq,
		"version"), NULL, 10) } };
	struct visit *v;

	if (!read_own(rq, &v, err))
		return false;
	d.step.version = d.step.version > 0 ? d.step.version : -1;
	return take(rq, rs, v, &d, check_plan(rq, &p), err);
}

bool visit_agree_save(struct request *rq, struct response *rs, struct error *err)
{
	struct doing d = { .step = { .act = VISIT_AGREE, .version = strtoll(request_typed(rq, "version"), NULL,
		10) } };
	struct visit *v;

	/* To the plan that was on the page, and to no other. */
	d.step.version = d.step.version > 0 ? d.step.version : -1;
	return read_own(rq, &v, err) && take(rq, rs, v, &d, NULL, err);
}

static const char *check_report(struct request *rq, struct visit_report *r)
{
	const char *wrong = NULL;

	if (!*r->seen)
		return "Say what you saw.";
	if (text_letters(r->seen) > VISIT_TEXT_MAX || text_letters(r->advice) > VISIT_TEXT_MAX ||
		text_letters(r->actions) > VISIT_TEXT_MAX)
		return arena_printf(rq->arena, "Each part of the report has at most %d letters.", VISIT_TEXT_MAX);
	return help_prose(rq, r->seen, "s-", &r->seen_prose, &wrong) && help_prose(rq, r->advice, "r-",
		&r->advice_prose, &wrong) &&
		help_prose(rq, r->actions, "f-", &r->actions_prose, &wrong) ? NULL : wrong;
}

bool visit_report_save(struct request *rq, struct response *rs, struct error *err)
{
	struct visit_report r = { .seen = request_typed(rq, "seen"), .advice = request_typed(rq, "advice"),
		.actions = request_typed(rq, "actions") };
	struct doing d = { .step = { .act = VISIT_REPORT, .report = &r, .version = strtoll(request_typed(rq,
		"version"), NULL, 10) } };
	struct visit *v;

	if (!read_own(rq, &v, err))
		return false;
	d.step.version = d.step.version > 0 ? d.step.version : -1;
	return take(rq, rs, v, &d, check_report(rq, &r), err);
}

bool visit_story_save(struct request *rq, struct response *rs, struct error *err)
{
	struct doing d = { .step = { .act = VISIT_STORY, .story = help_is(request_form(rq, "story"), "yes"),
		.version = strtoll(request_typed(rq, "version"), NULL, 10) } };
	struct visit *v;

	/* To the report that was on the page. */
	d.step.version = d.step.version > 0 ? d.step.version : -1;
	return read_own(rq, &v, err) && take(rq, rs, v, &d, NULL, err);
}

bool visit_cancel_save(struct request *rq, struct response *rs, struct error *err)
{
	struct doing d = { .step = { .act = VISIT_CANCEL, .words = request_typed(rq, "words") } };
	struct visit *v;

	return read_own(rq, &v, err) && take(rq, rs, v, &d, text_letters(d.step.words) > HELP_WORDS_MAX ?
		"The reason is too long." :
		*d.step.words ? NULL : "Say why it is called off, so that the other side knows.", err);
}

/* ---- a story of it ---- */

struct drafting {
	struct request *rq;
	struct draft_start start;
	char id[ID_SIZE];
};

static bool write_draft(struct db *w, void *arg, struct error *err)
{
	struct drafting *d = arg;

	return draft_create(w, &d->start, d->rq->account, d->id, err);
}

static const char *form_json(struct request *rq, const struct visit *v, const char *title)
{
	const char *body = arena_printf(rq->arena, "## What was seen\n\n%s\n\n%s%s\n\n%s%s", v->seen, *v->advice ?
		"## Recommendations\n\n" : "",
		v->advice, *v->actions ? "## What follows\n\n" : "", v->actions);
	const char *today = arena_strndup(rq->arena, moment_utc(rq->arena, clock_now_us()), 10);
	json_t *form = json_pack("{s:s, s:s, s:s, s:s, s:s}", "title", title, "issued", today, "language", "en",
		"summary",
		text_excerpt(rq->arena, v->purpose, 300), "body", body);
	char *json = form ? json_dumps(form, JSON_COMPACT) : NULL;

	if (!json)
		abort();
	const char *kept = arena_strdup(rq->arena, json);
	free(json);
	json_decref(form);
	return kept;
}

bool visit_draft_save(struct request *rq, struct response *rs, struct error *err)
{
	struct drafting d = { .rq = rq };
	struct visit *v;

	if (!read_own(rq, &v, err))
		return false;
	if (v->state != VISIT_REPORTED || !v->guest_story || !v->host_story)
		return error_set(err, ERROR_CONFLICT, "A draft can be begun once the visit is reported and both sides "
		"agree that it may be told.");
	const char *space = v->guest && viewer_may_write(rq->viewer, v->guest_id) ? v->guest_id : v->host &&
		viewer_may_write(rq->viewer,
		v->host_id) ? v->host_id : NULL;
	if (!space)
		return error_absent(err);
	const char *title = arena_printf(rq->arena, "A visit of %s to %s", v->guest_name, v->host_name);
	d.start = (struct draft_start){ .space_id = space, .type = "case-study", .title = title,
		.audience = AUDIENCE_NETWORK,
		.slug = arena_printf(rq->arena, "%s-%.8s", text_slug(rq->arena, title, 50), v->id + 28),
		.form_json = form_json(rq, v, title) };
	return store_write_aside(rq->engine->store, rq->viewer, write_draft, &d, err) &&
		response_redirect(rs, url_path(rq->arena, "/drafts/%s/edit", d.id));
}

/* ---- calendar ---- */

bool visit_ics(struct request *rq, struct response *rs, struct error *err)
{
	struct visit *v;

	if (!visit_get(rq->db, rq->arena, request_arg(rq, "id"), &v, err))
		return false;
	if (v->state != VISIT_AGREED && v->state != VISIT_REPORTED)
		return error_set(err, ERROR_NOT_FOUND, "There is no date yet that both sides agreed to.");
	struct record r = { .id = v->id, .title = visit_title(rq->arena, v), .summary = v->purpose,
		.starts = v->starts, .ends = v->ends,
		.zone = v->zone, .group = "peer-exchange" };
	struct error zone = { 0 };
	if (!zone_to_utc(v->zone, v->starts, &r.starts_us, &zone))
		return error_set(err, ERROR_CONFLICT, "%s", zone.text);
	json_t *details = json_owned(rq->arena, json_pack("{s:s}", "venue", v->host_name));
	struct event event = { .r = &r, .details = details, .sequence = v->plans, .changed_us = v->changed_us };
	struct ics_event one = { &event, page_absolute(rq, visit_url(rq, v, "")), NULL };

	rs->type = "text/calendar; charset=utf-8";
	response_header(rs, "Content-Disposition", "attachment; filename=\"visit.ics\"");
	return ics_write(rq->arena, NULL, &one, 1, &rs->body, err);
}
