/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Invitations and new passwords: links that are mailed, and their pages. What
 * /reset answers never tells whether there is such an account. */
#include "pages.h"

/* ---- asking ---- */

static bool show_reset(struct request *rq, struct response *rs, bool asked, const struct error *wrong,
	struct error *err)
{
	struct data *page = form_page(rq, rs, "Set a new password", wrong);

	data_text(page, "pre", csrf_pre(rq, rs));
	data_flag(page, "asked", asked);
	data_text(page, "who", wrong ? request_form(rq, "who") : NULL);
	return page_send_private(rq, rs, "reset", page, err);
}

bool reset_page(struct request *rq, struct response *rs, struct error *err)
{
	return show_reset(rq, rs, false, NULL, err);
}

struct asking {
	struct request *rq;
	struct account *accounts;
	size_t n;
};

/* The same write for anyone: the log entry; for those who exist a link too. */
static bool write_asking(struct db *w, void *arg, struct error *err)
{
	struct asking *k = arg;
	struct request *rq = k->rq;
	int64_t until = clock_now_us() + options_int(rq->engine->options, "reset-time") * 1000;
	struct audit_entry e = audit_entry(rq, "reset.ask", NULL, NULL);

	e.login = form_text(rq, "who");
	for (size_t i = 0; i < k->n; i++) {
		const struct account *account = &k->accounts[i];
		char token[TOKEN_SIZE];
		bool sent;

		if (account->disabled_us || strcmp(account->source, SOURCE_LOCAL) != 0 || !account->email || account->demo)
			continue;
		if (!account_make_token(w, account->id, TOKEN_RESET, until, token, err) ||
			!account_send_link(w, rq->engine, link_origin(rq), account, TOKEN_RESET, token, &sent, err))
			return false;
		e.object = account->id;
	}
	return audit_write(w, &e, err);
}

bool reset_asked(struct request *rq, struct response *rs, struct error *err)
{
	struct asking k = { .rq = rq };
	struct error wrong = { 0 };
	const char *who = form_text(rq, "who");

	if (!*who || strlen(who) > 254) {
		error_set(&wrong, ERROR_INVALID, "Type your user name or your e-mail address.");
		return show_reset(rq, rs, false, &wrong, err);
	}
	if (signin_throttled(rq, rs, "reset", who, &wrong))
		return show_reset(rq, rs, false, &wrong, err);
	if (!account_by_login_or_email(rq->db, rq->arena, who, &k.accounts, &k.n, err) ||
		!request_write(rq, write_asking, &k, err))
		return false;
	account_mail_wake(rq->engine);
	return show_reset(rq, rs, true, NULL, err);
}

/* ---- following the link ---- */

static bool link_account(struct request *rq, enum token_kind kind, struct account **account, struct error *err)
{
	if (!account_by_token(rq->db, rq->arena, kind, request_arg(rq, "token"), account, err))
		return false;
	return *account || error_set(err, ERROR_NOT_FOUND, "This link is not valid: it was used, it is too old, or a newer "
		"one was sent. Ask for a new one.");
}

static bool show_link(struct request *rq, struct response *rs, enum token_kind kind, const struct account *account,
	const struct error *wrong, struct error *err)
{
	struct data *page = form_page(rq, rs, kind == TOKEN_INVITATION ? "Welcome to the network" : "Set a new password",
		wrong);

	data_text(page, "pre", csrf_pre(rq, rs));
	data_flag(page, "invitation", kind == TOKEN_INVITATION);
	data_text(page, "login", account->login);
	data_text(page, "name", account->name);
	data_url(page, "action", url_path(rq->arena, kind == TOKEN_INVITATION ? "/invitation/%s" : "/reset/%s",
		request_arg(rq, "token")));
	/* The address of this page is a secret. */
	data_text(page, "back", "/");
	return page_send_private(rq, rs, "new-password", page, err);
}

static bool link_page(struct request *rq, struct response *rs, enum token_kind kind, struct error *err)
{
	struct account *account;

	return link_account(rq, kind, &account, err) && show_link(rq, rs, kind, account, NULL, err);
}

struct using {
	struct request *rq;
	enum token_kind kind;
	char id[ID_SIZE], hash[PASSWORD_HASH_SIZE];
};

static bool write_using(struct db *w, void *arg, struct error *err)
{
	struct using *u = arg;
	struct audit_entry e;

	if (!account_use_token(w, u->kind, request_arg(u->rq, "token"), u->id, err))
		return false;
	if (!u->id[0]) /* another used it a moment ago */
		return error_set(err, ERROR_CONFLICT, "This link was used already. Ask for a new one.");
	e = audit_entry(u->rq, u->kind == TOKEN_INVITATION ? "invitation.accept" : "password.reset", u->id, NULL);
	e.account = u->id;
	return account_set_password(w, u->id, u->hash, err) && session_end_account(w, u->id, NULL, err) &&
		audit_write(w, &e, err);
}

static bool link_used(struct request *rq, struct response *rs, enum token_kind kind, struct error *err)
{
	struct using u = { .rq = rq, .kind = kind };
	struct error wrong = { 0 };
	struct account *account;

	if (!link_account(rq, kind, &account, err))
		return false;
	const char *new = form_text(rq, "new"), *problem = password_problem(new, account->login, account->name);
	if (problem)
		error_set(&wrong, ERROR_INVALID, "%s", problem);
	else if (strcmp(new, form_text(rq, "again")) != 0)
		error_set(&wrong, ERROR_INVALID, "The password was typed in two different ways.");
	if (wrong.kind)
		return show_link(rq, rs, kind, account, &wrong, err);
	return password_hash(rq->engine, new, u.hash, err) && request_write(rq, write_using, &u, err) &&
		response_redirect(rs, url_query(rq->arena, url_path(rq->arena, "/sign-in"), "done",
			kind == TOKEN_INVITATION ? "invitation" : "password"));
}

bool reset_link_page(struct request *rq, struct response *rs, struct error *err)
{
	return link_page(rq, rs, TOKEN_RESET, err);
}

bool reset_link(struct request *rq, struct response *rs, struct error *err)
{
	return link_used(rq, rs, TOKEN_RESET, err);
}

bool invitation_page(struct request *rq, struct response *rs, struct error *err)
{
	return link_page(rq, rs, TOKEN_INVITATION, err);
}

bool invitation(struct request *rq, struct response *rs, struct error *err)
{
	return link_used(rq, rs, TOKEN_INVITATION, err);
}
