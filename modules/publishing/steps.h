/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the steps of the workflow share (draft.c, publish.c). All within a write. */
#ifndef COMMONWEAL_PUBLISHING_STEPS_H
#define COMMONWEAL_PUBLISHING_STEPS_H
#include "draft_store.h"
#include "account.h"

/* The draft as it is now, if the one who takes the step may see it. */
bool step_begin(struct db *w, const struct draft_by *by, const char *id, struct draft **d,
	struct draft_rights *rights, struct error *err);
/* False, with the reason: the state has no such step, or it is not this person's. */
bool step_may(const struct draft *d, bool allowed, bool state_allows, struct error *err);
/* ERROR_CONFLICT if the revision that was seen is not the last one. */
bool step_revision(const struct draft *d, int64_t seen, struct error *err);
/* Keeps the draft's state and writes trail and audit log ("draft.<action>"). */
bool step_end(struct db *w, const struct draft_by *by, const struct draft *d, const char *action, const char *words,
	struct error *err);
bool step_audit(struct db *w, const struct draft_by *by, const char *space_slug, const char *action,
	const char *object, const char *detail, struct error *err);
/* A letter that says what and where, and nothing of the content. line: "A draft waits
 * for your review." path: on this server. Not to oneself, and to nobody who is
 * disabled or has no address. key: as mail.h has it, or NULL. */
bool step_letter(struct db *w, const struct draft_by *by, const char *account_id, const char *subject,
	const char *line, const char *path, const char *key, struct error *err);
/* To the editors who may publish the draft. */
bool step_letters_editors(struct db *w, const struct draft_by *by, const struct draft *d, const char *subject,
	const char *line, struct error *err);
const char *draft_path(struct arena *a, const struct draft *d);
/* The record that the draft says; else ERROR_INVALID with what is wrong first. */
struct content_doc;
bool publish_document(const struct draft_by *by, const struct draft *d, struct content_doc **doc, struct error *err);
/* How many approvals the submitted revision needs: the options. */
int64_t approvals_needed(const struct engine *e, const struct draft *d);
/* The state that the decisions of the submitted revision make: changes, approved or review. */
bool step_judge(struct db *w, const struct draft_by *by, const struct draft *d, enum draft_state *state,
	struct error *err);

#endif
