/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Worlds for the tests of disclosure: members, groups and figures, real or made up;
 * their releases over two years; and what the attacker is told of them. */
#ifndef COMMONWEAL_DISCLOSURE_WORLD_H
#define COMMONWEAL_DISCLOSURE_WORLD_H
#include "../../modules/metrics/disclosure.h"
#include "../attack/attacker.h"

#define WORLD_MEMBERS 200
#define WORLD_PERIODS 8
#define WORLD_GROUPS 16

struct world {
	size_t members, periods;
	bool years;             /* periods are quarters: release years too */
	double scale;
	double count[WORLD_MEMBERS][WORLD_PERIODS], exposure[WORLD_MEMBERS][WORLD_PERIODS];
	bool reported[WORLD_MEMBERS][WORLD_PERIODS];
	/* A correction made after the quarter's release: the year has it. */
	double corrected[WORLD_MEMBERS][WORLD_PERIODS]; /* < 0: none */
	struct { const char *scheme, *name; unsigned members[WORLD_MEMBERS]; size_t n; } groups[WORLD_GROUPS];
	size_t group_count;
};

enum world_kind { WORLD_SKEWED, WORLD_ZEROS, WORLD_DOMINANT, WORLD_SMALL, WORLD_KINDS };

/* Made up from a seed, with joins, leaves and corrections. */
void world_make(struct world *w, size_t members, enum world_kind kind, unsigned seed);
/* The agencies of tests/fixtures/metrics, yearly from `first` on; groups by population,
 * by region of the alphabet, and three by lot. */
void world_real(struct world *w, bool homicides, int first, size_t years, unsigned seed);

struct world_releases {
	struct disclosure_release *list[WORLD_PERIODS + WORLD_PERIODS / 4];
	size_t n, published, cells, steps, programs;
};
/* All releases in the order of the calendar. */
void world_release(const struct world *w, struct arena *a, struct world_releases *out);
/* The attacker who read the public JSON of these. */
struct attack *world_attack(const struct world *w, const struct world_releases *r);
/* The attacker of a naive server: exact means of every group, and exact counts. */
struct attack *world_attack_naive(const struct world *w);
unsigned world_random(unsigned *seed, unsigned below);

#endif
