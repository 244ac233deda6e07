/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Attachments: files (blob.h) of a record, a draft or a post. Who sees the record sees them, once
 * they were checked; who may write in its space sees also those that wait, were
 * refused, or were removed lately. What was read out of a file (its text by page,
 * a picture of it) is kept by its hash. */
#ifndef COMMONWEAL_ATTACHMENT_H
#define COMMONWEAL_ATTACHMENT_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "arena.h"
#include "error.h"
#include "migrate.h"
#include "store.h"

struct engine;

extern const struct migration attachment_migrations[];
extern const struct view_def attachment_views[];

enum attachment_state {
	ATTACHMENT_CHECKING = 1, /* waits for the virus scanner */
	ATTACHMENT_READY,
	ATTACHMENT_REFUSED       /* by the scanner */
};

struct attachment {
	const char *id;            /* UUIDv7 */
	int64_t record_num;        /* 0: of a draft or a post */
	const char *draft_id;      /* of a draft that is not published; or NULL */
	const char *post_id;       /* of a post of a discussion, or of a working session; or NULL */
	const char *space_id;
	const char *hash;          /* blob.h; never shown to anyone but by the file's own ETag */
	const char *name;          /* unique among those of the record */
	const char *type;          /* media type, of the content */
	int64_t size;              /* bytes */
	const char *title;         /* or NULL */
	const char *alt;           /* of images: text in place of them, or NULL */
	int position;              /* 1, 2, 3 ... */
	int width, height;         /* of images, in pixels; else 0 */
	int pages;                 /* of documents; 0: none, or not read yet */
	bool has_preview;          /* a picture of it: attachment_preview */
	bool read;                 /* it was read out, or tried */
	enum attachment_state state;
	const char *problem;       /* why it waits, was refused or could not be read; or NULL */
	const char *account_name;  /* who added it, or NULL: an import */
	int64_t added_us, removed_us; /* UTC microseconds; removed_us 0 = not */
};

/* For a module with a view of the same columns (those of drafts and posts): the columns of
 * x, and one row of them from column 0 on. */
#define ATTACHMENT_COLUMNS "x.id, x.record_num, x.draft_id, x.post_id, x.space_id, x.hash, x.name, x.type, x.size, x.title, x.alt, " \
	"x.position, x.width, x.height, x.pages, x.is_read, x.state, x.problem, x.account_name, x.added_us, x.removed_us, " \
	"x.has_preview "
#define ATTACHMENT_COLUMN_COUNT 22
void attachment_row(struct query *q, struct arena *a, struct attachment *out);

/* What stands on the record's page for this viewer; ordered by position. */
bool attachment_list(struct db *db, struct arena *a, int64_t record_num, struct attachment **out, size_t *n,
	struct error *err);
/* The same for those who write in the space, or publish its record: all states, and removed ones. */
bool attachment_list_all(struct db *db, struct arena *a, int64_t record_num, struct attachment **out, size_t *n,
	struct error *err);
/* One that the viewer may see, else ERROR_NOT_FOUND; all: as attachment_list_all. */
bool attachment_get(struct db *db, struct arena *a, const char *id, bool all, struct attachment **out,
	struct error *err);
/* PNG; ERROR_NOT_FOUND if there is none, or it is not for the viewer. */
bool attachment_preview(struct db *db, struct arena *a, const char *id, bool all, const void **png, size_t *n,
	struct error *err);
/* Bytes of all attachments of a space, removed ones too until they are collected;
 * every reference counts in full, whatever other spaces have. System. */
bool attachment_space_bytes(struct db *db, const char *space_id, int64_t *bytes, struct error *err);
/* Of a record, a draft, or a post. System. */
bool attachment_record_bytes(struct db *db, int64_t record_num, int64_t *bytes, struct error *err);
bool attachment_draft_bytes(struct db *db, const char *draft_id, int64_t *bytes, struct error *err);
bool attachment_post_bytes(struct db *db, const char *post_id, int64_t *bytes, struct error *err);

/* ---- within a write ---- */

/* Adds one at the end, and a job that reads it. The blob was kept (blob_keep);
 * space_id is that of the record, draft or post; NULL takes the record's.
 * The id is made; a name that the record has already gets a number, and out->name
 * is what it became. replace: one of that name and another hash is removed, and
 * the same hash again changes nothing (for imports). */
bool attachment_add(struct db *w, struct arena *a, struct attachment *at, const char *account_id, bool replace,
	struct error *err);
bool attachment_remove(struct db *w, const char *id, struct error *err);
/* ERROR_CONFLICT if its name is taken by another now. */
bool attachment_restore(struct db *w, const char *id, struct error *err);
/* Title and alternative text; NULL: none. */
bool attachment_describe(struct db *w, const char *id, const char *title, const char *alt, struct error *err);
/* One place up (-1) or down (1). */
bool attachment_move(struct db *w, const char *id, int by, struct error *err);
/* The files of a draft become those of its record; they take the place of files
 * of the same name. */
bool attachment_adopt(struct db *w, struct arena *a, const char *draft_id, int64_t record_num, struct error *err);
/* Rows removed longer than grace_us ago are forgotten. */
bool attachment_forget_removed(struct db *w, int64_t grace_us, struct error *err);

/* ---- reading out (by the job) ---- */

#define ATTACHMENT_JOB "attachment"
struct attachment_reading {
	int pages, width, height;
	size_t n_texts;
	const struct attachment_text { int page; const char *text; } *texts;
	const void *png;
	size_t n_png;
	const char *problem;  /* could not be read, or NULL */
};
/* By id, whatever its state; NULL in *out if there is none. System. */
bool attachment_of_job(struct db *db, struct arena *a, const char *id, struct attachment **out, struct error *err);
bool attachment_set_state(struct db *w, const char *id, enum attachment_state state, const char *problem,
	struct error *err);
/* Keeps what was read, and puts the words into the record's index. */
bool attachment_save_reading(struct db *w, struct arena *a, const char *id, const struct attachment_reading *r,
	struct error *err);

/* ---- pictures in bodies ---- */

/* The HTML of a body (content.h) with each <img src="attachment:NAME" ...>
 * pointing to its file, with width and height; one that is not there (any more)
 * becomes its alternative text. base: before local paths. */
const char *attachment_images(struct arena *a, const char *base, const char *html, const struct attachment *list,
	size_t n);
/* Within a write: has the record an image of that name? */
bool attachment_is_image(struct db *w, int64_t record_num, const char *name, bool *is, struct error *err);

#endif
