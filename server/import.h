/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Import of a folder or file of record XML, and export. All or nothing:
 * everything is validated first, then written in one transaction. */
#ifndef COMMONWEAL_IMPORT_H
#define COMMONWEAL_IMPORT_H
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include "engine.h"
#include "error.h"

struct import_report {
	size_t files, spaces, added, changed, unchanged, problems;
};

/* Problems are written to `out` as file:line:column: cause. dry_run validates only. */
bool import_run(struct engine *e, const char *schemas_dir, const char *path, bool dry_run,
	FILE *out, struct import_report *report, struct error *err);
/* Writes every record of a space (NULL = all spaces) as
 * dir/<space>/<type>/<slug>.xml; dir must be empty or absent. */
bool export_run(struct engine *e, const char *dir, const char *space_slug, size_t *files,
	struct error *err);

#endif
