/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A plan as a page, on paper, and its history. */
#include "plans.h"
#include "../metrics/pages.h"

#define HISTORY_MAX 500

static void put_step(struct request *rq, struct data *page, const struct plan *p, const struct plan_step *s, size_t n,
	const char *today)
{
	struct data *item = data_item(page, "steps");
	bool open = step_is_open(s->status);

	data_text(item, "id", s->id);
	data_int(item, "number", s->number);
	data_text(item, "title", s->title);
	data_url(item, "url", step_url(rq, p->id, s->id));
	data_text(item, "due", s->due_on ? date_human(rq->arena, s->due_on) : NULL);
	data_flag(item, "late", open && s->due_on && strcmp(s->due_on, today) < 0);
	data_text(item, "status", step_status_word(s->status));
	data_text(item, "status_label", step_status_label(s->status));
	data_text(item, "reason", s->reason);
	data_text(item, "owner", step_owner_text(rq->arena, s));
	data_text(item, "roles", roles_text(rq->arena, s->roles));
	data_flag(item, "own", !s->guide_slug);
	data_markup(item, "text", html_stored(s->text_html));
	data_markup(item, "notes", html_stored(s->notes_html));
	data_flag(item, "has_notes", *s->notes != '\0');
	data_text(item, "resources", s->resources);
	if (!p->writes || p->archived_us)
		return;
	data_int(item, "version", s->version);
	data_url(item, "move_url", url_path(rq->arena, "%b/plans/%s/steps/%s/move", rq->base, p->id, s->id));
	data_flag(item, "may_rise", s->number > 1);
	data_flag(item, "may_sink", (size_t)s->number < n);
	if (open)
		data_url(item, "done_url", url_path(rq->arena, "%b/plans/%s/steps/%s/done", rq->base, p->id, s->id));
}

static void put_plan_facts(struct request *rq, struct data *page, const struct plan *p)
{
	data_text(page, "space_name", p->space_name);
	data_text(page, "guide_title", p->guide_title);
	data_text(page, "adopted_by", p->adopted_by);
	data_text(page, "adopted", moment_human(rq->arena, p->adopted_us));
	data_text(page, "starts", date_human(rq->arena, p->starts_on));
	data_flag(page, "writes", p->writes && !p->archived_us);
	data_text(page, "shared", p->shared_us ? moment_human(rq->arena, p->shared_us) : NULL);
	data_text(page, "shared_by", p->shared_by);
	put_counts(rq->arena, page, &p->counts);
}

/* ---- indicators: when they are due, never what they are ---- */

static bool is_entered(const struct figure *figures, size_t n, const char *id, struct period month)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(figures[i].indicator, id) == 0 && period_compare(figures[i].period, month) == 0)
			return true;
	return false;
}

static void put_indicator(struct request *rq, struct data *page, const struct indicator *in, const struct figure *figures,
	size_t n, bool writes)
{
	struct data *item = data_item(page, "indicators");
	struct period month = period_last(clock_now_us(), true);
	char text[PERIOD_SIZE], due[11];

	if (is_entered(figures, n, in->id, month))
		month = period_add(month, 1);
	int64_t at = period_end_us(month) + (int64_t)in->due_days * 86400 * 1000000;
	plan_date((int)(at / (86400LL * 1000000)), due);
	period_text(month, text);
	data_text(item, "label", in->label);
	data_url(item, "url", url_path(rq->arena, "%b/indicators/%s", rq->base, in->id));
	data_text(item, "month", period_human(rq->arena, month));
	data_text(item, "due", date_human(rq->arena, due));
	data_flag(item, "late", at < clock_now_us());
	if (writes && period_compare(month, period_last(clock_now_us(), true)) <= 0)
		data_url(item, "enter_url", url_query(rq->arena, url_path(rq->arena, "%b/indicators/enter", rq->base), "period", text));
}

static bool put_indicators(struct request *rq, struct data *page, const struct plan *p, struct error *err)
{
	struct figure *figures;
	size_t n;

	if (!*p->indicators || p->archived_us)
		return true;
	if (!figures_list(rq->db, rq->arena, rq->space->id, &figures, &n, err))
		return false;
	for (size_t i = 0; i < indicators()->n; i++)
		if (plan_has_word(p->indicators, indicators()->indicators[i].id))
			put_indicator(rq, page, &indicators()->indicators[i], figures, n, p->writes);
	return true;
}

/* ---- the page ---- */

static bool put_guide(struct request *rq, struct data *page, const struct plan *p, const struct plan_step *steps,
	size_t n_steps, struct error *err)
{
	struct guide_change *changes;
	struct record *guide;
	size_t n;

	if (!plan_guide_changes(rq, p, steps, n_steps, &guide, &changes, &n, err))
		return false;
	data_flag(page, "guide_gone", !guide);
	if (!guide)
		return true;
	data_url(page, "guide_url", page_record_url(rq, guide));
	if (n && !p->archived_us) {
		data_text(page, "revised", arena_printf(rq->arena, n == 1 ? "%zu change" : "%zu changes", n));
		data_url(page, "revision_url", plan_url(rq, p, "guide"));
	}
	return true;
}

bool plan_page(struct request *rq, struct response *rs, struct error *err)
{
	struct plan_step *steps;
	struct plan *p;
	char today[11];
	bool untouched;
	size_t n;

	if (!plan_here(rq, &p, err) || !plan_steps(rq->db, rq->arena, p->id, &steps, &n, err) ||
		!plan_untouched(rq->db, p->id, &untouched, err))
		return false;
	struct data *page = plan_page_create(rq, p, p->title, NULL);
	plan_today(clock_now_us(), today);
	put_plan_facts(rq, page, p);
	for (size_t i = 0; i < n; i++)
		put_step(rq, page, p, &steps[i], n, today);
	if (!put_guide(rq, page, p, steps, n, err) || !put_indicators(rq, page, p, err))
		return false;
	if (p->writes && !p->archived_us) {
		data_url(page, "add_url", url_path(rq->arena, "%b/plans/%s/steps/new", rq->base, p->id));
		if (untouched)
			data_url(page, "undo_url", plan_url(rq, p, "undo"));
	}
	data_url(page, "csv_url", plan_url(rq, p, "plan.csv"));
	data_url(page, "ics_url", plan_url(rq, p, "plan.ics"));
	return page_send_private(rq, rs, "plan", page, err);
}

bool plan_print(struct request *rq, struct response *rs, struct error *err)
{
	struct plan_step *steps;
	struct plan *p;
	char today[11];
	size_t n;

	if (!plan_here(rq, &p, err) || !plan_steps(rq->db, rq->arena, p->id, &steps, &n, err))
		return false;
	struct data *page = plan_page_create(rq, p, "On paper", NULL);
	/* What stands on the sheet is the plan's name. */
	data_text(page, "eyebrow", arena_printf(rq->arena, "Plan of %s", p->space_name));
	data_text(page, "heading", p->title);
	plan_today(clock_now_us(), today);
	put_plan_facts(rq, page, p);
	data_text(page, "printed", moment_human(rq->arena, clock_now_us()));
	for (size_t i = 0; i < n; i++)
		put_step(rq, page, p, &steps[i], n, today);
	return page_send_private(rq, rs, "plan-print", page, err);
}

bool plan_history(struct request *rq, struct response *rs, struct error *err)
{
	struct plan_change *list;
	struct plan *p;
	size_t n;

	if (!plan_here(rq, &p, err) || !plan_changes(rq->db, rq->arena, p->id, NULL, HISTORY_MAX, &list, &n, err))
		return false;
	struct data *page = plan_page_create(rq, p, "History", NULL);
	data_flag(page, "cut", n == HISTORY_MAX);
	data_int(page, "most", HISTORY_MAX);
	for (size_t i = 0; i < n; i++) {
		struct data *item = data_item(page, "changes");

		data_text(item, "step", list[i].step_title);
		data_text(item, "who", list[i].account_name);
		data_text(item, "at", moment_human(rq->arena, list[i].at_us));
		data_text(item, "field", list[i].field);
		data_text(item, "was", list[i].was);
		data_text(item, "now", list[i].now);
	}
	return page_send_private(rq, rs, "plan-history", page, err);
}
