/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "chart.h"
#include <libxml/parser.h>
#include <math.h>
#include "csv.h"
#include "unit.h"

static void places(void)
{
	struct scale s = scale_linear(-50, 50, 100, 300), back = scale_linear(0, 10, 200, 0);
	struct scale l = scale_log(0.25, 4, 0, 400);

	CHECK(fabs(scale_at(&s, 0) - 200) < 1e-9 && fabs(scale_at(&s, 75) - 350) < 1e-9);
	CHECK(fabs(scale_at(&back, 10)) < 1e-9 && fabs(scale_at(&back, 0) - 200) < 1e-9);
	CHECK(fabs(scale_at(&l, 1) - 200) < 1e-9 && fabs(scale_at(&l, 2) - 300) < 1e-9);
	CHECK(scale_at(&l, 0) == 0 && scale_at(&l, -1) == 0 && scale_at(&s, NAN) == 100);
	CHECK(scale_holds(&s, 50) && !scale_holds(&s, 51));
}

/* Whatever the range, it can be drawn. */
static void odd_ranges(void)
{
	static const double values[] = { 0, 1, -1, 5, 1e-300, -1e300, 1e300, INFINITY, -INFINITY, NAN };
	struct arena *a = arena_create();

	for (size_t i = 0; i < COUNT(values); i++)
		for (size_t j = 0; j < COUNT(values); j++)
			for (int kind = 0; kind < 2; kind++) {
				struct scale s = kind ? scale_log(values[i], values[j], 0, 100) :
					scale_linear(values[i], values[j], 0, 100);
				size_t n;

				CHECK(s.low < s.high && (!kind || s.low > 0));
				scale_ticks(a, &s, 5, &n);
				CHECK(n <= 24);
				CHECK(isfinite(scale_at(&s, s.low)) || isinf(s.high - s.low));
			}
	arena_destroy(a);
}

static void check_ticks(struct scale s, int about, const char *expected)
{
	struct arena *a = arena_create();
	struct buf b = BUF_INIT;
	size_t n;
	struct tick *t = scale_ticks(a, &s, about, &n);

	for (size_t i = 0; i < n; i++) {
		buf_printf(&b, "%s%s", i ? " " : "", t[i].label);
		CHECK(scale_holds(&s, t[i].value) || fabs(scale_at(&s, t[i].value) - s.to) < 1e-6 ||
			fabs(scale_at(&s, t[i].value) - s.from) < 1e-6);
	}
	CHECK_TEXT(buf_text(&b), expected);
	buf_finish(&b);
	arena_destroy(a);
}

#define MINUS "\xe2\x88\x92"

static void ticks(void)
{
	struct scale s = scale_linear(3, 47, 0, 1);

	check_ticks(scale_linear(0, 100, 0, 1), 5, "0 20 40 60 80 100");
	check_ticks(scale_linear(-90, 20, 0, 1), 6, MINUS "80 " MINUS "60 " MINUS "40 " MINUS "20 0 20");
	check_ticks(scale_linear(0, 1, 0, 1), 5, "0.0 0.2 0.4 0.6 0.8 1.0");
	check_ticks(scale_linear(0, 30000, 0, 1), 3, "0 10,000 20,000 30,000");
	check_ticks(scale_log(0.25, 4, 0, 1), 5, "0.25 0.5 1 2 4");
	check_ticks(scale_log(0.001, 1000, 0, 1), 7, "0.001 0.01 0.1 1 10 100 1000");
	check_ticks(scale_log(0.7, 0.95, 0, 1), 4, "0.70 0.75 0.80 0.85 0.90 0.95");
	scale_round(&s, 5);
	CHECK(s.low == 0 && s.high == 50);
}

static void numbers(void)
{
	struct arena *a = arena_create();

	CHECK_TEXT(chart_number(a, -37, 0), MINUS "37");
	CHECK_TEXT(chart_number(a, -0.04, 1), "0.0");
	CHECK_TEXT(chart_number(a, 1234.56, 1), "1234.6");
	CHECK_TEXT(chart_number(a, -1234567.5, 1), MINUS "1,234,567.5");
	CHECK_TEXT(chart_number(a, NAN, 1), "");
	CHECK_TEXT(chart_number_short(a, -55.5), MINUS "55.5");
	CHECK_TEXT(chart_number_short(a, 0.63), "0.63");
	CHECK(strlen(chart_number(a, 1e300, 9)) < 540);
	arena_destroy(a);
}

static void texts(void)
{
	struct arena *a = arena_create();
	const char **lines;
	size_t n;

	CHECK(chart_text_width(NULL, 14, false) == 0);
	CHECK(chart_text_width("WWW", 14, false) > chart_text_width("iii", 14, false));
	CHECK(chart_text_width("WWW", 14, true) > chart_text_width("WWW", 14, false));
	CHECK(chart_text_width("\xc3\xa9", 14, false) < chart_text_width("\xc3\xa9\xc3\xa9", 14, false));
	lines = chart_wrap(a, "Calls for police service in the area", 14, false, 120, 5, &n);
	NEED(n >= 2);
	for (size_t i = 0; i < n; i++)
		CHECK(chart_text_width(lines[i], 14, false) <= 120 && *lines[i] != ' ');
	CHECK_TEXT(lines[0], "Calls for police");
	lines = chart_wrap(a, "Calls for police service in the area", 14, false, 120, 1, &n);
	CHECK_INT(n, 1);
	CHECK_HAS(lines[0], "\xe2\x80\xa6");
	CHECK(chart_text_width(lines[0], 14, false) <= 120);
	chart_wrap(a, "", 14, false, 120, 3, &n);
	CHECK_INT(n, 0);
	/* A word that fits nowhere is broken between letters, and none is lost. */
	lines = chart_wrap(a, "\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9", 14, false, 10, 9, &n);
	CHECK_INT(n, 4);
	CHECK_TEXT(lines[3], "\xc3\xa9");
	arena_destroy(a);
}

static void draw(struct chart *c, struct arena *a, const char *word)
{
	struct scale x = scale_linear(0, 10, 40, 300), y = scale_linear(0, 1, 180, 20);
	const double points[] = { 1, 1, 2, 2, NAN, 3, 4, 4, 5, 5 };
	size_t n;
	struct tick *t = scale_ticks(a, &x, 5, &n), tick = { 1, word };

	chart_begin(c, a, "one", 320, 240, word, word);
	chart_axis_x(c, &x, t, n, 180, 20, word);
	chart_axis_y(c, &y, &tick, 1, 40, 300, word);
	chart_polyline(c, points, 5, "chart-line");
	chart_polygon(c, points, 2, "chart-band");
	chart_rect(c, 1, 1, -5, 3, "chart-band");
	for (int m = MARK_CIRCLE; m <= MARK_ARROW_RIGHT; m++)
		chart_mark(c, m, 50 + 10 * m, NAN, 4, "chart-mark", word);
	chart_lines(c, 1, 2, 16, ANCHOR_END, "chart-name", &word, 1);
}

static void drawing(void)
{
	struct arena *a = arena_create();
	struct chart c;

	draw(&c, a, "</text><script>alert(\"1\")</script>&");
	struct markup m = chart_finish(&c);
	CHECK_HAS(m.html, "<svg class=\"chart\" role=\"img\" viewBox=\"0 0 320 240\"");
	CHECK_HAS(m.html, "aria-labelledby=\"one-title one-desc\"");
	CHECK_HAS(m.html, "<title id=\"one-title\">&lt;/text&gt;&lt;script&gt;");
	CHECK_LACKS(m.html, "<script");
	CHECK_LACKS(m.html, "nan");
	CHECK_HAS(m.html, "d=\"M1.0 1.0L2.0 2.0M4.0 4.0L5.0 5.0\"");
	CHECK_HAS(m.html, "text-anchor=\"end\"");
	/* Well-formed, so that it can stand in any page. */
	xmlDoc *doc = xmlReadMemory(m.html, (int)strlen(m.html), NULL, NULL, XML_PARSE_NONET | XML_PARSE_NOERROR);
	CHECK(doc != NULL);
	xmlFreeDoc(doc);
	arena_destroy(a);
	/* One that is never finished leaves nothing behind (the leak sanitizer sees it). */
	a = arena_create();
	draw(&c, a, "x");
	arena_destroy(a);
}

static void cells(void)
{
	struct buf b = BUF_INIT;

	csv_cell(&b, "plain", ',');
	csv_cell(&b, NULL, ',');
	csv_cell(&b, "say \"no\",\nplease", '\n');
	CHECK_TEXT(buf_text(&b), "\"plain\",,\"say \"\"no\"\",\nplease\"\r\n");
	buf_clear(&b);
	csv_cell(&b, "=1+1", ',');
	csv_cell(&b, "-37.5", ',');
	csv_cell(&b, "-1+cmd|'/c calc'!A1", ',');
	csv_cell(&b, "@x", ',');
	csv_cell(&b, "-", '\n');
	CHECK_TEXT(buf_text(&b), "\"'=1+1\",\"-37.5\",\"'-1+cmd|'/c calc'!A1\",\"'@x\",\"'-\"\r\n");
	buf_finish(&b);
}

CU_TestInfo unit_tests[] = {
	{ "values have their places", places },
	{ "any range can be drawn", odd_ranges },
	{ "ticks are round", ticks },
	{ "numbers", numbers },
	{ "text is measured and broken into lines", texts },
	{ "what is drawn is well-formed and escaped", drawing },
	{ "cells of CSV", cells },
	CU_TEST_INFO_NULL
};
