/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Site maps (sitemaps.org 0.9): an index, the fixed pages, and the public records
 * in parts. At the network's own host all of the network, elsewhere the space. */
#include "feeds.h"

#define NS "http://www.sitemaps.org/schemas/sitemap/0.9"

const struct param sitemap_params[] = {
	{ "part", PARAM_INT, 0, 100000, "Part of the map; 0 are the pages that are no records" },
	{ NULL, 0, 0, 0, NULL }
};

struct map {
	struct request *rq;
	struct xml x;
	const char *space; /* NULL: all */
	int size;          /* of a part */
};

static void put(struct map *m, const char *element, struct url u, int64_t changed_us)
{
	xml_open(&m->x, element);
	xml_leaf(&m->x, "loc", page_absolute(m->rq, u));
	if (changed_us)
		xml_leaf(&m->x, "lastmod", moment_utc(m->rq->arena, changed_us));
	xml_close(&m->x);
}

static bool put_index(struct map *m, struct error *err)
{
	struct url here = url_path(m->rq->arena, "%b/sitemap.xml", m->rq->base);
	int64_t count, changed;

	if (!map_count(m->rq->db, m->space, &count, &changed, err))
		return false;
	xml_open(&m->x, "sitemapindex");
	xml_attr(&m->x, "xmlns", NS);
	for (int64_t part = 0; part <= (count + m->size - 1) / m->size; part++)
		put(m, "sitemap", url_query_int(m->rq->arena, here, "part", part), part ? changed : 0);
	xml_close(&m->x);
	return true;
}

static bool put_pages(struct map *m, struct error *err)
{
	static const char *const pages[] = { "strategies", "library", "faq", "events", "jurisdictions", "about", "accessibility" };
	struct request *rq = m->rq;
	struct space *spaces;
	size_t n;

	if (!space_list(rq->db, rq->arena, &spaces, &n, err))
		return false;
	xml_open(&m->x, "urlset");
	xml_attr(&m->x, "xmlns", NS);
	put(m, "url", *rq->base ? url_path(rq->arena, "%b", rq->base) : url_path(rq->arena, "/"), 0);
	for (size_t i = 0; i < sizeof pages / sizeof *pages; i++)
		put(m, "url", url_path(rq->arena, "%b/%s", rq->base, pages[i]), 0);
	for (size_t i = 0; i < n && !m->space; i++)
		if (spaces[i].audience == AUDIENCE_PUBLIC && strcmp(spaces[i].slug, rq->space->slug) != 0)
			put(m, "url", page_space_url(rq, spaces[i].slug), 0);
	xml_close(&m->x);
	return true;
}

static bool put_records(struct map *m, int64_t part, struct error *err)
{
	struct request *rq = m->rq;
	struct map_entry *list;
	size_t n;

	if (!map_list(rq->db, rq->arena, m->space, m->size, (part - 1) * m->size, &list, &n, err))
		return false;
	if (n == 0)
		return error_set(err, ERROR_NOT_FOUND, "The site map has no such part.");
	xml_open(&m->x, "urlset");
	xml_attr(&m->x, "xmlns", NS);
	for (size_t i = 0; i < n; i++) {
		const struct record r = { .space_slug = list[i].space_slug, .type = list[i].type, .slug = list[i].slug };

		put(m, "url", page_record_url(rq, &r), list[i].modified_us);
	}
	xml_close(&m->x);
	return true;
}

bool sitemap(struct request *rq, struct response *rs, struct error *err)
{
	struct map m = { .rq = rq, .size = (int)options_int(rq->engine->options, "sitemap-page-size") };
	int64_t part = request_arg_int(rq, "part", -1);

	if (!space_is_national(rq->space))
		m.space = rq->space->slug;
	rs->type = "application/xml; charset=utf-8";
	rs->cacheable = rq->viewer->kind == VIEWER_NOBODY;
	xml_begin(&m.x, &rs->body);
	if (!(part < 0 ? put_index(&m, err) : part == 0 ? put_pages(&m, err) : put_records(&m, part, err)))
		return false;
	xml_end(&m.x);
	return true;
}
