/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Signing in and out. */
#include "pages.h"

/* Where to go: what the form or the address says, else the page the reader came
 * from (our pages send it as Referer), else the front page. */
static struct url next_of(struct request *rq)
{
	const char *next = rq->method == HTTP_POST ? request_form(rq, "next") : request_arg(rq, "next");
	const char *from = request_header(rq, "Referer");
	size_t n = strlen(rq->origin);

	if (!next && rq->method != HTTP_POST && from && strncmp(from, rq->origin, n) == 0 && from[n] == '/')
		next = from + n;
	return signin_next(rq, next);
}

static const char *done_words(const char *done)
{
	if (done && strcmp(done, "password") == 0)
		return "Your new password is set. Sign in with it.";
	return done && strcmp(done, "invitation") == 0 ? "Your password is set. Sign in with it." : NULL;
}

bool sign_in_show(struct request *rq, struct response *rs, const struct error *wrong, struct error *err)
{
	struct data *page = form_page(rq, rs, "Sign in", wrong);

	data_text(page, "pre", csrf_pre(rq, rs));
	data_text(page, "next", next_of(rq).text);
	data_text(page, "login", wrong ? request_form(rq, "login") : NULL);
	data_text(page, "done", done_words(request_arg(rq, "done")));
	data_flag(page, "allowed", session_allowed(rq));
	data_url(page, "reset_url", url_path(rq->arena, "/reset"));
	if (rq->engine->spnego)
		data_url(page, "desktop_url", url_query(rq->arena, url_path(rq->arena, "/sign-in/desktop"), "next",
			next_of(rq).text));
	if (demo_allowed(rq))
		for (const struct demo_person *p = demo_people; p->login; p++) {
			struct error none = { 0 };
			struct account *account;
			struct data *item;

			if (!account_by_login(rq->db, rq->arena, p->login, &account, &none) || !account || !account->demo)
				continue;
			item = data_item(page, "people");
			data_text(item, "login", p->login);
			data_text(item, "name", account->name);
			data_text(item, "words", p->words);
		}
	return page_send_private(rq, rs, "sign-in", page, err);
}

/* Between password and second factor: on to that. */
static struct url pending_page(struct request *rq)
{
	return url_query(rq->arena, url_path(rq->arena, rq->pending->stage == SESSION_CODE ? "/sign-in/code" :
		"/sign-in/second-factor"), "next", next_of(rq).text);
}

bool sign_in_page(struct request *rq, struct response *rs, struct error *err)
{
	const char *origin;

	if (rq->account)
		return response_redirect(rs, next_of(rq));
	if (rq->pending)
		return response_redirect(rs, pending_page(rq));
	if (!handover_wanted(rq, &origin, err))
		return false;
	return origin ? handover_begin(rq, rs, origin, next_of(rq), err) : sign_in_show(rq, rs, NULL, err);
}

/* On by way of what the directory said, unless that makes it too long to be kept
 * through a sign-in. */
static const char *by_notice(struct request *rq, const char *notice)
{
	const char *next = next_of(rq).text;
	struct url by = url_query(rq->arena, url_path(rq->arena, "/account/directory-password"), "notice", notice);

	by = url_query(rq->arena, by, "next", next);
	return strlen(by.text) < 450 ? by.text : next;
}

bool sign_in(struct request *rq, struct response *rs, struct error *err)
{
	const char *login = form_text(rq, "login"), *password = form_text(rq, "password"), *notice;
	struct error wrong = { 0 };
	struct account *account;

	if (!session_allowed(rq)) {
		rs->status = 403;
		return sign_in_show(rq, rs, NULL, err);
	}
	if (!*login || !*password) {
		error_set(&wrong, ERROR_INVALID, !*login ? "Type your user name." : "Type your password.");
		return sign_in_show(rq, rs, &wrong, err);
	}
	if (signin_password(rq, rs, login, password, &account, &notice, &wrong)) {
		return signin_open(rq, rs, account, "password", NULL, false, notice ? by_notice(rq, notice) :
			next_of(rq).text, err);
	}
	if (form_error(rs, &wrong))
		return sign_in_show(rq, rs, &wrong, err);
	*err = wrong;
	return false;
}

bool sign_in_demo(struct request *rq, struct response *rs, struct error *err)
{
	struct account *account = NULL;

	if (demo_allowed(rq) && !account_by_login(rq->db, rq->arena, form_text(rq, "login"), &account, err))
		return false;
	if (!account || !account->demo || account->disabled_us)
		return error_absent(err);
	return signin_open(rq, rs, account, "demo", NULL, false, next_of(rq).text, err);
}

/* ---- second factor at sign-in ---- */

static bool show_code(struct request *rq, struct response *rs, const struct error *wrong, struct error *err)
{
	struct data *page = form_page(rq, rs, "Second factor", wrong);

	data_text(page, "next", next_of(rq).text);
	return page_send_private(rq, rs, "sign-in-code", page, err);
}

bool code_page(struct request *rq, struct response *rs, struct error *err)
{
	if (!rq->pending || rq->pending->stage != SESSION_CODE)
		return response_redirect(rs, url_path(rq->arena, "/sign-in"));
	return show_code(rq, rs, NULL, err);
}

struct code_use {
	struct request *rq;
	const char *code;
	enum code_kind kind;
	bool found;
	char secret[SESSION_SECRET_SIZE];
};

static bool write_code(struct db *w, void *arg, struct error *err)
{
	struct code_use *u = arg;
	const struct account *account = u->rq->pending_account;
	struct audit_entry e;

	if (!account_use_code(w, account->id, u->code, clock_now_us(), &u->kind, err))
		return false;
	e = audit_entry(u->rq, u->kind == CODE_WRONG ? "sign-in.failed" : "sign-in.good", account->id,
		u->kind == CODE_WRONG ? "second factor wrong" : u->kind == CODE_RECOVERY ? "recovery code" : "second factor");
	e.account = u->kind == CODE_WRONG ? NULL : account->id;
	e.login = account->login;
	if (!audit_write(w, &e, err))
		return false;
	return u->kind == CODE_WRONG || (account_signed_in(w, account->id, err) &&
		session_rotate(w, u->rq->pending->handle, SESSION_OPEN, true, u->secret, &u->found, err));
}

bool code_given(struct request *rq, struct response *rs, struct error *err)
{
	struct code_use use = { .rq = rq, .code = form_text(rq, "code") };
	struct error wrong = { 0 };

	if (!rq->pending || rq->pending->stage != SESSION_CODE)
		return response_redirect(rs, url_path(rq->arena, "/sign-in"));
	if (signin_throttled(rq, rs, "code", rq->pending_account->login, &wrong))
		return show_code(rq, rs, &wrong, err);
	if (!request_write(rq, write_code, &use, err))
		return false;
	if (use.kind == CODE_WRONG) {
		error_set(&wrong, ERROR_INVALID, "This code is not right, or was used before. Wait for the next one.");
		return show_code(rq, rs, &wrong, err);
	}
	throttle_good(rq->engine->throttle, "code", rq->pending_account->login, rq->peer);
	if (!use.found) /* ended in the meantime */
		return response_redirect(rs, url_path(rq->arena, "/sign-in"));
	session_set_cookie(rs, use.secret);
	metrics_add(rq->engine->metrics, METRIC_SIGN_INS, 1);
	return response_redirect(rs, use.kind == CODE_RECOVERY ? url_query(rq->arena, url_path(rq->arena, "/account"),
		"done", "recovery-code") : next_of(rq));
}

/* ---- out ---- */

static bool write_sign_out(struct db *w, void *arg, struct error *err)
{
	struct request *rq = arg;
	const struct session *s = rq->session ? rq->session : rq->pending;
	bool everywhere = strcmp(rq->route->pattern, "/sign-out/everywhere") == 0;
	struct audit_entry e = audit_entry(rq, "sign-out", s->account_id, everywhere ? "on all host names" : NULL);

	return (everywhere ? session_end_family(w, s->family, err) : session_end(w, s->account_id, s->handle, err)) &&
		audit_write(w, &e, err);
}

static bool leave(struct request *rq, struct response *rs, struct error *err)
{
	if ((rq->session || rq->pending) && !request_write(rq, write_sign_out, rq, err))
		return false;
	session_clear_cookie(rs);
	/* What the editor kept in the browser is not for who comes next (W3C Clear Site Data). */
	response_header(rs, "Clear-Site-Data", "\"storage\"");
	return response_redirect(rs, url_path(rq->arena, "/"));
}

bool sign_out(struct request *rq, struct response *rs, struct error *err)
{
	return leave(rq, rs, err);
}

bool sign_out_everywhere(struct request *rq, struct response *rs, struct error *err)
{
	return leave(rq, rs, err);
}
