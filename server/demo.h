/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Demonstration people: one for each role, without a password, signed in by one
 * click, and only where the server can be reached from this computer alone. */
#ifndef COMMONWEAL_DEMO_H
#define COMMONWEAL_DEMO_H
#include <stdbool.h>
#include <stdio.h>
#include "engine.h"
#include "error.h"
#include "request.h"

struct demo_person {
	const char *login, *name, *words; /* words: what the person may do */
	const char *id;                   /* fixed, so that sample records can name it as a reader */
	bool network_admin;
	struct {
		const char *space; /* slug, or NULL */
		enum role role;
	} roles[3];
};

extern const struct demo_person demo_people[]; /* ends with login NULL */

/* Adds or renews them all; roles in spaces that do not exist are left out. */
bool demo_create(struct engine *e, FILE *out, struct error *err);
/* False if there are any and the server would listen elsewhere than on the
 * loopback address, or has a public origin. */
bool demo_check(struct engine *e, struct error *err);
/* May this request sign in as one: from this computer, to a name of this
 * computer, and not through a proxy. */
bool demo_allowed(const struct request *rq);

#endif
