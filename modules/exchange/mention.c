/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Who is meant by "@Ana Ruiz" among those who read a group. Plain names, as people
 * write them; what nobody has, or two have, stays text. */
#include "discussion.h"
#include <ctype.h>

/* A letter or digit, or a byte of one beyond ASCII. */
static bool in_word(char c)
{
	return isalnum((unsigned char)c) || (unsigned char)c >= 0x80;
}

/* Bytes of the text that are the name, in any case of ASCII and with any white space between its words; 0: none. */
static size_t name_at(const char *s, const char *name)
{
	const char *begin = s;

	for (; *name; name++) {
		if (*name == ' ') {
			if (!isspace((unsigned char)*s))
				return 0;
			while (isspace((unsigned char)*s))
				s++;
		} else if (tolower((unsigned char)*s++) != tolower((unsigned char)*name)) {
			return 0;
		}
	}
	return in_word(*s) ? 0 : (size_t)(s - begin);
}

/* The longest name that stands there; NULL if none, or two people have it. */
static const struct reader *longest_at(const char *s, const struct reader *readers, size_t n, size_t *length)
{
	const struct reader *found = NULL;
	size_t best = 0;

	for (size_t i = 0; i < n; i++) {
		size_t k = readers[i].name && *readers[i].name ? name_at(s, readers[i].name) : 0;

		if (k > best) {
			best = k;
			found = &readers[i];
		} else if (k && k == best) {
			found = NULL;
		}
	}
	*length = best;
	return found;
}

size_t mention_find(const char *text, const struct reader *readers, size_t n, const struct reader **out)
{
	size_t count = 0;

	for (const char *s = text; *s && count < MENTIONS_MAX; s++) {
		const struct reader *who;
		size_t length, i = 0;

		if (*s != '@' || (s > text && in_word(s[-1])))
			continue; /* "a@b" is an address */
		who = longest_at(s + 1, readers, n, &length);
		while (i < count && out[i] != who)
			i++;
		if (who && i == count)
			out[count++] = who;
	}
	return count;
}

const struct reader *mention_choose(const char *typed, const struct reader *readers, size_t n)
{
	const struct reader *found = NULL;

	for (size_t i = 0; i < n; i++) {
		size_t k = readers[i].name ? name_at(typed, readers[i].name) : 0;
		const char *rest = typed + k, *place = readers[i].place ? readers[i].place : "";
		size_t m = strlen(place);

		if (!k)
			continue;
		if (*rest && (strncmp(rest, " (", 2) != 0 || strncmp(rest + 2, place, m) != 0 || strcmp(rest + 2 + m,
			")") != 0))
			continue;
		if (found)
			return NULL;
		found = &readers[i];
	}
	return found;
}

const char *mention_names(struct arena *a, const struct reader *const *who, size_t n)
{
	const char *names = NULL;

	for (size_t i = 0; i < n; i++)
		names = names ? arena_printf(a, "%s, %s", names, who[i]->name) : who[i]->name;
	return names;
}
