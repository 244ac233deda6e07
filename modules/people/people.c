/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The directory of people: routes, the list, one person, their card. */
#include "person.h"

#define PER_PAGE 50

const char *const person_zones[][2] = { { "America/New_York", "Eastern" }, { "America/Chicago", "Central" },
	{ "America/Denver", "Mountain" }, { "America/Phoenix", "Arizona" }, { "America/Los_Angeles", "Pacific" },
	{ "America/Anchorage", "Alaska" }, { "Pacific/Honolulu", "Hawaii" }, { "America/Puerto_Rico", "Puerto Rico" },
	{ NULL, NULL } };

const char *const person_field_labels[PERSON_FIELDS] = { "Name", "Role in the team", "Title", "Organization",
	"Can help with", "Languages", "Phone", "E-mail", "Time zone", "About" };
const size_t person_field_max[PERSON_FIELDS] = { 0, 0, 120, 160, 0, 160, 60, 254, 0, 4000 };

/* ---- words ---- */

const char *person_role_names(struct arena *a, const char *words)
{
	char *copy = arena_strdup(a, words), *save = NULL;
	const char *text = "";

	for (char *w = strtok_r(copy, "\n, ", &save); w; w = strtok_r(NULL, "\n, ", &save))
		text = arena_printf(a, "%s%s%s", text, *text ? ", " : "", page_role_name(w));
	return text;
}

const char *person_lines(struct arena *a, const char *lines)
{
	char *copy = arena_strdup(a, lines);

	for (char *c = copy; *c; c++)
		if (*c == '\n')
			*c = ' ';
	return copy;
}

const char *const *person_topics(struct request *rq, size_t *n)
{
	size_t all;
	const struct thesaurus_entry *list = thesaurus_entries(search_thesaurus(rq->engine->search), &all);
	const char **out = arena_array(rq->arena, all + 1, sizeof *out);

	*n = 0;
	for (size_t i = 0; i < all; i++) {
		bool first = i == 0 || list[i].group != list[i - 1].group;

		if (first)
			out[(*n)++] = list[i].shown;
		else if (strlen(out[*n - 1]) <= 3)
			out[*n - 1] = list[i].shown;
	}
	return out;
}

const char *person_topic_label(struct arena *a, const char *topic)
{
	char *label = arena_strdup(a, topic);

	if (*label >= 'a' && *label <= 'z')
		*label = (char)(*label - 'a' + 'A');
	return label;
}

/* "Call-in, Custom notification" of lines. */
static const char *topic_names(struct arena *a, const char *lines)
{
	char *copy = arena_strdup(a, lines), *save = NULL;
	const char *text = "";

	for (char *w = strtok_r(copy, "\n", &save); w; w = strtok_r(NULL, "\n", &save))
		text = arena_printf(a, "%s%s%s", text, *text ? ", " : "", person_topic_label(a, w));
	return text;
}

static const char *zone_label(const char *zone)
{
	for (size_t i = 0; person_zones[i][0]; i++)
		if (strcmp(person_zones[i][0], zone) == 0)
			return person_zones[i][1];
	return zone;
}

static struct url person_url(struct request *rq, const char *id)
{
	return url_path(rq->arena, "%b/people/%s", rq->base, id);
}

void person_crumbs(struct request *rq, struct data *page, bool list)
{
	if (rq->account)
		page_crumb(page, "Exchange", url_path(rq->arena, "%b/exchange", rq->base));
	struct url here = { NULL };

	if (!list)
		here = url_path(rq->arena, "%b/people", rq->base);
	page_crumb(page, "People", here);
}

/* ---- the list ---- */

const struct param person_params[] = {
	{ "q", PARAM_TEXT, 0, 0, "Words of the name or of what people say of themselves" },
	{ "topic", PARAM_TEXT, 0, 0, "What they can help with" },
	{ "role", PARAM_SLUG, 0, 0, "Role in the team" },
	{ "space", PARAM_SLUG, 0, 0, "Members of that space" },
	{ "page", PARAM_INT, 1, 10000, "Page of the list" },
	{ "done", PARAM_SLUG, 0, 0, "What was just done, sealed" },
	{ NULL, 0, 0, 0, NULL }
};

static void put_person(struct request *rq, struct data *d, const struct person *p)
{
	const char *spaces = "";

	data_text(d, "name", p->fields[FIELD_NAME]);
	data_url(d, "url", person_url(rq, p->id));
	data_text(d, "title", p->fields[FIELD_TITLE]);
	data_text(d, "organization", p->fields[FIELD_ORGANIZATION]);
	if (p->fields[FIELD_ROLE])
		data_text(d, "role", person_role_names(rq->arena, p->fields[FIELD_ROLE]));
	if (p->fields[FIELD_TOPICS])
		data_text(d, "topics", topic_names(rq->arena, p->fields[FIELD_TOPICS]));
	for (size_t i = 0; i < p->n_spaces; i++)
		spaces = arena_printf(rq->arena, "%s%s%s", spaces, *spaces ? ", " : "", p->spaces[i].name);
	data_text(d, "spaces", spaces);
}

static bool put_filters(struct request *rq, struct data *page, struct person_filter *f, struct error *err)
{
	const char *slug = request_arg(rq, "space");
	struct space *spaces;
	size_t n;

	const char *const *topics = person_topics(rq, &n);
	page_option(page, "topics", "", "Anything", f->topic);
	for (size_t i = 0; i < n; i++)
		page_option(page, "topics", topics[i], person_topic_label(rq->arena, topics[i]), f->topic);
	page_option(page, "roles", "", "Any role", f->role);
	for (size_t i = 0; page_role_at(i); i++)
		page_option(page, "roles", page_role_at(i), page_role_name(page_role_at(i)), f->role);
	if (!space_is_national(rq->space)) {
		f->space_id = rq->space->id;
		return true;
	}
	if (!space_list(rq->db, rq->arena, &spaces, &n, err))
		return false;
	page_option(page, "spaces", "", "Anywhere", slug);
	for (size_t i = 0; i < n; i++) {
		page_option(page, "spaces", spaces[i].slug, spaces[i].short_name, slug);
		if (slug && strcmp(spaces[i].slug, slug) == 0)
			f->space_id = spaces[i].id;
	}
	/* One that is not there and one that is not seen are the same. */
	if (slug && !f->space_id)
		f->space_id = "";
	return true;
}

static struct url list_url(struct request *rq)
{
	static const char *const names[] = { "q", "topic", "role", "space" };
	struct url u = url_path(rq->arena, "%b/people", rq->base);

	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		u = url_query(rq->arena, u, names[i], request_arg(rq, names[i]));
	return u;
}

bool people_page(struct request *rq, struct response *rs, struct error *err)
{
	static const char *const done[][2] = { { "removed", "Your entry is removed." }, { NULL, NULL } };
	int number = (int)request_arg_int(rq, "page", 1);
	struct person_filter f = { .text = request_arg(rq, "q"), .topic = request_arg(rq, "topic"),
		.role = request_arg(rq, "role"), .limit = PER_PAGE, .offset = (number - 1) * PER_PAGE };
	struct data *page = page_create(rq, "People");
	struct person *list;
	int64_t total;
	size_t n;

	if (!put_filters(rq, page, &f, err) || !person_list(rq->db, rq->arena, &f, &list, &n, &total, err))
		return false;
	for (size_t i = 0; i < n; i++)
		put_person(rq, data_item(page, "people"), &list[i]);
	data_text(page, "done", done_text(rq, done));
	data_text(page, "text", f.text);
	data_flag(page, "narrowed", f.text || f.topic || f.role || request_arg(rq, "space"));
	data_textf(page, "count", "%lld %s", (long long)total, total == 1 ? "person" : "people");
	data_text(page, "where", space_is_national(rq->space) ? "the network" : rq->space->short_name);
	data_url(page, "list_url", url_path(rq->arena, "%b/people", rq->base));
	if (rq->viewer->n_memberships)
		data_url(page, "own_url", url_path(rq->arena, "%b/people/me", rq->base));
	page_pagination(page, list_url(rq), total, PER_PAGE, number);
	person_crumbs(rq, page, true);
	return page_send_private(rq, rs, "people", page, err);
}

/* ---- one person ---- */

static void put_fact(struct data *page, const char *label, const char *value)
{
	struct data *item;

	if (!value)
		return;
	item = data_item(page, "facts");
	data_text(item, "label", label);
	data_text(item, "value", value);
}

static void put_facts(struct request *rq, struct data *page, const struct person *p)
{
	const char *const *f = p->fields;
	struct url mail;

	put_fact(page, person_field_labels[FIELD_ROLE], f[FIELD_ROLE] ? person_role_names(rq->arena, f[FIELD_ROLE]) : NULL);
	put_fact(page, person_field_labels[FIELD_ORGANIZATION], f[FIELD_ORGANIZATION]);
	put_fact(page, person_field_labels[FIELD_TOPICS], f[FIELD_TOPICS] ? topic_names(rq->arena, f[FIELD_TOPICS]) : NULL);
	put_fact(page, person_field_labels[FIELD_LANGUAGES], f[FIELD_LANGUAGES]);
	put_fact(page, person_field_labels[FIELD_PHONE], f[FIELD_PHONE]);
	put_fact(page, person_field_labels[FIELD_ZONE], f[FIELD_ZONE] ? zone_label(f[FIELD_ZONE]) : NULL);
	data_text(page, "email", f[FIELD_EMAIL]);
	if (f[FIELD_EMAIL] && url_external(rq->arena, arena_printf(rq->arena, "mailto:%s", f[FIELD_EMAIL]), &mail))
		data_url(page, "email_url", mail);
}

/* There is no private mail: one writes where both can read. */
static void put_talk(struct request *rq, struct data *page, const struct person *p)
{
	const char *slug = NULL;

	if (!rq->viewer->n_memberships || strcmp(p->id, rq->viewer->account_id) == 0 ||
		!routes_known(rq->engine->routes, rq->arena, "/discussions"))
		return;
	for (size_t i = 0; i < p->n_spaces && !slug; i++)
		if (viewer_is_member(rq->viewer, p->spaces[i].id))
			slug = p->spaces[i].slug;
	data_url(page, "talk_url", slug && strcmp(slug, SPACE_NATIONAL) != 0 ? url_path(rq->arena,
		"/s/%s/discussions", slug) :
		url_path(rq->arena, "/discussions"));
}

bool person_page(struct request *rq, struct response *rs, struct error *err)
{
	struct person *p;

	if (!people_get(rq->db, rq->arena, request_arg(rq, "id"), &p, err))
		return false;
	struct data *page = page_create(rq, p->fields[FIELD_NAME]);
	data_text(page, "heading", p->fields[FIELD_NAME]);
	data_text(page, "person_title", p->fields[FIELD_TITLE]);
	put_facts(rq, page, p);
	if (p->fields[FIELD_ABOUT])
		data_markup(page, "about", html_stored(p->about_html));
	for (size_t i = 0; i < p->n_spaces; i++) {
		struct data *item = data_item(page, "spaces");

		data_text(item, "name", p->spaces[i].name);
		data_url(item, "url", page_space_url(rq, p->spaces[i].slug));
	}
	data_url(page, "card_url", url_path(rq->arena, "%b/people/%s/card.vcf", rq->base, p->id));
	if (rq->account && strcmp(rq->account->id, p->id) == 0)
		data_url(page, "own_url", url_path(rq->arena, "%b/people/me", rq->base));
	put_talk(rq, page, p);
	person_crumbs(rq, page, false);
	page_crumb(page, p->fields[FIELD_NAME], (struct url){ NULL });
	return page_send_private(rq, rs, "person", page, err);
}

bool person_card(struct request *rq, struct response *rs, struct error *err)
{
	const char *name;
	struct person *p;

	if (!people_get(rq->db, rq->arena, request_arg(rq, "id"), &p, err))
		return false;
	vcard_write(&rs->body, p, page_absolute(rq, person_url(rq, p->id)));
	name = text_slug(rq->arena, p->fields[FIELD_NAME], 40);
	rs->type = "text/vcard; charset=utf-8";
	response_header(rs, "Content-Disposition", arena_printf(rq->arena, "attachment; filename=\"%s.vcf\"",
		*name ? name : "person"));
	return true;
}

/* ---- the module ---- */

static const struct option_def options[] = {
	{ "people-index-interval", OPTION_DURATION, "5min", 1000, 86400000,
		"How often people who joined, or whose name or role changed, are made findable by search." },
	{ NULL, 0, NULL, 0, 0, NULL }
};

static const struct route routes[] = {
	{ HTTP_GET, "/people", ROLE_ANYONE, 0, person_params, people_page, "Directory of people" },
	{ HTTP_GET, "/people/me", ROLE_SIGNED_IN, 0, done_params, person_own_page, "One's own entry in the directory" },
	{ HTTP_POST, "/people/me", ROLE_SIGNED_IN, ROUTE_KEEPS_FORM, NULL, person_own_save, "Save one's own entry" },
	{ HTTP_GET, "/people/me/export.json", ROLE_SIGNED_IN, 0, NULL, person_own_export, "One's own entry as a file" },
	{ HTTP_GET, "/people/me/remove", ROLE_SIGNED_IN, 0, NULL, person_own_remove_page, "Form to remove one's own entry" },
	{ HTTP_POST, "/people/me/remove", ROLE_SIGNED_IN, 0, NULL, person_own_remove, "Remove one's own entry" },
	{ HTTP_GET, "/people/{id:id}", ROLE_ANYONE, 0, NULL, person_page, "A person" },
	{ HTTP_GET, "/people/{id:id}/card.vcf", ROLE_ANYONE, 0, NULL, person_card, "A person's card (vCard)" },
	{ 0, NULL, 0, 0, NULL, NULL, NULL }
};

static const struct job_kind jobs[] = {
	{ "people-index", 0, "people-index-interval", person_index_job },
	{ NULL, 0, NULL, NULL }
};

static const char *const search_kinds[][2] = { { "person", "Person" }, { NULL, NULL } };

const struct module people_module = { .name = "people", .migrations = person_migrations, .views = person_views,
	.routes = routes,
	.options = options, .jobs = jobs, .search_kinds = search_kinds, .purge_space = person_purge };
