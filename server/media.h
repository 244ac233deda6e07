/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which types of files are taken: by their content (extract.h), and by a name
 * that says the same. */
#ifndef COMMONWEAL_MEDIA_H
#define COMMONWEAL_MEDIA_H
#include <stdbool.h>
#include "arena.h"

/* One type of file that is taken. */
struct media_type {
	const char *type;      /* as extract_look says it */
	const char *label;     /* "PDF" */
	const char *suffixes;  /* words that its name may end with: "jpg jpeg" */
	bool shown;            /* may be shown by the browser itself: modules/files/download.c */
};
/* NULL: it is not taken. */
const struct media_type *media_type_of(const char *type);
bool media_name_fits(const struct media_type *t, const char *name);
/* "PDF, Word (DOCX), ..." */
const char *media_labels(struct arena *a);

#endif
