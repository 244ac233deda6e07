/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A jurisdiction's own series: figures in time, the sum of the last twelve
 * months, rates; as a chart. Pure: no SQL, no request. */
#ifndef COMMONWEAL_TREND_H
#define COMMONWEAL_TREND_H
#include "chart.h"
#include "checks.h"

struct trend_point {
	struct period period;
	bool has;            /* a figure was entered */
	int64_t value;
	bool has_twelve;     /* all of the last twelve months have one; monthly series only */
	int64_t twelve;      /* their sum */
	int64_t people;      /* population of that year, or the latest before it; 0: none known */
};

struct trend {
	const struct indicator *indicator;
	bool monthly;
	size_t n;            /* every period from the first figure to the last one, gaps included */
	struct trend_point *points;
};

/* people: the population to use where none was entered, 0: unknown. */
void trend_make(struct arena *a, const struct indicator *in, bool monthly, const struct history *h, int64_t people,
	struct trend *out);
/* A year's rate per 100,000 people: of a year's figure, or of twelve months. False: not known. */
bool trend_rate(const struct trend *t, const struct trend_point *p, double *rate);
/* The chart: dots for the figures, a line for the mean of twelve months (a month's height), dashed lines for marks;
 * rates: yearly rates per 100,000 instead. width: CHART_NARROW or CHART_WIDE. */
struct markup trend_chart(struct arena *a, const struct trend *t, const struct figure_mark *marks, size_t n_marks,
	bool rates, double width);
/* Ticks of an axis of years: whole years have labels. */
struct tick *trend_years(struct arena *a, const struct scale *x, double width, size_t *n);
/* One or two sentences that say what the chart shows. */
const char *trend_words(struct arena *a, const struct trend *t);

#endif
