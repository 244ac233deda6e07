/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Content codings (RFC 9110, 8.4.1): gzip by zlib, br by brotli. */
#ifndef COMMONWEAL_COMPRESS_H
#define COMMONWEAL_COMPRESS_H
#include <stddef.h>

/* malloc'd bytes, or NULL when they would not be smaller than n. */
void *compress_gzip(const void *p, size_t n, int level, size_t *len);
void *compress_brotli(const void *p, size_t n, int quality, size_t *len);

enum coding { CODING_IDENTITY, CODING_GZIP, CODING_BROTLI };
/* The best of what an Accept-Encoding value (NULL = none) allows, with its
 * q-values (RFC 9110, 12.5.3). */
enum coding coding_choose(const char *accept_encoding);

#endif
