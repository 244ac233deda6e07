/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Content: rich text. Its HTML is written from a list of known elements and
 * attributes, so nothing else can come through. */
#include <stdlib.h>
#include <string.h>
#include <jansson.h>
#include "content_run.h"
#include "html.h"
#include "text.h"
#include "url.h"

enum rich_kind { RICH_BLOCK = 1, RICH_ID = 2, RICH_HEADING = 4, RICH_CELL = 8, RICH_VOID = 16 };

static const struct rich_element {
	const char *name;
	int flags;
} elements[] = {
	{ "p", RICH_BLOCK | RICH_ID }, { "h2", RICH_BLOCK | RICH_ID | RICH_HEADING },
	{ "h3", RICH_BLOCK | RICH_ID | RICH_HEADING }, { "h4", RICH_BLOCK | RICH_ID | RICH_HEADING },
	{ "ul", RICH_BLOCK }, { "ol", RICH_BLOCK }, { "li", RICH_BLOCK | RICH_ID }, { "dl", RICH_BLOCK },
	{ "dt", RICH_BLOCK }, { "dd", RICH_BLOCK }, { "blockquote", RICH_BLOCK }, { "table", RICH_BLOCK },
	{ "caption", RICH_BLOCK }, { "thead", RICH_BLOCK }, { "tbody", RICH_BLOCK }, { "tr", RICH_BLOCK },
	{ "th", RICH_BLOCK | RICH_CELL }, { "td", RICH_BLOCK | RICH_CELL }, { "figure", RICH_BLOCK },
	{ "figcaption", RICH_BLOCK }, { "hr", RICH_BLOCK | RICH_VOID }, { "br", RICH_VOID }, { "img", RICH_VOID }, { "a", 0 },
	{ "em", 0 }, { "strong", 0 }, { "cite", 0 }, { "q", 0 }, { "abbr", 0 }, { "code", 0 }, { "sub", 0 },
	{ "sup", 0 }, { "span", 0 }, { NULL, 0 }
};

/* Ids that the page around a record uses itself (content/templates, modules). */
static const char *const page_ids[] = { "main", "facets", "site-search", "error-search", "footer-about",
	"footer-links", "contents", "cite", "related", "about-this", "steps", "outcomes", "elements",
	"results", "team", "references", "files", "evidence-at-a-glance", "ratings", NULL };

static const struct rich_element *element_of(const xmlNode *n)
{
	if (content_is(n, NS_XHTML, NULL))
		for (const struct rich_element *e = elements; e->name; e++)
			if (strcmp(e->name, (const char *)n->name) == 0)
				return e;
	return NULL;
}

bool rich_is(const xmlNode *n)
{
	const xmlNode *c = content_child(n);

	return c && content_is(c, NS_XHTML, NULL);
}

/* ---- ids ---- */

/* Open addressing; room is a power of two and at least twice the elements. */
struct id_set {
	const char **slots;
	size_t room;
};

static bool id_add(struct id_set *set, const char *id)
{
	uint64_t hash = 1469598103934665603u;

	for (const char *s = id; *s; s++)
		hash = (hash ^ (unsigned char)*s) * 1099511628211u;
	for (size_t i = hash & (set->room - 1);; i = (i + 1) & (set->room - 1)) {
		if (!set->slots[i]) {
			set->slots[i] = id;
			return true;
		}
		if (strcmp(set->slots[i], id) == 0)
			return false;
	}
}

static bool id_has(const struct id_set *set, const char *id)
{
	uint64_t hash = 1469598103934665603u;

	for (const char *s = id; *s; s++)
		hash = (hash ^ (unsigned char)*s) * 1099511628211u;
	for (size_t i = hash & (set->room - 1); set->slots[i]; i = (i + 1) & (set->room - 1))
		if (strcmp(set->slots[i], id) == 0)
			return true;
	return false;
}

static void given_ids(struct content_run *r, struct id_set *set)
{
	const xmlNode *root = xmlDocGetRootElement(r->doc);

	for (const xmlNode *n = root; n; n = content_next(n, root)) {
		bool step = content_is(n, NS_RECORD, "step");
		const char *name = step ? "slug" : "id";
		const char *id = step || content_is(n, NS_XHTML, NULL) ? content_attr(r->arena, n, name) : NULL;

		if (!id)
			continue;
		if (strlen(id) > 80)
			content_report_attr(r, n, content_attr_node(n, name), "the %s is longer than 80 letters", name);
		else if (!id_add(set, id))
			content_report_attr(r, n, content_attr_node(n, name),
				"the %s '%s' stands here twice, or the page needs it for itself", name, id);
		content_node_of(r, n)->id = id;
	}
}

static bool is_target(struct arena *a, const char *href)
{
	struct content_reference ref;
	struct url u;

	return strncmp(href, "record:", 7) == 0 ? content_split(a, href + 7, &ref) : url_external(a, href, &u);
}

/* Only there are images drawn: record_page.c. */
static bool is_in_body(const xmlNode *n)
{
	for (n = n->parent; n && n->type == XML_ELEMENT_NODE; n = n->parent)
		if (content_is(n, NS_XHTML, "body"))
			return true;
	return false;
}

void rich_ids(struct content_run *r)
{
	const xmlNode *root = xmlDocGetRootElement(r->doc);
	struct id_set set = { .room = 64 };

	while (set.room < 4 * r->n_nodes)
		set.room *= 2;
	set.slots = arena_array(r->arena, set.room, sizeof *set.slots);
	for (size_t i = 0; page_ids[i]; i++)
		id_add(&set, page_ids[i]);
	given_ids(r, &set);
	size_t number = 2; /* counts on, so that many equal headings stay cheap */
	for (const xmlNode *n = root; n; n = content_next(n, root)) {
		const struct rich_element *e = element_of(n);

		if (!e || !(e->flags & RICH_HEADING) || content_node_of(r, n)->id)
			continue;
		const char *slug = text_slug(r->arena, content_text(r->arena, n), 48);
		const char *base = *slug ? slug : "part", *id = base;
		while (!id_add(&set, id))
			id = arena_printf(r->arena, "%s-%zu", base, number++);
		content_node_of(r, n)->id = id;
	}
	for (const xmlNode *n = root; n; n = content_next(n, root)) {
		if (content_is(n, NS_XHTML, "img") && !is_in_body(n))
			content_report(r, content_offset(r, n), "an image stands in the body of a record only");
		const char *href = content_is(n, NS_XHTML, "a") ? content_attr(r->arena, n, "href") : NULL;

		if (href && *href == '#' && !id_has(&set, href + 1))
			content_report_attr(r, n, content_attr_node(n, "href"), "there is no id '%s' in this record",
				content_quote(r->arena, href + 1));
		else if (href && *href != '#' && !is_target(r->arena, href))
			content_report_attr(r, n, content_attr_node(n, "href"), "no link can go to '%s': an address has no "
				"user name, and none of \" < > \\ ^ ` { | }", content_quote(r->arena, href));
	}
}

/* ---- HTML ---- */

static void add_link(struct content_run *r, const struct content_reference *ref)
{
	struct content_doc *d = r->out;

	if (d->n_links == r->room_links) {
		size_t room = r->room_links ? r->room_links * 2 : 8;
		struct content_reference *more = arena_array(r->arena, room, sizeof *more);

		if (d->n_links)
			memcpy(more, d->links, d->n_links * sizeof *more);
		d->links = more;
		r->room_links = room;
	}
	d->links[d->n_links++] = *ref;
}

static const char *image_name(struct content_run *r, const xmlNode *n)
{
	const char *src = content_attr(r->arena, n, "src");

	return src && strncmp(src, "attachment:", 11) == 0 ? src + 11 : "";
}

/* The id of a published chart, or NULL: the image is a file. */
static const char *image_chart(struct content_run *r, const xmlNode *n)
{
	const char *src = content_attr(r->arena, n, "src");

	return src && strncmp(src, "chart:", 6) == 0 && id_valid(src + 6) ? src + 6 : NULL;
}

static void add_image(struct content_run *r, const xmlNode *n)
{
	struct content_doc *d = r->out;
	struct content_image *image;

	if (d->n_images == r->room_images) {
		size_t room = r->room_images ? r->room_images * 2 : 8;
		struct content_image *more = arena_array(r->arena, room, sizeof *more);

		if (d->n_images)
			memcpy(more, d->images, d->n_images * sizeof *more);
		d->images = more;
		r->room_images = room;
	}
	image = &d->images[d->n_images++];
	image->name = image_name(r, n);
	content_position(r, content_offset(r, n), &image->line, &image->column);
}

static void put_attr(struct buf *b, const char *name, const char *value)
{
	if (!value)
		return;
	buf_printf(b, " %s=\"", name);
	html_text(b, value);
	buf_char(b, '"');
}

/* An id as the page has it. */
static const char *shown_id(struct content_run *r, const char *id)
{
	return id && r->id_prefix ? arena_printf(r->arena, "%s%s", r->id_prefix, id) : id;
}

static const char *link_target(struct content_run *r, const xmlNode *n)
{
	const char *href = content_attr(r->arena, n, "href");
	struct content_reference ref = { 0 };
	struct url u;

	if (!href)
		return NULL;
	if (*href == '#')
		return arena_printf(r->arena, "#%s", shown_id(r, href + 1));
	if (strncmp(href, "record:", 7) == 0) {
		if (!content_split(r->arena, href + 7, &ref))
			return NULL;
		content_position(r, content_offset(r, n), &ref.line, &ref.column);
		add_link(r, &ref);
		return url_path(r->arena, "/r/%s/%s/%s", ref.space, ref.type, ref.slug).text;
	}
	return url_external(r->arena, href, &u) ? u.text : NULL;
}

static void put_html(struct content_run *r, struct buf *b, const xmlNode *n)
{
	for (const xmlNode *c = n->children; c; c = c->next) {
		const struct rich_element *e;

		if (c->type == XML_TEXT_NODE || c->type == XML_CDATA_SECTION_NODE)
			html_text(b, (const char *)c->content);
		if (c->type != XML_ELEMENT_NODE || !(e = element_of(c)))
			continue;
		bool table = strcmp(e->name, "table") == 0;
		if (table)
			buf_str(b, "<div class=\"usa-table-container--scrollable\" tabindex=\"0\" role=\"region\""
				" aria-label=\"Table\">");
		if (strcmp(e->name, "img") == 0 && image_chart(r, c)) {
			buf_str(b, "<img");
			put_attr(b, "src", url_path(r->arena, "/charts/%s/chart.svg", image_chart(r, c)).text);
			put_attr(b, "alt", content_attr(r->arena, c, "alt"));
			buf_str(b, " loading=\"lazy\">");
			continue;
		}
		if (strcmp(e->name, "img") == 0) {
			/* attachment.c puts the address in place of the name when a page is made. */
			add_image(r, c);
			buf_str(b, "<img");
			put_attr(b, "src", arena_printf(r->arena, "attachment:%s", image_name(r, c)));
			put_attr(b, "alt", content_attr(r->arena, c, "alt"));
			buf_char(b, '>');
			continue;
		}
		buf_printf(b, "<%s", e->name);
		put_attr(b, "lang", content_attr(r->arena, c, "lang"));
		if (e->flags & RICH_ID)
			put_attr(b, "id", shown_id(r, content_node_of(r, c)->id));
		if (table)
			buf_str(b, " class=\"usa-table\"");
		if (strcmp(e->name, "a") == 0)
			put_attr(b, "href", link_target(r, c));
		if (strcmp(e->name, "abbr") == 0)
			put_attr(b, "title", content_attr(r->arena, c, "title"));
		if (e->flags & RICH_CELL) {
			put_attr(b, "colspan", content_attr(r->arena, c, "colspan"));
			put_attr(b, "rowspan", content_attr(r->arena, c, "rowspan"));
			if (strcmp(e->name, "th") == 0)
				put_attr(b, "scope", content_attr(r->arena, c, "scope"));
		}
		buf_char(b, '>');
		if (e->flags & RICH_VOID)
			continue;
		put_html(r, b, c);
		buf_printf(b, "</%s>%s", e->name, table ? "</div>" : "");
	}
}

const char *rich_html(struct content_run *r, const xmlNode *n)
{
	struct buf b = BUF_INIT;

	put_html(r, &b, n);
	char *html = arena_strdup(r->arena, buf_text(&b));
	buf_finish(&b);
	return html;
}

/* ---- text ---- */

static void put_text(struct content_run *r, struct buf *b, const xmlNode *n)
{
	for (const xmlNode *c = n->children; c; c = c->next) {
		const struct rich_element *e;

		if (c->type == XML_TEXT_NODE || c->type == XML_CDATA_SECTION_NODE) {
			for (const char *s = (const char *)c->content; *s; s++) {
				bool space = *s == ' ' || *s == '\t' || *s == '\n' || *s == '\r';
				char last = b->len ? b->data[b->len - 1] : '\n';

				if (!space)
					buf_char(b, *s);
				else if (last != ' ' && last != '\n')
					buf_char(b, ' ');
			}
		}
		if (c->type != XML_ELEMENT_NODE || !(e = element_of(c)))
			continue;
		put_text(r, b, c);
		if (strcmp(e->name, "img") == 0)
			buf_str(b, content_attr(r->arena, c, "alt"));
		bool ends = (e->flags & RICH_BLOCK) || strcmp(e->name, "br") == 0;
		if (ends && b->len && b->data[b->len - 1] != '\n')
			buf_char(b, '\n');
	}
}

const char *rich_text(struct content_run *r, const xmlNode *n)
{
	struct buf b = BUF_INIT;

	put_text(r, &b, n);
	while (b.len && (b.data[b.len - 1] == '\n' || b.data[b.len - 1] == ' '))
		b.len--;
	char *text = arena_strndup(r->arena, buf_text(&b), b.len);
	buf_finish(&b);
	return text;
}

const char *rich_toc(struct content_run *r, const xmlNode *root)
{
	json_t *list = json_array();

	for (const xmlNode *n = content_next(root, root); n; n = content_next(n, root)) {
		const struct rich_element *e = element_of(n);

		if (e && (e->flags & RICH_HEADING) && json_array_append_new(list, json_pack("{s:i, s:s, s:s}",
			"level", e->name[1] - '0', "id", content_node_of(r, n)->id,
			"title", content_text(r->arena, n))) != 0)
			abort();
	}
	char *text = json_dumps(list, JSON_COMPACT);
	if (!text)
		abort();
	char *kept = arena_strdup(r->arena, text);
	free(text);
	json_decref(list);
	return kept;
}
