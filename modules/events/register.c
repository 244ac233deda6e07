/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Registering, for oneself: the form, giving it up, feedback, the certificate. */
#include "seats.h"
#include "account.h"
#include "session.h"
#include "zone.h"

#define ANSWER_MAX 500
#define FEEDBACK_MAX 4000

bool event_here(struct request *rq, struct event *out, struct error *err)
{
	struct record *r;

	*out = (struct event){ NULL };
	if (!record_get(rq->db, rq->arena, rq->space->slug, "event", request_arg(rq, "slug"), &r, err))
		return false;
	out->r = r;
	out->details = json_owned(rq->arena, json_loads(r->details_json, 0, NULL));
	return true;
}

int64_t event_until(struct arena *a, const struct event *e)
{
	struct date *dates;
	int64_t until = 0;
	size_t n;

	event_dates(a, e, &dates, &n);
	for (size_t i = 0; i < n; i++)
		if (dates[i].ends_us > until)
			until = dates[i].ends_us;
	return until;
}

struct url event_url(struct request *rq, const struct record *r, const char *part)
{
	return part ? url_path(rq->arena, "%b/events/%s/%s", rq->base, r->slug, part) :
		url_path(rq->arena, "%b/events/%s", rq->base, r->slug);
}

static const char *const done_words[][2] = {
	{ "registered", "You are registered." },
	{ "waiting", "The event is full. You are on the waiting list, and get the next place that is free." },
	{ "requested", "Your registration is with the organizers, who will decide on it." },
	{ "cancelled", "Your registration is cancelled." },
	{ "feedback", "Thank you for your feedback." },
	{ "saved", "The settings are saved." },
	{ "done", "Done." },
	{ "invited", "The invitations are noted." },
	{ "delegation", "The delegation is changed." },
	{ NULL, NULL }
};

struct data *event_form_page(struct request *rq, struct response *rs, const struct record *r, const char *title,
	const struct error *wrong)
{
	struct data *page = page_create(rq, wrong ? arena_printf(rq->arena, "Error: %s", title) : title);

	data_text(page, "heading", title);
	data_text(page, "event_title", r->title);
	data_url(page, "event_url", event_url(rq, r, NULL));
	page_crumb(page, "Events", url_path(rq->arena, "%b/events", rq->base));
	page_crumb(page, r->title, event_url(rq, r, NULL));
	page_crumb(page, title, (struct url){ NULL });
	data_text(page, "done", done_text(rq, done_words));
	if (wrong) {
		data_text(page, "wrong", wrong->text);
		if (rs->status < 400)
			rs->status = error_status(wrong->kind);
	}
	return page;
}

/* ---- the box on the event's page ---- */

static void put_seat(struct request *rq, struct data *box, const struct event *e, const struct seat *seat,
	int64_t until_us)
{
	int64_t n = 0;
	bool past = until_us < clock_now_us();

	data_flag(box, "can_cancel", !past && (strcmp(seat->state, "registered") == 0 || strcmp(seat->state, "waiting") == 0 ||
		strcmp(seat->state, "requested") == 0));
	data_url(box, "cancel_url", url_path(rq->arena, "%b/events/%s/register/cancel", rq->base, e->r->slug));
	if (strcmp(seat->state, "registered") == 0) {
		data_text(box, "state", past ? "You were registered." : "You are registered.");
		if (e->r->starts_us < clock_now_us() && !seat->gave_feedback)
			data_url(box, "feedback_url", event_url(rq, e->r, "feedback"));
		if (seat->checked_in_us)
			data_url(box, "certificate_url", event_url(rq, e->r, "certificate.pdf"));
	} else if (strcmp(seat->state, "waiting") == 0 && seat_queue(rq->db, e->r->num, seat->place, &n, NULL)) {
		data_textf(box, "state", "You are number %lld on the waiting list.", (long long)n);
	} else if (strcmp(seat->state, "requested") == 0) {
		data_text(box, "state", "Your registration is with the organizers.");
	} else if (strcmp(seat->state, "invited") == 0) {
		data_text(box, "state", "You are invited.");
	} else if (strcmp(seat->state, "declined") == 0) {
		data_text(box, "state", "The organizers did not accept your registration.");
	}
}

/* Those who agreed, for those who come. */
static void put_named(struct request *rq, struct data *box, int64_t num)
{
	const char **ids;
	size_t n;

	if (!seat_named(rq->db, rq->arena, num, &ids, &n, NULL))
		return;
	for (size_t i = 0; i < n; i++) {
		struct account *account;

		if (account_get(rq->db, rq->arena, ids[i], &account, NULL) && !account->disabled_us)
			data_text(data_item(box, "named"), "name", account->name);
	}
}

static void put_open(struct request *rq, struct data *box, const struct event *e, const struct setup *s,
	const struct seat *seat, int64_t until_us)
{
	int64_t ends = s->closes_us ? s->closes_us : until_us, registered, waiting;
	const char *state = details_text(e->details, "state");
	bool invited = seat && strcmp(seat->state, "invited") == 0;
	bool free = !seat || invited || strcmp(seat->state, "cancelled") == 0;

	data_flag(box, "by_invitation", strcmp(s->registration, "invitation") == 0);
	if (clock_now_us() >= ends || (state && strcmp(state, "cancelled") == 0)) {
		data_flag(box, "closed", true);
		return;
	}
	if (s->closes_us)
		data_text(box, "closes", when_text(rq->arena, e->r->zone, s->closes_us, s->closes_us));
	if (!rq->account) {
		data_url(box, "enter_url", url_query(rq->arena, url_path(rq->arena, "/sign-in"), "next",
			event_url(rq, e->r, NULL).text));
		return;
	}
	if (free && (invited || strcmp(s->registration, "invitation") != 0))
		data_url(box, "register_url", event_url(rq, e->r, "register"));
	/* Free places of a delegation are those of its role. */
	if (s->capacity && !s->delegations && seat_count(rq->db, e->r->num, &registered, &waiting, NULL)) {
		if (registered < s->capacity)
			data_textf(box, "places", "%lld of %lld places are free.", (long long)(s->capacity - registered),
				(long long)s->capacity);
		else
			data_textf(box, "places", "All places are taken%s.", s->waiting ? "; there is a waiting list" : "");
	}
}

void put_registration(struct request *rq, struct data *page, const struct event *e, int64_t until_us)
{
	struct setup s;
	struct seat *seat = NULL;
	const char *url, *note;
	bool organises = viewer_has_role(rq->viewer, e->r->space_id, ROLE_EDITOR), mine;
	struct url join;

	if (!setup_get(rq->db, rq->arena, e->r->num, &s, NULL) ||
		(rq->account && !seat_mine(rq->db, rq->arena, e->r->num, &seat, NULL)))
		return;
	if (strcmp(s.registration, "none") == 0 && !organises && !seat)
		return;
	struct data *box = data_object(page, "registration");
	data_text(page, "done", done_text(rq, done_words));
	data_flag(box, "open", strcmp(s.registration, "none") != 0);
	if (organises) {
		data_url(box, "organise_url", event_url(rq, e->r, "organise"));
		data_url(box, "attendees_url", event_url(rq, e->r, "attendees"));
	}
	if (s.delegations && viewer_has_role_anywhere(rq->viewer, ROLE_EDITOR))
		data_url(box, "delegation_url", event_url(rq, e->r, "delegation"));
	if (strcmp(s.registration, "none") != 0)
		put_open(rq, box, e, &s, seat, until_us);
	if (seat)
		put_seat(rq, box, e, seat, until_us);
	if (join_get(rq->db, rq->arena, e->r->num, &url, &note, &mine, NULL) && url && url_external(rq->arena, url, &join)) {
		data_url(box, "join_url", join);
		data_text(box, "join_text", url);
		data_text(box, "join_note", note);
	}
	put_named(rq, box, e->r->num);
}

/* ---- the form ---- */

static void put_field(struct request *rq, struct data *page, size_t i, const struct setup_field *f, const char *typed)
{
	struct data *d = data_item(page, "fields");
	char *lines = arena_strdup(rq->arena, f->choices), *save = NULL;

	data_textf(d, "name", "field_%zu", i);
	data_text(d, "label", f->label);
	data_text(d, "kind", f->kind);
	data_text(d, "required", f->required ? "required" : NULL);
	data_flag(d, "optional", !f->required);
	data_text(d, "typed", typed);
	data_text(d, "checked", typed && strcmp(typed, "yes") == 0 ? "checked" : NULL);
	for (char *line = lines ? strtok_r(lines, "\n", &save) : NULL; line; line = strtok_r(NULL, "\n", &save)) {
		struct data *o = data_item(d, "choices");

		data_text(o, "value", line);
		data_text(o, "selected", typed && strcmp(typed, line) == 0 ? "selected" : NULL);
	}
}

static void put_team(struct request *rq, struct data *page)
{
	const char *space = request_typed(rq, "space"), *role = request_typed(rq, "role");

	for (size_t i = 0; i < rq->account->n_memberships; i++) {
		const struct account_membership *m = &rq->account->memberships[i];

		page_option(page, "spaces", m->space_slug, m->space_name, space);
	}
	for (size_t i = 0; i < TEAM_ROLES; i++)
		page_option(page, "roles", team_roles[i], page_role_name(team_roles[i]), role);
}

static bool register_show(struct request *rq, struct response *rs, const struct event *e, const struct setup *s,
	const struct error *wrong, struct error *err)
{
	struct data *page = event_form_page(rq, rs, e->r, "Register", wrong);
	int64_t until = event_until(rq->arena, e), registered, waiting;

	data_text(page, "when", when_text(rq->arena, e->r->zone, e->r->starts_us, e->r->starts_us));
	data_url(page, "register_url", event_url(rq, e->r, "register"));
	data_flag(page, "show_names", s->show_names);
	data_text(page, "consent_checked", strcmp(request_typed(rq, "consent"), "yes") == 0 ? "checked" : NULL);
	data_flag(page, "approval", strcmp(s->registration, "approval") == 0);
	data_flag(page, "closed", clock_now_us() >= (s->closes_us ? s->closes_us : until) ||
		strcmp(s->registration, "none") == 0);
	for (size_t i = 0; i < SETUP_FIELDS; i++)
		if (s->fields[i].label)
			put_field(rq, page, i, &s->fields[i], request_typed(rq, arena_printf(rq->arena, "field_%zu", i)));
	if (s->delegations)
		put_team(rq, page);
	if (s->capacity && seat_count(rq->db, e->r->num, &registered, &waiting, NULL))
		data_flag(page, "full", registered >= s->capacity);
	return page_send_private(rq, rs, "event-register", page, err);
}

bool register_page(struct request *rq, struct response *rs, struct error *err)
{
	struct setup s;
	struct event e;

	return event_here(rq, &e, err) && setup_get(rq->db, rq->arena, e.r->num, &s, err) &&
		register_show(rq, rs, &e, &s, NULL, err);
}

static bool is_choice(const char *choices, const char *value)
{
	size_t n = strlen(value);

	for (const char *s = choices ? choices : ""; *s; s += strcspn(s, "\n"), s += *s == '\n')
		if (strcspn(s, "\n") == n && strncmp(s, value, n) == 0)
			return true;
	return false;
}

bool answers_check(struct arena *a, const struct setup *s, const char *const values[SETUP_FIELDS], const char **out,
	struct error *wrong)
{
	json_t *list = json_array();
	bool ok = true;

	for (size_t i = 0; ok && i < SETUP_FIELDS; i++) {
		const struct setup_field *f = &s->fields[i];
		const char *value = values[i];

		if (!f->label)
			continue;
		if (f->required && !*value)
			ok = error_set(wrong, ERROR_INVALID, "'%.100s' needs an answer.", f->label);
		else if (strlen(value) > ANSWER_MAX)
			ok = error_set(wrong, ERROR_INVALID, "The answer to '%.100s' is too long.", f->label);
		else if (*value && strcmp(f->kind, "choice") == 0 && !is_choice(f->choices, value))
			ok = error_set(wrong, ERROR_INVALID, "Choose one of the answers to '%.100s'.", f->label);
		else
			json_array_append_new(list, json_pack("{s:s, s:s}", "label", f->label, "value", value));
	}
	char *text = json_dumps(list, JSON_COMPACT);
	*out = arena_strdup(a, text);
	free(text);
	json_decref(list);
	return ok;
}

static bool read_answers(struct request *rq, const struct setup *s, const char **out, struct error *wrong)
{
	const char *values[SETUP_FIELDS];

	for (size_t i = 0; i < SETUP_FIELDS; i++)
		values[i] = request_typed(rq, arena_printf(rq->arena, "field_%zu", i));
	return answers_check(rq->arena, s, values, out, wrong);
}

bool team_check(const struct request *rq, const char *space, const char *role, struct seat_new *n, struct error *wrong)
{
	for (size_t i = 0; i < rq->account->n_memberships; i++)
		if (strcmp(rq->account->memberships[i].space_slug, space) == 0)
			n->space_id = rq->account->memberships[i].space_id;
	for (size_t i = 0; i < TEAM_ROLES; i++)
		if (strcmp(team_roles[i], role) == 0)
			n->role = team_roles[i];
	if (!n->space_id)
		return error_set(wrong, ERROR_INVALID, "Choose the place whose delegation you belong to.");
	return n->role || error_set(wrong, ERROR_INVALID, "Choose your role in the delegation.");
}

struct take {
	struct request *rq;
	struct seat_new seat;
	const char *state;
};

static bool write_take(struct db *w, void *arg, struct error *err)
{
	struct take *t = arg;

	return seat_take(w, t->rq->arena, &t->seat, &t->state, err);
}

bool register_given(struct request *rq, struct response *rs, struct error *err)
{
	struct take t = { .rq = rq };
	struct error wrong = { 0 };
	const char *state;
	struct setup s;
	struct event e;

	if (!event_here(rq, &e, err) || !setup_get(rq->db, rq->arena, e.r->num, &s, err))
		return false;
	state = details_text(e.details, "state");
	t.seat = (struct seat_new){ .event_num = e.r->num, .account_id = rq->account->id,
		.consent = strcmp(request_typed(rq, "consent"), "yes") == 0, .until_us = event_until(rq->arena, &e) };
	bool ok = read_answers(rq, &s, &t.seat.answers, &wrong) && (!s.delegations || team_check(rq, request_typed(rq, "space"), request_typed(rq, "role"), &t.seat, &wrong));
	if (ok && state && strcmp(state, "cancelled") == 0)
		ok = error_set(&wrong, ERROR_CONFLICT, "This event is cancelled.");
	if (ok && request_write_wake(rq, write_take, &t, &wrong))
		return done_redirect(rq, rs, event_url(rq, e.r, NULL), t.state);
	if (wrong.kind == ERROR_INVALID || wrong.kind == ERROR_CONFLICT)
		return register_show(rq, rs, &e, &s, &wrong, err);
	*err = wrong;
	return false;
}

static bool write_cancel(struct db *w, void *arg, struct error *err)
{
	struct take *t = arg;

	return seat_cancel(w, t->rq->arena, t->seat.event_num, t->seat.account_id, err);
}

bool register_cancel(struct request *rq, struct response *rs, struct error *err)
{
	struct take t = { .rq = rq };
	struct event e;

	if (!event_here(rq, &e, err))
		return false;
	t.seat.event_num = e.r->num;
	t.seat.account_id = rq->account->id;
	return request_write_wake(rq, write_cancel, &t, err) && done_redirect(rq, rs, event_url(rq, e.r, NULL), "cancelled");
}

/* ---- feedback ---- */

static bool own_seat(struct request *rq, struct event *e, struct seat **seat, struct error *err)
{
	if (!event_here(rq, e, err) || !seat_mine(rq->db, rq->arena, e->r->num, seat, err))
		return false;
	if (!*seat || strcmp((*seat)->state, "registered") != 0)
		return error_set(err, ERROR_CONFLICT, "This is for those who are registered.");
	return e->r->starts_us < clock_now_us() || error_set(err, ERROR_CONFLICT, "The event has not begun yet.");
}

static bool feedback_show(struct request *rq, struct response *rs, const struct event *e, const struct error *wrong,
	struct error *err)
{
	static const char *const labels[] = { "5: very useful", "4", "3", "2", "1: not useful" };
	struct data *page = event_form_page(rq, rs, e->r, "Feedback", wrong);

	for (int i = 0; i < 5; i++) {
		struct data *d = data_item(page, "ratings");

		data_textf(d, "value", "%d", 5 - i);
		data_text(d, "label", labels[i]);
		data_text(d, "checked", atoi(request_typed(rq, "rating")) == 5 - i ? "checked" : NULL);
	}
	data_text(page, "typed", request_typed(rq, "text"));
	data_url(page, "feedback_url", event_url(rq, e->r, "feedback"));
	return page_send_private(rq, rs, "event-feedback", page, err);
}

bool feedback_page(struct request *rq, struct response *rs, struct error *err)
{
	struct seat *seat;
	struct event e;

	return own_seat(rq, &e, &seat, err) && feedback_show(rq, rs, &e, NULL, err);
}

struct give {
	const struct seat *seat;
	struct feedback f;
};

static bool write_feedback(struct db *w, void *arg, struct error *err)
{
	struct give *g = arg;

	return feedback_add(w, g->seat, &g->f, err);
}

bool feedback_given(struct request *rq, struct response *rs, struct error *err)
{
	struct error wrong = { 0 };
	struct seat *seat;
	struct event e;

	if (!own_seat(rq, &e, &seat, err))
		return false;
	struct give g = { seat, { atoi(request_typed(rq, "rating")), request_typed(rq, "text") } };
	if (g.f.rating < 1 || g.f.rating > 5)
		error_set(&wrong, ERROR_INVALID, "Choose how useful it was.");
	else if (strlen(g.f.text) > FEEDBACK_MAX)
		error_set(&wrong, ERROR_INVALID, "This is too long; leave some of it out.");
	else if (request_write_wake(rq, write_feedback, &g, &wrong))
		return done_redirect(rq, rs, event_url(rq, e.r, NULL), "feedback");
	if (wrong.kind == ERROR_INVALID || wrong.kind == ERROR_CONFLICT)
		return feedback_show(rq, rs, &e, &wrong, err);
	*err = wrong;
	return false;
}

/* ---- certificate ---- */

bool certificate(struct request *rq, struct response *rs, struct error *err)
{
	struct seat *seat;
	struct event e;

	if (!own_seat(rq, &e, &seat, err))
		return false;
	if (!seat->checked_in_us)
		return error_set(err, ERROR_CONFLICT, "A certificate is for those who were there: the organizers have not noted "
			"that you came.");
	struct date *dates;
	size_t n;
	event_dates(rq->arena, &e, &dates, &n);
	const char *lines[] = { "This certifies that", rq->account->name, "took part in", e.r->title,
		n ? when_text(rq->arena, e.r->zone, dates[0].starts_us, dates[n - 1].ends_us) : e.r->starts, e.r->space_name };
	rs->type = "application/pdf";
	response_header(rs, "Content-Disposition", "attachment; filename=\"certificate.pdf\"");
	rs->cacheable = false;
	return certificate_pdf(options_string(rq->engine->options, "certificate-font"), "Certificate of attendance", lines,
		sizeof lines / sizeof *lines, &rs->body, err);
}
