/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One line an event, unforgeable. */
#include "log.h"
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static int log_fd = STDERR_FILENO;
static enum log_level threshold = LOG_LEVEL_INFO;
static _Thread_local char context_request[64], context_space[64];

bool log_open(const char *path, enum log_level level)
{
	int fd = STDERR_FILENO;

	if (path && *path) {
		fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0640);
		if (fd < 0)
			return false;
	}
	pthread_mutex_lock(&mutex);
	if (log_fd != STDERR_FILENO)
		close(log_fd);
	log_fd = fd;
	threshold = level;
	pthread_mutex_unlock(&mutex);
	return true;
}

bool log_level_parse(const char *name, enum log_level *level)
{
	static const char *const names[] = { "debug", "info", "warn", "error" };

	for (int i = 0; i < 4; i++)
		if (strcmp(name, names[i]) == 0) {
			*level = i;
			return true;
		}
	return false;
}

void log_context(const char *request_id, const char *space)
{
	snprintf(context_request, sizeof context_request, "%s", request_id ? request_id : "");
	snprintf(context_space, sizeof context_space, "%s", space ? space : "");
}

static bool is_c1(const char *s)
{
	return (unsigned char)s[0] == 0xc2 && (unsigned char)s[1] >= 0x80 && (unsigned char)s[1] <= 0x9f;
}

const char *log_quote(const char *s)
{
	static _Thread_local char ring[4][512];
	static _Thread_local unsigned next;
	char *out = ring[next++ % 4];
	size_t n = 0;

	out[n++] = '"';
	for (; s && *s; s++) {
		unsigned char c = (unsigned char)*s;

		if (n > sizeof ring[0] - 12) {
			memcpy(out + n, "...", 3);
			n += 3;
			break;
		}
		if (c == '"' || c == '\\')
			n += (size_t)sprintf(out + n, "\\%c", c);
		else if (c < 0x20 || c == 0x7f)
			n += (size_t)sprintf(out + n, "\\x%02x", c);
		else if (is_c1(s)) /* U+009B begins a terminal's commands as ESC [ does */
			n += (size_t)sprintf(out + n, "\\xc2\\x%02x", (unsigned char)*++s);
		else
			out[n++] = (char)c;
	}
	out[n++] = '"';
	out[n] = '\0';
	return out;
}

void log_write(enum log_level level, const char *event, const char *fmt, ...)
{
	static const char *const names[] = { "debug", "info", "warn", "error" };
	char line[2048], *p = line, *end = line + sizeof line - 2;
	struct timespec now;
	struct tm tm;
	va_list ap;

	pthread_mutex_lock(&mutex);
	bool wanted = level >= threshold;
	pthread_mutex_unlock(&mutex);
	if (!wanted)
		return;
	clock_gettime(CLOCK_REALTIME, &now);
	gmtime_r(&now.tv_sec, &tm);
	p += strftime(p, (size_t)(end - p), "%Y-%m-%dT%H:%M:%S", &tm);
	p += snprintf(p, (size_t)(end - p), ".%03ldZ %s %s", now.tv_nsec / 1000000, names[level], event);
	if (context_request[0])
		p += snprintf(p, (size_t)(end - p), " request=%s", context_request);
	if (context_space[0])
		p += snprintf(p, (size_t)(end - p), " space=%s", context_space);
	*p++ = ' ';
	va_start(ap, fmt);
	int n = vsnprintf(p, (size_t)(end - p), fmt, ap);
	va_end(ap);
	p += n < 0 ? 0 : n < end - p ? n : end - p - 1;
	/* A value that was not quoted may still not break the line. */
	for (char *c = line; c < p; c++)
		if ((unsigned char)*c < 0x20 || *c == 0x7f)
			*c = '?';
	*p++ = '\n';
	pthread_mutex_lock(&mutex);
	ssize_t ignored = write(log_fd, line, (size_t)(p - line));
	(void)ignored; /* nowhere is left to say so */
	pthread_mutex_unlock(&mutex);
}
