/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The route table: what may be asked, by whom, with which parameters. A
 * handler neither parses nor authorises. Start refuses a route without a role,
 * a duplicate, or a bad pattern. */
#ifndef COMMONWEAL_ROUTE_H
#define COMMONWEAL_ROUTE_H
#include "request.h"

enum param_type {
	PARAM_TEXT, /* UTF-8, at most 500 bytes, no control characters */
	PARAM_SLUG,
	PARAM_ID,   /* UUID */
	PARAM_INT,  /* within min..max of the route's row */
	PARAM_YEAR, /* 1800..2200, or absent */
	PARAM_PATH  /* the rest of the path; last segment only */
};

struct param {
	const char *name; /* NULL ends the table */
	enum param_type type;
	int64_t min, max;
	const char *help; /* one line, for the API description */
};

enum route_flags {
	ROUTE_API = 1,     /* errors as application/problem+json (RFC 9457) */
	ROUTE_NO_CSRF = 2, /* an unsafe method that proves its origin otherwise */
	ROUTE_PRE_CSRF = 4, /* a form for nobody: its token belongs to the cookie __Host-pre (csrf.h) */
	ROUTE_DIRECTORY = 8, /* may wait for the directory, so it runs on the directory's pool; no {parameters} */
	/* Takes files: POST, multipart/form-data. The handler is called twice. First,
	 * before any byte of the body is read, with rq->asked: it checks what it can
	 * (the token may be in the query or header, or come first in the body), sets the
	 * terms and returns true, or fails and the rest is not read. Then with the body:
	 * rq->form, rq->files; it checks again, for time has passed. Or with
	 * rq->upload_error instead, to show it. */
	ROUTE_UPLOAD = 16,
	/* What is typed in its form took long: if the session has ended, or the token is
	 * of another one, the answer shows it with a way to send it again (kept.h). */
	ROUTE_KEEPS_FORM = 64,
	/* What a token must have (api_token.h); an API route without one of these needs read. */
	ROUTE_SCOPE_DRAFT = 256, ROUTE_SCOPE_SUBMIT = 512, ROUTE_SCOPE_PUBLISH = 1024, ROUTE_SCOPE_IMPORT = 2048
};

/* False with err set gives the error page or problem of its kind. */
typedef bool route_handler(struct request *rq, struct response *rs, struct error *err);

struct route {
	int methods;          /* enum http_method, or-ed; GET implies HEAD; 0 ends the table */
	const char *pattern;  /* "/guides/{slug:slug}"; types: slug id int text path */
	enum role role;
	int flags;
	const struct param *query; /* declared query parameters, or NULL; others are ignored */
	route_handler *handler;
	const char *summary;  /* one line */
};

struct routes;
/* tables: NULL-ended list. */
struct routes *routes_create(const struct route *const *tables, struct error *err);
void routes_destroy(struct routes *r);
/* Finds the route of rq->path and fills rq->route and rq->args. Errors:
 * NOT_FOUND, METHOD (*allow then lists the methods), INVALID (a parameter). */
bool routes_match(const struct routes *r, struct request *rq, const char **allow,
	struct error *err);
/* Does the target's route have ROUTE_DIRECTORY? Asked before the request is queued. */
bool routes_wait(const struct routes *r, struct arena *a, enum http_method method, const char *target);
/* Does some route answer GET of this path (without the space's prefix)? */
bool routes_known(const struct routes *r, struct arena *a, const char *path);
/* Has the target's route for POST ROUTE_UPLOAD? Asked while the head is read. */
bool routes_upload(const struct routes *r, const char *target, size_t n);
/* Every route, for the tests' matrix and the API description. */
void routes_each(const struct routes *r, void (*fn)(const struct route *, void *arg), void *arg);

/* Answers a request: finds the space, the route, checks role and CSRF, begins
 * the read as the viewer, calls the handler, turns errors into pages. Never
 * fails: rs is always an answer. db is the thread's viewer connection. */
void dispatch(struct engine *e, struct db *db, struct request *rq, struct response *rs);

#endif
