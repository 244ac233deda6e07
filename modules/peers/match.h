/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How alike two jurisdictions are: a pure function of what is known of both, with
 * its reasons in words. What is not known of one of them gives no points and is
 * said to be unknown; nothing is guessed. Weights and rules: docs/exchange.md. */
#ifndef COMMONWEAL_PEERS_MATCH_H
#define COMMONWEAL_PEERS_MATCH_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "arena.h"

enum peer_factor { PEER_POPULATION, PEER_PROBLEM, PEER_STRATEGY, PEER_STAGE, PEER_CALL_IN, PEER_FACTORS };
/* "population", "problem", "strategy", "stage", "call-in", and back: PEER_FACTORS if unknown. */
const char *peer_factor_word(enum peer_factor f);
enum peer_factor peer_factor_parse(const char *word);
/* "Population", for people. */
const char *peer_factor_label(enum peer_factor f);
/* The most points that it gives; 100 together. */
int peer_factor_weight(enum peer_factor f);

enum { PEER_GROUP_VIOLENCE = 1, PEER_DRUG_MARKET = 2 };

/* Stages of work, in their order. */
enum peer_stage { PEER_STAGE_UNKNOWN, PEER_EXPLORING, PEER_PLANNING, PEER_STARTING, PEER_RUNNING,
	PEER_SUSTAINING,
	PEER_RESTARTING, PEER_PAUSED, PEER_STAGES };
/* "exploring" ...; and back: PEER_STAGE_UNKNOWN. For people: "Exploring the strategy". */
const char *peer_stage_word(enum peer_stage s);
enum peer_stage peer_stage_parse(const char *word);
const char *peer_stage_label(enum peer_stage s);

/* Homicides a year per 100,000 people, in bands: 0 lowest. */
#define PEER_BANDS 5
int peer_band(double rate);
const char *peer_band_label(int band); /* "10 to under 20" */

struct peer_facts {
	int64_t people;       /* 0: unknown */
	int band;             /* -1: unknown */
	int strategies;       /* bits; 0: unknown */
	enum peer_stage stage;
	int months;           /* since the first call-in; -1: unknown */
};

struct peer_reason {
	bool own_known, other_known;
	int points;           /* 0 to the factor's weight */
	const char *words;    /* "Population 310,000, yours 296,000" */
};
struct peer_match {
	struct peer_reason reasons[PEER_FACTORS];
	int points;           /* 0 to 100 */
	int compared;         /* factors known of both */
};
/* Words go into the arena. */
void peer_match(struct arena *a, const struct peer_facts *own, const struct peer_facts *other,
	struct peer_match *out);
/* Months from "2024-09" to the month of a moment; -1 if it is no month, or still to come. */
int peer_months(const char *month, int64_t now_us);
/* "1,234,567" */
const char *peer_number(struct arena *a, int64_t n);

#endif
