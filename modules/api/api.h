/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The API's own parts. */
#ifndef COMMONWEAL_API_H
#define COMMONWEAL_API_H
#include "module.h"

/* records.c */
extern const struct param api_list_params[];
bool api_records(struct request *rq, struct response *rs, struct error *err);
bool api_record(struct request *rq, struct response *rs, struct error *err);
bool api_source(struct request *rq, struct response *rs, struct error *err);

/* drafts.c */
extern const struct param api_drafts_params[];
route_handler api_drafts, api_draft_create, api_draft, api_draft_source, api_draft_put, api_draft_submit,
	api_draft_publish, api_record_withdraw;

/* imports.c, store.c */
extern const struct migration api_migrations[];
extern const struct view_def api_views[];
extern const struct option_def api_options[];
extern const struct job_kind api_jobs[];
route_handler api_import_begin, api_import_status;

#endif
