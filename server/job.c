/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The job table and the thread that works through it. */
#include "job.h"
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include "engine.h"
#include "log.h"
#include "store_system.h"
#include "text.h"

#define SECOND_US 1000000LL
#define MINUTE_US (60 * SECOND_US)
#define AGAIN_MOST_US (360 * MINUTE_US)
#define ATTEMPTS 12
#define LOOK_MOST_US (30 * SECOND_US)
#define TIDY_EVERY_US (60 * MINUTE_US)
#define FAILED_PAYLOAD_KEPT_US (7 * 24 * 60 * MINUTE_US)

const struct migration job_migrations[] = {
	{ 1,
	"CREATE TABLE job ("
	"	id TEXT NOT NULL PRIMARY KEY, kind TEXT NOT NULL, key TEXT UNIQUE, about TEXT NOT NULL,"
	"	payload TEXT, state INTEGER NOT NULL, attempts INTEGER NOT NULL, created_us INTEGER NOT NULL,"
	"	due_us INTEGER NOT NULL, ended_us INTEGER NOT NULL, problem TEXT) STRICT;"
	"CREATE INDEX job_by_due ON job (state, due_us);" },
	{ 0, NULL }
};

const struct option_def job_options[] = {
	{ "job-keep", OPTION_DURATION, "30d", 60000, 3660LL * 86400000,
		"How long jobs that have ended stay in the list." },
	{ NULL, 0, NULL, 0, 0, NULL }
};

struct jobs {
	struct engine *engine;
	const struct job_kind *const *kinds;
	struct db *db;
	pthread_t thread;
	pthread_mutex_t mutex;
	pthread_cond_t wake;
	bool woken, stopping;
	int64_t tidied_us;
};

const char *job_state_name(enum job_state s)
{
	return s == JOB_WAITING ? "waiting" : s == JOB_DONE ? "done" : s == JOB_FAILED ? "failed" : "";
}

/* ---- adding and listing ---- */

bool job_add(struct db *w, const char *kind, const char *key, const char *about, const char *payload,
	int64_t due_us, struct error *err)
{
	char id[ID_SIZE];
	int64_t now = clock_now_us();
	struct query q;

	id_new(id);
	db_query_system(w, &q, "INSERT INTO job (id, kind, key, about, payload, state, attempts, created_us, "
		"due_us, ended_us) VALUES (:id, :kind, :key, :about, :payload, 1, 0, :now, :due, 0) "
		"ON CONFLICT (key) DO NOTHING");
	q_text(&q, ":id", id);
	q_text(&q, ":kind", kind);
	q_text(&q, ":key", key);
	q_text(&q, ":about", about);
	q_text(&q, ":payload", payload);
	q_int(&q, ":now", now);
	q_int(&q, ":due", due_us ? due_us : now);
	return q_run(&q, err);
}

static void read_row(struct query *q, struct arena *a, struct job_row *j)
{
	int i = 0;

	j->id = q_col_text(q, a, i++);
	j->kind = q_col_text(q, a, i++);
	j->about = q_col_text(q, a, i++);
	j->state = (enum job_state)q_col_int(q, i++);
	j->attempts = (int)q_col_int(q, i++);
	j->created_us = q_col_int(q, i++);
	j->due_us = q_col_int(q, i++);
	j->ended_us = q_col_int(q, i++);
	j->problem = q_col_text(q, a, i++);
	j->can_retry = q_col_int(q, i++);
}
#define ROW "id, kind, about, state, attempts, created_us, due_us, ended_us, problem, " \
	"state = 3 AND payload IS NOT NULL"

bool job_list(struct db *db, struct arena *a, enum job_state state, int limit, struct job_row **out,
	size_t *n, int64_t *total, struct error *err)
{
	struct query q;
	size_t room = limit > 0 ? (size_t)limit : 1;

	*n = 0;
	*out = arena_array(a, room, sizeof **out);
	db_query_system(db, &q, "SELECT " ROW " FROM main.job WHERE :state IN (0, state) "
		"ORDER BY state, CASE WHEN state = 1 THEN due_us ELSE -ended_us END LIMIT :limit");
	q_int(&q, ":state", state);
	q_int(&q, ":limit", (int64_t)room);
	while (*n < room && q_row(&q))
		read_row(&q, a, &(*out)[(*n)++]);
	if (!q_done(&q, err))
		return false;
	if (!total)
		return true;
	db_query_system(db, &q, "SELECT count(*) FROM main.job WHERE :state IN (0, state)");
	q_int(&q, ":state", state);
	while (q_row(&q))
		*total = q_col_int(&q, 0);
	return q_done(&q, err);
}

bool job_retry(struct db *w, const char *id, bool *found, struct error *err)
{
	struct query q;

	db_query_system(w, &q, "UPDATE job SET state = 1, attempts = 0, due_us = :now, ended_us = 0 "
		"WHERE id = :id AND state = 3 AND payload IS NOT NULL");
	q_int(&q, ":now", clock_now_us());
	q_text(&q, ":id", id);
	return q_run_changed(&q, found, err);
}

/* ---- the thread ---- */

struct note {
	const struct job_row *job;
	enum job_result result;
	const char *problem;
	int64_t due_us; /* of the next attempt */
	bool last;      /* no further attempt */
	bool repeats;
};

static bool note_begin(struct db *w, void *arg, struct error *err)
{
	const struct note *n = arg;
	struct query q;

	db_query_system(w, &q, "UPDATE job SET attempts = attempts + 1, due_us = :due WHERE id = :id AND state = 1");
	q_int(&q, ":due", n->due_us);
	q_text(&q, ":id", n->job->id);
	return q_run(&q, err);
}

static bool note_end(struct db *w, void *arg, struct error *err)
{
	const struct note *n = arg;
	struct query q;

	if (n->repeats) {
		db_query_system(w, &q, "UPDATE job SET attempts = 0, due_us = :due, problem = :problem WHERE id = :id");
	} else if (!n->last) {
		db_query_system(w, &q, "UPDATE job SET due_us = :due, problem = :problem WHERE id = :id");
	} else {
		db_query_system(w, &q, "UPDATE job SET state = :state, ended_us = :due, problem = :problem, "
			"payload = CASE WHEN :keep THEN payload END WHERE id = :id");
		q_int(&q, ":state", n->result == JOB_GOOD ? JOB_DONE : JOB_FAILED);
		q_int(&q, ":keep", n->result == JOB_AGAIN);
	}
	q_int(&q, ":due", n->due_us);
	q_text(&q, ":problem", n->problem);
	q_text(&q, ":id", n->job->id);
	return q_run(&q, err);
}

static bool tidy(struct db *w, void *arg, struct error *err)
{
	const int64_t *kept_us = arg;
	int64_t now = clock_now_us();
	struct query q;

	db_query_system(w, &q, "DELETE FROM job WHERE state <> 1 AND ended_us < :old");
	q_int(&q, ":old", now - *kept_us);
	if (!q_run(&q, err))
		return false;
	db_query_system(w, &q, "UPDATE job SET payload = NULL WHERE state = 3 AND ended_us < :old");
	q_int(&q, ":old", now - FAILED_PAYLOAD_KEPT_US);
	return q_run(&q, err);
}

static bool write_note(struct jobs *j, store_operation *op, struct note *n)
{
	struct error err = { 0 };
	bool ok = store_write_aside(j->engine->store, &viewer_system, op, n, &err);

	if (!ok)
		log_error("job.note", "job=%s error=%s", n->job->id, log_quote(err.text));
	return ok;
}

static const struct job_kind *find_kind(const struct jobs *j, const char *name)
{
	for (const struct job_kind *const *table = j->kinds; *table; table++)
		for (const struct job_kind *k = *table; k->name; k++)
			if (strcmp(k->name, name) == 0)
				return k;
	return NULL;
}

static int64_t pause_before(int attempts)
{
	int64_t us = MINUTE_US;

	for (int i = 1; i < attempts && us < AGAIN_MOST_US; i++)
		us *= 2;
	return us < AGAIN_MOST_US ? us : AGAIN_MOST_US;
}

static void run_one(struct jobs *j, struct job_row *job)
{
	const struct job_kind *kind = find_kind(j, job->kind);
	struct note n = { .job = job, .result = JOB_HOPELESS, .due_us = clock_now_us() + pause_before(++job->attempts) };
	struct error err = { 0 };

	/* The attempt is noted first: a job that kills the server is not tried at once again. */
	if (!write_note(j, note_begin, &n))
		return;
	if (kind)
		n.result = kind->run(j->engine, j->db, job, &err);
	else
		error_set(&err, ERROR_INTERNAL, "This server knows no job of the kind %s.", job->kind);
	n.problem = n.result == JOB_GOOD ? NULL : err.text;
	n.repeats = kind && kind->every;
	n.last = n.result != JOB_AGAIN || job->attempts >= (kind && kind->attempts ? kind->attempts : ATTEMPTS);
	int64_t now = clock_now_us();
	n.due_us = n.repeats ? now + options_int(j->engine->options, kind->every) * 1000 :
		n.last ? now : now + pause_before(job->attempts);
	if (n.result == JOB_GOOD)
		log_debug("job.done", "job=%s kind=%s attempt=%d", job->id, job->kind, job->attempts);
	else
		log_warn(n.last && !n.repeats ? "job.failed" : "job.again", "job=%s kind=%s attempt=%d problem=%s detail=%s",
			job->id, job->kind, job->attempts, log_quote(err.text), log_quote(err.detail));
	write_note(j, note_end, &n);
}

/* The job that is due first, if it is due; *next_us: when to look again. */
static bool next_due(struct jobs *j, struct arena *a, struct job_row *job, int64_t *next_us)
{
	struct error err = { 0 };
	struct query q;
	bool found = false;
	int64_t now = clock_now_us();

	db_query_system(j->db, &q, "SELECT " ROW ", payload FROM main.job WHERE state = 1 ORDER BY due_us LIMIT 1");
	while (q_row(&q)) {
		read_row(&q, a, job);
		job->payload = q_col_text(&q, a, 10);
		found = true;
	}
	if (!q_done(&q, &err)) {
		log_error("job.look", "error=%s", log_quote(err.text));
		found = false;
	}
	*next_us = found && job->due_us < now + LOOK_MOST_US ? job->due_us : now + LOOK_MOST_US;
	return found && job->due_us <= now;
}

static bool wait_until(struct jobs *j, int64_t at_us)
{
	struct timespec at = { at_us / SECOND_US, (at_us % SECOND_US) * 1000 };
	bool go_on;

	pthread_mutex_lock(&j->mutex);
	while (!j->woken && !j->stopping && pthread_cond_timedwait(&j->wake, &j->mutex, &at) == 0)
		;
	j->woken = false;
	go_on = !j->stopping;
	pthread_mutex_unlock(&j->mutex);
	return go_on;
}

static void *jobs_main(void *arg)
{
	struct jobs *j = arg;
	int64_t kept_us = options_int(j->engine->options, "job-keep") * 1000, next_us = clock_now_us();

	while (wait_until(j, next_us)) {
		struct arena *a = arena_create();
		struct job_row job = { 0 };

		if (next_due(j, a, &job, &next_us)) {
			run_one(j, &job);
			next_us = clock_now_us();
		}
		arena_destroy(a);
		if (clock_now_us() - j->tidied_us > TIDY_EVERY_US) {
			j->tidied_us = clock_now_us();
			store_write_aside(j->engine->store, &viewer_system, tidy, &kept_us, NULL);
		}
	}
	return NULL;
}

void jobs_wake(struct jobs *j)
{
	if (!j)
		return;
	pthread_mutex_lock(&j->mutex);
	j->woken = true;
	pthread_cond_signal(&j->wake);
	pthread_mutex_unlock(&j->mutex);
}

/* Regular work that is no more, or is switched off. */
static bool drop_repeating(struct db *w, struct jobs *j, struct error *err)
{
	struct arena *a = arena_create();
	const char *drop[64];
	struct query q;
	size_t n = 0;
	bool ok;

	db_query_system(w, &q, "SELECT kind FROM job WHERE key LIKE 'every %'");
	while (n < 64 && q_row(&q)) {
		const struct job_kind *k = find_kind(j, drop[n] = q_col_text(&q, a, 0));

		n += !k || !k->every || options_int(j->engine->options, k->every) <= 0;
	}
	ok = q_done(&q, err);
	for (size_t i = 0; ok && i < n; i++) {
		db_query_system(w, &q, "DELETE FROM job WHERE key = 'every ' || :kind");
		q_text(&q, ":kind", drop[i]);
		ok = q_run(&q, err);
	}
	arena_destroy(a);
	return ok;
}

/* One row for each kind that repeats, due now. */
static bool plan_repeating(struct db *w, void *arg, struct error *err)
{
	struct jobs *j = arg;

	if (!drop_repeating(w, j, err))
		return false;
	for (const struct job_kind *const *table = j->kinds; *table; table++)
		for (const struct job_kind *k = *table; k->name; k++) {
			struct query q;
			char key[80];

			if (!k->every || options_int(j->engine->options, k->every) <= 0)
				continue;
			snprintf(key, sizeof key, "every %.60s", k->name);
			if (!job_add(w, k->name, key, "regular work", "", 0, err))
				return false;
			db_query_system(w, &q, "UPDATE job SET due_us = :now WHERE key = :key");
			q_int(&q, ":now", clock_now_us());
			q_text(&q, ":key", key);
			if (!q_run(&q, err))
				return false;
		}
	return true;
}

struct jobs *jobs_start(struct engine *e, const struct job_kind *const *kinds, struct error *err)
{
	struct jobs *j = calloc(1, sizeof *j);

	if (!j)
		abort();
	j->engine = e;
	j->kinds = kinds;
	pthread_mutex_init(&j->mutex, NULL);
	pthread_cond_init(&j->wake, NULL);
	if (!store_write_aside(e->store, &viewer_system, plan_repeating, j, err) || !(j->db = store_reader(e->store, err)))
		goto fail;
	if (pthread_create(&j->thread, NULL, jobs_main, j) != 0) {
		error_set(err, ERROR_INTERNAL, "The job thread could not be started.");
		goto fail;
	}
	return j;
fail:
	db_close(j->db);
	pthread_cond_destroy(&j->wake);
	pthread_mutex_destroy(&j->mutex);
	free(j);
	return NULL;
}

void jobs_stop(struct jobs *j)
{
	if (!j)
		return;
	pthread_mutex_lock(&j->mutex);
	j->stopping = true;
	pthread_cond_signal(&j->wake);
	pthread_mutex_unlock(&j->mutex);
	pthread_join(j->thread, NULL);
	db_close(j->db);
	pthread_cond_destroy(&j->wake);
	pthread_mutex_destroy(&j->mutex);
	free(j);
}
