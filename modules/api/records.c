/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Records in the API: lists by cursor, one record, its XML. */
#include <sodium.h>
#include "api.h"
#include "attachment.h"

const struct param api_list_params[] = {
	{ "type", PARAM_SLUG, 0, 0, "Only this type" },
	{ "space", PARAM_SLUG, 0, 0, "Only records that this space owns" },
	{ "about", PARAM_SLUG, 0, 0, "Only records that this space owns or that are about it" },
	{ "strategy", PARAM_SLUG, 0, 0, "Only this strategy" },
	{ "group", PARAM_SLUG, 0, 0, "Only this group or kind" },
	{ "limit", PARAM_INT, 1, 100, "Records in one answer; 25 unless set" },
	{ "cursor", PARAM_TEXT, 0, 0, "The next_cursor of the answer before" },
	{ NULL, 0, 0, 0, NULL }
};

/* A cursor is "num:sort key" in base64url. It tells only what its reader saw. */
static const char *cursor_make(struct arena *a, int64_t num, const char *key)
{
	const char *plain = arena_printf(a, "%lld:%s", (long long)num, key);
	size_t room = sodium_base64_encoded_len(strlen(plain), sodium_base64_VARIANT_URLSAFE_NO_PADDING);
	char *out = arena_alloc(a, room);

	return sodium_bin2base64(out, room, (const unsigned char *)plain, strlen(plain),
		sodium_base64_VARIANT_URLSAFE_NO_PADDING);
}

static bool cursor_read(struct arena *a, const char *cursor, struct record_filter *f, struct error *err)
{
	size_t n = 0, room = strlen(cursor) + 1;
	char *plain = arena_alloc(a, room), *end;

	if (sodium_base642bin((unsigned char *)plain, room - 1, cursor, strlen(cursor), NULL, &n, NULL,
		sodium_base64_VARIANT_URLSAFE_NO_PADDING) != 0 || !text_is_utf8(plain, n))
		return error_set(err, ERROR_INVALID, "The cursor is not one that this API gave.");
	f->after_num = strtoll(plain, &end, 10);
	if (end == plain || *end != ':')
		return error_set(err, ERROR_INVALID, "The cursor is not one that this API gave.");
	f->after_key = end + 1;
	return true;
}

bool api_records(struct request *rq, struct response *rs, struct error *err)
{
	const char *cursor = request_arg(rq, "cursor");
	int limit = (int)request_arg_int(rq, "limit", 25);
	struct record_filter f = {
		.type = request_arg(rq, "type"), .space_slug = request_arg(rq, "space"),
		.place = request_arg(rq, "about"), .strategy = request_arg(rq, "strategy"),
		.group = request_arg(rq, "group"), .order = RECORD_BY_TITLE, .limit = limit + 1 };
	struct record *list;
	int64_t total;
	size_t n;

	if (cursor && *cursor && !cursor_read(rq->arena, cursor, &f, err))
		return false;
	if (!record_list(rq->db, rq->arena, &f, &list, &n, &total, err))
		return false;
	json_t *root = json_object(), *items = json_array();
	bool more = n > (size_t)limit;
	for (size_t i = 0; i < n && i < (size_t)limit; i++)
		json_array_append_new(items, json_record(rq, &list[i]));
	json_object_set_new(root, "items", items);
	json_object_set_new(root, "total", json_integer(total));
	if (more) {
		const char *key;

		if (!record_sort_key(rq->db, rq->arena, list[limit - 1].num, &key, err)) {
			json_decref(root);
			return false;
		}
		const char *next = cursor_make(rq->arena, list[limit - 1].num, key);
		struct url u = url_path(rq->arena, "/api/v1/records");
		for (const struct param *p = api_list_params; p->name; p++)
			if (strcmp(p->name, "cursor") != 0)
				u = url_query(rq->arena, u, p->name, request_arg(rq, p->name));
		u = url_query(rq->arena, u, "cursor", next);
		json_object_set_new(root, "next_cursor", json_string(next));
		json_object_set_new(root, "next", json_string(page_absolute(rq, u)));
		/* RFC 8288 */
		response_header(rs, "Link", arena_printf(rq->arena, "<%s>; rel=\"next\"", page_absolute(rq, u)));
	}
	return json_send(rq, rs, root, "application/json", err);
}

static json_t *relation_json(struct request *rq, const struct relation *r)
{
	json_t *o = json_object();

	json_object_set_new(o, "type", json_string(r->type));
	json_object_set_new(o, "direction", json_string(r->reverse ? "in" : "out"));
	json_object_set_new(o, "record", json_record(rq, &r->record));
	return o;
}

static json_t *files_json(struct request *rq, const struct attachment *files, size_t n)
{
	json_t *list = json_array();

	for (size_t i = 0; i < n; i++) {
		const struct attachment *at = &files[i];
		json_t *o = json_object();

		json_object_set_new(o, "name", json_string(at->name));
		json_object_set_new(o, "type", json_string(at->type));
		json_object_set_new(o, "size", json_integer(at->size));
		json_object_set_new(o, "sha256", json_string(at->hash));
		json_object_set_new(o, "url", json_string(page_absolute(rq, url_path(rq->arena, "%b/files/%s/%s", rq->base, at->id,
			at->name))));
		if (at->title)
			json_object_set_new(o, "title", json_string(at->title));
		if (at->alt)
			json_object_set_new(o, "alt", json_string(at->alt));
		if (at->pages)
			json_object_set_new(o, "pages", json_integer(at->pages));
		json_array_append_new(list, o);
	}
	return list;
}

bool api_record(struct request *rq, struct response *rs, struct error *err)
{
	struct relation *relations;
	struct attachment *files;
	struct record *r;
	size_t n, n_files;

	if (!record_by_id(rq->db, rq->arena, request_arg(rq, "id"), &r, err) ||
		!record_relations(rq->db, rq->arena, r->num, &relations, &n, err) ||
		!attachment_list(rq->db, rq->arena, r->num, &files, &n_files, err))
		return false;
	record_note_read(rq, r, "JSON");
	json_t *root = json_record(rq, r), *list = json_array(), *subjects = json_array(), *places = json_array();
	json_object_set_new(root, "body_html", json_string(attachment_images(rq->arena, rq->base, r->body_html, files,
		n_files)));
	json_object_set_new(root, "files", files_json(rq, files, n_files));
	json_object_set_new(root, "contents", json_loads(r->toc_json, 0, NULL));
	json_object_set_new(root, "details", json_loads(r->details_json, 0, NULL));
	for (size_t i = 0; i < r->n_subjects; i++)
		json_array_append_new(subjects, json_string(r->subjects[i]));
	json_object_set_new(root, "subjects", subjects);
	for (size_t i = 0; i < r->n_places; i++) {
		json_t *place = json_object();

		json_object_set_new(place, "name", json_string(r->places[i].label));
		if (r->places[i].space_slug)
			json_object_set_new(place, "space", json_string(r->places[i].space_slug));
		json_array_append_new(places, place);
	}
	json_object_set_new(root, "places", places);
	for (size_t i = 0; i < n; i++)
		json_array_append_new(list, relation_json(rq, &relations[i]));
	json_object_set_new(root, "relations", list);
	return json_send(rq, rs, root, "application/json", err);
}

bool api_source(struct request *rq, struct response *rs, struct error *err)
{
	struct record *r;
	const char *xml;
	size_t n;

	if (!record_by_id(rq->db, rq->arena, request_arg(rq, "id"), &r, err) ||
		!record_source(rq->db, rq->arena, r->num, &xml, &n, err))
		return false;
	record_note_read(rq, r, "XML");
	buf_add(&rs->body, xml, n);
	rs->type = "application/xml; charset=utf-8";
	rs->cacheable = rq->viewer->kind == VIEWER_NOBODY;
	return true;
}
