/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which notifications are to be mailed. In one write they are marked as mailed and
 * their letter's job is added: a crash before it leaves both undone, one after it
 * both done. */
#include "own.h"
#include "mail.h"
#include "store_system.h"

#define KEPT_US (366LL * 24 * 3600 * 1000000) /* then a notification goes, seen or not */
#define ROWS_MOST LETTER_ITEMS

struct receiver {
	const char *account_id, *kind, *email; /* kind NULL: the daily mail */
};

static bool read_receivers(struct query *q, struct arena *a, struct receiver **out, size_t *n, struct error *err)
{
	*out = NULL;
	*n = 0;
	while (q_row(q)) {
		if (!*out)
			*out = arena_array(a, (size_t)q_col_int(q, 3), sizeof **out);
		(*out)[(*n)++] = (struct receiver){ q_col_text(q, a, 0), q_col_text(q, a, 1), q_col_text(q, a, 2) };
	}
	return q_done(q, err);
}

static bool add_letter(struct db *w, struct due *due, const struct receiver *r, const char *way, int64_t before_us,
	struct error *err)
{
	struct query q;
	char *payload;
	json_t *o;
	bool ok;

	db_query(w, &q, "UPDATE notification SET mailed_us = :now WHERE account_id = :account AND way = :way AND mailed_us = 0 "
		"AND (:kind IS NULL OR kind = :kind) AND at_us < :before");
	q_int(&q, ":now", due->now_us);
	q_text(&q, ":account", r->account_id);
	q_text(&q, ":way", way);
	q_text(&q, ":kind", r->kind);
	q_int(&q, ":before", before_us);
	if (!q_run(&q, err))
		return false;
	if (!r->email || !mail_address_ok(r->email))
		return true; /* on My page only */
	o = json_pack("{s:s, s:s?, s:I}", "account", r->account_id, "kind", r->kind, "stamp", (json_int_t)due->now_us);
	payload = o ? json_dumps(o, JSON_COMPACT) : NULL;
	json_decref(o);
	if (!payload)
		abort();
	ok = job_add(w, "notification-mail", NULL, r->email, payload, 0, err);
	free(payload);
	due->any = true;
	return ok;
}

static bool add_letters(struct db *w, struct due *due, const struct receiver *list, size_t n, const char *way,
	int64_t before_us, struct error *err)
{
	for (size_t i = 0; i < n; i++)
		if (!add_letter(w, due, &list[i], way, before_us, err))
			return false;
	return true;
}

/* What was seen meanwhile needs no mail; what is old goes. */
static bool tidy(struct db *w, const struct due *due, struct error *err)
{
	struct query q;

	db_query(w, &q, "UPDATE notification SET mailed_us = :now WHERE mailed_us = 0 AND way <> 'page' AND seen_us > 0");
	q_int(&q, ":now", due->now_us);
	if (!q_run(&q, err))
		return false;
	db_query(w, &q, "DELETE FROM notification WHERE at_us < :long_ago");
	q_int(&q, ":long_ago", due->now_us - KEPT_US);
	return q_run(&q, err);
}

bool mail_due(struct db *w, void *arg, struct error *err)
{
	struct due *due = arg;
	struct receiver *list;
	struct query q;
	size_t n;

	due->any = false;
	if (!tidy(w, due, err))
		return false;
	db_query(w, &q, "SELECT n.account_id, n.kind, a.email, count(*) OVER () FROM notification n JOIN account a "
		"ON a.id = n.account_id WHERE n.way = 'mail' AND n.mailed_us = 0 AND a.disabled_us = 0 "
		"GROUP BY n.account_id, n.kind HAVING min(n.at_us) <= :until");
	q_int(&q, ":until", due->now_us - due->settle_us);
	if (!read_receivers(&q, due->arena, &list, &n, err) ||
		!add_letters(w, due, list, n, "mail", INT64_MAX, err))
		return false;
	db_query(w, &q, "SELECT n.account_id, NULL, a.email, count(*) OVER () FROM notification n JOIN account a "
		"ON a.id = n.account_id WHERE n.way = 'digest' AND n.mailed_us = 0 AND a.disabled_us = 0 AND n.at_us < :until "
		"GROUP BY n.account_id");
	q_int(&q, ":until", due->digest_us);
	return read_receivers(&q, due->arena, &list, &n, err) && add_letters(w, due, list, n, "digest", due->digest_us, err);
}

bool mail_rows(struct db *db, struct arena *a, const char *kind, int64_t stamp_us, struct notification **out, size_t *n,
	struct error *err)
{
	struct query q;

	*out = arena_array(a, ROWS_MOST, sizeof **out);
	*n = 0;
	db_query(db, &q, "SELECT id, account_id, kind, space_slug, space_name, title, path, about, at_us FROM ("
		"SELECT * FROM v_notification WHERE mailed_us = :stamp AND seen_us = 0 AND "
		"((:kind IS NULL AND way = 'digest') OR (way = 'mail' AND kind = :kind)) ORDER BY at_us DESC, id DESC LIMIT :most) "
		"ORDER BY at_us, id");
	q_int(&q, ":stamp", stamp_us);
	q_text(&q, ":kind", kind);
	q_int(&q, ":most", ROWS_MOST);
	while (*n < ROWS_MOST && q_row(&q))
		(*out)[(*n)++] = (struct notification){ .id = q_col_text(&q, a, 0), .account_id = q_col_text(&q, a, 1),
			.kind = q_col_text(&q, a, 2), .space_slug = q_col_text(&q, a, 3), .space_name = q_col_text(&q, a, 4),
			.title = q_col_text(&q, a, 5), .path = q_col_text(&q, a, 6), .about = q_col_text(&q, a, 7),
			.at_us = q_col_int(&q, 8) };
	return q_done(&q, err);
}
