/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Forms with files, written to disk as they come. */
#include "upload.h"
#include <string.h>
#include "buf.h"
#include "csrf.h"
#include "form.h"
#include "multipart.h"
#include "text.h"

#define FIELDS_BYTES (256 << 10)
#define LETTERS "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"

struct upload {
	struct arena *arena;
	const struct blobs *blobs;
	struct upload_terms terms;
	struct multipart parser;
	struct pair *fields;
	size_t n_fields, n_files;
	struct upload_file files[UPLOAD_FILES_MAX];
	const char *name;      /* of the field under way */
	struct buf value;
	size_t field_bytes;    /* of all fields */
	int64_t total;
	struct blob_writer *blob; /* of the file under way, or NULL */
	bool nameless;            /* an empty file field: browsers send it when none was chosen */
};

/* ---- names ---- */

/* The code point at s and its bytes. */
static unsigned decode(const char *s, size_t *n)
{
	unsigned char c = (unsigned char)*s;

	*n = c < 0x80 ? 1 : c < 0xe0 ? 2 : c < 0xf0 ? 3 : 4;
	unsigned point = c < 0x80 ? c : c & (0xffu >> (*n + 1));
	for (size_t i = 1; i < *n; i++)
		point = point << 6 | ((unsigned char)s[i] & 0x3f);
	return point;
}

/* Controls, and what turns or hides the letters after it. */
static bool is_hidden(unsigned c)
{
	return c < 0x20 || (c >= 0x7f && c < 0xa0) || c == 0xad || c == 0x61c || (c >= 0x200b && c <= 0x200f) ||
		(c >= 0x2028 && c <= 0x202e) || (c >= 0x2060 && c <= 0x206f) || c == 0xfeff || (c >= 0xfff0 && c <= 0xffff) ||
		c >= 0xe0000;
}

const char *upload_name(struct arena *a, const char *sent)
{
	struct buf b = BUF_INIT;
	const char *s = sent, *dot, *name;
	size_t n, suffix;

	for (const char *p = sent; *p; p++)
		if (*p == '/' || *p == '\\')
			s = p + 1;
	for (; *s; s += n) {
		unsigned c = decode(s, &n);

		if (is_hidden(c) || (b.len == 0 && (c == '.' || c == ' ')) ||
			(c == ' ' && b.data[b.len - 1] == ' '))
			continue;
		if (c < 0x80 && strchr(":*?\"<>|%#&'`$", (int)c))
			buf_char(&b, '-');
		else
			buf_add(&b, s, n);
	}
	while (b.len && (b.data[b.len - 1] == '.' || b.data[b.len - 1] == ' '))
		b.len--;
	name = arena_strndup(a, buf_text(&b), b.len);
	buf_finish(&b);
	dot = strrchr(name, '.');
	suffix = dot && strlen(dot) <= 10 && dot[1 + strspn(dot + 1, LETTERS)] == '\0' ? strlen(dot) : 0;
	n = strlen(name);
	if (n > UPLOAD_NAME_MAX) {
		size_t keep = UPLOAD_NAME_MAX - suffix;

		while (keep > 0 && ((unsigned char)name[keep] & 0xc0) == 0x80)
			keep--;
		while (keep > 0 && (name[keep - 1] == '.' || name[keep - 1] == ' '))
			keep--;
		name = arena_printf(a, "%.*s%s", (int)keep, name, suffix ? dot : "");
	}
	return *name ? name : "file";
}

/* ---- parts ---- */

/* Before anything is written. */
static bool token_came(const struct upload *u, struct error *err)
{
	if (!u->terms.token)
		return true;
	for (size_t i = 0; i < u->n_fields; i++)
		if (strcmp(u->fields[i].name, CSRF_FIELD) == 0 && csrf_valid(u->terms.token, u->fields[i].value))
			return true;
	return error_set(err, ERROR_INVALID, "This form is from before you signed in, or from another session, so no "
		"file was taken. Go back, load the page again and send it once more.");
}

static bool part_begins(void *arg, const char *name, const char *file, struct error *err)
{
	struct upload *u = arg;

	u->name = name;
	u->nameless = file && !*file;
	if (!file || u->nameless)
		return true;
	if (!token_came(u, err))
		return false;
	if ((int)u->n_files == u->terms.files_max)
		return error_set(err, ERROR_TOO_LARGE, "At most %d files can be sent at a time.", u->terms.files_max);
	u->blob = blob_begin(u->blobs, u->terms.file_max, err);
	if (!u->blob)
		return false;
	u->files[u->n_files++] = (struct upload_file){ .field = name, .name = upload_name(u->arena, file),
		.blob = u->blob };
	return true;
}

static bool too_large(struct upload *u, struct error *err)
{
	return error_set(err, ERROR_TOO_LARGE, "The file %.100s is larger than what may be uploaded here (%lld MB).",
		u->files[u->n_files - 1].name, (long long)(u->terms.file_max >> 20));
}

static bool part_data(void *arg, const char *bytes, size_t n, struct error *err)
{
	struct upload *u = arg;
	struct error wrong = { 0 };

	if (u->nameless)
		return error_set(err, ERROR_INVALID, "A file without a name cannot be taken.");
	if (!u->blob) {
		u->field_bytes += n;
		if (u->field_bytes > FIELDS_BYTES)
			return error_set(err, ERROR_TOO_LARGE, "The form's text is too long.");
		buf_add(&u->value, bytes, n);
		return true;
	}
	u->total += (int64_t)n;
	if (u->total > u->terms.total_max)
		return error_set(err, ERROR_TOO_LARGE, "These files are larger than the room that is left here (%lld MB).",
			(long long)(u->terms.total_max >> 20));
	if (blob_write(u->blob, bytes, n, &wrong))
		return true;
	if (wrong.kind == ERROR_TOO_LARGE)
		return too_large(u, err);
	*err = wrong;
	return false;
}

static bool part_ends(void *arg, struct error *err)
{
	struct upload *u = arg;
	bool ok = true;

	if (u->blob) {
		struct blob_writer *w = u->blob;

		u->blob = NULL;
		return blob_end(w, err) && (blob_size(w) > 0 || error_set(err, ERROR_INVALID, "The file %.100s is empty.",
			u->files[u->n_files - 1].name));
	}
	if (u->nameless)
		return true;
	if (u->n_fields == FORM_FIELDS_MAX)
		return error_set(err, ERROR_INVALID, "There are more than %d fields.", FORM_FIELDS_MAX);
	if (!text_is_utf8(buf_text(&u->value), u->value.len))
		ok = error_set(err, ERROR_INVALID, "The text sent is not UTF-8, or is wrongly encoded.");
	else
		u->fields[u->n_fields++] = (struct pair){ u->name, arena_strndup(u->arena, buf_text(&u->value),
			u->value.len) };
	buf_clear(&u->value);
	return ok;
}

/* ---- the whole ---- */

static void finish(void *p)
{
	struct upload *u = p;

	for (size_t i = 0; i < u->n_files; i++)
		blob_finish(u->files[i].blob);
	buf_finish(&u->value);
}

struct upload *upload_begin(struct arena *a, const struct blobs *b, const char *boundary,
	const struct upload_terms *terms)
{
	static const struct multipart_ops ops = { part_begins, part_data, part_ends };
	struct upload *u = arena_alloc(a, sizeof *u);

	u->arena = a;
	u->blobs = b;
	u->terms = *terms;
	if (u->terms.files_max > UPLOAD_FILES_MAX)
		u->terms.files_max = UPLOAD_FILES_MAX;
	u->fields = arena_array(a, FORM_FIELDS_MAX, sizeof *u->fields);
	multipart_begin(&u->parser, a, boundary, &ops, u);
	arena_defer(a, finish, u);
	return u;
}

bool upload_feed(struct upload *u, const char *bytes, size_t n, struct error *err)
{
	return multipart_feed(&u->parser, bytes, n, err);
}

bool upload_end(struct upload *u, struct request *rq, struct error *err)
{
	if (!multipart_end(&u->parser, err) || !token_came(u, err))
		return false;
	rq->form = u->fields;
	rq->n_form = u->n_fields;
	rq->files = u->files;
	rq->n_files = u->n_files;
	rq->uploaded = true;
	return true;
}
