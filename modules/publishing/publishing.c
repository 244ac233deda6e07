/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Publishing: drafts, their review, and what becomes of records afterwards. */
#include "pages.h"

static const struct option_def options[] = {
	{ "review-approvals", OPTION_INT, "2", 0, 20,
		"Approvals that a draft for the network or the public needs; its author's own never counts." },
	{ "review-approvals-space", OPTION_INT, "1", 0, 20,
		"The same for a draft that only its own space or named people are to read." },
	{ NULL, 0, NULL, 0, 0, NULL }
};

/* Whoever does not see a draft or record is answered as if there were none. */
static const struct route routes[] = {
	{ HTTP_GET, "/drafts", ROLE_SIGNED_IN, 0, drafts_params, drafts_mine, "One's own drafts" },
	{ HTTP_GET, "/drafts/review", ROLE_SIGNED_IN, 0, drafts_params, drafts_to_review, "Drafts one is to review" },
	{ HTTP_GET, "/drafts/space", ROLE_SIGNED_IN, 0, drafts_params, drafts_spaces, "Drafts of others in one's spaces" },
	{ HTTP_GET, "/drafts/queue", ROLE_SIGNED_IN, 0, drafts_params, drafts_queue, "Submitted drafts, for editors" },
	{ HTTP_GET, "/drafts/{id:id}", ROLE_SIGNED_IN, 0, done_params, draft_page, "A draft" },
	{ HTTP_GET, "/drafts/{id:id}/compare", ROLE_SIGNED_IN, 0, compare_params, draft_compare, "Two revisions of a draft" },
	{ HTTP_POST, "/drafts/{id:id}/submit", ROLE_SIGNED_IN, 0, NULL, act_submit, "Submits a draft" },
	{ HTTP_POST, "/drafts/{id:id}/take-back", ROLE_SIGNED_IN, 0, NULL, act_take_back, "Takes a draft back" },
	{ HTTP_POST, "/drafts/{id:id}/discard", ROLE_SIGNED_IN, 0, NULL, act_discard, "Discards a draft" },
	{ HTTP_POST, "/drafts/{id:id}/reopen", ROLE_SIGNED_IN, 0, NULL, act_reopen, "Takes a discarded draft up again" },
	{ HTTP_POST, "/drafts/{id:id}/invite", ROLE_SIGNED_IN, 0, NULL, act_invite, "Asks a reviewer" },
	{ HTTP_POST, "/drafts/{id:id}/dismiss", ROLE_SIGNED_IN, 0, NULL, act_dismiss, "Removes a reviewer" },
	{ HTTP_POST, "/drafts/{id:id}/decide", ROLE_SIGNED_IN, 0, NULL, act_decide, "Approves a draft or asks for changes" },
	{ HTTP_POST, "/drafts/{id:id}/comment", ROLE_SIGNED_IN, 0, NULL, act_comment, "Comments on a draft" },
	{ HTTP_POST, "/drafts/{id:id}/resolve", ROLE_SIGNED_IN, 0, NULL, act_resolve, "Resolves a comment" },
	{ HTTP_POST, "/drafts/{id:id}/publish", ROLE_SIGNED_IN, 0, NULL, act_publish, "Publishes a draft, now or later" },
	{ HTTP_POST, "/drafts/{id:id}/unschedule", ROLE_SIGNED_IN, 0, NULL, act_unschedule, "Takes a draft off the schedule" },
	{ HTTP_GET, "/{plural:slug}/{slug:slug}/versions", ROLE_ANYONE, 0, NULL, versions_page, "Versions of a record" },
	{ HTTP_GET, "/{plural:slug}/{slug:slug}/versions/{number:int}", ROLE_ANYONE, 0, NULL, version_page,
		"One version of a record" },
	{ HTTP_GET, "/{plural:slug}/{slug:slug}/versions/compare", ROLE_ANYONE, 0, compare_params, versions_compare,
		"What changed between two versions" },
	{ HTTP_GET, "/{plural:slug}/{slug:slug}/withdraw", ROLE_SIGNED_IN, 0, NULL, withdraw_page, "Withdrawing a record" },
	{ HTTP_POST, "/{plural:slug}/{slug:slug}/withdraw", ROLE_SIGNED_IN, 0, NULL, withdraw_act, "Withdraws a record" },
	{ HTTP_POST, "/{plural:slug}/{slug:slug}/restore", ROLE_SIGNED_IN, 0, NULL, restore_act, "Restores a record" },
	{ 0, NULL, 0, 0, NULL, NULL, NULL }
};

const struct module publishing_module = { .name = "publishing", .migrations = publishing_migrations,
	.views = publishing_views, .routes = routes, .options = options, .jobs = publishing_jobs, .record = record_state,
	.mine = drafts_of_mine };
