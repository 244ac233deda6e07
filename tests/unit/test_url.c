/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "url.h"
#include "unit.h"

static struct arena *a;

static void paths(void)
{
	a = arena_create();
	CHECK_TEXT(url_path(a, "/").text, "/");
	CHECK_TEXT(url_path(a, "/guides/%s", "the-call-in").text, "/guides/the-call-in");
	CHECK_TEXT(url_path(a, "/x/%s", "a/b?c#d %\"<>&'").text, "/x/a%2Fb%3Fc%23d%20%25%22%3C%3E%26%27");
	CHECK_TEXT(url_path(a, "/x/%s/y", "\xc3\xa9").text, "/x/%C3%A9/y");
	CHECK_TEXT(url_path(a, "/x/%d", -7).text, "/x/-7");
	CHECK_TEXT(url_path(a, "%b/events", "/s/ohio").text, "/s/ohio/events");
	CHECK_TEXT(url_path(a, "%b/events", "").text, "/events");
	CHECK_TEXT(url_path(a, "/~-._%s", "~-._aZ09").text, "/~-._~-._aZ09");
	arena_destroy(a);
}

static void no_slash(void *arg)
{
	(void)arg;
	url_path(a, "guides");
}

static void other_host(void *arg)
{
	(void)arg;
	url_path(a, "%b/x", "//evil.example");
}

static void unknown_directive(void *arg)
{
	(void)arg;
	url_path(a, "/x/%x", 1);
}

static void late_base(void *arg)
{
	(void)arg;
	url_path(a, "/x%b", "/y");
}

static void path_misuse_aborts(void)
{
	a = arena_create();
	CHECK(unit_aborts(no_slash, NULL));
	CHECK(unit_aborts(other_host, NULL));
	CHECK(unit_aborts(unknown_directive, NULL));
	CHECK(unit_aborts(late_base, NULL));
	arena_destroy(a);
}

static void queries(void)
{
	struct url none = { NULL }, u;

	a = arena_create();
	u = url_path(a, "/search");
	CHECK_TEXT(url_query(a, u, "q", NULL).text, "/search");
	CHECK_TEXT(url_query(a, u, "q", "").text, "/search");
	u = url_query(a, u, "q", "a b&c=d+e");
	CHECK_TEXT(u.text, "/search?q=a%20b%26c%3Dd%2Be");
	u = url_query_int(a, u, "page", 2);
	CHECK_TEXT(u.text, "/search?q=a%20b%26c%3Dd%2Be&page=2");
	CHECK_TEXT(url_query(a, u, "x&y", "\"").text, "/search?q=a%20b%26c%3Dd%2Be&page=2&x%26y=%22");
	CHECK_TEXT(url_fragment(a, url_path(a, "/x"), "a b").text, "/x#a%20b");
	CHECK(url_query(a, none, "q", "x").text == NULL);
	CHECK_TEXT(url_query(a, url_fragment(a, url_path(a, "/p"), "row"), "q", "x?").text, "/p?q=x%3F#row");
	CHECK_TEXT(url_query_int(a, url_query(a, url_fragment(a, url_path(a, "/p"), "row"), "q", "x"), "n", 2).text, "/p?q=x&n=2#row");
	arena_destroy(a);
}

static void external(void)
{
	static const char *const good[] = { "http://example.org", "https://example.org/a?b=c#d",
		"HTTPS://EXAMPLE.ORG/", "mailto:someone@example.org", "https://example.org/@user",
		"https://example.org/\xc3\xa9", "https://[2001:db8::1]:8443/x" };
	static const char *const bad[] = { "", "javascript:alert(1)", "JaVaScRiPt:alert(1)", "data:text/html,x",
		"vbscript:x", "ftp://example.org", "//example.org", "/local", "example.org", "http:", "http://",
		"http:///path", "https://?q", "mailto:", "http:/example.org", "https://user@example.org",
		"https://user:pass@example.org/", "https://a b.example/", "https://example.org/\n", "https://example.org/\x7f",
		"https://example.org/\"onclick=", "https://example.org/<b>", "https://example.org\\@evil.example",
		" https://example.org", "https://example.org/\xff", "\thttps://example.org", "https://example.org/`{|}^" };
	struct url out;

	a = arena_create();
	for (size_t i = 0; i < COUNT(good); i++) {
		CHECK(url_external(a, good[i], &out));
		CHECK_TEXT(out.text, good[i]);
	}
	for (size_t i = 0; i < COUNT(bad); i++) {
		out.text = "old";
		CHECK(!url_external(a, bad[i], &out));
		CHECK(out.text == NULL);
	}
	arena_destroy(a);
}

static void local(void)
{
	static const char *const good[] = { "/", "/a/b?c=d#e", "/a//b" };
	static const char *const bad[] = { "", "a", "//evil.example", "/\\evil.example", "/a\\b", "http://x", "/a b",
		"/a\r\nSet-Cookie:x", "/\t/evil", "/a\"b", "javascript:x", "\\/x" };
	struct url out;
	char longer[3000];

	a = arena_create();
	for (size_t i = 0; i < COUNT(good); i++) {
		CHECK(url_local(a, good[i], &out));
		CHECK_TEXT(out.text, good[i]);
	}
	for (size_t i = 0; i < COUNT(bad); i++)
		CHECK(!url_local(a, bad[i], &out) && out.text == NULL);
	CHECK(!url_local(a, NULL, &out));
	memset(longer, '/', sizeof longer);
	memset(longer + 1, 'a', sizeof longer - 2);
	longer[sizeof longer - 1] = '\0';
	CHECK(!url_local(a, longer, &out));
	arena_destroy(a);
}

static void decoding(void)
{
	static const char *const bad[] = { "%", "%4", "%zz", "%4g", "a%0", "%00", "%ff", "%c3", "%c3%28", "%ed%a0%80" };
	char *out;

	a = arena_create();
	CHECK(url_decode(a, "a%20b%2fC+d", 11, false, &out));
	CHECK_TEXT(out, "a b/C+d");
	CHECK(url_decode(a, "a%20b%2FC+d%2B", 14, true, &out));
	CHECK_TEXT(out, "a b/C d+");
	CHECK(url_decode(a, "", 0, true, &out));
	CHECK_TEXT(out, "");
	CHECK(url_decode(a, "%C3%A9xyz", 6, false, &out)); /* n bytes only */
	CHECK_TEXT(out, "\xc3\xa9");
	CHECK(!url_decode(a, "%41", 2, false, &out)); /* the escape ends past n */
	CHECK(url_decode(a, "%2541", 5, false, &out)); /* once, not twice */
	CHECK_TEXT(out, "%41");
	for (size_t i = 0; i < COUNT(bad); i++)
		CHECK(!url_decode(a, bad[i], strlen(bad[i]), true, &out));
	CHECK(!url_decode(a, "a\0b", 3, false, &out));
	arena_destroy(a);
}

CU_TestInfo unit_tests[] = {
	{ "paths", paths },
	{ "misuse of paths aborts", path_misuse_aborts },
	{ "queries and fragments", queries },
	{ "addresses from outside", external },
	{ "addresses to go back to", local },
	{ "decoding", decoding },
	CU_TEST_INFO_NULL,
};
