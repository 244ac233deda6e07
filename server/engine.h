/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the parts of a running server share. Built once by main.c (or a test),
 * read-only afterwards but for what locks itself. */
#ifndef COMMONWEAL_ENGINE_H
#define COMMONWEAL_ENGINE_H
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include "error.h"
#include "options.h"

struct arena;

struct engine {
	struct options *options;
	struct store *store;
	struct routes *routes;
	struct content_schemas *schemas; /* NULL in the administration command */
	struct templates *templates;
	struct assets *assets;
	struct blobs *blobs;
	struct search *search;
	struct cache *cache;
	struct metrics *metrics;
	struct jobs *jobs;             /* NULL in the administration command */
	struct throttle *throttle;
	struct audit *audit;
	atomic_bool stopping;          /* engine_stop was called: long work gives up */
	atomic_int checking;           /* passwords being checked at this moment: signin.c */
	char *nobody_hash;             /* of a password that nobody knows: account_check_password */
	struct directory *directory; /* NULL: there is none */
	struct directory_sync *directory_sync;
	struct spnego *spnego;         /* NULL: no desktop sign-on */
	const struct module *const *modules; /* NULL-ended */
	const struct record_type *const *types; /* every type of every module, NULL-ended */
	const struct view_def **views; /* NULL-ended; for the store */
	size_t started;                /* modules whose start was called */
};

extern const struct option_def engine_options[];

/* Opens the store (which migrates), loads templates, assets and thesaurus,
 * starts the modules. `serving` false (the administration command) leaves out
 * templates, assets, routes and cache. */
bool engine_start(struct engine *e, struct options *o, bool serving, struct error *err);
/* Stops in reverse order; fine on a half-started engine. Does not free options. */
void engine_stop(struct engine *e);
/* Every route of the engine and its modules; needs no engine. */
struct routes *engine_routes_create(struct error *err);
/* "SQLite 3.40.1, libevent 2.1.12-stable, ...", as they are loaded now. */
const char *engine_libraries(struct arena *a);
/* Is it a part that has migrations: "record", a module's name ...? */
bool engine_has_part(const char *name);
/* The options of the engine and of every module, for options_create. */
struct options *engine_options_create(void);
const struct record_type *engine_type(const struct engine *e, const char *name);   /* or NULL */
const struct record_type *engine_type_plural(const struct engine *e, const char *plural);

#endif
