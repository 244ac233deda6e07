/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Questions to a request, and writing a response. */
#include "request.h"
#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include "text.h"
#include "engine.h"
#include "job.h"

static const char *find(const struct pair *list, size_t n, const char *name)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(list[i].name, name) == 0)
			return list[i].value;
	return NULL;
}

const char *request_header(const struct request *rq, const char *name)
{
	for (size_t i = 0; i < rq->n_headers; i++)
		if (text_equal_nocase(rq->headers[i].name, name))
			return rq->headers[i].value;
	return NULL;
}

const char *request_arg(const struct request *rq, const char *name)
{
	return find(rq->args, rq->n_args, name);
}

int64_t request_arg_int(const struct request *rq, const char *name, int64_t fallback)
{
	const char *s = request_arg(rq, name);

	return s ? strtoll(s, NULL, 10) : fallback;
}

const char *request_form(const struct request *rq, const char *name)
{
	return find(rq->form, rq->n_form, name);
}

const char *request_typed(const struct request *rq, const char *name)
{
	const char *s = request_form(rq, name), *end;

	while (s && isspace((unsigned char)*s))
		s++;
	end = s ? s + strlen(s) : s;
	while (s && end > s && isspace((unsigned char)end[-1]))
		end--;
	return s ? arena_strndup(rq->arena, s, (size_t)(end - s)) : "";
}

const char *request_cookie(const struct request *rq, const char *name)
{
	const char *s = request_header(rq, "Cookie");
	size_t n = strlen(name);

	while (s && *s) {
		s += strspn(s, " ;");
		size_t len = strcspn(s, ";");

		if (len > n && strncmp(s, name, n) == 0 && s[n] == '=')
			return arena_strndup(rq->arena, s + n + 1, len - n - 1);
		s += len;
	}
	return NULL;
}

void response_header(struct response *rs, const char *name, const char *value)
{
	for (const char *s = value; *s; s++)
		if ((unsigned char)*s < 0x20 || *s == 0x7f)
			abort(); /* would split the response */
	if (rs->n_headers == sizeof rs->headers / sizeof *rs->headers)
		abort();
	rs->headers[rs->n_headers++] = (struct pair){ name, arena_strdup(rs->request->arena, value) };
}

static bool go(struct response *rs, struct url to, int status)
{
	rs->status = status;
	response_header(rs, "Location", to.text);
	buf_clear(&rs->body);
	return true;
}

void response_file(struct response *rs, int fd, int64_t from, int64_t length)
{
	if (rs->file)
		abort(); /* two answers: a bug */
	rs->file = fd + 1;
	rs->file_from = from;
	rs->file_length = length;
	rs->cacheable = false;
}

bool response_redirect(struct response *rs, struct url to)
{
	return go(rs, to, 303);
}

bool response_moved(struct response *rs, struct url to)
{
	return go(rs, to, 301);
}

bool request_write(const struct request *rq, store_operation *op, void *arg, struct error *err)
{
	return store_write_aside(rq->engine->store, &viewer_system, op, arg, err);
}

bool request_write_wake(const struct request *rq, store_operation *op, void *arg, struct error *err)
{
	bool ok = request_write(rq, op, arg, err);

	if (ok)
		jobs_wake(rq->engine->jobs);
	return ok;
}

bool request_own_jurisdiction(const struct request *rq, struct error *err)
{
	return (space_is_jurisdiction(rq->space) && viewer_is_member(rq->viewer, rq->space->id)) || error_absent(err);
}
