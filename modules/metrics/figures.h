/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Figures: what a jurisdiction entered for an indicator and a period. They are
 * read through the view v_figure, by members of their own space alone; nobody
 * else, the national office included, ever sees one (it sees v_figure_presence:
 * whether and when). What leaves a space is a release. */
#ifndef COMMONWEAL_FIGURES_H
#define COMMONWEAL_FIGURES_H
#include "dictionary.h"
#include "module.h"
#include "period.h"

struct account;

extern const struct migration metrics_migrations[];
extern const struct view_def metrics_views[];

struct figure {
	const char *indicator;
	struct period period;
	int64_t value;
	int64_t entered_us, first_us; /* last changed; entered first */
	int64_t revision;             /* 1: never corrected */
	const char *account_name;     /* who entered it last; NULL: an import at the console */
};

/* By indicator and period, monthly and yearly ones alike. */
bool figures_list(struct db *db, struct arena *a, const char *space_id, struct figure **out, size_t *n,
	struct error *err);

/* All of a space, whoever asks: within a write that the system makes. */
bool figures_stored(struct db *w, struct arena *a, const char *space_id, struct figure **out, size_t *n,
	struct error *err);

/* Spaces that have figures; and the id of a jurisdiction, NULL: there is none. For the system, within a write. */
struct figure_place {
	const char *id, *slug, *name;
};
bool figures_places(struct db *w, struct arena *a, struct figure_place **out, size_t *n, struct error *err);
bool figures_space(struct db *w, struct arena *a, const char *slug, const char **id, struct error *err);

struct figure_change {
	const char *indicator;
	struct period period;
	int64_t value;
	bool remove;
	bool known;         /* only if the stored one is still `was`; was < 0: none was there */
	int64_t was;
	const char *reason; /* for a correction or an unusual figure; or NULL */
};

struct figure_counts {
	size_t added, changed, removed, unchanged;
};

/* All of them, or none. ERROR_CONFLICT names the figure that someone else changed in the
 * meantime. Every correction is kept with who and why. Within a write as the
 * viewer, who must be contributor of the space. */
bool figures_save(struct db *w, struct arena *a, const char *space_id, const struct figure_change *changes,
	size_t n, const struct account *who, struct figure_counts *counts, struct error *err);

struct figure_correction {
	const char *indicator;
	struct period period;
	bool had_old, has_new;
	int64_t old_value, new_value;
	const char *reason, *account_name; /* or NULL */
	int64_t at_us;
};
/* Newest first. */
bool figures_corrections(struct db *db, struct arena *a, const char *space_id, int limit,
	struct figure_correction **out, size_t *n, struct error *err);

/* A date on which something about the strategy changed, drawn as a line in trends. */
struct figure_mark {
	const char *id, *date, *label; /* date "YYYY-MM-DD" */
};
bool figures_marks(struct db *db, struct arena *a, const char *space_id, struct figure_mark **out, size_t *n,
	struct error *err);
bool figures_mark_add(struct db *w, const char *space_id, const char *date, const char *label, struct error *err);
bool figures_mark_remove(struct db *w, const char *space_id, const char *id, struct error *err);

/* Yearly counts that were published by others (the FBI), for comparison; open to all. */
struct public_place {
	const char *place;       /* slug: of a jurisdiction's space, or a name of its own */
	struct figure *figures;  /* of the indicator and of "population"; yearly */
	size_t n;
};
bool figures_public(struct db *db, struct arena *a, const char *indicator, int first_year, int last_year,
	struct public_place **out, size_t *n, struct error *err);
/* Replaces what is stored of one place. Within a write of the system. */
bool figures_public_save(struct db *w, const char *place, const struct figure_change *figures, size_t n,
	const char *source, struct error *err);

/* Whether and when, for completeness: of the viewer's own space, and of all spaces for
 * the national office's editors. */
struct figure_presence {
	const char *space_id, *indicator;
	struct period period;
	int64_t first_us;
};
/* Figures of periods from `first` on, by space. */
bool figures_presence(struct db *db, struct arena *a, struct period first, struct figure_presence **out, size_t *n,
	struct error *err);

#endif
