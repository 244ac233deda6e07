/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Notes with all their versions, and minutes: SQL only. */
#include "meeting.h"

#define DAY_US (86400 * 1000000LL)

bool note_list(struct db *db, struct arena *a, const char *meeting_id, struct note **out, size_t *n, struct error *err)
{
	struct query q;

	*out = NULL;
	*n = 0;
	db_query(db, &q, "SELECT n.id, n.entry_id, n.version, v.text, v.html, v.account_name, v.at_us, count(*) OVER () "
		"FROM v_meeting_note n JOIN v_meeting_note_version v ON v.note_id = n.id AND v.version = n.version "
		"WHERE n.meeting_id = :meeting ORDER BY n.id");
	q_text(&q, ":meeting", meeting_id);
	while (q_row(&q)) {
		if (!*out)
			*out = arena_array(a, (size_t)q_col_int(&q, 7), sizeof **out);
		(*out)[(*n)++] = (struct note){ .id = q_col_text(&q, a, 0), .meeting_id = meeting_id, .entry_id = q_col_text(&q, a, 1),
			.version = q_col_int(&q, 2), .text = q_col_text(&q, a, 3), .html = q_col_text(&q, a, 4),
			.by = q_col_text(&q, a, 5), .at_us = q_col_int(&q, 6) };
	}
	return q_done(&q, err);
}

/* Is it the session itself, or an item of its agenda that is not removed? */
static bool note_place(struct db *db, struct arena *a, const struct meeting *m, const char *id, const char **entry,
	struct error *err)
{
	struct entry *e;

	*entry = NULL;
	if (strcmp(id, m->id) == 0)
		return true;
	if (!entry_get(db, a, m->id, id, &e, err))
		return false;
	if (e->kind != ENTRY_AGENDA || e->removed_us)
		return error_set(err, ERROR_NOT_FOUND, NO_SESSION);
	*entry = e->id;
	return true;
}

bool note_get(struct db *db, struct arena *a, const struct meeting *m, const char *id, int64_t version, struct note **out,
	struct error *err)
{
	bool found = false;
	const char *entry;
	struct query q;

	if (!note_place(db, a, m, id, &entry, err))
		return false;
	*out = arena_alloc(a, sizeof **out);
	**out = (struct note){ .id = id, .meeting_id = m->id, .entry_id = entry, .text = "", .html = "" };
	db_query(db, &q, "SELECT v.version, v.text, v.html, v.account_name, v.at_us FROM v_meeting_note n JOIN "
		"v_meeting_note_version v "
		"ON v.note_id = n.id WHERE n.id = :id AND v.version = CASE WHEN :version > 0 THEN :version ELSE n.version END");
	q_text(&q, ":id", id);
	q_int(&q, ":version", version);
	while (q_row(&q)) {
		found = true;
		(*out)->version = q_col_int(&q, 0);
		(*out)->text = q_col_text(&q, a, 1);
		(*out)->html = q_col_text(&q, a, 2);
		(*out)->by = q_col_text(&q, a, 3);
		(*out)->at_us = q_col_int(&q, 4);
	}
	if (!q_done(&q, err))
		return false;
	return found || version <= 0 || error_set(err, ERROR_NOT_FOUND, "There is no such version of these notes.");
}

bool note_versions(struct db *db, struct arena *a, const char *id, struct note **out, size_t *n, struct error *err)
{
	struct query q;

	*out = NULL;
	*n = 0;
	db_query(db, &q, "SELECT version, account_name, at_us, count(*) OVER () FROM v_meeting_note_version WHERE note_id = :id "
		"ORDER BY version DESC");
	q_text(&q, ":id", id);
	while (q_row(&q)) {
		if (!*out)
			*out = arena_array(a, (size_t)q_col_int(&q, 3), sizeof **out);
		(*out)[(*n)++] = (struct note){ .id = id, .version = q_col_int(&q, 0), .by = q_col_text(&q, a, 1),
			.at_us = q_col_int(&q, 2) };
	}
	return q_done(&q, err);
}

static bool next_version(struct db *w, const struct note *n, struct error *err)
{
	bool current = false;
	struct query q;

	db_query(w, &q, "INSERT INTO meeting_note (id, meeting_id, entry_id, version) VALUES (:id, :meeting, :entry, 0) "
		"ON CONFLICT (id) DO NOTHING");
	q_text(&q, ":id", n->id);
	q_text(&q, ":meeting", n->meeting_id);
	q_text(&q, ":entry", n->entry_id);
	if (!q_run(&q, err))
		return false;
	db_query(w, &q, "UPDATE meeting_note SET version = version + 1 WHERE id = :id AND version = :version");
	q_text(&q, ":id", n->id);
	q_int(&q, ":version", n->version);
	return q_run_changed(&q, &current, err) && (current || error_set(err, ERROR_CONFLICT, "Someone else saved these notes meanwhile."));
}

bool note_save(struct db *w, struct note *n, const struct account *who, struct error *err)
{
	int64_t now = clock_now_us();
	struct query q;

	if (!next_version(w, n, err))
		return false;
	db_query(w, &q, "INSERT INTO meeting_note_version (note_id, version, text, html, account_id, account_name, at_us) "
		"VALUES (:id, :version, :text, :html, :account, :name, :at)");
	q_text(&q, ":id", n->id);
	q_int(&q, ":version", n->version + 1);
	q_text(&q, ":text", n->text);
	q_text(&q, ":html", n->html);
	q_text(&q, ":account", who ? who->id : NULL);
	q_text(&q, ":name", who ? who->name : NULL);
	/* The minute would say who it was to those who know who wrote then. */
	q_int(&q, ":at", who ? now : now - now % DAY_US);
	return q_run(&q, err);
}

/* ---- minutes ---- */

bool minutes_get(struct db *db, struct arena *a, const char *meeting_id, struct minutes **out, struct error *err)
{
	struct query q;

	*out = NULL;
	db_query(db, &q, "SELECT meeting_id, space_slug, title, whenever, text, html, audience, scope, account_name, published_us, "
		"withdrawn_us, version, leads FROM v_meeting_minutes WHERE meeting_id = :id");
	q_text(&q, ":id", meeting_id);
	while (q_row(&q)) {
		*out = arena_alloc(a, sizeof **out);
		**out = (struct minutes){ .meeting_id = q_col_text(&q, a, 0), .space_slug = q_col_text(&q, a, 1),
			.title = q_col_text(&q, a, 2), .when = q_col_text(&q, a, 3), .text = q_col_text(&q, a, 4),
			.html = q_col_text(&q, a, 5), .audience = q_col_text(&q, a, 6), .scope = q_col_text(&q, a, 7),
			.by = q_col_text(&q, a, 8), .published_us = q_col_int(&q, 9), .withdrawn_us = q_col_int(&q, 10),
			.version = q_col_int(&q, 11), .leads = q_col_int(&q, 12) != 0 };
	}
	if (!q_done(&q, err))
		return false;
	return *out || error_set(err, ERROR_NOT_FOUND, NO_SESSION);
}

bool minutes_save(struct db *w, const struct minutes *m, const struct account *who, struct error *err)
{
	struct query q;

	db_query(w, &q, "INSERT INTO meeting_minutes (meeting_id, title, whenever, text, html, audience, scope, account_name, "
		"published_us, withdrawn_us, version) VALUES (:id, :title, :when, :text, :html, :audience, :scope, :name, :now, 0, 1) "
		"ON CONFLICT (meeting_id) DO UPDATE SET title = excluded.title, whenever = excluded.whenever, text = excluded.text, "
		"html = excluded.html, audience = excluded.audience, scope = excluded.scope, account_name = excluded.account_name, "
		"published_us = excluded.published_us, withdrawn_us = 0, version = version + 1 WHERE version = :version");
	q_text(&q, ":id", m->meeting_id);
	q_text(&q, ":title", m->title);
	q_text(&q, ":when", m->when);
	q_text(&q, ":text", m->text);
	q_text(&q, ":html", m->html);
	q_text(&q, ":audience", m->audience);
	q_text(&q, ":scope", m->scope);
	q_text(&q, ":name", who->name);
	q_int(&q, ":now", clock_now_us());
	q_int(&q, ":version", m->version);
	bool saved;

	return q_run_changed(&q, &saved, err) && (saved || error_set(err, ERROR_CONFLICT,
		"Someone else published minutes of this session meanwhile. "
		"Look at them first; what you typed stands below."));
}

bool minutes_withdraw(struct db *w, const char *meeting_id, struct error *err)
{
	struct query q;

	db_query(w, &q, "UPDATE meeting_minutes SET withdrawn_us = :now, version = version + 1 WHERE meeting_id = :id "
		"AND withdrawn_us = 0");
	q_int(&q, ":now", clock_now_us());
	q_text(&q, ":id", meeting_id);
	return q_run(&q, err);
}
