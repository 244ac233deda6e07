/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Plans: a jurisdiction takes a guide and makes it its own, step by step, with
 * dates, owners and notes. A plan is for the people of its space alone: the views
 * filter by the scope "s:<space>", which a network admin as such does not hold.
 * What an editor of the space shares with the national office is in a view of its
 * own, which has counts and nothing else. Contributors and up change plans; writes
 * run as the system, after plan_to_change has checked that by the view. */
#ifndef COMMONWEAL_PLANS_H
#define COMMONWEAL_PLANS_H
#include "module.h"

struct account;

#define PLANS_MAX 50           /* of a space, archived ones not counted */
#define PLAN_STEPS_MAX 200
#define PLAN_TITLE_MAX 200     /* bytes */
#define STEP_TITLE_MAX 300
#define STEP_REASON_MAX 500
#define STEP_NOTES_MAX 10000
#define STEP_WEEKS_MAX 104     /* from a step to the one before */
#define STEP_WEEKS_USUAL 2
#define PLAN_DUE_SOON_DAYS 7
#define PLAN_LIST_MAX 200

enum step_status { STEP_NOT_STARTED = 1, STEP_UNDER_WAY, STEP_DONE, STEP_BLOCKED, STEP_NOT_FOR_US };

struct plan_counts {
	int64_t steps;      /* all of them */
	int64_t done, under_way, blocked, not_for_us;
	int64_t overdue;    /* open, and their day is over */
	const char *next;   /* the next day on which an open step is due, from today on; or NULL */
};

struct plan {
	const char *id, *space_id, *space_slug, *space_name, *scope;
	const char *title;
	const char *guide_id, *guide_title; /* as it was when adopted */
	const char *starts_on;              /* "YYYY-MM-DD" */
	const char *adopted_by;             /* name */
	int64_t adopted_us, changed_us;
	int64_t archived_us, shared_us;     /* 0: it is not */
	const char *shared_by;              /* name, or NULL */
	const char *indicators;             /* ids of those that it watches, separated by spaces */
	int64_t version;
	bool writes, shares;                /* the viewer may change it; may decide that its counts are shared */
	struct plan_counts counts;          /* by plan_list and plan_get */
};

struct plan_step {
	const char *id, *plan_id;
	int number;                         /* from 1, in the plan's order */
	int position;                       /* what that order follows; may have gaps */
	const char *guide_slug, *guide_hash; /* the guide's step that it came from; NULL: an own one */
	const char *title;
	const char *text_html, *text;       /* as markup (html_stored) and plain */
	const char *typed;                  /* of an own step: Markdown; else NULL */
	const char *roles;                  /* words, or "" */
	const char *resources;              /* one a line, or "" */
	const char *due_on;                 /* "YYYY-MM-DD", or NULL */
	enum step_status status;
	bool owner_here;                    /* owner is still a member */
	const char *reason;                 /* why blocked or not for us; or "" */
	const char *owner, *owner_name;     /* account, or NULL */
	const char *body;                   /* word of a body, or NULL */
	const char *notes, *notes_html;
	int64_t done_us, changed_us, version;
};

struct plan_change {
	const char *step_id, *step_title;   /* or NULL: of the plan as a whole */
	const char *account_name;
	int64_t at_us;
	const char *field, *was, *now;      /* "Status", "Not started", "Done"; was and now may be "" */
};

/* What a jurisdiction shares of a plan: counts. */
struct plan_shared {
	const char *space_name, *space_slug, *guide_title, *starts_on;
	int64_t shared_us;
	struct plan_counts counts; /* without overdue and next */
};

/* ---- schedule.c: pure logic ---- */

/* Days since 1970-01-01 of "YYYY-MM-DD"; false: it is none, or not of 2000 to 2199. */
bool plan_day(const char *date, int *day);
void plan_date(int day, char out[11]);
/* date as many days later; NULL for NULL. */
const char *plan_later(struct arena *a, const char *date, int days);
/* Today, as the last of the country has it (Hawaii), so that no step is late before its day is over. */
void plan_today(int64_t now_us, char out[11]);
/* The Monday after a day. */
int plan_next_monday(int day);
/* UTC microseconds of the last minute of a day, for lists by moment. */
int64_t plan_day_end_us(const char *date);
/* Dates of n steps, each as many weeks after the one before; the first after the start. */
void plan_propose(struct arena *a, const char *start, const int *weeks, size_t n, const char **dates);
bool step_is_open(enum step_status s);
const char *step_status_word(enum step_status s);
const char *step_status_label(enum step_status s);
/* 0 if unknown. */
enum step_status step_status_parse(const char *word);
/* Blocked and not for us need a reason. */
bool step_status_needs_reason(enum step_status s);
/* Bodies of the guides' governance: word and name; ends with NULL. */
extern const char *const plan_bodies[][2];
const char *plan_body_name(const char *word); /* NULL if unknown or NULL */
/* The body that a guide's roles name first; NULL: they name partners, not a body. */
const char *plan_body_proposed(const char *roles);
/* Words separated by spaces: is it among them? */
bool plan_has_word(const char *words, const char *word);

/* ---- guide.c: a guide's steps, and what a later version has changed ---- */

struct guide_step {
	const char *slug, *title, *html, *text, *roles;
	const char *resources; /* one a line */
	char hash[65];         /* of all that */
};
/* Of a record's details_json; texts in the arena. */
bool guide_steps(struct arena *a, const char *details_json, struct guide_step **out, size_t *n, struct error *err);

enum guide_change_kind { GUIDE_NEW = 1, GUIDE_CHANGED, GUIDE_GONE };
struct guide_change {
	enum guide_change_kind kind;
	const struct guide_step *now; /* NULL: it is gone */
	const struct plan_step *mine; /* NULL: it is new */
	const char *after;            /* of a new one: slug of the guide's step before it, or NULL */
};
/* A version that was not wanted, by slug and hash. */
struct guide_declined {
	const char *slug, *hash;
};
/* In the guide's order, those that are gone last; without what was declined. */
void guide_compare(struct arena *a, const struct guide_step *now, size_t n_now, const struct plan_step *mine,
	size_t n_mine, const struct guide_declined *declined, size_t n_declined, struct guide_change **out, size_t *n);
/* Ids of the indicators that fit strategies (words), as a first proposal. */
const char *guide_indicators(struct arena *a, const char *strategies);
/* What one of the steps says, as lines; to be compared. */
const char *guide_lines(struct arena *a, const char *title, const char *text, const char *roles, const char *resources);

/* ---- store.c ---- */

extern const struct migration plan_migrations[];
extern const struct view_def plan_views[];

/* today: for what is overdue. Those that are not archived first, by title. */
bool plan_list(struct db *db, struct arena *a, const char *space_id, const char *today, struct plan **out, size_t *n,
	struct error *err);
/* ERROR_NOT_FOUND unless it is a plan of that space that the viewer sees. */
bool plan_get(struct db *db, struct arena *a, const char *space_id, const char *id, const char *today,
	struct plan **out, struct error *err);
/* In their order. */
bool plan_steps(struct db *db, struct arena *a, const char *plan_id, struct plan_step **out, size_t *n,
	struct error *err);
bool plan_changes(struct db *db, struct arena *a, const char *plan_id, const char *step_id, int limit,
	struct plan_change **out, size_t *n, struct error *err);
/* Was anything done since it was adopted? */
bool plan_untouched(struct db *db, const char *plan_id, bool *out, struct error *err);
bool plan_declined_list(struct db *db, struct arena *a, const char *plan_id, struct guide_declined **out, size_t *n,
	struct error *err);
bool plan_shared_list(struct db *db, struct arena *a, struct plan_shared **out, size_t *n, struct error *err);
/* A step of the viewer's: still to do, with its plan's title. Or a plan as a whole, without a step. */
struct plan_task {
	const char *plan_id, *plan_title, *step_id, *step_title, *space_id, *space_slug, *space_name, *due_on;
};
/* Plans that came from a guide, in any space; not the archived ones. */
bool plan_of_guide(struct db *db, struct arena *a, const char *guide_id, struct plan_task **out, size_t *n,
	struct error *err);
bool plan_tasks(struct db *db, struct arena *a, const char *account_id, struct plan_task **out, size_t *n,
	struct error *err);

/* Within a write of the system. */
bool plan_add(struct db *w, const struct plan *p, struct error *err);
bool plan_step_add(struct db *w, const struct plan_step *s, struct error *err);
/* Title, start and indicators. ERROR_CONFLICT if it is not that version any more. */
bool plan_save(struct db *w, const struct plan *p, struct error *err);
bool plan_set_archived(struct db *w, const char *id, bool archived, struct error *err);
bool plan_set_shared(struct db *w, const char *id, const char *by, bool shared, struct error *err);
/* Removes it with all that belongs to it; ERROR_CONFLICT if something was done. */
bool plan_remove(struct db *w, const char *id, struct error *err);
/* What a person can change of a step. ERROR_CONFLICT if it is not that version any more. */
bool plan_step_save(struct db *w, const struct plan_step *s, struct error *err);
/* Title, text, roles, resources and hash, as the guide has them now. */
bool plan_step_take(struct db *w, const char *id, const struct guide_step *now, struct error *err);
/* From now on an own one. */
bool plan_step_keep(struct db *w, const char *id, struct error *err);
/* Moves an open step to another day, if it is still on the one it was on. *moved counts up. */
bool plan_step_move_date(struct db *w, const char *id, const char *was, const char *now, size_t *moved, struct error *err);
/* Changes places with its neighbor. */
bool plan_step_swap(struct db *w, const struct plan_step *s, const struct plan_step *with, struct error *err);
/* Makes room for a step at a position. */
bool plan_steps_shift(struct db *w, const char *plan_id, int from, int by, struct error *err);
bool plan_step_remove(struct db *w, const char *id, struct error *err);
bool plan_decline(struct db *w, const char *plan_id, const char *slug, const char *hash, struct error *err);
bool plan_note(struct db *w, const char *plan_id, const struct plan_step *step, const char *who, const char *field,
	const char *was, const char *now, struct error *err);

/* Open steps with a person to tell, due before a day. */
struct plan_due {
	const char *plan_id, *plan_title, *space_id, *scope, *step_id, *step_title, *due_on, *owner;
};
bool plan_due_list(struct db *w, struct arena *a, const char *before, struct plan_due **out, size_t *n, struct error *err);

/* ---- pages ---- */

/* plans.c: what the pages share */
/* The plan of the path; the page is absent unless it is one of this space that the viewer sees. */
bool plan_here(struct request *rq, struct plan **out, struct error *err);
/* The same for who changes it; ERROR_CONFLICT if it is archived. */
bool plan_to_change(struct request *rq, struct plan **out, struct error *err);
/* May the request's viewer have plans in this space at all? Else false with ERROR_NOT_FOUND. */
bool plans_here(struct request *rq, struct error *err);
struct url plan_url(struct request *rq, const struct plan *p, const char *page);
struct url step_url(struct request *rq, const char *plan_id, const char *step_id);
/* The breadcrumbs down to the list of plans. */
void plans_crumbs(struct request *rq, struct data *page);
/* The list "plans_of_guide" (title, space, url) of those that the viewer sees; space_id NULL: of any space. */
bool plan_put_existing(struct request *rq, struct data *page, const char *space_id, const char *guide_id,
	struct error *err);
/* A page with breadcrumbs, heading, and the plan's own links. title: also its h1. */
struct data *plan_page_create(struct request *rq, const struct plan *p, const char *title, const char *wrong);
/* The guide as it is now for the viewer, with its changes for the plan; *guide NULL: it is not there any more. */
bool plan_guide_changes(struct request *rq, const struct plan *p, const struct plan_step *steps, size_t n_steps,
	struct record **guide, struct guide_change **out, size_t *n, struct error *err);
/* A guide that may become a plan of this space: of everyone, of the network, or the space's own. */
bool plan_guide_open(const struct request *rq, const struct record *r);
/* Makes a plan and a step found. Within a write. */
bool plan_index(struct db *w, const struct plan *p, struct error *err);
bool step_index(struct db *w, const struct plan *p, const struct plan_step *s, struct error *err);
bool step_unindex(struct db *w, const char *step_id, struct error *err);
/* "Ana Ruiz, Working group" or NULL */
const char *step_owner_text(struct arena *a, const struct plan_step *s);
/* "Law enforcement, Research" */
const char *roles_text(struct arena *a, const char *roles);
/* "3 of 9 steps done" */
const char *counts_text(struct arena *a, const struct plan_counts *c);
void put_counts(struct arena *a, struct data *d, const struct plan_counts *c);
extern const char *const plan_done_texts[][2];

/* adopt.c */
extern const struct param plan_new_params[];
route_handler plans_page, plan_new, plan_adopt, plan_undo;
/* page.c */
route_handler plan_page, plan_print, plan_history;
/* settings.c */
route_handler plan_settings, plan_settings_save, plan_archive, plan_share;
/* step.c */
route_handler step_page, step_save, step_move, step_done;
/* own_step.c */
route_handler step_new, step_add, step_remove;
/* revise.c */
route_handler plan_revision, plan_revision_save;
/* calendar.c */
route_handler plan_ics, plan_csv, plan_calendar, plan_calendar_make, plan_calendar_revoke, plan_key_feed;
/* remind.c */
enum job_result plan_remind(struct engine *e, struct db *db, const struct job_row *job, struct error *err);

#endif
