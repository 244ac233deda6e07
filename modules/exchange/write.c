/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Discussions: what changes in the store. Each is a part of a write of the system,
 * after the page has found by the views that the person may do it. */
#include "discussion.h"

/* ---- search and notices follow ---- */

static bool put_text(struct db *w, struct arena *a, const struct discussion *d, const struct post *p,
	struct error *err)
{
	const struct search_text t = { .kind = "post", .id = p->id, .space_id = d->space_id, .scope = d->scope,
		.path = arena_printf(a, "/discussions/posts/%s", p->id), .title = d->title, .body = p->text,
		.at_us = p->at_us };

	return p->removed ? search_text_remove(w, "post", p->id, err) : search_text_put(w, &t, err);
}

static bool put_text_of(struct db *w, struct arena *a, const char *id, struct error *err)
{
	struct discussion *d;
	struct post *p;

	return post_of_system(w, a, id, &p, &d, err) && (!p || put_text(w, a, d, p, err));
}

static bool post_ids(struct db *w, struct arena *a, const char *discussion, const char ***out, size_t *n,
	struct error *err)
{
	struct query q;

	*out = NULL;
	*n = 0;
	db_query(w, &q, "SELECT id, count(*) OVER () FROM post WHERE discussion_id = :id ORDER BY num");
	q_text(&q, ":id", discussion);
	while (q_row(&q)) {
		if (!*out)
			*out = arena_array(a, (size_t)q_col_int(&q, 1), sizeof **out);
		(*out)[(*n)++] = q_col_text(&q, a, 0);
	}
	return q_done(&q, err);
}

/* All of a thread, after its title, group or posts changed. */
static bool follow_thread(struct db *w, struct arena *a, const char *discussion, const char *scope,
	struct error *err)
{
	const char *path = arena_printf(a, "/discussions/%s", discussion), **ids;
	size_t n;

	if (!post_ids(w, a, discussion, &ids, &n, err))
		return false;
	for (size_t i = 0; i < n; i++) {
		/* An arena of its own: a thread may have ten thousand texts. */
		struct arena *one = arena_create();
		bool ok = put_text_of(w, one, ids[i], err) && notification_move(w, ids[i], scope, path, err);

		arena_destroy(one);
		if (!ok)
			return false;
	}
	return true;
}

/* ---- threads and posts ---- */

bool discussion_add(struct db *w, const char *group_id, const char *author_id, const char *title,
	const char *split_from, char id[ID_SIZE], struct error *err)
{
	int64_t now = clock_now_us();
	struct query q;

	if (author_id)
		id_new(id);
	else
		post_id_new(id);
	db_query(w, &q, "INSERT INTO discussion (id, group_id, title, opener_id, opened_us, last_us, split_from) "
		"VALUES (:id, :group, :title, :author, :at, :at, :from)");
	q_text(&q, ":id", id);
	q_text(&q, ":group", group_id);
	q_text(&q, ":title", title);
	q_text(&q, ":author", author_id);
	q_int(&q, ":at", author_id ? now : day_of(now));
	q_text(&q, ":from", split_from);
	return q_run(&q, err);
}

static bool still_open(struct db *w, const char *discussion, int64_t *num, struct error *err)
{
	bool open = false;
	struct query q;

	db_query(w, &q, "SELECT d.closed_us = 0 AND g.closed_us = 0, d.last_num + 1 FROM discussion d "
		"JOIN space_group g ON g.id = d.group_id WHERE d.id = :id");
	q_text(&q, ":id", discussion);
	while (q_row(&q)) {
		open = q_col_int(&q, 0) != 0;
		*num = q_col_int(&q, 1);
	}
	if (!q_done(&q, err))
		return false;
	return open || error_set(err, ERROR_CONFLICT, "This discussion is closed: nothing can be added to it.");
}

static bool insert_post(struct db *w, const struct post_new *n, int64_t num, int64_t at, struct error *err)
{
	struct query q;

	db_query(w, &q, "INSERT INTO post (id, discussion_id, num, author_id, author_place, mark, markdown, html, "
		"text, mentions, "
		"at_us, told) VALUES (:id, :discussion, :num, :author, :place, :mark, :markdown, :html, :text, "
		":mentions, :at, :told)");
	q_text(&q, ":id", n->id);
	q_text(&q, ":discussion", n->discussion_id);
	q_int(&q, ":num", num);
	q_text(&q, ":author", n->author_id);
	q_text(&q, ":place", n->author_place);
	q_text(&q, ":mark", n->mark);
	q_text(&q, ":markdown", n->markdown);
	q_text(&q, ":html", n->html);
	q_text(&q, ":text", n->text);
	q_text(&q, ":mentions", n->mentions);
	q_int(&q, ":at", at);
	q_int(&q, ":told", n->author_id != NULL);
	return q_run(&q, err);
}

/* Who writes under their name follows, unless they said not to. */
static bool note_author(struct db *w, const struct post_new *n, int64_t num, struct error *err)
{
	struct query q;

	if (!n->author_id)
		return true;
	db_query(w, &q, "INSERT INTO discussion_reader (discussion_id, account_id, seen_num, follows) VALUES "
		"(:id, :account, "
		"CASE WHEN :num = 1 THEN 1 ELSE 0 END, 1) ON CONFLICT (discussion_id, account_id) DO UPDATE SET "
		"follows = coalesce(follows, 1), seen_num = CASE WHEN seen_num = :num - 1 THEN :num ELSE seen_num "
		"END");
	q_text(&q, ":id", n->discussion_id);
	q_text(&q, ":account", n->author_id);
	q_int(&q, ":num", num);
	return q_run(&q, err);
}

bool post_add(struct db *w, struct arena *a, const struct post_new *n, struct error *err)
{
	int64_t num = 0, now = clock_now_us(), at = n->author_id ? now : day_of(now);
	struct query q;

	if (!still_open(w, n->discussion_id, &num, err) || !insert_post(w, n, num, at, err))
		return false;
	db_query(w, &q, "UPDATE discussion SET posts = posts + 1, last_num = :num, last_us = max(last_us, :at) "
		"WHERE id = :id");
	q_int(&q, ":num", num);
	q_int(&q, ":at", at);
	q_text(&q, ":id", n->discussion_id);
	return q_run(&q, err) && note_author(w, n, num, err) && put_text_of(w, a, n->id, err);
}

static bool conflict(struct error *err)
{
	return error_set(err, ERROR_CONFLICT, "Someone has changed this meanwhile.");
}

bool post_change(struct db *w, struct arena *a, const struct post *p, int64_t version,
	const struct post_new *n, struct error *err)
{
	int64_t now = clock_now_us();
	bool changed;
	struct query q;

	db_query(w, &q, "INSERT INTO post_version (post_id, version, markdown, html, at_us) SELECT id, version, "
		"markdown, html, "
		"CASE WHEN edited_us <> 0 THEN edited_us ELSE at_us END FROM post WHERE id = :id AND version = "
		":version AND removed = 0");
	q_text(&q, ":id", p->id);
	q_int(&q, ":version", version);
	if (!q_run_changed(&q, &changed, err) || !changed)
		return conflict(err);
	db_query(w, &q, "UPDATE post SET markdown = :markdown, html = :html, text = :text, mentions = :mentions, "
		"edited_us = :at, version = version + 1 WHERE id = :id");
	q_text(&q, ":markdown", n->markdown);
	q_text(&q, ":html", n->html);
	q_text(&q, ":text", n->text);
	q_text(&q, ":mentions", n->mentions);
	q_int(&q, ":at", p->author_id ? now : day_of(now));
	q_text(&q, ":id", p->id);
	return q_run(&q, err) && put_text_of(w, a, p->id, err);
}

static bool scope_of(struct db *w, struct arena *a, const char *discussion, const char **scope,
	struct error *err)
{
	struct query q;

	*scope = "";
	db_query(w, &q, "SELECT g.scope FROM discussion d JOIN space_group g ON g.id = d.group_id WHERE d.id = "
		":id");
	q_text(&q, ":id", discussion);
	while (q_row(&q))
		*scope = q_col_text(&q, a, 0);
	return q_done(&q, err);
}

bool discussion_rename(struct db *w, struct arena *a, const char *id, int64_t version, const char *title,
	struct error *err)
{
	const char *scope;
	bool changed;
	struct query q;

	db_query(w, &q, "UPDATE discussion SET title = :title, version = version + 1 WHERE id = :id AND version = "
		":version");
	q_text(&q, ":title", title);
	q_text(&q, ":id", id);
	q_int(&q, ":version", version);
	if (!q_run_changed(&q, &changed, err) || !changed)
		return conflict(err);
	return scope_of(w, a, id, &scope, err) && follow_thread(w, a, id, scope, err);
}

static bool remove_files(struct db *w, struct arena *a, const char *id, struct error *err)
{
	const char *files[200];
	struct query q;
	size_t n = 0;

	db_query(w, &q, "SELECT id FROM attachment WHERE post_id = :id AND removed_us = 0 LIMIT 200");
	q_text(&q, ":id", id);
	while (n < 200 && q_row(&q))
		files[n++] = q_col_text(&q, a, 0);
	bool ok = q_done(&q, err);
	for (size_t i = 0; ok && i < n; i++)
		ok = attachment_remove(w, files[i], err);
	return ok;
}

bool post_remove(struct db *w, struct arena *a, const char *id, enum post_removed by, struct error *err)
{
	static const char *const told[] = { "reply", "mention", "thread" };
	struct query q;

	db_query(w, &q, "DELETE FROM post_version WHERE post_id = :id");
	q_text(&q, ":id", id);
	if (!q_run(&q, err))
		return false;
	db_query(w, &q, "UPDATE post SET markdown = '', html = '', text = '', mentions = NULL, removed = :by, "
		"mark = NULL, version = version + 1 WHERE id = :id AND removed = 0");
	q_int(&q, ":by", by);
	q_text(&q, ":id", id);
	if (!q_run(&q, err))
		return false;
	db_query(w, &q, "UPDATE discussion SET answer_id = NULL WHERE answer_id = :id");
	q_text(&q, ":id", id);
	if (!q_run(&q, err) || !remove_files(w, a, id, err))
		return false;
	for (size_t i = 0; i < sizeof told / sizeof *told; i++)
		if (!notification_remove(w, told[i], id, err))
			return false;
	return put_text_of(w, a, id, err);
}

bool discussion_answer(struct db *w, const char *id, const char *answer, struct error *err)
{
	struct query q;

	db_query(w, &q, "UPDATE discussion SET answer_id = :answer WHERE id = :id");
	q_text(&q, ":answer", answer);
	q_text(&q, ":id", id);
	return q_run(&q, err);
}

bool discussion_pin(struct db *w, const char *id, bool on, struct error *err)
{
	struct query q;

	db_query(w, &q, "UPDATE discussion SET pinned = :on WHERE id = :id");
	q_int(&q, ":on", on);
	q_text(&q, ":id", id);
	return q_run(&q, err);
}

bool discussion_close(struct db *w, const char *id, bool on, struct error *err)
{
	struct query q;

	db_query(w, &q, "UPDATE discussion SET closed_us = :now WHERE id = :id");
	q_int(&q, ":now", on ? clock_now_us() : 0);
	q_text(&q, ":id", id);
	return q_run(&q, err);
}

/* Those wrote for the people of their group, and for nobody else. */
static bool has_unattributed(struct db *w, const char *id, bool *has, struct error *err)
{
	struct query q;

	*has = false;
	db_query(w, &q, "SELECT 1 FROM post WHERE discussion_id = :id AND author_id IS NULL AND removed = 0 LIMIT "
		"1");
	q_text(&q, ":id", id);
	while (q_row(&q))
		*has = true;
	return q_done(&q, err);
}

bool discussion_move(struct db *w, struct arena *a, const char *id, const struct group *to, struct error *err)
{
	bool has;
	struct query q;

	if (!has_unattributed(w, id, &has, err))
		return false;
	if (has)
		return error_set(err, ERROR_CONFLICT, "This discussion has posts without a name, which were written "
			"for this group alone: it cannot be moved.");
	db_query(w, &q, "UPDATE discussion SET group_id = :group WHERE id = :id");
	q_text(&q, ":group", to->id);
	q_text(&q, ":id", id);
	if (!q_run(&q, err))
		return false;
	db_query(w, &q, "UPDATE post_draft SET group_id = :group WHERE place = :id");
	q_text(&q, ":group", to->id);
	q_text(&q, ":id", id);
	return q_run(&q, err) && follow_thread(w, a, id, to->scope, err);
}

/* Counts anew what the thread has; the numbers of its posts stay. */
static bool recount(struct db *w, const char *id, struct error *err)
{
	struct query q;

	db_query(w, &q, "UPDATE discussion SET posts = (SELECT count(*) FROM post WHERE discussion_id = :id), "
		"last_num = (SELECT coalesce(max(num), 0) FROM post WHERE discussion_id = :id), "
		"last_us = (SELECT coalesce(max(at_us), 0) FROM post WHERE discussion_id = :id), "
		"answer_id = CASE WHEN EXISTS (SELECT 1 FROM post WHERE id = answer_id AND discussion_id = :id) THEN "
		"answer_id END WHERE id = :id");
	q_text(&q, ":id", id);
	return q_run(&q, err);
}

static bool move_post(struct db *w, const char *from, const char *into, const char *post, int64_t num,
	struct error *err)
{
	bool changed;
	struct query q;

	db_query(w, &q, "UPDATE post SET discussion_id = :into, num = :num WHERE id = :id AND discussion_id = "
		":from AND num > (SELECT min(num) FROM post WHERE discussion_id = :from)");
	q_text(&q, ":into", into);
	q_int(&q, ":num", num);
	q_text(&q, ":id", post);
	q_text(&q, ":from", from);
	if (!q_run_changed(&q, &changed, err))
		return false;
	return changed || error_set(err, ERROR_INVALID, "The first post of a discussion cannot be split off, nor "
		"one of another.");
}

bool discussion_split(struct db *w, struct arena *a, const char *from, const char *into,
	const char *const *posts, size_t n, struct error *err)
{
	const char *scope;
	struct query q;

	for (size_t i = 0; i < n; i++)
		if (!move_post(w, from, into, posts[i], (int64_t)i + 1, err))
			return false;
	/* Its opener is who wrote the first of them; who wrote in it follows it, as in any. */
	db_query(w, &q, "UPDATE discussion SET opener_id = (SELECT author_id FROM post WHERE discussion_id = :id "
		"AND num = 1), "
		"opened_us = (SELECT at_us FROM post WHERE discussion_id = :id AND num = 1) WHERE id = :id");
	q_text(&q, ":id", into);
	if (!q_run(&q, err))
		return false;
	db_query(w, &q, "INSERT OR IGNORE INTO discussion_reader (discussion_id, account_id, seen_num, follows) "
		"SELECT DISTINCT :into, p.author_id, 0, coalesce(r.follows, 1) FROM post p LEFT JOIN "
		"discussion_reader r "
		"ON r.discussion_id = :from AND r.account_id = p.author_id WHERE p.discussion_id = :into AND "
		"p.author_id IS NOT NULL");
	q_text(&q, ":from", from);
	q_text(&q, ":into", into);
	return q_run(&q, err) && recount(w, from, err) && recount(w, into, err) && scope_of(w, a, into, &scope,
		err) && follow_thread(w, a, into, scope, err);
}

/* ---- readers ---- */

bool discussion_seen(struct db *w, const char *id, const char *account_id, int64_t num, struct error *err)
{
	struct query q;

	db_query(w, &q, "INSERT INTO discussion_reader (discussion_id, account_id, seen_num) VALUES (:id, "
		":account, :num) "
		"ON CONFLICT (discussion_id, account_id) DO UPDATE SET seen_num = max(seen_num, excluded.seen_num)");
	q_text(&q, ":id", id);
	q_text(&q, ":account", account_id);
	q_int(&q, ":num", num);
	return q_run(&q, err);
}

bool discussion_seen_all(struct db *w, const char *space_id, const char *account_id,
	const char *const *groups, size_t n, struct error *err)
{
	struct query q;

	(void)space_id;
	for (size_t i = 0; i < n; i++) {
		db_query(w, &q, "INSERT INTO discussion_reader (discussion_id, account_id, seen_num) SELECT id, "
			":account, last_num "
			"FROM discussion WHERE group_id = :group ON CONFLICT (discussion_id, account_id) DO UPDATE SET "
			"seen_num = max(seen_num, excluded.seen_num)");
		q_text(&q, ":account", account_id);
		q_text(&q, ":group", groups[i]);
		if (!q_run(&q, err))
			return false;
	}
	return true;
}

bool discussion_follow(struct db *w, const char *id, const char *account_id, bool on, struct error *err)
{
	struct query q;

	db_query(w, &q, "INSERT INTO discussion_reader (discussion_id, account_id, follows) VALUES (:id, "
		":account, :on) ON CONFLICT (discussion_id, account_id) DO UPDATE SET follows = excluded.follows");
	q_text(&q, ":id", id);
	q_text(&q, ":account", account_id);
	q_int(&q, ":on", on);
	return q_run(&q, err);
}

static bool accounts(struct query *q, struct arena *a, const char ***out, size_t *n, struct error *err)
{
	*out = NULL;
	*n = 0;
	while (q_row(q)) {
		if (!*out)
			*out = arena_array(a, (size_t)q_col_int(q, 1), sizeof **out);
		(*out)[(*n)++] = q_col_text(q, a, 0);
	}
	return q_done(q, err);
}

bool discussion_followers(struct db *w, struct arena *a, const char *id, const char ***out, size_t *n,
	struct error *err)
{
	struct query q;

	db_query(w, &q, "SELECT account_id, count(*) OVER () FROM discussion_reader WHERE discussion_id = :id AND "
		"follows = 1 ORDER BY account_id");
	q_text(&q, ":id", id);
	return accounts(&q, a, out, n, err);
}

bool discussion_leads(struct db *w, struct arena *a, const char *group_id, const char ***out, size_t *n,
	struct error *err)
{
	struct query q;

	/* A space's admins look after its groups, but only those read a group who are in it. */
	db_query(w, &q, "SELECT t.account_id, count(*) OVER () FROM (SELECT m.account_id FROM (" GROUP_LEADS ") m "
		"WHERE m.group_id = :id UNION SELECT x.account_id FROM space_group g JOIN membership x "
		"ON x.space_id = g.space_id AND x.role = 'space-admin' WHERE g.id = :id AND (g.kind IN ('network', "
		"'space') OR "
		"(g.kind = 'team' AND EXISTS (SELECT 1 FROM (" GROUP_PEOPLE ") i WHERE i.group_id = g.id AND "
		"i.account_id = x.account_id)))) t "
		"JOIN account a ON a.id = t.account_id WHERE a.disabled_us = 0 ORDER BY t.account_id");
	q_text(&q, ":id", group_id);
	return accounts(&q, a, out, n, err);
}

/* ---- drafts ---- */

bool post_draft_remove(struct db *w, const char *account_id, const char *space_id, const char *place,
	struct error *err)
{
	struct query q;

	db_query(w, &q, "DELETE FROM post_draft WHERE account_id = :account AND about_space = :space AND place = "
		":place");
	q_text(&q, ":account", account_id);
	q_text(&q, ":space", space_id);
	q_text(&q, ":place", place);
	return q_run(&q, err);
}

bool post_draft_put(struct db *w, const char *account_id, const char *space_id, const struct post_draft *d,
	struct error *err)
{
	struct query q;

	if (!*d->title && !*d->text)
		return post_draft_remove(w, account_id, space_id, d->place, err);
	db_query(w, &q, "INSERT INTO post_draft (account_id, about_space, place, group_id, title, text, at_us) "
		"VALUES (:account, "
		":space, :place, :group, :title, :text, :now) ON CONFLICT (account_id, about_space, place) DO UPDATE "
		"SET "
		"group_id = excluded.group_id, title = excluded.title, text = excluded.text, at_us = excluded.at_us");
	q_text(&q, ":account", account_id);
	q_text(&q, ":space", space_id);
	q_text(&q, ":place", d->place);
	q_text(&q, ":group", d->group_id);
	q_text(&q, ":title", d->title);
	q_text(&q, ":text", d->text);
	q_int(&q, ":now", clock_now_us());
	return q_run(&q, err);
}

/* ---- reports ---- */

bool report_add(struct db *w, const char *post_id, const char *account_id, const char *reason,
	char id[ID_SIZE], struct error *err)
{
	struct query q;

	id_new(id);
	/* Who says it again says it better: one report of a person waits for a post. */
	db_query(w, &q, "INSERT INTO post_report (id, post_id, account_id, reason, at_us) VALUES (:id, :post, "
		":account, :reason, :now) "
		"ON CONFLICT (post_id, account_id) WHERE handled_us = 0 DO UPDATE SET reason = excluded.reason");
	q_text(&q, ":id", id);
	q_text(&q, ":post", post_id);
	q_text(&q, ":account", account_id);
	q_text(&q, ":reason", reason);
	q_int(&q, ":now", clock_now_us());
	return q_run(&q, err);
}

bool report_settle(struct db *w, struct arena *a, const char *post_id, const char *outcome, const char *by,
	const char ***reporters, size_t *n, struct error *err)
{
	struct query q;

	db_query(w, &q, "SELECT account_id, count(*) OVER () FROM post_report WHERE post_id = :post AND "
		"handled_us = 0 ORDER BY account_id");
	q_text(&q, ":post", post_id);
	if (!accounts(&q, a, reporters, n, err))
		return false;
	db_query(w, &q, "UPDATE post_report SET handled_us = :now, outcome = :outcome, handler_id = :by "
		"WHERE post_id = :post AND handled_us = 0");
	q_int(&q, ":now", clock_now_us());
	q_text(&q, ":outcome", outcome);
	q_text(&q, ":by", by);
	q_text(&q, ":post", post_id);
	return q_run(&q, err);
}

/* ---- posts without a name ---- */

bool post_untold(struct db *w, struct arena *a, const char ***ids, size_t *n, struct error *err)
{
	struct query q;

	db_query(w, &q, "SELECT id, count(*) OVER () FROM post WHERE told = 0 ORDER BY id LIMIT 1000");
	return accounts(&q, a, ids, n, err);
}

bool post_set_told(struct db *w, const char *id, struct error *err)
{
	struct query q;

	db_query(w, &q, "UPDATE post SET told = 1 WHERE id = :id");
	q_text(&q, ":id", id);
	return q_run(&q, err);
}

bool post_forget_marks(struct db *w, int64_t before_us, struct error *err)
{
	struct query q;

	db_query(w, &q, "UPDATE post SET mark = NULL WHERE mark IS NOT NULL AND at_us < :before");
	q_int(&q, ":before", before_us);
	return q_run(&q, err);
}
