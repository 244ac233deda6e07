/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "../../modules/media/media.h"
#include <arpa/inet.h>
#include <netinet/in.h>
#include "unit.h"

static bool allowed(const char *text, const char *network)
{
	struct sockaddr_in v4 = { .sin_family = AF_INET };
	struct sockaddr_in6 v6 = { .sin6_family = AF_INET6 };
	struct network_range r;
	bool is_v4 = inet_pton(AF_INET, text, &v4.sin_addr) == 1;

	CHECK(is_v4 || inet_pton(AF_INET6, text, &v6.sin6_addr) == 1);
	CHECK(!network || network_parse(network, &r));
	return address_allowed(is_v4 ? (struct sockaddr *)&v4 : (struct sockaddr *)&v6, &r, network ? 1 : 0);
}

static void addresses(void)
{
	static const char *const inside[] = { "0.0.0.0", "0.1.2.3", "10.0.0.1", "10.255.255.255", "100.64.0.1", "100.127.255.255",
		"127.0.0.1", "127.255.255.255", "169.254.169.254", "172.16.0.1", "172.31.255.255", "192.0.0.1", "192.0.2.1",
		"192.88.99.1", "192.168.1.1", "198.18.0.1", "198.19.255.255", "198.51.100.1", "203.0.113.1", "224.0.0.1",
		"239.255.255.255", "240.0.0.1", "255.255.255.255", "::", "::1", "::127.0.0.1", "::ffff:127.0.0.1", "::ffff:10.0.0.1",
		"64:ff9b::127.0.0.1", "64:ff9b::a9fe:a9fe", "64:ff9b:1::1", "100::1", "2001::1", "2001:db8::1", "2002:7f00:1::1",
		"3fff::1", "fc00::1", "fd12::1", "fe80::1", "fec0::1", "ff02::1", "4000::1" };
	static const char *const outside[] = { "1.1.1.1", "9.255.255.255", "11.0.0.0", "100.63.255.255", "100.128.0.0", "126.0.0.1",
		"128.0.0.1", "169.253.0.1", "172.15.255.255", "172.32.0.0", "192.0.1.1", "192.167.0.1", "198.17.0.1", "198.20.0.1",
		"223.255.255.255", "2606:4700::1", "2a00::1", "2001:4860::8888", "::ffff:1.1.1.1", "64:ff9b::1.1.1.1" };

	for (size_t i = 0; i < COUNT(inside); i++)
		if (allowed(inside[i], NULL))
			CHECK_TEXT(inside[i], "refused");
	for (size_t i = 0; i < COUNT(outside); i++)
		if (!allowed(outside[i], NULL))
			CHECK_TEXT(outside[i], "allowed");
	CHECK(allowed("127.0.0.1", "127.0.0.1"));
	CHECK(allowed("127.0.0.1", "127.0.0.0/31"));
	CHECK(!allowed("127.0.0.2", "127.0.0.0/31"));
	CHECK(!allowed("127.0.0.2", "127.0.0.1/32"));
	CHECK(allowed("::1", "::1"));
	CHECK(!allowed("::1", "127.0.0.1"));
	CHECK(allowed("::ffff:10.1.2.3", "10.0.0.0/8"));
	CHECK(!allowed("11.1.2.3", "10.0.0.0/8") == false); /* what is public stays so */
	/* Another family is no address on the web. */
	struct sockaddr local = { .sa_family = AF_UNIX };
	CHECK(!address_allowed(&local, NULL, 0));
}

static void networks(void)
{
	static const char *const bad[] = { "", "/", "localhost", "127.0.0.1/", "127.0.0.1/33", "127.0.0.1/-1", "127.0.0.1/8x",
		"::1/129", "1.2.3", "1.2.3.4.5/8", "::ffff:1.2.3.4/ 8", "1111111111111111111111111111111111111111111111111111/8" };
	struct network_range r;

	for (size_t i = 0; i < COUNT(bad); i++)
		if (network_parse(bad[i], &r))
			CHECK_TEXT(bad[i], "refused");
	CHECK(network_parse("0.0.0.0/0", &r));
	CHECK_INT(r.bits, 96);
	CHECK(network_parse("2001:db8::/32", &r));
	CHECK_INT(r.bits, 32);
}

static void check_links(const char *xml, const char *expected)
{
	struct arena *a = arena_create();
	const char *urls[LINKS_MOST];
	size_t n = links_extract(a, xml, strlen(xml), urls);
	struct buf b = BUF_INIT;

	for (size_t i = 0; i < n; i++)
		buf_printf(&b, "%s%s", i ? " " : "", urls[i]);
	CHECK_TEXT(buf_text(&b), expected);
	buf_finish(&b);
	arena_destroy(a);
}

static void extracting(void)
{
	check_links("<media xmlns=\"http://ns.example/1\" xmlns:dc='http://ns.example/2'><link>https://a.example/x?b=1&amp;c=2</link>",
		"https://a.example/x?b=1&c=2");
	check_links("<a href=\"http://b.example/\">x</a> See http://c.example/p. (Also http://d.example/q(1).)",
		"http://b.example/ http://c.example/p http://d.example/q(1)");
	check_links("https://a.example/x#one https://a.example/x#two", "https://a.example/x");
	check_links("<doi> 10.1177/0022427801038003001 </doi>", "https://doi.org/10.1177/0022427801038003001");
	check_links("https://me:secret@a.example/ ftp://x.example/ javascript:http https:// http", "");
	check_links("xmlns http://e.example/", "http://e.example/");
	check_links("<doi>", "");
	check_links("http://a.example/&amp;", "http://a.example/&");
	check_links("https://", "");
	struct arena *a = arena_create();
	CHECK_TEXT(link_host(a, "https://WWW.Example.org:8443/x"), "www.example.org");
	CHECK_TEXT(link_host(a, "http://[::1]:80/"), "[::1]");
	CHECK_TEXT(link_host(a, "nothing"), "");
	arena_destroy(a);
}

#define HOUR 3600000000LL

static void judging(void)
{
	struct link_rule rule = { 168 * HOUR, 6 * HOUR, 168 * HOUR, 4 };
	struct fetch_answer gone = { .status = 404 }, good = { .status = 200 }, closed = { .status = 403 };
	struct fetch_answer later = { .status = 429, .retry_after_s = 86400 }, forever = { .status = 429, .retry_after_s = INT64_MAX / 2 };
	struct link_status s = { LINK_NEW, 0, 0, 0 };
	int64_t now = HOUR, waits[12];

	for (int i = 0; i < 12; i++) {
		link_judge(&rule, &gone, now, &s);
		waits[i] = s.due_us - now;
		now = s.due_us;
		/* Six failures are needed for seven days to pass, though four would do. */
		CHECK_INT(s.state, i < 5 ? LINK_FAILING : LINK_ROTTEN);
	}
	CHECK_INT(waits[0], 6 * HOUR);
	CHECK_INT(waits[1], 12 * HOUR);
	CHECK_INT(waits[11], 720 * HOUR);
	CHECK_INT(s.failing_since_us, HOUR);
	link_judge(&rule, &later, now, &s); /* says nothing of the page */
	CHECK_INT(s.state, LINK_ROTTEN);
	CHECK_INT(s.failures, 12);
	CHECK_INT(s.due_us - now, 24 * HOUR);
	link_judge(&rule, &forever, now, &s);
	CHECK_INT(s.due_us - now, 720 * HOUR);
	link_judge(&rule, &closed, now, &s); /* is there, for others */
	CHECK_INT(s.state, LINK_GOOD);
	CHECK_INT(s.failures, 0);
	CHECK_INT(s.failing_since_us, 0);
	CHECK_INT(s.due_us - now, 168 * HOUR);
	link_judge(&rule, &good, now, &s);
	CHECK_INT(s.state, LINK_GOOD);
}

CU_TestInfo unit_tests[] = {
	{ "private and special addresses are refused", addresses },
	{ "networks are read", networks },
	{ "links of a record", extracting },
	{ "what an answer makes of a link", judging },
	CU_TEST_INFO_NULL
};
