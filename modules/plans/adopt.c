/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The plans of a space, and making a guide into one. At the national office: what
 * jurisdictions share of theirs. */
#include "plans.h"
#include "account.h"
#include "audit.h"
#include "calendar_key.h"

#define GUIDES_MAX 200

const struct param plan_new_params[] = {
	{ "guide", PARAM_ID, 0, 0, "The guide" },
	{ NULL, 0, 0, 0, NULL }
};

/* ---- the list ---- */

static bool put_guides(struct request *rq, struct data *page, struct error *err)
{
	struct record_filter f = { .type = "guide", .order = RECORD_BY_TITLE, .limit = GUIDES_MAX };
	struct record *list;
	size_t n;

	if (!record_list(rq->db, rq->arena, &f, &list, &n, NULL, err))
		return false;
	for (size_t i = 0; i < n; i++) {
		if (!plan_guide_open(rq, &list[i]))
			continue;
		struct data *item = data_item(page, "guides");

		data_text(item, "title", list[i].title);
		data_text(item, "summary", list[i].summary);
		data_url(item, "url", page_record_url(rq, &list[i]));
		data_url(item, "adopt_url", url_query(rq->arena, url_path(rq->arena, "%b/plans/new", rq->base), "guide", list[i].id));
	}
	return true;
}

static void put_plan(struct request *rq, struct data *page, const struct plan *p)
{
	struct data *item = data_item(page, p->archived_us ? "old_plans" : "plans");

	data_text(item, "title", p->title);
	data_url(item, "url", plan_url(rq, p, ""));
	data_text(item, "guide", strcmp(p->guide_title, p->title) != 0 ? p->guide_title : NULL);
	data_text(item, "starts", date_human(rq->arena, p->starts_on));
	data_flag(item, "shared", p->shared_us != 0);
	put_counts(rq->arena, item, &p->counts);
}

/* Where the reader's own plans are: plans belong to jurisdictions. */
static bool put_own_spaces(struct request *rq, struct data *page, struct error *err)
{
	struct space *spaces;
	size_t n;

	if (!space_list(rq->db, rq->arena, &spaces, &n, err))
		return false;
	for (size_t i = 0; i < n; i++) {
		if (!space_is_jurisdiction(&spaces[i]) || !viewer_is_member(rq->viewer, spaces[i].id))
			continue;
		struct data *item = data_item(page, "own");

		data_text(item, "name", spaces[i].name);
		data_url(item, "url", url_path(rq->arena, "/s/%s/plans", spaces[i].slug));
	}
	return true;
}

/* Of a space that is no jurisdiction. */
static bool elsewhere_page(struct request *rq, struct response *rs, struct error *err)
{
	bool national = strcmp(rq->space->slug, SPACE_NATIONAL) == 0;
	struct data *page = page_create(rq, "Plans");
	struct plan_shared *list;
	size_t n;

	/* The view decides what is shared with whom; here only whether the page speaks of it. */
	if (!plan_shared_list(rq->db, rq->arena, &list, &n, err) || !put_own_spaces(rq, page, err))
		return false;
	data_flag(page, "staff", national && viewer_has_role(rq->viewer, rq->space->id, ROLE_READER));
	n = national ? n : 0;
	page_crumb(page, "Exchange", url_path(rq->arena, "%b/exchange", rq->base));
	page_crumb(page, "Plans", (struct url){ NULL });
	for (size_t i = 0; i < n; i++) {
		struct data *item = data_item(page, "rows");

		data_text(item, "space", list[i].space_name);
		data_url(item, "space_url", page_space_url(rq, list[i].space_slug));
		data_text(item, "guide", list[i].guide_title);
		data_text(item, "starts", date_human(rq->arena, list[i].starts_on));
		data_text(item, "since", moment_human(rq->arena, list[i].shared_us));
		put_counts(rq->arena, item, &list[i].counts);
	}
	return page_send_private(rq, rs, "plans-shared", page, err);
}

bool plans_page(struct request *rq, struct response *rs, struct error *err)
{
	char today[11];
	struct plan *list;
	size_t n;

	if (!space_is_jurisdiction(rq->space))
		return elsewhere_page(rq, rs, err);
	if (!plans_here(rq, err))
		return false;
	struct data *page = page_create(rq, arena_printf(rq->arena, "Plans of %s", rq->space->short_name));
	bool writes = viewer_may_write(rq->viewer, rq->space->id);
	plan_today(clock_now_us(), today);
	if (!plan_list(rq->db, rq->arena, rq->space->id, today, &list, &n, err) || (writes && !put_guides(rq, page, err)))
		return false;
	page_crumb(page, "Exchange", url_path(rq->arena, "%b/exchange", rq->base));
	page_crumb(page, "Plans", (struct url){ NULL });
	data_text(page, "done", done_text(rq, plan_done_texts));
	data_flag(page, "writes", writes);
	data_text(page, "space_name", rq->space->short_name);
	data_url(page, "library_url", url_query(rq->arena, url_path(rq->arena, "%b/library", rq->base), "type", "guide"));
	for (size_t i = 0; i < n; i++)
		put_plan(rq, page, &list[i]);
	return page_send_private(rq, rs, "plans", page, err);
}

/* ---- making one ---- */

struct adopting {
	struct request *rq;
	struct record *guide;
	struct guide_step *steps;
	size_t n;
	int *weeks;
	const char **typed;  /* weeks as they were typed */
	const char **dates;  /* NULL until all is right */
	const char *title, *start;
	const char *wrong, *wrong_field;
	char id[ID_SIZE];
};

static bool read_guide(struct adopting *k, const char *id, struct error *err)
{
	struct request *rq = k->rq;
	struct error absent = { 0 };

	if (!plans_here(rq, err))
		return false;
	if (!id || !id_valid(id) || !record_by_id(rq->db, rq->arena, id, &k->guide, &absent) || !plan_guide_open(rq, k->guide)) {
		error_absent(err);
		return false;
	}
	if (!guide_steps(rq->arena, k->guide->details_json, &k->steps, &k->n, err))
		return false;
	k->weeks = arena_array(rq->arena, k->n + 1, sizeof *k->weeks);
	k->typed = arena_array(rq->arena, k->n + 1, sizeof *k->typed);
	k->dates = arena_array(rq->arena, k->n + 1, sizeof *k->dates);
	for (size_t i = 0; i < k->n; i++) {
		k->weeks[i] = STEP_WEEKS_USUAL;
		k->typed[i] = arena_printf(rq->arena, "%d", STEP_WEEKS_USUAL);
	}
	return k->n <= PLAN_STEPS_MAX || error_set(err, ERROR_INVALID, "This guide has more than %d steps; a plan cannot hold them.",
		PLAN_STEPS_MAX);
}

static bool show_new(struct adopting *k, struct response *rs, struct error *err)
{
	struct request *rq = k->rq;
	struct data *page = page_create(rq, k->wrong ? "Error: Make this guide our plan" : "Make this guide our plan");

	plans_crumbs(rq, page);
	page_crumb(page, "Make this guide our plan", (struct url){ NULL });
	data_text(page, "guide_title", k->guide->title);
	data_url(page, "guide_url", page_record_url(rq, k->guide));
	data_text(page, "guide", k->guide->id);
	data_int(page, "guide_version", k->guide->version);
	data_text(page, "space_name", rq->space->short_name);
	data_url(page, "adopt_url", url_path(rq->arena, "%b/plans", rq->base));
	data_text(page, "typed_title", k->title);
	data_text(page, "start", k->start);
	data_text(page, "wrong", k->wrong);
	data_flag(page, "wrong_title", k->wrong_field && strcmp(k->wrong_field, "title") == 0);
	data_flag(page, "wrong_start", k->wrong_field && strcmp(k->wrong_field, "start") == 0);
	data_int(page, "most", STEP_WEEKS_MAX);
	data_int(page, "title_most", PLAN_TITLE_MAX);
	for (size_t i = 0; i < k->n; i++) {
		struct data *item = data_item(page, "steps");

		data_text(item, "slug", k->steps[i].slug);
		data_int(item, "number", (long long)i + 1);
		data_text(item, "title", k->steps[i].title);
		data_text(item, "roles", roles_text(rq->arena, k->steps[i].roles));
		data_text(item, "weeks", k->typed[i]);
		data_flag(item, "bad", k->wrong_field && strcmp(k->wrong_field, k->steps[i].slug) == 0);
		data_text(item, "date", k->dates[i] ? date_human(rq->arena, k->dates[i]) : NULL);
	}
	if (k->wrong)
		rs->status = 400;
	return plan_put_existing(rq, page, rq->space->id, k->guide->id, err) &&
		page_send_private(rq, rs, "plan-new", page, err);
}

bool plan_new(struct request *rq, struct response *rs, struct error *err)
{
	struct adopting k = { .rq = rq };
	char today[11], start[11];
	int day;

	if (!read_guide(&k, request_arg(rq, "guide"), err))
		return false;
	plan_today(clock_now_us(), today);
	plan_day(today, &day);
	plan_date(plan_next_monday(day), start);
	k.title = k.guide->title;
	k.start = start;
	plan_propose(rq->arena, start, k.weeks, k.n, k.dates);
	return show_new(&k, rs, err);
}

static bool wrong_at(struct adopting *k, const char *field, const char *why)
{
	k->wrong = why;
	k->wrong_field = field;
	return false;
}

/* Whole weeks, 0 to STEP_WEEKS_MAX. */
static bool read_weeks(struct adopting *k, size_t i)
{
	const char *s = request_typed(k->rq, arena_printf(k->rq->arena, "w_%s", k->steps[i].slug));
	size_t digits = strspn(s, "0123456789");

	k->typed[i] = s;
	if (!digits || s[digits] || digits > 3 || atoi(s) > STEP_WEEKS_MAX)
		return wrong_at(k, k->steps[i].slug, arena_printf(k->rq->arena, "Step %zu: give whole weeks, from 0 to %d.", i + 1,
			STEP_WEEKS_MAX));
	k->weeks[i] = atoi(s);
	return true;
}

static bool read_adoption(struct adopting *k)
{
	struct request *rq = k->rq;
	bool weeks = true;
	int day;

	k->title = request_typed(rq, "title");
	k->start = request_typed(rq, "start");
	for (size_t i = 0; i < k->n; i++)
		weeks = read_weeks(k, i) && weeks;
	if (atoll(request_typed(rq, "guide_version")) != k->guide->version)
		return wrong_at(k, NULL, "The guide was revised in the meantime. Look at its steps again, then make it your plan.");
	if (!*k->title)
		return wrong_at(k, "title", "Give the plan a name.");
	if (strlen(k->title) > PLAN_TITLE_MAX)
		return wrong_at(k, "title", arena_printf(rq->arena, "The name is too long: at most %d letters.", PLAN_TITLE_MAX));
	if (!plan_day(k->start, &day))
		return wrong_at(k, "start", "Give the day on which you begin, for example 2026-12-07.");
	if (!weeks)
		return false;
	plan_propose(rq->arena, k->start, k->weeks, k->n, k->dates);
	return true;
}

static bool add_steps(struct db *w, const struct adopting *k, const struct plan *p, struct error *err)
{
	for (size_t i = 0; i < k->n; i++) {
		char id[ID_SIZE];
		const struct guide_step *g = &k->steps[i];

		id_new(id);
		struct plan_step s = { .id = id, .plan_id = p->id, .position = (int)i + 1, .guide_slug = g->slug, .guide_hash = g->hash,
			.title = g->title, .text_html = g->html, .text = g->text, .roles = g->roles, .resources = g->resources,
			.due_on = k->dates[i], .body = plan_body_proposed(g->roles) };
		if (!plan_step_add(w, &s, err) || !step_index(w, p, &s, err))
			return false;
	}
	return true;
}

static bool write_plan(struct db *w, void *arg, struct error *err)
{
	struct adopting *k = arg;
	struct request *rq = k->rq;
	char scope[SCOPE_SIZE];
	struct audit_entry entry = audit_entry(rq, "plan.adopt", k->id, NULL); /* network admins read it: not which guide */

	scope_token(AUDIENCE_SPACE, rq->space->id, NULL, scope);
	struct plan p = { .id = k->id, .space_id = rq->space->id, .scope = scope, .title = k->title, .guide_id = k->guide->id,
		.guide_title = k->guide->title, .starts_on = k->start, .adopted_by = rq->account->name,
		.indicators = guide_indicators(rq->arena, k->guide->strategies) };
	return plan_add(w, &p, err) && add_steps(w, k, &p, err) &&
		plan_note(w, p.id, NULL, rq->account->name, "Adopted", "", k->guide->title, err) && plan_index(w, &p, err) &&
		audit_write(w, &entry, err);
}

bool plan_adopt(struct request *rq, struct response *rs, struct error *err)
{
	struct adopting k = { .rq = rq };
	struct error wrong = { 0 };

	if (!read_guide(&k, request_form(rq, "guide"), err))
		return false;
	if (!read_adoption(&k) || strcmp(request_typed(rq, "act"), "dates") == 0)
		return show_new(&k, rs, err);
	id_new(k.id);
	if (request_write_wake(rq, write_plan, &k, &wrong))
		return done_redirect(rq, rs, url_path(rq->arena, "%b/plans/%s", rq->base, k.id), "adopted");
	if (wrong.kind == ERROR_CONFLICT) {
		k.wrong = wrong.text;
		return show_new(&k, rs, err);
	}
	*err = wrong;
	return false;
}

/* ---- undoing it ---- */

struct undoing {
	struct request *rq;
	struct plan *plan;
	struct plan_step *steps;
	size_t n;
};

static bool write_undo(struct db *w, void *arg, struct error *err)
{
	struct undoing *u = arg;
	struct audit_entry entry = audit_entry(u->rq, "plan.undo", u->plan->id, NULL);

	/* Refused by plan_remove if something was done meanwhile. */
	if (!plan_remove(w, u->plan->id, err) || !search_text_remove(w, "plan", u->plan->id, err))
		return false;
	if (!calendar_key_end_plan(w, u->plan->id, err))
		return false;
	for (size_t i = 0; i < u->n; i++)
		if (!step_unindex(w, u->steps[i].id, err))
			return false;
	return audit_write(w, &entry, err);
}

bool plan_undo(struct request *rq, struct response *rs, struct error *err)
{
	struct undoing u = { .rq = rq };

	return plan_to_change(rq, &u.plan, err) && plan_steps(rq->db, rq->arena, u.plan->id, &u.steps, &u.n, err) &&
		request_write_wake(rq, write_undo, &u, err) &&
		done_redirect(rq, rs, url_path(rq->arena, "%b/plans", rq->base), "undone");
}
