/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Count regression: iteratively reweighted least squares for Poisson and
 * negative binomial with log link. */
#include <gsl/gsl_errno.h>
#include <gsl/gsl_multifit.h>
#include <math.h>
#include <pthread.h>
#include <string.h>
#include "impact_run.h"

#define ITERATIONS_MAX 100
#define CONVERGED 1e-13
#define PREDICTOR_MAX 200.0 /* beyond it exp() is of no use: the fit diverges */
#define COEFFICIENT_MAX 60.0

static void quiet(void)
{
	gsl_set_error_handler_off();
}

void impact_quiet(void)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;

	pthread_once(&once, quiet);
}

struct least_squares {
	gsl_multifit_linear_workspace *work;
	gsl_matrix_view x, covariance;
	gsl_vector_view b, z, w;
};

/* One weighted regression; the expected counts that follow. */
static bool step(struct impact_glm *g, struct least_squares *l)
{
	double chi2;
	size_t rank;

	for (size_t i = 0; i < g->n; i++) {
		double mu = g->mu[i];

		gsl_vector_set(&l->z.vector, i, log(mu) - g->offset[i] + (g->y[i] - mu) / mu);
		gsl_vector_set(&l->w.vector, i, isinf(g->theta) ? mu : mu / (1 + mu / g->theta));
	}
	if (gsl_multifit_wlinear_tsvd(&l->x.matrix, &l->w.vector, &l->z.vector, 1e-12, &l->b.vector,
		&l->covariance.matrix, &chi2, &rank, l->work) || rank < g->columns)
		return false;
	for (size_t i = 0; i < g->n; i++) {
		double eta = g->offset[i];

		for (size_t j = 0; j < g->columns; j++)
			eta += g->x[i * g->columns + j] * g->b[j];
		if (!(fabs(eta - g->offset[i]) < PREDICTOR_MAX))
			return false;
		g->mu[i] = exp(eta);
	}
	return true;
}

bool impact_glm_solve(struct impact_glm *g, struct arena *a)
{
	struct least_squares l;
	double *z = arena_array(a, g->n, sizeof *z), *w = arena_array(a, g->n, sizeof *w), change = INFINITY;
	double *last = arena_array(a, g->columns, sizeof *last);
	bool good = g->n > g->columns;

	if (!good)
		return false;
	impact_quiet();
	g->b = arena_array(a, g->columns, sizeof *g->b);
	g->covariance = arena_array(a, g->columns * g->columns, sizeof *g->covariance);
	g->mu = arena_array(a, g->n, sizeof *g->mu);
	for (size_t i = 0; i < g->n; i++)
		g->mu[i] = g->y[i] + 0.1;
	l.work = gsl_multifit_linear_alloc(g->n, g->columns);
	if (!l.work)
		return false;
	l.x = gsl_matrix_view_array(g->x, g->n, g->columns);
	l.covariance = gsl_matrix_view_array(g->covariance, g->columns, g->columns);
	l.b = gsl_vector_view_array(g->b, g->columns);
	l.z = gsl_vector_view_array(z, g->n);
	l.w = gsl_vector_view_array(w, g->n);
	for (int i = 0; good && i < ITERATIONS_MAX && change > CONVERGED; i++) {
		memcpy(last, g->b, g->columns * sizeof *last);
		good = step(g, &l);
		change = 0;
		for (size_t j = 0; good && j < g->columns; j++)
			change = fmax(change, fabs(g->b[j] - last[j]) / (1 + fabs(g->b[j])));
	}
	/* A last step at the solution, so that the covariance is of these means. */
	good = good && change < 1e-9 && step(g, &l);
	gsl_multifit_linear_free(l.work);
	for (size_t j = 1; good && j < g->columns; j++)
		good = fabs(g->b[j]) < COEFFICIENT_MAX;
	return good;
}
