/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Demonstration people. */
#include "demo.h"
#include <string.h>
#include "account.h"
#include "audit.h"
#include "session.h"
#include "space.h"
#include "store_system.h"

const struct demo_person demo_people[] = {
	{ "demo-reader", "Demo reader", "Reads what Cincinnati and the network share among members",
		"019de300-0000-7000-8000-000000000001", false, { { "cincinnati", ROLE_READER } } },
	{ "demo-contributor", "Demo contributor", "Drafts records for Cincinnati",
		"019de300-0000-7000-8000-000000000002", false, { { "cincinnati", ROLE_CONTRIBUTOR } } },
	{ "demo-editor", "Demo editor", "Publishes records of Cincinnati and of the national office",
		"019de300-0000-7000-8000-000000000003", false,
		{ { "cincinnati", ROLE_EDITOR }, { SPACE_NATIONAL, ROLE_EDITOR } } },
	{ "demo-admin", "Demo space admin", "Manages the people and the space of Cincinnati",
		"019de300-0000-7000-8000-000000000004", false, { { "cincinnati", ROLE_SPACE_ADMIN } } },
	{ "demo-leader", "Demo Leadership Group member", "Reads the Leadership Group's space, and Milwaukee's",
		"019de300-0000-7000-8000-000000000005", false,
		{ { "leadership-group", ROLE_READER }, { "milwaukee", ROLE_READER } } },
	{ "demo-national", "Demo national editor", "Asks reviewers for drafts of all spaces, and publishes them",
		"019de300-0000-7000-8000-000000000007", false, { { SPACE_NATIONAL, ROLE_EDITOR } } },
	{ "demo-reviewer", "Demo reviewer", "Reviews drafts; a member of Milwaukee",
		"019de300-0000-7000-8000-000000000008", false, { { "milwaukee", ROLE_READER } } },
	{ "demo-network", "Demo network admin", "Manages all spaces; without the second factor that real ones must have",
		"019de300-0000-7000-8000-000000000006", true, { { SPACE_NATIONAL, ROLE_SPACE_ADMIN } } },
	{ NULL, NULL, NULL, NULL, false, { { NULL, ROLE_UNDECLARED } } }
};

struct creation {
	const struct demo_person *person;
	bool added;
};

static bool space_id(struct db *w, struct arena *a, const char *slug, const char **id, struct error *err)
{
	struct query q;

	*id = NULL;
	db_query_system(w, &q, "SELECT id FROM space WHERE slug = :slug");
	q_text(&q, ":slug", slug);
	while (q_row(&q))
		*id = q_col_text(&q, a, 0);
	return q_done(&q, err);
}

static bool create_one(struct db *w, struct arena *a, struct creation *c, struct error *err)
{
	const struct demo_person *p = c->person;
	struct account_new n = { .login = p->login, .name = p->name, .id = p->id,
		.network_admin = p->network_admin, .demo = true };
	struct audit_entry entry = { .login = AUDIT_CONSOLE, .action = "account.add", .object = p->id,
		.detail = arena_printf(a, "%s, for demonstration", p->login) };
	struct account *old;
	char id[ID_SIZE];

	if (!account_by_login(w, a, p->login, &old, err))
		return false;
	c->added = !old;
	if (old && !old->demo)
		return error_set(err, ERROR_CONFLICT, "There is an account '%s' that is not for demonstration.", p->login);
	if (!old && (!account_add(w, &n, id, err) || !audit_write(w, &entry, err)))
		return false;
	for (size_t i = 0; i < sizeof p->roles / sizeof *p->roles && p->roles[i].space; i++) {
		const char *space;

		if (!space_id(w, a, p->roles[i].space, &space, err))
			return false;
		if (space && !account_set_role(w, p->id, space, p->roles[i].role, NULL, err))
			return false;
	}
	return true;
}

static bool create_all(struct db *w, void *arg, struct error *err)
{
	struct creation *list = arg;
	struct arena *a = arena_create();
	bool ok = true;

	for (size_t i = 0; ok && demo_people[i].login; i++) {
		list[i].person = &demo_people[i];
		ok = create_one(w, a, &list[i], err);
	}
	arena_destroy(a);
	return ok;
}

bool demo_create(struct engine *e, FILE *out, struct error *err)
{
	struct creation list[sizeof demo_people / sizeof *demo_people] = { 0 };

	if (!store_write_aside(e->store, &viewer_system, create_all, list, err))
		return false;
	for (size_t i = 0; demo_people[i].login; i++)
		fprintf(out, "%-17s %s\n", demo_people[i].login, demo_people[i].words);
	return true;
}

static void check_address(const char *text, void *arg)
{
	bool *loopback = arg;

	*loopback = *loopback && (strncmp(text, "127.", 4) == 0 || strncmp(text, "[::1]:", 6) == 0);
}

bool demo_check(struct engine *e, struct error *err)
{
	/* Every option that opens a listener. */
	static const char *const options[] = { "listen", "listen-tls" };
	struct db *db = store_reader(e->store, err);
	bool any = false, loopback = true, ok = db && account_any_demo(db, &any, err);

	db_close(db);
	if (!ok || !any)
		return ok;
	for (size_t i = 0; i < sizeof options / sizeof *options; i++)
		options_each(e->options, options[i], check_address, &loopback);
	if (loopback && !*options_string(e->options, "public-origin") && !*options_string(e->options, "trusted-proxies"))
		return true;
	return error_set(err, ERROR_INVALID, "This database has demonstration people, who need no password, so it is "
		"served on loopback addresses only, without a public origin or proxies. For a real server begin with a fresh database.");
}

bool demo_allowed(const struct request *rq)
{
	return session_local(rq) && !request_header(rq, "X-Forwarded-For") &&
		!request_header(rq, "Forwarded") && !request_header(rq, "Via");
}
