/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Answers by mail, which anyone can send. */
#include <string.h>
#include "fuzz.h"
#include "reply_mail.h"
#include "text.h"

const char *const fuzz_target = "reply";

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *a = arena_create();
	struct error err = { 0 };
	struct reply_mail m;

	if (reply_mail_parse(a, (const char *)data, size, "mx.example.org", &m, &err)) {
		PROMISE(text_is_utf8(m.text, strlen(m.text)) && strlen(m.text) <= REPLY_TEXT_MAX);
		PROMISE(!m.from || !strpbrk(m.from, "\r\n <>,"));
		PROMISE(m.dmarc == REPLY_DMARC_UNSAID || m.from);
		PROMISE(!m.message_id || text_is_utf8(m.message_id, strlen(m.message_id)));
		for (size_t i = 0; i < m.n_to; i++)
			PROMISE(!strpbrk(m.to[i], "\r\n <>"));
	} else {
		PROMISE(err.kind == ERROR_INVALID);
	}
	arena_destroy(a);
	return 0;
}
