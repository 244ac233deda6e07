/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "template.h"
#include <sys/stat.h>
#include <unistd.h>
#include "unit.h"

#define ROOT "<c:template xmlns=\"http://www.w3.org/1999/xhtml\" xmlns:c=\"urn:commonweal:template:1\" " \
	"xmlns:svg=\"http://www.w3.org/2000/svg\" xmlns:xlink=\"http://www.w3.org/1999/xlink\""

static struct arena *a;
static struct data *page;
static struct error err;
static char *output;

static const char *asset(const char *name, void *arg)
{
	(void)arg;
	return strcmp(name, "css/site.css") == 0 ? "/assets/css/site.1a&b.css" : NULL;
}

static struct templates *parse(const char *body)
{
	const char *xml = arena_printf(a, ROOT ">%s</c:template>", body);

	error_clear(&err);
	return templates_parse("page", xml, strlen(xml), asset, NULL, &err);
}

/* What comes out, or the text of the error. */
static const char *render(const char *body)
{
	struct templates *t = parse(body);
	struct buf b = BUF_INIT;

	if (!t)
		return err.text;
	free(output);
	if (template_render(t, "page", page, &b, &err)) {
		output = buf_steal(&b, NULL);
	} else {
		output = strdup(err.text);
		buf_finish(&b);
	}
	templates_destroy(t);
	return output;
}

static void begin(void)
{
	a = arena_create();
	page = data_create(a);
}

static void end(void)
{
	arena_destroy(a);
	free(output);
	output = NULL;
}

static void text_and_attributes(void)
{
	begin();
	data_text(page, "x", "<b>\"'&");
	data_int(page, "n", -12);
	data_textf(page, "f", "%d<", 7);
	data_text(page, "none", NULL);
	CHECK_TEXT(render("<p>{x}</p>"), "<p>&lt;b&gt;&quot;&#39;&amp;</p>");
	CHECK_TEXT(render("<p title=\"a {x} b\">{n} {f}</p>"), "<p title=\"a &lt;b&gt;&quot;&#39;&amp; b\">-12 7&lt;</p>");
	CHECK_TEXT(render("<p title='\"&lt;'>&amp;&lt;</p>"), "<p title=\"&quot;&lt;\">&amp;&lt;</p>");
	CHECK_TEXT(render("<p>{none}{absent}{absent.x.y}{x.y}</p>"), "<p></p>");
	CHECK_TEXT(render("<p>{{x} }} {{{{</p>"), "<p>{x} }} {{</p>");
	CHECK_TEXT(render("<p><![CDATA[<i>{x}]]></p>"), "<p>&lt;i&gt;&lt;b&gt;&quot;&#39;&amp;</p>");
	CHECK_TEXT(render("<title>{x}</title><textarea>{x}\n  y</textarea>"),
		"<title>&lt;b&gt;&quot;&#39;&amp;</title><textarea>&lt;b&gt;&quot;&#39;&amp;\n  y</textarea>");
	CHECK_TEXT(render("<p>a  \n\t b   c</p><pre> a\n  b </pre>"), "<p>a\nb c</p><pre> a\n  b </pre>");
	CHECK_TEXT(render("<br/><img src=\"/x.png\" alt=\"{x}\"/><p/>"),
		"<br><img src=\"/x.png\" alt=\"&lt;b&gt;&quot;&#39;&amp;\"><p></p>");
	CHECK_TEXT(render("<!-- {x} {not a hole --> <p>y</p>"), " <p>y</p>"); /* comments go */
	CHECK_TEXT(render("\n <c:doctype/><html lang=\"en\"/>"), "<!DOCTYPE html><html lang=\"en\"></html>");
	CHECK_TEXT(render("<script src=\"/a.js\"></script>"), "<script src=\"/a.js\"></script>");
	data_text(page, "x", "later");
	CHECK_TEXT(render("{x}"), "later"); /* a name set twice has the later value */
	end();
}

static void optional_holes(void)
{
	begin();
	data_text(page, "x", "a\"b");
	data_text(page, "empty", "");
	data_int(page, "zero", 0);
	data_flag(page, "on", true);
	CHECK_TEXT(render("<p class=\"{?x}\" id=\"{?empty}\" lang=\"{?zero}\" title=\"{?absent}\" hidden=\"{?on}\"/>"),
		"<p class=\"a&quot;b\" hidden=\"\"></p>");
	CHECK_HAS(render("<p class=\"a {?x}\"/>"), "page.xhtml:1: ");
	CHECK_HAS(render("<p>{?x}</p>"), "is not a hole");
	CHECK_HAS(render("<p class=\"{?}\"/>"), "not an optional hole");
	CHECK_HAS(render("<p class=\"{?x y}\"/>"), "not an optional hole");
	end();
}

static void urls(void)
{
	struct url u;

	begin();
	data_url(page, "u", url_query(a, url_path(a, "/x"), "a", "b&c\""));
	data_url(page, "v", url_query(a, url_query(a, url_path(a, "/x"), "a", "1"), "b", "2"));
	data_url(page, "none", (struct url){ NULL });
	data_text(page, "text", "javascript:alert(1)");
	CHECK(url_external(a, "https://example.org/", &u));
	data_url(page, "out", u);
	CHECK_TEXT(render("<a href=\"{u}\">x</a>"), "<a href=\"/x?a=b%26c%22\">x</a>");
	CHECK_TEXT(render("<a href=\"{v}\">{v}</a>"), "<a href=\"/x?a=1&amp;b=2\">/x?a=1&amp;b=2</a>");
	CHECK_TEXT(render("<a href=\"{?none}\" title=\"{?out}\"/><img src=\"{?out}\"/>"),
		"<a title=\"https://example.org/\"></a><img src=\"https://example.org/\">");
	CHECK_TEXT(render("<link href=\"{asset:css/site.css}\"/>"), "<link href=\"/assets/css/site.1a&amp;b.css\">");
	CHECK_TEXT(render("<a href=\"#x\"/><a href=\"/a?b=c:d\"/><a href=\"https://example.org\"/><a href=\"mailto:x@y.z\"/>"),
		"<a href=\"#x\"></a><a href=\"/a?b=c:d\"></a><a href=\"https://example.org\"></a><a href=\"mailto:x@y.z\"></a>");
	/* A text where a URL belongs is found when the page is made, and nothing of it is shown. */
	CHECK_TEXT(render("<a href=\"{text}\">x</a>"), "The page could not be made.");
	CHECK_HAS(err.detail, "{text} is not a URL");
	CHECK_INT(err.kind, ERROR_INTERNAL);
	CHECK_TEXT(render("<form action=\"{?text}\"/>"), "The page could not be made.");
	end();
}

static void markup(void)
{
	begin();
	data_markup(page, "m", html_stored("<p>kept &amp; trusted</p>"));
	data_markup(page, "none", (struct markup){ NULL });
	data_text(page, "text", "<p>typed</p>");
	CHECK_TEXT(render("<div><c:markup of=\"m\"/><c:markup of=\"none\"/><c:markup of=\"absent\"/></div>"),
		"<div><p>kept &amp; trusted</p></div>");
	CHECK_TEXT(render("<c:markup of=\"text\"/>"), "The page could not be made.");
	CHECK_HAS(err.detail, "{text} is not markup");
	CHECK_TEXT(render("<p title=\"{m}\"/>"), "The page could not be made."); /* no way into an attribute */
	CHECK_TEXT(render("<p>{m}</p>"), "The page could not be made.");
	CHECK_HAS(render("<c:markup/>"), "c:markup needs of");
	CHECK_HAS(render("<c:markup of=\"a b\"/>"), "c:markup needs of");
	end();
}

static void refused_places(void)
{
	static const char *const bodies[] = {
		"<script>{x}</script>", "<script>var a = 1</script>", "<style>p { color: red }</style>", "<SCRIPT>{x}</SCRIPT>",
		"<Style>{x}</Style>", "<svg:script>{x}</svg:script>", "<svg:style>{x}</svg:style>",
		"<p onclick=\"{x}\"/>", "<p onclick=\"go()\"/>", "<p ONCLICK=\"{x}\"/>", "<p onmouseover=\"a{x}\"/>",
		"<p style=\"{x}\"/>", "<p STYLE=\"color:{x}\"/>", "<iframe srcdoc=\"{x}\"/>", "<img srcset=\"{x} 2x\"/>",
		"<a href=\"/x/{x}\"/>", "<a href=\"{x}{x}\"/>", "<a href=\"javascript:{x}\"/>", "<a href=\"{x} \"/>",
		"<a href=\"javascript:alert(1)\"/>", "<a href=\"JavaScript:alert(1)\"/>", "<a href=\" javascript:x\"/>",
		"<a href=\"java&#10;script:x\"/>", "<a href=\"data:text/html,x\"/>", "<a href=\"vbscript:x\"/>",
		"<a HREF=\"/x/{x}\"/>", "<a Href=\"javascript:x\"/>", "<svg:a xlink:href=\"/x/{x}\"/>",
		"<svg:a xlink:href=\"javascript:x\"/>", "<svg:a XLINK:HREF=\"/x/{x}\" xmlns:XLINK=\"urn:x\"/>",
		"<svg:set attributeName=\"href\" to=\"{x}\"/>",
		"<svg:animate attributeName=\"xlink:href\" values=\"{x}\"/>", "<svg:set attributeName=\"{x}\" to=\"y\"/>",
		"<form action=\"/x/{x}\"/>", "<button formaction=\"x{x}\"/>", "<button formAction=\"x{x}\"/>",
		"<img src=\"x{x}\"/>", "<object data=\"x{x}\"/>", "<video poster=\"x{x}\"/>", "<q cite=\"x{x}\"/>",
		"<link href=\"{asset:css/other.css}\"/>", "<link href=\"{asset:}\"/>", "<link href=\"{asset:css/site.css}x\"/>",
		"<meta http-equiv=\"{x}\" content=\"y\"/>", "<meta http-equiv=\"refresh\" content=\"0\"/>",
		"<meta http-equiv=\"Refresh\" content=\"0\"/>", "<meta HTTP-EQUIV=\"refresh\" content=\"0\"/>",
		"<p>{x y}</p>", "<p>{x</p>", "<p>{}</p>", "<p>{1x}</p>", "<p>{x.}</p>", "<p>{.x}</p>", "<p>{a.b.c.d.e}</p>",
		"<p>{x|raw}</p>", "<p title=\"{\"/>", "<br>x</br>", "<img src=\"/x\">y</img>", "<?php x?>", "<c:raw of=\"x\"/>",
		"<c:each/>", "<c:each of=\"x\"/>", "<c:each of=\"x\" as=\"A.b\"/>", "<c:if/>", "<c:if test=\"\"/>",
		"<c:if test=\"a b\"/>", "<c:if test=\"a and b or c\"/>", "<c:if test=\"a = b\"/>", "<c:if test=\"a = 'b\"/>",
		"<c:if test=\"a and\"/>", "<c:if test=\"a and b and c and d and e and f and g\"/>", "<c:if test=\"a\" else=\"b\"/>",
		"<c:include name=\"absent\"/>", "<c:include/>", "<c:include name=\"page\"/>", "<c:include name=\"page\" with=\"x\"/>",
		"<c:include name=\"page\" with=\"a b\"/>", "<c:slot/>", "<c:doctype x=\"y\"/>", "<p c:if=\"x\"/>",
		"<o:p xmlns:o=\"urn:o\"/>", "<p>&nbsp;</p>", "<p>", "</p>", "<c:block name=\"x\"/>",
	};

	begin();
	for (size_t i = 0; i < COUNT(bodies); i++) {
		struct templates *t = parse(bodies[i]);

		CHECK(t == NULL);
		if (t)
			CHECK_TEXT(bodies[i], "refused");
		else
			CHECK_ERROR(&err, ERROR_INVALID, "page.xhtml:1: ");
		templates_destroy(t);
	}
	end();
}

static void bad_documents(void)
{
	static const struct {
		const char *xml, *part;
	} rows[] = {
		{ "", "page.xhtml:" },
		{ "plain", "page.xhtml:1: " },
		{ "<p xmlns=\"http://www.w3.org/1999/xhtml\"/>", "the root must be c:template" },
		{ "<!DOCTYPE html>" ROOT "/>", "no DOCTYPE" },
		{ "<!DOCTYPE x [<!ENTITY a \"b\"><!ENTITY c \"&a;&a;\">]>" ROOT ">&c;</c:template>", "no DOCTYPE" },
		{ "<!DOCTYPE x SYSTEM \"file:///etc/passwd\">" ROOT "/>", "no DOCTYPE" },
		{ ROOT " layout=\"absent\"/>", "there is no layout 'absent'" },
		{ ROOT " layout=\"page\"/>", "there is no layout 'page'" },
		{ ROOT " lay=\"x\"/>", "has no attribute lay" },
		{ ROOT ">\n\n<p onclick=\"x\"/></c:template>", "page.xhtml:3: " },
		{ ROOT ">\n<p>\n{x y}</p></c:template>", "page.xhtml:" },
		{ ROOT "><p>\xff</p></c:template>", "page.xhtml:1: " },
	};

	begin();
	for (size_t i = 0; i < COUNT(rows); i++) {
		error_clear(&err);
		CHECK(templates_parse("page", rows[i].xml, strlen(rows[i].xml), asset, NULL, &err) == NULL);
		CHECK_ERROR(&err, ERROR_INVALID, rows[i].part);
	}
	struct buf b = BUF_INIT;
	buf_str(&b, ROOT ">");
	while (b.len < (1 << 20) + 10)
		buf_str(&b, "<p>long</p>");
	buf_str(&b, "</c:template>");
	error_clear(&err);
	CHECK(templates_parse("page", b.data, b.len, asset, NULL, &err) == NULL);
	CHECK_ERROR(&err, ERROR_INVALID, "page.xhtml");
	buf_finish(&b);
	end();
}

static void conditions(void)
{
	static const struct {
		const char *test;
		bool holds;
	} rows[] = {
		{ "yes", true }, { "!yes", false }, { "no", false }, { "!no", true }, { "absent", false }, { "!absent", true },
		{ "empty", false }, { "zero", false }, { "one", true }, { "list", true }, { "empty_list", false },
		{ "object", true }, { "object.x", true }, { "object.y", false }, { "kind = 'webinar'", true },
		{ "kind='webinar'", true }, { "kind != 'webinar'", false }, { "kind = 'other'", false },
		{ "kind != 'other'", true }, { "! kind = 'other'", true }, { "absent = 'x'", false }, { "absent != 'x'", true },
		{ "one = '1'", true }, { "kind = ''", false }, { "yes and one", true }, { "yes and no", false },
		{ "yes and !no and kind = 'webinar'", true }, { "no or one", true }, { "no or zero", false },
		{ "no or zero or !empty", true }, { "  yes  ", true }, { "no_url", false }, { "url", true }, { "no_markup", false },
	};

	begin();
	data_flag(page, "yes", true);
	data_flag(page, "no", false);
	data_text(page, "empty", "");
	data_int(page, "zero", 0);
	data_int(page, "one", 1);
	data_text(page, "kind", "webinar");
	data_item(page, "list");
	data_text(data_object(page, "object"), "x", "y");
	data_url(page, "url", url_path(a, "/"));
	data_url(page, "no_url", (struct url){ NULL });
	data_markup(page, "no_markup", html_stored(""));
	for (size_t i = 0; i < COUNT(rows); i++) {
		const char *got = render(arena_printf(a, "a<c:if test=\"%s\">b</c:if>c", rows[i].test));

		CHECK_TEXT(got, rows[i].holds ? "abc" : "ac");
	}
	end();
}

static void lists(void)
{
	begin();
	for (int i = 0; i < 3; i++) {
		struct data *item = data_item(page, "items");

		data_textf(item, "n", "<%d>", i);
		for (int j = 0; j < i; j++)
			data_int(data_item(item, "inner"), "m", j);
	}
	data_text(page, "n", "outer");
	CHECK_TEXT(render("<c:each of=\"items\" as=\"i\">{i.n}{n},</c:each>"), "&lt;0&gt;outer,&lt;1&gt;outer,&lt;2&gt;outer,");
	CHECK_TEXT(render("<c:each of=\"items\" as=\"i\"><c:if test=\"i.first\">[</c:if>{i.n}<c:if test=\"!i.last\">;</c:if>"
		"<c:if test=\"i.last\">]</c:if></c:each>"), "[&lt;0&gt;;&lt;1&gt;;&lt;2&gt;]");
	CHECK_TEXT(render("<c:each of=\"items\" as=\"i\">(<c:each of=\"i.inner\" as=\"j\">{j.m}{i.n}</c:each>)</c:each>"),
		"()(0&lt;1&gt;)(0&lt;2&gt;1&lt;2&gt;)");
	CHECK_TEXT(render("<c:each of=\"absent\" as=\"i\">x</c:each>-<c:each of=\"n\" as=\"i\">x</c:each>"), "-");
	CHECK_TEXT(render("<c:each of=\"items\" as=\"n\">{n.n}</c:each>{n}"), "&lt;0&gt;&lt;1&gt;&lt;2&gt;outer");
	CHECK_TEXT(render("<c:each of=\"items\" as=\"n\">{n}</c:each>"), ""); /* an item is no text */
	struct buf b = BUF_INIT;
	for (int i = 0; i < 30; i++)
		buf_printf(&b, "<c:each of=\"items\" as=\"x%d\">", i);
	for (int i = 0; i < 30; i++)
		buf_str(&b, "</c:each>");
	CHECK_HAS(render(buf_text(&b)), "nested too deep");
	buf_clear(&b);
	for (int i = 0; i < 22; i++) /* as deep as is allowed; one item each */
		buf_printf(&b, "<c:each of=\"one\" as=\"x%d\">", i);
	buf_str(&b, "deep");
	for (int i = 0; i < 22; i++)
		buf_str(&b, "</c:each>");
	data_item(page, "one");
	CHECK_TEXT(render(buf_text(&b)), "deep");
	buf_finish(&b);
	end();
}

static void folder_file(const char *name, const char *attributes, const char *body)
{
	const char *xml = arena_printf(a, ROOT "%s>%s</c:template>", attributes, body);

	unit_file(arena_printf(a, "t/%s.xhtml", name), xml);
}

static const char *render_file(const struct templates *t, const char *name)
{
	struct buf b = BUF_INIT;

	error_clear(&err);
	free(output);
	if (template_render(t, name, page, &b, &err)) {
		output = buf_steal(&b, NULL);
	} else {
		output = strdup(err.text);
		buf_finish(&b);
	}
	return output;
}

static void folders(void)
{
	begin();
	mkdir(unit_path("t"), 0700);
	folder_file("site", "", "<title><c:slot name=\"title\">default {x}</c:slot></title><main><c:slot name=\"main\"/></main>");
	folder_file("full", " layout=\"site\"", "<c:block name=\"title\">own</c:block> <!-- c --> <c:block name=\"main\">"
		"<c:include name=\"part\"/><c:include name=\"part\" with=\"o\"/><c:include name=\"part\" with=\"absent\"/>"
		"<c:each of=\"items\" as=\"i\"><c:include name=\"part\" with=\"i\"/></c:each></c:block>");
	folder_file("bare", " layout=\"site\"", "");
	folder_file("part", "", "[{x}]");
	unit_file("t/.hidden.xhtml", "not a template");
	unit_file("t/notes.txt", "not a template");
	data_text(page, "x", "<page>");
	data_text(data_object(page, "o"), "x", "object");
	data_text(data_item(page, "items"), "x", "one");
	data_text(data_item(page, "items"), "y", "two");
	error_clear(&err);
	struct templates *t = templates_load(unit_path("t"), asset, NULL, &err);
	NEED(t != NULL);
	CHECK_TEXT(render_file(t, "full"), "<title>own</title><main>[&lt;page&gt;][object][one][&lt;page&gt;]</main>");
	CHECK_TEXT(render_file(t, "bare"), "<title>default &lt;page&gt;</title><main></main>");
	CHECK_TEXT(render_file(t, "part"), "[&lt;page&gt;]");
	CHECK(templates_has(t, "part") && !templates_has(t, "notes") && !templates_has(t, "part.xhtml"));
	CHECK_TEXT(render_file(t, "absent"), "The page could not be made.");
	CHECK_HAS(err.detail, "absent");
	struct buf b = { .limit = 10 };
	error_clear(&err);
	CHECK(!template_render(t, "full", page, &b, &err));
	CHECK_ERROR(&err, ERROR_INTERNAL, "too long");
	buf_finish(&b);
	templates_destroy(t);
	templates_destroy(NULL);
	/* The error names the file that is wrong. */
	folder_file("part", "", "\n<p onclick=\"x\"/>");
	error_clear(&err);
	CHECK(templates_load(unit_path("t"), asset, NULL, &err) == NULL);
	CHECK_ERROR(&err, ERROR_INVALID, "part.xhtml:2: ");
	folder_file("part", "", "<c:include name=\"loop\"/>");
	folder_file("loop", "", "<c:include name=\"part\"/>");
	error_clear(&err);
	CHECK(templates_load(unit_path("t"), asset, NULL, &err) == NULL);
	CHECK_ERROR(&err, ERROR_INVALID, "without end");
	folder_file("loop", " layout=\"full\"", "");
	folder_file("part", "", "");
	error_clear(&err);
	CHECK(templates_load(unit_path("t"), asset, NULL, &err) == NULL);
	CHECK_ERROR(&err, ERROR_INVALID, "no layout 'full'"); /* a layout has no layout */
	folder_file("loop", "", "<c:include name=\"full\"/>");
	error_clear(&err);
	CHECK(templates_load(unit_path("t"), asset, NULL, &err) == NULL);
	CHECK_ERROR(&err, ERROR_INVALID, "cannot be included");
	folder_file("loop", " layout=\"site\"", "<p>stray</p>");
	error_clear(&err);
	CHECK(templates_load(unit_path("t"), asset, NULL, &err) == NULL);
	CHECK_ERROR(&err, ERROR_INVALID, "only c:block");
	folder_file("loop", " layout=\"site\"", "<c:block name=\"mian\">lost</c:block>");
	error_clear(&err);
	CHECK(templates_load(unit_path("t"), asset, NULL, &err) == NULL);
	CHECK_ERROR(&err, ERROR_INVALID, "no slot for this block");
	error_clear(&err);
	CHECK(templates_load(unit_path("absent"), asset, NULL, &err) == NULL);
	CHECK_ERROR(&err, ERROR_INVALID, "absent");
	end();
}

static const char *any_asset(const char *name, void *arg)
{
	(void)name;
	return arg;
}

/* The project's own templates all compile. */
static void shipped(void)
{
	error_clear(&err);
	struct templates *t = templates_load(unit_source("content/templates"), any_asset, "/assets/x", &err);
	CHECK_ERROR(&err, ERROR_NONE, "");
	NEED(t != NULL);
	CHECK(templates_has(t, "site") && templates_has(t, "error") && templates_has(t, "search"));
	templates_destroy(t);
}

CU_TestInfo unit_tests[] = {
	{ "text and attributes", text_and_attributes },
	{ "optional holes", optional_holes },
	{ "URLs are typed", urls },
	{ "markup is typed", markup },
	{ "what is refused", refused_places },
	{ "bad documents", bad_documents },
	{ "conditions", conditions },
	{ "lists", lists },
	{ "folders, layouts, includes", folders },
	{ "the shipped templates", shipped },
	CU_TEST_INFO_NULL,
};
