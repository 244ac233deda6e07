/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A unit's change against that of others: difference in differences. */
#include <math.h>
#include <stdlib.h>
#include "impact_run.h"

#define UNITS_MAX 5000
#define FITTING_MAX 10000

struct change {
	double mean;   /* of logs, or log of pooled; as the panel says */
	double events[2], exposure[2];
};

static bool in_window(const struct impact_panel *p, size_t i, int side)
{
	return side == 0 ? i >= p->before_from && i < p->before_to : i >= p->after_from && i < p->after_to;
}

/* False: holes, or zeros where logs are taken. */
static bool change_of(const struct impact_panel *p, const struct impact_unit *u, struct change *c)
{
	double sum[2] = { 0 };
	size_t n[2] = { 0 };

	*c = (struct change){ 0 };
	for (size_t i = 0; i < p->periods; i++)
		for (int side = 0; side < 2; side++) {
			double y = u->events[i], e = u->exposure[i];

			if (!in_window(p, i, side))
				continue;
			if (!(y >= 0) || !(e > 0) || isinf(y) || isinf(e) || (!p->pooled && y <= 0))
				return false;
			c->events[side] += y;
			c->exposure[side] += e;
			sum[side] += p->pooled ? 0 : log(y / e);
			n[side]++;
		}
	if (p->pooled) {
		double more = c->events[0] <= 0 || c->events[1] <= 0 ? 0.5 : 0;

		c->mean = log((c->events[1] + more) / c->exposure[1]) - log((c->events[0] + more) / c->exposure[0]);
	} else {
		c->mean = sum[1] / (double)n[1] - sum[0] / (double)n[0];
	}
	return true;
}

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* Ranks among all units, each against the mean of all the rest: symmetric, so the
 * rank of the own one is uniform if the strategy does nothing. */
static void placebo(const double *changes, size_t n, size_t own, struct arena *a, struct impact_comparison *out)
{
	double total = 0, *effects = arena_array(a, n, sizeof *effects), *others = arena_array(a, n, sizeof *others);
	size_t k = (size_t)floor(0.025 * (double)n + 1e-9), m = 0;
	const double slack = 1e-12;

	for (size_t i = 0; i < n; i++)
		total += changes[i];
	for (size_t i = 0; i < n; i++)
		effects[i] = changes[i] - (total - changes[i]) / (double)(n - 1);
	out->did = effects[own];
	out->others = exp((total - changes[own]) / (double)(n - 1));
	for (size_t i = 0; i < n; i++) {
		out->rank_fall += effects[i] <= out->did + slack;
		out->rank_any += fabs(effects[i]) >= fabs(out->did) - slack;
		if (i != own)
			others[m++] = effects[i];
	}
	out->p_fall = (double)out->rank_fall / (double)n;
	out->p_any = (double)out->rank_any / (double)n;
	out->p_least = 1.0 / (double)n;
	out->ratio = exp(out->did);
	out->low = out->high = NAN;
	if (k < 1)
		return;
	qsort(others, m, sizeof *others, by_value);
	out->low = exp(out->did - others[m - k]);
	out->high = exp(out->did - others[k - 1]);
}

/* Poisson likelihood with an effect for each unit (two for the own one: before and
 * after) and each period, by fitting the margins in turn (Deming and Stephan 1940). */
static double poisson_effect(const struct impact_panel *p, const size_t *used, size_t n, size_t own, struct arena *a)
{
	double *unit = arena_array(a, n + 1, sizeof *unit), *period = arena_array(a, p->periods, sizeof *period);
	double last = INFINITY, now = 0;

	for (size_t t = 0; t < p->periods; t++)
		period[t] = 1;
	for (int round = 0; round < FITTING_MAX && fabs(now - last) > 1e-13; round++) {
		last = now;
		for (size_t i = 0; i <= n; i++) {
			const struct impact_unit *u = &p->units[used[i < n ? i : own]];
			double y = 0, e = 0;

			for (size_t t = 0; t < p->periods; t++)
				if (in_window(p, t, i == n) || (i != n && i != own && in_window(p, t, 1))) {
					y += u->events[t];
					e += u->exposure[t] * period[t];
				}
			unit[i] = y / e;
		}
		for (size_t t = 0; t < p->periods; t++) {
			bool before = in_window(p, t, 0);
			double y = 0, e = 0;

			if (!before && !in_window(p, t, 1))
				continue;
			for (size_t i = 0; i < n; i++) {
				const struct impact_unit *u = &p->units[used[i]];

				y += u->events[t];
				e += u->exposure[t] * unit[i == own && !before ? n : i];
			}
			period[t] = y / e;
		}
		now = log(unit[n] / unit[own]);
	}
	return now;
}

static bool check_panel(const struct impact_panel *p, struct error *err)
{
	if (p->periods > IMPACT_PERIODS_MAX || p->count > UNITS_MAX || p->treated >= p->count ||
		p->before_to > p->periods || p->after_to > p->periods || p->before_from >= p->before_to ||
		p->after_from >= p->after_to || p->before_to > p->after_from)
		return error_set(err, ERROR_INVALID, "The comparison needs two spans of time, one before the other.");
	return true;
}

bool impact_compare(const struct impact_panel *p, struct arena *a, struct impact_comparison *out,
	struct error *err)
{
	struct change c, mine;
	double *changes, events[2] = { 0 }, exposure[2] = { 0 };
	size_t *used, n = 0, own = 0;

	*out = (struct impact_comparison){ 0 };
	if (!check_panel(p, err))
		return false;
	changes = arena_array(a, p->count, sizeof *changes);
	used = arena_array(a, p->count, sizeof *used);
	if (!change_of(p, &p->units[p->treated], &mine))
		return error_set(err, ERROR_INVALID, "Your own figures have holes%s in the spans compared.",
			p->pooled ? "" : " or zeros");
	for (size_t i = 0; i < p->count; i++) {
		if (!change_of(p, &p->units[i], &c)) {
			out->dropped++;
			continue;
		}
		for (int side = 0; side < 2 && i != p->treated; side++) {
			events[side] += c.events[side];
			exposure[side] += c.exposure[side];
		}
		own = i == p->treated ? n : own;
		changes[n] = c.mean;
		used[n++] = i;
	}
	out->donors = n - 1;
	if (out->donors < IMPACT_DONORS_MIN)
		return error_set(err, ERROR_INVALID, "Not enough others to compare with: %zu have figures for the same "
			"periods, and at least %d are needed.", out->donors, IMPACT_DONORS_MIN);
	out->own = exp(mine.mean);
	out->own_pooled = mine.events[1] / mine.exposure[1] / (mine.events[0] / mine.exposure[0]);
	out->others_pooled = events[1] / exposure[1] / (events[0] / exposure[0]);
	placebo(changes, n, own, a, out);
	out->poisson_did = poisson_effect(p, used, n, own, a);
	return true;
}
