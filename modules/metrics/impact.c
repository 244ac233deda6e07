/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Interrupted time series: the design, the two families, robust errors, the
 * counterfactual and the checks of assumptions. */
#include "impact.h"
#include <gsl/gsl_cdf.h>
#include <gsl/gsl_sf_gamma.h>
#include <gsl/gsl_sf_psi.h>
#include <math.h>
#include <string.h>
#include "impact_run.h"

#define THETA_MAX 1e6 /* so close to Poisson that the family says nothing more */
#define ROUNDS_MAX 200

struct run {
	const struct impact_series *s;
	const struct impact_model *m;
	struct arena *a;
	struct impact_glm g;
	size_t *at;           /* [g.n] the period of a row */
	const char **names;   /* [columns] */
	size_t slope, season; /* columns; slope 0: none */
	struct impact_fit *f;
	double *hac;          /* [columns][columns] with the n/df of small samples */
};

/* ---- design ---- */

enum { INTERCEPT, STEP, TREND };

static size_t season_columns(const struct run *r)
{
	if (r->s->per_year <= 1 || r->m->season == IMPACT_NO_SEASON)
		return 0;
	if (r->m->season == IMPACT_DUMMIES)
		return (size_t)r->s->per_year - 1;
	/* In quarters the second sine is zero throughout, and the first pair says all but one cosine. */
	return r->s->per_year == 4 ? 2 : 2 * (size_t)r->m->harmonics;
}

/* Row of a period; with counterfactual the strategy never started. */
static void fill_row(const struct run *r, size_t i, bool counterfactual, double *row)
{
	bool after = i >= r->s->start && !counterfactual;
	size_t c = r->season, columns = r->g.columns, month = (i + (size_t)r->s->season) % (size_t)r->s->per_year;

	memset(row, 0, columns * sizeof *row);
	row[INTERCEPT] = 1;
	row[STEP] = after;
	row[TREND] = (double)i + 1;
	if (r->slope)
		row[r->slope] = after ? (double)(i - r->s->start) + 1 : 0;
	if (c == columns)
		return;
	if (r->m->season == IMPACT_DUMMIES) {
		if (month)
			row[c + month - 1] = 1;
		return;
	}
	for (int j = 1; c + 1 < columns; j++) {
		double angle = 2 * M_PI * j * ((double)month + 1) / r->s->per_year;

		row[c++] = sin(angle);
		row[c++] = cos(angle);
	}
}

static void name_columns(struct run *r)
{
	size_t c = r->season;

	r->names = arena_array(r->a, r->g.columns, sizeof *r->names);
	r->names[INTERCEPT] = "intercept";
	r->names[STEP] = "step";
	r->names[TREND] = "trend";
	if (r->slope)
		r->names[r->slope] = "slope";
	for (int j = 1; c < r->g.columns; j++) {
		if (r->m->season == IMPACT_DUMMIES) {
			r->names[c++] = arena_printf(r->a, "season%d", j + 1);
		} else {
			r->names[c++] = arena_printf(r->a, "sin%d", j);
			r->names[c++] = arena_printf(r->a, "cos%d", j);
		}
	}
}

static void design(struct run *r)
{
	const struct impact_series *s = r->s;
	size_t columns = TREND + 1;

	if (r->m->slope)
		r->slope = columns++;
	r->season = columns;
	columns += season_columns(r);
	r->g.columns = columns;
	r->g.x = arena_array(r->a, s->n * columns, sizeof *r->g.x);
	r->g.y = arena_array(r->a, s->n, sizeof *r->g.y);
	r->g.offset = arena_array(r->a, s->n, sizeof *r->g.offset);
	r->at = arena_array(r->a, s->n, sizeof *r->at);
	for (size_t i = 0; i < s->n; i++) {
		size_t row = r->g.n;

		if (!impact_usable(s, i))
			continue;
		fill_row(r, i, false, r->g.x + row * columns);
		r->g.y[row] = s->events[i];
		r->g.offset[row] = s->exposure ? log(s->exposure[i]) : 0;
		r->at[row] = i;
		r->g.n++;
	}
	name_columns(r);
}

/* ---- the families ---- */

static double log_likelihood(const struct impact_glm *g)
{
	double sum = 0, t = g->theta;

	for (size_t i = 0; i < g->n; i++) {
		double y = g->y[i], mu = g->mu[i];

		if (isinf(t))
			sum += y * log(mu) - mu - gsl_sf_lngamma(y + 1);
		else
			sum += gsl_sf_lngamma(t + y) - gsl_sf_lngamma(t) - gsl_sf_lngamma(y + 1) + t * log(t) +
				y * log(mu) - (t + y) * log(t + mu);
	}
	return sum;
}

static double deviance(const struct impact_glm *g)
{
	double sum = 0, t = g->theta;

	for (size_t i = 0; i < g->n; i++) {
		double y = g->y[i], mu = g->mu[i], part = y > 0 ? y * log(y / mu) : 0;

		sum += isinf(t) ? part - (y - mu) : part - (y + t) * log((y + t) / (mu + t));
	}
	return 2 * sum;
}

/* Maximum likelihood of theta for the means as they are, by Newton (Venables and
 * Ripley 2002, as MASS::theta.ml). False: the counts scatter no more than Poisson's. */
static bool find_theta(struct impact_glm *g, double *se)
{
	double t = 0, change = 1, info = 0;

	if (isinf(g->theta)) {
		for (size_t i = 0; i < g->n; i++)
			t += (g->y[i] / g->mu[i] - 1) * (g->y[i] / g->mu[i] - 1);
		t = (double)g->n / t;
	} else {
		t = g->theta;
	}
	for (int round = 0; round < ROUNDS_MAX && fabs(change) > 1e-12 * t; round++) {
		double score = 0;

		info = 0;
		for (size_t i = 0; i < g->n; i++) {
			double y = g->y[i], mu = g->mu[i];

			score += gsl_sf_psi(t + y) - gsl_sf_psi(t) + log(t) + 1 - log(t + mu) - (y + t) / (mu + t);
			info += -gsl_sf_psi_1(t + y) + gsl_sf_psi_1(t) - 1 / t + 2 / (mu + t) -
				(y + t) / ((mu + t) * (mu + t));
		}
		change = score / info;
		if (!(info > 0))
			change = t; /* far from the top, where it is not concave: feel upward */
		t = t + change > 0 ? t + change : t / 2;
		if (!(t < THETA_MAX))
			return false;
	}
	g->theta = t;
	*se = sqrt(1 / info);
	return info > 0;
}

static bool solve(struct run *r, struct error *err)
{
	struct impact_glm *g = &r->g;
	double last;
	int rounds = 0;

	g->theta = INFINITY;
	if (!impact_glm_solve(g, r->a))
		return error_set(err, ERROR_INVALID, "These figures cannot be fitted: a season or a side has no events "
			"at all. A model with fewer parts may do.");
	if (r->m->family == IMPACT_QUASI_POISSON)
		return true;
	do {
		last = g->theta;
		if (!find_theta(g, &r->f->theta_se) || !impact_glm_solve(g, r->a))
			return error_set(err, ERROR_INVALID, "The negative binomial model does not suit these figures: they "
				"scatter no more than chance. The quasi-Poisson model does.");
	} while (isinf(last) || (fabs(g->theta - last) > 1e-11 * g->theta && ++rounds < ROUNDS_MAX));
	return find_theta(g, &r->f->theta_se);
}

/* ---- errors ---- */

/* Newey and West (1987): the scores of rows j periods apart, with Bartlett weights.
 * Periods without figures count as scores of 0 (Parzen 1963), so that lags stay lags. */
static void newey_west(struct run *r)
{
	const struct impact_glm *g = &r->g;
	size_t k = g->columns;
	double *meat = arena_array(r->a, k * k, sizeof *meat), *half = arena_array(r->a, k * k, sizeof *half);
	double *score = arena_array(r->a, g->n * k, sizeof *score), small = (double)g->n / r->f->df;

	for (size_t i = 0; i < g->n; i++)
		for (size_t c = 0; c < k; c++)
			score[i * k + c] = g->x[i * k + c] * (g->y[i] - g->mu[i]) /
				(isinf(g->theta) ? 1 : 1 + g->mu[i] / g->theta);
	for (size_t i = 0; i < g->n; i++)
		for (size_t j = i; j < g->n && r->at[j] - r->at[i] <= (size_t)r->f->lag; j++) {
			double w = 1 - (double)(r->at[j] - r->at[i]) / (r->f->lag + 1);

			for (size_t c = 0; c < k; c++)
				for (size_t d = 0; d < k; d++) {
					meat[c * k + d] += w * score[i * k + c] * score[j * k + d];
					if (j > i)
						meat[c * k + d] += w * score[j * k + c] * score[i * k + d];
				}
		}
	r->hac = arena_array(r->a, k * k, sizeof *r->hac);
	for (size_t c = 0; c < k; c++)
		for (size_t d = 0; d < k; d++)
			for (size_t e = 0; e < k; e++)
				half[c * k + d] += g->covariance[c * k + e] * meat[e * k + d];
	for (size_t c = 0; c < k; c++)
		for (size_t d = 0; d < k; d++)
			for (size_t e = 0; e < k; e++)
				r->hac[c * k + d] += small * half[c * k + e] * g->covariance[e * k + d];
}

static double model_scale(const struct run *r)
{
	return r->m->family == IMPACT_QUASI_POISSON ? r->f->dispersion : 1;
}

/* Variance of a linear combination: the larger of the model's and the robust one. */
static double variance(const struct run *r, const double *v)
{
	size_t k = r->g.columns;
	double model = 0, robust = 0;

	for (size_t c = 0; c < k; c++)
		for (size_t d = 0; d < k; d++) {
			model += v[c] * v[d] * r->g.covariance[c * k + d];
			robust += v[c] * v[d] * r->hac[c * k + d];
		}
	return fmax(model * model_scale(r), robust);
}

static struct impact_effect effect_of(const struct run *r, size_t column)
{
	double unit[IMPACT_COLUMNS_MAX] = { 0 }, b = r->g.b[column], se, t = gsl_cdf_tdist_Pinv(0.975, r->f->df);

	unit[column] = 1;
	se = sqrt(variance(r, unit));
	return (struct impact_effect){ exp(b), exp(b - t * se), exp(b + t * se),
		2 * gsl_cdf_tdist_Q(fabs(b) / se, r->f->df) };
}

static void report_coefficients(struct run *r)
{
	size_t k = r->g.columns;

	r->f->coefficients = arena_array(r->a, k, sizeof *r->f->coefficients);
	for (size_t c = 0; c < k; c++) {
		double v = r->g.covariance[c * k + c];

		r->f->coefficients[c] = (struct impact_coefficient){ r->names[c], r->g.b[c], sqrt(v * model_scale(r)),
			sqrt(v), sqrt(r->hac[c * k + c] * r->f->df / (double)r->g.n) };
	}
	r->f->step = effect_of(r, STEP);
	r->f->slope = r->slope ? effect_of(r, r->slope) : (struct impact_effect){ NAN, NAN, NAN, NAN };
}

/* ---- counterfactual ---- */

static double predict(const struct run *r, const double *row, double exposure)
{
	double eta = log(exposure);

	for (size_t c = 0; c < r->g.columns; c++)
		eta += row[c] * r->g.b[c];
	return exp(eta);
}

static void counterfactual(struct run *r)
{
	const struct impact_series *s = r->s;
	double row[IMPACT_COLUMNS_MAX], gradient[IMPACT_COLUMNS_MAX] = { 0 }, t = gsl_cdf_tdist_Pinv(0.975, r->f->df);
	struct impact_fit *f = r->f;
	double se;

	f->points = arena_array(r->a, s->n, sizeof *f->points);
	for (size_t i = 0; i < s->n; i++) {
		double exposure = s->exposure ? s->exposure[i] : 1;
		struct impact_point *p = &f->points[i];

		fill_row(r, i, false, row);
		p->fitted = predict(r, row, exposure);
		p->counterfactual = p->fitted;
		p->low = p->high = NAN;
		if (i < s->start)
			continue;
		fill_row(r, i, true, row);
		p->counterfactual = predict(r, row, exposure);
		se = sqrt(variance(r, row));
		p->low = p->counterfactual * exp(-t * se);
		p->high = p->counterfactual * exp(t * se);
		if (!impact_usable(s, i))
			continue;
		f->observed_after += s->events[i];
		f->expected_after += p->counterfactual;
		for (size_t c = 0; c < r->g.columns; c++)
			gradient[c] += p->counterfactual * row[c];
	}
	for (size_t c = 0; c < r->g.columns; c++)
		gradient[c] /= f->expected_after;
	se = sqrt(variance(r, gradient)); /* of the logarithm of the sum */
	f->expected_low = f->expected_after * exp(-t * se);
	f->expected_high = f->expected_after * exp(t * se);
}

/* ---- assumptions ---- */

static void check_residuals(struct run *r)
{
	const struct impact_glm *g = &r->g;
	struct impact_fit *f = r->f;
	double *e = arena_array(r->a, g->n, sizeof *e), mean = 0, raw = 0, centered = 0, steps = 0;

	for (size_t i = 0; i < g->n; i++) {
		double v = isinf(g->theta) ? g->mu[i] : g->mu[i] * (1 + g->mu[i] / g->theta);

		e[i] = (g->y[i] - g->mu[i]) / sqrt(v);
		mean += e[i] / (double)g->n;
	}
	for (size_t i = 0; i < g->n; i++) {
		raw += e[i] * e[i];
		centered += (e[i] - mean) * (e[i] - mean);
		if (i && r->at[i] - r->at[i - 1] == 1)
			steps += (e[i] - e[i - 1]) * (e[i] - e[i - 1]);
	}
	f->durbin_watson = steps / raw;
	f->acf_n = g->n / 4 < IMPACT_ACF_MAX ? g->n / 4 : IMPACT_ACF_MAX;
	for (size_t lag = 1; lag <= f->acf_n; lag++) {
		double sum = 0;

		for (size_t i = 0; i < g->n; i++)
			for (size_t j = i + 1; j < g->n && r->at[j] - r->at[i] <= lag; j++)
				if (r->at[j] - r->at[i] == lag)
					sum += (e[i] - mean) * (e[j] - mean);
		f->acf[lag - 1] = sum / centered;
		f->ljung_box += (double)g->n * ((double)g->n + 2) * f->acf[lag - 1] * f->acf[lag - 1] /
			(double)(g->n - lag);
	}
	f->ljung_box_p = gsl_cdf_chisq_Q(f->ljung_box, (double)f->acf_n);
}

/* Was the trend before the start a straight line (of logarithms)? A quadratic term
 * in the same model of the periods before; NAN if it cannot be fitted. */
static double curve_before(const struct run *r)
{
	struct impact_glm g = { .columns = 3 + (r->g.columns - r->season), .theta = INFINITY };
	double pearson = 0, t;
	int df;

	g.x = arena_array(r->a, r->g.n * g.columns, sizeof *g.x);
	g.y = r->g.y;
	g.offset = r->g.offset;
	while (g.n < r->g.n && r->at[g.n] < r->s->start) {
		const double *from = r->g.x + g.n * r->g.columns;
		double *to = g.x + g.n * g.columns, center = (from[TREND] - (double)r->s->start / 2) / (double)r->s->start;

		to[0] = 1;
		to[1] = center;
		to[2] = center * center;
		memcpy(to + 3, from + r->season, (g.columns - 3) * sizeof *to);
		g.n++;
	}
	if (!impact_glm_solve(&g, r->a))
		return NAN;
	df = (int)(g.n - g.columns);
	for (size_t i = 0; i < g.n; i++)
		pearson += (g.y[i] - g.mu[i]) * (g.y[i] - g.mu[i]) / g.mu[i];
	t = g.b[2] / sqrt(g.covariance[2 * g.columns + 2] * pearson / df);
	return 2 * gsl_cdf_tdist_Q(fabs(t), df);
}

/* ---- the whole ---- */

static bool check_series(const struct impact_series *s, const struct impact_model *m, struct error *err)
{
	if (s->n > IMPACT_PERIODS_MAX || s->start > s->n)
		return error_set(err, ERROR_INVALID, "The series is too long, or its start lies outside it.");
	if (s->per_year != 1 && s->per_year != 4 && s->per_year != 12)
		return error_set(err, ERROR_INVALID, "A series has 12, 4 or 1 periods a year.");
	if (s->season < 0 || s->season >= s->per_year || (m->season == IMPACT_HARMONICS && s->per_year > 1 &&
		(m->harmonics < 1 || m->harmonics > 2)))
		return error_set(err, ERROR_INVALID, "The season of the first period, or the number of harmonics, is wrong.");
	for (size_t i = 0; i < s->n; i++)
		if (impact_usable(s, i) && (s->events[i] < 0 || s->events[i] != floor(s->events[i]) ||
			isinf(s->events[i]) || (s->exposure && (!(s->exposure[i] > 0) || isinf(s->exposure[i])))))
			return error_set(err, ERROR_INVALID, "Events are whole numbers from 0, and a population is above 0.");
	return true;
}

static void measure(struct run *r)
{
	struct impact_fit *f = r->f;
	const struct impact_glm *g = &r->g;

	f->n = g->n;
	f->columns = g->columns;
	f->df = (int)(g->n - g->columns);
	f->lag = r->m->lag >= 0 ? r->m->lag : (int)floor(4 * pow((double)g->n / 100, 2.0 / 9));
	f->theta = g->theta;
	f->log_likelihood = log_likelihood(g);
	f->deviance = deviance(g);
	f->aic = -2 * f->log_likelihood + 2 * (double)(g->columns + !isinf(g->theta));
	for (size_t i = 0; i < g->n; i++) {
		double v = isinf(g->theta) ? g->mu[i] : g->mu[i] * (1 + g->mu[i] / g->theta);

		f->pearson += (g->y[i] - g->mu[i]) * (g->y[i] - g->mu[i]) / v;
	}
	f->dispersion = f->pearson / f->df;
}

bool impact_fit(const struct impact_series *s, const struct impact_model *m, struct arena *a,
	struct impact_fit **out, struct error *err)
{
	struct run r = { .s = s, .m = m, .a = a };
	struct impact_counts counts;
	enum impact_lack lack;

	impact_quiet();
	if (!check_series(s, m, err))
		return false;
	lack = impact_lack(s, &counts);
	if (lack)
		return error_set(err, ERROR_INVALID, "%s", impact_lack_text(lack, s, a));
	if (counts.events_after <= 0)
		return error_set(err, ERROR_INVALID, "There was no event at all since the start, so no curve can be fitted; "
			"the ratio of the rates and its interval say what can be said.");
	r.f = arena_alloc(a, sizeof *r.f);
	design(&r);
	if (r.g.n <= r.g.columns + 2)
		return error_set(err, ERROR_INVALID, "There are too few periods for so many seasons.");
	if (!solve(&r, err))
		return false;
	measure(&r);
	newey_west(&r);
	report_coefficients(&r);
	counterfactual(&r);
	check_residuals(&r);
	r.f->curve_p = curve_before(&r);
	*out = r.f;
	return true;
}
