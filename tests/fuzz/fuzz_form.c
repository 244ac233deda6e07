/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Forms and cookies. The first byte chooses: a urlencoded body, a multipart one
 * whose Content-Type is the first line, or a Cookie header. */
#include <string.h>
#include "form.h"
#include "fuzz.h"
#include "text.h"

const char *const fuzz_target = "form";

static void check_fields(const struct pair *fields, size_t n)
{
	PROMISE(n <= FORM_FIELDS_MAX);
	for (size_t i = 0; i < n; i++)
		PROMISE(text_is_utf8(fields[i].name, strlen(fields[i].name)) &&
			text_is_utf8(fields[i].value, strlen(fields[i].value)));
}

static void cookies(struct arena *a, char *header)
{
	static const char *const names[] = { "theme", "__Host-session", "__Host-pre", "" };
	struct pair headers[] = { { "Cookie", header } };
	struct request rq = { .arena = a, .headers = headers, .n_headers = 1 };

	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		const char *value = request_cookie(&rq, names[i]);

		PROMISE(!value || (strlen(value) < strlen(header) && !strchr(value, ';') && strstr(header, value)));
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *a = arena_create();
	struct error err = { 0 };
	struct pair *fields;
	size_t n;

	if (size > 0) {
		const char *s = (const char *)data + 1;
		size_t len = size - 1;
		const char *eol = memchr(s, '\n', len);

		if (data[0] % 3 == 0) {
			if (form_urlencoded(a, s, len, &fields, &n, &err))
				check_fields(fields, n);
			else
				PROMISE(err.kind == ERROR_INVALID);
		} else if (data[0] % 3 == 1 && eol) {
			const char *boundary = form_boundary(a, arena_strndup(a, s, (size_t)(eol - s)));

			if (boundary && form_multipart(a, boundary, eol + 1, len - (size_t)(eol + 1 - s), &fields, &n, &err))
				check_fields(fields, n);
			else
				PROMISE(!boundary || err.kind == ERROR_INVALID);
		} else {
			cookies(a, arena_strndup(a, s, len));
		}
	}
	arena_destroy(a);
	return 0;
}
