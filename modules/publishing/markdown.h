/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Markdown (CommonMark with GFM tables, by cmark-gfm in safe mode) to the
 * restricted XHTML of schemas/xhtml.rng, and back. What Markdown has no sign for
 * (dl, figure, cite, abbr, sub, sup, ids, lang ...) is written as the XHTML tags
 * themselves; only tags of the vocabulary are taken, anything else is a problem
 * that says where. content_parse checks the result again and alone draws HTML. */
#ifndef COMMONWEAL_MARKDOWN_H
#define COMMONWEAL_MARKDOWN_H
#include <stdbool.h>
#include <stddef.h>
#include "arena.h"

struct markdown_problem {
	int line, column; /* from 1, in the Markdown */
	const char *cause;
};

/* *xhtml: the children of <body>, in the XHTML name space as the default one,
 * well-formed; in the arena. True if there was no problem; the XHTML is made in
 * any case, without what was refused. */
bool markdown_to_xhtml(struct arena *a, const char *text, const char **xhtml,
	struct markdown_problem **problems, size_t *n);
/* The children of a body that fits the schema as Markdown that becomes the same
 * XHTML again (white space between blocks apart). NULL if it is not well-formed. */
const char *markdown_from_xhtml(struct arena *a, const char *xhtml);

#endif
