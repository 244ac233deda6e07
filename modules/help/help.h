/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Peer help and technical assistance: a jurisdiction asks; a peer offers or the
 * national office assigns; the asker accepts or declines; a log; an outcome.
 *
 * Who sees what is decided by the views alone. A request: its space, the national
 * office's editors, and, as the asker chose, named jurisdictions or all members.
 * An offer and everything about it (its words, the answer, the log): the asker's
 * space, the offerer's space and the national office's editors, nobody else. */
#ifndef COMMONWEAL_HELP_H
#define COMMONWEAL_HELP_H
#include "account.h"
#include "module.h"
#include "steps.h"

extern const struct migration help_migrations[];
extern const struct view_def help_views[];

#define HELP_TITLE_MAX 200  /* letters, as the others */
#define HELP_TEXT_MAX 8000
#define HELP_WORDS_MAX 4000 /* of an offer, a reason, an entry of the log */
#define HELP_NAMED_MAX 20   /* jurisdictions */
#define HELP_OPEN_MAX 50    /* open requests of one space */

enum help_audience { HELP_TO_SPACE = 1, HELP_TO_NAMED, HELP_TO_NETWORK };
const char *help_audience_word(enum help_audience audience);
enum help_audience help_audience_parse(const char *word); /* 0 if unknown */
extern const char *const help_topics[][2], *const help_needs[][2],
	*const help_kinds[][2]; /* word and label; end with NULL */
const char *help_label(const char *const (*list)[2], const char *word); /* NULL if unknown */

struct help_request {
	const char *id;
	const char *space_id, *space_slug, *space_name; /* who asks */
	const char *account_id, *account_name;
	const char *topic, *title, *text, *html, *needed, *by_date; /* by_date "" or "YYYY-MM-DD" */
	enum help_audience audience;
	enum help_state state;
	int64_t asked_us, state_us, version;
	bool asks;   /* the viewer acts for the asker: who asked, and its space's contributors and up */
	bool member; /* of the asker's space */
	bool staff;  /* editor of the national office */
	bool overdue; /* by help_list only */
};

struct help_offer {
	const char *id, *space_id, *space_slug, *space_name, *account_id, *account_name, *text, *html;
	const char *state; /* "open", "accepted", "declined", "taken-back", "set-aside", "ended" */
	const char *next_date, *next_words; /* of the accepted one: "" or what is next */
	bool assigned;     /* by the national office */
	bool helps;        /* the viewer acts for this helper */
	int64_t at_us;
};

struct help_entry {
	const char *id, *act, *account_name, *space_name, *html, *kind, *happened, *useful;
	bool story;
	int64_t at_us;
};

/* ---- reading (store.c) ---- */

enum help_which { HELP_OURS, HELP_WE_HELP, HELP_OTHERS, HELP_ALL };
struct help_filter {
	enum help_which which;
	const char *space_id;         /* whose page it is */
	enum help_state state;        /* 0: all that are not closed */
	const char *topic;            /* NULL: any */
	bool overdue, any_state;
	const char *today;            /* "YYYY-MM-DD" */
	int64_t late_us;              /* waiting since before that is overdue */
	int limit, offset;
};
bool help_list(struct db *db, struct arena *a, const struct help_filter *f, struct help_request **out,
	size_t *n,
	int64_t *total, struct error *err);
/* ERROR_NOT_FOUND, the same for what is not there and what is not open to the viewer. */
bool help_get(struct db *db, struct arena *a, const char *id, struct help_request **out, struct error *err);
/* Those named by a request: pairs of slug and name. */
bool help_named(struct db *db, struct arena *a, const char *id, const char *(**out)[2], size_t *n,
	struct error *err);
bool help_offers(struct db *db, struct arena *a, const char *id, struct help_offer **out, size_t *n,
	struct error *err);
bool help_entries(struct db *db, struct arena *a, const char *id, struct help_entry **out, size_t *n,
	struct error *err);
bool help_mine(struct request *rq, struct mine *m, struct error *err);

/* ---- writing, as the system, after the page's checks ---- */

struct help_by {
	struct request *rq;
	const char *space_id; /* for which space the person acts */
	int by;               /* bits */
};
struct help_text {
	const char *topic, *title, *text, *needed, *by_date;
	struct prose prose;
	enum help_audience audience;
	const char *named[HELP_NAMED_MAX]; /* ids of spaces */
	size_t n_named;
};
bool help_add(struct db *w, const struct help_by *by, const struct help_text *t, char id[ID_SIZE],
	struct error *err);
/* ERROR_CONFLICT if it is not that version any more, or closed. */
bool help_change(struct db *w, const struct help_by *by, const char *id, int64_t version,
	const struct help_text *t,
	struct error *err);

/* A step. What its state forbids by now is ERROR_CONFLICT. */
struct help_step {
	enum help_act act;
	const char *id, *offer;        /* offer: that the act is about, or NULL */
	const char *helper;            /* OFFER, ASSIGN: id of the space that is to help */
	const char *text;              /* as typed; "" for none */
	struct prose prose;
	const char *kind, *happened;   /* LOG: word of help_kinds, date */
	const char *next_date;         /* NEXT */
	const char *useful;            /* CLOSE: "very", "some", "no" or "" */
	bool story;
};
bool help_do(struct db *w, const struct help_by *by, const struct help_step *s, struct error *err);
bool help_purge(struct db *w, struct space_purge *p, struct error *err);

/* ---- visits (visit_store.c) ---- */

struct visit {
	const char *id, *request_id;   /* request_id NULL: by itself */
	const char *guest_id, *guest_slug, *guest_name, *host_id, *host_slug, *host_name;
	const char *account_id, *account_name;
	const char *purpose, *people, *dates[3];
	const char *agenda, *agenda_html, *host_person, *logistics, *logistics_html;
	const char *starts, *ends, *zone; /* local "YYYY-MM-DDTHH:MM"; "" before there is a plan */
	const char *seen, *seen_html, *advice, *advice_html, *actions, *actions_html;
	enum visit_state state;
	bool guest_agreed, host_agreed, guest_story, host_story;
	int64_t version, changed_us, plans;  /* plans: counts plans, for calendars */
	bool guest, host;              /* the viewer acts for the guests, for the hosts */
};
struct visit_new {
	const char *request_id, *guest_id, *host_id, *purpose, *people, *dates[3];
};
struct visit_plan {
	const char *agenda, *host_person, *logistics, *starts, *ends, *zone;
	struct prose agenda_prose, logistics_prose;
};
struct visit_report {
	const char *seen, *advice, *actions;
	struct prose seen_prose, advice_prose, actions_prose;
};
/* space_id: of guests or hosts; request_id: of that request; NULL: any. */
bool visit_list(struct db *db, struct arena *a, const char *space_id, const char *request_id,
	struct visit **out, size_t *n,
	struct error *err);
bool visit_get(struct db *db, struct arena *a, const char *id, struct visit **out, struct error *err);
bool visit_entries(struct db *db, struct arena *a, const char *id, struct help_entry **out, size_t *n,
	struct error *err);
bool visit_mine(struct request *rq, struct mine *m, struct error *err);
bool visit_add(struct db *w, const struct help_by *by, const struct visit_new *v, char id[ID_SIZE],
	struct error *err);
struct visit_step {
	enum visit_act act;
	const char *id, *words;        /* words: a reason, or "" */
	int64_t version;               /* PLAN, AGREE, REPORT: ERROR_CONFLICT if it is another */
	const struct visit_plan *plan;
	const struct visit_report *report;
	bool guest, story;             /* guest: who acts does so for the guests */
};
bool visit_do(struct db *w, const struct help_by *by, const struct visit_step *s, struct error *err);

/* notices.c, within a write */
bool help_tell_new(struct db *w, const struct help_by *by, const char *id, const char *title,
	struct error *err);
bool help_tell(struct db *w, const struct help_by *by, const char *account_id, const char *space_id,
	const char *title,
	const char *path, const char *about, struct error *err);
bool help_index(struct db *w, const struct help_by *by, const char *id, const char *space_id,
	const struct help_text *t, struct error *err);

/* ---- pages ---- */

/* page.c */
struct data *help_page_create(struct request *rq, const char *title);
struct url help_url(struct request *rq, const char *below);
/* The viewer's own jurisdictions, without one: id, name. */
struct help_space {
	const char *id, *slug, *name;
};
bool help_own_spaces(struct request *rq, const char *but, struct help_space **out, size_t *n,
	struct error *err);
bool help_national(struct request *rq, struct space **out, struct error *err);
/* Draws Markdown; what is wrong with it is *wrong, for people. */
bool help_prose(struct request *rq, const char *markdown, const char *prefix, struct prose *out,
	const char **wrong);
extern const struct param help_list_params[], help_new_params[], visit_new_params[];
/* list.c */
route_handler help_list_page, visits_page;
/* ask.c */
route_handler help_new, help_new_save, help_edit, help_edit_save;
/* request_page.c */
route_handler help_request_page, help_offer_save, help_assign_save, help_answer_save, help_take_back_save,
	help_step_down_save, help_log_save,
	help_next_save, help_close_save, help_reopen_save;
/* visit_page.c */
route_handler visit_new, visit_new_save, visit_page, visit_plan_save, visit_agree_save, visit_report_save,
	visit_story_save, visit_draft_save,
	visit_cancel_save, visit_ics;

/* request_page.c: the same word (NULL is none); a whole day, "YYYY-MM-DD", that exists. */
bool help_is(const char *s, const char *word);
bool help_date(const char *s);

#endif
