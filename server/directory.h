/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The organisation's LDAP directory: who someone is, whether the password is
 * right, and which groups they are in. Servers are tried in order; every step
 * has a deadline; TLS is checked always. Calls block, so they belong on the
 * directory's own pool (ROUTE_DIRECTORY) or thread. Thread-safe. */
#ifndef COMMONWEAL_DIRECTORY_H
#define COMMONWEAL_DIRECTORY_H
#include <stdbool.h>
#include <stdint.h>
#include "arena.h"
#include "error.h"
#include "options.h"

struct directory;
struct directory_map;

extern const struct option_def directory_options[];

/* Reads options, map and CA file. *out is NULL when ldap-servers is empty: there
 * is no directory. Asks no server. Call before other threads start. */
bool directory_create(const struct options *o, struct directory **out, struct error *err);
/* From now on every question that is not answered yet gets DIRECTORY_UNREACHABLE,
 * at the latest after one step's time. NULL is fine. */
void directory_close(struct directory *d);
void directory_destroy(struct directory *d);
const struct directory_map *directory_rules(const struct directory *d);
/* Logs what an operator should know at each start (plain text on loopback). */
void directory_warn(const struct directory *d);

struct directory_group {
	const char *dn;
	const char *normal; /* directory_dn_normal of it */
	const struct directory_group *via; /* the group that is in it; NULL: the person is */
};

struct directory_value {
	const char *attribute, *value;
};

/* All in the caller's arena. */
struct directory_person {
	const char *dn, *id;          /* id: of ldap-id-attribute, else the normal DN */
	const char *login, *name, *mail; /* name and mail may be NULL */
	bool disabled;                /* the directory says so, for good */
	size_t n_groups;
	struct directory_group *const *groups;
	size_t n_values;              /* attributes that the map asks for */
	struct directory_value *values;
};

enum directory_result {
	DIRECTORY_YES,         /* found; and, if a password was given, it is right */
	DIRECTORY_NO,          /* no such person, or the wrong password: never told apart */
	DIRECTORY_NOT_NOW,     /* the password is right, but `words` says why it opens nothing */
	DIRECTORY_UNREACHABLE  /* no server gave an answer in time: nothing is known */
};

struct directory_answer {
	enum directory_result result;
	const char *words;   /* to show after signing in (or instead); NULL = nothing */
	const char *notice;  /* with DIRECTORY_YES: "grace-2", "days-5", "hours-3" of the password; or NULL */
	const char *reason;  /* for the log: what decided it; a literal or in the arena */
	bool absent;         /* with DIRECTORY_NO: there is no entry, and that is sure */
	bool locked;         /* the server says that the account is locked: never shown */
	struct directory_person person; /* with DIRECTORY_YES */
};

/* Each step in plain words, for `commonweal ldap test`. */
typedef void directory_explain(const char *line, void *arg);

/* Finds the person of a login, checks the password if it is not NULL, collects
 * the groups. explain may be NULL. The result is always set. */
void directory_ask(struct directory *d, struct arena *a, const char *login, const char *password,
	directory_explain *explain, void *arg, struct directory_answer *out);

/* Several questions about people known by id and DN over one connection. */
struct directory_session;
/* NULL if no server can be reached, or the search base cannot be read (then
 * nobody's absence would mean anything). */
struct directory_session *directory_session_open(struct directory *d);
/* The person with that id, wherever its entry is now; DIRECTORY_NO: it is gone. */
void directory_session_ask(struct directory_session *s, struct arena *a, const char *id, const char *login,
	struct directory_answer *out);
void directory_session_close(struct directory_session *s);

/* Connects to every server in turn, binds and looks at the search base; explains
 * each step. False if any step failed. */
bool directory_check(struct directory *d, struct arena *a, directory_explain *explain, void *arg);

#endif
