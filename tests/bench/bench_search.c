/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Times search_run (the first ten with passages and all facets) against plain
 * FTS5 (ORDER BY rank, the first ten with a snippet) over the same index, query
 * by query in turn. Prints a table; exits 1 if the two disagree on what matches.
 * Usage: bench_search [--option=value ...] ROUNDS; 0 prints the words instead. */
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "engine.h"
#include "search.h"
#include "store_system.h"
#include "text.h"

#define QUERIES 4 /* of each class */
#define WORDS_MAX 3
#define ROUNDS_MAX 200
#define SHOWN 10

/* A class of queries: words that stand in these parts of the records. */
struct query_class {
	const char *name;
	double part[WORDS_MAX];
};

static const struct query_class classes[] = {
	{ "one rare word", { 0.0005 } },
	{ "one medium word", { 0.05 } },
	{ "one very common word", { 0.6 } },
	{ "three mixed words", { 0.2, 0.02, 0.002 } },
	{ "three common words", { 0.3, 0.25, 0.2 } },
	{ NULL, { 0 } }
};

struct bench {
	struct engine engine;
	struct db *db;
	sqlite3 *plain;
	sqlite3_stmt *ranked;
	char words[8][QUERIES * WORDS_MAX][40]; /* by class */
	int rounds;
};

struct samples {
	double ms[QUERIES * ROUNDS_MAX];
	int n;
};

static void die(const char *what, const char *why)
{
	fprintf(stderr, "bench_search: %s: %s\n", what, why);
	exit(1);
}

static double now_ms(void)
{
	return (double)clock_monotonic_ns() / 1e6;
}

static int by_size(const void *x, const void *y)
{
	double a = *(const double *)x, b = *(const double *)y;

	return a < b ? -1 : a > b;
}

static double median(struct samples *s)
{
	qsort(s->ms, (size_t)s->n, sizeof *s->ms, by_size);
	return s->n % 2 ? s->ms[s->n / 2] : (s->ms[s->n / 2 - 1] + s->ms[s->n / 2]) / 2;
}

/* ---- plain FTS5 ---- */

static sqlite3_stmt *prepare(struct bench *b, const char *sql)
{
	sqlite3_stmt *stmt;

	if (sqlite3_prepare_v2(b->plain, sql, -1, &stmt, NULL) != SQLITE_OK)
		die(sql, sqlite3_errmsg(b->plain));
	return stmt;
}

static void plain_open(struct bench *b)
{
	if (sqlite3_open_v2(store_path(b->engine.store), &b->plain, SQLITE_OPEN_READWRITE, NULL) != SQLITE_OK ||
		sqlite3_exec(b->plain, "PRAGMA mmap_size = 268435456;"
			"CREATE VIRTUAL TABLE temp.terms USING fts5vocab (main, record_fts, row);"
			"CREATE TEMP TABLE vocabulary AS SELECT term, doc FROM temp.terms WHERE length(term) > 3;",
			NULL, NULL, NULL) != SQLITE_OK)
		die("plain connection", sqlite3_errmsg(b->plain));
	b->ranked = prepare(b, "SELECT rowid, title, snippet(record_fts, 3, '<', '>', '…', 32) FROM record_fts "
		"WHERE record_fts MATCH ?1 ORDER BY rank LIMIT 10");
}

/* The words whose share of the records is nearest to `part`. */
static void pick_words(struct bench *b, double part, char (*out)[40], int step)
{
	sqlite3_stmt *stmt = prepare(b, "SELECT term FROM temp.vocabulary "
		"WHERE term NOT GLOB '*[^a-z]*' AND term NOT IN ('bench', 'offic', 'somewher', 'group', 'drug', 'violenc', "
		"'market', 'time', 'network', 'public') ORDER BY abs(doc - ?1 * (SELECT count(*) FROM record)), term LIMIT ?2");
	int n = 0;

	sqlite3_bind_double(stmt, 1, part);
	sqlite3_bind_int(stmt, 2, QUERIES);
	while (sqlite3_step(stmt) == SQLITE_ROW)
		snprintf(out[n++ * step], 40, "%s", (const char *)sqlite3_column_text(stmt, 0));
	sqlite3_finalize(stmt);
	if (n < QUERIES)
		die("vocabulary", "too few words");
}

/* Each word in quotes, between them " OR " or a space (AND). */
static const char *match_text(char (*words)[40], int n, const char *between, char out[200])
{
	out[0] = '\0';
	for (int i = 0; i < n; i++)
		sprintf(out + strlen(out), "%s\"%s\"", i ? between : "", words[i]);
	return out;
}

static double run_plain(struct bench *b, const char *match)
{
	double begun = now_ms();

	sqlite3_bind_text(b->ranked, 1, match, -1, SQLITE_STATIC);
	while (sqlite3_step(b->ranked) == SQLITE_ROW) {
		sqlite3_column_text(b->ranked, 1);
		sqlite3_column_text(b->ranked, 2);
	}
	if (sqlite3_reset(b->ranked) != SQLITE_OK)
		die(match, sqlite3_errmsg(b->plain));
	return now_ms() - begun;
}

static int64_t count_public(struct bench *b, const char *match)
{
	sqlite3_stmt *stmt = prepare(b, "SELECT count(*) FROM record_fts f JOIN record r ON r.num = f.rowid "
		"WHERE record_fts MATCH ?1 AND r.scope = 'public'");

	sqlite3_bind_text(stmt, 1, match, -1, SQLITE_STATIC);
	sqlite3_step(stmt);
	int64_t n = sqlite3_column_int64(stmt, 0);
	sqlite3_finalize(stmt);
	return n;
}

/* ---- ours ---- */

static double run_ours(struct bench *b, const char *text, int64_t *total)
{
	struct search_request rq = { .text = text, .limit = SHOWN };
	struct search_result result;
	struct error err = { 0 };
	struct arena *a = arena_create();
	double begun = now_ms();

	if (!db_begin(b->db, &viewer_nobody, &err) || !search_run(b->engine.search, b->db, a, &rq, &result, &err))
		die(text, err.text);
	db_end(b->db);
	double ms = now_ms() - begun;
	*total = result.total;
	arena_destroy(a);
	return ms;
}

static double run_suggest(struct bench *b, const char *typed)
{
	struct search_suggestion *list;
	struct error err = { 0 };
	struct arena *a = arena_create();
	size_t n;
	double begun = now_ms();

	if (!db_begin(b->db, &viewer_nobody, &err) ||
		!search_suggest(b->engine.search, b->db, a, typed, 8, &list, &n, &err))
		die(typed, err.text);
	db_end(b->db);
	double ms = now_ms() - begun;
	arena_destroy(a);
	return ms;
}

/* ---- tables ---- */

static void print_triple(struct samples *s)
{
	double m = median(s);

	printf("  %7.2f %7.2f %7.2f", s->ms[0], m, s->ms[s->n - 1]);
}

static void run_class(struct bench *b, const struct query_class *c, char (*words)[40])
{
	static struct samples ours, any, all;
	int n = 0;
	int64_t total = 0, matches = 0;

	ours.n = any.n = all.n = 0;
	while (n < WORDS_MAX && c->part[n] > 0)
		n++;
	for (int round = -1; round < b->rounds; round++) { /* the first is not counted: it fills caches */
		for (int i = 0; i < QUERIES; i++) {
			char text[200] = "", or[200], and[200];

			for (int k = 0; k < n; k++)
				sprintf(text + strlen(text), "%s%s", k ? " " : "", words[i * WORDS_MAX + k]);
			match_text(&words[i * WORDS_MAX], n, " OR ", or);
			match_text(&words[i * WORDS_MAX], n, " ", and);
			double mine = run_ours(b, text, &total), theirs = run_plain(b, or);
			double narrow = n > 1 ? run_plain(b, and) : theirs;

			if (round < 0) {
				if (total != count_public(b, or))
					die(text, "the two find different records");
				matches += total / QUERIES;
				continue;
			}
			ours.ms[ours.n++] = mine;
			any.ms[any.n++] = theirs;
			all.ms[all.n++] = narrow;
		}
	}
	printf("%-22s %8lld", c->name, (long long)matches);
	print_triple(&ours);
	print_triple(&any);
	printf("  %6.2f", median(&any) / median(&ours));
	if (n > 1)
		printf("  %8.2f\n", median(&all));
	else
		printf("  %8s\n", "");
}

static void run_other(struct bench *b, const char *name, const char *text, bool suggest)
{
	static struct samples s;
	int64_t total = 0;

	s.n = 0;
	for (int round = -1; round < b->rounds; round++) {
		double ms = suggest ? run_suggest(b, text) : run_ours(b, text, &total);

		if (round >= 0)
			s.ms[s.n++] = ms;
	}
	printf("%-22s %8lld", name, (long long)total);
	print_triple(&s);
	putchar('\n');
}

static bool nothing(struct db *w, void *arg, struct error *err)
{
	(void)w;
	(void)arg;
	(void)err;
	return true; /* the generation counts all the same */
}

static void run_after_write(struct bench *b, const char *text)
{
	static struct samples s;
	struct error err = { 0 };
	int64_t total;

	s.n = 0;
	for (int round = 0; round < 5; round++) {
		if (!store_write(b->engine.store, &viewer_system, nothing, NULL, &err))
			die("write", err.text);
		s.ms[s.n++] = run_ours(b, text, &total);
	}
	printf("%-22s %8lld", "first after a write", (long long)total);
	print_triple(&s);
	putchar('\n');
}

static void pick_all(struct bench *b)
{
	for (int i = 0; classes[i].name; i++)
		for (int k = 0; k < WORDS_MAX && classes[i].part[k] > 0; k++)
			pick_words(b, classes[i].part[k], &b->words[i][k], WORDS_MAX);
}

/* A line of one-word queries for each class. */
static void print_words(struct bench *b)
{
	for (int i = 0; classes[i].name; i++)
		for (int k = 0; k < QUERIES; k++)
			printf("%s%c", b->words[i][k * WORDS_MAX], k + 1 < QUERIES ? ' ' : '\n');
}

static void run_all(struct bench *b)
{
	char *medium = b->words[1][0], misspelt[48], prefix[8];
	int64_t total;

	printf("first search after opening: %.0f ms\n", run_ours(b, medium, &total));
	printf("%-22s %8s  %-23s  %-23s  %6s  %8s\n", "milliseconds", "matches", "ours: min median max",
		"FTS5 OR: min median max", "ratio", "FTS5 AND");
	for (int i = 0; classes[i].name; i++)
		run_class(b, &classes[i], b->words[i]);
	run_other(b, "no words (list all)", "", false);
	snprintf(misspelt, sizeof misspelt, "%sx", medium);
	run_other(b, "one misspelt word", misspelt, false);
	snprintf(prefix, sizeof prefix, "%.3s", medium);
	run_other(b, "suggestions, 3 letters", prefix, true);
	run_after_write(b, medium);
}

int main(int argc, char **argv)
{
	static struct bench b;
	struct options *o = engine_options_create();
	struct error err = { 0 };
	int first = 1;

	if (sodium_init() < 0 || !options_load_environment(o, &err) ||
		!options_load_arguments(o, argc, argv, 1, &first, &err) || first + 1 != argc)
		die("usage", "bench_search [--option=value ...] ROUNDS");
	b.rounds = atoi(argv[first]);
	if (b.rounds < 0 || b.rounds > ROUNDS_MAX)
		die("ROUNDS", "0 to 200");
	if (!engine_start(&b.engine, o, false, &err) || !(b.db = store_reader(b.engine.store, &err)))
		die(err.text, err.detail);
	plain_open(&b);
	pick_all(&b);
	if (b.rounds)
		run_all(&b);
	else
		print_words(&b);
	sqlite3_finalize(b.ranked);
	sqlite3_close(b.plain);
	db_close(b.db);
	engine_stop(&b.engine);
	options_destroy(o);
	return 0;
}
