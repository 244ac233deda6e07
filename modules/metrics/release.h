/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Releases: what is compared among peers. Made once for each indicator and
 * calendar quarter or year, on a fixed day after its end, by the rules of
 * disclosure.h; frozen, and the same for every member. docs/disclosure.md. */
#ifndef COMMONWEAL_RELEASE_H
#define COMMONWEAL_RELEASE_H
#include "disclosure.h"
#include "checks.h"

struct release {
	const char *id, *indicator, *label; /* label: "2026-Q1" or "2026" */
	int year, quarter;                  /* quarter 0: the year */
	const char *rules;                  /* version of the rule set */
	int dictionary;                     /* version of the dictionary */
	int64_t published_us;
	const char *sha256;                 /* of json */
	const char *json;                   /* what everyone may see: disclosure_json; by release_get only */
	bool any;                           /* some cell is published */
};

/* Those the viewer may see, newest first; indicator NULL: all. */
bool release_list(struct db *db, struct arena *a, const char *indicator, struct release **out, size_t *n,
	struct error *err);
bool release_get(struct db *db, struct arena *a, const char *id, struct release **out, struct error *err);
/* The newest release of an indicator, or NULL; json filled. */
bool release_newest(struct db *db, struct arena *a, const char *indicator, struct release **out, struct error *err);

/* A group of this viewer's own jurisdiction in a year. */
struct release_group {
	const char *scheme, *name;
};
bool release_own_groups(struct db *db, struct arena *a, const char *space_id, int year, struct release_group **out,
	size_t *n, struct error *err);

/* ---- for the system alone, within a write ---- */

struct release_member {
	int64_t number;
	const char *space_id;
};
/* Every jurisdiction with its number, which it keeps for good; new ones get the next. */
bool release_members(struct db *w, struct arena *a, struct release_member **out, size_t *n, struct error *err);
/* What groups are made of: population, and the profile's details, of a space. */
bool release_facts(struct db *w, struct arena *a, const char *space_id, int64_t *people, const char **profile_json,
	struct error *err);

struct release_list_of {
	const char *scheme, *name;
	unsigned *members; /* numbers, ascending */
	size_t n;
};
/* The groups of a year as they were frozen; *n 0: not yet. */
bool release_groups(struct db *w, struct arena *a, int year, struct release_list_of **out, size_t *n, struct error *err);
bool release_groups_freeze(struct db *w, int year, const struct release_list_of *groups, size_t n, struct error *err);
/* All earlier ones of an indicator as they were frozen with their bases, oldest first. */
bool release_ledger(struct db *w, struct arena *a, const char *indicator, const char ***json, size_t *n,
	struct error *err);
bool release_exists(struct db *w, const char *indicator, const char *label, bool *exists, struct error *err);
/* The first month that any figure is about; year 0: there is none. */
bool release_first_month(struct db *w, struct arena *a, struct period *out, struct error *err);
bool release_add(struct db *w, const struct release *r, const char *ledger, struct error *err);

/* A jurisdiction's figure of a quarter and what it is divided by (person-years, the whole, or a quarter of a
 * year); people: the population where none was entered. False: not all of it was entered. */
bool release_quarter(const struct history *own, const struct indicator *in, int year, int quarter, int64_t people,
	double *count, double *exposure);

/* ---- shown ---- */

bool release_parse(struct request *rq, const struct release *r, struct disclosure_release **out, struct error *err);
/* "a year, per 100,000 people" */
const char *release_unit(const struct indicator *in);
/* "4 to 6.3", "under 1.6" */
const char *release_range(struct arena *a, const struct disclosure_range *r);
struct markup release_chart(struct request *rq, const struct disclosure_release *d, const struct release *r, double width);
void release_rows(struct request *rq, const struct disclosure_release *d, const struct release *r, struct buf *b); /* as CSV */
extern const struct param release_params[];
route_handler releases_page, release_page, release_csv, release_api_list, release_api_one, indicators_peers;

/* ---- the job ---- */

enum job_result release_job(struct engine *e, struct db *db, const struct job_row *job, struct error *err);

/* "group-violence" as people call it. */
const char *release_scheme_label(const char *scheme);
const char *release_group_label(const char *scheme, const char *name);
/* "first quarter of 2026", "2026" */
const char *release_period(struct arena *a, const struct release *r);

#endif
