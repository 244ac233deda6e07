/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The tree between Markdown and XHTML: takes elements of the vocabulary in their
 * places and nothing else. Private to markdown*.c. */
#ifndef COMMONWEAL_MARKDOWN_TREE_H
#define COMMONWEAL_MARKDOWN_TREE_H
#include "buf.h"
#include "markdown.h"

enum tree_content { TREE_VOID, TREE_INLINES, TREE_FLOW, TREE_RICH, TREE_FIGURE, TREE_ITEMS, TREE_TERMS,
	TREE_TABLE, TREE_ROWS, TREE_CELLS };
enum tree_place { TREE_INLINE, TREE_IMAGE, TREE_BLOCK, TREE_PART };

struct tree_element {
	const char *name;
	enum tree_place place;
	enum tree_content content;
	int attributes; /* enum tree_attribute, or-ed */
};

struct tree_attribute {
	const char *name, *value;
	struct tree_attribute *next;
};

struct tree_node {
	const struct tree_element *element; /* NULL: text */
	const char *text;
	struct tree_attribute *attributes;
	struct tree_node *parent, *first, *last, *next, *before;
	int line, column, depth;
};

enum frame_kind {
	FRAME_MARKDOWN, /* opened by a sign of Markdown */
	FRAME_TAG,      /* opened by a tag */
	FRAME_IMPLIED   /* a paragraph around text that stands among blocks */
};

struct frame { /* what is open */
	enum frame_kind kind;
	const char *name;       /* of the element */
	struct tree_node *node; /* where content goes: that of the frame below if the element was refused */
	bool refused;
	int line, column;
};

struct tree {
	struct arena *arena;
	struct tree_node *root;
	struct frame *frames;
	size_t n_frames, room_frames;
	struct markdown_problem *problems;
	size_t n_problems;
};

void tree_begin(struct tree *t, struct arena *a);
void tree_problem(struct tree *t, int line, int column, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));
const struct tree_element *tree_element(const char *name); /* or NULL: not of the vocabulary */
bool tree_void(const char *name); /* has no end tag, in the vocabulary or in HTML */
/* Opens an element in what is open; attributes are checked. False if it was
 * refused, with a problem: its content then goes to what is around it. */
bool tree_open(struct tree *t, enum frame_kind kind, const char *name, struct tree_attribute *attributes,
	int line, int column);
/* Closes the last element that Markdown opened, and tags left open in it. */
void tree_close(struct tree *t);
void tree_close_tag(struct tree *t, const char *name, int line, int column);
/* Closes a paragraph that was implied, if that is what is open. */
void tree_close_implied(struct tree *t);
void tree_text(struct tree *t, const char *s, size_t n, int line, int column);
/* Closes all that is open. */
void tree_end(struct tree *t);
/* The root's content as XHTML. */
const char *tree_write(struct tree *t, enum markdown_blocks blocks);

/* "attachment:NAME", as an image has it. */
bool tree_source(const char *src);
/* May a link go there (href of schemas/xhtml.rng and url.h)? */
bool tree_href(struct arena *a, const char *href);

#endif
