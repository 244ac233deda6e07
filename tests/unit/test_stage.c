/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "../../modules/evidence/rating.h"
#include "unit.h"

#define E LEVEL_EFFECTIVE
#define P LEVEL_PROMISING
#define N LEVEL_NO_EFFECT
#define H LEVEL_HARMFUL
#define I LEVEL_INCONCLUSIVE

static void rule(void)
{
	static const struct {
		enum level levels[4];
		int64_t sources[4];
		size_t n, evaluations;
		const char *stage;
	} cases[] = {
		{ { 0 }, { 0 }, 0, 0, "untested" },
		{ { 0 }, { 0 }, 0, 3, "unrated" },
		{ { I, I }, { 1, 2 }, 2, 2, "inconclusive" },
		{ { E }, { 1 }, 1, 1, "promising" },
		{ { E, E }, { 1, 1 }, 2, 1, "promising" }, /* twice in one study is one study */
		{ { E, E }, { 1, 2 }, 2, 2, "effective" },
		{ { E, P, E, I }, { 1, 1, 2, 3 }, 4, 3, "effective" },
		{ { P, P }, { 1, 2 }, 2, 2, "promising" },
		{ { E, E, N }, { 1, 2, 3 }, 3, 3, "mixed" },
		{ { P, H }, { 1, 1 }, 2, 1, "mixed" },
		{ { N, I }, { 1, 2 }, 2, 2, "no-effect" },
		{ { N, H }, { 1, 2 }, 2, 2, "harmful" },
	};

	for (size_t i = 0; i < COUNT(cases); i++)
		CHECK_TEXT(stage_of(cases[i].levels, cases[i].sources, cases[i].n, cases[i].evaluations)->name, cases[i].stage);
}

static void names(void)
{
	for (int l = LEVEL_EFFECTIVE; l < LEVEL_COUNT; l++)
		CHECK_INT(level_parse(level_name((enum level)l)), l);
	CHECK_INT(level_parse(""), LEVEL_NONE);
	CHECK_INT(level_parse(NULL), LEVEL_NONE);
	CHECK_INT(level_parse("superb"), LEVEL_NONE);
}

CU_TestInfo unit_tests[] = {
	{ "the stage follows from the ratings", rule },
	{ "names of levels", names },
	CU_TEST_INFO_NULL
};
