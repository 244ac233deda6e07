/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The page of a record: heading, contents, body, facts, relations, citation. */
#include "record_page.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "account.h"
#include "attachment.h"
#include "audit.h"
#include "cite.h"
#include "content.h"
#include "engine.h"
#include "module.h"
#include "page.h"
#include "record_version.h"
#include "text.h"

#define RELATIONS_SHOWN 8

/* ---- for the types ---- */

void record_section(struct request *rq, struct data *page, bool before, const char *id, const char *label)
{
	struct data *item = data_item(page, before ? "contents_before" : "contents_after");

	data_text(item, "label", label);
	data_url(item, "url", url_fragment(rq->arena, (struct url){ NULL }, id));
}

static void fact_value(struct data *fact, const char *value, struct url url)
{
	struct data *item = data_item(fact, "values");

	data_text(item, "text", value);
	data_url(item, "url", url);
}

void record_fact_url(struct data *page, const char *label, const char *value, struct url url)
{
	if (!value || !*value)
		return;
	struct data *fact = data_item(page, "facts");
	data_text(fact, "label", label);
	fact_value(fact, value, url);
}

void record_fact(struct data *page, const char *label, const char *value)
{
	record_fact_url(page, label, value, (struct url){ NULL });
}

const char *details_text(const json_t *o, const char *name)
{
	const json_t *v = json_object_get(o, name);

	return json_string_value(json_is_object(v) ? json_object_get(v, "text") : v);
}

struct markup details_markup(struct request *rq, const json_t *o, const char *name)
{
	/* The page outlives the details. */
	return html_stored(arena_strdup(rq->arena,
		json_string_value(json_object_get(json_object_get(o, name), "html"))));
}

const char *details_period(struct request *rq, const json_t *details)
{
	const json_t *period = json_object_get(details, "period");
	const char *start = details_text(period, "start"), *end = details_text(period, "end");

	if (!start)
		return NULL;
	if (!end || strcmp(start, end) == 0)
		return date_human(rq->arena, start);
	return arena_printf(rq->arena, "%s to %s", date_human(rq->arena, start), date_human(rq->arena, end));
}

/* "-37" and "percent" as "−37 %". */
static const char *figure(struct arena *a, const char *number, const char *unit)
{
	bool percent = unit && strcmp(unit, "percent") == 0;
	const char *sign = *number == '-' ? "\xe2\x88\x92" : "";

	return arena_printf(a, "%s%s%s%s", sign, *number == '-' ? number + 1 : number,
		percent ? " %" : unit ? " " : "", percent || !unit ? "" : unit);
}

void record_outcomes(struct request *rq, struct data *page, const json_t *details)
{
	static const char *const directions[][2] = { { "decrease", "Fell" }, { "increase", "Rose" },
		{ "none", "No change" }, { "mixed", "Mixed" } };
	const json_t *outcome;
	size_t i;

	json_array_foreach(json_object_get(details, "outcomes"), i, outcome) {
		struct data *item = data_item(page, "outcomes");
		const char *unit = details_text(outcome, "unit"), *effect = details_text(outcome, "effect");
		const char *low = details_text(outcome, "low"), *high = details_text(outcome, "high");
		const char *level = details_text(outcome, "interval"), *direction = details_text(outcome, "direction");

		data_text(item, "measure", details_text(outcome, "measure"));
		data_text(item, "direction", direction);
		for (size_t d = 0; direction && d < 4; d++)
			if (strcmp(directions[d][0], direction) == 0)
				data_text(item, "direction_label", directions[d][1]);
		if (effect)
			data_text(item, "effect", figure(rq->arena, effect, unit));
		if (low && high)
			data_textf(item, "interval", "%s%sinterval %s to %s", level ? level : "", level ? " % " : "",
				figure(rq->arena, low, NULL), figure(rq->arena, high, NULL));
		data_text(item, "note", details_text(outcome, "text"));
	}
}

/* ---- relations ---- */

static const char *relation_label(const struct request *rq, const struct relation *r)
{
	static const struct {
		const char *type, *forward, *reverse;
	} labels[] = {
		{ "about", "About", NULL },
		{ "evaluates", "Evaluates", "Evaluated by" },
		{ "references", "Sources", "Referred to by" },
		{ "requires", "Read first", "Read next" },
		{ "replaces", "Replaces", "Replaced by" },
		{ "isPartOf", "Part of", "Parts" },
		{ "isFormatOf", "Also published as", "Other forms" },
		{ "conformsTo", "Follows", "Followed by" },
		{ "related", "See also", "See also" },
	};
	const struct record_type *t = engine_type(rq->engine, r->record.type);

	for (size_t i = 0; i < sizeof labels / sizeof *labels; i++)
		if (strcmp(labels[i].type, r->type) == 0 && (!r->reverse || labels[i].reverse))
			return r->reverse ? labels[i].reverse : labels[i].forward;
	return t ? t->label_plural : "More on this"; /* what is about this, by its type */
}

/* Order of the groups: what was found, what to read, what else there is. */
static int relation_rank(const struct relation *r)
{
	static const char *const kinds[] = { "replaces", "evaluates", "requires", "isPartOf", "conformsTo",
		"references", "isFormatOf", "related" };
	static const char *const types[] = { "strategy", "guide", "evaluation", "innovation", "case-study", "faq", "publication",
		"media", "profile", "event" };
	int n_kinds = sizeof kinds / sizeof *kinds, n_types = sizeof types / sizeof *types;

	for (int i = 0; i < n_kinds; i++)
		if (strcmp(kinds[i], r->type) == 0)
			return strcmp(r->type, "related") == 0 ? n_kinds + 5 : i;
	if (!r->reverse)
		return n_kinds;
	for (int i = 0; i < n_types; i++)
		if (strcmp(types[i], r->record.type) == 0)
			return n_kinds + i;
	return n_kinds + n_types;
}

static void put_relation(struct request *rq, struct data *item, const struct record *r, const char *label)
{
	const struct record_type *t = engine_type(rq->engine, r->type);

	data_text(item, "title", r->title);
	data_url(item, "url", page_record_url(rq, r));
	if (t && strcmp(t->label_plural, label) != 0)
		data_text(item, "type", t->label);
}

static void put_relations(struct request *rq, struct data *page, const struct relation *list, size_t n)
{
	bool *done = arena_array(rq->arena, n, sizeof *done);

	for (size_t left = n; left > 0;) {
		size_t first = n, shown = 0, more = 0;

		for (size_t i = 0; i < n; i++)
			if (!done[i] && (first == n || relation_rank(&list[i]) < relation_rank(&list[first])))
				first = i;
		const char *label = relation_label(rq, &list[first]);
		struct data *group = data_item(page, "relations");
		data_text(group, "label", label);
		for (size_t i = 0; i < n; i++) {
			if (done[i] || strcmp(relation_label(rq, &list[i]), label) != 0)
				continue;
			/* A record stands once, where it stands first. */
			for (size_t k = 0; k < n; k++)
				if (!done[k] && list[k].record.num == list[i].record.num) {
					done[k] = true;
					left--;
				}
			put_relation(rq, data_item(group, shown < RELATIONS_SHOWN ? "items" : "rest"), &list[i].record, label);
			if (shown < RELATIONS_SHOWN)
				shown++;
			else
				more++;
		}
		if (more)
			data_textf(group, "more", "%zu more", more);
	}
	if (n) {
		data_flag(page, "related", true);
		record_section(rq, page, false, "related", "Related");
	}
}

/* ---- citation ---- */

static void put_linked_data(struct request *rq, struct data *page, const struct cite *c)
{
	json_t *root = cite_schema_org(rq->arena, c);
	char *text = json_dumps(root, JSON_COMPACT | JSON_ENSURE_ASCII);

	json_decref(root);
	if (text)
		data_markup(page, "linked_data", html_data_block(rq->arena, "application/ld+json", text));
	free(text);
}

static void put_download(struct request *rq, struct data *page, const struct record *r, const char *name,
	const char *type, const char *label, const char *for_whom)
{
	struct data *item = data_item(page, "cite_downloads");

	data_text(item, "label", label);
	data_text(item, "type", type);
	data_text(item, "for", for_whom);
	data_url(item, "url", url_path(rq->arena, "%b/%s", page_record_url(rq, r).text, name));
}

static bool put_citation(struct request *rq, struct response *rs, struct data *page, const struct record *r,
	struct error *err)
{
	struct cite *c = cite_make(rq, r);
	struct url url;
	size_t n;

	if (!cite_add_files(rq, c, err))
		return false;
	struct pair *tags = cite_tags(rq->arena, c, &n);
	for (size_t i = 0; i < n; i++) {
		struct data *item = data_item(page, "cite_tags");

		data_text(item, "name", tags[i].name);
		data_text(item, "content", tags[i].value);
	}
	put_linked_data(rq, page, c);
	response_header(rs, "Link", cite_link_header(rq->arena, c));
	data_text(page, "cite_text", cite_plain(rq->arena, c));
	data_text(page, "cite_address", c->address);
	if (url_external(rq->arena, c->address, &url))
		data_url(page, "cite_url", url);
	data_text(page, "cite_version", c->version);
	if (c->version && url_external(rq->arena, c->version, &url))
		data_url(page, "cite_version_url", url);
	put_download(rq, page, r, "cite.bib", "application/x-bibtex", "BibTeX", "LaTeX, with biber");
	put_download(rq, page, r, "cite.ris", "application/x-research-info-systems", "RIS", "EndNote, RefWorks, Mendeley");
	put_download(rq, page, r, "cite.json", "application/vnd.citationstyles.csl+json", "CSL-JSON", "Zotero, Pandoc");
	put_download(rq, page, r, "cite.jsonld", "application/ld+json", "JSON-LD", "search engines");
	if (r->doi)
		put_download(rq, page, r, "cite.datacite.xml", "application/vnd.datacite.datacite+xml", "DataCite", "registering its DOI");
	record_section(rq, page, false, "cite", "Cite");
	return true;
}

static void put_references(struct request *rq, struct data *page, const struct record *r)
{
	char *lines = arena_strdup(rq->arena, r->citation), *save = NULL;

	for (char *line = lines ? strtok_r(lines, "\n", &save) : NULL; line; line = strtok_r(NULL, "\n", &save))
		data_text(data_item(page, "citations"), "text", line);
	if (r->citation)
		record_section(rq, page, false, "references", "References");
}

/* ---- who may read it ---- */

void record_note_read(struct request *rq, const struct record *r, const char *how)
{
	if (r->audience == AUDIENCE_SPACE || r->audience == AUDIENCE_RESTRICTED)
		audit_note(rq, "record.read", r->id, arena_printf(rq->arena, "%s/%s/%s as %s", r->space_slug, r->type,
			r->slug, how));
}

static const char *people(struct arena *a, int64_t n)
{
	return arena_printf(a, "At present these are %lld %s.", (long long)n, n == 1 ? "person" : "people");
}

/* The rule, the viewer's own reason, and, for those who answer for the space,
 * how many people that is. */
static bool put_audience(struct request *rq, struct data *page, const struct record *r, struct error *err)
{
	struct arena *a = rq->arena;
	bool admin = viewer_has_role(rq->viewer, r->space_id, ROLE_SPACE_ADMIN);
	const char **names;
	int64_t count = 0, unknown;
	enum role role = ROLE_UNDECLARED;
	size_t n;

	for (size_t i = 0; i < rq->viewer->n_memberships; i++)
		if (strcmp(rq->viewer->memberships[i].space_id, r->space_id) == 0)
			role = rq->viewer->memberships[i].role;
	switch (r->audience) {
	case AUDIENCE_NETWORK:
		data_text(page, "audience_label", "Members of the network");
		data_text(page, "audience_rule", "Every signed-in member of the network can read this, whichever space they "
			"belong to. Visitors cannot.");
		data_text(page, "audience_why", "You can read it because you are signed in as a member.");
		if (admin && !account_count(rq->db, NULL, &count, err))
			return false;
		break;
	case AUDIENCE_SPACE:
		data_textf(page, "audience_label", "Members of %s", r->space_short_name);
		data_textf(page, "audience_rule", "Only members of the space %s can read this.", r->space_name);
		data_textf(page, "audience_why", "You can read it because you are %s of this space.",
			role == ROLE_EDITOR ? "an editor" : arena_printf(a, "a %s", role_label(role)));
		if (admin && !account_count(rq->db, r->space_id, &count, err))
			return false;
		break;
	case AUDIENCE_RESTRICTED:
		data_text(page, "audience_label", "Named people only");
		data_text(page, "audience_rule", "Only the people named here can read this; other members of the space, and its "
			"administrators, cannot.");
		data_text(page, "audience_why", "You can read it because you are one of them.");
		if (!account_readers(rq->db, a, r->num, &names, &n, &unknown, err))
			return false;
		for (size_t i = 0; i < n; i++)
			data_text(data_item(page, "audience_names"), "name", names[i]);
		break;
	default:
		return true;
	}
	if (admin && r->audience != AUDIENCE_RESTRICTED)
		data_text(page, "audience_count", people(a, count));
	return true;
}

/* ---- the page ---- */

static void put_contents(struct request *rq, struct data *page, const struct record *r)
{
	json_t *toc = json_loads(r->toc_json ? r->toc_json : "[]", 0, NULL);
	const json_t *entry;
	size_t i;

	json_array_foreach(toc, i, entry) {
		if (json_integer_value(json_object_get(entry, "level")) != 2)
			continue;
		struct data *item = data_item(page, "contents");
		data_text(item, "label", json_string_value(json_object_get(entry, "title")));
		data_url(item, "url", url_fragment(rq->arena, (struct url){ NULL },
			json_string_value(json_object_get(entry, "id"))));
	}
	json_decref(toc);
}

static void put_common_facts(struct request *rq, struct data *page, const struct record *r)
{
	char *words = arena_strdup(rq->arena, r->strategies), *save = NULL;
	struct data *strategies = NULL, *places = NULL;

	if (strcmp(r->type, "publication") == 0)
		record_fact(page, "Published", date_human(rq->arena, r->issued));
	/* A profile is about its own place, and says more of its strategies. */
	bool profile = strcmp(r->type, "profile") == 0;
	for (char *w = words && !profile ? strtok_r(words, " ", &save) : NULL; w; w = strtok_r(NULL, " ", &save)) {
		struct url u = url_path(rq->arena, "%b/library", rq->base);

		strategies = strategies ? strategies : data_item(page, "facts");
		data_text(strategies, "label", "Strategy");
		fact_value(strategies, page_strategy_name(w), url_query(rq->arena, u, "strategy", w));
	}
	for (size_t i = 0; i < r->n_places && !profile; i++) {
		places = places ? places : data_item(page, "facts");
		data_text(places, "label", "Place");
		fact_value(places, r->places[i].label, r->places[i].space_slug ?
			page_space_url(rq, r->places[i].space_slug) : (struct url){ NULL });
	}
	if (strcmp(r->space_slug, SPACE_NATIONAL) != 0 && !profile)
		record_fact_url(page, "Shared by", r->space_name, page_space_url(rq, r->space_slug));
	if (r->modified)
		record_fact(page, "Last reviewed", date_human(rq->arena, r->modified));
	record_fact_url(page, "DOI", r->doi, cite_doi_url(rq->arena, r));
	record_fact(page, "Origin", r->source_note);
	record_fact(page, "Rights", r->rights);
	for (size_t i = 0; i < r->n_subjects; i++) {
		struct data *tag = data_item(page, "subjects");

		data_text(tag, "label", r->subjects[i]);
		data_url(tag, "url", url_query(rq->arena, url_path(rq->arena, "%b/search", rq->base), "q",
			arena_printf(rq->arena, "\"%s\"", r->subjects[i])));
	}
}

static void put_crumbs(struct request *rq, struct data *page, const struct record_type *t,
	const struct record *r)
{
	struct url section = url_path(rq->arena, "%b/%s", rq->base, t->section + 1);

	page_crumb(page, t->section_label, section);
	if (strcmp(t->section, "/library") == 0)
		page_crumb(page, t->label_plural, url_query(rq->arena, section, "type", t->name));
	page_crumb(page, r->title, (struct url){ NULL });
}

static bool put_modules(struct request *rq, struct data *page, const struct record *r, const json_t *details,
	struct error *err)
{
	for (const struct module *const *m = rq->engine->modules; *m; m++)
		if ((*m)->record && !(*m)->record(rq, page, r, details, err))
			return false;
	return true;
}

/* Its pictures are attached files of the record of that number. */
static bool put_body(struct request *rq, struct data *page, const struct record *r, int64_t num,
	struct error *err)
{
	struct attachment *files = NULL;
	size_t n = 0;

	if (strstr(r->body_html, "<img ") && !attachment_list(rq->db, rq->arena, num, &files, &n, err))
		return false;
	data_markup(page, "body", html_stored(attachment_images(rq->arena, rq->base, r->body_html, files, n)));
	return true;
}

static bool draw(struct request *rq, struct response *rs, const struct record_type *t, struct record *r,
	const struct relation *relations, size_t n_relations, int64_t files_of, struct data *page, struct error *err)
{
	const char *address = page_absolute(rq, page_record_url(rq, r));
	struct url canonical;

	data_text(page, "description", r->summary);
	if (url_external(rq->arena, address, &canonical))
		data_url(page, "canonical", canonical);
	put_crumbs(rq, page, t, r);
	if (strcmp(t->name, "strategy") == 0 && r->strategies && !strchr(r->strategies, ' '))
		page_feed(rq, page, NULL, r->strategies);
	data_text(page, "type", t->name);
	data_text(page, "type_label", t->label);
	data_text(page, "summary", r->summary);
	data_text(page, "record_lang", r->language);
	if (!put_body(rq, page, r, files_of, err))
		return false;
	json_t *details = json_loads(r->details_json ? r->details_json : "{}", 0, NULL);
	if (t->fill)
		t->fill(rq, page, r, details);
	bool ok = put_modules(rq, page, r, details, err);
	json_decref(details);
	if (!ok)
		return false;
	put_contents(rq, page, r);
	put_common_facts(rq, page, r);
	put_relations(rq, page, relations, n_relations);
	put_references(rq, page, r);
	/* What is not at an address of its own is cited by none. */
	if (r->num && !put_citation(rq, rs, page, r, err))
		return false;
	/* Whether an event is over depends on the clock. */
	if (r->starts_us > clock_now_us())
		rs->fresh_until_us = r->starts_us + 1;
	return page_send(rq, rs, "record", page, err);
}

bool record_page(struct request *rq, struct response *rs, struct error *err)
{
	size_t n = strcspn(rq->path + 1, "/");
	const struct record_type *t = engine_type_plural(rq->engine, arena_strndup(rq->arena, rq->path + 1, n));
	struct error absent = { 0 };
	struct relation *relations;
	size_t n_relations;
	struct record *r;
	bool shown;

	if (!t)
		return error_set(err, ERROR_NOT_FOUND, "There is nothing at this address.");
	if (!record_get(rq->db, rq->arena, rq->space->slug, t->name, request_arg(rq, "slug"), &r, &absent)) {
		if (absent.kind == ERROR_NOT_FOUND) {
			if (!record_page_withdrawn(rq, rs, t, request_arg(rq, "slug"), &shown, err))
				return false;
			if (shown)
				return true;
		}
		*err = absent;
		return false;
	}
	if (!record_relations(rq->db, rq->arena, r->num, &relations, &n_relations, err))
		return false;
	struct data *page = page_create(rq, r->title);
	if (!put_audience(rq, page, r, err))
		return false;
	record_note_read(rq, r, "page");
	data_url(page, "json_url", url_path(rq->arena, "/api/v1/records/%s", r->id));
	data_url(page, "xml_url", url_path(rq->arena, "/api/v1/records/%s/source", r->id));
	return draw(rq, rs, t, r, relations, n_relations, r->num, page, err);
}

/* ---- what does not stand at its address ---- */

static const char *words_of(struct arena *a, const char **list, size_t n)
{
	const char *words = NULL;

	for (size_t i = 0; i < n; i++)
		words = words ? arena_printf(a, "%s %s", words, list[i]) : list[i];
	return words;
}

/* As record_save would make it. */
static struct record *from_document(struct request *rq, const struct content_doc *doc)
{
	struct record *r = arena_alloc(rq->arena, sizeof *r);
	struct error hidden = { 0 };
	struct space *s = NULL;

	if (!space_by_slug(rq->db, rq->arena, doc->space, &s, &hidden))
		s = NULL;
	*r = (struct record){ .id = "", .type = doc->type, .slug = doc->slug, .space_id = s ? s->id : "",
		.space_slug = doc->space, .space_name = s ? s->name : doc->space, .space_short_name = s ? s->short_name : doc->space,
		.audience = audience_parse(doc->audience), .title = doc->title, .summary = doc->summary, .creator = doc->creator,
		.publisher = doc->publisher, .issued = doc->issued, .modified = doc->modified, .language = doc->language,
		.rights = doc->rights, .source_note = doc->source_note, .citation = doc->citation, .doi = doc->doi,
		.year = doc->issued ? atoi(doc->issued) : 0, .evidence = doc->evidence, .group = doc->group,
		.position = doc->position, .starts = doc->starts, .ends = doc->ends, .starts_us = doc->starts_us, .zone = doc->zone,
		.series = doc->series, .strategies = words_of(rq->arena, doc->strategies, doc->n_strategies),
		.body_html = doc->body_html, .toc_json = doc->toc_json, .details_json = doc->details_json,
		.n_subjects = doc->n_subjects, .subjects = doc->subjects, .n_places = doc->n_places };
	if (!r->issued)
		r->issued = "";
	r->places = arena_array(rq->arena, doc->n_places, sizeof *r->places);
	for (size_t i = 0; i < doc->n_places; i++) {
		struct error unknown = { 0 };
		struct space *place;

		r->places[i].label = doc->places[i].label;
		if (doc->places[i].space && space_by_slug(rq->db, rq->arena, doc->places[i].space, &place, &unknown))
			r->places[i].space_slug = place->slug;
	}
	return r;
}

bool record_page_document(struct request *rq, struct response *rs, const struct content_doc *doc,
	int64_t files_of, void (*more)(struct request *rq, struct data *page, void *arg), void *arg, struct error *err)
{
	const struct record_type *t = engine_type(rq->engine, doc->type);
	struct relation *relations = arena_array(rq->arena, doc->n_relations, sizeof *relations);
	size_t n = 0;

	if (!t)
		return error_set(err, ERROR_NOT_FOUND, "There is nothing at this address.");
	/* Only what the viewer may see, as it is now. */
	for (size_t i = 0; i < doc->n_relations; i++) {
		const struct content_reference *ref = &doc->relations[i];
		struct error absent = { 0 };
		struct record *target;

		if (record_get(rq->db, rq->arena, ref->space, ref->type, ref->slug, &target, &absent))
			relations[n++] = (struct relation){ .type = ref->relation, .record = *target };
		else if (absent.kind != ERROR_NOT_FOUND)
			return error_set(err, absent.kind, "%s", absent.text);
	}
	struct data *page = page_create(rq, doc->title);
	if (more)
		more(rq, page, arg);
	return draw(rq, rs, t, from_document(rq, doc), relations, n, files_of, page, err);
}

bool record_page_withdrawn(struct request *rq, struct response *rs, const struct record_type *t, const char *slug,
	bool *shown, struct error *err)
{
	struct tombstone *gone;
	struct space *national;

	*shown = false;
	if (!record_tombstone(rq->db, rq->arena, rq->space->slug, t->name, slug, &gone, err))
		return false;
	if (!gone)
		return true;
	struct data *page = page_create(rq, gone->title);
	page_crumb(page, t->section_label, url_path(rq->arena, "%b/%s", rq->base, t->section + 1));
	page_crumb(page, gone->title, (struct url){ NULL });
	data_text(page, "type_label", t->label);
	data_text(page, "reason", gone->reason);
	data_text(page, "withdrawn", moment_human(rq->arena, gone->withdrawn_us));
	if (rq->account) {
		if (!space_by_slug(rq->db, rq->arena, SPACE_NATIONAL, &national, err))
			return false;
		if (viewer_may_publish(rq->viewer, gone->space_id, gone->audience, national->id))
			data_url(page, "restore_url", url_path(rq->arena, "%b/%s/%s/restore", rq->base, t->plural, gone->slug));
	}
	*shown = true;
	rs->status = 410; /* Gone (RFC 9110, 15.5.11) */
	return page_send(rq, rs, "withdrawn", page, err);
}
