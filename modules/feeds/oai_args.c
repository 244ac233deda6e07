/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Dates, sets and resumption tokens of OAI-PMH. */
#include "oai_args.h"
#include <ctype.h>
#include <sodium.h>
#include <time.h>

#define VARIANT sodium_base64_VARIANT_URLSAFE_NO_PADDING
#define TOKEN_MAX 1000
#define CHECK_SIZE 8 /* hex digits of a digest, against damage on the way */

static bool shaped(const char *s, const char *shape)
{
	for (; *shape; s++, shape++)
		if (*shape == '0' ? !isdigit((unsigned char)*s) : *s != *shape)
			return false;
	return *s == '\0';
}

bool oai_date_read(const char *s, bool end, int64_t *us, bool *day)
{
	struct tm tm = { 0 };
	char date[11] = "";

	*us = 0;
	*day = shaped(s, "0000-00-00");
	if (!*day && !shaped(s, "0000-00-00T00:00:00Z"))
		return false;
	strncat(date, s, 10);
	if (!date_valid(date) || atoi(date) < 1970)
		return false;
	tm.tm_year = atoi(s) - 1900;
	tm.tm_mon = atoi(s + 5) - 1;
	tm.tm_mday = atoi(s + 8);
	if (!*day) {
		tm.tm_hour = atoi(s + 11);
		tm.tm_min = atoi(s + 14);
		tm.tm_sec = atoi(s + 17);
		if (tm.tm_hour > 23 || tm.tm_min > 59 || tm.tm_sec > 59)
			return false;
	}
	*us = ((int64_t)timegm(&tm) + (end ? *day ? 86400 : 1 : 0)) * 1000000 - (end ? 1 : 0);
	return true;
}

bool oai_set_read(struct arena *a, const char *spec, struct harvest *h)
{
	const char *dot = strchr(spec, '.');
	size_t n = dot ? (size_t)(dot - spec) : 0;
	const char **member = n == 4 && strncmp(spec, "type", n) == 0 ? &h->type :
		n == 8 && strncmp(spec, "strategy", n) == 0 ? &h->strategy :
		n == 5 && strncmp(spec, "space", n) == 0 ? &h->space : NULL;

	if (!member || !text_is_slug(dot + 1))
		return false;
	*member = arena_strdup(a, dot + 1);
	return true;
}

/* ---- tokens: "1 type strategy space from until after id cursor total", "-" for none ---- */

enum { FIELDS = 10 };

static const char *word(const char *s)
{
	return s ? s : "-";
}

const char *oai_token_make(struct arena *a, const struct oai_token *t)
{
	const struct harvest *h = &t->harvest;
	const char *plain = arena_printf(a, "1 %s %s %s %lld %lld %lld %s %lld %lld", word(h->type), word(h->strategy),
		word(h->space), (long long)h->from_us, (long long)h->until_us, (long long)h->after_us, h->after_id,
		(long long)t->cursor, (long long)t->total);
	char digest[65];

	sha256_hex(plain, strlen(plain), digest);
	plain = arena_printf(a, "%.*s%s", CHECK_SIZE, digest, plain);
	size_t room = sodium_base64_encoded_len(strlen(plain), VARIANT);
	return sodium_bin2base64(arena_alloc(a, room), room, (const unsigned char *)plain, strlen(plain), VARIANT);
}

static bool number(const char *s, int64_t *out)
{
	size_t n = strlen(s);

	if (n == 0 || n > 17 || strspn(s, "0123456789") != n)
		return false;
	*out = strtoll(s, NULL, 10);
	return true;
}

static bool slug(char *s, const char **out)
{
	*out = strcmp(s, "-") == 0 ? NULL : s;
	return !*out || text_is_slug(s);
}

bool oai_token_read(struct arena *a, const char *text, struct oai_token *t)
{
	size_t n = 0, length = strlen(text), fields = 0;
	char *plain = arena_alloc(a, length + 1), *field[FIELDS], digest[65];
	struct harvest *h = &t->harvest;

	memset(t, 0, sizeof *t);
	if (length > TOKEN_MAX || sodium_base642bin((unsigned char *)plain, length, text, length, NULL, &n, NULL, VARIANT) != 0 ||
		n < CHECK_SIZE || memchr(plain, '\0', n))
		return false;
	sha256_hex(plain + CHECK_SIZE, n - CHECK_SIZE, digest);
	if (memcmp(digest, plain, CHECK_SIZE) != 0)
		return false;
	for (char *s = plain + CHECK_SIZE, *end; s; s = end) {
		end = strchr(s, ' ');
		if (end)
			*end++ = '\0';
		if (fields == FIELDS)
			return false;
		field[fields++] = s;
	}
	if (fields != FIELDS || strcmp(field[0], "1") != 0 || !id_valid(field[7]))
		return false;
	h->after_id = field[7];
	return slug(field[1], &h->type) && slug(field[2], &h->strategy) && slug(field[3], &h->space) &&
		number(field[4], &h->from_us) && number(field[5], &h->until_us) && number(field[6], &h->after_us) &&
		number(field[8], &t->cursor) && number(field[9], &t->total);
}
