/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "text.h"
#include "unit.h"

static bool utf8(const char *s)
{
	return text_is_utf8(s, strlen(s));
}

static void utf8_good(void)
{
	static const char *const good[] = { "", "plain", "\x7f", "\xc2\x80", "\xdf\xbf", "\xe0\xa0\x80",
		"\xed\x9f\xbf", "\xee\x80\x80", "\xef\xbf\xbf", "\xf0\x90\x80\x80", "\xf4\x8f\xbf\xbf",
		"a\xc3\xa9z \xe2\x82\xac \xf0\x9f\x98\x80" };

	for (size_t i = 0; i < COUNT(good); i++)
		CHECK(utf8(good[i]));
	CHECK(text_is_utf8("\xc3\xa9\xff", 2)); /* looks at n bytes only */
}

static void utf8_bad(void)
{
	static const char *const bad[] = { "\x80", "\xbf", "\xc0\x80", "\xc1\xbf", "\xe0\x80\x80", "\xe0\x9f\xbf",
		"\xf0\x80\x80\x80", "\xf0\x8f\xbf\xbf", "\xed\xa0\x80", "\xed\xbf\xbf", "\xf4\x90\x80\x80",
		"\xf5\x80\x80\x80", "\xfe", "\xff", "\xc3", "\xe2\x82", "\xf0\x9f\x98", "\xc3(", "\xe2(\xac",
		"ok\xe2\x82(", "\xf8\x88\x80\x80\x80" };

	for (size_t i = 0; i < COUNT(bad); i++)
		CHECK(!utf8(bad[i]));
	CHECK(!text_is_utf8("a\0b", 3));
	CHECK(!text_is_utf8("\xe2\x82\xac", 2)); /* cut in the middle */
}

static void slugs(void)
{
	char limit[82];

	memset(limit, 'a', sizeof limit);
	limit[80] = '\0';
	CHECK(text_is_slug("a"));
	CHECK(text_is_slug("7"));
	CHECK(text_is_slug("group-violence-2"));
	CHECK(text_is_slug(limit));
	limit[80] = 'a';
	limit[81] = '\0';
	CHECK(!text_is_slug(limit));
	static const char *const bad[] = { "", "-a", "a-", "-", "a--b", "A", "a b", "a_b", "a/b", "a.b", "\xc3\xa9",
		"a\n", ".." };
	for (size_t i = 0; i < COUNT(bad); i++)
		CHECK(!text_is_slug(bad[i]));
	CHECK(!text_is_slug(NULL));
}

static void nocase(void)
{
	CHECK(text_equal_nocase("Host", "hOST"));
	CHECK(text_equal_nocase("", ""));
	CHECK(!text_equal_nocase("host", "hosts"));
	CHECK(!text_equal_nocase("a", "b"));
	CHECK(!text_equal_nocase("\xc3\x89", "\xc3\xa9")); /* É and é: only ASCII is folded */
}

static void excerpts(void)
{
	struct arena *a = arena_create();

	CHECK_INT(text_letters(""), 0);
	CHECK_INT(text_letters("a\r\n\xc3\xa9\xf0\x9f\x98\x80"), 4);
	CHECK_TEXT(text_excerpt(a, "short", 10), "short");
	CHECK_TEXT(text_excerpt(a, "exact", 5), "exact");
	CHECK_TEXT(text_excerpt(a, "one two three", 9), "one two…");
	CHECK_TEXT(text_excerpt(a, "one two three", 7), "one two…");
	CHECK_TEXT(text_excerpt(a, "unbroken", 3), "unb…");
	CHECK_TEXT(text_excerpt(a, "", 3), "");
	CHECK_TEXT(text_excerpt(a, "abc", 0), "…");
	/* Counts code points and never cuts one. */
	CHECK_TEXT(text_excerpt(a, "\xc3\xa9\xc3\xa9\xc3\xa9", 3), "\xc3\xa9\xc3\xa9\xc3\xa9");
	CHECK_TEXT(text_excerpt(a, "\xc3\xa9\xc3\xa9\xc3\xa9", 2), "\xc3\xa9\xc3\xa9…");
	CHECK_TEXT(text_excerpt(a, "\xf0\x9f\x98\x80\xf0\x9f\x98\x80", 1), "\xf0\x9f\x98\x80…");
	arena_destroy(a);
}

static void sort_keys(void)
{
	struct arena *a = arena_create();

	CHECK_TEXT(text_sort_key(a, "The Call-In"), "call in");
	CHECK_TEXT(text_sort_key(a, "A Study: of \"Tests\""), "study of tests");
	CHECK_TEXT(text_sort_key(a, "an End"), "end");
	CHECK_TEXT(text_sort_key(a, "Theory"), "theory");
	CHECK_TEXT(text_sort_key(a, "Another"), "another");
	CHECK_TEXT(text_sort_key(a, "  ...x  "), "x");
	CHECK_TEXT(text_sort_key(a, "The"), "the");
	CHECK_TEXT(text_sort_key(a, "The A Team"), "a team"); /* one article only */
	CHECK_TEXT(text_sort_key(a, "!?"), "");
	CHECK_TEXT(text_sort_key(a, "Caf\xc3\xa9 X"), "caf\xc3\xa9 x");
	arena_destroy(a);
}

static void ids(void)
{
	char ids[200][ID_SIZE];

	for (size_t i = 0; i < COUNT(ids); i++) {
		id_new(ids[i]);
		CHECK(id_valid(ids[i]));
		CHECK(ids[i][14] == '7');                  /* version */
		CHECK(strchr("89ab", ids[i][19]) != NULL); /* variant */
		for (size_t j = 0; j < i; j++)
			CHECK(strcmp(ids[i], ids[j]) != 0);
	}
	/* The time comes first, in milliseconds. */
	int64_t ms = 0;
	for (const char *s = ids[0]; s < ids[0] + 13; s++)
		if (*s != '-')
			ms = ms * 16 + (*s <= '9' ? *s - '0' : *s - 'a' + 10);
	CHECK(clock_now_us() / 1000 - ms >= 0 && clock_now_us() / 1000 - ms < 60000);
	CHECK(id_valid("01890000-0000-7000-8000-000000000001"));
	static const char *const bad[] = { "", "01890000-0000-7000-8000-00000000000", "01890000-0000-7000-8000-0000000000011",
		"01890000-0000-7000-8000-00000000000G", "01890000-0000-7000-8000-00000000000A",
		"0189000000000-7000-8000-000000000001", "01890000-0000-7000-80000-00000000001",
		"01890000_0000-7000-8000-000000000001" };
	for (size_t i = 0; i < COUNT(bad); i++)
		CHECK(!id_valid(bad[i]));
	CHECK(!id_valid(NULL));
}

/* FIPS 180-4 examples. */
static void digests(void)
{
	char hex[65];

	sha256_hex("abc", 3, hex);
	CHECK_TEXT(hex, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
	sha256_hex("", 0, hex);
	CHECK_TEXT(hex, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

static void dates(void)
{
	static const char *const good[] = { "2026", "0001", "2026-02", "2026-12-31", "2024-02-29", "2000-02-29" };
	static const char *const bad[] = { "", "0000", "26", "20266", "2026-", "2026-13", "2026-00", "2026-1",
		"2026-02-29", "1900-02-29", "2026-04-31", "2026-01-00", "2026-1-01", "2026/01/01", "2026-01-1x",
		"2026-01-01T00:00", " 2026", "+026", "-001" };
	struct arena *a = arena_create();

	for (size_t i = 0; i < COUNT(good); i++)
		CHECK(date_valid(good[i]));
	for (size_t i = 0; i < COUNT(bad); i++)
		CHECK(!date_valid(bad[i]));
	CHECK(!date_valid(NULL));
	CHECK_TEXT(date_human(a, "2026-11-24"), "24 November 2026");
	CHECK_TEXT(date_human(a, "2026-01-05"), "5 January 2026");
	CHECK_TEXT(date_human(a, "2026-11"), "November 2026");
	CHECK_TEXT(date_human(a, "2026"), "2026");
	CHECK_TEXT(date_human(a, "last week"), "last week"); /* what is no date stays */
	CHECK(date_human(a, NULL) == NULL);
	arena_destroy(a);
}

static void clocks(void)
{
	int64_t before = clock_monotonic_ns(), wall = clock_now_us();

	CHECK(clock_monotonic_ns() >= before);
	CHECK(wall > INT64_C(1700000000) * 1000000 && wall < INT64_C(9000000000) * 1000000);
}

static void moments(void)
{
	static const char *const bad[] = { "", "Tue, 24 Nov 2026 20:14:05", "Tue, 24 Nov 2026 20:14:05 UTC", "Tue, 24 Foo 2026 20:14:05 GMT",
		"Tue, 00 Nov 2026 20:14:05 GMT", "Tue, 24 Nov 2026 25:14:05 GMT", "Tuesday, 24-Nov-26 20:14:05 GMT", "Tue, 24 ovD 2026 20:14:05 GMT" };
	struct arena *a = arena_create();
	int64_t us;

	CHECK_TEXT(moment_utc(a, 1795551245999999), "2026-11-24T20:14:05Z");
	CHECK_TEXT(moment_http(a, 1795551245000000), "Tue, 24 Nov 2026 20:14:05 GMT");
	CHECK(moment_http_parse("Tue, 24 Nov 2026 20:14:05 GMT", &us) && us == 1795551245000000);
	for (size_t i = 0; i < COUNT(bad); i++)
		unit_check(!moment_http_parse(bad[i], &us) && us == 0, bad[i], __FILE__, __LINE__);
	CHECK(!moment_http_parse(NULL, &us));
	arena_destroy(a);
}

static void distances(void)
{
	char sixty_four[65];

	CHECK_INT(text_distance("", ""), 0);
	CHECK_INT(text_distance("guide", "guide"), 0);
	CHECK_INT(text_distance("gyde", "guide"), 2);
	CHECK_INT(text_distance("kitten", "sitting"), 3);
	CHECK_INT(text_distance("", "abc"), 3);
	CHECK_INT(text_distance("ab", "ba"), 2); /* a swap is two changes */
	memset(sixty_four, 'x', 64);
	sixty_four[64] = '\0';
	CHECK(text_distance(sixty_four, "x") == SIZE_MAX && text_distance("x", sixty_four) == SIZE_MAX);
	CHECK_INT(text_distance(sixty_four + 1, ""), 63);
}

static void secrets(void)
{
	char one[SECRET_SIZE], other[SECRET_SIZE];

	secret_new(one);
	secret_new(other);
	CHECK_INT(strlen(one), 64);
	CHECK_INT(strspn(one, "0123456789abcdef"), 64);
	CHECK(strcmp(one, other) != 0);
}

CU_TestInfo unit_tests[] = {
	{ "UTF-8: what is good", utf8_good },
	{ "UTF-8: what is bad", utf8_bad },
	{ "slugs", slugs },
	{ "equal but for case", nocase },
	{ "excerpts", excerpts },
	{ "sort keys", sort_keys },
	{ "ids", ids },
	{ "digests", digests },
	{ "dates", dates },
	{ "clocks", clocks },
	{ "moments", moments },
	{ "distances", distances },
	{ "secrets", secrets },
	CU_TEST_INFO_NULL,
};
