/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The type of a file by its content: libmagic's word, and the first bytes that
 * the type must have, so that a file that is also something else begins as what
 * it is taken for. */
#include <magic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "extract.h"

#define HEAD_BYTES (256 << 10)

static const struct {
	const char *type, *begins;
	size_t n;
} known[] = {
	{ "application/pdf", "%PDF-", 5 },
	{ "image/png", "\x89PNG\r\n\x1a\n", 8 },
	{ "image/jpeg", "\xff\xd8\xff", 3 },
	{ "image/gif", "GIF8", 4 },
	{ "image/webp", "RIFF", 4 },
	{ "application/vnd.openxmlformats-officedocument.wordprocessingml.document", "PK\x03\x04", 4 },
	{ "application/vnd.oasis.opendocument.text", "PK\x03\x04", 4 },
};

static bool is_text(const unsigned char *p, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if ((p[i] < 0x20 && p[i] != '\n' && p[i] != '\r' && p[i] != '\t') || p[i] == 0x7f)
			return false;
	return n > 0;
}

/* What browsers might take for markup. */
static bool is_markup(const unsigned char *p, size_t n)
{
	size_t i = n >= 3 && memcmp(p, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;

	while (i < n && (p[i] == ' ' || p[i] == '\t' || p[i] == '\r' || p[i] == '\n'))
		i++;
	return i < n && p[i] == '<';
}

const char *type_of(void)
{
	static char type[128];
	unsigned char *head = malloc(HEAD_BYTES);
	magic_t magic = magic_open(MAGIC_MIME_TYPE);
	ssize_t n = head ? pread(0, head, HEAD_BYTES, 0) : -1;
	const char *said = NULL;

	if (!magic || magic_load(magic, NULL) != 0 || n < 0)
		problem("The file's type could not be found out.");
	said = magic_buffer(magic, head, (size_t)n);
	strncpy(type, said ? said : "application/octet-stream", sizeof type - 1);
	/* How libmagic calls a table depends on its version and on the commas. */
	if ((strcmp(type, "text/plain") == 0 || strcmp(type, "application/csv") == 0 || strcmp(type, "text/csv") == 0) &&
		is_text(head, (size_t)n))
		strcpy(type, is_markup(head, (size_t)n) ? "text/html" : "text/csv");
	for (size_t i = 0; i < sizeof known / sizeof *known; i++)
		if (strcmp(type, known[i].type) == 0 &&
			((size_t)n < known[i].n || memcmp(head, known[i].begins, known[i].n) != 0))
			strcpy(type, "application/octet-stream");
	magic_close(magic);
	free(head);
	return type;
}
