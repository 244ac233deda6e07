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
	{ 0, NULL }
};

const struct view_def event_views[] = {
	{ "v_event_change", "CREATE TEMP VIEW v_event_change AS SELECT x.* FROM main.event_change x "
		"JOIN v_record r ON r.num = x.event_num" },
	{ "v_event_person", "CREATE TEMP VIEW v_event_person AS SELECT x.* FROM main.event_person x "
		"WHERE 'a:' || x.account_id IN (SELECT token FROM temp.viewer_scope)" },
	{ NULL, NULL }
};

static void free_details(void *p)
{
	json_decref(p);
}

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
		json_t *details = json_loads(q_col_text(&q, a, 2), 0, NULL);

		if (details)
			arena_defer(a, free_details, details);
		nums[*n] = q_col_int(&q, 1);
		(*out)[*n].details = details;
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
