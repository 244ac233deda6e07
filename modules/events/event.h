/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the files of this module share. */
#ifndef COMMONWEAL_EVENT_H
#define COMMONWEAL_EVENT_H
#include "events.h"

/* An event with what its lists need, in an arena. */
struct event {
	const struct record *r; /* list fields */
	const json_t *details;
	int64_t sequence;       /* counts changes of time, place and state (RFC 5545, 3.8.7.4) */
	int64_t changed_us;     /* of the record, or of what stands beside it */
};

struct event_filter {
	const char *space, *kind, *series; /* slugs; NULL = any */
	int64_t num;                       /* that event alone; 0 = any */
};

/* One of an event's dates. */
struct date {
	const struct event *event;
	const char *by_rule;       /* local time that the rule gives; NULL: the event has one date */
	const char *starts, *ends; /* local */
	int64_t starts_us, ends_us;
	const char *title, *venue; /* venue may be NULL */
	bool cancelled, tentative;
	bool changed;              /* not as the rule has it */
};

/* ---- store.c ---- */

extern const struct migration event_migrations[];
extern const struct view_def event_views[];
/* The events that the viewer sees, by start. */
bool event_list(struct db *db, struct arena *a, const struct event_filter *f, struct event **out, size_t *n,
	struct error *err);

/* ---- dates.c ---- */

/* The kinds of events: word and label; ends with NULL. */
extern const char *const event_kinds[][2];
const char *event_kind_name(const char *word);
/* All dates of an event but those that are skipped, by start. */
void event_dates(struct arena *a, const struct event *e, struct date **out, size_t *n);
/* The same of several events, those that end after from_us and start before
 * before_us (0 = no bound). */
void event_dates_between(struct arena *a, const struct event *events, size_t n_events, int64_t from_us,
	int64_t before_us, struct date **out, size_t *n);
/* The rule with its COUNT or UNTIL (in UTC), as RRULE has it; NULL: there is none. */
const char *event_rrule(struct arena *a, const struct event *e);

/* ---- ics.c ---- */

struct ics_event {
	const struct event *event;
	const char *url;  /* absolute */
	const char *join; /* link for who is registered, or NULL */
};
/* A calendar (RFC 5545, 7986) with the time zones that it uses. name: of a feed, or NULL. */
bool ics_write(struct arena *a, const char *name, const struct ics_event *events, size_t n, struct buf *out,
	struct error *err);

/* ---- feeds.c ---- */

route_handler event_ics, public_feed, key_feed, keys_page, key_make, key_revoke;
extern const struct param feed_params[], keys_params[];

#endif
