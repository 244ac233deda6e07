/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "audit.h"
#include <jansson.h>
#include "account.h"
#include "engine.h"
#include "network.h"
#include "unit.h"

static struct network n;
static struct db *db;

static void begin(const char *name)
{
	struct error err = { 0 };

	network_open(&n, name, NULL);
	network_space(&n, "national", "public");
	db = store_reader(n.store, &err);
	NEED(db != NULL);
}

static void end(void)
{
	db_close(db);
	network_close(&n);
}

static bool write_one(struct db *w, void *arg, struct error *err)
{
	return audit_write(w, arg, err);
}

static void add(const char *action, const char *login, const char *detail)
{
	struct audit_entry e = { .login = login, .action = action, .space = "national", .detail = detail };
	struct error err = { 0 };

	CHECK(store_write_aside(n.store, &viewer_system, write_one, &e, &err));
	CHECK_ERROR(&err, ERROR_NONE, "");
}

static void exec(const char *sql, const char *expected)
{
	sqlite3 *raw;
	char *message = NULL;

	NEED(sqlite3_open(n.path, &raw) == SQLITE_OK);
	sqlite3_busy_timeout(raw, 5000);
	sqlite3_exec(raw, sql, NULL, NULL, &message);
	if (expected)
		CHECK_HAS(message ? message : "no error", expected);
	else
		CHECK_TEXT(message, NULL);
	sqlite3_free(message);
	sqlite3_close(raw);
}

static struct audit_verdict verdict(int64_t num, const char *hash)
{
	struct audit_verdict v;
	struct error err = { 0 };

	CHECK(audit_verify(db, num, hash, &v, &err));
	CHECK_ERROR(&err, ERROR_NONE, "");
	return v;
}

static void chain_and_proof(void)
{
	char head[65];

	begin("chain.db");
	CHECK_INT(verdict(0, NULL).rows, 0);
	add("sign-in.good", "ada", NULL);
	add("sign-in.failed", "b\tob", "");
	add("role.change", NULL, "x");
	struct audit_verdict v = verdict(0, NULL);
	CHECK_INT(v.rows, 3);
	CHECK_INT(v.bad, 0);
	snprintf(head, sizeof head, "%s", v.head);
	add("role.change", NULL, "y");
	CHECK_INT(verdict(3, head).bad, 0);
	CHECK_INT(verdict(2, head).bad, 2);
	CHECK_INT(verdict(9, head).bad, 9);
	end();
}

static void append_only(void)
{
	begin("append.db");
	add("a.b", "ada", NULL);
	exec("UPDATE audit SET login = 'x'", "append-only");
	exec("DELETE FROM audit", "append-only");
	exec("INSERT INTO audit (num, at_us, action, hash) VALUES (7, 1, 'x', 'x')", "append-only");
	exec("INSERT INTO audit (num, at_us, action, hash) VALUES (NULL, 1, 'x', 'x')", "append-only");
	exec("REPLACE INTO audit (num, at_us, action, hash) VALUES (1, 1, 'x', 'x')", "append-only");
	CHECK_INT(verdict(0, NULL).rows, 1);
	end();
}

static void tampering_is_found(void)
{
	static const struct {
		const char *sql;
		int bad;
	} cases[] = {
		{ "UPDATE audit SET login = 'eve' WHERE num = 2", 2 }, { "UPDATE audit SET login = NULL WHERE num = 2", 2 },
		{ "UPDATE audit SET detail = '' WHERE num = 1", 1 }, { "UPDATE audit SET at_us = at_us - 1 WHERE num = 4", 4 },
		{ "UPDATE audit SET hash = (SELECT hash FROM audit WHERE num = 1) WHERE num = 3", 3 },
		{ "DELETE FROM audit WHERE num = 2", 3 },
		/* A field's end moved into the next one. */
		{ "UPDATE audit SET action = 'a.bnat', space = 'ional' WHERE num = 3", 3 },
		{ "UPDATE audit SET num = 9 WHERE num = 5", 9 },
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		char name[32];

		snprintf(name, sizeof name, "tamper%zu.db", i);
		begin(name);
		for (int k = 0; k < 5; k++)
			add("a.b", "ada", NULL);
		exec("DROP TRIGGER audit_update; DROP TRIGGER audit_delete", NULL);
		exec(cases[i].sql, NULL);
		struct audit_verdict v = verdict(0, NULL);
		CHECK_INT(v.bad, cases[i].bad);
		CHECK(v.words != NULL);
		end();
	}
}

static void lists_and_filters(void)
{
	struct audit_filter f = { 0 };
	struct audit_entry *list;
	struct error err = { 0 };
	int64_t total;
	size_t found;

	begin("list.db");
	for (int i = 0; i < 3; i++)
		add("sign-in.good", "ada", NULL);
	add("sign-in.failed", "bob", NULL);
	add("role.change", "ada", NULL);
	CHECK(audit_list(db, n.arena, &f, &list, &found, &total, &err));
	CHECK_INT(found, 5);
	CHECK_INT(total, 5);
	CHECK_INT(list[0].num, 5);
	CHECK_TEXT(list[0].action, "role.change");
	f.action = "sign-in.";
	f.login = "ada";
	f.limit = 2;
	f.oldest_first = true;
	CHECK(audit_list(db, n.arena, &f, &list, &found, &total, &err));
	CHECK_INT(found, 2);
	CHECK_INT(total, 3);
	CHECK_INT(list[0].num, 1);
	f = (struct audit_filter){ .action = "sign-in", .before_num = 0 };
	CHECK(audit_list(db, n.arena, &f, &list, &found, &total, &err));
	CHECK_INT(total, 0);
	f = (struct audit_filter){ .space = "national", .before_num = 4, .after_num = 1 };
	CHECK(audit_list(db, n.arena, &f, &list, &found, &total, &err));
	CHECK_INT(total, 2);
	f = (struct audit_filter){ .from_us = list[0].at_us + 3600000000 };
	CHECK(audit_list(db, n.arena, &f, &list, &found, &total, &err));
	CHECK_INT(total, 0);
	end();
}

static void odd_text(void)
{
	char big[1200];
	struct audit_filter f = { 0 };
	struct audit_entry *list;
	struct buf out = BUF_INIT;
	struct error err = { 0 };
	size_t found;

	begin("odd.db");
	add("a.b", "bad \xff bytes", "line\nbreak \"quote\"");
	/* Cut at 500 bytes, but never within a character. */
	for (size_t i = 0; i < sizeof big - 1; i++)
		big[i] = "\xe2\x82\xac"[i % 3];
	big[sizeof big - 1] = '\0';
	add("a.b", big, NULL);
	add("a.b", big + 3, NULL);
	CHECK_INT(verdict(0, NULL).bad, 0);
	f.oldest_first = true;
	CHECK(audit_list(db, n.arena, &f, &list, &found, NULL, &err));
	NEED(found == 3);
	CHECK_TEXT(list[0].login, "bad ? bytes");
	CHECK_INT(strlen(list[1].login), 498);
	audit_json(&list[0], &out);
	json_t *o = json_loads(buf_text(&out), 0, NULL);
	CHECK_TEXT(json_string_value(json_object_get(o, "detail")), "line\nbreak \"quote\"");
	CHECK_TEXT(json_string_value(json_object_get(o, "hash")), list[0].hash);
	CHECK(strchr(buf_text(&out), '\n') == NULL);
	json_decref(o);
	buf_finish(&out);
	end();
}

static void notes(void)
{
	struct engine e = { 0 };
	struct error err = { 0 };
	struct account ada = { .id = "id-of-ada", .login = "ada" };
	struct space space = { .slug = "national" };
	struct audit_filter f = { .oldest_first = true, .limit = 1000 };
	struct audit_entry *list;
	size_t found;

	begin("notes.db");
	e.store = n.store;
	e.audit = audit_start(&e, &err);
	NEED(e.audit != NULL);
	for (int i = 0; i < 300; i++) {
		struct arena *a = arena_create();
		struct request rq = { .arena = a, .engine = &e, .id = "0123456789abcdef", .peer = "192.0.2.1", .account = &ada,
			.space = &space };
		audit_note(&rq, "record.read", arena_printf(a, "%d", i), NULL);
		arena_destroy(a); /* what was noted is copied */
	}
	audit_flush(e.audit);
	CHECK_INT(verdict(0, NULL).rows, 300);
	CHECK(audit_list(db, n.arena, &f, &list, &found, NULL, &err));
	NEED(found == 300);
	CHECK_TEXT(list[299].object, "299");
	CHECK_TEXT(list[0].login, "ada");
	CHECK_TEXT(list[0].request, "0123456789abcdef");
	CHECK_TEXT(list[0].space, "national");
	struct request rq = { .engine = &e, .peer = "192.0.2.1" };
	audit_note(&rq, "a.b", NULL, NULL);
	audit_stop(e.audit); /* drains */
	audit_stop(NULL);
	CHECK_INT(verdict(0, NULL).rows, 301);
	end();
}

/* A page in the cache stays good over what is no content. */
static void generation_stays(void)
{
	struct error err = { 0 };

	begin("generation.db");
	int64_t before = db_generation(db, &err);
	add("a.b", NULL, NULL);
	CHECK_INT(db_generation(db, &err), before);
	network_add(&n, .space = "national", .slug = "x", .title = "X");
	CHECK(db_generation(db, &err) > before);
	end();
}

CU_TestInfo unit_tests[] = {
	{ "chain and proof", chain_and_proof },
	{ "append only", append_only },
	{ "tampering is found", tampering_is_found },
	{ "lists and filters", lists_and_filters },
	{ "odd text", odd_text },
	{ "notes", notes },
	{ "the generation stays", generation_stays },
	CU_TEST_INFO_NULL
};
