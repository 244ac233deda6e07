/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Who is really asking, behind trusted proxies. */
#include "proxy.h"
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

struct network {
	unsigned char address[16]; /* IPv4 as ::ffff:a.b.c.d */
	int bits;
};

struct proxies {
	struct network *networks;
	size_t n;
	bool rfc7239;
};

/* ---- addresses ---- */

static bool parse_address(const char *text, unsigned char out[16])
{
	static const unsigned char mapped[12] = { [10] = 0xff, [11] = 0xff };
	char plain[64];

	if (strlen(text) >= sizeof plain)
		return false;
	strcpy(plain, text);
	plain[strcspn(plain, "%")] = '\0'; /* a zone: fe80::1%eth0 */
	if (inet_pton(AF_INET, plain, out + 12) == 1) {
		memcpy(out, mapped, sizeof mapped);
		return true;
	}
	return inet_pton(AF_INET6, plain, out) == 1;
}

static bool is_in(const unsigned char address[16], const struct network *net)
{
	int whole = net->bits / 8, rest = net->bits % 8;
	unsigned mask = 0xff00u >> rest & 0xff;

	return memcmp(address, net->address, (size_t)whole) == 0 &&
		(rest == 0 || (address[whole] & mask) == (net->address[whole] & mask));
}

bool proxies_trust(const struct proxies *p, const char *address)
{
	unsigned char bytes[16];

	if (p->n == 0 || !parse_address(address, bytes))
		return false;
	for (size_t i = 0; i < p->n; i++)
		if (is_in(bytes, &p->networks[i]))
			return true;
	return false;
}

bool address_is_loopback(const char *address)
{
	static const struct network four = { { [10] = 0xff, [11] = 0xff, [12] = 127 }, 104 },
		six = { { [15] = 1 }, 128 };
	unsigned char bytes[16];

	return parse_address(address, bytes) && (is_in(bytes, &four) || is_in(bytes, &six));
}

void address_group(const char *address, char out[64])
{
	static const struct network four = { { [10] = 0xff, [11] = 0xff }, 96 };
	unsigned char bytes[16];

	snprintf(out, 64, "%s", address);
	if (!strchr(address, ':') || !parse_address(address, bytes) || is_in(bytes, &four))
		return;
	memset(bytes + 8, 0, 8);
	inet_ntop(AF_INET6, bytes, out, 64);
}

/* ---- options ---- */

struct reading {
	struct proxies *proxies;
	struct error *err;
	bool ok;
};

static bool parse_network(const char *word, struct network *out)
{
	char text[64];
	char *slash, *end;
	long bits;
	bool four;

	if (strlen(word) >= sizeof text)
		return false;
	strcpy(text, word);
	slash = strchr(text, '/');
	if (slash)
		*slash++ = '\0';
	if (!parse_address(text, out->address))
		return false;
	four = !strchr(text, ':');
	bits = slash ? strtol(slash, &end, 10) : four ? 32 : 128;
	if (slash && (end == slash || *end || *slash == '-' || *slash == '+' || *slash == ' '))
		return false;
	out->bits = (int)bits + (four ? 96 : 0);
	return bits >= 0 && bits <= (four ? 32 : 128);
}

static void add_network(const char *word, void *arg)
{
	struct reading *r = arg;
	struct proxies *p = r->proxies;

	if (!r->ok)
		return;
	p->networks = realloc(p->networks, (p->n + 1) * sizeof *p->networks);
	if (!p->networks)
		abort();
	if (parse_network(word, &p->networks[p->n]))
		p->n++;
	else
		r->ok = error_set(r->err, ERROR_INVALID,
			"trusted-proxies: '%.60s' is not an address or a network, such as 10.0.0.0/8.", word);
}

struct proxies *proxies_create(const struct options *o, struct error *err)
{
	struct proxies *p = calloc(1, sizeof *p);
	struct reading r = { .proxies = p, .err = err, .ok = true };
	const char *headers = options_string(o, "proxy-headers");

	if (!p)
		abort();
	options_each(o, "trusted-proxies", add_network, &r);
	p->rfc7239 = strcmp(headers, "forwarded") == 0;
	if (r.ok && !p->rfc7239 && strcmp(headers, "x-forwarded") != 0)
		r.ok = error_set(err, ERROR_INVALID, "proxy-headers must be x-forwarded or forwarded.");
	if (r.ok)
		return p;
	proxies_destroy(p);
	return NULL;
}

void proxies_destroy(struct proxies *p)
{
	if (!p)
		return;
	free(p->networks);
	free(p);
}

/* ---- what they say ---- */

struct span {
	const char *at;
	size_t n;
};

static struct span trimmed(const char *from, const char *to)
{
	while (from < to && (*from == ' ' || *from == '\t'))
		from++;
	while (to > from && (to[-1] == ' ' || to[-1] == '\t'))
		to--;
	return (struct span){ from, (size_t)(to - from) };
}

/* The last item of the list that ends at *end, which moves to before it; false
 * when there is none. Commas within quotes do not count; read from the right,
 * so that no quote that a client sent can swallow what a proxy added. */
static bool last_item(const char *list, const char **end, struct span *out)
{
	const char *from;
	bool quoted = false;

	if (!list || *end <= list)
		return false;
	for (from = *end; from > list && (quoted || from[-1] != ','); from--)
		if (from[-1] == '"' && (from - 1 == list || from[-2] != '\\'))
			quoted = !quoted;
	*out = trimmed(from, *end);
	*end = from > list ? from - 1 : list;
	return true;
}

/* An address with or without a port: 192.0.2.1, 192.0.2.1:80, 2001:db8::1,
 * [2001:db8::1]:80. "unknown" and "_name" are none. */
static bool read_address(struct span s, char out[64])
{
	unsigned char ignored[16];
	const char *colon;

	if (s.n > 1 && s.at[0] == '[') {
		const char *close = memchr(s.at, ']', s.n);

		if (!close)
			return false;
		s = (struct span){ s.at + 1, (size_t)(close - s.at - 1) };
	} else if ((colon = memchr(s.at, ':', s.n)) && !memchr(colon + 1, ':', s.n - (size_t)(colon + 1 - s.at))) {
		s.n = (size_t)(colon - s.at);
	}
	if (s.n == 0 || s.n >= 64)
		return false;
	memcpy(out, s.at, s.n);
	out[s.n] = '\0';
	return parse_address(out, ignored);
}

static void take_scheme(struct span s, struct client *out)
{
	bool https = s.n == 5 && strncasecmp(s.at, "https", 5) == 0;

	if (https || (s.n == 4 && strncasecmp(s.at, "http", 4) == 0)) {
		out->said_scheme = true;
		out->secure = https;
	}
}

static void take_host(struct span s, struct client *out)
{
	char text[sizeof out->host], lower[FRAMING_HOST_SIZE];

	if (s.n == 0 || s.n >= sizeof text)
		return;
	memcpy(text, s.at, s.n);
	text[s.n] = '\0';
	if (framing_host(text, lower))
		strcpy(out->host, text);
}

static bool take_address(const struct proxies *p, struct span s, struct client *out)
{
	char text[64];

	if (!read_address(s, text))
		return false;
	strcpy(out->address, text);
	return proxies_trust(p, text); /* then the one before it is told, too */
}

static void believe_x(const struct proxies *p, const struct forwarded *f, struct client *out)
{
	const char *end;
	struct span item;

	end = f->x_proto ? f->x_proto + strlen(f->x_proto) : NULL;
	if (last_item(f->x_proto, &end, &item))
		take_scheme(item, out);
	end = f->x_host ? f->x_host + strlen(f->x_host) : NULL;
	if (last_item(f->x_host, &end, &item))
		take_host(item, out);
	end = f->x_for ? f->x_for + strlen(f->x_for) : NULL;
	while (last_item(f->x_for, &end, &item) && take_address(p, item, out))
		;
}

/* The value of a parameter without its quotes; n == 0 when absent. */
static struct span parameter(struct span element, const char *name, char room[FRAMING_HOST_SIZE + 64])
{
	const char *end = element.at + element.n;
	size_t n = strlen(name);

	for (const char *s = element.at; s < end;) {
		bool quoted = false;
		const char *from = s;

		for (; s < end && (quoted || *s != ';'); s++)
			if (*s == '"' && (s == from || s[-1] != '\\'))
				quoted = !quoted;
		struct span pair = trimmed(from, s);
		if (s < end)
			s++;
		if (pair.n <= n || strncasecmp(pair.at, name, n) != 0 || pair.at[n] != '=')
			continue;
		struct span value = { pair.at + n + 1, pair.n - n - 1 };
		if (value.n < 2 || value.at[0] != '"' || value.at[value.n - 1] != '"')
			return value;
		size_t len = 0;
		for (size_t i = 1; i + 1 < value.n && len < FRAMING_HOST_SIZE + 63; i++) {
			if (value.at[i] == '\\' && i + 2 < value.n)
				i++;
			room[len++] = value.at[i];
		}
		return (struct span){ room, len };
	}
	return (struct span){ element.at, 0 };
}

/* The scheme and the host are what the outermost trusted proxy said. */
static void believe_rfc7239(const struct proxies *p, const struct forwarded *f, struct client *out)
{
	const char *end = f->forwarded ? f->forwarded + strlen(f->forwarded) : NULL;
	char room[FRAMING_HOST_SIZE + 64];
	struct span element;

	while (last_item(f->forwarded, &end, &element)) {
		take_scheme(parameter(element, "proto", room), out);
		take_host(parameter(element, "host", room), out);
		if (!take_address(p, parameter(element, "for", room), out))
			return;
	}
}

void client_find(const struct proxies *p, const char *peer, const struct forwarded *f, struct client *out)
{
	out->said_scheme = out->secure = false;
	out->host[0] = '\0';
	snprintf(out->address, sizeof out->address, "%s", peer);
	out->proxied = proxies_trust(p, peer);
	if (!out->proxied)
		return;
	if (p->rfc7239)
		believe_rfc7239(p, f, out);
	else
		believe_x(p, f, out);
}
