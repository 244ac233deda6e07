/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The body of a request to a route with ROUTE_UPLOAD: a form with files, written
 * to disk as it comes. Nothing is written before the terms are known, and they
 * are known only when role, origin and (unless it comes as a field before the
 * files) the form's token were checked. */
#ifndef COMMONWEAL_UPLOAD_H
#define COMMONWEAL_UPLOAD_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "arena.h"
#include "blob.h"
#include "error.h"
#include "request.h"

#define UPLOAD_FILES_MAX 20
#define UPLOAD_NAME_MAX 120

/* What a handler that is asked lets come. */
struct upload_terms {
	int64_t file_max;   /* bytes of one file */
	int64_t total_max;  /* bytes of all */
	int files_max;      /* at most UPLOAD_FILES_MAX */
	const char *token;  /* that must come as field "csrf" before the first file; NULL: it was proven. By dispatch */
};

struct upload_file {
	const char *field;
	const char *name;          /* upload_name of what was sent */
	struct blob_writer *blob;  /* ended, on the disk, not kept; finished with the request */
};

struct upload;

/* In the arena, which also ends what was begun. */
struct upload *upload_begin(struct arena *a, const struct blobs *b, const char *boundary,
	const struct upload_terms *terms);
/* False with err set: nothing more is taken. */
bool upload_feed(struct upload *u, const char *bytes, size_t n, struct error *err);
/* After the last byte. Fields and files go into the request. */
bool upload_end(struct upload *u, struct request *rq, struct error *err);
/* A file's name as we keep and show it: the last part of a path, without what
 * turns, hides or breaks names, at most UPLOAD_NAME_MAX bytes with its suffix;
 * "file" if nothing is left. */
const char *upload_name(struct arena *a, const char *sent);

#endif
