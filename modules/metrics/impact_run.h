/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Shared by the impact_*.c files only. */
#ifndef COMMONWEAL_IMPACT_RUN_H
#define COMMONWEAL_IMPACT_RUN_H
#include "impact.h"

/* GSL's own answer to an error is abort(): from here on it returns codes. */
void impact_quiet(void);
/* Has the period figures? */
bool impact_usable(const struct impact_series *s, size_t i);
const char *impact_period_name(int per_year); /* "month" ... */

/* A generalized linear model with log link, in arrays of the arena. */
struct impact_glm {
	size_t n, columns;
	double *x;         /* [n][columns] */
	double *y, *offset; /* [n] */
	double theta;      /* INFINITY: Poisson */
	double *b;         /* [columns] */
	double *covariance; /* [columns][columns], (X'WX)^-1 */
	double *mu;        /* [n] */
};
/* Maximum likelihood for that theta. False: it does not converge or is singular. */
bool impact_glm_solve(struct impact_glm *g, struct arena *a);

#endif
