/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tar archives, from front to back. */
#include "tar.h"
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>

#define BLOCK 512
#define PAX_MAX 65536

struct tar {
	gzFile in;
	int64_t left; /* bytes that may still come */
	size_t each;
	char *name;   /* of the next file, from a header before it; or NULL */
};

struct tar *tar_open(int fd, int64_t total, size_t each, struct error *err)
{
	struct tar *t = calloc(1, sizeof *t);

	if (!t)
		abort();
	t->in = gzdopen(fd, "rb");
	if (!t->in) {
		close(fd);
		free(t);
		error_set(err, ERROR_INTERNAL, "The archive cannot be opened.");
		return NULL;
	}
	t->left = total;
	t->each = each;
	return t;
}

void tar_close(struct tar *t)
{
	if (!t)
		return;
	gzclose(t->in);
	free(t->name);
	free(t);
}

static bool broken(struct error *err)
{
	return error_set(err, ERROR_INVALID, "This is no tar archive, or it is cut off or damaged.");
}

/* *got false: the end, before any byte. */
static bool read_all(struct tar *t, void *to, size_t n, bool *got, struct error *err)
{
	size_t have = 0;

	*got = true;
	if ((int64_t)n > t->left)
		return error_set(err, ERROR_INVALID, "The archive holds more than may be imported at once.");
	while (have < n) {
		int part = gzread(t->in, (char *)to + have, (unsigned)(n - have));

		if (part < 0)
			return broken(err);
		if (part == 0)
			break;
		have += (size_t)part;
	}
	t->left -= (int64_t)have;
	*got = have == n;
	return have == n || have == 0 || broken(err);
}

/* An octal number, ended by a space or NUL. */
static bool octal(const char *s, size_t n, int64_t *out)
{
	size_t i = 0;

	*out = 0;
	while (i < n && s[i] == ' ')
		i++;
	for (; i < n && s[i] >= '0' && s[i] <= '7'; i++)
		*out = *out * 8 + (s[i] - '0');
	return i == n || s[i] == ' ' || s[i] == '\0';
}

static bool sum_is_right(const unsigned char *block)
{
	int64_t want, sum = 0;

	for (int i = 0; i < BLOCK; i++)
		sum += i >= 148 && i < 156 ? ' ' : block[i];
	return octal((const char *)block + 148, 8, &want) && want == sum;
}

/* The bytes of an entry and what fills its last block. */
static bool read_body(struct tar *t, struct arena *a, size_t n, char **out, struct error *err)
{
	size_t whole = (n + BLOCK - 1) / BLOCK * BLOCK;
	bool got;

	*out = arena_alloc(a, whole + 1);
	if (!read_all(t, *out, whole, &got, err))
		return false;
	(*out)[n] = '\0';
	return got || n == 0 || broken(err);
}

static bool skip_body(struct tar *t, int64_t n, struct error *err)
{
	char block[BLOCK];
	bool got;

	for (n = (n + BLOCK - 1) / BLOCK; n > 0; n--)
		if (!read_all(t, block, BLOCK, &got, err) || (!got && !broken(err)))
			return false;
	return true;
}

static void keep_name(struct tar *t, const char *name, size_t n)
{
	free(t->name);
	t->name = strndup(name, n);
	if (!t->name)
		abort();
}

/* Records "LENGTH path=NAME\n". */
static bool read_pax(struct tar *t, const char *body, size_t n, struct error *err)
{
	while (n > 0) {
		char *end;
		unsigned long length = strtoul(body, &end, 10);

		if (end == body || *end != ' ' || length > n || length < (size_t)(end - body) + 3)
			return broken(err);
		if (strncmp(end + 1, "path=", 5) == 0 && end + 6 < body + length)
			keep_name(t, end + 6, (size_t)(body + length - 1 - (end + 6)));
		body += length;
		n -= length;
	}
	return true;
}

static const char *name_of(struct tar *t, struct arena *a, const char *block)
{
	const char *name = t->name ? arena_strdup(a, t->name) : NULL;

	free(t->name);
	t->name = NULL;
	if (name)
		return name;
	if (strncmp(block + 257, "ustar", 6) == 0 && block[345])
		return arena_printf(a, "%.155s/%.100s", block + 345, block);
	return arena_printf(a, "%.100s", block);
}

bool tar_next(struct tar *t, struct arena *a, const char **name, const char **bytes, size_t *n, struct error *err)
{
	unsigned char block[BLOCK] = { 0 };
	int64_t size;
	char *body;
	bool got;

	for (*name = NULL;;) {
		if (!read_all(t, block, BLOCK, &got, err))
			return false;
		if (!got || !block[0]) /* the end, or its block of zeros */
			return true;
		if (!sum_is_right(block) || !octal((char *)block + 124, 12, &size))
			return broken(err);
		char kind = (char)block[156];
		bool named = kind == 'x' || kind == 'L';
		if (named && size <= PAX_MAX) {
			if (!read_body(t, a, (size_t)size, &body, err))
				return false;
			if (kind == 'L')
				keep_name(t, body, strnlen(body, (size_t)size));
			else if (!read_pax(t, body, (size_t)size, err))
				return false;
		} else if (kind == '0' || kind == '\0') {
			*name = name_of(t, a, (char *)block);
			if ((uint64_t)size > t->each)
				return error_set(err, ERROR_INVALID, "%.200s is longer than %zu bytes.", *name, t->each);
			*n = (size_t)size;
			if (!read_body(t, a, *n, &body, err))
				return false;
			*bytes = body;
			return true;
		} else {
			name_of(t, a, (char *)block); /* a folder, a link: its name is not the next one's */
			if (!skip_body(t, size, err))
				return false;
		}
	}
}
