/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The JSON API: what the public pages show, for programs. Its description is
 * schemas/openapi.json. */
#include "api.h"

#define DESCRIPTION_MAX ((size_t)1 << 20)

static struct buf description; /* read-only once started */

static bool read_description(struct engine *e, struct error *err)
{
	struct buf path = BUF_INIT;
	char part[4096];
	size_t n;

	buf_printf(&path, "%s/openapi.json", options_string(e->options, "schemas"));
	FILE *f = fopen(buf_text(&path), "re");
	while (f && (n = fread(part, 1, sizeof part, f)) > 0 && description.len < DESCRIPTION_MAX)
		buf_add(&description, part, n);
	if (f)
		fclose(f);
	json_t *checked = description.len ? json_loadb(description.data, description.len, 0, NULL) : NULL;
	bool ok = checked || error_set(err, ERROR_INTERNAL, "%s cannot be read.", buf_text(&path));
	json_decref(checked);
	buf_finish(&path);
	return ok;
}

static void forget_description(struct engine *e)
{
	(void)e;
	buf_finish(&description);
}

static bool openapi(struct request *rq, struct response *rs, struct error *err)
{
	(void)err;
	buf_add(&rs->body, description.data, description.len);
	rs->type = "application/vnd.oai.openapi+json;version=3.1";
	rs->cacheable = rq->viewer->kind == VIEWER_NOBODY;
	return true;
}

static bool overview(struct request *rq, struct response *rs, struct error *err)
{
	static const char *const names[][2] = { { "records", "/api/v1/records" }, { "spaces", "/api/v1/spaces" },
		{ "search", "/api/v1/search" }, { "suggest", "/api/v1/suggest" },
		{ "description", "/api/v1/openapi.json" } };
	json_t *root = json_object(), *links = json_object();

	json_object_set_new(root, "name", json_string("Commonweal API"));
	json_object_set_new(root, "version", json_string("1"));
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		json_object_set_new(links, names[i][0], json_string(arena_printf(rq->arena, "%s%s", rq->origin,
			names[i][1])));
	json_object_set_new(root, "links", links);
	return json_send(rq, rs, root, "application/json", err);
}

static json_t *space_json(struct request *rq, const struct space *s)
{
	json_t *o = json_object();

	json_set_text(o, "slug", s->slug);
	json_set_text(o, "kind", s->kind);
	json_set_text(o, "name", s->name);
	json_set_text(o, "short_name", s->short_name);
	json_set_text(o, "region", s->region);
	json_set_text(o, "host", s->host);
	json_set_text(o, "tagline", s->tagline);
	json_object_set_new(o, "leadership", json_boolean(s->leadership));
	if (s->located) {
		json_object_set_new(o, "latitude", json_real(s->lat));
		json_object_set_new(o, "longitude", json_real(s->lon));
	}
	if (s->population)
		json_object_set_new(o, "population", json_integer(s->population));
	if (s->population_year)
		json_object_set_new(o, "population_year", json_integer(s->population_year));
	json_set_text(o, "url", page_absolute(rq, page_space_url(rq, s->slug)));
	json_set_text(o, "api_url", page_absolute(rq, url_path(rq->arena, "/api/v1/spaces/%s", s->slug)));
	return o;
}

static bool spaces(struct request *rq, struct response *rs, struct error *err)
{
	struct space *list;
	size_t n;

	if (!space_list(rq->db, rq->arena, &list, &n, err))
		return false;
	json_t *root = json_object(), *items = json_array();
	for (size_t i = 0; i < n; i++)
		json_array_append_new(items, space_json(rq, &list[i]));
	json_object_set_new(root, "items", items);
	json_object_set_new(root, "total", json_integer((json_int_t)n));
	return json_send(rq, rs, root, "application/json", err);
}

static bool space(struct request *rq, struct response *rs, struct error *err)
{
	struct space *s;

	if (!space_by_slug(rq->db, rq->arena, request_arg(rq, "slug"), &s, err))
		return false;
	json_t *root = space_json(rq, s);
	json_object_set_new(root, "welcome_html", json_string(s->welcome_html));
	json_t *details = json_loads(s->details_json ? s->details_json : "{}", 0, NULL);
	json_t *contacts = json_object_get(details, "contacts");
	json_object_set(root, "contacts", contacts ? contacts : json_array());
	json_decref(details);
	return json_send(rq, rs, root, "application/json", err);
}

/* ---- search ---- */

static const struct param search_params[] = {
	{ "q", PARAM_TEXT, 0, 0, "Words, \"phrases\", -without" },
	{ "type", PARAM_SLUG, 0, 0, "Only this type" },
	{ "strategy", PARAM_SLUG, 0, 0, "Only this strategy" },
	{ "jurisdiction", PARAM_SLUG, 0, 0, "Space that owns it or that it is about" },
	{ "year", PARAM_YEAR, 0, 0, "Year of issue" },
	{ "evidence", PARAM_SLUG, 0, 0, "Level of evidence" },
	{ "limit", PARAM_INT, 1, 100, "Hits in one answer; 25 unless set" },
	{ "offset", PARAM_INT, 0, 10000, "Hits to leave out" },
	{ NULL, 0, 0, 0, NULL }
};

static json_t *facets_json(const struct search_result *result)
{
	static const char *const names[FACET_KINDS] = { "type", "strategy", "jurisdiction", "year", "evidence" };
	json_t *facets = json_object();

	for (int k = 0; k < FACET_KINDS; k++) {
		json_t *list = json_array();

		for (size_t i = 0; i < result->facets[k].n; i++)
			json_array_append_new(list, json_pack("{s:s, s:I}", "value", result->facets[k].values[i].value,
				"count", (json_int_t)result->facets[k].values[i].count));
		json_object_set_new(facets, names[k], list);
	}
	return facets;
}

static bool search(struct request *rq, struct response *rs, struct error *err)
{
	struct search_request sr = { .text = request_arg(rq, "q"), .type = request_arg(rq, "type"),
		.strategy = request_arg(rq, "strategy"), .space = request_arg(rq, "jurisdiction"),
		.evidence = request_arg(rq, "evidence"), .year = (int)request_arg_int(rq, "year", 0),
		.limit = (int)request_arg_int(rq, "limit", 25), .offset = (int)request_arg_int(rq, "offset", 0) };
	struct search_result result;

	if (!space_is_national(rq->space))
		sr.within = rq->space->slug;
	if (!search_run(rq->engine->search, rq->db, rq->arena, &sr, &result, err))
		return false;
	json_t *root = json_object(), *items = json_array();
	for (size_t i = 0; i < result.n; i++) {
		json_t *hit = json_record(rq, &result.hits[i].record);

		json_object_set_new(hit, "score", json_real(result.hits[i].score));
		json_object_set_new(hit, "title_html", json_string(result.hits[i].title.html));
		json_object_set_new(hit, "passage_html", json_string(result.hits[i].passage.html));
		json_array_append_new(items, hit);
	}
	json_object_set_new(root, "items", items);
	json_object_set_new(root, "total", json_integer(result.total));
	json_object_set_new(root, "facets", facets_json(&result));
	json_set_text(root, "suggestion", result.suggestion);
	return json_send(rq, rs, root, "application/json", err);
}

static const struct param suggest_params[] = {
	{ "q", PARAM_TEXT, 0, 0, "What was typed so far" },
	{ NULL, 0, 0, 0, NULL }
};

static bool suggest(struct request *rq, struct response *rs, struct error *err)
{
	const char *typed = request_arg(rq, "q");
	struct search_suggestion *list;
	size_t n;

	if (!search_suggest(rq->engine->search, rq->db, rq->arena, typed ? typed : "", 8, &list, &n, err))
		return false;
	json_t *root = json_object(), *items = json_array();
	for (size_t i = 0; i < n; i++) {
		const struct record_type *t = engine_type(rq->engine, list[i].type);
		json_t *item = json_object();

		json_set_text(item, "text", list[i].text);
		json_set_text(item, "label", t ? t->label : "Search for this");
		if (list[i].record)
			json_set_text(item, "url", page_record_url(rq, list[i].record).text);
		json_array_append_new(items, item);
	}
	json_object_set_new(root, "items", items);
	return json_send(rq, rs, root, "application/json", err);
}

static const struct route routes[] = {
	{ HTTP_GET, "/api/v1", ROLE_ANYONE, ROUTE_API, NULL, overview, "Links to everything" },
	{ HTTP_GET, "/api/v1/records", ROLE_ANYONE, ROUTE_API, api_list_params, api_records, "Records by title" },
	{ HTTP_GET, "/api/v1/records/{id:id}", ROLE_ANYONE, ROUTE_API, NULL, api_record, "A record" },
	{ HTTP_GET, "/api/v1/records/{id:id}/source", ROLE_ANYONE, ROUTE_API, NULL, api_source,
		"A record's XML" },
	{ HTTP_POST, "/api/v1/records/{id:id}/withdraw", ROLE_SIGNED_IN, ROUTE_API | ROUTE_SCOPE_PUBLISH, NULL,
		api_record_withdraw, "Withdraw a record" },
	{ HTTP_GET, "/api/v1/drafts", ROLE_SIGNED_IN, ROUTE_API, api_drafts_params, api_drafts, "Drafts" },
	{ HTTP_POST, "/api/v1/drafts", ROLE_SIGNED_IN, ROUTE_API | ROUTE_SCOPE_DRAFT, NULL, api_draft_create, "A new draft" },
	{ HTTP_GET, "/api/v1/drafts/{id:id}", ROLE_SIGNED_IN, ROUTE_API, NULL, api_draft, "A draft" },
	{ HTTP_PUT, "/api/v1/drafts/{id:id}", ROLE_SIGNED_IN, ROUTE_API | ROUTE_SCOPE_DRAFT, NULL, api_draft_put,
		"Save a draft" },
	{ HTTP_GET, "/api/v1/drafts/{id:id}/source", ROLE_SIGNED_IN, ROUTE_API, NULL, api_draft_source, "A draft's XML" },
	{ HTTP_POST, "/api/v1/drafts/{id:id}/submit", ROLE_SIGNED_IN, ROUTE_API | ROUTE_SCOPE_SUBMIT, NULL, api_draft_submit,
		"Submit a draft for review" },
	{ HTTP_POST, "/api/v1/drafts/{id:id}/publish", ROLE_SIGNED_IN, ROUTE_API | ROUTE_SCOPE_PUBLISH, NULL,
		api_draft_publish, "Publish a draft, or set the time" },
	{ HTTP_POST, "/api/v1/imports", ROLE_SIGNED_IN, ROUTE_API | ROUTE_UPLOAD | ROUTE_SCOPE_IMPORT, NULL, api_import_begin,
		"Import an archive of records" },
	{ HTTP_GET, "/api/v1/imports/{id:id}", ROLE_SIGNED_IN, ROUTE_API | ROUTE_SCOPE_IMPORT, NULL, api_import_status,
		"How far an import is" },
	{ HTTP_GET, "/api/v1/spaces", ROLE_ANYONE, ROUTE_API, NULL, spaces, "Spaces" },
	{ HTTP_GET, "/api/v1/spaces/{slug:slug}", ROLE_ANYONE, ROUTE_API, NULL, space, "A space" },
	{ HTTP_GET, "/api/v1/search", ROLE_ANYONE, ROUTE_API, search_params, search, "Search" },
	{ HTTP_GET, "/api/v1/suggest", ROLE_ANYONE, ROUTE_API, suggest_params, suggest,
		"Completions of what is typed" },
	{ HTTP_GET, "/api/v1/openapi.json", ROLE_ANYONE, ROUTE_API, NULL, openapi, "This API's description" },
	{ 0, NULL, 0, 0, NULL, NULL, NULL }
};

const struct module api_module = {
	.name = "api", .migrations = api_migrations, .views = api_views, .options = api_options, .jobs = api_jobs,
	.routes = routes, .start = read_description, .stop = forget_description };
