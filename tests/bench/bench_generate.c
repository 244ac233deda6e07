/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Makes N synthetic records, always the same: words with Zipf's frequencies,
 * bodies of about 2.5 KB, eight in ten public. They pass the content reader and
 * record_save in groups of 1,000, or become a folder of XML files.
 * Usage: bench_generate [--option=value ...] N [FOLDER] */
#include <errno.h>
#include <math.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include "buf.h"
#include "content.h"
#include "engine.h"
#include "record.h"
#include "space.h"
#include "store_system.h"
#include "text.h"

#define WORDS 30000
#define SPACES 20
#define GROUP 1000
#define BODY_BYTES 2500
#define PARAGRAPH_WORDS 70

static char words[WORDS][16];
static double cumulative[WORDS]; /* chance of this word or a more common one */
static uint64_t state;

/* SplitMix64: the same numbers everywhere. */
static uint64_t next_random(void)
{
	uint64_t z = state += 0x9e3779b97f4a7c15u;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
	z = (z ^ z >> 27) * 0x94d049bb133111ebu;
	return z ^ z >> 31;
}

static int below(int n)
{
	return (int)(next_random() % (uint64_t)n);
}

/* Syllables that hold no English ending, so that the stemmer keeps each word. */
static void words_make(void)
{
	static const char *const first[] = { "b", "d", "f", "h", "k", "l", "m", "n", "p", "r", "s", "t", "v",
		"w", "br", "tr" };
	static const char *const vowel[] = { "a", "o", "u" };
	static const char *const last[] = { "k", "p", "m" };
	double sum = 0;

	for (int i = 0; i < WORDS; i++) {
		int n = i;

		/* Mixed radix, so that no two are the same; common words are short. */
		for (int syllable = 0; syllable < 2 || n > 0; syllable++) {
			strcat(words[i], first[n % 16]);
			n /= 16;
			strcat(words[i], vowel[n % 3]);
			n /= 3;
		}
		strcat(words[i], last[i % 3]);
		cumulative[i] = sum += 1.0 / (i + 1);
	}
	for (int i = 0; i < WORDS; i++)
		cumulative[i] /= sum;
}

static const char *word(void)
{
	double x = (double)(next_random() >> 11) * 0x1p-53;
	int low = 0, high = WORDS - 1;

	while (low < high) {
		int middle = (low + high) / 2;

		if (cumulative[middle] <= x)
			low = middle + 1;
		else
			high = middle;
	}
	return words[low];
}

static void add_words(struct buf *b, int n)
{
	for (int i = 0; i < n; i++)
		buf_printf(b, "%s%s", i ? " " : "", word());
}

static const char *audience(int i)
{
	int x = i * 37 % 100;

	return x < 80 ? "public" : x < 90 ? "network" : x < 98 ? "space" : "restricted";
}

struct document {
	const char *space, *type, *slug;
	struct buf xml;
};

static const char *slug_of_space(struct arena *a, int i)
{
	return i == 0 ? SPACE_NATIONAL : arena_printf(a, "place-%d", i);
}

static void space_make(struct arena *a, int i, struct document *d)
{
	*d = (struct document){ .space = slug_of_space(a, i), .xml = BUF_INIT };
	buf_printf(&d->xml, "<space xmlns=\"urn:commonweal:record:1\" slug=\"%s\" kind=\"%s\" audience=\"public\">"
		"<name>Bench %d</name><short-name>Bench %d</short-name><tagline>A place to measure</tagline>"
		"<contacts><contact role=\"project-manager\"><organization>Office</organization>"
		"<email>office@example.org</email></contact></contacts>"
		"<welcome><p xmlns=\"http://www.w3.org/1999/xhtml\">Welcome.</p></welcome></space>",
		d->space, i == 0 ? "national" : "city", i, i);
}

static void add_body(struct buf *b)
{
	size_t from = b->len;

	buf_str(b, "<body xmlns=\"http://www.w3.org/1999/xhtml\">");
	while (b->len - from < BODY_BYTES) {
		buf_str(b, "<h2>");
		add_words(b, 3);
		buf_str(b, "</h2><p>");
		add_words(b, PARAGRAPH_WORDS);
		buf_str(b, ".</p>");
	}
	buf_str(b, "</body>");
}

static void record_make(struct arena *a, int i, struct document *d)
{
	static const char *const types[] = { "case-study", "publication", "faq", "media" };
	static const char *const evidence[] = { "controlled", "time-series", "before-after", "descriptive", "none" };
	static const char *const groups[] = { "basics", "misconceptions", "getting-started", "network" };
	struct buf *b = &d->xml;
	int type = below(4);

	*d = (struct document){ .space = slug_of_space(a, below(SPACES)), .type = types[type],
		.slug = arena_printf(a, "item-%d", i), .xml = BUF_INIT };
	/* The first one is the page that the HTTP measurements ask for. */
	if (i == 0) {
		d->space = SPACE_NATIONAL;
		d->type = types[type = 0];
	}
	buf_printf(b, "<%s xmlns=\"urn:commonweal:record:1\" xmlns:dc=\"http://purl.org/dc/terms/\" space=\"%s\" "
		"slug=\"%s\" audience=\"%s\"><dc:title>", d->type, d->space, d->slug, audience(i));
	add_words(b, 4 + below(4));
	buf_str(b, "</dc:title><dc:abstract>");
	add_words(b, 20);
	buf_printf(b, "</dc:abstract><dc:creator>Bench Office</dc:creator><dc:issued>%d-%02d</dc:issued>"
		"<dc:language>en</dc:language>", 1996 + below(30), 1 + below(12));
	for (int k = 0; k < 3; k++)
		buf_printf(b, "<dc:subject>%s</dc:subject>", words[k * 300 + below(300)]);
	if (type == 1)
		buf_str(b, "<dc:bibliographicCitation>Bench, T. (2007). A study.</dc:bibliographicCitation>");
	buf_printf(b, "<strategy>%s</strategy>", below(2) ? "group-violence" : "drug-market");
	buf_printf(b, "<place space=\"%s\">Somewhere</place>", slug_of_space(a, below(SPACES)));
	switch (type) {
	case 0:
		buf_printf(b, "<stage>implemented</stage><evidence>%s</evidence>", evidence[below(5)]);
		break;
	case 1:
		buf_str(b, "<kind>report</kind>");
		break;
	case 2:
		buf_printf(b, "<group>%s</group><position>%d</position>", groups[below(4)], i);
		break;
	default:
		buf_str(b, "<outlet>The Bench Times</outlet><kind>article</kind>");
	}
	add_body(b);
	if (strcmp(audience(i), "restricted") == 0)
		buf_str(b, "<readers><reader account=\"00000000-0000-7000-8000-000000000001\"/></readers>");
	buf_printf(b, "</%s>", d->type);
}

/* ---- into the database ---- */

struct batch {
	const struct content_schemas *schemas;
	int from, to;   /* records; negative ones are spaces */
	uint64_t state; /* a write may run twice and must give the same */
};

static void document_make(struct arena *a, int i, struct document *d)
{
	if (i < 0)
		space_make(a, i + SPACES, d);
	else
		record_make(a, i, d);
}

static bool save_one(struct db *w, struct arena *a, const struct batch *b, int i, struct error *err)
{
	struct content_problem *problems;
	struct content_doc *doc;
	struct document d;
	enum saved how;
	size_t n;
	int64_t num;

	document_make(a, i, &d);
	bool ok = content_parse(b->schemas, a, "generated", buf_text(&d.xml), d.xml.len, &doc, &problems, &n, err);
	if (ok)
		ok = doc->is_space ? space_save(w, a, doc, &how, err) : record_save(w, a, doc, &num, &how, err);
	buf_finish(&d.xml);
	return ok;
}

static bool save_batch(struct db *w, void *arg, struct error *err)
{
	struct batch *b = arg;
	struct arena *a = arena_create();
	bool ok = true;

	state = b->state;
	for (int i = b->from; ok && i < b->to; i++) {
		ok = save_one(w, a, b, i, err);
		arena_reset(a);
	}
	arena_destroy(a);
	return ok;
}

static bool save_all(struct engine *e, int n, struct error *err)
{
	struct content_schemas *schemas = content_schemas_load(options_string(e->options, "schemas"), err);
	bool ok = schemas;

	for (int i = -SPACES; ok && i < n;) {
		struct batch b = { schemas, i, i < 0 ? 0 : i + GROUP < n ? i + GROUP : n, state };

		ok = store_write(e->store, &viewer_system, save_batch, &b, err);
		i = b.to;
	}
	content_schemas_destroy(schemas);
	return ok;
}

/* ---- into files ---- */

static bool file_make(struct arena *a, const char *folder, int i, struct error *err)
{
	struct document d;

	document_make(a, i, &d);
	const char *path = arena_printf(a, "%s/%s%s%s.xml", folder, d.space, d.slug ? "-" : "", d.slug ? d.slug : "");
	FILE *f = fopen(path, "we");
	bool ok = f && fwrite(buf_text(&d.xml), 1, d.xml.len, f) == d.xml.len;

	ok = (!f || fclose(f) == 0) && ok;
	buf_finish(&d.xml);
	return ok || error_set(err, ERROR_UNAVAILABLE, "%s cannot be written: %s.", path, strerror(errno));
}

static bool files_make(const char *folder, int n, struct error *err)
{
	struct arena *a = arena_create();
	bool ok = mkdir(folder, 0755) == 0 || errno == EEXIST ||
		error_set(err, ERROR_UNAVAILABLE, "%s cannot be made: %s.", folder, strerror(errno));

	for (int i = -SPACES; ok && i < n; i++) {
		ok = file_make(a, folder, i, err);
		arena_reset(a);
	}
	arena_destroy(a);
	return ok;
}

int main(int argc, char **argv)
{
	struct options *o = engine_options_create();
	struct engine e = { 0 };
	struct error err = { 0 };
	int first = 1, n;
	bool ok;

	if (sodium_init() < 0 || !options_load_environment(o, &err) ||
		!options_load_arguments(o, argc, argv, 1, &first, &err) || first >= argc ||
		(n = atoi(argv[first])) <= 0) {
		fprintf(stderr, "usage: bench_generate [--option=value ...] N [FOLDER]\n%s\n", err.text);
		return 2;
	}
	words_make();
	state = 20260101;
	if (first + 1 < argc) {
		ok = files_make(argv[first + 1], n, &err);
	} else {
		ok = engine_start(&e, o, false, &err);
		int64_t begun = clock_monotonic_ns();
		ok = ok && save_all(&e, n, &err);
		if (ok)
			printf("%.3f\n", (double)(clock_monotonic_ns() - begun) / 1e9);
		engine_stop(&e);
	}
	if (!ok)
		fprintf(stderr, "bench_generate: %s (%s)\n", err.text, err.detail);
	options_destroy(o);
	return !ok;
}
