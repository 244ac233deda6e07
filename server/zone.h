/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Time zones: reads the system's TZif files (RFC 9636) itself, because the C
 * library knows one zone a process and setting it is not safe with threads. */
#ifndef COMMONWEAL_ZONE_H
#define COMMONWEAL_ZONE_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "error.h"

/* An IANA name, as America/New_York, that the system has. */
bool zone_known(const char *name);
/* The moment of a local time "YYYY-MM-DDTHH:MM", in UTC microseconds. Of the two
 * moments when clocks go back it is the first; a time that clocks skip is an
 * error. *us is 0 on failure. */
bool zone_to_utc(const char *name, const char *local, int64_t *us, struct error *err);
/* Offset from UTC in seconds at a moment, and the zone's abbreviation then. */
bool zone_offset(const char *name, int64_t us, int *seconds, char abbreviation[16]);
/* The local time of a moment, as "YYYY-MM-DDTHH:MM". */
bool zone_local(const char *name, int64_t us, char out[17]);

/* One change of a zone's clocks, as an observance of a VTIMEZONE wants it (RFC
 * 5545, 3.6.5). */
struct zone_change {
	char local[20];    /* the wall clock before it, "2026-03-08T02:00:00" */
	int before, after; /* seconds east of UTC */
	char abbreviation[16]; /* from then on */
	bool summer;       /* daylight saving time from then on */
	/* month 0: it comes once. Else it comes every year from then on: in month
	 * 1..12, week 1..4 or 5 = last, weekday 0 = Sunday. */
	int month, week, weekday;
};
#define ZONE_CHANGES_MAX 400
/* What is needed to know the zone from one moment to another: first a change
 * at or before from_us, then each later one, the ones of a yearly rule once. False: the zone is not known, or changed too often. */
bool zone_changes(const char *name, int64_t from_us, int64_t to_us, struct zone_change *out, size_t *n);

#endif
