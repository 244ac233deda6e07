/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Leaving a mailing by the link in it, without signing in (letter.h). */
#include "own.h"

static bool show(struct request *rq, struct response *rs, const char *kind, bool left, struct error *err)
{
	struct data *page = page_create(rq, left ? "You get no more of these" : "Leave a mailing");
	struct url here;

	if (!url_local(rq->arena, arena_printf(rq->arena, "/mail/leave/%s", request_arg(rq, "token")), &here))
		return error_set(err, ERROR_NOT_FOUND, "This link is not one of ours.");
	data_text(page, "list", notification_label(rq->engine, kind));
	data_flag(page, "left", left);
	data_url(page, "leave_url", here);
	data_url(page, "notices_url", url_path(rq->arena, "/me/notifications"));
	page_crumb(page, "Mail", (struct url){ NULL });
	return page_send_private(rq, rs, "mail-leave", page, err);
}

static bool read_token(struct request *rq, const char **account_id, const char **kind, struct error *err)
{
	return (leave_read(rq->arena, request_arg(rq, "token"), account_id, kind) && notification_label(rq->engine, *kind)) ||
		error_set(err, ERROR_NOT_FOUND, "This link is not one of ours.");
}

bool leave_page(struct request *rq, struct response *rs, struct error *err)
{
	const char *account_id, *kind;

	return read_token(rq, &account_id, &kind, err) && show(rq, rs, kind, false, err);
}

struct leaving {
	struct engine *engine;
	const char *account_id, *kind;
};

static bool write_leave(struct db *w, void *arg, struct error *err)
{
	const struct leaving *l = arg;

	return notification_leave(w, l->engine, l->account_id, l->kind, err);
}

bool leave_given(struct request *rq, struct response *rs, struct error *err)
{
	struct leaving l = { .engine = rq->engine };
	struct account *account;

	if (!read_token(rq, &l.account_id, &l.kind, err))
		return false;
	if (!account_get(rq->db, rq->arena, l.account_id, &account, NULL))
		return error_set(err, ERROR_NOT_FOUND, "This link is not one of ours.");
	return request_write(rq, write_leave, &l, err) && show(rq, rs, l.kind, true, err);
}
