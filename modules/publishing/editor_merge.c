/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Someone else saved in between: field by field, what only one of the two
 * changed is taken over; what both changed is shown side by side. */
#include "editor.h"

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

/* What a field says, a thing a line. */
static void put_words(struct buf *b, const struct form_field *f, const json_t *v)
{
	const json_t *one;
	size_t i;

	if (json_is_string(v) && *json_string_value(v))
		buf_printf(b, "%s\n", json_string_value(v));
	json_array_foreach(v, i, one) {
		if (json_is_string(one))
			buf_printf(b, "%s\n", json_string_value(one));
		else if (f->kind == FIELD_GROUP) {
			buf_printf(b, "%s%s %zu\n", i ? "\n" : "", f->item_label, i + 1);
			for (const struct form_field *g = f->fields; g->name; g++)
				put_words(b, g, json_object_get(one, g->name));
		}
	}
	if (json_is_object(v) && f->kind == FIELD_GROUP)
		for (const struct form_field *g = f->fields; g->name; g++) {
			const json_t *member = json_object_get(v, g->name);

			if (json_is_string(member) && *json_string_value(member))
				buf_printf(b, "%s: %s\n", g->label, json_string_value(member));
			else
				put_words(b, g, member);
		}
}

static void put_both(struct editor *ed, struct data *merge, const struct form_field *f, const json_t *mine,
	const json_t *theirs)
{
	struct data *d = data_item(merge, "both");
	struct buf b = BUF_INIT;

	data_text(d, "label", f->label);
	data_textf(d, "take", "theirs %s", f->name);
	data_url(d, "url", url_fragment(ed->rq->arena, (struct url){ NULL }, editor_id(ed->rq->arena, f->name)));
	put_words(&b, f, mine);
	data_text(d, "mine", b.len ? buf_text(&b) : "Nothing");
	buf_clear(&b);
	put_words(&b, f, theirs);
	data_text(d, "theirs", b.len ? buf_text(&b) : "Nothing");
	buf_finish(&b);
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
