/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Working sessions: a group meets, with agenda, papers, notes, decisions, actions,
 * minutes and statements. In the code a "meeting", for a session is a sign-in
 * (server/session.h). A meeting and all that hangs on it has the scope of its
 * group; only published minutes have a scope of their own.
 *
 * Tables hang on the group, not on a space, so the triggers that guard spaces do
 * not see them: who may do what is in the views' columns (leads, writes, attends),
 * pages ask for those, and writes run as the system. Functions with `w` run within
 * such a write, after the page's own checks. */
#ifndef COMMONWEAL_MEETING_H
#define COMMONWEAL_MEETING_H
#include "module.h"
#include "account.h"
#include "merge.h"

#define MEETING_LINE_MAX 300     /* bytes: a title, a decision, an action */
#define MEETING_ABOUT_MAX 8000   /* bytes */
#define MEETING_NOTE_MAX 60000   /* bytes of one text of notes, or of minutes */
#define MEETING_ENTRIES_MAX 200  /* of one kind in a session */
#define MEETING_PEOPLE_MAX 500
#define MEETING_REASON_MAX 2000

struct meeting {
	const char *id;
	const char *group_id, *group_slug, *group_name;
	enum group_kind kind;        /* of the group */
	const char *space_id, *space_slug, *space_name;
	const char *scope;
	const char *title, *about, *about_html;
	const char *starts, *ends;   /* local "2026-12-09T14:00" */
	const char *zone;
	int64_t starts_us, ends_us;
	const char *place, *join_url; /* "" or NULL: none */
	const char *record_id;       /* of the event that it is about, or NULL */
	const char *organizer;       /* name */
	int64_t changed_us, sequence; /* sequence: counts changes of time, place and state (RFC 5545) */
	int64_t cancelled_us;        /* 0: it takes place */
	int64_t version;
	bool unattributed;           /* the group lets its members write without their name */
	bool leads;                  /* the viewer looks after it */
	bool writes;                 /* and may write notes, decisions and actions */
	bool attends;                /* and is on the list of who attends */
};

/* A group in which the viewer may call sessions. */
struct meeting_group {
	const char *id, *slug, *name, *space_id, *space_slug, *space_name;
	enum group_kind kind;
};

enum entry_kind { ENTRY_AGENDA = 1, ENTRY_PAPER, ENTRY_DECISION, ENTRY_ACTION };
const char *entry_kind_word(enum entry_kind kind); /* "agenda", "paper", "decision", "action" */
enum entry_kind entry_kind_parse(const char *word); /* 0 if unknown */

/* A line of a session. */
struct entry {
	const char *id, *meeting_id;
	enum entry_kind kind;
	const char *text;
	int64_t minutes;             /* agenda: how long; 0 = not said */
	const char *lead;            /* agenda: who leads it; "" = not said */
	const char *url;             /* paper */
	const char *account_id, *person; /* action: whose it is, and the name */
	const char *day;             /* decision: when made; action: due; "2026-12-09" or "" */
	int64_t done_us;             /* action; 0 = open */
	int64_t removed_us;          /* 0 = not removed */
	int64_t version;
	bool mine;                   /* action: the viewer's */
};
/* An action with the session that it is from. */
struct action {
	struct entry entry;
	const char *meeting_title, *group_name, *space_slug, *space_name;
	enum group_kind group_kind;
	bool writes;
};

struct attendee {
	const char *account_id, *name;
	const char *space_id, *space_name; /* for which; may be NULL */
	bool declined, came;
	bool mine;
};

/* ---- store.c ---- */

extern const struct migration meeting_migrations[];
extern const struct view_def meeting_views[];

struct meeting_filter {
	const char *space_id, *group_id; /* NULL: any */
	int64_t ends_after_us, ends_before_us; /* 0: no bound */
	bool mine;                       /* those that the viewer is expected at */
	int limit, offset;
};
/* By start; latest first if ends_before_us is set. */
bool meeting_list(struct db *db, struct arena *a, const struct meeting_filter *f, struct meeting **out, size_t *n,
	int64_t *total, struct error *err);
/* One that the viewer sees, else ERROR_NOT_FOUND. */
bool meeting_get(struct db *db, struct arena *a, const char *id, struct meeting **out, struct error *err);
bool meeting_groups(struct db *db, struct arena *a, struct meeting_group **out, size_t *n, struct error *err);

/* id NULL: a new one, which gets id and version. ERROR_CONFLICT if it is not that version any more. */
bool meeting_save(struct db *w, struct meeting *m, const struct account *who, struct error *err);
bool meeting_cancel(struct db *w, const char *id, bool cancel, struct error *err);

/* Of one kind in order, removed ones last. kind 0: all kinds. */
bool entry_list(struct db *db, struct arena *a, const char *meeting_id, enum entry_kind kind, struct entry **out, size_t *n,
	struct error *err);
bool entry_get(struct db *db, struct arena *a, const char *meeting_id, const char *id, struct entry **out, struct error *err);
/* Adds it (version 0), at the end of its kind, or changes that version, else ERROR_CONFLICT. */
bool entry_save(struct db *w, struct entry *e, struct error *err);
bool entry_remove(struct db *w, const char *id, bool removed, struct error *err);
bool entry_done(struct db *w, const char *id, bool done, struct error *err);
/* Changes places with the one before or after it. */
bool entry_move(struct db *w, const char *id, bool up, struct error *err);
/* Actions of a group (NULL: of all that the viewer is in), or mine: the viewer's own open ones; open first, by day. */
bool action_list(struct db *db, struct arena *a, const char *group_id, bool mine, struct action **out, size_t *n,
	struct error *err);

bool attendee_list(struct db *db, struct arena *a, const char *meeting_id, struct attendee **out, size_t *n, struct error *err);
/* Accounts that did not decline. Within a write. */
bool attendee_accounts(struct db *w, struct arena *a, const char *meeting_id, const char ***accounts, size_t *n,
	struct error *err);
bool attendee_set(struct db *w, const char *meeting_id, const char *account_id, const char *space_id, bool declined,
	struct error *err);
/* Has the event (a record the viewer sees) places for delegations? */
bool meeting_delegations(struct db *db, int64_t num, bool *out, struct error *err);
bool attendee_came(struct db *w, const char *meeting_id, const char *account_id, bool came, struct error *err);
bool attendee_remove(struct db *w, const char *meeting_id, const char *account_id, struct error *err);

/* Begins a query of the files of the space's sessions: path in the export, hash. */
void meeting_export(const struct space_export *x, struct query *q);

/* ---- notes_store.c ---- */

/* Notes of a session (its id is then the session's) or of an item of its agenda. */
struct note {
	const char *id, *meeting_id, *entry_id;
	int64_t version;             /* 0: nothing was written yet */
	const char *text, *html;
	const char *by;              /* who saved this version; NULL: without a name */
	int64_t at_us;               /* without a name: the day alone */
};
bool note_list(struct db *db, struct arena *a, const char *meeting_id, struct note **out, size_t *n, struct error *err);
/* The one of that id among the n, or NULL. */
const struct note *note_of(const struct note *notes, size_t n, const char *id);
/* version 0: the last one. A note not yet written is an empty text of version 0. */
bool note_get(struct db *db, struct arena *a, const struct meeting *m, const char *id, int64_t version, struct note **out,
	struct error *err);
/* Newest first, without texts. */
bool note_versions(struct db *db, struct arena *a, const char *id, struct note **out, size_t *n, struct error *err);
/* Saves text and html as the version after n->version; ERROR_CONFLICT if that is not the last any more. who NULL: without
 * a name, and then nothing is kept that says who. */
bool note_save(struct db *w, struct note *n, const struct account *who, struct error *err);

struct minutes {
	const char *meeting_id, *space_slug, *title, *when, *text, *html;
	const char *audience;        /* "group", "space", "network" */
	const char *scope;
	const char *by;
	int64_t published_us, withdrawn_us, version;
	bool leads;
};
/* Those published for the viewer, else ERROR_NOT_FOUND; withdrawn ones to who leads the session alone. */
bool minutes_get(struct db *db, struct arena *a, const char *meeting_id, struct minutes **out, struct error *err);
/* version: the one that was seen (0: none), else ERROR_CONFLICT. */
bool minutes_save(struct db *w, const struct minutes *m, const struct account *who, struct error *err);
bool minutes_withdraw(struct db *w, const char *meeting_id, struct error *err);

/* ---- statement_store.c ---- */

enum answer { ANSWER_NONE, ANSWER_CONSENT, ANSWER_OBJECT, ANSWER_ABSTAIN, ANSWER_WITHDRAWN };

struct statement {
	const char *id, *meeting_id, *title, *text, *html;
	const char *until;           /* the last day to answer */
	const char *by_id, *by;      /* who put it */
	int64_t asked_us, ended_us;  /* ended_us: taken back, 0 = not */
	const char *draft_id, *record_id; /* what became of it, or NULL; the record once it is published */
	bool published;
	int64_t asked, consent, object, abstain, missing; /* object: with those who withdrew; missing: who can answer still */
	bool consented;              /* everyone needed has */
	int64_t version;
};
struct statement_answer {
	const char *account_id, *name, *space_name; /* NULL: not for the viewer's eyes */
	enum answer answer;
	const char *reason;
	bool may_name, mine;
	int64_t at_us;
};
enum answer answer_parse(const char *word);
bool statement_list(struct db *db, struct arena *a, const char *meeting_id, struct statement **out, size_t *n,
	struct error *err);
bool statement_get(struct db *db, struct arena *a, const char *meeting_id, const char *id, struct statement **out,
	struct error *err);
/* Named are objections, who may answer still (to who leads the session), and oneself. */
bool statement_answers(struct db *db, struct arena *a, const char *id, struct statement_answer **out, size_t *n,
	struct error *err);
/* Statements that wait for the viewer's answer today or later. */
struct statement_waiting {
	const char *id, *meeting_id, *title, *until, *group_name, *space_slug, *space_name;
	enum group_kind group_kind;
};
bool statement_waits(struct db *db, struct arena *a, const char *today, struct statement_waiting **out, size_t *n,
	struct error *err);
/* Puts it before everyone who is on the session's list and did not decline. */
bool statement_add(struct db *w, struct statement *s, const struct account *who, struct error *err);
bool statement_accounts(struct db *w, struct arena *a, const char *id, const char ***accounts, size_t *n, struct error *err);
/* ERROR_NOT_FOUND: not asked. */
bool statement_answer(struct db *w, const char *id, const char *account_id, enum answer answer, const char *reason,
	bool may_name, struct error *err);
bool statement_end(struct db *w, const char *id, struct error *err);
bool statement_extend(struct db *w, const char *id, const char *until, struct error *err);
/* How it stands within a write. */
bool statement_read(struct db *w, struct arena *a, const char *id, struct statement **out, struct error *err);
bool statement_set_draft(struct db *w, const char *id, const char *draft_id, struct error *err);
/* Of those who consented: how many spaces, and names of who may be named. */
bool statement_trail(struct db *w, struct arena *a, const char *id, int64_t *spaces, int64_t *last_us, const char **names,
	struct error *err);

/* ---- sessions.c: what pages share ---- */

#define NO_SESSION "There is no such session, or it is not open to you."

/* The session of the request's {id}, in its space. */
bool meeting_here(struct request *rq, struct meeting **out, struct error *err);
/* The same, for who may: else ERROR_NOT_FOUND. */
bool meeting_led(struct request *rq, struct meeting **out, struct error *err);
bool meeting_written(struct request *rq, struct meeting **out, struct error *err);
/* Its address, or of a page below ("notes"); from where the request stands. */
/* The group's name; of everyone: "Everyone in Oakland", "Everyone in the network". */
const char *meeting_group_words(struct arena *a, enum group_kind kind, const char *group_name, const char *space_name);
struct url meeting_url(struct request *rq, const struct meeting *m, const char *below);
struct url meeting_url_of(struct request *rq, const char *space_slug, const char *meeting_id, const char *below);
/* A page below a session, with crumbs and head. wrong: what the form's answer says, or NULL. */
struct data *meeting_page(struct request *rq, struct response *rs, const struct meeting *m, const char *title,
	const struct error *wrong);
/* Answers that go back to the form; others are the request's own. */
bool is_wrong(const struct error *wrong);
/* Today in a zone as "2026-12-09". */
const char *day_today(struct arena *a, const char *zone);
bool day_valid(const char *day);
/* Who can be given an action, or be named as one who attends: by the viewer, in that session. */
struct candidate {
	const char *account_id, *name, *space_id, *space_name;
};
bool meeting_candidates(struct request *rq, const struct meeting *m, bool naming, struct candidate **out, size_t *n,
	struct error *err);
/* Within a write: makes found what is in the session. */
bool meeting_index(struct db *w, struct request *rq, const struct meeting *m, struct error *err);
bool note_index(struct db *w, struct request *rq, const struct meeting *m, const struct note *n, const char *about,
	struct error *err);
bool entry_index(struct db *w, const struct meeting *m, const struct entry *e, struct error *err);
/* Within a write: tells one person, but not the one who does it. */
bool meeting_tell(struct db *w, struct request *rq, const struct meeting *m, const char *account_id, const char *kind,
	const char *key, const char *title, const char *path, const char *about, struct error *err);

/* show.c */
route_handler session_page, entry_add, entry_page, entry_change, entry_act;
/* list.c */
route_handler sessions_page, actions_page;
extern const struct param sessions_params[], actions_params[];
/* edit.c */
route_handler session_new, session_begin, session_edit, session_save, session_cancel, session_ics;
extern const struct param session_new_params[];
/* people.c */
route_handler attendance_page, attendance_act;
/* notes.c */
route_handler note_page, note_keep, note_state, note_history;
extern const struct param note_params[], history_params[];
/* minutes.c */
route_handler minutes_page, minutes_form, minutes_act, minutes_take_back;
/* statement.c */
route_handler statement_form, statement_put, statement_page, statement_given, statement_act;
/* innovation.c: what becomes of a statement. Within a write; the draft's id goes to s. ERROR_DENIED if that person may
 * not write in the session's space. */
bool statement_to_draft(struct db *w, struct request *rq, const struct meeting *m, struct statement *s,
	const struct account *author, const struct record *event, struct error *err);
/* Within a write, after each answer: holds the draft of a statement that is not consented any more, or lets it go. */
bool statement_keep_draft(struct db *w, struct request *rq, const struct statement *s, struct error *err);

#endif
