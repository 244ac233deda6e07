/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Lists of drafts: one's own, those to review, those of one's spaces, the queue. */
#include "pages.h"
#include "readable.h"

#define PER_PAGE 50
#define DAY_US (86400 * 1000000LL)

const struct param drafts_params[] = {
	{ "space", PARAM_SLUG, 0, 0, "Slug of a space" },
	{ "type", PARAM_SLUG, 0, 0, "A type of record" },
	{ "state", PARAM_SLUG, 0, 0, "writing, review, changes, approved, scheduled, published or discarded" },
	{ "age", PARAM_INT, 0, 3650, "Days since it was submitted, at least" },
	{ "page", PARAM_INT, 1, 10000, "Page of the list" },
	{ "done", PARAM_SLUG, 0, 0, "What was just done, sealed" },
	{ NULL, 0, 0, 0, NULL }
};

static const struct {
	enum draft_list_kind kind;
	const char *path, *label, *empty;
} lists[] = {
	{ DRAFTS_MINE, "/drafts", "My drafts", "You have no drafts." },
	{ DRAFTS_TO_REVIEW, "/drafts/review", "For me to review", "Nothing waits for your review." },
	{ DRAFTS_SPACES, "/drafts/space", "My spaces", "Nobody else in your spaces has a draft." },
	{ DRAFTS_QUEUE, "/drafts/queue", "Queue", "Nothing waits." },
};

static bool writes_anywhere(const struct viewer *v, enum role role)
{
	return v->network_admin || viewer_has_role_anywhere(v, role);
}

/* A list is named to those who can have something in it. */
static bool offered(const struct viewer *v, enum draft_list_kind kind)
{
	return kind == DRAFTS_TO_REVIEW || kind == DRAFTS_MINE ||
		writes_anywhere(v, kind == DRAFTS_QUEUE ? ROLE_EDITOR : ROLE_CONTRIBUTOR);
}

static const char *waiting(struct arena *a, int64_t since_us)
{
	int64_t days = (clock_now_us() - since_us) / DAY_US;

	return since_us == 0 ? NULL : days < 1 ? "today" : arena_printf(a, "%lld %s", (long long)days, days == 1 ? "day" : "days");
}

static void put_draft(struct request *rq, struct data *d, const struct draft *draft)
{
	const struct record_type *t = engine_type(rq->engine, draft->type);

	data_text(d, "title", *draft->title ? draft->title : "(without a title)");
	data_url(d, "url", draft_url(rq, draft->id, NULL));
	data_text(d, "type", t ? t->label : draft->type);
	data_text(d, "space", draft->space_name);
	data_text(d, "author", draft->author_name);
	data_text(d, "state", draft_state_label(draft->state));
	data_text(d, "audience", audience_label(draft->audience));
	data_text(d, "saved", moment_human(rq->arena, draft->saved_us));
	data_text(d, "waiting", waiting(rq->arena, draft->submitted_us));
	data_flag(d, "update", draft->record_num && draft->state != DRAFT_PUBLISHED);
}

static bool put_filter(struct request *rq, struct data *page, struct url here, struct error *err)
{
	static const char *const ages[][2] = { { "", "Any time" }, { "7", "More than a week" }, { "14", "More than two weeks" },
		{ "30", "More than a month" } };
	struct space *spaces;
	size_t n;

	if (!space_list(rq->db, rq->arena, &spaces, &n, err))
		return false;
	page_option(page, "spaces", "", "Any space", request_arg(rq, "space"));
	for (size_t i = 0; i < n; i++)
		page_option(page, "spaces", spaces[i].slug, spaces[i].name, request_arg(rq, "space"));
	page_option(page, "types", "", "Any type", request_arg(rq, "type"));
	for (const struct record_type *const *t = rq->engine->types; *t; t++)
		page_option(page, "types", (*t)->name, (*t)->label, request_arg(rq, "type"));
	page_option(page, "states", "", "Not ended", request_arg(rq, "state"));
	for (enum draft_state s = DRAFT_WRITING; s <= DRAFT_DISCARDED; s++)
		page_option(page, "states", draft_state_name(s), draft_state_label(s), request_arg(rq, "state"));
	for (size_t i = 0; i < sizeof ages / sizeof *ages; i++)
		page_option(page, "ages", ages[i][0], ages[i][1], request_arg(rq, "age"));
	data_url(page, "list_url", here);
	data_flag(page, "narrowed", request_arg(rq, "space") || request_arg(rq, "type") || request_arg(rq, "state") ||
		request_arg(rq, "age"));
	return true;
}

static void put_navigation(struct request *rq, struct data *page, enum draft_list_kind here)
{
	for (size_t i = 0; i < sizeof lists / sizeof *lists; i++) {
		struct url to;

		if (!offered(rq->viewer, lists[i].kind))
			continue;
		struct data *item = data_item(page, "lists");
		url_local(rq->arena, arena_printf(rq->arena, "%s%s", rq->base, lists[i].path), &to);
		data_text(item, "label", lists[i].label);
		data_url(item, "url", to);
		data_flag(item, "current", lists[i].kind == here);
	}
}

static struct url list_url(struct request *rq, struct url here)
{
	static const char *const names[] = { "space", "type", "state", "age" };

	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		here = url_query(rq->arena, here, names[i], request_arg(rq, names[i]));
	return here;
}

static bool show(struct request *rq, struct response *rs, enum draft_list_kind kind, struct error *err)
{
	int number = (int)request_arg_int(rq, "page", 1);
	int64_t age = request_arg_int(rq, "age", 0), total;
	struct draft_filter f = { .kind = kind, .account_id = rq->account->id, .space_slug = request_arg(rq, "space"),
		.type = request_arg(rq, "type"), .state = draft_state_parse(request_arg(rq, "state")),
		.submitted_before_us = age ? clock_now_us() - age * DAY_US : 0, .limit = PER_PAGE, .offset = (number - 1) * PER_PAGE };
	struct data *page = page_create(rq, lists[kind].label);
	struct draft *list;
	struct url here;
	size_t n;

	url_local(rq->arena, arena_printf(rq->arena, "%s%s", rq->base, lists[kind].path), &here);
	if (!draft_list(rq->db, rq->arena, &f, &list, &n, &total, err) || !put_filter(rq, page, here, err))
		return false;
	for (size_t i = 0; i < n; i++)
		put_draft(rq, data_item(page, "drafts"), &list[i]);
	put_navigation(rq, page, kind);
	data_text(page, "done", draft_done(rq));
	if (kind != DRAFTS_MINE)
		page_crumb(page, "Drafts", url_path(rq->arena, "%b/drafts", rq->base));
	page_crumb(page, kind == DRAFTS_MINE ? "Drafts" : lists[kind].label, (struct url){ NULL });
	data_text(page, "heading", lists[kind].label);
	data_textf(page, "count", "%lld %s", (long long)total, total == 1 ? "draft" : "drafts");
	data_text(page, "nothing", lists[kind].empty);
	data_url(page, "evidence_url", url_path(rq->arena, "%b/evidence", rq->base));
	if (viewer_has_role(rq->viewer, rq->space->id, ROLE_EDITOR)) {
		data_url(page, "media_url", url_path(rq->arena, "%b/media/add", rq->base));
		data_url(page, "links_url", url_path(rq->arena, "%b/links", rq->base));
	}
	/* Where one may not write, as a contributor of a place in the network's pages, the form offers the spaces where one may. */
	if (writes_anywhere(rq->viewer, ROLE_CONTRIBUTOR))
		data_url(page, "write_url", url_path(rq->arena, "%b/drafts/new", rq->base));
	if (viewer_may_write(rq->viewer, rq->space->id))
		data_text(page, "write_space", rq->space->short_name);
	page_pagination(page, list_url(rq, here), total, PER_PAGE, number);
	return page_send_private(rq, rs, "drafts", page, err);
}

bool drafts_mine(struct request *rq, struct response *rs, struct error *err)
{
	return show(rq, rs, DRAFTS_MINE, err);
}

bool drafts_to_review(struct request *rq, struct response *rs, struct error *err)
{
	return show(rq, rs, DRAFTS_TO_REVIEW, err);
}

bool drafts_spaces(struct request *rq, struct response *rs, struct error *err)
{
	return show(rq, rs, DRAFTS_SPACES, err);
}

bool drafts_queue(struct request *rq, struct response *rs, struct error *err)
{
	return show(rq, rs, DRAFTS_QUEUE, err);
}
