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
 * not sent; or NULL. Nothing for an account without an address. Within a write. */
bool notice_add(struct db *w, struct arena *a, int64_t event_num, const char *account_id, const char *what,
	const char *key, struct error *err);

/* What a person wants mail about. */
struct wishes {
	bool registrations, reminders, materials;
	const char *digest; /* "none", "daily", "weekly" */
	const char *zone;
};
bool wishes_get(struct db *db, struct arena *a, const char *account_id, struct wishes *out, struct error *err);
/* Within a write; the zone stays. */
bool wishes_save(struct db *w, const char *account_id, const struct wishes *p, struct error *err);

/* The lists that one can leave, by letter: 'r' registrations, 'm' reminders, 'p' materials, 'd' digest. */
bool wishes_leave(struct db *w, const char *account_id, char list, struct error *err);
/* A token for a link in a message, which nobody else can make: list, account and a MAC. */
const char *leave_token(struct arena *a, const char *account_id, char list);
/* The account and list of a token; false: it is none of ours. */
bool leave_read(struct arena *a, const char *token, const char **account_id, char *list);
/* The key of these tokens, made at first. */
bool notices_key(struct engine *e, char secret[SECRET_SIZE], struct error *err);
/* Reads it once. */
bool notices_start(struct engine *e, struct error *err);

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

route_handler notices_page, notices_given, leave_page, leave_given;

#endif
