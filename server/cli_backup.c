/* SPDX-License-Identifier: GPL-3.0-or-later */
/* commonweal backup and restore. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "arena.h"
#include "backup.h"
#include "cli.h"
#include "text.h"

static void print_report(const char *words, const char *dir, const struct backup_report *r)
{
	struct arena *a = arena_create();

	printf("%s %s: as of %s, Commonweal %s, %lld records in %lld spaces, %lld accounts, %lld rows of audit log, "
		"database %.1f MiB, %lld attached files %.1f MiB.\n", words, dir, moment_human(a, r->created_us), r->version, (long long)r->records,
		(long long)r->spaces, (long long)r->accounts, (long long)r->audit_rows, (double)r->bytes / 1048576, (long long)r->files, (double)r->file_bytes / 1048576);
	arena_destroy(a);
}

static int verify(const char *dir, struct meter *m)
{
	struct backup_watch watch = { meter_show, m };
	const char *scratch = getenv("TMPDIR");
	struct backup_report report;
	struct error err = { 0 };
	bool ok = backup_verify(dir, scratch && *scratch ? scratch : "/tmp", &watch, &report, &err);

	meter_end(m);
	if (!ok)
		return cli_fail(&err);
	print_report("Whole:", dir, &report);
	return 0;
}

int run_backup(struct engine *e, int argc, char **argv)
{
	struct meter m = meter_begin(true);
	struct backup_watch watch = { meter_show, &m };
	const char *data = options_string(e->options, "data");
	struct options *o = e->options;
	struct backup_report report;
	struct error err = { 0 };
	bool only = strcmp(argv[0], "--verify-only") == 0;

	if (argc != (only ? 2 : 1) || argv[argc - 1][0] == '-' || !argv[argc - 1][0]) {
		fputs("commonweal: usage: commonweal backup [--verify-only] DIR\n", stderr);
		return 2;
	}
	if (only)
		return verify(argv[1], &m);
	if (access(data, F_OK) != 0) {
		error_set(&err, ERROR_NOT_FOUND, "There is no data file %s (option --data).", data);
		return cli_fail(&err);
	}
	bool ok = engine_start(e, o, false, &err) && backup_create(e, argv[0], NULL, &watch, &report, &err);
	meter_end(&m);
	if (!ok)
		return cli_fail(&err);
	print_report("Saved, restored for a trial and found whole:", argv[0], &report);
	return 0;
}

int run_restore(struct engine *e, int argc, char **argv)
{
	struct meter m = meter_begin(true);
	struct backup_watch watch = { meter_show, &m };
	struct backup_restored done;
	struct error err = { 0 };

	(void)argc;
	bool ok = backup_restore(e->options, argv[0], &watch, &done, &err);
	meter_end(&m);
	if (!ok)
		return cli_fail(&err);
	print_report("Restored", argv[0], &done.report);
	if (done.aside[0])
		printf("What was there before is kept: %s\n", done.aside);
	puts("Everybody has to sign in again; links that were mailed before, and tokens for programs, are void.");
	return 0;
}
