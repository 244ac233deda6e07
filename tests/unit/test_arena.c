/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "arena.h"
#include <stdint.h>
#include "unit.h"

static char order[16];
static size_t n_order;

static void note(void *p)
{
	order[n_order++] = *(char *)p;
	order[n_order] = '\0';
}

static void zeroed_and_aligned(void)
{
	struct arena *a = arena_create();

	for (size_t size = 0; size < 200; size += 7) {
		unsigned char *p = arena_alloc(a, size);

		NEED(p != NULL);
		CHECK_INT((uintptr_t)p % _Alignof(max_align_t), 0);
		for (size_t i = 0; i < size; i++)
			CHECK(p[i] == 0);
		memset(p, 0xaa, size);
	}
	arena_reset(a); /* memory that was dirty is zeroed again */
	unsigned char *p = arena_alloc(a, 1000);
	for (size_t i = 0; i < 1000; i++)
		CHECK(p[i] == 0);
	arena_destroy(a);
}

/* Small pieces around large ones stay apart and whole. */
static void pieces_do_not_overlap(void)
{
	static const size_t sizes[] = { 1, 16384, 3, 100000, 8193, 17, 8192, 16383, 40000, 5 };
	struct arena *a = arena_create();
	unsigned char *pieces[10 * COUNT(sizes)] = { NULL };

	for (size_t i = 0; i < COUNT(pieces); i++) {
		size_t size = sizes[i % COUNT(sizes)];

		pieces[i] = arena_alloc(a, size);
		memset(pieces[i], (int)i + 1, size);
	}
	for (size_t i = 0; i < COUNT(pieces); i++) {
		size_t size = sizes[i % COUNT(sizes)], same = 0;

		while (same < size && pieces[i][same] == i + 1)
			same++;
		CHECK_INT(same, size);
	}
	arena_destroy(a);
}

static void texts(void)
{
	struct arena *a = arena_create();
	char with_nul[] = "ab\0cd";

	CHECK_TEXT(arena_strdup(a, "word"), "word");
	CHECK_TEXT(arena_strdup(a, ""), "");
	CHECK(arena_strdup(a, NULL) == NULL);
	CHECK(arena_strndup(a, NULL, 3) == NULL);
	CHECK_TEXT(arena_strndup(a, "words", 4), "word");
	CHECK_TEXT(arena_strndup(a, "words", 0), "");
	char *kept = arena_strndup(a, with_nul, 5);
	CHECK(memcmp(kept, "ab\0cd", 6) == 0);
	CHECK_TEXT(arena_printf(a, "%d-%s", 7, "x"), "7-x");
	CHECK_TEXT(arena_printf(a, "%s", ""), "");
	char *longer = arena_printf(a, "%050000d", 7);
	CHECK_INT(strlen(longer), 50000);
	CHECK(longer[49999] == '7' && longer[0] == '0');
	CHECK(memcmp(arena_copy(a, "xyz", 3), "xyz", 3) == 0);
	CHECK(arena_copy(a, NULL, 0) != NULL);
	arena_destroy(a);
}

static void deferred_in_reverse(void)
{
	struct arena *a = arena_create();
	char letters[] = "abc";

	n_order = 0;
	for (int i = 0; i < 3; i++)
		arena_defer(a, note, &letters[i]);
	arena_reset(a);
	CHECK_TEXT(order, "cba");
	n_order = 0;
	order[0] = '\0';
	arena_reset(a); /* they ran once */
	CHECK_TEXT(order, "");
	arena_defer(a, note, &letters[1]);
	arena_destroy(a);
	CHECK_TEXT(order, "b");
	arena_destroy(NULL);
}

static void counts_use(void)
{
	struct arena *a = arena_create();

	CHECK_INT(arena_used(a), 0);
	arena_alloc(a, 100);
	CHECK(arena_used(a) >= 100 && arena_used(a) < 200);
	arena_alloc(a, 100000);
	CHECK(arena_used(a) >= 100100);
	arena_reset(a);
	CHECK_INT(arena_used(a), 0);
	arena_destroy(a);
}

static void overflow(void *arena)
{
	arena_array(arena, SIZE_MAX / 2, 3);
}

static void huge(void *arena)
{
	arena_alloc(arena, SIZE_MAX - 4);
}

static void arrays(void)
{
	struct arena *a = arena_create();
	int64_t *list = arena_array(a, 50, sizeof *list);

	for (int i = 0; i < 50; i++)
		CHECK_INT(list[i], 0);
	CHECK(arena_array(a, 0, 8) != NULL);
	CHECK(unit_aborts(overflow, a));
	CHECK(unit_aborts(huge, a));
	arena_destroy(a);
}

CU_TestInfo unit_tests[] = {
	{ "memory is zeroed and aligned", zeroed_and_aligned },
	{ "pieces do not overlap", pieces_do_not_overlap },
	{ "texts", texts },
	{ "deferred calls run in reverse, once", deferred_in_reverse },
	{ "use is counted", counts_use },
	{ "arrays; overflow aborts", arrays },
	CU_TEST_INFO_NULL,
};
