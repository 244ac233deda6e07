/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Peers: SQL only. A field of what a jurisdiction says of itself has a scope token
 * of its own, so that the view shows it to those whom it was chosen for. */
#include "peers.h"

/* peer_saved.peer_space is no foreign key on purpose: what follows keys is exported for a space, and what others
 * note about it is none of its own. */
const struct migration peers_migrations[] = {
	{ 1,
	"CREATE TABLE peer_about ("
	"	space_id TEXT NOT NULL PRIMARY KEY REFERENCES space (id),"
	"	version INTEGER NOT NULL, changed_us INTEGER NOT NULL, account_name TEXT NOT NULL) STRICT;"
	"CREATE TABLE peer_about_field ("
	"	space_id TEXT NOT NULL REFERENCES space (id), field TEXT NOT NULL, value TEXT NOT NULL, scope TEXT NOT "
	"NULL,"
	"	PRIMARY KEY (space_id, field)) STRICT, WITHOUT ROWID;"
	"CREATE TABLE peer_saved ("
	"	id TEXT NOT NULL PRIMARY KEY, about_space TEXT NOT NULL REFERENCES space (id), account_id TEXT NOT NULL,"
	"	peer_space TEXT NOT NULL, note TEXT NOT NULL,"
	"	shared INTEGER NOT NULL, version INTEGER NOT NULL, saved_us INTEGER NOT NULL,"
	"	UNIQUE (account_id, about_space, peer_space)) STRICT;"
	"CREATE INDEX peer_saved_by_space ON peer_saved (about_space);" },
	{ 0, NULL }
};

#define HOLDS(token) token " IN (SELECT token FROM temp.viewer_scope)"
const struct view_def peers_views[] = {
	{ "v_peer_about", "CREATE TEMP VIEW v_peer_about AS SELECT x.* FROM main.peer_about x WHERE " HOLDS("'s:' "
		"|| x.space_id") },
	{ "v_peer_about_field", "CREATE TEMP VIEW v_peer_about_field AS SELECT x.* FROM main.peer_about_field x "
	"WHERE " HOLDS("x.scope") },
	/* Whoever leaves the space sees neither the list nor the own entries in it any more. */
	{ "v_peer_saved", "CREATE TEMP VIEW v_peer_saved AS SELECT x.id, x.about_space, x.account_id, a.name AS "
		"account_name, "
		"x.peer_space, s.slug AS peer_slug, s.short_name AS peer_name, s.sort_key, x.note, x.shared, x.version, "
		"x.saved_us, "
		HOLDS("'a:' || x.account_id") " AS mine FROM main.peer_saved x JOIN main.space s ON s.id = x.peer_space "
		"LEFT JOIN main.account a ON a.id = x.account_id WHERE " HOLDS("'s:' || x.about_space")
		" AND " HOLDS("s.scope")
		" AND (x.shared = 1 OR " HOLDS("'a:' || x.account_id") ")" },
	{ NULL, NULL }
};

static const char *const field_words[PEER_FIELDS] = { "strategy", "stage", "call-in", "offers" };
static const char *const consent_words[] = { "nobody", "network", "public" };

const char *peer_consent_word(enum peer_consent c)
{
	return consent_words[c];
}

bool peer_consent_parse(const char *word, enum peer_consent *out)
{
	for (int c = CONSENT_NOBODY; word && c <= CONSENT_PUBLIC; c++)
		if (strcmp(consent_words[c], word) == 0) {
			*out = (enum peer_consent)c;
			return true;
		}
	return false;
}

static enum peer_consent consent_of(const char *scope)
{
	return strcmp(scope, "public") == 0 ? CONSENT_PUBLIC : strcmp(scope, "network") == 0 ? CONSENT_NETWORK :
		CONSENT_NOBODY;
}

static int field_of(const char *word)
{
	int f = 0;

	while (f < PEER_FIELDS && strcmp(field_words[f], word) != 0)
		f++;
	return f;
}

/* ---- what a jurisdiction says of itself ---- */

bool peer_about_get(struct db *db, struct arena *a, const char *space_id, struct peer_about *out,
	struct error *err)
{
	struct query q;

	*out = (struct peer_about){ .version = 0 };
	db_query(db, &q, "SELECT field, value, scope FROM v_peer_about_field WHERE space_id = :space");
	q_text(&q, ":space", space_id);
	while (q_row(&q)) {
		int f = field_of(q_col_text(&q, a, 0));

		if (f == PEER_FIELDS)
			continue;
		out->value[f] = q_col_text(&q, a, 1);
		out->consent[f] = consent_of(q_col_text(&q, a, 2));
	}
	if (!q_done(&q, err))
		return false;
	db_query(db, &q, "SELECT version, changed_us, account_name FROM v_peer_about WHERE space_id = :space");
	q_text(&q, ":space", space_id);
	while (q_row(&q)) {
		out->version = q_col_int(&q, 0);
		out->changed_us = q_col_int(&q, 1);
		out->account_name = q_col_text(&q, a, 2);
	}
	return q_done(&q, err);
}

static bool put_field(struct db *w, const char *space_id, int f, const char *value,
	enum peer_consent consent, struct error *err)
{
	static const enum audience audiences[] = { AUDIENCE_SPACE, AUDIENCE_NETWORK, AUDIENCE_PUBLIC };
	char scope[SCOPE_SIZE];
	struct query q;

	db_query(w, &q, "DELETE FROM peer_about_field WHERE space_id = :space AND field = :field");
	q_text(&q, ":space", space_id);
	q_text(&q, ":field", field_words[f]);
	if (!q_run(&q, err) || !value || !*value)
		return !value || !*value;
	scope_token(audiences[consent], space_id, NULL, scope);
	db_query(w, &q, "INSERT INTO peer_about_field (space_id, field, value, scope) VALUES (:space, :field, "
		":value, :scope)");
	q_text(&q, ":space", space_id);
	q_text(&q, ":field", field_words[f]);
	q_text(&q, ":value", value);
	q_text(&q, ":scope", scope);
	return q_run(&q, err);
}

static bool next_version(struct db *w, const char *space_id, const struct peer_about *about,
	const char *account_name,
	struct error *err)
{
	struct query q;
	bool same, ok;

	db_query(w, &q, "INSERT INTO peer_about (space_id, version, changed_us, account_name) SELECT :space, 1, "
		":now, :name "
		"WHERE :version = 0 OR EXISTS (SELECT 1 FROM peer_about WHERE space_id = :space) "
		"ON CONFLICT (space_id) DO UPDATE SET version = version + 1, changed_us = excluded.changed_us, "
		"account_name = excluded.account_name WHERE version = :version");
	q_text(&q, ":space", space_id);
	q_int(&q, ":now", clock_now_us());
	q_text(&q, ":name", account_name);
	q_int(&q, ":version", about->version);
	ok = q_run_changed(&q, &same, err);
	return ok && (same || error_set(err, ERROR_CONFLICT, "Someone else has changed this meanwhile."));
}

bool peer_about_save(struct db *w, const char *space_id, const struct peer_about *about,
	const char *account_name,
	struct error *err)
{
	if (!next_version(w, space_id, about, account_name, err))
		return false;
	for (int f = 0; f < PEER_FIELDS; f++)
		if (!put_field(w, space_id, f, about->value[f], about->consent[f], err))
			return false;
	return true;
}

/* ---- what is known ---- */

static struct peer *peer_of(struct peer *list, size_t n, const char *id, const char *slug)
{
	for (size_t i = 0; i < n; i++)
		if (id ? strcmp(list[i].space->id, id) == 0 : slug && strcmp(list[i].space->slug, slug) == 0)
			return &list[i];
	return NULL;
}

static void begin_peer(struct request *rq, struct peer *p, const struct space *s)
{
	*p = (struct peer){ .space = s, .facts = { .people = s->population, .band = -1, .months = -1 } };
	if (s->population > 0)
		p->from[PEER_POPULATION] = s->population_year ? arena_printf(rq->arena,
		"population of %lld, as its page has it",
			(long long)s->population_year) : "as its page has it";
}

/* Counts that others published: the average of the last three years of which there are both. */
static bool read_public(struct request *rq, struct peer *list, size_t n, struct error *err)
{
	struct arena *a = rq->arena;
	const char *place = "";
	int64_t last = 0, deaths = 0, people = 0;
	struct query q;
	int years = 0;

	db_query(rq->db, &q, "SELECT h.place, h.year, h.value, p.value, h.source FROM v_figure_public h "
		"JOIN v_figure_public p ON p.place = h.place AND p.year = h.year AND p.indicator = 'population' AND "
		"p.value > 0 "
		"WHERE h.indicator = 'homicides' ORDER BY h.place, h.year DESC");
	while (q_row(&q)) {
		const char *this = q_col_text(&q, a, 0);
		struct peer *p;

		if (strcmp(this, place) != 0) {
			place = this;
			last = q_col_int(&q, 1);
			deaths = people = years = 0;
		}
		if (years == 3 || !(p = peer_of(list, n, NULL, this)))
			continue;
		years++;
		deaths += q_col_int(&q, 2);
		people += q_col_int(&q, 3);
		p->facts.band = peer_band(1e5 * (double)deaths / (double)people);
		p->from[PEER_PROBLEM] = q_col_int(&q, 1) == last ? arena_printf(a, "%s, %lld", q_col_text(&q, a, 4),
			(long long)last) :
			arena_printf(a, "%s, %lld to %lld", q_col_text(&q, a, 4), (long long)q_col_int(&q, 1), (long long)last);
	}
	return q_done(&q, err);
}

static enum peer_stage stage_of_profile(const char *word)
{
	static const struct { const char *word; enum peer_stage stage; } all[] = { { "planned", PEER_PLANNING },
		{ "implemented", PEER_RUNNING }, { "sustained", PEER_SUSTAINING }, { "ended", PEER_PAUSED },
		{ "restarted", PEER_RESTARTING } };

	for (size_t i = 0; word && i < sizeof all / sizeof *all; i++)
		if (strcmp(all[i].word, word) == 0)
			return all[i].stage;
	return PEER_STAGE_UNKNOWN;
}

static int strategy_bit(const char *word, size_t n)
{
	return n == 14 && strncmp(word, "group-violence", n) == 0 ? PEER_GROUP_VIOLENCE :
		n == 11 && strncmp(word, "drug-market", n) == 0 ? PEER_DRUG_MARKET : 0;
}

static void use_profile(struct peer *p, const char *details_json)
{
	json_t *details = json_loads(details_json, 0, NULL);
	const json_t *work;
	size_t i;

	json_array_foreach(json_object_get(details, "strategies"), i, work) {
		const char *strategy = json_string_value(json_object_get(work, "strategy"));

		p->facts.strategies |= strategy ? strategy_bit(strategy, strlen(strategy)) : 0;
		if (p->facts.stage == PEER_STAGE_UNKNOWN)
			p->facts.stage = stage_of_profile(json_string_value(json_object_get(work, "stage")));
	}
	json_decref(details);
	if (p->facts.strategies)
		p->from[PEER_STRATEGY] = "its profile";
	if (p->facts.stage != PEER_STAGE_UNKNOWN)
		p->from[PEER_STAGE] = "its profile";
}

static bool read_profiles(struct request *rq, struct peer *list, size_t n, struct error *err)
{
	struct query q;

	db_query(rq->db, &q, "SELECT space_id, slug, details_json FROM v_record WHERE type = 'profile' "
		"AND audience IN ('public', 'network') ORDER BY slug");
	while (q_row(&q)) {
		struct peer *p = peer_of(list, n, q_col_text(&q, rq->arena, 0), NULL);

		if (!p || p->profile)
			continue;
		p->profile = q_col_text(&q, rq->arena, 1);
		use_profile(p, q_col_text(&q, rq->arena, 2));
	}
	return q_done(&q, err);
}

static int strategies_parse(const char *words)
{
	int bits = 0;

	for (const char *w = words; *w; w += strspn(w, " ")) {
		size_t n = strcspn(w, " ");

		bits |= strategy_bit(w, n);
		w += n;
	}
	return bits;
}

static void use_field(struct peer *p, int f, const char *value, int64_t now_us)
{
	static const char said[] = "as it says itself";

	switch (f) {
	case FIELD_STRATEGY:
		p->facts.strategies = strategies_parse(value);
		p->from[PEER_STRATEGY] = said;
		break;
	case FIELD_STAGE:
		p->facts.stage = peer_stage_parse(value);
		p->from[PEER_STAGE] = said;
		break;
	case FIELD_CALL_IN:
		p->facts.months = peer_months(value, now_us);
		p->from[PEER_CALL_IN] = p->facts.months < 0 ? NULL : said;
		break;
	case FIELD_OFFERS:
		p->offers = value;
		break;
	default:
		break;
	}
}

static bool read_fields(struct request *rq, const char *own, struct peer *list, size_t n, struct error *err)
{
	int64_t now = clock_now_us();
	struct query q;

	db_query(rq->db, &q, "SELECT space_id, field, value FROM v_peer_about_field "
		"WHERE space_id = :own OR scope IN ('network', 'public') ORDER BY space_id, field");
	q_text(&q, ":own", own);
	while (q_row(&q)) {
		struct peer *p = peer_of(list, n, q_col_text(&q, rq->arena, 0), NULL);

		if (p)
			use_field(p, field_of(q_col_text(&q, rq->arena, 1)), q_col_text(&q, rq->arena, 2), now);
	}
	return q_done(&q, err);
}

bool peers_read(struct request *rq, const char *own, struct peer **out, size_t *n, struct error *err)
{
	struct space *spaces;
	size_t all;

	*n = 0;
	if (!space_list(rq->db, rq->arena, &spaces, &all, err))
		return false;
	*out = arena_array(rq->arena, all ? all : 1, sizeof **out);
	for (size_t i = 0; i < all; i++)
		if (space_is_jurisdiction(&spaces[i]))
			begin_peer(rq, &(*out)[(*n)++], &spaces[i]);
	return read_public(rq, *out, *n, err) && read_profiles(rq, *out, *n, err) && read_fields(rq, own, *out,
		*n, err);
}

/* ---- one's list ---- */

#define SAVED "id, account_id, coalesce(account_name, 'someone'), peer_space, peer_slug, peer_name, note, shared, mine, version, saved_us "

static void read_saved(struct query *q, struct arena *a, struct peer_saved *s)
{
	*s = (struct peer_saved){ .id = q_col_text(q, a, 0), .account_id = q_col_text(q, a, 1), .account_name = q_col_text(q, a, 2),
		.peer_id = q_col_text(q, a, 3), .peer_slug = q_col_text(q, a, 4), .peer_name = q_col_text(q, a, 5),
		.note = q_col_text(q, a, 6), .shared = q_col_int(q, 7) != 0, .mine = q_col_int(q, 8) != 0,
		.version = q_col_int(q, 9), .saved_us = q_col_int(q, 10) };
}

bool peer_saved_list(struct db *db, struct arena *a, const char *space_id, const char *peer_id,
	struct peer_saved **out,
	size_t *n, struct error *err)
{
	struct query q;

	*out = NULL;
	*n = 0;
	db_query(db, &q, "SELECT " SAVED ", count(*) OVER () FROM v_peer_saved WHERE about_space = :space "
		"AND (:peer IS NULL OR peer_space = :peer) ORDER BY mine DESC, sort_key, saved_us, id");
	q_text(&q, ":space", space_id);
	q_text(&q, ":peer", peer_id);
	while (q_row(&q)) {
		if (!*out)
			*out = arena_array(a, (size_t)q_col_int(&q, 11), sizeof **out);
		read_saved(&q, a, &(*out)[(*n)++]);
	}
	return q_done(&q, err);
}

bool peer_saved_get(struct db *db, struct arena *a, const char *space_id, const char *id,
	struct peer_saved **out,
	struct error *err)
{
	struct query q;

	*out = NULL;
	db_query(db, &q, "SELECT " SAVED "FROM v_peer_saved WHERE about_space = :space AND id = :id AND mine");
	q_text(&q, ":space", space_id);
	q_text(&q, ":id", id);
	while (q_row(&q)) {
		*out = arena_alloc(a, sizeof **out);
		read_saved(&q, a, *out);
	}
	if (!q_done(&q, err))
		return false;
	return *out || error_absent(err);
}

bool peer_saved_add(struct db *w, const char *space_id, const char *account_id, const char *peer_id,
	const char *note,
	bool shared, char id[ID_SIZE], struct error *err)
{
	int64_t there = 0, same = 0;
	struct query q;

	db_query(w, &q, "SELECT count(*), coalesce(sum(peer_space = :peer), 0) FROM peer_saved WHERE account_id = "
		":account "
		"AND about_space = :space");
	q_text(&q, ":peer", peer_id);
	q_text(&q, ":account", account_id);
	q_text(&q, ":space", space_id);
	while (q_row(&q)) {
		there = q_col_int(&q, 0);
		same = q_col_int(&q, 1);
	}
	if (!q_done(&q, err))
		return false;
	if (same)
		return error_set(err, ERROR_CONFLICT, "It is on your list already.");
	if (there >= PEER_SAVED_MAX)
		return error_set(err, ERROR_CONFLICT, "Your list is full: %d jurisdictions. Remove one first.",
		PEER_SAVED_MAX);
	id_new(id);
	db_query(w, &q, "INSERT INTO peer_saved (id, about_space, account_id, peer_space, note, shared, version, "
		"saved_us) "
		"VALUES (:id, :space, :account, :peer, :note, :shared, 1, :now)");
	q_text(&q, ":id", id);
	q_text(&q, ":space", space_id);
	q_text(&q, ":account", account_id);
	q_text(&q, ":peer", peer_id);
	q_text(&q, ":note", note);
	q_int(&q, ":shared", shared);
	q_int(&q, ":now", clock_now_us());
	return q_run(&q, err);
}

bool peer_saved_change(struct db *w, const char *id, const char *account_id, int64_t version,
	const char *note, bool shared,
	struct error *err)
{
	struct query q;

	db_query(w, &q, "UPDATE peer_saved SET note = :note, shared = :shared, version = version + 1, saved_us = "
		":now "
		"WHERE id = :id AND account_id = :account AND version = :version");
	q_text(&q, ":note", note);
	q_int(&q, ":shared", shared);
	q_int(&q, ":now", clock_now_us());
	q_text(&q, ":id", id);
	q_text(&q, ":account", account_id);
	q_int(&q, ":version", version);
	bool same, ok = q_run_changed(&q, &same, err);
	return ok && (same || error_set(err, ERROR_CONFLICT, "You have changed this note elsewhere meanwhile."));
}

bool peer_saved_remove(struct db *w, const char *id, const char *account_id, struct error *err)
{
	struct query q;

	db_query(w, &q, "DELETE FROM peer_saved WHERE id = :id AND account_id = :account");
	q_text(&q, ":id", id);
	q_text(&q, ":account", account_id);
	return q_run(&q, err);
}

bool peers_purge(struct db *w, struct space_purge *p, struct error *err)
{
	struct query q;

	db_query(w, &q, "DELETE FROM peer_saved WHERE peer_space = :space");
	q_text(&q, ":space", p->space_id);
	return q_run(&q, err);
}
