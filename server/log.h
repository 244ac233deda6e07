/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One line an event on stderr or a file: RFC 3339 time, level, event name,
 * then key=value pairs. Control characters and quotes in values are escaped, so no
 * input can forge a line. Thread-safe. The request id and the space come from
 * the thread's context. Never log content, passwords, tokens or addresses of
 * people. */
#ifndef COMMONWEAL_LOG_H
#define COMMONWEAL_LOG_H
#include <stdbool.h>

enum log_level { LOG_LEVEL_DEBUG, LOG_LEVEL_INFO, LOG_LEVEL_WARN, LOG_LEVEL_ERROR };

/* path NULL or "" means stderr. Opens before closing the old one. */
bool log_open(const char *path, enum log_level level);
bool log_level_parse(const char *name, enum log_level *level);
/* Both may be NULL; they are copied (truncated to 63 bytes). */
void log_context(const char *request_id, const char *space);

/* event: "noun.verb", e.g. "store.open". fmt makes "key=value key=value";
 * %s values are written with log_quote by the caller where they may hold
 * anything but a plain word. */
void log_write(enum log_level level, const char *event, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
#define log_debug(...) log_write(LOG_LEVEL_DEBUG, __VA_ARGS__)
#define log_info(...) log_write(LOG_LEVEL_INFO, __VA_ARGS__)
#define log_warn(...) log_write(LOG_LEVEL_WARN, __VA_ARGS__)
#define log_error(...) log_write(LOG_LEVEL_ERROR, __VA_ARGS__)
/* s as a quoted, escaped value in one of the thread's four rotating 512-byte
 * buffers; over-long text is cut with "...". */
const char *log_quote(const char *s);

#endif
