/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Every fault of a file is said with its cause, and no echo of it. */
#include "content_explain.h"
#include "buf.h"
#include "content.h"
#include "unit.h"

#define BLOCKS "p, h2, h3, h4, ul, ol, dl, blockquote, table, figure"
#define LIST "<ul><li>Write down what was said.</li></ul>"
#define TEXT "<text><p xmlns=\"http://www.w3.org/1999/xhtml\">A calm one.</p></text>"
#define ROLES "law-enforcement, prosecutor, community, services, research, project-manager, working-group"

static struct content_schemas *load(const char *dir)
{
	struct error err = { 0 };
	struct content_schemas *schemas = content_schemas_load(dir, &err);

	CHECK_ERROR(&err, ERROR_NONE, "");
	NEED(schemas != NULL);
	return schemas;
}

/* All problems, one a line. */
static const char *problems(struct arena *a, const struct content_schemas *schemas, const char *xml)
{
	struct content_doc *doc;
	struct content_problem *list;
	struct error err = { 0 };
	struct buf b = BUF_INIT;
	size_t n = 0;

	content_parse(schemas, a, "x.xml", xml, strlen(xml), &doc, &list, &n, &err);
	for (size_t i = 0; i < n; i++)
		buf_printf(&b, "%s%d:%d: %s", i ? "\n" : "", list[i].line, list[i].column, list[i].cause);
	const char *text = arena_strdup(a, buf_text(&b));
	buf_finish(&b);
	return text;
}

struct row {
	const char *from, *to, *problems;
};

/* Puts `to` in the place of `from` in the guide of the fixtures. */
static void check_rows(const struct row *rows, size_t n)
{
	struct content_schemas *schemas = load(unit_source("schemas"));
	char *good = unit_read(unit_source("tests/fixtures/network/national/guide/the-call-in.xml"), NULL);

	NEED(good != NULL);
	for (size_t i = 0; i < n; i++) {
		struct arena *a = arena_create();
		const char *at = strstr(good, rows[i].from);

		NEED(at != NULL);
		CHECK_TEXT(problems(a, schemas, arena_printf(a, "%.*s%s%s", (int)(at - good), good, rows[i].to,
			at + strlen(rows[i].from))), rows[i].problems);
		arena_destroy(a);
	}
	free(good);
	content_schemas_destroy(schemas);
}

static void values(void)
{
	static const struct row rows[] = {
		{ "\"public\"", "\"everyone\"", "3:39: audience is \"everyone\"; it must be public, network, space or restricted" },
		{ "\"public\"", "\" \"", "3:39: audience is empty; it must hold public, network, space or restricted" },
		{ "\"public\"", "\" public\n\"", "" },
		{ "\"the-call-in\"", "\"The call\"",
			"3:20: slug is \"The call\"; it must be small letters and digits, joined by single hyphens" },
		{ ">2010<", ">soon\xc2\x85\xe2\x82\xac<",
			"7:3: dc:issued is \"soon \xe2\x82\xac\"; it must be a date as YYYY, YYYY-MM or YYYY-MM-DD" },
		{ ">2010<", ">\n<", "7:3: dc:issued is empty; it must hold a date as YYYY, YYYY-MM or YYYY-MM-DD" },
		{ ">The call-in<", "><!-- to come --><", "4:3: dc:title is empty; it must hold some text" },
		{ "The call-in", "The <em>call-in</em>", "4:17: em may not stand in dc:title; it holds only text" },
		{ "project-manager community", "community boss",
			"12:31: role holds \"boss\"; each word must be " ROLES " or governing-board" },
		{ "project-manager community", "",
			"12:31: role is empty; it must hold one or more of " ROLES " and governing-board" },
		{ "record:national/faq/what-is-a-call-in", "javascript:alert(1)",
			"20:61: href is \"javascript:alert(1)\"; it must be http://, https:// or mailto: with an address, "
			"#id, or record:space/type/slug" },
		{ ">group-violence<",
			">aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaabbb<",
			"10:3: strategy is \"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\xe2\x80\xa6\"; "
			"it must be group-violence or drug-market" },
	};

	check_rows(rows, COUNT(rows));
}

static void attributes(void)
{
	static const struct row rows[] = {
		{ " slug=\"the-call-in\"", "", "2:1: guide lacks the attribute slug" },
		{ " slug=\"the-call-in\" audience=\"public\"", "", "2:1: guide lacks the attributes slug and audience" },
		{ "slug=\"find-a-place\" role=\"project-manager", "role=\"boss",
			"12:5: step lacks the attribute slug\n"
			"12:11: role holds \"boss\"; each word must be " ROLES " or governing-board" },
		{ "<p>Bring", "<p style=\"color:red\" xml:lang=\"en\" id=\"Q\">Bring",
			"20:8: p may not have the attribute style; it may have id and lang\n"
			"20:26: p may not have the attribute xml:lang; it may have id and lang\n"
			"20:40: id is \"Q\"; it must be small letters and digits, joined by single hyphens" },
		{ "<dc:title>", "<dc:title onclick=\"x()\">", "4:13: dc:title may not have the attribute onclick; it has none" },
	};

	check_rows(rows, COUNT(rows));
}

static void order(void)
{
	static const struct row rows[] = {
		{ "purl.org/dc/terms", "purl.org/dc/elements/1.1",
			"4:3: title is in the wrong namespace; write <dc:title xmlns:dc=\"http://purl.org/dc/terms/\">" },
		/* Its content is not looked at: it may be meant for another. */
		{ "<strategy>group-violence</strategy>", "<relations>group-violence</relations>",
			"10:3: relations must come after body" },
		{ "<dc:issued>2010</dc:issued>", "", "8:3: dc:issued is missing before dc:language" },
		{ "<dc:title>The call-in</dc:title>\n  <dc:abstract>How to hold a call-in.</dc:abstract>\n  ", "",
			"4:3: dc:title and dc:abstract are missing before dc:creator" },
		{ "<dc:language>", "<dc:issued>2011</dc:issued><dc:language>", "8:3: dc:issued may stand only once in guide" },
		{ "<dc:issued>2010</dc:issued>\n  <dc:language>en</dc:language>",
			"<dc:language>en</dc:language>\n  <dc:issued>2010</dc:issued>",
			"7:3: dc:language must come after dc:issued" },
		{ "<dc:subject>", "<dc:creator>Late</dc:creator><dc:subject>", "9:3: dc:creator must come before dc:issued" },
		{ TEXT, "", "15:7: text is missing before resources" },
		{ TEXT "\n      <resources><resource>A hall</resource></resources>", "", "12:5: step lacks text" },
		{ "<title>Find a place</title>\n      " TEXT "\n      <resources><resource>A hall</resource></resources>", "",
			"12:5: step lacks title and text" },
		{ "<resource>A hall</resource>", "", "15:7: resources lacks resource" },
		{ LIST, "<dl><dd>a</dd><dt>b</dt></dl><dl><dt>b</dt></dl><table><tbody><tr/></tbody><caption/></table>",
			"22:9: dd must come after dt\n22:34: dl lacks dd\n22:67: tr is empty; it must hold th or td\n"
			"22:80: caption must come before tbody" },
		{ LIST, "<figure><figcaption>a</figcaption></figure>", "22:5: figure ends too early; expected is " BLOCKS ", hr or img" },
		{ LIST, "<ul/><blockquote/>", "22:5: ul lacks li\n22:10: blockquote is empty; it must hold " BLOCKS " or hr" },
	};

	check_rows(rows, COUNT(rows));
}

static void strangers(void)
{
	static const struct row rows[] = {
		{ "<steps>", "<stops/><steps>", "11:3: stops is not known here; expected is steps" },
		{ "<relations>", "<more/><relations>", "24:3: more is not known here; expected is relations or readers" },
		{ "</guide>", "<readers><reader account=\"00000000-0000-0000-0000-000000000000\"/></readers><more/></guide>",
			"27:76: more is not known in guide" },
		{ "<h2>Before", "<script>alert(1)</script><h2>Before",
			"19:5: script may not stand in body; it may hold " BLOCKS " and hr" },
		{ "<strong>everyone</strong>", "<b>all</b> <p/>",
			"20:14: b may not stand in p; it may hold plain text, a, em, strong, cite, q, abbr, code, sub, sup, "
			"span, br and img\n"
			"20:25: p may not stand in p; it may hold plain text, a, em, strong, cite, q, abbr, code, sub, sup, "
			"span, br and img" },
		{ LIST, "<hr><p/></hr><ul><p>a</p></ul>",
			"22:9: p may not stand in hr; it must be empty\n22:22: p is not known here; expected is li" },
		{ "<steps>", "<steps>Take these", "11:10: steps may hold only elements, no plain text; expected is step" },
		{ LIST, "<hr> a</hr><ol>words</ol>",
			"22:10: hr must be empty\n22:20: ol may hold only elements, no plain text; expected is li" },
		/* Namespaces */
		{ "<p xmlns=\"http://www.w3.org/1999/xhtml\">", "<p>",
			"14:13: p is in the wrong namespace; write <p xmlns=\"http://www.w3.org/1999/xhtml\">" },
		{ "<body xmlns=\"http://www.w3.org/1999/xhtml\">", "<body>",
			"18:3: body is in the wrong namespace; write <body xmlns=\"http://www.w3.org/1999/xhtml\">" },
		{ "<dc:subject>call-in</dc:subject>", "<subject>Call</subject>",
			"9:3: subject is not known here; expected is dc:subject" },
		{ "<dc:subject>", "<dc:subject xmlns:dc=\"http://purl.org/dc/elements/1.1/\">",
			"9:3: subject is in the wrong namespace; write <dc:subject xmlns:dc=\"http://purl.org/dc/terms/\">" },
	};

	check_rows(rows, COUNT(rows));
}

/* A fault after which nothing is certain any more is the only one. */
static void no_echo(void)
{
	struct content_schemas *schemas = load(unit_source("schemas"));
	struct arena *a = arena_create();
	const char *head = "<guide xmlns=\"urn:commonweal:record:1\" space=\"a\" slug=\"b\" audience=\"public\">";

	CHECK_TEXT(problems(a, schemas, arena_printf(a, "%s<x/><y/></guide>", head)),
		"1:77: x is not known here; expected is dc:title\n1:81: y is not known here; expected is dc:title");
	CHECK_TEXT(problems(a, schemas, arena_printf(a, "%s<dc:title xmlns:dc=\"urn:x\">x</dc:title></guide>", head)),
		"1:77: title is in the wrong namespace; write <dc:title xmlns:dc=\"http://purl.org/dc/terms/\">");
	CHECK_TEXT(problems(a, schemas, arena_printf(a, "%sSome words</guide>", head)),
		"1:77: guide may hold only elements, no plain text; expected is dc:title");
	CHECK_TEXT(problems(a, schemas, arena_printf(a, "%s</guide>", head)),
		"1:1: guide lacks dc:title, dc:abstract, dc:issued, dc:language, steps and body");
	arena_destroy(a);
	content_schemas_destroy(schemas);
}

/* Of a pattern that it does not know the explainer says nothing; libxml2 does. */
static void vague(void)
{
	static const char *const patterns[] = {
		"<interleave><element name='a'><empty/></element><element name='b'><empty/></element></interleave>",
		"<element><anyName/><empty/></element>",
		"<oneOrMore><attribute><nsName ns=''/><text/></attribute></oneOrMore><element name='b'><empty/></element>",
		"<choice><attribute name='at'><value>wrong</value></attribute><element name='c'><text/></element></choice>",
		/* Only the values are not known. */
		"<attribute name='at'><data type='integer'/></attribute>",
		"<attribute name='at'><data type='token'><param name='maxLength'>2</param></data></attribute>",
		"<attribute name='at'><data type='token'><except><value>wrong</value></except></data></attribute>",
	};

	for (size_t i = 0; i < COUNT(patterns); i++) {
		char *xml;
		size_t n;
		struct buf b = BUF_INIT;
		struct arena *a = arena_create();

		buf_printf(&b, "<grammar xmlns='http://relaxng.org/ns/structure/1.0' ns='urn:commonweal:record:1'"
			" datatypeLibrary='http://www.w3.org/2001/XMLSchema-datatypes'>"
			"<start><element name='odd'>%s</element></start></grammar>", patterns[i]);
		xml = buf_steal(&b, &n);
		unit_file("odd.rng", xml);
		free(xml);
		struct content_schemas *schemas = load(unit_folder());
		const char *found = problems(a, schemas, "<odd xmlns='urn:commonweal:record:1' at='wrong'><c>x</c></odd>");
		CHECK_HAS(found, "1:");
		if (i < 4)
			CHECK_HAS(found, "schemas/odd.rng");
		CHECK_LACKS(found, "at is");
		content_schemas_destroy(schemas);
		arena_destroy(a);
	}
}

/* A grammar that refers to itself beyond all reason is no endless road. */
static void grammars(void)
{
	struct arena *a = arena_create();
	const char *head = "<grammar xmlns='http://relaxng.org/ns/structure/1.0' ns='urn:x'>";
	const char *path = unit_file("loop.rng", arena_printf(a, "%s<include href='loop.rng'/>"
		"<start><element name='e'><ref name='a'/></element></start>"
		"<define name='a'><optional><ref name='a'/></optional></define></grammar>", head));
	const struct grammar_element *g = grammar_load(a, path);

	NEED(g != NULL && g->n == 1);
	CHECK_TEXT(g->parts[0]->name, "e");
	CHECK_TEXT(g->parts[0]->ns, "urn:x");
	CHECK(g->parts[0]->vague);
	/* More elements than a set has bits. */
	struct buf b = BUF_INIT;
	buf_printf(&b, "%s<start><element name='e'>", head);
	for (int i = 0; i < GRAMMAR_MAX_PARTS + 1; i++)
		buf_printf(&b, "<element name='e%d'><empty/></element>", i);
	buf_str(&b, "</element></start></grammar>");
	g = grammar_load(a, unit_file("wide.rng", buf_text(&b)));
	buf_finish(&b);
	NEED(g != NULL && g->n == 1);
	CHECK(g->parts[0]->vague);
	CHECK(grammar_load(a, unit_path("absent.rng")) == NULL);
	CHECK(grammar_load(a, unit_file("part.rng", arena_printf(a, "%s</grammar>", head))) == NULL);
	arena_destroy(a);
}

CU_TestInfo unit_tests[] = {
	{ "values", values },
	{ "attributes", attributes },
	{ "order of elements", order },
	{ "elements and text out of place", strangers },
	{ "no echo", no_echo },
	{ "patterns that are not known", vague },
	{ "grammars", grammars },
	CU_TEST_INFO_NULL,
};
