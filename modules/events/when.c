/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Times of events in words, in the event's zone and in the reader's. */
#include "event.h"
#include "account.h"
#include "session.h"
#include "zone.h"

#define ZONE_COOKIE "__Host-zone" /* a __Host- cookie keeps the page out of the cache */

const char *const event_zones[][2] = { { "America/New_York", "Eastern" }, { "America/Chicago", "Central" },
	{ "America/Denver", "Mountain" }, { "America/Phoenix", "Arizona" }, { "America/Los_Angeles", "Pacific" },
	{ "America/Anchorage", "Alaska" }, { "Pacific/Honolulu", "Hawaii" }, { "America/Puerto_Rico", "Puerto Rico" },
	{ "Pacific/Guam", "Guam" }, { "Europe/London", "London" }, { "Etc/UTC", "UTC" }, { NULL, NULL } };

static bool is_offered(const char *zone)
{
	for (size_t i = 0; zone && event_zones[i][0]; i++)
		if (strcmp(event_zones[i][0], zone) == 0)
			return true;
	return false;
}

const char *reader_zone(struct request *rq)
{
	const char *zone = NULL;

	if (rq->account && !person_zone(rq->db, rq->arena, rq->account->id, &zone, NULL))
		zone = NULL;
	if (!zone)
		zone = request_cookie(rq, ZONE_COOKIE);
	return is_offered(zone) ? zone : NULL;
}

/* ---- words ---- */

/* "14:30" of a local time as "2:30 pm". */
const char *clock_text(struct arena *a, const char *local)
{
	int hour = atoi(local + 11), minute = atoi(local + 14);

	return arena_printf(a, "%d:%02d %s", hour % 12 ? hour % 12 : 12, minute, hour < 12 ? "am" : "pm");
}

int weekday_of(const char *date)
{
	static const int shift[] = { 0, 3, 2, 5, 0, 3, 5, 1, 4, 6, 2, 4 };
	int y = atoi(date), m = atoi(date + 5), d = atoi(date + 8);

	if (m < 1 || m > 12)
		return 0;
	y -= m < 3;
	return (y + y / 4 - y / 100 + y / 400 + shift[m - 1] + d) % 7; /* Sakamoto's method */
}

static const char *day_text(struct arena *a, const char *local)
{
	static const char *const names[] = { "Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday",
		"Saturday" };
	const char *day = arena_strndup(a, local, 10);

	return arena_printf(a, "%s %s", names[weekday_of(day)], date_human(a, day));
}

const char *when_text(struct arena *a, const char *zone, int64_t starts_us, int64_t ends_us)
{
	char starts[17], ends[17], name[16] = "", last[16] = "";
	int offset;

	zone_local(zone, starts_us, starts);
	zone_local(zone, ends_us, ends);
	zone_offset(zone, starts_us, &offset, name);
	zone_offset(zone, ends_us, &offset, last);
	if (ends_us <= starts_us)
		return arena_printf(a, "%s, %s %s", day_text(a, starts), clock_text(a, starts), name);
	/* Clocks that change meanwhile have two names. */
	const char *between = strcmp(name, last) == 0 ? "" : arena_printf(a, " %s", name);
	if (strncmp(starts, ends, 10) == 0)
		return arena_printf(a, "%s, %s%s to %s %s", day_text(a, starts), clock_text(a, starts), between,
			clock_text(a, ends), last);
	return arena_printf(a, "%s, %s%s to %s, %s %s", day_text(a, starts), clock_text(a, starts), between,
		day_text(a, ends), clock_text(a, ends), last);
}

void put_when(struct arena *a, struct data *d, const struct date *date, const char *reader)
{
	const char *here = when_text(a, date->event->r->zone, date->starts_us, date->ends_us), *there;

	data_text(d, "when", here);
	if (!reader || strcmp(reader, date->event->r->zone) == 0)
		return;
	there = when_text(a, reader, date->starts_us, date->ends_us);
	if (strcmp(here, there) != 0)
		data_text(d, "when_reader", there);
}

/* ---- choosing ---- */

void put_zones(struct request *rq, struct data *page, const char *reader)
{
	page_option(page, "zones", "", "Only the event's own", NULL);
	for (size_t i = 0; event_zones[i][0]; i++) {
		page_option(page, "zones", event_zones[i][0], event_zones[i][1], reader);
		if (reader && strcmp(reader, event_zones[i][0]) == 0)
			data_text(page, "zone_name", event_zones[i][1]);
	}
	data_url(page, "zone_url", url_path(rq->arena, "/events/zone"));
}

struct zone_write {
	const char *account_id, *zone;
};

static bool write_zone(struct db *w, void *arg, struct error *err)
{
	const struct zone_write *z = arg;

	return person_set_zone(w, z->account_id, z->zone, err);
}

bool zone_choose(struct request *rq, struct response *rs, struct error *err)
{
	const char *zone = request_form(rq, "zone"), *back = request_form(rq, "back");
	struct url to;

	if (zone && *zone && !is_offered(zone))
		return error_set(err, ERROR_INVALID, "Choose a time zone of the list.");
	if (!zone || !*zone)
		zone = NULL;
	if (!back || !url_local(rq->arena, back, &to))
		to = url_path(rq->arena, "/events");
	if (rq->account && !request_write(rq, write_zone,
		&(struct zone_write){ rq->account->id, zone }, err))
		return false;
	if (zone)
		cookie_set(rs, ZONE_COOKIE, zone, 365 * 86400);
	else
		cookie_set(rs, ZONE_COOKIE, "", 0);
	return response_redirect(rs, to);
}
