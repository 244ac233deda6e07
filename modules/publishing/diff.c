/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Differences of two texts. */
#include "diff.h"
#include <ctype.h>
#include <stdint.h>
#include <string.h>

/* Searching costs at most (pieces of both sides) x (differences) steps and keeps
 * about the square of the differences; so both are bounded, for lines and for the
 * words of a changed line, and all words of a text together. */
#define LINE_SEARCH_MAX 1000
#define WORD_SEARCH_MAX 100
#define WORDS_MAX 200000

struct piece {
	const char *s;
	size_t n;
	uint64_t hash;
};

static uint64_t hash_of(const char *s, size_t n)
{
	uint64_t h = 0xcbf29ce484222325u; /* FNV-1a */

	for (size_t i = 0; i < n; i++)
		h = (h ^ (unsigned char)s[i]) * 0x100000001b3u;
	return h;
}

static struct piece piece(const char *s, size_t n)
{
	return (struct piece){ s, n, hash_of(s, n) };
}

static bool same(const struct piece *p, const struct piece *q)
{
	return p->hash == q->hash && p->n == q->n && memcmp(p->s, q->s, p->n) == 0;
}

static size_t split_lines(struct arena *a, const char *s, struct piece **out, bool *cut)
{
	size_t n = 0, room = 1;

	for (const char *p = s; *p; p++)
		room += *p == '\n';
	if (room > DIFF_LINES_MAX) {
		room = DIFF_LINES_MAX;
		*cut = true;
	}
	*out = arena_array(a, room, sizeof **out);
	while (*s && n < room) {
		size_t len = strcspn(s, "\n"), kept = len;

		while (kept && s[kept - 1] == '\r')
			kept--;
		(*out)[n++] = piece(s, kept);
		s += len + (s[len] == '\n');
	}
	return n;
}

/* Words, runs of space, and single other signs. */
static size_t split_words(struct arena *a, const struct piece *line, struct piece **out)
{
	size_t n = 0, i = 0;

	*out = arena_array(a, line->n + 1, sizeof **out);
	while (i < line->n) {
		size_t from = i++;
		unsigned char c = (unsigned char)line->s[from];
		bool word = isalnum(c) || c >= 0x80, space = isspace(c) != 0;

		while (i < line->n && (word ? isalnum((unsigned char)line->s[i]) || (unsigned char)line->s[i] >= 0x80 :
			space && isspace((unsigned char)line->s[i])))
			i++;
		(*out)[n++] = piece(line->s + from, i - from);
	}
	return n;
}

/* Marks in keep_p and keep_q what both have, in order. False: they differ in more
 * than `most` places; then only what is equal at both ends is marked.
 * (Myers, An O(ND) Difference Algorithm and Its Variations, 1986: the greedy
 * search, with the furthest points of every round kept to walk back.) */
static bool common(struct arena *a, const struct piece *p, size_t np, const struct piece *q, size_t nq, int most,
	bool *keep_p, bool *keep_q)
{
	size_t head = 0, tail = 0;

	while (head < np && head < nq && same(&p[head], &q[head])) {
		keep_p[head] = keep_q[head] = true;
		head++;
	}
	while (tail < np - head && tail < nq - head && same(&p[np - 1 - tail], &q[nq - 1 - tail])) {
		keep_p[np - 1 - tail] = keep_q[nq - 1 - tail] = true;
		tail++;
	}
	p += head, q += head, keep_p += head, keep_q += head;
	int n = (int)(np - head - tail), m = (int)(nq - head - tail);
	if (n == 0 || m == 0)
		return true;
	int limit = n + m < most ? n + m : most, found = -1;
	int *v = arena_array(a, 2 * (size_t)limit + 3, sizeof *v), *zero = v + limit + 1;
	int **rounds = arena_array(a, (size_t)limit + 1, sizeof *rounds);
	for (int d = 0; d <= limit && found < 0; d++) {
		/* As this round begins: v[-d-1 .. d+1]. */
		rounds[d] = arena_copy(a, zero - d - 1, (size_t)(2 * d + 3) * sizeof *v);
		for (int k = -d; k <= d; k += 2) {
			int x = k == -d || (k != d && zero[k - 1] < zero[k + 1]) ? zero[k + 1] : zero[k - 1] + 1, y = x - k;

			while (x < n && y < m && x >= 0 && y >= 0 && same(&p[x], &q[y]))
				x++, y++;
			zero[k] = x;
			if (x >= n && y >= m) {
				found = d;
				break;
			}
		}
	}
	if (found < 0)
		return false;
	for (int d = found, x = n, y = m; d >= 0; d--) {
		const int *was = rounds[d] + d + 1;
		int k = x - y, from = k == -d || (k != d && was[k - 1] < was[k + 1]) ? k + 1 : k - 1;
		int px = d ? was[from] : 0, py = d ? px - from : 0;

		while (x > px && y > py) {
			keep_p[--x] = true;
			keep_q[--y] = true;
		}
		x = px;
		y = py;
	}
	return true;
}

/* ---- rows ---- */

struct rows {
	struct arena *arena;
	struct diff_row *list;
	size_t n;
	size_t words_left; /* that may still be compared */
};

static struct diff_part *whole(struct arena *a, const struct piece *line, bool changed, size_t *n)
{
	struct diff_part *part = arena_alloc(a, sizeof *part);

	part->text = arena_strndup(a, line->s, line->n);
	part->changed = changed;
	*n = 1;
	return part;
}

/* Neighbouring words of one fate in one part. */
static struct diff_part *parts(struct arena *a, const struct piece *words, size_t n, const bool *keep, size_t *n_out)
{
	struct diff_part *list = arena_array(a, n + 1, sizeof *list);

	*n_out = 0;
	for (size_t i = 0, from = 0; i < n; i++) {
		if (i + 1 < n && keep[i + 1] == keep[i])
			continue;
		list[(*n_out)++] = (struct diff_part){ arena_strndup(a, words[from].s,
			(size_t)(words[i].s + words[i].n - words[from].s)), !keep[i] };
		from = i + 1;
	}
	return list;
}

/* A space between two changed words belongs to the change. */
static void join_changes(const struct piece *words, size_t n, bool *keep)
{
	for (size_t i = 1; i + 1 < n; i++)
		if (keep[i] && !keep[i - 1] && !keep[i + 1] && isspace((unsigned char)words[i].s[0]))
			keep[i] = false;
}

static void add(struct rows *r, enum diff_kind kind, const struct piece *left, int left_line, const struct piece *right,
	int right_line)
{
	struct diff_row *row = &r->list[r->n++];

	*row = (struct diff_row){ .kind = kind, .left_line = left ? left_line : 0, .right_line = right ? right_line : 0 };
	if (left)
		row->left = whole(r->arena, left, kind != DIFF_SAME, &row->n_left);
	if (right)
		row->right = whole(r->arena, right, kind != DIFF_SAME, &row->n_right);
}

/* By words, if any word stayed; scratch holds what is needed only on the way. */
static bool by_words(struct rows *r, struct arena *scratch, const struct piece *left, const struct piece *right,
	struct diff_row *row)
{
	struct piece *p, *q;
	size_t np = split_words(scratch, left, &p), nq = split_words(scratch, right, &q), kept = 0;
	bool *keep_p = arena_array(scratch, np + 1, sizeof *keep_p), *keep_q = arena_array(scratch, nq + 1, sizeof *keep_q);

	if (np + nq > r->words_left)
		return false;
	r->words_left -= np + nq;
	common(scratch, p, np, q, nq, WORD_SEARCH_MAX, keep_p, keep_q);
	for (size_t i = 0; i < np; i++)
		kept += keep_p[i] && !isspace((unsigned char)p[i].s[0]);
	if (!kept)
		return false;
	join_changes(p, np, keep_p);
	join_changes(q, nq, keep_q);
	row->left = parts(r->arena, p, np, keep_p, &row->n_left);
	row->right = parts(r->arena, q, nq, keep_q, &row->n_right);
	return true;
}

/* Two lines of which one took the other's place. */
static void add_changed(struct rows *r, const struct piece *left, int left_line, const struct piece *right,
	int right_line)
{
	struct arena *scratch = arena_create();
	struct diff_row row = { .kind = DIFF_CHANGED, .left_line = left_line, .right_line = right_line };

	if (by_words(r, scratch, left, right, &row))
		r->list[r->n++] = row;
	else
		add(r, DIFF_CHANGED, left, left_line, right, right_line);
	arena_destroy(scratch);
}

void diff_texts(struct arena *a, const char *left, const char *right, struct diff_row **out, size_t *n, bool *cut)
{
	struct piece *p, *q;
	*cut = false;
	size_t np = split_lines(a, left, &p, cut), nq = split_lines(a, right, &q, cut);
	bool *keep_p = arena_array(a, np + 1, sizeof *keep_p), *keep_q = arena_array(a, nq + 1, sizeof *keep_q);
	struct rows r = { .arena = a, .list = arena_array(a, np + nq + 1, sizeof *r.list), .words_left = WORDS_MAX };

	if (!common(a, p, np, q, nq, LINE_SEARCH_MAX, keep_p, keep_q))
		*cut = true;
	for (size_t i = 0, k = 0; i < np || k < nq;) {
		bool gone = i < np && !keep_p[i], come = k < nq && !keep_q[k];

		if (gone && come)
			add_changed(&r, &p[i], (int)i + 1, &q[k], (int)k + 1);
		else if (gone)
			add(&r, DIFF_GONE, &p[i], (int)i + 1, NULL, 0);
		else if (come)
			add(&r, DIFF_NEW, NULL, 0, &q[k], (int)k + 1);
		else
			add(&r, DIFF_SAME, &p[i], (int)i + 1, &q[k], (int)k + 1);
		i += gone || !come;
		k += come || !gone;
	}
	*out = r.list;
	*n = r.n;
}
