/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Mail that came back: delivery status notifications (RFC 3464, in a report of
 * RFC 6522), as `commonweal bounce` gets them from the mail system. Anyone can
 * send one, so it counts only if it returns a message that this server sent to
 * that very address, and each message counts once. */
#ifndef COMMONWEAL_BOUNCE_H
#define COMMONWEAL_BOUNCE_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "arena.h"
#include "error.h"
#include "migrate.h"
#include "store.h"

extern const struct migration bounce_migrations[];

struct bounce {
	const char *address;    /* lower case: whom it did not reach */
	const char *message_id; /* of the returned message, without <>; or NULL */
	const char *status;     /* "5.1.1" */
	bool failed;            /* for good: action failed, status 5.x.x */
};

/* Reads a whole message: the first receiver that failed for good, else the first.
 * ERROR_INVALID: no such report. */
bool bounce_parse(struct arena *a, const char *message, size_t n, struct bounce *out, struct error *err);
/* Counts it; *counted false: it is not for good, is of no message of ours, or was
 * counted. Within a write. */
bool bounce_note(struct db *w, struct arena *a, const struct bounce *b, bool *counted, struct error *err);
/* Takes an address's count back; *found false: there is none. Within a write. */
bool bounce_clear(struct db *w, const char *address, bool *found, struct error *err);
/* Came back so often, or more? */
bool bounce_blocked(struct db *db, const char *address, int64_t limit, bool *yes, struct error *err);

#endif
