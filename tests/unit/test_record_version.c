/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Versions of records, who sees which, and tombstones. */
#include "record_version.h"
#include "account.h"
#include "content.h"
#include "network.h"
#include "record.h"
#include "text.h"
#include "unit.h"

static struct network n;
static struct db *db;
static struct error err;
static const char *ohio;
static const struct viewer *member;

static void begin(const char *name)
{
	static struct membership reader[1];
	static struct viewer v = { .kind = VIEWER_ACCOUNT, .account_id = "019de300-0000-7000-8000-0000000000aa",
		.memberships = reader, .n_memberships = 1 };

	error_clear(&err);
	network_open(&n, name, NULL);
	network_space(&n, "national", "public");
	ohio = network_space(&n, "ohio", "public");
	reader[0] = (struct membership){ ohio, ROLE_READER };
	member = &v;
	db = store_reader(n.store, &err);
	NEED(db != NULL);
}

static void end(void)
{
	db_close(db);
	network_close(&n);
}

struct publication {
	struct content_doc doc;
	const struct account *who;
	const char *note;
	int64_t expected, num;
	enum saved how;
};

static bool do_publish(struct db *w, void *arg, struct error *problem)
{
	struct publication *p = arg;

	return record_publish(w, n.arena, &p->doc, p->who, p->note, p->expected, &p->num, &p->how, problem);
}

static struct publication text_of(const char *slug, const char *audience, const char *title)
{
	struct publication p = { .doc = { .space = "ohio", .type = "guide", .slug = slug, .audience = audience, .title = title,
		.summary = "", .issued = "2026", .language = "en", .body_html = "", .body_text = title, .toc_json = "[]",
		.details_json = "{}" } };

	p.doc.source = arena_printf(n.arena, "<%s %s>", audience, title);
	p.doc.source_len = strlen(p.doc.source);
	sha256_hex(p.doc.source, p.doc.source_len, p.doc.sha256);
	return p;
}

static bool publish(struct publication *p)
{
	error_clear(&err);
	return store_write(n.store, &viewer_system, do_publish, p, &err);
}

static int64_t published(const char *slug, const char *audience, const char *title, int64_t expected)
{
	struct publication p = text_of(slug, audience, title);

	p.expected = expected;
	CHECK(publish(&p));
	CHECK_ERROR(&err, ERROR_NONE, "");
	return p.num;
}

/* "3 2 1": the versions that a viewer is shown. */
static const char *versions(const struct viewer *v, int64_t num)
{
	struct record_version *list;
	const char *text = "";
	size_t count;

	NEED(db_begin(db, v, &err));
	CHECK(record_versions(db, n.arena, num, &list, &count, &err));
	db_end(db);
	for (size_t i = 0; i < count; i++)
		text = arena_printf(n.arena, "%s%s%lld", text, i ? " " : "", (long long)list[i].version);
	return text;
}

static bool source(const struct viewer *v, int64_t num, int64_t version, struct record_version *out, const char **xml)
{
	size_t size;
	bool ok;

	error_clear(&err);
	NEED(db_begin(db, v, &err));
	ok = record_version_source(db, n.arena, num, version, out, xml, &size, &err);
	db_end(db);
	if (ok)
		*xml = arena_strndup(n.arena, *xml, size);
	return ok;
}

static void kept(void)
{
	struct account ada = { .id = "019de300-0000-7000-8000-0000000000ab", .name = "Ada" };
	struct publication p;
	struct record_version v;
	const char *xml;

	begin("kept.db");
	int64_t num = published("a", "public", "One", 0);
	p = text_of("a", "public", "Two");
	p.expected = 1;
	p.who = &ada;
	p.note = "The figure of 2025 was wrong.";
	CHECK(publish(&p));
	CHECK_INT(p.how, SAVED_CHANGED);
	CHECK_INT(p.num, num);
	CHECK(publish(&(struct publication){ .doc = p.doc, .expected = 2 })); /* the same again is no version */
	CHECK_TEXT(versions(&viewer_nobody, num), "2 1");
	CHECK(source(&viewer_nobody, num, 1, &v, &xml));
	CHECK_TEXT(xml, "<public One>");
	CHECK_TEXT(v.title, "One");
	CHECK_TEXT(v.account_name, NULL);
	CHECK(source(&viewer_nobody, num, 2, &v, &xml));
	CHECK_TEXT(xml, "<public Two>");
	CHECK_TEXT(v.account_name, "Ada");
	CHECK_TEXT(v.note, "The figure of 2025 was wrong.");
	CHECK(!source(&viewer_nobody, num, 3, &v, &xml));
	CHECK_ERROR(&err, ERROR_NOT_FOUND, "");
	end();
}

static void expectations(void)
{
	struct publication p;

	begin("expect.db");
	published("a", "public", "One", 0);
	p = text_of("a", "public", "Two");
	p.expected = 0;
	CHECK(!publish(&p));
	CHECK_ERROR(&err, ERROR_CONFLICT, "at this address already");
	p.expected = 7;
	CHECK(!publish(&p));
	CHECK_ERROR(&err, ERROR_CONFLICT, "Someone else");
	p = text_of("b", "public", "New");
	p.expected = 1;
	CHECK(!publish(&p));
	CHECK_ERROR(&err, ERROR_CONFLICT, "no such record");
	published("a", "public", "Three", -1);
	/* A reference that leads nowhere is refused, and nothing of the document stays. */
	struct content_reference nowhere = { .relation = "about", .space = "ohio", .type = "guide", .slug = "gone", .line = 12 };
	p = text_of("c", "public", "Pointing");
	p.doc.relations = &nowhere;
	p.doc.n_relations = 1;
	CHECK(!publish(&p));
	CHECK_ERROR(&err, ERROR_INVALID, "Line 12: there is no record 'ohio/guide/gone'");
	struct record *r;
	NEED(db_begin(db, &viewer_nobody, &err));
	error_clear(&err);
	CHECK(!record_get(db, n.arena, "ohio", "guide", "c", &r, &err));
	CHECK_ERROR(&err, ERROR_NOT_FOUND, "");
	db_end(db);
	end();
}

static void audiences(void)
{
	struct record_version v;
	const char *xml;

	begin("audiences.db");
	int64_t num = published("a", "space", "Internal", 0);
	published("a", "public", "Open", 1);
	/* What was for the space alone stays there, though the record is open now. */
	CHECK_TEXT(versions(&viewer_nobody, num), "2");
	CHECK_TEXT(versions(member, num), "2 1");
	CHECK(!source(&viewer_nobody, num, 1, &v, &xml));
	CHECK_ERROR(&err, ERROR_NOT_FOUND, "");
	CHECK(source(member, num, 1, &v, &xml));
	/* And with the record closed again nothing of it is open. */
	published("a", "space", "Closed again", 2);
	CHECK_TEXT(versions(&viewer_nobody, num), "");
	CHECK(!source(&viewer_nobody, num, 2, &v, &xml));
	CHECK_TEXT(versions(member, num), "3 2 1");
	end();
}

struct burial {
	int64_t num;
	bool restore;
};

static bool do_bury(struct db *w, void *arg, struct error *problem)
{
	struct burial *b = arg;

	return b->restore ? record_restore(w, n.arena, b->num, problem) :
		record_withdraw(w, n.arena, b->num, NULL, "It named a victim.", problem);
}

static bool bury(int64_t num, bool restore)
{
	struct burial b = { num, restore };

	error_clear(&err);
	return store_write(n.store, &viewer_system, do_bury, &b, &err);
}

static struct tombstone *tombstone(const struct viewer *v, const char *slug)
{
	struct tombstone *t;

	NEED(db_begin(db, v, &err));
	CHECK(record_tombstone(db, n.arena, "ohio", "guide", slug, &t, &err));
	db_end(db);
	return t;
}

static bool visible(const struct viewer *v, const char *slug)
{
	struct record *r = NULL;
	struct error unused = { 0 };

	NEED(db_begin(db, v, &err));
	bool found = record_get(db, n.arena, "ohio", "guide", slug, &r, &unused);
	db_end(db);
	return found;
}

static void tombstones(void)
{
	begin("tombstones.db");
	int64_t open = published("open", "public", "Open", 0), closed = published("closed", "space", "Closed", 0);
	CHECK(tombstone(&viewer_nobody, "open") == NULL);
	CHECK(bury(open, false) && bury(closed, false));
	CHECK(!bury(open, false));
	CHECK_ERROR(&err, ERROR_CONFLICT, "withdrawn already");
	CHECK(!visible(&viewer_nobody, "open") && !visible(member, "open") && !visible(member, "closed"));
	CHECK_TEXT(versions(member, open), "");
	struct tombstone *t = tombstone(&viewer_nobody, "open");
	NEED(t != NULL);
	CHECK_TEXT(t->title, "Open");
	CHECK_TEXT(t->reason, "It named a victim.");
	CHECK(t->withdrawn_us > 0);
	/* Whoever did not see the record does not learn that there was one. */
	CHECK(tombstone(&viewer_nobody, "closed") == NULL);
	CHECK(tombstone(member, "closed") != NULL);
	struct publication p = text_of("open", "public", "Again");
	p.expected = -1;
	CHECK(!publish(&p));
	CHECK_ERROR(&err, ERROR_CONFLICT, "Restore it first");
	CHECK(bury(open, true) && bury(closed, true));
	CHECK(!bury(open, true));
	CHECK_ERROR(&err, ERROR_CONFLICT, "not withdrawn");
	CHECK(visible(&viewer_nobody, "open") && !visible(&viewer_nobody, "closed") && visible(member, "closed"));
	CHECK(tombstone(member, "open") == NULL);
	CHECK_TEXT(versions(&viewer_nobody, open), "1");
	CHECK(!bury(999, false));
	CHECK_ERROR(&err, ERROR_NOT_FOUND, "");
	end();
}

CU_TestInfo unit_tests[] = {
	{ "versions are kept", kept },
	{ "what the writer expected", expectations },
	{ "audiences of versions", audiences },
	{ "tombstones", tombstones },
	CU_TEST_INFO_NULL,
};
