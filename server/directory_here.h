/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The directory's side towards accounts and spaces here. */
#ifndef COMMONWEAL_DIRECTORY_HERE_H
#define COMMONWEAL_DIRECTORY_HERE_H
#include "directory.h"
#include "engine.h"

struct directory_rule;

/* commonweal ldap check, ldap test LOGIN [password]; the exit code. */
int directory_command(struct engine *e, int argc, char **argv);
/* Calls fn for each line of the map whose space does not exist; counts them. */
bool directory_unknown_spaces(struct engine *e,
	void (*fn)(const struct directory_rule *rule, const char *path, void *arg), void *arg, size_t *n,
	struct error *err);

#endif
