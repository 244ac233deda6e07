/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The form of a type of record, made from its schema (schemas/TYPE.rng), and the
 * way between what is typed there and the record's XML. What was typed is kept
 * as a JSON object whether it is a valid record or not:
 *   { "title": "...", "summary": "...", "creators": ["..."], "body": "Markdown",
 *     "outcomes": [ { "measure": "...", ... } ], ... }
 * with one member for each field of the model; all values are strings, lists of
 * strings, or lists of objects of strings. */
#ifndef COMMONWEAL_RECORD_FORM_H
#define COMMONWEAL_RECORD_FORM_H
#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include "arena.h"
#include "content.h"
#include "error.h"

enum field_kind { FIELD_LINE, FIELD_TEXT, FIELD_MARKDOWN, FIELD_CHOICE, FIELD_DATE, FIELD_NUMBER,
	FIELD_URL, FIELD_RECORD, FIELD_GROUP };

struct form_field {
	const char *name;              /* member of the JSON object, and name in the form */
	const char *label, *help;      /* for people */
	enum field_kind kind;
	bool required, many;
	const char *const *choices;    /* FIELD_CHOICE: values, NULL-ended; or NULL */
	const char *const *choice_labels;
	const struct form_field *fields; /* FIELD_GROUP: its own; ends with name NULL */
};

/* The fields of a type, in the order of the form; ends with name NULL. Lives as
 * long as the program. NULL: no such type. */
const struct form_field *record_form(const struct content_schemas *schemas, const char *type);

struct form_problem {
	const char *field;   /* "outcomes[2].effect", or NULL: the record as a whole */
	int line, column;    /* within a Markdown field; 0 otherwise */
	const char *cause;
};

/* The XML that the typed fields say. space, type, slug and audience are the
 * record's address. *xml is made even if there are problems; true if it is a
 * valid record, checked by content_parse (*doc may be NULL). */
bool record_form_to_xml(const struct content_schemas *schemas, struct arena *a, const char *space,
	const char *type, const char *slug, const char *audience, const json_t *form, const char **xml,
	struct content_doc **doc, struct form_problem **problems, size_t *n);
/* The fields of a valid record. Saved unchanged they give a record that says the
 * same. A new reference; NULL with err if the XML is no valid record. */
json_t *record_form_from_xml(const struct content_schemas *schemas, struct arena *a, const char *xml,
	size_t n, struct error *err);

#endif
