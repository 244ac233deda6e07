/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Who is in a group: finding and adding people, leads, removing, and the list that
 * is confirmed before posts may go without names. */
#include "groups.h"

#define CANDIDATES 20

const struct param group_add_params[] = {
	{ "q", PARAM_TEXT, 0, 0, "Words of a name" },
	{ NULL, 0, 0, 0, NULL }
};

/* ---- adding ---- */

static bool show_add(struct request *rq, struct response *rs, const struct group *g, const char *text,
	const struct error *bad,
	struct error *err)
{
	struct data *page = group_page_of(rq, g, g->kind == GROUP_PRIVATE ? "Invite people" : "Add people");
	struct candidate *list;
	size_t n;

	if (!group_candidates(rq->db, rq->arena, g->id, g->kind == GROUP_TEAM ? g->space_id : NULL, text, CANDIDATES,
		&list, &n, err))
		return false;
	for (size_t i = 0; i < n; i++) {
		struct data *item = data_item(page, "people");

		data_text(item, "id", list[i].account_id);
		data_text(item, "name", list[i].name);
		data_text(item, "where", list[i].where);
	}
	data_text(page, "text", text);
	data_flag(page, "asked", *text != '\0');
	data_flag(page, "full", n == CANDIDATES);
	data_text(page, "space_name", g->space_name);
	data_url(page, "add_url", group_url(rq, g, "add"));
	return (!bad || group_wrong(rs, page, bad, err)) && page_send_private(rq, rs, "group-add", page, err);
}

bool group_add_page(struct request *rq, struct response *rs, struct error *err)
{
	const char *text = request_arg(rq, "q");
	struct group *g;

	return group_here_open(rq, true, &g, err) && show_add(rq, rs, g, text ? text : "", NULL, err);
}

static bool invite(struct db *w, struct act *act, const char *via, struct error *err)
{
	const struct group *g = act->group;
	struct request *rq = act->rq;
	bool reachable;

	if (!group_reachable(w, act->account_id, g->space_id, &reachable, err))
		return false;
	if (!reachable)
		return error_set(err, ERROR_INVALID, "The pages of %s are open to its own members alone, so this person could not read "
			"the group. Begin the group at the network's own pages instead.", g->space_name);
	return group_invite(w, g->id, act->account_id, via, rq->account->id, err) &&
		act_note(w, act, "group.invite", "invited", act->account_id, err) &&
		act_tell(w, act, act->account_id, "group-invitation", via, NULL, arena_printf(rq->arena,
			"%s invites you to the group “%s”", rq->account->name, g->name), "/groups/invitations", err);
}

static bool write_add(struct db *w, void *arg, struct error *err)
{
	struct act *act = arg;
	const struct group *g = act->group;
	struct request *rq = act->rq;
	const char *via;
	bool there;

	if (!act_begin(w, act, err) || !group_via(w, rq->arena, act->account_id, g->space_id, &via, err) ||
		!group_has(w, g->id, act->account_id, &there, err))
		return false;
	if (there)
		return error_set(err, ERROR_INVALID, "This person is in the group already.");
	if (g->kind == GROUP_PRIVATE)
		return invite(w, act, via, err);
	return group_set_member(w, g->id, act->account_id, g->space_id, false, err) &&
		act_note(w, act, "group.member.add", "added", act->account_id, err) &&
		act_tell(w, act, act->account_id, "group-member", g->space_id, g->scope, arena_printf(rq->arena,
			"%s added you to the group “%s”", rq->account->name, g->name), arena_printf(rq->arena, "/groups/%s", g->slug), err);
}

bool group_add_save(struct request *rq, struct response *rs, struct error *err)
{
	const char *id = request_typed(rq, "account");
	struct error bad = { 0 };
	bool known = false;
	struct group *g;

	if (!group_here_open(rq, true, &g, err))
		return false;
	struct act act = { .rq = rq, .group = g, .account_id = id };
	if (id_valid(id) && !group_may_ask(rq->db, id, g->kind == GROUP_TEAM ? g->space_id : NULL, &known, err))
		return false;
	/* Who is not there and who may not be known are the same. */
	if (!known)
		error_set(&bad, ERROR_INVALID, "Choose a person from the list.");
	else if (act_write(&act, write_add, &bad))
		return done_redirect(rq, rs, group_url(rq, g, NULL), g->kind == GROUP_PRIVATE ? "invited" : "added");
	return show_add(rq, rs, g, request_typed(rq, "q"), &bad, err);
}

/* ---- one member ---- */

struct one {
	const struct group_member *member;         /* or: */
	const struct group_invitation *invitation;
};

static bool find_one(struct request *rq, const struct group *g, const char *id, struct one *out, struct error *err)
{
	struct group_invitation *invited;
	struct group_member *list;
	size_t n, waiting;

	*out = (struct one){ NULL, NULL };
	if (!group_members(rq->db, rq->arena, g->id, &list, &n, err) ||
		!group_invitations(rq->db, rq->arena, g->id, &invited, &waiting, err))
		return false;
	for (size_t i = 0; i < n; i++)
		if (strcmp(list[i].account_id, id) == 0)
			out->member = &list[i];
	for (size_t i = 0; i < waiting; i++)
		if (strcmp(invited[i].account_id, id) == 0)
			out->invitation = &invited[i];
	return out->member || out->invitation || error_set(err, ERROR_NOT_FOUND, NO_GROUP);
}

static bool show_member(struct request *rq, struct response *rs, const struct group *g, const struct one *one,
	const struct error *bad, struct error *err)
{
	const struct group_member *m = one->member;
	const char *name = m ? m->name : one->invitation->account_name;
	struct data *page = group_page_of(rq, g, name);

	data_text(page, "name", name);
	data_text(page, "space_name", m ? m->space_name : one->invitation->account_space);
	data_flag(page, "member", m != NULL);
	data_flag(page, "leads", m && m->leads);
	data_flag(page, "by_role", m && m->by_role);
	data_flag(page, "self", strcmp(m ? m->account_id : one->invitation->account_id, rq->account->id) == 0);
	if (g->team)
		data_text(page, "team", page_role_name(g->team));
	data_text(page, "place", g->space_name);
	data_url(page, "save_url", url_path(rq->arena, "%b/groups/%s/members/%s", rq->base, g->slug,
		m ? m->account_id : one->invitation->account_id));
	return (!bad || group_wrong(rs, page, bad, err)) && page_send_private(rq, rs, "group-member", page, err);
}

bool group_member_page(struct request *rq, struct response *rs, struct error *err)
{
	struct group *g;
	struct one one;

	return group_here(rq, true, &g, err) && find_one(rq, g, request_arg(rq, "id"), &one, err) &&
		show_member(rq, rs, g, &one, NULL, err);
}

static bool set_lead(struct db *w, struct act *act, const char *via, struct error *err)
{
	const struct group *g = act->group;
	bool leads = strcmp(act->word, "lead") == 0, others;

	if (!group_other_leads(w, g->id, act->account_id, &others, err))
		return false;
	if (!leads && !others)
		return error_set(err, ERROR_CONFLICT, "Someone has to look after the group: name another lead first, or close it.");
	return group_set_member(w, g->id, act->account_id, via, leads, err) &&
		act_note(w, act, leads ? "group.lead.add" : "group.lead.remove", leads ? "named as lead" : "took the lead from",
			act->account_id, err) &&
		(!leads || act_tell(w, act, act->account_id, "group-member", g->space_id, g->scope, arena_printf(act->rq->arena,
			"You look after the group “%s” now", g->name), arena_printf(act->rq->arena, "/groups/%s", g->slug), err));
}

static bool write_member(struct db *w, void *arg, struct error *err)
{
	struct act *act = arg;
	const char *about = arena_printf(act->rq->arena, "%s:%s", act->group->id, act->account_id);

	if (!act_begin(w, act, err))
		return false;
	if (strcmp(act->word, "take-back") == 0)
		return group_answer(w, act->group->id, act->account_id, false, err) &&
			notification_remove(w, "group-invitation", about, err) &&
			act_note(w, act, "group.uninvite", "took the invitation back from", act->account_id, err);
	if (strcmp(act->word, "remove") == 0)
		return group_remove_member(w, act->group->id, act->account_id, err) &&
			act_note(w, act, "group.member.remove", "removed", act->account_id, err);
	return set_lead(w, act, act->name, err);
}

bool group_member_save(struct request *rq, struct response *rs, struct error *err)
{
	static const char *const acts[][2] = { { "lead", "lead" }, { "member", "no-lead" }, { "remove", "removed" },
		{ "take-back", "taken-back" } };
	const char *word = request_typed(rq, "act"), *done = NULL;
	struct error bad = { 0 };
	struct group *g;
	struct one one;

	if (!group_here(rq, true, &g, err) || !find_one(rq, g, request_arg(rq, "id"), &one, err))
		return false;
	for (size_t i = 0; i < sizeof acts / sizeof *acts; i++)
		if (strcmp(acts[i][0], word) == 0 && (i == 3) == (one.member == NULL))
			done = acts[i][1];
	struct act act = { .rq = rq, .group = g, .account_id = request_arg(rq, "id"), .word = word,
		.name = one.member ? one.member->space_id : NULL };
	if (!done || (strcmp(word, "remove") == 0 && one.member->by_role))
		error_set(&bad, ERROR_INVALID, "Choose what to do.");
	else if (act_write(&act, write_member, &bad))
		return done_redirect(rq, rs, group_url(rq, g, NULL), done);
	return show_member(rq, rs, g, &one, &bad, err);
}

/* ---- posts without names ---- */

static bool show_names(struct request *rq, struct response *rs, const struct group *g, const struct error *bad,
	struct error *err)
{
	struct data *page = group_page_of(rq, g, "Posts without names");
	struct group_member *list;
	size_t n, missing = 0;

	if (!group_members(rq->db, rq->arena, g->id, &list, &n, err))
		return false;
	for (size_t i = 0; i < n; i++) {
		struct data *item = data_item(page, "members");

		data_text(item, "id", list[i].account_id);
		data_text(item, "name", list[i].name);
		data_text(item, "space", list[i].space_name);
		if (list[i].confirmed_us)
			data_text(item, "confirmed", moment_human(rq->arena, list[i].confirmed_us));
		missing += list[i].confirmed_us == 0;
	}
	data_int(page, "missing", (long long)missing);
	data_int(page, "few", n < GROUP_UNATTRIBUTED_MIN);
	data_int(page, "least", GROUP_UNATTRIBUTED_MIN);
	data_textf(page, "count", "%zu", n);
	data_flag(page, "verified", g->verified);
	data_flag(page, "on", g->unattributed_on);
	data_flag(page, "works", g->unattributed);
	group_done(rq, page);
	data_url(page, "save_url", group_url(rq, g, "names"));
	return (!bad || group_wrong(rs, page, bad, err)) && page_send_private(rq, rs, "group-names", page, err);
}

bool group_names_page(struct request *rq, struct response *rs, struct error *err)
{
	struct group *g;

	return group_here_open(rq, true, &g, err) && show_names(rq, rs, g, NULL, err);
}

/* The people of the form, if they are the very ones that are in the group now. */
static bool read_list(struct act *act, struct error *err)
{
	struct request *rq = act->rq;
	const char **ids = arena_array(rq->arena, rq->n_form + 1, sizeof *ids);
	struct group_member *list;
	size_t n, found = 0;

	if (!group_members(rq->db, rq->arena, act->group->id, &list, &n, err))
		return false;
	for (size_t i = 0; i < rq->n_form; i++)
		if (strcmp(rq->form[i].name, "member") == 0)
			ids[act->n++] = rq->form[i].value;
	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; k < act->n; k++)
			if (strcmp(ids[k], list[i].account_id) == 0) {
				found++;
				break;
			}
	act->accounts = ids;
	return (found == n && act->n == n) || error_set(err, ERROR_CONFLICT,
		"Who is in the group has changed meanwhile. Please look at the list again.");
}

static bool write_names(struct db *w, void *arg, struct error *err)
{
	struct act *act = arg;

	if (!act_begin(w, act, err))
		return false;
	if (act->accounts)
		return group_confirm(w, act->group->id, act->rq->account->id, act->accounts, act->n, err) &&
			act_note(w, act, "group.confirm", "confirmed the list of members", NULL, err);
	return group_set_unattributed(w, act->group->id, act->yes, err) && act_note(w, act, "group.unattributed",
		act->yes ? "allowed posts without names" : "ended posts without names", NULL, err);
}

bool group_names_save(struct request *rq, struct response *rs, struct error *err)
{
	const char *word = request_typed(rq, "act");
	bool confirm = strcmp(word, "confirm") == 0;
	struct error bad = { 0 };
	struct group *g;

	if (!group_here_open(rq, true, &g, err))
		return false;
	struct act act = { .rq = rq, .group = g, .yes = strcmp(word, "on") == 0 };
	if (!confirm && !act.yes && strcmp(word, "off") != 0)
		error_set(&bad, ERROR_INVALID, "Choose what to do.");
	else if ((!confirm || read_list(&act, &bad)) && act_write(&act, write_names, &bad))
		return done_redirect(rq, rs, group_url(rq, g, confirm ? "names" : NULL),
			confirm ? "confirmed" : act.yes ? "names-on" : "names-off");
	return show_names(rq, rs, g, &bad, err);
}
