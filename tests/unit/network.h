/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A small network in a database of its own, for the tests of store and search. */
#ifndef COMMONWEAL_NETWORK_H
#define COMMONWEAL_NETWORK_H
#include "arena.h"
#include "search.h"
#include "store_system.h"

struct network {
	struct arena *arena;
	struct search *search;
	struct store *store;
	struct store_setup setup;
	const char *path;
};

struct network_record { /* absent is NULL */
	const char *space, *type, *slug, *audience, *title, *summary, *body;
	const char *issued, *strategy, *evidence, *place, *subject, *reader;
};

/* name: of the database file; thesaurus: a path or NULL. */
void network_open(struct network *n, const char *name, const char *thesaurus);
void network_close(struct network *n);
/* Adds a space; its id is in the arena. */
const char *network_space(struct network *n, const char *slug, const char *audience);
/* Adds or changes a record; its number. What is left out has a value that fits. */
int64_t network_save(struct network *n, const struct network_record *r);
#define network_add(n, ...) network_save(n, &(struct network_record){ __VA_ARGS__ })

#endif
