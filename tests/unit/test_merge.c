/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Three-way merges: what only one side changed is taken, what both did is a
 * conflict that holds all three texts, and nothing is lost. */
#include "../../modules/sessions/merge.h"
#include "../../modules/publishing/diff.h"
#include "buf.h"
#include "unit.h"

static struct arena *a;

/* "=same <theirs >yours !base|theirs|yours", lines joined by commas. */
static const char *said(const char *base, const char *theirs, const char *yours)
{
	struct merge_part *parts;
	struct buf b = BUF_INIT;
	size_t n, conflicts, counted = 0;

	merge_texts(a, base, theirs, yours, &parts, &n, &conflicts);
	for (size_t i = 0; i < n; i++) {
		const struct merge_part *p = &parts[i];

		counted += p->kind == MERGE_CONFLICT;
		if (p->kind == MERGE_CONFLICT)
			buf_printf(&b, "%s!%s|%s|%s", i ? " " : "", p->base.text, p->theirs.text, p->yours.text);
		else
			buf_printf(&b, "%s%c%s", i ? " " : "", "=<>"[p->kind], p->kind == MERGE_YOURS ? p->yours.text : p->theirs.text);
	}
	CHECK_INT(counted, conflicts);
	char *text = arena_strdup(a, buf_text(&b));
	for (char *c = text; *c; c++)
		*c = *c == '\n' ? ',' : *c;
	buf_finish(&b);
	return text;
}

/* The text that comes of it; all conflicts get the same words. */
static const char *merged(const char *base, const char *theirs, const char *yours, const char *words)
{
	const char *chosen[16];
	struct merge_part *parts;
	size_t n, conflicts;

	for (size_t i = 0; i < COUNT(chosen); i++)
		chosen[i] = words;
	merge_texts(a, base, theirs, yours, &parts, &n, &conflicts);
	NEED(conflicts <= COUNT(chosen));
	return merge_result(a, parts, n, chosen);
}

static void sides(void)
{
	a = arena_create();
	CHECK_TEXT(said("", "", ""), "");
	CHECK_TEXT(said("a\nb", "a\nb", "a\nb"), "=a,b");
	CHECK_TEXT(said("a\nb\nc", "a\nX\nc", "a\nb\nc"), "=a <X =c");
	CHECK_TEXT(said("a\nb\nc", "a\nb\nc", "a\nY\nc"), "=a >Y =c");
	CHECK_TEXT(said("a\nb\nc\nd\ne", "A\nb\nc\nd\ne", "a\nb\nc\nd\nE"), "<A =b,c,d >E");
	CHECK_TEXT(said("a\nb\nc", "a\nc", "a\nb\nc\nd"), "=a < =c >d");
	CHECK_TEXT(merged("a\nb\nc", "a\nc", "a\nb\nc\nd", ""), "a\nc\nd");
	/* Both did the same. */
	CHECK_TEXT(said("a\nb\nc", "a\nX\nc", "a\nX\nc"), "=a =X =c");
	arena_destroy(a);
}

static void conflicts(void)
{
	a = arena_create();
	CHECK_TEXT(said("a\nb\nc", "a\nX\nc", "a\nY\nc"), "=a !b|X|Y =c");
	CHECK_TEXT(merged("a\nb\nc", "a\nX\nc", "a\nY\nc", "Z"), "a\nZ\nc");
	CHECK_TEXT(merged("a\nb\nc", "a\nX\nc", "a\nY\nc", "X\nY"), "a\nX\nY\nc");
	CHECK_TEXT(merged("a\nb\nc", "a\nX\nc", "a\nY\nc", ""), "a\nc");
	/* One took away what the other changed. */
	CHECK_TEXT(said("a\nb\nc", "a\nc", "a\nY\nc"), "=a !b||Y =c");
	/* Both added at one place, the end or an empty text. */
	CHECK_TEXT(said("a", "a\nX", "a\nY"), "=a !|X|Y");
	CHECK_TEXT(said("", "X", "Y"), "!|X|Y");
	CHECK_TEXT(merged("", "X", "Y", "X\nY"), "X\nY");
	/* Two places, and in between what nobody touched. */
	CHECK_TEXT(said("a\nb\nc", "1\nb\n3", "x\nb\nz"), "!a|1|x =b !c|3|z");
	arena_destroy(a);
}

static void ends(void)
{
	a = arena_create();
	/* Line ends and one at the end of a text are no change. */
	CHECK_TEXT(said("a\nb\n", "a\r\nb", "a\nb\r\n"), "=a,b");
	CHECK_TEXT(said("a\n\nb", "a\n\nb", "a\n\nb\n\nc"), "=a,,b >,c");
	CHECK_TEXT(merge_normalise(a, "a \r\nb\rc\n\n \n"), "a \nb\nc");
	CHECK_TEXT(merge_normalise(a, "  \n"), "");
	arena_destroy(a);
}

/* A text of lines of few kinds, so that much is alike. */
static const char *any(unsigned *seed, int lines)
{
	struct buf b = BUF_INIT;

	for (int i = 0; i < lines; i++) {
		*seed = *seed * 1103515245u + 12345u;
		buf_printf(&b, "%s%c", i ? "\n" : "", "abcd"[(*seed >> 16) & 3]);
	}
	const char *text = arena_strdup(a, buf_text(&b));
	buf_finish(&b);
	return text;
}

/* Each side can be read from the parts again, and who changed nothing gets the other's text. */
static void any_three(void)
{
	unsigned seed = 7;

	for (int round = 0; round < 2000 / unit_share(); round++) {
		struct buf l = BUF_INIT, r = BUF_INIT, o = BUF_INIT;
		struct merge_part *parts;
		bool bl = false, br = false, bo = false;
		size_t n, k;

		a = arena_create();
		const char *base = any(&seed, round % 9), *theirs = any(&seed, (round / 3) % 9), *yours = any(&seed, (round / 7) % 9);
		merge_texts(a, base, theirs, yours, &parts, &n, &k);
		for (size_t i = 0; i < n; i++) {
			const struct merge_side *sides_of[] = { &parts[i].base, &parts[i].theirs, &parts[i].yours };
			struct buf *into[] = { &o, &l, &r };
			bool *begun[] = { &bo, &bl, &br };

			for (int s = 0; s < 3; s++)
				if (sides_of[s]->n) {
					buf_printf(into[s], "%s%s", *begun[s] ? "\n" : "", sides_of[s]->text);
					*begun[s] = true;
				}
		}
		CHECK_TEXT(buf_text(&o), base);
		CHECK_TEXT(buf_text(&l), theirs);
		CHECK_TEXT(buf_text(&r), yours);
		CHECK_TEXT(merged(base, theirs, base, "!"), theirs);
		CHECK_TEXT(merged(base, base, yours, "!"), yours);
		CHECK_TEXT(merged(base, yours, yours, "!"), yours);
		buf_finish(&l);
		buf_finish(&r);
		buf_finish(&o);
		arena_destroy(a);
	}
}

static void hostile(void)
{
	struct buf l = BUF_INIT, r = BUF_INIT;
	struct merge_part *parts;
	size_t n, k;

	a = arena_create();
	for (int i = 0; i < DIFF_LINES_MAX + 10; i++) {
		buf_printf(&l, "%d\n", i);
		buf_printf(&r, "%d\n", -i);
	}
	/* Too many lines: one conflict, and all of both is in it. */
	merge_texts(a, "", buf_text(&l), buf_text(&r), &parts, &n, &k);
	CHECK_INT(n, 1);
	CHECK_INT(k, 1);
	CHECK_INT(parts[0].theirs.n, DIFF_LINES_MAX + 10);
	merge_texts(a, "", buf_text(&l), buf_text(&l), &parts, &n, &k);
	CHECK_INT(k, 0);
	arena_destroy(a);
	buf_finish(&l);
	buf_finish(&r);
}

CU_TestInfo unit_tests[] = {
	{ "what one side changed", sides },
	{ "what both changed", conflicts },
	{ "ends of lines and texts", ends },
	{ "any three texts", any_three },
	{ "hostile texts", hostile },
	CU_TEST_INFO_NULL,
};
