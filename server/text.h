/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Small questions about text, ids, digests and clocks. */
#ifndef COMMONWEAL_TEXT_H
#define COMMONWEAL_TEXT_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "arena.h"

/* Well-formed UTF-8 (RFC 3629: no surrogates, no overlong forms, no NUL). */
bool text_is_utf8(const char *s, size_t n);
/* Bytes of the noncharacter at s (U+FDD0 to U+FDEF, U+xxFFFE, U+xxFFFF), which
 * is UTF-8 but not for exchange; 0 if there stands another. */
size_t text_noncharacter(const char *s);
/* [a-z0-9] and single inner hyphens, 1 to 80 bytes. */
bool text_is_slug(const char *s);
/* Letters a-z and digits of a title, joined by hyphens, at most that many bytes (up to 63); "" if there are none. */
char *text_slug(struct arena *a, const char *title, size_t most);
/* Each run of XML white space as one space, none at the ends. */
char *text_normalise(struct arena *a, const char *s);
/* Same bytes, ASCII case folded. */
bool text_equal_nocase(const char *a, const char *b);
/* Letters to change, add or take away (Levenshtein); SIZE_MAX when either has more than 63 bytes. */
size_t text_distance(const char *a, const char *b);
/* How many code points a well-formed text has, as people count letters; of a line's end the CR is none. */
size_t text_letters(const char *s);
/* First n code points of s, ending at a word and with an ellipsis if cut. */
char *text_excerpt(struct arena *a, const char *s, size_t n);
/* Key to sort titles by: lower case, without a leading article and punctuation. */
char *text_sort_key(struct arena *a, const char *s);

#define ID_SIZE 37
/* A new UUIDv7 (RFC 9562), lower case, with its NUL. */
void id_new(char out[ID_SIZE]);
bool id_valid(const char *s);
/* 256 random bits as 64 lower-case hex digits, with their NUL: for cookies and links. */
#define SECRET_SIZE 65
void secret_new(char out[SECRET_SIZE]);
/* Lower-case hex of SHA-256 (FIPS 180-4), with its NUL. */
void sha256_hex(const void *p, size_t n, char out[65]);
/* Wall clock, UTC microseconds since 1970; monotonic nanoseconds. */
int64_t clock_now_us(void);
int64_t clock_monotonic_ns(void);
/* "24 November 2026" for "2026-11-24", "November 2026" for "2026-11", "2026" for "2026". */
char *date_human(struct arena *a, const char *w3cdtf);
/* "24 November 2026, 20:14 UTC" */
char *moment_human(struct arena *a, int64_t us);
/* The day of a moment, UTC: "2026-11-24", and as date_human has it. */
char *moment_day(struct arena *a, int64_t us);
char *moment_day_human(struct arena *a, int64_t us);
/* "2026-11-24T20:14:05Z" (RFC 3339), and "Tue, 24 Nov 2026 20:14:05 GMT" (RFC 9110). */
char *moment_utc(struct arena *a, int64_t us);
char *moment_http(struct arena *a, int64_t us);
/* The first of the three forms of RFC 9110; false if it is another or no date. */
bool moment_http_parse(const char *s, int64_t *us);
/* A W3CDTF date (YYYY, YYYY-MM, YYYY-MM-DD) that exists in the calendar. */
bool date_valid(const char *w3cdtf);

#endif
