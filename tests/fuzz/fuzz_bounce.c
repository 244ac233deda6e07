/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Delivery status notifications, which anyone can send. */
#include <string.h>
#include "bounce.h"
#include "fuzz.h"

const char *const fuzz_target = "bounce";

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *a = arena_create();
	struct error err = { 0 };
	struct bounce b;

	if (bounce_parse(a, (const char *)data, size, &b, &err)) {
		PROMISE(b.address && *b.address && !strpbrk(b.address, "\r\n <>"));
		PROMISE(b.status && strspn(b.status, "0123456789.") == strlen(b.status));
		PROMISE(!b.failed || b.status[0] == '5');
		PROMISE(!b.message_id || !strpbrk(b.message_id, "\r\n>"));
	} else {
		PROMISE(err.kind == ERROR_INVALID);
	}
	arena_destroy(a);
	return 0;
}
