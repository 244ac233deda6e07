/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is known of a record for its citation; the form for people, tags, links. */
#include "cite.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "attachment.h"
#include "engine.h"
#include "page.h"
#include "record_page.h"
#include "route.h"
#include "text.h"
#include "zone.h"

static const struct cite_type types[] = {
	{ "strategy", NULL, "webpage", "online", "ELEC", "Article", "Text", NULL, true },
	{ "guide", NULL, "report", "report", "RPRT", "TechArticle", "Text", NULL, true },
	{ "faq", NULL, "webpage", "online", "ELEC", "Article", "Text", NULL, true },
	{ "case-study", NULL, "report", "report", "RPRT", "Report", "Report", NULL, true },
	{ "evaluation", NULL, "report", "report", "RPRT", "Report", "Report", NULL, true },
	{ "innovation", NULL, "report", "report", "RPRT", "Report", "Report", NULL, true },
	{ "profile", NULL, "webpage", "online", "ELEC", "Article", "Text", "Jurisdiction profile", true },
	{ "event", "conference", "event", "misc", "CONF", "Event", "Event", "Conference", true },
	{ "event", "convening", "event", "misc", "CONF", "Event", "Event", "Convening", true },
	{ "event", "webinar", "event", "misc", "GEN", "Event", "Event", "Webinar", true },
	{ "event", "training", "event", "misc", "GEN", "Event", "Event", "Training", true },
	{ "event", NULL, "event", "misc", "GEN", "Event", "Event", NULL, true },
	{ "publication", "journal-article", "article-journal", "article", "JOUR", "ScholarlyArticle", "JournalArticle",
		"Journal article", false },
	{ "publication", "book", "book", "book", "BOOK", "Book", "Book", "Book", false },
	{ "publication", "working-paper", "report", "report", "RPRT", "ScholarlyArticle", "Preprint", "Working paper", false },
	{ "publication", "guide", "report", "report", "RPRT", "TechArticle", "Text", "Guide", false },
	{ "publication", NULL, "report", "report", "RPRT", "Report", "Report", "Report", false },
	{ "media", "article", "article-newspaper", "article", "NEWS", "NewsArticle", "Text", "News article", false },
	{ "media", "broadcast", "broadcast", "misc", "VIDEO", "MediaObject", "Audiovisual", "Broadcast", false },
	{ "media", "podcast", "broadcast", "misc", "SOUND", "PodcastEpisode", "Sound", "Podcast", false },
	{ "media", NULL, "webpage", "online", "ELEC", "WebPage", "Text", "Award", false },
	{ NULL, NULL, "webpage", "online", "ELEC", "Article", "Text", NULL, true },
};

static const struct cite_type *type_of(const struct record *r)
{
	const struct cite_type *t = types;

	while (t->record_type && (strcmp(t->record_type, r->type) != 0 ||
		(t->group && (!r->group || strcmp(t->group, r->group) != 0))))
		t++;
	return t;
}

struct url cite_doi_url(struct arena *a, const struct record *r)
{
	struct buf b = BUF_INIT;
	struct url u = { NULL };

	if (!r->doi)
		return u;
	buf_str(&b, "https://doi.org/");
	for (const char *s = r->doi; *s; s++) { /* "doi/10.1002/(SICI)...<1::AID>..." */
		if (strchr("%#?<>\"{}|\\^`[]", *s) || (unsigned char)*s <= 0x20 || (unsigned char)*s >= 0x7f)
			buf_printf(&b, "%%%02X", (unsigned char)*s);
		else
			buf_char(&b, *s);
	}
	if (!url_external(a, buf_text(&b), &u))
		u.text = NULL;
	buf_finish(&b);
	return u;
}

/* The first address in a text. */
static const char *address_in(struct arena *a, const char *text)
{
	const char *s = text ? strstr(text, "https://") : NULL;
	struct url u;

	if (text && !s)
		s = strstr(text, "http://");
	size_t n = s ? strcspn(s, " \t\n\"<>(),;") : 0;
	while (n && strchr(".:", s[n - 1]))
		n--;
	return s && url_external(a, arena_strndup(a, s, n), &u) ? u.text : NULL;
}

/* "2026-12-09T14:00-05:00" */
static const char *with_offset(struct arena *a, const char *zone, const char *local)
{
	char name[16];
	int64_t us;
	int offset;

	if (!local || !zone || !zone_to_utc(zone, local, &us, NULL) || !zone_offset(zone, us, &offset, name))
		return NULL;
	int minutes = abs(offset) / 60;
	return arena_printf(a, "%s:00%c%02d:%02d", local, offset < 0 ? '-' : '+', minutes / 60, minutes % 60);
}

static void read_event(struct request *rq, struct cite *c, const json_t *details)
{
	const struct record *r = c->record;

	c->date = arena_strndup(rq->arena, r->starts, 10);
	c->starts = with_offset(rq->arena, r->zone, r->starts);
	c->ends = with_offset(rq->arena, r->zone, r->ends);
	c->venue = arena_strdup(rq->arena, details_text(details, "venue"));
}

static void read_work(struct request *rq, struct cite *c, const json_t *details)
{
	const char *link = details_text(details, "link"), *outlet = details_text(details, "outlet");
	struct url u;

	if (link && url_external(rq->arena, link, &u))
		c->address = u.text;
	c->container = arena_strdup(rq->arena, outlet);
	/* An article has no publisher of its own: what stands there is its journal. */
	bool article = strcmp(c->type->bibtex, "article") == 0;
	if (article && !c->container)
		c->container = c->publisher;
	if (article || (c->container && c->publisher && strcmp(c->container, c->publisher) == 0))
		c->publisher = NULL;
}

struct cite *cite_make(struct request *rq, const struct record *r)
{
	struct cite *c = arena_alloc(rq->arena, sizeof *c);
	struct arena *a = rq->arena;
	const struct record_type *t = engine_type(rq->engine, r->type);
	struct url page = page_record_url(rq, r), doi = cite_doi_url(a, r);
	json_t *details = json_loads(r->details_json ? r->details_json : "{}", 0, NULL);

	c->type = type_of(r);
	c->record = r;
	c->genre = c->type->genre ? c->type->genre : t ? t->label : r->type;
	c->authors = cite_names_read(a, r->creator, &c->n_authors);
	c->publisher = r->publisher;
	c->date = r->issued;
	c->page = c->address = page_absolute(rq, page);
	c->space = page_absolute(rq, page_space_url(rq, r->space_slug));
	c->license = address_in(a, r->rights);
	if (c->type->ours && c->n_authors == 0) { /* what we wrote ourselves has the space for its author */
		c->authors = arena_alloc(a, sizeof *c->authors);
		c->authors[c->n_authors++] = (struct cite_name){ .literal = r->space_name };
	}
	if (c->type->ours && !c->publisher)
		c->publisher = r->space_name;
	if (r->starts)
		read_event(rq, c, details);
	if (!c->type->ours)
		read_work(rq, c, details);
	json_decref(details);
	if (doi.text)
		c->address = doi.text;
	const char *version = arena_printf(a, "%s/versions/%lld", page.text, (long long)r->version);
	const char *local = version + strlen(rq->base);
	if (c->type->ours && strncmp(version, rq->base, strlen(rq->base)) == 0 && routes_known(rq->engine->routes, a, local))
		c->version = arena_printf(a, "%s/versions/%lld", c->page, (long long)r->version);
	return c;
}

bool cite_add_files(struct request *rq, struct cite *c, struct error *err)
{
	struct attachment *list;
	size_t n;

	if (!attachment_list(rq->db, rq->arena, c->record->num, &list, &n, err))
		return false;
	c->files = arena_array(rq->arena, n, sizeof *c->files);
	for (size_t i = 0; i < n; i++)
		c->files[c->n_files++] = (struct cite_file){ page_absolute(rq, url_path(rq->arena, "%b/files/%s/%s", rq->base,
			list[i].id, list[i].name)), list[i].type };
	return true;
}

/* ---- for people ---- */

/* "A. A." of "Anthony A." */
static const char *initials(struct arena *a, const char *given)
{
	struct buf b = BUF_INIT;

	for (const char *s = given; s && *s;) {
		size_t n = strcspn(s, " "), letter = 1;

		while (letter < n && ((unsigned char)s[letter] & 0xc0) == 0x80)
			letter++;
		/* Particles and "A.B." stay. */
		bool whole = n && (s[n - 1] == '.' || (*s >= 'a' && *s <= 'z'));
		buf_printf(&b, "%s%.*s%s", b.len ? " " : "", (int)(whole ? n : letter), s, whole ? "" : ".");
		s += n + strspn(s + n, " ");
	}
	const char *text = arena_strdup(a, buf_text(&b));
	buf_finish(&b);
	return text;
}

static void add_names(struct arena *a, struct buf *b, const struct cite *c)
{
	for (size_t i = 0; i < c->n_authors; i++) {
		const struct cite_name *n = &c->authors[i];
		bool last = i + 1 == c->n_authors;

		buf_str(b, i == 0 ? "" : last ? ", & " : ", ");
		buf_str(b, n->family ? n->family : n->literal);
		if (n->given)
			buf_printf(b, ", %s", initials(a, n->given));
		if (n->suffix)
			buf_printf(b, ", %s", n->suffix);
	}
}

/* A full stop, unless there is an end already. */
static void add_stop(struct buf *b)
{
	if (b->len && !strchr(".?!", b->data[b->len - 1]))
		buf_char(b, '.');
}

const char *cite_plain(struct arena *a, const struct cite *c)
{
	const char *title = c->record->title;
	struct buf b = BUF_INIT;

	if (c->n_authors)
		add_names(a, &b, c);
	else
		buf_str(&b, title);
	buf_printf(&b, " (%s)", strlen(c->date) > 4 ? date_human(a, c->date) : c->date);
	add_stop(&b);
	if (c->n_authors) {
		buf_printf(&b, " %s", title);
		add_stop(&b);
	}
	if (c->record->starts)
		buf_printf(&b, " %s.", c->genre);
	if (c->container) {
		buf_printf(&b, " %s", c->container);
		add_stop(&b);
	}
	/* Whoever is the author is not told once more. */
	if (c->publisher && !(c->n_authors == 1 && strcmp(c->authors[0].literal, c->publisher) == 0)) {
		buf_printf(&b, " %s", c->publisher);
		add_stop(&b);
	}
	const char *text = arena_strdup(a, buf_text(&b));
	buf_finish(&b);
	return text;
}

/* ---- Highwire tags ---- */

static void add_tag(struct pair *tags, size_t *n, const char *name, const char *content)
{
	if (content && *content)
		tags[(*n)++] = (struct pair){ name, content };
}

struct pair *cite_tags(struct arena *a, const struct cite *c, size_t *n)
{
	const struct record *r = c->record;
	struct pair *tags = arena_array(a, c->n_authors + r->n_subjects + c->n_files + 16, sizeof *tags);
	char *date = arena_strdup(a, c->date);
	bool report = strcmp(c->type->bibtex, "report") == 0;

	*n = 0;
	for (char *s = date; *s; s++)
		if (*s == '-')
			*s = '/';
	add_tag(tags, n, "citation_title", r->title);
	for (size_t i = 0; i < c->n_authors; i++)
		add_tag(tags, n, "citation_author", c->authors[i].literal);
	add_tag(tags, n, "citation_publication_date", date);
	add_tag(tags, n, strcmp(c->type->csl, "article-journal") == 0 ? "citation_journal_title" : "citation_inbook_title",
		c->container);
	add_tag(tags, n, report ? "citation_technical_report_institution" : "citation_publisher", c->publisher);
	add_tag(tags, n, "citation_doi", r->doi);
	add_tag(tags, n, "citation_language", r->language);
	for (size_t i = 0; i < r->n_subjects; i++)
		add_tag(tags, n, "citation_keywords", r->subjects[i]);
	add_tag(tags, n, "citation_abstract_html_url", c->page);
	add_tag(tags, n, "citation_public_url", c->address);
	if (c->type->ours)
		add_tag(tags, n, "citation_fulltext_html_url", c->page);
	for (size_t i = 0; i < c->n_files; i++)
		if (strcmp(c->files[i].type, "application/pdf") == 0)
			add_tag(tags, n, "citation_pdf_url", c->files[i].address);
	return tags;
}

/* ---- links ---- */

static const struct {
	const char *name, *type;
	bool needs_doi;
} forms[] = {
	{ "cite.json", "application/vnd.citationstyles.csl+json", false },
	{ "cite.bib", "application/x-bibtex", false },
	{ "cite.ris", "application/x-research-info-systems", false },
	{ "cite.jsonld", "application/ld+json", false },
	{ "cite.datacite.xml", "application/vnd.datacite.datacite+xml", true },
};

struct cite_link *cite_links(struct arena *a, const struct cite *c, size_t *n)
{
	struct cite_link *links = arena_array(a, sizeof forms / sizeof *forms + c->n_files + 8, sizeof *links);
	struct url doi = cite_doi_url(a, c->record);

	*n = 0;
	links[(*n)++] = (struct cite_link){ "cite-as", doi.text ? doi.text : c->page, NULL };
	links[(*n)++] = (struct cite_link){ "type", arena_printf(a, "https://schema.org/%s", c->type->schema_org), NULL };
	if (!c->type->ours) { /* the page tells of a work that is elsewhere */
		links[(*n)++] = (struct cite_link){ "type", "https://schema.org/AboutPage", NULL };
		if (strcmp(c->address, c->page) != 0 && (!doi.text || strcmp(c->address, doi.text) != 0))
			links[(*n)++] = (struct cite_link){ "item", c->address, NULL };
	}
	for (size_t i = 0; i < c->n_files; i++)
		links[(*n)++] = (struct cite_link){ "item", c->files[i].address, c->files[i].type };
	for (size_t i = 0; i < sizeof forms / sizeof *forms; i++)
		if (!forms[i].needs_doi || c->record->doi)
			links[(*n)++] = (struct cite_link){ "describedby", arena_printf(a, "%s/%s", c->page, forms[i].name),
				forms[i].type };
	links[(*n)++] = (struct cite_link){ "collection", c->space, "text/html" };
	if (c->license)
		links[(*n)++] = (struct cite_link){ "license", c->license, NULL };
	return links;
}

const char *cite_link_header(struct arena *a, const struct cite *c)
{
	struct buf b = BUF_INIT;
	size_t n;
	struct cite_link *links = cite_links(a, c, &n);

	for (size_t i = 0; i < n; i++) {
		buf_printf(&b, "<%s>; rel=\"%s\"", links[i].href, links[i].rel);
		if (links[i].type)
			buf_printf(&b, "; type=\"%s\"", links[i].type);
		buf_str(&b, ", ");
	}
	buf_printf(&b, "<%s/linkset.json>; rel=\"linkset\"; type=\"application/linkset+json\"", c->page);
	const char *text = arena_strdup(a, buf_text(&b));
	buf_finish(&b);
	return text;
}

json_t *cite_linkset(struct arena *a, const struct cite *c)
{
	json_t *set = json_array(), *context = json_object();
	size_t n;
	struct cite_link *links = cite_links(a, c, &n);

	json_object_set_new(context, "anchor", json_string(c->page));
	json_array_append_new(set, context);
	for (size_t i = 0; i < n; i++) {
		json_t *list = json_object_get(context, links[i].rel), *target = json_object();

		if (!list)
			json_object_set_new(context, links[i].rel, list = json_array());
		json_object_set_new(target, "href", json_string(links[i].href));
		if (links[i].type)
			json_object_set_new(target, "type", json_string(links[i].type));
		json_array_append_new(list, target);
		if (strcmp(links[i].rel, "describedby") == 0)
			json_array_append_new(set, json_pack("{s:s, s:[{s:s, s:s}]}", "anchor", links[i].href, "describes",
				"href", c->page, "type", "text/html"));
	}
	json_t *root = json_object();
	json_object_set_new(root, "linkset", set);
	return root;
}
