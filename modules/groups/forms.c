/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Making a group and changing what it is. */
#include "groups.h"

static void put_teams(struct data *page, const char *chosen)
{
	page_option(page, "teams", "", "The people whom I add", chosen);
	for (size_t i = 0; page_role_at(i); i++)
		page_option(page, "teams", page_role_at(i), page_role_name(page_role_at(i)), chosen);
}

static bool read_team(struct act *act, struct error *err)
{
	const char *word = request_typed(act->rq, "team");

	act->team = NULL;
	if (!*word)
		return true;
	for (size_t i = 0; page_role_at(i); i++)
		if (strcmp(page_role_at(i), word) == 0)
			act->team = page_role_at(i);
	return act->team || error_set(err, ERROR_INVALID, "Choose a role in the team from the list.");
}

/* ---- a new one ---- */

static bool may_team(const struct request *rq)
{
	return viewer_is_member(rq->viewer, rq->space->id) && viewer_has_role(rq->viewer, rq->space->id, ROLE_CONTRIBUTOR);
}

static bool may_begin(struct request *rq, struct error *err)
{
	bool national = space_is_national(rq->space);

	return viewer_is_member(rq->viewer, rq->space->id) || (national && rq->viewer->n_memberships > 0) ||
		error_absent(err);
}

static bool show_new(struct request *rq, struct response *rs, const struct act *act, const struct error *bad,
	struct error *err)
{
	struct data *page = page_create(rq, bad ? "Error: A new group" : "A new group");

	data_flag(page, "may_team", may_team(rq));
	data_text(page, "space_name", rq->space->short_name);
	data_text(page, "name", act->name);
	data_text(page, "purpose", act->purpose);
	data_text(page, "team_checked", act->kind == GROUP_TEAM ? "checked" : NULL);
	data_text(page, "private_checked", act->kind == GROUP_PRIVATE ? "checked" : NULL);
	put_teams(page, act->team);
	data_url(page, "save_url", url_path(rq->arena, "%b/groups/new", rq->base));
	group_crumbs(rq, page);
	page_crumb(page, "A new group", (struct url){ NULL });
	return (!bad || group_wrong(rs, page, bad, err)) && page_send_private(rq, rs, "group-new", page, err);
}

bool group_new_page(struct request *rq, struct response *rs, struct error *err)
{
	struct act act = { .rq = rq, .name = "", .purpose = "" };

	return may_begin(rq, err) && show_new(rq, rs, &act, NULL, err);
}

static bool check_limit(struct db *w, const struct act *act, struct error *err)
{
	int64_t most = options_int(act->rq->engine->options, "private-groups-per-person"), n;

	if (act->kind != GROUP_PRIVATE)
		return true;
	return group_count_begun(w, act->rq->account->id, &n, err) && (n < most || error_set(err, ERROR_CONFLICT,
		"You have begun %lld private groups that are still open; more are not possible. Close one first.", (long long)n));
}

static bool write_new(struct db *w, void *arg, struct error *err)
{
	struct act *act = arg;
	struct request *rq = act->rq;
	struct group_new n = { .space_id = rq->space->id, .name = act->name, .purpose = act->purpose, .kind = act->kind,
		.team = act->team, .lead = rq->account->id };

	return group_via(w, rq->arena, rq->account->id, rq->space->id, &n.lead_space, err) && check_limit(w, act, err) &&
		group_add(w, rq->arena, &n, act->id, &act->slug, err) && act_note(w, act, "group.add", "made the group", NULL, err);
}

bool group_new_save(struct request *rq, struct response *rs, struct error *err)
{
	struct act act = { .rq = rq, .name = text_normalise(rq->arena, request_typed(rq, "name")),
		.purpose = request_typed(rq, "purpose"), .kind = group_kind_parse(request_typed(rq, "kind")) };
	struct error bad = { 0 };

	if (!may_begin(rq, err))
		return false;
	if (act.kind != GROUP_PRIVATE && (act.kind != GROUP_TEAM || !may_team(rq)))
		error_set(&bad, ERROR_INVALID, "Choose who knows of the group.");
	else if (read_team(&act, &bad) && act_write(&act, write_new, &bad))
		return done_redirect(rq, rs, url_path(rq->arena, "%b/groups/%s", rq->base, act.slug), "made");
	return show_new(rq, rs, &act, &bad, err);
}

/* ---- changing one ---- */

static bool show_edit(struct act *act, struct response *rs, const struct error *bad, struct error *err)
{
	const struct group *g = act->group;
	struct request *rq = act->rq;
	struct data *page = group_page_of(rq, g, "Name and purpose");

	data_text(page, "name", act->name);
	data_text(page, "purpose", act->purpose);
	data_flag(page, "is_team", g->kind == GROUP_TEAM);
	put_teams(page, act->team);
	data_textf(page, "version", "%lld", (long long)g->version);
	data_url(page, "save_url", group_url(rq, g, "edit"));
	if (bad && bad->kind == ERROR_CONFLICT) {
		data_text(page, "saved_name", g->name);
		data_text(page, "saved_purpose", *g->purpose ? g->purpose : "(no purpose)");
	}
	return (!bad || group_wrong(rs, page, bad, err)) && page_send_private(rq, rs, "group-edit", page, err);
}

bool group_edit_page(struct request *rq, struct response *rs, struct error *err)
{
	struct group *g;

	if (!group_here_open(rq, true, &g, err))
		return false;
	struct act act = { .rq = rq, .group = g, .name = g->name, .purpose = g->purpose, .team = g->team };
	return show_edit(&act, rs, NULL, err);
}

static bool write_edit(struct db *w, void *arg, struct error *err)
{
	struct act *act = arg;

	return act_begin(w, act, err) && group_change(w, act->group->id, act->version, act->name, act->purpose,
		act->team, err) &&
		act_note(w, act, "group.change", "changed name, purpose or role", NULL, err);
}

bool group_edit_save(struct request *rq, struct response *rs, struct error *err)
{
	struct error bad = { 0 };
	struct group *g;

	if (!group_here_open(rq, true, &g, err))
		return false;
	struct act act = { .rq = rq, .group = g, .name = text_normalise(rq->arena, request_typed(rq, "name")),
		.purpose = request_typed(rq, "purpose"), .version = strtoll(request_typed(rq, "version"), NULL, 10) };
	if (read_team(&act, &bad) && act_write(&act, write_edit, &bad))
		return done_redirect(rq, rs, group_url(rq, g, NULL), "saved");
	return show_edit(&act, rs, &bad, err);
}
