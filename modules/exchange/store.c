/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Discussions: tables, and what a viewer reads of them. The views ask for the
 * group's scope token, so who does not hold it finds nothing. */
#include "discussion.h"
#include "store_system.h" /* struct view_def */

const struct migration exchange_migrations[] = {
	{ 1,
	"CREATE TABLE discussion ("
	"	id TEXT NOT NULL PRIMARY KEY,"
	"	group_id TEXT NOT NULL REFERENCES space_group (id),"
	"	title TEXT NOT NULL,"
	"	opener_id TEXT REFERENCES account (id)," /* null: unattributed */
	"	opened_us INTEGER NOT NULL, last_us INTEGER NOT NULL,"
	"	posts INTEGER NOT NULL DEFAULT 0, last_num INTEGER NOT NULL DEFAULT 0,"
	"	pinned INTEGER NOT NULL DEFAULT 0, closed_us INTEGER NOT NULL DEFAULT 0,"
	"	answer_id TEXT, split_from TEXT,"
	"	version INTEGER NOT NULL DEFAULT 1) STRICT;"
	"CREATE INDEX discussion_by_group ON discussion (group_id, pinned, last_us);"
	"CREATE INDEX discussion_by_split ON discussion (split_from) WHERE split_from IS NOT NULL;"
	/* An unattributed post: author_id and author_place are null, its times are of the day. */
	"CREATE TABLE post ("
	"	id TEXT NOT NULL PRIMARY KEY,"
	"	discussion_id TEXT NOT NULL REFERENCES discussion (id),"
	"	num INTEGER NOT NULL,"
	"	author_id TEXT REFERENCES account (id), author_place TEXT, mark TEXT,"
	"	markdown TEXT NOT NULL, html TEXT NOT NULL, text TEXT NOT NULL, mentions TEXT,"
	"	at_us INTEGER NOT NULL, edited_us INTEGER NOT NULL DEFAULT 0,"
	"	removed INTEGER NOT NULL DEFAULT 0, told INTEGER NOT NULL DEFAULT 1,"
	"	version INTEGER NOT NULL DEFAULT 1,"
	"	UNIQUE (discussion_id, num)) STRICT;"
	"CREATE INDEX post_untold ON post (told) WHERE told = 0;"
	"CREATE INDEX post_marked ON post (at_us) WHERE mark IS NOT NULL;"
	"CREATE TABLE post_version ("
	"	post_id TEXT NOT NULL REFERENCES post (id), version INTEGER NOT NULL,"
	"	markdown TEXT NOT NULL, html TEXT NOT NULL, at_us INTEGER NOT NULL,"
	"	PRIMARY KEY (post_id, version)) STRICT, WITHOUT ROWID;"
	/* How far who has read, and whether they are told of more: 1, 0 (not any more), null (never said). */
	"CREATE TABLE discussion_reader ("
	"	discussion_id TEXT NOT NULL REFERENCES discussion (id),"
	"	account_id TEXT NOT NULL REFERENCES account (id),"
	"	seen_num INTEGER NOT NULL DEFAULT 0, follows INTEGER,"
	"	PRIMARY KEY (discussion_id, account_id)) STRICT, WITHOUT ROWID;"
	"CREATE TABLE post_draft ("
	"	account_id TEXT NOT NULL REFERENCES account (id),"
	"	about_space TEXT NOT NULL REFERENCES space (id),"
	"	place TEXT NOT NULL," /* id of the thread, or 'new' */
	"	group_id TEXT NOT NULL REFERENCES space_group (id),"
	"	title TEXT NOT NULL, text TEXT NOT NULL, at_us INTEGER NOT NULL,"
	"	PRIMARY KEY (account_id, about_space, place)) STRICT, WITHOUT ROWID;"
	"CREATE TABLE post_report ("
	"	id TEXT NOT NULL PRIMARY KEY,"
	"	post_id TEXT NOT NULL REFERENCES post (id),"
	"	account_id TEXT NOT NULL REFERENCES account (id),"
	"	reason TEXT NOT NULL, at_us INTEGER NOT NULL,"
	"	handled_us INTEGER NOT NULL DEFAULT 0, handler_id TEXT REFERENCES account (id),"
	"	outcome TEXT CHECK (outcome IN ('kept', 'removed', 'closed'))) STRICT;"
	"CREATE UNIQUE INDEX post_report_waiting ON post_report (post_id, account_id) WHERE handled_us = 0;" },
	{ 0, NULL }
};

#define HOLDS(token) token " IN (SELECT token FROM temp.viewer_scope)"
#define ME "(SELECT substr(token, 3) FROM temp.viewer_scope WHERE token >= 'a:' AND token < 'a;')"
/* As a member of the group's own space, or else of the first of theirs. */
#define PLACE "coalesce((SELECT s.short_name FROM main.membership y JOIN main.space s ON s.id = y.space_id " \
	"WHERE y.account_id = a.id AND y.space_id = g.space_id LIMIT 1), (SELECT s.short_name FROM main.membership y " \
	"JOIN main.space s ON s.id = y.space_id WHERE y.account_id = a.id ORDER BY s.short_name LIMIT 1))"

const struct view_def exchange_views[] = {
	{ "v_discussion", "CREATE TEMP VIEW v_discussion AS SELECT d.*, g.slug AS group_slug, g.name AS "
		"group_name, g.kind AS group_kind, g.space_id AS of_space, s.slug AS space_slug, g.scope, "
		"g.closed_us AS group_closed, o.name AS opener_name, coalesce(r.seen_num, 0) AS seen_num, r.follows "
		"FROM main.discussion d JOIN main.space_group g ON g.id = d.group_id JOIN main.space s ON s.id = "
		"g.space_id LEFT JOIN main.account o ON o.id = d.opener_id "
		"LEFT JOIN main.discussion_reader r ON r.discussion_id = d.id AND r.account_id = " ME " WHERE "
		"" HOLDS("g.scope") },
	{ "v_post", "CREATE TEMP VIEW v_post AS SELECT p.*, a.name AS author_name FROM main.post p "
		"JOIN main.discussion d ON d.id = p.discussion_id JOIN main.space_group g ON g.id = d.group_id "
		"LEFT JOIN main.account a ON a.id = p.author_id WHERE " HOLDS("g.scope") },
	{ "v_post_version", "CREATE TEMP VIEW v_post_version AS SELECT x.* FROM main.post_version x "
		"JOIN v_post p ON p.id = x.post_id WHERE p.removed = 0" },
	{ "v_post_draft", "CREATE TEMP VIEW v_post_draft AS SELECT x.*, d.title AS thread_title FROM "
	"main.post_draft x "
		"JOIN main.space_group g ON g.id = x.group_id LEFT JOIN main.discussion d ON d.id = x.place "
		"WHERE " HOLDS("'a:' || x.account_id") " AND " HOLDS("g.scope") },
	{ "v_post_report", "CREATE TEMP VIEW v_post_report AS SELECT x.id, x.post_id, x.reason, x.at_us, "
	"x.handled_us, x.outcome, "
		"d.id AS discussion_id, d.title, d.group_id, d.of_space, h.name AS handler_name FROM main.post_report "
		"x JOIN main.post p ON p.id = x.post_id JOIN v_discussion d ON d.id = p.discussion_id "
		"JOIN v_group l ON l.id = d.group_id LEFT JOIN main.account h ON h.id = x.handler_id WHERE l.leads" },
	{ "v_group_reader", "CREATE TEMP VIEW v_group_reader AS SELECT t.group_id, a.id AS account_id, a.name, "
	"a.sort_key, "
		PLACE " AS place FROM (" GROUP_READERS ") t JOIN main.space_group g ON g.id = t.group_id "
		"JOIN main.account a ON a.id = t.account_id WHERE a.disabled_us = 0 AND " HOLDS("g.scope") },
	{ "v_group_lead", "CREATE TEMP VIEW v_group_lead AS SELECT m.group_id, m.account_id FROM "
	"(" GROUP_LEADS ") m "
		"JOIN main.space_group g ON g.id = m.group_id WHERE " HOLDS("g.scope") " UNION "
		"SELECT g.id, x.account_id FROM main.space_group g JOIN main.membership x ON x.space_id = g.space_id "
		"AND x.role = 'space-admin' WHERE g.kind <> 'private' AND " HOLDS("g.scope") },
	{ NULL, NULL }
};

/* ---- threads ---- */

#define DISCUSSION "d.id, d.title, d.group_id, d.group_slug, d.group_name, d.of_space, d.space_slug, d.scope, d.group_kind, " \
	"d.opener_id, d.opener_name, d.opened_us, d.last_us, d.posts, d.last_num, d.version, d.pinned, d.closed_us, " \
	"d.group_closed, d.answer_id, d.split_from, d.seen_num, d.follows "
#define DISCUSSION_COUNT 23

static void read_discussion(struct query *q, struct arena *a, struct discussion *d)
{
	int i = 0;

	d->id = q_col_text(q, a, i++);
	d->title = q_col_text(q, a, i++);
	d->group_id = q_col_text(q, a, i++);
	d->group_slug = q_col_text(q, a, i++);
	d->group_name = q_col_text(q, a, i++);
	d->space_id = q_col_text(q, a, i++);
	d->space_slug = q_col_text(q, a, i++);
	d->scope = q_col_text(q, a, i++);
	d->group_kind = group_kind_parse(q_col_text(q, a, i++));
	d->opener_id = q_col_text(q, a, i++);
	d->opener_name = q_col_text(q, a, i++);
	d->opened_us = q_col_int(q, i++);
	d->last_us = q_col_int(q, i++);
	d->posts = q_col_int(q, i++);
	d->last_num = q_col_int(q, i++);
	d->version = q_col_int(q, i++);
	d->pinned = q_col_int(q, i++) != 0;
	d->closed = q_col_int(q, i++) != 0;
	d->group_closed = q_col_int(q, i++) != 0;
	d->answer_id = q_col_text(q, a, i++);
	d->split_from = q_col_text(q, a, i++);
	d->seen_num = q_col_int(q, i++);
	d->follows = q_col_int(q, i++) == 1;
}

#define STATE "(:state IS NULL OR (:state = 'open' AND d.closed_us = 0) OR (:state = 'closed' AND d.closed_us <> 0) " \
	"OR (:state = 'answered' AND d.answer_id IS NOT NULL) OR (:state = 'unanswered' AND d.answer_id IS NULL AND d.closed_us = 0) " \
	"OR (:state = 'unread' AND d.last_num > d.seen_num) OR (:state = 'following' AND d.follows = 1))"

bool discussion_list(struct db *db, struct arena *a, const struct discussion_filter *f,
	struct discussion **out, size_t *n, int64_t *total, struct error *err)
{
	size_t room = f->limit > 0 ? (size_t)f->limit : 1;
	struct query q;

	*out = arena_array(a, room, sizeof **out);
	*n = 0;
	*total = 0;
	db_query(db, &q, "SELECT " DISCUSSION ", count(*) OVER () FROM v_discussion d WHERE d.of_space = :space "
		"AND (:group IS NULL OR d.group_id = :group) AND " STATE " ORDER BY d.pinned DESC, d.last_us DESC, "
		"d.id DESC LIMIT :limit OFFSET :offset");
	q_text(&q, ":space", f->space_id);
	q_text(&q, ":group", f->group_id);
	q_text(&q, ":state", f->state);
	q_int(&q, ":limit", (int64_t)room);
	q_int(&q, ":offset", f->offset);
	while (*n < room && q_row(&q)) {
		read_discussion(&q, a, &(*out)[(*n)++]);
		*total = q_col_int(&q, DISCUSSION_COUNT);
	}
	return q_done(&q, err);
}

bool discussion_get(struct db *db, struct arena *a, const char *space_id, const char *id,
	struct discussion **out, struct error *err)
{
	struct query q;

	*out = NULL;
	db_query(db, &q, "SELECT " DISCUSSION "FROM v_discussion d WHERE d.id = :id AND (:space IS NULL OR "
		"d.of_space = :space)");
	q_text(&q, ":id", id);
	q_text(&q, ":space", space_id);
	while (q_row(&q)) {
		*out = arena_alloc(a, sizeof **out);
		read_discussion(&q, a, *out);
	}
	if (!q_done(&q, err))
		return false;
	if (!*out)
		return error_set(err, ERROR_NOT_FOUND, "There is no such discussion, or it is not open to you.");
	/* What it takes to know these is not asked for each one of a list. */
	struct group *g;
	if (!group_by_id(db, a, (*out)->group_id, &g, err))
		return false;
	(*out)->leads = g->leads;
	(*out)->unattributed = g->unattributed;
	return true;
}

bool discussion_split_off(struct db *db, struct arena *a, const char *id, struct discussion **out, size_t *n,
	struct error *err)
{
	struct query q;

	*out = NULL;
	*n = 0;
	db_query(db, &q, "SELECT " DISCUSSION ", count(*) OVER () FROM v_discussion d WHERE d.split_from = :id "
		"ORDER BY d.id LIMIT 20");
	q_text(&q, ":id", id);
	while (*n < 20 && q_row(&q)) {
		if (!*out)
			*out = arena_array(a, 20, sizeof **out);
		read_discussion(&q, a, &(*out)[(*n)++]);
	}
	return q_done(&q, err);
}

/* ---- posts ---- */

#define POST "p.id, p.discussion_id, p.num, p.author_id, p.author_name, p.author_place, p.mark, p.markdown, p.html, p.text, " \
	"p.mentions, p.at_us, p.edited_us, p.removed, p.version "

static void read_post(struct query *q, struct arena *a, struct post *p)
{
	int i = 0;

	p->id = q_col_text(q, a, i++);
	p->discussion_id = q_col_text(q, a, i++);
	p->num = q_col_int(q, i++);
	p->author_id = q_col_text(q, a, i++);
	p->author_name = q_col_text(q, a, i++);
	p->author_place = q_col_text(q, a, i++);
	p->mark = q_col_text(q, a, i++);
	p->markdown = q_col_text(q, a, i++);
	p->html = q_col_text(q, a, i++);
	p->text = q_col_text(q, a, i++);
	p->mentions = q_col_text(q, a, i++);
	p->at_us = q_col_int(q, i++);
	p->edited_us = q_col_int(q, i++);
	p->removed = (enum post_removed)q_col_int(q, i++);
	p->version = q_col_int(q, i++);
}

bool post_list(struct db *db, struct arena *a, const char *discussion_id, int64_t from, int limit,
	struct post **out, size_t *n, struct error *err)
{
	size_t room = limit > 0 ? (size_t)limit : 1;
	struct query q;

	*out = arena_array(a, room, sizeof **out);
	*n = 0;
	db_query(db, &q, "SELECT " POST "FROM v_post p WHERE p.discussion_id = :id AND p.num >= :from ORDER BY "
		"p.num LIMIT :limit");
	q_text(&q, ":id", discussion_id);
	q_int(&q, ":from", from);
	q_int(&q, ":limit", (int64_t)room);
	while (*n < room && q_row(&q))
		read_post(&q, a, &(*out)[(*n)++]);
	return q_done(&q, err);
}

bool post_page_before(struct db *db, const char *discussion_id, int64_t num, int limit, int64_t *from,
	struct error *err)
{
	struct query q;

	*from = 0;
	db_query(db, &q, "SELECT min(num) FROM (SELECT p.num FROM v_post p WHERE p.discussion_id = :id AND p.num "
		"<= :num ORDER BY p.num DESC LIMIT :limit)");
	q_text(&q, ":id", discussion_id);
	q_int(&q, ":num", num);
	q_int(&q, ":limit", limit);
	while (q_row(&q))
		*from = q_col_int(&q, 0);
	return q_done(&q, err);
}

static bool one_post(struct query *q, struct arena *a, struct post **out, struct error *err)
{
	*out = NULL;
	while (q_row(q)) {
		*out = arena_alloc(a, sizeof **out);
		read_post(q, a, *out);
	}
	return q_done(q, err);
}

bool post_get(struct db *db, struct arena *a, const char *id, struct post **out, struct error *err)
{
	struct query q;

	db_query(db, &q, "SELECT " POST "FROM v_post p WHERE p.id = :id");
	q_text(&q, ":id", id);
	if (!one_post(&q, a, out, err))
		return false;
	return *out || error_set(err, ERROR_NOT_FOUND, "There is no such discussion, or it is not open to you.");
}

bool post_of_system(struct db *w, struct arena *a, const char *id, struct post **p, struct discussion **d,
	struct error *err)
{
	struct query q;

	*d = NULL;
	db_query(w, &q, "SELECT " POST "FROM (SELECT x.*, a.name AS author_name FROM post x LEFT JOIN account a "
		"ON a.id = x.author_id) p WHERE p.id = :id");
	q_text(&q, ":id", id);
	if (!one_post(&q, a, p, err))
		return false;
	if (!*p)
		return true;
	db_query(w, &q, "SELECT " DISCUSSION "FROM (SELECT x.*, g.slug AS group_slug, g.name AS group_name, "
		"g.space_id AS of_space, "
		"s.slug AS space_slug, g.scope, g.kind AS group_kind, NULL AS opener_name, g.closed_us AS "
		"group_closed, 0 AS seen_num, NULL AS follows FROM discussion x JOIN space_group g ON g.id = "
		"x.group_id JOIN space s ON s.id = g.space_id) d WHERE d.id = :id");
	q_text(&q, ":id", (*p)->discussion_id);
	while (q_row(&q)) {
		*d = arena_alloc(a, sizeof **d);
		read_discussion(&q, a, *d);
	}
	return q_done(&q, err);
}

bool post_versions(struct db *db, struct arena *a, const char *id, struct post_version **out, size_t *n,
	struct error *err)
{
	struct query q;

	*out = NULL;
	*n = 0;
	db_query(db, &q, "SELECT version, at_us, html, count(*) OVER () FROM v_post_version WHERE post_id = :id "
		"ORDER BY version DESC");
	q_text(&q, ":id", id);
	while (q_row(&q)) {
		if (!*out)
			*out = arena_array(a, (size_t)q_col_int(&q, 3), sizeof **out);
		(*out)[(*n)++] = (struct post_version){ .version = q_col_int(&q, 0), .at_us = q_col_int(&q, 1),
			.html = q_col_text(&q, a, 2) };
	}
	return q_done(&q, err);
}

/* ---- drafts ---- */

static bool read_drafts(struct query *q, struct arena *a, struct post_draft **out, size_t *n,
	struct error *err)
{
	*out = NULL;
	*n = 0;
	while (q_row(q)) {
		if (!*out)
			*out = arena_array(a, (size_t)q_col_int(q, 6), sizeof **out);
		(*out)[(*n)++] = (struct post_draft){ .place = q_col_text(q, a, 0), .group_id = q_col_text(q, a, 1),
			.title = q_col_text(q, a, 2), .text = q_col_text(q, a, 3), .thread_title = q_col_text(q, a, 4),
			.at_us = q_col_int(q, 5) };
	}
	return q_done(q, err);
}

bool post_draft_get(struct db *db, struct arena *a, const char *space_id, const char *place,
	struct post_draft **out, struct error *err)
{
	struct query q;
	size_t n;

	db_query(db, &q, "SELECT place, group_id, title, text, thread_title, at_us, 1 FROM v_post_draft "
		"WHERE about_space = :space AND place = :place");
	q_text(&q, ":space", space_id);
	q_text(&q, ":place", place);
	return read_drafts(&q, a, out, &n, err);
}

bool post_draft_list(struct db *db, struct arena *a, const char *space_id, struct post_draft **out, size_t *n,
	struct error *err)
{
	struct query q;

	db_query(db, &q, "SELECT place, group_id, title, text, thread_title, at_us, count(*) OVER () FROM "
		"v_post_draft WHERE about_space = :space ORDER BY at_us DESC, place");
	q_text(&q, ":space", space_id);
	return read_drafts(&q, a, out, n, err);
}

/* ---- reports ---- */

#define REPORT "r.id, r.post_id, r.discussion_id, r.reason, r.title, r.group_id, r.at_us, r.handled_us, r.outcome, r.handler_name "

static bool read_reports(struct query *q, struct arena *a, struct post_report **out, size_t *n,
	struct error *err)
{
	*out = NULL;
	*n = 0;
	while (q_row(q)) {
		if (!*out)
			*out = arena_array(a, (size_t)q_col_int(q, 10), sizeof **out);
		(*out)[(*n)++] = (struct post_report){ .id = q_col_text(q, a, 0), .post_id = q_col_text(q, a, 1),
			.discussion_id = q_col_text(q, a, 2), .reason = q_col_text(q, a, 3), .title = q_col_text(q, a, 4),
			.group_id = q_col_text(q, a, 5), .at_us = q_col_int(q, 6), .handled_us = q_col_int(q, 7),
			.outcome = q_col_text(q, a, 8), .handler_name = q_col_text(q, a, 9) };
	}
	return q_done(q, err);
}

static bool add_posts(struct db *db, struct arena *a, struct post_report *list, size_t n, struct error *err)
{
	for (size_t i = 0; i < n; i++) {
		struct post *p = NULL;

		if (!post_get(db, a, list[i].post_id, &p, err) || !p)
			return false;
		list[i].post = *p;
	}
	return true;
}

bool report_list(struct db *db, struct arena *a, const char *space_id, bool waiting,
	struct post_report **out, size_t *n, struct error *err)
{
	struct query q;

	db_query(db, &q, "SELECT " REPORT ", min(count(*) OVER (), 100) FROM v_post_report r WHERE (:space IS "
		"NULL OR r.of_space = :space) "
		"AND (r.handled_us = 0) = :waiting ORDER BY CASE WHEN :waiting THEN r.at_us ELSE - r.handled_us END, "
		"r.id LIMIT 100");
	q_text(&q, ":space", space_id);
	q_int(&q, ":waiting", waiting);
	return read_reports(&q, a, out, n, err) && add_posts(db, a, *out, *n, err);
}

bool report_get(struct db *db, struct arena *a, const char *space_id, const char *id,
	struct post_report **out, struct error *err)
{
	struct query q;
	size_t n;

	db_query(db, &q, "SELECT " REPORT ", 1 FROM v_post_report r WHERE r.id = :id AND r.of_space = :space");
	q_text(&q, ":id", id);
	q_text(&q, ":space", space_id);
	if (!read_reports(&q, a, out, &n, err))
		return false;
	if (!*out)
		return error_set(err, ERROR_NOT_FOUND, "There is no such report, or it is not for you.");
	return add_posts(db, a, *out, 1, err);
}

/* ---- people ---- */

bool discussion_told(struct db *db, const char *path, bool *waits, struct error *err)
{
	struct query q;

	*waits = false;
	db_query(db, &q, "SELECT 1 FROM v_notification WHERE path = :path AND seen_us = 0 LIMIT 1");
	q_text(&q, ":path", path);
	while (q_row(&q))
		*waits = true;
	return q_done(&q, err);
}

bool discussion_readers(struct db *db, struct arena *a, const char *group_id, struct reader **out, size_t *n,
	struct error *err)
{
	struct query q;

	*out = NULL;
	*n = 0;
	db_query(db, &q, "SELECT account_id, name, place, count(*) OVER () FROM v_group_reader WHERE group_id = "
		":id ORDER BY sort_key, account_id");
	q_text(&q, ":id", group_id);
	while (q_row(&q)) {
		if (!*out)
			*out = arena_array(a, (size_t)q_col_int(&q, 3), sizeof **out);
		(*out)[(*n)++] = (struct reader){ q_col_text(&q, a, 0), q_col_text(&q, a, 1), q_col_text(&q, a, 2) };
	}
	return q_done(&q, err);
}

bool discussion_people(struct db *db, const char *group_id, int64_t *readers, int64_t *leads,
	struct error *err)
{
	struct query q;

	*readers = *leads = 0;
	db_query(db, &q, "SELECT count(*), count(CASE WHEN EXISTS (SELECT 1 FROM v_group_lead l WHERE l.group_id "
		"= x.group_id "
		"AND l.account_id = x.account_id) THEN 1 END) FROM v_group_reader x WHERE x.group_id = :id");
	q_text(&q, ":id", group_id);
	while (q_row(&q)) {
		*readers = q_col_int(&q, 0);
		*leads = q_col_int(&q, 1);
	}
	return q_done(&q, err);
}

const char *group_label(struct arena *a, const struct group *g)
{
	return g->kind == GROUP_NETWORK ? "Whole network" : g->kind == GROUP_SPACE ?
		arena_printf(a, "Everyone in %s", g->space_name) : g->name;
}

const char *discussion_group_label(struct arena *a, const struct discussion *d, const char *space_name)
{
	struct group g = { .kind = d->group_kind, .name = d->group_name, .space_name = space_name };

	return group_label(a, &g);
}

/* ---- export ---- */

/* Files of posts, by discussion; what was written comes as rows by itself. */
bool exchange_export(struct space_export *x, struct error *err)
{
	struct query q;

	export_query(x, &q, "SELECT 'files/discussions/' || p.discussion_id || '/' || t.id || '-' || t.name, "
		"t.hash "
		"FROM main.attachment t JOIN main.post p ON p.id = t.post_id WHERE t.space_id = :space ORDER BY "
		"t.id");
	q_text(&q, ":space", x->space_id);
	return export_blobs(x, &q, err);
}
