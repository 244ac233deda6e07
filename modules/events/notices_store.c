/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Notices that are due, what was told already, and what people want. */
#include "notices.h"
#include "account.h"
#include "mail.h"
#include "store_system.h"

#define MINUTE_US (60LL * 1000000)
#define DAY_US (24 * 60 * MINUTE_US)
#define MATERIALS_US (60 * DAY_US) /* after an event: later ones are for the archive */

const struct notification_kind event_notifications[] = {
	{ "event-registration", "My registrations: confirmations, changes and cancellations", NOTIFICATION_MAIL, NULL },
	{ "event-reminder", "Reminders of events that I am registered for", NOTIFICATION_MAIL, NULL },
	{ "event-materials", "Recordings, slides and minutes of events that I was registered for", NOTIFICATION_MAIL, NULL },
	{ NULL, NULL, NOTIFICATION_NEVER, NULL }
};

const struct notification_choice event_choices[] = {
	{ "event-digest", "Overview of all coming events that I can see", NULL },
	{ NULL, NULL, NULL }
};

static bool add_mail(struct db *w, int64_t num, const struct account *account, const char *what, const char *key,
	struct error *err)
{
	json_t *o = json_pack("{s:s, s:I, s:s}", "account", account->id, "event", (json_int_t)num, "what", what);
	char *payload = o ? json_dumps(o, JSON_COMPACT) : NULL;
	bool ok;

	json_decref(o);
	if (!payload)
		abort();
	ok = job_add(w, "event-mail", key, account->email, payload, 0, err);
	free(payload);
	return ok;
}

/* On My page; mailed from here, with its calendar, if at once. */
static bool add_notification(struct db *w, struct arena *a, int64_t num, const char *account_id, const char *what,
	const char *key, struct error *err)
{
	struct notification_new n = { .account_id = account_id, .kind = notice_kind(what), .key = key, .mailed = true };
	struct query q;

	db_query(w, &q, "SELECT title, slug, space_id, scope FROM record WHERE num = :num");
	q_int(&q, ":num", num);
	while (q_row(&q)) {
		n.title = notice_title(a, what, q_col_text(&q, a, 0));
		n.path = arena_printf(a, "/events/%s", q_col_text(&q, a, 1));
		n.space_id = q_col_text(&q, a, 2);
		n.scope = q_col_text(&q, a, 3);
	}
	return q_done(&q, err) && (!n.title || notification_add(w, NULL, &n, err));
}

bool notice_add(struct db *w, struct arena *a, int64_t num, const char *account_id, const char *what, const char *key,
	struct error *err)
{
	const struct notification_kind *kind = notification_kind(NULL, notice_kind(what));
	enum notification_way way = NOTIFICATION_MAIL; /* the digest is asked for, or there is none */
	struct account *account;

	if (!account_get(w, a, account_id, &account, err))
		return false;
	if (account->disabled_us)
		return true;
	if (kind && (!notification_wish(w, account_id, kind, &way, err) ||
		!add_notification(w, a, num, account_id, what, key, err)))
		return false;
	return way != NOTIFICATION_MAIL || !account->email || !mail_address_ok(account->email) ||
		add_mail(w, num, account, what, key, err);
}

/* ---- people ---- */

static const char *const wish_kinds[] = { "event-registration", "event-reminder", "event-materials" };

/* Of a mailing (notification_choice), whose usual way is none. */
static bool read_digest(struct db *db, const char *account_id, const char **out, struct error *err)
{
	struct notification_kind digest = { .name = "event-digest", .usual = NOTIFICATION_NEVER };
	enum notification_way way;

	if (!notification_wish(db, account_id, &digest, &way, err))
		return false;
	*out = way == NOTIFICATION_DIGEST ? "daily" : way == NOTIFICATION_WEEKLY ? "weekly" : "none";
	return true;
}

bool wishes_get(struct db *db, struct arena *a, const char *account_id, struct wishes *out, struct error *err)
{
	bool *const wanted[] = { &out->registrations, &out->reminders, &out->materials };
	struct query q;

	*out = (struct wishes){ .digest = "none" };
	for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++) {
		enum notification_way way;

		if (!notification_wish(db, account_id, notification_kind(NULL, wish_kinds[i]), &way, err))
			return false;
		*wanted[i] = way == NOTIFICATION_MAIL;
	}
	db_query(db, &q, "SELECT zone FROM v_event_person WHERE account_id = :account");
	q_text(&q, ":account", account_id);
	while (q_row(&q))
		out->zone = q_col_text(&q, a, 0);
	return q_done(&q, err) && read_digest(db, account_id, &out->digest, err);
}

/* "No mail" is still a line on My page; who chose the daily mail keeps it. */
static bool save_wish(struct db *w, const char *account_id, const char *kind, bool mail, struct error *err)
{
	enum notification_way way;

	if (!notification_wish(w, account_id, notification_kind(NULL, kind), &way, err))
		return false;
	return mail == (way == NOTIFICATION_MAIL) ||
		notification_set_wish(w, account_id, kind, mail ? NOTIFICATION_MAIL : NOTIFICATION_PAGE, err);
}

bool wishes_save(struct db *w, const char *account_id, const struct wishes *p, struct error *err)
{
	const bool wanted[] = { p->registrations, p->reminders, p->materials };

	for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++)
		if (!save_wish(w, account_id, wish_kinds[i], wanted[i], err))
			return false;
	return notification_set_wish(w, account_id, "event-digest", strcmp(p->digest, "daily") == 0 ? NOTIFICATION_DIGEST :
		strcmp(p->digest, "weekly") == 0 ? NOTIFICATION_WEEKLY : NOTIFICATION_NEVER, err);
}

/* ---- what is due ---- */

/* As much of an event as its dates need. */
struct due_event {
	struct event e;
	struct record r;
	int64_t sequence, changed_us;
	const char *reminders;
};

static bool load_events(struct db *w, struct arena *a, struct due_event **out, size_t *n, struct error *err)
{
	struct query q;

	*n = 0;
	*out = NULL;
	db_query(w, &q, "SELECT count(*) OVER (), r.num, r.starts, r.ends, r.starts_us, r.zone, r.title, r.details_json, "
		"coalesce(c.sequence, 0), coalesce(c.changed_us, 0), s.reminders FROM event_setup s "
		"JOIN record r ON r.num = s.event_num LEFT JOIN event_change c ON c.event_num = r.num WHERE r.scope <> 'withdrawn'");
	while (q_row(&q)) {
		if (!*out)
			*out = arena_array(a, (size_t)q_col_int(&q, 0), sizeof **out);
		struct due_event *d = &(*out)[(*n)++];
		d->r = (struct record){ .num = q_col_int(&q, 1), .type = "event", .starts = q_col_text(&q, a, 2),
			.ends = q_col_text(&q, a, 3), .starts_us = q_col_int(&q, 4), .zone = q_col_text(&q, a, 5),
			.title = q_col_text(&q, a, 6) };
		d->e = (struct event){ .r = &d->r, .details = json_owned(a, json_loads(q_col_text(&q, a, 7), 0, NULL)) };
		d->sequence = q_col_int(&q, 8);
		d->changed_us = q_col_int(&q, 9);
		d->reminders = q_col_text(&q, a, 10);
	}
	return q_done(&q, err);
}

/* Notes that this is told; *fresh false: it was already. */
static bool tell(struct db *w, int64_t num, const char *what, bool *fresh, struct error *err)
{
	struct query q;

	db_query(w, &q, "INSERT INTO event_told (event_num, what, at_us) VALUES (:num, :what, :now) ON CONFLICT DO NOTHING");
	q_int(&q, ":num", num);
	q_text(&q, ":what", what);
	q_int(&q, ":now", clock_now_us());
	return q_run_changed(&q, fresh, err);
}

/* Ends a query of a count of rows and account ids. */
static bool read_accounts(struct query *q, struct due *due, const char ***accounts, size_t *n, struct error *err)
{
	while (q_row(q)) {
		if (!*accounts)
			*accounts = arena_array(due->arena, (size_t)q_col_int(q, 0), sizeof **accounts);
		(*accounts)[(*n)++] = q_col_text(q, due->arena, 1);
	}
	due->any = due->any || *n > 0;
	return q_done(q, err);
}

/* A notice for everyone who is registered (and, waiting: who waits), and has not
 * asked only after before_us (0 = whenever). */
static bool notify(struct db *w, struct due *due, int64_t num, const char *what, const char *told, bool waiting,
	int64_t before_us, struct error *err)
{
	const char **accounts = NULL;
	struct query q;
	size_t n = 0;

	db_query(w, &q, "SELECT count(*) OVER (), account_id FROM event_seat WHERE event_num = :num AND "
		"(state = 'registered' OR (:waiting AND state = 'waiting')) AND (:before = 0 OR changed_us <= :before)");
	q_int(&q, ":num", num);
	q_int(&q, ":waiting", waiting);
	q_int(&q, ":before", before_us);
	if (!read_accounts(&q, due, &accounts, &n, err))
		return false;
	for (size_t i = 0; i < n; i++)
		if (!notice_add(w, due->arena, num, accounts[i], what,
			arena_printf(due->arena, "event %lld %s %s", (long long)num, told, accounts[i]), err))
			return false;
	return true;
}

static bool tell_change(struct db *w, struct due *due, const struct due_event *d, int64_t until_us, struct error *err)
{
	const char *told = arena_printf(due->arena, "change %lld", (long long)d->sequence);
	const char *state = details_text(d->e.details, "state");
	bool fresh, off = state && strcmp(state, "cancelled") == 0;

	if (d->sequence == 0 || d->changed_us > due->now_us - due->settle_us || until_us < due->now_us)
		return true;
	if (!tell(w, d->r.num, told, &fresh, err))
		return false;
	return !fresh || notify(w, due, d->r.num, off ? "called-off" : "change", told, off, d->changed_us, err);
}

int64_t reminder_due(const char *reminders, int64_t starts_us, int64_t now_us)
{
	int64_t best = 0;

	if (starts_us <= now_us)
		return 0;
	for (const char *s = reminders; *s; s += strcspn(s, " "), s += strspn(s, " ")) {
		int64_t minutes = strtoll(s, NULL, 10);

		if (minutes > 0 && starts_us - minutes * MINUTE_US <= now_us && (!best || minutes < best))
			best = minutes;
	}
	return best;
}

static bool tell_reminders(struct db *w, struct due *due, const struct due_event *d, const struct date *dates, size_t n,
	struct error *err)
{
	for (size_t i = 0; i < n; i++) {
		int64_t minutes = dates[i].cancelled ? 0 : reminder_due(d->reminders, dates[i].starts_us, due->now_us);
		const char *told = arena_printf(due->arena, "reminder %lld %lld", (long long)(dates[i].starts_us / MINUTE_US),
			(long long)minutes);
		bool fresh;

		if (!minutes)
			continue;
		if (!tell(w, d->r.num, told, &fresh, err) ||
			(fresh && !notify(w, due, d->r.num, "reminder", told, false, 0, err)))
			return false;
	}
	return true;
}

static bool tell_materials(struct db *w, struct due *due, const struct due_event *d, int64_t until_us, struct error *err)
{
	static const char *const parts[] = { "materials", "recording", "minutes" };
	json_t *there = json_object();
	char hash[65], *text;
	bool fresh = false;

	for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
		if (json_object_get(d->e.details, parts[i]))
			json_object_set(there, parts[i], json_object_get(d->e.details, parts[i]));
	bool any = json_object_size(there) > 0 && until_us < due->now_us && until_us > due->now_us - MATERIALS_US;
	text = json_dumps(there, JSON_COMPACT | JSON_SORT_KEYS);
	sha256_hex(text, strlen(text), hash);
	free(text);
	json_decref(there);
	const char *told = arena_printf(due->arena, "materials %.16s", hash);
	return !any || (tell(w, d->r.num, told, &fresh, err) &&
		(!fresh || notify(w, due, d->r.num, "materials", told, false, 0, err)));
}

static bool tell_digests(struct db *w, struct due *due, struct error *err)
{
	const char **accounts = NULL;
	struct query q;
	size_t n = 0;

	/* A digest that is new begins now: the first comes a period later. */
	db_query(w, &q, "INSERT INTO event_person (account_id, digest_us) SELECT account_id, :now FROM notification_wish "
		"WHERE kind = 'event-digest' AND way IN ('digest', 'weekly') ON CONFLICT (account_id) DO UPDATE SET "
		"digest_us = excluded.digest_us WHERE digest_us = 0");
	q_int(&q, ":now", due->now_us);
	if (!q_run(&q, err))
		return false;
	db_query(w, &q, "UPDATE event_person SET digest_us = 0 WHERE digest_us > 0 AND NOT EXISTS (SELECT 1 FROM "
		"notification_wish x WHERE x.account_id = event_person.account_id AND x.kind = 'event-digest' AND "
		"x.way IN ('digest', 'weekly'))");
	if (!q_run(&q, err))
		return false;
	db_query(w, &q, "SELECT count(*) OVER (), p.account_id FROM event_person p JOIN notification_wish x "
		"ON x.account_id = p.account_id AND x.kind = 'event-digest' WHERE x.way IN ('digest', 'weekly') AND "
		"p.digest_us + CASE x.way WHEN 'digest' THEN :day ELSE 7 * :day END <= :now");
	q_int(&q, ":day", DAY_US);
	q_int(&q, ":now", due->now_us);
	if (!read_accounts(&q, due, &accounts, &n, err))
		return false;
	for (size_t i = 0; i < n; i++) {
		db_query(w, &q, "UPDATE event_person SET digest_us = :now WHERE account_id = :account");
		q_int(&q, ":now", due->now_us);
		q_text(&q, ":account", accounts[i]);
		if (!q_run(&q, err) || !notice_add(w, due->arena, 0, accounts[i], "digest", NULL, err))
			return false;
	}
	return true;
}

bool notices_due(struct db *w, void *arg, struct error *err)
{
	struct due *due = arg;
	struct due_event *events;
	size_t n;

	due->any = false;
	if (!load_events(w, due->arena, &events, &n, err))
		return false;
	for (size_t i = 0; i < n; i++) {
		int64_t until = event_until(due->arena, &events[i].e);
		struct date *dates;
		size_t n_dates;

		if (until < due->now_us - MATERIALS_US)
			continue;
		event_dates(due->arena, &events[i].e, &dates, &n_dates);
		if (!tell_change(w, due, &events[i], until, err) ||
			!tell_reminders(w, due, &events[i], dates, n_dates, err) ||
			!tell_materials(w, due, &events[i], until, err))
			return false;
	}
	return tell_digests(w, due, err);
}
