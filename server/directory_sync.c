/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Looking people up again. Who is gone from the directory, or disabled there,
 * loses sessions and what the directory gave; who is in other groups gets other
 * roles. Rows that were given here are never touched. A directory that does not
 * answer changes nothing, until directory-grace is over. */
#include "directory_here.h"
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include "audit.h"
#include "directory_map.h"
#include "log.h"
#include "session.h"
#include "store_system.h"

#define OTHERS_AT_ONCE 200 /* people who are not signed in, in one round */
#define FAILURES_MAX 20    /* look-ups of one round; then it is not about those people */

struct directory_sync {
	struct engine *engine;
	struct db *db;
	pthread_t thread;
	pthread_mutex_t mutex;
	pthread_cond_t wake;
	bool stopping; /* under the mutex */
	bool silent;   /* the directory did not answer in the last round; its thread's, but read under the mutex */
	int64_t asked_us; /* the last round in which there was someone to look up */
};

static bool stopping(struct directory_sync *s)
{
	bool is;

	pthread_mutex_lock(&s->mutex);
	is = s->stopping;
	pthread_mutex_unlock(&s->mutex);
	return is;
}

/* ---- one person ---- */

struct ending {
	const struct account *account;
	const char *action, *detail;
	bool gone;
};

static bool write_ending(struct db *w, void *arg, struct error *err)
{
	const struct ending *x = arg;
	struct audit_entry e = { .login = "directory", .action = x->action, .object = x->account->id,
		.detail = x->detail };

	return (x->gone ? account_remove_directory(w, x->account->id, err) :
		session_end_account(w, x->account->id, NULL, err)) && audit_write(w, &e, err);
}

static void end_access(struct directory_sync *s, const struct account *account, bool gone, const char *detail)
{
	struct ending x = { account, gone ? "directory.removed" : "directory.grace", detail, gone };
	struct error err = { 0 };

	if (store_write_aside(s->engine->store, &viewer_system, write_ending, &x, &err))
		log_info("directory.ended", "account=%s reason=%s", account->id, log_quote(detail));
	else
		log_error("directory.write", "account=%s reason=%s", account->id, log_quote(err.text));
}

static void keep(struct directory_sync *s, struct arena *a, const struct account *account,
	const struct directory_person *p)
{
	struct audit_entry who = { .login = "directory", .action = "account.directory" };
	struct directory_saving saving = { .engine = s->engine, .arena = a, .person = p, .who = &who };
	struct error err = { 0 };

	if (!store_write_aside(s->engine->store, &viewer_system, directory_save, &saving, &err))
		log_error("directory.write", "account=%s reason=%s", account->id, log_quote(err.text));
}

/* False: the directory gave no answer about this one. */
static bool look_up(struct directory_sync *s, struct directory_session *session, const struct account *account)
{
	struct arena *a = arena_create();
	struct directory_answer answer = { .result = DIRECTORY_UNREACHABLE };

	directory_session_ask(session, a, account->directory_id, account->login, &answer);
	if (answer.result == DIRECTORY_YES && !answer.person.disabled)
		keep(s, a, account, &answer.person);
	else if (answer.result == DIRECTORY_YES || answer.absent)
		end_access(s, account, true, answer.absent ? "no longer in the directory" : "disabled in the directory");
	else if (answer.result == DIRECTORY_NO)
		log_warn("directory.unclear", "account=%s reason=%s", account->id, log_quote(answer.reason));
	arena_destroy(a);
	return answer.result != DIRECTORY_UNREACHABLE;
}

/* ---- a round ---- */

/* People who could not be looked up for too long are signed out. */
static void check_grace(struct directory_sync *s, const struct account *account)
{
	int64_t grace = options_int(s->engine->options, "directory-grace") * 1000;

	if (account->checked_us < clock_now_us() - grace)
		end_access(s, account, false, "the directory did not answer for too long");
}

static void tell_silence(struct directory_sync *s, bool silent, size_t people)
{
	if (silent && !s->silent)
		log_error("directory.silent", "people=%zu reason=%s", people,
			log_quote("no server answers; nothing is changed until directory-grace is over"));
	else if (!silent && s->silent)
		log_info("directory.answers", "people=%zu", people);
	pthread_mutex_lock(&s->mutex);
	s->silent = silent;
	s->asked_us = clock_now_us();
	pthread_mutex_unlock(&s->mutex);
}

void directory_sync_state(struct directory_sync *s, int64_t *asked_us, bool *answered)
{
	pthread_mutex_lock(&s->mutex);
	*asked_us = s->asked_us;
	*answered = !s->silent;
	pthread_mutex_unlock(&s->mutex);
}

static void look_up_all(struct directory_sync *s, struct account *people, size_t n, bool signed_in)
{
	struct directory_session *session = n ? directory_session_open(s->engine->directory) : NULL;
	int failures = 0;

	if (n && signed_in)
		tell_silence(s, !session, n);
	for (size_t i = 0; i < n && !stopping(s); i++) {
		if (session && look_up(s, session, &people[i]))
			continue;
		/* It may be about the person, so the next is asked over a new connection. */
		if (session) {
			directory_session_close(session);
			session = ++failures < FAILURES_MAX ? directory_session_open(s->engine->directory) : NULL;
		}
		if (signed_in)
			check_grace(s, &people[i]);
	}
	directory_session_close(session);
}

static void look_up_group(struct directory_sync *s, bool signed_in)
{
	int64_t all = options_int(s->engine->options, "directory-sync-all") * 1000;
	struct arena *a = arena_create();
	struct account *people = NULL;
	struct error err = { 0 };
	size_t n = 0;
	bool begun = db_begin(s->db, &viewer_nobody, &err);
	bool good = begun && (signed_in ? account_list_stale(s->db, a, INT64_MAX, &people, &n, &err) :
		account_list_unchecked(s->db, a, clock_now_us() - all, OTHERS_AT_ONCE, &people, &n, &err));

	if (begun)
		db_end(s->db);
	if (good)
		look_up_all(s, people, n, signed_in);
	else
		log_error("directory.read", "reason=%s detail=%s", log_quote(err.text), log_quote(err.detail));
	arena_destroy(a);
}

static void *sync_main(void *arg)
{
	struct directory_sync *s = arg;
	int64_t every = options_int(s->engine->options, "directory-sync") * 1000000, next;
	struct timespec at;

	clock_gettime(CLOCK_MONOTONIC, &at);
	next = (int64_t)at.tv_sec * 1000000000 + at.tv_nsec + every;
	pthread_mutex_lock(&s->mutex);
	while (!s->stopping) {
		at = (struct timespec){ next / 1000000000, next % 1000000000 };
		if (pthread_cond_timedwait(&s->wake, &s->mutex, &at) != ETIMEDOUT)
			continue;
		pthread_mutex_unlock(&s->mutex);
		/* From start to start, so that the time a round takes is not added. */
		next = clock_monotonic_ns() + every;
		look_up_group(s, true);
		look_up_group(s, false);
		pthread_mutex_lock(&s->mutex);
	}
	pthread_mutex_unlock(&s->mutex);
	return NULL;
}

/* ---- start and stop ---- */

static void warn_space(const struct directory_rule *rule, const char *path, void *arg)
{
	(void)arg;
	log_warn("directory.map", "file=%s line=%d reason=%s", log_quote(path), rule->line,
		log_quote("there is no such space"));
}

bool directory_sync_start(struct engine *e, struct error *err)
{
	struct directory_sync *s;
	pthread_condattr_t attributes;
	size_t unknown;

	if (!e->directory)
		return true;
	directory_warn(e->directory);
	if (!directory_unknown_spaces(e, warn_space, NULL, &unknown, err))
		return false;
	s = calloc(1, sizeof *s);
	if (!s)
		abort();
	s->engine = e;
	s->db = store_reader(e->store, err);
	pthread_mutex_init(&s->mutex, NULL);
	pthread_condattr_init(&attributes);
	pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
	pthread_cond_init(&s->wake, &attributes);
	pthread_condattr_destroy(&attributes);
	if (s->db && pthread_create(&s->thread, NULL, sync_main, s) == 0) {
		e->directory_sync = s;
		return true;
	}
	error_set(err, ERROR_INTERNAL, "The directory's thread could not be started.");
	db_close(s->db);
	pthread_cond_destroy(&s->wake);
	pthread_mutex_destroy(&s->mutex);
	free(s);
	return false;
}

void directory_sync_stop(struct directory_sync *s)
{
	if (!s)
		return;
	directory_close(s->engine->directory);
	pthread_mutex_lock(&s->mutex);
	s->stopping = true;
	pthread_cond_signal(&s->wake);
	pthread_mutex_unlock(&s->mutex);
	pthread_join(s->thread, NULL);
	db_close(s->db);
	pthread_cond_destroy(&s->wake);
	pthread_mutex_destroy(&s->mutex);
	free(s);
}
