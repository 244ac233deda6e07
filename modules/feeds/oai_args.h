/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a harvester sends: dates, sets, resumption tokens. */
#ifndef COMMONWEAL_OAI_ARGS_H
#define COMMONWEAL_OAI_ARGS_H
#include "feeds.h"

/* "YYYY-MM-DD" (*day) or "YYYY-MM-DDThh:mm:ssZ" of the years 1970 to 9999. *us is
 * the first moment of that day or second, or with `end` its last. */
bool oai_date_read(const char *s, bool end, int64_t *us, bool *day);

/* "type.guide", "strategy.drug-market" or "space.boston" sets that member of h;
 * false if it is none of these. */
bool oai_set_read(struct arena *a, const char *spec, struct harvest *h);

/* All that is needed to go on, so the server remembers nothing: what was asked,
 * after which place of the list (time and id), how many were given and how many
 * there were. A record that changes meanwhile moves behind that place and comes
 * again; none is missed. The token is no secret, and all of it is checked: a
 * made-up one asks for nothing that could not be asked for openly. */
struct oai_token {
	struct harvest harvest;
	int64_t cursor, total;
};
const char *oai_token_make(struct arena *a, const struct oai_token *t);
bool oai_token_read(struct arena *a, const char *text, struct oai_token *t);

#endif
