/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Names of authors: persons and organizations. */
#include <ctype.h>
#include <string.h>
#include "cite.h"
#include "text.h"

/* Words that are in names of organizations and not in names of persons. */
static const char *const corporate[] = { "academy", "agency", "alliance", "and", "association", "attorney's", "board", "bureau",
	"center", "centre", "city", "coalition", "college", "commission", "committee", "company", "consortium", "corporation",
	"council", "county", "court", "department", "dept", "division", "federation", "for", "foundation", "fund", "government",
	"group", "inc", "initiative", "institute", "institution", "journal", "justice", "laboratory", "league", "library",
	"llc", "ltd", "ministry", "national", "network", "news", "of", "office", "organization", "partnership", "police", "press",
	"program", "project", "research", "school", "service", "services", "society", "state", "states", "task", "team",
	"the", "times", "trust", "union", "university", "&" };

static const char *const suffixes[] = { "Jr", "Jr.", "Sr", "Sr.", "II", "III", "IV" };
static const char *const particles[] = { "al", "bin", "da", "das", "de", "del", "della", "den", "der", "di", "do", "dos", "du",
	"el", "la", "le", "ten", "ter", "van", "von", "y", "zu", "zur" };

static bool one_of(const char *const *list, size_t n, const char *word, size_t length)
{
	for (size_t i = 0; i < n; i++)
		if (strlen(list[i]) == length && strncmp(list[i], word, length) == 0)
			return true;
	return false;
}

static bool is_corporate(const char *s, size_t n)
{
	char word[16];

	while (n && strchr(".,:()", s[n - 1]))
		n--;
	if (n == 0 || n >= sizeof word)
		return false;
	for (size_t i = 0; i < n; i++)
		word[i] = (char)tolower((unsigned char)s[i]);
	return one_of(corporate, sizeof corporate / sizeof *corporate, word, n);
}

/* "A." or "A.B." or "J.-P." */
static bool is_initial(const char *s, size_t n)
{
	size_t letters = 0;

	if (n < 2 || s[n - 1] != '.')
		return false;
	for (size_t i = 0; i < n; i++) {
		letters += isupper((unsigned char)s[i]) != 0;
		if (!isupper((unsigned char)s[i]) && s[i] != '.' && s[i] != '-')
			return false;
	}
	return letters > 0 && letters <= 3;
}

/* Words of a part of a name, each fit for a person. *initials counts. Letters
 * outside ASCII count as capitals: what they are is not ours to say. */
static bool personal(const char *s, size_t n, size_t *words, size_t *initials)
{
	*words = *initials = 0;
	for (const char *end = s + n; s < end;) {
		size_t length = 0;

		while (s + length < end && s[length] != ' ')
			length++;
		if (length == 0) {
			s++;
			continue;
		}
		unsigned char c = (unsigned char)*s;
		if (is_corporate(s, length) || memchr(s, '(', length) || memchr(s, '/', length) ||
			(!isupper(c) && c < 0x80 && !one_of(particles, sizeof particles / sizeof *particles, s, length)))
			return false;
		for (size_t i = 0; i < length; i++)
			if (isdigit((unsigned char)s[i]))
				return false;
		*initials += is_initial(s, length);
		++*words;
		s += length;
	}
	return *words > 0 && *words <= 6;
}

/* "Family, Given" and "Family, Given, Jr." */
static bool read_inverted(struct arena *a, const char *text, const char *comma, struct cite_name *out)
{
	const char *given = comma + 1 + strspn(comma + 1, " "), *second = strchr(given, ',');
	const char *suffix = second ? second + 1 + strspn(second + 1, " ") : NULL;
	size_t words, initials, n = second ? (size_t)(second - given) : strlen(given);

	if (suffix && !one_of(suffixes, sizeof suffixes / sizeof *suffixes, suffix, strlen(suffix)))
		return false;
	size_t family = (size_t)(comma - text);
	if (!personal(text, family, &words, &initials) || is_initial(text, family) || text[family - 1] == ' ' ||
		!personal(given, n, &words, &initials))
		return false;
	out->family = arena_strndup(a, text, family);
	out->given = arena_strndup(a, given, n);
	out->suffix = arena_strdup(a, suffix);
	return true;
}

/* "Anthony A. Braga", "Ludwig van der Berg, Jr.": an initial says that it is a person. */
static bool read_direct(struct arena *a, const char *text, size_t n, const char *suffix, struct cite_name *out)
{
	size_t words, initials, start = n;

	if (!personal(text, n, &words, &initials) || (!initials && !suffix) || words < 2)
		return false;
	/* The last word is the family's, with the particles before it. */
	while (start > 0 && text[start - 1] != ' ')
		start--;
	if (start == n || is_initial(text + start, n - start))
		return false; /* a space at the end, or an initial: no family's name */
	for (size_t before = start; before > 1;) {
		size_t end = before - 1, from = end;

		while (from > 0 && text[from - 1] != ' ')
			from--;
		if (!one_of(particles, sizeof particles / sizeof *particles, text + from, end - from) || from == 0)
			break;
		start = before = from;
	}
	if (start < 2)
		return false;
	out->family = arena_strndup(a, text + start, n - start);
	out->given = arena_strndup(a, text, start - 1);
	out->suffix = arena_strdup(a, suffix);
	return true;
}

void cite_name_read(struct arena *a, const char *text, struct cite_name *out)
{
	const char *comma = strchr(text, ','), *after = comma ? comma + 1 + strspn(comma + 1, " ") : NULL;

	*out = (struct cite_name){ .literal = arena_strdup(a, text) };
	if (!comma)
		read_direct(a, text, strlen(text), NULL, out);
	else if (one_of(suffixes, sizeof suffixes / sizeof *suffixes, after, strlen(after)))
		read_direct(a, text, (size_t)(comma - text), after, out);
	else
		read_inverted(a, text, comma, out);
}

struct cite_name *cite_names_read(struct arena *a, const char *list, size_t *n)
{
	struct cite_name *names;
	size_t room = 1;

	*n = 0;
	for (const char *s = list; s && (s = strstr(s, "; ")); s += 2)
		room++;
	names = arena_array(a, room, sizeof *names);
	for (const char *s = list; s && *s;) {
		const char *end = strstr(s, "; ");
		size_t length = end ? (size_t)(end - s) : strlen(s);

		if (length)
			cite_name_read(a, arena_strndup(a, s, length), &names[(*n)++]);
		s = end ? end + 2 : NULL;
	}
	return names;
}
