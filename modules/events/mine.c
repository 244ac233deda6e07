/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Events on My page: those that one comes to, and those that one organizes. */
#include "seats.h"
#include "account.h"

#define ORGANIZED_US (60LL * 24 * 3600 * 1000000) /* so long before one has to think of it */

/* The next date of the event that is not called off; none: nothing. */
static void add_next(struct request *rq, struct mine *m, const struct event *e, int64_t before_us, const char *note)
{
	const char *zone = reader_zone(rq);
	struct date *dates;
	size_t n;

	event_dates_between(rq->arena, e, 1, clock_now_us(), before_us, &dates, &n);
	for (size_t i = 0; i < n; i++) {
		if (dates[i].cancelled)
			continue;
		mine_add(m, &(struct mine_item){ .part = MINE_EVENT, .title = dates[i].title, .where = e->r->space_short_name,
			.note = note, .url = page_record_url(rq, e->r), .at_us = dates[i].starts_us,
			.when = when_text(rq->arena, zone ? zone : e->r->zone, dates[i].starts_us, dates[i].ends_us) });
		return;
	}
}

bool events_mine(struct request *rq, struct mine *m, struct error *err)
{
	struct event_filter f = { 0 };
	int64_t *nums, before = clock_now_us() + ORGANIZED_US;
	struct event *events;
	size_t n, n_mine;

	if (!seat_events(rq->db, rq->arena, &nums, &n_mine, err) ||
		!event_list(rq->db, rq->arena, &f, &events, &n, err))
		return false;
	for (size_t i = 0; i < n; i++) {
		const struct record *r = events[i].r;
		struct setup setup;

		if (is_among(r->num, nums, n_mine)) {
			add_next(rq, m, &events[i], 0, NULL);
		} else if (viewer_is_member(rq->viewer, r->space_id) && viewer_has_role(rq->viewer, r->space_id, ROLE_EDITOR)) {
			if (!setup_get(rq->db, rq->arena, r->num, &setup, err))
				return false;
			if (setup.exists && strcmp(setup.registration, "none") != 0)
				add_next(rq, m, &events[i], before, "You organize it");
		}
	}
	return true;
}
