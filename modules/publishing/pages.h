/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Handlers of this module, by file, and what they share. */
#ifndef COMMONWEAL_PUBLISHING_PAGES_H
#define COMMONWEAL_PUBLISHING_PAGES_H
#include "account.h"
#include "publish.h"

/* pages.c. done_text of this module's words. */
const char *draft_done(const struct request *rq);
/* A write as the system, after which the jobs look; aside: it touches no content. */
bool step_write(struct request *rq, bool aside, store_operation *op, void *arg, struct error *err);
bool national_id(struct request *rq, const char **id, struct error *err);
struct url draft_url(struct request *rq, const char *id, const char *below); /* below: NULL or literal "compare" ... */

/* versions.c */
route_handler versions_page, version_page, versions_compare, withdraw_page, withdraw_act, restore_act;
bool record_state(struct request *rq, struct data *page, const struct record *r, const json_t *details,
	struct error *err);
extern const struct param compare_params[];
/* drafts.c */
bool drafts_of_mine(struct request *rq, struct mine *m, struct error *err); /* mine.c */
route_handler drafts_mine, drafts_to_review, drafts_spaces, drafts_queue;
extern const struct param drafts_params[];
/* draft_page.c */
route_handler draft_page, draft_compare;
/* What was typed in one of the page's forms, and what was wrong with it. */
struct draft_form {
	const char *form, *wrong;
};
bool draft_show(struct request *rq, struct response *rs, const char *id, const struct draft_form *form,
	struct error *err);
/* acts.c */
route_handler act_submit, act_take_back, act_discard, act_reopen, act_invite, act_dismiss, act_decide, act_comment,
	act_resolve, act_publish, act_unschedule;

#endif
