/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "framing.h"
#include "unit.h"

static const struct framing_limits limits = { .head = 400, .target = 50, .headers = 5, .body = 100 };

/* The status of a head; 0 when it is whole and good. Alike in one piece and byte by byte. */
static int head(const char *bytes, struct framing *f)
{
	struct framing slow;
	size_t n = strlen(bytes), whole, whole_slow = 0;

	framing_begin(f, &limits);
	whole = framing_head(f, bytes, n);
	framing_begin(&slow, &limits);
	for (size_t i = 1; i <= n && !whole_slow && !slow.status; i++)
		whole_slow = framing_head(&slow, bytes, i);
	CHECK_INT(whole_slow, whole);
	CHECK_INT(slow.status, f->status);
	CHECK(!f->status == !f->text);
	return whole ? 0 : f->status ? f->status : -1;
}

static void good_heads(void)
{
	struct framing f;

	CHECK_INT(head("GET / HTTP/1.1\r\nHost: a\r\n\r\n", &f), 0);
	CHECK_INT(f.body, FRAMING_NONE);
	CHECK_INT(f.left, 0);
	CHECK(!f.close);
	CHECK_INT(head("POST /a?b=c%20d HTTP/1.1\r\nHost: a\r\nContent-Length: 7\r\nConnection: x, Close\r\n\r\n", &f), 0);
	CHECK_INT(f.body, FRAMING_LENGTH);
	CHECK_INT(f.left, 7);
	CHECK(f.close);
	CHECK_INT(head("POST / HTTP/1.1\r\nhost:a:80\r\ntransfer-encoding:\tCHUNKED \t\r\n\r\n", &f), 0);
	CHECK_INT(f.body, FRAMING_CHUNKED);
	CHECK_INT(head("GET / HTTP/1.0\r\n\r\n", &f), 0);
	CHECK_INT(head("GET / HTTP/1.1\r\nHost: a\r\nX:\r\nY: \xc3\xa4\r\nConnection: closed\r\n\r\n", &f), 0);
	CHECK(!f.close);
	CHECK_INT(head("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\nExpect: 100-Continue\r\n\r\n", &f), 0);
	CHECK_INT(f.body, FRAMING_NONE);
}

static void unfinished_heads(void)
{
	struct framing f;

	CHECK_INT(head("", &f), -1);
	CHECK_INT(head("GET / HTTP/1.1\r\nHost: a\r\n\r", &f), -1);
	CHECK_INT(head("GET / HTTP/1.1\r\nHost: a\r\n", &f), -1);
	/* What comes after the head is not looked at. */
	framing_begin(&f, &limits);
	CHECK_INT(framing_head(&f, "GET / HTTP/1.0\r\n\r\n\n\n\0", 21), 18);
}

static void bad_heads(void)
{
	static const struct {
		int status;
		const char *bytes;
	} rows[] = {
		{ 400, "\r\n" }, { 400, "\n" }, { 400, " GET / HTTP/1.1\r\n" }, { 400, "GET / HTTP/1.1\n" },
		{ 400, "GET / HTTP/1.1\r\r\n" }, { 400, "GET / HTTP/1.1\r\nA: b\r\n c\r\n\r\n" }, { 400, "\x16\x03\x01" },
		{ 400, "GET /\r\n\r\n" }, { 400, "GET  / HTTP/1.1\r\n\r\n" }, { 400, "GET / HTTP/1.1 \r\n\r\n" },
		{ 400, "GET / HTTP/1.1x\r\n\r\n" }, { 400, "GET / HTTP/1.\r\n\r\n" }, { 400, "GET / http/1.1\r\n\r\n" },
		{ 505, "GET / HTTP/1.2\r\n\r\n" }, { 505, "GET / HTTP/2.0\r\n\r\n" }, { 505, "GET / HTTP/0.9\r\n\r\n" },
		{ 501, "get / HTTP/1.1\r\n\r\n" }, { 501, "GETS / HTTP/1.1\r\n\r\n" }, { 400, " / HTTP/1.1\r\n\r\n" },
		{ 400, "G(T / HTTP/1.1\r\n\r\n" }, { 400, "GET x HTTP/1.1\r\n\r\n" }, { 400, "GET //x HTTP/1.1\r\n\r\n" },
		{ 400, "GET /# HTTP/1.1\r\n\r\n" }, { 400, "GET /\xff HTTP/1.1\r\n\r\n" },
		{ 414, "GET /23456789012345678901234567890123456789012345678901 HTTP/1.1\r\n\r\n" },
		{ 400, "GET / HTTP/1.1\r\n\r\n" }, { 400, "GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n" },
		{ 431, "GET / HTTP/1.1\r\nHost: a\r\nA: b\r\nA: b\r\nA: b\r\nA: b\r\nA: b\r\n\r\n" },
		{ 413, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 101\r\n\r\n" },
		{ 413, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9223372036854775808\r\n\r\n" },
		{ 400, "POST / HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n" },
		{ 400, "HEAD / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\n" },
		{ 417, "POST / HTTP/1.1\r\nHost: a\r\nExpect: x\r\n\r\n" },
	};
	struct framing f;
	char longer[600];

	for (size_t i = 0; i < COUNT(rows); i++)
		CHECK_INT(head(rows[i].bytes, &f), rows[i].status);
	memset(longer, 'a', sizeof longer - 1);
	longer[sizeof longer - 1] = '\0';
	CHECK_INT(head(longer, &f), 414);
	memcpy(longer, "GET / HTTP/1.1\r\nA: ", 19);
	CHECK_INT(head(longer, &f), 431);
}

/* The data of a chunked body, "!status" if it is refused, "..." at the end if there is more to come. */
static const char *body(const char *bytes, size_t n, size_t step)
{
	static char out[1000];
	char *to = out;
	struct framing f;
	size_t used;

	framing_begin(&f, &limits);
	for (size_t at = 0, seen = step < n ? step : n; at < n || seen < n;) {
		const char *from = bytes + at;

		switch (framing_chunk(&f, from, seen - at, &used)) {
		case FRAMING_DATA:
			memcpy(to, from, used);
			to += used;
			break;
		case FRAMING_BAD:
			sprintf(to, "!%d", f.status);
			return out;
		case FRAMING_LAST:
			*to = '\0';
			return at + used == n ? out : "ends too early";
		case FRAMING_MORE:
			if (at + used != seen)
				return "bytes left";
			seen = seen + step < n ? seen + step : n;
			if (at + used == n) {
				strcpy(to, "...");
				return out;
			}
			break;
		case FRAMING_SIZE:
		case FRAMING_CHUNK_END:
			break;
		}
		at += used;
		if (at == seen)
			seen = seen + step < n ? seen + step : n;
	}
	strcpy(to, "...");
	return out;
}

static void chunks(void)
{
	static const struct {
		const char *bytes, *data;
	} rows[] = {
		{ "0\r\n\r\n", "" }, { "3\r\nabc\r\n0\r\n\r\n", "abc" }, { "2;a=\"b\"\r\nab\r\n0001\r\nc\r\n00;x\r\nT: u\r\n\r\n", "abc" },
		{ "a\r\n0123456789\r\nA\r\nabcdefghij\r\n0\r\n\r\n", "0123456789abcdefghij" }, { "3\r\na\r\n\r\n0\r\n\r\n", "a\r\n" },
		{ "3\r\nab", "ab..." }, { "3\r\nabc\r\n0\r\n", "abc..." }, { "\r\n", "!400" }, { "+1\r\n", "!400" }, { "-1\r\n", "!400" },
		{ "0x1\r\n", "!400" }, { "1 \r\n", "!400" }, { " 1\r\n", "!400" }, { "1\n", "!400" }, { "1\ra", "!400" },
		{ "1;\n", "!400" }, { "1;a\rb", "!400" }, { ";a\r\n", "!400" }, { "0000000000000001\r\n", "!400" }, { "fffffffffffffff\r\n", "!413" },
		{ "65\r\n", "!413" }, { "1\r\nab", "a!400" }, { "1\r\na\n", "a!400" }, { "1\r\na\rb", "a!400" }, { "0\r\na\r\n\r\n", "!400" },
		{ "0\r\n a: b\r\n\r\n", "!400" }, { "0\r\na: b\n\r\n", "!400" }, { "0\r\n\n", "!400" }, { "0\r\n\rx", "!400" },
	};
	char most[200];

	for (size_t i = 0; i < COUNT(rows); i++)
		for (size_t step = 1; step < 40; step += 3)
			CHECK_TEXT(body(rows[i].bytes, strlen(rows[i].bytes), step), rows[i].data);
	memcpy(most, "60\r\n", 4);
	memset(most + 4, 'a', 96);
	strcpy(most + 100, "\r\n4\r\nbbbb\r\n1\r\n");
	CHECK_TEXT(body(most, strlen(most), 1000) + 96, "bbbb!413");
}

static void hosts(void)
{
	static const char *const good[][2] = { { "Example.ORG", "example.org" }, { "a:80", "a" }, { "a:", "a" }, { "[::1]:8080", "[::1]" },
		{ "127.0.0.1", "127.0.0.1" }, { "a_b-c", "a_b-c" }, { "[::ffff:1.2.3.4]", "[::ffff:1.2.3.4]" } };
	static const char *const bad[] = { "", ":80", "a:99999", "a:1:2", "a:b", "a b", "user@a", "a/b", "a,b", ".a", "a..b", "[::1", "[::1]x", "[[::1]",
		"[g::]", "\xc3\xa4.org", "a\t", "a?b", "<a>" };
	char out[FRAMING_HOST_SIZE], longer[400];

	for (size_t i = 0; i < COUNT(good); i++) {
		CHECK(framing_host(good[i][0], out));
		CHECK_TEXT(out, good[i][1]);
	}
	for (size_t i = 0; i < COUNT(bad); i++)
		CHECK(!framing_host(bad[i], out));
	CHECK(!framing_host(NULL, out));
	memset(longer, 'a', sizeof longer - 1);
	longer[sizeof longer - 1] = '\0';
	CHECK(!framing_host(longer, out));
}

CU_TestInfo unit_tests[] = {
	{ "good heads", good_heads },
	{ "heads that are not whole", unfinished_heads },
	{ "bad heads", bad_heads },
	{ "chunks", chunks },
	{ "hosts", hosts },
	CU_TEST_INFO_NULL,
};
