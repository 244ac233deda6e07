/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Who attends a session, and for which jurisdiction: everyone says it for
 * themselves; who looks after the session, and in sessions of everyone those who
 * write for a jurisdiction, name others (its delegation). */
#include "meeting.h"
#include "audit.h"
#include "../events/event.h"

struct naming {
	struct request *rq;
	struct meeting *m;
	const char *act, *account_id, *space_id;
};

/* Their own people to name: the session's lead any candidate, others those of the spaces that they write for. */
static bool may_name(struct request *rq, const struct meeting *m, struct candidate **out, size_t *n, struct error *err)
{
	*out = NULL;
	*n = 0;
	if (!m->leads && m->kind != GROUP_NETWORK)
		return true;
	return meeting_candidates(rq, m, true, out, n, err);
}

static const struct candidate *candidate_of(const struct candidate *list, size_t n, const char *id)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(list[i].account_id, id) == 0)
			return &list[i];
	return NULL;
}

static void put_own(struct request *rq, struct data *page, const struct meeting *m, const struct attendee *mine)
{
	data_flag(page, "attends", m->attends);
	data_flag(page, "declined", mine && mine->declined);
	for (size_t i = 0; i < rq->account->n_memberships; i++) {
		const struct account_membership *s = &rq->account->memberships[i];

		if (i == 0 || strcmp(s->space_id, rq->account->memberships[i - 1].space_id) != 0)
			page_option(page, "spaces", s->space_slug, s->space_name, mine && mine->space_id && strcmp(mine->space_id,
				s->space_id) == 0 ? s->space_slug : NULL);
	}
}

/* The event's own delegations, for who leads one. */
static bool put_event(struct request *rq, struct data *page, const struct meeting *m, struct error *err)
{
	struct record *r;
	bool delegations;

	if (!m->record_id || !record_by_id(rq->db, rq->arena, m->record_id, &r, &(struct error){ 0 }))
		return true;
	data_text(page, "event_title", r->title);
	data_url(page, "event_url", page_record_url(rq, r));
	if (!meeting_delegations(rq->db, r->num, &delegations, err))
		return false;
	if (delegations && viewer_has_role_anywhere(rq->viewer, ROLE_EDITOR))
		data_url(page, "delegation_url", url_path(rq->arena, "%b", arena_printf(rq->arena, "%s/delegation",
			page_record_url(rq, r).text)));
	return true;
}

static bool show(struct request *rq, struct response *rs, struct meeting *m, const struct error *wrong, struct error *err)
{
	struct data *page = meeting_page(rq, rs, m, "Who attends", wrong);
	struct candidate *candidates;
	const struct attendee *mine = NULL;
	struct attendee *list;
	size_t n, n_candidates;

	if (!attendee_list(rq->db, rq->arena, m->id, &list, &n, err) || !may_name(rq, m, &candidates, &n_candidates, err))
		return false;
	for (size_t i = 0; i < n; i++) {
		struct data *d;

		mine = list[i].mine ? &list[i] : mine;
		/* Who was named by others and declines is not shown to the whole network for it. */
		if (list[i].declined && !list[i].mine && !m->leads && m->kind != GROUP_TEAM && m->kind != GROUP_PRIVATE)
			continue;
		d = data_item(page, list[i].declined ? "away" : "people");
		data_text(d, "id", list[i].account_id);
		data_text(d, "name", list[i].name);
		data_text(d, "space", list[i].space_name);
		data_flag(d, "came", list[i].came);
		data_flag(d, "may_remove", m->leads || candidate_of(candidates, n_candidates, list[i].account_id));
	}
	for (size_t i = 0; i < n_candidates; i++) {
		bool on = false;

		for (size_t k = 0; k < n; k++)
			on = on || (strcmp(list[k].account_id, candidates[i].account_id) == 0 && !list[k].declined);
		if (!on)
			page_option(page, "candidates", candidates[i].account_id, arena_printf(rq->arena, "%s, %s", candidates[i].name,
				candidates[i].space_name ? candidates[i].space_name : m->space_name), NULL);
	}
	put_own(rq, page, m, mine);
	data_flag(page, "leads", m->leads);
	data_flag(page, "began", m->starts_us <= clock_now_us());
	data_flag(page, "delegates", n_candidates > 0);
	data_url(page, "people_url", meeting_url(rq, m, "people"));
	return put_event(rq, page, m, err) && page_send_private(rq, rs, "session-people", page, err);
}

bool attendance_page(struct request *rq, struct response *rs, struct error *err)
{
	struct meeting *m;

	return meeting_here(rq, &m, err) && show(rq, rs, m, NULL, err);
}

/* ---- acts ---- */

static bool write_people(struct db *w, void *arg, struct error *err)
{
	struct naming *x = arg;
	struct request *rq = x->rq;
	const char *act = x->act;

	if (strcmp(act, "came") == 0 || strcmp(act, "absent") == 0)
		return attendee_came(w, x->m->id, x->account_id, strcmp(act, "came") == 0, err);
	if (strcmp(act, "remove") == 0)
		return attendee_remove(w, x->m->id, x->account_id, err);
	return attendee_set(w, x->m->id, x->account_id, x->space_id, strcmp(act, "decline") == 0, err) &&
		(strcmp(act, "name") != 0 || meeting_tell(w, rq, x->m, x->account_id, "session",
		arena_printf(rq->arena, "named %s %s", x->m->id, x->account_id), arena_printf(rq->arena,
			"You are named to attend: %s", x->m->title),
		arena_printf(rq->arena, "/sessions/%s", x->m->id), x->m->id, err));
}

/* For which of one's own spaces. */
static bool read_own(struct naming *x, struct error *wrong)
{
	struct request *rq = x->rq;
	const char *slug = request_typed(rq, "space");

	x->account_id = rq->account->id;
	x->space_id = NULL;
	for (size_t i = 0; i < rq->account->n_memberships; i++)
		if (strcmp(rq->account->memberships[i].space_slug, slug) == 0)
			x->space_id = rq->account->memberships[i].space_id;
	return x->space_id || !*slug || error_set(wrong, ERROR_INVALID, "Choose one of your own jurisdictions.");
}

static bool read_other(struct naming *x, struct error *wrong, struct error *err)
{
	struct request *rq = x->rq;
	const char *who = request_typed(rq, "who");
	const struct candidate *c;
	struct candidate *candidates;
	struct attendee *list;
	bool listed = false;
	size_t n, n_list;

	if (!may_name(rq, x->m, &candidates, &n, err) || !attendee_list(rq->db, rq->arena, x->m->id, &list, &n_list, err))
		return false;
	c = candidate_of(candidates, n, who);
	for (size_t i = 0; i < n_list; i++)
		listed = listed || strcmp(list[i].account_id, who) == 0;
	x->account_id = who;
	x->space_id = c ? c->space_id : NULL;
	if (strcmp(x->act, "name") == 0)
		return c || error_set(wrong, ERROR_INVALID, "Choose one of the people of the list.");
	/* Whoever is on the list, for who looks after it; else only those whom one could name. */
	return (listed && (x->m->leads || (c && strcmp(x->act, "remove") == 0))) ||
		error_set(wrong, ERROR_INVALID, "Choose one of the people of the list.");
}

bool attendance_act(struct request *rq, struct response *rs, struct error *err)
{
	static const char *const acts[][2] = { { "attend", "attends" }, { "decline", "declines" }, { "name", "named" },
		{ "remove", "named" }, { "came", "named" }, { "absent", "named" } };
	struct naming x = { .rq = rq, .act = request_typed(rq, "act") };
	const char *word = NULL, *back = request_form(rq, "back");
	struct error wrong = { 0 };

	if (!meeting_here(rq, &x.m, err))
		return false;
	for (size_t i = 0; i < sizeof acts / sizeof *acts; i++)
		if (strcmp(acts[i][0], x.act) == 0)
			word = acts[i][1];
	if (!word)
		return error_set(err, ERROR_INVALID, "The form that was sent is not well made.");
	bool own = strcmp(x.act, "attend") == 0 || strcmp(x.act, "decline") == 0;
	if ((own ? read_own(&x, &wrong) : read_other(&x, &wrong, err)) && request_write_wake(rq, write_people, &x, &wrong))
		return done_redirect(rq, rs, meeting_url(rq, x.m, back && strcmp(back, "session") == 0 ? NULL : "people"), word);
	if (is_wrong(&wrong))
		return show(rq, rs, x.m, &wrong, err);
	if (wrong.kind)
		*err = wrong;
	return false;
}
