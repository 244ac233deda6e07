/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Time zones: reads the system's TZif files (RFC 9636) itself, because the C
 * library knows one zone a process and setting it is not safe with threads. */
#ifndef COMMONWEAL_ZONE_H
#define COMMONWEAL_ZONE_H
#include <stdbool.h>
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

#endif
