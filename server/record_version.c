/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Versions and tombstones of records. */
#include "record_version.h"
#include <string.h>
#include "account.h"
#include "attachment.h"
#include "content.h"
#include "record.h"
#include "search.h"
#include "store_system.h"
#include "text.h"

/* ---- versions ---- */

static void read_version(struct query *q, struct arena *a, int64_t num, struct record_version *v)
{
	v->record_num = num;
	v->version = q_col_int(q, 0);
	v->title = q_col_text(q, a, 1);
	v->saved_us = q_col_int(q, 2);
	v->account_name = q_col_text(q, a, 3);
	v->note = q_col_text(q, a, 4);
}

bool record_versions(struct db *db, struct arena *a, int64_t num, struct record_version **out, size_t *n,
	struct error *err)
{
	struct query q;

	*out = NULL;
	*n = 0;
	db_query(db, &q, "SELECT version, title, saved_us, account_name, note, count(*) OVER () "
		"FROM v_record_version WHERE record_num = :num ORDER BY version DESC");
	q_int(&q, ":num", num);
	while (q_row(&q)) {
		if (!*out)
			*out = arena_array(a, (size_t)q_col_int(&q, 5), sizeof **out);
		read_version(&q, a, num, &(*out)[(*n)++]);
	}
	return q_done(&q, err);
}

bool record_version_source(struct db *db, struct arena *a, int64_t num, int64_t version,
	struct record_version *out, const char **xml, size_t *n, struct error *err)
{
	struct query q;

	*xml = NULL;
	db_query(db, &q, "SELECT version, title, saved_us, account_name, note, CAST(source AS BLOB) "
		"FROM v_record_version WHERE record_num = :num AND version = :version");
	q_int(&q, ":num", num);
	q_int(&q, ":version", version);
	while (q_row(&q)) {
		read_version(&q, a, num, out);
		*xml = q_col_blob(&q, a, 5, n);
	}
	if (!q_done(&q, err))
		return false;
	return *xml || error_set(err, ERROR_NOT_FOUND, "There is no such version, or it is not open to you.");
}

static bool sign(struct db *w, int64_t num, const struct account *who, const char *note, struct error *err)
{
	struct query q;

	db_query(w, &q, "UPDATE record_version SET account_id = :account, account_name = :name, note = :note "
		"WHERE record_num = :num AND version = (SELECT version FROM record WHERE num = :num)");
	q_text(&q, ":account", who ? who->id : NULL);
	q_text(&q, ":name", who ? who->name : NULL);
	q_text(&q, ":note", note);
	q_int(&q, ":num", num);
	return q_run(&q, err);
}

static bool version_of(struct db *w, int64_t num, int64_t *version, struct error *err)
{
	struct query q;

	*version = 0;
	db_query(w, &q, "SELECT version FROM record WHERE num = :num");
	q_int(&q, ":num", num);
	while (q_row(&q))
		*version = q_col_int(&q, 0);
	return q_done(&q, err);
}

static bool find(struct db *w, const struct content_reference *r, int64_t *num, struct error *err)
{
	if (!record_find(w, r->space, r->type, r->slug, num, err))
		return false;
	return *num || error_set(err, ERROR_INVALID, "Line %d: there is no record '%s/%s/%s' to refer to.", r->line,
		r->space, r->type, r->slug);
}

static bool has_image(struct db *w, int64_t num, const struct content_image *image, struct error *err)
{
	bool is;

	if (!attachment_is_image(w, num, image->name, &is, err))
		return false;
	return is || error_set(err, ERROR_INVALID, "Line %d: no image '%.120s' is attached to this record.", image->line,
		image->name);
}

bool record_publish(struct db *w, struct arena *a, const struct content_doc *doc, const struct account *who,
	const char *note, int64_t expected, int64_t *num, enum saved *how, struct error *err)
{
	struct record_target *targets = arena_array(a, doc->n_relations + 1, sizeof *targets);
	int64_t version = 0, unused;

	if (!record_find(w, doc->space, doc->type, doc->slug, num, err) || !version_of(w, *num, &version, err))
		return false;
	if (expected >= 0 && version != expected)
		return version == 0 ? error_set(err, ERROR_CONFLICT, "There is no such record any more.") :
			error_set(err, ERROR_CONFLICT, expected == 0 ? "There is a record at this address already." :
				"Someone else saved this record in the meantime.");
	if (!record_save(w, a, doc, num, how, err))
		return false;
	if (doc->draft_id && !attachment_adopt(w, a, doc->draft_id, *num, err))
		return false;
	for (size_t i = 0; i < doc->n_images; i++)
		if (!has_image(w, *num, &doc->images[i], err))
			return false;
	for (size_t i = 0; i < doc->n_links; i++)
		if (!find(w, &doc->links[i], &unused, err))
			return false;
	for (size_t i = 0; i < doc->n_relations; i++) {
		targets[i].type = doc->relations[i].relation;
		if (!find(w, &doc->relations[i], &targets[i].num, err))
			return false;
	}
	return record_save_relations(w, *num, targets, doc->n_relations, err) &&
		(*how == SAVED_UNCHANGED || sign(w, *num, who, note, err));
}

bool record_changed_here(struct db *w, struct arena *a, int64_t num, const char *sha256, const char **words,
	struct error *err)
{
	struct query q;

	*words = NULL;
	db_query(w, &q, "SELECT coalesce(v.account_name, 'someone'), v.saved_us, t.withdrawn_us FROM record r "
		"LEFT JOIN record_version v ON v.record_num = r.num AND v.version = r.version AND v.account_id IS NOT NULL "
		"LEFT JOIN tombstone t ON t.record_num = r.num "
		"WHERE r.num = :num AND r.sha256 <> :sha256 AND (v.record_num IS NOT NULL OR t.record_num IS NOT NULL)");
	q_int(&q, ":num", num);
	q_text(&q, ":sha256", sha256);
	while (q_row(&q))
		*words = q_col_null(&q, 2) ? arena_printf(a, "was changed by %s on %s", q_col_text(&q, a, 0),
			moment_human(a, q_col_int(&q, 1))) :
			arena_printf(a, "was withdrawn on %s", moment_human(a, q_col_int(&q, 2)));
	return q_done(&q, err);
}

/* ---- tombstones ---- */

static bool set_scope(struct db *w, struct arena *a, int64_t num, const char *from, const char *to,
	struct error *err)
{
	const char *words = NULL;
	struct query q;

	db_query(w, &q, "SELECT title || char(10) || summary || char(10) || tags || char(10) || body "
		"FROM record WHERE num = :num");
	q_int(&q, ":num", num);
	while (q_row(&q))
		words = q_col_text(&q, a, 0);
	if (!q_done(&q, err))
		return false;
	db_query(w, &q, "UPDATE record SET scope = :scope, modified_us = :now WHERE num = :num");
	q_text(&q, ":scope", to);
	q_int(&q, ":now", clock_now_us());
	q_int(&q, ":num", num);
	if (!q_run(&q, err))
		return false;
	/* Only public words are ever suggested. */
	return search_words_changed(w, strcmp(from, "public") == 0 ? words : NULL,
		strcmp(to, "public") == 0 ? words : NULL, err);
}

static bool scope_of(struct db *w, struct arena *a, int64_t num, const char **now, const char **buried,
	struct error *err)
{
	struct query q;

	*now = *buried = NULL;
	db_query(w, &q, "SELECT r.scope, t.scope FROM record r LEFT JOIN tombstone t ON t.record_num = r.num "
		"WHERE r.num = :num");
	q_int(&q, ":num", num);
	while (q_row(&q)) {
		*now = q_col_text(&q, a, 0);
		*buried = q_col_text(&q, a, 1);
	}
	if (!q_done(&q, err))
		return false;
	return *now || error_set(err, ERROR_NOT_FOUND, "There is no such record.");
}

bool record_withdraw(struct db *w, struct arena *a, int64_t num, const struct account *who, const char *reason,
	struct error *err)
{
	const char *now, *buried;
	struct query q;

	if (!scope_of(w, a, num, &now, &buried, err))
		return false;
	if (buried)
		return error_set(err, ERROR_CONFLICT, "This record is withdrawn already.");
	db_query(w, &q, "INSERT INTO tombstone (record_num, scope, reason, account_id, withdrawn_us) "
		"VALUES (:num, :scope, :reason, :account, :now)");
	q_int(&q, ":num", num);
	q_text(&q, ":scope", now);
	q_text(&q, ":reason", reason);
	q_text(&q, ":account", who ? who->id : NULL);
	q_int(&q, ":now", clock_now_us());
	return q_run(&q, err) && set_scope(w, a, num, now, SCOPE_WITHDRAWN, err);
}

bool record_restore(struct db *w, struct arena *a, int64_t num, struct error *err)
{
	const char *now, *buried;
	struct query q;

	if (!scope_of(w, a, num, &now, &buried, err))
		return false;
	if (!buried)
		return error_set(err, ERROR_CONFLICT, "This record is not withdrawn.");
	db_query(w, &q, "DELETE FROM tombstone WHERE record_num = :num");
	q_int(&q, ":num", num);
	return q_run(&q, err) && set_scope(w, a, num, now, buried, err);
}

bool record_tombstone(struct db *db, struct arena *a, const char *space_slug, const char *type, const char *slug,
	struct tombstone **out, struct error *err)
{
	struct query q;

	*out = NULL;
	db_query(db, &q, "SELECT num, id, title, reason, withdrawn_us, space_id, audience FROM v_tombstone "
		"WHERE space_slug = :space AND type = :type AND slug = :slug");
	q_text(&q, ":space", space_slug);
	q_text(&q, ":type", type);
	q_text(&q, ":slug", slug);
	while (q_row(&q)) {
		struct tombstone *t = arena_alloc(a, sizeof *t);

		t->num = q_col_int(&q, 0);
		t->id = q_col_text(&q, a, 1);
		t->space_slug = space_slug;
		t->type = type;
		t->slug = slug;
		t->title = q_col_text(&q, a, 2);
		t->reason = q_col_text(&q, a, 3);
		t->withdrawn_us = q_col_int(&q, 4);
		t->space_id = q_col_text(&q, a, 5);
		t->audience = audience_parse(q_col_text(&q, a, 6));
		*out = t;
	}
	return q_done(&q, err);
}
