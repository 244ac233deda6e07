/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Search over texts that are no records. */
#include "search_text.h"
#include <string.h>
#include "module.h"
#include "query.h"
#include "search.h"
#include "store_system.h"
#include "text.h"
#include "thesaurus.h"

#define PHRASES_MAX 64

const struct migration search_text_migrations[] = {
	{ 1,
	"CREATE TABLE search_text ("
	"	num INTEGER PRIMARY KEY, kind TEXT NOT NULL, id TEXT NOT NULL,"
	"	space_id TEXT NOT NULL REFERENCES space (id), scope TEXT NOT NULL, path TEXT NOT NULL,"
	"	title TEXT NOT NULL, body TEXT NOT NULL, at_us INTEGER NOT NULL,"
	"	UNIQUE (kind, id)) STRICT;"
	"CREATE INDEX search_text_by_space ON search_text (space_id);"
	"CREATE VIRTUAL TABLE search_text_fts USING fts5 (title, body, content = 'search_text', content_rowid = 'num',"
	"	tokenize = 'porter unicode61 remove_diacritics 2');"
	"CREATE TRIGGER search_text_insert AFTER INSERT ON search_text BEGIN"
	"	INSERT INTO search_text_fts (rowid, title, body) VALUES (NEW.num, NEW.title, NEW.body);"
	"END;"
	"CREATE TRIGGER search_text_delete AFTER DELETE ON search_text BEGIN"
	"	INSERT INTO search_text_fts (search_text_fts, rowid, title, body)"
	"	VALUES ('delete', OLD.num, OLD.title, OLD.body);"
	"END;"
	"CREATE TRIGGER search_text_update AFTER UPDATE OF title, body ON search_text BEGIN"
	"	INSERT INTO search_text_fts (search_text_fts, rowid, title, body)"
	"	VALUES ('delete', OLD.num, OLD.title, OLD.body);"
	"	INSERT INTO search_text_fts (rowid, title, body) VALUES (NEW.num, NEW.title, NEW.body);"
	"END;" },
	{ 0, NULL }
};

/* ---- writing ---- */

bool search_text_put(struct db *w, const struct search_text *t, struct error *err)
{
	struct query q;

	db_query_system(w, &q, "INSERT INTO search_text (kind, id, space_id, scope, path, title, body, at_us) "
		"VALUES (:kind, :id, :space, :scope, :path, :title, :body, :at) ON CONFLICT (kind, id) DO UPDATE SET "
		"space_id = excluded.space_id, scope = excluded.scope, path = excluded.path, title = excluded.title, "
		"body = excluded.body, at_us = excluded.at_us");
	q_text(&q, ":kind", t->kind);
	q_text(&q, ":id", t->id);
	q_text(&q, ":space", t->space_id);
	q_text(&q, ":scope", t->scope);
	q_text(&q, ":path", t->path);
	q_text(&q, ":title", t->title);
	q_text(&q, ":body", t->body);
	q_int(&q, ":at", t->at_us);
	return q_run(&q, err);
}

bool search_text_remove(struct db *w, const char *kind, const char *id, struct error *err)
{
	struct query q;

	db_query_system(w, &q, "DELETE FROM search_text WHERE kind = :kind AND id = :id");
	q_text(&q, ":kind", kind);
	q_text(&q, ":id", id);
	return q_run(&q, err);
}

/* ---- the query ---- */

struct words_plan {
	struct buf match;
	int n_phrases;
	uint32_t concept[PHRASES_MAX]; /* of each phrase, in the index's own count: the bit of what was typed */
};

static void add_phrase(struct words_plan *p, const char *text, bool prefix, size_t concept)
{
	if (p->n_phrases == PHRASES_MAX)
		return;
	buf_str(&p->match, p->match.len ? " OR " : "");
	query_quote(&p->match, text);
	buf_str(&p->match, prefix ? " *" : "");
	p->concept[p->n_phrases++] = 1u << concept;
}

static void add_term(const struct thesaurus *thesaurus, struct words_plan *p, const struct query_term *t, size_t concept)
{
	const struct thesaurus_entry *entry = t->quoted ? NULL : thesaurus_find(thesaurus, t->text), *all;
	size_t n;

	add_phrase(p, t->text, t->prefix, concept);
	if (!entry)
		return;
	all = thesaurus_entries(thesaurus, &n);
	for (size_t i = 0; i < n; i++)
		if (all[i].group == entry->group && &all[i] != entry)
			add_phrase(p, all[i].term, false, concept);
}

/* NULL: nothing to look for. */
static const char *plan_make(const struct search *s, struct arena *a, const char *typed, struct words_plan *p)
{
	struct search_query q;
	struct buf excluded = BUF_INIT;
	const char *match = NULL;

	query_parse(a, typed, &q);
	for (size_t i = 0; i < q.n_included; i++)
		if (!q.terms[i].weak)
			add_term(search_thesaurus(s), p, &q.terms[i], i);
	for (size_t i = q.n_included; i < q.n; i++) {
		buf_str(&excluded, excluded.len ? " OR " : "");
		query_quote(&excluded, q.terms[i].text);
		buf_str(&excluded, q.terms[i].prefix ? " *" : "");
	}
	if (p->match.len)
		match = excluded.len ? arena_printf(a, "(%s) NOT (%s)", buf_text(&p->match), buf_text(&excluded)) :
			arena_strdup(a, buf_text(&p->match));
	buf_finish(&excluded);
	buf_finish(&p->match);
	return match;
}

static int bits(uint32_t set)
{
	int n = 0;

	for (; set; set &= set - 1)
		n++;
	return n;
}

/* FTS5 auxiliary function rank_words(table, plan): how many of the typed words the row has, and how many of
 * them in its title. Of the row alone: no other row, seen or not, changes it. */
static void rank_words(const Fts5ExtensionApi *api, Fts5Context *fts, sqlite3_context *ctx, int argc, sqlite3_value **argv)
{
	const struct words_plan *p = argc == 1 ? sqlite3_value_pointer(argv[0], "words_plan") : NULL;
	uint32_t anywhere = 0, in_title = 0;
	int n = 0, rc;

	if (!p) {
		sqlite3_result_error(ctx, "rank_words wants its plan", -1);
		return;
	}
	rc = api->xInstCount(fts, &n);
	for (int i = 0; rc == SQLITE_OK && i < n; i++) {
		int phrase, column, offset;

		rc = api->xInst(fts, i, &phrase, &column, &offset);
		if (rc != SQLITE_OK || phrase >= p->n_phrases)
			continue; /* of an excluded term */
		anywhere |= p->concept[phrase];
		in_title |= column == 0 ? p->concept[phrase] : 0;
	}
	if (rc == SQLITE_OK)
		sqlite3_result_int(ctx, 2 * bits(anywhere) + bits(in_title));
	else
		sqlite3_result_error_code(ctx, rc);
}

bool search_text_attach(struct db *db, void *fts5, struct error *err)
{
	fts5_api *api = fts5;
	int rc = api->xCreateFunction(api, "rank_words", NULL, rank_words, NULL);

	return rc == SQLITE_OK || db_error(db, rc, "rank_words", err);
}

#define VISIBLE "FROM main.search_text_fts f JOIN main.search_text t ON t.num = f.rowid JOIN main.space s ON s.id = t.space_id " \
	"WHERE search_text_fts MATCH :match AND t.scope IN (SELECT token FROM temp.viewer_scope) " \
	"AND (:kind IS NULL OR t.kind = :kind) AND (:space IS NULL OR t.space_id = :space) " \
	"AND NOT EXISTS (SELECT 1 FROM main.search_text o WHERE o.kind = t.kind AND o.id > t.id " \
	"AND o.id < substr(t.id, 1, 36) || ';' AND substr(o.id, 1, 36) = substr(t.id, 1, 36) " \
	"AND (:space IS NULL OR o.space_id = :space) AND o.scope IN (SELECT token FROM temp.viewer_scope)) "

static void bind(struct query *q, const char *match, const char *kind, const char *space_id)
{
	q_text(q, ":match", match);
	q_text(q, ":kind", kind);
	q_text(q, ":space", space_id);
}

static bool count(struct db *db, const char *match, const char *kind, const char *space_id, int64_t *total,
	struct error *err)
{
	struct query q;

	db_query_system(db, &q, "SELECT count(*) FROM (SELECT 1 " VISIBLE "LIMIT :most)");
	bind(&q, match, kind, space_id);
	q_int(&q, ":most", SEARCH_TEXT_COUNTED);
	while (q_row(&q))
		*total = q_col_int(&q, 0);
	return q_done(&q, err);
}

bool search_text_find(struct search *s, struct db *db, struct arena *a, const char *typed, const char *kind,
	const char *space_id, int limit, int offset, struct search_text_hit **out, size_t *n, int64_t *total,
	struct error *err)
{
	struct words_plan plan = { .match = BUF_INIT };
	size_t room = limit > 0 ? (size_t)limit : 1;
	const char *match = typed ? plan_make(s, a, typed, &plan) : NULL;
	struct query q;

	*out = arena_array(a, room, sizeof **out);
	*n = 0;
	if (total)
		*total = 0;
	if (!match)
		return true;
	db_query_system(db, &q, "SELECT t.kind, t.id, s.slug, s.short_name, t.path, "
		"highlight(search_text_fts, 0, char(2), char(3)), "
		"replace(snippet(search_text_fts, 1, char(2), char(3), '…', 32), char(10), ' '), t.at_us " VISIBLE
		"ORDER BY rank_words(search_text_fts, :plan) DESC, t.at_us DESC, t.num LIMIT :limit OFFSET :offset");
	bind(&q, match, kind, space_id);
	q_int(&q, ":limit", (int64_t)room);
	q_int(&q, ":offset", offset);
	if (q.rc == SQLITE_OK && q.stmt)
		sqlite3_bind_pointer(q.stmt, sqlite3_bind_parameter_index(q.stmt, ":plan"), &plan, "words_plan", NULL);
	while (*n < room && q_row(&q))
		(*out)[(*n)++] = (struct search_text_hit){ .kind = q_col_text(&q, a, 0), .id = q_col_text(&q, a, 1),
			.space_slug = q_col_text(&q, a, 2), .space_name = q_col_text(&q, a, 3), .path = q_col_text(&q, a, 4),
			.title = html_highlight(a, q_col_text(&q, a, 5)), .passage = html_highlight(a, q_col_text(&q, a, 6)),
			.at_us = q_col_int(&q, 7) };
	return q_done(&q, err) && (!total || count(db, match, kind, space_id, total, err));
}

const char *search_text_label(const struct engine *e, const char *kind)
{
	for (const struct module *const *m = e->modules; *m; m++)
		for (const char *const (*k)[2] = (*m)->search_kinds; k && (*k)[0]; k++)
			if (strcmp((*k)[0], kind) == 0)
				return (*k)[1];
	return NULL;
}
