/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Comma-separated values. */
#include "csv.h"
#include <string.h>
#include "text.h"

/* "-37", "-0.5": begins like a formula but is none. */
static bool is_number(const char *s)
{
	size_t digits;

	s += *s == '-';
	digits = strspn(s, "0123456789");
	s += digits;
	if (*s == '.')
		s += 1 + strspn(s + 1, "0123456789");
	return digits && *s == '\0';
}

void csv_cell(struct buf *b, const char *text, char end)
{
	if (text && *text) {
		buf_char(b, '"');
		if (strchr("=+-@\t\r", *text) && !is_number(text))
			buf_char(b, '\'');
		for (; *text; text++) {
			if (*text == '"')
				buf_char(b, '"');
			buf_char(b, *text);
		}
		buf_char(b, '"');
	}
	buf_str(b, end == ',' ? "," : "\r\n");
}

/* ---- reading ---- */

#define CELLS_MAX 200

struct reader {
	struct arena *arena;
	const char *at, *end;
	int line;
	char separator;
};

static char separator_of(const char *s, const char *end)
{
	for (; s < end && *s != '\n' && *s != '\r'; s++)
		if (*s == ',' || *s == ';' || *s == '\t')
			return *s;
	return ',';
}

/* A line break; CR LF is one. */
static void skip_break(struct reader *r)
{
	if (*r->at == '\r' && r->at + 1 < r->end && r->at[1] == '\n')
		r->at++;
	r->at++;
	r->line++;
}

static bool read_quoted(struct reader *r, const char **out, struct error *err)
{
	int line = r->line;
	char *text = arena_alloc(r->arena, (size_t)(r->end - r->at) + 1), *to = text;

	for (r->at++;; r->at++) {
		if (r->at == r->end)
			return error_set(err, ERROR_INVALID, "Line %d: a cell begins with a quotation mark, and none ends it.",
				line);
		if (*r->at == '"' && (r->at + 1 == r->end || r->at[1] != '"'))
			break;
		r->at += *r->at == '"'; /* a doubled one */
		r->line += *r->at == '\n';
		*to++ = *r->at;
	}
	r->at++;
	*to = '\0';
	*out = text;
	if (r->at < r->end && *r->at != r->separator && *r->at != '\n' && *r->at != '\r')
		return error_set(err, ERROR_INVALID, "Line %d: there is something after the closing quotation mark.", r->line);
	return true;
}

static bool read_cell(struct reader *r, const char **out, struct error *err)
{
	const char *from = r->at;

	if (r->at < r->end && *r->at == '"')
		return read_quoted(r, out, err);
	while (r->at < r->end && *r->at != r->separator && *r->at != '\n' && *r->at != '\r')
		r->at++;
	*out = arena_strndup(r->arena, from, (size_t)(r->at - from));
	return true;
}

static bool read_row(struct reader *r, struct csv_row *row, struct error *err)
{
	const char *cells[CELLS_MAX];

	row->line = r->line;
	for (row->n = 0;;) {
		if (row->n == CELLS_MAX)
			return error_set(err, ERROR_INVALID, "Line %d has more than %d cells.", row->line, CELLS_MAX);
		if (!read_cell(r, &cells[row->n++], err))
			return false;
		if (r->at == r->end || *r->at != r->separator)
			break;
		r->at++;
	}
	if (r->at < r->end)
		skip_break(r);
	row->cells = arena_array(r->arena, row->n, sizeof *row->cells);
	memcpy(row->cells, cells, row->n * sizeof *cells);
	return true;
}

static size_t count_lines(const char *s, size_t n)
{
	size_t lines = 1;

	for (size_t i = 0; i < n; i++)
		lines += s[i] == '\n' || s[i] == '\r';
	return lines;
}

bool csv_read(struct arena *a, const char *text, size_t n, size_t max_rows, struct csv_row **rows,
	size_t *n_rows, struct error *err)
{
	struct reader r = { .arena = a, .at = text, .end = text + n, .line = 1 };
	size_t lines = count_lines(text, n);

	*n_rows = 0;
	*rows = arena_array(a, (lines < max_rows ? lines : max_rows) + 1, sizeof **rows);
	if (!text_is_utf8(text, n))
		return error_set(err, ERROR_INVALID, "The file is not UTF-8 text. In a spreadsheet, choose \"CSV UTF-8\".");
	if (n >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0)
		r.at += 3;
	r.separator = separator_of(r.at, r.end);
	while (r.at < r.end) {
		if (*r.at == '\n' || *r.at == '\r') {
			skip_break(&r);
			continue;
		}
		if (*n_rows == max_rows)
			return error_set(err, ERROR_INVALID, "There are more than %zu rows.", max_rows);
		if (!read_row(&r, &(*rows)[*n_rows], err))
			return false;
		++*n_rows;
	}
	return true;
}
