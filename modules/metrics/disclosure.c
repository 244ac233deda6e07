/* SPDX-License-Identifier: GPL-3.0-or-later */
/* From a table to a release: who contributes, what may be said of a cell, rounding,
 * and coarser steps until the audit finds nothing. */
#include "disclosure.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "disclosure_run.h"

#define UNDER_EVENTS 10.0      /* a total below so many is only "under" */
#define UNDER_EVENTS_EDGE 5.0  /* and an edge below so many for the smallest contributor */
#define COUNT_MAX 1e12

double disclosure_prior(double count)
{
	return fmax(floor(DISCLOSURE_PRIOR * count), DISCLOSURE_PRIOR_COUNTS);
}

double disclosure_protection(double count)
{
	return fmax(ceil(DISCLOSURE_WIDTH * count - 1e-9), DISCLOSURE_COUNTS - 1);
}

/* ---- rounding ---- */

/* Bound i of a grid: bounds of a decade are i mod grid = 0 .. grid-1. */
static double bound(enum disclosure_grid grid, int i)
{
	static const char *const mantissas[6][5] = { [1] = { "1" }, [2] = { "1", "3.2" },
		[3] = { "1", "2.2", "4.6" }, [5] = { "1", "1.6", "2.5", "4", "6.3" } };
	int m = (int)grid, rest = ((i % m) + m) % m;
	char text[24];

	snprintf(text, sizeof text, "%se%d", mantissas[m][rest], (i - rest) / m);
	return strtod(text, NULL);
}

static int bound_at_or_below(enum disclosure_grid grid, double value)
{
	int i = (int)floor(log10(value) * grid) - 2;

	while (bound(grid, i + 1) <= value)
		i++;
	return i;
}

/* Bin of a value. What lies below the first bound from `under` on is one open bin. */
static struct disclosure_range round_to(enum disclosure_grid grid, double value, double under)
{
	int first = bound_at_or_below(grid, under), i;

	if (bound(grid, first) < under)
		first++;
	if (value < bound(grid, first))
		return (struct disclosure_range){ 0, bound(grid, first) };
	i = bound_at_or_below(grid, value);
	return (struct disclosure_range){ bound(grid, i), bound(grid, i + 1) };
}

struct disclosure_bounds disclosure_events(struct disclosure_range r, double scale, double exposure)
{
	return (struct disclosure_bounds){ ceil(r.low * exposure / scale - 1e-7),
		ceil(r.high * exposure / scale - 1e-7) - 1 };
}

/* ---- bases ---- */

double disclosure_count(const struct disclosure_release *r, size_t cell, size_t i)
{
	double sum = 0;

	for (size_t p = 0; p < r->period_count; p++)
		sum += r->bases[cell].counts[i * r->period_count + p];
	return sum;
}

double disclosure_exposure(const struct disclosure_release *r, size_t cell, size_t i)
{
	double sum = 0;

	for (size_t p = 0; p < r->period_count; p++)
		sum += r->bases[cell].exposures[i * r->period_count + p];
	return sum;
}

static double rate_of(const struct disclosure_release *r, size_t cell, size_t i)
{
	return r->scale * disclosure_count(r, cell, i) / disclosure_exposure(r, cell, i);
}

static bool check_table(const struct disclosure_table *t, struct error *err)
{
	if (t->members > DISCLOSURE_MEMBERS_MAX || t->period_count < 1 || !(t->scale > 0))
		return error_set(err, ERROR_INVALID, "A release needs a period, a scale, and at most %d members.",
			DISCLOSURE_MEMBERS_MAX);
	for (size_t i = 0; i < t->figure_count; i++) {
		const struct disclosure_figure *f = &t->figures[i];

		if (f->member >= t->members || !(f->count >= 0) || f->count > COUNT_MAX || f->count != floor(f->count) ||
			!(f->exposure > 0) || isinf(f->exposure))
			return error_set(err, ERROR_INVALID, "A figure is not a whole number, or its denominator not above 0.");
	}
	for (size_t g = 0; g < t->group_count; g++)
		for (size_t i = 0; i < t->groups[g].n; i++)
			if (t->groups[g].members[i] >= t->members || (i && t->groups[g].members[i] <= t->groups[g].members[i - 1]))
				return error_set(err, ERROR_INVALID, "The members of a group are not in ascending order.");
	return true;
}

/* figures[member * periods + slot], NULL = none */
static const struct disclosure_figure **index_figures(const struct disclosure_table *t, struct arena *a)
{
	const struct disclosure_figure **table = arena_array(a, t->members * t->period_count + 1, sizeof *table);

	for (size_t i = 0; i < t->figure_count; i++)
		for (size_t p = 0; p < t->period_count; p++)
			if (t->figures[i].period == t->periods[p])
				table[t->figures[i].member * t->period_count + p] = &t->figures[i];
	return table;
}

static void fill_basis(const struct disclosure_table *t, const struct disclosure_group *g,
	const struct disclosure_figure *const *table, struct disclosure_basis *b, struct arena *a)
{
	size_t periods = t->period_count;

	b->members = arena_array(a, g->n + 1, sizeof *b->members);
	b->known = arena_array(a, g->n + 1, sizeof *b->known);
	b->counts = arena_array(a, g->n * periods + 1, sizeof *b->counts);
	b->exposures = arena_array(a, g->n * periods + 1, sizeof *b->exposures);
	for (size_t i = 0; i < g->n; i++) {
		const struct disclosure_figure *const *f = table + g->members[i] * periods;
		bool whole = true, known = true;

		for (size_t p = 0; p < periods; p++) {
			whole = whole && f[p];
			known = known && f[p] && f[p]->is_public;
		}
		if (!whole)
			continue;
		for (size_t p = 0; p < periods; p++) {
			b->counts[b->n * periods + p] = f[p]->count;
			b->exposures[b->n * periods + p] = f[p]->exposure;
		}
		b->known[b->n] = known;
		b->members[b->n++] = g->members[i];
	}
}

/* ---- what may be said of a cell ---- */

static size_t secret_contributors(const struct disclosure_basis *b)
{
	size_t n = 0;

	for (size_t i = 0; i < b->n; i++)
		n += !b->known[i];
	return n;
}

/* "At least n contribute" must not tell a coalition of non-contributors that all the others do. */
static size_t sayable(size_t contributors, size_t eligible)
{
	size_t absent = eligible - contributors;
	size_t most = eligible - (absent < DISCLOSURE_COALITION ? absent : DISCLOSURE_COALITION);

	return most ? (contributors < most - 1 ? contributors : most - 1) : 0;
}

/* p% rule: what is left beyond the largest and a coalition of the next ones must be p of
 * the largest, else they could estimate it too well. */
static bool dominated(const struct disclosure_release *r, size_t cell)
{
	const struct disclosure_basis *b = &r->bases[cell];
	double top[DISCLOSURE_COALITION + 1] = { 0 }, rest = 0;

	for (size_t i = 0; i < b->n; i++) {
		double x = disclosure_count(r, cell, i);

		if (b->known[i])
			continue;
		for (size_t k = 0; k <= DISCLOSURE_COALITION; k++)
			if (x > top[k]) {
				double out = top[k];

				top[k] = x;
				x = out;
			}
		rest += x;
	}
	return rest < DISCLOSURE_DOMINANCE * top[0];
}

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static double quantile(const double *sorted, size_t n, double share)
{
	double at = share * (double)(n - 1);
	size_t i = (size_t)floor(at);

	return i + 1 < n ? sorted[i] + (at - (double)i) * (sorted[i + 1] - sorted[i]) : sorted[n - 1];
}

static void state_edges(struct disclosure_release *r, size_t cell, struct arena *a)
{
	struct disclosure_cell *c = &r->cells[cell];
	struct disclosure_basis *b = &r->bases[cell];
	double *rates = arena_array(a, b->n, sizeof *rates), least = INFINITY;

	for (size_t i = 0; i < b->n; i++) {
		rates[i] = rate_of(r, cell, i);
		least = fmin(least, disclosure_exposure(r, cell, i));
	}
	qsort(rates, b->n, sizeof *rates, by_value);
	for (size_t e = 0; e < c->edge_count; e++) {
		b->edge_values[e] = quantile(rates, b->n, ((double)e + 1) / ((double)c->edge_count + 1));
		c->edges[e] = round_to(c->grid, b->edge_values[e], UNDER_EVENTS_EDGE * r->scale / least);
	}
}

static void state_rate(struct disclosure_release *r, size_t cell)
{
	double events = 0, exposure = 0;

	for (size_t i = 0; i < r->bases[cell].n; i++) {
		events += disclosure_count(r, cell, i);
		exposure += disclosure_exposure(r, cell, i);
	}
	r->cells[cell].rate = round_to(r->cells[cell].grid, r->scale * events / exposure,
		UNDER_EVENTS * r->scale / exposure);
}

static void withhold(struct disclosure_cell *c)
{
	*c = (struct disclosure_cell){ .scheme = c->scheme, .name = c->name };
}

/* How many contributors came or went since the cell was last published. */
static size_t changed_since(const struct disclosure_release *r, size_t cell,
	const struct disclosure_release *const *earlier, size_t earlier_count)
{
	const struct disclosure_basis *now = &r->bases[cell], *was = NULL;
	size_t same = 0, j = 0;

	for (size_t e = earlier_count; e-- > 0 && !was;)
		for (size_t c = 0; c < earlier[e]->cell_count; c++)
			if (earlier[e]->cells[c].published && strcmp(earlier[e]->cells[c].scheme, r->cells[cell].scheme) == 0 &&
				strcmp(earlier[e]->cells[c].name, r->cells[cell].name) == 0)
				was = &earlier[e]->bases[c];
	if (!was)
		return 0;
	for (size_t i = 0; i < now->n; i++) {
		while (j < was->n && was->members[j] < now->members[i])
			j++;
		same += j < was->n && was->members[j] == now->members[i];
	}
	return now->n + was->n - 2 * same;
}

static void state(struct disclosure_release *r, size_t cell, const struct disclosure_group *g, size_t changed,
	struct arena *a)
{
	struct disclosure_cell *c = &r->cells[cell];
	size_t n = secret_contributors(&r->bases[cell]), public_ones = r->bases[cell].n - n;

	n = sayable(n, g->n - public_ones);
	if (n < DISCLOSURE_POOLED_MIN)
		return;
	c->published = true;
	c->at_least = n >= DISCLOSURE_TERTILES_MIN ? DISCLOSURE_TERTILES_MIN :
		n >= DISCLOSURE_MEDIAN_MIN ? DISCLOSURE_MEDIAN_MIN : DISCLOSURE_POOLED_MIN;
	c->grid = DISCLOSURE_R5;
	c->edge_count = n >= DISCLOSURE_TERTILES_MIN ? 2 : n >= DISCLOSURE_MEDIAN_MIN ? 1 : 0;
	if (changed && changed < DISCLOSURE_CHANGE_MIN) {
		c->grid = DISCLOSURE_R3;
		c->edge_count = 0;
	}
	state_rate(r, cell);
	state_edges(r, cell, a);
	/* An open bin hides who makes up its few events; and none withheld because of one
	 * event may differ from one with none. The audit sees to the rest. */
	if (c->rate.low > 0 && dominated(r, cell))
		withhold(c);
}

/* ---- coarser until the audit passes ---- */

static void note(struct disclosure_release *r, size_t cell, const char *what, struct arena *a)
{
	const char **log = arena_array(a, r->log_count + 1, sizeof *log);

	if (r->log_count)
		memcpy(log, r->log, r->log_count * sizeof *log);
	log[r->log_count++] = arena_printf(a, "%s/%s: %s", r->cells[cell].scheme, r->cells[cell].name, what);
	r->log = log;
}

static bool contributes(const struct disclosure_basis *b, unsigned member)
{
	for (size_t i = 0; i < b->n; i++)
		if (b->members[i] == member)
			return true;
	return false;
}

/* The cell that says most about the member: edges first, then the finest, then the smallest. */
static size_t worst_cell(const struct disclosure_release *r, unsigned member)
{
	size_t best = r->cell_count;

	for (int about = 1; about >= 0 && best == r->cell_count; about--)
		for (size_t c = 0; c < r->cell_count; c++) {
			const struct disclosure_cell *x = &r->cells[c], *y = &r->cells[best];

			if (!x->published || (about && !contributes(&r->bases[c], member)))
				continue;
			if (best == r->cell_count || x->edge_count > y->edge_count ||
				(x->edge_count == y->edge_count && (x->grid > y->grid || (x->grid == y->grid &&
				r->bases[c].n < r->bases[best].n))))
				best = c;
		}
	return best;
}

static void coarsen(struct disclosure_release *r, unsigned member, struct arena *a)
{
	size_t i = worst_cell(r, member);
	struct disclosure_cell *c = &r->cells[i];

	r->steps++;
	if (c->edge_count) {
		c->edge_count--;
		state_edges(r, i, a);
		note(r, i, c->edge_count ? "audit: the median instead of tertiles" : "audit: no edges", a);
	} else if (c->grid != DISCLOSURE_R1) {
		c->grid = c->grid == DISCLOSURE_R5 ? DISCLOSURE_R3 :
			c->grid == DISCLOSURE_R3 ? DISCLOSURE_R2 : DISCLOSURE_R1;
		state_rate(r, i);
		note(r, i, arena_printf(a, "audit: rounded to %d bins a decade", (int)c->grid), a);
	} else {
		withhold(c);
		note(r, i, "audit: withheld", a);
		disclosure_complement(r, a);
	}
}

static bool any_published(const struct disclosure_release *r)
{
	for (size_t c = 0; c < r->cell_count; c++)
		if (r->cells[c].published)
			return true;
	return false;
}

static void make_passing(struct disclosure_release *r, const struct disclosure_release *const *earlier,
	size_t earlier_count, struct arena *a)
{
	const struct disclosure_release **all = arena_array(a, earlier_count + 1, sizeof *all);
	struct disclosure_breach breach;

	if (earlier_count)
		memcpy(all, earlier, earlier_count * sizeof *all);
	all[earlier_count] = r;
	while (any_published(r) && !disclosure_audit(all, earlier_count + 1, &breach, &r->programs))
		coarsen(r, breach.member, a);
}

bool disclosure_release(const struct disclosure_table *t, const struct disclosure_release *const *earlier,
	size_t earlier_count, struct arena *a, struct disclosure_release **out, struct error *err)
{
	struct disclosure_release *r = arena_alloc(a, sizeof *r);
	const struct disclosure_figure **figures;

	if (!check_table(t, err))
		return false;
	*r = (struct disclosure_release){ .indicator = arena_strdup(a, t->indicator),
		.label = arena_strdup(a, t->label), .rules = DISCLOSURE_RULES, .scale = t->scale, .period_count = t->period_count, .members = t->members,
		.cell_count = t->group_count };
	r->periods = arena_copy(a, t->periods, t->period_count * sizeof *t->periods);
	r->cells = arena_array(a, t->group_count, sizeof *r->cells);
	r->bases = arena_array(a, t->group_count, sizeof *r->bases);
	figures = index_figures(t, a);
	for (size_t g = 0; g < t->group_count; g++) {
		r->cells[g].scheme = arena_strdup(a, t->groups[g].scheme);
		r->cells[g].name = arena_strdup(a, t->groups[g].name);
		fill_basis(t, &t->groups[g], (const struct disclosure_figure *const *)figures, &r->bases[g], a);
		state(r, g, &t->groups[g], changed_since(r, g, earlier, earlier_count), a);
		if (!r->cells[g].published)
			note(r, g, "withheld by the rules for a single cell", a);
	}
	disclosure_complement(r, a);
	make_passing(r, earlier, earlier_count, a);
	*out = r;
	return true;
}

/* ---- who is counted; where one stands ---- */

size_t disclosure_counted(const unsigned *members, size_t n, const unsigned *counted_before, size_t before,
	unsigned *out)
{
	size_t stay = 0, j = 0;

	for (size_t i = 0; i < n && counted_before; i++) {
		while (j < before && counted_before[j] < members[i])
			j++;
		if (j < before && counted_before[j] == members[i])
			out[stay++] = members[i];
	}
	/* Newcomers and leavers together: so many values differ at least between two years' sums. */
	if (!counted_before || (n - stay) + (before - stay) >= DISCLOSURE_CHANGE_MIN) {
		if (n)
			memcpy(out, members, n * sizeof *out);
		return n;
	}
	return stay;
}

int disclosure_against_rate(const struct disclosure_cell *c, double own_rate)
{
	return own_rate < c->rate.low ? -1 : own_rate >= c->rate.high;
}

int disclosure_band(const struct disclosure_cell *c, double own_rate)
{
	int band = 0;

	for (size_t e = 0; e < c->edge_count; e++) {
		if (own_rate >= c->edges[e].low && own_rate < c->edges[e].high)
			return DISCLOSURE_UNSURE;
		band += own_rate >= c->edges[e].high;
	}
	return band;
}
