/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Disclosure control: members' figures in, a release out from which no member and
 * no two together can learn another's figure. Structs only; no SQL, no HTML.
 * docs/disclosure.md gives the rules, their sources and their limits.
 *
 * A table is one indicator in one period. Its cells are the groups of every scheme
 * (all; by strategy; by population; by stage). A release of it is computed once, is
 * the same for every member, and is a function of the table and of the releases
 * before it: the same input gives the same bytes. No randomness, no clock.
 *
 * Units: counts are whole events; exposure is the denominator in any unit (person-
 * years; homicides, for a share); rates are scale * counts / exposure. Exposures
 * count as known to everyone. Members are numbers 0..members-1, the same in every
 * table of an indicator. Ownership: inputs are read only; results live in the arena. */
#ifndef COMMONWEAL_DISCLOSURE_H
#define COMMONWEAL_DISCLOSURE_H
#include <stdbool.h>
#include <stddef.h>
#include "arena.h"
#include "buf.h"
#include "error.h"

#define DISCLOSURE_RULES "1"            /* version of the rule set, frozen with each release */
#define DISCLOSURE_COALITION 2          /* so many members may pool what they know */
#define DISCLOSURE_POOLED_MIN 7         /* contributors for a pooled rate: 5 beyond a coalition */
#define DISCLOSURE_MEDIAN_MIN 10        /* and a median */
#define DISCLOSURE_TERTILES_MIN 15      /* or tertiles */
#define DISCLOSURE_DOMINANCE 0.20       /* p of the p% rule */
#define DISCLOSURE_WIDTH 0.20           /* no interval narrower than this share of the true value */
#define DISCLOSURE_COUNTS 5             /* nor with fewer feasible counts */
#define DISCLOSURE_PRIOR 0.5            /* the attacker knows each figure to within this share ... */
#define DISCLOSURE_PRIOR_COUNTS 10      /* ... or so many events, whichever is more */
#define DISCLOSURE_CHANGE_MIN 5         /* members joining or leaving a group at once */
#define DISCLOSURE_MEMBERS_MAX 1000
#define DISCLOSURE_EDGES_MAX 2

struct disclosure_figure {
	unsigned member;
	int period;       /* a basic period: the shortest that is ever released, numbered by the caller */
	double count, exposure;
	bool is_public;   /* known to everyone: does not count as a contributor, is not protected */
};

struct disclosure_group {
	const char *scheme, *name; /* "strategy", "gvi" */
	const unsigned *members;   /* all that belong to it, contributing or not, ascending */
	size_t n;
};

struct disclosure_table {
	const char *indicator, *label;  /* label: "2026-Q1" */
	const int *periods;             /* the basic periods it covers: one, or the quarters of a year */
	size_t period_count;
	double scale;                   /* 100000 for rates, 100 for shares */
	size_t members;
	const struct disclosure_figure *figures; /* at most one a member and period */
	size_t figure_count;
	const struct disclosure_group *groups;
	size_t group_count;
};

/* Rounding: so many bins a decade. Bounds are printed with two digits, and are exact. */
enum disclosure_grid { DISCLOSURE_R5 = 5, DISCLOSURE_R3 = 3, DISCLOSURE_R2 = 2, DISCLOSURE_R1 = 1 };

struct disclosure_range {
	double low, high; /* low <= value < high; low 0: "under high" */
};

/* What is published of a cell. Of a withheld one nothing but that it is: neither how
 * many contribute nor why. */
struct disclosure_cell {
	const char *scheme, *name;
	bool published;
	unsigned at_least;             /* contributors: 7, 10 or 15 */
	enum disclosure_grid grid;
	struct disclosure_range rate;  /* pooled: all their events by all their exposure */
	size_t edge_count;             /* 0; 1: the median; 2: tertiles, of the members' rates */
	struct disclosure_range edges[DISCLOSURE_EDGES_MAX];
};

/* The facts behind a cell, never shown: what an audit of a later release needs. */
struct disclosure_basis {
	unsigned *members;       /* contributors, ascending; public ones included */
	double *counts;          /* [n][period_count] */
	double *exposures;       /* [n][period_count] */
	bool *known;             /* [n]: public */
	size_t n;
	double edge_values[DISCLOSURE_EDGES_MAX]; /* the unrounded edges, rates */
};

struct disclosure_release {
	const char *indicator, *label, *rules;
	double scale;
	int *periods;
	size_t period_count, members;
	struct disclosure_cell *cells; /* as the table's groups */
	struct disclosure_basis *bases;
	size_t cell_count;
	const char **log;              /* why it is as it is, without figures; kept, not shown to members */
	size_t log_count;
	size_t steps;                  /* of coarsening by the audit */
	size_t programs;               /* linear programs solved */
};

/* The release of a table after the earlier ones of the same indicator (oldest first).
 * Fails only if the input is malformed; when nothing can be shown, all cells are
 * withheld. Time: see docs/disclosure.md. */
bool disclosure_release(const struct disclosure_table *t, const struct disclosure_release *const *earlier,
	size_t earlier_count, struct arena *a, struct disclosure_release **out, struct error *err);

/* The audit alone: can a coalition learn a figure from these releases, the last
 * being the candidate? true = no. `found` gets the first breach (may be NULL). */
struct disclosure_breach {
	unsigned member, coalition[DISCLOSURE_COALITION];
	size_t target;          /* index of the period of the candidate; its period_count: their sum */
	double truth, low, high;
};
bool disclosure_audit(const struct disclosure_release *const *releases, size_t count,
	struct disclosure_breach *found, size_t *programs);

/* Whose figures may enter a group this year: members counted last year, and those who
 * joined since if at least DISCLOSURE_CHANGE_MIN join or leave together; else they wait.
 * counted_before NULL: the first year, all. To be called once a year; ascending lists. */
size_t disclosure_counted(const unsigned *members, size_t n, const unsigned *counted_before, size_t before,
	unsigned *out);

/* Where a figure stands: a function of what is published and the own figure alone.
 * -1 below, 0 about the same, 1 above; against the pooled rate, or band 0..edge_count
 * of the edges, DISCLOSURE_UNSURE if the own rate lies within the rounding of an edge. */
enum { DISCLOSURE_UNSURE = -9 };
int disclosure_against_rate(const struct disclosure_cell *c, double own_rate);
int disclosure_band(const struct disclosure_cell *c, double own_rate);

/* JSON, the same bytes for the same release. Public: what anyone may see. Frozen: with
 * the bases, for the ledger. disclosure_parse reads both back; of the public form bases is NULL. */
void disclosure_json(const struct disclosure_release *r, bool frozen, struct buf *out);
bool disclosure_parse(const char *json, size_t n, struct arena *a, struct disclosure_release **out,
	struct error *err);

#endif
