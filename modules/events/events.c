/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Webinars, trainings, convenings: what is coming, what was, and series. */
#include "event.h"
#include "zone.h"

/* "14:30" of a local time as "2:30 pm". */
static const char *clock_text(struct arena *a, const char *local)
{
	int hour = atoi(local + 11), minute = atoi(local + 14);

	return arena_printf(a, "%d:%02d %s", hour % 12 ? hour % 12 : 12, minute, hour < 12 ? "am" : "pm");
}

static const char *weekday(const char *date)
{
	static const char *const names[] = { "Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday",
		"Saturday" };
	static const int shift[] = { 0, 3, 2, 5, 0, 3, 5, 1, 4, 6, 2, 4 };
	int y = atoi(date), m = atoi(date + 5), d = atoi(date + 8);

	if (m < 1 || m > 12)
		return "";
	y -= m < 3;
	return names[(y + y / 4 - y / 100 + y / 400 + shift[m - 1] + d) % 7]; /* Sakamoto's method */
}

/* "Wednesday 9 December 2026, 2:00 pm to 3:30 pm EST" */
static const char *when_text(struct request *rq, const struct record *r)
{
	struct arena *a = rq->arena;
	const char *day = arena_strndup(a, r->starts, 10);
	bool one_day = r->ends && strncmp(r->starts, r->ends, 10) == 0;
	char zone[16] = "";
	int offset;

	zone_offset(r->zone, r->starts_us, &offset, zone);
	if (!r->ends)
		return arena_printf(a, "%s %s, %s %s", weekday(day), date_human(a, day), clock_text(a, r->starts), zone);
	const char *last = arena_strndup(a, r->ends, 10);
	return arena_printf(a, "%s %s, %s to %s%s%s%s%s %s", weekday(day), date_human(a, day),
		clock_text(a, r->starts), one_day ? "" : weekday(last), one_day ? "" : " ",
		one_day ? "" : date_human(a, last), one_day ? "" : ", ", clock_text(a, r->ends), zone);
}

static void fill_event(struct request *rq, struct data *page, const struct record *r, const json_t *details)
{
	const char *series = details_text(details, "series");

	data_text(page, "when", when_text(rq, r));
	data_text(page, "where", details_text(details, "venue"));
	record_fact(page, "Time zone", r->zone);
	record_fact(page, "Kind", event_kind_name(r->group));
	if (series && r->series)
		record_fact_url(page, "Series", series, url_path(rq->arena, "%b/events/series/%s", rq->base, r->series));
	record_fact(page, "For whom", details_text(details, "for"));
	data_flag(page, "past", r->starts_us < clock_now_us());
	data_url(page, "calendar_url", url_path(rq->arena, "%b/events/%s/event.ics", rq->base, r->slug));
}

void event_card(struct request *rq, struct data *d, const struct record *r)
{
	static const char *const months[] = { "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep",
		"Oct", "Nov", "Dec" };
	int month = atoi(r->starts + 5);

	data_text(d, "title", r->title);
	data_url(d, "url", page_record_url(rq, r));
	data_text(d, "summary", r->summary);
	data_text(d, "when", when_text(rq, r));
	data_text(d, "datetime", r->starts);
	data_text(d, "month", month >= 1 && month <= 12 ? months[month - 1] : "");
	data_textf(d, "day", "%d", atoi(r->starts + 8));
	data_text(d, "kind", event_kind_name(r->group));
	if (strcmp(r->space_slug, SPACE_NATIONAL) != 0)
		data_text(d, "space_name", r->space_short_name);
}

static void put_empty(struct request *rq, struct data *page, const char *heading)
{
	struct data *empty = data_object(page, "empty"), *link = data_item(empty, "links");

	data_text(empty, "heading", heading);
	data_text(empty, "message", "New dates are put here as soon as they are set.");
	data_text(link, "label", "Guides to read meanwhile");
	data_url(link, "url", url_query(rq->arena, url_path(rq->arena, "%b/library", rq->base), "type", "guide"));
}

static void put_calendars(struct request *rq, struct data *page)
{
	data_url(page, "calendar_url", url_path(rq->arena, "%b/events/calendar.ics", rq->base));
	data_url(page, "calendars_url", url_path(rq->arena, "/calendars"));
}

static bool events(struct request *rq, struct response *rs, struct error *err)
{
	struct record_filter f = { .type = "event", .order = RECORD_BY_START };
	struct data *page = page_create(rq, "Events");
	int64_t now = clock_now_us();
	struct record *list;
	size_t n, coming = 0;

	if (!record_list(rq->db, rq->arena, &f, &list, &n, NULL, err))
		return false;
	for (size_t i = 0; i < n; i++)
		if (list[i].starts_us >= now) {
			if (!coming)
				rs->fresh_until_us = list[i].starts_us + 1;
			event_card(rq, data_item(page, "coming"), &list[i]);
			coming++;
		}
	for (size_t i = n; i > 0; i--)
		if (list[i - 1].starts_us < now)
			event_card(rq, data_item(page, "past"), &list[i - 1]);
	if (!coming)
		put_empty(rq, page, "No events are planned at the moment");
	page_crumb(page, "Events", (struct url){ NULL });
	put_calendars(rq, page);
	data_text(page, "description", "Webinars, trainings and convenings of the network.");
	return page_send(rq, rs, "events", page, err);
}

static bool series(struct request *rq, struct response *rs, struct error *err)
{
	struct record_filter f = { .type = "event", .order = RECORD_BY_START };
	const char *slug = request_arg(rq, "slug"), *title = NULL;
	int64_t now = clock_now_us();
	struct record *list, *whole;
	size_t n;

	if (!record_list(rq->db, rq->arena, &f, &list, &n, NULL, err))
		return false;
	struct data *page = NULL;
	for (size_t i = 0; i < n; i++) {
		if (!list[i].series || strcmp(list[i].series, slug) != 0)
			continue;
		if (!page) { /* the series' name stands in the details of each event */
			if (!record_by_id(rq->db, rq->arena, list[i].id, &whole, err))
				return false;
			json_t *details = json_loads(whole->details_json, 0, NULL);
			title = arena_strdup(rq->arena, details_text(details, "series"));
			json_decref(details);
			page = page_create(rq, title ? title : slug);
		}
		if (!rs->fresh_until_us && list[i].starts_us >= now) /* coming becomes past */
			rs->fresh_until_us = list[i].starts_us + 1;
		event_card(rq, data_item(page, list[i].starts_us >= now ? "coming" : "past"), &list[i]);
	}
	if (!page)
		return error_set(err, ERROR_NOT_FOUND, "There is no such series of events.");
	data_flag(page, "series", true);
	put_calendars(rq, page);
	page_crumb(page, "Events", url_path(rq->arena, "%b/events", rq->base));
	page_crumb(page, title, (struct url){ NULL });
	return page_send(rq, rs, "events", page, err);
}

static const struct record_type event_type = {
	"event", "events", "Event", "Events", false, "/events", "Events", fill_event };
static const struct record_type *const types[] = { &event_type, NULL };

static const struct route routes[] = {
	{ HTTP_GET, "/events", ROLE_ANYONE, 0, NULL, events, "Coming and past events" },
	{ HTTP_GET, "/events/series/{slug:slug}", ROLE_ANYONE, 0, NULL, series, "A series of events" },
	{ HTTP_GET, "/events/calendar.ics", ROLE_ANYONE, 0, feed_params, public_feed, "Calendar of events" },
	{ HTTP_GET, "/events/{slug:slug}/event.ics", ROLE_ANYONE, 0, NULL, event_ics, "An event for a calendar" },
	{ HTTP_GET, "/calendars", ROLE_SIGNED_IN, 0, keys_params, keys_page, "Your calendar addresses" },
	{ HTTP_POST, "/calendars", ROLE_SIGNED_IN, 0, NULL, key_make, "Make a calendar address" },
	{ HTTP_POST, "/calendars/{id:id}/revoke", ROLE_SIGNED_IN, 0, NULL, key_revoke, "Revoke a calendar address" },
	{ HTTP_GET, "/calendars/{key:slug}/events.ics", ROLE_ANYONE, 0, NULL, key_feed, "Calendar by its secret address" },
	{ HTTP_GET, "/events/{slug:slug}", ROLE_ANYONE, 0, NULL, record_page, "An event" },
	{ 0, NULL, 0, 0, NULL, NULL, NULL }
};

const struct module events_module = { .name = "events",
	.migrations = event_migrations, .views = event_views, .types = types, .routes = routes };
