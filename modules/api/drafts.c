/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Writing through the API: drafts, their way to publication, and withdrawing. The
 * rules are those of the pages: all of it is done by modules/publishing. A draft's
 * entity tag is its revision, a record's its version; who changes one says which
 * they knew (If-Match: 428 without it, 412 when it is another). */
#include <strings.h>
#include <time.h>
#include "api.h"
#include "account.h"
#include "../publishing/publish.h"
#include "../publishing/record_form.h"

#define STATUS_PRECONDITION_FAILED 412
#define STATUS_UNSUPPORTED_TYPE 415
#define STATUS_PRECONDITION_REQUIRED 428

/* ---- problems ---- */

/* A problem document (RFC 9457) with members of its own; more is stolen, or NULL. */
static bool problem(struct request *rq, struct response *rs, int status, const char *title, const char *detail,
	json_t *more, struct error *err)
{
	json_t *root = json_pack("{s:s, s:s, s:i, s:s, s:s}", "type", "about:blank", "title", title, "status", status,
		"detail", detail, "instance", arena_printf(rq->arena, "urn:commonweal:request:%s", rq->id));

	if (more)
		json_object_update(root, more);
	json_decref(more);
	if (!json_send(rq, rs, root, "application/problem+json", err))
		return false;
	rs->status = status;
	rs->cacheable = false;
	return true;
}

/* The number in If-Match: "7"; 0: the answer is made. */
static int64_t if_match(struct request *rq, struct response *rs, bool *ok, struct error *err)
{
	const char *given = request_header(rq, "If-Match");
	char *end = NULL;
	long long n = given && *given == '"' ? strtoll(given + 1, &end, 10) : 0;

	*ok = true;
	if (n > 0 && strcmp(end, "\"") == 0)
		return n;
	*ok = problem(rq, rs, given ? 400 : STATUS_PRECONDITION_REQUIRED, given ? "Bad Request" : "Precondition Required",
		given ? "If-Match must be the ETag that this API gave, as \"7\"." :
		"Send If-Match with the ETag that you last saw, so that nothing of others is overwritten.", NULL, err);
	return 0;
}

static void set_tag(struct response *rs, int64_t number)
{
	response_header(rs, "ETag", arena_printf(rs->request->arena, "\"%lld\"", (long long)number));
}

static const char *address(struct request *rq, const char *id)
{
	return page_absolute(rq, url_path(rq->arena, "/api/v1/drafts/%s", id));
}

static json_t *draft_json(struct request *rq, const struct draft *d)
{
	json_t *o = json_object();

	json_object_set_new(o, "id", json_string(d->id));
	json_object_set_new(o, "space", json_string(d->space_slug));
	json_object_set_new(o, "type", json_string(d->type));
	json_object_set_new(o, "slug", json_string(d->slug));
	json_object_set_new(o, "audience", json_string(audience_name(d->audience)));
	json_object_set_new(o, "title", json_string(d->title ? d->title : ""));
	json_object_set_new(o, "state", json_string(draft_state_name(d->state)));
	json_object_set_new(o, "revision", json_integer(d->revision));
	json_object_set_new(o, "author", json_string(d->author_name));
	json_object_set_new(o, "saved", json_string(moment_utc(rq->arena, d->saved_us)));
	if (d->base_version)
		json_object_set_new(o, "base_version", json_integer(d->base_version));
	if (d->published_version)
		json_object_set_new(o, "published_version", json_integer(d->published_version));
	if (d->publish_us)
		json_object_set_new(o, "publish_at", json_string(moment_utc(rq->arena, d->publish_us)));
	json_object_set_new(o, "api_url", json_string(address(rq, d->id)));
	json_object_set_new(o, "url", json_string(page_absolute(rq, url_path(rq->arena, "/drafts/%s", d->id))));
	return o;
}

/* What would keep it from being published, and its XML. */
static json_t *check(struct request *rq, const struct draft *d, const json_t *form, const char **xml)
{
	struct form_problem *problems = NULL;
	struct content_doc *doc = NULL;
	json_t *list = json_array();
	size_t n = 0;

	record_form_to_xml(rq->engine->schemas, rq->arena, d->space_slug, d->type, d->slug, audience_name(d->audience), form,
		xml, &doc, &problems, &n);
	for (size_t i = 0; i < n; i++) {
		json_t *o = json_object();

		if (problems[i].field)
			json_object_set_new(o, "field", json_string(problems[i].field));
		if (problems[i].line) {
			json_object_set_new(o, "line", json_integer(problems[i].line));
			json_object_set_new(o, "column", json_integer(problems[i].column));
		}
		json_object_set_new(o, "cause", json_string(problems[i].cause));
		json_array_append_new(list, o);
	}
	return list;
}

static bool send_draft(struct request *rq, struct response *rs, const struct draft *d, int status, struct error *err)
{
	json_t *root = draft_json(rq, d), *form = json_loads(d->form_json, 0, NULL);
	const char *xml;

	json_object_set_new(root, "fields", form ? form : json_object());
	json_object_set_new(root, "problems", check(rq, d, json_object_get(root, "fields"), &xml));
	set_tag(rs, d->revision);
	if (!json_send(rq, rs, root, "application/json", err))
		return false;
	rs->status = status;
	rs->cacheable = false;
	return true;
}

/* After a write: what this request saw so far is older. */
static bool again(struct request *rq, const char *id, struct draft **out, struct error *err)
{
	db_end(rq->db);
	return db_begin(rq->db, rq->viewer, err) && draft_get(rq->db, rq->arena, id, out, err);
}

/* ---- what is sent ---- */

struct sent {
	const char *space, *type, *slug, *audience, *record; /* record: id, or NULL */
	json_t *fields;                                      /* released with the arena */
};

static bool is_type(const struct request *rq, const char *type)
{
	const char *given = request_header(rq, "Content-Type");
	size_t n = strlen(type);

	return given && strncasecmp(given, type, n) == 0 && (!given[n] || strchr("; \t", given[n]));
}

/* {} for a request without a body. */
static bool read_json(struct request *rq, json_t **out, struct error *err)
{
	json_error_t wrong = { .line = 0 };

	*out = rq->body_len ? json_loadb(rq->body, rq->body_len, JSON_REJECT_DUPLICATES, &wrong) : json_object();
	if (!*out)
		return error_set(err, ERROR_INVALID, "The JSON is wrong in line %d, column %d: %.200s.", wrong.line,
			wrong.column, wrong.text);
	json_owned(rq->arena, *out);
	return json_is_object(*out) || error_set(err, ERROR_INVALID, "The JSON must be an object.");
}

static const char *word(const json_t *o, const char *name)
{
	return json_string_value(json_object_get(o, name));
}

static bool read_xml(struct request *rq, struct sent *s, struct error *err)
{
	struct content_problem *problems = NULL;
	struct content_doc *doc;
	struct error wrong = { 0 };
	size_t n = 0;

	if (!rq->body_len)
		return error_set(err, ERROR_INVALID, "The XML of a record is missing.");
	if (!content_parse(rq->engine->schemas, rq->arena, "body", rq->body, rq->body_len, &doc, &problems, &n, &wrong))
		return n ? error_set(err, ERROR_INVALID, "Line %d, column %d: %.300s.", problems[0].line, problems[0].column,
			problems[0].cause) : error_set(err, ERROR_INVALID, "%.300s", wrong.text);
	if (doc->is_space)
		return error_set(err, ERROR_INVALID, "A space is no record.");
	*s = (struct sent){ .space = doc->space, .type = doc->type, .slug = doc->slug, .audience = doc->audience };
	s->fields = record_form_from_xml(rq->engine->schemas, rq->arena, rq->body, rq->body_len, err);
	if (s->fields)
		json_owned(rq->arena, s->fields);
	return s->fields;
}

/* *known false: the Content-Type is neither of the two, and the answer is made. */
static bool read_sent(struct request *rq, struct response *rs, struct sent *s, bool *known, struct error *err)
{
	json_t *root;

	*known = true;
	memset(s, 0, sizeof *s);
	if (is_type(rq, "application/xml"))
		return read_xml(rq, s, err);
	if (!is_type(rq, "application/json")) {
		*known = false;
		return problem(rq, rs, STATUS_UNSUPPORTED_TYPE, "Unsupported Media Type",
			"Send application/json or application/xml.", NULL, err);
	}
	if (!read_json(rq, &root, err))
		return false;
	*s = (struct sent){ word(root, "space"), word(root, "type"), word(root, "slug"), word(root, "audience"),
		word(root, "record"), json_object_get(root, "fields") };
	return !s->fields || json_is_object(s->fields) || error_set(err, ERROR_INVALID, "\"fields\" must be an object.");
}

static const char *dumped(struct request *rq, const json_t *fields)
{
	char *text = json_dumps(fields, JSON_COMPACT);
	const char *kept = text ? arena_strdup(rq->arena, text) : "{}";

	free(text);
	return kept;
}

/* ---- create ---- */

struct creating {
	struct request *rq;
	struct draft_start start;
	char id[ID_SIZE];
};

static bool write_create(struct db *w, void *arg, struct error *err)
{
	struct creating *c = arg;

	return draft_create(w, &c->start, c->rq->account, c->id, err);
}

/* Of the present text of a record, if none was sent. */
static bool start_change(struct request *rq, struct sent *s, const struct record *r, struct draft_start *start,
	struct error *err)
{
	const char *xml;
	size_t n;

	if (!s->fields) {
		if (!record_source(rq->db, rq->arena, r->num, &xml, &n, err) ||
			!(s->fields = record_form_from_xml(rq->engine->schemas, rq->arena, xml, n, err)))
			return false;
		json_owned(rq->arena, s->fields);
	}
	start->space_id = r->space_id;
	start->type = r->type;
	start->slug = r->slug;
	start->audience = s->audience ? audience_parse(s->audience) : r->audience;
	start->record_num = r->num;
	start->base_version = r->version;
	return true;
}

static bool start_new(struct request *rq, const struct sent *s, struct draft_start *start, struct error *err)
{
	struct space *space;

	if (!s->space || !s->type || !s->slug || !s->audience)
		return error_set(err, ERROR_INVALID, "A new draft needs \"space\", \"type\", \"slug\" and \"audience\"; "
			"one that changes a record, \"record\" with its id.");
	if (!engine_type(rq->engine, s->type) || !record_form(rq->engine->schemas, s->type))
		return error_set(err, ERROR_INVALID, "There is no type of record '%.60s'.", s->type);
	if (!text_is_slug(s->slug))
		return error_set(err, ERROR_INVALID, "\"slug\" holds small letters, digits and single hyphens.");
	if (!text_is_slug(s->space) || !space_by_slug(rq->db, rq->arena, s->space, &space, err))
		return error_set(err, ERROR_INVALID, "There is no space '%.60s'.", s->space);
	start->space_id = space->id;
	start->type = s->type;
	start->slug = s->slug;
	start->audience = audience_parse(s->audience);
	return true;
}

bool api_draft_create(struct request *rq, struct response *rs, struct error *err)
{
	struct creating c = { .rq = rq };
	struct error none = { 0 };
	struct record *r = NULL;
	struct sent s;
	struct draft *d;
	bool known;

	if (!read_sent(rq, rs, &s, &known, err) || !known)
		return !err->kind;
	if (s.record && (!id_valid(s.record) || !record_by_id(rq->db, rq->arena, s.record, &r, err)))
		return error_set(err, ERROR_NOT_FOUND, NO_RECORD);
	if (!r && s.space && s.type && s.slug && !record_get(rq->db, rq->arena, s.space, s.type, s.slug, &r, &none))
		r = NULL;
	if (r ? !start_change(rq, &s, r, &c.start, err) : !start_new(rq, &s, &c.start, err))
		return false;
	if (c.start.audience == AUDIENCE_NONE)
		return error_set(err, ERROR_INVALID, "\"audience\" is public, network, space or restricted.");
	if (!viewer_may_write(rq->viewer, c.start.space_id)) {
		rs->status = 403;
		return error_set(err, ERROR_INVALID, "You may not write in this space.");
	}
	if (!s.fields) {
		s.fields = json_object();
		json_owned(rq->arena, s.fields);
	}
	c.start.form_json = dumped(rq, s.fields);
	c.start.title = record_form_text(s.fields, "title");
	if (!store_write_aside(rq->engine->store, rq->viewer, write_create, &c, err) || !again(rq, c.id, &d, err))
		return false;
	response_header(rs, "Location", address(rq, c.id));
	return send_draft(rq, rs, d, 201, err);
}

/* ---- read ---- */

const struct param api_drafts_params[] = {
	{ "which", PARAM_SLUG, 0, 0, "mine (unless set), review, spaces or queue" },
	{ "space", PARAM_SLUG, 0, 0, "Only this space" },
	{ "type", PARAM_SLUG, 0, 0, "Only this type" },
	{ "limit", PARAM_INT, 1, 100, "Drafts in one answer; 25 unless set" },
	{ "offset", PARAM_INT, 0, 100000, "Drafts to leave out" },
	{ NULL, 0, 0, 0, NULL }
};

bool api_drafts(struct request *rq, struct response *rs, struct error *err)
{
	static const char *const words[] = { "mine", "review", "spaces", "queue" };
	struct draft_filter f = { .account_id = rq->account->id, .space_slug = request_arg(rq, "space"),
		.type = request_arg(rq, "type"), .limit = (int)request_arg_int(rq, "limit", 25),
		.offset = (int)request_arg_int(rq, "offset", 0) };
	const char *which = request_arg(rq, "which");
	json_t *root, *items;
	struct draft *list;
	int64_t total;
	size_t n, kind = 0;

	while (which && *which && kind < 4 && strcmp(which, words[kind]) != 0)
		kind++;
	if (kind == 4)
		return error_set(err, ERROR_INVALID, "\"which\" is mine, review, spaces or queue.");
	f.kind = (enum draft_list_kind)kind;
	if (!draft_list(rq->db, rq->arena, &f, &list, &n, &total, err))
		return false;
	root = json_object();
	items = json_array();
	for (size_t i = 0; i < n; i++)
		json_array_append_new(items, draft_json(rq, &list[i]));
	json_object_set_new(root, "items", items);
	json_object_set_new(root, "total", json_integer(total));
	rs->cacheable = false;
	return json_send(rq, rs, root, "application/json", err);
}

bool api_draft(struct request *rq, struct response *rs, struct error *err)
{
	struct draft *d;

	return draft_get(rq->db, rq->arena, request_arg(rq, "id"), &d, err) && send_draft(rq, rs, d, 200, err);
}

bool api_draft_source(struct request *rq, struct response *rs, struct error *err)
{
	const char *xml = NULL;
	struct draft *d;
	json_t *form;

	if (!draft_get(rq->db, rq->arena, request_arg(rq, "id"), &d, err))
		return false;
	form = json_loads(d->form_json, 0, NULL);
	json_decref(check(rq, d, form, &xml));
	json_decref(form);
	buf_str(&rs->body, xml);
	rs->type = "application/xml; charset=utf-8";
	rs->cacheable = false;
	set_tag(rs, d->revision);
	return true;
}

/* ---- change ---- */

/* Of an error of a step: what the draft is now, when that is why; else as it is. */
static bool step_failed(struct request *rq, struct response *rs, const char *id, int64_t expected,
	const struct error *wrong, struct error *err)
{
	struct error none = { 0 };
	struct draft *d;

	if (wrong->kind == ERROR_CONFLICT && again(rq, id, &d, &none) && d->revision != expected) {
		set_tag(rs, d->revision);
		return problem(rq, rs, STATUS_PRECONDITION_FAILED, "Precondition Failed",
			"Someone else saved this draft in the meantime. \"present\" is what it is now.",
			json_pack("{s:o}", "present", json_pack("{s:I, s:s, s:s}", "revision", (json_int_t)d->revision, "state",
				draft_state_name(d->state), "api_url", address(rq, id))), err);
	}
	if (wrong->kind == ERROR_DENIED) {
		rs->status = 403;
		return error_set(err, ERROR_INVALID, "You may not do that with this draft.");
	}
	*err = *wrong;
	return false;
}

struct saving {
	struct request *rq;
	struct draft_save save;
	int64_t revision;
};

static bool write_save(struct db *w, void *arg, struct error *err)
{
	struct saving *s = arg;

	return draft_save(w, &s->save, s->rq->account, &s->revision, err);
}

bool api_draft_put(struct request *rq, struct response *rs, struct error *err)
{
	struct saving s = { .rq = rq };
	struct error wrong = { 0 };
	struct draft *d;
	struct sent sent;
	bool known;

	if (!draft_get(rq->db, rq->arena, request_arg(rq, "id"), &d, err))
		return false;
	s.save.expected = if_match(rq, rs, &known, err);
	if (!s.save.expected)
		return known;
	if (!read_sent(rq, rs, &sent, &known, err) || !known)
		return !err->kind;
	if ((sent.space && strcmp(sent.space, d->space_slug) != 0) || (sent.type && strcmp(sent.type, d->type) != 0))
		return error_set(err, ERROR_INVALID, "A draft keeps its space and type.");
	if (!sent.fields)
		return error_set(err, ERROR_INVALID, "\"fields\" is missing.");
	s.save.id = d->id;
	s.save.slug = sent.slug ? sent.slug : d->slug;
	s.save.audience = sent.audience ? audience_parse(sent.audience) : d->audience;
	s.save.title = record_form_text(sent.fields, "title");
	s.save.form_json = dumped(rq, sent.fields);
	if (s.save.audience == AUDIENCE_NONE || !text_is_slug(s.save.slug))
		return error_set(err, ERROR_INVALID, "\"audience\" or \"slug\" is not one.");
	if (!draft_may_edit(rq->viewer, d)) {
		rs->status = 403;
		return error_set(err, ERROR_INVALID, "You may not change this draft, or not in its state '%s'.",
			draft_state_name(d->state));
	}
	if (!store_write_aside(rq->engine->store, rq->viewer, write_save, &s, &wrong))
		return step_failed(rq, rs, d->id, s.save.expected, &wrong, err);
	return again(rq, d->id, &d, err) && send_draft(rq, rs, d, 200, err);
}

/* ---- steps ---- */

struct step {
	struct draft_by by;
	const char *id, *words;
	int64_t revision, publish_us, num;
};

static bool write_submit(struct db *w, void *arg, struct error *err)
{
	struct step *s = arg;

	return draft_submit(w, &s->by, s->id, s->revision, s->words, err);
}

static bool write_publish(struct db *w, void *arg, struct error *err)
{
	struct step *s = arg;

	return draft_publish(w, &s->by, s->id, s->revision, s->publish_us, s->publish_us ? "UTC" : NULL, s->words, err);
}

static bool take(struct request *rq, struct response *rs, struct step *s, bool aside, store_operation *op,
	struct error *err)
{
	struct error wrong = { 0 };
	struct draft *d;
	bool answered, ok;

	/* The same words for what is absent and what is not open, before anything else. */
	if (!draft_get(rq->db, rq->arena, s->id, &d, err))
		return false;
	s->revision = if_match(rq, rs, &answered, err);
	if (!s->revision)
		return answered;
	ok = (aside ? store_write_aside : store_write)(rq->engine->store, &viewer_system, op, s, &wrong);
	jobs_wake(rq->engine->jobs);
	if (!ok)
		return step_failed(rq, rs, s->id, s->revision, &wrong, err);
	return again(rq, s->id, &d, err) && send_draft(rq, rs, d, 200, err);
}

bool api_draft_submit(struct request *rq, struct response *rs, struct error *err)
{
	struct step s = { .by = draft_by_request(rq), .id = request_arg(rq, "id") };
	json_t *root;

	if (!read_json(rq, &root, err))
		return false;
	s.words = word(root, "words");
	return take(rq, rs, &s, true, write_submit, err);
}

/* "2026-12-01T08:00:00Z" */
static bool read_time(const char *text, int64_t *us)
{
	struct tm tm = { 0 };
	const char *end = strptime(text, "%Y-%m-%dT%H:%M:%SZ", &tm);

	if (!end || *end)
		return false;
	*us = (int64_t)timegm(&tm) * 1000000;
	return true;
}

bool api_draft_publish(struct request *rq, struct response *rs, struct error *err)
{
	struct step s = { .by = draft_by_request(rq), .id = request_arg(rq, "id") };
	const char *at;
	json_t *root;

	if (!read_json(rq, &root, err))
		return false;
	s.words = word(root, "note");
	at = word(root, "at");
	if (at && (!read_time(at, &s.publish_us) || s.publish_us <= clock_now_us()))
		return error_set(err, ERROR_INVALID, "\"at\" is a time to come, in UTC: 2026-12-01T08:00:00Z.");
	return take(rq, rs, &s, false, write_publish, err);
}

static bool write_withdraw(struct db *w, void *arg, struct error *err)
{
	struct step *s = arg;

	return publish_withdraw(w, &s->by, s->num, s->revision, s->words, err);
}

bool api_record_withdraw(struct request *rq, struct response *rs, struct error *err)
{
	struct step s = { .by = draft_by_request(rq), .id = request_arg(rq, "id") };
	struct error wrong = { 0 };
	struct record *r;
	json_t *root;
	bool answered;

	if (!record_by_id(rq->db, rq->arena, s.id, &r, err) || !read_json(rq, &root, err))
		return false;
	s.revision = if_match(rq, rs, &answered, err);
	if (!s.revision)
		return answered;
	s.num = r->num;
	s.words = word(root, "reason");
	if (!s.words || !*s.words)
		return error_set(err, ERROR_INVALID, "\"reason\" is missing: it stands in the place of the record.");
	if (s.revision != r->version) {
		set_tag(rs, r->version);
		return problem(rq, rs, STATUS_PRECONDITION_FAILED, "Precondition Failed",
			"The record was changed in the meantime. \"present\" is what it is now.",
			json_pack("{s:{s:I, s:s}}", "present", "version", (json_int_t)r->version, "api_url",
				page_absolute(rq, url_path(rq->arena, "/api/v1/records/%s", r->id))), err);
	}
	if (!store_write(rq->engine->store, &viewer_system, write_withdraw, &s, &wrong)) {
		if (wrong.kind == ERROR_DENIED) {
			rs->status = 403;
			return error_set(err, ERROR_INVALID, "You may not withdraw this record.");
		}
		*err = wrong;
		return false;
	}
	jobs_wake(rq->engine->jobs);
	rs->status = 204;
	rs->cacheable = false;
	return true;
}
