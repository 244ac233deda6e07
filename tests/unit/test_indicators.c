/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Periods, the dictionary, checks, CSV and trends of indicators. */
#include "../../modules/metrics/checks.h"
#include "../../modules/metrics/table.h"
#include "../../modules/metrics/trend.h"
#include "unit.h"

static struct arena *a;
static struct dictionary *d;

static void setup(void)
{
	struct error err = { 0 };

	if (a)
		return;
	a = arena_create();
	d = dictionary_load(unit_source("content/indicators/indicators.xml"),
		unit_source("schemas/dictionary/indicators.rng"), &err);
	CHECK_TEXT(err.text, "");
	NEED(d != NULL);
}

static struct period period(const char *text)
{
	struct period p = { 0, 0 };

	CHECK(period_parse(text, &p));
	return p;
}

static void periods(void)
{
	static const char *const bad[] = { "", "2026-", "2026-1", "2026-13", "2026-00", "26-01", "1899", "2200", "2026/01",
		"2026-01-01", "abcd", " 2026" };
	struct period p;
	char text[PERIOD_SIZE];

	setup();
	for (size_t i = 0; i < COUNT(bad); i++)
		CHECK(!period_parse(bad[i], &p));
	period_text(period_add(period("2026-01"), -1), text);
	CHECK_TEXT(text, "2025-12");
	period_text(period_add(period("2026-12"), 14), text);
	CHECK_TEXT(text, "2028-02");
	period_text(period_add(period("2026"), -1), text);
	CHECK_TEXT(text, "2025");
	CHECK_INT(period_between(period("2025-11"), period("2026-02")), 3);
	CHECK_INT(period_between(period("2026-02"), period("2025-11")), -3);
	CHECK(period_compare(period("2026"), period("2026-01")) < 0);
	CHECK(period_compare(period("2026-12"), period("2027")) < 0);
	CHECK_INT(period_end_us(period("1969-12")), 0);
	CHECK_INT(period_end_us(period("2024-02")) / 1000000, 1709251200); /* a leap year's 1 March */
	CHECK_INT(period_end_us(period("2025")) / 1000000, 1767225600);
	period_text(period_last(1767225600000000, true), text);
	CHECK_TEXT(text, "2025-12");
	period_text(period_last(1767225599000000, true), text);
	CHECK_TEXT(text, "2025-11");
	period_text(period_last(1767225600000000, false), text);
	CHECK_TEXT(text, "2025");
	CHECK_TEXT(period_human(a, period("2026-03")), "March 2026");
}

#define HEAD "<indicators xmlns='urn:commonweal:indicators:1' version='1' adopted='2026-01-01'>"
#define ONE(id, more) "<indicator id='" id "' family='outcome' direction='lower' due='15' most='10' " more ">" \
	"<label>L</label><unit>u</unit><definition>D</definition><source>S</source></indicator>"

static void refuse(const char *xml, const char *words)
{
	struct error err = { 0 };

	CHECK(dictionary_load(unit_file("d.xml", xml), unit_source("schemas/dictionary/indicators.rng"), &err) == NULL);
	CHECK_HAS(err.text, words);
}

static void dictionaries(void)
{
	struct error err = { 0 };

	setup();
	CHECK(d->n >= 14 && d->n <= INDICATORS_MAX);
	const struct indicator *in = dictionary_find(d, "group-homicides");
	NEED(in && in->part_of);
	CHECK_TEXT(in->part_of->id, "homicides");
	CHECK(dictionary_find(d, "homicides")->per_population && dictionary_find(d, "homicides")->public_yearly);
	CHECK(dictionary_find(d, "absent") == NULL);
	for (size_t i = 0; i < d->n; i++)
		CHECK(d->indicators[i].label && d->indicators[i].definition && d->indicators[i].source && d->indicators[i].due_days);
	refuse("<x/>", "d.xml");
	refuse("<indicators", "d.xml:1");
	refuse(HEAD "</indicators>", "d.xml:1");
	refuse(HEAD ONE("a", "") ONE("a", "") "</indicators>", "twice");
	refuse(HEAD ONE("a", "part-of='b'") "</indicators>", "no indicator 'b'");
	refuse(HEAD ONE("a", "colour='b'") "</indicators>", "d.xml:1");
	refuse(HEAD ONE("a", "") ONE("b", "") ONE("c", "") ONE("d", "") ONE("e", "") ONE("f", "") ONE("g", "") ONE("h", "")
		ONE("i", "") ONE("j", "") ONE("k", "") ONE("l", "") ONE("m", "") ONE("n", "") ONE("o", "") ONE("p", "")
		"</indicators>", "at most 15");
	CHECK(dictionary_load(unit_path("absent.xml"), unit_source("schemas/dictionary/indicators.rng"), &err) == NULL);
	CHECK_HAS(err.text, "absent.xml");
}

static const char *number(const char *typed, int64_t expected)
{
	const char *wrong;
	int64_t value;

	CHECK(check_number(a, typed, &value, &wrong) == (wrong == NULL));
	if (!wrong)
		CHECK_INT(value, expected);
	return wrong ? wrong : "";
}

static void checks(void)
{
	static const int64_t usual[] = { 10, 12, 9, 11, 10, 13, 8, 10 }, none[8] = { 0 };
	const struct indicator *in, *people;

	setup();
	in = dictionary_find(d, "homicides");
	people = dictionary_find(d, "population");
	number("", -1);
	number(" 12 ", 12);
	number("1,204", 1204);
	number("0", 0);
	CHECK_HAS(number("-1", 0), "whole number");
	CHECK_HAS(number("1.5", 0), "whole number");
	CHECK_HAS(number("many", 0), "\"many\"");
	CHECK_HAS(number("99999999999999999999999", 0), "whole number");
	CHECK(check_range(a, in, period("2026-01"), 1000, period_end_us(period("2026-01"))) == NULL);
	CHECK_HAS(check_range(a, in, period("2026-01"), 1000, period_end_us(period("2026-01")) - 1), "not over");
	CHECK_HAS(check_range(a, in, period("2026-01"), 1001, INT64_MAX), "more than the 1000");
	CHECK(check_range(a, in, period("2025"), 12000, INT64_MAX) == NULL);
	CHECK_HAS(check_range(a, people, period("2026-01"), 5, INT64_MAX), "for a year");
	CHECK_HAS(check_part(a, dictionary_find(d, "group-homicides"), 3, 2), "cannot be more than");
	CHECK(check_part(a, dictionary_find(d, "group-homicides"), 2, 2) == NULL);
	CHECK(check_history(a, usual, 8, 20) == NULL);
	CHECK_HAS(check_history(a, usual, 8, 40), "Unusual");
	CHECK(check_history(a, usual, 5, 400) == NULL); /* too few to judge by */
	CHECK(check_history(a, none, 8, 4) == NULL);
	CHECK_HAS(check_history(a, none, 8, 5), "Unusual");
}

static struct table t;

static const char *read_table(const char *text)
{
	static struct error err;

	memset(&err, 0, sizeof err);
	table_read(d, a, text, strlen(text), INT64_MAX, &t, &err);
	return err.text;
}

static void tables(void)
{
	struct figure figures[] = { { .indicator = "homicides", .period = { 2025, 1 }, .value = 4 } };
	struct history stored = { figures, 1 };
	size_t n;

	setup();
	CHECK_TEXT(read_table("period,homicides,shootings\n2025-01,3,\n2025-02,\"1,004\",7\n"), "");
	CHECK_INT(t.n, 2);
	CHECK_INT(t.n_problems, 1); /* 1,004 is above what a month may have */
	CHECK_INT(t.problems[0].line, 3);
	CHECK_TEXT(t.problems[0].column, "homicides");
	CHECK_TEXT(read_table("\xef\xbb\xbfIndicator;Period;Value;Reason\r\nHomicides;2025-01;5;counted again\r\n"), "");
	CHECK_INT(t.n_problems, 0);
	table_check(d, a, &t, NULL, &stored);
	CHECK(t.figures[0].corrects && t.figures[0].old == 4 && t.unexplained == 0);
	struct figure_change *c = table_changes(a, &t, NULL, "else", &n);
	CHECK_INT(n, 1);
	CHECK_TEXT(c[0].reason, "counted again");
	CHECK_TEXT(read_table("period,homicides,group-homicides\n2025-01,2,3\n2025-03,2,2\n2025-03,2,2\n"), "");
	table_check(d, a, &t, NULL, &stored);
	CHECK_INT(t.n_problems, 4); /* a part above its whole, told of both; two twice */
	CHECK_INT(t.unexplained, 1);
	CHECK_TEXT(read_table("period,homicides\n2025-01,4\n"), "");
	table_check(d, a, &t, NULL, &stored);
	CHECK(t.figures[0].same && !t.figures[0].corrects);
	CHECK_TEXT(read_table("period,group-homicides\n2025-01,5\n"), "");
	table_check(d, a, &t, NULL, &stored); /* against what is stored */
	CHECK_INT(t.n_problems, 1);
	CHECK_HAS(read_table(""), "empty");
	CHECK_HAS(read_table("period,homicides\n"), "no figure");
	CHECK_HAS(read_table("period\n2025\n"), "either the columns");
	CHECK_HAS(read_table("homicides\n3\n"), "no column period");
	CHECK_HAS(read_table("period,murders\n2025,3\n"), "\"murders\"");
	CHECK_HAS(read_table("period,period,homicides\n2025,2025,3\n"), "twice");
	CHECK_HAS(read_table("period,homicides\n2025,\"3\n"), "Line 2");
	CHECK_HAS(read_table("period,homicides\n2025,\"3\"x\n"), "after the closing");
	CHECK_HAS(read_table("period,homicides\n2025,\xff\n"), "UTF-8");
	read_table("period,homicides\n2025,3,4\n2025-14,3\n2025,-3\n");
	CHECK_INT(t.n_problems, 3);
	CHECK_INT(t.problems[1].line, 3);
	/* More problems than are listed are counted. */
	struct buf b = BUF_INIT;
	buf_str(&b, "period,homicides\n");
	for (int i = 0; i < 70; i++)
		buf_str(&b, "x,1\n");
	read_table(buf_text(&b));
	buf_finish(&b);
	CHECK_INT(t.n_problems, TABLE_PROBLEMS_MAX);
	CHECK_INT(t.more, 20);
}

static void trends(void)
{
	struct figure figures[40];
	struct trend trend;
	size_t n = 0;
	double rate;

	setup();
	figures[n++] = (struct figure){ .indicator = "homicides", .period = { 2022, 0 }, .value = 50 };
	for (int i = 0; i < 26; i++)
		if (i != 13)
			figures[n++] = (struct figure){ .indicator = "homicides", .period = period_add(period("2023-01"), i), .value = i };
	figures[n++] = (struct figure){ .indicator = "population", .period = { 2020, 0 }, .value = 100000 };
	figures[n++] = (struct figure){ .indicator = "population", .period = { 2023, 0 }, .value = 200000 };
	struct history h = { figures, n };
	CHECK_INT(history_people(&h, 2019, 7), 7);
	CHECK_INT(history_people(&h, 2020, 7), 100000);
	CHECK_INT(history_people(&h, 2022, 7), 100000);
	CHECK_INT(history_people(&h, 2030, 7), 200000);
	CHECK(history_quarter(&h, "homicides", 2023, 2, &rate) && rate == 3 + 4 + 5);
	CHECK(!history_quarter(&h, "homicides", 2024, 1, &rate)); /* February is missing */
	CHECK(!history_quarter(&h, "population", 2023, 1, &rate));
	trend_make(a, dictionary_find(d, "homicides"), true, &h, 0, &trend);
	CHECK_INT(trend.n, 26);
	CHECK(!trend.points[13].has && !trend.points[24].has_twelve && trend.points[25].has_twelve);
	CHECK_INT(trend.points[11].twelve, 66);
	CHECK(trend_rate(&trend, &trend.points[11], &rate));
	CHECK(rate > 32.999 && rate < 33.001);
	CHECK(!trend_rate(&trend, &trend.points[10], &rate));
	CHECK_HAS(trend_words(a, &trend), "66 in the twelve months to December 2023");
	struct figure_mark marks[] = { { "x", "2023-06-01", "First <call-in>" }, { "y", "1990-01-01", "Before" } };
	const char *svg = trend_chart(a, &trend, marks, 2, false, 720).html;
	CHECK_HAS(svg, "First &lt;call-in&gt;");
	CHECK_LACKS(svg, "Before");
	CHECK_HAS(svg, "March 2023: 2");
	trend_make(a, dictionary_find(d, "homicides"), false, &h, 0, &trend);
	CHECK_INT(trend.n, 1);
	CHECK(trend_rate(&trend, &trend.points[0], &rate) && rate > 49.9 && rate < 50.1); /* 2020's population */
	trend_make(a, dictionary_find(d, "shootings"), true, &h, 0, &trend);
	CHECK_INT(trend.n, 0);
	CHECK(trend_chart(a, &trend, NULL, 0, false, 320).html == NULL);
	dictionary_destroy(d);
	arena_destroy(a);
	a = NULL;
}

CU_TestInfo unit_tests[] = {
	{ "periods", periods },
	{ "dictionaries", dictionaries },
	{ "checks", checks },
	{ "tables", tables },
	{ "trends", trends },
	CU_TEST_INFO_NULL,
};
