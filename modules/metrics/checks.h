/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is asked of a figure before it is taken: its range, its arithmetic, and
 * whether it fits the jurisdiction's own history. */
#ifndef COMMONWEAL_CHECKS_H
#define COMMONWEAL_CHECKS_H
#include "figures.h"

/* A whole number as people type it ("1,204"); false with the words for it. "" is no figure: *value -1. */
bool check_number(struct arena *a, const char *typed, int64_t *value, const char **wrong);
/* NULL, or why this figure cannot be: range, a period that is not over yet. */
const char *check_range(struct arena *a, const struct indicator *in, struct period p, int64_t value,
	int64_t now_us);
/* NULL, or why the two cannot both be. */
const char *check_part(struct arena *a, const struct indicator *in, int64_t part, int64_t whole);
/* NULL, or why a figure is unusual for these earlier ones of the same kind of
 * period: farther from their median than four times their spread (the median
 * absolute deviation, scaled by 1.4826) and than four times the square root of
 * the median (Poisson). Fewer than 6 earlier figures judge nothing. */
const char *check_history(struct arena *a, const int64_t *earlier, size_t n, int64_t value);

/* The figures of one space that are known, to check new ones against. */
struct history {
	const struct figure *figures; /* by indicator and period */
	size_t n;
};
/* check_history against the last 36 figures of the indicator and kind of period, that period itself left out. */
const char *check_usual(struct arena *a, const struct history *h, const struct indicator *in, struct period p,
	int64_t value);
/* The stored figure, or NULL. */
const struct figure *history_find(const struct history *h, const char *indicator, struct period p);
/* The sum of a quarter's months; false: not all three were entered. */
bool history_quarter(const struct history *h, const char *indicator, int year, int quarter, double *sum);
/* The population of a year: the latest that was entered for it or one before it, else the fallback. */
int64_t history_people(const struct history *h, int year, int64_t fallback);

#endif
