/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The rules of disclosure, their audit, and an attack on what they release. */
#include "disclosure_world.h"
#include <math.h>
#include "../../modules/metrics/disclosure_run.h"
#include "unit.h"

static struct world world;

/* ---- single rules ---- */

#define PEOPLE 2.0

/* A table of one group "all" with these counts, all with the same population. */
static struct disclosure_release *after(struct arena *a, const double *counts, size_t n, size_t eligible,
	size_t public_ones, const struct disclosure_release *earlier)
{
	struct disclosure_figure figures[40];
	unsigned members[40];
	struct disclosure_group g = { "all", "all", members, eligible };
	int period = earlier ? 4 : 3;
	struct disclosure_table t = { .indicator = "homicides", .label = "2026-Q1", .periods = &period, .period_count = 1,
		.scale = 1, .members = 40, .figures = figures, .figure_count = n, .groups = &g, .group_count = 1 };
	struct disclosure_release *r;
	struct error err = { 0 };

	for (size_t i = 0; i < 40; i++)
		members[i] = (unsigned)i;
	for (size_t i = 0; i < n; i++)
		figures[i] = (struct disclosure_figure){ (unsigned)i, period, counts[i], PEOPLE, i < public_ones };
	NEED(disclosure_release(&t, &earlier, earlier != NULL, a, &r, &err));
	return r;
}

static struct disclosure_release *one_group(struct arena *a, const double *counts, size_t n, size_t eligible,
	size_t public_ones)
{
	return after(a, counts, n, eligible, public_ones, NULL);
}

static void contributors(void)
{
	struct arena *a = arena_create();
	double counts[40];

	for (size_t i = 0; i < 40; i++)
		counts[i] = 40 + (double)(i % 7);
	CHECK(!one_group(a, counts, 6, 20, 0)->cells[0].published);
	CHECK(one_group(a, counts, 7, 20, 0)->cells[0].published);
	CHECK_INT(one_group(a, counts, 7, 20, 0)->cells[0].at_least, 7);
	CHECK_INT(one_group(a, counts, 9, 20, 0)->cells[0].edge_count, 0);
	CHECK_INT(one_group(a, counts, 10, 20, 0)->cells[0].edge_count, 1);
	CHECK_INT(one_group(a, counts, 14, 20, 0)->cells[0].edge_count, 1);
	CHECK_INT(one_group(a, counts, 15, 20, 0)->cells[0].edge_count, 2);
	/* "At least 7" of 7, or of 8 or 9 where the absent know of themselves, would name all. */
	CHECK(!one_group(a, counts, 7, 7, 0)->cells[0].published);
	CHECK(!one_group(a, counts, 7, 8, 0)->cells[0].published);
	CHECK(!one_group(a, counts, 7, 9, 0)->cells[0].published);
	CHECK(one_group(a, counts, 7, 10, 0)->cells[0].published);
	CHECK(one_group(a, counts, 8, 8, 0)->cells[0].published);
	/* What is public does not count. */
	CHECK(!one_group(a, counts, 12, 20, 6)->cells[0].published);
	CHECK(one_group(a, counts, 13, 20, 6)->cells[0].published);
	arena_destroy(a);
}

/* Few that come or go since the last release: coarser, without edges; many: as ever. */
static void few_changes(void)
{
	struct arena *a = arena_create();
	struct disclosure_release *first, *next;
	double counts[40];

	for (size_t i = 0; i < 40; i++)
		counts[i] = 40 + (double)(i % 7);
	first = one_group(a, counts, 20, 40, 0);
	CHECK_INT(first->cells[0].grid, DISCLOSURE_R5);
	CHECK_INT(first->cells[0].edge_count, 2);
	for (size_t n = 14; n <= 26; n++) {
		size_t changed = n > 20 ? n - 20 : 20 - n;

		next = after(a, counts, n, 40, 0, first);
		CHECK(next->cells[0].published);
		CHECK_INT(next->cells[0].grid, changed && changed < DISCLOSURE_CHANGE_MIN ? DISCLOSURE_R3 : DISCLOSURE_R5);
		CHECK((next->cells[0].edge_count > 0) == !(changed && changed < DISCLOSURE_CHANGE_MIN));
	}
	arena_destroy(a);
}

/* Seven share 12 events, of which two have 11: those two know the others to the event,
 * in whatever bin that is not wide enough; so it is made wider, and that is logged. */
static void audit_coarsens(void)
{
	struct arena *a = arena_create();
	double counts[] = { 6, 5, 1, 0, 0, 0, 0 };
	struct disclosure_release *r = one_group(a, counts, 7, 20, 0);

	CHECK(r->steps > 0);
	CHECK_INT(r->log_count, r->steps);
	CHECK_HAS(r->log[0], "all/all: audit: rounded to 3 bins a decade");
	CHECK(!r->cells[0].published || r->cells[0].grid < DISCLOSURE_R5);
	arena_destroy(a);
}

static void dominance(void)
{
	struct arena *a = arena_create();
	double counts[] = { 1000, 120, 110, 40, 40, 40, 40, 38 };

	CHECK(!one_group(a, counts, 8, 20, 0)->cells[0].published); /* the rest: 198 < 200 */
	counts[3] = 60;
	CHECK(one_group(a, counts, 8, 20, 0)->cells[0].published);
	arena_destroy(a);
}

static void rounding(void)
{
	struct arena *a = arena_create();
	double counts[8] = { 40, 40, 40, 40, 40, 40, 40, 40 };
	struct disclosure_release *r = one_group(a, counts, 8, 20, 0);

	CHECK(r->cells[0].rate.low == 16 && r->cells[0].rate.high == 25); /* 20 */
	for (size_t i = 0; i < 8; i++)
		counts[i] = 32; /* the bound itself belongs to the bin above it */
	r = one_group(a, counts, 8, 20, 0);
	CHECK(r->cells[0].rate.low == 16 && r->cells[0].rate.high == 25);
	for (size_t i = 0; i < 8; i++)
		counts[i] = i == 0;
	r = one_group(a, counts, 8, 20, 0); /* 1 event, 16 people: under 10 events, so under 0.63 or 1 */
	CHECK(r->cells[0].published && r->cells[0].rate.low == 0 && r->cells[0].rate.high == 0.63);
	counts[0] = 0;
	r = one_group(a, counts, 8, 20, 0); /* none at all looks the same */
	CHECK(r->cells[0].published && r->cells[0].rate.low == 0 && r->cells[0].rate.high == 0.63);
	arena_destroy(a);
}

static void position(void)
{
	struct disclosure_cell c = { .published = true, .rate = { 16, 25 }, .edge_count = 2,
		.edges = { { 10, 16 }, { 25, 40 } } };

	CHECK_INT(disclosure_against_rate(&c, 15.9), -1);
	CHECK_INT(disclosure_against_rate(&c, 16), 0);
	CHECK_INT(disclosure_against_rate(&c, 25), 1);
	CHECK_INT(disclosure_band(&c, 3), 0);
	CHECK_INT(disclosure_band(&c, 10), DISCLOSURE_UNSURE);
	CHECK_INT(disclosure_band(&c, 16), 1);
	CHECK_INT(disclosure_band(&c, 39), DISCLOSURE_UNSURE);
	CHECK_INT(disclosure_band(&c, 40), 2);
}

static void joining(void)
{
	static const unsigned before[] = { 1, 2, 3, 4, 5, 6, 7, 8 }, four[] = { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12 };
	static const unsigned left[] = { 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12 };
	unsigned out[12];

	CHECK_INT(disclosure_counted(before, 8, NULL, 0, out), 8);
	CHECK_INT(disclosure_counted(four, 12, before, 8, out), 8); /* four wait */
	CHECK_INT(out[7], 8);
	CHECK_INT(disclosure_counted(left, 11, before, 8, out), 11); /* one leaves, four come: five differ */
	CHECK_INT(disclosure_counted(left, 9, before, 8, out), 7);
	CHECK_INT(out[0], 2);
}

static void malformed(void)
{
	struct arena *a = arena_create();
	struct disclosure_figure f = { 1, 0, 2.5, 1, false };
	unsigned members[] = { 3, 2 };
	struct disclosure_group g = { "all", "all", members, 2 };
	int period = 0;
	struct disclosure_table t = { .indicator = "x", .label = "y", .periods = &period, .period_count = 1, .scale = 1,
		.members = 5, .figures = &f, .figure_count = 1, .groups = &g, .group_count = 1 };
	struct disclosure_release *r;
	struct error err = { 0 };

	CHECK(!disclosure_release(&t, NULL, 0, a, &r, &err));
	CHECK_ERROR(&err, ERROR_INVALID, "whole number");
	f.count = 2;
	error_clear(&err);
	CHECK(!disclosure_release(&t, NULL, 0, a, &r, &err));
	CHECK_ERROR(&err, ERROR_INVALID, "ascending");
	t.period_count = 0;
	CHECK(!disclosure_release(&t, NULL, 0, a, &r, NULL));
	CHECK(!disclosure_parse("{}", 2, a, &r, NULL));
	CHECK(!disclosure_parse("[", 1, a, &r, NULL));
	arena_destroy(a);
}

/* ---- bytes ---- */

static void same_bytes(void)
{
	struct arena *a = arena_create();
	struct world_releases one, two;

	world_make(&world, 40, WORLD_SKEWED, 7);
	world_release(&world, a, &one);
	world_release(&world, a, &two);
	for (size_t i = 0; i < one.n; i++) {
		struct buf x = BUF_INIT, y = BUF_INIT, open = BUF_INIT;
		struct disclosure_release *back;

		disclosure_json(one.list[i], true, &x);
		disclosure_json(two.list[i], true, &y);
		CHECK(x.len == y.len && memcmp(x.data, y.data, x.len) == 0);
		NEED(disclosure_parse(x.data, x.len, a, &back, NULL));
		buf_clear(&y);
		disclosure_json(back, true, &y);
		CHECK_TEXT(buf_text(&y), buf_text(&x));
		disclosure_json(one.list[i], false, &open);
		CHECK_LACKS(buf_text(&open), "log");
		CHECK_LACKS(buf_text(&open), "counts");
		buf_finish(&x);
		buf_finish(&y);
		buf_finish(&open);
	}
	arena_destroy(a);
}

/* ---- the audit finds what a naive release gives away ---- */

/* A release of given cells over members 0..n-1 with figures of 20 + 5 i. */
static void cell_of(struct disclosure_release *r, size_t c, struct arena *a, unsigned from, unsigned to,
	double low, double high)
{
	struct disclosure_basis *b = &r->bases[c];

	r->cells[c] = (struct disclosure_cell){ .scheme = "s", .name = arena_printf(a, "%zu", c), .published = low >= 0,
		.at_least = 7, .grid = DISCLOSURE_R5, .rate = { low, high } };
	b->n = to - from;
	b->members = arena_array(a, b->n, sizeof *b->members);
	b->counts = arena_array(a, b->n, sizeof *b->counts);
	b->exposures = arena_array(a, b->n, sizeof *b->exposures);
	b->known = arena_array(a, b->n, sizeof *b->known);
	for (unsigned m = from; m < to; m++) {
		b->members[m - from] = m;
		b->counts[m - from] = 20 + 5 * m;
		b->exposures[m - from] = 1;
	}
}

static struct disclosure_release *hand_made(struct arena *a, size_t cells)
{
	struct disclosure_release *r = arena_alloc(a, sizeof *r);
	static int period = 0;

	*r = (struct disclosure_release){ .indicator = "x", .label = "y", .rules = "1", .scale = 1, .periods = &period,
		.period_count = 1, .members = 30, .cell_count = cells };
	r->cells = arena_array(a, cells, sizeof *r->cells);
	r->bases = arena_array(a, cells, sizeof *r->bases);
	return r;
}

static double mean(unsigned from, unsigned to)
{
	return 20 + 5 * (from + to - 1) / 2.0;
}

static void audit_finds(void)
{
	struct arena *a = arena_create();
	struct disclosure_release *r = hand_made(a, 2);
	const struct disclosure_release *list[2] = { r };
	struct disclosure_breach b;
	size_t programs = 0;

	/* Exact sums of 0..13 and 0..12: the difference is member 13. */
	cell_of(r, 0, a, 0, 14, mean(0, 14), mean(0, 14) + 1e-6);
	cell_of(r, 1, a, 0, 13, -1, -1);
	CHECK(disclosure_audit(list, 1, &b, &programs)); /* one exact sum alone gives nobody away */
	CHECK(programs > 0);
	programs = 0;
	cell_of(r, 1, a, 0, 13, mean(0, 13), mean(0, 13) + 1e-6);
	CHECK(!disclosure_audit(list, 1, &b, &programs));
	CHECK(programs > 0);
	CHECK_INT(b.member, 13);
	CHECK(b.low == 85 && b.high == 85 && b.truth == 85);
	/* The same over two releases. */
	list[0] = hand_made(a, 1);
	list[1] = hand_made(a, 1);
	cell_of((struct disclosure_release *)list[0], 0, a, 0, 14, mean(0, 14), mean(0, 14) + 1e-6);
	CHECK(disclosure_audit(list, 1, NULL, NULL));
	cell_of((struct disclosure_release *)list[1], 0, a, 0, 13, mean(0, 13), mean(0, 13) + 1e-6);
	CHECK(!disclosure_audit(list, 2, &b, NULL));
	CHECK_INT(b.member, 13);
	/* An exact sum of three is open to a coalition of two, of four it is not. */
	cell_of(r, 1, a, 0, 3, mean(0, 3), mean(0, 3) + 1e-6);
	list[0] = r;
	CHECK(!disclosure_audit(list, 1, &b, NULL));
	cell_of(r, 1, a, 0, 4, mean(0, 4), mean(0, 4) + 1e-6);
	cell_of(r, 0, a, 0, 14, -1, -1);
	CHECK(disclosure_audit(list, 1, &b, NULL));
	/* In the ten that are left of 14 there are enough too; but not in the three left of seven. */
	cell_of(r, 0, a, 0, 7, mean(0, 7), mean(0, 7) + 1e-6);
	CHECK(!disclosure_audit(list, 1, &b, NULL));
	CHECK(b.member >= 4 && b.member < 7);
	arena_destroy(a);
}

/* Edges as narrow as a twentieth tell those between them. */
static void audit_sees_edges(void)
{
	struct arena *a = arena_create();
	struct disclosure_release *r = hand_made(a, 1);
	const struct disclosure_release *list[1] = { r };

	cell_of(r, 0, a, 0, 20, 63, 100);
	r->cells[0].edge_count = 1;
	r->bases[0].edge_values[0] = 70; /* member 10 stands at it */
	r->cells[0].edges[0] = (struct disclosure_range){ 63, 100 };
	CHECK(disclosure_audit(list, 1, NULL, NULL));
	r->cells[0].edges[0] = (struct disclosure_range){ 69, 72 };
	CHECK(!disclosure_audit(list, 1, NULL, NULL));
	arena_destroy(a);
}

/* Three parts and their whole, closely rounded: one part withheld needs another. */
static void complementary(void)
{
	struct arena *a = arena_create();
	struct disclosure_release *r = hand_made(a, 4);

	cell_of(r, 0, a, 0, 29, mean(0, 29), mean(0, 29) + 0.01);
	cell_of(r, 1, a, 0, 12, mean(0, 12), mean(0, 12) + 0.01);
	cell_of(r, 2, a, 12, 26, mean(12, 26), mean(12, 26) + 0.01);
	cell_of(r, 3, a, 26, 29, -1, -1);
	disclosure_complement(r, a);
	CHECK(r->cells[0].published && !r->cells[1].published && r->cells[2].published); /* the smallest that does */
	CHECK_INT(r->log_count, 1);
	CHECK_TEXT(r->log[0], "s/1: withheld to protect another cell");
	CHECK_INT(r->programs, 1);
	/* Widely rounded nothing more is needed, and no program is solved. */
	r = hand_made(a, 4);
	cell_of(r, 0, a, 0, 29, 63, 100);
	cell_of(r, 1, a, 0, 12, 40, 63);
	cell_of(r, 2, a, 12, 26, 100, 160);
	cell_of(r, 3, a, 26, 29, -1, -1);
	disclosure_complement(r, a);
	CHECK(r->cells[0].published && r->cells[1].published && r->cells[2].published);
	CHECK_INT(r->programs, 0);
	arena_destroy(a);
}

/* ---- the attacker itself ---- */

/* Three members, total 10..14, two other rows: the bounds by trying all counts. */
static void attacker_is_right(void)
{
	static const unsigned all[] = { 0, 1, 2, 3 }, pair[] = { 1, 2 };
	static const double truth[] = { 7, 9, 4, 6 };
	int period = 0;
	struct attack *t = attack_create(4, 1);
	struct attack_result r;
	double low = 1e9, high = -1;

	for (unsigned m = 0; m < 4; m++)
		attack_figure(t, m, 0, truth[m], 1);
	attack_sum(t, all, 4, &period, 1, 1, 6, 7);  /* 24..27 */
	attack_sum(t, pair, 2, &period, 1, 1, 6, 8); /* 12..15 */
	attack_prior(t, 0.5, 0);
	attack_run(t, 0, 1, &r);
	attack_destroy(t);
	CHECK_INT(r.tests, 12);
	for (int x = 0; x <= 40; x++) /* the narrowest: for it the coalition's figures are fixed */
		for (int y = 0; y <= 40; y++) {
			double v[4];

			memcpy(v, truth, sizeof v);
			v[r.member] = x;
			for (unsigned m = 0; m < 4; m++)
				if (m != r.member && m != r.coalition[0] && m != r.coalition[1])
					v[m] = y;
			if (v[0] + v[1] + v[2] + v[3] < 24 || v[0] + v[1] + v[2] + v[3] > 27 || v[1] + v[2] < 12 ||
				v[1] + v[2] > 15)
				continue;
			for (unsigned m = 0; m < 4; m++)
				if (fabs(v[m] - truth[m]) > truth[m] / 2)
					goto next;
			low = fmin(low, x);
			high = fmax(high, x);
next:;
		}
	CHECK(r.low == low && r.high == high);
	CHECK(r.breaches > 0);
}

/* The relative width of the narrowest interval of six members with exact means in two
 * periods; in the second one of them is no more. */
static double narrowest(bool ranks, double smooth)
{
	static const unsigned all[] = { 0, 1, 2, 3, 4, 5 };
	struct attack *t = attack_create(6, 2);
	struct attack_result r;

	for (unsigned m = 0; m < 6; m++)
		for (int p = 0; p < 2; p++)
			attack_figure(t, m, p, 100 + 20 * m, 1);
	for (int p = 0; p < 2; p++)
		attack_sum(t, all, 6 - (size_t)p, &p, 1, 1, 150 - 10 * p, 150 - 10 * p);
	attack_order(t, all, 6, (const int[]){ 0 }, 1, 1, 3, 140, 160);
	if (ranks)
		attack_ranks(t);
	attack_smooth(t, smooth);
	attack_run(t, 0, 1, &r);
	attack_destroy(t);
	CHECK(r.low <= r.truth && r.truth <= r.high);
	return (r.high - r.low) / r.truth;
}

static void attacker_is_granted_more(void)
{
	CHECK(narrowest(true, 0) < narrowest(false, 0));
	CHECK(narrowest(false, 0.02) < narrowest(false, 0));
}

static void attacker_learns_membership(void)
{
	static const unsigned all[] = { 0, 1, 2, 3, 4, 5, 6, 7, 8 };
	static const bool six[9] = { true, true, true, true, true, true, true };
	struct attack *t = attack_create(9, 1);
	struct attack_result r;

	attack_count(t, all, 9, six, 7, true); /* two that are absent know that all the others are in */
	attack_run(t, 1, 1, &r);
	CHECK_INT(r.learned, 7);
	attack_destroy(t);
	t = attack_create(9, 1);
	attack_count(t, all, 9, six, 6, false);
	attack_run(t, 1, 1, &r);
	CHECK_INT(r.learned, 0);
	attack_destroy(t);
}

/* Two exact means that differ by one member, as a test of pages would collect them. */
static void attacker_reads_json(void)
{
	static const char text[] = "{\"members\":3,\"periods\":1,\"figures\":["
		"{\"member\":0,\"period\":0,\"count\":31,\"exposure\":2},{\"member\":1,\"period\":0,\"count\":12,"
		"\"exposure\":1},{\"member\":2,\"period\":0,\"count\":50,\"exposure\":4,\"public\":true}],\"statements\":["
		"{\"kind\":\"sum\",\"members\":[0,1,2],\"periods\":[0],\"scale\":7,\"low\":93,\"high\":93},"
		"{\"kind\":\"order\",\"members\":[0,1,2],\"periods\":[0],\"scale\":1,\"below\":2,\"low\":10}],"
		"\"counts\":[{\"eligible\":[0,1,2],\"contributes\":[true,true,true],\"at_least\":3}]}";
	static const char no_figure[] = "{\"members\":1,\"periods\":1,\"statements\":[{\"kind\":\"sum\",\"members\":[0],"
		"\"periods\":[0],\"scale\":1,\"low\":1,\"high\":2}]}";
	static const char *const bad[] = { "", "[]", "{\"members\":3}",
		"{\"members\":1,\"periods\":1,\"statements\":[{}]}", no_figure };
	FILE *in = fmemopen((void *)text, sizeof text - 1, "r");
	struct attack_result r;
	struct attack *t;

	NEED(in && attack_load(in, &t));
	fclose(in);
	attack_run(t, 0, 1, &r);
	attack_destroy(t);
	CHECK_INT(r.tests, 2);   /* the public figure is no target */
	CHECK_INT(r.exact, 2);
	CHECK_INT(r.learned, 3);
	for (size_t i = 0; i < COUNT(bad); i++) {
		in = fmemopen((void *)bad[i], strlen(bad[i]) + 1, "r");
		NEED(in != NULL);
		CHECK(!attack_load(in, &t));
		fclose(in);
	}
}

/* ---- the attack ---- */

static void attack(struct attack *t, size_t pairs, const char *what, bool must_fail)
{
	struct attack_result r;
	char message[300];

	attack_prior(t, DISCLOSURE_PRIOR, DISCLOSURE_PRIOR_COUNTS);
	attack_run(t, pairs, 1, &r);
	attack_destroy(t);
	snprintf(message, sizeof message, "%s: %zu breaches (%zu exact) of %zu, %zu memberships; narrowest: member %u by %u "
		"and %u, period %d, %.0f in %.0f..%.0f", what, r.breaches, r.exact, r.tests, r.learned, r.member,
		r.coalition[0], r.coalition[1], r.period, r.truth, r.low, r.high);
	fprintf(stderr, "\n    %s", message);
	unit_check(r.tests > 0 && (must_fail ? r.breaches > 0 && r.exact > 0 && r.learned > 0 :
		r.breaches == 0 && r.learned == 0), message, __FILE__, __LINE__);
}

static void attack_world(const char *what, size_t pairs)
{
	struct arena *a = arena_create();
	struct world_releases r;
	char text[200];

	world_release(&world, a, &r);
	CHECK(r.published > 0);
	snprintf(text, sizeof text, "%s, %zu of %zu cells, %zu steps, %zu programs", what, r.published, r.cells, r.steps,
		r.programs);
	attack(world_attack(&world, &r), pairs, text, false);
	arena_destroy(a);
}

static void naive_is_broken(void)
{
	world_make(&world, 24, WORLD_SKEWED, 1);
	attack(world_attack_naive(&world), 3, "naive", true);
	world_real(&world, true, 2010, 2, 1);
	attack(world_attack_naive(&world), 2, "naive, 68 agencies", true);
}

static void ours_is_not(void)
{
	static const char *const names[] = { "skewed", "zeros", "dominant", "small" };

	/* Each kind, but only two where that is slow. */
	for (enum world_kind k = 0; k < WORLD_KINDS; k += unit_share() == 1 ? 1 : 2) {
		world_make(&world, 40, k, 2);
		attack_world(names[k], 1);
	}
}

static void agencies(void)
{
	world_real(&world, true, 2011, 4, 1);
	attack_world("homicides of 68 agencies", 1);
	if (unit_share() > 1)
		return;
	world_real(&world, false, 2011, 4, 2);
	attack_world("violent crimes of 68 agencies", 1);
}

CU_TestInfo unit_tests[] = {
	{ "how many contribute", contributors },
	{ "few contributors changed", few_changes },
	{ "the audit coarsens", audit_coarsens },
	{ "dominance", dominance },
	{ "rounding", rounding },
	{ "position", position },
	{ "joining and leaving", joining },
	{ "malformed input", malformed },
	{ "the same bytes", same_bytes },
	{ "the audit finds differences and small groups", audit_finds },
	{ "the audit sees edges", audit_sees_edges },
	{ "complementary suppression", complementary },
	{ "the attacker's bounds are right", attacker_is_right },
	{ "the attacker with ranks, or slow change", attacker_is_granted_more },
	{ "the attacker learns memberships", attacker_learns_membership },
	{ "the attacker reads JSON", attacker_reads_json },
	{ "a naive release is broken", naive_is_broken },
	{ "ours is not: made-up worlds", ours_is_not },
	{ "ours is not: 68 agencies", agencies },
	CU_TEST_INFO_NULL
};
