/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "job.h"
#include <pthread.h>
#include "engine.h"
#include "mail.h"
#include "store_system.h"
#include "text.h"
#include "unit.h"

static struct engine e;
static struct db *db;
static struct arena *a;
static struct error err;

/* What the kinds of these tests did, said by the job thread. */
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static int good, hopeless, again, regular;
static char payload[64];

static void note(int *which)
{
	pthread_mutex_lock(&mutex);
	++*which;
	pthread_cond_signal(&changed);
	pthread_mutex_unlock(&mutex);
}

static void wait_for(const int *which, int n)
{
	struct timespec at;

	clock_gettime(CLOCK_REALTIME, &at);
	at.tv_sec += 60;
	pthread_mutex_lock(&mutex);
	while (*which < n && pthread_cond_timedwait(&changed, &mutex, &at) == 0)
		;
	CHECK(*which >= n);
	pthread_mutex_unlock(&mutex);
}

static enum job_result run_good(struct engine *engine, struct db *reader, const struct job_row *job, struct error *problem)
{
	CHECK(engine == &e && reader && job->attempts == 1);
	(void)problem;
	snprintf(payload, sizeof payload, "%s", job->payload);
	note(&good);
	return JOB_GOOD;
}

static enum job_result run_hopeless(struct engine *engine, struct db *reader, const struct job_row *job,
	struct error *problem)
{
	(void)engine, (void)reader, (void)job;
	error_set(problem, ERROR_INVALID, "never");
	note(&hopeless);
	return JOB_HOPELESS;
}

static enum job_result run_again(struct engine *engine, struct db *reader, const struct job_row *job, struct error *problem)
{
	(void)engine, (void)reader, (void)job;
	error_set(problem, ERROR_UNAVAILABLE, "not now");
	note(&again);
	return JOB_AGAIN;
}

static enum job_result run_regular(struct engine *engine, struct db *reader, const struct job_row *job,
	struct error *problem)
{
	(void)engine, (void)reader, (void)job, (void)problem;
	note(&regular);
	return JOB_GOOD;
}

static const struct job_kind kinds[] = {
	{ "good", 0, NULL, run_good },
	{ "hopeless", 0, NULL, run_hopeless },
	{ "again", 0, NULL, run_again },
	{ "once", 1, NULL, run_again },
	{ "regular", 0, "test-every", run_regular },
	{ NULL, 0, NULL, NULL }
};
static const struct job_kind *const tables[] = { kinds, NULL };

static void begin(const char *name)
{
	static const struct option_def options[] = {
		{ "test-every", OPTION_DURATION, "1ms", 0, 0, "" },
		{ NULL, 0, NULL, 0, 0, NULL }
	};
	static const struct option_def *const all[] = { job_options, mail_options, options, NULL };
	static const struct migration_set migrations[] = { { "job", job_migrations }, { NULL, NULL } };
	struct store_setup setup = { .path = unit_path(name), .migrations = migrations };

	error_clear(&err);
	memset(&e, 0, sizeof e);
	a = arena_create();
	e.options = options_create(all);
	e.store = store_open(&setup, &err);
	CHECK_ERROR(&err, ERROR_NONE, "");
	NEED(e.store != NULL);
	db = store_reader(e.store, &err);
	NEED(db != NULL);
	good = hopeless = again = regular = 0;
}

static void end(void)
{
	db_close(db);
	store_close(e.store);
	options_destroy(e.options);
	arena_destroy(a);
}

struct added {
	const char *kind, *key, *payload;
};

static bool add(struct db *w, void *arg, struct error *problem)
{
	const struct added *j = arg;

	return job_add(w, j->kind, j->key, "about it", j->payload, 0, problem);
}

static void put(const char *kind, const char *key, const char *text)
{
	CHECK(store_write_aside(e.store, &viewer_system, add, &(struct added){ kind, key, text }, &err));
}

/* The only job of that kind, once it is in that state. */
static const struct job_row *row_of(const char *kind, enum job_state state)
{
	for (int i = 0; i < 6000; i++) {
		struct job_row *rows;
		size_t n;

		NEED(job_list(db, a, state, 50, &rows, &n, NULL, &err));
		for (size_t k = 0; k < n; k++)
			if (strcmp(rows[k].kind, kind) == 0)
				return &rows[k];
		/* The note of the end comes just after the run that we waited for. */
		struct timespec moment = { 0, 10000000 };
		nanosleep(&moment, NULL);
	}
	NEED(false);
	return NULL;
}

static bool retry(struct db *w, void *arg, struct error *problem)
{
	bool *found = ((void **)arg)[1];

	return job_retry(w, ((void **)arg)[0], found, problem);
}

static void ends(void)
{
	begin("ends.db");
	put("good", "once-only", "secret text");
	put("good", "once-only", "second text");
	put("hopeless", NULL, "x");
	put("again", NULL, "y");
	put("once", NULL, "z");
	put("unheard-of", NULL, "w");
	e.jobs = jobs_start(&e, tables, &err);
	NEED(e.jobs != NULL);
	wait_for(&good, 1);
	wait_for(&hopeless, 1);
	wait_for(&again, 2);
	const struct job_row *row = row_of("good", JOB_DONE);
	CHECK_TEXT(payload, "secret text");
	CHECK_INT(row->attempts, 1);
	CHECK(row->ended_us >= row->created_us && row->problem == NULL);
	row = row_of("hopeless", JOB_FAILED);
	CHECK_TEXT(row->problem, "never");
	row = row_of("unheard-of", JOB_FAILED);
	CHECK_HAS(row->problem, "unheard-of");
	row = row_of("once", JOB_FAILED);
	CHECK_TEXT(row->problem, "not now");
	bool found = false;
	CHECK(store_write_aside(e.store, &viewer_system, retry, (void *[]){ (void *)row->id, &found }, &err));
	CHECK(found); /* its payload was kept */
	CHECK(store_write_aside(e.store, &viewer_system, retry, (void *[]){ (void *)row_of("hopeless", JOB_FAILED)->id,
		&found }, &err));
	CHECK(!found); /* its payload is gone */
	jobs_wake(e.jobs);
	wait_for(&again, 3);
	/* Put off, not given up: due about a minute from now. */
	row = row_of("again", JOB_WAITING);
	CHECK_INT(row->attempts, 1);
	CHECK(row->due_us > clock_now_us() + 30000000 && row->due_us < clock_now_us() + 90000000);
	CHECK_INT(good, 1);
	jobs_stop(e.jobs);
	/* What only the receiver should know is no longer in the file. */
	struct query q;
	int64_t left = -1;
	db_query_system(db, &q, "SELECT count(*) FROM main.job WHERE payload IS NOT NULL AND state <> 1 AND kind <> 'once'");
	while (q_row(&q))
		left = q_col_int(&q, 0);
	CHECK(q_done(&q, &err));
	CHECK_INT(left, 0);
	end();
}

static void repeats(void)
{
	begin("repeats.db");
	e.jobs = jobs_start(&e, tables, &err);
	NEED(e.jobs != NULL);
	wait_for(&regular, 3);
	jobs_stop(e.jobs);
	int before = regular;
	/* Another start goes on with the same row. */
	e.jobs = jobs_start(&e, tables, &err);
	NEED(e.jobs != NULL);
	wait_for(&regular, before + 1);
	jobs_stop(e.jobs);
	jobs_stop(NULL);
	jobs_wake(NULL);
	struct job_row *rows;
	size_t n;
	int64_t total = 0;
	CHECK(job_list(db, a, 0, 1, &rows, &n, &total, &err));
	CHECK_INT(n, 1);
	CHECK_INT(total, 1);
	CHECK_INT(rows[0].state, JOB_WAITING);
	end();
}

struct letter {
	const char *to;
	bool fail;
};

static bool queue(struct db *w, void *arg, struct error *problem)
{
	const struct letter *l = arg;

	return mail_queue(w, &(struct mail){ .to = l->to, .subject = "S", .text = "T\n" }, problem) &&
		(!l->fail || error_set(problem, ERROR_CONFLICT, "rolled back"));
}

static void letters(void)
{
	static const char *const bad[] = { "", "a", "@b.org", "a@", "a@-b.org", "a@b.org-", "a..b@c.org", ".a@b.org",
		"a@b.org\r\nX: y", "a b@c.org", "<a@b.org>", "a@b@c.org", "\xc3\xa9@b.org" };
	struct job_row *rows;
	size_t n;

	begin("letters.db");
	for (size_t i = 0; i < COUNT(bad); i++)
		CHECK(!mail_address_ok(bad[i]));
	CHECK(mail_address_ok("o'hara+x@police.example.org"));
	CHECK(!mail_configured(&e));
	CHECK(!store_write_aside(e.store, &viewer_system, queue, &(struct letter){ "a@b.org", true }, &err));
	CHECK(job_list(db, a, 0, 10, &rows, &n, NULL, &err));
	CHECK_INT(n, 0); /* a write that is not kept sends nothing */
	error_clear(&err);
	CHECK(!store_write_aside(e.store, &viewer_system, queue, &(struct letter){ "a@b.org\nBcc: c@d.org", false }, &err));
	CHECK_ERROR(&err, ERROR_INVALID, "not an e-mail address");
	error_clear(&err);
	CHECK(store_write_aside(e.store, &viewer_system, queue, &(struct letter){ "a@b.org", false }, &err));
	CHECK(job_list(db, a, 0, 10, &rows, &n, NULL, &err));
	CHECK_INT(n, 1);
	CHECK_TEXT(rows[0].about, "a@b.org");
	CHECK_TEXT(job_state_name(rows[0].state), "waiting");
	end();
}

CU_TestInfo unit_tests[] = {
	{ "how jobs end", ends },
	{ "regular jobs", repeats },
	{ "queued mail", letters },
	CU_TEST_INFO_NULL
};
