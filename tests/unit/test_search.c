/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "search.h"
#include <math.h>
#include <pthread.h>
#include "network.h"
#include "query.h"
#include "unit.h"

static struct network n;
static struct db *db;
static const char *ohio;
static struct membership in_ohio[1];
static struct viewer member;
static struct search_result result;
static struct error err;

static void open_reader(void)
{
	error_clear(&err);
	db = store_reader(n.store, &err);
	CHECK_ERROR(&err, ERROR_NONE, "");
	NEED(db != NULL);
}

static void begin(const char *name, const char *thesaurus)
{
	network_open(&n, name, thesaurus);
	network_space(&n, "national", "public");
	ohio = network_space(&n, "ohio", "public");
	network_space(&n, "iowa", "public");
	network_space(&n, "hidden", "network");
	in_ohio[0] = (struct membership){ ohio, ROLE_READER };
	member = (struct viewer){ .kind = VIEWER_ACCOUNT, .account_id = "x", .memberships = in_ohio, .n_memberships = 1 };
	open_reader();
}

static void end(void)
{
	db_close(db);
	network_close(&n);
}

static bool run(const struct viewer *v, const struct search_request *rq)
{
	error_clear(&err);
	NEED(db_begin(db, v, &err));
	bool ok = search_run(n.search, db, n.arena, rq, &result, &err);
	db_end(db);
	return ok;
}

static const char *slugs(void)
{
	const char *list = "";

	for (size_t i = 0; i < result.n; i++)
		list = arena_printf(n.arena, "%s%s%s", list, i ? " " : "", result.hits[i].record.slug);
	return list;
}

/* Slugs of what is found, the best first, or the error. */
static const char *find(const struct viewer *v, const char *text)
{
	struct search_request rq = { .text = text, .limit = 50 };

	return run(v, &rq) ? slugs() : err.text;
}

static const char *found(const char *text)
{
	return find(&viewer_nobody, text);
}

/* "guide=3 faq=1" */
static const char *facet(enum search_facet_kind kind)
{
	const char *list = "";

	for (size_t i = 0; i < result.facets[kind].n; i++)
		list = arena_printf(n.arena, "%s%s%s=%d", list, i ? " " : "", result.facets[kind].values[i].value,
			(int)result.facets[kind].values[i].count);
	return list;
}

static void ranking(void)
{
	begin("ranking.db", NULL);
	network_add(&n, .slug = "guide", .title = "The call-in", .body = "How to hold one.");
	network_add(&n, .slug = "often", .title = "Call-in questions about every call-in",
		.summary = "call-in call-in call-in", .body = "call-in call-in call-in call-in call-in call-in");
	network_add(&n, .slug = "title", .title = "Walrus", .body = "A text about something else entirely.");
	network_add(&n, .slug = "body", .title = "Something", .body = "A text about a walrus, a walrus and a walrus.");
	network_add(&n, .slug = "both", .title = "Both", .body = "The heron and then the stork were there, among others.");
	network_add(&n, .slug = "one", .title = "One", .body = "A heron heron heron heron heron heron heron.");
	/* The far one has the better place where nothing else decides. */
	network_add(&n, .slug = "far", .title = "Texts", .body = "quartz " "a b c d e f g h i j k l m n o p q r s t u v w x y z marble");
	network_add(&n, .slug = "near", .title = "Texts", .body = "quartz marble " "a b c d e f g h i j k l m n o p q r s t u v w x y z");
	CHECK_TEXT(found("the call-in"), "guide often"); /* the exact title first, whatever the rest says */
	CHECK_TEXT(found("CALL-IN"), "guide often");
	CHECK_TEXT(found("The Call-In!"), "guide often");
	CHECK_TEXT(found("walrus"), "title body");
	CHECK_TEXT(found("heron stork"), "both one"); /* all the words before one of them many times */
	CHECK_TEXT(found("quartz marble"), "near far");
	/* A record that has every word gets half as much again (docs/search.md). */
	double both = result.n == 2 ? result.hits[1].score : 0;
	CHECK_TEXT(found("quartz"), "far near");
	double quartz = result.n == 2 ? result.hits[0].score : 0;
	found("marble");
	CHECK(both > 0 && fabs(both - 1.5 * (quartz + result.hits[0].score)) < 1e-9);
	CHECK_TEXT(found("zzzz walrus"), "title body"); /* never AND alone */
	for (size_t i = 1; i < result.n; i++)
		CHECK(result.hits[i - 1].score >= result.hits[i].score);
	CHECK_INT(result.total, 2);
	end();
}

static void language(void)
{
	begin("language.db", NULL);
	network_add(&n, .slug = "meetings", .title = "Meetings", .body = "They were meeting.");
	network_add(&n, .slug = "cafe", .title = "Caf\xc3\xa9", .body = "x");
	network_add(&n, .slug = "dont", .title = "Don't", .body = "violence");
	network_add(&n, .slug = "guide-x", .title = "Phrases", .body = "alpha beta gamma", .type = "guide");
	network_add(&n, .slug = "faq-x", .title = "Reversed", .body = "gamma beta alpha violent", .type = "faq");
	CHECK_TEXT(found("meet"), "meetings");
	CHECK_TEXT(found("cafe"), "cafe");
	CHECK_TEXT(found("CAF\xc3\x89"), "cafe");
	CHECK_TEXT(found("don't"), "dont");
	CHECK_TEXT(found("\"alpha beta\""), "guide-x");
	CHECK_TEXT(found("alpha -gamma"), "");
	CHECK_TEXT(found("alpha -\"alpha beta\""), "faq-x");
	CHECK_TEXT(found("alpha type:faq"), "faq-x");
	CHECK_TEXT(found("alpha -type:faq"), "guide-x faq-x");
	CHECK_TEXT(found("type:faq"), "faq-x");
	CHECK_TEXT(found("type:nothing"), "");
	CHECK_TEXT(found("viol*"), "dont faq-x");
	CHECK_TEXT(found("\"viol\""), "");
	CHECK_TEXT(found("-alpha"), ""); /* without alone finds nothing */
	CHECK_TEXT(found("-alpha type:faq"), "");
	CHECK_TEXT(found(""), "cafe dont meetings guide-x faq-x"); /* everything, by title */
	CHECK_TEXT(found("   "), "cafe dont meetings guide-x faq-x");
	CHECK_INT(result.total, 5);
	end();
}

/* Texts that must find what they find, and never fail. */
static void any_input(void)
{
	static const char *const texts[] = { "\"", "\"\"", "*", "-", "--", "---x", "(", ")", "a AND", "AND", "OR OR", "NOT x", "NEAR(a b, 2)",
		"a NEAR b", "^walrus", "title:walrus", "{title} : x", "a + b", "a ^ b", "'; DROP TABLE record; --", "%s%n", "\\", "a\"b\"c\"",
		"type:", "type:\"", "type:type:x", "*walrus*", "-*", "-\"", "\xe2\x80\x9c", "\xf0\x9f\x98\x80", "\xcc\x81", "e\xcc\x81", "\xef\xbf\xbd",
		/* What we take for a word and the index does not: Arabic comma, danda, Armenian apostrophe, Khmer sign */
		"\xd8\x8c", "\xe0\xa5\xa4", "\xd5\x9a", "\xe1\x9f\x94", "\xe0\xa5\xa4*", "-\xe0\xa5\xa4", "\"\xe0\xa5\xa4\"",
		"\xd8\x8c \xe0\xa5\xa4 \xd5\x9a", "\xf3\xa0\x80\x81", "\xef\xb8\x8f", "\xd6\x8f \xe0\xb8\xbf" };
	static const char *const beside[] = { "\xd8\x8c", "\xe0\xa5\xa4", "\xd5\x9a", "\xcc\x81", "\xe1\x9f\x94", "\xe0\xa5\xa4 \xd8\x8c" };

	begin("input.db", NULL);
	network_add(&n, .slug = "walrus", .title = "Walrus", .body = "stork");
	network_add(&n, .slug = "heron", .title = "Heron", .body = "stork stork");
	network_add(&n, .slug = "other", .title = "Other", .body = "something else");
	for (size_t i = 0; i < COUNT(texts); i++) {
		find(&viewer_nobody, texts[i]);
		CHECK_ERROR(&err, ERROR_NONE, "");
		if (err.kind)
			CHECK_TEXT(texts[i], "any input");
	}
	/* Beside a word they change nothing. */
	found("walrus");
	double alone = result.n ? result.hits[0].score : 0;
	for (size_t i = 0; i < COUNT(beside); i++) {
		CHECK_TEXT(found(arena_printf(n.arena, "%s walrus", beside[i])), "walrus");
		CHECK(result.n == 1 && fabs(result.hits[0].score - (alone - 1000)) < 1e-9); /* the title is no longer what was typed */
		CHECK_TEXT(found(arena_printf(n.arena, "walrus %s", beside[i])), "walrus");
		CHECK_TEXT(found(arena_printf(n.arena, "walrus -%s", beside[i])), "walrus");
		CHECK_TEXT(found(arena_printf(n.arena, "%s -walrus", beside[i])), "");
		CHECK_TEXT(found(arena_printf(n.arena, "%s walrus stork", beside[i])), "walrus heron");
		CHECK_TEXT(found(arena_printf(n.arena, "stork %s* -heron", beside[i])), "walrus");
	}
	char longer[600];
	memset(longer, 'x', sizeof longer);
	longer[500] = '\0';
	CHECK_TEXT(found(longer), "");
	longer[500] = 'x';
	longer[501] = '\0';
	CHECK_HAS(found(longer), "too long");
	CHECK_INT(err.kind, ERROR_INVALID);
	CHECK_HAS(found("wal\xff"), "not UTF-8");
	CHECK_INT(err.kind, ERROR_INVALID);
	const char *many = "";
	for (int i = 0; i < QUERY_MAX_TERMS + 4; i++)
		many = arena_printf(n.arena, "%s w%d", many, i);
	CHECK_TEXT(found(arena_printf(n.arena, "walrus%s", many)), "walrus");
	CHECK(result.simplified);
	end();
}

static void fill_public(void)
{
	network_add(&n, .slug = "one", .title = "Homicide in the city", .body = "homicide fell after the meeting", .issued = "2009",
		.place = "ohio", .evidence = "controlled");
	network_add(&n, .slug = "two", .title = "A meeting", .body = "the meeting was about homicide and services", .space = "iowa",
		.type = "faq");
	network_add(&n, .slug = "three", .title = "Services", .body = "one phone number for all services", .space = "ohio");
}

static void fill_private(void)
{
	for (int i = 0; i < 20; i++)
		network_add(&n, .slug = arena_printf(n.arena, "p%d", i), .title = "Homicide meeting services", .space = "ohio",
			.body = "homicide homicide meeting zanzibar zanzibars servicing", .audience = i % 2 ? "space" : "network", .issued = "1999",
			.place = "hidden", .evidence = "none", .type = "secret-type", .strategy = "secret-strategy");
	network_add(&n, .slug = "r", .title = "Homicide axolotl", .body = "homicide axolotl", .audience = "restricted", .space = "ohio",
		.reader = "someone");
	network_add(&n, .slug = "h", .title = "Homicide wombat", .body = "homicide wombat", .audience = "network", .space = "hidden");
}

/* Everything that an answer says, in one text. */
static const char *whole_answer(const char *text, double *scores)
{
	struct search_request rq = { .text = text, .limit = 50 };

	NEED(run(&viewer_nobody, &rq));
	const char *s = arena_printf(n.arena, "%d|%s|%s", (int)result.total, slugs(), result.suggestion ? result.suggestion : "");
	for (int k = 0; k < FACET_KINDS; k++)
		s = arena_printf(n.arena, "%s|%s", s, facet((enum search_facet_kind)k));
	for (size_t i = 0; i < result.n; i++)
		scores[i] = result.hits[i].score;
	return s;
}

/* The same answers, to the last bit of a score, with and without what the viewer cannot see. */
static void scores_tell_nothing(void)
{
	static const char *const texts[] = { "homicide", "meeting services", "homicide meeting", "homicides -phone", "serv*", "\"the meeting\"",
		"homocide", "zanzibar", "axolotl", "zanzibra", "wombat", "" };
	char *without[COUNT(texts)];
	double scores[COUNT(texts)][50] = { { 0 } }, again[50];
	size_t hits[COUNT(texts)];

	begin("without.db", NULL);
	fill_public();
	for (size_t i = 0; i < COUNT(texts); i++) {
		without[i] = strdup(whole_answer(texts[i], scores[i]));
		hits[i] = result.n;
	}
	CHECK(hits[0] == 2 && scores[0][0] > 0);
	end();
	begin("with.db", NULL);
	fill_private();
	fill_public();
	for (size_t i = 0; i < COUNT(texts); i++) {
		CHECK_TEXT(whole_answer(texts[i], again), without[i]);
		for (size_t j = 0; j < hits[i]; j++)
			CHECK(again[j] == scores[i][j]);
		free(without[i]);
	}
	/* The member finds the same public records with the same scores, and more. */
	find(&member, "zanzibar type:secret-type");
	CHECK_INT(result.total, 20);
	find(&member, "homicide");
	CHECK_INT(result.total, 2 + 20 + 1); /* not the restricted one */
	for (size_t i = 0; i < result.n; i++)
		if (strcmp(result.hits[i].record.slug, "one") == 0)
			CHECK(result.hits[i].score == scores[0][0] || result.hits[i].score == scores[0][1]);
	end();
}

static void facets(void)
{
	begin("facets.db", NULL);
	network_add(&n, .slug = "a", .title = "A", .body = "word", .type = "guide", .strategy = "group-violence", .issued = "2009-05", .space = "ohio");
	network_add(&n, .slug = "b", .title = "B", .body = "word", .type = "guide", .strategy = "drug-market", .issued = "2010", .place = "ohio",
		.evidence = "controlled");
	network_add(&n, .slug = "c", .title = "C", .body = "word", .type = "faq", .strategy = "group-violence", .issued = "2010-01-02", .space = "iowa",
		.place = "iowa", .evidence = "controlled");
	network_add(&n, .slug = "d", .title = "D", .body = "other", .type = "case-study", .issued = "2011", .place = "hidden");
	struct search_request rq = { .text = "word", .limit = 50 };
	CHECK(run(&viewer_nobody, &rq));
	CHECK_TEXT(facet(FACET_TYPE), "guide=2 faq=1");
	CHECK_TEXT(facet(FACET_STRATEGY), "group-violence=2 drug-market=1");
	CHECK_TEXT(facet(FACET_SPACE), "ohio=2 iowa=1 national=1");
	CHECK_TEXT(facet(FACET_YEAR), "2010=2 2009=1");
	CHECK_TEXT(facet(FACET_EVIDENCE), "controlled=2");
	rq.type = "guide"; /* counts of the other facets, but not its own, follow the choice */
	CHECK(run(&viewer_nobody, &rq));
	CHECK_INT(result.total, 2);
	CHECK_TEXT(facet(FACET_TYPE), "guide=2 faq=1");
	CHECK_TEXT(facet(FACET_STRATEGY), "drug-market=1 group-violence=1");
	CHECK_TEXT(facet(FACET_YEAR), "2010=1 2009=1");
	rq.strategy = "group-violence";
	CHECK(run(&viewer_nobody, &rq));
	CHECK_TEXT(slugs(), "a");
	CHECK_TEXT(facet(FACET_TYPE), "faq=1 guide=1");
	CHECK_TEXT(facet(FACET_STRATEGY), "drug-market=1 group-violence=1");
	CHECK_TEXT(facet(FACET_YEAR), "2009=1");
	static const struct {
		struct search_request rq;
		const char *slugs;
	} rows[] = {
		{ { .year = 2010, .limit = 9 }, "b c" }, { { .evidence = "controlled", .limit = 9 }, "b c" },
		{ { .space = "ohio", .limit = 9 }, "a b" }, { { .space = "iowa", .limit = 9 }, "c" },
		{ { .within = "ohio", .limit = 9 }, "a b" }, { { .within = "ohio", .type = "guide", .year = 2009, .limit = 9 }, "a" },
		{ { .library_only = true, .limit = 9 }, "a b d" }, { { .library_only = true, .type = "faq", .limit = 9 }, "" },
		{ { .type = "no-such", .limit = 9 }, "" }, { { .space = "no-such", .limit = 9 }, "" }, { { .strategy = "x", .limit = 9 }, "" },
		{ { .evidence = "x", .limit = 9 }, "" }, { { .within = "x", .limit = 9 }, "" }, { { .type = "", .space = "", .limit = 9 }, "a b c d" },
		{ { .sort = SEARCH_BY_NEWEST, .limit = 9 }, "d c b a" }, { { .text = "word", .sort = SEARCH_BY_TITLE, .limit = 9 }, "a b c" },
		{ { .text = "word", .sort = SEARCH_BY_NEWEST, .limit = 9 }, "c b a" }, { { .limit = 2 }, "a b" }, { { .limit = 2, .offset = 3 }, "d" },
		{ { .limit = 2, .offset = 4 }, "" }, { { .limit = 2, .offset = 1000000 }, "" }, { { .limit = -1 }, "" }, { { .limit = 1, .offset = -7 }, "a" },
		{ { .limit = 0 }, "" },
	};
	for (size_t i = 0; i < COUNT(rows); i++) {
		CHECK(run(&viewer_nobody, &rows[i].rq));
		CHECK_TEXT(slugs(), rows[i].slugs);
	}
	CHECK_INT(result.total, 4); /* whatever the limit */
	CHECK_LACKS(facet(FACET_SPACE), "hidden"); /* a space that the viewer does not see is no choice */
	end();
}

static void spelling(void)
{
	begin("spelling.db", NULL);
	fill_public();
	fill_private();
	static const struct {
		const char *typed, *suggestion;
	} rows[] = {
		{ "homocide", "homicide" }, { "homicdie", "homicide" }, { "homocide services", "homicide services" },
		{ "\"one phone\" Homocide type:guide -x", "\"one phone\" homicide type:guide -x" }, { "homicide", NULL },
		{ "\"homocide\"", NULL }, { "homo*", NULL }, { "-homocide", NULL }, { "xyzzyqqq", NULL }, { "ci", NULL },
		{ "zanzibra", NULL }, { "axolotls", NULL }, /* words of private records */ { "", NULL }, { "the", NULL },
	};
	for (size_t i = 0; i < COUNT(rows); i++) {
		found(rows[i].typed);
		CHECK_TEXT(result.suggestion, rows[i].suggestion);
	}
	end();
}

static void synonyms(void)
{
	begin("synonyms.db", unit_file("words.txt", "dmi | drug market intervention\ncall-in | forum\n"));
	network_add(&n, .slug = "drug", .title = "X", .body = "A drug market intervention in one place.");
	network_add(&n, .slug = "dmi", .title = "Y", .body = "The DMI in another.");
	network_add(&n, .slug = "market", .title = "Z", .body = "A market.");
	network_add(&n, .slug = "forum", .title = "Forum", .body = "x");
	CHECK_HAS(found("dmi"), "drug");
	CHECK_INT(result.n_synonyms, 1);
	CHECK_TEXT(result.n_synonyms ? result.synonyms[0] : NULL, "drug market intervention");
	CHECK_TEXT(result.n ? result.hits[0].record.slug : NULL, "dmi"); /* what was typed counts more */
	CHECK(strstr(found("drug market intervention"), "dmi") < strstr(slugs(), "market") && strncmp(slugs(), "drug ", 5) == 0);
	CHECK_HAS(found("call in"), "forum"); /* typed without the hyphen */
	CHECK_HAS(found("call-ins"), "forum");
	CHECK_TEXT(found("\"call-in\""), ""); /* in quotes: exactly this */
	CHECK_INT(result.n_synonyms, 0);
	end();
}

static void passages(void)
{
	begin("passages.db", NULL);
	network_add(&n, .slug = "a", .title = "The <b>walrus</b> & co", .summary = "A summary of nothing.",
		.body = "Long before it. <script>alert('walrus')</script> was written here, among much else.");
	network_add(&n, .slug = "b", .title = "Other", .summary = "The walrus & more", .body = "x");
	found("walrus");
	NEED(result.n == 2);
	CHECK_TEXT(result.hits[0].title.html, "The &lt;b&gt;<mark>walrus</mark>&lt;/b&gt; &amp; co");
	CHECK_HAS(result.hits[0].passage.html, "&lt;script&gt;alert(&#39;<mark>walrus</mark>&#39;)&lt;/script&gt;");
	CHECK_TEXT(result.hits[1].title.html, "Other");
	CHECK_TEXT(result.hits[1].passage.html, "The <mark>walrus</mark> &amp; more");
	found("");
	NEED(result.n == 2);
	CHECK_LACKS(result.hits[0].title.html, "<mark>");
	end();
}

static const char *suggest(const struct viewer *v, const char *typed, size_t max)
{
	struct search_suggestion *list;
	size_t count;
	const char *text = "";

	error_clear(&err);
	NEED(db_begin(db, v, &err));
	bool ok = search_suggest(n.search, db, n.arena, typed, max, &list, &count, &err);
	db_end(db);
	CHECK(count <= max);
	for (size_t i = 0; i < count; i++) {
		text = arena_printf(n.arena, "%s%s%s(%s)", text, i ? "; " : "", list[i].text, list[i].type);
		CHECK((list[i].record != NULL) == (strcmp(list[i].type, "term") != 0));
	}
	return ok ? text : err.text;
}

static void suggestions(void)
{
	begin("suggest.db", unit_file("words2.txt", "meeting place | venue\n"));
	fill_public();
	fill_private();
	network_add(&n, .slug = "four", .title = "Meeting the city", .body = "homicide");
	network_add(&n, .slug = "five", .title = "About meeting people at length and with care", .body = "homicide");
	const char *list = suggest(&viewer_nobody, "meet", 10);
	CHECK(strncmp(list, "A meeting(faq); Meeting the city(guide); About meeting people", 61) == 0);
	CHECK_HAS(list, "meeting place(term)");
	CHECK_HAS(list, "meeting(term)"); /* a word of several public records */
	CHECK_LACKS(list, "Homicide meeting services");
	CHECK_HAS(suggest(&member, "homicide mee", 10), "Homicide meeting services(secret-type)");
	CHECK_TEXT(suggest(&viewer_nobody, "zanz", 10), ""); /* neither records nor words that are private */
	CHECK_TEXT(suggest(&viewer_nobody, "axo", 10), "");
	CHECK_TEXT(suggest(&viewer_nobody, "city hom", 10), "Homicide in the city(guide)");
	CHECK_TEXT(suggest(&viewer_nobody, "m", 10), "");
	CHECK_TEXT(suggest(&viewer_nobody, "", 10), "");
	CHECK_TEXT(suggest(&viewer_nobody, "!!", 10), "");
	CHECK_TEXT(suggest(&viewer_nobody, "meet", 1), "A meeting(faq)");
	static const char *const odd[] = { "\"", "a\" OR b", "title : (", "\xe0\xa5\xa4", "\xe0\xa5\xa4 meet", "meet \xe0\xa5\xa4", "AND OR", "*", "meet*" };
	for (size_t i = 0; i < COUNT(odd); i++) {
		suggest(&viewer_nobody, odd[i], 10);
		CHECK_ERROR(&err, ERROR_NONE, "");
	}
	CHECK_HAS(suggest(&viewer_nobody, "\xff", 10), "UTF-8");
	end();
}

static void changes(void)
{
	begin("changes.db", NULL);
	network_add(&n, .slug = "a", .title = "Heron", .body = "heron lives here");
	CHECK_TEXT(found("heron"), "a");
	network_add(&n, .slug = "a", .title = "Stork", .body = "stork lives here");
	CHECK_TEXT(found("heron"), "");
	CHECK_TEXT(result.suggestion, NULL); /* the vocabulary forgot it */
	CHECK_TEXT(found("stork"), "a");
	network_add(&n, .slug = "a", .title = "Stork", .body = "stork lives here", .audience = "network");
	CHECK_TEXT(found("stork"), "");
	found("storc");
	CHECK_TEXT(result.suggestion, NULL);
	CHECK_TEXT(find(&member, "stork"), "a");
	end();
}

static void *searches(void *arg)
{
	struct error e = { 0 };
	struct db *own = store_reader(n.store, &e);
	size_t wrong = own == NULL;

	(void)arg;
	for (int i = 0; own && i < 40; i++) {
		struct arena *a = arena_create();
		struct search_request rq = { .text = i % 3 ? "homicide meeting" : "", .limit = 5 };
		struct search_result r;
		struct search_suggestion *list;
		size_t count;

		wrong += !db_begin(own, &viewer_nobody, &e);
		wrong += !search_run(n.search, own, a, &rq, &r, &e) || r.total < 2;
		wrong += !search_suggest(n.search, own, a, "meet", 5, &list, &count, &e) || count < 1;
		db_end(own);
		arena_destroy(a);
	}
	db_close(own);
	return wrong ? unit_tests : NULL; /* NULL is good */
}

static void threads(void)
{
	pthread_t t[3];
	void *wrong;

	begin("threads.db", NULL);
	fill_public();
	for (size_t i = 0; i < COUNT(t); i++)
		NEED(pthread_create(&t[i], NULL, searches, NULL) == 0);
	for (int i = 0; i < 20; i++)
		network_add(&n, .slug = arena_printf(n.arena, "n%d", i), .title = "More meetings", .body = "homicide");
	for (size_t i = 0; i < COUNT(t); i++) {
		pthread_join(t[i], &wrong);
		CHECK(wrong == NULL);
	}
	end();
}

static void empty(void)
{
	begin("empty.db", NULL);
	CHECK_TEXT(found("anything"), "");
	CHECK_TEXT(found(""), "");
	CHECK_INT(result.total, 0);
	CHECK_TEXT(suggest(&viewer_nobody, "anything", 5), "");
	end();
}

CU_TestInfo unit_tests[] = {
	{ "ranking", ranking },
	{ "words, phrases, without, types", language },
	{ "any input is a query", any_input },
	{ "scores tell nothing of private records", scores_tell_nothing },
	{ "facets, filters, sorting, pages", facets },
	{ "did you mean", spelling },
	{ "synonyms", synonyms },
	{ "passages", passages },
	{ "suggestions", suggestions },
	{ "changes", changes },
	{ "threads", threads },
	{ "an empty database", empty },
	CU_TEST_INFO_NULL,
};
