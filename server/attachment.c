/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Attachments of records, drafts and posts. */
#include "attachment.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "blob.h"
#include "buf.h"
#include "html.h"
#include "job.h"
#include "space.h"
#include "store_system.h"
#include "text.h"
#include "url.h"

#define INDEXED_BYTES_MAX (1 << 20) /* words of one record's files in the index */

const struct migration attachment_migrations[] = {
	{ 1,
	"CREATE TABLE attachment ("
	"	id TEXT NOT NULL PRIMARY KEY,"
	"	space_id TEXT NOT NULL REFERENCES space (id),"
	"	record_num INTEGER REFERENCES record (num) ON DELETE CASCADE,"
	"	draft_id TEXT," /* of a draft that is not published yet: then record_num is null */
	"	hash TEXT NOT NULL REFERENCES blob (hash),"
	"	name TEXT NOT NULL, type TEXT NOT NULL, size INTEGER NOT NULL,"
	"	title TEXT, alt TEXT, position INTEGER NOT NULL,"
	"	width INTEGER NOT NULL, height INTEGER NOT NULL, pages INTEGER NOT NULL, is_read INTEGER NOT NULL,"
	"	state INTEGER NOT NULL, problem TEXT,"
	"	account_id TEXT, account_name TEXT, added_us INTEGER NOT NULL, removed_us INTEGER NOT NULL"
	") STRICT;"
	"CREATE UNIQUE INDEX attachment_by_name ON attachment (record_num, name) WHERE removed_us = 0;"
	"CREATE UNIQUE INDEX attachment_by_draft_name ON attachment (draft_id, name) WHERE removed_us = 0 AND draft_id IS NOT NULL;"
	"CREATE INDEX attachment_by_record ON attachment (record_num, position);"
	"CREATE INDEX attachment_by_hash ON attachment (hash);"
	"CREATE INDEX attachment_by_space ON attachment (space_id);"
	"CREATE TABLE blob_page ("
	"	num INTEGER PRIMARY KEY,"
	"	hash TEXT NOT NULL REFERENCES blob (hash) ON DELETE CASCADE,"
	"	page INTEGER NOT NULL, text TEXT NOT NULL,"
	"	UNIQUE (hash, page)) STRICT;"
	"CREATE TABLE blob_preview ("
	"	hash TEXT NOT NULL PRIMARY KEY REFERENCES blob (hash) ON DELETE CASCADE,"
	"	png BLOB NOT NULL) STRICT;"
	"CREATE VIRTUAL TABLE page_fts USING fts5 (text, content = 'blob_page', content_rowid = 'num',"
	"	tokenize = 'porter unicode61 remove_diacritics 2');"
	"CREATE TRIGGER page_fts_insert AFTER INSERT ON blob_page BEGIN"
	"	INSERT INTO page_fts (rowid, text) VALUES (NEW.num, NEW.text);"
	"END;"
	"CREATE TRIGGER page_fts_delete AFTER DELETE ON blob_page BEGIN"
	"	INSERT INTO page_fts (page_fts, rowid, text) VALUES ('delete', OLD.num, OLD.text);"
	"END;" },
	{ 2,
	"ALTER TABLE attachment ADD COLUMN post_id TEXT;" /* of a post of a discussion: then the other two are null */
	"CREATE UNIQUE INDEX attachment_by_post_name ON attachment (post_id, name) WHERE removed_us = 0 AND post_id IS NOT NULL;" },
	{ 0, NULL }
};

/* v_attachment: on the page of a visible record. v_attachment_all: for those who
 * may write in the space of a record that they see, and for the national office's
 * editors where it is they who publish (viewer.h). */
const struct view_def attachment_views[] = {
	{ "v_attachment", "CREATE TEMP VIEW v_attachment AS SELECT x.*, "
		"EXISTS (SELECT 1 FROM main.blob_preview p WHERE p.hash = x.hash AND x.is_read) AS has_preview "
		"FROM main.attachment x JOIN v_record r ON r.num = x.record_num "
		"WHERE x.state = 2 AND x.removed_us = 0" },
	{ "v_attachment_all", "CREATE TEMP VIEW v_attachment_all AS SELECT x.*, "
		"EXISTS (SELECT 1 FROM main.blob_preview p WHERE p.hash = x.hash AND x.is_read) AS has_preview "
		"FROM main.attachment x JOIN v_record r ON r.num = x.record_num "
		"WHERE 'c:' || x.space_id IN (SELECT token FROM temp.viewer_scope) "
		"OR 'admin' IN (SELECT token FROM temp.viewer_scope) "
		"OR (r.audience IN ('public', 'network') AND EXISTS (SELECT 1 FROM main.space n "
		"WHERE n.slug = '" SPACE_NATIONAL "' AND 'e:' || n.id IN (SELECT token FROM temp.viewer_scope)))" },
	{ "v_attachment_preview", "CREATE TEMP VIEW v_attachment_preview AS SELECT x.id, p.png "
		"FROM v_attachment x JOIN main.blob_preview p ON p.hash = x.hash AND x.is_read" },
	{ "v_attachment_preview_all", "CREATE TEMP VIEW v_attachment_preview_all AS SELECT x.id, p.png "
		"FROM v_attachment_all x JOIN main.blob_preview p ON p.hash = x.hash AND x.is_read" },
	{ NULL, NULL }
};

/* ---- reading ---- */

void attachment_row(struct query *q, struct arena *a, struct attachment *at)
{
	int i = 0;

	at->id = q_col_text(q, a, i++);
	at->record_num = q_col_int(q, i++);
	at->draft_id = q_col_text(q, a, i++);
	at->post_id = q_col_text(q, a, i++);
	at->space_id = q_col_text(q, a, i++);
	at->hash = q_col_text(q, a, i++);
	at->name = q_col_text(q, a, i++);
	at->type = q_col_text(q, a, i++);
	at->size = q_col_int(q, i++);
	at->title = q_col_text(q, a, i++);
	at->alt = q_col_text(q, a, i++);
	at->position = (int)q_col_int(q, i++);
	at->width = (int)q_col_int(q, i++);
	at->height = (int)q_col_int(q, i++);
	at->pages = (int)q_col_int(q, i++);
	at->read = q_col_int(q, i++);
	at->state = (enum attachment_state)q_col_int(q, i++);
	at->problem = q_col_text(q, a, i++);
	at->account_name = q_col_text(q, a, i++);
	at->added_us = q_col_int(q, i++);
	at->removed_us = q_col_int(q, i++);
	at->has_preview = q_col_int(q, i++);
}

static bool read_rows(struct query *q, struct arena *a, struct attachment **out, size_t *n, struct error *err)
{
	*out = NULL;
	*n = 0;
	while (q_row(q)) {
		if (!*out)
			*out = arena_array(a, (size_t)q_col_int(q, ATTACHMENT_COLUMN_COUNT), sizeof **out);
		attachment_row(q, a, &(*out)[(*n)++]);
	}
	return q_done(q, err);
}

bool attachment_list(struct db *db, struct arena *a, int64_t record_num, struct attachment **out, size_t *n,
	struct error *err)
{
	struct query q;

	db_query(db, &q, "SELECT " ATTACHMENT_COLUMNS ", count(*) OVER () FROM v_attachment x "
		"WHERE x.record_num = :num ORDER BY x.position, x.id");
	q_int(&q, ":num", record_num);
	return read_rows(&q, a, out, n, err);
}

bool attachment_list_all(struct db *db, struct arena *a, int64_t record_num, struct attachment **out, size_t *n,
	struct error *err)
{
	struct query q;

	db_query(db, &q, "SELECT " ATTACHMENT_COLUMNS ", count(*) OVER () FROM v_attachment_all x "
		"WHERE x.record_num = :num ORDER BY x.removed_us, x.position, x.id");
	q_int(&q, ":num", record_num);
	return read_rows(&q, a, out, n, err);
}

static bool one_row(struct query *q, struct arena *a, struct attachment **out, struct error *err)
{
	*out = NULL;
	while (q_row(q)) {
		*out = arena_alloc(a, sizeof **out);
		attachment_row(q, a, *out);
	}
	return q_done(q, err);
}

bool attachment_get(struct db *db, struct arena *a, const char *id, bool all, struct attachment **out,
	struct error *err)
{
	struct query q;

	if (all)
		db_query(db, &q, "SELECT " ATTACHMENT_COLUMNS "FROM v_attachment_all x WHERE x.id = :id");
	else
		db_query(db, &q, "SELECT " ATTACHMENT_COLUMNS "FROM v_attachment x WHERE x.id = :id");
	q_text(&q, ":id", id);
	if (!one_row(&q, a, out, err))
		return false;
	return *out || error_set(err, ERROR_NOT_FOUND, "There is no such file, or it is not open to you.");
}

bool attachment_preview(struct db *db, struct arena *a, const char *id, bool all, const void **png, size_t *n,
	struct error *err)
{
	struct query q;

	*png = NULL;
	if (all)
		db_query(db, &q, "SELECT png FROM v_attachment_preview_all WHERE id = :id");
	else
		db_query(db, &q, "SELECT png FROM v_attachment_preview WHERE id = :id");
	q_text(&q, ":id", id);
	while (q_row(&q))
		*png = q_col_blob(&q, a, 0, n);
	if (!q_done(&q, err))
		return false;
	return *png || error_set(err, ERROR_NOT_FOUND, "There is no picture of this file.");
}

bool attachment_of_job(struct db *db, struct arena *a, const char *id, struct attachment **out, struct error *err)
{
	struct query q;

	db_query_system(db, &q, "SELECT " ATTACHMENT_COLUMNS "FROM (SELECT *, 0 AS has_preview FROM main.attachment) x WHERE x.id = :id");
	q_text(&q, ":id", id);
	return one_row(&q, a, out, err);
}

bool attachment_space_bytes(struct db *db, const char *space_id, int64_t *bytes, struct error *err)
{
	struct query q;

	*bytes = 0;
	db_query_system(db, &q, "SELECT coalesce(sum(size), 0) FROM main.attachment WHERE space_id = :id");
	q_text(&q, ":id", space_id);
	while (q_row(&q))
		*bytes = q_col_int(&q, 0);
	return q_done(&q, err);
}

bool attachment_record_bytes(struct db *db, int64_t record_num, int64_t *bytes, struct error *err)
{
	struct query q;

	*bytes = 0;
	db_query_system(db, &q, "SELECT coalesce(sum(size), 0) FROM main.attachment "
		"WHERE record_num = :num AND removed_us = 0");
	q_int(&q, ":num", record_num);
	while (q_row(&q))
		*bytes = q_col_int(&q, 0);
	return q_done(&q, err);
}

bool attachment_draft_bytes(struct db *db, const char *draft_id, int64_t *bytes, struct error *err)
{
	struct query q;

	*bytes = 0;
	db_query_system(db, &q, "SELECT coalesce(sum(size), 0) FROM main.attachment "
		"WHERE draft_id = :id AND removed_us = 0");
	q_text(&q, ":id", draft_id);
	while (q_row(&q))
		*bytes = q_col_int(&q, 0);
	return q_done(&q, err);
}

bool attachment_post_bytes(struct db *db, const char *post_id, int64_t *bytes, struct error *err)
{
	struct query q;

	*bytes = 0;
	db_query_system(db, &q, "SELECT coalesce(sum(size), 0) FROM main.attachment "
		"WHERE post_id = :id AND removed_us = 0");
	q_text(&q, ":id", post_id);
	while (q_row(&q))
		*bytes = q_col_int(&q, 0);
	return q_done(&q, err);
}

/* ---- the index ---- */

/* The words of the record's files, cut to a length, beside its own. Files of a
 * name that is in the record's list only; in their order. */
static bool index_record(struct db *w, struct arena *a, int64_t record_num, struct error *err)
{
	struct buf words = BUF_INIT;
	struct query q;

	if (!record_num)
		return true; /* of a draft or a post: not searched */
	db_query_system(w, &q, "SELECT x.name, coalesce(x.title, ''), p.text FROM main.attachment x "
		"LEFT JOIN main.blob_page p ON p.hash = x.hash AND x.is_read "
		"WHERE x.record_num = :num AND x.state = 2 AND x.removed_us = 0 "
		"ORDER BY x.position, x.id, p.page");
	q_int(&q, ":num", record_num);
	while (words.len < INDEXED_BYTES_MAX && q_row(&q)) {
		const char *text = q_col_text(&q, a, 2);

		if (!text || !words.len)
			buf_printf(&words, "%s\n%s\n", q_col_text(&q, a, 0), q_col_text(&q, a, 1));
		if (text)
			buf_printf(&words, "%s\n", text);
	}
	bool ok = q_done(&q, err);
	if (ok) {
		/* Saved anew only if the words changed: the index takes a row as a whole. */
		db_query_system(w, &q, "UPDATE main.record SET files = :words WHERE num = :num AND files <> :words");
		q_text_n(&q, ":words", buf_text(&words), words.len);
		q_int(&q, ":num", record_num);
		ok = q_run(&q, err);
	}
	buf_finish(&words);
	return ok;
}

static bool record_of(struct db *w, const char *id, int64_t *num, struct error *err)
{
	struct query q;
	bool found = false;

	db_query_system(w, &q, "SELECT record_num FROM main.attachment WHERE id = :id");
	q_text(&q, ":id", id);
	while (q_row(&q)) {
		*num = q_col_int(&q, 0);
		found = true;
	}
	if (!q_done(&q, err))
		return false;
	return found || error_set(err, ERROR_NOT_FOUND, "There is no such file.");
}

static bool index_of(struct db *w, const char *id, struct error *err)
{
	struct arena *a = arena_create();
	int64_t num = 0;
	bool ok = record_of(w, id, &num, err) && index_record(w, a, num, err);

	arena_destroy(a);
	return ok;
}

/* ---- changing ---- */

struct named {
	const char *id, *hash;
};

/* The one of that name that its record, draft or post has. */
static bool find_name(struct db *w, struct arena *a, const struct attachment *at, struct named *out,
	struct error *err)
{
	struct query q;

	*out = (struct named){ 0 };
	if (at->record_num)
		db_query_system(w, &q, "SELECT id, hash FROM main.attachment WHERE record_num = :owner AND name = :name "
			"AND removed_us = 0");
	else if (at->post_id)
		db_query_system(w, &q, "SELECT id, hash FROM main.attachment WHERE post_id = :owner AND name = :name "
			"AND removed_us = 0");
	else
		db_query_system(w, &q, "SELECT id, hash FROM main.attachment WHERE draft_id = :owner AND name = :name "
			"AND removed_us = 0");
	if (at->record_num)
		q_int(&q, ":owner", at->record_num);
	else
		q_text(&q, ":owner", at->post_id ? at->post_id : at->draft_id);
	q_text(&q, ":name", at->name);
	while (q_row(&q)) {
		out->id = q_col_text(&q, a, 0);
		out->hash = q_col_text(&q, a, 1);
	}
	return q_done(&q, err);
}

/* "report.pdf" as "report-2.pdf" when there is one. */
static bool free_name(struct db *w, struct arena *a, struct attachment *at, struct error *err)
{
	const char *wanted = at->name, *dot = strrchr(wanted, '.');
	struct named other;

	dot = dot ? dot : wanted + strlen(wanted);
	for (int i = 2; i < 1000; i++) {
		if (!find_name(w, a, at, &other, err))
			return false;
		if (!other.id)
			return true;
		at->name = arena_printf(a, "%.*s-%d%s", (int)(dot - wanted), wanted, i, dot);
	}
	return error_set(err, ERROR_CONFLICT, "There are too many files of this name.");
}

static bool insert(struct db *w, const struct attachment *at, const char *account_id, struct error *err)
{
	struct query q;

	db_query_system(w, &q, "INSERT INTO main.attachment (id, space_id, record_num, draft_id, post_id, hash, name, type, size, title, "
		"alt, position, width, height, pages, is_read, state, account_id, account_name, added_us, removed_us) "
		"VALUES (:id, :space, nullif(:num, 0), :draft, :post, :hash, :name, :type, :size, :title, :alt, "
		"(SELECT coalesce(max(position), 0) + 1 FROM main.attachment WHERE record_num = :num OR draft_id = :draft "
		"OR post_id = :post), "
		":width, :height, 0, 0, :state, :account, :account_name, :now, 0)");
	q_text(&q, ":space", at->space_id);
	q_text(&q, ":draft", at->draft_id);
	q_text(&q, ":post", at->post_id);
	q_text(&q, ":id", at->id);
	q_int(&q, ":num", at->record_num);
	q_text(&q, ":hash", at->hash);
	q_text(&q, ":name", at->name);
	q_text(&q, ":type", at->type);
	q_int(&q, ":size", at->size);
	q_text(&q, ":title", at->title);
	q_text(&q, ":alt", at->alt);
	q_int(&q, ":width", at->width);
	q_int(&q, ":height", at->height);
	q_int(&q, ":state", at->state);
	q_text(&q, ":account", account_id);
	q_text(&q, ":account_name", at->account_name);
	q_int(&q, ":now", clock_now_us());
	return q_run(&q, err);
}

static bool space_of(struct db *w, struct arena *a, struct attachment *at, struct error *err)
{
	struct query q;

	db_query_system(w, &q, "SELECT space_id FROM main.record WHERE num = :num");
	q_int(&q, ":num", at->record_num);
	while (q_row(&q))
		at->space_id = q_col_text(&q, a, 0);
	if (!q_done(&q, err))
		return false;
	return at->space_id || error_set(err, ERROR_NOT_FOUND, "There is no such record.");
}

bool attachment_add(struct db *w, struct arena *a, struct attachment *at, const char *account_id, bool replace,
	struct error *err)
{
	char *id = arena_alloc(a, ID_SIZE);
	struct named same;

	if (!at->space_id && !space_of(w, a, at, err))
		return false;

	if (replace) {
		if (!find_name(w, a, at, &same, err))
			return false;
		if (same.id && strcmp(same.hash, at->hash) == 0) {
			at->id = same.id;
			return attachment_describe(w, same.id, at->title, at->alt, err);
		}
		if (same.id && !attachment_remove(w, same.id, err))
			return false;
	}
	id_new(id);
	at->id = id;
	return free_name(w, a, at, err) && blob_add(w, at->hash, at->size, err) && insert(w, at, account_id, err) &&
		job_add(w, ATTACHMENT_JOB, NULL, "reads an attached file", at->id, 0, err) &&
		index_record(w, a, at->record_num, err);
}

bool attachment_remove(struct db *w, const char *id, struct error *err)
{
	struct query q;

	db_query_system(w, &q, "UPDATE main.attachment SET removed_us = :now WHERE id = :id AND removed_us = 0");
	q_int(&q, ":now", clock_now_us());
	q_text(&q, ":id", id);
	return q_run(&q, err) && index_of(w, id, err);
}

bool attachment_restore(struct db *w, const char *id, struct error *err)
{
	struct arena *a = arena_create();
	struct attachment *at;
	struct named other;
	struct query q;
	bool ok = attachment_of_job(w, a, id, &at, err);

	if (ok && !at)
		error_set(err, ERROR_NOT_FOUND, "This file was removed for good.");
	ok = ok && at && find_name(w, a, at, &other, err);
	if (ok && other.id && strcmp(other.id, id) != 0)
		ok = error_set(err, ERROR_CONFLICT, "There is another file of this name now. Remove or rename that one first.");
	arena_destroy(a);
	if (!ok)
		return false;
	db_query_system(w, &q, "UPDATE main.attachment SET removed_us = 0 WHERE id = :id");
	q_text(&q, ":id", id);
	return q_run(&q, err) && index_of(w, id, err);
}

bool attachment_describe(struct db *w, const char *id, const char *title, const char *alt, struct error *err)
{
	struct query q;

	db_query_system(w, &q, "UPDATE main.attachment SET title = :title, alt = :alt WHERE id = :id");
	q_text(&q, ":title", title);
	q_text(&q, ":alt", alt);
	q_text(&q, ":id", id);
	return q_run(&q, err) && index_of(w, id, err);
}

bool attachment_move(struct db *w, const char *id, int by, struct error *err)
{
	struct query q;

	/* Changes place with its neighbour. */
	db_query_system(w, &q, "WITH me AS (SELECT record_num, draft_id, post_id, position FROM main.attachment WHERE id = :id), "
		"other AS (SELECT x.id, x.position FROM main.attachment x, me WHERE x.record_num IS me.record_num "
		"AND x.draft_id IS me.draft_id AND x.post_id IS me.post_id "
		"AND x.removed_us = 0 AND x.position * :by > me.position * :by ORDER BY x.position * :by LIMIT 1) "
		"UPDATE main.attachment SET position = CASE id WHEN :id THEN (SELECT position FROM other) "
		"ELSE (SELECT position FROM me) END "
		"WHERE EXISTS (SELECT 1 FROM other) AND id IN (:id, (SELECT id FROM other))");
	q_text(&q, ":id", id);
	q_int(&q, ":by", by < 0 ? -1 : 1);
	return q_run(&q, err);
}

bool attachment_adopt(struct db *w, struct arena *a, const char *draft_id, int64_t record_num, struct error *err)
{
	struct query q;

	db_query_system(w, &q, "UPDATE main.attachment SET removed_us = :now WHERE record_num = :num AND removed_us = 0 "
		"AND name IN (SELECT name FROM main.attachment WHERE draft_id = :draft AND removed_us = 0)");
	q_int(&q, ":now", clock_now_us());
	q_int(&q, ":num", record_num);
	q_text(&q, ":draft", draft_id);
	if (!q_run(&q, err))
		return false;
	db_query_system(w, &q, "UPDATE main.attachment SET record_num = :num, draft_id = NULL, position = position + "
		"(SELECT coalesce(max(position), 0) FROM main.attachment WHERE record_num = :num) WHERE draft_id = :draft");
	q_int(&q, ":num", record_num);
	q_text(&q, ":draft", draft_id);
	return q_run(&q, err) && index_record(w, a, record_num, err);
}

bool attachment_forget_removed(struct db *w, int64_t grace_us, struct error *err)
{
	struct query q;

	db_query_system(w, &q, "DELETE FROM main.attachment WHERE removed_us <> 0 AND removed_us < :before");
	q_int(&q, ":before", clock_now_us() - grace_us);
	return q_run(&q, err);
}

bool attachment_set_state(struct db *w, const char *id, enum attachment_state state, const char *problem,
	struct error *err)
{
	struct query q;

	db_query_system(w, &q, "UPDATE main.attachment SET state = :state, problem = :problem WHERE id = :id");
	q_int(&q, ":state", state);
	q_text(&q, ":problem", problem);
	q_text(&q, ":id", id);
	return q_run(&q, err) && index_of(w, id, err);
}

static bool save_texts(struct db *w, const char *hash, const struct attachment_reading *r, struct error *err)
{
	struct query q;
	bool ok;

	db_query_system(w, &q, "DELETE FROM main.blob_page WHERE hash = :hash");
	q_text(&q, ":hash", hash);
	ok = q_run(&q, err);
	for (size_t i = 0; ok && i < r->n_texts; i++) {
		db_query_system(w, &q, "INSERT OR REPLACE INTO main.blob_page (hash, page, text) VALUES (:hash, :page, :text)");
		q_text(&q, ":hash", hash);
		q_int(&q, ":page", r->texts[i].page);
		q_text(&q, ":text", r->texts[i].text);
		ok = q_run(&q, err);
	}
	if (!ok || !r->png)
		return ok;
	db_query_system(w, &q, "INSERT OR REPLACE INTO main.blob_preview (hash, png) VALUES (:hash, :png)");
	q_text(&q, ":hash", hash);
	q_blob(&q, ":png", r->png, r->n_png);
	return q_run(&q, err);
}

bool attachment_save_reading(struct db *w, struct arena *a, const char *id, const struct attachment_reading *r,
	struct error *err)
{
	struct attachment *at;
	struct query q;

	if (!attachment_of_job(w, a, id, &at, err))
		return false;
	if (!at)
		return true; /* gone in the meantime */
	db_query_system(w, &q, "UPDATE main.attachment SET pages = :pages, width = max(width, :width), "
		"height = max(height, :height), is_read = 1, problem = :problem WHERE id = :id");
	q_int(&q, ":pages", r->pages);
	q_int(&q, ":width", r->width);
	q_int(&q, ":height", r->height);
	q_text(&q, ":problem", r->problem);
	q_text(&q, ":id", id);
	return q_run(&q, err) && save_texts(w, at->hash, r, err) && index_record(w, a, at->record_num, err);
}

/* ---- pictures in bodies ---- */

bool attachment_is_image(struct db *w, int64_t record_num, const char *name, bool *is, struct error *err)
{
	struct query q;

	*is = false;
	db_query_system(w, &q, "SELECT 1 FROM main.attachment WHERE record_num = :num AND name = :name "
		"AND removed_us = 0 AND state <> 3 AND type LIKE 'image/%'");
	q_int(&q, ":num", record_num);
	q_text(&q, ":name", name);
	while (q_row(&q))
		*is = true;
	return q_done(&q, err);
}

/* As content_rich.c writes it: attribute values escaped, src first. */
#define IMAGE_BEGIN "<img src=\"attachment:"
#define IMAGE_ALT "\" alt=\""

static void put_image(struct arena *a, struct buf *b, const char *base, const char *name, const char *alt, size_t n_alt,
	const struct attachment *list, size_t n)
{
	const struct attachment *at = NULL;
	struct buf escaped = BUF_INIT;

	/* The name in the body is escaped as html_text does it. */
	for (size_t i = 0; i < n && !at; i++) {
		buf_clear(&escaped);
		html_text(&escaped, list[i].name);
		if (strcmp(buf_text(&escaped), name) == 0 && strncmp(list[i].type, "image/", 6) == 0)
			at = &list[i];
	}
	buf_finish(&escaped);
	if (!at) {
		buf_str(b, "<em class=\"missing-image\">");
		buf_add(b, alt, n_alt);
		buf_str(b, "</em>");
		return;
	}
	buf_str(b, "<img src=\"");
	html_text(b, url_path(a, "%b/files/%s/%s", base, at->id, at->name).text);
	buf_str(b, IMAGE_ALT);
	buf_add(b, alt, n_alt);
	buf_char(b, '"');
	if (at->width > 0 && at->height > 0)
		buf_printf(b, " width=\"%d\" height=\"%d\"", at->width, at->height);
	buf_str(b, " loading=\"lazy\">");
}

const char *attachment_images(struct arena *a, const char *base, const char *html, const struct attachment *list,
	size_t n)
{
	struct buf b = BUF_INIT;
	const char *s = html, *found;

	if (!html || !strstr(html, IMAGE_BEGIN))
		return html;
	while ((found = strstr(s, IMAGE_BEGIN))) {
		const char *name = found + strlen(IMAGE_BEGIN), *alt = strstr(name, IMAGE_ALT), *end;

		end = alt ? strstr(alt + strlen(IMAGE_ALT), "\">") : NULL;
		if (!end)
			break;
		buf_add(&b, s, (size_t)(found - s));
		put_image(a, &b, base, arena_strndup(a, name, (size_t)(alt - name)), alt + strlen(IMAGE_ALT),
			(size_t)(end - alt) - strlen(IMAGE_ALT), list, n);
		s = end + 2;
	}
	buf_str(&b, s);
	char *out = arena_strdup(a, buf_text(&b));
	buf_finish(&b);
	return out;
}
