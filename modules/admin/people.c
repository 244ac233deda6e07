/* SPDX-License-Identifier: GPL-3.0-or-later */
/* People: the list, and one person. */
#include "pages.h"

#define PER_PAGE 50

struct url person_url(struct request *rq, const char *id)
{
	return url_path(rq->arena, "%b/admin/people/%s", rq->base, id);
}

/* ---- who may be seen ---- */

enum role local_role(const struct account *account, const char *space_id)
{
	for (size_t i = 0; i < account->n_memberships; i++)
		if (strcmp(account->memberships[i].space_id, space_id) == 0 &&
			strcmp(account->memberships[i].source, SOURCE_LOCAL) == 0)
			return account->memberships[i].role;
	return 0;
}

/* What a person does in other spaces is not for the admins of this one. */
static void narrow(struct account *account, const char *space_id)
{
	size_t n = 0;

	for (size_t i = 0; i < account->n_memberships; i++)
		if (strcmp(account->memberships[i].space_id, space_id) == 0)
			account->memberships[n++] = account->memberships[i];
	account->n_memberships = n;
}

bool person_get(struct request *rq, struct db *db, const char *id, struct account **out, struct error *err)
{
	struct error missing = { 0 };

	if (!account_get(db, rq->arena, id, out, &missing)) {
		if (missing.kind == ERROR_NOT_FOUND)
			return error_absent(err);
		*err = missing;
		return false;
	}
	if (rq->viewer->network_admin)
		return true;
	narrow(*out, rq->space->id);
	return (*out)->n_memberships > 0 || error_absent(err);
}

/* ---- the list ---- */

static const char *state_words(const struct account *account)
{
	if (account->disabled_us)
		return strcmp(account->disabled_by ? account->disabled_by : "", SOURCE_DIRECTORY) == 0 ?
			"disabled by the directory" : "disabled";
	return !account->has_password && strcmp(account->source, SOURCE_LOCAL) == 0 && !account->demo ?
		"invited, no password yet" : NULL;
}

void put_person(struct request *rq, struct data *d, const struct account *account)
{
	data_text(d, "name", account->name);
	data_text(d, "login", account->login);
	data_url(d, "url", person_url(rq, account->id));
	data_text(d, "email", account->email);
	data_flag(d, "directory", strcmp(account->source, SOURCE_DIRECTORY) == 0);
	data_flag(d, "network_admin", account->network_admin);
	data_flag(d, "demo", account->demo);
	data_text(d, "state", state_words(account));
	data_text(d, "signed_in", account->signed_in_us ? moment_human(rq->arena, account->signed_in_us) : "never");
	for (size_t i = 0; i < account->n_memberships; i++) {
		const struct account_membership *m = &account->memberships[i];
		struct data *item = data_item(d, "roles");

		data_text(item, "role", role_label(m->role));
		data_text(item, "space", m->space_name);
	}
}

struct narrowing {
	const char *q, *space, *role, *source, *state;
};

/* The filter of the address; a word that means nothing narrows to nobody. */
static bool read_filter(struct request *rq, const struct narrowing *n, const struct space *spaces,
	size_t n_spaces, struct account_filter *f)
{
	*f = (struct account_filter){ .text = n->q, .space_id = admin_space_id(rq), .role = role_parse(n->role),
		.source = n->source, .disabled = n->state && strcmp(n->state, "disabled") == 0,
		.network_admins = n->state && strcmp(n->state, "network-admin") == 0 };
	if (n->space && admin_whole(rq)) {
		for (size_t i = 0; i < n_spaces; i++)
			if (strcmp(spaces[i].slug, n->space) == 0)
				f->space_id = spaces[i].id;
		if (!f->space_id)
			return false;
	}
	return !n->role || f->role;
}

static void put_filter(struct request *rq, struct data *page, const struct narrowing *n,
	const struct space *spaces, size_t n_spaces)
{
	data_text(page, "q", NULL);
	data_text(page, "text", n->q);
	if (admin_whole(rq))
		put_spaces(page, "spaces", spaces, n_spaces, "Any space", n->space);
	put_roles(page, "roles", "Any role", n->role);
	page_option(page, "sources", "", "Anywhere", n->source);
	page_option(page, "sources", SOURCE_LOCAL, "On this server", n->source);
	page_option(page, "sources", SOURCE_DIRECTORY, "In the directory", n->source);
	page_option(page, "states", "", "Anyone", n->state);
	page_option(page, "states", "disabled", "Disabled", n->state);
	page_option(page, "states", "network-admin", "Network admins", n->state);
	data_flag(page, "narrowed", n->q || n->space || n->role || n->source || n->state);
	data_url(page, "list_url", url_path(rq->arena, "%b/admin/people", rq->base));
	data_url(page, "add_url", url_path(rq->arena, "%b/admin/people/add", rq->base));
}

static struct url list_url(struct request *rq, const struct narrowing *n)
{
	struct url u = url_query(rq->arena, url_path(rq->arena, "%b/admin/people", rq->base), "q", n->q);

	u = url_query(rq->arena, u, "space", n->space);
	u = url_query(rq->arena, u, "role", n->role);
	u = url_query(rq->arena, u, "source", n->source);
	return url_query(rq->arena, u, "state", n->state);
}

bool admin_people(struct request *rq, struct response *rs, struct error *err)
{
	struct narrowing given = { request_arg(rq, "q"), request_arg(rq, "space"), request_arg(rq, "role"),
		request_arg(rq, "source"), request_arg(rq, "state") };
	struct data *page = admin_page(rq, rs, "People", NULL);
	int number = (int)request_arg_int(rq, "page", 1);
	struct account_filter f;
	struct account *list = NULL;
	struct space *spaces;
	size_t n = 0, n_spaces;
	int64_t total = 0;

	if (!space_list_all(rq->db, rq->arena, &spaces, &n_spaces, err))
		return false;
	bool sensible = read_filter(rq, &given, spaces, n_spaces, &f);
	f.limit = PER_PAGE;
	f.offset = (number - 1) * PER_PAGE;
	if (sensible && !account_list(rq->db, rq->arena, &f, &list, &n, &total, err))
		return false;
	for (size_t i = 0; i < n; i++) {
		struct account *whole;

		if (!person_get(rq, rq->db, list[i].id, &whole, err))
			return false;
		if (!admin_whole(rq))
			narrow(whole, rq->space->id);
		put_person(rq, data_item(page, "people"), whole);
	}
	put_filter(rq, page, &given, spaces, n_spaces);
	data_textf(page, "count", "%lld %s", (long long)total, total == 1 ? "person" : "people");
	page_pagination(page, list_url(rq, &given), total, PER_PAGE, number);
	page_crumb(page, "People", (struct url){ NULL });
	return page_send_private(rq, rs, "admin-people", page, err);
}

/* ---- one person ---- */

static bool form_is(const struct person_form *form, const char *name)
{
	return form && strcmp(form->form, name) == 0;
}

/* Roles in the team to tick. */
static void put_team(struct request *rq, struct data *item, const struct account_membership *m, bool again)
{
	for (size_t i = 0; page_role_at(i); i++) {
		struct data *one = data_item(item, "teams");
		bool on = m->team && strstr(arena_printf(rq->arena, " %s ", m->team), arena_printf(rq->arena, " %s ", page_role_at(i)));

		for (size_t k = 0; again && k < rq->n_form; k++)
			on = (k > 0 && on) || (strcmp(rq->form[k].name, "team") == 0 && strcmp(rq->form[k].value, page_role_at(i)) == 0);
		data_textf(one, "id", "team-%s-%s", m->space_slug, page_role_at(i));
		data_text(one, "value", page_role_at(i));
		data_text(one, "label", page_role_name(page_role_at(i)));
		data_text(one, "checked", on ? "checked" : NULL);
	}
}

static void put_role_row(struct request *rq, struct data *page, const struct account_membership *m,
	const struct person_form *form)
{
	struct data *item = data_item(page, "roles");
	bool again = form_is(form, "role") && form->space && strcmp(form->space, m->space_slug) == 0;
	char *words = arena_strdup(rq->arena, m->team), *save = NULL;
	const char *team = NULL;

	for (char *w = words ? strtok_r(words, " ", &save) : NULL; w; w = strtok_r(NULL, " ", &save))
		team = team ? arena_printf(rq->arena, "%s, %s", team, page_role_name(w)) : page_role_name(w);
	data_text(item, "space", m->space_name);
	data_text(item, "slug", m->space_slug);
	data_text(item, "role", role_label(m->role));
	data_text(item, "was", role_word(m->role));
	data_text(item, "team", team);
	if (strcmp(m->source, SOURCE_DIRECTORY) == 0) {
		data_flag(item, "directory", true);
		return;
	}
	put_team(rq, item, m, again);
	put_roles(item, "options", NULL, again ? request_typed(rq, "role") : role_word(m->role));
	if (again && form->problems.n) {
		data_text(item, "problem", form->problems.list[0].text);
		data_text(item, "bad", "true");
	}
	page_option(page, "removable", m->space_slug, m->space_name,
		form_is(form, "remove") ? request_typed(rq, "space") : NULL);
}

/* The places where a role can be added: those without one. */
static bool put_new_role(struct request *rq, struct data *page, const struct account *account,
	const struct person_form *form, struct error *err)
{
	const char *role = form_is(form, "add") ? request_typed(rq, "role") : NULL;
	const char *space = form_is(form, "add") ? request_typed(rq, "space") : NULL;
	struct space *spaces;
	size_t n;

	put_roles(page, "new_roles", "Choose a role", role);
	if (!rq->viewer->network_admin) {
		if (!local_role(account, rq->space->id))
			page_option(page, "new_spaces", rq->space->slug, rq->space->name, space);
		return true;
	}
	if (!space_list_all(rq->db, rq->arena, &spaces, &n, err))
		return false;
	page_option(page, "new_spaces", "", "Choose a space", space);
	for (size_t i = 0; i < n; i++)
		if (!local_role(account, spaces[i].id))
			page_option(page, "new_spaces", spaces[i].slug, spaces[i].name, space);
	return true;
}

/* What was typed, for the form that comes back; else what is stored. */
static void put_change(struct request *rq, struct data *page, const struct account *account,
	const struct person_form *form)
{
	bool again = form_is(form, "change");

	data_text(page, "typed_name", again ? request_typed(rq, "name") : account->name);
	data_text(page, "typed_email", again ? request_typed(rq, "email") : account->email);
	data_textf(page, "version", "%lld", (long long)account->version);
	data_text(page, "confirm_remove", form_is(form, "remove") ? request_typed(rq, "confirm") : NULL);
	data_text(page, "confirm_disable", form_is(form, "disable") ? request_typed(rq, "confirm") : NULL);
	data_text(page, "confirm_factor", form_is(form, "factor") ? request_typed(rq, "confirm") : NULL);
	data_text(page, "confirm_admin", form_is(form, "admin") ? request_typed(rq, "confirm") : NULL);
	if (form) /* which disclosure stays open */
		data_text(page, arena_printf(rq->arena, "open_%s", form->form), "open");
}

/* Each form goes to an address of its own below the person's. */
static void put_actions(struct request *rq, struct data *page, const char *id)
{
	static const char *const names[][2] = { { "role_url", "role" }, { "remove_url", "role/remove" },
		{ "invite_url", "invite" }, { "change_url", "change" }, { "disable_url", "disable" },
		{ "enable_url", "enable" }, { "factor_url", "second-factor/remove" }, { "admin_url_of", "network-admin" },
		{ "end_url", "sessions/end" } };

	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		struct url to;

		url_local(rq->arena, arena_printf(rq->arena, "%s/%s", person_url(rq, id).text, names[i][1]), &to);
		data_url(page, names[i][0], to);
	}
}

bool person_show(struct request *rq, struct response *rs, struct account *account,
	const struct person_form *form, struct error *err)
{
	bool local = strcmp(account->source, SOURCE_LOCAL) == 0, network = rq->viewer->network_admin;
	struct data *page = admin_page(rq, rs, account->name, form ? &form->problems : NULL);
	struct url log = url_path(rq->arena, "%b/admin/audit", rq->base);

	page_crumb(page, "People", url_path(rq->arena, "%b/admin/people", rq->base));
	page_crumb(page, account->name, (struct url){ NULL });
	put_person(rq, data_object(page, "person"), account);
	for (size_t i = 0; i < account->n_memberships; i++)
		put_role_row(rq, page, &account->memberships[i], form);
	if (!put_new_role(rq, page, account, form, err) || (network && !page_sessions(rq, page, account->id, err)))
		return false;
	put_change(rq, page, account, form);
	put_actions(rq, page, account->id);
	data_flag(page, "changeable", network && local);
	data_flag(page, "own", strcmp(account->id, rq->account->id) == 0);
	data_flag(page, "second_factor", account->second_factor);
	data_flag(page, "disabled", account->disabled_us != 0);
	data_flag(page, "enableable", account->disabled_us && strcmp(account->disabled_by ? account->disabled_by :
		SOURCE_LOCAL, SOURCE_LOCAL) == 0);
	data_flag(page, "invitable", invite_allowed(rq, account));
	data_url(page, "did_url", url_query(rq->arena, log, "account", account->id));
	data_url(page, "happened_url", url_query(rq->arena, log, "object", account->id));
	data_text(page, "created", moment_human(rq->arena, account->created_us));
	return page_send_private(rq, rs, "admin-person", page, err);
}

bool admin_person(struct request *rq, struct response *rs, struct error *err)
{
	struct account *account;

	return person_get(rq, rq->db, request_arg(rq, "id"), &account, err) &&
		person_show(rq, rs, account, NULL, err);
}
