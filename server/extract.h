/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reading untrusted files in another process. A broker is forked before the
 * server confines itself; it holds nothing of the server's but one socket, may
 * start one program (commonweal-extract) and ends it when its time is over. That
 * program confines itself before its first look at the file.
 *
 * The broker is one a process, and not in struct engine, because it must be there
 * before anything else is. */
#ifndef COMMONWEAL_EXTRACT_SERVER_H
#define COMMONWEAL_EXTRACT_SERVER_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "arena.h"
#include "error.h"
#include "options.h"

extern const struct option_def extract_options[];

/* Forks the broker. While there is one thread. */
bool extract_start(const struct options *o, struct error *err);
/* The broker ends when the socket does. Fine if it was not started. */
void extract_stop(void);

struct extract_text {
	uint32_t page; /* from 1; of files without pages, a place in their order */
	const char *text;
};
struct extract_result {
	const char *type;        /* media type, by extract_look */
	uint32_t width, height;  /* of pictures */
	uint32_t pages;
	size_t n_texts;
	struct extract_text *texts;
	const void *png;         /* a small picture of it, or NULL */
	size_t n_png;
	const char *problem;     /* a sentence for people, or NULL */
};
/* The type of a file by its content, and the size of a picture. Any number of
 * threads. The descriptor is read by pread or from its beginning.
 * ERROR_UNAVAILABLE if the program cannot be started. What the program found
 * wrong with the file, or that it crashed over it, is out->problem. */
bool extract_look(int fd, struct arena *a, struct extract_result *out, struct error *err);
/* Text and picture of a file of that type. */
bool extract_read(int fd, const char *type, struct arena *a, struct extract_result *out, struct error *err);

#endif
