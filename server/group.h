/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Groups: people who meet. Each space has one of everyone in it, made with the
 * space; the national office's is that of the whole network. Others are made by
 * people: for one role of a jurisdiction's team, or private. What belongs to a
 * group has the group's scope token, so that the store decides who reads it; that
 * a group is there at all is known to who holds its `seen` token. A private
 * group's two tokens are the same: nobody else, a network admin either, sees a
 * trace of it. */
#ifndef COMMONWEAL_GROUP_H
#define COMMONWEAL_GROUP_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "arena.h"
#include "error.h"
#include "migrate.h"
#include "store.h"
#include "text.h"

enum group_kind {
	GROUP_NETWORK = 1, /* every member of the network; the national office's own */
	GROUP_SPACE,       /* every member of its space */
	GROUP_TEAM,        /* a part of its space, which knows of it: a role of the team, or named people */
	GROUP_PRIVATE      /* named people, who alone know of it; of any space */
};
/* "network", "space", "team", "private"; and back: 0 if unknown. */
const char *group_kind_word(enum group_kind kind);
enum group_kind group_kind_parse(const char *word);

struct group {
	const char *id;          /* of the group of everyone: the space's own id */
	const char *space_id, *space_slug, *space_name;
	const char *slug, *name, *purpose;
	enum group_kind kind;
	const char *team;        /* GROUP_TEAM: everyone with this role of the team is a member ("law-enforcement"); or NULL */
	bool unattributed;       /* members may post without their name: the switch is on, and the group is verified */
	bool unattributed_on;    /* the switch alone */
	bool verified;           /* a lead has confirmed everyone who is in it now, and they are GROUP_UNATTRIBUTED_MIN or more */
	const char *scope;       /* who reads and writes */
	int64_t created_us, closed_us; /* closed_us 0: open; else it can be read only */
	int64_t version;
	bool reads;              /* the viewer is in it */
	bool leads;              /* the viewer looks after it: a lead (GROUP_LEADS); of a group that its space knows, its admins too */
};

struct group_member {
	const char *account_id, *name;
	const char *space_id, *space_name; /* as a member of which space: when that ends, so does this */
	bool leads;
	bool by_role;            /* by the role of the team alone, so nobody can take it away here */
	int64_t confirmed_us;    /* a lead has confirmed that this is who it should be; 0: not yet */
	int64_t since_us;        /* 0: by_role */
};

extern const struct migration group_migrations[];
extern const struct view_def group_views[];

/* SQL, for the store's rights too: who is in which group, by name as long as the membership that brought them
 * lasts, or by the role of the team. */
#define GROUP_PEOPLE "SELECT m.group_id, m.account_id, m.via_space, m.leads, m.since_us, 0 AS by_role " \
	"FROM main.space_group_member m WHERE EXISTS (SELECT 1 FROM main.membership x " \
	"WHERE x.account_id = m.account_id AND x.space_id = m.via_space) " \
	"UNION ALL SELECT DISTINCT g.id, x.account_id, x.space_id, 0, 0, 1 FROM main.space_group g " \
	"JOIN main.membership x ON x.space_id = g.space_id WHERE g.team IS NOT NULL " \
	"AND instr(' ' || x.team || ' ', ' ' || g.team || ' ') > 0 AND NOT EXISTS (SELECT 1 FROM main.space_group_member m " \
	"WHERE m.group_id = g.id AND m.account_id = x.account_id)"

/* SQL: who reads which group, whatever its kind; and does account read the group g (a row of space_group, or of
 * v_group)? The same rule twice: a set is fast for all, a condition for one. */
#define GROUP_READERS "SELECT i.group_id, i.account_id FROM (" GROUP_PEOPLE ") i " \
	"UNION SELECT k.id, x.account_id FROM main.space_group k JOIN main.membership x ON k.kind = 'network' " \
	"OR (k.kind = 'space' AND x.space_id = k.space_id)"
#define GROUP_READ_BY(g, account) "(EXISTS (SELECT 1 FROM main.membership y WHERE y.account_id = " account " AND (" \
	g ".kind = 'network' OR (" g ".kind = 'space' AND y.space_id = " g ".space_id))) OR EXISTS (SELECT 1 FROM (" \
	GROUP_PEOPLE ") i WHERE i.group_id = " g ".id AND i.account_id = " account "))"

/* SQL: of those, who can be there at all; who looks after a group; and how many are in it that no lead has confirmed.
 * When no lead is left, who has been in it longest takes their place (a named member before one by role). */
#define GROUP_ACTIVE "SELECT p.* FROM (" GROUP_PEOPLE ") p JOIN main.account pa ON pa.id = p.account_id " \
	"WHERE pa.disabled_us = 0"
#define GROUP_LEADS "SELECT l.group_id, l.account_id FROM (" GROUP_ACTIVE ") l WHERE l.leads = 1 OR (" \
	"NOT EXISTS (SELECT 1 FROM (" GROUP_ACTIVE ") o WHERE o.group_id = l.group_id AND o.leads = 1) AND l.account_id = " \
	"(SELECT o.account_id FROM (" GROUP_ACTIVE ") o WHERE o.group_id = l.group_id " \
	"ORDER BY o.by_role, o.since_us, o.account_id LIMIT 1))"

#define GROUP_UNATTRIBUTED_MIN 5 /* people in it, so that "one of us" says little */
#define GROUP_NAME_MAX 120    /* bytes */
#define GROUP_PURPOSE_MAX 2000

/* Those that the viewer knows of, by space and name; space_id NULL: of all spaces. */
bool group_list(struct db *db, struct arena *a, const char *space_id, struct group **out, size_t *n, struct error *err);
/* One that the viewer knows of, else ERROR_NOT_FOUND, the same for what is not there and what is hidden. */
bool group_get(struct db *db, struct arena *a, const char *space_id, const char *slug, struct group **out,
	struct error *err);
bool group_by_id(struct db *db, struct arena *a, const char *id, struct group **out, struct error *err);
/* Named members, and those by their role, by name; for who is in it, else none. Of the groups of
 * everyone: see account_members. */
bool group_members(struct db *db, struct arena *a, const char *id, struct group_member **out, size_t *n,
	struct error *err);
/* Ids of all accounts that read what is in the group, whatever its kind; for notices. System. */
bool group_readers(struct db *db, struct arena *a, const char *id, const char ***accounts, size_t *n, struct error *err);

/* ---- within a write of the system, after the page's own checks ---- */

struct group_new {
	const char *space_id, *name, *purpose;
	enum group_kind kind;    /* GROUP_TEAM or GROUP_PRIVATE */
	const char *team;        /* or NULL */
	const char *lead, *lead_space; /* account who leads it, and as a member of which space */
};
/* ERROR_INVALID for a name that is empty or too long. The slug follows from the name; one that is taken in the
 * space gets a number (which says that the name is taken by a group: so a private group's slug is a random word). */
bool group_add(struct db *w, struct arena *a, const struct group_new *n, char id[ID_SIZE], const char **slug,
	struct error *err);
/* ERROR_CONFLICT if it is not that version any more. */
bool group_change(struct db *w, const char *id, int64_t version, const char *name, const char *purpose, const char *team,
	struct error *err);
/* Adds a member or changes who leads. ERROR_INVALID: the account is no member of that space; or
 * the group's space is only for its own members, and this is another. */
bool group_set_member(struct db *w, const char *id, const char *account_id, const char *space_id, bool leads,
	struct error *err);
/* The last lead cannot go while others are in it (ERROR_CONFLICT); a group that nobody is left in is closed. */
bool group_remove_member(struct db *w, const char *id, const char *account_id, struct error *err);
/* Who stands in for leads that are gone becomes a lead by name. Before a lead's act. */
bool group_keep_lead(struct db *w, const char *id, const char *account_id, struct error *err);
bool group_close(struct db *w, const char *id, bool closed, struct error *err);
/* The lead `by` says that these people, and no others, are who should be in it. */
bool group_confirm(struct db *w, const char *id, const char *by, const char *const *accounts, size_t n, struct error *err);
/* Posts without names: on only for a verified group (ERROR_CONFLICT). It is without effect while someone in the
 * group is not confirmed. */
bool group_set_unattributed(struct db *w, const char *id, bool on, struct error *err);

/* ---- invitations into private groups: the person sees name, purpose and who asks, until they accept ---- */

struct group_invitation {
	const char *group_id, *group_slug, *space_slug, *name, *purpose, *from;
	const char *account_id, *account_name, *account_space; /* who is invited, and as a member of which space */
	int64_t at_us;
};
/* The viewer's own: group_id NULL; or those that wait in a group that the viewer reads. */
bool group_invitations(struct db *db, struct arena *a, const char *group_id, struct group_invitation **out, size_t *n,
	struct error *err);
/* Within a write. ERROR_INVALID: no member of that space, or already in the group. A second one changes nothing. */
bool group_invite(struct db *w, const char *id, const char *account_id, const char *space_id, const char *by,
	struct error *err);
/* Ends the invitation; accepted: the person is a member. ERROR_NOT_FOUND: there is none. */
bool group_answer(struct db *w, const char *id, const char *account_id, bool accepted, struct error *err);
/* How many private groups that are open the account has begun. */
bool group_count_begun(struct db *w, const char *account_id, int64_t *n, struct error *err);

#endif
