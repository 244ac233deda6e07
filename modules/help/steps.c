/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "steps.h"
#include <stddef.h>
#include <string.h>

static const struct { const char *word, *label; } states[] = {
	[HELP_REQUESTED] = { "requested", "Waiting for a helper" },
	[HELP_OFFERED] = { "offered", "Help is offered" },
	[HELP_ASSIGNED] = { "assigned", "A helper is assigned" },
	[HELP_ACCEPTED] = { "accepted", "Under way" },
	[HELP_CLOSED] = { "closed", "Closed" },
};
static const char *const acts[HELP_ACTS] = { "ask", "offer", "assign", "accept", "decline", "take-back",
	"step-down", "change",
	"log", "next", "close", "reopen" };

const char *help_state_word(enum help_state s)
{
	return s >= HELP_REQUESTED && s <= HELP_CLOSED ? states[s].word : "";
}

enum help_state help_state_parse(const char *word)
{
	for (int s = HELP_REQUESTED; word && s <= HELP_CLOSED; s++)
		if (strcmp(states[s].word, word) == 0)
			return (enum help_state)s;
	return (enum help_state)0;
}

const char *help_state_label(enum help_state s)
{
	return s >= HELP_REQUESTED && s <= HELP_CLOSED ? states[s].label : "";
}

const char *help_act_word(enum help_act act)
{
	return acts[act];
}

enum help_act help_act_parse(const char *word)
{
	int act = 0;

	while (act < HELP_ACTS && (!word || strcmp(acts[act], word) != 0))
		act++;
	return (enum help_act)act;
}

/* Where an act leads that depends on what else is open. */
#define SAME ((enum help_state)-1)
#define BY_REST ((enum help_state)-2)
#define OPEN (1 << HELP_REQUESTED | 1 << HELP_OFFERED | 1 << HELP_ASSIGNED)
#define ANSWERABLE (1 << HELP_OFFERED | 1 << HELP_ASSIGNED)

static const struct {
	enum help_act act;
	int from, by;
	enum help_state to;
} steps[] = {
	{ HELP_OFFER, OPEN, BY_PEER, BY_REST },
	{ HELP_ASSIGN, OPEN, BY_STAFF, HELP_ASSIGNED },
	{ HELP_ACCEPT, ANSWERABLE, BY_ASKER, HELP_ACCEPTED },
	{ HELP_DECLINE, ANSWERABLE, BY_ASKER, BY_REST },
	{ HELP_TAKE_BACK, ANSWERABLE, BY_OFFERER | BY_STAFF, BY_REST },
	{ HELP_STEP_DOWN, 1 << HELP_ACCEPTED, BY_HELPER, HELP_REQUESTED },
	{ HELP_CHANGE, OPEN | 1 << HELP_ACCEPTED, BY_ASKER, SAME },
	{ HELP_LOG, 1 << HELP_ACCEPTED, BY_ASKER | BY_HELPER | BY_STAFF, SAME },
	{ HELP_NEXT, 1 << HELP_ACCEPTED, BY_ASKER | BY_HELPER, SAME },
	{ HELP_CLOSE, OPEN | 1 << HELP_ACCEPTED, BY_ASKER | BY_STAFF, HELP_CLOSED },
	{ HELP_REOPEN, 1 << HELP_CLOSED, BY_ASKER | BY_STAFF, BY_REST },
};

enum help_state help_next(enum help_state from, enum help_act act, int by, const struct help_rest *rest)
{
	for (size_t i = 0; i < sizeof steps / sizeof *steps; i++) {
		if (steps[i].act != act || !(steps[i].from & 1 << from) || !(steps[i].by & by))
			continue;
		if (steps[i].to == SAME)
			return from;
		if (steps[i].to != BY_REST)
			return steps[i].to;
		if (act == HELP_REOPEN && rest->accepted)
			return HELP_ACCEPTED;
		return rest->assigned ? HELP_ASSIGNED : rest->offers || act == HELP_OFFER ? HELP_OFFERED : HELP_REQUESTED;
	}
	return (enum help_state)0;
}

/* ---- site visits ---- */

static const struct { const char *word, *label; } visit_states[] = {
	[VISIT_PROPOSED] = { "proposed", "Asked for" },
	[VISIT_PLANNED] = { "planned", "Planned, not yet agreed" },
	[VISIT_AGREED] = { "agreed", "Agreed" },
	[VISIT_REPORTED] = { "reported", "Reported" },
	[VISIT_CANCELLED] = { "cancelled", "Called off" },
};
static const char *const visit_acts[VISIT_ACTS] = { "propose", "plan", "agree", "report", "story", "cancel" };

const char *visit_state_word(enum visit_state s)
{
	return s >= VISIT_PROPOSED && s <= VISIT_CANCELLED ? visit_states[s].word : "";
}

enum visit_state visit_state_parse(const char *word)
{
	for (int s = VISIT_PROPOSED; word && s <= VISIT_CANCELLED; s++)
		if (strcmp(visit_states[s].word, word) == 0)
			return (enum visit_state)s;
	return (enum visit_state)0;
}

const char *visit_state_label(enum visit_state s)
{
	return s >= VISIT_PROPOSED && s <= VISIT_CANCELLED ? visit_states[s].label : "";
}

const char *visit_act_word(enum visit_act act)
{
	return visit_acts[act];
}

enum visit_act visit_act_parse(const char *word)
{
	int act = 0;

	while (act < VISIT_ACTS && (!word || strcmp(visit_acts[act], word) != 0))
		act++;
	return (enum visit_act)act;
}

enum visit_state visit_next(enum visit_state from, enum visit_act act, bool other_agreed)
{
	bool before = from == VISIT_PROPOSED || from == VISIT_PLANNED || from == VISIT_AGREED;

	switch (act) {
	case VISIT_PLAN:
		return before ? VISIT_PLANNED : (enum visit_state)0; /* what was agreed is not what is planned now */
	case VISIT_AGREE:
		return from != VISIT_PLANNED ? (enum visit_state)0 : other_agreed ? VISIT_AGREED : VISIT_PLANNED;
	case VISIT_REPORT:
		return from == VISIT_AGREED || from == VISIT_REPORTED ? VISIT_REPORTED : (enum visit_state)0;
	case VISIT_STORY:
		return from == VISIT_REPORTED ? from : (enum visit_state)0;
	case VISIT_CANCEL:
		return before ? VISIT_CANCELLED : (enum visit_state)0;
	case VISIT_PROPOSE:
	case VISIT_ACTS:
		break;
	}
	return (enum visit_state)0;
}
