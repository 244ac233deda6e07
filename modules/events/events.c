/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Webinars, trainings, convenings: the type of record, its page, the routes. */
#include "notices.h"

/* ---- the page of an event ---- */

static void put_agenda(struct data *page, const json_t *details)
{
	const json_t *item;
	size_t i;

	json_array_foreach(json_object_get(details, "agenda"), i, item) {
		struct data *d = data_item(page, "agenda");

		data_text(d, "time", details_text(item, "time"));
		data_text(d, "text", json_is_string(item) ? json_string_value(item) : details_text(item, "text"));
	}
	json_array_foreach(json_object_get(details, "speakers"), i, item) {
		struct data *d = data_item(page, "speakers");

		data_text(d, "name", json_is_string(item) ? json_string_value(item) : details_text(item, "text"));
		data_text(d, "organization", details_text(item, "organization"));
	}
}

static void put_link(struct request *rq, struct data *d, const json_t *item)
{
	const char *link = details_text(item, "link");
	struct url url;

	if (link && url_external(rq->arena, link, &url))
		data_url(d, "url", url);
}

/* What is there afterwards. */
static void put_results(struct request *rq, struct data *page, const json_t *details)
{
	const json_t *item;
	size_t i;

	json_array_foreach(json_object_get(details, "materials"), i, item) {
		struct data *d = data_item(page, "materials");

		data_text(d, "title", details_text(item, "text"));
		put_link(rq, d, item);
	}
	if (json_object_get(details, "recording"))
		put_link(rq, data_object(page, "recording"), json_object_get(details, "recording"));
	data_markup(page, "transcript", details_markup(rq, details, "transcript"));
	data_markup(page, "minutes", details_markup(rq, details, "minutes"));
}

static void put_sections(struct request *rq, struct data *page, const json_t *details)
{
	static const char *const sections[][3] = { { "agenda", "agenda", "Agenda" },
		{ "speakers", "speakers", "Speakers" }, { "materials", "materials", "Materials" },
		{ "recording", "recording", "Recording" }, { "transcript", "transcript", "Transcript" },
		{ "minutes", "minutes", "Minutes" } };

	for (size_t i = 0; i < sizeof sections / sizeof *sections; i++)
		if (json_object_get(details, sections[i][0]))
			record_section(rq, page, false, sections[i][1], sections[i][2]);
}

/* The dates of a series, or what its one date needs. */
static void put_dates(struct request *rq, struct data *page, const struct event *e, const char *reader)
{
	int64_t now = clock_now_us();
	const struct date *next = NULL;
	struct date *dates;
	size_t n;

	event_dates(rq->arena, e, &dates, &n);
	if (n > 1)
		record_section(rq, page, false, "dates", "Dates");
	for (size_t i = 0; i < n; i++)
		if (!next && dates[i].ends_us >= now && !dates[i].cancelled)
			next = &dates[i];
	for (size_t i = 0; n > 1 && i < n; i++) {
		struct data *d = data_item(page, dates[i].ends_us < now ? "dates_over" : "dates");

		put_when(rq->arena, d, &dates[i], reader);
		data_text(d, "venue", dates[i].changed ? dates[i].venue : NULL);
		data_text(d, "title", strcmp(dates[i].title, e->r->title) != 0 ? dates[i].title : NULL);
		data_flag(d, "cancelled", dates[i].cancelled);
		data_flag(d, "next", next == &dates[i]);
	}
	next = next ? next : n ? &dates[n - 1] : NULL;
	if (next) {
		put_when(rq->arena, page, next, reader);
		data_text(page, "where", next->venue);
	}
	data_flag(page, "past", n && dates[n - 1].ends_us < now);
	data_flag(page, "several_dates", n > 1);
}

static void fill_event(struct request *rq, struct data *page, const struct record *r, const json_t *details)
{
	const char *series = details_text(details, "series"), *state = details_text(details, "state");
	const char *reader = reader_zone(rq);
	struct event e = { .r = r, .details = details };

	put_dates(rq, page, &e, reader);
	put_zones(rq, page, reader);
	data_flag(page, "cancelled", state && strcmp(state, "cancelled") == 0);
	data_flag(page, "tentative", state && strcmp(state, "tentative") == 0);
	record_fact(page, "Time zone", r->zone);
	record_fact(page, "Kind", event_kind_name(r->group));
	if (series && r->series)
		record_fact_url(page, "Series", series, url_path(rq->arena, "%b/events/series/%s", rq->base, r->series));
	record_fact(page, "For whom", details_text(details, "for"));
	put_agenda(page, details);
	put_results(rq, page, details);
	put_sections(rq, page, details);
	put_registration(rq, page, &e, event_until(rq->arena, &e));
	data_url(page, "calendar_url", url_path(rq->arena, "%b/events/%s/event.ics", rq->base, r->slug));
}

/* When what is said of coming and past is wrong: the next end of a date, or that of
 * registration. */
static bool next_end(struct request *rq, int64_t *at_us, struct error *err)
{
	struct event_filter f = { .num = 0 };
	int64_t now = clock_now_us();
	struct event *events;
	struct setup setup;
	struct record *r;
	struct date *dates;
	size_t n, n_dates;

	*at_us = 0;
	if (!record_get(rq->db, rq->arena, rq->space->slug, "event", request_arg(rq, "slug"), &r, err))
		return false;
	f.num = r->num;
	if (!event_list(rq->db, rq->arena, &f, &events, &n, err) || !setup_get(rq->db, rq->arena, r->num, &setup, err))
		return false;
	event_dates_between(rq->arena, events, n, now, 0, &dates, &n_dates);
	for (size_t i = 0; i < n_dates; i++)
		if (!*at_us || dates[i].ends_us < *at_us)
			*at_us = dates[i].ends_us;
	if (setup.closes_us > now && (!*at_us || setup.closes_us < *at_us))
		*at_us = setup.closes_us;
	return true;
}

static bool event_page(struct request *rq, struct response *rs, struct error *err)
{
	int64_t at_us;

	if (!next_end(rq, &at_us, err) || !record_page(rq, rs, err))
		return false;
	rs->fresh_until_us = at_us ? at_us + 1 : 0;
	return true;
}

static const struct record_type event_type = {
	"event", "events", "Event", "Events", false, "/events", "Events", fill_event };
static const struct record_type *const types[] = { &event_type, NULL };

static const struct route routes[] = {
	{ HTTP_GET, "/events", ROLE_ANYONE, 0, feed_params, events_page, "Coming and past events" },
	{ HTTP_GET, "/events/month", ROLE_ANYONE, 0, month_params, month_page, "Events of a month" },
	{ HTTP_GET, "/events/past", ROLE_ANYONE, 0, past_params, past_page, "Past events" },
	{ HTTP_POST, "/events/zone", ROLE_ANYONE, 0, NULL, zone_choose, "Choose a time zone" },
	{ HTTP_GET, "/events/series/{slug:slug}", ROLE_ANYONE, 0, NULL, series_page, "A series of events" },
	{ HTTP_GET, "/events/calendar.ics", ROLE_ANYONE, 0, feed_params, public_feed, "Calendar of events" },
	{ HTTP_GET, "/events/{slug:slug}/event.ics", ROLE_ANYONE, 0, NULL, event_ics, "An event for a calendar" },
	{ HTTP_GET, "/events/notices", ROLE_SIGNED_IN, 0, NULL, notices_page, "Where mail about events is chosen" },
	{ HTTP_GET, "/calendars", ROLE_SIGNED_IN, 0, keys_params, keys_page, "Your calendar addresses" },
	{ HTTP_POST, "/calendars", ROLE_SIGNED_IN, 0, NULL, key_make, "Make a calendar address" },
	{ HTTP_POST, "/calendars/{id:id}/revoke", ROLE_SIGNED_IN, 0, NULL, key_revoke, "Revoke a calendar address" },
	{ HTTP_GET, "/calendars/{key:slug}/events.ics", ROLE_ANYONE, 0, NULL, key_feed, "Calendar by its secret address" },
	{ HTTP_GET, "/events/{slug:slug}", ROLE_ANYONE, 0, done_params, event_page, "An event" },
	{ HTTP_GET, "/events/{slug:slug}/register", ROLE_SIGNED_IN, 0, NULL, register_page, "Register for an event" },
	{ HTTP_POST, "/events/{slug:slug}/register", ROLE_SIGNED_IN, 0, NULL, register_given, "Register for an event" },
	{ HTTP_POST, "/events/{slug:slug}/register/cancel", ROLE_SIGNED_IN, 0, NULL, register_cancel, "Cancel a registration" },
	{ HTTP_GET, "/events/{slug:slug}/feedback", ROLE_SIGNED_IN, 0, NULL, feedback_page, "Feedback on an event" },
	{ HTTP_POST, "/events/{slug:slug}/feedback", ROLE_SIGNED_IN, 0, NULL, feedback_given, "Feedback on an event" },
	{ HTTP_GET, "/events/{slug:slug}/certificate.pdf", ROLE_SIGNED_IN, 0, NULL, certificate, "Certificate of attendance" },
	{ HTTP_GET, "/events/{slug:slug}/delegation", ROLE_SIGNED_IN, 0, delegation_params, delegation_page,
		"A delegation to an event" },
	{ HTTP_POST, "/events/{slug:slug}/delegation", ROLE_SIGNED_IN, 0, NULL, delegation_given, "A delegation to an event" },
	{ HTTP_GET, "/events/{slug:slug}/organise", ROLE_EDITOR, 0, done_params, organise_page, "Settings of an event" },
	{ HTTP_POST, "/events/{slug:slug}/organise", ROLE_EDITOR, 0, NULL, organise_given, "Settings of an event" },
	{ HTTP_GET, "/events/{slug:slug}/attendees", ROLE_EDITOR, 0, done_params, attendees_page, "Attendees of an event" },
	{ HTTP_GET, "/events/{slug:slug}/attendees.csv", ROLE_EDITOR, 0, NULL, attendees_csv, "Attendees of an event as CSV" },
	{ HTTP_POST, "/events/{slug:slug}/attendees/{id:id}", ROLE_EDITOR, 0, NULL, attendee_act, "Check in, approve, cancel" },
	{ HTTP_GET, "/events/{slug:slug}/check-in", ROLE_EDITOR, 0, checkin_params, checkin_page, "Check-in at an event" },
	{ HTTP_POST, "/events/{slug:slug}/invite", ROLE_EDITOR, 0, NULL, invite_given, "Invite to an event" },
	{ HTTP_GET, "/api/v1/events", ROLE_ANYONE, ROUTE_API, api_event_params, api_events, "Dates of events" },
	{ HTTP_GET, "/api/v1/events/{id:id}", ROLE_ANYONE, ROUTE_API, NULL, api_event, "An event with its dates and registration" },
	{ HTTP_POST, "/api/v1/events/{id:id}/registration", ROLE_SIGNED_IN, ROUTE_API, NULL, api_register, "Register" },
	{ HTTP_DELETE, "/api/v1/events/{id:id}/registration", ROLE_SIGNED_IN, ROUTE_API, NULL, api_cancel, "Cancel a registration" },
	{ HTTP_POST, "/api/v1/events/{id:id}/feedback", ROLE_SIGNED_IN, ROUTE_API, NULL, api_feedback, "Give feedback" },
	{ HTTP_GET, "/api/v1/events/{id:id}/attendees", ROLE_SIGNED_IN, ROUTE_API, NULL, api_seats, "Registrations that one may see" },
	{ HTTP_POST, "/api/v1/events/{id:id}/attendees/{seat:id}", ROLE_SIGNED_IN, ROUTE_API, NULL, api_seat,
		"Check in, approve, decline, cancel" },
	{ HTTP_POST, "/api/v1/events/{id:id}/invitations", ROLE_SIGNED_IN, ROUTE_API, NULL, api_invite, "Invite" },
	{ HTTP_GET, "/api/v1/events/{id:id}/setup", ROLE_SIGNED_IN, ROUTE_API, NULL, api_setup, "Settings of an event" },
	{ HTTP_PUT, "/api/v1/events/{id:id}/setup", ROLE_SIGNED_IN, ROUTE_API, NULL, api_setup_put, "Settings of an event" },
	{ HTTP_GET, "/api/v1/calendars", ROLE_SIGNED_IN, ROUTE_API, NULL, api_keys, "One's calendar addresses" },
	{ HTTP_POST, "/api/v1/calendars", ROLE_SIGNED_IN, ROUTE_API, NULL, api_key_make, "Make a calendar address" },
	{ HTTP_DELETE, "/api/v1/calendars/{id:id}", ROLE_SIGNED_IN, ROUTE_API, NULL, api_key_revoke, "Revoke a calendar address" },
	{ HTTP_GET, "/api/v1/notices", ROLE_SIGNED_IN, ROUTE_API, NULL, api_notices, "What one gets mail about" },
	{ HTTP_PUT, "/api/v1/notices", ROLE_SIGNED_IN, ROUTE_API, NULL, api_notices_put, "What one gets mail about" },
	{ 0, NULL, 0, 0, NULL, NULL, NULL }
};

const struct module events_module = { .name = "events",
	.migrations = event_migrations, .views = event_views, .types = types, .routes = routes,
	.options = event_options, .jobs = event_jobs, .notifications = event_notifications, .choices = event_choices,
	.mine = events_mine };
