/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What people write to each other: Markdown that becomes the HTML of records'
 * bodies, by the same way and with the same elements (markdown.h, content.h), but
 * without pictures. Made when it is saved, and kept beside the text. */
#ifndef COMMONWEAL_PROSE_H
#define COMMONWEAL_PROSE_H
#include <stdbool.h>
#include "arena.h"
#include "content.h"
#include "error.h"

struct prose {
	const char *html; /* for html_stored */
	const char *text; /* plain, for search, mail and excerpts */
};
/* id_prefix: before each id that its headings get, unique on the page ("p-0199...-"). What the vocabulary has
 * no place for is ERROR_INVALID, with its line. */
bool prose_draw(const struct content_schemas *schemas, struct arena *a, const char *markdown, const char *id_prefix,
	struct prose *out, struct error *err);

#endif
