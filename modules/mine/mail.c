/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Mail of notifications. What a letter says, and whether it is sent at all, is
 * decided when it is sent, with the rights and wishes that the person has then. A
 * crash between sending and noting repeats that one letter, with the same
 * Message-ID; none is lost. */
#include "own.h"
#include "zone.h"

/* ---- one letter ---- */

/* Has the person not turned it off since? */
static bool still_wanted(struct db *db, const struct engine *e, const struct notification *n, bool daily, bool *yes,
	struct error *err)
{
	const struct notification_kind *kind = notification_kind(e, n->kind);
	enum notification_way way;

	*yes = false;
	if (!kind)
		return true;
	if (!notification_wish(db, n->account_id, kind, &way, err))
		return false;
	*yes = way >= (daily ? NOTIFICATION_DIGEST : NOTIFICATION_MAIL);
	return true;
}

static void put_subject(struct letter *l, bool daily, const char *only)
{
	if (!daily && only)
		l->subject = l->subject ? l->subject : only; /* the kind's own, if it has one */
	else if (daily)
		l->subject = arena_printf(l->arena, "Your network today: %zu new %s", l->n_items, l->n_items == 1 ? "thing" : "things");
	else
		l->subject = arena_printf(l->arena, "%zu new: %s", l->n_items, notification_label(l->engine, l->kind));
}

/* What its kind adds. Several in one letter can be answered only if they are of one thread. */
static bool add_own(struct letter *l, struct db *db, const struct notification *n, struct letter_item *item, bool *skip,
	struct error *err)
{
	const struct notification_kind *kind = notification_kind(l->engine, n->kind);
	struct mail m = { NULL };

	*skip = false;
	if (!kind || !kind->letter)
		return true;
	if (!kind->letter(l->engine, db, l->arena, n, &m, skip, err))
		return false;
	if (*skip)
		return true;
	item->text = m.text;
	bool same = l->n_items == 0 || (m.thread && l->thread && strcmp(m.thread, l->thread) == 0);
	l->thread = same ? m.thread : NULL;
	l->reply_to = same ? m.reply_to : NULL;
	l->subject = m.subject;
	return true;
}

static bool compose(struct letter *l, struct db *db, const char *kind, int64_t stamp, struct error *err)
{
	struct notification *list;
	bool daily = !kind;
	size_t n;

	l->kind = kind ? kind : "digest";
	if (!mail_rows(db, l->arena, kind, stamp, &list, &n, err))
		return false;
	for (size_t i = 0; i < n; i++) {
		struct letter_item item = { .title = list[i].title, .url = letter_space_url(l, list[i].space_slug, list[i].path) };
		bool wanted, skip = false;

		if (!still_wanted(db, l->engine, &list[i], daily, &wanted, err) ||
			(wanted && !daily && !add_own(l, db, &list[i], &item, &skip, err)))
			return false;
		if (!wanted || skip)
			continue;
		item.when = daily || n > 1 ? arena_printf(l->arena, "%s, %s", list[i].space_name, moment_human(l->arena, list[i].at_us)) :
			list[i].space_name;
		letter_item(l, &item);
	}
	put_subject(l, daily, l->n_items == 1 ? l->items[0].title : NULL);
	letter_say(l, daily ? "this is new for you on the network:" : l->n_items == 1 ? "this is new:" : "these are new:");
	l->url = letter_absolute(l, url_path(l->arena, "/me"));
	l->url_label = "My page";
	return true;
}

static enum job_result write_and_send(struct letter *l, struct db *db, const json_t *o, const char *id, struct error *err)
{
	const char *account_id = json_string_value(json_object_get(o, "account"));
	const char *kind = json_string_value(json_object_get(o, "kind"));
	struct account *account;
	bool ok;

	if (!account_id) {
		error_set(err, ERROR_INTERNAL, "The letter of this job cannot be read.");
		return JOB_HOPELESS;
	}
	if (!account_get(db, l->arena, account_id, &account, err))
		return err->kind == ERROR_NOT_FOUND ? JOB_HOPELESS : JOB_AGAIN;
	if (account->disabled_us || !account->email)
		return JOB_GOOD;
	l->account = account;
	if (!db_begin(db, account_viewer(l->arena, account), err))
		return JOB_AGAIN;
	ok = compose(l, db, kind, json_integer_value(json_object_get(o, "stamp")), err);
	db_end(db); /* a slow mail server must not hold the snapshot */
	return !ok ? JOB_AGAIN : l->n_items == 0 ? JOB_GOOD : letter_send(l, db, id, err);
}

static enum job_result run_mail(struct engine *e, struct db *db, const struct job_row *job, struct error *err)
{
	return letter_run(e, db, job, write_and_send, err);
}

/* ---- what is due ---- */

/* The last moment at which it was that hour there; a day that has no such hour takes the next one. */
static int64_t last_digest(const struct engine *e, int64_t now)
{
	const char *zone = options_string(e->options, "notification-zone");
	int hour = (int)options_int(e->options, "notification-digest-hour");

	for (int64_t day = now;; day -= 24LL * 3600 * 1000000) {
		char local[17], wanted[32];
		bool found = false;
		int64_t at = 0;

		if (!zone_local(zone, day, local))
			return 0;
		for (int h = hour; h < 24 && !found; h++) {
			snprintf(wanted, sizeof wanted, "%.10sT%02d:00", local, h);
			found = zone_to_utc(zone, wanted, &at, NULL);
		}
		if (found && at <= now)
			return at;
	}
}

static enum job_result run_look(struct engine *e, struct db *db, const struct job_row *job, struct error *err)
{
	struct due due = { .arena = arena_create(), .now_us = clock_now_us(),
		.settle_us = options_int(e->options, "notification-settle") * 1000 };
	bool ok;

	(void)db;
	(void)job;
	due.digest_us = last_digest(e, due.now_us);
	ok = !mail_configured(e) || store_write_aside(e->store, &viewer_system, mail_due, &due, err);
	arena_destroy(due.arena);
	return ok ? JOB_GOOD : JOB_AGAIN;
}

const struct job_kind mine_jobs[] = {
	{ "notification-look", 0, "notification-look", run_look },
	{ "notification-mail", 0, NULL, run_mail },
	{ "saved-search", 0, "saved-search-look", search_saved_job },
	{ NULL, 0, NULL, NULL }
};
