/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Settings of a plan: name, start, indicators; archiving; and whether the national
 * office sees its counts. */
#include "plans.h"
#include "account.h"
#include "audit.h"
#include "../metrics/pages.h"

struct setting {
	struct request *rq;
	struct plan *plan, to;
	struct plan_step *steps;
	size_t n, moved;
	int days;
	bool flag;
	const char *wrong, *wrong_field;
	bool stale;
};

static bool open_plan(struct setting *k, struct error *err)
{
	if (!plan_here(k->rq, &k->plan, err))
		return false;
	if (!k->plan->writes)
		return error_absent(err);
	k->to = *k->plan;
	return true;
}

static bool show_settings(struct setting *k, struct response *rs, struct error *err)
{
	struct request *rq = k->rq;
	const struct plan *p = k->plan;
	struct data *page = plan_page_create(rq, p, "Settings", k->wrong);

	data_int(page, "version", p->version);
	data_text(page, "typed_title", k->to.title);
	data_text(page, "typed_start", k->to.starts_on);
	if (k->wrong_field)
		data_flag(page, arena_printf(rq->arena, "wrong_%s", k->wrong_field), true);
	for (size_t i = 0; i < indicators()->n; i++) {
		const struct indicator *in = &indicators()->indicators[i];
		struct data *item;

		if (in->family == INDICATOR_DENOMINATOR)
			continue;
		item = data_item(page, "choices");
		data_text(item, "id", in->id);
		data_text(item, "label", in->label);
		data_text(item, "checked", plan_has_word(k->to.indicators, in->id) ? "checked" : NULL);
	}
	if (k->stale) {
		data_text(page, "theirs_title", p->title);
		data_text(page, "theirs_start", date_human(rq->arena, p->starts_on));
	}
	data_url(page, "save_url", plan_url(rq, p, "settings"));
	data_url(page, "archive_url", plan_url(rq, p, "archive"));
	if (p->shares && !p->archived_us)
		data_url(page, "share_url", plan_url(rq, p, "share"));
	data_text(page, "guide_title", p->guide_title);
	data_text(page, "space_name", p->space_name);
	data_text(page, "shared", p->shared_us ? moment_human(rq->arena, p->shared_us) : NULL);
	data_text(page, "shared_by", p->shared_by);
	put_counts(rq->arena, page, &p->counts);
	if (k->wrong)
		rs->status = k->stale ? 409 : 400;
	return page_send_private(rq, rs, "plan-settings", page, err);
}

bool plan_settings(struct request *rq, struct response *rs, struct error *err)
{
	struct setting k = { .rq = rq };

	return open_plan(&k, err) && show_settings(&k, rs, err);
}

/* ---- saving ---- */

static bool wrong_at(struct setting *k, const char *field, const char *why)
{
	k->wrong = why;
	k->wrong_field = field;
	return false;
}

static bool read_settings(struct setting *k)
{
	struct request *rq = k->rq;
	int was = 0, now;

	k->to.title = request_typed(rq, "title");
	k->to.starts_on = request_typed(rq, "start");
	k->to.indicators = "";
	for (size_t i = 0; i < indicators()->n; i++) {
		const char *id = indicators()->indicators[i].id;

		if (*request_typed(rq, arena_printf(rq->arena, "watch_%s", id)))
			k->to.indicators = *k->to.indicators ? arena_printf(rq->arena, "%s %s", k->to.indicators, id) : id;
	}
	if (!*k->to.title || strlen(k->to.title) > PLAN_TITLE_MAX)
		return wrong_at(k, "title", arena_printf(rq->arena, "Give the plan a name of at most %d letters.", PLAN_TITLE_MAX));
	if (!plan_day(k->to.starts_on, &now))
		return wrong_at(k, "start", "Give the day on which you begin, for example 2026-12-07.");
	plan_day(k->plan->starts_on, &was);
	k->days = now - was;
	return true;
}

static bool note_if(struct db *w, struct setting *k, const char *field, const char *was, const char *now, struct error *err)
{
	return strcmp(was, now) == 0 || plan_note(w, k->plan->id, NULL, k->rq->account->name, field, was, now, err);
}

static const char *labels(struct arena *a, const char *ids)
{
	char *words = arena_strdup(a, ids), *save = NULL;
	const char *out = "";

	for (char *w = strtok_r(words, " ", &save); w; w = strtok_r(NULL, " ", &save))
		out = *out ? arena_printf(a, "%s, %s", out, indicators_label(w)) : indicators_label(w);
	return out;
}

static bool write_settings(struct db *w, void *arg, struct error *err)
{
	struct setting *k = arg;
	struct arena *a = k->rq->arena;

	k->moved = 0;
	if (!plan_save(w, &k->to, err) || !note_if(w, k, "Title", k->plan->title, k->to.title, err) ||
		!note_if(w, k, "Start", date_human(a, k->plan->starts_on), date_human(a, k->to.starts_on), err) ||
		!note_if(w, k, "Indicators", labels(a, k->plan->indicators), labels(a, k->to.indicators), err))
		return false;
	/* A plan that begins later is later in all that is still to do. */
	for (size_t i = 0; k->days && i < k->n; i++)
		if (k->steps[i].due_on && !plan_step_move_date(w, k->steps[i].id, k->steps[i].due_on,
			plan_later(a, k->steps[i].due_on, k->days), &k->moved, err))
			return false;
	return plan_index(w, &k->to, err);
}

static bool show_stale(struct setting *k, struct response *rs, struct error *err)
{
	struct plan typed = k->to;
	struct request *rq = k->rq;

	db_end(rq->db);
	if (!db_begin(rq->db, rq->viewer, err) || !open_plan(k, err))
		return false;
	k->to = typed;
	k->stale = true;
	k->wrong = "Someone else changed these settings while you were writing. What stands there now is shown below; "
		"save again to put yours in its place.";
	return show_settings(k, rs, err);
}

bool plan_settings_save(struct request *rq, struct response *rs, struct error *err)
{
	struct setting k = { .rq = rq };
	struct error wrong = { 0 };

	if (!plan_to_change(rq, &k.plan, err) || !plan_steps(rq->db, rq->arena, k.plan->id, &k.steps, &k.n, err))
		return false;
	k.to = *k.plan;
	if (!read_settings(&k))
		return show_settings(&k, rs, err);
	k.to.version = atoll(request_typed(rq, "version"));
	if (k.to.version != k.plan->version)
		return show_stale(&k, rs, err);
	if (request_write_wake(rq, write_settings, &k, &wrong))
		return done_redirect(rq, rs, plan_url(rq, k.plan, "settings"), k.moved ? "moved" : "saved");
	if (wrong.kind == ERROR_CONFLICT)
		return show_stale(&k, rs, err);
	*err = wrong;
	return false;
}

/* ---- archive ---- */

static bool write_archive(struct db *w, void *arg, struct error *err)
{
	struct setting *k = arg;
	struct audit_entry entry = audit_entry(k->rq, k->flag ? "plan.archive" : "plan.unarchive", k->plan->id, NULL);

	return plan_set_archived(w, k->plan->id, k->flag, err) &&
		plan_note(w, k->plan->id, NULL, k->rq->account->name, k->flag ? "Archived" : "Brought back", "", "", err) &&
		audit_write(w, &entry, err);
}

bool plan_archive(struct request *rq, struct response *rs, struct error *err)
{
	struct setting k = { .rq = rq };

	if (!open_plan(&k, err))
		return false;
	k.flag = strcmp(request_typed(rq, "archived"), "yes") == 0;
	return request_write_wake(rq, write_archive, &k, err) &&
		done_redirect(rq, rs, plan_url(rq, k.plan, k.flag ? "" : "settings"), k.flag ? "archived" : "back");
}

/* ---- sharing ---- */

static bool write_share(struct db *w, void *arg, struct error *err)
{
	struct setting *k = arg;
	struct audit_entry entry = audit_entry(k->rq, k->flag ? "plan.share" : "plan.unshare", k->plan->id, NULL);

	return plan_set_shared(w, k->plan->id, k->rq->account->name, k->flag, err) &&
		plan_note(w, k->plan->id, NULL, k->rq->account->name, k->flag ? "Shared with the national office" :
		"No longer shared", "", "", err) && audit_write(w, &entry, err);
}

bool plan_share(struct request *rq, struct response *rs, struct error *err)
{
	struct setting k = { .rq = rq };

	if (!plan_to_change(rq, &k.plan, err))
		return false;
	if (!k.plan->shares)
		return error_absent(err);
	k.flag = strcmp(request_typed(rq, "shared"), "yes") == 0;
	if (k.flag && !*request_typed(rq, "sure")) {
		k.to = *k.plan;
		k.wrong = "Nothing is shared yet: check the box that says that your jurisdiction agrees.";
		k.wrong_field = "sure";
		return show_settings(&k, rs, err);
	}
	return request_write_wake(rq, write_share, &k, err) &&
		done_redirect(rq, rs, plan_url(rq, k.plan, "settings"), k.flag ? "shared" : "unshared");
}
