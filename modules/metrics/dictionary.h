/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The dictionary of indicators: content/indicators/indicators.xml, checked
 * against schemas/dictionary/indicators.rng when the server starts. */
#ifndef COMMONWEAL_DICTIONARY_H
#define COMMONWEAL_DICTIONARY_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "error.h"

#define INDICATORS_MAX 15

enum indicator_family { INDICATOR_OUTCOME, INDICATOR_FIDELITY, INDICATOR_DENOMINATOR };
enum indicator_direction { INDICATOR_LOWER, INDICATOR_HIGHER, INDICATOR_NONE }; /* which way is better */

struct indicator {
	const char *id, *label, *unit, *definition, *source;
	const char *notes;          /* joined by newlines, or NULL */
	enum indicator_family family;
	enum indicator_direction direction;
	bool per_population;        /* also shown as a rate per 100,000 people */
	const struct indicator *part_of; /* a part of this one: never above it; or NULL */
	bool public_yearly;         /* its yearly total is published anyway */
	int due_days;               /* after the end of the period */
	int64_t most;               /* for a month; twelve times that for a year */
};

struct dictionary {
	int version;
	const char *adopted;        /* "YYYY-MM-DD" */
	size_t n;
	struct indicator indicators[INDICATORS_MAX];
	struct arena *arena;        /* of the texts */
};

/* Errors name file and line. NULL on failure. */
struct dictionary *dictionary_load(const char *path, const char *schema_path, struct error *err);
void dictionary_destroy(struct dictionary *d);
const struct indicator *dictionary_find(const struct dictionary *d, const char *id); /* or NULL */

#endif
