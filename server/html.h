/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Escaping writers and the trusted-markup type. Nothing else may put "<" into
 * a page. The builder is for small pieces (SVG, snippets); pages are templates. */
#ifndef COMMONWEAL_HTML_H
#define COMMONWEAL_HTML_H
#include <stddef.h>
#include "arena.h"
#include "buf.h"
#include "url.h"

/* Markup that html.c or content.c made, or that content.c made and the
 * store kept. Made by no one else. */
struct markup {
	const char *html; /* NULL = none */
};

/* Text content or double-quoted attribute value: & < > " ' are escaped,
 * C0 controls other than tab and newline become U+FFFD. NULL writes nothing. */
void html_text(struct buf *b, const char *s);
void html_text_n(struct buf *b, const char *s, size_t n);

/* Builder. name, tag: literals of [a-z0-9:-]. Order: open, attributes, then
 * content or close; misuse aborts. */
struct html {
	struct buf *out;
	const char *stack[32];
	int depth;
	int in_tag;
};
void html_begin(struct html *h, struct buf *out);
void html_open(struct html *h, const char *tag);
void html_attr(struct html *h, const char *name, const char *value);
void html_attr_int(struct html *h, const char *name, long long value);
void html_attr_num(struct html *h, const char *name, double value); /* "%.6g", C locale */
void html_attr_url(struct html *h, const char *name, struct url value);
void html_put(struct html *h, const char *text);
void html_close(struct html *h); /* void elements are closed without an end tag */
/* A fragment that the store kept from content.c; the only way in besides making it. */
struct markup html_stored(const char *html);
/* A data block: <script type="..."> that browsers do not run (HTML, "the script
 * element"), so that the Content-Security-Policy has no say in it. This is the
 * only way to it: json is what jansson wrote with JSON_ENSURE_ASCII, and < > & in
 * it become \u escapes, so it ends where it should. type: a literal. */
struct markup html_data_block(struct arena *a, const char *type, const char *json);
/* Takes what the builder wrote into the arena. */
struct markup html_finish(struct html *h, struct arena *a);
/* Escapes text and turns the control bytes \x02 and \x03 that FTS5's snippet()
 * was given into <mark> and </mark> (unbalanced ones are dropped). */
struct markup html_highlight(struct arena *a, const char *text);

#endif
