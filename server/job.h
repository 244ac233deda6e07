/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Work that must happen although no one waits for it: mail, the directory's
 * re-checks. A job is a row, added in the same write as what it follows from;
 * one thread runs those that are due. It runs at least once: a crash between its
 * effect and the note of it repeats it, so a kind must bear that. */
#ifndef COMMONWEAL_JOB_H
#define COMMONWEAL_JOB_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "arena.h"
#include "error.h"
#include "migrate.h"
#include "options.h"
#include "store.h"

struct engine;
struct jobs;

extern const struct migration job_migrations[];
extern const struct option_def job_options[];

enum job_state { JOB_WAITING = 1, JOB_DONE, JOB_FAILED };
const char *job_state_name(enum job_state s);

struct job_row {
	const char *id;           /* UUIDv7 */
	const char *kind;
	const char *about;        /* what it is for, in few words; shown to administrators */
	const char *payload;      /* the kind's own text; by the runner only */
	enum job_state state;
	int attempts;             /* begun so far, this one included */
	int64_t created_us, due_us, ended_us; /* ended_us 0 = not yet */
	const char *problem;      /* of the last attempt, or NULL */
	bool can_retry;           /* failed, and job_retry can bring it back */
};

enum job_result {
	JOB_GOOD,
	JOB_AGAIN,   /* try later: 1, 2, 4 ... minutes, at most 6 hours apart */
	JOB_HOPELESS /* do not try again */
};

/* A kind of job. Runs on the job thread, outside any write, with a connection
 * that has no viewer begun; may block. err says why a result is not JOB_GOOD. */
struct job_kind {
	const char *name;        /* NULL ends a table */
	int attempts;            /* at most; 0 = 12 */
	const char *every;       /* name of a duration option: repeats for ever at that interval; or NULL */
	enum job_result (*run)(struct engine *e, struct db *db, const struct job_row *job, struct error *err);
};

/* Adds a job, within a write. key: of two jobs with the same key the second is
 * not added (NULL: none). due_us 0 = at once. payload is removed when the job
 * ends, for it may hold what only the receiver should know. */
bool job_add(struct db *w, const char *kind, const char *key, const char *about, const char *payload,
	int64_t due_us, struct error *err);
/* Makes the thread look now; after the write that added a job. */
void jobs_wake(struct jobs *j);

/* By state, soonest or newest first; state 0 = any. Counts in *total (may be NULL). */
bool job_list(struct db *db, struct arena *a, enum job_state state, int limit, struct job_row **out,
	size_t *n, int64_t *total, struct error *err);
/* A failed job whose payload is still there waits again, due now; *found false: none such. Within a write. */
bool job_retry(struct db *w, const char *id, bool *found, struct error *err);

/* kinds: NULL-ended list of tables; must outlive it. */
struct jobs *jobs_start(struct engine *e, const struct job_kind *const *kinds, struct error *err);
/* Lets the job that runs end. NULL is fine. */
void jobs_stop(struct jobs *j);

#endif
