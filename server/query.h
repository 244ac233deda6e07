/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What someone typed into a search field, read so that any text is a query:
 * words, "exact phrases", -without, word*, type:guide. Nothing typed reaches
 * the index but as a quoted string. */
#ifndef COMMONWEAL_QUERY_H
#define COMMONWEAL_QUERY_H
#include <stdbool.h>
#include <stddef.h>
#include "arena.h"
#include "buf.h"

#define QUERY_MAX_BYTES 500
#define QUERY_MAX_TERMS 16
#define QUERY_MAX_TOKENS 32 /* of one term */

struct query_term {
	const char *text;     /* its tokens, lower case (ASCII), joined by single spaces */
	size_t n_tokens;
	bool quoted, prefix, exclude;
	bool weak;            /* a word as "the" or "how", typed beside others that say more */
	size_t start, length; /* where it stands in what was typed, quotes left out */
};

struct search_query {
	struct query_term terms[QUERY_MAX_TERMS];
	size_t n;             /* included ones come first */
	size_t n_included;
	const char *type;     /* of type:..., or NULL; any word */
	bool simplified;      /* there was more than the limits allow */
};

/* typed: UTF-8. Never fails. */
void query_parse(struct arena *a, const char *typed, struct search_query *out);
/* The tokens of a text as the index divides it: lower case (ASCII), joined by
 * single spaces; at most max of them. */
char *query_tokens(struct arena *a, const char *s, size_t n, size_t max, size_t *n_tokens);
/* Adds text as an FTS5 string: in double quotes, which are doubled inside. */
void query_quote(struct buf *out, const char *text);

#endif
