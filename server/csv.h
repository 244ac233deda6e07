/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Comma-separated values (RFC 4180). */
#ifndef COMMONWEAL_CSV_H
#define COMMONWEAL_CSV_H
#include <stdbool.h>
#include <stddef.h>
#include "arena.h"
#include "buf.h"
#include "error.h"

/* A cell, then end: ',' or, after the last of a line, '\n', which is written as
 * CR LF. A text that a spreadsheet would take for a formula gets an apostrophe
 * before it; a number stays as it is. NULL is an empty cell. */
void csv_cell(struct buf *b, const char *text, char end);

struct csv_row {
	int line; /* on which it begins, from 1 */
	size_t n;
	const char **cells;
};

/* Reads a whole text (UTF-8, with or without a byte order mark; rows end with CR LF, LF
 * or CR; empty lines are left out). The separator is that of the first row: comma, semicolon or tab. At
 * most max_rows. ERROR_INVALID says the line; rows may differ in length. (Our own, for
 * no library of Debian's says on which line of a quoted text a cell begins.) */
bool csv_read(struct arena *a, const char *text, size_t n, size_t max_rows, struct csv_row **rows,
	size_t *n_rows, struct error *err);

#endif
