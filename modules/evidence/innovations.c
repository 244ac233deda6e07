/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The list of innovations: what jurisdictions try, each with its stage. */
#include "rating.h"

const struct param innovation_params[] = {
	{ "status", PARAM_SLUG, 0, 0, "idea, trial, in-use or ended" },
	{ "page", PARAM_INT, 1, 10000, "Page of the list, from 1" },
	{ NULL, 0, 0, 0, NULL }
};

static const char *const statuses[][2] = { { NULL, "All" }, { "idea", "Ideas" }, { "trial", "Being tried" },
	{ "in-use", "In use" }, { "ended", "Ended" } };

static const char *innovations_title(struct request *rq, const char *status)
{
	for (size_t i = 1; status && i < sizeof statuses / sizeof *statuses; i++)
		if (strcmp(statuses[i][0], status) == 0)
			return arena_printf(rq->arena, "Innovations: %s", statuses[i][1]);
	return "Innovations";
}

static void put_statuses(struct request *rq, struct data *page, const char *chosen)
{
	for (size_t i = 0; i < sizeof statuses / sizeof *statuses; i++) {
		struct data *item = data_item(page, "filters");

		data_text(item, "label", statuses[i][1]);
		data_url(item, "url", url_query(rq->arena, url_path(rq->arena, "%b/innovations", rq->base), "status",
			statuses[i][0]));
		data_flag(item, "current", statuses[i][0] ? chosen && strcmp(statuses[i][0], chosen) == 0 : !chosen);
	}
}

static bool put_innovation(struct request *rq, struct data *page, const struct record *r, struct error *err)
{
	struct data *card = data_item(page, "hits");
	const struct stage *stage;

	if (!practice_stage(rq, r, &stage, err))
		return false;
	page_card(rq, card, r);
	data_text(card, "stage", stage->name);
	data_text(card, "stage_label", stage->label);
	return true;
}

bool innovations_page(struct request *rq, struct response *rs, struct error *err)
{
	const char *status = request_arg(rq, "status");
	int number = (int)request_arg_int(rq, "page", 1), per_page = 20;
	struct record_filter f = { .type = "innovation", .group = status, .order = RECORD_BY_DATE_DESC, .limit = per_page,
		.offset = (number - 1) * per_page };
	struct data *page = page_create(rq, innovations_title(rq, status));
	struct record *list;
	int64_t total = 0;
	size_t n;

	if (!space_is_national(rq->space))
		f.space_slug = rq->space->slug;
	if (!record_list(rq->db, rq->arena, &f, &list, &n, &total, err))
		return false;
	for (size_t i = 0; i < n; i++)
		if (!put_innovation(rq, page, &list[i], err))
			return false;
	put_statuses(rq, page, status);
	data_textf(page, "count", "%lld", (long long)total);
	data_flag(page, "one", total == 1);
	if (n == 0) {
		struct data *empty = data_object(page, "empty"), *link = data_item(empty, "links");

		data_text(empty, "heading", "No innovation stands here");
		data_text(empty, "message", total ? "This page is past the end of the list." : "Nobody has written down yet what is "
			"tried here.");
		data_text(link, "label", "The whole library");
		data_url(link, "url", url_path(rq->arena, "%b/library", rq->base));
	}
	page_pagination(page, url_query(rq->arena, url_path(rq->arena, "%b/innovations", rq->base), "status", status), total,
		per_page, number);
	page_crumb(page, "Innovations", (struct url){ NULL });
	data_text(page, "description", "What jurisdictions try, and whether anyone has tested it.");
	return page_send(rq, rs, "innovations", page, err);
}
