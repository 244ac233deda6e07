/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Who comes: what the organizers of an event set, and the seats. The tables
 * name their event event_num and a delegation's space about_space, for those who
 * register mostly do not belong to the event's space: who may do what is decided
 * by the routes (organizers: ROLE_EDITOR in the event's space; everyone else for
 * themselves, or for a space they are editor of), and writes run as the system. */
#ifndef COMMONWEAL_SEATS_H
#define COMMONWEAL_SEATS_H
#include "event.h"

#define SETUP_FIELDS 6
#define TEAM_ROLES 6
extern const char *const team_roles[TEAM_ROLES]; /* as in the schema's "role" */

struct setup {
	bool exists;
	const char *registration; /* "none", "open", "approval", "invitation" */
	int64_t capacity;         /* 0 = no limit */
	const char *closes;       /* local time in the event's zone, or NULL: with the event's end */
	int64_t closes_us;        /* 0 = so */
	bool waiting;             /* there is a waiting list */
	bool delegations;         /* places are by space and role */
	bool show_names;          /* names of those who agree are shown to the others */
	const char *reminders;    /* minutes before a date begins, words of digits */
	int64_t places[TEAM_ROLES]; /* of each delegation; 0 = none */
	struct setup_field {
		const char *label;      /* NULL: no such field */
		const char *kind;       /* "text", "choice", "check" */
		const char *choices;    /* of a choice, a line each */
		bool required;
	} fields[SETUP_FIELDS];
	const char *join_url, *join_note; /* only for setup_save */
	int64_t version;          /* counts saves */
};

struct seat {
	const char *id, *account_id;
	int64_t event_num;
	const char *space_id, *role; /* of a delegation, or NULL */
	const char *state; /* "registered" "waiting" "requested" "invited" "declined" "cancelled" */
	int64_t place;     /* order of asking */
	const char *answers; /* JSON list of {label, value} */
	bool consent;      /* may be named to the others */
	int64_t created_us, changed_us, checked_in_us;
	bool gave_feedback;
	int64_t revision; /* how often it was cancelled */
};

/* ---- reading, as the viewer ---- */

/* Without a row: registration "none". join_url and join_note stay NULL. */
bool setup_get(struct db *db, struct arena *a, int64_t num, struct setup *out, struct error *err);
/* The link, for who is registered (*mine) or organizes; else NULL. */
bool join_get(struct db *db, struct arena *a, int64_t num, const char **url, const char **note, bool *mine,
	struct error *err);
/* The viewer's own, or NULL. */
bool seat_mine(struct db *db, struct arena *a, int64_t num, struct seat **out, struct error *err);
/* Numbers of the events that the viewer is registered for. */
bool seat_events(struct db *db, struct arena *a, int64_t **nums, size_t *n, struct error *err);
/* Is num one of the n? (feeds.c) */
bool is_among(int64_t num, const int64_t *nums, size_t n);
/* All of an event, for its organizers, or of one delegation, for its editors; in the order of asking. */
bool seat_list(struct db *db, struct arena *a, int64_t num, struct seat **out, size_t *n, struct error *err);
bool seat_count(struct db *db, int64_t num, int64_t *registered, int64_t *waiting, struct error *err);
/* How many wait before a place in the order, it included. */
bool seat_queue(struct db *db, int64_t num, int64_t place, int64_t *n, struct error *err);
/* Accounts that agreed to be named, for those who come or organize. */
bool seat_named(struct db *db, struct arena *a, int64_t num, const char ***accounts, size_t *n, struct error *err);
struct feedback {
	int64_t rating; /* 1 to 5 */
	const char *text;
};
bool feedback_list(struct db *db, struct arena *a, int64_t num, struct feedback **out, size_t *n, struct error *err);

/* ---- within a write ---- */

/* version: as the page knew it, else ERROR_CONFLICT. More seats go to who waits. */
bool setup_save(struct db *w, struct arena *a, int64_t num, const struct setup *s, struct error *err);

struct seat_new {
	int64_t event_num;
	const char *account_id, *space_id, *role; /* space_id and role: of a delegation */
	const char *answers;
	bool consent;
	int64_t until_us; /* when registration ends if the organizers set no time */
	bool by_organizer; /* neither mode nor time stand in the way */
};
/* Takes a seat, or a place in the queue: *state says which. ERROR_CONFLICT in
 * words if there is none, it is too late, or there is one already. */
bool seat_take(struct db *w, struct arena *a, const struct seat_new *n, const char **state, struct error *err);
/* Gives it up; whoever waits longest and fits gets it, in the same transaction. */
bool seat_cancel(struct db *w, struct arena *a, int64_t num, const char *account_id, struct error *err);
/* For organizers: "approve", "decline", "cancel", "check-in", "check-out". */
bool seat_act(struct db *w, struct arena *a, int64_t num, const char *id, const char *act, struct error *err);
/* Invites an account; fine if it has a seat or is invited already. */
bool seat_invite(struct db *w, struct arena *a, int64_t num, const char *account_id, struct error *err);
/* Once for each seat. */
bool feedback_add(struct db *w, const struct seat *seat, const struct feedback *f, struct error *err);

/* ---- pages ---- */

/* What the event's page says of registration. */
void put_registration(struct request *rq, struct data *page, const struct event *e, int64_t until_us);
/* When the last date of the event ends. */
int64_t event_until(struct arena *a, const struct event *e);
/* The event at the address, with its record whole. */
bool event_here(struct request *rq, struct event *out, struct error *err);
struct url event_url(struct request *rq, const struct record *r, const char *part);
/* A form page below an event: title, crumbs, what was wrong and done. */
struct data *event_form_page(struct request *rq, struct response *rs, const struct record *r, const char *title,
	const struct error *wrong);
extern const struct param checkin_params[], delegation_params[];

route_handler register_page, register_given, register_cancel, feedback_page, feedback_given, certificate;
route_handler organise_page, organise_given, attendees_page, attendee_act, attendees_csv, invite_given, checkin_page;
route_handler delegation_page, delegation_given;

/* The answers in the order of the questions ("" = none), as JSON with their
 * questions, which may change later. ERROR_INVALID says which is wrong. */
bool answers_check(struct arena *a, const struct setup *s, const char *const values[SETUP_FIELDS], const char **out,
	struct error *wrong);
/* Fills space_id and role of n, if the space is one of the person's own. */
bool team_check(const struct request *rq, const char *space, const char *role, struct seat_new *n, struct error *wrong);

/* The settings as typed in a form, checked; whether right or not they are in s. */
bool setup_read(struct request *rq, const struct record *r, struct setup *s, struct error *wrong);
bool setup_write(struct request *rq, const struct record *r, const struct setup *s, struct error *err);
/* A calendar address of one's own, checked and made, or taken away. */
struct calendar_key;
bool key_add(struct request *rq, const struct calendar_key *key, char secret[SECRET_SIZE], struct error *err);
bool key_take(struct request *rq, const char *id, bool *found, struct error *err);

/* api.c */
extern const struct param api_event_params[];
route_handler api_events, api_event, api_register, api_cancel, api_seats, api_seat, api_setup, api_setup_put, api_invite,
	api_feedback, api_keys, api_key_make, api_key_revoke, api_notices, api_notices_put;

/* mine.c */
bool events_mine(struct request *rq, struct mine *m, struct error *err);

/* A certificate as a tagged PDF (ISO 32000-1, 14.8). Lines are UTF-8. */
bool certificate_pdf(const char *font, const char *title, const char *const *lines, size_t n, struct buf *out,
	struct error *err);

#endif
