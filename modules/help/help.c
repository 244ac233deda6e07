/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Peer help, technical assistance and site visits. */
#include "help.h"

static const struct option_def options[] = {
	{ "help-overdue", OPTION_DURATION, "7d", 0, 366LL * 86400000, "How long a request for help may wait for a "
		"helper before it is overdue." },
	{ NULL, 0, NULL, 0, 0, NULL }
};

static const struct notification_kind notifications[] = {
	{ "help-request", "New requests for help", NOTIFICATION_DIGEST, NULL },
	{ "help-change", "What happens to my requests, offers and site visits", NOTIFICATION_MAIL, NULL },
	{ NULL, NULL, NOTIFICATION_NEVER, NULL }
};

static const char *const search_kinds[][2] = { { "help", "Request for help" }, { "visit", "Site visit" }, {
	NULL, NULL } };

static const struct route routes[] = {
	{ HTTP_GET, "/help", ROLE_READER, 0, help_list_params, help_list_page, "Requests for help" },
	{ HTTP_GET, "/help/new", ROLE_READER, 0, help_new_params, help_new, "Form to ask for help" },
	{ HTTP_POST, "/help", ROLE_READER, ROUTE_KEEPS_FORM, NULL, help_new_save, "Ask for help" },
	{ HTTP_GET, "/help/{id:id}", ROLE_SIGNED_IN, 0, done_params, help_request_page, "One request for help" },
	{ HTTP_GET, "/help/{id:id}/change", ROLE_SIGNED_IN, 0, NULL, help_edit,
	"Form to change a request for help" },
	{ HTTP_POST, "/help/{id:id}/change", ROLE_SIGNED_IN, ROUTE_KEEPS_FORM, NULL, help_edit_save,
	"Change a request for help" },
	{ HTTP_POST, "/help/{id:id}/offer", ROLE_SIGNED_IN, ROUTE_KEEPS_FORM, NULL, help_offer_save, "Offer help" },
	{ HTTP_POST, "/help/{id:id}/assign", ROLE_SIGNED_IN, ROUTE_KEEPS_FORM, NULL, help_assign_save,
	"Assign a helper" },
	{ HTTP_POST, "/help/{id:id}/answer", ROLE_SIGNED_IN, ROUTE_KEEPS_FORM, NULL, help_answer_save,
	"Accept or decline an offer" },
	{ HTTP_POST, "/help/{id:id}/take-back", ROLE_SIGNED_IN, 0, NULL, help_take_back_save, "Take an offer back" },
	{ HTTP_POST, "/help/{id:id}/step-down", ROLE_SIGNED_IN, ROUTE_KEEPS_FORM, NULL, help_step_down_save,
	"End one's help" },
	{ HTTP_POST, "/help/{id:id}/log", ROLE_SIGNED_IN, ROUTE_KEEPS_FORM, NULL, help_log_save,
	"Note what was done" },
	{ HTTP_POST, "/help/{id:id}/next", ROLE_SIGNED_IN, ROUTE_KEEPS_FORM, NULL, help_next_save,
	"Set the next step" },
	{ HTTP_POST, "/help/{id:id}/close", ROLE_SIGNED_IN, ROUTE_KEEPS_FORM, NULL, help_close_save,
	"Close a request with its outcome" },
	{ HTTP_POST, "/help/{id:id}/reopen", ROLE_SIGNED_IN, 0, NULL, help_reopen_save, "Open a request again" },
	{ HTTP_GET, "/help/visits", ROLE_READER, 0, NULL, visits_page, "Site visits" },
	{ HTTP_GET, "/help/visits/new", ROLE_READER, 0, visit_new_params, visit_new,
	"Form to ask for a site visit" },
	{ HTTP_POST, "/help/visits", ROLE_READER, ROUTE_KEEPS_FORM, NULL, visit_new_save, "Ask for a site visit" },
	{ HTTP_GET, "/help/visits/{id:id}", ROLE_SIGNED_IN, 0, done_params, visit_page, "One site visit" },
	{ HTTP_POST, "/help/visits/{id:id}/plan", ROLE_SIGNED_IN, ROUTE_KEEPS_FORM, NULL, visit_plan_save,
	"Save the plan of a visit" },
	{ HTTP_POST, "/help/visits/{id:id}/agree", ROLE_SIGNED_IN, 0, NULL, visit_agree_save,
	"Agree to the plan of a visit" },
	{ HTTP_POST, "/help/visits/{id:id}/report", ROLE_SIGNED_IN, ROUTE_KEEPS_FORM, NULL, visit_report_save,
	"Save the report of a visit" },
	{ HTTP_POST, "/help/visits/{id:id}/story", ROLE_SIGNED_IN, 0, NULL, visit_story_save,
	"Say whether a visit may be told" },
	{ HTTP_POST, "/help/visits/{id:id}/draft", ROLE_SIGNED_IN, 0, NULL, visit_draft_save,
	"Begin a draft from a visit's report" },
	{ HTTP_POST, "/help/visits/{id:id}/cancel", ROLE_SIGNED_IN, ROUTE_KEEPS_FORM, NULL, visit_cancel_save,
	"Call a visit off" },
	{ HTTP_GET, "/help/visits/{id:id}/visit.ics", ROLE_SIGNED_IN, 0, NULL, visit_ics,
	"The date of a visit as a calendar file" },
	{ 0, NULL, 0, 0, NULL, NULL, NULL }
};

static bool mine(struct request *rq, struct mine *m, struct error *err)
{
	return help_mine(rq, m, err) && visit_mine(rq, m, err);
}

const struct module help_module = { .name = "help", .migrations = help_migrations, .views = help_views,
	.routes = routes, .options = options,
	.notifications = notifications, .search_kinds = search_kinds, .mine = mine, .purge_space = help_purge };
