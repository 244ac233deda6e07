/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "totp.h"
#include "unit.h"

static const char key20[] = "12345678901234567890";

/* RFC 4226, appendix D. */
static void hotp_vectors(void)
{
	static const uint32_t codes[] = { 755224, 287082, 359152, 969429, 338314, 254676, 287922, 162583, 399871, 520489 };

	for (size_t i = 0; i < COUNT(codes); i++)
		CHECK_INT(hotp(key20, 20, i, 6), codes[i]);
}

/* RFC 6238, appendix B, SHA-1. */
static void totp_vectors(void)
{
	static const struct {
		uint64_t seconds;
		uint32_t code;
	} vectors[] = { { 59, 94287082 }, { 1111111109, 7081804 }, { 1111111111, 14050471 }, { 1234567890, 89005924 },
		{ 2000000000, 69279037 }, { 20000000000, 65353130 } };
	char secret[TOTP_SECRET_SIZE], code[16];

	base32_encode(key20, 20, secret);
	for (size_t i = 0; i < COUNT(vectors); i++) {
		uint64_t step = vectors[i].seconds / TOTP_STEP_SECONDS;

		CHECK_INT(hotp(key20, 20, step, 8), vectors[i].code);
		snprintf(code, sizeof code, "%06u", vectors[i].code % 1000000);
		CHECK_INT(totp_check(secret, code, (int64_t)vectors[i].seconds * 1000000, 0), step);
	}
}

static void window_and_replay(void)
{
	char secret[TOTP_SECRET_SIZE], code[16];
	int64_t step = 50000000, us = step * 30 * 1000000 + 17;

	totp_secret_new(secret);
	CHECK_INT(strlen(secret), 32);
	for (int64_t off = -3; off <= 3; off++) {
		unsigned char key[20];
		size_t n;

		CHECK(base32_decode(secret, key, sizeof key, &n) && n == 20);
		snprintf(code, sizeof code, "%06u", hotp(key, n, (uint64_t)(step + off), 6));
		CHECK_INT(totp_check(secret, code, us, 0), off >= -1 && off <= 1 ? step + off : 0);
		/* What was used, and all before it, is used. */
		CHECK_INT(totp_check(secret, code, us, step), off == 1 ? step + 1 : 0);
		CHECK_INT(totp_check(secret, code, us, step + 1), 0);
	}
}

static void odd_codes(void)
{
	char secret[TOTP_SECRET_SIZE];

	base32_encode(key20, 20, secret);
	CHECK_INT(totp_check(secret, "287 082", 59 * 1000000LL, 0), 1);
	CHECK_INT(totp_check(secret, " 2 8 7 0 8 2 ", 59 * 1000000LL, 0), 1);
	static const char *const bad[] = { "", "28708", "2870822", "28708a", "-287082", "287082\n", "0x1234", "999999" };
	for (size_t i = 0; i < COUNT(bad); i++)
		CHECK_INT(totp_check(secret, bad[i], 59 * 1000000LL, 0), 0);
	CHECK_INT(totp_check(secret, NULL, 59 * 1000000LL, 0), 0);
	CHECK_INT(totp_check(NULL, "287082", 59 * 1000000LL, 0), 0);
	CHECK_INT(totp_check("", "287082", 59 * 1000000LL, 0), 0);
	CHECK_INT(totp_check("not base32!", "287082", 59 * 1000000LL, 0), 0);
}

/* RFC 4648, section 10, without padding. */
static void base32(void)
{
	static const char *const pairs[][2] = { { "", "" }, { "f", "MY" }, { "fo", "MZXQ" }, { "foo", "MZXW6" },
		{ "foob", "MZXW6YQ" }, { "fooba", "MZXW6YTB" }, { "foobar", "MZXW6YTBOI" } };
	char out[40];
	size_t n;

	for (size_t i = 0; i < COUNT(pairs); i++) {
		base32_encode(pairs[i][0], strlen(pairs[i][0]), out);
		CHECK_TEXT(out, pairs[i][1]);
		CHECK(base32_decode(pairs[i][1], out, sizeof out, &n));
		CHECK_INT(n, strlen(pairs[i][0]));
		CHECK(memcmp(out, pairs[i][0], n) == 0);
	}
	CHECK(base32_decode("mzxw 6ytb-oi======", out, sizeof out, &n) && n == 6);
	CHECK(!base32_decode("MZXW1", out, sizeof out, &n));
	CHECK(!base32_decode("MZXW6YTBOI", out, 5, &n));
}

static void address_and_picture(void)
{
	struct arena *a = arena_create();
	const char *uri = totp_uri(a, "Common & weal", "maria+x@example.org", "ABCD");

	CHECK_TEXT(uri, "otpauth://totp/Common%20%26%20weal:maria%2Bx%40example.org?secret=ABCD"
		"&issuer=Common%20%26%20weal");
	struct markup picture = qr_svg(a, uri, "Key <of> yours");
	CHECK_HAS(picture.html, "<svg ");
	CHECK_HAS(picture.html, "aria-label=\"Key &lt;of&gt; yours\"");
	CHECK_HAS(picture.html, "viewBox=\"0 0 ");
	CHECK_LACKS(picture.html, "otpauth");
	char *long_text = arena_alloc(a, 6001);
	memset(long_text, 'x', 6000);
	CHECK(qr_svg(a, long_text, "").html == NULL);
	arena_destroy(a);
}

CU_TestInfo unit_tests[] = {
	{ "HOTP, RFC 4226", hotp_vectors },
	{ "TOTP, RFC 6238", totp_vectors },
	{ "window and replay", window_and_replay },
	{ "odd codes", odd_codes },
	{ "base32, RFC 4648", base32 },
	{ "address and picture", address_and_picture },
	CU_TEST_INFO_NULL
};
