/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Writing and sending one message about an event, and the jobs. */
#include "notices.h"
#include "account.h"
#include "mail.h"

#define DAY_US (24LL * 3600 * 1000000)
#define DIGEST_MOST 30

const struct option_def event_options[] = {
	{ "certificate-font", OPTION_PATH, "/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf", 0, 0,
		"Font file that certificates of attendance are set in." },
	{ "event-look", OPTION_DURATION, "60s", 1000, 3600000,
		"How often reminders, changes and materials of events are looked for." },
	{ "event-settle", OPTION_DURATION, "10min", 0, 86400000,
		"How long after a change of an event people are told, so that several changes make one message." },
	{ NULL, 0, NULL, 0, 0, NULL }
};

/* ---- a letter ---- */

static const char *event_address(const struct letter *l, const struct record *r)
{
	return letter_space_url(l, r->space_slug, arena_printf(l->arena, "/events/%s", r->slug));
}

/* ---- what it says ---- */

static bool is(const char *what, const char *word)
{
	return strcmp(what, word) == 0;
}

const char *notice_kind(const char *what)
{
	return is(what, "reminder") ? "event-reminder" : is(what, "materials") ? "event-materials" :
		is(what, "digest") ? "event-digest" : "event-registration";
}

static bool wants(const struct wishes *p, const char *what)
{
	const char *kind = notice_kind(what);

	return is(kind, "event-registration") ? p->registrations : is(kind, "event-reminder") ? p->reminders :
		is(kind, "event-materials") ? p->materials : strcmp(p->digest, "none") != 0;
}

/* Is it still so? What a notice was made for may have passed since. */
static bool holds(const char *what, const struct seat *seat)
{
	if (!seat)
		return false;
	if (is(what, "called-off"))
		return is(seat->state, "registered") || is(seat->state, "waiting");
	if (is(what, "change") || is(what, "reminder") || is(what, "materials"))
		return is(seat->state, "registered");
	return is(seat->state, what);
}

static const struct {
	const char *what, *subject, *words;
} texts[] = {
	{ "registered", "Registered: %s", "you are registered for this event." },
	{ "waiting", "Waiting list: %s", "all places of this event are taken. You are on the waiting list, and get the next "
		"place that is free for you; then we write again." },
	{ "requested", "Received: %s", "your registration is with the organizers, who will decide on it." },
	{ "invited", "Invitation: %s", "you are invited to this event. Please register if you come." },
	{ "declined", "Not accepted: %s", "the organizers could not accept your registration for this event." },
	{ "cancelled", "Cancelled: your registration for %s", "your registration for this event is cancelled." },
	{ "change", "Changed: %s", "something has changed: time, place or how to join. This is how it stands now." },
	{ "called-off", "Called off: %s", "this event will not take place." },
	{ "reminder", "Soon: %s", "this is to remind you of an event that you are registered for." },
	{ "materials", "Materials of %s", "recording, slides or minutes of an event that you were registered for are there now." },
};

const char *notice_title(struct arena *a, const char *what, const char *title)
{
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
		if (is(texts[i].what, what)) {
			const char *mark = strstr(texts[i].subject, "%s");

			return arena_printf(a, "%.*s%s", (int)(mark - texts[i].subject), texts[i].subject, title);
		}
	return title;
}

/* The date that a letter is about: the next one, else the last. */
static const struct date *next_date(struct arena *a, const struct event *e)
{
	int64_t now = clock_now_us();
	struct date *dates;
	size_t n;

	event_dates(a, e, &dates, &n);
	for (size_t i = 0; i < n; i++)
		if (dates[i].ends_us >= now && (!dates[i].cancelled || n == 1))
			return &dates[i];
	return n ? &dates[n - 1] : NULL;
}

static bool add_calendar(struct letter *l, const struct event *e, const struct seat *seat, const char *what,
	const char *join, struct error *err)
{
	const struct options *o = l->engine->options;
	bool cancel = is(what, "cancelled") || is(what, "called-off");
	const char *address = event_address(l, e->r);
	struct ics_event x = { e, address ? address : "", join };
	struct ics_invite invite = { .cancel = cancel, .from = options_string(o, "mail-from"),
		.from_name = options_string(o, "mail-from-name"), .to = l->account->email, .to_name = l->account->name,
		.revision = seat->revision };

	if (!cancel && !is(what, "registered") && !is(what, "change"))
		return true;
	struct buf calendar = BUF_INIT;
	bool ok = ics_write_invite(l->arena, &x, &invite, &calendar, err);

	l->method = cancel ? "CANCEL" : "REQUEST";
	l->calendar = arena_strdup(l->arena, buf_text(&calendar));
	buf_finish(&calendar);
	return ok;
}

static bool write_letter(struct letter *l, struct db *db, const struct event *e, const struct seat *seat,
	const char *what, const struct wishes *p, struct error *err)
{
	const struct date *date = next_date(l->arena, e);
	const char *url = NULL, *note = NULL, *zone = p->zone;
	bool comes = is(seat->state, "registered"), mine;

	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
		if (is(texts[i].what, what))
			letter_say(l, texts[i].words);
	l->subject = notice_title(l->arena, what, e->r->title);
	if (comes && !is(what, "called-off") && !join_get(db, l->arena, e->r->num, &url, &note, &mine, err))
		return false;
	letter_fact(l, "Event", e->r->title);
	if (date) {
		letter_fact(l, "When", when_text(l->arena, e->r->zone, date->starts_us, date->ends_us));
		if (zone && strcmp(zone, e->r->zone) != 0)
			letter_fact(l, "Your time", when_text(l->arena, zone, date->starts_us, date->ends_us));
		letter_fact(l, "Where", date->venue);
	}
	if (!is(what, "materials")) {
		letter_fact(l, "Join", url);
		letter_fact(l, "Note", note);
	}
	l->url = event_address(l, e->r);
	l->url_label = "The event's page";
	return add_calendar(l, e, seat, what, url, err);
}

static bool write_digest(struct letter *l, struct db *db, const struct wishes *p, struct error *err)
{
	bool daily = strcmp(p->digest, "daily") == 0;
	int64_t now = clock_now_us(), since = now - (daily ? DAY_US : 7 * DAY_US);
	struct event_filter f = { 0 };
	struct event *events;
	struct date *dates;
	size_t n, n_dates;

	if (!event_list(db, l->arena, &f, &events, &n, err))
		return false;
	event_dates_between(l->arena, events, n, now, 0, &dates, &n_dates);
	for (size_t i = 0; i < n_dates && l->n_items < DIGEST_MOST; i++) {
		const struct record *r = dates[i].event->r;
		bool soon = dates[i].starts_us < now + 14 * DAY_US, fresh = dates[i].event->changed_us > since;

		if (dates[i].cancelled || (!soon && !fresh))
			continue;
		letter_item(l, &(struct letter_item){
			.title = fresh ? arena_printf(l->arena, "%s (new or changed)", dates[i].title) : dates[i].title,
			.when = when_text(l->arena, p->zone ? p->zone : r->zone, dates[i].starts_us, dates[i].ends_us),
			.url = event_address(l, r) });
	}
	l->subject = daily ? "Events of the network, today" : "Events of the network, this week";
	letter_say(l, "these events come in the next two weeks, or are new.");
	l->url = letter_absolute(l, url_path(l->arena, "/events"));
	l->url_label = "All events";
	return true;
}

/* Reads as the person, at this moment. *wanted false: there is nothing to send (any more). */
static bool compose(struct letter *l, struct db *db, int64_t num, const char *what, bool *wanted, struct error *err)
{
	struct event_filter f = { .num = num };
	struct event *events;
	struct seat *seat;
	struct wishes p;
	size_t n;

	*wanted = false;
	if (!wishes_get(db, l->arena, l->account->id, &p, err))
		return false;
	if (!wants(&p, what))
		return true;
	if (is(what, "digest")) {
		bool ok = write_digest(l, db, &p, err);

		*wanted = ok && l->n_items > 0;
		return ok;
	}
	if (!event_list(db, l->arena, &f, &events, &n, err) || !seat_mine(db, l->arena, num, &seat, err))
		return false;
	if (n != 1 || !holds(what, seat))
		return true;
	if (is(what, "reminder") && next_date(l->arena, &events[0])->starts_us < clock_now_us())
		return true;
	*wanted = true;
	return write_letter(l, db, &events[0], seat, what, &p, err);
}

/* ---- the jobs ---- */

static enum job_result write_and_send(struct letter *l, struct db *db, const json_t *o, const char *id, struct error *err)
{
	const char *what = json_string_value(json_object_get(o, "what"));
	const char *account_id = json_string_value(json_object_get(o, "account"));
	int64_t num = json_integer_value(json_object_get(o, "event"));
	struct account *account;
	bool wanted = false, ok;

	if (!what || !account_id) {
		error_set(err, ERROR_INTERNAL, "The notice of this job cannot be read.");
		return JOB_HOPELESS;
	}
	if (!account_get(db, l->arena, account_id, &account, err))
		return err->kind == ERROR_NOT_FOUND ? JOB_HOPELESS : JOB_AGAIN;
	if (account->disabled_us || !account->email)
		return JOB_GOOD;
	l->account = account;
	l->kind = notice_kind(what);
	if (!db_begin(db, account_viewer(l->arena, account), err))
		return JOB_AGAIN;
	ok = compose(l, db, num, what, &wanted, err);
	db_end(db); /* a slow mail server must not hold the snapshot */
	return !ok ? JOB_AGAIN : !wanted ? JOB_GOOD : letter_send(l, db, id, err);
}

static enum job_result run_mail(struct engine *e, struct db *db, const struct job_row *job, struct error *err)
{
	return letter_run(e, db, job, write_and_send, err);
}

static enum job_result run_look(struct engine *e, struct db *db, const struct job_row *job, struct error *err)
{
	struct due due = { .arena = arena_create(), .now_us = clock_now_us(),
		.settle_us = options_int(e->options, "event-settle") * 1000 };
	bool ok = !mail_configured(e) || store_write_aside(e->store, &viewer_system, notices_due, &due, err);

	(void)db;
	(void)job;
	arena_destroy(due.arena);
	return ok ? JOB_GOOD : JOB_AGAIN;
}

const struct job_kind event_jobs[] = {
	{ "event-mail", 0, NULL, run_mail },
	{ "event-look", 0, "event-look", run_look },
	{ NULL, 0, NULL, NULL }
};
