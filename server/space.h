/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Spaces: the unit of tenancy. A jurisdiction has one, the national office has
 * one, the Leadership Group has one. */
#ifndef COMMONWEAL_SPACE_H
#define COMMONWEAL_SPACE_H
#include <stdbool.h>
#include <stdint.h>
#include "arena.h"
#include "error.h"
#include "migrate.h"
#include "store.h"

struct space {
	const char *id, *slug;
	enum audience audience;     /* who sees the space at all */
	const char *kind; /* national leadership city county state multi */
	const char *name, *short_name;
	const char *region;         /* postal code of the state, or NULL */
	const char *host;           /* own host name, or NULL */
	const char *accent;         /* "#rrggbb", or NULL */
	const char *tagline;
	const char *welcome_html;   /* made by content.c */
	const char *details_json;   /* contacts */
	bool leadership;            /* member of the Leadership Group */
	bool located;
	double lat, lon;
	int64_t population, population_year; /* 0 = unknown */
};

extern const struct migration space_migrations[];
/* A city, county, state or several localities: not the national office, not the Leadership Group. */
bool space_is_jurisdiction(const struct space *s);
#define SPACE_NATIONAL "national"
bool space_is_national(const struct space *s); /* the national office */

/* The space if the viewer may see it, else ERROR_NOT_FOUND. */
bool space_by_slug(struct db *db, struct arena *a, const char *slug, struct space **out,
	struct error *err);
/* host: lower case, without port. *out is NULL if no visible space has it. */
bool space_by_host(struct db *db, struct arena *a, const char *host, struct space **out,
	struct error *err);
/* All visible spaces by name; an array of *n. */
bool space_list(struct db *db, struct arena *a, struct space **out, size_t *n, struct error *err);

/* All, whoever may see them: for network admins' pages. The caller has checked the right to. */
bool space_list_all(struct db *db, struct arena *a, struct space **out, size_t *n, struct error *err);

struct content_doc;
enum saved { SAVED_ADDED, SAVED_CHANGED, SAVED_UNCHANGED };
/* Adds the space of a parsed document, or changes the one with its slug. A host
 * name that another space has is ERROR_CONFLICT. Within a write. */
bool space_save(struct db *writer, struct arena *a, const struct content_doc *doc, enum saved *how,
	struct error *err);

#endif
