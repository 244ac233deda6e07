/* SPDX-License-Identifier: GPL-3.0-or-later */
/* TLS: certificates by host name, read again when their files change. What is
 * served stays as it was when the new files do not fit together. */
#ifndef COMMONWEAL_TLS_H
#define COMMONWEAL_TLS_H
#include <openssl/ssl.h>
#include <stdbool.h>
#include "error.h"
#include "options.h"

struct tls;

/* Options tls-certificate, tls-key and tls-folder. */
struct tls *tls_create(const struct options *o, struct error *err);
void tls_destroy(struct tls *t);
/* For one accepted connection; NULL when out of memory. Thread-safe. */
SSL *tls_accept(struct tls *t);
/* Reads the files again if one of them changed, or in any case when forced.
 * A failure is logged, once for each state of the files. One thread at a time. */
void tls_reload(struct tls *t, bool forced);

#endif
