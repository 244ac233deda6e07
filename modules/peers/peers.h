/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Peers: jurisdictions like one's own, with reasons; what a jurisdiction says of
 * itself, each field for whom it chose; and lists of peers that people keep.
 * Of figures only those of public records are used (figure_public): what members
 * enter as indicators is in no query here. */
#ifndef COMMONWEAL_PEERS_H
#define COMMONWEAL_PEERS_H
#include "match.h"
#include "module.h"

extern const struct migration peers_migrations[];
extern const struct view_def peers_views[];

/* ---- what a jurisdiction says of itself ---- */

enum peer_field { FIELD_STRATEGY, FIELD_STAGE, FIELD_CALL_IN, FIELD_OFFERS, PEER_FIELDS };
enum peer_consent { CONSENT_NOBODY, CONSENT_NETWORK,
	CONSENT_PUBLIC }; /* nobody: members of the own space alone */
const char *peer_consent_word(enum peer_consent c);
bool peer_consent_parse(const char *word, enum peer_consent *out);
#define PEER_OFFERS_MAX 1000 /* letters */

struct peer_about {
	const char *value[PEER_FIELDS]; /* words of strategies, word of the stage, "2024-09", text; "" or NULL: not said */
	enum peer_consent consent[PEER_FIELDS];
	int64_t version;                /* 0: nothing was ever said */
	int64_t changed_us;
	const char *account_name;
};
/* All that the viewer sees of one space; of another one only what is shared. */
bool peer_about_get(struct db *db, struct arena *a, const char *space_id, struct peer_about *out,
	struct error *err);
/* Within a write as the viewer, an editor of the space. ERROR_CONFLICT if it is not that version any more. */
bool peer_about_save(struct db *w, const char *space_id, const struct peer_about *about,
	const char *account_name,
	struct error *err);

/* ---- what is known ---- */

struct peer {
	const struct space *space;
	struct peer_facts facts;
	const char *from[PEER_FACTORS]; /* where each is from; NULL: unknown */
	const char *offers;             /* or NULL */
	const char *profile;            /* slug of its profile, if the viewer sees one; or NULL */
	struct peer_match match;
};
/* Every jurisdiction that the viewer sees. Of `own` everything that it said counts; of the others only
 * what they share with the network or everyone, also when the viewer is a member there. */
bool peers_read(struct request *rq, const char *own, struct peer **out, size_t *n, struct error *err);

/* ---- one's list ---- */

struct peer_saved {
	const char *id, *account_id, *account_name;
	const char *peer_id, *peer_slug, *peer_name;
	const char *note;
	bool shared, mine;
	int64_t version, saved_us;
};
#define PEER_NOTE_MAX 2000  /* letters */
#define PEER_SAVED_MAX 100  /* of one person in one space */
/* Own entries and those that others share with this space; mine first, by name. peer_id NULL: of all. */
bool peer_saved_list(struct db *db, struct arena *a, const char *space_id, const char *peer_id,
	struct peer_saved **out,
	size_t *n, struct error *err);
bool peer_saved_get(struct db *db, struct arena *a, const char *space_id, const char *id,
	struct peer_saved **out,
	struct error *err);
/* Within a write of the system, after the page's checks. Another one of the same peer is ERROR_CONFLICT. */
bool peer_saved_add(struct db *w, const char *space_id, const char *account_id, const char *peer_id,
	const char *note,
	bool shared, char id[ID_SIZE], struct error *err);
/* Of the account itself; ERROR_CONFLICT if it is not that version any more. */
bool peer_saved_change(struct db *w, const char *id, const char *account_id, int64_t version,
	const char *note, bool shared,
	struct error *err);
bool peer_saved_remove(struct db *w, const char *id, const char *account_id, struct error *err);

/* What others noted about a space that goes. */
bool peers_purge(struct db *w, struct space_purge *p, struct error *err);

/* ---- pages ---- */

struct data *peers_page_create(struct request *rq, const char *title);
/* page.c */
extern const struct param peers_params[];
route_handler peers_page, peer_page;
/* p: the jurisdiction; what was typed and what is wrong with it, or NULL. */
bool peer_show(struct request *rq, struct response *rs, const char *slug, const char *note, bool shared,
	const char *wrong,
	struct error *err);
/* about.c */
route_handler about_page, about_save;
bool about_facts(struct request *rq, struct data *page, const struct record *r, const json_t *details,
	struct error *err);
/* saved.c */
route_handler saved_page, saved_add, saved_change, saved_remove;

#endif
