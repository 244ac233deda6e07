/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Working sessions, their lines and who attends: SQL only. */
#include "meeting.h"

const struct migration meeting_migrations[] = {
	{ 1,
	"CREATE TABLE meeting ("
	"	id TEXT NOT NULL PRIMARY KEY,"
	"	group_id TEXT NOT NULL REFERENCES space_group (id) ON DELETE CASCADE,"
	"	title TEXT NOT NULL, about TEXT NOT NULL, about_html TEXT NOT NULL,"
	"	starts TEXT NOT NULL, ends TEXT NOT NULL, zone TEXT NOT NULL,"
	"	starts_us INTEGER NOT NULL, ends_us INTEGER NOT NULL,"
	"	place TEXT NOT NULL, join_url TEXT, record_id TEXT,"
	"	organizer_id TEXT NOT NULL, created_us INTEGER NOT NULL, changed_us INTEGER NOT NULL,"
	"	sequence INTEGER NOT NULL, cancelled_us INTEGER NOT NULL, version INTEGER NOT NULL) STRICT;"
	"CREATE INDEX meeting_by_group ON meeting (group_id, ends_us);"
	"CREATE TABLE meeting_entry ("
	"	id TEXT NOT NULL PRIMARY KEY,"
	"	meeting_id TEXT NOT NULL REFERENCES meeting (id) ON DELETE CASCADE,"
	"	kind INTEGER NOT NULL, position INTEGER NOT NULL, text TEXT NOT NULL, minutes INTEGER NOT NULL,"
	"	lead TEXT NOT NULL, url TEXT, account_id TEXT, day TEXT NOT NULL,"
	"	done_us INTEGER NOT NULL, removed_us INTEGER NOT NULL, created_us INTEGER NOT NULL,"
	"	version INTEGER NOT NULL) STRICT;"
	"CREATE INDEX meeting_entry_by_meeting ON meeting_entry (meeting_id, kind, position);"
	"CREATE INDEX meeting_entry_by_account ON meeting_entry (account_id) WHERE account_id IS NOT NULL;"
	"CREATE TABLE meeting_person ("
	"	meeting_id TEXT NOT NULL REFERENCES meeting (id) ON DELETE CASCADE,"
	"	account_id TEXT NOT NULL REFERENCES account (id) ON DELETE CASCADE,"
	"	for_space TEXT, declined INTEGER NOT NULL, came INTEGER NOT NULL, at_us INTEGER NOT NULL,"
	"	PRIMARY KEY (meeting_id, account_id)) STRICT, WITHOUT ROWID;"
	"CREATE INDEX meeting_person_by_account ON meeting_person (account_id);"
	"CREATE TABLE meeting_note ("
	"	id TEXT NOT NULL PRIMARY KEY,"
	"	meeting_id TEXT NOT NULL REFERENCES meeting (id) ON DELETE CASCADE,"
	"	entry_id TEXT REFERENCES meeting_entry (id) ON DELETE CASCADE,"
	"	version INTEGER NOT NULL) STRICT;"
	"CREATE INDEX meeting_note_by_meeting ON meeting_note (meeting_id);"
	"CREATE INDEX meeting_note_by_entry ON meeting_note (entry_id);"
	/* account_id NULL: saved without a name; then at_us is the day alone. */
	"CREATE TABLE meeting_note_version ("
	"	note_id TEXT NOT NULL REFERENCES meeting_note (id) ON DELETE CASCADE,"
	"	version INTEGER NOT NULL, text TEXT NOT NULL, html TEXT NOT NULL,"
	"	account_id TEXT, account_name TEXT, at_us INTEGER NOT NULL,"
	"	PRIMARY KEY (note_id, version)) STRICT, WITHOUT ROWID;"
	"CREATE TABLE meeting_minutes ("
	"	meeting_id TEXT NOT NULL PRIMARY KEY REFERENCES meeting (id) ON DELETE CASCADE,"
	"	title TEXT NOT NULL, whenever TEXT NOT NULL, text TEXT NOT NULL, html TEXT NOT NULL,"
	"	audience TEXT NOT NULL, scope TEXT NOT NULL, account_name TEXT NOT NULL,"
	"	published_us INTEGER NOT NULL, withdrawn_us INTEGER NOT NULL, version INTEGER NOT NULL) STRICT;"
	"CREATE TABLE meeting_statement ("
	"	id TEXT NOT NULL PRIMARY KEY,"
	"	meeting_id TEXT NOT NULL REFERENCES meeting (id) ON DELETE CASCADE,"
	"	title TEXT NOT NULL, text TEXT NOT NULL, html TEXT NOT NULL, until_day TEXT NOT NULL,"
	"	account_id TEXT NOT NULL, account_name TEXT NOT NULL, asked_us INTEGER NOT NULL, ended_us INTEGER NOT NULL,"
	"	draft_id TEXT REFERENCES draft (id) ON DELETE SET NULL, version INTEGER NOT NULL) STRICT;"
	"CREATE INDEX meeting_statement_by_meeting ON meeting_statement (meeting_id);"
	"CREATE INDEX meeting_statement_by_draft ON meeting_statement (draft_id);"
	"CREATE TABLE meeting_answer ("
	"	statement_id TEXT NOT NULL REFERENCES meeting_statement (id) ON DELETE CASCADE,"
	"	account_id TEXT NOT NULL REFERENCES account (id) ON DELETE CASCADE,"
	"	for_space TEXT, answer INTEGER NOT NULL, reason TEXT NOT NULL, may_name INTEGER NOT NULL, at_us INTEGER NOT NULL,"
	"	PRIMARY KEY (statement_id, account_id)) STRICT, WITHOUT ROWID;"
	"CREATE INDEX meeting_answer_by_account ON meeting_answer (account_id);" },
	{ 0, NULL }
};

#define HOLDS(token) token " IN (SELECT token FROM temp.viewer_scope)"
#define LEADS "(g.closed_us = 0 AND (" HOLDS("'a:' || m.organizer_id") " OR g.leads OR (g.kind IN ('network', 'space') AND (" \
	HOLDS("'e:' || g.space_id") " OR " HOLDS("'admin'") "))))"
#define LISTED "EXISTS (SELECT 1 FROM main.meeting_person p WHERE p.meeting_id = m.id AND p.declined = 0 AND " \
	HOLDS("'a:' || p.account_id") ")"
#define REFUSED "EXISTS (SELECT 1 FROM main.meeting_person p WHERE p.meeting_id = m.id AND p.declined = 1 AND " \
	HOLDS("'a:' || p.account_id") ")"
/* Who was asked and can answer still: as group_readers has it. */
#define READS "(a.disabled_us = 0 AND " GROUP_READ_BY("g", "x.account_id") ")"
#define MINE HOLDS("'a:' || x.account_id")
#define COUNT(which) "(SELECT count(*) FROM main.meeting_answer x JOIN main.account a ON a.id = x.account_id " \
	"WHERE x.statement_id = t.id AND " which ")"
#define STATEMENT "SELECT t.*, " COUNT("1") " AS asked, " COUNT("x.answer = 1") " AS consent, " \
	COUNT("x.answer IN (2, 4)") " AS object, " COUNT("x.answer = 3") " AS abstain, " \
	COUNT("x.answer = 0 AND " READS) " AS missing, d.state = 6 AS published, " \
	"(SELECT r.id FROM main.record r WHERE r.num = d.record_num AND d.state = 6) AS record_id "

const struct view_def meeting_views[] = {
	{ "v_meeting", "CREATE TEMP VIEW v_meeting AS SELECT m.*, g.slug AS group_slug, g.name AS group_name, g.kind, g.space_id, "
		"g.scope, g.unattributed, g.space_slug, g.space_name, o.name AS organizer, " LEADS " AS leads, "
		"g.closed_us = 0 AND (g.kind IN ('team', 'private') OR " LISTED " OR " LEADS ") AS writes, " LISTED " AS attends, "
		"NOT " REFUSED " AND (g.kind IN ('team', 'private') OR " LISTED ") AS expected "
		"FROM main.meeting m JOIN v_group g ON g.id = m.group_id "
		"LEFT JOIN main.account o ON o.id = m.organizer_id WHERE g.reads" },
	{ "v_meeting_group", "CREATE TEMP VIEW v_meeting_group AS SELECT g.id, g.slug, g.name, g.kind, g.space_id, g.space_slug, "
		"g.space_name FROM v_group g WHERE g.closed_us = 0 AND g.reads AND (g.kind IN ('team', 'private') OR "
		HOLDS("'c:' || g.space_id") " OR " HOLDS("'admin'") ")" },
	{ "v_meeting_entry", "CREATE TEMP VIEW v_meeting_entry AS SELECT x.*, a.name AS person, x.account_id IS NOT NULL AND "
		MINE " AS mine, m.writes FROM main.meeting_entry x JOIN v_meeting m ON m.id = x.meeting_id "
		"LEFT JOIN main.account a ON a.id = x.account_id" },
	{ "v_meeting_person", "CREATE TEMP VIEW v_meeting_person AS SELECT x.*, a.name, a.sort_key, s.short_name AS space_name, "
		MINE " AS mine FROM main.meeting_person x JOIN v_meeting m ON m.id = x.meeting_id "
		"JOIN main.account a ON a.id = x.account_id LEFT JOIN main.space s ON s.id = x.for_space" },
	{ "v_meeting_note", "CREATE TEMP VIEW v_meeting_note AS SELECT x.* FROM main.meeting_note x "
		"JOIN v_meeting m ON m.id = x.meeting_id" },
	{ "v_meeting_note_version", "CREATE TEMP VIEW v_meeting_note_version AS SELECT x.* FROM main.meeting_note_version x "
		"JOIN v_meeting_note n ON n.id = x.note_id" },
	/* The one thing of a session that others than its group may see; nothing here leads back to the group. */
	{ "v_meeting_minutes", "CREATE TEMP VIEW v_meeting_minutes AS SELECT x.*, s.slug AS space_slug, "
		"EXISTS (SELECT 1 FROM v_meeting l WHERE l.id = x.meeting_id AND l.leads) AS leads FROM main.meeting_minutes x "
		"JOIN main.meeting m ON m.id = x.meeting_id JOIN main.space_group g ON g.id = m.group_id "
		"JOIN main.space s ON s.id = g.space_id WHERE (x.withdrawn_us = 0 AND " HOLDS("x.scope") ") OR "
		"EXISTS (SELECT 1 FROM v_meeting l WHERE l.id = x.meeting_id AND l.leads)" },
	{ "v_meeting_statement", "CREATE TEMP VIEW v_meeting_statement AS " STATEMENT
		"FROM main.meeting_statement t JOIN v_meeting m ON m.id = t.meeting_id JOIN main.space_group g ON g.id = m.group_id "
		"LEFT JOIN main.draft d ON d.id = t.draft_id" },
	/* Consent and abstention are named to nobody but oneself. */
	{ "v_meeting_answer", "CREATE TEMP VIEW v_meeting_answer AS SELECT x.statement_id, x.answer, x.reason, x.at_us, x.may_name, "
		MINE " AS mine, t.meeting_id, CASE WHEN " MINE " OR x.answer IN (2, 4) OR (x.answer = 0 AND m.leads) THEN "
			"x.account_id END "
		"AS account_id, CASE WHEN " MINE " OR x.answer IN (2, 4) OR (x.answer = 0 AND m.leads) THEN a.name END AS name, "
		"CASE WHEN " MINE " OR x.answer IN (2, 4) OR (x.answer = 0 AND m.leads) THEN s.short_name END AS space_name "
		"FROM main.meeting_answer x JOIN main.meeting_statement t ON t.id = x.statement_id "
		"JOIN v_meeting m ON m.id = t.meeting_id JOIN main.account a ON a.id = x.account_id "
		"LEFT JOIN main.space s ON s.id = x.for_space" },
	{ NULL, NULL }
};

/* ---- sessions ---- */

#define COLUMNS "id, group_id, group_slug, group_name, kind, space_id, space_slug, space_name, scope, title, about, about_html, " \
	"starts, ends, zone, starts_us, ends_us, place, join_url, record_id, organizer, changed_us, sequence, cancelled_us, version, " \
	"unattributed, leads, writes, attends"
enum { COLUMN_COUNT = 29 };

static void read_meeting(struct query *q, struct arena *a, struct meeting *m)
{
	int i = 0;

	m->id = q_col_text(q, a, i++);
	m->group_id = q_col_text(q, a, i++);
	m->group_slug = q_col_text(q, a, i++);
	m->group_name = q_col_text(q, a, i++);
	m->kind = group_kind_parse(q_col_text(q, a, i++));
	m->space_id = q_col_text(q, a, i++);
	m->space_slug = q_col_text(q, a, i++);
	m->space_name = q_col_text(q, a, i++);
	m->scope = q_col_text(q, a, i++);
	m->title = q_col_text(q, a, i++);
	m->about = q_col_text(q, a, i++);
	m->about_html = q_col_text(q, a, i++);
	m->starts = q_col_text(q, a, i++);
	m->ends = q_col_text(q, a, i++);
	m->zone = q_col_text(q, a, i++);
	m->starts_us = q_col_int(q, i++);
	m->ends_us = q_col_int(q, i++);
	m->place = q_col_text(q, a, i++);
	m->join_url = q_col_text(q, a, i++);
	m->record_id = q_col_text(q, a, i++);
	m->organizer = q_col_text(q, a, i++);
	m->changed_us = q_col_int(q, i++);
	m->sequence = q_col_int(q, i++);
	m->cancelled_us = q_col_int(q, i++);
	m->version = q_col_int(q, i++);
	m->unattributed = q_col_int(q, i++) != 0;
	m->leads = q_col_int(q, i++) != 0;
	m->writes = q_col_int(q, i++) != 0;
	m->attends = q_col_int(q, i++) != 0;
}

bool meeting_list(struct db *db, struct arena *a, const struct meeting_filter *f, struct meeting **out, size_t *n,
	int64_t *total, struct error *err)
{
	struct query q;

	*out = NULL;
	*n = 0;
	if (total)
		*total = 0;
	/* First which ones, by columns that cost nothing; then all of those few. */
	db_query(db, &q, "SELECT " COLUMNS ", p.total FROM (SELECT id AS page_id, starts_us AS page_us, count(*) OVER () AS total "
		"FROM v_meeting WHERE (:space IS NULL OR space_id = :space) "
		"AND (:group IS NULL OR group_id = :group) AND (:after = 0 OR ends_us >= :after) AND (:before = 0 OR ends_us < :before) "
		"AND (:mine = 0 OR (expected AND cancelled_us = 0)) "
		"ORDER BY CASE WHEN :before = 0 THEN starts_us ELSE -starts_us END, id LIMIT :limit OFFSET :offset) p "
		"JOIN v_meeting m ON m.id = p.page_id ORDER BY CASE WHEN :before = 0 THEN page_us ELSE -page_us END, page_id");
	q_text(&q, ":space", f->space_id);
	q_text(&q, ":group", f->group_id);
	q_int(&q, ":after", f->ends_after_us);
	q_int(&q, ":before", f->ends_before_us);
	q_int(&q, ":mine", f->mine);
	q_int(&q, ":limit", f->limit);
	q_int(&q, ":offset", f->offset);
	while (q_row(&q)) {
		if (!*out)
			*out = arena_array(a, (size_t)f->limit, sizeof **out);
		read_meeting(&q, a, &(*out)[(*n)++]);
		if (total)
			*total = q_col_int(&q, COLUMN_COUNT);
	}
	return q_done(&q, err);
}

bool meeting_get(struct db *db, struct arena *a, const char *id, struct meeting **out, struct error *err)
{
	struct query q;

	*out = NULL;
	db_query(db, &q, "SELECT " COLUMNS " FROM v_meeting WHERE id = :id");
	q_text(&q, ":id", id);
	while (q_row(&q)) {
		*out = arena_alloc(a, sizeof **out);
		read_meeting(&q, a, *out);
	}
	if (!q_done(&q, err))
		return false;
	return *out || error_set(err, ERROR_NOT_FOUND, NO_SESSION);
}

bool meeting_groups(struct db *db, struct arena *a, struct meeting_group **out, size_t *n, struct error *err)
{
	struct query q;

	*out = NULL;
	*n = 0;
	db_query(db, &q, "SELECT id, slug, name, kind, space_id, space_slug, space_name, count(*) OVER () FROM v_meeting_group "
		"ORDER BY space_name, kind IN ('team', 'private'), name, id");
	while (q_row(&q)) {
		if (!*out)
			*out = arena_array(a, (size_t)q_col_int(&q, 7), sizeof **out);
		(*out)[(*n)++] = (struct meeting_group){ .id = q_col_text(&q, a, 0), .slug = q_col_text(&q, a, 1),
			.name = q_col_text(&q, a, 2), .kind = group_kind_parse(q_col_text(&q, a, 3)), .space_id = q_col_text(&q, a, 4),
			.space_slug = q_col_text(&q, a, 5), .space_name = q_col_text(&q, a, 6) };
	}
	return q_done(&q, err);
}

/* Runs an UPDATE that says its version. */
static bool changed(struct query *q, const char *conflict, struct error *err)
{
	bool any;

	return q_run_changed(q, &any, err) && (any || error_set(err, ERROR_CONFLICT, "%s", conflict));
}

/* What is the same of a new session and of a changed one. */
static void bind_meeting(struct query *q, const struct meeting *m)
{
	q_text(q, ":id", m->id);
	q_text(q, ":title", m->title);
	q_text(q, ":about", m->about);
	q_text(q, ":html", m->about_html);
	q_text(q, ":starts", m->starts);
	q_text(q, ":ends", m->ends);
	q_text(q, ":zone", m->zone);
	q_int(q, ":starts_us", m->starts_us);
	q_int(q, ":ends_us", m->ends_us);
	q_text(q, ":place", m->place);
	q_text(q, ":join", m->join_url);
	q_text(q, ":record", m->record_id);
	q_int(q, ":now", clock_now_us());
}

static bool insert_meeting(struct db *w, struct meeting *m, const struct account *who, struct error *err)
{
	struct query q;

	db_query(w, &q, "INSERT INTO meeting (id, group_id, title, about, about_html, starts, ends, zone, starts_us, ends_us, place, "
		"join_url, record_id, organizer_id, created_us, changed_us, sequence, cancelled_us, version) VALUES (:id, "
			":group, :title, "
		":about, :html, :starts, :ends, :zone, :starts_us, :ends_us, :place, :join, :record, :who, :now, :now, 0, 0, 1)");
	bind_meeting(&q, m);
	q_text(&q, ":group", m->group_id);
	q_text(&q, ":who", who->id);
	return q_run(&q, err);
}

bool meeting_save(struct db *w, struct meeting *m, const struct account *who, struct error *err)
{
	struct query q;

	if (!m->version)
		return insert_meeting(w, m, who, err);
	db_query(w, &q, "UPDATE meeting SET title = :title, about = :about, about_html = :html, starts = :starts, ends = :ends, "
		"zone = :zone, starts_us = :starts_us, ends_us = :ends_us, place = :place, join_url = :join, record_id = :record, "
		"changed_us = :now, sequence = sequence + (starts_us <> :starts_us OR ends_us <> :ends_us OR place <> :place), "
		"version = version + 1 WHERE id = :id AND version = :version");
	bind_meeting(&q, m);
	q_int(&q, ":version", m->version);
	return changed(&q, "Someone else has changed this session meanwhile. What they saved stands below, beside what "
		"you typed.", err);
}

bool meeting_cancel(struct db *w, const char *id, bool cancel, struct error *err)
{
	struct query q;

	db_query(w, &q, "UPDATE meeting SET cancelled_us = :at, changed_us = :now, sequence = sequence + 1, version = version + 1 "
		"WHERE id = :id AND (cancelled_us = 0) = :cancel");
	q_int(&q, ":at", cancel ? clock_now_us() : 0);
	q_int(&q, ":now", clock_now_us());
	q_text(&q, ":id", id);
	q_int(&q, ":cancel", cancel);
	return q_run(&q, err);
}

/* ---- lines ---- */

static const char *const kinds[] = { [ENTRY_AGENDA] = "agenda", [ENTRY_PAPER] = "paper", [ENTRY_DECISION] = "decision",
	[ENTRY_ACTION] = "action" };

const char *entry_kind_word(enum entry_kind kind)
{
	return kind >= ENTRY_AGENDA && kind <= ENTRY_ACTION ? kinds[kind] : "";
}

enum entry_kind entry_kind_parse(const char *word)
{
	for (int k = ENTRY_AGENDA; word && k <= ENTRY_ACTION; k++)
		if (strcmp(kinds[k], word) == 0)
			return (enum entry_kind)k;
	return (enum entry_kind)0;
}

#define ENTRY_COLUMNS "x.id, x.meeting_id, x.kind, x.text, x.minutes, x.lead, x.url, x.account_id, x.person, x.day, x.done_us, " \
	"x.removed_us, x.version, x.mine"
enum { ENTRY_COLUMN_COUNT = 14 };

static void read_entry(struct query *q, struct arena *a, struct entry *e)
{
	int i = 0;

	e->id = q_col_text(q, a, i++);
	e->meeting_id = q_col_text(q, a, i++);
	e->kind = (enum entry_kind)q_col_int(q, i++);
	e->text = q_col_text(q, a, i++);
	e->minutes = q_col_int(q, i++);
	e->lead = q_col_text(q, a, i++);
	e->url = q_col_text(q, a, i++);
	e->account_id = q_col_text(q, a, i++);
	e->person = q_col_text(q, a, i++);
	e->day = q_col_text(q, a, i++);
	e->done_us = q_col_int(q, i++);
	e->removed_us = q_col_int(q, i++);
	e->version = q_col_int(q, i++);
	e->mine = q_col_int(q, i++) != 0;
}

bool entry_list(struct db *db, struct arena *a, const char *meeting_id, enum entry_kind kind, struct entry **out, size_t *n,
	struct error *err)
{
	struct query q;

	*out = NULL;
	*n = 0;
	db_query(db, &q, "SELECT " ENTRY_COLUMNS ", count(*) OVER () FROM v_meeting_entry x WHERE x.meeting_id = :meeting "
		"AND (:kind = 0 OR x.kind = :kind) ORDER BY x.removed_us > 0, x.kind, x.position, x.id");
	q_text(&q, ":meeting", meeting_id);
	q_int(&q, ":kind", kind);
	while (q_row(&q)) {
		if (!*out)
			*out = arena_array(a, (size_t)q_col_int(&q, ENTRY_COLUMN_COUNT), sizeof **out);
		read_entry(&q, a, &(*out)[(*n)++]);
	}
	return q_done(&q, err);
}

bool entry_get(struct db *db, struct arena *a, const char *meeting_id, const char *id, struct entry **out, struct error *err)
{
	struct query q;

	*out = NULL;
	db_query(db, &q, "SELECT " ENTRY_COLUMNS " FROM v_meeting_entry x WHERE x.meeting_id = :meeting AND x.id = :id");
	q_text(&q, ":meeting", meeting_id);
	q_text(&q, ":id", id);
	while (q_row(&q)) {
		*out = arena_alloc(a, sizeof **out);
		read_entry(&q, a, *out);
	}
	if (!q_done(&q, err))
		return false;
	return *out || error_set(err, ERROR_NOT_FOUND, NO_SESSION);
}

static bool insert_entry(struct db *w, const struct entry *e, struct error *err)
{
	int64_t count = 0;
	struct query q;

	db_query(w, &q, "SELECT count(*) FROM meeting_entry WHERE meeting_id = :meeting AND kind = :kind");
	q_text(&q, ":meeting", e->meeting_id);
	q_int(&q, ":kind", e->kind);
	while (q_row(&q))
		count = q_col_int(&q, 0);
	if (!q_done(&q, err))
		return false;
	if (count >= MEETING_ENTRIES_MAX)
		return error_set(err, ERROR_INVALID, "A session has at most %d lines of a kind, removed ones with them.",
			MEETING_ENTRIES_MAX);
	db_query(w, &q, "INSERT INTO meeting_entry (id, meeting_id, kind, position, text, minutes, lead, url, "
		"account_id, day, done_us, "
		"removed_us, created_us, version) VALUES (:id, :meeting, :kind, :position, :text, :minutes, :lead, :url, "
			":account, :day, 0, 0, "
		":now, 1)");
	q_text(&q, ":id", e->id);
	q_text(&q, ":meeting", e->meeting_id);
	q_int(&q, ":kind", e->kind);
	q_int(&q, ":position", count + 1);
	q_text(&q, ":text", e->text);
	q_int(&q, ":minutes", e->minutes);
	q_text(&q, ":lead", e->lead);
	q_text(&q, ":url", e->url);
	q_text(&q, ":account", e->account_id);
	q_text(&q, ":day", e->day);
	q_int(&q, ":now", clock_now_us());
	return q_run(&q, err);
}

bool entry_save(struct db *w, struct entry *e, struct error *err)
{
	struct query q;

	if (!e->version)
		return insert_entry(w, e, err);
	db_query(w, &q, "UPDATE meeting_entry SET text = :text, minutes = :minutes, lead = :lead, url = :url, account_id = :account, "
		"day = :day, version = version + 1 WHERE id = :id AND version = :version");
	q_text(&q, ":text", e->text);
	q_int(&q, ":minutes", e->minutes);
	q_text(&q, ":lead", e->lead);
	q_text(&q, ":url", e->url);
	q_text(&q, ":account", e->account_id);
	q_text(&q, ":day", e->day);
	q_text(&q, ":id", e->id);
	q_int(&q, ":version", e->version);
	return changed(&q, "Someone else has changed this meanwhile. What they saved stands below, beside what you typed.", err);
}

bool entry_remove(struct db *w, const char *id, bool removed, struct error *err)
{
	struct query q;

	db_query(w, &q, "UPDATE meeting_entry SET removed_us = :at, version = version + 1 WHERE id = :id AND (removed_us "
		"= 0) = :removed");
	q_int(&q, ":at", removed ? clock_now_us() : 0);
	q_text(&q, ":id", id);
	q_int(&q, ":removed", removed);
	return q_run(&q, err);
}

bool entry_done(struct db *w, const char *id, bool done, struct error *err)
{
	struct query q;

	db_query(w, &q, "UPDATE meeting_entry SET done_us = :at, version = version + 1 WHERE id = :id AND (done_us = 0) = :done");
	q_int(&q, ":at", done ? clock_now_us() : 0);
	q_text(&q, ":id", id);
	q_int(&q, ":done", done);
	return q_run(&q, err);
}

static bool set_position(struct db *w, const char *id, int64_t position, struct error *err)
{
	struct query q;

	db_query(w, &q, "UPDATE meeting_entry SET position = :position WHERE id = :id");
	q_int(&q, ":position", position);
	q_text(&q, ":id", id);
	return q_run(&q, err);
}

bool entry_move(struct db *w, const char *id, bool up, struct error *err)
{
	struct arena *a = arena_create();
	int64_t here = 0, there = 0;
	const char *other = NULL;
	struct query q;

	db_query(w, &q, "SELECT e.position, o.id, o.position FROM meeting_entry e JOIN meeting_entry o ON o.meeting_id = "
		"e.meeting_id "
		"AND o.kind = e.kind AND o.removed_us = 0 AND CASE WHEN :up THEN o.position < e.position ELSE o.position > "
			"e.position END "
		"WHERE e.id = :id ORDER BY CASE WHEN :up THEN -o.position ELSE o.position END LIMIT 1");
	q_text(&q, ":id", id);
	q_int(&q, ":up", up);
	while (q_row(&q)) {
		here = q_col_int(&q, 0);
		other = q_col_text(&q, a, 1);
		there = q_col_int(&q, 2);
	}
	bool ok = q_done(&q, err) && (!other || (set_position(w, id, there, err) && set_position(w, other, here, err)));
	arena_destroy(a);
	return ok;
}

bool action_list(struct db *db, struct arena *a, const char *group_id, bool mine, struct action **out, size_t *n,
	struct error *err)
{
	struct query q;

	*out = NULL;
	*n = 0;
	db_query(db, &q, "SELECT " ENTRY_COLUMNS ", m.title, m.group_name, m.space_slug, m.space_name, m.writes, m.kind "
		"FROM v_meeting_entry x JOIN v_meeting m ON m.id = x.meeting_id WHERE x.kind = 4 AND x.removed_us = 0 "
		"AND (:group IS NULL OR m.group_id = :group) AND (:mine = 0 OR (x.mine AND x.done_us = 0)) "
		"ORDER BY x.done_us > 0, CASE WHEN x.done_us > 0 THEN -x.done_us END, x.day = '', x.day, x.id LIMIT 500");
	q_text(&q, ":group", group_id);
	q_int(&q, ":mine", mine);
	while (q_row(&q)) {
		if (!*out)
			*out = arena_array(a, 500, sizeof **out);
		struct action *x = &(*out)[(*n)++];
		read_entry(&q, a, &x->entry);
		x->meeting_title = q_col_text(&q, a, ENTRY_COLUMN_COUNT);
		x->group_name = q_col_text(&q, a, ENTRY_COLUMN_COUNT + 1);
		x->space_slug = q_col_text(&q, a, ENTRY_COLUMN_COUNT + 2);
		x->space_name = q_col_text(&q, a, ENTRY_COLUMN_COUNT + 3);
		x->writes = q_col_int(&q, ENTRY_COLUMN_COUNT + 4) != 0;
		x->group_kind = group_kind_parse(q_col_text(&q, a, ENTRY_COLUMN_COUNT + 5));
	}
	return q_done(&q, err);
}

/* ---- who attends ---- */

bool attendee_list(struct db *db, struct arena *a, const char *meeting_id, struct attendee **out, size_t *n, struct error *err)
{
	struct query q;

	*out = NULL;
	*n = 0;
	db_query(db, &q, "SELECT account_id, name, for_space, space_name, declined, came, mine, count(*) OVER () FROM "
		"v_meeting_person "
		"WHERE meeting_id = :meeting ORDER BY declined, space_name IS NULL, space_name, sort_key, account_id");
	q_text(&q, ":meeting", meeting_id);
	while (q_row(&q)) {
		if (!*out)
			*out = arena_array(a, (size_t)q_col_int(&q, 7), sizeof **out);
		(*out)[(*n)++] = (struct attendee){ .account_id = q_col_text(&q, a, 0), .name = q_col_text(&q, a, 1),
			.space_id = q_col_text(&q, a, 2), .space_name = q_col_text(&q, a, 3), .declined = q_col_int(&q, 4) != 0,
			.came = q_col_int(&q, 5) != 0, .mine = q_col_int(&q, 6) != 0 };
	}
	return q_done(&q, err);
}

bool attendee_accounts(struct db *w, struct arena *a, const char *meeting_id, const char ***accounts, size_t *n,
	struct error *err)
{
	struct query q;

	*accounts = NULL;
	*n = 0;
	db_query(w, &q, "SELECT account_id, count(*) OVER () FROM meeting_person WHERE meeting_id = :id AND declined = 0");
	q_text(&q, ":id", meeting_id);
	while (q_row(&q)) {
		if (!*accounts)
			*accounts = arena_array(a, (size_t)q_col_int(&q, 1), sizeof **accounts);
		(*accounts)[(*n)++] = q_col_text(&q, a, 0);
	}
	return q_done(&q, err);
}

bool attendee_set(struct db *w, const char *meeting_id, const char *account_id, const char *space_id, bool declined,
	struct error *err)
{
	int64_t count = 0;
	struct query q;

	db_query(w, &q, "SELECT count(*) FROM meeting_person WHERE meeting_id = :meeting");
	q_text(&q, ":meeting", meeting_id);
	while (q_row(&q))
		count = q_col_int(&q, 0);
	if (!q_done(&q, err))
		return false;
	if (count >= MEETING_PEOPLE_MAX)
		return error_set(err, ERROR_INVALID, "The list of a session has room for %d people.", MEETING_PEOPLE_MAX);
	db_query(w, &q, "INSERT INTO meeting_person (meeting_id, account_id, for_space, declined, came, at_us) "
		"VALUES (:meeting, :account, :space, :declined, 0, :now) ON CONFLICT (meeting_id, account_id) DO UPDATE SET "
		"for_space = coalesce(excluded.for_space, for_space), declined = excluded.declined, at_us = excluded.at_us");
	q_text(&q, ":meeting", meeting_id);
	q_text(&q, ":account", account_id);
	q_text(&q, ":space", space_id);
	q_int(&q, ":declined", declined);
	q_int(&q, ":now", clock_now_us());
	return q_run(&q, err);
}

bool attendee_came(struct db *w, const char *meeting_id, const char *account_id, bool came, struct error *err)
{
	struct query q;

	db_query(w, &q, "UPDATE meeting_person SET came = :came WHERE meeting_id = :meeting AND account_id = :account");
	q_int(&q, ":came", came);
	q_text(&q, ":meeting", meeting_id);
	q_text(&q, ":account", account_id);
	return q_run(&q, err);
}

bool attendee_remove(struct db *w, const char *meeting_id, const char *account_id, struct error *err)
{
	struct query q;

	db_query(w, &q, "DELETE FROM meeting_person WHERE meeting_id = :meeting AND account_id = :account");
	q_text(&q, ":meeting", meeting_id);
	q_text(&q, ":account", account_id);
	return q_run(&q, err);
}

bool meeting_delegations(struct db *db, int64_t num, bool *out, struct error *err)
{
	struct query q;

	*out = false;
	db_query(db, &q, "SELECT delegations FROM v_event_setup WHERE event_num = :num");
	q_int(&q, ":num", num);
	while (q_row(&q))
		*out = q_col_int(&q, 0) != 0;
	return q_done(&q, err);
}

void meeting_export(const struct space_export *x, struct query *q)
{
	export_query(x, q, "SELECT 'files/sessions/' || m.id || '/' || t.id || '-' || t.name, t.hash FROM main.attachment t "
		"JOIN main.meeting m ON m.id = t.post_id WHERE t.space_id = :space ORDER BY t.id");
	q_text(q, ":space", x->space_id);
}
