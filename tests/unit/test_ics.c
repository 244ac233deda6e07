/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Calendars as libical reads them again, and dates of rules. */
#include "../../modules/events/event.h"
#include <libical/ical.h>
#include "recur.h"
#include "unit.h"
#include "zone.h"

static struct event make(struct arena *a, const char *zone, const char *starts, const char *ends, const char *details)
{
	struct record *r = arena_alloc(a, sizeof *r);
	struct event e = { .r = r, .sequence = 3, .changed_us = 1764000000000000 };

	*r = (struct record){ .num = 1, .id = "01890000-0000-7000-8000-000000000001", .type = "event", .slug = "one",
		.title = "Réunion, à Nîmes; \"deux\\trois\"", .summary = "A summary that is long enough to be folded: "
		"čeština, ελληνικά, 日本語 and more words, more words, more words.", .group = "webinar", .starts = starts,
		.ends = ends, .zone = zone };
	zone_to_utc(zone, starts, &r->starts_us, NULL);
	e.details = json_loads(details, 0, NULL);
	CU_ASSERT_PTR_NOT_NULL_FATAL(e.details);
	return e;
}

static void done(struct event *e)
{
	json_decref((json_t *)e->details);
}

static char *write_one(struct arena *a, const struct event *e)
{
	struct ics_event x = { e, "https://network.example.org/events/one", NULL };
	struct error err = { 0 };
	struct buf b = BUF_INIT;

	if (!ics_write(a, NULL, &x, 1, &b, &err))
		CU_FAIL_FATAL("not written");
	char *text = arena_strdup(a, buf_text(&b));
	buf_finish(&b);
	return text;
}

/* Lines end with CRLF, have at most 75 octets, and are cut between characters. */
static void check_lines(const char *text)
{
	for (const char *line = text; *line;) {
		size_t n = strcspn(line, "\r\n");

		CHECK(n <= 75);
		CHECK(text_is_utf8(line, n));
		CHECK(strncmp(line + n, "\r\n", 2) == 0);
		line += n + 2;
	}
}

/* What libical makes of the VTIMEZONE against the system's own zones, through two years. */
static void compare_zone(icalcomponent *calendar, const char *name, int64_t from)
{
	icalcomponent *c = icalcomponent_get_first_component(calendar, ICAL_VTIMEZONE_COMPONENT);
	icaltimezone *zone = icaltimezone_new();
	int wrong = 0, offset, is_summer;
	char abbreviation[16];

	CU_ASSERT_PTR_NOT_NULL_FATAL(c);
	icaltimezone_set_component(zone, icalcomponent_new_clone(c));
	for (int64_t t = from; t < from + 2 * 365 * 86400; t += 1800 * unit_share()) {
		struct icaltimetype at = icaltime_from_timet_with_zone((time_t)t, 0, icaltimezone_get_utc_timezone());

		zone_offset(name, t * 1000000, &offset, abbreviation);
		wrong += icaltimezone_get_utc_offset_of_utc_time(zone, &at, &is_summer) != offset;
	}
	CU_ASSERT_EQUAL(wrong, 0);
	if (wrong)
		printf("\n%s from %lld: %d wrong\n", name, (long long)from, wrong);
	icaltimezone_free(zone, 1);
}

static void zones(void)
{
	static const char *const names[] = { "America/New_York", "America/Phoenix", "Pacific/Honolulu",
		"America/Chicago", "America/Los_Angeles", "Australia/Sydney", "Asia/Kathmandu", "Europe/London", "Etc/UTC",
		"America/Nuuk", "America/Anchorage", "America/Puerto_Rico" };
	static const char *const starts[][2] = { { "2026-01-05T09:00", "2027-12-30T10:00" },
		{ "2006-01-05T09:00", "2007-12-30T10:00" }, { "2040-01-05T09:00", "2041-12-30T10:00" },
		{ "1974-01-05T09:00", "1975-12-30T10:00" }, { "2026-03-01T09:00", "2028-02-25T10:00" } };

	for (size_t i = 0; i < COUNT(names); i++)
		for (size_t k = 0; k < COUNT(starts); k++) {
			struct arena *a = arena_create();
			struct event e = make(a, names[i], starts[k][0], starts[k][1], "{}");
			char *text = write_one(a, &e);
			icalcomponent *calendar = icalparser_parse_string(text);

			CU_ASSERT_PTR_NOT_NULL_FATAL(calendar);
			CHECK_INT(icalcomponent_count_errors(calendar), 0);
			compare_zone(calendar, names[i], e.r->starts_us / 1000000);
			icalcomponent_free(calendar);
			done(&e);
			arena_destroy(a);
		}
}

static void fields(void)
{
	struct arena *a = arena_create();
	struct event e = make(a, "America/Phoenix", "2026-03-09T14:00", "2026-03-09T15:30",
		"{\"venue\": \"City Hall, room 2; 3rd floor\", \"state\": \"cancelled\"}");
	char *text = write_one(a, &e);
	icalcomponent *calendar = icalparser_parse_string(text), *c = icalcomponent_get_inner(calendar);

	check_lines(text);
	CHECK_HAS(text, "LOCATION:City Hall\\, room 2\\; 3rd floor\r\n");
	CHECK_HAS(text, "STATUS:CANCELLED\r\n");
	CHECK_HAS(text, "SEQUENCE:3\r\n");
	CHECK_HAS(text, "DTSTART;TZID=America/Phoenix:20260309T140000\r\n");
	CHECK_HAS(text, "DTSTAMP:20251124T160000Z\r\n");
	CHECK(!strstr(text, "METHOD"));
	CHECK_TEXT(icalcomponent_get_uid(c), e.r->id);
	CHECK_TEXT(icalcomponent_get_summary(c), e.r->title);
	CHECK_HAS(icalcomponent_get_description(c), e.r->summary);
	icalcomponent_free(calendar);
	done(&e);
	arena_destroy(a);
}

static const char repeated[] = "{\"repeat\": {\"rule\": \"FREQ=MONTHLY;BYDAY=2WE\", \"count\": \"5\", "
	"\"skips\": [{\"date\": \"2026-03-11T14:00\"}], \"changes\": [{\"date\": \"2026-04-08T14:00\", "
	"\"start\": \"2026-04-09T10:00\", \"end\": \"2026-04-09T11:00\"}, "
	"{\"date\": \"2026-05-13T14:00\", \"state\": \"cancelled\"}]}}";

static void series(void)
{
	struct arena *a = arena_create();
	struct event e = make(a, "America/New_York", "2026-01-14T14:00", "2026-01-14T15:00", repeated);
	char *text = write_one(a, &e);
	struct date *dates;
	size_t n;

	check_lines(text);
	CHECK_HAS(text, "RRULE:FREQ=MONTHLY;COUNT=5;BYDAY=2WE\r\n");
	CHECK_HAS(text, "EXDATE;TZID=America/New_York:20260311T140000\r\n");
	CHECK_HAS(text, "RECURRENCE-ID;TZID=America/New_York:20260408T140000\r\n");
	CHECK_HAS(text, "RECURRENCE-ID;TZID=America/New_York:20260513T140000\r\n");
	event_dates(a, &e, &dates, &n);
	CHECK_INT(n, 4);
	CHECK_TEXT(dates[1].starts, "2026-02-11T14:00");
	CHECK_INT(dates[1].starts_us / 1000000, 1770836400); /* 19:00 UTC */
	CHECK_TEXT(dates[2].starts, "2026-04-09T10:00");
	CHECK_INT(dates[2].starts_us / 1000000, 1775743200); /* 14:00 UTC, in summer */
	CHECK(dates[3].cancelled && !dates[2].cancelled);
	done(&e);
	arena_destroy(a);
}

/* Every week over both changes of the clocks, at an hour that one of them skips. */
static void edges(void)
{
	struct arena *a = arena_create();
	struct event e = make(a, "America/New_York", "2026-03-01T02:30", "2026-03-01T03:30",
		"{\"repeat\": {\"rule\": \"FREQ=WEEKLY\", \"until\": \"2026-03-22\"}}");
	struct date *dates;
	size_t n;

	event_dates(a, &e, &dates, &n);
	CHECK_INT(n, 3); /* 2:30 of 8 March does not exist */
	CHECK_TEXT(dates[1].starts, "2026-03-15T02:30");
	CHECK_INT(dates[1].starts_us - dates[0].starts_us, (14 * 86400 - 3600) * 1000000LL);
	CHECK_TEXT(event_rrule(a, &e), "FREQ=WEEKLY;UNTIL=20260322T063000Z");
	done(&e);
	arena_destroy(a);
}

static void rules(void)
{
	struct arena *a = arena_create();
	struct error err = { 0 };
	const char **dates;
	size_t n;

	CHECK(recur_expand(a, "FREQ=DAILY", "2026-01-01T09:00", 400, NULL, &dates, &n, &err));
	CHECK_INT(n, 400);
	CHECK_TEXT(dates[399], "2027-02-04T09:00");
	CHECK(!recur_expand(a, "FREQ=DAILY", "2026-01-01T09:00", 0, "2036-01-01", &dates, &n, &err));
	CHECK_HAS(err.text, "more than 400 dates");
	error_clear(&err);
	CHECK(!recur_expand(a, "FREQ=WEEKLY;BYDAY=MO", "2026-01-01T09:00", 3, NULL, &dates, &n, &err));
	CHECK_HAS(err.text, "does not begin at 2026-01-01T09:00");
	error_clear(&err);
	CHECK(!recur_expand(a, "FREQ=NEVER", "2026-01-01T09:00", 3, NULL, &dates, &n, &err));
	CHECK_HAS(err.text, "cannot be followed");
	CHECK_TEXT(recur_shift(a, "2026-12-31T23:30", 3600), "2027-01-01T00:30");
	CHECK_INT(recur_between("2026-02-28T23:00", "2026-03-01T01:00"), 7200);
	arena_destroy(a);
}

CU_TestInfo unit_tests[] = {
	{ "time zones, against the system's", zones },
	{ "fields", fields },
	{ "series with exceptions", series },
	{ "changes of the clocks", edges },
	{ "rules", rules },
	CU_TEST_INFO_NULL,
};
