/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a harvester sends: a token that is taken says the same when it is made
 * again; a date is within its bounds. And names of authors, divided. */
#include <string.h>
#include "../../modules/feeds/oai_args.h"
#include "fuzz.h"

const char *const fuzz_target = "oai";

static void try_date(const char *text)
{
	int64_t start, end;
	bool day, again;

	if (!oai_date_read(text, false, &start, &day))
		return;
	PROMISE(oai_date_read(text, true, &end, &again) && again == day);
	PROMISE(start >= 0 && end - start == (day ? INT64_C(86400000000) : INT64_C(1000000)) - 1);
}

static void try_token(struct arena *a, const char *text)
{
	struct oai_token t, back;

	if (!oai_token_read(a, text, &t))
		return;
	PROMISE(t.cursor >= 0 && t.total >= 0 && id_valid(t.harvest.after_id));
	PROMISE(oai_token_read(a, oai_token_make(a, &t), &back));
	PROMISE(back.harvest.after_us == t.harvest.after_us && back.cursor == t.cursor);
	PROMISE(!t.harvest.space == !back.harvest.space);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *a = arena_create();
	char *text = arena_strndup(a, (const char *)data, size);
	struct harvest h = { 0 };
	struct cite_name *names;
	struct buf b = BUF_INIT;
	int64_t us;
	size_t n;

	try_date(text);
	try_token(a, text);
	moment_http_parse(text, &us);
	if (oai_set_read(a, text, &h))
		PROMISE(h.type || h.strategy || h.space);
	names = cite_names_read(a, text, &n);
	for (size_t i = 0; i < n; i++)
		PROMISE(*names[i].literal && (!names[i].family || *names[i].family));
	xml_text(&b, text);
	PROMISE(!memchr(buf_text(&b), '<', b.len) && text_is_utf8(buf_text(&b), b.len));
	buf_finish(&b);
	arena_destroy(a);
	return 0;
}
