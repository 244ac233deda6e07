/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which types of files are taken. */
#include "media.h"
#include <stdio.h>
#include <string.h>
#include "text.h"

static const struct media_type types[] = {
	{ "application/pdf", "PDF", "pdf", true },
	{ "application/vnd.openxmlformats-officedocument.wordprocessingml.document", "Word (DOCX)", "docx", false },
	{ "application/vnd.oasis.opendocument.text", "OpenDocument text (ODT)", "odt", false },
	{ "image/png", "PNG", "png", true },
	{ "image/jpeg", "JPEG", "jpg jpeg", true },
	{ "image/gif", "GIF", "gif", true },
	{ "image/webp", "WebP", "webp", true },
	{ "text/csv", "CSV", "csv", false },
	{ NULL, NULL, NULL, false }
};

const struct media_type *media_type_of(const char *type)
{
	for (const struct media_type *t = types; type && t->type; t++)
		if (strcmp(t->type, type) == 0)
			return t;
	return NULL;
}

bool media_name_fits(const struct media_type *t, const char *name)
{
	const char *dot = strrchr(name, '.');
	char words[32], *save = NULL;

	snprintf(words, sizeof words, "%s", t->suffixes);
	for (char *w = strtok_r(words, " ", &save); dot && w; w = strtok_r(NULL, " ", &save))
		if (text_equal_nocase(w, dot + 1))
			return true;
	return false;
}

const char *media_labels(struct arena *a)
{
	const char *list = "";

	for (const struct media_type *t = types; t->type; t++)
		list = arena_printf(a, "%s%s%s", list, *list ? ", " : "", t->label);
	return list;
}
