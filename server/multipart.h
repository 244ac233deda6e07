/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A strict reader of multipart/form-data (RFC 7578, 2046) that is fed piece by
 * piece and holds none of the data: what it knows of a boundary that may be
 * beginning is a number. It knows no files. */
#ifndef COMMONWEAL_MULTIPART_H
#define COMMONWEAL_MULTIPART_H
#include <stdbool.h>
#include <stddef.h>
#include "arena.h"
#include "error.h"

#define MULTIPART_BOUNDARY_MAX 70
#define MULTIPART_HEAD_MAX 4096

/* Each false ends the reading, with err set. */
struct multipart_ops {
	/* A part begins. Both are UTF-8 and in the arena; file is NULL for a field. */
	bool (*part)(void *arg, const char *name, const char *file, struct error *err);
	bool (*data)(void *arg, const char *bytes, size_t n, struct error *err);
	bool (*end)(void *arg, struct error *err);
};

struct multipart {
	struct arena *arena;
	const struct multipart_ops *ops;
	void *arg;
	int state;
	char mark[MULTIPART_BOUNDARY_MAX + 5];         /* CR LF "--" boundary */
	unsigned char back[MULTIPART_BOUNDARY_MAX + 5]; /* where to go on in it when the next byte is another */
	size_t n_mark, met;                            /* met: bytes of it that have come */
	char head[MULTIPART_HEAD_MAX];
	size_t n_head;
};

/* The arena takes names only. boundary: as form_boundary gives it. */
void multipart_begin(struct multipart *m, struct arena *a, const char *boundary, const struct multipart_ops *ops,
	void *arg);
/* False with err set: it is malformed, or an operation failed. Not called again then. */
bool multipart_feed(struct multipart *m, const char *bytes, size_t n, struct error *err);
/* After the last byte: has the last boundary come? */
bool multipart_end(const struct multipart *m, struct error *err);
/* The boundary of a Content-Type "multipart/form-data; boundary=...", or NULL. */
const char *multipart_boundary(struct arena *a, const char *content_type);

#endif
