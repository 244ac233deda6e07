/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Indicators: entry, own view, completeness. */
#include "pages.h"
#include "published.h"
#include "question.h"
#include "release.h"

static struct dictionary *dictionary; /* read-only once started */

const struct dictionary *indicators(void)
{
	return dictionary;
}

const char *indicators_label(const char *id)
{
	const struct indicator *in = dictionary_find(dictionary, id);

	return in ? in->label : id;
}

int64_t indicators_people(const struct request *rq)
{
	return rq->space->population;
}

bool indicators_here(struct request *rq, struct error *err)
{
	/* A member: not even a network admin sees another jurisdiction's figures. */
	if (space_is_jurisdiction(rq->space) && viewer_is_member(rq->viewer, rq->space->id))
		return true;
	return error_absent(err);
}

bool indicators_history(struct request *rq, struct history *out, struct error *err)
{
	struct figure *figures;

	if (!figures_list(rq->db, rq->arena, rq->space->id, &figures, &out->n, err))
		return false;
	out->figures = figures;
	return true;
}

struct url indicators_url(struct request *rq, const char *page)
{
	if (!*page)
		return url_path(rq->arena, "%b/indicators", rq->base);
	return url_path(rq->arena, "%b/indicators/%s", rq->base, page);
}

static void nav_entry(struct request *rq, struct data *page, const char *label, const char *name)
{
	struct data *item = data_item(page, "sections");
	const char *path = *name ? arena_printf(rq->arena, "/indicators/%s", name) : "/indicators";

	data_text(item, "label", label);
	data_url(item, "url", indicators_url(rq, name));
	data_flag(item, "current", strcmp(rq->path, path) == 0);
}

struct data *indicators_page(struct request *rq, const char *title)
{
	struct data *page = page_create(rq, title);
	bool own = space_is_jurisdiction(rq->space);

	if (strcmp(rq->path, "/indicators") != 0 && own)
		page_crumb(page, "Indicators", indicators_url(rq, ""));
	else
		page_crumb(page, "Indicators", (struct url){ NULL });
	data_text(page, "scope", own ? rq->space->name : "The whole network");
	if (own) {
		nav_entry(rq, page, "Overview", "");
		if (viewer_may_write(rq->viewer, rq->space->id)) {
			nav_entry(rq, page, "Enter figures", "enter");
			nav_entry(rq, page, "From a file", "upload");
		}
		nav_entry(rq, page, "Among peers", "peers");
		if (viewer_may_write(rq->viewer, rq->space->id))
			nav_entry(rq, page, "Questions", "questions");
		nav_entry(rq, page, "Completeness", "completeness");
		nav_entry(rq, page, "Corrections", "corrections");
	} else if (viewer_has_role(rq->viewer, rq->space->id, ROLE_READER)) {
		nav_entry(rq, page, "Completeness", "completeness");
	}
	nav_entry(rq, page, "Releases", "releases");
	nav_entry(rq, page, "Dictionary", "dictionary");
	return page;
}

struct dictionary *indicators_load(const struct engine *e, struct error *err)
{
	char schema[4096];

	snprintf(schema, sizeof schema, "%s/dictionary/indicators.rng", options_string(e->options, "schemas"));
	return dictionary_load(options_string(e->options, "indicators"), schema, err);
}

static bool start(struct engine *e, struct error *err)
{
	dictionary = indicators_load(e, err);
	return dictionary;
}

static void stop(struct engine *e)
{
	(void)e;
	dictionary_destroy(dictionary);
	dictionary = NULL;
}

static const struct option_def options[] = {
	{ "indicators", OPTION_PATH, PKGDATADIR "/indicators/indicators.xml", 0, 0, "The dictionary of indicators." },
	{ "figure-reminders", OPTION_BOOL, "yes", 0, 0, "Mail contributors when figures of their jurisdiction are due and missing." },
	{ "figure-reminder-interval", OPTION_DURATION, "6h", 1000, 86400000, "How often is looked for figures that are due." },
	{ "release-delay", OPTION_DURATION, "60d", 0, 366LL * 86400000, "How long after its end a quarter or year is released." },
	{ "release-interval", OPTION_DURATION, "6h", 1000, 86400000, "How often is looked for releases that are due." },
	{ NULL, 0, NULL, 0, 0, NULL }
};

static const struct route routes[] = {
	{ HTTP_GET, "/indicators", ROLE_READER, 0, indicator_params, indicators_overview, "A jurisdiction's own indicators" },
	{ HTTP_GET, "/indicators/dictionary", ROLE_ANYONE, 0, NULL, indicators_dictionary, "Dictionary of indicators" },
	{ HTTP_GET, "/indicators/enter", ROLE_CONTRIBUTOR, 0, enter_params, indicators_enter, "Form for a period's figures" },
	{ HTTP_POST, "/indicators/enter", ROLE_CONTRIBUTOR, 0, NULL, indicators_enter_save, "Save a period's figures" },
	{ HTTP_GET, "/indicators/upload", ROLE_CONTRIBUTOR, 0, NULL, indicators_upload, "Figures from a file" },
	{ HTTP_POST, "/indicators/upload", ROLE_CONTRIBUTOR, 0, NULL, indicators_upload_save, "Check or save a file's figures" },
	{ HTTP_POST, "/indicators/upload/file", ROLE_CONTRIBUTOR, ROUTE_UPLOAD, NULL, indicators_upload_file, "Check a file" },
	{ HTTP_GET, "/indicators/form.csv", ROLE_CONTRIBUTOR, 0, NULL, indicators_form_csv, "An empty file to fill in" },
	{ HTTP_GET, "/indicators/completeness", ROLE_READER, 0, completeness_params, indicators_completeness,
		"Which figures have been entered" },
	{ HTTP_GET, "/indicators/corrections", ROLE_READER, 0, NULL, indicators_corrections, "Corrections of figures" },
	{ HTTP_POST, "/indicators/marks", ROLE_CONTRIBUTOR, 0, NULL, indicators_mark_add, "Add a date of the strategy" },
	{ HTTP_POST, "/indicators/marks/{id:id}/remove", ROLE_CONTRIBUTOR, 0, NULL, indicators_mark_remove,
		"Remove a date of the strategy" },
	{ HTTP_GET, "/indicators/{slug:slug}", ROLE_READER, 0, indicator_params, indicator_one, "One indicator in time" },
	{ HTTP_GET, "/indicators/{slug:slug}/figures.csv", ROLE_READER, 0, indicator_params, indicator_csv,
		"One indicator's figures as a file" },
	{ HTTP_GET, "/indicators/peers", ROLE_READER, 0, NULL, indicators_peers, "A jurisdiction among its peers" },
	{ HTTP_GET, "/indicators/questions", ROLE_CONTRIBUTOR, 0, NULL, questions_page, "Questions among peers" },
	{ HTTP_GET, "/indicators/questions/new", ROLE_CONTRIBUTOR, 0, question_params, question_new, "Form for a question to peers" },
	{ HTTP_POST, "/indicators/questions", ROLE_CONTRIBUTOR, 0, NULL, question_new_save, "Ask peers" },
	{ HTTP_GET, "/indicators/questions/{id:id}", ROLE_CONTRIBUTOR, 0, NULL, question_page, "A question among peers" },
	{ HTTP_POST, "/indicators/questions/{id:id}/answer", ROLE_CONTRIBUTOR, 0, NULL, question_answer_save, "Answer a peer" },
	{ HTTP_POST, "/indicators/questions/{id:id}/name", ROLE_CONTRIBUTOR, 0, NULL, question_name_save,
		"Offer the name of one's jurisdiction, or take the offer back" },
	{ HTTP_POST, "/indicators/questions/{id:id}/close", ROLE_CONTRIBUTOR, 0, NULL, question_close_save, "Close one's question" },
	{ HTTP_GET, "/indicators/releases", ROLE_SIGNED_IN, 0, release_params, releases_page, "Releases of indicators" },
	{ HTTP_GET, "/indicators/releases/{id:id}", ROLE_SIGNED_IN, 0, NULL, release_page, "One release" },
	{ HTTP_GET, "/indicators/releases/{id:id}/figures.csv", ROLE_SIGNED_IN, 0, NULL, release_csv, "One release as a file" },
	{ HTTP_GET, "/indicators/releases/{id:id}/publish", ROLE_EDITOR, 0, NULL, published_release,
		"Form to publish a release's chart" },
	{ HTTP_POST, "/indicators/releases/{id:id}/publish", ROLE_EDITOR, 0, NULL, published_release, "Publish a release's chart" },
	{ HTTP_GET, "/indicators/{slug:slug}/publish", ROLE_EDITOR, 0, indicator_params, published_own,
		"Form to publish a chart of own figures" },
	{ HTTP_POST, "/indicators/{slug:slug}/publish", ROLE_EDITOR, 0, indicator_params, published_own,
		"Publish a chart of own figures" },
	{ HTTP_GET, "/charts", ROLE_ANYONE, 0, NULL, published_list_page, "Published charts" },
	{ HTTP_GET, "/charts/{id:id}", ROLE_ANYONE, 0, NULL, published_page, "A published chart" },
	{ HTTP_GET, "/charts/{id:id}/chart.svg", ROLE_ANYONE, 0, published_params, published_svg, "A published chart as SVG" },
	{ HTTP_GET, "/charts/{id:id}/figures.csv", ROLE_ANYONE, 0, NULL, published_csv, "A published chart's figures" },
	{ HTTP_POST, "/charts/{id:id}/withdraw", ROLE_SIGNED_IN, 0, NULL, published_withdraw_save, "Withdraw a chart" },
	{ HTTP_GET, "/api/v1/releases", ROLE_SIGNED_IN, ROUTE_API, release_params, release_api_list, "Releases of indicators" },
	{ HTTP_GET, "/api/v1/releases/{id:id}", ROLE_SIGNED_IN, ROUTE_API, NULL, release_api_one, "One release, as it was frozen" },
	{ HTTP_GET, "/indicators/{slug:slug}/impact", ROLE_READER, 0, effect_params, indicator_effect,
		"What changed since a date" },
	{ 0, NULL, 0, 0, NULL, NULL, NULL }
};

static const struct job_kind jobs[] = {
	{ "figure-reminders", 0, "figure-reminder-interval", metrics_remind },
	{ "releases", 0, "release-interval", release_job },
	{ NULL, 0, NULL, NULL }
};

const struct module metrics_module = { .name = "metrics", .migrations = metrics_migrations, .views = metrics_views,
	.routes = routes, .options = options, .commands = metrics_commands, .jobs = jobs, .start = start, .stop = stop,
	.mine = metrics_of_mine };
