/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What one gets mail about is chosen in one place for all of the network: My page. */
#include "notices.h"

bool notices_page(struct request *rq, struct response *rs, struct error *err)
{
	(void)err;
	return response_redirect(rs, url_path(rq->arena, "%b/me/notifications", rq->base));
}
