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
#include "../publishing/draft.h"
#include "csrf.h"
#include "extract.h"
#include "media.h"
#include "range.h"
#include "session.h"
#include "upload.h"

/* "1.2 MB" */
const char *size_words(struct arena *a, int64_t bytes);
/* What pages show of a file. */
void put_file(struct request *rq, struct data *d, const struct attachment *at);
/* May the viewer add to the record's files? A file is seen by all who see the
 * record: adding one is publishing. */
bool files_editable(struct request *rq, const struct record *r, bool *may, struct error *err);

/* store.c: files of drafts, for those who see the draft */
extern const struct view_def files_views[];
bool draft_files(struct db *db, struct arena *a, const char *draft_id, struct attachment **out, size_t *n,
	struct error *err);
bool draft_file(struct db *db, struct arena *a, const char *id, struct attachment **out, struct error *err);
bool draft_file_preview(struct db *db, struct arena *a, const char *id, const void **png, size_t *n, struct error *err);
/* Within a write: may files of the draft be changed in its present state? ERROR_CONFLICT. */
bool draft_files_open(struct db *w, const char *draft_id, struct error *err);

/* The HTML of a draft's body with its images, from the files of the draft and of
 * the record that it changes (0: none). */
bool draft_images(struct request *rq, const char *draft_id, int64_t record_num, const char **html, struct error *err);

/* The same of posts (modules/exchange) and of working sessions (modules/sessions), by their id: of one's own, or of
 * a session that one looks after, all; else those that are ready. */
bool post_file(struct db *db, struct arena *a, const char *id, struct attachment **out, struct error *err);
bool post_files(struct db *db, struct arena *a, const char *post_id, struct attachment **out, size_t *n, struct error *err);
bool post_file_preview(struct db *db, struct arena *a, const char *id, const void **png, size_t *n, struct error *err);
/* Within a write: is the post there, and its discussion open? ERROR_CONFLICT. */
bool post_files_open(struct db *w, const char *post_id, struct error *err);
bool meeting_files_open(struct db *w, const char *meeting_id, struct error *err);

/* edit.c */
route_handler files_page, files_upload, draft_files_page, draft_files_upload, post_files_page, post_files_upload, meeting_files_page, meeting_files_upload, file_remove, file_restore, file_describe, file_move;
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
