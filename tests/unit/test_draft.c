/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Drafts: who sees one, who may take which step, and what each step leaves. */
#include "../../modules/publishing/draft.h"
#include "account.h"
#include "audit.h"
#include "network.h"
#include "unit.h"

static struct network n;
static struct engine e;
static struct db *db;
static struct error err;
static const char *national, *ohio, *hidden;

/* The people of the tests: their role in one space, or a network admin. */
enum { AUTHOR, COLLEAGUE, EDITOR, READER, STRANGER, FOREIGN, STAFF, FIRST, SECOND, NETWORK, PEOPLE };
static const char *const logins[PEOPLE] = { "author", "colleague", "editor", "reader", "stranger", "foreign", "staff",
	"first", "second", "network" };
static struct account *people[PEOPLE];
static const struct viewer *viewers[PEOPLE];

struct call {
	bool (*run)(struct db *w, void *arg, struct error *err);
	void *arg;
};

static bool run_call(struct db *w, void *arg, struct error *problem)
{
	struct call *c = arg;

	return c->run(w, c->arg, problem);
}

static bool write_as(const struct viewer *v, bool (*run)(struct db *, void *, struct error *), void *arg)
{
	struct call c = { run, arg };

	error_clear(&err);
	return store_write_aside(n.store, v, run_call, &c, &err);
}

static bool add_people(struct db *w, void *arg, struct error *problem)
{
	const struct { const char *space; enum role role; } roles[PEOPLE] = {
		[AUTHOR] = { ohio, ROLE_CONTRIBUTOR }, [COLLEAGUE] = { ohio, ROLE_CONTRIBUTOR }, [EDITOR] = { ohio, ROLE_EDITOR },
		[READER] = { ohio, ROLE_READER }, [FOREIGN] = { hidden, ROLE_SPACE_ADMIN }, [STAFF] = { national, ROLE_EDITOR },
		[FIRST] = { national, ROLE_READER }, [SECOND] = { hidden, ROLE_READER } };

	(void)arg;
	for (int i = 0; i < PEOPLE; i++) {
		struct account_new a = { .login = logins[i], .network_admin = i == NETWORK };
		char id[ID_SIZE];

		if (!account_add(w, &a, id, problem) || (roles[i].space && !account_set_role(w, id, roles[i].space, roles[i].role,
			NULL, problem)) || !account_get(w, n.arena, id, &people[i], problem))
			return false;
	}
	return true;
}

static void begin(const char *name)
{
	error_clear(&err);
	network_open(&n, name, NULL);
	memset(&e, 0, sizeof e);
	e.options = engine_options_create();
	e.store = n.store;
	national = network_space(&n, "national", "public");
	ohio = network_space(&n, "ohio", "public");
	hidden = network_space(&n, "hidden", "space");
	db = store_reader(n.store, &err);
	NEED(db != NULL);
	NEED(write_as(&viewer_system, add_people, NULL));
	for (int i = 0; i < PEOPLE; i++)
		viewers[i] = account_viewer(n.arena, people[i]);
}

static void end(void)
{
	db_close(db);
	options_destroy(e.options);
	network_close(&n);
}

/* ---- shorthands ---- */

struct creation {
	struct draft_start start;
	int who;
	char id[ID_SIZE];
};

static bool do_create(struct db *w, void *arg, struct error *problem)
{
	struct creation *c = arg;

	return draft_create(w, &c->start, people[c->who], c->id, problem);
}

static const char *create(int who, const char *space, enum audience audience)
{
	struct creation c = { .who = who, .start = { .space_id = space, .type = "guide", .slug = "call-ins", .title = "Call-ins",
		.form_json = "{\"body\": \"First line\\nSecond line\"}", .audience = audience } };

	if (!write_as(viewers[who], do_create, &c))
		return NULL;
	return arena_strdup(n.arena, c.id);
}

struct saving {
	struct draft_save save;
	int who;
	int64_t revision;
};

static bool do_save(struct db *w, void *arg, struct error *problem)
{
	struct saving *s = arg;

	return draft_save(w, &s->save, people[s->who], &s->revision, problem);
}

static int64_t save(int who, const char *id, int64_t expected, const char *form, bool automatic)
{
	struct saving s = { .who = who, .save = { .id = id, .title = "Call-ins", .slug = "call-ins", .form_json = form,
		.audience = AUDIENCE_NETWORK, .expected = expected, .automatic = automatic } };

	return write_as(viewers[who], do_save, &s) ? s.revision : 0;
}

enum step { SUBMIT, TAKE_BACK, DISCARD, REOPEN, INVITE, DISMISS, APPROVE, ASK, COMMENT, RESOLVE };
struct taking {
	enum step step;
	int who;
	const char *id;
	int64_t revision;
	int other;
	const char *words, *field, *comment;
	int64_t line;
};

static bool do_step(struct db *w, void *arg, struct error *problem)
{
	const struct taking *t = arg;
	struct draft_by by = { &e, n.arena, viewers[t->who], people[t->who], NULL };
	struct draft_remark remark = { .field = t->field, .parent = t->comment, .text = t->words ? t->words : "",
		.revision = t->revision, .line = t->line };

	switch (t->step) {
	case SUBMIT: return draft_submit(w, &by, t->id, t->revision, t->words, problem);
	case TAKE_BACK: return draft_take_back(w, &by, t->id, problem);
	case DISCARD: return draft_discard(w, &by, t->id, problem);
	case REOPEN: return draft_reopen(w, &by, t->id, problem);
	case INVITE: return draft_invite(w, &by, t->id, people[t->other], problem);
	case DISMISS: return draft_dismiss(w, &by, t->id, people[t->other]->id, problem);
	case APPROVE: return draft_decide(w, &by, t->id, t->revision, true, t->words, problem);
	case ASK: return draft_decide(w, &by, t->id, t->revision, false, t->words, problem);
	case COMMENT: return draft_comment(w, &by, t->id, &remark, problem);
	case RESOLVE: return draft_resolve(w, &by, t->id, t->comment, true, problem);
	}
	return false;
}
#define STEP(what, by, draft, ...) \
	write_as(&viewer_system, do_step, &(struct taking){ .step = what, .who = by, .id = draft, __VA_ARGS__ })

static struct draft *see(int who, const char *id)
{
	struct draft *d = NULL;

	error_clear(&err);
	NEED(db_begin(db, viewers[who], &err));
	draft_get(db, n.arena, id, &d, &err);
	db_end(db);
	return d;
}

/* The names of those who see it. */
static const char *seers(const char *id)
{
	const char *names = "";

	for (int i = 0; i < PEOPLE; i++)
		if (see(i, id))
			names = arena_printf(n.arena, "%s %s", names, logins[i]);
	return names;
}

static const char *state(const char *id)
{
	return draft_state_name(see(AUTHOR, id)->state);
}

/* ---- the tests ---- */

static void sight(void)
{
	begin("sight.db");
	const char *id = create(AUTHOR, ohio, AUDIENCE_NETWORK), *own = create(AUTHOR, ohio, AUDIENCE_SPACE);
	NEED(id && own);
	CHECK_TEXT(seers(id), " author colleague editor network");
	CHECK(STEP(SUBMIT, AUTHOR, id, .revision = 1));
	CHECK(STEP(SUBMIT, AUTHOR, own, .revision = 1));
	CHECK_TEXT(seers(id), " author colleague editor staff network");
	CHECK_TEXT(seers(own), " author colleague editor network"); /* never the national office's business */
	CHECK(STEP(INVITE, STAFF, id, .other = SECOND));
	CHECK_TEXT(seers(id), " author colleague editor staff second network");
	/* What was saved since is not seen from the outside. */
	CHECK_INT(save(AUTHOR, id, 1, "{\"body\": \"A secret\"}", false), 2);
	CHECK_INT(see(COLLEAGUE, id)->revision, 2);
	CHECK_INT(see(STAFF, id)->revision, 1);
	CHECK_LACKS(see(STAFF, id)->form_json, "secret");
	CHECK_LACKS(see(SECOND, id)->form_json, "secret");
	/* A comment does not tell it either. */
	CHECK(!STEP(COMMENT, STAFF, id, .revision = 2, .words = "x", .field = "body", .line = 1));
	CHECK_ERROR(&err, ERROR_INVALID, "no such line");
	CHECK(STEP(COMMENT, AUTHOR, id, .revision = 2, .words = "quote", .field = "body", .line = 1));
	struct draft_comment *comments;
	size_t count;
	NEED(db_begin(db, viewers[STAFF], &err));
	CHECK(draft_comments(db, n.arena, id, &comments, &count, &err));
	CHECK_INT(count, 0);
	db_end(db);
	CHECK(STEP(DISCARD, AUTHOR, id));
	CHECK_TEXT(seers(id), " author colleague editor network");
	CHECK(STEP(REOPEN, AUTHOR, id));
	CHECK_TEXT(state(id), "writing");
	end();
}

static bool demote(struct db *w, void *arg, struct error *problem)
{
	return account_set_role(w, people[AUTHOR]->id, ohio, *(enum role *)arg, NULL, problem);
}

static void authors_without_role(void)
{
	enum role reader = ROLE_READER, none = 0;

	begin("demoted.db");
	const char *id = create(AUTHOR, ohio, AUDIENCE_SPACE);
	CHECK(write_as(&viewer_system, demote, &reader));
	NEED(account_get(db, n.arena, people[AUTHOR]->id, &people[AUTHOR], &err));
	viewers[AUTHOR] = account_viewer(n.arena, people[AUTHOR]);
	CHECK(see(AUTHOR, id) != NULL);
	CHECK(!draft_may_edit(viewers[AUTHOR], see(AUTHOR, id)));
	CHECK_INT(save(AUTHOR, id, 1, "{}", false), 0);
	CHECK_ERROR(&err, ERROR_NOT_FOUND, "");
	CHECK(!STEP(SUBMIT, AUTHOR, id, .revision = 1));
	CHECK_ERROR(&err, ERROR_DENIED, "");
	CHECK(write_as(&viewer_system, demote, &none));
	NEED(account_get(db, n.arena, people[AUTHOR]->id, &people[AUTHOR], &err));
	viewers[AUTHOR] = account_viewer(n.arena, people[AUTHOR]);
	CHECK(see(AUTHOR, id) == NULL);
	end();
}

static void guard(void)
{
	begin("guard.db");
	CHECK(create(FOREIGN, ohio, AUDIENCE_SPACE) == NULL);
	CHECK_ERROR(&err, ERROR_DENIED, "another space");
	CHECK(create(READER, ohio, AUDIENCE_SPACE) == NULL);
	const char *id = create(AUTHOR, ohio, AUDIENCE_NETWORK);
	CHECK_INT(save(FOREIGN, id, 1, "{}", false), 0);
	CHECK_ERROR(&err, ERROR_NOT_FOUND, "");
	CHECK(STEP(SUBMIT, AUTHOR, id, .revision = 1));
	CHECK_INT(save(STAFF, id, 1, "{}", false), 0); /* sees it, and writes in no other space */
	CHECK_ERROR(&err, ERROR_NOT_FOUND, "");
	CHECK(create(AUTHOR, ohio, AUDIENCE_NONE) == NULL);
	CHECK_ERROR(&err, ERROR_INVALID, "");
	end();
}

static void revisions(void)
{
	struct draft_revision *list;
	size_t count;

	begin("revisions.db");
	const char *id = create(AUTHOR, ohio, AUDIENCE_NETWORK);
	CHECK_INT(save(AUTHOR, id, 1, "{\"a\":1}", true), 2);
	CHECK_INT(save(AUTHOR, id, 2, "{\"a\":2}", true), 3);   /* takes the place of the one before */
	CHECK_INT(save(AUTHOR, id, 3, "{\"a\":2}", true), 3);   /* nothing is different */
	CHECK_INT(save(COLLEAGUE, id, 3, "{\"a\":3}", true), 4); /* another person's does not */
	CHECK_INT(save(AUTHOR, id, 3, "{\"a\":4}", false), 0);
	CHECK_ERROR(&err, ERROR_CONFLICT, "Someone else");
	CHECK_INT(save(AUTHOR, id, 4, "{\"a\":4}", false), 5);
	CHECK_INT(save(AUTHOR, id, 5, "{\"a\":5}", true), 6);   /* nor does it replace what was saved by hand */
	NEED(db_begin(db, viewers[EDITOR], &err));
	CHECK(draft_revisions(db, n.arena, id, &list, &count, &err));
	db_end(db);
	const int expected[] = { 6, 5, 4, 3, 1 };
	CHECK_INT(count, COUNT(expected));
	for (size_t i = 0; i < COUNT(expected) && i < count; i++)
		CHECK_INT(list[i].revision, expected[i]);
	CHECK(list[0].automatic && !list[1].automatic);
	end();
}

static void review(void)
{
	begin("review.db");
	const char *id = create(AUTHOR, ohio, AUDIENCE_NETWORK);
	CHECK(!STEP(INVITE, EDITOR, id, .other = FIRST)); /* nothing was submitted yet */
	CHECK_ERROR(&err, ERROR_CONFLICT, "Being written");
	CHECK(!STEP(SUBMIT, AUTHOR, id, .revision = 7));
	CHECK_ERROR(&err, ERROR_CONFLICT, "revision 7");
	CHECK(STEP(SUBMIT, COLLEAGUE, id, .revision = 1));
	CHECK_TEXT(state(id), "review");
	CHECK(!STEP(INVITE, AUTHOR, id, .other = FIRST));
	CHECK_ERROR(&err, ERROR_DENIED, "");
	CHECK(STEP(INVITE, EDITOR, id, .other = FIRST));
	CHECK(!STEP(INVITE, STAFF, id, .other = FIRST));
	CHECK_ERROR(&err, ERROR_CONFLICT, "already");
	CHECK(!STEP(INVITE, STAFF, id, .other = AUTHOR));
	CHECK_ERROR(&err, ERROR_INVALID, "author");
	CHECK(!STEP(INVITE, STAFF, id, .other = STRANGER));
	CHECK_ERROR(&err, ERROR_INVALID, "no member");
	CHECK(STEP(INVITE, STAFF, id, .other = SECOND));
	CHECK(!STEP(APPROVE, STAFF, id, .revision = 1)); /* no reviewer */
	CHECK_ERROR(&err, ERROR_DENIED, "");
	CHECK(!STEP(APPROVE, STRANGER, id, .revision = 1));
	CHECK_ERROR(&err, ERROR_NOT_FOUND, "");
	CHECK(STEP(APPROVE, FIRST, id, .revision = 1));
	CHECK_TEXT(state(id), "review");
	CHECK(STEP(APPROVE, FIRST, id, .revision = 1)); /* counts once */
	CHECK_TEXT(state(id), "review");
	CHECK(!STEP(ASK, SECOND, id, .revision = 1));
	CHECK_ERROR(&err, ERROR_INVALID, "Say which");
	CHECK(STEP(ASK, SECOND, id, .revision = 1, .words = "Name the source."));
	CHECK_TEXT(state(id), "changes");
	CHECK_INT(save(AUTHOR, id, 1, "{\"body\":\"Sourced\"}", false), 2);
	CHECK_TEXT(state(id), "changes");
	CHECK(!STEP(APPROVE, SECOND, id, .revision = 1)); /* of a text that is being changed */
	CHECK_ERROR(&err, ERROR_CONFLICT, "changing the text");
	CHECK(STEP(SUBMIT, AUTHOR, id, .revision = 2));
	CHECK(!STEP(APPROVE, SECOND, id, .revision = 1));
	CHECK_ERROR(&err, ERROR_CONFLICT, "now revision 2");
	CHECK(STEP(APPROVE, SECOND, id, .revision = 2));
	CHECK_TEXT(state(id), "review"); /* the approval of revision 1 is of another text */
	CHECK(STEP(APPROVE, FIRST, id, .revision = 2));
	CHECK_TEXT(state(id), "approved");
	CHECK(STEP(DISMISS, STAFF, id, .other = FIRST));
	CHECK_TEXT(state(id), "review"); /* and goes with the reviewer */
	CHECK(STEP(INVITE, STAFF, id, .other = FIRST));
	CHECK(STEP(DISMISS, EDITOR, id, .other = SECOND));
	CHECK(!STEP(DISMISS, EDITOR, id, .other = SECOND));
	CHECK_ERROR(&err, ERROR_CONFLICT, "no reviewer");
	end();
}

static void own_work(void)
{
	begin("own.db");
	const char *id = create(AUTHOR, ohio, AUDIENCE_NETWORK);
	CHECK(STEP(SUBMIT, AUTHOR, id, .revision = 1));
	CHECK(STEP(INVITE, STAFF, id, .other = COLLEAGUE));
	CHECK(STEP(INVITE, STAFF, id, .other = FIRST));
	CHECK(STEP(APPROVE, COLLEAGUE, id, .revision = 1));
	CHECK(STEP(APPROVE, FIRST, id, .revision = 1));
	CHECK_TEXT(state(id), "approved");
	/* Who wrote a part of it approves none of it. */
	CHECK_INT(save(COLLEAGUE, id, 1, "{\"body\":\"Mine\"}", false), 2);
	CHECK_TEXT(state(id), "writing");
	CHECK(STEP(SUBMIT, AUTHOR, id, .revision = 2));
	CHECK(!STEP(APPROVE, COLLEAGUE, id, .revision = 2));
	CHECK_ERROR(&err, ERROR_DENIED, "");
	CHECK(STEP(APPROVE, FIRST, id, .revision = 2));
	CHECK_TEXT(state(id), "review");
	CHECK(STEP(TAKE_BACK, AUTHOR, id));
	CHECK_TEXT(state(id), "writing");
	CHECK(!STEP(TAKE_BACK, AUTHOR, id));
	CHECK_ERROR(&err, ERROR_CONFLICT, "Being written");
	end();
}

static bool disable_first(struct db *w, void *arg, struct error *problem)
{
	(void)arg;
	return account_disable(w, people[FIRST]->id, SOURCE_LOCAL, problem);
}

static void needed(void)
{
	begin("needed.db");
	const char *own = create(AUTHOR, ohio, AUDIENCE_SPACE), *wide = create(AUTHOR, ohio, AUDIENCE_PUBLIC);
	CHECK(STEP(SUBMIT, AUTHOR, own, .revision = 1));
	CHECK(!STEP(INVITE, STAFF, own, .other = FIRST));
	CHECK_ERROR(&err, ERROR_NOT_FOUND, "");
	CHECK(STEP(INVITE, EDITOR, own, .other = EDITOR));
	CHECK(STEP(APPROVE, EDITOR, own, .revision = 1)); /* one is enough at home */
	CHECK_TEXT(state(own), "approved");
	CHECK(options_set(e.options, "review-approvals", "0", "test", &err));
	CHECK(STEP(SUBMIT, AUTHOR, wide, .revision = 1));
	CHECK_TEXT(state(wide), "approved");
	CHECK(options_set(e.options, "review-approvals", "1", "test", &err));
	CHECK(STEP(INVITE, STAFF, wide, .other = FIRST));
	CHECK(STEP(APPROVE, FIRST, wide, .revision = 1));
	CHECK(STEP(INVITE, STAFF, wide, .other = SECOND));
	CHECK(write_as(&viewer_system, disable_first, NULL));
	CHECK(STEP(DISMISS, STAFF, wide, .other = SECOND)); /* judged again: the other one is gone */
	CHECK_TEXT(state(wide), "review");
	end();
}

static void narrowed(void)
{
	begin("narrowed.db");
	const char *id = create(AUTHOR, ohio, AUDIENCE_PUBLIC);
	CHECK(STEP(SUBMIT, AUTHOR, id, .revision = 1));
	CHECK(see(STAFF, id) != NULL);
	struct saving s = { .who = AUTHOR, .save = { .id = id, .title = "T", .slug = "t", .form_json = "{}",
		.audience = AUDIENCE_SPACE, .expected = 1 } };
	CHECK(write_as(viewers[AUTHOR], do_save, &s));
	CHECK(see(STAFF, id) == NULL); /* meant for the space alone now */
	s.save.audience = AUDIENCE_PUBLIC;
	s.save.expected = 2;
	CHECK(write_as(viewers[AUTHOR], do_save, &s));
	CHECK(see(STAFF, id) == NULL); /* until it is submitted again */
	end();
}

static void comments(void)
{
	struct draft_comment *list;
	size_t count;

	begin("comments.db");
	const char *id = create(AUTHOR, ohio, AUDIENCE_NETWORK);
	CHECK(STEP(SUBMIT, AUTHOR, id, .revision = 1));
	CHECK(STEP(COMMENT, STAFF, id, .revision = 1, .words = "Why?", .field = "body", .line = 2));
	CHECK(!STEP(COMMENT, STAFF, id, .revision = 1, .words = "Where?", .field = "body", .line = 3));
	CHECK_ERROR(&err, ERROR_INVALID, "no such line");
	CHECK(!STEP(COMMENT, STAFF, id, .revision = 1, .words = ""));
	CHECK_ERROR(&err, ERROR_INVALID, "Write a comment");
	CHECK(!STEP(COMMENT, STRANGER, id, .revision = 1, .words = "x"));
	CHECK_ERROR(&err, ERROR_NOT_FOUND, "");
	CHECK_INT(save(AUTHOR, id, 1, "{\"body\":\"New\"}", false), 2);
	NEED(db_begin(db, viewers[AUTHOR], &err));
	CHECK(draft_comments(db, n.arena, id, &list, &count, &err));
	db_end(db);
	NEED(count == 1);
	CHECK_TEXT(list[0].quote, "Second line");
	CHECK_INT(list[0].line, 2);
	/* An answer belongs to the thread's revision, so all who see the thread see it. */
	CHECK(STEP(COMMENT, AUTHOR, id, .revision = 2, .words = "Because.", .comment = list[0].id));
	CHECK(!STEP(RESOLVE, FIRST, id, .comment = list[0].id));
	CHECK_ERROR(&err, ERROR_NOT_FOUND, "");
	CHECK(STEP(RESOLVE, STAFF, id, .comment = list[0].id));
	NEED(db_begin(db, viewers[STAFF], &err));
	CHECK(draft_comments(db, n.arena, id, &list, &count, &err));
	db_end(db);
	NEED(count == 2);
	CHECK_TEXT(list[1].text, "Because.");
	CHECK_TEXT(list[0].resolved_by, "staff");
	end();
}

static void lists(void)
{
	struct draft *list;
	size_t count;
	int64_t total;
	struct draft_filter f = { 0 };

	begin("lists.db");
	const char *wide = create(AUTHOR, ohio, AUDIENCE_PUBLIC), *own = create(AUTHOR, ohio, AUDIENCE_SPACE);
	CHECK(STEP(SUBMIT, AUTHOR, wide, .revision = 1));
	CHECK(STEP(INVITE, STAFF, wide, .other = SECOND));
	const struct { enum draft_list_kind kind; int who; int expected; } cases[] = {
		{ DRAFTS_MINE, AUTHOR, 2 }, { DRAFTS_MINE, COLLEAGUE, 0 }, { DRAFTS_SPACES, COLLEAGUE, 2 },
		{ DRAFTS_SPACES, AUTHOR, 0 }, { DRAFTS_QUEUE, STAFF, 1 }, { DRAFTS_QUEUE, EDITOR, 1 }, { DRAFTS_QUEUE, AUTHOR, 0 },
		{ DRAFTS_QUEUE, FOREIGN, 0 }, { DRAFTS_QUEUE, NETWORK, 1 }, { DRAFTS_TO_REVIEW, SECOND, 1 },
		{ DRAFTS_TO_REVIEW, STAFF, 0 } };
	for (size_t i = 0; i < COUNT(cases); i++) {
		f = (struct draft_filter){ .kind = cases[i].kind, .account_id = people[cases[i].who]->id };
		NEED(db_begin(db, viewers[cases[i].who], &err));
		CHECK(draft_list(db, n.arena, &f, &list, &count, &total, &err));
		db_end(db);
		CHECK_INT(count, cases[i].expected);
		CHECK_INT(total, cases[i].expected);
	}
	CHECK(STEP(DISCARD, AUTHOR, own));
	f = (struct draft_filter){ .kind = DRAFTS_MINE, .account_id = people[AUTHOR]->id, .limit = 1 };
	NEED(db_begin(db, viewers[AUTHOR], &err));
	CHECK(draft_list(db, n.arena, &f, &list, &count, &total, &err));
	CHECK_INT(total, 1);
	f.state = DRAFT_DISCARDED;
	CHECK(draft_list(db, n.arena, &f, &list, &count, &total, &err));
	CHECK_INT(total, 1);
	CHECK_TEXT(list[0].id, own);
	db_end(db);
	end();
}

static void trail(void)
{
	struct draft_step *steps;
	struct audit_entry *entries;
	size_t count;

	begin("trail.db");
	const char *id = create(AUTHOR, ohio, AUDIENCE_PUBLIC);
	CHECK(STEP(SUBMIT, AUTHOR, id, .revision = 1, .words = "Please read"));
	CHECK(STEP(INVITE, STAFF, id, .other = FIRST));
	CHECK(STEP(ASK, FIRST, id, .revision = 1, .words = "Shorter"));
	NEED(db_begin(db, viewers[STAFF], &err));
	CHECK(draft_steps(db, n.arena, id, &steps, &count, &err));
	db_end(db);
	const char *const expected[][3] = { { "ask", "first", "Shorter" }, { "invite", "staff", "first" },
		{ "submit", "author", "Please read" }, { "begin", "author", NULL } };
	NEED(count == COUNT(expected));
	for (size_t i = 0; i < count; i++) {
		CHECK_TEXT(steps[i].action, expected[i][0]);
		CHECK_TEXT(steps[i].account_name, expected[i][1]);
		CHECK_TEXT(steps[i].words, expected[i][2]);
	}
	struct audit_filter f = { .action = "draft.", .object = id };
	CHECK(audit_list(db, n.arena, &f, &entries, &count, NULL, &err));
	NEED(count == 3);
	CHECK_TEXT(entries[0].action, "draft.ask");
	CHECK_TEXT(entries[0].space, "ohio");
	CHECK_LACKS(entries[0].detail, "Shorter"); /* words are content */
	end();
}

CU_TestInfo unit_tests[] = {
	{ "who sees a draft", sight },
	{ "authors without a role", authors_without_role },
	{ "space guard", guard },
	{ "revisions", revisions },
	{ "review", review },
	{ "one's own work", own_work },
	{ "approvals needed", needed },
	{ "narrowed audience", narrowed },
	{ "comments", comments },
	{ "lists", lists },
	{ "trail", trail },
	CU_TEST_INFO_NULL,
};
