/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reads the file of synonyms. A few hundred entries: searched one by one. */
#include "thesaurus.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "arena.h"
#include "query.h"
#include "text.h"

#define LINE_MAX_BYTES 2000
#define ENTRIES_MAX 5000

struct thesaurus {
	struct arena *arena;
	struct thesaurus_entry *entries;
	size_t n, groups;
};

static bool equal_term(const char *a, const char *b)
{
	size_t n = strlen(a), m = strlen(b), same = n < m ? n : m;

	if (strncmp(a, b, same) != 0)
		return false;
	return n == m || (n == m + 1 && a[m] == 's') || (m == n + 1 && b[n] == 's');
}

const struct thesaurus_entry *thesaurus_find(const struct thesaurus *t, const char *term)
{
	for (size_t i = 0; i < t->n; i++)
		if (equal_term(t->entries[i].term, term))
			return &t->entries[i];
	return NULL;
}

const struct thesaurus_entry *thesaurus_entries(const struct thesaurus *t, size_t *n)
{
	*n = t->n;
	return t->entries;
}

static bool add_line(struct thesaurus *t, const char *path, int number, char *line, struct error *err)
{
	size_t before = t->n, tokens;
	char *save = NULL;

	line[strcspn(line, "#\r\n")] = '\0';
	if (!text_is_utf8(line, strlen(line)))
		return error_set(err, ERROR_INVALID, "%s:%d: this is not UTF-8 text.", path, number);
	for (char *part = strtok_r(line, "|", &save); part; part = strtok_r(NULL, "|", &save)) {
		const char *term = query_tokens(t->arena, part, strlen(part), QUERY_MAX_TOKENS, &tokens);
		size_t first = strspn(part, " \t"), end = strlen(part);

		while (end > first && (part[end - 1] == ' ' || part[end - 1] == '\t'))
			end--;
		if (tokens == 0)
			continue;
		for (size_t i = 0; i < t->n; i++)
			if (strcmp(t->entries[i].term, term) == 0)
				return error_set(err, ERROR_INVALID, "%s:%d: '%s' stands in the file twice.", path, number,
					term);
		if (t->n == ENTRIES_MAX)
			return error_set(err, ERROR_INVALID, "%s:%d: more than %d terms.", path, number, ENTRIES_MAX);
		t->entries[t->n++] = (struct thesaurus_entry){ .term = term, .group = t->groups,
			.shown = arena_strndup(t->arena, part + first, end - first) };
	}
	if (t->n == before + 1)
		return error_set(err, ERROR_INVALID, "%s:%d: a group has two terms or more, parted by |.", path,
			number);
	t->groups += t->n > before;
	return true;
}

struct thesaurus *thesaurus_load(const char *path, struct error *err)
{
	struct arena *a = arena_create();
	struct thesaurus *t = arena_alloc(a, sizeof *t);
	char line[LINE_MAX_BYTES];
	bool ok = true;

	t->arena = a;
	t->entries = arena_array(a, ENTRIES_MAX, sizeof *t->entries);
	if (!path)
		return t;
	FILE *f = fopen(path, "re");
	if (!f) {
		error_set(err, ERROR_INVALID, "The thesaurus %s cannot be read: %s.", path, strerror(errno));
		thesaurus_destroy(t);
		return NULL;
	}
	for (int number = 1; ok && fgets(line, sizeof line, f); number++) {
		if (!strchr(line, '\n') && !feof(f))
			ok = error_set(err, ERROR_INVALID, "%s:%d: the line is too long.", path, number);
		ok = ok && add_line(t, path, number, line, err);
	}
	if (ok && ferror(f))
		ok = error_set(err, ERROR_INVALID, "The thesaurus %s cannot be read: %s.", path, strerror(errno));
	fclose(f);
	if (ok)
		return t;
	thesaurus_destroy(t);
	return NULL;
}

void thesaurus_destroy(struct thesaurus *t)
{
	if (t)
		arena_destroy(t->arena);
}
