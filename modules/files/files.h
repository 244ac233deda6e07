/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the files of this module share: attached files of records, on their pages,
 * up and down, and read out. */
#ifndef COMMONWEAL_FILES_H
#define COMMONWEAL_FILES_H
#include "module.h"
#include "account.h"
#include "attachment.h"
#include "audit.h"
#include "blob.h"
#include "csrf.h"
#include "extract.h"
#include "range.h"
#include "session.h"
#include "upload.h"

/* One type of file that is taken. */
struct media_type {
	const char *type;      /* as extract_look says it */
	const char *label;     /* "PDF" */
	const char *suffixes;  /* words that its name may end with: "jpg jpeg" */
	bool shown;            /* may be shown by the browser itself: see download.c */
};
/* NULL: it is not taken. */
const struct media_type *media_type_of(const char *type);
bool media_name_fits(const struct media_type *t, const char *name);
/* "PDF, Word (DOCX), ..." */
const char *media_labels(struct arena *a);

/* "1.2 MB" */
const char *size_words(struct arena *a, int64_t bytes);
/* What pages show of a file. */
void put_file(struct request *rq, struct data *d, const struct attachment *at);
/* May the viewer add to the record's files? A file is seen by all who see the
 * record: adding one is publishing. */
bool files_editable(struct request *rq, const struct record *r, bool *may, struct error *err);

/* edit.c */
route_handler files_page, files_upload, file_remove, file_restore, file_describe, file_move;
/* The files on the record's own page (module.record). */
bool files_of_record(struct request *rq, struct data *page, const struct record *r, const json_t *details,
	struct error *err);
/* download.c */
route_handler file_download, file_preview;
/* read.c */
enum job_result file_read(struct engine *e, struct db *db, const struct job_row *job, struct error *err);
enum job_result files_collect(struct engine *e, struct db *db, const struct job_row *job, struct error *err);
/* clam.c */
enum clam_answer { CLAM_CLEAN, CLAM_FOUND, CLAM_UNREACHABLE };
/* Sends a file to the scanner at `where` (a socket's path, or HOST:PORT);
 * found: room for what it calls the virus. */
enum clam_answer clam_scan(const char *where, int fd, char found[128], struct error *err);

#endif
