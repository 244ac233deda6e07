/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Time zones from TZif files, with the POSIX rule in their footer for the time
 * after the last listed change. */
#include "zone.h"
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "text.h"

#define ZONE_FOLDER "/usr/share/zoneinfo"
#define ZONE_MAX_BYTES (256 * 1024)
#define DAY 86400

struct kind {
	int32_t offset;
	unsigned char name; /* index into names */
};

struct zone {
	unsigned char *bytes;
	size_t n;
	size_t n_changes, n_kinds, n_names;
	const unsigned char *changes, *kind_of, *kinds, *names; /* in bytes */
	const char *footer;
	size_t footer_len;
};

/* A day of the year when the clocks change: Mm.w.d, Jn or n. */
struct rule {
	char kind; /* 'M', 'J', '0' */
	int month, week, day;
	int time; /* seconds of local time */
};

struct posix_zone {
	char standard[16], summer[16]; /* summer "" = none */
	int standard_offset, summer_offset; /* east is positive */
	struct rule start, end;
};

static int64_t big_endian(const unsigned char *p, int n)
{
	uint64_t v = p[0] & 0x80 ? UINT64_MAX : 0;

	for (int i = 0; i < n; i++)
		v = v << 8 | p[i];
	return (int64_t)v;
}

/* ---- calendar ---- */

static int64_t days_from_civil(int64_t y, int m, int d)
{
	y -= m <= 2;
	int64_t era = (y >= 0 ? y : y - 399) / 400;
	int64_t yoe = y - era * 400, doy = (153 * (m + (m > 2 ? -3 : 9)) + 2) / 5 + d - 1;

	return era * 146097 + yoe * 365 + yoe / 4 - yoe / 100 + doy - 719468;
}

static bool is_leap(int64_t y)
{
	return (y % 4 == 0 && y % 100 != 0) || y % 400 == 0;
}

static int64_t year_of(int64_t seconds)
{
	int64_t y = 1970 + seconds / (365 * DAY + DAY / 4);

	while (days_from_civil(y, 1, 1) * DAY > seconds)
		y--;
	while (days_from_civil(y + 1, 1, 1) * DAY <= seconds)
		y++;
	return y;
}

/* ---- the POSIX rule ---- */

static bool number(const char **s, int *out)
{
	int v = 0, n = 0;

	for (; isdigit((unsigned char)**s) && n < 4; n++)
		v = v * 10 + *(*s)++ - '0';
	*out = v;
	return n > 0;
}

static bool read_name(const char **s, char out[16])
{
	size_t n;

	if (**s == '<') {
		n = strcspn(++*s, ">");
		if ((*s)[n] != '>' || n > 15)
			return false;
		memcpy(out, *s, n);
		*s += n + 1;
	} else {
		for (n = 0; isalpha((unsigned char)(*s)[n]); n++)
			;
		if (n > 15)
			return false;
		memcpy(out, *s, n);
		*s += n;
	}
	out[n] = '\0';
	return n > 0;
}

/* [+-]hh[:mm[:ss]] */
static bool read_time(const char **s, int *out)
{
	int sign = **s == '-' ? -1 : 1, h, m = 0, sec = 0;

	*s += **s == '-' || **s == '+';
	if (!number(s, &h))
		return false;
	if (**s == ':' && (++*s, !number(s, &m)))
		return false;
	if (**s == ':' && (++*s, !number(s, &sec)))
		return false;
	*out = sign * (h * 3600 + m * 60 + sec);
	return h <= 167 && m < 60 && sec < 60;
}

static bool read_rule(const char **s, struct rule *r)
{
	if (*(*s)++ != ',')
		return false;
	r->kind = **s == 'M' || **s == 'J' ? *(*s)++ : '0';
	if (r->kind == 'M') {
		if (!number(s, &r->month) || *(*s)++ != '.' || !number(s, &r->week) || *(*s)++ != '.' ||
			!number(s, &r->day) || r->month < 1 || r->month > 12 || r->week < 1 || r->week > 5 ||
			r->day > 6)
			return false;
	} else if (!number(s, &r->day) || r->day > 365 || (r->kind == 'J' && r->day < 1)) {
		return false;
	}
	r->time = 2 * 3600;
	return **s != '/' || (++*s, read_time(s, &r->time));
}

static bool read_posix(const char *s, struct posix_zone *p)
{
	memset(p, 0, sizeof *p);
	if (!read_name(&s, p->standard) || !read_time(&s, &p->standard_offset))
		return false;
	p->standard_offset = -p->standard_offset; /* POSIX counts west */
	if (!*s)
		return true;
	if (!read_name(&s, p->summer))
		return false;
	p->summer_offset = p->standard_offset + 3600;
	if (*s != ',') {
		if (!read_time(&s, &p->summer_offset))
			return false;
		p->summer_offset = -p->summer_offset;
	}
	return read_rule(&s, &p->start) && read_rule(&s, &p->end) && !*s;
}

/* Local seconds since 1970 of the change in a year. */
static int64_t rule_moment(const struct rule *r, int64_t y)
{
	static const int lengths[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
	int64_t day = days_from_civil(y, 1, 1);

	if (r->kind == 'M') {
		int64_t first = days_from_civil(y, r->month, 1);
		int weekday = (int)(((first + 4) % 7 + 7) % 7), length = lengths[r->month - 1];
		int in_month = (r->day - weekday + 7) % 7 + (r->week - 1) * 7;

		length += r->month == 2 && is_leap(y);
		day = first + (in_month >= length ? in_month - 7 : in_month);
	} else if (r->kind == 'J') {
		day += r->day - 1 + (is_leap(y) && r->day >= 60);
	} else {
		day += r->day;
	}
	return day * DAY + r->time;
}

static int posix_offset(const struct posix_zone *p, int64_t t, const char **name, bool *is_summer)
{
	*name = p->standard;
	*is_summer = false;
	if (!p->summer[0])
		return p->standard_offset;
	int64_t y = year_of(t + p->standard_offset);
	int64_t start = rule_moment(&p->start, y) - p->standard_offset;
	int64_t end = rule_moment(&p->end, y) - p->summer_offset;
	bool summer = start < end ? t >= start && t < end : t >= start || t < end;

	*is_summer = summer;
	if (summer)
		*name = p->summer;
	return summer ? p->summer_offset : p->standard_offset;
}

/* ---- TZif ---- */

static bool is_zone_name(const char *s)
{
	size_t n = s ? strlen(s) : 0;

	if (n == 0 || n > 64 || !isupper((unsigned char)s[0]))
		return false; /* "posix/...", "right/..." are no names of zones */
	for (size_t i = 0; i < n; i++)
		if (!isalnum((unsigned char)s[i]) && !strchr("/_+-", s[i]))
			return false;
	return true;
}

/* Finds the parts of a data block with times of `size` bytes; its length or 0. */
static size_t read_block(struct zone *z, size_t at, int size)
{
	if (z->n - at < 44 || memcmp(z->bytes + at, "TZif", 4) != 0)
		return 0;
	const unsigned char *head = z->bytes + at + 20;
	uint64_t utc = (uint32_t)big_endian(head, 4), std = (uint32_t)big_endian(head + 4, 4);
	uint64_t leaps = (uint32_t)big_endian(head + 8, 4), times = (uint32_t)big_endian(head + 12, 4);
	uint64_t kinds = (uint32_t)big_endian(head + 16, 4), names = (uint32_t)big_endian(head + 20, 4);
	uint64_t width = (uint64_t)size;
	uint64_t length = 44 + times * (width + 1) + kinds * 6 + names + leaps * (width + 4) + std + utc;

	if (length > z->n - at || kinds == 0 || kinds > 256 || names == 0)
		return 0;
	z->n_changes = (size_t)times;
	z->n_kinds = (size_t)kinds;
	z->n_names = (size_t)names;
	z->changes = z->bytes + at + 44;
	z->kind_of = z->changes + times * width;
	z->kinds = z->kind_of + times;
	z->names = z->kinds + kinds * 6;
	return (size_t)length;
}

static bool zone_open(const char *name, struct zone *z)
{
	char path[128];

	memset(z, 0, sizeof *z);
	if (!is_zone_name(name))
		return false;
	snprintf(path, sizeof path, ZONE_FOLDER "/%s", name);
	FILE *f = fopen(path, "rbe");
	if (!f)
		return false;
	z->bytes = malloc(ZONE_MAX_BYTES + 1);
	if (!z->bytes)
		abort();
	z->n = fread(z->bytes, 1, ZONE_MAX_BYTES, f);
	fclose(f);
	size_t first = read_block(z, 0, 4), second = 0;
	if (first && z->bytes[4] >= '2')
		second = read_block(z, first, 8);
	if (!second || z->bytes[first + second] != '\n')
		goto bad; /* version 1 alone has not been written for many years */
	z->bytes[z->n] = '\0';
	z->footer = (const char *)z->bytes + first + second + 1;
	z->footer_len = strcspn(z->footer, "\n");
	for (size_t i = 0; i < z->n_changes; i++)
		if (z->kind_of[i] >= z->n_kinds)
			goto bad;
	return true;
bad:
	free(z->bytes);
	return false;
}

static int kind_offset(const struct zone *z, size_t i, char name[16])
{
	const unsigned char *kind = z->kinds + i * 6;

	name[0] = '\0';
	for (size_t at = kind[5], n = 0; at < z->n_names && z->names[at] && n < 15; at++) {
		name[n++] = (char)z->names[at];
		name[n] = '\0';
	}
	return (int)big_endian(kind, 4);
}

static int64_t change_at(const struct zone *z, size_t i)
{
	return big_endian(z->changes + i * 8, 8);
}

static bool zone_rule(const struct zone *z, struct posix_zone *p)
{
	char footer[80];

	snprintf(footer, sizeof footer, "%.*s", (int)(z->footer_len < 79 ? z->footer_len : 79), z->footer);
	return read_posix(footer, p);
}

static int state_at(const struct zone *z, int64_t t, char name[16], bool *summer)
{
	struct posix_zone p;
	const char *which;

	if (z->n_changes == 0 || t >= change_at(z, z->n_changes - 1)) {
		if (zone_rule(z, &p)) {
			int offset = posix_offset(&p, t, &which, summer);

			snprintf(name, 16, "%s", which);
			return offset;
		}
	}
	size_t low = 0, high = z->n_changes; /* changes before high are at or before t */
	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (change_at(z, middle) <= t)
			low = middle + 1;
		else
			high = middle;
	}
	size_t kind = low ? z->kind_of[low - 1] : 0;
	*summer = z->kinds[kind * 6 + 4];
	return kind_offset(z, kind, name);
}

static int offset_at(const struct zone *z, int64_t t, char name[16])
{
	bool summer;

	return state_at(z, t, name, &summer);
}

bool zone_known(const char *name)
{
	struct zone z;

	if (!zone_open(name, &z))
		return false;
	free(z.bytes);
	return true;
}

bool zone_offset(const char *name, int64_t us, int *seconds, char abbreviation[16])
{
	struct zone z;

	*seconds = 0;
	snprintf(abbreviation, 16, "UTC");
	if (!zone_open(name, &z))
		return false;
	*seconds = offset_at(&z, us / 1000000 - (us % 1000000 < 0), abbreviation);
	free(z.bytes);
	return true;
}

static bool read_local(const char *s, int64_t *seconds)
{
	char date[11] = "";
	int h, m;

	if (!s || strlen(s) != 16 || s[10] != 'T' || s[13] != ':')
		return false;
	memcpy(date, s, 10);
	if (!date_valid(date) || !isdigit((unsigned char)s[11]) || !isdigit((unsigned char)s[12]) ||
		!isdigit((unsigned char)s[14]) || !isdigit((unsigned char)s[15]))
		return false;
	h = atoi(s + 11);
	m = atoi(s + 14);
	*seconds = days_from_civil(atoi(date), atoi(date + 5), atoi(date + 8)) * DAY + h * 3600 + m * 60;
	return h < 24 && m < 60;
}

bool zone_to_utc(const char *name, const char *local, int64_t *us, struct error *err)
{
	struct zone z;
	int64_t wall, best = INT64_MAX;
	char ignored[16];

	*us = 0;
	if (!read_local(local, &wall))
		return error_set(err, ERROR_INVALID, "there is no date and time '%.40s'", local ? local : "");
	if (!zone_open(name, &z))
		return error_set(err, ERROR_INVALID, "the time zone '%.64s' is not known", name ? name : "");
	/* Any offset in use near that time is in use a day before or after it. */
	for (int day = -1; day <= 1; day++) {
		int64_t t = wall - offset_at(&z, wall + day * DAY, ignored);

		if (t + offset_at(&z, t, ignored) == wall && t < best)
			best = t;
	}
	free(z.bytes);
	if (best == INT64_MAX)
		return error_set(err, ERROR_INVALID,
			"there is no '%s' in %s: clocks are put forward over it", local, name);
	*us = best * 1000000;
	return true;
}

static void civil(int64_t seconds, bool with_seconds, char out[20])
{
	int64_t y = year_of(seconds), day = (seconds - ((seconds % DAY + DAY) % DAY)) / DAY;
	int m = 1, of_day = (int)((seconds % DAY + DAY) % DAY);

	while (m < 12 && days_from_civil(y, m + 1, 1) <= day)
		m++;
	int n = snprintf(out, 20, "%04d-%02d-%02dT%02d:%02d", (int)(y % 10000), m,
		(int)(day - days_from_civil(y, m, 1)) + 1, of_day / 3600, of_day / 60 % 60);
	if (with_seconds && n < 17)
		snprintf(out + n, (size_t)(20 - n), ":%02d", of_day % 60);
}

bool zone_local(const char *name, int64_t us, char out[17])
{
	char text[20], ignored[16];
	int offset;
	bool known = zone_offset(name, us, &offset, ignored);

	civil(us / 1000000 - (us % 1000000 < 0) + offset, false, text);
	memcpy(out, text, 17);
	return known;
}

/* ---- changes ---- */

/* A rule that a yearly recurrence can say: a weekday, at a time of that day. */
static bool is_plain(const struct posix_zone *p)
{
	return p->summer[0] && p->start.kind == 'M' && p->end.kind == 'M' && p->start.time >= 0 &&
		p->start.time < DAY && p->end.time >= 0 && p->end.time < DAY;
}

static int64_t rule_change(const struct posix_zone *p, bool to_summer, int64_t year)
{
	return to_summer ? rule_moment(&p->start, year) - p->standard_offset :
		rule_moment(&p->end, year) - p->summer_offset;
}

/* The first change after t by the rule alone; INT64_MAX: none. */
static int64_t rule_next(const struct posix_zone *p, int64_t t)
{
	int64_t best = INT64_MAX;

	for (int64_t y = year_of(t) - 1; p->summer[0] && y <= year_of(t) + 1; y++)
		for (int summer = 0; summer < 2; summer++) {
			int64_t at = rule_change(p, summer, y);

			if (at > t && at < best)
				best = at;
		}
	return best;
}

static bool is_by_rule(const struct posix_zone *p, int64_t t)
{
	return p->summer[0] && rule_next(p, t - 1) == t;
}

/* From here on every listed change is the rule's next. */
static int64_t rule_begins(const struct zone *z, const struct posix_zone *p)
{
	int64_t since = INT64_MAX;

	for (size_t i = z->n_changes; i > 0; i--) {
		int64_t at = change_at(z, i - 1);

		if (!is_by_rule(p, at) || (since != INT64_MAX && rule_next(p, at) != since))
			break;
		since = at;
	}
	/* None listed: the rule alone, after the last change that is. */
	if (since == INT64_MAX)
		return z->n_changes ? change_at(z, z->n_changes - 1) + 1 : INT64_MIN;
	return since;
}

static int64_t next_change(const struct zone *z, const struct posix_zone *p, int64_t t)
{
	for (size_t i = 0; i < z->n_changes; i++)
		if (change_at(z, i) > t)
			return change_at(z, i);
	return rule_next(p, t);
}

/* The change in force at t; INT64_MIN: there was none before. */
static int64_t change_before(const struct zone *z, const struct posix_zone *p, int64_t t)
{
	int64_t at = INT64_MIN, last = z->n_changes ? change_at(z, z->n_changes - 1) : INT64_MIN;

	for (size_t i = 0; i < z->n_changes && change_at(z, i) <= t; i++)
		at = change_at(z, i);
	for (int64_t y = year_of(t) - 1; p->summer[0] && t >= last && y <= year_of(t); y++)
		for (int summer = 0; summer < 2; summer++) {
			int64_t by_rule = rule_change(p, summer, y);

			if (by_rule <= t && by_rule > at)
				at = by_rule;
		}
	return at;
}

static void put_change(const struct zone *z, const struct posix_zone *p, int64_t at, bool yearly,
	struct zone_change *c)
{
	char ignored[16];

	memset(c, 0, sizeof *c);
	c->after = state_at(z, at, c->abbreviation, &c->summer);
	c->before = offset_at(z, at - 1, ignored);
	civil(at + c->before, true, c->local);
	if (yearly) {
		const struct rule *r = c->summer ? &p->start : &p->end;

		c->month = r->month;
		c->week = r->week;
		c->weekday = r->day;
	}
}

bool zone_changes(const char *name, int64_t from_us, int64_t to_us, struct zone_change *out, size_t *n)
{
	struct posix_zone p = { .standard = "" };
	int64_t from = from_us / 1000000 - 2 * DAY, to = to_us / 1000000 + 2 * DAY, at, since;
	bool ok = true, summer_said = false, standard_said = false, summer;
	char abbreviation[16];
	struct zone z;

	*n = 0;
	if (!zone_open(name, &z))
		return false;
	if (!zone_rule(&z, &p))
		memset(&p, 0, sizeof p);
	since = is_plain(&p) ? rule_begins(&z, &p) : INT64_MAX;
	at = change_before(&z, &p, from);
	/* Readers work out the summer's hours from the standard time before them. */
	if (at != INT64_MIN && (state_at(&z, at, abbreviation, &summer), summer) &&
		change_before(&z, &p, at - 1) != INT64_MIN)
		at = change_before(&z, &p, at - 1);
	if (at == INT64_MIN) { /* nothing changed yet: as if it began in 1970 */
		at = from < 0 ? from : 0;
		put_change(&z, &p, at, false, &out[(*n)++]);
		out[0].before = out[0].after;
		civil(at + out[0].after, true, out[0].local);
		at = next_change(&z, &p, from);
	}
	while (ok && at != INT64_MAX && (at <= to || summer_said != standard_said) &&
		!(summer_said && standard_said)) {
		bool yearly = at >= since;

		ok = *n < ZONE_CHANGES_MAX;
		if (!ok)
			break;
		put_change(&z, &p, at, yearly, &out[*n]);
		summer_said = summer_said || (yearly && out[*n].summer);
		standard_said = standard_said || (yearly && !out[*n].summer);
		++*n;
		at = next_change(&z, &p, at);
	}
	free(z.bytes);
	return ok;
}
