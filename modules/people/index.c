/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What search finds of people: a text for the network, and one for each of the
 * person's spaces, each with just the fields that are for it. */
#include "person.h"

#define AT_A_TIME 200 /* people in one write */

struct row {
	struct person_entry e;
	const char *name;
	bool disabled;
	const char *spaces[64];
	size_t n_spaces;
	const char *national;
};

static bool read_entry(struct db *w, struct arena *a, const char *id, struct row *r, struct error *err)
{
	struct query q;

	db_query(w, &q, "SELECT a.name, e.role, e.title, e.organization, e.topics, e.languages, e.phone, e.email, e.zone, "
		"e.about_text, a.disabled_us, (SELECT group_concat(DISTINCT m.team) FROM main.membership m "
		"WHERE m.account_id = a.id AND m.team IS NOT NULL), (SELECT id FROM main.space WHERE kind = 'national') "
		"FROM main.account a LEFT JOIN main.person_entry e ON e.account_id = a.id WHERE a.id = :id");
	q_text(&q, ":id", id);
	while (q_row(&q)) {
		for (int i = 0; i < PERSON_FIELDS; i++)
			r->e.fields[i] = person_text(&q, a, i);
		r->name = r->e.fields[FIELD_NAME];
		r->disabled = q_col_int(&q, PERSON_FIELDS) != 0;
		if (!*r->e.fields[FIELD_ROLE])
			r->e.fields[FIELD_ROLE] = person_text(&q, a, PERSON_FIELDS + 1);
		r->national = q_col_text(&q, a, PERSON_FIELDS + 2);
	}
	return q_done(&q, err);
}

static bool read_row(struct db *w, struct arena *a, const char *id, struct row *r, struct error *err)
{
	struct query q;

	for (int i = 0; i < PERSON_FIELDS; i++)
		r->e.consent[i] = person_consent_usual(i);
	if (!read_entry(w, a, id, r, err))
		return false;
	db_query(w, &q, "SELECT field, audience FROM main.person_consent WHERE account_id = :id");
	q_text(&q, ":id", id);
	while (q_row(&q)) {
		const char *field = q_col_text(&q, a, 0), *audience = q_col_text(&q, a, 1);

		for (int i = 0; i < PERSON_FIELDS; i++)
			for (int k = 0; strcmp(person_field_words[i], field) == 0 && k < PERSON_CONSENTS; k++)
				if (strcmp(person_consent_words[k], audience) == 0)
					r->e.consent[i] = k;
	}
	if (!q_done(&q, err))
		return false;
	db_query(w, &q, "SELECT DISTINCT space_id FROM main.membership WHERE account_id = :id ORDER BY space_id LIMIT 64");
	q_text(&q, ":id", id);
	while (q_row(&q))
		r->spaces[r->n_spaces++] = q_col_text(&q, a, 0);
	return q_done(&q, err);
}

/* The words of all fields that are for that many. */
static const char *words_of(struct arena *a, const struct row *r, enum person_consent at_least)
{
	const char *text = "";

	for (int i = FIELD_ROLE; i < PERSON_FIELDS; i++) {
		const char *value = r->e.fields[i];

		if (!*value || r->e.consent[i] < at_least || i == FIELD_ZONE)
			continue;
		if (i == FIELD_ROLE)
			value = person_role_names(a, value);
		text = arena_printf(a, "%s%s%s", text, *text ? ". " : "", person_lines(a, value));
	}
	return text;
}

static bool put(struct db *w, struct arena *a, const char *id, const char *version, const struct row *r,
	const char *space_id,
	const char *scope, enum person_consent at_least, struct error *err)
{
	struct search_text t = { .kind = "person", .id = arena_printf(a, "%s%s", id, version), .space_id = space_id,
		.scope = scope,
		.path = arena_printf(a, "/people/%s", id), .title = r->name, .body = words_of(a, r, at_least),
		.at_us = clock_now_us() };

	return search_text_put(w, &t, err);
}

bool person_index(struct db *w, struct arena *a, const char *id, struct error *err)
{
	struct row *r = arena_alloc(a, sizeof *r);
	enum person_consent name;
	struct query q;
	bool ok = true;

	db_query(w, &q, "DELETE FROM search_text WHERE kind = 'person' AND id >= :id AND id < :id || ';'");
	q_text(&q, ":id", id);
	if (!q_run(&q, err))
		return false;
	db_query(w, &q, "DELETE FROM person_stale WHERE account_id = :id");
	q_text(&q, ":id", id);
	if (!q_run(&q, err) || !read_row(w, a, id, r, err))
		return false;
	name = r->e.consent[FIELD_NAME];
	if (!r->name || r->disabled || !r->n_spaces || name == CONSENT_NOBODY)
		return true;
	if (name >= CONSENT_NETWORK && r->national)
		ok = put(w, a, id, "", r, r->national, "network", CONSENT_NETWORK, err);
	for (size_t i = 0; ok && i < r->n_spaces; i++)
		ok = put(w, a, id, arena_printf(a, ":%zu", i + 1), r, r->spaces[i], arena_printf(a, "s:%s", r->spaces[i]),
			CONSENT_SPACE, err);
	return ok;
}

/* ---- what became stale ---- */

struct some {
	struct arena *arena;
	bool more;
};

static bool index_some(struct db *w, void *arg, struct error *err)
{
	struct some *s = arg;
	const char *ids[AT_A_TIME];
	struct query q;
	size_t n = 0;
	bool ok;

	db_query(w, &q, "SELECT account_id FROM main.person_stale ORDER BY account_id LIMIT :n");
	q_int(&q, ":n", AT_A_TIME);
	while (q_row(&q))
		ids[n++] = q_col_text(&q, s->arena, 0);
	ok = q_done(&q, err);
	for (size_t i = 0; ok && i < n; i++)
		ok = person_index(w, s->arena, ids[i], err);
	s->more = n == AT_A_TIME;
	return ok;
}

enum job_result person_index_job(struct engine *e, struct db *db, const struct job_row *job, struct error *err)
{
	struct some s = { .more = true };
	bool ok = true;

	(void)db;
	(void)job;
	while (ok && s.more) {
		s.arena = arena_create();
		ok = store_write_aside(e->store, &viewer_system, index_some, &s, err);
		arena_destroy(s.arena);
	}
	return ok ? JOB_GOOD : JOB_AGAIN;
}

/* Whoever goes with the space leaves nothing here, even if their account's row has to stay. */
bool person_purge(struct db *w, struct space_purge *p, struct error *err)
{
	struct query q;

	db_query(w, &q, "DELETE FROM person_entry WHERE account_id IN (SELECT m.account_id FROM membership m "
		"WHERE m.space_id = :space AND NOT EXISTS (SELECT 1 FROM membership o WHERE o.account_id = m.account_id "
		"AND o.space_id <> :space))");
	q_text(&q, ":space", p->space_id);
	while (q_row(&q))
		;
	purge_count(p, "entries in the directory of people", q_changes(&q));
	if (!q_done(&q, err))
		return false;
	db_query(w, &q, "DELETE FROM person_consent WHERE account_id IN (SELECT m.account_id FROM membership m "
		"WHERE m.space_id = :space AND NOT EXISTS (SELECT 1 FROM membership o WHERE o.account_id = m.account_id "
		"AND o.space_id <> :space))");
	q_text(&q, ":space", p->space_id);
	return q_run(&q, err);
}
