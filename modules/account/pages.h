/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the files of this module share. */
#ifndef COMMONWEAL_ACCOUNT_PAGES_H
#define COMMONWEAL_ACCOUNT_PAGES_H
#include "module.h"
#include "account.h"
#include "account_mail.h"
#include "audit.h"
#include "csrf.h"
#include "demo.h"
#include "metrics.h"
#include "session.h"
#include "signin.h"
#include "throttle.h"

/* A page of a form: title, crumb, and, after a failure, what was wrong. The
 * status becomes 400 unless it is an error's already. */
struct data *form_page(struct request *rq, struct response *rs, const char *title, const struct error *wrong);
/* Is this error the person's own, to be shown with the form? Others get the error page. */
bool form_error(const struct response *rs, const struct error *err);
const char *form_text(const struct request *rq, const char *name); /* "" if absent */

/* enter.c */
route_handler sign_in_page, sign_in, sign_in_demo, sign_out, sign_out_everywhere, code_page, code_given;
/* handover.c */
route_handler handover_make, handover_take;
/* Is the sign-in on the network's host name, and not here? *origin: there; NULL: it is here. */
bool handover_wanted(struct request *rq, const char **origin, struct error *err);
bool handover_begin(struct request *rq, struct response *rs, const char *origin, struct url next, struct error *err);
/* The sign-in page, with what was wrong. */
bool sign_in_show(struct request *rq, struct response *rs, const struct error *wrong, struct error *err);
/* desktop.c */
route_handler desktop;
/* factor.c */
route_handler setup_page, setup_given, factor_page, factor_begin, factor_given, factor_remove, codes_new;
/* mine.c */
route_handler account_page, password_change, session_revoke, directory_password_page;
/* The account page again, with what was wrong. */
bool account_show(struct request *rq, struct response *rs, const struct error *wrong, struct error *err);
/* tokens.c */
route_handler tokens_page, token_new, token_revoke;
/* links.c */
route_handler reset_page, reset_asked, reset_link_page, reset_link, invitation_page, invitation;

#endif
