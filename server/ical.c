/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ical.h"
#include <stdio.h>
#include <stdlib.h>

icalcomponent *ical_begin(const char *part)
{
	icalcomponent *calendar;
	char product[80];

	icalerror_set_errors_are_fatal(0);
	calendar = icalcomponent_new(ICAL_VCALENDAR_COMPONENT);
	if (!calendar)
		abort();
	snprintf(product, sizeof product, "-//Commonweal//%s//EN", part);
	ical_add(calendar, icalproperty_new_version("2.0"));
	ical_add(calendar, icalproperty_new_prodid(product));
	return calendar;
}

void ical_name(icalcomponent *calendar, const char *name)
{
	icalproperty *x = icalproperty_new_x(name), *refresh = icalproperty_new_refreshinterval(icaldurationtype_from_int(6 * 3600));

	if (!x || !refresh)
		abort();
	ical_add(calendar, icalproperty_new_name(name));
	icalproperty_set_x_name(x, "X-WR-CALNAME");
	ical_add(calendar, x);
	icalproperty_add_parameter(refresh, icalparameter_new_value(ICAL_VALUE_DURATION));
	ical_add(calendar, refresh);
}

void ical_add(icalcomponent *c, icalproperty *p)
{
	if (!p)
		abort(); /* out of memory */
	icalcomponent_add_property(c, p);
}

struct icaltimetype ical_utc(int64_t us)
{
	return icaltime_from_timet_with_zone((time_t)(us / 1000000), 0, icaltimezone_get_utc_timezone());
}

void ical_end(icalcomponent *calendar, struct buf *out)
{
	char *text = out ? icalcomponent_as_ical_string_r(calendar) : NULL;

	if (text)
		buf_str(out, text);
	free(text);
	icalcomponent_free(calendar);
}
