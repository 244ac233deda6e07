/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Drafts: what is being written, before and between what is published. A draft
 * belongs to one space and becomes (a version of) one record. Every save is kept
 * as a revision, so nothing typed is lost and any two can be compared.
 *
 * A draft is seen by its author, its reviewers, the contributors and editors of
 * its space, and, once it is submitted for the network or the public, by the
 * national office's editors: the view v_draft. */
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

struct draft {
	const char *id;              /* UUIDv7 */
	const char *space_id, *space_slug, *space_name;
	const char *type, *slug;
	enum audience audience;      /* wanted */
	const char *title;           /* of the last revision; may be "" */
	int64_t record_num;          /* the record it changes; 0: a new one */
	int64_t base_version;        /* of that record when the draft was begun or merged */
	enum draft_state state;
	int64_t revision;            /* of the last save; for optimistic checks */
	const char *form_json;       /* what was typed: record_form.h; by draft_get only */
	const char *author_id, *author_name;
	int64_t created_us, saved_us, publish_us; /* UTC microseconds; publish_us 0 = not scheduled */
};

/* A draft the viewer may see, else ERROR_NOT_FOUND. */
bool draft_get(struct db *db, struct arena *a, const char *id, struct draft **out, struct error *err);
/* May the viewer change it now? Author, or contributor of its space and up; and its state lets one. */
bool draft_may_edit(const struct viewer *v, const struct draft *d);

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
 * person replace each other in the history. *revision: the new one. Within a write. */
struct draft_save {
	const char *id, *title, *slug, *form_json;
	enum audience audience;
	int64_t expected;
	bool automatic;
};
bool draft_save(struct db *w, const struct draft_save *s, const struct account *who, int64_t *revision,
	struct error *err);

/* The workflow, one function a step; each checks state and right, writes the
 * draft's trail and the audit log, and queues the letters. Within a write. */
bool draft_submit(struct engine *e, struct db *w, const struct viewer *v, const struct account *who,
	const char *id, int64_t revision, struct error *err);
/* Publishes now (publish_us 0) or at that time, by the job "publish". */
bool draft_publish(struct engine *e, struct db *w, const struct viewer *v, const struct account *who,
	const char *id, int64_t revision, int64_t publish_us, const char *note, struct error *err);

#endif
