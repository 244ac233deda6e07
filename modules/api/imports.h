/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Imports through the API: an archive is sent, a job reads it, its address says
 * how far it is and what came of it. */
#ifndef COMMONWEAL_IMPORTS_H
#define COMMONWEAL_IMPORTS_H
#include "api.h"
#include "import.h"

struct api_import {
	const char *id, *account_id;
	const char *hash;       /* of the archive: blob.h */
	bool dry_run;
	enum import_policy policy;
	const char *state;      /* "waiting", "reading", "done", "failed" */
	int64_t files;          /* read so far */
	const char *result;     /* JSON: counts, detail, problems; or NULL */
	int64_t created_us, ended_us; /* UTC microseconds; 0 = not yet */
};

/* The viewer's own, else ERROR_NOT_FOUND. */
bool import_get(struct db *db, struct arena *a, const char *id, struct api_import **out, struct error *err);
/* Within a write; NULL in *out if there is none. */
bool import_of_job(struct db *w, struct arena *a, const char *id, struct api_import **out, struct error *err);
bool import_add_row(struct db *w, const struct api_import *i, struct error *err);
bool import_note(struct db *w, const struct api_import *i, struct error *err);

#endif
