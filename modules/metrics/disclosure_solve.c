/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Complementary suppression: a withheld cell must not follow from the published ones
 * that share its members (other schemes, the whole network). As a mixed-integer
 * program after Fischetti and Salazar (2000): for each withheld cell two tables that
 * agree with all that is published and lie far enough apart in that cell; one binary
 * for each cell that may be withheld too. Members of the same cells move together, so
 * they are one unknown. */
#include <glpk.h>
#include <math.h>
#include <string.h>
#include "disclosure_run.h"

struct atom {
	size_t first;  /* a contributor of it, for comparing */
	double value, prior;
};

struct complement {
	struct disclosure_release *r;
	struct arena *a;
	struct atom *atoms;
	size_t atom_count;
	bool *in;                         /* [atom][cell] */
	struct disclosure_bounds *bounds; /* [cell] of published ones */
	double *totals;                   /* [cell] */
};

static bool withheld(const struct complement *m, size_t c)
{
	return !m->r->cells[c].published && m->r->bases[c].n > 0;
}

/* Contributors with the same cells become one atom. */
static void find_atoms(struct complement *m)
{
	const struct disclosure_release *r = m->r;
	size_t cells = r->cell_count;
	bool *mine = arena_array(m->a, r->members * cells + 1, sizeof *mine);
	double *value = arena_array(m->a, r->members + 1, sizeof *value), *prior = arena_array(m->a, r->members + 1,
		sizeof *prior);
	bool *any = arena_array(m->a, r->members + 1, sizeof *any);

	for (size_t c = 0; c < cells; c++)
		for (size_t i = 0; i < r->bases[c].n; i++) {
			size_t j = r->bases[c].members[i];

			any[j] = mine[j * cells + c] = true;
			value[j] = disclosure_count(r, c, i);
			prior[j] = r->bases[c].known[i] ? 0 : disclosure_prior(value[j]);
		}
	m->atoms = arena_array(m->a, r->members + 1, sizeof *m->atoms);
	m->in = arena_array(m->a, r->members * cells + 1, sizeof *m->in);
	for (size_t j = 0; j < r->members; j++) {
		size_t k = 0;

		if (!any[j])
			continue;
		while (k < m->atom_count && memcmp(mine + m->atoms[k].first * cells, mine + j * cells, cells) != 0)
			k++;
		if (k == m->atom_count) {
			m->atoms[m->atom_count++] = (struct atom){ .first = j };
			memcpy(m->in + k * cells, mine + j * cells, cells);
		}
		m->atoms[k].value += value[j];
		m->atoms[k].prior += prior[j];
	}
}

static void find_bounds(struct complement *m)
{
	const struct disclosure_release *r = m->r;

	m->bounds = arena_array(m->a, r->cell_count + 1, sizeof *m->bounds);
	m->totals = arena_array(m->a, r->cell_count + 1, sizeof *m->totals);
	for (size_t c = 0; c < r->cell_count; c++) {
		double exposure = 0;

		for (size_t i = 0; i < r->bases[c].n; i++) {
			m->totals[c] += disclosure_count(r, c, i);
			exposure += disclosure_exposure(r, c, i);
		}
		if (r->cells[c].published)
			m->bounds[c] = disclosure_events(r->cells[c].rate, r->scale, exposure);
	}
}

/* Most withheld cells can move within the rounding of the published ones: no program then. */
static bool moves_freely(const struct complement *m, size_t cell)
{
	for (size_t k = 0; k < m->atom_count; k++) {
		double up = m->atoms[k].prior, down = fmin(m->atoms[k].prior, m->atoms[k].value);

		if (!m->in[k * m->r->cell_count + cell])
			continue;
		for (size_t c = 0; c < m->r->cell_count; c++)
			if (m->r->cells[c].published && m->in[k * m->r->cell_count + c]) {
				up = fmin(up, m->bounds[c].high - m->totals[c]);
				down = fmin(down, m->totals[c] - m->bounds[c].low);
			}
		if (up + down >= disclosure_protection(m->totals[cell]))
			return true;
	}
	return false;
}

/* A row over the atoms of a cell, in one table of the program; s: column of the
 * binary that lifts the bound, or 0. */
static void add_row(glp_prob *lp, const struct complement *m, size_t cell, int table, int s, double lift,
	int kind, double limit)
{
	int *at = arena_array(m->a, m->atom_count + 2, sizeof *at), n = 0, row = glp_add_rows(lp, 1);
	double *by = arena_array(m->a, m->atom_count + 2, sizeof *by);

	for (size_t k = 0; k < m->atom_count; k++)
		if (m->in[k * m->r->cell_count + cell]) {
			at[++n] = table + (int)k;
			by[n] = 1;
		}
	if (s) {
		at[++n] = s;
		by[n] = kind == GLP_UP ? -lift : lift;
	}
	glp_set_mat_row(lp, row, n, at, by);
	glp_set_row_bnds(lp, row, kind, limit, limit);
}

/* Both tables of a withheld cell agree with everything published, and differ in the cell. */
static void protect(glp_prob *lp, const struct complement *m, size_t cell)
{
	size_t cells = m->r->cell_count;
	int tables[2], row, n = 0, *at = arena_array(m->a, 2 * m->atom_count + 1, sizeof *at);
	double *by = arena_array(m->a, 2 * m->atom_count + 1, sizeof *by);

	for (int t = 0; t < 2; t++) {
		tables[t] = glp_add_cols(lp, (int)m->atom_count);
		for (size_t k = 0; k < m->atom_count; k++) {
			const struct atom *x = &m->atoms[k];

			glp_set_col_bnds(lp, tables[t] + (int)k, x->prior > 0 ? GLP_DB : GLP_FX, fmax(0, x->value - x->prior),
				x->value + x->prior);
			if (m->in[k * cells + cell]) {
				at[++n] = tables[t] + (int)k;
				by[n] = t ? -1 : 1;
			}
		}
		for (size_t c = 0; c < cells; c++) {
			double lift = 0;

			for (size_t k = 0; k < m->atom_count; k++)
				lift += m->in[k * cells + c] ? m->atoms[k].prior : 0;
			if (m->r->cells[c].published) {
				add_row(lp, m, c, tables[t], (int)c + 1, lift, GLP_UP, m->bounds[c].high);
				add_row(lp, m, c, tables[t], (int)c + 1, lift, GLP_LO, m->bounds[c].low);
			}
		}
	}
	row = glp_add_rows(lp, 1);
	glp_set_mat_row(lp, row, n, at, by);
	glp_set_row_bnds(lp, row, GLP_LO, disclosure_protection(m->totals[cell]), 0);
}

static void hide(struct complement *m, size_t c)
{
	struct disclosure_cell *x = &m->r->cells[c];
	const char **log = arena_array(m->a, m->r->log_count + 1, sizeof *log);

	*x = (struct disclosure_cell){ .scheme = x->scheme, .name = x->name };
	if (m->r->log_count)
		memcpy(log, m->r->log, m->r->log_count * sizeof *log);
	log[m->r->log_count++] = arena_printf(m->a, "%s/%s: withheld to protect another cell", x->scheme, x->name);
	m->r->log = log;
}

static void run(struct complement *m, const bool *tight)
{
	glp_prob *lp = glp_create_prob();
	glp_iocp how;
	bool solved;

	glp_term_out(GLP_OFF);
	glp_set_obj_dir(lp, GLP_MIN);
	glp_add_cols(lp, (int)m->r->cell_count);
	for (size_t c = 0; c < m->r->cell_count; c++) {
		glp_set_col_kind(lp, (int)c + 1, GLP_BV);
		glp_set_obj_coef(lp, (int)c + 1, m->r->cells[c].published ? (double)m->r->bases[c].n : 0);
	}
	for (size_t c = 0; c < m->r->cell_count; c++)
		if (tight[c])
			protect(lp, m, c);
	glp_init_iocp(&how);
	how.msg_lev = GLP_MSG_OFF;
	how.presolve = GLP_ON;
	++m->r->programs;
	solved = glp_intopt(lp, &how) == 0 && glp_mip_status(lp) == GLP_OPT;
	/* Unsolved: everything that shares a member with a tight cell is withheld. */
	for (size_t c = 0; c < m->r->cell_count; c++)
		if (m->r->cells[c].published && (!solved || glp_mip_col_val(lp, (int)c + 1) > 0.5))
			hide(m, c);
	glp_delete_prob(lp);
	glp_free_env();
}

void disclosure_complement(struct disclosure_release *r, struct arena *a)
{
	struct complement m = { .r = r, .a = a };
	bool *tight = arena_array(a, r->cell_count + 1, sizeof *tight), any = false;

	find_atoms(&m);
	find_bounds(&m);
	for (size_t c = 0; c < r->cell_count; c++) {
		tight[c] = withheld(&m, c) && !moves_freely(&m, c);
		for (size_t i = 0; tight[c] && i <= r->bases[c].n; i++)
			if (i == r->bases[c].n)
				tight[c] = false; /* nothing in it but public figures */
			else if (!r->bases[c].known[i])
				break;
		any = any || tight[c];
	}
	if (any)
		run(&m, tight);
}
