/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What other modules use of this one. */
#ifndef COMMONWEAL_EVENTS_H
#define COMMONWEAL_EVENTS_H
#include "module.h"

/* Adds the next dates to a list of items for event.xhtml, at most so many, and
 * says in rs until when that is right. */
bool events_next(struct request *rq, struct response *rs, struct data *page, const char *list, size_t most,
	struct error *err);

#endif
