/* SPDX-License-Identifier: GPL-3.0-or-later */
/* clamd's INSTREAM: pieces with their length before them, an empty one at the
 * end, and one line as the answer. */
#include "files.h"
#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#define TIMEOUT_S 120
#define PIECE 65536

static int connect_path(const char *path)
{
	struct sockaddr_un to = { .sun_family = AF_UNIX };
	size_t n = strlen(path);
	int fd = n < sizeof to.sun_path ? socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0) : -1;

	memcpy(to.sun_path, path, n < sizeof to.sun_path ? n + 1 : 0);
	if (fd >= 0 && connect(fd, (struct sockaddr *)&to, sizeof to) == 0)
		return fd;
	if (fd >= 0)
		close(fd);
	return -1;
}

static int connect_host(const char *where)
{
	struct addrinfo wanted = { .ai_socktype = SOCK_STREAM }, *list = NULL;
	const char *colon = strrchr(where, ':'), *host = where;
	char name[256];
	int n = colon ? (int)(colon - where) : 0, fd = -1;

	if (n > 2 && *where == '[' && where[n - 1] == ']') {
		host++;
		n -= 2;
	}
	snprintf(name, sizeof name, "%.*s", n, host);
	if (!colon || getaddrinfo(name, colon + 1, &wanted, &list) != 0)
		return -1;
	for (struct addrinfo *a = list; a && fd < 0; a = a->ai_next) {
		fd = socket(a->ai_family, a->ai_socktype | SOCK_CLOEXEC, a->ai_protocol);
		if (fd >= 0 && connect(fd, a->ai_addr, a->ai_addrlen) != 0) {
			close(fd);
			fd = -1;
		}
	}
	freeaddrinfo(list);
	return fd;
}

static bool send_all(int to, const void *bytes, size_t n)
{
	const char *p = bytes;

	while (n > 0) {
		ssize_t done = send(to, p, n, MSG_NOSIGNAL);

		if (done < 0 && errno == EINTR)
			continue;
		if (done <= 0)
			return false;
		p += done;
		n -= (size_t)done;
	}
	return true;
}

/* It hangs up early when the stream is longer than it takes; its answer is then there. */
static bool send_file(int to, int fd)
{
	unsigned char *piece = malloc(PIECE);
	bool ok = piece && send_all(to, "zINSTREAM", 10);
	off_t at = 0;
	ssize_t n = 0;

	while (ok && (n = pread(fd, piece, PIECE, at)) > 0) {
		uint32_t length = htonl((uint32_t)n);

		at += n;
		ok = send_all(to, &length, sizeof length) && send_all(to, piece, (size_t)n);
	}
	free(piece);
	return ok && n == 0 && send_all(to, "\0\0\0\0", 4);
}

static size_t read_line(int from, char *line, size_t room)
{
	size_t n = 0;
	ssize_t done;

	while (n + 1 < room && ((done = recv(from, line + n, room - 1 - n, 0)) > 0 || (done < 0 && errno == EINTR)))
		n += done > 0 ? (size_t)done : 0;
	line[n] = '\0';
	return n;
}

enum clam_answer clam_scan(const char *where, int fd, char found[128], struct error *err)
{
	struct timeval time = { TIMEOUT_S, 0 };
	char line[512] = "";
	int to = *where == '/' ? connect_path(where) : connect_host(where);
	const char *end;

	if (to < 0) {
		error_set(err, ERROR_UNAVAILABLE, "The virus scanner cannot be reached; the file waits for it.");
		return CLAM_UNREACHABLE;
	}
	setsockopt(to, SOL_SOCKET, SO_RCVTIMEO, &time, sizeof time);
	setsockopt(to, SOL_SOCKET, SO_SNDTIMEO, &time, sizeof time);
	send_file(to, fd);
	read_line(to, line, sizeof line);
	close(to);
	if (strcmp(line, "stream: OK") == 0)
		return CLAM_CLEAN;
	end = strstr(line, " FOUND");
	if (strncmp(line, "stream: ", 8) == 0 && end) {
		snprintf(found, 128, "%.*s", (int)(end - line - 8), line + 8);
		return CLAM_FOUND;
	}
	error_set(err, ERROR_UNAVAILABLE, "The virus scanner did not check the file; the file waits for it.");
	error_detail(err, "%s", line);
	return CLAM_UNREACHABLE;
}
