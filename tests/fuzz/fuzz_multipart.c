/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Uploads: the first byte says in what pieces the body comes; whatever they are,
 * the same parts come out. The rest is also read as a Range header and as a name. */
#include "fuzz.h"
#include <stdlib.h>
#include <string.h>
#include "arena.h"
#include "buf.h"
#include "multipart.h"
#include "range.h"
#include "text.h"
#include "upload.h"

const char *const fuzz_target = "multipart";

static bool part(void *arg, const char *name, const char *file, struct error *err)
{
	(void)err;
	if (!text_is_utf8(name, strlen(name)) || (file && !text_is_utf8(file, strlen(file))))
		abort();
	buf_printf(arg, "[%s|%s:", name, file ? file : "-");
	return true;
}

static bool data(void *arg, const char *bytes, size_t n, struct error *err)
{
	(void)err;
	buf_add(arg, bytes, n);
	return true;
}

static bool end(void *arg, struct error *err)
{
	(void)err;
	buf_char(arg, ']');
	return true;
}

static bool feed(struct arena *a, const char *body, size_t n, size_t step, struct buf *out)
{
	static const struct multipart_ops ops = { part, data, end };
	struct multipart *m = arena_alloc(a, sizeof *m);
	struct error err = { 0 };
	bool ok = true;

	multipart_begin(m, a, "xx", &ops, out);
	for (size_t at = 0; ok && at < n; at += step)
		ok = multipart_feed(m, body + at, n - at < step ? n - at : step, &err);
	return ok && multipart_end(m, &err);
}

static void check_name(struct arena *a, const char *text)
{
	if (!text_is_utf8(text, strlen(text)))
		return;
	const char *name = upload_name(a, text);

	if (!*name || strlen(name) > UPLOAD_NAME_MAX || strpbrk(name, "/\\:*?\"<>|\r\n") || *name == '.' ||
		!text_is_utf8(name, strlen(name)) || strcmp(upload_name(a, name), name) != 0)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
	struct arena *a = arena_create();
	struct buf one = BUF_INIT, other = BUF_INIT;
	size_t step = n ? bytes[0] % 64 + 1 : 1;
	int64_t from = 0, length = 0;

	if (n) {
		const char *body = arena_strndup(a, (const char *)bytes + 1, n - 1);
		bool first = feed(a, body, n - 1, n, &one), second = feed(a, body, n - 1, step, &other);

		/* What was refused may have given more or less before it was. */
		if (first != second || (first && (one.len != other.len || memcmp(buf_text(&one), buf_text(&other), one.len) != 0)))
			abort();
		if (range_parse(body, 1000, &from, &length) == RANGE_PART && (from < 0 || length <= 0 || from + length > 1000))
			abort();
		check_name(a, body);
	}
	buf_finish(&one);
	buf_finish(&other);
	arena_destroy(a);
	return 0;
}
