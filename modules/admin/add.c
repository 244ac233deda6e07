/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Adding people: someone who has an account, or someone new by invitation. */
#include "pages.h"
#include "mail.h"

struct adding {
	struct request *rq;
	const char *login, *name, *email, *id;
	const struct space *space;   /* NULL: none */
	enum role role;
	const char *origin;          /* for the letter; NULL: none can be sent */
	char new_id[ID_SIZE], token[TOKEN_SIZE];
	bool sent;
};

/* ---- the page ---- */

static bool show(struct request *rq, struct response *rs, const char *form, const struct problems *p,
	struct error *err)
{
	struct data *page = admin_page(rq, rs, "Add a person", p);
	bool member = strcmp(form, "member") == 0, invite = strcmp(form, "invite") == 0;
	struct space *spaces;
	size_t n;

	if (admin_whole(rq)) {
		if (!space_list_all(rq->db, rq->arena, &spaces, &n, err))
			return false;
		put_spaces(page, "member_spaces", spaces, n, "Choose a space", member ? request_typed(rq, "space") : NULL);
		put_spaces(page, "invite_spaces", spaces, n, "No space yet", invite ? request_typed(rq, "space") : NULL);
	}
	put_roles(page, "member_roles", "Choose a role", member ? request_typed(rq, "role") : NULL);
	put_roles(page, "invite_roles", "Choose a role", invite ? request_typed(rq, "role") : NULL);
	data_text(page, "typed_who", member ? request_typed(rq, "who") : NULL);
	data_text(page, "typed_login", invite ? request_typed(rq, "login") : NULL);
	data_text(page, "typed_name", invite ? request_typed(rq, "name") : NULL);
	data_text(page, "typed_email", invite ? request_typed(rq, "email") : NULL);
	data_flag(page, "mail", mail_configured(rq->engine));
	data_url(page, "member_url", url_path(rq->arena, "%b/admin/people/add", rq->base));
	data_url(page, "invite_url", url_path(rq->arena, "%b/admin/people/invite", rq->base));
	page_crumb(page, "People", url_path(rq->arena, "%b/admin/people", rq->base));
	page_crumb(page, "Add a person", (struct url){ NULL });
	return page_send_private(rq, rs, "admin-add", page, err);
}

bool add_page(struct request *rq, struct response *rs, struct error *err)
{
	return show(rq, rs, "", NULL, err);
}

/* The space and role of a form; their fields end with the suffix "_member" or
 * "_invite", which are ids of the page. */
static bool read_role(struct adding *a, struct problems *p, bool optional, struct error *err)
{
	static const char *const fields[2][2] = { { "space_member", "role_member" },
		{ "space_invite", "role_invite" } };
	const char *slug = request_typed(a->rq, "space"), *word = request_typed(a->rq, "role");
	struct space *spaces;
	size_t n;

	a->role = role_parse(word);
	if (admin_whole(a->rq)) {
		if (!space_list_all(a->rq->db, a->rq->arena, &spaces, &n, err))
			return false;
		for (size_t i = 0; i < n; i++)
			if (strcmp(spaces[i].slug, slug) == 0)
				a->space = &spaces[i];
	} else {
		a->space = a->rq->space;
	}
	if (optional && !*slug && !*word && admin_whole(a->rq))
		return true;
	if (!a->space)
		problem_add(p, fields[optional][0], "Choose a space.");
	if (!a->role)
		problem_add(p, fields[optional][1], "Choose a role.");
	return true;
}

/* ---- someone who has an account ---- */

static bool write_member(struct db *w, void *arg, struct error *err)
{
	struct adding *a = arg;
	struct audit_entry e = audit_entry(a->rq, "role.change", a->id, arena_printf(a->rq->arena, "none to %s",
		role_word(a->role)));
	struct account *now;

	e.space = a->space->slug;
	if (!account_may_manage(a->rq->viewer, a->space->id, err) || !account_get(w, a->rq->arena, a->id, &now, err))
		return false;
	if (local_role(now, a->space->id))
		return error_set(err, ERROR_CONFLICT, "%s is already %s in %s. Change the role on the person's page.",
			now->name, role_label(local_role(now, a->space->id)), a->space->name);
	return account_set_role(w, a->id, a->space->id, a->role, NULL, err) && audit_write(w, &e, err);
}

static bool find_person(struct adding *a, struct problems *p, struct error *err)
{
	const char *who = request_typed(a->rq, "who");
	struct account *found;
	size_t n;

	if (!*who) {
		problem_add(p, "who", "Type a login or an e-mail address.");
		return true;
	}
	if (!account_by_login_or_email(a->rq->db, a->rq->arena, who, &found, &n, err))
		return false;
	if (n == 0)
		problem_add(p, "who", "Nobody has exactly this login or address. Check it, or invite the person as "
			"someone new.");
	else if (n > 1)
		problem_add(p, "who", "Several accounts have this address. Use the login.");
	else if (found->disabled_us)
		problem_add(p, "who", "This account is disabled. A network admin can enable it.");
	else
		a->id = found->id;
	return true;
}

bool add_member(struct request *rq, struct response *rs, struct error *err)
{
	struct adding a = { .rq = rq };
	struct problems p = { 0 };
	struct error wrong = { 0 };

	if (!find_person(&a, &p, err) || !read_role(&a, &p, false, err))
		return false;
	if (p.n)
		return show(rq, rs, "member", &p, err);
	if (request_write(rq, write_member, &a, &wrong))
		return done_redirect(rq, rs, person_url(rq, a.id), "added");
	if (problem_error(&p, "who", &wrong, rs))
		return show(rq, rs, "member", &p, err);
	*err = wrong;
	return false;
}

/* ---- someone new ---- */

static bool write_link(struct db *w, struct adding *a, const char *detail, struct error *err)
{
	int64_t until = clock_now_us() + options_int(a->rq->engine->options, "invitation-time") * 1000;
	struct audit_entry e;
	struct account *account;

	if (!account_get(w, a->rq->arena, a->id, &account, err) ||
		!account_make_token(w, a->id, TOKEN_INVITATION, until, a->token, err) ||
		!account_send_link(w, a->rq->engine, a->origin, account, TOKEN_INVITATION, a->token, &a->sent, err))
		return false;
	e = audit_entry(a->rq, "account.invite", a->id, arena_printf(a->rq->arena, "%s%s", detail,
		a->sent ? "by mail" : "link shown"));
	e.space = a->space ? a->space->slug : NULL;
	return audit_write(w, &e, err);
}

static bool write_new(struct db *w, void *arg, struct error *err)
{
	struct adding *a = arg;
	struct account_new n = { .login = a->login, .name = a->name, .email = a->email };
	struct audit_entry e;

	if (!account_add(w, &n, a->new_id, err))
		return false;
	a->id = a->new_id;
	if (a->space) {
		e = audit_entry(a->rq, "role.change", a->id, arena_printf(a->rq->arena, "none to %s", role_word(a->role)));
		e.space = a->space->slug;
		if (!account_may_manage(a->rq->viewer, a->space->id, err) ||
			!account_set_role(w, a->id, a->space->id, a->role, NULL, err) || !audit_write(w, &e, err))
			return false;
	}
	return write_link(w, a, "new account, ", err);
}

/* The link is shown once and is in no address: this page is the answer itself. */
static bool show_link(struct adding *a, struct response *rs, const char *name, struct error *err)
{
	struct request *rq = a->rq;
	struct data *page = admin_page(rq, rs, "Invitation", NULL);

	page_crumb(page, "People", url_path(rq->arena, "%b/admin/people", rq->base));
	page_crumb(page, "Invitation", (struct url){ NULL });
	data_text(page, "name", name);
	data_text(page, "link",
		link_address(rq->arena, a->origin ? a->origin : rq->origin, TOKEN_INVITATION, a->token));
	data_textf(page, "days", "%lld",
		(long long)(options_int(rq->engine->options, "invitation-time") / 86400000));
	data_url(page, "person_url", person_url(rq, a->id));
	return page_send_private(rq, rs, "admin-invitation", page, err);
}

static bool invited(struct adding *a, struct response *rs, const char *name, struct error *err)
{
	if (!a->sent)
		return show_link(a, rs, name, err);
	account_mail_wake(a->rq->engine);
	return done_redirect(a->rq, rs, person_url(a->rq, a->id), "invited");
}

bool invite_new(struct request *rq, struct response *rs, struct error *err)
{
	struct adding a = { .rq = rq, .login = request_typed(rq, "login"), .name = request_typed(rq, "name"),
		.email = request_typed(rq, "email"), .origin = link_origin(rq) };
	char login[LOGIN_SIZE];
	struct problems p = { 0 };
	struct error wrong = { 0 };

	if (!*a.name || strlen(a.name) > 200)
		problem_add(&p, "name", "Type the person's name, at most 200 characters.");
	if (!login_normalise(a.login, login))
		problem_add(&p, "login", "A login has 1 to 64 letters, digits and . _ - + @, without spaces.");
	if (*a.email && !mail_address_ok(a.email))
		problem_add(&p, "email", "This is not an e-mail address.");
	if (!read_role(&a, &p, true, err))
		return false;
	if (p.n)
		return show(rq, rs, "invite", &p, err);
	if (request_write(rq, write_new, &a, &wrong))
		return invited(&a, rs, a.name, err);
	if (problem_error(&p, "login", &wrong, rs))
		return show(rq, rs, "invite", &p, err);
	*err = wrong;
	return false;
}

/* ---- again ---- */

bool invite_allowed(struct request *rq, const struct account *account)
{
	struct error none = { 0 };
	struct account *whole;

	if (strcmp(account->source, SOURCE_LOCAL) != 0 || account->demo || account->disabled_us)
		return false;
	if (rq->viewer->network_admin)
		return true;
	/* All memberships, not only those this viewer may know. */
	if (account->has_password || account->signed_in_us || account->network_admin ||
		!account_get(rq->db, rq->arena, account->id, &whole, &none))
		return false;
	for (size_t i = 0; i < whole->n_memberships; i++)
		if (strcmp(whole->memberships[i].space_id, rq->space->id) != 0)
			return false;
	return true;
}

static bool write_again(struct db *w, void *arg, struct error *err)
{
	return write_link(w, arg, "again, ", err);
}

bool invite_again(struct request *rq, struct response *rs, struct error *err)
{
	struct adding a = { .rq = rq, .space = admin_whole(rq) ? NULL : rq->space, .origin = link_origin(rq) };
	struct account *account;

	if (!person_get(rq, rq->db, request_arg(rq, "id"), &account, err))
		return false;
	if (!invite_allowed(rq, account))
		return error_set(err, ERROR_CONFLICT, "This person cannot be invited from here. Who forgot the password "
			"asks for a new one on the sign-in page.");
	a.id = account->id;
	return request_write(rq, write_again, &a, err) && invited(&a, rs, account->name, err);
}
