/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Framing of requests: what it makes of bytes is the same in one piece and in
 * many, every request that it lets pass has one reading, and it never looks past
 * the end. The first byte says how long the pieces are. */
#include <stdlib.h>
#include <string.h>
#include "framing.h"
#include "fuzz.h"
#include "proxy.h"

const char *const fuzz_target = "framing";

static const struct framing_limits limits = { .head = 600, .target = 200, .headers = 12, .body = 300 };

struct outcome {
	int status, requests;
	size_t bytes, data;
};

/* A copy of its own for each look, so that a sanitizer sees one byte too many. */
static size_t head(struct framing *f, const uint8_t *p, size_t n)
{
	char *copy = malloc(n + 1);
	size_t whole;

	memcpy(copy, p, n);
	whole = framing_head(f, copy, n);
	free(copy);
	return whole;
}

static struct outcome read_all(const uint8_t *p, size_t n, size_t piece)
{
	struct outcome o = { 0 };
	struct framing f;
	size_t at = 0, seen = 0, used;
	bool in_body = false;

	framing_begin(&f, &limits);
	while (!f.status) {
		if (in_body && f.body == FRAMING_LENGTH && at < seen) {
			size_t take = seen - at < f.left ? seen - at : (size_t)f.left;

			at += take;
			o.data += take;
			f.left -= take;
			in_body = f.left > 0;
		} else if (in_body && f.body == FRAMING_CHUNKED && at < seen) {
			enum framing_step step = framing_chunk(&f, (const char *)p + at, seen - at, &used);

			PROMISE(used <= seen - at && (used > 0 || step == FRAMING_BAD));
			PROMISE((step == FRAMING_BAD) == (f.status != 0));
			PROMISE(f.total <= limits.body || step == FRAMING_BAD);
			at += used;
			o.data += step == FRAMING_DATA ? used : 0;
			in_body = step != FRAMING_LAST;
		} else if (!in_body && at < seen && (used = head(&f, p + at, seen - at)) > 0) {
			PROMISE(!f.status && used <= limits.head && used <= seen - at);
			PROMISE(memcmp(p + at + used - 4, "\r\n\r\n", 4) == 0 && !memchr(p + at, '\0', used));
			PROMISE(f.body == FRAMING_LENGTH ? f.left > 0 && f.left <= limits.body : f.left == 0);
			at += used;
			in_body = f.body != FRAMING_NONE;
		} else if (seen < n) {
			seen = n - seen > piece ? seen + piece : n;
			continue;
		} else {
			break;
		}
		if (!in_body && at > 0 && !f.status) {
			o.requests++;
			o.bytes = at;
			framing_begin(&f, &limits);
		}
	}
	o.status = f.status;
	PROMISE(o.status == 0 || (o.status >= 400 && o.status <= 505 && f.text));
	return o;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct outcome whole, pieces;
	char host[FRAMING_HOST_SIZE], *text;

	if (size == 0)
		return 0;
	whole = read_all(data + 1, size - 1, size);
	pieces = read_all(data + 1, size - 1, data[0] % 16 + 1u);
	PROMISE(whole.status == pieces.status && whole.requests == pieces.requests && whole.bytes == pieces.bytes &&
		whole.data == pieces.data);
	text = calloc(1, size);
	memcpy(text, data + 1, size - 1);
	PROMISE(!framing_host(text, host) || (*host && !strpbrk(host, " /@\\<>\"'\r\n\t,;")));
	free(text);
	return 0;
}
