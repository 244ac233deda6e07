/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The library's own parts. */
#ifndef COMMONWEAL_LIBRARY_H
#define COMMONWEAL_LIBRARY_H
#include "module.h"

/* types.c */
extern const struct record_type *const library_types[];
/* browse.c */
extern const struct param browse_params[];
bool library_list(struct request *rq, struct response *rs, struct error *err);
bool library_search(struct request *rq, struct response *rs, struct error *err);

#endif
