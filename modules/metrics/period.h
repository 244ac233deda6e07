/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Periods of indicators: calendar months and calendar years. */
#ifndef COMMONWEAL_PERIOD_H
#define COMMONWEAL_PERIOD_H
#include <stdbool.h>
#include <stdint.h>
#include "arena.h"

#define PERIOD_SIZE 8
#define PERIOD_FIRST_YEAR 1900

struct period {
	int year;
	int month; /* 1 to 12; 0: the whole year */
};

/* "2026-03" or "2026" (ISO 8601); false: it is neither, or before 1900 or after 2199. */
bool period_parse(const char *text, struct period *out);
void period_text(struct period p, char out[PERIOD_SIZE]);
/* "March 2026", "2026" */
const char *period_human(struct arena *a, struct period p);
/* by periods of its own kind, also backwards */
struct period period_add(struct period p, int by);
/* Periods from a to b, of the same kind; negative if b is before a. */
int period_between(struct period a, struct period b);
/* UTC microseconds of the moment after its last day. */
int64_t period_end_us(struct period p);
/* The last month or year that is over at a moment. */
struct period period_last(int64_t now_us, bool monthly);
/* <0, 0, >0; a year comes before its months. */
int period_compare(struct period a, struct period b);

#endif
