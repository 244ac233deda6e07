/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Markdown (CommonMark with GFM tables, by cmark-gfm) to the restricted XHTML of
 * schemas/xhtml.rng, and back. What Markdown has no sign for (dl, figure, cite,
 * abbr, sub, sup, ids, lang ...) is written as the XHTML tags themselves; only
 * tags of the vocabulary are taken, anything else is a problem that says where.
 * content_parse checks the result again and alone draws HTML. */
#ifndef COMMONWEAL_MARKDOWN_H
#define COMMONWEAL_MARKDOWN_H
#include <stdbool.h>
#include <stddef.h>
#include "arena.h"

#define MARKDOWN_MAX_BYTES ((size_t)512 << 10) /* longer text is cut, with a problem */
#define MARKDOWN_MAX_DEPTH 40                  /* elements in each other */
#define MARKDOWN_MAX_PROBLEMS 50

struct markdown_problem {
	int line, column; /* from 1, in the Markdown; columns count characters */
	const char *cause;
};

/* Whether each block says that it is in the XHTML name space, or takes it from
 * what is around it. */
enum markdown_blocks { MARKDOWN_INHERIT, MARKDOWN_DECLARE };

/* *xhtml: the children of <body>, well-formed; in the arena. A block stands in the line that it has in the
 * Markdown, so that what content_parse says of a line is true of both. True if
 * there was no problem; the XHTML is made in any case, without what was refused.
 * Thread-safe. */
bool markdown_to_xhtml(struct arena *a, const char *text, enum markdown_blocks blocks, const char **xhtml,
	struct markdown_problem **problems, size_t *n);
/* The children of a body that fits the schema (each may declare the name space,
 * or all may be without one) as Markdown that becomes the same XHTML again; runs
 * of white space, and white space at the ends of blocks, apart. NULL if it is
 * not well-formed. */
const char *markdown_from_xhtml(struct arena *a, const char *xhtml);
/* Two bodies are the same to a reader if this is: white space is made even,
 * attributes are in order. NULL if it is not well-formed. */
const char *markdown_canonical(struct arena *a, const char *xhtml);

/* The length of the character at s, which is not the end. *cause: why it may not
 * stand in a text (XML 1.0 has no place for it; a sign that turns the direction
 * of text), else NULL. */
size_t markdown_character(const char *s, const char **cause);

#endif
