/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Writes XML 1.0 in UTF-8: feeds, harvesting, DataCite. Whatever the text, the
 * result is well-formed. Order: open, attributes, then content or close; misuse
 * aborts. Names are literals. */
#ifndef COMMONWEAL_XML_H
#define COMMONWEAL_XML_H
#include <stdint.h>
#include "buf.h"

struct xml {
	struct buf *out;
	const char *stack[16];
	int depth;
	int in_tag;
};
/* With the XML declaration. */
void xml_begin(struct xml *x, struct buf *out);
void xml_open(struct xml *x, const char *name);
void xml_attr(struct xml *x, const char *name, const char *value); /* NULL: none */
void xml_put(struct xml *x, const char *text);
void xml_close(struct xml *x);
/* An element with text; NULL: none. */
void xml_leaf(struct xml *x, const char *name, const char *text);
void xml_leaf_int(struct xml *x, const char *name, int64_t value);
/* Ends the document; every element must be closed. */
void xml_end(struct xml *x);
/* Text content or double-quoted attribute value. What XML has no character for
 * (controls, noncharacters, what is no UTF-8) becomes U+FFFD. */
void xml_text(struct buf *b, const char *s);

#endif
