/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The audit log: rows in a chain, and the thread that writes what is noted. */
#include "audit.h"
#include <jansson.h>
#include <pthread.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include "account.h"
#include "api_token.h"
#include "engine.h"
#include "log.h"
#include "page.h"
#include "store_system.h"
#include "text.h"

#define TEXT_MAX 500
#define WAITING_MAX 4096
#define GENESIS "0000000000000000000000000000000000000000000000000000000000000000"

const struct migration audit_migrations[] = {
	{ 1,
	"CREATE TABLE audit ("
	"	num INTEGER PRIMARY KEY, at_us INTEGER NOT NULL,"
	"	account TEXT, login TEXT, address TEXT, request TEXT, space TEXT,"
	"	action TEXT NOT NULL, object TEXT, detail TEXT,"
	"	hash TEXT NOT NULL) STRICT;"
	"CREATE INDEX audit_by_account ON audit (account, num);"
	"CREATE INDEX audit_by_space ON audit (space, num);"
	"CREATE INDEX audit_by_action ON audit (action, num);"
	"CREATE INDEX audit_by_object ON audit (object, num);"
	"CREATE TRIGGER audit_update BEFORE UPDATE ON audit"
	"	BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END;"
	"CREATE TRIGGER audit_delete BEFORE DELETE ON audit"
	"	BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END;"
	"CREATE TRIGGER audit_insert BEFORE INSERT ON audit"
	"	WHEN NEW.num IS NOT (SELECT coalesce(max(num), 0) + 1 FROM audit)"
	"	BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END;" },
	{ 0, NULL }
};

/* ---- the chain ---- */

/* Each field as "length:bytes,", so that no two rows have the same bytes. */
static void hash_field(crypto_hash_sha256_state *state, const char *s)
{
	char length[32];
	size_t n = s ? strlen(s) : 0;
	int k = s ? snprintf(length, sizeof length, "%zu:", n) : snprintf(length, sizeof length, "-");

	crypto_hash_sha256_update(state, (const unsigned char *)length, (unsigned long long)k);
	if (n)
		crypto_hash_sha256_update(state, (const unsigned char *)s, n);
	crypto_hash_sha256_update(state, (const unsigned char *)",", 1);
}

static void hash_row(const char *before, const struct audit_entry *e, char out[65])
{
	const char *fields[] = { e->account, e->login, e->address, e->request, e->space, e->action, e->object,
		e->detail };
	crypto_hash_sha256_state state;
	unsigned char hash[32];
	char number[32];

	crypto_hash_sha256_init(&state);
	hash_field(&state, before);
	snprintf(number, sizeof number, "%lld", (long long)e->num);
	hash_field(&state, number);
	snprintf(number, sizeof number, "%lld", (long long)e->at_us);
	hash_field(&state, number);
	for (size_t i = 0; i < sizeof fields / sizeof *fields; i++)
		hash_field(&state, fields[i]);
	crypto_hash_sha256_final(&state, hash);
	sodium_bin2hex(out, 65, hash, sizeof hash);
}

/* What can be stored: UTF-8 of at most TEXT_MAX bytes. */
static const char *tame(struct arena *a, const char *s)
{
	char *copy;
	size_t n;

	if (!s)
		return NULL;
	n = strlen(s) < TEXT_MAX ? strlen(s) : TEXT_MAX;
	copy = arena_strndup(a, s, n);
	while (n > 0 && n + 4 > TEXT_MAX && !text_is_utf8(copy, n))
		copy[--n] = '\0';
	if (!text_is_utf8(copy, n))
		for (char *c = copy; *c; c++)
			if ((unsigned char)*c >= 0x80)
				*c = '?';
	return copy;
}

static bool last_row(struct db *db, int64_t *num, char hash[65], struct error *err)
{
	struct arena *a = arena_create();
	struct query q;

	*num = 0;
	snprintf(hash, 65, "%s", GENESIS);
	db_query_system(db, &q, "SELECT num, hash FROM main.audit ORDER BY num DESC LIMIT 1");
	while (q_row(&q)) {
		*num = q_col_int(&q, 0);
		snprintf(hash, 65, "%s", q_col_text(&q, a, 1));
	}
	arena_destroy(a);
	return q_done(&q, err);
}

bool audit_write(struct db *w, const struct audit_entry *given, struct error *err)
{
	struct arena *a = arena_create();
	struct audit_entry e = *given;
	char before[65], hash[65];
	struct query q;
	bool ok = false;

	if (!last_row(w, &e.num, before, err))
		goto out;
	e.num++;
	e.at_us = e.at_us ? e.at_us : clock_now_us();
	e.account = tame(a, e.account);
	e.login = tame(a, e.login);
	e.address = tame(a, e.address);
	e.request = tame(a, e.request);
	e.space = tame(a, e.space);
	e.action = tame(a, e.action);
	e.object = tame(a, e.object);
	e.detail = tame(a, e.detail);
	hash_row(before, &e, hash);
	db_query_system(w, &q, "INSERT INTO audit (num, at_us, account, login, address, request, space, action, "
		"object, detail, hash) VALUES (:num, :at, :account, :login, :address, :request, :space, :action, "
		":object, :detail, :hash)");
	q_int(&q, ":num", e.num);
	q_int(&q, ":at", e.at_us);
	q_text(&q, ":account", e.account);
	q_text(&q, ":login", e.login);
	q_text(&q, ":address", e.address);
	q_text(&q, ":request", e.request);
	q_text(&q, ":space", e.space);
	q_text(&q, ":action", e.action);
	q_text(&q, ":object", e.object);
	q_text(&q, ":detail", e.detail);
	q_text(&q, ":hash", hash);
	ok = q_run(&q, err);
out:
	arena_destroy(a);
	return ok;
}

struct audit_entry audit_entry(const struct request *rq, const char *action, const char *object,
	const char *detail)
{
	return (struct audit_entry){
		.account = rq->account ? rq->account->id : NULL,
		.login = rq->account ? rq->account->login : NULL,
		.address = rq->token ? arena_printf(rq->arena, "%s by token %s", rq->peer, rq->token->name) : rq->peer,
		.request = rq->id,
		.space = rq->space ? rq->space->slug : NULL,
		.action = action,
		.object = object,
		.detail = detail,
	};
}

/* ---- notes ---- */

struct note {
	struct audit_entry entry;
	struct note *next;
};

/* What waits, in an arena of its own that goes when it is written. */
struct batch {
	struct arena *arena;
	struct note *first, *last;
	size_t n;
};

struct audit {
	struct engine *engine;
	pthread_t thread;
	pthread_mutex_t mutex;
	pthread_cond_t wake, written;
	struct batch batch;
	bool busy, stopping;
};

static bool write_batch(struct db *w, void *arg, struct error *err)
{
	const struct batch *b = arg;

	for (const struct note *n = b->first; n; n = n->next)
		if (!audit_write(w, &n->entry, err))
			return false;
	return true;
}

/* Tries again while the disk is full, for nothing may be lost; but a stop does
 * not wait for ever. */
static void store_batch(struct audit *au, struct batch *b)
{
	for (int tries = 1;; tries++) {
		struct error err = { 0 };

		if (store_write_aside(au->engine->store, &viewer_system, write_batch, b, &err))
			return;
		log_error("audit.write", "waiting=%zu text=%s detail=%s", b->n, log_quote(err.text),
			log_quote(err.detail));
		pthread_mutex_lock(&au->mutex);
		bool stop = au->stopping && tries >= 3;
		pthread_mutex_unlock(&au->mutex);
		if (stop) {
			log_error("audit.lost", "entries=%zu", b->n);
			return;
		}
		nanosleep(&(struct timespec){ 0, 500000000 }, NULL);
	}
}

static void *audit_main(void *arg)
{
	struct audit *au = arg;

	pthread_mutex_lock(&au->mutex);
	for (;;) {
		while (!au->batch.first && !au->stopping)
			pthread_cond_wait(&au->wake, &au->mutex);
		if (!au->batch.first)
			break;
		struct batch b = au->batch;
		au->batch = (struct batch){ 0 };
		au->busy = true;
		pthread_mutex_unlock(&au->mutex);
		store_batch(au, &b);
		arena_destroy(b.arena);
		pthread_mutex_lock(&au->mutex);
		au->busy = false;
		pthread_cond_broadcast(&au->written);
	}
	pthread_mutex_unlock(&au->mutex);
	return NULL;
}

struct audit *audit_start(struct engine *e, struct error *err)
{
	struct audit *au = calloc(1, sizeof *au);

	if (!au)
		abort();
	au->engine = e;
	pthread_mutex_init(&au->mutex, NULL);
	pthread_cond_init(&au->wake, NULL);
	pthread_cond_init(&au->written, NULL);
	if (pthread_create(&au->thread, NULL, audit_main, au) == 0)
		return au;
	error_set(err, ERROR_INTERNAL, "The audit thread could not be started.");
	free(au);
	return NULL;
}

void audit_stop(struct audit *au)
{
	if (!au)
		return;
	pthread_mutex_lock(&au->mutex);
	au->stopping = true;
	pthread_cond_signal(&au->wake);
	pthread_mutex_unlock(&au->mutex);
	pthread_join(au->thread, NULL);
	pthread_cond_destroy(&au->written);
	pthread_cond_destroy(&au->wake);
	pthread_mutex_destroy(&au->mutex);
	free(au);
}

void audit_flush(struct audit *au)
{
	pthread_mutex_lock(&au->mutex);
	while (au->batch.first || au->busy)
		pthread_cond_wait(&au->written, &au->mutex);
	pthread_mutex_unlock(&au->mutex);
}

void audit_note(struct request *rq, const char *action, const char *object, const char *detail)
{
	struct audit *au = rq->engine->audit;
	struct audit_entry e = audit_entry(rq, action, object, detail);
	struct batch *b;
	struct note *n;

	pthread_mutex_lock(&au->mutex);
	while (au->batch.n >= WAITING_MAX)
		pthread_cond_wait(&au->written, &au->mutex);
	b = &au->batch;
	if (!b->arena)
		b->arena = arena_create();
	n = arena_alloc(b->arena, sizeof *n);
	n->entry = e;
	n->entry.at_us = clock_now_us();
	n->entry.account = arena_strdup(b->arena, e.account);
	n->entry.login = arena_strdup(b->arena, e.login);
	n->entry.address = arena_strdup(b->arena, e.address);
	n->entry.request = arena_strdup(b->arena, e.request);
	n->entry.space = arena_strdup(b->arena, e.space);
	n->entry.action = arena_strdup(b->arena, e.action);
	n->entry.object = arena_strdup(b->arena, e.object);
	n->entry.detail = arena_strdup(b->arena, e.detail);
	if (b->last)
		b->last->next = n;
	else
		b->first = n;
	b->last = n;
	b->n++;
	pthread_cond_signal(&au->wake);
	pthread_mutex_unlock(&au->mutex);
}

/* ---- reading ---- */

#define AUDIT_COLUMNS "num, at_us, account, login, address, request, space, action, object, detail, hash "

static void entry_read(struct query *q, struct arena *a, struct audit_entry *e)
{
	int i = 0;

	e->num = q_col_int(q, i++);
	e->at_us = q_col_int(q, i++);
	e->account = q_col_text(q, a, i++);
	e->login = q_col_text(q, a, i++);
	e->address = q_col_text(q, a, i++);
	e->request = q_col_text(q, a, i++);
	e->space = q_col_text(q, a, i++);
	e->action = q_col_text(q, a, i++);
	e->object = q_col_text(q, a, i++);
	e->detail = q_col_text(q, a, i++);
	e->hash = q_col_text(q, a, i++);
}

#define AUDIT_WHERE \
	"FROM main.audit WHERE (:account IS NULL OR account = :account) AND (:space IS NULL OR space = :space) " \
	"AND (:object IS NULL OR object = :object) AND (:login IS NULL OR login = :login) " \
	"AND (:action IS NULL OR action = :action OR (:action LIKE '%.' " \
	"AND substr(action, 1, length(:action)) = :action)) " \
	"AND (:from = 0 OR at_us >= :from) AND (:before = 0 OR at_us < :before) " \
	"AND (:before_num = 0 OR num < :before_num) AND num > :after_num "

static void bind_filter(struct query *q, const struct audit_filter *f)
{
	q_text(q, ":account", f->account);
	q_text(q, ":space", f->space);
	q_text(q, ":object", f->object);
	q_text(q, ":login", f->login);
	q_text(q, ":action", f->action);
	q_int(q, ":from", f->from_us);
	q_int(q, ":before", f->before_us);
	q_int(q, ":before_num", f->before_num);
	q_int(q, ":after_num", f->after_num);
}

bool audit_list(struct db *db, struct arena *a, const struct audit_filter *f, struct audit_entry **out,
	size_t *n, int64_t *total, struct error *err)
{
	size_t limit = f->limit > 0 ? (size_t)f->limit : 100;
	struct query q;

	*n = 0;
	*out = arena_array(a, limit, sizeof **out);
	if (f->oldest_first)
		db_query_system(db, &q, "SELECT " AUDIT_COLUMNS AUDIT_WHERE "ORDER BY num LIMIT :limit");
	else
		db_query_system(db, &q, "SELECT " AUDIT_COLUMNS AUDIT_WHERE "ORDER BY num DESC LIMIT :limit");
	bind_filter(&q, f);
	q_int(&q, ":limit", (int64_t)limit);
	while (q_row(&q))
		entry_read(&q, a, &(*out)[(*n)++]);
	if (!q_done(&q, err))
		return false;
	if (!total)
		return true;
	db_query_system(db, &q, "SELECT count(*) " AUDIT_WHERE);
	bind_filter(&q, f);
	while (q_row(&q))
		*total = q_col_int(&q, 0);
	return q_done(&q, err);
}

static int add_json(const char *bytes, size_t n, void *arg)
{
	buf_add(arg, bytes, n);
	return 0;
}

void audit_json(const struct audit_entry *e, struct buf *out)
{
	time_t seconds = (time_t)(e->at_us / 1000000);
	json_t *o = json_object();
	struct tm tm;
	char at[48];

	gmtime_r(&seconds, &tm);
	size_t n = strftime(at, sizeof at, "%Y-%m-%dT%H:%M:%S", &tm);
	snprintf(at + n, sizeof at - n, ".%06dZ", (int)(e->at_us % 1000000));
	json_object_set_new(o, "num", json_integer(e->num));
	json_object_set_new(o, "at", json_string(at));
	json_set_text(o, "account", e->account);
	json_set_text(o, "login", e->login);
	json_set_text(o, "address", e->address);
	json_set_text(o, "request", e->request);
	json_set_text(o, "space", e->space);
	json_set_text(o, "action", e->action);
	json_set_text(o, "object", e->object);
	json_set_text(o, "detail", e->detail);
	json_set_text(o, "hash", e->hash);
	json_dump_callback(o, add_json, out, JSON_COMPACT);
	json_decref(o);
}

bool audit_export(struct db *db, const struct audit_filter *given, FILE *out, int64_t *n, struct error *err)
{
	struct audit_filter f = *given;
	struct buf line = BUF_INIT;
	size_t got;
	bool ok = true;

	*n = 0;
	f.oldest_first = true;
	f.limit = 1000;
	do {
		struct arena *a = arena_create();
		struct audit_entry *list;

		got = 0;
		ok = audit_list(db, a, &f, &list, &got, NULL, err);
		for (size_t i = 0; ok && i < got; i++) {
			buf_clear(&line);
			audit_json(&list[i], &line);
			buf_char(&line, '\n');
			if (fwrite(buf_text(&line), 1, line.len, out) != line.len)
				ok = error_set(err, ERROR_UNAVAILABLE, "The export could not be written.");
			f.after_num = list[i].num;
			++*n;
		}
		arena_destroy(a);
	} while (ok && got == 1000);
	buf_finish(&line);
	return ok;
}

/* ---- proof ---- */

static const char *row_fault(const struct audit_entry *e, const char *before, int64_t num, char hash[65])
{
	hash_row(before, e, hash);
	if (e->num != num)
		return "rows before it are missing";
	return !e->hash || strcmp(hash, e->hash) != 0 ? "it, or the row before it, was changed" : NULL;
}

bool audit_verify(struct db *db, int64_t expect_num, const char *expect_hash, struct audit_verdict *v,
	struct error *err)
{
	struct arena *a = arena_create();
	bool met = !expect_hash;
	struct query q;

	*v = (struct audit_verdict){ 0 };
	snprintf(v->head, sizeof v->head, "%s", GENESIS);
	db_query_system(db, &q, "SELECT " AUDIT_COLUMNS "FROM main.audit ORDER BY num");
	while (q_row(&q)) {
		struct audit_entry e;
		char hash[65];

		entry_read(&q, a, &e);
		if (!v->bad && (v->words = row_fault(&e, v->head, v->rows + 1, hash)))
			v->bad = e.num;
		if (v->bad)
			continue;
		v->rows++;
		memcpy(v->head, hash, sizeof hash);
		met = met || (e.num == expect_num && strcmp(hash, expect_hash) == 0);
		arena_reset(a);
	}
	arena_destroy(a);
	if (!q_done(&q, err))
		return false;
	if (!v->bad && !met) {
		v->bad = expect_num;
		v->words = "it is missing, or not what it was";
	}
	return true;
}
