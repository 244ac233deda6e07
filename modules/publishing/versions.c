/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A record's versions: what its page says of them, their list, each at its own
 * address, and what differs; withdrawing a record, and restoring it. */
#include "pages.h"
#include "content.h"
#include "readable.h"

/* ---- the record's page ---- */

static struct url version_url(struct request *rq, const struct record *r, const char *below)
{
	struct url u;

	url_local(rq->arena, arena_printf(rq->arena, "%s/%s", page_record_url(rq, r).text, below), &u);
	return u;
}

static bool put_superseded(struct request *rq, struct data *page, const struct record *r, struct error *err)
{
	struct relation *list;
	size_t n;

	if (!record_relations(rq->db, rq->arena, r->num, &list, &n, err))
		return false;
	for (size_t i = 0; i < n; i++)
		if (list[i].reverse && strcmp(list[i].type, "replaces") == 0) {
			struct data *item = data_item(page, "superseded");

			data_text(item, "title", list[i].record.title);
			data_url(item, "url", page_record_url(rq, &list[i].record));
		}
	return true;
}

static bool put_versions(struct request *rq, struct data *page, const struct record *r, struct error *err)
{
	struct record_version *list;
	size_t n;

	if (!record_versions(rq->db, rq->arena, r->num, &list, &n, err))
		return false;
	for (size_t i = 0; i < n; i++)
		if (list[i].note && *list[i].note) {
			struct data *item = data_item(page, "corrections");

			data_text(item, "date", moment_human(rq->arena, list[i].saved_us));
			data_text(item, "note", list[i].note);
		}
	data_textf(page, "version_text", "Version %lld of %s.", (long long)r->version,
		moment_human(rq->arena, n && list[0].version == r->version ? list[0].saved_us : r->modified_us));
	data_url(page, "versions_url", version_url(rq, r, "versions"));
	return true;
}

bool record_state(struct request *rq, struct data *page, const struct record *r, const json_t *details,
	struct error *err)
{
	const char *national;

	(void)details;
	if (!r->num) /* an old version, a draft */
		return true;
	if (!put_superseded(rq, page, r, err) || !put_versions(rq, page, r, err))
		return false;
	if (!rq->account)
		return true;
	data_text(page, "state_done", draft_done(rq));
	if (viewer_may_write(rq->viewer, r->space_id))
		data_url(page, "edit_url", url_query(rq->arena, url_path(rq->arena, "%b/drafts/new", rq->base), "record",
			arena_printf(rq->arena, "%s/%s/%s", r->space_slug, r->type, r->slug)));
	if (!national_id(rq, &national, err))
		return false;
	if (viewer_may_publish(rq->viewer, r->space_id, r->audience, national))
		data_url(page, "withdraw_url", version_url(rq, r, "withdraw"));
	return true;
}

/* ---- the record of an address ---- */

/* *r NULL: the page of its withdrawal was shown. */
static bool find(struct request *rq, struct response *rs, const struct record_type **t, struct record **r,
	struct error *err)
{
	struct error absent = { 0 };
	bool shown = false;

	*r = NULL;
	*t = engine_type_plural(rq->engine, request_arg(rq, "plural"));
	if (!*t)
		return error_set(err, ERROR_NOT_FOUND, NO_RECORD);
	if (record_get(rq->db, rq->arena, rq->space->slug, (*t)->name, request_arg(rq, "slug"), r, &absent))
		return true;
	*r = NULL;
	if (absent.kind == ERROR_NOT_FOUND &&
		(!record_page_withdrawn(rq, rs, *t, request_arg(rq, "slug"), &shown, err) || shown))
		return shown;
	*err = absent;
	return false;
}

static struct data *begin(struct request *rq, const struct record_type *t, const struct record *r, const char *title,
	const char *here)
{
	struct data *page = page_create(rq, title);

	page_crumb(page, t->section_label, url_path(rq->arena, "%b/%s", rq->base, t->section + 1));
	page_crumb(page, r->title, page_record_url(rq, r));
	page_crumb(page, here, (struct url){ NULL });
	data_text(page, "type_label", t->label);
	data_text(page, "heading", r->title);
	data_url(page, "record_url", page_record_url(rq, r));
	return page;
}

bool versions_page(struct request *rq, struct response *rs, struct error *err)
{
	const struct record_type *t;
	struct record_version *list;
	struct record *r;
	size_t n;

	if (!find(rq, rs, &t, &r, err) || !r)
		return r == NULL && err->kind == ERROR_NONE;
	if (!record_versions(rq->db, rq->arena, r->num, &list, &n, err))
		return false;
	struct data *page = begin(rq, t, r, arena_printf(rq->arena, "Versions of %s", r->title), "Versions");
	for (size_t i = 0; i < n; i++) {
		struct data *item = data_item(page, "versions");

		data_textf(item, "number", "%lld", (long long)list[i].version);
		data_url(item, "url", version_url(rq, r, arena_printf(rq->arena, "versions/%lld", (long long)list[i].version)));
		data_text(item, "date", moment_human(rq->arena, list[i].saved_us));
		data_text(item, "who", list[i].account_name);
		data_text(item, "note", list[i].note);
		data_flag(item, "current", list[i].version == r->version);
		data_text(item, "left_checked", i == 1 ? "checked" : NULL);
		data_text(item, "right_checked", i == 0 ? "checked" : NULL);
	}
	data_flag(page, "comparable", n > 1);
	data_url(page, "compare_url", version_url(rq, r, "versions/compare"));
	record_note_read(rq, r, "versions");
	return page_send(rq, rs, "versions", page, err);
}

/* The document of one version. A schema that has become stricter since may refuse it. */
static bool parse(struct request *rq, const char *xml, size_t n, struct content_doc **doc, struct error *err)
{
	struct content_problem *problems;
	struct error wrong = { 0 };
	size_t n_problems;

	if (content_parse(rq->engine->schemas, rq->arena, "version", xml, n, doc, &problems, &n_problems, &wrong))
		return true;
	return error_set(err, ERROR_UNAVAILABLE, "This version is kept, but today's pages cannot show it.") ||
		error_detail(err, "%s", wrong.text);
}

struct shown_version {
	const struct record *current;
	struct record_version version;
};

static void say_version(struct request *rq, struct data *page, void *arg)
{
	const struct shown_version *s = arg;
	bool current = s->version.version == s->current->version;

	data_flag(page, "noindex", true);
	data_textf(page, "other_version", current ? "This is version %lld of “%s”, the current one." :
		"This is version %lld of “%s”, not the current one.", (long long)s->version.version, s->current->title);
	data_url(page, "current_url", page_record_url(rq, s->current));
	data_textf(page, "version_text", "Version %lld of %s.", (long long)s->version.version,
		moment_human(rq->arena, s->version.saved_us));
	data_url(page, "versions_url", version_url(rq, s->current, "versions"));
	if (s->version.note && *s->version.note) {
		struct data *item = data_item(page, "corrections");

		data_text(item, "date", moment_human(rq->arena, s->version.saved_us));
		data_text(item, "note", s->version.note);
	}
}

bool version_page(struct request *rq, struct response *rs, struct error *err)
{
	const struct record_type *t;
	struct shown_version s;
	struct content_doc *doc;
	struct record *r;
	const char *xml;
	size_t n;

	if (!find(rq, rs, &t, &r, err) || !r)
		return r == NULL && err->kind == ERROR_NONE;
	s.current = r;
	if (!record_version_source(rq->db, rq->arena, r->num, request_arg_int(rq, "number", 0), &s.version, &xml, &n, err) ||
		!parse(rq, xml, n, &doc, err))
		return false;
	record_note_read(rq, r, "version");
	return record_page_document(rq, rs, doc, r->num, say_version, &s, err);
}

/* ---- what differs ---- */

const struct param compare_params[] = {
	{ "left", PARAM_INT, 1, 1000000000, "The version to begin with" },
	{ "right", PARAM_INT, 1, 1000000000, "The version to end with" },
	{ NULL, 0, 0, 0, NULL }
};

static bool side(struct request *rq, const struct record *r, int64_t number, struct record_version *v,
	struct readable_side *out, struct error *err)
{
	struct content_doc *doc;
	const char *xml;
	size_t n;

	if (!record_version_source(rq->db, rq->arena, r->num, number, v, &xml, &n, err) || !parse(rq, xml, n, &doc, err))
		return false;
	out->audience = audience_parse(doc->audience);
	out->form = record_form_from_xml(rq->engine->schemas, rq->arena, xml, n, err);
	return out->form != NULL;
}

static void put_side(struct request *rq, struct data *page, const struct record *r, const char *label, const char *url,
	int64_t number)
{
	data_textf(page, label, "version %lld", (long long)number);
	data_url(page, url, version_url(rq, r, arena_printf(rq->arena, "versions/%lld", (long long)number)));
}

bool versions_compare(struct request *rq, struct response *rs, struct error *err)
{
	struct readable_side left = { 0 }, right = { 0 };
	const struct record_type *t;
	struct record_version v;
	struct record *r;
	bool ok = false;

	if (!find(rq, rs, &t, &r, err) || !r)
		return r == NULL && err->kind == ERROR_NONE;
	int64_t to = request_arg_int(rq, "right", r->version), from = request_arg_int(rq, "left", to > 1 ? to - 1 : 1);
	if (!side(rq, r, from, &v, &left, err) || !side(rq, r, to, &v, &right, err))
		goto out;
	struct data *page = begin(rq, t, r, arena_printf(rq->arena, "What changed in %s", r->title), "What changed");
	data_text(page, "eyebrow", t->label);
	data_textf(page, "heading", "What changed in %s", r->title);
	put_side(rq, page, r, "left_label", "left_url", from);
	put_side(rq, page, r, "right_label", "right_url", to);
	data_url(page, "back_url", version_url(rq, r, "versions"));
	data_text(page, "back_label", "All versions");
	readable_difference(rq, page, t->name, &left, &right);
	record_note_read(rq, r, "difference");
	ok = page_send(rq, rs, "difference", page, err);
out:
	json_decref((json_t *)left.form);
	json_decref((json_t *)right.form);
	return ok;
}

/* ---- withdrawing ---- */

static bool may_withdraw(struct request *rq, const struct record *r, struct error *err)
{
	const char *national;

	if (!national_id(rq, &national, err))
		return false;
	return viewer_may_publish(rq->viewer, r->space_id, r->audience, national) || error_set(err, ERROR_DENIED, NO_RECORD);
}

static bool show_withdraw(struct request *rq, struct response *rs, const struct record_type *t, const struct record *r,
	const char *reason, const char *wrong, struct error *err)
{
	struct data *page = begin(rq, t, r, arena_printf(rq->arena, "%sWithdraw %s", wrong ? "Error: " : "", r->title),
		"Withdraw");

	data_url(page, "withdraw_to", version_url(rq, r, "withdraw"));
	data_textf(page, "version", "%lld", (long long)r->version);
	data_text(page, "reason", reason);
	data_text(page, "wrong", wrong);
	return page_send_private(rq, rs, "withdraw", page, err);
}

bool withdraw_page(struct request *rq, struct response *rs, struct error *err)
{
	const struct record_type *t;
	struct record *r;

	if (!find(rq, rs, &t, &r, err) || !r)
		return r == NULL && err->kind == ERROR_NONE;
	return may_withdraw(rq, r, err) && show_withdraw(rq, rs, t, r, NULL, NULL, err);
}

struct burial {
	struct draft_by by;
	int64_t num, version;
	const char *reason;
};

static bool write_withdraw(struct db *w, void *arg, struct error *err)
{
	struct burial *b = arg;

	return publish_withdraw(w, &b->by, b->num, b->version, b->reason, err);
}

bool withdraw_act(struct request *rq, struct response *rs, struct error *err)
{
	const struct record_type *t;
	struct error wrong = { 0 };
	struct record *r;

	if (!find(rq, rs, &t, &r, err) || !r)
		return r == NULL && err->kind == ERROR_NONE;
	if (!may_withdraw(rq, r, err))
		return false;
	struct burial b = { draft_by_request(rq), r->num, strtoll(request_typed(rq, "version"), NULL, 10),
		request_typed(rq, "reason") };
	if (step_write(rq, false, write_withdraw, &b, &wrong))
		return response_redirect(rs, page_record_url(rq, r));
	if (wrong.kind != ERROR_INVALID && wrong.kind != ERROR_CONFLICT) {
		*err = wrong;
		return false;
	}
	rs->status = error_status(wrong.kind);
	return show_withdraw(rq, rs, t, r, b.reason, wrong.text, err);
}

static bool write_restore(struct db *w, void *arg, struct error *err)
{
	struct burial *b = arg;

	return publish_restore(w, &b->by, b->num, err);
}

bool restore_act(struct request *rq, struct response *rs, struct error *err)
{
	const struct record_type *t = engine_type_plural(rq->engine, request_arg(rq, "plural"));
	struct tombstone *gone = NULL;

	if (t && !record_tombstone(rq->db, rq->arena, rq->space->slug, t->name, request_arg(rq, "slug"), &gone, err))
		return false;
	if (!gone)
		return error_set(err, ERROR_NOT_FOUND, NO_RECORD);
	struct burial b = { .by = draft_by_request(rq), .num = gone->num };
	if (!step_write(rq, false, write_restore, &b, err))
		return false;
	return done_redirect(rq, rs, url_path(rq->arena, "%b/%s/%s", rq->base, t->plural, gone->slug), "restored");
}
