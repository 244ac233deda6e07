/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Import of record XML: a struct, or problems with their place; what comes out
 * is UTF-8, and its HTML has no script. */
#include <string.h>
#include <strings.h>
#include "content.h"
#include "fuzz.h"
#include "text.h"

const char *const fuzz_target = "content";

static struct content_schemas *schemas;

static void stop(void)
{
	content_schemas_destroy(schemas);
}

/* Tags in html balance, quotes close, and no tag is one that runs. */
static void check_html(const char *html)
{
	static const char *const never[] = { "<script", "<style", "<iframe", "<img", "<svg", "<form", "<!", "<?", NULL };
	size_t open = 0, closed = 0;

	PROMISE(text_is_utf8(html, strlen(html)));
	for (const char *s = html; (s = strchr(s, '<')); s++) {
		const char *end = strchr(s, '>');

		PROMISE(end); /* > is escaped in values */
		open += s[1] != '/' && strncmp(s, "<br", 3) != 0 && strncmp(s, "<hr", 3) != 0;
		closed += s[1] == '/';
		for (const char *const *bad = never; *bad; bad++)
			PROMISE(strncmp(s, *bad, strlen(*bad)) != 0);
		const char *href = strstr(s, " href=\"");
		if (href && href < end)
			PROMISE(href[7] == '#' || href[7] == '/' || strncasecmp(href + 7, "http", 4) == 0 ||
				strncasecmp(href + 7, "mailto:", 7) == 0);
	}
	PROMISE(open == closed);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct content_problem *problems = NULL;
	struct content_doc *doc = NULL;
	struct error err = { 0 };
	size_t n = 99, lines = 1;

	if (!schemas) {
		PROMISE((schemas = content_schemas_load(TOP_SRCDIR "/schemas", &err)));
		atexit(stop);
	}
	struct arena *a = arena_create();
	bool ok = content_parse(schemas, a, "fuzz.xml", (const char *)data, size, &doc, &problems, &n, &err);
	for (size_t i = 0; i < size; i++)
		lines += data[i] == '\n';
	if (ok) {
		PROMISE(doc && n == 0 && err.kind == ERROR_NONE);
		PROMISE(text_is_slug(doc->slug) && doc->title && *doc->title && doc->body_html && doc->body_text && doc->details_json);
		PROMISE(doc->source_len == size && memcmp(doc->source, data, size) == 0);
		PROMISE(text_is_utf8(doc->body_text, strlen(doc->body_text)) && text_is_utf8(doc->title, strlen(doc->title)));
		check_html(doc->body_html);
	} else {
		PROMISE(!doc && n >= 1 && n <= CONTENT_MAX_PROBLEMS && err.kind == ERROR_INVALID);
		for (size_t i = 0; i < n; i++) {
			PROMISE(problems[i].line >= 1 && (size_t)problems[i].line <= lines && problems[i].column >= 1);
			PROMISE(problems[i].cause && *problems[i].cause && !strchr(problems[i].cause, '\n'));
			PROMISE(text_is_utf8(problems[i].cause, strlen(problems[i].cause)));
			PROMISE(i == 0 || problems[i].line >= problems[i - 1].line);
		}
	}
	arena_destroy(a);
	return 0;
}
