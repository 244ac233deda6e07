/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Notifications: one thing that one person should know. Each is a row, shown on
 * "My page"; by the person's wish for its kind it is also mailed, at once or in a
 * daily digest. It carries the scope token of what it tells of, and is shown and
 * mailed only as long as the person holds that token: who has left a group is
 * told nothing more of it, old rows included. */
#ifndef COMMONWEAL_NOTIFICATION_H
#define COMMONWEAL_NOTIFICATION_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "arena.h"
#include "engine.h"
#include "error.h"
#include "job.h"
#include "mail.h"
#include "migrate.h"
#include "options.h"
#include "store.h"

struct request;

enum notification_way {
	NOTIFICATION_NEVER = 0,
	NOTIFICATION_PAGE,   /* on My page only */
	NOTIFICATION_DIGEST, /* and in the daily mail */
	NOTIFICATION_MAIL,   /* and by a mail of its own, at once */
	NOTIFICATION_WEEKLY  /* of a periodical mailing only: struct notification_choice */
};
/* "never", "page", "digest", "mail", "weekly"; and back: false if unknown. */
const char *notification_way_word(enum notification_way way);
bool notification_way_parse(const char *word, enum notification_way *out);

struct notification {
	const char *id, *account_id, *kind;
	const char *space_slug, *space_name;
	const char *title;     /* "Ana Ruiz answered in “Call-in scripts”" */
	const char *path;      /* where it leads, without the space's base */
	const char *about;     /* the module's own: an id, for letter; or NULL */
	int64_t at_us, seen_us; /* seen_us 0 = not yet */
};

/* A row of the matrix of wishes; a module's table ends with name NULL. */
struct notification_kind {
	const char *name;      /* a word, unique: "reply" */
	const char *label;     /* "Answers in discussions that I follow" */
	enum notification_way usual; /* for who has chosen nothing */
	/* Adds to a mail of its own: text (plain, only what was written: greeting, title and link stand around it), reply_to,
	 * subject, thread; or NULL, then it is title and link. The viewer of db is the person. *skip: it is not so any more,
	 * nothing is sent. */
	bool (*letter)(struct engine *e, struct db *db, struct arena *a, const struct notification *n, struct mail *m,
		bool *skip, struct error *err);
};

/* What is chosen, but by no row of the matrix; a module's table ends with name NULL. */
struct notification_choice {
	const char *name;      /* of a kind above, or of a mailing */
	const char *label;
	const char *path;      /* of a kind: page on which it is chosen for each thing by itself. NULL: a mailing that the
	                          module makes itself: NEVER (usual), DIGEST (every day) or WEEKLY */
};

extern const struct migration notification_migrations[];
extern const struct view_def notification_views[];

struct notification_new {
	const char *account_id, *kind, *space_id;
	const char *scope;     /* of what it tells of; NULL: the person's own affair */
	const char *key;       /* of two with the same key, to the same person, the second is not added; or NULL */
	const char *title, *path, *about;
	bool chosen;           /* by `way`, which the person chose for this one thing; the wish for its kind is the most */
	enum notification_way way;
	bool mailed;           /* the module mails it itself, if it is to be mailed at once */
};
/* Tells one person, by their wish; nothing if that is NEVER. Within a write of the system; after it, jobs_wake. */
bool notification_add(struct db *w, const struct engine *e, const struct notification_new *n, struct error *err);
/* Takes away what tells of something that is gone: every row with that kind and about. Within a write. */
bool notification_remove(struct db *w, const char *kind, const char *about, struct error *err);

/* What tells of it now leads there, and is for who holds that token. Within a write. */
bool notification_move(struct db *w, const char *about, const char *scope, const char *path, struct error *err);

/* The viewer's own, newest first; unseen: only those. *total (may be NULL) counts without limit. */
bool notification_list(struct db *db, struct arena *a, bool unseen, int limit, int offset, struct notification **out,
	size_t *n, int64_t *total, struct error *err);
/* Marks the account's as seen: that one, or with path all that lead there, or with both NULL all. Within a write. */
bool notification_seen(struct db *w, const char *account_id, const char *id, const char *path, struct error *err);

/* What told of this page has done its work once the page is shown. A page that cannot note it is shown all the same. */
void notification_page_seen(struct request *rq);

/* How many the viewer, that account, has not seen; without those that lead to the page (path NULL: all). */
bool notification_unseen(struct db *db, const char *account_id, const char *space_id, const char *path, int64_t *n,
	struct error *err);
/* The account has opened that page, as db's viewer: what leads there, with a fragment or query too, is seen. Writes
 * only if there is some. */
bool notification_opened(struct engine *e, struct db *db, const char *account_id, const char *space_id, const char *path,
	struct error *err);
/* No mail of that kind, or mailing, any more; "digest": of none that comes daily. What is a notification stays on My
 * page. ERROR_NOT_FOUND: there is no such kind. Within a write. */
bool notification_leave(struct db *w, const struct engine *e, const char *account_id, const char *kind,
	struct error *err);
/* What it is called: of a kind, a mailing, or "digest"; NULL: there is no such. */
const char *notification_label(const struct engine *e, const char *name);
const struct notification_choice *notification_choice(const struct engine *e, const char *name); /* or NULL */

/* e NULL: of the program's own modules. */
const struct notification_kind *notification_kind(const struct engine *e, const char *name); /* or NULL */
/* What the account has chosen for a kind, else its usual way. */
bool notification_wish(struct db *db, const char *account_id, const struct notification_kind *kind,
	enum notification_way *out, struct error *err);
/* Within a write. */
bool notification_set_wish(struct db *w, const char *account_id, const char *kind, enum notification_way way,
	struct error *err);

#endif
