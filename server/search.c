/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Search: the index, the ranking function, counting and filtering in memory,
 * spelling and suggestions. */
#include "search.h"
#include <math.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include "metrics.h"
#include "attachment.h"
#include "query.h"
#include "search_columns.h"
#include "search_text.h"
#include "store_system.h"
#include "text.h"
#include "thesaurus.h"

#define PHRASES_MAX 64
#define SUGGEST_ROWS_MAX 3000

/* Parameters of BM25F as measured (docs/search.md). */
#define K1 1.2
#define PROXIMITY_WINDOW 8
#define PROXIMITY_WEIGHT 0.1
#define SYNONYM_WEIGHT 0.5
#define ALL_TERMS_BOOST 1.5
static const double weights[COLUMN_COUNT] = { 3, 2, 2, 1, 0.25 };
static const double normalisation[COLUMN_COUNT] = { 0.4, 0.5, 0.5, 0.6, 0.9 };

const struct migration search_migrations[] = {
	{ 1,
	"CREATE VIRTUAL TABLE record_fts USING fts5 (title, summary, tags, body,"
	"	content = 'record', content_rowid = 'num', prefix = '2 3',"
	"	tokenize = 'porter unicode61 remove_diacritics 2');"
	"CREATE TRIGGER record_fts_insert AFTER INSERT ON record BEGIN"
	"	INSERT INTO record_fts (rowid, title, summary, tags, body)"
	"	VALUES (NEW.num, NEW.title, NEW.summary, NEW.tags, NEW.body);"
	"END;"
	"CREATE TRIGGER record_fts_delete AFTER DELETE ON record BEGIN"
	"	INSERT INTO record_fts (record_fts, rowid, title, summary, tags, body)"
	"	VALUES ('delete', OLD.num, OLD.title, OLD.summary, OLD.tags, OLD.body);"
	"END;"
	"CREATE TRIGGER record_fts_update AFTER UPDATE OF title, summary, tags, body ON record BEGIN"
	"	INSERT INTO record_fts (record_fts, rowid, title, summary, tags, body)"
	"	VALUES ('delete', OLD.num, OLD.title, OLD.summary, OLD.tags, OLD.body);"
	"	INSERT INTO record_fts (rowid, title, summary, tags, body)"
	"	VALUES (NEW.num, NEW.title, NEW.summary, NEW.tags, NEW.body);"
	"END;"
	"CREATE TABLE search_word (word TEXT NOT NULL PRIMARY KEY, df INTEGER NOT NULL)"
	" STRICT, WITHOUT ROWID;" },
	/* All that search_columns.c reads of a record, so that it need not follow
	 * the pages of long bodies. It serves for lists by title as well. */
	{ 2,
	"CREATE INDEX record_columns ON record"
	"	(sort_key, num, scope, space_id, type, evidence, strategies, year, issued);"
	"DROP INDEX record_by_title;" },
	/* The words of a record's files (attachment.h) are a column of their own, and
	 * an index of their pages says where in which file they stand. */
	{ 3,
	"ALTER TABLE record ADD COLUMN files TEXT NOT NULL DEFAULT '';"
	"DROP TRIGGER record_fts_insert; DROP TRIGGER record_fts_delete; DROP TRIGGER record_fts_update;"
	"DROP TABLE record_fts;"
	"CREATE VIRTUAL TABLE record_fts USING fts5 (title, summary, tags, body, files,"
	"	content = 'record', content_rowid = 'num', prefix = '2 3',"
	"	tokenize = 'porter unicode61 remove_diacritics 2');"
	"CREATE TRIGGER record_fts_insert AFTER INSERT ON record BEGIN"
	"	INSERT INTO record_fts (rowid, title, summary, tags, body, files)"
	"	VALUES (NEW.num, NEW.title, NEW.summary, NEW.tags, NEW.body, NEW.files);"
	"END;"
	"CREATE TRIGGER record_fts_delete AFTER DELETE ON record BEGIN"
	"	INSERT INTO record_fts (record_fts, rowid, title, summary, tags, body, files)"
	"	VALUES ('delete', OLD.num, OLD.title, OLD.summary, OLD.tags, OLD.body, OLD.files);"
	"END;"
	"CREATE TRIGGER record_fts_update AFTER UPDATE OF title, summary, tags, body, files ON record BEGIN"
	"	INSERT INTO record_fts (record_fts, rowid, title, summary, tags, body, files)"
	"	VALUES ('delete', OLD.num, OLD.title, OLD.summary, OLD.tags, OLD.body, OLD.files);"
	"	INSERT INTO record_fts (rowid, title, summary, tags, body, files)"
	"	VALUES (NEW.num, NEW.title, NEW.summary, NEW.tags, NEW.body, NEW.files);"
	"END;"
	"INSERT INTO record_fts (record_fts) VALUES ('rebuild');" },
	{ 0, NULL }
};

struct search {
	struct thesaurus *thesaurus;
	const char **library; /* NULL-ended */
	struct metrics *metrics; /* NULL: nothing is counted */
	pthread_mutex_t mutex;
	struct columns *columns;
};

/* One phrase of the index query, in the index's own count of phrases. */
struct plan_phrase {
	const char *text;    /* quoted, as in the query: the key of its frequency */
	int concept;
	double weight;
};

/* What the ranking function is told: concepts are what was typed, each with
 * its phrases (itself and its synonyms). */
struct plan {
	const char *match;   /* NULL = everything */
	struct plan_phrase phrases[PHRASES_MAX];
	int n_phrases, n_concepts;
	uint32_t required;            /* bits of the concepts that were typed, weak words apart */
	uint32_t covers[PHRASES_MAX]; /* of a concept: bits of the typed ones it stands for */
	struct columns *columns;
	size_t n_titles;
	struct {
		struct row_range rows;
		double boost;
	} titles[PHRASES_MAX]; /* what has the typed title, or a synonym for its title, is the thing itself */
	const bool *scopes;  /* visible, by scope id */
	const struct column_row *last; /* the row that was ranked */
};

/* ---- life ---- */

struct search *search_create(const char *thesaurus, struct error *err)
{
	struct thesaurus *t = thesaurus_load(thesaurus, err);
	struct search *s = t ? calloc(1, sizeof *s) : NULL;

	if (!t)
		return NULL;
	if (!s)
		abort();
	s->thesaurus = t;
	pthread_mutex_init(&s->mutex, NULL);
	return s;
}

void search_destroy(struct search *s)
{
	if (!s)
		return;
	columns_release(s->columns);
	thesaurus_destroy(s->thesaurus);
	pthread_mutex_destroy(&s->mutex);
	free(s->library);
	free(s);
}

bool search_types(struct search *s, const char *const *types)
{
	size_t n = 0;

	while (types[n])
		n++;
	s->library = calloc(n + 1, sizeof *s->library);
	if (!s->library)
		abort();
	memcpy(s->library, types, n * sizeof *types);
	return true;
}

/* The columns of the snapshot that db is in; the caller releases them. */
static struct columns *columns_of(struct search *s, struct db *db, struct error *err)
{
	int64_t generation = db_generation(db, err);
	struct columns *c;

	if (generation == 0) {
		error_set(err, ERROR_INTERNAL, "The database has no generation.");
		return NULL;
	}
	pthread_mutex_lock(&s->mutex);
	c = s->columns && s->columns->generation == generation ? columns_keep(s->columns) : NULL;
	/* Loaded inside the lock, so that one write costs one load. */
	if (!c && (c = columns_load(db, generation, err)) &&
		(!s->columns || s->columns->generation < generation)) {
		columns_release(s->columns);
		s->columns = columns_keep(c);
	}
	pthread_mutex_unlock(&s->mutex);
	return c;
}

/* ---- ranking ---- */

static int count_public(const Fts5ExtensionApi *api, Fts5Context *fts, void *arg)
{
	int64_t *count = ((void **)arg)[1];
	const struct column_row *r = columns_row(((void **)arg)[0], api->xRowid(fts));

	*count += r && r->is_public;
	return SQLITE_OK;
}

/* Inverse document frequencies of the phrases, over public records only. */
struct idf {
	double of[PHRASES_MAX];
};

static struct idf *idf_of(const Fts5ExtensionApi *api, Fts5Context *fts, struct plan *p, int *rc)
{
	struct idf *idf = api->xGetAuxdata(fts, 0);

	if (idf)
		return idf;
	idf = sqlite3_malloc(sizeof *idf);
	if (!idf)
		abort();
	double df_concept[PHRASES_MAX] = { 0 };
	for (int i = 0; i < p->n_phrases; i++) {
		int64_t df = 0;

		if (!columns_frequency(p->columns, p->phrases[i].text, &df)) {
			*rc = api->xQueryPhrase(fts, i, (void *[]){ p->columns, &df }, count_public);
			if (*rc != SQLITE_OK) {
				sqlite3_free(idf);
				return NULL;
			}
			columns_frequency_set(p->columns, p->phrases[i].text, df);
		}
		if ((double)df > df_concept[p->phrases[i].concept])
			df_concept[p->phrases[i].concept] = (double)df;
	}
	for (int i = 0; i < p->n_phrases; i++) {
		double n = (double)p->columns->n_public, df = df_concept[p->phrases[i].concept];

		idf->of[i] = log(1 + (n - df + 0.5) / (df + 0.5));
		if (!(idf->of[i] > 1e-6))
			idf->of[i] = 1e-6;
	}
	*rc = api->xSetAuxdata(fts, idf, sqlite3_free);
	return *rc == SQLITE_OK ? idf : NULL;
}

static double bm25f(const struct plan *p, const struct idf *idf, const struct column_row *row,
	const unsigned tf[][COLUMN_COUNT])
{
	double concept_tf[PHRASES_MAX], concept_idf[PHRASES_MAX], score = 0;
	uint32_t met = 0;

	/* Only what is used is cleared: this runs for every row that matches. */
	memset(concept_tf, 0, (size_t)p->n_concepts * sizeof *concept_tf);
	memset(concept_idf, 0, (size_t)p->n_concepts * sizeof *concept_idf);
	for (int i = 0; i < p->n_phrases; i++) {
		int c = p->phrases[i].concept;

		for (int k = 0; k < COLUMN_COUNT; k++)
			if (tf[i][k])
				concept_tf[c] += p->phrases[i].weight * weights[k] * tf[i][k] /
					(1 - normalisation[k] + normalisation[k] * row->length[k] / p->columns->average[k]);
		concept_idf[c] = idf->of[i];
	}
	for (int c = 0; c < p->n_concepts; c++) {
		if (concept_tf[c] <= 0)
			continue;
		score += concept_idf[c] * concept_tf[c] / (K1 + concept_tf[c]);
		met |= p->covers[c];
	}
	bool several = p->required & (p->required - 1);
	return several && (met & p->required) == p->required ? score * ALL_TERMS_BOOST : score;
}

/* FTS5 auxiliary function rank_bm25f(table, plan): the score of the current
 * row, or NULL if the viewer may not see it. */
static void rank_row(const Fts5ExtensionApi *api, Fts5Context *fts, sqlite3_context *ctx, int argc,
	sqlite3_value **argv)
{
	struct plan *p = argc == 1 ? sqlite3_value_pointer(argv[0], "search_plan") : NULL;
	unsigned tf[PHRASES_MAX][COLUMN_COUNT];
	int n = 0, rc = SQLITE_OK;
	double near = 0;

	if (!p) {
		sqlite3_result_error(ctx, "rank_bm25f wants its plan", -1);
		return;
	}
	const struct column_row *row = p->last = columns_row(p->columns, api->xRowid(fts));
	if (!row || !p->scopes[row->scope] || !p->scopes[p->columns->space_scope[row->space]])
		return;
	struct idf *idf = idf_of(api, fts, p, &rc);
	if (idf)
		rc = api->xInstCount(fts, &n);
	int last_phrase = -1, last_column = -1, last_offset = 0;
	memset(tf, 0, (size_t)p->n_phrases * sizeof *tf);
	for (int i = 0; rc == SQLITE_OK && i < n; i++) {
		int phrase, column, offset;

		rc = api->xInst(fts, i, &phrase, &column, &offset);
		if (rc != SQLITE_OK || phrase >= p->n_phrases)
			continue; /* of an excluded term */
		tf[phrase][column]++;
		bool pair = last_phrase >= 0 && last_column == column &&
			p->phrases[last_phrase].concept != p->phrases[phrase].concept;
		if (pair && offset - last_offset <= PROXIMITY_WINDOW && offset > last_offset)
			near += PROXIMITY_WEIGHT * weights[column] / (offset - last_offset) *
				fmin(idf->of[last_phrase], idf->of[phrase]);
		last_phrase = phrase;
		last_column = column;
		last_offset = offset;
	}
	if (rc != SQLITE_OK) {
		sqlite3_result_error_code(ctx, rc);
		return;
	}
	/* Nearness saturates as frequency does. */
	sqlite3_result_double(ctx, bm25f(p, idf, row, (const unsigned (*)[COLUMN_COUNT])tf) +
		near / (1 + near));
}

bool search_attach(struct search *s, struct db *db, struct error *err)
{
	sqlite3 *handle = db_handle(db);
	sqlite3_stmt *stmt = NULL;
	fts5_api *api = NULL;

	(void)s;
	int rc = sqlite3_prepare_v2(handle, "SELECT fts5(?1)", -1, &stmt, NULL);
	if (rc == SQLITE_OK) {
		sqlite3_bind_pointer(stmt, 1, &api, "fts5_api_ptr", NULL);
		sqlite3_step(stmt);
	}
	sqlite3_finalize(stmt);
	if (!api)
		return error_set(err, ERROR_INTERNAL, "This SQLite was built without FTS5.");
	rc = api->xCreateFunction(api, "rank_bm25f", NULL, rank_row, NULL);
	if (rc != SQLITE_OK)
		return db_error(db, rc, "rank_bm25f", err);
	return search_text_attach(db, api, err);
}

const struct thesaurus *search_thesaurus(const struct search *s)
{
	return s->thesaurus;
}

/* ---- the plan ---- */

static void add_phrase(struct arena *a, struct plan *p, struct buf *match, const char *text, bool prefix,
	int concept, double weight)
{
	struct buf quoted = BUF_INIT;

	if (p->n_phrases == PHRASES_MAX)
		return;
	query_quote(&quoted, text);
	if (prefix)
		buf_str(&quoted, " *");
	buf_printf(match, "%s%s", match->len ? " OR " : "", buf_text(&quoted));
	p->phrases[p->n_phrases++] = (struct plan_phrase){ .text = arena_strdup(a, buf_text(&quoted)),
		.concept = concept, .weight = weight };
	buf_finish(&quoted);
}

static void note_synonym(struct arena *a, struct search_result *out, const char *shown)
{
	if (out->n_synonyms == PHRASES_MAX)
		return;
	if (!out->synonyms)
		out->synonyms = arena_array(a, PHRASES_MAX, sizeof *out->synonyms);
	out->synonyms[out->n_synonyms++] = shown;
}

static void add_title(struct arena *a, struct plan *p, const char *title, double boost)
{
	struct row_range rows = columns_titled(p->columns, text_sort_key(a, title));

	if (rows.from == rows.to || p->n_titles == PHRASES_MAX)
		return;
	p->titles[p->n_titles].rows = rows;
	p->titles[p->n_titles++].boost = boost;
}

/* Adds the other terms of the group that `term` belongs to. */
static void add_synonyms(struct search *s, struct arena *a, struct plan *p, struct buf *match,
	const char *term, int concept, struct search_result *out)
{
	const struct thesaurus_entry *entry = thesaurus_find(s->thesaurus, term), *all;
	size_t n;

	if (!entry)
		return;
	all = thesaurus_entries(s->thesaurus, &n);
	for (size_t i = 0; i < n; i++) {
		if (all[i].group != entry->group || &all[i] == entry)
			continue;
		add_phrase(a, p, match, all[i].term, false, concept, SYNONYM_WEIGHT);
		add_title(a, p, all[i].term, 100);
		note_synonym(a, out, all[i].shown);
	}
}

/* Synonyms of what several typed words are together, the longest first. */
static void add_spans(struct search *s, struct arena *a, struct plan *p, struct buf *match,
	const struct search_query *q, struct search_result *out)
{
	for (size_t from = 0; from < q->n_included; from++) {
		for (size_t to = q->n_included; to > from + 1; to--) {
			struct buf span = BUF_INIT;

			for (size_t i = from; i < to; i++)
				buf_printf(&span, "%s%s", i > from ? " " : "", q->terms[i].text);
			const char *text = arena_strdup(a, buf_text(&span));
			buf_finish(&span);
			if (!thesaurus_find(s->thesaurus, text) || p->n_concepts == PHRASES_MAX)
				continue;
			int concept = p->n_concepts++;
			for (size_t i = from; i < to; i++)
				p->covers[concept] |= 1u << i;
			add_phrase(a, p, match, text, false, concept, 1);
			add_synonyms(s, a, p, match, text, concept, out);
			from = to - 1;
			break;
		}
	}
}

static void plan_make(struct search *s, struct arena *a, const char *typed, const struct search_query *q,
	struct plan *p, struct search_result *out)
{
	struct buf match = BUF_INIT, excluded = BUF_INIT;

	add_title(a, p, typed, 1000);
	p->n_concepts = (int)q->n_included;
	for (size_t i = 0; i < q->n_included; i++) {
		const struct query_term *t = &q->terms[i];

		if (t->weak)
			continue;
		p->required |= p->covers[i] = 1u << i;
		add_phrase(a, p, &match, t->text, t->prefix, (int)i, 1);
		if (!t->quoted)
			add_synonyms(s, a, p, &match, t->text, (int)i, out);
	}
	add_spans(s, a, p, &match, q, out);
	for (size_t i = q->n_included; i < q->n; i++) {
		buf_str(&excluded, excluded.len ? " OR " : "");
		query_quote(&excluded, q->terms[i].text);
		if (q->terms[i].prefix)
			buf_str(&excluded, " *");
	}
	if (match.len && excluded.len)
		p->match = arena_printf(a, "(%s) NOT (%s)", buf_text(&match), buf_text(&excluded));
	else if (match.len)
		p->match = arena_strdup(a, buf_text(&match));
	buf_finish(&match);
	buf_finish(&excluded);
}

/* ---- filtering and counting ---- */

struct filter {
	const struct columns *columns;
	bool *library;       /* by type id; NULL = any type */
	bool impossible;     /* a choice that no record has */
	uint32_t type, space, evidence, within;
	uint16_t strategy;
	int year;
	int64_t *counts[FACET_KINDS];
};

enum { YEARS = 2300 };

static uint32_t choice(struct filter *f, const struct words *w, const char *value)
{
	uint32_t id = words_find(w, value);

	if (value && *value && id == 0)
		f->impossible = true;
	return id;
}

static void filter_make(struct search *s, struct arena *a, struct filter *f, const struct columns *c,
	const struct search_request *rq, const char *type)
{
	f->columns = c;
	f->type = choice(f, &c->types, type);
	f->space = choice(f, &c->spaces, rq->space);
	f->evidence = choice(f, &c->evidence, rq->evidence);
	f->within = choice(f, &c->spaces, rq->within);
	uint32_t strategy = choice(f, &c->strategies, rq->strategy);
	f->strategy = strategy ? (uint16_t)(1u << strategy) : 0;
	f->year = rq->year;
	if (rq->library_only) {
		f->library = arena_array(a, c->types.n, sizeof *f->library);
		for (size_t i = 0; s->library && s->library[i]; i++)
			f->library[words_find(&c->types, s->library[i])] = true;
		f->library[0] = false;
	}
	f->counts[FACET_TYPE] = arena_array(a, c->types.n, sizeof(int64_t));
	f->counts[FACET_STRATEGY] = arena_array(a, COLUMNS_STRATEGIES_MAX, sizeof(int64_t));
	f->counts[FACET_SPACE] = arena_array(a, c->spaces.n, sizeof(int64_t));
	f->counts[FACET_YEAR] = arena_array(a, YEARS, sizeof(int64_t));
	f->counts[FACET_EVIDENCE] = arena_array(a, c->evidence.n, sizeof(int64_t));
}

static bool in_space(const struct columns *c, const struct column_row *r, uint32_t space)
{
	bool found = r->space == space;

	for (uint32_t i = 0; i < r->n_about && !found; i++)
		found = c->abouts[r->about + i] == space;
	return found;
}

/* Counts a row for the facets; true if it passes all the choices. */
static bool filter_row(struct filter *f, const struct plan *p, const struct column_row *r)
{
	const struct columns *c = f->columns;
	bool fails[FACET_KINDS];
	int failed = 0;

	if ((f->library && !f->library[r->type]) || (f->within && !in_space(c, r, f->within)))
		return false;
	fails[FACET_TYPE] = f->type && r->type != f->type;
	fails[FACET_STRATEGY] = f->strategy && !(r->strategies & f->strategy);
	fails[FACET_SPACE] = f->space && !in_space(c, r, f->space);
	fails[FACET_YEAR] = f->year && r->year != f->year;
	fails[FACET_EVIDENCE] = f->evidence && r->evidence != f->evidence;
	for (int k = 0; k < FACET_KINDS; k++)
		failed += fails[k];
	if (failed > 1)
		return false;
	if (!failed || fails[FACET_TYPE])
		f->counts[FACET_TYPE][r->type]++;
	if (!failed || fails[FACET_STRATEGY])
		for (int i = 1; i < COLUMNS_STRATEGIES_MAX; i++)
			f->counts[FACET_STRATEGY][i] += r->strategies >> i & 1;
	if (!failed || fails[FACET_SPACE]) {
		bool own = false;

		f->counts[FACET_SPACE][r->space]++;
		for (uint32_t i = 0; i < r->n_about; i++) {
			uint32_t about = c->abouts[r->about + i];

			own = about == r->space;
			if (!own && p->scopes[c->space_scope[about]])
				f->counts[FACET_SPACE][about]++;
		}
	}
	if ((!failed || fails[FACET_YEAR]) && r->year > 0 && r->year < YEARS)
		f->counts[FACET_YEAR][r->year]++;
	if (!failed || fails[FACET_EVIDENCE])
		f->counts[FACET_EVIDENCE][r->evidence]++;
	return failed == 0;
}

static int by_count(const void *x, const void *y)
{
	const struct search_facet_value *a = x, *b = y;

	return a->count != b->count ? (a->count > b->count ? -1 : 1) : strcmp(a->value, b->value);
}

static int by_year(const void *x, const void *y)
{
	return strcmp(((const struct search_facet_value *)y)->value, ((const struct search_facet_value *)x)->value);
}

static void facet_make(struct arena *a, struct search_facet *out, const int64_t *counts, size_t n,
	const struct words *words)
{
	size_t used = 0;

	for (size_t i = 1; i < n; i++)
		used += counts[i] > 0;
	out->values = arena_array(a, used, sizeof *out->values);
	for (size_t i = 1; i < n; i++)
		if (counts[i] > 0)
			out->values[out->n++] = (struct search_facet_value){ .count = counts[i],
				.value = arena_strdup(a, words ? words->items[i] : arena_printf(a, "%zu", i)) };
	if (out->n)
		qsort(out->values, out->n, sizeof *out->values, words ? by_count : by_year);
}

static void facets_make(struct arena *a, const struct filter *f, struct search_result *out)
{
	const struct columns *c = f->columns;
	size_t strategies = c->strategies.n < COLUMNS_STRATEGIES_MAX ? c->strategies.n : COLUMNS_STRATEGIES_MAX;

	facet_make(a, &out->facets[FACET_TYPE], f->counts[FACET_TYPE], c->types.n, &c->types);
	facet_make(a, &out->facets[FACET_STRATEGY], f->counts[FACET_STRATEGY], strategies, &c->strategies);
	facet_make(a, &out->facets[FACET_SPACE], f->counts[FACET_SPACE], c->spaces.n, &c->spaces);
	facet_make(a, &out->facets[FACET_YEAR], f->counts[FACET_YEAR], YEARS, NULL);
	facet_make(a, &out->facets[FACET_EVIDENCE], f->counts[FACET_EVIDENCE], c->evidence.n, &c->evidence);
}

/* ---- running ---- */

struct found {
	const struct column_row *row;
	double score;
};

struct hits {
	struct found *items;
	size_t n, room;
};

static void hits_add(struct hits *h, const struct column_row *row, double score)
{
	if (h->n == h->room) {
		h->room = h->room ? h->room * 2 : 256;
		h->items = realloc(h->items, h->room * sizeof *h->items);
		if (!h->items)
			abort();
	}
	h->items[h->n++] = (struct found){ row, score };
}

static int by_score(const void *x, const void *y)
{
	const struct found *a = x, *b = y;

	if (a->score != b->score)
		return a->score > b->score ? -1 : 1;
	return a->row < b->row ? -1 : a->row > b->row;
}

static int by_newest(const void *x, const void *y)
{
	const struct found *a = x, *b = y;

	if (a->row->issued != b->row->issued)
		return a->row->issued > b->row->issued ? -1 : 1;
	return a->row < b->row ? -1 : a->row > b->row;
}

static int by_title(const void *x, const void *y)
{
	const struct found *a = x, *b = y;

	return a->row < b->row ? -1 : a->row > b->row;
}

static void sink(struct found *heap, size_t n, size_t at, int (*order)(const void *, const void *))
{
	for (size_t child; (child = 2 * at + 1) < n; at = child) {
		if (child + 1 < n && order(&heap[child + 1], &heap[child]) > 0)
			child++;
		if (order(&heap[child], &heap[at]) <= 0)
			return;
		struct found spare = heap[at];
		heap[at] = heap[child];
		heap[child] = spare;
	}
}

/* Puts the first m in order at the front; the others follow as they come. No
 * two are equal in any order, so that it is the front of a whole sort. */
static void hits_sort(struct hits *h, size_t m, enum search_sort sort)
{
	int (*order)(const void *, const void *) =
		sort == SEARCH_BY_NEWEST ? by_newest : sort == SEARCH_BY_TITLE ? by_title : by_score;

	if (m > h->n / 4)
		m = h->n;
	/* A heap of the best m so far, the last of them on top. */
	for (size_t i = m < h->n ? m / 2 : 0; i-- > 0;)
		sink(h->items, m, i, order);
	for (size_t i = m; m > 0 && i < h->n; i++) {
		if (order(&h->items[i], &h->items[0]) >= 0)
			continue;
		h->items[0] = h->items[i];
		sink(h->items, m, 0, order);
	}
	if (m)
		qsort(h->items, m, sizeof *h->items, order);
}

/* By the viewer's tokens, which are few; there is one scope for each restricted record. */
static const bool *visible_scopes(struct db *db, struct arena *a, const struct columns *c)
{
	bool *visible = arena_array(a, c->scopes.n, sizeof *visible);
	struct query q;

	db_query_system(db, &q, "SELECT token FROM temp.viewer_scope");
	while (q_row(&q))
		visible[words_find(&c->scopes, q_col_text(&q, a, 0))] = true;
	if (!q_done(&q, NULL))
		memset(visible, 0, c->scopes.n * sizeof *visible);
	visible[0] = false; /* a token that no record has */
	return visible;
}

static bool match_all(struct plan *p, struct filter *f, struct hits *h)
{
	const struct columns *c = p->columns;

	for (size_t i = 0; i < c->n; i++) {
		const struct column_row *r = &c->rows[i];

		if (p->scopes[r->scope] && p->scopes[c->space_scope[r->space]] && filter_row(f, p, r))
			hits_add(h, r, 0);
	}
	return true;
}

static bool match_index(struct db *db, struct plan *p, struct filter *f, struct hits *h, struct error *err)
{
	struct query q;

	db_query_system(db, &q, "SELECT rank_bm25f(record_fts, :plan) FROM main.record_fts "
		"WHERE record_fts MATCH :match");
	if (q.rc == SQLITE_OK)
		sqlite3_bind_pointer(q.stmt, sqlite3_bind_parameter_index(q.stmt, ":plan"), p, "search_plan", NULL);
	q_text(&q, ":match", p->match);
	while (q_row(&q)) {
		if (q_col_null(&q, 0))
			continue;
		double score = q_col_real(&q, 0);
		const struct column_row *r = p->last;

		for (size_t i = 0; i < p->n_titles; i++)
			if (r >= p->titles[i].rows.from && r < p->titles[i].rows.to)
				score += p->titles[i].boost;
		if (filter_row(f, p, r))
			hits_add(h, r, score);
	}
	return q_done(&q, err);
}

/* The page of one of its files that has what the record itself does not say. Only
 * pages of files that this viewer may see: the view. */
static bool hit_in_file(struct db *db, struct arena *a, const struct plan *p, struct search_hit *hit,
	struct error *err)
{
	struct attachment *files;
	size_t n;

	if (!attachment_list(db, a, hit->record.num, &files, &n, err))
		return false;
	for (size_t i = 0; i < n && !hit->file_id; i++) {
		struct query q;

		if (!files[i].read)
			continue;
		db_query_system(db, &q, "SELECT g.page, replace(snippet(page_fts, 0, char(2), char(3), '…', 32), char(10), ' ') "
			"FROM main.page_fts f JOIN main.blob_page g ON g.num = f.rowid WHERE page_fts MATCH :match "
			"AND f.rowid BETWEEN (SELECT min(num) FROM main.blob_page WHERE hash = :hash) "
			"AND (SELECT max(num) FROM main.blob_page WHERE hash = :hash) AND g.hash = :hash ORDER BY rank LIMIT 1");
		q_text(&q, ":match", p->match);
		q_text(&q, ":hash", files[i].hash);
		while (q_row(&q)) {
			hit->file_id = files[i].id;
			hit->file_name = files[i].name;
			hit->file_page = (int)q_col_int(&q, 0);
			hit->file_paged = files[i].pages > 0;
			hit->file_passage = html_highlight(a, q_col_text(&q, a, 1));
		}
		if (!q_done(&q, err))
			return false;
	}
	return true;
}

/* Highlights of one hit. */
static bool hit_passages(struct db *db, struct arena *a, const struct plan *p, struct search_hit *hit,
	struct error *err)
{
	const char *title = NULL, *summary = NULL, *passage = NULL;
	struct query q;

	db_query_system(db, &q, "SELECT highlight(record_fts, 0, char(2), char(3)), "
		"highlight(record_fts, 1, char(2), char(3)), "
		/* The text's lines are its headings, paragraphs and entries. */
		"replace(snippet(record_fts, 3, char(2), char(3), '…', 32), char(10), ' · ') "
		"FROM main.record_fts WHERE rowid = :num AND record_fts MATCH :match");
	q_int(&q, ":num", hit->record.num);
	q_text(&q, ":match", p->match);
	while (q_row(&q)) {
		title = q_col_text(&q, a, 0);
		summary = q_col_text(&q, a, 1);
		passage = q_col_text(&q, a, 2);
	}
	if (!q_done(&q, err))
		return false;
	hit->title = html_highlight(a, title ? title : hit->record.title);
	bool elsewhere = !(passage && strchr(passage, 2)) && !(summary && strchr(summary, 2)) && !(title && strchr(title, 2));
	if (elsewhere && !hit_in_file(db, a, p, hit, err))
		return false;
	if (hit->file_passage.html)
		passage = NULL;
	if (!passage || !strchr(passage, 2) || (summary && strchr(summary, 2)))
		passage = summary ? summary : hit->record.summary;
	hit->passage = html_highlight(a, passage);
	return true;
}

/* How many of the front the request reads. */
static size_t hits_wanted(const struct search_request *rq)
{
	return (rq->offset > 0 ? (size_t)rq->offset : 0) + (rq->limit > 0 ? (size_t)rq->limit : 0);
}

static bool hits_read(struct db *db, struct arena *a, const struct plan *p, const struct hits *h,
	const struct search_request *rq, struct search_result *out, struct error *err)
{
	size_t from = rq->offset > 0 ? (size_t)rq->offset : 0, n = rq->limit > 0 ? (size_t)rq->limit : 0;

	if (from > h->n)
		from = h->n;
	if (n > h->n - from)
		n = h->n - from;
	out->hits = arena_array(a, n, sizeof *out->hits);
	for (size_t i = 0; i < n; i++) {
		struct record *r;
		size_t found;

		/* Read through the views: rights are checked once more. */
		if (!record_by_nums(db, a, &h->items[from + i].row->num, 1, &r, &found, err))
			return false;
		if (found == 0)
			continue;
		struct search_hit *hit = &out->hits[out->n++];
		hit->record = r[0];
		hit->score = h->items[from + i].score;
		if (p->match && !rq->bare) {
			if (!hit_passages(db, a, p, hit, err))
				return false;
		} else {
			hit->title = html_highlight(a, r->title);
			hit->passage = html_highlight(a, r->summary);
		}
	}
	return true;
}

/* ---- spelling ---- */

/* Optimal string alignment distance, or 3 for anything above 2. */
static int distance(const char *s, size_t n, const char *t, size_t m)
{
	int rows[3][64], *before = rows[0], *last = rows[1], *now = rows[2];

	if (n > 60 || m > 60 || n > m + 2 || m > n + 2)
		return 3;
	for (size_t j = 0; j <= m; j++)
		last[j] = (int)j;
	for (size_t i = 1; i <= n; i++) {
		int best = now[0] = (int)i;

		for (size_t j = 1; j <= m; j++) {
			int cost = s[i - 1] != t[j - 1], d = last[j - 1] + cost;

			d = last[j] + 1 < d ? last[j] + 1 : d;
			d = now[j - 1] + 1 < d ? now[j - 1] + 1 : d;
			if (i > 1 && j > 1 && s[i - 1] == t[j - 2] && s[i - 2] == t[j - 1] && before[j - 2] + 1 < d)
				d = before[j - 2] + 1;
			now[j] = d;
			best = d < best ? d : best;
		}
		if (best > 2)
			return 3;
		int *spare = before;
		before = last;
		last = now;
		now = spare;
	}
	return last[m] > 2 ? 3 : last[m];
}

static const struct vocabulary_word *vocabulary_at(const struct columns *c, const char *word)
{
	size_t low = 0, high = c->n_vocabulary;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (strcmp(c->vocabulary[middle].word, word) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low < c->n_vocabulary ? &c->vocabulary[low] : NULL;
}

static const char *spelled(const struct columns *c, const char *word)
{
	size_t n = strlen(word);
	int best = n < 4 ? 1 : n < 7 ? 2 : 3; /* short words: no guesses from afar */
	const struct vocabulary_word *found = NULL, *w = vocabulary_at(c, word);

	if (n < 3 || (w && strcmp(w->word, word) == 0))
		return NULL;
	for (size_t i = 0; i < c->n_vocabulary; i++) {
		w = &c->vocabulary[i];
		int d = distance(word, n, w->word, strlen(w->word));

		if (d < best || (found && d == best && w->df > found->df)) {
			best = d;
			found = w;
		}
	}
	return found ? found->word : NULL;
}

/* The whole query with the words that no public record has respelled. */
static const char *suggestion_of(const struct search *s, struct arena *a, const struct columns *c,
	const char *typed, const struct search_query *q)
{
	struct buf out = BUF_INIT;
	size_t copied = 0;
	bool changed = false;

	for (size_t i = 0; i < q->n_included; i++) {
		const struct query_term *t = &q->terms[i];
		bool guess = t->n_tokens == 1 && !t->quoted && !t->prefix && !t->weak && t->start >= copied &&
			!thesaurus_find(s->thesaurus, t->text);
		const char *better = guess ? spelled(c, t->text) : NULL;

		if (!better)
			continue;
		buf_add(&out, typed + copied, t->start - copied);
		buf_str(&out, better);
		copied = t->start + t->length;
		changed = true;
	}
	buf_str(&out, typed + copied);
	const char *text = changed ? arena_strdup(a, buf_text(&out)) : NULL;
	buf_finish(&out);
	return text;
}

bool search_choose(struct search_request *rq, const char *name, const char *value)
{
	const char **const places[] = { &rq->text, &rq->type, &rq->strategy, &rq->space, &rq->evidence };
	static const char *const names[] = { "q", "type", "strategy", "jurisdiction", "evidence" };

	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (strcmp(names[i], name) == 0) {
			*places[i] = value;
			return true;
		}
	if (strcmp(name, "year") != 0)
		return false;
	rq->year = value ? atoi(value) : 0;
	return true;
}

bool search_run(struct search *s, struct db *db, struct arena *a, const struct search_request *rq,
	struct search_result *out, struct error *err)
{
	const char *typed = rq->text ? rq->text : "";
	struct search_query q;
	struct filter f = { 0 };
	struct hits h = { 0 };
	bool ok;

	memset(out, 0, sizeof *out);
	if (strlen(typed) > QUERY_MAX_BYTES)
		return error_set(err, ERROR_INVALID, "The search is too long: at most %d bytes.", QUERY_MAX_BYTES);
	if (!text_is_utf8(typed, strlen(typed)))
		return error_set(err, ERROR_INVALID, "The search is not UTF-8 text.");
	struct plan *p = arena_alloc(a, sizeof *p);
	query_parse(a, typed, &q);
	out->simplified = q.simplified;
	p->columns = columns_of(s, db, err);
	if (!p->columns)
		return false;
	p->scopes = visible_scopes(db, a, p->columns);
	plan_make(s, a, typed, &q, p, out);
	filter_make(s, a, &f, p->columns, rq, rq->type && *rq->type ? rq->type : q.type);
	if (f.impossible || (!p->match && *typed && q.n > 0))
		ok = true; /* excluded words alone find nothing */
	else if (p->match)
		ok = match_index(db, p, &f, &h, err);
	else
		ok = match_all(p, &f, &h);
	if (ok) {
		out->total = (int64_t)h.n;
		hits_sort(&h, hits_wanted(rq), p->match || rq->sort != SEARCH_BY_RELEVANCE ? rq->sort : SEARCH_BY_TITLE);
		facets_make(a, &f, out);
		ok = hits_read(db, a, p, &h, rq, out, err);
		out->suggestion = suggestion_of(s, a, p->columns, typed, &q);
	}
	if (ok && *typed) {
		metrics_add(s->metrics, METRIC_SEARCHES, 1);
		metrics_add(s->metrics, METRIC_SEARCHES_EMPTY, out->total == 0);
	}
	free(h.items);
	columns_release(p->columns);
	return ok;
}

void search_count_into(struct search *s, struct metrics *m)
{
	s->metrics = m;
}

/* ---- suggestions while typing ---- */

static bool suggest_records(struct db *db, struct arena *a, const struct columns *c, const bool *scopes,
	const char *tokens, size_t max, struct search_suggestion *out, size_t *n, struct error *err)
{
	struct hits h = { 0 };
	struct buf match = BUF_INIT;
	const char *key = text_sort_key(a, tokens);
	size_t key_len = strlen(key);
	struct query q;
	bool ok;

	/* title : "every" AND "wor" * */
	buf_str(&match, "title : (");
	for (const char *w = tokens; *w;) {
		size_t length = strcspn(w, " ");

		query_quote(&match, arena_strndup(a, w, length));
		w += length;
		buf_str(&match, *w ? " AND " : " * )");
		w += *w == ' ';
	}
	db_query_system(db, &q, "SELECT rowid FROM main.record_fts WHERE record_fts MATCH :match LIMIT :limit");
	q_text(&q, ":match", buf_text(&match));
	q_int(&q, ":limit", SUGGEST_ROWS_MAX);
	while (q_row(&q)) {
		const struct column_row *r = columns_row(c, q_col_int(&q, 0));

		if (r && scopes[r->scope] && scopes[c->space_scope[r->space]])
			hits_add(&h, r, (strncmp(r->sort_key, key, key_len) == 0 ? 1000.0 : 0.0) - r->length[COLUMN_TITLE]);
	}
	ok = q_done(&q, err);
	buf_finish(&match);
	hits_sort(&h, max, SEARCH_BY_RELEVANCE);
	for (size_t i = 0; ok && i < h.n && *n < max; i++) {
		struct record *r;
		size_t found;

		ok = record_by_nums(db, a, &h.items[i].row->num, 1, &r, &found, err);
		if (ok && found)
			out[(*n)++] = (struct search_suggestion){ .text = r->title, .type = r->type, .record = r };
	}
	free(h.items);
	return ok;
}

static void suggest_term(struct search_suggestion *out, size_t *n, size_t max, const char *text)
{
	for (size_t i = 0; i < *n; i++)
		if (text_equal_nocase(out[i].text, text))
			return;
	if (*n < max)
		out[(*n)++] = (struct search_suggestion){ .text = text, .type = "term" };
}

bool search_suggest(struct search *s, struct db *db, struct arena *a, const char *typed, size_t max,
	struct search_suggestion **out, size_t *n, struct error *err)
{
	size_t n_tokens, n_entries;

	*n = 0;
	*out = arena_array(a, max, sizeof **out);
	if (strlen(typed) > QUERY_MAX_BYTES || !text_is_utf8(typed, strlen(typed)))
		return error_set(err, ERROR_INVALID, "The text is not UTF-8 or too long.");
	const char *tokens = query_tokens(a, typed, strlen(typed), QUERY_MAX_TOKENS, &n_tokens);
	size_t length = strlen(tokens);
	if (length < 2)
		return true;
	struct columns *c = columns_of(s, db, err);
	if (!c)
		return false;
	bool ok = suggest_records(db, a, c, visible_scopes(db, a, c), tokens, max > 3 ? max - 2 : max, *out, n, err);
	const struct thesaurus_entry *entries = thesaurus_entries(s->thesaurus, &n_entries);
	for (size_t i = 0; ok && i < n_entries; i++)
		if (strncmp(entries[i].term, tokens, length) == 0)
			suggest_term(*out, n, max, entries[i].shown);
	if (ok && n_tokens == 1)
		for (const struct vocabulary_word *w = vocabulary_at(c, tokens);
			w && w < c->vocabulary + c->n_vocabulary && strncmp(w->word, tokens, length) == 0; w++)
			if (w->df > 1 && strlen(w->word) > length)
				suggest_term(*out, n, max, arena_strdup(a, w->word));
	columns_release(c);
	return ok;
}

/* ---- the vocabulary ---- */

static int by_word(const void *x, const void *y)
{
	return strcmp(*(char *const *)x, *(char *const *)y);
}

/* The distinct words of a text as a JSON array, so that one statement takes
 * them all. The tokens are letters and digits, which JSON takes as they are. */
static const char *words_json(struct arena *a, const char *text)
{
	size_t n, used = 0;
	char *tokens = query_tokens(a, text, strlen(text), SIZE_MAX, &n), *save = NULL;
	char **list = arena_array(a, n, sizeof *list);
	struct buf json = BUF_INIT;

	for (char *t = strtok_r(tokens, " ", &save); t; t = strtok_r(NULL, " ", &save))
		if (strlen(t) > 2 && strlen(t) < 40 && strspn(t, "0123456789") == 0)
			list[used++] = t;
	if (used)
		qsort(list, used, sizeof *list, by_word);
	for (size_t i = 0; i < used; i++)
		if (i == 0 || strcmp(list[i], list[i - 1]) != 0)
			buf_printf(&json, "%c\"%s\"", i ? ',' : '[', list[i]);
	buf_str(&json, used ? "]" : "[]");
	const char *out = arena_strdup(a, buf_text(&json));
	buf_finish(&json);
	return out;
}

static bool words_count(struct db *w, const char *words, int step, struct error *err)
{
	struct query q;

	db_query_system(w, &q, "INSERT INTO search_word (word, df) SELECT value, :step FROM json_each(:words) "
		"WHERE true ON CONFLICT (word) DO UPDATE SET df = df + :step");
	q_text(&q, ":words", words);
	q_int(&q, ":step", step);
	return q_run(&q, err);
}

bool search_words_changed(struct db *w, const char *old_text, const char *new_text, struct error *err)
{
	struct arena *a = arena_create();
	const char *old_words = old_text ? words_json(a, old_text) : NULL;
	struct query q;
	bool ok = (!old_words || words_count(w, old_words, -1, err)) &&
		(!new_text || words_count(w, words_json(a, new_text), 1, err));

	if (ok && old_words) {
		db_query_system(w, &q, "DELETE FROM search_word WHERE df < 1 "
			"AND word IN (SELECT value FROM json_each(:words))");
		q_text(&q, ":words", old_words);
		ok = q_run(&q, err);
	}
	arena_destroy(a);
	return ok;
}
