/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Arena: bump allocator for everything that lives as long as one request or
 * one import; freed as a whole. Never fails: out of memory aborts. Not
 * thread-safe; one owner at a time. */
#ifndef COMMONWEAL_ARENA_H
#define COMMONWEAL_ARENA_H
#include <stdarg.h>
#include <stddef.h>

struct arena;

struct arena *arena_create(void);
/* Runs the deferred calls in reverse order, then frees all. NULL is fine. */
void arena_destroy(struct arena *a);
/* As destroy, but keeps a first block for reuse. */
void arena_reset(struct arena *a);

/* Zeroed memory, aligned for any type. size 0 gives a valid pointer. */
void *arena_alloc(struct arena *a, size_t size);
/* n * size with overflow check. */
void *arena_array(struct arena *a, size_t n, size_t size);
void *arena_copy(struct arena *a, const void *p, size_t size);
/* NULL in, NULL out. */
char *arena_strdup(struct arena *a, const char *s);
char *arena_strndup(struct arena *a, const char *s, size_t n);
char *arena_printf(struct arena *a, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
char *arena_vprintf(struct arena *a, const char *fmt, va_list ap) __attribute__((format(printf, 2, 0)));
/* fn(p) is called when the arena is reset or destroyed, last deferred first. */
void arena_defer(struct arena *a, void (*fn)(void *), void *p);
/* Bytes handed out since the last reset. */
size_t arena_used(const struct arena *a);

#endif
