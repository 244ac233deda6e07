/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Signing in with the computer's own sign-in (Kerberos). */
#include "pages.h"
#include "directory_here.h"
#include "spnego.h"

static bool failed(struct request *rq, struct response *rs, const char *why, const char *words, struct error *err)
{
	struct error wrong = { 0 };

	audit_note(rq, "sign-in.failed", "spnego", why);
	error_set(&wrong, ERROR_INVALID, "%s", words);
	return sign_in_show(rq, rs, &wrong, err);
}

/* The browser sends no ticket until it is asked for one. */
static bool ask_for_ticket(struct request *rq, struct response *rs, struct error *err)
{
	struct error wrong = { 0 };

	response_header(rs, "WWW-Authenticate", "Negotiate");
	error_set(&wrong, ERROR_SIGN_IN, "Your computer's sign-in was not sent by the browser. Sign in with your user name "
		"and password instead.");
	return sign_in_show(rq, rs, &wrong, err);
}

bool desktop(struct request *rq, struct response *rs, struct error *err)
{
	const char *header = request_header(rq, "Authorization"), *login, *reply, *reason, *id = NULL, *words = NULL;
	struct account *account;

	if (!rq->engine->spnego)
		return error_absent(err);
	if (rq->account)
		return response_redirect(rs, signin_next(rq, request_arg(rq, "next")));
	if (!spnego_offered(header))
		return ask_for_ticket(rq, rs, err);
	switch (spnego_accept(rq->engine->spnego, rq->arena, header, &login, &reply, &reason)) {
	case SPNEGO_NO:
		log_info("spnego.refused", "reason=%s", log_quote(reason));
		return failed(rq, rs, "ticket", "Your computer's sign-in could not be checked. Sign in with your user name and "
			"password instead.", err);
	case SPNEGO_STRANGE:
		return failed(rq, rs, "realm", "Your computer's sign-in is not one of this organisation's people.", err);
	case SPNEGO_YES:
		break;
	}
	switch (directory_known(rq, login, &id, &words)) {
	case AUTH_GOOD:
		break;
	case AUTH_UNAVAILABLE:
		return error_set(err, ERROR_UNAVAILABLE, "The organisation's directory does not answer, so it is not known what "
			"you may do here. Please try again in a few minutes.");
	default:
		return failed(rq, rs, "directory", words ? words : "The organisation's directory does not let you in here. "
			"Please ask an administrator.", err);
	}
	if (!account_get(rq->db, rq->arena, id, &account, err))
		return false;
	if (account->disabled_us)
		return failed(rq, rs, "disabled", "Your account here is disabled. Please ask an administrator.", err);
	if (reply)
		response_header(rs, "WWW-Authenticate", reply);
	return signin_open(rq, rs, account, "spnego", NULL, false, request_arg(rq, "next"), err);
}
