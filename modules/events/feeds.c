/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Calendars: one event, public feeds, and feeds by a person's key. */
#include "seats.h"
#include "account.h"
#include "calendar_key.h"

#define ICS_TYPE "text/calendar; charset=utf-8"

const struct param feed_params[] = {
	{ "space", PARAM_SLUG, 0, 0, "Only events of this space" },
	{ "kind", PARAM_SLUG, 0, 0, "Only events of this kind" },
	{ NULL, 0, 0, 0, NULL }
};

/* How a calendar is asked for: joins: with links to join, of the events that the
 * viewer is registered for; mine: only these. */
struct asked {
	bool joins, mine;
};

bool is_among(int64_t num, const int64_t *nums, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (nums[i] == num)
			return true;
	return false;
}

static bool choose_events(struct request *rq, const struct asked *asked, const struct event *events, size_t n,
	struct ics_event **out, size_t *n_out, struct error *err)
{
	struct ics_event *list = arena_array(rq->arena, n ? n : 1, sizeof *list);
	int64_t *own = NULL;
	size_t n_own = 0;

	*n_out = 0;
	*out = list;
	if (asked->joins && !seat_events(rq->db, rq->arena, &own, &n_own, err))
		return false;
	for (size_t i = 0; i < n; i++) {
		bool comes = is_among(events[i].r->num, own, n_own), mine;
		const char *note;

		if (asked->mine && !comes)
			continue;
		struct ics_event *x = &list[(*n_out)++];
		*x = (struct ics_event){ &events[i], page_absolute(rq, page_record_url(rq, events[i].r)), NULL };
		if (comes && !join_get(rq->db, rq->arena, events[i].r->num, &x->join, &note, &mine, err))
			return false;
	}
	return true;
}

static bool send_calendar(struct request *rq, struct response *rs, const char *name, const struct event *events,
	size_t n, const struct asked *asked, struct error *err)
{
	struct ics_event *list;

	if (!choose_events(rq, asked, events, n, &list, &n, err))
		return false;
	rs->type = ICS_TYPE;
	rs->cacheable = rq->viewer->kind == VIEWER_NOBODY;
	return ics_write(rq->arena, name, list, n, &rs->body, err);
}

bool event_ics(struct request *rq, struct response *rs, struct error *err)
{
	struct event_filter f = { 0 };
	struct event *events;
	struct record *r;
	size_t n;

	if (!record_get(rq->db, rq->arena, rq->space->slug, "event", request_arg(rq, "slug"), &r, err))
		return false;
	record_note_read(rq, r, "calendar");
	f.num = r->num;
	if (!event_list(rq->db, rq->arena, &f, &events, &n, err))
		return false;
	response_header(rs, "Content-Disposition", arena_printf(rq->arena, "attachment; filename=\"%s.ics\"", r->slug));
	return send_calendar(rq, rs, NULL, events, n, &(struct asked){ .joins = true }, err);
}

static const char *feed_name(struct request *rq, const char *space, const char *kind)
{
	struct space *s = NULL;
	struct error quiet = { 0 };
	const char *what = kind ? event_kind_name(kind) : "Events";

	if (!space || !space_by_slug(rq->db, rq->arena, space, &s, &quiet))
		return kind ? arena_printf(rq->arena, "%s (National network)", what) : "Events of the National network";
	return arena_printf(rq->arena, "%s (%s)", what, s->short_name);
}

static bool send_feed(struct request *rq, struct response *rs, const struct event_filter *f,
	const struct asked *asked, struct error *err)
{
	struct event *events;
	size_t n;

	return event_list(rq->db, rq->arena, f, &events, &n, err) &&
		send_calendar(rq, rs, asked->mine ? "My events" : feed_name(rq, f->space, f->kind), events, n, asked, err);
}

bool public_feed(struct request *rq, struct response *rs, struct error *err)
{
	struct event_filter f = { .space = request_arg(rq, "space"), .kind = request_arg(rq, "kind") };

	/* Below a space, that space's own. */
	if (!f.space && strcmp(rq->space->slug, SPACE_NATIONAL) != 0)
		f.space = rq->space->slug;
	return send_feed(rq, rs, &f, &(struct asked){ .joins = false }, err);
}

/* ---- by key ---- */

bool key_feed(struct request *rq, struct response *rs, struct error *err)
{
	struct calendar_key *key;
	bool ok;

	if (!calendar_key_open(rq, request_arg(rq, "key"), false, &key, err))
		return false;
	struct event_filter f = { .space = key->space, .kind = key->kind };
	ok = send_feed(rq, rs, &f, &(struct asked){ .joins = true, .mine = key->mine }, err);
	rs->cacheable = false;
	response_header(rs, "X-Robots-Tag", "noindex");
	return ok;
}

/* ---- the page of one's keys ---- */

const struct param keys_params[] = {
	{ "done", PARAM_SLUG, 0, 0, "What was just done" },
	{ NULL, 0, 0, 0, NULL }
};

static bool put_choices(struct request *rq, struct data *page, struct error *err)
{
	const char *space = request_form(rq, "space"), *kind = request_form(rq, "kind");
	struct space *spaces;
	size_t n;

	if (!space_list(rq->db, rq->arena, &spaces, &n, err))
		return false;
	data_text(page, "mine_checked", request_form(rq, "mine") ? "checked" : NULL);
	page_option(page, "spaces", "", "All spaces that you see", space);
	for (size_t i = 0; i < n; i++)
		page_option(page, "spaces", spaces[i].slug, spaces[i].name, space);
	page_option(page, "kinds", "", "All kinds of events", kind);
	for (size_t i = 0; event_kinds[i][0]; i++)
		page_option(page, "kinds", event_kinds[i][0], event_kinds[i][1], kind);
	return true;
}

static const char *plan_key_name(struct request *rq, const char *space)
{
	struct error quiet = { 0 };
	struct space *s;

	return space && space_by_slug(rq->db, rq->arena, space, &s, &quiet) ?
		arena_printf(rq->arena, "Dates of a plan (%s)", s->short_name) : "Dates of a plan";
}

static bool put_keys(struct request *rq, struct data *page, struct error *err)
{
	struct calendar_key *keys;
	size_t n;

	if (!calendar_key_list(rq->db, rq->arena, rq->account->id, &keys, &n, err))
		return false;
	for (size_t i = 0; i < n; i++) {
		struct data *item = data_item(page, "keys");

		data_text(item, "name", keys[i].plan ? plan_key_name(rq, keys[i].space) : keys[i].mine ? "Events that you are registered for" :
			feed_name(rq, keys[i].space, keys[i].kind));
		data_text(item, "made", moment_human(rq->arena, keys[i].created_us));
		data_text(item, "used", keys[i].used_us ? moment_human(rq->arena, keys[i].used_us) : NULL);
		data_url(item, "revoke_url", url_path(rq->arena, "/calendars/%s/revoke", keys[i].id));
	}
	return true;
}

/* secret: of the key just made, or NULL. */
static bool keys_show(struct request *rq, struct response *rs, const char *secret, const struct error *wrong,
	struct error *err)
{
	const char *title = "Your calendar addresses", *done = rq->method == HTTP_POST ? NULL : request_arg(rq, "done");
	struct data *page = page_create(rq, wrong ? arena_printf(rq->arena, "Error: %s", title) : title);

	data_text(page, "heading", title);
	page_crumb(page, "Events", url_path(rq->arena, "%b/events", rq->base));
	page_crumb(page, title, (struct url){ NULL });
	if (wrong) {
		data_text(page, "wrong", wrong->text);
		rs->status = error_status(wrong->kind);
	}
	data_text(page, "done", done && strcmp(done, "revoked") == 0 ? "The address is revoked: it opens nothing any more." :
		NULL);
	if (secret)
		data_text(page, "address", page_absolute(rq, url_path(rq->arena, "/calendars/%s/events.ics", secret)));
	data_text(page, "public_address", page_absolute(rq, url_path(rq->arena, "/events/calendar.ics")));
	data_url(page, "make_url", url_path(rq->arena, "/calendars"));
	return put_choices(rq, page, err) && put_keys(rq, page, err) && page_send_private(rq, rs, "calendars", page, err);
}

bool keys_page(struct request *rq, struct response *rs, struct error *err)
{
	return keys_show(rq, rs, NULL, NULL, err);
}

struct key_write {
	struct request *rq;
	struct calendar_key key;
	char secret[SECRET_SIZE];
	bool found;
};

static bool write_key(struct db *w, void *arg, struct error *err)
{
	struct key_write *k = arg;

	return calendar_key_add(w, &k->key, k->secret, err);
}

static bool is_kind(const char *word)
{
	for (size_t i = 0; event_kinds[i][0]; i++)
		if (strcmp(event_kinds[i][0], word) == 0)
			return true;
	return false;
}

bool key_add(struct request *rq, const struct calendar_key *key, char secret[SECRET_SIZE], struct error *err)
{
	struct key_write k = { .rq = rq, .key = *key };
	struct error absent = { 0 };
	struct space *s;

	if (key->space && (!text_is_slug(key->space) || !space_by_slug(rq->db, rq->arena, key->space, &s, &absent)))
		return error_set(err, ERROR_INVALID, "Choose a space of the list.");
	if (key->kind && !is_kind(key->kind))
		return error_set(err, ERROR_INVALID, "Choose a kind of the list.");
	if (!request_write_wake(rq, write_key, &k, err))
		return false;
	memcpy(secret, k.secret, SECRET_SIZE);
	return true;
}

bool key_make(struct request *rq, struct response *rs, struct error *err)
{
	const char *space = request_form(rq, "space"), *kind = request_form(rq, "kind");
	struct calendar_key key = { .account_id = rq->account->id, .space = space && *space ? space : NULL,
		.kind = kind && *kind ? kind : NULL, .mine = request_form(rq, "mine") };
	char secret[SECRET_SIZE];
	struct error wrong = { 0 };

	if (!key_add(rq, &key, secret, &wrong)) {
		if (wrong.kind == ERROR_CONFLICT || wrong.kind == ERROR_INVALID)
			return keys_show(rq, rs, NULL, &wrong, err);
		*err = wrong;
		return false;
	}
	/* This read began before the write; the new one is shown by its address. */
	db_end(rq->db);
	return db_begin(rq->db, rq->viewer, err) && keys_show(rq, rs, secret, NULL, err);
}

static bool write_revoke(struct db *w, void *arg, struct error *err)
{
	struct key_write *k = arg;

	return calendar_key_revoke(w, k->rq->account->id, k->key.id, &k->found, err);
}

bool key_take(struct request *rq, const char *id, bool *found, struct error *err)
{
	struct key_write k = { .rq = rq, .key = { .id = id } };

	if (!request_write_wake(rq, write_revoke, &k, err))
		return false;
	*found = k.found;
	return true;
}

bool key_revoke(struct request *rq, struct response *rs, struct error *err)
{
	bool found;

	return key_take(rq, request_arg(rq, "id"), &found, err) &&
		response_redirect(rs, url_query(rq->arena, url_path(rq->arena, "/calendars"), "done", "revoked"));
}
