/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Letters to the contributors of a jurisdiction whose figures of last month are
 * due and missing: on the day after they are due, and once more two weeks later.
 * Only what the jurisdiction has reported before is missed. */
#include "pages.h"
#include "account.h"
#include "mail.h"

#define AGAIN_DAYS 14

struct reminding {
	struct engine *engine;
	struct arena *arena;
	struct period month;
	int64_t now;
	size_t letters;
};

/* Names of what is missing, joined; NULL: nothing. *again: the first of it was due two weeks ago. */
static const char *missing(const struct reminding *r, const struct history *h, bool *again)
{
	const char *text = NULL;

	*again = false;
	for (size_t i = 0; i < indicators()->n; i++) {
		const struct indicator *in = &indicators()->indicators[i];
		int64_t due = period_end_us(r->month) + (int64_t)in->due_days * 86400 * 1000000;
		bool before = false;

		for (size_t k = 0; k < h->n; k++)
			before = before || (h->figures[k].period.month && strcmp(h->figures[k].indicator, in->id) == 0);
		if (!before || due > r->now || history_find(h, in->id, r->month))
			continue;
		*again = *again || due + (int64_t)AGAIN_DAYS * 86400 * 1000000 <= r->now;
		text = text ? arena_printf(r->arena, "%s\n    %s", text, in->label) : arena_printf(r->arena, "    %s", in->label);
	}
	return text;
}

static bool write_letters(struct reminding *r, struct db *w, const struct figure_place *p, const char *what, bool again,
	struct error *err)
{
	const char *origin = options_string(r->engine->options, "public-origin");
	struct account *people;
	char month[PERIOD_SIZE];
	size_t n;

	period_text(r->month, month);
	if (!account_members(w, r->arena, p->id, &people, &n, err))
		return false;
	for (size_t i = 0; i < n; i++) {
		if (account_highest(&people[i]) < ROLE_CONTRIBUTOR || !people[i].email || !mail_address_ok(people[i].email))
			continue;
		struct mail m = {
			.to = people[i].email,
			.subject = arena_printf(r->arena, "Figures of %s for %s", p->name, period_human(r->arena, r->month)),
			.text = arena_printf(r->arena, "Dear %s,\n\nthese figures of %s for %s are due and not entered yet:\n\n%s\n\n"
				"The form takes a few minutes%s%s%s%s%s\n\nIf one is not known, leave it empty. Nobody outside %s sees them.\n",
				people[i].name, p->name, period_human(r->arena, r->month), what, *origin ? ":\n\n" : ".", origin,
				*origin ? "/s/" : "", *origin ? p->slug : "", *origin ? arena_printf(r->arena, "/indicators/enter?period=%s",
				month) : "", p->name),
			.key = arena_printf(r->arena, "figures:%s:%s:%s:%d", people[i].id, p->id, month, again),
		};
		if (!mail_queue(w, &m, err))
			return false;
		r->letters++;
	}
	return true;
}

static bool remind(struct db *w, void *arg, struct error *err)
{
	struct reminding *r = arg;
	struct figure_place *places;
	size_t n;

	r->letters = 0;
	if (!figures_places(w, r->arena, &places, &n, err))
		return false;
	for (size_t i = 0; i < n; i++) {
		struct history h;
		struct figure *figures;
		const char *what;
		bool again;

		if (!figures_stored(w, r->arena, places[i].id, &figures, &h.n, err))
			return false;
		h.figures = figures;
		what = missing(r, &h, &again);
		if (what && !write_letters(r, w, &places[i], what, again, err))
			return false;
	}
	return true;
}

enum job_result metrics_remind(struct engine *e, struct db *db, const struct job_row *job, struct error *err)
{
	struct reminding r = { .engine = e, .arena = arena_create(), .now = clock_now_us() };
	bool ok = true;

	(void)db;
	(void)job;
	r.month = period_last(r.now, true);
	if (options_bool(e->options, "figure-reminders") && mail_configured(e))
		ok = store_write_aside(e->store, &viewer_system, remind, &r, err);
	if (ok && r.letters)
		jobs_wake(e->jobs);
	arena_destroy(r.arena);
	return ok ? JOB_GOOD : JOB_AGAIN;
}
