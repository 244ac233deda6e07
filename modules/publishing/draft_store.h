/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The tables of drafts, for draft.c and publish.c; all others use draft.h. The
 * functions with `w` run within a write and check no right. */
#ifndef COMMONWEAL_DRAFT_STORE_H
#define COMMONWEAL_DRAFT_STORE_H
#include "draft.h"

extern const struct migration publishing_migrations[];
extern const struct view_def publishing_views[];

/* Whoever may see it; me: the account that the flags are about, may be NULL. *out NULL: none. */
bool store_draft(struct db *w, struct arena *a, const char *id, const char *me, struct draft **out,
	struct error *err);
bool store_national(struct db *db, struct arena *a, const char **id, struct error *err);
bool store_draft_add(struct db *w, const struct draft_start *s, const struct account *who, const char *id,
	struct error *err);
/* The revision row alone. replace: of an autosave that this one takes the place of; 0 = none. */
bool store_revision_add(struct db *w, const struct draft_save *s, const struct account *who, int64_t revision,
	int64_t replace, struct error *err);
/* Is the last revision an automatic one of that person, neither submitted nor commented on? */
bool store_revision_replaceable(struct db *w, const char *id, int64_t revision, const char *account_id,
	bool *yes, struct error *err);
/* What changes in the row of a draft with a step. */
bool store_draft_saved(struct db *w, const struct draft *d, struct error *err);
bool store_submitted(struct db *w, const char *id, int64_t revision, struct error *err);
/* publisher: who schedules, else NULL. */
bool store_scheduled(struct db *w, const struct draft *d, const char *publisher, struct error *err);
bool store_publisher(struct db *w, struct arena *a, const char *id, const char **publisher, struct error *err);
bool store_step(struct db *w, const char *id, const struct account *who, const char *action, int64_t revision,
	const char *words, struct error *err);
bool store_reviewer_add(struct db *w, const char *id, const struct account *who, const struct account *by,
	bool *added, struct error *err);
bool store_reviewer_remove(struct db *w, const char *id, const char *account_id, bool *removed, struct error *err);
bool store_decide(struct db *w, const char *id, int64_t revision, const struct account *who, bool approve,
	struct error *err);
/* Of the reviewers who are still named, can sign in and wrote none of it. */
bool store_decisions(struct db *w, const char *id, int64_t revision, int64_t *approvals, int64_t *changes,
	struct error *err);
/* Account ids of the reviewers. */
bool store_reviewers(struct db *w, struct arena *a, const char *id, const char ***out, size_t *n, struct error *err);
bool store_comment(struct db *w, const char *id, const struct draft_remark *r, const char *quote,
	const struct account *who, struct error *err);
/* A comment that begins a thread; *author NULL: none such. */
bool store_comment_on(struct db *w, struct arena *a, const char *id, const char *comment, const char **author,
	int64_t *revision, struct error *err);
bool store_resolve(struct db *w, const char *comment, const char *by, int64_t at_us, struct error *err);
/* What was typed in a revision, or only if it was submitted; *json NULL: there is none such. */
bool store_form(struct db *w, struct arena *a, const char *id, int64_t revision, bool submitted,
	const char **json, struct error *err);
/* The first withdrawn record that this one points to; *title NULL: none. */
bool store_withdrawn_target(struct db *w, struct arena *a, int64_t num, const char **title, struct error *err);
/* Why it may not be published now (draft_hold); *reason NULL: nothing holds it. */
bool store_held(struct db *w, struct arena *a, const char *id, const char **reason, struct error *err);
bool store_version(struct db *w, int64_t num, int64_t *version, struct error *err);
/* Where a record stands, withdrawn or not; space_id NULL: there is none such. */
struct store_place {
	const char *id, *space_id, *space_slug, *type, *slug;
	enum audience audience;
};
bool store_place(struct db *w, struct arena *a, int64_t num, struct store_place *out, struct error *err);

#endif
