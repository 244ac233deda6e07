/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Signing in and out, one's own account, invitations and new passwords. */
#include "pages.h"
#include "demo.h"

struct data *form_page(struct request *rq, struct response *rs, const char *title, const struct error *wrong)
{
	struct data *page = page_create(rq, wrong ? arena_printf(rq->arena, "Error: %s", title) : title);

	data_text(page, "heading", title);
	page_crumb(page, title, (struct url){ NULL });
	if (wrong) {
		data_text(page, "wrong", wrong->text);
		if (rs->status < 400)
			rs->status = error_status(wrong->kind);
	}
	return page;
}

bool form_error(const struct response *rs, const struct error *err)
{
	return err->kind == ERROR_INVALID || err->kind == ERROR_CONFLICT || rs->status == 429;
}

const char *form_text(const struct request *rq, const char *name)
{
	const char *s = request_form(rq, name);

	return s ? s : "";
}

static const struct param next_param[] = {
	{ "next", PARAM_TEXT, 0, 0, "Where to go after signing in" },
	{ "done", PARAM_SLUG, 0, 0, "What was just done" },
	{ NULL, 0, 0, 0, NULL }
};

static const struct param notice_param[] = {
	{ "notice", PARAM_SLUG, 0, 0, "What the directory said: grace-2, days-5 or hours-3" },
	{ "next", PARAM_TEXT, 0, 0, "Where to go then" },
	{ NULL, 0, 0, 0, NULL }
};

static const struct param handover_param[] = {
	{ "host", PARAM_TEXT, 0, 0, "Host name to sign in on" },
	{ "state", PARAM_SLUG, 0, 0, "Hash of what the browser keeps there" },
	{ "next", PARAM_TEXT, 0, 0, "Where to go there" },
	{ NULL, 0, 0, 0, NULL }
};

static const struct param done_param[] = {
	{ "done", PARAM_SLUG, 0, 0, "What was just done" },
	{ NULL, 0, 0, 0, NULL }
};

static const struct route routes[] = {
	{ HTTP_GET, "/sign-in", ROLE_ANYONE, 0, next_param, sign_in_page, "Sign in" },
	{ HTTP_POST, "/sign-in", ROLE_ANYONE, ROUTE_PRE_CSRF | ROUTE_DIRECTORY, NULL, sign_in, "Sign in" },
	{ HTTP_GET, "/sign-in/desktop", ROLE_ANYONE, ROUTE_DIRECTORY, next_param, desktop,
		"Sign in by the computer's own sign-in" },
	{ HTTP_POST, "/sign-in/demo", ROLE_ANYONE, ROUTE_PRE_CSRF, NULL, sign_in_demo, "Sign in as a demonstration person" },
	{ HTTP_GET, "/sign-in/code", ROLE_ANYONE, 0, next_param, code_page, "Second factor" },
	{ HTTP_POST, "/sign-in/code", ROLE_ANYONE, 0, NULL, code_given, "Second factor" },
	{ HTTP_GET, "/sign-in/second-factor", ROLE_ANYONE, 0, next_param, setup_page, "Set up the second factor" },
	{ HTTP_POST, "/sign-in/second-factor", ROLE_ANYONE, 0, NULL, setup_given, "Set up the second factor" },
	{ HTTP_GET, "/hand-over", ROLE_SIGNED_IN, 0, handover_param, handover_make, "On to a space's own host name" },
	{ HTTP_GET, "/hand-over/{ticket:slug}", ROLE_ANYONE, 0, next_param, handover_take, "Signed in by a ticket" },
	{ HTTP_POST, "/sign-out", ROLE_ANYONE, 0, NULL, sign_out, "Sign out" },
	{ HTTP_POST, "/sign-out/everywhere", ROLE_SIGNED_IN, 0, NULL, sign_out_everywhere, "Sign out on all host names" },
	{ HTTP_GET, "/account", ROLE_SIGNED_IN, 0, done_param, account_page, "Your account" },
	{ HTTP_POST, "/account/password", ROLE_SIGNED_IN, 0, NULL, password_change, "Change your password" },
	{ HTTP_GET, "/account/directory-password", ROLE_SIGNED_IN, 0, notice_param, directory_password_page,
		"Your password in the directory" },
	{ HTTP_POST, "/account/sessions/end", ROLE_SIGNED_IN, 0, NULL, session_revoke, "End sessions" },
	{ HTTP_GET, "/account/second-factor", ROLE_SIGNED_IN, 0, NULL, factor_page, "Your second factor" },
	{ HTTP_POST, "/account/second-factor/begin", ROLE_SIGNED_IN, 0, NULL, factor_begin, "Begin a second factor" },
	{ HTTP_POST, "/account/second-factor", ROLE_SIGNED_IN, 0, NULL, factor_given, "Confirm a second factor" },
	{ HTTP_POST, "/account/second-factor/remove", ROLE_SIGNED_IN, 0, NULL, factor_remove, "Remove the second factor" },
	{ HTTP_POST, "/account/recovery-codes", ROLE_SIGNED_IN, 0, NULL, codes_new, "New recovery codes" },
	{ HTTP_GET, "/account/tokens", ROLE_SIGNED_IN, 0, done_param, tokens_page, "Your tokens for programs" },
	{ HTTP_POST, "/account/tokens", ROLE_SIGNED_IN, 0, NULL, token_new, "Make a token" },
	{ HTTP_POST, "/account/tokens/revoke", ROLE_SIGNED_IN, 0, NULL, token_revoke, "Revoke a token" },
	{ HTTP_GET, "/reset", ROLE_ANYONE, 0, NULL, reset_page, "Ask for a new password" },
	{ HTTP_POST, "/reset", ROLE_ANYONE, ROUTE_PRE_CSRF, NULL, reset_asked, "Ask for a new password" },
	{ HTTP_GET, "/reset/{token:slug}", ROLE_ANYONE, 0, NULL, reset_link_page, "Set a new password" },
	{ HTTP_POST, "/reset/{token:slug}", ROLE_ANYONE, ROUTE_PRE_CSRF, NULL, reset_link, "Set a new password" },
	{ HTTP_GET, "/invitation/{token:slug}", ROLE_ANYONE, 0, NULL, invitation_page, "Accept an invitation" },
	{ HTTP_POST, "/invitation/{token:slug}", ROLE_ANYONE, ROUTE_PRE_CSRF, NULL, invitation, "Accept an invitation" },
	{ 0, NULL, 0, 0, NULL, NULL, NULL }
};

/* Demonstration people have no password, so they must not be reachable. */
static bool start(struct engine *e, struct error *err)
{
	return demo_check(e, err);
}

const struct module account_module = { .name = "people", .routes = routes, .start = start };
