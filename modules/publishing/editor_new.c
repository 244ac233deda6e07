/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Beginning a draft: of a new record, or of changes to one that is published. */
#include "editor.h"
#include <time.h>
#include "route.h"

const struct param editor_new_params[] = {
	{ "type", PARAM_SLUG, 0, 0, "Type of record" },
	{ "record", PARAM_TEXT, 0, 0, "The record that is to be changed: its id, or space/type/slug" },
	{ NULL, 0, 0, 0, NULL }
};

static const char *sentence(const char *type)
{
	static const struct { const char *type, *words; } all[] = {
		{ "case-study", "What one place did, and what came of it." },
		{ "evaluation", "A study, its design and the outcomes it found." },
		{ "event", "A webinar, a training, a meeting, with its time and place." },
		{ "faq", "A question and its answer." }, { "guide", "How to do something, step by step." },
		{ "innovation", "What a jurisdiction tries, tested or not." },
		{ "media", "A piece in the media, or an award." }, { "profile", "A jurisdiction: its work and its team." },
		{ "publication", "A work that others wrote, described." }, { "strategy", "What a strategy is: its elements and its record." },
	};

	for (size_t i = 0; i < sizeof all / sizeof *all; i++)
		if (strcmp(all[i].type, type) == 0)
			return all[i].words;
	return NULL;
}

/* ---- the address ---- */

bool editor_free_slug(struct request *rq, const char *space, const char *type, const char *wish, const char **out,
	struct error *err)
{
	for (int i = 1; i < 100; i++) {
		const char *slug = i == 1 ? wish : arena_printf(rq->arena, "%s-%d", wish, i);
		struct error missing = { 0 };
		struct tombstone *gone = NULL;
		struct record *found;

		if (record_get(rq->db, rq->arena, space, type, slug, &found, &missing))
			continue;
		if (missing.kind != ERROR_NOT_FOUND) {
			*err = missing;
			return false;
		}
		if (!record_tombstone(rq->db, rq->arena, space, type, slug, &gone, err))
			return false;
		if (!gone) {
			*out = slug;
			return true;
		}
	}
	return error_set(err, ERROR_CONFLICT, "There are many records of this name already. Choose another title.");
}

/* A visible record in whose space the viewer writes, by its id or "space/type/slug". */
static bool find_record(struct request *rq, const char *address, struct record **out, struct error *err)
{
	const char *one = strchr(address, '/'), *two = one ? strchr(one + 1, '/') : NULL;

	if (!two && !id_valid(address)) {
		error_set(err, ERROR_NOT_FOUND, "There is no such record.");
		return false;
	}
	bool found = two ? record_get(rq->db, rq->arena, arena_strndup(rq->arena, address, (size_t)(one - address)),
		arena_strndup(rq->arena, one + 1, (size_t)(two - one - 1)), two + 1, out, err) :
		record_by_id(rq->db, rq->arena, address, out, err);
	if (found && !viewer_may_write(rq->viewer, (*out)->space_id)) {
		error_set(err, ERROR_DENIED, "There is no page at this address.");
		return false;
	}
	return found;
}

/* ---- pages ---- */

struct begin {
	const char *type, *title, *space, *audience, *wrong, *wrong_field;
};

static bool writable(struct request *rq, struct space **out, size_t *n, struct error *err)
{
	struct space *all;
	size_t n_all, k = 0;

	if (!space_list(rq->db, rq->arena, &all, &n_all, err))
		return false;
	for (size_t i = 0; i < n_all; i++)
		if (viewer_may_write(rq->viewer, all[i].id))
			all[k++] = all[i];
	*out = all;
	*n = k;
	return true;
}

static void put_types(struct request *rq, struct data *page)
{
	for (const struct record_type *const *t = rq->engine->types; *t; t++) {
		struct data *d;

		if (!record_form(rq->engine->schemas, (*t)->name))
			continue;
		d = data_item(page, "types");
		data_text(d, "label", (*t)->label);
		data_text(d, "words", sentence((*t)->name));
		data_url(d, "url", url_query(rq->arena, url_path(rq->arena, "%b/drafts/new", rq->base), "type", (*t)->name));
	}
}

static void put_begin(struct request *rq, struct data *page, const struct begin *b, const struct space *spaces, size_t n,
	const struct record_type *type)
{
	const struct space *chosen = n == 1 ? &spaces[0] : NULL;

	for (size_t i = 0; i < n; i++) {
		struct data *d = data_item(page, "spaces");
		bool this = b->space ? strcmp(spaces[i].slug, b->space) == 0 : strcmp(spaces[i].slug, rq->space->slug) == 0;

		data_text(d, "value", spaces[i].slug);
		data_text(d, "label", spaces[i].name);
		data_flag(d, "chosen", this);
		chosen = this ? &spaces[i] : chosen;
	}
	data_text(page, "type", type->name);
	data_text(page, "type_label", type->label);
	data_text(page, "title_label", strcmp(type->name, "faq") == 0 ? "Question" : "Title");
	data_text(page, "words", sentence(type->name));
	data_text(page, "typed_title", b->title);
	editor_audiences(rq, page, NULL, NULL, audience_parse(b->audience && *b->audience ? b->audience :
		chosen && chosen->audience == AUDIENCE_PUBLIC ? "public" : "network"));
	data_text(page, "wrong", b->wrong);
	data_url(page, "begin_to", url_path(rq->arena, "%b/drafts/new", rq->base));
	data_url(page, "types_url", url_path(rq->arena, "%b/drafts/new", rq->base));
}

static bool show_new(struct request *rq, struct response *rs, const struct begin *b, struct error *err)
{
	const struct record_type *type = b->type ? engine_type(rq->engine, b->type) : NULL;
	struct data *page = page_create(rq, type ? arena_printf(rq->arena, "New: %s", type->label) : "New draft");
	struct space *spaces;
	size_t n;

	if (!writable(rq, &spaces, &n, err))
		return false;
	page_crumb(page, "Drafts", url_path(rq->arena, "/drafts"));
	page_crumb(page, "New draft", (struct url){ NULL });
	data_flag(page, "none", n == 0);
	if (type && n)
		put_begin(rq, page, b, spaces, n, type);
	else if (n)
		put_types(rq, page);
	return page_send_private(rq, rs, "draft-new", page, err);
}

/* Open drafts of the same record, that the viewer may see. */
static bool put_others(struct request *rq, struct data *page, const struct record *r, struct error *err)
{
	static const enum draft_list_kind kinds[] = { DRAFTS_MINE, DRAFTS_SPACES };

	for (size_t k = 0; k < 2; k++) {
		struct draft_filter filter = { .kind = kinds[k], .account_id = rq->account->id, .space_slug = r->space_slug,
			.type = r->type, .limit = 200 };
		struct draft *list;
		int64_t total;
		size_t n;

		if (!draft_list(rq->db, rq->arena, &filter, &list, &n, &total, err))
			return false;
		for (size_t i = 0; i < n; i++) {
			if (list[i].record_num != r->num || list[i].state >= DRAFT_PUBLISHED)
				continue;
			struct data *d = data_item(page, "others");
			data_text(d, "by", list[i].author_name);
			data_text(d, "saved", moment_human(rq->arena, list[i].saved_us));
			data_url(d, "url", url_path(rq->arena, "/drafts/%s/edit", list[i].id));
		}
	}
	return true;
}

static bool show_change(struct request *rq, struct response *rs, const char *address, struct error *err)
{
	struct data *page = page_create(rq, "Change a record");
	struct record *r = NULL;

	if (!find_record(rq, address, &r, err) || !put_others(rq, page, r, err))
		return false;
	page_crumb(page, "Drafts", url_path(rq->arena, "/drafts"));
	page_crumb(page, "Change a record", (struct url){ NULL });
	data_text(page, "record", address);
	data_text(page, "record_title", r->title);
	data_url(page, "record_url", page_record_url(rq, r));
	data_url(page, "begin_to", url_path(rq->arena, "%b/drafts/new", rq->base));
	return page_send_private(rq, rs, "draft-new", page, err);
}

bool editor_new(struct request *rq, struct response *rs, struct error *err)
{
	struct begin b = { .type = request_arg(rq, "type") };

	if (request_arg(rq, "record"))
		return show_change(rq, rs, request_arg(rq, "record"), err);
	return show_new(rq, rs, &b, err);
}

/* ---- beginning ---- */

struct beginning {
	struct request *rq;
	struct draft_start start;
	char id[ID_SIZE];
};

static bool write_begin(struct db *w, void *arg, struct error *err)
{
	struct beginning *b = arg;

	return draft_create(w, &b->start, b->rq->account, b->id, err);
}

static const char *dumped(struct request *rq, json_t *form)
{
	char *json = form ? json_dumps(form, JSON_COMPACT) : NULL;

	if (!json)
		abort();
	const char *kept = arena_strdup(rq->arena, json);
	free(json);
	return kept;
}

static bool begin(struct request *rq, struct response *rs, struct beginning *b, struct error *err)
{
	b->rq = rq;
	return store_write_aside(rq->engine->store, rq->viewer, write_begin, b, err) &&
		response_redirect(rs, url_path(rq->arena, "/drafts/%s/edit", b->id));
}

static bool begin_change(struct request *rq, struct response *rs, const char *address, struct error *err)
{
	struct beginning b = { 0 };
	struct record *r = NULL;
	const char *xml;
	json_t *form;
	size_t n;

	if (!find_record(rq, address, &r, err) || !record_source(rq->db, rq->arena, r->num, &xml, &n, err) ||
		!(form = record_form_from_xml(rq->engine->schemas, rq->arena, xml, n, err)))
		return false;
	b.start = (struct draft_start){ .space_id = r->space_id, .type = r->type, .slug = r->slug, .title = r->title,
		.form_json = dumped(rq, editor_keep(rq, form)), .audience = r->audience, .record_num = r->num,
		.base_version = r->version };
	return begin(rq, rs, &b, err);
}

static const char *typed(const struct request *rq, const char *name)
{
	const char *s = request_form(rq, name);

	return s ? s : "";
}

/* What most new texts have. */
static json_t *first_form(const struct begin *b)
{
	time_t now = time(NULL);
	struct tm tm;
	char today[16];

	gmtime_r(&now, &tm);
	strftime(today, sizeof today, "%Y-%m-%d", &tm);
	return json_pack("{s:s, s:s, s:s}", "title", b->title, "issued", today, "language", "en");
}

bool editor_begin(struct request *rq, struct response *rs, struct error *err)
{
	struct begin b = { .type = typed(rq, "type"), .title = typed(rq, "title"), .space = typed(rq, "space"),
		.audience = typed(rq, "audience") };
	const struct record_type *type = engine_type(rq->engine, b.type);
	struct beginning made = { 0 };
	struct space *space = NULL;
	struct error missing = { 0 };

	if (*typed(rq, "record"))
		return begin_change(rq, rs, typed(rq, "record"), err);
	if (!type || !record_form(rq->engine->schemas, b.type))
		return error_set(err, ERROR_INVALID, "There is no such type of record.");
	bool known = text_is_slug(b.space) && space_by_slug(rq->db, rq->arena, b.space, &space, &missing) &&
		viewer_may_write(rq->viewer, space->id);
	if (!b.title[strspn(b.title, " \t\r\n")])
		b.wrong = strcmp(b.type, "faq") == 0 ? "Type the question." : "Type a title; it can be changed later.";
	else if (!known)
		b.wrong = "Choose the space that it belongs to.";
	else if (!audience_parse(b.audience))
		b.wrong = "Choose who is to read it.";
	if (b.wrong) {
		rs->status = 400;
		return show_new(rq, rs, &b, err);
	}
	/* A profile's slug is that of its space. */
	const char *slug = space->slug;
	if (strcmp(b.type, "profile") != 0 && !editor_free_slug(rq, space->slug, b.type, editor_slug(rq->arena, b.title), &slug, err))
		return false;
	made.start = (struct draft_start){ .space_id = space->id, .type = type->name, .slug = slug, .title = b.title,
		.form_json = dumped(rq, editor_keep(rq, first_form(&b))), .audience = audience_parse(b.audience) };
	return begin(rq, rs, &made, err);
}
