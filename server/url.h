/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Typed URLs: only url.c makes them, so a template can trust that one has a
 * harmless scheme and is percent-encoded (RFC 3986). */
#ifndef COMMONWEAL_URL_H
#define COMMONWEAL_URL_H
#include <stdbool.h>
#include <stddef.h>
#include "arena.h"

struct url {
	const char *text; /* NULL = no URL */
};

/* A path on this server. fmt is a literal that begins with '/' (or a single %b); each %s is
 * encoded as one path segment, %d is an int, and a leading %b is a base path
 * (trusted, as struct request's base) taken as it is. */
struct url url_path(struct arena *a, const char *fmt, ...);
/* u with name=value added to its query, encoded; value NULL or "" adds nothing. */
struct url url_query(struct arena *a, struct url u, const char *name, const char *value);
struct url url_query_int(struct arena *a, struct url u, const char *name, long long value);
struct url url_fragment(struct arena *a, struct url u, const char *id);
/* u with #page=N, which opens a PDF at that page (RFC 8118, 3). */
struct url url_page(struct arena *a, struct url u, int page);
/* An address from outside: accepts absolute http:, https: and mailto: only,
 * no control characters, spaces or credentials; false otherwise. */
bool url_external(struct arena *a, const char *text, struct url *out);
/* A path on this server from untrusted text (a "back" field): must begin with
 * one '/', not "//" or "/\", no control characters; false otherwise. */
bool url_local(struct arena *a, const char *text, struct url *out);
/* Decodes %XX (and '+' as space if plus) into a NUL-terminated string; false on
 * a bad escape, an encoded NUL or text that is not UTF-8. */
bool url_decode(struct arena *a, const char *s, size_t n, bool plus, char **out);

#endif
