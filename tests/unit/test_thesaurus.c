/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "thesaurus.h"
#include "unit.h"

static void reading(void)
{
	struct error err = { 0 };
	struct thesaurus *t = thesaurus_load(unit_file("good.txt", "# comment\n\n"
		"DMI | Drug Market Intervention |  drug-market strategy # why\r\n"
		"call-in | forum\n   \ngang|group"), &err);
	size_t n;

	NEED(t != NULL);
	const struct thesaurus_entry *all = thesaurus_entries(t, &n);
	NEED(n == 7);
	CHECK_TEXT(all[0].term, "dmi");
	CHECK_TEXT(all[0].shown, "DMI");
	CHECK_TEXT(all[1].term, "drug market intervention");
	CHECK_TEXT(all[1].shown, "Drug Market Intervention");
	CHECK_TEXT(all[2].term, "drug market strategy");
	CHECK_TEXT(all[2].shown, "drug-market strategy");
	CHECK(all[0].group == all[1].group && all[1].group == all[2].group);
	CHECK(all[3].group != all[2].group && all[3].group == all[4].group && all[5].group != all[4].group);
	for (size_t i = 1; i < n; i++)
		CHECK(all[i].group >= all[i - 1].group);
	CHECK(thesaurus_find(t, "dmi") == &all[0]);
	CHECK(thesaurus_find(t, "call in") == &all[3]);
	CHECK(thesaurus_find(t, "call ins") == &all[3]); /* plural */
	CHECK(thesaurus_find(t, "gangs") == &all[5]);
	CHECK(thesaurus_find(t, "gan") == NULL);
	CHECK(thesaurus_find(t, "gangss") == NULL);
	CHECK(thesaurus_find(t, "") == NULL);
	thesaurus_destroy(t);
}

static void none(void)
{
	struct error err = { 0 };
	struct thesaurus *t = thesaurus_load(NULL, &err);
	size_t n = 9;

	NEED(t != NULL);
	thesaurus_entries(t, &n);
	CHECK_INT(n, 0);
	CHECK(thesaurus_find(t, "x") == NULL);
	thesaurus_destroy(t);
	t = thesaurus_load(unit_file("empty.txt", ""), &err);
	NEED(t != NULL);
	thesaurus_destroy(t);
	thesaurus_destroy(NULL);
}

static void bad(const char *text, const char *at, const char *part)
{
	struct error err = { 0 };
	const char *path = unit_file("bad.txt", text);
	char where[5000];

	CHECK(thesaurus_load(path, &err) == NULL);
	snprintf(where, sizeof where, "%s:%s: ", path, at);
	CHECK_ERROR(&err, ERROR_INVALID, where);
	CHECK_HAS(err.text, part);
}

static void errors(void)
{
	struct error err = { 0 };
	char longer[4000];

	bad("a | b\nlonely\n", "2", "two terms");
	bad("lonely |\n", "1", "two terms");
	bad("a | b\n\nc | A\n", "3", "'a' stands in the file twice");
	bad("a | a\n", "1", "twice");
	bad("a | b\nc | \xff\n", "2", "UTF-8");
	memset(longer, 'x', sizeof longer);
	longer[sizeof longer - 1] = '\0';
	bad(longer, "1", "too long");
	CHECK(thesaurus_load(unit_path("absent.txt"), &err) == NULL);
	CHECK_ERROR(&err, ERROR_INVALID, "absent.txt");
	error_clear(&err);
	CHECK(thesaurus_load(unit_folder(), &err) == NULL); /* a folder is no file */
	CHECK_ERROR(&err, ERROR_INVALID, unit_folder());
}

/* The one that the project ships. */
static void shipped(void)
{
	struct error err = { 0 };
	struct thesaurus *t = thesaurus_load(unit_source("content/thesaurus/thesaurus.txt"), &err);
	size_t n = 0;

	CHECK_ERROR(&err, ERROR_NONE, "");
	NEED(t != NULL);
	thesaurus_entries(t, &n);
	CHECK(n > 20);
	CHECK(thesaurus_find(t, "dmi") != NULL);
	thesaurus_destroy(t);
}

CU_TestInfo unit_tests[] = {
	{ "reading", reading },
	{ "none", none },
	{ "errors name file and line", errors },
	{ "the shipped file", shipped },
	CU_TEST_INFO_NULL,
};
