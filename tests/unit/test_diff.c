/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Differences of texts: what they say, that each side can be read from them
 * again, and that hostile texts cost no more than a bounded time. */
#include "../../modules/publishing/diff.h"
#include "buf.h"
#include "text.h"
#include "unit.h"

static struct arena *a;

/* "=same -gone +new ~left|right", with [changed] words. */
static const char *said(const char *left, const char *right)
{
	static const char signs[] = "=-+~";
	struct diff_row *rows;
	struct buf b = BUF_INIT;
	bool cut;
	size_t n;

	diff_texts(a, left, right, &rows, &n, &cut);
	for (size_t i = 0; i < n; i++) {
		buf_printf(&b, "%s%c", i ? " " : "", signs[rows[i].kind]);
		for (size_t k = 0; k < rows[i].n_left; k++)
			buf_printf(&b, rows[i].left[k].changed ? "[%s]" : "%s", rows[i].left[k].text);
		if (rows[i].kind == DIFF_CHANGED)
			buf_char(&b, '|');
		for (size_t k = 0; k < rows[i].n_right && rows[i].kind != DIFF_SAME; k++)
			buf_printf(&b, rows[i].right[k].changed ? "[%s]" : "%s", rows[i].right[k].text);
	}
	const char *text = arena_strdup(a, buf_text(&b));
	buf_finish(&b);
	return text;
}

/* Both texts again, from the rows. */
static bool whole(const char *left, const char *right)
{
	struct buf l = BUF_INIT, r = BUF_INIT;
	struct diff_row *rows;
	int left_line = 0, right_line = 0;
	bool cut, ok = true;
	size_t n;

	diff_texts(a, left, right, &rows, &n, &cut);
	for (size_t i = 0; i < n; i++) {
		for (size_t k = 0; k < rows[i].n_left; k++)
			buf_str(&l, rows[i].left[k].text);
		for (size_t k = 0; k < rows[i].n_right; k++)
			buf_str(&r, rows[i].right[k].text);
		if (rows[i].left_line)
			buf_char(&l, '\n');
		if (rows[i].right_line)
			buf_char(&r, '\n');
		ok = ok && (!rows[i].left_line || rows[i].left_line == ++left_line);
		ok = ok && (!rows[i].right_line || rows[i].right_line == ++right_line);
	}
	ok = ok && strcmp(buf_text(&l), left) == 0 && strcmp(buf_text(&r), right) == 0;
	buf_finish(&l);
	buf_finish(&r);
	return ok;
}

static void words(void)
{
	a = arena_create();
	CHECK_TEXT(said("", ""), "");
	CHECK_TEXT(said("a\nb\n", "a\nb\n"), "=a =b");
	CHECK_TEXT(said("a\nb", "a\r\nb\r\n"), "=a =b"); /* how lines end is no difference */
	CHECK_TEXT(said("", "a"), "+[a]");
	CHECK_TEXT(said("a", ""), "-[a]");
	CHECK_TEXT(said("a\nb\nc", "a\nc"), "=a -[b] =c");
	CHECK_TEXT(said("a\nc", "a\nb\nc"), "=a +[b] =c");
	CHECK_TEXT(said("Murders fell by 37 percent.", "Murders fell by 34 percent."),
		"~Murders fell by [37] percent.|Murders fell by [34] percent.");
	CHECK_TEXT(said("one two three", "one five six three"), "~one [two] three|one [five six] three");
	CHECK_TEXT(said("apples", "pears"), "~[apples]|[pears]");
	CHECK_TEXT(said("Z\xc3\xbcrich fell", "Z\xc3\xbcrich rose"), "~Z\xc3\xbcrich [fell]|Z\xc3\xbcrich [rose]");
	CHECK_TEXT(said("a\nb\nc\nd", "a\nx\ny\nd"), "=a ~[b]|[x] ~[c]|[y] =d");
	CHECK_TEXT(said("a\nb\nc\na\nb\nb\na", "c\nb\na\nb\na\nc"), said("a\nb\nc\na\nb\nb\na", "c\nb\na\nb\na\nc"));
	arena_destroy(a);
}

/* Random texts of few letters: many ways to match, and all must be right. */
static void any_two(void)
{
	unsigned state = 1;

	for (int round = 0; round < 3000; round++) {
		char left[80], right[80], *sides[] = { left, right };

		a = arena_create();
		for (int side = 0; side < 2; side++) {
			size_t n = (state = state * 1103515245u + 12345u) / 65536u % 20;

			for (size_t i = 0; i < n; i++) {
				state = state * 1103515245u + 12345u;
				sides[side][2 * i] = "abc"[state / 65536u % 3];
				sides[side][2 * i + 1] = (state / 262144u) % 3 ? '\n' : ' ';
			}
			if (n)
				sides[side][2 * n - 1] = '\n';
			sides[side][2 * n] = '\0';
		}
		if (!whole(left, right)) {
			CHECK_TEXT(left, right); /* shows them */
			arena_destroy(a);
			return;
		}
		arena_destroy(a);
	}
	CHECK(true);
}

static void hostile(void)
{
	/* Other numbers on both sides, one a line or all in one; the same over and over. */
	static const struct { const char *before, *after; bool numbers; } shapes[] = { { "", "\n", true }, { "", " ", true },
		{ "a", "\n", false }, { "", "\n", false }, { "a b", "", false } };
	const int lines = unit_share() == 1 ? 400000 : DIFF_LINES_MAX + 1000; /* more than are compared, in any case */
	struct diff_row *rows;
	bool cut;
	size_t n;

	for (size_t s = 0; s < COUNT(shapes); s++) {
		struct buf l = BUF_INIT, r = BUF_INIT;

		a = arena_create();
		for (int i = 0; i < lines; i++) {
			buf_str(&l, shapes[s].before);
			buf_str(&r, shapes[s].before);
			if (shapes[s].numbers) {
				buf_printf(&l, "%d", 2 * i);
				buf_printf(&r, "%d", 2 * i + 1);
			}
			buf_str(&l, shapes[s].after);
			buf_str(&r, shapes[s].after);
		}
		diff_texts(a, buf_text(&l), buf_text(&r), &rows, &n, &cut);
		CHECK(n <= 2 * DIFF_LINES_MAX);
		CHECK(cut || *shapes[s].after != '\n');
		/* What is kept of it is bounded too: not one list of end points for each difference of all. */
		CHECK(arena_used(a) < (size_t)100 << 20);
		arena_destroy(a);
		buf_finish(&l);
		buf_finish(&r);
	}
}

CU_TestInfo unit_tests[] = {
	{ "lines and words", words },
	{ "any two texts", any_two },
	{ "hostile texts", hostile },
	CU_TEST_INFO_NULL,
};
