/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What other modules use of this one. */
#ifndef COMMONWEAL_EVENTS_H
#define COMMONWEAL_EVENTS_H
#include "module.h"

/* Fills d with what event.xhtml shows of an event. */
void event_card(struct request *rq, struct data *d, const struct record *r);

#endif
