/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "markdown.h"
#include <dirent.h>
#include <ftw.h>
#include <libxml/parser.h>
#include <libxml/tree.h>
#include "buf.h"
#include "content.h"
#include "unit.h"

static struct content_schemas *schemas;
static struct arena *a;
static struct markdown_problem *problems;
static size_t n_problems;

static void begin(void)
{
	struct error err = { 0 };

	if (!schemas)
		schemas = content_schemas_load(unit_source("schemas"), &err);
	CHECK_ERROR(&err, ERROR_NONE, "");
	NEED(schemas != NULL);
	a = arena_create();
}

static void end(void)
{
	arena_destroy(a);
	content_schemas_destroy(schemas);
	schemas = NULL;
}

static const char *to_xhtml(const char *markdown)
{
	const char *xhtml;
	bool good = markdown_to_xhtml(a, markdown, MARKDOWN_INHERIT, &xhtml, &problems, &n_problems);

	CHECK(good == (n_problems == 0) && n_problems <= MARKDOWN_MAX_PROBLEMS);
	return xhtml;
}

/* A record with that body. *doc NULL if it is not valid; then the first problem comes back. */
static const char *record(const char *xhtml, struct content_doc **doc)
{
	const char *xml = arena_printf(a, "<faq xmlns=\"urn:commonweal:record:1\" xmlns:dc=\"http://purl.org/dc/terms/\""
		" space=\"national\" slug=\"what\" audience=\"public\"><dc:title>T</dc:title><dc:abstract>A</dc:abstract>"
		"<dc:issued>2010</dc:issued><dc:language>en</dc:language><group>basics</group><position>1</position>"
		"<body xmlns=\"http://www.w3.org/1999/xhtml\">%s</body></faq>", xhtml);
	struct content_problem *found;
	struct error err = { 0 };
	size_t n;

	content_parse(schemas, a, "x", xml, strlen(xml), doc, &found, &n, &err);
	return arena_strdup(a, err.text);
}

static const char *even(const char *html)
{
	static const char *const blocks = "p h2 h3 h4 ul ol li dl dt dd blockquote table caption thead tbody tr th td "
		"figure figcaption div br hr ";
	struct buf b = BUF_INIT;
	bool space = false, edge = true;

	/* Without white space at the edges of blocks, which a reader does not see. */
	for (const char *s = html; *s; s++) {
		if (strchr(" \t\n", *s)) {
			space = true;
			continue;
		}
		bool block = false;
		size_t len = 1;
		if (*s == '<') {
			const char *name = s + 1 + (s[1] == '/');

			len = strcspn(s, ">") + 1;
			block = strstr(blocks, arena_printf(a, "%.*s ", (int)strcspn(name, " >"), name)) != NULL;
		}
		if (space && !edge && !block)
			buf_char(&b, ' ');
		space = false;
		buf_add(&b, s, len);
		edge = block;
		s += len - 1;
	}
	const char *text = arena_strdup(a, buf_text(&b));
	buf_finish(&b);
	return text;
}

static const char *html_of(const char *xhtml)
{
	struct content_doc *doc;
	const char *problem = record(xhtml, &doc);

	if (!doc)
		return problem;
	return even(doc->body_html);
}

static void signs(void)
{
	static const struct { const char *markdown, *xhtml; } all[] = {
		{ "One *two* **three** `four`\nfive", "<p>One <em>two</em> <strong>three</strong> <code>four</code>\nfive</p>" },
		{ "# A\n\n## B", "<h2>A</h2>\n\n<h3>B</h3>" },
		{ "## A\n\n### B\n\n#### C", "<h2>A</h2>\n\n<h3>B</h3>\n\n<h4>C</h4>" },
		{ "- a\n- b\n  - c", "<ul><li>a</li>\n<li>b\n<ul><li>c</li></ul></li></ul>" },
		{ "1. a\n\n2. b", "<ol><li><p>a</p></li>\n\n<li><p>b</p></li></ol>" },
		{ "> q", "<blockquote><p>q</p></blockquote>" },
		{ "[t](record:national/guide/g) [u](https://example.org/?a=1&b=2) [v](#here)",
			"<p><a href=\"record:national/guide/g\">t</a> <a href=\"https://example.org/?a=1&amp;b=2\">u</a> "
			"<a href=\"#here\">v</a></p>" },
		{ "<https://example.org/>", "<p><a href=\"https://example.org/\">https://example.org/</a></p>" },
		{ "| a | b |\n|---|---|\n| c | d |",
			"<table><thead><tr><th scope=\"col\">a</th><th scope=\"col\">b</th></tr></thead>\n\n"
			"<tbody><tr><td>c</td><td>d</td></tr></tbody></table>" },
		{ "a\\\nb", "<p>a<br/>\nb</p>" },
		{ "H<sub>2</sub>O &amp; <abbr title='A \"b\"'>x</abbr>",
			"<p>H<sub>2</sub>O &amp; <abbr title=\"A &quot;b&quot;\">x</abbr></p>" },
		{ "<dl>\n<dt>a</dt><dd>b &lt; c</dd>\n</dl>", "<dl>\n<dt>a</dt><dd>b &lt; c</dd></dl>" },
		{ "<figure>\n\n*x*\n\n<figcaption>c</figcaption>\n</figure>",
			"<figure>\n\n<p><em>x</em></p>\n\n<figcaption>c</figcaption></figure>" },
		{ "<table><caption>c</caption><tbody><tr><th scope=row colspan=2>x</th></tr></tbody></table>",
			"<table><caption>c</caption><tbody><tr><th scope=\"row\" colspan=\"2\">x</th></tr></tbody></table>" },
		{ "a ![b *c*](attachment:d.png) ![e](<attachment:f g.png>)",
			"<p>a <img src=\"attachment:d.png\" alt=\"b c\"/> <img src=\"attachment:f g.png\" alt=\"e\"/></p>" },
		{ "![a](chart:01890000-0000-7000-8000-00000000000a)",
			"<p><img src=\"chart:01890000-0000-7000-8000-00000000000a\" alt=\"a\"/></p>" },
		{ "<figure>\n<img src='attachment:a.png' alt='b'>\n<figcaption>c</figcaption>\n</figure>",
			"<figure><img src=\"attachment:a.png\" alt=\"b\"/>\n\n<figcaption>c</figcaption></figure>" },
		{ "---", "<hr/>" }, { "a < b & c > d", "<p>a &lt; b &amp; c &gt; d</p>" }, { "", "" },
		{ "a\r\nb\rc", "<p>a\nb\nc</p>" }, { "<SUB>x</SUB>", "<p><sub>x</sub></p>" },
	};

	begin();
	for (size_t i = 0; i < COUNT(all); i++) {
		const char *xhtml = to_xhtml(all[i].markdown);

		CHECK_TEXT(xhtml, all[i].xhtml);
		CHECK_INT(n_problems, 0);
	}
	end();
}

static void words(void)
{
	static const struct { const char *markdown; int line, column; const char *cause; } all[] = {
		{ "ok\n\nsee <b>x</b>", 3, 5, "<b> is not one of the elements that a text may have: write **bold** text" },
		{ "ä [x](javascript:alert(1))", 1, 3, "'javascript:alert(1)' is no address" },
		{ "x\ny ![a](b.png)", 2, 3, "'b.png' is no src that can be used" },
		{ "![](attachment:a.png)", 1, 1, "a picture needs words" }, { "- ![a](attachment:a.png)", 1, 3, "stands in a paragraph" },
		{ "![a](attachment:a/../b.png)", 1, 1, "is no src" }, { "![a](chart:../x)", 1, 1, "is no src" }, { "<img src=\"attachment:a.png\">", 1, 1, "a picture needs words" },
		{ "![a](attachment:a.png \"t\")", 1, 1, "no title" },
		{ "<p onclick=\"x\">a</p>", 1, 1, "the attribute onclick is not one that <p> may have" },
		{ "- a\n- <dl><dd>x</dd></dl>\n", 2, 7, "<dl> begins with <dt>" },
		{ "a <sub>b", 1, 3, "<sub> is not closed by </sub>" }, { "a</sub>", 1, 2, "</sub> closes nothing" },
		{ "*a <sub>b* c</sub>", 1, 4, "<sub> is not closed" },
		{ "## a\n\n#### b", 3, 1, "skips a level" }, { "##### a", 1, 1, "three levels of headings" },
		{ "3. a", 1, 1, "begins with 1" }, { "    code", 1, 5, "indent them less" }, { "a\n\n<!-- x -->", 3, 1, "a comment" },
		{ "[](https://example.org/)", 1, 1, "needs words" }, { "[a](https://example.org/ \"t\")", 1, 1, "no title" },
		{ "a\n\nb \xe2\x80\xae", 3, 3, "direction of text (U+202E)" }, { "a\x01", 1, 2, "control character (U+0001)" },
		{ "<ul>x<li>y</li></ul>", 1, 5, "text cannot stand in <ul> itself" }, { "<ul>\n</ul>", 1, 1, "<ul> is empty" },
		{ "<td>x</td>", 1, 1, "<td> cannot stand alone" }, { "a <p>b</p>", 1, 3, "<p> cannot stand in <p>" },
		{ "[a <a href=\"#x\">b</a>](#y)", 1, 4, "a link cannot stand in a link" },
		{ "| a |\n|---|\n", 1, 1, "at least one row below" }, { "<p lang=\"english\">x</p>", 1, 1, "a language code" },
		{ "a \xff", 1, 3, "not UTF-8" }, { "> <a>x</a>", 1, 3, "<a> needs href" },
	};

	begin();
	for (size_t i = 0; i < COUNT(all); i++) {
		to_xhtml(all[i].markdown);
		NEED(n_problems >= 1);
		CHECK_INT(problems[0].line, all[i].line);
		CHECK_INT(problems[0].column, all[i].column);
		CHECK_HAS(problems[0].cause, all[i].cause);
	}
	end();
}

/* What content_parse says of a line of the XHTML is true of that line of the Markdown. */
static void lines(void)
{
	struct content_doc *doc;

	begin();
	const char *xhtml = to_xhtml("# H\n\n\nA *long*\nparagraph\n\n- x\n- y\n\n| a |\n|---|\n| b |\n\n<dl>\n<dt>t</dt>\n"
		"<dd>d</dd>\n</dl>\n\n\n`co\nde` [x](#nowhere)\n\n[y](#nowhere)");
	CHECK_INT(n_problems, 0);
	CHECK_HAS(record(xhtml, &doc), "x:20:"); /* code lost a line, which the next block makes up for */
	CHECK(doc == NULL);
	CHECK_HAS(xhtml, "<p><a href=\"#nowhere\">y</a></p>");
	int line = 1;
	for (const char *s = strstr(xhtml, "<p><a href=\"#nowhere\">y"); s > xhtml; s--)
		line += s[-1] == '\n';
	CHECK_INT(line, 23);
	end();
}

/* ---- there and back ---- */

static void same(const char *xhtml, const char *where)
{
	const char *markdown = markdown_from_xhtml(a, xhtml), *again, *wanted, *got;

	NEED(markdown != NULL);
	again = to_xhtml(markdown);
	wanted = html_of(xhtml);
	got = html_of(again);
	if (n_problems || strcmp(wanted, got) != 0)
		printf("%s: %s\n%s\n", where, n_problems ? problems[0].cause : "not the same", markdown);
	CHECK_INT(n_problems, 0);
	CHECK_TEXT(got, wanted);
	CHECK_TEXT(markdown_canonical(a, again), markdown_canonical(a, xhtml));
}

static void back(void)
{
	static const char *const all[] = {
		"<p>1. not a list</p><p># not a heading</p><p>- nor this</p><p>&gt; nor this</p><p>=</p><p>+ x</p><p>12) x</p>",
		"<p>*a* _b_ `c` [d](e) ![f](g) &lt;b&gt; &amp;amp; \\ a_b_c 2 * 3 * 4 &amp; x &lt; y ~~~ ***</p>",
		"<p><strong>a</strong>b <em>c</em> d <em>e</em> <strong><em>f</em></strong> <em>(g)</em>h <em>i<em>j</em></em></p>",
		"<p>a<br/>b<br/>- c<br/>1. d</p>", "<p><cite>x</cite></p>", "<p><br/></p><p/><p> </p>", "<h2>a <em>b</em></h2><h3 id=\"x\">c</h3>",
		"<ul><li>a</li><li>b<ul><li>c</li></ul></li></ul><ul><li>other</li></ul><ul><li>third</li></ul>",
		"<ol><li><p>a</p><p>b</p></li><li><p>c</p></li></ol><ol><li>x</li></ol>",
		"<ul><li><p>a</p></li></ul>", "<ul><li>a</li><li><p>b</p></li></ul>", "<ul><li/><li>x</li></ul>",
		"<ul><li>a<blockquote><p>q</p></blockquote>b</li></ul>", "<ul lang=\"es\"><li id=\"y\">a</li></ul>",
		"<ul><li><table><tbody><tr><td>x</td></tr></tbody></table></li></ul>",
		"<ol><li>1</li><li>2</li><li>3</li><li>4</li><li>5</li><li>6</li><li>7</li><li>8</li><li>9</li><li>10<ul><li>x</li></ul></li></ol>",
		"<blockquote><p>a</p><ul><li>b</li></ul><blockquote><p>c</p></blockquote></blockquote>",
		"<table><thead><tr><th scope=\"col\">a|b</th><th scope=\"col\"><em>c</em></th></tr></thead>"
			"<tbody><tr><td>x<br/>y</td><td/></tr><tr><td><code>a|b</code></td><td>| \\</td></tr></tbody></table>",
		"<table><caption>c</caption><tbody><tr><th scope=\"row\">x</th><td rowspan=\"2\"><ul><li>y</li></ul></td></tr></tbody>"
			"<tbody><tr><th>z</th></tr></tbody></table>",
		"<dl><dt>a</dt><dd>b <em>c</em></dd><dd><p>d</p></dd></dl>", "<hr/><p>---</p><hr/>",
		"<figure><figcaption>c</figcaption><table><tbody><tr><td>x</td></tr></tbody></table></figure>",
		"<p>a <a href=\"https://example.org/(x)?a=1&amp;copy=2&amp;lt;\">b [c]</a> <a href=\"https://example.org/\" lang=\"fr\">d</a>"
			"<a href=\"https://example.org/\"/></p>",
		"<p><code>a</code> <code>a`b</code> <code><em>x</em></code> <code lang=\"en\">y</code> <code>z</code></p>",
		"<p lang=\"es\" id=\"p\">a</p><p><q>b <q>c</q></q> <abbr title=\"a &quot;b&quot; &lt;c&gt; &amp;amp;\">d</abbr> <sub>*</sub> <span>_</span></p>",
		"<p>a<img src=\"attachment:a.png\" alt=\"b [c] *d*\"/>e <img src=\"attachment:a (b).png\" alt=\"x\" lang=\"es\"/></p>"
			"<p><img src=\"attachment:a (b) c.png\" alt=\"x\"/></p>",
		"<figure><img src=\"attachment:a.png\" alt=\"b\"/><img src=\"attachment:b.png\" alt=\"c\"/><figcaption>d</figcaption></figure>",
		"<p xmlns=\"http://www.w3.org/1999/xhtml\">a</p>", "<p>a!<a href=\"#p\" >x</a></p><p id=\"p\">!</p>", "<p>a\xc2\xa0 \xe2\x80\x94 b</p>",
		"<p>[a]: https://example.org/</p><p>| a |<br/>|---|</p><p>a<br/>===</p><p>&amp;#65; &amp;copy;</p>", "<p>https://example.org/ www.example.org</p>"
	};

	begin();
	for (size_t i = 0; i < COUNT(all); i++) {
		struct content_doc *doc;
		const char *problem = record(all[i], &doc);

		if (!doc)
			printf("%s\n", problem);
		NEED(doc != NULL);
		same(all[i], all[i]);
	}
	CHECK(markdown_from_xhtml(a, "<p>") == NULL);
	/* White space at the end of an element moves out of it. */
	CHECK_TEXT(markdown_from_xhtml(a, "<p>\n a <em> b </em>c\n\n</p>"), "a *b* c");
	end();
}

static const char *sources[400];
static size_t n_sources, n_bodies, n_raw;

static int found(const char *path, const struct stat *st, int type, struct FTW *where)
{
	size_t n = strlen(path);

	(void)st, (void)where;
	if (type == FTW_F && n > 4 && strcmp(path + n - 4, ".xml") == 0 && n_sources < COUNT(sources))
		sources[n_sources++] = arena_strdup(a, path);
	return 0;
}

static const char *children(xmlNode *n)
{
	xmlBuffer *b = xmlBufferCreate();

	for (xmlNode *c = n->children; c; c = c->next)
		xmlNodeDump(b, n->doc, c, 0, 0);
	const char *text = arena_strdup(a, (const char *)xmlBufferContent(b));
	xmlBufferFree(b);
	return text;
}

static void try_bodies(xmlNode *n, const char *path)
{
	for (xmlNode *c = n->children; c; c = c->next) {
		if (c->type != XML_ELEMENT_NODE)
			continue;
		const char *name = (const char *)c->name;
		bool rich = strcmp(name, "body") == 0 || strcmp(name, "welcome") == 0 || strcmp(name, "text") == 0;

		if (!rich) {
			try_bodies(c, path);
			continue;
		}
		const char *xhtml = children(c);
		same(xhtml, path);
		n_bodies++;
		n_raw += strstr(markdown_from_xhtml(a, xhtml), "<p>") != NULL;
	}
}

/* The Markdown of every text of the sample network says what the XHTML says. */
static void samples(void)
{
	begin();
	nftw(unit_source("content/sample"), found, 16, FTW_PHYS);
	CHECK(n_sources >= 188);
	for (size_t i = 0; i < n_sources; i++) {
		xmlDoc *doc = xmlReadFile(sources[i], NULL, XML_PARSE_NONET);

		NEED(doc != NULL);
		try_bodies(xmlDocGetRootElement(doc), sources[i]);
		xmlFreeDoc(doc);
	}
	printf("%zu texts, %zu with <p>\n", n_bodies, n_raw);
	CHECK(n_bodies >= 270);
	CHECK_INT(n_raw, 0); /* plain Markdown, not tags around everything */
	end();
}

/* ---- hostile ---- */

static bool among(const char *list, const char *word, size_t n)
{
	return strstr(list, arena_printf(a, " %.*s ", (int)n, word)) != NULL;
}

/* Nothing in the page but elements and attributes of the vocabulary, and what
 * content.c puts around a table. */
static void check_page(const char *html, const char *name)
{
	static const char *const elements = " p h2 h3 h4 ul ol li dl dt dd blockquote table caption thead tbody tr th td "
		"figure figcaption hr br img a em strong cite q abbr code sub sup span div ";
	static const char *const attributes = " id src alt lang href title scope colspan rowspan class tabindex role aria-label ";

	for (const char *s = html; (s = strchr(s, '<')); s++) {
		const char *at = s + 1 + (s[1] == '/'), *close = strchr(s, '>');
		size_t n = strcspn(at, " >");

		NEED(close != NULL);
		if (!among(elements, at, n))
			printf("%s: %.80s\n", name, s);
		CHECK(among(elements, at, n));
		for (at += n; *at == ' ';) {
			at++;
			n = strcspn(at, "=");
			CHECK(among(attributes, at, n) && at[n + 1] == '"');
			const char *value = at + n + 2;
			at = strchr(value, '"') + 1;
			if (strncmp(value - 5, "src", 3) == 0)
				CHECK(strncmp(s, "<img ", 5) == 0 && strncmp(value, "attachment:", 11) == 0);
			if (strncmp(s, "<a", 2) == 0 && strncmp(value - 6, "href", 4) == 0)
				CHECK(*value == '#' || strncmp(value, "/r/", 3) == 0 || strncmp(value, "http", 4) == 0 ||
					strncmp(value, "mailto:", 7) == 0);
		}
		CHECK(*at == '>');
	}
}

/* Whatever is typed: what comes out is drawn, or is refused for its ids. */
static void hostile_text(const char *markdown, const char *name)
{
	struct content_doc *doc;
	const char *xhtml = to_xhtml(markdown), *problem;

	if (!*xhtml)
		return;
	problem = record(xhtml, &doc);
	if (!doc && !strstr(problem, " id '"))
		printf("%s: %s\n", name, problem);
	CHECK(doc || strstr(problem, " id '"));
	if (doc)
		check_page(doc->body_html, name);
	CHECK(markdown_from_xhtml(a, xhtml) != NULL);
}

static void hostile(void)
{
	struct dirent **names;
	const char *dir = unit_source("tests/fuzz/corpus/markdown");
	int n = scandir(dir, &names, NULL, alphasort), seen = 0;

	begin();
	NEED(n > 2);
	for (int i = 0; i < n; i++) {
		if (names[i]->d_name[0] != '.') {
			char *text = unit_read(arena_printf(a, "%s/%s", unit_source("tests/fuzz/corpus/markdown"), names[i]->d_name),
				NULL);

			NEED(text != NULL);
			hostile_text(text, names[i]->d_name);
			free(text);
			seen++;
		}
		free(names[i]);
	}
	free(names);
	CHECK(seen >= 20);
	end();
}

static const char *repeated(const char *s, size_t times)
{
	size_t n = strlen(s);
	char *out = arena_alloc(a, n * times + 1);

	for (size_t i = 0; i < times; i++)
		memcpy(out + i * n, s, n);
	return out;
}

/* Inputs on which a parser of Markdown can take a time that grows with their square. */
static void large(void)
{
	static const struct { const char *piece; size_t times; } all[] = {
		{ "[", 100000 }, { "[a](", 50000 }, { "![[]()", 60000 }, { "*a_", 100000 }, { "**x [a*b**c*](d)", 20000 },
		{ ">", 100000 }, { "- ", 100000 }, { "<a ", 100000 }, { "a <?", 60000 }, { "a <!A ", 60000 }, { "a <![CDATA[", 40000 },
		{ "a<sub>", 50000 }, { "<blockquote>", 40000 }, { "&#x61;", 80000 }, { "a\n", 250000 }, { "| a |\n| - |\n", 40000 },
		{ "![[]()![[]()\n\n", 30000 }, { "`a ``b ", 60000 }, { "<ul></ul>", 50000 }, { "\n\n", 200000 }, { "a <p>", 80000 },
		{ "[x]: y\n", 60000 }, { "<li>", 100000 }, { "    x\n\n", 80000 }, { "\xe2\x80\xae", 150000 }
	};

	begin();
	for (size_t i = 0; i < COUNT(all); i++)
		hostile_text(repeated(all[i].piece, all[i].times / (size_t)unit_share()), all[i].piece);
	hostile_text(arena_printf(a, "%s|\n%s|\n%s", repeated("|a", 20000 / (size_t)unit_share()),
		repeated("|-", 20000 / (size_t)unit_share()), repeated("|b\n", 2000 / (size_t)unit_share())), "table");
	hostile_text(arena_printf(a, "<p>\n%s", repeated("<li>b</li>", 50000 / (size_t)unit_share())), "tags in a block");
	/* Longer lines, so fewer of them, where each look into the text is one to its end. */
	const char *piece = unit_share() == 1 ? "word\n\n" : arena_printf(a, "%s\n\n", repeated("word ", 200));
	to_xhtml(repeated(piece, MARKDOWN_MAX_BYTES / strlen(piece) + 2));
	NEED(n_problems == 1);
	CHECK_HAS(problems[0].cause, "longer than 512 KiB");
	end();
}

CU_TestInfo unit_tests[] = { { "signs of Markdown", signs }, { "what is refused, and where", words },
	{ "lines of the XHTML are those of the Markdown", lines }, { "there and back", back },
	{ "every text of the sample network", samples }, { "hostile texts", hostile }, { "large texts", large }, CU_TEST_INFO_NULL };
