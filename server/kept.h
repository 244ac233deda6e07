/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The page for a form that was refused because the session had ended, or had
 * changed in another tab: it holds what was typed and sends it again. Nothing is
 * kept on the server or in a cookie: the text goes back to the browser that sent
 * it, which then has it in this page alone, as it had it in the form. */
#ifndef COMMONWEAL_KEPT_H
#define COMMONWEAL_KEPT_H
#include "request.h"

/* Status 403, never cached. rq->form has been read, and came from our own origin. */
bool kept_page(struct request *rq, struct response *rs, struct error *err);

#endif
