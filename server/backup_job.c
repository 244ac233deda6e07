/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Backups that the server makes by itself, into the folder of option backup-folder. */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include "backup_run.h"
#include "disk.h"
#include "log.h"
#include "text.h"

#define NAME_PREFIX "commonweal-"
#define NAME_LENGTH (sizeof NAME_PREFIX - 1 + sizeof "20261124T203612Z" - 1)

const struct option_def backup_options[] = {
	{ "backup-folder", OPTION_FOLDER_WRITTEN, "", 0, 0, "Folder in which the server makes backups by itself; empty for none." },
	{ "backup-interval", OPTION_DURATION, "1d", 1000, 366LL * 86400000, "How old the newest of them may become." },
	{ "backup-keep", OPTION_INT, "14", 1, 10000, "How many of them are kept." },
	{ "backup-check-interval", OPTION_DURATION, "15min", 1000, 86400000,
		"How often the server looks whether a backup is due: how soon one that failed is tried again." },
	{ NULL, 0, NULL, 0, 0, NULL }
};

/* "commonweal-20261124T203612Z": sorts by time. */
static bool is_ours(const char *name)
{
	return strlen(name) == NAME_LENGTH && strncmp(name, NAME_PREFIX, sizeof NAME_PREFIX - 1) == 0 &&
		strspn(name + sizeof NAME_PREFIX - 1, "0123456789TZ") == NAME_LENGTH - (sizeof NAME_PREFIX - 1);
}

static int filter(const struct dirent *d)
{
	return is_ours(d->d_name);
}

static int newest_first(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*b)->d_name, (*a)->d_name);
}

bool backup_list(const struct options *o, struct arena *a, struct backup_row **out, size_t *n, struct error *err)
{
	const char *folder = options_string(o, "backup-folder");
	struct dirent **names;
	int found = *folder ? scandir(folder, &names, filter, newest_first) : 0;

	*n = 0;
	*out = arena_array(a, found > 0 ? (size_t)found : 1, sizeof **out);
	if (found < 0)
		return error_set(err, ERROR_UNAVAILABLE, "The folder of backups %.200s cannot be read.", folder);
	for (int i = 0; i < found; i++) {
		const char *path = arena_printf(a, "%s/%s", folder, names[i]->d_name);
		json_t *manifest = backup_manifest(path, NULL);
		struct backup_report report;

		if (manifest) {
			backup_summary(manifest, &report);
			(*out)[(*n)++] = (struct backup_row){ arena_strdup(a, names[i]->d_name), path, report.created_us,
				report.bytes + report.file_bytes };
		}
		json_decref(manifest);
		free(names[i]);
	}
	if (*folder)
		free(names);
	return true;
}

static void drop_old(struct engine *e, struct arena *a)
{
	size_t keep = (size_t)options_int(e->options, "backup-keep"), n;
	struct backup_row *rows;

	if (!backup_list(e->options, a, &rows, &n, NULL))
		return;
	for (size_t i = keep; i < n; i++) {
		bool gone = disk_remove(rows[i].path);

		log_info(gone ? "backup.drop" : "backup.drop-failed", "name=%s", rows[i].name);
	}
}

static bool make(struct engine *e, struct arena *a, const char *earlier, struct error *err)
{
	const char *folder = options_string(e->options, "backup-folder");
	struct backup_report report;
	time_t now = time(NULL);
	char stamp[32];
	struct tm tm;

	gmtime_r(&now, &tm);
	strftime(stamp, sizeof stamp, "%Y%m%dT%H%M%SZ", &tm);
	if (!disk_folder_or_old(folder, err) ||
		!backup_create(e, arena_printf(a, "%s/" NAME_PREFIX "%s", folder, stamp), earlier, NULL, &report, err))
		return false;
	log_info("backup.made", "name=" NAME_PREFIX "%s bytes=%lld records=%lld files=%lld", stamp, (long long)report.bytes,
		(long long)report.records, (long long)report.files);
	return true;
}

static enum job_result run(struct engine *e, struct db *db, const struct job_row *job, struct error *err)
{
	int64_t due_us = clock_now_us() - options_int(e->options, "backup-interval") * 1000;
	struct arena *a = arena_create();
	struct backup_row *rows;
	size_t n;
	bool ok;

	(void)db;
	(void)job;
	ok = disk_folder_or_old(options_string(e->options, "backup-folder"), err) &&
		backup_list(e->options, a, &rows, &n, err);
	if (ok && (n == 0 || rows[0].created_us <= due_us))
		ok = make(e, a, n ? rows[0].path : NULL, err);
	if (ok)
		drop_old(e, a);
	arena_destroy(a);
	return ok ? JOB_GOOD : JOB_AGAIN;
}

const struct job_kind backup_jobs[] = {
	{ "backup", 0, "backup-check-interval", run },
	{ NULL, 0, NULL, NULL }
};
