/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What every page has, links to records, error pages, JSON answers. */
#include "page.h"
#include <stdlib.h>
#include <string.h>
#include "account.h"
#include "engine.h"
#include "error.h"
#include "log.h"
#include "module.h"
#include "session.h"

/* ---- addresses ---- */

struct url page_space_url(const struct request *rq, const char *space_slug)
{
	if (rq->space && strcmp(space_slug, rq->space->slug) == 0)
		return *rq->base ? url_path(rq->arena, "%b", rq->base) : url_path(rq->arena, "/");
	/* On the network's own host the national space stands at the root. */
	if (strcmp(space_slug, SPACE_NATIONAL) == 0 && *rq->base)
		return url_path(rq->arena, "/");
	return url_path(rq->arena, "/s/%s", space_slug);
}

/* The base path under which a space's pages stand, from here. */
static const char *base_of(const struct request *rq, const char *space_slug)
{
	const char *path = page_space_url(rq, space_slug).text;
	size_t n = strlen(path);

	return path[n - 1] == '/' ? arena_strndup(rq->arena, path, n - 1) : path;
}

struct url page_path_url(const struct request *rq, const char *space_slug, const char *path)
{
	struct url u;

	return url_local(rq->arena, arena_printf(rq->arena, "%s%s", base_of(rq, space_slug), path), &u) ? u :
		(struct url){ NULL };
}

struct url page_record_url(const struct request *rq, const struct record *r)
{
	const struct record_type *t = engine_type(rq->engine, r->type);

	return url_path(rq->arena, "%b/%s/%s", base_of(rq, r->space_slug), t ? t->plural : r->type, r->slug);
}

const char *page_absolute(const struct request *rq, struct url u)
{
	return u.text && u.text[0] == '/' ? arena_printf(rq->arena, "%s%s", rq->origin, u.text) : u.text;
}

/* ---- the layout's names ---- */

static bool stands_below(const struct request *rq, const char *path)
{
	size_t n = strlen(path);

	return rq->path && strncmp(rq->path, path, n) == 0 && (rq->path[n] == '\0' || rq->path[n] == '/');
}

static struct data *nav_entry(struct request *rq, struct data *page, const char *label, const char *path)
{
	struct data *item = data_item(page, "nav");

	data_text(item, "label", label);
	data_url(item, "url", url_path(rq->arena, "%b/%s", rq->base, path + 1));
	data_flag(item, "current", stands_below(rq, path));
	return item;
}

/* For members only, so it is on no page that is kept for nobody. */
static void exchange_entry(struct request *rq, struct data *page)
{
	static const char *const parts[] = { "/discussions", "/groups", "/sessions", "/peers", "/help", "/plans", "/people" };
	struct data *item;

	if (!rq->account || !rq->viewer || (!rq->viewer->n_memberships && !rq->viewer->network_admin))
		return;
	item = nav_entry(rq, page, "Exchange", "/exchange");
	for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
		if (stands_below(rq, parts[i]))
			data_flag(item, "current", true);
}

/* The space's contacts, from its XML: what the footer lists. */
static void fill_contacts(struct request *rq, struct data *page)
{
	json_t *details = rq->space->details_json ? json_loads(rq->space->details_json, 0, NULL) : NULL;
	const json_t *list = json_object_get(details, "contacts"), *contact;
	size_t i;

	json_array_foreach(list, i, contact) {
		struct data *item = data_item(page, "footer_contacts");
		const char *role = json_string_value(json_object_get(contact, "role"));
		const char *email = json_string_value(json_object_get(contact, "email"));
		const char *organization = json_string_value(json_object_get(contact, "organization"));
		struct url mail;

		data_textf(item, "label", "%s: %s", role ? page_role_name(role) : "Contact",
			organization ? organization : "");
		if (email && url_external(rq->arena, arena_printf(rq->arena, "mailto:%s", email), &mail)) {
			data_text(item, "email", email);
			data_url(item, "email_url", mail);
		}
	}
	json_decref(details);
}

static void fill_theme(struct request *rq, struct data *page)
{
	data_text(page, "theme", rq->theme);
	data_url(page, "theme_url", url_path(rq->arena, "/theme"));
	data_text(page, "back", rq->target && (rq->method & (HTTP_GET | HTTP_HEAD)) ? rq->target : "/");
	data_flag(page, "theme_light", rq->theme && strcmp(rq->theme, "light") == 0);
	data_flag(page, "theme_dark", rq->theme && strcmp(rq->theme, "dark") == 0);
	data_flag(page, "theme_system", !rq->theme);
}

/* Where the person administers: this space if it is one of theirs, else their first; none. */
static struct url admin_url(struct request *rq)
{
	if (rq->space && viewer_has_role(rq->viewer, rq->space->id, ROLE_SPACE_ADMIN))
		return url_path(rq->arena, "%b/admin", rq->base ? rq->base : "");
	for (size_t i = 0; i < rq->account->n_memberships; i++)
		if (rq->account->memberships[i].role == ROLE_SPACE_ADMIN)
			return url_path(rq->arena, "/s/%s/admin", rq->account->memberships[i].space_slug);
	return (struct url){ NULL };
}

/* What is new for the person, but for what this very page shows. */
static void fill_unseen(struct request *rq, struct data *page)
{
	struct error quiet = { 0 };
	int64_t n;

	if (!rq->session || !rq->space || !db_viewer(rq->db))
		return;
	if (!notification_unseen(rq->db, rq->account->id, rq->space->id, rq->path, &n, &quiet))
		log_warn("page.unseen", "text=%s", log_quote(quiet.text));
	else if (n > 0)
		data_textf(page, "mine_unseen", "%lld", (long long)n);
}

/* Who is signed in, and the token of this page's forms. */
static void fill_account(struct request *rq, struct data *page)
{
	const struct session *s = rq->session ? rq->session : rq->pending;

	data_text(page, "csrf", s ? s->csrf : NULL);
	data_url(page, "sign_in_url", url_path(rq->arena, "/sign-in"));
	if (!rq->account)
		return;
	data_flag(page, "signed_in", true);
	data_text(page, "account_name", rq->account->name);
	data_flag(page, "demo", rq->account->demo);
	data_url(page, "account_url", url_path(rq->arena, "/account"));
	data_url(page, "mine_url", url_path(rq->arena, "%b/me", rq->base ? rq->base : ""));
	fill_unseen(rq, page);
	data_url(page, "admin_url", admin_url(rq));
	/* Members write or review; an account alone is no member. */
	if (rq->viewer && (rq->viewer->n_memberships || rq->viewer->network_admin))
		data_url(page, "drafts_url", url_path(rq->arena, "%b/drafts", rq->base ? rq->base : ""));
}

void page_feed(struct request *rq, struct data *page, const char *type, const char *strategy)
{
	const struct record_type *t = type ? engine_type(rq->engine, type) : NULL;
	struct url u = url_query(rq->arena, url_path(rq->arena, "%b/feed.atom", rq->base), "type", type);

	data_url(page, "feed_url", url_query(rq->arena, u, "strategy", strategy));
	data_textf(page, "feed_title", "%s%s%s: new and changed", t ? t->label_plural : rq->space ? rq->space->name : "Commonweal",
		strategy ? " on " : "", strategy ? page_strategy_name(strategy) : "");
}

struct data *page_create(struct request *rq, const char *title)
{
	struct data *page = data_create(rq->arena), *crumb;
	const struct space *s = rq->space;

	data_text(page, "lang", "en");
	data_text(page, "title", title);
	data_text(page, "site", s ? s->name : "Commonweal");
	data_text(page, "request_id", rq->id);
	fill_theme(rq, page);
	fill_account(rq, page);
	if (s) {
		struct data *space = data_object(page, "space");

		data_text(space, "slug", s->slug);
		data_text(space, "name", s->name);
		data_text(space, "short_name", s->short_name);
		data_text(space, "tagline", s->tagline);
		data_flag(space, "national", space_is_national(s));
		if (s->accent)
			data_url(page, "space_css", url_path(rq->arena, "/s/%s/space.css", s->slug));
		fill_contacts(rq, page);
	}
	const char *base = rq->base ? rq->base : "";
	data_url(page, "home_url", *base ? url_path(rq->arena, "%b", base) : url_path(rq->arena, "/"));
	data_url(page, "network_url", *base ? url_path(rq->arena, "/") : (struct url){ NULL });
	data_url(page, "search_url", url_path(rq->arena, "%b/search", base));
	data_url(page, "opensearch_url", url_path(rq->arena, "%b/opensearch.xml", base));
	data_url(page, "suggest_url", url_path(rq->arena, "%b/api/v1/suggest", base));
	data_url(page, "about_url", url_path(rq->arena, "%b/about", base));
	data_url(page, "api_url", url_path(rq->arena, "/api/v1"));
	data_url(page, "accessibility_url", url_path(rq->arena, "%b/accessibility", base));
	rq->base = base;
	page_feed(rq, page, NULL, NULL);
	nav_entry(rq, page, "Strategies", "/strategies");
	nav_entry(rq, page, "Library", "/library");
	nav_entry(rq, page, "FAQ", "/faq");
	nav_entry(rq, page, "Events", "/events");
	nav_entry(rq, page, "Jurisdictions", "/jurisdictions");
	if (s && rq->viewer && space_is_jurisdiction(s) && viewer_is_member(rq->viewer, s->id))
		nav_entry(rq, page, "Indicators", "/indicators");
	exchange_entry(rq, page);
	crumb = data_item(page, "crumbs");
	data_text(crumb, "label", s && *base ? s->short_name : "Home");
	data_url(crumb, "url", *base ? url_path(rq->arena, "%b", base) : url_path(rq->arena, "/"));
	return page;
}

void page_crumb(struct data *page, const char *label, struct url url)
{
	struct data *crumb = data_item(page, "crumbs");

	data_text(crumb, "label", label);
	data_url(crumb, "url", url);
	data_flag(crumb, "here", !url.text);
}

bool page_send(struct request *rq, struct response *rs, const char *template_name,
	struct data *page, struct error *err)
{
	if (!template_render(rq->engine->templates, template_name, page, &rs->body, err))
		return false;
	rs->cacheable = rq->viewer && rq->viewer->kind == VIEWER_NOBODY && rs->status < 400;
	return true;
}

/* ---- errors ---- */

static const char *error_heading(int status)
{
	switch (status) {
	case 400: return "The request is not right";
	case 401: return "Please sign in";
	case 403: return "This is not allowed";
	case 404: return "Page not found";
	case 405: return "This page cannot do that";
	case 409: return "Someone else changed this";
	case 413: return "That is too large";
	case 421: return "This address is not served here";
	case 503: return "Busy just now";
	default: return "Something went wrong";
	}
}

bool page_send_private(struct request *rq, struct response *rs, const char *template_name, struct data *page,
	struct error *err)
{
	bool ok = page_send(rq, rs, template_name, page, err);

	rs->cacheable = false;
	return ok;
}

void page_error(struct request *rq, struct response *rs, const struct error *err)
{
	struct error inner = { 0 };
	int status = rs->status >= 400 ? rs->status : error_status(err->kind);
	const char *path = rq->path;
	struct data *page;

	rq->path = "/"; /* so that no entry of the navigation is marked: an error stands nowhere */
	page = page_create(rq, error_heading(status));
	rq->path = path;

	buf_clear(&rs->body);
	rs->status = status;
	rs->type = "text/html; charset=utf-8";
	rs->cacheable = false;
	data_text(page, "heading", error_heading(status));
	data_text(page, "message", status == 500 ?
		"The server could not finish this page. It has been logged; please try again." : err->text);
	data_flag(page, "missing", status == 404);
	if (status == 404 && !rq->account && rq->target && strlen(rq->target) < 500 && (rq->method & (HTTP_GET | HTTP_HEAD)))
		data_url(page, "members_url", url_query(rq->arena, url_path(rq->arena, "/sign-in"), "next", rq->target));
	data_int(page, "status", status);
	page_crumb(page, error_heading(status), (struct url){ NULL });
	if (status >= 500)
		log_error("request.error", "status=%d text=%s detail=%s", status, log_quote(err->text),
			log_quote(err->detail));
	if (template_render(rq->engine->templates, "error", page, &rs->body, &inner))
		return;
	log_error("page.error", "text=%s detail=%s", log_quote(inner.text), log_quote(inner.detail));
	buf_clear(&rs->body);
	rs->type = "text/plain; charset=utf-8";
	buf_printf(&rs->body, "%d %s\n%s\n", status, error_heading(status), err->text);
}

void json_problem(struct request *rq, struct response *rs, const struct error *err)
{
	int status = rs->status >= 400 ? rs->status : error_status(err->kind);
	struct error inner = { 0 };
	json_t *root = json_pack("{s:s, s:s, s:i, s:s, s:s}", "type", "about:blank",
		"title", error_heading(status), "status", status,
		"detail", status == 500 ? "The server could not finish this answer." : err->text,
		"instance", arena_printf(rq->arena, "urn:commonweal:request:%s", rq->id));

	buf_clear(&rs->body);
	if (status >= 500)
		log_error("request.error", "status=%d text=%s detail=%s", status, log_quote(err->text),
			log_quote(err->detail));
	json_send(rq, rs, root, "application/problem+json", &inner);
	rs->status = status;
	rs->cacheable = false;
}

/* ---- lists ---- */

const char *page_strategy_name(const char *word)
{
	return strcmp(word, "group-violence") == 0 ? "Group violence" :
		strcmp(word, "drug-market") == 0 ? "Drug market" : word;
}

const char *page_evidence_name(const char *level)
{
	return strcmp(level, "controlled") == 0 ? "Comparison group" :
		strcmp(level, "time-series") == 0 ? "Time series" :
		strcmp(level, "before-after") == 0 ? "Before and after" :
		strcmp(level, "descriptive") == 0 ? "Description" :
		strcmp(level, "none") == 0 ? "No evaluation yet" : level;
}

static const char *const team_roles[][2] = { { "law-enforcement", "Law enforcement" }, { "prosecutor", "Prosecutor" },
	{ "community", "Community" }, { "services", "Services" }, { "research", "Research" }, { "project-manager", "Project manager" },
	{ "working-group", "Working group" }, { "governing-board", "Governing board" } };

const char *page_role_name(const char *role)
{
	for (size_t i = 0; i < sizeof team_roles / sizeof *team_roles; i++)
		if (strcmp(team_roles[i][0], role) == 0)
			return team_roles[i][1];
	return role;
}

const char *page_role_at(size_t i)
{
	return i < sizeof team_roles / sizeof *team_roles ? team_roles[i][0] : NULL;
}

bool page_sessions(struct request *rq, struct data *page, const char *account_id, struct error *err)
{
	struct session *list;
	size_t n;

	if (!session_list(rq->db, rq->arena, account_id, options_int(rq->engine->options, "session-idle") * 1000,
		&list, &n, err))
		return false;
	for (size_t i = 0; i < n; i++) {
		struct data *item = data_item(page, "sessions");

		data_text(item, "handle", list[i].handle);
		data_text(item, "device", session_device(rq->arena, list[i].agent));
		data_text(item, "host", list[i].host);
		data_text(item, "address", list[i].address);
		data_text(item, "began", moment_human(rq->arena, list[i].created_us));
		data_text(item, "seen", moment_human(rq->arena, list[i].seen_us));
		data_flag(item, "this", rq->session && strcmp(list[i].handle, rq->session->handle) == 0);
	}
	data_flag(page, "several", n > 1);
	return true;
}

void page_card(struct request *rq, struct data *d, const struct record *r)
{
	const struct record_type *t = engine_type(rq->engine, r->type);
	char *words = arena_strdup(rq->arena, r->strategies), *save = NULL;

	data_text(d, "type", r->type);
	data_text(d, "type_label", t ? t->label : r->type);
	data_text(d, "title", r->title);
	data_url(d, "url", page_record_url(rq, r));
	data_text(d, "summary", r->summary);
	/* An event is dated by when it takes place. */
	const char *date = r->starts ? arena_strndup(rq->arena, r->starts, 10) : r->issued;
	data_text(d, "date", date_human(rq->arena, date));
	data_text(d, "datetime", date);
	if (r->evidence)
		data_text(d, "evidence", page_evidence_name(r->evidence));
	if (strcmp(r->space_slug, SPACE_NATIONAL) != 0) {
		data_text(d, "space_name", r->space_short_name);
		data_url(d, "space_url", page_space_url(rq, r->space_slug));
	}
	for (char *w = words ? strtok_r(words, " ", &save) : NULL; w; w = strtok_r(NULL, " ", &save))
		data_text(data_item(d, "strategies"), "label", page_strategy_name(w));
}

static void page_number(struct data *page, struct url url, struct arena *a, int number, int current)
{
	struct data *item = data_item(page, "pages");

	data_int(item, "number", number);
	data_url(item, "url", url_query_int(a, url, "page", number));
	data_flag(item, "current", number == current);
}

void page_option(struct data *d, const char *list, const char *value, const char *label, const char *chosen)
{
	struct data *item = data_item(d, list);

	data_text(item, "value", value);
	data_text(item, "label", label);
	data_text(item, "selected", chosen && strcmp(value, chosen) == 0 ? "selected" : NULL);
}

void page_pagination(struct data *page, struct url url, int64_t total, int per_page, int current)
{
	struct arena *a = data_arena(page);
	int last = (int)((total + per_page - 1) / per_page);

	if (last <= 1)
		return;
	struct data *p = data_object(page, "pagination");
	if (current > 1)
		data_url(p, "prev_url", url_query_int(a, url, "page", current - 1));
	if (current < last)
		data_url(p, "next_url", url_query_int(a, url, "page", current + 1));
	for (int i = 1; i <= last; i++) {
		if (i == 1 || i == last || (i >= current - 1 && i <= current + 1))
			page_number(page, url, a, i, current);
		else if (i == current - 2 || i == current + 2)
			data_flag(data_item(page, "pages"), "gap", true);
	}
}

/* ---- JSON ---- */

static int add_json(const char *bytes, size_t n, void *arg)
{
	buf_add(arg, bytes, n);
	return 0;
}

bool json_send(struct request *rq, struct response *rs, json_t *root, const char *type,
	struct error *err)
{
	int rc = root ? json_dump_callback(root, add_json, &rs->body, JSON_INDENT(2) | JSON_REAL_PRECISION(15)) : -1;

	json_decref(root);
	if (rc != 0)
		return error_set(err, ERROR_INTERNAL, "The answer could not be written as JSON.");
	buf_char(&rs->body, '\n');
	rs->type = type;
	rs->cacheable = rq->viewer && rq->viewer->kind == VIEWER_NOBODY && rs->status < 400;
	return true;
}

static void release(void *v)
{
	json_decref(v);
}

json_t *json_owned(struct arena *a, json_t *v)
{
	if (v)
		arena_defer(a, release, v);
	return v;
}

void json_set_text(json_t *o, const char *name, const char *value)
{
	if (value)
		json_object_set_new(o, name, json_string(value));
}

json_t *json_record(struct request *rq, const struct record *r)
{
	json_t *o = json_object(), *strategies = json_array();
	char *words = arena_strdup(rq->arena, r->strategies), *save = NULL;
	struct url url = page_record_url(rq, r);

	json_set_text(o, "id", r->id);
	json_set_text(o, "type", r->type);
	json_set_text(o, "space", r->space_slug);
	json_set_text(o, "slug", r->slug);
	json_set_text(o, "audience", audience_name(r->audience));
	json_set_text(o, "title", r->title);
	json_set_text(o, "summary", r->summary);
	json_set_text(o, "creator", r->creator);
	json_set_text(o, "publisher", r->publisher);
	json_set_text(o, "issued", r->issued);
	json_set_text(o, "modified", r->modified);
	json_set_text(o, "language", r->language);
	json_set_text(o, "rights", r->rights);
	json_set_text(o, "citation", r->citation);
	json_set_text(o, "doi", r->doi);
	json_set_text(o, "evidence", r->evidence);
	json_set_text(o, "group", r->group);
	json_set_text(o, "starts", r->starts);
	json_set_text(o, "ends", r->ends);
	json_set_text(o, "zone", r->zone);
	for (char *w = words ? strtok_r(words, " ", &save) : NULL; w; w = strtok_r(NULL, " ", &save))
		json_array_append_new(strategies, json_string(w));
	json_object_set_new(o, "strategies", strategies);
	json_object_set_new(o, "version", json_integer(r->version));
	json_set_text(o, "url", page_absolute(rq, url));
	json_set_text(o, "api_url", page_absolute(rq, url_path(rq->arena, "/api/v1/records/%s", r->id)));
	return o;
}
