/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "attacker.h"
#include <glpk.h>
#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

struct statement {
	unsigned *members;
	int *periods; /* [n][period_count] */
	size_t n, period_count, below;
	double scale, low, high;
	bool order;
};

struct tally {
	unsigned *eligible;
	bool *contributes;
	size_t n, at_least;
	bool exactly;
};

struct unknown {
	bool have, is_public, used;
	double truth, exposure, low, high;
};

struct attack {
	size_t members, periods;
	struct unknown *x; /* [members][periods] */
	struct statement *statements;
	struct tally *tallies;
	size_t statement_count, tally_count;
	double prior, prior_counts, smooth;
	bool ranks, each;
	glp_prob *lp;
	int *at;
	double *by;
	struct attack_result *out;
};

static void *must(void *p)
{
	if (!p)
		abort();
	return p;
}

static void *copy(const void *p, size_t n, size_t size)
{
	void *q = must(malloc(n * size + 1));

	if (n)
		memcpy(q, p, n * size);
	return q;
}

struct attack *attack_create(size_t members, size_t periods)
{
	struct attack *a = must(calloc(1, sizeof *a));

	a->members = members;
	a->periods = periods;
	a->x = must(calloc(members * periods + 1, sizeof *a->x));
	return a;
}

void attack_destroy(struct attack *a)
{
	if (!a)
		return;
	for (size_t i = 0; i < a->statement_count; i++) {
		free(a->statements[i].members);
		free(a->statements[i].periods);
	}
	for (size_t i = 0; i < a->tally_count; i++) {
		free(a->tallies[i].eligible);
		free(a->tallies[i].contributes);
	}
	free(a->statements);
	free(a->tallies);
	free(a->x);
	free(a);
}

static size_t index_of(const struct attack *a, unsigned member, int period)
{
	return member * a->periods + (size_t)period;
}

void attack_figure(struct attack *a, unsigned member, int period, double count, double exposure)
{
	a->x[index_of(a, member, period)] = (struct unknown){ .have = true, .truth = count, .exposure = exposure };
}

void attack_public(struct attack *a, unsigned member, int period)
{
	a->x[index_of(a, member, period)].is_public = true;
}

void attack_prior(struct attack *a, double share, double counts)
{
	a->prior = share;
	a->prior_counts = counts;
}

void attack_smooth(struct attack *a, double share)
{
	a->smooth = share;
}

void attack_ranks(struct attack *a)
{
	a->ranks = true;
}

void attack_periods_each(struct attack *a, bool each)
{
	a->each = each;
}

static struct statement *add(struct attack *a, const unsigned *members, size_t n, const int *periods,
	size_t period_count)
{
	struct statement *s;

	a->statements = must(realloc(a->statements, (a->statement_count + 1) * sizeof *a->statements));
	s = &a->statements[a->statement_count++];
	*s = (struct statement){ .members = copy(members, n, sizeof *members), .n = n,
		.periods = must(calloc(n * period_count + 1, sizeof *s->periods)), .period_count = period_count };
	for (size_t i = 0; i < n * period_count; i++)
		s->periods[i] = periods[a->each ? i : i % period_count];
	return s;
}

void attack_sum(struct attack *a, const unsigned *members, size_t n, const int *periods, size_t period_count,
	double scale, double low, double high)
{
	struct statement *s = add(a, members, n, periods, period_count);

	s->scale = scale;
	s->low = low;
	s->high = high;
}

void attack_order(struct attack *a, const unsigned *members, size_t n, const int *periods, size_t period_count,
	double scale, size_t below, double low, double high)
{
	struct statement *s = add(a, members, n, periods, period_count);

	s->scale = scale;
	s->below = below;
	s->low = low;
	s->high = high;
	s->order = true;
}

void attack_count(struct attack *a, const unsigned *eligible, size_t n, const bool *contributes, size_t at_least,
	bool exactly)
{
	a->tallies = must(realloc(a->tallies, (a->tally_count + 1) * sizeof *a->tallies));
	a->tallies[a->tally_count++] = (struct tally){ copy(eligible, n, sizeof *eligible),
		copy(contributes, n, sizeof *contributes), n, at_least, exactly };
}

/* ---- the program ---- */

static void row(struct attack *a, int n, double low, double high)
{
	int r = glp_add_rows(a->lp, 1);

	glp_set_mat_row(a->lp, r, n, a->at, a->by);
	glp_set_row_bnds(a->lp, r, isinf(low) ? (isinf(high) ? GLP_FR : GLP_UP) : isinf(high) ? GLP_LO :
		high > low ? GLP_DB : GLP_FX, low, high);
}

/* Whole events between two rates; both ends rounded to where an event can be. */
static void events(double scale, double exposure, double low, double high, double *from, double *to)
{
	*from = ceil(low * exposure / scale - 1e-6);
	*to = isinf(high) ? INFINITY : ceil(high * exposure / scale - 1e-6) - 1;
	if (low == high)
		*from = *to = round(low * exposure / scale);
}

/* Terms of the member at a place, over the periods of a statement, from place `from` on. */
static int terms(struct attack *a, const struct statement *s, size_t m, int from, double sign, double *exposure)
{
	for (size_t p = 0; p < s->period_count; p++) {
		size_t i = index_of(a, s->members[m], s->periods[m * s->period_count + p]);

		a->at[++from] = (int)i + 1;
		a->by[from] = sign;
		*exposure += a->x[i].exposure;
		a->x[i].used = true;
	}
	return from;
}

static double rate(const struct attack *a, const struct statement *s, size_t m)
{
	double count = 0, exposure = 0;

	for (size_t p = 0; p < s->period_count; p++) {
		size_t i = index_of(a, s->members[m], s->periods[m * s->period_count + p]);

		count += a->x[i].truth;
		exposure += a->x[i].exposure;
	}
	return s->scale * count / exposure;
}

struct ranked {
	unsigned member; /* or place in a statement */
	double rate;
};

static int by_rate(const void *p, const void *q)
{
	const struct ranked *x = p, *y = q;

	return x->rate != y->rate ? (x->rate > y->rate) - (x->rate < y->rate) : (x->member > y->member) -
		(x->member < y->member);
}

static void order_rows(struct attack *a, const struct statement *s)
{
	struct ranked *r = must(calloc(s->n + 1, sizeof *r));

	for (size_t i = 0; i < s->n; i++)
		r[i] = (struct ranked){ (unsigned)i, rate(a, s, i) };
	qsort(r, s->n, sizeof *r, by_rate);
	for (size_t i = 0; i < s->n; i++) {
		double exposure = 0, from, to;
		int n = terms(a, s, r[i].member, 0, 1, &exposure);

		events(s->scale, exposure, s->low, s->high, &from, &to);
		if (s->low == s->high) {
			from = ceil(s->low * exposure / s->scale - 1e-6);
			to = floor(s->low * exposure / s->scale + 1e-6);
		}
		if (i < s->below)
			row(a, n, -INFINITY, to);
		else
			row(a, n, from, INFINITY);
	}
	for (size_t i = 0; a->ranks && i + 1 < s->n; i++) {
		double e1 = 0, e2 = 0;
		int m = terms(a, s, r[i].member, 0, 1, &e1), n = terms(a, s, r[i + 1].member, m, -1, &e2);

		for (int k = 1; k <= n; k++)
			a->by[k] = k <= m ? 1 / e1 : -1 / e2;
		row(a, n, -INFINITY, 1e-12);
	}
	free(r);
}

static void sum_row(struct attack *a, const struct statement *s)
{
	double exposure = 0, from, to;
	int n = 0;

	for (size_t i = 0; i < s->n; i++)
		n = terms(a, s, i, n, 1, &exposure);
	events(s->scale, exposure, s->low, s->high, &from, &to);
	row(a, n, from, to);
}

/* Figures do not change by more than a share from one period to the next (nor by less
 * than two events): believed of everyone of whom it is true. */
static void smooth_rows(struct attack *a)
{
	for (size_t m = 0; m < a->members; m++)
		for (size_t p = 0; p + 1 < a->periods; p++) {
			size_t i = m * a->periods + p;
			struct unknown *x = &a->x[i], *y = &a->x[i + 1];

			if (!x->used || !y->used || y->truth > (1 + a->smooth) * x->truth + 2 ||
				y->truth < (1 - a->smooth) * x->truth - 2)
				continue;
			a->at[1] = (int)i + 1;
			a->at[2] = (int)i + 2;
			a->by[2] = 1;
			a->by[1] = -(1 + a->smooth);
			row(a, 2, -INFINITY, 2);
			a->by[1] = -(1 - a->smooth);
			row(a, 2, -2, INFINITY);
		}
}

static void bounds(struct attack *a, size_t i, bool fixed)
{
	const struct unknown *x = &a->x[i];

	if (fixed || x->is_public || !x->have)
		glp_set_col_bnds(a->lp, (int)i + 1, GLP_FX, x->truth, x->truth);
	else if (isinf(x->high))
		glp_set_col_bnds(a->lp, (int)i + 1, GLP_LO, x->low, 0);
	else
		glp_set_col_bnds(a->lp, (int)i + 1, GLP_DB, x->low, x->high);
}

static void build(struct attack *a)
{
	size_t n = a->members * a->periods;

	glp_term_out(GLP_OFF);
	a->lp = glp_create_prob();
	a->at = must(calloc(n + 2, sizeof *a->at));
	a->by = must(calloc(n + 2, sizeof *a->by));
	glp_add_cols(a->lp, (int)n);
	for (size_t i = 0; i < n; i++) {
		struct unknown *x = &a->x[i];
		double wide = fmax(a->prior * x->truth, a->prior_counts);

		x->low = wide > 0 ? fmax(0, ceil(x->truth - wide)) : 0;
		x->high = wide > 0 ? floor(x->truth + wide) : INFINITY;
		bounds(a, i, false);
	}
	for (size_t s = 0; s < a->statement_count; s++)
		if (a->statements[s].order)
			order_rows(a, &a->statements[s]);
		else
			sum_row(a, &a->statements[s]);
	if (a->smooth > 0)
		smooth_rows(a);
}

/* ---- the attack ---- */

/* A target: a member in a period, or over the periods of a statement. */
static double extreme(struct attack *a, unsigned member, const int *periods, size_t n, int direction)
{
	glp_smcp how;
	double sum = 0;
	int code;

	glp_init_smcp(&how);
	how.msg_lev = GLP_MSG_OFF;
	for (size_t p = 0; p < n; p++)
		glp_set_obj_coef(a->lp, (int)index_of(a, member, periods[p]) + 1, 1);
	glp_set_obj_dir(a->lp, direction);
	code = glp_simplex(a->lp, &how);
	if (code) { /* a basis that went bad: from the start */
		glp_std_basis(a->lp);
		code = glp_simplex(a->lp, &how);
	}
	a->out->programs++;
	if (code || glp_get_status(a->lp) != GLP_OPT)
		sum = direction == GLP_MAX ? INFINITY : -INFINITY;
	for (size_t p = 0; p < n; p++) {
		sum += glp_get_col_prim(a->lp, (int)index_of(a, member, periods[p]) + 1);
		glp_set_obj_coef(a->lp, (int)index_of(a, member, periods[p]) + 1, 0);
	}
	if (!code && glp_get_status(a->lp) != GLP_OPT && glp_get_status(a->lp) != GLP_UNBND)
		abort(); /* the truth satisfies every statement: one of them was not true */
	return direction == GLP_MAX ? floor(sum + 1e-6) : ceil(sum - 1e-6);
}

static void attack_one(struct attack *a, unsigned member, const int *periods, size_t n, unsigned u, unsigned v)
{
	struct attack_result *out = a->out;
	double truth = 0, low, high;

	for (size_t p = 0; p < n; p++) {
		const struct unknown *x = &a->x[index_of(a, member, periods[p])];

		if (!x->used || x->is_public)
			return;
		truth += x->truth;
	}
	low = fmax(0, extreme(a, member, periods, n, GLP_MIN));
	high = extreme(a, member, periods, n, GLP_MAX);
	out->tests++;
	if (out->tests == 1 || (high - low) / fmax(truth, 20) < (out->high - out->low) / fmax(out->truth, 20)) {
		out->member = member;
		out->coalition[0] = u;
		out->coalition[1] = v;
		out->period = n == 1 ? periods[0] : -1;
		out->truth = truth;
		out->low = low;
		out->high = high;
	}
	out->breaches += high - low + 1 < 5 || high - low < 0.2 * truth;
	out->exact += high - low < 1;
}

/* Those of a member in a statement; NULL: it is not in it. */
static const int *periods_of(const struct statement *s, unsigned member)
{
	for (size_t i = 0; i < s->n; i++)
		if (s->members[i] == member)
			return s->periods + i * s->period_count;
	return NULL;
}

static void attack_member(struct attack *a, unsigned member, unsigned u, unsigned v)
{
	for (int p = 0; p < (int)a->periods; p++)
		attack_one(a, member, &p, 1, u, v);
	for (size_t s = 0; s < a->statement_count; s++) {
		const int *periods = periods_of(&a->statements[s], member);
		size_t n = a->statements[s].period_count;
		bool seen = n < 2 || !periods;

		for (size_t e = 0; e < s && !seen; e++) {
			const int *others = a->statements[e].period_count == n ? periods_of(&a->statements[e], member) : NULL;

			seen = others && memcmp(others, periods, n * sizeof *periods) == 0;
		}
		if (!seen)
			attack_one(a, member, periods, n, u, v);
	}
}

static void fix(struct attack *a, unsigned member, bool fixed)
{
	for (size_t p = 0; p < a->periods; p++)
		bounds(a, member * a->periods + p, fixed);
}

static void every_pair(struct attack *a)
{
	for (unsigned u = 0; u + 1 < a->members; u++) {
		fix(a, u, true);
		for (unsigned v = u + 1; v < a->members; v++) {
			fix(a, v, true);
			for (unsigned m = 0; m < a->members; m++)
				if (m != u && m != v)
					attack_member(a, m, u, v);
			fix(a, v, false);
		}
		fix(a, u, false);
	}
}

/* The members with the largest figures that share a statement with this one. */
static size_t companions(const struct attack *a, unsigned member, unsigned *out, size_t most)
{
	struct ranked *r = must(calloc(a->members, sizeof *r));
	size_t n = 0;

	for (size_t m = 0; m < a->members; m++)
		r[m] = (struct ranked){ .member = (unsigned)m };
	for (size_t s = 0; s < a->statement_count; s++) {
		const struct statement *t = &a->statements[s];

		for (size_t i = 0; periods_of(t, member) && i < t->n; i++)
			for (size_t p = 0; p < t->period_count; p++)
				r[t->members[i]].rate -= a->x[index_of(a, t->members[i], t->periods[i * t->period_count + p])].truth;
	}
	qsort(r, a->members, sizeof *r, by_rate);
	for (size_t m = 0; m < a->members && n < most; m++)
		if (r[m].member != member)
			out[n++] = r[m].member;
	free(r);
	return n;
}

static unsigned draw(unsigned *seed, unsigned below)
{
	*seed = *seed * 1103515245U + 12345U;
	return (*seed >> 8) % below;
}

static void likely_pairs(struct attack *a, size_t pairs, unsigned seed)
{
	unsigned *top = must(calloc(a->members, sizeof *top));

	for (unsigned m = 0; m < a->members; m++) {
		size_t n = companions(a, m, top, a->members), done = 0;

		for (size_t j = 1; j < n && done < pairs; j++)
			for (size_t i = 0; i < j && done < pairs; i++, done++) {
				fix(a, top[i], true);
				fix(a, top[j], true);
				attack_member(a, m, top[i], top[j]);
				fix(a, top[i], false);
				fix(a, top[j], false);
			}
		for (size_t k = 0; k < pairs && n > 1; k++) {
			unsigned u = top[draw(&seed, (unsigned)n)], v = top[draw(&seed, (unsigned)n)];

			fix(a, u, true);
			fix(a, v, true);
			attack_member(a, m, u, v);
			fix(a, u, false);
			fix(a, v, false);
		}
	}
	free(top);
}

/* Could the member, as far as a coalition can tell, both contribute and not? */
static bool is_learned(const struct tally *t, size_t member, size_t u, size_t v)
{
	size_t others = 0, most, least, known = (size_t)t->contributes[u] + (v != u && t->contributes[v]), total = 0;

	for (size_t i = 0; i < t->n; i++) {
		others += i != member && i != u && i != v;
		total += t->contributes[i];
	}
	/* With the member out (in), the others can bring the count from known (+1) to known + others (+1). */
	least = t->exactly ? total : t->at_least;
	most = t->exactly ? total : t->n;
	return known + others < least || known > most || known + 1 + others < least || known + 1 > most;
}

static void attack_tallies(struct attack *a)
{
	for (size_t s = 0; s < a->tally_count; s++) {
		const struct tally *t = &a->tallies[s];

		for (size_t m = 0; m < t->n; m++) {
			bool learned = false;

			for (size_t u = 0; u < t->n; u++)
				for (size_t v = u; v < t->n; v++)
					learned = learned || (u != m && v != m && is_learned(t, m, u, v));
			a->out->learned += learned;
		}
	}
}

void attack_run(struct attack *a, size_t pairs, unsigned seed, struct attack_result *out)
{
	*out = (struct attack_result){ 0 };
	a->out = out;
	attack_tallies(a);
	build(a);
	if (pairs)
		likely_pairs(a, pairs, seed);
	else
		every_pair(a);
	glp_delete_prob(a->lp);
	glp_free_env();
	free(a->at);
	free(a->by);
}

/* ---- JSON ---- */

static bool load_list(const struct attack *a, const json_t *list, bool periods, unsigned *out, size_t *n)
{
	*n = json_array_size(list);
	if (!json_is_array(list) || *n == 0 || *n > a->members + a->periods)
		return false;
	for (size_t i = 0; i < *n; i++) {
		json_int_t v = json_integer_value(json_array_get(list, i));

		if (!json_is_integer(json_array_get(list, i)) || v < 0 || (size_t)v >= (periods ? a->periods : a->members))
			return false;
		out[i] = (unsigned)v;
	}
	return true;
}

static bool load_statement(struct attack *a, const json_t *s)
{
	const char *kind = json_string_value(json_object_get(s, "kind"));
	unsigned *members = must(calloc(a->members + a->periods, sizeof *members));
	unsigned *periods = must(calloc(a->members + a->periods, sizeof *periods));
	double scale = json_number_value(json_object_get(s, "scale")), low = json_number_value(json_object_get(s, "low"));
	const json_t *top = json_object_get(s, "high");
	double high = json_is_number(top) ? json_number_value(top) : INFINITY;
	size_t n, p;
	bool good = kind && load_list(a, json_object_get(s, "members"), false, members, &n) &&
		load_list(a, json_object_get(s, "periods"), true, periods, &p) && scale > 0;

	for (size_t i = 0; good && i < n; i++)
		for (size_t k = 0; k < p; k++)
			good = good && a->x[index_of(a, members[i], (int)periods[k])].have;
	if (good && strcmp(kind, "sum") == 0)
		attack_sum(a, members, n, (const int *)periods, p, scale, low, high);
	else if (good && strcmp(kind, "order") == 0)
		attack_order(a, members, n, (const int *)periods, p, scale,
			(size_t)json_integer_value(json_object_get(s, "below")), low, high);
	else
		good = false;
	free(members);
	free(periods);
	return good;
}

static bool load_figure(struct attack *a, const json_t *f)
{
	json_int_t m = json_integer_value(json_object_get(f, "member")), p = json_integer_value(json_object_get(f, "period"));
	double exposure = json_number_value(json_object_get(f, "exposure"));

	if (m < 0 || (size_t)m >= a->members || p < 0 || (size_t)p >= a->periods || !(exposure > 0))
		return false;
	attack_figure(a, (unsigned)m, (int)p, json_number_value(json_object_get(f, "count")), exposure);
	if (json_is_true(json_object_get(f, "public")))
		attack_public(a, (unsigned)m, (int)p);
	return true;
}

static bool load_count(struct attack *a, const json_t *t)
{
	const json_t *list = json_object_get(t, "contributes");
	unsigned *members = must(calloc(a->members + a->periods, sizeof *members));
	bool *contributes = must(calloc(a->members + a->periods, sizeof *contributes));
	size_t n;
	bool good = load_list(a, json_object_get(t, "eligible"), false, members, &n) && json_array_size(list) == n;

	for (size_t i = 0; good && i < n; i++)
		contributes[i] = json_is_true(json_array_get(list, i));
	if (good)
		attack_count(a, members, n, contributes, (size_t)json_integer_value(json_object_get(t, "at_least")),
			json_is_true(json_object_get(t, "exactly")));
	free(members);
	free(contributes);
	return good;
}

bool attack_load(FILE *in, struct attack **out)
{
	json_t *v = json_loadf(in, 0, NULL);
	const json_t *figures = json_object_get(v, "figures"), *statements = json_object_get(v, "statements");
	const json_t *counts = json_object_get(v, "counts");
	json_int_t members = json_integer_value(json_object_get(v, "members"));
	json_int_t periods = json_integer_value(json_object_get(v, "periods"));
	bool good = members > 0 && members <= 1000 && periods > 0 && periods <= 500;

	*out = good ? attack_create((size_t)members, (size_t)periods) : NULL;
	for (size_t i = 0; good && i < json_array_size(figures); i++)
		good = load_figure(*out, json_array_get(figures, i));
	for (size_t i = 0; good && i < json_array_size(statements); i++)
		good = load_statement(*out, json_array_get(statements, i));
	for (size_t i = 0; good && i < json_array_size(counts); i++)
		good = load_count(*out, json_array_get(counts, i));
	if (good) {
		attack_prior(*out, json_number_value(json_object_get(v, "prior")),
			json_number_value(json_object_get(v, "prior_counts")));
		attack_smooth(*out, json_number_value(json_object_get(v, "smooth")));
		if (json_is_true(json_object_get(v, "ranks")))
			attack_ranks(*out);
	} else {
		attack_destroy(*out);
		*out = NULL;
	}
	json_decref(v);
	return good;
}
