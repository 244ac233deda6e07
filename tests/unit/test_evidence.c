/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "../../modules/evidence/evidence.h"
#include <libxml/parser.h>
#include "unit.h"

static struct outcome *read_text(struct arena *a, const char *json, size_t *n)
{
	json_t *o = json_loads(json, 0, NULL);
	struct outcome *list = outcomes_read(a, o, n);

	json_decref(o);
	return list;
}

static void reading(void)
{
	struct arena *a = arena_create();
	size_t n;
	struct outcome *o = read_text(a, "{\"outcomes\":[{\"measure\":\"Shootings\",\"unit\":\"percent\",\"direction\":\"decrease\","
		"\"desired\":\"decrease\",\"effect\":\"-37\",\"low\":\"-52\",\"high\":\"-17\",\"interval\":\"95\"},"
		"{\"measure\":\"Killings\",\"direction\":\"increase\",\"desired\":\"decrease\",\"scale\":\"rate-ratio\","
		"\"effect\":\"1.2\",\"unit\":\"a month\"},{\"measure\":\"Trust\",\"direction\":\"none\"}]}", &n);

	NEED(n == 3);
	CHECK_INT(o[0].scale, SCALE_PERCENT); /* of the unit, as before there were scales */
	CHECK_TEXT(outcome_effect(a, &o[0]), "\xe2\x88\x92" "37 %");
	CHECK_TEXT(outcome_interval(a, &o[0]), "95 % interval \xe2\x88\x92" "52 to \xe2\x88\x92" "17");
	CHECK_TEXT(outcome_finding(&o[0]), "Fell, as wanted");
	CHECK_TEXT(outcome_effect(a, &o[1]), "1.2");
	CHECK(outcome_interval(a, &o[1]) == NULL);
	CHECK_TEXT(outcome_finding(&o[1]), "Rose; a fall was wanted");
	CHECK_TEXT(outcome_finding(&o[2]), "No change");
	CHECK(outcome_effect(a, &o[2]) == NULL && o[2].scale == SCALE_NONE);
	read_text(a, "{}", &n);
	CHECK_INT(n, 0);
	read_text(a, "{\"outcomes\":[{}]}", &n);
	CHECK_INT(n, 1);
	arena_destroy(a);
}

static void check_svg(struct markup m)
{
	xmlDoc *doc = xmlReadMemory(m.html, (int)strlen(m.html), NULL, NULL, XML_PARSE_NONET | XML_PARSE_NOERROR);

	CHECK(doc != NULL);
	xmlFreeDoc(doc);
	CHECK_LACKS(m.html, "nan");
	CHECK_LACKS(m.html, "inf\"");
}

static void plots(void)
{
	struct arena *a = arena_create();
	size_t n;
	struct outcome *o = read_text(a, "{\"outcomes\":[{\"measure\":\"Shootings <b>&\",\"direction\":\"decrease\","
		"\"scale\":\"rate-ratio\",\"effect\":\"0.63\",\"low\":\"0.48\",\"high\":\"0.83\",\"interval\":\"95\"},"
		"{\"measure\":\"Killings\",\"direction\":\"decrease\",\"scale\":\"rate-ratio\",\"effect\":\"0.9\"},"
		"{\"measure\":\"Arrests\",\"direction\":\"decrease\",\"scale\":\"percent-change\",\"effect\":\"-100\"}]}", &n);
	struct finding list[3] = { { .outcome = &o[0], .title = "T", .place = "P" }, { .outcome = &o[1], .title = "T" },
		{ .outcome = &o[2], .title = "T" } };

	struct markup wide = forest_draw(a, "w", CHART_WIDE, SCALE_RATE_RATIO, list, 3, false);
	check_svg(wide);
	CHECK_HAS(wide.html, "Shootings &lt;b&gt;&amp;");
	CHECK_HAS(wide.html, "Rate ratio of 2 outcomes: 2 below and 0 above the line of no change. 1 has an interval reported");
	CHECK_HAS(wide.html, "of these, 1 does not reach the line of no change");
	CHECK_HAS(wide.html, "(no interval");
	CHECK_LACKS(wide.html, "Arrests");
	check_svg(forest_draw(a, "n", CHART_NARROW, SCALE_RATE_RATIO, list, 3, true));
	check_svg(forest_draw(a, "p", CHART_NARROW, SCALE_PERCENT, list, 3, true));
	check_svg(forest_draw(a, "e", CHART_WIDE, SCALE_SMD, list, 3, true));
	/* Figures as large as the schema lets them be. */
	o[0].effect = o[0].low = 1e-15;
	o[0].high = 999999999999999.0;
	check_svg(forest_draw(a, "x", CHART_WIDE, SCALE_RATE_RATIO, list, 3, false));
	arena_destroy(a);
}

static void files(void)
{
	struct arena *a = arena_create();
	struct buf b = BUF_INIT;
	size_t n;
	struct outcome *o = read_text(a, "{\"outcomes\":[{\"measure\":\"=HYPERLINK(1)\",\"direction\":\"decrease\","
		"\"scale\":\"percent-change\",\"effect\":\"-37\"}]}", &n);
	struct finding f = { .outcome = o, .title = "One, \"two\"" };

	forest_csv(&b, &f, 1);
	CHECK_HAS(buf_text(&b), "\r\n\"One, \"\"two\"\"\",,,\"'=HYPERLINK(1)\",\"percent-change\",,\"-37\",,,,\"decrease\",,\r\n");
	buf_finish(&b);
	arena_destroy(a);
}

CU_TestInfo unit_tests[] = {
	{ "outcomes are read and said in words", reading },
	{ "forest plots", plots },
	{ "figures as a file", files },
	CU_TEST_INFO_NULL
};
