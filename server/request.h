/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A request and its response. Everything they point to is in the request's
 * arena, so a handler frees nothing. */
#ifndef COMMONWEAL_REQUEST_H
#define COMMONWEAL_REQUEST_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "arena.h"
#include "buf.h"
#include "error.h"
#include "space.h"
#include "store.h"
#include "url.h"
#include "viewer.h"

struct account;
struct api_token;
struct engine;
struct route;
struct session;
struct upload_file;
struct upload_terms;

enum http_method {
	HTTP_GET = 1, HTTP_HEAD = 2, HTTP_POST = 4, HTTP_PUT = 8, HTTP_PATCH = 16,
	HTTP_DELETE = 32, HTTP_OPTIONS = 64
};

struct pair {
	const char *name, *value;
};

struct request {
	struct arena *arena;
	struct engine *engine;
	char id[17];                 /* 16 hex digits, also sent as X-Request-Id */
	enum http_method method;
	const char *target;          /* as sent: path and query */
	const char *path;            /* decoded, without the space prefix; begins with '/' */
	const char *host;            /* lower case, without port; "" if unknown */
	const char *origin;          /* scheme://host[:port] of this request, for absolute links */
	const char *peer;            /* address text */
	bool peer_loopback;          /* the machine itself, and no proxy */
	bool may_wait;               /* runs where it may wait for the directory (ROUTE_DIRECTORY) */
	bool secure;                 /* came over HTTPS, here or at a trusted proxy */
	size_t n_headers;
	struct pair *headers;
	size_t n_query;
	struct pair *query;          /* decoded, in order; from the target */
	size_t n_form;
	struct pair *form;           /* application/x-www-form-urlencoded body */
	const char *body;
	size_t body_len;
	/* Of a route with ROUTE_UPLOAD (route.h): first asked, then with what came. */
	struct upload_terms *asked;  /* not NULL: nothing has come yet; the handler says what may */
	bool uploaded;               /* the body has come: form and files hold it, or: */
	const struct error *upload_error; /* why it ended early; then there is neither */
	size_t n_files;
	struct upload_file *files;
	/* Filled by the dispatcher (route.c): */
	const struct route *route;
	size_t n_args;
	struct pair *args;           /* path and declared query parameters, checked */
	struct space *space;         /* never NULL in a handler */
	const char *base;            /* "" or "/s/<slug>", before every local path of this space */
	const struct viewer *viewer;
	const struct account *account; /* who is signed in; NULL = nobody (session.h) */
	const struct session *session; /* its session; NULL = nobody */
	const struct api_token *token; /* it came with this one (api_token.h), and with no session; or NULL */
	/* The password was right, the second factor is missing: still nobody. */
	const struct account *pending_account;
	const struct session *pending;
	struct db *db;               /* begun as viewer */
	const char *theme;           /* "light", "dark" or NULL: from the cookie */
};

struct response {
	struct request *request;
	int status;                  /* 200 unless set */
	const char *type;            /* Content-Type; text/html; charset=utf-8 unless set */
	struct buf body;             /* freed by the engine */
	size_t n_headers;
	struct pair headers[24];
	bool receive;                /* of a request that was asked for: the body may come */
	bool cacheable;              /* anonymous, and a function of target, host, theme and content only */
	int64_t generation;          /* of the snapshot it was made from */
	unsigned codings;            /* forms worth making for the cache: bits of enum coding; 0 = all */
	/* A file instead of the body: its bytes from file_from on; response_file. */
	int file;                    /* descriptor + 1; 0 = none */
	int64_t file_from, file_length;
	int64_t fresh_until_us;      /* cacheable only until then (UTC microseconds); 0 = no such time */
};

/* First header of that name (case-insensitive), or NULL. */
const char *request_header(const struct request *rq, const char *name);
/* A declared parameter (path or query), or NULL if absent. */
const char *request_arg(const struct request *rq, const char *name);
/* The same for PARAM_INT; fallback if absent. */
int64_t request_arg_int(const struct request *rq, const char *name, int64_t fallback);
/* A form field, or NULL. */
const char *request_form(const struct request *rq, const char *name);
/* The same as someone typed it: without white space around; "" if absent. */
const char *request_typed(const struct request *rq, const char *name);
const char *request_cookie(const struct request *rq, const char *name);

/* A write of the system that is no content (store_write_aside), after the page's own checks. */
bool request_write(const struct request *rq, store_operation *op, void *arg, struct error *err);
/* The same, for one that may have added jobs, as mail is: they are looked at now. */
bool request_write_wake(const struct request *rq, store_operation *op, void *arg, struct error *err);
/* Is the request's space a jurisdiction, and the viewer a member of it? Else ERROR_NOT_FOUND. */
bool request_own_jurisdiction(const struct request *rq, struct error *err);

/* name: literal; value is copied and must hold no control characters (aborts). */
void response_header(struct response *rs, const char *name, const char *value);
/* Answers with bytes of a file, which the I/O thread sends from the disk; fd
 * becomes the response's. Such an answer is never kept in the cache. */
void response_file(struct response *rs, int fd, int64_t from, int64_t length);
/* 303 See Other (RFC 9110, 15.4.4). */
bool response_redirect(struct response *rs, struct url to);
/* 301, for a record's canonical address. */
bool response_moved(struct response *rs, struct url to);

#endif
