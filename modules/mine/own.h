/* SPDX-License-Identifier: GPL-3.0-or-later */
/* My page: what is new for a person, to do, to be at; what the person wants to be
 * told of, and how; searches that are kept and run again. Everything here belongs
 * to one account and is shown to it alone. */
#ifndef COMMONWEAL_OWN_H
#define COMMONWEAL_OWN_H
#include "module.h"
#include "account.h"

extern const struct migration mine_migrations[];
extern const struct view_def mine_views[];
extern const struct option_def mine_options[];
extern const struct job_kind mine_jobs[];
extern const struct notification_kind mine_notifications[];
extern const struct notification_choice mine_choices[];
extern const struct param list_params[], search_saved_params[], texts_params[];

route_handler mine_page, mine_all, mine_seen;
route_handler wishes_page, wishes_given;
route_handler leave_page, leave_given;
route_handler search_saved_list, search_saved_new, search_saved_given, search_saved_open, search_saved_change, search_saved_change_given, search_saved_delete;
route_handler texts_page;

/* A page of My page: title, its crumbs, what was just done, the navigation. here: word of it ("page", "new",
 * "notifications", "searches"). wrong NULL: fine; else status 400. */
struct data *own_page(struct request *rq, struct response *rs, const char *title, const char *here, const char *wrong);
/* "Once a day" ... of a saved search's alert. */
const char *alert_label(enum notification_way way);

/* ---- mail (mail.c, mail_store.c) ---- */

/* What is to be mailed now, a job for each letter. Within a write. */
struct due {
	struct arena *arena;
	int64_t now_us, settle_us;
	int64_t digest_us; /* the last time of the daily mail */
	bool any;          /* out: something was added */
};
bool mail_due(struct db *w, void *due, struct error *err);
/* Those of one letter that the viewer may still see and has not seen; kind NULL: the daily mail. Newest last. */
bool mail_rows(struct db *db, struct arena *a, const char *kind, int64_t stamp_us, struct notification **out, size_t *n,
	struct error *err);

/* ---- saved searches (saved.c, alerts.c, saved_store.c) ---- */

#define SAVED_NAME_MAX 120  /* bytes */
#define SAVED_QUERY_MAX 2000
#define SAVED_MOST 50       /* an account */
#define SAVED_HITS 1000     /* records, and as many texts, are looked at */

struct saved_search {
	const char *id, *account_id, *name;
	const char *place;      /* "search" or "library" */
	const char *query;      /* JSON: the address's parameters */
	const char *space_id, *space_slug, *space_name; /* in whose pages */
	bool national;
	enum notification_way alert; /* NOTIFICATION_NEVER, DIGEST or MAIL */
	int64_t created_us, run_us, version;
};
/* The viewer's own, by name. */
bool search_saved_all(struct db *db, struct arena *a, struct saved_search **out, size_t *n, struct error *err);
bool search_saved_get(struct db *db, struct arena *a, const char *id, struct saved_search **out, struct error *err);
/* Within a write. ERROR_CONFLICT: there are SAVED_MOST. */
bool search_saved_add(struct db *w, const struct saved_search *s, char id[ID_SIZE], struct error *err);
/* ERROR_CONFLICT: it is not that version any more. */
bool search_saved_update(struct db *w, const char *account_id, const char *id, int64_t version, const char *name,
	enum notification_way alert, struct error *err);
bool search_saved_remove(struct db *w, const char *account_id, const char *id, bool *found, struct error *err);
/* Of all accounts, those with an alert; id and account_id only. System. */
bool search_saved_with_alert(struct db *db, struct arena *a, struct saved_search **out, size_t *n, struct error *err);

/* What a search finds, as the viewer. */
struct saved_hit {
	const char *key;        /* of the record or text: what it was told of by */
	const char *title, *space_slug, *path;
	int64_t at_us;          /* last changed */
};
bool search_saved_run(struct engine *e, struct db *db, struct arena *a, const struct saved_search *s, struct saved_hit **out,
	size_t *n, struct error *err);
/* What it told of, within a write: since_us 0: marks all as known and tells of none; else *fresh counts those that
 * were not and are newer. All get the stamp. */
bool search_saved_note(struct db *w, const char *id, const struct saved_hit *hits, size_t n, int64_t since_us, int64_t stamp_us,
	size_t *fresh, struct error *err);
/* Keys that have that stamp; as the viewer. */
bool search_saved_told(struct db *db, struct arena *a, const char *id, int64_t stamp_us, const char ***keys, size_t *n,
	struct error *err);
/* Its address, by which the words were typed; newest: sorted so. */
struct url search_saved_url(struct request *rq, const struct saved_search *s, bool newest);
bool search_saved_letter(struct engine *e, struct db *db, struct arena *a, const struct notification *n, struct mail *m,
	bool *skip, struct error *err);
enum job_result search_saved_job(struct engine *e, struct db *db, const struct job_row *job, struct error *err);

#endif
