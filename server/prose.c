/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "prose.h"
#include <string.h>
#include "markdown.h"

bool prose_draw(const struct content_schemas *schemas, struct arena *a, const char *markdown, const char *id_prefix,
	struct prose *out, struct error *err)
{
	struct markdown_problem *wrong;
	const char *xhtml;
	size_t n;

	*out = (struct prose){ "", "" };
	if (!markdown_to_xhtml(a, markdown, MARKDOWN_INHERIT, &xhtml, &wrong, &n))
		return error_set(err, ERROR_INVALID, "Line %d: %s.", wrong[0].line, wrong[0].cause);
	if (!*xhtml)
		return true;
	return content_fragment(schemas, a, xhtml, id_prefix, false, &out->html, &out->text, err);
}
