/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Whole searches and suggestions over a small index: any text is a query, and
 * no record that is not public is ever found. */
#include <string.h>
#include <unistd.h>
#include "content.h"
#include "fuzz.h"
#include "log.h"
#include "query.h"
#include "search.h"
#include "store_system.h"
#include "text.h"

const char *const fuzz_target = "search";

static const struct migration_set migrations[] = { { "space", space_migrations }, { "record", record_migrations },
	{ "search", search_migrations }, { NULL, NULL } };
static const struct view_def *const views[] = { space_views, record_views, NULL };
static struct search *search;
static struct store *store;
static struct db *db;
static char path[4096];

static bool attach(struct db *d, void *arg, struct error *err)
{
	return search_attach(arg, d, err);
}

static bool fill(struct db *w, void *arg, struct error *err)
{
	static const char *const texts[][3] = { { "public", "The call-in", "A forum where partners speak with groups about violence." },
		{ "public", "Drug market intervention", "Caf\xc3\xa9 markets, high point; banked cases \xe0\xa5\xa4 and more." },
		{ "public", "Homicide", "Homicide fell by 37 percent after the first call-in." },
		{ "space", "Secret zanzibar", "The zanzibar team met about homicide and the call-in." } };
	struct content_doc doc = { .is_space = true, .slug = "national", .audience = "public", .kind = "national",
		.name = "National", .short_name = "National", .body_html = "", .details_json = "{}", .source = "", .sha256 = "" };
	enum saved how;
	int64_t num;

	if (!space_save(w, arg, &doc, &how, err))
		return false;
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
		doc = (struct content_doc){ .space = "national", .type = "guide", .slug = arena_printf(arg, "r%zu", i),
			.audience = texts[i][0], .title = texts[i][1], .issued = "2010", .language = "en", .body_html = "",
			.body_text = texts[i][2], .toc_json = "[]", .details_json = "{}", .source = "", .sha256 = "" };
		if (!record_save(w, arg, &doc, &num, &how, err))
			return false;
	}
	return true;
}

static void stop(void)
{
	static const char *const ends[] = { "", "-wal", "-shm" };
	char file[4200];

	db_close(db);
	store_close(store);
	search_destroy(search);
	for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
		snprintf(file, sizeof file, "%s%s", path, ends[i]);
		unlink(file);
	}
	*strrchr(path, '/') = '\0';
	rmdir(path);
}

static void start(void)
{
	struct store_setup setup = { .path = path, .migrations = migrations, .views = views, .on_open = attach };
	const char *tmp = getenv("TMPDIR");
	struct arena *a = arena_create();
	struct error err = { 0 };

	log_open(NULL, LOG_LEVEL_ERROR);
	snprintf(path, sizeof path, "%s/commonweal-fuzz-XXXXXX", tmp && *tmp ? tmp : "/tmp");
	PROMISE(mkdtemp(path));
	strcat(path, "/fuzz.db");
	PROMISE((search = search_create(TOP_SRCDIR "/content/thesaurus/thesaurus.txt", &err)));
	setup.arg = search;
	PROMISE((store = store_open(&setup, &err)));
	PROMISE(store_write(store, &viewer_system, fill, a, &err));
	PROMISE((db = store_reader(store, &err)));
	arena_destroy(a);
	atexit(stop);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *a;
	struct search_result r;
	struct search_suggestion *list;
	struct error err = { 0 };
	size_t n;

	if (!db)
		start();
	a = arena_create();
	char *typed = arena_strndup(a, (const char *)data, size);
	bool good = strlen(typed) <= QUERY_MAX_BYTES && text_is_utf8(typed, strlen(typed));
	struct search_request rq = { .text = typed, .limit = 10 };
	PROMISE(db_begin(db, &viewer_nobody, &err));
	bool ok = search_run(search, db, a, &rq, &r, &err);
	if (ok != good)
		fprintf(stderr, "%s (%s)\n", err.text, err.detail);
	PROMISE(ok == good && (ok || err.kind == ERROR_INVALID));
	for (size_t i = 0; ok && i < r.n; i++) {
		PROMISE(r.hits[i].record.audience == AUDIENCE_PUBLIC);
		PROMISE(i == 0 || r.hits[i - 1].score >= r.hits[i].score);
	}
	PROMISE(!ok || !r.suggestion || (text_is_utf8(r.suggestion, strlen(r.suggestion)) && !strstr(r.suggestion, "zanzibar") ) ||
		strstr(typed, "zanzibar"));
	err = (struct error){ 0 };
	ok = search_suggest(search, db, a, typed, 8, &list, &n, &err);
	if (ok != good)
		fprintf(stderr, "%s (%s)\n", err.text, err.detail);
	PROMISE(ok == good && n <= 8);
	for (size_t i = 0; ok && i < n; i++)
		PROMISE(!strstr(list[i].text, "zanzibar"));
	db_end(db);
	arena_destroy(a);
	return 0;
}
