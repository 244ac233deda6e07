/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Comma-separated values (RFC 4180). */
#ifndef COMMONWEAL_CSV_H
#define COMMONWEAL_CSV_H
#include "buf.h"

/* A cell, then end: ',' or, after the last of a line, '\n', which is written as
 * CR LF. A text that a spreadsheet would take for a formula gets an apostrophe
 * before it; a number stays as it is. NULL is an empty cell. */
void csv_cell(struct buf *b, const char *text, char end);

#endif
