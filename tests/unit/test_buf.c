/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "buf.h"
#include "unit.h"

static void adding(void)
{
	struct buf b = BUF_INIT;

	CHECK_TEXT(buf_text(&b), "");
	buf_str(&b, "one");
	buf_str(&b, NULL);
	buf_char(&b, ' ');
	buf_printf(&b, "%d", 2);
	buf_add(&b, "\0x", 2);
	buf_add(&b, NULL, 0);
	CHECK_INT(b.len, 7);
	CHECK(memcmp(b.data, "one 2\0x", 8) == 0); /* with the NUL that is not counted */
	CHECK(!b.failed);
	buf_finish(&b);
	CHECK(b.data == NULL && b.len == 0);
	buf_str(&b, "again");
	CHECK_TEXT(buf_text(&b), "again");
	buf_finish(&b);
}

static void growing(void)
{
	struct buf b = BUF_INIT;

	for (int i = 0; i < 100000; i++)
		buf_char(&b, (char)('a' + i % 26));
	CHECK_INT(b.len, 100000);
	CHECK_INT(strlen(b.data), 100000);
	CHECK(b.data[99999] == 'a' + 99999 % 26);
	buf_reserve(&b, 1 << 20);
	CHECK(b.cap > b.len + (1 << 20));
	buf_clear(&b);
	CHECK_TEXT(buf_text(&b), "");
	CHECK_INT(b.len, 0);
	CHECK(b.cap > 1 << 20); /* the memory is kept */
	buf_finish(&b);
}

static void limit_sticks(void)
{
	struct buf b = { .limit = 5 };

	buf_str(&b, "12345");
	CHECK(!b.failed);
	buf_str(&b, "6");
	CHECK(b.failed);
	CHECK_TEXT(buf_text(&b), "12345");
	buf_str(&b, ""); /* nothing more is added, not even what would fit */
	CHECK(b.failed);
	buf_clear(&b);
	CHECK(!b.failed);
	buf_printf(&b, "%s", "123456");
	CHECK(b.failed);
	CHECK_TEXT(buf_text(&b), "");
	buf_char(&b, 'x');
	CHECK_INT(b.len, 0);
	buf_finish(&b);
}

static void stealing(void)
{
	struct buf b = BUF_INIT;
	size_t n = 99;
	char *taken = buf_steal(&b, &n);

	CHECK_TEXT(taken, "");
	CHECK_INT(n, 0);
	free(taken);
	buf_str(&b, "mine");
	taken = buf_steal(&b, &n);
	CHECK_TEXT(taken, "mine");
	CHECK_INT(n, 4);
	CHECK(b.data == NULL && b.len == 0);
	free(taken);
	buf_str(&b, "next");
	taken = buf_steal(&b, NULL);
	CHECK_TEXT(taken, "next");
	free(taken);
	buf_finish(&b);
}

static void reserve_all(void *b)
{
	buf_reserve(b, (size_t)-1);
}

static void overflow_aborts(void)
{
	struct buf b = BUF_INIT;

	buf_str(&b, "x");
	CHECK(unit_aborts(reserve_all, &b));
	buf_finish(&b);
}

CU_TestInfo unit_tests[] = {
	{ "adding", adding },
	{ "growing and clearing", growing },
	{ "going over the limit sticks", limit_sticks },
	{ "stealing", stealing },
	{ "overflow aborts", overflow_aborts },
	CU_TEST_INFO_NULL,
};
