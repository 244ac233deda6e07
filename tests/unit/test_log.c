/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "log.h"
#include <ctype.h>
#include <pthread.h>
#include "unit.h"

static char *text;

/* Runs after a test wrote: what stands in the file. */
static const char *written(const char *name)
{
	free(text);
	text = unit_read(unit_path(name), NULL);
	return text ? text : "";
}

static size_t lines_of(const char *s)
{
	size_t n = 0;

	for (; *s; s++)
		n += *s == '\n';
	return n;
}

static void line_form(void)
{
	NEED(log_open(unit_path("form.log"), LOG_LEVEL_INFO));
	log_context("0123456789abcdef", "ohio");
	log_info("store.open", "file=%s n=%d", log_quote("a b"), 3);
	log_context(NULL, NULL);
	log_warn("other.event", "x=1");
	NEED(log_open(NULL, LOG_LEVEL_INFO));
	const char *s = written("form.log");
	NEED(lines_of(s) == 2 && strlen(s) > 60);
	/* 2026-01-02T03:04:05.678Z */
	static const char stamp[] = "dddd-dd-ddTdd:dd:dd.dddZ ";
	for (size_t i = 0; i < sizeof stamp - 1; i++)
		CHECK(stamp[i] == 'd' ? isdigit((unsigned char)s[i]) : s[i] == stamp[i]);
	CHECK_HAS(s, "Z info store.open request=0123456789abcdef space=ohio file=\"a b\" n=3\n");
	CHECK_HAS(s, "Z warn other.event x=1\n");
}

static void levels(void)
{
	enum log_level level = LOG_LEVEL_ERROR;

	NEED(log_open(unit_path("level.log"), LOG_LEVEL_WARN));
	log_debug("a.debug", "x=1");
	log_info("a.info", "x=1");
	log_warn("a.warn", "x=1");
	log_error("a.error", "x=1");
	NEED(log_open(unit_path("level.log"), LOG_LEVEL_DEBUG)); /* again: appends */
	log_debug("b.debug", "x=1");
	NEED(log_open(NULL, LOG_LEVEL_INFO));
	const char *s = written("level.log");
	CHECK_INT(lines_of(s), 3);
	CHECK_HAS(s, "warn a.warn");
	CHECK_HAS(s, "error a.error");
	CHECK_HAS(s, "debug b.debug");
	CHECK_LACKS(s, "a.info");
	CHECK_LACKS(s, "a.debug");
	CHECK(log_level_parse("debug", &level) && level == LOG_LEVEL_DEBUG);
	CHECK(log_level_parse("warn", &level) && level == LOG_LEVEL_WARN);
	CHECK(!log_level_parse("loud", &level) && level == LOG_LEVEL_WARN);
	CHECK(!log_level_parse("", &level));
}

static void quoting(void)
{
	char longer[2000];

	CHECK_TEXT(log_quote("plain"), "\"plain\"");
	CHECK_TEXT(log_quote(NULL), "\"\"");
	CHECK_TEXT(log_quote("a\"b\\c"), "\"a\\\"b\\\\c\"");
	CHECK_TEXT(log_quote("a\nb\r\t\x1b[2J\x7f"), "\"a\\x0ab\\x0d\\x09\\x1b[2J\\x7f\"");
	CHECK_TEXT(log_quote("\xc2\x9b" "2J \xc3\xa9"), "\"\\xc2\\x9b2J \xc3\xa9\""); /* C1 control, é */
	memset(longer, '\n', sizeof longer);
	longer[sizeof longer - 1] = '\0';
	const char *q = log_quote(longer);
	CHECK(strlen(q) < 512);
	CHECK_TEXT(q + strlen(q) - 4, "...\"");
	/* Four values live at once. */
	const char *one = log_quote("1"), *two = log_quote("2"), *three = log_quote("3"), *four = log_quote("4");
	CHECK_TEXT(one, "\"1\"");
	CHECK_TEXT(two, "\"2\"");
	CHECK_TEXT(three, "\"3\"");
	CHECK_TEXT(four, "\"4\"");
}

/* Even values that nobody quoted cannot begin a line of their own. */
static void no_forged_line(void)
{
	char longer[5000];

	memset(longer, 'x', sizeof longer);
	longer[sizeof longer - 1] = '\0';
	longer[100] = '\n';
	NEED(log_open(unit_path("forge.log"), LOG_LEVEL_INFO));
	log_info("a.b", "x=%s", "1\n2026-01-01T00:00:00.000Z error forged.line\x1b[31m");
	log_context("id\nforged", "space\r\nforged\x7f");
	log_info("a.b", "x=1");
	log_context(NULL, NULL);
	log_info("a.b", "x=%s", longer);
	NEED(log_open(NULL, LOG_LEVEL_INFO));
	const char *s = written("forge.log");
	CHECK_INT(lines_of(s), 3);
	for (const char *p = s; *p; p++)
		CHECK(*p == '\n' || ((unsigned char)*p >= 0x20 && *p != 0x7f));
	CHECK(*s && s[strlen(s) - 1] == '\n');
}

static void context_is_cut(void)
{
	char longer[200];

	memset(longer, 'y', sizeof longer);
	longer[sizeof longer - 1] = '\0';
	NEED(log_open(unit_path("cut.log"), LOG_LEVEL_INFO));
	log_context(longer, longer);
	log_info("a.b", "x=1");
	log_context(NULL, NULL);
	NEED(log_open(NULL, LOG_LEVEL_INFO));
	longer[63] = '\0';
	char wanted[500];
	snprintf(wanted, sizeof wanted, " request=%s space=%s x=1\n", longer, longer);
	CHECK_HAS(written("cut.log"), wanted);
}

static void *many(void *arg)
{
	log_context(arg, NULL);
	for (int i = 0; i < 200; i++)
		log_info("thread.line", "n=%d s=%s", i, log_quote(arg));
	return NULL;
}

static void threads(void)
{
	static char names[4][2] = { "a", "b", "c", "d" };
	pthread_t t[4];

	NEED(log_open(unit_path("threads.log"), LOG_LEVEL_INFO));
	for (int i = 0; i < 4; i++)
		NEED(pthread_create(&t[i], NULL, many, names[i]) == 0);
	for (int i = 0; i < 4; i++)
		pthread_join(t[i], NULL);
	NEED(log_open(NULL, LOG_LEVEL_INFO));
	const char *s = written("threads.log");
	CHECK_INT(lines_of(s), 800);
	size_t whole = 0; /* each line has its own thread's name twice */
	for (const char *at = strstr(s, "request="); at; at = strstr(at + 1, "request="))
		whole += at[8] == strstr(at, "s=\"")[3];
	CHECK_INT(whole, 800);
}

static void bad_file(void)
{
	char path[5000];

	NEED(log_open(unit_path("kept.log"), LOG_LEVEL_INFO));
	snprintf(path, sizeof path, "%s/absent/x.log", unit_folder());
	CHECK(!log_open(path, LOG_LEVEL_INFO));
	log_info("still.here", "x=1"); /* the old one stays open */
	NEED(log_open("", LOG_LEVEL_INFO));
	CHECK_HAS(written("kept.log"), "still.here");
	free(text);
	text = NULL;
}

CU_TestInfo unit_tests[] = {
	{ "form of a line", line_form },
	{ "levels", levels },
	{ "quoting", quoting },
	{ "no input forges a line", no_forged_line },
	{ "context is cut", context_is_cut },
	{ "threads", threads },
	{ "a file that cannot be opened", bad_file },
	CU_TEST_INFO_NULL,
};
