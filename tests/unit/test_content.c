/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "content.h"
#include <pthread.h>
#include "buf.h"
#include "unit.h"

#define HEAD "<faq xmlns=\"urn:commonweal:record:1\" xmlns:dc=\"http://purl.org/dc/terms/\"" \
	" space=\"national\" slug=\"what\" audience=\"public\">\n" \
	"<dc:title>What?</dc:title>\n<dc:abstract>This.</dc:abstract>\n<dc:issued>2010</dc:issued>\n" \
	"<dc:language>en</dc:language>\n<group>basics</group>\n<position>1</position>\n"
#define BODY(x) "<body xmlns=\"http://www.w3.org/1999/xhtml\">" x "</body>\n"
#define TAIL "</faq>\n"

static struct content_schemas *schemas;
static struct arena *a;
static struct content_doc *doc;
static struct content_problem *problems;
static size_t n_problems;
static struct error err;

static bool parse_n(const char *bytes, size_t n)
{
	/* Exactly n bytes, so that a sanitizer sees a look behind them. */
	char *copy = malloc(n ? n : 1);
	bool ok;

	if (!copy)
		abort();
	if (n)
		memcpy(copy, bytes, n);
	error_clear(&err);
	ok = content_parse(schemas, a, "x.xml", copy, n, &doc, &problems, &n_problems, &err);
	memset(copy, 'x', n);
	free(copy); /* they need not outlive the call */
	if (ok)
		CHECK(doc && n_problems == 0 && err.kind == ERROR_NONE);
	else
		CHECK(!doc && n_problems >= 1 && n_problems <= CONTENT_MAX_PROBLEMS && err.kind == ERROR_INVALID);
	return ok;
}

static bool parse(const char *xml)
{
	return parse_n(xml, strlen(xml));
}

/* The first problem, as file:line:column: cause. */
static const char *problem(const char *xml)
{
	return parse(xml) ? "none" : err.text;
}

static void begin(void)
{
	if (!schemas) {
		error_clear(&err);
		schemas = content_schemas_load(unit_source("schemas"), &err);
		CHECK_ERROR(&err, ERROR_NONE, "");
		NEED(schemas != NULL);
	}
	a = arena_create();
}

static void end(void)
{
	arena_destroy(a);
}

static void good(void)
{
	begin();
	NEED(parse(HEAD "<relations><relation type=\"about\" ref=\"national/strategy/x\"/></relations>" TAIL) == false);
	NEED(parse("<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<!-- c -->\n" HEAD
		BODY("<h2>One &amp; two</h2><p>A <em>b</em>\n  c <a href=\"https://example.org/?a=1&amp;b=2\">d</a>.</p>"
			"<h2>One &amp; two</h2><p>&lt;script&gt; <a href=\"record:national/guide/g\">g</a> <a href=\"#own\">o</a></p>"
			"<p id=\"own\">x<br/>y</p>")
		"<relations><relation type=\"about\" ref=\"national/strategy/group-violence\"/></relations>" TAIL));
	CHECK_TEXT(doc->type, "faq");
	CHECK_TEXT(doc->space, "national");
	CHECK_TEXT(doc->slug, "what");
	CHECK_TEXT(doc->audience, "public");
	CHECK_TEXT(doc->title, "What?");
	CHECK_TEXT(doc->summary, "This.");
	CHECK_TEXT(doc->issued, "2010");
	CHECK_TEXT(doc->group, "basics");
	CHECK_INT(doc->position, 1);
	CHECK(!doc->is_space && doc->creator == NULL && doc->publisher == NULL);
	CHECK_TEXT(doc->body_html, "<h2 id=\"one-two\">One &amp; two</h2><p>A <em>b</em>\n  c "
		"<a href=\"https://example.org/?a=1&amp;b=2\">d</a>.</p><h2 id=\"one-two-2\">One &amp; two</h2>"
		"<p>&lt;script&gt; <a href=\"/r/national/guide/g\">g</a> <a href=\"#own\">o</a></p><p id=\"own\">x<br>y</p>");
	CHECK_TEXT(doc->body_text, "One & two\nA b c d.\nOne & two\n<script> g o\nx\ny");
	CHECK_HAS(doc->toc_json, "\"id\":\"one-two-2\"");
	NEED(doc->n_relations == 1 && doc->n_links == 1);
	CHECK_TEXT(doc->relations[0].relation, "about");
	CHECK_TEXT(doc->relations[0].slug, "group-violence");
	CHECK_TEXT(doc->links[0].type, "guide");
	CHECK(doc->links[0].relation == NULL);
	CHECK_INT(strlen(doc->sha256), 64);
	CHECK(doc->source_len == strlen(doc->source) && strncmp(doc->source, "<?xml", 5) == 0);
	/* A published chart is no file of the record. */
	NEED(parse(HEAD BODY("<p><img src=\"chart:01890000-0000-7000-8000-00000000000a\" alt=\"A &lt; B\"/></p>") TAIL));
	CHECK_TEXT(doc->body_html, "<p><img src=\"/charts/01890000-0000-7000-8000-00000000000a/chart.svg\" "
		"alt=\"A &lt; B\" loading=\"lazy\"></p>");
	CHECK_INT(doc->n_images, 0);
	NEED(!parse(HEAD BODY("<p><img src=\"chart:x\" alt=\"a\"/></p>") TAIL));
	end();
}

static void texts_are_normalised(void)
{
	begin();
	NEED(parse("\xef\xbb\xbf" "<case-study xmlns=\"urn:commonweal:record:1\" xmlns:d=\"http://purl.org/dc/terms/\""
		" space=\" ohio \" slug=\"x\" audience=\"restricted\"><d:title>\n  Two\t words <!-- c -->here\n</d:title>"
		"<d:abstract><![CDATA[a < b]]></d:abstract><d:creator>One</d:creator><d:creator>Two</d:creator>"
		"<d:issued>2010-02</d:issued><d:language>en</d:language><d:subject>call-in</d:subject>"
		"<d:bibliographicCitation>First.</d:bibliographicCitation><d:bibliographicCitation>Second.</d:bibliographicCitation>"
		"<strategy>group-violence</strategy><strategy>drug-market</strategy><place space=\"ohio\">Ohio</place><place>Elsewhere</place>"
		"<stage>planned</stage><evidence>none</evidence>" BODY("<p>x</p>")
		"<readers><reader account=\"01890000-0000-7000-8000-000000000001\"/></readers></case-study>"));
	CHECK_TEXT(doc->space, "ohio");
	CHECK_TEXT(doc->title, "Two words here");
	CHECK_TEXT(doc->summary, "a < b");
	CHECK_TEXT(doc->creator, "One; Two");
	CHECK_TEXT(doc->citation, "First.\nSecond.");
	CHECK(doc->n_creators == 2 && doc->n_subjects == 1 && doc->n_strategies == 2 && doc->n_places == 2);
	CHECK_TEXT(doc->places[0].space, "ohio");
	CHECK(doc->places[1].space == NULL);
	NEED(doc->n_readers == 1);
	CHECK_TEXT(doc->readers[0], "01890000-0000-7000-8000-000000000001");
	CHECK_TEXT(doc->evidence, "none");
	end();
}

static void fixtures(void)
{
	static const char *const files[] = { "national/event/first-webinar.xml", "national/guide/the-call-in.xml",
		"national/evaluation/cincinnati-study.xml", "cincinnati/space.xml", "cincinnati/profile/cincinnati.xml",
		"national/publication/tester-2007.xml", "national/media/a-report.xml", "national/strategy/group-violence.xml" };

	begin();
	for (size_t i = 0; i < COUNT(files); i++) {
		const char *path = unit_source(arena_printf(a, "tests/fixtures/network/%s", files[i]));
		size_t n;
		char *xml = unit_read(path, &n);

		NEED(xml != NULL);
		CHECK(parse_n(xml, n));
		CHECK(err.kind == ERROR_NONE);
		if (i == 0 && doc) {
			CHECK_TEXT(doc->starts, "2030-12-09T14:00");
			CHECK_INT(doc->starts_us, INT64_C(1923073200) * 1000000); /* 19:00 UTC */
			CHECK_INT(doc->ends_us - doc->starts_us, INT64_C(5400) * 1000000);
			CHECK_TEXT(doc->zone, "America/New_York");
			CHECK_TEXT(doc->series, "starting");
			CHECK_TEXT(doc->group, "webinar");
		}
		if (i == 3 && doc) {
			CHECK(doc->is_space && doc->leadership && doc->located);
			CHECK_TEXT(doc->kind, "city");
			CHECK_TEXT(doc->host, "cincinnati.example.org");
			CHECK(doc->lat > 39.1 && doc->lat < 39.2 && doc->lon < -84.5 && doc->lon > -84.6);
		}
		free(xml);
	}
	end();
}

static void places_of_faults(void)
{
	static const struct {
		const char *xml, *problem;
	} rows[] = {
		{ "", "x.xml:1:1: the file is empty" },
		{ "plain", "x.xml:1:1: this is not XML" },
		{ HEAD BODY("<p>x</p>"), "x.xml:9:1: " },                          /* not closed */
		{ HEAD BODY("<p>x</q>") TAIL, "x.xml:8:" },
		{ HEAD BODY("<p>a & b</p>") TAIL, "x.xml:8:50: a name is missing; a single & is written &amp;" },
		{ HEAD BODY("<p>&nbsp;</p>") TAIL, "unknown entity &nbsp;" },
		{ HEAD BODY("<p id=\"a\" id=\"b\">x</p>") TAIL, "the attribute id stands here twice" },
		{ HEAD BODY("<x:p>x</x:p>") TAIL, "the prefix x is not bound" },
		{ HEAD BODY("<p>x</p>") TAIL "<more/>", "x.xml:10:1: there is something after the end" },
		{ HEAD BODY("<p>x</p>") TAIL "\xef\xbb\xbf", "x.xml:10:1: " },
		{ HEAD "\n" BODY("<p>x <blink>y</blink></p>") TAIL, "x.xml:9:" },
		{ HEAD BODY("<p onclick=\"x\">y</p>") TAIL, "onclick" },
		{ HEAD BODY("<p style=\"x\">y</p>") TAIL, "style" },
		{ HEAD BODY("<script>x</script>") TAIL, "script" },
		{ HEAD BODY("<p><a href=\"javascript:alert(1)\">x</a></p>") TAIL, "x.xml:8:" },
		{ HEAD BODY("<p><a href=\"https://user:pass@example.org/\">x</a></p>") TAIL, "x.xml:8:50: no link can go to 'https://user:pass@" },
		{ HEAD BODY("<p><a href=\"https://example.org/{x}\">x</a></p>") TAIL, "no link can go to" },
		{ HEAD BODY("<p><a href=\"https://example.org/&quot;\">x</a></p>") TAIL, "no link can go to" },
		{ HEAD BODY("<p><a href=\"#absent\">x</a></p>") TAIL, "there is no id 'absent' in this record" },
		{ HEAD BODY("<p id=\"a\">x</p><p id=\"a\">y</p>") TAIL, "stands here twice" },
		{ HEAD BODY("<p id=\"main\">x</p>") TAIL, "the page needs it for itself" },
		{ HEAD BODY("loose text<p>x</p>") TAIL, "x.xml:8:" },
		{ HEAD TAIL, "x.xml:" },
	};

	begin();
	for (size_t i = 0; i < COUNT(rows); i++)
		CHECK_HAS(problem(rows[i].xml), rows[i].problem);
	/* Columns count characters, not bytes. */
	CHECK(!parse(HEAD BODY("<p>\xc3\xa9\xe2\x82\xac & b</p>") TAIL));
	NEED(n_problems >= 1);
	CHECK_INT(problems[0].line, 8);
	CHECK_INT(problems[0].column, 51);
	end();
}

static void bytes(void)
{
	struct buf b = BUF_INIT;
	static const char nul[] = HEAD BODY("<p>a\0b</p>") TAIL;
	static const char utf16[] = "\xff\xfe<\0f\0a\0q\0";

	begin();
	CHECK_HAS(problem(HEAD BODY("<p>a\xff</p>") TAIL), "x.xml:8:48: the byte 0xff is not UTF-8 text");
	CHECK_HAS(problem(HEAD BODY("<p>\xc3(</p>") TAIL), "the byte 0xc3 is not UTF-8");
	CHECK_HAS(problem(HEAD BODY("<p>\xed\xa0\x80</p>") TAIL), "is not UTF-8");
	CHECK(!parse_n(nul, sizeof nul - 1));
	CHECK_HAS(err.text, "x.xml:8:48: the byte 0x00 is not UTF-8");
	CHECK(!parse_n(utf16, sizeof utf16 - 1));
	CHECK_HAS(err.text, "x.xml:1:1: the byte 0xff");
	CHECK_HAS(problem("<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?>" HEAD BODY("<p>x</p>") TAIL),
		"x.xml:1:30: the file says that it is 'ISO-8859-1'; only UTF-8 is read");
	CHECK_HAS(problem("<?xml version='1.0' encoding='UTF-16'?>" HEAD BODY("<p>x</p>") TAIL), "'UTF-16'");
	CHECK_HAS(problem("<?xml version='1.0' encoding='UTF-7'?>" HEAD BODY("<p>x</p>") TAIL), "'UTF-7'");
	CHECK_HAS(problem(HEAD BODY("<p>\x01</p>") TAIL), "x.xml:8:");
	CHECK_HAS(problem(HEAD BODY("<p>&#1;</p>") TAIL), "x.xml:8:");
	CHECK_HAS(problem(HEAD BODY("<p>&#xFFFE;</p>") TAIL), "x.xml:8:");
	/* Size: the limit itself is fine, one more is not. */
	buf_str(&b, HEAD BODY("<p>x</p>") "<!--");
	while (b.len < CONTENT_MAX_BYTES - strlen("-->" TAIL))
		buf_char(&b, 'c');
	buf_str(&b, "-->" TAIL);
	CHECK_INT(b.len, CONTENT_MAX_BYTES);
	CHECK(parse_n(b.data, b.len));
	buf_char(&b, '\n');
	CHECK(!parse_n(b.data, b.len));
	CHECK_TEXT(err.text, "x.xml:1:1: the file is longer than 4 MiB");
	buf_finish(&b);
	end();
}

static void depth(void)
{
	struct buf b = BUF_INIT;

	begin();
	for (int levels = CONTENT_MAX_DEPTH - 6; levels <= 100000; levels = levels < 100 ? levels + 12 : levels * 10) {
		buf_clear(&b);
		buf_str(&b, HEAD "<body xmlns=\"http://www.w3.org/1999/xhtml\"><p>");
		for (int i = 0; i < levels; i++)
			buf_str(&b, "<em>");
		buf_char(&b, 'x');
		for (int i = 0; i < levels; i++)
			buf_str(&b, "</em>");
		buf_str(&b, "</p></body>" TAIL);
		bool ok = parse_n(b.data, b.len);
		/* faq, body and p stand around them. */
		CHECK(ok == (levels + 3 <= CONTENT_MAX_DEPTH));
		if (!ok)
			CHECK_HAS(err.text, "nested more than 64 deep");
	}
	buf_finish(&b);
	end();
}

static void doctypes(void)
{
	static const char *const prologs[] = {
		"<!DOCTYPE faq>\n",
		"<!DOCTYPE faq SYSTEM \"file:///etc/passwd\">\n",
		"<!DOCTYPE faq PUBLIC \"-//x\" \"http://127.0.0.1:9/x.dtd\">\n",
		"<!DOCTYPE faq [<!ENTITY x SYSTEM \"file:///etc/passwd\">]>\n",
		("<!DOCTYPE faq [<!ENTITY a \"aaaaaaaaaa\"><!ENTITY b \"&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;\">"
		"<!ENTITY x \"&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;\">]>\n"),
		"<!DOCTYPE faq [<!ENTITY % p SYSTEM \"http://127.0.0.1:9/p\"> %p;]>\n",
		"<!DOCTYPE faq [<!ATTLIST p onclick CDATA \"x\">]>\n",
		"<?xml version=\"1.0\"?><!-- c --><!DOCTYPE faq>\n",
		"<!-- <x> --> <?pi x?> <!DOCTYPE faq>\n",
	};

	begin();
	for (size_t i = 0; i < COUNT(prologs); i++) {
		const char *xml = arena_printf(a, "%s%s", prologs[i], HEAD BODY("<p>&x;</p>") TAIL);

		CHECK_HAS(problem(xml), "a DOCTYPE is not allowed; take the line out");
		CHECK_INT(problems[0].line, 1);
		CHECK_LACKS(err.text, "root:"); /* nothing of the file comes back */
	}
	/* Without a DOCTYPE an XInclude is only an unknown element. */
	CHECK_HAS(problem(HEAD BODY("<p><xi:include xmlns:xi=\"http://www.w3.org/2001/XInclude\" href=\"/etc/passwd\"/></p>") TAIL),
		"x.xml:8:");
	/* A style sheet or schema location is not fetched. */
	CHECK(parse("<?xml-stylesheet href=\"http://127.0.0.1:9/x\"?>" HEAD BODY("<p>x</p>") TAIL));
	end();
}

static void types(void)
{
	begin();
	CHECK_HAS(problem("<unknown xmlns=\"urn:commonweal:record:1\"/>"), "x.xml:1:1: unknown type of record unknown; known are: ");
	CHECK_HAS(err.text, "case-study");
	CHECK_HAS(problem("\n <faq/>"), "x.xml:2:2: the root element faq is not in the namespace");
	CHECK_HAS(problem("<faq xmlns=\"urn:commonweal:record:2\"/>"), "namespace");
	CHECK_HAS(problem("<common xmlns=\"urn:commonweal:record:1\"/>"), "unknown type"); /* a part of schemas */
	end();
}

static void beyond_the_schema(void)
{
	static const struct {
		const char *from, *to, *part;
	} rows[] = {
		{ "2030-12-09T14:00", "2030-02-30T14:00", "there is no date and time" },
		{ "2030-12-09T14:00", "2030-03-10T02:30", "clocks are put forward" },
		{ "2030-12-09T15:30", "2030-12-09T14:00", "the event ends before it starts" },
		{ "America/New_York", "America/Nowhere", "the time zone 'America/Nowhere' is not known" },
		{ "<dc:issued>2010", "<dc:issued>2010-13", "there is no date 2010-13" },
		{ "<dc:subject>call-in</dc:subject>", "<dc:subject>a</dc:subject><dc:subject>a</dc:subject>", "subject 'a' stands here twice" },
		{ "audience=\"public\"", "audience=\"restricted\"", "a restricted record names its readers" },
		{ "audience=\"public\"", "audience=\"everyone\"", "x.xml:3:41: " },
		{ "slug=\"first-webinar\"", "slug=\"First\"", "x.xml:3:20: " },
		{ "slug=\"first-webinar\"", "slug=\"a--b\"", "x.xml:3:20: " },
		{ "slug=\"first-webinar\"", "slug=\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\"",
			"longer than 80" },
	};
	size_t n;
	char *xml;

	begin();
	xml = unit_read(unit_source("tests/fixtures/network/national/event/first-webinar.xml"), &n);
	NEED(xml != NULL);
	for (size_t i = 0; i < COUNT(rows); i++) {
		const char *at = strstr(xml, rows[i].from);

		NEED(at != NULL);
		CHECK_HAS(problem(arena_printf(a, "%.*s%s%s", (int)(at - xml), xml, rows[i].to, at + strlen(rows[i].from))), rows[i].part);
	}
	free(xml);
	end();
}

static void many_problems(void)
{
	struct buf b = BUF_INIT;

	begin();
	buf_str(&b, HEAD "<body xmlns=\"http://www.w3.org/1999/xhtml\">\n");
	for (int i = 0; i < 100; i++)
		buf_printf(&b, "<p><a href=\"#no-%d\">x</a></p>\n", i);
	buf_str(&b, "</body>" TAIL);
	CHECK(!parse(buf_text(&b)));
	CHECK_INT(n_problems, CONTENT_MAX_PROBLEMS);
	for (size_t i = 1; i < n_problems; i++)
		CHECK(problems[i].line > problems[i - 1].line); /* in the order of the file */
	CHECK_INT(problems[0].line, 9);
	buf_finish(&b);
	end();
}

/* A cause shows input without its controls, and not all of it. */
static void causes_are_tame(void)
{
	struct buf b = BUF_INIT;

	begin();
	buf_str(&b, HEAD "<body xmlns=\"http://www.w3.org/1999/xhtml\"><p><a href=\"#");
	for (int i = 0; i < 1000; i++)
		buf_str(&b, "\xc2\x9b\xc3\xa9");
	buf_str(&b, "\">x</a></p></body>" TAIL);
	CHECK(!parse(buf_text(&b)));
	CHECK(strlen(problems[0].cause) < 400);
	CHECK_LACKS(problems[0].cause, "\xc2\x9b");
	buf_finish(&b);
	end();
}

static void *many(void *arg)
{
	const char *xml = HEAD BODY("<h2>a</h2><p>x</p>") TAIL;
	size_t wrong = 0;

	(void)arg;
	for (int i = 0; i < 20; i++) {
		struct arena *own = arena_create();
		struct content_doc *d;
		struct content_problem *p;
		struct error e = { 0 };
		size_t n;

		wrong += !content_parse(schemas, own, "x.xml", xml, strlen(xml), &d, &p, &n, &e);
		wrong += content_parse(schemas, own, "x.xml", xml, strlen(xml) - 9, &d, &p, &n, &e);
		arena_destroy(own);
	}
	return wrong ? unit_tests : NULL; /* NULL is good */
}

static void threads(void)
{
	pthread_t t[4];
	void *wrong;

	begin();
	for (int i = 0; i < 4; i++)
		NEED(pthread_create(&t[i], NULL, many, NULL) == 0);
	for (int i = 0; i < 4; i++) {
		pthread_join(t[i], &wrong);
		CHECK(wrong == NULL);
	}
	end();
}

static void bad_schemas(void)
{
	struct error cause = { 0 };

	content_schemas_destroy(schemas);
	schemas = NULL;
	CHECK(content_schemas_load(unit_path("absent"), &cause) == NULL);
	CHECK_ERROR(&cause, ERROR_UNAVAILABLE, "cannot be read");
	error_clear(&cause);
	CHECK(content_schemas_load(unit_folder(), &cause) == NULL);
	CHECK_ERROR(&cause, ERROR_UNAVAILABLE, "holds none");
	unit_file("broken.rng", "<grammar xmlns=\"http://relaxng.org/ns/structure/1.0\"><start><ref name=\"no\"/></start></grammar>");
	error_clear(&cause);
	CHECK(content_schemas_load(unit_folder(), &cause) == NULL);
	CHECK_ERROR(&cause, ERROR_INTERNAL, "schema");
	content_schemas_destroy(NULL);
}

CU_TestInfo unit_tests[] = {
	{ "a good record", good },
	{ "texts are normalised", texts_are_normalised },
	{ "fixtures", fixtures },
	{ "faults have line and column", places_of_faults },
	{ "bytes: UTF-8 only, bounded", bytes },
	{ "depth is bounded", depth },
	{ "no DOCTYPE, no entities, no network", doctypes },
	{ "unknown types", types },
	{ "beyond the schema", beyond_the_schema },
	{ "many problems", many_problems },
	{ "causes are tame", causes_are_tame },
	{ "threads", threads },
	{ "bad schemas", bad_schemas },
	CU_TEST_INFO_NULL,
};
