/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Days, and the words of a step. */
#include "plans.h"

#define DAY_US (86400LL * 1000000)
#define HAWAII_US (10LL * 3600 * 1000000)

/* Days from civil, and back (Howard Hinnant's algorithms), of the proleptic Gregorian calendar. */
static int days_from(int year, int month, int mday)
{
	year -= month <= 2;
	int era = year / 400, of_era = year - era * 400;
	int of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + mday - 1;

	return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
}

bool plan_day(const char *date, int *day)
{
	*day = 0;
	if (!date || strlen(date) != 10 || !date_valid(date) || strncmp(date, "2000", 4) < 0 || strncmp(date, "2199", 4) > 0)
		return false;
	*day = days_from(atoi(date), atoi(date + 5), atoi(date + 8));
	return true;
}

void plan_date(int day, char out[11])
{
	int z = day + 719468, era = z / 146097, of_era = z - era * 146097;
	int year_of = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
	int of_year = of_era - (365 * year_of + year_of / 4 - year_of / 100), m = (5 * of_year + 2) / 153;
	int month = m + (m < 10 ? 3 : -9);
	unsigned year = (unsigned)(year_of + era * 400 + (month <= 2)) % 10000;

	snprintf(out, 11, "%04u-%02u-%02u", year, (unsigned)month % 100, (unsigned)(of_year - (153 * m + 2) / 5 + 1) % 100);
}

const char *plan_later(struct arena *a, const char *date, int days)
{
	char out[11];
	int day;

	if (!plan_day(date, &day))
		return NULL;
	plan_date(day + days, out);
	return arena_strdup(a, out);
}

void plan_today(int64_t now_us, char out[11])
{
	plan_date((int)((now_us - HAWAII_US) / DAY_US), out);
}

int plan_next_monday(int day)
{
	int weekday = (day + 4) % 7; /* 1970-01-01 was a Thursday; 0 = Sunday */

	return day + (weekday == 0 ? 1 : 8 - weekday);
}

int64_t plan_day_end_us(const char *date)
{
	int day;

	return plan_day(date, &day) ? (day + 1) * DAY_US - 60LL * 1000000 : 0;
}

void plan_propose(struct arena *a, const char *start, const int *weeks, size_t n, const char **dates)
{
	int days = 0;

	for (size_t i = 0; i < n; i++) {
		days += weeks[i] * 7;
		dates[i] = plan_later(a, start, days);
	}
}

/* ---- words ---- */

static const char *const statuses[][2] = { [STEP_NOT_STARTED] = { "not-started", "Not started" },
	[STEP_UNDER_WAY] = { "under-way", "Under way" }, [STEP_DONE] = { "done", "Done" },
	[STEP_BLOCKED] = { "blocked", "Blocked" }, [STEP_NOT_FOR_US] = { "not-for-us", "Not for us" } };

bool step_is_open(enum step_status s)
{
	return s != STEP_DONE && s != STEP_NOT_FOR_US;
}

const char *step_status_word(enum step_status s)
{
	return s >= STEP_NOT_STARTED && s <= STEP_NOT_FOR_US ? statuses[s][0] : "";
}

const char *step_status_label(enum step_status s)
{
	return s >= STEP_NOT_STARTED && s <= STEP_NOT_FOR_US ? statuses[s][1] : "";
}

enum step_status step_status_parse(const char *word)
{
	for (int s = STEP_NOT_STARTED; word && s <= STEP_NOT_FOR_US; s++)
		if (strcmp(statuses[s][0], word) == 0)
			return (enum step_status)s;
	return (enum step_status)0;
}

bool step_status_needs_reason(enum step_status s)
{
	return s == STEP_BLOCKED || s == STEP_NOT_FOR_US;
}

/* As in the guide to governance: a board above, the working group, its operational subcommittees. */
const char *const plan_bodies[][2] = { { "project-manager", "Project manager" }, { "working-group", "Working group" },
	{ "governing-board", "Governing board" },
	{ "subcommittee-law-enforcement", "Law enforcement subcommittee" },
	{ "subcommittee-community", "Community moral engagement subcommittee" },
	{ "subcommittee-services", "Social services subcommittee" },
	{ "subcommittee-research", "Research and performance measurement subcommittee" }, { NULL, NULL } };

const char *plan_body_name(const char *word)
{
	for (size_t i = 0; word && plan_bodies[i][0]; i++)
		if (strcmp(plan_bodies[i][0], word) == 0)
			return plan_bodies[i][1];
	return NULL;
}

const char *plan_body_proposed(const char *roles)
{
	const char *best = NULL, *at = NULL;

	/* Subcommittees come late in a strategy's life, so partners are not made into one. */
	for (size_t i = 0; roles && i < 3; i++) {
		const char *found = strstr(roles, plan_bodies[i][0]);

		if (found && (!at || found < at)) {
			at = found;
			best = plan_bodies[i][0];
		}
	}
	return best;
}

bool plan_has_word(const char *words, const char *word)
{
	size_t n = strlen(word);

	for (const char *p = words; p && n && (p = strstr(p, word)); p++)
		if ((p == words || p[-1] == ' ') && (p[n] == ' ' || p[n] == '\0'))
			return true;
	return false;
}
