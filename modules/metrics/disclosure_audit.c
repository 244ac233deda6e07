/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The attack before publication. The attacker knows who contributed, all exposures,
 * on which side of each edge everybody stands, every figure to within
 * DISCLOSURE_PRIOR, and exactly those of a coalition of two; everything released
 * becomes a linear inequality. Can a figure, or a member's sum over the candidate's
 * periods, be bounded closer than the protection?
 *
 * To solve two linear programs for each pair and target would take days. But a pair
 * of solutions that lie far enough apart refutes at once every coalition whose
 * members have their true values in both. So: first the solutions that move the
 * target alone within the rounding of all its statements, which refutes all; then
 * programs only for coalitions not yet refuted. That is exact, not a sample. */
#include <glpk.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "disclosure_run.h"

#define MOVED 1e-6

struct variable {
	unsigned member;
	int period;
	double value, low, high; /* what the attacker believes beforehand, and edges */
	bool known;
	size_t *rows, row_count, row_space;
	size_t next;             /* another value of the same member and period: 1 + index */
};

struct row {
	size_t *variables, n;
	double low, high, value;
	double up, down; /* used by a shift under trial */
};

struct audit {
	struct arena *a;
	struct variable *v;
	size_t n, space;
	size_t *first;       /* [members * slots] 1 + index of the first variable */
	int *periods;        /* slots */
	size_t slots, members;
	struct row *rows;
	size_t row_count, row_space;
	glp_prob *lp;
	size_t *programs;
	bool **witnesses;    /* [][members] who moved in a refuting pair of solutions */
	size_t witness_count, witness_space;
};

static void *grown(struct arena *a, const void *old, size_t used, size_t *space, size_t size)
{
	void *p;

	*space = *space ? 2 * *space : 8;
	p = arena_array(a, *space, size);
	if (used)
		memcpy(p, old, used * size);
	return p;
}

/* ---- the system ---- */

static bool shares_period(const struct disclosure_release *r, const int *periods, size_t n)
{
	for (size_t i = 0; i < r->period_count; i++)
		for (size_t j = 0; j < n; j++)
			if (r->periods[i] == periods[j])
				return true;
	return false;
}

/* Releases that bear on the candidate's periods, also through others (quarters of its year). */
static bool *connected(struct audit *u, const struct disclosure_release *const *releases, size_t count)
{
	bool *in = arena_array(u->a, count, sizeof *in), more = true;
	size_t space = 0;

	for (size_t i = 0; i < count; i++)
		space += releases[i]->period_count;
	u->periods = arena_array(u->a, space, sizeof *u->periods);
	in[count - 1] = true;
	while (more) {
		more = false;
		u->slots = 0;
		for (size_t i = 0; i < count; i++)
			for (size_t p = 0; in[i] && p < releases[i]->period_count; p++) {
				bool have = false;

				for (size_t s = 0; s < u->slots; s++)
					have = have || u->periods[s] == releases[i]->periods[p];
				if (!have)
					u->periods[u->slots++] = releases[i]->periods[p];
			}
		for (size_t i = 0; i < count; i++)
			if (!in[i] && shares_period(releases[i], u->periods, u->slots))
				in[i] = more = true;
	}
	return in;
}

/* A corrected figure is another variable than the one released before. */
static size_t variable_of(struct audit *u, unsigned member, int period, double value, bool known)
{
	size_t slot = 0, *link, i;
	double prior = disclosure_prior(value);

	while (u->periods[slot] != period)
		slot++;
	link = &u->first[member * u->slots + slot];
	for (i = *link; i; i = u->v[i - 1].next)
		if (u->v[i - 1].value == value) { /* whole numbers */
			u->v[i - 1].known = u->v[i - 1].known || known;
			return i - 1;
		}
	if (u->n == u->space)
		u->v = grown(u->a, u->v, u->n, &u->space, sizeof *u->v);
	u->v[u->n] = (struct variable){ .member = member, .period = period, .value = value, .known = known,
		.low = fmax(0, value - prior), .high = value + prior, .next = *link };
	*link = ++u->n;
	return u->n - 1;
}

static void add_row(struct audit *u, const size_t *variables, size_t n, double low, double high)
{
	struct row *r;
	double value = 0;

	for (size_t i = 0; i < n; i++)
		value += u->v[variables[i]].value;
	/* Nothing released contradicts the truth; rounding of doubles must not either. */
	low = fmin(low, value);
	high = fmax(high, value);
	if (n == 1) {
		struct variable *v = &u->v[variables[0]];

		v->low = fmax(v->low, low);
		v->high = fmin(v->high, high);
		return;
	}
	if (u->row_count == u->row_space)
		u->rows = grown(u->a, u->rows, u->row_count, &u->row_space, sizeof *u->rows);
	r = &u->rows[u->row_count++];
	*r = (struct row){ .variables = arena_copy(u->a, variables, n * sizeof *variables), .n = n, .low = low,
		.high = high, .value = value };
}

static void index_rows(struct audit *u)
{
	for (size_t r = 0; r < u->row_count; r++)
		for (size_t i = 0; i < u->rows[r].n; i++) {
			struct variable *v = &u->v[u->rows[r].variables[i]];

			if (v->row_count == v->row_space)
				v->rows = grown(u->a, v->rows, v->row_count, &v->row_space, sizeof *v->rows);
			v->rows[v->row_count++] = r;
		}
}

static void add_edges(struct audit *u, const struct disclosure_release *r, size_t cell, size_t i,
	const size_t *variables)
{
	const struct disclosure_cell *c = &r->cells[cell];
	double exposure = disclosure_exposure(r, cell, i), rate = r->scale * disclosure_count(r, cell, i) / exposure;

	for (size_t e = 0; e < c->edge_count; e++) {
		struct disclosure_bounds b = disclosure_events(c->edges[e], r->scale, exposure);
		double edge = r->bases[cell].edge_values[e];

		if (rate <= edge)
			add_row(u, variables, r->period_count, 0, b.high);
		if (rate >= edge)
			add_row(u, variables, r->period_count, b.low, INFINITY);
	}
}

static void add_cell(struct audit *u, const struct disclosure_release *r, size_t cell)
{
	const struct disclosure_basis *b = &r->bases[cell];
	size_t p = r->period_count, *variables = arena_array(u->a, b->n * p, sizeof *variables);
	double exposure = 0;
	struct disclosure_bounds total;

	for (size_t i = 0; i < b->n; i++) {
		for (size_t k = 0; k < p; k++)
			variables[i * p + k] = variable_of(u, b->members[i], r->periods[k], b->counts[i * p + k], b->known[i]);
		exposure += disclosure_exposure(r, cell, i);
		if (!b->known[i])
			add_edges(u, r, cell, i, variables + i * p);
	}
	total = disclosure_events(r->cells[cell].rate, r->scale, exposure);
	add_row(u, variables, b->n * p, total.low, total.high);
}

/* ---- the target moved alone ---- */

/* How far the target's figures can move together within everything released. */
static double shift(struct audit *u, const size_t *target, size_t n, bool up)
{
	double moved = 0;

	for (size_t i = 0; i < n; i++) {
		struct variable *v = &u->v[target[i]];
		double room = up ? v->high - v->value : v->value - v->low;

		for (size_t k = 0; k < v->row_count; k++) {
			struct row *r = &u->rows[v->rows[k]];

			room = fmin(room, up ? r->high - r->value - r->up : r->value - r->low - r->down);
		}
		room = fmax(0, floor(room + MOVED));
		for (size_t k = 0; k < v->row_count; k++)
			*(up ? &u->rows[v->rows[k]].up : &u->rows[v->rows[k]].down) += room;
		moved += room;
	}
	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; k < u->v[target[i]].row_count; k++)
			u->rows[u->v[target[i]].rows[k]].up = u->rows[u->v[target[i]].rows[k]].down = 0;
	return moved;
}

/* ---- linear programs ---- */

static void free_program(void *p)
{
	glp_delete_prob(p);
	glp_free_env();
}

/* Columns are the ways up and down from the truth: then the truth is the basic solution
 * to start from, and an optimum moves few members, which refutes many coalitions. */
static int up_column(size_t i)
{
	return 2 * (int)i + 1;
}

static int down_column(size_t i)
{
	return 2 * (int)i + 2;
}

static void column_bounds(struct audit *u, size_t i, double most)
{
	const struct variable *v = &u->v[i];
	double up = v->known ? 0 : fmin(most, v->high - v->value);
	double down = v->known ? 0 : fmin(most, v->value - v->low);

	glp_set_col_bnds(u->lp, up_column(i), up > MOVED ? GLP_DB : GLP_FX, 0, up > MOVED ? up : 0);
	glp_set_col_bnds(u->lp, down_column(i), down > MOVED ? GLP_DB : GLP_FX, 0, down > MOVED ? down : 0);
}

static void build_program(struct audit *u)
{
	int *at = arena_array(u->a, 2 * u->n + 1, sizeof *at);
	double *by = arena_array(u->a, 2 * u->n + 1, sizeof *by);

	glp_term_out(GLP_OFF);
	u->lp = glp_create_prob();
	arena_defer(u->a, free_program, u->lp);
	if (u->n)
		glp_add_cols(u->lp, 2 * (int)u->n);
	for (size_t i = 0; i < u->n; i++)
		column_bounds(u, i, INFINITY);
	if (u->row_count)
		glp_add_rows(u->lp, (int)u->row_count);
	for (size_t r = 0; r < u->row_count; r++) {
		const struct row *w = &u->rows[r];
		int n = 0;

		glp_set_row_bnds(u->lp, (int)r + 1, isinf(w->high) ? GLP_LO : w->high - w->low > MOVED ? GLP_DB : GLP_FX,
			w->low - w->value, w->high - w->value);
		for (size_t i = 0; i < w->n; i++) {
			at[++n] = up_column(w->variables[i]);
			by[n] = 1;
			at[++n] = down_column(w->variables[i]);
			by[n] = -1;
		}
		glp_set_mat_row(u->lp, (int)r + 1, n, at, by);
	}
}

static void aim(struct audit *u, const size_t *target, size_t n, double weight)
{
	for (size_t i = 0; i < n; i++) {
		glp_set_obj_coef(u->lp, up_column(target[i]), weight);
		glp_set_obj_coef(u->lp, down_column(target[i]), -weight);
	}
}

/* How far the target can be from its truth in one direction; who moves is added to
 * `moved`. A program that GLPK does not solve counts as no room at all. */
static double solve(struct audit *u, const size_t *target, size_t n, bool up, bool *moved)
{
	glp_smcp how;
	double room = 0;

	glp_init_smcp(&how);
	how.msg_lev = GLP_MSG_OFF;
	aim(u, target, n, 1);
	glp_set_obj_dir(u->lp, up ? GLP_MAX : GLP_MIN);
	glp_std_basis(u->lp);
	++*u->programs;
	if (glp_simplex(u->lp, &how) == 0 && glp_get_status(u->lp) == GLP_OPT) {
		room = fabs(glp_get_obj_val(u->lp));
		for (size_t i = 0; i < u->n; i++)
			if (fabs(glp_get_col_prim(u->lp, up_column(i)) - glp_get_col_prim(u->lp, down_column(i))) > MOVED)
				moved[u->v[i].member] = true;
	}
	aim(u, target, n, 0);
	return floor(room + MOVED);
}

static void fix_member(struct audit *u, unsigned member, bool fixed)
{
	for (size_t slot = 0; slot < u->slots; slot++)
		for (size_t i = u->first[member * u->slots + slot]; i; i = u->v[i - 1].next)
			column_bounds(u, i - 1, fixed ? 0 : INFINITY);
}

/* ---- coalitions ---- */

static bool *new_witness(struct audit *u)
{
	bool *moved = arena_array(u->a, u->members, sizeof *moved);

	if (u->witness_count == u->witness_space)
		u->witnesses = grown(u->a, u->witnesses, u->witness_count, &u->witness_space, sizeof *u->witnesses);
	u->witnesses[u->witness_count++] = moved;
	return moved;
}

static bool refuted(const struct audit *u, unsigned a, unsigned b)
{
	for (size_t w = 0; w < u->witness_count; w++)
		if (!u->witnesses[w][a] && !u->witnesses[w][b])
			return true;
	return false;
}

/* The next coalition that nothing found so far refutes; from *a, *b on. */
static bool next_coalition(const struct audit *u, const bool *can, unsigned *a, unsigned *b)
{
	for (; *a + 1 < u->members; ++*a, *b = *a + 1) {
		if (!can[*a])
			continue;
		for (; *b < u->members; ++*b)
			if (can[*b] && !refuted(u, *a, *b))
				return true;
	}
	return false;
}

static bool coalitions_safe(struct audit *u, const size_t *target, size_t n, double truth, double protection,
	struct disclosure_breach *found)
{
	unsigned member = u->v[target[0]].member, a = 0, b = 1;
	bool *can = arena_array(u->a, u->members, sizeof *can);

	for (size_t i = 0; i < u->n; i++)
		if (!u->v[i].known && u->v[i].member != member)
			can[u->v[i].member] = true;
	if (!u->lp)
		build_program(u);
	/* Not farther than needed: a solution that moves less refutes more. */
	for (size_t i = 0; i < n; i++)
		column_bounds(u, target[i], protection);
	while (next_coalition(u, can, &a, &b)) {
		bool *moved = new_witness(u);
		double low, high;

		fix_member(u, a, true);
		fix_member(u, b, true);
		low = solve(u, target, n, false, moved);
		high = solve(u, target, n, true, moved);
		fix_member(u, a, false);
		fix_member(u, b, false);
		if (high + low < protection) {
			*found = (struct disclosure_breach){ member, { a, b }, 0, truth, truth - low, truth + high };
			return false;
		}
		moved[member] = false;
	}
	for (size_t i = 0; i < n; i++)
		column_bounds(u, target[i], INFINITY);
	return true;
}

static bool target_safe(struct audit *u, const size_t *target, size_t n, struct disclosure_breach *found)
{
	double truth = 0, protection;

	for (size_t i = 0; i < n; i++)
		truth += u->v[target[i]].value;
	protection = disclosure_protection(truth);
	if (shift(u, target, n, true) + shift(u, target, n, false) >= protection)
		return true;
	u->witness_count = 0;
	return coalitions_safe(u, target, n, truth, protection, found);
}

/* ---- the whole ---- */

/* The sum of the candidate's periods for each contributor, if there are several. */
static bool sums_safe(struct audit *u, const struct disclosure_release *r, struct disclosure_breach *found)
{
	size_t *target = arena_array(u->a, r->period_count, sizeof *target), p = r->period_count;
	bool *done = arena_array(u->a, u->members, sizeof *done);

	for (size_t c = 0; p > 1 && c < r->cell_count; c++) {
		const struct disclosure_basis *b = &r->bases[c];

		for (size_t i = 0; i < b->n; i++) {
			if (!r->cells[c].published || b->known[i] || done[b->members[i]])
				continue;
			done[b->members[i]] = true;
			for (size_t k = 0; k < p; k++)
				target[k] = variable_of(u, b->members[i], r->periods[k], b->counts[i * p + k], false);
			if (!target_safe(u, target, p, found)) {
				found->target = p;
				return false;
			}
		}
	}
	return true;
}

static bool all_safe(struct audit *u, const struct disclosure_release *candidate,
	struct disclosure_breach *found)
{
	for (size_t i = 0; i < u->n; i++)
		if (!u->v[i].known && !target_safe(u, &i, 1, found))
			return false;
	return sums_safe(u, candidate, found);
}

bool disclosure_audit(const struct disclosure_release *const *releases, size_t count,
	struct disclosure_breach *found, size_t *programs)
{
	struct disclosure_breach none;
	struct audit u = { .a = arena_create() };
	size_t ignored = 0;
	bool *in, safe;

	u.programs = programs ? programs : &ignored;
	in = connected(&u, releases, count);
	for (size_t i = 0; i < count; i++)
		u.members = releases[i]->members > u.members ? releases[i]->members : u.members;
	u.first = arena_array(u.a, u.members * u.slots + 1, sizeof *u.first);
	for (size_t i = 0; i < count; i++)
		for (size_t c = 0; in[i] && c < releases[i]->cell_count; c++)
			if (releases[i]->cells[c].published)
				add_cell(&u, releases[i], c);
	index_rows(&u);
	safe = all_safe(&u, releases[count - 1], found ? found : &none);
	arena_destroy(u.a);
	return safe;
}
