/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Lists of events: agenda, month, past, series. */
#include "event.h"
#include "zone.h"

#define COMING_MOST 100
#define PAST_SHOWN 5
#define PAST_A_PAGE 25
#define MONTH_US (31LL * 86400 * 1000000)

const struct param month_params[] = {
	{ "month", PARAM_TEXT, 0, 0, "As 2026-12; the present one unless set" },
	{ "space", PARAM_SLUG, 0, 0, "Only events of this space" },
	{ "kind", PARAM_SLUG, 0, 0, "Only events of this kind" },
	{ NULL, 0, 0, 0, NULL }
};

const struct param past_params[] = {
	{ "space", PARAM_SLUG, 0, 0, "Only events of this space" },
	{ "kind", PARAM_SLUG, 0, 0, "Only events of this kind" },
	{ "recorded", PARAM_SLUG, 0, 0, "yes: only those with a recording" },
	{ "page", PARAM_INT, 1, 10000, "Page of the list" },
	{ NULL, 0, 0, 0, NULL }
};

/* ---- one date ---- */

static void put_tags(struct data *d, const struct date *date)
{
	const json_t *details = date->event->details;

	data_flag(d, "cancelled", date->cancelled);
	data_flag(d, "tentative", date->tentative);
	data_flag(d, "recorded", json_object_get(details, "recording"));
	data_flag(d, "materials", json_object_get(details, "materials"));
	data_flag(d, "minutes", json_object_get(details, "minutes"));
}

static void date_card(struct request *rq, struct data *d, const struct date *date, const char *reader)
{
	static const char *const months[] = { "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep",
		"Oct", "Nov", "Dec" };
	const struct record *r = date->event->r;
	int month = atoi(date->starts + 5);

	data_text(d, "title", date->title);
	data_url(d, "url", page_record_url(rq, r));
	data_text(d, "summary", r->summary);
	put_when(rq->arena, d, date, reader);
	data_text(d, "datetime", date->starts);
	data_text(d, "month", month >= 1 && month <= 12 ? months[month - 1] : "");
	data_textf(d, "day", "%d", atoi(date->starts + 8));
	data_text(d, "kind", event_kind_name(r->group));
	data_text(d, "venue", date->venue);
	if (strcmp(r->space_slug, SPACE_NATIONAL) != 0)
		data_text(d, "space_name", r->space_short_name);
	put_tags(d, date);
}

/* A page that shows these dates as coming is right until the first of them ends. */
static void fresh_until(struct response *rs, const struct date *dates, size_t n, int64_t now)
{
	for (size_t i = 0; i < n; i++)
		if (dates[i].ends_us >= now && (!rs->fresh_until_us || dates[i].ends_us + 1 < rs->fresh_until_us))
			rs->fresh_until_us = dates[i].ends_us + 1;
}

bool events_next(struct request *rq, struct response *rs, struct data *page, const char *list, size_t most,
	struct error *err)
{
	struct event_filter f = { 0 };
	int64_t now = clock_now_us();
	const char *reader = reader_zone(rq);
	struct event *events;
	struct date *dates;
	size_t n, n_dates, shown = 0;

	if (!event_list(rq->db, rq->arena, &f, &events, &n, err))
		return false;
	event_dates_between(rq->arena, events, n, now, 0, &dates, &n_dates);
	for (size_t i = 0; i < n_dates && shown < most; i++)
		if (!dates[i].cancelled) {
			date_card(rq, data_item(page, list), &dates[i], reader);
			shown++;
		}
	fresh_until(rs, dates, n_dates, now);
	return true;
}

/* ---- what the lists share ---- */

struct listing {
	struct event_filter f;
	struct event *events;
	size_t n;
	const char *reader;
};

static bool listing_read(struct request *rq, struct listing *l, struct error *err)
{
	l->f.space = request_arg(rq, "space");
	l->f.kind = request_arg(rq, "kind");
	l->reader = reader_zone(rq);
	return event_list(rq->db, rq->arena, &l->f, &l->events, &l->n, err);
}

static struct url list_url(struct request *rq, const struct listing *l, struct url u)
{
	return url_query(rq->arena, url_query(rq->arena, u, "space", l->f.space), "kind", l->f.kind);
}

static void put_view(struct request *rq, struct data *page, const struct listing *l, const char *label, struct url u)
{
	struct data *item = data_item(page, "views");
	const char *path = strchr(u.text + strlen(rq->base), '/');

	data_text(item, "label", label);
	data_flag(item, "current", path && strcmp(path, rq->path) == 0);
	data_url(item, "url", list_url(rq, l, u));
}

/* The head of every list: views, filters, calendars, zone. */
static bool put_head(struct request *rq, struct data *page, const struct listing *l, struct error *err)
{
	struct space *spaces;
	size_t n;

	if (!space_list(rq->db, rq->arena, &spaces, &n, err))
		return false;
	put_view(rq, page, l, "Agenda", url_path(rq->arena, "%b/events", rq->base));
	put_view(rq, page, l, "Month", url_path(rq->arena, "%b/events/month", rq->base));
	put_view(rq, page, l, "Past", url_path(rq->arena, "%b/events/past", rq->base));
	page_option(page, "kinds", "", "All kinds", l->f.kind);
	for (size_t i = 0; event_kinds[i][0]; i++)
		page_option(page, "kinds", event_kinds[i][0], event_kinds[i][1], l->f.kind);
	page_option(page, "spaces", "", "All spaces", l->f.space);
	for (size_t i = 0; i < n; i++)
		page_option(page, "spaces", spaces[i].slug, spaces[i].name, l->f.space);
	put_zones(rq, page, l->reader);
	data_url(page, "here_url", url_path(rq->arena, "%b/events", rq->base));
	data_url(page, "calendar_url", list_url(rq, l, url_path(rq->arena, "%b/events/calendar.ics", rq->base)));
	data_url(page, "calendars_url", url_path(rq->arena, "/calendars"));
	return true;
}

static void put_empty(struct request *rq, struct data *page, const char *heading, const char *message)
{
	struct data *empty = data_object(page, "empty"), *link = data_item(empty, "links");

	data_text(empty, "heading", heading);
	data_text(empty, "message", message);
	data_text(link, "label", "Guides to read meanwhile");
	data_url(link, "url", url_query(rq->arena, url_path(rq->arena, "%b/library", rq->base), "type", "guide"));
}

/* ---- agenda ---- */

bool events_page(struct request *rq, struct response *rs, struct error *err)
{
	struct data *page = page_create(rq, "Events");
	struct listing l = { .n = 0 };
	int64_t now = clock_now_us();
	struct date *dates;
	size_t n, shown = 0, past = 0;

	if (!listing_read(rq, &l, err) || !put_head(rq, page, &l, err))
		return false;
	event_dates_between(rq->arena, l.events, l.n, 0, 0, &dates, &n);
	fresh_until(rs, dates, n, now);
	for (size_t i = 0; i < n; i++)
		if (dates[i].ends_us >= now && ++shown <= COMING_MOST)
			date_card(rq, data_item(page, "coming"), &dates[i], l.reader);
	for (size_t i = n; i > 0; i--)
		if (dates[i - 1].ends_us < now && ++past <= PAST_SHOWN)
			date_card(rq, data_item(page, "past"), &dates[i - 1], l.reader);
	if (shown > COMING_MOST)
		data_textf(page, "more", "%zu", shown - COMING_MOST);
	if (past > PAST_SHOWN)
		data_url(page, "past_url", list_url(rq, &l, url_path(rq->arena, "%b/events/past", rq->base)));
	if (!shown)
		put_empty(rq, page, "No events are planned at the moment", "New dates are put here as soon as they are set.");
	data_flag(page, "agenda", true);
	page_feed(rq, page, "event", NULL);
	page_crumb(page, "Events", (struct url){ NULL });
	data_text(page, "description", "Webinars, trainings and convenings of the network.");
	return page_send(rq, rs, "events", page, err);
}

bool series_page(struct request *rq, struct response *rs, struct error *err)
{
	struct listing l = { .f.series = request_arg(rq, "slug") };
	int64_t now = clock_now_us();
	struct date *dates;
	const char *title;
	size_t n;

	if (!listing_read(rq, &l, err))
		return false;
	if (!l.n)
		return error_set(err, ERROR_NOT_FOUND, "There is no such series of events.");
	title = details_text(l.events[0].details, "series");
	struct data *page = page_create(rq, title ? title : l.f.series);
	event_dates_between(rq->arena, l.events, l.n, 0, 0, &dates, &n);
	fresh_until(rs, dates, n, now);
	for (size_t i = 0; i < n; i++)
		if (dates[i].ends_us >= now)
			date_card(rq, data_item(page, "coming"), &dates[i], l.reader);
	for (size_t i = n; i > 0; i--)
		if (dates[i - 1].ends_us < now)
			date_card(rq, data_item(page, "past"), &dates[i - 1], l.reader);
	put_zones(rq, page, l.reader);
	data_flag(page, "series", true);
	page_crumb(page, "Events", url_path(rq->arena, "%b/events", rq->base));
	page_crumb(page, title ? title : l.f.series, (struct url){ NULL });
	return page_send(rq, rs, "events", page, err);
}

/* ---- past ---- */

bool past_page(struct request *rq, struct response *rs, struct error *err)
{
	struct data *page = page_create(rq, "Past events");
	const char *recorded = request_arg(rq, "recorded");
	bool only = recorded && strcmp(recorded, "yes") == 0;
	int64_t now = clock_now_us(), current = request_arg_int(rq, "page", 1), total = 0;
	struct listing l = { .n = 0 };
	struct date *dates;
	size_t n;

	if (!listing_read(rq, &l, err) || !put_head(rq, page, &l, err))
		return false;
	event_dates_between(rq->arena, l.events, l.n, 0, 0, &dates, &n);
	fresh_until(rs, dates, n, now);
	for (size_t i = n; i > 0; i--) {
		const struct date *d = &dates[i - 1];

		if (d->ends_us >= now || (only && !json_object_get(d->event->details, "recording")))
			continue;
		if (total >= (current - 1) * PAST_A_PAGE && total < current * PAST_A_PAGE)
			date_card(rq, data_item(page, "past"), d, l.reader);
		total++;
	}
	struct url here = list_url(rq, &l, url_path(rq->arena, "%b/events/past", rq->base));
	page_pagination(page, only ? url_query(rq->arena, here, "recorded", "yes") : here, total, PAST_A_PAGE, (int)current);
	if (!total)
		put_empty(rq, page, only ? "There is no recording yet" : "There are no past events",
			"Recordings, slides and minutes are put here after an event.");
	data_url(page, "here_url", url_path(rq->arena, "%b/events/past", rq->base));
	data_flag(page, "past_page", true);
	data_flag(page, "only_recorded", only);
	data_text(page, "recorded_checked", only ? "checked" : NULL);
	page_crumb(page, "Events", url_path(rq->arena, "%b/events", rq->base));
	page_crumb(page, "Past events", (struct url){ NULL });
	return page_send(rq, rs, "events", page, err);
}

/* ---- month ---- */

static const char *shift_month(struct arena *a, const char *month, int by)
{
	int m = atoi(month) * 12 + atoi(month + 5) - 1 + by;

	return arena_printf(a, "%04d-%02d", m / 12, m % 12 + 1);
}

static int days_in(const char *month)
{
	char day[16];
	int n = 31;

	for (; n > 28; n--) {
		snprintf(day, sizeof day, "%.7s-%02d", month, n);
		if (date_valid(day))
			break;
	}
	return n;
}

/* The day on which a date is shown: by the reader's clock if it is chosen. */
static void day_of(const struct date *d, const char *reader, char starts[17], char ends[17])
{
	const char *zone = reader ? reader : d->event->r->zone;

	zone_local(zone, d->starts_us, starts);
	zone_local(zone, d->ends_us > d->starts_us ? d->ends_us - 1 : d->ends_us, ends);
}

static void put_day(struct request *rq, struct data *cell, const char *day, const struct date *dates, size_t n,
	const char *reader)
{
	char starts[17], ends[17];

	for (size_t i = 0; i < n; i++) {
		day_of(&dates[i], reader, starts, ends);
		if (strncmp(starts, day, 10) > 0 || strncmp(ends, day, 10) < 0)
			continue;
		struct data *item = data_item(cell, "events");
		data_text(item, "title", dates[i].title);
		data_url(item, "url", page_record_url(rq, dates[i].event->r));
		data_flag(item, "cancelled", dates[i].cancelled);
		if (strncmp(starts, day, 10) == 0)
			data_text(item, "time", clock_text(rq->arena, starts));
	}
}

static void put_weeks(struct request *rq, struct data *page, const char *month, const struct date *dates, size_t n,
	const char *reader)
{
	static const char *const names[] = { "Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday" };
	int length = days_in(month), blank = weekday_of(arena_printf(rq->arena, "%s-01", month));
	struct data *week = NULL;

	for (int i = 0; i < 7; i++)
		data_text(data_item(page, "weekdays"), "name", names[i]);
	for (int cell = 0; cell < (blank + length + 6) / 7 * 7; cell++) {
		int day = cell - blank + 1;

		if (cell % 7 == 0)
			week = data_item(page, "weeks");
		struct data *d = data_item(week, "days");
		if (day < 1 || day > length)
			continue;
		const char *date = arena_printf(rq->arena, "%s-%02d", month, day);
		data_textf(d, "number", "%d", day);
		data_text(d, "date", date);
		data_textf(d, "name", "%s %d", names[cell % 7], day);
		put_day(rq, d, date, dates, n, reader);
	}
}

static const char *chosen_month(struct request *rq, const char *reader, struct error *err)
{
	const char *month = request_arg(rq, "month");
	char now[17];

	zone_local(reader ? reader : "America/New_York", clock_now_us(), now);
	if (!month)
		return arena_strndup(rq->arena, now, 7);
	if (strlen(month) == 7 && date_valid(month) && atoi(month) >= 1900 && atoi(month) <= 2200)
		return month;
	error_set(err, ERROR_INVALID, "The month must be given as 2026-12.");
	return NULL;
}

bool month_page(struct request *rq, struct response *rs, struct error *err)
{
	struct listing l = { .n = 0 };
	int64_t from = 0;
	struct date *dates;
	const char *month;
	size_t n;

	if (!listing_read(rq, &l, err) || !(month = chosen_month(rq, l.reader, err)))
		return false;
	const char *name = date_human(rq->arena, month);
	struct data *page = page_create(rq, arena_printf(rq->arena, "Events in %s", name));
	if (!put_head(rq, page, &l, err))
		return false;
	/* A day more on either side: zones differ by more than a day. */
	zone_to_utc("Etc/UTC", arena_printf(rq->arena, "%s-01T00:00", month), &from, NULL);
	event_dates_between(rq->arena, l.events, l.n, from - 2 * 86400000000LL, from + MONTH_US + 2 * 86400000000LL, &dates, &n);
	put_weeks(rq, page, month, dates, n, l.reader);
	struct url here = list_url(rq, &l, url_path(rq->arena, "%b/events/month", rq->base));
	data_text(page, "month_name", name);
	data_url(page, "before_url", url_query(rq->arena, here, "month", shift_month(rq->arena, month, -1)));
	data_url(page, "after_url", url_query(rq->arena, here, "month", shift_month(rq->arena, month, 1)));
	data_text(page, "before_name", date_human(rq->arena, shift_month(rq->arena, month, -1)));
	data_text(page, "after_name", date_human(rq->arena, shift_month(rq->arena, month, 1)));
	data_url(page, "here_url", url_path(rq->arena, "%b/events/month", rq->base));
	data_text(page, "month_value", month);
	page_crumb(page, "Events", url_path(rq->arena, "%b/events", rq->base));
	page_crumb(page, name, (struct url){ NULL });
	bool ok = page_send(rq, rs, "events-month", page, err);
	/* Without a month in the address the page depends on the day. */
	rs->cacheable = rs->cacheable && request_arg(rq, "month");
	return ok;
}
