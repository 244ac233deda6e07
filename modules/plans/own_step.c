/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Steps of one's own, beside those of the guide. */
#include "plans.h"
#include "account.h"

struct adding {
	struct request *rq;
	struct plan *plan;
	struct plan_step *steps;
	size_t n;
	const struct plan_step *after; /* NULL: first */
	const struct plan_step *gone;
	struct plan_step s;
	char id[ID_SIZE];
	const char *wrong, *wrong_field;
};

static bool show_form(struct adding *k, struct response *rs, struct error *err)
{
	struct request *rq = k->rq;
	struct data *page = plan_page_create(rq, k->plan, "Add a step", k->wrong);

	data_url(page, "add_url", plan_url(rq, k->plan, "steps"));
	data_text(page, "typed_title", k->s.title);
	data_text(page, "typed_text", k->s.typed);
	data_text(page, "typed_due", k->s.due_on);
	if (k->wrong_field)
		data_flag(page, arena_printf(rq->arena, "wrong_%s", k->wrong_field), true);
	page_option(page, "places", "", "At the beginning", k->after ? NULL : "");
	for (size_t i = 0; i < k->n; i++)
		page_option(page, "places", k->steps[i].id, arena_printf(rq->arena, "After %d. %s", k->steps[i].number,
			text_excerpt(rq->arena, k->steps[i].title, 60)), k->after ? k->after->id : NULL);
	if (k->wrong)
		rs->status = 400;
	return page_send_private(rq, rs, "plan-step-new", page, err);
}

static bool open_plan(struct adding *k, struct error *err)
{
	if (!plan_to_change(k->rq, &k->plan, err) || !plan_steps(k->rq->db, k->rq->arena, k->plan->id, &k->steps, &k->n, err))
		return false;
	k->after = k->n ? &k->steps[k->n - 1] : NULL;
	return true;
}

bool step_new(struct request *rq, struct response *rs, struct error *err)
{
	struct adding k = { .rq = rq };

	return open_plan(&k, err) && show_form(&k, rs, err);
}

static bool wrong_at(struct adding *k, const char *field, const char *why)
{
	k->wrong = why;
	k->wrong_field = field;
	return false;
}

static bool read_place(struct adding *k)
{
	const char *after = request_typed(k->rq, "after");

	k->after = NULL;
	for (size_t i = 0; i < k->n; i++)
		if (strcmp(k->steps[i].id, after) == 0)
			k->after = &k->steps[i];
	return k->after || !*after || wrong_at(k, "after", "Choose a place of the list.");
}

static bool read_step(struct adding *k)
{
	struct request *rq = k->rq;
	const char *due = request_typed(rq, "due");
	struct error wrong = { 0 };
	struct prose drawn;
	int day;

	id_new(k->id);
	k->s = (struct plan_step){ .id = k->id, .plan_id = k->plan->id, .title = request_typed(rq, "title"),
		.typed = request_typed(rq, "text"), .due_on = *due ? due : NULL, .roles = "", .resources = "" };
	if (!read_place(k))
		return false;
	if (k->n >= PLAN_STEPS_MAX)
		return wrong_at(k, NULL, arena_printf(rq->arena, "A plan has at most %d steps.", PLAN_STEPS_MAX));
	if (!*k->s.title || strlen(k->s.title) > STEP_TITLE_MAX)
		return wrong_at(k, "title", arena_printf(rq->arena, "Say what is to do, in at most %d letters.", STEP_TITLE_MAX));
	if (k->s.due_on && !plan_day(k->s.due_on, &day))
		return wrong_at(k, "due", "Give the date as year-month-day, for example 2026-12-07; or leave it empty.");
	if (strlen(k->s.typed) > STEP_NOTES_MAX)
		return wrong_at(k, "text", arena_printf(rq->arena, "The text is too long: at most %d letters.", STEP_NOTES_MAX));
	if (!prose_draw(rq->engine->schemas, rq->arena, k->s.typed, arena_printf(rq->arena, "t-%s-", k->id), &drawn, &wrong))
		return wrong_at(k, "text", arena_strdup(rq->arena, wrong.text));
	k->s.text_html = drawn.html;
	k->s.text = drawn.text;
	return true;
}

static bool write_step(struct db *w, void *arg, struct error *err)
{
	struct adding *k = arg;

	k->s.position = k->after ? k->after->position + 1 : 1;
	return plan_steps_shift(w, k->plan->id, k->s.position, 1, err) && plan_step_add(w, &k->s, err) &&
		plan_note(w, k->plan->id, &k->s, k->rq->account->name, "Step added", "", k->s.title, err) &&
		step_index(w, k->plan, &k->s, err);
}

bool step_add(struct request *rq, struct response *rs, struct error *err)
{
	struct adding k = { .rq = rq };

	if (!open_plan(&k, err))
		return false;
	if (!read_step(&k))
		return show_form(&k, rs, err);
	return request_write_wake(rq, write_step, &k, err) && done_redirect(rq, rs, step_url(rq, k.plan->id, k.id), "added");
}

/* ---- removing ---- */

static bool write_removal(struct db *w, void *arg, struct error *err)
{
	struct adding *k = arg;

	/* What it said stays in the history. */
	return plan_step_remove(w, k->gone->id, err) && step_unindex(w, k->gone->id, err) &&
		plan_note(w, k->plan->id, k->gone, k->rq->account->name, "Step removed", arena_printf(k->rq->arena, "%s\n%s\n%s",
			k->gone->title, k->gone->typed ? k->gone->typed : "", k->gone->notes), "", err);
}

bool step_remove(struct request *rq, struct response *rs, struct error *err)
{
	struct adding k = { .rq = rq };

	if (!open_plan(&k, err))
		return false;
	for (size_t i = 0; i < k.n; i++)
		if (strcmp(k.steps[i].id, request_arg(rq, "step")) == 0)
			k.gone = &k.steps[i];
	if (!k.gone)
		return error_absent(err);
	if (k.gone->guide_slug)
		return error_set(err, ERROR_CONFLICT, "This step comes from the guide: say instead that it is not for you, and why.");
	if (!*request_typed(rq, "sure"))
		return error_set(err, ERROR_INVALID, "Nothing was removed: check the box that says so. Go back to the step.");
	return request_write_wake(rq, write_removal, &k, err) && done_redirect(rq, rs, plan_url(rq, k.plan, ""), "removed");
}
