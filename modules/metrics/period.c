/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Calendar months and years. */
#include "period.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include "text.h"

static int digits(const char *s, int n)
{
	int value = 0;

	for (int i = 0; i < n; i++) {
		if (s[i] < '0' || s[i] > '9')
			return -1;
		value = value * 10 + (s[i] - '0');
	}
	return value;
}

bool period_parse(const char *text, struct period *out)
{
	size_t n = strlen(text);

	if (n != 4 && n != 7)
		return false;
	out->year = digits(text, 4);
	out->month = 0;
	if (n == 7) {
		if (text[4] != '-')
			return false;
		out->month = digits(text + 5, 2);
		if (out->month < 1 || out->month > 12)
			return false;
	}
	return out->year >= PERIOD_FIRST_YEAR && out->year < 2200;
}

void period_text(struct period p, char out[PERIOD_SIZE])
{
	if (p.year < 0 || p.year > 9999 || p.month < 0 || p.month > 12)
		abort();
	if (p.month)
		snprintf(out, PERIOD_SIZE, "%04d-%02d", p.year % 10000, p.month % 100);
	else
		snprintf(out, PERIOD_SIZE, "%04d", p.year % 10000);
}

const char *period_human(struct arena *a, struct period p)
{
	char text[PERIOD_SIZE];

	period_text(p, text);
	return date_human(a, text);
}

struct period period_add(struct period p, int by)
{
	if (!p.month)
		return (struct period){ p.year + by, 0 };
	int months = p.year * 12 + p.month - 1 + by;
	return (struct period){ months / 12, months % 12 + 1 };
}

int period_between(struct period a, struct period b)
{
	if (!a.month || !b.month)
		return b.year - a.year;
	return (b.year - a.year) * 12 + b.month - a.month;
}

int64_t period_end_us(struct period p)
{
	struct period next = period_add(p, 1);
	struct tm tm = { .tm_year = next.year - 1900, .tm_mon = next.month ? next.month - 1 : 0, .tm_mday = 1 };

	return (int64_t)timegm(&tm) * 1000000;
}

struct period period_last(int64_t now_us, bool monthly)
{
	time_t now = (time_t)(now_us / 1000000);
	struct tm tm;

	gmtime_r(&now, &tm);
	return period_add((struct period){ tm.tm_year + 1900, monthly ? tm.tm_mon + 1 : 0 }, -1);
}

int period_compare(struct period a, struct period b)
{
	return a.year != b.year ? a.year - b.year : a.month - b.month;
}
