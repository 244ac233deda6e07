/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "kept.h"
#include <string.h>
#include "csrf.h"
#include "page.h"

bool kept_page(struct request *rq, struct response *rs, struct error *err)
{
	struct data *page = page_create(rq, "What you typed is still here");
	struct url to;

	if (!url_local(rq->arena, rq->target, &to))
		return error_set(err, ERROR_INVALID, "The address is not a path on this server.");
	page_crumb(page, "What you typed is still here", (struct url){ NULL });
	data_url(page, "to", to);
	data_flag(page, "again", rq->account != NULL);
	for (size_t i = 0; i < rq->n_form; i++) {
		const char *name = rq->form[i].name, *value = rq->form[i].value;
		struct data *d;

		if (strcmp(name, CSRF_FIELD) == 0)
			continue;
		d = data_item(page, "fields");
		data_text(d, "name", name);
		data_text(d, "value", value);
		data_flag(d, "long", strlen(value) > 80 || strchr(value, '\n'));
		data_textf(d, "id", "kept-%zu", i);
	}
	rs->status = 403;
	return page_send_private(rq, rs, "kept", page, err);
}
