/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What administrators do to a person. Each act checks, within the write itself,
 * that things are as the page said; dangerous ones ask for the login. */
#include "pages.h"

/* One act on its way through the store. */
struct act {
	struct request *rq;
	struct account *account;    /* as the page was asked; read again within the write */
	const struct space *space;  /* of role acts */
	enum role was, role;
	enum role now;              /* the present role, after a conflict */
	const char *name, *email;
	int64_t version;
	bool on;
	const char *handle;
	const char *team;           /* the form's; NULL: it has none, and what is there stays */
};

static bool person(struct request *rq, struct act *act, struct error *err)
{
	act->rq = rq;
	return person_get(rq, rq->db, request_arg(rq, "id"), &act->account, err);
}

static bool go_back(struct act *act, struct response *rs, const char *word, struct error *err)
{
	(void)err;
	return done_redirect(act->rq, rs, person_url(act->rq, act->account->id), word);
}

/* The page again after a refusal within the write, with the account as it is now. */
static bool show_again(struct act *act, struct response *rs, struct person_form *form, const char *field,
	const struct error *wrong, struct error *err)
{
	struct request *rq = act->rq;

	if (wrong && !problem_error(&form->problems, field, wrong, rs)) {
		*err = *wrong;
		return false;
	}
	return person_get(rq, rq->db, act->account->id, &act->account, err) &&
		person_show(rq, rs, act->account, form, err);
}

/* The login typed in full, so that nobody disables the neighbour by a slip. */
static bool confirmed(struct act *act, struct person_form *form, const char *field)
{
	char typed[LOGIN_SIZE];

	if (login_normalise(request_typed(act->rq, "confirm"), typed) && strcmp(typed, act->account->login) == 0)
		return true;
	problem_add(&form->problems, field, arena_printf(act->rq->arena, "Type %s to confirm. Nothing was changed.",
		act->account->login));
	return false;
}

static bool note(struct act *act, struct db *w, const char *action, const char *space, const char *detail,
	struct error *err)
{
	struct audit_entry e = audit_entry(act->rq, action, act->account->id, detail);

	e.space = space;
	return audit_write(w, &e, err);
}

/* ---- roles ---- */

/* The space of the form's field, if the viewer may manage it; *out NULL: not. */
static bool find_space(struct request *rq, const char *slug, const struct space **out, struct error *err)
{
	struct space *spaces;
	size_t n;

	*out = NULL;
	if (!rq->viewer->network_admin) {
		*out = strcmp(slug, rq->space->slug) == 0 ? rq->space : NULL;
		return true;
	}
	if (!space_list_all(rq->db, rq->arena, &spaces, &n, err))
		return false;
	for (size_t i = 0; i < n; i++)
		if (strcmp(spaces[i].slug, slug) == 0)
			*out = &spaces[i];
	return true;
}

static const char *team_of(const struct account *account, const char *space_id)
{
	for (size_t i = 0; i < account->n_memberships; i++)
		if (strcmp(account->memberships[i].space_id, space_id) == 0 &&
			strcmp(account->memberships[i].source, SOURCE_LOCAL) == 0)
			return account->memberships[i].team;
	return NULL;
}

/* Roles in the team, of a form that offers them. */
static const char *read_team(struct request *rq)
{
	const char *words = "";

	if (!*request_typed(rq, "teams"))
		return NULL;
	for (size_t i = 0; i < rq->n_form; i++)
		for (size_t k = 0; strcmp(rq->form[i].name, "team") == 0 && page_role_at(k); k++)
			if (strcmp(rq->form[i].value, page_role_at(k)) == 0)
				words = arena_printf(rq->arena, "%s%s%s", words, *words ? " " : "", page_role_at(k));
	return words;
}

static bool role_conflict(struct act *act, enum role now, struct error *err)
{
	const char *mine = act->role ? role_label(act->role) : "no role";

	act->now = now;
	if (!now)
		return error_set(err, ERROR_CONFLICT, "Meanwhile the role in %s was removed. You chose: %s. Nothing was "
			"changed; give the role again if it should be so.", act->space->name, mine);
	return error_set(err, ERROR_CONFLICT, "Meanwhile the role in %s became %s. You chose: %s. Nothing was "
		"changed; save again if yours should hold.", act->space->name, role_label(now), mine);
}

static bool write_role(struct db *w, void *arg, struct error *err)
{
	struct act *act = arg;
	struct account *now;
	const char *team, *before, *after = act->role ? role_word(act->role) : "none";
	enum role present;

	if (!account_may_manage(act->rq->viewer, act->space->id, err) ||
		!account_get(w, act->rq->arena, act->account->id, &now, err))
		return false;
	present = local_role(now, act->space->id);
	if (present != act->was)
		return role_conflict(act, present, err);
	before = present ? role_word(present) : "none";
	team = act->team ? act->team : team_of(now, act->space->id);
	return account_set_role(w, act->account->id, act->space->id, act->role, team, err) &&
		note(act, w, "role.change", act->space->slug, arena_printf(act->rq->arena, "%s to %s%s%s", before, after,
			act->team && *act->team ? ", in the team: " : "", act->team ? act->team : ""), err);
}

bool person_role(struct request *rq, struct response *rs, struct error *err)
{
	const char *was = request_typed(rq, "was"), *slug = request_typed(rq, "space");
	bool adding = !*was;
	struct act act = { .was = role_parse(was), .role = role_parse(request_typed(rq, "role")),
		.team = read_team(rq) };
	struct person_form form = { .form = adding ? "add" : "role", .space = slug };
	const char *field = adding ? "new_role" : arena_printf(rq->arena, "role-%s", slug);
	struct error wrong = { 0 };

	if (!person(rq, &act, err) || !find_space(rq, slug, &act.space, err))
		return false;
	if (!act.space)
		problem_add(&form.problems, adding && rq->viewer->network_admin ? "new_space" : "", "Choose a space.");
	if (act.space && !act.role)
		problem_add(&form.problems, field, "Choose a role.");
	if (form.problems.n)
		return show_again(&act, rs, &form, field, NULL, err);
	if (request_write(rq, write_role, &act, &wrong))
		return go_back(&act, rs, adding ? "role-given" : "role-changed", err);
	if (wrong.kind == ERROR_CONFLICT) { /* what was typed goes where the role can be given now */
		form.form = act.now ? "role" : "add";
		field = act.now ? arena_printf(rq->arena, "role-%s", slug) : "new_role";
	}
	return show_again(&act, rs, &form, field, &wrong, err);
}

bool person_role_remove(struct request *rq, struct response *rs, struct error *err)
{
	struct act act = { .role = 0 };
	struct person_form form = { .form = "remove" };
	struct error wrong = { 0 };

	if (!person(rq, &act, err) || !find_space(rq, request_typed(rq, "space"), &act.space, err))
		return false;
	act.was = act.space ? local_role(act.account, act.space->id) : 0;
	if (!act.was)
		problem_add(&form.problems, "remove_space", "Choose the space in which the role is to be removed.");
	if (!confirmed(&act, &form, "confirm_remove") || form.problems.n)
		return show_again(&act, rs, &form, "", NULL, err);
	if (!request_write(rq, write_role, &act, &wrong))
		return show_again(&act, rs, &form, "remove_space", &wrong, err);
	/* Who was only in this space is no longer among its people. */
	if (!rq->viewer->network_admin && act.account->n_memberships < 2)
		return response_redirect(rs, url_path(rq->arena, "%b/admin/people", rq->base));
	return go_back(&act, rs, "role-removed", err);
}

/* ---- name and e-mail ---- */

static bool write_change(struct db *w, void *arg, struct error *err)
{
	struct act *act = arg;
	struct account *now;

	if (!account_get(w, act->rq->arena, act->account->id, &now, err))
		return false;
	if (now->version != act->version)
		return error_set(err, ERROR_CONFLICT, "Someone changed this account meanwhile. It now has the name "
			"%.100s and the e-mail %.100s; you typed %.100s and %.100s. Nothing was changed; save again if "
			"yours should hold.", now->name, now->email ? now->email : "(none)", act->name,
			*act->email ? act->email : "(none)");
	return account_change(w, act->account->id, act->name, act->email, act->version, err) &&
		note(act, w, "account.change", NULL, NULL, err);
}

bool person_change(struct request *rq, struct response *rs, struct error *err)
{
	struct act act = { .name = request_typed(rq, "name"), .email = request_typed(rq, "email"),
		.version = strtoll(request_typed(rq, "version"), NULL, 10) };
	struct person_form form = { .form = "change" };
	struct error wrong = { 0 };

	if (!person(rq, &act, err))
		return false;
	if (strcmp(act.account->source, SOURCE_LOCAL) != 0)
		return error_set(err, ERROR_CONFLICT, "The organisation's directory keeps this account; change it there.");
	if (!*act.name)
		problem_add(&form.problems, "name", "Type a name.");
	if (form.problems.n)
		return show_again(&act, rs, &form, "", NULL, err);
	if (!request_write(rq, write_change, &act, &wrong))
		return show_again(&act, rs, &form, strstr(wrong.text, "is not an e-mail") ? "email" : "name", &wrong, err);
	return go_back(&act, rs, "changed", err);
}

/* ---- the account as such ---- */

/* Someone must be left who can undo it. */
static bool check_last_admin(struct act *act, struct db *w, struct error *err)
{
	struct account_filter f = { .network_admins = true };
	struct account *list;
	size_t n;

	if (!account_list(w, act->rq->arena, &f, &list, &n, NULL, err))
		return false;
	for (size_t i = 0; i < n; i++)
		if (!list[i].disabled_us && strcmp(list[i].id, act->account->id) != 0)
			return true;
	return error_set(err, ERROR_CONFLICT, "This is the only network admin. Make another one first. "
		"Nothing was changed.");
}

static bool write_disable(struct db *w, void *arg, struct error *err)
{
	struct act *act = arg;

	return (!act->account->network_admin || check_last_admin(act, w, err)) &&
		account_disable(w, act->account->id, SOURCE_LOCAL, err) && note(act, w, "account.disable", NULL, NULL, err);
}

bool person_disable(struct request *rq, struct response *rs, struct error *err)
{
	struct act act = { .on = true };
	struct person_form form = { .form = "disable" };
	struct error wrong = { 0 };

	if (!person(rq, &act, err))
		return false;
	if (strcmp(act.account->id, rq->account->id) == 0)
		return error_set(err, ERROR_CONFLICT, "You cannot disable your own account. Ask another network admin.");
	if (!confirmed(&act, &form, "confirm_disable"))
		return show_again(&act, rs, &form, "", NULL, err);
	if (!request_write(rq, write_disable, &act, &wrong))
		return show_again(&act, rs, &form, "confirm_disable", &wrong, err);
	return go_back(&act, rs, "disabled", err);
}

static bool write_enable(struct db *w, void *arg, struct error *err)
{
	struct act *act = arg;

	return account_enable(w, act->account->id, SOURCE_LOCAL, err) &&
		note(act, w, "account.enable", NULL, NULL, err);
}

bool person_enable(struct request *rq, struct response *rs, struct error *err)
{
	struct act act = { .on = true };

	return person(rq, &act, err) && request_write(rq, write_enable, &act, err) &&
		go_back(&act, rs, "enabled", err);
}

static bool write_factor(struct db *w, void *arg, struct error *err)
{
	struct act *act = arg;

	return account_remove_totp(w, act->account->id, err) &&
		session_end_account(w, act->account->id, NULL, err) &&
		note(act, w, "second-factor.remove", NULL, "by a network admin", err);
}

bool person_factor_remove(struct request *rq, struct response *rs, struct error *err)
{
	struct act act = { .on = true };
	struct person_form form = { .form = "factor" };
	struct error wrong = { 0 };

	if (!person(rq, &act, err))
		return false;
	if (strcmp(act.account->id, rq->account->id) == 0)
		return error_set(err, ERROR_CONFLICT, "Your own second factor is set on your account's page.");
	if (!confirmed(&act, &form, "confirm_factor"))
		return show_again(&act, rs, &form, "", NULL, err);
	if (!request_write(rq, write_factor, &act, &wrong))
		return show_again(&act, rs, &form, "confirm_factor", &wrong, err);
	return go_back(&act, rs, "factor-removed", err);
}

/* A new network admin signs in again, which asks for the second factor. */
static bool write_admin(struct db *w, void *arg, struct error *err)
{
	struct act *act = arg;

	struct account *now;

	if (!act->on && !check_last_admin(act, w, err))
		return false;
	if (!account_set_network_admin(w, act->account->id, act->on, err) ||
		!account_get(w, act->rq->arena, act->account->id, &now, err))
		return false;
	if (!act->on && now->network_admin)
		return error_set(err, ERROR_CONFLICT, "A group of the directory makes this person a network admin. "
			"Take the person out of it there. Nothing was changed.");
	return (!act->on || session_end_account(w, act->account->id, NULL, err)) &&
		note(act, w, "role.change", NULL, act->on ? "network admin" : "no network admin", err);
}

bool person_network_admin(struct request *rq, struct response *rs, struct error *err)
{
	struct act act = { .on = strcmp(request_typed(rq, "on"), "yes") == 0 };
	struct person_form form = { .form = "admin" };
	struct error wrong = { 0 };

	if (!person(rq, &act, err))
		return false;
	if (!confirmed(&act, &form, "confirm_admin"))
		return show_again(&act, rs, &form, "", NULL, err);
	if (!request_write(rq, write_admin, &act, &wrong))
		return show_again(&act, rs, &form, "confirm_admin", &wrong, err);
	/* Who gave up the own right cannot see this page any more. */
	if (!act.on && strcmp(act.account->id, rq->account->id) == 0)
		return response_redirect(rs, url_path(rq->arena, "/account"));
	return go_back(&act, rs, act.on ? "admin-made" : "admin-unmade", err);
}

static bool write_sessions(struct db *w, void *arg, struct error *err)
{
	struct act *act = arg;

	return (act->handle ? session_end(w, act->account->id, act->handle, err) :
		session_end_account(w, act->account->id, NULL, err)) &&
		note(act, w, "session.end", NULL, act->handle ? "one, by a network admin" : "all, by a network admin", err);
}

bool person_sessions_end(struct request *rq, struct response *rs, struct error *err)
{
	const char *handle = request_typed(rq, "handle");
	struct act act = { .handle = *handle ? handle : NULL };

	if (!person(rq, &act, err))
		return false;
	if (act.handle && !id_valid(act.handle))
		return error_set(err, ERROR_INVALID, "There is no such session.");
	return request_write(rq, write_sessions, &act, err) &&
		go_back(&act, rs, act.handle ? "session-ended" : "sessions-ended", err);
}
