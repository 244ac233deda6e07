/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The editor: opening, saving, drawing. A page that could not be saved shows
 * what was typed, with words why; nothing that arrives here is dropped. */
#include "editor.h"
#include "route.h"
#include "session.h"

/* ---- what is edited ---- */

static bool load(struct request *rq, struct editor *ed, struct error *err)
{
	*ed = (struct editor){ .rq = rq };
	if (!draft_get(rq->db, rq->arena, request_arg(rq, "id"), &ed->draft, err))
		return false;
	ed->fields = record_form(rq->engine->schemas, ed->draft->type);
	if (!ed->fields)
		return error_set(err, ERROR_INTERNAL, "There is no form for this type of record.");
	ed->slug = ed->draft->slug;
	ed->audience = ed->draft->audience;
	ed->revision = ed->draft->revision;
	ed->form = editor_parse(rq, ed->draft->form_json);
	return true;
}

static int64_t number(const struct request *rq, const char *name)
{
	const char *s = request_form(rq, name);

	return s ? strtoll(s, NULL, 10) : 0;
}

/* A place that was chosen from the network has its name, if none was typed. */
static bool name_places(struct editor *ed, struct error *err)
{
	json_t *places = json_object_get(ed->form, "places"), *place;
	size_t i;

	json_array_foreach(places, i, place) {
		const char *slug = record_form_text(place, "space");
		struct error missing = { 0 };
		struct space *space;

		if (!*slug || *record_form_text(place, "text"))
			continue;
		if (space_by_slug(ed->rq->db, ed->rq->arena, slug, &space, &missing)) {
			if (json_object_set_new(place, "text", json_string(space->name)) != 0)
				abort();
		} else if (missing.kind != ERROR_NOT_FOUND) {
			*err = missing;
			return false;
		}
	}
	return true;
}

/* Readers are typed as logins or addresses, and kept as ids. */
static bool find_readers(struct editor *ed, struct error *err)
{
	json_t *readers = json_object_get(ed->form, "readers"), *v;
	size_t i;

	json_array_foreach(readers, i, v) {
		const char *typed = json_string_value(v);
		struct account *found;
		size_t n;

		if (!typed || id_valid(typed))
			continue;
		if (!account_by_login_or_email(ed->rq->db, ed->rq->arena, typed, &found, &n, err))
			return false;
		if (n == 1 && json_array_set_new(readers, i, json_string(found->id)) != 0)
			abort();
	}
	return true;
}

/* The same list for people: logins. */
static bool show_readers(struct editor *ed, struct error *err)
{
	json_t *readers = json_object_get(ed->form, "readers"), *v;
	size_t i;

	json_array_foreach(readers, i, v) {
		const char *id = json_string_value(v);
		struct error missing = { 0 };
		struct account *found;

		if (!id || !id_valid(id))
			continue;
		if (account_get(ed->rq->db, ed->rq->arena, id, &found, &missing)) {
			if (json_array_set_new(readers, i, json_string(found->login)) != 0)
				abort();
		} else if (missing.kind != ERROR_NOT_FOUND) {
			*err = missing;
			return false;
		}
	}
	return true;
}

static const char *typed_slug(struct editor *ed)
{
	const char *slug = request_form(ed->rq, "slug");

	if (ed->draft->record_num || !slug)
		return ed->draft->slug;
	if (text_is_slug(slug))
		return slug;
	return editor_slug(ed->rq->arena, *slug ? slug : record_form_text(ed->form, "title"));
}

static bool read_typed(struct editor *ed, struct error *err)
{
	struct request *rq = ed->rq;
	enum audience audience = request_form(rq, "audience") ? audience_parse(request_form(rq, "audience")) : AUDIENCE_NONE;

	/* The last field of the form: without it something of what was typed is missing. */
	if (!request_form(rq, "all-sent"))
		return error_set(err, ERROR_INVALID, "The form did not arrive as a whole, so nothing was changed. Go back and "
			"send it again.");
	ed->form = editor_read(rq, ed->fields);
	ed->revision = number(rq, "revision");
	ed->base = number(rq, "base");
	ed->audience = audience ? audience : ed->draft->audience;
	ed->slug = typed_slug(ed);
	return name_places(ed, err) && find_readers(ed, err);
}

/* ---- the page ---- */

static const char *type_label(struct editor *ed)
{
	const struct record_type *t = engine_type(ed->rq->engine, ed->draft->type);

	return t ? t->label : ed->draft->type;
}

static void put_addresses(struct editor *ed, struct data *page)
{
	struct arena *a = ed->rq->arena;
	const char *id = ed->draft->id;

	data_url(page, "edit_to", url_path(a, "/drafts/%s/edit", id));
	data_url(page, "preview_url", url_path(a, "/drafts/%s/preview", id));
	data_url(page, "files_url", url_path(a, "/drafts/%s/files", id));
	data_url(page, "state_url", url_path(a, "/drafts/%s/state", id));
	data_url(page, "draft_url", url_path(a, "/drafts/%s", id));
	data_url(page, "help_url", url_path(a, "/drafts/help"));
	data_text(page, "draft_id", id);
	data_text(page, "account_id", ed->rq->account->id);
}

static void put_crumbs(struct editor *ed, struct data *page, const char *last)
{
	struct arena *a = ed->rq->arena;
	const char *title = record_form_text(ed->form, "title");

	page_crumb(page, "Drafts", url_path(a, "/drafts"));
	page_crumb(page, *title ? text_excerpt(a, title, 40) : "Untitled", url_path(a, "/drafts/%s", ed->draft->id));
	page_crumb(page, last, (struct url){ NULL });
}

struct showing {
	const char *wrong;  /* an alert: why it was not saved */
	bool typed;         /* the form holds what is not saved */
	bool preview, checked;
};

/* For the script: is the last revision this person's own? */
static bool put_mine(struct editor *ed, struct data *page, struct error *err)
{
	struct draft_revision *last;

	if (!draft_revision_get(ed->rq->db, ed->rq->arena, ed->draft->id, ed->draft->revision, &last, err))
		return false;
	if (last->account_name && strcmp(last->account_name, ed->rq->account->name) == 0)
		data_text(page, "mine", "true");
	return true;
}

static bool put_page(struct editor *ed, struct data *page, const struct showing *s, struct error *err)
{
	struct request *rq = ed->rq;
	struct space *spaces, *own = NULL;
	const char *title;
	size_t n;

	if (!space_list(rq->db, rq->arena, &spaces, &n, err) || !editor_check(ed, err) || !editor_put_merge(ed, page, err) ||
		!show_readers(ed, err) || !put_mine(ed, page, err))
		return false;
	for (size_t i = 0; i < n; i++)
		if (strcmp(spaces[i].slug, ed->draft->space_slug) == 0)
			own = &spaces[i];
	title = record_form_text(ed->form, "title");
	data_text(page, "heading", *title ? title : "Untitled");
	data_text(page, "type_label", type_label(ed));
	data_text(page, "space_name", ed->draft->space_name);
	data_text(page, "state", draft_state_label(ed->draft->state));
	data_flag(page, "judged", ed->draft->state == DRAFT_REVIEW || ed->draft->state == DRAFT_APPROVED);
	data_textf(page, "revision", "%lld", (long long)ed->revision);
	if (ed->base)
		data_textf(page, "base", "%lld", (long long)ed->base);
	data_text(page, "saved", moment_human(rq->arena, ed->draft->saved_us));
	data_text(page, "saved_at", moment_utc(rq->arena, ed->draft->saved_us));
	data_text(page, "slug", ed->slug);
	data_flag(page, "slug_fixed", ed->draft->record_num != 0);
	data_text(page, "wrong", s->wrong);
	if (s->typed)
		data_text(page, "typed", "true");
	data_flag(page, "checked", s->checked || s->typed);
	put_addresses(ed, page);
	editor_audiences(rq, page, ed->draft, own, ed->audience);
	editor_put(ed, page, spaces, n);
	data_flag(page, "preview", s->preview);
	return !s->preview || editor_preview(ed, page, err);
}

static bool show(struct editor *ed, struct response *rs, const struct showing *s, struct error *err)
{
	const char *title = record_form_text(ed->form, "title");
	struct data *page = page_create(ed->rq, arena_printf(ed->rq->arena, "Edit: %s", *title ? title : "Untitled"));

	put_crumbs(ed, page, "Edit");
	return put_page(ed, page, s, err) && page_send_private(ed->rq, rs, "draft-edit", page, err);
}

static bool closed(struct editor *ed, struct error *err)
{
	enum draft_state s = ed->draft->state;

	if (draft_may_edit(ed->rq->viewer, ed->draft))
		return false;
	if (!viewer_may_write(ed->rq->viewer, ed->draft->space_id))
		error_set(err, ERROR_DENIED, "There is no page at this address.");
	else
		error_set(err, ERROR_CONFLICT, "This draft is %s, so it cannot be changed.%s", draft_state_name(s),
			s == DRAFT_SCHEDULED ? " Take it off the schedule first." : "");
	return true;
}

static bool editor_edit(struct request *rq, struct response *rs, struct error *err)
{
	struct showing s = { .checked = request_arg(rq, "check") != NULL };
	struct editor ed;

	return load(rq, &ed, err) && !closed(&ed, err) && show(&ed, rs, &s, err);
}

/* ---- saving ---- */

struct saving {
	struct editor *ed;
	const char *json;
	bool automatic;
	int64_t revision;
};

static bool write_draft(struct db *w, void *arg, struct error *err)
{
	struct saving *s = arg;
	struct editor *ed = s->ed;
	struct draft_save save = { .id = ed->draft->id, .title = record_form_text(ed->form, "title"), .slug = ed->slug,
		.form_json = s->json, .audience = ed->audience, .expected = ed->revision, .automatic = s->automatic };

	return draft_save(w, &save, ed->rq->account, &s->revision, err);
}

static bool wants_json(const struct request *rq)
{
	const char *accept = request_header(rq, "Accept");

	return accept && strcmp(accept, "application/json") == 0;
}

static bool answer_json(struct editor *ed, struct response *rs, json_t *root, struct error *err)
{
	if (!root)
		abort();
	return json_send(ed->rq, rs, root, "application/json", err);
}

/* Someone else saved: the newest revision, and both texts together. */
static bool conflict(struct editor *ed, struct response *rs, struct error *err)
{
	struct request *rq = ed->rq;
	struct draft_revision *theirs;
	struct showing s = { .typed = true };

	db_end(rq->db); /* what this request saw so far is older */
	if (!db_begin(rq->db, rq->viewer, err) || !draft_get(rq->db, rq->arena, ed->draft->id, &ed->draft, err) ||
		!draft_revision_get(rq->db, rq->arena, ed->draft->id, ed->draft->revision, &theirs, err))
		return false;
	rs->status = 409;
	if (wants_json(rq))
		return answer_json(ed, rs, json_pack("{s:s, s:s, s:I}", "problem", "conflict", "by", theirs->account_name,
			"revision", (json_int_t)ed->draft->revision), err);
	if (!editor_merge(ed, err))
		return false;
	return show(ed, rs, &s, err);
}

static bool saved(struct editor *ed, struct response *rs, const struct saving *s, struct error *err)
{
	struct request *rq = ed->rq;
	bool finish = request_form(rq, "do") && strcmp(request_form(rq, "do"), "finish") == 0;

	if (!wants_json(rq))
		return response_redirect(rs, finish ? url_path(rq->arena, "/drafts/%s", ed->draft->id) :
			url_query(rq->arena, url_path(rq->arena, "/drafts/%s/edit", ed->draft->id), "check", "1"));
	return answer_json(ed, rs, json_pack("{s:I, s:s, s:s}", "revision", (json_int_t)s->revision, "saved",
		moment_utc(rq->arena, clock_now_us()), "slug", ed->slug), err);
}

static bool save(struct editor *ed, struct response *rs, bool automatic, struct error *err)
{
	struct saving s = { .ed = ed, .automatic = automatic };
	struct showing again = { .typed = true };
	struct error wrong = { 0 };
	char *json = json_dumps(ed->form, JSON_COMPACT);

	if (!json)
		abort();
	s.json = arena_strdup(ed->rq->arena, json);
	free(json);
	bool shut = closed(ed, &wrong);
	if (!shut && ed->revision != ed->draft->revision)
		return conflict(ed, rs, err);
	if (!shut && store_write_aside(ed->rq->engine->store, ed->rq->viewer, write_draft, &s, &wrong))
		return saved(ed, rs, &s, err);
	if (!shut && wrong.kind == ERROR_CONFLICT)
		return conflict(ed, rs, err);
	if (wrong.kind == ERROR_DENIED || wrong.kind == ERROR_NOT_FOUND)
		return error_set(err, wrong.kind, "%s", wrong.text);
	rs->status = error_status(wrong.kind);
	if (wants_json(ed->rq))
		return answer_json(ed, rs, json_pack("{s:s, s:s}", "problem", "refused", "detail", wrong.text), err);
	again.wrong = arena_printf(ed->rq->arena, "%s What you typed is below; it is not saved.", wrong.text);
	return show(ed, rs, &again, err);
}

static bool editor_save(struct request *rq, struct response *rs, struct error *err)
{
	struct showing s = { .typed = true };
	const char *act = request_form(rq, "do"), *name;
	struct editor ed;

	if (!load(rq, &ed, err) || !read_typed(&ed, err))
		return false;
	if (!viewer_may_write(rq->viewer, ed.draft->space_id))
		return error_set(err, ERROR_DENIED, "There is no page at this address.");
	act = act ? act : "save";
	if (strcmp(act, "save") == 0 || strcmp(act, "finish") == 0 || strcmp(act, "autosave") == 0)
		return save(&ed, rs, strcmp(act, "autosave") == 0, err);
	if ((name = editor_act(act, "theirs")))
		editor_take(&ed, name);
	else if (!editor_rows(ed.fields, ed.form, act))
		s.preview = strcmp(act, "preview") == 0; /* or only shown again, with what was kept in the browser */
	return show(&ed, rs, &s, err);
}

/* ---- preview ---- */

static json_t *problems_json(struct editor *ed)
{
	json_t *list = json_array();

	for (size_t i = 0; i < ed->n_problems; i++) {
		const struct form_problem *p = &ed->problems[i];

		if (json_array_append_new(list, json_pack("{s:s, s:s, s:s, s:i, s:i}", "id",
			editor_id(ed->rq->arena, p->field ? p->field : "title"), "label", p->label ? p->label : "The record", "cause", p->cause,
			"line", p->line, "column", p->column)) != 0)
			abort();
	}
	return list;
}

/* For the script: the preview's markup, and what is wrong. */
static bool preview_typed(struct request *rq, struct response *rs, struct error *err)
{
	struct buf html = BUF_INIT;
	struct data *page;
	struct editor ed;
	bool ok;

	if (!load(rq, &ed, err) || !read_typed(&ed, err) || !editor_check(&ed, err))
		return false;
	page = data_create(rq->arena);
	ok = editor_preview(&ed, page, err) && template_render(rq->engine->templates, "draft-preview-parts", page, &html, err) &&
		answer_json(&ed, rs, json_pack("{s:s, s:o}", "html", buf_text(&html), "problems", problems_json(&ed)), err);
	buf_finish(&html);
	return ok;
}

/* A page to look at and to print: the draft as it was saved. */
static bool preview_page(struct request *rq, struct response *rs, struct error *err)
{
	struct data *page;
	struct editor ed;
	const char *title;

	if (!load(rq, &ed, err) || !show_readers(&ed, err))
		return false;
	title = record_form_text(ed.form, "title");
	page = page_create(rq, arena_printf(rq->arena, "Preview: %s", *title ? title : "Untitled"));
	put_crumbs(&ed, page, "Preview");
	put_addresses(&ed, page);
	data_text(page, "type_label", type_label(&ed));
	data_text(page, "space_name", ed.draft->space_name);
	data_textf(page, "revision", "%lld", (long long)ed.revision);
	data_text(page, "saved", moment_human(rq->arena, ed.draft->saved_us));
	data_flag(page, "may_edit", draft_may_edit(rq->viewer, ed.draft));
	return editor_preview(&ed, page, err) && page_send_private(rq, rs, "draft-preview", page, err);
}

/* For the script, after a sign-in elsewhere: who is signed in now, with the token of its forms. */
static bool editor_state(struct request *rq, struct response *rs, struct error *err)
{
	struct editor ed;

	if (!load(rq, &ed, err))
		return false;
	return answer_json(&ed, rs, json_pack("{s:s, s:s, s:I, s:b}", "account", rq->account->id, "csrf",
		rq->session ? rq->session->csrf : "", "revision", (json_int_t)ed.revision, "open",
		draft_may_edit(rq->viewer, ed.draft)), err);
}

/* Suggestions for a related record: visible ones, by their titles. */
static bool suggest_records(struct request *rq, struct response *rs, struct error *err)
{
	struct search_suggestion *found;
	json_t *items;
	size_t n;

	if (!search_suggest(rq->engine->search, rq->db, rq->arena, request_arg(rq, "q") ? request_arg(rq, "q") : "", 12, &found,
		&n, err))
		return false;
	items = json_array();
	for (size_t i = 0; i < n; i++) {
		const struct record *r = found[i].record;
		const struct record_type *t = r ? engine_type(rq->engine, r->type) : NULL;

		if (t && json_array_append_new(items, json_pack("{s:s, s:s, s:s}", "text", r->title, "label", t->label, "value",
			arena_printf(rq->arena, "%s/%s/%s", r->space_slug, r->type, r->slug))) != 0)
			abort();
	}
	return json_send(rq, rs, json_pack("{s:o}", "items", items), "application/json", err);
}

static bool editor_help(struct request *rq, struct response *rs, struct error *err)
{
	struct data *page = page_create(rq, "How to write a text");

	page_crumb(page, "Drafts", url_path(rq->arena, "/drafts"));
	page_crumb(page, "How to write a text", (struct url){ NULL });
	return page_send(rq, rs, "draft-help", page, err);
}

static const struct param check_param[] = { { "check", PARAM_INT, 1, 1, "Say what keeps it from being published" },
	{ NULL, 0, 0, 0, NULL } };
static const struct param query_param[] = { { "q", PARAM_TEXT, 0, 0, "What is typed" }, { NULL, 0, 0, 0, NULL } };

static const struct route routes[] = {
	{ HTTP_GET, "/drafts/help", ROLE_SIGNED_IN, 0, NULL, editor_help, "How to write a text" },
	{ HTTP_GET, "/drafts/new", ROLE_SIGNED_IN, 0, editor_new_params, editor_new, "Beginning a draft" },
	{ HTTP_POST, "/drafts/new", ROLE_SIGNED_IN, ROUTE_KEEPS_FORM, NULL, editor_begin, "Begins a draft" },
	{ HTTP_GET, "/drafts/records", ROLE_SIGNED_IN, 0, query_param, suggest_records, "Records to relate to" },
	{ HTTP_GET, "/drafts/{id:id}/edit", ROLE_SIGNED_IN, 0, check_param, editor_edit, "The editor" },
	{ HTTP_POST, "/drafts/{id:id}/edit", ROLE_SIGNED_IN, ROUTE_KEEPS_FORM, NULL, editor_save, "Saves a draft" },
	{ HTTP_GET, "/drafts/{id:id}/preview", ROLE_SIGNED_IN, 0, NULL, preview_page, "A draft as it will look" },
	{ HTTP_POST, "/drafts/{id:id}/preview", ROLE_SIGNED_IN, 0, NULL, preview_typed, "What is typed as it will look" },
	{ HTTP_GET, "/drafts/{id:id}/state", ROLE_SIGNED_IN, 0, NULL, editor_state, "State of a draft, for the editor's script" },
	{ 0, NULL, 0, 0, NULL, NULL, NULL }
};

const struct module editor_module = { .name = "editor", .routes = routes };
