/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the pages of help share. */
#include "help.h"

static const char *const done_words[][2] = {
	{ "asked", "Your request is sent. You are told when someone offers help." },
	{ "changed", "The request is changed." },
	{ "offer", "Your offer is sent. The asker answers it." },
	{ "assign", "The helper is assigned. The asker answers." },
	{ "accept", "The help is accepted. Note calls, visits and documents here as you go." },
	{ "decline", "The offer is declined." },
	{ "take-back", "The offer is taken back." },
	{ "step-down", "Your help has ended. The request waits for another helper." },
	{ "log", "It is noted." },
	{ "next", "The next step is set." },
	{ "close", "The request is closed. It can be opened again." },
	{ "reopen", "The request is open again." },
	{ "propose", "The visit is asked for. Both sides can write the plan now." },
	{ "plan", "The plan is saved. Both sides agree to it next." },
	{ "agree", "You have agreed to the plan." },
	{ "report", "The report is saved." },
	{ "story", "Your choice is saved." },
	{ "cancel", "The visit is called off." },
	{ NULL, NULL }
};

struct url help_url(struct request *rq, const char *below)
{
	return *below ? url_path(rq->arena, "%b/help/%s", rq->base, below) : url_path(rq->arena, "%b/help",
		rq->base);
}

static void nav_entry(struct data *page, const char *label, struct url url, bool current)
{
	struct data *item = data_item(page, "sections");

	data_text(item, "label", label);
	data_url(item, "url", url);
	data_flag(item, "current", current);
}

struct data *help_page_create(struct request *rq, const char *title)
{
	struct data *page = page_create(rq, title);
	bool list = strcmp(rq->path, "/help") == 0, ours = space_is_jurisdiction(rq->space) &&
		viewer_is_member(rq->viewer, rq->space->id);
	const char *which = list ? request_arg(rq, "which") : "none";

	data_text(page, "heading", title);
	data_text(page, "scope", rq->space->name);
	data_text(page, "part", "Help");
	data_text(page, "done", done_text(rq, done_words));
	page_crumb(page, "Exchange", url_path(rq->arena, "%b/exchange", rq->base));
	if (list)
		page_crumb(page, "Help", (struct url){ NULL });
	else
		page_crumb(page, "Help", help_url(rq, ""));
	if (ours) {
		nav_entry(page, "We ask", help_url(rq, ""), !which);
		nav_entry(page, "We help", url_query(rq->arena, help_url(rq, ""), "which", "helping"), which &&
			strcmp(which, "helping") == 0);
		nav_entry(page, "Others ask", url_query(rq->arena, help_url(rq, ""), "which", "others"), which &&
			strcmp(which, "others") == 0);
	} else {
		nav_entry(page, "Requests", help_url(rq, ""), !which);
	}
	nav_entry(page, "Site visits", url_path(rq->arena, "%b/help/visits", rq->base), strcmp(rq->path,
		"/help/visits") == 0);
	if (ours)
		nav_entry(page, "Ask for help", help_url(rq, "new"), strcmp(rq->path, "/help/new") == 0);
	return page;
}

bool help_national(struct request *rq, struct space **out, struct error *err)
{
	return space_by_slug(rq->db, rq->arena, SPACE_NATIONAL, out, err);
}

bool help_own_spaces(struct request *rq, const char *but, struct help_space **out, size_t *n,
	struct error *err)
{
	struct space *all;
	size_t n_all;

	*n = 0;
	if (!space_list(rq->db, rq->arena, &all, &n_all, err))
		return false;
	*out = arena_array(rq->arena, n_all ? n_all : 1, sizeof **out);
	for (size_t i = 0; i < n_all; i++)
		if (space_is_jurisdiction(&all[i]) && viewer_is_member(rq->viewer, all[i].id) && (!but ||
		strcmp(all[i].id, but) != 0))
			(*out)[(*n)++] = (struct help_space){ all[i].id, all[i].slug, all[i].short_name };
	return true;
}

bool help_prose(struct request *rq, const char *markdown, const char *prefix, struct prose *out,
	const char **wrong)
{
	struct error bad = { 0 };

	if (prose_draw(rq->engine->schemas, rq->arena, markdown, prefix, out, &bad))
		return true;
	*wrong = arena_strdup(rq->arena, bad.text);
	return false;
}
