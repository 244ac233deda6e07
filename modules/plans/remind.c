/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Owners of steps are told a week before a step is due, and when it is late: once
 * each, and again only if its date changes. */
#include "plans.h"

struct reminding {
	struct engine *engine;
	struct arena *arena;
	char today[11], before[11];
};

static bool remind_one(struct db *w, const struct reminding *r, const struct plan_due *d, struct error *err)
{
	bool late = strcmp(d->due_on, r->today) < 0;
	struct notification_new n = { .account_id = d->owner, .kind = "plan-due", .space_id = d->space_id, .scope = d->scope,
		.about = d->step_id, .path = arena_printf(r->arena, "/plans/%s/steps/%s", d->plan_id, d->step_id),
		.key = arena_printf(r->arena, "plan-due:%s:%s:%s", d->step_id, d->due_on, late ? "late" : "soon"),
		.title = arena_printf(r->arena, late ? "“%s” was due on %s (plan “%s”)" : "“%s” is due on %s (plan “%s”)",
			d->step_title, date_human(r->arena, d->due_on), d->plan_title) };

	return notification_add(w, r->engine, &n, err);
}

static bool remind(struct db *w, void *arg, struct error *err)
{
	const struct reminding *r = arg;
	struct plan_due *list;
	size_t n;

	if (!plan_due_list(w, r->arena, r->before, &list, &n, err))
		return false;
	for (size_t i = 0; i < n; i++)
		if (!remind_one(w, r, &list[i], err))
			return false;
	return true;
}

enum job_result plan_remind(struct engine *e, struct db *db, const struct job_row *job, struct error *err)
{
	struct reminding r = { .engine = e, .arena = arena_create() };
	int day;
	bool ok;

	(void)db;
	(void)job;
	plan_today(clock_now_us(), r.today);
	plan_day(r.today, &day);
	plan_date(day + PLAN_DUE_SOON_DAYS + 1, r.before);
	ok = store_write_aside(e->store, &viewer_system, remind, &r, err);
	if (ok)
		jobs_wake(e->jobs);
	arena_destroy(r.arena);
	return ok ? JOB_GOOD : JOB_AGAIN;
}
