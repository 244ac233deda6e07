/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Response cache: a hash table and a list by last use, under one lock. */
#include "cache.h"
#include <pthread.h>
#include <sodium.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include "compress.h"
#include "text.h"

#define BUCKETS 4096
#define COMPRESS_FROM 600

struct entry {
	struct cached answer; /* first: a cached is its entry */
	atomic_int references;
	size_t bytes;
	char *key;
	struct arena *arena;
	void *gzip, *brotli;
	struct entry *chain;         /* in its bucket */
	struct entry *newer, *older; /* by last use */
};

struct cache {
	pthread_mutex_t mutex;
	struct entry *buckets[BUCKETS];
	struct entry *newest, *oldest;
	size_t bytes, max_bytes;
};

struct cache *cache_create(size_t max_bytes)
{
	struct cache *c = calloc(1, sizeof *c);

	if (!c)
		abort();
	pthread_mutex_init(&c->mutex, NULL);
	c->max_bytes = max_bytes;
	return c;
}

static struct entry **bucket_of(struct cache *c, const char *key)
{
	uint64_t h = 14695981039346656037u; /* FNV-1a */

	for (; *key; key++)
		h = (h ^ (unsigned char)*key) * 1099511628211u;
	return &c->buckets[(h ^ h >> 32) % BUCKETS];
}

void cached_release(const struct cached *answer)
{
	struct entry *e = (struct entry *)answer;

	if (!e || atomic_fetch_sub(&e->references, 1) != 1)
		return;
	free(e->gzip);
	free(e->brotli);
	free(e->key);
	arena_destroy(e->arena);
	free(e);
}

static void unlink_use(struct cache *c, struct entry *e)
{
	*(e->newer ? &e->newer->older : &c->newest) = e->older;
	*(e->older ? &e->older->newer : &c->oldest) = e->newer;
	e->newer = e->older = NULL;
}

static void link_newest(struct cache *c, struct entry *e)
{
	e->older = c->newest;
	if (c->newest)
		c->newest->newer = e;
	c->newest = e;
	if (!c->oldest)
		c->oldest = e;
}

/* Takes it out of the table; the table's reference goes with it. */
static void drop(struct cache *c, struct entry *e)
{
	struct entry **at = bucket_of(c, e->key);

	while (*at != e) /* it is in its bucket; NOLINT(clang-analyzer-core.NullDereference) */
		at = &(*at)->chain;
	*at = e->chain;
	unlink_use(c, e);
	c->bytes -= e->bytes;
	cached_release(&e->answer);
}

void cache_destroy(struct cache *c)
{
	if (!c)
		return;
	while (c->oldest)
		drop(c, c->oldest); /* drop moves c->oldest on; NOLINT(clang-analyzer-unix.Malloc) */
	pthread_mutex_destroy(&c->mutex);
	free(c);
}

static struct entry *find(struct cache *c, const char *key)
{
	struct entry *e = *bucket_of(c, key);

	while (e && strcmp(e->key, key) != 0)
		e = e->chain;
	return e;
}

const struct cached *cache_get(struct cache *c, const char *key, int64_t generation)
{
	struct entry *e;

	pthread_mutex_lock(&c->mutex);
	e = find(c, key);
	if (e && (e->answer.generation < generation ||
		(e->answer.fresh_until_us && e->answer.fresh_until_us <= clock_now_us()))) {
		drop(c, e);
		e = NULL;
	} else if (e && e->answer.generation > generation) {
		e = NULL; /* the asker's snapshot is older than the page */
	}
	if (e) {
		atomic_fetch_add(&e->references, 1);
		if (e != c->newest) {
			unlink_use(c, e);
			link_newest(c, e);
		}
	}
	pthread_mutex_unlock(&c->mutex);
	return e ? &e->answer : NULL;
}

static void keep(struct cache *c, struct entry *e, const char *key)
{
	struct entry *old, **at;

	if (e->bytes > c->max_bytes / 4)
		return;
	e->key = strdup(key);
	if (!e->key)
		abort();
	pthread_mutex_lock(&c->mutex);
	old = find(c, key);
	if (old)
		drop(c, old);
	while (c->oldest && c->bytes + e->bytes > c->max_bytes)
		drop(c, c->oldest); /* drop moves c->oldest on; NOLINT(clang-analyzer-unix.Malloc) */
	at = bucket_of(c, key);
	e->chain = *at;
	*at = e;
	link_newest(c, e);
	c->bytes += e->bytes;
	atomic_fetch_add(&e->references, 1);
	pthread_mutex_unlock(&c->mutex);
}

/* Twelve bytes of BLAKE2b, which takes a quarter of SHA-256's time here. */
static const char *etag_of(struct arena *a, const void *bytes, size_t n)
{
	unsigned char hash[crypto_generichash_BYTES_MIN];
	char hex[2 * sizeof hash + 1];

	crypto_generichash(hash, sizeof hash, bytes, n, NULL, 0);
	sodium_bin2hex(hex, sizeof hex, hash, sizeof hash);
	return arena_printf(a, "\"%.24s\"", hex);
}

const struct cached *cache_put(struct cache *c, const char *key, const struct response *rs)
{
	struct entry *e = calloc(1, sizeof *e);
	struct cached *a = &e->answer;
	struct pair *headers;
	unsigned codings = rs->codings ? rs->codings : ~0u;

	if (!e)
		abort();
	atomic_init(&e->references, 1);
	e->arena = arena_create();
	a->status = rs->status;
	a->generation = rs->generation;
	a->fresh_until_us = rs->fresh_until_us;
	a->cacheable = rs->cacheable;
	a->type = arena_strdup(e->arena, rs->type);
	a->n_headers = rs->n_headers;
	a->headers = headers = arena_array(e->arena, rs->n_headers + 1, sizeof *headers);
	for (size_t i = 0; i < rs->n_headers; i++) {
		headers[i].name = arena_strdup(e->arena, rs->headers[i].name);
		headers[i].value = arena_strdup(e->arena, rs->headers[i].value);
	}
	a->identity = arena_copy(e->arena, buf_text(&rs->body), rs->body.len);
	a->identity_len = rs->body.len;
	if (rs->cacheable)
		a->etag = etag_of(e->arena, a->identity, a->identity_len);
	bool kept = key && rs->cacheable;
	if (kept && rs->body.len >= COMPRESS_FROM && strncmp(rs->type, "image/png", 9) != 0) {
		if (codings & 1u << CODING_GZIP)
			a->gzip = e->gzip = compress_gzip(a->identity, a->identity_len, 6, &a->gzip_len);
		if (codings & 1u << CODING_BROTLI)
			a->brotli = e->brotli = compress_brotli(a->identity, a->identity_len, 5, &a->brotli_len);
	}
	e->bytes = sizeof *e + arena_used(e->arena) + a->gzip_len + a->brotli_len + 512;
	if (kept)
		keep(c, e, key);
	return a;
}

size_t cache_bytes(const struct cache *c)
{
	pthread_mutex_t *mutex = (pthread_mutex_t *)&c->mutex;

	pthread_mutex_lock(mutex);
	size_t bytes = c->bytes;
	pthread_mutex_unlock(mutex);
	return bytes;
}
