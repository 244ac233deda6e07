/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The library and the search page: one list with facets, every choice an
 * address. */
#include "library.h"

#define PER_PAGE 20
#define TEXTS_SHOWN 3

const struct param browse_params[] = {
	SEARCH_PARAMS,
	{ "sort", PARAM_SLUG, 0, 0, "relevance, newest or title" },
	{ "scope", PARAM_SLUG, 0, 0, "network searches beyond the space" },
	{ "page", PARAM_INT, 1, 10000, "Page of the list, from 1" },
	{ NULL, 0, 0, 0, NULL }
};

static const char *const facet_params[FACET_KINDS] = { "type", "strategy", "jurisdiction", "year", "evidence" };
static const char *const facet_labels[FACET_KINDS] = { "Type", "Strategy", "Jurisdiction", "Year", "Evidence" };

struct browse {
	struct request *rq;
	const char *path;          /* "/library" */
	const struct space *spaces;
	size_t n_spaces;
};

/* The list's address with the request's parameters, but for `name`, which gets
 * `value` (NULL leaves it out), and without the page. */
static struct url list_url(const struct browse *b, const char *name, const char *value)
{
	struct url u = url_path(b->rq->arena, "%b/%s", b->rq->base, b->path + 1);

	for (const struct param *p = browse_params; p->name; p++) {
		if (strcmp(p->name, "page") == 0)
			continue;
		u = url_query(b->rq->arena, u, p->name,
			name && strcmp(name, p->name) == 0 ? value : request_arg(b->rq, p->name));
	}
	return u;
}

static const char *option_label(const struct browse *b, int kind, const char *value)
{
	const struct record_type *t;

	switch (kind) {
	case FACET_TYPE:
		t = engine_type(b->rq->engine, value);
		return t ? t->label_plural : value;
	case FACET_STRATEGY:
		return page_strategy_name(value);
	case FACET_EVIDENCE:
		return page_evidence_name(value);
	case FACET_SPACE:
		for (size_t i = 0; i < b->n_spaces; i++)
			if (strcmp(b->spaces[i].slug, value) == 0)
				return b->spaces[i].short_name;
		return value;
	default:
		return value;
	}
}

static void put_facets(const struct browse *b, struct data *page, const struct search_result *result)
{
	bool chosen = false;

	for (int k = 0; k < FACET_KINDS; k++) {
		const struct search_facet *f = &result->facets[k];
		const char *choice = request_arg(b->rq, facet_params[k]);
		bool seen = false;

		if (f->n == 0 && !choice)
			continue;
		struct data *facet = data_item(page, "facets");
		data_text(facet, "label", facet_labels[k]);
		data_text(facet, "name", facet_params[k]);
		for (size_t i = 0; i < f->n; i++) {
			struct data *option = data_item(facet, "options");
			bool selected = choice && strcmp(choice, f->values[i].value) == 0;

			seen = seen || selected;
			data_text(option, "label", option_label(b, k, f->values[i].value));
			data_textf(option, "count", "%lld", (long long)f->values[i].count);
			data_url(option, "url", list_url(b, facet_params[k], f->values[i].value));
			data_flag(option, "selected", selected);
			data_url(option, "remove_url", list_url(b, facet_params[k], NULL));
		}
		if (choice && !seen) { /* so that a choice without hits can be taken back */
			struct data *option = data_item(facet, "options");

			data_text(option, "label", option_label(b, k, choice));
			data_text(option, "count", "0");
			data_flag(option, "selected", true);
			data_url(option, "remove_url", list_url(b, facet_params[k], NULL));
		}
		chosen = chosen || choice;
	}
	if (chosen) {
		struct url u = url_path(b->rq->arena, "%b/%s", b->rq->base, b->path + 1);

		data_url(page, "clear_url", url_query(b->rq->arena, url_query(b->rq->arena, u, "q",
			request_arg(b->rq, "q")), "scope", request_arg(b->rq, "scope")));
	}
}

static enum search_sort read_sort(const char *word, bool has_text)
{
	if (word && strcmp(word, "newest") == 0)
		return SEARCH_BY_NEWEST;
	if (word && strcmp(word, "title") == 0)
		return SEARCH_BY_TITLE;
	return has_text ? SEARCH_BY_RELEVANCE : SEARCH_BY_TITLE;
}

static void put_sorts(const struct browse *b, struct data *page, enum search_sort sort, bool has_text)
{
	static const char *const words[] = { "relevance", "newest", "title" };
	static const char *const labels[] = { "Best match", "Newest", "Title" };

	for (int i = has_text ? 0 : 1; i < 3; i++) {
		struct data *item = data_item(page, "sorts");

		data_text(item, "label", labels[i]);
		data_flag(item, "current", (int)sort == i);
		data_url(item, "url", list_url(b, "sort", words[i]));
	}
}

/* Where in which file the words stand; a browser opens a PDF at that page. */
static void put_hit_file(struct request *rq, struct data *card, const struct search_hit *hit)
{
	struct url url = url_path(rq->arena, "%b/files/%s/%s", rq->base, hit->file_id, hit->file_name);

	data_text(card, "file_name", hit->file_name);
	data_markup(card, "file_passage", hit->file_passage);
	if (hit->file_paged) {
		data_textf(card, "file_page", "%d", hit->file_page);
		url = url_page(rq->arena, url, hit->file_page);
	}
	data_url(card, "file_url", url);
}

static void put_hits(struct request *rq, struct data *page, const struct search_result *result, bool marked)
{
	for (size_t i = 0; i < result->n; i++) {
		struct data *card = data_item(page, "hits");

		page_card(rq, card, &result->hits[i].record);
		if (marked) {
			data_markup(card, "title_markup", result->hits[i].title);
			data_markup(card, "passage", result->hits[i].passage);
			if (result->hits[i].file_id)
				put_hit_file(rq, card, &result->hits[i]);
		}
	}
}

/* The same list as a feed: what can be chosen there by type and strategy alone
 * has the last changes first, the rest is a search. */
static void put_feed(const struct browse *b, struct data *page, const struct search_request *sr)
{
	struct arena *a = b->rq->arena;
	bool plain = sr->library_only && !(sr->text && *sr->text) && !sr->space && !sr->evidence && !sr->year;
	struct url u = plain ? url_path(a, "%b/feed.atom", b->rq->base) : url_path(a, "%b/search.atom", b->rq->base);

	for (const struct param *p = browse_params; p->name; p++)
		if (strcmp(p->name, "page") != 0 && strcmp(p->name, "sort") != 0)
			u = url_query(a, u, p->name, request_arg(b->rq, p->name));
	if (sr->library_only && !plain)
		u = url_query(a, u, "only", "library");
	data_url(page, "feed_url", u);
	data_text(page, "feed_title", "This list as a feed");
	data_flag(page, "feed_of_list", true);
}

/* The form that saves it, for who is signed in. */
static void put_saving(const struct browse *b, struct data *page)
{
	struct arena *a = b->rq->arena;
	struct url u = url_query(a, url_path(a, "%b/me/searches/new", b->rq->base), "where", b->path + 1);

	if (!b->rq->account)
		return;
	for (const struct param *p = browse_params; p->name; p++)
		if (strcmp(p->name, "page") != 0 && strcmp(p->name, "sort") != 0)
			u = url_query(a, u, p->name, request_arg(b->rq, p->name));
	data_url(page, "save_url", u);
}

/* Everything of the list: hits, facets, count, order, pages. */
static bool put_list(struct browse *b, struct data *page, struct search_request *sr,
	struct search_result *result, struct error *err)
{
	struct request *rq = b->rq;
	int64_t number = request_arg_int(rq, "page", 1);
	struct space *spaces;
	const char *text = request_arg(rq, "q");
	bool has_text = text && *text;

	for (const struct param *p = browse_params; p->name; p++)
		search_choose(sr, p->name, request_arg(rq, p->name));
	sr->sort = read_sort(request_arg(rq, "sort"), has_text);
	sr->limit = PER_PAGE;
	sr->offset = (int)(number - 1) * PER_PAGE;
	if (!search_run(rq->engine->search, rq->db, rq->arena, sr, result, err) ||
		!space_list(rq->db, rq->arena, &spaces, &b->n_spaces, err))
		return false;
	b->spaces = spaces;
	put_feed(b, page, sr);
	put_saving(b, page);
	put_hits(rq, page, result, has_text);
	put_facets(b, page, result);
	put_sorts(b, page, sr->sort, has_text);
	data_text(page, "q", text);
	data_textf(page, "count", "%lld", (long long)result->total);
	data_flag(page, "one", result->total == 1);
	data_flag(page, "any", result->n > 0);
	if (result->total > PER_PAGE)
		data_textf(page, "range", "%d–%d of ", sr->offset + 1, sr->offset + (int)result->n);
	page_pagination(page, list_url(b, NULL, NULL), result->total, PER_PAGE, (int)number);
	return true;
}

static void put_empty(struct request *rq, struct data *page, const struct search_result *result,
	const char *heading)
{
	struct data *empty, *link;
	bool chosen = false;

	if (result->n)
		return;
	empty = data_object(page, "empty");
	data_text(empty, "heading", heading);
	for (int k = 0; k < FACET_KINDS; k++)
		chosen = chosen || request_arg(rq, facet_params[k]);
	data_text(empty, "message", result->total ? "This page is past the end of the list." :
		chosen ? "Take back one of the choices above, or clear them all." :
		"Fewer, simpler or other words may help. You may also look here:");
	link = data_item(empty, "links");
	data_text(link, "label", "The whole library");
	data_url(link, "url", url_path(rq->arena, "%b/library", rq->base));
	link = data_item(empty, "links");
	data_text(link, "label", "Frequently asked questions");
	data_url(link, "url", url_path(rq->arena, "%b/faq", rq->base));
	link = data_item(empty, "links");
	data_text(link, "label", "Jurisdictions and whom to ask there");
	data_url(link, "url", url_path(rq->arena, "%b/jurisdictions", rq->base));
}

bool library_list(struct request *rq, struct response *rs, struct error *err)
{
	struct browse b = { .rq = rq, .path = "/library" };
	struct search_request sr = { .library_only = true };
	struct search_result result;
	struct data *page = page_create(rq, "Library");

	if (!space_is_national(rq->space))
		sr.within = rq->space->slug;
	page_crumb(page, "Library", (struct url){ NULL });
	data_text(page, "description", "Strategies, guides, questions, case studies, evaluations, publications "
		"and media coverage, narrowed by type, strategy, jurisdiction, year and evidence.");
	if (!put_list(&b, page, &sr, &result, err))
		return false;
	put_empty(rq, page, &result, "Nothing in the library fits these choices");
	return page_send(rq, rs, "library", page, err);
}

static void put_search_help(struct request *rq, struct data *page, const struct search_result *result)
{
	const char *scope = request_arg(rq, "scope");
	struct browse b = { .rq = rq, .path = "/search" };

	if (result->suggestion) {
		data_text(page, "suggestion", result->suggestion);
		data_url(page, "suggestion_url", url_query(rq->arena, url_path(rq->arena, "%b/search", rq->base), "q",
			result->suggestion));
	}
	for (size_t i = 0; i < result->n_synonyms && i < 8; i++)
		data_text(data_item(page, "synonyms"), "text", result->synonyms[i]);
	data_flag(page, "simplified", result->simplified);
	if (!space_is_national(rq->space)) {
		bool network = scope && strcmp(scope, "network") == 0;

		data_flag(page, "in_network", network);
		data_flag(page, "in_space", !network);
		data_url(page, "scope_url", list_url(&b, "scope", network ? NULL : "network"));
	}
}

/* What members wrote to each other, for who is signed in: the first few, and where the rest is. */
static bool put_texts(struct request *rq, struct data *page, const struct search_request *sr, struct error *err)
{
	struct search_text_hit *hits;
	int64_t total;
	size_t n;

	if (!rq->account)
		return true;
	if (!search_text_find(rq->engine->search, rq->db, rq->arena, sr->text, NULL, sr->within ? rq->space->id : NULL,
		TEXTS_SHOWN, 0, &hits, &n, &total, err))
		return false;
	for (size_t i = 0; i < n; i++) {
		struct data *d = data_item(page, "texts");

		data_markup(d, "title", hits[i].title);
		data_markup(d, "passage", hits[i].passage);
		data_text(d, "kind", search_text_label(rq->engine, hits[i].kind));
		data_text(d, "space", hits[i].space_name);
		data_text(d, "at", moment_day_human(rq->arena, hits[i].at_us));
		data_url(d, "url", page_path_url(rq, hits[i].space_slug, hits[i].path));
	}
	if (total > (int64_t)n) {
		data_textf(page, "texts_total", total < SEARCH_TEXT_COUNTED ? "%lld" : "%lld or more", (long long)total);
		data_url(page, "texts_url", url_query(rq->arena, url_query(rq->arena, url_path(rq->arena, "%b/search/texts", rq->base),
			"q", sr->text), "scope", sr->within ? NULL : "network"));
	}
	return true;
}

bool library_search(struct request *rq, struct response *rs, struct error *err)
{
	struct browse b = { .rq = rq, .path = "/search" };
	const char *text = request_arg(rq, "q"), *scope = request_arg(rq, "scope");
	struct search_request sr = { 0 };
	struct search_result result;
	struct data *page = page_create(rq, text && *text ?
		arena_printf(rq->arena, "“%s” – search", text_excerpt(rq->arena, text, 60)) : "Search");

	page_crumb(page, "Search", (struct url){ NULL });
	if (!text || strspn(text, " ") == strlen(text)) {
		data_flag(page, "blank", true);
		return page_send(rq, rs, "search", page, err);
	}
	if (!space_is_national(rq->space) && !(scope && strcmp(scope, "network") == 0))
		sr.within = rq->space->slug;
	if (!put_list(&b, page, &sr, &result, err) || !put_texts(rq, page, &sr, err))
		return false;
	put_search_help(rq, page, &result);
	put_empty(rq, page, &result, "Nothing was found");
	return page_send(rq, rs, "search", page, err);
}
