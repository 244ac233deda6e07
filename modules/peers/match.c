/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "match.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include "text.h"

#define POPULATION_RANGE 4.0 /* so many times larger or smaller: no points */
#define MONTHS_RANGE 36.0

static const struct { const char *word, *label; int weight; } factors[PEER_FACTORS] = {
	[PEER_POPULATION] = { "population", "Population", 30 },
	[PEER_PROBLEM] = { "problem", "Level of the problem", 25 },
	[PEER_STRATEGY] = { "strategy", "Strategy", 20 },
	[PEER_STAGE] = { "stage", "Stage of work", 10 },
	[PEER_CALL_IN] = { "call-in", "Time since the first call-in", 15 },
};

static const struct { const char *word, *label; } stages[PEER_STAGES] = {
	[PEER_STAGE_UNKNOWN] = { "", "" },
	[PEER_EXPLORING] = { "exploring", "Exploring the strategy" },
	[PEER_PLANNING] = { "planning", "Planning" },
	[PEER_STARTING] = { "starting", "Starting: first call-ins" },
	[PEER_RUNNING] = { "running", "Running" },
	[PEER_SUSTAINING] = { "sustaining", "Sustaining it over years" },
	[PEER_RESTARTING] = { "restarting", "Starting again after a break" },
	[PEER_PAUSED] = { "paused", "Paused or ended" },
};

const char *peer_factor_word(enum peer_factor f)
{
	return factors[f].word;
}

enum peer_factor peer_factor_parse(const char *word)
{
	int f = 0;

	while (f < PEER_FACTORS && (!word || strcmp(factors[f].word, word) != 0))
		f++;
	return (enum peer_factor)f;
}

const char *peer_factor_label(enum peer_factor f)
{
	return factors[f].label;
}

int peer_factor_weight(enum peer_factor f)
{
	return factors[f].weight;
}

const char *peer_stage_word(enum peer_stage s)
{
	return stages[s].word;
}

enum peer_stage peer_stage_parse(const char *word)
{
	for (int s = PEER_EXPLORING; word && s < PEER_STAGES; s++)
		if (strcmp(stages[s].word, word) == 0)
			return (enum peer_stage)s;
	return PEER_STAGE_UNKNOWN;
}

const char *peer_stage_label(enum peer_stage s)
{
	return stages[s].label;
}

static const double edges[PEER_BANDS - 1] = { 5, 10, 20, 40 };

int peer_band(double rate)
{
	int band = 0;

	while (band < PEER_BANDS - 1 && rate >= edges[band])
		band++;
	return band;
}

const char *peer_band_label(int band)
{
	static const char *const labels[PEER_BANDS] = { "under 5", "5 to under 10", "10 to under 20",
		"20 to under 40", "40 or more" };

	return labels[band];
}

const char *peer_number(struct arena *a, int64_t n)
{
	char plain[24], *out = arena_alloc(a, 32);
	int length = snprintf(plain, sizeof plain, "%lld", (long long)n), k = 0;

	for (int i = 0; i < length; i++) {
		if (i > 0 && (length - i) % 3 == 0 && plain[i - 1] != '-')
			out[k++] = ',';
		out[k++] = plain[i];
	}
	out[k] = '\0';
	return out;
}

int peer_months(const char *month, int64_t now_us)
{
	time_t now = (time_t)(now_us / 1000000);
	struct tm tm;
	int months;

	if (!month || strlen(month) != 7 || !date_valid(month))
		return -1;
	gmtime_r(&now, &tm);
	months = (tm.tm_year + 1900 - atoi(month)) * 12 + tm.tm_mon + 1 - atoi(month + 5);
	return months < 0 ? -1 : months;
}

/* ---- each factor: how alike, 0 to 1, and why ---- */

static const char *unknown(struct arena *a, enum peer_factor f, bool own, bool other)
{
	if (!own && !other)
		return arena_printf(a, "%s: not known of either", factors[f].label);
	return arena_printf(a, "%s: not known of %s", factors[f].label, own ? "them" : "you");
}

static double population(struct arena *a, const struct peer_facts *own, const struct peer_facts *other,
	struct peer_reason *r)
{
	r->own_known = own->people > 0;
	r->other_known = other->people > 0;
	if (!r->own_known || !r->other_known)
		return 0;
	r->words = arena_printf(a, "Population %s, yours %s", peer_number(a, other->people), peer_number(a,
		own->people));
	return 1 - fabs(log((double)other->people / (double)own->people)) / log(POPULATION_RANGE);
}

static double problem(struct arena *a, const struct peer_facts *own, const struct peer_facts *other,
	struct peer_reason *r)
{
	int apart = abs(own->band - other->band);

	r->own_known = own->band >= 0;
	r->other_known = other->band >= 0;
	if (!r->own_known || !r->other_known)
		return 0;
	r->words = apart == 0 ? arena_printf(a, "Homicides a year per 100,000 people: both %s",
		peer_band_label(own->band)) :
		arena_printf(a, "Homicides a year per 100,000 people: %s, yours %s", peer_band_label(other->band),
		peer_band_label(own->band));
	return apart == 0 ? 1 : apart == 1 ? 0.5 : 0;
}

static const char *strategy_names(int bits)
{
	return bits == PEER_GROUP_VIOLENCE ? "the group violence strategy" : bits == PEER_DRUG_MARKET ?
		"the drug market strategy" : "both strategies";
}

static double strategy(struct arena *a, const struct peer_facts *own, const struct peer_facts *other,
	struct peer_reason *r)
{
	int shared = own->strategies & other->strategies, all = own->strategies | other->strategies;

	r->own_known = own->strategies != 0;
	r->other_known = other->strategies != 0;
	if (!r->own_known || !r->other_known)
		return 0;
	r->words = shared ? arena_printf(a, "Both use %s", strategy_names(shared)) :
		arena_printf(a, "They use %s, you %s", strategy_names(other->strategies), strategy_names(own->strategies));
	return !shared ? 0 : shared == all ? 1 : 0.5;
}

static double stage(struct arena *a, const struct peer_facts *own, const struct peer_facts *other,
	struct peer_reason *r)
{
	r->own_known = own->stage != PEER_STAGE_UNKNOWN;
	r->other_known = other->stage != PEER_STAGE_UNKNOWN;
	if (!r->own_known || !r->other_known)
		return 0;
	if (own->stage == other->stage) {
		r->words = arena_printf(a, "Same stage: %s", stages[own->stage].label);
		return 1;
	}
	r->words = arena_printf(a, "Stage: %s; yours: %s", stages[other->stage].label, stages[own->stage].label);
	/* Starting again is like starting; the end of the work is like nothing else. */
	if ((own->stage == PEER_STARTING && other->stage == PEER_RESTARTING) ||
		(own->stage == PEER_RESTARTING && other->stage == PEER_STARTING))
		return 0.5;
	return own->stage <= PEER_SUSTAINING && other->stage <= PEER_SUSTAINING &&
		abs((int)own->stage - (int)other->stage) == 1 ? 0.5 : 0;
}

static const char *ago(struct arena *a, int months)
{
	return months == 0 ? "this month" : months == 1 ? "1 month ago" : arena_printf(a, "%d months ago", months);
}

static double call_in(struct arena *a, const struct peer_facts *own, const struct peer_facts *other,
	struct peer_reason *r)
{
	r->own_known = own->months >= 0;
	r->other_known = other->months >= 0;
	if (!r->own_known || !r->other_known)
		return 0;
	r->words = arena_printf(a, "First call-in %s, yours %s", ago(a, other->months), ago(a, own->months));
	return 1 - fabs((double)own->months - other->months) / MONTHS_RANGE;
}

void peer_match(struct arena *a, const struct peer_facts *own, const struct peer_facts *other,
	struct peer_match *out)
{
	static double (*const rules[PEER_FACTORS])(struct arena *, const struct peer_facts *,
		const struct peer_facts *,
		struct peer_reason *) = { population, problem, strategy, stage, call_in };

	*out = (struct peer_match){ .points = 0 };
	for (int f = 0; f < PEER_FACTORS; f++) {
		struct peer_reason *r = &out->reasons[f];
		double alike = rules[f](a, own, other, r);

		r->points = alike > 0 ? (int)lround(alike * factors[f].weight) : 0;
		if (r->own_known && r->other_known)
			out->compared++;
		else
			r->words = unknown(a, (enum peer_factor)f, r->own_known, r->other_known);
		out->points += r->points;
	}
}
