/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "html.h"
#include <math.h>
#include "unit.h"

static void escaping(void)
{
	struct buf b = BUF_INIT;

	html_text(&b, "<script>alert('x' & \"y\")</script>");
	CHECK_TEXT(buf_text(&b), "&lt;script&gt;alert(&#39;x&#39; &amp; &quot;y&quot;)&lt;/script&gt;");
	buf_clear(&b);
	html_text(&b, "tab\tline\n\xc3\xa9 &amp;");
	CHECK_TEXT(buf_text(&b), "tab\tline\n\xc3\xa9 &amp;amp;");
	buf_clear(&b);
	html_text(&b, "\x01\x08\x0b\x1b\x1f\r");
	CHECK_TEXT(buf_text(&b), "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd");
	buf_clear(&b);
	html_text_n(&b, "a\0<", 3);
	CHECK_TEXT(buf_text(&b), "a\xef\xbf\xbd&lt;");
	buf_clear(&b);
	html_text_n(&b, "<<<", 1);
	CHECK_TEXT(buf_text(&b), "&lt;");
	buf_clear(&b);
	html_text(&b, NULL);
	html_text(&b, "");
	CHECK_TEXT(buf_text(&b), "");
	buf_finish(&b);
}

/* Whatever the byte, nothing but the escapes can begin a tag or end a value. */
static void every_byte(void)
{
	struct buf b = BUF_INIT;

	for (int c = 0; c < 256; c++) {
		char byte = (char)c;

		buf_clear(&b);
		html_text_n(&b, &byte, 1);
		CHECK(!strpbrk(buf_text(&b), "<>\"'"));
		CHECK(b.len > 0);
		if (c == '&')
			CHECK_TEXT(buf_text(&b), "&amp;");
	}
	buf_finish(&b);
}

static void building(void)
{
	struct arena *a = arena_create();
	struct buf b = BUF_INIT;
	struct html h;

	html_begin(&h, &b);
	html_open(&h, "a");
	html_attr(&h, "title", "\"><b>");
	html_attr(&h, "lang", NULL);
	html_attr_int(&h, "data-n", -5);
	html_attr_num(&h, "data-x", 0.25);
	html_attr_num(&h, "data-y", NAN);
	html_attr_url(&h, "href", url_path(a, "/x/%s", "&"));
	html_attr_url(&h, "cite", (struct url){ NULL });
	html_put(&h, "1 < 2");
	html_open(&h, "br");
	html_close(&h);
	html_open(&h, "em");
	html_close(&h);
	html_close(&h);
	CHECK_TEXT(html_finish(&h, a).html, "<a title=\"&quot;&gt;&lt;b&gt;\" data-n=\"-5\" data-x=\"0.25\""
		" data-y=\"0\" href=\"/x/%26\">1 &lt; 2<br><em></em></a>");
	buf_finish(&b);
	arena_destroy(a);
}

enum misuse { SCRIPT, STYLE, ONCLICK, STYLE_ATTR, BAD_NAME, BAD_TAG, LATE, CLOSE, OPEN_AT_END, DEEP, MISUSES };

static void misuse(void *arg)
{
	struct arena *a = arena_create();
	struct buf b = BUF_INIT;
	struct html h;

	html_begin(&h, &b);
	if (*(int *)arg != CLOSE)
		html_open(&h, "p");
	switch (*(enum misuse *)arg) {
	case SCRIPT: html_open(&h, "script"); break;
	case STYLE: html_open(&h, "style"); break;
	case ONCLICK: html_attr(&h, "onclick", "x"); break;
	case STYLE_ATTR: html_attr(&h, "style", "x"); break;
	case BAD_NAME: html_attr(&h, "a b", "x"); break;
	case BAD_TAG: html_open(&h, "p><b"); break;
	case LATE: html_put(&h, "x"); html_attr(&h, "title", "x"); break;
	case CLOSE: html_close(&h); break;
	case OPEN_AT_END: html_finish(&h, a); break;
	case DEEP: for (int i = 0; i < 40; i++) html_open(&h, "p"); break;
	case MISUSES: break;
	}
}

static void misuse_aborts(void)
{
	for (int i = 0; i < MISUSES; i++)
		CHECK(unit_aborts(misuse, &i));
	int none = MISUSES;
	CHECK(!unit_aborts(misuse, &none));
}

static void highlighting(void)
{
	static const struct {
		const char *text, *html;
	} rows[] = {
		{ "a \x02hit\x03 b", "a <mark>hit</mark> b" },
		{ "\x02<b>\x03", "<mark>&lt;b&gt;</mark>" },
		{ "\x03x\x03", "x" },
		{ "\x02\x02x\x03\x03", "<mark>x</mark>" },
		{ "\x02open", "<mark>open</mark>" },
		{ "", "" },
		{ NULL, "" },
	};
	struct arena *a = arena_create();

	for (size_t i = 0; i < COUNT(rows); i++)
		CHECK_TEXT(html_highlight(a, rows[i].text).html, rows[i].html);
	arena_destroy(a);
	CHECK_TEXT(html_stored("<p>kept</p>").html, "<p>kept</p>");
}

CU_TestInfo unit_tests[] = {
	{ "escaping", escaping },
	{ "every byte is escaped where it must be", every_byte },
	{ "building", building },
	{ "misuse aborts", misuse_aborts },
	{ "highlighting", highlighting },
	CU_TEST_INFO_NULL,
};
