/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The API's own parts. */
#ifndef COMMONWEAL_API_H
#define COMMONWEAL_API_H
#include "module.h"

/* records.c */
extern const struct param api_list_params[];
bool api_records(struct request *rq, struct response *rs, struct error *err);
bool api_record(struct request *rq, struct response *rs, struct error *err);
bool api_source(struct request *rq, struct response *rs, struct error *err);

#endif
