/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reads the fields of a query and of a form's body: urlencoded (WHATWG URL) and
 * multipart/form-data (RFC 7578, 2046). Everything is decoded UTF-8 without NUL. */
#ifndef COMMONWEAL_FORM_H
#define COMMONWEAL_FORM_H
#include <stdbool.h>
#include <stddef.h>
#include "arena.h"
#include "error.h"
#include "request.h"

#define FORM_FIELDS_MAX 2000 /* a guide of many steps in the editor */

/* In order, in the arena. Too many or wrongly encoded fields are ERROR_INVALID. */
bool form_urlencoded(struct arena *a, const char *s, size_t len, struct pair **out, size_t *n,
	struct error *err);
/* The boundary of a Content-Type "multipart/form-data; boundary=...", or NULL. */
const char *form_boundary(struct arena *a, const char *content_type);
/* A part that is a file is ERROR_INVALID: those come by upload.h. */
bool form_multipart(struct arena *a, const char *boundary, const char *s, size_t len, struct pair **out,
	size_t *n, struct error *err);

#endif
