/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Groups, and what hangs on their scope: who reads, who is told, who finds. */
#include "group.h"
#include "account.h"
#include "mine.h"
#include "network.h"
#include "search_text.h"
#include "unit.h"

static struct network n;
static struct db *db;
static const char *ohio, *iowa, *closed, *slug;
static char ada[ID_SIZE], ben[ID_SIZE], eve[ID_SIZE], group[ID_SIZE];
static struct error err;

struct call {
	bool (*run)(struct db *w, struct error *err);
};

static bool run_call(struct db *w, void *arg, struct error *e)
{
	return ((struct call *)arg)->run(w, e);
}

static bool within(bool (*run)(struct db *w, struct error *err))
{
	struct call c = { run };

	error_clear(&err);
	return store_write(n.store, &viewer_system, run_call, &c, &err);
}

/* Ada and Ben are of Ohio, Ben for law enforcement; Eve is of Iowa. */
static bool add_people(struct db *w, struct error *e)
{
	return account_add(w, &(struct account_new){ .login = "ada" }, ada, e) &&
		account_add(w, &(struct account_new){ .login = "ben" }, ben, e) &&
		account_add(w, &(struct account_new){ .login = "eve", .network_admin = true }, eve, e) &&
		account_set_role(w, ada, ohio, ROLE_CONTRIBUTOR, "services", e) &&
		account_set_role(w, ben, ohio, ROLE_READER, "community-figure law-enforcement", e) &&
		account_set_role(w, eve, iowa, ROLE_SPACE_ADMIN, "law-enforcement", e);
}

static void begin(const char *name)
{
	network_open(&n, name, NULL);
	ohio = network_space(&n, "ohio", "public");
	iowa = network_space(&n, "iowa", "public");
	db = store_reader(n.store, &err);
	NEED(db != NULL);
	NEED(within(add_people));
}

static void end(void)
{
	db_close(db);
	network_close(&n);
}

static void as(const char *account_id)
{
	struct account *account;

	NEED(account_get(db, n.arena, account_id, &account, &err));
	NEED(db_begin(db, account_viewer(n.arena, account), &err));
}

/* Names of the groups that the account knows of, "*" behind those that it reads. */
static const char *known_to(const char *account_id)
{
	const char *names = "";
	struct group *list;
	size_t count;

	as(account_id);
	CHECK(group_list(db, n.arena, NULL, &list, &count, &err));
	for (size_t i = 0; i < count; i++)
		names = arena_printf(n.arena, "%s%s%s/%s%s", names, i ? " " : "", list[i].space_slug, list[i].name,
			list[i].reads ? "*" : "");
	db_end(db);
	return names;
}

static bool add_team(struct db *w, struct error *e)
{
	struct group_new g = { .space_id = ohio, .name = "The Officers", .purpose = "", .kind = GROUP_TEAM,
		.team = "law-enforcement", .lead = ada, .lead_space = ohio };

	return group_add(w, n.arena, &g, group, &slug, e);
}

static bool add_private(struct db *w, struct error *e)
{
	struct group_new g = { .space_id = ohio, .name = "Hidden", .purpose = "", .kind = GROUP_PRIVATE, .team = "services",
		.lead = ben, .lead_space = ohio };

	return group_add(w, n.arena, &g, group, &slug, e);
}

static void everyone(void)
{
	begin("everyone.db");
	CHECK_TEXT(known_to(ada), "ohio/Everyone*");
	CHECK_TEXT(known_to(eve), "iowa/Everyone*");
	end();
}

static void team(void)
{
	struct group *g;

	begin("team.db");
	NEED(within(add_team));
	CHECK_TEXT(slug, "the-officers");
	/* Ada leads it by name, Ben is in it by role; nobody of another space, with that role there, knows of it. */
	CHECK_TEXT(known_to(ada), "ohio/Everyone* ohio/The Officers*");
	CHECK_TEXT(known_to(ben), "ohio/Everyone* ohio/The Officers*");
	CHECK_TEXT(known_to(eve), "iowa/Everyone*");
	as(ada);
	CHECK(group_get(db, n.arena, ohio, "the-officers", &g, &err) && g->leads);
	db_end(db);
	as(ben);
	CHECK(group_get(db, n.arena, ohio, "the-officers", &g, &err) && !g->leads);
	db_end(db);
	NEED(within(add_team));
	CHECK_TEXT(slug, "the-officers-2");
	end();
}

static bool retire_ben(struct db *w, struct error *e)
{
	return account_set_role(w, ben, ohio, ROLE_UNDECLARED, NULL, e);
}

static void private_group(void)
{
	struct group_member *members;
	const char **readers;
	struct group *g;
	size_t count;

	begin("private.db");
	NEED(within(add_private));
	CHECK_TEXT(known_to(ben), "ohio/Everyone* ohio/Hidden*");
	CHECK_TEXT(known_to(ada), "ohio/Everyone*");
	CHECK_TEXT(known_to(eve), "iowa/Everyone*"); /* a network admin too */
	CHECK_LACKS(slug, "hidden");
	as(eve);
	CHECK(!group_by_id(db, n.arena, group, &g, &err));
	CHECK_ERROR(&err, ERROR_NOT_FOUND, "");
	CHECK(group_members(db, n.arena, group, &members, &count, &err));
	CHECK_INT(count, 0);
	db_end(db);
	CHECK(group_readers(db, n.arena, group, &readers, &count, &err));
	CHECK_INT(count, 1);
	/* The membership that brought a person in is over: so is this. */
	NEED(within(retire_ben));
	CHECK_TEXT(known_to(ben), "");
	CHECK(group_readers(db, n.arena, group, &readers, &count, &err));
	CHECK_INT(count, 0);
	end();
}

static bool add_eve_via_ohio(struct db *w, struct error *e)
{
	return group_set_member(w, group, eve, ohio, false, e);
}

static bool add_eve(struct db *w, struct error *e)
{
	return group_set_member(w, group, eve, iowa, false, e);
}

static bool add_closed(struct db *w, struct error *e)
{
	struct group_new g = { .space_id = closed, .name = "Inner", .purpose = "", .kind = GROUP_PRIVATE,
		.lead = ada, .lead_space = closed };

	return account_set_role(w, ada, closed, ROLE_READER, NULL, e) && group_add(w, n.arena, &g, group, &slug, e);
}

static void closed_space(void)
{
	begin("closed.db");
	closed = network_space(&n, "closed", "space");
	NEED(within(add_closed));
	CHECK(!within(add_eve)); /* She could not come to the space's pages. */
	CHECK_ERROR(&err, ERROR_INVALID, "its own members alone");
	end();
}

static bool remove_ben(struct db *w, struct error *e)
{
	return group_remove_member(w, group, ben, e);
}

static bool stale(struct db *w, struct error *e)
{
	return group_change(w, group, 7, "Other", "", NULL, e);
}

static bool nameless(struct db *w, struct error *e)
{
	return group_change(w, group, 1, "", "", NULL, e);
}

static void members(void)
{
	begin("members.db");
	NEED(within(add_private));
	CHECK(!within(add_eve_via_ohio));
	CHECK_ERROR(&err, ERROR_INVALID, "not a member of that space");
	CHECK(within(add_eve));
	CHECK_TEXT(known_to(eve), "iowa/Everyone* ohio/Hidden*");
	CHECK(!within(remove_ben));
	CHECK_ERROR(&err, ERROR_CONFLICT, "another lead");
	CHECK(!within(stale));
	CHECK_ERROR(&err, ERROR_CONFLICT, "meanwhile");
	CHECK(!within(nameless));
	CHECK_ERROR(&err, ERROR_INVALID, "name");
	end();
}

/* ---- who looks after it, who is confirmed, who is invited ---- */

static char more[4][ID_SIZE];

static bool add_more(struct db *w, struct error *e)
{
	static const char *const logins[] = { "fay", "gus", "hal", "ida" };

	for (size_t i = 0; i < COUNT(more); i++)
		if (!account_add(w, &(struct account_new){ .login = logins[i] }, more[i], e) ||
			!account_set_role(w, more[i], ohio, ROLE_READER, NULL, e) || !group_set_member(w, group, more[i], ohio, false, e))
			return false;
	return true;
}

static const char *leads(const char *account_id)
{
	struct group_member *list;
	const char *names = "";
	size_t count;

	as(account_id);
	CHECK(group_members(db, n.arena, group, &list, &count, &err));
	for (size_t i = 0; i < count; i++)
		if (list[i].leads)
			names = arena_printf(n.arena, "%s%s%s", names, *names ? " " : "", list[i].name);
	db_end(db);
	return names;
}

static bool disable_ben(struct db *w, struct error *e)
{
	return account_disable(w, ben, SOURCE_LOCAL, e);
}

static bool enable_ben(struct db *w, struct error *e)
{
	return account_enable(w, ben, SOURCE_LOCAL, e);
}

static bool keep_fay(struct db *w, struct error *e)
{
	return group_keep_lead(w, group, more[0], e) && group_keep_lead(w, group, more[1], e);
}

static bool remove_fay(struct db *w, struct error *e)
{
	return group_remove_member(w, group, more[0], e);
}

static void last_lead(void)
{
	struct group *g;

	begin("last-lead.db");
	NEED(within(add_private));
	NEED(within(add_more));
	CHECK_TEXT(leads(more[0]), "ben");
	NEED(within(disable_ben));
	CHECK_TEXT(leads(more[0]), "fay"); /* the longest there */
	CHECK(!within(remove_fay)); /* hands over first, as any last lead */
	CHECK_ERROR(&err, ERROR_CONFLICT, "another lead");
	NEED(within(enable_ben));
	CHECK_TEXT(leads(more[1]), "ben");
	NEED(within(retire_ben));
	as(more[0]);
	CHECK(group_by_id(db, n.arena, group, &g, &err) && g->leads);
	db_end(db);
	/* Only who does stand in is kept as a lead by name. */
	NEED(within(keep_fay));
	NEED(within(enable_ben));
	CHECK_TEXT(leads(more[2]), "fay");
	end();
}

static const char *confirmed[6];
static size_t n_confirmed;

static bool confirm(struct db *w, struct error *e)
{
	return group_confirm(w, group, ben, confirmed, n_confirmed, e);
}

static bool without_names(struct db *w, struct error *e)
{
	return group_set_unattributed(w, group, true, e);
}

static bool remove_ida(struct db *w, struct error *e)
{
	return group_remove_member(w, group, more[3], e);
}

static bool remove_eve(struct db *w, struct error *e)
{
	return group_remove_member(w, group, eve, e);
}

static bool unattributed(void)
{
	struct group *g;

	as(ben);
	CHECK(group_by_id(db, n.arena, group, &g, &err));
	db_end(db);
	return g->unattributed;
}

static void verified(void)
{
	begin("verified.db");
	NEED(within(add_private));
	NEED(within(add_more));
	CHECK(!within(without_names));
	CHECK_ERROR(&err, ERROR_CONFLICT, "at least 5");
	confirmed[n_confirmed++] = ben;
	for (size_t i = 0; i < COUNT(more); i++)
		confirmed[n_confirmed++] = more[i];
	n_confirmed--;
	NEED(within(confirm));
	CHECK(!within(without_names)); /* Ida is not confirmed */
	n_confirmed++;
	NEED(within(confirm));
	CHECK(within(without_names));
	CHECK(unattributed());
	/* Someone who comes ends it, until confirmed too; someone who goes leaves too few. */
	NEED(within(add_eve));
	CHECK(!unattributed());
	NEED(within(remove_eve));
	CHECK(unattributed());
	NEED(within(remove_ida));
	CHECK(!unattributed());
	end();
}

static bool invite_eve(struct db *w, struct error *e)
{
	return group_invite(w, group, eve, iowa, ben, e);
}

static bool invite_ben(struct db *w, struct error *e)
{
	return group_invite(w, group, ben, ohio, ben, e);
}

static bool invite_wrong(struct db *w, struct error *e)
{
	return group_invite(w, group, eve, ohio, ben, e);
}

static bool decline(struct db *w, struct error *e)
{
	return group_answer(w, group, eve, false, e);
}

static bool accept(struct db *w, struct error *e)
{
	return group_answer(w, group, eve, true, e);
}

static size_t invited(const char *account_id, const char *of)
{
	struct group_invitation *list;
	size_t count;

	as(account_id);
	CHECK(group_invitations(db, n.arena, of, &list, &count, &err));
	if (count) {
		CHECK_TEXT(list[0].name, "Hidden");
		CHECK_TEXT(list[0].from, "ben");
	}
	db_end(db);
	return count;
}

static void invitations(void)
{
	begin("invitations.db");
	NEED(within(add_private));
	CHECK(!within(invite_ben));
	CHECK_ERROR(&err, ERROR_INVALID, "already");
	CHECK(!within(invite_wrong));
	CHECK(!within(accept));
	CHECK_ERROR(&err, ERROR_NOT_FOUND, "");
	CHECK(within(invite_eve));
	CHECK(within(invite_eve));
	CHECK_INT(invited(eve, NULL), 1);
	CHECK_INT(invited(ben, group), 1);
	CHECK_INT(invited(ada, group), 0);
	CHECK_INT(invited(ada, NULL), 0);
	CHECK_TEXT(known_to(eve), "iowa/Everyone*"); /* not yet in it */
	CHECK(within(decline));
	CHECK_INT(invited(eve, NULL), 0);
	CHECK(!within(accept));
	CHECK(within(invite_eve));
	CHECK(within(accept));
	CHECK_TEXT(known_to(eve), "iowa/Everyone* ohio/Hidden*");
	end();
}

static bool put_texts(struct db *w, struct error *e)
{
	struct search_text t = { .kind = "post", .id = "1", .space_id = ohio, .scope = arena_printf(n.arena, "g:%s", group),
		.path = "/discussions/1", .title = "Call-in scripts", .body = "What the clergy say <b>first</b>", .at_us = 5 };

	if (!search_text_put(w, &t, e))
		return false;
	t.id = "2";
	t.scope = arena_printf(n.arena, "s:%s", ohio);
	t.title = "Clergy";
	t.body = "Whom to ask";
	return search_text_put(w, &t, e);
}

static const char *found_by(const char *account_id, const char *typed)
{
	struct search_text_hit *hits;
	const char *text = "";
	int64_t total;
	size_t count;

	as(account_id);
	CHECK(search_text_find(n.search, db, n.arena, typed, NULL, NULL, 10, 0, &hits, &count, &total, &err));
	CHECK_INT(total, count);
	for (size_t i = 0; i < count; i++)
		text = arena_printf(n.arena, "%s[%s|%s]", text, hits[i].title.html, hits[i].passage.html);
	db_end(db);
	return text;
}

static bool retitle(struct db *w, struct error *e)
{
	struct search_text t = { .kind = "post", .id = "2", .space_id = ohio, .scope = "public", .path = "/", .title = "Other",
		.body = "", .at_us = 5 };

	return search_text_put(w, &t, e) && search_text_remove(w, "post", "1", e);
}

static void texts(void)
{
	begin("texts.db");
	NEED(within(add_private));
	NEED(within(put_texts));
	CHECK_TEXT(found_by(ben, "clergy first"), "[Call-in scripts|What the <mark>clergy</mark> say &lt;b&gt;<mark>first</mark>"
		"&lt;/b&gt;][<mark>Clergy</mark>|Whom to ask]");
	CHECK_TEXT(found_by(ada, "clergy first"), "[<mark>Clergy</mark>|Whom to ask]");
	CHECK_TEXT(found_by(eve, "clergy"), "");
	CHECK_TEXT(found_by(ben, "clergy -scripts"), "[<mark>Clergy</mark>|Whom to ask]");
	CHECK_TEXT(found_by(ben, "\" ) OR * NEAR("), "");
	CHECK_TEXT(found_by(ben, ""), "");
	NEED(within(retitle));
	CHECK_TEXT(found_by(ben, "clergy"), "");
	CHECK_TEXT(found_by(eve, "other"), "[<mark>Other</mark>|]");
	end();
}

static void mine_order(void)
{
	static const struct mine_item items[] = { { MINE_EVENT, .title = "e5", .at_us = 5 }, { MINE_TASK, .title = "t-" },
		{ MINE_TASK, .title = "t9", .at_us = 9 }, { MINE_EVENT, .title = "e2", .at_us = 2 }, { MINE_TASK, .title = "t--" },
		{ MINE_TASK, .title = "t3", .at_us = 3 } };
	static const char *const order[] = { "t3", "t9", "t-", "t--", "e2", "e5" };
	struct mine m = { .arena = arena_create() };

	for (size_t i = 0; i < 10 * COUNT(items); i++)
		mine_add(&m, &items[i % COUNT(items)]);
	CHECK_INT(m.n, 10 * COUNT(items));
	m.n = COUNT(items);
	mine_sort(&m);
	for (size_t i = 0; i < m.n; i++)
		CHECK_TEXT(m.items[i].title, order[i]);
	arena_destroy(m.arena);
}

CU_TestInfo unit_tests[] = {
	{ "a space has a group of everyone", everyone },
	{ "a team's role brings people into its group", team },
	{ "a private group is known to its members alone", private_group },
	{ "members and leads", members },
	{ "a closed space's groups are its members'", closed_space },
	{ "when no lead is left, who was there longest leads", last_lead },
	{ "posts without names need a confirmed list of people", verified },
	{ "who is invited sees little, and is in only by their word", invitations },
	{ "texts are found by whoever holds their scope", texts },
	{ "what is mine is in order", mine_order },
	CU_TEST_INFO_NULL
};
