/* SPDX-License-Identifier: GPL-3.0-or-later */
/* commonweal export and purge. */
#include <glob.h>
#include <stdio.h>
#include <string.h>
#include "arena.h"
#include "cli.h"
#include "import.h"
#include "space_data.h"

int run_export(struct engine *e, int argc, char **argv)
{
	struct error err = { 0 };
	bool space = strcmp(argv[0], "--space") == 0;
	size_t files;
	bool ok;

	if (argc == 3 && !space) {
		fputs("commonweal: usage: commonweal export DIR [SPACE] | --space SPACE DIR\n", stderr);
		return 2;
	}
	if (space && argc != 3) {
		fputs("commonweal: usage: commonweal export --space SPACE DIR\n", stderr);
		return 2;
	}
	ok = space ? space_export(e, argv[1], argv[2], &files, &err) :
		export_run(e, argv[0], argc > 1 ? argv[1] : NULL, &files, &err);
	if (!ok)
		return cli_fail(&err);
	printf("Exported %zu files to %s.\n", files, argv[space ? 2 : 0]);
	return 0;
}

static void print_counts(const struct space_purge *p)
{
	for (size_t i = 0; i < p->n_counts; i++)
		printf("  %lld %s\n", (long long)p->counts[i].n, p->counts[i].what);
	if (p->mentions && *p->mentions)
		printf("Other spaces' records that refer to it; the relation goes, their text stays:\n%s", p->mentions);
}

static bool confirmed(const char *slug)
{
	char line[200];

	printf("There is no way back but a backup. Type the name of the space, %s, to remove it: ", slug);
	fflush(stdout);
	if (!fgets(line, sizeof line, stdin))
		return false;
	line[strcspn(line, "\r\n")] = '\0';
	return strcmp(line, slug) == 0;
}

/* What was kept before still has the text. */
static void print_copies(const char *data)
{
	struct arena *a = arena_create();
	glob_t found = { 0 };

	if (glob(arena_printf(a, "%s-*", data), 0, NULL, &found) == 0)
		for (size_t i = 0; i < found.gl_pathc; i++)
			if (strstr(found.gl_pathv[i], "-before-") || strstr(found.gl_pathv[i], "-replaced-"))
				printf("It is still in %s\n", found.gl_pathv[i]);
	globfree(&found);
	arena_destroy(a);
	puts("Backups and exports made before still hold it, until they are deleted.");
}

static int purge(struct engine *e, struct space_purge *p, bool sure, struct error *err)
{
	bool rewritten;

	if (!space_purge_preview(e, p, err))
		return cli_fail(err);
	printf("The space %s has\n", p->slug);
	print_counts(p);
	if (!sure && !confirmed(p->slug)) {
		fputs("commonweal: That is not the name. Nothing was changed.\n", stderr);
		return 1;
	}
	if (!space_purge(e, p, &rewritten, err))
		return cli_fail(err);
	printf("Removed:\n");
	print_counts(p);
	print_copies(options_string(e->options, "data"));
	if (rewritten)
		return 0;
	fputs("commonweal: The file could not be rewritten, so removed text may still be in it or in its log.\n"
		"Stop the server and run: sqlite3 DATA 'VACUUM; PRAGMA wal_checkpoint(TRUNCATE)'\n", stderr);
	return 1;
}

int run_purge(struct engine *e, int argc, char **argv)
{
	struct space_purge p = { .engine = e, .arena = arena_create() };
	struct error err = { 0 };
	bool sure = false, bad = false;
	int code = 2;

	for (int i = 0; i < argc; i++) {
		if (strcmp(argv[i], "--yes") == 0)
			sure = true;
		else if (strncmp(argv[i], "--space=", 8) == 0)
			p.slug = argv[i] + 8;
		else if (strcmp(argv[i], "--space") == 0 && i + 1 < argc)
			p.slug = argv[++i];
		else
			bad = true;
	}
	if (p.slug && !bad)
		code = purge(e, &p, sure, &err);
	else
		fputs("commonweal: usage: commonweal purge --space SPACE [--yes]\n", stderr);
	arena_destroy(p.arena);
	return code;
}
