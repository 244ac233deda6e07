/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The steps of a request for help and of a site visit: who may take which, from
 * which state, and where it leads. Pure tables; docs/exchange.md shows them. */
#ifndef COMMONWEAL_HELP_STEPS_H
#define COMMONWEAL_HELP_STEPS_H
#include <stdbool.h>

enum help_state { HELP_REQUESTED = 1, HELP_OFFERED, HELP_ASSIGNED, HELP_ACCEPTED, HELP_CLOSED };
enum help_act { HELP_ASK, HELP_OFFER, HELP_ASSIGN, HELP_ACCEPT, HELP_DECLINE, HELP_TAKE_BACK,
	HELP_STEP_DOWN, HELP_CHANGE, HELP_LOG,
	HELP_NEXT, HELP_CLOSE, HELP_REOPEN, HELP_ACTS };
/* Who acts; bits. */
enum { BY_ASKER = 1, BY_PEER = 2, BY_OFFERER = 4, BY_HELPER = 8, BY_STAFF = 16 };

const char *help_state_word(enum help_state s);  /* "requested" ...; "" if it is none */
enum help_state help_state_parse(const char *word); /* 0 if unknown */
const char *help_state_label(enum help_state s); /* for people */
const char *help_act_word(enum help_act act);    /* "offer" */
enum help_act help_act_parse(const char *word);  /* HELP_ACTS if unknown */

/* What else decides: offers that the asker has not answered, besides the one that the act is about. */
struct help_rest {
	int offers, assigned; /* still open */
	bool accepted;        /* one was accepted, and its helper has not stepped down */
};
/* The state after it; 0: not now, or not by them. */
enum help_state help_next(enum help_state from, enum help_act act, int by, const struct help_rest *rest);

enum visit_state { VISIT_PROPOSED = 1, VISIT_PLANNED, VISIT_AGREED, VISIT_REPORTED, VISIT_CANCELLED };
enum visit_act { VISIT_PROPOSE, VISIT_PLAN, VISIT_AGREE, VISIT_REPORT, VISIT_STORY, VISIT_CANCEL,
	VISIT_ACTS };
const char *visit_state_word(enum visit_state s);
enum visit_state visit_state_parse(const char *word);
const char *visit_state_label(enum visit_state s);
const char *visit_act_word(enum visit_act act);
enum visit_act visit_act_parse(const char *word);
/* other_agreed: the other side has agreed to the plan as it is. Each step may be taken by both sides. */
enum visit_state visit_next(enum visit_state from, enum visit_act act, bool other_agreed);

#endif
