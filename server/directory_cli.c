/* SPDX-License-Identifier: GPL-3.0-or-later */
/* commonweal ldap: what the directory says, step by step, in plain words. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>
#include "directory_here.h"
#include "directory_map.h"
#include "store_system.h"

static void print_line(const char *line, void *arg)
{
	(void)arg;
	printf("  ");
	for (const char *s = line; *s; s++)
		putchar((unsigned char)*s < 0x20 || *s == 0x7f ? '?' : *s);
	putchar('\n');
	fflush(stdout);
}

/* From the terminal without showing it, or a line of standard input. */
static bool read_password(char out[1026])
{
	struct termios old, quiet;
	bool terminal = tcgetattr(STDIN_FILENO, &old) == 0, good;

	if (terminal) {
		fprintf(stderr, "Password: ");
		quiet = old;
		quiet.c_lflag &= ~(tcflag_t)ECHO;
		tcsetattr(STDIN_FILENO, TCSAFLUSH, &quiet);
	}
	good = fgets(out, 1026, stdin);
	if (terminal) {
		tcsetattr(STDIN_FILENO, TCSAFLUSH, &old);
		fputc('\n', stderr);
	}
	if (good)
		out[strcspn(out, "\n")] = '\0';
	return good;
}

static const char *source(struct arena *a, const struct directory_rule *rule)
{
	return rule->kind == RULE_EVERYONE ? "everyone" : rule->kind == RULE_GROUP ?
		arena_printf(a, "group %s", rule->dn) :
		arena_printf(a, "attribute %s=%s", rule->attribute, rule->value);
}

struct printing {
	struct arena *arena;
	const struct directory_map *map;
};

static void print_fit(const struct directory_rule *rule, const struct directory_group *g, void *arg)
{
	struct printing *p = arg;

	(void)g;
	printf("  %s:%d: %s gives ", directory_map_path(p->map), rule->line, source(p->arena, rule));
	if (rule->space)
		printf("%s in space %s%s%s.\n", role_label(rule->role), rule->space, rule->team ? ", in the team as " : "",
			rule->team ? rule->team : "");
	else
		printf("network admin.\n");
}

static void print_groups(const struct directory_person *p)
{
	printf("Groups: %zu\n", p->n_groups);
	for (size_t i = 0; i < p->n_groups; i++) {
		printf("  %s", p->groups[i]->dn);
		for (const struct directory_group *g = p->groups[i]->via; g; g = g->via)
			printf("\n    through %s", g->dn);
		putchar('\n');
	}
}

static void print_unknown(const struct directory_rule *rule, const char *path, void *arg)
{
	(void)arg;
	printf("  %s:%d: there is no space '%s'.\n", path, rule->line, rule->space);
}

static bool check_map(struct engine *e)
{
	struct error err = { 0 };
	size_t n, unknown = 0;

	directory_map_rules(directory_rules(e->directory), &n);
	printf("Map: %zu line%s\n", n, n == 1 ? "" : "s");
	if (directory_unknown_spaces(e, print_unknown, NULL, &unknown, &err))
		return unknown == 0;
	printf("  %s\n", err.text);
	return false;
}

/* The account here that has the login and is not the directory's, or no one's. */
static bool check_account(struct engine *e, struct arena *a, const struct directory_person *p)
{
	char login[LOGIN_SIZE];
	struct account *account = NULL;
	struct error err = { 0 };
	struct db *db;
	bool begun;

	if (!login_normalise(p->login, login)) {
		printf("The login %s has characters that a login here cannot have: no sign-in.\n", p->login);
		return false;
	}
	db = store_reader(e->store, &err);
	begun = db && db_begin(db, &viewer_nobody, &err);
	if (!begun || !account_by_login(db, a, login, &account, &err))
		printf("  %s\n", err.text);
	if (begun)
		db_end(db);
	db_close(db);
	if (!account || (account->directory_id && strcmp(account->directory_id, p->id) == 0))
		return !err.kind;
	printf("%s account here has the login %s already, so this person cannot sign in: rename one of them.\n",
		account->directory_id ? "Another person's" : "A local", login);
	return false;
}

static int test(struct engine *e, const char *login, const char *password)
{
	struct arena *a = arena_create();
	struct printing printing = { a, directory_rules(e->directory) };
	struct directory_answer answer = { .result = DIRECTORY_NO };
	struct directory_grants grants;
	bool good = false;

	printf("Directory, for the login %s%s:\n", login, password ? " with a password" : "");
	directory_ask(e->directory, a, login, password, print_line, NULL, &answer);
	if (answer.result == DIRECTORY_YES) {
		print_groups(&answer.person);
		printf("What the map gives:\n");
		directory_map_apply(printing.map, a, &answer.person, print_fit, &printing, &grants);
		if (!grants.n && !grants.network_admin)
			printf("  No line fits: the person can sign in, and is in no space.\n");
		good = check_map(e);
		good = check_account(e, a, &answer.person) && good;
	}
	switch (answer.result) {
	case DIRECTORY_YES:
		printf("Result: %s.\n", answer.person.disabled ? "found, but disabled: no sign-in" :
			password ? "the sign-in is good" : "found; no password was tried");
		good = good && !answer.person.disabled;
		break;
	case DIRECTORY_NO:
		printf("Result: no sign-in (%s).\n", answer.reason);
		break;
	case DIRECTORY_NOT_NOW:
		printf("Result: no sign-in (%s). The person is told: %s\n", answer.reason, answer.words);
		break;
	case DIRECTORY_UNREACHABLE:
		printf("Result: the directory gives no answer (%s). Only local accounts can sign in.\n", answer.reason);
		break;
	}
	arena_destroy(a);
	return good ? 0 : 1;
}

static int check(struct engine *e)
{
	struct arena *a = arena_create();
	bool good;

	printf("Servers:\n");
	good = directory_check(e->directory, a, print_line, NULL);
	good = check_map(e) && good;
	printf(good ? "All is well.\n" : "Something is wrong; see above.\n");
	arena_destroy(a);
	return good ? 0 : 1;
}

int directory_command(struct engine *e, int argc, char **argv)
{
	char password[1026];
	int code;

	signal(SIGPIPE, SIG_IGN); /* a server that goes away is an error to tell */
	if (!e->directory) {
		fprintf(stderr, "commonweal: there is no directory: ldap-servers is empty.\n");
		return 2;
	}
	if (argc == 1 && strcmp(argv[0], "check") == 0)
		return check(e);
	if (argc == 2 && strcmp(argv[0], "test") == 0)
		return test(e, argv[1], NULL);
	if (argc == 3 && strcmp(argv[0], "test") == 0 && strcmp(argv[2], "password") == 0) {
		if (!read_password(password)) {
			fprintf(stderr, "commonweal: no password was given.\n");
			return 2;
		}
		code = test(e, argv[1], password);
		explicit_bzero(password, sizeof password);
		return code;
	}
	fprintf(stderr, "commonweal: usage: commonweal ldap check | ldap test LOGIN [password]\n");
	return 2;
}
