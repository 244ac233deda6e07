/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Groups' own log, and who could be asked into one: SQL only. */
#include "groups.h"

#define HOLDS(token) token " IN (SELECT token FROM temp.viewer_scope)"

const struct migration groups_migrations[] = {
	{ 1,
	"CREATE TABLE group_note ("
	"	id TEXT NOT NULL PRIMARY KEY,"
	"	group_id TEXT NOT NULL REFERENCES space_group (id) ON DELETE CASCADE,"
	"	account_id TEXT, about_account TEXT, what TEXT NOT NULL, at_us INTEGER NOT NULL) STRICT;"
	"CREATE INDEX group_note_by_group ON group_note (group_id, at_us);" },
	{ 0, NULL }
};

const struct view_def groups_views[] = {
	{ "v_group_note", "CREATE TEMP VIEW v_group_note AS SELECT n.id, n.group_id, n.what, n.at_us, a.name AS who, b.name AS about "
		"FROM main.group_note n JOIN main.space_group g ON g.id = n.group_id LEFT JOIN main.account a ON a.id = n.account_id "
		"LEFT JOIN main.account b ON b.id = n.about_account WHERE " HOLDS("g.scope") },
	{ NULL, NULL }
};

bool group_notes(struct db *db, struct arena *a, const char *group_id, int limit, struct group_note **out, size_t *n,
	struct error *err)
{
	struct query q;

	*out = arena_array(a, (size_t)limit, sizeof **out);
	*n = 0;
	db_query(db, &q, "SELECT who, what, about, at_us FROM v_group_note WHERE group_id = :group ORDER BY at_us DESC, id DESC "
		"LIMIT :limit");
	q_text(&q, ":group", group_id);
	q_int(&q, ":limit", limit);
	while (q_row(&q))
		(*out)[(*n)++] = (struct group_note){ q_col_text(&q, a, 0), q_col_text(&q, a, 1), q_col_text(&q, a, 2),
			q_col_int(&q, 3) };
	return q_done(&q, err);
}

bool group_note_add(struct db *w, const char *group_id, const char *account_id, const char *what, const char *about,
	struct error *err)
{
	char id[ID_SIZE];
	struct query q;

	id_new(id);
	db_query(w, &q, "INSERT INTO group_note (id, group_id, account_id, about_account, what, at_us) "
		"VALUES (:id, :group, :account, :about, :what, :now)");
	q_text(&q, ":id", id);
	q_text(&q, ":group", group_id);
	q_text(&q, ":account", account_id);
	q_text(&q, ":about", about);
	q_text(&q, ":what", what);
	q_int(&q, ":now", clock_now_us());
	return q_run(&q, err);
}

static bool candidate_places(struct db *db, struct arena *a, struct candidate *list, size_t n, struct error *err)
{
	struct query q;
	bool ok = true;

	for (size_t i = 0; ok && i < n; i++) {
		db_query(db, &q, "SELECT group_concat(short_name, ', ') FROM v_person_space WHERE account_id = :id");
		q_text(&q, ":id", list[i].account_id);
		while (q_row(&q))
			list[i].where = q_col_text(&q, a, 0);
		ok = q_done(&q, err);
	}
	return ok;
}

bool group_candidates(struct db *db, struct arena *a, const char *group_id, const char *space_id,
	const char *text, int limit,
	struct candidate **out, size_t *n, struct error *err)
{
	char *words[3] = { NULL }, *save = NULL;
	struct query q;
	size_t k = 0;

	for (char *w = strtok_r(text_sort_key(a, text), " ", &save); w && k < 3; w = strtok_r(NULL, " ", &save))
		words[k++] = w;
	*out = arena_array(a, (size_t)limit, sizeof **out);
	*n = 0;
	if (!k)
		return true;
	db_query(db, &q, "SELECT p.id, p.name FROM v_person p WHERE instr(p.sort_key, :w1) > 0 "
		"AND (:w2 IS NULL OR instr(p.sort_key, :w2) > 0) AND (:w3 IS NULL OR instr(p.sort_key, :w3) > 0) "
		"AND p.id NOT IN (SELECT account_id FROM v_group_member WHERE group_id = :group) "
		"AND p.id NOT IN (SELECT account_id FROM v_group_invitation WHERE group_id = :group) AND (:space IS NULL OR p.id IN "
		"(SELECT account_id FROM v_person_space WHERE space_id = :space)) ORDER BY p.sort_key, p.id LIMIT :limit");
	q_text(&q, ":w1", words[0]);
	q_text(&q, ":w2", words[1]);
	q_text(&q, ":w3", words[2]);
	q_text(&q, ":group", group_id);
	q_text(&q, ":space", space_id);
	q_int(&q, ":limit", limit);
	while (q_row(&q))
		(*out)[(*n)++] = (struct candidate){ .account_id = q_col_text(&q, a, 0), .name = q_col_text(&q, a, 1) };
	return q_done(&q, err) && candidate_places(db, a, *out, *n, err);
}

static bool any_row(struct query *q, bool *out, struct error *err)
{
	*out = false;
	while (q_row(q))
		*out = true;
	return q_done(q, err);
}

bool group_may_ask(struct db *db, const char *account_id, const char *space_id, bool *out, struct error *err)
{
	struct query q;

	db_query(db, &q, "SELECT 1 FROM v_person p WHERE p.id = :id AND (:space IS NULL OR EXISTS "
		"(SELECT 1 FROM v_person_space s WHERE s.account_id = :id AND s.space_id = :space))");
	q_text(&q, ":id", account_id);
	q_text(&q, ":space", space_id);
	return any_row(&q, out, err);
}

bool group_has(struct db *w, const char *group_id, const char *account_id, bool *out, struct error *err)
{
	struct query q;

	db_query(w, &q, "SELECT 1 FROM space_group_member WHERE group_id = :group AND account_id = :account");
	q_text(&q, ":group", group_id);
	q_text(&q, ":account", account_id);
	return any_row(&q, out, err);
}

bool group_other_leads(struct db *w, const char *group_id, const char *account_id, bool *out, struct error *err)
{
	struct query q;

	db_query(w, &q, "SELECT 1 FROM (" GROUP_LEADS ") l WHERE l.group_id = :group AND l.account_id <> :account LIMIT 1");
	q_text(&q, ":group", group_id);
	q_text(&q, ":account", account_id);
	return any_row(&q, out, err);
}

bool group_via(struct db *w, struct arena *a, const char *account_id, const char *home, const char **out,
	struct error *err)
{
	struct query q;

	*out = "";
	db_query(w, &q, "SELECT m.space_id FROM membership m JOIN account a ON a.id = m.account_id WHERE m.account_id = :account "
		"AND a.disabled_us = 0 ORDER BY m.space_id <> :home, m.space_id LIMIT 1");
	q_text(&q, ":account", account_id);
	q_text(&q, ":home", home);
	while (q_row(&q))
		*out = q_col_text(&q, a, 0);
	return q_done(&q, err);
}

bool group_reachable(struct db *w, const char *account_id, const char *space_id, bool *out, struct error *err)
{
	struct query q;

	db_query(w, &q, "SELECT 1 FROM space s WHERE s.id = :space AND (s.audience IN ('public', 'network') OR EXISTS "
		"(SELECT 1 FROM membership m WHERE m.space_id = s.id AND m.account_id = :account))");
	q_text(&q, ":space", space_id);
	q_text(&q, ":account", account_id);
	return any_row(&q, out, err);
}
