/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Keys to a person's calendar: secret addresses that a calendar program asks for
 * without signing in. A key is for events, or for one plan (modules/plans); it
 * opens nothing else. Only the SHA-256 of a key is kept. Access is not filtered
 * by viewer: whoever calls has the key, or acts for the account itself. */
#ifndef COMMONWEAL_CALENDAR_KEY_H
#define COMMONWEAL_CALENDAR_KEY_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "arena.h"
#include "error.h"
#include "migrate.h"
#include "store.h"
#include "text.h"

struct request;

extern const struct migration calendar_key_migrations[];
#define CALENDAR_KEYS_MAX 20 /* of one account */

struct calendar_key {
	const char *id, *account_id;
	const char *space; /* slug of the space whose events it shows, or NULL: of all */
	const char *kind;  /* only events of that kind, or NULL */
	const char *plan;  /* id: the dates of that plan instead of events, space being the plan's; or NULL */
	bool mine;         /* only events that the person is registered for */
	int64_t created_us, used_us; /* used_us: to the hour; 0 = never */
};

/* Makes one; the secret is told only now. CALENDAR_KEYS_MAX there already:
 * ERROR_CONFLICT. Within a write. */
bool calendar_key_add(struct db *w, const struct calendar_key *key, char secret[SECRET_SIZE], struct error *err);
/* Takes one of the account's away; *found false: there is none such. Within a write. */
bool calendar_key_revoke(struct db *w, const char *account_id, const char *id, bool *found, struct error *err);
/* A plan is gone: so are its keys, whoever's they are. Within a write. */
bool calendar_key_end_plan(struct db *w, const char *plan, struct error *err);
/* Notes that it was used. Within a write. */
bool calendar_key_used(struct db *w, const char *id, struct error *err);
/* Of the account, newest first. */
bool calendar_key_list(struct db *db, struct arena *a, const char *account_id, struct calendar_key **out,
	size_t *n, struct error *err);
/* *out is NULL if no key has this secret. */
bool calendar_key_find(struct db *db, struct arena *a, const char *secret, struct calendar_key **out,
	struct error *err);
/* For the feed itself: finds the key and makes the request its owner's, with the owner's rights as they are now,
 * and notes the use. A key of the other sort, an unknown one, and one whose owner is disabled are ERROR_NOT_FOUND.
 * What is sent must not be cached. */
bool calendar_key_open(struct request *rq, const char *secret, bool plan, struct calendar_key **out, struct error *err);

#endif
