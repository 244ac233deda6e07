/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Markdown of anyone: what comes out fits the schema (but for ids, which only a
 * whole record can tell), and goes back and forth. */
#include <string.h>
#include "markdown.h"
#include "content.h"
#include "fuzz.h"
#include "text.h"

const char *const fuzz_target = "markdown";

static struct content_schemas *schemas;

static void stop(void)
{
	content_schemas_destroy(schemas);
}

static void check_record(struct arena *a, const char *xhtml)
{
	const char *xml = arena_printf(a, "<faq xmlns=\"urn:commonweal:record:1\" xmlns:dc=\"http://purl.org/dc/terms/\""
		" space=\"national\" slug=\"what\" audience=\"public\"><dc:title>T</dc:title><dc:abstract>A</dc:abstract>"
		"<dc:issued>2010</dc:issued><dc:language>en</dc:language><group>basics</group><position>1</position>"
		"<body xmlns=\"http://www.w3.org/1999/xhtml\">%s</body></faq>", xhtml);
	struct content_problem *problems;
	struct content_doc *doc;
	struct error err = { 0 };
	size_t n;

	if (content_parse(schemas, a, "fuzz", xml, strlen(xml), &doc, &problems, &n, &err))
		return;
	for (size_t i = 0; i < n; i++)
		if (!strstr(problems[i].cause, " id '") && !strstr(problems[i].cause, "the id is longer")) {
			fprintf(stderr, "%s\n%s\n", problems[i].cause, xml);
			abort();
		}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct markdown_problem *problems;
	struct error err = { 0 };
	const char *xhtml, *back, *again;
	size_t n = 0, lines = 1;

	if (!schemas) {
		PROMISE((schemas = content_schemas_load(TOP_SRCDIR "/schemas", &err)));
		atexit(stop);
	}
	struct arena *a = arena_create();
	const char *text = arena_strndup(a, (const char *)data, size);
	for (const char *s = text; *s; s++)
		lines += *s == '\n' || *s == '\r';
	bool ok = markdown_to_xhtml(a, text, MARKDOWN_INHERIT, &xhtml, &problems, &n);
	PROMISE(ok == (n == 0) && n <= MARKDOWN_MAX_PROBLEMS && text_is_utf8(xhtml, strlen(xhtml)));
	for (size_t i = 0; i < n; i++) {
		PROMISE(problems[i].line >= 1 && (size_t)problems[i].line <= lines && problems[i].column >= 1);
		PROMISE(problems[i].cause && *problems[i].cause && text_is_utf8(problems[i].cause, strlen(problems[i].cause)));
	}
	if (*xhtml)
		check_record(a, xhtml);
	PROMISE((back = markdown_from_xhtml(a, xhtml)));
	markdown_to_xhtml(a, back, MARKDOWN_INHERIT, &again, &problems, &n);
	bool cut = false; /* tags in place of signs can go over a limit, and then it is said */
	for (size_t i = 0; i < n; i++)
		cut = cut || strstr(problems[i].cause, "left out");
	PROMISE(cut || strcmp(markdown_canonical(a, again), markdown_canonical(a, xhtml)) == 0);
	arena_destroy(a);
	return 0;
}
