/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "http.h"
#include "options.h"
#include "proxy.h"
#include "unit.h"

static struct options *options;

static struct proxies *make(const char *trusted, const char *headers, struct error *err)
{
	static const struct option_def *const tables[] = { http_options, NULL };
	struct error ignored = { 0 };

	options_destroy(options);
	options = options_create(tables);
	NEED(options_set(options, "trusted-proxies", trusted, "test", &ignored));
	NEED(options_set(options, "proxy-headers", headers, "test", &ignored));
	return proxies_create(options, err);
}

static void done(struct proxies *p)
{
	proxies_destroy(p);
	options_destroy(options);
	options = NULL;
}

static void networks(void)
{
	static const char *const in[] = { "10.0.0.1", "10.255.255.255", "::ffff:10.1.2.3", "192.0.2.7", "2001:db8::1", "2001:db8:0:ffff::", "fe80::1%eth0",
		"172.16.15.255" };
	static const char *const out[] = { "11.0.0.1", "9.255.255.255", "192.0.2.8", "2001:db8:1::", "::1", "", "x", "10.0.0", "172.16.16.0",
		"0xa.0.0.1", "10.0.0.1:80" };
	static const char *const bad[] = { "x", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/", "10.0.0.0/8x", "::/129", "10.0.0/8", "10.0.0.0/+8" };
	struct error err = { 0 };
	struct proxies *p = make("10.0.0.0/8, 192.0.2.7 2001:db8::/48,fe80::/10 172.16.0.0/20", "x-forwarded", &err);

	NEED(p != NULL);
	for (size_t i = 0; i < COUNT(in); i++)
		CHECK(proxies_trust(p, in[i]));
	for (size_t i = 0; i < COUNT(out); i++)
		CHECK(!proxies_trust(p, out[i]));
	done(p);
	for (size_t i = 0; i < COUNT(bad); i++) {
		error_clear(&err);
		CHECK(make(bad[i], "x-forwarded", &err) == NULL);
		CHECK_ERROR(&err, ERROR_INVALID, "trusted-proxies");
	}
	error_clear(&err);
	CHECK(make("", "both", &err) == NULL);
	CHECK_ERROR(&err, ERROR_INVALID, "proxy-headers");
	p = make("0.0.0.0/0", "x-forwarded", &err);
	CHECK(proxies_trust(p, "203.0.113.1") && !proxies_trust(p, "2001:db8::1"));
	done(p);
}

static void x_forwarded(void)
{
	static const struct {
		const char *peer, *x_for, *proto, *host, *address;
		bool secure;
		const char *told;
	} rows[] = {
		{ "203.0.113.1", "1.2.3.4", "https", "evil.example", "203.0.113.1", false, "" },
		{ "10.0.0.1", NULL, NULL, NULL, "10.0.0.1", false, "" },
		{ "10.0.0.1", "1.2.3.4", "https", "a.example", "1.2.3.4", true, "a.example" },
		{ "10.0.0.1", "6.6.6.6, 1.2.3.4", "http, HTTPS", "evil.example, a.example:8443", "1.2.3.4", true, "a.example:8443" },
		{ "10.0.0.1", "6.6.6.6, 1.2.3.4, 10.0.0.9,10.0.0.8", "http", NULL, "1.2.3.4", false, "" },
		{ "10.0.0.1", "1.2.3.4:5678", "gopher", "a b", "1.2.3.4", false, "" },
		{ "10.0.0.1", "[2001:db8::1]:5678", NULL, "user@a", "2001:db8::1", false, "" },
		{ "10.0.0.1", "6.6.6.6, unknown", NULL, NULL, "10.0.0.1", false, "" },
		{ "10.0.0.1", "6.6.6.6, junk, 10.0.0.2", NULL, NULL, "10.0.0.2", false, "" },
		{ "10.0.0.1", "\"6.6.6.6, 1.2.3.4", NULL, NULL, "1.2.3.4", false, "" },
		{ "10.0.0.1", "10.0.0.3", NULL, NULL, "10.0.0.3", false, "" },
		{ "10.0.0.1", ", ,", ",", ",", "10.0.0.1", false, "" },
	};
	struct error err = { 0 };
	struct proxies *p = make("10.0.0.0/8", "x-forwarded", &err);
	struct client c;

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct forwarded f = { "for=6.6.6.6;proto=https;host=evil.example", rows[i].x_for, rows[i].proto, rows[i].host };

		client_find(p, rows[i].peer, &f, &c);
		CHECK_TEXT(c.address, rows[i].address);
		CHECK(c.secure == rows[i].secure);
		CHECK_TEXT(c.host, rows[i].told);
		CHECK(c.proxied == (strncmp(rows[i].peer, "10.", 3) == 0));
	}
	done(p);
}

static void rfc7239(void)
{
	static const struct {
		const char *value, *address;
		bool secure;
		const char *host;
	} rows[] = {
		{ NULL, "10.0.0.1", false, "" },
		{ "for=192.0.2.60;proto=https;host=a.example;by=203.0.113.43", "192.0.2.60", true, "a.example" },
		{ "For=\"[2001:db8:cafe::17]:4711\" ; PROTO=\"https\"", "2001:db8:cafe::17", true, "" },
		{ "for=6.6.6.6;proto=https;host=evil.example, for=192.0.2.60;proto=http;host=a.example", "192.0.2.60", false, "a.example" },
		{ "for=192.0.2.60;proto=https;host=a.example, for=10.0.0.5;proto=http;host=inner", "192.0.2.60", true, "a.example" },
		{ "for=\"6.6.6.6;x=\", for=192.0.2.60", "192.0.2.60", false, "" },
		{ "for=\"6.6.6.6, for=192.0.2.60;proto=https", "192.0.2.60", true, "" },
		{ "for=\"6.6.6.6\\\", for=192.0.2.60", "192.0.2.60", false, "" },
		{ "for=unknown;proto=https", "10.0.0.1", true, "" }, { "for=_hidden", "10.0.0.1", false, "" },
		{ "host=\"a.example:8443\";for=1.2.3.4", "1.2.3.4", false, "a.example:8443" },
		{ "for", "10.0.0.1", false, "" }, { "for=", "10.0.0.1", false, "" }, { ";;=;,", "10.0.0.1", false, "" },
		{ "xfor=6.6.6.6;for=1.2.3.4", "1.2.3.4", false, "" },
	};
	struct error err = { 0 };
	struct proxies *p = make("10.0.0.0/8", "forwarded", &err);
	struct client c;

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct forwarded f = { rows[i].value, "6.6.6.6", "https", "evil.example" };

		client_find(p, "10.0.0.1", &f, &c);
		CHECK_TEXT(c.address, rows[i].address);
		CHECK(c.secure == rows[i].secure);
		CHECK_TEXT(c.host, rows[i].host);
	}
	done(p);
}

static void groups(void)
{
	char out[64];

	CHECK(address_is_loopback("127.0.0.1") && address_is_loopback("127.9.9.9") && address_is_loopback("::1") &&
		address_is_loopback("::ffff:127.0.0.1"));
	CHECK(!address_is_loopback("128.0.0.1") && !address_is_loopback("::2") && !address_is_loopback("") &&
		!address_is_loopback("127.0.0.1x"));
	address_group("192.0.2.1", out);
	CHECK_TEXT(out, "192.0.2.1");
	address_group("2001:db8:1:2:3:4:5:6", out);
	CHECK_TEXT(out, "2001:db8:1:2::");
	address_group("::ffff:192.0.2.1", out);
	CHECK_TEXT(out, "::ffff:192.0.2.1");
}

CU_TestInfo unit_tests[] = {
	{ "networks", networks },
	{ "X-Forwarded headers", x_forwarded },
	{ "Forwarded", rfc7239 },
	{ "loopback and groups", groups },
	CU_TEST_INFO_NULL,
};
