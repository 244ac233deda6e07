/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Harvesting: dates, sets, tokens; what is gone is remembered, whatever way it went. */
#include "../../modules/feeds/oai_args.h"
#include "account.h"
#include "content.h"
#include "network.h"
#include "unit.h"

/* ---- arguments ---- */

static int64_t moment(const char *s, bool end)
{
	bool day;
	int64_t us;

	return oai_date_read(s, end, &us, &day) ? us : -1;
}

static void dates(void)
{
	static const char *const bad[] = { "", "2026", "2026-11", "2026-1-1", "2026-13-01", "2026-02-29", "2026-11-24T",
		"2026-11-24T10:00Z", "2026-11-24T24:00:00Z", "2026-11-24T10:60:00Z", "2026-11-24T10:00:60Z", "2026-11-24T10:00:00",
		"2026-11-24t10:00:00z", "2026-11-24T10:00:00+00:00", "2026-11-24T10:00:00.0Z", " 2026-11-24", "2026-11-24 ",
		"1969-12-31", "0000-00-00", "-026-11-24", "2026-11-24T-1:00:00Z" };

	CHECK_INT(moment("1970-01-01", false), 0);
	CHECK_INT(moment("1970-01-01", true), 86400000000 - 1);
	CHECK_INT(moment("2026-11-24T20:14:05Z", false), 1795551245000000);
	CHECK_INT(moment("2026-11-24T20:14:05Z", true), 1795551245999999);
	CHECK_INT(moment("2024-02-29", false), 1709164800000000);
	CHECK(moment("9999-12-31T23:59:59Z", true) > 0);
	for (size_t i = 0; i < COUNT(bad); i++)
		unit_check(moment(bad[i], false) == -1, bad[i], __FILE__, __LINE__);
}

static void sets(void)
{
	static const char *const bad[] = { "", "type", "type.", "type.A", "types.a", ".a", "type:a", "type.a.b", "type.a b", "space.-a" };
	struct arena *a = arena_create();
	struct harvest h = { 0 };

	CHECK(oai_set_read(a, "type.case-study", &h) && oai_set_read(a, "strategy.drug-market", &h) &&
		oai_set_read(a, "space.boston", &h));
	CHECK_TEXT(h.type, "case-study");
	CHECK_TEXT(h.strategy, "drug-market");
	CHECK_TEXT(h.space, "boston");
	for (size_t i = 0; i < COUNT(bad); i++)
		unit_check(!oai_set_read(a, bad[i], &h), bad[i], __FILE__, __LINE__);
	arena_destroy(a);
}

static void tokens(void)
{
	struct arena *a = arena_create();
	struct oai_token t = { .harvest = { .type = "guide", .from_us = 5, .until_us = 1795551245999999, .after_us = 77,
		.after_id = "019de300-0000-7000-8000-0000000000aa" }, .cursor = 100, .total = 12345 }, back;
	const char *text = oai_token_make(a, &t);

	CHECK_INT(strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"), strlen(text));
	NEED(oai_token_read(a, text, &back));
	CHECK_TEXT(back.harvest.type, "guide");
	CHECK_TEXT(back.harvest.strategy, NULL);
	CHECK_TEXT(back.harvest.space, NULL);
	CHECK_INT(back.harvest.from_us, 5);
	CHECK_INT(back.harvest.until_us, 1795551245999999);
	CHECK_INT(back.harvest.after_us, 77);
	CHECK_TEXT(back.harvest.after_id, t.harvest.after_id);
	CHECK_INT(back.cursor, 100);
	CHECK_INT(back.total, 12345);
	/* Each single damage is seen. */
	for (size_t i = 0; i < strlen(text); i++) {
		char *copy = arena_strdup(a, text);

		copy[i] = copy[i] == 'A' ? 'B' : 'A';
		unit_check(!oai_token_read(a, copy, &back), copy, __FILE__, __LINE__);
		unit_check(!oai_token_read(a, arena_strndup(a, text, i), &back), "cut", __FILE__, __LINE__);
	}
	CHECK(!oai_token_read(a, "", &back) && !oai_token_read(a, "!", &back) && !oai_token_read(a, "AAAA", &back));
	CHECK(!oai_token_read(a, arena_printf(a, "%s%s", text, text), &back));
	arena_destroy(a);
}

/* ---- what is gone ---- */

static struct network n;
static struct db *db;
static struct error err;

/* "open:guide@ohio -closed": each item's title or, deleted, "-" and its type. */
static const char *harvested(const char *set)
{
	struct harvest h = { .limit = 50 };
	struct harvest_item *items;
	const char *text = "";
	int64_t count = 0;
	size_t found = 0;

	if (set)
		NEED(oai_set_read(n.arena, set, &h));
	NEED(db_begin(db, &viewer_nobody, &err));
	CHECK(harvest_list(db, n.arena, &h, &items, &found, &err) && harvest_count(db, &h, &count, &err));
	CHECK_INT(count, found);
	for (size_t i = 0; i < found; i++) {
		struct record *r = NULL;
		struct harvest_item *same;

		CHECK(harvest_find(db, n.arena, items[i].id, NULL, &same, &err) && same && same->deleted == items[i].deleted);
		CHECK(items[i].deleted || record_by_id(db, n.arena, items[i].id, &r, &err));
		text = arena_printf(n.arena, "%s%s%s", text, i ? " " : "", r ? r->title : arena_printf(n.arena, "-%s@%s",
			items[i].type, items[i].space ? items[i].space : "?"));
		CHECK(i == 0 || items[i].stamp_us >= items[i - 1].stamp_us);
	}
	db_end(db);
	return text;
}

struct act {
	int64_t num;
	enum { WITHDRAW, RESTORE, REMOVE, CLOSE_OHIO } what;
};

static bool act(struct db *w, void *arg, struct error *problem)
{
	struct act *it = arg;
	struct query q;

	if (it->what == WITHDRAW)
		return record_withdraw(w, n.arena, it->num, NULL, "Wrong.", problem);
	if (it->what == RESTORE)
		return record_restore(w, n.arena, it->num, problem);
	if (it->what == CLOSE_OHIO) {
		db_query(w, &q, "UPDATE space SET audience = 'space', scope = 's:' || id WHERE slug = 'ohio'");
		return q_run(&q, problem);
	}
	db_query(w, &q, "DELETE FROM record WHERE num = :num");
	q_int(&q, ":num", it->num);
	return q_run(&q, problem);
}

static void does(int64_t num, int what)
{
	struct act it = { num, what };

	CHECK(store_write(n.store, &viewer_system, act, &it, &err));
	CHECK_ERROR(&err, ERROR_NONE, "");
}

static void gone(void)
{
	network_open(&n, "gone.db", NULL);
	network_space(&n, "national", "public");
	network_space(&n, "ohio", "public");
	network_space(&n, "closed", "space");
	db = store_reader(n.store, &err);
	NEED(db != NULL);
	int64_t one = network_add(&n, .space = "ohio", .type = "guide", .slug = "one", .audience = "public", .title = "One",
		.strategy = "drug-market");
	int64_t two = network_add(&n, .space = "national", .type = "faq", .slug = "two", .audience = "public", .title = "Two");
	network_add(&n, .space = "ohio", .type = "guide", .slug = "hidden", .audience = "space", .title = "Hidden");
	int64_t shut = network_add(&n, .space = "closed", .type = "guide", .slug = "shut", .audience = "space", .title = "Shut");
	CHECK_TEXT(harvested(NULL), "One Two");
	CHECK_TEXT(harvested("space.closed"), "");
	does(one, WITHDRAW);
	CHECK_TEXT(harvested(NULL), "Two -guide@ohio");
	CHECK_TEXT(harvested("strategy.drug-market"), "-guide@ohio");
	does(one, RESTORE);
	CHECK_TEXT(harvested(NULL), "Two One");
	/* Narrowed, changed while narrow, and open again. */
	network_add(&n, .space = "national", .type = "faq", .slug = "two", .audience = "network", .title = "Two");
	CHECK_TEXT(harvested(NULL), "One -faq@national");
	network_add(&n, .space = "national", .type = "faq", .slug = "two", .audience = "network", .title = "Two B");
	CHECK_TEXT(harvested("type.faq"), "-faq@national");
	network_add(&n, .space = "national", .type = "faq", .slug = "two", .audience = "public", .title = "Two C");
	CHECK_TEXT(harvested(NULL), "One Two C");
	/* Withdrawn and then removed; removed; what was never open leaves no trace. */
	does(two, WITHDRAW);
	does(two, REMOVE);
	does(one, REMOVE);
	does(shut, WITHDRAW);
	does(shut, REMOVE);
	CHECK_TEXT(harvested(NULL), "-faq@national -guide@ohio");
	CHECK_TEXT(harvested("space.ohio"), "-guide@ohio");
	/* A space that closes: nobody learns whose it was. */
	does(0, CLOSE_OHIO);
	CHECK_TEXT(harvested(NULL), "-faq@national -guide@?");
	CHECK_TEXT(harvested("space.ohio"), "");
	db_close(db);
	network_close(&n);
}

/* Pages of two over a list that changes under the harvester: nothing is missed. */
static void pages(void)
{
	struct harvest h = { .limit = 2 };
	struct harvest_item *items;
	const char *seen = "";
	size_t found;

	network_open(&n, "pages.db", NULL);
	network_space(&n, "national", "public");
	db = store_reader(n.store, &err);
	NEED(db != NULL);
	for (int i = 0; i < 7; i++)
		network_add(&n, .space = "national", .type = "guide", .slug = arena_printf(n.arena, "g-%d", i), .audience = "public",
			.title = arena_printf(n.arena, "G%d", i));
	for (int page = 0; page < 10; page++) {
		NEED(db_begin(db, &viewer_nobody, &err));
		CHECK(harvest_list(db, n.arena, &h, &items, &found, &err));
		for (size_t i = 0; i < found; i++) {
			struct record *r = NULL;

			CHECK(items[i].deleted || record_by_id(db, n.arena, items[i].id, &r, &err));
			seen = arena_printf(n.arena, "%s %s", seen, r ? r->title : "-");
			h.after_us = items[i].stamp_us;
			h.after_id = items[i].id;
		}
		db_end(db);
		if (!found)
			break;
		if (page == 0) /* one that was given, one that was not yet, and a new one */
			for (int i = 0; i < 8; i += 4)
				network_add(&n, .space = "national", .type = "guide", .slug = arena_printf(n.arena, "g-%d", i),
					.audience = i ? "network" : "public", .title = arena_printf(n.arena, "G%d+", i));
	}
	CHECK_TEXT(seen, " G0 G1 G2 G3 G5 G6 G0+ -");
	db_close(db);
	network_close(&n);
}

CU_TestInfo unit_tests[] = {
	{ "dates", dates },
	{ "sets", sets },
	{ "resumption tokens", tokens },
	{ "what is gone", gone },
	{ "pages of a list that changes", pages },
	CU_TEST_INFO_NULL,
};
