/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Who is asking, and the one place where access is decided. Every record and
 * space has exactly one scope token, made here from its space and audience; a
 * viewer holds a set of tokens, made here too; access is membership. */
#ifndef COMMONWEAL_VIEWER_H
#define COMMONWEAL_VIEWER_H
#include <stdbool.h>
#include <stddef.h>
#include "arena.h"

/* 0 is no role, so that a route that forgot to declare one is refused at start. */
enum role {
	ROLE_UNDECLARED = 0,
	ROLE_ANYONE,        /* signed in or not */
	ROLE_SIGNED_IN,     /* has an account; nobody else is sent to sign in */
	ROLE_READER,        /* member of the request's space */
	ROLE_CONTRIBUTOR,
	ROLE_EDITOR,
	ROLE_SPACE_ADMIN,
	ROLE_NETWORK_ADMIN,
	ROLE_OPERATOR       /* loopback address or the operator's token: /metrics */
};

enum viewer_kind { VIEWER_NOBODY, VIEWER_ACCOUNT, VIEWER_SYSTEM };

struct membership {
	const char *space_id;
	enum role role; /* ROLE_READER to ROLE_SPACE_ADMIN */
};

struct viewer {
	enum viewer_kind kind;
	const char *account_id;             /* VIEWER_ACCOUNT */
	const struct membership *memberships;
	size_t n_memberships;
	bool network_admin;
};

extern const struct viewer viewer_nobody; /* sees what is public */
extern const struct viewer viewer_system; /* imports, migrations: may do all; never a request's */

/* "reader", "contributor", "editor", "space-admin"; "" for others. */
const char *role_word(enum role role);
enum role role_parse(const char *word); /* ROLE_UNDECLARED if unknown */
/* "reader" ... "space admin", for people. */
const char *role_label(enum role role);

enum audience { AUDIENCE_NONE = 0, AUDIENCE_PUBLIC, AUDIENCE_NETWORK, AUDIENCE_SPACE, AUDIENCE_RESTRICTED };
enum audience audience_parse(const char *name); /* AUDIENCE_NONE if unknown */
const char *audience_name(enum audience a);

#define SCOPE_SIZE 40
/* Held by no viewer: of a withdrawn record. */
#define SCOPE_WITHDRAWN "withdrawn"
/* The token of a record: "public", "network", "s:<space id>" or "r:<record id>". */
void scope_token(enum audience audience, const char *space_id, const char *record_id,
	char out[SCOPE_SIZE]);
/* Calls fn with each token of the viewer but those of restricted records and of
 * groups ("g:<group id>", group.h), which the store looks up by account. Beside
 * those of records: "a:<account id>" of the account itself, "c:<space id>" of each
 * space it may write in, "e:<space id>" of each in which it is editor or more,
 * "m:<space id>" of each that it manages; a network admin has the last three of
 * all spaces with the token "admin" alone. The system viewer has none: it reads
 * nothing through views. */
void viewer_scopes(const struct viewer *v, void (*fn)(const char *token, void *arg), void *arg);
/* Has at least the role in the space? Network admins have every space role. */
bool viewer_has_role(const struct viewer *v, const char *space_id, enum role role);
/* Is a member of the space itself: a network admin as such is not. */
bool viewer_is_member(const struct viewer *v, const char *space_id);
/* Has at least the role in some space, as a member of it. */
bool viewer_has_role_anywhere(const struct viewer *v, enum role role);
/* May write records of that space (contributor and up, or the system). */
bool viewer_may_write(const struct viewer *v, const char *space_id);
/* May publish a record of that space for that audience. An editor of the space
 * does so for the space and for named people; what the network or everyone sees
 * is published by the national office's editors. */
bool viewer_may_publish(const struct viewer *v, const char *space_id, enum audience audience,
	const char *national_id);

#endif
