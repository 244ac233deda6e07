/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Records: typed documents with Dublin Core metadata, a body and relations. */
#include "record.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "content.h"
#include "search.h"
#include "store_system.h"
#include "text.h"

const struct migration record_migrations[] = {
	{ 1,
	"CREATE TABLE record ("
	"	num INTEGER PRIMARY KEY,"
	"	id TEXT NOT NULL UNIQUE,"
	"	space_id TEXT NOT NULL REFERENCES space (id),"
	"	type TEXT NOT NULL, slug TEXT NOT NULL,"
	"	audience TEXT NOT NULL, scope TEXT NOT NULL,"
	"	title TEXT NOT NULL, sort_key TEXT NOT NULL, summary TEXT NOT NULL,"
	"	tags TEXT NOT NULL, body TEXT NOT NULL,"
	"	creator TEXT, publisher TEXT, issued TEXT NOT NULL, modified TEXT, year INTEGER NOT NULL,"
	"	language TEXT NOT NULL, rights TEXT, source_note TEXT, citation TEXT,"
	"	evidence TEXT, grouping TEXT, position INTEGER NOT NULL,"
	"	starts TEXT, ends TEXT, starts_us INTEGER NOT NULL, zone TEXT, series TEXT,"
	"	strategies TEXT,"
	"	body_html TEXT NOT NULL, toc_json TEXT NOT NULL, details_json TEXT NOT NULL,"
	"	source TEXT NOT NULL, sha256 TEXT NOT NULL,"
	"	version INTEGER NOT NULL, modified_us INTEGER NOT NULL,"
	"	UNIQUE (space_id, type, slug)"
	") STRICT;"
	"CREATE INDEX record_by_title ON record (sort_key, num);"
	"CREATE INDEX record_by_type ON record (type, sort_key, num);"
	"CREATE INDEX record_by_start ON record (starts_us, num) WHERE starts_us <> 0;"
	"CREATE TABLE record_strategy ("
	"	record_num INTEGER NOT NULL REFERENCES record (num) ON DELETE CASCADE,"
	"	strategy TEXT NOT NULL,"
	"	PRIMARY KEY (record_num, strategy)) STRICT, WITHOUT ROWID;"
	"CREATE TABLE record_subject ("
	"	record_num INTEGER NOT NULL REFERENCES record (num) ON DELETE CASCADE,"
	"	position INTEGER NOT NULL, subject TEXT NOT NULL,"
	"	PRIMARY KEY (record_num, position)) STRICT, WITHOUT ROWID;"
	"CREATE TABLE record_place ("
	"	record_num INTEGER NOT NULL REFERENCES record (num) ON DELETE CASCADE,"
	"	position INTEGER NOT NULL, label TEXT NOT NULL, space_slug TEXT,"
	"	PRIMARY KEY (record_num, position)) STRICT, WITHOUT ROWID;"
	"CREATE INDEX record_place_by_space ON record_place (space_slug);"
	"CREATE TABLE record_reader ("
	"	record_num INTEGER NOT NULL REFERENCES record (num) ON DELETE CASCADE,"
	"	account_id TEXT NOT NULL,"
	"	PRIMARY KEY (record_num, account_id)) STRICT, WITHOUT ROWID;"
	"CREATE INDEX record_reader_by_account ON record_reader (account_id);"
	"CREATE TABLE relation ("
	"	record_num INTEGER NOT NULL REFERENCES record (num) ON DELETE CASCADE,"
	"	position INTEGER NOT NULL, type TEXT NOT NULL,"
	"	target_num INTEGER NOT NULL REFERENCES record (num),"
	"	PRIMARY KEY (record_num, position)) STRICT, WITHOUT ROWID;"
	"CREATE INDEX relation_by_target ON relation (target_num);" },
	{ 2,
	"CREATE TABLE record_version ("
	"	record_num INTEGER NOT NULL REFERENCES record (num) ON DELETE CASCADE,"
	"	version INTEGER NOT NULL, scope TEXT NOT NULL, title TEXT NOT NULL,"
	"	source TEXT NOT NULL, sha256 TEXT NOT NULL, saved_us INTEGER NOT NULL,"
	"	account_id TEXT, account_name TEXT, note TEXT,"
	"	PRIMARY KEY (record_num, version)) STRICT;"
	"INSERT INTO record_version (record_num, version, scope, title, source, sha256, saved_us) "
	"SELECT num, version, scope, title, source, sha256, modified_us FROM record;"
	"CREATE TABLE tombstone ("
	"	record_num INTEGER NOT NULL PRIMARY KEY REFERENCES record (num) ON DELETE CASCADE,"
	"	scope TEXT NOT NULL, reason TEXT NOT NULL, account_id TEXT, withdrawn_us INTEGER NOT NULL"
	") STRICT;" },
	/* What was public once, so that harvesters can be told that it is gone. Kept
	 * by triggers, for no way of changing or removing a record may forget it. It
	 * has no reference to the record: it outlives it. */
	{ 3,
	"ALTER TABLE record ADD COLUMN doi TEXT;"
	"UPDATE record SET doi = json_extract(details_json, '$.doi') WHERE type = 'publication';"
	"CREATE INDEX record_by_change ON record (scope, modified_us, id);"
	"CREATE TABLE record_gone ("
	"	id TEXT NOT NULL PRIMARY KEY, type TEXT NOT NULL, strategies TEXT, of_space TEXT NOT NULL,"
	"	gone_us INTEGER NOT NULL"
	") STRICT;"
	"CREATE INDEX record_gone_by_time ON record_gone (gone_us, id);"
	"INSERT INTO record_gone (id, type, strategies, of_space, gone_us) "
	"SELECT r.id, r.type, r.strategies, r.space_id, t.withdrawn_us FROM tombstone t "
	"JOIN record r ON r.num = t.record_num WHERE t.scope = 'public';"
	"CREATE TRIGGER record_no_more_public AFTER UPDATE OF scope ON record "
	"WHEN OLD.scope = 'public' AND NEW.scope <> 'public' BEGIN "
	"INSERT OR REPLACE INTO record_gone (id, type, strategies, of_space, gone_us) "
	"VALUES (NEW.id, NEW.type, OLD.strategies, NEW.space_id, NEW.modified_us); END;"
	"CREATE TRIGGER record_removed AFTER DELETE ON record WHEN OLD.scope = 'public' BEGIN "
	"INSERT OR REPLACE INTO record_gone (id, type, strategies, of_space, gone_us) "
	"VALUES (OLD.id, OLD.type, OLD.strategies, OLD.space_id, "
	"CAST((julianday('now') - 2440587.5) * 86400000000.0 AS INTEGER)); END;"
	"CREATE TRIGGER record_public_again AFTER UPDATE OF scope ON record WHEN NEW.scope = 'public' BEGIN "
	"DELETE FROM record_gone WHERE id = NEW.id; END;" },
	{ 0, NULL }
};

/* What hangs on a record is seen with it; a relation needs both its ends. A
 * place names its space only to those who see that space. */
const struct view_def record_views[] = {
	{ "v_record", "CREATE TEMP VIEW v_record AS "
		"SELECT r.*, s.slug AS space_slug, s.name AS space_name, s.short_name AS space_short_name "
		"FROM main.record r JOIN main.space s ON s.id = r.space_id "
		"WHERE r.scope IN (SELECT token FROM temp.viewer_scope) "
		"AND s.scope IN (SELECT token FROM temp.viewer_scope)" },
	{ "v_record_strategy", "CREATE TEMP VIEW v_record_strategy AS SELECT x.* "
		"FROM main.record_strategy x JOIN v_record r ON r.num = x.record_num" },
	{ "v_record_subject", "CREATE TEMP VIEW v_record_subject AS SELECT x.* "
		"FROM main.record_subject x JOIN v_record r ON r.num = x.record_num" },
	{ "v_record_place", "CREATE TEMP VIEW v_record_place AS "
		"SELECT x.record_num, x.position, x.label, s.slug AS space_slug "
		"FROM main.record_place x JOIN v_record r ON r.num = x.record_num "
		"LEFT JOIN v_space s ON s.slug = x.space_slug" },
	{ "v_relation", "CREATE TEMP VIEW v_relation AS SELECT x.* FROM main.relation x "
		"JOIN v_record r ON r.num = x.record_num JOIN v_record t ON t.num = x.target_num" },
	{ "v_record_version", "CREATE TEMP VIEW v_record_version AS SELECT x.* FROM main.record_version x "
		"JOIN v_record r ON r.num = x.record_num WHERE x.scope IN (SELECT token FROM temp.viewer_scope)" },
	{ "v_tombstone", "CREATE TEMP VIEW v_tombstone AS SELECT r.num, r.id, r.space_id, s.slug AS space_slug, "
		"r.audience, r.type, r.slug, r.title, r.strategies, x.reason, x.withdrawn_us FROM main.tombstone x "
		"JOIN main.record r ON r.num = x.record_num JOIN main.space s ON s.id = r.space_id "
		"WHERE x.scope IN (SELECT token FROM temp.viewer_scope) "
		"AND s.scope IN (SELECT token FROM temp.viewer_scope)" },
	/* That it was public everyone may know; whose it was, who sees that space. */
	{ "v_record_gone", "CREATE TEMP VIEW v_record_gone AS SELECT x.id, x.type, x.strategies, x.gone_us, "
		"s.slug AS space_slug FROM main.record_gone x LEFT JOIN v_space s ON s.id = x.of_space" },
	{ NULL, NULL }
};

/* ---- reading ---- */

#define LIST_COLUMNS \
	"r.num, r.id, r.type, r.slug, r.space_id, r.space_slug, r.space_name, r.space_short_name, " \
	"r.audience, r.title, r.summary, r.creator, r.publisher, r.issued, r.modified, r.language, " \
	"r.rights, r.source_note, r.citation, r.year, r.evidence, r.grouping, r.position, r.starts, " \
	"r.ends, r.starts_us, r.zone, r.series, r.strategies, r.version, r.modified_us, r.doi "
enum { LIST_COLUMN_COUNT = 32 };

static void record_read(struct query *q, struct arena *a, struct record *r)
{
	int i = 0;

	r->num = q_col_int(q, i++);
	r->id = q_col_text(q, a, i++);
	r->type = q_col_text(q, a, i++);
	r->slug = q_col_text(q, a, i++);
	r->space_id = q_col_text(q, a, i++);
	r->space_slug = q_col_text(q, a, i++);
	r->space_name = q_col_text(q, a, i++);
	r->space_short_name = q_col_text(q, a, i++);
	r->audience = audience_parse(q_col_text(q, a, i++));
	r->title = q_col_text(q, a, i++);
	r->summary = q_col_text(q, a, i++);
	r->creator = q_col_text(q, a, i++);
	r->publisher = q_col_text(q, a, i++);
	r->issued = q_col_text(q, a, i++);
	r->modified = q_col_text(q, a, i++);
	r->language = q_col_text(q, a, i++);
	r->rights = q_col_text(q, a, i++);
	r->source_note = q_col_text(q, a, i++);
	r->citation = q_col_text(q, a, i++);
	r->year = (int)q_col_int(q, i++);
	r->evidence = q_col_text(q, a, i++);
	r->group = q_col_text(q, a, i++);
	r->position = (int)q_col_int(q, i++);
	r->starts = q_col_text(q, a, i++);
	r->ends = q_col_text(q, a, i++);
	r->starts_us = q_col_int(q, i++);
	r->zone = q_col_text(q, a, i++);
	r->series = q_col_text(q, a, i++);
	r->strategies = q_col_text(q, a, i++);
	r->version = q_col_int(q, i++);
	r->modified_us = q_col_int(q, i++);
	r->doi = q_col_text(q, a, i++);
}

/* A list of records in the arena that doubles. */
struct record_rows {
	struct record *rows;
	size_t n, room;
};

static struct record *rows_add(struct record_rows *rows, struct arena *a)
{
	if (rows->n == rows->room) {
		size_t room = rows->room ? rows->room * 2 : 32;
		struct record *more = arena_array(a, room, sizeof *more);

		if (rows->n)
			memcpy(more, rows->rows, rows->n * sizeof *more);
		rows->rows = more;
		rows->room = room;
	}
	return &rows->rows[rows->n++];
}

static bool read_subjects(struct db *db, struct arena *a, struct record *r, struct error *err)
{
	struct query q;

	db_query(db, &q, "SELECT count(*) OVER (), subject FROM v_record_subject "
		"WHERE record_num = :num ORDER BY position");
	q_int(&q, ":num", r->num);
	while (q_row(&q)) {
		if (!r->subjects)
			r->subjects = arena_array(a, (size_t)q_col_int(&q, 0), sizeof *r->subjects);
		r->subjects[r->n_subjects++] = q_col_text(&q, a, 1);
	}
	return q_done(&q, err);
}

static bool read_places(struct db *db, struct arena *a, struct record *r, struct error *err)
{
	struct query q;

	db_query(db, &q, "SELECT count(*) OVER (), label, space_slug FROM v_record_place "
		"WHERE record_num = :num ORDER BY position");
	q_int(&q, ":num", r->num);
	while (q_row(&q)) {
		if (!r->places)
			r->places = arena_array(a, (size_t)q_col_int(&q, 0), sizeof *r->places);
		r->places[r->n_places].label = q_col_text(&q, a, 1);
		r->places[r->n_places++].space_slug = q_col_text(&q, a, 2);
	}
	return q_done(&q, err);
}

/* Ends a query that selects LIST_COLUMNS and the three long texts. */
static bool read_whole(struct query *q, struct db *db, struct arena *a, struct record **out,
	struct error *err)
{
	struct record *r = NULL;

	while (q_row(q)) {
		r = arena_alloc(a, sizeof *r);
		record_read(q, a, r);
		r->body_html = q_col_text(q, a, LIST_COLUMN_COUNT);
		r->toc_json = q_col_text(q, a, LIST_COLUMN_COUNT + 1);
		r->details_json = q_col_text(q, a, LIST_COLUMN_COUNT + 2);
	}
	*out = r;
	if (!q_done(q, err))
		return false;
	if (!r)
		return error_set(err, ERROR_NOT_FOUND, "There is no such record, or it is not open to you.");
	return read_subjects(db, a, r, err) && read_places(db, a, r, err);
}

bool record_get(struct db *db, struct arena *a, const char *space_slug, const char *type,
	const char *slug, struct record **out, struct error *err)
{
	struct query q;

	db_query(db, &q, "SELECT " LIST_COLUMNS ", r.body_html, r.toc_json, r.details_json "
		"FROM v_space s JOIN v_record r ON r.space_id = s.id AND r.type = :type AND r.slug = :slug "
		"WHERE s.slug = :space");
	q_text(&q, ":type", type);
	q_text(&q, ":slug", slug);
	q_text(&q, ":space", space_slug);
	return read_whole(&q, db, a, out, err);
}

bool record_by_id(struct db *db, struct arena *a, const char *id, struct record **out,
	struct error *err)
{
	struct query q;

	db_query(db, &q, "SELECT " LIST_COLUMNS ", r.body_html, r.toc_json, r.details_json "
		"FROM v_record r WHERE r.id = :id");
	q_text(&q, ":id", id);
	return read_whole(&q, db, a, out, err);
}

bool record_by_nums(struct db *db, struct arena *a, const int64_t *nums, size_t n,
	struct record **out, size_t *found, struct error *err)
{
	struct record *rows = arena_array(a, n ? n : 1, sizeof *rows);

	*out = rows;
	*found = 0;
	for (size_t i = 0; i < n; i++) {
		struct query q;

		db_query(db, &q, "SELECT " LIST_COLUMNS "FROM v_record r WHERE r.num = :num");
		q_int(&q, ":num", nums[i]);
		while (q_row(&q))
			record_read(&q, a, &rows[(*found)++]);
		if (!q_done(&q, err))
			return false;
	}
	return true;
}

bool record_relations(struct db *db, struct arena *a, int64_t num, struct relation **out, size_t *n,
	struct error *err)
{
	struct query q;
	size_t room = 0;

	*out = NULL;
	*n = 0;
	db_query(db, &q,
		"SELECT " LIST_COLUMNS ", x.type, 0, x.type AS kind, r.sort_key AS key "
		"FROM v_relation x JOIN v_record r ON r.num = x.target_num WHERE x.record_num = :num "
		"UNION ALL "
		"SELECT " LIST_COLUMNS ", x.type, 1, x.type AS kind, r.sort_key AS key "
		"FROM v_relation x JOIN v_record r ON r.num = x.record_num WHERE x.target_num = :num "
		"ORDER BY 34, kind, key, 1");
	q_int(&q, ":num", num);
	while (q_row(&q)) {
		if (*n == room) {
			struct relation *more = arena_array(a, room ? room * 2 : 16, sizeof *more);

			if (*n)
				memcpy(more, *out, *n * sizeof *more);
			*out = more;
			room = room ? room * 2 : 16;
		}
		struct relation *r = &(*out)[(*n)++];
		record_read(&q, a, &r->record);
		r->type = q_col_text(&q, a, LIST_COLUMN_COUNT);
		r->reverse = q_col_int(&q, LIST_COLUMN_COUNT + 1);
	}
	return q_done(&q, err);
}

#define LIST_WHERE \
	"FROM v_record r WHERE (:type IS NULL OR r.type = :type) " \
	"AND (:space IS NULL OR r.space_slug = :space) " \
	"AND (:group IS NULL OR r.grouping = :group) " \
	"AND (:strategy IS NULL OR EXISTS (SELECT 1 FROM v_record_strategy x " \
	"WHERE x.record_num = r.num AND x.strategy = :strategy)) " \
	"AND (:place IS NULL OR r.space_slug = :place OR EXISTS (SELECT 1 FROM v_record_place x " \
	"WHERE x.record_num = r.num AND x.space_slug = :place)) " \
	"AND (:from = 0 OR r.starts_us >= :from) AND (:before = 0 OR r.starts_us < :before) "

static void bind_filter(struct query *q, const struct record_filter *f)
{
	q_text(q, ":type", f->type);
	q_text(q, ":space", f->space_slug);
	q_text(q, ":group", f->group);
	q_text(q, ":strategy", f->strategy);
	q_text(q, ":place", f->place);
	q_int(q, ":from", f->starts_from);
	q_int(q, ":before", f->starts_before);
}

bool record_list(struct db *db, struct arena *a, const struct record_filter *f,
	struct record **out, size_t *n, int64_t *total, struct error *err)
{
	struct record_rows rows = { 0 };
	struct query q;

	switch (f->order) {
	case RECORD_BY_TITLE:
		db_query(db, &q, "SELECT " LIST_COLUMNS LIST_WHERE
			"AND (:after_key IS NULL OR (r.sort_key, r.num) > (:after_key, :after_num)) "
			"ORDER BY r.sort_key, r.num LIMIT :limit OFFSET :offset");
		q_text(&q, ":after_key", f->after_key);
		q_int(&q, ":after_num", f->after_num);
		break;
	case RECORD_BY_DATE_DESC:
		db_query(db, &q, "SELECT " LIST_COLUMNS LIST_WHERE
			"ORDER BY r.issued DESC, r.sort_key, r.num LIMIT :limit OFFSET :offset");
		break;
	case RECORD_BY_POSITION:
		db_query(db, &q, "SELECT " LIST_COLUMNS LIST_WHERE
			"ORDER BY r.position, r.sort_key, r.num LIMIT :limit OFFSET :offset");
		break;
	case RECORD_BY_START:
		db_query(db, &q, "SELECT " LIST_COLUMNS LIST_WHERE
			"ORDER BY r.starts_us, r.num LIMIT :limit OFFSET :offset");
		break;
	}
	bind_filter(&q, f);
	q_int(&q, ":limit", f->limit ? f->limit : 1000);
	q_int(&q, ":offset", f->offset);
	while (q_row(&q))
		record_read(&q, a, rows_add(&rows, a));
	*out = rows.rows;
	*n = rows.n;
	if (!q_done(&q, err))
		return false;
	if (!total)
		return true;
	db_query(db, &q, "SELECT count(*) " LIST_WHERE);
	bind_filter(&q, f);
	while (q_row(&q))
		*total = q_col_int(&q, 0);
	return q_done(&q, err);
}

bool record_sort_key(struct db *db, struct arena *a, int64_t num, const char **out,
	struct error *err)
{
	struct query q;

	*out = NULL;
	db_query(db, &q, "SELECT r.sort_key FROM v_record r WHERE r.num = :num");
	q_int(&q, ":num", num);
	while (q_row(&q))
		*out = q_col_text(&q, a, 0);
	if (!q_done(&q, err))
		return false;
	return *out || error_set(err, ERROR_NOT_FOUND, "There is no such record.");
}

bool record_source(struct db *db, struct arena *a, int64_t num, const char **xml, size_t *n,
	struct error *err)
{
	struct query q;

	*xml = NULL;
	db_query(db, &q, "SELECT CAST(r.source AS BLOB) FROM v_record r WHERE r.num = :num");
	q_int(&q, ":num", num);
	while (q_row(&q))
		*xml = q_col_blob(&q, a, 0, n);
	if (!q_done(&q, err))
		return false;
	return *xml || error_set(err, ERROR_NOT_FOUND, "There is no such record.");
}

/* ---- saving ---- */

static const char *strategy_label(const char *strategy)
{
	return strcmp(strategy, "group-violence") == 0 ? "group violence" :
		strcmp(strategy, "drug-market") == 0 ? "drug market" : strategy;
}

/* Subjects, strategies and places as one text for the index. */
static const char *tags_text(struct arena *a, const struct content_doc *doc)
{
	struct buf b = BUF_INIT;

	for (size_t i = 0; i < doc->n_subjects; i++)
		buf_printf(&b, "%s\n", doc->subjects[i]);
	for (size_t i = 0; i < doc->n_strategies; i++)
		buf_printf(&b, "%s\n", strategy_label(doc->strategies[i]));
	for (size_t i = 0; i < doc->n_places; i++)
		buf_printf(&b, "%s\n", doc->places[i].label);
	if (doc->creator)
		buf_printf(&b, "%s\n", doc->creator);
	char *text = arena_strdup(a, buf_text(&b));
	buf_finish(&b);
	return text;
}

static const char *joined(struct arena *a, const char **words, size_t n)
{
	struct buf b = BUF_INIT;

	for (size_t i = 0; i < n; i++)
		buf_printf(&b, "%s%s", i ? " " : "", words[i]);
	char *text = n ? arena_strdup(a, buf_text(&b)) : NULL;
	buf_finish(&b);
	return text;
}

static const char *words_of(struct arena *a, const char *title, const char *summary,
	const char *tags, const char *body)
{
	return arena_printf(a, "%s\n%s\n%s\n%s", title, summary, tags, body);
}

bool record_find(struct db *w, const char *space_slug, const char *type, const char *slug,
	int64_t *num, struct error *err)
{
	struct query q;

	*num = 0;
	db_query(w, &q, "SELECT r.num FROM space s JOIN record r ON r.space_id = s.id "
		"AND r.type = :type AND r.slug = :slug WHERE s.slug = :space");
	q_text(&q, ":space", space_slug);
	q_text(&q, ":type", type);
	q_text(&q, ":slug", slug);
	while (q_row(&q))
		*num = q_col_int(&q, 0);
	return q_done(&q, err);
}

struct stored {
	const char *id, *sha256, *scope, *words;
};

static bool read_stored(struct db *w, struct arena *a, int64_t num, struct stored *s,
	struct error *err)
{
	struct query q;

	db_query(w, &q, "SELECT id, sha256, scope, title, summary, tags, body FROM record "
		"WHERE num = :num");
	q_int(&q, ":num", num);
	while (q_row(&q)) {
		s->id = q_col_text(&q, a, 0);
		s->sha256 = q_col_text(&q, a, 1);
		s->scope = q_col_text(&q, a, 2);
		s->words = words_of(a, q_col_text(&q, a, 3), q_col_text(&q, a, 4), q_col_text(&q, a, 5),
			q_col_text(&q, a, 6));
	}
	return q_done(&q, err);
}

static bool space_id_of(struct db *w, struct arena *a, const struct content_doc *doc, const char **id,
	struct error *err)
{
	const char *scope = "";
	struct query q;

	*id = NULL;
	db_query(w, &q, "SELECT id, scope FROM space WHERE slug = :slug");
	q_text(&q, ":slug", doc->space);
	while (q_row(&q)) {
		*id = q_col_text(&q, a, 0);
		scope = q_col_text(&q, a, 1);
	}
	if (!q_done(&q, err))
		return false;
	if (!*id)
		return error_set(err, ERROR_INVALID, "There is no space '%s'.", doc->space);
	/* Nobody could reach it, yet its words would be suggested to all. */
	if (strcmp(doc->audience, "public") == 0 && strcmp(scope, "public") != 0)
		return error_set(err, ERROR_INVALID, "The space '%s' is not public, so its records cannot be.",
			doc->space);
	return true;
}

/* The record's own row. */
static bool save_row(struct db *w, struct arena *a, const struct content_doc *doc, const char *id,
	const char *space_id, const char *scope, const char *tags, struct error *err)
{
	struct query q;

	db_query(w, &q,
		"INSERT INTO record (id, space_id, type, slug, audience, scope, title, sort_key, summary, "
		"tags, body, creator, publisher, issued, modified, year, language, rights, "
		"source_note, citation, doi, evidence, grouping, position, starts, ends, starts_us, zone, "
		"series, strategies, body_html, toc_json, details_json, source, sha256, version, "
		"modified_us) VALUES (:id, :space_id, :type, :slug, :audience, :scope, :title, :sort_key, "
		":summary, :tags, :body, :creator, :publisher, :issued, :modified, :year, "
		":language, :rights, :source_note, :citation, :doi, :evidence, :grouping, :position, :starts, "
		":ends, :starts_us, :zone, :series, :strategies, :body_html, :toc_json, :details_json, "
		":source, :sha256, 1, :now) ON CONFLICT (id) DO UPDATE SET "
		"audience = excluded.audience, scope = excluded.scope, title = excluded.title, "
		"sort_key = excluded.sort_key, summary = excluded.summary, tags = excluded.tags, "
		"body = excluded.body, creator = excluded.creator, "
		"publisher = excluded.publisher, issued = excluded.issued, modified = excluded.modified, "
		"year = excluded.year, language = excluded.language, rights = excluded.rights, "
		"source_note = excluded.source_note, citation = excluded.citation, doi = excluded.doi, "
		"evidence = excluded.evidence, grouping = excluded.grouping, position = excluded.position, "
		"starts = excluded.starts, ends = excluded.ends, starts_us = excluded.starts_us, "
		"zone = excluded.zone, series = excluded.series, strategies = excluded.strategies, "
		"body_html = excluded.body_html, toc_json = excluded.toc_json, "
		"details_json = excluded.details_json, source = excluded.source, sha256 = excluded.sha256, "
		"version = version + 1, modified_us = excluded.modified_us");
	q_text(&q, ":id", id);
	q_text(&q, ":space_id", space_id);
	q_text(&q, ":type", doc->type);
	q_text(&q, ":slug", doc->slug);
	q_text(&q, ":audience", doc->audience);
	q_text(&q, ":scope", scope);
	q_text(&q, ":title", doc->title);
	q_text(&q, ":sort_key", text_sort_key(a, doc->title));
	q_text(&q, ":summary", doc->summary ? doc->summary : "");
	q_text(&q, ":tags", tags);
	q_text(&q, ":body", doc->body_text);
	q_text(&q, ":creator", doc->creator);
	q_text(&q, ":publisher", doc->publisher);
	q_text(&q, ":issued", doc->issued);
	q_text(&q, ":modified", doc->modified);
	q_int(&q, ":year", atoi(doc->issued));
	q_text(&q, ":language", doc->language);
	q_text(&q, ":rights", doc->rights);
	q_text(&q, ":source_note", doc->source_note);
	q_text(&q, ":citation", doc->citation);
	q_text(&q, ":doi", doc->doi);
	q_text(&q, ":evidence", doc->evidence);
	q_text(&q, ":grouping", doc->group);
	q_int(&q, ":position", doc->position);
	q_text(&q, ":starts", doc->starts);
	q_text(&q, ":ends", doc->ends);
	q_int(&q, ":starts_us", doc->starts_us);
	q_text(&q, ":zone", doc->zone);
	q_text(&q, ":series", doc->series);
	q_text(&q, ":strategies", joined(a, doc->strategies, doc->n_strategies));
	q_text(&q, ":body_html", doc->body_html);
	q_text(&q, ":toc_json", doc->toc_json);
	q_text(&q, ":details_json", doc->details_json);
	q_text_n(&q, ":source", doc->source, doc->source_len);
	q_text(&q, ":sha256", doc->sha256);
	q_int(&q, ":now", clock_now_us());
	return q_run(&q, err);
}

static bool clear_parts(struct db *w, int64_t num, struct error *err)
{
	struct query q;

	db_query(w, &q, "DELETE FROM record_strategy WHERE record_num = :num");
	q_int(&q, ":num", num);
	if (!q_run(&q, err))
		return false;
	db_query(w, &q, "DELETE FROM record_subject WHERE record_num = :num");
	q_int(&q, ":num", num);
	if (!q_run(&q, err))
		return false;
	db_query(w, &q, "DELETE FROM record_place WHERE record_num = :num");
	q_int(&q, ":num", num);
	if (!q_run(&q, err))
		return false;
	db_query(w, &q, "DELETE FROM record_reader WHERE record_num = :num");
	q_int(&q, ":num", num);
	return q_run(&q, err);
}

/* The rows that hang on it. */
static bool save_parts(struct db *w, int64_t num, const struct content_doc *doc, struct error *err)
{
	struct query q;
	bool ok = clear_parts(w, num, err);

	for (size_t i = 0; ok && i < doc->n_strategies; i++) {
		db_query(w, &q, "INSERT OR IGNORE INTO record_strategy (record_num, strategy) "
			"VALUES (:num, :strategy)");
		q_int(&q, ":num", num);
		q_text(&q, ":strategy", doc->strategies[i]);
		ok = q_run(&q, err);
	}
	for (size_t i = 0; ok && i < doc->n_subjects; i++) {
		db_query(w, &q, "INSERT INTO record_subject (record_num, position, subject) "
			"VALUES (:num, :position, :subject)");
		q_int(&q, ":num", num);
		q_int(&q, ":position", (int64_t)i);
		q_text(&q, ":subject", doc->subjects[i]);
		ok = q_run(&q, err);
	}
	for (size_t i = 0; ok && i < doc->n_places; i++) {
		db_query(w, &q, "INSERT INTO record_place (record_num, position, label, space_slug) "
			"VALUES (:num, :position, :label, :space)");
		q_int(&q, ":num", num);
		q_int(&q, ":position", (int64_t)i);
		q_text(&q, ":label", doc->places[i].label);
		q_text(&q, ":space", doc->places[i].space);
		ok = q_run(&q, err);
	}
	for (size_t i = 0; ok && i < doc->n_readers; i++) {
		db_query(w, &q, "INSERT OR IGNORE INTO record_reader (record_num, account_id) "
			"VALUES (:num, :account)");
		q_int(&q, ":num", num);
		q_text(&q, ":account", doc->readers[i]);
		ok = q_run(&q, err);
	}
	return ok;
}

static bool keep_version(struct db *w, int64_t num, struct error *err)
{
	struct query q;

	db_query(w, &q, "INSERT INTO record_version (record_num, version, scope, title, source, sha256, saved_us) "
		"SELECT num, version, scope, title, source, sha256, modified_us FROM record WHERE num = :num");
	q_int(&q, ":num", num);
	return q_run(&q, err);
}

bool record_save(struct db *w, struct arena *a, const struct content_doc *doc, int64_t *num,
	enum saved *how, struct error *err)
{
	struct stored old = { 0 };
	const char *space_id, *tags = tags_text(a, doc);
	char scope[SCOPE_SIZE], id[ID_SIZE];

	if (!space_id_of(w, a, doc, &space_id, err) ||
		!record_find(w, doc->space, doc->type, doc->slug, num, err) ||
		(*num && !read_stored(w, a, *num, &old, err)))
		return false;
	*how = !old.sha256 ? SAVED_ADDED : strcmp(old.sha256, doc->sha256) == 0 ? SAVED_UNCHANGED : SAVED_CHANGED;
	if (*how == SAVED_UNCHANGED)
		return true;
	if (old.scope && strcmp(old.scope, SCOPE_WITHDRAWN) == 0)
		return error_set(err, ERROR_CONFLICT, "The record %s/%s/%s was withdrawn. Restore it first.",
			doc->space, doc->type, doc->slug);
	if (*num)
		snprintf(id, sizeof id, "%s", old.id);
	else
		id_new(id);
	scope_token(audience_parse(doc->audience), space_id, id, scope);
	if (!save_row(w, a, doc, id, space_id, scope, tags, err) ||
		(!*num && !record_find(w, doc->space, doc->type, doc->slug, num, err)) ||
		!save_parts(w, *num, doc, err) || !keep_version(w, *num, err))
		return false;
	/* Only public words are ever suggested. */
	const char *was = old.scope && strcmp(old.scope, "public") == 0 ? old.words : NULL;
	const char *is = strcmp(scope, "public") == 0 ?
		words_of(a, doc->title, doc->summary ? doc->summary : "", tags, doc->body_text) : NULL;
	return search_words_changed(w, was, is, err);
}

bool record_save_relations(struct db *w, int64_t num, const struct record_target *targets,
	size_t n, struct error *err)
{
	struct query q;

	db_query(w, &q, "DELETE FROM relation WHERE record_num = :num");
	q_int(&q, ":num", num);
	bool ok = q_run(&q, err);
	for (size_t i = 0; ok && i < n; i++) {
		db_query(w, &q, "INSERT INTO relation (record_num, position, type, target_num) "
			"VALUES (:num, :position, :type, :target)");
		q_int(&q, ":num", num);
		q_int(&q, ":position", (int64_t)i);
		q_text(&q, ":type", targets[i].type);
		q_int(&q, ":target", targets[i].num);
		ok = q_run(&q, err);
	}
	return ok;
}
