/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Publication of drafts, and the withdrawing of records. */
#ifndef COMMONWEAL_PUBLISH_H
#define COMMONWEAL_PUBLISH_H
#include "steps.h"

/* What is said of a record that is absent, or of which the viewer may not know. */
#define NO_RECORD "There is no such record, or it is not open to you."

extern const struct job_kind publishing_jobs[];

/* Each within a write as viewer_system; checks the right to publish in the record's
 * space for its audience. version: the one the person saw. */
bool publish_withdraw(struct db *w, const struct draft_by *by, int64_t num, int64_t version, const char *reason,
	struct error *err);
bool publish_restore(struct db *w, const struct draft_by *by, int64_t num, struct error *err);

#endif
