/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Names for citations, and writers that must hold whatever they are given. */
#include "cite.h"
#include <libxml/parser.h>
#include "html.h"
#include "text.h"
#include "unit.h"
#include "xml.h"

/* "family|given|suffix", or "literal". */
static const char *divided(struct arena *a, const char *text)
{
	struct cite_name n;

	cite_name_read(a, text, &n);
	CHECK_TEXT(n.literal, text);
	return n.family ? arena_printf(a, "%s|%s|%s", n.family, n.given ? n.given : "", n.suffix ? n.suffix : "") :
		arena_printf(a, "=%s", n.literal);
}

static void persons(void)
{
	static const char *const list[][2] = {
		{ "Braga, A. A.", "Braga|A. A.|" }, { "Seabrook, John", "Seabrook|John|" },
		{ "King, Martin Luther, Jr.", "King|Martin Luther|Jr." }, { "Anthony A. Braga", "Braga|Anthony A.|" },
		{ "J.-P. Sartre", "Sartre|J.-P.|" }, { "Ludwig A. van der Berg", "van der Berg|Ludwig A.|" },
		{ "van der Berg, Ludwig", "van der Berg|Ludwig|" }, { "Martin Luther King, Jr.", "King|Martin Luther|Jr." },
		{ "Müller, Jörg", "Müller|Jörg|" }, { "O'Neil, Ann-Marie", "O'Neil|Ann-Marie|" }, { "Núñez, José", "Núñez|José|" },
	};
	struct arena *a = arena_create();

	for (size_t i = 0; i < COUNT(list); i++)
		CHECK_TEXT(divided(a, list[i][0]), list[i][1]);
	arena_destroy(a);
}

static void organizations(void)
{
	static const char *const list[] = { "National Network for Safe Communities", "RAND", "US Department of Justice",
		"John F. Kennedy School of Government, Harvard University", "Boston Police Department, Bureau of Investigation",
		"Meares, T., and research team", "Cure Violence", "Human Rights Watch", "Annie E. Casey Foundation", "李明", "A. B.",
		"Braga and Kennedy, A.", "The Trace", "24/7 Dad, A.", "x", ",", ", ", "a,", ",b", "Jr.", "Smith, Jr.", "A. , B.", " ", "",
		"J. Edgar Hoover, Washington, DC", "van der, A. von" };
	struct arena *a = arena_create();

	for (size_t i = 0; i < COUNT(list) - 1; i++)
		CHECK_TEXT(divided(a, list[i]), arena_printf(a, "=%s", list[i]));
	arena_destroy(a);
}

static void lists(void)
{
	struct arena *a = arena_create();
	struct cite_name *names;
	size_t n;

	names = cite_names_read(a, "Braga, A. A.; RAND; Kennedy, D. M.", &n);
	CHECK_INT(n, 3);
	CHECK_TEXT(names[2].family, "Kennedy");
	CHECK_TEXT(names[1].family, NULL);
	cite_names_read(a, NULL, &n);
	CHECK_INT(n, 0);
	cite_names_read(a, "; ; ", &n);
	CHECK_INT(n, 0);
	arena_destroy(a);
}

static void noncharacters(void)
{
	CHECK_INT(text_noncharacter("\xef\xb7\x90"), 3);
	CHECK_INT(text_noncharacter("\xef\xb7\xaf"), 3);
	CHECK_INT(text_noncharacter("\xef\xb7\xb0"), 0);
	CHECK_INT(text_noncharacter("\xef\xbf\xbe"), 3);
	CHECK_INT(text_noncharacter("\xef\xbf\xbd"), 0);
	CHECK_INT(text_noncharacter("\xf0\x9f\xbf\xbf"), 4);
	CHECK_INT(text_noncharacter("\xf4\x8f\xbf\xbe"), 4);
	CHECK_INT(text_noncharacter("\xf0\x9f\x98\x80"), 0);
	CHECK_INT(text_noncharacter(""), 0);
	CHECK_INT(text_noncharacter("\xef"), 0);
	CHECK_INT(text_noncharacter("\xf0\x9f"), 0);
}

static const char *text_of(const char *s)
{
	static struct buf b;

	buf_clear(&b);
	xml_text(&b, s);
	return buf_text(&b);
}

static void xml_texts(void)
{
	CHECK_TEXT(text_of("a<b>&\"c\"]]>"), "a&lt;b&gt;&amp;&quot;c&quot;]]&gt;");
	CHECK_TEXT(text_of("\t\n\r"), "&#9;&#10;&#13;");
	CHECK_TEXT(text_of("\x01\x1f"), "\xef\xbf\xbd\xef\xbf\xbd");
	CHECK_TEXT(text_of("\xef\xbf\xbe|\xef\xbf\xbf|"), "\xef\xbf\xbd|\xef\xbf\xbd|");
	CHECK_TEXT(text_of("\xc3\xa9\xf0\x9f\x98\x80"), "\xc3\xa9\xf0\x9f\x98\x80");
	CHECK_TEXT(text_of("\xff\xc3"), "\xef\xbf\xbd\xef\xbf\xbd"); /* no UTF-8, and cut off */
	CHECK_TEXT(text_of(NULL), "");
}

/* A parser reads back what was written, for each character of one and two bytes and some beyond. */
static void xml_documents(void)
{
	struct buf b = BUF_INIT, text = BUF_INIT;
	struct xml x;

	for (int c = 1; c < 0x800; c++) {
		if (c < 0x80)
			buf_char(&text, (char)c);
		else
			buf_printf(&text, "%c%c", 0xc0 | c >> 6, 0x80 | (c & 0x3f));
	}
	buf_str(&text, "\xef\xbf\xbe\xe2\x80\xa8\xf0\x9f\x98\x80\xed\xa0\x80");
	xml_begin(&x, &b);
	xml_open(&x, "a:b");
	xml_attr(&x, "xmlns:a", "urn:x");
	xml_attr(&x, "c", buf_text(&text));
	xml_attr(&x, "none", NULL);
	xml_leaf(&x, "d", buf_text(&text));
	xml_leaf(&x, "e", NULL);
	xml_leaf(&x, "f", "");
	xml_leaf_int(&x, "g", INT64_MIN);
	xml_close(&x);
	xml_end(&x);
	xmlDoc *doc = xmlReadMemory(b.data, (int)b.len, NULL, NULL, XML_PARSE_NONET | XML_PARSE_NOERROR);
	NEED(doc != NULL);
	xmlNode *root = xmlDocGetRootElement(doc);
	xmlChar *attr = xmlGetProp(root, (const xmlChar *)"c"), *leaf = xmlNodeGetContent(root->children);
	CHECK_TEXT((const char *)attr, (const char *)leaf);
	CHECK_HAS((const char *)attr, "\t\n");
	CHECK_HAS((const char *)attr, "xyz{|}~");
	CHECK(xmlGetProp(root, (const xmlChar *)"none") == NULL);
	xmlFree(attr);
	xmlFree(leaf);
	xmlFreeDoc(doc);
	buf_finish(&b);
	buf_finish(&text);
}

static void bad_name(void *arg)
{
	struct buf b = BUF_INIT;
	struct xml x;

	xml_begin(&x, &b);
	xml_open(&x, arg);
}

static void open_end(void *arg)
{
	struct buf b = BUF_INIT;
	struct xml x;

	(void)arg;
	xml_begin(&x, &b);
	xml_open(&x, "a");
	xml_end(&x);
}

static void misuse(void)
{
	CHECK(unit_aborts(bad_name, "a b"));
	CHECK(unit_aborts(bad_name, ""));
	CHECK(unit_aborts(bad_name, "a>"));
	CHECK(unit_aborts(open_end, NULL));
}

static void data_blocks(void)
{
	struct arena *a = arena_create();

	CHECK_TEXT(html_data_block(a, "application/ld+json", "{\"a\":\"</script><!--&\"}").html,
		"<script type=\"application/ld+json\">{\"a\":\"\\u003c/script\\u003e\\u003c!--\\u0026\"}</script>");
	arena_destroy(a);
}

CU_TestInfo unit_tests[] = {
	{ "persons", persons },
	{ "organizations, and what is in doubt", organizations },
	{ "lists", lists },
	{ "noncharacters", noncharacters },
	{ "XML: text", xml_texts },
	{ "XML: documents", xml_documents },
	{ "XML: misuse", misuse },
	{ "data blocks", data_blocks },
	CU_TEST_INFO_NULL,
};
