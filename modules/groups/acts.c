/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Leaving a group, closing it, answering an invitation. */
#include "groups.h"

/* ---- leaving ---- */

static bool inside(struct request *rq, struct group **g, struct error *err)
{
	return group_here(rq, false, g, err) && (((*g)->reads && (*g)->kind >= GROUP_TEAM) ||
		error_set(err, ERROR_NOT_FOUND, NO_GROUP));
}

static bool show_leave(struct request *rq, struct response *rs, const struct group *g, const struct error *bad,
	struct error *err)
{
	struct data *page = group_page_of(rq, g, "Leave the group");
	struct group_member *list;
	bool last = true;
	size_t n;

	if (!group_members(rq->db, rq->arena, g->id, &list, &n, err))
		return false;
	for (size_t i = 0; i < n; i++) {
		bool self = strcmp(list[i].account_id, rq->account->id) == 0;

		last = last && (self || !list[i].leads);
		if (self)
			data_flag(page, "by_role", list[i].by_role);
	}
	data_flag(page, "alone", n == 1);
	data_flag(page, "last", last && n > 1);
	data_text(page, "space_name", g->space_name);
	data_url(page, "save_url", group_url(rq, g, "leave"));
	return (!bad || group_wrong(rs, page, bad, err)) && page_send_private(rq, rs, "group-leave", page, err);
}

bool group_leave_page(struct request *rq, struct response *rs, struct error *err)
{
	struct group *g;

	return inside(rq, &g, err) && show_leave(rq, rs, g, NULL, err);
}

static bool write_leave(struct db *w, void *arg, struct error *err)
{
	struct act *act = arg;
	bool named;

	if (!group_has(w, act->group->id, act->rq->account->id, &named, err))
		return false;
	if (!named)
		return error_set(err, ERROR_CONFLICT, "You are in this group by your role in the team.");
	return group_remove_member(w, act->group->id, act->rq->account->id, err) &&
		act_note(w, act, "group.leave", "left the group", NULL, err);
}

bool group_leave_save(struct request *rq, struct response *rs, struct error *err)
{
	struct error bad = { 0 };
	struct group *g;

	if (!inside(rq, &g, err))
		return false;
	struct act act = { .rq = rq, .group = g };
	if (act_write(&act, write_leave, &bad))
		return done_redirect(rq, rs, url_path(rq->arena, "%b/groups", rq->base), "left");
	return show_leave(rq, rs, g, &bad, err);
}

/* ---- closing ---- */

static bool write_close(struct db *w, void *arg, struct error *err)
{
	struct act *act = arg;

	return act_begin(w, act, err) && group_close(w, act->group->id, act->yes, err) &&
		act_note(w, act, act->yes ? "group.close" : "group.open",
		act->yes ? "closed the group" : "opened the group again", NULL, err);
}

bool group_close_save(struct request *rq, struct response *rs, struct error *err)
{
	const char *word = request_typed(rq, "act");
	struct group *g;

	if (!group_here(rq, true, &g, err))
		return false;
	struct act act = { .rq = rq, .group = g, .yes = strcmp(word, "close") == 0 };
	if (!act.yes && strcmp(word, "open") != 0)
		return error_set(err, ERROR_INVALID, "The form that was sent is not well made.");
	/* Done twice, it is done once. */
	if (act.yes == (g->closed_us != 0))
		return done_redirect(rq, rs, group_url(rq, g, NULL), act.yes ? "closed" : "opened");
	return act_write(&act, write_close, err) && done_redirect(rq, rs, group_url(rq, g, NULL),
		act.yes ? "closed" : "opened");
}

/* ---- an invitation ---- */

static bool write_answer(struct db *w, void *arg, struct error *err)
{
	struct act *act = arg;
	const char *about = arena_printf(act->rq->arena, "%s:%s", act->word, act->rq->account->id);

	return group_answer(w, act->word, act->rq->account->id, act->yes, err) &&
		notification_remove(w, "group-invitation", about, err) &&
		group_note_add(w, act->word, act->rq->account->id,
		act->yes ? "accepted the invitation" : "declined the invitation", NULL, err);
}

bool group_invitation_save(struct request *rq, struct response *rs, struct error *err)
{
	const char *word = request_typed(rq, "answer");
	struct act act = { .rq = rq, .word = request_arg(rq, "id"), .yes = strcmp(word, "accept") == 0 };
	struct group_invitation *list;
	bool mine = false;
	size_t n;

	if (!group_invitations(rq->db, rq->arena, NULL, &list, &n, err))
		return false;
	for (size_t i = 0; i < n; i++)
		mine = mine || strcmp(list[i].group_id, act.word) == 0;
	if (!mine)
		return error_absent(err);
	if (!act.yes && strcmp(word, "decline") != 0)
		return error_set(err, ERROR_INVALID, "The form that was sent is not well made.");
	return act_write(&act, write_answer, err) &&
		done_redirect(rq, rs, url_path(rq->arena, act.yes ? "%b/groups" : "%b/groups/invitations", rq->base),
			act.yes ? "accepted" : "declined");
}
