/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "network.h"
#include "account.h"
#include "api_token.h"
#include "audit.h"
#include "content.h"
#include "group.h"
#include "../../modules/publishing/draft_store.h"
#include "job.h"
#include "log.h"
#include "search_text.h"
#include "text.h"
#include "unit.h"

static const struct migration_set migrations[] = { { "space", space_migrations }, { "record", record_migrations },
	{ "search", search_migrations }, { "account", account_migrations }, { "group", group_migrations }, { "search_text", search_text_migrations },
	 { "api_token", api_token_migrations },
		{ "audit", audit_migrations },
	{ "job", job_migrations }, { "publishing", publishing_migrations },
	{ NULL, NULL } };
static const struct view_def *const views[] = { space_views, record_views, group_views, publishing_views, NULL };

static bool attach(struct db *db, void *arg, struct error *err)
{
	return search_attach(arg, db, err);
}

void network_open(struct network *n, const char *name, const char *thesaurus)
{
	static const char *const library[] = { "guide", "case-study", NULL };
	struct error err = { 0 };

	log_open(NULL, LOG_LEVEL_ERROR);
	memset(n, 0, sizeof *n);
	n->arena = arena_create();
	n->path = arena_strdup(n->arena, unit_path(name));
	n->search = search_create(thesaurus, &err);
	CHECK_ERROR(&err, ERROR_NONE, "");
	NEED(n->search != NULL);
	search_types(n->search, library);
	n->setup = (struct store_setup){ .path = n->path, .migrations = migrations, .views = views,
		.on_open = attach, .arg = n->search };
	n->store = store_open(&n->setup, &err);
	CHECK_ERROR(&err, ERROR_NONE, "");
	NEED(n->store != NULL);
}

void network_close(struct network *n)
{
	store_close(n->store);
	search_destroy(n->search);
	arena_destroy(n->arena);
}

struct save {
	struct arena *arena;
	struct content_doc *doc;
	const char *id;
	int64_t num;
};

static bool save_space(struct db *w, void *arg, struct error *err)
{
	struct save *s = arg;
	enum saved how;
	struct query q;

	if (!space_save(w, s->arena, s->doc, &how, err))
		return false;
	db_query(w, &q, "SELECT id FROM space WHERE slug = :slug");
	q_text(&q, ":slug", s->doc->slug);
	while (q_row(&q))
		s->id = q_col_text(&q, s->arena, 0);
	return q_done(&q, err);
}

const char *network_space(struct network *n, const char *slug, const char *audience)
{
	struct content_doc doc = { .is_space = true, .slug = slug, .audience = audience, .kind = "city", .name = slug,
		.short_name = slug, .body_html = "", .details_json = "{}", .source = "", .sha256 = "1" };
	struct save s = { .arena = n->arena, .doc = &doc };
	struct error err = { 0 };

	CHECK(store_write(n->store, &viewer_system, save_space, &s, &err));
	CHECK_ERROR(&err, ERROR_NONE, "");
	return s.id;
}

static bool save_record(struct db *w, void *arg, struct error *err)
{
	struct save *s = arg;
	enum saved how;

	return record_save(w, s->arena, s->doc, &s->num, &how, err);
}

int64_t network_save(struct network *n, const struct network_record *r)
{
	struct content_place place = { r->place, r->place };
	struct content_doc doc = { .space = r->space ? r->space : "national", .type = r->type ? r->type : "guide",
		.slug = r->slug, .audience = r->audience ? r->audience : "public", .title = r->title,
		.summary = r->summary ? r->summary : "", .issued = r->issued ? r->issued : "2010", .language = "en",
		.evidence = r->evidence, .body_html = "", .body_text = r->body ? r->body : "", .toc_json = "[]",
		.details_json = "{}", .n_strategies = r->strategy != NULL, .strategies = (const char *[]){ r->strategy },
		.n_places = r->place != NULL, .places = &place, .n_subjects = r->subject != NULL,
		.subjects = (const char *[]){ r->subject }, .n_readers = r->reader != NULL,
		.readers = (const char *[]){ r->reader } };
	struct save s = { .arena = n->arena, .doc = &doc };
	struct error err = { 0 };

	doc.source = arena_printf(n->arena, "%s %s %s %s", doc.audience, doc.title, doc.summary, doc.body_text);
	doc.source_len = strlen(doc.source);
	sha256_hex(doc.source, doc.source_len, doc.sha256);
	CHECK(store_write(n->store, &viewer_system, save_record, &s, &err));
	CHECK_ERROR(&err, ERROR_NONE, "");
	return s.num;
}
