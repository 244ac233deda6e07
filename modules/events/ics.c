/* SPDX-License-Identifier: GPL-3.0-or-later */
/* iCalendar (RFC 5545, 7986) by libical, which escapes, folds and orders. The
 * time zones come from zone.c: what libical makes of the system's files depends
 * on how they were compiled. */
#include "event.h"
#include "ical.h"
#include "zone.h"

#define ZONES_MAX 64

/* "2026-12-09T14:00" and "2026-12-09T14:00:00" */
static struct icaltimetype local_time(const char *s)
{
	struct icaltimetype t = icaltime_null_time();

	t.year = atoi(s);
	t.month = atoi(s + 5);
	t.day = atoi(s + 8);
	t.hour = atoi(s + 11);
	t.minute = atoi(s + 14);
	t.second = s[16] ? atoi(s + 17) : 0;
	return t;
}

/* ---- time zones ---- */

struct zone_use {
	const char *name;
	int64_t from_us, to_us;
};

static void add_observance(icalcomponent *zone, const struct zone_change *c)
{
	static const char *const days[] = { "SU", "MO", "TU", "WE", "TH", "FR", "SA" };
	icalcomponent *o = icalcomponent_new(c->summer ? ICAL_XDAYLIGHT_COMPONENT : ICAL_XSTANDARD_COMPONENT);
	char rule[80];

	ical_add(o, icalproperty_new_dtstart(local_time(c->local)));
	ical_add(o, icalproperty_new_tzoffsetfrom(c->before));
	ical_add(o, icalproperty_new_tzoffsetto(c->after));
	ical_add(o, icalproperty_new_tzname(c->abbreviation));
	if (c->month) {
		snprintf(rule, sizeof rule, "FREQ=YEARLY;BYMONTH=%d;BYDAY=%d%s", c->month, c->week == 5 ? -1 : c->week,
			days[c->weekday]);
		ical_add(o, icalproperty_new_rrule(icalrecurrencetype_from_string(rule)));
	}
	icalcomponent_add_component(zone, o);
}

static bool add_zone(struct arena *a, icalcomponent *calendar, const struct zone_use *use, struct error *err)
{
	struct zone_change *changes = arena_array(a, ZONE_CHANGES_MAX, sizeof *changes);
	size_t n;

	if (!zone_changes(use->name, use->from_us, use->to_us, changes, &n))
		return error_set(err, ERROR_INTERNAL, "The time zone %.64s is not known to this server.", use->name);
	icalcomponent *zone = icalcomponent_new(ICAL_VTIMEZONE_COMPONENT);
	ical_add(zone, icalproperty_new_tzid(use->name));
	for (size_t i = 0; i < n; i++)
		add_observance(zone, &changes[i]);
	icalcomponent_add_component(calendar, zone);
	return true;
}

static bool note_zone(struct arena *a, const struct event *e, struct zone_use *uses, size_t *n)
{
	struct date *dates;
	size_t n_dates, i = 0;

	event_dates(a, e, &dates, &n_dates);
	while (i < *n && strcmp(uses[i].name, e->r->zone) != 0)
		i++;
	if (i == ZONES_MAX)
		return false;
	if (i == *n)
		uses[(*n)++] = (struct zone_use){ e->r->zone, e->r->starts_us, e->r->starts_us };
	for (size_t k = 0; k < n_dates; k++) {
		if (dates[k].starts_us < uses[i].from_us)
			uses[i].from_us = dates[k].starts_us;
		if (dates[k].ends_us > uses[i].to_us)
			uses[i].to_us = dates[k].ends_us;
	}
	return true;
}

/* ---- events ---- */

static icalproperty *zoned(icalproperty *p, const struct event *e)
{
	icalparameter *zone = icalparameter_new_tzid(e->r->zone);

	if (!p || !zone)
		abort();
	icalproperty_add_parameter(p, zone);
	return p;
}

static const char *description(struct arena *a, const struct ics_event *x)
{
	return x->join ? arena_printf(a, "%s\n\nJoin: %s", x->event->r->summary, x->join) : x->event->r->summary;
}

/* A parameter's value cannot hold quotes and controls (RFC 5545, 3.1). */
static const char *parameter_text(struct arena *a, const char *s)
{
	char *out = arena_strdup(a, s);

	for (char *c = out; *c; c++)
		if (*c == '"' || (unsigned char)*c < 0x20 || *c == 0x7f)
			*c = '\'';
	return out;
}

static void add_people(icalcomponent *c, struct arena *a, const struct ics_invite *i)
{
	icalproperty *organizer = icalproperty_new_organizer(arena_printf(a, "mailto:%s", i->from));
	icalproperty *attendee = icalproperty_new_attendee(arena_printf(a, "mailto:%s", i->to));

	if (!organizer || !attendee)
		abort();
	if (*i->from_name)
		icalproperty_add_parameter(organizer, icalparameter_new_cn(parameter_text(a, i->from_name)));
	icalproperty_add_parameter(attendee, icalparameter_new_cn(parameter_text(a, i->to_name)));
	icalproperty_add_parameter(attendee, icalparameter_new_partstat(ICAL_PARTSTAT_ACCEPTED));
	icalproperty_add_parameter(attendee, icalparameter_new_rsvp(ICAL_RSVP_FALSE));
	icalcomponent_add_property(c, organizer);
	icalcomponent_add_property(c, attendee);
}

static icalcomponent *event_component(struct arena *a, const struct ics_event *x, const struct date *d,
	const struct ics_invite *invite)
{
	const struct event *e = x->event;
	icalcomponent *c = icalcomponent_new(ICAL_VEVENT_COMPONENT);
	const char *kind = event_kind_name(e->r->group), *place = d->venue ? d->venue : x->join;

	if (!c)
		abort();
	/* The id stays when title, address or host name change. */
	ical_add(c, icalproperty_new_uid(e->r->id));
	ical_add(c, icalproperty_new_dtstamp(ical_utc(invite ? clock_now_us() : e->changed_us)));
	ical_add(c, icalproperty_new_lastmodified(ical_utc(e->changed_us)));
	ical_add(c, icalproperty_new_sequence((int)(e->sequence + (invite ? invite->revision : 0))));
	ical_add(c, zoned(icalproperty_new_dtstart(local_time(d->starts)), e));
	ical_add(c, zoned(icalproperty_new_dtend(local_time(d->ends)), e));
	ical_add(c, icalproperty_new_summary(d->title));
	ical_add(c, icalproperty_new_description(description(a, x)));
	if (place)
		ical_add(c, icalproperty_new_location(place));
	ical_add(c, icalproperty_new_url(x->url));
	if (kind)
		ical_add(c, icalproperty_new_categories(kind));
	if (invite)
		add_people(c, a, invite);
	ical_add(c, icalproperty_new_status(d->cancelled || (invite && invite->cancel) ? ICAL_STATUS_CANCELLED :
		d->tentative ? ICAL_STATUS_TENTATIVE : ICAL_STATUS_CONFIRMED));
	return c;
}

static void add_skips(icalcomponent *c, const struct event *e)
{
	const json_t *skips = json_object_get(json_object_get(e->details, "repeat"), "skips"), *skip;
	size_t i;

	json_array_foreach(skips, i, skip)
		ical_add(c, zoned(icalproperty_new_exdate(local_time(json_string_value(json_object_get(skip, "date")))), e));
}

/* The event with its rule, and one more for each date that is not as the rule has it. */
static void add_event(struct arena *a, icalcomponent *calendar, const struct ics_event *x,
	const struct ics_invite *invite)
{
	const struct event *e = x->event;
	const char *rule = event_rrule(a, e), *state = details_text(e->details, "state");
	struct date *dates, whole = { .event = e, .starts = e->r->starts, .ends = e->r->ends ? e->r->ends : e->r->starts,
		.title = e->r->title, .venue = details_text(e->details, "venue"),
		.cancelled = state && strcmp(state, "cancelled") == 0, .tentative = state && strcmp(state, "tentative") == 0 };
	icalcomponent *c = event_component(a, x, &whole, invite);
	size_t n;

	if (rule) {
		ical_add(c, icalproperty_new_rrule(icalrecurrencetype_from_string(rule)));
		add_skips(c, e);
	}
	icalcomponent_add_component(calendar, c);
	event_dates(a, e, &dates, &n);
	for (size_t i = 0; rule && i < n; i++) {
		if (!dates[i].changed)
			continue;
		c = event_component(a, x, &dates[i], invite);
		ical_add(c, zoned(icalproperty_new_recurrenceid(local_time(dates[i].by_rule)), e));
		icalcomponent_add_component(calendar, c);
	}
}

static bool write_calendar(struct arena *a, const char *name, const struct ics_event *events, size_t n,
	const struct ics_invite *invite, struct buf *out, struct error *err)
{
	struct zone_use uses[ZONES_MAX];
	size_t n_uses = 0;
	bool ok = true;

	icalcomponent *calendar = ical_begin("Events");
	if (invite)
		ical_add(calendar, icalproperty_new_method(invite->cancel ? ICAL_METHOD_CANCEL : ICAL_METHOD_REQUEST));
	if (name)
		ical_name(calendar, name);
	for (size_t i = 0; ok && i < n; i++)
		ok = note_zone(a, events[i].event, uses, &n_uses) ||
			error_set(err, ERROR_INTERNAL, "The events have too many time zones for one calendar.");
	for (size_t i = 0; ok && i < n_uses; i++)
		ok = add_zone(a, calendar, &uses[i], err);
	for (size_t i = 0; ok && i < n; i++)
		add_event(a, calendar, &events[i], invite);
	ical_end(calendar, ok ? out : NULL);
	return ok;
}

bool ics_write(struct arena *a, const char *name, const struct ics_event *events, size_t n, struct buf *out,
	struct error *err)
{
	return write_calendar(a, name, events, n, NULL, out, err);
}

bool ics_write_invite(struct arena *a, const struct ics_event *event, const struct ics_invite *invite, struct buf *out,
	struct error *err)
{
	return write_calendar(a, NULL, event, 1, invite, out, err);
}
