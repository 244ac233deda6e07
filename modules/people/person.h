/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The directory of people: what each says of themselves, and to whom. Every field
 * has a consent of its own; the views show a viewer no other field, and nobody
 * whose name the viewer may not see. */
#ifndef COMMONWEAL_PERSON_H
#define COMMONWEAL_PERSON_H
#include "module.h"
#include "account.h"
#include "thesaurus.h"

enum person_field {
	FIELD_NAME, FIELD_ROLE, FIELD_TITLE, FIELD_ORGANIZATION, FIELD_TOPICS, FIELD_LANGUAGES, FIELD_PHONE, FIELD_EMAIL,
	FIELD_ZONE, FIELD_ABOUT, PERSON_FIELDS
};
/* "name" ... as stored and in forms, and as people read it. */
extern const char *const person_field_words[PERSON_FIELDS];
extern const char *const person_field_labels[PERSON_FIELDS];
/* At most so many bytes; 0: chosen from a list. */
extern const size_t person_field_max[PERSON_FIELDS];
#define PERSON_TOPICS_MAX 12

enum person_consent { CONSENT_NOBODY, CONSENT_SPACE, CONSENT_NETWORK, CONSENT_PUBLIC, PERSON_CONSENTS };
extern const char *const person_consent_words[PERSON_CONSENTS];
/* What holds for who has chosen nothing. */
enum person_consent person_consent_usual(enum person_field field);
/* May that field be shown to everyone: name, title and topics alone. */
bool person_may_be_public(enum person_field field);

struct person {
	const char *id, *sort_key;
	const char *fields[PERSON_FIELDS]; /* name from the account; role, topics: words, one a line; NULL: none, or not for this viewer */
	const char *about_html;            /* with FIELD_ABOUT; for html_stored */
	size_t n_spaces;                   /* those that the viewer may know of */
	struct person_space {
		const char *id, *slug, *name;
	} *spaces;
};

/* One's own entry, with consents. */
struct person_entry {
	const char *fields[PERSON_FIELDS]; /* as typed; "" = none */
	const char *about_html, *about_text;
	enum person_consent consent[PERSON_FIELDS];
	const char *team;                  /* roles that spaces have given, one a line; or NULL */
	int64_t version;                   /* 0: nothing saved yet */
	int64_t changed_us;
};

extern const struct migration person_migrations[];
extern const struct view_def person_views[];

struct person_filter {
	const char *text;     /* up to three words, each in a field that the viewer sees */
	const char *topic, *role, *space_id; /* NULL = any */
	int limit, offset;
};
/* By name; fields that lists show. */
bool person_list(struct db *db, struct arena *a, const struct person_filter *f, struct person **out, size_t *n,
	int64_t *total, struct error *err);
/* ERROR_NOT_FOUND, the same for who is not there and whom the viewer may not know of. */
bool people_get(struct db *db, struct arena *a, const char *id, struct person **out, struct error *err);
/* The viewer's own. */
bool person_own(struct db *db, struct arena *a, const char *account_id, struct person_entry *out, struct error *err);
/* A column, "" for NULL. */
const char *person_text(struct query *q, struct arena *a, int column);
/* Within a write. ERROR_CONFLICT if it is not that version any more. */
bool person_save(struct db *w, const char *account_id, const struct person_entry *e, struct error *err);
/* Takes all of it away; hidden: the name is shown to nobody either, instead of to one's own spaces. */
bool person_remove(struct db *w, const char *account_id, bool hidden, struct error *err);

/* index.c: what search finds of people, for each scope what it may see. Within a write. */
bool person_index(struct db *w, struct arena *a, const char *account_id, struct error *err);
enum job_result person_index_job(struct engine *e, struct db *db, const struct job_row *job, struct error *err);
bool person_purge(struct db *w, struct space_purge *p, struct error *err);

/* vcard.c: RFC 6350, of the fields that are there. */
void vcard_write(struct buf *out, const struct person *p, const char *url);

/* people.c */
/* "Services, Research" of words, one a line. */
const char *person_role_names(struct arena *a, const char *words);
const char *person_lines(struct arena *a, const char *lines);
/* Breadcrumbs up to the list; list: it is this page. */
void person_crumbs(struct request *rq, struct data *page, bool list);
/* What people can help with: of each group of synonyms in the thesaurus its first term that is no abbreviation. */
const char *const *person_topics(struct request *rq, size_t *n);
/* As lists show it, with a capital letter. */
const char *person_topic_label(struct arena *a, const char *topic);
extern const char *const person_zones[][2]; /* IANA name, as people say it; ends with NULL */
extern const struct param person_params[];
route_handler people_page, person_page, person_card;
/* own.c */
route_handler person_own_page, person_own_save, person_own_export, person_own_remove_page, person_own_remove;

#endif
