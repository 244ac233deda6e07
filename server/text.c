/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Small questions about text, ids, digests and clocks. */
#include "text.h"
#include <ctype.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

bool text_is_utf8(const char *s, size_t n)
{
	const unsigned char *p = (const unsigned char *)s, *end = p + n;

	while (p < end) {
		unsigned c = *p++, more, low;

		if (c == 0)
			return false;
		if (c < 0x80)
			continue;
		if (c >= 0xc2 && c <= 0xdf)
			more = 1, low = 0x80;
		else if (c >= 0xe0 && c <= 0xef)
			more = 2, low = 0x800;
		else if (c >= 0xf0 && c <= 0xf4)
			more = 3, low = 0x10000;
		else
			return false;
		unsigned code = c & (0x3f >> more);
		if ((size_t)(end - p) < more)
			return false;
		for (; more; more--, p++) {
			if ((*p & 0xc0) != 0x80)
				return false;
			code = code << 6 | (*p & 0x3f);
		}
		if (code < low || code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff))
			return false;
	}
	return true;
}

size_t text_noncharacter(const char *s)
{
	const unsigned char *p = (const unsigned char *)s;

	if (p[0] == 0xef && p[1] == 0xb7)
		return p[2] >= 0x90 && p[2] <= 0xaf ? 3 : 0;
	if (p[0] == 0xef && p[1] == 0xbf)
		return p[2] >= 0xbe ? 3 : 0;
	if (p[0] >= 0xf0 && (p[1] & 0x0f) == 0x0f && p[2] == 0xbf)
		return p[3] >= 0xbe ? 4 : 0;
	return 0;
}

bool text_is_slug(const char *s)
{
	size_t n = s ? strlen(s) : 0;

	if (n == 0 || n > 80 || s[0] == '-' || s[n - 1] == '-')
		return false;
	for (size_t i = 0; i < n; i++)
		if (!(s[i] >= 'a' && s[i] <= 'z') && !(s[i] >= '0' && s[i] <= '9') &&
			(s[i] != '-' || s[i + 1] == '-'))
			return false;
	return true;
}

char *text_slug(struct arena *a, const char *title, size_t most)
{
	char *out = arena_alloc(a, 64);
	size_t n = 0;

	for (; *title && n < most; title++) {
		char c = *title >= 'A' && *title <= 'Z' ? (char)(*title + 32) : *title;

		if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'))
			out[n++] = c;
		else if (n && out[n - 1] != '-' && c != '\'')
			out[n++] = '-';
	}
	while (n && out[n - 1] == '-')
		out[--n] = '\0';
	return out;
}

char *text_normalise(struct arena *a, const char *s)
{
	char *out = arena_alloc(a, strlen(s) + 1), *to = out;

	while (*s) {
		size_t space = strspn(s, " \t\r\n"), word;

		s += space;
		word = strcspn(s, " \t\r\n");
		if (space && word && to > out)
			*to++ = ' ';
		memcpy(to, s, word);
		to += word;
		s += word;
	}
	return out;
}

bool text_equal_nocase(const char *a, const char *b)
{
	return strcasecmp(a, b) == 0;
}

static size_t least(size_t x, size_t y)
{
	return x < y ? x : y;
}

size_t text_distance(const char *a, const char *b)
{
	size_t n = strlen(a), m = strlen(b), row[64];

	if (n > 63 || m > 63)
		return SIZE_MAX;
	for (size_t j = 0; j <= m; j++)
		row[j] = j;
	for (size_t i = 1; i <= n; i++) {
		size_t corner = row[0];

		row[0] = i;
		for (size_t j = 1; j <= m; j++) {
			size_t changed = corner + (a[i - 1] != b[j - 1]);

			corner = row[j];
			row[j] = least(changed, least(row[j], row[j - 1]) + 1);
		}
	}
	return row[m];
}

size_t text_letters(const char *s)
{
	size_t n = 0;

	for (; *s; s++)
		n += ((unsigned char)*s & 0xc0) != 0x80 && *s != '\r';
	return n;
}

char *text_excerpt(struct arena *a, const char *s, size_t n)
{
	size_t seen = 0, i = 0, word = 0;

	for (; s[i] && seen <= n; i++) {
		if (((unsigned char)s[i] & 0xc0) == 0x80)
			continue;
		if (s[i] == ' ')
			word = i;
		if (seen++ == n)
			break;
	}
	if (!s[i])
		return arena_strdup(a, s);
	return arena_printf(a, "%.*s…", (int)(word ? word : i), s);
}

char *text_sort_key(struct arena *a, const char *s)
{
	static const char *const articles[] = { "the ", "a ", "an " };
	char *key = arena_alloc(a, strlen(s) + 1), *out = key;
	bool gap = false;

	for (size_t i = 0; i < sizeof articles / sizeof *articles; i++)
		if (strncasecmp(s, articles[i], strlen(articles[i])) == 0) {
			s += strlen(articles[i]);
			break;
		}
	for (; *s; s++) {
		unsigned char c = (unsigned char)*s;

		if (!isalnum(c) && c < 0x80) {
			gap = out > key;
			continue;
		}
		if (gap)
			*out++ = ' ';
		gap = false;
		*out++ = (char)tolower(c);
	}
	return key;
}

void id_new(char out[ID_SIZE])
{
	unsigned char b[16];
	uint64_t ms = (uint64_t)clock_now_us() / 1000;

	randombytes_buf(b, sizeof b);
	for (int i = 0; i < 6; i++)
		b[i] = (unsigned char)(ms >> (40 - 8 * i));
	b[6] = (unsigned char)(0x70 | (b[6] & 0x0f)); /* version 7 */
	b[8] = (unsigned char)(0x80 | (b[8] & 0x3f)); /* variant */
	snprintf(out, ID_SIZE, "%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-%02x%02x%02x%02x%02x%02x",
		b[0], b[1], b[2], b[3], b[4], b[5], b[6], b[7], b[8], b[9], b[10], b[11], b[12], b[13],
		b[14], b[15]);
}

bool id_valid(const char *s)
{
	if (!s || strlen(s) != ID_SIZE - 1)
		return false;
	for (int i = 0; i < ID_SIZE - 1; i++) {
		bool hyphen = i == 8 || i == 13 || i == 18 || i == 23;

		if (hyphen ? s[i] != '-' : !(isdigit((unsigned char)s[i]) || (s[i] >= 'a' && s[i] <= 'f')))
			return false;
	}
	return true;
}

void secret_new(char out[SECRET_SIZE])
{
	unsigned char random[32];

	randombytes_buf(random, sizeof random);
	sodium_bin2hex(out, SECRET_SIZE, random, sizeof random);
	sodium_memzero(random, sizeof random);
}

void sha256_hex(const void *p, size_t n, char out[65])
{
	unsigned char digest[crypto_hash_sha256_BYTES];

	crypto_hash_sha256(digest, p, n);
	sodium_bin2hex(out, 65, digest, sizeof digest);
}

int64_t clock_now_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_REALTIME, &t);
	return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

int64_t clock_monotonic_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

static bool digits(const char *s, int from, int n, int *value)
{
	*value = 0;
	for (int i = from; i < from + n; i++) {
		if (!isdigit((unsigned char)s[i]))
			return false;
		*value = *value * 10 + (s[i] - '0');
	}
	return true;
}

/* The parts of a W3CDTF date; month or day 0 where absent. */
static bool date_parts(const char *s, int *year, int *month, int *day)
{
	static const int days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
	size_t n = s ? strlen(s) : 0;

	*month = *day = 0;
	if ((n != 4 && n != 7 && n != 10) || !digits(s, 0, 4, year) || *year < 1)
		return false;
	if (n > 4 && (s[4] != '-' || !digits(s, 5, 2, month) || *month < 1 || *month > 12))
		return false;
	if (n == 10) {
		bool leap = (*year % 4 == 0 && *year % 100 != 0) || *year % 400 == 0;

		if (s[7] != '-' || !digits(s, 8, 2, day) || *day < 1 ||
			*day > days[*month - 1] + (leap && *month == 2))
			return false;
	}
	return true;
}

char *moment_human(struct arena *a, int64_t us)
{
	time_t seconds = (time_t)(us / 1000000);
	char day[16], clock[16];
	struct tm tm;

	gmtime_r(&seconds, &tm);
	strftime(day, sizeof day, "%Y-%m-%d", &tm);
	strftime(clock, sizeof clock, "%H:%M UTC", &tm);
	return arena_printf(a, "%s, %s", date_human(a, day), clock);
}

char *moment_utc(struct arena *a, int64_t us)
{
	time_t seconds = (time_t)(us / 1000000);
	char text[32];
	struct tm tm;

	gmtime_r(&seconds, &tm);
	strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &tm);
	return arena_strdup(a, text);
}

char *moment_day(struct arena *a, int64_t us)
{
	return arena_strndup(a, moment_utc(a, us), 10);
}

char *moment_day_human(struct arena *a, int64_t us)
{
	return date_human(a, moment_day(a, us));
}

/* The program runs in the C locale: strftime gives English names. */
char *moment_http(struct arena *a, int64_t us)
{
	time_t seconds = (time_t)(us / 1000000);
	char text[40];
	struct tm tm;

	gmtime_r(&seconds, &tm);
	strftime(text, sizeof text, "%a, %d %b %Y %H:%M:%S GMT", &tm);
	return arena_strdup(a, text);
}

bool moment_http_parse(const char *s, int64_t *us)
{
	static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
	static const char shape[] = "Aaa, 00 Aaa 0000 00:00:00 GMT";
	struct tm tm = { 0 };

	*us = 0;
	if (!s || strlen(s) != sizeof shape - 1)
		return false;
	for (size_t i = 0; i < sizeof shape - 1; i++) {
		unsigned char c = (unsigned char)s[i];
		bool letter = i < sizeof shape - 4 && isalpha((unsigned char)shape[i]);

		if (letter ? !isalpha(c) : shape[i] == '0' ? !isdigit(c) : s[i] != shape[i])
			return false;
	}
	const char *month = months;
	while (*month && strncmp(month, s + 8, 3) != 0)
		month += 3;
	tm.tm_mon = (int)(month - months) / 3;
	if (!digits(s, 5, 2, &tm.tm_mday) || !digits(s, 12, 4, &tm.tm_year) || !digits(s, 17, 2, &tm.tm_hour) ||
		!digits(s, 20, 2, &tm.tm_min) || !digits(s, 23, 2, &tm.tm_sec) || !*month || tm.tm_mday < 1 ||
		tm.tm_mday > 31 || tm.tm_hour > 23 || tm.tm_min > 59 || tm.tm_sec > 60 || tm.tm_year < 1900)
		return false;
	tm.tm_year -= 1900;
	*us = (int64_t)timegm(&tm) * 1000000;
	return true;
}

bool date_valid(const char *w3cdtf)
{
	int y, m, d;

	return date_parts(w3cdtf, &y, &m, &d);
}

char *date_human(struct arena *a, const char *w3cdtf)
{
	static const char *const months[] = { "January", "February", "March", "April", "May", "June",
		"July", "August", "September", "October", "November", "December" };
	int y, m, d;

	if (!date_parts(w3cdtf, &y, &m, &d))
		return arena_strdup(a, w3cdtf);
	if (d)
		return arena_printf(a, "%d %s %d", d, months[m - 1], y);
	if (m)
		return arena_printf(a, "%s %d", months[m - 1], y);
	return arena_printf(a, "%d", y);
}
