/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The guide was revised: what that means for a plan, and taking it step by step. */
#include "plans.h"
#include "account.h"
#include "../publishing/readable.h"

struct revising {
	struct request *rq;
	struct plan *plan;
	struct plan_step *steps;
	size_t n;
	struct record *guide;
	struct guide_change *changes;
	size_t n_changes;
	const struct guide_change *change;
	bool take;
	char id[ID_SIZE];
};

static bool read_changes(struct revising *k, struct error *err)
{
	struct request *rq = k->rq;

	return plan_steps(rq->db, rq->arena, k->plan->id, &k->steps, &k->n, err) &&
		plan_guide_changes(rq, k->plan, k->steps, k->n, &k->guide, &k->changes, &k->n_changes, err);
}

static const char *lines_of(struct arena *a, const struct guide_change *c, bool now)
{
	if (now)
		return c->now ? guide_lines(a, c->now->title, c->now->text, c->now->roles, c->now->resources) : "";
	return c->mine ? guide_lines(a, c->mine->title, c->mine->text, c->mine->roles, c->mine->resources) : "";
}

bool plan_revision(struct request *rq, struct response *rs, struct error *err)
{
	static const char *const kinds[] = { [GUIDE_NEW] = "New step", [GUIDE_CHANGED] = "Changed", [GUIDE_GONE] = "No longer in the guide" };
	struct revising k = { .rq = rq };

	if (!plan_here(rq, &k.plan, err) || !read_changes(&k, err))
		return false;
	struct data *page = plan_page_create(rq, k.plan, "What the guide has changed", NULL);
	data_text(page, "guide_title", k.guide ? k.guide->title : k.plan->guide_title);
	data_flag(page, "guide_gone", !k.guide);
	if (k.guide)
		data_url(page, "guide_url", page_record_url(rq, k.guide));
	data_text(page, "left_label", "Your plan");
	data_text(page, "right_label", "The guide now");
	if (k.plan->writes && !k.plan->archived_us)
		data_url(page, "take_url", plan_url(rq, k.plan, "guide"));
	for (size_t i = 0; i < k.n_changes; i++) {
		const struct guide_change *c = &k.changes[i];
		struct data *item = data_item(page, "changes");

		data_text(item, "slug", c->now ? c->now->slug : c->mine->guide_slug);
		data_text(item, "hash", c->now ? c->now->hash : c->mine->guide_hash);
		data_text(item, "title", c->now ? c->now->title : c->mine->title);
		data_text(item, "kind", kinds[c->kind]);
		data_flag(item, "is_new", c->kind == GUIDE_NEW);
		data_flag(item, "is_changed", c->kind == GUIDE_CHANGED);
		data_flag(item, "is_gone", c->kind == GUIDE_GONE);
		readable_rows(rq->arena, item, lines_of(rq->arena, c, false), lines_of(rq->arena, c, true));
	}
	return page_send_private(rq, rs, "plan-guide", page, err);
}

/* ---- taking one ---- */

/* Behind the guide's step before it, two weeks later. */
static bool add_new(struct db *w, struct revising *k, struct error *err)
{
	const struct guide_step *g = k->change->now;
	const struct plan_step *before = NULL;

	for (size_t i = 0; i < k->n; i++)
		if (k->change->after && k->steps[i].guide_slug && strcmp(k->steps[i].guide_slug, k->change->after) == 0)
			before = &k->steps[i];
	if (k->n >= PLAN_STEPS_MAX)
		return error_set(err, ERROR_CONFLICT, "A plan has at most %d steps.", PLAN_STEPS_MAX);
	/* Its neighbor is not in the plan: at the end; it is the guide's first: at the beginning. */
	if (!before && k->change->after && k->n)
		before = &k->steps[k->n - 1];
	struct plan_step s = { .id = k->id, .plan_id = k->plan->id, .position = before ? before->position + 1 : 1,
		.guide_slug = g->slug, .guide_hash = g->hash, .title = g->title, .text_html = g->html, .text = g->text,
		.roles = g->roles, .resources = g->resources, .body = plan_body_proposed(g->roles),
		.due_on = before ? plan_later(k->rq->arena, before->due_on, STEP_WEEKS_USUAL * 7) : NULL };
	return plan_steps_shift(w, k->plan->id, s.position, 1, err) && plan_step_add(w, &s, err) &&
		step_index(w, k->plan, &s, err) &&
		plan_note(w, k->plan->id, &s, k->rq->account->name, "Taken from the guide", "", s.title, err);
}

static bool take_changed(struct db *w, struct revising *k, struct error *err)
{
	struct plan_step s = *k->change->mine;
	struct arena *a = k->rq->arena;

	s.title = k->change->now->title;
	s.text = k->change->now->text;
	return plan_step_take(w, s.id, k->change->now, err) && step_index(w, k->plan, &s, err) &&
		plan_note(w, k->plan->id, &s, k->rq->account->name, "Taken from the guide", lines_of(a, k->change, false),
		lines_of(a, k->change, true), err);
}

static bool drop_gone(struct db *w, struct revising *k, struct error *err)
{
	struct plan_step s = *k->change->mine;
	const char *was = step_status_label(s.status);

	s.status = STEP_NOT_FOR_US;
	s.reason = "No longer in the guide.";
	return plan_step_save(w, &s, err) && step_index(w, k->plan, &s, err) &&
		notification_remove(w, "plan-due", s.id, err) &&
		plan_note(w, k->plan->id, &s, k->rq->account->name, "Status", was, step_status_label(s.status), err);
}

static bool write_decision(struct db *w, void *arg, struct error *err)
{
	struct revising *k = arg;
	const struct guide_change *c = k->change;

	if (k->take)
		return c->kind == GUIDE_NEW ? add_new(w, k, err) : c->kind == GUIDE_CHANGED ? take_changed(w, k, err) :
			drop_gone(w, k, err);
	if (c->kind == GUIDE_GONE)
		return plan_step_keep(w, c->mine->id, err) &&
			plan_note(w, k->plan->id, c->mine, k->rq->account->name, "Kept as our own step", "", "", err);
	struct plan_step named = { .id = c->mine ? c->mine->id : NULL, .title = c->now->title };
	return plan_decline(w, k->plan->id, c->now->slug, c->now->hash, err) &&
		plan_note(w, k->plan->id, &named, k->rq->account->name, "Not taken from the guide", "", "", err);
}

bool plan_revision_save(struct request *rq, struct response *rs, struct error *err)
{
	struct revising k = { .rq = rq };
	const char *slug = request_typed(rq, "slug"), *hash = request_typed(rq, "hash"), *act = request_typed(rq, "act");

	if (!plan_to_change(rq, &k.plan, err) || !read_changes(&k, err))
		return false;
	k.take = strcmp(act, "take") == 0;
	if (!k.take && strcmp(act, "decline") != 0)
		return error_set(err, ERROR_INVALID, "The form that was sent is not well made.");
	/* By hash: what was read is what is taken, not what the guide has become since. */
	for (size_t i = 0; i < k.n_changes; i++) {
		const struct guide_change *c = &k.changes[i];

		if (strcmp(c->now ? c->now->slug : c->mine->guide_slug, slug) == 0 &&
			strcmp(c->now ? c->now->hash : c->mine->guide_hash, hash) == 0)
			k.change = c;
	}
	if (!k.change)
		return error_set(err, ERROR_CONFLICT, "This change was dealt with already, or the guide was revised again. "
			"Look at the plan once more.");
	id_new(k.id);
	return request_write_wake(rq, write_decision, &k, err) &&
		done_redirect(rq, rs, k.n_changes > 1 ? plan_url(rq, k.plan, "guide") : plan_url(rq, k.plan, ""),
			k.take ? "taken" : "declined");
}
