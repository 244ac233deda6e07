/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The form of a type of record, made from its schema (schemas/TYPE.rng), and the
 * way between what is typed there and the record's XML. What was typed is kept
 * as a JSON object whether it is a valid record or not:
 *   { "title": "...", "summary": "...", "creators": ["..."], "body": "Markdown",
 *     "period": { "start": "2004", "end": "" },
 *     "outcomes": [ { "measure": "...", ... } ], ... }
 * with one member for each field of the model: a string, an object for a group,
 * and a list of either where there may be many. Names are those of the schema's
 * elements and attributes, but for summary (dc:abstract), creators, subjects,
 * places and citations; the text of an element that has attributes is "text". */
#ifndef COMMONWEAL_RECORD_FORM_H
#define COMMONWEAL_RECORD_FORM_H
#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include "arena.h"
#include "content.h"
#include "error.h"

enum field_kind { FIELD_LINE, FIELD_TEXT, FIELD_MARKDOWN, FIELD_CHOICE, FIELD_DATE, FIELD_TIME, FIELD_NUMBER,
	FIELD_URL, FIELD_RECORD, FIELD_GROUP };

/* Parts of the form. */
enum field_section { SECTION_TEXT, SECTION_ABOUT, SECTION_SOURCE, SECTION_READERS };

/* Where a field stands in the XML. */
enum field_storage { IN_ELEMENT, IN_ATTRIBUTE, IN_TEXT };

struct grammar_value;
struct form_field {
	const char *name;              /* member of the JSON object, and name in the form */
	const char *label, *help;      /* for people; help may be NULL */
	enum field_kind kind;
	enum field_section section;    /* of the fields of a record; groups stay together */
	bool required, many;
	const char *const *choices;    /* FIELD_CHOICE: values, NULL-ended; or NULL */
	const char *const *choice_labels;
	const struct form_field *fields; /* FIELD_GROUP: its own; ends with name NULL */
	const char *item_label;        /* many: what one of them is called */
	/* For record_form.c alone. */
	enum field_storage storage;
	const char *ns, *xml;          /* of the element or attribute */
	const char *item;              /* many in one element: the name of each of its children, or NULL */
	const char *attribute;         /* the value stands in this attribute of the element, or NULL */
	bool words;                    /* many, as words of one value */
	const struct grammar_value *value;
};

/* The fields of a type, in the order of its XML; ends with name NULL. Lives as
 * long as the schemas. NULL: no such type. */
const struct form_field *record_form(const struct content_schemas *schemas, const char *type);
const struct form_field *record_form_field(const struct form_field *fields, const char *name); /* or NULL */

struct form_problem {
	const char *field;   /* "outcomes[2].effect" (from 0), or NULL: the record as a whole */
	const char *label;   /* for people: "Outcomes 3: Effect", or NULL */
	int line, column;    /* within a Markdown field; 0 otherwise or unknown */
	const char *cause;   /* begins with a small letter, without a full stop */
};

/* The XML that the typed fields say. space, type, slug and audience are the
 * record's address. *xml is made even if there are problems; true if it is a
 * valid record, checked by content_parse. *doc (may be asked for with NULL not)
 * is NULL if it could not be drawn. Members that are no field are left out. */
bool record_form_to_xml(const struct content_schemas *schemas, struct arena *a, const char *space,
	const char *type, const char *slug, const char *audience, const json_t *form, const char **xml,
	struct content_doc **doc, struct form_problem **problems, size_t *n);
/* The fields of a valid record. Saved unchanged they give a record that says the
 * same. A new reference; NULL with err if the XML is no valid record. */
json_t *record_form_from_xml(const struct content_schemas *schemas, struct arena *a, const char *xml,
	size_t n, struct error *err);

/* Has anything been typed there? (strings of white space are nothing) */
bool record_form_is_empty(const json_t *value);
/* The text of a member, "" if it is none. */
const char *record_form_text(const json_t *form, const char *name);
/* Markdown drawn as a page shows it; NULL if it holds nothing that can be drawn. */
const char *record_form_draw(const struct content_schemas *schemas, struct arena *a, const char *markdown);

#endif
