/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Who is told of what, and what search finds of a request. */
#include "help.h"

static bool find_national(struct db *w, struct arena *a, const char **id, struct error *err)
{
	struct query q;

	*id = "";
	db_query(w, &q, "SELECT id FROM space WHERE slug = '" SPACE_NATIONAL "'");
	while (q_row(&q))
		*id = q_col_text(&q, a, 0);
	return q_done(&q, err);
}

/* Held by those for whom it is: members of the space, of the national office its editors. */
static const char *scope_of(struct arena *a, const char *space_id, const char *national)
{
	return arena_printf(a, "%s:%s", strcmp(space_id, national) == 0 ? "e" : "s", space_id);
}

bool help_tell(struct db *w, const struct help_by *by, const char *account_id, const char *space_id,
	const char *title,
	const char *path, const char *about, struct error *err)
{
	const char *national;

	if (!account_id || strcmp(account_id, by->rq->account->id) == 0)
		return true;
	if (!find_national(w, by->rq->arena, &national, err))
		return false;
	/* As long as the person is a member of the space for which it is told. */
	return notification_add(w, by->rq->engine, &(struct notification_new){ .account_id = account_id,
		.kind = "help-change",
		.space_id = space_id, .scope = scope_of(by->rq->arena, space_id, national), .title = title, .path = path,
		.about = about }, err);
}

/* The national office's editors; and of those jurisdictions that it was put before, who may act for them.
 * Each is told once of a request, also when it is put before more of them later. */
bool help_tell_new(struct db *w, const struct help_by *by, const char *id, const char *title,
	struct error *err)
{
	struct arena *a = by->rq->arena;
	const char **accounts = NULL, **spaces = NULL, *national;
	size_t n = 0;
	struct query q;

	if (!find_national(w, a, &national, err))
		return false;
	db_query(w, &q, "SELECT m.account_id, coalesce(max(CASE WHEN s.id = :national THEN s.id END), "
		"min(m.space_id)), count(*) OVER () FROM membership m JOIN space s ON s.id = m.space_id "
		"JOIN account p ON p.id = m.account_id JOIN help_request r ON r.id = :id WHERE p.disabled_us = 0 AND "
		"m.account_id <> :me AND "
		"((s.id = :national AND m.role IN ('editor', 'space-admin')) OR (m.role <> 'reader' AND s.id <> "
		"r.about_space "
		"AND s.kind NOT IN ('national', 'leadership') AND (r.audience = 'network' OR (r.audience = 'named' AND "
		"EXISTS "
		"(SELECT 1 FROM help_named x WHERE x.request_id = r.id AND x.named_space = s.id))))) GROUP BY "
		"m.account_id");
	q_text(&q, ":id", id);
	q_text(&q, ":me", by->rq->account->id);
	q_text(&q, ":national", national);
	while (q_row(&q)) {
		if (!accounts) {
			accounts = arena_array(a, (size_t)q_col_int(&q, 2), sizeof *accounts);
			spaces = arena_array(a, (size_t)q_col_int(&q, 2), sizeof *spaces);
		}
		accounts[n] = q_col_text(&q, a, 0);
		spaces[n++] = q_col_text(&q, a, 1);
	}
	if (!q_done(&q, err))
		return false;
	for (size_t i = 0; i < n; i++)
		if (!notification_add(w, by->rq->engine, &(struct notification_new){ .account_id = accounts[i],
		.kind = "help-request",
			.space_id = spaces[i], .scope = scope_of(a, spaces[i], national), .key = arena_printf(a,
			"help-request:%s", id),
			.title = arena_printf(a, "%s asks for help: %s", by->rq->account->name, title),
			.path = arena_printf(a, "/help/%s", id), .about = id }, err))
			return false;
	return true;
}

static bool put(struct db *w, const struct help_by *by, const char *id, const char *space_id,
	size_t number, const char *scope,
	const struct help_text *t, struct error *err)
{
	struct arena *a = by->rq->arena;

	return search_text_put(w, &(struct search_text){ .kind = "help", .id = number ? arena_printf(a, "%s:%zu",
		id, number) : id,
		.space_id = space_id, .scope = scope, .path = arena_printf(a, "/help/%s", id), .title = t->title,
		.body = t->prose.text,
		.at_us = clock_now_us() }, err);
}

bool help_index(struct db *w, const struct help_by *by, const char *id, const char *space_id,
	const struct help_text *t, struct error *err)
{
	struct arena *a = by->rq->arena;
	const char *national;
	size_t n = 0;

	for (size_t i = 0; i <= HELP_NAMED_MAX + 1; i++)
		if (!search_text_remove(w, "help", i ? arena_printf(a, "%s:%zu", id, i) : id, err))
			return false;
	if (t->audience == HELP_TO_NETWORK)
		return put(w, by, id, space_id, 0, "network", t, err);
	if (!find_national(w, a, &national, err) ||
		!put(w, by, id, space_id, n++, arena_printf(a, "s:%s", space_id), t, err) ||
		!put(w, by, id, space_id, n++, arena_printf(a, "e:%s", national), t, err))
		return false;
	for (size_t i = 0; t->audience == HELP_TO_NAMED && i < t->n_named; i++)
		if (!put(w, by, id, space_id, n++, arena_printf(a, "s:%s", t->named[i]), t, err))
			return false;
	return true;
}
