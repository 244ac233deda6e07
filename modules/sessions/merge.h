/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Two people changed one text: puts both changes into it, line by line, and says
 * where both changed the same lines. */
#ifndef COMMONWEAL_SESSIONS_MERGE_H
#define COMMONWEAL_SESSIONS_MERGE_H
#include <stdbool.h>
#include <stddef.h>
#include "arena.h"

enum merge_kind {
	MERGE_SAME,    /* nobody changed it, or both the same way */
	MERGE_THEIRS,  /* only they did */
	MERGE_YOURS,   /* only you did */
	MERGE_CONFLICT /* both did */
};

struct merge_side {
	const char *text; /* lines joined by newlines, without one at the end */
	size_t n;         /* lines; 0: none, which is not one empty line */
};
struct merge_part {
	enum merge_kind kind;
	struct merge_side base, theirs, yours;
};

/* base: the text that both began with. Parts in order, in the arena; *conflicts counts those. Line ends
 * are LF or CR LF; one at the end of a text makes no difference. Over DIFF_LINES_MAX lines a side, texts
 * that differ are one conflict. */
void merge_texts(struct arena *a, const char *base, const char *theirs, const char *yours, struct merge_part **out,
	size_t *n, size_t *conflicts);
/* The whole text. chosen: what stands in place of each conflict, in order; NULL if there is none. An
 * empty text there is no line. */
const char *merge_result(struct arena *a, const struct merge_part *parts, size_t n, const char *const *chosen);
/* Line ends as LF, without empty lines and spaces at the end. */
char *merge_normalise(struct arena *a, const char *text);

#endif
