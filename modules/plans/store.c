/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Plans: SQL only. */
#include "plans.h"
#include "store_system.h"

const struct migration plan_migrations[] = {
	{ 1,
	"CREATE TABLE plan ("
	"	id TEXT NOT NULL PRIMARY KEY, about_space TEXT NOT NULL REFERENCES space (id), scope TEXT NOT NULL,"
	"	title TEXT NOT NULL, sort_key TEXT NOT NULL,"
	/* No key to the guide: it is another space's, and may go while the plan stays. */
	"	guide_id TEXT NOT NULL, guide_title TEXT NOT NULL, starts_on TEXT NOT NULL, indicators TEXT NOT NULL,"
	"	adopted_by TEXT NOT NULL, adopted_us INTEGER NOT NULL, changed_us INTEGER NOT NULL,"
	"	archived_us INTEGER NOT NULL DEFAULT 0, shared_us INTEGER NOT NULL DEFAULT 0, shared_by TEXT,"
	"	version INTEGER NOT NULL DEFAULT 1) STRICT;"
	"CREATE INDEX plan_by_space ON plan (about_space, sort_key);"
	"CREATE TABLE plan_step ("
	"	id TEXT NOT NULL PRIMARY KEY, plan_id TEXT NOT NULL REFERENCES plan (id) ON DELETE CASCADE,"
	"	position INTEGER NOT NULL, guide_slug TEXT, guide_hash TEXT, title TEXT NOT NULL, text_html TEXT NOT NULL,"
	"	text TEXT NOT NULL, typed TEXT, roles TEXT NOT NULL, resources TEXT NOT NULL, due_on TEXT,"
	"	status TEXT NOT NULL CHECK (status IN ('not-started', 'under-way', 'done', 'blocked', 'not-for-us')),"
	"	reason TEXT NOT NULL, owner_account TEXT REFERENCES account (id) ON DELETE SET NULL, body TEXT,"
	"	notes TEXT NOT NULL, notes_html TEXT NOT NULL, done_us INTEGER NOT NULL, changed_us INTEGER NOT NULL,"
	"	version INTEGER NOT NULL) STRICT;"
	"CREATE INDEX plan_step_by_plan ON plan_step (plan_id, position);"
	"CREATE INDEX plan_step_by_owner ON plan_step (owner_account) WHERE owner_account IS NOT NULL;"
	"CREATE TABLE plan_change ("
	"	id TEXT NOT NULL PRIMARY KEY, plan_id TEXT NOT NULL REFERENCES plan (id) ON DELETE CASCADE,"
	"	step_id TEXT, step_title TEXT, account_name TEXT NOT NULL, at_us INTEGER NOT NULL, field TEXT NOT NULL,"
	"	was TEXT NOT NULL, now TEXT NOT NULL) STRICT;"
	"CREATE INDEX plan_change_by_plan ON plan_change (plan_id, id);"
	"CREATE TABLE plan_declined ("
	"	plan_id TEXT NOT NULL REFERENCES plan (id) ON DELETE CASCADE, guide_slug TEXT NOT NULL, guide_hash TEXT NOT NULL,"
	"	PRIMARY KEY (plan_id, guide_slug, guide_hash)) STRICT, WITHOUT ROWID;" },
	{ 2, "CREATE INDEX plan_by_guide ON plan (guide_id);" },
	{ 0, NULL }
};

#define HOLDS(token) token " IN (SELECT token FROM temp.viewer_scope)"
#define COUNT_OF(status) "(SELECT count(*) FROM main.plan_step x WHERE x.plan_id = p.id AND x.status = '" status "')"
const struct view_def plan_views[] = {
	{ "v_plan", "CREATE TEMP VIEW v_plan AS SELECT p.*, s.slug AS space_slug, s.short_name AS space_name, "
		HOLDS("'c:' || p.about_space") " AS writes, " HOLDS("'e:' || p.about_space") " AS shares "
		"FROM main.plan p JOIN main.space s ON s.id = p.about_space WHERE " HOLDS("p.scope") },
	{ "v_plan_step", "CREATE TEMP VIEW v_plan_step AS SELECT x.*, a.name AS owner_name, "
		"EXISTS (SELECT 1 FROM main.membership m WHERE m.account_id = x.owner_account AND m.space_id = p.about_space) "
		"AS owner_here FROM main.plan_step x JOIN main.plan p ON p.id = x.plan_id "
		"LEFT JOIN main.account a ON a.id = x.owner_account WHERE " HOLDS("p.scope") },
	{ "v_plan_change", "CREATE TEMP VIEW v_plan_change AS SELECT x.* FROM main.plan_change x "
		"JOIN main.plan p ON p.id = x.plan_id WHERE " HOLDS("p.scope") },
	{ "v_plan_declined", "CREATE TEMP VIEW v_plan_declined AS SELECT x.* FROM main.plan_declined x "
		"JOIN main.plan p ON p.id = x.plan_id WHERE " HOLDS("p.scope") },
	/* What the national office may know of a plan, once its space says so: nothing but these columns. */
	{ "v_plan_shared", "CREATE TEMP VIEW v_plan_shared AS SELECT s.short_name AS space_name, s.slug AS space_slug, "
		"p.guide_title, p.starts_on, p.shared_us, "
		"(SELECT count(*) FROM main.plan_step x WHERE x.plan_id = p.id) AS steps, " COUNT_OF("done") " AS done, "
		COUNT_OF("under-way") " AS under_way, " COUNT_OF("blocked") " AS blocked, " COUNT_OF("not-for-us") " AS not_for_us "
		"FROM main.plan p JOIN main.space s ON s.id = p.about_space WHERE p.shared_us > 0 AND p.archived_us = 0 AND ("
		HOLDS("'admin'") " OR EXISTS (SELECT 1 FROM main.space n WHERE n.slug = '" SPACE_NATIONAL "' AND "
		HOLDS("'s:' || n.id") "))" },
	{ NULL, NULL }
};

/* ---- reading ---- */

#define PLAN_COLUMNS "p.id, p.about_space, p.space_slug, p.space_name, p.scope, p.title, p.guide_id, p.guide_title, " \
	"p.starts_on, p.adopted_by, p.adopted_us, p.changed_us, p.archived_us, p.shared_us, p.shared_by, p.indicators, " \
	"p.version, p.writes, p.shares, count(x.id), coalesce(sum(x.status = 'done'), 0), " \
	"coalesce(sum(x.status = 'under-way'), 0), coalesce(sum(x.status = 'blocked'), 0), " \
	"coalesce(sum(x.status = 'not-for-us'), 0), " \
	"coalesce(sum(x.status NOT IN ('done', 'not-for-us') AND x.due_on < :today), 0), " \
	"min(CASE WHEN x.status NOT IN ('done', 'not-for-us') AND x.due_on >= :today THEN x.due_on END)"

static void read_plan(struct query *q, struct arena *a, struct plan *p)
{
	int i = 0;

	p->id = q_col_text(q, a, i++);
	p->space_id = q_col_text(q, a, i++);
	p->space_slug = q_col_text(q, a, i++);
	p->space_name = q_col_text(q, a, i++);
	p->scope = q_col_text(q, a, i++);
	p->title = q_col_text(q, a, i++);
	p->guide_id = q_col_text(q, a, i++);
	p->guide_title = q_col_text(q, a, i++);
	p->starts_on = q_col_text(q, a, i++);
	p->adopted_by = q_col_text(q, a, i++);
	p->adopted_us = q_col_int(q, i++);
	p->changed_us = q_col_int(q, i++);
	p->archived_us = q_col_int(q, i++);
	p->shared_us = q_col_int(q, i++);
	p->shared_by = q_col_text(q, a, i++);
	p->indicators = q_col_text(q, a, i++);
	p->version = q_col_int(q, i++);
	p->writes = q_col_int(q, i++) != 0;
	p->shares = q_col_int(q, i++) != 0;
	p->counts.steps = q_col_int(q, i++);
	p->counts.done = q_col_int(q, i++);
	p->counts.under_way = q_col_int(q, i++);
	p->counts.blocked = q_col_int(q, i++);
	p->counts.not_for_us = q_col_int(q, i++);
	p->counts.overdue = q_col_int(q, i++);
	p->counts.next = q_col_text(q, a, i++);
}

bool plan_list(struct db *db, struct arena *a, const char *space_id, const char *today, struct plan **out, size_t *n,
	struct error *err)
{
	struct query q;

	*n = 0;
	*out = arena_array(a, PLAN_LIST_MAX, sizeof **out);
	db_query(db, &q, "SELECT " PLAN_COLUMNS " FROM v_plan p LEFT JOIN v_plan_step x ON x.plan_id = p.id "
		"WHERE p.about_space = :space GROUP BY p.id ORDER BY p.archived_us > 0, p.sort_key, p.id LIMIT :most");
	q_text(&q, ":space", space_id);
	q_text(&q, ":today", today);
	q_int(&q, ":most", PLAN_LIST_MAX);
	while (q_row(&q))
		read_plan(&q, a, &(*out)[(*n)++]);
	return q_done(&q, err);
}

bool plan_get(struct db *db, struct arena *a, const char *space_id, const char *id, const char *today,
	struct plan **out, struct error *err)
{
	struct query q;

	*out = NULL;
	db_query(db, &q, "SELECT " PLAN_COLUMNS " FROM v_plan p LEFT JOIN v_plan_step x ON x.plan_id = p.id "
		"WHERE p.id = :id AND (:space IS NULL OR p.about_space = :space) GROUP BY p.id");
	q_text(&q, ":id", id);
	q_text(&q, ":space", space_id);
	q_text(&q, ":today", today);
	while (q_row(&q))
		read_plan(&q, a, *out = arena_alloc(a, sizeof **out));
	if (!q_done(&q, err))
		return false;
	if (!*out)
		error_absent(err);
	return *out != NULL;
}

#define STEP_COLUMNS "id, plan_id, position, guide_slug, guide_hash, title, text_html, text, typed, roles, resources, " \
	"due_on, status, reason, owner_account, owner_name, owner_here, body, notes, notes_html, done_us, changed_us, version"

static void read_step(struct query *q, struct arena *a, struct plan_step *s)
{
	int i = 0;

	s->id = q_col_text(q, a, i++);
	s->plan_id = q_col_text(q, a, i++);
	s->position = (int)q_col_int(q, i++);
	s->guide_slug = q_col_text(q, a, i++);
	s->guide_hash = q_col_text(q, a, i++);
	s->title = q_col_text(q, a, i++);
	s->text_html = q_col_text(q, a, i++);
	s->text = q_col_text(q, a, i++);
	s->typed = q_col_text(q, a, i++);
	s->roles = q_col_text(q, a, i++);
	s->resources = q_col_text(q, a, i++);
	s->due_on = q_col_text(q, a, i++);
	s->status = step_status_parse(q_col_text(q, a, i++));
	s->reason = q_col_text(q, a, i++);
	s->owner = q_col_text(q, a, i++);
	s->owner_name = q_col_text(q, a, i++);
	s->owner_here = q_col_int(q, i++) != 0;
	s->body = q_col_text(q, a, i++);
	s->notes = q_col_text(q, a, i++);
	s->notes_html = q_col_text(q, a, i++);
	s->done_us = q_col_int(q, i++);
	s->changed_us = q_col_int(q, i++);
	s->version = q_col_int(q, i++);
}

bool plan_steps(struct db *db, struct arena *a, const char *plan_id, struct plan_step **out, size_t *n,
	struct error *err)
{
	struct query q;

	*n = 0;
	*out = arena_array(a, PLAN_STEPS_MAX, sizeof **out);
	db_query(db, &q, "SELECT " STEP_COLUMNS " FROM v_plan_step WHERE plan_id = :plan ORDER BY position, id LIMIT :most");
	q_text(&q, ":plan", plan_id);
	q_int(&q, ":most", PLAN_STEPS_MAX);
	while (q_row(&q)) {
		read_step(&q, a, &(*out)[*n]);
		(*out)[*n].number = (int)*n + 1;
		(*n)++;
	}
	return q_done(&q, err);
}

bool plan_changes(struct db *db, struct arena *a, const char *plan_id, const char *step_id, int limit,
	struct plan_change **out, size_t *n, struct error *err)
{
	struct query q;

	*n = 0;
	*out = arena_array(a, (size_t)limit, sizeof **out);
	db_query(db, &q, "SELECT step_id, step_title, account_name, at_us, field, was, now FROM v_plan_change "
		"WHERE plan_id = :plan AND (:step IS NULL OR step_id = :step) ORDER BY id DESC LIMIT :most");
	q_text(&q, ":plan", plan_id);
	q_text(&q, ":step", step_id);
	q_int(&q, ":most", limit);
	while (q_row(&q))
		(*out)[(*n)++] = (struct plan_change){ q_col_text(&q, a, 0), q_col_text(&q, a, 1), q_col_text(&q, a, 2),
			q_col_int(&q, 3), q_col_text(&q, a, 4), q_col_text(&q, a, 5), q_col_text(&q, a, 6) };
	return q_done(&q, err);
}

#define UNTOUCHED "NOT EXISTS (SELECT 1 FROM main.plan_change c WHERE c.plan_id = :plan AND c.field <> 'Adopted')"

bool plan_untouched(struct db *db, const char *plan_id, bool *out, struct error *err)
{
	struct query q;

	*out = false;
	db_query(db, &q, "SELECT NOT EXISTS (SELECT 1 FROM v_plan_change WHERE plan_id = :plan AND field <> 'Adopted')");
	q_text(&q, ":plan", plan_id);
	while (q_row(&q))
		*out = q_col_int(&q, 0) != 0;
	return q_done(&q, err);
}

bool plan_declined_list(struct db *db, struct arena *a, const char *plan_id, struct guide_declined **out, size_t *n,
	struct error *err)
{
	struct query q;

	*out = NULL;
	*n = 0;
	db_query(db, &q, "SELECT guide_slug, guide_hash, count(*) OVER () FROM v_plan_declined WHERE plan_id = :plan");
	q_text(&q, ":plan", plan_id);
	while (q_row(&q)) {
		if (!*out)
			*out = arena_array(a, (size_t)q_col_int(&q, 2), sizeof **out);
		(*out)[(*n)++] = (struct guide_declined){ q_col_text(&q, a, 0), q_col_text(&q, a, 1) };
	}
	return q_done(&q, err);
}

bool plan_shared_list(struct db *db, struct arena *a, struct plan_shared **out, size_t *n, struct error *err)
{
	struct query q;

	*out = NULL;
	*n = 0;
	db_query(db, &q, "SELECT space_name, space_slug, guide_title, starts_on, shared_us, steps, done, under_way, blocked, "
		"not_for_us, count(*) OVER () FROM v_plan_shared ORDER BY space_name, guide_title, starts_on");
	while (q_row(&q)) {
		if (!*out)
			*out = arena_array(a, (size_t)q_col_int(&q, 10), sizeof **out);
		(*out)[(*n)++] = (struct plan_shared){ q_col_text(&q, a, 0), q_col_text(&q, a, 1), q_col_text(&q, a, 2),
			q_col_text(&q, a, 3), q_col_int(&q, 4), { .steps = q_col_int(&q, 5), .done = q_col_int(&q, 6),
			.under_way = q_col_int(&q, 7), .blocked = q_col_int(&q, 8), .not_for_us = q_col_int(&q, 9) } };
	}
	return q_done(&q, err);
}

bool plan_tasks(struct db *db, struct arena *a, const char *account_id, struct plan_task **out, size_t *n,
	struct error *err)
{
	struct query q;

	*out = NULL;
	*n = 0;
	db_query(db, &q, "SELECT p.id, p.title, x.id, x.title, p.space_slug, p.space_name, x.due_on, p.about_space, "
		"count(*) OVER () FROM v_plan_step x JOIN v_plan p ON p.id = x.plan_id WHERE x.owner_account = :account AND p.archived_us = 0 "
		"AND x.status NOT IN ('done', 'not-for-us') ORDER BY x.due_on IS NULL, x.due_on, x.position");
	q_text(&q, ":account", account_id);
	while (q_row(&q)) {
		if (!*out)
			*out = arena_array(a, (size_t)q_col_int(&q, 8), sizeof **out);
		(*out)[(*n)++] = (struct plan_task){ .plan_id = q_col_text(&q, a, 0), .plan_title = q_col_text(&q, a, 1),
			.step_id = q_col_text(&q, a, 2), .step_title = q_col_text(&q, a, 3), .space_slug = q_col_text(&q, a, 4),
			.space_name = q_col_text(&q, a, 5), .due_on = q_col_text(&q, a, 6), .space_id = q_col_text(&q, a, 7) };
	}
	return q_done(&q, err);
}

bool plan_of_guide(struct db *db, struct arena *a, const char *guide_id, struct plan_task **out, size_t *n,
	struct error *err)
{
	struct query q;

	*out = NULL;
	*n = 0;
	db_query(db, &q, "SELECT id, title, about_space, space_slug, space_name, count(*) OVER () FROM v_plan "
		"WHERE guide_id = :guide AND archived_us = 0 ORDER BY space_name, sort_key, id");
	q_text(&q, ":guide", guide_id);
	while (q_row(&q)) {
		if (!*out)
			*out = arena_array(a, (size_t)q_col_int(&q, 5), sizeof **out);
		(*out)[(*n)++] = (struct plan_task){ .plan_id = q_col_text(&q, a, 0), .plan_title = q_col_text(&q, a, 1),
			.space_id = q_col_text(&q, a, 2), .space_slug = q_col_text(&q, a, 3), .space_name = q_col_text(&q, a, 4) };
	}
	return q_done(&q, err);
}

/* ---- writing ---- */

/* Runs an UPDATE that must find its row. */
static bool run_one(struct query *q, struct error *err)
{
	bool any;

	return q_run_changed(q, &any, err) && (any || error_set(err, ERROR_CONFLICT, "Someone else changed this in the meantime. Look at it again."));
}

static bool touch(struct db *w, const char *plan_id, struct error *err)
{
	struct query q;

	db_query(w, &q, "UPDATE plan SET changed_us = :now WHERE id = :id");
	q_text(&q, ":id", plan_id);
	q_int(&q, ":now", clock_now_us());
	return q_run(&q, err);
}

bool plan_add(struct db *w, const struct plan *p, struct error *err)
{
	struct query q;
	int64_t n = 0;

	db_query(w, &q, "SELECT count(*) FROM plan WHERE about_space = :space AND archived_us = 0");
	q_text(&q, ":space", p->space_id);
	while (q_row(&q))
		n = q_col_int(&q, 0);
	if (!q_done(&q, err))
		return false;
	if (n >= PLANS_MAX)
		return error_set(err, ERROR_CONFLICT, "There are %d plans already. Archive one that has ended first.", PLANS_MAX);
	struct arena *a = arena_create();
	const char *key = text_sort_key(a, p->title);
	db_query(w, &q, "INSERT INTO plan (id, about_space, scope, title, sort_key, guide_id, guide_title, starts_on, indicators, "
		"adopted_by, adopted_us, changed_us) VALUES (:id, :space, 's:' || :space, :title, :key, :guide, :guide_title, :starts, "
		":indicators, :by, :now, :now)");
	q_text(&q, ":id", p->id);
	q_text(&q, ":space", p->space_id);
	q_text(&q, ":title", p->title);
	q_text(&q, ":key", key);
	q_text(&q, ":guide", p->guide_id);
	q_text(&q, ":guide_title", p->guide_title);
	q_text(&q, ":starts", p->starts_on);
	q_text(&q, ":indicators", p->indicators);
	q_text(&q, ":by", p->adopted_by);
	q_int(&q, ":now", clock_now_us());
	bool ok = q_run(&q, err);
	arena_destroy(a);
	return ok;
}

bool plan_step_add(struct db *w, const struct plan_step *s, struct error *err)
{
	struct query q;

	db_query(w, &q, "INSERT INTO plan_step (id, plan_id, position, guide_slug, guide_hash, title, text_html, text, typed, "
		"roles, resources, due_on, status, reason, owner_account, body, notes, notes_html, done_us, changed_us, version) "
		"VALUES (:id, :plan, :position, :slug, :hash, :title, :html, :text, :typed, :roles, :resources, :due, 'not-started', "
		"'', NULL, :body, '', '', 0, :now, 1)");
	q_text(&q, ":id", s->id);
	q_text(&q, ":plan", s->plan_id);
	q_int(&q, ":position", s->position);
	q_text(&q, ":slug", s->guide_slug);
	q_text(&q, ":hash", s->guide_hash);
	q_text(&q, ":title", s->title);
	q_text(&q, ":html", s->text_html);
	q_text(&q, ":text", s->text);
	q_text(&q, ":typed", s->typed);
	q_text(&q, ":roles", s->roles);
	q_text(&q, ":resources", s->resources);
	q_text(&q, ":due", s->due_on);
	q_text(&q, ":body", s->body);
	q_int(&q, ":now", clock_now_us());
	return q_run(&q, err) && touch(w, s->plan_id, err);
}

bool plan_save(struct db *w, const struct plan *p, struct error *err)
{
	struct arena *a = arena_create();
	const char *key = text_sort_key(a, p->title);
	struct query q;

	db_query(w, &q, "UPDATE plan SET title = :title, sort_key = :key, starts_on = :starts, indicators = :indicators, "
		"changed_us = :now, version = version + 1 WHERE id = :id AND version = :version");
	q_text(&q, ":id", p->id);
	q_text(&q, ":title", p->title);
	q_text(&q, ":key", key);
	q_text(&q, ":starts", p->starts_on);
	q_text(&q, ":indicators", p->indicators);
	q_int(&q, ":version", p->version);
	q_int(&q, ":now", clock_now_us());
	bool ok = run_one(&q, err);
	arena_destroy(a);
	return ok;
}

bool plan_set_archived(struct db *w, const char *id, bool archived, struct error *err)
{
	struct query q;

	/* Nothing of an archived plan is shared. */
	db_query(w, &q, "UPDATE plan SET archived_us = CASE WHEN :archived THEN :now ELSE 0 END, changed_us = :now, "
		"shared_us = CASE WHEN :archived THEN 0 ELSE shared_us END, version = version + 1 "
		"WHERE id = :id AND (archived_us > 0) <> :archived");
	q_text(&q, ":id", id);
	q_int(&q, ":archived", archived);
	q_int(&q, ":now", clock_now_us());
	return run_one(&q, err);
}

bool plan_set_shared(struct db *w, const char *id, const char *by, bool shared, struct error *err)
{
	struct query q;

	db_query(w, &q, "UPDATE plan SET shared_us = CASE WHEN :shared THEN :now ELSE 0 END, "
		"shared_by = CASE WHEN :shared THEN :by END, version = version + 1 "
		"WHERE id = :id AND archived_us = 0 AND (shared_us > 0) <> :shared");
	q_text(&q, ":id", id);
	q_text(&q, ":by", by);
	q_int(&q, ":shared", shared);
	q_int(&q, ":now", clock_now_us());
	return run_one(&q, err);
}

bool plan_remove(struct db *w, const char *id, struct error *err)
{
	struct query q;

	db_query(w, &q, "DELETE FROM plan WHERE id = :plan AND " UNTOUCHED);
	q_text(&q, ":plan", id);
	return run_one(&q, err);
}

bool plan_step_save(struct db *w, const struct plan_step *s, struct error *err)
{
	struct query q;

	db_query(w, &q, "UPDATE plan_step SET title = :title, text_html = :html, text = :text, typed = :typed, due_on = :due, "
		"status = :status, reason = :reason, owner_account = :owner, body = :body, notes = :notes, notes_html = :notes_html, "
		"done_us = CASE WHEN :status <> 'done' THEN 0 WHEN done_us = 0 THEN :now ELSE done_us END, "
		"changed_us = :now, version = version + 1 WHERE id = :id AND plan_id = :plan AND version = :version");
	q_text(&q, ":id", s->id);
	q_text(&q, ":plan", s->plan_id);
	q_text(&q, ":title", s->title);
	q_text(&q, ":html", s->text_html);
	q_text(&q, ":text", s->text);
	q_text(&q, ":typed", s->typed);
	q_text(&q, ":due", s->due_on);
	q_text(&q, ":status", step_status_word(s->status));
	q_text(&q, ":reason", s->reason);
	q_text(&q, ":owner", s->owner);
	q_text(&q, ":body", s->body);
	q_text(&q, ":notes", s->notes);
	q_text(&q, ":notes_html", s->notes_html);
	q_int(&q, ":version", s->version);
	q_int(&q, ":now", clock_now_us());
	return run_one(&q, err) && touch(w, s->plan_id, err);
}

bool plan_step_take(struct db *w, const char *id, const struct guide_step *now, struct error *err)
{
	struct query q;

	db_query(w, &q, "UPDATE plan_step SET title = :title, text_html = :html, text = :text, roles = :roles, "
		"resources = :resources, guide_hash = :hash, changed_us = :now, version = version + 1 WHERE id = :id");
	q_text(&q, ":id", id);
	q_text(&q, ":title", now->title);
	q_text(&q, ":html", now->html);
	q_text(&q, ":text", now->text);
	q_text(&q, ":roles", now->roles);
	q_text(&q, ":resources", now->resources);
	q_text(&q, ":hash", now->hash);
	q_int(&q, ":now", clock_now_us());
	return run_one(&q, err);
}

bool plan_step_keep(struct db *w, const char *id, struct error *err)
{
	struct query q;

	/* Its text can be changed from now on; what was typed is the plain text. */
	db_query(w, &q, "UPDATE plan_step SET guide_slug = NULL, guide_hash = NULL, typed = text, changed_us = :now, "
		"version = version + 1 WHERE id = :id AND guide_slug IS NOT NULL");
	q_text(&q, ":id", id);
	q_int(&q, ":now", clock_now_us());
	return run_one(&q, err);
}

bool plan_step_move_date(struct db *w, const char *id, const char *was, const char *now, size_t *moved, struct error *err)
{
	struct query q;

	db_query(w, &q, "UPDATE plan_step SET due_on = :due, changed_us = :now, version = version + 1 "
		"WHERE id = :id AND due_on = :was AND status NOT IN ('done', 'not-for-us')");
	q_text(&q, ":id", id);
	q_text(&q, ":was", was);
	q_text(&q, ":due", now);
	q_int(&q, ":now", clock_now_us());
	while (q_row(&q))
		;
	*moved += q.rc == 0 && q_changes(&q) > 0;
	return q_done(&q, err);
}

static bool set_position(struct db *w, const char *id, int was, int position, struct error *err)
{
	struct query q;

	db_query(w, &q, "UPDATE plan_step SET position = :position WHERE id = :id AND position = :was");
	q_text(&q, ":id", id);
	q_int(&q, ":was", was);
	q_int(&q, ":position", position);
	return run_one(&q, err);
}

bool plan_step_swap(struct db *w, const struct plan_step *s, const struct plan_step *with, struct error *err)
{
	return set_position(w, s->id, s->position, with->position, err) &&
		set_position(w, with->id, with->position, s->position, err) && touch(w, s->plan_id, err);
}

bool plan_steps_shift(struct db *w, const char *plan_id, int from, int by, struct error *err)
{
	struct query q;

	db_query(w, &q, "UPDATE plan_step SET position = position + :by WHERE plan_id = :plan AND position >= :from");
	q_text(&q, ":plan", plan_id);
	q_int(&q, ":from", from);
	q_int(&q, ":by", by);
	return q_run(&q, err);
}

bool plan_step_remove(struct db *w, const char *id, struct error *err)
{
	struct query q;

	db_query(w, &q, "DELETE FROM plan_step WHERE id = :id AND guide_slug IS NULL");
	q_text(&q, ":id", id);
	return run_one(&q, err);
}

bool plan_decline(struct db *w, const char *plan_id, const char *slug, const char *hash, struct error *err)
{
	struct query q;

	db_query(w, &q, "INSERT INTO plan_declined (plan_id, guide_slug, guide_hash) VALUES (:plan, :slug, :hash) "
		"ON CONFLICT (plan_id, guide_slug, guide_hash) DO NOTHING");
	q_text(&q, ":plan", plan_id);
	q_text(&q, ":slug", slug);
	q_text(&q, ":hash", hash);
	return q_run(&q, err);
}

bool plan_note(struct db *w, const char *plan_id, const struct plan_step *step, const char *who, const char *field,
	const char *was, const char *now, struct error *err)
{
	char id[ID_SIZE];
	struct query q;

	id_new(id);
	db_query(w, &q, "INSERT INTO plan_change (id, plan_id, step_id, step_title, account_name, at_us, field, was, now) "
		"VALUES (:id, :plan, :step, :title, :who, :now_us, :field, :was, :now)");
	q_text(&q, ":id", id);
	q_text(&q, ":plan", plan_id);
	q_text(&q, ":step", step ? step->id : NULL);
	q_text(&q, ":title", step ? step->title : NULL);
	q_text(&q, ":who", who);
	q_int(&q, ":now_us", clock_now_us());
	q_text(&q, ":field", field);
	q_text(&q, ":was", was ? was : "");
	q_text(&q, ":now", now ? now : "");
	return q_run(&q, err);
}

bool plan_due_list(struct db *w, struct arena *a, const char *before, struct plan_due **out, size_t *n, struct error *err)
{
	struct query q;

	*out = NULL;
	*n = 0;
	/* Who has left the space is told nothing of it. */
	db_query(w, &q, "SELECT p.id, p.title, p.about_space, p.scope, x.id, x.title, x.due_on, x.owner_account, count(*) OVER () "
		"FROM plan_step x JOIN plan p ON p.id = x.plan_id WHERE p.archived_us = 0 AND x.due_on < :before "
		"AND x.status NOT IN ('done', 'not-for-us') AND EXISTS (SELECT 1 FROM membership m "
		"WHERE m.account_id = x.owner_account AND m.space_id = p.about_space) ORDER BY x.due_on, x.id");
	q_text(&q, ":before", before);
	while (q_row(&q)) {
		if (!*out)
			*out = arena_array(a, (size_t)q_col_int(&q, 8), sizeof **out);
		(*out)[(*n)++] = (struct plan_due){ q_col_text(&q, a, 0), q_col_text(&q, a, 1), q_col_text(&q, a, 2),
			q_col_text(&q, a, 3), q_col_text(&q, a, 4), q_col_text(&q, a, 5), q_col_text(&q, a, 6), q_col_text(&q, a, 7) };
	}
	return q_done(&q, err);
}
