/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Comma-separated values. */
#include "csv.h"
#include <string.h>

/* "-37", "-0.5": begins like a formula but is none. */
static bool is_number(const char *s)
{
	size_t digits;

	s += *s == '-';
	digits = strspn(s, "0123456789");
	s += digits;
	if (*s == '.')
		s += 1 + strspn(s + 1, "0123456789");
	return digits && *s == '\0';
}

void csv_cell(struct buf *b, const char *text, char end)
{
	if (text && *text) {
		buf_char(b, '"');
		if (strchr("=+-@\t\r", *text) && !is_number(text))
			buf_char(b, '\'');
		for (; *text; text++) {
			if (*text == '"')
				buf_char(b, '"');
			buf_char(b, *text);
		}
		buf_char(b, '"');
	}
	buf_str(b, end == ',' ? "," : "\r\n");
}
