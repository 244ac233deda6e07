/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Who is really asking: what a trusted proxy says of the client before it, and
 * nothing of what anyone else says. */
#ifndef COMMONWEAL_PROXY_H
#define COMMONWEAL_PROXY_H
#include <stdbool.h>
#include <stddef.h>
#include "error.h"
#include "framing.h"
#include "options.h"

struct proxies;

/* Options trusted-proxies and proxy-headers. */
struct proxies *proxies_create(const struct options *o, struct error *err);
void proxies_destroy(struct proxies *p);
bool proxies_trust(const struct proxies *p, const char *address);
/* "127.0.0.1", "::1", "::ffff:127.0.0.1" ... */
bool address_is_loopback(const char *address);
/* What counts as one place: an IPv4 address, the /64 of an IPv6 address. */
void address_group(const char *address, char out[64]);

struct forwarded {          /* header values, several lines joined by ", "; NULL = absent */
	const char *forwarded;   /* RFC 7239 */
	const char *x_for, *x_proto, *x_host;
};

struct client {
	char address[64];        /* without a zone or port */
	bool proxied;            /* by a trusted proxy */
	bool said_scheme;        /* it told the scheme */
	bool secure;             /* and that is https */
	char host[FRAMING_HOST_SIZE + 8]; /* with its port, as it told; "" if it did not */
};
/* peer: the address of the connection. */
void client_find(const struct proxies *p, const char *peer, const struct forwarded *f, struct client *out);

#endif
