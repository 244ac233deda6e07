/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "csrf.h"
#include "account.h"
#include "route.h"
#include "session.h"
#include "unit.h"

#define A "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define B "1123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

static void tokens(void)
{
	char one[CSRF_SIZE], again[CSRF_SIZE], other[CSRF_SIZE];

	csrf_token(A, one);
	csrf_token(A, again);
	csrf_token(B, other);
	CHECK_INT(strlen(one), 64);
	CHECK_INT(strspn(one, "0123456789abcdef"), 64);
	CHECK_TEXT(one, again);
	CHECK(strcmp(one, other) != 0);
	CHECK(strcmp(one, A) != 0);
	CHECK(csrf_valid(one, again));
	CHECK(!csrf_valid(one, other));
	CHECK(!csrf_valid(one, NULL));
	CHECK(!csrf_valid(one, ""));
	again[63] ^= 1;
	CHECK(!csrf_valid(one, again));
	again[63] = '\0';
	CHECK(!csrf_valid(one, again));
}

struct sample {
	struct arena *arena;
	struct request rq;
	struct response rs;
	struct route route;
	struct pair headers[4], form[2];
	struct error err;
};

static void begin(struct sample *s)
{
	memset(s, 0, sizeof *s);
	s->arena = arena_create();
	s->rq = (struct request){ .arena = s->arena, .method = HTTP_POST, .route = &s->route, .headers = s->headers,
		.form = s->form };
	s->rs = (struct response){ .request = &s->rq, .status = 200 };
}

static void end(struct sample *s)
{
	arena_destroy(s->arena);
}

static void sessions(void)
{
	char token[CSRF_SIZE], other[CSRF_SIZE];
	struct session own = { .csrf = token };
	struct sample s;

	csrf_token(A, token);
	csrf_token(B, other);
	begin(&s);
	CHECK(csrf_check(&s.rq, &s.rs, &s.err)); /* nobody */
	s.rq.session = &own;
	s.rq.method = HTTP_GET;
	CHECK(csrf_check(&s.rq, &s.rs, &s.err));
	s.rq.method = HTTP_POST;
	CHECK(!csrf_check(&s.rq, &s.rs, &s.err));
	CHECK_ERROR(&s.err, ERROR_INVALID, "what you typed is still there");
	CHECK_INT(s.rs.status, 403);
	s.form[0] = (struct pair){ CSRF_FIELD, other };
	s.rq.n_form = 1;
	CHECK(!csrf_check(&s.rq, &s.rs, &s.err));
	s.form[0].value = token;
	CHECK(csrf_check(&s.rq, &s.rs, &s.err));
	s.rq.n_form = 0;
	s.headers[0] = (struct pair){ "x-csrf-token", token };
	s.rq.n_headers = 1;
	CHECK(csrf_check(&s.rq, &s.rs, &s.err));
	s.rq.n_headers = 0;
	s.rq.session = NULL;
	s.rq.pending = &own;
	CHECK(!csrf_check(&s.rq, &s.rs, &s.err));
	s.route.flags = ROUTE_NO_CSRF;
	CHECK(csrf_check(&s.rq, &s.rs, &s.err));
	end(&s);
}

static void forms_for_nobody(void)
{
	struct sample s;
	char cookie[200];

	begin(&s);
	s.route.flags = ROUTE_PRE_CSRF;
	CHECK(!csrf_check(&s.rq, &s.rs, &s.err));
	CHECK_ERROR(&s.err, ERROR_INVALID, "Allow cookies");
	const char *token = csrf_pre(&s.rq, &s.rs);
	CHECK_INT(s.rs.n_headers, 1);
	CHECK_TEXT(s.rs.headers[0].name, "Set-Cookie");
	CHECK_HAS(s.rs.headers[0].value, "; Path=/; Max-Age=3600; Secure; HttpOnly; SameSite=Lax");
	NEED(strncmp(s.rs.headers[0].value, "__Host-pre=", 11) == 0);
	snprintf(cookie, sizeof cookie, "theme=dark; %.75s", s.rs.headers[0].value);
	s.headers[0] = (struct pair){ "Cookie", cookie };
	s.rq.n_headers = 1;
	CHECK_TEXT(csrf_pre(&s.rq, &s.rs), token); /* the cookie stays */
	s.form[0] = (struct pair){ CSRF_FIELD, token };
	s.rq.n_form = 1;
	CHECK(csrf_check(&s.rq, &s.rs, &s.err));
	s.form[0].value = B;
	error_clear(&s.err);
	CHECK(!csrf_check(&s.rq, &s.rs, &s.err));
	CHECK_ERROR(&s.err, ERROR_INVALID, "out of date");
	static const char *const bad[] = { "__Host-pre=", "__Host-pre=zz", "__Host-pre=" A "0", "__Host-pre2=" A };
	for (size_t i = 0; i < COUNT(bad); i++) {
		s.headers[0].value = bad[i];
		CHECK(!csrf_check_pre(&s.rq, &s.rs, NULL));
	}
	end(&s);
}

CU_TestInfo unit_tests[] = {
	{ "tokens", tokens },
	{ "sessions", sessions },
	{ "forms for nobody", forms_for_nobody },
	CU_TEST_INFO_NULL
};
