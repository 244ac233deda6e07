/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Releases: SQL only. */
#include "release.h"

/* ---- for viewers ---- */

#define COLUMNS "id, indicator, label, year, quarter, rules, dictionary, published_us, sha256, shown "

static void read_release(struct query *q, struct arena *a, struct release *r)
{
	r->id = q_col_text(q, a, 0);
	r->indicator = q_col_text(q, a, 1);
	r->label = q_col_text(q, a, 2);
	r->year = (int)q_col_int(q, 3);
	r->quarter = (int)q_col_int(q, 4);
	r->rules = q_col_text(q, a, 5);
	r->dictionary = (int)q_col_int(q, 6);
	r->published_us = q_col_int(q, 7);
	r->sha256 = q_col_text(q, a, 8);
	r->any = q_col_int(q, 9) != 0;
}

bool release_list(struct db *db, struct arena *a, const char *indicator, struct release **out, size_t *n,
	struct error *err)
{
	struct query q;

	*out = NULL;
	*n = 0;
	db_query(db, &q, "SELECT " COLUMNS ", count(*) OVER () FROM v_release WHERE :indicator IS NULL OR "
		"indicator = :indicator ORDER BY year DESC, quarter = 0 DESC, quarter DESC, indicator");
	q_text(&q, ":indicator", indicator);
	while (q_row(&q)) {
		if (!*out)
			*out = arena_array(a, (size_t)q_col_int(&q, 10), sizeof **out);
		read_release(&q, a, &(*out)[(*n)++]);
	}
	return q_done(&q, err);
}

static bool read_one(struct query *q, struct arena *a, struct release **out, struct error *err)
{
	*out = NULL;
	while (q_row(q)) {
		*out = arena_alloc(a, sizeof **out);
		read_release(q, a, *out);
		(*out)->json = q_col_text(q, a, 10);
	}
	return q_done(q, err);
}

bool release_get(struct db *db, struct arena *a, const char *id, struct release **out, struct error *err)
{
	struct query q;

	db_query(db, &q, "SELECT " COLUMNS ", json FROM v_release WHERE id = :id");
	q_text(&q, ":id", id);
	return read_one(&q, a, out, err) &&
		(*out || error_set(err, ERROR_NOT_FOUND, "There is no such release, or it is not open to you."));
}

bool release_newest(struct db *db, struct arena *a, const char *indicator, struct release **out, struct error *err)
{
	struct query q;

	db_query(db, &q, "SELECT " COLUMNS ", json FROM v_release WHERE indicator = :indicator AND quarter <> 0 "
		"ORDER BY year DESC, quarter DESC LIMIT 1");
	q_text(&q, ":indicator", indicator);
	return read_one(&q, a, out, err);
}

bool release_own_groups(struct db *db, struct arena *a, const char *space_id, int year, struct release_group **out,
	size_t *n, struct error *err)
{
	struct query q;

	*out = NULL;
	*n = 0;
	db_query(db, &q, "SELECT scheme, name, count(*) OVER () FROM v_peer_group WHERE member_space = :space "
		"AND year = :year ORDER BY scheme, name");
	q_text(&q, ":space", space_id);
	q_int(&q, ":year", year);
	while (q_row(&q)) {
		if (!*out)
			*out = arena_array(a, (size_t)q_col_int(&q, 2), sizeof **out);
		(*out)[(*n)++] = (struct release_group){ q_col_text(&q, a, 0), q_col_text(&q, a, 1) };
	}
	return q_done(&q, err);
}

/* ---- for the system ---- */

bool release_members(struct db *w, struct arena *a, struct release_member **out, size_t *n, struct error *err)
{
	struct query q;

	*out = NULL;
	*n = 0;
	db_query(w, &q, "INSERT INTO peer_member (member_space) SELECT id FROM space WHERE kind NOT IN "
		"('national', 'leadership') AND id NOT IN (SELECT member_space FROM peer_member) ORDER BY id");
	if (!q_run(&q, err))
		return false;
	db_query(w, &q, "SELECT number, member_space, count(*) OVER () FROM peer_member ORDER BY number");
	while (q_row(&q)) {
		if (!*out)
			*out = arena_array(a, (size_t)q_col_int(&q, 2), sizeof **out);
		(*out)[(*n)++] = (struct release_member){ q_col_int(&q, 0), q_col_text(&q, a, 1) };
	}
	return q_done(&q, err);
}

bool release_facts(struct db *w, struct arena *a, const char *space_id, int64_t *people, const char **profile_json,
	struct error *err)
{
	struct query q;

	*people = 0;
	*profile_json = NULL;
	db_query(w, &q, "SELECT coalesce((SELECT value FROM figure WHERE space_id = s.id AND indicator = 'population' "
		"ORDER BY period DESC LIMIT 1), s.population, 0), (SELECT details_json FROM record WHERE space_id = s.id "
		"AND type = 'profile' ORDER BY slug LIMIT 1) FROM space s WHERE s.id = :space");
	q_text(&q, ":space", space_id);
	while (q_row(&q)) {
		*people = q_col_int(&q, 0);
		*profile_json = q_col_text(&q, a, 1);
	}
	return q_done(&q, err);
}

bool release_groups(struct db *w, struct arena *a, int year, struct release_list_of **out, size_t *n, struct error *err)
{
	unsigned *numbers = NULL;
	struct query q;

	*out = NULL;
	*n = 0;
	db_query(w, &q, "SELECT scheme, name, number, count(*) OVER () FROM peer_group WHERE year = :year "
		"ORDER BY scheme, name, number");
	q_int(&q, ":year", year);
	for (size_t i = 0; q_row(&q); i++) {
		const char *scheme = q_col_text(&q, a, 0), *name = q_col_text(&q, a, 1);

		if (!numbers) {
			numbers = arena_array(a, (size_t)q_col_int(&q, 3), sizeof *numbers);
			*out = arena_array(a, (size_t)q_col_int(&q, 3), sizeof **out);
		}
		if (*n == 0 || strcmp((*out)[*n - 1].scheme, scheme) != 0 || strcmp((*out)[*n - 1].name, name) != 0)
			(*out)[(*n)++] = (struct release_list_of){ scheme, name, &numbers[i], 0 };
		numbers[i] = (unsigned)q_col_int(&q, 2);
		(*out)[*n - 1].n++;
	}
	return q_done(&q, err);
}

bool release_groups_freeze(struct db *w, int year, const struct release_list_of *groups, size_t n, struct error *err)
{
	bool ok = true;

	for (size_t i = 0; ok && i < n; i++)
		for (size_t k = 0; ok && k < groups[i].n; k++) {
			struct query q;

			db_query(w, &q, "INSERT INTO peer_group (year, scheme, name, number) VALUES (:year, :scheme, :name, :number)");
			q_int(&q, ":year", year);
			q_text(&q, ":scheme", groups[i].scheme);
			q_text(&q, ":name", groups[i].name);
			q_int(&q, ":number", groups[i].members[k]);
			ok = q_run(&q, err);
		}
	return ok;
}

bool release_ledger(struct db *w, struct arena *a, const char *indicator, const char ***json, size_t *n,
	struct error *err)
{
	struct query q;

	*json = NULL;
	*n = 0;
	db_query(w, &q, "SELECT ledger, count(*) OVER () FROM release WHERE indicator = :indicator "
		"ORDER BY year, quarter = 0, quarter");
	q_text(&q, ":indicator", indicator);
	while (q_row(&q)) {
		if (!*json)
			*json = arena_array(a, (size_t)q_col_int(&q, 1), sizeof **json);
		(*json)[(*n)++] = q_col_text(&q, a, 0);
	}
	return q_done(&q, err);
}

bool release_exists(struct db *w, const char *indicator, const char *label, bool *exists, struct error *err)
{
	struct query q;

	*exists = false;
	db_query(w, &q, "SELECT 1 FROM release WHERE indicator = :indicator AND label = :label");
	q_text(&q, ":indicator", indicator);
	q_text(&q, ":label", label);
	while (q_row(&q))
		*exists = true;
	return q_done(&q, err);
}

bool release_first_month(struct db *w, struct arena *a, struct period *out, struct error *err)
{
	const char *first = NULL;
	struct query q;

	*out = (struct period){ 0, 0 };
	db_query(w, &q, "SELECT min(period) FROM figure WHERE length(period) = 7");
	while (q_row(&q))
		first = q_col_text(&q, a, 0);
	if (first)
		period_parse(first, out);
	return q_done(&q, err);
}

bool release_add(struct db *w, const struct release *r, const char *ledger, struct error *err)
{
	struct query q;

	db_query(w, &q, "INSERT INTO release (id, indicator, label, year, quarter, rules, dictionary, published_us, sha256, "
		"shown, json, ledger) VALUES (:id, :indicator, :label, :year, :quarter, :rules, :dictionary, :published, "
		":sha256, :shown, :json, :ledger)");
	q_text(&q, ":id", r->id);
	q_text(&q, ":indicator", r->indicator);
	q_text(&q, ":label", r->label);
	q_int(&q, ":year", r->year);
	q_int(&q, ":quarter", r->quarter);
	q_text(&q, ":rules", r->rules);
	q_int(&q, ":dictionary", r->dictionary);
	q_int(&q, ":published", r->published_us);
	q_text(&q, ":sha256", r->sha256);
	q_int(&q, ":shown", r->any);
	q_text(&q, ":json", r->json);
	q_text(&q, ":ledger", ledger);
	return q_run(&q, err);
}
