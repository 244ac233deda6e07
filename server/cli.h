/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the files of the administration command share. */
#ifndef COMMONWEAL_CLI_H
#define COMMONWEAL_CLI_H
#include "engine.h"
#include "error.h"

/* Each returns the exit code. */
int cli_fail(const struct error *err);
int run_account(struct engine *e, int argc, char **argv);
int run_audit(struct engine *e, int argc, char **argv);
int run_demo(struct engine *e, int argc, char **argv);
int run_routes(struct engine *e, int argc, char **argv); /* e is not started */

#endif
