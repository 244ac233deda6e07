/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The steps of requests for help and of site visits: every state, every act, everyone. */
#include "../../modules/help/steps.h"
#include "unit.h"

static const struct help_rest alone = { 0, 0, false };
static const int everyone[] = { 0, BY_ASKER, BY_PEER, BY_OFFERER, BY_HELPER, BY_STAFF };

/* Who may take an act from a state, as docs/exchange.md has it. */
static int allowed(enum help_state from, enum help_act act)
{
	bool open = from == HELP_REQUESTED || from == HELP_OFFERED || from == HELP_ASSIGNED,
		answer = from == HELP_OFFERED || from == HELP_ASSIGNED;

	switch (act) {
	case HELP_OFFER: return open ? BY_PEER : 0;
	case HELP_ASSIGN: return open ? BY_STAFF : 0;
	case HELP_ACCEPT: case HELP_DECLINE: return answer ? BY_ASKER : 0;
	case HELP_TAKE_BACK: return answer ? BY_OFFERER | BY_STAFF : 0;
	case HELP_STEP_DOWN: return from == HELP_ACCEPTED ? BY_HELPER : 0;
	case HELP_CHANGE: return from != HELP_CLOSED ? BY_ASKER : 0;
	case HELP_LOG: return from == HELP_ACCEPTED ? BY_ASKER | BY_HELPER | BY_STAFF : 0;
	case HELP_NEXT: return from == HELP_ACCEPTED ? BY_ASKER | BY_HELPER : 0;
	case HELP_CLOSE: return from != HELP_CLOSED ? BY_ASKER | BY_STAFF : 0;
	case HELP_REOPEN: return from == HELP_CLOSED ? BY_ASKER | BY_STAFF : 0;
	case HELP_ASK: case HELP_ACTS: break;
	}
	return 0;
}

static void whole_table(void)
{
	for (int from = HELP_REQUESTED; from <= HELP_CLOSED; from++)
		for (int act = HELP_ASK; act < HELP_ACTS; act++)
			for (size_t i = 0; i < COUNT(everyone); i++) {
				enum help_state to = help_next((enum help_state)from, (enum help_act)act, everyone[i], &alone);

				CHECK_INT(to != 0, (allowed((enum help_state)from, (enum help_act)act) & everyone[i]) != 0);
				CHECK(to == 0 || (to >= HELP_REQUESTED && to <= HELP_CLOSED));
			}
}

static void where_it_leads(void)
{
	const struct help_rest offers = { 1, 0, false }, both = { 1, 1, false }, accepted = { 0, 0, true };

	CHECK_INT(help_next(HELP_REQUESTED, HELP_OFFER, BY_PEER, &alone), HELP_OFFERED);
	CHECK_INT(help_next(HELP_ASSIGNED, HELP_OFFER, BY_PEER, &both), HELP_ASSIGNED);
	CHECK_INT(help_next(HELP_OFFERED, HELP_ASSIGN, BY_STAFF, &offers), HELP_ASSIGNED);
	CHECK_INT(help_next(HELP_OFFERED, HELP_ACCEPT, BY_ASKER, &offers), HELP_ACCEPTED);
	CHECK_INT(help_next(HELP_OFFERED, HELP_DECLINE, BY_ASKER, &alone), HELP_REQUESTED);
	CHECK_INT(help_next(HELP_OFFERED, HELP_DECLINE, BY_ASKER, &offers), HELP_OFFERED);
	CHECK_INT(help_next(HELP_ASSIGNED, HELP_DECLINE, BY_ASKER, &offers), HELP_OFFERED);
	CHECK_INT(help_next(HELP_ASSIGNED, HELP_TAKE_BACK, BY_STAFF, &both), HELP_ASSIGNED);
	CHECK_INT(help_next(HELP_ACCEPTED, HELP_STEP_DOWN, BY_HELPER, &accepted), HELP_REQUESTED);
	CHECK_INT(help_next(HELP_ACCEPTED, HELP_LOG, BY_HELPER, &accepted), HELP_ACCEPTED);
	CHECK_INT(help_next(HELP_ACCEPTED, HELP_CHANGE, BY_ASKER, &accepted), HELP_ACCEPTED);
	CHECK_INT(help_next(HELP_ACCEPTED, HELP_CLOSE, BY_ASKER, &accepted), HELP_CLOSED);
	CHECK_INT(help_next(HELP_CLOSED, HELP_REOPEN, BY_ASKER, &accepted), HELP_ACCEPTED);
	CHECK_INT(help_next(HELP_CLOSED, HELP_REOPEN, BY_ASKER, &alone), HELP_REQUESTED);
}

static void words(void)
{
	for (int s = HELP_REQUESTED; s <= HELP_CLOSED; s++) {
		CHECK_INT(help_state_parse(help_state_word((enum help_state)s)), s);
		CHECK(*help_state_label((enum help_state)s));
	}
	for (int a = HELP_ASK; a < HELP_ACTS; a++)
		CHECK_INT(help_act_parse(help_act_word((enum help_act)a)), a);
	for (int s = VISIT_PROPOSED; s <= VISIT_CANCELLED; s++) {
		CHECK_INT(visit_state_parse(visit_state_word((enum visit_state)s)), s);
		CHECK(*visit_state_label((enum visit_state)s));
	}
	for (int a = VISIT_PROPOSE; a < VISIT_ACTS; a++)
		CHECK_INT(visit_act_parse(visit_act_word((enum visit_act)a)), a);
	CHECK_INT(help_state_parse("gone"), 0);
	CHECK_INT(help_state_parse(NULL), 0);
	CHECK_INT(help_act_parse(NULL), HELP_ACTS);
	CHECK_INT(visit_state_parse(""), 0);
	CHECK_INT(visit_act_parse("x"), VISIT_ACTS);
}

static void visits(void)
{
	static const struct { enum visit_state from; enum visit_act act; bool other; int to; } all[] = {
		{ VISIT_PROPOSED, VISIT_PLAN, false, VISIT_PLANNED }, { VISIT_PLANNED, VISIT_PLAN, true, VISIT_PLANNED },
		{ VISIT_AGREED, VISIT_PLAN, true, VISIT_PLANNED }, { VISIT_REPORTED, VISIT_PLAN, true, 0 }, {
		VISIT_CANCELLED, VISIT_PLAN, false, 0 },
		{ VISIT_PROPOSED, VISIT_AGREE, false, 0 }, { VISIT_PLANNED, VISIT_AGREE, false, VISIT_PLANNED }, {
		VISIT_PLANNED, VISIT_AGREE, true, VISIT_AGREED },
		{ VISIT_AGREED, VISIT_AGREE, true, 0 }, { VISIT_PLANNED, VISIT_REPORT, true, 0 }, { VISIT_AGREED,
		VISIT_REPORT, true, VISIT_REPORTED },
		{ VISIT_REPORTED, VISIT_REPORT, true, VISIT_REPORTED }, { VISIT_AGREED, VISIT_STORY, true, 0 }, {
		VISIT_REPORTED, VISIT_STORY, true, VISIT_REPORTED },
		{ VISIT_AGREED, VISIT_CANCEL, true, VISIT_CANCELLED }, { VISIT_REPORTED, VISIT_CANCEL, true, 0 }, {
		VISIT_CANCELLED, VISIT_CANCEL, true, 0 },
		{ VISIT_CANCELLED, VISIT_AGREE, true, 0 }, { VISIT_PROPOSED, VISIT_PROPOSE, true, 0 } };

	for (size_t i = 0; i < COUNT(all); i++)
		CHECK_INT(visit_next(all[i].from, all[i].act, all[i].other), all[i].to);
}

CU_TestInfo unit_tests[] = { { "every state, act and person", whole_table }, { "where it leads",
	where_it_leads }, { "words", words },
	{ "site visits", visits }, CU_TEST_INFO_NULL };
