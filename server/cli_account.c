/* SPDX-License-Identifier: GPL-3.0-or-later */
/* commonweal account, audit and demo: people from the console. What changes
 * something is in the audit log as done by the administrator there. */
#include "cli.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>
#include "account.h"
#include "account_mail.h"
#include "audit.h"
#include "demo.h"
#include "session.h"
#include "space.h"
#include "store_system.h"

/* One command on its way through the store. */
struct task {
	struct engine *engine;
	struct arena *arena;
	int argc;
	char **argv;
	struct account *account; /* of argv[0], where the command has one */
	char hash[PASSWORD_HASH_SIZE];
	char id[ID_SIZE], token[TOKEN_SIZE];
	bool sent;
};

static bool note(struct db *w, const char *action, const char *object, const char *space, const char *detail,
	struct error *err)
{
	struct audit_entry e = { .login = AUDIT_CONSOLE, .action = action, .object = object, .space = space,
		.detail = detail };

	return audit_write(w, &e, err);
}

static bool find(struct db *w, struct task *t, struct error *err)
{
	return account_by_login(w, t->arena, t->argv[0], &t->account, err) && (t->account ||
		error_set(err, ERROR_NOT_FOUND, "There is no account with the login '%.80s'.", t->argv[0]));
}

/* --name=value after the login; NULL if absent. */
static const char *flag(const struct task *t, const char *name)
{
	size_t n = strlen(name);

	for (int i = 1; i < t->argc; i++)
		if (strncmp(t->argv[i], name, n) == 0 && (t->argv[i][n] == '=' || t->argv[i][n] == '\0'))
			return t->argv[i][n] ? t->argv[i] + n + 1 : "";
	return NULL;
}

static bool check_flags(const struct task *t, struct error *err)
{
	static const char *const known[] = { "--name", "--email", "--network-admin" };

	for (int i = 1; i < t->argc; i++) {
		size_t n = strcspn(t->argv[i], "="), k = 0;

		while (k < 3 && (strlen(known[k]) != n || strncmp(known[k], t->argv[i], n) != 0))
			k++;
		if (k == 3)
			return error_set(err, ERROR_INVALID, "'%.60s' is not --name=NAME, --email=ADDRESS or --network-admin.",
				t->argv[i]);
	}
	return true;
}

/* ---- account ---- */

static bool do_add(struct db *w, void *arg, struct error *err)
{
	struct task *t = arg;
	struct account_new n = { .login = t->argv[0], .name = flag(t, "--name"), .email = flag(t, "--email"),
		.network_admin = flag(t, "--network-admin") };

	return check_flags(t, err) && account_add(w, &n, t->id, err) &&
		note(w, "account.add", t->id, NULL, n.network_admin ? "network admin" : NULL, err);
}

static int add(struct task *t, struct error *err)
{
	if (!store_write_aside(t->engine->store, &viewer_system, do_add, t, err))
		return 1;
	printf("%s\n", t->id);
	return 0;
}

static bool do_password(struct db *w, void *arg, struct error *err)
{
	struct task *t = arg;

	return find(w, t, err) && account_set_password(w, t->account->id, t->hash, err) &&
		session_end_account(w, t->account->id, NULL, err) &&
		note(w, "password.change", t->account->id, NULL, NULL, err);
}

/* A line without its end; from a terminal without echo. */
static bool read_secret(const char *prompt, char *out, size_t room)
{
	bool terminal = isatty(STDIN_FILENO);
	struct termios old, quiet;

	if (terminal) {
		tcgetattr(STDIN_FILENO, &old);
		quiet = old;
		quiet.c_lflag &= (tcflag_t)~ECHO;
		tcsetattr(STDIN_FILENO, TCSAFLUSH, &quiet);
		fprintf(stderr, "%s: ", prompt);
	}
	bool ok = fgets(out, (int)room, stdin);
	if (terminal) {
		tcsetattr(STDIN_FILENO, TCSAFLUSH, &old);
		fputc('\n', stderr);
	}
	if (ok)
		out[strcspn(out, "\r\n")] = '\0';
	return ok;
}

static int password(struct task *t, struct error *err)
{
	char first[1100], again[1100];
	const char *problem;

	if (!read_secret("New password", first, sizeof first) ||
		(isatty(STDIN_FILENO) && !read_secret("Again", again, sizeof again))) {
		error_set(err, ERROR_INVALID, "No password came.");
		return 1;
	}
	problem = password_problem(first, t->argv[0], NULL);
	if (isatty(STDIN_FILENO) && strcmp(first, again) != 0)
		problem = "The password was typed in two different ways.";
	if (problem) {
		error_set(err, ERROR_INVALID, "%s", problem);
		return 1;
	}
	return password_hash(t->engine, first, t->hash, err) &&
		store_write_aside(t->engine->store, &viewer_system, do_password, t, err) ? 0 : 1;
}

/* What is in the team now stays, unless the fourth word says otherwise; "none" empties it. */
static bool team_words(const struct task *t, const char *space_id, const char **out, struct error *err)
{
	char *copy = t->argc > 3 ? arena_strdup(t->arena, t->argv[3]) : NULL, *save = NULL;

	*out = NULL;
	for (size_t i = 0; !copy && i < t->account->n_memberships; i++)
		if (strcmp(t->account->memberships[i].space_id, space_id) == 0 &&
			strcmp(t->account->memberships[i].source, SOURCE_LOCAL) == 0)
			*out = t->account->memberships[i].team;
	for (char *w = copy && strcmp(copy, "none") != 0 ? strtok_r(copy, ",", &save) : NULL; w; w = strtok_r(NULL, ",", &save)) {
		if (!text_is_slug(w))
			return error_set(err, ERROR_INVALID, "'%.40s' is not a role in a team, such as law-enforcement.", w);
		*out = *out ? arena_printf(t->arena, "%s %s", *out, w) : w;
	}
	return true;
}

static bool do_role(struct db *w, void *arg, struct error *err)
{
	struct task *t = arg;
	enum role role = role_parse(t->argv[2]);
	const char *space = NULL, *team;
	struct query q;

	if (!role && strcmp(t->argv[2], "none") != 0)
		return error_set(err, ERROR_INVALID, "A role is reader, contributor, editor, space-admin or none.");
	if (!find(w, t, err))
		return false;
	db_query_system(w, &q, "SELECT id FROM space WHERE slug = :slug");
	q_text(&q, ":slug", t->argv[1]);
	while (q_row(&q))
		space = q_col_text(&q, t->arena, 0);
	if (!q_done(&q, err))
		return false;
	if (!space)
		return error_set(err, ERROR_NOT_FOUND, "There is no space '%.80s'.", t->argv[1]);
	return team_words(t, space, &team, err) && account_set_role(w, t->account->id, space, role, team, err) &&
		note(w, "role.change", t->account->id, t->argv[1], t->argv[2], err);
}

static int set_role(struct task *t, struct error *err)
{
	return store_write_aside(t->engine->store, &viewer_system, do_role, t, err) ? 0 : 1;
}

static bool do_admin(struct db *w, void *arg, struct error *err)
{
	struct task *t = arg;
	bool on = strcmp(t->argv[1], "yes") == 0;

	if (!on && strcmp(t->argv[1], "no") != 0)
		return error_set(err, ERROR_INVALID, "Say yes or no.");
	return find(w, t, err) && account_set_network_admin(w, t->account->id, on, err) &&
		note(w, "role.change", t->account->id, NULL, on ? "network admin" : "no network admin", err);
}

static int network_admin(struct task *t, struct error *err)
{
	return store_write_aside(t->engine->store, &viewer_system, do_admin, t, err) ? 0 : 1;
}

static bool do_disable(struct db *w, void *arg, struct error *err)
{
	struct task *t = arg;

	return find(w, t, err) && account_disable(w, t->account->id, SOURCE_LOCAL, err) &&
		note(w, "account.disable", t->account->id, NULL, NULL, err);
}

static bool do_enable(struct db *w, void *arg, struct error *err)
{
	struct task *t = arg;

	return find(w, t, err) && account_enable(w, t->account->id, SOURCE_LOCAL, err) &&
		note(w, "account.enable", t->account->id, NULL, NULL, err);
}

static bool do_reset_factor(struct db *w, void *arg, struct error *err)
{
	struct task *t = arg;

	return find(w, t, err) && account_remove_totp(w, t->account->id, err) &&
		session_end_account(w, t->account->id, NULL, err) &&
		note(w, "second-factor.remove", t->account->id, NULL, NULL, err);
}

static int disable(struct task *t, struct error *err)
{
	return store_write_aside(t->engine->store, &viewer_system, do_disable, t, err) ? 0 : 1;
}

static int enable(struct task *t, struct error *err)
{
	return store_write_aside(t->engine->store, &viewer_system, do_enable, t, err) ? 0 : 1;
}

static int reset_factor(struct task *t, struct error *err)
{
	return store_write_aside(t->engine->store, &viewer_system, do_reset_factor, t, err) ? 0 : 1;
}

static bool do_invite(struct db *w, void *arg, struct error *err)
{
	struct task *t = arg;
	const char *origin = options_string(t->engine->options, "public-origin");
	int64_t until = clock_now_us() + options_int(t->engine->options, "invitation-time") * 1000;

	if (!find(w, t, err))
		return false;
	if (strcmp(t->account->source, SOURCE_LOCAL) != 0 || t->account->demo)
		return error_set(err, ERROR_INVALID, "'%.80s' has no password here, so there is nothing to invite to.", t->argv[0]);
	return account_make_token(w, t->account->id, TOKEN_INVITATION, until, t->token, err) &&
		account_send_link(w, t->engine, *origin ? origin : NULL, t->account, TOKEN_INVITATION, t->token, &t->sent,
			err) && note(w, "account.invite", t->account->id, NULL, t->sent ? "by mail" : "link shown", err);
}

static int invite(struct task *t, struct error *err)
{
	const char *origin = options_string(t->engine->options, "public-origin");

	if (!store_write_aside(t->engine->store, &viewer_system, do_invite, t, err))
		return 1;
	if (t->sent)
		printf("The invitation was mailed to %s.\n", t->account->email);
	else
		printf("%s\n", link_address(t->arena, *origin ? origin : "http://127.0.0.1:8080", TOKEN_INVITATION, t->token));
	return 0;
}

static int list(struct task *t, struct error *err)
{
	struct db *db = store_reader(t->engine->store, err);
	struct account_filter f = { .limit = 1000000 };
	struct account *people;
	size_t n = 0;
	bool ok = db && account_list(db, t->arena, &f, &people, &n, NULL, err);

	for (size_t i = 0; ok && i < n; i++) {
		struct account *a;

		ok = account_get(db, t->arena, people[i].id, &a, err);
		if (!ok)
			break;
		printf("%s\t%s\t%s\t%s%s%s%s%s", a->login, a->id, a->name, a->source, a->network_admin ? ", network admin" : "",
			a->second_factor ? ", second factor" : "", a->demo ? ", demonstration" : "",
			a->disabled_us ? ", disabled" : "");
		for (size_t k = 0; k < a->n_memberships; k++)
			printf("%s%s %s", k ? ", " : "\t", a->memberships[k].space_slug, role_word(a->memberships[k].role));
		putchar('\n');
	}
	db_close(db);
	return ok ? 0 : 1;
}

static const struct verb {
	const char *name, *arguments, *help;
	int min, max; /* arguments */
	int (*run)(struct task *t, struct error *err);
} verbs[] = {
	{ "add", "LOGIN [--name=NAME] [--email=ADDRESS] [--network-admin]", "add a local account; prints its id", 1, 4, add },
	{ "password", "LOGIN", "set its password, from the terminal or standard input", 1, 1, password },
	{ "role", "LOGIN SPACE ROLE|none [TEAM,...]", "give or take a role in a space, and roles in its team", 3, 4, set_role },
	{ "network-admin", "LOGIN yes|no", "make it a network admin, or not", 2, 2, network_admin },
	{ "disable", "LOGIN", "end its sessions and refuse it", 1, 1, disable },
	{ "enable", "LOGIN", "undo that", 1, 1, enable },
	{ "reset-second-factor", "LOGIN", "for a person who lost it", 1, 1, reset_factor },
	{ "invite", "LOGIN", "mail or show a link to set a password", 1, 1, invite },
	{ "list", "", "all accounts", 0, 0, list },
	{ NULL, NULL, NULL, 0, 0, NULL }
};

int run_account(struct engine *e, int argc, char **argv)
{
	struct task t = { .engine = e, .argc = argc - 1, .argv = argv + 1 };
	const struct verb *v = verbs;
	struct error err = { 0 };
	int code;

	while (v->name && strcmp(v->name, argv[0]) != 0)
		v++;
	if (!v->name || t.argc < v->min || t.argc > v->max) {
		for (v = verbs; v->name; v++)
			fprintf(stderr, "  commonweal account %s %s\n      %s\n", v->name, v->arguments, v->help);
		return 2;
	}
	t.arena = arena_create();
	code = v->run(&t, &err);
	if (code)
		cli_fail(&err);
	arena_destroy(t.arena);
	return code;
}

/* ---- audit ---- */

static int verify(struct db *db, int argc, char **argv, struct error *err)
{
	struct audit_verdict v;
	const char *colon = argc > 1 ? strchr(argv[1], ':') : NULL;

	if (argc > 1 && !colon) {
		error_set(err, ERROR_INVALID, "Give the head as audit verify printed it, NUMBER:HASH.");
		return 1;
	}
	if (!audit_verify(db, colon ? atoll(argv[1]) : 0, colon ? colon + 1 : NULL, &v, err))
		return 1;
	if (v.bad) {
		printf("Row %lld of the audit log is wrong: %s. The %lld rows before it are good.\n", (long long)v.bad,
			v.words, (long long)v.rows);
		return 1;
	}
	printf("The audit log is whole: %lld rows. Its head is %lld:%s\n", (long long)v.rows, (long long)v.rows, v.head);
	return 0;
}

int run_audit(struct engine *e, int argc, char **argv)
{
	bool verifying = strcmp(argv[0], "verify") == 0, exporting = strcmp(argv[0], "export") == 0 && argc == 1;
	struct audit_filter all = { 0 };
	struct error err = { 0 };
	int code = 1;
	int64_t n;

	if (!verifying && !exporting) {
		fputs("commonweal: usage: commonweal audit verify [NUMBER:HASH] | export\n", stderr);
		return 2;
	}
	struct db *db = store_reader(e->store, &err);
	if (db && verifying)
		code = verify(db, argc, argv, &err);
	else if (db)
		code = audit_export(db, &all, stdout, &n, &err) ? 0 : 1;
	db_close(db);
	if (err.kind)
		cli_fail(&err);
	return code;
}

int run_demo(struct engine *e, int argc, char **argv)
{
	struct error err = { 0 };

	(void)argc;
	(void)argv;
	if (!demo_create(e, stdout, &err))
		return cli_fail(&err);
	puts("These people need no password. The server offers them on loopback addresses only, and does not\n"
		"start on others while they are there.");
	return 0;
}
