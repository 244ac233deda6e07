/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Recurrence rules (RFC 5545, 3.3.10) by libical, in local time: which dates an
 * event has. Local times are "YYYY-MM-DDTHH:MM". */
#ifndef COMMONWEAL_RECUR_H
#define COMMONWEAL_RECUR_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "arena.h"
#include "error.h"

#define RECUR_MOST 400 /* dates of one event */

/* The dates of a rule without COUNT and UNTIL, the first of them `starts`.
 * count dates, or (count 0) all up to the day `until`. ERROR_INVALID: a rule that
 * libical does not take, that does not begin with `starts`, or that has more
 * than RECUR_MOST dates. */
bool recur_expand(struct arena *a, const char *rule, const char *starts, int count, const char *until,
	const char ***out, size_t *n, struct error *err);
/* The local time that the clock on the wall shows so much after another:
 * daylight saving plays no part. */
const char *recur_shift(struct arena *a, const char *local, int64_t seconds);
int64_t recur_between(const char *from, const char *to);

#endif
