/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One step of a plan: who, until when, where it stands. */
#include "plans.h"
#include "account.h"

#define STEP_HISTORY_MAX 50

/* A step and what was typed for it. */
struct changing {
	struct request *rq;
	struct plan *plan;
	struct plan_step *steps;
	size_t n;
	const struct plan_step *was;
	struct plan_step to;
	struct account *people;
	size_t n_people;
	bool move_later;
	int days;            /* by which later dates move */
	size_t moved;
	const char *wrong, *wrong_field;
	bool stale;          /* someone else changed it: both are shown */
};

static bool find_step(struct changing *c, struct error *err)
{
	struct request *rq = c->rq;
	const char *id = request_arg(rq, "step");

	if (!plan_steps(rq->db, rq->arena, c->plan->id, &c->steps, &c->n, err) ||
		!account_members(rq->db, rq->arena, rq->space->id, &c->people, &c->n_people, err))
		return false;
	for (size_t i = 0; i < c->n; i++)
		if (strcmp(c->steps[i].id, id) == 0)
			c->was = &c->steps[i];
	if (!c->was) {
		error_absent(err);
		return false;
	}
	c->to = *c->was;
	return true;
}

static const char *person_name(const struct changing *c, const char *id)
{
	for (size_t i = 0; id && i < c->n_people; i++)
		if (strcmp(c->people[i].id, id) == 0)
			return c->people[i].name;
	return id && c->was->owner && strcmp(c->was->owner, id) == 0 ? c->was->owner_name : NULL;
}

/* ---- the page ---- */

static void put_choices(struct changing *c, struct data *page)
{
	for (int s = STEP_NOT_STARTED; s <= STEP_NOT_FOR_US; s++)
		page_option(page, "statuses", step_status_word((enum step_status)s), step_status_label((enum step_status)s),
			step_status_word(c->to.status));
	page_option(page, "owners", "", "Nobody yet", c->to.owner ? c->to.owner : "");
	if (c->was->owner && !c->was->owner_here)
		page_option(page, "owners", c->was->owner, step_owner_text(c->rq->arena, &(struct plan_step){ .owner = c->was->owner,
			.owner_name = c->was->owner_name }), c->to.owner);
	for (size_t i = 0; i < c->n_people; i++)
		page_option(page, "owners", c->people[i].id, c->people[i].name, c->to.owner);
	page_option(page, "bodies", "", "None", c->to.body ? c->to.body : "");
	for (size_t i = 0; plan_bodies[i][0]; i++)
		page_option(page, "bodies", plan_bodies[i][0], plan_bodies[i][1], c->to.body);
}

static bool put_history(struct changing *c, struct data *page, struct error *err)
{
	struct request *rq = c->rq;
	struct plan_change *list;
	size_t n;

	if (!plan_changes(rq->db, rq->arena, c->plan->id, c->was->id, STEP_HISTORY_MAX, &list, &n, err))
		return false;
	for (size_t i = 0; i < n; i++) {
		struct data *item = data_item(page, "changes");

		data_text(item, "who", list[i].account_name);
		data_text(item, "at", moment_human(rq->arena, list[i].at_us));
		data_text(item, "field", list[i].field);
		data_text(item, "was", list[i].was);
		data_text(item, "now", list[i].now);
	}
	return true;
}

/* What stands there now, beside what was typed. */
static void put_theirs(struct changing *c, struct data *page)
{
	struct data *now = data_object(page, "theirs");
	struct arena *a = c->rq->arena;

	data_text(now, "status", step_status_label(c->was->status));
	data_text(now, "reason", c->was->reason);
	data_text(now, "due", c->was->due_on ? date_human(a, c->was->due_on) : "no date");
	data_text(now, "owner", step_owner_text(a, c->was) ? step_owner_text(a, c->was) : "nobody yet");
	data_text(now, "notes", c->was->notes);
	data_text(now, "title", c->was->guide_slug ? NULL : c->was->title);
	data_text(now, "text", c->was->guide_slug ? NULL : c->was->typed);
}

static void put_texts(struct changing *c, struct data *page)
{
	struct request *rq = c->rq;
	const struct plan_step *s = c->was;
	char *lines = arena_strdup(rq->arena, s->resources), *save = NULL;
	char today[11];

	plan_today(clock_now_us(), today);
	data_int(page, "number", s->number);
	data_int(page, "of", (long long)c->n);
	data_markup(page, "text", html_stored(s->text_html));
	data_text(page, "roles", roles_text(rq->arena, s->roles));
	for (char *l = strtok_r(lines, "\n", &save); l; l = strtok_r(NULL, "\n", &save))
		data_text(data_item(page, "resources"), "text", l);
	data_flag(page, "own", !s->guide_slug);
	data_text(page, "guide_title", c->plan->guide_title);
	data_text(page, "status_word", step_status_word(s->status));
	data_text(page, "status_label", step_status_label(s->status));
	data_text(page, "status_reason", s->reason);
	data_text(page, "owner_text", step_owner_text(rq->arena, s));
	data_text(page, "due_text", s->due_on ? date_human(rq->arena, s->due_on) : NULL);
	data_flag(page, "late", step_is_open(s->status) && s->due_on && strcmp(s->due_on, today) < 0);
	data_markup(page, "notes_html", html_stored(s->notes_html));
	data_flag(page, "has_notes", *s->notes != '\0');
	data_text(page, "done_at", s->done_us ? moment_human(rq->arena, s->done_us) : NULL);
	if (s->number > 1)
		data_url(page, "before_url", step_url(rq, c->plan->id, c->steps[s->number - 2].id));
	if ((size_t)s->number < c->n)
		data_url(page, "after_url", step_url(rq, c->plan->id, c->steps[s->number].id));
}

static bool show_step(struct changing *c, struct response *rs, struct error *err)
{
	struct request *rq = c->rq;
	struct data *page = plan_page_create(rq, c->plan, c->was->title, c->wrong);

	put_texts(c, page);
	if (c->plan->writes && !c->plan->archived_us) {
		data_url(page, "save_url", step_url(rq, c->plan->id, c->was->id));
		data_int(page, "version", c->was->version);
		data_text(page, "typed_title", c->to.title);
		data_text(page, "typed_text", c->to.typed);
		data_text(page, "typed_due", c->to.due_on);
		data_text(page, "typed_reason", c->to.reason);
		data_text(page, "typed_notes", c->to.notes);
		data_text(page, "move_checked", c->move_later ? "checked" : NULL);
		if (c->wrong_field)
			data_flag(page, arena_printf(rq->arena, "wrong_%s", c->wrong_field), true);
		put_choices(c, page);
		if (!c->was->guide_slug)
			data_url(page, "remove_url", url_path(rq->arena, "%b/plans/%s/steps/%s/remove", rq->base, c->plan->id, c->was->id));
		if (c->stale)
			put_theirs(c, page);
	}
	if (c->wrong)
		rs->status = c->stale ? 409 : 400;
	return put_history(c, page, err) && page_send_private(rq, rs, "plan-step", page, err);
}

bool step_page(struct request *rq, struct response *rs, struct error *err)
{
	struct changing c = { .rq = rq };

	if (!plan_here(rq, &c.plan, err) || !find_step(&c, err) || !show_step(&c, rs, err))
		return false;
	notification_page_seen(rq);
	return true;
}

/* ---- saving ---- */

static bool wrong_at(struct changing *c, const char *field, const char *why)
{
	if (c->wrong)
		return false; /* the first is told */
	c->wrong = why;
	c->wrong_field = field;
	return false;
}

static bool read_owner(struct changing *c)
{
	const char *owner = request_typed(c->rq, "owner"), *body = request_typed(c->rq, "body");

	c->to.owner = *owner ? owner : NULL;
	c->to.body = *body ? body : NULL;
	if (c->to.owner && !person_name(c, c->to.owner)) {
		c->to.owner = c->was->owner;
		return wrong_at(c, "owner", "Choose a person of the list.");
	}
	if (c->to.body && !plan_body_name(c->to.body)) {
		c->to.body = c->was->body;
		return wrong_at(c, "body", "Choose a body of the list.");
	}
	return true;
}

static bool read_dates(struct changing *c)
{
	const char *due = request_typed(c->rq, "due");
	int was, now;

	c->to.due_on = *due ? due : NULL;
	c->move_later = *request_typed(c->rq, "move_later");
	if (c->to.due_on && !plan_day(c->to.due_on, &now))
		return wrong_at(c, "due", "Give the date as year-month-day, for example 2026-12-07; or leave it empty.");
	if (c->move_later && (!c->to.due_on || !plan_day(c->was->due_on, &was)))
		return wrong_at(c, "due", "Later dates can move along only when this step had a date and gets another.");
	c->days = c->move_later ? now - was : 0;
	return true;
}

/* Of an own step alone: what comes from a guide stays the guide's. */
static bool read_text(struct changing *c)
{
	struct request *rq = c->rq;
	struct error wrong = { 0 };
	struct prose drawn;

	if (c->was->guide_slug)
		return true;
	c->to.title = request_typed(rq, "title");
	c->to.typed = request_typed(rq, "text");
	if (!*c->to.title || strlen(c->to.title) > STEP_TITLE_MAX)
		return wrong_at(c, "title", arena_printf(rq->arena, "Say what is to do, in at most %d letters.", STEP_TITLE_MAX));
	if (strlen(c->to.typed) > STEP_NOTES_MAX)
		return wrong_at(c, "text", arena_printf(rq->arena, "The text is too long: at most %d letters.", STEP_NOTES_MAX));
	if (!prose_draw(rq->engine->schemas, rq->arena, c->to.typed, arena_printf(rq->arena, "t-%s-", c->was->id), &drawn, &wrong))
		return wrong_at(c, "text", arena_strdup(rq->arena, wrong.text));
	c->to.text_html = drawn.html;
	c->to.text = drawn.text;
	return true;
}

static bool read_status(struct changing *c)
{
	struct request *rq = c->rq;

	c->to.status = step_status_parse(request_typed(rq, "status"));
	c->to.reason = request_typed(rq, "reason");
	if (!c->to.status) {
		c->to.status = c->was->status;
		return wrong_at(c, "status", "Choose where the step stands.");
	}
	if (strlen(c->to.reason) > STEP_REASON_MAX)
		return wrong_at(c, "reason", arena_printf(rq->arena, "The reason is too long: at most %d letters.", STEP_REASON_MAX));
	if (step_status_needs_reason(c->to.status) && !*c->to.reason)
		return wrong_at(c, "reason", c->to.status == STEP_BLOCKED ? "Say what blocks it." : "Say why it is not for you.");
	return true;
}

static bool read_notes(struct changing *c)
{
	struct request *rq = c->rq;
	struct error wrong = { 0 };
	struct prose drawn;

	c->to.notes = request_typed(rq, "notes");
	if (strlen(c->to.notes) > STEP_NOTES_MAX)
		return wrong_at(c, "notes", arena_printf(rq->arena, "The notes are too long: at most %d letters.", STEP_NOTES_MAX));
	if (!prose_draw(rq->engine->schemas, rq->arena, c->to.notes, arena_printf(rq->arena, "n-%s-", c->was->id), &drawn, &wrong))
		return wrong_at(c, "notes", arena_printf(rq->arena, "The notes: %s", wrong.text));
	c->to.notes_html = drawn.html;
	return true;
}

/* ---- what is written ---- */

static bool note_if(struct db *w, struct changing *c, const char *field, const char *was, const char *now, struct error *err)
{
	was = was ? was : "";
	now = now ? now : "";
	return strcmp(was, now) == 0 || plan_note(w, c->plan->id, &c->to, c->rq->account->name, field, was, now, err);
}

static const char *day_or_none(struct arena *a, const char *date)
{
	return date ? date_human(a, date) : "no date";
}

static bool note_all(struct db *w, struct changing *c, struct error *err)
{
	struct arena *a = c->rq->arena;

	return note_if(w, c, "Title", c->was->title, c->to.title, err) &&
		note_if(w, c, "Text", c->was->typed, c->to.typed, err) &&
		note_if(w, c, "Status", step_status_label(c->was->status), step_status_label(c->to.status), err) &&
		note_if(w, c, "Reason", c->was->reason, c->to.reason, err) &&
		note_if(w, c, "Due", day_or_none(a, c->was->due_on), day_or_none(a, c->to.due_on), err) &&
		note_if(w, c, "Person", c->was->owner ? c->was->owner_name : NULL, person_name(c, c->to.owner), err) &&
		note_if(w, c, "Body", plan_body_name(c->was->body), plan_body_name(c->to.body), err) &&
		note_if(w, c, "Notes", c->was->notes, c->to.notes, err);
}

static bool move_later(struct db *w, struct changing *c, struct error *err)
{
	struct arena *a = c->rq->arena;

	c->moved = 0;
	for (size_t i = (size_t)c->was->number; c->days && i < c->n; i++)
		if (c->steps[i].due_on && !plan_step_move_date(w, c->steps[i].id, c->steps[i].due_on,
			plan_later(a, c->steps[i].due_on, c->days), &c->moved, err))
			return false;
	return c->moved == 0 || plan_note(w, c->plan->id, &c->to, c->rq->account->name, "Later dates", "",
		arena_printf(a, "%zu later %s moved by %d days", c->moved, c->moved == 1 ? "step" : "steps", c->days), err);
}

static bool tell(struct db *w, struct changing *c, struct error *err)
{
	struct request *rq = c->rq;
	const char *was = c->was->owner ? c->was->owner : "", *now = c->to.owner ? c->to.owner : "";

	/* Who had it is no longer asked for it; nor is anyone for what is done. */
	if (strcmp(was, now) != 0 && (!notification_remove(w, "plan-assigned", c->was->id, err) ||
		!notification_remove(w, "plan-due", c->was->id, err)))
		return false;
	if (!step_is_open(c->to.status))
		return notification_remove(w, "plan-due", c->was->id, err);
	if (strcmp(was, now) == 0 || !*now || strcmp(now, rq->account->id) == 0)
		return true;
	struct notification_new n = { .account_id = now, .kind = "plan-assigned", .space_id = c->plan->space_id,
		.scope = c->plan->scope, .about = c->was->id,
		.path = arena_printf(rq->arena, "/plans/%s/steps/%s", c->plan->id, c->was->id),
		.title = arena_printf(rq->arena, "%s gave you “%s” (plan “%s”)%s%s", rq->account->name, c->to.title, c->plan->title,
			c->to.due_on ? ", due on " : "", c->to.due_on ? date_human(rq->arena, c->to.due_on) : "") };
	return notification_add(w, rq->engine, &n, err);
}

static bool write_step(struct db *w, void *arg, struct error *err)
{
	struct changing *c = arg;

	return plan_step_save(w, &c->to, err) && note_all(w, c, err) && move_later(w, c, err) &&
		step_index(w, c->plan, &c->to, err) && tell(w, c, err);
}

/* Someone else was quicker: their text is shown beside what was typed, which can then be saved over it. */
static bool show_stale(struct changing *c, struct response *rs, struct error *err)
{
	struct plan_step typed = c->to;
	struct request *rq = c->rq;

	db_end(rq->db);
	if (!db_begin(rq->db, rq->viewer, err) || !find_step(c, err))
		return false;
	c->to = typed;
	c->stale = true;
	c->wrong = "Someone else changed this step while you were writing. What stands there now is shown below; "
		"save again to put yours in its place.";
	return show_step(c, rs, err);
}

bool step_save(struct request *rq, struct response *rs, struct error *err)
{
	struct changing c = { .rq = rq };
	struct error wrong = { 0 };
	bool ok;

	if (!plan_to_change(rq, &c.plan, err) || !find_step(&c, err))
		return false;
	ok = read_text(&c);
	ok = read_status(&c) && ok;
	ok = read_dates(&c) && ok;
	ok = read_owner(&c) && ok;
	ok = read_notes(&c) && ok;
	if (!ok)
		return show_step(&c, rs, err);
	c.to.version = atoll(request_typed(rq, "version"));
	if (c.to.version != c.was->version)
		return show_stale(&c, rs, err);
	if (request_write_wake(rq, write_step, &c, &wrong))
		return done_redirect(rq, rs, step_url(rq, c.plan->id, c.was->id), c.moved ? "moved" : "saved");
	if (wrong.kind == ERROR_CONFLICT)
		return show_stale(&c, rs, err);
	*err = wrong;
	return false;
}

/* ---- from the plan's page ---- */

/* Back to the row, so that the next press is near. */
static struct url row_url(const struct changing *c)
{
	struct arena *a = c->rq->arena;

	return url_fragment(a, plan_url(c->rq, c->plan, ""), arena_printf(a, "s-%s", c->was->id));
}

bool step_done(struct request *rq, struct response *rs, struct error *err)
{
	struct changing c = { .rq = rq };
	struct error wrong = { 0 };

	if (!plan_to_change(rq, &c.plan, err) || !find_step(&c, err))
		return false;
	c.to.status = STEP_DONE;
	c.to.reason = "";
	c.to.version = atoll(request_typed(rq, "version"));
	if (request_write_wake(rq, write_step, &c, &wrong))
		return done_redirect(rq, rs, row_url(&c), "saved");
	if (wrong.kind == ERROR_CONFLICT)
		return error_set(err, ERROR_CONFLICT, "Someone else changed this step in the meantime. Go back and look at it again.");
	*err = wrong;
	return false;
}

static bool write_move(struct db *w, void *arg, struct error *err)
{
	struct changing *c = arg;
	const struct plan_step *with = &c->steps[c->was->number - 1 + c->days];

	return plan_step_swap(w, c->was, with, err) && plan_note(w, c->plan->id, c->was, c->rq->account->name, "Order",
		arena_printf(c->rq->arena, "%d", c->was->number), arena_printf(c->rq->arena, "%d", with->number), err);
}

bool step_move(struct request *rq, struct response *rs, struct error *err)
{
	struct changing c = { .rq = rq };
	const char *to = request_typed(rq, "to");

	if (!plan_to_change(rq, &c.plan, err) || !find_step(&c, err))
		return false;
	c.days = strcmp(to, "up") == 0 ? -1 : strcmp(to, "down") == 0 ? 1 : 0; /* here: by how many places */
	if (!c.days || c.was->number + c.days < 1 || c.was->number + c.days > (int)c.n)
		return error_set(err, ERROR_INVALID, "The form that was sent is not well made.");
	return request_write_wake(rq, write_move, &c, err) &&
		done_redirect(rq, rs, row_url(&c), "order");
}
