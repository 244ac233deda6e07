/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Search in what members wrote to each other: discussions, notes, minutes, requests. */
#include "own.h"

#define PER_PAGE 20

const struct param texts_params[] = {
	{ "q", PARAM_TEXT, 0, 0, "Words, \"phrases\", -without" },
	{ "kind", PARAM_SLUG, 0, 0, "What kind of text" },
	{ "scope", PARAM_SLUG, 0, 0, "network searches beyond the space" },
	{ "page", PARAM_INT, 1, 10000, "Page of the list, from 1" },
	{ NULL, 0, 0, 0, NULL }
};

static struct url list_url(struct request *rq, const char *kind, bool network)
{
	struct url u = url_path(rq->arena, "%b/search/texts", rq->base);

	u = url_query(rq->arena, u, "q", request_arg(rq, "q"));
	u = url_query(rq->arena, u, "kind", kind);
	return url_query(rq->arena, u, "scope", network ? "network" : NULL);
}

static void put_kinds(struct request *rq, struct data *page, const char *kind, bool network)
{
	struct data *d = data_item(page, "kinds");

	data_text(d, "label", "All");
	data_url(d, "url", list_url(rq, NULL, network));
	data_flag(d, "current", !kind);
	for (const struct module *const *m = rq->engine->modules; *m; m++)
		for (const char *const (*k)[2] = (*m)->search_kinds; k && (*k)[0]; k++) {
			d = data_item(page, "kinds");
			data_text(d, "label", (*k)[1]);
			data_url(d, "url", list_url(rq, (*k)[0], network));
			data_flag(d, "current", kind && strcmp(kind, (*k)[0]) == 0);
		}
}

static void put_hit(struct request *rq, struct data *d, const struct search_text_hit *hit)
{
	data_markup(d, "title", hit->title);
	data_markup(d, "passage", hit->passage);
	data_text(d, "kind", search_text_label(rq->engine, hit->kind));
	data_text(d, "space", hit->space_name);
	data_text(d, "at", moment_day_human(rq->arena, hit->at_us));
	data_url(d, "url", page_path_url(rq, hit->space_slug, hit->path));
}

static void put_scope(struct request *rq, struct data *page, const char *kind, bool network)
{
	if (space_is_national(rq->space))
		return;
	data_flag(page, "in_network", network);
	data_flag(page, "in_space", !network);
	data_url(page, "scope_url", list_url(rq, kind, !network));
}

bool texts_page(struct request *rq, struct response *rs, struct error *err)
{
	const char *text = request_arg(rq, "q"), *kind = request_arg(rq, "kind"), *scope = request_arg(rq, "scope");
	bool national = space_is_national(rq->space);
	bool network = national || (scope && strcmp(scope, "network") == 0);
	int number = (int)request_arg_int(rq, "page", 1);
	struct data *page = page_create(rq, "In discussions and working papers");
	struct search_text_hit *hits;
	int64_t total;
	size_t n;

	if (!search_text_find(rq->engine->search, rq->db, rq->arena, text, kind, network ? NULL : rq->space->id, PER_PAGE,
		(number - 1) * PER_PAGE, &hits, &n, &total, err))
		return false;
	for (size_t i = 0; i < n; i++)
		put_hit(rq, data_item(page, "texts"), &hits[i]);
	data_text(page, "q", text);
	data_flag(page, "asked", text && *text);
	data_textf(page, "count", total < SEARCH_TEXT_COUNTED ? "%lld" : "%lld or more", (long long)total);
	data_flag(page, "one", total == 1);
	put_kinds(rq, page, kind, network && !national);
	put_scope(rq, page, kind, network);
	data_url(page, "texts_url", url_path(rq->arena, "%b/search/texts", rq->base));
	data_url(page, "records_url", url_query(rq->arena, url_query(rq->arena, url_path(rq->arena, "%b/search", rq->base), "q", text),
		"scope", network && !national ? "network" : NULL));
	page_crumb(page, "Search", url_path(rq->arena, "%b/search", rq->base));
	page_crumb(page, "In discussions and working papers", (struct url){ NULL });
	page_pagination(page, list_url(rq, kind, network && !national), total, PER_PAGE, number);
	return page_send_private(rq, rs, "search-texts", page, err);
}
