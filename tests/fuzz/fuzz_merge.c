/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Merges of any three texts, set apart by 0x01: each can be read from the parts
 * again, and a side that nobody changed gives way to the other. */
#include <string.h>
#include "../../modules/sessions/merge.h"
#include "buf.h"
#include "fuzz.h"

const char *const fuzz_target = "merge";

/* The lines as merges see them. */
static const char *plain(struct arena *a, const char *s)
{
	struct buf b = BUF_INIT;
	bool first = true;

	while (*s) {
		size_t len = strcspn(s, "\n"), kept = len;

		while (kept && s[kept - 1] == '\r')
			kept--;
		if (!first)
			buf_char(&b, '\n');
		first = false;
		buf_add(&b, s, kept);
		s += len + (s[len] == '\n');
	}
	const char *out = arena_strdup(a, buf_text(&b));
	buf_finish(&b);
	return out;
}

static void check_side(struct arena *a, const struct merge_part *parts, size_t n, size_t which, const char *text)
{
	struct buf b = BUF_INIT;
	bool first = true;

	for (size_t i = 0; i < n; i++) {
		const struct merge_side *s = which == 0 ? &parts[i].base : which == 1 ? &parts[i].theirs : &parts[i].yours;

		if (!s->n)
			continue;
		if (!first)
			buf_char(&b, '\n');
		first = false;
		buf_str(&b, s->text);
	}
	PROMISE(strcmp(buf_text(&b), plain(a, text)) == 0);
	buf_finish(&b);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *a = arena_create();
	char *text = arena_strndup(a, (const char *)data, size), *sides[3] = { text, "", "" };
	struct merge_part *parts;
	size_t n, conflicts, counted = 0;

	for (int i = 0; i < 2; i++) {
		char *end = strchr(sides[i], 1);

		if (!end)
			break;
		*end = '\0';
		sides[i + 1] = end + 1;
	}
	merge_texts(a, sides[0], sides[1], sides[2], &parts, &n, &conflicts);
	for (size_t i = 0; i < n; i++)
		counted += parts[i].kind == MERGE_CONFLICT;
	PROMISE(counted == conflicts);
	for (size_t i = 0; i < 3; i++)
		check_side(a, parts, n, i, sides[i]);
	merge_texts(a, sides[0], sides[0], sides[2], &parts, &n, &conflicts);
	PROMISE(conflicts == 0 && strcmp(merge_result(a, parts, n, NULL), plain(a, sides[2])) == 0);
	merge_texts(a, sides[0], sides[1], sides[1], &parts, &n, &conflicts);
	PROMISE(conflicts == 0 && strcmp(merge_result(a, parts, n, NULL), plain(a, sides[1])) == 0);
	merge_normalise(a, sides[2]);
	arena_destroy(a);
	return 0;
}
