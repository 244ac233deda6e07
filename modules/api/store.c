/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Imports through the API: SQL only. */
#include "imports.h"

const struct migration api_migrations[] = {
	{ 1,
	"CREATE TABLE api_import ("
	"	id TEXT NOT NULL PRIMARY KEY,"
	"	account_id TEXT NOT NULL REFERENCES account (id) ON DELETE CASCADE,"
	"	hash TEXT NOT NULL," /* blob.h; not a reference: it may go when the import has ended */
	"	dry_run INTEGER NOT NULL, policy INTEGER NOT NULL,"
	"	state TEXT NOT NULL, files INTEGER NOT NULL, result TEXT,"
	"	created_us INTEGER NOT NULL, ended_us INTEGER NOT NULL) STRICT;"
	"CREATE INDEX api_import_by_account ON api_import (account_id, created_us);" },
	{ 0, NULL }
};

const struct view_def api_views[] = {
	{ "v_api_import", "CREATE TEMP VIEW v_api_import AS SELECT * FROM main.api_import "
		"WHERE 'a:' || account_id IN (SELECT token FROM temp.viewer_scope)" },
	{ NULL, NULL }
};

static void read_import(struct query *q, struct arena *a, struct api_import *i)
{
	int c = 0;

	i->id = q_col_text(q, a, c++);
	i->account_id = q_col_text(q, a, c++);
	i->hash = q_col_text(q, a, c++);
	i->dry_run = q_col_int(q, c++);
	i->policy = (enum import_policy)q_col_int(q, c++);
	i->state = q_col_text(q, a, c++);
	i->files = q_col_int(q, c++);
	i->result = q_col_text(q, a, c++);
	i->created_us = q_col_int(q, c++);
	i->ended_us = q_col_int(q, c++);
}
#define COLUMNS "id, account_id, hash, dry_run, policy, state, files, result, created_us, ended_us "

bool import_get(struct db *db, struct arena *a, const char *id, struct api_import **out, struct error *err)
{
	struct query q;

	*out = NULL;
	db_query(db, &q, "SELECT " COLUMNS "FROM v_api_import WHERE id = :id");
	q_text(&q, ":id", id);
	while (q_row(&q))
		read_import(&q, a, *out = arena_alloc(a, sizeof **out));
	if (!q_done(&q, err))
		return false;
	return *out || error_set(err, ERROR_NOT_FOUND, "There is no such import.");
}

bool import_of_job(struct db *w, struct arena *a, const char *id, struct api_import **out, struct error *err)
{
	struct query q;

	*out = NULL;
	db_query(w, &q, "SELECT " COLUMNS "FROM api_import WHERE id = :id");
	q_text(&q, ":id", id);
	while (q_row(&q))
		read_import(&q, a, *out = arena_alloc(a, sizeof **out));
	return q_done(&q, err);
}

bool import_add_row(struct db *w, const struct api_import *i, struct error *err)
{
	struct query q;

	/* Those that are long over. */
	db_query(w, &q, "DELETE FROM api_import WHERE ended_us <> 0 AND ended_us < :old");
	q_int(&q, ":old", clock_now_us() - 30 * 86400 * (int64_t)1000000);
	if (!q_run(&q, err))
		return false;
	db_query(w, &q, "INSERT INTO api_import (id, account_id, hash, dry_run, policy, state, files, created_us, ended_us) "
		"VALUES (:id, :account, :hash, :dry, :policy, 'waiting', 0, :now, 0)");
	q_text(&q, ":id", i->id);
	q_text(&q, ":account", i->account_id);
	q_text(&q, ":hash", i->hash);
	q_int(&q, ":dry", i->dry_run);
	q_int(&q, ":policy", i->policy);
	q_int(&q, ":now", clock_now_us());
	return q_run(&q, err);
}

bool import_note(struct db *w, const struct api_import *i, struct error *err)
{
	struct query q;

	db_query(w, &q, "UPDATE api_import SET state = :state, files = :files, result = :result, ended_us = :ended "
		"WHERE id = :id");
	q_text(&q, ":state", i->state);
	q_int(&q, ":files", i->files);
	q_text(&q, ":result", i->result);
	q_int(&q, ":ended", i->ended_us);
	q_text(&q, ":id", i->id);
	return q_run(&q, err);
}
