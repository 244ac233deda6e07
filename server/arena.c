/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Bump allocator with deferred clean-up. */
#include "arena.h"
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BLOCK_SIZE 16384
#define ALIGNMENT 16

struct block {
	struct block *next;
	size_t size, used;
	_Alignas(ALIGNMENT) unsigned char bytes[];
};

struct deferred {
	struct deferred *next;
	void (*fn)(void *);
	void *p;
};

struct arena {
	struct block *blocks; /* the newest first */
	struct deferred *deferred;
	size_t used;
};

static struct block *block_create(size_t size)
{
	struct block *b = malloc(sizeof *b + size);

	if (!b)
		abort();
	b->next = NULL;
	b->size = size;
	b->used = 0;
	return b;
}

struct arena *arena_create(void)
{
	struct arena *a = calloc(1, sizeof *a);

	if (!a)
		abort();
	a->blocks = block_create(BLOCK_SIZE);
	return a;
}

static void run_deferred(struct arena *a)
{
	while (a->deferred) {
		struct deferred *d = a->deferred;

		a->deferred = d->next; /* d itself lies in the arena */
		d->fn(d->p);
	}
}

static void free_blocks(struct block *b)
{
	while (b) {
		struct block *next = b->next;

		free(b);
		b = next;
	}
}

void arena_destroy(struct arena *a)
{
	if (!a)
		return;
	run_deferred(a);
	free_blocks(a->blocks);
	free(a);
}

void arena_reset(struct arena *a)
{
	struct block *keep = a->blocks;

	run_deferred(a);
	if (keep->size > 4 * BLOCK_SIZE) { /* one huge request should not stay */
		free_blocks(keep);
		keep = block_create(BLOCK_SIZE);
	} else {
		free_blocks(keep->next);
	}
	keep->next = NULL;
	keep->used = 0;
	a->blocks = keep;
	a->used = 0;
}

/* Not zeroed. */
static void *take(struct arena *a, size_t size)
{
	struct block *b = a->blocks;
	size_t rounded;

	if (size > SIZE_MAX / 2)
		abort();
	rounded = (size + ALIGNMENT - 1) & ~(size_t)(ALIGNMENT - 1);
	if (b->size - b->used < rounded) {
		struct block *more = block_create(rounded > BLOCK_SIZE / 2 ? rounded : BLOCK_SIZE);

		if (more->size == rounded && b->size > b->used) {
			/* A large piece of its own goes behind, so that the rest of b is used. */
			more->next = b->next;
			b->next = more;
		} else {
			more->next = b;
			a->blocks = more;
		}
		b = more;
	}
	void *p = b->bytes + b->used;
	b->used += rounded;
	a->used += rounded;
	return p;
}

void *arena_alloc(struct arena *a, size_t size)
{
	return memset(take(a, size), 0, size);
}

void *arena_array(struct arena *a, size_t n, size_t size)
{
	size_t bytes;

	if (__builtin_mul_overflow(n, size, &bytes))
		abort();
	return arena_alloc(a, bytes);
}

void *arena_copy(struct arena *a, const void *p, size_t size)
{
	void *copy = take(a, size);

	if (size)
		memcpy(copy, p, size);
	return copy;
}

char *arena_strndup(struct arena *a, const char *s, size_t n)
{
	char *copy;

	if (!s)
		return NULL;
	copy = take(a, n + 1);
	memcpy(copy, s, n);
	copy[n] = '\0';
	return copy;
}

char *arena_strdup(struct arena *a, const char *s)
{
	return s ? arena_strndup(a, s, strlen(s)) : NULL;
}

char *arena_vprintf(struct arena *a, const char *fmt, va_list ap)
{
	va_list again;
	int n;
	char *s;

	va_copy(again, ap);
	n = vsnprintf(NULL, 0, fmt, again);
	va_end(again);
	if (n < 0)
		abort();
	s = take(a, (size_t)n + 1);
	vsnprintf(s, (size_t)n + 1, fmt, ap);
	return s;
}

char *arena_printf(struct arena *a, const char *fmt, ...)
{
	va_list ap;
	char *s;

	va_start(ap, fmt);
	s = arena_vprintf(a, fmt, ap);
	va_end(ap);
	return s;
}

void arena_defer(struct arena *a, void (*fn)(void *), void *p)
{
	struct deferred *d = take(a, sizeof *d);

	d->next = a->deferred;
	d->fn = fn;
	d->p = p;
	a->deferred = d;
}

size_t arena_used(const struct arena *a)
{
	return a->used;
}
