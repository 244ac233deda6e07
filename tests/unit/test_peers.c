/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How alike two jurisdictions are. */
#include "../../modules/peers/match.h"
#include "unit.h"

static struct arena *a;
static const struct peer_facts nothing = { 0, -1, 0, PEER_STAGE_UNKNOWN, -1 };
static const struct peer_facts all = { 296000, 2, PEER_GROUP_VIOLENCE, PEER_RUNNING, 18 };

static int points(struct peer_facts own, struct peer_facts other, enum peer_factor f)
{
	struct peer_match m;

	peer_match(a, &own, &other, &m);
	return m.reasons[f].points;
}

static const char *words(struct peer_facts own, struct peer_facts other, enum peer_factor f)
{
	struct peer_match m;

	peer_match(a, &own, &other, &m);
	return m.reasons[f].words;
}

#define PEOPLE(n) ((struct peer_facts){ .people = (n), .band = -1, .months = -1 })
#define BAND(b) ((struct peer_facts){ .band = (b), .months = -1 })
#define USES(s) ((struct peer_facts){ .strategies = (s), .band = -1, .months = -1 })
#define AT(s) ((struct peer_facts){ .stage = (s), .band = -1, .months = -1 })
#define SINCE(m) ((struct peer_facts){ .months = (m), .band = -1 })

static void weights(void)
{
	int sum = 0;

	a = a ? a : arena_create();
	for (int f = 0; f < PEER_FACTORS; f++) {
		sum += peer_factor_weight((enum peer_factor)f);
		CHECK_INT(peer_factor_parse(peer_factor_word((enum peer_factor)f)), f);
	}
	CHECK_INT(sum, 100);
	CHECK_INT(peer_factor_parse(NULL), PEER_FACTORS);
	CHECK_INT(peer_factor_parse("populatio"), PEER_FACTORS);
	for (int s = PEER_EXPLORING; s < PEER_STAGES; s++)
		CHECK_INT(peer_stage_parse(peer_stage_word((enum peer_stage)s)), s);
	CHECK_INT(peer_stage_parse(""), PEER_STAGE_UNKNOWN);
}

static void population(void)
{
	CHECK_INT(points(PEOPLE(1000), PEOPLE(1000), PEER_POPULATION), 30);
	CHECK_INT(points(PEOPLE(1000), PEOPLE(2000), PEER_POPULATION), 15);
	CHECK_INT(points(PEOPLE(2000), PEOPLE(1000), PEER_POPULATION), 15);
	CHECK_INT(points(PEOPLE(1000), PEOPLE(4000), PEER_POPULATION), 0);
	CHECK_INT(points(PEOPLE(1), PEOPLE(40000000), PEER_POPULATION), 0);
	CHECK_INT(points(PEOPLE(0), PEOPLE(0), PEER_POPULATION), 0);
	CHECK_TEXT(words(PEOPLE(296000), PEOPLE(310000), PEER_POPULATION), "Population 310,000, yours 296,000");
	CHECK_TEXT(words(PEOPLE(0), PEOPLE(5), PEER_POPULATION), "Population: not known of you");
	CHECK_TEXT(words(PEOPLE(5), PEOPLE(0), PEER_POPULATION), "Population: not known of them");
	CHECK_TEXT(words(PEOPLE(0), PEOPLE(0), PEER_POPULATION), "Population: not known of either");
}

static void problem(void)
{
	static const struct { double rate; int band; } bands[] = { { 0, 0 }, { 4.99, 0 }, { 5, 1 }, { 9.9, 1 }, {
		10, 2 },
		{ 19.99, 2 }, { 20, 3 }, { 40, 4 }, { 4000, 4 } };

	for (size_t i = 0; i < COUNT(bands); i++)
		CHECK_INT(peer_band(bands[i].rate), bands[i].band);
	CHECK_INT(points(BAND(2), BAND(2), PEER_PROBLEM), 25);
	CHECK_INT(points(BAND(2), BAND(3), PEER_PROBLEM), 13);
	CHECK_INT(points(BAND(1), BAND(3), PEER_PROBLEM), 0);
	CHECK_INT(points(BAND(0), BAND(-1), PEER_PROBLEM), 0);
	CHECK_TEXT(words(BAND(2), BAND(0), PEER_PROBLEM), "Homicides a year per 100,000 people: under 5, yours 10 "
		"to under 20");
}

static void strategy(void)
{
	CHECK_INT(points(USES(PEER_GROUP_VIOLENCE), USES(PEER_GROUP_VIOLENCE), PEER_STRATEGY), 20);
	CHECK_INT(points(USES(PEER_GROUP_VIOLENCE), USES(3), PEER_STRATEGY), 10);
	CHECK_INT(points(USES(PEER_GROUP_VIOLENCE), USES(PEER_DRUG_MARKET), PEER_STRATEGY), 0);
	CHECK_INT(points(USES(0), USES(PEER_DRUG_MARKET), PEER_STRATEGY), 0);
	CHECK_TEXT(words(USES(3), USES(PEER_GROUP_VIOLENCE), PEER_STRATEGY), "Both use the group violence strategy");
	CHECK_TEXT(words(USES(1), USES(2), PEER_STRATEGY), "They use the drug market strategy, you the group "
		"violence strategy");
}

static void stage(void)
{
	CHECK_INT(points(AT(PEER_RUNNING), AT(PEER_RUNNING), PEER_STAGE), 10);
	CHECK_INT(points(AT(PEER_RUNNING), AT(PEER_SUSTAINING), PEER_STAGE), 5);
	CHECK_INT(points(AT(PEER_RESTARTING), AT(PEER_STARTING), PEER_STAGE), 5);
	CHECK_INT(points(AT(PEER_SUSTAINING), AT(PEER_RESTARTING), PEER_STAGE), 0);
	CHECK_INT(points(AT(PEER_RESTARTING), AT(PEER_PAUSED), PEER_STAGE), 0);
	CHECK_INT(points(AT(PEER_PLANNING), AT(PEER_RUNNING), PEER_STAGE), 0);
	CHECK_INT(points(AT(PEER_STAGE_UNKNOWN), AT(PEER_STAGE_UNKNOWN), PEER_STAGE), 0);
}

static void call_in(void)
{
	const int64_t october = 1792800000LL * 1000000; /* 2026-10-24 */

	CHECK_INT(points(SINCE(18), SINCE(18), PEER_CALL_IN), 15);
	CHECK_INT(points(SINCE(18), SINCE(0), PEER_CALL_IN), 8);
	CHECK_INT(points(SINCE(0), SINCE(36), PEER_CALL_IN), 0);
	CHECK_INT(points(SINCE(0), SINCE(400), PEER_CALL_IN), 0);
	CHECK_INT(points(SINCE(-1), SINCE(-1), PEER_CALL_IN), 0);
	CHECK_TEXT(words(SINCE(18), SINCE(14), PEER_CALL_IN), "First call-in 14 months ago, yours 18 months ago");
	CHECK_TEXT(words(SINCE(0), SINCE(1), PEER_CALL_IN), "First call-in 1 month ago, yours this month");
	CHECK_INT(peer_months("2026-10", october), 0);
	CHECK_INT(peer_months("2025-04", october), 18);
	CHECK_INT(peer_months("2026-11", october), -1);
	CHECK_INT(peer_months("2025", october), -1);
	CHECK_INT(peer_months("2025-13", october), -1);
	CHECK_INT(peer_months("2025-4 ", october), -1);
	CHECK_INT(peer_months(NULL, october), -1);
}

/* The order of the two plays no part in the points, and each more that is known never takes any away. */
static void whole(void)
{
	struct peer_facts other = { 310000, 2, PEER_GROUP_VIOLENCE, PEER_SUSTAINING, 14 }, less = other;
	struct peer_match one, two;

	peer_match(a, &all, &all, &one);
	CHECK_INT(one.points, 100);
	CHECK_INT(one.compared, PEER_FACTORS);
	peer_match(a, &all, &other, &one);
	peer_match(a, &other, &all, &two);
	CHECK_INT(one.points, two.points);
	peer_match(a, &nothing, &other, &two);
	CHECK_INT(two.points, 0);
	CHECK_INT(two.compared, 0);
	less.band = -1;
	peer_match(a, &all, &less, &two);
	CHECK_INT(two.compared, PEER_FACTORS - 1);
	CHECK_INT(two.points, one.points - 25);
	for (int f = 0; f < PEER_FACTORS; f++)
		CHECK(one.reasons[f].words && *one.reasons[f].words);
	CHECK_TEXT(peer_number(a, 1234567), "1,234,567");
	CHECK_TEXT(peer_number(a, 999), "999");
	arena_destroy(a);
	a = NULL;
}

CU_TestInfo unit_tests[] = { { "weights and words", weights }, { "population", population }, {
	"level of the problem", problem },
	{ "strategy", strategy }, { "stage", stage }, { "first call-in", call_in }, { "all together", whole },
	CU_TEST_INFO_NULL };
