/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Ratings of outcomes: who may give them, what was given, how it came about. A
 * rating stands beside its record, not in its XML, and is seen by whoever sees
 * the record; a review is seen by its reviewer alone until the rating is settled,
 * or, when the two disagree, by those two (views of store.c). Everything is kept:
 * a rating that is begun anew stays as an earlier one. */
#ifndef COMMONWEAL_RATING_H
#define COMMONWEAL_RATING_H
#include "evidence.h"

struct account;

extern const struct migration rating_migrations[];
extern const struct view_def rating_views[];

/* ---- levels and stages (stage.c) ---- */

enum level { LEVEL_NONE, LEVEL_EFFECTIVE, LEVEL_PROMISING, LEVEL_NO_EFFECT, LEVEL_HARMFUL, LEVEL_INCONCLUSIVE, LEVEL_COUNT };
const char *level_name(enum level l);  /* "no-effect"; also the theme's rating--... */
const char *level_label(enum level l); /* "Did not work" */
enum level level_parse(const char *name); /* LEVEL_NONE if unknown */

/* Where a practice stands; the names are the theme's rating--... too. */
struct stage {
	const char *name, *label, *meaning;
};
/* What the rule of docs/evidence.md makes of ratings: levels[i] was given to an
 * outcome of the evaluation with the number sources[i]. n_evaluations: all that
 * there are of it, rated or not. */
const struct stage *stage_of(const enum level *levels, const int64_t *sources, size_t n, size_t n_evaluations);

/* ---- reviewers ---- */

struct reviewer {
	const char *id, *account_id, *name, *by_name, *note;
	int64_t certified_us, expires_us, ended_us; /* ended_us 0 = not ended early */
};
/* The certificates that the viewer may see: a network admin all, others their own; newest first. */
bool reviewer_list(struct db *db, struct arena *a, struct reviewer **out, size_t *n, struct error *err);
/* Has this account a certificate that holds now? On a reader as that account, or within a write. */
bool reviewer_holds(struct db *db, const char *account_id, bool *holds, struct error *err);
bool reviewer_certify(struct db *w, const struct reviewer *r, const char *by_account, struct error *err);
bool reviewer_end(struct db *w, const char *id, bool *found, struct error *err);

/* ---- ratings ---- */

enum rating_state { RATING_OPEN = 1, RATING_SPLIT, RATING_SETTLED, RATING_EARLIER };
enum settled_by { SETTLED_AGREED = 1, SETTLED_THIRD, SETTLED_CONSENSUS, SETTLED_APPEAL };
const char *settled_words(enum settled_by s);

#define EMMIE 5
extern const char *const emmie_names[EMMIE], *const emmie_labels[EMMIE];

struct rating {
	const char *id;
	int64_t record_num;
	const char *measure;
	int64_t version;           /* of the record, when it was begun */
	int64_t holds_version;     /* for which it was given or last confirmed */
	enum rating_state state;
	enum level level;          /* RATING_SETTLED, or RATING_EARLIER that was settled */
	enum settled_by settled;
	int64_t begun_us, settled_us, confirmed_us; /* 0 = not */
	int n_reviews;
	const char *reason_earlier; /* why it is an earlier one */
};

struct review {
	const char *account_id, *name;
	enum level level, consensus;
	const char *reason, *consensus_reason;
	int emmie[EMMIE];
	int64_t saved_us, consensus_us;
};

struct appeal {
	const char *id, *by_name, *space_name, *reason, *decider_name, *decision_reason;
	const char *decision;      /* upheld, changed, anew; NULL: not decided */
	enum level before, after;
	int64_t filed_us, decided_us;
};

struct trail_entry {
	int64_t at_us;
	const char *act;           /* in words, for everyone */
};

/* All ratings of a record, earlier ones too, newest first. */
bool rating_list(struct db *db, struct arena *a, int64_t record_num, struct rating **out, size_t *n,
	struct error *err);
/* The present one of an outcome, or NULL. */
const struct rating *rating_of(const struct rating *list, size_t n, const char *measure);
bool rating_reviews(struct db *db, struct arena *a, const char *rating_id, struct review **out, size_t *n,
	struct error *err);
bool rating_appeals(struct db *db, struct arena *a, const char *rating_id, struct appeal **out, size_t *n,
	struct error *err);
bool rating_trail(struct db *db, struct arena *a, const char *rating_id, struct trail_entry **out, size_t *n,
	struct error *err);
/* Is the account one of its reviewers? Within a write. */
bool rating_rated_by(struct db *w, const char *rating_id, const char *account_id, bool *yes, struct error *err);
/* Why the viewer has a part in what was evaluated, or NULL: in words that go on from "you". */
bool rating_part(struct db *db, struct arena *a, const struct record *r, const struct viewer *v,
	const struct account *who, const char **why, struct error *err);
/* Spaces of the program: where an appeal may come from. */
bool rating_spaces(struct db *db, struct arena *a, const struct record *r, struct space **out, size_t *n,
	struct error *err);

/* What follows is done within a write; each looks at the state there again, and
 * errors of the person's own making are ERROR_CONFLICT or ERROR_DENIED. */
struct review_given {
	int64_t record_num, version;
	const char *measure, *reason;
	enum level level;
	int emmie[EMMIE];
};
bool rating_review(struct db *w, struct arena *a, const struct review_given *g, const struct account *who,
	struct error *err);
bool rating_consensus(struct db *w, struct arena *a, const char *rating_id, enum level level, const char *reason,
	const struct account *who, struct error *err);
bool rating_confirm(struct db *w, const char *rating_id, int64_t version, const struct account *who,
	struct error *err);
bool rating_anew(struct db *w, const char *rating_id, const char *why, struct error *err);
bool rating_appeal(struct db *w, const char *rating_id, const struct space *space, const char *reason,
	const struct account *who, struct error *err);
struct decision {
	const char *rating_id, *word, *reason;
	enum level level; /* for "changed" */
};
bool rating_decide(struct db *w, struct arena *a, const struct decision *d, const struct account *who,
	struct error *err);

/* pages: outcome.c's card on a record, and the pages of this module */
bool ratings_put(struct request *rq, struct data *page, const struct record *r, const struct finding *list, size_t n,
	size_t n_evaluations, bool practice, struct error *err);
/* Where a strategy or an innovation stands, by the evaluations that the viewer sees. */
bool practice_stage(struct request *rq, const struct record *r, const struct stage **out, struct error *err);
void put_level(struct data *d, enum level level);
extern const struct param innovation_params[];
bool ratings_of_mine(struct request *rq, struct mine *m, struct error *err); /* mine.c */
route_handler innovations_page, rating_page, rating_act, rating_desk, reviewers_page, reviewers_certify, reviewers_end;

#endif
