/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Groups: routes, the list, the page of one, one's invitations. */
#include "groups.h"

#define NOTES_SHOWN 30

/* ---- what pages share ---- */

struct url group_url(struct request *rq, const struct group *g, const char *part)
{
	return part ? url_path(rq->arena, "%b/groups/%s/%s", rq->base, g->slug, part) :
		url_path(rq->arena, "%b/groups/%s", rq->base, g->slug);
}

static const char *kind_words(struct request *rq, const struct group *g)
{
	switch (g->kind) {
	case GROUP_NETWORK: return "Everyone in the network";
	case GROUP_SPACE: return arena_printf(rq->arena, "Everyone in %s", g->space_name);
	case GROUP_TEAM: return g->team ? arena_printf(rq->arena, "Group of %s: %s", g->space_name,
		page_role_name(g->team)) :
		arena_printf(rq->arena, "Group of %s", g->space_name);
	default: return "Private group: only its members know of it";
	}
}

static const char *name_of(struct request *rq, const struct group *g)
{
	return g->kind == GROUP_NETWORK || g->kind == GROUP_SPACE ? kind_words(rq, g) : g->name;
}

bool group_here(struct request *rq, bool lead, struct group **out, struct error *err)
{
	return group_get(rq->db, rq->arena, rq->space->id, request_arg(rq, "slug"), out, err) &&
		(!lead || ((*out)->leads && (*out)->kind >= GROUP_TEAM) || error_set(err, ERROR_NOT_FOUND, NO_GROUP));
}

bool group_here_open(struct request *rq, bool lead, struct group **out, struct error *err)
{
	return group_here(rq, lead, out, err) && (!(*out)->closed_us ||
		error_set(err, ERROR_CONFLICT, "This group is closed. A lead can open it again."));
}

void group_crumbs(struct request *rq, struct data *page)
{
	page_crumb(page, "Exchange", url_path(rq->arena, "%b/exchange", rq->base));
	page_crumb(page, "Groups", url_path(rq->arena, "%b/groups", rq->base));
}

struct data *group_page_of(struct request *rq, const struct group *g, const char *title)
{
	struct data *page = page_create(rq, title ? arena_printf(rq->arena, "%s: %s", title, name_of(rq,
		g)) : name_of(rq, g));

	data_text(page, "heading", title ? title : name_of(rq, g));
	data_text(page, "group_name", name_of(rq, g));
	data_text(page, "kind_words", kind_words(rq, g));
	data_flag(page, "private", g->kind == GROUP_PRIVATE);
	data_url(page, "group_url", group_url(rq, g, NULL));
	group_crumbs(rq, page);
	page_crumb(page, name_of(rq, g), title ? group_url(rq, g, NULL) : (struct url){ NULL });
	if (title)
		page_crumb(page, title, (struct url){ NULL });
	return page;
}

bool group_wrong(struct response *rs, struct data *page, const struct error *bad, struct error *err)
{
	if (bad->kind != ERROR_INVALID && bad->kind != ERROR_CONFLICT) {
		*err = *bad;
		return false;
	}
	rs->status = error_status(bad->kind);
	data_text(page, "wrong", bad->text);
	return true;
}

/* ---- acts ---- */

bool act_write(struct act *act, store_operation *op, struct error *err)
{
	bool ok = store_write_aside(act->rq->engine->store, &viewer_system, op, act, err);

	if (ok)
		jobs_wake(act->rq->engine->jobs);
	return ok;
}

bool act_begin(struct db *w, const struct act *act, struct error *err)
{
	return group_keep_lead(w, act->group->id, act->rq->account->id, err);
}

bool act_note(struct db *w, const struct act *act, const char *action, const char *what, const char *about,
	struct error *err)
{
	const struct group *g = act->group;
	enum group_kind kind = g ? g->kind : act->kind;
	struct audit_entry e = audit_entry(act->rq, action, about ? about : g ? g->name : act->name,
		about && g ? arena_printf(act->rq->arena, "%s: %s", g->name, what) : what);

	return group_note_add(w, g ? g->id : act->id, act->rq->account->id, what, about, err) &&
		(kind == GROUP_PRIVATE || audit_write(w, &e, err));
}

bool act_tell(struct db *w, const struct act *act, const char *account_id, const char *kind, const char *space_id,
	const char *scope, const char *title, const char *path, struct error *err)
{
	const char *about = arena_printf(act->rq->arena, "%s:%s", act->group->id, account_id);
	struct notification_new n = { .account_id = account_id, .kind = kind, .space_id = space_id, .scope = scope,
		.title = title,
		.path = path, .about = about };

	if (strcmp(account_id, act->rq->account->id) == 0)
		return true;
	return notification_remove(w, kind, about, err) && notification_add(w, act->rq->engine, &n, err);
}

/* ---- the list ---- */

static void put_group(struct request *rq, struct data *d, const struct group *g, bool with_space)
{
	data_text(d, "name", name_of(rq, g));
	data_text(d, "kind", kind_words(rq, g));
	data_flag(d, "named", g->kind >= GROUP_TEAM);
	data_text(d, "space", with_space && g->kind != GROUP_NETWORK ? g->space_name : NULL);
	data_text(d, "purpose", text_excerpt(rq->arena, g->purpose, 160));
	data_flag(d, "closed", g->closed_us != 0);
	data_flag(d, "leads", g->leads && g->reads && g->kind >= GROUP_TEAM);
	data_flag(d, "outside", !g->reads);
	data_flag(d, "private", g->kind == GROUP_PRIVATE);
	data_url(d, "url", strcmp(g->space_id, rq->space->id) == 0 ? group_url(rq, g, NULL) :
		strcmp(g->space_slug, SPACE_NATIONAL) == 0 ? url_path(rq->arena, "/groups/%s", g->slug) :
		url_path(rq->arena, "/s/%s/groups/%s", g->space_slug, g->slug));
}

static const char *const done_words[][2] = {
	{ "left", "You have left the group." }, { "declined", "You declined. Nobody in the group is told why." },
	{ "accepted", "You are in the group now." }, { "made", "The group is made. Add people now." },
	{ "saved", "The changes are saved." }, { "added", "The person is in the group now, and was told." },
	{ "invited", "The invitation is sent. The person sees name, purpose and who invites, until they accept." },
	{ "removed", "The person is not in the group any more." }, { "taken-back", "The invitation is taken back." },
	{ "lead", "The person looks after the group now, too." }, { "no-lead", "The person is a member like others now." },
	{ "closed", "The group is closed: it can be read, not written. You can open it again." },
	{ "opened", "The group is open again." }, { "confirmed", "The list of members is confirmed." },
	{ "names-off", "Posts without names are no longer possible. Those that there are stay without names." },
	{ "names-on", "Members can post without their name now." }, { NULL, NULL }
};

void group_done(struct request *rq, struct data *page)
{
	data_text(page, "done", done_text(rq, done_words));
}

bool groups_page(struct request *rq, struct response *rs, struct error *err)
{
	bool national = space_is_national(rq->space);
	struct data *page = page_create(rq, "Groups");
	struct group_invitation *invited;
	struct group *list;
	size_t n, waiting;

	if (!group_list(rq->db, rq->arena, national ? NULL : rq->space->id, &list, &n, err) ||
		!group_invitations(rq->db, rq->arena, NULL, &invited, &waiting, err))
		return false;
	/* Those whom nobody has to be told of come last, under a heading of their own at the root. */
	for (size_t i = 0; i < n; i++)
		put_group(rq, data_item(page, strcmp(list[i].space_id, rq->space->id) == 0 ? "here" : "elsewhere"), &list[i],
			strcmp(list[i].space_id, rq->space->id) != 0);
	group_done(rq, page);
	data_text(page, "where", national ? "the network" : rq->space->short_name);
	data_flag(page, "national", national);
	data_int(page, "waiting", (long long)waiting);
	data_flag(page, "one_waiting", waiting == 1);
	data_url(page, "invitations_url", url_path(rq->arena, "%b/groups/invitations", rq->base));
	if (viewer_is_member(rq->viewer, rq->space->id) || (national && rq->viewer->n_memberships))
		data_url(page, "new_url", url_path(rq->arena, "%b/groups/new", rq->base));
	page_crumb(page, "Exchange", url_path(rq->arena, "%b/exchange", rq->base));
	page_crumb(page, "Groups", (struct url){ NULL });
	return page_send_private(rq, rs, "groups", page, err);
}

/* ---- one ---- */

static bool put_members(struct request *rq, struct data *page, const struct group *g, struct error *err)
{
	struct group_invitation *invited;
	struct group_member *list;
	size_t n, waiting;

	if (!group_members(rq->db, rq->arena, g->id, &list, &n, err) ||
		!group_invitations(rq->db, rq->arena, g->id, &invited, &waiting, err))
		return false;
	for (size_t i = 0; i < n; i++) {
		struct data *item = data_item(page, "members");

		data_text(item, "name", list[i].name);
		data_text(item, "space", list[i].space_name);
		data_flag(item, "leads", list[i].leads);
		data_flag(item, "by_role", list[i].by_role);
		if (list[i].since_us)
			data_text(item, "since", moment_day_human(rq->arena, list[i].since_us));
		if (g->leads)
			data_url(item, "change_url", url_path(rq->arena, "%b/groups/%s/members/%s", rq->base, g->slug,
				list[i].account_id));
	}
	for (size_t i = 0; g->reads && i < waiting; i++) {
		struct data *item = data_item(page, "invited");

		if (strcmp(invited[i].group_id, g->id) != 0)
			continue;
		data_text(item, "name", invited[i].account_name);
		data_text(item, "space", invited[i].account_space);
		data_text(item, "from", invited[i].from);
		if (g->leads)
			data_url(item, "change_url", url_path(rq->arena, "%b/groups/%s/members/%s", rq->base, g->slug,
				invited[i].account_id));
		data_text(item, "account", invited[i].account_id);
	}
	data_textf(page, "count", "%zu %s", n, n == 1 ? "person" : "people");
	return true;
}

static bool put_notes(struct request *rq, struct data *page, const struct group *g, struct error *err)
{
	struct group_note *notes;
	size_t n;

	if (!group_notes(rq->db, rq->arena, g->id, NOTES_SHOWN, &notes, &n, err))
		return false;
	for (size_t i = 0; i < n; i++) {
		struct data *item = data_item(page, "notes");

		data_text(item, "who", notes[i].who ? notes[i].who : "Someone");
		data_text(item, "what", notes[i].what);
		data_text(item, "about", notes[i].about);
		data_text(item, "at", moment_human(rq->arena, notes[i].at_us));
	}
	return true;
}

static void put_link(struct request *rq, struct data *page, const struct group *g, const char *path,
	const char *label)
{
	struct data *item;

	if (!g->reads || !routes_known(rq->engine->routes, rq->arena, path))
		return;
	item = data_item(page, "parts");
	data_text(item, "label", label);
	data_url(item, "url", url_query(rq->arena, url_path(rq->arena, "%b/%s", rq->base, path + 1), "group", g->slug));
}

bool group_one(struct request *rq, struct response *rs, struct error *err)
{
	struct group *g;
	bool named;

	if (!group_here(rq, false, &g, err))
		return false;
	named = g->kind >= GROUP_TEAM;
	struct data *page = group_page_of(rq, g, NULL);
	data_text(page, "purpose", g->purpose);
	group_done(rq, page);
	if (g->closed_us)
		data_text(page, "closed", moment_human(rq->arena, g->closed_us));
	data_flag(page, "named", named);
	data_flag(page, "inside", g->reads);
	data_flag(page, "unattributed", g->unattributed);
	data_flag(page, "unattributed_waits", g->unattributed_on && !g->unattributed);
	if (g->team)
		data_text(page, "team", page_role_name(g->team));
	put_link(rq, page, g, "/discussions", "Discussions");
	put_link(rq, page, g, "/sessions", "Working sessions");
	if (!named)
		data_url(page, "people_url", url_path(rq->arena, "%b/people", rq->base));
	if (named && (g->reads || g->leads) && (!put_members(rq, page, g, err) || !put_notes(rq, page, g, err)))
		return false;
	if (named && g->reads)
		data_url(page, "leave_url", group_url(rq, g, "leave"));
	if (named && g->leads) {
		data_flag(page, "lead", true);
		data_url(page, "edit_url", group_url(rq, g, "edit"));
		data_url(page, "close_url", group_url(rq, g, "close"));
		if (!g->closed_us) {
			data_url(page, "add_url", group_url(rq, g, "add"));
			data_url(page, "names_url", group_url(rq, g, "names"));
		}
	}
	return page_send_private(rq, rs, "group", page, err);
}

/* ---- invitations to oneself ---- */

bool group_invitations_page(struct request *rq, struct response *rs, struct error *err)
{
	struct data *page = page_create(rq, "Invitations");
	struct group_invitation *list;
	size_t n;

	if (!group_invitations(rq->db, rq->arena, NULL, &list, &n, err))
		return false;
	for (size_t i = 0; i < n; i++) {
		struct data *item = data_item(page, "invitations");

		data_textf(item, "id", "i_%s", list[i].group_id);
		data_text(item, "name", list[i].name);
		data_text(item, "purpose", list[i].purpose);
		data_text(item, "from", list[i].from);
		data_text(item, "space", list[i].account_space);
		data_text(item, "at", moment_human(rq->arena, list[i].at_us));
		data_url(item, "answer_url", url_path(rq->arena, "%b/groups/invitations/%s", rq->base, list[i].group_id));
	}
	group_done(rq, page);
	group_crumbs(rq, page);
	page_crumb(page, "Invitations", (struct url){ NULL });
	return page_send_private(rq, rs, "group-invitations", page, err);
}

bool groups_mine(struct request *rq, struct mine *m, struct error *err)
{
	struct group_invitation *list;
	size_t n;

	if (!group_invitations(rq->db, rq->arena, NULL, &list, &n, err))
		return false;
	for (size_t i = 0; i < n; i++)
		mine_add(m, &(struct mine_item){ .part = MINE_TASK,
			.title = arena_printf(rq->arena, "Answer the invitation to the group “%s”", list[i].name),
			.note = arena_printf(rq->arena, "%s invites you", list[i].from),
			.url = url_path(rq->arena, "%b/groups/invitations", rq->base) });
	return true;
}

/* ---- the module ---- */

static const struct option_def options[] = {
	{ "private-groups-per-person", OPTION_INT, "10", 0, 1000, "Open private groups that one person may have begun." },
	{ NULL, 0, NULL, 0, 0, NULL }
};

static const struct notification_kind kinds[] = {
	{ "group-invitation", "Invitations to groups", NOTIFICATION_MAIL, NULL },
	{ "group-member", "Being added to a group, or asked to look after one", NOTIFICATION_DIGEST, NULL },
	{ NULL, NULL, 0, NULL }
};

static const struct route routes[] = {
	{ HTTP_GET, "/groups", ROLE_SIGNED_IN, 0, done_params, groups_page, "Groups" },
	{ HTTP_GET, "/groups/new", ROLE_SIGNED_IN, 0, NULL, group_new_page, "Form for a new group" },
	{ HTTP_POST, "/groups/new", ROLE_SIGNED_IN, 0, NULL, group_new_save, "Make a group" },
	{ HTTP_GET, "/groups/invitations", ROLE_SIGNED_IN, 0, done_params, group_invitations_page, "Invitations to groups" },
	{ HTTP_POST, "/groups/invitations/{id:id}", ROLE_SIGNED_IN, 0, NULL, group_invitation_save,
	"Accept or decline an invitation" },
	{ HTTP_GET, "/groups/{slug:slug}", ROLE_SIGNED_IN, 0, done_params, group_one, "A group" },
	{ HTTP_GET, "/groups/{slug:slug}/edit", ROLE_SIGNED_IN, 0, NULL, group_edit_page, "Form to change a group" },
	{ HTTP_POST, "/groups/{slug:slug}/edit", ROLE_SIGNED_IN, 0, NULL, group_edit_save, "Change a group" },
	{ HTTP_GET, "/groups/{slug:slug}/add", ROLE_SIGNED_IN, 0, group_add_params, group_add_page,
	"Find people for a group" },
	{ HTTP_POST, "/groups/{slug:slug}/add", ROLE_SIGNED_IN, 0, NULL, group_add_save,
	"Add a person to a group, or invite them" },
	{ HTTP_GET, "/groups/{slug:slug}/members/{id:id}", ROLE_SIGNED_IN, 0, NULL, group_member_page,
	"A member of a group" },
	{ HTTP_POST, "/groups/{slug:slug}/members/{id:id}", ROLE_SIGNED_IN, 0, NULL, group_member_save,
	"Change or remove a member of a group" },
	{ HTTP_GET, "/groups/{slug:slug}/names", ROLE_SIGNED_IN, 0, done_params, group_names_page,
	"Posts without names in a group" },
	{ HTTP_POST, "/groups/{slug:slug}/names", ROLE_SIGNED_IN, 0, NULL, group_names_save,
	"Confirm members; allow posts without names" },
	{ HTTP_GET, "/groups/{slug:slug}/leave", ROLE_SIGNED_IN, 0, NULL, group_leave_page, "Form to leave a group" },
	{ HTTP_POST, "/groups/{slug:slug}/leave", ROLE_SIGNED_IN, 0, NULL, group_leave_save, "Leave a group" },
	{ HTTP_POST, "/groups/{slug:slug}/close", ROLE_SIGNED_IN, 0, NULL, group_close_save,
	"Close a group, or open it again" },
	{ 0, NULL, 0, 0, NULL, NULL, NULL }
};

const struct module groups_module = { .name = "groups", .migrations = groups_migrations, .views = groups_views,
	.routes = routes,
	.options = options, .notifications = kinds, .mine = groups_mine };
