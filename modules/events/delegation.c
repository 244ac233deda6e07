/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A jurisdiction's delegation: its editors register members of the team, within
 * the places that each role has. */
#include "seats.h"
#include "account.h"

/* The space asked for, if the viewer leads it; else the first that they lead; NULL: none. */
static const struct account_membership *led_space(struct request *rq, const char *slug)
{
	const struct account_membership *first = NULL;

	for (size_t i = 0; i < rq->account->n_memberships; i++) {
		const struct account_membership *m = &rq->account->memberships[i];

		if (!viewer_has_role(rq->viewer, m->space_id, ROLE_EDITOR))
			continue;
		if (slug && strcmp(m->space_slug, slug) == 0)
			return m;
		first = first ? first : m;
	}
	return slug && *slug ? NULL : first;
}

static const struct seat *seat_of(const struct seat *seats, size_t n, const char *account_id)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(seats[i].account_id, account_id) == 0 && strcmp(seats[i].state, "cancelled") != 0)
			return &seats[i];
	return NULL;
}

static void put_places(struct data *page, const struct setup *s, const struct seat *seats, size_t n, const char *space_id)
{
	for (size_t i = 0; i < TEAM_ROLES; i++) {
		struct data *d = data_item(page, "places");
		int64_t taken = 0;

		for (size_t k = 0; k < n; k++)
			taken += seats[k].role && seats[k].space_id && strcmp(seats[k].role, team_roles[i]) == 0 &&
				strcmp(seats[k].space_id, space_id) == 0 && strcmp(seats[k].state, "registered") == 0;
		data_text(d, "role", page_role_name(team_roles[i]));
		data_textf(d, "taken", "%lld", (long long)taken);
		data_textf(d, "places", "%lld", (long long)s->places[i]);
	}
}

static void put_member(struct request *rq, struct data *d, const struct account *account, const struct seat *seat)
{
	const char *team = account->n_memberships ? account->memberships[0].team : NULL;

	data_text(d, "id", account->id);
	data_text(d, "name", account->name);
	for (size_t i = 0; i < TEAM_ROLES; i++) {
		struct data *o = data_item(d, "roles");

		data_text(o, "value", team_roles[i]);
		data_text(o, "label", page_role_name(team_roles[i]));
		data_text(o, "selected", team && strncmp(team, team_roles[i], strlen(team_roles[i])) == 0 ? "selected" : NULL);
	}
	if (seat) {
		data_text(d, "state", seat->state);
		data_text(d, "role", seat->role ? page_role_name(seat->role) : NULL);
	}
	(void)rq;
}

static bool delegation_show(struct request *rq, struct response *rs, const struct event *e, const char *slug,
	const struct error *wrong, struct error *err)
{
	const struct account_membership *m = led_space(rq, slug);
	struct account *members;
	struct seat *seats;
	struct setup s;
	size_t n, n_seats;

	if (!m)
		return error_absent(err);
	if (!setup_get(rq->db, rq->arena, e->r->num, &s, err) ||
		!seat_list(rq->db, rq->arena, e->r->num, &seats, &n_seats, err) ||
		!account_members(rq->db, rq->arena, m->space_id, &members, &n, err))
		return false;
	if (!s.delegations)
		return error_absent(err);
	struct data *page = event_form_page(rq, rs, e->r, arena_printf(rq->arena, "Delegation of %s", m->space_name), wrong);
	data_text(page, "space", m->space_slug);
	data_url(page, "save_url", event_url(rq, e->r, "delegation"));
	put_places(page, &s, seats, n_seats, m->space_id);
	for (size_t i = 0; i < n; i++)
		put_member(rq, data_item(page, "members"), &members[i], seat_of(seats, n_seats, members[i].id));
	return page_send_private(rq, rs, "event-delegation", page, err);
}

const struct param delegation_params[] = {
	{ "space", PARAM_SLUG, 0, 0, "The delegation's space" },
	{ "done", PARAM_SLUG, 0, 0, "What was just done, sealed" },
	{ NULL, 0, 0, 0, NULL }
};

bool delegation_page(struct request *rq, struct response *rs, struct error *err)
{
	struct event e;

	return event_here(rq, &e, err) && delegation_show(rq, rs, &e, request_arg(rq, "space"), NULL, err);
}

struct delegate {
	struct request *rq;
	struct seat_new seat;
	const char *state;
	bool take;
};

static bool write_delegate(struct db *w, void *arg, struct error *err)
{
	struct delegate *d = arg;

	return d->take ? seat_take(w, d->rq->arena, &d->seat, &d->state, err) :
		seat_cancel(w, d->rq->arena, d->seat.event_num, d->seat.account_id, err);
}

/* The person must be a member of that space, and a seat to cancel one of its delegation. */
static bool check_member(struct request *rq, const struct account_membership *m, struct delegate *d, struct error *wrong)
{
	const char *who = request_form(rq, "who"), *role = request_form(rq, "role");
	const struct seat *seat;
	struct account *members;
	struct seat *seats;
	size_t n, n_seats;

	if (!account_members(rq->db, rq->arena, m->space_id, &members, &n, wrong) ||
		!seat_list(rq->db, rq->arena, d->seat.event_num, &seats, &n_seats, wrong))
		return false;
	for (size_t i = 0; i < n; i++)
		if (who && strcmp(members[i].id, who) == 0)
			d->seat.account_id = members[i].id;
	for (size_t i = 0; i < TEAM_ROLES; i++)
		if (role && strcmp(team_roles[i], role) == 0)
			d->seat.role = team_roles[i];
	if (!d->seat.account_id)
		return error_set(wrong, ERROR_INVALID, "Choose a member of %s.", m->space_name);
	if (d->take)
		return d->seat.role || error_set(wrong, ERROR_INVALID, "Choose a role.");
	seat = seat_of(seats, n_seats, d->seat.account_id);
	return (seat && seat->space_id && strcmp(seat->space_id, m->space_id) == 0) ||
		error_set(wrong, ERROR_CONFLICT, "There is no registration of your delegation to cancel.");
}

bool delegation_given(struct request *rq, struct response *rs, struct error *err)
{
	const char *slug = request_form(rq, "space"), *act = request_form(rq, "act");
	const struct account_membership *m = led_space(rq, slug ? slug : "");
	struct delegate d = { .rq = rq, .take = !act || strcmp(act, "cancel") != 0 };
	struct error wrong = { 0 };
	struct setup s;
	struct event e;

	if (!event_here(rq, &e, err) || !setup_get(rq->db, rq->arena, e.r->num, &s, err))
		return false;
	if (!m || !s.delegations)
		return error_absent(err);
	d.seat = (struct seat_new){ .event_num = e.r->num, .space_id = m->space_id, .until_us = event_until(rq->arena, &e) };
	if (check_member(rq, m, &d, &wrong) && request_write_wake(rq, write_delegate, &d, &wrong)) {
		struct url to = url_query(rq->arena, event_url(rq, e.r, "delegation"), "space", m->space_slug);

		return done_redirect(rq, rs, to, "delegation");
	}
	if (wrong.kind == ERROR_INVALID || wrong.kind == ERROR_CONFLICT)
		return delegation_show(rq, rs, &e, m->space_slug, &wrong, err);
	*err = wrong;
	return false;
}
