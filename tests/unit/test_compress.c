/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "compress.h"
#include <brotli/decode.h>
#include <zlib.h>
#include "unit.h"

static char text[50000];

static void fill(void)
{
	for (size_t i = 0; i < sizeof text; i++)
		text[i] = "the quick brown fox jumps over the lazy dog "[(i * i + i / 7) % 44];
}

static bool gunzips_to(const void *p, size_t n, const char *wanted, size_t m)
{
	char *out = malloc(m + 1);
	z_stream z = { .next_in = (Bytef *)p, .avail_in = (uInt)n };

	if (!out || inflateInit2(&z, 15 + 16) != Z_OK)
		abort();
	z.next_out = (Bytef *)out;
	z.avail_out = (uInt)m + 1;
	bool good = inflate(&z, Z_FINISH) == Z_STREAM_END && z.total_out == m && memcmp(out, wanted, m) == 0;
	inflateEnd(&z);
	free(out);
	return good;
}

static void gzip(void)
{
	size_t n = 0;

	fill();
	for (int level = 1; level <= 9; level += 4) {
		void *p = compress_gzip(text, sizeof text, level, &n);

		NEED(p != NULL);
		CHECK(n > 0 && n < sizeof text);
		CHECK(memcmp(p, "\x1f\x8b", 2) == 0);
		CHECK(gunzips_to(p, n, text, sizeof text));
		free(p);
	}
}

static void brotli(void)
{
	static uint8_t out[sizeof text + 1];
	size_t n = 0, m = sizeof out;

	fill();
	void *p = compress_brotli(text, sizeof text, 5, &n);
	NEED(p != NULL);
	CHECK(n > 0 && n < sizeof text);
	CHECK(BrotliDecoderDecompress(n, p, &m, out) == BROTLI_DECODER_RESULT_SUCCESS);
	CHECK(m == sizeof text && memcmp(out, text, m) == 0);
	free(p);
}

/* Nothing that is not smaller, whatever the length. */
static void smaller_or_nothing(void)
{
	char noise[300];
	unsigned seed = 1;
	size_t n = 9;

	for (size_t i = 0; i < sizeof noise; i++)
		noise[i] = (char)((seed = seed * 1103515245 + 12345) >> 16);
	memset(text, 'a', sizeof text);
	CHECK(compress_gzip("", 0, 6, &n) == NULL && n == 0);
	CHECK(compress_brotli("", 0, 5, &n) == NULL && n == 0);
	CHECK(compress_gzip(noise, sizeof noise, 9, &n) == NULL && n == 0);
	CHECK(compress_brotli(noise, sizeof noise, 5, &n) == NULL && n == 0);
	size_t smaller = 0;
	for (size_t i = 1; i < 100; i++) {
		void *p = compress_gzip(text, i, 6, &n);

		CHECK(p ? n < i : n == 0);
		smaller += p != NULL;
		CHECK(!p || gunzips_to(p, n, text, i));
		free(p);
		p = compress_brotli(text, i, 5, &n);
		CHECK(p ? n < i : n == 0);
		free(p);
	}
	CHECK(smaller > 50);
}

static void choice(void)
{
	static const struct {
		const char *accept;
		enum coding coding;
	} rows[] = {
		{ NULL, CODING_IDENTITY },
		{ "", CODING_IDENTITY },
		{ "gzip", CODING_GZIP },
		{ "br", CODING_BROTLI },
		{ "gzip, deflate, br, zstd", CODING_BROTLI },
		{ "GZip", CODING_GZIP },
		{ "deflate", CODING_IDENTITY },
		{ "identity", CODING_IDENTITY },
		{ "gzip;q=1.0, br;q=0.5", CODING_GZIP },
		{ "gzip;q=0.5, br;q=0.5", CODING_BROTLI },
		{ "gzip;q=0", CODING_IDENTITY },
		{ "gzip;q=0.000, br", CODING_BROTLI },
		{ "br;q=0, gzip", CODING_GZIP },
		{ "br;q=0, gzip;q=0", CODING_IDENTITY },
		{ "gzip ; q=0.3 , br ; Q=0.2", CODING_GZIP },
		{ "*", CODING_BROTLI },
		{ "*;q=0", CODING_IDENTITY },
		{ "*;q=0, gzip", CODING_GZIP },
		{ "br;q=0, *", CODING_GZIP },
		{ "identity;q=1, gzip;q=0.5", CODING_IDENTITY }, /* it wants neither more */
		{ "identity;q=0.5, gzip", CODING_GZIP },
		{ "identity;q=0, gzip;q=0.1", CODING_GZIP },
		{ "gzip;q=nan", CODING_IDENTITY },
		{ "gzip;q=2", CODING_IDENTITY },
		{ "gzip;q=-1", CODING_IDENTITY },
		{ "gzip;q=", CODING_IDENTITY },
		{ "gzipx, xbr", CODING_IDENTITY },
		{ ",,,gzip,,", CODING_GZIP },
		{ ";q=1", CODING_IDENTITY },
	};

	for (size_t i = 0; i < COUNT(rows); i++)
		if (coding_choose(rows[i].accept) != rows[i].coding)
			CHECK_TEXT(rows[i].accept, "another coding");
		else
			CHECK(true);
}

CU_TestInfo unit_tests[] = {
	{ "gzip", gzip },
	{ "brotli", brotli },
	{ "smaller or nothing", smaller_or_nothing },
	{ "choice by Accept-Encoding", choice },
	CU_TEST_INFO_NULL,
};
