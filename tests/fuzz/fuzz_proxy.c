/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What trusted proxies say: whatever a client puts before it, the last element
 * is the proxy's. The first byte chooses the kind of header. */
#include <stdlib.h>
#include <string.h>
#include "fuzz.h"
#include "http.h"
#include "proxy.h"

const char *const fuzz_target = "proxy";

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct option_def *const tables[] = { http_options, NULL };
	static struct proxies *proxies[2];
	struct forwarded f = { 0 };
	struct client c;
	char *text;
	bool rfc7239;

	for (int i = 0; i < 2; i++)
		if (!proxies[i]) {
			struct options *o = options_create(tables);
			struct error err = { 0 };

			options_set(o, "trusted-proxies", "10.0.0.0/8", "fuzz", &err);
			options_set(o, "proxy-headers", i ? "forwarded" : "x-forwarded", "fuzz", &err);
			proxies[i] = proxies_create(o, &err);
			PROMISE(proxies[i]);
			options_destroy(o);
		}
	if (size == 0)
		return 0;
	rfc7239 = data[0] & 1;
	text = calloc(1, size + 64);
	memcpy(text, data + 1, size - 1);
	f.forwarded = f.x_for = f.x_proto = f.x_host = text;
	client_find(proxies[rfc7239], "10.0.0.1", &f, &c);
	PROMISE(c.proxied && *c.address && (c.said_scheme || !c.secure));
	strcat(text, rfc7239 ? ", for=192.0.2.1;proto=http" : ",192.0.2.1");
	f.x_proto = "https, http";
	f.x_host = "evil.example, a.example";
	client_find(proxies[rfc7239], "10.0.0.1", &f, &c);
	PROMISE(strcmp(c.address, "192.0.2.1") == 0 && !c.secure && c.said_scheme);
	PROMISE(rfc7239 ? !*c.host : strcmp(c.host, "a.example") == 0);
	client_find(proxies[rfc7239], "203.0.113.1", &f, &c);
	PROMISE(!c.proxied && strcmp(c.address, "203.0.113.1") == 0 && !c.secure && !*c.host);
	free(text);
	return 0;
}
