/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A CSV file of figures (RFC 4180), in one of two shapes: a row for each figure
 * (indicator, period, value, and if wanted reason), or a row for each period
 * (period, then a column for each indicator). A file for several jurisdictions
 * has a column space besides. Everything that is wrong is told with line and
 * column; nothing of a file with a problem is taken. */
#ifndef COMMONWEAL_TABLE_H
#define COMMONWEAL_TABLE_H
#include "checks.h"

#define TABLE_ROWS_MAX 200000
#define TABLE_PROBLEMS_MAX 50

struct table_figure {
	int line;
	const char *column;  /* its name in the head */
	const char *space;   /* slug; NULL: the file has no such column */
	const struct indicator *indicator;
	struct period period;
	int64_t value;
	const char *reason;  /* or NULL */
	/* By table_check: */
	const char *doubt;   /* why it is unusual, or NULL */
	bool corrects;       /* another figure is stored */
	bool same;           /* this figure is stored */
	int64_t old;
};

struct table_problem {
	int line;
	const char *column; /* or NULL: the row as a whole */
	const char *cause;
};

struct table {
	struct table_figure *figures; /* by space, indicator and period once checked */
	size_t n;
	struct table_problem problems[TABLE_PROBLEMS_MAX];
	size_t n_problems;  /* of those that are kept */
	size_t more;        /* problems beyond them */
	size_t unexplained; /* corrections and unusual figures without a reason */
	bool has_space;
};

/* Reads and checks each figure by itself. False with err: the text is no CSV or has no head we
 * know. Otherwise t tells; its texts are in the arena. */
bool table_read(const struct dictionary *d, struct arena *a, const char *text, size_t n, int64_t now_us,
	struct table *t, struct error *err);
/* By space, indicator and period. */
void table_sort(struct table *t);
/* Checks the figures of one space (NULL: all) against what is stored and each other: twice the
 * same, parts above wholes, unusual ones. */
void table_check(const struct dictionary *d, struct arena *a, struct table *t, const char *space,
	const struct history *stored);
/* The figures of one space as changes; *n of them. reason: for those without one of their own. */
struct figure_change *table_changes(struct arena *a, const struct table *t, const char *space,
	const char *reason, size_t *n);

#endif
