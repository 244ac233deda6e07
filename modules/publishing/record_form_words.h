/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the schema does not say about a field: what people call it, what helps to
 * fill it in, where it stands. Private to record_form*.c. */
#ifndef COMMONWEAL_RECORD_FORM_WORDS_H
#define COMMONWEAL_RECORD_FORM_WORDS_H
#include "record_form.h"

struct field_words {
	const char *where;      /* "type/name", "group.name" or "name"; the most exact row counts */
	const char *name;       /* in the JSON, if not the schema's; or NULL */
	const char *label, *item_label, *help; /* each or NULL */
	int section;            /* enum field_section; -1: that of the text */
	bool text;              /* more than a line */
};

/* The row of a field, or NULL. group: the name of what it stands in, "" for none. */
const struct field_words *field_words(const char *type, const char *group, const char *name);
/* "Data availability" for "data-availability". */
const char *field_label(struct arena *a, const char *name);
/* For people: of a choice's value. */
const char *choice_label(struct arena *a, const char *field, const char *value);

#endif
