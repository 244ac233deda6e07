/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "session.h"
#include "engine.h"
#include "network.h"
#include "unit.h"

static struct network n;
static struct engine e;
static struct db *db;
static struct error err;
static char ada[ID_SIZE];

struct call {
	struct session_new new;
	char secret[SESSION_SECRET_SIZE], handle[ID_SIZE];
	const char *family, *old_handle, *old_secret;
	enum session_stage stage;
	bool factor, found;
};

static bool make(struct db *w, void *arg, struct error *er)
{
	struct call *c = arg;

	return session_create(w, &c->new, c->secret, c->handle, er);
}

static bool rotate(struct db *w, void *arg, struct error *er)
{
	struct call *c = arg;

	return session_rotate(w, c->old_handle, c->stage, c->factor, c->secret, &c->found, er);
}

static bool end_one(struct db *w, void *arg, struct error *er)
{
	struct call *c = arg;

	return session_end(w, ada, c->old_handle, er);
}

static bool end_family(struct db *w, void *arg, struct error *er)
{
	return session_end_family(w, ((struct call *)arg)->family, er);
}

static bool end_others(struct db *w, void *arg, struct error *er)
{
	return session_end_account(w, ada, ((struct call *)arg)->old_handle, er);
}

static bool end_secret(struct db *w, void *arg, struct error *er)
{
	return session_end_secret(w, ((struct call *)arg)->old_secret, er);
}

static bool add_ada(struct db *w, void *arg, struct error *er)
{
	struct account_new a = { .login = "ada", .name = "Ada" };

	(void)arg;
	return account_add(w, &a, ada, er);
}

static bool disable_ada(struct db *w, void *arg, struct error *er)
{
	(void)arg;
	return account_disable(w, ada, SOURCE_LOCAL, er);
}

static void write_(store_operation *op, struct call *c)
{
	error_clear(&err);
	CHECK(store_write_aside(n.store, &viewer_system, op, c, &err));
	CHECK_ERROR(&err, ERROR_NONE, "");
}

static void begin(const char *name)
{
	error_clear(&err);
	network_open(&n, name, NULL);
	network_space(&n, "national", "public");
	db = store_reader(n.store, &err);
	NEED(db != NULL);
	e = (struct engine){ .store = n.store, .options = engine_options_create() };
	write_(add_ada, NULL);
}

static void end(void)
{
	options_destroy(e.options);
	db_close(db);
	network_close(&n);
}

static struct call open_(enum session_stage stage)
{
	struct call c = { .new = { .account_id = ada, .stage = stage, .method = "password", .host = "a.example",
		.address = "192.0.2.1", .agent = "Test", .absolute_us = clock_now_us() + 3600 * 1000000LL } };

	write_(make, &c);
	return c;
}

static struct request rq;

/* The viewer that a cookie gives on a host. */
static const struct viewer *ask(const char *secret, const char *host)
{
	static struct pair header[1];

	header[0] = (struct pair){ "Cookie", arena_printf(n.arena, "a=b; " SESSION_COOKIE "=%s; c=d", secret) };
	rq = (struct request){ .arena = n.arena, .engine = &e, .host = host, .headers = header, .n_headers = 1 };
	return session_viewer(&rq, db);
}

static void cookie_to_viewer(void)
{
	begin("cookie.db");
	struct call c = open_(SESSION_OPEN);
	const struct viewer *v = ask(c.secret, "a.example");
	CHECK_INT(v->kind, VIEWER_ACCOUNT);
	CHECK_TEXT(v->account_id, ada);
	NEED(rq.session != NULL && rq.account != NULL);
	CHECK_TEXT(rq.session->handle, c.handle);
	CHECK_INT(strlen(rq.session->csrf), 64);
	CHECK(ask(c.secret, "b.example") == &viewer_nobody);
	CHECK(!rq.session && !rq.account);
	c.secret[0] = c.secret[0] == 'a' ? 'b' : 'a';
	CHECK(ask(c.secret, "a.example") == &viewer_nobody);
	static const char *const odd[] = { "", "x", "ABCDEF", "' OR 1=1 --",
		"zzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzz" };
	for (size_t i = 0; i < COUNT(odd); i++)
		CHECK(ask(odd[i], "a.example") == &viewer_nobody);
	end();
}

static void stages(void)
{
	begin("stages.db");
	struct call c = open_(SESSION_CODE);
	CHECK(ask(c.secret, "a.example") == &viewer_nobody);
	CHECK(!rq.session && !rq.account && rq.pending && rq.pending_account);
	char old[SESSION_SECRET_SIZE];
	snprintf(old, sizeof old, "%s", c.secret);
	c.old_handle = c.handle;
	c.factor = true;
	write_(rotate, &c);
	CHECK(c.found);
	CHECK(strcmp(old, c.secret) != 0);
	CHECK(ask(old, "a.example") == &viewer_nobody);
	CHECK_INT(ask(c.secret, "a.example")->kind, VIEWER_ACCOUNT);
	CHECK(rq.session->second_factor);
	c.old_handle = "none";
	write_(rotate, &c);
	CHECK(!c.found);
	end();
}

static void limits(void)
{
	begin("limits.db");
	struct call c = open_(SESSION_OPEN);
	c.new.absolute_us = clock_now_us() - 1;
	write_(make, &c);
	CHECK(ask(c.secret, "a.example") == &viewer_nobody);
	struct call d = open_(SESSION_OPEN);
	CHECK(options_set(e.options, "session-idle", "1s", "test", &err));
	CHECK_INT(ask(d.secret, "a.example")->kind, VIEWER_ACCOUNT);
	write_(disable_ada, NULL);
	CHECK(ask(d.secret, "a.example") == &viewer_nobody);
	end();
}

static size_t count_open(void)
{
	struct session *list;
	size_t count;

	CHECK(session_list(db, n.arena, ada, 3600 * 1000000LL, &list, &count, &err));
	return count;
}

static void ending(void)
{
	begin("ending.db");
	struct call a = open_(SESSION_OPEN), b = open_(SESSION_OPEN), c = open_(SESSION_OPEN), d = a;
	ask(a.secret, "a.example");
	NEED(rq.session != NULL);
	d.new.family = rq.session->family;
	d.new.host = "b.example";
	write_(make, &d); /* the same sign-in on another host name */
	open_(SESSION_CODE);
	CHECK_INT(count_open(), 4); /* one that is not open is none */
	d.family = d.new.family;
	write_(end_family, &d);
	CHECK_INT(count_open(), 2);
	CHECK(ask(a.secret, "a.example") == &viewer_nobody);
	CHECK(ask(d.secret, "b.example") == &viewer_nobody);
	b.old_secret = b.secret;
	write_(end_secret, &b);
	CHECK_INT(count_open(), 1);
	for (int i = 0; i < 3; i++)
		open_(SESSION_OPEN);
	c.old_handle = c.handle;
	write_(end_others, &c);
	CHECK_INT(count_open(), 1);
	CHECK_INT(ask(c.secret, "a.example")->kind, VIEWER_ACCOUNT);
	write_(end_one, &c);
	write_(end_one, &c);
	CHECK_INT(count_open(), 0);
	for (int i = 0; i < 60; i++)
		open_(SESSION_OPEN);
	CHECK_INT(count_open(), 50);
	end();
}

static void cookies(void)
{
	struct arena *a = arena_create();
	struct request plain = { .arena = a };
	struct response rs = { .request = &plain };

	session_set_cookie(&rs, "abc");
	session_clear_cookie(&rs);
	CHECK_TEXT(rs.headers[0].value, "__Host-session=abc; Path=/; Secure; HttpOnly; SameSite=Lax");
	CHECK_TEXT(rs.headers[1].value, "__Host-session=; Path=/; Max-Age=0; Secure; HttpOnly; SameSite=Lax");
	arena_destroy(a);
}

static void where_it_may_be(void)
{
	static const struct {
		const char *host;
		bool secure, loopback, allowed;
	} cases[] = { { "network.example.org", true, false, true }, { "network.example.org", false, true, false },
		{ "localhost", false, true, true }, { "ohio.localhost", false, true, true }, { "127.0.0.1", false, true, true },
		{ "[::1]", false, true, true }, { "127.evil.example", false, true, false }, { "localhost", false, false, false },
		{ "notlocalhost", false, true, false }, { "", false, true, false } };

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct request one = { .host = cases[i].host, .secure = cases[i].secure, .peer_loopback = cases[i].loopback };

		CHECK_INT(session_allowed(&one), cases[i].allowed);
	}
}

CU_TestInfo unit_tests[] = {
	{ "from the cookie to the viewer", cookie_to_viewer },
	{ "stages and rotation", stages },
	{ "limits", limits },
	{ "ending", ending },
	{ "cookies", cookies },
	{ "where it may be", where_it_may_be },
	CU_TEST_INFO_NULL
};
