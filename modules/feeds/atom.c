/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Atom feeds (RFC 4287), paged (RFC 5005), and the description of the search
 * (OpenSearch 1.1). */
#include "feeds.h"

#define ATOM "application/atom+xml; charset=utf-8"
#define NS_ATOM "http://www.w3.org/2005/Atom"
#define NS_OPENSEARCH "http://a9.com/-/spec/opensearch/1.1/"

const struct param atom_params[] = {
	{ "type", PARAM_SLUG, 0, 0, "Type of record" },
	{ "strategy", PARAM_SLUG, 0, 0, "group-violence or drug-market" },
	{ "page", PARAM_INT, 1, 10000, "Page of the feed, from 1" },
	{ NULL, 0, 0, 0, NULL }
};

const struct param atom_search_params[] = {
	SEARCH_PARAMS,
	{ "scope", PARAM_SLUG, 0, 0, "network searches beyond the space" },
	{ "only", PARAM_SLUG, 0, 0, "library leaves out what the library does not list" },
	{ "page", PARAM_INT, 1, 10000, "Page of the feed, from 1" },
	{ NULL, 0, 0, 0, NULL }
};

struct feed {
	struct request *rq;
	struct xml x;
	const char *title;
	struct url self, html;      /* without the page */
	const struct param *params;
	int page, per_page;
	int64_t total, updated_us;
};

/* The same address with the request's parameters, but for the page. */
static struct url with_params(struct request *rq, struct url u, const struct param *params)
{
	for (const struct param *p = params; p->name; p++)
		if (strcmp(p->name, "page") != 0)
			u = url_query(rq->arena, u, p->name, request_arg(rq, p->name));
	return u;
}

/* The feed's own id: the same at every host name, as long as the space lives
 * and what is asked stays the same. A UUID of our own making (RFC 9562, 5.8). */
static const char *feed_id(const struct feed *f, const char *kind)
{
	struct arena *a = f->rq->arena;
	const char *text = arena_printf(a, "%s %s", kind, f->rq->space->id);
	char hash[65];

	for (const struct param *p = f->params; p->name; p++)
		if (strcmp(p->name, "page") != 0 && request_arg(f->rq, p->name))
			text = arena_printf(a, "%s\n%s=%s", text, p->name, request_arg(f->rq, p->name));
	sha256_hex(text, strlen(text), hash);
	return arena_printf(a, "urn:uuid:%.8s-%.4s-8%.3s-8%.3s-%.12s", hash, hash + 8, hash + 12, hash + 15, hash + 18);
}

static void put_link(struct feed *f, const char *rel, const char *type, const char *href)
{
	xml_open(&f->x, "link");
	xml_attr(&f->x, "rel", rel);
	xml_attr(&f->x, "type", type);
	xml_attr(&f->x, "href", href);
	xml_close(&f->x);
}

static void put_page_link(struct feed *f, const char *rel, int64_t page)
{
	struct url u = page > 1 ? url_query_int(f->rq->arena, f->self, "page", page) : f->self;

	put_link(f, rel, "application/atom+xml", page_absolute(f->rq, u));
}

static void put_head(struct feed *f, const char *kind)
{
	struct request *rq = f->rq;
	int64_t last = f->total > f->per_page ? (f->total + f->per_page - 1) / f->per_page : 1;

	xml_open(&f->x, "feed");
	xml_attr(&f->x, "xmlns", NS_ATOM);
	xml_attr(&f->x, "xmlns:opensearch", NS_OPENSEARCH);
	xml_leaf(&f->x, "id", feed_id(f, kind));
	xml_leaf(&f->x, "title", f->title);
	xml_leaf(&f->x, "subtitle", rq->space->tagline);
	xml_leaf(&f->x, "updated", moment_utc(rq->arena, f->updated_us));
	xml_open(&f->x, "author");
	xml_leaf(&f->x, "name", rq->space->name);
	xml_close(&f->x);
	xml_leaf(&f->x, "generator", "Commonweal");
	put_page_link(f, "self", f->page);
	put_link(f, "alternate", "text/html", page_absolute(rq, f->html));
	put_page_link(f, "first", 1);
	put_page_link(f, "last", last);
	if (f->page > 1)
		put_page_link(f, "previous", f->page <= last ? f->page - 1 : last);
	if (f->page < last)
		put_page_link(f, "next", f->page + 1);
	put_link(f, "search", "application/opensearchdescription+xml",
		page_absolute(rq, url_path(rq->arena, "%b/opensearch.xml", rq->base)));
	xml_leaf_int(&f->x, "opensearch:totalResults", f->total);
	xml_leaf_int(&f->x, "opensearch:startIndex", (int64_t)(f->page - 1) * f->per_page + 1);
	xml_leaf_int(&f->x, "opensearch:itemsPerPage", f->per_page);
}

static void put_category(struct feed *f, const char *term, const char *label)
{
	xml_open(&f->x, "category");
	xml_attr(&f->x, "term", term);
	xml_attr(&f->x, "label", label);
	xml_close(&f->x);
}

static void put_entry(struct feed *f, const struct record *r)
{
	struct request *rq = f->rq;
	const struct record_type *t = engine_type(rq->engine, r->type);
	char *words = arena_strdup(rq->arena, r->strategies), *save = NULL;
	size_t n;
	struct cite_name *names = cite_names_read(rq->arena, r->creator, &n);

	xml_open(&f->x, "entry");
	xml_leaf(&f->x, "id", arena_printf(rq->arena, "urn:uuid:%s", r->id));
	xml_leaf(&f->x, "title", r->title);
	xml_leaf(&f->x, "updated", moment_utc(rq->arena, r->modified_us));
	for (size_t i = 0; i < n || i == 0; i++) {
		xml_open(&f->x, "author");
		xml_leaf(&f->x, "name", n ? names[i].literal : r->space_name);
		xml_close(&f->x);
	}
	put_link(f, "alternate", "text/html", page_absolute(rq, page_record_url(rq, r)));
	if (r->doi)
		put_link(f, "related", NULL, cite_doi_url(rq->arena, r).text);
	put_category(f, r->type, t ? t->label : r->type);
	for (char *w = words ? strtok_r(words, " ", &save) : NULL; w; w = strtok_r(NULL, " ", &save))
		put_category(f, w, page_strategy_name(w));
	xml_leaf(&f->x, "rights", r->rights);
	xml_open(&f->x, "summary");
	xml_attr(&f->x, "xml:lang", r->language);
	xml_put(&f->x, r->summary);
	xml_close(&f->x);
	xml_close(&f->x);
}

/* Headers of what was made for rq's viewer. A moment of this very second is no
 * validator yet: more may happen in it. */
static bool put_validators(struct feed *f, struct response *rs, struct error *err)
{
	struct request *rq = f->rq;
	int64_t changed;

	rs->type = ATOM;
	rs->cacheable = rq->viewer->kind == VIEWER_NOBODY;
	if (!feed_changed(rq->db, &changed, err))
		return false;
	if (!f->updated_us)
		f->updated_us = changed;
	if (rs->cacheable && changed && changed / 1000000 < clock_now_us() / 1000000)
		response_header(rs, "Last-Modified", moment_http(rq->arena, changed));
	else
		rs->fresh_until_us = (changed / 1000000 + 1) * 1000000;
	return true;
}

static void feed_begin(struct feed *f, struct request *rq, struct response *rs, const struct param *params)
{
	*f = (struct feed){ .rq = rq, .params = params, .page = (int)request_arg_int(rq, "page", 1),
		.per_page = (int)options_int(rq->engine->options, "feed-page-size") };
	xml_begin(&f->x, &rs->body);
}

static void feed_end(struct feed *f)
{
	xml_close(&f->x);
	xml_end(&f->x);
}

/* "Guides on Group violence: new and changed — National Network" */
static const char *list_title(struct request *rq)
{
	const char *type = request_arg(rq, "type"), *strategy = request_arg(rq, "strategy");
	const struct record_type *t = type ? engine_type(rq->engine, type) : NULL;

	return arena_printf(rq->arena, "%s%s%s: new and changed — %s", t ? t->label_plural : type ? type : "Everything",
		strategy ? " on " : "", strategy ? page_strategy_name(strategy) : "", rq->space->name);
}

bool feed_atom(struct request *rq, struct response *rs, struct error *err)
{
	struct feed_filter filter = { .type = request_arg(rq, "type"), .strategy = request_arg(rq, "strategy"),
		.space = space_is_national(rq->space) ? NULL : rq->space->slug };
	struct record *list;
	struct feed f;
	int64_t *nums;
	size_t n;

	feed_begin(&f, rq, rs, atom_params);
	filter.limit = f.per_page;
	filter.offset = (f.page - 1) * f.per_page;
	f.title = list_title(rq);
	f.self = with_params(rq, url_path(rq->arena, "%b/feed.atom", rq->base), f.params);
	f.html = with_params(rq, url_path(rq->arena, "%b/library", rq->base), f.params);
	if (!feed_list(rq->db, rq->arena, &filter, &nums, &n, &f.total, &f.updated_us, err) ||
		!record_by_nums(rq->db, rq->arena, nums, n, &list, &n, err) || !put_validators(&f, rs, err))
		return false;
	put_head(&f, "list");
	for (size_t i = 0; i < n; i++)
		put_entry(&f, &list[i]);
	feed_end(&f);
	return true;
}

bool feed_search_atom(struct request *rq, struct response *rs, struct error *err)
{
	const char *scope = request_arg(rq, "scope"), *text = request_arg(rq, "q"), *only = request_arg(rq, "only");
	struct search_request sr = { .text = text, .type = request_arg(rq, "type"), .strategy = request_arg(rq, "strategy"),
		.space = request_arg(rq, "jurisdiction"), .evidence = request_arg(rq, "evidence"),
		.year = (int)request_arg_int(rq, "year", 0), .sort = SEARCH_BY_NEWEST,
		.library_only = only && strcmp(only, "library") == 0 };
	struct search_result result;
	struct feed f;

	feed_begin(&f, rq, rs, atom_search_params);
	if (!space_is_national(rq->space) && !(scope && strcmp(scope, "network") == 0))
		sr.within = rq->space->slug;
	sr.limit = f.per_page;
	sr.offset = (f.page - 1) * f.per_page;
	f.title = arena_printf(rq->arena, "Search%s%s — %s", text ? ": " : "", text ? text : "", rq->space->name);
	f.self = with_params(rq, url_path(rq->arena, "%b/search.atom", rq->base), f.params);
	f.html = with_params(rq, url_path(rq->arena, "%b/search", rq->base), f.params);
	if (!search_run(rq->engine->search, rq->db, rq->arena, &sr, &result, err))
		return false;
	f.total = result.total;
	for (size_t i = 0; i < result.n; i++)
		if (result.hits[i].record.modified_us > f.updated_us)
			f.updated_us = result.hits[i].record.modified_us;
	if (!put_validators(&f, rs, err))
		return false;
	put_head(&f, "search");
	for (size_t i = 0; i < result.n; i++)
		put_entry(&f, &result.hits[i].record);
	feed_end(&f);
	return true;
}

/* ---- OpenSearch ---- */

static void put_template(struct xml *x, const char *type, const char *address)
{
	xml_open(x, "Url");
	xml_attr(x, "type", type);
	xml_attr(x, "template", address);
	xml_close(x);
}

bool feed_opensearch(struct request *rq, struct response *rs, struct error *err)
{
	const char *base = page_absolute(rq, url_path(rq->arena, "%b/", rq->base));
	struct xml x;

	(void)err;
	rs->type = "application/opensearchdescription+xml; charset=utf-8";
	rs->cacheable = rq->viewer->kind == VIEWER_NOBODY;
	xml_begin(&x, &rs->body);
	xml_open(&x, "OpenSearchDescription");
	xml_attr(&x, "xmlns", NS_OPENSEARCH);
	xml_leaf(&x, "ShortName", text_excerpt(rq->arena, rq->space->short_name, 16));
	xml_leaf(&x, "LongName", text_excerpt(rq->arena, rq->space->name, 47));
	xml_leaf(&x, "Description", text_excerpt(rq->arena, arena_printf(rq->arena, "Search %s", rq->space->name), 1000));
	put_template(&x, "text/html", arena_printf(rq->arena, "%ssearch?q={searchTerms}&page={startPage?}", base));
	put_template(&x, "application/atom+xml", arena_printf(rq->arena, "%ssearch.atom?q={searchTerms}&page={startPage?}",
		base));
	xml_leaf(&x, "Language", "en");
	xml_leaf(&x, "InputEncoding", "UTF-8");
	xml_leaf(&x, "OutputEncoding", "UTF-8");
	xml_close(&x);
	xml_end(&x);
	return true;
}
