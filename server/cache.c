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
#define ENTRY_OVERHEAD 128 /* of the allocator, for up to four pieces */

struct entry {
	struct cached answer; /* first: a cached is its entry */
	atomic_int references;
	size_t bytes;
	char *key;
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

	e->bytes += strlen(key) + 1;
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

#define ETAG_BYTES 12

/* Quoted; twelve bytes of BLAKE2b, which takes a third of SHA-256's time. */
static void make_etag(char out[2 * ETAG_BYTES + 3], const void *bytes, size_t n)
{
	unsigned char hash[crypto_generichash_BYTES_MIN];

	crypto_generichash(hash, sizeof hash, bytes, n, NULL, 0);
	out[0] = '"';
	sodium_bin2hex(out + 1, 2 * ETAG_BYTES + 1, hash, ETAG_BYTES);
	memcpy(out + 1 + 2 * ETAG_BYTES, "\"", 2);
}

static char *put_text(char **at, const char *text)
{
	size_t n = strlen(text) + 1;
	char *to = memcpy(*at, text, n);

	*at += n;
	return to;
}

static size_t size_of(const struct response *rs)
{
	size_t n = sizeof(struct entry) + rs->n_headers * sizeof(struct pair) + 2 * ETAG_BYTES + 3 +
		strlen(rs->type ? rs->type : "") + 1 + rs->body.len + 1;

	for (size_t i = 0; i < rs->n_headers; i++)
		n += strlen(rs->headers[i].name) + strlen(rs->headers[i].value) + 2;
	return n;
}

/* The entry and all that is copied from rs are one piece of memory, so that the
 * bound on the cache is a bound on what it takes. */
static struct entry *entry_make(const struct response *rs)
{
	struct entry *e = calloc(1, size_of(rs));
	struct cached *a = &e->answer;

	if (!e)
		abort();
	struct pair *headers = (struct pair *)(e + 1);
	char *at = (char *)(headers + rs->n_headers);
	atomic_init(&e->references, 1);
	e->bytes = size_of(rs) + ENTRY_OVERHEAD;
	a->status = rs->status;
	a->generation = rs->generation;
	a->fresh_until_us = rs->fresh_until_us;
	a->cacheable = rs->cacheable;
	a->type = rs->type ? put_text(&at, rs->type) : NULL;
	a->n_headers = rs->n_headers;
	a->headers = headers;
	for (size_t i = 0; i < rs->n_headers; i++) {
		headers[i].name = put_text(&at, rs->headers[i].name);
		headers[i].value = put_text(&at, rs->headers[i].value);
	}
	if (rs->cacheable) {
		make_etag(at, buf_text(&rs->body), rs->body.len);
		a->etag = at;
		at += 2 * ETAG_BYTES + 3;
	}
	a->identity = memcpy(at, buf_text(&rs->body), rs->body.len + 1);
	a->identity_len = rs->body.len;
	return e;
}

const struct cached *cache_put(struct cache *c, const char *key, const struct response *rs)
{
	struct entry *e = entry_make(rs);
	struct cached *a = &e->answer;
	unsigned codings = rs->codings ? rs->codings : ~0u;
	bool kept = key && rs->cacheable;

	if (kept && rs->body.len >= COMPRESS_FROM && strncmp(rs->type, "image/png", 9) != 0) {
		if (codings & 1u << CODING_GZIP)
			a->gzip = e->gzip = compress_gzip(a->identity, a->identity_len, 6, &a->gzip_len);
		if (codings & 1u << CODING_BROTLI)
			a->brotli = e->brotli = compress_brotli(a->identity, a->identity_len, 5, &a->brotli_len);
	}
	e->bytes += a->gzip_len + a->brotli_len;
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
