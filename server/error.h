/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The error value. Functions that can fail return bool and fill one. `text`
 * is shown to people, so it says what is wrong and what to do, and holds no
 * private value; `detail` goes to the log only. */
#ifndef COMMONWEAL_ERROR_H
#define COMMONWEAL_ERROR_H
#include <stdbool.h>

enum error_kind {
	ERROR_NONE = 0,
	ERROR_INVALID,     /* 400: the input is wrong */
	ERROR_DENIED,      /* answered as 404: absent and forbidden look alike */
	ERROR_SIGN_IN,     /* 401 */
	ERROR_NOT_FOUND,   /* 404 */
	ERROR_METHOD,      /* 405 */
	ERROR_CONFLICT,    /* 409: a version check failed */
	ERROR_TOO_LARGE,   /* 413 */
	ERROR_UNAVAILABLE, /* 503: try again later */
	ERROR_INTERNAL     /* 500 */
};

struct error {
	enum error_kind kind;
	char text[480];
	char detail[480];
};

/* Each returns false, so that `return error_set(...)` reads well. The first
 * error set is kept: a later one on the same value is ignored. err may be NULL. */
bool error_set(struct error *err, enum error_kind kind, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
/* Adds the private detail to an error that was set. */
bool error_detail(struct error *err, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void error_clear(struct error *err);
/* HTTP status code (RFC 9110) for a kind; ERROR_NONE gives 200. */
int error_status(enum error_kind kind);

/* ERROR_NOT_FOUND, in the same words for what is not there and for what is not for the viewer. Returns false. */
bool error_absent(struct error *err);

#endif
