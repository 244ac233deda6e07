/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The error value. */
#include "error.h"
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

bool error_set(struct error *err, enum error_kind kind, const char *fmt, ...)
{
	va_list ap;

	if (!err || err->kind != ERROR_NONE)
		return false;
	err->kind = kind;
	err->detail[0] = '\0';
	va_start(ap, fmt);
	vsnprintf(err->text, sizeof err->text, fmt, ap);
	va_end(ap);
	return false;
}

bool error_detail(struct error *err, const char *fmt, ...)
{
	va_list ap;

	if (!err || err->detail[0])
		return false;
	va_start(ap, fmt);
	vsnprintf(err->detail, sizeof err->detail, fmt, ap);
	va_end(ap);
	return false;
}

void error_clear(struct error *err)
{
	if (!err)
		return;
	err->kind = ERROR_NONE;
	err->text[0] = err->detail[0] = '\0';
}

int error_status(enum error_kind kind)
{
	switch (kind) {
	case ERROR_NONE: return 200;
	case ERROR_INVALID: return 400;
	case ERROR_SIGN_IN: return 401;
	case ERROR_DENIED: return 404;
	case ERROR_NOT_FOUND: return 404;
	case ERROR_METHOD: return 405;
	case ERROR_CONFLICT: return 409;
	case ERROR_TOO_LARGE: return 413;
	case ERROR_UNAVAILABLE: return 503;
	case ERROR_INTERNAL: return 500;
	}
	return 500;
}

bool error_absent(struct error *err)
{
	return error_set(err, ERROR_NOT_FOUND, "There is no page at this address.");
}
