/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Pages: well-formed XHTML templates compiled once into a list of operations.
 * The place of a hole in the document decides how it is escaped; a hole where
 * no escaping is safe is refused when the server starts. docs/templates.md
 * is the language. */
#ifndef COMMONWEAL_TEMPLATE_H
#define COMMONWEAL_TEMPLATE_H
#include <stdbool.h>
#include "arena.h"
#include "buf.h"
#include "error.h"
#include "html.h"
#include "url.h"

/* What a page knows: named values, objects and lists, all in one arena. Names
 * are literals (not copied); text is copied. A NULL text, empty list, false
 * flag or absent name is false in a test and writes nothing. */
struct data;
struct data *data_create(struct arena *a);
struct arena *data_arena(const struct data *d);
void data_text(struct data *d, const char *name, const char *value);
void data_textf(struct data *d, const char *name, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
void data_int(struct data *d, const char *name, long long value); /* true unless 0 */
void data_flag(struct data *d, const char *name, bool value);
void data_url(struct data *d, const char *name, struct url value);
void data_markup(struct data *d, const char *name, struct markup value);
struct data *data_object(struct data *d, const char *name); /* the object, made on first call */
struct data *data_item(struct data *d, const char *list);   /* a new object at the list's end */

struct templates;
/* Compiles every *.xhtml file of dir. asset gives the URL path of a static
 * file by its logical name, or NULL if there is none (an error). Errors name
 * file:line. */
struct templates *templates_load(const char *dir,
	const char *(*asset)(const char *name, void *arg), void *arg, struct error *err);
/* The same for one template in memory, for tests and fuzzing. */
struct templates *templates_parse(const char *name, const char *xml, size_t n,
	const char *(*asset)(const char *name, void *arg), void *arg, struct error *err);
void templates_destroy(struct templates *t);
bool templates_has(const struct templates *t, const char *name);
/* name: file name without .xhtml. A value of the wrong type in a URL or markup
 * hole is ERROR_INTERNAL; out may then hold a part. Thread-safe. */
bool template_render(const struct templates *t, const char *name, const struct data *d,
	struct buf *out, struct error *err);

#endif
