/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Front pages of the network and of each space, about, the reader's theme, a
 * space's colours, and permanent addresses of records. */
#include <math.h>
#include "module.h"
#include "../events/events.h"
#include "../jurisdictions/jurisdictions.h"

static bool put_cards(struct request *rq, struct data *page, const char *name, const struct record_filter *f,
	struct error *err)
{
	struct record *list;
	size_t n;

	if (!record_list(rq->db, rq->arena, f, &list, &n, NULL, err))
		return false;
	for (size_t i = 0; i < n; i++)
		page_card(rq, data_item(page, name), &list[i]);
	return true;
}

static bool put_figures(struct request *rq, struct data *page, struct error *err)
{
	struct search_request sr = { .library_only = true };
	struct search_result result;
	struct space *spaces;
	size_t n, members = 0, leaders = 0;

	if (!space_list(rq->db, rq->arena, &spaces, &n, err) ||
		!search_run(rq->engine->search, rq->db, rq->arena, &sr, &result, err))
		return false;
	for (size_t i = 0; i < n; i++) {
		members += space_is_jurisdiction(&spaces[i]);
		leaders += space_is_jurisdiction(&spaces[i]) && spaces[i].leadership;
	}
	data_markup(page, "map", jurisdictions_map(rq, "Map of the United States with the member jurisdictions", false,
		spaces, n, NULL));
	data_textf(page, "members", "%zu", members);
	data_textf(page, "leaders", "%zu", leaders);
	data_textf(page, "records", "%lld", (long long)result.total);
	for (size_t i = 0; i < result.facets[FACET_TYPE].n; i++)
		if (strcmp(result.facets[FACET_TYPE].values[i].value, "evaluation") == 0)
			data_textf(page, "evaluation_count", "%lld", (long long)result.facets[FACET_TYPE].values[i].count);
	return true;
}

static bool network_home(struct request *rq, struct response *rs, struct error *err)
{
	struct record_filter strategies = { .type = "strategy", .order = RECORD_BY_TITLE };
	struct record_filter guides = { .type = "guide", .order = RECORD_BY_TITLE, .limit = 4 };
	struct record_filter evaluations = { .type = "evaluation", .order = RECORD_BY_DATE_DESC, .limit = 4 };
	struct data *page = page_create(rq, rq->space->name);

	data_text(page, "description", rq->space->tagline);
	data_markup(page, "welcome", html_stored(rq->space->welcome_html));
	data_url(page, "library_url", url_path(rq->arena, "%b/library", rq->base));
	data_url(page, "jurisdictions_url", url_path(rq->arena, "%b/jurisdictions", rq->base));
	data_url(page, "events_url", url_path(rq->arena, "%b/events", rq->base));
	data_url(page, "guides_url", url_query(rq->arena, url_path(rq->arena, "%b/library", rq->base), "type",
		"guide"));
	data_url(page, "evaluations_url", url_query(rq->arena, url_path(rq->arena, "%b/library", rq->base),
		"type", "evaluation"));
	data_url(page, "faq_url", url_path(rq->arena, "%b/faq", rq->base));
	if (!put_figures(rq, page, err) || !put_cards(rq, page, "strategies", &strategies, err) ||
		!put_cards(rq, page, "guides", &guides, err) ||
		!put_cards(rq, page, "evaluations", &evaluations, err) ||
		!events_next(rq, rs, page, "events", 4, err))
		return false;
	data_flag(page, "front", true);
	return page_send(rq, rs, "home", page, err);
}

/* Team, strategies and contacts of a jurisdiction, from its profile and space. */
static bool put_profile(struct request *rq, struct data *page, struct error *err)
{
	struct error none = { 0 };
	struct record *profile;
	const json_t *entry;
	size_t i;

	if (!record_get(rq->db, rq->arena, rq->space->slug, "profile", rq->space->slug, &profile, &none)) {
		if (none.kind == ERROR_NOT_FOUND)
			return true; /* a space may have none */
		*err = none;
		return false;
	}
	json_t *details = json_loads(profile->details_json, 0, NULL);
	data_url(page, "profile_url", page_record_url(rq, profile));
	data_text(page, "profile_summary", profile->summary);
	json_array_foreach(json_object_get(details, "team"), i, entry) {
		struct data *item = data_item(page, "team");

		data_text(item, "role", page_role_name(details_text(entry, "role")));
		data_text(item, "name", details_text(entry, "text"));
	}
	json_decref(details);
	return true;
}

static void put_contacts(struct request *rq, struct data *page)
{
	json_t *details = rq->space->details_json ? json_loads(rq->space->details_json, 0, NULL) : NULL;
	const json_t *contact;
	size_t i;

	json_array_foreach(json_object_get(details, "contacts"), i, contact) {
		struct data *item = data_item(page, "contacts");
		const char *email = details_text(contact, "email"), *link = details_text(contact, "link");
		struct url u;

		data_text(item, "role", page_role_name(details_text(contact, "role")));
		data_text(item, "name", details_text(contact, "name"));
		data_text(item, "organization", details_text(contact, "organization"));
		data_text(item, "phone", details_text(contact, "phone"));
		if (email && url_external(rq->arena, arena_printf(rq->arena, "mailto:%s", email), &u)) {
			data_text(item, "email", email);
			data_url(item, "email_url", u);
		}
		if (link && url_external(rq->arena, link, &u))
			data_url(item, "link", u);
	}
	json_decref(details);
}

/* 296943 as "296,943". */
static const char *grouped(struct arena *a, int64_t n)
{
	const char *digits = arena_printf(a, "%lld", (long long)n);
	size_t len = strlen(digits), k = 0;
	char out[32];

	for (size_t i = 0; i < len; i++) {
		if (i > 0 && (len - i) % 3 == 0)
			out[k++] = ',';
		out[k++] = digits[i];
	}
	return arena_strndup(a, out, k);
}

static bool space_home(struct request *rq, struct response *rs, struct error *err)
{
	struct search_request sr = { .library_only = true, .within = rq->space->slug, .limit = 8,
		.sort = SEARCH_BY_NEWEST };
	struct search_result result;
	struct data *page = page_create(rq, rq->space->name);

	data_text(page, "description", rq->space->tagline);
	data_markup(page, "welcome", html_stored(rq->space->welcome_html));
	data_url(page, "library_url", url_path(rq->arena, "%b/library", rq->base));
	data_url(page, "jurisdictions_url", url_path(rq->arena, "%b/jurisdictions", rq->base));
	data_text(page, "eyebrow", rq->space->leadership ? "Member of the Leadership Group" :
		strcmp(rq->space->kind, "leadership") == 0 ? "Private peer exchange" : "Member jurisdiction");
	if (rq->space->population) {
		data_text(page, "population", grouped(rq->arena, rq->space->population));
		if (rq->space->population_year)
			data_textf(page, "population_year", "%lld", (long long)rq->space->population_year);
	}
	put_contacts(rq, page);
	if (rq->viewer->n_memberships)
		data_url(page, "people_url", url_path(rq->arena, "%b/people", rq->base));
	if (!put_profile(rq, page, err) ||
		!search_run(rq->engine->search, rq->db, rq->arena, &sr, &result, err))
		return false;
	for (size_t i = 0; i < result.n; i++)
		page_card(rq, data_item(page, "hits"), &result.hits[i].record);
	data_textf(page, "total", "%lld", (long long)result.total);
	data_flag(page, "front", true);
	if (viewer_may_write(rq->viewer, rq->space->id)) {
		struct url write = url_path(rq->arena, "%b/drafts/new", rq->base);

		data_url(page, "write_url", write);
		if (engine_type(rq->engine, "innovation"))
			data_url(page, "innovation_url", url_query(rq->arena, write, "type", "innovation"));
	}
	return page_send(rq, rs, "space", page, err);
}

static bool home(struct request *rq, struct response *rs, struct error *err)
{
	return space_is_national(rq->space) ? network_home(rq, rs, err) : space_home(rq, rs, err);
}

static bool plain_page(struct request *rq, struct response *rs, const char *title, const char *template_name,
	struct error *err)
{
	struct data *page = page_create(rq, title);

	page_crumb(page, title, (struct url){ NULL });
	data_url(page, "faq_url", url_path(rq->arena, "%b/faq", rq->base));
	data_url(page, "jurisdictions_url", url_path(rq->arena, "%b/jurisdictions", rq->base));
	return page_send(rq, rs, template_name, page, err);
}

static bool about(struct request *rq, struct response *rs, struct error *err)
{
	return plain_page(rq, rs, "About the network", "about", err);
}

static bool accessibility(struct request *rq, struct response *rs, struct error *err)
{
	return plain_page(rq, rs, "Accessibility", "accessibility", err);
}

/* Keeps the choice in a cookie and goes back where the reader was. */
static bool theme(struct request *rq, struct response *rs, struct error *err)
{
	const char *choice = request_form(rq, "theme"), *back = request_form(rq, "back");
	struct url to;

	if (!choice || (strcmp(choice, "light") != 0 && strcmp(choice, "dark") != 0 &&
		strcmp(choice, "system") != 0))
		return error_set(err, ERROR_INVALID, "The theme is light, dark or system.");
	if (!back || !url_local(rq->arena, back, &to))
		to = url_path(rq->arena, "/");
	response_header(rs, "Set-Cookie", strcmp(choice, "system") == 0 ?
		"theme=; Path=/; Max-Age=0; HttpOnly; SameSite=Lax" :
		arena_printf(rq->arena, "theme=%s; Path=/; Max-Age=31536000; HttpOnly; SameSite=Lax", choice));
	return response_redirect(rs, to);
}

/* ---- a space's colours ---- */

static double channel(int v)
{
	double c = v / 255.0;

	return c <= 0.04045 ? c / 12.92 : pow((c + 0.055) / 1.055, 2.4);
}

static double luminance(const int c[3])
{
	return 0.2126 * channel(c[0]) + 0.7152 * channel(c[1]) + 0.0722 * channel(c[2]);
}

/* The same hue and saturation, lighter, until it reads on the dark ground
 * (WCAG 2.2, contrast 4.5; a little more is taken, for grounds a bit lighter). */
static void for_dark(const int accent[3], int out[3])
{
	static const int ground[3] = { 0x10, 0x17, 0x1d };
	int low = 255, high = 0;

	for (int i = 0; i < 3; i++) {
		low = accent[i] < low ? accent[i] : low;
		high = accent[i] > high ? accent[i] : high;
	}
	double light = (high + low) / 510.0, span = 255 * (1 - fabs(2 * light - 1));
	double saturation = high > low && span > 0 ? (high - low) / span : 0;
	for (int step = 0; light + step * 0.01 < 1; step++) {
		double to = light + step * 0.01;
		double chroma = saturation * 255 * (1 - fabs(2 * to - 1));

		for (int i = 0; i < 3; i++) {
			double part = high > low ? (double)(accent[i] - low) / (high - low) : 0.5;

			out[i] = (int)lround(to * 255 + chroma * (part - 0.5));
		}
		if ((luminance(out) + 0.05) / (luminance(ground) + 0.05) >= 5.2)
			return;
	}
	out[0] = out[1] = out[2] = 255;
}

static bool space_css(struct request *rq, struct response *rs, struct error *err)
{
	unsigned colour = 0;
	int accent[3], dark[3];

	if (!rq->space->accent || sscanf(rq->space->accent, "#%6x", &colour) != 1)
		return error_set(err, ERROR_NOT_FOUND, "This space has no colours of its own.");
	for (int i = 0; i < 3; i++)
		accent[i] = (int)(colour >> (16 - 8 * i) & 255);
	for_dark(accent, dark);
	rs->type = "text/css; charset=utf-8";
	rs->cacheable = rq->viewer->kind == VIEWER_NOBODY;
	buf_printf(&rs->body, ":root{--accent:#%02x%02x%02x;--accent-dark:#%02x%02x%02x}\n", accent[0], accent[1],
		accent[2], dark[0], dark[1], dark[2]);
	return true;
}

/* ---- permanent addresses ---- */

static bool permanent(struct request *rq, struct response *rs, struct error *err)
{
	struct record *r;

	if (!record_get(rq->db, rq->arena, request_arg(rq, "space"), request_arg(rq, "type"),
		request_arg(rq, "slug"), &r, err))
		return false;
	return response_redirect(rs, page_record_url(rq, r));
}

static bool robots(struct request *rq, struct response *rs, struct error *err)
{
	(void)err;
	rs->type = "text/plain; charset=utf-8";
	buf_printf(&rs->body, "User-agent: *\nDisallow: /search\nDisallow: /api/\n\nSitemap: %s\n",
		page_absolute(rq, url_path(rq->arena, "%b/sitemap.xml", rq->base)));
	return true;
}

static const struct route routes[] = {
	{ HTTP_GET, "/", ROLE_ANYONE, 0, NULL, home, "Front page" },
	{ HTTP_GET, "/about", ROLE_ANYONE, 0, NULL, about, "About the network" },
	{ HTTP_GET, "/accessibility", ROLE_ANYONE, 0, NULL, accessibility, "Accessibility statement" },
	{ HTTP_POST, "/theme", ROLE_ANYONE, 0, NULL, theme, "Choose light or dark" },
	{ HTTP_GET, "/space.css", ROLE_ANYONE, 0, NULL, space_css, "A space's colours" },
	{ HTTP_GET, "/robots.txt", ROLE_ANYONE, 0, NULL, robots, "What crawlers may read" },
	{ HTTP_GET, "/r/{space:slug}/{type:slug}/{slug:slug}", ROLE_ANYONE, 0, NULL, permanent,
		"Permanent address of a record" },
	{ 0, NULL, 0, 0, NULL, NULL, NULL }
};

const struct module home_module = { .name = "home", .routes = routes };
