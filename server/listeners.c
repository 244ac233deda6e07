/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Listening sockets. */
#include "listeners.h"
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define BACKLOG 1024

struct listener {
	char *text;
	int port; /* port 0 is chosen by the first thread, the others follow */
	int *fds; /* one a thread */
};

struct listeners {
	size_t n;
	int threads;
	struct listener list[LISTENERS_MAX];
	const char *option;
	struct error *err;
	bool ok;
};

/* "127.0.0.1:8080" or "[::1]:8080". evutil_parse_sockaddr_port refuses port 0. */
static bool parse_address(const char *text, struct sockaddr_storage *ss, socklen_t *len)
{
	char host[64];
	const char *port = strrchr(text, ':');
	size_t n = port ? (size_t)(port - text) : 0;
	struct addrinfo hints = { .ai_flags = AI_NUMERICHOST | AI_NUMERICSERV | AI_PASSIVE,
		.ai_socktype = SOCK_STREAM }, *found;

	if (n > 2 && text[0] == '[' && text[n - 1] == ']') {
		text++;
		n -= 2;
		hints.ai_family = AF_INET6;
	} else {
		hints.ai_family = AF_INET;
	}
	if (n == 0 || n >= sizeof host || port[1] < '0' || port[1] > '9')
		return false;
	memcpy(host, text, n);
	host[n] = '\0';
	if (getaddrinfo(host, port + 1, &hints, &found) != 0)
		return false;
	memcpy(ss, found->ai_addr, found->ai_addrlen);
	*len = found->ai_addrlen;
	freeaddrinfo(found);
	return true;
}

static in_port_t *port_field(struct sockaddr_storage *ss)
{
	return ss->ss_family == AF_INET6 ? &((struct sockaddr_in6 *)ss)->sin6_port :
		&((struct sockaddr_in *)ss)->sin_port;
}

static void set(int fd, int level, int name)
{
	int one = 1;

	setsockopt(fd, level, name, &one, sizeof one);
}

/* SO_REUSEPORT lets a second server of the same user share the port silently;
 * so look first whether anyone has it. */
static bool is_free(const struct sockaddr_storage *ss, socklen_t len)
{
	int fd = socket(ss->ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0), failed;

	if (fd < 0)
		return false;
	set(fd, SOL_SOCKET, SO_REUSEADDR);
	if (ss->ss_family == AF_INET6)
		set(fd, IPPROTO_IPV6, IPV6_V6ONLY);
	failed = bind(fd, (const struct sockaddr *)ss, len) != 0 || listen(fd, 1) != 0 ? errno : 0;
	close(fd);
	errno = failed;
	return !failed;
}

static int bind_socket(struct sockaddr_storage *ss, socklen_t len)
{
	int fd = socket(ss->ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), failed;

	if (fd < 0)
		return -1;
	set(fd, SOL_SOCKET, SO_REUSEADDR);
	set(fd, SOL_SOCKET, SO_REUSEPORT);
	set(fd, IPPROTO_TCP, TCP_NODELAY); /* inherited */
	if (ss->ss_family == AF_INET6)
		set(fd, IPPROTO_IPV6, IPV6_V6ONLY);
	if (bind(fd, (const struct sockaddr *)ss, len) == 0 && getsockname(fd, (struct sockaddr *)ss, &len) == 0)
		return fd;
	failed = errno;
	close(fd);
	errno = failed;
	return -1;
}

static void bind_one(const char *text, void *arg)
{
	struct listeners *l = arg;
	struct sockaddr_storage ss = { 0 };
	socklen_t len = 0;

	if (!l->ok)
		return;
	if (l->n == LISTENERS_MAX || !parse_address(text, &ss, &len)) {
		l->ok = error_set(l->err, ERROR_INVALID, "%s: '%s' is not an address with a port.", l->option, text);
		return;
	}
	struct listener *one = &l->list[l->n++];
	one->text = strdup(text);
	one->fds = malloc((size_t)l->threads * sizeof *one->fds);
	if (!one->text || !one->fds)
		abort();
	for (int i = 0; i < l->threads; i++)
		one->fds[i] = -1;
	bool good = *port_field(&ss) == 0 || is_free(&ss, len);
	for (int i = 0; good && i < l->threads; i++)
		good = (one->fds[i] = bind_socket(&ss, len)) >= 0;
	one->port = ntohs(*port_field(&ss));
	if (!good)
		l->ok = error_set(l->err, ERROR_UNAVAILABLE, "%s cannot be served: %s.", text, strerror(errno));
}

struct listeners *listeners_bind(const struct options *o, const char *option, int threads,
	struct error *err)
{
	struct listeners *l = calloc(1, sizeof *l);

	if (!l)
		abort();
	l->threads = threads;
	l->option = option;
	l->err = err;
	l->ok = true;
	options_each(o, option, bind_one, l);
	l->err = NULL;
	if (l->ok)
		return l;
	listeners_close(l);
	return NULL;
}

void listeners_close(struct listeners *l)
{
	if (!l)
		return;
	for (size_t i = 0; i < l->n; i++) {
		for (int j = 0; j < l->threads; j++)
			if (l->list[i].fds[j] >= 0)
				close(l->list[i].fds[j]);
		free(l->list[i].fds);
		free(l->list[i].text);
	}
	free(l);
}

int listeners_port(const struct listeners *l)
{
	return l->n > 0 ? l->list[0].port : 0;
}

int listeners_take(struct listeners *l, int thread, size_t i, struct error *err)
{
	if (i >= l->n)
		return -1;
	int fd = l->list[i].fds[thread];
	if (fd >= 0 && listen(fd, BACKLOG) != 0) {
		error_set(err, ERROR_UNAVAILABLE, "%s cannot be served: %s.", l->list[i].text, strerror(errno));
		return -1;
	}
	l->list[i].fds[thread] = -1;
	return fd;
}
