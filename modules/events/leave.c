/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What one gets mail about, and leaving a list by a link without signing in
 * (RFC 8058: programs POST to it; a GET changes nothing). */
#include "notices.h"
#include <sodium.h>
#include "account.h"

#define MAC_BYTES 16

static char key[SECRET_SIZE]; /* read-only once started */

bool notices_start(struct engine *e, struct error *err)
{
	return notices_key(e, key, err);
}

/* 32 hex digits over list and account. */
static void mac(const char *plain, char out[MAC_BYTES * 2 + 1])
{
	unsigned char bytes[MAC_BYTES];

	crypto_generichash(bytes, sizeof bytes, (const unsigned char *)plain, strlen(plain), (const unsigned char *)key,
		SECRET_SIZE - 1);
	sodium_bin2hex(out, MAC_BYTES * 2 + 1, bytes, sizeof bytes);
}

const char *leave_token(struct arena *a, const char *account_id, char list)
{
	const char *plain = arena_printf(a, "%c%s", list, account_id);
	char digest[MAC_BYTES * 2 + 1];

	mac(plain, digest);
	return arena_printf(a, "%s-%s", plain, digest);
}

bool leave_read(struct arena *a, const char *token, const char **account_id, char *list)
{
	char digest[MAC_BYTES * 2 + 1];

	if (strlen(token) != 1 + 36 + 1 + MAC_BYTES * 2 || !strchr("rmpd", token[0]))
		return false;
	mac(arena_strndup(a, token, 37), digest);
	*list = token[0];
	*account_id = arena_strndup(a, token + 1, 36);
	return sodium_memcmp(digest, token + 38, MAC_BYTES * 2) == 0;
}

static const char *list_name(char list)
{
	return list == 'r' ? "messages about your registrations" : list == 'm' ? "reminders of events" :
		list == 'p' ? "messages about materials of events" : "the digest of events";
}

static bool leave_show(struct request *rq, struct response *rs, char list, bool left, struct error *err)
{
	struct data *page = page_create(rq, left ? "You get no more of these" : "Leave a mailing");

	data_text(page, "list", list_name(list));
	data_flag(page, "left", left);
	data_url(page, "leave_url", url_path(rq->arena, "/mail/leave/%s", request_arg(rq, "token")));
	data_url(page, "notices_url", url_path(rq->arena, "/events/notices"));
	page_crumb(page, "Mail", (struct url){ NULL });
	return page_send_private(rq, rs, "mail-leave", page, err);
}

bool leave_page(struct request *rq, struct response *rs, struct error *err)
{
	const char *account_id;
	char list;

	if (!leave_read(rq->arena, request_arg(rq, "token"), &account_id, &list))
		return error_set(err, ERROR_NOT_FOUND, "This link is not one of ours.");
	return leave_show(rq, rs, list, false, err);
}

struct leaving {
	const char *account_id;
	char list;
};

static bool write_leave(struct db *w, void *arg, struct error *err)
{
	const struct leaving *l = arg;

	return wishes_leave(w, l->account_id, l->list, err);
}

bool leave_given(struct request *rq, struct response *rs, struct error *err)
{
	struct account *account;
	struct leaving l;

	if (!leave_read(rq->arena, request_arg(rq, "token"), &l.account_id, &l.list) ||
		!account_get(rq->db, rq->arena, l.account_id, &account, NULL))
		return error_set(err, ERROR_NOT_FOUND, "This link is not one of ours.");
	return event_write(rq, write_leave, &l, err) && leave_show(rq, rs, l.list, true, err);
}

/* ---- settings ---- */

static void put_check(struct data *page, const char *name, bool on)
{
	data_text(page, name, on ? "checked" : NULL);
}

bool notices_page(struct request *rq, struct response *rs, struct error *err)
{
	static const char *const digests[][2] = { { "none", "None" }, { "daily", "Every day" }, { "weekly", "Every week" } };
	struct data *page = page_create(rq, "Mail about events");
	const char *done = request_arg(rq, "done");
	struct wishes p;

	if (!wishes_get(rq->db, rq->arena, rq->account->id, &p, err))
		return false;
	page_crumb(page, "Events", url_path(rq->arena, "%b/events", rq->base));
	page_crumb(page, "Mail about events", (struct url){ NULL });
	data_text(page, "done", done && strcmp(done, "saved") == 0 ? "Your choice is saved." : NULL);
	data_text(page, "email", rq->account->email);
	put_check(page, "registrations", p.registrations);
	put_check(page, "reminders", p.reminders);
	put_check(page, "materials", p.materials);
	for (size_t i = 0; i < sizeof digests / sizeof *digests; i++)
		page_option(page, "digests", digests[i][0], digests[i][1], p.digest);
	data_url(page, "save_url", url_path(rq->arena, "/events/notices"));
	return page_send_private(rq, rs, "event-notices", page, err);
}

struct saving {
	const char *account_id;
	struct wishes p;
};

static bool write_person(struct db *w, void *arg, struct error *err)
{
	const struct saving *s = arg;

	return wishes_save(w, s->account_id, &s->p, err);
}

bool notices_given(struct request *rq, struct response *rs, struct error *err)
{
	const char *digest = request_form(rq, "digest");
	struct saving s = { rq->account->id, { .registrations = request_form(rq, "registrations"),
		.reminders = request_form(rq, "reminders"), .materials = request_form(rq, "materials"), .digest = "none" } };

	if (digest && strcmp(digest, "daily") == 0)
		s.p.digest = "daily";
	else if (digest && strcmp(digest, "weekly") == 0)
		s.p.digest = "weekly";
	return event_write(rq, write_person, &s, err) &&
		response_redirect(rs, url_query(rq->arena, url_path(rq->arena, "/events/notices"), "done", "saved"));
}
