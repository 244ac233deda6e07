/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Builds and takes down what the parts of a running server share. */
#include "engine.h"
#include <event2/event.h>
#include <sodium.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>
#include "account.h"
#include "api_token.h"
#include "arena.h"
#include "assets.h"
#include "attachment.h"
#include "audit.h"
#include "backup.h"
#include "blob.h"
#include "bounce.h"
#include "cache.h"
#include "calendar_key.h"
#include "content.h"
#include "directory_here.h"
#include "extract.h"
#include "group.h"
#include "http.h"
#include "letter.h"
#include "log.h"
#include "metrics.h"
#include "module.h"
#include "notification.h"
#include "privileges.h"
#include "reply.h"
#include "sandbox.h"
#include "search_text.h"
#include "spnego.h"
#include "status.h"
#include "store_system.h"
#include "throttle.h"
#include "ticket.h"

const struct option_def engine_options[] = {
	{ "data", OPTION_PATH_WRITTEN, "commonweal.db", 0, 0, "The database file; made if absent." },
	{ "templates", OPTION_PATH, PKGDATADIR "/templates", 0, 0, "Folder of the page templates." },
	{ "static", OPTION_PATH, PKGDATADIR "/static", 0, 0, "Folder of the built static files." },
	{ "schemas", OPTION_PATH, PKGDATADIR "/schemas", 0, 0, "Folder of the RELAX NG schemas." },
	{ "thesaurus", OPTION_PATH, PKGDATADIR "/thesaurus/thesaurus.txt", 0, 0,
		"The editors' file of synonyms; empty for none." },
	{ "log-file", OPTION_PATH_WRITTEN, "", 0, 0, "Where the log goes; empty for standard error." },
	{ "log-level", OPTION_STRING, "info", 0, 0, "debug, info, warn or error." },
	{ NULL, 0, NULL, 0, 0, NULL }
};

#define TABLES_MAX 64

struct options *engine_options_create(void)
{
	const struct option_def *tables[TABLES_MAX] = { engine_options, http_options, account_options,
		backup_options, api_token_options, blob_options, extract_options,
		privileges_options, sandbox_options, job_options, mail_options, reply_options, directory_options, spnego_options };
	size_t n = 0;

	while (tables[n])
		n++;
	for (const struct module *const *m = modules; *m; m++)
		if ((*m)->options && n + 1 < TABLES_MAX)
			tables[n++] = (*m)->options;
	return options_create(tables);
}

static void collect_types(struct engine *e)
{
	static const struct record_type *types[TABLES_MAX];
	size_t n = 0;

	for (const struct module *const *m = e->modules; *m; m++)
		for (const struct record_type *const *t = (*m)->types; t && *t; t++)
			if (n + 1 < TABLES_MAX)
				types[n++] = *t;
	types[n] = NULL;
	e->types = types;
}

const struct record_type *engine_type(const struct engine *e, const char *name)
{
	for (const struct record_type *const *t = e->types; *t; t++)
		if (strcmp((*t)->name, name) == 0)
			return *t;
	return NULL;
}

const struct record_type *engine_type_plural(const struct engine *e, const char *plural)
{
	for (const struct record_type *const *t = e->types; *t; t++)
		if (strcmp((*t)->plural, plural) == 0)
			return *t;
	return NULL;
}

static bool attach(struct db *db, void *arg, struct error *err)
{
	struct engine *e = arg;

	return search_attach(e->search, db, err);
}

static bool start_search(struct engine *e, struct error *err)
{
	const char *library[TABLES_MAX], *thesaurus = options_string(e->options, "thesaurus");
	size_t n = 0;

	e->search = search_create(*thesaurus ? thesaurus : NULL, err);
	if (!e->search)
		return false;
	for (const struct record_type *const *t = e->types; *t; t++)
		if ((*t)->in_library)
			library[n++] = (*t)->name;
	library[n] = NULL;
	search_count_into(e->search, e->metrics);
	return search_types(e->search, library);
}

/* The engine's own before those of the modules. */
static const struct migration_set engine_parts[] = {
	{ "space", space_migrations },
	{ "record", record_migrations },
	{ "search", search_migrations },
	{ "account", account_migrations },
	{ "group", group_migrations },
	{ "search_text", search_text_migrations },
	{ "notification", notification_migrations },
	{ "audit", audit_migrations },
	{ "job", job_migrations },
	{ "ticket", ticket_migrations },
	{ "calendar", calendar_key_migrations },
	{ "bounce", bounce_migrations },
	{ "reply", reply_migrations },
	{ "blob", blob_migrations },
	{ "attachment", attachment_migrations },
	{ "api_token", api_token_migrations },
	{ NULL, NULL }
};

static void collect_migrations(struct migration_set out[TABLES_MAX])
{
	size_t n = 0;

	for (const struct migration_set *p = engine_parts; p->name; p++)
		out[n++] = *p;
	for (const struct module *const *m = modules; *m; m++)
		if ((*m)->migrations && n + 1 < TABLES_MAX)
			out[n++] = (struct migration_set){ (*m)->name, (*m)->migrations };
	out[n] = (struct migration_set){ NULL, NULL };
}

bool engine_has_part(const char *name)
{
	struct migration_set all[TABLES_MAX];

	collect_migrations(all);
	for (const struct migration_set *p = all; p->name; p++)
		if (strcmp(p->name, name) == 0)
			return true;
	return strcmp(name, "engine") == 0; /* the store's own */
}

static bool start_store(struct engine *e, struct error *err)
{
	struct migration_set migrations[TABLES_MAX] = { { NULL, NULL } };
	const struct view_def *views[TABLES_MAX] = { space_views, record_views, attachment_views, group_views,
		notification_views };
	size_t v = 5;
	struct store_setup setup = {
		.path = options_string(e->options, "data"),
		.migrations = migrations,
		.metrics = e->metrics,
		.on_open = attach,
		.arg = e,
	};

	collect_migrations(migrations);
	for (const struct module *const *m = e->modules; *m; m++)
		if ((*m)->views && v + 1 < TABLES_MAX)
			views[v++] = (*m)->views;
	/* Readers are opened later and read the list of views again. */
	const struct view_def **kept = malloc((v + 1) * sizeof *kept);
	if (!kept)
		abort();
	memcpy(kept, views, (v + 1) * sizeof *kept);
	e->views = kept;
	setup.views = kept;
	e->store = store_open(&setup, err);
	return e->store;
}

static const char *asset_path(const char *name, void *arg)
{
	const struct asset *a = assets_by_name(arg, name);

	return a ? a->path : NULL;
}

static bool start_identity(struct engine *e, struct error *err)
{
	struct throttle_limits limits = {
		.name_tries = (int)options_int(e->options, "sign-in-tries"),
		.address_tries = (int)options_int(e->options, "sign-in-address-tries"),
		.delay_us = options_int(e->options, "sign-in-delay") * 1000,
		.delay_max_us = options_int(e->options, "sign-in-delay-max") * 1000,
	};
	char password[65], hash[PASSWORD_HASH_SIZE];

	secret_new(password);
	if (!password_hash(e, password, hash, err))
		return false;
	e->nobody_hash = strdup(hash);
	if (!e->nobody_hash)
		abort();
	e->throttle = throttle_create(&limits);
	e->audit = audit_start(e, err);
	return e->audit;
}

const char *engine_libraries(struct arena *a)
{
	return arena_printf(a, "SQLite %s, libevent %s, libsodium %s", sqlite3_libversion(), event_get_version(),
		sodium_version_string());
}

struct routes *engine_routes_create(struct error *err)
{
	const struct route *tables[TABLES_MAX] = { status_routes };
	size_t n = 1;

	for (const struct module *const *m = modules; *m; m++)
		if ((*m)->routes && n + 1 < TABLES_MAX)
			tables[n++] = (*m)->routes;
	return routes_create(tables, err);
}

static bool start_serving(struct engine *e, struct error *err)
{
	e->cache = cache_create((size_t)options_int(e->options, "cache-size"));
	e->assets = assets_load(options_string(e->options, "static"), err);
	if (!e->assets)
		return false;
	e->templates = templates_load(options_string(e->options, "templates"), asset_path, e->assets, err);
	if (!e->templates)
		return false;
	e->schemas = content_schemas_load(options_string(e->options, "schemas"), err);
	e->routes = e->schemas ? engine_routes_create(err) : NULL;
	return e->routes && letter_start(e, err) && start_identity(e, err);
}

static bool start_jobs(struct engine *e, struct error *err)
{
	static const struct job_kind *kinds[TABLES_MAX] = { mail_jobs, reply_jobs };
	size_t n = 2;

	if (*options_string(e->options, "backup-folder"))
		kinds[n++] = backup_jobs;
	for (const struct module *const *m = e->modules; *m; m++)
		if ((*m)->jobs && n + 1 < TABLES_MAX)
			kinds[n++] = (*m)->jobs;
	kinds[n] = NULL;
	e->jobs = jobs_start(e, kinds, err);
	return e->jobs;
}

bool engine_start(struct engine *e, struct options *o, bool serving, struct error *err)
{
	enum log_level level;

	memset(e, 0, sizeof *e);
	e->options = o;
	e->modules = modules;
	collect_types(e);
	if (!log_level_parse(options_string(o, "log-level"), &level))
		return error_set(err, ERROR_INVALID, "log-level must be debug, info, warn or error.");
	if (!log_open(options_string(o, "log-file"), level))
		return error_set(err, ERROR_INVALID, "The log file %s cannot be opened.",
			options_string(o, "log-file"));
	if (!directory_create(o, &e->directory, err) || (serving && !spnego_create(o, &e->spnego, err)))
		return false;
	if (serving)
		e->metrics = metrics_create();
	/* The database first: what is wrong with it is said before what follows from that. */
	if (!mail_check(e, err) || !reply_check(e, err) || !start_search(e, err) || !start_store(e, err))
		return false;
	e->blobs = blobs_open(o, err);
	if (!e->blobs)
		return false;
	if (serving)
		blobs_clear_incoming(e->blobs);
	if (serving && !start_serving(e, err))
		return false;
	for (e->started = 0; serving && e->modules[e->started]; e->started++)
		if (e->modules[e->started]->start && !e->modules[e->started]->start(e, err))
			return false;
	return !serving || (start_jobs(e, err) && directory_sync_start(e, err));
}

void engine_stop(struct engine *e)
{
	atomic_store(&e->stopping, true);
	directory_sync_stop(e->directory_sync);
	jobs_stop(e->jobs);
	while (e->started > 0) {
		const struct module *m = e->modules[--e->started];

		if (m->stop)
			m->stop(e);
	}
	audit_stop(e->audit);
	throttle_destroy(e->throttle);
	free(e->nobody_hash);
	routes_destroy(e->routes);
	content_schemas_destroy(e->schemas);
	templates_destroy(e->templates);
	cache_destroy(e->cache);
	assets_destroy(e->assets);
	store_close(e->store);
	blobs_close(e->blobs);
	search_destroy(e->search);
	metrics_destroy(e->metrics);
	spnego_destroy(e->spnego);
	directory_destroy(e->directory);
	free(e->views);
	memset(e, 0, sizeof *e);
}
