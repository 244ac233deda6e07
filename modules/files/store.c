/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Files of drafts, of posts and of working sessions. */
#include "files.h"

/* Seen with the draft (v_draft of the module publishing): from the outside the
 * last submitted revision is the draft, so a file that was added since is not there. */
const struct view_def files_views[] = {
	{ "v_draft_file", "CREATE TEMP VIEW v_draft_file AS SELECT x.*, "
		"EXISTS (SELECT 1 FROM main.blob_preview p WHERE p.hash = x.hash AND x.is_read) AS has_preview "
		"FROM main.attachment x JOIN v_draft d ON d.id = x.draft_id "
		"WHERE d.inside OR x.added_us <= d.submitted_us" },
	{ "v_draft_file_preview", "CREATE TEMP VIEW v_draft_file_preview AS SELECT x.id, p.png "
		"FROM v_draft_file x JOIN main.blob_preview p ON p.hash = x.hash AND x.is_read" },
	{ "v_post_file", "CREATE TEMP VIEW v_post_file AS SELECT x.*, "
		"EXISTS (SELECT 1 FROM main.blob_preview b WHERE b.hash = x.hash AND x.is_read) AS has_preview "
		"FROM main.attachment x JOIN v_post p ON p.id = x.post_id WHERE p.removed = 0 AND ((x.state = 2 AND x.removed_us = 0) "
		"OR 'a:' || p.author_id IN (SELECT token FROM temp.viewer_scope)) "
		/* Of a session the same column has its id (ids of both are UUIDs, so none is the other's). */
		"UNION ALL SELECT x.*, EXISTS (SELECT 1 FROM main.blob_preview b WHERE b.hash = x.hash AND x.is_read) "
		"FROM main.attachment x JOIN v_meeting m ON m.id = x.post_id WHERE (x.state = 2 AND x.removed_us = 0) OR m.leads" },
	{ "v_post_file_preview", "CREATE TEMP VIEW v_post_file_preview AS SELECT x.id, p.png "
		"FROM v_post_file x JOIN main.blob_preview p ON p.hash = x.hash AND x.is_read" },
	{ NULL, NULL }
};

static bool read_list(struct query *q, struct arena *a, struct attachment **out, size_t *n, struct error *err)
{
	*out = NULL;
	*n = 0;
	while (q_row(q)) {
		if (!*out)
			*out = arena_array(a, (size_t)q_col_int(q, ATTACHMENT_COLUMN_COUNT), sizeof **out);
		attachment_row(q, a, &(*out)[(*n)++]);
	}
	return q_done(q, err);
}

static bool read_one(struct query *q, struct arena *a, struct attachment **out, struct error *err)
{
	*out = NULL;
	while (q_row(q)) {
		*out = arena_alloc(a, sizeof **out);
		attachment_row(q, a, *out);
	}
	if (!q_done(q, err))
		return false;
	return *out || error_set(err, ERROR_NOT_FOUND, "There is no such file, or it is not open to you.");
}

static bool read_png(struct query *q, struct arena *a, const void **png, size_t *n, struct error *err)
{
	*png = NULL;
	while (q_row(q))
		*png = q_col_blob(q, a, 0, n);
	if (!q_done(q, err))
		return false;
	return *png || error_set(err, ERROR_NOT_FOUND, "There is no picture of this file.");
}

bool post_files(struct db *db, struct arena *a, const char *post_id, struct attachment **out, size_t *n, struct error *err)
{
	struct query q;

	db_query(db, &q, "SELECT " ATTACHMENT_COLUMNS ", count(*) OVER () FROM v_post_file x WHERE x.post_id = :id "
		"ORDER BY x.removed_us, x.position, x.id");
	q_text(&q, ":id", post_id);
	return read_list(&q, a, out, n, err);
}

bool post_file(struct db *db, struct arena *a, const char *id, struct attachment **out, struct error *err)
{
	struct query q;

	db_query(db, &q, "SELECT " ATTACHMENT_COLUMNS "FROM v_post_file x WHERE x.id = :id");
	q_text(&q, ":id", id);
	return read_one(&q, a, out, err);
}

bool post_file_preview(struct db *db, struct arena *a, const char *id, const void **png, size_t *n, struct error *err)
{
	struct query q;

	db_query(db, &q, "SELECT png FROM v_post_file_preview WHERE id = :id");
	q_text(&q, ":id", id);
	return read_png(&q, a, png, n, err);
}

bool post_files_open(struct db *w, const char *post_id, struct error *err)
{
	bool open = false;
	struct query q;

	db_query(w, &q, "SELECT 1 FROM post p JOIN discussion d ON d.id = p.discussion_id JOIN space_group g ON g.id = d.group_id "
		"WHERE p.id = :id AND p.removed = 0 AND d.closed_us = 0 AND g.closed_us = 0");
	q_text(&q, ":id", post_id);
	while (q_row(&q))
		open = true;
	if (!q_done(&q, err))
		return false;
	return open || error_set(err, ERROR_CONFLICT, "The post is gone, or its discussion is closed.");
}

bool meeting_files_open(struct db *w, const char *meeting_id, struct error *err)
{
	bool open = false;
	struct query q;

	db_query(w, &q, "SELECT 1 FROM meeting m JOIN space_group g ON g.id = m.group_id WHERE m.id = :id AND g.closed_us = 0");
	q_text(&q, ":id", meeting_id);
	while (q_row(&q))
		open = true;
	if (!q_done(&q, err))
		return false;
	return open || error_set(err, ERROR_CONFLICT, "The session is gone, or its group is closed.");
}

bool draft_files(struct db *db, struct arena *a, const char *draft_id, struct attachment **out, size_t *n,
	struct error *err)
{
	struct query q;

	db_query(db, &q, "SELECT " ATTACHMENT_COLUMNS ", count(*) OVER () FROM v_draft_file x WHERE x.draft_id = :id "
		"ORDER BY x.removed_us, x.position, x.id");
	q_text(&q, ":id", draft_id);
	return read_list(&q, a, out, n, err);
}

bool draft_file(struct db *db, struct arena *a, const char *id, struct attachment **out, struct error *err)
{
	struct query q;

	db_query(db, &q, "SELECT " ATTACHMENT_COLUMNS "FROM v_draft_file x WHERE x.id = :id");
	q_text(&q, ":id", id);
	return read_one(&q, a, out, err);
}

bool draft_file_preview(struct db *db, struct arena *a, const char *id, const void **png, size_t *n, struct error *err)
{
	struct query q;

	db_query(db, &q, "SELECT png FROM v_draft_file_preview WHERE id = :id");
	q_text(&q, ":id", id);
	return read_png(&q, a, png, n, err);
}

bool draft_files_open(struct db *w, const char *draft_id, struct error *err)
{
	int64_t state = 0;
	struct query q;

	db_query(w, &q, "SELECT state FROM draft WHERE id = :id");
	q_text(&q, ":id", draft_id);
	while (q_row(&q))
		state = q_col_int(&q, 0);
	if (!q_done(&q, err))
		return false;
	return state == DRAFT_WRITING || state == DRAFT_CHANGES || error_set(err, ERROR_CONFLICT,
		"This draft is %s. Take it back before you change its files.", draft_state_label((enum draft_state)state));
}

bool draft_images(struct request *rq, const char *draft_id, int64_t record_num, const char **html, struct error *err)
{
	struct attachment *own, *old = NULL, *all;
	size_t n, m = 0, used = 0;

	if (!*html || !strstr(*html, "<img "))
		return true;
	if (!draft_files(rq->db, rq->arena, draft_id, &own, &n, err) ||
		(record_num && !attachment_list(rq->db, rq->arena, record_num, &old, &m, err)))
		return false;
	all = arena_array(rq->arena, n + m, sizeof *all);
	for (size_t i = 0; i < n; i++)
		if (!own[i].removed_us && own[i].state == ATTACHMENT_READY)
			all[used++] = own[i];
	for (size_t i = 0; i < m; i++)
		all[used++] = old[i];
	*html = attachment_images(rq->arena, rq->base, *html, all, used);
	return true;
}
