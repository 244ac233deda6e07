/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "form.h"
#include "unit.h"

static struct arena *a;
static struct error err;
static struct pair *fields;
static size_t n;

static bool multipart(const char *body)
{
	error_clear(&err);
	return form_multipart(a, "X-1", body, strlen(body), &fields, &n, &err);
}

#define PART(name, text) "--X-1\r\nContent-Disposition: form-data; name=\"" name "\"\r\n\r\n" text "\r\n"
#define LAST "--X-1--\r\n"

static void boundaries(void)
{
	a = arena_create();
	CHECK_TEXT(form_boundary(a, "multipart/form-data; boundary=X-1"), "X-1");
	CHECK_TEXT(form_boundary(a, "Multipart/Form-Data; charset=utf-8; BOUNDARY=\"a b:c\""), "a b:c");
	CHECK_TEXT(form_boundary(a, "multipart/form-data;boundary=x; q=1"), "x");
	static const char *const none[] = { "multipart/form-data", "multipart/form-data; boundary=", "text/plain; boundary=x",
		"multipart/form-dataX; boundary=x", "multipart/form-data; boundary=\"x", "multipart/form-data; boundary=\"x \"",
		"multipart/form-data; boundary=a\tb{}", "multipart/form-data; bound=x",
		"multipart/form-data; boundary=01234567890123456789012345678901234567890123456789012345678901234567890" };
	for (size_t i = 0; i < COUNT(none); i++)
		CHECK(form_boundary(a, none[i]) == NULL || strcmp(form_boundary(a, none[i]), "a") == 0);
	CHECK(form_boundary(a, NULL) == NULL);
	arena_destroy(a);
}

static void good(void)
{
	a = arena_create();
	CHECK(multipart(PART("q", "one\r\ntwo --X-1") PART("empty", "") PART("name\xc3\xa9", "\xe2\x80\x9cx\xe2\x80\x9d") LAST));
	CHECK_INT(n, 3);
	CHECK_TEXT(fields[0].name, "q");
	CHECK_TEXT(fields[0].value, "one\r\ntwo --X-1");
	CHECK_TEXT(fields[1].value, "");
	CHECK_TEXT(fields[2].name, "name\xc3\xa9");
	CHECK_TEXT(fields[2].value, "\xe2\x80\x9cx\xe2\x80\x9d");
	CHECK(multipart("--X-1\r\ncontent-type: text/plain\r\ncontent-disposition: form-data; name=q\r\n\r\nv\r\n--X-1--"));
	CHECK_TEXT(fields[0].value, "v");
	CHECK(multipart("--X-1--"));
	CHECK_INT(n, 0);
	CHECK(form_urlencoded(a, "a=1&b=%C3%A9+x&&c", 17, &fields, &n, &err));
	CHECK_INT(n, 3);
	CHECK_TEXT(fields[1].value, "\xc3\xa9 x");
	CHECK_TEXT(fields[2].value, "");
	arena_destroy(a);
}

static void bad(void)
{
	static const char *const bodies[] = { "", "--X-1", "--X-2\r\n", "--X-1\r\n", PART("q", "v"), "x" PART("q", "v") LAST,
		"--X-1\r\n\r\nno head\r\n" LAST, "--X-1\r\nContent-Disposition: form-data\r\n\r\nv\r\n" LAST,
		"--X-1\r\nContent-Disposition: attachment; name=\"q\"\r\n\r\nv\r\n" LAST,
		"--X-1\r\nContent-Disposition: form-data; name=\"q\r\n\r\nv\r\n" LAST,
		"--X-1\r\nContent-Disposition: form-data; name=\"q\\\"\"\r\n\r\nv\r\n" LAST,
		"--X-1\r\nContent-Disposition: form-data; name=\"q\"\r\nContent-Disposition: form-data; name=\"r\"\r\n\r\nv\r\n" LAST,
		"--X-1\r\nContent-Disposition: form-data; name=\"q\"\r\nContent-Transfer-Encoding: base64\r\n\r\ndg==\r\n" LAST,
		"--X-1\r\nno colon\r\n\r\nv\r\n" LAST, "--X-1\nContent-Disposition: form-data; name=\"q\"\n\nv\n--X-1--" };

	a = arena_create();
	for (size_t i = 0; i < COUNT(bodies); i++) {
		CHECK(!multipart(bodies[i]));
		CHECK_ERROR(&err, ERROR_INVALID, "not well made");
	}
	CHECK(!multipart(PART("q", "\xff") LAST));
	CHECK_ERROR(&err, ERROR_INVALID, "not UTF-8");
	CHECK(!multipart("--X-1\r\nContent-Disposition: form-data; name=\"f\"; filename=\"a.pdf\"\r\n\r\nv\r\n" LAST));
	CHECK_ERROR(&err, ERROR_INVALID, "No file");
	char *many = arena_strdup(a, "");
	for (int i = 0; i <= FORM_FIELDS_MAX; i++)
		many = arena_printf(a, "%s" PART("q", "v"), many);
	CHECK(!multipart(arena_printf(a, "%s" LAST, many)));
	CHECK_ERROR(&err, ERROR_INVALID, "more than 200");
	arena_destroy(a);
}

CU_TestInfo unit_tests[] = {
	{ "boundaries", boundaries },
	{ "what is read", good },
	{ "what is refused", bad },
	CU_TEST_INFO_NULL
};
