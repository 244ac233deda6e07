/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the pages of this module share. Under a jurisdiction they are its own
 * figures; at the national office they are about the network: completeness and
 * releases, never a figure. */
#ifndef COMMONWEAL_INDICATORS_PAGES_H
#define COMMONWEAL_INDICATORS_PAGES_H
#include "audit.h"
#include "checks.h"

/* The dictionary; read-only once the module started. */
const struct dictionary *indicators(void);
/* Reads it as the options say; for the administration program, which starts no module. */
struct dictionary *indicators_load(const struct engine *e, struct error *err);
/* console.c */
extern const struct command metrics_commands[];

/* The request's space has figures of its own; else the page is absent: false with err. */
bool indicators_here(struct request *rq, struct error *err);
/* A page with the module's navigation; the first breadcrumb is set. */
struct data *indicators_page(struct request *rq, const char *title);
/* The path of one of the module's pages in this space. */
struct url indicators_url(struct request *rq, const char *page);
/* All figures of this space. */
bool indicators_history(struct request *rq, struct history *out, struct error *err);
/* People of the space where no population was entered; 0: unknown. */
int64_t indicators_people(const struct request *rq);
/* "homicides" of figures: their label, or the id. */
const char *indicators_label(const char *id);

/* mine.c */
bool metrics_of_mine(struct request *rq, struct mine *m, struct error *err);
/* remind.c: of struct job_kind */
enum job_result metrics_remind(struct engine *e, struct db *db, const struct job_row *job, struct error *err);
/* own.c */
extern const struct param indicator_params[];
route_handler indicators_overview, indicator_one, indicator_csv, indicators_dictionary, indicators_corrections,
	indicators_mark_add, indicators_mark_remove;
/* enter.c */
extern const struct param enter_params[];
route_handler indicators_enter, indicators_enter_save;
/* upload.c */
route_handler indicators_upload, indicators_upload_save, indicators_upload_file, indicators_form_csv;
/* effect.c */
extern const struct param effect_params[];
route_handler indicator_effect;
/* completeness.c */
extern const struct param completeness_params[];
route_handler indicators_completeness;

#endif
