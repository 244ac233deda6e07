/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The library's types of record, and what each shows on its page. */
#include "library.h"

static void fill_strategy(struct request *rq, struct data *page, const struct record *r,
	const json_t *details)
{
	const json_t *o = json_object_get(details, "began"), *entry;
	size_t i;

	(void)r;
	record_fact(page, "Known as", details_text(details, "acronym"));
	if (o)
		record_fact(page, "First carried out", arena_printf(rq->arena, "%s, %s", details_text(o, "text"),
			details_text(o, "year")));
	data_text(page, "problem", details_text(details, "problem"));
	json_array_foreach(json_object_get(details, "elements"), i, entry) {
		struct data *item = data_item(page, "elements");

		data_text(item, "title", details_text(entry, "title"));
		data_markup(item, "text", details_markup(rq, entry, "text"));
	}
	json_array_foreach(json_object_get(details, "results"), i, entry) {
		struct data *item = data_item(page, "results");

		data_text(item, "place", details_text(entry, "place"));
		data_text(item, "figure", details_text(entry, "figure"));
		data_text(item, "text", details_text(entry, "text"));
	}
	if (json_object_get(details, "elements"))
		record_section(rq, page, true, "elements", "How it works");
	if (json_object_get(details, "results"))
		record_section(rq, page, true, "results", "Results so far");
}

static void fill_guide(struct request *rq, struct data *page, const struct record *r,
	const json_t *details)
{
	const json_t *step, *resource;
	size_t i, j;

	(void)r;
	json_array_foreach(json_object_get(details, "steps"), i, step) {
		struct data *item = data_item(page, "steps");
		char *roles = arena_strdup(rq->arena, details_text(step, "role")), *save = NULL;

		data_text(item, "id", details_text(step, "slug"));
		data_text(item, "title", details_text(step, "title"));
		data_markup(item, "text", details_markup(rq, step, "text"));
		for (char *w = roles ? strtok_r(roles, " ", &save) : NULL; w; w = strtok_r(NULL, " ", &save))
			data_text(data_item(item, "roles"), "label", page_role_name(w));
		json_array_foreach(json_object_get(step, "resources"), j, resource)
			data_text(data_item(item, "resources"), "text", json_string_value(resource));
	}
	data_int(page, "step_count", (long long)json_array_size(json_object_get(details, "steps")));
	record_section(rq, page, false, "steps", "Steps");
}

static const char *group_name(const char *group)
{
	static const char *const names[][2] = { { "basics", "The basics" },
		{ "misconceptions", "Misconceptions" }, { "getting-started", "Getting started" },
		{ "network", "The National Network" }, { "racial-reconciliation", "Racial reconciliation" } };

	for (size_t i = 0; i < 5; i++)
		if (strcmp(names[i][0], group) == 0)
			return names[i][1];
	return group;
}

static void fill_faq(struct request *rq, struct data *page, const struct record *r, const json_t *details)
{
	(void)details;
	if (r->group)
		record_fact_url(page, "Part", group_name(r->group),
			url_fragment(rq->arena, url_path(rq->arena, "%b/faq", rq->base), r->group));
}

static void fill_evaluation(struct request *rq, struct data *page, const struct record *r,
	const json_t *details)
{
	static const char *const designs[][2] = { { "randomized", "Randomized trial" },
		{ "quasi-experimental", "Quasi-experiment" }, { "time-series", "Interrupted time series" },
		{ "pre-post", "Before and after" }, { "descriptive", "Description" }, { "review", "Review" } };
	static const char *const stages[][2] = { { "planned", "Planned" }, { "implemented", "Implemented" },
		{ "sustained", "Sustained" }, { "ended", "Ended" }, { "restarted", "Restarted" } };
	const char *design = details_text(details, "design"), *stage = details_text(details, "stage");

	for (size_t i = 0; design && i < 6; i++)
		if (strcmp(designs[i][0], design) == 0)
			record_fact(page, "Design", designs[i][1]);
	for (size_t i = 0; stage && i < 5; i++)
		if (strcmp(stages[i][0], stage) == 0)
			record_fact(page, "Stage", stages[i][1]);
	if (r->evidence)
		record_fact(page, "Evidence", page_evidence_name(r->evidence));
	record_fact(page, "Period", details_period(rq, details));
	record_fact(page, "Who was studied", details_text(details, "population"));
	record_fact(page, "Compared with", details_text(details, "comparison"));
	if (strcmp(r->type, "evaluation") == 0) {
		const char *funding = details_text(details, "funding"), *conflicts = details_text(details, "conflicts");

		record_fact(page, "Paid by", funding ? funding : "Not reported");
		record_fact(page, "Conflicts of interest", conflicts ? conflicts : "Not reported");
		record_fact(page, "Data", details_text(details, "data-availability"));
		record_fact(page, "Code", details_text(details, "code-availability"));
	}
	if (json_object_get(details, "outcomes")) {
		record_outcomes(rq, page, details);
		record_section(rq, page, true, "outcomes", "Outcomes");
	}
}

static void fill_innovation(struct request *rq, struct data *page, const struct record *r, const json_t *details)
{
	static const char *const names[][2] = { { "idea", "An idea" }, { "trial", "Being tried" }, { "in-use", "In use" },
		{ "ended", "Ended" } };
	const char *status = details_text(details, "status");

	for (size_t i = 0; status && i < 4; i++)
		if (strcmp(names[i][0], status) == 0)
			record_fact(page, "Status", names[i][1]);
	if (r->evidence)
		record_fact(page, "Evidence", page_evidence_name(r->evidence));
	record_fact(page, "Period", details_period(rq, details));
	data_text(page, "problem", details_text(details, "problem"));
	data_text(page, "expected", details_text(details, "expected"));
	data_text(page, "learned", details_text(details, "learned"));
	if (json_object_get(details, "outcomes")) {
		record_outcomes(rq, page, details);
		record_section(rq, page, true, "outcomes", "Outcomes");
	}
}

static void fill_publication(struct request *rq, struct data *page, const struct record *r,
	const json_t *details)
{
	static const char *const kinds[][2] = { { "journal-article", "Journal article" }, { "report", "Report" },
		{ "book", "Book" }, { "working-paper", "Working paper" }, { "guide", "Guide" } };
	const char *link = details_text(details, "link");
	struct url u;

	record_fact(page, "Authors", r->creator);
	for (size_t i = 0; r->group && i < 5; i++)
		if (strcmp(kinds[i][0], r->group) == 0)
			record_fact(page, "Kind", kinds[i][1]);
	data_url(page, "read_url", cite_doi_url(rq->arena, r));
	if (link && url_external(rq->arena, link, &u)) {
		record_fact_url(page, "Where to read it", link, u);
		data_url(page, "read_url", u);
	}
}

static void fill_media(struct request *rq, struct data *page, const struct record *r,
	const json_t *details)
{
	static const char *const kinds[][2] = { { "article", "Article" }, { "broadcast", "Broadcast" },
		{ "podcast", "Podcast" }, { "award", "Award" } };
	const char *link = details_text(details, "link");
	struct url u;

	record_fact(page, "Outlet", details_text(details, "outlet"));
	record_fact(page, "Date", date_human(rq->arena, r->issued));
	record_fact(page, "By", r->creator);
	for (size_t i = 0; r->group && i < 4; i++)
		if (strcmp(kinds[i][0], r->group) == 0)
			record_fact(page, "Kind", kinds[i][1]);
	if (link && url_external(rq->arena, link, &u))
		data_url(page, "read_url", u);
	link = details_text(details, "archive");
	if (link && url_external(rq->arena, link, &u))
		data_url(page, "archive_url", u);
	data_text(page, "excerpt", details_text(details, "excerpt"));
}

static const struct record_type strategy_type = {
	"strategy", "strategies", "Strategy", "Strategies", true, "/strategies", "Strategies", fill_strategy };
static const struct record_type guide_type = {
	"guide", "guides", "Guide", "Guides", true, "/library", "Library", fill_guide };
static const struct record_type faq_type = {
	"faq", "faq", "Question", "Questions", true, "/faq", "FAQ", fill_faq };
static const struct record_type case_study_type = {
	"case-study", "case-studies", "Case study", "Case studies", true, "/library", "Library", fill_evaluation };
static const struct record_type evaluation_type = {
	"evaluation", "evaluations", "Evaluation", "Evaluations", true, "/library", "Library", fill_evaluation };
static const struct record_type innovation_type = {
	"innovation", "innovations", "Innovation", "Innovations", true, "/innovations", "Innovations", fill_innovation };
static const struct record_type publication_type = {
	"publication", "publications", "Publication", "Publications", true, "/library", "Library",
	fill_publication };
static const struct record_type media_type = {
	"media", "media", "Media coverage", "Media coverage", true, "/library", "Library", fill_media };

const struct record_type *const library_types[] = { &strategy_type, &guide_type, &faq_type,
	&case_study_type, &evaluation_type, &innovation_type, &publication_type, &media_type, NULL };
