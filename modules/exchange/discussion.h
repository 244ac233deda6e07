/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Discussions of groups: threads of posts. A thread belongs to a group, and is read
 * and written by whoever reads the group (its scope token, group.h); its leads look
 * after it. Posts are numbered within their thread, so that a page of a long thread
 * is found by its first number. The text of a removed post is gone; its place stays.
 *
 * An unattributed post has no account in any table: only a mark, a keyed hash of
 * account and post whose key is in no database and no backup, by which its author
 * can change or withdraw it for a time (docs/exchange.md). Its id and its time tell
 * no more than the day. */
#ifndef COMMONWEAL_DISCUSSION_H
#define COMMONWEAL_DISCUSSION_H
#include "module.h"
#include "account.h"
#include "attachment.h"
#include "audit.h"
#include "blob.h"

/* Letters, of any script; a line end is one. */
#define TITLE_MAX_LETTERS 160
#define POST_MAX_LETTERS 20000
#define REASON_MAX_LETTERS 1000
#define POSTS_A_PAGE 50
#define THREADS_A_PAGE 25
#define MENTIONS_MAX 20
#define MARK_SIZE 65

struct discussion {
	const char *id, *title;
	const char *group_id, *group_slug, *group_name, *space_id, *space_slug, *scope;
	enum group_kind group_kind;
	const char *opener_id, *opener_name; /* NULL: unattributed */
	int64_t opened_us, last_us;          /* of the newest post; of an unattributed one the day */
	int64_t posts, last_num, version;
	bool pinned, closed, group_closed;
	bool unattributed, leads;            /* by discussion_get only */
	const char *answer_id;               /* the accepted answer, or NULL */
	const char *split_from;              /* id of the thread that it was split off from, or NULL */
	int64_t seen_num;                    /* the viewer's own: up to which post it was shown */
	bool follows;
};

enum post_removed { POST_THERE = 0, POST_REMOVED_BY_AUTHOR, POST_REMOVED_BY_LEAD };

struct post {
	const char *id, *discussion_id;
	int64_t num;
	const char *author_id, *author_name, *author_place; /* NULL: unattributed */
	const char *mark;                    /* of an unattributed post, as long as it is kept */
	const char *markdown, *html, *text;
	const char *mentions;                /* names that were told, for people; or NULL */
	int64_t at_us, edited_us;            /* of an unattributed post the day */
	enum post_removed removed;
	int64_t version;
};

struct post_version {
	int64_t version, at_us;
	const char *html;
};

struct post_draft {
	const char *place;                   /* the thread's id, or "new" */
	const char *group_id, *title, *text;
	const char *thread_title;
	int64_t at_us;
};

struct post_report {
	const char *id, *post_id, *discussion_id, *reason, *title, *group_id;
	struct post post;
	int64_t at_us, handled_us;
	const char *outcome;                 /* "kept", "removed", "closed"; NULL: waits */
	const char *handler_name;
};

extern const struct migration exchange_migrations[];
extern const struct view_def exchange_views[];

/* ---- reading, as the viewer ---- */

struct discussion_filter {
	const char *space_id;
	const char *group_id;  /* or NULL */
	const char *state;     /* "open", "answered", "unanswered", "closed", "unread", "following"; or NULL */
	int limit, offset;
};
/* Pinned first, then by their newest post. *total counts without limit. */
bool discussion_list(struct db *db, struct arena *a, const struct discussion_filter *f,
	struct discussion **out, size_t *n, int64_t *total, struct error *err);
/* One that stands in that space (NULL: any), else ERROR_NOT_FOUND, the same for what is hidden. */
bool discussion_get(struct db *db, struct arena *a, const char *space_id, const char *id,
	struct discussion **out, struct error *err);
bool discussion_split_off(struct db *db, struct arena *a, const char *id, struct discussion **out, size_t *n,
	struct error *err);
/* At most limit posts from that number on. */
bool post_list(struct db *db, struct arena *a, const char *discussion_id, int64_t from, int limit,
	struct post **out, size_t *n, struct error *err);
/* Number of the first post of the page that ends with or before `num`; 0: there is none. */
bool post_page_before(struct db *db, const char *discussion_id, int64_t num, int limit, int64_t *from,
	struct error *err);
bool post_get(struct db *db, struct arena *a, const char *id, struct post **out, struct error *err);
/* Earlier texts, newest first. */
bool post_versions(struct db *db, struct arena *a, const char *id, struct post_version **out, size_t *n,
	struct error *err);
/* place: as of struct post_draft; NULL in *out: none. */
bool post_draft_get(struct db *db, struct arena *a, const char *space_id, const char *place,
	struct post_draft **out, struct error *err);
bool post_draft_list(struct db *db, struct arena *a, const char *space_id, struct post_draft **out, size_t *n,
	struct error *err);
/* Those that wait (or were handled lately), of groups that the viewer reads and leads in that space (NULL: any). */
bool report_list(struct db *db, struct arena *a, const char *space_id, bool waiting,
	struct post_report **out, size_t *n, struct error *err);
bool report_get(struct db *db, struct arena *a, const char *space_id, const char *id,
	struct post_report **out, struct error *err);
/* Does a notification that leads to that path wait to be seen? */
bool discussion_told(struct db *db, const char *path, bool *waits, struct error *err);

struct reader {
	const char *account_id, *name, *place;
};
/* Who reads a group: names for mentions, by name. Of the system: after the page's check that the viewer reads it. */
bool discussion_readers(struct db *db, struct arena *a, const char *group_id, struct reader **out, size_t *n,
	struct error *err);
/* How many read it, and how many can look after it. */
bool discussion_people(struct db *db, const char *group_id, int64_t *readers, int64_t *leads,
	struct error *err);
/* "Whole network", "Everyone in Newark", or the group's name. */
const char *group_label(struct arena *a, const struct group *g);
const char *discussion_group_label(struct arena *a, const struct discussion *d, const char *space_name);

/* ---- within a write of the system, after the page's own checks ---- */

struct post_new {
	const char *discussion_id;
	const char *author_id;           /* NULL: unattributed */
	const char *author_place, *mark;
	const char *markdown, *html, *text, *mentions;
	const char *id;                  /* by post_id_new or id_new */
};
/* A thread without posts; id is made. author_id NULL: unattributed. */
bool discussion_add(struct db *w, const char *group_id, const char *author_id, const char *title,
	const char *split_from, char id[ID_SIZE], struct error *err);
/* ERROR_CONFLICT if thread or group is closed. */
bool post_add(struct db *w, struct arena *a, const struct post_new *n, struct error *err);
/* Keeps what there was. ERROR_CONFLICT if it is not that version any more, or was removed. */
bool post_change(struct db *w, struct arena *a, const struct post *p, int64_t version,
	const struct post_new *n, struct error *err);
bool discussion_rename(struct db *w, struct arena *a, const char *id, int64_t version, const char *title,
	struct error *err);
/* Takes text, history, files and what told of it away; its place stays. */
bool post_remove(struct db *w, struct arena *a, const char *id, enum post_removed by, struct error *err);
/* answer NULL: none any more. */
bool discussion_answer(struct db *w, const char *id, const char *answer, struct error *err);
bool discussion_pin(struct db *w, const char *id, bool on, struct error *err);
bool discussion_close(struct db *w, const char *id, bool on, struct error *err);
/* Notices and search follow. ERROR_CONFLICT if it has unattributed posts. */
bool discussion_move(struct db *w, struct arena *a, const char *id, const struct group *to,
	struct error *err);
/* The posts become a new thread of that id. */
bool discussion_split(struct db *w, struct arena *a, const char *from, const char *into,
	const char *const *posts, size_t n, struct error *err);
bool discussion_seen(struct db *w, const char *id, const char *account_id, int64_t num, struct error *err);
bool discussion_seen_all(struct db *w, const char *space_id, const char *account_id,
	const char *const *groups, size_t n, struct error *err);
bool discussion_follow(struct db *w, const char *id, const char *account_id, bool on, struct error *err);
/* text and title empty: removes it. */
bool post_draft_put(struct db *w, const char *account_id, const char *space_id, const struct post_draft *d,
	struct error *err);
bool post_draft_remove(struct db *w, const char *account_id, const char *space_id, const char *place,
	struct error *err);
bool report_add(struct db *w, const char *post_id, const char *account_id, const char *reason,
	char id[ID_SIZE], struct error *err);
/* Every waiting report of the post; *reporters: whose they were. */
bool report_settle(struct db *w, struct arena *a, const char *post_id, const char *outcome, const char *by,
	const char ***reporters, size_t *n, struct error *err);
/* Accounts that are to hear of a post: those who follow its thread; those who can look after its group. */
bool discussion_followers(struct db *w, struct arena *a, const char *id, const char ***out, size_t *n,
	struct error *err);
bool discussion_leads(struct db *w, struct arena *a, const char *group_id, const char ***out, size_t *n,
	struct error *err);
/* Unattributed posts whose readers were not told yet; and that they were. System. */
bool post_untold(struct db *w, struct arena *a, const char ***ids, size_t *n, struct error *err);
bool post_set_told(struct db *w, const char *id, struct error *err);
/* Forgets marks of unattributed posts that are older than that. */
bool post_forget_marks(struct db *w, int64_t before_us, struct error *err);
/* Of the system: what a notice needs. NULL in *out: none. */
bool post_of_system(struct db *w, struct arena *a, const char *id, struct post **p, struct discussion **d,
	struct error *err);

/* ---- unattributed.c ---- */

/* An id without a time in it. */
void post_id_new(char out[ID_SIZE]);
/* The keyed hash of account and post. The key is made when first needed. */
bool post_mark(const struct engine *e, const char *account_id, const char *post_id, char out[MARK_SIZE],
	struct error *err);
/* The beginning of that day (UTC). */
int64_t day_of(int64_t us);

/* ---- mention.c ---- */

/* Readers whose name stands after an @ in the text, each once; a name that two have is nobody's. out has room for
 * MENTIONS_MAX. */
size_t mention_find(const char *text, const struct reader *readers, size_t n, const struct reader **out);
/* The one that was chosen by "Ana Ruiz" or "Ana Ruiz (Newark)"; NULL: nobody, or more than one. */
const struct reader *mention_choose(const char *typed, const struct reader *readers, size_t n);

/* "Ana Ruiz, Ben Cole"; NULL for none. */
const char *mention_names(struct arena *a, const struct reader *const *who, size_t n);

/* ---- tell.c ---- */

/* Within the write that added the post: tells who follows the thread, who is mentioned, or with first all readers
 * of the group. By nobody if author is NULL: then nobody is left out. */
bool post_tell(struct db *w, struct arena *a, const struct engine *e, const char *post_id, const char *author,
	const char *author_name, bool first, const struct reader *const *mentioned, size_t n, struct error *err);
/* A lead took it away: who wrote it is told, if that is known. */
bool post_tell_removed(struct db *w, struct arena *a, const struct engine *e, const char *post_id, struct error *err);
bool report_tell_leads(struct db *w, struct arena *a, const struct engine *e, const char *post_id,
	const char *except, struct error *err);
bool report_tell_reporters(struct db *w, struct arena *a, const struct engine *e, const char *post_id,
	const char *outcome, const char *const *accounts, size_t n, struct error *err);
extern const struct notification_kind exchange_notifications[];
extern const struct reply_kind exchange_replies[];
/* As a member of which space a person writes there: that one, or else the first of theirs; or NULL. */
const char *account_place(const struct account *who, const char *space_id);
enum job_result exchange_unattributed_job(struct engine *e, struct db *db, const struct job_row *job,
	struct error *err);

/* ---- pages ---- */

/* The thread of the path's id; or the post's, with its thread. Each of the request's space. */
bool open_discussion(struct request *rq, struct discussion **d, struct error *err);
bool open_post(struct request *rq, struct post **p, struct discussion **d, struct error *err);
/* A page below Discussions: title, heading, breadcrumbs up to there. */
struct data *discussion_page_create(struct request *rq, const char *title, const char *wrong);
struct url discussion_url(const struct request *rq, const struct discussion *d);
struct url post_url(const struct request *rq, const struct post *p);
struct url post_act_url(const struct request *rq, const struct post *p, const char *act);
/* Is it the viewer's own: by account, or by its mark. */
bool post_is_own(struct request *rq, const struct post *p, bool *own, struct error *err);
/* What a page shows of a post. */
bool put_post(struct request *rq, struct data *d, const struct discussion *t, const struct post *p,
	struct error *err);
const char *post_when(struct request *rq, const struct post *p, int64_t us);
/* compose.c: the form below a discussion, with the draft if there is one. */
bool reply_form(struct request *rq, struct data *page, struct discussion *t, struct error *err);

extern const struct param discussions_params[], discussion_params[], discussion_new_params[];
route_handler exchange_page, discussions_page, discussion_page, post_page, post_history, discussion_new_page,
	discussion_new_save, reply_save, post_draft_save, post_draft_discard, post_edit_page, post_edit_save,
	post_delete_page, post_delete_save,
	answer_save, follow_save, manage_page, manage_save, move_page, move_save, split_page, split_save,
	report_page, report_save, reports_page, reports_save, seen_save;
bool exchange_mine(struct request *rq, struct mine *m, struct error *err);
bool exchange_export(struct space_export *x, struct error *err);

#endif
