/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Levels of ratings, and the stage of a practice that follows from them. */
#include "rating.h"

static const char *const levels_known[LEVEL_COUNT][2] = {
	[LEVEL_NONE] = { "", "Not rated" },
	[LEVEL_EFFECTIVE] = { "effective", "Effective" },
	[LEVEL_PROMISING] = { "promising", "Promising" },
	[LEVEL_NO_EFFECT] = { "no-effect", "Did not work" },
	[LEVEL_HARMFUL] = { "harmful", "Did harm" },
	[LEVEL_INCONCLUSIVE] = { "inconclusive", "Inconclusive" },
};

const char *level_name(enum level l)
{
	return levels_known[l][0];
}

const char *level_label(enum level l)
{
	return levels_known[l][1];
}

enum level level_parse(const char *name)
{
	for (int i = LEVEL_EFFECTIVE; name && i < LEVEL_COUNT; i++)
		if (strcmp(levels_known[i][0], name) == 0)
			return (enum level)i;
	return LEVEL_NONE;
}

static const struct stage untested = { "untested", "Untested", "No evaluation of it is in the library." };
static const struct stage unrated = { "unrated", "Evaluated, not rated yet",
	"There is an evaluation, but no outcome of it has a rating that holds." };
static const struct stage inconclusive = { "inconclusive", "Inconclusive", "Every rated outcome is inconclusive." };
static const struct stage promising = { "promising", "Promising",
	"Rated outcomes speak for it and none against it, but effective ones come from fewer than two evaluations." };
static const struct stage effective = { "effective", "Effective",
	"Outcomes of two evaluations or more are rated effective, and none speaks against it." };
static const struct stage mixed = { "mixed", "Mixed", "Some rated outcomes speak for it and some against it." };
static const struct stage no_effect = { "no-effect", "Did not work", "Outcomes were rated, and none speaks for it." };
static const struct stage harmful = { "harmful", "Did harm",
	"Outcomes were rated, none speaks for it, and at least one did harm." };

const struct stage *stage_of(const enum level *levels, const int64_t *sources, size_t n, size_t n_evaluations)
{
	size_t count[LEVEL_COUNT] = { 0 };
	int64_t first = 0;
	bool two = false;

	for (size_t i = 0; i < n; i++) {
		count[levels[i]]++;
		if (levels[i] != LEVEL_EFFECTIVE)
			continue;
		two = two || (count[LEVEL_EFFECTIVE] > 1 && sources[i] != first);
		first = count[LEVEL_EFFECTIVE] == 1 ? sources[i] : first;
	}
	bool good = count[LEVEL_EFFECTIVE] || count[LEVEL_PROMISING], bad = count[LEVEL_NO_EFFECT] || count[LEVEL_HARMFUL];
	if (good && bad)
		return &mixed;
	if (good)
		return two ? &effective : &promising;
	if (bad)
		return count[LEVEL_HARMFUL] ? &harmful : &no_effect;
	return count[LEVEL_INCONCLUSIVE] ? &inconclusive : n_evaluations ? &unrated : &untested;
}
