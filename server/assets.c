/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Static files, read whole at start. */
#include "assets.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "arena.h"
#include "buf.h"
#include "compress.h"
#include "text.h"

#define FILE_LIMIT (16u << 20)

struct assets {
	struct arena *arena;
	struct asset *list;
	size_t n, room;
};

static const char *type_of(const char *name)
{
	static const char *const types[][2] = {
		{ ".css", "text/css; charset=utf-8" },
		{ ".js", "text/javascript; charset=utf-8" },
		{ ".json", "application/json" },
		{ ".svg", "image/svg+xml" },
		{ ".woff2", "font/woff2" },
		{ ".png", "image/png" },
		{ ".ico", "image/x-icon" },
		{ ".txt", "text/plain; charset=utf-8" },
	};
	const char *dot = strrchr(name, '.');

	for (size_t i = 0; dot && i < sizeof types / sizeof *types; i++)
		if (strcmp(dot, types[i][0]) == 0)
			return types[i][1];
	return "application/octet-stream";
}

static bool worth_compressing(const char *type)
{
	return strncmp(type, "font/", 5) != 0 && strcmp(type, "image/png") != 0;
}

static bool read_whole(const char *path, struct buf *out, struct error *err)
{
	char piece[16384];
	FILE *f = fopen(path, "re");
	size_t n;

	if (!f)
		return error_set(err, ERROR_INVALID, "%s: %s.", path, strerror(errno));
	out->limit = FILE_LIMIT;
	while ((n = fread(piece, 1, sizeof piece, f)) > 0)
		buf_add(out, piece, n);
	bool bad = ferror(f) || out->failed;
	fclose(f);
	return !bad || error_set(err, ERROR_INVALID, "%s cannot be read, or is over 16 MiB.", path);
}

static void *kept(struct arena *a, void *p)
{
	if (p)
		arena_defer(a, free, p);
	return p;
}

static bool add(struct assets *as, const char *dir, const char *logical, const char *hashed,
	struct error *err)
{
	struct buf bytes = BUF_INIT;
	struct asset *f;
	char sha[65];

	if (!read_whole(arena_printf(as->arena, "%s/%s", dir, hashed), &bytes, err)) {
		buf_finish(&bytes);
		return false;
	}
	if (as->n == as->room) {
		struct asset *more = arena_array(as->arena, as->room = as->room ? as->room * 2 : 32, sizeof *more);

		if (as->n)
			memcpy(more, as->list, as->n * sizeof *more);
		as->list = more;
	}
	f = &as->list[as->n++];
	f->logical = arena_strdup(as->arena, logical);
	f->path = arena_printf(as->arena, "/assets/%s", hashed);
	f->type = type_of(hashed);
	f->identity = arena_copy(as->arena, buf_text(&bytes), bytes.len);
	f->identity_len = bytes.len;
	sha256_hex(f->identity, f->identity_len, sha);
	f->etag = arena_printf(as->arena, "\"%.24s\"", sha);
	if (worth_compressing(f->type)) {
		f->gzip = kept(as->arena, compress_gzip(f->identity, f->identity_len, 9, &f->gzip_len));
		f->brotli = kept(as->arena, compress_brotli(f->identity, f->identity_len, 9, &f->brotli_len));
	}
	buf_finish(&bytes);
	return true;
}

struct assets *assets_load(const char *dir, struct error *err)
{
	struct assets *as = calloc(1, sizeof *as);
	char path[4096], line[1024];
	bool ok = true;
	FILE *f;

	if (!as)
		abort();
	as->arena = arena_create();
	snprintf(path, sizeof path, "%s/manifest.txt", dir);
	f = fopen(path, "re");
	if (!f)
		ok = error_set(err, ERROR_INVALID, "The static files are not there: %s: %s.", path, strerror(errno));
	for (int number = 1; ok && fgets(line, sizeof line, f); number++) {
		char *tab = strchr(line, '\t');

		line[strcspn(line, "\r\n")] = '\0';
		if (!tab || strstr(line, "..") || tab[1] == '/')
			ok = error_set(err, ERROR_INVALID, "%s:%d: expected a name, a tab and a file.", path, number);
		else {
			*tab = '\0';
			ok = add(as, dir, line, tab + 1, err);
		}
	}
	if (f)
		fclose(f);
	if (ok)
		return as;
	assets_destroy(as);
	return NULL;
}

void assets_destroy(struct assets *as)
{
	if (!as)
		return;
	arena_destroy(as->arena);
	free(as);
}

const struct asset *assets_by_path(const struct assets *as, const char *path)
{
	for (size_t i = 0; i < as->n; i++)
		if (strcmp(as->list[i].path, path) == 0)
			return &as->list[i];
	return NULL;
}

const struct asset *assets_by_name(const struct assets *as, const char *logical)
{
	for (size_t i = 0; i < as->n; i++)
		if (strcmp(as->list[i].logical, logical) == 0)
			return &as->list[i];
	return NULL;
}
