/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the editor's templates show: fields, problems, the preview. */
#include "editor.h"
#include "../files/files.h"

struct putter {
	struct editor *ed;
	struct arena *arena;
	const struct space *spaces;
	size_t n_spaces;
};

const char *editor_id(struct arena *a, const char *path)
{
	char *id = arena_alloc(a, strlen(path) + 3), *to = id;

	*to++ = 'f';
	*to++ = '-';
	for (; *path; path++) {
		bool mark = strchr("[].", *path) != NULL;

		if (!mark || to[-1] != '-')
			*to++ = mark ? '-' : *path;
	}
	while (to[-1] == '-')
		*--to = '\0';
	return id;
}

/* ---- problems ---- */

static void add_problem(struct editor *ed, const char *field, const char *label, const char *cause)
{
	struct form_problem *more = arena_array(ed->rq->arena, ed->n_problems + 1, sizeof *more);

	if (ed->n_problems)
		memcpy(more, ed->problems, ed->n_problems * sizeof *more);
	more[ed->n_problems++] = (struct form_problem){ .field = field, .label = label, .cause = cause };
	ed->problems = more;
}

static bool check_reference(struct editor *ed, const struct content_reference *ref, const char *field, struct error *err)
{
	struct error missing = { 0 };
	struct record *found;

	if (record_get(ed->rq->db, ed->rq->arena, ref->space, ref->type, ref->slug, &found, &missing))
		return true;
	if (missing.kind != ERROR_NOT_FOUND) {
		*err = missing;
		return false;
	}
	const struct form_field *f = record_form_field(ed->fields, ref->relation ? "relations" : "body");
	add_problem(ed, ref->relation ? field : "body", f ? f->label : NULL,
		arena_printf(ed->rq->arena, "there is no record %s/%s/%s that you can see", ref->space, ref->type, ref->slug));
	return true;
}

/* A picture is a file of the draft, or of the record that it changes. */
static bool check_images(struct editor *ed, const struct content_doc *doc, struct error *err)
{
	struct request *rq = ed->rq;
	struct attachment *own, *old = NULL;
	size_t n, m = 0;

	if (doc->n_images == 0)
		return true;
	if (!draft_files(rq->db, rq->arena, ed->draft->id, &own, &n, err) ||
		(ed->draft->record_num && !attachment_list(rq->db, rq->arena, ed->draft->record_num, &old, &m, err)))
		return false;
	for (size_t i = 0; i < doc->n_images; i++) {
		const char *name = doc->images[i].name;
		bool found = false;

		for (size_t k = 0; k < n; k++)
			found = found || (!own[k].removed_us && strcmp(own[k].name, name) == 0);
		for (size_t k = 0; k < m; k++)
			found = found || strcmp(old[k].name, name) == 0;
		if (!found)
			add_problem(ed, "body", record_form_field(ed->fields, "body")->label, arena_printf(rq->arena,
				"there is no picture %s among the files of this draft", name));
	}
	return true;
}

bool editor_check(struct editor *ed, struct error *err)
{
	struct request *rq = ed->rq;
	const struct draft *d = ed->draft;
	struct content_doc *doc = NULL;

	record_form_to_xml(rq->engine->schemas, rq->arena, d->space_slug, d->type, ed->slug, audience_name(ed->audience),
		ed->form, &ed->xml, &doc, &ed->problems, &ed->n_problems);
	if (!doc)
		return true;
	for (size_t i = 0; i < doc->n_relations; i++)
		if (!check_reference(ed, &doc->relations[i], arena_printf(rq->arena, "relations[%zu]", i), err))
			return false;
	for (size_t i = 0; i < doc->n_links; i++)
		if (!check_reference(ed, &doc->links[i], NULL, err))
			return false;
	return check_images(ed, doc, err);
}

/* Is the problem that of this field, or of an item of its list? */
static bool is_at(const struct form_problem *p, const char *path, bool list)
{
	size_t n = strlen(path);

	return p->field && strncmp(p->field, path, n) == 0 && (!p->field[n] || (list && p->field[n] == '['));
}

static void put_wrong(struct putter *u, struct data *d, const char *path, bool list)
{
	size_t n = 0;

	for (size_t i = 0; i < u->ed->n_problems; i++) {
		const struct form_problem *p = &u->ed->problems[i];

		if (!is_at(p, path, list))
			continue;
		struct data *item = data_item(d, "wrong");
		data_text(item, "cause", p->cause);
		data_int(item, "line", p->line);
		n++;
	}
	/* Said in any case: a name that is absent would be that of the group around. */
	if (!n)
		data_flag(d, "wrong", false);
	data_text(d, "bad", n ? "true" : NULL);
	data_text(d, "wrong_id", n ? arena_printf(u->arena, "%s-wrong", editor_id(u->arena, path)) : NULL);
}

static void put_problems(struct putter *u, struct data *page)
{
	for (size_t i = 0; i < u->ed->n_problems; i++) {
		const struct form_problem *p = &u->ed->problems[i];
		struct data *item = data_item(page, "problems");
		const char *field = p->field ? p->field : "title";
		size_t n = strlen(field);
		/* A list of lines is one field of the page. */
		const char *open = n && field[n - 1] == ']' ? strrchr(field, '[') : NULL;
		const char *own = open ? arena_strndup(u->arena, field, (size_t)(open - field)) : field;
		const struct form_field *f = record_form_field(u->ed->fields, own);

		data_url(item, "url", url_fragment(u->arena, (struct url){ NULL },
			editor_id(u->arena, f && f->kind == FIELD_GROUP ? field : own)));
		data_text(item, "label", p->label ? p->label : "The record");
		data_text(item, "cause", p->cause);
		data_int(item, "line", p->line);
	}
	data_int(page, "n_problems", (long long)u->ed->n_problems);
}

/* ---- fields ---- */

static void put_choice(struct data *leaf, const char *id, const char *value, const char *label, bool chosen, size_t i)
{
	struct data *c = data_item(leaf, "choices");

	data_text(c, "value", value);
	data_text(c, "label", label);
	data_flag(c, "chosen", chosen);
	data_textf(c, "id", "%s-%zu", id, i);
}

static bool is_chosen(const json_t *value, const char *word)
{
	const json_t *v;
	size_t i;

	if (json_is_string(value))
		return strcmp(json_string_value(value), word) == 0;
	json_array_foreach(value, i, v)
		if (json_is_string(v) && strcmp(json_string_value(v), word) == 0)
			return true;
	return false;
}

static void put_choices(struct data *leaf, const struct form_field *f, const json_t *value, const char *id)
{
	if (!f->many)
		put_choice(leaf, id, "", f->required ? "Choose" : "Not said", record_form_is_empty(value), 0);
	for (size_t i = 0; f->choices[i]; i++)
		put_choice(leaf, id, f->choices[i], f->choice_labels[i], is_chosen(value, f->choices[i]), i + 1);
	/* What was typed is kept, also if it is no choice. */
	const char *typed = json_string_value(value);
	bool known = !typed || !*typed;
	for (size_t i = 0; f->choices[i] && !known; i++)
		known = strcmp(f->choices[i], typed) == 0;
	if (!known)
		put_choice(leaf, id, typed, typed, true, 99);
}

static void put_spaces(struct putter *u, struct data *leaf, const json_t *value, const char *id)
{
	const char *typed = json_string_value(value);
	bool known = !typed || !*typed;

	put_choice(leaf, id, "", "None", known, 0);
	for (size_t i = 0; i < u->n_spaces; i++) {
		bool chosen = typed && strcmp(u->spaces[i].slug, typed) == 0;

		known = known || chosen;
		put_choice(leaf, id, u->spaces[i].slug, u->spaces[i].name, chosen, i + 1);
	}
	if (!known)
		put_choice(leaf, id, typed, typed, true, u->n_spaces + 1);
}

static const char *lines_of(struct arena *a, const json_t *list)
{
	struct buf b = BUF_INIT;
	const json_t *v;
	size_t i;

	if (json_is_string(list))
		return json_string_value(list);
	json_array_foreach(list, i, v)
		if (json_is_string(v))
			buf_printf(&b, "%s\n", json_string_value(v));
	const char *text = arena_strdup(a, buf_text(&b));
	buf_finish(&b);
	return text;
}

static const char *kind_name(const struct form_field *f)
{
	static const char *const names[] = { [FIELD_LINE] = "line", [FIELD_TEXT] = "text", [FIELD_MARKDOWN] = "markdown",
		[FIELD_CHOICE] = "choice", [FIELD_DATE] = "line", [FIELD_TIME] = "time", [FIELD_NUMBER] = "number",
		[FIELD_URL] = "url", [FIELD_RECORD] = "record", [FIELD_GROUP] = "group" };

	return f->choices ? f->many ? "checks" : "choice" : f->many ? "lines" : names[f->kind];
}

static bool is_time(const char *s)
{
	return s && strlen(s) == 16 && s[4] == '-' && s[7] == '-' && s[10] == 'T' && s[13] == ':';
}

static void put_leaf(struct putter *u, struct data *leaf, const struct form_field *f, const json_t *value,
	const char *path)
{
	const char *id = editor_id(u->arena, path), *kind = kind_name(f);
	/* A place's space is chosen from those there are. */
	bool space = strcmp(f->name, "space") == 0 && f->storage == IN_ATTRIBUTE;

	/* A browser would drop a text that is no time. */
	if (f->kind == FIELD_TIME && !f->many && !record_form_is_empty(value) && !is_time(json_string_value(value)))
		kind = "line";
	data_text(leaf, "kind", space ? "choice" : kind);
	data_text(leaf, "path", path);
	data_text(leaf, "id", id);
	data_text(leaf, "label", f->label);
	data_flag(leaf, "optional", !f->required);
	data_text(leaf, "help", strcmp(kind, "lines") == 0 && !f->help ? "One a line." : f->help);
	data_text(leaf, "help_id", f->help || strcmp(kind, "lines") == 0 ? arena_printf(u->arena, "%s-help", id) : NULL);
	if (space)
		put_spaces(u, leaf, value, id);
	else if (f->choices)
		put_choices(leaf, f, value, id);
	else
		data_text(leaf, "value", f->many ? lines_of(u->arena, value) : json_string_value(value));
	data_int(leaf, "rows", f->kind == FIELD_MARKDOWN ? (strcmp(path, "body") == 0 ? 24 : 8) : 3);
	if (f->kind == FIELD_RECORD)
		data_url(leaf, "suggest_url", url_path(u->arena, "/drafts/records"));
	put_wrong(u, leaf, path, f->many);
}

static void put_fields(struct putter *u, struct data *to, const struct form_field *fields, const json_t *form,
	const char *prefix, int section);

static void put_row(struct putter *u, struct data *group, const struct form_field *f, const json_t *row,
	const char *path, size_t i, size_t n)
{
	struct data *d = data_item(group, "rows");
	const char *own = arena_printf(u->arena, "%s[%zu]", path, i);

	data_textf(d, "label", "%s %zu", f->item_label, i + 1);
	data_text(d, "id", editor_id(u->arena, own));
	data_textf(d, "remove", "remove %s", own);
	data_text(d, "up", i > 0 ? arena_printf(u->arena, "up %s", own) : NULL);
	data_text(d, "down", i + 1 < n ? arena_printf(u->arena, "down %s", own) : NULL);
	put_wrong(u, d, own, false);
	put_fields(u, d, f->fields, row, arena_printf(u->arena, "%s.", own), -1);
}

static void put_group(struct putter *u, struct data *group, const struct form_field *f, const json_t *value,
	const char *path)
{
	size_t n = json_array_size(value);
	char *item = arena_strdup(u->arena, f->item_label);

	data_text(group, "path", path);
	data_text(group, "id", editor_id(u->arena, path));
	data_text(group, "label", f->label);
	data_flag(group, "optional", !f->required);
	data_text(group, "help", f->help);
	put_wrong(u, group, path, false);
	data_flag(group, "many", f->many);
	if (!f->many) {
		put_fields(u, group, f->fields, value, arena_printf(u->arena, "%s.", path), -1);
		return;
	}
	data_flag(group, "fields", false);
	if (n == 0)
		data_flag(group, "rows", false);
	data_textf(group, "count", "%zu", n);
	if (item[0] >= 'A' && item[0] <= 'Z')
		item[0] = (char)(item[0] + 32);
	data_text(group, "item", item);
	data_textf(group, "add", "add %s", path);
	for (size_t i = 0; i < n && i < EDITOR_ROWS_MAX; i++)
		put_row(u, group, f, json_array_get(value, i), path, i, n);
}

/* section -1: all of them. */
static void put_fields(struct putter *u, struct data *to, const struct form_field *fields, const json_t *form,
	const char *prefix, int section)
{
	for (const struct form_field *f = fields; f->name; f++) {
		const json_t *value = json_object_get(form, f->name);
		const char *path = arena_printf(u->arena, "%s%s", prefix, f->name);

		if (section >= 0 && (int)f->section != section)
			continue;
		struct data *item = data_item(to, "fields");
		if (f->kind == FIELD_GROUP)
			put_group(u, data_object(item, "group"), f, value, path);
		else
			put_leaf(u, data_object(item, "leaf"), f, value, path);
	}
}

void editor_put(struct editor *ed, struct data *page, const struct space *spaces, size_t n_spaces)
{
	static const struct { enum field_section section; const char *id, *heading; } all[] = {
		{ SECTION_TEXT, "part-text", "Text" }, { SECTION_ABOUT, "part-about", "What it is about" },
		{ SECTION_SOURCE, "part-source", "Source and dates" } };
	struct putter u = { ed, ed->rq->arena, spaces, n_spaces };

	for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
		struct data *s = data_item(page, "sections");

		data_text(s, "id", all[i].id);
		data_text(s, "heading", all[i].heading);
		put_fields(&u, s, ed->fields, ed->form, "", (int)all[i].section);
	}
	put_fields(&u, data_object(page, "readers"), ed->fields, ed->form, "", SECTION_READERS);
	put_problems(&u, page);
}

/* ---- who will see it ---- */

static void put_audience(struct data *page, enum audience a, const char *label, const char *words, enum audience chosen)
{
	struct data *d = data_item(page, "audiences");

	data_text(d, "value", audience_name(a));
	data_textf(d, "id", "audience-%s", audience_name(a));
	data_text(d, "label", label);
	data_text(d, "words", words);
	data_flag(d, "chosen", a == chosen);
}

void editor_audiences(struct request *rq, struct data *page, const struct draft *d, const struct space *space,
	enum audience chosen)
{
	const char *name = d ? d->space_name : space ? space->name : "its space";

	if (!space || space->audience == AUDIENCE_PUBLIC || chosen == AUDIENCE_PUBLIC)
		put_audience(page, AUDIENCE_PUBLIC, "Everyone",
			"Also people without an account, and search engines. An editor of the national office publishes it.", chosen);
	put_audience(page, AUDIENCE_NETWORK, "The network",
		"Whoever is signed in, in any jurisdiction. An editor of the national office publishes it.", chosen);
	put_audience(page, AUDIENCE_SPACE, arena_printf(rq->arena, "Members of %s", name),
		"Nobody outside of it. An editor of the space publishes it.", chosen);
	put_audience(page, AUDIENCE_RESTRICTED, "Named people",
		"Only those named below, and you. An editor of the space publishes it.", chosen);
}

/* ---- preview ---- */

static const char *choice_word(const struct form_field *f, const char *value)
{
	for (size_t i = 0; f->choices && f->choices[i]; i++)
		if (strcmp(f->choices[i], value) == 0)
			return f->choice_labels[i];
	return value;
}

static struct data *part(struct data *page, const char *heading, int level)
{
	struct data *d = data_item(page, "parts");

	data_text(d, "heading", heading);
	data_flag(d, "deep", level > 0);
	return d;
}

static bool preview_fields(struct editor *ed, struct data *page, const struct form_field *fields, const json_t *form,
	int level, struct error *err);

static bool preview_text(struct editor *ed, struct data *d, const char *text, struct error *err)
{
	struct request *rq = ed->rq;
	const char *html = record_form_draw(rq->engine->schemas, rq->arena, text ? text : "");

	if (!html)
		data_text(d, "text", "This cannot be shown until what is listed is set right.");
	else if (!draft_images(rq, ed->draft->id, ed->draft->record_num, &html, err))
		return false;
	else
		data_markup(d, "html", html_stored(html));
	return true;
}

static bool preview_leaf(struct editor *ed, struct data *page, const struct form_field *f, const json_t *value,
	int level, struct error *err)
{
	const char *text = json_string_value(value);
	const json_t *v;
	size_t i;

	if (f->kind == FIELD_MARKDOWN)
		return preview_text(ed, part(page, level || strcmp(f->name, "body") != 0 ? f->label : NULL, level), text, err);
	struct data *d = part(page, f->label, level);
	if (text)
		data_text(d, "text", choice_word(f, text));
	json_array_foreach(value, i, v)
		if (json_is_string(v) && *json_string_value(v))
			data_text(data_item(d, "items"), "text", choice_word(f, json_string_value(v)));
	return true;
}

static bool preview_group(struct editor *ed, struct data *page, const struct form_field *f, const json_t *value,
	int level, struct error *err)
{
	const json_t *row;
	size_t i;

	part(page, f->label, level);
	if (!f->many)
		return preview_fields(ed, page, f->fields, value, level + 1, err);
	json_array_foreach(value, i, row)
		if (!preview_fields(ed, page, f->fields, row, level + 1, err))
			return false;
	return true;
}

static bool preview_fields(struct editor *ed, struct data *page, const struct form_field *fields, const json_t *form,
	int level, struct error *err)
{
	for (const struct form_field *f = fields; f->name; f++) {
		const json_t *value = json_object_get(form, f->name);
		bool above = !level && (strcmp(f->name, "title") == 0 || strcmp(f->name, "summary") == 0);

		if (record_form_is_empty(value) || above)
			continue;
		if (f->kind == FIELD_GROUP ? !preview_group(ed, page, f, value, level, err) :
			!preview_leaf(ed, page, f, value, level, err))
			return false;
	}
	return true;
}

/* The body first, then what else there is, in the order of the schema. */
bool editor_preview(struct editor *ed, struct data *page, struct error *err)
{
	const struct form_field *body = record_form_field(ed->fields, "body");
	const json_t *text = json_object_get(ed->form, "body");
	json_t *rest = editor_keep(ed->rq, json_copy(ed->form));

	data_text(page, "draft_title", record_form_text(ed->form, "title"));
	data_text(page, "draft_summary", record_form_text(ed->form, "summary"));
	if (body && !record_form_is_empty(text) && !preview_leaf(ed, page, body, text, 0, err))
		return false;
	json_object_del(rest, "body");
	return preview_fields(ed, page, ed->fields, rest, 0, err);
}
