/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The library: strategies, guides, questions, case studies, evaluations,
 * publications, media coverage; and search over everything. */
#include "library.h"

static bool strategies(struct request *rq, struct response *rs, struct error *err)
{
	struct record_filter f = { .type = "strategy", .order = RECORD_BY_TITLE };
	struct data *page = page_create(rq, "Strategies");
	struct record *list;
	size_t n;

	/* The national office keeps them; every space shows them. */
	f.space_slug = SPACE_NATIONAL;
	if (!record_list(rq->db, rq->arena, &f, &list, &n, NULL, err))
		return false;
	for (size_t i = 0; i < n; i++) {
		struct data *item = data_item(page, "strategies");
		struct url library = url_path(rq->arena, "%b/library", rq->base);
		const char *word = list[i].strategies;

		page_card(rq, item, &list[i]);
		data_url(item, "guides_url", url_query(rq->arena, url_query(rq->arena, library, "type", "guide"),
			"strategy", word));
		data_url(item, "evaluations_url", url_query(rq->arena,
			url_query(rq->arena, library, "type", "evaluation"), "strategy", word));
		data_url(item, "faq_url", url_query(rq->arena, url_path(rq->arena, "%b/faq", rq->base), "strategy",
			word));
	}
	data_url(page, "innovations_url", url_path(rq->arena, "%b/innovations", rq->base));
	page_feed(rq, page, "strategy", NULL);
	page_crumb(page, "Strategies", (struct url){ NULL });
	data_text(page, "description", "The two strategies of the network, with their guides and evaluations.");
	return page_send(rq, rs, "strategies", page, err);
}

static const struct param faq_params[] = {
	{ "strategy", PARAM_SLUG, 0, 0, "group-violence or drug-market" },
	{ NULL, 0, 0, 0, NULL }
};

static void put_faq_filters(struct request *rq, struct data *page, const char *chosen)
{
	static const char *const words[] = { NULL, "group-violence", "drug-market" };

	for (size_t i = 0; i < 3; i++) {
		struct data *item = data_item(page, "filters");

		data_text(item, "label", words[i] ? page_strategy_name(words[i]) : "All questions");
		data_url(item, "url", url_query(rq->arena, url_path(rq->arena, "%b/faq", rq->base), "strategy",
			words[i]));
		data_flag(item, "current", words[i] ? chosen && strcmp(words[i], chosen) == 0 : !chosen);
	}
}

static bool faq(struct request *rq, struct response *rs, struct error *err)
{
	static const char *const groups[][2] = { { "network", "The National Network" },
		{ "basics", "The basics" }, { "misconceptions", "Misconceptions" },
		{ "getting-started", "Getting started" }, { "racial-reconciliation", "Racial reconciliation" } };
	const char *strategy = request_arg(rq, "strategy");
	struct data *page = page_create(rq, "Frequently asked questions");
	size_t total = 0;

	for (size_t g = 0; g < 5; g++) {
		struct record_filter f = { .type = "faq", .group = groups[g][0], .strategy = strategy,
			.order = RECORD_BY_POSITION };
		struct record *list;
		size_t n;

		if (!record_list(rq->db, rq->arena, &f, &list, &n, NULL, err))
			return false;
		if (n == 0)
			continue;
		struct data *group = data_item(page, "groups");
		data_text(group, "id", groups[g][0]);
		data_text(group, "label", groups[g][1]);
		data_url(group, "url", url_fragment(rq->arena, (struct url){ NULL }, groups[g][0]));
		for (size_t i = 0; i < n; i++) {
			struct data *item = data_item(group, "questions");

			data_text(item, "title", list[i].title);
			data_text(item, "answer", list[i].summary);
			data_url(item, "url", page_record_url(rq, &list[i]));
			if (list[i].strategies && !strchr(list[i].strategies, ' '))
				data_text(item, "strategy", page_strategy_name(list[i].strategies));
		}
		total += n;
	}
	put_faq_filters(rq, page, strategy);
	data_textf(page, "count", "%zu", total);
	data_flag(page, "any", total > 0);
	page_feed(rq, page, "faq", strategy);
	page_crumb(page, "FAQ", (struct url){ NULL });
	data_text(page, "description", "Questions that officials and community members ask, with short answers.");
	return page_send(rq, rs, "faq", page, err);
}

/* /guides and the like are the library with that type chosen. */
static bool type_list(struct request *rq, struct response *rs, struct error *err)
{
	const struct record_type *t = engine_type_plural(rq->engine, rq->path + 1);

	if (!t)
		return error_set(err, ERROR_NOT_FOUND, "There is nothing at this address.");
	return response_redirect(rs, url_query(rq->arena, url_path(rq->arena, "%b/library", rq->base), "type",
		t->name));
}

static const struct route routes[] = {
	{ HTTP_GET, "/strategies", ROLE_ANYONE, 0, NULL, strategies, "The strategies" },
	{ HTTP_GET, "/library", ROLE_ANYONE, 0, browse_params, library_list, "The library with facets" },
	{ HTTP_GET, "/search", ROLE_ANYONE, 0, browse_params, library_search, "Search" },
	{ HTTP_GET, "/faq", ROLE_ANYONE, 0, faq_params, faq, "Frequently asked questions" },
	{ HTTP_GET, "/guides", ROLE_ANYONE, 0, NULL, type_list, "Guides" },
	{ HTTP_GET, "/case-studies", ROLE_ANYONE, 0, NULL, type_list, "Case studies" },
	{ HTTP_GET, "/evaluations", ROLE_ANYONE, 0, NULL, type_list, "Evaluations" },
	{ HTTP_GET, "/publications", ROLE_ANYONE, 0, NULL, type_list, "Publications" },
	{ HTTP_GET, "/media", ROLE_ANYONE, 0, NULL, type_list, "Media coverage" },
	{ HTTP_GET, "/strategies/{slug:slug}", ROLE_ANYONE, 0, NULL, record_page, "A strategy" },
	{ HTTP_GET, "/guides/{slug:slug}", ROLE_ANYONE, 0, NULL, record_page, "A guide" },
	{ HTTP_GET, "/faq/{slug:slug}", ROLE_ANYONE, 0, NULL, record_page, "A question" },
	{ HTTP_GET, "/innovations/{slug:slug}", ROLE_ANYONE, 0, NULL, record_page, "An innovation" },
	{ HTTP_GET, "/case-studies/{slug:slug}", ROLE_ANYONE, 0, NULL, record_page, "A case study" },
	{ HTTP_GET, "/evaluations/{slug:slug}", ROLE_ANYONE, 0, NULL, record_page, "An evaluation" },
	{ HTTP_GET, "/publications/{slug:slug}", ROLE_ANYONE, 0, NULL, record_page, "A publication" },
	{ HTTP_GET, "/media/{slug:slug}", ROLE_ANYONE, 0, NULL, record_page, "A piece of media coverage" },
	{ 0, NULL, 0, 0, NULL, NULL, NULL }
};

const struct module library_module = {
	.name = "library", .types = library_types, .routes = routes };
