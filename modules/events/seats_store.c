/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is kept of seats. Writes run one after another on the writer's thread, so
 * counting and taking in one transaction can neither oversell nor overtake. */
#include "notices.h"
#include "store_system.h"

const char *const team_roles[TEAM_ROLES] = { "law-enforcement", "prosecutor", "community", "services", "research",
	"project-manager" };

/* ---- reading ---- */

static bool read_fields(struct db *db, struct arena *a, int64_t num, struct setup *s, struct error *err)
{
	struct query q;

	db_query(db, &q, "SELECT position, label, kind, choices, required FROM v_event_field WHERE event_num = :num");
	q_int(&q, ":num", num);
	while (q_row(&q)) {
		int64_t i = q_col_int(&q, 0);

		if (i < 0 || i >= SETUP_FIELDS)
			continue;
		s->fields[i].label = q_col_text(&q, a, 1);
		s->fields[i].kind = q_col_text(&q, a, 2);
		s->fields[i].choices = q_col_text(&q, a, 3);
		s->fields[i].required = q_col_int(&q, 4);
	}
	if (!q_done(&q, err))
		return false;
	db_query(db, &q, "SELECT role, places FROM v_event_place WHERE event_num = :num");
	q_int(&q, ":num", num);
	while (q_row(&q)) {
		const char *role = q_col_text(&q, a, 0);

		for (size_t i = 0; i < TEAM_ROLES; i++)
			if (strcmp(team_roles[i], role) == 0)
				s->places[i] = q_col_int(&q, 1);
	}
	return q_done(&q, err);
}

#define SETUP_COLUMNS "registration, capacity, closes, closes_us, waiting, delegations, show_names, version, reminders"

static void read_setup(struct query *q, struct arena *a, struct setup *s)
{
	s->exists = true;
	s->registration = q_col_text(q, a, 0);
	s->capacity = q_col_int(q, 1);
	s->closes = q_col_text(q, a, 2);
	s->closes_us = q_col_int(q, 3);
	s->waiting = q_col_int(q, 4);
	s->delegations = q_col_int(q, 5);
	s->show_names = q_col_int(q, 6);
	s->version = q_col_int(q, 7);
	s->reminders = q_col_text(q, a, 8);
}

bool setup_get(struct db *db, struct arena *a, int64_t num, struct setup *out, struct error *err)
{
	struct query q;

	*out = (struct setup){ .registration = "none", .waiting = true, .reminders = "" };
	db_query(db, &q, "SELECT " SETUP_COLUMNS " FROM v_event_setup WHERE event_num = :num");
	q_int(&q, ":num", num);
	while (q_row(&q))
		read_setup(&q, a, out);
	return q_done(&q, err) && read_fields(db, a, num, out, err);
}

bool join_get(struct db *db, struct arena *a, int64_t num, const char **url, const char **note, bool *mine,
	struct error *err)
{
	struct query q;

	*url = *note = NULL;
	*mine = false;
	db_query(db, &q, "SELECT join_url, join_note, mine FROM v_event_join WHERE event_num = :num");
	q_int(&q, ":num", num);
	while (q_row(&q)) {
		*url = q_col_text(&q, a, 0);
		*note = q_col_text(&q, a, 1);
		*mine = q_col_int(&q, 2);
	}
	return q_done(&q, err);
}

#define SEAT_COLUMNS "id, account_id, event_num, about_space, role, state, place, answers, consent, created_us, " \
	"changed_us, checked_in_us, gave_feedback, revision"

static void read_seat(struct query *q, struct arena *a, struct seat *s)
{
	s->id = q_col_text(q, a, 0);
	s->account_id = q_col_text(q, a, 1);
	s->event_num = q_col_int(q, 2);
	s->space_id = q_col_text(q, a, 3);
	s->role = q_col_text(q, a, 4);
	s->state = q_col_text(q, a, 5);
	s->place = q_col_int(q, 6);
	s->answers = q_col_text(q, a, 7);
	s->consent = q_col_int(q, 8);
	s->created_us = q_col_int(q, 9);
	s->changed_us = q_col_int(q, 10);
	s->checked_in_us = q_col_int(q, 11);
	s->gave_feedback = q_col_int(q, 12);
	s->revision = q_col_int(q, 13);
}

bool seat_mine(struct db *db, struct arena *a, int64_t num, struct seat **out, struct error *err)
{
	struct query q;

	*out = NULL;
	db_query(db, &q, "SELECT " SEAT_COLUMNS " FROM v_event_seat WHERE event_num = :num AND mine");
	q_int(&q, ":num", num);
	while (q_row(&q))
		read_seat(&q, a, *out = arena_alloc(a, sizeof **out));
	return q_done(&q, err);
}

bool seat_events(struct db *db, struct arena *a, int64_t **nums, size_t *n, struct error *err)
{
	struct query q;

	*n = 0;
	*nums = NULL;
	db_query(db, &q, "SELECT count(*) OVER (), event_num FROM v_event_seat WHERE mine AND state = 'registered'");
	while (q_row(&q)) {
		if (!*nums)
			*nums = arena_array(a, (size_t)q_col_int(&q, 0), sizeof **nums);
		(*nums)[(*n)++] = q_col_int(&q, 1);
	}
	return q_done(&q, err);
}

bool seat_list(struct db *db, struct arena *a, int64_t num, struct seat **out, size_t *n, struct error *err)
{
	struct query q;

	*n = 0;
	*out = NULL;
	db_query(db, &q, "SELECT " SEAT_COLUMNS ", count(*) OVER () FROM v_event_seat WHERE event_num = :num ORDER BY place");
	q_int(&q, ":num", num);
	while (q_row(&q)) {
		if (!*out)
			*out = arena_array(a, (size_t)q_col_int(&q, 14), sizeof **out);
		read_seat(&q, a, &(*out)[(*n)++]);
	}
	return q_done(&q, err);
}

bool seat_count(struct db *db, int64_t num, int64_t *registered, int64_t *waiting, struct error *err)
{
	struct query q;

	*registered = *waiting = 0;
	db_query(db, &q, "SELECT sum(state = 'registered'), sum(state = 'waiting') FROM v_event_queue WHERE event_num = :num");
	q_int(&q, ":num", num);
	while (q_row(&q)) {
		*registered = q_col_int(&q, 0);
		*waiting = q_col_int(&q, 1);
	}
	return q_done(&q, err);
}

bool seat_queue(struct db *db, int64_t num, int64_t place, int64_t *n, struct error *err)
{
	struct query q;

	*n = 0;
	db_query(db, &q, "SELECT count(*) FROM v_event_queue WHERE event_num = :num AND state = 'waiting' AND place <= :place");
	q_int(&q, ":num", num);
	q_int(&q, ":place", place);
	while (q_row(&q))
		*n = q_col_int(&q, 0);
	return q_done(&q, err);
}

bool seat_named(struct db *db, struct arena *a, int64_t num, const char ***accounts, size_t *n, struct error *err)
{
	struct query q;

	*n = 0;
	*accounts = NULL;
	db_query(db, &q, "SELECT count(*) OVER (), account_id FROM v_event_named WHERE event_num = :num");
	q_int(&q, ":num", num);
	while (q_row(&q)) {
		if (!*accounts)
			*accounts = arena_array(a, (size_t)q_col_int(&q, 0), sizeof **accounts);
		(*accounts)[(*n)++] = q_col_text(&q, a, 1);
	}
	return q_done(&q, err);
}

bool feedback_list(struct db *db, struct arena *a, int64_t num, struct feedback **out, size_t *n, struct error *err)
{
	struct query q;

	*n = 0;
	*out = NULL;
	db_query(db, &q, "SELECT count(*) OVER (), rating, text FROM v_event_feedback WHERE event_num = :num ORDER BY id");
	q_int(&q, ":num", num);
	while (q_row(&q)) {
		if (!*out)
			*out = arena_array(a, (size_t)q_col_int(&q, 0), sizeof **out);
		(*out)[*n].rating = q_col_int(&q, 1);
		(*out)[(*n)++].text = q_col_text(&q, a, 2);
	}
	return q_done(&q, err);
}

/* ---- seats ---- */

static bool one_int(struct query *q, int64_t *out, struct error *err)
{
	*out = 0;
	while (q_row(q))
		*out = q_col_int(q, 0);
	return q_done(q, err);
}

static bool setup_now(struct db *w, struct arena *a, int64_t num, struct setup *out, struct error *err)
{
	struct query q;

	*out = (struct setup){ .registration = "none" };
	db_query(w, &q, "SELECT " SETUP_COLUMNS " FROM event_setup WHERE event_num = :num");
	q_int(&q, ":num", num);
	while (q_row(&q))
		read_setup(&q, a, out);
	return q_done(&q, err);
}

static bool seat_now(struct db *w, struct arena *a, int64_t num, const char *account_id, const char *id,
	struct seat **out, struct error *err)
{
	struct query q;

	*out = NULL;
	db_query(w, &q, "SELECT " SEAT_COLUMNS " FROM event_seat WHERE event_num = :num AND "
		"(account_id = :account OR id = :id)");
	q_int(&q, ":num", num);
	q_text(&q, ":account", account_id);
	q_text(&q, ":id", id);
	while (q_row(&q))
		read_seat(&q, a, *out = arena_alloc(a, sizeof **out));
	return q_done(&q, err);
}

/* May one more of this delegation and role (NULL: of none) come? */
static bool fits(struct db *w, const struct setup *s, int64_t num, const char *space_id, const char *role, bool *yes,
	struct error *err)
{
	struct query q;
	int64_t taken, places;

	db_query(w, &q, "SELECT count(*) FROM event_seat WHERE event_num = :num AND state = 'registered'");
	q_int(&q, ":num", num);
	if (!one_int(&q, &taken, err))
		return false;
	*yes = !s->capacity || taken < s->capacity;
	if (!*yes || !s->delegations || !space_id)
		return true;
	db_query(w, &q, "SELECT count(*) FROM event_seat WHERE event_num = :num AND state = 'registered' AND "
		"about_space = :space AND role = :role");
	q_int(&q, ":num", num);
	q_text(&q, ":space", space_id);
	q_text(&q, ":role", role);
	if (!one_int(&q, &taken, err))
		return false;
	db_query(w, &q, "SELECT places FROM event_place WHERE event_num = :num AND role = :role");
	q_int(&q, ":num", num);
	q_text(&q, ":role", role);
	if (!one_int(&q, &places, err))
		return false;
	*yes = taken < places;
	return true;
}

static bool set_state(struct db *w, struct arena *a, const struct seat *s, const char *state, struct error *err)
{
	struct query q;

	db_query(w, &q, "UPDATE event_seat SET state = :state, changed_us = :now, revision = revision + (:state = 'cancelled') "
		"WHERE id = :id");
	q_text(&q, ":state", state);
	q_int(&q, ":now", clock_now_us());
	q_text(&q, ":id", s->id);
	return q_run(&q, err) && notice_add(w, a, s->event_num, s->account_id, state, NULL, err);
}

/* Free seats go to who waits, in the order of asking; whom no place of the own
 * delegation is free for is passed over, and keeps waiting. */
static bool promote(struct db *w, struct arena *a, int64_t num, struct error *err)
{
	struct setup s;
	struct seat *waiting = NULL;
	size_t n = 0;
	struct query q;

	if (!setup_now(w, a, num, &s, err))
		return false;
	db_query(w, &q, "SELECT " SEAT_COLUMNS ", count(*) OVER () FROM event_seat WHERE event_num = :num AND "
		"state = 'waiting' ORDER BY place");
	q_int(&q, ":num", num);
	while (q_row(&q)) {
		if (!waiting)
			waiting = arena_array(a, (size_t)q_col_int(&q, 14), sizeof *waiting);
		read_seat(&q, a, &waiting[n++]);
	}
	if (!q_done(&q, err))
		return false;
	for (size_t i = 0; i < n; i++) {
		bool yes;

		if (!fits(w, &s, num, waiting[i].space_id, waiting[i].role, &yes, err) ||
			(yes && !set_state(w, a, &waiting[i], "registered", err)))
			return false;
		if (!yes && !waiting[i].space_id)
			break; /* nobody fits who is in no delegation, nor anyone else: the house is full */
	}
	return true;
}

static bool is_state(const struct seat *s, const char *state)
{
	return s && strcmp(s->state, state) == 0;
}

/* What the rules say to someone who asks. */
static bool choose_state(struct db *w, const struct setup *s, const struct seat_new *n, const struct seat *old,
	const char **state, struct error *err)
{
	bool yes, approval = strcmp(s->registration, "approval") == 0;
	int64_t until = s->closes_us ? s->closes_us : n->until_us;

	if (is_state(old, "registered") || is_state(old, "waiting") || is_state(old, "requested"))
		return error_set(err, ERROR_CONFLICT, "There is a registration already.");
	if (!n->by_organizer) {
		if (strcmp(s->registration, "none") == 0)
			return error_set(err, ERROR_CONFLICT, "One cannot register for this event here.");
		if (clock_now_us() >= until)
			return error_set(err, ERROR_CONFLICT, "Registration is closed.");
		if (strcmp(s->registration, "invitation") == 0 && !is_state(old, "invited"))
			return error_set(err, ERROR_CONFLICT, "This event is by invitation, and you are not invited yet.");
		if (is_state(old, "declined"))
			return error_set(err, ERROR_CONFLICT, "The organizers did not accept this registration.");
	}
	if (approval && !n->by_organizer && !is_state(old, "invited")) {
		*state = "requested";
		return true;
	}
	if (!fits(w, s, n->event_num, n->space_id, n->role, &yes, err))
		return false;
	if (!yes && !s->waiting)
		return error_set(err, ERROR_CONFLICT, "There is no place left.");
	*state = yes ? "registered" : "waiting";
	return true;
}

static bool next_place(struct db *w, int64_t num, int64_t *place, struct error *err)
{
	struct query q;

	db_query(w, &q, "SELECT coalesce(max(place), 0) + 1 FROM event_seat WHERE event_num = :num");
	q_int(&q, ":num", num);
	return one_int(&q, place, err);
}

static bool put_seat(struct db *w, struct arena *a, const struct seat_new *n, const char *state, struct error *err)
{
	char id[ID_SIZE];
	int64_t place;
	struct query q;

	if (!next_place(w, n->event_num, &place, err))
		return false;
	id_new(id);
	db_query(w, &q, "INSERT INTO event_seat (id, event_num, account_id, about_space, role, state, place, answers, consent, "
		"created_us, changed_us, checked_in_us, gave_feedback) VALUES (:id, :num, :account, :space, :role, :state, :place, "
		":answers, :consent, :now, :now, 0, 0) ON CONFLICT (event_num, account_id) DO UPDATE SET "
		"about_space = excluded.about_space, role = excluded.role, state = excluded.state, place = excluded.place, "
		"answers = excluded.answers, consent = excluded.consent, checked_in_us = 0, changed_us = excluded.changed_us");
	q_text(&q, ":id", id);
	q_int(&q, ":num", n->event_num);
	q_text(&q, ":account", n->account_id);
	q_text(&q, ":space", n->space_id);
	q_text(&q, ":role", n->role);
	q_text(&q, ":state", state);
	q_int(&q, ":place", place);
	q_text(&q, ":answers", n->answers ? n->answers : "[]");
	q_int(&q, ":consent", n->consent);
	q_int(&q, ":now", clock_now_us());
	return q_run(&q, err) && notice_add(w, a, n->event_num, n->account_id, state, NULL, err);
}

bool seat_take(struct db *w, struct arena *a, const struct seat_new *n, const char **state, struct error *err)
{
	struct setup s;
	struct seat *old;

	return setup_now(w, a, n->event_num, &s, err) && seat_now(w, a, n->event_num, n->account_id, NULL, &old, err) &&
		choose_state(w, &s, n, old, state, err) && put_seat(w, a, n, *state, err);
}

bool seat_cancel(struct db *w, struct arena *a, int64_t num, const char *account_id, struct error *err)
{
	struct seat *s;

	if (!seat_now(w, a, num, account_id, NULL, &s, err))
		return false;
	if (!s || is_state(s, "cancelled") || is_state(s, "declined"))
		return error_set(err, ERROR_CONFLICT, "There is no registration to cancel.");
	return set_state(w, a, s, "cancelled", err) && promote(w, a, num, err);
}

static bool check_in(struct db *w, const struct seat *s, bool in, struct error *err)
{
	struct query q;

	if (!is_state(s, "registered"))
		return error_set(err, ERROR_CONFLICT, "Only who is registered can be checked in.");
	db_query(w, &q, "UPDATE event_seat SET checked_in_us = :at WHERE id = :id");
	q_int(&q, ":at", in ? s->checked_in_us ? s->checked_in_us : clock_now_us() : 0);
	q_text(&q, ":id", s->id);
	return q_run(&q, err);
}

static bool approve(struct db *w, struct arena *a, const struct seat *s, struct error *err)
{
	struct setup setup;
	bool yes;

	if (!is_state(s, "requested") && !is_state(s, "declined"))
		return error_set(err, ERROR_CONFLICT, "This registration waits for no approval.");
	if (!setup_now(w, a, s->event_num, &setup, err) || !fits(w, &setup, s->event_num, s->space_id, s->role, &yes, err))
		return false;
	return set_state(w, a, s, yes ? "registered" : "waiting", err);
}

bool seat_act(struct db *w, struct arena *a, int64_t num, const char *id, const char *act, struct error *err)
{
	struct seat *s;

	if (!seat_now(w, a, num, NULL, id, &s, err))
		return false;
	if (!s)
		return error_set(err, ERROR_NOT_FOUND, "There is no such registration.");
	if (strcmp(act, "check-in") == 0 || strcmp(act, "check-out") == 0)
		return check_in(w, s, strcmp(act, "check-in") == 0, err);
	if (strcmp(act, "approve") == 0)
		return approve(w, a, s, err);
	if (strcmp(act, "decline") == 0)
		return is_state(s, "requested") ? set_state(w, a, s, "declined", err) :
			error_set(err, ERROR_CONFLICT, "This registration waits for no approval.");
	if (strcmp(act, "cancel") == 0)
		return seat_cancel(w, a, num, s->account_id, err);
	return error_set(err, ERROR_INVALID, "There is nothing of that kind to do.");
}

bool seat_invite(struct db *w, struct arena *a, int64_t num, const char *account_id, struct error *err)
{
	struct seat_new n = { .event_num = num, .account_id = account_id };
	struct seat *old;

	if (!seat_now(w, a, num, account_id, NULL, &old, err))
		return false;
	return (old && !is_state(old, "cancelled") && !is_state(old, "declined")) || put_seat(w, a, &n, "invited", err);
}

bool feedback_add(struct db *w, const struct seat *seat, const struct feedback *f, struct error *err)
{
	char id[SECRET_SIZE];
	struct query q;
	int64_t changed;

	db_query(w, &q, "UPDATE event_seat SET gave_feedback = 1 WHERE id = :id AND gave_feedback = 0");
	q_text(&q, ":id", seat->id);
	while (q_row(&q))
		;
	changed = q.rc == 0 ? q_changes(&q) : 0;
	if (!q_done(&q, err))
		return false;
	if (!changed)
		return error_set(err, ERROR_CONFLICT, "You gave your feedback already. Thank you.");
	/* A random id: neither order nor time tell who it was. */
	secret_new(id);
	db_query(w, &q, "INSERT INTO event_feedback (id, event_num, rating, text) VALUES (:id, :num, :rating, :text)");
	q_text(&q, ":id", id);
	q_int(&q, ":num", seat->event_num);
	q_int(&q, ":rating", f->rating);
	q_text(&q, ":text", f->text);
	return q_run(&q, err);
}

/* ---- setup ---- */

static bool save_lists(struct db *w, int64_t num, const struct setup *s, struct error *err)
{
	struct query q;

	db_query(w, &q, "DELETE FROM event_field WHERE event_num = :num");
	q_int(&q, ":num", num);
	if (!q_run(&q, err))
		return false;
	db_query(w, &q, "DELETE FROM event_place WHERE event_num = :num");
	q_int(&q, ":num", num);
	if (!q_run(&q, err))
		return false;
	for (size_t i = 0; i < SETUP_FIELDS; i++) {
		const struct setup_field *f = &s->fields[i];

		if (!f->label)
			continue;
		db_query(w, &q, "INSERT INTO event_field (event_num, position, label, kind, choices, required) "
			"VALUES (:num, :position, :label, :kind, :choices, :required)");
		q_int(&q, ":num", num);
		q_int(&q, ":position", (int64_t)i);
		q_text(&q, ":label", f->label);
		q_text(&q, ":kind", f->kind);
		q_text(&q, ":choices", f->choices);
		q_int(&q, ":required", f->required);
		if (!q_run(&q, err))
			return false;
	}
	for (size_t i = 0; i < TEAM_ROLES; i++) {
		db_query(w, &q, "INSERT INTO event_place (event_num, role, places) VALUES (:num, :role, :places)");
		q_int(&q, ":num", num);
		q_text(&q, ":role", team_roles[i]);
		q_int(&q, ":places", s->places[i]);
		if (!q_run(&q, err))
			return false;
	}
	return true;
}

/* The link is the place of an event on the web: calendars are told that it changed. */
static bool note_join(struct db *w, struct arena *a, int64_t num, const struct setup *s, struct error *err)
{
	const char *old = NULL;
	struct query q;

	db_query(w, &q, "SELECT join_url FROM event_setup WHERE event_num = :num");
	q_int(&q, ":num", num);
	while (q_row(&q))
		old = q_col_text(&q, a, 0);
	if (!q_done(&q, err))
		return false;
	if (strcmp(old ? old : "", s->join_url ? s->join_url : "") == 0)
		return true;
	db_query(w, &q, "INSERT INTO event_change (event_num, sequence, changed_us) VALUES (:num, 1, :now) "
		"ON CONFLICT (event_num) DO UPDATE SET sequence = sequence + 1, changed_us = excluded.changed_us");
	q_int(&q, ":num", num);
	q_int(&q, ":now", clock_now_us());
	return q_run(&q, err);
}

bool setup_save(struct db *w, struct arena *a, int64_t num, const struct setup *s, struct error *err)
{
	struct setup now;
	struct query q;

	if (!setup_now(w, a, num, &now, err))
		return false;
	if (now.version != s->version)
		return error_set(err, ERROR_CONFLICT, "Someone else saved these settings meanwhile. Below is what you typed; "
			"save again if it should hold.");
	if (!note_join(w, a, num, s, err))
		return false;
	db_query(w, &q, "INSERT INTO event_setup (event_num, registration, capacity, closes, closes_us, waiting, delegations, "
		"show_names, join_url, join_note, reminders, version) VALUES (:num, :registration, :capacity, :closes, :closes_us, :waiting, "
		":delegations, :names, :url, :note, :reminders, 1) ON CONFLICT (event_num) DO UPDATE SET "
		"registration = excluded.registration, capacity = excluded.capacity, closes = excluded.closes, "
		"closes_us = excluded.closes_us, waiting = excluded.waiting, delegations = excluded.delegations, "
		"show_names = excluded.show_names, join_url = excluded.join_url, join_note = excluded.join_note, "
		"reminders = excluded.reminders, "
		"version = version + 1");
	q_int(&q, ":num", num);
	q_text(&q, ":registration", s->registration);
	q_int(&q, ":capacity", s->capacity);
	q_text(&q, ":closes", s->closes);
	q_int(&q, ":closes_us", s->closes_us);
	q_int(&q, ":waiting", s->waiting);
	q_int(&q, ":delegations", s->delegations);
	q_int(&q, ":names", s->show_names);
	q_text(&q, ":url", s->join_url);
	q_text(&q, ":note", s->join_note);
	q_text(&q, ":reminders", s->reminders);
	return q_run(&q, err) && save_lists(w, num, s, err) && promote(w, a, num, err);
}
