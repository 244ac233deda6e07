/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The page itself, and all that one was told of. */
#include "own.h"

#define NEW_SHOWN 10
#define PER_PAGE 50
#define ITEMS_SHOWN 100

const struct param list_params[] = {
	{ "page", PARAM_INT, 1, 10000, "Page of the list" },
	{ "done", PARAM_SLUG, 0, 0, "What was just done, sealed" },
	{ NULL, 0, 0, 0, NULL }
};

static const char *const done_texts[][2] = { { "seen", "Marked as seen." }, { NULL, NULL } };

/* ---- what is new ---- */

static void put_notification(struct request *rq, struct data *d, const struct notification *n)
{
	data_text(d, "id", n->id);
	data_text(d, "title", n->title);
	data_text(d, "space", n->space_name);
	data_text(d, "at", moment_human(rq->arena, n->at_us));
	data_url(d, "url", page_path_url(rq, n->space_slug, n->path));
	data_flag(d, "unseen", !n->seen_us);
}

static bool put_new(struct request *rq, struct data *page, struct error *err)
{
	struct notification *list;
	int64_t total;
	size_t n;

	if (!notification_list(rq->db, rq->arena, true, NEW_SHOWN, 0, &list, &n, &total, err))
		return false;
	for (size_t i = 0; i < n; i++)
		put_notification(rq, data_item(page, "news"), &list[i]);
	if (total > (int64_t)n)
		data_textf(page, "more", "%lld", (long long)(total - (int64_t)n));
	data_url(page, "seen_url", url_path(rq->arena, "%b/me/seen", rq->base));
	data_url(page, "all_url", url_path(rq->arena, "%b/me/new", rq->base));
	return true;
}

bool mine_all(struct request *rq, struct response *rs, struct error *err)
{
	int number = (int)request_arg_int(rq, "page", 1);
	struct data *page = own_page(rq, rs, "Notifications", "new", NULL);
	struct notification *list;
	int64_t total;
	size_t n;

	if (!notification_list(rq->db, rq->arena, false, PER_PAGE, (number - 1) * PER_PAGE, &list, &n, &total, err))
		return false;
	for (size_t i = 0; i < n; i++) {
		struct data *d = data_item(page, "news");

		put_notification(rq, d, &list[i]);
		if (!list[i].seen_us)
			data_flag(page, "any_unseen", true);
	}
	data_text(page, "done", done_text(rq, done_texts));
	data_url(page, "seen_url", url_path(rq->arena, "%b/me/seen", rq->base));
	page_crumb(page, "Notifications", (struct url){ NULL });
	page_pagination(page, url_path(rq->arena, "%b/me/new", rq->base), total, PER_PAGE, number);
	return page_send_private(rq, rs, "mine-new", page, err);
}

struct seeing {
	const char *account_id, *id;
};

static bool write_seen(struct db *w, void *arg, struct error *err)
{
	const struct seeing *s = arg;

	return notification_seen(w, s->account_id, s->id, NULL, err);
}

bool mine_seen(struct request *rq, struct response *rs, struct error *err)
{
	const char *id = request_form(rq, "id"), *back = request_form(rq, "back");
	struct seeing s = { rq->account->id, id && *id ? id : NULL };

	if (s.id && !id_valid(s.id))
		return error_set(err, ERROR_NOT_FOUND, "There is no such notification.");
	return request_write(rq, write_seen, &s, err) &&
		done_redirect(rq, rs, url_path(rq->arena, back && strcmp(back, "new") == 0 ? "%b/me/new" : "%b/me", rq->base), "seen");
}

/* ---- to do, to be at, begun ---- */

static void put_item(struct request *rq, struct data *page, const struct mine_item *item)
{
	static const char *const lists[] = { [MINE_TASK] = "tasks", [MINE_EVENT] = "events", [MINE_DRAFT] = "drafts" };
	struct data *d = data_item(page, lists[item->part]);

	data_text(d, "title", item->title);
	data_text(d, "where", item->where);
	data_text(d, "note", item->note);
	data_url(d, "url", item->url);
	data_text(d, "when", item->when ? item->when : item->at_us ? moment_day_human(rq->arena, item->at_us) : NULL);
	data_flag(d, "overdue", item->part == MINE_TASK && item->at_us && item->at_us < clock_now_us());
}

/* What one module cannot say does not take the page away. */
static void put_items(struct request *rq, struct data *page)
{
	struct mine all = { .arena = rq->arena };
	size_t shown[3] = { 0 };

	for (const struct module *const *m = rq->engine->modules; *m; m++) {
		struct error err = { 0 };

		if (!(*m)->mine || (*m)->mine(rq, &all, &err))
			continue;
		log_error("mine.part", "module=%s text=%s detail=%s", (*m)->name, log_quote(err.text), log_quote(err.detail));
		data_flag(page, "incomplete", true);
	}
	mine_sort(&all);
	for (size_t i = 0; i < all.n; i++)
		if (shown[all.items[i].part]++ < ITEMS_SHOWN)
			put_item(rq, page, &all.items[i]);
}

/* ---- groups and searches ---- */

static bool put_groups(struct request *rq, struct data *page, struct error *err)
{
	struct group *list;
	size_t n;

	if (!group_list(rq->db, rq->arena, NULL, &list, &n, err))
		return false;
	for (size_t i = 0; i < n; i++) {
		bool everyone = list[i].kind == GROUP_SPACE || list[i].kind == GROUP_NETWORK;

		if (!list[i].reads || list[i].closed_us)
			continue;
		struct data *d = data_item(page, "groups");
		const char *path = arena_printf(rq->arena, "/groups/%s", list[i].slug);
		data_text(d, "name", !everyone ? list[i].name : list[i].kind == GROUP_NETWORK ? "Everyone in the network" :
			arena_printf(rq->arena, "Everyone in %s", list[i].space_name));
		data_text(d, "space", everyone ? NULL : list[i].space_name);
		data_flag(d, "leads", list[i].leads && !everyone);
		if (routes_known(rq->engine->routes, rq->arena, path))
			data_url(d, "url", page_path_url(rq, list[i].space_slug, path));
	}
	return true;
}

static bool put_searches(struct request *rq, struct data *page, struct error *err)
{
	struct saved_search *list;
	size_t n;

	if (!search_saved_all(rq->db, rq->arena, &list, &n, err))
		return false;
	for (size_t i = 0; i < n; i++) {
		struct data *d = data_item(page, "searches");

		data_text(d, "name", list[i].name);
		data_text(d, "alert", alert_label(list[i].alert));
		data_url(d, "url", url_path(rq->arena, "%b/me/searches/%s", rq->base, list[i].id));
	}
	data_url(page, "searches_url", url_path(rq->arena, "%b/me/searches", rq->base));
	return true;
}

bool mine_page(struct request *rq, struct response *rs, struct error *err)
{
	struct data *page = own_page(rq, rs, "My page", "page", NULL);

	if (!put_new(rq, page, err) || !put_groups(rq, page, err) || !put_searches(rq, page, err))
		return false;
	put_items(rq, page);
	data_text(page, "done", done_text(rq, done_texts));
	data_url(page, "search_page_url", url_path(rq->arena, "%b/search", rq->base));
	data_url(page, "events_url", url_path(rq->arena, "%b/events", rq->base));
	data_url(page, "wishes_url", url_path(rq->arena, "%b/me/notifications", rq->base));
	if (routes_known(rq->engine->routes, rq->arena, "/groups"))
		data_url(page, "groups_url", url_path(rq->arena, "%b/groups", rq->base));
	page_crumb(page, "My page", (struct url){ NULL });
	return page_send_private(rq, rs, "mine", page, err);
}
