/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The dates of an event: its own, or those of its rule with their exceptions. */
#include "event.h"
#include "recur.h"
#include "zone.h"

const char *const event_kinds[][2] = { { "webinar", "Webinar" }, { "training", "Training" },
	{ "convening", "Convening" }, { "working-session", "Working session" },
	{ "peer-exchange", "Peer exchange" }, { "conference", "Conference" }, { NULL, NULL } };

const char *event_kind_name(const char *word)
{
	for (size_t i = 0; word && event_kinds[i][0]; i++)
		if (strcmp(event_kinds[i][0], word) == 0)
			return event_kinds[i][1];
	return word;
}

static bool is_state(const json_t *o, const char *state)
{
	const char *now = json_string_value(json_object_get(o, "state"));

	return now && strcmp(now, state) == 0;
}

/* The member of a list of objects whose "date" it is, or NULL. */
static const json_t *of_date(const json_t *list, const char *date)
{
	const json_t *o;
	size_t i;

	json_array_foreach(list, i, o) {
		const char *text = json_string_value(json_object_get(o, "date"));

		if (text && strcmp(text, date) == 0)
			return o;
	}
	return NULL;
}

static void set_times(const struct event *e, struct date *d)
{
	/* An hour that clocks skip has no moment; who asked is told by the zeros. */
	if (!zone_to_utc(e->r->zone, d->starts, &d->starts_us, NULL))
		return;
	if (!zone_to_utc(e->r->zone, d->ends, &d->ends_us, NULL))
		d->ends_us = d->starts_us;
}

static void apply_change(struct arena *a, const struct event *e, const json_t *change, struct date *d)
{
	const char *start = details_text(change, "start"), *end = details_text(change, "end");

	d->changed = true;
	d->cancelled = d->cancelled || is_state(change, "cancelled");
	if (start && end) {
		d->starts = arena_strdup(a, start);
		d->ends = arena_strdup(a, end);
	}
	if (details_text(change, "venue"))
		d->venue = details_text(change, "venue");
	if (details_text(change, "title"))
		d->title = details_text(change, "title");
	set_times(e, d);
}

static void first_date(const struct event *e, struct date *d)
{
	d->event = e;
	d->starts = e->r->starts;
	d->ends = e->r->ends ? e->r->ends : e->r->starts;
	d->title = e->r->title;
	d->venue = details_text(e->details, "venue");
	d->cancelled = is_state(e->details, "cancelled");
	d->tentative = is_state(e->details, "tentative");
	set_times(e, d);
}

static int by_start(const void *p, const void *q)
{
	const struct date *a = p, *b = q;

	if (a->starts_us != b->starts_us)
		return a->starts_us < b->starts_us ? -1 : 1;
	return (a->event->r->num > b->event->r->num) - (a->event->r->num < b->event->r->num);
}

static bool expand(struct arena *a, const struct event *e, const char ***dates, size_t *n)
{
	const json_t *repeat = json_object_get(e->details, "repeat");
	const char *count = json_string_value(json_object_get(repeat, "count"));

	return repeat && recur_expand(a, json_string_value(json_object_get(repeat, "rule")), e->r->starts,
		count ? atoi(count) : 0, json_string_value(json_object_get(repeat, "until")), dates, n, NULL);
}

void event_dates(struct arena *a, const struct event *e, struct date **out, size_t *n)
{
	const json_t *repeat = json_object_get(e->details, "repeat");
	struct date first = { 0 };
	const char **dates;
	size_t n_dates;

	*n = 0;
	first_date(e, &first);
	if (!expand(a, e, &dates, &n_dates)) {
		*out = arena_copy(a, &first, sizeof first);
		*n = 1;
		return;
	}
	int64_t length = recur_between(first.starts, first.ends);
	*out = arena_array(a, n_dates, sizeof **out);
	for (size_t i = 0; i < n_dates; i++) {
		const json_t *change = of_date(json_object_get(repeat, "changes"), dates[i]);
		struct date *d = &(*out)[*n];

		if (of_date(json_object_get(repeat, "skips"), dates[i]))
			continue;
		*d = first;
		d->by_rule = d->starts = dates[i];
		d->ends = recur_shift(a, dates[i], length);
		d->starts_us = 0;
		set_times(e, d);
		/* RFC 5545, 3.3.10: a local time that does not exist is no date. */
		if (!d->starts_us)
			continue;
		if (change)
			apply_change(a, e, change, d);
		++*n;
	}
	qsort(*out, *n, sizeof **out, by_start);
}

void event_dates_between(struct arena *a, const struct event *events, size_t n_events, int64_t from_us,
	int64_t before_us, struct date **out, size_t *n)
{
	size_t room = 64;

	*n = 0;
	*out = arena_array(a, room, sizeof **out);
	for (size_t i = 0; i < n_events; i++) {
		struct date *dates;
		size_t n_dates;

		event_dates(a, &events[i], &dates, &n_dates);
		for (size_t k = 0; k < n_dates; k++) {
			if ((from_us && dates[k].ends_us <= from_us) || (before_us && dates[k].starts_us >= before_us))
				continue;
			if (*n == room) {
				struct date *more = arena_array(a, room * 2, sizeof *more);

				memcpy(more, *out, room * sizeof *more);
				*out = more;
				room *= 2;
			}
			(*out)[(*n)++] = dates[k];
		}
	}
	qsort(*out, *n, sizeof **out, by_start);
}

const char *event_rrule(struct arena *a, const struct event *e)
{
	const json_t *repeat = json_object_get(e->details, "repeat");
	const char *rule = json_string_value(json_object_get(repeat, "rule"));
	const char *count = json_string_value(json_object_get(repeat, "count"));
	const char **dates;
	int64_t us = 0;
	char utc[17];
	size_t n;

	if (!expand(a, e, &dates, &n))
		return NULL;
	if (count)
		return arena_printf(a, "%s;COUNT=%s", rule, count);
	while (n > 0 && !zone_to_utc(e->r->zone, dates[n - 1], &us, NULL))
		n--;
	zone_local("Etc/UTC", us, utc);
	return arena_printf(a, "%s;UNTIL=%.4s%.2s%.2sT%.2s%.2s00Z", rule, utc, utc + 5, utc + 8, utc + 11, utc + 14);
}
