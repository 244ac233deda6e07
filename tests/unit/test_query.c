/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "query.h"
#include "unit.h"

static struct arena *a;

/* The query in one line: +word "phrase" word* -not; then the type. */
static const char *parsed(const char *typed)
{
	struct search_query q;
	struct buf b = BUF_INIT;

	query_parse(a, typed, &q);
	for (size_t i = 0; i < q.n; i++) {
		const struct query_term *t = &q.terms[i];

		buf_printf(&b, "%s%s%s%s%s%s", i ? " " : "", t->exclude ? "-" : "", t->quoted ? "\"" : "", t->text,
			t->quoted ? "\"" : "", t->prefix ? "*" : "");
		CHECK(t->exclude == (i >= q.n_included));
		CHECK(t->start + t->length <= strlen(typed));
		CHECK(t->n_tokens > 0);
	}
	if (q.type)
		buf_printf(&b, " [%s]", q.type);
	if (q.simplified)
		buf_str(&b, " (cut)");
	char *line = arena_strdup(a, buf_text(&b));
	buf_finish(&b);
	return line;
}

static void forms(void)
{
	static const struct {
		const char *typed, *wanted;
	} rows[] = {
		{ "", "" },
		{ "   \t\n", "" },
		{ "Call IN", "call in" },
		{ "\"Call in\"", "\"call in\"" },
		{ "\xe2\x80\x9c" "Call in\xe2\x80\x9d now", "\"call in\" now" }, /* curly quotes */
		{ "\xc2\xab" "call in\xc2\xbb", "\"call in\"" },
		{ "call-in", "call in" },
		{ "don't", "don t" },
		{ "viol*", "viol*" },
		{ "\"viol*\"", "\"viol\"" },
		{ "a -b c", "a c -b" },
		{ "-\"not this\" yes", "yes -\"not this\"" },
		{ "-b", "-b" },
		{ "- b", "b" },
		{ "--b", "b" },
		{ "-", "" },
		{ "*", "" },
		{ "\"", "" },
		{ "\"\"", "" },
		{ "\"unclosed phrase", "\"unclosed phrase\"" },
		{ "say\"word\"after", "say \"word\" after" },
		{ "type:guide call", "call [guide]" },
		{ "call type:case-study", "call [case-study]" },
		{ "type:", "type" },
		{ "type:a type:b", " [b]" },
		{ "\"type:guide\"", "\"type guide\"" },
		{ "-type:guide call", "call -type guide" }, /* not the opposite of what was typed */
		{ "AND OR NOT NEAR(", "and or not near" },
		{ "title:x ^a {b}", "title x a b" },
		{ "a a A \"a\" -a", "a -a" },
		{ "\xc3\x89t\xc3\xa9", "\xc3\x89t\xc3\xa9" }, /* the index folds what is not ASCII */
		{ "a\xc2\xa0" "b\xe3\x80\x80" "c", "a b c" },  /* no-break and ideographic space */
		{ "\xf0\x9f\x98\x80 smile", "smile" },
		{ "!!! ??? ...", "" },
	};

	a = arena_create();
	for (size_t i = 0; i < COUNT(rows); i++)
		CHECK_TEXT(parsed(rows[i].typed), rows[i].wanted);
	arena_destroy(a);
}

static void limits(void)
{
	struct search_query q;
	struct buf b = BUF_INIT;

	a = arena_create();
	for (int i = 0; i < QUERY_MAX_TERMS + 1; i++)
		buf_printf(&b, "w%d ", i);
	query_parse(a, buf_text(&b), &q);
	CHECK_INT(q.n, QUERY_MAX_TERMS);
	CHECK(q.simplified);
	buf_clear(&b);
	for (int i = 0; i < QUERY_MAX_TERMS; i++)
		buf_printf(&b, "w%d ", i);
	query_parse(a, buf_text(&b), &q);
	CHECK_INT(q.n, QUERY_MAX_TERMS);
	CHECK(!q.simplified);
	buf_clear(&b);
	buf_char(&b, '"');
	for (int i = 0; i < 60; i++)
		buf_printf(&b, "t%d ", i);
	query_parse(a, buf_text(&b), &q);
	CHECK_INT(q.n, 1);
	CHECK_INT(q.terms[0].n_tokens, QUERY_MAX_TOKENS);
	CHECK(q.simplified);
	/* Text that is too long is cut between characters. */
	buf_clear(&b);
	for (int i = 0; i < 400; i++)
		buf_str(&b, "\xc3\xa9");
	query_parse(a, buf_text(&b), &q);
	CHECK_INT(q.n, 1);
	CHECK_INT(strlen(q.terms[0].text), QUERY_MAX_BYTES);
	CHECK(q.simplified);
	buf_clear(&b);
	buf_char(&b, 'x');
	for (int i = 0; i < 400; i++)
		buf_str(&b, "\xc3\xa9");
	query_parse(a, buf_text(&b), &q);
	CHECK_INT(strlen(q.terms[0].text), QUERY_MAX_BYTES - 1);
	buf_finish(&b);
	arena_destroy(a);
}

static void places(void)
{
	struct search_query q;
	static const char typed[] = "one -two \"three four\" five*";

	a = arena_create();
	query_parse(a, typed, &q);
	NEED(q.n == 4 && q.n_included == 3);
	CHECK(strncmp(typed + q.terms[0].start, "one", q.terms[0].length) == 0 && q.terms[0].length == 3);
	CHECK(strncmp(typed + q.terms[1].start, "three four", q.terms[1].length) == 0 && q.terms[1].length == 10);
	CHECK(strncmp(typed + q.terms[2].start, "five*", q.terms[2].length) == 0 && q.terms[2].length == 5);
	CHECK(strncmp(typed + q.terms[3].start, "two", q.terms[3].length) == 0 && q.terms[3].length == 3);
	CHECK_INT(q.terms[1].n_tokens, 2);
	arena_destroy(a);
}

static void tokens(void)
{
	size_t n;

	a = arena_create();
	CHECK_TEXT(query_tokens(a, "The Call-In, 2026!", 18, 10, &n), "the call in 2026");
	CHECK_INT(n, 4);
	CHECK_TEXT(query_tokens(a, "a b c d", 7, 2, &n), "a b");
	CHECK_INT(n, 2);
	CHECK_TEXT(query_tokens(a, "", 0, 2, &n), "");
	CHECK_INT(n, 0);
	CHECK_TEXT(query_tokens(a, "abc", 2, 5, &n), "ab");
	CHECK_TEXT(query_tokens(a, "x\xc3\xa9", 2, 5, &n), "x"); /* half a character at the end is left out */
	arena_destroy(a);
}

static void quoting(void)
{
	struct buf b = BUF_INIT;

	query_quote(&b, "a \"b\" OR c*");
	CHECK_TEXT(buf_text(&b), "\"a \"\"b\"\" OR c*\"");
	buf_clear(&b);
	query_quote(&b, "");
	CHECK_TEXT(buf_text(&b), "\"\"");
	buf_finish(&b);
}

CU_TestInfo unit_tests[] = {
	{ "forms of a query", forms },
	{ "limits", limits },
	{ "where terms stand", places },
	{ "tokens", tokens },
	{ "quoting", quoting },
	CU_TEST_INFO_NULL,
};
