/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The route table, and the way from a request to its handler. */
#include "route.h"
#include <ctype.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include "audit.h"
#include "api_token.h"
#include "csrf.h"
#include "engine.h"
#include "form.h"
#include "http.h"
#include "kept.h"
#include "log.h"
#include "metrics.h"
#include "notification.h"
#include "options.h"
#include "page.h"
#include "session.h"
#include "text.h"
#include "upload.h"

#define ARGS_MAX 24

/* ---- the table ---- */

struct routes {
	const struct route **list;
	size_t n;
};

/* The next segment of a path or pattern: [*s, *s + n); false at the end. */
static bool segment(const char **s, size_t *n)
{
	if (**s != '/')
		return false;
	++*s;
	*n = strcspn(*s, "/");
	return true;
}

/* "{name:type}" of n bytes; false if it is literal text. */
static bool pattern_param(const char *s, size_t n, char name[32], enum param_type *type)
{
	static const char *const words[] = { [PARAM_TEXT] = "text", [PARAM_SLUG] = "slug",
		[PARAM_ID] = "id", [PARAM_INT] = "int", [PARAM_YEAR] = "year", [PARAM_PATH] = "path" };
	const char *colon;

	if (n < 4 || s[0] != '{' || s[n - 1] != '}' || !(colon = memchr(s, ':', n)) || colon - s > 31)
		return false;
	snprintf(name, 32, "%.*s", (int)(colon - s - 1), s + 1);
	if (!*name || name[strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_")])
		return false;
	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		if (strlen(words[i]) == (size_t)(s + n - 2 - colon) &&
			strncmp(words[i], colon + 1, strlen(words[i])) == 0) {
			*type = i;
			return true;
		}
	return false;
}

/* Its parameters are counted. */
static bool pattern_ok(const char *pattern, size_t *params)
{
	const char *s = pattern;
	enum param_type type;
	char names[ARGS_MAX][32];
	size_t n;

	*params = 0;
	if (*s != '/' || strlen(s) > 200)
		return false;
	while (segment(&s, &n)) {
		bool braces = memchr(s, '{', n) || memchr(s, '}', n);

		if (n == 0 && pattern[1] != '\0')
			return false;
		if (braces && (*params == ARGS_MAX || !pattern_param(s, n, names[*params], &type)))
			return false;
		if (braces && type == PARAM_PATH && s[n] != '\0')
			return false;
		for (size_t i = 0; braces && i < *params; i++)
			if (strcmp(names[i], names[*params]) == 0)
				return false;
		*params += braces;
		s += n;
	}
	return true;
}

/* Do both fit the same addresses? What the parameters are called is no difference. */
static bool same_pattern(const char *p, const char *q)
{
	char name[32];
	size_t np, nq;

	for (;;) {
		enum param_type type_p = PARAM_TEXT, type_q = PARAM_TEXT;
		bool more_p = segment(&p, &np), more_q = segment(&q, &nq);

		if (!more_p || !more_q)
			return more_p == more_q;
		bool param = pattern_param(p, np, name, &type_p);
		if (param != pattern_param(q, nq, name, &type_q) || type_p != type_q ||
			(!param && (np != nq || strncmp(p, q, np) != 0)))
			return false;
		p += np;
		q += nq;
	}
}

static int with_head(int methods)
{
	return methods & HTTP_GET ? methods | HTTP_HEAD : methods;
}

static bool check_route(const struct routes *r, const struct route *route, struct error *err)
{
	size_t params, declared = 0;

	if (route->role == ROLE_UNDECLARED || route->role > ROLE_OPERATOR)
		return error_set(err, ERROR_INTERNAL, "The route %s declares no role.", route->pattern);
	while (route->query && route->query[declared].name)
		declared++;
	if ((route->flags & ROUTE_DIRECTORY) && strchr(route->pattern, '{'))
		return error_set(err, ERROR_INTERNAL, "The route %s waits for the directory, so it can have no "
			"parameter.", route->pattern);
	if (!route->handler || !route->summary || !pattern_ok(route->pattern, &params) ||
		params + declared > ARGS_MAX)
		return error_set(err, ERROR_INTERNAL, "The route %s is not well made.", route->pattern);
	for (size_t i = 0; i < r->n; i++)
		if (same_pattern(r->list[i]->pattern, route->pattern) &&
			(with_head(r->list[i]->methods) & with_head(route->methods)))
			return error_set(err, ERROR_INTERNAL, "The route %s is declared twice.", route->pattern);
	return true;
}

struct routes *routes_create(const struct route *const *tables, struct error *err)
{
	struct routes *r = calloc(1, sizeof *r);

	if (!r)
		abort();
	for (; *tables; tables++)
		for (const struct route *route = *tables; route->methods; route++) {
			if (!check_route(r, route, err)) {
				routes_destroy(r);
				return NULL;
			}
			r->list = realloc(r->list, (r->n + 1) * sizeof *r->list);
			if (!r->list)
				abort();
			r->list[r->n++] = route;
		}
	return r;
}

void routes_destroy(struct routes *r)
{
	if (!r)
		return;
	free(r->list);
	free(r);
}

bool routes_wait(const struct routes *r, struct arena *a, enum http_method method, const char *target)
{
	int wanted = method == HTTP_HEAD ? HTTP_GET : (int)method;
	char *path;

	if (!url_decode(a, target, strcspn(target, "?"), false, &path))
		return false;
	if (strncmp(path, "/s/", 3) == 0)
		path += 3 + strcspn(path + 3, "/");
	for (size_t i = 0; i < r->n; i++)
		if ((r->list[i]->flags & ROUTE_DIRECTORY) && (r->list[i]->methods & wanted) &&
			strcmp(r->list[i]->pattern, path) == 0)
			return true;
	return false;
}

static int fit(struct request *rq, const char *pattern, bool fill);

bool routes_upload(const struct routes *r, const char *target, size_t n)
{
	struct arena *a = arena_create();
	struct request rq = { .arena = a };
	const char *query = memchr(target, '?', n);
	bool found = false;
	char *path;

	if (url_decode(a, target, query ? (size_t)(query - target) : n, false, &path)) {
		if (strncmp(path, "/s/", 3) == 0)
			path += 3 + strcspn(path + 3, "/");
		rq.path = path;
		for (size_t i = 0; i < r->n && !found; i++)
			found = (r->list[i]->flags & ROUTE_UPLOAD) && (r->list[i]->methods & HTTP_POST) &&
				fit(&rq, r->list[i]->pattern, false);
	}
	arena_destroy(a);
	return found;
}

void routes_each(const struct routes *r, void (*fn)(const struct route *, void *), void *arg)
{
	for (size_t i = 0; i < r->n; i++)
		fn(r->list[i], arg);
}

/* ---- parameters ---- */

static bool whole_number(const char *s, int64_t *out)
{
	char *end;

	if (!isdigit((unsigned char)*s) && *s != '-')
		return false;
	*out = strtoll(s, &end, 10);
	return *end == '\0' && strlen(s) < 18;
}

static bool value_ok(enum param_type type, const struct param *p, const char *s)
{
	int64_t number;

	switch (type) {
	case PARAM_SLUG:
		return text_is_slug(s);
	case PARAM_ID:
		return id_valid(s);
	case PARAM_INT:
		return whole_number(s, &number) && (!p || (!p->min && !p->max) ||
			(number >= p->min && number <= p->max));
	case PARAM_YEAR:
		return whole_number(s, &number) && number >= 1800 && number <= 2200;
	case PARAM_PATH:
		return *s != '\0';
	case PARAM_TEXT:
		if (!*s || strlen(s) > 500)
			return false;
		for (; *s; s++)
			if ((unsigned char)*s < 0x20 || *s == 0x7f)
				return false;
		return true;
	}
	return false;
}

static void add_arg(struct request *rq, const char *name, const char *value)
{
	if (!rq->args)
		rq->args = arena_array(rq->arena, ARGS_MAX, sizeof *rq->args);
	if (rq->n_args == ARGS_MAX)
		abort(); /* more parameters than any route has */
	rq->args[rq->n_args++] = (struct pair){ arena_strdup(rq->arena, name), value };
}

/* How well a pattern fits: 0 not at all, more for more literal segments. */
static int fit(struct request *rq, const char *pattern, bool fill)
{
	const char *p = pattern, *s = rq->path;
	size_t np, ns;
	int score = 1;

	for (;;) {
		enum param_type type;
		char name[32];
		bool more_p = segment(&p, &np), more_s = segment(&s, &ns);

		if (!more_p || !more_s)
			return more_p == more_s ? score : 0;
		if (pattern_param(p, np, name, &type)) {
			char *value = arena_strndup(rq->arena, s, type == PARAM_PATH ? strlen(s) : ns);

			if (!value_ok(type, NULL, value))
				return 0;
			if (fill)
				add_arg(rq, name, value);
			if (type == PARAM_PATH)
				return score;
		} else if (np != ns || strncmp(p, s, np) != 0) {
			return 0;
		} else {
			score += 2;
		}
		score++;
		p += np;
		s += ns;
	}
}

bool routes_known(const struct routes *r, struct arena *a, const char *path)
{
	struct request rq = { .arena = a, .path = path };

	for (size_t i = 0; i < r->n; i++)
		if ((r->list[i]->methods & HTTP_GET) && fit(&rq, r->list[i]->pattern, false))
			return true;
	return false;
}

static bool bad_value(const struct param *p, struct error *err)
{
	static const char *const wanted[] = {
		[PARAM_TEXT] = "text without control characters",
		[PARAM_SLUG] = "small letters and digits, joined by single hyphens",
		[PARAM_ID] = "an id, as in the API's answers",
		[PARAM_YEAR] = "a year, as 2007",
		[PARAM_PATH] = "a path",
	};

	if (p->type == PARAM_INT)
		return error_set(err, ERROR_INVALID, "'%s' must be a whole number from %lld to %lld.", p->name,
			(long long)p->min, (long long)p->max);
	return error_set(err, ERROR_INVALID, "'%s' must be %s.", p->name, wanted[p->type]);
}

static bool query_args(struct request *rq, struct error *err)
{
	for (const struct param *p = rq->route->query; p && p->name; p++) {
		const char *value = NULL;

		for (size_t i = 0; i < rq->n_query && !value; i++)
			if (strcmp(rq->query[i].name, p->name) == 0)
				value = rq->query[i].value;
		if (!value || !*value)
			continue;
		if (p->type == PARAM_TEXT && strlen(value) > 500)
			return error_set(err, ERROR_INVALID, "'%s' may have at most 500 bytes.", p->name);
		if (!value_ok(p->type, p, value))
			return bad_value(p, err);
		add_arg(rq, p->name, value);
	}
	return true;
}

static const char *method_names(struct arena *a, int methods)
{
	static const struct { int method; const char *name; } names[] = { { HTTP_GET, "GET" },
		{ HTTP_HEAD, "HEAD" }, { HTTP_POST, "POST" }, { HTTP_PUT, "PUT" }, { HTTP_PATCH, "PATCH" },
		{ HTTP_DELETE, "DELETE" }, { HTTP_OPTIONS, "OPTIONS" } };
	const char *list = "";

	methods = with_head(methods) | HTTP_OPTIONS;
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (methods & names[i].method)
			list = arena_printf(a, "%s%s%s", list, *list ? ", " : "", names[i].name);
	return list;
}

bool routes_match(const struct routes *r, struct request *rq, const char **allow, struct error *err)
{
	int method = rq->method == HTTP_HEAD ? HTTP_GET : (int)rq->method, methods = 0, best = 0;

	*allow = NULL;
	for (size_t i = 0; i < r->n; i++) {
		int score = fit(rq, r->list[i]->pattern, false);

		if (!score)
			continue;
		methods |= r->list[i]->methods;
		if ((r->list[i]->methods & method) && score > best) {
			best = score;
			rq->route = r->list[i];
		}
	}
	if (!methods)
		return error_absent(err);
	if (!best) {
		*allow = method_names(rq->arena, methods);
		return error_set(err, ERROR_METHOD, "This address does not take that method. It takes: %s.",
			*allow);
	}
	fit(rq, rq->route->pattern, true);
	return query_args(rq, err);
}

/* ---- dispatch ---- */

/* Splits and decodes the target; a path has no empty, "." or ".." segments
 * and no encoded slash, so that one address has one spelling. */
static bool read_target(struct request *rq, struct error *err)
{
	const char *t = rq->target, *query = strchr(t, '?');
	size_t n = query ? (size_t)(query - t) : strlen(t);
	char *path;

	if (t[0] != '/' || memchr(t, '#', n))
		return error_set(err, ERROR_INVALID, "The address is not a path on this server.");
	for (size_t i = 0; i + 2 < n; i++)
		if (t[i] == '%' && ((t[i + 1] == '2' && (t[i + 2] | 32) == 'f') || (t[i + 1] == '5' && (t[i + 2] | 32) == 'c')))
			return error_absent(err);
	if (!url_decode(rq->arena, t, n, false, &path))
		return error_set(err, ERROR_INVALID, "The address is wrongly encoded.");
	const char *s = path;
	size_t len;
	while (segment(&s, &len)) {
		bool dots = (len == 1 && s[0] == '.') || (len == 2 && s[0] == '.' && s[1] == '.');

		if (dots || (len == 0 && (s[0] == '/' || s != path + 1)) || memchr(s, '\\', len)) {
			if (len == 0 && s[0] == '\0')
				break; /* a trailing slash; dispatch answers it */
			return error_absent(err);
		}
		s += len;
	}
	for (const char *c = path; *c; c++)
		if ((unsigned char)*c < 0x20 || *c == 0x7f)
			return error_absent(err);
	rq->path = path;
	return !query || form_urlencoded(rq->arena, query + 1, strlen(query + 1),
		&rq->query, &rq->n_query, err);
}

static bool is_address(const char *host)
{
	return *host == '[' || strspn(host, "0123456789.") == strlen(host);
}

/* The host name of rq->origin, without its port. */
static const char *origin_host(const struct request *rq)
{
	const char *s = strstr(rq->origin, "://");
	size_t n;

	s = s ? s + 3 : rq->origin;
	n = *s == '[' ? strcspn(s, "]") + 1 : strcspn(s, ":");
	return arena_strndup(rq->arena, s, n);
}

/* Sets rq->space and rq->base. "/s/<slug>" comes before the host's space. */
static bool find_space(struct engine *e, struct request *rq, struct response *rs, struct error *err)
{
	const char *network = options_string(e->options, "network-host");
	struct space *national = NULL, *of_host = NULL;
	struct error missing = { 0 };

	rq->base = "";
	if (!space_by_slug(rq->db, rq->arena, SPACE_NATIONAL, &national, &missing) &&
		missing.kind != ERROR_NOT_FOUND) {
		*err = missing;
		return false;
	}
	if (*rq->host && !space_by_host(rq->db, rq->arena, rq->host, &of_host, err))
		return false;
	rq->space = of_host ? of_host : national;
	/* public-origin is the network's own; a space's host name stands for itself. */
	if (of_host && !text_equal_nocase(rq->host, origin_host(rq)))
		rq->origin = arena_printf(rq->arena, "%s://%s", rq->secure ? "https" : "http",
			request_header(rq, "Host") ? request_header(rq, "Host") : rq->host);
	if (!rq->space)
		return error_set(err, ERROR_UNAVAILABLE, "This server has no content yet. "
			"Its administrator imports it with 'commonweal import'.");
	if (!of_host && *network && !text_equal_nocase(rq->host, network) && !rq->peer_loopback &&
		!is_address(rq->host)) {
		rs->status = 421;
		return error_set(err, ERROR_INVALID, "No space of the network has the address %.100s.", rq->host);
	}
	if (strncmp(rq->path, "/s/", 3) != 0)
		return true;
	const char *s = rq->path + 3;
	size_t n = strcspn(s, "/");
	char *slug = arena_strndup(rq->arena, s, n);
	struct space *named;
	if (!text_is_slug(slug))
		return error_set(err, ERROR_NOT_FOUND, "There is no such space in the network.");
	if (!space_by_slug(rq->db, rq->arena, slug, &named, err))
		return false;
	rq->space = named;
	rq->base = arena_printf(rq->arena, "/s/%s", slug);
	rq->path = s[n] ? s + n : "/";
	return true;
}

static bool is_operator(struct engine *e, const struct request *rq)
{
	const char *token = options_string(e->options, "metrics-token");
	const char *given = request_header(rq, "Authorization");
	size_t n = strlen(token);

	if (n > 0 && given && strncmp(given, "Bearer ", 7) == 0 && strlen(given + 7) == n)
		return sodium_memcmp(given + 7, token, n) == 0;
	return rq->peer_loopback && !request_header(rq, "X-Forwarded-For") && !request_header(rq, "Forwarded");
}

static bool check_role(struct engine *e, struct request *rq, struct response *rs, struct error *err)
{
	enum role role = rq->route->role;

	if (role == ROLE_OPERATOR ? is_operator(e, rq) :
		viewer_has_role(rq->viewer, rq->space ? rq->space->id : NULL, role))
		return true;
	/* 401 has to name a scheme of HTTP's own; only the API has one. */
	if (role == ROLE_SIGNED_IN && (rq->route->flags & ROUTE_API)) {
		rs->status = 401;
		response_header(rs, "WWW-Authenticate", "Bearer realm=\"api\"");
		return error_set(err, ERROR_SIGN_IN, "This needs a token, or that you are signed in.");
	}
	rs->status = role == ROLE_SIGNED_IN ? 403 : rs->status;
	if (role == ROLE_SIGNED_IN)
		return error_set(err, ERROR_SIGN_IN, "Please sign in first. If you just were, your sign-in has ended; "
			"after signing in again, go back and send the form once more.");
	if (rq->account && (role == ROLE_SPACE_ADMIN || role == ROLE_NETWORK_ADMIN))
		audit_note(rq, "access.denied", rq->route->pattern, rq->route->summary);
	return error_set(err, ERROR_DENIED, "There is no page at this address.");
}

/* A page that is for anyone with an account is no secret: nobody is led to sign in. */
static bool led_to_sign_in(struct request *rq, struct response *rs)
{
	struct url to = url_path(rq->arena, "/sign-in");
	const char *next = strlen(rq->target) < 500 ? rq->target : NULL;

	return rq->route->role == ROLE_SIGNED_IN && !rq->account && (rq->method & (HTTP_GET | HTTP_HEAD)) &&
		!(rq->route->flags & ROUTE_API) && response_redirect(rs, url_query(rq->arena, to, "next", next));
}

/* Unsafe methods must come from our own pages: browsers say so in
 * Sec-Fetch-Site or Origin; a request with neither is refused. */
static bool check_origin(const struct request *rq, struct response *rs, struct error *err)
{
	const char *site = request_header(rq, "Sec-Fetch-Site"), *origin = request_header(rq, "Origin");

	if ((rq->method & (HTTP_GET | HTTP_HEAD | HTTP_OPTIONS)) || (rq->route->flags & ROUTE_NO_CSRF))
		return true;
	if (site ? strcmp(site, "same-origin") == 0 && (!origin || strcmp(origin, rq->origin) == 0) :
		origin && strcmp(origin, rq->origin) == 0)
		return true;
	rs->status = 403;
	return error_set(err, ERROR_INVALID, "This form was sent from another site, so it was not accepted. "
		"Open the page here and send it again.");
}

static bool read_form(struct request *rq, struct error *err)
{
	static const char urlencoded[] = "application/x-www-form-urlencoded";
	const char *type = request_header(rq, "Content-Type"), *boundary;
	size_t n = sizeof urlencoded - 1;

	if (rq->asked)
		return form_boundary(rq->arena, type) || error_set(err, ERROR_INVALID, "Files are sent as a form "
			"(multipart/form-data).");
	if (rq->uploaded || rq->body_len == 0 || !type)
		return true;
	if (strncasecmp(type, urlencoded, n) == 0 && strchr("; \t", type[n]))
		return form_urlencoded(rq->arena, rq->body, rq->body_len, &rq->form, &rq->n_form, err);
	boundary = form_boundary(rq->arena, type);
	return !boundary || form_multipart(rq->arena, boundary, rq->body, rq->body_len, &rq->form, &rq->n_form, err);
}

/* A path with a trailing slash has its page without. */
static bool trailing_slash(struct request *rq, struct response *rs)
{
	size_t n = strlen(rq->target), path = strcspn(rq->target, "?");
	struct url to;

	if (path < 2 || rq->target[path - 1] != '/' || !(rq->method & (HTTP_GET | HTTP_HEAD)))
		return false;
	return url_local(rq->arena, arena_printf(rq->arena, "%.*s%.*s", (int)path - 1, rq->target,
		(int)(n - path), rq->target + path), &to) && response_moved(rs, to);
}

/* A form that was refused for its session goes back to who sent it, and to no
 * one else: the same browser, from our own page. False if err stands as it is. */
static bool kept(struct request *rq, struct response *rs, struct error *err)
{
	const char *accept = request_header(rq, "Accept");
	struct error quiet = { 0 };

	if (!(rq->route->flags & ROUTE_KEEPS_FORM) || rq->method != HTTP_POST ||
		(err->kind != ERROR_SIGN_IN && err->kind != ERROR_INVALID) || (accept && strcmp(accept, "application/json") == 0) ||
		!check_origin(rq, rs, &quiet) || (!rq->n_form && !read_form(rq, &quiet)) || !rq->n_form)
		return false;
	error_clear(err);
	return kept_page(rq, rs, err);
}

static bool answer(struct engine *e, struct request *rq, struct response *rs, struct error *err)
{
	const char *allow = NULL;

	rs->generation = db_generation(rq->db, err);
	if (err->kind || !read_target(rq, err) || !find_space(e, rq, rs, err))
		return false;
	log_context(rq->id, rq->space->slug);
	if (trailing_slash(rq, rs))
		return true;
	if (rq->method == HTTP_OPTIONS || !routes_match(e->routes, rq, &allow, err)) {
		struct error quiet = { 0 };

		if (rq->method == HTTP_OPTIONS && !routes_match(e->routes, rq, &allow, &quiet) && allow)
			error_clear(err);
		if (allow)
			response_header(rs, "Allow", allow);
		if (rq->method == HTTP_OPTIONS && allow) {
			rs->status = 204;
			return true;
		}
		if (!err->kind)
			*err = quiet;
		return false;
	}
	if ((rq->route->flags & ROUTE_DIRECTORY) && e->directory && !rq->may_wait) {
		log_error("request.pool", "route=%s", rq->route->pattern); /* routes_wait and routes_match disagree: a bug */
		return error_set(err, ERROR_UNAVAILABLE, "This cannot be done at the moment. Please try again.");
	}
	if (led_to_sign_in(rq, rs))
		return true;
	if (!check_role(e, rq, rs, err))
		return kept(rq, rs, err);
	/* No page of another site can add a token, so a request with one needs no proof of where it is from. */
	if (!api_token_check_scope(rq, rs, err) || (!rq->token && !check_origin(rq, rs, err)) || !read_form(rq, err))
		return false;
	/* Without the form there is no token; a handler shows what was wrong, and changes nothing. */
	if (!rq->token && !(rq->upload_error && (rq->route->flags & ROUTE_UPLOAD)) && !csrf_check(rq, rs, err))
		return kept(rq, rs, err);
	return rq->route->handler(rq, rs, err);
}

static bool wants_problem(const struct request *rq)
{
	return !rq->viewer || (rq->route ? rq->route->flags & ROUTE_API : rq->path && strncmp(rq->path, "/api/", 5) == 0);
}

static bool sets_cookie(const struct response *rs)
{
	for (size_t i = 0; i < rs->n_headers; i++)
		if (strcasecmp(rs->headers[i].name, "Set-Cookie") == 0)
			return true;
	return false;
}

/* A page that a notification leads to has been opened: that one is seen. */
static void note_opened(struct engine *e, struct request *rq, const struct response *rs)
{
	struct error quiet = { 0 };

	if (rq->method != HTTP_GET || rs->status != 200 || !rq->session || !rq->account || !rq->route ||
		(rq->route->flags & ROUTE_API) || strncmp(rs->type, "text/html", 9) != 0 || request_header(rq, "Sec-Purpose"))
		return;
	if (!notification_opened(e, rq->db, rq->account->id, rq->space->id, rq->path, &quiet))
		log_warn("request.seen", "text=%s", log_quote(quiet.text));
}

void dispatch(struct engine *e, struct db *db, struct request *rq, struct response *rs)
{
	int64_t began = clock_monotonic_ns();
	struct error err = { 0 };
	const char *theme;
	bool begun, ok;

	rs->request = rq;
	rs->status = 200;
	rs->type = "text/html; charset=utf-8";
	rq->engine = e;
	rq->db = db;
	rq->viewer = api_token_given(rq) ? api_token_viewer(rq, rs, db, &err) : session_viewer(rq, db);
	rq->base = "";
	log_context(rq->id, NULL);
	theme = request_cookie(rq, "theme");
	rq->theme = theme && (strcmp(theme, "light") == 0 || strcmp(theme, "dark") == 0) ? theme : NULL;
	begun = rq->viewer && db_begin(db, rq->viewer, &err);
	ok = begun && answer(e, rq, rs, &err);
	rs->receive = ok && rq->asked && rs->status == 200;
	if (ok)
		note_opened(e, rq, rs);
	if (!ok && wants_problem(rq))
		json_problem(rq, rs, &err);
	else if (!ok)
		page_error(rq, rs, &err);
	if (begun)
		db_end(db);
	/* Whatever a handler thought: what one person sees is not kept for others. */
	if (rq->session || rq->token || rq->pending || !rq->viewer || sets_cookie(rs))
		rs->cacheable = false;
	if (!ok && rs->status == 503)
		response_header(rs, "Retry-After", "10");
	double seconds = (double)(clock_monotonic_ns() - began) / 1e9;
	metrics_handler_time(e->metrics, seconds);
	log_info("request.done", "status=%d ms=%.1f bytes=%zu route=%s", rs->status, seconds * 1000,
		rs->body.len, rq->route ? rq->route->pattern : "-");
	log_context(NULL, NULL);
}
