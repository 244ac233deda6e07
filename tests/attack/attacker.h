/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The attacker of the disclosure tests. It is written from the promise, not from
 * modules/metrics/disclosure_audit.c, and shares no code with it: every figure of
 * every member in every period is an unknown of one linear program, every published
 * statement a row, and each coalition tries to bound each other member.
 *
 * It knows who contributes to what, all denominators, and the coalition's own
 * figures. More can be granted: which side of a published edge each member is on
 * (always), a guess at every figure (prior), that figures change slowly (smooth),
 * the order of all members by rate (ranks). */
#ifndef COMMONWEAL_ATTACKER_H
#define COMMONWEAL_ATTACKER_H
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

struct attack;

struct attack_result {
	size_t tests;     /* coalition, member and period (or sum of periods) */
	size_t breaches;  /* fewer than 5 feasible counts, or narrower than 20 % of the truth */
	size_t exact;     /* of these: one feasible count */
	size_t programs;
	size_t learned;   /* members known to contribute, or known not to, by "at least" statements */
	/* The narrowest against its truth. */
	unsigned member, coalition[2];
	int period;
	double truth, low, high;
};

struct attack *attack_create(size_t members, size_t periods);
void attack_destroy(struct attack *a); /* NULL is fine */
/* The truth, for the coalition's knowledge and for the verdict. period 0.. */
void attack_figure(struct attack *a, unsigned member, int period, double count, double exposure);
/* All may know it already. */
void attack_public(struct attack *a, unsigned member, int period);
void attack_prior(struct attack *a, double share, double counts);
void attack_smooth(struct attack *a, double share);
void attack_ranks(struct attack *a);

/* low <= scale * sum of counts / sum of exposures < high; low = high: the exact rate. */
void attack_sum(struct attack *a, const unsigned *members, size_t n, const int *periods, size_t period_count,
	double scale, double low, double high);
/* From now on the periods of sum and order are given for each member: [n][period_count]
 * (a figure that was corrected between two releases is another unknown). */
void attack_periods_each(struct attack *a, bool each);
/* A quantile of the members' rates: so many of them (below) stand at or under it. */
void attack_order(struct attack *a, const unsigned *members, size_t n, const int *periods, size_t period_count,
	double scale, size_t below, double low, double high);
/* At least (or exactly) so many of the eligible contribute; contributes: the truth. */
void attack_count(struct attack *a, const unsigned *eligible, size_t n, const bool *contributes, size_t at_least,
	bool exactly);

/* pairs 0: every coalition of two; else for each member that many of the likeliest
 * (with the largest figures in its groups) and as many drawn with `seed`. */
void attack_run(struct attack *a, size_t pairs, unsigned seed, struct attack_result *out);
/* JSON as tests/attack/README.md says. False: malformed. */
bool attack_load(FILE *in, struct attack **out);

#endif
