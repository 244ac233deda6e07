/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A draft's text by fields and blocks, with the comments on each. */
#ifndef COMMONWEAL_LINES_H
#define COMMONWEAL_LINES_H
#include "draft.h"

/* "plain" (label, text), "texts" (label, blocks), and "general", "outdated" (comments) of draft.xhtml. */
bool lines_put(struct request *rq, struct data *page, const struct draft *d, bool may_comment, struct error *err);

#endif
