/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "route.h"
#include "unit.h"

static bool handler(struct request *rq, struct response *rs, struct error *err)
{
	(void)rq, (void)rs, (void)err;
	return true;
}

#define END { 0, NULL, 0, 0, NULL, NULL, NULL }
#define ROUTE(methods, pattern) { methods, pattern, ROLE_ANYONE, 0, NULL, handler, "x" }

static const struct param query[] = {
	{ "q", PARAM_TEXT, 0, 0, "text" },
	{ "page", PARAM_INT, 1, 1000, "a number from 1 to 1000" },
	{ "year", PARAM_YEAR, 0, 0, "a year" },
	{ "space", PARAM_SLUG, 0, 0, "a slug" },
	{ "id", PARAM_ID, 0, 0, "an id" },
	{ NULL, 0, 0, 0, NULL }
};

static const struct route table[] = {
	ROUTE(HTTP_GET, "/"),
	ROUTE(HTTP_GET, "/guides/{slug:slug}"),
	ROUTE(HTTP_GET, "/guides/new"),
	ROUTE(HTTP_POST, "/guides/{slug:slug}"),
	ROUTE(HTTP_DELETE, "/guides/{slug:slug}"),
	ROUTE(HTTP_GET, "/records/{id:id}"),
	ROUTE(HTTP_GET, "/pages/{n:int}/{title:text}"),
	ROUTE(HTTP_GET, "/archive/{y:year}"),
	ROUTE(HTTP_GET, "/files/{path:path}"),
	{ HTTP_GET, "/search", ROLE_ANYONE, 0, query, handler, "x" },
	ROUTE(HTTP_POST, "/only-post"),
	END
};

static struct arena *a;
static struct routes *routes;
static struct request rq;
static struct error err;
static const char *allow;

static bool match(enum http_method method, const char *path)
{
	memset(&rq, 0, sizeof rq);
	error_clear(&err);
	rq.arena = a;
	rq.method = method;
	rq.path = path;
	return routes_match(routes, &rq, &allow, &err);
}

static bool match_query(const char *name, const char *value)
{
	struct pair pair = { name, value };

	memset(&rq, 0, sizeof rq);
	error_clear(&err);
	rq.arena = a;
	rq.method = HTTP_GET;
	rq.path = "/search";
	rq.query = &pair;
	rq.n_query = 1;
	return routes_match(routes, &rq, &allow, &err);
}

static void begin(void)
{
	error_clear(&err);
	a = arena_create();
	routes = routes_create((const struct route *const[]){ table, NULL }, &err);
	NEED(routes != NULL);
}

static void end(void)
{
	routes_destroy(routes);
	arena_destroy(a);
}

static void matching(void)
{
	begin();
	CHECK(match(HTTP_GET, "/") && rq.route == &table[0]);
	CHECK(match(HTTP_HEAD, "/") && rq.route == &table[0]); /* GET implies HEAD */
	CHECK(match(HTTP_GET, "/guides/the-call-in") && rq.route == &table[1]);
	CHECK_TEXT(request_arg(&rq, "slug"), "the-call-in");
	CHECK(request_arg(&rq, "other") == NULL);
	CHECK(match(HTTP_GET, "/guides/new") && rq.route == &table[2]); /* literal text fits better */
	CHECK_INT(rq.n_args, 0);
	CHECK(match(HTTP_POST, "/guides/new") && rq.route == &table[3]);
	CHECK_TEXT(request_arg(&rq, "slug"), "new");
	CHECK(match(HTTP_GET, "/records/01890000-0000-7000-8000-00000000000c") && rq.route == &table[5]);
	CHECK(match(HTTP_GET, "/pages/-12/a b") && rq.route == &table[6]);
	CHECK_INT(request_arg_int(&rq, "n", 0), -12);
	CHECK_TEXT(request_arg(&rq, "title"), "a b");
	CHECK_INT(request_arg_int(&rq, "absent", 42), 42);
	CHECK(match(HTTP_GET, "/archive/1999") && rq.route == &table[7]);
	CHECK(match(HTTP_GET, "/files/a/b/c.pdf") && rq.route == &table[8]);
	CHECK_TEXT(request_arg(&rq, "path"), "a/b/c.pdf");
	end();
}

static void not_found(void)
{
	static const char *const paths[] = { "", "x", "/x", "/guides", "/guides/", "/guides/a/b", "/guides/Not-A-Slug",
		"/guides/a--b", "/guides/%61", "/records/7", "/pages/x/y", "/pages/99999999999999999999/y", "/pages/1/",
		"/pages/1", "/archive/1700", "/archive/2201", "/archive/19x9", "/files", "/files/", "//", "/guidesx/a",
		"/pages/1/\n", "/pages/1/\x7f", "/pages/ 1/y", "/pages/+1/y" };

	begin();
	for (size_t i = 0; i < COUNT(paths); i++) {
		bool found = match(HTTP_GET, paths[i]);

		CHECK(!found);
		if (found)
			CHECK_TEXT(paths[i], "not found");
		CHECK_ERROR(&err, ERROR_NOT_FOUND, "no page");
		CHECK(allow == NULL && rq.route == NULL);
	}
	end();
}

static void methods(void)
{
	begin();
	CHECK(!match(HTTP_PUT, "/guides/x"));
	CHECK_ERROR(&err, ERROR_METHOD, "GET");
	CHECK_INT(error_status(err.kind), 405);
	CHECK_TEXT(allow, "GET, HEAD, POST, DELETE, OPTIONS");
	CHECK(!match(HTTP_GET, "/only-post"));
	CHECK_ERROR(&err, ERROR_METHOD, "POST");
	CHECK_TEXT(allow, "POST, OPTIONS");
	CHECK(!match(HTTP_HEAD, "/only-post"));
	CHECK_ERROR(&err, ERROR_METHOD, "POST");
	end();
}

static void typed_query(void)
{
	static const struct {
		const char *name, *value;
		bool good;
	} rows[] = {
		{ "page", "1", true }, { "page", "1000", true }, { "page", "0", false }, { "page", "1001", false },
		{ "page", "-1", false }, { "page", "x", false }, { "page", "1x", false }, { "page", " 1", false },
		{ "page", "1e3", false }, { "page", "0x10", false }, { "page", "99999999999999999999", false },
		{ "year", "1800", true }, { "year", "2200", true }, { "year", "1799", false }, { "year", "now", false },
		{ "space", "ohio", true }, { "space", "Ohio", false }, { "space", "../x", false },
		{ "id", "01890000-0000-7000-8000-00000000000c", true }, { "id", "1", false },
		{ "q", "any text <>&", true }, { "q", "a\nb", false }, { "q", "a\x7f", false },
	};

	begin();
	for (size_t i = 0; i < COUNT(rows); i++) {
		bool good = match_query(rows[i].name, rows[i].value);

		CHECK(good == rows[i].good);
		if (good != rows[i].good)
			CHECK_TEXT(rows[i].value, rows[i].name);
		if (good)
			CHECK_TEXT(request_arg(&rq, rows[i].name), rows[i].value);
		else
			CHECK_ERROR(&err, ERROR_INVALID, rows[i].name);
	}
	CHECK(match_query("undeclared", "\n")); /* ignored, and not passed on */
	CHECK(request_arg(&rq, "undeclared") == NULL);
	CHECK(match_query("page", "")); /* empty is absent */
	CHECK(request_arg(&rq, "page") == NULL);
	char longer[502];
	memset(longer, 'x', sizeof longer);
	longer[500] = '\0';
	CHECK(match_query("q", longer));
	longer[500] = 'x';
	longer[501] = '\0';
	CHECK(!match_query("q", longer));
	CHECK_ERROR(&err, ERROR_INVALID, "500 bytes");
	/* The first of two counts. */
	struct pair two[] = { { "q", "one" }, { "q", "two" } };
	memset(&rq, 0, sizeof rq);
	error_clear(&err);
	rq = (struct request){ .arena = a, .method = HTTP_GET, .path = "/search", .query = two, .n_query = 2 };
	CHECK(routes_match(routes, &rq, &allow, &err));
	CHECK_TEXT(request_arg(&rq, "q"), "one");
	CHECK_INT(rq.n_args, 1);
	end();
}

/* Start refuses the table with this row in it. */
static void refused(struct route row, const char *part)
{
	struct route rows[] = { row, END };
	struct error cause = { 0 };
	struct routes *r = routes_create((const struct route *const[]){ table, rows, NULL }, &cause);

	CHECK(r == NULL);
	if (r)
		CHECK_TEXT(row.pattern, "refused");
	CHECK_ERROR(&cause, ERROR_INTERNAL, part);
	CHECK_HAS(cause.text, row.pattern);
	routes_destroy(r);
}

static void bad_tables(void)
{
	static const char *const patterns[] = { "", "x", "x/y", "/a/", "//", "//a", "/a//b", "/{a}", "/{a:what}", "/{:slug}",
		"/{a:slug", "/a:slug}", "/x{a:slug}", "/{a:slug}x", "/{p:path}/x", "/{a:}", "/{a{b:slug}",
		"/{a-name-that-is-longer-than-thirty-one-letters:slug}", "/{a:slug}/{a:int}" };

	refused((struct route){ HTTP_GET, "/new", ROLE_UNDECLARED, 0, NULL, handler, "x" }, "no role");
	refused((struct route){ HTTP_GET, "/new", (enum role)99, 0, NULL, handler, "x" }, "no role");
	refused((struct route){ HTTP_GET, "/new", ROLE_ANYONE, 0, NULL, NULL, "x" }, "not well made");
	refused((struct route){ HTTP_GET, "/new", ROLE_ANYONE, 0, NULL, handler, NULL }, "not well made");
	refused((struct route)ROUTE(HTTP_GET, "/guides/new"), "twice");
	refused((struct route)ROUTE(HTTP_GET | HTTP_POST, "/only-post"), "twice");
	refused((struct route)ROUTE(HTTP_GET, "/guides/{name:slug}"), "twice"); /* the same addresses */
	refused((struct route)ROUTE(HTTP_HEAD, "/search"), "twice"); /* GET implies it */
	for (size_t i = 0; i < COUNT(patterns); i++)
		refused((struct route)ROUTE(HTTP_GET, patterns[i]), "not well made");
	struct route fine[] = { ROUTE(HTTP_PUT, "/guides/new"), ROUTE(HTTP_GET, "/guides/{n:int}/x"), END };
	struct error cause = { 0 };
	struct routes *r = routes_create((const struct route *const[]){ table, fine, NULL }, &cause);
	CHECK(r != NULL);
	routes_destroy(r);
	routes_destroy(NULL);
}

static void count(const struct route *route, void *arg)
{
	(void)route;
	++*(size_t *)arg;
}

static void each(void)
{
	size_t n = 0;

	begin();
	routes_each(routes, count, &n);
	CHECK_INT(n, COUNT(table) - 1);
	end();
}

static void splits(void *rs)
{
	response_header(rs, "X", "a\r\nSet-Cookie: b");
}

static void requests_and_responses(void)
{
	static struct pair headers[] = { { "Host", "x" }, { "Cookie", "a=1; theme=dark;b=2 ; empty=" } };
	static struct pair form[] = { { "title", "T" } };
	struct response rs = { .request = &rq, .status = 200 };

	a = arena_create();
	rq = (struct request){ .arena = a, .headers = headers, .n_headers = 2, .form = form, .n_form = 1 };
	CHECK_TEXT(request_header(&rq, "hOsT"), "x");
	CHECK(request_header(&rq, "Origin") == NULL);
	CHECK_TEXT(request_form(&rq, "title"), "T");
	CHECK(request_form(&rq, "Title") == NULL);
	CHECK_TEXT(request_cookie(&rq, "theme"), "dark");
	CHECK_TEXT(request_cookie(&rq, "a"), "1");
	CHECK_TEXT(request_cookie(&rq, "empty"), "");
	CHECK(request_cookie(&rq, "them") == NULL);
	CHECK(request_cookie(&rq, "eme") == NULL);
	CHECK(response_redirect(&rs, url_path(a, "/x")));
	CHECK_INT(rs.status, 303);
	CHECK(rs.n_headers == 1 && strcmp(rs.headers[0].name, "Location") == 0 && strcmp(rs.headers[0].value, "/x") == 0);
	CHECK(response_moved(&rs, url_path(a, "/y")) && rs.status == 301);
	CHECK(unit_aborts(splits, &rs));
	arena_destroy(a);
}

CU_TestInfo unit_tests[] = {
	{ "matching", matching },
	{ "not found", not_found },
	{ "methods and 405", methods },
	{ "typed query parameters", typed_query },
	{ "start refuses bad tables", bad_tables },
	{ "each", each },
	{ "requests and responses", requests_and_responses },
	CU_TEST_INFO_NULL,
};
