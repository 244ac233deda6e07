/* SPDX-License-Identifier: GPL-3.0-or-later */
/* For organizers: settings, attendees, check-in, invitations, the list as CSV.
 * The routes let in editors of the event's space only. */
#include "seats.h"
#include <ctype.h>
#include "account.h"
#include "audit.h"
#include "csv.h"
#include "zone.h"

#define CAPACITY_MAX 100000
#define TEXT_MAX 500
#define INVITED_MAX 200
#define REMINDERS_MAX 5

static bool is_on(const struct request *rq, const char *name)
{
	return strcmp(request_typed(rq, name), "yes") == 0;
}

/* ---- settings ---- */

static void put_fields(struct data *page, const struct setup *s)
{
	for (size_t i = 0; i < SETUP_FIELDS; i++) {
		struct data *d = data_item(page, "fields");
		const struct setup_field *f = &s->fields[i];

		data_textf(d, "number", "%zu", i + 1);
		data_textf(d, "index", "%zu", i);
		data_text(d, "label", f->label);
		data_text(d, "choices", f->choices);
		data_text(d, "required", f->required ? "checked" : NULL);
		page_option(d, "kinds", "text", "Text", f->kind);
		page_option(d, "kinds", "choice", "One of several", f->kind);
		page_option(d, "kinds", "check", "Yes or no", f->kind);
	}
	for (size_t i = 0; i < TEAM_ROLES; i++) {
		struct data *d = data_item(page, "roles");

		data_text(d, "value", team_roles[i]);
		data_text(d, "label", page_role_name(team_roles[i]));
		data_textf(d, "places", "%lld", (long long)s->places[i]);
	}
}

/* Minutes before the event in words: "1d 2h 30min". */
static const char *reminder_words(struct arena *a, const char *minutes)
{
	const char *out = "";

	for (const char *s = minutes; *s; s += strcspn(s, " "), s += strspn(s, " ")) {
		long long m = strtoll(s, NULL, 10);

		out = arena_printf(a, "%s%s%lld%s", out, *out ? " " : "", m % 1440 == 0 ? m / 1440 : m % 60 == 0 ? m / 60 : m,
			m % 1440 == 0 ? "d" : m % 60 == 0 ? "h" : "min");
	}
	return out;
}

static bool organise_show(struct request *rq, struct response *rs, const struct record *r, const struct setup *s,
	const struct error *wrong, struct error *err)
{
	struct data *page = event_form_page(rq, rs, r, "Organize", wrong);

	page_option(page, "modes", "none", "No registration", s->registration);
	page_option(page, "modes", "open", "Everyone who sees the event", s->registration);
	page_option(page, "modes", "approval", "With approval by the organizers", s->registration);
	page_option(page, "modes", "invitation", "By invitation", s->registration);
	if (s->capacity)
		data_textf(page, "capacity", "%lld", (long long)s->capacity);
	data_text(page, "closes", s->closes);
	data_text(page, "zone", r->zone);
	data_text(page, "waiting", s->waiting ? "checked" : NULL);
	data_text(page, "delegations", s->delegations ? "checked" : NULL);
	data_text(page, "show_names", s->show_names ? "checked" : NULL);
	data_text(page, "join_url", s->join_url);
	data_text(page, "join_note", s->join_note);
	data_text(page, "reminders", wrong ? request_typed(rq, "reminders") : reminder_words(rq->arena, s->reminders));
	data_textf(page, "version", "%lld", (long long)s->version);
	data_url(page, "save_url", event_url(rq, r, "organise"));
	data_url(page, "attendees_url", event_url(rq, r, "attendees"));
	data_url(page, "check_in_url", event_url(rq, r, "check-in"));
	put_fields(page, s);
	return page_send_private(rq, rs, "event-organise", page, err);
}

bool organise_page(struct request *rq, struct response *rs, struct error *err)
{
	struct setup s;
	struct event e;
	bool mine;

	return event_here(rq, &e, err) && setup_get(rq->db, rq->arena, e.r->num, &s, err) &&
		join_get(rq->db, rq->arena, e.r->num, &s.join_url, &s.join_note, &mine, err) &&
		organise_show(rq, rs, e.r, &s, NULL, err);
}

/* Lines without spaces around and without empty ones; NULL if none is left. */
static const char *read_lines(struct request *rq, const char *text)
{
	char *copy = arena_strdup(rq->arena, text), *save = NULL;
	const char *out = NULL;

	for (char *line = strtok_r(copy, "\r\n", &save); line; line = strtok_r(NULL, "\r\n", &save)) {
		while (isspace((unsigned char)*line))
			line++;
		for (char *end = line + strlen(line); end > line && isspace((unsigned char)end[-1]); end--)
			end[-1] = '\0';
		if (*line)
			out = out ? arena_printf(rq->arena, "%s\n%s", out, line) : line;
	}
	return out;
}

static void read_fields(struct request *rq, struct setup *s, struct error *wrong)
{
	for (size_t i = 0; i < SETUP_FIELDS; i++) {
		struct setup_field *f = &s->fields[i];
		const char *kind = request_typed(rq, arena_printf(rq->arena, "kind_%zu", i));

		f->label = request_typed(rq, arena_printf(rq->arena, "label_%zu", i));
		f->kind = strcmp(kind, "choice") == 0 || strcmp(kind, "check") == 0 ? kind : "text";
		f->choices = read_lines(rq, request_typed(rq, arena_printf(rq->arena, "choices_%zu", i)));
		f->required = is_on(rq, arena_printf(rq->arena, "required_%zu", i));
		if (!*f->label)
			f->label = NULL;
		else if (strlen(f->label) > TEXT_MAX || (f->choices && strlen(f->choices) > 4000))
			error_set(wrong, ERROR_INVALID, "Question %zu is too long.", i + 1);
		else if (strcmp(f->kind, "choice") == 0 && !f->choices)
			error_set(wrong, ERROR_INVALID, "Question %zu is one of several, so it needs answers to choose from.", i + 1);
	}
}

static int64_t read_number(struct request *rq, const char *name, const char *what, struct error *wrong)
{
	const char *text = request_typed(rq, name);
	char *end;
	long long n = strtoll(text, &end, 10);

	if (*end || n < 0 || n > CAPACITY_MAX) {
		error_set(wrong, ERROR_INVALID, "%s must be a number from 0 to %d, or empty for none.", what, CAPACITY_MAX);
		return 0;
	}
	return n;
}

/* "1d 2h 30min" as minutes, at most REMINDERS_MAX of them. */
static const char *read_reminders(struct request *rq, struct error *wrong)
{
	const char *s = request_typed(rq, "reminders"), *out = "";
	size_t n = 0;

	while (*s) {
		char *end;
		long long count = strtoll(s, &end, 10);
		int64_t unit = *end == 'd' ? 1440 : *end == 'h' ? 60 : strncmp(end, "min", 3) == 0 ? 1 : 0;

		if (end == s || count < 1 || !unit || count * unit > 90 * 1440 || ++n > REMINDERS_MAX) {
			error_set(wrong, ERROR_INVALID, "Reminders are times before the event, as 7d 1d 2h 30min; at most %d of them, "
				"none more than 90 days.", REMINDERS_MAX);
			return out;
		}
		out = arena_printf(rq->arena, "%s%s%lld", out, *out ? " " : "", count * unit);
		s = end + strspn(end, "dhmin");
		s += strspn(s, " ,");
	}
	return out;
}

/* Everything that was typed is in s, whether right or not, so that it is shown again. */
bool setup_read(struct request *rq, const struct record *r, struct setup *s, struct error *wrong)
{
	static const char *const modes[] = { "none", "open", "approval", "invitation" };
	const char *mode = request_typed(rq, "registration"), *closes = request_typed(rq, "closes"), *url = request_typed(rq, "join_url");
	struct error zone = { 0 };
	struct url checked;

	*s = (struct setup){ .registration = "none", .waiting = is_on(rq, "waiting"),
		.delegations = is_on(rq, "delegations"), .show_names = is_on(rq, "show_names"),
		.version = strtoll(request_typed(rq, "version"), NULL, 10) };
	for (size_t i = 0; i < sizeof modes / sizeof *modes; i++)
		if (strcmp(modes[i], mode) == 0)
			s->registration = modes[i];
	s->closes = *closes ? closes : NULL;
	s->join_url = *url ? url : NULL;
	s->join_note = *request_typed(rq, "join_note") ? request_typed(rq, "join_note") : NULL;
	s->capacity = read_number(rq, "capacity", "The number of places", wrong);
	for (size_t i = 0; i < TEAM_ROLES; i++)
		s->places[i] = read_number(rq, arena_printf(rq->arena, "places_%s", team_roles[i]), "Places of a delegation", wrong);
	if (s->closes && !zone_to_utc(r->zone, closes, &s->closes_us, &zone))
		error_set(wrong, ERROR_INVALID, "Registration closes: %s.", zone.text);
	if (s->join_url && (!url_external(rq->arena, url, &checked) || strncmp(url, "https://", 8) != 0))
		error_set(wrong, ERROR_INVALID, "The link to join must be an address that begins with https://.");
	if ((s->join_note && strlen(s->join_note) > 2000) || (s->join_url && strlen(s->join_url) > 2000))
		error_set(wrong, ERROR_INVALID, "The link or the note beside it is too long.");
	s->reminders = read_reminders(rq, wrong);
	read_fields(rq, s, wrong);
	return !wrong->kind;
}

struct saving {
	struct request *rq;
	const struct record *r;
	struct setup s;
};

static bool write_setup(struct db *w, void *arg, struct error *err)
{
	struct saving *s = arg;
	struct audit_entry e = audit_entry(s->rq, "event.setup", s->r->id, s->s.registration);

	return setup_save(w, s->rq->arena, s->r->num, &s->s, err) && audit_write(w, &e, err);
}

bool setup_write(struct request *rq, const struct record *r, const struct setup *s, struct error *err)
{
	struct saving saving = { .rq = rq, .r = r, .s = *s };
	/* Visitors see whether one can register: this is content. */
	bool ok = store_write(rq->engine->store, &viewer_system, write_setup, &saving, err);

	if (ok)
		jobs_wake(rq->engine->jobs);
	return ok;
}

bool organise_given(struct request *rq, struct response *rs, struct error *err)
{
	struct saving s = { .rq = rq };
	struct error wrong = { 0 };
	struct event e;

	if (!event_here(rq, &e, err))
		return false;
	s.r = e.r;
	if (setup_read(rq, e.r, &s.s, &wrong) && setup_write(rq, e.r, &s.s, &wrong))
		return done_redirect(rq, rs, event_url(rq, e.r, "organise"), "saved");
	if (wrong.kind != ERROR_INVALID && wrong.kind != ERROR_CONFLICT) {
		*err = wrong;
		return false;
	}
	if (wrong.kind == ERROR_CONFLICT) { /* the next save is meant to replace what is there now */
		struct setup now;

		db_end(rq->db);
		if (!db_begin(rq->db, rq->viewer, err) || !setup_get(rq->db, rq->arena, e.r->num, &now, err))
			return false;
		s.s.version = now.version;
	}
	return organise_show(rq, rs, e.r, &s.s, &wrong, err);
}

/* ---- attendees ---- */

static const char *state_label(const char *state)
{
	static const char *const labels[][2] = { { "registered", "Registered" }, { "waiting", "Waiting" },
		{ "requested", "Asks" }, { "invited", "Invited" }, { "declined", "Declined" }, { "cancelled", "Cancelled" } };

	for (size_t i = 0; i < sizeof labels / sizeof *labels; i++)
		if (strcmp(labels[i][0], state) == 0)
			return labels[i][1];
	return state;
}

static void put_act(struct request *rq, struct data *d, const struct record *r, const struct seat *s, const char *act,
	const char *label)
{
	struct data *item = data_item(d, "acts");

	data_text(item, "act", act);
	data_text(item, "label", label);
	data_url(item, "url", url_path(rq->arena, "%b/events/%s/attendees/%s", rq->base, r->slug, s->id));
}

static void put_acts(struct request *rq, struct data *d, const struct record *r, const struct seat *s, bool check_in)
{
	if (strcmp(s->state, "registered") == 0)
		put_act(rq, d, r, s, s->checked_in_us ? "check-out" : "check-in", s->checked_in_us ? "Undo check-in" : "Check in");
	if (check_in)
		return;
	if (strcmp(s->state, "requested") == 0) {
		put_act(rq, d, r, s, "approve", "Approve");
		put_act(rq, d, r, s, "decline", "Decline");
	}
	if (strcmp(s->state, "declined") == 0)
		put_act(rq, d, r, s, "approve", "Approve after all");
	if (strcmp(s->state, "registered") == 0 || strcmp(s->state, "waiting") == 0 || strcmp(s->state, "invited") == 0)
		put_act(rq, d, r, s, "cancel", "Cancel");
}

static bool put_attendee(struct request *rq, struct data *d, const struct record *r, const struct seat *s,
	const struct account *account, bool check_in, struct error *err)
{
	json_t *answers = json_loads(s->answers, 0, NULL);
	const json_t *answer;
	struct space *spaces;
	size_t i, n;

	data_text(d, "name", account->name);
	data_text(d, "email", account->email);
	data_text(d, "state", state_label(s->state));
	data_text(d, "asked", moment_human(rq->arena, s->created_us));
	data_text(d, "checked_in", s->checked_in_us ? moment_human(rq->arena, s->checked_in_us) : NULL);
	data_text(d, "role", s->role ? page_role_name(s->role) : NULL);
	json_array_foreach(answers, i, answer) {
		struct data *line = data_item(d, "answers");

		data_text(line, "label", details_text(answer, "label"));
		data_text(line, "value", details_text(answer, "value"));
	}
	json_decref(answers);
	put_acts(rq, d, r, s, check_in);
	if (!s->space_id)
		return true;
	if (!space_list_all(rq->db, rq->arena, &spaces, &n, err))
		return false;
	for (i = 0; i < n; i++)
		if (strcmp(spaces[i].id, s->space_id) == 0)
			data_text(d, "space", spaces[i].short_name);
	return true;
}

static bool put_feedback(struct request *rq, struct data *page, int64_t num, struct error *err)
{
	struct feedback *list;
	int64_t sum = 0;
	size_t n;

	if (!feedback_list(rq->db, rq->arena, num, &list, &n, err))
		return false;
	for (size_t i = 0; i < n; i++) {
		sum += list[i].rating;
		if (list[i].text && *list[i].text)
			data_text(data_item(page, "comments"), "text", list[i].text);
	}
	if (n)
		data_textf(page, "rating", "%.1f of 5 from %zu %s", (double)sum / (double)n, n, n == 1 ? "person" : "people");
	return true;
}

static bool attendees_show(struct request *rq, struct response *rs, const struct event *e, bool check_in,
	const struct error *wrong, struct error *err)
{
	const char *find = check_in ? request_arg(rq, "q") : NULL;
	struct data *page = event_form_page(rq, rs, e->r, check_in ? "Check-in" : "Attendees", wrong);
	int64_t registered, waiting, there = 0;
	struct seat *seats;
	size_t n;

	if (!seat_list(rq->db, rq->arena, e->r->num, &seats, &n, err) ||
		!seat_count(rq->db, e->r->num, &registered, &waiting, err))
		return false;
	for (size_t i = 0; i < n; i++) {
		struct account *account;

		there += seats[i].checked_in_us != 0;
		if ((check_in && strcmp(seats[i].state, "registered") != 0) ||
			!account_get(rq->db, rq->arena, seats[i].account_id, &account, err))
			continue;
		if (find && *find && !strcasestr(account->name, find) && !(account->email && strcasestr(account->email, find)))
			continue;
		if (!put_attendee(rq, data_item(page, "attendees"), e->r, &seats[i], account, check_in, err))
			return false;
	}
	if (err->kind)
		return false;
	data_textf(page, "counts", "%lld registered, %lld waiting, %lld checked in.", (long long)registered,
		(long long)waiting, (long long)there);
	data_flag(page, "check_in", check_in);
	data_text(page, "find", find);
	data_url(page, "here_url", event_url(rq, e->r, check_in ? "check-in" : "attendees"));
	data_url(page, "invite_url", event_url(rq, e->r, "invite"));
	data_url(page, "csv_url", event_url(rq, e->r, "attendees.csv"));
	data_url(page, "organise_url", event_url(rq, e->r, "organise"));
	data_url(page, "check_in_url", event_url(rq, e->r, "check-in"));
	data_text(page, "typed_who", wrong ? request_form(rq, "who") : NULL);
	data_text(page, "from", check_in ? "check-in" : "attendees");
	return (check_in || put_feedback(rq, page, e->r->num, err)) &&
		page_send_private(rq, rs, "event-attendees", page, err);
}

bool attendees_page(struct request *rq, struct response *rs, struct error *err)
{
	struct event e;

	return event_here(rq, &e, err) && attendees_show(rq, rs, &e, false, NULL, err);
}

const struct param checkin_params[] = {
	{ "q", PARAM_TEXT, 0, 0, "Part of a name or address" },
	{ "done", PARAM_SLUG, 0, 0, "What was just done, sealed" },
	{ NULL, 0, 0, 0, NULL }
};

bool checkin_page(struct request *rq, struct response *rs, struct error *err)
{
	struct event e;

	return event_here(rq, &e, err) && attendees_show(rq, rs, &e, true, NULL, err);
}

struct acting {
	struct request *rq;
	const struct record *r;
	const char *id, *act;
	const char **accounts;
	size_t n_accounts;
};

static bool write_act(struct db *w, void *arg, struct error *err)
{
	struct acting *a = arg;
	struct audit_entry e = audit_entry(a->rq, "event.seat", a->id, a->act);

	return seat_act(w, a->rq->arena, a->r->num, a->id, a->act, err) && audit_write(w, &e, err);
}

bool attendee_act(struct request *rq, struct response *rs, struct error *err)
{
	struct acting a = { .rq = rq, .id = request_arg(rq, "id"), .act = request_typed(rq, "act") };
	bool check_in = strcmp(request_typed(rq, "from"), "check-in") == 0;
	struct error wrong = { 0 };
	struct event e;

	if (!event_here(rq, &e, err))
		return false;
	a.r = e.r;
	if (request_write_wake(rq, write_act, &a, &wrong))
		return done_redirect(rq, rs, event_url(rq, e.r, check_in ? "check-in" : "attendees"), "done");
	if (wrong.kind == ERROR_INVALID || wrong.kind == ERROR_CONFLICT)
		return attendees_show(rq, rs, &e, check_in, &wrong, err);
	*err = wrong;
	return false;
}

/* ---- invitations ---- */

static bool write_invite(struct db *w, void *arg, struct error *err)
{
	struct acting *a = arg;
	struct audit_entry e = audit_entry(a->rq, "event.invite", a->r->id, NULL);

	for (size_t i = 0; i < a->n_accounts; i++)
		if (!seat_invite(w, a->rq->arena, a->r->num, a->accounts[i], err))
			return false;
	return audit_write(w, &e, err);
}

/* Logins or e-mail addresses, one a line; all or none. */
static bool find_invited(struct request *rq, struct acting *a, struct error *wrong)
{
	const char *lines = read_lines(rq, request_typed(rq, "who"));
	char *copy = arena_strdup(rq->arena, lines), *save = NULL;

	a->accounts = arena_array(rq->arena, INVITED_MAX, sizeof *a->accounts);
	for (char *line = copy ? strtok_r(copy, "\n", &save) : NULL; line; line = strtok_r(NULL, "\n", &save)) {
		struct account *found;
		size_t n;

		if (a->n_accounts == INVITED_MAX)
			return error_set(wrong, ERROR_INVALID, "At most %d people at once.", INVITED_MAX);
		if (!account_by_login_or_email(rq->db, rq->arena, line, &found, &n, wrong))
			return false;
		if (n != 1)
			return error_set(wrong, ERROR_INVALID, "'%.100s' is %s. Nobody was invited.", line,
				n ? "the address of several accounts; type the login" : "neither a login nor an address of a member");
		a->accounts[a->n_accounts++] = found->id;
	}
	return a->n_accounts || error_set(wrong, ERROR_INVALID, "Type logins or e-mail addresses, one a line.");
}

bool invite_given(struct request *rq, struct response *rs, struct error *err)
{
	struct acting a = { .rq = rq };
	struct error wrong = { 0 };
	struct event e;

	if (!event_here(rq, &e, err))
		return false;
	a.r = e.r;
	if (find_invited(rq, &a, &wrong) && request_write_wake(rq, write_invite, &a, &wrong))
		return done_redirect(rq, rs, event_url(rq, e.r, "attendees"), "invited");
	if (wrong.kind == ERROR_INVALID || wrong.kind == ERROR_CONFLICT)
		return attendees_show(rq, rs, &e, false, &wrong, err);
	*err = wrong;
	return false;
}

/* ---- CSV ---- */

static const char *utc(struct arena *a, int64_t us)
{
	char local[17];

	if (!us)
		return NULL;
	zone_local("Etc/UTC", us, local);
	return arena_printf(a, "%sZ", local);
}

static void csv_seat(struct request *rq, struct buf *b, const struct seat *s, const struct account *account,
	const struct setup *setup)
{
	json_t *answers = json_loads(s->answers, 0, NULL);
	const json_t *answer;
	size_t i;

	csv_cell(b, account->name, ',');
	csv_cell(b, account->email, ',');
	csv_cell(b, s->state, ',');
	csv_cell(b, arena_printf(rq->arena, "%lld", (long long)s->place), ',');
	csv_cell(b, s->role, ',');
	csv_cell(b, utc(rq->arena, s->created_us), ',');
	csv_cell(b, utc(rq->arena, s->checked_in_us), ',');
	for (size_t k = 0; k < SETUP_FIELDS; k++) {
		const char *value = NULL;

		if (!setup->fields[k].label)
			continue;
		json_array_foreach(answers, i, answer) {
			const char *label = details_text(answer, "label");

			if (label && strcmp(label, setup->fields[k].label) == 0)
				value = arena_strdup(rq->arena, details_text(answer, "value"));
		}
		csv_cell(b, value, ',');
	}
	csv_cell(b, s->consent ? "yes" : "no", '\n');
	json_decref(answers);
}

bool attendees_csv(struct request *rq, struct response *rs, struct error *err)
{
	static const char *const columns[] = { "name", "email", "state", "place", "role", "asked", "checked in" };
	struct setup setup;
	struct seat *seats;
	struct event e;
	size_t n;

	if (!event_here(rq, &e, err) || !setup_get(rq->db, rq->arena, e.r->num, &setup, err) ||
		!seat_list(rq->db, rq->arena, e.r->num, &seats, &n, err))
		return false;
	for (size_t i = 0; i < sizeof columns / sizeof *columns; i++)
		csv_cell(&rs->body, columns[i], ',');
	for (size_t i = 0; i < SETUP_FIELDS; i++)
		if (setup.fields[i].label)
			csv_cell(&rs->body, setup.fields[i].label, ',');
	csv_cell(&rs->body, "may be named", '\n');
	for (size_t i = 0; i < n; i++) {
		struct account *account;

		if (!account_get(rq->db, rq->arena, seats[i].account_id, &account, err))
			return false;
		csv_seat(rq, &rs->body, &seats[i], account, &setup);
	}
	audit_note(rq, "event.export", e.r->id, "attendees as CSV");
	rs->type = "text/csv; charset=utf-8";
	response_header(rs, "Content-Disposition", arena_printf(rq->arena, "attachment; filename=\"%s-attendees.csv\"",
		e.r->slug));
	rs->cacheable = false;
	return true;
}
