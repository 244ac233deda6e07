/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reads tar archives (POSIX.1-2001 pax, ustar, and GNU's long names), plain or
 * compressed by gzip, from front to back. Input is hostile: every number is
 * checked, and limits end it. Only names and bytes of regular files come out. */
#ifndef COMMONWEAL_TAR_H
#define COMMONWEAL_TAR_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "arena.h"
#include "error.h"

struct tar;

/* Takes fd over. total: bytes that may come out of the compression; each: of one file. */
struct tar *tar_open(int fd, int64_t total, size_t each, struct error *err);
void tar_close(struct tar *t); /* NULL is fine */
/* The next file, in the arena, which also is NUL-terminated; *name NULL: the end.
 * ERROR_INVALID: no such archive, cut off, or over a limit. */
bool tar_next(struct tar *t, struct arena *a, const char **name, const char **bytes, size_t *n, struct error *err);

#endif
