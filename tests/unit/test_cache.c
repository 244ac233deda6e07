/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cache.h"
#include <pthread.h>
#include "unit.h"


static struct response answer(const char *body, int64_t generation, bool cacheable)
{
	struct response rs = { .status = 200, .type = "text/html", .n_headers = 1, .generation = generation,
		.cacheable = cacheable };

	rs.headers[0] = (struct pair){ "X-Test", "yes" };
	buf_str(&rs.body, body);
	return rs;
}

static const struct cached *put(struct cache *c, const char *key, const char *body, int64_t generation)
{
	struct response rs = answer(body, generation, true);
	const struct cached *e = cache_put(c, key, &rs);

	buf_finish(&rs.body); /* the answer has its own copy */
	return e;
}

static bool has(struct cache *c, const char *key, int64_t generation)
{
	const struct cached *e = cache_get(c, key, generation);

	if (e)
		cached_release(e);
	return e;
}

static void keeps(void)
{
	struct cache *c = cache_create(1 << 20);
	const struct cached *e = put(c, "/a", "hello", 5), *again;

	CHECK_INT(e->status, 200);
	CHECK_TEXT(e->type, "text/html");
	CHECK_INT(e->identity_len, 5);
	CHECK(memcmp(e->identity, "hello", 5) == 0);
	CHECK(e->n_headers == 1 && strcmp(e->headers[0].value, "yes") == 0);
	CHECK(e->gzip == NULL && e->brotli == NULL); /* too short to compress */
	CHECK(e->etag[0] == '"' && e->etag[strlen(e->etag) - 1] == '"');
	again = cache_get(c, "/a", 5);
	CHECK(again == e);
	cached_release(again);
	cached_release(e);
	CHECK(cache_bytes(c) > 5);
	CHECK(!has(c, "/b", 5));
	cache_destroy(c);
	cache_destroy(NULL);
	cached_release(NULL);
}

static void generations(void)
{
	struct cache *c = cache_create(1 << 20);

	cached_release(put(c, "/a", "one", 5));
	CHECK(!has(c, "/a", 4)); /* made from something newer than the asker's snapshot */
	CHECK(has(c, "/a", 5));
	CHECK(!has(c, "/a", 6)); /* stale: gone for good */
	CHECK(!has(c, "/a", 5));
	CHECK_INT(cache_bytes(c), 0);
	cached_release(put(c, "/a", "two", 6));
	const struct cached *e = cache_get(c, "/a", 6);
	NEED(e != NULL);
	CHECK(memcmp(e->identity, "two", 3) == 0);
	cached_release(e);
	cache_destroy(c);
}

static void not_kept(void)
{
	struct cache *c = cache_create(1 << 20);
	struct response rs = answer("private", 5, false);
	const struct cached *e = cache_put(c, "/a", &rs);

	CHECK(memcmp(e->identity, "private", 7) == 0);
	CHECK(!e->cacheable);
	cached_release(e);
	CHECK(!has(c, "/a", 5));
	rs.cacheable = true;
	e = cache_put(c, NULL, &rs);
	CHECK(e != NULL);
	cached_release(e);
	CHECK_INT(cache_bytes(c), 0);
	buf_finish(&rs.body);
	cache_destroy(c);
}

/* An answer that is still being sent outlives its place in the cache. */
static void outlives(void)
{
	struct cache *c = cache_create(1 << 20);
	const struct cached *old = put(c, "/a", "old", 5), *e = put(c, "/a", "new", 5);

	CHECK(memcmp(old->identity, "old", 3) == 0);
	cache_destroy(c);
	CHECK(memcmp(old->identity, "old", 3) == 0 && memcmp(e->identity, "new", 3) == 0);
	cached_release(old);
	cached_release(e);
}

static void bounded(void)
{
	struct cache *c = cache_create(400000);
	char key[20], body[20000];

	memset(body, 'x', sizeof body);
	body[sizeof body - 1] = '\0';
	for (int i = 0; i < 100; i++) {
		snprintf(key, sizeof key, "/%d", i);
		cached_release(put(c, key, body, 1));
		CHECK(has(c, "/0", 1)); /* used all the time, so it stays */
		CHECK(cache_bytes(c) <= 400000);
	}
	CHECK(has(c, "/99", 1));
	CHECK(!has(c, "/1", 1)); /* the least recently used are gone */
	CHECK(cache_bytes(c) > 200000);
	cache_destroy(c);
	/* What would fill a quarter of it is not kept at all. */
	c = cache_create(40000);
	cached_release(put(c, "/a", body, 1));
	CHECK(!has(c, "/a", 1));
	cache_destroy(c);
}

static void variants(void)
{
	struct cache *c = cache_create(1 << 20);
	struct buf b = BUF_INIT;

	for (int i = 0; i < 200; i++)
		buf_printf(&b, "<p>paragraph %d</p>", i);
	const struct cached *e = put(c, "/a", buf_text(&b), 1), *other = put(c, "/b", "different", 1);
	CHECK(e->gzip && e->gzip_len < e->identity_len);
	CHECK(e->brotli && e->brotli_len < e->identity_len);
	CHECK(strcmp(e->etag, other->etag) != 0);
	const struct cached *same = put(c, "/c", buf_text(&b), 9);
	CHECK_TEXT(same->etag, e->etag); /* of the bytes alone */
	cached_release(e);
	cached_release(other);
	cached_release(same);
	buf_finish(&b);
	cache_destroy(c);
}

static void *busy(void *arg)
{
	struct cache *c = arg;
	char key[20], body[3000];
	size_t wrong = 0;

	for (int i = 0; i < 400; i++) {
		snprintf(key, sizeof key, "/%d", i % 37);
		const struct cached *e = cache_get(c, key, 1 + i / 100);
		if (e) {
			wrong += strncmp(e->identity, key, strlen(key)) != 0;
			cached_release(e);
			continue;
		}
		snprintf(body, sizeof body, "%s %0*d", key, i % 2900, i);
		cached_release(put(c, key, body, 1 + i / 100));
		wrong += cache_bytes(c) > 60000;
	}
	return wrong ? unit_tests : NULL; /* NULL is good */
}

static void threads(void)
{
	struct cache *c = cache_create(60000);
	pthread_t t[4];
	void *wrong;

	for (int i = 0; i < 4; i++)
		NEED(pthread_create(&t[i], NULL, busy, c) == 0);
	for (int i = 0; i < 4; i++) {
		pthread_join(t[i], &wrong);
		CHECK(wrong == NULL);
	}
	cache_destroy(c);
}

CU_TestInfo unit_tests[] = {
	{ "keeps", keeps },
	{ "generations", generations },
	{ "what is not kept", not_kept },
	{ "answers outlive the cache", outlives },
	{ "bounded, least recently used first", bounded },
	{ "variants and ETag", variants },
	{ "threads", threads },
	CU_TEST_INFO_NULL,
};
