/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Saved searches run again, as the person who saved them, for what is new. */
#include "own.h"
#include <stdlib.h>

#define TITLES_SHOWN 10

static const char *param(const json_t *query, const char *name)
{
	return json_string_value(json_object_get(query, name));
}

/* ---- running ---- */

static bool run_records(struct engine *e, struct db *db, struct arena *a, const struct saved_search *s, const json_t *query,
	struct saved_hit *out, size_t *n, struct error *err)
{
	static const char *const names[] = { "q", "type", "strategy", "jurisdiction", "evidence", "year" };
	const char *scope = param(query, "scope");
	struct search_request sr = { .library_only = strcmp(s->place, "library") == 0, .sort = SEARCH_BY_NEWEST,
		.limit = SAVED_HITS, .bare = true };
	struct search_result result;

	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		search_choose(&sr, names[i], param(query, names[i]));
	if (!s->national && !(scope && strcmp(scope, "network") == 0))
		sr.within = s->space_slug;
	if (!search_run(e->search, db, a, &sr, &result, err))
		return false;
	for (size_t i = 0; i < result.n; i++) {
		const struct record *r = &result.hits[i].record;
		const struct record_type *t = engine_type(e, r->type);

		out[(*n)++] = (struct saved_hit){ r->id, r->title, r->space_slug,
			arena_printf(a, "/%s/%s", t ? t->plural : r->type, r->slug), r->modified_us };
	}
	return true;
}

/* Without the marks of what was searched for. */
static const char *plain_title(struct arena *a, const char *html)
{
	struct buf b = BUF_INIT;
	char *text;

	for (const char *s = html; *s; s++)
		if (*s == '<')
			s += strcspn(s, ">");
		else if (*s == '&') {
			static const char *const entities[][2] = { { "&amp;", "&" }, { "&lt;", "<" }, { "&gt;", ">" },
				{ "&quot;", "\"" }, { "&#39;", "'" } };

			for (size_t i = 0; i < sizeof entities / sizeof *entities; i++)
				if (strncmp(s, entities[i][0], strlen(entities[i][0])) == 0)
					buf_str(&b, entities[i][1]);
			s += strcspn(s, ";");
		} else {
			buf_char(&b, *s);
		}
	text = arena_strdup(a, buf_text(&b));
	buf_finish(&b);
	return text;
}

/* Those of the search page: the library has none. */
static bool run_texts(struct engine *e, struct db *db, struct arena *a, const struct saved_search *s, const json_t *query,
	struct saved_hit *out, size_t *n, struct error *err)
{
	static const char *const of_records[] = { "type", "strategy", "jurisdiction", "year", "evidence" };
	const char *scope = param(query, "scope");
	bool within = !s->national && !(scope && strcmp(scope, "network") == 0);
	struct search_text_hit *hits;
	size_t n_hits;

	for (size_t i = 0; i < sizeof of_records / sizeof *of_records; i++)
		if (strcmp(s->place, "search") != 0 || param(query, of_records[i]))
			return true;
	if (!search_text_find(e->search, db, a, param(query, "q"), NULL, within ? s->space_id : NULL, SAVED_HITS, 0, &hits,
		&n_hits, NULL, err))
		return false;
	for (size_t i = 0; i < n_hits; i++)
		out[(*n)++] = (struct saved_hit){ arena_printf(a, "%s:%s", hits[i].kind, hits[i].id),
			plain_title(a, hits[i].title.html), hits[i].space_slug, hits[i].path, hits[i].at_us };
	return true;
}

bool search_saved_run(struct engine *e, struct db *db, struct arena *a, const struct saved_search *s, struct saved_hit **out,
	size_t *n, struct error *err)
{
	json_t *query = json_owned(a, json_loads(s->query, 0, NULL));

	*out = arena_array(a, 2 * SAVED_HITS, sizeof **out);
	*n = 0;
	return run_records(e, db, a, s, query, *out, n, err) && run_texts(e, db, a, s, query, *out, n, err);
}

/* ---- the job ---- */

struct telling {
	struct engine *engine;
	struct arena *arena;
	const struct saved_search *search;
	const struct saved_hit *hits;
	size_t n;
	int64_t now_us;
};

/* The title holds no word of what was found: who may not see it any more would still see the title. */
static bool write_told(struct db *w, void *arg, struct error *err)
{
	const struct telling *t = arg;
	const struct saved_search *s = t->search;
	size_t fresh;

	if (!search_saved_note(w, s->id, t->hits, t->n, s->run_us, t->now_us, &fresh, err))
		return false;
	struct notification_new n = { .account_id = s->account_id, .kind = "saved-search", .space_id = s->space_id,
		.title = arena_printf(t->arena, "%zu new for your search “%s”", fresh, s->name),
		.path = arena_printf(t->arena, "/me/searches/%s", s->id),
		.about = arena_printf(t->arena, "%s.%lld", s->id, (long long)t->now_us),
		.chosen = true, .way = s->alert };
	return fresh == 0 || notification_add(w, t->engine, &n, err);
}

static bool look_for(struct engine *e, struct db *db, struct arena *a, const struct saved_search *which, struct error *err)
{
	struct telling t = { .engine = e, .arena = a, .now_us = clock_now_us() };
	struct saved_search *s = NULL;
	struct saved_hit *hits = NULL;
	struct account *account;
	bool ok;

	if (!account_get(db, a, which->account_id, &account, err))
		return false;
	if (account->disabled_us)
		return true;
	if (!db_begin(db, account_viewer(a, account), err))
		return false;
	ok = search_saved_get(db, a, which->id, &s, err) && search_saved_run(e, db, a, s, &hits, &t.n, err);
	db_end(db);
	if (!ok && err && err->kind == ERROR_NOT_FOUND) {
		error_clear(err); /* deleted meanwhile, or of a space that the person has left */
		return true;
	}
	t.search = s;
	t.hits = hits;
	return ok && store_write_aside(e->store, &viewer_system, write_told, &t, err);
}

enum job_result search_saved_job(struct engine *e, struct db *db, const struct job_row *job, struct error *err)
{
	struct arena *all = arena_create(), *one = arena_create();
	struct saved_search *list;
	bool ok;
	size_t n;

	(void)job;
	ok = search_saved_with_alert(db, all, &list, &n, err);
	for (size_t i = 0; ok && i < n && !atomic_load(&e->stopping); i++) {
		ok = look_for(e, db, one, &list[i], err);
		arena_reset(one);
	}
	arena_destroy(one);
	arena_destroy(all);
	return ok ? JOB_GOOD : JOB_AGAIN;
}

/* ---- in a mail ---- */

static bool is_told(const char *const *keys, size_t n, const char *key)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(keys[i], key) == 0)
			return true;
	return false;
}

/* Titles of what was new then and the person may read now. */
bool search_saved_letter(struct engine *e, struct db *db, struct arena *a, const struct notification *n, struct mail *m,
	bool *skip, struct error *err)
{
	const char *about = n->about && strlen(n->about) > 37 ? n->about : NULL, *id = about ? arena_strndup(a, about, 36) : "";
	struct saved_search *s;
	struct saved_hit *hits;
	struct buf b = BUF_INIT;
	const char **keys;
	size_t n_hits, n_keys, shown = 0;

	*skip = true;
	if (!search_saved_get(db, a, id, &s, err)) {
		if (err->kind != ERROR_NOT_FOUND)
			return false;
		error_clear(err);
		return true;
	}
	if (!search_saved_run(e, db, a, s, &hits, &n_hits, err) ||
		!search_saved_told(db, a, id, about ? strtoll(about + 37, NULL, 10) : 0, &keys, &n_keys, err))
		return false;
	for (size_t i = 0; i < n_hits; i++)
		if (is_told(keys, n_keys, hits[i].key) && shown++ < TITLES_SHOWN)
			buf_printf(&b, "%s- %s", b.len ? "\n\n" : "", hits[i].title);
	if (shown > TITLES_SHOWN)
		buf_printf(&b, "\n\nand %zu more", shown - TITLES_SHOWN);
	m->text = arena_strdup(a, buf_text(&b));
	buf_finish(&b);
	*skip = shown == 0;
	return true;
}
