/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Lists: sessions to come and past ones, and all actions. */
#include "meeting.h"
#include "../events/event.h"

#define PER_PAGE 30

const struct param sessions_params[] = {
	{ "group", PARAM_SLUG, 0, 0, "Only this group of the space" },
	{ "past", PARAM_SLUG, 0, 0, "yes: those that are over" },
	{ "page", PARAM_INT, 1, 100000, "Page of the list" },
	{ "done", PARAM_SLUG, 0, 0, "What was just done, sealed" },
	{ NULL, 0, 0, 0, NULL }
};
const struct param actions_params[] = {
	{ "group", PARAM_SLUG, 0, 0, "Only this group of the space" },
	{ "done", PARAM_SLUG, 0, 0, "What was just done, sealed" },
	{ NULL, 0, 0, 0, NULL }
};

/* The group that is asked for, which the viewer must be in; *out NULL: none is. */
static bool group_asked(struct request *rq, struct group **out, struct error *err)
{
	const char *slug = request_arg(rq, "group");

	*out = NULL;
	if (!slug)
		return true;
	return group_get(rq->db, rq->arena, rq->space->id, slug, out, err) &&
		((*out)->reads || error_set(err, ERROR_NOT_FOUND, "There is no such group, or it is not open to you."));
}

static void put_nav(struct request *rq, struct data *page, const struct group *g, const char *current)
{
	static const char *const entries[][2] = { { "To come", "" }, { "Past", "past" }, { "Actions", "actions" } };

	for (size_t i = 0; i < 3; i++) {
		struct data *item = data_item(page, "sections");
		struct url u = url_path(rq->arena, strcmp(entries[i][1], "actions") == 0 ? "%b/sessions/actions" :
			"%b/sessions", rq->base);

		u = url_query(rq->arena, u, "group", g ? g->slug : NULL);
		u = url_query(rq->arena, u, "past", strcmp(entries[i][1], "past") == 0 ? "yes" : NULL);
		data_text(item, "label", entries[i][0]);
		data_url(item, "url", u);
		data_flag(item, "current", strcmp(entries[i][1], current) == 0);
	}
}

static void put_meeting(struct request *rq, struct data *d, const struct meeting *m, const char *reader)
{
	const char *here = when_text(rq->arena, m->zone, m->starts_us, m->ends_us);

	data_text(d, "title", m->title);
	data_url(d, "url", meeting_url(rq, m, NULL));
	data_text(d, "when", here);
	if (reader && strcmp(reader, m->zone) != 0)
		data_text(d, "when_reader", when_text(rq->arena, reader, m->starts_us, m->ends_us));
	data_text(d, "place", m->place);
	data_text(d, "group", meeting_group_words(rq->arena, m->kind, m->group_name, m->space_name));
	data_text(d, "space_name", m->kind == GROUP_TEAM || m->kind == GROUP_PRIVATE ? m->space_name : NULL);
	data_flag(d, "private", m->kind == GROUP_PRIVATE);
	data_flag(d, "cancelled", m->cancelled_us != 0);
	data_flag(d, "attends", m->attends);
}

/* Of the group, of the space, or at the network's own address of all. */
static void filter_place(struct request *rq, const struct group *g, struct meeting_filter *f)
{
	f->group_id = g ? g->id : NULL;
	f->space_id = g || strcmp(rq->space->slug, SPACE_NATIONAL) == 0 ? NULL : rq->space->id;
}

static bool may_call(struct request *rq, const struct group *g, bool *may, struct error *err)
{
	struct meeting_group *groups;
	size_t n;

	*may = false;
	if (!meeting_groups(rq->db, rq->arena, &groups, &n, err))
		return false;
	for (size_t i = 0; i < n; i++)
		*may = *may || !g || strcmp(groups[i].id, g->id) == 0;
	return true;
}

bool sessions_page(struct request *rq, struct response *rs, struct error *err)
{
	const char *past = request_arg(rq, "past"), *reader = reader_zone(rq);
	int number = (int)request_arg_int(rq, "page", 1);
	struct meeting_filter f = { .limit = PER_PAGE, .offset = (number - 1) * PER_PAGE };
	bool over = past && strcmp(past, "yes") == 0, may;
	struct group *g;
	struct meeting *list;
	int64_t total;
	size_t n;

	if (!group_asked(rq, &g, err))
		return false;
	filter_place(rq, g, &f);
	*(over ? &f.ends_before_us : &f.ends_after_us) = clock_now_us();
	if (!meeting_list(rq->db, rq->arena, &f, &list, &n, &total, err) || !may_call(rq, g, &may, err))
		return false;
	struct data *page = meeting_page(rq, rs, NULL, "Working sessions", NULL);
	data_text(page, "scope", g ? g->name : f.space_id ? rq->space->name : "All your groups");
	put_nav(rq, page, g, over ? "past" : "");
	data_flag(page, "over", over);
	for (size_t i = 0; i < n; i++)
		put_meeting(rq, data_item(page, "meetings"), &list[i], reader);
	if (may)
		data_url(page, "new_url", url_query(rq->arena, url_path(rq->arena, "%b/sessions/new", rq->base), "group",
			g ? g->slug : NULL));
	struct url here = url_query(rq->arena, url_query(rq->arena, url_path(rq->arena, "%b/sessions", rq->base), "group",
		g ? g->slug : NULL), "past", over ? "yes" : NULL);
	page_pagination(page, here, total, PER_PAGE, number);
	return page_send_private(rq, rs, "sessions", page, err);
}

bool actions_page(struct request *rq, struct response *rs, struct error *err)
{
	struct action *list;
	struct group *g;
	size_t n;

	if (!group_asked(rq, &g, err) || !action_list(rq->db, rq->arena, g ? g->id : NULL, false, &list, &n, err))
		return false;
	struct data *page = meeting_page(rq, rs, NULL, "Actions from working sessions", NULL);
	const char *today = day_today(rq->arena, "Etc/UTC");
	bool all = g || strcmp(rq->space->slug, SPACE_NATIONAL) == 0;
	data_text(page, "scope", g ? g->name : all ? "All your groups" : rq->space->name);
	put_nav(rq, page, g, "actions");
	for (size_t i = 0; i < n; i++) {
		const struct entry *e = &list[i].entry;
		struct data *d;

		if (!all && strcmp(list[i].space_slug, rq->space->slug) != 0)
			continue;
		d = data_item(page, e->done_us ? "closed" : "open");
		data_text(d, "text", e->text);
		data_text(d, "person", e->person);
		data_text(d, "due", *e->day ? date_human(rq->arena, e->day) : NULL);
		data_flag(d, "late", !e->done_us && *e->day && strcmp(e->day, today) < 0);
		data_text(d, "done_at", e->done_us ? moment_day_human(rq->arena, e->done_us) : NULL);
		data_text(d, "session", list[i].meeting_title);
		data_text(d, "group", meeting_group_words(rq->arena, list[i].group_kind, list[i].group_name, list[i].space_name));
		data_url(d, "url", meeting_url_of(rq, list[i].space_slug, e->meeting_id, NULL));
		if (e->mine || list[i].writes)
			data_url(d, "act_url", meeting_url_of(rq, list[i].space_slug, e->meeting_id, arena_printf(rq->arena,
				"lines/%s/act", e->id)));
	}
	return page_send_private(rq, rs, "session-actions", page, err);
}
