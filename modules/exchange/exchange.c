/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Exchange among people: the hub, and discussions. */
#include "discussion.h"

static const struct option_def options[] = {
	{ "exchange-unattributed-people", OPTION_INT, "5", 2, 1000000,
		"How many people a group must have at least for posts without a name." },
	{ "exchange-unattributed-tell", OPTION_DURATION, "1h", 100, (int64_t)7 * 86400 * 1000,
		"How often readers are told of posts without a name, all in one go, so that a notice does not tell "
		"when one was written." },
	{ "exchange-unattributed-keep", OPTION_DURATION, "30d", 0, (int64_t)1 << 40,
		"How long who wrote a post without a name can change it or take it back; after that nothing tells who "
		"it was." },
	{ NULL, 0, NULL, 0, 0, NULL }
};

static const struct job_kind jobs[] = {
	{ "unattributed", 0, "exchange-unattributed-tell", exchange_unattributed_job },
	{ NULL, 0, NULL, NULL }
};

#define IN ROLE_SIGNED_IN
#define KEEP ROUTE_KEEPS_FORM
static const struct route routes[] = {
	{ HTTP_GET, "/exchange", IN, 0, NULL, exchange_page, "Exchange: what there is" },
	{ HTTP_GET, "/discussions", IN, 0, discussions_params, discussions_page, "Discussions of one's groups in a space" },
	{ HTTP_POST, "/discussions/seen", IN, 0, NULL, seen_save, "Marks all discussions of a space as read" },
	{ HTTP_GET, "/discussions/new", IN, 0, discussion_new_params, discussion_new_page, "A form for a new discussion" },
	{ HTTP_POST, "/discussions/new", IN, KEEP, NULL, discussion_new_save, "Begins a discussion" },
	{ HTTP_POST, "/discussions/draft", IN, 0, NULL, post_draft_save, "Keeps what one is typing" },
	{ HTTP_POST, "/discussions/draft/discard", IN, 0, NULL, post_draft_discard, "Forgets a draft" },
	{ HTTP_GET, "/discussions/reports", IN, 0, done_params, reports_page, "Reported posts, for leads" },
	{ HTTP_POST, "/discussions/reports/{id:id}", IN, 0, NULL, reports_save, "Decides on a reported post" },
	{ HTTP_GET, "/discussions/{id:id}", IN, 0, discussion_params, discussion_page, "A discussion" },
	{ HTTP_POST, "/discussions/{id:id}/reply", IN, KEEP, NULL, reply_save, "Answers in a discussion" },
	{ HTTP_POST, "/discussions/{id:id}/follow", IN, 0, NULL, follow_save, "Follows a discussion, or no longer" },
	{ HTTP_GET, "/discussions/{id:id}/manage", IN, 0, NULL, manage_page, "Looking after a discussion, for leads" },
	{ HTTP_POST, "/discussions/{id:id}/manage", IN, 0, NULL, manage_save, "Pins, closes or renames a discussion" },
	{ HTTP_GET, "/discussions/{id:id}/move", IN, 0, NULL, move_page, "Moving a discussion to another group" },
	{ HTTP_POST, "/discussions/{id:id}/move", IN, 0, NULL, move_save, "Moves a discussion to another group" },
	{ HTTP_GET, "/discussions/{id:id}/split", IN, 0, discussion_params, split_page, "Choosing posts for a discussion of their own" },
	{ HTTP_POST, "/discussions/{id:id}/split", IN, 0, NULL, split_save, "Makes posts a discussion of their own" },
	{ HTTP_GET, "/discussions/posts/{id:id}", IN, 0, done_params, post_page, "Leads to a post in its discussion" },
	{ HTTP_GET, "/discussions/posts/{id:id}/history", IN, 0, NULL, post_history, "Earlier texts of a post" },
	{ HTTP_GET, "/discussions/posts/{id:id}/edit", IN, 0, NULL, post_edit_page, "A form to change one's post" },
	{ HTTP_POST, "/discussions/posts/{id:id}/edit", IN, KEEP, NULL, post_edit_save, "Changes one's post" },
	{ HTTP_GET, "/discussions/posts/{id:id}/delete", IN, 0, NULL, post_delete_page, "Asks before a post is removed" },
	{ HTTP_POST, "/discussions/posts/{id:id}/delete", IN, 0, NULL, post_delete_save, "Removes a post" },
	{ HTTP_POST, "/discussions/posts/{id:id}/answer", IN, 0, NULL, answer_save, "Marks a post as the accepted answer, or no longer" },
	{ HTTP_GET, "/discussions/posts/{id:id}/report", IN, 0, NULL, report_page, "A form to report a post" },
	{ HTTP_POST, "/discussions/posts/{id:id}/report", IN, 0, NULL, report_save, "Reports a post to the leads" },
	{ 0, NULL, 0, 0, NULL, NULL, NULL }
};

static const char *const search_kinds[][2] = { { "post", "Discussion" }, { NULL, NULL } };

const struct module exchange_module = {
	.name = "exchange",
	.migrations = exchange_migrations,
	.views = exchange_views,
	.routes = routes,
	.options = options,
	.jobs = jobs,
	.notifications = exchange_notifications,
	.replies = exchange_replies,
	.search_kinds = search_kinds,
	.mine = exchange_mine,
	.export_space = exchange_export,
};
