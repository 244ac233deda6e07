/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Requests for help: SQL only. */
#include "help.h"
#include <time.h>
#include "audit.h"

const struct migration help_migrations[] = {
	{ 1,
	"CREATE TABLE help_request ("
	"	id TEXT NOT NULL PRIMARY KEY, about_space TEXT NOT NULL REFERENCES space (id), account_id TEXT NOT NULL,"
	"	topic TEXT NOT NULL, title TEXT NOT NULL, text TEXT NOT NULL, html TEXT NOT NULL,"
	"	needed TEXT NOT NULL, by_date TEXT NOT NULL,"
	"	audience TEXT NOT NULL CHECK (audience IN ('space', 'named', 'network')),"
	"	state TEXT NOT NULL CHECK (state IN ('requested', 'offered', 'assigned', 'accepted', 'closed')),"
	"	asked_us INTEGER NOT NULL, state_us INTEGER NOT NULL, version INTEGER NOT NULL) STRICT;"
	"CREATE INDEX help_request_by_space ON help_request (about_space);"
	"CREATE INDEX help_request_by_state ON help_request (state, asked_us);"
	"CREATE TABLE help_named ("
	"	request_id TEXT NOT NULL REFERENCES help_request (id) ON DELETE CASCADE,"
	"	named_space TEXT NOT NULL REFERENCES space (id), PRIMARY KEY (request_id, named_space)) STRICT, WITHOUT "
	"ROWID;"
	"CREATE TABLE help_offer ("
	"	id TEXT NOT NULL PRIMARY KEY, request_id TEXT NOT NULL REFERENCES help_request (id) ON DELETE CASCADE,"
	"	offer_space TEXT NOT NULL REFERENCES space (id), account_id TEXT NOT NULL, assigned INTEGER NOT NULL,"
	"	text TEXT NOT NULL, html TEXT NOT NULL,"
	"	state TEXT NOT NULL CHECK (state IN ('open', 'accepted', 'declined', 'taken-back', 'set-aside', 'ended')),"
	"	next_date TEXT NOT NULL DEFAULT '', next_words TEXT NOT NULL DEFAULT '', at_us INTEGER NOT NULL) STRICT;"
	"CREATE INDEX help_offer_by_request ON help_offer (request_id);"
	"CREATE INDEX help_offer_by_space ON help_offer (offer_space);"
	/* helper_space NULL: all who see the request read it; else that space, the asker's and the national office. */
	"CREATE TABLE help_entry ("
	"	id TEXT NOT NULL PRIMARY KEY, request_id TEXT NOT NULL REFERENCES help_request (id) ON DELETE CASCADE,"
	"	helper_space TEXT REFERENCES space (id), act TEXT NOT NULL, account_id TEXT NOT NULL,"
	"	for_space TEXT NOT NULL, html TEXT NOT NULL, kind TEXT NOT NULL, happened TEXT NOT NULL,"
	"	useful TEXT NOT NULL, story INTEGER NOT NULL, at_us INTEGER NOT NULL) STRICT;"
	"CREATE INDEX help_entry_by_request ON help_entry (request_id, at_us);" },
	{ 2,
	"CREATE TABLE help_visit ("
	"	id TEXT NOT NULL PRIMARY KEY, request_id TEXT REFERENCES help_request (id),"
	"	guest_space TEXT NOT NULL REFERENCES space (id), host_space TEXT NOT NULL REFERENCES space (id),"
	"	account_id TEXT NOT NULL, purpose TEXT NOT NULL, people TEXT NOT NULL,"
	"	date1 TEXT NOT NULL, date2 TEXT NOT NULL, date3 TEXT NOT NULL,"
	"	agenda TEXT NOT NULL DEFAULT '', agenda_html TEXT NOT NULL DEFAULT '', host_person TEXT NOT NULL DEFAULT "
	"'',"
	"	logistics TEXT NOT NULL DEFAULT '', logistics_html TEXT NOT NULL DEFAULT '',"
	"	starts TEXT NOT NULL DEFAULT '', ends TEXT NOT NULL DEFAULT '', zone TEXT NOT NULL DEFAULT '',"
	"	starts_us INTEGER NOT NULL DEFAULT 0, plans INTEGER NOT NULL DEFAULT 0,"
	"	seen TEXT NOT NULL DEFAULT '', seen_html TEXT NOT NULL DEFAULT '', advice TEXT NOT NULL DEFAULT '',"
	"	advice_html TEXT NOT NULL DEFAULT '', actions TEXT NOT NULL DEFAULT '', actions_html TEXT NOT NULL "
	"DEFAULT '',"
	"	state TEXT NOT NULL CHECK (state IN ('proposed', 'planned', 'agreed', 'reported', 'cancelled')),"
	"	guest_agreed INTEGER NOT NULL DEFAULT 0, host_agreed INTEGER NOT NULL DEFAULT 0,"
	"	guest_story INTEGER NOT NULL DEFAULT 0, host_story INTEGER NOT NULL DEFAULT 0,"
	"	version INTEGER NOT NULL, changed_us INTEGER NOT NULL) STRICT;"
	"CREATE INDEX help_visit_by_guest ON help_visit (guest_space);"
	"CREATE INDEX help_visit_by_host ON help_visit (host_space);"
	"CREATE TABLE help_visit_entry ("
	"	id TEXT NOT NULL PRIMARY KEY, visit_id TEXT NOT NULL REFERENCES help_visit (id) ON DELETE CASCADE,"
	"	act TEXT NOT NULL, account_id TEXT NOT NULL, for_space TEXT NOT NULL, words TEXT NOT NULL, at_us INTEGER "
	"NOT NULL) STRICT;"
	"CREATE INDEX help_visit_entry_by_visit ON help_visit_entry (visit_id, at_us);" },
	{ 0, NULL }
};

#define HOLDS(token) token " IN (SELECT token FROM temp.viewer_scope)"
#define STAFF "EXISTS (SELECT 1 FROM temp.viewer_scope WHERE token = (SELECT 'e:' || id FROM main.space WHERE slug = '" SPACE_NATIONAL "'))"
/* Members of a helping space; of the national office its editors alone. */
#define OF_HELPER(space) HOLDS("(CASE WHEN " space " = (SELECT id FROM main.space WHERE slug = '" SPACE_NATIONAL "') THEN 'e:' ELSE 's:' END || " space ")")

/* Who speaks for a side: its contributors and up, and who asked for the visit. */
#define ACTS_FOR(space) "(" HOLDS("'c:' || " space) " OR (" HOLDS("'a:' || v.account_id") " AND " HOLDS("'s:' || " space) "))"

const struct view_def help_views[] = {
	{ "v_help_request", "CREATE TEMP VIEW v_help_request AS SELECT r.*, s.slug AS space_slug, s.short_name AS "
		"space_name, "
		"a.name AS account_name, " HOLDS("'s:' || r.about_space") " AS member, " STAFF " AS staff, "
		"(" HOLDS("'c:' || r.about_space") " OR (" HOLDS("'a:' || r.account_id")
		" AND " HOLDS("'s:' || r.about_space") ")) AS asks "
		"FROM main.help_request r JOIN main.space s ON s.id = r.about_space LEFT JOIN main.account a ON a.id = "
		"r.account_id "
		"WHERE " HOLDS("'s:' || r.about_space") " OR " STAFF " OR (r.audience = 'network' "
		"AND " HOLDS("'network'") ") "
		"OR (r.audience = 'named' AND EXISTS (SELECT 1 FROM main.help_named n WHERE n.request_id = r.id AND "
		HOLDS("'s:' || n.named_space") ")) OR EXISTS (SELECT 1 FROM main.help_offer o WHERE o.request_id = r.id "
		"AND o.state IN ('open', 'accepted') AND " OF_HELPER("o.offer_space") ")" },
	{ "v_help_named", "CREATE TEMP VIEW v_help_named AS SELECT n.request_id, s.slug, s.short_name FROM "
	"main.help_named n "
		"JOIN v_help_request r ON r.id = n.request_id JOIN main.space s ON s.id = n.named_space WHERE r.member OR "
		"r.staff" },
	{ "v_help_offer", "CREATE TEMP VIEW v_help_offer AS SELECT o.*, s.slug AS space_slug, s.short_name AS "
	"space_name, "
		"a.name AS account_name, (" HOLDS("'c:' || o.offer_space") " OR (" HOLDS("'a:' || o.account_id") " AND "
		OF_HELPER("o.offer_space") ")) AS helps FROM main.help_offer o JOIN main.help_request r ON r.id = "
		"o.request_id "
		"JOIN main.space s ON s.id = o.offer_space LEFT JOIN main.account a ON a.id = o.account_id "
		"WHERE " HOLDS("'s:' || r.about_space") " OR " OF_HELPER("o.offer_space") " OR " STAFF },
	{ "v_help_entry", "CREATE TEMP VIEW v_help_entry AS SELECT x.*, a.name AS account_name, s.short_name AS "
	"space_name "
		"FROM main.help_entry x JOIN v_help_request r ON r.id = x.request_id LEFT JOIN main.account a ON a.id = "
		"x.account_id "
		"LEFT JOIN main.space s ON s.id = x.for_space WHERE x.helper_space IS NULL OR r.member OR r.staff OR "
		OF_HELPER("x.helper_space") },
	/* The guests' space, the hosts', and the national office's editors. */
	{ "v_help_visit", "CREATE TEMP VIEW v_help_visit AS SELECT v.*, g.slug AS guest_slug, g.short_name AS "
		"guest_name, "
		"h.slug AS host_slug, h.short_name AS host_name, a.name AS account_name, "
		ACTS_FOR("v.guest_space") " AS guest, " ACTS_FOR("v.host_space") " AS host "
		"FROM main.help_visit v JOIN main.space g ON g.id = v.guest_space JOIN main.space h ON h.id = v.host_space "
		"LEFT JOIN main.account a ON a.id = v.account_id "
		"WHERE " HOLDS("'s:' || v.guest_space") " OR " HOLDS("'s:' || v.host_space") " OR " STAFF },
	{ "v_help_visit_entry", "CREATE TEMP VIEW v_help_visit_entry AS SELECT x.*, a.name AS account_name, "
	"s.short_name AS space_name "
		"FROM main.help_visit_entry x JOIN v_help_visit v ON v.id = x.visit_id LEFT JOIN main.account a ON a.id = "
		"x.account_id "
		"LEFT JOIN main.space s ON s.id = x.for_space" },
	{ NULL, NULL }
};

/* ---- words ---- */

static const char *const audiences[] = { "", "space", "named", "network" };

const char *help_audience_word(enum help_audience audience)
{
	return audiences[audience];
}

enum help_audience help_audience_parse(const char *word)
{
	for (int i = HELP_TO_SPACE; word && i <= HELP_TO_NETWORK; i++)
		if (strcmp(audiences[i], word) == 0)
			return (enum help_audience)i;
	return (enum help_audience)0;
}

const char *const help_topics[][2] = { { "problem-analysis", "Problem analysis" }, { "group-audit",
	"Group audit" },
	{ "enforcement", "Enforcement planning" }, { "call-in", "Call-ins" }, { "custom-notification",
	"Custom notifications" },
	{ "services", "Services and outreach" }, { "community", "Community moral voice" }, { "management",
	"Project management and governance" },
	{ "sustaining", "Sustaining the work" }, { "data", "Data and evaluation" }, { "drug-market",
	"Drug market strategy" },
	{ "other", "Something else" }, { NULL, NULL } };
const char *const help_needs[][2] = { { "week", "Within a week" }, { "month", "Within a month" }, {
	"quarter", "Within three months" },
	{ "open", "No hurry" }, { NULL, NULL } };
const char *const help_kinds[][2] = { { "call", "Call" }, { "visit", "Visit" }, { "document", "Document" },
	{ "note", "Note" }, { NULL, NULL } };

const char *help_label(const char *const (*list)[2], const char *word)
{
	for (size_t i = 0; word && list[i][0]; i++)
		if (strcmp(list[i][0], word) == 0)
			return list[i][1];
	return NULL;
}

/* ---- reading ---- */

#define REQUEST "r.id, r.about_space, r.space_slug, r.space_name, r.account_id, coalesce(r.account_name, 'someone'), r.topic, r.title, " \
	"r.text, r.html, r.needed, r.by_date, r.audience, r.state, r.asked_us, r.state_us, r.version, r.asks, r.member, r.staff "

static void read_request(struct query *q, struct arena *a, struct help_request *r)
{
	*r = (struct help_request){ .id = q_col_text(q, a, 0), .space_id = q_col_text(q, a, 1), .space_slug = q_col_text(q, a, 2),
		.space_name = q_col_text(q, a, 3), .account_id = q_col_text(q, a, 4), .account_name = q_col_text(q, a, 5),
		.topic = q_col_text(q, a, 6), .title = q_col_text(q, a, 7), .text = q_col_text(q, a, 8),
		.html = q_col_text(q, a, 9),
		.needed = q_col_text(q, a, 10), .by_date = q_col_text(q, a, 11),
		.audience = help_audience_parse(q_col_text(q, a, 12)),
		.state = help_state_parse(q_col_text(q, a, 13)), .asked_us = q_col_int(q, 14), .state_us = q_col_int(q, 15),
		.version = q_col_int(q, 16), .asks = q_col_int(q, 17) != 0, .member = q_col_int(q, 18) != 0,
		.staff = q_col_int(q, 19) != 0 };
}

#define OVERDUE "((r.state IN ('requested', 'offered', 'assigned') AND r.by_date <> '' AND r.by_date < :today) OR " \
	"(r.state = 'requested' AND r.state_us < :late))"

bool help_list(struct db *db, struct arena *a, const struct help_filter *f, struct help_request **out,
size_t *n,
	int64_t *total, struct error *err)
{
	struct query q;

	*out = arena_array(a, (size_t)f->limit + 1, sizeof **out);
	*n = 0;
	*total = 0;
	db_query(db, &q, "SELECT " REQUEST ", " OVERDUE ", count(*) OVER () FROM v_help_request r WHERE "
		"(:which = 3 OR (:which = 0 AND r.about_space = :space) OR (:which = 2 AND r.about_space <> :space) OR "
		"(:which = 1 AND EXISTS (SELECT 1 FROM v_help_offer o WHERE o.request_id = r.id AND o.offer_space = :space "
		"AND o.state IN ('open', 'accepted')))) "
		"AND (:any OR CASE WHEN :state = '' THEN r.state <> 'closed' ELSE r.state = :state END) "
		"AND (:topic IS NULL OR r.topic = :topic) AND (NOT :overdue OR " OVERDUE ") "
		"ORDER BY r.state = 'closed', r.asked_us, r.id LIMIT :limit OFFSET :offset");
	q_int(&q, ":which", f->which);
	q_text(&q, ":space", f->space_id);
	q_int(&q, ":any", f->any_state);
	q_text(&q, ":state", help_state_word(f->state));
	q_text(&q, ":topic", f->topic);
	q_int(&q, ":overdue", f->overdue);
	q_text(&q, ":today", f->today);
	q_int(&q, ":late", f->late_us);
	q_int(&q, ":limit", f->limit);
	q_int(&q, ":offset", f->offset);
	while (q_row(&q)) {
		read_request(&q, a, &(*out)[*n]);
		(*out)[(*n)++].overdue = q_col_int(&q, 20) != 0;
		*total = q_col_int(&q, 21);
	}
	return q_done(&q, err);
}

bool help_get(struct db *db, struct arena *a, const char *id, struct help_request **out, struct error *err)
{
	struct query q;

	*out = NULL;
	db_query(db, &q, "SELECT " REQUEST " FROM v_help_request r WHERE r.id = :id");
	q_text(&q, ":id", id);
	while (q_row(&q)) {
		*out = arena_alloc(a, sizeof **out);
		read_request(&q, a, *out);
	}
	if (!q_done(&q, err))
		return false;
	return *out || error_absent(err);
}

bool help_named(struct db *db, struct arena *a, const char *id, const char *(**out)[2], size_t *n,
	struct error *err)
{
	struct query q;

	*out = arena_array(a, HELP_NAMED_MAX, sizeof **out);
	*n = 0;
	db_query(db, &q, "SELECT slug, short_name FROM v_help_named WHERE request_id = :id ORDER BY short_name, "
		"slug LIMIT :most");
	q_text(&q, ":id", id);
	q_int(&q, ":most", HELP_NAMED_MAX);
	while (q_row(&q)) {
		(*out)[*n][0] = q_col_text(&q, a, 0);
		(*out)[(*n)++][1] = q_col_text(&q, a, 1);
	}
	return q_done(&q, err);
}

bool help_offers(struct db *db, struct arena *a, const char *id, struct help_offer **out, size_t *n,
	struct error *err)
{
	struct query q;

	*out = NULL;
	*n = 0;
	db_query(db, &q, "SELECT id, offer_space, space_slug, space_name, account_id, coalesce(account_name, "
		"'someone'), text, html, state, "
		"next_date, next_words, assigned, helps, at_us, count(*) OVER () FROM v_help_offer WHERE request_id = :id "
		"ORDER BY at_us, id");
	q_text(&q, ":id", id);
	while (q_row(&q)) {
		if (!*out)
			*out = arena_array(a, (size_t)q_col_int(&q, 14), sizeof **out);
		(*out)[(*n)++] = (struct help_offer){ .id = q_col_text(&q, a, 0), .space_id = q_col_text(&q, a, 1),
			.space_slug = q_col_text(&q, a, 2), .space_name = q_col_text(&q, a, 3), .account_id = q_col_text(&q, a, 4),
			.account_name = q_col_text(&q, a, 5), .text = q_col_text(&q, a, 6), .html = q_col_text(&q, a, 7),
			.state = q_col_text(&q, a, 8), .next_date = q_col_text(&q, a, 9), .next_words = q_col_text(&q, a, 10),
			.assigned = q_col_int(&q, 11) != 0, .helps = q_col_int(&q, 12) != 0, .at_us = q_col_int(&q, 13) };
	}
	return q_done(&q, err);
}

bool help_entries(struct db *db, struct arena *a, const char *id, struct help_entry **out, size_t *n,
	struct error *err)
{
	struct query q;

	*out = NULL;
	*n = 0;
	db_query(db, &q, "SELECT id, act, coalesce(account_name, 'someone'), space_name, html, kind, happened, "
		"useful, story, at_us, "
		"count(*) OVER () FROM v_help_entry WHERE request_id = :id ORDER BY at_us, id");
	q_text(&q, ":id", id);
	while (q_row(&q)) {
		if (!*out)
			*out = arena_array(a, (size_t)q_col_int(&q, 10), sizeof **out);
		(*out)[(*n)++] = (struct help_entry){ .id = q_col_text(&q, a, 0), .act = q_col_text(&q, a, 1),
			.account_name = q_col_text(&q, a, 2), .space_name = q_col_text(&q, a, 3), .html = q_col_text(&q, a, 4),
			.kind = q_col_text(&q, a, 5), .happened = q_col_text(&q, a, 6), .useful = q_col_text(&q, a, 7),
			.story = q_col_int(&q, 8) != 0, .at_us = q_col_int(&q, 9) };
	}
	return q_done(&q, err);
}

/* ---- My page ---- */

static int64_t day_us(const char *date)
{
	struct tm tm = { 0 };

	if (!date || strlen(date) != 10 || !strptime(date, "%Y-%m-%d", &tm))
		return 0;
	return ((int64_t)timegm(&tm) + 86399) * 1000000; /* until the end of that day, UTC */
}

bool help_mine(struct request *rq, struct mine *m, struct error *err)
{
	struct query q;

	db_query(rq->db, &q, "SELECT r.id, r.title, r.space_slug, r.space_name, 'answer', '', '' FROM "
		"v_help_request r "
		"WHERE r.account_id = :me AND r.member AND r.state IN ('offered', 'assigned') "
		"UNION ALL SELECT r.id, r.title, o.space_slug, r.space_name, 'next', o.next_date, o.next_words FROM "
		"v_help_offer o "
		"JOIN v_help_request r ON r.id = o.request_id WHERE (o.account_id = :me OR o.assigned) AND o.helps AND "
		"o.state = 'accepted' "
		"AND r.state = 'accepted' AND o.next_date <> '' "
		"UNION ALL SELECT * FROM (SELECT r.id, r.title, '" SPACE_NATIONAL "', r.space_name, 'queue', r.by_date, "
		"'' FROM v_help_request r "
		"WHERE r.staff AND r.state = 'requested' ORDER BY r.asked_us LIMIT 20)");
	q_text(&q, ":me", rq->account->id);
	while (q_row(&q)) {
		const char *id = q_col_text(&q, rq->arena, 0), *title = q_col_text(&q, rq->arena, 1),
			*kind = q_col_text(&q, rq->arena, 4);
		const char *slug = q_col_text(&q, rq->arena, 2), *words = q_col_text(&q, rq->arena, 6);
		bool answer = strcmp(kind, "answer") == 0, next = strcmp(kind, "next") == 0;

		mine_add(m, &(struct mine_item){ .part = MINE_TASK, .at_us = day_us(q_col_text(&q, rq->arena, 5)),
			.where = q_col_text(&q, rq->arena, 3), .note = next && *words ? words : NULL,
			.title = arena_printf(rq->arena, answer ? "Answer the offer of help: %s" : next ?
			"Next step of your help: %s" :
			"A request for help waits for a helper: %s", title),
			.url = strcmp(slug, SPACE_NATIONAL) == 0 ? url_path(rq->arena, "/help/%s", id) : url_path(rq->arena,
			"/s/%s/help/%s", slug, id) });
	}
	return q_done(&q, err);
}

/* ---- writing ---- */

static bool add_entry(struct db *w, const struct help_by *by, const char *id, const struct help_step *s,
	const char *helper,
	struct error *err)
{
	char entry[ID_SIZE];
	struct query q;

	id_new(entry);
	db_query(w, &q, "INSERT INTO help_entry (id, request_id, helper_space, act, account_id, for_space, html, "
		"kind, happened, useful, "
		"story, at_us) VALUES (:id, :request, :helper, :act, :account, :space, :html, :kind, :happened, :useful, "
		":story, :now)");
	q_text(&q, ":id", entry);
	q_text(&q, ":request", id);
	q_text(&q, ":helper", helper);
	q_text(&q, ":act", help_act_word(s->act));
	q_text(&q, ":account", by->rq->account->id);
	q_text(&q, ":space", by->space_id);
	q_text(&q, ":html", s->prose.html ? s->prose.html : "");
	q_text(&q, ":kind", s->kind ? s->kind : "");
	q_text(&q, ":happened", s->act == HELP_NEXT ? s->next_date : s->happened ? s->happened : "");
	q_text(&q, ":useful", s->useful ? s->useful : "");
	q_int(&q, ":story", s->story);
	q_int(&q, ":now", clock_now_us());
	return q_run(&q, err);
}

static bool audited(struct db *w, const struct help_by *by, const char *act, const char *id,
	struct error *err)
{
	struct audit_entry entry = audit_entry(by->rq, arena_printf(by->rq->arena, "help.%s", act), id, NULL);

	return audit_write(w, &entry, err);
}

static bool set_named(struct db *w, const char *id, const struct help_text *t, struct error *err)
{
	struct query q;
	bool ok;

	db_query(w, &q, "DELETE FROM help_named WHERE request_id = :id");
	q_text(&q, ":id", id);
	ok = q_run(&q, err);
	for (size_t i = 0; ok && t->audience == HELP_TO_NAMED && i < t->n_named; i++) {
		db_query(w, &q, "INSERT OR IGNORE INTO help_named (request_id, named_space) VALUES (:id, :space)");
		q_text(&q, ":id", id);
		q_text(&q, ":space", t->named[i]);
		ok = q_run(&q, err);
	}
	return ok;
}

static bool bind_text(struct query *q, const struct help_text *t)
{
	q_text(q, ":topic", t->topic);
	q_text(q, ":title", t->title);
	q_text(q, ":text", t->text);
	q_text(q, ":html", t->prose.html);
	q_text(q, ":needed", t->needed);
	q_text(q, ":by", t->by_date);
	q_text(q, ":audience", help_audience_word(t->audience));
	return true;
}

static bool room_for(struct db *w, const char *space_id, struct error *err)
{
	int64_t n = 0;
	struct query q;

	db_query(w, &q, "SELECT count(*) FROM help_request WHERE about_space = :space AND state <> 'closed'");
	q_text(&q, ":space", space_id);
	while (q_row(&q))
		n = q_col_int(&q, 0);
	if (!q_done(&q, err))
		return false;
	return n < HELP_OPEN_MAX || error_set(err, ERROR_CONFLICT, "Your space has %d open requests. Close one "
		"first.", HELP_OPEN_MAX);
}

bool help_add(struct db *w, const struct help_by *by, const struct help_text *t, char id[ID_SIZE],
	struct error *err)
{
	struct query q;

	if (!room_for(w, by->space_id, err))
		return false;
	id_new(id);
	db_query(w, &q, "INSERT INTO help_request (id, about_space, account_id, topic, title, text, html, needed, "
		"by_date, audience, state, "
		"asked_us, state_us, version) VALUES (:id, :space, :account, :topic, :title, :text, :html, :needed, :by, "
		":audience, "
		"'requested', :now, :now, 1)");
	q_text(&q, ":id", id);
	q_text(&q, ":space", by->space_id);
	q_text(&q, ":account", by->rq->account->id);
	bind_text(&q, t);
	q_int(&q, ":now", clock_now_us());
	return q_run(&q, err) && set_named(w, id, t, err) &&
		add_entry(w, by, id, &(struct help_step){ .act = HELP_ASK }, NULL, err) &&
		help_index(w, by, id, by->space_id, t, err) && help_tell_new(w, by, id, t->title, err) && audited(w, by,
		"ask", id, err);
}

/* For whom it is, as one text. */
static bool read_circle(struct db *w, struct arena *a, const char *id, const char **out, struct error *err)
{
	struct query q;

	*out = "";
	db_query(w, &q, "SELECT audience || coalesce((SELECT group_concat(named_space) FROM (SELECT named_space "
		"FROM help_named "
		"WHERE request_id = :id ORDER BY named_space)), '') FROM help_request WHERE id = :id");
	q_text(&q, ":id", id);
	while (q_row(&q))
		*out = q_col_text(&q, a, 0);
	return q_done(&q, err);
}

bool help_change(struct db *w, const struct help_by *by, const char *id, int64_t version,
	const struct help_text *t,
	struct error *err)
{
	struct arena *a = by->rq->arena;
	const char *space = NULL, *before, *after;
	struct query q;

	if (!read_circle(w, a, id, &before, err))
		return false;
	db_query(w, &q, "UPDATE help_request SET topic = :topic, title = :title, text = :text, html = :html, "
		"needed = :needed, "
		"by_date = :by, audience = :audience, version = version + 1 WHERE id = :id AND version = :version AND "
		"state <> 'closed' "
		"RETURNING about_space");
	bind_text(&q, t);
	q_text(&q, ":id", id);
	q_int(&q, ":version", version);
	while (q_row(&q))
		space = q_col_text(&q, a, 0);
	if (!q_done(&q, err))
		return false;
	if (!space)
		return error_set(err, ERROR_CONFLICT, "This request has been changed or closed meanwhile.");
	if (!set_named(w, id, t, err) || !read_circle(w, a, id, &after, err))
		return false;
	/* Whom it is not for any more is not to be told of it, old news included. */
	if (strcmp(before, after) != 0 && !(notification_remove(w, "help-request", id, err) && help_tell_new(w,
		by, id, t->title, err)))
		return false;
	return add_entry(w, by, id, &(struct help_step){ .act = HELP_CHANGE }, NULL, err) &&
		help_index(w, by, id, space, t, err) && audited(w, by, "change", id, err);
}

/* ---- steps ---- */

struct now {
	const char *space, *account, *title;
	enum help_state state;
	struct help_rest rest;
	const char *offer, *offer_space, *offer_account, *offer_state;
};

static bool read_now(struct db *w, struct arena *a, const struct help_step *s, struct now *n,
	struct error *err)
{
	struct query q;

	*n = (struct now){ .space = NULL };
	db_query(w, &q, "SELECT about_space, account_id, title, state, "
		"(SELECT count(*) FROM help_offer o WHERE o.request_id = r.id AND o.state = 'open' AND NOT o.assigned AND "
		"o.id <> :offer), "
		"(SELECT count(*) FROM help_offer o WHERE o.request_id = r.id AND o.state = 'open' AND o.assigned AND "
		"o.id <> :offer), "
		"EXISTS (SELECT 1 FROM help_offer o WHERE o.request_id = r.id AND o.state = 'accepted') "
		"FROM help_request r WHERE id = :id");
	q_text(&q, ":id", s->id);
	q_text(&q, ":offer", s->offer ? s->offer : "");
	while (q_row(&q)) {
		n->space = q_col_text(&q, a, 0);
		n->account = q_col_text(&q, a, 1);
		n->title = q_col_text(&q, a, 2);
		n->state = help_state_parse(q_col_text(&q, a, 3));
		n->rest = (struct help_rest){ (int)q_col_int(&q, 4), (int)q_col_int(&q, 5), q_col_int(&q, 6) != 0 };
	}
	if (!q_done(&q, err))
		return false;
	db_query(w, &q, "SELECT id, offer_space, account_id, state FROM help_offer WHERE request_id = :id AND "
		"CASE WHEN :offer = '' THEN state = 'accepted' ELSE id = :offer END");
	q_text(&q, ":id", s->id);
	q_text(&q, ":offer", s->offer ? s->offer : "");
	while (q_row(&q)) {
		n->offer = q_col_text(&q, a, 0);
		n->offer_space = q_col_text(&q, a, 1);
		n->offer_account = q_col_text(&q, a, 2);
		n->offer_state = q_col_text(&q, a, 3);
	}
	return q_done(&q, err) && (n->space || error_absent(err));
}

static bool late(struct error *err)
{
	return error_set(err, ERROR_CONFLICT, "The request has changed meanwhile, so this cannot be done any more. "
		"Please look at it again.");
}

static bool set_offer(struct db *w, const char *id, const char *state, struct error *err)
{
	struct query q;

	db_query(w, &q, "UPDATE help_offer SET state = :state WHERE id = :id");
	q_text(&q, ":state", state);
	q_text(&q, ":id", id);
	return q_run(&q, err);
}

static bool set_aside(struct db *w, const char *request, struct error *err)
{
	struct query q;

	db_query(w, &q, "UPDATE help_offer SET state = 'set-aside' WHERE request_id = :id AND state = 'open'");
	q_text(&q, ":id", request);
	return q_run(&q, err);
}

static bool add_offer(struct db *w, const struct help_by *by, const struct help_step *s, struct error *err)
{
	bool there = false;
	char id[ID_SIZE];
	struct query q;

	db_query(w, &q, "SELECT 1 FROM help_offer WHERE request_id = :id AND offer_space = :space AND state IN "
		"('open', 'accepted')");
	q_text(&q, ":id", s->id);
	q_text(&q, ":space", s->helper);
	while (q_row(&q))
		there = true;
	if (!q_done(&q, err))
		return false;
	if (there)
		return error_set(err, ERROR_CONFLICT, "This jurisdiction's offer stands already; the asker has not "
		"answered it yet.");
	id_new(id);
	db_query(w, &q, "INSERT INTO help_offer (id, request_id, offer_space, account_id, assigned, text, html, "
		"state, at_us) "
		"VALUES (:id, :request, :space, :account, :assigned, :text, :html, 'open', :now)");
	q_text(&q, ":id", id);
	q_text(&q, ":request", s->id);
	q_text(&q, ":space", s->helper);
	q_text(&q, ":account", by->rq->account->id);
	q_int(&q, ":assigned", s->act == HELP_ASSIGN);
	q_text(&q, ":text", s->text);
	q_text(&q, ":html", s->prose.html);
	q_int(&q, ":now", clock_now_us());
	return q_run(&q, err);
}

static bool set_next(struct db *w, const char *offer, const struct help_step *s, struct error *err)
{
	struct query q;

	db_query(w, &q, "UPDATE help_offer SET next_date = :date, next_words = :words WHERE id = :id");
	q_text(&q, ":date", s->next_date);
	q_text(&q, ":words", s->text);
	q_text(&q, ":id", offer);
	return q_run(&q, err);
}

/* An outcome that is not to be told any more: what was told of earlier ones neither. */
static bool untell(struct db *w, const struct help_step *s, const struct now *n, struct error *err)
{
	struct query q;

	db_query(w, &q, "UPDATE help_entry SET helper_space = :reader, story = 0 WHERE request_id = :id AND act = "
		"'close' AND helper_space IS NULL");
	q_text(&q, ":reader", n->offer_space ? n->offer_space : n->space);
	q_text(&q, ":id", s->id);
	return q_run(&q, err);
}

/* What happens to the offers. */
static bool act_on_offers(struct db *w, const struct help_by *by, const struct help_step *s,
	const struct now *n, struct error *err)
{
	switch (s->act) {
	case HELP_OFFER:
	case HELP_ASSIGN:
		return add_offer(w, by, s, err);
	case HELP_ACCEPT:
		return set_offer(w, n->offer, "accepted", err) && set_aside(w, s->id, err);
	case HELP_DECLINE:
		return set_offer(w, n->offer, "declined", err);
	case HELP_TAKE_BACK:
		return set_offer(w, n->offer, "taken-back", err);
	case HELP_STEP_DOWN:
		return set_offer(w, n->offer, "ended", err);
	case HELP_NEXT:
		return set_next(w, n->offer, s, err);
	case HELP_CLOSE:
		return set_aside(w, s->id, err) && (s->story || untell(w, s, n, err));
	default:
		return true;
	}
}

/* Is the offer that the step needs there, and in the state that it needs? */
static bool offer_fits(const struct help_step *s, const struct now *n)
{
	switch (s->act) {
	case HELP_ACCEPT:
	case HELP_DECLINE:
	case HELP_TAKE_BACK:
		return n->offer && strcmp(n->offer_state, "open") == 0;
	case HELP_STEP_DOWN:
	case HELP_NEXT:
	case HELP_LOG:
		return n->offer && strcmp(n->offer_state, "accepted") == 0;
	default:
		return true;
	}
}

/* Who reads the entry: NULL all who see the request. */
static const char *reader_of(const struct help_step *s, const struct now *n)
{
	if (s->act == HELP_REOPEN || (s->act == HELP_CLOSE && s->story))
		return NULL;
	if (s->act == HELP_OFFER || s->act == HELP_ASSIGN)
		return s->helper;
	return n->offer_space ? n->offer_space : n->space;
}

static bool set_state(struct db *w, const char *id, enum help_state state, struct error *err)
{
	struct query q;

	db_query(w, &q, "UPDATE help_request SET state_us = CASE WHEN state = :state THEN state_us ELSE :now END, "
		"state = :state WHERE id = :id");
	q_text(&q, ":state", help_state_word(state));
	q_int(&q, ":now", clock_now_us());
	q_text(&q, ":id", id);
	return q_run(&q, err);
}

static const char *told(struct request *rq, const struct help_step *s, const char *who, const char *title)
{
	static const char *const words[HELP_ACTS] = { [HELP_OFFER] = "offers help with",
		[HELP_ASSIGN] = "assigned a helper to",
		[HELP_ACCEPT] = "accepted help with", [HELP_DECLINE] = "declined an offer of help with",
		[HELP_TAKE_BACK] = "took back an offer of help with",
		[HELP_STEP_DOWN] = "cannot go on helping with", [HELP_LOG] = "noted something on",
		[HELP_NEXT] = "set the next step of",
		[HELP_CLOSE] = "closed", [HELP_REOPEN] = "opened again" };

	return arena_printf(rq->arena, "%s %s “%s”", who, words[s->act], title);
}

static bool tell_all(struct db *w, const struct help_by *by, const struct help_step *s,
	const struct now *n, struct error *err)
{
	struct request *rq = by->rq;
	const char *title = told(rq, s, rq->account->name, n->title), *path = arena_printf(rq->arena, "/help/%s",
		s->id);
	bool all = s->act == HELP_CLOSE || s->act == HELP_REOPEN;
	struct query q;
	size_t k = 0;
	const char *to[64][2];

	if (!help_tell(w, by, n->account, n->space, title, path, s->id, err))
		return false;
	/* The helpers, too, of this offer, or of all that still stand: who offered; of one that was assigned, who acts for that space. */
	db_query(w, &q, "SELECT p.account_id, min(p.space_id) FROM (SELECT CASE WHEN o.assigned THEN m.account_id "
		"ELSE o.account_id END "
		"AS account_id, o.offer_space AS space_id FROM help_offer o LEFT JOIN membership m ON o.assigned AND "
		"m.space_id = o.offer_space "
		"AND m.role IN ('contributor', 'editor', 'space-admin') WHERE o.request_id = :id AND (o.id = :offer OR "
		"(:all AND o.state IN ('open', 'accepted', 'set-aside')) OR (:assign AND o.state = 'open' AND "
		"o.offer_space = :helper))) p "
		"JOIN account a ON a.id = p.account_id WHERE a.disabled_us = 0 GROUP BY p.account_id LIMIT 64");
	q_text(&q, ":id", s->id);
	q_text(&q, ":offer", n->offer);
	q_int(&q, ":all", all);
	q_int(&q, ":assign", s->act == HELP_ASSIGN);
	q_text(&q, ":helper", s->helper);
	while (q_row(&q) && k < 64) {
		to[k][0] = q_col_text(&q, rq->arena, 0);
		to[k++][1] = q_col_text(&q, rq->arena, 1);
	}
	if (!q_done(&q, err))
		return false;
	for (size_t i = 0; i < k; i++)
		if (!help_tell(w, by, to[i][0], to[i][1], title, path, s->id, err))
			return false;
	return true;
}

bool help_do(struct db *w, const struct help_by *by, const struct help_step *s, struct error *err)
{
	enum help_state next;
	struct now n;

	if (!read_now(w, by->rq->arena, s, &n, err))
		return false;
	next = help_next(n.state, s->act, by->by, &n.rest);
	if (!next || !offer_fits(s, &n))
		return late(err);
	return act_on_offers(w, by, s, &n, err) && set_state(w, s->id, next, err) &&
		add_entry(w, by, s->id, s, reader_of(s, &n), err) && tell_all(w, by, s, &n, err) &&
		audited(w, by, help_act_word(s->act), s->id, err);
}

/* A helper's space goes: what it helped with waits again. What is found of requests and visits goes with the rows. */
bool help_purge(struct db *w, struct space_purge *p, struct error *err)
{
	struct query q;

	db_query(w, &q, "UPDATE help_request SET state = 'requested' WHERE state <> 'closed' AND about_space <> "
		":space AND id IN "
		"(SELECT request_id FROM help_offer WHERE offer_space = :space AND state IN ('open', 'accepted')) AND NOT "
		"EXISTS "
		"(SELECT 1 FROM help_offer o WHERE o.request_id = help_request.id AND o.offer_space <> :space AND o.state "
		"IN ('open', 'accepted'))");
	q_text(&q, ":space", p->space_id);
	if (!q_run(&q, err))
		return false;
	db_query(w, &q, "DELETE FROM search_text WHERE (kind = 'help' AND substr(id, 1, 36) IN (SELECT id FROM "
		"help_request "
		"WHERE about_space = :space)) OR (kind = 'visit' AND substr(id, 1, 36) IN (SELECT id FROM help_visit "
		"WHERE guest_space = :space OR host_space = :space))");
	q_text(&q, ":space", p->space_id);
	return q_run(&q, err);
}
