/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A RELAX NG schema as an automaton for each element, for words about faults
 * and forms only: libxml2 judges. It knows the part of RELAX NG that schemas/
 * uses; an element whose pattern goes beyond that is vague, and nothing is said
 * of it. */
#ifndef COMMONWEAL_CONTENT_GRAMMAR_H
#define COMMONWEAL_CONTENT_GRAMMAR_H
#include <libxml/xmlregexp.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "arena.h"

enum grammar_kind {
	GRAMMAR_UNKNOWN, /* nothing is known of it */
	GRAMMAR_ANY,     /* any text */
	GRAMMAR_EMPTY,
	GRAMMAR_WORD,    /* this text */
	GRAMMAR_DATA,    /* a pattern, a least length */
	GRAMMAR_CHOICE,  /* one of the parts */
	GRAMMAR_LIST     /* at least min words, each as the one part */
};

struct grammar_value {
	enum grammar_kind kind;
	const char *documentation; /* what it must be, for authors, or NULL */
	const char *name;          /* of the define that it stands in, or NULL */
	const char *word;
	xmlRegexp *pattern;        /* or NULL */
	size_t min;
	const struct grammar_value **parts;
	size_t n;
};

struct grammar_attribute {
	const char *ns, *name; /* ns "" is none */
	bool required;
	const struct grammar_value *value;
};

#define GRAMMAR_MAX_PARTS 64

/* The content is either a value, or parts: each stands for one element or text
 * of the pattern, and is one bit of a set. A part may come first if it is in
 * first, after part i if it is in follow[i]. */
struct grammar_element {
	const char *ns, *name;
	bool vague;
	struct grammar_attribute *attributes;
	size_t n_attributes;
	const struct grammar_value *value;      /* or NULL */
	const struct grammar_element **parts;   /* NULL: text */
	size_t n;
	uint64_t first, last, text, *follow;
	bool nullable;
};

/* An element without name whose parts are the root elements of the schema, in
 * the arena; NULL if the file cannot be read or has no start. */
const struct grammar_element *grammar_load(struct arena *a, const char *path);

/* Is it certain that the value may not be this text? */
bool grammar_refuses(struct arena *a, const struct grammar_value *v, const char *text);

struct content_schemas;
/* What make gives for the root element of a type's schema; it is made once, in
 * an arena that lives as long as the schemas, and kept. One make per program.
 * NULL: no such type, or its schema is beyond this grammar. Thread-safe. */
const void *grammar_derived(const struct content_schemas *s, const char *type,
	const void *(*make)(struct arena *a, const char *type, const struct grammar_element *root));

#endif
