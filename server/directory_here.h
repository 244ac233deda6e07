/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The directory's side towards accounts and spaces here: who signs in with it,
 * and who is looked up again so that a removal there ends access here. */
#ifndef COMMONWEAL_DIRECTORY_HERE_H
#define COMMONWEAL_DIRECTORY_HERE_H
#include "account.h"
#include "directory.h"
#include "engine.h"

struct directory_rule;
struct directory_sync;

/* In signin.c's list of those who check passwords. */
extern const struct authenticator directory_authenticator;

/* Looks up a login that was proved otherwise (a Kerberos ticket). AUTH_GOOD,
 * AUTH_UNKNOWN, AUTH_REFUSED or AUTH_UNAVAILABLE; as an authenticator's password. */
enum auth_result directory_known(struct request *rq, const char *login, const char **account_id,
	const char **words);

/* Warns of what an operator should know, and starts the thread that looks people
 * up again. True without a directory. */
bool directory_sync_start(struct engine *e, struct error *err);
/* NULL is fine. */
void directory_sync_stop(struct directory_sync *s);

/* When people were last looked up (0: not yet, or nobody to look up), and whether a server answered then. */
void directory_sync_state(struct directory_sync *s, int64_t *asked_us, bool *answered);

/* commonweal ldap check, ldap test LOGIN [password]; the exit code. */
int directory_command(struct engine *e, int argc, char **argv);
/* Calls fn for each line of the map whose space does not exist; counts them. */
bool directory_unknown_spaces(struct engine *e,
	void (*fn)(const struct directory_rule *rule, const char *path, void *arg), void *arg, size_t *n,
	struct error *err);

/* ---- for directory_here.c and directory_sync.c ---- */

/* Within a write: the account of a person with what the map gives, added or
 * changed; in the audit log if it changed. who: filled in as far as is known. */
struct directory_saving {
	struct engine *engine;
	struct arena *arena;
	const struct directory_person *person;
	struct audit_entry *who;
	char id[ID_SIZE]; /* the account's */
};
store_operation directory_save;

#endif
