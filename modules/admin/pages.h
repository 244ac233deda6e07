/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the files of this module share. Whose pages these are follows from the
 * address: under a space they are about that space; at the national space a
 * network admin sees the whole network. What is about an account as such
 * (disabling it, its sessions) belongs to network admins, for accounts are not
 * the property of one space. */
#ifndef COMMONWEAL_ADMIN_PAGES_H
#define COMMONWEAL_ADMIN_PAGES_H
#include "module.h"
#include "account.h"
#include "account_mail.h"
#include "audit.h"
#include "session.h"

/* True: about the whole network. */
bool admin_whole(const struct request *rq);
/* The space that lists are narrowed to; NULL: none. */
const char *admin_space_id(const struct request *rq);

/* What is wrong with a form, field by field; "" is the form as a whole. */
#define PROBLEMS_MAX 8
struct problems {
	size_t n;
	struct {
		const char *field, *text;
	} list[PROBLEMS_MAX];
};
/* field: a literal that is a name in templates and the id of the field. */
void problem_add(struct problems *p, const char *field, const char *text);
/* The problem of an error, if it is one of the person's own making; false: an
 * error page is due. */
bool problem_error(struct problems *p, const char *field, const struct error *err, struct response *rs);

/* The page with the module's navigation (the first breadcrumb is set); with
 * problems the status is 400, and their list and texts are in it. p may be NULL. */
struct data *admin_page(struct request *rq, struct response *rs, const char *title, const struct problems *p);

/* Options of a select: value "" first, under the label `none` (NULL: not). */
void put_roles(struct data *d, const char *list, const char *none, const char *chosen);
void put_spaces(struct data *d, const char *list, const struct space *spaces, size_t n, const char *none,
	const char *chosen);

/* The person's row as lists show it. */
void put_person(struct request *rq, struct data *d, const struct account *account);
struct url person_url(struct request *rq, const char *id);

/* The person as this viewer may know them: with the roles of the viewer's space
 * only, unless it is a network admin; none there: as absent. */
bool person_get(struct request *rq, struct db *db, const char *id, struct account **out, struct error *err);
/* The account's own row in the space (not the directory's); 0 = none. */
enum role local_role(const struct account *account, const char *space_id);

/* admin.c */
route_handler admin_overview, admin_space, admin_spaces, admin_one_space;
/* people.c */
route_handler admin_people, admin_person;
/* What was typed in one of the page's forms, and what was wrong with it. */
struct person_form {
	const char *form;       /* "role", "change", "remove", "disable" ... : which one */
	struct problems problems;
	const char *space;      /* slug that "role" was about */
};
bool person_show(struct request *rq, struct response *rs, struct account *account, const struct person_form *form,
	struct error *err);
/* acts.c */
route_handler person_role, person_role_remove, person_change, person_disable, person_enable, person_factor_remove,
	person_network_admin, person_sessions_end;
/* add.c */
route_handler add_page, add_member, invite_new, invite_again;
/* May this viewer send the person a (new) link to set a password? Space admins
 * only while the account is unused and their own space's alone: the link opens
 * the account, whatever else it may do. */
bool invite_allowed(struct request *rq, const struct account *account);
/* trail.c */
route_handler audit_page, audit_file, audit_proof;
/* The newest rows of the audit log, as the overview shows them. */
bool put_newest(struct request *rq, struct data *page, struct error *err);
/* work.c */
route_handler jobs_page, job_again;

#endif
