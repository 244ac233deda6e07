/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Growable bytes. data is always NUL-terminated once anything was added
 * (the NUL is not counted). Out of memory aborts; going over `limit` (if not
 * 0) sets `failed`, adds nothing more, and is checked once at the end. */
#ifndef COMMONWEAL_BUF_H
#define COMMONWEAL_BUF_H
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

struct buf {
	char *data;
	size_t len, cap, limit;
	bool failed;
};

#define BUF_INIT {0}

void buf_finish(struct buf *b);             /* frees; the struct can be used again */
void buf_clear(struct buf *b);              /* keeps the memory */
void buf_reserve(struct buf *b, size_t extra);
void buf_add(struct buf *b, const void *p, size_t n);
void buf_str(struct buf *b, const char *s); /* NULL adds nothing */
void buf_char(struct buf *b, char c);
void buf_printf(struct buf *b, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void buf_vprintf(struct buf *b, const char *fmt, va_list ap) __attribute__((format(printf, 2, 0)));
/* The text so far, never NULL; valid until the next change. */
const char *buf_text(const struct buf *b);
/* Hands the malloc'd, NUL-terminated bytes to the caller (free()) and empties b. */
char *buf_steal(struct buf *b, size_t *len);

#endif
