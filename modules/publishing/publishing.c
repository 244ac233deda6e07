/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Publishing: drafts, their review, and what becomes of records afterwards. */
#include "draft_store.h"

static const struct option_def options[] = {
	{ "review-approvals", OPTION_INT, "2", 0, 20,
		"Approvals that a draft for the network or the public needs; its author's own never counts." },
	{ "review-approvals-space", OPTION_INT, "1", 0, 20,
		"The same for a draft that only its own space or named people are to read." },
	{ NULL, 0, NULL, 0, 0, NULL }
};

const struct module publishing_module = { .name = "publishing", .migrations = publishing_migrations,
	.views = publishing_views, .options = options };
