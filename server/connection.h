/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Connections of the I/O threads: how many there may be, how long each may
 * take over what, and the gate before evhttp. The gate lets bytes pass one
 * whole, strictly framed request at a time (framing.h); a request that it
 * refuses reaches evhttp as a stand-in, and nothing after it does. Knows
 * bufferevents, but no evhttp: http.c gives every connection a handle. */
#ifndef COMMONWEAL_CONNECTION_H
#define COMMONWEAL_CONNECTION_H
#include <event2/event.h>
#include <openssl/ssl.h>
#include <stdbool.h>
#include <stdint.h>
#include "framing.h"
#include "metrics.h"
#include "proxy.h"

struct bufferevent;
struct evbuffer;
struct connection;

struct door_limits {
	struct framing_limits framing;
	int per_address, total, requests;
	int64_t head_ms;     /* from the first byte of a request (or accepting) to the end of its headers */
	int64_t idle_ms;     /* between two requests */
	int64_t grace_ms;    /* for bodies and answers, before ... */
	int64_t rate;        /* ... this many bytes a second count; 0 = any */
	int64_t upload_ms;   /* for a body that is files as a whole, but for the time that we make it wait */
};

/* Shared by the I/O threads. The limits are copied. */
struct door *door_create(const struct door_limits *limits, const struct proxies *proxies, struct metrics *metrics);
void door_destroy(struct door *d);

/* Of one I/O thread; all below is called on it. */
struct gate_ops {
	/* The handle and the peer's address of a connection just made; false if it is gone again. */
	bool (*find)(struct bufferevent *bev, struct connection *c, void **handle, const char **peer, void *arg);
	void (*close)(void *handle); /* leads to connection_closed */
};
struct gate *gate_create(struct door *d, struct event_base *base, const struct gate_ops *ops, void *arg);
void gate_destroy(struct gate *g);

/* For a bufferevent just made and not yet connected. */
void connection_new(struct gate *g, struct bufferevent *bev, SSL *ssl);
struct connection *connection_of(struct gate *g, const void *handle); /* NULL if it is gone */
void connection_closed(struct gate *g, void *handle);

/* A whole request has come in, or the stand-in of a refused one. */
void connection_request(struct connection *c);
/* A body that takes files (framing.h: is_upload) does not pass to evhttp, which
 * sees the request as one without a body. It waits, and nothing more is read,
 * until it is received; if the request is answered before, the rest is dropped. */
bool connection_is_upload(const struct connection *c);
struct connection_sink {
	/* Takes n bytes from the front of `from`, at once. */
	void (*take)(struct evbuffer *from, size_t n, void *arg);
	/* The body is whole (status 0), or malformed: nothing more is taken. */
	void (*ended)(int status, const char *text, void *arg);
	/* The connection ends before that, or before its answer. */
	void (*gone)(void *arg);
};
/* Says 100 Continue if the client waits for it. sink NULL: nobody is told any more. */
void connection_receive(struct connection *c, const struct connection_sink *sink, void *arg);
/* Holds the body back, or goes on. */
void connection_pause(struct connection *c, bool paused);
/* Its refusal: status 0 when there is none. */
int connection_refusal(const struct connection *c, const char **text);
bool connection_is_tls(const struct connection *c);
/* Must the connection end with this answer? */
bool connection_last(const struct connection *c);
/* An answer was given to the bufferevent. After the last one the connection
 * hears nothing more, and ends when the client hangs up, or soon. */
void connection_answering(struct connection *c, bool last);
/* It was written: the next request may pass. */
void connection_answered(struct connection *c);

#endif
