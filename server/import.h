/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Import of a folder or file of record XML, and export. All or nothing:
 * everything is validated first, then written in one transaction. */
#ifndef COMMONWEAL_IMPORT_H
#define COMMONWEAL_IMPORT_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "engine.h"
#include "error.h"

struct content_schemas;

struct import_report {
	size_t files, spaces, added, changed, unchanged, kept, problems;
};

/* What becomes of a record that someone saved or withdrew on the server since the
 * last import, when the file says something else. */
enum import_policy {
	IMPORT_ASK,       /* it is a problem */
	IMPORT_OVERWRITE, /* the file wins; what was saved stays among the versions */
	IMPORT_KEEP       /* it is left alone */
};

struct viewer;

struct import_terms {
	bool dry_run; /* everything is tried, nothing kept */
	/* Whose it is: each record must be one that they may publish, and there may be
	 * no spaces among them. NULL: the administrator's, who may all. */
	const struct viewer *viewer;
	enum import_policy policy;
	/* Both may be NULL. file:line:column: cause; how far it is. */
	void (*problem)(const char *file, int line, int column, const char *cause, void *arg);
	void (*say)(const char *what, int64_t done, int64_t total, void *arg);
	void *arg;
};

/* A file, or a folder with all .xml below it. The schemas are loaded from that folder. */
bool import_run(struct engine *e, const char *schemas_dir, const char *path, const struct import_terms *terms,
	struct import_report *report, struct error *err);
/* Where documents come from: the next one's name and bytes, until *name is NULL.
 * The bytes need not outlive the next call. */
struct import_source {
	bool (*next)(const char **name, const char **bytes, size_t *n, void *arg, struct error *err);
	void *arg;
};
bool import_documents(struct engine *e, const struct content_schemas *schemas, const struct import_source *source,
	const struct import_terms *terms, struct import_report *report, struct error *err);
/* Writes every record of a space (NULL = all spaces) as
 * dir/<space>/<type>/<slug>.xml; dir must be empty or absent. */
bool export_run(struct engine *e, const char *dir, const char *space_slug, size_t *files,
	struct error *err);

#endif
