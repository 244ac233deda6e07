/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Where a request ends: a strict reader of HTTP/1.1 message framing (RFC 9112)
 * over raw bytes. Whatever two servers could read in two ways is refused, so
 * that no request can hide within another. It knows no sockets and allocates
 * nothing. */
#ifndef COMMONWEAL_FRAMING_H
#define COMMONWEAL_FRAMING_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct framing_limits {
	size_t head;    /* request line and headers together; trailers alike */
	size_t target;
	int headers;    /* how many */
	uint64_t body;
	/* Bodies of POSTs to targets that take files, and which those are; NULL: none. */
	uint64_t upload;
	bool (*is_upload)(const char *target, size_t n, void *arg);
	void *arg;
};

enum framing_body { FRAMING_NONE, FRAMING_LENGTH, FRAMING_CHUNKED };

struct framing {
	const struct framing_limits *limits;
	int status;              /* that refuses the request, or 0 */
	const char *text;        /* why, one sentence */
	size_t scanned;          /* bytes of the head looked at */
	size_t line;             /* where its current line begins */
	bool after_cr, later_line;
	bool upload;             /* its target takes files */
	bool expects;            /* 100 Continue, before it sends the body (RFC 9110, 10.1.1) */
	uint64_t body_max;
	bool close;              /* the client closes after this request */
	enum framing_body body;
	uint64_t left;           /* bytes of the body, or of the chunk, still to come */
	uint64_t total;          /* of the chunks so far */
	int state, digits;       /* of the chunks */
	size_t extra;            /* bytes of extensions, then of trailers */
};

/* Before each request. */
void framing_begin(struct framing *f, const struct framing_limits *limits);
/* bytes: the head from its first byte on, as far as it has come (what was
 * looked at before is not looked at again). Its length with the empty line, or
 * 0: more to come, or f->status is set. */
size_t framing_head(struct framing *f, const char *bytes, size_t n);

enum framing_step {
	FRAMING_MORE,      /* all n bytes looked at, nothing to pass on yet */
	FRAMING_SIZE,      /* a chunk of f->left bytes begins */
	FRAMING_DATA,      /* the *used bytes are data */
	FRAMING_CHUNK_END,
	FRAMING_LAST,      /* the body and its trailers have ended */
	FRAMING_BAD        /* f->status is set */
};
/* One step into the chunked body; *used bytes were looked at. */
enum framing_step framing_chunk(struct framing *f, const char *bytes, size_t n, size_t *used);

/* A Host value in lower case and without its port; false if it is no host. */
#define FRAMING_HOST_SIZE 256
bool framing_host(const char *value, char out[FRAMING_HOST_SIZE]);

#endif
