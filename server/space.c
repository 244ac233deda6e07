/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Spaces: the unit of tenancy. */
#include "space.h"
#include <string.h>
#include "content.h"
#include "store_system.h"
#include "text.h"

const struct migration space_migrations[] = {
	{ 1,
	"CREATE TABLE space ("
	"	id TEXT NOT NULL PRIMARY KEY,"
	"	slug TEXT NOT NULL UNIQUE,"
	"	kind TEXT NOT NULL CHECK (kind IN"
	"		('national', 'leadership', 'city', 'county', 'state', 'multi')),"
	"	audience TEXT NOT NULL, scope TEXT NOT NULL,"
	"	name TEXT NOT NULL, short_name TEXT NOT NULL, sort_key TEXT NOT NULL,"
	"	region TEXT, host TEXT UNIQUE, accent TEXT, tagline TEXT,"
	"	leadership INTEGER NOT NULL, lat REAL, lon REAL,"
	"	population INTEGER NOT NULL, population_year INTEGER NOT NULL,"
	"	welcome_html TEXT NOT NULL, details_json TEXT NOT NULL,"
	"	source TEXT NOT NULL, sha256 TEXT NOT NULL,"
	"	version INTEGER NOT NULL, modified_us INTEGER NOT NULL"
	") STRICT;" },
	{ 0, NULL }
};

const struct view_def space_views[] = {
	{ "v_space", "CREATE TEMP VIEW v_space AS SELECT * FROM main.space "
		"WHERE scope IN (SELECT token FROM temp.viewer_scope)" },
	{ NULL, NULL }
};

#define SPACE_COLUMNS \
	"id, slug, kind, name, short_name, region, host, accent, tagline, welcome_html, details_json, " \
	"leadership, lat IS NOT NULL AND lon IS NOT NULL, lat, lon, population, population_year, audience "

static void space_read(struct query *q, struct arena *a, struct space *s)
{
	int i = 0;

	s->id = q_col_text(q, a, i++);
	s->slug = q_col_text(q, a, i++);
	s->kind = q_col_text(q, a, i++);
	s->name = q_col_text(q, a, i++);
	s->short_name = q_col_text(q, a, i++);
	s->region = q_col_text(q, a, i++);
	s->host = q_col_text(q, a, i++);
	s->accent = q_col_text(q, a, i++);
	s->tagline = q_col_text(q, a, i++);
	s->welcome_html = q_col_text(q, a, i++);
	s->details_json = q_col_text(q, a, i++);
	s->leadership = q_col_int(q, i++);
	s->located = q_col_int(q, i++);
	s->lat = q_col_real(q, i++);
	s->lon = q_col_real(q, i++);
	s->population = q_col_int(q, i++);
	s->population_year = q_col_int(q, i++);
	s->audience = audience_parse(q_col_text(q, a, i++));
}

bool space_is_national(const struct space *s)
{
	return strcmp(s->kind, "national") == 0;
}

bool space_is_jurisdiction(const struct space *s)
{
	return !space_is_national(s) && strcmp(s->kind, "leadership") != 0;
}

bool space_by_slug(struct db *db, struct arena *a, const char *slug, struct space **out,
	struct error *err)
{
	struct query q;

	*out = NULL;
	db_query(db, &q, "SELECT " SPACE_COLUMNS "FROM v_space WHERE slug = :slug");
	q_text(&q, ":slug", slug);
	while (q_row(&q))
		space_read(&q, a, *out = arena_alloc(a, sizeof **out));
	if (!q_done(&q, err))
		return false;
	return *out || error_set(err, ERROR_NOT_FOUND, "There is no such space in the network.");
}

bool space_by_host(struct db *db, struct arena *a, const char *host, struct space **out,
	struct error *err)
{
	struct query q;

	*out = NULL;
	db_query(db, &q, "SELECT " SPACE_COLUMNS "FROM v_space WHERE host = :host");
	q_text(&q, ":host", host);
	while (q_row(&q))
		space_read(&q, a, *out = arena_alloc(a, sizeof **out));
	return q_done(&q, err);
}

/* Ends the query. */
static bool read_list(struct query *q, struct arena *a, struct space **out, size_t *n, struct error *err)
{
	size_t room = 64;

	*n = 0;
	*out = arena_array(a, room, sizeof **out);
	while (q_row(q)) {
		if (*n == room) {
			struct space *more = arena_array(a, room * 2, sizeof *more);

			memcpy(more, *out, room * sizeof *more);
			*out = more;
			room *= 2;
		}
		space_read(q, a, &(*out)[(*n)++]);
	}
	return q_done(q, err);
}

bool space_list(struct db *db, struct arena *a, struct space **out, size_t *n, struct error *err)
{
	struct query q;

	db_query(db, &q, "SELECT " SPACE_COLUMNS "FROM v_space ORDER BY sort_key, id");
	return read_list(&q, a, out, n, err);
}

bool space_list_all(struct db *db, struct arena *a, struct space **out, size_t *n, struct error *err)
{
	struct query q;

	db_query_system(db, &q, "SELECT " SPACE_COLUMNS "FROM main.space ORDER BY sort_key, id");
	return read_list(&q, a, out, n, err);
}

/* ---- saving ---- */

static bool space_find(struct db *w, const char *slug, char id[ID_SIZE], char sha256[65],
	struct arena *a, struct error *err)
{
	struct query q;
	const char *text;

	id[0] = sha256[0] = '\0';
	db_query(w, &q, "SELECT id, sha256 FROM space WHERE slug = :slug");
	q_text(&q, ":slug", slug);
	while (q_row(&q)) {
		if ((text = q_col_text(&q, a, 0)))
			strncat(id, text, ID_SIZE - 1);
		if ((text = q_col_text(&q, a, 1)))
			strncat(sha256, text, 64);
	}
	return q_done(&q, err);
}

/* The records of a space cannot be more open than it is. */
static bool check_narrowed(struct db *w, const char *id, const char *slug, struct error *err)
{
	struct query q;
	int64_t n = 0;

	db_query(w, &q, "SELECT count(*) FROM record WHERE space_id = :id AND audience = 'public'");
	q_text(&q, ":id", id);
	while (q_row(&q))
		n = q_col_int(&q, 0);
	if (!q_done(&q, err))
		return false;
	return n == 0 || error_set(err, ERROR_CONFLICT, "The space '%s' has public records (%lld), "
		"so it must be public.", slug, (long long)n);
}

/* A host name leads to one space. */
static bool check_host(struct db *w, struct arena *a, const char *id, const char *host, struct error *err)
{
	struct query q;
	const char *owner = NULL;

	db_query(w, &q, "SELECT slug FROM space WHERE host = :host AND id <> :id");
	q_text(&q, ":host", host);
	q_text(&q, ":id", id);
	while (q_row(&q))
		owner = q_col_text(&q, a, 0);
	if (!q_done(&q, err))
		return false;
	return !owner || error_set(err, ERROR_CONFLICT, "The host name %s is already that of the space '%s'.",
		host, owner);
}

bool space_save(struct db *w, struct arena *a, const struct content_doc *doc, enum saved *how,
	struct error *err)
{
	struct query q;
	char id[ID_SIZE], sha256[65], scope[SCOPE_SIZE];
	enum audience audience = audience_parse(doc->audience);

	if (!space_find(w, doc->slug, id, sha256, a, err))
		return false;
	*how = !id[0] ? SAVED_ADDED : strcmp(sha256, doc->sha256) == 0 ? SAVED_UNCHANGED : SAVED_CHANGED;
	if (*how == SAVED_UNCHANGED)
		return true;
	if (*how == SAVED_ADDED)
		id_new(id);
	if (!check_host(w, a, id, doc->host, err))
		return false;
	scope_token(audience, id, id, scope);
	db_query(w, &q,
		"INSERT INTO space (id, slug, kind, audience, scope, name, short_name, sort_key, region, "
		"host, accent, tagline, leadership, lat, lon, population, population_year, welcome_html, "
		"details_json, source, sha256, version, modified_us) VALUES (:id, :slug, :kind, :audience, "
		":scope, :name, :short_name, :sort_key, :region, :host, :accent, :tagline, :leadership, "
		":lat, :lon, :population, :population_year, :welcome_html, :details_json, :source, :sha256, "
		"1, :now) ON CONFLICT (id) DO UPDATE SET kind = excluded.kind, "
		"audience = excluded.audience, scope = excluded.scope, name = excluded.name, "
		"short_name = excluded.short_name, sort_key = excluded.sort_key, region = excluded.region, "
		"host = excluded.host, accent = excluded.accent, tagline = excluded.tagline, "
		"leadership = excluded.leadership, lat = excluded.lat, lon = excluded.lon, "
		"population = excluded.population, population_year = excluded.population_year, "
		"welcome_html = excluded.welcome_html, details_json = excluded.details_json, "
		"source = excluded.source, sha256 = excluded.sha256, version = version + 1, "
		"modified_us = excluded.modified_us");
	q_text(&q, ":id", id);
	q_text(&q, ":slug", doc->slug);
	q_text(&q, ":kind", doc->kind);
	q_text(&q, ":audience", doc->audience);
	q_text(&q, ":scope", scope);
	q_text(&q, ":name", doc->name);
	q_text(&q, ":short_name", doc->short_name);
	q_text(&q, ":sort_key", text_sort_key(a, doc->name));
	q_text(&q, ":region", doc->region);
	q_text(&q, ":host", doc->host);
	q_text(&q, ":accent", doc->accent);
	q_text(&q, ":tagline", doc->tagline);
	q_int(&q, ":leadership", doc->leadership);
	if (doc->located) {
		q_real(&q, ":lat", doc->lat);
		q_real(&q, ":lon", doc->lon);
	}
	q_int(&q, ":population", doc->population);
	q_int(&q, ":population_year", doc->population_year);
	q_text(&q, ":welcome_html", doc->body_html);
	q_text(&q, ":details_json", doc->details_json);
	q_text_n(&q, ":source", doc->source, doc->source_len);
	q_text(&q, ":sha256", doc->sha256);
	q_int(&q, ":now", clock_now_us());
	return q_run(&q, err) && (audience == AUDIENCE_PUBLIC || check_narrowed(w, id, doc->slug, err));
}
