/* SPDX-License-Identifier: GPL-3.0-or-later */
/* From a request's target to a route with its parameters, and the URLs that
 * come from outside. The first byte chooses the method. */
#include <string.h>
#include "fuzz.h"
#include "route.h"
#include "text.h"
#include "url.h"

const char *const fuzz_target = "route";

static bool handler(struct request *rq, struct response *rs, struct error *err)
{
	(void)rq, (void)rs, (void)err;
	return true;
}

static const struct param query[] = { { "q", PARAM_TEXT, 0, 0, "text" }, { "page", PARAM_INT, 1, 1000, "a page" },
	{ "year", PARAM_YEAR, 0, 0, "a year" }, { "slug", PARAM_SLUG, 0, 0, "a slug" }, { "id", PARAM_ID, 0, 0, "an id" },
	{ NULL, 0, 0, 0, NULL } };
static const struct route table[] = {
	{ HTTP_GET, "/", ROLE_ANYONE, 0, query, handler, "x" },
	{ HTTP_GET, "/guides/{slug:slug}", ROLE_ANYONE, 0, query, handler, "x" },
	{ HTTP_POST | HTTP_DELETE, "/guides/{slug:slug}", ROLE_EDITOR, 0, NULL, handler, "x" },
	{ HTTP_GET, "/guides/new", ROLE_EDITOR, 0, NULL, handler, "x" },
	{ HTTP_GET, "/records/{key:id}/{n:int}", ROLE_ANYONE, 0, query, handler, "x" },
	{ HTTP_GET, "/archive/{y:year}/{t:text}", ROLE_ANYONE, 0, query, handler, "x" },
	{ HTTP_GET, "/files/{path:path}", ROLE_ANYONE, 0, query, handler, "x" },
	{ 0, NULL, 0, 0, NULL, NULL, NULL }
};

static void check_args(const struct request *rq)
{
	const char *s;

	PROMISE(rq->route && (rq->route->methods & (rq->method == HTTP_HEAD ? HTTP_GET : rq->method)));
	for (size_t i = 0; i < rq->n_args; i++)
		for (s = rq->args[i].value; *s && strcmp(rq->args[i].name, "path") != 0; s++)
			PROMISE((unsigned char)*s >= 0x20 && *s != 0x7f);
	if ((s = request_arg(rq, "slug")))
		PROMISE(text_is_slug(s));
	if (request_arg(rq, "page"))
		PROMISE(request_arg_int(rq, "page", 0) >= 1 && request_arg_int(rq, "page", 0) <= 1000);
	if ((s = request_arg(rq, "key")))
		PROMISE(id_valid(s));
}

static void check_urls(struct arena *a, const char *text)
{
	struct url u;
	char *back;

	if (url_external(a, text, &u))
		PROMISE(strcmp(u.text, text) == 0 && !strpbrk(text, " \t\r\n\"<>\\") &&
			(text_equal_nocase(arena_strndup(a, text, 4), "http") || text_equal_nocase(arena_strndup(a, text, 7), "mailto:")));
	else
		PROMISE(!u.text);
	if (url_local(a, text, &u))
		PROMISE(text[0] == '/' && text[1] != '/' && !strpbrk(text, " \t\r\n\"<>\\"));
	/* What is encoded comes back as it was. */
	if (!text_is_utf8(text, strlen(text)))
		return;
	u = url_path(a, "/x/%s", text);
	PROMISE(!strpbrk(u.text + 3, "/?#&\"'<> "));
	PROMISE(url_decode(a, u.text + 3, strlen(u.text + 3), true, &back) && strcmp(back, text) == 0);
	u = url_fragment(a, url_query(a, url_path(a, "/"), text, text), text);
	PROMISE(!strpbrk(u.text, "\"'<> "));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct routes *routes;
	struct arena *a = arena_create();
	struct request rq = { .arena = a };
	struct pair pairs[8];
	struct error err = { 0 };
	const char *allow;
	char *path;

	if (!routes) {
		PROMISE((routes = routes_create((const struct route *const[]){ table, NULL }, &err)));
	}
	if (size > 0) {
		rq.method = 1 << (data[0] % 7);
		data++;
		size--;
	} else {
		rq.method = HTTP_GET;
	}
	const char *target = arena_strndup(a, (const char *)data, size);
	check_urls(a, target);
	size_t n = strcspn(target, "?");
	if (!url_decode(a, target, n, false, &path))
		path = "/";
	rq.path = path;
	/* The query as name=value&..., as many as there is room for. */
	for (const char *s = target[n] ? target + n + 1 : ""; *s && rq.n_query < 8;) {
		size_t part = strcspn(s, "&"), name = strcspn(s, "=&");
		char *key, *value = "";

		if (url_decode(a, s, name, true, &key) &&
			(name == part || url_decode(a, s + name + 1, part - name - 1, true, &value)))
			pairs[rq.n_query++] = (struct pair){ key, value };
		s += part + (s[part] == '&');
	}
	rq.query = pairs;
	if (routes_match(routes, &rq, &allow, &err))
		check_args(&rq);
	else
		PROMISE((err.kind == ERROR_METHOD) == (allow != NULL) && (err.kind == ERROR_METHOD || err.kind == ERROR_NOT_FOUND ||
			err.kind == ERROR_INVALID));
	arena_destroy(a);
	return 0;
}
