/* SPDX-License-Identifier: GPL-3.0-or-later */
/* make check-long: two years of releases over many made-up networks and the real
 * agencies, every coalition of two. DISCLOSURE_WORLDS says how many networks (20). */
#include "disclosure_world.h"
#include <time.h>
#include "unit.h"

static struct world world;

static double seconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void attack(const char *what, unsigned seed, size_t pairs)
{
	struct arena *a = arena_create();
	struct world_releases releases;
	struct attack_result r;
	struct attack *t;
	double start = seconds(), released;
	char message[400];

	world_release(&world, a, &releases);
	released = seconds();
	t = world_attack(&world, &releases);
	attack_prior(t, DISCLOSURE_PRIOR, DISCLOSURE_PRIOR_COUNTS);
	attack_run(t, pairs, seed, &r);
	attack_destroy(t);
	snprintf(message, sizeof message, "%s %u: %zu members, %zu of %zu cells, %zu steps, %zu programs, %.2f s; attack: "
		"%zu breaches (%zu exact) of %zu, %zu memberships, %.1f s", what, seed, world.members, releases.published,
		releases.cells, releases.steps, releases.programs, released - start, r.breaches, r.exact, r.tests, r.learned,
		seconds() - released);
	fprintf(stderr, "\n    %s", message);
	unit_check(r.tests > 0 && r.breaches == 0 && r.learned == 0, message, __FILE__, __LINE__);
	arena_destroy(a);
}

static void made_up(void)
{
	const char *text = getenv("DISCLOSURE_WORLDS");
	unsigned worlds = text ? (unsigned)strtoul(text, NULL, 10) : 20;

	for (unsigned seed = 1; seed <= worlds; seed++) {
		world_make(&world, 20 + seed * 7 % 60, seed % WORLD_KINDS, seed);
		attack("made up", seed, world.members < 40 ? 0 : 10);
	}
}

static void agencies(void)
{
	for (unsigned seed = 1; seed <= 4; seed++) {
		/* Every coalition against two years; likely ones against eight. */
		world_real(&world, seed % 2, 1976 + 8 * (int)seed, seed == 1 ? 2 : 8, seed);
		attack("agencies", seed, seed == 1 ? 0 : 10);
	}
}

/* As large as the network may grow. */
static void large(void)
{
	world_make(&world, WORLD_MEMBERS, WORLD_SKEWED, 3);
	attack("large", 3, 2);
}

CU_TestInfo unit_tests[] = {
	{ "made-up networks", made_up },
	{ "68 agencies", agencies },
	{ "200 members", large },
	CU_TEST_INFO_NULL
};
