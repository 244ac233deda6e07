/* SPDX-License-Identifier: GPL-3.0-or-later */
/* People: accounts, their memberships in spaces, recovery codes, and the links
 * that are mailed to them. Only account.c (and session.c, for sessions) touches
 * these tables; modules use these functions, never SQL. Access to them is not
 * filtered by viewer: whoever calls has checked the right to (account_may_manage,
 * a route's role, or that it is the viewer's own account).
 *
 * Functions with `db` read on any connection; functions with `w` run within a
 * write: store_write_aside(store, &viewer_system, ...), for none of this is content. */
#ifndef COMMONWEAL_ACCOUNT_H
#define COMMONWEAL_ACCOUNT_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "arena.h"
#include "error.h"
#include "migrate.h"
#include "options.h"
#include "store.h"
#include "text.h"
#include "viewer.h"

struct engine;
struct request;

#define LOGIN_SIZE 65
#define SOURCE_LOCAL "local"
#define SOURCE_DIRECTORY "directory"

extern const struct migration account_migrations[];
extern const struct option_def account_options[];

/* One row: a role in a space, from one source. Directory sync touches only rows
 * of its own source, so an account can have two rows for a space. */
struct account_membership {
	const char *space_id, *space_slug, *space_name;
	enum role role;      /* ROLE_READER to ROLE_SPACE_ADMIN */
	const char *team;    /* words "law-enforcement community-figure ...", or NULL */
	const char *source;  /* SOURCE_LOCAL or SOURCE_DIRECTORY */
};

struct account {
	const char *id;           /* UUIDv7 */
	const char *login;        /* lower case, unique */
	const char *name;
	const char *email;        /* or NULL */
	const char *source;       /* where the password is checked: SOURCE_LOCAL or SOURCE_DIRECTORY */
	const char *directory_dn; /* directory only, else NULL */
	const char *directory_id; /* entryUUID or objectGUID; stays when the DN changes */
	bool has_password;        /* a local one */
	bool second_factor;       /* TOTP is set up */
	bool network_admin;       /* from either source */
	bool demo;                /* made by `commonweal demo`: loopback only */
	int64_t disabled_us;      /* 0 = not disabled */
	const char *disabled_by;  /* SOURCE_LOCAL, SOURCE_DIRECTORY or NULL */
	int64_t created_us, signed_in_us; /* signed_in_us 0 = never */
	int64_t checked_us;       /* directory: when it was last asked; 0 = never */
	int64_t version;          /* counts changes */
	size_t n_memberships;     /* every row, by space name; filled by account_get and account_by_... only */
	struct account_membership *memberships;
};

/* ---- reading ---- */

/* Lower case, without spaces around; a-z 0-9 . _ - + @, 1 to 64 bytes; else false. */
bool login_normalise(const char *text, char out[LOGIN_SIZE]);
/* ERROR_NOT_FOUND if there is none. */
bool account_get(struct db *db, struct arena *a, const char *id, struct account **out, struct error *err);
/* *out is NULL if there is none. login in any case. */
bool account_by_login(struct db *db, struct arena *a, const char *login, struct account **out,
	struct error *err);
bool account_by_directory(struct db *db, struct arena *a, const char *directory_id, struct account **out,
	struct error *err);
/* Every account with this login or e-mail address (any case): for resets. */
bool account_by_login_or_email(struct db *db, struct arena *a, const char *text, struct account **out,
	size_t *n, struct error *err);

struct account_filter {
	const char *text;     /* in login, name or e-mail; NULL = any */
	const char *space_id; /* members of that space; NULL = any */
	enum role role;       /* exactly that role, there or in any space; 0 = any */
	const char *source;   /* NULL = any */
	bool network_admins, disabled; /* true: only those */
	int limit, offset;    /* 0 = 1000 */
};
/* By name. *total (may be NULL) counts without limit. */
bool account_list(struct db *db, struct arena *a, const struct account_filter *f, struct account **out,
	size_t *n, int64_t *total, struct error *err);
/* Directory accounts with an open session or a token whose last check is before that time. */
bool account_list_stale(struct db *db, struct arena *a, int64_t checked_before_us, struct account **out,
	size_t *n, struct error *err);
/* At most limit directory accounts, signed in or not, that are not disabled and
 * were last checked before that time; the longest ago first. */
bool account_list_unchecked(struct db *db, struct arena *a, int64_t checked_before_us, int limit,
	struct account **out, size_t *n, struct error *err);
/* Members of a space: people that are not disabled, each with its rows of that space. */
bool account_members(struct db *db, struct arena *a, const char *space_id, struct account **out, size_t *n,
	struct error *err);
/* The highest role of the rows that the account was read with; ROLE_UNDECLARED: none. */
enum role account_highest(const struct account *account);
/* People that are not disabled and member of a space (space_id NULL: of any). */
bool account_count(struct db *db, const char *space_id, int64_t *n, struct error *err);
/* Names of those whom a restricted record names, by name; *unknown counts the
 * ids that have no account. */
bool account_readers(struct db *db, struct arena *a, int64_t record_num, const char ***names, size_t *n,
	int64_t *unknown, struct error *err);
bool account_any_demo(struct db *db, bool *any, struct error *err);
/* What the account may see and do: rows merged to the highest role of each
 * space. In the arena. A disabled account gives &viewer_nobody. */
const struct viewer *account_viewer(struct arena *a, const struct account *account);

/* ---- saving ---- */

struct account_new {
	const char *login, *name, *email; /* name NULL takes the login; email may be NULL */
	const char *id;                   /* NULL makes one */
	bool network_admin, demo;
};
/* A local account without a password. A login that is taken is ERROR_CONFLICT. */
bool account_add(struct db *w, const struct account_new *n, char id[ID_SIZE], struct error *err);
/* name, email: the account's new ones. version 0 skips the check; else a change
 * since is ERROR_CONFLICT. Directory accounts are changed by the directory only. */
bool account_change(struct db *w, const char *id, const char *name, const char *email, int64_t version,
	struct error *err);
/* Ends its sessions too. by: SOURCE_LOCAL or SOURCE_DIRECTORY; enabling undoes
 * only what the same source did. */
bool account_disable(struct db *w, const char *id, const char *by, struct error *err);
bool account_enable(struct db *w, const char *id, const char *by, struct error *err);
/* The local flag; what the directory gave stays. */
bool account_set_network_admin(struct db *w, const char *id, bool on, struct error *err);
/* Sets the local row; role 0 removes it. team: words or NULL. Check
 * account_may_manage first. */
bool account_set_role(struct db *w, const char *id, const char *space_id, enum role role, const char *team,
	struct error *err);
/* A space ends: nobody is a member of it any more, and its members are signed out.
 * Who was in no other space, and is no network admin, is removed; where other
 * tables still need the row, all that says who it was is taken out of it, and
 * nobody can sign in as it. *left: memberships, *removed: people. Within a write. */
bool account_leave_space(struct db *w, struct arena *a, const char *space_id, int64_t *left, int64_t *removed,
	struct error *err);
/* May `by` give or take roles in that space: space admins in their own, network
 * admins everywhere, the system always. Else ERROR_DENIED. */
bool account_may_manage(const struct viewer *by, const char *space_id, struct error *err);
bool account_signed_in(struct db *w, const char *id, struct error *err); /* sets signed_in_us */

/* What a directory says of a person, for the directory's sync and sign-in. */
struct account_directory {
	const char *login, *name, *email, *dn, *entry_id;
	bool network_admin;
	size_t n_memberships;
	const struct account_membership *memberships; /* space_id, role, team */
};
/* Adds or changes the account with that entry_id; its directory rows become
 * exactly these, local rows stay; enables it again if the directory had
 * disabled it. A login that another account has is ERROR_CONFLICT. *changed:
 * something that matters (role, login, name, state) is different. */
bool account_save_directory(struct db *w, struct arena *a, const struct account_directory *d,
	char id[ID_SIZE], bool *changed, struct error *err);
/* The directory no longer has the person: removes its directory rows, disables
 * it as SOURCE_DIRECTORY, ends its sessions. */
bool account_remove_directory(struct db *w, const char *id, struct error *err);

/* ---- passwords ---- */

/* In plain words what is wrong with a new password, or NULL. */
const char *password_problem(const char *password, const char *login, const char *name);
#define PASSWORD_HASH_SIZE 128
/* Argon2id by libsodium with the options password-memory and password-passes.
 * Slow on purpose (about 0.1 s), so never within a write. False: no memory. */
bool password_hash(struct engine *e, const char *password, char out[PASSWORD_HASH_SIZE], struct error *err);
/* hash: from password_hash; NULL removes the password. Ends open links too. */
bool account_set_password(struct db *w, const char *id, const char *hash, struct error *err);
/* Checks against the account's hash, or, when account is NULL, has none or is
 * disabled, against one of nobody's, so that all cases take the same time;
 * those are false. *stale: it was right but made with other options. Counted in
 * METRIC_PASSWORD_CHECKS. */
bool account_check_password(struct engine *e, struct db *db, const struct account *account,
	const char *password, bool *stale, struct error *err);

/* ---- second factor ---- */

/* secret: base32 (totp.h). Removes old recovery codes. */
bool account_set_totp(struct db *w, const char *id, const char *secret, int64_t step, struct error *err);
bool account_remove_totp(struct db *w, const char *id, struct error *err);
enum code_kind { CODE_WRONG, CODE_TOTP, CODE_RECOVERY };
/* Checks six digits or a recovery code, and uses it up: a code, and every
 * earlier one, is good once. */
bool account_use_code(struct db *w, const char *id, const char *code, int64_t now_us, enum code_kind *kind,
	struct error *err);
#define RECOVERY_CODES 10
#define RECOVERY_CODE_SIZE 20
/* Makes ten new ones, which replace the old; only their hashes are stored. */
bool account_make_recovery_codes(struct db *w, const char *id, char codes[RECOVERY_CODES][RECOVERY_CODE_SIZE],
	struct error *err);
bool account_recovery_codes_left(struct db *db, const char *id, int64_t *n, struct error *err);

/* ---- links by mail ---- */

enum token_kind { TOKEN_INVITATION = 1, TOKEN_RESET };
#define TOKEN_SIZE SECRET_SIZE
/* A new secret for a link; earlier ones of that kind end. Only its hash is stored. */
bool account_make_token(struct db *w, const char *id, enum token_kind kind, int64_t expires_us,
	char token[TOKEN_SIZE], struct error *err);
/* The account of a valid token; *out is NULL if it is not (any more). Uses nothing up. */
bool account_by_token(struct db *db, struct arena *a, enum token_kind kind, const char *token,
	struct account **out, struct error *err);
/* Uses it up; *id is empty if it was not valid. */
bool account_use_token(struct db *w, enum token_kind kind, const char *token, char id[ID_SIZE],
	struct error *err);

/* ---- who checks passwords ---- */

enum auth_result {
	AUTH_UNKNOWN,    /* not mine: the next is asked */
	AUTH_GOOD,       /* *account_id is set (in the request's arena); the account is saved and current;
	                  * *words: NULL, or a notice for after signing in (account/directory-password) */
	AUTH_WRONG,      /* the same answer as for nobody */
	AUTH_REFUSED,    /* the password was right, but: *words says why (expired, locked) */
	AUTH_UNAVAILABLE /* the directory does not answer; the next is asked */
};

/* login is normalised, password is not empty. May block; runs on a handler
 * thread, outside any write. signin.c checks a local hash (of nobody, if need
 * be) in every case, so that all answers take at least that time. */
struct authenticator {
	const char *name; /* a word of the option sign-in-order */
	enum auth_result (*password)(struct request *rq, const char *login, const char *password,
		const char **account_id, const char **words);
};

#endif
