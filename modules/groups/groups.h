/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Pages of groups. What a group is, who is in it and who may do what is
 * server/group.h; here are its pages, and the log of what was done in it, which
 * only its members read. */
#ifndef COMMONWEAL_GROUPS_H
#define COMMONWEAL_GROUPS_H
#include "module.h"
#include "account.h"
#include "audit.h"

#define NO_GROUP "There is no such group, or it is not open to you."

/* ---- store.c ---- */

extern const struct migration groups_migrations[];
extern const struct view_def groups_views[];

struct group_note {
	const char *who, *what, *about; /* names as they are now; what: in words; about: a person, or NULL */
	int64_t at_us;
};
/* What was done in the group, newest first; for who is in it. */
bool group_notes(struct db *db, struct arena *a, const char *group_id, int limit, struct group_note **out, size_t *n,
	struct error *err);
/* Within a write. about: an account, or NULL. */
bool group_note_add(struct db *w, const char *group_id, const char *account_id, const char *what, const char *about,
	struct error *err);

struct candidate {
	const char *account_id, *name, *where; /* where: the spaces that the viewer may know of */
};
/* People whom the viewer may know of by that name, and who are not in the group; space_id: only members of it. */
bool group_candidates(struct db *db, struct arena *a, const char *group_id, const char *space_id,
	const char *text, int limit,
	struct candidate **out, size_t *n, struct error *err);
/* May the viewer know of that person (as a member of space_id, unless NULL)? */
bool group_may_ask(struct db *db, const char *account_id, const char *space_id, bool *out, struct error *err);
/* Is the person in it by name? Does someone else look after it? Within a write. */
bool group_has(struct db *w, const char *group_id, const char *account_id, bool *out, struct error *err);
bool group_other_leads(struct db *w, const char *group_id, const char *account_id, bool *out, struct error *err);
/* The space that a person comes from: `home` if they are a member of it, else one of their others; "" if none. Within a write. */
bool group_via(struct db *w, struct arena *a, const char *account_id, const char *home, const char **out,
	struct error *err);
/* May members of that person's spaces open pages of the group's space? Within a write. */
bool group_reachable(struct db *w, const char *account_id, const char *space_id, bool *out, struct error *err);

/* ---- groups.c ---- */

/* A page of a group, with its head (heading, kind_words, group_url, section); the breadcrumbs are set up to it. */
struct data *group_page_of(struct request *rq, const struct group *g, const char *title);
/* Breadcrumbs up to the list. */
void group_crumbs(struct request *rq, struct data *page);
struct url group_url(struct request *rq, const struct group *g, const char *part);
/* The group of the request; lead: only for who looks after it, else as absent. */
bool group_here(struct request *rq, bool lead, struct group **out, struct error *err);
/* The same, and open: ERROR_CONFLICT once it is closed. */
bool group_here_open(struct request *rq, bool lead, struct group **out, struct error *err);
/* Tells what was just done. */
void group_done(struct request *rq, struct data *page);
/* Shows what was wrong with a form, as ERROR_INVALID or ERROR_CONFLICT; false: an error page is due. */
bool group_wrong(struct response *rs, struct data *page, const struct error *bad, struct error *err);

/* One act on a group: the write, its log and audit are one. */
struct act {
	struct request *rq;
	const struct group *group;
	const char *account_id, *word; /* of whom; and which act */
	const char *const *accounts;
	size_t n;
	bool yes;
	/* of forms: */
	const char *name, *purpose, *team;
	enum group_kind kind;
	int64_t version;
	char id[ID_SIZE];
	const char *slug;
};
bool act_write(struct act *act, store_operation *op, struct error *err);
/* Within the write, as its first step: who stands in for the leads becomes one. */
bool act_begin(struct db *w, const struct act *act, struct error *err);
/* Within the write, as its last: the group's own log; the audit log too unless the group is private, for that one is
 * read by people outside. */
bool act_note(struct db *w, const struct act *act, const char *action, const char *what, const char *about,
	struct error *err);
/* Tells a person; scope NULL: their own affair. */
bool act_tell(struct db *w, const struct act *act, const char *account_id, const char *kind, const char *space_id,
	const char *scope, const char *title, const char *path, struct error *err);

route_handler groups_page, group_one, group_invitations_page;
bool groups_mine(struct request *rq, struct mine *m, struct error *err);
/* forms.c */
route_handler group_new_page, group_new_save, group_edit_page, group_edit_save;
/* members.c */
route_handler group_add_page, group_add_save, group_member_page, group_member_save, group_names_page,
	group_names_save;
extern const struct param group_add_params[];
/* acts.c */
route_handler group_leave_page, group_leave_save, group_close_save, group_invitation_save;

#endif
