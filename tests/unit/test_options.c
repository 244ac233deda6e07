/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "options.h"
#include "unit.h"

static const struct option_def first[] = {
	{ "data", OPTION_PATH, "x.db", 0, 0, "The file." },
	{ "listen", OPTION_LIST, "127.0.0.1:8080", 0, 0, "Addresses." },
	{ "threads", OPTION_INT, "4", 1, 64, "How many." },
	{ NULL, 0, NULL, 0, 0, NULL }
};
static const struct option_def second[] = {
	{ "cache-size", OPTION_SIZE, "16M", 0, (int64_t)1 << 40, "Bytes." },
	{ "drain-time", OPTION_DURATION, "5s", 0, 3600000, "How long." },
	{ "secure", OPTION_BOOL, "no", 0, 0, "Or not." },
	{ "any-number", OPTION_INT, "-3", 0, 0, "Unbounded." },
	{ NULL, 0, NULL, 0, 0, NULL }
};
static const struct option_def *const tables[] = { first, second, NULL };

static void defaults(void)
{
	struct options *o = options_create(tables);

	CHECK_TEXT(options_string(o, "data"), "x.db");
	CHECK_INT(options_int(o, "threads"), 4);
	CHECK_INT(options_int(o, "cache-size"), 16 << 20);
	CHECK_INT(options_int(o, "drain-time"), 5000);
	CHECK_INT(options_int(o, "any-number"), -3);
	CHECK(!options_bool(o, "secure"));
	options_destroy(o);
	options_destroy(NULL);
}

static void notations(void)
{
	static const struct {
		const char *name, *text;
		long long value;
	} rows[] = { { "cache-size", "0", 0 }, { "cache-size", "512K", 512 << 10 }, { "cache-size", "2m", 2 << 20 },
		{ "cache-size", "3G", 3LL << 30 }, { "cache-size", "7 K", 7 << 10 }, { "drain-time", "500ms", 500 },
		{ "drain-time", "30s", 30000 }, { "drain-time", "5min", 300000 }, { "drain-time", "1h", 3600000 },
		{ "threads", "64", 64 }, { "threads", "1", 1 }, { "any-number", "-9000000000", -9000000000LL } };
	static const struct {
		const char *name, *text;
	} bad[] = { { "cache-size", "" }, { "cache-size", "K" }, { "cache-size", "1KB" }, { "cache-size", "1.5M" },
		{ "cache-size", "-1" }, { "cache-size", "9999999999999G" }, { "drain-time", "30" }, { "drain-time", "2d" },
		{ "drain-time", "5 parsecs" }, { "threads", "0" }, { "threads", "65" }, { "threads", "4x" },
		{ "threads", "4 4" }, { "threads", "99999999999999999999" }, { "threads", "four" }, { "secure", "maybe" },
		{ "secure", "" }, { "secure", "yess" } };
	static const char *const yes[] = { "yes", "TRUE", "on", "1" }, *const no[] = { "No", "false", "off", "0" };
	struct options *o = options_create(tables);

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct error err = { 0 };

		CHECK(options_set(o, rows[i].name, rows[i].text, "here", &err));
		CHECK_INT(options_int(o, rows[i].name), rows[i].value);
	}
	for (size_t i = 0; i < COUNT(bad); i++) {
		struct error err = { 0 };
		int64_t before = strcmp(bad[i].name, "secure") == 0 ? options_bool(o, "secure") : options_int(o, bad[i].name);

		CHECK(!options_set(o, bad[i].name, bad[i].text, "here", &err));
		CHECK_ERROR(&err, ERROR_INVALID, "here: ");
		CHECK_HAS(err.text, bad[i].name);
		CHECK_INT(strcmp(bad[i].name, "secure") == 0 ? options_bool(o, "secure") :
			options_int(o, bad[i].name), before); /* the old value stays */
	}
	for (size_t i = 0; i < 4; i++) {
		CHECK(options_set(o, "secure", yes[i], "here", NULL) && options_bool(o, "secure"));
		CHECK(options_set(o, "secure", no[i], "here", NULL) && !options_bool(o, "secure"));
	}
	options_destroy(o);
}

static void file(void)
{
	struct options *o = options_create(tables);
	struct error err = { 0 };
	const char *path = unit_file("good.conf", "# a comment\n\n  data = /var/lib/a b.db  \n"
		"threads=8\n\tcache-size =\t1K\n#threads = 9\nlisten = a:1, b:2   c:3");

	CHECK(options_load_file(o, path, &err));
	CHECK_TEXT(options_string(o, "data"), "/var/lib/a b.db");
	CHECK_INT(options_int(o, "threads"), 8);
	CHECK_INT(options_int(o, "cache-size"), 1024);
	CHECK_TEXT(options_string(o, "listen"), "a:1, b:2   c:3"); /* the last line needs no newline */
	options_destroy(o);
}

static void bad_file(const char *text, const char *at, const char *part)
{
	struct options *o = options_create(tables);
	struct error err = { 0 };
	const char *path = unit_file("bad.conf", text);
	char where[5000];

	CHECK(!options_load_file(o, path, &err));
	snprintf(where, sizeof where, "%s:%s: ", path, at);
	CHECK_ERROR(&err, ERROR_INVALID, where);
	CHECK_HAS(err.text, part);
	options_destroy(o);
}

static void file_errors(void)
{
	struct options *o = options_create(tables);
	struct error err = { 0 };

	bad_file("threads = 8\n\nthreds = 9\n", "3", "there is no option 'threds'; did you mean 'threads'");
	bad_file("cachesize = 9\n", "1", "'cache-size'");
	bad_file("threads = many\n", "1", "from 1 to 64, not 'many'");
	bad_file("drain-time = soon\n", "1", "500ms");
	bad_file("just words\n", "1", "name = value");
	bad_file("= x\n", "1", "no option ''");
	bad_file("threads = 2\nutterly-unlike-anything = 1\n", "2", "'utterly-unlike-anything'.");
	CHECK(!options_load_file(o, unit_path("absent.conf"), &err));
	CHECK_ERROR(&err, ERROR_INVALID, "absent.conf");
	error_clear(&err);
	CHECK(!options_load_file(o, unit_folder(), &err)); /* a folder cannot be read */
	CHECK_ERROR(&err, ERROR_INVALID, "directory");
	options_destroy(o);
}

static void environment(void)
{
	struct options *o = options_create(tables);
	struct error err = { 0 };

	setenv("COMMONWEAL_CACHE_SIZE", "2K", 1);
	setenv("COMMONWEAL_CONFIG", "/etc/x.conf", 1); /* names the file, so it is no option */
	setenv("OTHER_THREADS", "3", 1);
	CHECK(options_load_environment(o, &err));
	CHECK_INT(options_int(o, "cache-size"), 2048);
	CHECK_INT(options_int(o, "threads"), 4);
	setenv("COMMONWEAL_THREDS", "3", 1);
	CHECK(!options_load_environment(o, &err));
	CHECK_ERROR(&err, ERROR_INVALID, "environment: there is no option 'threds'; did you mean 'threads'");
	unsetenv("COMMONWEAL_THREDS");
	unsetenv("COMMONWEAL_CACHE_SIZE");
	unsetenv("COMMONWEAL_CONFIG");
	options_destroy(o);
}

static bool arguments(struct options *o, const char *const *words, int *rest, struct error *err)
{
	char *argv[16];
	int n = 0;

	for (; words[n]; n++)
		argv[n] = (char *)words[n];
	argv[n] = NULL;
	return options_load_arguments(o, n, argv, 1, rest, err);
}

static void command_line(void)
{
	struct options *o = options_create(tables);
	struct error err = { 0 };
	int rest = -1;

	CHECK(arguments(o, (const char *const[]){ "p", "--threads=2", "--data", "a=b", "--secure=yes", "word", "--threads=3", NULL },
		&rest, &err));
	CHECK_INT(rest, 5);
	CHECK_INT(options_int(o, "threads"), 2);
	CHECK_TEXT(options_string(o, "data"), "a=b");
	CHECK(options_bool(o, "secure"));
	CHECK(arguments(o, (const char *const[]){ "p", "--", "--threads=9", NULL }, &rest, &err));
	CHECK_INT(rest, 2);
	CHECK_INT(options_int(o, "threads"), 2);
	CHECK(arguments(o, (const char *const[]){ "p", "--data=", NULL }, &rest, &err));
	CHECK_INT(rest, 2);
	CHECK_TEXT(options_string(o, "data"), "");
	CHECK(!arguments(o, (const char *const[]){ "p", "--data", NULL }, &rest, &err));
	CHECK_ERROR(&err, ERROR_INVALID, "--data needs a value");
	error_clear(&err);
	CHECK(!arguments(o, (const char *const[]){ "p", "--dta=x", NULL }, &rest, &err));
	CHECK_ERROR(&err, ERROR_INVALID, "command line: there is no option 'dta'; did you mean 'data'");
	error_clear(&err);
	CHECK(!arguments(o, (const char *const[]){ "p", "--thread", "3", NULL }, &rest, &err));
	CHECK_ERROR(&err, ERROR_INVALID, "did you mean 'threads'");
	options_destroy(o);
}

/* defaults < file < environment < command line */
static void precedence(void)
{
	struct options *o = options_create(tables);
	struct error err = { 0 };
	int rest;

	const char *path = unit_file("order.conf", "threads = 10\ncache-size = 10\ndrain-time = 10s\n");
	setenv("COMMONWEAL_CACHE_SIZE", "20", 1);
	setenv("COMMONWEAL_DRAIN_TIME", "20s", 1);
	CHECK(options_load_file(o, path, &err));
	CHECK(options_load_environment(o, &err));
	CHECK(arguments(o, (const char *const[]){ "p", "--drain-time=30s", NULL }, &rest, &err));
	CHECK_INT(options_int(o, "any-number"), -3);
	CHECK_INT(options_int(o, "threads"), 10);
	CHECK_INT(options_int(o, "cache-size"), 20);
	CHECK_INT(options_int(o, "drain-time"), 30000);
	unsetenv("COMMONWEAL_CACHE_SIZE");
	unsetenv("COMMONWEAL_DRAIN_TIME");
	options_destroy(o);
}

static void join(const char *word, void *arg)
{
	strcat(strcat(arg, word), "|");
}

static void lists_and_help(void)
{
	struct options *o = options_create(tables);
	char words[200] = "", *help = NULL;
	size_t n;

	options_set(o, "listen", " a:1,b:2 ,\t c:3,, ", "here", NULL);
	options_each(o, "listen", join, words);
	CHECK_TEXT(words, "a:1|b:2|c:3|");
	words[0] = '\0';
	options_set(o, "listen", "", "here", NULL);
	options_each(o, "listen", join, words);
	CHECK_TEXT(words, "");
	FILE *f = open_memstream(&help, &n);
	options_help(o, f);
	fclose(f);
	CHECK_HAS(help, "--cache-size=16M");
	CHECK_HAS(help, "Addresses.");
	free(help);
	options_destroy(o);
}

static void twice(void *arg)
{
	(void)arg;
	options_create((const struct option_def *const[]){ first, first, NULL });
}

static void out_of_bounds(void *arg)
{
	static const struct option_def wrong[] = { { "x", OPTION_INT, "9", 1, 5, "" }, { NULL, 0, NULL, 0, 0, NULL } };

	(void)arg;
	options_create((const struct option_def *const[]){ wrong, NULL });
}

static void unknown(void *o)
{
	options_string(o, "no-such");
}

static void wrong_type(void *o)
{
	options_int(o, "data");
}

static void wrong_type_too(void *o)
{
	options_string(o, "threads");
}

static void bugs_abort(void)
{
	struct options *o = options_create(tables);

	CHECK(unit_aborts(twice, NULL));
	CHECK(unit_aborts(out_of_bounds, NULL));
	CHECK(unit_aborts(unknown, o));
	CHECK(unit_aborts(wrong_type, o));
	CHECK(unit_aborts(wrong_type_too, o));
	options_destroy(o);
}

CU_TestInfo unit_tests[] = {
	{ "defaults", defaults },
	{ "notations of values", notations },
	{ "file", file },
	{ "errors of a file name file, line and the nearest", file_errors },
	{ "environment", environment },
	{ "command line", command_line },
	{ "later sources win", precedence },
	{ "lists and help", lists_and_help },
	{ "bugs abort", bugs_abort },
	CU_TEST_INFO_NULL,
};
