/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The query parser. It divides words as the tokenizer unicode61 does, closely
 * enough: what it takes for a word too much is dropped by the index. */
#include "query.h"
#include <stdlib.h>
#include <string.h>

/* Length of the code point at s, and the code point; s is UTF-8. */
static size_t decode(const char *s, unsigned *out)
{
	const unsigned char *p = (const unsigned char *)s;

	if (p[0] < 0x80) {
		*out = p[0];
		return 1;
	}
	if ((p[0] & 0xe0) == 0xc0) {
		*out = (p[0] & 0x1fu) << 6 | (p[1] & 0x3fu);
		return 2;
	}
	if ((p[0] & 0xf0) == 0xe0) {
		*out = (p[0] & 0x0fu) << 12 | (p[1] & 0x3fu) << 6 | (p[2] & 0x3fu);
		return 3;
	}
	*out = (p[0] & 0x07u) << 18 | (p[1] & 0x3fu) << 12 | (p[2] & 0x3fu) << 6 | (p[3] & 0x3fu);
	return 4;
}

static bool is_letter(unsigned c)
{
	if (c < 0x80)
		return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
	if (c < 0xc0)
		return c == 0xaa || c == 0xb2 || c == 0xb3 || c == 0xb5 || c == 0xb9 || c == 0xba;
	if (c == 0xd7 || c == 0xf7 || c == 0xfeff)
		return false;
	return !(c >= 0x2000 && c <= 0x2bff) && !(c >= 0x3000 && c <= 0x303f) &&
		!(c >= 0xe000 && c <= 0xf8ff) && !(c >= 0xfe10 && c <= 0xfe6f) &&
		!(c >= 0xff01 && c <= 0xff0f) && !(c >= 0x1f000 && c <= 0x1faff) && c < 0xe0000;
}

static bool is_blank(unsigned c)
{
	return c <= ' ' || c == 0x7f || c == 0xa0 || c == 0x2009 || c == 0x200b || c == 0x202f || c == 0x3000;
}

static bool is_quote(unsigned c)
{
	return c == '"' || c == 0x201c || c == 0x201d || c == 0x201e || c == 0xab || c == 0xbb;
}

char *query_tokens(struct arena *a, const char *s, size_t n, size_t max, size_t *n_tokens)
{
	char *out = arena_alloc(a, n + 2);
	size_t used = 0, at = 0;
	bool inside = false;
	unsigned c;

	*n_tokens = 0;
	while (at < n) {
		size_t length = decode(s + at, &c);

		if (length > n - at)
			break;
		if (is_letter(c)) {
			if (!inside && *n_tokens == max)
				break;
			if (!inside && (*n_tokens)++ > 0)
				out[used++] = ' ';
			inside = true;
			memcpy(out + used, s + at, length);
			if (c >= 'A' && c <= 'Z')
				out[used] = (char)(c + 32);
			used += length;
		} else {
			inside = false; /* an apostrophe too: the index parts don't into don and t */
		}
		at += length;
	}
	out[used] = '\0';
	return out;
}

void query_quote(struct buf *out, const char *text)
{
	buf_char(out, '"');
	for (; *text; text++) {
		if (*text == '"')
			buf_char(out, '"');
		buf_char(out, *text);
	}
	buf_char(out, '"');
}

static void add_term(struct arena *a, struct search_query *q, const char *typed, size_t start, size_t end,
	bool quoted, bool exclude)
{
	struct query_term t = { .quoted = quoted, .exclude = exclude, .start = start, .length = end - start };

	t.prefix = !quoted && end > start && typed[end - 1] == '*';
	t.text = query_tokens(a, typed + start, end - start, QUERY_MAX_TOKENS, &t.n_tokens);
	if (t.n_tokens == 0)
		return;
	for (size_t i = 0; i < q->n; i++)
		if (q->terms[i].exclude == exclude && strcmp(q->terms[i].text, t.text) == 0)
			return;
	if (q->n == QUERY_MAX_TERMS || t.n_tokens == QUERY_MAX_TOKENS)
		q->simplified = true;
	if (q->n < QUERY_MAX_TERMS)
		q->terms[q->n++] = t;
}

static bool read_type(struct arena *a, struct search_query *q, const char *typed, size_t start, size_t end)
{
	size_t n = end - start;

	if (n <= 5 || strncmp(typed + start, "type:", 5) != 0)
		return false;
	q->type = arena_strndup(a, typed + start + 5, n - 5);
	return true;
}

/* Words that say nothing of what a text is about; sorted. */
static const char *const stop_words[] = { "a", "about", "after", "all", "also", "am", "an", "and", "any",
	"are", "as", "at", "be", "because", "been", "before", "being", "but", "by", "can", "could", "did", "do",
	"does", "doing", "for", "from", "get", "had", "has", "have", "having", "he", "her", "here", "him", "his",
	"how", "i", "if", "in", "into", "is", "it", "its", "just", "me", "more", "most", "my", "no", "nor", "not",
	"of", "on", "only", "or", "other", "our", "out", "over", "own", "s", "same", "she", "should", "so", "some",
	"such", "t", "than", "that", "the", "their", "them", "then", "there", "these", "they", "this", "those",
	"through", "to", "too", "under", "up", "us", "very", "was", "we", "were", "what", "when", "where", "which",
	"while", "who", "whom", "whose", "why", "will", "with", "would", "you", "your" };

static int by_text(const void *key, const void *item)
{
	return strcmp(key, *(const char *const *)item);
}

/* Weak words do not search, unless nothing else was typed. */
static void mark_weak(struct search_query *q)
{
	size_t weak = 0;

	for (size_t i = 0; i < q->n_included; i++) {
		struct query_term *t = &q->terms[i];

		t->weak = !t->quoted && !t->prefix && bsearch(t->text, stop_words,
			sizeof stop_words / sizeof *stop_words, sizeof *stop_words, by_text);
		weak += t->weak;
	}
	for (size_t i = 0; weak == q->n_included && i < q->n_included; i++)
		q->terms[i].weak = false;
}

void query_parse(struct arena *a, const char *typed, struct search_query *q)
{
	size_t n = strlen(typed), at = 0, length;
	unsigned c;

	memset(q, 0, sizeof *q);
	if (n > QUERY_MAX_BYTES) {
		n = QUERY_MAX_BYTES;
		while (n > 0 && ((unsigned char)typed[n] & 0xc0) == 0x80)
			n--;
		q->simplified = true;
	}
	while (at < n) {
		length = decode(typed + at, &c);
		if (is_blank(c)) {
			at += length;
			continue;
		}
		bool exclude = c == '-' && at + 1 < n && typed[at + 1] != '-' && typed[at + 1] != ' ';
		if (exclude) {
			at++;
			length = decode(typed + at, &c);
		}
		bool quoted = is_quote(c);
		if (quoted)
			at += length;
		size_t start = at;
		while (at < n) {
			length = decode(typed + at, &c);
			if (quoted ? is_quote(c) : is_blank(c) || is_quote(c))
				break;
			at += length;
		}
		size_t end = at < n ? at : n;
		if (quoted && at < n)
			at += length;
		if (quoted || exclude || !read_type(a, q, typed, start, end))
			add_term(a, q, typed, start, end, quoted, exclude);
	}
	/* Included terms first, each part in the order typed. */
	struct query_term sorted[QUERY_MAX_TERMS] = { 0 };
	size_t m = 0;
	for (int pass = 0; pass < 2; pass++) {
		for (size_t i = 0; i < q->n; i++)
			if (q->terms[i].exclude == (pass == 1))
				sorted[m++] = q->terms[i];
		if (pass == 0)
			q->n_included = m;
	}
	memcpy(q->terms, sorted, m * sizeof *sorted);
	mark_weak(q);
}
