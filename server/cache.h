/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Response cache: whole answers to anonymous GETs, as bytes with their ETag
 * and their gzip and brotli forms, valid while the content generation they were made from is
 * the newest and until its time, if it has one. Bounded in bytes, least recently used goes first. Thread-safe. */
#ifndef COMMONWEAL_CACHE_H
#define COMMONWEAL_CACHE_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "request.h"

struct cache;

struct cached {          /* immutable, counted */
	int status;
	const char *type;
	size_t n_headers;
	const struct pair *headers;
	const char *etag;        /* quoted, of the identity form; variants add -g and -b; NULL if not cacheable */
	const void *identity, *gzip, *brotli; /* variants NULL when not smaller or not asked for */
	size_t identity_len, gzip_len, brotli_len;
	int64_t generation, fresh_until_us;
	bool cacheable;
};

struct cache *cache_create(size_t max_bytes);
void cache_destroy(struct cache *c);
/* The answer under key if it is of this generation and in its time, with a
 * reference taken, or NULL. */
const struct cached *cache_get(struct cache *c, const char *key, int64_t generation);
/* Makes a counted answer from rs and, if it is cacheable and key is not NULL,
 * keeps it, with the forms of rs->codings when it has over 600 bytes. The caller holds one reference. */
const struct cached *cache_put(struct cache *c, const char *key, const struct response *rs);
void cached_release(const struct cached *e);
size_t cache_bytes(const struct cache *c);

#endif
