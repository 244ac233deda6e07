/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One's own account: who one is, roles, sessions, password, second factor. */
#include "pages.h"

static void put_roles(struct request *rq, struct data *page)
{
	const struct account *account = rq->account;

	for (size_t i = 0; i < account->n_memberships; i++) {
		const struct account_membership *m = &account->memberships[i];
		struct data *item = data_item(page, "roles");
		char *words = arena_strdup(rq->arena, m->team), *save = NULL;
		const char *team = NULL;

		for (char *w = words ? strtok_r(words, " ", &save) : NULL; w; w = strtok_r(NULL, " ", &save))
			team = team ? arena_printf(rq->arena, "%s, %s", team, page_role_name(w)) : page_role_name(w);
		data_text(item, "space", m->space_name);
		data_url(item, "url", page_space_url(rq, m->space_slug));
		data_text(item, "role", role_label(m->role));
		data_text(item, "team", team);
		data_flag(item, "directory", strcmp(m->source, SOURCE_DIRECTORY) == 0);
	}
}

static const char *done_words(const char *done)
{
	static const char *const words[][2] = {
		{ "password", "Your password is changed. All your other sessions are ended." },
		{ "session", "The session is ended." },
		{ "sessions", "All your other sessions are ended." },
		{ "second-factor-removed", "Your second factor is removed." },
		{ "recovery-code", "You used a recovery code. It cannot be used again; make new ones before they run out." },
	};

	for (size_t i = 0; done && i < sizeof words / sizeof *words; i++)
		if (strcmp(words[i][0], done) == 0)
			return words[i][1];
	return NULL;
}

bool account_show(struct request *rq, struct response *rs, const struct error *wrong, struct error *err)
{
	const struct account *account = rq->account;
	struct data *page = form_page(rq, rs, "Your account", wrong);
	int64_t left = 0;

	data_text(page, "done", rq->method == HTTP_POST ? NULL : done_words(request_arg(rq, "done")));
	data_text(page, "name", account->name);
	data_text(page, "login", account->login);
	data_text(page, "email", account->email);
	data_flag(page, "directory", strcmp(account->source, SOURCE_DIRECTORY) == 0);
	data_flag(page, "has_password", account->has_password);
	data_flag(page, "network_admin", account->network_admin);
	data_flag(page, "second_factor", account->second_factor);
	data_flag(page, "removable", !signin_needs_factor(account));
	if (!account_recovery_codes_left(rq->db, account->id, &left, err) || !page_sessions(rq, page, rq->account->id, err))
		return false;
	data_textf(page, "codes_left", "%lld", (long long)left);
	put_roles(rq, page);
	return page_send_private(rq, rs, "account", page, err);
}

bool account_page(struct request *rq, struct response *rs, struct error *err)
{
	return account_show(rq, rs, NULL, err);
}

/* ---- password ---- */

struct change {
	struct request *rq;
	char hash[PASSWORD_HASH_SIZE], secret[SESSION_SECRET_SIZE];
	bool found;
};

/* Whoever knew the old one is out, and so is whoever had the cookie. */
static bool write_change(struct db *w, void *arg, struct error *err)
{
	struct change *c = arg;
	const struct account *account = c->rq->account;
	struct audit_entry e = audit_entry(c->rq, "password.change", account->id, NULL);

	return account_set_password(w, account->id, c->hash, err) &&
		session_end_account(w, account->id, c->rq->session->handle, err) &&
		session_rotate(w, c->rq->session->handle, SESSION_OPEN, c->rq->session->second_factor, c->secret, &c->found,
			err) && audit_write(w, &e, err);
}

static bool check_change(struct request *rq, struct response *rs, struct error *wrong)
{
	const char *new = form_text(rq, "new"), *problem = password_problem(new, rq->account->login, rq->account->name);
	bool stale;

	if (problem)
		return error_set(wrong, ERROR_INVALID, "%s", problem);
	if (strcmp(new, form_text(rq, "again")) != 0)
		return error_set(wrong, ERROR_INVALID, "The new password was typed in two different ways.");
	if (signin_throttled(rq, rs, "password", rq->account->login, wrong))
		return false;
	if (!account_check_password(rq->engine, rq->db, rq->account, form_text(rq, "old"), &stale, wrong))
		return error_set(wrong, ERROR_INVALID, "Your present password is not right.");
	throttle_good(rq->engine->throttle, "password", rq->account->login, rq->peer);
	return true;
}

bool password_change(struct request *rq, struct response *rs, struct error *err)
{
	struct change c = { .rq = rq };
	struct error wrong = { 0 };

	if (!rq->account->has_password)
		return error_set(err, ERROR_CONFLICT, "This account has no password here: the organisation's directory keeps it.");
	if (!check_change(rq, rs, &wrong))
		return account_show(rq, rs, &wrong, err);
	if (!password_hash(rq->engine, form_text(rq, "new"), c.hash, err) || !request_write(rq, write_change, &c, err))
		return false;
	if (c.found)
		session_set_cookie(rs, c.secret);
	return response_redirect(rs, url_query(rq->arena, url_path(rq->arena, "/account"), "done", "password"));
}

/* ---- sessions ---- */

static bool write_revoke(struct db *w, void *arg, struct error *err)
{
	struct request *rq = arg;
	const char *handle = request_form(rq, "handle");
	struct audit_entry e = audit_entry(rq, "session.end", handle ? handle : rq->account->id,
		handle ? NULL : "all others");

	return (handle ? session_end(w, rq->account->id, handle, err) :
		session_end_account(w, rq->account->id, rq->session->handle, err)) && audit_write(w, &e, err);
}

bool session_revoke(struct request *rq, struct response *rs, struct error *err)
{
	const char *handle = request_form(rq, "handle");
	struct url to = url_path(rq->arena, "/account");

	if (handle && !id_valid(handle))
		return error_set(err, ERROR_INVALID, "There is no such session.");
	return request_write(rq, write_revoke, rq, err) &&
		response_redirect(rs, url_query(rq->arena, to, "done", handle ? "session" : "sessions"));
}

/* After signing in with the directory, when it said something of the password. */
bool directory_password_page(struct request *rq, struct response *rs, struct error *err)
{
	static const struct { const char *name, *before, *after, *one; } kinds[] = {
		{ "grace-", "It has expired, and opens", "more sign-ins.", "It has expired, and opens one more sign-in." },
		{ "days-", "It expires in", "days.", "It expires in one day." },
		{ "hours-", "It expires in", "hours.", "It expires in one hour." } };
	struct data *page = form_page(rq, rs, "Your password in your organization's directory", NULL);
	const char *notice = request_arg(rq, "notice"), *words = NULL;

	for (size_t i = 0; notice && i < sizeof kinds / sizeof *kinds; i++) {
		size_t n = strlen(kinds[i].name);
		long count = strncmp(notice, kinds[i].name, n) == 0 ? strtol(notice + n, NULL, 10) : -1;

		if (count == 0 && i == 0)
			words = "It has expired, and this was the last sign-in that it opened.";
		else if (count > 0 && count < 10000)
			words = count == 1 ? kinds[i].one : arena_printf(rq->arena, "%s %ld %s", kinds[i].before, count,
				kinds[i].after);
	}
	if (!words)
		return response_redirect(rs, signin_next(rq, request_arg(rq, "next")));
	data_text(page, "words", words);
	data_url(page, "next_url", signin_next(rq, request_arg(rq, "next")));
	return page_send_private(rq, rs, "directory-password", page, err);
}
