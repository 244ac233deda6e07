/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What calendars (RFC 5545, 7986) of every module have in common, over libical. */
#ifndef COMMONWEAL_ICAL_H
#define COMMONWEAL_ICAL_H
#include <libical/ical.h>
#include <stdint.h>
#include "buf.h"

/* A VCALENDAR of one part of this server: "Events". */
icalcomponent *ical_begin(const char *part);
/* Its name, also as most programs read it still, and how often it is worth asking for. */
void ical_name(icalcomponent *calendar, const char *name);
/* The component owns the property; NULL, out of memory, aborts. */
void ical_add(icalcomponent *c, icalproperty *p);
struct icaltimetype ical_utc(int64_t us);
/* Writes it out, if out is not NULL, and frees it. */
void ical_end(icalcomponent *calendar, struct buf *out);

#endif
