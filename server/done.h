/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What was just done, told on the page to which a form's answer leads: a word in
 * the address, sealed (csrf.h), so that nobody else's link can show it. */
#ifndef COMMONWEAL_DONE_H
#define COMMONWEAL_DONE_H
#include <stdbool.h>
#include "request.h"
#include "route.h"
#include "url.h"

/* Goes to `to`, whose page then tells of the word (303). */
bool done_redirect(struct request *rq, struct response *rs, struct url to, const char *word);
/* The text of the request's own sealed word; NULL if it has none, is no GET, or nobody is signed
 * in. texts: word and text; ends with NULL. */
const char *done_text(const struct request *rq, const char *const (*texts)[2]);
/* For the routes of such pages that have no other parameter. */
extern const struct param done_params[];

#endif
