/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "directory.h"
#include "directory_map.h"
#include "directory_text.h"
#include "spnego.h"
#include "unit.h"

static const char *escaped(struct arena *a, void (*escape)(struct buf *, const char *, size_t), const char *s,
	size_t n)
{
	struct buf b = BUF_INIT;
	const char *text;

	escape(&b, s, n);
	text = arena_strdup(a, buf_text(&b));
	buf_finish(&b);
	return text;
}

#define FILTER(s) escaped(a, directory_escape_filter, s, sizeof(s) - 1)
#define DN(s) escaped(a, directory_escape_dn, s, sizeof(s) - 1)

/* RFC 4515, 4: examples, and what must not pass. */
static void filters(void)
{
	struct arena *a = arena_create();

	CHECK_TEXT(FILTER("plain.Name-1_2@example.org"), "plain.Name-1_2@example.org");
	CHECK_TEXT(FILTER("Parens R Us (for all your parenthetical needs)"),
		"Parens R Us \\28for all your parenthetical needs\\29");
	CHECK_TEXT(FILTER("*"), "\\2a");
	CHECK_TEXT(FILTER("C:\\MyFile"), "C:\\5cMyFile");
	CHECK_TEXT(FILTER("\0\4"), "\\00\\04");
	CHECK_TEXT(FILTER("Lu\xc4\x8di\xc4\x87"), "Lu\\c4\\8di\\c4\\87");
	CHECK_TEXT(FILTER("*)(uid=*"), "\\2a\\29\\28uid=\\2a");
	CHECK_TEXT(FILTER(""), "");
	CHECK_TEXT(directory_fill(a, "(|(uid={login})(mail={login}))", "a*", directory_escape_filter),
		"(|(uid=a\\2a)(mail=a\\2a))");
	CHECK_TEXT(directory_fill(a, "(uid={login})", "{login}", directory_escape_filter), "(uid={login})");
	arena_destroy(a);
}

/* RFC 4514, 4. */
static void names(void)
{
	struct arena *a = arena_create();

	CHECK_TEXT(DN("Sales"), "Sales");
	CHECK_TEXT(DN("James \"Jim\" Smith, III"), "James \\\"Jim\\\" Smith\\, III");
	CHECK_TEXT(DN(" lead"), "\\20lead");
	CHECK_TEXT(DN("trail "), "trail\\20");
	CHECK_TEXT(DN("#hash"), "\\23hash");
	CHECK_TEXT(DN("a#b c"), "a#b c");
	CHECK_TEXT(DN("a+b;c<d>e=f\\g"), "a\\+b\\;c\\<d\\>e\\=f\\\\g");
	CHECK_TEXT(DN("Before\rAfter"), "Before\\0dAfter");
	CHECK_TEXT(DN("\0"), "\\00");
	CHECK_TEXT(DN(" "), "\\20");
	CHECK_TEXT(directory_fill(a, "uid={login},ou=people", "x,ou=admins", directory_escape_dn),
		"uid=x\\,ou\\=admins,ou=people");
	arena_destroy(a);
}

static void one_spelling(void)
{
	static const char *const same[][2] = { { "CN=Editors, OU=Groups ,DC=Example", "cn=editors,ou=groups,dc=example" },
		{ "cn=a+ou=b,dc=x", "ou=B+cn=A,dc=X" }, { "cn=two  words,dc=x", "cn=two words,dc=x" },
		{ "cn=Doe\\, John,dc=x", "cn=doe\\2c john,dc=x" }, { "cn=\\c3\\a9,dc=x", "cn=\xc3\xa9,dc=x" } };
	static const char *const bad[] = { "", "nonsense", "cn", "=x", "cn=a,", "cn=a,,dc=x", "cn=\"a", "cn=", "cn=#", "cn=#\n", NULL };
	struct arena *a = arena_create();

	for (size_t i = 0; i < COUNT(same); i++) {
		NEED(directory_dn_normal(a, same[i][0]));
		CHECK_TEXT(directory_dn_normal(a, same[i][0]), directory_dn_normal(a, same[i][1]));
	}
	/* Once more changes nothing. */
	CHECK_TEXT(directory_dn_normal(a, directory_dn_normal(a, same[3][0])), directory_dn_normal(a, same[3][0]));
	for (size_t i = 0; i < COUNT(bad); i++)
		CHECK(!directory_dn_normal(a, bad[i]));
	/* What differs stays different. */
	CHECK(strcmp(directory_dn_normal(a, "cn=a\\,b,dc=x"), directory_dn_normal(a, "cn=a,ou=b,dc=x")) != 0);
	CHECK(strcmp(directory_dn_normal(a, "cn=a,dc=x"), directory_dn_normal(a, "cn=a+dc=x")) != 0);
	arena_destroy(a);
}

static void logins(void)
{
	char limit[DIRECTORY_LOGIN_MAX + 2];

	memset(limit, 'a', sizeof limit);
	limit[DIRECTORY_LOGIN_MAX] = '\0';
	CHECK(directory_login_ok("anna"));
	CHECK(directory_login_ok("anna@example.org"));
	CHECK(directory_login_ok("Ren\xc3\xa9" " D"));
	CHECK(directory_login_ok(limit));
	limit[DIRECTORY_LOGIN_MAX] = 'a';
	limit[DIRECTORY_LOGIN_MAX + 1] = '\0';
	CHECK(!directory_login_ok(limit));
	static const char *const bad[] = { "", " a", "a ", "a  b", "a\tb", "a\nb", "a\x7f", "\xff", "\xc3", NULL };
	for (size_t i = 0; i < COUNT(bad); i++)
		CHECK(!directory_login_ok(bad[i]));
}

static void holes(void)
{
	const char *found[4];
	struct arena *a = arena_create();

	CHECK_INT(directory_filter_holes(a, "(&(objectClass=person)(|(uid={login})(mail={login})))", found, 4), 2);
	CHECK_TEXT(found[0], "uid");
	CHECK_TEXT(found[1], "mail");
	CHECK_INT(directory_filter_holes(a, "(uid=x)", found, 4), 0);
	CHECK_INT(directory_filter_holes(a, "(mail={login}@example.org)", found, 4), 1);
	CHECK(!found[0]);
	CHECK_INT(directory_filter_holes(a, "(uid~={login})", found, 4), 1);
	CHECK(!found[0]);
	CHECK_INT(directory_filter_holes(a, "{login}", found, 4), 1);
	CHECK(!found[0]);
	CHECK_INT(directory_filter_holes(a, "(a={login})(b={login})(c={login})", found, 2), 3);
	CHECK_TEXT(found[1], "b");
	CHECK(directory_filter_ok("(a=b)"));
	CHECK(directory_filter_ok("(&(a=b)(!(c=d)))"));
	static const char *const bad[] = { "", "a=b", "(a=b", "(a=b))", "(a=b)(c=d)", ")a=b(", "(a=b) ", "((a=b)" };
	for (size_t i = 0; i < COUNT(bad); i++)
		CHECK(!directory_filter_ok(bad[i]));
	arena_destroy(a);
}

/* ---- the map ---- */

static struct directory_map *parse(const char *text)
{
	struct directory_map *m = NULL;
	struct error err = { 0 };

	CHECK(directory_map_parse(text, strlen(text), "map", &m, &err));
	CHECK_TEXT(err.text, "");
	NEED(m);
	return m;
}

static void map_lines(void)
{
	struct directory_map *m = parse("# comment\n\n  group \"cn=a -\\> b,dc=x\" -> boston space-admin\r\n"
		"group CN=C,DC=X->ohio reader team law-enforcement  services\n"
		"attribute employeeType = \"Staff Member\" -> newark contributor\nattribute EmployeeType=x -> a editor\n"
		"attribute ou=x -> a editor\neveryone -> national reader\neveryone -> network-admin");
	size_t n;
	const struct directory_rule *r = directory_map_rules(m, &n);

	NEED(n == 7);
	CHECK_INT(r[0].kind, RULE_GROUP);
	CHECK_INT(r[0].line, 3);
	CHECK_TEXT(r[0].normal, "cn=a -\\> b,dc=x");
	CHECK_TEXT(r[0].space, "boston");
	CHECK_INT(r[0].role, ROLE_SPACE_ADMIN);
	CHECK(!r[0].team);
	CHECK_TEXT(r[1].normal, "cn=c,dc=x");
	CHECK_TEXT(r[1].team, "law-enforcement services");
	CHECK_TEXT(r[2].attribute, "employeeType");
	CHECK_TEXT(r[2].value, "Staff Member");
	CHECK_INT(r[5].kind, RULE_EVERYONE);
	CHECK(!r[6].space);
	CHECK_TEXT(directory_map_attributes(m)[0], "employeeType");
	CHECK_TEXT(directory_map_attributes(m)[1], "ou");
	CHECK(!directory_map_attributes(m)[2]);
	directory_map_destroy(m);
	m = parse("");
	directory_map_rules(m, &n);
	CHECK_INT(n, 0);
	CHECK(!directory_map_attributes(m)[0]);
	directory_map_destroy(m);
	directory_map_destroy(NULL);
}

static void map_errors(void)
{
	static const struct { const char *text, *words; } bad[] = {
		{ "\n\nfoo", "map:3: expected 'group DN -> SPACE ROLE'" }, { "foo -> a reader", "map:1: a line begins with" },
		{ "group -> a reader", "map:1: '' is not a distinguished name" },
		{ "group x -> a reader", "'x' is not a distinguished name" }, { "everyone all -> a reader", "nothing may stand" },
		{ "attribute a -> b reader", "expected 'attribute" }, { "attribute =a -> b reader", "expected 'attribute" },
		{ "attribute a= -> b reader", "expected 'attribute" }, { "attribute a b=c -> b reader", "expected 'attribute" },
		{ "everyone ->", "after '->' comes a space" }, { "everyone -> A reader", "'A' is not the short name" },
		{ "everyone -> a", "after the space comes reader" }, { "everyone -> a Reader", "not 'Reader'" },
		{ "everyone -> a network-admin", "not 'network-admin'" }, { "everyone -> a reader x", "expected 'team'" },
		{ "everyone -> a reader team", "after 'team' come" }, { "everyone -> a reader team X", "not a role in a team" },
		{ "everyone -> network-admin now", "nothing may stand after" }, { "everyone -> a reader\xff", "not UTF-8" } };
	struct directory_map *m = NULL;
	char *line = malloc(5000);

	for (size_t i = 0; i < COUNT(bad); i++) {
		struct error err = { 0 };

		CHECK(!directory_map_parse(bad[i].text, strlen(bad[i].text), "map", &m, &err));
		CHECK_ERROR(&err, ERROR_INVALID, bad[i].words);
	}
	struct error err = { 0 };
	NEED(line);
	memset(line, 'x', 5000);
	CHECK(!directory_map_parse(line, 5000, "map", &m, &err));
	CHECK_ERROR(&err, ERROR_INVALID, "longer than");
	error_clear(&err);
	CHECK(!directory_map_parse("everyone\0 -> a reader", 21, "map", &m, &err));
	CHECK_ERROR(&err, ERROR_INVALID, "not UTF-8");
	error_clear(&err);
	CHECK(!directory_map_load(unit_path("absent"), &m, &err));
	CHECK_ERROR(&err, ERROR_INVALID, "No such file");
	error_clear(&err);
	CHECK(directory_map_load(unit_file("map", "everyone -> a reader\n"), &m, &err));
	directory_map_destroy(m);
	CHECK(directory_map_load("", &m, &err));
	directory_map_destroy(m);
	free(line);
}

static void count_fit(const struct directory_rule *rule, const struct directory_group *g, void *arg)
{
	CHECK((rule->kind == RULE_GROUP) == (g != NULL));
	++*(int *)arg;
}

static void map_gives(void)
{
	struct directory_map *m = parse("group cn=b,dc=x -> boston reader team research\n"
		"group cn=a,dc=x -> boston editor team services research\ngroup cn=no,dc=x -> boston space-admin\n"
		"attribute ou=Police -> ohio contributor\nattribute ou=Fire -> newark reader\ngroup cn=a,dc=x -> network-admin\n");
	struct directory_group a = { .dn = "CN=A,DC=X", .normal = "cn=a,dc=x" };
	struct directory_group b = { .dn = "cn=b,dc=x", .normal = "cn=b,dc=x", .via = &a };
	struct directory_group *const groups[] = { &a, &b };
	struct directory_value value = { "OU", "police" };
	struct directory_person p = { .groups = groups, .n_groups = 2, .values = &value, .n_values = 1 };
	struct arena *arena = arena_create();
	struct directory_grants grants;
	int fits = 0;

	directory_map_apply(m, arena, &p, count_fit, &fits, &grants);
	CHECK_INT(fits, 4);
	CHECK(grants.network_admin);
	NEED(grants.n == 2);
	CHECK_TEXT(grants.list[0].space, "boston");
	CHECK_INT(grants.list[0].role, ROLE_EDITOR); /* the highest, whatever comes last */
	CHECK_TEXT(grants.list[0].team, "research services");
	CHECK_TEXT(grants.list[1].space, "ohio");
	CHECK_INT(grants.list[1].role, ROLE_CONTRIBUTOR);
	CHECK(!grants.list[1].team);
	p.n_groups = 0;
	p.n_values = 0;
	directory_map_apply(m, arena, &p, NULL, NULL, &grants);
	CHECK(!grants.network_admin);
	CHECK_INT(grants.n, 0);
	arena_destroy(arena);
	directory_map_destroy(m);
}

/* ---- options that no server needs to be asked for ---- */

static void refused_options(void)
{
	static const struct { const char *name, *value, *words; } bad[] = {
		{ "ldap-servers", "http://x", "does not begin with" }, { "ldap-servers", "ldaps://", "is not ldaps://host" },
		{ "ldap-servers", "ldaps://a:0x", "is not ldaps://host" }, { "ldap-servers", "ldaps://a/b", "is not ldaps://host" },
		{ "ldap-servers", "ldaps://[::1", "is not ldaps://host" },
		{ "ldap-servers", "ldaps://a ldaps://b ldaps://c ldaps://d ldaps://e ldaps://f ldaps://g ldaps://h ldaps://i", "at most" },
		{ "ldap-starttls", "no", "plain text" }, { "ldap-allow-plaintext", "yes", "no or loopback-only" },
		{ "ldap-base", "", "is not a distinguished name" }, { "ldap-bind-dn", "cn=x", "needs ldap-bind-password-file" },
		{ "ldap-ca-file", "/absent", "cannot be read" }, { "ldap-ca-file", "/dev/null", "holds no certificates" },
		{ "ldap-user-filter", "(uid=x)", "has no {login}" }, { "ldap-user-filter", "(uid={login}", "parentheses" },
		{ "ldap-user-dn", "uid={login}x,dc", "not a distinguished name" }, { "ldap-login-attribute", "a b", "not the name" },
		{ "ldap-login-attribute", "", "not the name" }, { "ldap-groups", "none", "ldap-groups" },
		{ "ldap-group-base", "x", "ldap-group-base" }, { "ldap-group-filter", "x", "ldap-group-filter" },
		{ "ldap-nested-groups", "yes", "walk, rule or no" }, { "ldap-map", "/absent", "ldap-map" } };
	static const struct option_def *const tables[] = { directory_options, NULL };

	for (size_t i = 0; i < COUNT(bad); i++) {
		struct options *o = options_create(tables);
		struct directory *d = NULL;
		struct error err = { 0 };

		CHECK(directory_create(o, &d, &err));
		CHECK(!d); /* no servers: no directory */
		CHECK(options_set(o, "ldap-servers", "ldap://ldap.example.org", "test", &err));
		CHECK(options_set(o, "ldap-base", "dc=x", "test", &err));
		CHECK(options_set(o, bad[i].name, bad[i].value, "test", &err));
		CHECK(!directory_create(o, &d, &err));
		CHECK(!d);
		CHECK_ERROR(&err, ERROR_INVALID, bad[i].words);
		directory_destroy(d);
		options_destroy(o);
	}
}

static void tickets(void)
{
	static const char *const bad[] = { "", "anna", "@EXAMPLE.ORG", "anna@EXAMPLE.ORG.EVIL", "anna@example.org",
		"anna@OTHER.ORG", "anna/admin@EXAMPLE.ORG", "HTTP/host@EXAMPLE.ORG", "anna\\@EXAMPLE.ORG@EVIL.ORG",
		"anna@EVIL.ORG@EXAMPLE.ORG", "anna\\0@EXAMPLE.ORG" };
	struct arena *a = arena_create();

	CHECK_TEXT(spnego_login(a, "anna@EXAMPLE.ORG", "EXAMPLE.ORG"), "anna");
	CHECK_TEXT(spnego_login(a, "Anna.B@EXAMPLE.ORG", "EXAMPLE.ORG"), "anna.b");
	for (size_t i = 0; i < COUNT(bad); i++)
		CHECK(!spnego_login(a, bad[i], "EXAMPLE.ORG"));
	CHECK(spnego_offered("Negotiate abc"));
	CHECK(spnego_offered("negotiate abc"));
	CHECK(!spnego_offered("Negotiate"));
	CHECK(!spnego_offered("Basic abc"));
	CHECK(!spnego_offered(NULL));
	arena_destroy(a);
}

CU_TestInfo unit_tests[] = {
	{ "filters: values are escaped", filters },
	{ "names: values are escaped", names },
	{ "names: one spelling", one_spelling },
	{ "logins", logins },
	{ "filters: holes and parentheses", holes },
	{ "map: lines", map_lines },
	{ "map: errors name file and line", map_errors },
	{ "map: what it gives", map_gives },
	{ "options that are refused", refused_options },
	{ "desktop: whose ticket", tickets },
	CU_TEST_INFO_NULL,
};
