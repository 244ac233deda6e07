/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is kept of events beside their records. */
#include "event.h"
#include "store_system.h"

/* Whoever saves a record, by import or editor, the sequence counts: so the
 * database itself does. */
const struct migration event_migrations[] = {
	{ 1,
	"CREATE TABLE event_change ("
	"	event_num INTEGER NOT NULL PRIMARY KEY REFERENCES record (num) ON DELETE CASCADE,"
	"	sequence INTEGER NOT NULL, changed_us INTEGER NOT NULL) STRICT;"
	"CREATE TRIGGER event_changes AFTER UPDATE ON record WHEN NEW.type = 'event' AND ("
	"	OLD.starts IS NOT NEW.starts OR OLD.ends IS NOT NEW.ends OR OLD.zone IS NOT NEW.zone OR"
	"	OLD.scope IS NOT NEW.scope OR"
	"	json_extract(OLD.details_json, '$.venue') IS NOT json_extract(NEW.details_json, '$.venue') OR"
	"	json_extract(OLD.details_json, '$.state') IS NOT json_extract(NEW.details_json, '$.state') OR"
	"	json_extract(OLD.details_json, '$.repeat') IS NOT json_extract(NEW.details_json, '$.repeat')) "
	"BEGIN"
	"	INSERT INTO event_change (event_num, sequence, changed_us) VALUES (NEW.num, 1, NEW.modified_us)"
	"	ON CONFLICT (event_num) DO UPDATE SET sequence = sequence + 1, changed_us = excluded.changed_us;"
	"END;" },
	{ 2,
	"CREATE TABLE event_person ("
	"	account_id TEXT NOT NULL PRIMARY KEY REFERENCES account (id) ON DELETE CASCADE, zone TEXT) STRICT;" },
	{ 3,
	"CREATE TABLE event_setup ("
	"	event_num INTEGER NOT NULL PRIMARY KEY REFERENCES record (num) ON DELETE CASCADE,"
	"	registration TEXT NOT NULL, capacity INTEGER NOT NULL, closes TEXT, closes_us INTEGER NOT NULL,"
	"	waiting INTEGER NOT NULL, delegations INTEGER NOT NULL, show_names INTEGER NOT NULL,"
	"	join_url TEXT, join_note TEXT, version INTEGER NOT NULL) STRICT;"
	"CREATE TABLE event_field ("
	"	event_num INTEGER NOT NULL REFERENCES record (num) ON DELETE CASCADE,"
	"	position INTEGER NOT NULL, label TEXT NOT NULL, kind TEXT NOT NULL, choices TEXT, required INTEGER NOT NULL,"
	"	PRIMARY KEY (event_num, position)) STRICT, WITHOUT ROWID;"
	"CREATE TABLE event_place ("
	"	event_num INTEGER NOT NULL REFERENCES record (num) ON DELETE CASCADE,"
	"	role TEXT NOT NULL, places INTEGER NOT NULL, PRIMARY KEY (event_num, role)) STRICT, WITHOUT ROWID;"
	"CREATE TABLE event_seat ("
	"	id TEXT NOT NULL PRIMARY KEY,"
	"	event_num INTEGER NOT NULL REFERENCES record (num) ON DELETE CASCADE,"
	"	account_id TEXT NOT NULL REFERENCES account (id) ON DELETE CASCADE,"
	"	about_space TEXT, role TEXT, state TEXT NOT NULL, place INTEGER NOT NULL, answers TEXT NOT NULL,"
	"	consent INTEGER NOT NULL, created_us INTEGER NOT NULL, changed_us INTEGER NOT NULL,"
	"	checked_in_us INTEGER NOT NULL, gave_feedback INTEGER NOT NULL,"
	"	UNIQUE (event_num, account_id)) STRICT;"
	"CREATE INDEX event_seat_by_state ON event_seat (event_num, state, place);"
	"CREATE INDEX event_seat_by_account ON event_seat (account_id);"
	"CREATE TABLE event_feedback ("
	"	id TEXT NOT NULL PRIMARY KEY,"
	"	event_num INTEGER NOT NULL REFERENCES record (num) ON DELETE CASCADE,"
	"	rating INTEGER NOT NULL, text TEXT) STRICT;"
	"CREATE INDEX event_feedback_by_event ON event_feedback (event_num);" },
	{ 4,
	"ALTER TABLE event_person ADD COLUMN registrations INTEGER NOT NULL DEFAULT 1;"
	"ALTER TABLE event_person ADD COLUMN reminders INTEGER NOT NULL DEFAULT 1;"
	"ALTER TABLE event_person ADD COLUMN materials INTEGER NOT NULL DEFAULT 1;"
	"ALTER TABLE event_person ADD COLUMN digest TEXT NOT NULL DEFAULT 'none';"
	"ALTER TABLE event_person ADD COLUMN digest_us INTEGER NOT NULL DEFAULT 0;"
	"ALTER TABLE event_seat ADD COLUMN revision INTEGER NOT NULL DEFAULT 0;"
	"ALTER TABLE event_setup ADD COLUMN reminders TEXT NOT NULL DEFAULT '';"
	"CREATE TABLE event_told ("
	"	event_num INTEGER NOT NULL REFERENCES record (num) ON DELETE CASCADE, what TEXT NOT NULL,"
	"	at_us INTEGER NOT NULL, PRIMARY KEY (event_num, what)) STRICT, WITHOUT ROWID;"
	"CREATE TABLE event_key (one INTEGER NOT NULL PRIMARY KEY CHECK (one = 1), secret TEXT NOT NULL) STRICT;" },
	/* What people want mail about is kept with all other wishes, and their links with all other letters'. */
	{ 5,
	"INSERT INTO notification_wish (account_id, kind, way) "
	"SELECT account_id, 'event-registration', 'page' FROM event_person WHERE registrations = 0 UNION ALL "
	"SELECT account_id, 'event-reminder', 'page' FROM event_person WHERE reminders = 0 UNION ALL "
	"SELECT account_id, 'event-materials', 'page' FROM event_person WHERE materials = 0 UNION ALL "
	"SELECT account_id, 'event-digest', CASE digest WHEN 'daily' THEN 'digest' ELSE 'weekly' END FROM event_person "
	"WHERE digest <> 'none';"
	"INSERT OR IGNORE INTO letter_key (one, secret) SELECT one, secret FROM event_key;"
	"DROP TABLE event_key;"
	"ALTER TABLE event_person DROP COLUMN registrations;"
	"ALTER TABLE event_person DROP COLUMN reminders;"
	"ALTER TABLE event_person DROP COLUMN materials;"
	"ALTER TABLE event_person DROP COLUMN digest;" },
	{ 0, NULL }
};

/* The viewer's own row, and whether the viewer organizes the event of record r. */
#define MINE "'a:' || x.account_id IN (SELECT token FROM temp.viewer_scope)"
#define ORGANIZES "('e:' || r.space_id IN (SELECT token FROM temp.viewer_scope) OR " \
	"'admin' IN (SELECT token FROM temp.viewer_scope))"
#define COMES "EXISTS (SELECT 1 FROM main.event_seat x WHERE x.event_num = r.num AND x.state = 'registered' AND " MINE ")"

const struct view_def event_views[] = {
	{ "v_event_change", "CREATE TEMP VIEW v_event_change AS SELECT x.* FROM main.event_change x "
		"JOIN v_record r ON r.num = x.event_num" },
	{ "v_event_setup", "CREATE TEMP VIEW v_event_setup AS SELECT s.event_num, s.registration, s.capacity, s.closes, "
		"s.closes_us, s.waiting, s.delegations, s.show_names, s.reminders, s.version FROM main.event_setup s "
		"JOIN v_record r ON r.num = s.event_num" },
	{ "v_event_join", "CREATE TEMP VIEW v_event_join AS SELECT s.event_num, s.join_url, s.join_note, " COMES " AS mine "
		"FROM main.event_setup s JOIN v_record r ON r.num = s.event_num WHERE " ORGANIZES " OR " COMES },
	{ "v_event_field", "CREATE TEMP VIEW v_event_field AS SELECT f.* FROM main.event_field f "
		"JOIN v_record r ON r.num = f.event_num" },
	{ "v_event_place", "CREATE TEMP VIEW v_event_place AS SELECT p.* FROM main.event_place p "
		"JOIN v_record r ON r.num = p.event_num" },
	/* One's own, all for who organizes, and a delegation's for the editors of its space. */
	{ "v_event_seat", "CREATE TEMP VIEW v_event_seat AS SELECT x.*, " MINE " AS mine FROM main.event_seat x "
		"JOIN v_record r ON r.num = x.event_num WHERE " MINE " OR " ORGANIZES " OR "
		"'e:' || x.about_space IN (SELECT token FROM temp.viewer_scope)" },
	/* Without names: how many come and wait. */
	{ "v_event_queue", "CREATE TEMP VIEW v_event_queue AS SELECT x.event_num, x.place, x.state FROM main.event_seat x "
		"JOIN v_record r ON r.num = x.event_num WHERE x.state IN ('registered', 'waiting')" },
	{ "v_event_named", "CREATE TEMP VIEW v_event_named AS SELECT n.event_num, n.account_id FROM main.event_seat n "
		"JOIN v_record r ON r.num = n.event_num JOIN main.event_setup s ON s.event_num = n.event_num "
		"WHERE n.state = 'registered' AND n.consent = 1 AND s.show_names = 1 AND (" ORGANIZES " OR " COMES ")" },
	{ "v_event_feedback", "CREATE TEMP VIEW v_event_feedback AS SELECT f.* FROM main.event_feedback f "
		"JOIN v_record r ON r.num = f.event_num WHERE " ORGANIZES },
	{ "v_event_person", "CREATE TEMP VIEW v_event_person AS SELECT x.* FROM main.event_person x "
		"WHERE 'a:' || x.account_id IN (SELECT token FROM temp.viewer_scope)" },
	{ NULL, NULL }
};

/* The list fields of each, in one pass: both lists are in the same order. */
static bool add_records(struct db *db, struct arena *a, struct event *events, const int64_t *nums, size_t n,
	struct error *err)
{
	struct record *records;
	size_t found;

	if (!record_by_nums(db, a, nums, n, &records, &found, err))
		return false;
	for (size_t i = 0, k = 0; i < n && k < found; i++)
		if (records[k].num == nums[i])
			events[i].r = &records[k++];
	return true;
}

bool event_list(struct db *db, struct arena *a, const struct event_filter *f, struct event **out, size_t *n,
	struct error *err)
{
	int64_t *nums = NULL;
	struct query q;

	*n = 0;
	*out = NULL;
	db_query(db, &q, "SELECT count(*) OVER (), r.num, r.details_json, coalesce(c.sequence, 0), "
		"max(r.modified_us, coalesce(c.changed_us, 0)) "
		"FROM v_record r LEFT JOIN v_event_change c ON c.event_num = r.num WHERE r.type = 'event' "
		"AND (:num = 0 OR r.num = :num) AND (:space IS NULL OR r.space_slug = :space) "
		"AND (:kind IS NULL OR r.grouping = :kind) AND (:series IS NULL OR r.series = :series) "
		"ORDER BY r.starts_us, r.num");
	q_int(&q, ":num", f->num);
	q_text(&q, ":space", f->space);
	q_text(&q, ":kind", f->kind);
	q_text(&q, ":series", f->series);
	while (q_row(&q)) {
		if (!*out) {
			*out = arena_array(a, (size_t)q_col_int(&q, 0), sizeof **out);
			nums = arena_array(a, (size_t)q_col_int(&q, 0), sizeof *nums);
		}
		nums[*n] = q_col_int(&q, 1);
		(*out)[*n].details = json_owned(a, json_loads(q_col_text(&q, a, 2), 0, NULL));
		(*out)[*n].sequence = q_col_int(&q, 3);
		(*out)[*n].changed_us = q_col_int(&q, 4);
		++*n;
	}
	return q_done(&q, err) && add_records(db, a, *out, nums, *n, err);
}

bool person_zone(struct db *db, struct arena *a, const char *account_id, const char **zone, struct error *err)
{
	struct query q;

	*zone = NULL;
	db_query(db, &q, "SELECT zone FROM v_event_person WHERE account_id = :account");
	q_text(&q, ":account", account_id);
	while (q_row(&q))
		*zone = q_col_text(&q, a, 0);
	return q_done(&q, err);
}

bool person_set_zone(struct db *w, const char *account_id, const char *zone, struct error *err)
{
	struct query q;

	db_query(w, &q, "INSERT INTO event_person (account_id, zone) VALUES (:account, :zone) "
		"ON CONFLICT (account_id) DO UPDATE SET zone = excluded.zone");
	q_text(&q, ":account", account_id);
	q_text(&q, ":zone", zone);
	return q_run(&q, err);
}
