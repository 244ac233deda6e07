/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Notifications and wishes: what is kept of them. */
#include "notification.h"
#include <string.h>
#include "module.h"
#include "account.h"
#include "request.h"
#include "store_system.h"
#include "text.h"

const struct migration notification_migrations[] = {
	{ 1,
	"CREATE TABLE notification ("
	"	id TEXT NOT NULL PRIMARY KEY,"
	"	account_id TEXT NOT NULL REFERENCES account (id),"
	"	about_space TEXT NOT NULL REFERENCES space (id),"
	"	kind TEXT NOT NULL, scope TEXT NOT NULL, key TEXT,"
	"	title TEXT NOT NULL, path TEXT NOT NULL, about TEXT,"
	"	way TEXT NOT NULL CHECK (way IN ('page', 'digest', 'mail')),"
	"	at_us INTEGER NOT NULL, seen_us INTEGER NOT NULL DEFAULT 0, mailed_us INTEGER NOT NULL DEFAULT 0,"
	"	UNIQUE (account_id, key)) STRICT;"
	"CREATE INDEX notification_by_account ON notification (account_id, at_us);"
	"CREATE INDEX notification_by_about ON notification (about) WHERE about IS NOT NULL;"
	"CREATE TABLE notification_wish ("
	"	account_id TEXT NOT NULL REFERENCES account (id),"
	"	kind TEXT NOT NULL, way TEXT NOT NULL CHECK (way IN ('never', 'page', 'digest', 'mail')),"
	"	PRIMARY KEY (account_id, kind)) STRICT, WITHOUT ROWID;" },
	{ 2,
	"CREATE TABLE notification_wish_new ("
	"	account_id TEXT NOT NULL REFERENCES account (id),"
	"	kind TEXT NOT NULL, way TEXT NOT NULL CHECK (way IN ('never', 'page', 'digest', 'mail', 'weekly')),"
	"	PRIMARY KEY (account_id, kind)) STRICT, WITHOUT ROWID;"
	"INSERT INTO notification_wish_new SELECT account_id, kind, way FROM notification_wish;"
	"DROP TABLE notification_wish;"
	"ALTER TABLE notification_wish_new RENAME TO notification_wish;"
	"CREATE INDEX notification_unseen ON notification (account_id) WHERE seen_us = 0;"
	"CREATE INDEX notification_unsent ON notification (way, account_id, kind, at_us) WHERE mailed_us = 0 AND way <> 'page';"
	/* Of the links by which mail is left (letter.h). */
	"CREATE TABLE letter_key (one INTEGER NOT NULL PRIMARY KEY CHECK (one = 1), secret TEXT NOT NULL) STRICT;" },
	{ 0, NULL }
};

/* So that the index by account is used. */
#define OWN "(SELECT substr(token, 3) FROM temp.viewer_scope WHERE substr(token, 1, 2) = 'a:')"
const struct view_def notification_views[] = {
	{ "v_notification", "CREATE TEMP VIEW v_notification AS SELECT n.*, s.slug AS space_slug, s.short_name AS space_name "
		"FROM main.notification n JOIN main.space s ON s.id = n.about_space "
		"WHERE n.account_id IN " OWN " "
		"AND n.scope IN (SELECT token FROM temp.viewer_scope)" },
	{ "v_notification_wish", "CREATE TEMP VIEW v_notification_wish AS SELECT x.* FROM main.notification_wish x "
		"WHERE x.account_id IN " OWN },
	{ NULL, NULL }
};

static const char *const words[] = { "never", "page", "digest", "mail", "weekly" };

const char *notification_way_word(enum notification_way way)
{
	return words[way];
}

bool notification_way_parse(const char *word, enum notification_way *out)
{
	for (int i = NOTIFICATION_NEVER; word && i <= NOTIFICATION_WEEKLY; i++)
		if (strcmp(words[i], word) == 0) {
			*out = (enum notification_way)i;
			return true;
		}
	return false;
}

const struct notification_kind *notification_kind(const struct engine *e, const char *name)
{
	for (const struct module *const *m = e ? e->modules : modules; *m; m++)
		for (const struct notification_kind *k = (*m)->notifications; k && k->name; k++)
			if (strcmp(k->name, name) == 0)
				return k;
	return NULL;
}

const struct notification_choice *notification_choice(const struct engine *e, const char *name)
{
	for (const struct module *const *m = e ? e->modules : modules; *m; m++)
		for (const struct notification_choice *c = (*m)->choices; c && c->name; c++)
			if (strcmp(c->name, name) == 0)
				return c;
	return NULL;
}

const char *notification_label(const struct engine *e, const char *name)
{
	const struct notification_kind *kind = notification_kind(e, name);
	const struct notification_choice *choice = notification_choice(e, name);

	return choice ? choice->label : kind ? kind->label : strcmp(name, "digest") == 0 ? "Daily digest" : NULL;
}

static bool read_wish(struct query *q, enum notification_way *out, struct error *err)
{
	struct arena *a = arena_create();

	while (q_row(q))
		notification_way_parse(q_col_text(q, a, 0), out);
	arena_destroy(a);
	return q_done(q, err);
}

bool notification_wish(struct db *db, const char *account_id, const struct notification_kind *kind,
	enum notification_way *out, struct error *err)
{
	struct query q;

	*out = kind->usual;
	db_query_system(db, &q, "SELECT way FROM main.notification_wish WHERE account_id = :account AND kind = :kind");
	q_text(&q, ":account", account_id);
	q_text(&q, ":kind", kind->name);
	return read_wish(&q, out, err);
}

bool notification_set_wish(struct db *w, const char *account_id, const char *kind, enum notification_way way,
	struct error *err)
{
	struct query q;

	db_query_system(w, &q, "INSERT INTO notification_wish (account_id, kind, way) VALUES (:account, :kind, :way) "
		"ON CONFLICT (account_id, kind) DO UPDATE SET way = excluded.way");
	q_text(&q, ":account", account_id);
	q_text(&q, ":kind", kind);
	q_text(&q, ":way", words[way]);
	return q_run(&q, err);
}

bool notification_add(struct db *w, const struct engine *e, const struct notification_new *n, struct error *err)
{
	const struct notification_kind *kind = notification_kind(e, n->kind);
	char id[ID_SIZE], own[SCOPE_SIZE];
	enum notification_way way;
	struct query q;

	if (!kind)
		abort(); /* a module tells of what is in no table: a bug */
	if (!notification_wish(w, n->account_id, kind, &way, err))
		return false;
	if (n->chosen && n->way < way)
		way = n->way;
	if (way == NOTIFICATION_NEVER)
		return true;
	id_new(id);
	snprintf(own, sizeof own, "a:%s", n->account_id);
	db_query_system(w, &q, "INSERT INTO notification (id, account_id, about_space, kind, scope, key, title, path, about, way, "
		"at_us, mailed_us) VALUES (:id, :account, :space, :kind, :scope, :key, :title, :path, :about, :way, :now, "
		"CASE WHEN :mailed THEN :now ELSE 0 END) "
		"ON CONFLICT (account_id, key) DO NOTHING");
	q_text(&q, ":id", id);
	q_text(&q, ":account", n->account_id);
	q_text(&q, ":space", n->space_id);
	q_text(&q, ":kind", n->kind);
	q_text(&q, ":scope", n->scope ? n->scope : own);
	q_text(&q, ":key", n->key);
	q_text(&q, ":title", n->title);
	q_text(&q, ":path", n->path);
	q_text(&q, ":about", n->about);
	q_text(&q, ":way", words[way]);
	q_int(&q, ":mailed", n->mailed && way == NOTIFICATION_MAIL);
	q_int(&q, ":now", clock_now_us());
	return q_run(&q, err);
}

bool notification_remove(struct db *w, const char *kind, const char *about, struct error *err)
{
	struct query q;

	db_query_system(w, &q, "DELETE FROM notification WHERE kind = :kind AND about = :about");
	q_text(&q, ":kind", kind);
	q_text(&q, ":about", about);
	return q_run(&q, err);
}

bool notification_move(struct db *w, const char *about, const char *scope, const char *path, struct error *err)
{
	struct query q;

	db_query_system(w, &q, "UPDATE notification SET scope = :scope, path = :path WHERE about = :about");
	q_text(&q, ":scope", scope);
	q_text(&q, ":path", path);
	q_text(&q, ":about", about);
	return q_run(&q, err);
}

bool notification_list(struct db *db, struct arena *a, bool unseen, int limit, int offset, struct notification **out,
	size_t *n, int64_t *total, struct error *err)
{
	size_t room = limit > 0 ? (size_t)limit : 1;
	struct query q;

	*out = arena_array(a, room, sizeof **out);
	*n = 0;
	if (total)
		*total = 0;
	db_query(db, &q, "SELECT id, account_id, kind, space_slug, space_name, title, path, about, at_us, seen_us, "
		"count(*) OVER () FROM v_notification WHERE :unseen = 0 OR seen_us = 0 ORDER BY at_us DESC, id DESC "
		"LIMIT :limit OFFSET :offset");
	q_int(&q, ":unseen", unseen);
	q_int(&q, ":limit", (int64_t)room);
	q_int(&q, ":offset", offset);
	while (*n < room && q_row(&q)) {
		(*out)[(*n)++] = (struct notification){ .id = q_col_text(&q, a, 0), .account_id = q_col_text(&q, a, 1),
			.kind = q_col_text(&q, a, 2), .space_slug = q_col_text(&q, a, 3), .space_name = q_col_text(&q, a, 4),
			.title = q_col_text(&q, a, 5), .path = q_col_text(&q, a, 6), .about = q_col_text(&q, a, 7),
			.at_us = q_col_int(&q, 8), .seen_us = q_col_int(&q, 9) };
		if (total)
			*total = q_col_int(&q, 10);
	}
	return q_done(&q, err);
}

bool notification_seen(struct db *w, const char *account_id, const char *id, const char *path, struct error *err)
{
	struct query q;

	db_query_system(w, &q, "UPDATE notification SET seen_us = :now WHERE account_id = :account AND seen_us = 0 "
		"AND (:id IS NULL OR id = :id) AND (:path IS NULL OR path = :path)");
	q_int(&q, ":now", clock_now_us());
	q_text(&q, ":account", account_id);
	q_text(&q, ":id", id);
	q_text(&q, ":path", path);
	return q_run(&q, err);
}

/* Rows of :account in the space :space that lead to the page :path, or into it. */
#define LEADS "about_space = :space AND substr(path, 1, length(:path)) = :path AND " \
	"substr(path, length(:path) + 1, 1) IN ('', '#', '?')"

bool notification_unseen(struct db *db, const char *account_id, const char *space_id, const char *path, int64_t *n,
	struct error *err)
{
	struct query q;

	*n = 0;
	db_query_system(db, &q, "SELECT count(*) FROM main.notification WHERE account_id = :account AND seen_us = 0 "
		"AND scope IN (SELECT token FROM temp.viewer_scope) AND (:path IS NULL OR NOT (" LEADS "))");
	q_text(&q, ":account", account_id);
	q_text(&q, ":space", space_id);
	q_text(&q, ":path", path);
	while (q_row(&q))
		*n = q_col_int(&q, 0);
	return q_done(&q, err);
}

struct opening {
	const char *account_id, *space_id, *path;
};

static bool write_opened(struct db *w, void *arg, struct error *err)
{
	const struct opening *o = arg;
	struct query q;

	db_query_system(w, &q, "UPDATE notification SET seen_us = :now WHERE account_id = :account AND seen_us = 0 AND " LEADS);
	q_int(&q, ":now", clock_now_us());
	q_text(&q, ":account", o->account_id);
	q_text(&q, ":space", o->space_id);
	q_text(&q, ":path", o->path);
	return q_run(&q, err);
}

bool notification_opened(struct engine *e, struct db *db, const char *account_id, const char *space_id, const char *path,
	struct error *err)
{
	struct opening o = { account_id, space_id, path };
	bool any = false;
	struct query q;

	db_query_system(db, &q, "SELECT 1 FROM main.notification WHERE account_id = :account AND seen_us = 0 AND " LEADS
		" LIMIT 1");
	q_text(&q, ":account", account_id);
	q_text(&q, ":space", space_id);
	q_text(&q, ":path", path);
	while (q_row(&q))
		any = true;
	return q_done(&q, err) && (!any || store_write_aside(e->store, &viewer_system, write_opened, &o, err));
}

/* All kinds that come in the daily mail go to My page only. */
static bool leave_digest(struct db *w, const struct engine *e, const char *account_id, struct error *err)
{
	for (const struct module *const *m = e->modules; *m; m++)
		for (const struct notification_kind *k = (*m)->notifications; k && k->name; k++) {
			enum notification_way way;

			if (!notification_wish(w, account_id, k, &way, err) ||
				(way == NOTIFICATION_DIGEST && !notification_set_wish(w, account_id, k->name, NOTIFICATION_PAGE, err)))
				return false;
		}
	return true;
}

bool notification_leave(struct db *w, const struct engine *e, const char *account_id, const char *kind,
	struct error *err)
{
	const struct notification_choice *choice = notification_choice(e, kind);

	if (strcmp(kind, "digest") == 0)
		return leave_digest(w, e, account_id, err);
	if (!choice && !notification_kind(e, kind))
		return error_set(err, ERROR_NOT_FOUND, "There is no mail of this kind.");
	return notification_set_wish(w, account_id, kind, choice && !choice->path ? NOTIFICATION_NEVER : NOTIFICATION_PAGE, err);
}

void notification_page_seen(struct request *rq)
{
	if (rq->account && rq->method == HTTP_GET)
		notification_opened(rq->engine, rq->db, rq->account->id, rq->space->id, rq->path, NULL);
}
