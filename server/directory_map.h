/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The map from what the directory says of a person to spaces and roles here: a
 * file of lines
 *     group DN -> SPACE ROLE [team WORD ...]
 *     attribute NAME=VALUE -> ...
 *     everyone -> ...
 *     group DN -> network-admin
 * Order does not matter: all lines that fit count, the highest role of a space
 * holds, teams add up. */
#ifndef COMMONWEAL_DIRECTORY_MAP_H
#define COMMONWEAL_DIRECTORY_MAP_H
#include <stdbool.h>
#include <stddef.h>
#include "arena.h"
#include "directory.h"
#include "error.h"
#include "viewer.h"

enum rule_kind { RULE_GROUP, RULE_ATTRIBUTE, RULE_EVERYONE };

struct directory_rule {
	enum rule_kind kind;
	int line;
	const char *dn, *normal;       /* RULE_GROUP: as written, and in one spelling */
	const char *attribute, *value; /* RULE_ATTRIBUTE */
	const char *space;             /* slug; NULL for network-admin */
	enum role role;
	const char *team;              /* words with single spaces, or NULL */
};

struct directory_map;

/* Never NULL with true; an error names path and line. */
bool directory_map_parse(const char *text, size_t n, const char *path, struct directory_map **out,
	struct error *err);
/* path "" gives an empty map: people can sign in and are in no space. */
bool directory_map_load(const char *path, struct directory_map **out, struct error *err);
void directory_map_destroy(struct directory_map *m);
const struct directory_rule *directory_map_rules(const struct directory_map *m, size_t *n);
const char *directory_map_path(const struct directory_map *m);
/* The attributes that rules name, each once; NULL-ended. */
const char *const *directory_map_attributes(const struct directory_map *m);

/* What a person gets in one space. */
struct directory_grant {
	const char *space; /* slug */
	enum role role;
	const char *team;  /* or NULL */
};

struct directory_grants {
	bool network_admin;
	size_t n;
	struct directory_grant *list;
};

/* fits, if not NULL, is called for each rule that fits, with the group for RULE_GROUP. */
void directory_map_apply(const struct directory_map *m, struct arena *a, const struct directory_person *p,
	void (*fits)(const struct directory_rule *rule, const struct directory_group *g, void *arg), void *arg,
	struct directory_grants *out);

#endif
