/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A record as people read it, field by field, and what differs between two. */
#ifndef COMMONWEAL_READABLE_H
#define COMMONWEAL_READABLE_H
#include "module.h"
#include "record_form.h"

/* What a field says, as lines of text; "" if nothing. */
const char *readable_text(struct arena *a, const struct form_field *field, const json_t *value);
/* "rows" of difference-rows.xhtml: two texts side by side. True if not every line could be compared. */
bool readable_rows(struct arena *a, struct data *field, const char *left, const char *right);
/* One side of a comparison. form: as record_form.h has it. */
struct readable_side {
	const json_t *form;
	const char *slug;
	enum audience audience; /* AUDIENCE_NONE: not compared */
};
/* "fields", "unchanged", "same" and "cut" of difference.xhtml. */
void readable_difference(struct request *rq, struct data *page, const char *type, const struct readable_side *left,
	const struct readable_side *right);
/* "Everyone", "Members of the network" ... */
const char *audience_label(enum audience a);

#endif
