/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The only header that modules include. A feature is one const struct in the
 * list of modules/modules.c. */
#ifndef COMMONWEAL_MODULE_H
#define COMMONWEAL_MODULE_H
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "arena.h"
#include "buf.h"
#include "cite.h"
#include "cli.h"
#include "chart.h"
#include "csv.h"
#include "done.h"
#include "engine.h"
#include "error.h"
#include "group.h"
#include "html.h"
#include "job.h"
#include "letter.h"
#include "log.h"
#include "mail.h"
#include "migrate.h"
#include "mine.h"
#include "notification.h"
#include "options.h"
#include "page.h"
#include "prose.h"
#include "record.h"
#include "record_page.h"
#include "record_version.h"
#include "reply.h"
#include "request.h"
#include "route.h"
#include "search.h"
#include "search_text.h"
#include "space.h"
#include "space_data.h"
#include "store.h"
#include "template.h"
#include "text.h"
#include "url.h"
#include "viewer.h"
#include "xml.h"

struct module {
	const char *name;                          /* also its table prefix and log source */
	const struct migration *migrations;        /* append-only, ends with version 0; or NULL */
	const struct view_def *views;              /* v_*, filtered by the viewer; or NULL */
	const struct record_type *const *types;    /* NULL-ended; or NULL */
	const struct route *routes;                /* ends with methods 0; or NULL */
	const struct option_def *options;          /* ends with name NULL; or NULL */
	const struct job_kind *jobs;               /* ends with name NULL; or NULL */
	const struct command *commands;            /* of the administration program; ends with name NULL; or NULL */
	const struct notification_kind *notifications; /* ends with name NULL; or NULL */
	const struct notification_choice *choices; /* ends with name NULL; or NULL */
	const struct reply_kind *replies; /* what can be answered by mail; ends with name NULL; or NULL */
	/* Words of its texts in search and what they are called: pairs ("post", "Discussion"); ends with NULL; or NULL. */
	const char *const (*search_kinds)[2];
	bool (*start)(struct engine *, struct error *); /* or NULL */
	void (*stop)(struct engine *);                  /* or NULL */
	/* Adds to the page of a record of any type, after its type's fill; or NULL. */
	bool (*record)(struct request *rq, struct data *page, const struct record *r, const json_t *details,
		struct error *err);
	/* Adds what the signed-in person has to do, and where to be; or NULL. */
	bool (*mine)(struct request *rq, struct mine *m, struct error *err);
	/* What the module has of one space that is in no row of a table with space_id,
	 * about_space or a foreign key to one (those come by themselves, as JSON): files
	 * beside the database, or a form that people can read. Within one snapshot. Or NULL. */
	bool (*export_space)(struct space_export *x, struct error *err);
	/* The same, to remove it: within the write and before the rows go. Or NULL. */
	bool (*purge_space)(struct db *w, struct space_purge *p, struct error *err);
};

extern const struct module *const modules[]; /* NULL-ended */

#endif
