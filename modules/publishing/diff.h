/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What differs between two texts: lines that stay, go, come or change, and in a
 * changed line the words. Myers' O(ND) algorithm over lines, then over words. */
#ifndef COMMONWEAL_DIFF_H
#define COMMONWEAL_DIFF_H
#include <stdbool.h>
#include <stddef.h>
#include "arena.h"

enum diff_kind { DIFF_SAME, DIFF_GONE, DIFF_NEW, DIFF_CHANGED };

struct diff_part { /* a run of words of one line */
	const char *text;
	bool changed;
};
struct diff_row {
	enum diff_kind kind;
	int left_line, right_line;          /* from 1; 0: not on that side */
	size_t n_left, n_right;
	struct diff_part *left, *right;     /* the line of each side, in parts */
};

/* Rows in order, in the arena. Time and memory are bounded whatever the texts:
 * where they differ too much for the search, the rest is said to be replaced;
 * *cut tells so. Over DIFF_LINES_MAX lines a side the rest is left out, with *cut. */
#define DIFF_LINES_MAX 20000
void diff_texts(struct arena *a, const char *left, const char *right, struct diff_row **out, size_t *n, bool *cut);

#endif
