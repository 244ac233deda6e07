/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The front: evhttp on I/O threads, behind the gate of connection.c; the
 * response cache, static files, and the hand-over to the handler pool. */
#include "http.h"
#include <ctype.h>
#include <errno.h>
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/bufferevent_ssl.h>
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
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>
#include "account.h"
#include "assets.h"
#include "cache.h"
#include "compress.h"
#include "connection.h"
#include "directory.h"
#include "framing.h"
#include "listeners.h"
#include "log.h"
#include "metrics.h"
#include "multipart.h"
#include "pool.h"
#include "proxy.h"
#include "route.h"
#include "store_system.h"
#include "text.h"
#include "tls.h"
#include "upload.h"

const struct option_def http_options[] = {
	{ "listen", OPTION_LIST, "127.0.0.1:8080", 0, 0,
		"Addresses to serve, such as 127.0.0.1:8080 or [::1]:8080; port 0 takes a free one." },
	{ "io-threads", OPTION_INT, "2", 1, 64, "Threads that read and write connections." },
	{ "handler-threads", OPTION_INT, "4", 1, 256, "Threads that make pages." },
	{ "handler-queue", OPTION_INT, "256", 1, 100000, "Requests that may wait for a handler; more get 503." },
	{ "listen-tls", OPTION_LIST, "", 0, 0, "Addresses to serve over TLS, such as 0.0.0.0:443; needs a certificate." },
	{ "tls-certificate", OPTION_PATH, "", 0, 0, "PEM file of the certificate and its chain, served to every host name." },
	{ "tls-key", OPTION_PATH, "", 0, 0, "PEM file of its key; empty when the key is in the same file." },
	{ "tls-folder", OPTION_PATH, "", 0, 0,
		"Folder of certificates chosen by host name: NAME/fullchain.pem with NAME/privkey.pem, or NAME.pem with NAME.key." },
	{ "tls-check-interval", OPTION_DURATION, "60s", 100, 86400000,
		"How often the files of the certificates are looked at for changes." },
	{ "hsts-max-age", OPTION_DURATION, "365d", 0, (int64_t)1 << 40,
		"How long browsers shall insist on HTTPS after a visit over it; 0 says nothing." },
	{ "https-redirect", OPTION_BOOL, "yes", 0, 0,
		"When TLS is served, send plain requests there, but for those of the machine itself." },
	{ "acme-folder", OPTION_PATH, "", 0, 0,
		"Folder whose files answer /.well-known/acme-challenge/, for certificates by ACME (HTTP-01)." },
	{ "trusted-proxies", OPTION_LIST, "", 0, 0,
		"Addresses and networks, such as 10.0.0.0/8, whose word about the client before them is taken." },
	{ "proxy-headers", OPTION_STRING, "x-forwarded", 0, 0,
		"Where they say it: x-forwarded (X-Forwarded-For, -Proto, -Host) or forwarded (RFC 7239)." },
	{ "max-header-size", OPTION_SIZE, "16K", 1024, 1 << 20, "Longest request line and headers together; longer gets 431." },
	{ "max-headers", OPTION_INT, "100", 8, 10000, "Most headers of a request; more get 431." },
	{ "max-target-size", OPTION_SIZE, "8K", 256, 1 << 20, "Longest request target; longer gets 414." },
	{ "max-body-size", OPTION_SIZE, "1M", 0, (int64_t)1 << 32, "Longest request body; longer gets 413." },
	{ "max-upload-size", OPTION_SIZE, "256M", 1024, (int64_t)1 << 40,
		"Longest request body of a form with files, all of them together; longer gets 413." },
	{ "max-uploads", OPTION_INT, "16", 1, 10000, "Forms with files that may come in at a time; more get 503." },
	{ "max-uploads-per-person", OPTION_INT, "3", 1, 10000, "The same for one account." },
	{ "upload-time", OPTION_DURATION, "1h", 1000, 86400000, "How long a form with files may take to come in." },
	{ "max-connections", OPTION_INT, "4096", 16, 1000000,
		"Connections at a time; more push out those that wait longest without a request." },
	{ "max-connections-per-address", OPTION_INT, "256", 1, 1000000,
		"The same for one address (one /64 of IPv6); trusted proxies are not counted." },
	{ "max-requests-per-connection", OPTION_INT, "10000", 1, 1000000000, "Requests after which a connection ends." },
	{ "header-timeout", OPTION_DURATION, "10s", 100, 3600000,
		"How long a TLS handshake, the first byte, and the headers of a request may take; then 408." },
	{ "read-timeout", OPTION_DURATION, "30s", 100, 3600000,
		"How long a connection may stay silent between two requests." },
	{ "transfer-grace", OPTION_DURATION, "10s", 100, 3600000,
		"How long bodies and answers may be slower than min-rate." },
	{ "min-rate", OPTION_SIZE, "512", 0, 1 << 30,
		"Bytes a second at which a body must come and an answer must be taken; 0 for any progress." },
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

#define UPLOAD_THREADS 2
#define ACME_PATH "/.well-known/acme-challenge/"

struct exchange;

struct io {
	struct http *http;
	struct event_base *base;
	struct evhttp *evhttp, *evhttps; /* the second one over TLS, or NULL */
	struct gate *gate;
	struct event *woken;
	int wake_fd;
	pthread_t thread;
	bool threaded;
	struct db *db;
	pthread_mutex_t mutex;
	struct exchange *done; /* answered by the pool */
	bool draining;         /* under the mutex */
};

struct http {
	struct engine *engine;
	struct pool *pool;
	struct pool *upload_pool;    /* writes and digests what comes in */
	struct pool *directory_pool; /* for what may wait for the directory; NULL: there is none */
	struct io *ios;
	int n_ios, port, tls_port;
	struct door *door;
	struct proxies *proxies;
	struct tls *tls; /* or NULL */
	const char *public_origin, *acme_folder;
	bool redirect;
	char hsts[48]; /* "" for none */
	atomic_int under_way;
	atomic_bool closing;   /* nothing is given to the pools any more */
	pthread_mutex_t mutex; /* what follows */
	struct intake *intakes;
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
	int file; int64_t file_from, file_length; /* of the response */
	void (*finish)(struct exchange *); /* on the I/O thread, when the pool is done with it */
	struct intake *intake;             /* of an upload, or NULL */
	struct exchange *next;
};

/* A form with files on its way to the disk. Its pieces go through the upload
 * pool one after the other; all else is the I/O thread's. */
struct intake {
	struct exchange *x;
	struct request fresh;        /* the request as it came, for the second turn */
	struct upload_terms terms;
	struct connection *connection; /* NULL: gone, or not received yet */
	struct evbuffer *waiting, *piece; /* piece: the pool has it */
	struct upload *upload;
	struct error err;            /* what ended it early */
	int status;                  /* of a malformed body, or 0 */
	bool busy, whole, ended;     /* ended: the upload was told that nothing more comes */
	bool listed;
	const char *account;
	struct intake *next;
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
	case 308: return "Permanent Redirect";
	case 400: return "Bad Request";
	case 401: return "Unauthorized";
	case 403: return "Forbidden";
	case 404: return "Not Found";
	case 405: return "Method Not Allowed";
	case 408: return "Request Timeout";
	case 409: return "Conflict";
	case 413: return "Content Too Large";
	case 414: return "URI Too Long";
	case 415: return "Unsupported Media Type";
	case 416: return "Range Not Satisfiable";
	case 417: return "Expectation Failed";
	case 421: return "Misdirected Request";
	case 429: return "Too Many Requests";
	case 431: return "Request Header Fields Too Large";
	case 501: return "Not Implemented";
	case 503: return "Service Unavailable";
	case 505: return "HTTP Version Not Supported";
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

/* The ones that never change, as one entry of several lines: evhttp copies,
 * searches and prints each entry for every answer. It would refuse line ends in
 * a value, so the entry is made here; nothing of a request gets into it.
 * policy: a response's own, or NULL. */
static void fixed_headers(struct evhttp_request *ev, const char *policy)
{
	static const char first[] = "Content-Security-Policy", usual[] =
		"default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; object-src 'none'", lines[] =
		"\r\n"
		"X-Content-Type-Options: nosniff\r\n"
		"Referrer-Policy: same-origin\r\n"
		"Cross-Origin-Opener-Policy: same-origin\r\n"
		"Cross-Origin-Resource-Policy: same-origin\r\n"
		"Permissions-Policy: camera=(), geolocation=(), microphone=(), payment=()";
	struct evkeyval *kv = calloc(1, sizeof *kv);
	size_t n = strlen(policy ? policy : usual);

	if (!kv || !(kv->key = strdup(first)) || !(kv->value = malloc(n + sizeof lines)))
		abort();
	memcpy(kv->value, policy ? policy : usual, n);
	memcpy(kv->value + n, lines, sizeof lines);
	TAILQ_INSERT_TAIL(evhttp_request_get_output_headers(ev), kv, next);
}

static void security_headers(struct io *io, struct evhttp_request *ev, bool secure)
{
	if (secure && *io->http->hsts)
		header(ev, "Strict-Transport-Security", io->http->hsts);
	fixed_headers(ev, NULL);
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
	const char *modified; /* Last-Modified, or NULL */
	const void *bytes[3]; /* by enum coding */
	size_t len[3];
	const struct cached *owner; /* NULL: the bytes live as long as the server */
};

static struct connection *connection_of_request(struct io *io, struct evhttp_request *ev)
{
	return connection_of(io->gate, evhttp_request_get_connection(ev)); /* NULL if it is gone */
}

/* Every answer goes out here. */
static void send_reply(struct io *io, struct evhttp_request *ev, int status, struct evbuffer *body)
{
	struct connection *c = connection_of_request(io, ev);
	bool last = status == 400 || (c && connection_last(c));

	count_status(io->http->engine, status);
	if (last)
		header(ev, "Connection", "close "); /* with the space evhttp leaves the closing to connection.c */
	evhttp_send_reply(ev, status, reason(status), body);
	if (c)
		connection_answering(c, last);
}

static bool not_modified(struct evkeyvalq *in, const char *modified)
{
	int64_t since, last;

	return moment_http_parse(evhttp_find_header(in, "If-Modified-Since"), &since) &&
		moment_http_parse(modified, &last) && last <= since;
}

/* Sends the best form of it; takes over the owner's reference. */
static void send_representation(struct io *io, struct evhttp_request *ev, const struct representation *r)
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
	/* RFC 9110, 13.1.3: asked only if there is no If-None-Match. */
	if (r->modified && !match && status == 200 && not_modified(in, r->modified))
		status = 304;
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
		send_reply(io, ev, status, NULL);
		return;
	}
	struct evbuffer *body = evbuffer_new();
	if (!body)
		abort();
	evbuffer_add_reference(body, r->bytes[coding], r->len[coding], r->owner ? released : NULL, (void *)r->owner);
	send_reply(io, ev, status, body);
	evbuffer_free(body);
}

/* Those of a response. */
static void cached_headers(struct io *io, struct evhttp_request *ev, const struct cached *a, bool secure)
{
	bool own_caching = false;
	const char *policy = NULL;

	if (secure && *io->http->hsts)
		header(ev, "Strict-Transport-Security", io->http->hsts);
	for (size_t i = 0; i < a->n_headers; i++) {
		if (strcmp(a->headers[i].name, "Content-Security-Policy") == 0)
			policy = a->headers[i].value;
		else
			header(ev, a->headers[i].name, a->headers[i].value);
		own_caching = own_caching || strcasecmp(a->headers[i].name, "Cache-Control") == 0;
	}
	fixed_headers(ev, policy);
	header(ev, "Vary", "Accept-Encoding, Cookie");
	if (!own_caching)
		header(ev, "Cache-Control", a->cacheable ? "no-cache" : "private, no-store");
}

#define SEGMENTS 256
#define SEGMENT_LEAST (1 << 20)

/* The file's bytes as the end of b. Without TLS the kernel sends them from the disk
 * to the socket; with it they are mapped, in pieces, each of which goes when it is
 * sent, so that a large file does not fill the memory. */
static bool add_file(struct evbuffer *b, int fd, int64_t from, int64_t length, bool tls)
{
	int64_t piece = tls ? length / SEGMENTS + SEGMENT_LEAST : length;
	bool ok = true;

	evbuffer_set_flags(b, EVBUFFER_FLAG_DRAINS_TO_FD); /* where it goes: else it would be mapped in any case */
	while (ok && length > 0) {
		int64_t n = piece < length ? piece : length;
		struct evbuffer_file_segment *segment = evbuffer_file_segment_new(fd, from, n,
			(n == length ? EVBUF_FS_CLOSE_ON_FREE : 0) | (tls ? EVBUF_FS_DISABLE_SENDFILE : 0));

		ok = segment && evbuffer_add_file_segment(b, segment, 0, n) == 0;
		if (segment)
			evbuffer_file_segment_free(segment); /* the buffer holds it; the last one the descriptor */
		from += n;
		length -= n;
	}
	return ok;
}

static void send_file(struct io *io, struct exchange *x)
{
	struct evhttp_request *ev = x->ev;
	struct connection *c = connection_of_request(io, ev);
	bool head = evhttp_request_get_command(ev) == EVHTTP_REQ_HEAD;
	struct evbuffer *body = evbuffer_new();
	char length[32];

	if (!body)
		abort();
	cached_headers(io, ev, x->answer, x->request.secure);
	if (head || x->file_length == 0 || !c)
		close(x->file - 1);
	else if (!add_file(body, x->file - 1, x->file_from, x->file_length, connection_is_tls(c)))
		log_error("file.send", "request=%s", x->request.id); /* the length tells the client that it is cut off */
	if (x->answer->type)
		header(ev, "Content-Type", x->answer->type);
	snprintf(length, sizeof length, "%lld", (long long)x->file_length);
	header(ev, "Content-Length", length);
	send_reply(io, ev, x->answer->status, body);
	evbuffer_free(body);
	cached_release(x->answer);
}

/* Takes over the reference. */
static void send_cached(struct io *io, struct evhttp_request *ev, const struct cached *a, bool secure)
{
	struct representation r = {
		.status = a->status,
		.type = a->type,
		.etag = a->cacheable ? a->etag : NULL,
		.bytes = { a->identity, a->gzip, a->brotli },
		.len = { a->identity_len, a->gzip_len, a->brotli_len },
		.owner = a,
	};

	for (size_t i = 0; i < a->n_headers; i++)
		if (strcasecmp(a->headers[i].name, "Last-Modified") == 0)
			r.modified = a->headers[i].value;
	cached_headers(io, ev, a, secure);
	send_representation(io, ev, &r);
}

static void send_asset(struct io *io, struct evhttp_request *ev, const struct asset *a, bool secure)
{
	struct representation r = {
		.status = 200,
		.type = a->type,
		.etag = a->etag,
		.bytes = { a->identity, a->gzip, a->brotli },
		.len = { a->identity_len, a->gzip_len, a->brotli_len },
	};

	security_headers(io, ev, secure);
	header(ev, "Vary", "Accept-Encoding");
	header(ev, "Cache-Control", "public, max-age=31536000, immutable");
	send_representation(io, ev, &r);
}

/* A short answer from the front itself. */
static void send_text(struct io *io, struct evhttp_request *ev, int status, const char *text, bool secure)
{
	struct evbuffer *body = evbuffer_new();

	if (!body)
		abort();
	security_headers(io, ev, secure);
	header(ev, "Content-Type", "text/plain; charset=utf-8");
	header(ev, "Cache-Control", "no-store");
	evbuffer_add_printf(body, "%s", text);
	send_reply(io, ev, status, body);
	evbuffer_free(body);
}

static void refuse(struct io *io, struct evhttp_request *ev, int status, const char *text, bool secure)
{
	char lines[256];

	if (status == 503)
		header(ev, "Retry-After", "5");
	snprintf(lines, sizeof lines, "%d %s\n%s\n", status, reason(status), text);
	send_text(io, ev, status, lines, secure);
}

/* ---- connections ---- */

static void connection_gone(struct evhttp_connection *ec, void *arg)
{
	struct io *io = arg;

	connection_closed(io->gate, ec);
}

/* evhttp makes its connection after the bufferevent, and is then the argument
 * of its callbacks. */
static bool find_connection(struct bufferevent *bev, struct connection *c, void **handle, const char **peer,
	void *arg)
{
	struct evhttp_connection *ec = NULL;
	bufferevent_data_cb read = NULL;
	bufferevent_event_cb event = NULL;
	void *found = NULL;
	char *address = NULL;
	ev_uint16_t port;

	(void)c;
	bufferevent_getcb(bev, &read, NULL, &event, &found);
	if (!event || !found)
		return false;
	ec = found;
	evhttp_connection_set_closecb(ec, connection_gone, arg);
	evhttp_connection_get_peer(ec, &address, &port);
	*handle = ec;
	*peer = address ? address : "";
	return true;
}

static void close_connection(void *handle)
{
	evhttp_connection_free(handle);
}

static const struct gate_ops gate_ops = { find_connection, close_connection };

/* evhttp would put a plain one in place of NULL, so these do not fail. */
static struct bufferevent *make_plain(struct event_base *base, void *arg)
{
	struct io *io = arg;
	struct bufferevent *bev = bufferevent_socket_new(base, -1, 0);

	if (!bev)
		abort();
	connection_new(io->gate, bev, NULL);
	return bev;
}

static struct bufferevent *make_tls(struct event_base *base, void *arg)
{
	struct io *io = arg;
	SSL *ssl = tls_accept(io->http->tls);
	struct bufferevent *bev = ssl ? bufferevent_openssl_socket_new(base, -1, ssl, BUFFEREVENT_SSL_ACCEPTING,
		BEV_OPT_CLOSE_ON_FREE) : NULL;

	if (!bev)
		abort();
	connection_new(io->gate, bev, ssl);
	return bev;
}

/* evhttp has written an answer. */
static void on_answered(struct evhttp_request *ev, void *arg)
{
	struct connection *c = connection_of_request(arg, ev);

	if (c)
		connection_answered(c);
}

/* ---- requests ---- */

/* Who asks, and for which host. */
struct caller {
	struct client client;
	bool loopback, secure;
	const char *authority;          /* host with its port, as sent */
	char host[FRAMING_HOST_SIZE];
};

#define JOINED_MAX 4096

/* All values of a header joined by ", "; NULL if there is none, or too much. */
static const char *join(struct evkeyvalq *in, const char *name, char room[JOINED_MAX])
{
	struct evkeyval *kv;
	size_t n = 0;

	TAILQ_FOREACH(kv, in, next) {
		if (strcasecmp(kv->key, name) != 0)
			continue;
		n += (size_t)snprintf(room + n, JOINED_MAX - n, "%s%s", n ? ", " : "", kv->value);
		if (n >= JOINED_MAX)
			return NULL;
	}
	return n ? room : NULL;
}

static bool mentions_proxy(struct evkeyvalq *in)
{
	static const char *const names[] = { "Forwarded", "X-Forwarded-For", "X-Forwarded-Proto", "X-Forwarded-Host",
		"X-Real-IP", "Via" };

	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (evhttp_find_header(in, names[i]))
			return true;
	return false;
}

static void find_caller(struct io *io, struct evhttp_request *ev, const struct connection *c, struct caller *out)
{
	struct evkeyvalq *in = evhttp_request_get_input_headers(ev);
	char *peer = NULL, room[4][JOINED_MAX];
	struct forwarded said = { 0 };
	ev_uint16_t port;

	evhttp_connection_get_peer(evhttp_request_get_connection(ev), &peer, &port);
	peer = peer ? peer : "";
	if (proxies_trust(io->http->proxies, peer)) {
		said.forwarded = join(in, "Forwarded", room[0]);
		said.x_for = join(in, "X-Forwarded-For", room[1]);
		said.x_proto = join(in, "X-Forwarded-Proto", room[2]);
		said.x_host = join(in, "X-Forwarded-Host", room[3]);
	}
	client_find(io->http->proxies, peer, &said, &out->client);
	out->loopback = !out->client.proxied && address_is_loopback(peer) && !mentions_proxy(in);
	out->secure = connection_is_tls(c) || out->client.secure;
	out->authority = *out->client.host ? out->client.host : evhttp_find_header(in, "Host");
	if (!out->authority)
		out->authority = "localhost"; /* HTTP/1.0 */
	framing_host(out->authority, out->host);
}

static bool is_repeated(struct evkeyvalq *in, const char *name)
{
	struct evkeyval *kv;
	int n = 0;

	TAILQ_FOREACH(kv, in, next)
		n += strcasecmp(kv->key, name) == 0;
	return n > 1;
}

/* The cookies and headers that make a page someone's own keep it out of the
 * cache: every __Host- cookie but the one of forms for nobody, which only their
 * own pages read, and those are not cached. */
static bool anonymous(struct evkeyvalq *in)
{
	const char *s = evhttp_find_header(in, "Cookie");

	if (evhttp_find_header(in, "Authorization") || is_repeated(in, "Cookie"))
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

static void finish_exchange(struct exchange *x);
static void intake_asked(struct exchange *x);

/* From a pool's thread back to the I/O thread. */
static void give_back(struct exchange *x)
{
	struct io *io = x->io;

	pthread_mutex_lock(&io->mutex);
	x->next = io->done;
	io->done = x;
	pthread_mutex_unlock(&io->mutex);
	wake(io);
}

/* On a handler thread. */
static void run_exchange(struct job *job, struct db *db)
{
	struct exchange *x = (struct exchange *)job;
	struct io *io = x->io;
	struct response rs = { .request = &x->request,
		.codings = 1u << coding_choose(request_header(&x->request, "Accept-Encoding")) };

	dispatch(io->http->engine, db, &x->request, &rs);
	if (!rs.receive) {
		response_header(&rs, "X-Request-Id", x->request.id);
		x->answer = cache_put(io->http->engine->cache, x->key, &rs);
		x->file = rs.file;
		x->file_from = rs.file_from;
		x->file_length = rs.file_length;
	}
	x->finish = rs.receive ? intake_asked : finish_exchange;
	buf_finish(&rs.body);
	give_back(x);
}

static void intake_close(struct intake *in);

static void finish_exchange(struct exchange *x)
{
	struct io *io = x->io;

	if (x->intake)
		intake_close(x->intake);
	if (x->file)
		send_file(io, x);
	else
		send_cached(io, x->ev, x->answer, x->request.secure);
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

/* ---- forms with files ---- */

static void intake_open(struct exchange *x)
{
	struct intake *in = arena_alloc(x->request.arena, sizeof *in);

	x->intake = in;
	in->x = x;
	in->fresh = x->request;
	x->request.asked = &in->terms;
}

static void intake_close(struct intake *in)
{
	struct http *h = in->x->io->http;
	struct intake **at;

	if (in->connection)
		connection_receive(in->connection, NULL, NULL);
	in->connection = NULL;
	if (in->waiting)
		evbuffer_free(in->waiting);
	if (in->piece)
		evbuffer_free(in->piece);
	in->waiting = in->piece = NULL;
	if (!in->listed)
		return;
	pthread_mutex_lock(&h->mutex);
	for (at = &h->intakes; *at != in;)
		at = &(*at)->next;
	*at = in->next;
	pthread_mutex_unlock(&h->mutex);
	in->listed = false;
}

/* What a short answer of the front says instead of a page. */
static void intake_refuse(struct intake *in, int status, const char *text)
{
	struct exchange *x = in->x;
	struct io *io = x->io;
	char lines[sizeof in->err.text];

	snprintf(lines, sizeof lines, "%s", text);
	intake_close(in);
	refuse(io, x->ev, status, lines, x->request.secure);
	arena_destroy(x->request.arena);
	atomic_fetch_sub(&io->http->under_way, 1);
}

/* The connection is gone, and the pool has nothing of it. */
static void intake_drop(struct intake *in)
{
	struct exchange *x = in->x;
	struct io *io = x->io;

	intake_close(in);
	arena_destroy(x->request.arena);
	atomic_fetch_sub(&io->http->under_way, 1);
}

/* The second turn: as any request, with the form that came; or with what was wrong. */
static void intake_submit(struct intake *in)
{
	struct exchange *x = in->x;
	struct request rq = in->fresh;
	struct http *h = x->io->http;

	if (in->err.kind == ERROR_NONE && !in->status && !upload_end(in->upload, &rq, &in->err) &&
		in->err.kind == ERROR_NONE)
		error_set(&in->err, ERROR_INTERNAL, "The files could not be taken.");
	if (in->status) {
		intake_refuse(in, in->status, in->err.text);
		return;
	}
	rq.upload_error = in->err.kind ? &in->err : NULL;
	rq.uploaded = true;
	x->request = rq;
	x->job.run = run_exchange;
	if (!pool_submit(h->pool, &x->job))
		intake_refuse(in, 503, "The server is busy. Please send the form again in a few seconds.");
}

static void intake_piece_done(struct exchange *x);

/* On the upload pool. */
static void run_piece(struct job *job, struct db *db)
{
	struct exchange *x = (struct exchange *)job;
	struct intake *in = x->intake;
	struct evbuffer_iovec first;
	bool ok = true;

	(void)db;
	while (ok && evbuffer_peek(in->piece, -1, NULL, &first, 1) > 0) {
		ok = upload_feed(in->upload, first.iov_base, first.iov_len, &in->err);
		evbuffer_drain(in->piece, first.iov_len);
	}
	x->finish = intake_piece_done;
	give_back(x);
}

#define WAITING_MAX (256 << 10)

/* Gives the pool what waits, or goes on when all has come. */
static void intake_advance(struct intake *in)
{
	struct exchange *x = in->x;

	if (in->busy || in->ended || atomic_load(&x->io->http->closing))
		return;
	if (in->err.kind == ERROR_NONE && evbuffer_get_length(in->waiting) > 0) {
		evbuffer_add_buffer(in->piece, in->waiting);
		in->busy = true;
		x->job.run = run_piece;
		if (pool_submit(x->io->http->upload_pool, &x->job))
			return;
		in->busy = false;
		error_set(&in->err, ERROR_UNAVAILABLE, "The server is busy. Please send the form again in a few seconds.");
	}
	if (!in->whole && in->err.kind == ERROR_NONE)
		return;
	in->ended = true;
	if (in->connection)
		connection_receive(in->connection, NULL, NULL);
	in->connection = NULL;
	intake_submit(in);
}

static void intake_piece_done(struct exchange *x)
{
	struct intake *in = x->intake;

	in->busy = false;
	evbuffer_drain(in->piece, evbuffer_get_length(in->piece));
	if (!in->connection) {
		intake_drop(in);
		return;
	}
	if (in->err.kind == ERROR_NONE)
		connection_pause(in->connection, false);
	intake_advance(in);
}

static void intake_take(struct evbuffer *from, size_t n, void *arg)
{
	struct intake *in = arg;

	evbuffer_remove_buffer(from, in->waiting, n);
	if (in->busy && evbuffer_get_length(in->waiting) > WAITING_MAX)
		connection_pause(in->connection, true);
	intake_advance(in);
}

static void intake_whole(int status, const char *text, void *arg)
{
	struct intake *in = arg;

	in->whole = true;
	if (status) {
		in->status = status;
		error_set(&in->err, ERROR_INVALID, "%s", text);
	}
	intake_advance(in);
}

/* evhttp takes the request along, unless it has left it to us already. */
static void intake_gone(void *arg)
{
	struct intake *in = arg;

	in->connection = NULL;
	if (!evhttp_request_get_connection(in->x->ev))
		evhttp_request_free(in->x->ev);
	log_info("upload.gone", "request=%s", in->fresh.id);
	if (!in->busy)
		intake_drop(in);
}

/* One more of all and of this account's; false if that is too many. */
static bool intake_list(struct intake *in)
{
	struct http *h = in->x->io->http;
	struct options *o = h->engine->options;
	int64_t all = 0, own = 0;

	pthread_mutex_lock(&h->mutex);
	for (struct intake *other = h->intakes; other; other = other->next) {
		all++;
		own += strcmp(other->account, in->account) == 0;
	}
	in->listed = all < options_int(o, "max-uploads") && own < options_int(o, "max-uploads-per-person");
	if (in->listed) {
		in->next = h->intakes;
		h->intakes = in;
	}
	pthread_mutex_unlock(&h->mutex);
	return in->listed;
}

/* The handler lets it come. */
static void intake_asked(struct exchange *x)
{
	static const struct connection_sink sink = { intake_take, intake_whole, intake_gone };
	struct intake *in = x->intake;
	struct io *io = x->io;
	struct arena *a = x->request.arena;
	const char *boundary = multipart_boundary(a, request_header(&in->fresh, "Content-Type"));
	struct connection *c = connection_of_request(io, x->ev);

	in->account = x->request.account ? x->request.account->id : x->request.peer;
	if (!c || !boundary || !intake_list(in)) {
		intake_refuse(in, 503, "Too many files are being sent at the moment. Please try again in a minute.");
		return;
	}
	in->waiting = evbuffer_new();
	in->piece = evbuffer_new();
	if (!in->waiting || !in->piece)
		abort();
	in->upload = upload_begin(a, io->http->engine->blobs, boundary, &in->terms);
	in->connection = c;
	connection_receive(c, &sink, in);
}

static void submit(struct io *io, struct evhttp_request *ev, const struct caller *caller, const char *key)
{
	struct arena *a = arena_create();
	struct exchange *x = arena_alloc(a, sizeof *x);
	struct request *rq = &x->request;
	struct evbuffer *body = evhttp_request_get_input_buffer(ev);

	x->job.run = run_exchange;
	x->io = io;
	x->ev = ev;
	x->finish = finish_exchange;
	x->key = arena_strdup(a, key);
	rq->arena = a;
	new_request_id(rq->id);
	rq->method = method_of(ev);
	rq->target = arena_strdup(a, evhttp_request_get_uri(ev));
	rq->host = arena_strdup(a, caller->host);
	rq->origin = *io->http->public_origin ? io->http->public_origin :
		arena_printf(a, "%s://%s", caller->secure ? "https" : "http", caller->authority);
	rq->peer = arena_strdup(a, caller->client.address);
	rq->peer_loopback = caller->loopback;
	rq->secure = caller->secure || strncmp(io->http->public_origin, "https://", 8) == 0;
	fill_headers(rq, evhttp_request_get_input_headers(ev));
	rq->body_len = evbuffer_get_length(body);
	char *bytes = arena_alloc(a, rq->body_len + 1);
	evbuffer_remove(body, bytes, rq->body_len);
	rq->body = bytes;
	if (connection_is_upload(connection_of_request(io, ev)))
		intake_open(x);
	rq->may_wait = io->http->directory_pool && routes_wait(io->http->engine->routes, a, rq->method, rq->target);
	atomic_fetch_add(&io->http->under_way, 1);
	if (pool_submit(rq->may_wait ? io->http->directory_pool : io->http->pool, &x->job))
		return;
	atomic_fetch_sub(&io->http->under_way, 1);
	arena_destroy(a);
	refuse(io, ev, 503, "The server is busy. Please try again in a few seconds.", caller->secure);
}

/* Plain requests that could come over TLS go there, by a proxy only if it says that they are plain. */
static bool wants_redirect(const struct http *h, const struct caller *caller)
{
	return h->redirect && !caller->secure && !caller->loopback &&
		(caller->client.proxied ? caller->client.said_scheme : !address_is_loopback(caller->client.address));
}

static void send_redirect(struct io *io, struct evhttp_request *ev, const struct caller *caller)
{
	const char *target = evhttp_request_get_uri(ev), *origin = io->http->public_origin;
	size_t room = strlen(target) + FRAMING_HOST_SIZE + 64;
	char *to = malloc(room), port[8] = "";

	if (!to)
		abort();
	if (io->http->tls_port != 443 && !caller->client.proxied)
		snprintf(port, sizeof port, ":%d", io->http->tls_port);
	if (strncmp(origin, "https://", 8) == 0)
		snprintf(to, room, "%.*s%s", FRAMING_HOST_SIZE, origin, target);
	else
		snprintf(to, room, "https://%s%s%s", caller->host, port, target);
	header(ev, "Location", to);
	free(to);
	send_text(io, ev, 308, "This site is served over HTTPS.\n", false);
}

/* Answers a challenge of a certificate authority; false if there is none of that name. */
static bool send_challenge(struct io *io, struct evhttp_request *ev, bool secure)
{
	const char *token = evhttp_request_get_uri(ev) + strlen(ACME_PATH);
	char path[4096], text[1024];
	size_t n = strlen(token);
	FILE *f;

	if (n == 0 || n > 200 || strspn(token, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_") != n)
		return false;
	snprintf(path, sizeof path, "%s/%s", io->http->acme_folder, token);
	f = fopen(path, "re");
	if (!f)
		return false;
	n = fread(text, 1, sizeof text - 1, f);
	fclose(f);
	text[n] = '\0';
	send_text(io, ev, 200, text, secure);
	return true;
}

static void answer(struct io *io, struct evhttp_request *ev, const struct caller *caller)
{
	struct http *h = io->http;
	struct evkeyvalq *in = evhttp_request_get_input_headers(ev);
	const char *target = evhttp_request_get_uri(ev);
	enum evhttp_cmd_type command = evhttp_request_get_command(ev);
	bool get = command == EVHTTP_REQ_GET || command == EVHTTP_REQ_HEAD;
	const struct cached *hit;
	char key[10240];

	if (get && *h->acme_folder && strncmp(target, ACME_PATH, strlen(ACME_PATH)) == 0 &&
		send_challenge(io, ev, caller->secure))
		return;
	if (wants_redirect(h, caller)) {
		send_redirect(io, ev, caller);
		return;
	}
	if (get && strncmp(target, "/assets/", 8) == 0) {
		const struct asset *asset = assets_by_path(h->engine->assets, target);

		if (asset) {
			send_asset(io, ev, asset, caller->secure);
			return;
		}
	}
	/* Host as sent: absolute links in the page repeat it, with its port. The
	 * coding, so that no form is made that nobody asked for. */
	if (!get || !anonymous(in) || snprintf(key, sizeof key, "%d %d %s %s %s", caller->secure,
		coding_choose(evhttp_find_header(in, "Accept-Encoding")), caller->authority, theme_of(in), target) >=
		(int)sizeof key) {
		submit(io, ev, caller, NULL);
		return;
	}
	hit = cache_get(h->engine->cache, key, newest_generation(io));
	metrics_add(h->engine->metrics, hit ? METRIC_CACHE_HITS : METRIC_CACHE_MISSES, 1);
	if (hit)
		send_cached(io, ev, hit, caller->secure);
	else
		submit(io, ev, caller, key);
}

static void on_request(struct evhttp_request *ev, void *arg)
{
	struct io *io = arg;
	struct connection *c = connection_of_request(io, ev);
	struct caller caller;
	const char *text;
	int status;

	if (!c) { /* there is none without the gate */
		evhttp_send_error(ev, 500, NULL);
		return;
	}
	connection_request(c);
	evhttp_request_set_on_complete_cb(ev, on_answered, io);
	status = connection_refusal(c, &text);
	if (status) {
		refuse(io, ev, status, text, connection_is_tls(c));
		return;
	}
	find_caller(io, ev, c, &caller);
	answer(io, ev, &caller);
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
		list->finish(list);
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
static bool accept_all(struct evhttp *e, struct listeners *l, int thread, struct error *err)
{
	int fd;

	for (size_t i = 0; (fd = listeners_take(l, thread, i, err)) >= 0; i++)
		if (evhttp_accept_socket(e, fd) != 0) {
			close(fd);
			return error_set(err, ERROR_INTERNAL, "An I/O thread could not be started.");
		}
	return err->kind == ERROR_NONE;
}

static struct evhttp *make_evhttp(struct io *io, struct bufferevent *(*make)(struct event_base *, void *))
{
	struct options *o = io->http->engine->options;
	struct evhttp *e = evhttp_new(io->base);

	if (!e)
		return NULL;
	evhttp_set_bevcb(e, make, io);
	evhttp_set_gencb(e, on_request, io);
	evhttp_set_allowed_methods(e, EVHTTP_REQ_GET | EVHTTP_REQ_HEAD | EVHTTP_REQ_POST | EVHTTP_REQ_PUT |
		EVHTTP_REQ_PATCH | EVHTTP_REQ_DELETE | EVHTTP_REQ_OPTIONS);
	/* The gate has kept both already; its answers are ours. */
	evhttp_set_max_headers_size(e, (ev_ssize_t)options_int(o, "max-header-size") * 2);
	evhttp_set_max_body_size(e, (ev_ssize_t)options_int(o, "max-body-size") + 1);
	evhttp_set_default_content_type(e, NULL);
	return e;
}

static bool io_start(struct http *h, int index, struct listeners *plain, struct listeners *tls, struct error *err)
{
	struct event_config *config = event_config_new();
	struct io *io = &h->ios[index];

	io->http = h;
	io->wake_fd = -1;
	pthread_mutex_init(&io->mutex, NULL);
	event_config_set_flag(config, EVENT_BASE_FLAG_EPOLL_USE_CHANGELIST);
	io->base = event_base_new_with_config(config);
	event_config_free(config);
	io->gate = io->base ? gate_create(h->door, io->base, &gate_ops, io) : NULL;
	io->evhttp = io->base ? make_evhttp(io, make_plain) : NULL;
	io->evhttps = io->base && h->tls ? make_evhttp(io, make_tls) : NULL;
	io->wake_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	if (!io->evhttp || (h->tls && !io->evhttps) || io->wake_fd < 0)
		return error_set(err, ERROR_INTERNAL, "An I/O thread could not be started.");
	io->db = store_reader(h->engine->store, err);
	if (!io->db || !accept_all(io->evhttp, plain, index, err) ||
		(io->evhttps && !accept_all(io->evhttps, tls, index, err)))
		return false;
	io->woken = event_new(io->base, io->wake_fd, EV_READ | EV_PERSIST, on_woken, io);
	event_add(io->woken, NULL);
	if (pthread_create(&io->thread, NULL, io_main, io) != 0)
		return error_set(err, ERROR_INTERNAL, "An I/O thread could not be started.");
	io->threaded = true;
	return true;
}

/* Connections need descriptors; too few of them would stop the accepting. */
#define OTHER_DESCRIPTORS 256

void http_raise_limits(const struct options *o)
{
	struct rlimit limit;
	rlim_t wanted = (rlim_t)options_int(o, "max-connections") + OTHER_DESCRIPTORS;

	if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur >= wanted)
		return;
	limit.rlim_cur = limit.rlim_max < wanted ? limit.rlim_max : wanted;
	setrlimit(RLIMIT_NOFILE, &limit);
}

static int allowed_connections(int wanted)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur >= (rlim_t)wanted + OTHER_DESCRIPTORS)
		return wanted;
	wanted = limit.rlim_cur > 2 * OTHER_DESCRIPTORS ? (int)(limit.rlim_cur - OTHER_DESCRIPTORS) :
		(int)limit.rlim_cur / 2;
	log_warn("http.descriptors", "limit=%llu max-connections=%d", (unsigned long long)limit.rlim_cur, wanted);
	return wanted;
}

static bool is_upload(const char *target, size_t n, void *arg)
{
	return routes_upload(arg, target, n);
}

static struct door *make_door(const struct http *h)
{
	struct options *o = h->engine->options;
	int64_t head = options_int(o, "header-timeout"), idle = options_int(o, "read-timeout");
	struct door_limits limits = {
		.framing = {
			.head = (size_t)options_int(o, "max-header-size"),
			.target = (size_t)options_int(o, "max-target-size"),
			.headers = (int)options_int(o, "max-headers"),
			.body = (uint64_t)options_int(o, "max-body-size"),
			.upload = (uint64_t)options_int(o, "max-upload-size"),
			.is_upload = is_upload,
			.arg = h->engine->routes,
		},
		.per_address = (int)options_int(o, "max-connections-per-address"),
		.total = allowed_connections((int)options_int(o, "max-connections")),
		.requests = (int)options_int(o, "max-requests-per-connection"),
		.head_ms = head < idle ? head : idle,
		.idle_ms = idle,
		.grace_ms = options_int(o, "transfer-grace"),
		.rate = options_int(o, "min-rate"),
		.upload_ms = options_int(o, "upload-time"),
	};

	return door_create(&limits, h->proxies, h->engine->metrics);
}

static bool start_parts(struct http *h, struct error *err)
{
	struct options *o = h->engine->options;
	int64_t hsts = options_int(o, "hsts-max-age") / 1000;

	h->public_origin = options_string(o, "public-origin");
	h->acme_folder = options_string(o, "acme-folder");
	if (hsts)
		snprintf(h->hsts, sizeof h->hsts, "max-age=%lld", (long long)hsts);
	if (!h->port && !h->tls_port)
		return error_set(err, ERROR_INVALID, "listen and listen-tls are both empty: there is nothing to serve.");
	h->proxies = proxies_create(o, err);
	if (!h->proxies)
		return false;
	h->door = make_door(h);
	if (h->tls_port) {
		h->redirect = options_bool(o, "https-redirect");
		h->tls = tls_create(o, err);
		if (!h->tls)
			return false;
	}
	h->pool = pool_create(h->engine, (int)options_int(o, "handler-threads"), (int)options_int(o, "handler-queue"),
		err);
	h->upload_pool = h->pool ? pool_create(h->engine, UPLOAD_THREADS, (int)options_int(o, "max-uploads") + 1, err) :
		NULL;
	if (!h->upload_pool || !h->engine->directory)
		return h->upload_pool;
	h->directory_pool = pool_create(h->engine, (int)options_int(o, "directory-threads"),
		(int)options_int(o, "directory-queue"), err);
	return h->directory_pool;
}

struct http *http_start(struct engine *e, struct listeners *plain, struct listeners *tls, struct error *err)
{
	struct http *h = calloc(1, sizeof *h);
	int n = (int)options_int(e->options, "io-threads");
	bool ok;

	if (!h)
		abort();
	evthread_use_pthreads();
	pthread_mutex_init(&h->mutex, NULL);
	h->engine = e;
	h->ios = calloc((size_t)n, sizeof *h->ios);
	if (!h->ios)
		abort();
	h->port = listeners_port(plain);
	h->tls_port = listeners_port(tls);
	ok = start_parts(h, err);
	while (ok && h->n_ios < n)
		ok = io_start(h, h->n_ios++, plain, tls, err);
	if (ok)
		return h;
	http_stop(h);
	return NULL;
}

void http_refresh(struct http *h, bool forced)
{
	if (h->tls)
		tls_reload(h->tls, forced);
}

int http_port(const struct http *h)
{
	return h->port;
}

int http_tls_port(const struct http *h)
{
	return h->tls_port;
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
	if (io->evhttps)
		evhttp_foreach_bound_socket(io->evhttps, close_listener, NULL);
}

static void io_finish(struct io *io)
{
	if (io->woken)
		event_free(io->woken);
	if (io->evhttp)
		evhttp_free(io->evhttp);
	if (io->evhttps)
		evhttp_free(io->evhttps);
	gate_destroy(io->gate);
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
	atomic_store(&h->closing, true);
	directory_close(h->engine->directory); /* nothing waits for it any more */
	pool_destroy(h->directory_pool);
	pool_destroy(h->upload_pool);
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
	door_destroy(h->door);
	tls_destroy(h->tls);
	proxies_destroy(h->proxies);
	pthread_mutex_destroy(&h->mutex);
	free(h->ios);
	free(h);
}
