/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The sup-F test for a break at an unknown date. */
#include <gsl/gsl_cdf.h>
#include <gsl/gsl_errno.h>
#include <gsl/gsl_roots.h>
#include <gsl/gsl_sf_erf.h>
#include <math.h>
#include "impact_run.h"

#define BREAK_PERIODS_MIN 15

/* Hansen (1997), "Approximate asymptotic p values for structural-change tests", table
 * for sup F: p = 1 - chi2(b0 + b1 x; df b2), for 1 and 2 regressors, trimmed shares
 * .49, .47, ... .01. */
static const double hansen[2][25][3] = {
	{
		{ -0.06484670, 0.99671156, 1.25732410 },
		{ -0.15305667, 0.96757645, 1.43651315 },
		{ -0.23071675, 0.95825013, 1.56531261 },
		{ -0.29247661, 0.95715782, 1.68851898 },
		{ -0.35706588, 0.95237505, 1.77889686 },
		{ -0.40514715, 0.96055795, 1.89761322 },
		{ -0.45248386, 0.95810999, 1.98370422 },
		{ -0.50458517, 0.96149538, 2.07086519 },
		{ -0.55009159, 0.96684273, 2.17244338 },
		{ -0.60241623, 0.96518399, 2.23509053 },
		{ -0.64308746, 0.97354902, 2.33722161 },
		{ -0.68833676, 0.97829106, 2.42776524 },
		{ -0.73136161, 0.98206870, 2.50833918 },
		{ -0.78078198, 0.99475319, 2.62095510 },
		{ -0.82894221, 1.00023473, 2.70286643 },
		{ -0.88430133, 1.00162529, 2.77835798 },
		{ -0.94992650, 1.00384268, 2.84325795 },
		{ -0.98828874, 1.01604712, 2.96752918 },
		{ -1.04892713, 1.02570939, 3.08442682 },
		{ -1.11527783, 1.03526033, 3.19770394 },
		{ -1.14992644, 1.06643436, 3.44739573 },
		{ -1.24010871, 1.06929468, 3.54993605 },
		{ -1.38522113, 1.06808543, 3.61667211 },
		{ -1.48296473, 1.12839690, 4.07202473 },
		{ -1.78738608, 1.17220925, 4.47267010 },
	},
	{
		{ -0.03933112, 0.99525784, 2.44239332 },
		{ -0.14650989, 0.99386540, 2.78837829 },
		{ -0.28765583, 0.98139359, 2.93724618 },
		{ -0.35528752, 0.99427390, 3.18187129 },
		{ -0.49538961, 0.96923268, 3.19484388 },
		{ -0.58780544, 0.97339124, 3.32763253 },
		{ -0.66900489, 0.97444133, 3.44170617 },
		{ -0.77825803, 0.96678414, 3.48652761 },
		{ -0.87260977, 0.97626434, 3.61709836 },
		{ -0.96782445, 0.97636983, 3.67795020 },
		{ -1.07358977, 0.97407744, 3.71945379 },
		{ -1.12531079, 0.99897105, 3.95114475 },
		{ -1.16041007, 1.01629918, 4.14932643 },
		{ -1.29757970, 1.01526800, 4.17103882 },
		{ -1.36743697, 1.03004743, 4.32238040 },
		{ -1.43012785, 1.05139461, 4.53836755 },
		{ -1.53311747, 1.05280599, 4.61175851 },
		{ -1.65273586, 1.05932633, 4.69340428 },
		{ -1.79350728, 1.04936541, 4.68380985 },
		{ -1.91177470, 1.05884590, 4.80733540 },
		{ -2.02659329, 1.07200268, 4.97772701 },
		{ -2.18499383, 1.08674781, 5.14231666 },
		{ -2.37658580, 1.11342895, 5.40268693 },
		{ -2.51267262, 1.15305027, 5.88573096 },
		{ -3.05559851, 1.17629253, 6.11067794 },
	},
};

static double hansen_p(double x, size_t k, double share)
{
	double at = (0.51 - share) * 50, chi = gsl_cdf_chisq_Q(x, (double)k), p[2];
	size_t row;

	if (share >= 0.5)
		return chi;
	row = share <= 0.01 ? 24 : share >= 0.49 ? 0 : (size_t)at - 1;
	for (size_t i = 0; i < 2; i++) {
		const double *b = hansen[k - 1][row + i < 25 ? row + i : 24];

		p[i] = gsl_cdf_chisq_Q(fmax(0, b[0] + b[1] * x), b[2]);
	}
	if (share <= 0.01)
		return p[0];
	if (share >= 0.49)
		return ((0.5 - share) * p[0] + (share - 0.49) * chi) * 100;
	return (floor(at) + 1 - at) * p[0] + (at - floor(at)) * p[1];
}

/* A segment's regression on 1 or on 1 and t, from sums. */
struct segment {
	double n, t, tt, y, ty, yy;
};

static void add(struct segment *s, double t, double y, double sign)
{
	s->n += sign;
	s->t += sign * t;
	s->tt += sign * t * t;
	s->y += sign * y;
	s->ty += sign * t * y;
	s->yy += sign * y * y;
}

static double slope_of(const struct segment *s, bool trend)
{
	return trend ? (s->ty - s->t * s->y / s->n) / (s->tt - s->t * s->t / s->n) : 0;
}

static double level_of(const struct segment *s, bool trend)
{
	return (s->y - slope_of(s, trend) * s->t) / s->n;
}

static double rss(const struct segment *s, bool trend)
{
	double left = s->yy - s->y * s->y / s->n;

	return left - slope_of(s, trend) * (trend ? s->ty - s->t * s->y / s->n : 0);
}

/* ---- Bai (1997): the distribution of the estimated date ---- */

struct bai {
	double xi, phi, level;
};

static double log_normal_cdf(double x)
{
	return gsl_sf_log_erfc(-x / M_SQRT2) - M_LN2;
}

/* P(argmax of the two-sided Brownian motion with drift <= x); phi = xi (phi2/phi1)^2 there. */
static double bai_cdf(double x, const struct bai *b)
{
	double xi = b->xi, phi = b->phi, u = fabs(x), f;

	if (x < 0) {
		f = xi / phi;
		return -exp(log(u) / 2 - u / 8 - log(2 * M_PI) / 2) -
			phi / xi * (phi + 2 * xi) / (phi + xi) *
			exp(f * (1 + f) * u / 2 + log_normal_cdf(-(0.5 + f) * sqrt(u))) +
			(u / 2 - 2 + (phi + 2 * xi) * (phi + 2 * xi) / ((phi + xi) * xi)) * exp(log_normal_cdf(-sqrt(u) / 2));
	}
	f = xi * xi / phi;
	return 1 + sqrt(f) * sqrt(u) * exp(-f * u / 8) / sqrt(2 * M_PI) +
		xi / phi * (2 * phi + xi) / (phi + xi) *
		exp((phi + xi) * u / 2 + log_normal_cdf(-(phi + xi / 2) / sqrt(phi) * sqrt(u))) -
		((2 * phi + xi) * (2 * phi + xi) / ((phi + xi) * phi) - 2 + f * u / 2) *
		exp(log_normal_cdf(-sqrt(f) * sqrt(u) / 2));
}

/* Its quantile, on the side where it lies; NAN if there is none. */
static double bai_quantile(const struct bai *b)
{
	double near = 0, far = b->level < 0.5 ? -1 : 1;

	while (fabs(far) < 1e7 && (bai_cdf(far, b) < b->level) == (b->level > 0.5)) {
		near = far;
		far *= 2;
	}
	for (int i = 0; i < 200; i++) {
		double middle = (near + far) / 2;

		if ((bai_cdf(middle, b) < b->level) == (b->level > 0.5))
			near = middle;
		else
			far = middle;
	}
	return fabs(far) < 1e7 ? far : NAN;
}

/* delta' Q delta, where Q is the mean of x x' of the segment. */
static double jump(const struct segment *s, double level, double slope)
{
	return (level * level * s->n + 2 * level * slope * s->t + slope * slope * s->tt) / s->n;
}

static void date_interval(struct impact_break *b, const struct segment *one, const struct segment *two, bool trend)
{
	double level = level_of(two, trend) - level_of(one, trend), slope = slope_of(two, trend) - slope_of(one, trend);
	double q1 = jump(one, level, slope), q2 = jump(two, level, slope);
	double s1 = rss(one, trend) / one->n, s2 = rss(two, trend) / two->n, at0, up, down;
	struct bai c = { .xi = q2 / q1, .phi = q2 / q1 * s2 / s1 };

	if (!(s1 > 0) || !(s2 > 0) || !(q1 > 0) || !(q2 > 0))
		return;
	at0 = bai_cdf(0, &c);
	if (!(at0 > 0.025 && at0 < 0.975))
		return;
	c.level = 0.975;
	up = bai_quantile(&c) * s1 / q1;
	c.level = 0.025;
	down = bai_quantile(&c) * s1 / q1;
	b->interval = fabs(up) < 1e9 && fabs(down) < 1e9;
	if (b->interval) {
		b->low = (long)b->last_before - (long)ceil(up);
		b->high = (long)b->last_before - (long)floor(down);
	}
}

/* ---- the test ---- */

static void residuals(struct impact_break *b, const double *y, const struct segment *one,
	const struct segment *two, bool trend)
{
	double last = 0, steps = 0, sum = 0;

	for (size_t i = 0; i < b->n; i++) {
		const struct segment *s = i <= b->last_before ? one : two;
		double e = y[i] - level_of(s, trend) - slope_of(s, trend) * ((double)i + 1);

		if (i)
			steps += (e - last) * (e - last);
		sum += e * e;
		last = e;
	}
	b->durbin_watson = steps / sum;
}

/* The statistics at all dates; the two segments at the largest. */
static void scan(struct impact_break *b, const double *y, bool trend, struct segment *one, struct segment *two)
{
	struct segment all = { 0 }, first = { 0 }, second;
	size_t k = trend ? 2 : 1;
	double center = 0, total;

	/* Sums of squares of deviations, lest large levels cost digits. */
	for (size_t i = 0; i < b->n; i++)
		center += y[i] / (double)b->n;
	for (size_t i = 0; i < b->n; i++)
		add(&all, (double)i + 1, y[i] - center, 1);
	total = rss(&all, trend);
	second = all;
	b->sup_f = -INFINITY;
	for (size_t i = 0; i + b->from < b->n; i++) {
		double left;

		add(&first, (double)i + 1, y[i] - center, 1);
		add(&second, (double)i + 1, y[i] - center, -1);
		if (i + 1 < b->from)
			continue;
		/* A perfect step leaves nothing but the error of rounding. */
		left = fmax(rss(&first, trend) + rss(&second, trend), total * 1e-13);
		b->statistics[b->count] = (total - left) / (left / (double)(b->n - 2 * k));
		if (b->statistics[b->count] > b->sup_f) {
			b->sup_f = b->statistics[b->count];
			b->last_before = i;
			*one = first;
			*two = second;
		}
		b->count++;
	}
	b->before = level_of(one, false) + center;
	b->after = level_of(two, false) + center;
	one->y += center * one->n, two->y += center * two->n;
	one->ty += center * one->t, two->ty += center * two->t;
	one->yy += 2 * center * (one->y - center * one->n) + center * center * one->n;
	two->yy += 2 * center * (two->y - center * two->n) + center * center * two->n;
}

bool impact_break(const double *y, size_t n, bool trend, double trim, struct arena *a,
	struct impact_break **out, struct error *err)
{
	struct impact_break *b = arena_alloc(a, sizeof *b);
	size_t k = trend ? 2 : 1;
	struct segment one, two;
	double share, spread = 0;

	impact_quiet();
	if (n < BREAK_PERIODS_MIN || n > IMPACT_PERIODS_MAX || !(trim > 0 && trim < 0.5))
		return error_set(err, ERROR_INVALID, "To look for a break takes at least %d periods.", BREAK_PERIODS_MIN);
	for (size_t i = 0; i < n; i++) {
		if (!isfinite(y[i]))
			return error_set(err, ERROR_INVALID, "To look for a break takes a series without holes.");
		spread = fmax(spread, fabs(y[i] - y[0]));
	}
	if (spread <= 0)
		return error_set(err, ERROR_INVALID, "The series never changes.");
	b->n = n;
	b->from = (size_t)floor(trim * (double)n);
	if (b->from < k + 1)
		b->from = k + 1;
	b->statistics = arena_array(a, n, sizeof *b->statistics);
	scan(b, y, trend, &one, &two);
	/* The same share on both sides: sqrt(lambda) = (n - from)/from, so 1/(1 + sqrt) = from/n. */
	share = (double)b->from / (double)n;
	b->p = hansen_p(b->sup_f, k, share);
	residuals(b, y, &one, &two, trend);
	date_interval(b, &one, &two, trend);
	*out = b;
	return true;
}
