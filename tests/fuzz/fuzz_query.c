/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The parser of search queries. */
#include <string.h>
#include "fuzz.h"
#include "query.h"
#include "text.h"

const char *const fuzz_target = "query";

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *a = arena_create();
	char *typed = arena_strndup(a, (const char *)data, size);
	struct search_query q;
	struct buf b = BUF_INIT;
	size_t n;

	if (text_is_utf8(typed, size)) { /* search_run takes nothing else */
		query_parse(a, typed, &q);
		PROMISE(q.n <= QUERY_MAX_TERMS && q.n_included <= q.n);
		for (size_t i = 0; i < q.n; i++) {
			const struct query_term *t = &q.terms[i];

			PROMISE(t->exclude == (i >= q.n_included));
			PROMISE(t->n_tokens >= 1 && t->n_tokens <= QUERY_MAX_TOKENS);
			PROMISE(t->start <= size && t->length <= size - t->start);
			PROMISE(text_is_utf8(t->text, strlen(t->text)) && !strpbrk(t->text, "\"*()^:"));
			buf_clear(&b);
			query_quote(&b, t->text);
			PROMISE(b.len >= 3 && b.data[0] == '"' && b.data[b.len - 1] == '"');
			/* What was divided once is not divided again. */
			PROMISE(strcmp(query_tokens(a, t->text, strlen(t->text), SIZE_MAX, &n), t->text) == 0 && n == t->n_tokens);
		}
		char *tokens = query_tokens(a, typed, size, SIZE_MAX, &n);
		PROMISE(strlen(tokens) <= size + 1 && (n > 0) == (*tokens != '\0'));
	}
	buf_finish(&b);
	arena_destroy(a);
	return 0;
}
