/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Lists: a jurisdiction's requests and those of others; the national office's queue; visits. */
#include "help.h"
#include <time.h>

#define PER_PAGE 25
#define DAY_US (86400LL * 1000000)

const struct param help_list_params[] = {
	{ "which", PARAM_SLUG, 0, 0, "helping: that we help with; others: of other jurisdictions" },
	{ "state", PARAM_SLUG, 0, 0, "Only in this state; all: closed ones too" },
	{ "topic", PARAM_SLUG, 0, 0, "Only on this topic" },
	{ "overdue", PARAM_SLUG, 0, 0, "yes: only those overdue" },
	{ "page", PARAM_INT, 1, 1000, "Page of the list" },
	{ "done", PARAM_SLUG, 0, 0, "What was just done, sealed" },
	{ NULL, 0, 0, 0, NULL }
};

static const char *today(struct arena *a)
{
	time_t now = (time_t)(clock_now_us() / 1000000);
	char text[16];
	struct tm tm;

	gmtime_r(&now, &tm);
	strftime(text, sizeof text, "%Y-%m-%d", &tm);
	return arena_strdup(a, text);
}

static void read_filter(struct request *rq, struct help_filter *f, bool ours)
{
	const char *which = request_arg(rq, "which"), *state = request_arg(rq, "state"), *topic = request_arg(rq,
		"topic");

	*f = (struct help_filter){ .which = !ours ? HELP_ALL : help_is(which, "helping") ? HELP_WE_HELP : help_is(which, "others") ? HELP_OTHERS :
		HELP_OURS, .space_id = rq->space->id, .state = help_state_parse(state), .any_state = help_is(state, "all"),
		.topic = help_label(help_topics, topic) ? topic : NULL, .overdue = help_is(request_arg(rq, "overdue"), "yes"),
		.today = today(rq->arena), .limit = PER_PAGE, .offset = (int)(request_arg_int(rq, "page",
		1) - 1) * PER_PAGE,
		.late_us = clock_now_us() - options_int(rq->engine->options, "help-overdue") * 1000 };
}

static void put_choices(struct request *rq, struct data *page, const struct help_filter *f)
{
	page_option(page, "states", "", "Open", NULL);
	for (int s = HELP_REQUESTED; s <= HELP_CLOSED; s++)
		page_option(page, "states", help_state_word((enum help_state)s), help_state_label((enum help_state)s),
		help_state_word(f->state));
	page_option(page, "states", "all", "All", f->any_state ? "all" : NULL);
	page_option(page, "topics", "", "Any topic", NULL);
	for (size_t i = 0; help_topics[i][0]; i++)
		page_option(page, "topics", help_topics[i][0], help_topics[i][1], f->topic);
	data_text(page, "overdue_checked", f->overdue ? "checked" : NULL);
	data_text(page, "which", request_arg(rq, "which"));
	data_flag(page, "filtered", f->state || f->any_state || f->topic || f->overdue);
	data_url(page, "filter_url", help_url(rq, ""));
}

static void put_row(struct request *rq, struct data *page, const struct help_request *r)
{
	struct data *row = data_item(page, "rows");
	long long days = (long long)((clock_now_us() - r->asked_us) / DAY_US);

	data_text(row, "title", r->title);
	data_url(row, "url", help_url(rq, r->id));
	data_text(row, "space", r->space_name);
	data_text(row, "topic", help_label(help_topics, r->topic));
	data_text(row, "needed", *r->by_date ? arena_printf(rq->arena, "by %s", date_human(rq->arena, r->by_date)) :
		help_label(help_needs, r->needed));
	data_text(row, "state", help_state_label(r->state));
	data_flag(row, "overdue", r->overdue);
	data_text(row, "age", days == 0 ? "today" : days == 1 ? "1 day" : arena_printf(rq->arena, "%lld days",
		days));
}

static struct url with_filter(struct request *rq)
{
	static const char *const names[] = { "which", "state", "topic", "overdue" };
	struct url u = help_url(rq, "");

	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		u = url_query(rq->arena, u, names[i], request_arg(rq, names[i]));
	return u;
}

bool help_list_page(struct request *rq, struct response *rs, struct error *err)
{
	bool ours = space_is_jurisdiction(rq->space) && viewer_is_member(rq->viewer, rq->space->id);
	struct help_request *list;
	struct help_filter f;
	int64_t total;
	size_t n;

	read_filter(rq, &f, ours);
	if (!help_list(rq->db, rq->arena, &f, &list, &n, &total, err))
		return false;
	struct data *page = help_page_create(rq, f.which == HELP_WE_HELP ? "Help that we give" :
		f.which == HELP_OTHERS ? "Others ask for help" :
		f.which == HELP_ALL ? "Requests for help" : "Help that we ask for");
	for (size_t i = 0; i < n; i++)
		put_row(rq, page, &list[i]);
	put_choices(rq, page, &f);
	data_flag(page, "ours", f.which == HELP_OURS);
	data_flag(page, "helping", f.which == HELP_WE_HELP);
	data_flag(page, "others", f.which == HELP_OTHERS);
	data_flag(page, "queue", f.which == HELP_ALL);
	data_textf(page, "total", "%lld", (long long)total);
	data_flag(page, "one", total == 1);
	if (ours)
		data_url(page, "new_url", help_url(rq, "new"));
	data_url(page, "others_url", url_query(rq->arena, help_url(rq, ""), "which", "others"));
	data_url(page, "peers_url", url_path(rq->arena, "%b/peers", rq->base));
	page_pagination(page, with_filter(rq), total, PER_PAGE, (int)request_arg_int(rq, "page", 1));
	return page_send_private(rq, rs, "help", page, err);
}

/* ---- visits ---- */

static const char *visit_when(struct request *rq, const struct visit *v)
{
	if (*v->starts)
		return date_human(rq->arena, arena_strndup(rq->arena, v->starts, 10));
	return *v->dates[0] ? arena_printf(rq->arena, "proposed: %s", date_human(rq->arena, v->dates[0])) :
		"no date yet";
}

bool visits_page(struct request *rq, struct response *rs, struct error *err)
{
	bool ours = space_is_jurisdiction(rq->space) && viewer_is_member(rq->viewer, rq->space->id);
	struct visit *list;
	size_t n;

	if (!visit_list(rq->db, rq->arena, ours ? rq->space->id : NULL, NULL, &list, &n, err))
		return false;
	struct data *page = help_page_create(rq, "Site visits");
	for (size_t i = 0; i < n; i++) {
		struct data *row = data_item(page, "rows");

		data_text(row, "title", arena_printf(rq->arena, "%s visits %s", list[i].guest_name, list[i].host_name));
		data_url(row, "url", url_path(rq->arena, "%b/help/visits/%s", rq->base, list[i].id));
		data_text(row, "when", visit_when(rq, &list[i]));
		data_text(row, "state", visit_state_label(list[i].state));
		data_text(row, "purpose", text_excerpt(rq->arena, list[i].purpose, 120));
	}
	if (ours)
		data_url(page, "new_url", url_path(rq->arena, "%b/help/visits/new", rq->base));
	page_crumb(page, "Site visits", (struct url){ NULL });
	return page_send_private(rq, rs, "help-visits", page, err);
}
