/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Groups and who is in them. */
#include "group.h"
#include <stdio.h>
#include <string.h>
#include "store_system.h"

const struct migration group_migrations[] = {
	{ 1,
	"CREATE TABLE space_group ("
	"	id TEXT NOT NULL PRIMARY KEY,"
	"	space_id TEXT NOT NULL REFERENCES space (id),"
	"	slug TEXT NOT NULL, name TEXT NOT NULL, sort_key TEXT NOT NULL, purpose TEXT NOT NULL,"
	"	kind TEXT NOT NULL CHECK (kind IN ('network', 'space', 'team', 'private')),"
	"	team TEXT, unattributed INTEGER NOT NULL DEFAULT 0,"
	"	scope TEXT NOT NULL, seen_scope TEXT NOT NULL,"
	"	created_us INTEGER NOT NULL, closed_us INTEGER NOT NULL DEFAULT 0,"
	"	version INTEGER NOT NULL DEFAULT 1,"
	"	UNIQUE (space_id, slug)) STRICT;"
	"CREATE TABLE space_group_member ("
	"	group_id TEXT NOT NULL REFERENCES space_group (id),"
	"	account_id TEXT NOT NULL REFERENCES account (id),"
	"	via_space TEXT NOT NULL REFERENCES space (id),"
	"	leads INTEGER NOT NULL, since_us INTEGER NOT NULL,"
	"	PRIMARY KEY (group_id, account_id)) STRICT, WITHOUT ROWID;"
	"CREATE INDEX space_group_member_by_account ON space_group_member (account_id);"
	/* The group of everyone in a space has the space's own id. */
	"CREATE TRIGGER space_group_everyone AFTER INSERT ON space BEGIN "
	"INSERT INTO space_group (id, space_id, slug, name, sort_key, purpose, kind, scope, seen_scope, created_us) "
	"VALUES (NEW.id, NEW.id, 'everyone', 'Everyone', 'everyone', '', "
	"CASE WHEN NEW.kind = 'national' THEN 'network' ELSE 'space' END, "
	"CASE WHEN NEW.kind = 'national' THEN 'network' ELSE 's:' || NEW.id END, "
	"CASE WHEN NEW.kind = 'national' THEN 'network' ELSE 's:' || NEW.id END, 0); END;"
	"INSERT INTO space_group (id, space_id, slug, name, sort_key, purpose, kind, scope, seen_scope, created_us) "
	"SELECT id, id, 'everyone', 'Everyone', 'everyone', '', CASE WHEN kind = 'national' THEN 'network' ELSE 'space' END, "
	"CASE WHEN kind = 'national' THEN 'network' ELSE 's:' || id END, "
	"CASE WHEN kind = 'national' THEN 'network' ELSE 's:' || id END, 0 FROM space;" },
	{ 0, NULL }
};

#define HOLDS(token) token " IN (SELECT token FROM temp.viewer_scope)"
const struct view_def group_views[] = {
	{ "v_group", "CREATE TEMP VIEW v_group AS SELECT g.*, s.slug AS space_slug, s.short_name AS space_name, "
		HOLDS("g.scope") " AS reads, "
		"(EXISTS (SELECT 1 FROM main.space_group_member m WHERE m.group_id = g.id AND m.leads = 1 AND "
		HOLDS("'a:' || m.account_id") " AND " HOLDS("g.scope") ") OR "
		"(g.kind <> 'private' AND (" HOLDS("'admin'") " OR " HOLDS("'m:' || g.space_id") "))) AS leads "
		"FROM main.space_group g JOIN main.space s ON s.id = g.space_id WHERE " HOLDS("g.seen_scope") },
	{ "v_group_member", "CREATE TEMP VIEW v_group_member AS SELECT i.group_id, i.account_id, a.name, a.sort_key, "
		"i.via_space, s.short_name AS space_name, i.leads, i.by_role, i.since_us FROM (" GROUP_PEOPLE ") i "
		"JOIN main.space_group g ON g.id = i.group_id JOIN main.account a ON a.id = i.account_id "
		"JOIN main.space s ON s.id = i.via_space WHERE a.disabled_us = 0 AND " HOLDS("g.scope") },
	{ NULL, NULL }
};

static const char *const words[] = { [GROUP_NETWORK] = "network", [GROUP_SPACE] = "space", [GROUP_TEAM] = "team",
	[GROUP_PRIVATE] = "private" };

const char *group_kind_word(enum group_kind kind)
{
	return kind >= GROUP_NETWORK && kind <= GROUP_PRIVATE ? words[kind] : "";
}

enum group_kind group_kind_parse(const char *word)
{
	for (int k = GROUP_NETWORK; word && k <= GROUP_PRIVATE; k++)
		if (strcmp(words[k], word) == 0)
			return (enum group_kind)k;
	return (enum group_kind)0;
}

/* ---- reading ---- */

#define COLUMNS "id, space_id, space_slug, space_name, slug, name, purpose, kind, team, unattributed, scope, " \
	"created_us, closed_us, version, reads, leads"

static void read_group(struct query *q, struct arena *a, struct group *g)
{
	int i = 0;

	g->id = q_col_text(q, a, i++);
	g->space_id = q_col_text(q, a, i++);
	g->space_slug = q_col_text(q, a, i++);
	g->space_name = q_col_text(q, a, i++);
	g->slug = q_col_text(q, a, i++);
	g->name = q_col_text(q, a, i++);
	g->purpose = q_col_text(q, a, i++);
	g->kind = group_kind_parse(q_col_text(q, a, i++));
	g->team = q_col_text(q, a, i++);
	g->unattributed = q_col_int(q, i++) != 0;
	g->scope = q_col_text(q, a, i++);
	g->created_us = q_col_int(q, i++);
	g->closed_us = q_col_int(q, i++);
	g->version = q_col_int(q, i++);
	g->reads = q_col_int(q, i++) != 0;
	g->leads = q_col_int(q, i++) != 0;
}

bool group_list(struct db *db, struct arena *a, const char *space_id, struct group **out, size_t *n, struct error *err)
{
	struct query q;

	*out = NULL;
	*n = 0;
	db_query(db, &q, "SELECT " COLUMNS ", count(*) OVER () FROM v_group WHERE :space IS NULL OR space_id = :space "
		"ORDER BY space_name, space_id, kind IN ('team', 'private'), sort_key, id");
	q_text(&q, ":space", space_id);
	while (q_row(&q)) {
		if (!*out)
			*out = arena_array(a, (size_t)q_col_int(&q, 16), sizeof **out);
		read_group(&q, a, &(*out)[(*n)++]);
	}
	return q_done(&q, err);
}

static bool one(struct query *q, struct arena *a, struct group **out, struct error *err)
{
	*out = NULL;
	while (q_row(q)) {
		*out = arena_alloc(a, sizeof **out);
		read_group(q, a, *out);
	}
	if (!q_done(q, err))
		return false;
	return *out || error_set(err, ERROR_NOT_FOUND, "There is no such group, or it is not open to you.");
}

bool group_get(struct db *db, struct arena *a, const char *space_id, const char *slug, struct group **out,
	struct error *err)
{
	struct query q;

	db_query(db, &q, "SELECT " COLUMNS " FROM v_group WHERE space_id = :space AND slug = :slug");
	q_text(&q, ":space", space_id);
	q_text(&q, ":slug", slug);
	return one(&q, a, out, err);
}

bool group_by_id(struct db *db, struct arena *a, const char *id, struct group **out, struct error *err)
{
	struct query q;

	db_query(db, &q, "SELECT " COLUMNS " FROM v_group WHERE id = :id");
	q_text(&q, ":id", id);
	return one(&q, a, out, err);
}

bool group_members(struct db *db, struct arena *a, const char *id, struct group_member **out, size_t *n,
	struct error *err)
{
	struct query q;

	*out = NULL;
	*n = 0;
	db_query(db, &q, "SELECT account_id, name, via_space, space_name, leads, by_role, since_us, count(*) OVER () "
		"FROM v_group_member WHERE group_id = :id ORDER BY sort_key, account_id");
	q_text(&q, ":id", id);
	while (q_row(&q)) {
		if (!*out)
			*out = arena_array(a, (size_t)q_col_int(&q, 7), sizeof **out);
		(*out)[(*n)++] = (struct group_member){ .account_id = q_col_text(&q, a, 0), .name = q_col_text(&q, a, 1),
			.space_id = q_col_text(&q, a, 2), .space_name = q_col_text(&q, a, 3), .leads = q_col_int(&q, 4) != 0,
			.by_role = q_col_int(&q, 5) != 0, .since_us = q_col_int(&q, 6) };
	}
	return q_done(&q, err);
}

bool group_readers(struct db *db, struct arena *a, const char *id, const char ***accounts, size_t *n, struct error *err)
{
	struct query q;

	*accounts = NULL;
	*n = 0;
	db_query_system(db, &q, "SELECT t.account_id, count(*) OVER () FROM ("
		"SELECT i.account_id FROM (" GROUP_PEOPLE ") i WHERE i.group_id = :id "
		"UNION SELECT x.account_id FROM main.space_group g JOIN main.membership x ON g.kind = 'network' OR "
		"(g.kind = 'space' AND x.space_id = g.space_id) WHERE g.id = :id) t "
		"JOIN main.account a ON a.id = t.account_id WHERE a.disabled_us = 0 ORDER BY t.account_id");
	q_text(&q, ":id", id);
	while (q_row(&q)) {
		if (!*accounts)
			*accounts = arena_array(a, (size_t)q_col_int(&q, 1), sizeof **accounts);
		(*accounts)[(*n)++] = q_col_text(&q, a, 0);
	}
	return q_done(&q, err);
}

/* ---- writing ---- */

static bool check_texts(const char *name, const char *purpose, struct error *err)
{
	if (!*name)
		return error_set(err, ERROR_INVALID, "Please give the group a name.");
	if (strlen(name) > GROUP_NAME_MAX)
		return error_set(err, ERROR_INVALID, "The name is longer than %d letters.", GROUP_NAME_MAX);
	return strlen(purpose) <= GROUP_PURPOSE_MAX ||
		error_set(err, ERROR_INVALID, "What the group is for is longer than %d letters.", GROUP_PURPOSE_MAX);
}

static bool slug_taken(struct db *w, const char *space_id, const char *slug, bool *taken, struct error *err)
{
	struct query q;

	*taken = false;
	db_query_system(w, &q, "SELECT 1 FROM main.space_group WHERE space_id = :space AND slug = :slug");
	q_text(&q, ":space", space_id);
	q_text(&q, ":slug", slug);
	while (q_row(&q))
		*taken = true;
	return q_done(&q, err);
}

static bool new_slug(struct db *w, struct arena *a, const struct group_new *n, const char **slug, struct error *err)
{
	const char *base = text_slug(a, n->name, 48);
	bool taken = true;
	char secret[SECRET_SIZE];

	if (n->kind == GROUP_PRIVATE) {
		secret_new(secret);
		*slug = arena_printf(a, "p-%.16s", secret);
		return true;
	}
	if (!*base)
		base = "group";
	*slug = base;
	for (int i = 2; slug_taken(w, n->space_id, *slug, &taken, err) && taken; i++)
		*slug = arena_printf(a, "%s-%d", base, i);
	return !taken;
}

bool group_add(struct db *w, struct arena *a, const struct group_new *n, char id[ID_SIZE], const char **slug,
	struct error *err)
{
	char own[SCOPE_SIZE], of_space[SCOPE_SIZE];
	struct query q;

	if (n->kind != GROUP_TEAM && n->kind != GROUP_PRIVATE)
		return error_set(err, ERROR_INVALID, "Please choose who knows of the group.");
	if (!check_texts(n->name, n->purpose, err) || !new_slug(w, a, n, slug, err))
		return false;
	id_new(id);
	snprintf(own, sizeof own, "g:%s", id);
	scope_token(AUDIENCE_SPACE, n->space_id, NULL, of_space);
	db_query(w, &q, "INSERT INTO space_group (id, space_id, slug, name, sort_key, purpose, kind, team, scope, seen_scope, "
		"created_us) VALUES (:id, :space, :slug, :name, :key, :purpose, :kind, :team, :scope, :seen, :now)");
	q_text(&q, ":id", id);
	q_text(&q, ":space", n->space_id);
	q_text(&q, ":slug", *slug);
	q_text(&q, ":name", n->name);
	q_text(&q, ":key", text_sort_key(a, n->name));
	q_text(&q, ":purpose", n->purpose);
	q_text(&q, ":kind", group_kind_word(n->kind));
	q_text(&q, ":team", n->kind == GROUP_TEAM ? n->team : NULL);
	q_text(&q, ":scope", own);
	q_text(&q, ":seen", n->kind == GROUP_PRIVATE ? own : of_space);
	q_int(&q, ":now", clock_now_us());
	return q_run(&q, err) && group_set_member(w, id, n->lead, n->lead_space, true, err);
}

bool group_change(struct db *w, const char *id, int64_t version, const char *name, const char *purpose, const char *team,
	bool unattributed, struct error *err)
{
	struct arena *a;
	struct query q;

	if (!check_texts(name, purpose, err))
		return false;
	a = arena_create();
	db_query(w, &q, "UPDATE space_group SET name = :name, sort_key = :key, purpose = :purpose, "
		"team = CASE WHEN kind = 'team' THEN :team END, unattributed = :unattributed, version = version + 1 "
		"WHERE id = :id AND version = :version");
	q_text(&q, ":name", name);
	q_text(&q, ":key", text_sort_key(a, name));
	q_text(&q, ":purpose", purpose);
	q_text(&q, ":team", team);
	q_int(&q, ":unattributed", unattributed);
	q_text(&q, ":id", id);
	q_int(&q, ":version", version);
	while (q_row(&q))
		;
	bool same = q.rc == 0 && q_changes(&q) > 0;
	bool ok = q_done(&q, err);
	arena_destroy(a);
	return ok && (same || error_set(err, ERROR_CONFLICT, "Someone else has changed this group meanwhile. Please look at it again."));
}

bool group_set_member(struct db *w, const char *id, const char *account_id, const char *space_id, bool leads,
	struct error *err)
{
	bool member = false;
	struct query q;

	db_query(w, &q, "SELECT 1 FROM membership WHERE account_id = :account AND space_id = :space");
	q_text(&q, ":account", account_id);
	q_text(&q, ":space", space_id);
	while (q_row(&q))
		member = true;
	if (!q_done(&q, err))
		return false;
	if (!member)
		return error_set(err, ERROR_INVALID, "This person is not a member of that space.");
	db_query(w, &q, "INSERT INTO space_group_member (group_id, account_id, via_space, leads, since_us) "
		"VALUES (:group, :account, :space, :leads, :now) ON CONFLICT (group_id, account_id) DO UPDATE SET "
		"via_space = excluded.via_space, leads = excluded.leads");
	q_text(&q, ":group", id);
	q_text(&q, ":account", account_id);
	q_text(&q, ":space", space_id);
	q_int(&q, ":leads", leads);
	q_int(&q, ":now", clock_now_us());
	return q_run(&q, err);
}

bool group_remove_member(struct db *w, const char *id, const char *account_id, struct error *err)
{
	int64_t others = 0;
	struct query q;

	db_query(w, &q, "SELECT count(*) FROM space_group_member WHERE group_id = :group AND leads = 1 AND account_id <> :account");
	q_text(&q, ":group", id);
	q_text(&q, ":account", account_id);
	while (q_row(&q))
		others = q_col_int(&q, 0);
	if (!q_done(&q, err))
		return false;
	if (others == 0)
		return error_set(err, ERROR_CONFLICT, "Someone has to look after the group: name another lead first, or close it.");
	db_query(w, &q, "DELETE FROM space_group_member WHERE group_id = :group AND account_id = :account");
	q_text(&q, ":group", id);
	q_text(&q, ":account", account_id);
	return q_run(&q, err);
}

bool group_close(struct db *w, const char *id, bool closed, struct error *err)
{
	struct query q;

	db_query(w, &q, "UPDATE space_group SET closed_us = :now, version = version + 1 WHERE id = :id");
	q_int(&q, ":now", closed ? clock_now_us() : 0);
	q_text(&q, ":id", id);
	return q_run(&q, err);
}
