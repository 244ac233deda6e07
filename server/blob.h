/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Files beside the database: each is named by the SHA-256 of its bytes (ab/cdef...
 * below the folder of option `files`), never changed, and stored once however
 * many records have it. Whose it is, and who may see it, is not known here: a row
 * of table attachment (attachment.h) refers to a hash. Order of steps: bytes to
 * incoming/, fsync, rename to the place, then the row; and for the removal the
 * row, then the bytes. So after a crash there may be a file without a row, which
 * blobs_collect takes away, but never a row without its file. */
#ifndef COMMONWEAL_BLOB_H
#define COMMONWEAL_BLOB_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "arena.h"
#include "error.h"
#include "migrate.h"
#include "options.h"
#include "store.h"

struct blobs; /* the folder; any number of threads may use one */

#define BLOB_HASH_SIZE 65 /* lower-case hex and its NUL */

extern const struct migration blob_migrations[];
extern const struct option_def blob_options[];

/* The folder of option `files`; empty: the path of option `data` with ".files" in
 * place of its suffix. In the caller's arena. */
const char *blobs_path(struct arena *a, const struct options *o);
/* Makes the folder (0700) if absent. */
struct blobs *blobs_open(const struct options *o, struct error *err);
/* The same for a folder by its name, for a copy that is restored or checked. */
struct blobs *blobs_open_folder(const char *folder, struct error *err);
void blobs_close(struct blobs *b); /* NULL is fine */
const char *blobs_folder(const struct blobs *b);
bool blob_hash_valid(const char *hash);

/* ---- reading ---- */

struct blob {
	const char *hash;
	int64_t size;     /* bytes */
	int64_t added_us; /* UTC microseconds */
};
/* All that the database refers to (or did until lately), by hash; after: only
 * hashes greater than this one, or NULL. At most limit. Not through a viewer:
 * for backups, checks and the administrator. */
bool blob_list(struct db *db, struct arena *a, const char *after, size_t limit, struct blob **out, size_t *n,
	struct error *err);
/* Below the folder: "ab/cdef...". */
void blob_relative_path(const char *hash, char out[BLOB_HASH_SIZE + 1]);
/* A descriptor for reading (the caller closes it), or -1 with ERROR_NOT_FOUND if
 * there is no such file. *size may be NULL. */
int blob_open(const struct blobs *b, const char *hash, int64_t *size, struct error *err);
/* Reads all of it. Absent is ERROR_NOT_FOUND, other bytes or length than hash and
 * size say ERROR_INTERNAL; size -1: any. */
bool blob_verify(const struct blobs *b, const char *hash, int64_t size, struct error *err);

/* ---- adding ---- */

/* A file on its way in. One thread at a time. */
struct blob_writer;
/* max: bytes that it may have. */
struct blob_writer *blob_begin(const struct blobs *b, int64_t max, struct error *err);
/* ERROR_TOO_LARGE beyond max, ERROR_UNAVAILABLE when the disk is full. */
bool blob_write(struct blob_writer *w, const void *bytes, size_t n, struct error *err);
/* Everything from a descriptor. */
bool blob_write_fd(struct blob_writer *w, int fd, struct error *err);
/* No more comes: onto the disk. */
bool blob_end(struct blob_writer *w, struct error *err);
int64_t blob_size(const struct blob_writer *w);
const char *blob_hash(const struct blob_writer *w); /* after blob_end */
/* What was written, for reading only and with an offset of its own; the caller
 * closes it. Before blob_keep. -1 with err set if that fails. */
int blob_read(const struct blob_writer *w, struct error *err);
/* Puts the file to its place, whether or not its bytes are there already, and
 * keeps blobs_collect away until blob_finish: the row is written in between. */
bool blob_keep(struct blob_writer *w, struct error *err);
/* Frees; a file that was not kept is removed. NULL is fine. */
void blob_finish(struct blob_writer *w);
/* The row of a kept file. Within a write. */
bool blob_add(struct db *w, const char *hash, int64_t size, struct error *err);

/* ---- removing ---- */

struct blob_collected {
	int64_t rows;    /* that nothing refers to any more */
	int64_t strays;  /* files without a row */
	int64_t bytes;
};
/* Removes what no attachment refers to and is older than grace_us; and files
 * without a row, of the same age. */
bool blobs_collect(const struct blobs *b, struct store *s, int64_t grace_us, struct blob_collected *out,
	struct error *err);
/* Removes what an interrupted process left in incoming/. */
void blobs_clear_incoming(const struct blobs *b);

#endif
