/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The sockets that the server is reached at. They are bound before root is given
 * up and before anything else starts, and listen only when the server is ready. */
#ifndef COMMONWEAL_LISTENERS_H
#define COMMONWEAL_LISTENERS_H
#include <stdbool.h>
#include <stddef.h>
#include "error.h"
#include "options.h"

struct listeners;

#define LISTENERS_MAX 16

/* Binds every address of the LIST `option`, once for each of `threads`
 * (SO_REUSEPORT); an address that another program serves is refused. Port 0
 * takes a free one. NULL on failure. */
struct listeners *listeners_bind(const struct options *o, const char *option, int threads,
	struct error *err);
/* Closes what was not taken; NULL is fine. */
void listeners_close(struct listeners *l);
/* The port of the first address; 0 if there is none. */
int listeners_port(const struct listeners *l);
/* The i-th socket of a thread, now listening, or -1 after the last and on failure
 * (then with an error). It belongs to the caller from here on. */
int listeners_take(struct listeners *l, int thread, size_t i, struct error *err);

#endif
