/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the files of backups share. Paths that are returned are malloc'd. */
#ifndef COMMONWEAL_BACKUP_RUN_H
#define COMMONWEAL_BACKUP_RUN_H
#include <jansson.h>
#include "backup.h"
#include "blob.h"

#define MANIFEST_NAME "manifest.json"
#define DATABASE_NAME "commonweal.db"
#define FILES_NAME "files"

void backup_say(const struct backup_watch *watch, const char *what, int64_t done, int64_t total);
char *backup_path(const char *dir, const char *name);
/* The manifest of a backup: a new reference, or NULL with ERROR_NOT_FOUND or ERROR_INVALID. */
json_t *backup_manifest(const char *dir, struct error *err);
/* A member that is text; "" if it is none. */
const char *backup_word(const json_t *o, const char *name);
void backup_summary(const json_t *manifest, struct backup_report *out);
/* Calls fn for each attached file that the database at path refers to; false ends it. */
typedef bool backup_file(const struct blob *b, void *arg, struct error *err);
bool backup_each_file(const char *path, backup_file *fn, void *arg, struct error *err);
/* Puts the database into the folder scratch and checks it there. */
bool backup_check(const char *dir, const json_t *manifest, const char *scratch, const struct backup_watch *watch,
	struct error *err);

#endif
