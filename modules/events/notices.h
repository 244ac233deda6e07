/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Mail about events. Each message is a job of its own, for one person; what it
 * says and whether it is sent at all is decided when it is sent, with the rights,
 * the seat and the settings that the person has then. The job thread sends one
 * after another and notes each: a crash between sending and noting repeats that
 * one message, to one person, with the same Message-ID; none is lost. */
#ifndef COMMONWEAL_NOTICES_H
#define COMMONWEAL_NOTICES_H
#include "seats.h"

extern const struct job_kind event_jobs[];
extern const struct option_def event_options[];

/* Words of `what`: the state of a seat ("registered", "waiting", "requested",
 * "invited", "declined", "cancelled"), "change", "called-off", "reminder",
 * "materials", "digest" (event_num 0). key: of two with the same key the second is
 * not sent; or NULL. It goes to My page, the daily mail or a mail of its own, as the
 * person wishes. Within a write. */
bool notice_add(struct db *w, struct arena *a, int64_t event_num, const char *account_id, const char *what,
	const char *key, struct error *err);

/* The kind of notification that a notice of `what` is, and its title for an event's. */
const char *notice_kind(const char *what);
const char *notice_title(struct arena *a, const char *what, const char *title);

/* What a person wants mail about, at once: kept as wishes for the kinds of notifications (notification.h). */
struct wishes {
	bool registrations, reminders, materials;
	const char *digest; /* "none", "daily", "weekly" */
	const char *zone;
};
bool wishes_get(struct db *db, struct arena *a, const char *account_id, struct wishes *out, struct error *err);
/* Within a write; the zone stays. */
bool wishes_save(struct db *w, const char *account_id, const struct wishes *p, struct error *err);
extern const struct notification_kind event_notifications[];
extern const struct notification_choice event_choices[];

/* ---- store: what is due. Within a write. ---- */

/* Adds the notices that time or changes have made due: changed and cancelled
 * events (settle_us after the change), reminders, materials, digests. */
struct due {
	struct arena *arena;
	int64_t now_us, settle_us;
	bool any; /* out: something was added */
};
bool notices_due(struct db *w, void *due, struct error *err);
/* The reminder that is due for a date: the shortest time before that has come, in
 * minutes; 0: none (yet, or any more). */
int64_t reminder_due(const char *reminders, int64_t starts_us, int64_t now_us);

route_handler notices_page;

#endif
