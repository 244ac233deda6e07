/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Enough data? And the exact ratio of two rates. */
#include "impact.h"
#include <gsl/gsl_cdf.h>
#include <gsl/gsl_sf_gamma.h>
#include <math.h>
#include "impact_run.h"

#define EVENTS_TOGETHER_MAX 1e6 /* GSL's incomplete beta function is exact to 9 digits so far, not at 1e7 */

bool impact_usable(const struct impact_series *s, size_t i)
{
	return !isnan(s->events[i]) && (!s->exposure || !isnan(s->exposure[i]));
}

enum impact_lack impact_lack(const struct impact_series *s, struct impact_counts *counts)
{
	struct impact_counts c = { 0 };

	for (size_t i = 0; i < s->n; i++) {
		double exposure;

		if (!impact_usable(s, i))
			continue;
		exposure = s->exposure ? s->exposure[i] : 1;
		if (i < s->start) {
			c.periods_before++;
			c.events_before += s->events[i];
			c.exposure_before += exposure;
		} else {
			c.periods_after++;
			c.events_after += s->events[i];
			c.exposure_after += exposure;
		}
	}
	if (counts)
		*counts = c;
	if (c.periods_before < IMPACT_PERIODS_MIN)
		return IMPACT_FEW_BEFORE;
	if (c.periods_after < IMPACT_PERIODS_MIN)
		return IMPACT_FEW_AFTER;
	return c.events_before < IMPACT_EVENTS_MIN ? IMPACT_FEW_EVENTS : IMPACT_ENOUGH;
}

const char *impact_period_name(int per_year)
{
	return per_year == 12 ? "month" : per_year == 4 ? "quarter" : "year";
}

const char *impact_lack_text(enum impact_lack lack, const struct impact_series *s, struct arena *a)
{
	const char *period = impact_period_name(s->per_year);
	struct impact_counts c;

	impact_lack(s, &c);
	switch (lack) {
	case IMPACT_FEW_BEFORE:
		return arena_printf(a, "Too early to say: there are figures for %zu %s%s before the start, and at least %d "
			"are needed. Earlier figures can be added.", c.periods_before, period,
			c.periods_before == 1 ? "" : "s", IMPACT_PERIODS_MIN);
	case IMPACT_FEW_AFTER:
		return arena_printf(a, "Too early to say: there are figures for %zu %s%s since the start, and at least %d "
			"are needed.", c.periods_after, period, c.periods_after == 1 ? "" : "s", IMPACT_PERIODS_MIN);
	case IMPACT_FEW_EVENTS:
		return arena_printf(a, "Too few to say: %.0f event%s before the start, and at least %d are needed. With so "
			"few, chance alone moves the figure as much as a strategy could.", c.events_before,
			c.events_before == 1 ? "" : "s", IMPACT_EVENTS_MIN);
	default:
		return "";
	}
}

/* ---- the exact ratio ---- */

static double log_binomial(double k, double n, double p)
{
	return gsl_sf_lngamma(n + 1) - gsl_sf_lngamma(k + 1) - gsl_sf_lngamma(n - k + 1) + (k > 0 ? k * log(p) : 0) +
		(n - k > 0 ? (n - k) * log1p(-p) : 0);
}

/* Sum of the probabilities that are no larger than x's. The pdf rises to the mode
 * and falls after it, so the other tail is found by bisection, not by a walk. */
static double two_sided(double x, double n, double p)
{
	const double slack = 1e-7; /* as R's binom.test, for ties */
	double mode = floor((n + 1) * p), limit = log_binomial(x, n, p) + slack, low, high;

	if (mode > n)
		mode = n;
	if (log_binomial(mode, n, p) <= limit)
		return 1;
	if (x < mode) {
		low = mode; /* pdf > limit at low, <= limit from high on */
		high = n + 1;
		while (high - low > 1) {
			double middle = floor((low + high) / 2);

			if (log_binomial(middle, n, p) <= limit)
				high = middle;
			else
				low = middle;
		}
		return gsl_cdf_binomial_P((unsigned)x, p, (unsigned)n) +
			(high > n ? 0 : gsl_cdf_binomial_Q((unsigned)high - 1, p, (unsigned)n));
	}
	low = -1; /* pdf <= limit up to low, > limit at high */
	high = mode;
	while (high - low > 1) {
		double middle = floor((low + high) / 2);

		if (log_binomial(middle, n, p) <= limit)
			low = middle;
		else
			high = middle;
	}
	return (low < 0 ? 0 : gsl_cdf_binomial_P((unsigned)low, p, (unsigned)n)) +
		gsl_cdf_binomial_Q((unsigned)x - 1, p, (unsigned)n);
}

/* By bisection: GSL's own inverse does not end for large counts. */
static double beta_quantile(double level, double a, double b)
{
	double low = 0, high = 1;

	for (int i = 0; i < 200 && low < high; i++) {
		double middle = (low + high) / 2;

		if (gsl_cdf_beta_P(middle, a, b) < level)
			low = middle;
		else
			high = middle;
	}
	return high;
}

static bool is_count(double x)
{
	return x >= 0 && x <= EVENTS_TOGETHER_MAX && x == floor(x);
}

bool impact_ratio(double before, double exposure_before, double after, double exposure_after,
	struct impact_ratio *out, struct error *err)
{
	double n = before + after, scale, p0, edge;

	impact_quiet();
	if (!is_count(before) || !is_count(after) || n > EVENTS_TOGETHER_MAX || n < 1)
		return error_set(err, ERROR_INVALID,
			"A ratio needs two whole numbers of events, not both zero, of at most 1 million together.");
	if (!(exposure_before > 0) || !(exposure_after > 0) || isinf(exposure_before) || isinf(exposure_after))
		return error_set(err, ERROR_INVALID, "A ratio needs a population or a length of time on both sides.");
	scale = exposure_before / exposure_after;
	p0 = exposure_after / (exposure_before + exposure_after);
	out->ratio = before > 0 ? after / before * scale : INFINITY;
	edge = after > 0 ? beta_quantile(0.025, after, before + 1) : 0;
	out->low = edge / (1 - edge) * scale;
	edge = before > 0 ? beta_quantile(0.975, after + 1, before) : 1;
	out->high = before > 0 ? edge / (1 - edge) * scale : INFINITY;
	out->p = fmin(1, two_sided(after, n, p0));
	return true;
}
