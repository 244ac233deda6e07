/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Recurrence rules by libical. Its times have no zone here: what the clock on
 * the wall shows. */
#include "recur.h"
#include <libical/ical.h>
#include <stdlib.h>
#include <string.h>

static struct icaltimetype from_local(const char *local)
{
	struct icaltimetype t = icaltime_null_time();

	if (strlen(local) < 16)
		return t;
	t.year = atoi(local);
	t.month = atoi(local + 5);
	t.day = atoi(local + 8);
	t.hour = atoi(local + 11);
	t.minute = atoi(local + 14);
	return t;
}

static const char *to_local(struct arena *a, struct icaltimetype t)
{
	return arena_printf(a, "%04d-%02d-%02dT%02d:%02d", t.year, t.month, t.day, t.hour, t.minute);
}

int64_t recur_between(const char *from, const char *to)
{
	return (int64_t)icaltime_as_timet(from_local(to)) - (int64_t)icaltime_as_timet(from_local(from));
}

const char *recur_shift(struct arena *a, const char *local, int64_t seconds)
{
	time_t t = icaltime_as_timet(from_local(local)) + (time_t)seconds;

	return to_local(a, icaltime_from_timet_with_zone(t, 0, NULL));
}

bool recur_expand(struct arena *a, const char *rule, const char *starts, int count, const char *until,
	const char ***out, size_t *n, struct error *err)
{
	struct icalrecurrencetype r;
	icalrecur_iterator *it;
	bool more = false;

	*n = 0;
	*out = arena_array(a, RECUR_MOST, sizeof **out);
	icalerror_set_errors_are_fatal(0);
	r = icalrecurrencetype_from_string(rule);
	it = r.freq == ICAL_NO_RECURRENCE ? NULL : icalrecur_iterator_new(r, from_local(starts));
	if (!it)
		return error_set(err, ERROR_INVALID, "the rule '%.100s' cannot be followed", rule);
	for (struct icaltimetype t = icalrecur_iterator_next(it); !icaltime_is_null_time(t); t = icalrecur_iterator_next(it)) {
		const char *local = to_local(a, t);

		if ((count && *n == (size_t)count) || (!count && strncmp(local, until, 10) > 0))
			break;
		more = *n == RECUR_MOST;
		if (more)
			break;
		(*out)[(*n)++] = local;
	}
	icalrecur_iterator_free(it);
	if (more)
		return error_set(err, ERROR_INVALID, "the rule gives more than %d dates", RECUR_MOST);
	if (*n == 0 || strcmp((*out)[0], starts) != 0)
		return error_set(err, ERROR_INVALID, "the rule '%.100s' does not begin at %.16s, when the event starts", rule,
			starts);
	return true;
}
