/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Someone else saved in between: field by field, what only one of the two
 * changed is taken over; what both changed is shown side by side. */
#include "editor.h"
#include "readable.h"

static bool revision_form(struct editor *ed, int64_t number, json_t **form, struct draft_revision **out, struct error *err)
{
	struct error missing = { 0 };

	*form = NULL;
	*out = NULL;
	if (!draft_revision_get(ed->rq->db, ed->rq->arena, ed->draft->id, number, out, &missing)) {
		if (missing.kind == ERROR_NOT_FOUND) /* an autosave that a later one replaced */
			return true;
		*err = missing;
		return false;
	}
	*form = editor_parse(ed->rq, (*out)->form_json);
	return true;
}

static void take(struct editor *ed, const char *name, const json_t *theirs)
{
	json_t *copy = json_deep_copy(json_object_get(theirs, name));

	if (!copy)
		json_object_del(ed->form, name);
	else if (json_object_set_new(ed->form, name, copy) != 0)
		abort();
}

bool editor_merge(struct editor *ed, struct error *err)
{
	struct draft_revision *before;
	json_t *base, *theirs = editor_parse(ed->rq, ed->draft->form_json);

	if (!revision_form(ed, ed->revision, &base, &before, err))
		return false;
	for (const struct form_field *f = ed->fields; base && f->name; f++) {
		const json_t *b = json_object_get(base, f->name), *t = json_object_get(theirs, f->name);

		if (editor_same(f, json_object_get(ed->form, f->name), b) && !editor_same(f, t, b))
			take(ed, f->name, theirs);
	}
	if (before && ed->audience == before->audience)
		ed->audience = ed->draft->audience;
	if (before && strcmp(ed->slug, before->slug) == 0)
		ed->slug = ed->draft->slug;
	if (!ed->base)
		ed->base = ed->revision;
	ed->revision = ed->draft->revision;
	return true;
}

void editor_take(struct editor *ed, const char *name)
{
	if (record_form_field(ed->fields, name))
		take(ed, name, editor_parse(ed->rq, ed->draft->form_json));
}

/* ---- showing ---- */

static void put_both(struct editor *ed, struct data *merge, const struct form_field *f, const json_t *mine,
	const json_t *theirs)
{
	struct arena *a = ed->rq->arena;
	struct data *d = data_item(merge, "both");

	data_text(d, "label", f->label);
	data_textf(d, "take", "theirs %s", f->name);
	data_url(d, "url", url_fragment(a, (struct url){ NULL }, editor_id(a, f->name)));
	data_flag(d, "cut", readable_rows(a, d, readable_text(a, f, theirs), readable_text(a, f, mine)));
}

bool editor_put_merge(struct editor *ed, struct data *page, struct error *err)
{
	struct draft_revision *before, *now;
	json_t *base, *theirs;

	if (!ed->base)
		return true;
	if (!revision_form(ed, ed->base, &base, &before, err) || !revision_form(ed, ed->revision, &theirs, &now, err))
		return false;
	if (!theirs)
		return true;
	struct data *merge = data_object(page, "merge");
	data_text(merge, "by", now->account_name ? now->account_name : "Someone");
	data_textf(page, "left_label", "Theirs (%s)", now->account_name ? now->account_name : "someone else");
	data_text(page, "right_label", "Yours");
	data_text(merge, "at", moment_human(ed->rq->arena, now->saved_us));
	for (const struct form_field *f = ed->fields; f->name; f++) {
		const json_t *m = json_object_get(ed->form, f->name), *t = json_object_get(theirs, f->name);
		const json_t *b = base ? json_object_get(base, f->name) : NULL;

		if (editor_same(f, m, t)) {
			if (base && !editor_same(f, t, b))
				data_text(data_item(merge, "taken"), "label", f->label);
		} else if (!base || !editor_same(f, t, b)) {
			put_both(ed, merge, f, m, t);
		}
	}
	return true;
}
