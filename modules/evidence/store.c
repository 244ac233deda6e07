/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Ratings and reviewers in the database. Who may do what is checked here again,
 * within the write; the tables name their record about_num, because reviewers
 * write about records of spaces that are not theirs. */
#include "rating.h"
#include "account.h"

const struct migration rating_migrations[] = {
	{ 1,
	"CREATE TABLE evidence_reviewer ("
	"	id TEXT NOT NULL PRIMARY KEY, account_id TEXT NOT NULL, name TEXT NOT NULL,"
	"	by_account TEXT, by_name TEXT, note TEXT,"
	"	certified_us INTEGER NOT NULL, expires_us INTEGER NOT NULL, ended_us INTEGER NOT NULL) STRICT;"
	"CREATE INDEX evidence_reviewer_by_account ON evidence_reviewer (account_id);"
	"CREATE TABLE evidence_rating ("
	"	id TEXT NOT NULL PRIMARY KEY, about_num INTEGER NOT NULL REFERENCES record (num) ON DELETE CASCADE,"
	"	measure TEXT NOT NULL, version INTEGER NOT NULL, holds_version INTEGER NOT NULL,"
	"	state INTEGER NOT NULL, level TEXT, settled INTEGER NOT NULL,"
	"	begun_us INTEGER NOT NULL, settled_us INTEGER NOT NULL, confirmed_us INTEGER NOT NULL,"
	"	reason_earlier TEXT) STRICT;"
	/* One at a time for an outcome; earlier ones stay. */
	"CREATE UNIQUE INDEX evidence_rating_now ON evidence_rating (about_num, measure) WHERE state <> 4;"
	"CREATE INDEX evidence_rating_by_record ON evidence_rating (about_num, begun_us);"
	"CREATE TABLE evidence_review ("
	"	rating_id TEXT NOT NULL REFERENCES evidence_rating (id) ON DELETE CASCADE,"
	"	account_id TEXT NOT NULL, name TEXT NOT NULL, level TEXT NOT NULL, reason TEXT NOT NULL,"
	"	effect INTEGER NOT NULL, mechanism INTEGER NOT NULL, moderators INTEGER NOT NULL,"
	"	implementation INTEGER NOT NULL, economics INTEGER NOT NULL, saved_us INTEGER NOT NULL,"
	"	consensus TEXT, consensus_reason TEXT, consensus_us INTEGER NOT NULL,"
	"	PRIMARY KEY (rating_id, account_id)) STRICT;"
	"CREATE TABLE evidence_appeal ("
	"	id TEXT NOT NULL PRIMARY KEY, rating_id TEXT NOT NULL REFERENCES evidence_rating (id) ON DELETE CASCADE,"
	"	about_space TEXT NOT NULL, space_name TEXT NOT NULL, by_account TEXT NOT NULL, by_name TEXT NOT NULL,"
	"	reason TEXT NOT NULL, filed_us INTEGER NOT NULL, decided_us INTEGER NOT NULL,"
	"	decider_account TEXT, decider_name TEXT, decision TEXT, decision_reason TEXT,"
	"	level_before TEXT NOT NULL, level_after TEXT) STRICT;"
	"CREATE UNIQUE INDEX evidence_appeal_open ON evidence_appeal (rating_id) WHERE decided_us = 0;"
	"CREATE TABLE evidence_trail ("
	"	id TEXT NOT NULL PRIMARY KEY, rating_id TEXT NOT NULL REFERENCES evidence_rating (id) ON DELETE CASCADE,"
	"	at_us INTEGER NOT NULL, act TEXT NOT NULL) STRICT;"
	"CREATE INDEX evidence_trail_by_rating ON evidence_trail (rating_id, at_us);" },
	{ 0, NULL }
};

#define MINE(column) "'a:' || " column " IN (SELECT token FROM temp.viewer_scope)"

const struct view_def rating_views[] = {
	{ "v_evidence_reviewer", "CREATE TEMP VIEW v_evidence_reviewer AS SELECT x.* FROM main.evidence_reviewer x WHERE "
		MINE("x.account_id") " OR 'admin' IN (SELECT token FROM temp.viewer_scope)" },
	{ "v_evidence_rating", "CREATE TEMP VIEW v_evidence_rating AS SELECT x.*, "
		"(SELECT count(*) FROM main.evidence_review y WHERE y.rating_id = x.id) AS n_reviews "
		"FROM main.evidence_rating x JOIN v_record r ON r.num = x.about_num" },
	/* Blind: until it is settled one's own, and, when there are two or more, each
	 * other's; the third does not see the two before giving theirs. */
	{ "v_evidence_review", "CREATE TEMP VIEW v_evidence_review AS SELECT x.* FROM main.evidence_review x "
		"JOIN v_evidence_rating c ON c.id = x.rating_id WHERE c.settled <> 0 OR " MINE("x.account_id") " OR "
		"(c.n_reviews > 1 AND EXISTS (SELECT 1 FROM main.evidence_review y WHERE y.rating_id = x.rating_id AND "
		MINE("y.account_id") "))" },
	{ "v_evidence_appeal", "CREATE TEMP VIEW v_evidence_appeal AS SELECT x.* FROM main.evidence_appeal x "
		"JOIN v_evidence_rating c ON c.id = x.rating_id" },
	{ "v_evidence_trail", "CREATE TEMP VIEW v_evidence_trail AS SELECT x.* FROM main.evidence_trail x "
		"JOIN v_evidence_rating c ON c.id = x.rating_id" },
	{ NULL, NULL }
};

/* ---- reviewers ---- */

bool reviewer_list(struct db *db, struct arena *a, struct reviewer **out, size_t *n, struct error *err)
{
	struct query q;

	*out = NULL;
	*n = 0;
	db_query(db, &q, "SELECT id, account_id, name, by_name, note, certified_us, expires_us, ended_us, count(*) OVER () "
		"FROM v_evidence_reviewer ORDER BY certified_us DESC, id DESC");
	while (q_row(&q)) {
		if (!*out)
			*out = arena_array(a, (size_t)q_col_int(&q, 8), sizeof **out);
		(*out)[(*n)++] = (struct reviewer){ q_col_text(&q, a, 0), q_col_text(&q, a, 1), q_col_text(&q, a, 2),
			q_col_text(&q, a, 3), q_col_text(&q, a, 4), q_col_int(&q, 5), q_col_int(&q, 6), q_col_int(&q, 7) };
	}
	return q_done(&q, err);
}

bool reviewer_holds(struct db *db, const char *account_id, bool *holds, struct error *err)
{
	struct query q;

	*holds = false;
	/* A reader sees the view; the writer, which has none, the table. */
	if (db_viewer(db) && db_viewer(db)->kind == VIEWER_ACCOUNT)
		db_query(db, &q, "SELECT count(*) FROM v_evidence_reviewer WHERE account_id = :account AND ended_us = 0 "
			"AND certified_us <= :now AND expires_us > :now");
	else
		db_query(db, &q, "SELECT count(*) FROM evidence_reviewer WHERE account_id = :account AND ended_us = 0 "
			"AND certified_us <= :now AND expires_us > :now");
	q_text(&q, ":account", account_id);
	q_int(&q, ":now", clock_now_us());
	while (q_row(&q))
		*holds = q_col_int(&q, 0) > 0;
	return q_done(&q, err);
}

bool reviewer_certify(struct db *w, const struct reviewer *r, const char *by_account, struct error *err)
{
	char id[ID_SIZE];
	struct query q;

	id_new(id);
	db_query(w, &q, "INSERT INTO evidence_reviewer (id, account_id, name, by_account, by_name, note, certified_us, "
		"expires_us, ended_us) VALUES (:id, :account, :name, :by, :by_name, :note, :now, :expires, 0)");
	q_text(&q, ":id", id);
	q_text(&q, ":account", r->account_id);
	q_text(&q, ":name", r->name);
	q_text(&q, ":by", by_account);
	q_text(&q, ":by_name", r->by_name);
	q_text(&q, ":note", r->note);
	q_int(&q, ":now", clock_now_us());
	q_int(&q, ":expires", r->expires_us);
	return q_run(&q, err);
}

bool reviewer_end(struct db *w, const char *id, bool *found, struct error *err)
{
	struct query q;

	db_query(w, &q, "UPDATE evidence_reviewer SET ended_us = :now WHERE id = :id AND ended_us = 0");
	q_int(&q, ":now", clock_now_us());
	q_text(&q, ":id", id);
	return q_run_changed(&q, found, err);
}

/* ---- reading ---- */

bool rating_list(struct db *db, struct arena *a, int64_t record_num, struct rating **out, size_t *n,
	struct error *err)
{
	struct query q;

	*out = NULL;
	*n = 0;
	db_query(db, &q, "SELECT id, measure, version, holds_version, state, level, settled, begun_us, settled_us, "
		"confirmed_us, n_reviews, reason_earlier, count(*) OVER () FROM v_evidence_rating WHERE about_num = :num "
		"ORDER BY begun_us DESC, id DESC");
	q_int(&q, ":num", record_num);
	while (q_row(&q)) {
		if (!*out)
			*out = arena_array(a, (size_t)q_col_int(&q, 12), sizeof **out);
		struct rating *r = &(*out)[(*n)++];

		r->id = q_col_text(&q, a, 0);
		r->record_num = record_num;
		r->measure = q_col_text(&q, a, 1);
		r->version = q_col_int(&q, 2);
		r->holds_version = q_col_int(&q, 3);
		r->state = (enum rating_state)q_col_int(&q, 4);
		r->level = level_parse(q_col_text(&q, a, 5));
		r->settled = (enum settled_by)q_col_int(&q, 6);
		r->begun_us = q_col_int(&q, 7);
		r->settled_us = q_col_int(&q, 8);
		r->confirmed_us = q_col_int(&q, 9);
		r->n_reviews = (int)q_col_int(&q, 10);
		r->reason_earlier = q_col_text(&q, a, 11);
	}
	return q_done(&q, err);
}

const struct rating *rating_of(const struct rating *list, size_t n, const char *measure)
{
	for (size_t i = 0; i < n; i++)
		if (list[i].state != RATING_EARLIER && strcmp(list[i].measure, measure) == 0)
			return &list[i];
	return NULL;
}

bool rating_reviews(struct db *db, struct arena *a, const char *rating_id, struct review **out, size_t *n,
	struct error *err)
{
	struct query q;

	*out = NULL;
	*n = 0;
	db_query(db, &q, "SELECT account_id, name, level, reason, effect, mechanism, moderators, implementation, economics, "
		"saved_us, consensus, consensus_reason, consensus_us, count(*) OVER () FROM v_evidence_review "
		"WHERE rating_id = :rating ORDER BY saved_us, account_id");
	q_text(&q, ":rating", rating_id);
	while (q_row(&q)) {
		if (!*out)
			*out = arena_array(a, (size_t)q_col_int(&q, 13), sizeof **out);
		struct review *r = &(*out)[(*n)++];

		r->account_id = q_col_text(&q, a, 0);
		r->name = q_col_text(&q, a, 1);
		r->level = level_parse(q_col_text(&q, a, 2));
		r->reason = q_col_text(&q, a, 3);
		for (int i = 0; i < EMMIE; i++)
			r->emmie[i] = (int)q_col_int(&q, 4 + i);
		r->saved_us = q_col_int(&q, 9);
		r->consensus = level_parse(q_col_text(&q, a, 10));
		r->consensus_reason = q_col_text(&q, a, 11);
		r->consensus_us = q_col_int(&q, 12);
	}
	return q_done(&q, err);
}

bool rating_appeals(struct db *db, struct arena *a, const char *rating_id, struct appeal **out, size_t *n,
	struct error *err)
{
	struct query q;

	*out = NULL;
	*n = 0;
	db_query(db, &q, "SELECT id, by_name, space_name, reason, decider_name, decision_reason, decision, level_before, "
		"level_after, filed_us, decided_us, count(*) OVER () FROM v_evidence_appeal WHERE rating_id = :rating "
		"ORDER BY filed_us, id");
	q_text(&q, ":rating", rating_id);
	while (q_row(&q)) {
		if (!*out)
			*out = arena_array(a, (size_t)q_col_int(&q, 11), sizeof **out);
		(*out)[(*n)++] = (struct appeal){ q_col_text(&q, a, 0), q_col_text(&q, a, 1), q_col_text(&q, a, 2),
			q_col_text(&q, a, 3), q_col_text(&q, a, 4), q_col_text(&q, a, 5), q_col_text(&q, a, 6),
			level_parse(q_col_text(&q, a, 7)), level_parse(q_col_text(&q, a, 8)), q_col_int(&q, 9), q_col_int(&q, 10) };
	}
	return q_done(&q, err);
}

bool rating_trail(struct db *db, struct arena *a, const char *rating_id, struct trail_entry **out, size_t *n,
	struct error *err)
{
	struct query q;

	*out = NULL;
	*n = 0;
	db_query(db, &q, "SELECT at_us, act, count(*) OVER () FROM v_evidence_trail WHERE rating_id = :rating "
		"ORDER BY at_us, id");
	q_text(&q, ":rating", rating_id);
	while (q_row(&q)) {
		if (!*out)
			*out = arena_array(a, (size_t)q_col_int(&q, 2), sizeof **out);
		(*out)[(*n)++] = (struct trail_entry){ q_col_int(&q, 0), q_col_text(&q, a, 1) };
	}
	return q_done(&q, err);
}

bool rating_spaces(struct db *db, struct arena *a, const struct record *r, struct space **out, size_t *n,
	struct error *err)
{
	struct query q;
	bool places = false;

	*out = NULL;
	*n = 0;
	db_query(db, &q, "SELECT s.id, s.slug, s.name, count(*) OVER () FROM v_space s WHERE s.slug IN "
		"(SELECT space_slug FROM v_record_place WHERE record_num = :num) ORDER BY s.slug");
	q_int(&q, ":num", r->num);
	while (q_row(&q)) {
		if (!*out)
			*out = arena_array(a, (size_t)q_col_int(&q, 3) + 1, sizeof **out);
		(*out)[*n].id = q_col_text(&q, a, 0);
		(*out)[*n].slug = q_col_text(&q, a, 1);
		(*out)[*n].name = q_col_text(&q, a, 2);
		(*n)++;
		places = true;
	}
	if (!q_done(&q, err))
		return false;
	/* The national office describes programs of others; its own records are its program only when no place is named. */
	for (size_t i = 0; i < *n; i++)
		if (strcmp((*out)[i].id, r->space_id) == 0)
			return true;
	if (strcmp(r->space_slug, SPACE_NATIONAL) == 0 && places)
		return true;
	if (!*out)
		*out = arena_array(a, 1, sizeof **out);
	(*out)[*n].id = r->space_id;
	(*out)[*n].slug = r->space_slug;
	(*out)[(*n)++].name = r->space_name;
	return true;
}

static bool published_by(struct db *db, int64_t num, const char *account_id, bool *yes, struct error *err)
{
	struct query q;

	*yes = false;
	db_query(db, &q, "SELECT count(*) FROM v_record_version WHERE record_num = :num AND account_id = :account");
	q_int(&q, ":num", num);
	q_text(&q, ":account", account_id);
	while (q_row(&q))
		*yes = q_col_int(&q, 0) > 0;
	return q_done(&q, err);
}

bool rating_part(struct db *db, struct arena *a, const struct record *r, const struct viewer *v,
	const struct account *who, const char **why, struct error *err)
{
	struct space *spaces;
	size_t n;
	bool own;

	*why = NULL;
	if (!published_by(db, r->num, who->id, &own, err) || !rating_spaces(db, a, r, &spaces, &n, err))
		return false;
	if (own) {
		*why = "published this evaluation, or a version of it";
		return true;
	}
	char *names = arena_strdup(a, r->creator ? r->creator : ""), *save = NULL;
	for (char *name = strtok_r(names, ";", &save); name; name = strtok_r(NULL, ";", &save))
		if (text_equal_nocase(name + strspn(name, " "), who->name))
			*why = "are named as its author";
	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; k < v->n_memberships; k++)
			if (strcmp(v->memberships[k].space_id, spaces[i].id) == 0)
				*why = arena_printf(a, "belong to %s, whose program this is", spaces[i].name);
	return true;
}

/* ---- writing ---- */

static bool trail_add(struct db *w, const char *rating_id, const char *act, struct error *err)
{
	char id[ID_SIZE];
	struct query q;

	id_new(id);
	db_query(w, &q, "INSERT INTO evidence_trail (id, rating_id, at_us, act) VALUES (:id, :rating, :now, :act)");
	q_text(&q, ":id", id);
	q_text(&q, ":rating", rating_id);
	q_int(&q, ":now", clock_now_us());
	q_text(&q, ":act", act);
	return q_run(&q, err);
}

static bool certified(struct db *w, const struct account *who, struct error *err)
{
	bool holds;

	return reviewer_holds(w, who->id, &holds, err) && (holds ||
		error_set(err, ERROR_DENIED, "Only certified reviewers do this, and your certificate does not hold now."));
}

bool rating_rated_by(struct db *w, const char *rating_id, const char *account_id, bool *yes, struct error *err)
{
	struct query q;

	*yes = false;
	db_query(w, &q, "SELECT count(*) FROM evidence_review WHERE rating_id = :rating AND account_id = :account");
	q_text(&q, ":rating", rating_id);
	q_text(&q, ":account", account_id);
	while (q_row(&q))
		*yes = q_col_int(&q, 0) > 0;
	return q_done(&q, err);
}

/* The rating as it is now; state 0 if there is none. */
struct present {
	char id[ID_SIZE];
	int64_t version, state;
	enum level level;
};

static void read_present(struct query *q, struct arena *a, struct present *p)
{
	snprintf(p->id, sizeof p->id, "%s", q_col_text(q, a, 0));
	p->version = q_col_int(q, 1);
	p->state = q_col_int(q, 2);
	p->level = level_parse(q_col_text(q, a, 3));
}

static bool find_present(struct db *w, struct arena *a, const struct review_given *g, struct present *p,
	struct error *err)
{
	struct query q;

	*p = (struct present){ 0 };
	db_query(w, &q, "SELECT id, version, state, level FROM evidence_rating WHERE about_num = :num AND measure = :measure "
		"AND state <> 4");
	q_int(&q, ":num", g->record_num);
	q_text(&q, ":measure", g->measure);
	while (q_row(&q))
		read_present(&q, a, p);
	return q_done(&q, err);
}

static bool by_id(struct db *w, struct arena *a, const char *id, struct present *p, struct error *err)
{
	struct query q;

	*p = (struct present){ 0 };
	db_query(w, &q, "SELECT id, version, state, level FROM evidence_rating WHERE id = :id AND state <> 4");
	q_text(&q, ":id", id);
	while (q_row(&q))
		read_present(&q, a, p);
	return q_done(&q, err) && (p->state || error_set(err, ERROR_CONFLICT, "This rating was begun anew meanwhile."));
}

static bool begin_rating(struct db *w, const struct review_given *g, struct present *p, struct error *err)
{
	struct query q;

	id_new(p->id);
	p->version = g->version;
	p->state = RATING_OPEN;
	db_query(w, &q, "INSERT INTO evidence_rating (id, about_num, measure, version, holds_version, state, settled, begun_us, "
		"settled_us, confirmed_us) VALUES (:id, :num, :measure, :version, :version, 1, 0, :now, 0, 0)");
	q_text(&q, ":id", p->id);
	q_int(&q, ":num", g->record_num);
	q_text(&q, ":measure", g->measure);
	q_int(&q, ":version", g->version);
	q_int(&q, ":now", clock_now_us());
	return q_run(&q, err);
}

static bool save_review(struct db *w, const char *rating_id, const struct review_given *g, const struct account *who,
	struct error *err)
{
	struct query q;

	db_query(w, &q, "INSERT INTO evidence_review (rating_id, account_id, name, level, reason, effect, mechanism, moderators, "
		"implementation, economics, saved_us, consensus_us) VALUES (:rating, :account, :name, :level, :reason, :e0, :e1, "
		":e2, :e3, :e4, :now, 0) ON CONFLICT (rating_id, account_id) DO UPDATE SET level = excluded.level, "
		"reason = excluded.reason, effect = excluded.effect, mechanism = excluded.mechanism, "
		"moderators = excluded.moderators, implementation = excluded.implementation, economics = excluded.economics, "
		"saved_us = excluded.saved_us");
	q_text(&q, ":rating", rating_id);
	q_text(&q, ":account", who->id);
	q_text(&q, ":name", who->name);
	q_text(&q, ":level", level_name(g->level));
	q_text(&q, ":reason", g->reason);
	q_int(&q, ":e0", g->emmie[0]);
	q_int(&q, ":e1", g->emmie[1]);
	q_int(&q, ":e2", g->emmie[2]);
	q_int(&q, ":e3", g->emmie[3]);
	q_int(&q, ":e4", g->emmie[4]);
	q_int(&q, ":now", clock_now_us());
	return q_run(&q, err);
}

static bool settle(struct db *w, const char *id, enum level level, enum settled_by how, struct error *err)
{
	struct query q;

	db_query(w, &q, "UPDATE evidence_rating SET state = 3, level = :level, settled = :how, settled_us = :now WHERE id = :id");
	q_text(&q, ":level", level_name(level));
	q_int(&q, ":how", how);
	q_int(&q, ":now", clock_now_us());
	q_text(&q, ":id", id);
	return q_run(&q, err) && trail_add(w, id, how == SETTLED_AGREED ? "The two reviewers agree: the rating is settled." :
		how == SETTLED_THIRD ? "With the third review two agree: the rating is settled." :
		how == SETTLED_CONSENSUS ? "The reviewers reached a consensus: the rating is settled." :
		"The rating was changed on appeal.", err);
}

/* How many reviews, how many levels they name, and the one that most name. */
static bool tally(struct db *w, struct arena *a, const char *id, int64_t *n, int64_t *votes, enum level *level,
	struct error *err)
{
	struct query q;

	*n = *votes = 0;
	*level = LEVEL_NONE;
	db_query(w, &q, "SELECT level, count(*) FROM evidence_review WHERE rating_id = :id GROUP BY level ORDER BY 2, 1");
	q_text(&q, ":id", id);
	while (q_row(&q)) {
		*level = level_parse(q_col_text(&q, a, 0));
		*votes = q_col_int(&q, 1);
		*n += *votes;
	}
	return q_done(&q, err);
}

static bool after_review(struct db *w, struct arena *a, const struct present *p, struct error *err)
{
	int64_t n, votes;
	enum level level;
	struct query q;

	if (!tally(w, a, p->id, &n, &votes, &level, err))
		return false;
	if (n < 2)
		return true;
	if (votes > 1)
		return settle(w, p->id, level, n == 2 ? SETTLED_AGREED : SETTLED_THIRD, err);
	db_query(w, &q, "UPDATE evidence_rating SET state = 2 WHERE id = :id");
	q_text(&q, ":id", p->id);
	return q_run(&q, err) && trail_add(w, p->id, n == 2 ? "The two reviewers do not agree. A third review, or a consensus, "
		"is needed." : "All three reviews differ. A consensus is needed.", err);
}

bool rating_review(struct db *w, struct arena *a, const struct review_given *g, const struct account *who,
	struct error *err)
{
	int64_t n = 0, votes;
	struct present p;
	enum level level;
	bool again = false;

	if (!certified(w, who, err) || !find_present(w, a, g, &p, err))
		return false;
	if (p.state == RATING_SETTLED)
		return error_set(err, ERROR_CONFLICT, "This outcome was rated meanwhile.");
	if (p.state && p.version != g->version) {
		if (!rating_anew(w, p.id, "The evaluation changed before the reviews were in.", err))
			return false;
		p.state = 0;
	}
	if (!p.state && !begin_rating(w, g, &p, err))
		return false;
	if (!tally(w, a, p.id, &n, &votes, &level, err) || !rating_rated_by(w, p.id, who->id, &again, err))
		return false;
	if (again && n > 1)
		return error_set(err, ERROR_CONFLICT, "The other review is in: yours stands as it is.");
	if (!again && n >= 3)
		return error_set(err, ERROR_CONFLICT, "There are three reviews already.");
	return save_review(w, p.id, g, who, err) &&
		trail_add(w, p.id, again ? "A reviewer changed their review, before the other was in." : n == 0 ?
			"The first review is in." : n == 1 ? "The second review is in." : "The third review is in.", err) &&
		after_review(w, a, &p, err);
}

bool rating_consensus(struct db *w, struct arena *a, const char *rating_id, enum level level, const char *reason,
	const struct account *who, struct error *err)
{
	struct present p;
	struct query q;
	bool all = false, mine;

	if (!certified(w, who, err) || !by_id(w, a, rating_id, &p, err) || !rating_rated_by(w, p.id, who->id, &mine, err))
		return false;
	if (!mine)
		return error_set(err, ERROR_DENIED, "A consensus is found by those who rated.");
	if (p.state != RATING_SPLIT)
		return error_set(err, ERROR_CONFLICT, "The reviewers do not disagree, or no longer.");
	db_query(w, &q, "UPDATE evidence_review SET consensus = :level, consensus_reason = :reason, consensus_us = :now "
		"WHERE rating_id = :id AND account_id = :account");
	q_text(&q, ":level", level_name(level));
	q_text(&q, ":reason", reason);
	q_int(&q, ":now", clock_now_us());
	q_text(&q, ":id", p.id);
	q_text(&q, ":account", who->id);
	if (!q_run(&q, err) || !trail_add(w, p.id, "A reviewer proposed a consensus.", err))
		return false;
	db_query(w, &q, "SELECT count(*) = count(consensus) AND count(DISTINCT consensus) = 1 FROM evidence_review "
		"WHERE rating_id = :id");
	q_text(&q, ":id", p.id);
	while (q_row(&q))
		all = q_col_int(&q, 0);
	return q_done(&q, err) && (!all || settle(w, p.id, level, SETTLED_CONSENSUS, err));
}

bool rating_confirm(struct db *w, const char *rating_id, int64_t version, const struct account *who,
	struct error *err)
{
	struct query q;
	int64_t changed;

	if (!certified(w, who, err))
		return false;
	db_query(w, &q, "UPDATE evidence_rating SET holds_version = :version, confirmed_us = :now WHERE id = :id AND state = 3 "
		"AND holds_version < :version");
	q_int(&q, ":version", version);
	q_int(&q, ":now", clock_now_us());
	q_text(&q, ":id", rating_id);
	while (q_row(&q))
		;
	changed = q.rc == 0 ? q_changes(&q) : 0;
	if (!q_done(&q, err))
		return false;
	if (!changed)
		return error_set(err, ERROR_CONFLICT, "There is nothing to confirm any more.");
	return trail_add(w, rating_id, "A reviewer confirmed the rating for the new version of the evaluation.", err);
}

bool rating_anew(struct db *w, const char *rating_id, const char *why, struct error *err)
{
	struct query q;
	int64_t changed;

	db_query(w, &q, "UPDATE evidence_rating SET state = 4, reason_earlier = :why WHERE id = :id AND state <> 4");
	q_text(&q, ":why", why);
	q_text(&q, ":id", rating_id);
	while (q_row(&q))
		;
	changed = q.rc == 0 ? q_changes(&q) : 0;
	if (!q_done(&q, err))
		return false;
	if (!changed)
		return error_set(err, ERROR_CONFLICT, "This rating was begun anew meanwhile.");
	return trail_add(w, rating_id, why, err);
}

bool rating_appeal(struct db *w, const char *rating_id, const struct space *space, const char *reason,
	const struct account *who, struct error *err)
{
	char id[ID_SIZE];
	struct query q;
	int64_t changed;

	id_new(id);
	db_query(w, &q, "INSERT INTO evidence_appeal (id, rating_id, about_space, space_name, by_account, by_name, reason, "
		"filed_us, decided_us, level_before) SELECT :id, c.id, :space, :space_name, :account, :name, :reason, :now, 0, "
		"c.level FROM evidence_rating c WHERE c.id = :rating AND c.state = 3 AND NOT EXISTS "
		"(SELECT 1 FROM evidence_appeal x WHERE x.rating_id = c.id AND x.decided_us = 0)");
	q_text(&q, ":id", id);
	q_text(&q, ":space", space->id);
	q_text(&q, ":space_name", space->name);
	q_text(&q, ":account", who->id);
	q_text(&q, ":name", who->name);
	q_text(&q, ":reason", reason);
	q_int(&q, ":now", clock_now_us());
	q_text(&q, ":rating", rating_id);
	while (q_row(&q))
		;
	changed = q.rc == 0 ? q_changes(&q) : 0;
	if (!q_done(&q, err))
		return false;
	if (!changed)
		return error_set(err, ERROR_CONFLICT, "There is an appeal already, or the rating is not settled.");
	return trail_add(w, rating_id, "The space of the program appealed.", err);
}

static bool close_appeal(struct db *w, const struct decision *d, enum level after, const struct account *who,
	struct error *err)
{
	struct query q;
	int64_t changed;

	db_query(w, &q, "UPDATE evidence_appeal SET decided_us = :now, decider_account = :account, decider_name = :name, "
		"decision = :word, decision_reason = :reason, level_after = :after WHERE rating_id = :rating AND decided_us = 0 "
		"AND by_account <> :account");
	q_int(&q, ":now", clock_now_us());
	q_text(&q, ":account", who->id);
	q_text(&q, ":name", who->name);
	q_text(&q, ":word", d->word);
	q_text(&q, ":reason", d->reason);
	q_text(&q, ":after", after ? level_name(after) : NULL);
	q_text(&q, ":rating", d->rating_id);
	while (q_row(&q))
		;
	changed = q.rc == 0 ? q_changes(&q) : 0;
	return q_done(&q, err) && (changed || error_set(err, ERROR_CONFLICT, "There is no appeal that you could decide."));
}

bool rating_decide(struct db *w, struct arena *a, const struct decision *d, const struct account *who,
	struct error *err)
{
	struct present p;
	bool mine;

	if (!by_id(w, a, d->rating_id, &p, err) || !rating_rated_by(w, p.id, who->id, &mine, err))
		return false;
	if (mine)
		return error_set(err, ERROR_DENIED, "Who rated does not decide the appeal.");
	if (strcmp(d->word, "upheld") == 0)
		return close_appeal(w, d, p.level, who, err) && trail_add(w, p.id, "The appeal was decided: the rating stands.", err);
	if (strcmp(d->word, "changed") == 0)
		return close_appeal(w, d, d->level, who, err) && settle(w, p.id, d->level, SETTLED_APPEAL, err);
	return close_appeal(w, d, LEVEL_NONE, who, err) &&
		rating_anew(w, p.id, "The appeal was decided: the outcome is rated anew.", err);
}

const char *settled_words(enum settled_by s)
{
	return s == SETTLED_AGREED ? "two reviewers agreed" : s == SETTLED_THIRD ? "two of three reviewers agreed" :
		s == SETTLED_CONSENSUS ? "the reviewers reached a consensus" : s == SETTLED_APPEAL ? "changed on appeal" : NULL;
}

const char *const emmie_names[EMMIE] = { "effect", "mechanism", "moderators", "implementation", "economics" };
const char *const emmie_labels[EMMIE] = { "Effect", "Mechanism", "Moderators", "Implementation", "Economics" };
