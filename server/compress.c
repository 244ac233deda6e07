/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Content codings. */
#include "compress.h"
#include <brotli/encode.h>
#include <limits.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <zlib.h>

/* Gives back what was reserved too much: the result may be kept for long. */
static void *shrink(void *p, size_t n)
{
	void *less = realloc(p, n);

	if (!less)
		return p;
	return less;
}

void *compress_gzip(const void *p, size_t n, int level, size_t *len)
{
	z_stream z = { .next_in = (Bytef *)p, .avail_in = (uInt)n };
	void *out;

	*len = 0;
	if (n == 0 || n > INT_MAX / 2 || deflateInit2(&z, level, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) != Z_OK)
		return NULL;
	out = malloc(n);
	if (!out)
		abort();
	z.next_out = out;
	z.avail_out = (uInt)n - 1;
	if (deflate(&z, Z_FINISH) == Z_STREAM_END) {
		*len = z.total_out;
		out = shrink(out, *len);
	} else {
		free(out);
		out = NULL;
	}
	deflateEnd(&z);
	return out;
}

void *compress_brotli(const void *p, size_t n, int quality, size_t *len)
{
	void *out = malloc(n ? n : 1);

	if (!out)
		abort();
	*len = n;
	if (n > 0 && BrotliEncoderCompress(quality, BROTLI_DEFAULT_WINDOW, BROTLI_MODE_TEXT, n, p, len, out) &&
		*len < n)
		return shrink(out, *len);
	free(out);
	*len = 0;
	return NULL;
}

static bool named(const char *s, size_t n, const char *name)
{
	return n == strlen(name) && strncasecmp(s, name, n) == 0;
}

/* "0" and "0.000" say no; anything else counts as its three digits. */
static int quality(const char *s, const char *end)
{
	for (; s < end; s++)
		if ((*s == 'q' || *s == 'Q') && s + 1 < end && s[1] == '=') {
			double q = strtod(s + 2, NULL);

			return q >= 0 && q <= 1 ? (int)(q * 1000) : 0; /* not a number fails both */
		}
	return 1000;
}

enum coding coding_choose(const char *accept)
{
	int best[3] = { 1, 0, 0 }, any = -1; /* identity is always allowed, at least as a last resort */
	bool said[3] = { false };

	for (const char *s = accept ? accept : ""; *s;) {
		const char *end = s + strcspn(s, ","), *start = s + strspn(s, " \t");
		size_t n = strcspn(start, " \t;,");
		int q = quality(start + n, end);

		for (int i = 0; i < 3; i++)
			if (named(start, n, i == 0 ? "identity" : i == 1 ? "gzip" : "br")) {
				best[i] = q;
				said[i] = true;
			}
		if (named(start, n, "*"))
			any = q;
		s = *end ? end + 1 : end;
	}
	for (int i = 1; i < 3; i++)
		if (!said[i] && any > 0)
			best[i] = any;
	enum coding coding = best[CODING_BROTLI] >= best[CODING_GZIP] ? CODING_BROTLI : CODING_GZIP;
	bool wanted = best[coding] > 0 && best[coding] >= best[CODING_IDENTITY];
	return wanted ? coding : CODING_IDENTITY;
}
