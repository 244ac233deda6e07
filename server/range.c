/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The Range header. */
#include "range.h"
#include <ctype.h>
#include <string.h>
#include <strings.h>

#define DIGITS_MAX 18 /* so that it fits 63 bits */

/* False if there is no number here, or one that is too long to be of use. */
static bool number(const char **s, int64_t *out)
{
	int digits = 0;

	for (*out = 0; isdigit((unsigned char)**s); ++*s) {
		if (++digits > DIGITS_MAX)
			return false;
		*out = *out * 10 + (**s - '0');
	}
	return digits > 0;
}

static bool ends(const char *s)
{
	return s[strspn(s, " \t")] == '\0';
}

enum range_kind range_parse(const char *s, int64_t size, int64_t *from, int64_t *length)
{
	int64_t first, last = INT64_MAX;

	if (!s || strncasecmp(s, "bytes", 5) != 0)
		return RANGE_WHOLE;
	s += 5;
	s += strspn(s, " \t");
	if (*s++ != '=')
		return RANGE_WHOLE;
	s += strspn(s, " \t");
	if (*s == '-') { /* the last bytes */
		s++;
		if (!number(&s, &last) || !ends(s))
			return RANGE_WHOLE;
		if (last == 0 || size == 0)
			return RANGE_UNSATISFIABLE;
		*length = last < size ? last : size;
		*from = size - *length;
		return RANGE_PART;
	}
	if (!number(&s, &first) || *s++ != '-' || (isdigit((unsigned char)*s) && !number(&s, &last)) || !ends(s) ||
		last < first)
		return RANGE_WHOLE;
	if (first >= size)
		return RANGE_UNSATISFIABLE;
	*from = first;
	*length = (last < size ? last + 1 : size) - first;
	return RANGE_PART;
}

bool range_if(const char *value, const char *etag)
{
	return !value || strcmp(value, etag) == 0;
}
