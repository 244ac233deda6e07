/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Writing and sending one message about an event, and the jobs. */
#include "notices.h"
#include "account.h"
#include "mail.h"

#define DAY_US (24LL * 3600 * 1000000)
#define PARTS 12
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

struct letter {
	struct arena *arena;
	struct engine *engine;
	const struct account *account;
	char list;               /* 'r' 'm' 'p' 'd', as wishes_leave */
	const char *subject;
	const char *paragraphs[PARTS];
	size_t n_paragraphs;
	struct { const char *label, *value; } facts[PARTS];
	size_t n_facts;
	const char *url, *url_label;
	struct { const char *title, *when, *url; } items[DIGEST_MOST];
	size_t n_items;
	struct buf calendar;
	const char *method;
};

static const struct {
	char letter;
	const char *id, *name;
} lists[] = { { 'r', "event-registrations", "Your event registrations" }, { 'm', "event-reminders", "Event reminders" },
	{ 'p', "event-materials", "Event materials" }, { 'd', "event-digest", "Digest of events" } };

static void say(struct letter *l, const char *text)
{
	if (l->n_paragraphs < PARTS)
		l->paragraphs[l->n_paragraphs++] = text;
}

static void fact(struct letter *l, const char *label, const char *value)
{
	if (value && l->n_facts < PARTS) {
		l->facts[l->n_facts].label = label;
		l->facts[l->n_facts++].value = value;
	}
}

/* "https://network.example.org", or NULL: then no letter has links. */
static const char *origin(const struct letter *l)
{
	const char *text = options_string(l->engine->options, "public-origin");

	return *text ? text : NULL;
}

static const char *absolute(const struct letter *l, struct url u)
{
	return origin(l) ? arena_printf(l->arena, "%s%s", origin(l), u.text) : NULL;
}

static const char *event_address(const struct letter *l, const struct record *r)
{
	return absolute(l, strcmp(r->space_slug, SPACE_NATIONAL) == 0 ? url_path(l->arena, "/events/%s", r->slug) :
		url_path(l->arena, "/s/%s/events/%s", r->space_slug, r->slug));
}

static const char *leave_address(const struct letter *l)
{
	return absolute(l, url_path(l->arena, "/mail/leave/%s", leave_token(l->arena, l->account->id, l->list)));
}

static const char *plain(const struct letter *l)
{
	struct buf b = BUF_INIT;

	buf_printf(&b, "Dear %s,\n\n", l->account->name);
	for (size_t i = 0; i < l->n_paragraphs; i++)
		buf_printf(&b, "%s\n\n", l->paragraphs[i]);
	for (size_t i = 0; i < l->n_facts; i++)
		buf_printf(&b, "%s: %s\n", l->facts[i].label, l->facts[i].value);
	for (size_t i = 0; i < l->n_items; i++)
		buf_printf(&b, "%s\n%s\n%s%s\n", l->items[i].title, l->items[i].when, l->items[i].url ? l->items[i].url : "",
			l->items[i].url ? "\n" : "");
	if (l->url)
		buf_printf(&b, "\n%s:\n%s\n", l->url_label, l->url);
	if (origin(l))
		buf_printf(&b, "\n-- \nWhat you get mail about: %s\nNo more of this kind: %s\n",
			absolute(l, url_path(l->arena, "/events/notices")), leave_address(l));
	const char *text = arena_strdup(l->arena, buf_text(&b));
	buf_finish(&b);
	return text;
}

static void put_address(const struct letter *l, struct data *d, const char *name, const char *address)
{
	struct url u;

	if (address && url_external(l->arena, address, &u))
		data_url(d, name, u);
}

static const char *html(const struct letter *l, struct error *err)
{
	struct data *page = data_create(l->arena);
	struct buf b = BUF_INIT;

	data_text(page, "subject", l->subject);
	data_text(page, "name", l->account->name);
	for (size_t i = 0; i < l->n_paragraphs; i++)
		data_text(data_item(page, "paragraphs"), "text", l->paragraphs[i]);
	for (size_t i = 0; i < l->n_facts; i++) {
		struct data *d = data_item(page, "facts");

		data_text(d, "label", l->facts[i].label);
		data_text(d, "value", l->facts[i].value);
		if (strncmp(l->facts[i].value, "https://", 8) == 0)
			put_address(l, d, "url", l->facts[i].value);
	}
	for (size_t i = 0; i < l->n_items; i++) {
		struct data *d = data_item(page, "items");

		data_text(d, "title", l->items[i].title);
		data_text(d, "when", l->items[i].when);
		put_address(l, d, "url", l->items[i].url);
	}
	data_text(page, "url_label", l->url_label);
	put_address(l, page, "url", l->url);
	if (origin(l)) {
		put_address(l, page, "notices_url", absolute(l, url_path(l->arena, "/events/notices")));
		put_address(l, page, "leave_url", leave_address(l));
	}
	bool ok = template_render(l->engine->templates, "mail-event", page, &b, err);
	const char *text = ok ? arena_strdup(l->arena, buf_text(&b)) : NULL;
	buf_finish(&b);
	return text;
}

static enum job_result send(struct letter *l, struct db *db, const char *id, struct error *err)
{
	struct mail m = { .to = l->account->email, .subject = l->subject, .text = plain(l), .html = html(l, err),
		.calendar = l->method ? buf_text(&l->calendar) : NULL, .method = l->method,
		.unsubscribe = origin(l) ? leave_address(l) : NULL };

	if (!m.html)
		return JOB_HOPELESS;
	for (size_t i = 0; i < sizeof lists / sizeof *lists; i++)
		if (lists[i].letter == l->list) {
			m.list_id = lists[i].id;
			m.list_name = lists[i].name;
		}
	return mail_deliver(l->engine, db, l->arena, id, &m, err);
}

/* ---- what it says ---- */

static bool is(const char *what, const char *word)
{
	return strcmp(what, word) == 0;
}

static char list_of(const char *what)
{
	return is(what, "reminder") ? 'm' : is(what, "materials") ? 'p' : is(what, "digest") ? 'd' : 'r';
}

static bool wants(const struct wishes *p, char list)
{
	return list == 'r' ? p->registrations : list == 'm' ? p->reminders : list == 'p' ? p->materials :
		strcmp(p->digest, "none") != 0;
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
	l->method = cancel ? "CANCEL" : "REQUEST";
	return ics_write_invite(l->arena, &x, &invite, &l->calendar, err);
}

static bool write_letter(struct letter *l, struct db *db, const struct event *e, const struct seat *seat,
	const char *what, const struct wishes *p, struct error *err)
{
	const struct date *date = next_date(l->arena, e);
	const char *url = NULL, *note = NULL, *zone = p->zone;
	bool comes = is(seat->state, "registered"), mine;

	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
		if (is(texts[i].what, what)) {
			const char *mark = strstr(texts[i].subject, "%s");

			l->subject = arena_printf(l->arena, "%.*s%s", (int)(mark - texts[i].subject), texts[i].subject, e->r->title);
			say(l, texts[i].words);
		}
	if (comes && !is(what, "called-off") && !join_get(db, l->arena, e->r->num, &url, &note, &mine, err))
		return false;
	fact(l, "Event", e->r->title);
	if (date) {
		fact(l, "When", when_text(l->arena, e->r->zone, date->starts_us, date->ends_us));
		if (zone && strcmp(zone, e->r->zone) != 0)
			fact(l, "Your time", when_text(l->arena, zone, date->starts_us, date->ends_us));
		fact(l, "Where", date->venue);
	}
	if (!is(what, "materials")) {
		fact(l, "Join", url);
		fact(l, "Note", note);
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
		l->items[l->n_items].title = fresh ? arena_printf(l->arena, "%s (new or changed)", dates[i].title) : dates[i].title;
		l->items[l->n_items].when = when_text(l->arena, p->zone ? p->zone : r->zone, dates[i].starts_us, dates[i].ends_us);
		l->items[l->n_items++].url = event_address(l, r);
	}
	l->subject = daily ? "Events of the network, today" : "Events of the network, this week";
	say(l, "these events come in the next two weeks, or are new.");
	l->url = absolute(l, url_path(l->arena, "/events"));
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
	if (!wants(&p, l->list))
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
	l->list = list_of(what);
	if (!db_begin(db, account_viewer(l->arena, account), err))
		return JOB_AGAIN;
	ok = compose(l, db, num, what, &wanted, err);
	db_end(db); /* a slow mail server must not hold the snapshot */
	return !ok ? JOB_AGAIN : !wanted ? JOB_GOOD : send(l, db, id, err);
}

static enum job_result run_mail(struct engine *e, struct db *db, const struct job_row *job, struct error *err)
{
	json_t *o = job->payload ? json_loads(job->payload, 0, NULL) : NULL;
	struct letter l = { .arena = arena_create(), .engine = e };
	enum job_result result = write_and_send(&l, db, o, job->id, err);

	buf_finish(&l.calendar);
	arena_destroy(l.arena);
	json_decref(o);
	return result;
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
