/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Sending attached files. What people uploaded is never a page of this site: each
 * has the one type that its content was found to be, nosniff, and a policy under
 * which nothing in it runs. Pictures may be shown; so may PDF, which browsers show
 * in a viewer that has an origin of its own (docs/security.md); all else is saved. */
#include "files.h"
#include <unistd.h>

/* A name for Content-Disposition (RFC 6266): as it is in quotes when it is plain
 * ASCII, else also encoded (RFC 8187). */
static const char *disposition(struct arena *a, const char *how, const char *name)
{
	static const char hex[] = "0123456789ABCDEF";
	char *plain = arena_strdup(a, name), *encoded = arena_alloc(a, strlen(name) * 3 + 1), *to = encoded;
	bool ascii = true;

	for (char *s = plain; *s; s++)
		if (*s < 0x20 || *s > 0x7e || *s == '"' || *s == '\\' || *s == '%') {
			*s = '_';
			ascii = false;
		}
	if (ascii)
		return arena_printf(a, "%s; filename=\"%s\"", how, plain);
	for (const unsigned char *s = (const unsigned char *)name; *s; s++) {
		bool safe = (*s >= 'a' && *s <= 'z') || (*s >= 'A' && *s <= 'Z') || (*s >= '0' && *s <= '9') ||
			strchr("!#$&+-.^_`|~", *s);

		if (safe) {
			*to++ = (char)*s;
		} else {
			*to++ = '%';
			*to++ = hex[*s >> 4];
			*to++ = hex[*s & 15];
		}
	}
	*to = '\0';
	return arena_printf(a, "%s; filename=\"%s\"; filename*=UTF-8''%s", how, plain, encoded);
}

static void put_headers(struct request *rq, struct response *rs, const struct attachment *at,
	const struct media_type *t, const char *etag, bool public)
{
	bool pdf = strcmp(t->type, "application/pdf") == 0;
	bool shown = t->shown && (!pdf || options_bool(rq->engine->options, "files-show-pdf"));

	rs->type = strcmp(t->type, "text/csv") == 0 ? "text/csv; charset=utf-8" : t->type;
	response_header(rs, "ETag", etag);
	response_header(rs, "Accept-Ranges", "bytes");
	response_header(rs, "Content-Disposition", disposition(rq->arena, shown ? "inline" : "attachment", at->name));
	/* A sandboxed document has no viewer for PDF. */
	response_header(rs, "Content-Security-Policy", pdf && shown ?
		"default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'" :
		"default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; sandbox");
	/* The rights are asked for each time. */
	response_header(rs, "Cache-Control", public ? "no-cache" : "private, no-cache");
	rs->cacheable = false;
}

static bool matches(const char *list, const char *etag)
{
	return list && (strcmp(list, "*") == 0 || strstr(list, etag));
}

static bool send_bytes(struct request *rq, struct response *rs, const struct attachment *at, const char *etag,
	struct error *err)
{
	int64_t size, from = 0, length;
	int fd = blob_open(rq->engine->blobs, at->hash, &size, err);
	const char *range = rq->method == HTTP_GET ? request_header(rq, "Range") : NULL;
	enum range_kind kind;

	if (fd < 0) {
		log_error("file.missing", "attachment=%s", at->id);
		return false;
	}
	length = size;
	kind = range_if(request_header(rq, "If-Range"), etag) ? range_parse(range, size, &from, &length) : RANGE_WHOLE;
	if (kind == RANGE_UNSATISFIABLE) {
		close(fd);
		rs->status = 416;
		rs->type = "text/plain; charset=utf-8";
		response_header(rs, "Content-Range", arena_printf(rq->arena, "bytes */%lld", (long long)size));
		return true;
	}
	if (kind == RANGE_PART) {
		rs->status = 206;
		response_header(rs, "Content-Range", arena_printf(rq->arena, "bytes %lld-%lld/%lld", (long long)from,
			(long long)(from + length - 1), (long long)size));
	}
	response_file(rs, fd, from, length);
	return true;
}

bool file_download(struct request *rq, struct response *rs, struct error *err)
{
	struct attachment *at;
	struct record *r = NULL;
	struct error none = { 0 }, other = { 0 };
	size_t found = 0;
	const struct media_type *t;
	const char *etag;

	if (attachment_get(rq->db, rq->arena, request_arg(rq, "id"), false, &at, &none)) {
		if (!record_by_nums(rq->db, rq->arena, &at->record_num, 1, &r, &found, err))
			return false;
	} else if (!post_file(rq->db, rq->arena, request_arg(rq, "id"), &at, &other) &&
		!draft_file(rq->db, rq->arena, request_arg(rq, "id"), &at, err)) {
		return false;
	}
	t = media_type_of(at->type);
	if ((at->record_num && !found) || at->removed_us || at->state != ATTACHMENT_READY || !t || strcmp(at->name, request_arg(rq, "name")) != 0)
		return error_set(err, ERROR_NOT_FOUND, "There is no such file, or it is not open to you.");
	etag = arena_printf(rq->arena, "\"%s\"", at->hash);
	put_headers(rq, rs, at, t, etag, found && r->audience == AUDIENCE_PUBLIC);
	if (found && (!request_header(rq, "Range") || rq->method == HTTP_HEAD))
		record_note_read(rq, r, "file");
	if (matches(request_header(rq, "If-None-Match"), etag)) {
		rs->status = 304;
		return true;
	}
	return send_bytes(rq, rs, at, etag, err);
}

bool file_preview(struct request *rq, struct response *rs, struct error *err)
{
	const char *id = request_arg(rq, "id");
	struct error first = { 0 }, second = { 0 }, third = { 0 };
	const void *png;
	size_t n;

	/* Those who may see more see it on the page of the record's files. */
	if (!attachment_preview(rq->db, rq->arena, id, false, &png, &n, &first) &&
		!attachment_preview(rq->db, rq->arena, id, true, &png, &n, &second) &&
		!post_file_preview(rq->db, rq->arena, id, &png, &n, &third) &&
		!draft_file_preview(rq->db, rq->arena, id, &png, &n, err))
		return false;
	rs->type = "image/png";
	response_header(rs, "Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'; sandbox");
	response_header(rs, "Cache-Control", "private, max-age=600");
	buf_add(&rs->body, png, n);
	return true;
}
