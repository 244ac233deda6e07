/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Events in the API: dates, one event, registration, settings, calendars, mail.
 * An event is found by its record's id, so these addresses are of no space: who
 * organizes is asked here. */
#include "notices.h"
#include "account.h"
#include "audit.h"
#include "calendar_key.h"
#include "zone.h"

#define DAY_US (24LL * 3600 * 1000000)

const struct param api_event_params[] = {
	{ "from", PARAM_TEXT, 0, 0, "Dates that end after this day (UTC), as 2026-12-09; from now on unless set" },
	{ "before", PARAM_TEXT, 0, 0, "Dates that start before this day (UTC)" },
	{ "space", PARAM_SLUG, 0, 0, "Only events of this space" },
	{ "kind", PARAM_SLUG, 0, 0, "Only events of this kind" },
	{ "limit", PARAM_INT, 1, 500, "Dates in one answer; 100 unless set" },
	{ NULL, 0, 0, 0, NULL }
};

static void set_moment(struct arena *a, json_t *o, const char *name, int64_t us)
{
	char local[17];

	if (!us)
		return;
	zone_local("Etc/UTC", us, local);
	json_object_set_new(o, name, json_string(arena_printf(a, "%s:00Z", local)));
}

static json_t *date_json(struct request *rq, const struct date *d, bool with_event)
{
	json_t *o = json_object();

	if (with_event) {
		json_set_text(o, "event", d->event->r->id);
		json_set_text(o, "space", d->event->r->space_slug);
		json_set_text(o, "kind", d->event->r->group);
		json_set_text(o, "url", page_absolute(rq, page_record_url(rq, d->event->r)));
		json_set_text(o, "zone", d->event->r->zone);
	}
	json_set_text(o, "title", d->title);
	json_set_text(o, "starts", d->starts);
	json_set_text(o, "ends", d->ends);
	set_moment(rq->arena, o, "starts_utc", d->starts_us);
	set_moment(rq->arena, o, "ends_utc", d->ends_us);
	json_set_text(o, "venue", d->venue);
	json_set_text(o, "state", d->cancelled ? "cancelled" : d->tentative ? "tentative" : "confirmed");
	json_set_text(o, "date_by_rule", d->by_rule);
	return o;
}

static json_t *seat_json(struct request *rq, const struct seat *s)
{
	json_t *o = json_object();

	json_set_text(o, "id", s->id);
	json_set_text(o, "state", s->state);
	json_object_set_new(o, "place", json_integer(s->place));
	json_set_text(o, "role", s->role);
	json_object_set_new(o, "answers", json_loads(s->answers, 0, NULL));
	json_object_set_new(o, "may_be_named", json_boolean(s->consent));
	set_moment(rq->arena, o, "asked", s->created_us);
	set_moment(rq->arena, o, "checked_in", s->checked_in_us);
	return o;
}

static json_t *questions_json(struct request *rq, const struct setup *s)
{
	json_t *list = json_array();

	for (size_t i = 0; i < SETUP_FIELDS; i++) {
		const struct setup_field *f = &s->fields[i];
		char *lines = arena_strdup(rq->arena, f->choices), *save = NULL;

		if (!f->label)
			continue;
		json_t *o = json_pack("{s:s, s:s, s:b}", "label", f->label, "kind", f->kind, "required", f->required);
		if (lines && strcmp(f->kind, "choice") == 0) {
			json_t *choices = json_array();

			for (char *line = strtok_r(lines, "\n", &save); line; line = strtok_r(NULL, "\n", &save))
				json_array_append_new(choices, json_string(line));
			json_object_set_new(o, "choices", choices);
		}
		json_array_append_new(list, o);
	}
	return list;
}

/* The body as an object; in the arena's care. */
static bool read_body(struct request *rq, json_t **out, struct error *err)
{
	json_t *o = rq->body_len ? json_loadb(rq->body, rq->body_len, JSON_REJECT_DUPLICATES, NULL) : json_object();

	*out = o;
	json_owned(rq->arena, o);
	if (!json_is_object(o))
		error_set(err, ERROR_INVALID, "The body must be a JSON object.");
	return json_is_object(o);
}

static const char *text_of(const json_t *o, const char *name)
{
	const char *s = json_string_value(json_object_get(o, name));

	return s ? s : "";
}

static bool event_of(struct request *rq, struct event *e, struct error *err)
{
	struct event_filter f = { 0 };
	struct record *r;
	struct event *list;
	size_t n;

	if (!record_by_id(rq->db, rq->arena, request_arg(rq, "id"), &r, err))
		return false;
	f.num = r->num;
	if (!event_list(rq->db, rq->arena, &f, &list, &n, err))
		return false;
	if (n == 1)
		*e = list[0];
	else
		error_set(err, ERROR_NOT_FOUND, "There is no such event, or it is not open to you.");
	return n == 1;
}

/* The event, for its organizers; to all others it has no such parts. */
static bool organized(struct request *rq, struct event *e, struct error *err)
{
	return event_of(rq, e, err) && (viewer_has_role(rq->viewer, e->r->space_id, ROLE_EDITOR) ||
		error_set(err, ERROR_NOT_FOUND, "There is no such event, or it is not open to you."));
}

/* ---- dates ---- */

static bool day(const char *text, int64_t *us, struct error *err)
{
	char local[17];

	if (!text)
		return true;
	snprintf(local, sizeof local, "%.10sT00:00", text);
	return (strlen(text) == 10 && zone_to_utc("Etc/UTC", local, us, NULL)) ||
		error_set(err, ERROR_INVALID, "A day must be given as 2026-12-09.");
}

bool api_events(struct request *rq, struct response *rs, struct error *err)
{
	struct event_filter f = { .space = request_arg(rq, "space"), .kind = request_arg(rq, "kind") };
	int64_t from = clock_now_us(), before = 0, limit = request_arg_int(rq, "limit", 100);
	struct event *events;
	struct date *dates;
	size_t n, n_dates;

	if (!day(request_arg(rq, "from"), &from, err) || !day(request_arg(rq, "before"), &before, err) ||
		!event_list(rq->db, rq->arena, &f, &events, &n, err))
		return false;
	event_dates_between(rq->arena, events, n, from, before, &dates, &n_dates);
	json_t *items = json_array();
	for (size_t i = 0; i < n_dates && (int64_t)i < limit; i++)
		json_array_append_new(items, date_json(rq, &dates[i], true));
	if (!json_send(rq, rs, json_pack("{s:o, s:I}", "items", items, "total", (json_int_t)n_dates), "application/json", err))
		return false;
	rs->cacheable = rs->cacheable && request_arg(rq, "from"); /* else it depends on the clock */
	return true;
}

static bool put_registration_json(struct request *rq, json_t *root, const struct event *e, struct error *err)
{
	int64_t registered, waiting;
	const char *url, *note;
	struct seat *seat = NULL;
	struct setup s;
	bool mine;

	if (!setup_get(rq->db, rq->arena, e->r->num, &s, err) ||
		!seat_count(rq->db, e->r->num, &registered, &waiting, err) ||
		!join_get(rq->db, rq->arena, e->r->num, &url, &note, &mine, err) ||
		(rq->account && !seat_mine(rq->db, rq->arena, e->r->num, &seat, err)))
		return false;
	json_t *o = json_pack("{s:s, s:b, s:b, s:o}", "mode", s.registration, "waiting_list", s.waiting, "delegations",
		s.delegations, "questions", questions_json(rq, &s));
	if (s.capacity)
		json_object_set_new(o, "capacity", json_integer(s.capacity));
	set_moment(rq->arena, o, "closes", s.closes_us ? s.closes_us : event_until(rq->arena, e));
	if (rq->account) {
		json_object_set_new(o, "registered", json_integer(registered));
		json_object_set_new(o, "waiting", json_integer(waiting));
	}
	json_object_set_new(root, "registration", o);
	if (seat)
		json_object_set_new(root, "mine", seat_json(rq, seat));
	json_set_text(root, "join_url", url);
	json_set_text(root, "join_note", note);
	return true;
}

bool api_event(struct request *rq, struct response *rs, struct error *err)
{
	struct date *dates;
	struct event e;
	size_t n;

	if (!event_of(rq, &e, err))
		return false;
	record_note_read(rq, e.r, "JSON");
	json_t *root = json_object(), *list = json_array();
	json_object_set_new(root, "record", json_record(rq, e.r));
	json_object_set_new(root, "sequence", json_integer(e.sequence));
	json_set_text(root, "calendar_url", page_absolute(rq, url_path(rq->arena, "/s/%s/events/%s/event.ics", e.r->space_slug,
		e.r->slug)));
	event_dates(rq->arena, &e, &dates, &n);
	for (size_t i = 0; i < n; i++)
		json_array_append_new(list, date_json(rq, &dates[i], false));
	json_object_set_new(root, "dates", list);
	if (!put_registration_json(rq, root, &e, err)) {
		json_decref(root);
		return false;
	}
	return json_send(rq, rs, root, "application/json", err);
}

/* ---- registering ---- */

struct seat_write {
	struct request *rq;
	struct seat_new seat;
	const struct seat *own;
	const char *id, *act, *state;
	struct feedback feedback;
	const char **accounts;
	size_t n_accounts;
	const struct record *r;
	struct setup setup;
};

static bool write_take(struct db *w, void *arg, struct error *err)
{
	struct seat_write *s = arg;

	return seat_take(w, s->rq->arena, &s->seat, &s->state, err);
}

static bool send_state(struct request *rq, struct response *rs, const char *state, struct error *err)
{
	return json_send(rq, rs, json_pack("{s:s}", "state", state), "application/json", err);
}

/* {"answers": {question: answer}, ...} */
static bool read_registration(struct request *rq, const json_t *body, const struct setup *s, struct seat_new *n,
	struct error *err)
{
	const json_t *answers = json_object_get(body, "answers");
	const char *values[SETUP_FIELDS];

	for (size_t i = 0; i < SETUP_FIELDS; i++)
		values[i] = s->fields[i].label ? text_of(answers, s->fields[i].label) : "";
	n->consent = json_is_true(json_object_get(body, "may_be_named"));
	return answers_check(rq->arena, s, values, &n->answers, err) &&
		(!s->delegations || team_check(rq, text_of(body, "space"), text_of(body, "role"), n, err));
}

bool api_register(struct request *rq, struct response *rs, struct error *err)
{
	struct seat_write w = { .rq = rq };
	struct setup s;
	struct event e;
	json_t *body;

	if (!event_of(rq, &e, err) || !read_body(rq, &body, err) || !setup_get(rq->db, rq->arena, e.r->num, &s, err))
		return false;
	w.seat = (struct seat_new){ .event_num = e.r->num, .account_id = rq->account->id,
		.until_us = event_until(rq->arena, &e) };
	const char *state = details_text(e.details, "state");
	if (state && strcmp(state, "cancelled") == 0)
		return error_set(err, ERROR_CONFLICT, "This event is cancelled.");
	return read_registration(rq, body, &s, &w.seat, err) && request_write_wake(rq, write_take, &w, err) &&
		send_state(rq, rs, w.state, err);
}

static bool write_cancel(struct db *w, void *arg, struct error *err)
{
	struct seat_write *s = arg;

	return seat_cancel(w, s->rq->arena, s->seat.event_num, s->seat.account_id, err);
}

bool api_cancel(struct request *rq, struct response *rs, struct error *err)
{
	struct seat_write w = { .rq = rq };
	struct event e;

	if (!event_of(rq, &e, err))
		return false;
	w.seat = (struct seat_new){ .event_num = e.r->num, .account_id = rq->account->id };
	return request_write_wake(rq, write_cancel, &w, err) && send_state(rq, rs, "cancelled", err);
}

static bool write_feedback(struct db *w, void *arg, struct error *err)
{
	struct seat_write *s = arg;

	return feedback_add(w, s->own, &s->feedback, err);
}

bool api_feedback(struct request *rq, struct response *rs, struct error *err)
{
	struct seat_write w = { .rq = rq };
	struct seat *own;
	struct event e;
	json_t *body;

	if (!event_of(rq, &e, err) || !read_body(rq, &body, err) || !seat_mine(rq->db, rq->arena, e.r->num, &own, err))
		return false;
	w.own = own;
	w.feedback = (struct feedback){ json_integer_value(json_object_get(body, "rating")), text_of(body, "text") };
	if (!own || strcmp(own->state, "registered") != 0 || e.r->starts_us > clock_now_us())
		return error_set(err, ERROR_CONFLICT, "Feedback is for those who are registered, once the event has begun.");
	if (w.feedback.rating < 1 || w.feedback.rating > 5 || strlen(w.feedback.text) > 4000)
		return error_set(err, ERROR_INVALID, "The rating is 1 to 5, the text at most 4000 bytes.");
	return request_write_wake(rq, write_feedback, &w, err) && send_state(rq, rs, "given", err);
}

/* ---- organizing ---- */

/* Organizers see all, editors of a delegation's space theirs, everyone their own. */
bool api_seats(struct request *rq, struct response *rs, struct error *err)
{
	struct seat *seats;
	struct event e;
	size_t n;

	if (!event_of(rq, &e, err) || !seat_list(rq->db, rq->arena, e.r->num, &seats, &n, err))
		return false;
	bool organizes = viewer_has_role(rq->viewer, e.r->space_id, ROLE_EDITOR);
	json_t *items = json_array();
	for (size_t i = 0; i < n; i++) {
		json_t *o = seat_json(rq, &seats[i]);
		struct account *account;

		json_array_append_new(items, o);
		if (!account_get(rq->db, rq->arena, seats[i].account_id, &account, err)) {
			json_decref(items);
			return false;
		}
		json_set_text(o, "name", account->name);
		if (organizes)
			json_set_text(o, "email", account->email);
	}
	if (organizes)
		audit_note(rq, "event.export", e.r->id, "attendees as JSON");
	return json_send(rq, rs, json_pack("{s:o, s:I}", "items", items, "total", (json_int_t)n), "application/json", err);
}

static bool write_act(struct db *w, void *arg, struct error *err)
{
	struct seat_write *s = arg;
	struct audit_entry e = audit_entry(s->rq, "event.seat", s->id, s->act);

	return seat_act(w, s->rq->arena, s->r->num, s->id, s->act, err) && audit_write(w, &e, err);
}

bool api_seat(struct request *rq, struct response *rs, struct error *err)
{
	struct seat_write w = { .rq = rq, .id = request_arg(rq, "seat") };
	struct event e;
	json_t *body;

	if (!organized(rq, &e, err) || !read_body(rq, &body, err))
		return false;
	w.r = e.r;
	w.act = text_of(body, "act");
	return request_write_wake(rq, write_act, &w, err) && send_state(rq, rs, "done", err);
}

static bool write_invite(struct db *w, void *arg, struct error *err)
{
	struct seat_write *s = arg;
	struct audit_entry e = audit_entry(s->rq, "event.invite", s->r->id, NULL);

	for (size_t i = 0; i < s->n_accounts; i++)
		if (!seat_invite(w, s->rq->arena, s->r->num, s->accounts[i], err))
			return false;
	return audit_write(w, &e, err);
}

bool api_invite(struct request *rq, struct response *rs, struct error *err)
{
	struct seat_write w = { .rq = rq };
	const json_t *list, *who;
	struct event e;
	json_t *body;
	size_t i;

	if (!organized(rq, &e, err) || !read_body(rq, &body, err))
		return false;
	w.r = e.r;
	list = json_object_get(body, "who");
	if (!json_is_array(list) || json_array_size(list) < 1 || json_array_size(list) > 200)
		return error_set(err, ERROR_INVALID, "'who' is a list of 1 to 200 logins or e-mail addresses.");
	w.accounts = arena_array(rq->arena, json_array_size(list), sizeof *w.accounts);
	json_array_foreach(list, i, who) {
		const char *text = json_string_value(who);
		struct account *found;
		size_t n;

		if (!account_by_login_or_email(rq->db, rq->arena, text ? text : "", &found, &n, err))
			return false;
		if (n != 1)
			return error_set(err, ERROR_INVALID, "'%.100s' is not the login or address of one member.", text ? text : "");
		w.accounts[w.n_accounts++] = found->id;
	}
	return request_write_wake(rq, write_invite, &w, err) && send_state(rq, rs, "invited", err);
}

static json_t *setup_json(struct request *rq, const struct setup *s)
{
	json_t *places = json_object();

	for (size_t i = 0; i < TEAM_ROLES; i++)
		json_object_set_new(places, team_roles[i], json_integer(s->places[i]));
	json_t *o = json_pack("{s:s, s:I, s:b, s:b, s:b, s:s, s:o, s:o, s:I}", "registration", s->registration, "capacity",
		(json_int_t)s->capacity, "waiting_list", s->waiting, "delegations", s->delegations, "show_names", s->show_names,
		"reminders", s->reminders, "questions", questions_json(rq, s), "places", places, "version",
		(json_int_t)s->version);
	json_set_text(o, "closes", s->closes);
	json_set_text(o, "join_url", s->join_url);
	json_set_text(o, "join_note", s->join_note);
	return o;
}

bool api_setup(struct request *rq, struct response *rs, struct error *err)
{
	struct setup s;
	struct event e;
	bool mine;

	return organized(rq, &e, err) && setup_get(rq->db, rq->arena, e.r->num, &s, err) &&
		join_get(rq->db, rq->arena, e.r->num, &s.join_url, &s.join_note, &mine, err) &&
		json_send(rq, rs, setup_json(rq, &s), "application/json", err);
}

/* The same checks as the page's form has: the body is turned into its fields. */
static void put_pair(struct request *rq, const char *name, const char *value)
{
	rq->form[rq->n_form].name = name;
	rq->form[rq->n_form++].value = arena_strdup(rq->arena, value ? value : "");
}

static void put_flag(struct request *rq, const json_t *body, const char *name, const char *field)
{
	put_pair(rq, field, json_is_true(json_object_get(body, name)) ? "yes" : "");
}

static void put_question(struct request *rq, const json_t *question, size_t i)
{
	const json_t *choice, *choices = json_object_get(question, "choices");
	const char *lines = "";
	size_t k;

	json_array_foreach(choices, k, choice)
		lines = arena_printf(rq->arena, "%s%s\n", lines, json_string_value(choice) ? json_string_value(choice) : "");
	put_pair(rq, arena_printf(rq->arena, "label_%zu", i), text_of(question, "label"));
	put_pair(rq, arena_printf(rq->arena, "kind_%zu", i), text_of(question, "kind"));
	put_pair(rq, arena_printf(rq->arena, "choices_%zu", i), lines);
	put_flag(rq, question, "required", arena_printf(rq->arena, "required_%zu", i));
}

/* "1440 60" (minutes, as the answer of GET) as the form has it. */
static const char *reminder_form(struct arena *a, const char *minutes)
{
	const char *out = "";

	for (const char *s = minutes; *s; s += strcspn(s, " "), s += strspn(s, " "))
		out = arena_printf(a, "%s%.*smin ", out, (int)strcspn(s, " "), s);
	return out;
}

static void body_to_form(struct request *rq, const json_t *body)
{
	const json_t *questions = json_object_get(body, "questions"), *places = json_object_get(body, "places");
	static const char *const texts[] = { "registration", "closes", "join_url", "join_note" };
	static const char *const numbers[] = { "capacity", "version" };
	static const char *const flags[][2] = { { "waiting_list", "waiting" }, { "delegations", "delegations" },
		{ "show_names", "show_names" } };

	rq->form = arena_array(rq->arena, 64, sizeof *rq->form);
	rq->n_form = 0;
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
		put_pair(rq, texts[i], text_of(body, texts[i]));
	for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
		put_pair(rq, numbers[i], arena_printf(rq->arena, "%lld",
			(long long)json_integer_value(json_object_get(body, numbers[i]))));
	for (size_t i = 0; i < sizeof flags / sizeof *flags; i++)
		put_flag(rq, body, flags[i][0], flags[i][1]);
	put_pair(rq, "reminders", reminder_form(rq->arena, text_of(body, "reminders")));
	for (size_t i = 0; i < TEAM_ROLES; i++)
		put_pair(rq, arena_printf(rq->arena, "places_%s", team_roles[i]), arena_printf(rq->arena, "%lld",
			(long long)json_integer_value(json_object_get(places, team_roles[i]))));
	for (size_t i = 0; i < SETUP_FIELDS && i < json_array_size(questions); i++)
		put_question(rq, json_array_get(questions, i), i);
}

bool api_setup_put(struct request *rq, struct response *rs, struct error *err)
{
	struct setup s;
	struct event e;
	json_t *body;

	if (!organized(rq, &e, err) || !read_body(rq, &body, err))
		return false;
	body_to_form(rq, body);
	if (!setup_read(rq, e.r, &s, err) || !setup_write(rq, e.r, &s, err))
		return false;
	s.version++;
	return json_send(rq, rs, setup_json(rq, &s), "application/json", err);
}

/* ---- calendars ---- */

bool api_keys(struct request *rq, struct response *rs, struct error *err)
{
	struct calendar_key *keys;
	json_t *items;
	size_t n;

	if (!calendar_key_list(rq->db, rq->arena, rq->account->id, &keys, &n, err))
		return false;
	items = json_array();
	for (size_t i = 0; i < n; i++) {
		json_t *o = json_pack("{s:s, s:b}", "id", keys[i].id, "mine", keys[i].mine);

		json_set_text(o, "space", keys[i].space);
		json_set_text(o, "kind", keys[i].kind);
		json_set_text(o, "plan", keys[i].plan);
		set_moment(rq->arena, o, "made", keys[i].created_us);
		set_moment(rq->arena, o, "used", keys[i].used_us);
		json_array_append_new(items, o);
	}
	return json_send(rq, rs, json_pack("{s:o}", "items", items), "application/json", err);
}

bool api_key_make(struct request *rq, struct response *rs, struct error *err)
{
	struct calendar_key key = { .account_id = rq->account->id };
	char secret[SECRET_SIZE];
	json_t *body;

	if (!read_body(rq, &body, err))
		return false;
	key.space = *text_of(body, "space") ? text_of(body, "space") : NULL;
	key.kind = *text_of(body, "kind") ? text_of(body, "kind") : NULL;
	key.mine = json_is_true(json_object_get(body, "mine"));
	return key_add(rq, &key, secret, err) && json_send(rq, rs, json_pack("{s:s}", "url", page_absolute(rq,
		url_path(rq->arena, "/calendars/%s/events.ics", secret))), "application/json", err);
}

bool api_key_revoke(struct request *rq, struct response *rs, struct error *err)
{
	bool found;

	if (!key_take(rq, request_arg(rq, "id"), &found, err))
		return false;
	return found ? send_state(rq, rs, "revoked", err) :
		error_set(err, ERROR_NOT_FOUND, "You have no such calendar address.");
}

/* ---- mail ---- */

static json_t *wishes_json(const struct wishes *w)
{
	json_t *o = json_pack("{s:b, s:b, s:b, s:s}", "registrations", w->registrations, "reminders", w->reminders,
		"materials", w->materials, "digest", w->digest);

	json_set_text(o, "zone", w->zone);
	return o;
}

bool api_notices(struct request *rq, struct response *rs, struct error *err)
{
	struct wishes w;

	return wishes_get(rq->db, rq->arena, rq->account->id, &w, err) &&
		json_send(rq, rs, wishes_json(&w), "application/json", err);
}

struct wishes_write {
	const char *account_id;
	struct wishes wishes;
};

static bool write_wishes(struct db *w, void *arg, struct error *err)
{
	const struct wishes_write *s = arg;

	return wishes_save(w, s->account_id, &s->wishes, err);
}

bool api_notices_put(struct request *rq, struct response *rs, struct error *err)
{
	struct wishes_write w = { .account_id = rq->account->id };
	const char *digest;
	json_t *body;

	if (!read_body(rq, &body, err) || !wishes_get(rq->db, rq->arena, rq->account->id, &w.wishes, err))
		return false;
	digest = text_of(body, "digest");
	if (strcmp(digest, "none") != 0 && strcmp(digest, "daily") != 0 && strcmp(digest, "weekly") != 0)
		return error_set(err, ERROR_INVALID, "digest is none, daily or weekly.");
	w.wishes.registrations = json_is_true(json_object_get(body, "registrations"));
	w.wishes.reminders = json_is_true(json_object_get(body, "reminders"));
	w.wishes.materials = json_is_true(json_object_get(body, "materials"));
	w.wishes.digest = digest;
	return request_write_wake(rq, write_wishes, &w, err) && json_send(rq, rs, wishes_json(&w.wishes), "application/json", err);
}
