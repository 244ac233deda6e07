/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Links of records in the database. Who sees a record sees its links. */
#include "media.h"

const struct migration media_migrations[] = {
	{ 1,
	"CREATE TABLE media_link ("
	"	url TEXT NOT NULL PRIMARY KEY, state INTEGER NOT NULL, status INTEGER NOT NULL, words TEXT,"
	"	failures INTEGER NOT NULL, found_us INTEGER NOT NULL, checked_us INTEGER NOT NULL,"
	"	due_us INTEGER NOT NULL, failing_since_us INTEGER NOT NULL, good_us INTEGER NOT NULL) STRICT;"
	"CREATE INDEX media_link_by_due ON media_link (due_us);"
	"CREATE TABLE media_link_use ("
	"	about_num INTEGER NOT NULL REFERENCES record (num) ON DELETE CASCADE, url TEXT NOT NULL,"
	"	PRIMARY KEY (about_num, url)) STRICT, WITHOUT ROWID;"
	"CREATE INDEX media_link_use_by_url ON media_link_use (url);"
	"CREATE TABLE media_link_scan ("
	"	about_num INTEGER NOT NULL PRIMARY KEY REFERENCES record (num) ON DELETE CASCADE,"
	"	version INTEGER NOT NULL) STRICT;" },
	/* To find what is new without reading the records themselves. */
	{ 2, "CREATE INDEX media_record_version ON record (num, version);" },
	{ 0, NULL }
};

const struct view_def media_views[] = {
	{ "v_media_link", "CREATE TEMP VIEW v_media_link AS SELECT l.*, u.about_num, r.title AS record_title, "
		"r.type AS record_type, r.slug AS record_slug, r.space_slug, r.space_id FROM main.media_link l "
		"JOIN main.media_link_use u ON u.url = l.url JOIN v_record r ON r.num = u.about_num" },
	{ NULL, NULL }
};

static bool scan_one(struct db *w, struct arena *a, int64_t num, int64_t version, const char *xml, size_t n,
	struct error *err)
{
	const char *urls[LINKS_MOST];
	size_t n_urls = links_extract(a, xml, n, urls);
	int64_t now = clock_now_us();
	struct query q;

	db_query(w, &q, "DELETE FROM media_link_use WHERE about_num = :num");
	q_int(&q, ":num", num);
	if (!q_run(&q, err))
		return false;
	for (size_t i = 0; i < n_urls; i++) {
		db_query(w, &q, "INSERT INTO media_link_use (about_num, url) VALUES (:num, :url)");
		q_int(&q, ":num", num);
		q_text(&q, ":url", urls[i]);
		if (!q_run(&q, err))
			return false;
		db_query(w, &q, "INSERT INTO media_link (url, state, status, failures, found_us, checked_us, due_us, failing_since_us, "
			"good_us) VALUES (:url, 1, 0, 0, :now, 0, :now, 0, 0) ON CONFLICT (url) DO NOTHING");
		q_text(&q, ":url", urls[i]);
		q_int(&q, ":now", now);
		if (!q_run(&q, err))
			return false;
	}
	db_query(w, &q, "INSERT INTO media_link_scan (about_num, version) VALUES (:num, :version) "
		"ON CONFLICT (about_num) DO UPDATE SET version = excluded.version");
	q_int(&q, ":num", num);
	q_int(&q, ":version", version);
	return q_run(&q, err);
}

struct changed {
	int64_t num, version;
	const char *xml;
	size_t n;
};

bool links_scan(struct db *w, struct arena *a, int most, size_t *n, struct error *err)
{
	struct changed *list = arena_array(a, (size_t)most, sizeof *list);
	struct query q;

	*n = 0;
	db_query(w, &q, "SELECT num, version, CAST(source AS BLOB) FROM record WHERE num IN ("
		"SELECT r.num FROM record r INDEXED BY media_record_version LEFT JOIN media_link_scan s "
		"ON s.about_num = r.num WHERE s.version IS NULL OR s.version <> r.version LIMIT :most)");
	q_int(&q, ":most", most);
	while (*n < (size_t)most && q_row(&q)) {
		list[*n].num = q_col_int(&q, 0);
		list[*n].version = q_col_int(&q, 1);
		list[*n].xml = q_col_blob(&q, a, 2, &list[*n].n);
		++*n;
	}
	if (!q_done(&q, err))
		return false;
	for (size_t i = 0; i < *n; i++)
		if (!scan_one(w, a, list[i].num, list[i].version, list[i].xml ? list[i].xml : "", list[i].n, err))
			return false;
	/* What no record says any more is forgotten. */
	db_query(w, &q, "DELETE FROM media_link WHERE url NOT IN (SELECT url FROM media_link_use)");
	return q_run(&q, err);
}

/* An address is a row of its own, which no key ties to the records that name it. */
bool links_purge(struct db *w, struct space_purge *p, struct error *err)
{
	struct query q;

	db_query(w, &q, "DELETE FROM media_link WHERE url IN (SELECT u.url FROM media_link_use u JOIN record r "
		"ON r.num = u.about_num WHERE r.space_id = :space) AND url NOT IN (SELECT u.url FROM media_link_use u "
		"JOIN record r ON r.num = u.about_num WHERE r.space_id <> :space)");
	q_text(&q, ":space", p->space_id);
	while (q_row(&q))
		;
	if (q.rc == 0)
		purge_count(p, "links that were checked", q_changes(&q));
	return q_done(&q, err);
}

static void read_link(struct query *q, struct arena *a, struct link_row *l)
{
	l->url = q_col_text(q, a, 0);
	l->state = (enum link_state)q_col_int(q, 1);
	l->status = (int)q_col_int(q, 2);
	l->words = q_col_text(q, a, 3);
	l->failures = (int)q_col_int(q, 4);
	l->checked_us = q_col_int(q, 5);
	l->due_us = q_col_int(q, 6);
	l->failing_since_us = q_col_int(q, 7);
	l->good_us = q_col_int(q, 8);
}
#define LINK "url, state, status, words, failures, checked_us, due_us, failing_since_us, good_us"

bool links_due(struct db *w, struct arena *a, int most, struct link_row **out, size_t *n, struct error *err)
{
	struct query q;

	*out = arena_array(a, (size_t)most, sizeof **out);
	*n = 0;
	db_query(w, &q, "SELECT " LINK " FROM media_link WHERE due_us <= :now ORDER BY due_us LIMIT :most");
	q_int(&q, ":now", clock_now_us());
	q_int(&q, ":most", most);
	while (*n < (size_t)most && q_row(&q))
		read_link(&q, a, &(*out)[(*n)++]);
	return q_done(&q, err);
}

bool link_save(struct db *w, const struct link_row *l, struct error *err)
{
	struct query q;

	db_query(w, &q, "UPDATE media_link SET state = :state, status = :status, words = :words, failures = :failures, "
		"checked_us = :checked, due_us = :due, failing_since_us = :since, good_us = :good WHERE url = :url");
	q_int(&q, ":state", l->state);
	q_int(&q, ":status", l->status);
	q_text(&q, ":words", l->words);
	q_int(&q, ":failures", l->failures);
	q_int(&q, ":checked", l->checked_us);
	q_int(&q, ":due", l->due_us);
	q_int(&q, ":since", l->failing_since_us);
	q_int(&q, ":good", l->good_us);
	q_text(&q, ":url", l->url);
	return q_run(&q, err);
}

bool links_of_record(struct db *db, struct arena *a, int64_t record_num, struct link_row **out, size_t *n,
	struct error *err)
{
	struct query q;

	*out = NULL;
	*n = 0;
	db_query(db, &q, "SELECT " LINK ", count(*) OVER () FROM v_media_link WHERE about_num = :num AND state = 4 ORDER BY url");
	q_int(&q, ":num", record_num);
	while (q_row(&q)) {
		if (!*out)
			*out = arena_array(a, (size_t)q_col_int(&q, 9), sizeof **out);
		read_link(&q, a, &(*out)[(*n)++]);
	}
	return q_done(&q, err);
}

bool link_report(struct db *db, struct arena *a, const char *space_id, bool rotten, int limit, int offset,
	struct link_row **out, size_t *n, int64_t *total, struct error *err)
{
	struct query q;

	*out = arena_array(a, (size_t)limit, sizeof **out);
	*n = 0;
	*total = 0;
	db_query(db, &q, "SELECT " LINK ", record_title, record_type, record_slug, space_slug FROM v_media_link "
		"WHERE state >= :least AND (:space IS NULL OR space_id = :space) "
		"ORDER BY failing_since_us, url, record_title LIMIT :limit OFFSET :offset");
	q_int(&q, ":least", rotten ? LINK_ROTTEN : LINK_FAILING);
	q_text(&q, ":space", space_id);
	q_int(&q, ":limit", limit);
	q_int(&q, ":offset", offset);
	while (*n < (size_t)limit && q_row(&q)) {
		struct link_row *l = &(*out)[(*n)++];

		read_link(&q, a, l);
		l->record_title = q_col_text(&q, a, 9);
		l->record_type = q_col_text(&q, a, 10);
		l->record_slug = q_col_text(&q, a, 11);
		l->space_slug = q_col_text(&q, a, 12);
	}
	if (!q_done(&q, err))
		return false;
	db_query(db, &q, "SELECT count(*) FROM v_media_link WHERE state >= :least AND (:space IS NULL OR space_id = :space)");
	q_int(&q, ":least", rotten ? LINK_ROTTEN : LINK_FAILING);
	q_text(&q, ":space", space_id);
	while (q_row(&q))
		*total = q_col_int(&q, 0);
	return q_done(&q, err);
}
