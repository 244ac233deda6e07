/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Configuration: one typed table of options, from which come the file parser,
 * the environment (COMMONWEAL_NAME, '-' as '_'), the command line
 * (--name=value), --help and the documentation. Later sources win:
 * defaults < file < environment < command line. (Named options, not config:
 * config.h is autoconf's.) */
#ifndef COMMONWEAL_OPTIONS_H
#define COMMONWEAL_OPTIONS_H
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include "error.h"

enum option_type {
	OPTION_STRING,
	OPTION_PATH,         /* a file or folder that is read; the sandbox lets it */
	OPTION_PATH_WRITTEN, /* a file in whose folder the server writes; the sandbox lets it */
	OPTION_FOLDER_WRITTEN, /* a folder that the server makes and writes; the sandbox lets it */
	OPTION_BOOL,     /* yes/no, true/false, on/off, 1/0 */
	OPTION_INT,
	OPTION_SIZE,     /* bytes; suffix K, M, G (powers of 1024) */
	OPTION_DURATION, /* milliseconds; suffix ms, s, min, h, d */
	OPTION_LIST      /* words separated by commas or spaces */
};

struct option_def {
	const char *name; /* lower case with hyphens; NULL ends a table */
	enum option_type type;
	const char *value; /* default, in the same notation as the file */
	int64_t min, max;  /* for INT, SIZE, DURATION; both 0 = unbounded */
	const char *help;  /* one sentence */
};

struct options;

/* tables: NULL-ended list of tables; they must outlive the result. A name
 * defined twice or a default that does not parse aborts (a bug). */
struct options *options_create(const struct option_def *const *tables);
void options_destroy(struct options *o);
/* File: `name = value` lines, # comments. Errors name file:line. An unknown
 * name is an error that suggests the nearest known one. */
bool options_load_file(struct options *o, const char *path, struct error *err);
bool options_load_environment(struct options *o, struct error *err);
/* Takes --name=value and --name value from argv[first..argc), stops at "--" or
 * the first word that is no option; *rest gets its index. */
bool options_load_arguments(struct options *o, int argc, char **argv, int first, int *rest,
	struct error *err);
bool options_set(struct options *o, const char *name, const char *value, const char *where,
	struct error *err);
/* An unknown name or wrong type aborts (a bug). Strings live as long as o. */
const char *options_string(const struct options *o, const char *name); /* STRING, PATHs, FOLDER, LIST; never NULL */
int64_t options_int(const struct options *o, const char *name);        /* INT, SIZE, DURATION */
bool options_bool(const struct options *o, const char *name);
/* Calls fn for each word of a LIST. */
void options_each(const struct options *o, const char *name, void (*fn)(const char *word, void *arg),
	void *arg);
/* Calls fn for every option, with its value as text. */
void options_all(const struct options *o, void (*fn)(const struct option_def *d, const char *text, void *arg),
	void *arg);
void options_help(const struct options *o, FILE *out);

#endif
