/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The tables of drafts. */
#include "draft_store.h"
#include "account.h"

/* A draft's space guards its row (store.c of the engine); what hangs on it is
 * written by draft.c alone, in the same write as the row or after a check. */
const struct migration publishing_migrations[] = {
	{ 1,
	"CREATE TABLE draft ("
	"	id TEXT NOT NULL PRIMARY KEY,"
	"	space_id TEXT NOT NULL REFERENCES space (id),"
	"	type TEXT NOT NULL,"
	"	record_num INTEGER REFERENCES record (num) ON DELETE CASCADE,"
	"	base_version INTEGER NOT NULL, published_version INTEGER NOT NULL,"
	"	state INTEGER NOT NULL, revision INTEGER NOT NULL, submitted_revision INTEGER NOT NULL,"
	"	wide INTEGER NOT NULL," /* submitted for the network or the public, and still meant for it */
	"	author_id TEXT NOT NULL, author_name TEXT NOT NULL,"
	"	created_us INTEGER NOT NULL, submitted_us INTEGER NOT NULL,"
	"	publish_us INTEGER NOT NULL, zone TEXT, note TEXT, publisher_id TEXT) STRICT;"
	"CREATE INDEX draft_by_author ON draft (author_id);"
	"CREATE INDEX draft_by_space ON draft (space_id, state);"
	"CREATE INDEX draft_by_record ON draft (record_num);"
	"CREATE TABLE draft_revision ("
	"	draft_id TEXT NOT NULL REFERENCES draft (id) ON DELETE CASCADE,"
	"	revision INTEGER NOT NULL, title TEXT NOT NULL, slug TEXT NOT NULL, audience TEXT NOT NULL,"
	"	form_json TEXT NOT NULL, account_id TEXT NOT NULL, account_name TEXT NOT NULL,"
	"	automatic INTEGER NOT NULL, submitted INTEGER NOT NULL, saved_us INTEGER NOT NULL,"
	"	PRIMARY KEY (draft_id, revision)) STRICT;"
	"CREATE TABLE draft_reviewer ("
	"	draft_id TEXT NOT NULL REFERENCES draft (id) ON DELETE CASCADE,"
	"	account_id TEXT NOT NULL, invited_by TEXT NOT NULL, invited_us INTEGER NOT NULL,"
	"	PRIMARY KEY (draft_id, account_id)) STRICT, WITHOUT ROWID;"
	"CREATE INDEX draft_reviewer_by_account ON draft_reviewer (account_id);"
	"CREATE TABLE draft_decision ("
	"	draft_id TEXT NOT NULL REFERENCES draft (id) ON DELETE CASCADE,"
	"	revision INTEGER NOT NULL, account_id TEXT NOT NULL, approve INTEGER NOT NULL, at_us INTEGER NOT NULL,"
	"	PRIMARY KEY (draft_id, revision, account_id)) STRICT, WITHOUT ROWID;"
	"CREATE TABLE draft_comment ("
	"	id TEXT NOT NULL PRIMARY KEY,"
	"	draft_id TEXT NOT NULL REFERENCES draft (id) ON DELETE CASCADE,"
	"	revision INTEGER NOT NULL, field TEXT, line INTEGER NOT NULL, quote TEXT,"
	"	parent_id TEXT REFERENCES draft_comment (id) ON DELETE CASCADE,"
	"	account_id TEXT NOT NULL, account_name TEXT NOT NULL, text TEXT NOT NULL, at_us INTEGER NOT NULL,"
	"	resolved_us INTEGER NOT NULL, resolved_by TEXT) STRICT;"
	"CREATE INDEX draft_comment_by_draft ON draft_comment (draft_id, at_us);"
	"CREATE INDEX draft_comment_by_parent ON draft_comment (parent_id);"
	"CREATE TABLE draft_step ("
	"	num INTEGER PRIMARY KEY,"
	"	draft_id TEXT NOT NULL REFERENCES draft (id) ON DELETE CASCADE,"
	"	at_us INTEGER NOT NULL, account_id TEXT, account_name TEXT,"
	"	action TEXT NOT NULL, revision INTEGER NOT NULL, words TEXT) STRICT;"
	"CREATE INDEX draft_step_by_draft ON draft_step (draft_id, num);" },
	{ 2,
	"CREATE TABLE draft_hold ("
	"	draft_id TEXT NOT NULL PRIMARY KEY REFERENCES draft (id) ON DELETE CASCADE,"
	"	reason TEXT NOT NULL, at_us INTEGER NOT NULL) STRICT;" },
	{ 0, NULL }
};

#define HOLDS(letter, id) "('" letter ":' || " id ") IN (SELECT token FROM temp.viewer_scope)"
#define ADMIN "EXISTS (SELECT 1 FROM temp.viewer_scope WHERE token = 'admin')"
#define NATIONAL "(SELECT id FROM main.space WHERE slug = '" SPACE_NATIONAL "')"

/* From the outside the last submitted revision is the draft; what was saved
 * since is not there. */
const struct view_def publishing_views[] = {
	{ "v_draft", "CREATE TEMP VIEW v_draft AS "
		"SELECT x.id, x.space_id, s.slug AS space_slug, s.name AS space_name, x.type, r.slug, r.audience, r.title, "
		"x.record_num, x.base_version, x.published_version, x.state, r.revision, x.submitted_revision, x.author_id, "
		"x.author_name, x.created_us, r.saved_us, x.submitted_us, x.publish_us, x.zone, x.note, x.wide, x.inside, x.reviewer, "
		"x.wrote, x.submitted_revision > 0 AND (x.national OR " ADMIN " OR " HOLDS("e", "x.space_id") ") AS queued, "
		"r.form_json "
		"FROM (SELECT d.*, "
		"	" HOLDS("c", "d.space_id") " OR " ADMIN " OR "
		"	(" HOLDS("a", "d.author_id") " AND " HOLDS("s", "d.space_id") ") AS inside, "
		"	EXISTS (SELECT 1 FROM main.draft_reviewer n WHERE n.draft_id = d.id AND " HOLDS("a", "n.account_id") ") "
		"		AS reviewer, "
		"	EXISTS (SELECT 1 FROM main.draft_revision n WHERE n.draft_id = d.id AND " HOLDS("a", "n.account_id") ") "
		"		AS wrote, "
		"	d.wide AND " HOLDS("e", NATIONAL) " AS national "
		"	FROM main.draft d) x "
		"JOIN main.space s ON s.id = x.space_id "
		"JOIN main.draft_revision r ON r.draft_id = x.id "
		"	AND r.revision = CASE WHEN x.inside THEN x.revision ELSE x.submitted_revision END "
		"WHERE x.inside OR (x.submitted_revision > 0 AND x.state <> 7 AND (x.reviewer OR x.national))" },
	{ "v_draft_revision", "CREATE TEMP VIEW v_draft_revision AS SELECT r.* FROM main.draft_revision r "
		"JOIN v_draft d ON d.id = r.draft_id WHERE d.inside OR r.submitted" },
	{ "v_draft_reviewer", "CREATE TEMP VIEW v_draft_reviewer AS "
		"SELECT n.draft_id, n.account_id, n.invited_by, n.invited_us, p.name, p.sort_key, p.disabled_us, "
		"(SELECT CASE WHEN x.approve THEN 1 ELSE 2 END FROM main.draft_decision x WHERE x.draft_id = n.draft_id "
		"	AND x.revision = d.submitted_revision AND x.account_id = n.account_id) AS verdict "
		"FROM main.draft_reviewer n JOIN v_draft d ON d.id = n.draft_id JOIN main.account p ON p.id = n.account_id" },
	{ "v_draft_comment", "CREATE TEMP VIEW v_draft_comment AS SELECT x.* FROM main.draft_comment x "
		"JOIN v_draft_revision r ON r.draft_id = x.draft_id AND r.revision = x.revision" },
	{ "v_draft_hold", "CREATE TEMP VIEW v_draft_hold AS SELECT x.* FROM main.draft_hold x "
		"JOIN v_draft d ON d.id = x.draft_id" },
	{ "v_draft_step", "CREATE TEMP VIEW v_draft_step AS SELECT x.* FROM main.draft_step x "
		"JOIN v_draft d ON d.id = x.draft_id" },
	{ NULL, NULL }
};

/* ---- reading ---- */

#define DRAFT_COLUMNS \
	"d.id, d.space_id, d.space_slug, d.space_name, d.type, d.slug, d.audience, d.title, d.record_num, " \
	"d.base_version, d.published_version, d.state, d.revision, d.submitted_revision, d.author_id, d.author_name, " \
	"d.created_us, d.saved_us, d.submitted_us, d.publish_us, d.zone, d.note, d.wide, d.inside, d.reviewer, d.wrote "
enum { DRAFT_COLUMN_COUNT = 26 };

static void read_draft(struct query *q, struct arena *a, struct draft *d)
{
	int i = 0;

	d->id = q_col_text(q, a, i++);
	d->space_id = q_col_text(q, a, i++);
	d->space_slug = q_col_text(q, a, i++);
	d->space_name = q_col_text(q, a, i++);
	d->type = q_col_text(q, a, i++);
	d->slug = q_col_text(q, a, i++);
	d->audience = audience_parse(q_col_text(q, a, i++));
	d->title = q_col_text(q, a, i++);
	d->record_num = q_col_int(q, i++);
	d->base_version = q_col_int(q, i++);
	d->published_version = q_col_int(q, i++);
	d->state = (enum draft_state)q_col_int(q, i++);
	d->revision = q_col_int(q, i++);
	d->submitted_revision = q_col_int(q, i++);
	d->author_id = q_col_text(q, a, i++);
	d->author_name = q_col_text(q, a, i++);
	d->created_us = q_col_int(q, i++);
	d->saved_us = q_col_int(q, i++);
	d->submitted_us = q_col_int(q, i++);
	d->publish_us = q_col_int(q, i++);
	d->zone = q_col_text(q, a, i++);
	d->note = q_col_text(q, a, i++);
	d->wide = q_col_int(q, i++);
	d->inside = q_col_int(q, i++);
	d->reviewer = q_col_int(q, i++);
	d->wrote = q_col_int(q, i++);
}

bool draft_get(struct db *db, struct arena *a, const char *id, struct draft **out, struct error *err)
{
	struct draft *d = NULL;
	struct query q;

	db_query(db, &q, "SELECT " DRAFT_COLUMNS ", d.form_json FROM v_draft d WHERE d.id = :id");
	q_text(&q, ":id", id);
	while (q_row(&q)) {
		d = arena_alloc(a, sizeof *d);
		read_draft(&q, a, d);
		d->form_json = q_col_text(&q, a, DRAFT_COLUMN_COUNT);
	}
	*out = d;
	if (!q_done(&q, err))
		return false;
	return d || error_absent(err);
}

bool store_draft(struct db *w, struct arena *a, const char *id, const char *me, struct draft **out,
	struct error *err)
{
	struct query q;

	*out = NULL;
	/* inside is for draft_rights to find from the viewer's roles. */
	db_query(w, &q, "SELECT " DRAFT_COLUMNS ", d.form_json FROM ("
		"SELECT x.*, s.slug AS space_slug, s.name AS space_name, r.slug, r.audience, r.title, r.saved_us, r.form_json, "
		"0 AS inside, "
		"EXISTS (SELECT 1 FROM draft_reviewer n WHERE n.draft_id = x.id AND n.account_id = :me) AS reviewer, "
		"EXISTS (SELECT 1 FROM draft_revision n WHERE n.draft_id = x.id AND n.account_id = :me) AS wrote "
		"FROM draft x JOIN space s ON s.id = x.space_id "
		"JOIN draft_revision r ON r.draft_id = x.id AND r.revision = x.revision) d WHERE d.id = :id");
	q_text(&q, ":id", id);
	q_text(&q, ":me", me);
	while (q_row(&q)) {
		*out = arena_alloc(a, sizeof **out);
		read_draft(&q, a, *out);
		(*out)->form_json = q_col_text(&q, a, DRAFT_COLUMN_COUNT);
	}
	return q_done(&q, err);
}

bool store_national(struct db *w, struct arena *a, const char **id, struct error *err)
{
	struct query q;

	*id = NULL;
	db_query(w, &q, "SELECT id FROM space WHERE slug = '" SPACE_NATIONAL "'");
	while (q_row(&q))
		*id = q_col_text(&q, a, 0);
	return q_done(&q, err);
}

bool draft_list(struct db *db, struct arena *a, const struct draft_filter *f, struct draft **out, size_t *n,
	int64_t *total, struct error *err)
{
	size_t room = f->limit > 0 ? (size_t)f->limit : 100;
	struct query q;

	*out = arena_array(a, room, sizeof **out);
	*n = 0;
	*total = 0;
	db_query(db, &q, "SELECT " DRAFT_COLUMNS ", count(*) OVER () FROM v_draft d "
		"WHERE CASE :kind WHEN 0 THEN d.author_id = :me WHEN 1 THEN d.reviewer "
		"	WHEN 2 THEN d.inside AND d.author_id <> :me ELSE d.queued END "
		"AND CASE WHEN :state <> 0 THEN d.state = :state ELSE :kind = 0 AND d.state <> 7 OR d.state < 6 END "
		"AND (:space IS NULL OR d.space_slug = :space) AND (:type IS NULL OR d.type = :type) "
		"AND (:before = 0 OR d.submitted_us < :before) "
		"ORDER BY CASE WHEN :kind IN (0, 2) THEN -d.saved_us ELSE d.submitted_us END, d.id LIMIT :limit OFFSET :offset");
	q_int(&q, ":kind", f->kind);
	q_text(&q, ":me", f->account_id);
	q_int(&q, ":state", f->state);
	q_text(&q, ":space", f->space_slug);
	q_text(&q, ":type", f->type);
	q_int(&q, ":before", f->submitted_before_us);
	q_int(&q, ":limit", (int64_t)room);
	q_int(&q, ":offset", f->offset);
	while (*n < room && q_row(&q)) {
		read_draft(&q, a, &(*out)[(*n)++]);
		*total = q_col_int(&q, DRAFT_COLUMN_COUNT);
	}
	return q_done(&q, err);
}

static void read_revision(struct query *q, struct arena *a, struct draft_revision *r)
{
	r->revision = q_col_int(q, 0);
	r->saved_us = q_col_int(q, 1);
	r->title = q_col_text(q, a, 2);
	r->slug = q_col_text(q, a, 3);
	r->account_name = q_col_text(q, a, 4);
	r->audience = audience_parse(q_col_text(q, a, 5));
	r->automatic = q_col_int(q, 6);
	r->submitted = q_col_int(q, 7);
}
#define REVISION_COLUMNS "revision, saved_us, title, slug, account_name, audience, automatic, submitted "

bool draft_revisions(struct db *db, struct arena *a, const char *id, struct draft_revision **out, size_t *n,
	struct error *err)
{
	struct query q;

	*out = NULL;
	*n = 0;
	db_query(db, &q, "SELECT " REVISION_COLUMNS ", count(*) OVER () FROM v_draft_revision WHERE draft_id = :id "
		"ORDER BY revision DESC");
	q_text(&q, ":id", id);
	while (q_row(&q)) {
		if (!*out)
			*out = arena_array(a, (size_t)q_col_int(&q, 8), sizeof **out);
		read_revision(&q, a, &(*out)[(*n)++]);
	}
	return q_done(&q, err);
}

bool draft_revision_get(struct db *db, struct arena *a, const char *id, int64_t revision,
	struct draft_revision **out, struct error *err)
{
	struct query q;

	*out = NULL;
	db_query(db, &q, "SELECT " REVISION_COLUMNS ", form_json FROM v_draft_revision "
		"WHERE draft_id = :id AND revision = :revision");
	q_text(&q, ":id", id);
	q_int(&q, ":revision", revision);
	while (q_row(&q)) {
		*out = arena_alloc(a, sizeof **out);
		read_revision(&q, a, *out);
		(*out)->form_json = q_col_text(&q, a, 8);
	}
	if (!q_done(&q, err))
		return false;
	return *out || error_absent(err);
}

bool draft_reviewers(struct db *db, struct arena *a, const struct draft *d, struct draft_reviewer **out, size_t *n,
	struct error *err)
{
	struct query q;

	*out = NULL;
	*n = 0;
	db_query(db, &q, "SELECT account_id, name, invited_by, invited_us, disabled_us <> 0, verdict, count(*) OVER () "
		"FROM v_draft_reviewer WHERE draft_id = :id ORDER BY sort_key, account_id");
	q_text(&q, ":id", d->id);
	while (q_row(&q)) {
		if (!*out)
			*out = arena_array(a, (size_t)q_col_int(&q, 6), sizeof **out);
		struct draft_reviewer *r = &(*out)[(*n)++];

		r->account_id = q_col_text(&q, a, 0);
		r->name = q_col_text(&q, a, 1);
		r->invited_by = q_col_text(&q, a, 2);
		r->invited_us = q_col_int(&q, 3);
		r->disabled = q_col_int(&q, 4);
		r->verdict = (int)q_col_int(&q, 5);
	}
	return q_done(&q, err);
}

bool draft_comments(struct db *db, struct arena *a, const char *id, struct draft_comment **out, size_t *n,
	struct error *err)
{
	struct query q;

	*out = NULL;
	*n = 0;
	db_query(db, &q, "SELECT id, parent_id, field, quote, account_id, account_name, text, resolved_by, revision, "
		"line, at_us, resolved_us, count(*) OVER () FROM v_draft_comment WHERE draft_id = :id ORDER BY at_us, id");
	q_text(&q, ":id", id);
	while (q_row(&q)) {
		if (!*out)
			*out = arena_array(a, (size_t)q_col_int(&q, 12), sizeof **out);
		struct draft_comment *c = &(*out)[(*n)++];

		c->id = q_col_text(&q, a, 0);
		c->parent = q_col_text(&q, a, 1);
		c->field = q_col_text(&q, a, 2);
		c->quote = q_col_text(&q, a, 3);
		c->account_id = q_col_text(&q, a, 4);
		c->account_name = q_col_text(&q, a, 5);
		c->text = q_col_text(&q, a, 6);
		c->resolved_by = q_col_text(&q, a, 7);
		c->revision = q_col_int(&q, 8);
		c->line = q_col_int(&q, 9);
		c->at_us = q_col_int(&q, 10);
		c->resolved_us = q_col_int(&q, 11);
	}
	return q_done(&q, err);
}

bool draft_steps(struct db *db, struct arena *a, const char *id, struct draft_step **out, size_t *n,
	struct error *err)
{
	struct query q;

	*out = NULL;
	*n = 0;
	db_query(db, &q, "SELECT at_us, revision, action, account_name, words, count(*) OVER () FROM v_draft_step "
		"WHERE draft_id = :id ORDER BY num DESC");
	q_text(&q, ":id", id);
	while (q_row(&q)) {
		if (!*out)
			*out = arena_array(a, (size_t)q_col_int(&q, 5), sizeof **out);
		struct draft_step *s = &(*out)[(*n)++];

		s->at_us = q_col_int(&q, 0);
		s->revision = q_col_int(&q, 1);
		s->action = q_col_text(&q, a, 2);
		s->account_name = q_col_text(&q, a, 3);
		s->words = q_col_text(&q, a, 4);
	}
	return q_done(&q, err);
}

/* ---- writing ---- */

bool store_draft_add(struct db *w, const struct draft_start *s, const struct account *who, const char *id,
	struct error *err)
{
	struct query q;

	db_query(w, &q, "INSERT INTO draft (id, space_id, type, record_num, base_version, published_version, state, "
		"revision, submitted_revision, wide, author_id, author_name, created_us, submitted_us, publish_us) "
		"VALUES (:id, :space, :type, nullif(:record, 0), :base, 0, 1, 1, 0, 0, :author, :name, :now, 0, 0)");
	q_text(&q, ":id", id);
	q_text(&q, ":space", s->space_id);
	q_text(&q, ":type", s->type);
	q_int(&q, ":record", s->record_num);
	q_int(&q, ":base", s->base_version);
	q_text(&q, ":author", who->id);
	q_text(&q, ":name", who->name);
	q_int(&q, ":now", clock_now_us());
	return q_run(&q, err);
}

bool store_revision_add(struct db *w, const struct draft_save *s, const struct account *who, int64_t revision,
	int64_t replace, struct error *err)
{
	struct query q;

	db_query(w, &q, "DELETE FROM draft_revision WHERE draft_id = :id AND revision = :replace");
	q_text(&q, ":id", s->id);
	q_int(&q, ":replace", replace);
	if (!q_run(&q, err))
		return false;
	db_query(w, &q, "INSERT INTO draft_revision (draft_id, revision, title, slug, audience, form_json, account_id, "
		"account_name, automatic, submitted, saved_us) VALUES (:id, :revision, :title, :slug, :audience, :form, "
		":account, :name, :automatic, 0, :now)");
	q_text(&q, ":id", s->id);
	q_int(&q, ":revision", revision);
	q_text(&q, ":title", s->title ? s->title : "");
	q_text(&q, ":slug", s->slug ? s->slug : "");
	q_text(&q, ":audience", audience_name(s->audience));
	q_text(&q, ":form", s->form_json);
	q_text(&q, ":account", who->id);
	q_text(&q, ":name", who->name);
	q_int(&q, ":automatic", s->automatic);
	q_int(&q, ":now", clock_now_us());
	return q_run(&q, err);
}

bool store_revision_replaceable(struct db *w, const char *id, int64_t revision, const char *account_id,
	bool *yes, struct error *err)
{
	struct query q;

	*yes = false;
	db_query(w, &q, "SELECT r.automatic AND NOT r.submitted AND r.account_id = :account AND NOT EXISTS "
		"(SELECT 1 FROM draft_comment c WHERE c.draft_id = r.draft_id AND c.revision = r.revision) "
		"FROM draft_revision r WHERE r.draft_id = :id AND r.revision = :revision");
	q_text(&q, ":id", id);
	q_int(&q, ":revision", revision);
	q_text(&q, ":account", account_id);
	while (q_row(&q))
		*yes = q_col_int(&q, 0);
	return q_done(&q, err);
}

bool store_draft_saved(struct db *w, const struct draft *d, struct error *err)
{
	bool wide = d->audience == AUDIENCE_PUBLIC || d->audience == AUDIENCE_NETWORK;
	struct query q;

	/* What is no longer meant for all leaves the national office's sight at once;
	 * that it is meant for all counts from the next time it is submitted. */
	db_query(w, &q, "UPDATE draft SET state = :state, revision = :revision, base_version = :base, "
		"record_num = nullif(:record, 0), published_version = :published, wide = wide AND :wide WHERE id = :id");
	q_int(&q, ":state", d->state);
	q_int(&q, ":revision", d->revision);
	q_int(&q, ":base", d->base_version);
	q_int(&q, ":record", d->record_num);
	q_int(&q, ":published", d->published_version);
	q_int(&q, ":wide", wide);
	q_text(&q, ":id", d->id);
	return q_run(&q, err);
}

bool store_submitted(struct db *w, const char *id, int64_t revision, struct error *err)
{
	struct query q;

	db_query(w, &q, "UPDATE draft_revision SET submitted = 1 WHERE draft_id = :id AND revision = :revision");
	q_text(&q, ":id", id);
	q_int(&q, ":revision", revision);
	if (!q_run(&q, err))
		return false;
	db_query(w, &q, "UPDATE draft SET submitted_revision = :revision, submitted_us = :now, "
		"wide = (SELECT r.audience IN ('public', 'network') FROM draft_revision r "
		"	WHERE r.draft_id = draft.id AND r.revision = :revision) WHERE id = :id");
	q_text(&q, ":id", id);
	q_int(&q, ":revision", revision);
	q_int(&q, ":now", clock_now_us());
	return q_run(&q, err);
}

bool store_scheduled(struct db *w, const struct draft *d, const char *publisher, struct error *err)
{
	struct query q;

	db_query(w, &q, "UPDATE draft SET publish_us = :at, zone = :zone, note = :note, publisher_id = :publisher "
		"WHERE id = :id");
	q_int(&q, ":at", d->publish_us);
	q_text(&q, ":zone", d->zone);
	q_text(&q, ":note", d->note);
	q_text(&q, ":publisher", publisher);
	q_text(&q, ":id", d->id);
	return q_run(&q, err);
}

bool store_publisher(struct db *w, struct arena *a, const char *id, const char **publisher, struct error *err)
{
	struct query q;

	*publisher = NULL;
	db_query(w, &q, "SELECT publisher_id FROM draft WHERE id = :id");
	q_text(&q, ":id", id);
	while (q_row(&q))
		*publisher = q_col_text(&q, a, 0);
	return q_done(&q, err);
}

bool store_step(struct db *w, const char *id, const struct account *who, const char *action, int64_t revision,
	const char *words, struct error *err)
{
	struct query q;

	db_query(w, &q, "INSERT INTO draft_step (draft_id, at_us, account_id, account_name, action, revision, words) "
		"VALUES (:id, :now, :account, :name, :action, :revision, :words)");
	q_text(&q, ":id", id);
	q_int(&q, ":now", clock_now_us());
	q_text(&q, ":account", who ? who->id : NULL);
	q_text(&q, ":name", who ? who->name : NULL);
	q_text(&q, ":action", action);
	q_int(&q, ":revision", revision);
	q_text(&q, ":words", words && *words ? words : NULL);
	return q_run(&q, err);
}

bool store_reviewer_add(struct db *w, const char *id, const struct account *who, const struct account *by,
	bool *added, struct error *err)
{
	struct query q;

	db_query(w, &q, "INSERT INTO draft_reviewer (draft_id, account_id, invited_by, invited_us) "
		"VALUES (:id, :account, :by, :now) ON CONFLICT (draft_id, account_id) DO NOTHING");
	q_text(&q, ":id", id);
	q_text(&q, ":account", who->id);
	q_text(&q, ":by", by->name);
	q_int(&q, ":now", clock_now_us());
	return q_run_changed(&q, added, err);
}

bool store_reviewer_remove(struct db *w, const char *id, const char *account_id, bool *removed, struct error *err)
{
	struct query q;

	db_query(w, &q, "DELETE FROM draft_reviewer WHERE draft_id = :id AND account_id = :account");
	q_text(&q, ":id", id);
	q_text(&q, ":account", account_id);
	return q_run_changed(&q, removed, err);
}

bool store_decide(struct db *w, const char *id, int64_t revision, const struct account *who, bool approve,
	struct error *err)
{
	struct query q;

	db_query(w, &q, "INSERT INTO draft_decision (draft_id, revision, account_id, approve, at_us) "
		"VALUES (:id, :revision, :account, :approve, :now) "
		"ON CONFLICT (draft_id, revision, account_id) DO UPDATE SET approve = :approve, at_us = :now");
	q_text(&q, ":id", id);
	q_int(&q, ":revision", revision);
	q_text(&q, ":account", who->id);
	q_int(&q, ":approve", approve);
	q_int(&q, ":now", clock_now_us());
	return q_run(&q, err);
}

bool store_decisions(struct db *w, const char *id, int64_t revision, int64_t *approvals, int64_t *changes,
	struct error *err)
{
	struct query q;

	*approvals = *changes = 0;
	db_query(w, &q, "SELECT count(*) FILTER (WHERE x.approve), count(*) FILTER (WHERE NOT x.approve) "
		"FROM draft_decision x JOIN draft_reviewer n ON n.draft_id = x.draft_id AND n.account_id = x.account_id "
		"JOIN account p ON p.id = x.account_id AND p.disabled_us = 0 "
		"WHERE x.draft_id = :id AND x.revision = :revision AND NOT EXISTS (SELECT 1 FROM draft_revision r "
		"	WHERE r.draft_id = x.draft_id AND r.account_id = x.account_id)");
	q_text(&q, ":id", id);
	q_int(&q, ":revision", revision);
	while (q_row(&q)) {
		*approvals = q_col_int(&q, 0);
		*changes = q_col_int(&q, 1);
	}
	return q_done(&q, err);
}

bool store_reviewers(struct db *w, struct arena *a, const char *id, const char ***out, size_t *n, struct error *err)
{
	struct query q;

	*out = NULL;
	*n = 0;
	db_query(w, &q, "SELECT account_id, count(*) OVER () FROM draft_reviewer WHERE draft_id = :id");
	q_text(&q, ":id", id);
	while (q_row(&q)) {
		if (!*out)
			*out = arena_array(a, (size_t)q_col_int(&q, 1), sizeof **out);
		(*out)[(*n)++] = q_col_text(&q, a, 0);
	}
	return q_done(&q, err);
}

bool store_comment(struct db *w, const char *id, const struct draft_remark *r, const char *quote,
	const struct account *who, struct error *err)
{
	char comment[ID_SIZE];
	struct query q;

	id_new(comment);
	db_query(w, &q, "INSERT INTO draft_comment (id, draft_id, revision, field, line, quote, parent_id, account_id, "
		"account_name, text, at_us, resolved_us) VALUES (:comment, :id, :revision, :field, :line, :quote, :parent, "
		":account, :name, :text, :now, 0)");
	q_text(&q, ":comment", comment);
	q_text(&q, ":id", id);
	q_int(&q, ":revision", r->revision);
	q_text(&q, ":field", r->field);
	q_int(&q, ":line", r->line);
	q_text(&q, ":quote", quote);
	q_text(&q, ":parent", r->parent);
	q_text(&q, ":account", who->id);
	q_text(&q, ":name", who->name);
	q_text(&q, ":text", r->text);
	q_int(&q, ":now", clock_now_us());
	return q_run(&q, err);
}

bool store_comment_on(struct db *w, struct arena *a, const char *id, const char *comment, const char **author,
	int64_t *revision, struct error *err)
{
	struct query q;

	*author = NULL;
	*revision = 0;
	db_query(w, &q, "SELECT account_id, revision FROM draft_comment "
		"WHERE draft_id = :id AND id = :comment AND parent_id IS NULL");
	q_text(&q, ":id", id);
	q_text(&q, ":comment", comment);
	while (q_row(&q)) {
		*author = q_col_text(&q, a, 0);
		*revision = q_col_int(&q, 1);
	}
	return q_done(&q, err);
}

bool store_resolve(struct db *w, const char *comment, const char *by, int64_t at_us, struct error *err)
{
	struct query q;

	db_query(w, &q, "UPDATE draft_comment SET resolved_us = :at, resolved_by = :by WHERE id = :comment");
	q_text(&q, ":comment", comment);
	q_text(&q, ":by", by);
	q_int(&q, ":at", at_us);
	return q_run(&q, err);
}

bool store_form(struct db *w, struct arena *a, const char *id, int64_t revision, bool submitted,
	const char **json, struct error *err)
{
	struct query q;

	*json = NULL;
	db_query(w, &q, "SELECT form_json FROM draft_revision WHERE draft_id = :id AND revision = :revision "
		"AND submitted >= :submitted");
	q_text(&q, ":id", id);
	q_int(&q, ":revision", revision);
	q_int(&q, ":submitted", submitted);
	while (q_row(&q))
		*json = q_col_text(&q, a, 0);
	return q_done(&q, err);
}

bool store_withdrawn_target(struct db *w, struct arena *a, int64_t num, const char **title, struct error *err)
{
	struct query q;

	*title = NULL;
	db_query(w, &q, "SELECT t.title FROM relation x JOIN record t ON t.num = x.target_num "
		"JOIN tombstone g ON g.record_num = t.num WHERE x.record_num = :num AND x.type <> 'replaces' LIMIT 1");
	q_int(&q, ":num", num);
	while (q_row(&q))
		*title = q_col_text(&q, a, 0);
	return q_done(&q, err);
}

bool store_version(struct db *w, int64_t num, int64_t *version, struct error *err)
{
	struct query q;

	*version = 0;
	db_query(w, &q, "SELECT version FROM record WHERE num = :num");
	q_int(&q, ":num", num);
	while (q_row(&q))
		*version = q_col_int(&q, 0);
	return q_done(&q, err);
}

bool store_place(struct db *w, struct arena *a, int64_t num, struct store_place *out, struct error *err)
{
	struct query q;

	memset(out, 0, sizeof *out);
	db_query(w, &q, "SELECT r.id, r.space_id, s.slug, r.type, r.slug, r.audience FROM record r "
		"JOIN space s ON s.id = r.space_id WHERE r.num = :num");
	q_int(&q, ":num", num);
	while (q_row(&q)) {
		out->id = q_col_text(&q, a, 0);
		out->space_id = q_col_text(&q, a, 1);
		out->space_slug = q_col_text(&q, a, 2);
		out->type = q_col_text(&q, a, 3);
		out->slug = q_col_text(&q, a, 4);
		out->audience = audience_parse(q_col_text(&q, a, 5));
	}
	return q_done(&q, err);
}

/* ---- what keeps a draft from being published ---- */

bool draft_hold(struct db *w, const char *id, const char *reason, struct error *err)
{
	struct query q;

	if (!reason) {
		db_query(w, &q, "DELETE FROM draft_hold WHERE draft_id = :id");
		q_text(&q, ":id", id);
		return q_run(&q, err);
	}
	db_query(w, &q, "INSERT INTO draft_hold (draft_id, reason, at_us) VALUES (:id, :reason, :now) "
		"ON CONFLICT (draft_id) DO UPDATE SET reason = excluded.reason");
	q_text(&q, ":id", id);
	q_text(&q, ":reason", reason);
	q_int(&q, ":now", clock_now_us());
	return q_run(&q, err);
}

static bool one_reason(struct query *q, struct arena *a, const char **reason, struct error *err)
{
	*reason = NULL;
	while (q_row(q))
		*reason = q_col_text(q, a, 0);
	return q_done(q, err);
}

bool draft_held(struct db *db, struct arena *a, const char *id, const char **reason, struct error *err)
{
	struct query q;

	db_query(db, &q, "SELECT reason FROM v_draft_hold WHERE draft_id = :id");
	q_text(&q, ":id", id);
	return one_reason(&q, a, reason, err);
}

bool store_held(struct db *w, struct arena *a, const char *id, const char **reason, struct error *err)
{
	struct query q;

	db_query(w, &q, "SELECT reason FROM draft_hold WHERE draft_id = :id");
	q_text(&q, ":id", id);
	return one_reason(&q, a, reason, err);
}
