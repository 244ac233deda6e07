/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Saved searches: their pages. */
#include "own.h"

static const char *const query_names[] = { "q", "type", "strategy", "jurisdiction", "year", "evidence", "scope" };
#define QUERY_NAMES (sizeof query_names / sizeof *query_names)

const struct param search_saved_params[] = {
	{ "where", PARAM_SLUG, 0, 0, "search or library" },
	SEARCH_PARAMS,
	{ "scope", PARAM_SLUG, 0, 0, "network searches beyond the space" },
	{ NULL, 0, 0, 0, NULL }
};

static const char *const done_texts[][2] = { { "saved", "The search is saved." }, { "changed", "Your change is saved." },
	{ "deleted", "The saved search is deleted." }, { NULL, NULL } };

static const char *const alerts[][2] = { { "never", "No alerts" }, { "digest", "In the daily mail" },
	{ "mail", "By mail at once" } };

const char *alert_label(enum notification_way way)
{
	for (size_t i = 0; i < sizeof alerts / sizeof *alerts; i++)
		if (strcmp(alerts[i][0], notification_way_word(way)) == 0)
			return alerts[i][1];
	return "";
}

struct url search_saved_url(struct request *rq, const struct saved_search *s, bool newest)
{
	json_t *query = json_owned(rq->arena, json_loads(s->query, 0, NULL));
	struct url u = page_path_url(rq, s->space_slug, strcmp(s->place, "library") == 0 ? "/library" : "/search");

	for (size_t i = 0; i < QUERY_NAMES; i++)
		u = url_query(rq->arena, u, query_names[i], json_string_value(json_object_get(query, query_names[i])));
	return newest ? url_query(rq->arena, u, "sort", "newest") : u;
}

/* "words", Type: guide, Year: 2007: for people. */
static const char *query_words(struct request *rq, const json_t *query)
{
	static const char *const labels[] = { NULL, "type", "strategy", "jurisdiction", "year", "evidence", NULL };
	const char *q = json_string_value(json_object_get(query, "q")), *text = q ? arena_printf(rq->arena, "“%s”", q) : NULL;

	for (size_t i = 0; i < QUERY_NAMES; i++) {
		const char *value = labels[i] ? json_string_value(json_object_get(query, query_names[i])) : NULL;
		const struct record_type *t = value && strcmp(query_names[i], "type") == 0 ? engine_type(rq->engine, value) : NULL;

		if (value)
			text = arena_printf(rq->arena, "%s%s%s: %s", text ? text : "", text ? ", " : "", labels[i], t ? t->label : value);
	}
	return text ? text : "everything";
}

static const char *where_words(struct request *rq, const char *place, const char *space_name, bool national, const json_t *query)
{
	const char *scope = json_string_value(json_object_get(query, "scope"));
	bool wide = national || (scope && strcmp(scope, "network") == 0);

	return arena_printf(rq->arena, "%s of %s", strcmp(place, "library") == 0 ? "Library" : "Search",
		wide ? "the whole network" : space_name);
}

/* ---- the list ---- */

bool search_saved_list(struct request *rq, struct response *rs, struct error *err)
{
	struct data *page = own_page(rq, rs, "Saved searches", "searches", NULL);
	struct saved_search *list;
	size_t n;

	if (!search_saved_all(rq->db, rq->arena, &list, &n, err))
		return false;
	for (size_t i = 0; i < n; i++) {
		struct data *d = data_item(page, "searches");
		json_t *query = json_owned(rq->arena, json_loads(list[i].query, 0, NULL));

		data_text(d, "name", list[i].name);
		data_text(d, "words", query_words(rq, query));
		data_text(d, "where", where_words(rq, list[i].place, list[i].space_name, list[i].national, query));
		data_text(d, "alert", alert_label(list[i].alert));
		data_url(d, "url", url_path(rq->arena, "%b/me/searches/%s", rq->base, list[i].id));
		data_url(d, "change_url", url_path(rq->arena, "%b/me/searches/%s/change", rq->base, list[i].id));
	}
	data_text(page, "done", done_text(rq, done_texts));
	data_url(page, "search_page_url", url_path(rq->arena, "%b/search", rq->base));
	data_url(page, "library_url", url_path(rq->arena, "%b/library", rq->base));
	page_crumb(page, "Saved searches", (struct url){ NULL });
	return page_send_private(rq, rs, "mine-searches", page, err);
}

/* ---- the form ---- */

struct form {
	const char *name, *alert; /* as typed */
	const char *wrong, *conflict; /* conflict: the name that is saved now */
	const char *place;
	json_t *query;
};

static void put_form(struct request *rq, struct data *page, const struct form *f)
{
	data_text(page, "name", f->name);
	data_int(page, "name_max", SAVED_NAME_MAX);
	data_text(page, "conflict", f->conflict);
	data_text(page, "words", query_words(rq, f->query));
	for (size_t i = 0; i < sizeof alerts / sizeof *alerts; i++) {
		struct data *d = data_item(page, "alerts");

		data_text(d, "value", alerts[i][0]);
		data_text(d, "label", alerts[i][1]);
		data_text(d, "checked", f->alert && strcmp(f->alert, alerts[i][0]) == 0 ? "checked" : NULL);
	}
	data_flag(page, "mailable", rq->account->email);
	data_url(page, "list_url", url_path(rq->arena, "%b/me/searches", rq->base));
}

static bool show_new(struct request *rq, struct response *rs, const struct form *f, struct error *err)
{
	struct data *page = own_page(rq, rs, "Save this search", "searches", f->wrong);

	put_form(rq, page, f);
	data_text(page, "place", f->place);
	data_text(page, "where", where_words(rq, f->place, rq->space->short_name, space_is_national(rq->space), f->query));
	for (size_t i = 0; i < QUERY_NAMES; i++) {
		const char *value = json_string_value(json_object_get(f->query, query_names[i]));

		if (!value)
			continue;
		struct data *d = data_item(page, "fields");
		data_text(d, "name", query_names[i]);
		data_text(d, "value", value);
	}
	data_url(page, "save_url", url_path(rq->arena, "%b/me/searches", rq->base));
	page_crumb(page, "Saved searches", url_path(rq->arena, "%b/me/searches", rq->base));
	page_crumb(page, "Save this search", (struct url){ NULL });
	return page_send_private(rq, rs, "mine-search", page, err);
}

/* The name that is proposed. */
static const char *own_name(struct request *rq, const json_t *query)
{
	const char *q = json_string_value(json_object_get(query, "q"));

	return text_excerpt(rq->arena, q && *q ? q : query_words(rq, query), 60);
}

bool search_saved_new(struct request *rq, struct response *rs, struct error *err)
{
	const char *where = request_arg(rq, "where");
	struct form f = { .alert = "digest", .place = where && strcmp(where, "library") == 0 ? "library" : "search",
		.query = json_owned(rq->arena, json_object()) };

	for (size_t i = 0; i < QUERY_NAMES; i++)
		json_set_text(f.query, query_names[i], request_arg(rq, query_names[i]));
	if (!rq->account->email)
		f.alert = "never";
	f.name = own_name(rq, f.query);
	return show_new(rq, rs, &f, err);
}

/* Checks name and alert as typed; NULL: they are fine. */
static const char *form_wrong(struct request *rq, struct form *f, enum notification_way *way)
{
	f->name = request_typed(rq, "name");
	f->alert = request_form(rq, "alert");
	if (!*f->name)
		return "Give it a name, by which you find it again.";
	if (strlen(f->name) > SAVED_NAME_MAX)
		return arena_printf(rq->arena, "The name is too long: at most %d letters.", SAVED_NAME_MAX);
	for (const char *s = f->name; *s; s++)
		if ((unsigned char)*s < 0x20 || *s == 0x7f)
			return "The name must be one line.";
	if (!f->alert || !notification_way_parse(f->alert, way) || !*alert_label(*way))
		return "Choose whether you want alerts.";
	return NULL;
}

/* The parameters as the search page's own route would take them. */
static const char *query_wrong(struct request *rq, struct form *f)
{
	const char *where = request_form(rq, "where");

	f->place = where && strcmp(where, "library") == 0 ? "library" : "search";
	f->query = json_owned(rq->arena, json_object());
	for (size_t i = 0; i < QUERY_NAMES; i++) {
		const char *value = request_form(rq, query_names[i]);
		bool words = strcmp(query_names[i], "q") == 0, year = strcmp(query_names[i], "year") == 0;

		if (!value || !*value)
			continue;
		if (words ? strlen(value) > 500 : year ? strlen(value) != 4 || strspn(value, "0123456789") != 4 : !text_is_slug(value))
			return "This search cannot be saved: one of its choices is wrong. Go back to the search and try again.";
		for (const char *s = value; *s; s++)
			if ((unsigned char)*s < 0x20 || *s == 0x7f)
				return "This search cannot be saved: its words must be one line.";
		json_set_text(f->query, query_names[i], value);
	}
	if (strcmp(f->place, "search") == 0 && !json_object_get(f->query, "q"))
		return "There is nothing to search for. Go back to the search and type some words.";
	return NULL;
}

struct saving {
	struct saved_search s;
	const struct saved_hit *hits;
	size_t n;
	char id[ID_SIZE];
};

/* What is there now is known; from then on it is looked for what is not. */
static bool write_saved(struct db *w, void *arg, struct error *err)
{
	struct saving *s = arg;
	size_t fresh;

	return search_saved_add(w, &s->s, s->id, err) && search_saved_note(w, s->id, s->hits, s->n, 0, clock_now_us(), &fresh, err);
}

bool search_saved_given(struct request *rq, struct response *rs, struct error *err)
{
	struct saving s = { .s = { .account_id = rq->account->id, .space_id = rq->space->id, .space_slug = rq->space->slug,
		.national = space_is_national(rq->space) } };
	struct form f = { NULL };
	struct error wrong = { 0 };
	struct saved_hit *hits;
	char *query;

	f.wrong = query_wrong(rq, &f);
	const char *typed = form_wrong(rq, &f, &s.s.alert);
	f.wrong = f.wrong ? f.wrong : typed;
	if (f.wrong)
		return show_new(rq, rs, &f, err);
	query = json_dumps(f.query, JSON_COMPACT | JSON_SORT_KEYS);
	s.s.query = arena_strdup(rq->arena, query);
	free(query);
	s.s.place = f.place;
	s.s.name = f.name;
	if (!search_saved_run(rq->engine, rq->db, rq->arena, &s.s, &hits, &s.n, err))
		return false;
	s.hits = hits;
	if (request_write(rq, write_saved, &s, &wrong))
		return done_redirect(rq, rs, url_path(rq->arena, "%b/me/searches", rq->base), "saved");
	f.wrong = wrong.text;
	if (wrong.kind == ERROR_CONFLICT)
		return show_new(rq, rs, &f, err);
	*err = wrong;
	return false;
}

/* ---- one of them ---- */

struct seeing {
	const char *account_id, *path;
};

static bool write_seen(struct db *w, void *arg, struct error *err)
{
	const struct seeing *s = arg;

	return notification_seen(w, s->account_id, NULL, s->path, err);
}

bool search_saved_open(struct request *rq, struct response *rs, struct error *err)
{
	struct seeing seen = { rq->account->id, arena_printf(rq->arena, "/me/searches/%s", request_arg(rq, "id")) };
	struct saved_search *s;

	return search_saved_get(rq->db, rq->arena, request_arg(rq, "id"), &s, err) && request_write(rq, write_seen, &seen, err) &&
		response_redirect(rs, search_saved_url(rq, s, true));
}

static bool show_change(struct request *rq, struct response *rs, const struct saved_search *s, struct form *f,
	struct error *err)
{
	struct data *page = own_page(rq, rs, "Change a saved search", "searches", f->wrong);

	f->query = json_owned(rq->arena, json_loads(s->query, 0, NULL));
	put_form(rq, page, f);
	data_text(page, "where", where_words(rq, s->place, s->space_name, s->national, f->query));
	data_textf(page, "version", "%lld", (long long)s->version);
	data_url(page, "save_url", url_path(rq->arena, "%b/me/searches/%s", rq->base, s->id));
	data_url(page, "delete_url", url_path(rq->arena, "%b/me/searches/%s/delete", rq->base, s->id));
	page_crumb(page, "Saved searches", url_path(rq->arena, "%b/me/searches", rq->base));
	page_crumb(page, s->name, (struct url){ NULL });
	return page_send_private(rq, rs, "mine-search", page, err);
}

bool search_saved_change(struct request *rq, struct response *rs, struct error *err)
{
	struct saved_search *s;

	if (!search_saved_get(rq->db, rq->arena, request_arg(rq, "id"), &s, err))
		return false;
	struct form f = { .name = s->name, .alert = notification_way_word(s->alert) };
	return show_change(rq, rs, s, &f, err);
}

struct changing {
	const char *account_id, *id, *name;
	enum notification_way alert;
	int64_t version;
	bool found;
};

static bool write_changed(struct db *w, void *arg, struct error *err)
{
	const struct changing *c = arg;

	return search_saved_update(w, c->account_id, c->id, c->version, c->name, c->alert, err);
}

bool search_saved_change_given(struct request *rq, struct response *rs, struct error *err)
{
	const char *version = request_form(rq, "version");
	struct changing c = { .account_id = rq->account->id, .id = request_arg(rq, "id"), .version = version ? atoll(version) : 0 };
	struct error wrong = { 0 };
	struct saved_search *s;
	struct form f = { NULL };

	if (!search_saved_get(rq->db, rq->arena, c.id, &s, err))
		return false;
	f.wrong = form_wrong(rq, &f, &c.alert);
	c.name = f.name;
	if (f.wrong)
		return show_change(rq, rs, s, &f, err);
	if (request_write(rq, write_changed, &c, &wrong))
		return done_redirect(rq, rs, url_path(rq->arena, "%b/me/searches", rq->base), "changed");
	if (wrong.kind != ERROR_CONFLICT) {
		*err = wrong;
		return false;
	}
	f.wrong = wrong.text;
	f.conflict = arena_printf(rq->arena, "%s (%s)", s->name, alert_label(s->alert));
	return show_change(rq, rs, s, &f, err);
}

static bool write_deleted(struct db *w, void *arg, struct error *err)
{
	struct changing *c = arg;

	return search_saved_remove(w, c->account_id, c->id, &c->found, err);
}

bool search_saved_delete(struct request *rq, struct response *rs, struct error *err)
{
	struct changing c = { .account_id = rq->account->id, .id = request_arg(rq, "id") };

	return request_write(rq, write_deleted, &c, err) &&
		(c.found ? done_redirect(rq, rs, url_path(rq->arena, "%b/me/searches", rq->base), "deleted") :
			error_set(err, ERROR_NOT_FOUND, "There is no such saved search."));
}
