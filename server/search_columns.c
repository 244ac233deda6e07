/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Loads what search keeps in memory, and caches document frequencies. */
#include "search_columns.h"
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include "arena.h"
#include "store_system.h"

#define FREQUENCIES_MAX 20000

struct frequency {
	char *phrase;
	int64_t df;
};

struct frequencies {
	pthread_mutex_t mutex;
	struct frequency *slots; /* open addressing */
	size_t room, n;
};

/* ---- words ---- */

uint32_t words_find(const struct words *w, const char *s)
{
	for (size_t i = 1; s && i < w->n; i++)
		if (strcmp(w->items[i], s) == 0)
			return (uint32_t)i;
	return 0;
}

static uint32_t words_append(struct words *w, struct arena *a, const char *s)
{
	if (w->n == w->room) {
		const char **more = arena_array(a, w->room * 2, sizeof *more);

		memcpy(more, w->items, w->n * sizeof *more);
		w->items = more;
		w->room *= 2;
	}
	w->items[w->n] = arena_strdup(a, s);
	return (uint32_t)w->n++;
}

static uint32_t words_add(struct words *w, struct arena *a, const char *s)
{
	uint32_t id;

	if (w->n == 0) {
		w->room = 64;
		w->items = arena_array(a, w->room, sizeof *w->items);
		w->items[w->n++] = "";
	}
	if (!s || !*s)
		return 0;
	id = words_find(w, s);
	return id ? id : words_append(w, a, s);
}

/* ---- loading ---- */

static int32_t issued_number(const char *s)
{
	int32_t y = 0, m = 0, d = 0;

	if (!s)
		return 0;
	y = (int32_t)strtol(s, NULL, 10);
	if (strlen(s) >= 7)
		m = (int32_t)strtol(s + 5, NULL, 10);
	if (strlen(s) >= 10)
		d = (int32_t)strtol(s + 8, NULL, 10);
	return y * 10000 + m * 100 + d;
}

static uint16_t strategy_bits(struct columns *c, const char *words)
{
	char copy[200], *save = NULL;
	uint16_t bits = 0;

	if (!words || strlen(words) >= sizeof copy)
		return 0;
	strcpy(copy, words);
	for (char *w = strtok_r(copy, " ", &save); w; w = strtok_r(NULL, " ", &save)) {
		uint32_t id = words_add(&c->strategies, c->arena, w);

		if (id < COLUMNS_STRATEGIES_MAX)
			bits |= (uint16_t)(1u << id);
	}
	return bits;
}

static bool load_spaces(struct columns *c, struct db *db, struct error *err)
{
	struct query q;
	size_t room = 0;

	words_add(&c->spaces, c->arena, NULL);
	words_add(&c->scopes, c->arena, NULL);
	db_query_system(db, &q, "SELECT slug, scope, count(*) OVER () FROM main.space ORDER BY slug");
	while (q_row(&q)) {
		if (!c->space_scope) {
			room = (size_t)q_col_int(&q, 2) + 1;
			c->space_scope = arena_array(c->arena, room, sizeof *c->space_scope);
		}
		uint32_t id = words_add(&c->spaces, c->arena, q_col_text(&q, c->arena, 0));
		c->space_scope[id] = words_add(&c->scopes, c->arena, q_col_text(&q, c->arena, 1));
	}
	return q_done(&q, err);
}

/* A count apart: count(*) OVER () would copy every row first. */
static size_t count_of(struct query *q)
{
	size_t n = 0;

	while (q_row(q))
		n = (size_t)q_col_int(q, 0);
	return n;
}

static bool load_rows(struct columns *c, struct db *db, struct error *err)
{
	struct arena *scratch = arena_create();
	struct query q;
	size_t room = 0, i = 0;
	bool ok;

	db_query_system(db, &q, "SELECT (SELECT count(*) FROM main.record), "
		"(SELECT coalesce(max(num), 0) FROM main.record)");
	while (q_row(&q)) {
		room = (size_t)q_col_int(&q, 0);
		c->max_num = q_col_int(&q, 1);
	}
	if (!q_done(&q, err)) {
		arena_destroy(scratch);
		return false;
	}
	c->rows = arena_array(c->arena, room, sizeof *c->rows);
	c->row_of = arena_array(c->arena, (size_t)c->max_num + 1, sizeof *c->row_of);
	memset(c->row_of, 0xff, ((size_t)c->max_num + 1) * sizeof *c->row_of);
	db_query_system(db, &q, "SELECT r.num, r.scope, s.slug, r.type, r.evidence, r.strategies, r.year, "
		"r.issued, r.sort_key FROM main.record r JOIN main.space s ON s.id = r.space_id "
		"ORDER BY r.sort_key, r.num");
	for (; q_row(&q) && i < room; i++) {
		struct column_row *r = &c->rows[i];

		if ((i & 1023) == 0)
			arena_reset(scratch);
		r->num = q_col_int(&q, 0);
		const char *scope = q_col_text(&q, scratch, 1);
		/* A restricted record's scope is its own: not worth a search among the others. */
		r->scope = strncmp(scope, "r:", 2) == 0 ? words_append(&c->scopes, c->arena, scope) :
			words_add(&c->scopes, c->arena, scope);
		r->space = words_find(&c->spaces, q_col_text(&q, scratch, 2));
		r->is_public = strcmp(scope, "public") == 0 &&
			strcmp(c->scopes.items[c->space_scope[r->space]], "public") == 0;
		r->type = (uint16_t)words_add(&c->types, c->arena, q_col_text(&q, scratch, 3));
		r->evidence = (uint16_t)words_add(&c->evidence, c->arena, q_col_text(&q, scratch, 4));
		r->strategies = strategy_bits(c, q_col_text(&q, scratch, 5));
		r->year = (int16_t)q_col_int(&q, 6);
		r->issued = issued_number(q_col_text(&q, scratch, 7));
		r->sort_key = q_col_text(&q, c->arena, 8);
		c->n_public += r->is_public;
		c->row_of[r->num] = (int32_t)i;
	}
	c->n = i;
	ok = q_done(&q, err);
	arena_destroy(scratch);
	return ok;
}

static struct column_row *row_at(struct columns *c, int64_t num)
{
	return num > 0 && num <= c->max_num && c->row_of[num] >= 0 ? &c->rows[c->row_of[num]] : NULL;
}

static bool load_places(struct columns *c, struct db *db, struct error *err)
{
	struct arena *scratch = arena_create();
	struct query q;
	size_t room;
	uint32_t n = 0;
	bool ok;

	db_query_system(db, &q, "SELECT count(*) FROM main.record_place WHERE space_slug IS NOT NULL");
	room = count_of(&q);
	if (!q_done(&q, err)) {
		arena_destroy(scratch);
		return false;
	}
	c->abouts = arena_array(c->arena, room, sizeof *c->abouts);
	db_query_system(db, &q, "SELECT record_num, space_slug FROM main.record_place "
		"WHERE space_slug IS NOT NULL ORDER BY record_num, position");
	while (q_row(&q)) {
		struct column_row *r = row_at(c, q_col_int(&q, 0));
		uint32_t space = words_find(&c->spaces, q_col_text(&q, scratch, 1));

		arena_reset(scratch);
		if (!r || !space || n == room)
			continue;
		if (r->n_about == 0)
			r->about = n;
		r->n_about++;
		c->abouts[n++] = space;
	}
	ok = q_done(&q, err);
	arena_destroy(scratch);
	return ok;
}

/* SQLite's variable-length integers: seven bits a byte, high bit first. */
static size_t varint(const unsigned char *p, size_t n, uint32_t *out)
{
	size_t i = 0;

	*out = 0;
	while (i < n && i < 5) {
		*out = *out << 7 | (p[i] & 0x7fu);
		if (!(p[i++] & 0x80))
			break;
	}
	return i;
}

static bool load_lengths(struct columns *c, struct db *db, struct error *err)
{
	struct query q;
	double sum[COLUMN_COUNT] = { 0 };

	db_query_system(db, &q, "SELECT id, sz FROM main.record_fts_docsize");
	while (q_row(&q)) {
		struct column_row *r = row_at(c, q_col_int(&q, 0));
		const unsigned char *p = sqlite3_column_blob(q.stmt, 1);
		size_t n = (size_t)sqlite3_column_bytes(q.stmt, 1);

		for (int i = 0; r && i < COLUMN_COUNT && n > 0; i++) {
			size_t used = varint(p, n, &r->length[i]);

			p += used;
			n -= used;
			if (r->is_public)
				sum[i] += r->length[i];
		}
	}
	for (int i = 0; i < COLUMN_COUNT; i++)
		c->average[i] = c->n_public && sum[i] > 0 ? sum[i] / (double)c->n_public : 1;
	return q_done(&q, err);
}

static bool load_vocabulary(struct columns *c, struct db *db, struct error *err)
{
	struct query q;
	size_t room;

	db_query_system(db, &q, "SELECT count(*) FROM main.search_word");
	room = count_of(&q);
	if (!q_done(&q, err))
		return false;
	c->vocabulary = arena_array(c->arena, room, sizeof *c->vocabulary);
	db_query_system(db, &q, "SELECT word, df FROM main.search_word ORDER BY word");
	while (c->n_vocabulary < room && q_row(&q)) {
		c->vocabulary[c->n_vocabulary].word = q_col_text(&q, c->arena, 0);
		c->vocabulary[c->n_vocabulary++].df = q_col_int(&q, 1);
	}
	return q_done(&q, err);
}

struct columns *columns_load(struct db *db, int64_t generation, struct error *err)
{
	struct columns *c = calloc(1, sizeof *c);

	if (!c)
		abort();
	atomic_init(&c->references, 1);
	c->generation = generation;
	c->arena = arena_create();
	c->frequencies = calloc(1, sizeof *c->frequencies);
	if (!c->frequencies)
		abort();
	pthread_mutex_init(&c->frequencies->mutex, NULL);
	if (load_spaces(c, db, err) && load_rows(c, db, err) && load_places(c, db, err) &&
		load_lengths(c, db, err) && load_vocabulary(c, db, err))
		return c;
	columns_release(c);
	return NULL;
}

struct columns *columns_keep(struct columns *c)
{
	if (c)
		atomic_fetch_add(&c->references, 1);
	return c;
}

void columns_release(struct columns *c)
{
	if (!c || atomic_fetch_sub(&c->references, 1) > 1)
		return;
	for (size_t i = 0; i < c->frequencies->room; i++)
		free(c->frequencies->slots[i].phrase);
	free(c->frequencies->slots);
	pthread_mutex_destroy(&c->frequencies->mutex);
	free(c->frequencies);
	arena_destroy(c->arena);
	free(c);
}

const struct column_row *columns_row(const struct columns *c, int64_t num)
{
	return num > 0 && num <= c->max_num && c->row_of[num] >= 0 ? &c->rows[c->row_of[num]] : NULL;
}

struct row_range columns_titled(const struct columns *c, const char *sort_key)
{
	size_t low = 0, high = c->n, end;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (strcmp(c->rows[middle].sort_key, sort_key) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	for (end = low; end < c->n && strcmp(c->rows[end].sort_key, sort_key) == 0;)
		end++;
	return (struct row_range){ c->rows + low, c->rows + end };
}

/* ---- document frequencies ---- */

static struct frequency *slot_of(const struct frequencies *f, const char *phrase)
{
	uint64_t hash = 1469598103934665603u;

	for (const char *s = phrase; *s; s++)
		hash = (hash ^ (unsigned char)*s) * 1099511628211u;
	size_t at = hash & (f->room - 1);
	while (f->slots[at].phrase && strcmp(f->slots[at].phrase, phrase) != 0)
		at = (at + 1) & (f->room - 1);
	return &f->slots[at];
}

static void frequencies_grow(struct frequencies *f)
{
	struct frequencies old = *f;

	f->room = old.room ? old.room * 2 : 256;
	f->slots = calloc(f->room, sizeof *f->slots);
	if (!f->slots)
		abort();
	for (size_t i = 0; i < old.room; i++)
		if (old.slots[i].phrase)
			*slot_of(f, old.slots[i].phrase) = old.slots[i];
	free(old.slots);
}

bool columns_frequency(struct columns *c, const char *phrase, int64_t *df)
{
	struct frequencies *f = c->frequencies;
	bool found = false;

	pthread_mutex_lock(&f->mutex);
	if (f->room) {
		const struct frequency *slot = slot_of(f, phrase);

		found = slot->phrase;
		*df = slot->df;
	}
	pthread_mutex_unlock(&f->mutex);
	return found;
}

void columns_frequency_set(struct columns *c, const char *phrase, int64_t df)
{
	struct frequencies *f = c->frequencies;

	pthread_mutex_lock(&f->mutex);
	if (f->n * 2 >= f->room)
		frequencies_grow(f);
	struct frequency *slot = slot_of(f, phrase);
	/* Made-up words must not fill the memory. */
	if (!slot->phrase && f->n < FREQUENCIES_MAX) {
		slot->phrase = strdup(phrase);
		if (!slot->phrase)
			abort();
		slot->df = df;
		f->n++;
	}
	pthread_mutex_unlock(&f->mutex);
}
