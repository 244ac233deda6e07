/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Static files under hashed names, as content/theme/build.mjs made them, read
 * whole at start with their compressed forms; served immutable for a year. */
#ifndef COMMONWEAL_ASSETS_H
#define COMMONWEAL_ASSETS_H
#include <stddef.h>
#include <stdbool.h>
#include "error.h"

struct assets;
struct asset {
	const char *logical;  /* "css/site.css" */
	const char *path;     /* "/assets/css/site.1a2b3c4d5e.css" */
	const char *type;     /* media type */
	const char *etag;
	const void *identity, *gzip, *brotli; /* variants NULL when not smaller */
	size_t identity_len, gzip_len, brotli_len;
};

/* dir holds manifest.txt: logical<TAB>hashed lines. */
struct assets *assets_load(const char *dir, struct error *err);
void assets_destroy(struct assets *as);
const struct asset *assets_by_path(const struct assets *as, const char *path); /* or NULL */
const struct asset *assets_by_name(const struct assets *as, const char *logical); /* or NULL */

#endif
