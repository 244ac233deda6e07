/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Three-way merge: what stayed of the base on both sides cuts all three texts
 * into parts (Khanna, Kunal and Pierce, A Formal Investigation of Diff3, 2007). */
#include "merge.h"
#include <stdint.h>
#include <string.h>
#include "buf.h"
#include "../publishing/diff.h"

struct lines {
	const char **s;
	size_t *len;
	size_t n;
};

/* The same lines as diff_texts sees. */
static struct lines split(struct arena *a, const char *s)
{
	struct lines out = { .n = 0 };
	size_t room = 1;

	for (const char *p = s; *p; p++)
		room += *p == '\n';
	out.s = arena_array(a, room, sizeof *out.s);
	out.len = arena_array(a, room, sizeof *out.len);
	while (*s) {
		size_t len = strcspn(s, "\n"), kept = len;

		while (kept && s[kept - 1] == '\r')
			kept--;
		out.s[out.n] = s;
		out.len[out.n++] = kept;
		s += len + (s[len] == '\n');
	}
	return out;
}

static struct merge_side join(struct arena *a, const struct lines *l, size_t from, size_t to)
{
	size_t size = 1;

	for (size_t i = from; i < to; i++)
		size += l->len[i] + 1;
	char *text = arena_array(a, size, 1), *p = text;
	for (size_t i = from; i < to; i++) {
		if (i > from)
			*p++ = '\n';
		memcpy(p, l->s[i], l->len[i]);
		p += l->len[i];
	}
	*p = '\0';
	return (struct merge_side){ text, to - from };
}

/* For each line of the base the line of the other text that it still is, or SIZE_MAX. */
static size_t *matches(struct arena *a, const char *base, size_t n_base, const char *other)
{
	size_t *out = arena_array(a, n_base + 1, sizeof *out), n;
	struct diff_row *rows;
	bool cut;

	for (size_t i = 0; i < n_base; i++)
		out[i] = SIZE_MAX;
	diff_texts(a, base, other, &rows, &n, &cut);
	for (size_t i = 0; i < n; i++)
		if (rows[i].kind == DIFF_SAME)
			out[rows[i].left_line - 1] = (size_t)rows[i].right_line - 1;
	return out;
}

static bool equal(const struct merge_side *x, const struct merge_side *y)
{
	return x->n == y->n && strcmp(x->text, y->text) == 0;
}

static void add(struct merge_part *parts, size_t *n, size_t *conflicts, const struct merge_part *part)
{
	struct merge_part p = *part;
	bool theirs = !equal(&p.theirs, &p.base), yours = !equal(&p.yours, &p.base);

	if (!p.base.n && !p.theirs.n && !p.yours.n)
		return;
	p.kind = theirs && yours ? equal(&p.theirs, &p.yours) ? MERGE_SAME : MERGE_CONFLICT : theirs ? MERGE_THEIRS :
		yours ? MERGE_YOURS : MERGE_SAME;
	*conflicts += p.kind == MERGE_CONFLICT;
	parts[(*n)++] = p;
}

void merge_texts(struct arena *a, const char *base, const char *theirs, const char *yours, struct merge_part **out,
	size_t *n, size_t *conflicts)
{
	struct lines b = split(a, base), t = split(a, theirs), y = split(a, yours);
	size_t ib = 0, it = 0, iy = 0;

	*out = arena_array(a, b.n * 2 + 2, sizeof **out);
	*n = *conflicts = 0;
	if (b.n > DIFF_LINES_MAX || t.n > DIFF_LINES_MAX || y.n > DIFF_LINES_MAX) {
		add(*out, n, conflicts, &(struct merge_part){ MERGE_SAME, join(a, &b, 0, b.n), join(a, &t, 0, t.n),
			join(a, &y, 0, y.n) });
		return;
	}
	size_t *mt = matches(a, base, b.n, theirs), *my = matches(a, base, b.n, yours);
	while (ib < b.n || it < t.n || iy < y.n) {
		size_t to = ib;

		/* First what differs before the next line that stayed on both sides ... */
		while (to < b.n && (mt[to] == SIZE_MAX || my[to] == SIZE_MAX))
			to++;
		size_t tt = to < b.n ? mt[to] : t.n, ty = to < b.n ? my[to] : y.n;
		add(*out, n, conflicts, &(struct merge_part){ MERGE_SAME, join(a, &b, ib, to), join(a, &t, it, tt),
			join(a, &y, iy, ty) });
		/* ... then those that stayed. */
		for (ib = to, it = tt, iy = ty; ib < b.n && mt[ib] == it && my[ib] == iy; ib++, it++, iy++)
			;
		add(*out, n, conflicts, &(struct merge_part){ MERGE_SAME, join(a, &b, to, ib), join(a, &t, tt, it),
			join(a, &y, ty, iy) });
	}
}

static void add_side(struct buf *b, const struct merge_side *side, bool *any)
{
	if (!side->n)
		return;
	if (*any)
		buf_char(b, '\n');
	*any = true;
	buf_str(b, side->text);
}

const char *merge_result(struct arena *a, const struct merge_part *parts, size_t n, const char *const *chosen)
{
	struct buf b = BUF_INIT;
	bool any = false;

	for (size_t i = 0; i < n; i++) {
		if (parts[i].kind == MERGE_CONFLICT) {
			struct merge_side side = { *chosen, **chosen ? 1 : 0 };

			chosen++;
			add_side(&b, &side, &any);
		} else {
			add_side(&b, parts[i].kind == MERGE_YOURS ? &parts[i].yours : &parts[i].theirs, &any);
		}
	}
	const char *text = arena_strdup(a, buf_text(&b));
	buf_finish(&b);
	return text;
}

char *merge_normalise(struct arena *a, const char *text)
{
	char *out = arena_strdup(a, text), *to = out;

	for (const char *from = out; *from; from++)
		if (!(from[0] == '\r' && from[1] == '\n'))
			*to++ = *from == '\r' ? '\n' : *from;
	while (to > out && strchr(" \t\n", to[-1]))
		to--;
	*to = '\0';
	return out;
}
