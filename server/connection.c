/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Connections: limits, deadlines, and the gate. */
#include "connection.h"
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <openssl/err.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include "text.h"

#define ADDRESS_BUCKETS 1024
#define HANDLE_BUCKETS 4096
#define LINGER_MS 1000
#define LINGER_BYTES (1 << 20)
/* A browser that sends a large file reads our refusal only when it has sent more. */
#define LINGER_UPLOAD_MS 5000
#define LINGER_UPLOAD_BYTES (256 << 20)
#define TICK_MS 250
#define WISHES_MAX 64
#define SLACK 64                /* connections over the limit of all, for moments */
/* What evhttp sees in place of a refused request. */
#define STAND_IN "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"

struct address {
	char text[64];
	int connections;
	struct address *next;
};

struct door {
	struct door_limits limits;
	const struct proxies *proxies;
	struct metrics *metrics;
	pthread_mutex_t mutex; /* what follows */
	int total;
	struct address *addresses[ADDRESS_BUCKETS];
	struct gate *gates;
};

enum phase {
	NEW,        /* nothing has come yet; a TLS handshake is part of it */
	IDLE,       /* between two requests */
	HEAD, BODY,
	UPLOADING,  /* a body that is received (connection_receive) */
	WORKING,    /* a handler has it: not ours to end */
	ANSWERING,
	LINGERING   /* the last answer is out: for the client to hang up */
};

struct connection {
	struct gate *gate;
	struct bufferevent *bev;
	SSL *ssl;                   /* or NULL */
	void *handle;               /* NULL until it is found */
	char peer[64];
	bool counted, exempt;       /* exempt: of a proxy, so not one client's */
	enum phase phase;
	int64_t since_ms;           /* when the phase began */
	uint64_t moved;             /* bytes of the body since then; of the answer, at first */
	int requests;
	struct framing framing;
	struct evbuffer *ahead;     /* held back: a head that is not whole, or later requests */
	bool passing;               /* our own changes to the input */
	bool whole;                 /* the request has passed; wait for its answer */
	bool skipped;               /* an empty line before the request */
	bool upload;                /* the body is held back from evhttp; then: */
	bool received;              /* ... it has come as a whole */
	bool paused;                /* ... it has to wait for us, since: */
	int64_t paused_ms;
	const struct connection_sink *sink;
	void *sink_arg;
	bool deaf;                  /* nothing that comes is looked at any more */
	struct connection *next_of_handle, *next, *previous;
};

struct gate {
	struct door *door;
	struct event_base *base;
	const struct gate_ops *ops;
	void *arg;
	struct event *tick, *arrival, *wish;
	struct connection *fresh;          /* by next */
	struct connection *list;           /* found ones */
	struct connection *handles[HANDLE_BUCKETS];
	/* Of other threads, under the door's mutex: */
	struct gate *next_of_door;
	int n, n_wishes;                   /* connections; addresses to make room for, "" for any */
	char wishes[WISHES_MAX][64];
};

static int64_t now_ms(void)
{
	return clock_monotonic_ns() / 1000000;
}

static void enter(struct connection *c, enum phase phase)
{
	c->phase = phase;
	c->since_ms = now_ms();
	c->moved = 0;
}

/* ---- the door ---- */

struct door *door_create(const struct door_limits *limits, const struct proxies *proxies, struct metrics *metrics)
{
	struct door *d = calloc(1, sizeof *d);

	if (!d)
		abort();
	d->limits = *limits;
	d->proxies = proxies;
	d->metrics = metrics;
	pthread_mutex_init(&d->mutex, NULL);
	return d;
}

void door_destroy(struct door *d)
{
	if (!d)
		return;
	pthread_mutex_destroy(&d->mutex);
	free(d);
}

static struct address **address_of(struct door *d, const char *text)
{
	unsigned hash = 5381;
	struct address **at;

	for (const char *s = text; *s; s++)
		hash = hash * 33 + (unsigned char)*s;
	for (at = &d->addresses[hash % ADDRESS_BUCKETS]; *at && strcmp((*at)->text, text) != 0;)
		at = &(*at)->next;
	return at;
}

/* Counts one; returns how many its address has, *total how many there are. */
static int count_in(struct gate *g, const char *peer, int *total)
{
	struct door *d = g->door;
	struct address **at;
	int n;

	pthread_mutex_lock(&d->mutex);
	at = address_of(d, peer);
	if (!*at) {
		*at = calloc(1, sizeof **at);
		if (!*at)
			abort();
		snprintf((*at)->text, sizeof (*at)->text, "%s", peer);
	}
	n = ++(*at)->connections;
	*total = ++d->total;
	g->n++;
	pthread_mutex_unlock(&d->mutex);
	metrics_add(d->metrics, METRIC_CONNECTIONS, 1);
	return n;
}

static void count_out(struct gate *g, const char *peer)
{
	struct door *d = g->door;
	struct address **at, *a;

	pthread_mutex_lock(&d->mutex);
	at = address_of(d, peer);
	a = *at;
	if (a && --a->connections == 0) {
		*at = a->next;
		free(a);
	}
	d->total--;
	g->n--;
	pthread_mutex_unlock(&d->mutex);
	metrics_add(d->metrics, METRIC_CONNECTIONS, -1);
}

/* ---- the gate ---- */

/* Adds to evhttp's input: from ahead, or bytes of our own. A plain bufferevent
 * keeps the end of its input frozen while it does not read. */
static void pass(struct connection *c, size_t from_ahead, const void *own, size_t n)
{
	struct evbuffer *input = bufferevent_get_input(c->bev);
	bool reading = c->passing;

	c->passing = true;
	if (!c->ssl && !reading)
		evbuffer_unfreeze(input, 0);
	if (from_ahead)
		evbuffer_remove_buffer(c->ahead, input, from_ahead);
	if (n)
		evbuffer_add(input, own, n);
	if (!c->ssl && !reading)
		evbuffer_freeze(input, 0);
	c->passing = reading;
}

static void pass_text(struct connection *c, const char *text)
{
	pass(c, 0, text, strlen(text));
}

/* The request is refused; evhttp gets an end of the one it has, or a stand-in. */
static void refuse(struct connection *c, bool begun)
{
	evbuffer_drain(c->ahead, evbuffer_get_length(c->ahead));
	c->deaf = c->whole = true;
	pass_text(c, begun ? "0\r\n\r\n" : STAND_IN);
}

static void refuse_with(struct connection *c, int status, const char *text)
{
	c->framing.status = status;
	c->framing.text = text;
	refuse(c, false);
}

static void began(struct connection *c)
{
	if (c->phase == IDLE || c->phase == NEW)
		enter(c, HEAD);
}

static bool is_header(const char *line, const char *name)
{
	size_t n = strlen(name);

	return strncasecmp(line, name, n) == 0 && line[n] == ':';
}

/* For evhttp the request has no body; and it shall not close the connection by
 * itself, while bytes of the body may still be on their way (f->close has it). */
static void pass_upload_head(struct connection *c, const char *bytes, size_t n)
{
	const char *at = bytes, *end = bytes + n - 2, *next;

	for (; at < end; at = next) {
		next = (const char *)memchr(at, '\n', (size_t)(end - at)) + 1;
		if (!is_header(at, "Content-Length") && !is_header(at, "Transfer-Encoding") && !is_header(at, "Expect") &&
			!is_header(at, "Connection"))
			pass(c, 0, at, (size_t)(next - at));
	}
	pass_text(c, "Content-Length: 0\r\n\r\n");
	evbuffer_drain(c->ahead, n);
	enter(c, BODY);
	c->upload = c->whole = true;
}

/* The head is whole. */
static void head_ended(struct connection *c)
{
	enter(c, BODY);
	c->whole = c->framing.body == FRAMING_NONE;
}

/* False when there is nothing more to do with what has come. */
static bool advance_head(struct connection *c)
{
	size_t n = evbuffer_get_length(c->ahead), room = c->framing.limits->head + 2;
	const char *bytes = (const char *)evbuffer_pullup(c->ahead, (ev_ssize_t)(n < room ? n : room));

	began(c);
	if (c->framing.scanned == 0 && !c->skipped && bytes[0] == '\r') {
		if (n < 2)
			return false;
		if (bytes[1] == '\n') {
			evbuffer_drain(c->ahead, 2);
			c->skipped = true;
			return true;
		}
	}
	n = framing_head(&c->framing, bytes, n < room ? n : room);
	if (c->framing.status) {
		refuse(c, false);
		return false;
	}
	if (n == 0)
		return false;
	if (c->framing.upload) {
		pass_upload_head(c, bytes, n);
		return false;
	}
	pass(c, n, NULL, 0);
	head_ended(c);
	return true;
}

static void advance_length(struct connection *c)
{
	size_t n = evbuffer_get_length(c->ahead);

	if (n > c->framing.left)
		n = (size_t)c->framing.left;
	pass(c, n, NULL, 0);
	c->moved += n;
	c->framing.left -= n;
	c->whole = c->framing.left == 0;
}

/* Chunks go on without extensions and trailers. */
static bool advance_chunk(struct connection *c)
{
	struct evbuffer_iovec first;
	size_t used;
	char size[32];
	int n;

	if (evbuffer_peek(c->ahead, -1, NULL, &first, 1) < 1)
		return false;
	switch (framing_chunk(&c->framing, first.iov_base, first.iov_len, &used)) {
	case FRAMING_DATA:
		pass(c, used, NULL, 0);
		c->moved += used;
		return true;
	case FRAMING_BAD:
		refuse(c, true);
		return false;
	case FRAMING_SIZE:
		n = snprintf(size, sizeof size, "%llx\r\n", (unsigned long long)c->framing.left);
		pass(c, 0, size, (size_t)n);
		break;
	case FRAMING_CHUNK_END:
		pass_text(c, "\r\n");
		break;
	case FRAMING_LAST:
		pass_text(c, "0\r\n\r\n");
		c->whole = true;
		break;
	case FRAMING_MORE:
		break;
	}
	evbuffer_drain(c->ahead, used);
	return true;
}

/* ---- bodies that are files ---- */

static void upload_ended(struct connection *c, int status, const char *text)
{
	const struct connection_sink *sink = c->sink;

	c->received = status == 0;
	enter(c, WORKING);
	if (sink)
		sink->ended(status, text, c->sink_arg);
}

/* One step; false when there is nothing more to do with what has come. */
static bool advance_upload(struct connection *c)
{
	struct evbuffer_iovec first;
	size_t used = evbuffer_get_length(c->ahead);

	if (c->framing.body == FRAMING_LENGTH) {
		if (used > c->framing.left)
			used = (size_t)c->framing.left;
		c->framing.left -= used;
		c->moved += used;
		c->sink->take(c->ahead, used, c->sink_arg);
		if (c->framing.left == 0)
			upload_ended(c, 0, NULL);
		return c->framing.left > 0;
	}
	if (evbuffer_peek(c->ahead, -1, NULL, &first, 1) < 1)
		return false;
	switch (framing_chunk(&c->framing, first.iov_base, first.iov_len, &used)) {
	case FRAMING_DATA:
		c->moved += used;
		c->sink->take(c->ahead, used, c->sink_arg);
		return true;
	case FRAMING_BAD:
		upload_ended(c, c->framing.status, c->framing.text);
		return false;
	case FRAMING_LAST:
		evbuffer_drain(c->ahead, used);
		upload_ended(c, 0, NULL);
		return false;
	default:
		evbuffer_drain(c->ahead, used);
		return true;
	}
}

static void receive(struct connection *c)
{
	while (c->phase == UPLOADING && c->sink && !c->paused && evbuffer_get_length(c->ahead) > 0 && advance_upload(c))
		;
}

bool connection_is_upload(const struct connection *c)
{
	return c->upload;
}

/* Past the bufferevent, whose callbacks are evhttp's; nothing else is on its way out. */
static void say_continue(struct connection *c)
{
	static const char text[] = "HTTP/1.1 100 Continue\r\n\r\n";

	if (!c->ssl) {
		ssize_t ignored = send(bufferevent_getfd(c->bev), text, sizeof text - 1, MSG_DONTWAIT | MSG_NOSIGNAL);

		(void)ignored; /* without it the client goes on by itself, later */
	} else {
		SSL_write(c->ssl, text, sizeof text - 1);
		ERR_clear_error();
	}
}

/* evhttp ends the program when it is told of reading while it has a request to
 * answer. on_input sees the bytes by itself; for the answer evhttp sets its
 * callbacks anew. */
static void stop_hearing(struct connection *c)
{
	bufferevent_data_cb read, write;
	bufferevent_event_cb event;
	void *arg;

	bufferevent_getcb(c->bev, &read, &write, &event, &arg);
	bufferevent_setcb(c->bev, NULL, write, event, arg);
}

void connection_receive(struct connection *c, const struct connection_sink *sink, void *arg)
{
	c->sink = sink;
	c->sink_arg = arg;
	if (!sink && c->phase == UPLOADING) {
		enter(c, WORKING);
		bufferevent_disable(c->bev, EV_READ);
	}
	if (!sink || c->received)
		return;
	enter(c, UPLOADING);
	stop_hearing(c);
	if (c->framing.expects && evbuffer_get_length(c->ahead) == 0)
		say_continue(c);
	bufferevent_enable(c->bev, EV_READ);
	receive(c);
}

void connection_pause(struct connection *c, bool paused)
{
	if (c->paused == paused || c->received || c->phase != UPLOADING)
		return;
	c->paused = paused;
	if (paused) {
		c->paused_ms = now_ms();
		bufferevent_disable(c->bev, EV_READ);
		return;
	}
	c->since_ms += now_ms() - c->paused_ms; /* that time was ours */
	bufferevent_enable(c->bev, EV_READ);
	receive(c);
}

static void advance(struct connection *c)
{
	bool more = true;

	while (more && !c->whole && !c->deaf && evbuffer_get_length(c->ahead) > 0) {
		if (c->phase != BODY)
			more = advance_head(c);
		else if (c->framing.body == FRAMING_LENGTH)
			advance_length(c);
		else
			more = advance_chunk(c);
	}
}

/* What came fits the request under way as it is, so it need not be moved:
 * one request in one piece, or more of a body. */
static bool passes_as_it_is(struct connection *c, struct evbuffer *input, size_t added)
{
	struct evbuffer_iovec first;
	size_t n;

	if (evbuffer_get_length(c->ahead) > 0 || c->whole || c->deaf || c->framing.status)
		return false;
	if (c->phase == BODY) {
		if (c->framing.body != FRAMING_LENGTH || added > c->framing.left)
			return false;
		c->moved += added;
		c->framing.left -= added;
		c->whole = c->framing.left == 0;
		return true;
	}
	if (evbuffer_get_length(input) != added || evbuffer_peek(input, -1, NULL, &first, 1) != 1 ||
		*(char *)first.iov_base == '\r')
		return false;
	n = framing_head(&c->framing, first.iov_base, first.iov_len);
	if (n == 0 || c->framing.body == FRAMING_CHUNKED || c->framing.upload || added - n > c->framing.left) {
		framing_begin(&c->framing, &c->gate->door->limits.framing); /* read again from ahead */
		return false;
	}
	began(c);
	head_ended(c);
	c->moved += added - n;
	c->framing.left -= added - n;
	c->whole = c->framing.left == 0;
	return true;
}

/* Moves what was added from the end of the input to ahead. */
static void hold_back(struct connection *c, struct evbuffer *input, size_t added)
{
	size_t kept = evbuffer_get_length(input) - added;

	if (kept > 0) {
		struct evbuffer *head = evbuffer_new();

		if (!head)
			abort();
		evbuffer_remove_buffer(input, head, kept);
		evbuffer_add_buffer(c->ahead, input);
		evbuffer_add_buffer(input, head);
		evbuffer_free(head);
	} else {
		evbuffer_add_buffer(c->ahead, input);
	}
}

/* Within the read itself, before evhttp hears of it. */
static void on_input(struct evbuffer *input, const struct evbuffer_cb_info *info, void *arg)
{
	struct connection *c = arg;

	if (info->n_added == 0 || c->passing || passes_as_it_is(c, input, info->n_added))
		return;
	c->passing = true;
	hold_back(c, input, info->n_added);
	if (c->deaf) {
		c->moved += c->phase == LINGERING ? info->n_added : 0;
		evbuffer_drain(c->ahead, evbuffer_get_length(c->ahead));
	}
	if (c->framing.status && !c->deaf)
		refuse(c, false); /* it was refused before its first byte */
	if (c->upload)
		receive(c);
	else
		advance(c);
	c->passing = false;
}

/* ---- coming and going ---- */

static struct connection **bucket_of(struct gate *g, const void *handle)
{
	return &g->handles[((uintptr_t)handle >> 5) % HANDLE_BUCKETS];
}

struct connection *connection_of(struct gate *g, const void *handle)
{
	struct connection *c = *bucket_of(g, handle);

	while (c && c->handle != handle)
		c = c->next_of_handle;
	return handle ? c : NULL;
}

void connection_new(struct gate *g, struct bufferevent *bev, SSL *ssl)
{
	struct connection *c = calloc(1, sizeof *c);

	if (!c)
		abort();
	c->gate = g;
	c->bev = bev;
	c->ssl = ssl;
	c->ahead = evbuffer_new();
	/* evhttp is not told of reads of which it gets nothing: while a file comes in
	 * it would take the call itself for an error, and end the program. */
	bufferevent_setwatermark(bev, EV_READ, 1, 0);
	if (!c->ahead || !evbuffer_add_cb(bufferevent_get_input(bev), on_input, c))
		abort();
	framing_begin(&c->framing, &g->door->limits.framing);
	enter(c, NEW);
	bufferevent_incref(bev); /* until it is found */
	c->next = g->fresh;
	g->fresh = c;
	event_active(g->arrival, 0, 0);
}

static void connection_free(struct connection *c)
{
	evbuffer_remove_cb(bufferevent_get_input(c->bev), on_input, c);
	evbuffer_free(c->ahead);
	free(c);
}

/* How long it has kept us waiting: a body or an answer under way counts less
 * than silence. -1: it waits for us. */
static int64_t waiting_ms(const struct connection *c, int64_t now)
{
	int64_t took = now - c->since_ms;

	switch (c->phase) {
	case WORKING: return -1;
	case BODY:
	case UPLOADING:
	case ANSWERING: return took / 4;
	case LINGERING: return took + LINGER_MS;
	default: return took;
	}
}

/* Ends the connection that has kept us waiting longest, of that address or
 * (NULL) of any. */
static bool make_room(struct gate *g, const struct connection *for_, const char *peer)
{
	struct connection *victim = NULL;
	int64_t now = now_ms(), longest = -1;

	for (struct connection *c = g->list; c; c = c->next) {
		int64_t waited = c == for_ || (peer && strcmp(c->peer, peer) != 0) ? -1 : waiting_ms(c, now);

		if (waited > longest) {
			victim = c;
			longest = waited;
		}
	}
	if (victim)
		g->ops->close(victim->handle);
	return victim;
}

/* The same of the fullest other thread, in a moment. */
static bool wish_for_room(struct gate *g, const char *peer)
{
	struct door *d = g->door;
	struct gate *fullest = NULL;
	bool said = false;

	pthread_mutex_lock(&d->mutex);
	for (struct gate *other = d->gates; other; other = other->next_of_door)
		if (other != g && (!fullest || other->n > fullest->n))
			fullest = other;
	if (fullest && fullest->n_wishes < WISHES_MAX) {
		snprintf(fullest->wishes[fullest->n_wishes++], 64, "%s", peer ? peer : "");
		event_active(fullest->wish, 0, 0);
		said = true;
	}
	pthread_mutex_unlock(&d->mutex);
	return said;
}

static void on_wish(evutil_socket_t fd, short what, void *arg)
{
	struct gate *g = arg;
	char wishes[WISHES_MAX][64];
	int n;

	(void)fd;
	(void)what;
	pthread_mutex_lock(&g->door->mutex);
	n = g->n_wishes;
	memcpy(wishes, g->wishes, sizeof wishes);
	g->n_wishes = 0;
	pthread_mutex_unlock(&g->door->mutex);
	for (int i = 0; i < n; i++)
		make_room(g, NULL, *wishes[i] ? wishes[i] : NULL);
}

/* More than there may be: those who keep us waiting go first. */
static void admit(struct connection *c)
{
	struct gate *g = c->gate;
	const struct door_limits *l = &g->door->limits;
	int total, of_address = count_in(g, c->peer, &total);
	bool crowded = of_address > l->per_address && !c->exempt, full = total > l->total;
	bool far_over = (crowded && of_address > 2 * l->per_address) || total > l->total + SLACK;
	const char *whose = crowded ? c->peer : NULL;

	c->counted = true;
	if (!crowded && !full)
		return;
	metrics_add(g->door->metrics, METRIC_CONNECTIONS_REFUSED, 1);
	if (make_room(g, c, whose) || (!far_over && wish_for_room(g, whose)))
		return;
	if (far_over) {
		g->ops->close(c->handle);
	} else {
		c->framing.status = crowded ? 429 : 503;
		c->framing.text = crowded ? "Too many connections come from your address." :
			"The server is busy. Please try again in a few seconds.";
	}
}

static void on_arrival(evutil_socket_t fd, short what, void *arg)
{
	struct gate *g = arg;
	struct connection *c, *list = g->fresh;

	(void)fd;
	(void)what;
	g->fresh = NULL;
	while ((c = list)) {
		const char *peer = "";
		struct bufferevent *bev = c->bev;

		list = c->next;
		if (!g->ops->find(bev, c, &c->handle, &peer, g->arg)) {
			connection_free(c);
			bufferevent_decref(bev);
			continue;
		}
		address_group(peer, c->peer);
		c->exempt = proxies_trust(g->door->proxies, peer);
		c->next_of_handle = *bucket_of(g, c->handle);
		*bucket_of(g, c->handle) = c;
		c->previous = NULL;
		c->next = g->list;
		if (g->list)
			g->list->previous = c;
		g->list = c;
		admit(c);
		bufferevent_decref(bev);
	}
}

void connection_closed(struct gate *g, void *handle)
{
	struct connection *c = connection_of(g, handle), **at;

	if (!c)
		return;
	for (at = bucket_of(g, handle); *at != c;)
		at = &(*at)->next_of_handle;
	*at = c->next_of_handle;
	*(c->previous ? &c->previous->next : &g->list) = c->next;
	if (c->next)
		c->next->previous = c->previous;
	if (c->counted)
		count_out(g, c->peer);
	if (c->sink)
		c->sink->gone(c->sink_arg);
	if (c->ssl && c->phase != LINGERING && SSL_is_init_finished(c->ssl)) {
		SSL_shutdown(c->ssl); /* says that no more comes; waits for nothing */
		ERR_clear_error();
	}
	connection_free(c);
}

/* ---- requests ---- */

void connection_request(struct connection *c)
{
	c->requests++;
	enter(c, WORKING);
	if (c->upload)
		bufferevent_disable(c->bev, EV_READ); /* until it is received, or dropped */
}

int connection_refusal(const struct connection *c, const char **text)
{
	*text = c->framing.text;
	return c->framing.status;
}

bool connection_is_tls(const struct connection *c)
{
	return c->ssl;
}

bool connection_last(const struct connection *c)
{
	return c->deaf || c->framing.close || (c->upload && !c->received) || c->requests >= c->gate->door->limits.requests;
}

/* Most answers fit the socket's buffer: then there is nothing to wait for. */
static bool write_at_once(struct connection *c, struct evbuffer *output)
{
	if (c->ssl)
		return false;
	evbuffer_unfreeze(output, 1);
	evbuffer_write(output, bufferevent_getfd(c->bev));
	evbuffer_freeze(output, 1);
	return evbuffer_get_length(output) == 0;
}

void connection_answering(struct connection *c, bool last)
{
	struct evbuffer *output = bufferevent_get_output(c->bev);

	enter(c, ANSWERING);
	c->moved = evbuffer_get_length(output);
	c->deaf = c->deaf || last;
	c->sink = NULL;
	if (c->upload && c->deaf)
		evbuffer_drain(c->ahead, evbuffer_get_length(c->ahead));
	if (write_at_once(c, output))
		bufferevent_trigger(c->bev, EV_WRITE, BEV_OPT_DEFER_CALLBACKS);
	else
		/* evhttp would take a client that has said all for one that is gone,
		 * and one that goes on talking would fill our memory. */
		bufferevent_disable(c->bev, EV_READ);
}

/* No more goes out. Closing a socket with bytes unread would reset it, and the
 * client might never see the answer (RFC 9112, 9.6); so what comes is read on for
 * a moment, and thrown away. */
static void hang_up(struct connection *c)
{
	enter(c, LINGERING);
	if (c->ssl) {
		SSL_shutdown(c->ssl);
		ERR_clear_error();
	}
	shutdown(bufferevent_getfd(c->bev), SHUT_WR);
}

void connection_answered(struct connection *c)
{
	if (c->deaf) {
		hang_up(c);
		return;
	}
	framing_begin(&c->framing, &c->gate->door->limits.framing);
	c->whole = c->skipped = c->upload = c->received = c->paused = false;
	enter(c, IDLE);
	advance(c);
}

/* ---- deadlines ---- */

static bool too_slow(const struct connection *c, int64_t took_ms)
{
	const struct door_limits *l = &c->gate->door->limits;
	uint64_t moved = c->moved;

	if (c->phase == ANSWERING) {
		uint64_t left = evbuffer_get_length(bufferevent_get_output(c->bev));

		moved = left < moved ? moved - left : 0;
	}
	return took_ms > l->grace_ms && (l->rate == 0 ? moved == 0 : (took_ms - l->grace_ms) / 1000 * l->rate >= (int64_t)moved);
}

static bool overdue(struct connection *c, int64_t now)
{
	const struct door_limits *l = &c->gate->door->limits;
	int64_t took = now - c->since_ms;

	switch (c->phase) {
	case NEW: return took > l->head_ms;
	case IDLE: return took > l->idle_ms;
	case HEAD: return took > l->head_ms;
	case BODY:
	case ANSWERING: return too_slow(c, took);
	case UPLOADING: return !c->paused && (took > l->upload_ms || too_slow(c, took));
	case WORKING: return false;
	case LINGERING: return c->framing.upload ? took > LINGER_UPLOAD_MS || c->moved > LINGER_UPLOAD_BYTES :
		took > LINGER_MS || c->moved > LINGER_BYTES;
	}
	return true;
}

/* A head that takes too long is told so; everything else just ends. */
static void on_tick(evutil_socket_t fd, short what, void *arg)
{
	struct gate *g = arg;
	struct connection *c, *next;
	int64_t now = now_ms();

	(void)fd;
	(void)what;
	for (c = g->list; c; c = next) {
		next = c->next; /* closing one ends no other */
		if (!overdue(c, now))
			continue;
		if (c->phase == HEAD && !c->deaf) {
			refuse_with(c, 408, "The request did not come in time.");
			enter(c, BODY); /* a little more time */
			bufferevent_trigger(c->bev, EV_READ, BEV_OPT_DEFER_CALLBACKS);
		} else {
			g->ops->close(c->handle);
		}
	}
}

struct gate *gate_create(struct door *d, struct event_base *base, const struct gate_ops *ops, void *arg)
{
	static const struct timeval tick = { TICK_MS / 1000, TICK_MS % 1000 * 1000 };
	struct gate *g = calloc(1, sizeof *g);

	if (!g)
		abort();
	g->door = d;
	g->base = base;
	g->ops = ops;
	g->arg = arg;
	g->tick = event_new(base, -1, EV_PERSIST, on_tick, g);
	g->arrival = event_new(base, -1, 0, on_arrival, g);
	g->wish = event_new(base, -1, 0, on_wish, g);
	if (!g->tick || !g->arrival || !g->wish)
		abort();
	event_add(g->tick, &tick);
	pthread_mutex_lock(&d->mutex);
	g->next_of_door = d->gates;
	d->gates = g;
	pthread_mutex_unlock(&d->mutex);
	return g;
}

void gate_destroy(struct gate *g)
{
	struct gate **at;

	if (!g)
		return;
	pthread_mutex_lock(&g->door->mutex);
	for (at = &g->door->gates; *at != g;)
		at = &(*at)->next_of_door;
	*at = g->next_of_door;
	pthread_mutex_unlock(&g->door->mutex);
	while (g->fresh) {
		struct connection *c = g->fresh;
		struct bufferevent *bev = c->bev;

		g->fresh = c->next;
		connection_free(c);
		bufferevent_decref(bev);
	}
	event_free(g->tick);
	event_free(g->arrival);
	event_free(g->wish);
	free(g);
}
