/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The second factor: setting it up, at the first sign-in of those who must have
 * one or later by choice; recovery codes; removing it. */
#include "pages.h"
#include "totp.h"

/* ---- what is shown ---- */

static bool show_setup(struct request *rq, struct response *rs, const struct account *account, const char *secret,
	const char *action, const struct error *wrong, struct error *err)
{
	struct data *page = form_page(rq, rs, "Set up the second factor", wrong);
	struct url target;
	const char *next = rq->method == HTTP_POST ? request_form(rq, "next") : request_arg(rq, "next");
	char grouped[TOTP_SECRET_SIZE * 5 / 4 + 1];
	size_t n = 0;

	for (size_t i = 0; secret[i] && n + 2 < sizeof grouped; i++) {
		if (i && i % 4 == 0)
			grouped[n++] = ' ';
		grouped[n++] = secret[i];
	}
	grouped[n] = '\0';
	url_local(rq->arena, action, &target);
	data_url(page, "action", target);
	data_flag(page, "must", !rq->account);
	data_text(page, "secret", grouped);
	data_text(page, "login", account->login);
	data_markup(page, "qr", qr_svg(rq->arena, totp_uri(rq->arena, "Commonweal", account->login, secret),
		"QR code with the key that is written below it"));
	data_text(page, "next", signin_next(rq, next).text);
	return page_send_private(rq, rs, "second-factor", page, err);
}

static bool show_codes(struct request *rq, struct response *rs, char codes[RECOVERY_CODES][RECOVERY_CODE_SIZE],
	struct url on, struct error *err)
{
	struct data *page = form_page(rq, rs, "Recovery codes", NULL);

	for (int i = 0; i < RECOVERY_CODES; i++)
		data_text(data_item(page, "codes"), "code", codes[i]);
	data_url(page, "on_url", on);
	return page_send_private(rq, rs, "recovery-codes", page, err);
}

/* ---- confirming ---- */

struct confirm {
	struct request *rq;
	const struct account *account;
	const struct session *session;
	int64_t step;
	bool found;
	char secret[SESSION_SECRET_SIZE];
	char codes[RECOVERY_CODES][RECOVERY_CODE_SIZE];
};

static bool write_confirm(struct db *w, void *arg, struct error *err)
{
	struct confirm *c = arg;
	struct audit_entry e = audit_entry(c->rq, "second-factor.set", c->account->id, NULL);

	e.account = c->account->id;
	e.login = c->account->login;
	if (!account_set_totp(w, c->account->id, c->session->totp, c->step, err) ||
		!account_make_recovery_codes(w, c->account->id, c->codes, err) ||
		!session_end_account(w, c->account->id, c->session->handle, err) ||
		!session_rotate(w, c->session->handle, SESSION_OPEN, true, c->secret, &c->found, err) ||
		!audit_write(w, &e, err))
		return false;
	e = audit_entry(c->rq, "sign-in.good", c->account->id, "second factor set up");
	e.account = c->account->id;
	e.login = c->account->login;
	return c->rq->account || (account_signed_in(w, c->account->id, err) && audit_write(w, &e, err));
}

static bool confirm(struct request *rq, struct response *rs, const struct account *account,
	const struct session *session, const char *action, struct url on, struct error *err)
{
	struct confirm c = { .rq = rq, .account = account, .session = session };
	struct error wrong = { 0 };

	if (signin_throttled(rq, rs, "code", account->login, &wrong))
		return show_setup(rq, rs, account, session->totp, action, &wrong, err);
	c.step = totp_check(session->totp, form_text(rq, "code"), clock_now_us(), 0);
	if (!c.step) {
		error_set(&wrong, ERROR_INVALID, "This code does not fit. Check that the clock of your device is right, "
			"then type the code that it shows now.");
		return show_setup(rq, rs, account, session->totp, action, &wrong, err);
	}
	throttle_good(rq->engine->throttle, "code", account->login, rq->peer);
	if (!request_write(rq, write_confirm, &c, err))
		return false;
	if (!c.found)
		return response_redirect(rs, url_path(rq->arena, "/sign-in"));
	session_set_cookie(rs, c.secret);
	return show_codes(rq, rs, c.codes, on, err);
}

/* ---- at sign-in ---- */

static bool in_setup(const struct request *rq)
{
	return rq->pending && rq->pending->stage == SESSION_SETUP && rq->pending->totp;
}

bool setup_page(struct request *rq, struct response *rs, struct error *err)
{
	if (!in_setup(rq))
		return response_redirect(rs, url_path(rq->arena, "/sign-in"));
	return show_setup(rq, rs, rq->pending_account, rq->pending->totp, "/sign-in/second-factor", NULL, err);
}

bool setup_given(struct request *rq, struct response *rs, struct error *err)
{
	if (!in_setup(rq))
		return response_redirect(rs, url_path(rq->arena, "/sign-in"));
	return confirm(rq, rs, rq->pending_account, rq->pending, "/sign-in/second-factor",
		signin_next(rq, request_form(rq, "next")), err);
}

/* ---- by choice ---- */

bool factor_page(struct request *rq, struct response *rs, struct error *err)
{
	if (!rq->session->totp)
		return response_redirect(rs, url_fragment(rq->arena, url_path(rq->arena, "/account"), "second-factor"));
	return show_setup(rq, rs, rq->account, rq->session->totp, "/account/second-factor", NULL, err);
}

struct begin {
	const struct session *session;
	char secret[TOTP_SECRET_SIZE];
};

static bool write_begin(struct db *w, void *arg, struct error *err)
{
	struct begin *b = arg;

	return session_set_totp(w, b->session->handle, b->secret, err);
}

/* The password again, so that a session left open is not enough; accounts
 * without one (directory, demonstration) have nothing to ask for. */
static bool prove(struct request *rq, struct response *rs, struct error *err)
{
	bool stale;

	if (!rq->account->has_password)
		return true;
	if (signin_throttled(rq, rs, "password", rq->account->login, err))
		return false;
	if (!account_check_password(rq->engine, rq->db, rq->account, form_text(rq, "password"), &stale, err))
		return error_set(err, ERROR_INVALID, "The password is not right.");
	throttle_good(rq->engine->throttle, "password", rq->account->login, rq->peer);
	return true;
}

bool factor_begin(struct request *rq, struct response *rs, struct error *err)
{
	struct begin b = { .session = rq->session };
	struct error wrong = { 0 };

	if (rq->account->second_factor)
		return error_set(err, ERROR_CONFLICT, "There is a second factor already. Remove it first.");
	if (!prove(rq, rs, &wrong))
		return account_show(rq, rs, &wrong, err);
	totp_secret_new(b.secret);
	return request_write(rq, write_begin, &b, err) &&
		response_redirect(rs, url_path(rq->arena, "/account/second-factor"));
}

bool factor_given(struct request *rq, struct response *rs, struct error *err)
{
	if (!rq->session->totp || rq->account->second_factor)
		return response_redirect(rs, url_path(rq->arena, "/account"));
	return confirm(rq, rs, rq->account, rq->session, "/account/second-factor", url_path(rq->arena, "/account"), err);
}

/* ---- with a code ---- */

struct coded {
	struct request *rq;
	const char *code;
	enum code_kind kind;
	bool remove;
	char codes[RECOVERY_CODES][RECOVERY_CODE_SIZE];
};

static bool write_coded(struct db *w, void *arg, struct error *err)
{
	struct coded *c = arg;
	const char *id = c->rq->account->id;
	struct audit_entry e = audit_entry(c->rq, c->remove ? "second-factor.remove" : "recovery-codes.new", id, NULL);

	if (!account_use_code(w, id, c->code, clock_now_us(), &c->kind, err))
		return false;
	if (c->kind == CODE_WRONG)
		e.detail = "refused: wrong code";
	else if (!(c->remove ? account_remove_totp(w, id, err) : account_make_recovery_codes(w, id, c->codes, err)))
		return false;
	return audit_write(w, &e, err);
}

/* *good: the code was right. Else the answer is made. */
static bool with_code(struct request *rq, struct response *rs, struct coded *c, bool *good, struct error *err)
{
	struct error wrong = { 0 };

	*good = false;
	c->rq = rq;
	c->code = form_text(rq, "code");
	if (!rq->account->second_factor)
		return error_set(err, ERROR_CONFLICT, "There is no second factor.");
	if (signin_throttled(rq, rs, "code", rq->account->login, &wrong))
		return account_show(rq, rs, &wrong, err);
	if (!request_write(rq, write_coded, c, err))
		return false;
	if (c->kind == CODE_WRONG) {
		error_set(&wrong, ERROR_INVALID, "This code is not right, or was used before. Wait for the next one.");
		return account_show(rq, rs, &wrong, err);
	}
	throttle_good(rq->engine->throttle, "code", rq->account->login, rq->peer);
	*good = true;
	return true;
}

bool factor_remove(struct request *rq, struct response *rs, struct error *err)
{
	struct coded c = { .remove = true };
	bool good;

	if (signin_needs_factor(rq->account))
		return error_set(err, ERROR_CONFLICT, "A network admin must have a second factor, so it cannot be removed.");
	return with_code(rq, rs, &c, &good, err) && (!good || response_redirect(rs,
		url_query(rq->arena, url_path(rq->arena, "/account"), "done", "second-factor-removed")));
}

bool codes_new(struct request *rq, struct response *rs, struct error *err)
{
	struct coded c = { .remove = false };
	bool good;

	return with_code(rq, rs, &c, &good, err) &&
		(!good || show_codes(rq, rs, c.codes, url_path(rq->arena, "/account"), err));
}
