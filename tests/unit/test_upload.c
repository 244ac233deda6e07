/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Uploads: multipart bodies in any pieces, names of files, ranges, files by their bytes. */
#include "unit.h"
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "blob.h"
#include "buf.h"
#include "multipart.h"
#include "range.h"
#include "text.h"
#include "upload.h"

static bool part(void *arg, const char *name, const char *file, struct error *err)
{
	(void)err;
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

static const struct multipart_ops ops = { part, data, end };

/* What comes out of a body that is fed `step` bytes at a time; "!" if it is refused. */
static const char *read_body(struct arena *a, const char *boundary, const char *body, size_t step)
{
	struct multipart *m = arena_alloc(a, sizeof *m);
	struct buf out = BUF_INIT;
	struct error err = { 0 };
	size_t n = strlen(body);
	bool ok = true;

	multipart_begin(m, a, boundary, &ops, &out);
	for (size_t at = 0; ok && at < n; at += step)
		ok = multipart_feed(m, body + at, n - at < step ? n - at : step, &err);
	ok = ok && multipart_end(m, &err);
	const char *text = ok ? arena_strdup(a, buf_text(&out)) : "!";
	buf_finish(&out);
	return text;
}

#define HEAD(name) "Content-Disposition: form-data; name=\"" name "\"\r\n\r\n"
#define FILE_HEAD(name, file) "Content-Disposition: form-data; name=\"" name "\"; filename=\"" file "\"\r\n" \
	"Content-Type: application/pdf\r\n\r\n"

static void test_multipart(void)
{
	static const struct { const char *boundary, *body, *out; } rows[] = {
		{ "x", "--x\r\n" HEAD("a") "one\r\n--x--\r\n", "[a|-:one]" },
		{ "x", "--x\r\n" HEAD("a") "\r\n--x--", "[a|-:]" },
		{ "x", "--x\r\n" HEAD("a") "1\r\n--x\r\n" FILE_HEAD("f", "r.pdf") "%PDF\r\n--x--\r\nafter", "[a|-:1][f|r.pdf:%PDF]" },
		/* What only looks like the boundary is data. */
		{ "xx", "--xx\r\n" HEAD("a") "\r\n--x\r\n--x-\r\n-\r\r\n--xx--", "[a|-:\r\n--x\r\n--x-\r\n-\r]" },
		{ "aab", "--aab\r\n" HEAD("a") "\r\n--aaa\r\n--aaab\r\n--aab--", "[a|-:\r\n--aaa\r\n--aaab]" },
		{ "\r", "--x", "!" },
		{ "x", "--y\r\n" HEAD("a") "one\r\n--y--", "!" },
		{ "x", "\r\n--x\r\n" HEAD("a") "one\r\n--x--", "!" },
		{ "x", "--x\r\n" HEAD("a") "one\r\n--x-", "!" },
		{ "x", "--x\r\n" HEAD("a") "one", "!" },
		{ "x", "--x\r\n\r\none\r\n--x--", "!" },
		{ "x", "--x\r\nContent-Disposition: form-data; filename=\"a\"\r\n\r\none\r\n--x--", "!" },
		{ "x", "--x\r\n" FILE_HEAD("f", "..\\a.pdf") "1\r\n--x--", "!" },
		{ "x", "--x\r\nContent-Disposition: form-data; name=\"a\"; filename*=UTF-8''b\r\n\r\n1\r\n--x--", "!" },
		{ "x", "--x\r\nContent-Disposition: form-data; name=\"a\"; name=\"b\"\r\n\r\n1\r\n--x--", "!" },
		{ "x", "--x\r\nContent-Transfer-Encoding: base64\r\n" HEAD("a") "1\r\n--x--", "!" },
		{ "x", "--x--", "" },
	};
	struct arena *a = arena_create();

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		for (size_t step = 1; step < 40; step++)
			CHECK_TEXT(read_body(a, rows[i].boundary, rows[i].body, step), rows[i].out);
	arena_destroy(a);
}

static void test_names(void)
{
	static const struct { const char *sent, *kept; } rows[] = {
		{ "report.pdf", "report.pdf" }, { "../../etc/passwd", "passwd" }, { "C:\\fakepath\\a b.docx", "a b.docx" },
		{ "a/b/", "file" }, { ".htaccess", "htaccess" }, { "...", "file" }, { "", "file" }, { "a\x01\x7f.pdf", "a.pdf" },
		/* U+202E turns what follows: gpj.exe would look like exe.jpg */
		{ "a\xe2\x80\xaegpj.exe", "agpj.exe" }, { "what?<is>\"this\".pdf", "what--is--this-.pdf" },
		{ "Bericht \xc3\xbc" "ber.pdf", "Bericht \xc3\xbc" "ber.pdf" }, { "a  b .pdf", "a b .pdf" }, { "name. . ", "name" },
		{ "con:aux.pdf", "con-aux.pdf" },
	};
	struct arena *a = arena_create();
	char longest[400];

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		CHECK_TEXT(upload_name(a, rows[i].sent), rows[i].kept);
	memset(longest, 'x', sizeof longest);
	strcpy(longest + 300, ".jpeg");
	CHECK_INT(strlen(upload_name(a, longest)), UPLOAD_NAME_MAX);
	CHECK_TEXT(strrchr(upload_name(a, longest), '.'), ".jpeg");
	for (size_t i = 0; i < 150; i++)
		memcpy(longest + 2 * i, "\xc3\xbc", 3);
	CHECK(text_is_utf8(upload_name(a, longest), strlen(upload_name(a, longest))));
	arena_destroy(a);
}

static void test_ranges(void)
{
	static const struct { const char *value; int64_t size; enum range_kind kind; int64_t from, length; } rows[] = {
		{ NULL, 10, RANGE_WHOLE, 0, 0 }, { "bytes=0-0", 10, RANGE_PART, 0, 1 }, { "bytes=2-", 10, RANGE_PART, 2, 8 },
		{ "bytes=2-3", 10, RANGE_PART, 2, 2 }, { "bytes=0-99", 10, RANGE_PART, 0, 10 }, { "bytes=-3", 10, RANGE_PART, 7, 3 },
		{ "bytes=-30", 10, RANGE_PART, 0, 10 }, { "bytes=-0", 10, RANGE_UNSATISFIABLE, 0, 0 },
		{ "bytes=10-", 10, RANGE_UNSATISFIABLE, 0, 0 }, { "bytes=5-2", 10, RANGE_WHOLE, 0, 0 },
		{ "bytes=0-1,3-4", 10, RANGE_WHOLE, 0, 0 }, { "lines=0-1", 10, RANGE_WHOLE, 0, 0 }, { "bytes=a-b", 10, RANGE_WHOLE, 0, 0 },
		{ "bytes=", 10, RANGE_WHOLE, 0, 0 }, { "bytes=-", 10, RANGE_WHOLE, 0, 0 }, { "Bytes = 1-2 ", 10, RANGE_PART, 1, 2 },
		{ "bytes=99999999999999999999-", 10, RANGE_WHOLE, 0, 0 }, { "bytes=0-9223372036854775807", 10, RANGE_WHOLE, 0, 0 },
		{ "bytes=0-999999999999999999", 10, RANGE_PART, 0, 10 }, { "bytes=-5", 0, RANGE_UNSATISFIABLE, 0, 0 },
		{ "bytes=0-", 0, RANGE_UNSATISFIABLE, 0, 0 }, { "bytes=1-2x", 10, RANGE_WHOLE, 0, 0 },
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		int64_t from = 0, length = 0;

		CHECK_INT(range_parse(rows[i].value, rows[i].size, &from, &length), rows[i].kind);
		CHECK_INT(from, rows[i].from);
		CHECK_INT(length, rows[i].length);
	}
	CHECK(range_if(NULL, "\"a\""));
	CHECK(range_if("\"a\"", "\"a\""));
	CHECK(!range_if("W/\"a\"", "\"a\""));
	CHECK(!range_if("Tue, 24 Nov 2026 00:00:00 GMT", "\"a\""));
}

static void test_blobs(void)
{
	char folder[] = "/tmp/commonweal-blobs-XXXXXX", path[BLOB_HASH_SIZE + 1], hash[65];
	struct error err = { 0 };
	struct blobs *b;
	int64_t size = 0;

	CHECK(mkdtemp(folder));
	b = blobs_open_folder(folder, &err);
	CHECK(b);
	for (int i = 0; i < 2; i++) { /* twice the same */
		struct blob_writer *w = blob_begin(b, 10, &err);

		CHECK(w && blob_write(w, "hello", 5, &err) && blob_end(w, &err) && blob_keep(w, &err));
		CHECK_TEXT(blob_hash(w), "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824");
		snprintf(hash, sizeof hash, "%s", blob_hash(w));
		blob_finish(w);
	}
	CHECK(blob_verify(b, hash, 5, &err));
	CHECK(!blob_verify(b, hash, 6, &err));
	CHECK_ERROR(&err, ERROR_INTERNAL, "damaged");
	error_clear(&err);
	int fd = blob_open(b, hash, &size, &err);
	CHECK(fd >= 0);
	close(fd);
	CHECK_INT(size, 5);
	CHECK_INT(blob_open(b, "../../etc/passwd", NULL, &err), -1);
	CHECK_ERROR(&err, ERROR_NOT_FOUND, "");
	error_clear(&err);
	struct blob_writer *w = blob_begin(b, 3, &err);
	CHECK(!blob_write(w, "hello", 5, &err));
	CHECK_ERROR(&err, ERROR_TOO_LARGE, "");
	blob_finish(w);
	/* One that was left, and one that is under way. */
	error_clear(&err);
	w = blob_begin(b, 3, &err);
	char left[256], command[300];
	snprintf(left, sizeof left, "%s/incoming/left", folder);
	fclose(fopen(left, "w"));
	blobs_clear_incoming(b);
	CHECK(access(left, F_OK) != 0);
	CHECK(blob_write(w, "abc", 3, &err) && blob_end(w, &err) && blob_keep(w, &err));
	blob_relative_path(blob_hash(w), path);
	CHECK_TEXT(path, "ba/7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
	blob_finish(w);
	blobs_close(b);
	snprintf(command, sizeof command, "rm -rf %s", folder);
	CHECK_INT(system(command), 0);
}

CU_TestInfo unit_tests[] = {
	{ "multipart", test_multipart },
	{ "names", test_names },
	{ "ranges", test_ranges },
	{ "blobs", test_blobs },
	CU_TEST_INFO_NULL
};
