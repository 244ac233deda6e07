/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Templates: compile or refuse any text, and render what compiled. Whatever
 * the template, hostile values cannot leave their place. */
#include <string.h>
#include "fuzz.h"
#include "template.h"

const char *const fuzz_target = "template";

static const char *asset(const char *name, void *arg)
{
	(void)arg;
	return strlen(name) < 20 ? "/assets/x.css" : NULL;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char hostile[] = "\"'><script>evil()</script><!--";
	struct error err = { 0 };
	struct templates *t = templates_parse("page", (const char *)data, size, asset, NULL, &err);
	struct buf b = { .limit = 1 << 20 };

	if (!t) {
		PROMISE(err.kind == ERROR_INVALID && strncmp(err.text, "page.xhtml:", 11) == 0);
		return 0;
	}
	PROMISE(err.kind == ERROR_NONE && templates_has(t, "page"));
	struct arena *a = arena_create();
	struct data *d = data_create(a);
	data_text(d, "x", hostile);
	data_text(d, "title", hostile);
	data_url(d, "u", url_query(a, url_path(a, "/p"), "q", hostile));
	data_int(d, "n", 3);
	data_flag(d, "f", true);
	data_markup(d, "m", html_stored("<p>kept</p>"));
	for (int i = 0; i < 2; i++) {
		struct data *item = data_item(d, "list");

		data_text(item, "x", hostile);
		data_url(item, "u", url_path(a, "/p/%s", hostile));
		data_text(data_item(item, "list"), "x", hostile);
	}
	data_text(data_object(d, "o"), "x", hostile);
	if (!template_render(t, "page", d, &b, &err))
		PROMISE(err.kind == ERROR_INTERNAL);
	PROMISE(!strstr(buf_text(&b), "<script>evil") && !strstr(buf_text(&b), "'><"));
	buf_finish(&b);
	arena_destroy(a);
	templates_destroy(t);
	return 0;
}
