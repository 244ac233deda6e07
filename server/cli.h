/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the files of the administration command share. */
#ifndef COMMONWEAL_CLI_H
#define COMMONWEAL_CLI_H
#include <stdbool.h>
#include <stdint.h>
#include "engine.h"
#include "error.h"

/* A command of the administration program; modules have tables of them, too. */
struct command {
	const char *name, *arguments, *help; /* name NULL ends a table */
	int min, max;
	/* e: started, unless data is DATA_NONE. argv: what stands after the name. Returns the exit code. */
	int (*run)(struct engine *e, int argc, char **argv);
	enum { DATA_MADE, DATA_NEEDED, DATA_OR_EMPTY, DATA_NONE } data; /* if there is no data file */
};

/* How far a long command is, on standard error: on a terminal one line that
 * changes, else (unless quiet) a line for each step and tenth. */
struct meter {
	const char *what;
	int64_t tenth;
	bool terminal, silent;
};
struct meter meter_begin(bool always);
void meter_show(const char *what, int64_t done, int64_t total, void *meter);
void meter_end(const struct meter *m);

/* Each returns the exit code. */
int cli_fail(const struct error *err);
int run_account(struct engine *e, int argc, char **argv);
int run_bounce(struct engine *e, int argc, char **argv);
int run_receive(struct engine *e, int argc, char **argv);
int run_audit(struct engine *e, int argc, char **argv);
int run_backup(struct engine *e, int argc, char **argv); /* starts e itself */
int run_export(struct engine *e, int argc, char **argv);
int run_purge(struct engine *e, int argc, char **argv);
int run_restore(struct engine *e, int argc, char **argv); /* e is not started */
int run_demo(struct engine *e, int argc, char **argv);
int run_routes(struct engine *e, int argc, char **argv); /* e is not started */

#endif
