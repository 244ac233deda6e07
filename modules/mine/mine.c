/* SPDX-License-Identifier: GPL-3.0-or-later */
/* My page: its routes, options and kinds. */
#include "own.h"

const struct option_def mine_options[] = {
	{ "notification-look", OPTION_DURATION, "30s", 1000, 3600000, "How often notifications that are to be mailed are looked for." },
	{ "notification-settle", OPTION_DURATION, "3min", 0, 86400000,
		"How long a mail at once waits for more of its kind, so that several make one mail." },
	{ "notification-digest-hour", OPTION_INT, "7", 0, 23, "Hour of the daily mail, in notification-zone." },
	{ "notification-zone", OPTION_STRING, "America/New_York", 0, 0, "Time zone of that hour." },
	{ "saved-search-look", OPTION_DURATION, "15min", 1000, 86400000, "How often saved searches are run for what is new." },
	{ NULL, 0, NULL, 0, 0, NULL }
};

const struct notification_kind mine_notifications[] = {
	{ "saved-search", "New finds of my saved searches", NOTIFICATION_MAIL, search_saved_letter },
	{ NULL, NULL, NOTIFICATION_NEVER, NULL }
};

const struct notification_choice mine_choices[] = {
	{ "saved-search", "New finds of my saved searches", "/me/searches" },
	{ NULL, NULL, NULL }
};

static const struct route routes[] = {
	{ HTTP_GET, "/me", ROLE_SIGNED_IN, 0, done_params, mine_page, "My page: what is new, to do, and to be at" },
	{ HTTP_GET, "/me/new", ROLE_SIGNED_IN, 0, list_params, mine_all, "All that one was told of" },
	{ HTTP_POST, "/me/seen", ROLE_SIGNED_IN, 0, NULL, mine_seen, "Mark as seen" },
	{ HTTP_GET, "/me/notifications", ROLE_SIGNED_IN, 0, done_params, wishes_page, "What one is told of, and how" },
	{ HTTP_POST, "/me/notifications", ROLE_SIGNED_IN, 0, NULL, wishes_given, "What one is told of, and how" },
	{ HTTP_GET, "/me/searches", ROLE_SIGNED_IN, 0, done_params, search_saved_list, "Saved searches" },
	{ HTTP_GET, "/me/searches/new", ROLE_SIGNED_IN, 0, search_saved_params, search_saved_new, "Form to save a search" },
	{ HTTP_POST, "/me/searches", ROLE_SIGNED_IN, 0, NULL, search_saved_given, "Save a search" },
	{ HTTP_GET, "/me/searches/{id:id}", ROLE_SIGNED_IN, 0, NULL, search_saved_open, "Run a saved search" },
	{ HTTP_GET, "/me/searches/{id:id}/change", ROLE_SIGNED_IN, 0, done_params, search_saved_change, "Form to change a saved search" },
	{ HTTP_POST, "/me/searches/{id:id}", ROLE_SIGNED_IN, 0, NULL, search_saved_change_given, "Change a saved search" },
	{ HTTP_POST, "/me/searches/{id:id}/delete", ROLE_SIGNED_IN, 0, NULL, search_saved_delete, "Delete a saved search" },
	{ HTTP_GET, "/search/texts", ROLE_SIGNED_IN, 0, texts_params, texts_page, "Search in discussions and working papers" },
	{ HTTP_GET, "/mail/leave/{token:text}", ROLE_ANYONE, 0, NULL, leave_page, "Leave a mailing" },
	{ HTTP_POST, "/mail/leave/{token:text}", ROLE_ANYONE, ROUTE_NO_CSRF, NULL, leave_given, "Leave a mailing" },
	{ 0, NULL, 0, 0, NULL, NULL, NULL }
};

struct data *own_page(struct request *rq, struct response *rs, const char *title, const char *here, const char *wrong)
{
	static const char *const parts[][3] = { { "page", "/me", "My page" }, { "new", "/me/new", "Notifications" },
		{ "searches", "/me/searches", "Saved searches" }, { "notifications", "/me/notifications", "What I am told of" } };
	struct data *page = page_create(rq, wrong ? arena_printf(rq->arena, "Error: %s", title) : title);

	data_text(page, "heading", title);
	data_text(page, "wrong", wrong);
	if (wrong)
		rs->status = 400;
	for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
		struct data *part = data_item(page, "parts");

		data_text(part, "label", parts[i][2]);
		data_url(part, "url", page_path_url(rq, rq->space->slug, parts[i][1]));
		data_flag(part, "current", strcmp(parts[i][0], here) == 0);
	}
	if (strcmp(here, "page") != 0)
		page_crumb(page, "My page", url_path(rq->arena, "%b/me", rq->base));
	return page;
}

const struct module mine_module = { .name = "mine", .migrations = mine_migrations, .views = mine_views, .routes = routes,
	.options = mine_options, .jobs = mine_jobs, .notifications = mine_notifications, .choices = mine_choices };
