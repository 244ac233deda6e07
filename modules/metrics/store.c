/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Figures: SQL only. */
#include "figures.h"
#include "account.h"

const struct migration metrics_migrations[] = {
	{ 1,
	"CREATE TABLE figure ("
	"	space_id TEXT NOT NULL REFERENCES space (id) ON DELETE CASCADE,"
	"	indicator TEXT NOT NULL, period TEXT NOT NULL,"
	"	value INTEGER NOT NULL, revision INTEGER NOT NULL,"
	"	first_us INTEGER NOT NULL, entered_us INTEGER NOT NULL, account_name TEXT,"
	"	PRIMARY KEY (space_id, indicator, period)) STRICT, WITHOUT ROWID;"
	"CREATE TABLE figure_correction ("
	"	id TEXT NOT NULL PRIMARY KEY,"
	"	space_id TEXT NOT NULL REFERENCES space (id) ON DELETE CASCADE,"
	"	indicator TEXT NOT NULL, period TEXT NOT NULL,"
	"	old_value INTEGER, new_value INTEGER, reason TEXT, account_name TEXT, at_us INTEGER NOT NULL"
	") STRICT;"
	"CREATE INDEX figure_correction_by_space ON figure_correction (space_id, at_us);"
	"CREATE TABLE figure_mark ("
	"	id TEXT NOT NULL PRIMARY KEY,"
	"	space_id TEXT NOT NULL REFERENCES space (id) ON DELETE CASCADE,"
	"	date TEXT NOT NULL, label TEXT NOT NULL) STRICT;"
	"CREATE INDEX figure_mark_by_space ON figure_mark (space_id, date);" },
	{ 2,
	"CREATE TABLE figure_public ("
	"	place TEXT NOT NULL, indicator TEXT NOT NULL, year INTEGER NOT NULL,"
	"	value INTEGER NOT NULL, source TEXT NOT NULL,"
	"	PRIMARY KEY (place, indicator, year)) STRICT, WITHOUT ROWID;" },
	/* Not of one space: written by the system alone. The ledger of a release holds members' figures by
	 * number, for the audit of later ones; no view shows it. */
	{ 3,
	"CREATE TABLE peer_member (number INTEGER PRIMARY KEY AUTOINCREMENT,"
	"	member_space TEXT NOT NULL UNIQUE REFERENCES space (id) ON DELETE CASCADE) STRICT;"
	"CREATE TABLE peer_group ("
	"	year INTEGER NOT NULL, scheme TEXT NOT NULL, name TEXT NOT NULL,"
	"	number INTEGER NOT NULL REFERENCES peer_member (number) ON DELETE CASCADE,"
	"	PRIMARY KEY (year, scheme, name, number)) STRICT, WITHOUT ROWID;"
	"CREATE TABLE release ("
	"	id TEXT NOT NULL PRIMARY KEY, indicator TEXT NOT NULL, label TEXT NOT NULL,"
	"	year INTEGER NOT NULL, quarter INTEGER NOT NULL, rules TEXT NOT NULL, dictionary INTEGER NOT NULL,"
	"	published_us INTEGER NOT NULL, sha256 TEXT NOT NULL, shown INTEGER NOT NULL,"
	"	json TEXT NOT NULL, ledger TEXT NOT NULL, UNIQUE (indicator, label)) STRICT;"
	"CREATE TABLE peer_question ("
	"	id TEXT NOT NULL PRIMARY KEY, release_id TEXT NOT NULL REFERENCES release (id), year INTEGER NOT NULL,"
	"	scheme TEXT NOT NULL, name TEXT NOT NULL,"
	"	asker_space TEXT NOT NULL REFERENCES space (id) ON DELETE CASCADE, account_id TEXT NOT NULL,"
	"	text TEXT NOT NULL, asked_us INTEGER NOT NULL, closed_us INTEGER NOT NULL) STRICT;"
	"CREATE TABLE peer_thread ("
	"	id TEXT NOT NULL PRIMARY KEY,"
	"	question_id TEXT NOT NULL REFERENCES peer_question (id) ON DELETE CASCADE, number INTEGER NOT NULL,"
	"	answerer_space TEXT NOT NULL REFERENCES space (id) ON DELETE CASCADE,"
	"	asker_offer INTEGER NOT NULL, answerer_offer INTEGER NOT NULL, UNIQUE (question_id, answerer_space)) STRICT;"
	"CREATE TABLE peer_answer ("
	"	id TEXT NOT NULL PRIMARY KEY, thread_id TEXT NOT NULL REFERENCES peer_thread (id) ON DELETE CASCADE,"
	"	from_asker INTEGER NOT NULL, account_id TEXT NOT NULL, text TEXT NOT NULL, answered_us INTEGER NOT NULL"
	") STRICT;"
	"CREATE INDEX peer_answer_by_thread ON peer_answer (thread_id, answered_us);"
	"CREATE TABLE published ("
	"	id TEXT NOT NULL PRIMARY KEY, title TEXT NOT NULL, caption TEXT NOT NULL, audience TEXT NOT NULL,"
	"	scope TEXT NOT NULL, source TEXT NOT NULL, account_name TEXT NOT NULL, published_us INTEGER NOT NULL,"
	"	withdrawn_us INTEGER NOT NULL, reason TEXT, owner_space TEXT NOT NULL REFERENCES space (id) ON DELETE CASCADE,"
	"	csv TEXT NOT NULL, narrow TEXT NOT NULL, wide TEXT NOT NULL) STRICT;"
	"CREATE TABLE figure_named ("
	"	named_space TEXT NOT NULL REFERENCES space (id) ON DELETE CASCADE, indicator TEXT NOT NULL, period TEXT NOT NULL,"
	"	PRIMARY KEY (named_space, indicator, period)) STRICT, WITHOUT ROWID;" },
	{ 0, NULL }
};

#define OWN "WHERE ('s:' || x.space_id) IN (SELECT token FROM temp.viewer_scope)"

const struct view_def metrics_views[] = {
	{ "v_figure", "CREATE TEMP VIEW v_figure AS SELECT x.* FROM main.figure x " OWN },
	{ "v_figure_correction", "CREATE TEMP VIEW v_figure_correction AS SELECT x.* FROM main.figure_correction x " OWN },
	{ "v_figure_mark", "CREATE TEMP VIEW v_figure_mark AS SELECT x.* FROM main.figure_mark x " OWN },
	{ "v_figure_presence", "CREATE TEMP VIEW v_figure_presence AS "
		"SELECT x.space_id, x.indicator, x.period, x.first_us FROM main.figure x " OWN
		" OR EXISTS (SELECT 1 FROM temp.viewer_scope t WHERE t.token = 'admin' OR t.token = "
		"(SELECT 'e:' || n.id FROM main.space n WHERE n.slug = '" SPACE_NATIONAL "'))" },
	{ "v_release", "CREATE TEMP VIEW v_release AS SELECT id, indicator, label, year, quarter, rules, dictionary, "
		"published_us, sha256, shown, json FROM main.release "
		"WHERE EXISTS (SELECT 1 FROM temp.viewer_scope WHERE token = 'network')" },
	{ "v_peer_group", "CREATE TEMP VIEW v_peer_group AS SELECT g.year, g.scheme, g.name, x.member_space "
		"FROM main.peer_group g JOIN main.peer_member x ON x.number = g.number "
		"WHERE ('s:' || x.member_space) IN (SELECT token FROM temp.viewer_scope)" },
	/* for_space: the viewer's own space that asked, or to which the question was put. Contributors see
	 * them; who the other side is, none of these says, but other_name once both offered it. */
	{ "v_peer_question", "CREATE TEMP VIEW v_peer_question AS SELECT x.id, x.release_id, x.scheme, x.name, x.text, "
		"x.asked_us, x.closed_us, m.member_space AS for_space, m.member_space = x.asker_space AS own "
		"FROM main.peer_question x JOIN main.peer_group g ON g.year = x.year AND g.scheme = x.scheme AND g.name = x.name "
		"JOIN main.peer_member m ON m.number = g.number "
		"WHERE ('c:' || m.member_space) IN (SELECT token FROM temp.viewer_scope)" },
	{ "v_peer_thread", "CREATE TEMP VIEW v_peer_thread AS SELECT x.id, x.question_id, x.number, "
		"p.for_space, CASE WHEN p.own THEN x.asker_offer ELSE x.answerer_offer END AS own_offer, "
		"CASE WHEN p.own THEN x.answerer_offer ELSE x.asker_offer END AS other_offer, "
		"CASE WHEN x.asker_offer AND x.answerer_offer THEN (SELECT s.name FROM main.space s WHERE s.id = "
		"CASE WHEN p.own THEN x.answerer_space ELSE o.asker_space END) END AS other_name "
		"FROM main.peer_thread x JOIN main.peer_question o ON o.id = x.question_id "
		"JOIN v_peer_question p ON p.id = x.question_id WHERE p.own OR x.answerer_space = p.for_space" },
	{ "v_peer_answer", "CREATE TEMP VIEW v_peer_answer AS SELECT x.id, x.thread_id, x.text, x.answered_us, "
		"x.from_asker, t.for_space, x.from_asker = p.own AS own FROM main.peer_answer x "
		"JOIN v_peer_thread t ON t.id = x.thread_id JOIN v_peer_question p ON p.id = t.question_id "
		"AND p.for_space = t.for_space" },
	{ "v_published", "CREATE TEMP VIEW v_published AS SELECT * FROM main.published "
		"WHERE scope IN (SELECT token FROM temp.viewer_scope)" },
	{ "v_figure_public", "CREATE TEMP VIEW v_figure_public AS SELECT * FROM main.figure_public" },
	{ NULL, NULL }
};

/* ---- reading ---- */

static struct period period_of(struct query *q, struct arena *a, int column)
{
	struct period p = { 0, 0 };

	period_parse(q_col_text(q, a, column), &p); /* written by period_text */
	return p;
}

/* Ends a query of indicator, period, value, entered_us, first_us, revision,
 * account_name and the count of rows. */
static bool read_figures(struct query *q, struct arena *a, struct figure **out, size_t *n, struct error *err)
{
	*out = NULL;
	*n = 0;
	while (q_row(q)) {
		if (!*out)
			*out = arena_array(a, (size_t)q_col_int(q, 7), sizeof **out);
		struct figure *f = &(*out)[(*n)++];
		f->indicator = q_col_text(q, a, 0);
		f->period = period_of(q, a, 1);
		f->value = q_col_int(q, 2);
		f->entered_us = q_col_int(q, 3);
		f->first_us = q_col_int(q, 4);
		f->revision = q_col_int(q, 5);
		f->account_name = q_col_text(q, a, 6);
	}
	return q_done(q, err);
}

bool figures_list(struct db *db, struct arena *a, const char *space_id, struct figure **out, size_t *n,
	struct error *err)
{
	struct query q;

	db_query(db, &q, "SELECT indicator, period, value, entered_us, first_us, revision, account_name, "
		"count(*) OVER () FROM v_figure WHERE space_id = :space ORDER BY indicator, period");
	q_text(&q, ":space", space_id);
	return read_figures(&q, a, out, n, err);
}

bool figures_stored(struct db *w, struct arena *a, const char *space_id, struct figure **out, size_t *n,
	struct error *err)
{
	struct query q;

	db_query(w, &q, "SELECT indicator, period, value, entered_us, first_us, revision, account_name, "
		"count(*) OVER () FROM figure WHERE space_id = :space ORDER BY indicator, period");
	q_text(&q, ":space", space_id);
	return read_figures(&q, a, out, n, err);
}

bool figures_corrections(struct db *db, struct arena *a, const char *space_id, int limit,
	struct figure_correction **out, size_t *n, struct error *err)
{
	struct query q;

	*out = arena_array(a, (size_t)limit + 1, sizeof **out);
	*n = 0;
	db_query(db, &q, "SELECT indicator, period, old_value, new_value, reason, account_name, at_us "
		"FROM v_figure_correction WHERE space_id = :space "
		"ORDER BY at_us DESC, id DESC LIMIT :limit");
	q_text(&q, ":space", space_id);
	q_int(&q, ":limit", limit);
	while (q_row(&q)) {
		struct figure_correction *c = &(*out)[(*n)++];

		c->indicator = q_col_text(&q, a, 0);
		c->period = period_of(&q, a, 1);
		c->had_old = !q_col_null(&q, 2);
		c->old_value = q_col_int(&q, 2);
		c->has_new = !q_col_null(&q, 3);
		c->new_value = q_col_int(&q, 3);
		c->reason = q_col_text(&q, a, 4);
		c->account_name = q_col_text(&q, a, 5);
		c->at_us = q_col_int(&q, 6);
	}
	return q_done(&q, err);
}

bool figures_presence(struct db *db, struct arena *a, struct period first, struct figure_presence **out, size_t *n,
	struct error *err)
{
	char period[PERIOD_SIZE];
	struct query q;

	period_text(first, period);
	*out = NULL;
	*n = 0;
	db_query(db, &q, "SELECT space_id, indicator, period, first_us, count(*) OVER () FROM v_figure_presence "
		"WHERE period >= :period ORDER BY space_id, indicator, period");
	q_text(&q, ":period", period);
	while (q_row(&q)) {
		if (!*out)
			*out = arena_array(a, (size_t)q_col_int(&q, 4), sizeof **out);
		struct figure_presence *p = &(*out)[(*n)++];
		p->space_id = q_col_text(&q, a, 0);
		p->indicator = q_col_text(&q, a, 1);
		p->period = period_of(&q, a, 2);
		p->first_us = q_col_int(&q, 3);
	}
	return q_done(&q, err);
}

bool figures_places(struct db *w, struct arena *a, struct figure_place **out, size_t *n, struct error *err)
{
	struct query q;

	*out = NULL;
	*n = 0;
	db_query(w, &q, "SELECT id, slug, short_name, count(*) OVER () FROM space s WHERE EXISTS "
		"(SELECT 1 FROM figure f WHERE f.space_id = s.id) ORDER BY slug");
	while (q_row(&q)) {
		if (!*out)
			*out = arena_array(a, (size_t)q_col_int(&q, 3), sizeof **out);
		(*out)[(*n)++] = (struct figure_place){ q_col_text(&q, a, 0), q_col_text(&q, a, 1), q_col_text(&q, a, 2) };
	}
	return q_done(&q, err);
}

bool figures_space(struct db *w, struct arena *a, const char *slug, const char **id, struct error *err)
{
	struct query q;

	*id = NULL;
	db_query(w, &q, "SELECT id FROM space WHERE slug = :slug AND kind NOT IN ('national', 'leadership')");
	q_text(&q, ":slug", slug);
	while (q_row(&q))
		*id = q_col_text(&q, a, 0);
	return q_done(&q, err);
}

/* ---- saving ---- */

struct stored {
	bool present;
	int64_t value;
};

static bool read_stored(struct db *w, const char *space_id, const struct figure_change *c, const char *period,
	struct stored *s, struct error *err)
{
	struct query q;

	*s = (struct stored){ false, -1 };
	db_query(w, &q, "SELECT value FROM figure WHERE space_id = :space AND indicator = :indicator "
		"AND period = :period");
	q_text(&q, ":space", space_id);
	q_text(&q, ":indicator", c->indicator);
	q_text(&q, ":period", period);
	while (q_row(&q))
		*s = (struct stored){ true, q_col_int(&q, 0) };
	return q_done(&q, err);
}

static bool put_figure(struct db *w, const char *space_id, const struct figure_change *c, const char *period,
	const struct account *who, struct error *err)
{
	struct query q;

	db_query(w, &q, "INSERT INTO figure (space_id, indicator, period, value, revision, first_us, entered_us, "
		"account_name) VALUES (:space, :indicator, :period, :value, 1, :now, :now, :name) "
		"ON CONFLICT (space_id, indicator, period) DO UPDATE SET value = excluded.value, "
		"revision = revision + 1, entered_us = excluded.entered_us, account_name = excluded.account_name");
	q_text(&q, ":space", space_id);
	q_text(&q, ":indicator", c->indicator);
	q_text(&q, ":period", period);
	q_int(&q, ":value", c->value);
	q_int(&q, ":now", clock_now_us());
	q_text(&q, ":name", who ? who->name : NULL);
	return q_run(&q, err);
}

static bool remove_figure(struct db *w, const char *space_id, const struct figure_change *c, const char *period,
	struct error *err)
{
	struct query q;

	db_query(w, &q, "DELETE FROM figure WHERE space_id = :space AND indicator = :indicator AND period = :period");
	q_text(&q, ":space", space_id);
	q_text(&q, ":indicator", c->indicator);
	q_text(&q, ":period", period);
	return q_run(&q, err);
}

static bool put_correction(struct db *w, const char *space_id, const struct figure_change *c, const char *period,
	const struct stored *old, const struct account *who, struct error *err)
{
	char id[ID_SIZE];
	struct query q;

	id_new(id);
	db_query(w, &q, "INSERT INTO figure_correction (id, space_id, indicator, period, old_value, new_value, reason, "
		"account_name, at_us) VALUES (:id, :space, :indicator, :period, "
		"CASE WHEN :had THEN :old END, CASE WHEN :has THEN :new END, :reason, :name, :now)");
	q_text(&q, ":id", id);
	q_text(&q, ":space", space_id);
	q_text(&q, ":indicator", c->indicator);
	q_text(&q, ":period", period);
	q_int(&q, ":had", old->present);
	q_int(&q, ":old", old->value);
	q_int(&q, ":has", !c->remove);
	q_int(&q, ":new", c->value);
	q_text(&q, ":reason", c->reason);
	q_text(&q, ":name", who ? who->name : NULL);
	q_int(&q, ":now", clock_now_us());
	return q_run(&q, err);
}

static bool save_one(struct db *w, struct arena *a, const char *space_id, const struct figure_change *c,
	const struct account *who, struct figure_counts *counts, struct error *err)
{
	char period[PERIOD_SIZE];
	struct stored old;

	period_text(c->period, period);
	if (!read_stored(w, space_id, c, period, &old, err))
		return false;
	if (c->known && (old.present ? old.value : -1) != c->was)
		return error_set(err, ERROR_CONFLICT, "%s, %s: someone else changed this figure to %s in the meantime.",
			c->indicator, period_human(a, c->period),
			old.present ? arena_printf(a, "%lld", (long long)old.value) : "none");
	if (c->remove ? !old.present : old.present && old.value == c->value) {
		counts->unchanged++;
		return true;
	}
	if (c->remove ? !remove_figure(w, space_id, c, period, err) : !put_figure(w, space_id, c, period, who, err))
		return false;
	if (c->remove)
		counts->removed++;
	else if (old.present)
		counts->changed++;
	else
		counts->added++;
	/* A first figure that was unusual keeps its reason, too. */
	return (!old.present && !c->reason) || put_correction(w, space_id, c, period, &old, who, err);
}

bool figures_save(struct db *w, struct arena *a, const char *space_id, const struct figure_change *changes,
	size_t n, const struct account *who, struct figure_counts *counts, struct error *err)
{
	*counts = (struct figure_counts){ 0, 0, 0, 0 };
	for (size_t i = 0; i < n; i++)
		if (!save_one(w, a, space_id, &changes[i], who, counts, err))
			return false;
	return true;
}

/* ---- marks ---- */

bool figures_marks(struct db *db, struct arena *a, const char *space_id, struct figure_mark **out, size_t *n,
	struct error *err)
{
	struct query q;

	*out = NULL;
	*n = 0;
	db_query(db, &q, "SELECT id, date, label, count(*) OVER () FROM v_figure_mark WHERE space_id = :space "
		"ORDER BY date, id");
	q_text(&q, ":space", space_id);
	while (q_row(&q)) {
		if (!*out)
			*out = arena_array(a, (size_t)q_col_int(&q, 3), sizeof **out);
		(*out)[(*n)++] = (struct figure_mark){ .id = q_col_text(&q, a, 0), .date = q_col_text(&q, a, 1),
			.label = q_col_text(&q, a, 2) };
	}
	return q_done(&q, err);
}

bool figures_mark_add(struct db *w, const char *space_id, const char *date, const char *label, struct error *err)
{
	char id[ID_SIZE];
	struct query q;

	id_new(id);
	db_query(w, &q, "INSERT INTO figure_mark (id, space_id, date, label) VALUES (:id, :space, :date, :label)");
	q_text(&q, ":id", id);
	q_text(&q, ":space", space_id);
	q_text(&q, ":date", date);
	q_text(&q, ":label", label);
	return q_run(&q, err);
}

bool figures_mark_remove(struct db *w, const char *space_id, const char *id, struct error *err)
{
	struct query q;

	db_query(w, &q, "DELETE FROM figure_mark WHERE space_id = :space AND id = :id");
	q_text(&q, ":space", space_id);
	q_text(&q, ":id", id);
	return q_run(&q, err);
}

/* ---- what others published ---- */

bool figures_public(struct db *db, struct arena *a, const char *indicator, int first_year, int last_year,
	struct public_place **out, size_t *n, struct error *err)
{
	struct figure *rows = NULL;
	struct query q;

	*out = NULL;
	*n = 0;
	db_query(db, &q, "SELECT place, indicator, year, value, count(*) OVER () FROM v_figure_public "
		"WHERE indicator IN (:indicator, 'population') AND year BETWEEN :first AND :last ORDER BY place, indicator, year");
	q_text(&q, ":indicator", indicator);
	q_int(&q, ":first", first_year);
	q_int(&q, ":last", last_year);
	for (size_t i = 0; q_row(&q); i++) {
		const char *place = q_col_text(&q, a, 0);

		if (!rows) {
			rows = arena_array(a, (size_t)q_col_int(&q, 4), sizeof *rows);
			*out = arena_array(a, (size_t)q_col_int(&q, 4), sizeof **out);
		}
		if (*n == 0 || strcmp((*out)[*n - 1].place, place) != 0)
			(*out)[(*n)++] = (struct public_place){ place, &rows[i], 0 };
		rows[i] = (struct figure){ .indicator = q_col_text(&q, a, 1), .period = { (int)q_col_int(&q, 2), 0 },
			.value = q_col_int(&q, 3) };
		(*out)[*n - 1].n++;
	}
	return q_done(&q, err);
}

bool figures_public_save(struct db *w, const char *place, const struct figure_change *figures, size_t n,
	const char *source, struct error *err)
{
	struct query q;

	db_query(w, &q, "DELETE FROM figure_public WHERE place = :place");
	q_text(&q, ":place", place);
	bool ok = q_run(&q, err);
	for (size_t i = 0; ok && i < n; i++) {
		db_query(w, &q, "INSERT INTO figure_public (place, indicator, year, value, source) "
			"VALUES (:place, :indicator, :year, :value, :source)");
		q_text(&q, ":place", place);
		q_text(&q, ":indicator", figures[i].indicator);
		q_int(&q, ":year", figures[i].period.year);
		q_int(&q, ":value", figures[i].value);
		q_text(&q, ":source", source);
		ok = q_run(&q, err);
	}
	return ok;
}
