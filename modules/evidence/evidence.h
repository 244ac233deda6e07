/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Evidence: what evaluations found, drawn and rated. An outcome is what an
 * evaluation says of one measure; ratings are given to outcomes, stages follow
 * from ratings. docs/evidence.md is the scale. */
#ifndef COMMONWEAL_EVIDENCE_H
#define COMMONWEAL_EVIDENCE_H
#include "module.h"

/* ---- outcomes (outcome.c) ---- */

enum scale_word { SCALE_NONE, SCALE_PERCENT, SCALE_RATE_RATIO, SCALE_RISK_RATIO, SCALE_ODDS_RATIO,
	SCALE_HAZARD_RATIO, SCALE_SMD, SCALE_DIFFERENCE, SCALE_COUNT };

struct outcome {
	const char *measure, *unit, *note;
	const char *direction;           /* decrease, increase, none or mixed */
	const char *desired;             /* decrease, increase, or NULL: not said */
	enum scale_word scale;           /* SCALE_NONE: not said */
	const char *effect_text, *low_text, *high_text; /* as in the record; or NULL */
	const char *level;               /* of the interval, in percent; or NULL */
	bool has_effect, has_interval;
	double effect, low, high;
};

/* The outcomes of a record's details; in the arena. */
struct outcome *outcomes_read(struct arena *a, const json_t *details, size_t *n);
const char *scale_label(enum scale_word s);   /* "Rate ratio" */
const char *scale_name(enum scale_word s);    /* as in the schema; "" if none */
bool scale_is_ratio(enum scale_word s);
/* "−37 %", "0.63", "2.1 points"; NULL if there is no figure. */
const char *outcome_effect(struct arena *a, const struct outcome *o);
/* "95 % interval −52 to −17", or NULL. */
const char *outcome_interval(struct arena *a, const struct outcome *o);
/* "Fell, as wanted", "Rose; a fall was wanted", "No change". */
const char *outcome_finding(const struct outcome *o);

/* ---- forest plots (forest.c) ---- */

/* An outcome with where it comes from. */
struct finding {
	const struct outcome *outcome;
	const char *place;    /* or NULL */
	const char *title;    /* of the record */
	const char *design;   /* word, or NULL */
	struct url url;       /* of the record */
	const char *record_id;
	int64_t record_num, record_version;
	int number;           /* of the outcome in its record, from 1 */
};

/* The outcomes of one scale that have a figure, as SVG; one_record leaves out
 * where they come from. */
struct markup forest_draw(struct arena *a, const char *id, double width, enum scale_word scale,
	const struct finding *list, size_t n, bool one_record);
/* Every finding, a line each, with a first line of names. */
void forest_csv(struct buf *b, const struct finding *list, size_t n);
const char *design_label(const char *word); /* NULL gives NULL */

/* ---- pages ---- */

/* What is known of a record: its own outcomes, or, for a practice, those of the
 * evaluations of it that the viewer may see. *practice: it is a strategy or an
 * innovation. */
bool findings_collect(struct request *rq, const struct record *r, const json_t *details,
	struct finding **out, size_t *n, size_t *n_evaluations, bool *practice, struct error *err);
/* module.record of this module (glance.c). */
bool evidence_record(struct request *rq, struct data *page, const struct record *r, const json_t *details,
	struct error *err);

#endif
