/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The editor of drafts. What was typed is a JSON object (record_form.h) from the
 * moment the form was read; every page is drawn from one, saved or not. Private
 * to editor*.c. */
#ifndef COMMONWEAL_EDITOR_H
#define COMMONWEAL_EDITOR_H
#include "account.h"
#include "draft.h"
#include "record_form.h"

#define EDITOR_ROWS_MAX 100 /* of one group */

struct editor {
	struct request *rq;
	struct draft *draft;
	const struct form_field *fields;
	json_t *form;               /* what the page shows */
	const char *slug;
	enum audience audience;
	int64_t revision;           /* that the form was made from */
	int64_t base;               /* before that: what it was made from when someone else saved; 0 = nobody did */
	struct form_problem *problems;
	size_t n_problems;
	const char *xml;
};

/* ---- editor_read.c ---- */

/* What the form's fields say; released with the request. */
json_t *editor_read(struct request *rq, const struct form_field *fields);
/* "steps" of "add steps"; NULL if `act` is another. */
const char *editor_act(const char *act, const char *verb);
/* Adds, removes or moves a row ("add steps", "remove steps[1]", "up steps[1]",
 * "down steps[1]"); false if act is none of these, or goes nowhere. */
bool editor_rows(const struct form_field *fields, json_t *form, const char *act);
/* The same to a reader: absent is empty. */
bool editor_same(const struct form_field *field, const json_t *a, const json_t *b);
/* A JSON value that is released with the request. */
json_t *editor_keep(struct request *rq, json_t *value);
json_t *editor_parse(struct request *rq, const char *json); /* an object in any case */
/* Letters and digits of a title, joined by hyphens; "untitled" if there are none. */
const char *editor_slug(struct arena *a, const char *title);

/* ---- editor_page.c ---- */

/* Finds what keeps the typed text from being a record. */
bool editor_check(struct editor *ed, struct error *err);
/* "sections" of editor.xhtml, and "problems". */
void editor_put(struct editor *ed, struct data *page, const struct space *spaces, size_t n_spaces);
/* "parts" of preview.xhtml: the text as it will look. */
bool editor_preview(struct editor *ed, struct data *page, struct error *err);
/* The id of a field's element on the page. */
const char *editor_id(struct arena *a, const char *path);
void editor_audiences(struct request *rq, struct data *page, const struct draft *d, const struct space *space,
	enum audience chosen);

/* ---- editor_merge.c ---- */

/* Puts what someone else saved since revision `base` together with what was typed:
 * fields that only they changed become theirs. */
bool editor_merge(struct editor *ed, struct error *err);
/* "merge" of editor.xhtml: what was taken over, what both changed, side by side. */
bool editor_put_merge(struct editor *ed, struct data *page, struct error *err);
/* Takes over their text of one field. */
void editor_take(struct editor *ed, const char *name);

/* ---- editor_new.c ---- */

route_handler editor_new, editor_begin;
extern const struct param editor_new_params[];
/* A slug like this one that no visible record of the type and space has. */
bool editor_free_slug(struct request *rq, const char *space, const char *type, const char *wish, const char **out,
	struct error *err);

#endif
