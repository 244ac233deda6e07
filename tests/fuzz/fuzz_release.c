/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The reader of frozen releases: what was read is written and read again the same. */
#include <string.h>
#include "../../modules/metrics/disclosure.h"
#include "fuzz.h"

const char *const fuzz_target = "release";

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *a = arena_create();
	struct disclosure_release *r, *again;
	struct buf one = BUF_INIT, two = BUF_INIT;

	if (disclosure_parse((const char *)data, size, a, &r, NULL)) {
		PROMISE(r->members <= DISCLOSURE_MEMBERS_MAX && r->period_count >= 1);
		for (size_t c = 0; c < r->cell_count; c++)
			for (size_t i = 0; i < r->bases[c].n; i++)
				PROMISE(r->bases[c].members[i] < r->members && r->cells[c].edge_count <= DISCLOSURE_EDGES_MAX);
		disclosure_json(r, true, &one);
		PROMISE(disclosure_parse(one.data, one.len, a, &again, NULL));
		disclosure_json(again, true, &two);
		PROMISE(one.len == two.len && memcmp(one.data, two.data, one.len) == 0);
	}
	buf_finish(&one);
	buf_finish(&two);
	arena_destroy(a);
	return 0;
}
