/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tickets: how a sign-in on the network's host name becomes one on a space's
 * own. 256 random bits, of which only the SHA-256 is stored; good once, for a
 * minute, on one host name, in the browser that asked. Presenting one uses it
 * up, right or wrong. */
#ifndef COMMONWEAL_TICKET_H
#define COMMONWEAL_TICKET_H
#include <stdbool.h>
#include <stdint.h>
#include "arena.h"
#include "error.h"
#include "migrate.h"
#include "store.h"
#include "text.h"

extern const struct migration ticket_migrations[];

#define TICKET_SIZE SECRET_SIZE

struct ticket {
	const char *account_id;
	const char *family;     /* of the session that it was made in */
	bool second_factor;     /* was given there */
	const char *host;       /* where it is good */
	const char *state;      /* SHA-256 of what the browser's cookie there holds, in hex */
};

enum ticket_verdict { TICKET_GOOD, TICKET_UNKNOWN, TICKET_EXPIRED, TICKET_WRONG_HOST, TICKET_WRONG_BROWSER };

/* Within a write. */
bool ticket_make(struct db *w, const struct ticket *t, int64_t expires_us, char secret[TICKET_SIZE],
	struct error *err);
/* Within a write: removes it and says what it was worth. *out is filled in unless it is unknown. */
bool ticket_use(struct db *w, struct arena *a, const char *secret, const char *host, const char *state,
	struct ticket *out, enum ticket_verdict *verdict, struct error *err);

#endif
