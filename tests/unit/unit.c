/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The main function of every unit test, and what unit.h promises. A run
 * without a single test or check is a failure. */
#include "unit.h"
#include <CUnit/Basic.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

static char folder[4096];

static int remove_one(const char *path, const struct stat *st, int kind, struct FTW *ftw)
{
	(void)st, (void)kind, (void)ftw;
	return remove(path);
}

int main(void)
{
	CU_SuiteInfo suites[] = { { program_invocation_short_name, NULL, NULL, NULL, NULL, unit_tests },
		CU_SUITE_INFO_NULL };
	bool good = CU_initialize_registry() == CUE_SUCCESS && CU_register_suites(suites) == CUE_SUCCESS;

	if (good) {
		CU_basic_set_mode(CU_BRM_VERBOSE);
		good = CU_basic_run_tests() == CUE_SUCCESS && CU_get_number_of_failure_records() == 0 &&
			CU_get_number_of_tests_run() > 0 && CU_get_number_of_asserts() > 0;
	}
	CU_cleanup_registry();
	if (folder[0])
		nftw(folder, remove_one, 16, FTW_DEPTH | FTW_PHYS);
	return good ? EXIT_SUCCESS : EXIT_FAILURE;
}

static void judge(bool good, const char *message, const char *file, unsigned line)
{
	CU_assertImplementation(good ? CU_TRUE : CU_FALSE, line, message, file, "", CU_FALSE);
}

void unit_check(bool good, const char *what, const char *file, unsigned line)
{
	judge(good, what, file, line);
}

void unit_end(const char *what, const char *file, unsigned line)
{
	CU_assertImplementation(CU_FALSE, line, what, file, "", CU_TRUE);
	abort(); /* it jumped back to CUnit */
}

void unit_int(long long actual, long long expected, const char *what, const char *file, unsigned line)
{
	char message[600];

	snprintf(message, sizeof message, "%.400s is %lld, not %lld", what, actual, expected);
	judge(actual == expected, message, file, line);
}

void unit_text(const char *actual, const char *expected, const char *what, const char *file, unsigned line)
{
	char message[3000];
	bool same = actual && expected ? strcmp(actual, expected) == 0 : actual == expected;

	snprintf(message, sizeof message, "%.400s is '%.1200s', not '%.1200s'", what, actual ? actual : "NULL",
		expected ? expected : "NULL");
	judge(same, message, file, line);
}

void unit_has(const char *text, const char *part, bool wanted, const char *what, const char *file,
	unsigned line)
{
	char message[3000];

	snprintf(message, sizeof message, "%.400s is '%.1800s', which %s '%.400s'", what, text ? text : "NULL",
		wanted ? "lacks" : "has", part);
	judge(text && (strstr(text, part) != NULL) == wanted, message, file, line);
}

void unit_error(const struct error *err, enum error_kind kind, const char *part, const char *file,
	unsigned line)
{
	char message[2000];

	snprintf(message, sizeof message, "the error is %d '%s' ('%s'), not %d with '%.400s'", err->kind,
		err->kind ? err->text : "", err->kind ? err->detail : "", kind, part);
	judge(err->kind == kind && (kind == ERROR_NONE || strstr(err->text, part)), message, file, line);
}

int unit_share(void)
{
#if defined __SANITIZE_ADDRESS__ || defined __SANITIZE_THREAD__
	return 64; /* strict_string_checks reads to the end of a string at every look into it */
#else
	const char *preload = getenv("LD_PRELOAD"); /* as valgrind sets it for what it runs */

	return preload && strstr(preload, "vgpreload") ? 64 : 1;
#endif
}

bool unit_aborts(void (*fn)(void *), void *arg)
{
	int status = 0;
	pid_t child = fork();

	if (child < 0)
		return false;
	if (child == 0) {
		struct rlimit none = { 0, 0 };
		int null = open("/dev/null", O_WRONLY);

		setrlimit(RLIMIT_CORE, &none);
		dup2(null, STDERR_FILENO);
		fn(arg);
		_exit(0);
	}
	while (waitpid(child, &status, 0) < 0)
		if (errno != EINTR)
			return false;
	return WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT;
}

const char *unit_folder(void)
{
	const char *tmp = getenv("TMPDIR");

	if (!folder[0]) {
		snprintf(folder, sizeof folder, "%s/commonweal-unit-XXXXXX", tmp && *tmp ? tmp : "/tmp");
		if (!mkdtemp(folder)) {
			perror(folder);
			exit(EXIT_FAILURE);
		}
	}
	return folder;
}

static const char *joined(const char *dir, const char *name)
{
	static char ring[8][8192];
	static unsigned next;
	char *path = ring[next++ % COUNT(ring)];

	snprintf(path, sizeof ring[0], "%s/%s", dir, name);
	return path;
}

const char *unit_path(const char *name)
{
	return joined(unit_folder(), name);
}

const char *unit_source(const char *name)
{
	return joined(TOP_SRCDIR, name);
}

const char *unit_file(const char *name, const char *text)
{
	const char *path = unit_path(name);
	FILE *f = fopen(path, "w");

	if (!f || fputs(text, f) < 0 || fclose(f) != 0) {
		perror(path);
		exit(EXIT_FAILURE);
	}
	return path;
}

char *unit_read(const char *path, size_t *n)
{
	FILE *f = fopen(path, "r");
	char *text = NULL;
	size_t room = 0, used = 0, got;

	if (!f)
		return NULL;
	do {
		room = room * 2 + 4096;
		text = realloc(text, room);
		if (!text)
			abort();
		got = fread(text + used, 1, room - used - 1, f);
		used += got;
	} while (used == room - 1);
	fclose(f);
	text[used] = '\0';
	if (n)
		*n = used;
	return text;
}
