/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Drafts: what is being written, before and between what is published. A draft
 * belongs to one space and becomes (a version of) one record. Every save is kept
 * as a revision, so nothing typed is lost and any two can be compared.
 *
 * Who sees one, as the view v_draft says: from the inside (every revision), its
 * author while a member of the space, and the contributors and editors of its
 * space. From the outside (only revisions that were submitted), its reviewers,
 * and, if it was submitted for the network or the public, the national office's
 * editors. For all others it does not exist. */
#ifndef COMMONWEAL_DRAFT_H
#define COMMONWEAL_DRAFT_H
#include "module.h"

enum draft_state {
	DRAFT_WRITING = 1,
	DRAFT_REVIEW,     /* submitted; reviewers are asked */
	DRAFT_CHANGES,    /* a reviewer asks for changes */
	DRAFT_APPROVED,   /* enough reviewers approved this revision */
	DRAFT_SCHEDULED,  /* approved, and published at publish_us */
	DRAFT_PUBLISHED,
	DRAFT_DISCARDED
};
const char *draft_state_name(enum draft_state s);  /* "writing" ... */
const char *draft_state_label(enum draft_state s); /* for people */
enum draft_state draft_state_parse(const char *name); /* 0 if unknown */

struct draft {
	const char *id;              /* UUIDv7 */
	const char *space_id, *space_slug, *space_name;
	const char *type, *slug;
	enum audience audience;      /* wanted */
	const char *title;           /* of the revision below; may be "" */
	int64_t record_num;          /* the record it changes, or became; 0: a new one */
	int64_t base_version;        /* of that record when the draft was begun or merged; 0: a new one */
	int64_t published_version;   /* of the record it became; 0 = not yet */
	enum draft_state state;
	int64_t revision;            /* the last one that the viewer may see; for optimistic checks */
	int64_t submitted_revision;  /* the last one submitted; 0 = never */
	const char *form_json;       /* what was typed: record_form.h; by draft_get only */
	const char *author_id, *author_name;
	int64_t created_us, saved_us, submitted_us; /* UTC microseconds; 0 = never */
	int64_t publish_us;          /* 0 = not scheduled */
	const char *zone;            /* in which publish_us was said, or NULL */
	const char *note;            /* correction note that is to stand on the page, or NULL */
	bool wide;                   /* submitted for the network or the public, and still meant for it */
	bool inside;                 /* seen from the inside */
	bool reviewer, wrote;        /* the viewer is one of its reviewers; saved a revision of it */
};

/* A draft the viewer may see, else ERROR_NOT_FOUND. */
bool draft_get(struct db *db, struct arena *a, const char *id, struct draft **out, struct error *err);
/* May the viewer change it now? Author, or contributor of its space and up; and its state lets one. */
bool draft_may_edit(const struct viewer *v, const struct draft *d);

/* What the viewer may do with it now. */
struct draft_rights {
	bool edit, submit, take_back, discard, reopen; /* those who write it */
	bool invite;                      /* names reviewers: the editors who may publish it */
	bool review;                      /* approves or asks for changes: a reviewer that wrote none of it */
	bool comment;
	bool publish, unschedule;
};
struct draft_rights draft_rights(const struct viewer *v, const struct draft *d, const char *national_id);

/* A new draft; with record_num, of that record's fields (the caller gives them as
 * form_json). id gets its id. Within a write as the viewer. */
struct draft_start {
	const char *space_id, *type, *slug, *form_json, *title;
	enum audience audience;
	int64_t record_num, base_version;
};
bool draft_create(struct db *w, const struct draft_start *s, const struct account *who, char id[ID_SIZE],
	struct error *err);
/* Saves a revision if `expected` is still the last one, else ERROR_CONFLICT, and
 * the caller shows both texts. A draft in review goes back to writing, for its
 * approvals were of another text. automatic: an autosave; successive ones of one
 * person replace each other in the history. *revision: the new one; the same as
 * `expected` if nothing is different. The slug of a record that is published
 * stays. Within a write as the viewer. */
struct draft_save {
	const char *id, *title, *slug, *form_json;
	enum audience audience;
	int64_t expected;
	int64_t base_version;        /* of the record that this text was merged with; 0: as before */
	bool automatic;
};
bool draft_save(struct db *w, const struct draft_save *s, const struct account *who, int64_t *revision,
	struct error *err);

/* ---- the workflow ---- */

/* Who takes a step, for its right, the trail, the letters and the audit log. */
struct draft_by {
	struct engine *engine;
	struct arena *arena;
	const struct viewer *viewer;
	const struct account *account;
	const struct request *request; /* NULL: no request, as in a job */
};
struct draft_by draft_by_request(struct request *rq);

/* One function a step. Each runs within a write as viewer_system, for reviewers
 * and national editors write in no other space: it checks right, state and
 * revision itself; a draft that the viewer does not see is ERROR_NOT_FOUND, a
 * step it may not take ERROR_DENIED, one that state or revision forbid
 * ERROR_CONFLICT. Each writes the trail and queues the letters; call
 * jobs_wake(engine->jobs) after the write. */
bool draft_submit(struct db *w, const struct draft_by *by, const char *id, int64_t revision, const char *words,
	struct error *err);
/* Publishes now (publish_us 0) or at that time, by the job "publish". zone: the one
 * the time was said in, or NULL. note: the correction note, or NULL. An invalid
 * text is ERROR_INVALID and says where. */
bool draft_publish(struct db *w, const struct draft_by *by, const char *id, int64_t revision, int64_t publish_us,
	const char *zone, const char *note, struct error *err);
/* Keeps it from being published, for that reason, which its page tells; reason NULL: lets it go. Within a write;
 * checks no right. */
bool draft_hold(struct db *w, const char *id, const char *reason, struct error *err);
/* Why it is held; *reason NULL: it is not. */
bool draft_held(struct db *db, struct arena *a, const char *id, const char **reason, struct error *err);
bool draft_unschedule(struct db *w, const struct draft_by *by, const char *id, struct error *err);
bool draft_take_back(struct db *w, const struct draft_by *by, const char *id, struct error *err);
bool draft_discard(struct db *w, const struct draft_by *by, const char *id, struct error *err);
bool draft_reopen(struct db *w, const struct draft_by *by, const char *id, struct error *err);
/* who: any account that is not disabled and a member of some space. */
bool draft_invite(struct db *w, const struct draft_by *by, const char *id, const struct account *who,
	struct error *err);
bool draft_dismiss(struct db *w, const struct draft_by *by, const char *id, const char *account_id,
	struct error *err);
/* Approves the revision or asks for changes (words must say which). */
bool draft_decide(struct db *w, const struct draft_by *by, const char *id, int64_t revision, bool approve,
	const char *words, struct error *err);
/* field NULL: general; else the Markdown field and its line in that revision.
 * parent: the comment it answers, or NULL. */
struct draft_remark {
	const char *field, *parent, *text;
	int64_t revision, line;
};
bool draft_comment(struct db *w, const struct draft_by *by, const char *id, const struct draft_remark *remark,
	struct error *err);
bool draft_resolve(struct db *w, const struct draft_by *by, const char *id, const char *comment, bool resolved,
	struct error *err);

/* ---- reading ---- */

struct draft_revision {
	int64_t revision, saved_us;
	const char *title, *slug, *account_name;
	enum audience audience;
	bool automatic, submitted;
	const char *form_json; /* by draft_revision_get only */
};
struct draft_reviewer {
	const char *account_id, *name, *invited_by;
	int64_t invited_us;
	bool disabled;
	int verdict;              /* of the submitted revision: 0 none yet, 1 approves, 2 asks for changes */
};
struct draft_comment {
	const char *id, *parent, *field, *quote, *account_id, *account_name, *text, *resolved_by;
	int64_t revision, line, at_us, resolved_us; /* resolved_us 0 = open */
};
struct draft_step {
	int64_t at_us, revision; /* revision 0: of none */
	const char *action, *account_name, *words; /* words may be NULL */
};
/* Of a draft the viewer may see; newest revision and step first, oldest comment first. */
bool draft_revisions(struct db *db, struct arena *a, const char *id, struct draft_revision **out, size_t *n,
	struct error *err);
bool draft_revision_get(struct db *db, struct arena *a, const char *id, int64_t revision,
	struct draft_revision **out, struct error *err);
bool draft_reviewers(struct db *db, struct arena *a, const struct draft *d, struct draft_reviewer **out, size_t *n,
	struct error *err);
bool draft_comments(struct db *db, struct arena *a, const char *id, struct draft_comment **out, size_t *n,
	struct error *err);
bool draft_steps(struct db *db, struct arena *a, const char *id, struct draft_step **out, size_t *n,
	struct error *err);

enum draft_list_kind {
	DRAFTS_MINE,      /* the viewer is the author */
	DRAFTS_TO_REVIEW, /* the viewer is a reviewer, and it is not published or discarded */
	DRAFTS_SPACES,    /* of others, in the spaces in which the viewer writes */
	DRAFTS_QUEUE      /* submitted, for the editors of their space and those who may publish them */
};
struct draft_filter {
	enum draft_list_kind kind;
	const char *account_id;           /* the viewer's */
	const char *space_slug, *type;    /* NULL = any */
	enum draft_state state;           /* 0 = any that is not ended */
	int64_t submitted_before_us;      /* 0 = any */
	int limit, offset;
};
/* Longest waiting first; mine newest first. */
bool draft_list(struct db *db, struct arena *a, const struct draft_filter *f, struct draft **out, size_t *n,
	int64_t *total, struct error *err);

#endif
