/* SPDX-License-Identifier: GPL-3.0-or-later */
/* commonweal: the administration command. */
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "cli.h"
#include "directory_here.h"
#include "extract.h"
#include "import.h"
#include "module.h"
#include "store_system.h"

static void print_problem(const char *file, int line, int column, const char *cause, void *meter)
{
	const struct meter *m = meter;

	if (m->terminal && m->what)
		fputc('\n', stderr);
	fprintf(stderr, "%s:%d:%d: %s\n", file, line, column, cause);
}

static int import_path(struct engine *e, const char *path, bool dry_run, enum import_policy policy)
{
	struct meter m = meter_begin(false);
	struct import_terms terms = { .dry_run = dry_run, .policy = policy, .problem = print_problem, .say = meter_show, .arg = &m };
	struct import_report report;
	struct error err = { 0 };
	bool ok = import_run(e, options_string(e->options, "schemas"), path, &terms, &report, &err);

	meter_end(&m);
	if (!ok)
		return cli_fail(&err);
	printf("%s %zu file%s: %zu added, %zu changed, %zu unchanged (spaces among them: %zu)", dry_run ? "Checked" :
		"Imported", report.files, report.files == 1 ? "" : "s", report.added, report.changed, report.unchanged,
		report.spaces);
	if (report.kept)
		printf("; %zu left as they were changed on the server", report.kept);
	puts(".");
	return 0;
}

static int run_import(struct engine *e, int argc, char **argv)
{
	enum import_policy policy = IMPORT_ASK;
	bool dry_run = false;
	const char *path = NULL;

	for (int i = 0; i < argc; i++) {
		if (strcmp(argv[i], "--dry-run") == 0)
			dry_run = true;
		else if (strcmp(argv[i], "--overwrite") == 0 && policy != IMPORT_KEEP)
			policy = IMPORT_OVERWRITE;
		else if (strcmp(argv[i], "--keep") == 0 && policy != IMPORT_OVERWRITE)
			policy = IMPORT_KEEP;
		else if (argv[i][0] != '-' && !path)
			path = argv[i];
		else
			path = "";
	}
	if (!path || !*path) {
		fputs("commonweal: usage: commonweal import [--dry-run] [--overwrite|--keep] DIR|FILE\n", stderr);
		return 2;
	}
	return import_path(e, path, dry_run, policy);
}

static int run_check(struct engine *e, int argc, char **argv)
{
	(void)argc;
	return import_path(e, argv[0], true, IMPORT_OVERWRITE);
}

/* Text from the store for a terminal: marks become brackets, tags and escapes go. */
static void print_plain(const char *html)
{
	static const char *const entities[][2] = {
		{ "&amp;", "&" }, { "&lt;", "<" }, { "&gt;", ">" }, { "&quot;", "\"" }, { "&#39;", "'" } };

	for (const char *s = html ? html : ""; *s;) {
		size_t i;

		if (*s == '<') {
			const char *end = strchr(s, '>');

			putchar(strncmp(s, "<mark>", 6) == 0 ? '[' : ']');
			s = end ? end + 1 : s + strlen(s);
			continue;
		}
		for (i = 0; i < 5; i++)
			if (strncmp(s, entities[i][0], strlen(entities[i][0])) == 0)
				break;
		if (i < 5) {
			fputs(entities[i][1], stdout);
			s += strlen(entities[i][0]);
		} else {
			putchar((unsigned char)*s < 0x20 ? ' ' : *s);
			s++;
		}
	}
	putchar('\n');
}

static int print_results(const struct search_result *result)
{
	printf("%lld result%s\n", (long long)result->total, result->total == 1 ? "" : "s");
	if (result->suggestion)
		printf("Did you mean: %s\n", result->suggestion);
	for (size_t i = 0; i < result->n; i++) {
		const struct record *r = &result->hits[i].record;

		printf("\n%zu. ", i + 1);
		print_plain(result->hits[i].title.html);
		printf("   %s/%s/%s\n   ", r->space_slug, r->type, r->slug);
		print_plain(result->hits[i].passage.html);
	}
	return 0;
}

/* As a visitor who is not signed in sees it. */
static int run_search(struct engine *e, int argc, char **argv)
{
	struct search_request rq = { .limit = 10 };
	struct search_result result;
	struct error err = { 0 };
	struct arena *a = arena_create();
	struct buf words = BUF_INIT;
	struct db *db = store_reader(e->store, &err);
	int code = 1;

	for (int i = 0; i < argc; i++)
		buf_printf(&words, "%s%s", i ? " " : "", argv[i]);
	rq.text = buf_text(&words);
	if (db && db_begin(db, &viewer_nobody, &err)) {
		code = search_run(e->search, db, a, &rq, &result, &err) ? print_results(&result) : 1;
		db_end(db);
	}
	if (code)
		cli_fail(&err);
	db_close(db);
	buf_finish(&words);
	arena_destroy(a);
	return code;
}

static int run_mail(struct engine *e, int argc, char **argv)
{
	struct error err = { 0 };

	(void)argc;
	if (!mail_configured(e)) {
		error_set(&err, ERROR_INVALID, "No mail server is set (option mail-server).");
		return cli_fail(&err);
	}
	if (!mail_test(e, argv[0], &err))
		return cli_fail(&err);
	printf("%s took a test message for %s.\n", options_string(e->options, "mail-server"), argv[0]);
	return 0;
}

static const struct command commands[] = {
	{ "import", "[--dry-run] [--overwrite|--keep] DIR|FILE", "validate and import record XML, all or nothing; what was "
		"changed on the server is replaced or kept only when told so", 1, 4, run_import, DATA_MADE },
	{ "check", "DIR|FILE", "the same without keeping anything", 1, 1, run_check, DATA_OR_EMPTY },
	{ "export", "DIR [SPACE] | --space SPACE DIR", "write every record (of a space) as XML into an empty folder; with --space "
		"all that the space has: versions, people, figures, audit log too", 1, 3, run_export, DATA_NEEDED },
	{ "purge", "--space SPACE [--yes]", "remove a space and all that it has, for good", 1, 3, run_purge, DATA_NEEDED },
	{ "backup", "[--verify-only] DIR", "save everything into a new folder, also while the server runs, and prove that "
		"it can be restored; or only prove it", 1, 2, run_backup, DATA_NONE },
	{ "restore", "DIR", "put a backup in the place of the data, which are kept aside", 1, 1, run_restore, DATA_NONE },
	{ "search", "WORDS...", "search as a visitor who is not signed in", 1, 64, run_search, DATA_NEEDED },
	{ "account", "ACTION ...", "add, password, role, network-admin, disable, enable, reset-second-factor, invite, list",
		1, 6, run_account, DATA_MADE },
	{ "audit", "verify|export", "prove that the audit log is whole, or write it as JSON lines", 1, 2, run_audit,
		DATA_NEEDED },
	{ "demo", "", "add demonstration people, for a server on loopback addresses only", 0, 0, run_demo, DATA_NEEDED },
	{ "routes", "", "every address of the server with who may ask it, as JSON", 0, 0, run_routes, DATA_NONE },
	{ "mail", "ADDRESS", "send a test message, to see that mail works", 1, 1, run_mail, DATA_OR_EMPTY },
	{ "bounce", "[--clear ADDRESS]", "count a mail that came back, read from standard input; or take an address's count back", 0, 2,
		run_bounce, DATA_NEEDED },
	{ "receive", "[RECIPIENT]", "take in an answer by mail, read from standard input", 0, 1, run_receive, DATA_NEEDED },
	{ "ldap", "test LOGIN [password]", "what the directory says of a login, step by step; with 'password' asks for it", 1, 3,
		directory_command, DATA_NEEDED },
	{ NULL, NULL, NULL, 0, 0, NULL, 0 }
};

static void print_commands(FILE *out, const struct command *list)
{
	for (const struct command *c = list; c->name; c++)
		fprintf(out, "  %-7s %-13s %s\n", c->name, c->arguments, c->help);
}

static const struct command *find_command(const char *name)
{
	const struct command *lists[64] = { commands };
	size_t n = 1;

	for (const struct module *const *m = modules; *m; m++)
		if ((*m)->commands && n < sizeof lists / sizeof *lists)
			lists[n++] = (*m)->commands;
	for (size_t i = 0; i < n; i++)
		for (const struct command *c = lists[i]; c->name; c++)
			if (strcmp(c->name, name) == 0)
				return c;
	return NULL;
}

static void usage(FILE *out, const struct options *o)
{
	fprintf(out, "Usage: commonweal [--option=value ...] COMMAND ...\n\nCommands:\n");
	print_commands(out, commands);
	for (const struct module *const *m = modules; *m; m++)
		if ((*m)->commands)
			print_commands(out, (*m)->commands);
	fprintf(out, "\nOptions (also in the file of --config and as COMMONWEAL_...):\n"
		"  --config=FILE\n");
	options_help(o, out);
}

/* A command that only asks makes no file: from a mistyped path it would answer
 * that nothing is there. `check` needs none, and gets an empty one for a while. */
static bool data_ready(const struct command *c, struct options *o, char folder[], struct error *err)
{
	const char *path = options_string(o, "data");
	char file[64];

	if (c->data == DATA_MADE || access(path, F_OK) == 0)
		return true;
	if (c->data == DATA_NEEDED)
		return error_set(err, ERROR_NOT_FOUND, "There is no data file %s (option --data).", path);
	if (!mkdtemp(folder))
		return error_set(err, ERROR_UNAVAILABLE, "No temporary folder could be made.");
	snprintf(file, sizeof file, "%s/empty.db", folder);
	return options_set(o, "data", file, "check", err);
}

static void remove_folder(const char *folder)
{
	static const char *const names[] = { "empty.db", "empty.db-wal", "empty.db-shm", "empty.db-lock" };
	char file[64];

	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		snprintf(file, sizeof file, "%s/%s", folder, names[i]);
		unlink(file);
	}
	rmdir(folder);
}

static int run(struct options *o, int argc, char **argv)
{
	const struct command *c = find_command(argv[0]);
	char folder[] = "/tmp/commonweal-XXXXXX";
	struct command chosen;
	struct engine e = { 0 };
	struct error err = { 0 };
	int code;

	if (!c || argc - 1 < c->min || argc - 1 > c->max) {
		fprintf(stderr, c ? "commonweal: usage: commonweal %s %s\n" :
			"commonweal: there is no command '%s'; see commonweal --help\n", argv[0],
			c ? c->arguments : "");
		return 2;
	}
	if (c->data == DATA_NONE) {
		e.options = o;
		code = c->run(&e, argc - 1, argv + 1);
		engine_stop(&e);
		return code;
	}
	chosen = *c;
	for (int i = 1; i < argc && chosen.data == DATA_MADE; i++)
		if (strcmp(argv[i], "--dry-run") == 0)
			chosen.data = DATA_OR_EMPTY; /* it keeps nothing, no file either */
	code = data_ready(&chosen, o, folder, &err) && extract_start(o, &err) && engine_start(&e, o, false, &err) ?
		c->run(&e, argc - 1, argv + 1) : cli_fail(&err);
	engine_stop(&e);
	extract_stop();
	if (!strstr(folder, "XXXXXX"))
		remove_folder(folder);
	return code;
}

int main(int argc, char **argv)
{
	struct options *o = engine_options_create();
	struct error err = { 0 };
	const char *config = getenv("COMMONWEAL_CONFIG");
	int first = 1, code = 2;

	if (sodium_init() < 0)
		return 1;
	umask(077); /* the data and its exports hold what is not public */
	if (argc > 1 && strncmp(argv[1], "--config=", 9) == 0) {
		config = argv[1] + 9;
		first = 2;
	}
	if (argc > first && strcmp(argv[first], "--help") == 0) {
		usage(stdout, o);
		code = 0;
	} else if (argc > first && strcmp(argv[first], "--version") == 0) {
		puts("commonweal " PACKAGE_VERSION);
		code = 0;
	} else if ((config && !options_load_file(o, config, &err)) || !options_load_environment(o, &err) ||
		!options_load_arguments(o, argc, argv, first, &first, &err)) {
		cli_fail(&err);
	} else if (first >= argc) {
		usage(stderr, o);
	} else {
		code = run(o, argc - first, argv + first);
	}
	options_destroy(o);
	return code;
}
