/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the unit tests share: checks that show the values, a folder that goes
 * away, and a way to see that a call aborts. A test file defines unit_tests. */
#ifndef COMMONWEAL_UNIT_H
#define COMMONWEAL_UNIT_H
#include <CUnit/CUnit.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "error.h"

extern CU_TestInfo unit_tests[]; /* ends with CU_TEST_INFO_NULL */

#define COUNT(list) (sizeof(list) / sizeof *(list))
#define CHECK(x) unit_check((x), #x, __FILE__, __LINE__)
/* The same, and the test ends here if it fails. */
#define NEED(x) ((x) ? unit_check(true, #x, __FILE__, __LINE__) : unit_end(#x, __FILE__, __LINE__))
#define CHECK_INT(actual, expected) \
	unit_int((long long)(actual), (long long)(expected), #actual, __FILE__, __LINE__)
#define CHECK_TEXT(actual, expected) unit_text(actual, expected, #actual, __FILE__, __LINE__)
#define CHECK_HAS(text, part) unit_has(text, part, true, #text, __FILE__, __LINE__)
#define CHECK_LACKS(text, part) unit_has(text, part, false, #text, __FILE__, __LINE__)
/* An error of that kind whose text has that part. */
#define CHECK_ERROR(err, wanted, part) unit_error(err, wanted, part, __FILE__, __LINE__)

void unit_check(bool good, const char *what, const char *file, unsigned line);
_Noreturn void unit_end(const char *what, const char *file, unsigned line);
void unit_int(long long actual, long long expected, const char *what, const char *file, unsigned line);
void unit_text(const char *actual, const char *expected, const char *what, const char *file, unsigned line);
void unit_has(const char *text, const char *part, bool wanted, const char *what, const char *file,
	unsigned line);
void unit_error(const struct error *err, enum error_kind kind, const char *part, const char *file,
	unsigned line);

/* By how much less of what takes long is tried: 1, or more under a sanitizer or valgrind. */
int unit_share(void);
/* Does fn(arg) end in abort()? It runs in a process of its own. */
bool unit_aborts(void (*fn)(void *), void *arg);
/* A folder of this process, removed at its end. */
const char *unit_folder(void);
/* Path of a file in that folder (valid for 8 more calls); with text it is written. */
const char *unit_path(const char *name);
const char *unit_file(const char *name, const char *text);
/* Path of a file or folder of the sources (the same). */
const char *unit_source(const char *name);
/* The whole file, malloc'd, or NULL; *n may be NULL. */
char *unit_read(const char *path, size_t *n);

#endif
