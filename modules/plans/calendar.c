/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A plan for other programs: as a calendar (RFC 5545, by libical), by a secret
 * address or as a file, and as a table. Each step is a VEVENT of a whole day that
 * takes no time, not a VTODO: Google Calendar and Outlook leave out the VTODOs of
 * a calendar that they follow, and Apple's Calendar does not show them either. */
#include "plans.h"
#include "account.h"
#include "audit.h"
#include "calendar_key.h"
#include "ical.h"

#define SUMMARY_LETTERS 140

static struct icaltimetype whole_day(int day)
{
	struct icaltimetype t = icaltime_null_date();
	char date[11];

	plan_date(day, date);
	t.year = atoi(date);
	t.month = atoi(date + 5);
	t.day = atoi(date + 8);
	t.is_date = 1;
	return t;
}

static const char *description(struct arena *a, const struct plan *p, const struct plan_step *s)
{
	const char *owner = step_owner_text(a, s);
	const char *text = arena_printf(a, "Step %d of the plan “%s”: %s.", s->number, p->title, step_status_label(s->status));

	if (*s->reason)
		text = arena_printf(a, "%s %s", text, s->reason);
	return owner ? arena_printf(a, "%s\nWho: %s", text, owner) : text;
}

static void add_step(struct request *rq, icalcomponent *calendar, const struct plan *p, const struct plan_step *s)
{
	icalcomponent *c = icalcomponent_new(ICAL_VEVENT_COMPONENT);
	struct arena *a = rq->arena;
	int day;

	if (!c)
		abort();
	plan_day(s->due_on, &day);
	ical_add(c, icalproperty_new_uid(s->id));
	ical_add(c, icalproperty_new_dtstamp(ical_utc(s->changed_us)));
	ical_add(c, icalproperty_new_lastmodified(ical_utc(s->changed_us)));
	ical_add(c, icalproperty_new_sequence((int)(s->version - 1)));
	ical_add(c, icalproperty_new_dtstart(whole_day(day)));
	ical_add(c, icalproperty_new_dtend(whole_day(day + 1)));
	ical_add(c, icalproperty_new_summary(text_excerpt(a, arena_printf(a, "%s: %s", s->status == STEP_DONE ? "Done" :
		s->status == STEP_BLOCKED ? "Blocked" : "Due", s->title), SUMMARY_LETTERS)));
	ical_add(c, icalproperty_new_description(description(a, p, s)));
	ical_add(c, icalproperty_new_url(page_absolute(rq, url_path(a, "/s/%s/plans/%s/steps/%s", p->space_slug, p->id, s->id))));
	ical_add(c, icalproperty_new_transp(ICAL_TRANSP_TRANSPARENT));
	icalcomponent_add_component(calendar, c);
}

static bool send_plan(struct request *rq, struct response *rs, const struct plan *p, struct error *err)
{
	icalcomponent *calendar;
	struct plan_step *steps;
	size_t n;

	if (!plan_steps(rq->db, rq->arena, p->id, &steps, &n, err))
		return false;
	calendar = ical_begin("Plans");
	ical_name(calendar, arena_printf(rq->arena, "%s (%s)", p->title, p->space_name));
	for (size_t i = 0; i < n; i++)
		if (steps[i].due_on && steps[i].status != STEP_NOT_FOR_US)
			add_step(rq, calendar, p, &steps[i]);
	ical_end(calendar, &rs->body);
	rs->type = "text/calendar; charset=utf-8";
	rs->cacheable = false;
	response_header(rs, "Cache-Control", "private, no-store");
	return true;
}

static void as_file(struct request *rq, struct response *rs, const struct plan *p, const char *ending)
{
	const char *slug = text_slug(rq->arena, p->title, 60);

	response_header(rs, "Content-Disposition", arena_printf(rq->arena, "attachment; filename=\"%s.%s\"",
		*slug ? slug : "plan", ending));
}

bool plan_ics(struct request *rq, struct response *rs, struct error *err)
{
	struct plan *p;

	if (!plan_here(rq, &p, err))
		return false;
	as_file(rq, rs, p, "ics");
	return send_plan(rq, rs, p, err);
}

bool plan_key_feed(struct request *rq, struct response *rs, struct error *err)
{
	struct calendar_key *key;
	struct error absent = { 0 };
	struct plan *p;
	char today[11];

	if (!calendar_key_open(rq, request_arg(rq, "key"), true, &key, err))
		return false;
	plan_today(clock_now_us(), today);
	/* Who has left the space sees nothing of its plan; nor is there one that was undone. */
	if (!plan_get(rq->db, rq->arena, NULL, key->plan, today, &p, &absent))
		return error_set(err, absent.kind, "%s", absent.kind == ERROR_NOT_FOUND ?
			"There is no calendar at this address any more." : absent.text);
	response_header(rs, "X-Robots-Tag", "noindex");
	return send_plan(rq, rs, p, err);
}

/* ---- as a table ---- */

bool plan_csv(struct request *rq, struct response *rs, struct error *err)
{
	static const char *const head[] = { "Number", "Step", "Due", "Status", "Reason", "Person", "Body", "Roles of the guide",
		"From the guide", "Done on", "Notes" };
	struct plan_step *steps;
	struct plan *p;
	size_t n;

	if (!plan_here(rq, &p, err) || !plan_steps(rq->db, rq->arena, p->id, &steps, &n, err))
		return false;
	for (size_t i = 0; i < sizeof head / sizeof *head; i++)
		csv_cell(&rs->body, head[i], i + 1 < sizeof head / sizeof *head ? ',' : '\n');
	for (size_t i = 0; i < n; i++) {
		const struct plan_step *s = &steps[i];

		csv_cell(&rs->body, arena_printf(rq->arena, "%d", s->number), ',');
		csv_cell(&rs->body, s->title, ',');
		csv_cell(&rs->body, s->due_on, ',');
		csv_cell(&rs->body, step_status_label(s->status), ',');
		csv_cell(&rs->body, s->reason, ',');
		csv_cell(&rs->body, s->owner ? s->owner_name : NULL, ',');
		csv_cell(&rs->body, plan_body_name(s->body), ',');
		csv_cell(&rs->body, roles_text(rq->arena, s->roles), ',');
		csv_cell(&rs->body, s->guide_slug ? "yes" : "no", ',');
		csv_cell(&rs->body, s->done_us ? moment_day(rq->arena, s->done_us) : NULL, ',');
		csv_cell(&rs->body, s->notes, '\n');
	}
	rs->type = "text/csv; charset=utf-8";
	as_file(rq, rs, p, "csv");
	return true;
}

/* ---- one's secret addresses of a plan ---- */

struct keying {
	struct request *rq;
	struct plan *plan;
	char secret[SECRET_SIZE];
	const char *id;
	bool found;
};

static bool show_keys(struct keying *k, struct response *rs, const struct error *wrong, struct error *err)
{
	struct request *rq = k->rq;
	struct calendar_key *keys;
	size_t n;

	if (!calendar_key_list(rq->db, rq->arena, rq->account->id, &keys, &n, err))
		return false;
	struct data *page = plan_page_create(rq, k->plan, "Calendar", wrong ? wrong->text : NULL);
	if (wrong)
		rs->status = error_status(wrong->kind);
	if (*k->secret)
		data_text(page, "address", page_absolute(rq, url_path(rq->arena, "/calendars/%s/plan.ics", k->secret)));
	for (size_t i = 0; i < n; i++) {
		if (!keys[i].plan || strcmp(keys[i].plan, k->plan->id) != 0)
			continue;
		struct data *item = data_item(page, "keys");

		data_text(item, "made", moment_human(rq->arena, keys[i].created_us));
		data_text(item, "used", keys[i].used_us ? moment_human(rq->arena, keys[i].used_us) : NULL);
		data_url(item, "revoke_url", url_path(rq->arena, "%b/plans/%s/calendar/%s/revoke", rq->base, k->plan->id, keys[i].id));
	}
	data_url(page, "make_url", plan_url(rq, k->plan, "calendar"));
	data_url(page, "ics_url", plan_url(rq, k->plan, "plan.ics"));
	data_url(page, "calendars_url", url_path(rq->arena, "/calendars"));
	return page_send_private(rq, rs, "plan-calendar", page, err);
}

bool plan_calendar(struct request *rq, struct response *rs, struct error *err)
{
	struct keying k = { .rq = rq };

	return plan_here(rq, &k.plan, err) && show_keys(&k, rs, NULL, err);
}

static bool write_key(struct db *w, void *arg, struct error *err)
{
	struct keying *k = arg;
	struct calendar_key key = { .account_id = k->rq->account->id, .space = k->plan->space_slug, .plan = k->plan->id };
	struct audit_entry entry = audit_entry(k->rq, "plan.calendar", k->plan->id, "secret address made");

	return calendar_key_add(w, &key, k->secret, err) && audit_write(w, &entry, err);
}

bool plan_calendar_make(struct request *rq, struct response *rs, struct error *err)
{
	struct keying k = { .rq = rq };
	struct error wrong = { 0 };

	if (!plan_here(rq, &k.plan, err))
		return false;
	if (!request_write_wake(rq, write_key, &k, &wrong)) {
		memset(k.secret, 0, sizeof k.secret);
		if (wrong.kind == ERROR_CONFLICT)
			return show_keys(&k, rs, &wrong, err);
		*err = wrong;
		return false;
	}
	/* This read began before the write; the new one is shown by its address. */
	db_end(rq->db);
	return db_begin(rq->db, rq->viewer, err) && show_keys(&k, rs, NULL, err);
}

static bool write_revoke(struct db *w, void *arg, struct error *err)
{
	struct keying *k = arg;

	return calendar_key_revoke(w, k->rq->account->id, k->id, &k->found, err);
}

bool plan_calendar_revoke(struct request *rq, struct response *rs, struct error *err)
{
	struct keying k = { .rq = rq, .id = request_arg(rq, "key") };

	if (!plan_here(rq, &k.plan, err) || !request_write_wake(rq, write_revoke, &k, err))
		return false;
	return k.found ? done_redirect(rq, rs, plan_url(rq, k.plan, "calendar"), "revoked") :
		error_absent(err);
}
