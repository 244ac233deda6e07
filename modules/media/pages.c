/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Adding media coverage by its address, the report of links that do not answer,
 * and what readers are told of them. The server asks nothing of an address that
 * is typed here: the link check does so later, with its own precautions. */
#include "media.h"
#include <ctype.h>
#include "account.h"
#include "audit.h"
#include "content.h"

#define PER_PAGE 50
#define FILE_MOST 10000

static const char *day_text(struct arena *a, int64_t us)
{
	return moment_day(a, us);
}

/* ---- on the page of a record ---- */

bool media_record(struct request *rq, struct data *page, const struct record *r, const json_t *details,
	struct error *err)
{
	struct link_row *list;
	size_t n;

	if (!links_of_record(rq->db, rq->arena, r->num, &list, &n, err))
		return false;
	for (size_t i = 0; i < n; i++) {
		struct data *item = data_item(page, "dead_links");
		struct url u;

		if (url_external(rq->arena, list[i].url, &u))
			data_url(item, "url", u);
		data_text(item, "text", list[i].url);
		data_text(item, "date", date_human(rq->arena, day_text(rq->arena, list[i].checked_us)));
		data_flag(item, "kept", details_text(details, "excerpt") != NULL);
	}
	return true;
}

/* ---- report ---- */

const struct param report_params[] = {
	{ "state", PARAM_SLUG, 0, 0, "broken, or failing for those too that failed only lately" },
	{ "page", PARAM_INT, 1, 10000, "Page of the list, from 1" },
	{ NULL, 0, 0, 0, NULL }
};

static const char *report_space(const struct request *rq)
{
	return space_is_national(rq->space) ? NULL : rq->space->id;
}

static bool report_rotten(const struct request *rq)
{
	const char *state = request_arg(rq, "state");

	return !state || strcmp(state, "failing") != 0;
}

static const char *last_answer(struct arena *a, const struct link_row *l)
{
	return l->words ? l->words : l->status ? arena_printf(a, "HTTP status %d", l->status) : "None";
}

static struct url link_record_url(struct request *rq, const struct link_row *l)
{
	struct record r = { .type = l->record_type, .slug = l->record_slug, .space_slug = l->space_slug };

	return page_record_url(rq, &r);
}

bool link_report_page(struct request *rq, struct response *rs, struct error *err)
{
	int number = (int)request_arg_int(rq, "page", 1);
	bool rotten = report_rotten(rq);
	struct url self = url_path(rq->arena, "%b/links", rq->base);
	struct data *page = page_create(rq, "Links that do not answer");
	struct link_row *list;
	int64_t total;
	size_t n;

	if (!link_report(rq->db, rq->arena, report_space(rq), rotten, PER_PAGE, (number - 1) * PER_PAGE, &list, &n, &total, err))
		return false;
	for (size_t i = 0; i < n; i++) {
		struct data *row = data_item(page, "links");
		struct url u;

		data_text(row, "text", list[i].url);
		if (url_external(rq->arena, list[i].url, &u))
			data_url(row, "url", u);
		data_text(row, "record", list[i].record_title);
		data_url(row, "record_url", link_record_url(rq, &list[i]));
		data_text(row, "since", moment_human(rq->arena, list[i].failing_since_us));
		data_text(row, "answer", last_answer(rq->arena, &list[i]));
		data_text(row, "checked", moment_human(rq->arena, list[i].checked_us));
		data_text(row, "next", moment_human(rq->arena, list[i].due_us));
		data_int(row, "failures", list[i].failures);
		data_flag(row, "broken", list[i].state == LINK_ROTTEN);
	}
	for (int k = 0; k < 2; k++) {
		struct data *filter = data_item(page, "filters");

		data_text(filter, "label", k ? "Those too that failed only lately" : "Broken");
		data_url(filter, "url", url_query(rq->arena, self, "state", k ? "failing" : NULL));
		data_flag(filter, "current", rotten == !k);
	}
	data_flag(page, "off", !*options_string(rq->engine->options, "link-check-ports"));
	data_textf(page, "count", "%lld", (long long)total);
	data_url(page, "csv_url", url_query(rq->arena, url_path(rq->arena, "%b/links.csv", rq->base), "state",
		rotten ? NULL : "failing"));
	data_url(page, "add_url", url_path(rq->arena, "%b/media/add", rq->base));
	page_pagination(page, url_query(rq->arena, self, "state", rotten ? NULL : "failing"), total, PER_PAGE, number);
	page_crumb(page, "Links that do not answer", (struct url){ NULL });
	return page_send(rq, rs, "links", page, err);
}

static const char *instant(struct arena *a, int64_t us)
{
	return us ? moment_utc(a, us) : NULL;
}

bool link_report_csv(struct request *rq, struct response *rs, struct error *err)
{
	struct link_row *list;
	int64_t total;
	size_t n;

	if (!link_report(rq->db, rq->arena, report_space(rq), report_rotten(rq), FILE_MOST, 0, &list, &n, &total, err))
		return false;
	buf_str(&rs->body, "link,record,space,type,slug,state,failing_since,failures,last_answer,checked,next\r\n");
	for (size_t i = 0; i < n; i++) {
		csv_cell(&rs->body, list[i].url, ',');
		csv_cell(&rs->body, list[i].record_title, ',');
		csv_cell(&rs->body, list[i].space_slug, ',');
		csv_cell(&rs->body, list[i].record_type, ',');
		csv_cell(&rs->body, list[i].record_slug, ',');
		csv_cell(&rs->body, list[i].state == LINK_ROTTEN ? "broken" : "failing", ',');
		csv_cell(&rs->body, instant(rq->arena, list[i].failing_since_us), ',');
		buf_printf(&rs->body, "%d,", list[i].failures);
		csv_cell(&rs->body, last_answer(rq->arena, &list[i]), ',');
		csv_cell(&rs->body, instant(rq->arena, list[i].checked_us), ',');
		csv_cell(&rs->body, instant(rq->arena, list[i].due_us), '\n');
	}
	rs->type = "text/csv; charset=utf-8";
	response_header(rs, "Content-Disposition", "attachment; filename=\"links.csv\"");
	return true;
}

/* ---- adding by address ---- */

static const char *const fields[] = { "link", "title", "outlet", "date", "author", "summary", "excerpt", "archive" };
static const char *const kinds[][2] = { { "article", "Article" }, { "broadcast", "Broadcast" }, { "podcast", "Podcast" },
	{ "award", "Award" } };
static const char *const audiences[][2] = { { "public", "Everyone" }, { "network", "Members of the network" },
	{ "space", "Members of this space" } };
static const char *const strategies[][2] = { { "", "Neither" }, { "group-violence", "Group violence" },
	{ "drug-market", "Drug market" } };

/* Without spaces around, and those within as one. */
static const char *typed(struct request *rq, const char *name)
{
	const char *s = request_form(rq, name);
	char *out = arena_alloc(rq->arena, s ? strlen(s) + 1 : 1), *to = out;

	for (; s && *s; s++)
		if (!isspace((unsigned char)*s))
			*to++ = *s;
		else if (to > out && to[-1] != ' ')
			*to++ = ' ';
	if (to > out && to[-1] == ' ')
		to--;
	*to = '\0';
	return out;
}

static void put_choices(struct request *rq, struct data *page, const char *list, const char *field,
	const char *const (*words)[2], size_t n, const char *otherwise)
{
	const char *chosen = request_form(rq, field) ? request_form(rq, field) : otherwise;

	for (size_t i = 0; i < n; i++)
		page_option(page, list, words[i][0], words[i][1], chosen);
}

/* The national space's id, from what the viewer sees: it is public. */
static bool national_id(struct request *rq, const char **id, struct error *err)
{
	struct space *list;
	size_t n;

	*id = NULL;
	if (!space_list(rq->db, rq->arena, &list, &n, err))
		return false;
	for (size_t i = 0; i < n; i++)
		if (strcmp(list[i].slug, SPACE_NATIONAL) == 0)
			*id = list[i].id;
	return true;
}

static bool show_form(struct request *rq, struct response *rs, const char *wrong, struct error *err)
{
	struct data *page = page_create(rq, wrong ? "Error: Add media coverage" : "Add media coverage"), *values;
	const char *national;
	size_t first = 0;

	if (!national_id(rq, &national, err))
		return false;
	values = data_object(page, "typed");
	for (size_t i = 0; i < sizeof fields / sizeof *fields; i++)
		data_text(values, fields[i], request_form(rq, fields[i]));
	while (first < 2 && !viewer_may_publish(rq->viewer, rq->space->id, audience_parse(audiences[first][0]), national))
		first++;
	put_choices(rq, page, "kinds", "kind", kinds, 4, "article");
	put_choices(rq, page, "audiences", "audience", audiences + first, 3 - first, audiences[first][0]);
	put_choices(rq, page, "strategies", "strategy", strategies, 3, "");
	data_flag(page, "narrow", first > 0);
	data_url(page, "add_url", url_path(rq->arena, "%b/media/add", rq->base));
	data_text(page, "wrong", wrong);
	page_crumb(page, "Media coverage", url_query(rq->arena, url_path(rq->arena, "%b/library", rq->base), "type", "media"));
	page_crumb(page, "Add", (struct url){ NULL });
	if (!page_send(rq, rs, "media-add", page, err))
		return false;
	if (wrong && rs->status < 400)
		rs->status = 400;
	return true;
}

bool media_add_page(struct request *rq, struct response *rs, struct error *err)
{
	return show_form(rq, rs, NULL, err);
}

static const char *slug_of(struct arena *a, const char *title, const char *date)
{
	char *out = arena_alloc(a, 80), *to = out;

	for (const char *s = title; *s && to - out < 60; s++) {
		if (isalnum((unsigned char)*s) && (unsigned char)*s < 0x80)
			*to++ = (char)tolower((unsigned char)*s);
		else if (to > out && to[-1] != '-' && *s != '\'')
			*to++ = '-';
	}
	while (to > out && to[-1] == '-')
		to--;
	*to = '\0';
	return arena_printf(a, "%s%s%.4s", out, *out ? "-" : "media-", date);
}

static void element(struct buf *b, const char *name, const char *value)
{
	if (!*value)
		return;
	buf_printf(b, "  <%s>", name);
	html_text(b, value);
	buf_printf(b, "</%s>\n", name);
}

static const char *as_xml(struct request *rq, const char *slug)
{
	struct buf b = BUF_INIT;
	const char *summary = typed(rq, "summary");
	char today[11];

	snprintf(today, sizeof today, "%s", day_text(rq->arena, clock_now_us()));
	buf_str(&b, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<media xmlns=\"urn:commonweal:record:1\" "
		"xmlns:dc=\"http://purl.org/dc/terms/\"\n       ");
	buf_printf(&b, "space=\"%s\" slug=\"%s\" audience=\"", rq->space->slug, slug);
	html_text(&b, typed(rq, "audience"));
	buf_str(&b, "\">\n");
	element(&b, "dc:title", typed(rq, "title"));
	element(&b, "dc:abstract", summary);
	element(&b, "dc:creator", typed(rq, "author"));
	element(&b, "dc:publisher", typed(rq, "outlet"));
	element(&b, "dc:issued", typed(rq, "date"));
	element(&b, "dc:modified", today);
	buf_str(&b, "  <dc:language>en</dc:language>\n  <dc:subject>media coverage</dc:subject>\n");
	element(&b, "strategy", typed(rq, "strategy"));
	element(&b, "outlet", typed(rq, "outlet"));
	element(&b, "link", typed(rq, "link"));
	element(&b, "archive", typed(rq, "archive"));
	element(&b, "kind", typed(rq, "kind"));
	element(&b, "excerpt", typed(rq, "excerpt"));
	buf_str(&b, "  <body xmlns=\"http://www.w3.org/1999/xhtml\">\n    <p>");
	html_text(&b, summary);
	buf_str(&b, "</p>\n  </body>\n</media>\n");
	const char *xml = arena_strdup(rq->arena, buf_text(&b));
	buf_finish(&b);
	return xml;
}

static const char *form_problem(struct request *rq)
{
	static const struct {
		const char *field, *words;
		size_t most;
	} needed[] = { { "link", "Type the address of the page.", 2000 }, { "title", "Type the title.", 300 },
		{ "outlet", "Type the outlet: the paper, station or site.", 200 }, { "date", "Type the date of publication.", 10 },
		{ "summary", "Say in a sentence or two what it is about.", 1000 } };
	struct url u;

	for (size_t i = 0; i < sizeof needed / sizeof *needed; i++) {
		const char *value = typed(rq, needed[i].field);

		if (!*value)
			return needed[i].words;
		if (strlen(value) > needed[i].most)
			return arena_printf(rq->arena, "The %s is too long.", needed[i].field);
	}
	for (int i = 0; i < 2; i++) {
		const char *address = typed(rq, i ? "archive" : "link");

		if (*address && (!url_external(rq->arena, address, &u) || strncmp(address, "mailto:", 7) == 0 || strlen(address) > 2000))
			return i ? "The address of the archived copy begins with https:// or http:// and has no spaces." :
				"The address begins with https:// or http:// and has no spaces.";
	}
	if (!date_valid(typed(rq, "date")))
		return "The date is YYYY, YYYY-MM or YYYY-MM-DD, and there is such a day.";
	if (strlen(typed(rq, "excerpt")) > 2000 || strlen(typed(rq, "author")) > 300)
		return "The excerpt has at most 2,000 bytes, the author 300: keep a short passage, not the article.";
	return NULL;
}

struct adding {
	struct request *rq;
	struct content_doc *doc;
	int64_t num;
};

static bool write_media(struct db *w, void *arg, struct error *err)
{
	struct adding *a = arg;
	struct audit_entry e = audit_entry(a->rq, "record.publish", arena_printf(a->rq->arena, "%s/media/%s", a->doc->space,
		a->doc->slug), NULL);
	enum saved how;

	return record_publish(w, a->rq->arena, a->doc, a->rq->account, "Added by its address", 0, &a->num, &how, err) &&
		audit_write(w, &e, err);
}

bool media_add(struct request *rq, struct response *rs, struct error *err)
{
	const char *problem = form_problem(rq), *slug, *national, *xml;
	struct content_problem *problems;
	struct adding a = { .rq = rq };
	struct error failed = { 0 };
	size_t n;

	if (problem)
		return show_form(rq, rs, problem, err);
	if (!national_id(rq, &national, err))
		return false;
	if (!viewer_may_publish(rq->viewer, rq->space->id, audience_parse(typed(rq, "audience")), national) ||
		audience_parse(typed(rq, "audience")) == AUDIENCE_RESTRICTED)
		return show_form(rq, rs, "Choose who may read it.", err);
	slug = slug_of(rq->arena, typed(rq, "title"), typed(rq, "date"));
	xml = as_xml(rq, slug);
	if (!content_parse(rq->engine->schemas, rq->arena, "media", xml, strlen(xml), &a.doc, &problems, &n, &failed)) {
		if (n)
			return show_form(rq, rs, "Something typed here cannot be kept as it is. Check the kind, the strategy and the "
				"addresses.", err);
		*err = failed;
		return false;
	}
	if (!store_write(rq->engine->store, rq->viewer, write_media, &a, &failed)) {
		if (failed.kind != ERROR_CONFLICT && failed.kind != ERROR_INVALID) {
			*err = failed;
			return false;
		}
		rs->status = error_status(failed.kind);
		return show_form(rq, rs, failed.kind == ERROR_CONFLICT ? arena_printf(rq->arena, "There is media coverage of this "
			"title and year already, at %s. If it is another piece, add what tells it apart to the title.", slug) :
			arena_strdup(rq->arena, failed.text), err);
	}
	return response_redirect(rs, url_path(rq->arena, "%b/media/%s", rq->base, slug));
}

/* ---- module ---- */

static const struct route routes[] = {
	{ HTTP_GET, "/media/add", ROLE_EDITOR, 0, NULL, media_add_page, "Add media coverage by its address" },
	{ HTTP_POST, "/media/add", ROLE_EDITOR, 0, NULL, media_add, "Add media coverage by its address" },
	{ HTTP_GET, "/links", ROLE_EDITOR, 0, report_params, link_report_page, "Links that do not answer" },
	{ HTTP_GET, "/links.csv", ROLE_EDITOR, 0, report_params, link_report_csv, "Links that do not answer, as CSV" },
	{ 0, NULL, 0, 0, NULL, NULL, NULL }
};

const struct module media_module = { .name = "media", .migrations = media_migrations, .views = media_views,
	.routes = routes, .options = media_options, .jobs = media_jobs, .record = media_record,
	.purge_space = links_purge };
