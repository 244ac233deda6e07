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
	{ 2,
	"CREATE TABLE group_confirmed ("
	"	group_id TEXT NOT NULL REFERENCES space_group (id) ON DELETE CASCADE,"
	"	account_id TEXT NOT NULL REFERENCES account (id) ON DELETE CASCADE,"
	"	by_account TEXT NOT NULL, at_us INTEGER NOT NULL,"
	"	PRIMARY KEY (group_id, account_id)) STRICT, WITHOUT ROWID;"
	"CREATE TABLE group_invitation ("
	"	group_id TEXT NOT NULL REFERENCES space_group (id) ON DELETE CASCADE,"
	"	account_id TEXT NOT NULL REFERENCES account (id) ON DELETE CASCADE,"
	"	via_space TEXT NOT NULL REFERENCES space (id),"
	"	from_account TEXT NOT NULL REFERENCES account (id) ON DELETE CASCADE, at_us INTEGER NOT NULL,"
	"	PRIMARY KEY (group_id, account_id)) STRICT, WITHOUT ROWID;"
	"CREATE INDEX group_invitation_by_account ON group_invitation (account_id);"
	/* Whoever comes anew is confirmed anew. */
	"CREATE TRIGGER group_confirmed_gone AFTER DELETE ON space_group_member BEGIN "
	"DELETE FROM group_confirmed WHERE group_id = OLD.group_id AND account_id = OLD.account_id; END;"
	"ALTER TABLE space_group ADD COLUMN begun_by TEXT;"
	"CREATE INDEX space_group_by_begun ON space_group (begun_by) WHERE begun_by IS NOT NULL;" },
	{ 0, NULL }
};

#define HOLDS(token) token " IN (SELECT token FROM temp.viewer_scope)"
/* The space's admins look after what the space knows of. */
#define MANAGES "(g.kind <> 'private' AND (" HOLDS("'admin'") " OR " HOLDS("'m:' || g.space_id") "))"
#define VERIFIED(group) "(SELECT count(*) >= " AS_TEXT(GROUP_UNATTRIBUTED_MIN) " AND count(*) = count(c.account_id) " \
	"FROM (" GROUP_ACTIVE ") p LEFT JOIN main.group_confirmed c ON c.group_id = p.group_id " \
	"AND c.account_id = p.account_id WHERE p.group_id = " group ")"
#define AS_TEXT(n) AS_TEXT_(n)
#define AS_TEXT_(n) #n
const struct view_def group_views[] = {
	{ "v_group", "CREATE TEMP VIEW v_group AS SELECT g.id, g.space_id, g.slug, g.name, g.sort_key, g.purpose, g.kind, "
		"g.team, g.scope, g.seen_scope, g.created_us, g.closed_us, g.version, g.unattributed AS unattributed_on, "
		"g.unattributed AND " VERIFIED("g.id") " AS unattributed, " VERIFIED("g.id") " AS verified, "
		"s.slug AS space_slug, s.short_name AS space_name, " HOLDS("g.scope") " AS reads, "
		"(EXISTS (SELECT 1 FROM (" GROUP_LEADS ") d WHERE d.group_id = g.id AND " HOLDS("'a:' || d.account_id") ") "
		"OR " MANAGES ") AS leads "
		"FROM main.space_group g JOIN main.space s ON s.id = g.space_id WHERE " HOLDS("g.seen_scope") },
	{ "v_group_member", "CREATE TEMP VIEW v_group_member AS SELECT i.group_id, i.account_id, a.name, a.sort_key, "
		"i.via_space, s.short_name AS space_name, i.by_role, i.since_us, coalesce(c.at_us, 0) AS confirmed_us, "
		"EXISTS (SELECT 1 FROM (" GROUP_LEADS ") d WHERE d.group_id = i.group_id AND d.account_id = i.account_id) AS leads "
		"FROM (" GROUP_PEOPLE ") i "
		"JOIN main.space_group g ON g.id = i.group_id JOIN main.account a ON a.id = i.account_id "
		"LEFT JOIN main.group_confirmed c ON c.group_id = i.group_id AND c.account_id = i.account_id "
		"JOIN main.space s ON s.id = i.via_space WHERE a.disabled_us = 0 AND (" HOLDS("g.scope") " OR ("
		HOLDS("g.seen_scope") " AND " MANAGES "))" },
	/* Only as long as the membership that it rests on lasts. */
	{ "v_group_invitation", "CREATE TEMP VIEW v_group_invitation AS SELECT i.group_id, i.account_id, i.at_us, "
		"g.slug, p.slug AS space_slug, g.name, g.purpose, f.name AS from_name, a.name AS account_name, a.sort_key, "
		"s.short_name AS account_space, " HOLDS("'a:' || i.account_id") " AS own "
		"FROM main.group_invitation i JOIN main.space_group g ON g.id = i.group_id JOIN main.account a ON a.id = i.account_id "
		"JOIN main.account f ON f.id = i.from_account JOIN main.space s ON s.id = i.via_space "
		"JOIN main.space p ON p.id = g.space_id WHERE a.disabled_us = 0 AND g.closed_us = 0 "
		"AND EXISTS (SELECT 1 FROM main.membership x WHERE x.account_id = i.account_id AND x.space_id = i.via_space) "
		"AND (" HOLDS("'a:' || i.account_id") " OR " HOLDS("g.scope") ")" },
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
	"created_us, closed_us, version, reads, leads, unattributed_on, verified"

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
	g->unattributed_on = q_col_int(q, i++) != 0;
	g->verified = q_col_int(q, i++) != 0;
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
			*out = arena_array(a, (size_t)q_col_int(&q, 18), sizeof **out);
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
	db_query(db, &q, "SELECT account_id, name, via_space, space_name, leads, by_role, since_us, count(*) OVER (), confirmed_us "
		"FROM v_group_member WHERE group_id = :id ORDER BY sort_key, account_id");
	q_text(&q, ":id", id);
	while (q_row(&q)) {
		if (!*out)
			*out = arena_array(a, (size_t)q_col_int(&q, 7), sizeof **out);
		(*out)[(*n)++] = (struct group_member){ .account_id = q_col_text(&q, a, 0), .name = q_col_text(&q, a, 1),
			.space_id = q_col_text(&q, a, 2), .space_name = q_col_text(&q, a, 3), .leads = q_col_int(&q, 4) != 0,
			.by_role = q_col_int(&q, 5) != 0, .since_us = q_col_int(&q, 6), .confirmed_us = q_col_int(&q, 8) };
	}
	return q_done(&q, err);
}

bool group_readers(struct db *db, struct arena *a, const char *id, const char ***accounts, size_t *n, struct error *err)
{
	struct query q;

	*accounts = NULL;
	*n = 0;
	db_query_system(db, &q, "SELECT t.account_id, count(*) OVER () FROM (" GROUP_READERS ") t "
		"JOIN main.account a ON a.id = t.account_id WHERE t.group_id = :id AND a.disabled_us = 0 ORDER BY t.account_id");
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

	/* Pages of their own: /groups/new ... */
	*taken = strcmp(slug, "new") == 0 || strcmp(slug, "invitations") == 0;
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
		"created_us, begun_by) VALUES (:id, :space, :slug, :name, :key, :purpose, :kind, :team, :scope, :seen, :now, :by)");
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
	q_text(&q, ":by", n->lead);
	return q_run(&q, err) && group_set_member(w, id, n->lead, n->lead_space, true, err);
}

bool group_change(struct db *w, const char *id, int64_t version, const char *name, const char *purpose, const char *team,
	struct error *err)
{
	struct arena *a;
	struct query q;

	if (!check_texts(name, purpose, err))
		return false;
	a = arena_create();
	db_query(w, &q, "UPDATE space_group SET name = :name, sort_key = :key, purpose = :purpose, "
		"team = CASE WHEN kind = 'team' THEN :team END, version = version + 1 "
		"WHERE id = :id AND version = :version");
	q_text(&q, ":name", name);
	q_text(&q, ":key", text_sort_key(a, name));
	q_text(&q, ":purpose", purpose);
	q_text(&q, ":team", team);
	q_text(&q, ":id", id);
	q_int(&q, ":version", version);
	bool same, ok = q_run_changed(&q, &same, err);
	arena_destroy(a);
	return ok && (same || error_set(err, ERROR_CONFLICT, "Someone else has changed this group meanwhile. Please look at it again."));
}

/* As a member of that space; and to where the group's pages are. */
static bool may_come(struct db *w, const char *id, const char *account_id, const char *space_id, struct error *err)
{
	bool member = false, reaches = false;
	struct query q;

	db_query(w, &q, "SELECT s.id = :space OR s.audience <> 'space' FROM membership x JOIN account a ON a.id = x.account_id, "
		"space_group g JOIN space s ON s.id = g.space_id WHERE x.account_id = :account AND x.space_id = :space "
		"AND a.disabled_us = 0 AND g.id = :group");
	q_text(&q, ":account", account_id);
	q_text(&q, ":space", space_id);
	q_text(&q, ":group", id);
	while (q_row(&q)) {
		member = true;
		reaches = q_col_int(&q, 0) != 0;
	}
	if (!q_done(&q, err))
		return false;
	if (!member)
		return error_set(err, ERROR_INVALID, "This person is not a member of that space.");
	return reaches ||
		error_set(err, ERROR_INVALID, "This space is open to its own members alone, and so are its groups.");
}

bool group_set_member(struct db *w, const char *id, const char *account_id, const char *space_id, bool leads,
	struct error *err)
{
	struct query q;

	if (!may_come(w, id, account_id, space_id, err))
		return false;
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

static bool count_rows(struct query *q, int64_t *n, struct error *err)
{
	*n = 0;
	while (q_row(q))
		*n = q_col_int(q, 0);
	return q_done(q, err);
}

bool group_remove_member(struct db *w, const char *id, const char *account_id, struct error *err)
{
	int64_t others, leads;
	struct query q;

	db_query_system(w, &q, "SELECT count(*) FROM (" GROUP_ACTIVE ") p WHERE p.group_id = :group AND p.account_id <> :account");
	q_text(&q, ":group", id);
	q_text(&q, ":account", account_id);
	if (!count_rows(&q, &others, err))
		return false;
	db_query_system(w, &q, "SELECT count(*) FROM (" GROUP_LEADS ") l WHERE l.group_id = :group AND l.account_id <> :account");
	q_text(&q, ":group", id);
	q_text(&q, ":account", account_id);
	if (!count_rows(&q, &leads, err))
		return false;
	if (others > 0 && leads == 0)
		return error_set(err, ERROR_CONFLICT, "Someone has to look after the group: name another lead first, or close it.");
	db_query(w, &q, "DELETE FROM space_group_member WHERE group_id = :group AND account_id = :account");
	q_text(&q, ":group", id);
	q_text(&q, ":account", account_id);
	return q_run(&q, err) && (others > 0 || group_close(w, id, true, err));
}

bool group_keep_lead(struct db *w, const char *id, const char *account_id, struct error *err)
{
	struct query q;

	db_query_system(w, &q, "UPDATE space_group_member SET leads = 1 WHERE group_id = :group AND account_id = :account "
		"AND leads = 0 AND EXISTS (SELECT 1 FROM (" GROUP_LEADS ") l WHERE l.group_id = :group AND l.account_id = :account)");
	q_text(&q, ":group", id);
	q_text(&q, ":account", account_id);
	return q_run(&q, err);
}

bool group_confirm(struct db *w, const char *id, const char *by, const char *const *accounts, size_t n, struct error *err)
{
	int64_t now = clock_now_us();
	struct query q;
	bool ok;

	db_query(w, &q, "DELETE FROM group_confirmed WHERE group_id = :group");
	q_text(&q, ":group", id);
	ok = q_run(&q, err);
	for (size_t i = 0; ok && i < n; i++) {
		db_query(w, &q, "INSERT OR IGNORE INTO group_confirmed (group_id, account_id, by_account, at_us) "
			"VALUES (:group, :account, :by, :now)");
		q_text(&q, ":group", id);
		q_text(&q, ":account", accounts[i]);
		q_text(&q, ":by", by);
		q_int(&q, ":now", now);
		ok = q_run(&q, err);
	}
	return ok;
}

bool group_set_unattributed(struct db *w, const char *id, bool on, struct error *err)
{
	int64_t verified;
	struct query q;

	db_query_system(w, &q, "SELECT " VERIFIED(":group"));
	q_text(&q, ":group", id);
	if (!count_rows(&q, &verified, err))
		return false;
	if (on && !verified)
		return error_set(err, ERROR_CONFLICT, "Posts without names need a group of at least %d people, each confirmed by "
			"a lead. Confirm the list of members first.", GROUP_UNATTRIBUTED_MIN);
	db_query(w, &q, "UPDATE space_group SET unattributed = :on, version = version + 1 WHERE id = :group "
		"AND kind IN ('team', 'private')");
	q_int(&q, ":on", on);
	q_text(&q, ":group", id);
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

/* ---- invitations ---- */

bool group_invitations(struct db *db, struct arena *a, const char *group_id, struct group_invitation **out, size_t *n,
	struct error *err)
{
	struct query q;

	*out = NULL;
	*n = 0;
	db_query(db, &q, "SELECT group_id, slug, space_slug, name, purpose, from_name, account_id, account_name, account_space, "
		"at_us, count(*) OVER () FROM v_group_invitation WHERE (:group IS NULL AND own) OR group_id = :group "
		"ORDER BY CASE WHEN :group IS NULL THEN -at_us ELSE sort_key END, group_id, account_id");
	q_text(&q, ":group", group_id);
	while (q_row(&q)) {
		if (!*out)
			*out = arena_array(a, (size_t)q_col_int(&q, 10), sizeof **out);
		(*out)[(*n)++] = (struct group_invitation){ q_col_text(&q, a, 0), q_col_text(&q, a, 1), q_col_text(&q, a, 2),
			q_col_text(&q, a, 3), q_col_text(&q, a, 4), q_col_text(&q, a, 5), q_col_text(&q, a, 6), q_col_text(&q, a, 7),
			q_col_text(&q, a, 8), q_col_int(&q, 9) };
	}
	return q_done(&q, err);
}

static bool is_there(struct db *w, const char *id, const char *account_id, bool *there, struct error *err)
{
	int64_t n;
	struct query q;

	db_query_system(w, &q, "SELECT count(*) FROM (" GROUP_PEOPLE ") p WHERE p.group_id = :group AND p.account_id = :account");
	q_text(&q, ":group", id);
	q_text(&q, ":account", account_id);
	bool ok = count_rows(&q, &n, err);
	*there = n > 0;
	return ok;
}

bool group_invite(struct db *w, const char *id, const char *account_id, const char *space_id, const char *by,
	struct error *err)
{
	bool there;
	struct query q;

	if (!is_there(w, id, account_id, &there, err))
		return false;
	if (there)
		return error_set(err, ERROR_INVALID, "This person is in the group already.");
	if (!may_come(w, id, account_id, space_id, err))
		return false;
	db_query(w, &q, "INSERT INTO group_invitation (group_id, account_id, via_space, from_account, at_us) "
		"VALUES (:group, :account, :space, :by, :now) ON CONFLICT (group_id, account_id) DO NOTHING");
	q_text(&q, ":group", id);
	q_text(&q, ":account", account_id);
	q_text(&q, ":space", space_id);
	q_text(&q, ":by", by);
	q_int(&q, ":now", clock_now_us());
	return q_run(&q, err);
}

bool group_answer(struct db *w, const char *id, const char *account_id, bool accepted, struct error *err)
{
	struct arena *a = arena_create();
	const char *via = NULL;
	struct query q;
	bool ok;

	db_query(w, &q, "SELECT i.via_space FROM group_invitation i JOIN space_group g ON g.id = i.group_id "
		"WHERE i.group_id = :group AND i.account_id = :account AND g.closed_us = 0");
	q_text(&q, ":group", id);
	q_text(&q, ":account", account_id);
	while (q_row(&q))
		via = q_col_text(&q, a, 0);
	ok = q_done(&q, err) && (via || error_absent(err));
	if (ok && accepted)
		ok = group_set_member(w, id, account_id, via, false, err);
	if (ok) {
		db_query(w, &q, "DELETE FROM group_invitation WHERE group_id = :group AND account_id = :account");
		q_text(&q, ":group", id);
		q_text(&q, ":account", account_id);
		ok = q_run(&q, err);
	}
	arena_destroy(a);
	return ok;
}

bool group_count_begun(struct db *w, const char *account_id, int64_t *n, struct error *err)
{
	struct query q;

	db_query(w, &q, "SELECT count(*) FROM space_group WHERE begun_by = :account AND kind = 'private' AND closed_us = 0");
	q_text(&q, ":account", account_id);
	return count_rows(&q, n, err);
}
