/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Runs a fuzz target over the files named, or over its corpus, with any
 * compiler. No file at all is a failure. */
#include <dirent.h>
#include <string.h>
#include <sys/stat.h>
#include "fuzz.h"

static size_t runs;

static void replay_file(const char *path)
{
	FILE *f = fopen(path, "rb");
	struct stat st;
	uint8_t *bytes;

	if (!f || fstat(fileno(f), &st) != 0) {
		perror(path);
		exit(EXIT_FAILURE);
	}
	/* Exactly as large as the file, so that a look behind it is seen. */
	bytes = malloc(st.st_size > 0 ? (size_t)st.st_size : 1);
	if (!bytes)
		abort();
	size_t n = fread(bytes, 1, (size_t)st.st_size, f);
	fclose(f);
	fprintf(stderr, "%s (%zu bytes)\n", path, n);
	LLVMFuzzerTestOneInput(bytes, n);
	free(bytes);
	runs++;
}

static int visible(const struct dirent *d)
{
	return d->d_name[0] != '.';
}

static void replay(const char *path)
{
	struct dirent **names;
	struct stat st;
	char inner[4096];

	if (stat(path, &st) != 0) {
		perror(path);
		exit(EXIT_FAILURE);
	}
	if (!S_ISDIR(st.st_mode)) {
		replay_file(path);
		return;
	}
	int n = scandir(path, &names, visible, alphasort);
	for (int i = 0; i < n; i++) {
		snprintf(inner, sizeof inner, "%s/%s", path, names[i]->d_name);
		replay(inner);
		free(names[i]);
	}
	if (n >= 0)
		free(names);
}

int main(int argc, char **argv)
{
	char corpus[4096];

	for (int i = 1; i < argc; i++)
		replay(argv[i]);
	if (argc == 1) {
		snprintf(corpus, sizeof corpus, "%s/tests/fuzz/corpus/%s", TOP_SRCDIR, fuzz_target);
		replay(corpus);
	}
	LLVMFuzzerTestOneInput((const uint8_t *)"", 0);
	printf("%s: %zu inputs\n", fuzz_target, runs);
	return runs ? EXIT_SUCCESS : EXIT_FAILURE;
}
