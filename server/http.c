/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The front: evhttp on I/O threads, the response cache, static files, and the
 * hand-over to the handler pool. */
#include "http.h"
#include <ctype.h>
#include <errno.h>
#include <event2/buffer.h>
#include <event2/event.h>
#include <event2/http.h>
#include <event2/http_struct.h>
#include <event2/keyvalq_struct.h>
#include <event2/listener.h>
#include <event2/thread.h>
#include <pthread.h>
#include <sodium.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/eventfd.h>
#include <sys/queue.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>
#include "assets.h"
#include "cache.h"
#include "compress.h"
#include "listeners.h"
#include "log.h"
#include "metrics.h"
#include "pool.h"
#include "route.h"
#include "store_system.h"
#include "text.h"

const struct option_def http_options[] = {
	{ "listen", OPTION_LIST, "127.0.0.1:8080", 0, 0,
		"Addresses to serve, such as 127.0.0.1:8080 or [::1]:8080; port 0 takes a free one." },
	{ "io-threads", OPTION_INT, "2", 1, 64, "Threads that read and write connections." },
	{ "handler-threads", OPTION_INT, "4", 1, 256, "Threads that make pages." },
	{ "handler-queue", OPTION_INT, "256", 1, 100000, "Requests that may wait for a handler; more get 503." },
	{ "max-header-size", OPTION_SIZE, "16K", 1024, 1 << 20, "Longest request line and headers together." },
	{ "max-target-size", OPTION_SIZE, "8K", 256, 1 << 20, "Longest request target; longer gets 414." },
	{ "max-body-size", OPTION_SIZE, "1M", 0, (int64_t)1 << 32, "Longest request body." },
	{ "max-connections-per-address", OPTION_INT, "256", 1, 1000000,
		"Connections with requests that one address may hold." },
	{ "read-timeout", OPTION_DURATION, "30s", 1000, 3600000,
		"How long a connection may stay silent, within a request or between two." },
	{ "drain-time", OPTION_DURATION, "10s", 0, 600000, "How long a stop waits for requests under way." },
	{ "cache-size", OPTION_SIZE, "64M", 0, (int64_t)1 << 36, "Memory for finished public pages." },
	{ "network-host", OPTION_STRING, "", 0, 0,
		"Host name of the network's own pages. When set, unknown host names are refused." },
	{ "public-origin", OPTION_STRING, "", 0, 0,
		"Scheme and host for absolute links, such as https://network.example.org; empty takes the request's." },
	{ "metrics-token", OPTION_STRING, "", 0, 0,
		"Bearer token that opens /metrics from elsewhere than the loopback address." },
	{ NULL, 0, NULL, 0, 0, NULL }
};

#define ADDRESS_BUCKETS 1024
#define PEER_BUCKETS 1024

/* Connections of one peer address. */
struct address {
	char text[64];
	int connections;
	struct address *next;
};

struct exchange;
struct peer;

struct io {
	struct http *http;
	struct event_base *base;
	struct evhttp *evhttp;
	struct event *woken;
	int wake_fd;
	pthread_t thread;
	bool threaded;
	struct db *db;
	struct peer *peers[PEER_BUCKETS];
	pthread_mutex_t mutex;
	struct exchange *done; /* answered by the pool */
	bool draining;         /* under the mutex */
};

struct http {
	struct engine *engine;
	struct pool *pool;
	struct io *ios;
	int n_ios, port;
	size_t max_target;
	int max_per_address;
	const char *public_origin;
	atomic_int under_way;
	pthread_mutex_t mutex; /* addresses */
	struct address *addresses[ADDRESS_BUCKETS];
};

/* A request on its way through the pool. Its evhttp_request stays ours until
 * it is answered, even when the peer goes away. */
struct exchange {
	struct job job; /* first: a job is its exchange */
	struct io *io;
	struct evhttp_request *ev;
	struct request request;
	const char *key; /* of the cache, or NULL */
	const struct cached *answer;
	struct exchange *next;
};

/* ---- answers ---- */

static const char *reason(int status)
{
	switch (status) {
	case 200: return "OK";
	case 204: return "No Content";
	case 206: return "Partial Content";
	case 301: return "Moved Permanently";
	case 303: return "See Other";
	case 304: return "Not Modified";
	case 400: return "Bad Request";
	case 401: return "Unauthorized";
	case 403: return "Forbidden";
	case 404: return "Not Found";
	case 405: return "Method Not Allowed";
	case 409: return "Conflict";
	case 413: return "Content Too Large";
	case 414: return "URI Too Long";
	case 421: return "Misdirected Request";
	case 429: return "Too Many Requests";
	case 501: return "Not Implemented";
	case 503: return "Service Unavailable";
	default: return status < 500 ? "Answer" : "Internal Server Error";
	}
}

static void count_status(struct engine *e, int status)
{
	metrics_add(e->metrics, status < 300 ? METRIC_REQUESTS_2XX : status < 400 ? METRIC_REQUESTS_3XX :
		status < 500 ? METRIC_REQUESTS_4XX : METRIC_REQUESTS_5XX, 1);
}

static void header(struct evhttp_request *ev, const char *name, const char *value)
{
	evhttp_add_header(evhttp_request_get_output_headers(ev), name, value);
}

static void security_headers(struct evhttp_request *ev)
{
	header(ev, "Content-Security-Policy", "default-src 'self'; base-uri 'none'; form-action 'self'; "
		"frame-ancestors 'none'; object-src 'none'");
	header(ev, "X-Content-Type-Options", "nosniff");
	header(ev, "Referrer-Policy", "same-origin");
	header(ev, "Cross-Origin-Opener-Policy", "same-origin");
	header(ev, "Cross-Origin-Resource-Policy", "same-origin");
	header(ev, "Permissions-Policy", "camera=(), geolocation=(), microphone=(), payment=()");
}

static void released(const void *data, size_t n, void *arg)
{
	(void)data;
	(void)n;
	cached_release(arg);
}

static bool has_token(const char *list, const char *token)
{
	size_t n = strlen(token);

	for (const char *s = list; (s = strstr(s, token)); s += n) {
		char before = s == list ? ',' : s[-1], after = s[n];

		if ((before == ',' || before == ' ' || before == '/') && (after == '\0' || after == ',' || after == ' '))
			return true;
	}
	return false;
}

struct representation {
	int status;
	const char *type, *etag;
	const void *bytes[3]; /* by enum coding */
	size_t len[3];
	const struct cached *owner; /* NULL: the bytes live as long as the server */
};

/* Sends the best form of it; takes over the owner's reference. */
static void send_representation(struct evhttp_request *ev, const struct representation *r)
{
	static const char *const suffix[] = { "", "-g", "-b" };
	struct evkeyvalq *in = evhttp_request_get_input_headers(ev);
	enum coding coding = coding_choose(evhttp_find_header(in, "Accept-Encoding"));
	const char *match = evhttp_find_header(in, "If-None-Match");
	bool head = evhttp_request_get_command(ev) == EVHTTP_REQ_HEAD;
	char etag[64], length[32];
	int status = r->status;

	if (!r->bytes[coding])
		coding = r->bytes[CODING_GZIP] && coding == CODING_BROTLI ? CODING_GZIP : CODING_IDENTITY;
	if (r->etag) {
		snprintf(etag, sizeof etag, "%.*s%s\"", (int)strlen(r->etag) - 1, r->etag, suffix[coding]);
		header(ev, "ETag", etag);
		if (match && status == 200 && (strcmp(match, "*") == 0 || has_token(match, etag)))
			status = 304;
	}
	if (coding != CODING_IDENTITY && status != 304)
		header(ev, "Content-Encoding", coding == CODING_GZIP ? "gzip" : "br");
	if (r->type && r->len[0] > 0 && status != 304)
		header(ev, "Content-Type", r->type);
	if (status != 304 && status != 204) {
		snprintf(length, sizeof length, "%zu", r->len[coding]);
		header(ev, "Content-Length", length);
	}
	if (status == 304 || head || r->len[coding] == 0) {
		cached_release(r->owner);
		evhttp_send_reply(ev, status, reason(status), NULL);
		return;
	}
	struct evbuffer *body = evbuffer_new();
	if (!body)
		abort();
	evbuffer_add_reference(body, r->bytes[coding], r->len[coding], r->owner ? released : NULL, (void *)r->owner);
	evhttp_send_reply(ev, status, reason(status), body);
	evbuffer_free(body);
}

/* Takes over the reference. */
static void send_cached(struct io *io, struct evhttp_request *ev, const struct cached *a)
{
	struct representation r = {
		.status = a->status,
		.type = a->type,
		.etag = a->cacheable ? a->etag : NULL,
		.bytes = { a->identity, a->gzip, a->brotli },
		.len = { a->identity_len, a->gzip_len, a->brotli_len },
		.owner = a,
	};
	bool own_caching = false;

	count_status(io->http->engine, a->status);
	security_headers(ev);
	for (size_t i = 0; i < a->n_headers; i++) {
		header(ev, a->headers[i].name, a->headers[i].value);
		own_caching = own_caching || strcasecmp(a->headers[i].name, "Cache-Control") == 0;
	}
	header(ev, "Vary", "Accept-Encoding, Cookie");
	if (!own_caching)
		header(ev, "Cache-Control", a->cacheable ? "no-cache" : "private, no-store");
	send_representation(ev, &r);
}

static void send_asset(struct io *io, struct evhttp_request *ev, const struct asset *a)
{
	struct representation r = {
		.status = 200,
		.type = a->type,
		.etag = a->etag,
		.bytes = { a->identity, a->gzip, a->brotli },
		.len = { a->identity_len, a->gzip_len, a->brotli_len },
	};

	count_status(io->http->engine, 200);
	security_headers(ev);
	header(ev, "Vary", "Accept-Encoding");
	header(ev, "Cache-Control", "public, max-age=31536000, immutable");
	send_representation(ev, &r);
}

/* A short answer from the front itself; the connection ends with it. */
static void refuse(struct io *io, struct evhttp_request *ev, int status, const char *text)
{
	struct evbuffer *body = evbuffer_new();

	if (!body)
		abort();
	count_status(io->http->engine, status);
	security_headers(ev);
	header(ev, "Content-Type", "text/plain; charset=utf-8");
	header(ev, "Cache-Control", "no-store");
	header(ev, "Connection", "close");
	if (status == 503)
		header(ev, "Retry-After", "5");
	evbuffer_add_printf(body, "%d %s\n%s\n", status, reason(status), text);
	evhttp_send_reply(ev, status, reason(status), body);
	evbuffer_free(body);
}

/* ---- connections per address ---- */

static struct address **address_of(struct http *h, const char *text)
{
	unsigned hash = 5381;
	struct address **at;

	for (const char *s = text; *s; s++)
		hash = hash * 33 + (unsigned char)*s;
	for (at = &h->addresses[hash % ADDRESS_BUCKETS]; *at && strcmp((*at)->text, text) != 0;)
		at = &(*at)->next;
	return at;
}

/* A connection that sent a request. */
struct peer {
	const struct evhttp_connection *connection;
	struct peer *next;
	char text[64];
};

static struct peer **peer_of(struct io *io, const struct evhttp_connection *c)
{
	struct peer **at = &io->peers[((uintptr_t)c >> 5) % PEER_BUCKETS];

	while (*at && (*at)->connection != c)
		at = &(*at)->next;
	return at;
}

static void connection_closed(struct evhttp_connection *c, void *arg)
{
	struct io *io = arg;
	struct peer **at_peer = peer_of(io, c), *peer = *at_peer;
	struct address **at, *a;

	if (!peer)
		return;
	*at_peer = peer->next;
	pthread_mutex_lock(&io->http->mutex);
	at = address_of(io->http, peer->text);
	a = *at;
	if (a && --a->connections == 0) {
		*at = a->next;
		free(a);
	}
	pthread_mutex_unlock(&io->http->mutex);
	metrics_add(io->http->engine->metrics, METRIC_CONNECTIONS, -1);
	free(peer);
}

/* Counts a connection at its first request; false if its address has too many. */
static bool admit_connection(struct io *io, struct evhttp_connection *c, const char *text)
{
	struct http *h = io->http;
	struct peer **at_peer = peer_of(io, c), *peer;
	struct address **at;
	bool room;

	if (*at_peer)
		return true;
	*at_peer = peer = calloc(1, sizeof *peer);
	pthread_mutex_lock(&h->mutex);
	at = address_of(h, text);
	if (!*at)
		*at = calloc(1, sizeof **at);
	if (!*at || !peer)
		abort();
	snprintf((*at)->text, sizeof (*at)->text, "%s", text);
	room = (*at)->connections < h->max_per_address;
	(*at)->connections++;
	pthread_mutex_unlock(&h->mutex);
	peer->connection = c;
	snprintf(peer->text, sizeof peer->text, "%s", text);
	evhttp_connection_set_closecb(c, connection_closed, io);
	metrics_add(h->engine->metrics, METRIC_CONNECTIONS, 1);
	if (!room)
		metrics_add(h->engine->metrics, METRIC_CONNECTIONS_REFUSED, 1);
	return room;
}

/* ---- requests ---- */

static int count_header(struct evkeyvalq *q, const char *name)
{
	struct evkeyval *kv;
	int n = 0;

	TAILQ_FOREACH(kv, q, next)
		n += strcasecmp(kv->key, name) == 0;
	return n;
}

/* Lower case and without the port, into out; false if it is no host. */
static bool read_host(const char *value, char out[256])
{
	size_t n = 0;
	const char *s = value ? value : "";

	if (*s == '[') {
		for (; *s && *s != ']' && n < 250; s++) {
			if (!isxdigit((unsigned char)*s) && *s != ':' && *s != '[' && *s != '.')
				return false;
			out[n++] = *s;
		}
		if (*s != ']')
			return false;
		out[n++] = *s++;
	} else {
		for (; *s && *s != ':' && n < 254; s++) {
			if (!isalnum((unsigned char)*s) && *s != '-' && *s != '.' && *s != '_')
				return false;
			out[n++] = (char)tolower((unsigned char)*s);
		}
	}
	out[n] = '\0';
	if (*out == '.' || strstr(out, ".."))
		return false; /* a label is never empty (RFC 1034, 3.1) */
	if (*s == ':' && strspn(s + 1, "0123456789") == strlen(s + 1))
		return n > 0 && strlen(s + 1) <= 5 && atoi(s + 1) <= 65535;
	return *s == '\0' && n > 0;
}

/* A field name (RFC 9110, 5.6.2). */
static bool is_token(const char *s)
{
	size_t n = 0;

	while (isalnum((unsigned char)s[n]) || (s[n] && strchr("!#$%&'*+-.^_`|~", s[n])))
		n++;
	return n > 0 && s[n] == '\0';
}

/* Framing that could be read in two ways, and other bad form, is refused
 * before anything else looks at the request (RFC 9112, 6.3 and 3.2). */
static const char *bad_form(struct io *io, struct evhttp_request *ev, char host[256], int *status)
{
	struct evkeyvalq *in = evhttp_request_get_input_headers(ev);
	const char *coding = evhttp_find_header(in, "Transfer-Encoding");
	const char *length = evhttp_find_header(in, "Content-Length");
	const char *target = evhttp_request_get_uri(ev);
	struct evkeyval *kv;

	*status = 400;
	/* evhttp takes "Content-Length :" for another field, and the body for the next request. */
	TAILQ_FOREACH(kv, in, next)
		if (!is_token(kv->key))
			return "A header's name is not a name.";
	if (count_header(in, "Transfer-Encoding") && count_header(in, "Content-Length"))
		return "The request has two lengths.";
	if (count_header(in, "Transfer-Encoding") > 1 || count_header(in, "Content-Length") > 1)
		return "The request has a length twice.";
	if (length && (!*length || strspn(length, "0123456789") != strlen(length)))
		return "The request's length is not a number.";
	if (coding && strcasecmp(coding, "chunked") != 0) {
		*status = 501;
		return "The request has a transfer coding other than chunked.";
	}
	if (count_header(in, "Host") > 1)
		return "The request names two hosts.";
	if (!target || target[0] != '/')
		return "The request target is not a path.";
	if (strlen(target) > io->http->max_target) {
		*status = 414;
		return "The address is too long.";
	}
	for (const char *s = target; *s; s++)
		if ((unsigned char)*s <= 0x20 || (unsigned char)*s >= 0x7f)
			return "The address holds bytes that are not allowed there.";
	TAILQ_FOREACH(kv, in, next)
		for (const char *s = kv->value; *s; s++)
			if (((unsigned char)*s < 0x20 && *s != '\t') || *s == 0x7f)
				return "A header holds control characters.";
	if (!evhttp_find_header(in, "Host") && ev->major == 1 && ev->minor == 0)
		strcpy(host, "localhost");
	else if (!read_host(evhttp_find_header(in, "Host"), host))
		return "The Host header is missing or not a host name.";
	return NULL;
}

static bool is_loopback(const char *address)
{
	return strncmp(address, "127.", 4) == 0 || strcmp(address, "::1") == 0 ||
		strncmp(address, "::ffff:127.", 11) == 0;
}

/* The cookies and headers that make a page someone's own keep it out of the
 * cache: every __Host- cookie but the one of forms for nobody, which only their
 * own pages read, and those are not cached. */
static bool anonymous(struct evkeyvalq *in)
{
	const char *s = evhttp_find_header(in, "Cookie");

	if (evhttp_find_header(in, "Authorization") || count_header(in, "Cookie") > 1)
		return false;
	while (s && (s = strstr(s, "__Host-"))) {
		if (strncmp(s, "__Host-pre=", 11) != 0)
			return false;
		s += 11;
	}
	return true;
}

/* What request_cookie finds, for the cache's key. */
static const char *theme_of(struct evkeyvalq *in)
{
	const char *s = evhttp_find_header(in, "Cookie");

	while (s && *s) {
		s += strspn(s, " ;");
		size_t n = strcspn(s, ";");

		if (n >= 6 && strncmp(s, "theme=", 6) == 0)
			return n == 10 && strncmp(s + 6, "dark", 4) == 0 ? "d" :
				n == 11 && strncmp(s + 6, "light", 5) == 0 ? "l" : "";
		s += n;
	}
	return "";
}

static int64_t newest_generation(struct io *io)
{
	return db_generation(io->db, NULL);
}

static void wake(struct io *io)
{
	uint64_t one = 1;
	ssize_t ignored = write(io->wake_fd, &one, sizeof one);

	(void)ignored; /* a full counter wakes just as well */
}

/* On a handler thread. */
static void run_exchange(struct job *job, struct db *db)
{
	struct exchange *x = (struct exchange *)job;
	struct io *io = x->io;
	struct response rs = { .request = &x->request };

	dispatch(io->http->engine, db, &x->request, &rs);
	response_header(&rs, "X-Request-Id", x->request.id);
	x->answer = cache_put(io->http->engine->cache, x->key, &rs);
	buf_finish(&rs.body);
	pthread_mutex_lock(&io->mutex);
	x->next = io->done;
	io->done = x;
	pthread_mutex_unlock(&io->mutex);
	wake(io);
}

static void finish_exchange(struct exchange *x)
{
	struct io *io = x->io;

	send_cached(io, x->ev, x->answer);
	arena_destroy(x->request.arena);
	atomic_fetch_sub(&io->http->under_way, 1);
}

static void fill_headers(struct request *rq, struct evkeyvalq *in)
{
	struct evkeyval *kv;
	size_t n = 0;

	TAILQ_FOREACH(kv, in, next)
		n++;
	rq->headers = arena_array(rq->arena, n + 1, sizeof *rq->headers);
	TAILQ_FOREACH(kv, in, next)
		rq->headers[rq->n_headers++] = (struct pair){ arena_strdup(rq->arena, kv->key),
			arena_strdup(rq->arena, kv->value) };
}

static void new_request_id(char id[17])
{
	unsigned char random[8];

	randombytes_buf(random, sizeof random);
	sodium_bin2hex(id, 17, random, sizeof random);
}

static enum http_method method_of(struct evhttp_request *ev)
{
	switch (evhttp_request_get_command(ev)) {
	case EVHTTP_REQ_GET: return HTTP_GET;
	case EVHTTP_REQ_HEAD: return HTTP_HEAD;
	case EVHTTP_REQ_POST: return HTTP_POST;
	case EVHTTP_REQ_PUT: return HTTP_PUT;
	case EVHTTP_REQ_PATCH: return HTTP_PATCH;
	case EVHTTP_REQ_DELETE: return HTTP_DELETE;
	default: return HTTP_OPTIONS;
	}
}

static void submit(struct io *io, struct evhttp_request *ev, const char *host, const char *peer,
	const char *key)
{
	struct arena *a = arena_create();
	struct exchange *x = arena_alloc(a, sizeof *x);
	struct request *rq = &x->request;
	struct evbuffer *body = evhttp_request_get_input_buffer(ev);
	const char *sent = evhttp_find_header(evhttp_request_get_input_headers(ev), "Host");

	x->job.run = run_exchange;
	x->io = io;
	x->ev = ev;
	x->key = arena_strdup(a, key);
	rq->arena = a;
	new_request_id(rq->id);
	rq->method = method_of(ev);
	rq->target = arena_strdup(a, evhttp_request_get_uri(ev));
	rq->host = arena_strdup(a, host);
	rq->origin = *io->http->public_origin ? io->http->public_origin :
		arena_printf(a, "http://%s", sent ? sent : host);
	rq->peer = arena_strdup(a, peer);
	rq->peer_loopback = is_loopback(peer);
	rq->secure = strncmp(io->http->public_origin, "https://", 8) == 0;
	fill_headers(rq, evhttp_request_get_input_headers(ev));
	rq->body_len = evbuffer_get_length(body);
	char *bytes = arena_alloc(a, rq->body_len + 1);
	evbuffer_remove(body, bytes, rq->body_len);
	rq->body = bytes;
	atomic_fetch_add(&io->http->under_way, 1);
	if (pool_submit(io->http->pool, &x->job))
		return;
	atomic_fetch_sub(&io->http->under_way, 1);
	arena_destroy(a);
	refuse(io, ev, 503, "The server is busy. Please try again in a few seconds.");
}

static void on_request(struct evhttp_request *ev, void *arg)
{
	struct io *io = arg;
	struct http *h = io->http;
	struct evhttp_connection *c = evhttp_request_get_connection(ev);
	struct evkeyvalq *in = evhttp_request_get_input_headers(ev);
	const struct cached *hit;
	char host[256], key[10240], *peer = NULL;
	ev_uint16_t port;
	int status;

	evhttp_connection_get_peer(c, &peer, &port);
	if (!peer)
		peer = "";
	if (!admit_connection(io, c, peer)) {
		refuse(io, ev, 429, "Too many connections come from your address.");
		return;
	}
	const char *bad = bad_form(io, ev, host, &status);
	if (bad) {
		refuse(io, ev, status, bad);
		return;
	}
	const char *target = evhttp_request_get_uri(ev);
	enum evhttp_cmd_type command = evhttp_request_get_command(ev);
	bool get = command == EVHTTP_REQ_GET || command == EVHTTP_REQ_HEAD;
	if (get && strncmp(target, "/assets/", 8) == 0) {
		const struct asset *asset = assets_by_path(h->engine->assets, target);

		if (asset) {
			send_asset(io, ev, asset);
			return;
		}
	}
	if (!get || !anonymous(in)) {
		submit(io, ev, host, peer, NULL);
		return;
	}
	/* Host as sent: absolute links in the page repeat it, with its port. */
	const char *sent = evhttp_find_header(in, "Host");
	snprintf(key, sizeof key, "%s %s %s", sent ? sent : host, theme_of(in), target);
	hit = cache_get(h->engine->cache, key, newest_generation(io));
	metrics_add(h->engine->metrics, hit ? METRIC_CACHE_HITS : METRIC_CACHE_MISSES, 1);
	if (hit)
		send_cached(io, ev, hit);
	else
		submit(io, ev, host, peer, key);
}

static void on_woken(evutil_socket_t fd, short what, void *arg)
{
	struct io *io = arg;
	struct exchange *list, *next;
	uint64_t count;
	ssize_t ignored = read(fd, &count, sizeof count);
	bool draining;

	(void)ignored;
	(void)what;
	pthread_mutex_lock(&io->mutex);
	list = io->done;
	io->done = NULL;
	draining = io->draining;
	pthread_mutex_unlock(&io->mutex);
	for (; list; list = next) {
		next = list->next;
		finish_exchange(list);
	}
	if (draining) {
		/* One more turn lets the last answers out. */
		struct timeval soon = { 0, 50000 };

		event_base_loopexit(io->base, &soon);
	}
}

static void *io_main(void *arg)
{
	struct io *io = arg;

	event_base_dispatch(io->base);
	return NULL;
}

/* ---- start and stop ---- */

/* One thread of many accepts on each socket; the listener takes it over. */
static bool accept_all(struct io *io, struct listeners *l, int thread, struct error *err)
{
	int fd;

	for (size_t i = 0; (fd = listeners_take(l, thread, i, err)) >= 0; i++)
		if (evhttp_accept_socket(io->evhttp, fd) != 0) {
			close(fd);
			return error_set(err, ERROR_INTERNAL, "An I/O thread could not be started.");
		}
	return err->kind == ERROR_NONE;
}

static bool io_start(struct http *h, int index, struct listeners *l, struct error *err)
{
	struct options *o = h->engine->options;
	struct event_config *config = event_config_new();
	struct io *io = &h->ios[index];

	io->http = h;
	io->wake_fd = -1;
	pthread_mutex_init(&io->mutex, NULL);
	event_config_set_flag(config, EVENT_BASE_FLAG_EPOLL_USE_CHANGELIST);
	io->base = event_base_new_with_config(config);
	event_config_free(config);
	io->evhttp = io->base ? evhttp_new(io->base) : NULL;
	io->wake_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	if (!io->evhttp || io->wake_fd < 0)
		return error_set(err, ERROR_INTERNAL, "An I/O thread could not be started.");
	io->db = store_reader(h->engine->store, err);
	if (!io->db)
		return false;
	evhttp_set_gencb(io->evhttp, on_request, io);
	evhttp_set_allowed_methods(io->evhttp, EVHTTP_REQ_GET | EVHTTP_REQ_HEAD | EVHTTP_REQ_POST |
		EVHTTP_REQ_PUT | EVHTTP_REQ_PATCH | EVHTTP_REQ_DELETE | EVHTTP_REQ_OPTIONS);
	evhttp_set_max_headers_size(io->evhttp, (ev_ssize_t)options_int(o, "max-header-size"));
	evhttp_set_max_body_size(io->evhttp, (ev_ssize_t)options_int(o, "max-body-size"));
	evhttp_set_timeout(io->evhttp, (int)(options_int(o, "read-timeout") / 1000));
	evhttp_set_default_content_type(io->evhttp, NULL);
	if (!accept_all(io, l, index, err))
		return false;
	io->woken = event_new(io->base, io->wake_fd, EV_READ | EV_PERSIST, on_woken, io);
	event_add(io->woken, NULL);
	if (pthread_create(&io->thread, NULL, io_main, io) != 0)
		return error_set(err, ERROR_INTERNAL, "An I/O thread could not be started.");
	io->threaded = true;
	return true;
}

struct http *http_start(struct engine *e, struct listeners *l, struct error *err)
{
	struct options *o = e->options;
	struct http *h = calloc(1, sizeof *h);

	if (!h)
		abort();
	evthread_use_pthreads();
	h->engine = e;
	h->max_target = (size_t)options_int(o, "max-target-size");
	h->max_per_address = (int)options_int(o, "max-connections-per-address");
	h->public_origin = options_string(o, "public-origin");
	pthread_mutex_init(&h->mutex, NULL);
	h->ios = calloc((size_t)options_int(o, "io-threads"), sizeof *h->ios);
	if (!h->ios)
		abort();
	h->port = listeners_port(l);
	h->pool = pool_create(e, (int)options_int(o, "handler-threads"), (int)options_int(o, "handler-queue"),
		err);
	while (h->pool && h->n_ios < options_int(o, "io-threads"))
		if (!io_start(h, h->n_ios++, l, err)) {
			http_stop(h);
			return NULL;
		}
	if (h->pool)
		return h;
	http_stop(h);
	return NULL;
}

int http_port(const struct http *h)
{
	return h->port;
}

static void close_listener(struct evhttp_bound_socket *socket, void *arg)
{
	(void)arg;
	evconnlistener_disable(evhttp_bound_socket_get_listener(socket));
}

static void stop_accepting(evutil_socket_t fd, short what, void *arg)
{
	struct io *io = arg;

	(void)fd;
	(void)what;
	evhttp_foreach_bound_socket(io->evhttp, close_listener, NULL);
}

static void io_finish(struct io *io)
{
	if (io->woken)
		event_free(io->woken);
	if (io->evhttp)
		evhttp_free(io->evhttp);
	if (io->base)
		event_base_free(io->base);
	if (io->wake_fd >= 0)
		close(io->wake_fd);
	db_close(io->db);
	pthread_mutex_destroy(&io->mutex);
}

void http_stop(struct http *h)
{
	int64_t end;

	if (!h)
		return;
	end = clock_monotonic_ns() + options_int(h->engine->options, "drain-time") * 1000000;
	for (int i = 0; i < h->n_ios; i++)
		if (h->ios[i].threaded)
			event_base_once(h->ios[i].base, -1, EV_TIMEOUT, stop_accepting, &h->ios[i], NULL);
	while (atomic_load(&h->under_way) > 0 && clock_monotonic_ns() < end)
		nanosleep(&(struct timespec){ 0, 10000000 }, NULL);
	pool_destroy(h->pool); /* what is queued still runs; each answer wakes its thread */
	for (int i = 0; i < h->n_ios; i++) {
		struct io *io = &h->ios[i];

		if (io->threaded) {
			pthread_mutex_lock(&io->mutex);
			io->draining = true;
			pthread_mutex_unlock(&io->mutex);
			wake(io);
			pthread_join(io->thread, NULL);
		}
		io_finish(io);
	}
	pthread_mutex_destroy(&h->mutex);
	free(h->ios);
	free(h);
}
