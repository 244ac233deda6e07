/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Saved searches: what is kept of them. */
#include "own.h"
#include "store_system.h"

const struct migration mine_migrations[] = {
	{ 1,
	"CREATE TABLE saved_search ("
	"	id TEXT NOT NULL PRIMARY KEY,"
	"	account_id TEXT NOT NULL REFERENCES account (id),"
	"	about_space TEXT NOT NULL REFERENCES space (id),"
	"	name TEXT NOT NULL, place TEXT NOT NULL CHECK (place IN ('search', 'library')), query TEXT NOT NULL,"
	"	alert TEXT NOT NULL CHECK (alert IN ('never', 'digest', 'mail')),"
	"	created_us INTEGER NOT NULL, run_us INTEGER NOT NULL DEFAULT 0, version INTEGER NOT NULL DEFAULT 1) STRICT;"
	"CREATE INDEX saved_search_by_account ON saved_search (account_id);"
	/* What it has told of, so that a change does not tell of it again. */
	"CREATE TABLE saved_search_known ("
	"	search_id TEXT NOT NULL REFERENCES saved_search (id) ON DELETE CASCADE,"
	"	key TEXT NOT NULL, at_us INTEGER NOT NULL, PRIMARY KEY (search_id, key)) STRICT, WITHOUT ROWID;" },
	{ 0, NULL }
};

#define OWN "x.account_id IN (SELECT substr(token, 3) FROM temp.viewer_scope WHERE substr(token, 1, 2) = 'a:')"
const struct view_def mine_views[] = {
	/* Of a space that one does not see any more, neither. */
	{ "v_saved_search", "CREATE TEMP VIEW v_saved_search AS SELECT x.*, s.slug AS space_slug, s.short_name AS space_name, "
		"s.kind = 'national' AS national FROM main.saved_search x JOIN main.space s ON s.id = x.about_space WHERE " OWN
		" AND s.scope IN (SELECT token FROM temp.viewer_scope)" },
	{ "v_saved_search_known", "CREATE TEMP VIEW v_saved_search_known AS SELECT k.* FROM main.saved_search_known k "
		"JOIN main.saved_search x ON x.id = k.search_id WHERE " OWN },
	{ NULL, NULL }
};

#define COLUMNS "id, account_id, name, place, query, about_space, space_slug, space_name, national, alert, created_us, " \
	"run_us, version, count(*) OVER ()"

static bool read_all(struct query *q, struct arena *a, struct saved_search **out, size_t *n, struct error *err)
{
	*out = NULL;
	*n = 0;
	while (q_row(q)) {
		if (!*out)
			*out = arena_array(a, (size_t)q_col_int(q, 13), sizeof **out);
		struct saved_search *s = &(*out)[(*n)++];
		*s = (struct saved_search){ .id = q_col_text(q, a, 0), .account_id = q_col_text(q, a, 1), .name = q_col_text(q, a, 2),
			.place = q_col_text(q, a, 3), .query = q_col_text(q, a, 4), .space_id = q_col_text(q, a, 5),
			.space_slug = q_col_text(q, a, 6), .space_name = q_col_text(q, a, 7), .national = q_col_int(q, 8) != 0,
			.created_us = q_col_int(q, 10), .run_us = q_col_int(q, 11), .version = q_col_int(q, 12) };
		notification_way_parse(q_col_text(q, a, 9), &s->alert);
	}
	return q_done(q, err);
}

bool search_saved_all(struct db *db, struct arena *a, struct saved_search **out, size_t *n, struct error *err)
{
	struct query q;

	db_query(db, &q, "SELECT " COLUMNS " FROM v_saved_search ORDER BY lower(name), id");
	return read_all(&q, a, out, n, err);
}

bool search_saved_get(struct db *db, struct arena *a, const char *id, struct saved_search **out, struct error *err)
{
	struct query q;
	size_t n;

	db_query(db, &q, "SELECT " COLUMNS " FROM v_saved_search WHERE id = :id");
	q_text(&q, ":id", id);
	return read_all(&q, a, out, &n, err) && (n == 1 || error_set(err, ERROR_NOT_FOUND, "There is no such saved search."));
}

/* An alert that is asked for: mail of its kind may have been left by a link before. */
static bool wish_alert(struct db *w, const char *account_id, enum notification_way alert, struct error *err)
{
	return alert == NOTIFICATION_NEVER || notification_set_wish(w, account_id, "saved-search", NOTIFICATION_MAIL, err);
}

bool search_saved_add(struct db *w, const struct saved_search *s, char id[ID_SIZE], struct error *err)
{
	int64_t there = 0;
	struct query q;

	db_query(w, &q, "SELECT count(*) FROM saved_search WHERE account_id = :account");
	q_text(&q, ":account", s->account_id);
	while (q_row(&q))
		there = q_col_int(&q, 0);
	if (!q_done(&q, err))
		return false;
	if (there >= SAVED_MOST)
		return error_set(err, ERROR_CONFLICT, "You have %d saved searches, which is the most. Delete one first.", SAVED_MOST);
	id_new(id);
	db_query(w, &q, "INSERT INTO saved_search (id, account_id, about_space, name, place, query, alert, created_us) "
		"VALUES (:id, :account, :space, :name, :place, :query, :alert, :now)");
	q_text(&q, ":id", id);
	q_text(&q, ":account", s->account_id);
	q_text(&q, ":space", s->space_id);
	q_text(&q, ":name", s->name);
	q_text(&q, ":place", s->place);
	q_text(&q, ":query", s->query);
	q_text(&q, ":alert", notification_way_word(s->alert));
	q_int(&q, ":now", clock_now_us());
	return q_run(&q, err) && wish_alert(w, s->account_id, s->alert, err);
}

bool search_saved_update(struct db *w, const char *account_id, const char *id, int64_t version, const char *name,
	enum notification_way alert, struct error *err)
{
	struct query q;

	db_query(w, &q, "UPDATE saved_search SET name = :name, alert = :alert, version = version + 1, "
		/* What came while nobody wanted to be told is not told of later. */
		"run_us = CASE WHEN alert = 'never' THEN 0 ELSE run_us END "
		"WHERE id = :id AND account_id = :account AND version = :version");
	q_text(&q, ":name", name);
	q_text(&q, ":alert", notification_way_word(alert));
	q_text(&q, ":id", id);
	q_text(&q, ":account", account_id);
	q_int(&q, ":version", version);
	bool one;

	return q_run_changed(&q, &one, err) && (one || error_set(err, ERROR_CONFLICT, "This saved search was changed or deleted meanwhile, "
		"perhaps in another window.")) && wish_alert(w, account_id, alert, err);
}

bool search_saved_remove(struct db *w, const char *account_id, const char *id, bool *found, struct error *err)
{
	struct query q;

	db_query(w, &q, "DELETE FROM notification WHERE account_id = :account AND kind = 'saved-search' AND "
		"substr(about, 1, 36) = :id");
	q_text(&q, ":account", account_id);
	q_text(&q, ":id", id);
	if (!q_run(&q, err))
		return false;
	db_query(w, &q, "DELETE FROM saved_search WHERE id = :id AND account_id = :account");
	q_text(&q, ":id", id);
	q_text(&q, ":account", account_id);
	return q_run_changed(&q, found, err);
}

bool search_saved_with_alert(struct db *db, struct arena *a, struct saved_search **out, size_t *n, struct error *err)
{
	struct query q;

	*out = NULL;
	*n = 0;
	db_query_system(db, &q, "SELECT id, account_id, count(*) OVER () FROM main.saved_search WHERE alert <> 'never' "
		"ORDER BY account_id, id");
	while (q_row(&q)) {
		if (!*out)
			*out = arena_array(a, (size_t)q_col_int(&q, 2), sizeof **out);
		(*out)[(*n)++] = (struct saved_search){ .id = q_col_text(&q, a, 0), .account_id = q_col_text(&q, a, 1) };
	}
	return q_done(&q, err);
}

bool search_saved_note(struct db *w, const char *id, const struct saved_hit *hits, size_t n, int64_t since_us, int64_t stamp_us,
	size_t *fresh, struct error *err)
{
	struct query q;

	*fresh = 0;
	for (size_t i = 0; i < n; i++) {
		bool told = since_us > 0 && hits[i].at_us > since_us;

		db_query(w, &q, "INSERT INTO saved_search_known (search_id, key, at_us) VALUES (:id, :key, :at) ON CONFLICT DO NOTHING");
		q_text(&q, ":id", id);
		q_text(&q, ":key", hits[i].key);
		q_int(&q, ":at", told ? stamp_us : 0);
		while (q_row(&q))
			;
		*fresh += told && q.rc == 0 && q_changes(&q) > 0;
		if (!q_done(&q, err))
			return false;
	}
	db_query(w, &q, "UPDATE saved_search SET run_us = :stamp WHERE id = :id");
	q_int(&q, ":stamp", stamp_us);
	q_text(&q, ":id", id);
	return q_run(&q, err);
}

bool search_saved_told(struct db *db, struct arena *a, const char *id, int64_t stamp_us, const char ***keys, size_t *n,
	struct error *err)
{
	struct query q;

	*keys = NULL;
	*n = 0;
	db_query(db, &q, "SELECT key, count(*) OVER () FROM v_saved_search_known WHERE search_id = :id AND at_us = :stamp");
	q_text(&q, ":id", id);
	q_int(&q, ":stamp", stamp_us);
	while (q_row(&q)) {
		if (!*keys)
			*keys = arena_array(a, (size_t)q_col_int(&q, 1), sizeof **keys);
		(*keys)[(*n)++] = q_col_text(&q, a, 0);
	}
	return q_done(&q, err);
}
