/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "store.h"
#include <pthread.h>
#include "network.h"
#include "unit.h"

#define READER "01890000-0000-7000-8000-000000000001"

static struct network n;
static struct db *db;
static const char *ohio, *iowa, *hidden;
static int64_t open_num, space_num, restricted_num, iowa_num;
static struct membership in_ohio[1];
static struct viewer member, editor, admin, stranger;

static void begin(const char *name)
{
	struct error err = { 0 };

	network_open(&n, name, NULL);
	network_space(&n, "national", "public");
	ohio = network_space(&n, "ohio", "public");
	iowa = network_space(&n, "iowa", "public");
	hidden = network_space(&n, "hidden", "network");
	open_num = network_add(&n, .space = "ohio", .slug = "open", .title = "Open words", .subject = "tag");
	space_num = network_add(&n, .space = "ohio", .slug = "own", .audience = "space", .title = "Secret zanzibar",
		.subject = "zanzibar", .strategy = "group-violence", .place = "ohio");
	restricted_num = network_add(&n, .space = "ohio", .slug = "named", .audience = "restricted",
		.title = "Secret axolotl", .reader = READER);
	network_add(&n, .space = "iowa", .slug = "net", .audience = "network", .title = "Secret quokka");
	iowa_num = network_add(&n, .space = "iowa", .slug = "own", .audience = "space", .title = "Secret platypus");
	network_add(&n, .space = "hidden", .slug = "net", .audience = "network", .title = "Secret wombat");
	/* Open to the network, but in a space that is not: nobody outside comes there. */
	network_space(&n, "closed", "space");
	network_add(&n, .space = "closed", .slug = "net", .audience = "network", .title = "Secret numbat");
	in_ohio[0] = (struct membership){ ohio, ROLE_READER };
	member = (struct viewer){ .kind = VIEWER_ACCOUNT, .account_id = "other", .memberships = in_ohio, .n_memberships = 1 };
	editor = member;
	admin = (struct viewer){ .kind = VIEWER_ACCOUNT, .account_id = "admin", .network_admin = true };
	stranger = (struct viewer){ .kind = VIEWER_ACCOUNT, .account_id = READER };
	db = store_reader(n.store, &err);
	CHECK_ERROR(&err, ERROR_NONE, "");
	NEED(db != NULL);
}

static void end(void)
{
	db_close(db);
	network_close(&n);
}

static const char *titles(const struct viewer *v)
{
	struct error err = { 0 };
	struct query q;
	const char *list = "";

	NEED(db_begin(db, v, &err));
	db_query(db, &q, "SELECT title FROM v_record ORDER BY title");
	while (q_row(&q))
		list = arena_printf(n.arena, "%s%s,", list, strrchr(q_col_text(&q, n.arena, 0), ' ') + 1);
	CHECK(q_done(&q, &err));
	db_end(db);
	return list;
}

static void who_sees_what(void)
{
	struct viewer reader;

	begin("sees.db");
	reader = member;
	CHECK_TEXT(titles(&viewer_nobody), "words,");
	CHECK_TEXT(titles(&member), "words,quokka,wombat,zanzibar,");
	CHECK_TEXT(titles(&admin), "words,quokka,wombat,");
	/* Named, but in no space: the record is restricted to them. */
	CHECK_TEXT(titles(&stranger), "words,axolotl,");
	reader.account_id = READER;
	CHECK_TEXT(titles(&reader), "words,axolotl,quokka,wombat,zanzibar,");
	CHECK_TEXT(titles(&viewer_system), ""); /* reads nothing through views */
	CHECK_TEXT(titles(&viewer_nobody), "words,"); /* nothing stays from the one before */
	end();
}

static int64_t count_of(const char *sql, const struct viewer *v)
{
	struct error err = { 0 };
	struct query q;
	int64_t count = -1;

	NEED(db_begin(db, v, &err));
	db_query_literal(db, &q, sql);
	while (q_row(&q))
		count = q_col_int(&q, 0);
	if (!q_done(&q, &err))
		CHECK_ERROR(&err, ERROR_NONE, "");
	db_end(db);
	return count;
}

static void what_hangs_on_records(void)
{
	begin("hangs.db");
	CHECK_INT(count_of("SELECT count(*) FROM v_record_subject", &viewer_nobody), 1);
	CHECK_INT(count_of("SELECT count(*) FROM v_record_subject", &member), 2);
	CHECK_INT(count_of("SELECT count(*) FROM v_record_strategy", &viewer_nobody), 0);
	CHECK_INT(count_of("SELECT count(*) FROM v_record_strategy", &member), 1);
	CHECK_INT(count_of("SELECT count(*) FROM v_record_place", &viewer_nobody), 0);
	CHECK_INT(count_of("SELECT count(*) FROM v_space", &viewer_nobody), 3);
	CHECK_INT(count_of("SELECT count(*) FROM v_space", &member), 4);
	end();
}

/* What a module cannot say on a viewer connection. */
static const char *const denied[] = {
	/* Base tables */
	"SELECT title FROM record", "SELECT count(*) FROM record", "SELECT 1 FROM record", "SELECT rowid FROM record",
	"SELECT num FROM main.record", "SELECT EXISTS (SELECT 1 FROM record)", "SELECT title FROM record AS v_record",
	"SELECT * FROM (SELECT title FROM record) AS v_x", "SELECT (SELECT title FROM record LIMIT 1) FROM v_record",
	"SELECT (SELECT count(*) FROM record) FROM v_record", "SELECT title FROM v_record WHERE num IN (SELECT num FROM record)",
	"SELECT title FROM v_record WHERE num IN record_reader", "SELECT title FROM v_record WHERE EXISTS (SELECT 1 FROM record)",
	"SELECT title FROM v_record WHERE (SELECT count(*) FROM record) > 1",
	"SELECT title FROM (SELECT title FROM v_record LIMIT 9) AS v_x WHERE (SELECT count(*) FROM record) > 1",
	"SELECT v.title FROM v_record v JOIN record r ON r.num = v.num", "SELECT v.title FROM v_record v, record",
	"SELECT title FROM v_record ORDER BY (SELECT title FROM record LIMIT 1)",
	"SELECT title FROM v_record LIMIT (SELECT count(*) FROM record)",
	"SELECT title FROM v_record UNION SELECT title FROM record", "SELECT title FROM v_record, json_each((SELECT title FROM record))", "SELECT value FROM json_each('[1]')",
	"SELECT sum(num) FILTER (WHERE num IN (SELECT num FROM record)) FROM v_record",
	"SELECT max(num) OVER (ORDER BY (SELECT max(num) FROM record)) FROM v_record", "VALUES ((SELECT title FROM record))",
	"SELECT * FROM record_reader", "SELECT * FROM space", "SELECT * FROM relation", "SELECT * FROM generation",
	"SELECT * FROM schema_version", "SELECT * FROM search_word", "SELECT * FROM viewer_scope",
	"SELECT * FROM temp.viewer_scope", "EXPLAIN SELECT title FROM record",
	/* The index */
	"SELECT title FROM record_fts WHERE record_fts MATCH 'zanzibar'", "SELECT count(*) FROM record_fts('zanzibar')",
	"SELECT rowid FROM record_fts", "SELECT count(*) FROM record_fts", "SELECT 1 FROM record_fts WHERE record_fts = 'zanzibar'",
	"SELECT snippet(record_fts, 0, '', '', '', 9) FROM record_fts WHERE record_fts MATCH 'secret'",
	"SELECT v.title FROM v_record v JOIN record_fts f ON f.rowid = v.num WHERE record_fts MATCH 'secret'",
	"SELECT * FROM record_fts_data", "SELECT * FROM record_fts_docsize", "SELECT * FROM record_fts_idx",
	"SELECT * FROM record_fts_config", "SELECT fts5(NULL)", "SELECT fts5_source_id()",
	/* A common table expression that calls itself a view */
	"WITH v_x AS (SELECT title FROM record) SELECT title FROM v_x",
	"WITH v_record AS (SELECT * FROM record) SELECT title FROM v_record",
	"with V_X as (SELECT title FROM record) SELECT title FROM v_x", "WITH \"v_x\" AS (SELECT title FROM record) SELECT title FROM v_x",
	"WITH [v_x] AS (SELECT title FROM record) SELECT title FROM v_x", "WITH `v_x` AS (SELECT title FROM record) SELECT title FROM v_x",
	"WITH 'v_x' AS (SELECT title FROM record) SELECT title FROM v_x", "WITH\"v_x\"AS(SELECT title FROM record)SELECT title FROM v_x",
	"WITH \"v_\"\"x\" AS (SELECT title FROM record) SELECT title FROM \"v_\"\"x\"",
	"WITH v_x(a) AS (SELECT title FROM record) SELECT a FROM v_x",
	"WITH v_x (\"a)\", [b(]) AS (SELECT title, num FROM record) SELECT * FROM v_x",
	"WITH v_x AS MATERIALIZED (SELECT title FROM record) SELECT title FROM v_x",
	"WITH v_x AS NOT MATERIALIZED (SELECT title FROM record) SELECT title FROM v_x",
	"WITH v_x/**/AS/* ( */NOT--\nMATERIALIZED\n(SELECT title FROM record) SELECT title FROM v_x",
	"WITH v_x -- AS\nAS (SELECT title FROM record) SELECT title FROM v_x",
	"WITH v_x(a/*)*/,b) AS (SELECT title, num FROM record) SELECT a FROM v_x",
	"WITH a AS (SELECT 1), v_x AS (SELECT title FROM record) SELECT title FROM v_x",
	"WITH a AS (WITH v_x AS (SELECT title FROM record) SELECT title FROM v_x) SELECT title FROM a",
	"SELECT title FROM (WITH v_x AS (SELECT title FROM record) SELECT title FROM v_x)",
	"SELECT (WITH v_x AS (SELECT title FROM record) SELECT title FROM v_x LIMIT 1)",
	"SELECT title FROM v_record WHERE num IN (WITH v_x AS (SELECT num FROM record) SELECT num FROM v_x)",
	"WITH RECURSIVE v_x(a) AS (SELECT title FROM record UNION SELECT a FROM v_x) SELECT a FROM v_x",
	"WITH a AS (SELECT title FROM record) SELECT title FROM a AS v_a", "WITH a AS (SELECT title FROM record) SELECT title FROM a",
	"WITH v_x AS (SELECT count(*) c FROM record) SELECT c FROM v_x", "WITH v_x AS (VALUES (1)) SELECT * FROM v_x",
	/* The schema and settings */
	"SELECT * FROM sqlite_schema", "SELECT sql FROM sqlite_master", "SELECT * FROM sqlite_temp_schema",
	"SELECT * FROM pragma_table_info('record')", "SELECT * FROM pragma_database_list", "PRAGMA table_info(record)",
	"PRAGMA trusted_schema = ON", "PRAGMA query_only", "SELECT load_extension('x')",
	/* Writing */
	"INSERT INTO record_subject VALUES (1, 9, 'x')", "UPDATE record SET title = 'x'", "UPDATE v_record SET title = 'x'",
	"DELETE FROM record", "DELETE FROM v_record", "REPLACE INTO generation VALUES ('content', 9)",
	"INSERT INTO temp.viewer_scope VALUES ('network')", "DELETE FROM temp.viewer_scope", "CREATE TABLE v_x (y)",
	"CREATE TEMP TABLE v_x (y)", "CREATE TEMP VIEW v_x AS SELECT * FROM record", "DROP VIEW v_record",
	"CREATE TEMP TRIGGER v_x INSTEAD OF UPDATE ON v_record BEGIN SELECT 1; END", "ALTER TABLE record RENAME TO v_x",
	"ATTACH ':memory:' AS v_x", "DETACH main", "BEGIN", "COMMIT", "SAVEPOINT v_x", "VACUUM", "VACUUM INTO '/tmp/v_x'", "ANALYZE",
	"REINDEX",
};

static void isolation(void)
{
	begin("isolation.db");
	const struct viewer *const viewers[] = { &viewer_nobody, &member, &admin, &viewer_system };
	for (size_t v = 0; v < COUNT(viewers); v++) {
		struct error err = { 0 };

		NEED(db_begin(db, viewers[v], &err));
		for (size_t i = 0; i < COUNT(denied); i++) {
			struct query q;
			int rows = 0;

			error_clear(&err);
			db_query_literal(db, &q, denied[i]);
			while (q_row(&q))
				rows++;
			bool ok = q_done(&q, &err);
			CHECK(!ok && rows == 0);
			if (ok || rows)
				CHECK_TEXT(denied[i], "denied");
			CHECK(err.kind == ERROR_INTERNAL); /* a bug of the module, and nothing of it in the text */
			CHECK_LACKS(err.text, "record");
		}
		db_end(db);
	}
	CHECK_TEXT(titles(&viewer_nobody), "words,");
	end();
}

static void allowed(void)
{
	static const char *const sql[] = {
		"SELECT count(*) FROM v_record", "SELECT count(*) FROM (SELECT title FROM v_record)",
		"WITH a AS (SELECT title FROM v_record) SELECT count(*) FROM a",
		"WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c WHERE x < 9) SELECT min(x) FROM c",
		"SELECT count(*) FROM v_record r JOIN v_space s ON s.id = r.space_id",
		"SELECT 1 WHERE 'WITH v_x AS (' <> '' -- v_x AS (",
		"SELECT count(*) FROM v_record AS v", "SELECT count(*) FROM v_record v_r", "SELECT count(num) AS v_n FROM v_record",
		"SELECT CAST(count(*) AS INTEGER) FROM v_record", "SELECT count(*) /* v_x AS ( */ FROM \"v_record\"",
	};

	begin("allowed.db");
	for (size_t i = 0; i < COUNT(sql); i++)
		CHECK_INT(count_of(sql[i], &viewer_nobody), 1);
	end();
}

static void no_viewer(void)
{
	struct error err = { 0 };
	struct query q;

	begin("noviewer.db");
	CHECK(db_viewer(db) == NULL);
	db_query(db, &q, "SELECT title FROM v_record");
	q_text(&q, ":anything", "x"); /* a failed query takes binds */
	CHECK(!q_row(&q));
	CHECK(!q_done(&q, &err));
	CHECK_ERROR(&err, ERROR_INTERNAL, "");
	CHECK_HAS(err.detail, "no viewer is set");
	NEED(db_begin(db, &viewer_nobody, NULL));
	CHECK(db_viewer(db) == &viewer_nobody);
	db_query(db, &q, "SELECT title FROM v_record");
	CHECK(q_row(&q));
	CHECK(q_done(&q, NULL));
	db_end(db);
	db_query(db, &q, "SELECT title FROM v_record"); /* in the cache, but the viewer is gone */
	CHECK(!q_row(&q));
	CHECK(!q_done(&q, NULL));
	/* The engine itself may. */
	db_query_system(db, &q, "SELECT count(*) FROM record");
	CHECK(q_row(&q) && q_col_int(&q, 0) == 7);
	CHECK(q_done(&q, NULL));
	/* The same text as a module's is still judged as a module's. */
	NEED(db_begin(db, &viewer_nobody, NULL));
	static const char sql[] = "SELECT count(*) FROM record";
	db_query_system_literal(db, &q, sql);
	CHECK(q_row(&q));
	q_done(&q, NULL);
	db_query_literal(db, &q, sql);
	CHECK(!q_row(&q));
	CHECK(!q_done(&q, NULL));
	db_end(db);
	end();
}

static void failures_stick(void)
{
	static const char sql[] = "SELECT abs(:x)";
	struct error err = { 0 };
	struct query q;

	begin("sticky.db");
	NEED(db_begin(db, &viewer_nobody, NULL));
	db_query_literal(db, &q, sql);
	q_int(&q, ":x", INT64_MIN);
	CHECK(!q_row(&q)); /* integer overflow */
	CHECK(!q_row(&q));
	q_int(&q, ":x", 1);
	CHECK(!q_row(&q));
	CHECK(!q_done(&q, &err));
	CHECK_ERROR(&err, ERROR_INTERNAL, "");
	CHECK_HAS(err.detail, "integer overflow");
	db_query_literal(db, &q, sql); /* the statement is as good as new */
	q_int(&q, ":x", -5);
	CHECK(q_row(&q) && q_col_int(&q, 0) == 5);
	CHECK(!q_row(&q));
	CHECK(q_done(&q, NULL));
	db_query_literal(db, &q, sql); /* and has no values from before */
	CHECK(q_row(&q) && q_col_null(&q, 0));
	CHECK(q_done(&q, NULL));
	/* No second beginning either. */
	db_query(db, &q, "SELECT abs(column1) FROM (VALUES (5), (:x))");
	q_int(&q, ":x", INT64_MIN);
	CHECK(q_row(&q) && q_col_int(&q, 0) == 5);
	CHECK(!q_row(&q));
	CHECK(!q_row(&q));
	CHECK(!q_done(&q, NULL));
	db_query(db, &q, "SELECT FROM nonsense");
	CHECK(!q_row(&q));
	error_clear(&err);
	CHECK(!q_run(&q, &err));
	CHECK_HAS(err.detail, "syntax error");
	db_end(db);
	end();
}

static void statement_cache(void)
{
	static char texts[300][40];
	struct query q, inner, third;

	begin("cache.db");
	NEED(db_begin(db, &viewer_nobody, NULL));
	for (int round = 0; round < 2; round++)
		for (int i = 0; i < 300; i++) {
			snprintf(texts[i], sizeof texts[i], "SELECT %d + :x", i);
			db_query_literal(db, &q, texts[i]);
			q_int(&q, ":x", round);
			CHECK(q_row(&q));
			CHECK_INT(q_col_int(&q, 0), i + round);
			CHECK(q_done(&q, NULL));
		}
	/* One text open three times at once. */
	static const char sql[] = "SELECT :x UNION ALL SELECT 99";
	db_query_literal(db, &q, sql);
	q_int(&q, ":x", 1);
	CHECK(q_row(&q));
	db_query_literal(db, &inner, sql);
	q_int(&inner, ":x", 2);
	CHECK(q_row(&inner));
	db_query_literal(db, &third, sql);
	q_int(&third, ":x", 3);
	CHECK(q_row(&third) && q_col_int(&third, 0) == 3);
	CHECK(q_col_int(&inner, 0) == 2 && q_col_int(&q, 0) == 1);
	CHECK(q_done(&inner, NULL));
	CHECK(q_row(&q) && q_col_int(&q, 0) == 99);
	CHECK(q_done(&q, NULL));
	CHECK(q_row(&third) && q_col_int(&third, 0) == 99);
	CHECK(q_done(&third, NULL));
	db_end(db);
	end();
}

static void values(void)
{
	struct query q;
	size_t size = 9;

	begin("values.db");
	NEED(db_begin(db, &viewer_nobody, NULL));
	db_query(db, &q, "SELECT :i, :r, :t, :tn, :b, :null, NULL");
	q_int(&q, ":i", INT64_MIN);
	q_real(&q, ":r", 0.5);
	q_text(&q, ":t", "\xc3\xa9");
	q_text_n(&q, ":tn", "abcdef", 3);
	q_blob(&q, ":b", "a\0b", 3);
	q_text(&q, ":null", NULL);
	NEED(q_row(&q));
	CHECK(q_col_int(&q, 0) == INT64_MIN);
	CHECK(q_col_real(&q, 1) == 0.5);
	CHECK_TEXT(q_col_text(&q, n.arena, 2), "\xc3\xa9");
	CHECK_TEXT(q_col_text(&q, n.arena, 3), "abc");
	const void *blob = q_col_blob(&q, n.arena, 4, &size);
	CHECK(size == 3 && memcmp(blob, "a\0b", 3) == 0);
	CHECK(q_col_null(&q, 5) && q_col_text(&q, n.arena, 5) == NULL);
	CHECK(q_col_null(&q, 6) && !q_col_null(&q, 2));
	CHECK(q_col_blob(&q, n.arena, 6, &size) == NULL && size == 0);
	CHECK(q_done(&q, NULL));
	db_end(db);
	end();
}

static void unknown_bind(void *arg)
{
	struct query q;

	(void)arg;
	db_begin(db, &viewer_nobody, NULL);
	db_query(db, &q, "SELECT :x");
	q_int(&q, ":y", 1);
}

static void begun_twice(void *arg)
{
	(void)arg;
	db_begin(db, &viewer_nobody, NULL);
	db_begin(db, &viewer_nobody, NULL);
}

static void left_open(void *arg)
{
	struct query q;

	(void)arg;
	db_begin(db, &viewer_nobody, NULL);
	db_query(db, &q, "SELECT 1");
	db_end(db);
}

static void done_twice(void *arg)
{
	struct query q;

	(void)arg;
	db_begin(db, &viewer_nobody, NULL);
	db_query(db, &q, "SELECT 1");
	q_done(&q, NULL);
	q_done(&q, NULL);
}

static void nobody_begins(void *arg)
{
	(void)arg;
	db_begin(db, NULL, NULL);
}

static bool nothing(struct db *w, void *arg, struct error *err)
{
	(void)w, (void)arg, (void)err;
	return true;
}

static void nobody_writes(void *arg)
{
	(void)arg;
	store_write(n.store, NULL, nothing, NULL, NULL);
}

static void bugs_abort(void)
{
	begin("bugs.db");
	CHECK(unit_aborts(unknown_bind, NULL));
	CHECK(unit_aborts(begun_twice, NULL));
	CHECK(unit_aborts(left_open, NULL));
	CHECK(unit_aborts(done_twice, NULL));
	CHECK(unit_aborts(nobody_begins, NULL));
	CHECK(unit_aborts(nobody_writes, NULL));
	end();
}

/* ---- writing ---- */

struct run {
	const char *sql;
	int64_t num;
	const char *space; /* :space, if the text has it */
	int64_t changes;
};

static bool run_one(struct db *w, void *arg, struct error *err)
{
	struct run *r = arg;
	struct query q;

	db_query_literal(w, &q, r->sql);
	if (strstr(r->sql, ":num"))
		q_int(&q, ":num", r->num);
	if (strstr(r->sql, ":space"))
		q_text(&q, ":space", r->space);
	while (q_row(&q))
		;
	r->changes = q_changes(&q);
	return q_done(&q, err);
}

static bool run(const struct viewer *v, const char *sql, int64_t num, const char *space, struct error *err)
{
	struct run r = { sql, num, space, 0 };

	error_clear(err);
	return store_write(n.store, v, run_one, &r, err);
}

#define INSERT_AS(verb) \
	verb " INTO record (id, space_id, type, slug, audience, scope, title, sort_key, summary, tags, body, issued, " \
	"year, language, position, starts_us, body_html, toc_json, details_json, source, sha256, version, modified_us) " \
	"VALUES (lower(hex(randomblob(16))), :space, 'guide', 'x' || :num, 'public', 'public', 'T', 't', '', '', '', '2010', 2010, 'en', " \
	"0, 0, '', '[]', '{}', '', '', 1, 1)"

static void foreign_spaces(void)
{
	static const char insert[] = INSERT_AS("INSERT");
	struct error err = { 0 };

	begin("foreign.db");
	in_ohio[0].role = ROLE_EDITOR;
	CHECK(run(&editor, insert, 1, ohio, &err));
	CHECK(!run(&editor, insert, 2, iowa, &err));
	CHECK_ERROR(&err, ERROR_DENIED, "another space");
	CHECK(!run(&editor, insert, 3, "no-such-space", &err));
	CHECK_ERROR(&err, ERROR_DENIED, "");
	CHECK(run(&editor, "UPDATE record SET title = 'New' WHERE num = :num", open_num, NULL, &err));
	CHECK(!run(&editor, "UPDATE record SET title = 'New' WHERE num = :num", iowa_num, NULL, &err));
	CHECK_ERROR(&err, ERROR_DENIED, "");
	CHECK(!run(&editor, "UPDATE record SET title = 'New'", 0, NULL, &err)); /* all: the foreign ones stop it */
	CHECK_ERROR(&err, ERROR_DENIED, "");
	CHECK(!run(&editor, "DELETE FROM record WHERE num = :num", iowa_num, NULL, &err));
	CHECK_ERROR(&err, ERROR_DENIED, "");
	/* Neither taking nor giving. */
	CHECK(!run(&editor, "UPDATE record SET space_id = :space WHERE num = :num", iowa_num, ohio, &err));
	CHECK_ERROR(&err, ERROR_DENIED, "");
	CHECK(!run(&editor, "UPDATE record SET space_id = :space WHERE num = :num", open_num, iowa, &err));
	CHECK_ERROR(&err, ERROR_DENIED, "");
	/* What hangs on a foreign record. */
	CHECK(run(&editor, "INSERT INTO record_subject VALUES (:num, 9, 'x')", open_num, NULL, &err));
	CHECK(!run(&editor, "INSERT INTO record_subject VALUES (:num, 9, 'x')", iowa_num, NULL, &err));
	CHECK_ERROR(&err, ERROR_DENIED, "");
	CHECK(!run(&editor, "INSERT INTO record_reader VALUES (:num, 'me')", iowa_num, NULL, &err));
	CHECK_ERROR(&err, ERROR_DENIED, "");
	CHECK(!run(&editor, "UPDATE record_subject SET record_num = :num WHERE position = 9", iowa_num, NULL, &err));
	CHECK_ERROR(&err, ERROR_DENIED, "");
	CHECK(!run(&editor, "UPDATE space SET name = 'Mine' WHERE id = :space", 0, iowa, &err));
	CHECK_ERROR(&err, ERROR_DENIED, "");
	CHECK(!run(&editor, "DELETE FROM space WHERE id = :space", 0, iowa, &err));
	CHECK_ERROR(&err, ERROR_DENIED, "");
	/* An upsert and a replacement are what they do. */
	CHECK(!run(&editor, "INSERT INTO record_subject SELECT num, 9, 'x' FROM record WHERE true "
		"ON CONFLICT DO UPDATE SET subject = 'y'", 0, NULL, &err));
	CHECK_ERROR(&err, ERROR_DENIED, "");
	static const char replace[] = "REPLACE INTO record SELECT num, id, :space AS space_id, type, slug, audience, scope, title, sort_key, "
		"summary, tags, body, creator, publisher, issued, modified, year, language, rights, source_note, citation, evidence, "
		"grouping, position, starts, ends, starts_us, zone, series, strategies, body_html, toc_json, details_json, source, "
		"sha256, version, modified_us, doi, files FROM record WHERE num = :num";
	CHECK(!run(&editor, replace, iowa_num, ohio, &err));
	CHECK_ERROR(&err, ERROR_DENIED, "");
	CHECK_INT(count_of("SELECT count(*) FROM v_record WHERE title = 'New'", &member), 1);
	/* Who has no right at all. */
	in_ohio[0].role = ROLE_READER;
	CHECK(!run(&member, insert, 4, ohio, &err));
	CHECK_ERROR(&err, ERROR_DENIED, "");
	CHECK(!run(&viewer_nobody, insert, 4, ohio, &err));
	CHECK_ERROR(&err, ERROR_DENIED, "");
	CHECK(!run(&stranger, insert, 4, ohio, &err));
	CHECK_ERROR(&err, ERROR_DENIED, "");
	CHECK(!run(&viewer_nobody, "DELETE FROM record WHERE num = :num", open_num, NULL, &err));
	CHECK_ERROR(&err, ERROR_DENIED, "");
	CHECK(run(&admin, insert, 5, iowa, &err));
	CHECK(run(&viewer_system, insert, 6, iowa, &err));
	CHECK(run(&viewer_system, "DELETE FROM record WHERE num = :num", space_num, NULL, &err)); /* with what hangs on it */
	CHECK(run(&admin, "DELETE FROM record WHERE num = :num", restricted_num, NULL, &err));
	end();
}

static bool insert_then_fail(struct db *w, void *arg, struct error *err)
{
	struct run r = { INSERT_AS("INSERT"), 77, ohio, 0 };

	(void)arg;
	run_one(w, &r, err);
	return false;
}

static void all_or_nothing(void)
{
	struct error err = { 0 };

	begin("nothing.db");
	CHECK(!store_write(n.store, &viewer_system, insert_then_fail, NULL, &err));
	CHECK_ERROR(&err, ERROR_INTERNAL, "could not be saved"); /* it gave no reason */
	CHECK_INT(count_of("SELECT count(*) FROM v_record WHERE slug = 'x77'", &viewer_nobody), 0);
	CHECK(!store_write(n.store, &viewer_system, insert_then_fail, NULL, NULL));
	CHECK(run(&viewer_system, INSERT_AS("INSERT"), 77, ohio, &err));
	CHECK(!run(&viewer_system, INSERT_AS("INSERT"), 77, ohio, &err)); /* the address is taken */
	CHECK_ERROR(&err, ERROR_CONFLICT, "");
	CHECK_LACKS(err.text, "slug"); /* what exactly is for the log */
	CHECK(!run(&viewer_system, "UPDATE record SET year = 'text'", 0, NULL, &err)); /* STRICT */
	CHECK(!run(&viewer_system, "DELETE FROM space WHERE id = :space", 0, ohio, &err)); /* foreign key */
	CHECK_ERROR(&err, ERROR_CONFLICT, "");
	end();
}

static bool save_version(struct db *w, void *arg, struct error *err)
{
	struct query q;

	db_query(w, &q, "UPDATE record SET title = 'Saved', version = version + 1 WHERE num = :num AND version = :version");
	q_int(&q, ":num", open_num);
	q_int(&q, ":version", *(int64_t *)arg);
	while (q_row(&q))
		;
	int64_t changed = q_changes(&q);
	if (!q_done(&q, err))
		return false;
	return changed == 1 || error_set(err, ERROR_CONFLICT, "Somebody saved it before you.");
}

static void version_conflict(void)
{
	struct error err = { 0 };
	int64_t version = 1;

	begin("version.db");
	CHECK_INT(count_of("SELECT version FROM v_record", &viewer_nobody), 1);
	CHECK(store_write(n.store, &viewer_system, save_version, &version, &err));
	CHECK_INT(count_of("SELECT version FROM v_record", &viewer_nobody), 2);
	CHECK(!store_write(n.store, &viewer_system, save_version, &version, &err)); /* made from the old one */
	CHECK_ERROR(&err, ERROR_CONFLICT, "before you");
	CHECK_INT(count_of("SELECT version FROM v_record", &viewer_nobody), 2);
	end();
}

static int64_t generation(void)
{
	NEED(db_begin(db, &viewer_nobody, NULL));
	int64_t g = db_generation(db, NULL);
	db_end(db);
	return g;
}

static void snapshots(void)
{
	struct error err = { 0 };
	struct query q;

	begin("snapshot.db");
	int64_t before = generation();
	NEED(before > 0);
	NEED(db_begin(db, &viewer_nobody, NULL));
	CHECK_INT(db_generation(db, NULL), before);
	CHECK(run(&viewer_system, "UPDATE record SET title = 'Later'", 0, NULL, &err));
	db_query(db, &q, "SELECT title FROM v_record");
	CHECK(q_row(&q));
	CHECK_TEXT(q_col_text(&q, n.arena, 0), "Open words"); /* one snapshot */
	CHECK(q_done(&q, NULL));
	CHECK_INT(db_generation(db, NULL), before);
	db_end(db);
	int64_t after = generation();
	CHECK(after > before);
	CHECK_INT(count_of("SELECT count(*) FROM v_record WHERE title = 'Later'", &viewer_nobody), 1);
	CHECK(!store_write(n.store, &viewer_system, insert_then_fail, NULL, NULL));
	CHECK_INT(generation(), after); /* nothing was written */
	end();
}

static void *writes(void *arg)
{
	size_t good = 0;

	for (int i = 0; i < 25; i++) {
		struct run r = { INSERT_AS("INSERT"), *(int *)arg * 1000 + i, ohio, 0 };
		struct error err = { 0 };

		if (i % 5 == 4) /* fails in the midst of the others */
			good += !store_write(n.store, &viewer_system, insert_then_fail, NULL, &err) && err.kind == ERROR_INTERNAL;
		else if (i % 5 == 3)
			good += !store_write(n.store, &viewer_nobody, run_one, &r, &err) && err.kind == ERROR_DENIED;
		else
			good += store_write(n.store, &viewer_system, run_one, &r, &err);
	}
	return good == 25 ? unit_tests : NULL;
}

/* Many at once: each has its own answer, and what was answered is there. */
static void group_commit(void)
{
	pthread_t t[8];
	int numbers[8];
	void *good;
	struct error err = { 0 };

	begin("group.db");
	int64_t before = generation();
	for (int i = 0; i < 8; i++) {
		numbers[i] = i + 1;
		NEED(pthread_create(&t[i], NULL, writes, &numbers[i]) == 0);
	}
	for (int i = 0; i < 8; i++) {
		pthread_join(t[i], &good);
		CHECK(good != NULL);
	}
	CHECK_INT(count_of("SELECT count(*) FROM v_record WHERE slug LIKE 'x%'", &viewer_nobody), 8 * 15);
	int64_t commits = generation() - before;
	CHECK(commits >= 1 && commits <= 8 * 15);
	db_close(db);
	store_close(n.store);
	n.store = store_open(&n.setup, &err);
	NEED(n.store != NULL);
	db = store_reader(n.store, &err);
	NEED(db != NULL);
	CHECK_INT(count_of("SELECT count(*) FROM v_record WHERE slug LIKE 'x%'", &viewer_nobody), 8 * 15);
	end();
}

static bool fill_disk(struct db *w, void *arg, struct error *err)
{
	struct query q;
	int64_t pages = 0;

	(void)arg;
	db_query_system(w, &q, "PRAGMA page_count");
	while (q_row(&q))
		pages = q_col_int(&q, 0);
	if (!q_done(&q, err))
		return false;
	if (sqlite3_exec(db_handle(w), arena_printf(n.arena, "PRAGMA max_page_count = %lld", (long long)pages + 1), NULL, NULL,
		NULL) != SQLITE_OK)
		return false;
	db_query(w, &q, "UPDATE record SET source = hex(zeroblob(1000000))");
	return q_run(&q, err);
}

static bool more_disk(struct db *w, void *arg, struct error *err)
{
	(void)arg;
	return sqlite3_exec(db_handle(w), "PRAGMA max_page_count = 1000000", NULL, NULL, NULL) == SQLITE_OK ||
		error_set(err, ERROR_INTERNAL, "pragma");
}

static void full_disk(void)
{
	struct error err = { 0 };

	begin("full.db");
	CHECK(!store_write(n.store, &viewer_system, fill_disk, NULL, &err));
	CHECK_ERROR(&err, ERROR_UNAVAILABLE, "The disk is full");
	error_clear(&err);
	CHECK(store_write(n.store, &viewer_system, more_disk, NULL, &err));
	CHECK_ERROR(&err, ERROR_NONE, "");
	CHECK(run(&viewer_system, INSERT_AS("INSERT"), 1, ohio, &err)); /* it goes on */
	CHECK_INT(count_of("SELECT count(*) FROM v_record WHERE length(source) > 100000", &viewer_nobody), 0);
	end();
}

/* ---- opening ---- */

static void read_only(void)
{
	struct error err = { 0 };

	begin("readonly.db");
	db_close(db);
	store_close(n.store);
	n.setup.read_only = true;
	n.store = store_open(&n.setup, &err);
	NEED(n.store != NULL);
	db = store_reader(n.store, &err);
	NEED(db != NULL);
	CHECK_TEXT(titles(&viewer_nobody), "words,");
	CHECK(!run(&viewer_system, "DELETE FROM record", 0, NULL, &err));
	CHECK_ERROR(&err, ERROR_UNAVAILABLE, "reading only");
	CHECK_TEXT(store_path(n.store), n.path);
	end();
}

static void opening_fails(void)
{
	struct error err = { 0 };
	struct store_setup setup;
	sqlite3 *other;

	begin("opening.db");
	setup = n.setup;
	setup.path = unit_path("absent/x.db");
	CHECK(store_open(&setup, &err) == NULL);
	CHECK_ERROR(&err, ERROR_UNAVAILABLE, "cannot be opened");
	error_clear(&err);
	setup.path = unit_file("text.db", "This is a text that is no database, and longer than the header of one would be: 100 bytes.\n\n");
	CHECK(store_open(&setup, &err) == NULL);
	CHECK_ERROR(&err, ERROR_INTERNAL, "Restore a backup");
	error_clear(&err);
	setup.path = unit_path("other.db"); /* of another program */
	NEED(sqlite3_open(setup.path, &other) == SQLITE_OK);
	NEED(sqlite3_exec(other, "CREATE TABLE t (x)", NULL, NULL, NULL) == SQLITE_OK);
	sqlite3_close(other);
	CHECK(store_open(&setup, &err) == NULL);
	CHECK_ERROR(&err, ERROR_INVALID, "is not a Commonweal database");
	store_close(NULL);
	db_close(NULL);
	end();
}

CU_TestInfo unit_tests[] = {
	{ "who sees what", who_sees_what },
	{ "what hangs on records", what_hangs_on_records },
	{ "isolation: what is denied", isolation },
	{ "isolation: what is allowed", allowed },
	{ "no viewer is an error", no_viewer },
	{ "failures stick", failures_stick },
	{ "statement cache", statement_cache },
	{ "values", values },
	{ "bugs abort", bugs_abort },
	{ "foreign spaces are refused", foreign_spaces },
	{ "all or nothing", all_or_nothing },
	{ "version conflict", version_conflict },
	{ "snapshots and generations", snapshots },
	{ "group commit of many writers", group_commit },
	{ "full disk", full_disk },
	{ "read only", read_only },
	{ "opening fails", opening_fails },
	CU_TEST_INFO_NULL,
};
