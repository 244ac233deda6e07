/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Checks of figures. */
#include "checks.h"
#include <ctype.h>
#include <math.h>

#define HISTORY_MAX 36
#define HISTORY_MIN 6

bool check_number(struct arena *a, const char *typed, int64_t *value, const char **wrong)
{
	char digits[20];
	size_t n = 0;

	*value = -1;
	*wrong = NULL;
	for (const char *s = typed; *s; s++) {
		if (isspace((unsigned char)*s) || (*s == ',' && n > 0))
			continue;
		if (!isdigit((unsigned char)*s) || n + 1 == sizeof digits) {
			*wrong = arena_printf(a, "Type a whole number, 0 or more; \"%s\" is none. Leave it empty if it is not known.",
				text_excerpt(a, typed, 20));
			return false;
		}
		digits[n++] = *s;
	}
	digits[n] = '\0';
	if (n > 0)
		*value = strtoll(digits, NULL, 10);
	return true;
}

const char *check_range(struct arena *a, const struct indicator *in, struct period p, int64_t value, int64_t now_us)
{
	int64_t most = p.month ? in->most : in->family == INDICATOR_DENOMINATOR ? in->most : in->most * 12;

	if (in->family == INDICATOR_DENOMINATOR && p.month)
		return arena_printf(a, "%s is given for a year, not for a month.", in->label);
	if (period_end_us(p) > now_us && in->family != INDICATOR_DENOMINATOR)
		return arena_printf(a, "%s is not over yet.", period_human(a, p));
	if (value > most)
		return arena_printf(a, "%lld is more than the %lld that is taken for %s.", (long long)value, (long long)most,
			p.month ? "a month" : "a year");
	return NULL;
}

const char *check_part(struct arena *a, const struct indicator *in, int64_t part, int64_t whole)
{
	if (!in->part_of || part <= whole)
		return NULL;
	return arena_printf(a, "%s cannot be more than %s: %lld and %lld.", in->label, in->part_of->label, (long long)part,
		(long long)whole);
}

static int by_value(const void *x, const void *y)
{
	const double *a = x, *b = y;

	return (*a > *b) - (*a < *b);
}

static double median(double *values, size_t n)
{
	qsort(values, n, sizeof *values, by_value);
	return n % 2 ? values[n / 2] : (values[n / 2 - 1] + values[n / 2]) / 2;
}

const char *check_history(struct arena *a, const int64_t *earlier, size_t n, int64_t value)
{
	double *values = arena_array(a, n + 1, sizeof *values), middle, reach;

	if (n < HISTORY_MIN)
		return NULL;
	for (size_t i = 0; i < n; i++)
		values[i] = (double)earlier[i];
	middle = median(values, n);
	for (size_t i = 0; i < n; i++)
		values[i] = fabs((double)earlier[i] - middle);
	reach = 4 * fmax(1.4826 * median(values, n), sqrt(fmax(middle, 1)));
	if (fabs((double)value - middle) <= reach)
		return NULL;
	return arena_printf(a, "Unusual: the middle of the last %zu figures is %.4g, and %.0f to %.0f would be usual.", n,
		middle, fmax(0, floor(middle - reach)), ceil(middle + reach));
}

/* Where a figure stands, or would stand. */
static size_t place_of(const struct history *h, const char *indicator, struct period p)
{
	size_t low = 0, high = h->n;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		int order = strcmp(h->figures[middle].indicator, indicator);

		/* As text, for that is how the rows are ordered: "2026" before "2026-01". */
		order = order ? order : period_compare(h->figures[middle].period, p);
		if (order < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

const struct figure *history_find(const struct history *h, const char *indicator, struct period p)
{
	const struct figure *f = h->figures + place_of(h, indicator, p);

	return f < h->figures + h->n && strcmp(f->indicator, indicator) == 0 && period_compare(f->period, p) == 0 ? f : NULL;
}

bool history_quarter(const struct history *h, const char *indicator, int year, int quarter, double *sum)
{
	*sum = 0;
	for (int month = quarter * 3 - 2; month <= quarter * 3; month++) {
		const struct figure *f = history_find(h, indicator, (struct period){ year, month });

		if (!f)
			return false;
		*sum += (double)f->value;
	}
	return true;
}

int64_t history_people(const struct history *h, int year, int64_t fallback)
{
	size_t after = place_of(h, "population", (struct period){ year + 1, 0 });

	return after > 0 && strcmp(h->figures[after - 1].indicator, "population") == 0 ? h->figures[after - 1].value : fallback;
}

const char *check_usual(struct arena *a, const struct history *h, const struct indicator *in, struct period p,
	int64_t value)
{
	int64_t earlier[HISTORY_MAX];
	size_t n = 0;

	for (size_t i = place_of(h, in->id, p); i > 0 && n < HISTORY_MAX; i--) {
		const struct figure *f = &h->figures[i - 1];

		if (strcmp(f->indicator, in->id) != 0)
			break;
		if (!f->period.month == !p.month)
			earlier[n++] = f->value;
	}
	return check_history(a, earlier, n, value);
}
