/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Backups: a folder with the database as it was at one moment, the files beside
 * it, and manifest.json, which says what must be there (docs/administrator.md).
 *
 * The database is copied by SQLite's backup interface within one read
 * transaction: a snapshot, page for page, while writers go on; row numbers stay,
 * which VACUUM INTO does not promise, and the steps show how far it is. A backup
 * has its name only once it was restored into a scratch folder and found whole. */
#ifndef COMMONWEAL_BACKUP_H
#define COMMONWEAL_BACKUP_H
#include <stdbool.h>
#include <stdint.h>
#include "arena.h"
#include "engine.h"
#include "error.h"
#include "job.h"
#include "options.h"

extern const struct option_def backup_options[];
extern const struct job_kind backup_jobs[];

/* Told how far it is: what is being done, and how much of how much (total 0:
 * unknown). May be NULL where a watch is asked for. */
struct backup_watch {
	void (*say)(const char *what, int64_t done, int64_t total, void *arg);
	void *arg;
};

struct backup_report {
	int64_t created_us;      /* the moment it shows, UTC microseconds */
	int64_t bytes;           /* of the database */
	int64_t files, file_bytes; /* attached */
	int64_t records, spaces, accounts, audit_rows;
	char version[32];        /* of the program that made it */
};

/* Makes the folder dir, which must not be there. Nothing is left of it when it
 * fails; killed, it leaves dir.part, which the next one to dir takes away.
 * earlier: another backup on the same disk, or NULL: attached files, which never
 * change, become links to its own where they are still whole. */
bool backup_create(struct engine *e, const char *dir, const char *earlier, const struct backup_watch *watch,
	struct backup_report *out, struct error *err);
/* Restores a backup into a new folder below scratch (and removes that again) and
 * checks hashes, the database's structure and references, its search index, its
 * audit log, and the number of rows, and the attached files where they lie. Damage is ERROR_INVALID and says what. */
bool backup_verify(const char *dir, const char *scratch, const struct backup_watch *watch,
	struct backup_report *out, struct error *err);

struct backup_restored {
	struct backup_report report;
	char aside[4096]; /* where the database is that was there; "" if none was */
};
/* Verifies, brings the copy up to this program's schema, and only then puts it in
 * the place of option data. ERROR_CONFLICT while a program has the data open.
 * Sessions, tickets and mailed links of the backup do not come back to life. */
bool backup_restore(struct options *o, const char *dir, const struct backup_watch *watch,
	struct backup_restored *out, struct error *err);

/* One of those that the job made, as its manifest says. */
struct backup_row {
	const char *name, *path;
	int64_t created_us, bytes; /* bytes: of the database and the attached files */
};
/* Those in the folder of option backup-folder, newest first; none if it is empty. */
bool backup_list(const struct options *o, struct arena *a, struct backup_row **out, size_t *n, struct error *err);

#endif
