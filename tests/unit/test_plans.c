/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Plans: days and dates, the words of a step, and what a revised guide changes. */
#include "../../modules/plans/plans.h"
#include "unit.h"

static struct arena *a;

static void setup(void)
{
	if (!a)
		a = arena_create();
}

static void days(void)
{
	static const char *const bad[] = { "", "2026", "2026-02", "2026-02-30", "2026-2-3", "1999-12-31", "2200-01-01",
		"2026-12-07T10:00", "26-12-07", "2026/12/07" };
	char text[11];
	int day, again;

	setup();
	CHECK(plan_day("2000-01-01", &day));
	CHECK_INT(day, 10957);
	CHECK(plan_day("2026-11-25", &day));
	CHECK_INT(day, 20782);
	for (size_t i = 0; i < COUNT(bad); i++)
		CHECK(!plan_day(bad[i], &day));
	CHECK(!plan_day(NULL, &day));
	/* Every day of two centuries, there and back. */
	for (int d = 10957; d < 10957 + 73000; d++) {
		plan_date(d, text);
		if (!plan_day(text, &again) || again != d) {
			CHECK_INT(again, d);
			return;
		}
	}
	CHECK_TEXT(plan_later(a, "2028-02-28", 1), "2028-02-29");
	CHECK_TEXT(plan_later(a, "2027-02-28", 1), "2027-03-01");
	CHECK_TEXT(plan_later(a, "2027-01-01", -1), "2026-12-31");
	CHECK(plan_later(a, NULL, 1) == NULL);
}

static void weeks(void)
{
	static const int apart[] = { 1, 0, 2, 104 };
	const char *dates[4];
	char text[11];
	int day;

	setup();
	plan_propose(a, "2031-01-06", apart, 4, dates);
	CHECK_TEXT(dates[0], "2031-01-13");
	CHECK_TEXT(dates[1], "2031-01-13");
	CHECK_TEXT(dates[2], "2031-01-27");
	CHECK_TEXT(dates[3], "2033-01-24");
	/* 22 to 28 November 2026, a Sunday to a Saturday, and the Monday after each. */
	plan_day("2026-11-22", &day);
	for (int i = 0; i < 7; i++) {
		plan_date(plan_next_monday(day + i), text);
		CHECK_TEXT(text, i == 0 ? "2026-11-23" : "2026-11-30");
	}
	/* Nobody is late before the day is over in Hawaii. */
	plan_today(20782 * 86400LL * 1000000 + 10 * 3600LL * 1000000 - 1, text);
	CHECK_TEXT(text, "2026-11-24");
	plan_today(20782 * 86400LL * 1000000 + 10 * 3600LL * 1000000, text);
	CHECK_TEXT(text, "2026-11-25");
	CHECK_INT(plan_day_end_us("2026-11-25"), 20783 * 86400LL * 1000000 - 60000000);
	CHECK_INT(plan_day_end_us("x"), 0);
}

static void words(void)
{
	for (int s = STEP_NOT_STARTED; s <= STEP_NOT_FOR_US; s++)
		CHECK_INT(step_status_parse(step_status_word((enum step_status)s)), s);
	CHECK_INT(step_status_parse("nonsense"), 0);
	CHECK_INT(step_status_parse(NULL), 0);
	CHECK(step_is_open(STEP_BLOCKED) && !step_is_open(STEP_DONE) && !step_is_open(STEP_NOT_FOR_US));
	CHECK(step_status_needs_reason(STEP_BLOCKED) && step_status_needs_reason(STEP_NOT_FOR_US));
	CHECK(!step_status_needs_reason(STEP_DONE));
	CHECK_TEXT(plan_body_proposed("governing-board project-manager"), "governing-board");
	CHECK_TEXT(plan_body_proposed("research project-manager"), "project-manager");
	CHECK(plan_body_proposed("law-enforcement community") == NULL);
	CHECK(plan_body_proposed("") == NULL);
	CHECK_TEXT(plan_body_name("governing-board"), "Governing board");
	CHECK(plan_body_name("mayor") == NULL && plan_body_name(NULL) == NULL);
	CHECK(plan_has_word("homicides group-homicides", "homicides"));
	CHECK(!plan_has_word("group-homicides", "homicides"));
	CHECK(!plan_has_word("homicides-x", "homicides"));
	CHECK(plan_has_word("group-homicides homicides", "homicides"));
	CHECK(!plan_has_word("", "x") && !plan_has_word(NULL, "x") && !plan_has_word("x", ""));
}

#define GUIDE "{\"steps\":[" \
	"{\"slug\":\"one\",\"title\":\"One\",\"role\":\"community\",\"text\":{\"html\":\"<p>A</p>\",\"text\":\"A\"},\"resources\":[\"x\",\"y\"]}," \
	"{\"slug\":\"two\",\"title\":\"Two\",\"text\":{\"html\":\"<p>B</p>\",\"text\":\"B\"}}," \
	"{\"slug\":\"three\",\"title\":\"Three\",\"text\":{\"html\":\"<p>C</p>\",\"text\":\"C\"}}]}"

static void guides(void)
{
	struct guide_step *g, *later;
	struct guide_change *changes;
	struct error err = { 0 };
	size_t n, n_later, n_changes;

	setup();
	NEED(guide_steps(a, GUIDE, &g, &n, &err));
	CHECK_INT(n, 3);
	CHECK_TEXT(g[0].resources, "x\ny");
	CHECK_TEXT(g[0].roles, "community");
	CHECK_TEXT(g[1].roles, "");
	CHECK_TEXT(g[2].html, "<p>C</p>");
	/* Adopted, with an own step between. */
	struct plan_step mine[4] = { { .guide_slug = "one", .guide_hash = g[0].hash, .status = STEP_DONE }, { .title = "Own" },
		{ .guide_slug = "two", .guide_hash = g[1].hash, .status = STEP_NOT_STARTED },
		{ .guide_slug = "three", .guide_hash = g[2].hash, .status = STEP_NOT_STARTED } };
	guide_compare(a, g, n, mine, 4, NULL, 0, &changes, &n_changes);
	CHECK_INT(n_changes, 0);
	/* The guide: one new, one changed, one gone. */
	NEED(guide_steps(a, "{\"steps\":[{\"slug\":\"one\",\"title\":\"One\",\"role\":\"community\",\"text\":{\"html\":\"<p>A</p>\",\"text\":\"A\"},"
		"\"resources\":[\"x\"]},{\"slug\":\"new\",\"title\":\"New\",\"text\":{\"html\":\"<p>N</p>\",\"text\":\"N\"}},"
		"{\"slug\":\"two\",\"title\":\"Two\",\"text\":{\"html\":\"<p>B</p>\",\"text\":\"B\"}}]}", &later, &n_later, &err));
	guide_compare(a, later, n_later, mine, 4, NULL, 0, &changes, &n_changes);
	NEED(n_changes == 3);
	CHECK_INT(changes[0].kind, GUIDE_CHANGED);
	CHECK(changes[0].mine == &mine[0]);
	CHECK_INT(changes[1].kind, GUIDE_NEW);
	CHECK_TEXT(changes[1].after, "one");
	CHECK_INT(changes[2].kind, GUIDE_GONE);
	CHECK(changes[2].mine == &mine[3]);
	/* Not wanted: by that text alone. And what is not for us anyway needs no word. */
	struct guide_declined declined[] = { { "new", later[1].hash }, { "one", "another" } };
	mine[3].status = STEP_NOT_FOR_US;
	guide_compare(a, later, n_later, mine, 4, declined, 2, &changes, &n_changes);
	CHECK_INT(n_changes, 1);
	CHECK_INT(changes[0].kind, GUIDE_CHANGED);
	CHECK_HAS(guide_lines(a, "T", "Text", "research working-group", "x\ny"), "T\nText\nWho: Research, Working group\nYou need:\nx\ny");
	CHECK_TEXT(guide_lines(a, "T", "Text", "", ""), "T\nText");
	/* No guide at all, and nonsense. */
	CHECK(guide_steps(a, NULL, &g, &n, &err));
	CHECK_INT(n, 0);
	CHECK(!guide_steps(a, "{", &g, &n, &err));
	CHECK_ERROR(&err, ERROR_INTERNAL, "cannot be read");
}

static void watched(void)
{
	const char *ids;

	setup();
	ids = guide_indicators(a, "drug-market group-violence");
	CHECK(plan_has_word(ids, "group-homicides") && plan_has_word(ids, "drug-crime"));
	CHECK(strstr(strstr(ids, "call-ins") + 1, "call-ins") == NULL);
	CHECK_TEXT(guide_indicators(a, "other"), "");
	CHECK_TEXT(guide_indicators(a, NULL), "");
	arena_destroy(a);
	a = NULL;
}

CU_TestInfo unit_tests[] = {
	{ "days", days },
	{ "weeks", weeks },
	{ "words of a step", words },
	{ "a guide and its later version", guides },
	{ "indicators that fit", watched },
	CU_TEST_INFO_NULL
};
