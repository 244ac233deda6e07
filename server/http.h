/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The front: the only file that knows evhttp. I/O threads parse, apply limits
 * and answer what is cached; everything else goes to the handler pool and
 * comes back by queue and eventfd. */
#ifndef COMMONWEAL_HTTP_H
#define COMMONWEAL_HTTP_H
#include <stdbool.h>
#include "engine.h"
#include "error.h"
#include "listeners.h"

struct http;

extern const struct option_def http_options[];

/* Raises the limit of descriptors to what max-connections needs, as far as the
 * system lets; before the sandbox, which does not. */
void http_raise_limits(const struct options *o);
/* Starts I/O and handler threads over the sockets of listeners_bind, which it
 * takes: one set for each of option io-threads, for plain HTTP and for TLS. */
struct http *http_start(struct engine *e, struct listeners *plain, struct listeners *tls, struct error *err);
/* The port of the first address of each; 0 for none. */
int http_port(const struct http *h);
int http_tls_port(const struct http *h);
/* Reads certificates again whose files have changed; forced: in any case. */
void http_refresh(struct http *h, bool forced);
/* Stops accepting, lets requests under way finish (option drain-time at most),
 * ends all threads. */
void http_stop(struct http *h);

#endif
