/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "zone.h"
#include <time.h>
#include "unit.h"

/* UTC as "2026-03-08T07:00Z", or the error. */
static const char *utc(const char *zone, const char *local)
{
	static char text[600];
	struct error err = { 0 };
	int64_t us = 77;
	struct tm tm;

	if (!zone_to_utc(zone, local, &us, &err)) {
		CHECK_INT(us, 0);
		snprintf(text, sizeof text, "%s", err.text);
		return text;
	}
	time_t t = us / 1000000;
	CHECK_INT(us % 1000000, 0);
	gmtime_r(&t, &tm);
	strftime(text, sizeof text, "%Y-%m-%dT%H:%MZ", &tm);
	return text;
}

static void times(void)
{
	static const struct {
		const char *zone, *local, *utc;
	} rows[] = {
		{ "America/New_York", "2026-01-15T09:00", "2026-01-15T14:00Z" },
		{ "America/New_York", "2026-07-15T09:00", "2026-07-15T13:00Z" },
		{ "America/Chicago", "2026-07-15T09:00", "2026-07-15T14:00Z" },
		{ "America/Los_Angeles", "2026-12-31T23:30", "2027-01-01T07:30Z" },
		/* No daylight saving time. */
		{ "America/Phoenix", "2026-01-15T09:00", "2026-01-15T16:00Z" },
		{ "America/Phoenix", "2026-07-15T09:00", "2026-07-15T16:00Z" },
		{ "America/Phoenix", "2026-03-08T02:30", "2026-03-08T09:30Z" },
		{ "Pacific/Honolulu", "2026-07-15T09:00", "2026-07-15T19:00Z" },
		{ "Pacific/Honolulu", "2040-03-11T02:30", "2040-03-11T12:30Z" },
		/* After the last listed change: the rule in the footer. */
		{ "America/New_York", "2100-07-15T09:00", "2100-07-15T13:00Z" },
		{ "America/New_York", "2100-12-15T09:00", "2100-12-15T14:00Z" },
		/* South of the equator summer goes over the new year. */
		{ "Australia/Sydney", "2050-01-15T09:00", "2050-01-14T22:00Z" },
		{ "Australia/Sydney", "2050-07-15T09:00", "2050-07-14T23:00Z" },
		{ "Asia/Kathmandu", "2026-01-01T00:00", "2025-12-31T18:15Z" },
		{ "Etc/UTC", "1970-01-01T00:00", "1970-01-01T00:00Z" },
		/* Before the epoch, and before zones had their hours. */
		{ "America/New_York", "1950-01-01T00:00", "1950-01-01T05:00Z" },
		{ "America/New_York", "1944-07-01T12:00", "1944-07-01T16:00Z" },
	};

	for (size_t i = 0; i < COUNT(rows); i++)
		CHECK_TEXT(utc(rows[i].zone, rows[i].local), rows[i].utc);
}

static void spring(void)
{
	CHECK_TEXT(utc("America/New_York", "2026-03-08T01:59"), "2026-03-08T06:59Z");
	CHECK_HAS(utc("America/New_York", "2026-03-08T02:00"), "clocks are put forward");
	CHECK_HAS(utc("America/New_York", "2026-03-08T02:30"), "America/New_York");
	CHECK_HAS(utc("America/New_York", "2026-03-08T02:59"), "clocks are put forward");
	CHECK_TEXT(utc("America/New_York", "2026-03-08T03:00"), "2026-03-08T07:00Z");
	CHECK_HAS(utc("America/New_York", "2060-03-14T02:30"), "clocks are put forward"); /* by the footer */
	CHECK_TEXT(utc("America/New_York", "2060-03-14T03:00"), "2060-03-14T07:00Z");
	/* Half an hour only. */
	CHECK_HAS(utc("Australia/Lord_Howe", "2026-10-04T02:15"), "clocks are put forward");
	CHECK_TEXT(utc("Australia/Lord_Howe", "2026-10-04T02:30"), "2026-10-03T15:30Z");
}

/* The first of the two moments. */
static void autumn(void)
{
	CHECK_TEXT(utc("America/New_York", "2026-11-01T00:59"), "2026-11-01T04:59Z");
	CHECK_TEXT(utc("America/New_York", "2026-11-01T01:00"), "2026-11-01T05:00Z");
	CHECK_TEXT(utc("America/New_York", "2026-11-01T01:59"), "2026-11-01T05:59Z");
	CHECK_TEXT(utc("America/New_York", "2026-11-01T02:00"), "2026-11-01T07:00Z");
	CHECK_TEXT(utc("America/New_York", "2060-11-07T01:30"), "2060-11-07T05:30Z");
	CHECK_TEXT(utc("Europe/London", "2026-10-25T01:30"), "2026-10-25T00:30Z");
}

static void offsets(void)
{
	static const struct {
		const char *zone;
		int64_t seconds;
		int offset;
		const char *name;
	} rows[] = {
		{ "America/New_York", 1772953199, -18000, "EST" }, /* 2026-03-08T06:59:59Z */
		{ "America/New_York", 1772953200, -14400, "EDT" },
		{ "America/New_York", 1793512799, -14400, "EDT" }, /* 2026-11-01T05:59:59Z */
		{ "America/New_York", 1793512800, -18000, "EST" },
		{ "America/Phoenix", 1783000000, -25200, "MST" },
		{ "Pacific/Honolulu", 1783000000, -36000, "HST" },
		{ "America/New_York", 4118083200, -14400, "EDT" }, /* July 2100 */
		{ "Etc/UTC", 0, 0, "UTC" },
	};
	char name[16];
	int offset;

	for (size_t i = 0; i < COUNT(rows); i++) {
		CHECK(zone_offset(rows[i].zone, rows[i].seconds * 1000000, &offset, name));
		CHECK_INT(offset, rows[i].offset);
		CHECK_TEXT(name, rows[i].name);
	}
	/* A microsecond before the change is before it, before 1970 too. */
	CHECK(zone_offset("America/New_York", INT64_C(1772953200) * 1000000 - 1, &offset, name));
	CHECK_INT(offset, -18000);
	CHECK(zone_offset("America/New_York", -1, &offset, name));
	CHECK_TEXT(name, "EST");
	CHECK(!zone_offset("Nowhere/Land", 0, &offset, name));
	CHECK_INT(offset, 0);
	CHECK_TEXT(name, "UTC");
}

static void bad_input(void)
{
	static const char *const zones[] = { "", "Nowhere/Land", "../../../etc/passwd", "/etc/passwd", "America",
		"America/../America/New_York", "america/new_york", "posix/America/New_York", "America/New_York ",
		"A\nB", "Ammmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmm" };
	static const char *const locals[] = { "", "2026-01-01", "2026-01-01T24:00", "2026-01-01T12:60",
		"2026-02-30T12:00", "2026-01-01 12:00", "2026-01-01T12:00:00", "2026-01-01T12:00Z", "2026-01-01T1:000",
		"2026-01-01T-1:00", "26-01-01T12:00" };

	CHECK(zone_known("America/New_York"));
	CHECK(zone_known("Etc/GMT+5"));
	for (size_t i = 0; i < COUNT(zones); i++) {
		CHECK(!zone_known(zones[i]));
		CHECK_HAS(utc(zones[i], "2026-01-01T12:00"), "is not known");
	}
	CHECK(!zone_known(NULL));
	CHECK_HAS(utc(NULL, "2026-01-01T12:00"), "is not known");
	for (size_t i = 0; i < COUNT(locals); i++)
		CHECK_HAS(utc("America/New_York", locals[i]), "there is no date and time");
	CHECK_HAS(utc("America/New_York", NULL), "there is no date and time");
}

/* There and back through a whole year of each zone, hour by hour. */
static void there_and_back(void)
{
	static const char *const zones[] = { "America/New_York", "America/Phoenix", "Pacific/Honolulu",
		"Australia/Sydney", "Asia/Kathmandu" };
	char name[16], local[40];
	int offset;

	for (size_t z = 0; z < COUNT(zones); z++)
		for (int64_t t = 1767225600; t < 1767225600 + 365 * 86400; t += 6 * 3600 + 1800) {
			struct tm tm;
			int64_t us;

			NEED(zone_offset(zones[z], t * 1000000, &offset, name));
			time_t wall = t + offset;
			gmtime_r(&wall, &tm);
			strftime(local, sizeof local, "%Y-%m-%dT%H:%M", &tm);
			NEED(zone_to_utc(zones[z], local, &us, NULL));
			if (us != t * 1000000) /* only where an hour comes twice, and then it is the first */
				CHECK(us == (t - 3600) * 1000000);
		}
}

CU_TestInfo unit_tests[] = {
	{ "times", times },
	{ "clocks go forward", spring },
	{ "clocks go back", autumn },
	{ "offsets", offsets },
	{ "bad input", bad_input },
	{ "there and back", there_and_back },
	CU_TEST_INFO_NULL,
};
