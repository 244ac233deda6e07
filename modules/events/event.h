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

/* The time zone that a person chose, or NULL in *zone. */
bool person_zone(struct db *db, struct arena *a, const char *account_id, const char **zone, struct error *err);
/* zone NULL: none. Within a write. */
bool person_set_zone(struct db *w, const char *account_id, const char *zone, struct error *err);

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

/* ---- when.c ---- */

/* Zones that a reader can choose: name and label; ends with NULL. */
extern const char *const event_zones[][2];
/* The reader's zone, by the person's choice or the browser's cookie; NULL: none. */
const char *reader_zone(struct request *rq);
/* "Wednesday 9 December 2026, 2:00 pm to 3:30 pm EST" */
const char *when_text(struct arena *a, const char *zone, int64_t starts_us, int64_t ends_us);
/* "2:30 pm" of a local time. */
const char *clock_text(struct arena *a, const char *local);
/* 0 = Sunday, of "2026-12-09". */
int weekday_of(const char *date);
/* The texts "when" and, if it is another, "when_reader". */
void put_when(struct arena *a, struct data *d, const struct date *date, const char *reader);
/* The list "zones" (value, label, selected), zone_url, and zone_name of the chosen one. */
void put_zones(struct request *rq, struct data *page, const char *reader);
route_handler zone_choose;

/* ---- lists.c ---- */

route_handler events_page, month_page, past_page, series_page;
extern const struct param month_params[], past_params[];

/* ---- ics.c ---- */

struct ics_event {
	const struct event *event;
	const char *url;  /* absolute */
	const char *join; /* link for who is registered, or NULL */
};
/* An iTIP message (RFC 5546) to one attendee. */
struct ics_invite {
	bool cancel;               /* METHOD:CANCEL, else REQUEST */
	const char *from, *from_name; /* the organizer's address and name */
	const char *to, *to_name;
	int64_t revision;          /* added to the sequence: how often this person's seat was cancelled */
};
bool ics_write_invite(struct arena *a, const struct ics_event *event, const struct ics_invite *invite, struct buf *out,
	struct error *err);
/* A calendar (RFC 5545, 7986) with the time zones that it uses. name: of a feed, or NULL. */
bool ics_write(struct arena *a, const char *name, const struct ics_event *events, size_t n, struct buf *out,
	struct error *err);

/* ---- feeds.c ---- */

route_handler event_ics, public_feed, key_feed, keys_page, key_make, key_revoke;
extern const struct param feed_params[], keys_params[];

#endif
