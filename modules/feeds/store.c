/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What feeds, site maps and harvesting read. */
#include "feeds.h"

#define FEED_WHERE \
	"FROM v_record r WHERE (:type IS NULL OR r.type = :type) " \
	"AND (:strategy IS NULL OR EXISTS (SELECT 1 FROM v_record_strategy x " \
	"WHERE x.record_num = r.num AND x.strategy = :strategy)) " \
	"AND (:space IS NULL OR r.space_slug = :space OR EXISTS (SELECT 1 FROM v_record_place x " \
	"WHERE x.record_num = r.num AND x.space_slug = :space)) "

static void bind_feed(struct query *q, const struct feed_filter *f)
{
	q_text(q, ":type", f->type);
	q_text(q, ":strategy", f->strategy);
	q_text(q, ":space", f->space);
}

bool feed_list(struct db *db, struct arena *a, const struct feed_filter *f, int64_t **nums, size_t *n, int64_t *total,
	int64_t *changed_us, struct error *err)
{
	struct query q;

	*nums = arena_array(a, (size_t)f->limit, sizeof **nums);
	*n = 0;
	*total = *changed_us = 0;
	db_query(db, &q, "SELECT r.num " FEED_WHERE "ORDER BY r.modified_us DESC, r.id DESC LIMIT :limit OFFSET :offset");
	bind_feed(&q, f);
	q_int(&q, ":limit", f->limit);
	q_int(&q, ":offset", f->offset);
	while (q_row(&q))
		(*nums)[(*n)++] = q_col_int(&q, 0);
	if (!q_done(&q, err))
		return false;
	db_query(db, &q, "SELECT count(*), max(r.modified_us) " FEED_WHERE);
	bind_feed(&q, f);
	while (q_row(&q)) {
		*total = q_col_int(&q, 0);
		*changed_us = q_col_int(&q, 1);
	}
	return q_done(&q, err);
}

bool feed_changed(struct db *db, int64_t *us, struct error *err)
{
	struct query q;

	*us = 0;
	db_query(db, &q, "SELECT max(coalesce((SELECT max(modified_us) FROM v_record), 0), "
		"coalesce((SELECT max(gone_us) FROM v_record_gone), 0), "
		"coalesce((SELECT max(withdrawn_us) FROM v_tombstone), 0), "
		"coalesce((SELECT max(modified_us) FROM v_space), 0))");
	while (q_row(&q))
		*us = q_col_int(&q, 0);
	return q_done(&q, err);
}

/* ---- site maps ---- */

#define MAP_WHERE "FROM v_record r WHERE r.scope = 'public' AND (:space IS NULL OR r.space_slug = :space) "

bool map_list(struct db *db, struct arena *a, const char *space, int limit, int64_t offset, struct map_entry **out,
	size_t *n, struct error *err)
{
	struct query q;

	*out = arena_array(a, (size_t)limit, sizeof **out);
	*n = 0;
	db_query(db, &q, "SELECT r.space_slug, r.type, r.slug, r.modified_us " MAP_WHERE
		"ORDER BY r.num LIMIT :limit OFFSET :offset");
	q_text(&q, ":space", space);
	q_int(&q, ":limit", limit);
	q_int(&q, ":offset", offset);
	while (q_row(&q)) {
		struct map_entry *e = &(*out)[(*n)++];

		e->space_slug = q_col_text(&q, a, 0);
		e->type = q_col_text(&q, a, 1);
		e->slug = q_col_text(&q, a, 2);
		e->modified_us = q_col_int(&q, 3);
	}
	return q_done(&q, err);
}

bool map_count(struct db *db, const char *space, int64_t *count, int64_t *changed_us, struct error *err)
{
	struct query q;

	*count = *changed_us = 0;
	db_query(db, &q, "SELECT count(*), max(r.modified_us) " MAP_WHERE);
	q_text(&q, ":space", space);
	while (q_row(&q)) {
		*count = q_col_int(&q, 0);
		*changed_us = q_col_int(&q, 1);
	}
	return q_done(&q, err);
}

/* ---- harvesting ----
 * Strategies are words in one text; a set is found by the word. */

#define HARVEST_LIVE \
	"SELECT r.id, 0, r.modified_us AS stamp, r.type, r.strategies, r.space_slug, r.num " \
	"FROM v_record r WHERE r.scope = 'public' " \
	"AND (:type IS NULL OR r.type = :type) AND (:space IS NULL OR r.space_slug = :space) " \
	"AND (:strategy IS NULL OR instr(' ' || r.strategies || ' ', ' ' || :strategy || ' ')) "
#define HARVEST_GONE \
	"SELECT g.id, 1, g.gone_us AS stamp, g.type, g.strategies, g.space_slug, 0 FROM v_record_gone g WHERE " \
	"(:type IS NULL OR g.type = :type) AND (:space IS NULL OR g.space_slug = :space) " \
	"AND (:strategy IS NULL OR instr(' ' || g.strategies || ' ', ' ' || :strategy || ' ')) "

static void bind_harvest(struct query *q, const struct harvest *h)
{
	q_text(q, ":type", h->type);
	q_text(q, ":strategy", h->strategy);
	q_text(q, ":space", h->space);
	q_int(q, ":from", h->from_us);
	q_int(q, ":until", h->until_us ? h->until_us : INT64_MAX);
}

static void read_item(struct query *q, struct arena *a, struct harvest_item *item)
{
	item->id = q_col_text(q, a, 0);
	item->deleted = q_col_int(q, 1);
	item->stamp_us = q_col_int(q, 2);
	item->type = q_col_text(q, a, 3);
	item->strategies = q_col_text(q, a, 4);
	item->space = q_col_text(q, a, 5);
	item->num = q_col_int(q, 6);
}

bool harvest_list(struct db *db, struct arena *a, const struct harvest *h, struct harvest_item **out, size_t *n,
	struct error *err)
{
	struct query q;

	*out = arena_array(a, (size_t)h->limit, sizeof **out);
	*n = 0;
	db_query(db, &q,
		HARVEST_LIVE "AND r.modified_us BETWEEN :from AND :until AND (r.modified_us, r.id) > (:after_us, :after_id) "
		"UNION ALL "
		HARVEST_GONE "AND g.gone_us BETWEEN :from AND :until AND (g.gone_us, g.id) > (:after_us, :after_id) "
		"ORDER BY 3, 1 LIMIT :limit");
	bind_harvest(&q, h);
	q_int(&q, ":after_us", h->after_id ? h->after_us : -1);
	q_text(&q, ":after_id", h->after_id ? h->after_id : "");
	q_int(&q, ":limit", h->limit);
	while (q_row(&q))
		read_item(&q, a, &(*out)[(*n)++]);
	return q_done(&q, err);
}

bool harvest_count(struct db *db, const struct harvest *h, int64_t *count, struct error *err)
{
	struct query q;

	*count = 0;
	db_query(db, &q, "SELECT count(*) FROM (" HARVEST_LIVE "AND r.modified_us BETWEEN :from AND :until UNION ALL "
		HARVEST_GONE "AND g.gone_us BETWEEN :from AND :until)");
	bind_harvest(&q, h);
	while (q_row(&q))
		*count = q_col_int(&q, 0);
	return q_done(&q, err);
}

bool harvest_find(struct db *db, struct arena *a, const char *id, const char *space, struct harvest_item **out,
	struct error *err)
{
	struct query q;

	*out = NULL;
	db_query(db, &q, "SELECT r.id, 0, r.modified_us, r.type, r.strategies, r.space_slug, r.num FROM v_record r "
		"WHERE r.id = :id AND r.scope = 'public' AND (:space IS NULL OR r.space_slug = :space) UNION ALL "
		"SELECT g.id, 1, g.gone_us, g.type, g.strategies, g.space_slug, 0 FROM v_record_gone g WHERE g.id = :id "
		"AND (:space IS NULL OR g.space_slug = :space)");
	q_text(&q, ":id", id);
	q_text(&q, ":space", space);
	while (q_row(&q))
		read_item(&q, a, *out = arena_alloc(a, sizeof **out));
	return q_done(&q, err);
}

bool harvest_earliest(struct db *db, int64_t *us, struct error *err)
{
	struct query q;

	*us = 0;
	db_query(db, &q, "SELECT min(stamp) FROM (SELECT min(r.modified_us) AS stamp FROM v_record r WHERE r.scope = 'public' "
		"UNION ALL SELECT min(gone_us) FROM v_record_gone)");
	while (q_row(&q))
		*us = q_col_int(&q, 0);
	return q_done(&q, err);
}

bool harvest_strategies(struct db *db, struct arena *a, const char ***out, size_t *n, struct error *err)
{
	struct query q;

	*out = NULL;
	*n = 0;
	db_query(db, &q, "SELECT s.strategy, count(*) OVER () FROM (SELECT DISTINCT x.strategy FROM v_record_strategy x "
		"JOIN v_record r ON r.num = x.record_num WHERE r.scope = 'public') s ORDER BY 1");
	while (q_row(&q)) {
		if (!*out)
			*out = arena_array(a, (size_t)q_col_int(&q, 1), sizeof **out);
		(*out)[(*n)++] = q_col_text(&q, a, 0);
	}
	return q_done(&q, err);
}
