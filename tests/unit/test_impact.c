/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Impact analysis against R (tests/reference/impact.R), on real figures, and the
 * rules of what may be claimed. */
#include "../../modules/metrics/impact.h"
#include <math.h>
#include "unit.h"

#define REFERENCE_MAX 2000

static struct {
	char name[64];
	double value;
} reference[REFERENCE_MAX];
static size_t reference_count;

static void load_reference(void)
{
	char *text = unit_read(unit_source("tests/fixtures/metrics/impact-reference.tsv"), NULL), *save = NULL;

	NEED(text != NULL);
	for (char *line = strtok_r(text, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
		NEED(reference_count < REFERENCE_MAX);
		if (*line != '#' && sscanf(line, "%63s %lf", reference[reference_count].name,
			&reference[reference_count].value) == 2)
			reference_count++;
	}
	free(text);
	NEED(reference_count > 100);
}

static double expected(const char *name)
{
	if (!reference_count)
		load_reference();
	for (size_t i = 0; i < reference_count; i++)
		if (strcmp(reference[i].name, name) == 0)
			return reference[i].value;
	fprintf(stderr, "no reference for %s\n", name);
	return NAN;
}

/* Equal to six digits. */
static void same(double actual, const char *name, const char *part)
{
	char key[96], message[200];
	double wanted;
	bool good;

	snprintf(key, sizeof key, "%s.%s", name, part);
	wanted = expected(key);
	good = actual == wanted || fabs(actual - wanted) <= fmax(5e-7 * fabs(wanted), 1e-15);
	snprintf(message, sizeof message, "%s is %.10g, not %.10g", key, actual, wanted);
	unit_check(good, message, __FILE__, __LINE__);
}

static void same_at(double actual, const char *name, const char *part, size_t i)
{
	char key[64];

	snprintf(key, sizeof key, "%s.%zu", part, i + 1);
	same(actual, name, key);
}

/* ---- figures ---- */

static double killed[192], kms[192], nile[100];
#define YEARS 41
#define PLACES 68
static struct place {
	char name[40];
	double homicides[YEARS], people[YEARS];
} places[PLACES];
static size_t boston;

static double cell(char **at)
{
	char *text = strsep(at, ",");

	return text && *text ? strtod(text, NULL) : NAN;
}

static void load_places(void)
{
	char *text = unit_read(unit_source("tests/fixtures/metrics/ucr_1975_2015.csv"), NULL), *save = NULL, *line;
	size_t n = 0;

	NEED(text != NULL);
	strtok_r(text, "\n", &save);
	while ((line = strtok_r(NULL, "\n", &save))) {
		char *name = line + 1, *rest = strchr(name, '"');
		struct place *p;
		size_t year;

		NEED(rest != NULL);
		*rest = '\0';
		rest += 2;
		if (n == 0 || strcmp(places[n - 1].name, name) != 0) {
			NEED(n < PLACES);
			snprintf(places[n].name, sizeof places[n].name, "%s", name);
			boston = strcmp(name, "Boston") == 0 ? n : boston;
			n++;
		}
		p = &places[n - 1];
		year = (size_t)cell(&rest) - 1975;
		NEED(year < YEARS);
		p->people[year] = cell(&rest);
		p->homicides[year] = cell(&rest);
	}
	NEED(n == PLACES);
	free(text);
}

static void load_column(const char *file, int column, double *out, size_t n)
{
	char *text = unit_read(unit_source(file), NULL), *save = NULL, *line;
	size_t i = 0;

	NEED(text != NULL);
	strtok_r(text, "\n", &save);
	while ((line = strtok_r(NULL, "\n", &save))) {
		for (int c = 0; c < column; c++)
			strsep(&line, ",");
		NEED(i < n);
		out[i++] = cell(&line);
	}
	NEED(i == n);
	free(text);
}

static void load(void)
{
	if (killed[0] > 0)
		return;
	load_column("tests/fixtures/metrics/seatbelts.csv", 3, killed, 192);
	load_column("tests/fixtures/metrics/seatbelts.csv", 5, kms, 192);
	load_column("tests/fixtures/metrics/nile.csv", 1, nile, 100);
	load_places();
}

/* ---- exact ratios ---- */

static void ratio(const char *name, double x1, double t1, double x2, double t2)
{
	struct impact_ratio r;
	struct error err = { 0 };

	NEED(impact_ratio(x2, t2, x1, t1, &r, &err));
	same(r.ratio, name, "ratio");
	same(r.low, name, "low");
	same(r.high, name, "high");
	same(r.p, name, "p");
}

static void ratios(void)
{
	ratio("ratio.a", 31, 12, 63, 12);
	ratio("ratio.b", 15, 24, 40, 36);
	ratio("ratio.c", 0, 12, 7, 12);
	ratio("ratio.d", 7, 12, 0, 12);
	ratio("ratio.e", 212, 5, 465, 5);
	ratio("ratio.f", 51234, 3.5, 60321, 4.25);
	ratio("ratio.g", 3, 7, 2, 5);
	ratio("ratio.h", 499000, 1, 501000, 1);
	ratio("ratio.i", 2, 1, 900000, 410000);
}

/* The definition itself, summed term by term, over many small pairs. */
static void ratio_p_by_enumeration(void)
{
	for (int a = 0; a <= 12; a++)
		for (int b = a ? 0 : 1; b <= 12; b++)
			for (int t = 1; t <= 4; t++) {
				double p = t / (t + 3.0), sum = 0, pdf[26] = { 0 }, at;
				struct impact_ratio r;
				int n = a + b;

				for (int k = 0; k <= n; k++)
					pdf[k] = exp(lgamma(n + 1.0) - lgamma(k + 1.0) - lgamma(n - k + 1.0)) * pow(p, k) *
						pow(1 - p, n - k);
				at = pdf[a];
				for (int k = 0; k <= n; k++)
					sum += pdf[k] <= at * (1 + 1e-7) ? pdf[k] : 0;
				NEED(impact_ratio(b, 3, a, t, &r, NULL));
				CHECK(fabs(r.p - fmin(1, sum)) < 1e-9);
				CHECK(r.low <= r.ratio && r.ratio <= r.high);
			}
}

static void ratio_refuses(void)
{
	struct impact_ratio r;
	struct error err = { 0 };

	CHECK(!impact_ratio(0, 1, 0, 1, &r, &err));
	CHECK_ERROR(&err, ERROR_INVALID, "not both zero");
	error_clear(&err);
	CHECK(!impact_ratio(5, 0, 5, 1, &r, &err));
	CHECK_ERROR(&err, ERROR_INVALID, "population");
	CHECK(!impact_ratio(1.5, 1, 5, 1, &r, NULL));
	CHECK(!impact_ratio(-1, 1, 5, 1, &r, NULL));
	CHECK(!impact_ratio(NAN, 1, 5, 1, &r, NULL));
	CHECK(!impact_ratio(6e5, 1, 6e5, 1, &r, NULL));
	CHECK(impact_ratio(5e5, 1, 5e5, 1, &r, NULL));
}

/* ---- interrupted time series ---- */

static struct impact_series seatbelts(bool offset)
{
	load();
	return (struct impact_series){ .n = 192, .events = killed, .exposure = offset ? kms : NULL, .per_year = 12,
		.season = 0, .start = 169 };
}

/* Our order is intercept, step, trend, slope, season; R's of these formulas is the same. */
static void compare_fit(const char *name, const struct impact_fit *f)
{
	for (size_t i = 0; i < f->columns; i++) {
		same_at(f->coefficients[i].value, name, "coef", i);
		same_at(f->coefficients[i].se, name, "se", i);
		same_at(f->coefficients[i].se_poisson, name, "se_poisson", i);
		same_at(f->coefficients[i].se_hac, name, "se_hac", i);
	}
	same(f->deviance, name, "deviance");
	same(f->pearson, name, "pearson");
	same(f->dispersion, name, "dispersion");
	same(f->aic, name, "aic");
	same(f->log_likelihood, name, "loglik");
	same(f->step.ratio, name, "step.1");
	same(f->step.low, name, "step.2");
	same(f->step.high, name, "step.3");
	same(f->step.p, name, "step_p");
	same(f->points[169].counterfactual, name, "counterfactual170");
	same(f->points[169].low, name, "band170.1");
	same(f->points[169].high, name, "band170.2");
	same(f->points[169].fitted, name, "fitted170");
	same(f->expected_after, name, "expected.1");
	same(f->expected_low, name, "expected.2");
	same(f->expected_high, name, "expected.3");
	CHECK(f->observed_after == 2306);
	same(f->durbin_watson, name, "dw");
	CHECK_INT(f->acf_n, 12);
	for (size_t i = 0; i < f->acf_n; i++)
		same_at(f->acf[i], name, "acf", i);
	same(f->ljung_box, name, "ljung_box");
	same(f->ljung_box_p, name, "ljung_box_p");
}

static void fit(const char *name, bool offset, struct impact_model m)
{
	struct impact_series s = seatbelts(offset);
	struct arena *a = arena_create();
	struct error err = { 0 };
	struct impact_fit *f;

	NEED(impact_fit(&s, &m, a, &f, &err));
	compare_fit(name, f);
	if (m.family == IMPACT_NEGATIVE_BINOMIAL) {
		same(f->theta, name, "theta");
		same(f->theta_se, name, "theta_se");
	}
	CHECK(isnan(f->points[168].low) && f->points[168].counterfactual == f->points[168].fitted);
	arena_destroy(a);
}

static void quasi_poisson(void)
{
	fit("its.a", false, (struct impact_model){ .season = IMPACT_HARMONICS, .harmonics = 2, .lag = -1 });
	fit("its.b", false, (struct impact_model){ .slope = true, .season = IMPACT_HARMONICS, .harmonics = 2, .lag = 4 });
	fit("its.c", true, (struct impact_model){ .season = IMPACT_DUMMIES, .lag = 4 });
	fit("its.p", false, (struct impact_model){ .season = IMPACT_NO_SEASON, .lag = 0 });
}

static void negative_binomial(void)
{
	fit("its.n", false, (struct impact_model){ .family = IMPACT_NEGATIVE_BINOMIAL, .season = IMPACT_HARMONICS,
		.harmonics = 2, .lag = 4 });
	fit("its.o", true, (struct impact_model){ .family = IMPACT_NEGATIVE_BINOMIAL, .slope = true,
		.season = IMPACT_DUMMIES, .lag = 7 });
}

static void holes_and_curve(void)
{
	struct impact_series s = seatbelts(false);
	struct impact_model m = { .season = IMPACT_HARMONICS, .harmonics = 2, .lag = 4 };
	static const size_t holes[] = { 5, 60, 61, 62, 63, 64, 180 };
	struct arena *a = arena_create();
	double copy[192];
	struct impact_fit *f;

	NEED(impact_fit(&s, &m, a, &f, NULL));
	same(f->curve_p, "its.a", "curve_p");
	memcpy(copy, killed, sizeof copy);
	for (size_t i = 0; i < COUNT(holes); i++)
		copy[holes[i] - 1] = NAN;
	s.events = copy;
	NEED(impact_fit(&s, &m, a, &f, NULL));
	CHECK_INT(f->n, 185);
	for (size_t i = 0; i < f->columns; i++) {
		same_at(f->coefficients[i].value, "its.h", "coef", i);
		same_at(f->coefficients[i].se, "its.h", "se", i);
		same_at(f->coefficients[i].se_hac, "its.h", "se_hac", i);
	}
	CHECK(isfinite(f->points[4].fitted));
	arena_destroy(a);
}

/* A series that begins in another month has the same seasons. */
static void season_of_the_first(void)
{
	struct impact_series s = seatbelts(false);
	struct impact_model m = { .season = IMPACT_DUMMIES, .lag = 4 };
	struct arena *a = arena_create();
	struct impact_fit *whole, *part;
	double copy[192];

	memcpy(copy, killed, sizeof copy);
	for (size_t i = 0; i < 7; i++)
		copy[i] = NAN;
	s.events = copy;
	NEED(impact_fit(&s, &m, a, &whole, NULL));
	s.events = killed + 7;
	s.n -= 7;
	s.start -= 7;
	s.season = 7;
	NEED(impact_fit(&s, &m, a, &part, NULL));
	CHECK_TEXT(part->coefficients[3].name, "season2");
	CHECK(fabs(part->coefficients[3].value - whole->coefficients[3].value) < 1e-9);
	CHECK(fabs(part->coefficients[13].value - whole->coefficients[13].value) < 1e-9);
	CHECK(fabs(part->step.ratio - whole->step.ratio) < 1e-9);
	arena_destroy(a);
}

static void refuses(const double *events, size_t n, size_t start, const char *part)
{
	struct impact_series s = { .n = n, .events = events, .per_year = 12, .start = start };
	struct impact_model m = { .season = IMPACT_NO_SEASON, .lag = -1 };
	struct arena *a = arena_create();
	struct error err = { 0 };
	struct impact_fit *f;

	CHECK(!impact_fit(&s, &m, a, &f, &err));
	CHECK_ERROR(&err, ERROR_INVALID, part);
	arena_destroy(a);
}

static void too_few(void)
{
	double y[30];
	struct impact_series s = { .n = 30, .events = y, .per_year = 12, .start = 12 };
	struct impact_counts c;
	struct arena *a = arena_create();

	for (size_t i = 0; i < 30; i++)
		y[i] = 2;
	CHECK_INT(impact_lack(&s, &c), IMPACT_ENOUGH);
	CHECK_INT(c.periods_before, 12);
	CHECK_INT(c.events_before, 24);
	CHECK_TEXT(impact_lack_text(IMPACT_ENOUGH, &s, a), "");
	refuses(y, 30, 11, "11 months before the start, and at least 12");
	refuses(y, 23, 12, "11 months since the start");
	for (size_t i = 0; i < 5; i++)
		y[i] = 1;
	CHECK_INT(impact_lack(&s, NULL), IMPACT_FEW_EVENTS);
	refuses(y, 30, 12, "19 events before the start");
	y[0] = NAN;
	refuses(y, 30, 12, "11 months before");
	s.per_year = 1;
	CHECK_HAS(impact_lack_text(IMPACT_FEW_BEFORE, &s, a), "11 years before");
	arena_destroy(a);
}

static void cannot_fit(void)
{
	double y[30];
	struct arena *a = arena_create();
	struct impact_series s = { .n = 30, .events = y, .per_year = 12, .start = 15 };
	struct impact_model m = { .season = IMPACT_NO_SEASON, .lag = -1, .family = IMPACT_NEGATIVE_BINOMIAL };
	struct error err = { 0 };
	struct impact_fit *f;

	for (size_t i = 0; i < 30; i++)
		y[i] = i < 15 ? 4 : 0;
	refuses(y, 30, 15, "no event at all since");
	for (size_t i = 0; i < 30; i++)
		y[i] = 100 + (double)(i % 2);
	CHECK(!impact_fit(&s, &m, a, &f, &err));
	CHECK_ERROR(&err, ERROR_INVALID, "quasi-Poisson model does");
	error_clear(&err);
	m = (struct impact_model){ .season = IMPACT_DUMMIES, .lag = -1 };
	for (size_t i = 0; i < 30; i++)
		y[i] = i % 12 == 3 ? 0 : 50 + (double)(i % 5);
	CHECK(!impact_fit(&s, &m, a, &f, &err));
	CHECK_ERROR(&err, ERROR_INVALID, "no events");
	error_clear(&err);
	y[3] = 0.5;
	CHECK(!impact_fit(&s, &m, a, &f, &err));
	CHECK_ERROR(&err, ERROR_INVALID, "whole numbers");
	arena_destroy(a);
}

/* ---- breaks ---- */

static void find_break(const char *name, const double *y, size_t n, bool trend, double trim)
{
	struct arena *a = arena_create();
	struct impact_break *b;
	char key[64];

	NEED(impact_break(y, n, trend, trim, a, &b, NULL));
	same(b->sup_f, name, "sup_f");
	snprintf(key, sizeof key, "%s.p", name);
	if (expected(key) > 1e-9)
		same(b->p, name, "p");
	else /* R's is 1 - pchisq(), which loses its digits there */
		CHECK(b->p < 1e-9);
	same((double)b->last_before + 1, name, "break");
	same((double)b->count, name, "count");
	same(b->statistics[0], name, "first");
	same(b->statistics[b->count - 1], name, "last");
	CHECK(b->interval);
	same((double)b->low + 1, name, "interval.1");
	same((double)b->high + 1, name, "interval.2");
	same(b->before, name, "mean.1");
	same(b->after, name, "mean.2");
	same(b->durbin_watson, name, "dw");
	arena_destroy(a);
}

static void breaks(void)
{
	double weak[40];

	load();
	for (int i = 1; i <= 40; i++)
		weak[i - 1] = 100 + 10 * sin(i * i) + 6 * (i > 22);
	find_break("break.nile", nile, 100, false, 0.15);
	find_break("break.nile_trend", nile, 100, true, 0.15);
	find_break("break.killed", killed, 192, false, 0.1);
	find_break("break.weak", weak, 40, false, 0.15);
	find_break("break.weak_trend", weak, 40, true, 0.2);
}

/* Ceasefire began in 1996. */
static void boston_breaks_after_1995(void)
{
	struct arena *a = arena_create();
	struct impact_break *b;
	double logs[YEARS];

	load();
	find_break("break.boston", places[boston].homicides, YEARS, false, 0.15);
	for (size_t i = 0; i < YEARS; i++)
		logs[i] = log(places[boston].homicides[i]);
	find_break("break.boston_log_trend", logs, YEARS, true, 0.15);
	NEED(impact_break(places[boston].homicides, YEARS, false, 0.15, a, &b, NULL));
	CHECK_INT(1975 + b->last_before, 1995);
	CHECK(b->p < 0.001);
	arena_destroy(a);
}

static void break_edges(void)
{
	struct arena *a = arena_create();
	struct error err = { 0 };
	struct impact_break *b;
	double y[20];

	for (size_t i = 0; i < 20; i++)
		y[i] = i < 10 ? 1e9 : 1e9 + 5;
	NEED(impact_break(y, 20, false, 0.15, a, &b, NULL));
	CHECK_INT(b->last_before, 9);
	CHECK(b->p < 1e-6);
	for (size_t i = 0; i < 20; i++)
		y[i] = 7;
	CHECK(!impact_break(y, 20, false, 0.15, a, &b, &err));
	CHECK_ERROR(&err, ERROR_INVALID, "never changes");
	error_clear(&err);
	CHECK(!impact_break(y, 14, false, 0.15, a, &b, &err));
	CHECK_ERROR(&err, ERROR_INVALID, "at least 15");
	error_clear(&err);
	y[3] = NAN;
	CHECK(!impact_break(y, 20, false, 0.15, a, &b, &err));
	CHECK_ERROR(&err, ERROR_INVALID, "holes");
	arena_destroy(a);
}

/* ---- against others ---- */

static struct impact_unit units[PLACES];

static struct impact_panel panel(void)
{
	load();
	for (size_t i = 0; i < PLACES; i++)
		units[i] = (struct impact_unit){ places[i].homicides, places[i].people };
	return (struct impact_panel){ .periods = YEARS, .count = PLACES, .units = units, .treated = boston,
		.before_from = 1991 - 1975, .before_to = 1996 - 1975, .after_from = 1997 - 1975, .after_to = 2002 - 1975 };
}

static void boston_against_others(void)
{
	struct impact_panel p = panel();
	struct arena *a = arena_create();
	struct impact_comparison c;
	struct error err = { 0 };

	NEED(impact_compare(&p, a, &c, &err));
	same((double)c.donors, "compare", "donors");
	CHECK_INT(c.dropped, 2);
	same(c.did, "compare", "did");
	same(c.own, "compare", "own");
	same(c.others, "compare", "others");
	same((double)c.rank_fall, "compare", "rank_fall");
	same(c.p_fall, "compare", "p_fall");
	same((double)c.rank_any, "compare", "rank_any");
	same(c.low, "compare", "interval.1");
	same(c.high, "compare", "interval.2");
	same(c.poisson_did, "compare", "poisson");
	same(c.own_pooled, "compare", "own_pooled");
	same(c.others_pooled, "compare", "others_pooled");
	CHECK(fabs(c.p_fall - 0.12) < 0.005);
	arena_destroy(a);
}

static void pooled_and_few(void)
{
	struct impact_panel p = panel();
	struct arena *a = arena_create();
	struct impact_comparison c;
	struct error err = { 0 };
	double zeros[YEARS] = { 0 };

	units[3].events = zeros;
	NEED(impact_compare(&p, a, &c, NULL));
	CHECK_INT(c.dropped, 3);
	p.pooled = true;
	NEED(impact_compare(&p, a, &c, NULL));
	CHECK_INT(c.dropped, 2);
	CHECK(fabs(c.own - c.own_pooled) < 1e-12);
	p.pooled = false;
	p.treated = 0;
	p.count = 7;
	CHECK(!impact_compare(&p, a, &c, &err));
	CHECK_ERROR(&err, ERROR_INVALID, "5 have figures");
	error_clear(&err);
	p.count = PLACES;
	p.treated = 3;
	CHECK(!impact_compare(&p, a, &c, &err));
	CHECK_ERROR(&err, ERROR_INVALID, "holes or zeros");
	error_clear(&err);
	p.after_from = 0;
	CHECK(!impact_compare(&p, a, &c, &err));
	CHECK_ERROR(&err, ERROR_INVALID, "two spans");
	arena_destroy(a);
}

/* ---- words ---- */

static void words(void)
{
	struct impact_panel p = panel();
	struct arena *a = arena_create();
	struct impact_series s = { .n = YEARS, .events = places[boston].homicides, .exposure = places[boston].people,
		.per_year = 1, .start = 1996 - 1975 };
	struct impact_model m = { .slope = true, .lag = -1 };
	double before[2] = { 0 }, after[2] = { 0 };
	struct impact_ratio r;
	struct impact_comparison c;
	struct impact_words w;
	struct impact_findings f = { .series = &s, .indicator = "homicides", .strategy = "Ceasefire", .ratio = &r,
		.comparison_name = "65 other cities" };

	for (size_t i = p.before_from; i < p.before_to; i++)
		before[0] += s.events[i], before[1] += s.exposure[i];
	for (size_t i = p.after_from; i < p.after_to; i++)
		after[0] += s.events[i], after[1] += s.exposure[i];
	NEED(impact_ratio(before[0], before[1], after[0], after[1], &r, NULL));
	same(r.ratio, "ratio.boston", "ratio");
	same(r.low, "ratio.boston", "low");
	same(r.high, "ratio.boston", "high");
	NEED(impact_fit(&s, &m, a, (struct impact_fit **)&f.fit, NULL));
	NEED(impact_break(s.events, YEARS, false, 0.15, a, (struct impact_break **)&f.breaks, NULL));
	impact_words(&f, a, &w);
	CHECK(!w.claim);
	CHECK_HAS(w.headline, "nothing to compare with");
	CHECK_LACKS(w.headline, "%");
	CHECK_INT(w.paragraph_count, 0);
	NEED(impact_compare(&p, a, &c, NULL));
	f.comparison = &c;
	impact_words(&f, a, &w);
	CHECK(w.claim);
	CHECK_TEXT(w.headline, "Since Ceasefire started, homicides are 55% lower here; over the same time they are "
		"34% lower in 65 other cities.");
	CHECK_HAS(w.comparison, "Against 65 other cities, the change here is 34% lower (between");
	CHECK_HAS(w.paragraphs[0], "8 of them (this one counted) fell at least as far against the rest: p = 0.12. Chance");
	CHECK_HAS(w.paragraphs[w.paragraph_count - 1], "just where the strategy starts");
	CHECK(w.caution_count >= 2);
	s.start = 5;
	impact_words(&f, a, &w);
	CHECK(!w.claim);
	CHECK_HAS(w.headline, "Too early to say: there are figures for 5 years before");
	arena_destroy(a);
}

CU_TestInfo unit_tests[] = {
	{ "exact ratios as R's poisson.test", ratios },
	{ "p of the ratio by enumeration", ratio_p_by_enumeration },
	{ "ratios refused", ratio_refuses },
	{ "quasi-Poisson as R", quasi_poisson },
	{ "negative binomial as R", negative_binomial },
	{ "holes; a curved trend", holes_and_curve },
	{ "a series that begins in August", season_of_the_first },
	{ "no claim from too few", too_few },
	{ "what cannot be fitted", cannot_fit },
	{ "breaks as strucchange", breaks },
	{ "Boston breaks after 1995", boston_breaks_after_1995 },
	{ "breaks: edges", break_edges },
	{ "Boston against other cities", boston_against_others },
	{ "pooled rates; too few others", pooled_and_few },
	{ "words", words },
	CU_TEST_INFO_NULL
};
