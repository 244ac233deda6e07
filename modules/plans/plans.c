/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Plans: routes, and what the pages share. */
#include "plans.h"
#include "account.h"

bool plans_here(struct request *rq, struct error *err)
{
	/* A member: a network admin as such sees no jurisdiction's plans. */
	if (space_is_jurisdiction(rq->space) && viewer_is_member(rq->viewer, rq->space->id))
		return true;
	return error_absent(err);
}

bool plan_here(struct request *rq, struct plan **out, struct error *err)
{
	char today[11];

	plan_today(clock_now_us(), today);
	return plans_here(rq, err) && plan_get(rq->db, rq->arena, rq->space->id, request_arg(rq, "id"), today, out, err);
}

bool plan_to_change(struct request *rq, struct plan **out, struct error *err)
{
	if (!plan_here(rq, out, err))
		return false;
	if (!(*out)->writes)
		return error_absent(err);
	return !(*out)->archived_us ||
		error_set(err, ERROR_CONFLICT, "This plan is archived. Bring it back first: Settings of the plan.");
}

struct url plan_url(struct request *rq, const struct plan *p, const char *page)
{
	return *page ? url_path(rq->arena, "%b/plans/%s/%s", rq->base, p->id, page) :
		url_path(rq->arena, "%b/plans/%s", rq->base, p->id);
}

struct url step_url(struct request *rq, const char *plan_id, const char *step_id)
{
	return url_path(rq->arena, "%b/plans/%s/steps/%s", rq->base, plan_id, step_id);
}

const char *const plan_done_texts[][2] = {
	{ "adopted", "This is your plan now. Give each step its date and who sees to it." },
	{ "undone", "The plan is gone. Nothing had been done in it." },
	{ "saved", "Saved." },
	{ "moved", "Saved, and the later dates have moved along." },
	{ "order", "The order is changed." },
	{ "added", "The step is added." },
	{ "removed", "The step is removed." },
	{ "archived", "The plan is archived: it can be read, and nobody is reminded of it." },
	{ "back", "The plan is back." },
	{ "shared", "The national office now sees the counts of this plan." },
	{ "unshared", "The national office no longer sees anything of this plan." },
	{ "taken", "The change is taken into your plan." },
	{ "declined", "Your plan stays as it is." },
	{ "revoked", "The address is revoked: it opens nothing any more." },
	{ NULL, NULL } };

void plans_crumbs(struct request *rq, struct data *page)
{
	page_crumb(page, "Exchange", url_path(rq->arena, "%b/exchange", rq->base));
	page_crumb(page, "Plans", url_path(rq->arena, "%b/plans", rq->base));
}

bool plan_put_existing(struct request *rq, struct data *page, const char *space_id, const char *guide_id, struct error *err)
{
	struct plan_task *list;
	size_t n;

	if (!plan_of_guide(rq->db, rq->arena, guide_id, &list, &n, err))
		return false;
	for (size_t i = 0; i < n; i++) {
		if (space_id && strcmp(space_id, list[i].space_id) != 0)
			continue;
		struct data *item = data_item(page, "plans_of_guide");

		data_text(item, "title", list[i].plan_title);
		data_text(item, "space", list[i].space_name);
		data_url(item, "url", url_path(rq->arena, "/s/%s/plans/%s", list[i].space_slug, list[i].plan_id));
	}
	return true;
}

static void put_link(struct request *rq, struct data *page, const struct plan *p, const char *name, const char *label)
{
	struct data *item = data_item(page, "sections");
	const char *path = *name ? arena_printf(rq->arena, "/plans/%s/%s", p->id, name) :
		arena_printf(rq->arena, "/plans/%s", p->id);

	data_text(item, "label", label);
	data_url(item, "url", plan_url(rq, p, name));
	data_flag(item, "current", strcmp(rq->path, path) == 0);
}

struct data *plan_page_create(struct request *rq, const struct plan *p, const char *title, const char *wrong)
{
	const char *whole = strcmp(title, p->title) == 0 ? title : arena_printf(rq->arena, "%s, %s", title, p->title);
	struct data *page = page_create(rq, wrong ? arena_printf(rq->arena, "Error: %s", whole) : whole);

	plans_crumbs(rq, page);
	if (strcmp(title, p->title) != 0)
		page_crumb(page, p->title, plan_url(rq, p, ""));
	page_crumb(page, title, (struct url){ NULL });
	data_text(page, "eyebrow", strcmp(title, p->title) == 0 ? arena_printf(rq->arena, "Plan of %s", p->space_name) :
		p->title);
	data_text(page, "heading", title);
	data_text(page, "wrong", wrong);
	data_text(page, "done", done_text(rq, plan_done_texts));
	data_flag(page, "archived", p->archived_us != 0);
	put_link(rq, page, p, "", "Plan");
	put_link(rq, page, p, "calendar", "Calendar");
	put_link(rq, page, p, "history", "History");
	put_link(rq, page, p, "print", "On paper");
	if (p->writes)
		put_link(rq, page, p, "settings", "Settings");
	return page;
}

/* ---- the guide ---- */

bool plan_guide_open(const struct request *rq, const struct record *r)
{
	/* What is for named people only, or for another space, does not become everyone's of this space. */
	return strcmp(r->type, "guide") == 0 && (r->audience == AUDIENCE_PUBLIC || r->audience == AUDIENCE_NETWORK ||
		(r->audience == AUDIENCE_SPACE && strcmp(r->space_id, rq->space->id) == 0));
}

bool plan_guide_changes(struct request *rq, const struct plan *p, const struct plan_step *steps, size_t n_steps,
	struct record **guide, struct guide_change **out, size_t *n, struct error *err)
{
	struct guide_declined *declined;
	struct error absent = { 0 };
	struct guide_step *now;
	size_t n_declined, n_now;

	*out = NULL;
	*n = 0;
	*guide = NULL;
	if (!record_by_id(rq->db, rq->arena, p->guide_id, guide, &absent) || !plan_guide_open(rq, *guide)) {
		*guide = NULL;
		if (absent.kind && absent.kind != ERROR_NOT_FOUND)
			return error_set(err, absent.kind, "%s", absent.text);
		return true;
	}
	if (!guide_steps(rq->arena, (*guide)->details_json, &now, &n_now, err) ||
		!plan_declined_list(rq->db, rq->arena, p->id, &declined, &n_declined, err))
		return false;
	guide_compare(rq->arena, now, n_now, steps, n_steps, declined, n_declined, out, n);
	return true;
}

/* ---- search ---- */

bool plan_index(struct db *w, const struct plan *p, struct error *err)
{
	struct arena *a = arena_create();
	struct search_text t = { "plan", p->id, p->space_id, p->scope, arena_printf(a, "/plans/%s", p->id), p->title,
		arena_printf(a, "Plan from the guide %s", p->guide_title), clock_now_us() };
	bool ok = search_text_put(w, &t, err);

	arena_destroy(a);
	return ok;
}

bool step_index(struct db *w, const struct plan *p, const struct plan_step *s, struct error *err)
{
	struct arena *a = arena_create();
	struct search_text t = { "plan-step", s->id, p->space_id, p->scope, arena_printf(a, "/plans/%s/steps/%s", p->id, s->id),
		s->title, arena_printf(a, "%s\n%s\n%s", s->text, s->notes ? s->notes : "", s->reason ? s->reason : ""),
		clock_now_us() };
	bool ok = search_text_put(w, &t, err);

	arena_destroy(a);
	return ok;
}

bool step_unindex(struct db *w, const char *step_id, struct error *err)
{
	return search_text_remove(w, "plan-step", step_id, err) && notification_remove(w, "plan-assigned", step_id, err) &&
		notification_remove(w, "plan-due", step_id, err);
}

static const char *const search_kinds[][2] = { { "plan", "Plan" }, { "plan-step", "Step of a plan" }, { NULL, NULL } };

/* ---- words ---- */

const char *step_owner_text(struct arena *a, const struct plan_step *s)
{
	const char *body = plan_body_name(s->body);
	const char *person = !s->owner ? NULL : !s->owner_name || !s->owner_here ?
		arena_printf(a, "%s (no longer a member)", s->owner_name ? s->owner_name : "Someone") : s->owner_name;

	return person && body ? arena_printf(a, "%s, %s", person, body) : person ? person : body;
}

const char *roles_text(struct arena *a, const char *roles)
{
	char *words = arena_strdup(a, roles), *save = NULL;
	const char *out = "";

	for (char *w = strtok_r(words, " ", &save); w; w = strtok_r(NULL, " ", &save))
		out = *out ? arena_printf(a, "%s, %s", out, page_role_name(w)) : page_role_name(w);
	return out;
}

const char *counts_text(struct arena *a, const struct plan_counts *c)
{
	long long all = (long long)(c->steps - c->not_for_us);

	return arena_printf(a, "%lld of %lld %s done", (long long)c->done, all, all == 1 ? "step" : "steps");
}

void put_counts(struct arena *a, struct data *d, const struct plan_counts *c)
{
	data_text(d, "progress", counts_text(a, c));
	data_int(d, "under_way", c->under_way);
	data_int(d, "blocked", c->blocked);
	data_int(d, "not_for_us", c->not_for_us);
	data_int(d, "overdue", c->overdue);
	data_text(d, "next", c->next ? date_human(a, c->next) : NULL);
}

/* ---- hooks ---- */

/* On the page of a guide: a button for each jurisdiction in which the reader may adopt it. */
static bool offer(struct request *rq, struct data *page, const struct record *r, const json_t *details, struct error *err)
{
	struct space *spaces;
	size_t n, n_found = 0;

	(void)details;
	if (!rq->account || !r->num || strcmp(r->type, "guide") != 0)
		return true;
	if (!plan_put_existing(rq, page, NULL, r->id, err))
		return false;
	if (!viewer_has_role_anywhere(rq->viewer, ROLE_CONTRIBUTOR) || r->audience == AUDIENCE_RESTRICTED)
		return true;
	if (!space_list(rq->db, rq->arena, &spaces, &n, err))
		return false;
	for (size_t i = 0; i < n; i++) {
		if (!space_is_jurisdiction(&spaces[i]) || !viewer_is_member(rq->viewer, spaces[i].id) ||
			!viewer_may_write(rq->viewer, spaces[i].id) ||
			(r->audience == AUDIENCE_SPACE && strcmp(r->space_id, spaces[i].id) != 0))
			continue;
		struct data *item = data_item(page, "plan_offers");

		data_url(item, "url", url_query(rq->arena, url_path(rq->arena, "/s/%s/plans/new", spaces[i].slug), "guide", r->id));
		data_text(item, "space", spaces[i].short_name);
		n_found++;
	}
	data_flag(page, "plan_offers_several", n_found > 1);
	return true;
}

static bool add_mine(struct request *rq, struct mine *m, struct error *err)
{
	struct plan_task *tasks;
	size_t n;

	if (!plan_tasks(rq->db, rq->arena, rq->account->id, &tasks, &n, err))
		return false;
	for (size_t i = 0; i < n; i++) {
		struct mine_item item = { .part = MINE_TASK, .title = tasks[i].step_title, .where = tasks[i].space_name,
			.note = arena_printf(rq->arena, "Step of the plan “%s”", tasks[i].plan_title),
			.url = url_path(rq->arena, "/s/%s/plans/%s/steps/%s", tasks[i].space_slug, tasks[i].plan_id, tasks[i].step_id),
			.at_us = tasks[i].due_on ? plan_day_end_us(tasks[i].due_on) : 0 };

		mine_add(m, &item);
	}
	return true;
}

/* ---- the module ---- */

static const struct route routes[] = {
	{ HTTP_GET, "/plans", ROLE_SIGNED_IN, 0, done_params, plans_page, "Plans of a jurisdiction, or where one's are" },
	{ HTTP_GET, "/plans/new", ROLE_CONTRIBUTOR, 0, plan_new_params, plan_new, "Form to make a guide a plan" },
	{ HTTP_POST, "/plans", ROLE_CONTRIBUTOR, ROUTE_KEEPS_FORM, NULL, plan_adopt, "Make a guide a plan" },
	{ HTTP_GET, "/plans/{id:id}", ROLE_READER, 0, done_params, plan_page, "A plan" },
	{ HTTP_POST, "/plans/{id:id}/undo", ROLE_CONTRIBUTOR, 0, NULL, plan_undo, "Undo the adoption of a guide" },
	{ HTTP_GET, "/plans/{id:id}/print", ROLE_READER, 0, NULL, plan_print, "A plan with all its texts, for paper" },
	{ HTTP_GET, "/plans/{id:id}/history", ROLE_READER, 0, NULL, plan_history, "Who changed what in a plan" },
	{ HTTP_GET, "/plans/{id:id}/settings", ROLE_CONTRIBUTOR, 0, done_params, plan_settings, "Settings of a plan" },
	{ HTTP_POST, "/plans/{id:id}/settings", ROLE_CONTRIBUTOR, ROUTE_KEEPS_FORM, NULL, plan_settings_save,
		"Change a plan's title, start and indicators" },
	{ HTTP_POST, "/plans/{id:id}/archive", ROLE_CONTRIBUTOR, 0, NULL, plan_archive, "Archive a plan, or bring it back" },
	{ HTTP_POST, "/plans/{id:id}/share", ROLE_EDITOR, 0, NULL, plan_share,
		"Let the national office see a plan's counts, or end that" },
	{ HTTP_GET, "/plans/{id:id}/guide", ROLE_READER, 0, done_params, plan_revision, "What the guide of a plan has changed" },
	{ HTTP_POST, "/plans/{id:id}/guide", ROLE_CONTRIBUTOR, 0, NULL, plan_revision_save, "Take a change of the guide, or not" },
	{ HTTP_GET, "/plans/{id:id}/steps/new", ROLE_CONTRIBUTOR, 0, NULL, step_new, "Form for a step of one's own" },
	{ HTTP_POST, "/plans/{id:id}/steps", ROLE_CONTRIBUTOR, ROUTE_KEEPS_FORM, NULL, step_add, "Add a step of one's own" },
	{ HTTP_GET, "/plans/{id:id}/steps/{step:id}", ROLE_READER, 0, done_params, step_page, "A step of a plan" },
	{ HTTP_POST, "/plans/{id:id}/steps/{step:id}", ROLE_CONTRIBUTOR, ROUTE_KEEPS_FORM, NULL, step_save, "Change a step" },
	{ HTTP_POST, "/plans/{id:id}/steps/{step:id}/done", ROLE_CONTRIBUTOR, 0, NULL, step_done, "Mark a step as done" },
	{ HTTP_POST, "/plans/{id:id}/steps/{step:id}/move", ROLE_CONTRIBUTOR, 0, NULL, step_move, "Move a step up or down" },
	{ HTTP_POST, "/plans/{id:id}/steps/{step:id}/remove", ROLE_CONTRIBUTOR, 0, NULL, step_remove, "Remove a step of one's own" },
	{ HTTP_GET, "/plans/{id:id}/plan.ics", ROLE_READER, 0, NULL, plan_ics, "A plan's dates as a calendar file" },
	{ HTTP_GET, "/plans/{id:id}/plan.csv", ROLE_READER, 0, NULL, plan_csv, "A plan as a table" },
	{ HTTP_GET, "/plans/{id:id}/calendar", ROLE_READER, 0, done_params, plan_calendar, "One's calendar addresses of a plan" },
	{ HTTP_POST, "/plans/{id:id}/calendar", ROLE_READER, 0, NULL, plan_calendar_make, "Make a calendar address of a plan" },
	{ HTTP_POST, "/plans/{id:id}/calendar/{key:id}/revoke", ROLE_READER, 0, NULL, plan_calendar_revoke,
		"Revoke a calendar address of a plan" },
	{ HTTP_GET, "/calendars/{key:slug}/plan.ics", ROLE_ANYONE, 0, NULL, plan_key_feed, "A plan's dates by a secret address" },
	{ 0, NULL, 0, 0, NULL, NULL, NULL }
};

static const struct option_def options[] = {
	{ "plan-reminder-interval", OPTION_DURATION, "6h", 1000, 86400000,
		"How often is looked for steps of plans that are due soon or late." },
	{ NULL, 0, NULL, 0, 0, NULL }
};

static const struct job_kind jobs[] = {
	{ "plan-reminders", 0, "plan-reminder-interval", plan_remind },
	{ NULL, 0, NULL, NULL }
};

static const struct notification_kind notifications[] = {
	{ "plan-assigned", "Steps of plans that are given to me", NOTIFICATION_MAIL, NULL },
	{ "plan-due", "My steps of plans, a week before they are due and when they are late", NOTIFICATION_DIGEST, NULL },
	{ NULL, NULL, 0, NULL }
};

const struct module plans_module = { .name = "plans", .migrations = plan_migrations, .views = plan_views,
	.routes = routes, .options = options, .jobs = jobs, .notifications = notifications, .search_kinds = search_kinds,
	.record = offer, .mine = add_mine };
