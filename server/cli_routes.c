/* SPDX-License-Identifier: GPL-3.0-or-later */
/* commonweal routes: the route table as the server itself has it, for the test
 * that walks every route as everyone (tests/http/matrix.test.mjs). */
#include "cli.h"
#include <jansson.h>
#include <stdio.h>
#include "route.h"

static json_t *methods_json(int methods)
{
	static const struct { int method; const char *name; } names[] = { { HTTP_GET, "GET" }, { HTTP_POST, "POST" },
		{ HTTP_PUT, "PUT" }, { HTTP_PATCH, "PATCH" }, { HTTP_DELETE, "DELETE" } };
	json_t *list = json_array();

	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (methods & names[i].method)
			json_array_append_new(list, json_string(names[i].name));
	return list;
}

static json_t *flags_json(int flags)
{
	static const struct { int flag; const char *name; } names[] = { { ROUTE_API, "api" },
		{ ROUTE_NO_CSRF, "no-csrf" }, { ROUTE_PRE_CSRF, "pre-csrf" } };
	json_t *list = json_array();

	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (flags & names[i].flag)
			json_array_append_new(list, json_string(names[i].name));
	return list;
}

static json_t *query_json(const struct param *p)
{
	json_t *list = json_array();

	for (; p && p->name; p++)
		json_array_append_new(list, json_string(p->name));
	return list;
}

static void add(const struct route *route, void *arg)
{
	static const char *const roles[] = { [ROLE_UNDECLARED] = "undeclared", [ROLE_ANYONE] = "anyone",
		[ROLE_SIGNED_IN] = "signed-in", [ROLE_READER] = "reader", [ROLE_CONTRIBUTOR] = "contributor",
		[ROLE_EDITOR] = "editor", [ROLE_SPACE_ADMIN] = "space-admin", [ROLE_NETWORK_ADMIN] = "network-admin",
		[ROLE_OPERATOR] = "operator" };

	json_array_append_new(arg, json_pack("{s:o, s:s, s:s, s:o, s:o, s:s}", "methods", methods_json(route->methods),
		"pattern", route->pattern, "role", roles[route->role], "flags", flags_json(route->flags),
		"query", query_json(route->query), "summary", route->summary));
}

int run_routes(struct engine *e, int argc, char **argv)
{
	struct error err = { 0 };
	struct routes *routes = engine_routes_create(&err);
	json_t *list;

	(void)e;
	(void)argc;
	(void)argv;
	if (!routes)
		return cli_fail(&err);
	list = json_array();
	routes_each(routes, add, list);
	json_dumpf(list, stdout, JSON_INDENT(1));
	putchar('\n');
	json_decref(list);
	routes_destroy(routes);
	return ferror(stdout) ? 1 : 0;
}
