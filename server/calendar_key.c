/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Keys to a person's calendar. */
#include "calendar_key.h"
#include <string.h>
#include "account.h"
#include "engine.h"
#include "request.h"
#include "store_system.h"

#define HOUR_US (3600LL * 1000000)
#define GONE "There is no calendar at this address any more."

const struct migration calendar_key_migrations[] = {
	{ 1,
	"CREATE TABLE calendar_key ("
	"	id TEXT NOT NULL PRIMARY KEY,"
	"	account_id TEXT NOT NULL REFERENCES account (id) ON DELETE CASCADE,"
	"	secret_sha256 TEXT NOT NULL UNIQUE, space TEXT, kind TEXT, mine INTEGER NOT NULL,"
	"	created_us INTEGER NOT NULL, used_us INTEGER NOT NULL) STRICT;"
	"CREATE INDEX calendar_key_by_account ON calendar_key (account_id);" },
	{ 2, "ALTER TABLE calendar_key ADD COLUMN plan TEXT;" },
	{ 0, NULL }
};

#define COLUMNS "id, account_id, space, kind, mine, created_us, used_us, plan"

static void key_read(struct query *q, struct arena *a, struct calendar_key *k)
{
	k->id = q_col_text(q, a, 0);
	k->account_id = q_col_text(q, a, 1);
	k->space = q_col_text(q, a, 2);
	k->kind = q_col_text(q, a, 3);
	k->mine = q_col_int(q, 4);
	k->created_us = q_col_int(q, 5);
	k->used_us = q_col_int(q, 6);
	k->plan = q_col_text(q, a, 7);
}

bool calendar_key_add(struct db *w, const struct calendar_key *key, char secret[SECRET_SIZE], struct error *err)
{
	char id[ID_SIZE], hash[65];
	struct query q;
	int64_t n = 0;

	db_query_system(w, &q, "SELECT count(*) FROM calendar_key WHERE account_id = :account");
	q_text(&q, ":account", key->account_id);
	while (q_row(&q))
		n = q_col_int(&q, 0);
	if (!q_done(&q, err))
		return false;
	if (n >= CALENDAR_KEYS_MAX)
		return error_set(err, ERROR_CONFLICT, "You have %d calendar addresses already. Revoke one that you no longer use.",
			CALENDAR_KEYS_MAX);
	id_new(id);
	secret_new(secret);
	sha256_hex(secret, strlen(secret), hash);
	db_query_system(w, &q, "INSERT INTO calendar_key (id, account_id, secret_sha256, space, kind, mine, created_us, "
		"used_us, plan) VALUES (:id, :account, :hash, :space, :kind, :mine, :now, 0, :plan)");
	q_text(&q, ":id", id);
	q_text(&q, ":account", key->account_id);
	q_text(&q, ":hash", hash);
	q_text(&q, ":space", key->space);
	q_text(&q, ":kind", key->kind);
	q_int(&q, ":mine", key->mine);
	q_text(&q, ":plan", key->plan);
	q_int(&q, ":now", clock_now_us());
	return q_run(&q, err);
}

bool calendar_key_revoke(struct db *w, const char *account_id, const char *id, bool *found, struct error *err)
{
	struct query q;

	db_query_system(w, &q, "DELETE FROM calendar_key WHERE id = :id AND account_id = :account");
	q_text(&q, ":id", id);
	q_text(&q, ":account", account_id);
	return q_run_changed(&q, found, err);
}

bool calendar_key_end_plan(struct db *w, const char *plan, struct error *err)
{
	struct query q;

	db_query_system(w, &q, "DELETE FROM calendar_key WHERE plan = :plan");
	q_text(&q, ":plan", plan);
	return q_run(&q, err);
}

bool calendar_key_used(struct db *w, const char *id, struct error *err)
{
	struct query q;

	db_query_system(w, &q, "UPDATE calendar_key SET used_us = :now WHERE id = :id");
	q_int(&q, ":now", clock_now_us() / HOUR_US * HOUR_US);
	q_text(&q, ":id", id);
	return q_run(&q, err);
}

bool calendar_key_list(struct db *db, struct arena *a, const char *account_id, struct calendar_key **out,
	size_t *n, struct error *err)
{
	struct query q;

	*n = 0;
	*out = arena_array(a, CALENDAR_KEYS_MAX, sizeof **out);
	db_query_system(db, &q, "SELECT " COLUMNS " FROM main.calendar_key WHERE account_id = :account "
		"ORDER BY id DESC LIMIT :most");
	q_text(&q, ":account", account_id);
	q_int(&q, ":most", CALENDAR_KEYS_MAX);
	while (q_row(&q))
		key_read(&q, a, &(*out)[(*n)++]);
	return q_done(&q, err);
}

bool calendar_key_find(struct db *db, struct arena *a, const char *secret, struct calendar_key **out,
	struct error *err)
{
	struct query q;
	char hash[65];

	*out = NULL;
	sha256_hex(secret, strlen(secret), hash);
	db_query_system(db, &q, "SELECT " COLUMNS " FROM main.calendar_key WHERE secret_sha256 = :hash");
	q_text(&q, ":hash", hash);
	while (q_row(&q))
		key_read(&q, a, *out = arena_alloc(a, sizeof **out));
	return q_done(&q, err);
}

/* ---- the feed ---- */

static bool write_used(struct db *w, void *arg, struct error *err)
{
	const struct calendar_key *key = arg;

	return calendar_key_used(w, key->id, err);
}

/* The rights of the key's owner as they are now, not as they were when it was made. */
static bool become(struct request *rq, const char *account_id, struct error *err)
{
	struct account *account;

	if (!account_get(rq->db, rq->arena, account_id, &account, err))
		return false;
	if (account->disabled_us)
		return error_set(err, ERROR_NOT_FOUND, GONE);
	rq->viewer = account_viewer(rq->arena, account);
	db_end(rq->db);
	return db_begin(rq->db, rq->viewer, err);
}

bool calendar_key_open(struct request *rq, const char *secret, bool plan, struct calendar_key **out, struct error *err)
{
	if (!calendar_key_find(rq->db, rq->arena, secret, out, err))
		return false;
	if (!*out || ((*out)->plan != NULL) != plan)
		return error_set(err, ERROR_NOT_FOUND, GONE);
	if (!become(rq, (*out)->account_id, err))
		return false;
	if (clock_now_us() - (*out)->used_us > HOUR_US)
		store_write_aside(rq->engine->store, &viewer_system, write_used, *out, NULL);
	return true;
}
