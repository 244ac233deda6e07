/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Impact analysis: what changed when a strategy started, and how sure that is.
 * Numbers in, numbers and words out; no SQL, no HTML. docs/impact.md says how
 * to read them. Every result is compared with R in tests/unit/test_impact.c.
 *
 * Shapes: a series has n periods of equal length in order (months, quarters,
 * years), index 0 first. Units: events are counts; exposure is people (or
 * person-time, vehicle-kilometers ...), in whatever unit the caller likes, the
 * same for all periods. Ratios are ratios of rates, 1 = no change. Probabilities
 * are 0..1. NAN = no figure. Ownership: inputs are only read; what is handed out
 * lives in the arena given. Failures are ERROR_INVALID with words for people.
 * Safe to call from several threads. */
#ifndef COMMONWEAL_IMPACT_H
#define COMMONWEAL_IMPACT_H
#include <stdbool.h>
#include <stddef.h>
#include "arena.h"
#include "error.h"

#define IMPACT_PERIODS_MIN 12   /* with figures, on each side of the start */
#define IMPACT_EVENTS_MIN 20    /* before the start */
#define IMPACT_PERIODS_MAX 2000
#define IMPACT_COLUMNS_MAX 16   /* of a regression */
#define IMPACT_ACF_MAX 12
#define IMPACT_DONORS_MIN 7     /* others to compare with */

struct impact_series {
	size_t n;
	const double *events;   /* [n] whole, >= 0; NAN = not reported */
	const double *exposure; /* [n] > 0; NAN = unknown, the period is left out; NULL: the same throughout */
	int per_year;           /* 12, 4 or 1 */
	int season;             /* of period 0: 0 = January, or the first quarter */
	size_t start;           /* the first period after the start, 0..n */
};

/* ---- enough data? ---- */

enum impact_lack {
	IMPACT_ENOUGH = 0,
	IMPACT_FEW_BEFORE, /* fewer than IMPACT_PERIODS_MIN periods with figures before */
	IMPACT_FEW_AFTER,
	IMPACT_FEW_EVENTS  /* fewer than IMPACT_EVENTS_MIN events before */
};
struct impact_counts {
	size_t periods_before, periods_after;   /* with figures */
	double events_before, events_after;
	double exposure_before, exposure_after; /* periods, if the series has no exposure */
};
/* The rule of every claim: the functions below that judge a series apply it themselves. */
enum impact_lack impact_lack(const struct impact_series *s, struct impact_counts *counts);
/* What to show instead of a result; "" if there is enough. */
const char *impact_lack_text(enum impact_lack lack, const struct impact_series *s, struct arena *a);

/* ---- rate ratio, exact ---- */

struct impact_ratio {
	double ratio;     /* (after/exposure) / (before/exposure); INFINITY if before is 0 */
	double low, high; /* 95 %: Clopper and Pearson (1934), turned into ratios */
	double p;         /* of "no change", two-sided, by the smaller likelihoods */
};
/* Two Poisson counts compared given their sum, which makes it a binomial
 * (Przyborowski and Wilenski 1940): p = x1/(x1+x2), ratio = p/(1-p) * T2/T1, limits
 * qbeta(.025, x1, x2+1) and qbeta(.975, x1+1, x2), as R's poisson.test. Assumes that
 * the counts are Poisson: with dispersion > 1 the interval is too narrow. Counts are
 * whole and up to 1 million together, exposures > 0; not both counts 0. */
bool impact_ratio(double before, double exposure_before, double after, double exposure_after,
	struct impact_ratio *out, struct error *err);

/* ---- interrupted time series ---- */

enum impact_family { IMPACT_QUASI_POISSON, IMPACT_NEGATIVE_BINOMIAL };
enum impact_season { IMPACT_NO_SEASON, IMPACT_HARMONICS, IMPACT_DUMMIES };

/* log E(events) = log(exposure) + a + step*after + slope*(periods since the start, 1 in the first)
 *                 + trend*(1..n) + season
 * (Wagner et al. 2002; Bernal, Cummins and Gasparrini 2017), by iteratively reweighted
 * least squares (McCullagh and Nelder 1989). */
struct impact_model {
	enum impact_family family;
	bool slope;                /* does the trend change too? */
	enum impact_season season; /* ignored for yearly series */
	int harmonics;             /* pairs sin, cos(2 pi j t / per_year): 1 or 2, if IMPACT_HARMONICS */
	int lag;                   /* of the Newey-West errors; -1: floor(4 (n/100)^(2/9)) */
};

struct impact_coefficient {
	const char *name;   /* "intercept" "step" "slope" "trend" "sin1" "cos1" ... "season2" ... */
	double value;       /* on the log scale */
	double se;          /* as the family says: sqrt(dispersion) times Poisson's; plain for the NB */
	double se_poisson;  /* without dispersion; = se for the NB */
	double se_hac;      /* Newey and West (1987), Bartlett weights, no prewhitening, as
	                     * sandwich::NeweyWest(lag, prewhite=FALSE, adjust=FALSE) */
};

struct impact_effect {
	double ratio, low, high, p; /* e to the coefficient, 95 % by t with df, two-sided */
};

struct impact_point {
	double fitted;         /* expected events */
	double counterfactual; /* expected without step and slope; before the start = fitted */
	double low, high;      /* 95 % of the expectation, not of a single month; NAN before the start */
};

struct impact_fit {
	size_t n, columns; /* periods used; coefficients */
	int df, lag;       /* n - columns; the lag used */
	struct impact_coefficient *coefficients; /* [columns] */
	struct impact_effect step;  /* with the wider of se and se_hac*sqrt(n/df): what to show */
	struct impact_effect slope; /* per period; all NAN without a slope */
	double dispersion;          /* Pearson's X2/df; > 1: more scatter than Poisson */
	double deviance, pearson, log_likelihood, aic; /* log_likelihood, aic as if Poisson for the quasi family */
	double theta, theta_se;     /* NB: variance mu + mu^2/theta (Venables and Ripley 2002) */
	struct impact_point *points;    /* [series n] */
	double observed_after;      /* events in periods with figures since the start */
	double expected_after, expected_low, expected_high; /* the counterfactual of the same periods */
	/* Assumptions, on Pearson residuals. */
	double durbin_watson;       /* Durbin and Watson (1950): 2 = none, < 1.5 = neighbors alike */
	double acf[IMPACT_ACF_MAX]; /* lags 1..acf_n */
	size_t acf_n;
	double ljung_box, ljung_box_p; /* Ljung and Box (1978) over acf_n lags */
	double curve_p;             /* of a quadratic term in the trend before the start: small = not straight */
};
/* Refuses a series that impact_lack refuses, and one that cannot be fitted (all
 * zero on a side, more columns than periods, no dispersion for the NB). */
bool impact_fit(const struct impact_series *s, const struct impact_model *m, struct arena *a,
	struct impact_fit **out, struct error *err);

/* ---- a break at an unknown date ---- */

struct impact_break {
	size_t n, from;     /* length of the series; statistics[0] is for a break after `from` values */
	double *statistics; /* [count] */
	size_t count;
	double sup_f;       /* the largest of (RSS - RSS1 - RSS2) / ((RSS1 + RSS2)/(n - 2k)) */
	double p;           /* Hansen (1997), as strucchange's sctest */
	size_t last_before; /* index of the last value before the break */
	bool interval;      /* could it be computed? */
	long low, high;     /* 95 % for last_before: Bai (1997); may lie outside 0..n-1 */
	double before, after; /* means (without a trend) */
	double durbin_watson; /* of the residuals around the two segments */
};
/* Chow's (1960) F at every date but the first and last `trim` (0.15, as Andrews 1993)
 * of the series. y: [n], no NAN. trend: the regressors are 1 and t, else 1 alone.
 * It assumes independent errors: durbin_watson says. n from 15. */
bool impact_break(const double *y, size_t n, bool trend, double trim, struct arena *a,
	struct impact_break **out, struct error *err);

/* ---- against others ---- */

struct impact_unit {
	const double *events, *exposure; /* [periods] as above; exposure is required */
};
struct impact_panel {
	size_t periods, count;
	const struct impact_unit *units; /* [count] */
	size_t treated;                  /* index of the own unit */
	size_t before_from, before_to;   /* periods from..to-1 */
	size_t after_from, after_to;
	bool pooled; /* a unit's change: log of the ratio of pooled rates (with 0.5 added to all if one of its
	              * counts is 0), for months with zeros; else the difference of mean log rates */
};
struct impact_comparison {
	size_t donors, dropped;   /* used; left out for holes (or zeros, unless pooled) */
	double own, others;       /* change as a ratio: own, geometric mean of the others; */
	double own_pooled, others_pooled; /* and of pooled rates, as a newspaper would count */
	double did;               /* log: own less the others' mean = two-way fixed effects */
	double ratio, low, high;  /* e to did; 95 % by the spread of the placebo effects, NAN under 39 donors */
	double poisson_did;       /* Poisson with unit and period effects, offset log exposure */
	size_t rank_fall;         /* 1 = no other changed as much downward, relative to the rest */
	double p_fall;            /* rank_fall / (donors+1) */
	size_t rank_any;          /* and in either direction */
	double p_any, p_least;    /* p_least: the smallest p that so many donors can give */
};
/* Difference in differences with placebo in space: each donor in turn is treated
 * as if it had the strategy (Abadie, Diamond and Hainmueller 2010; Conley and Taber
 * 2011). With one treated unit clustered errors are spuriously small, so none are
 * given. Needs IMPACT_DONORS_MIN donors with figures in all periods of both windows. */
bool impact_compare(const struct impact_panel *p, struct arena *a, struct impact_comparison *out,
	struct error *err);

/* ---- in plain words ---- */

struct impact_findings {
	const struct impact_series *series;
	const char *indicator;        /* "homicides" */
	const char *strategy;         /* "Group Violence Intervention" */
	const struct impact_ratio *ratio;            /* or NULL */
	const struct impact_fit *fit;                /* or NULL */
	const struct impact_break *breaks;           /* or NULL */
	const struct impact_comparison *comparison;  /* or NULL */
	const char *comparison_name;  /* "65 other cities"; NULL: "the comparison group" */
};
struct impact_words {
	bool claim;             /* false: nothing but `headline` (why not) and the cautions are to be shown */
	const char *headline;
	const char *comparison; /* never NULL with a claim */
	const char *paragraphs[8];
	size_t paragraph_count;
	const char *cautions[10];
	size_t caution_count;
};
/* A place's own change is told only together with that of the others: without a
 * comparison there is no claim, and the headline says so. */
void impact_words(const struct impact_findings *f, struct arena *a, struct impact_words *out);

#endif
