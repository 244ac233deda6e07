/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Shared by the disclosure_*.c files only. */
#ifndef COMMONWEAL_DISCLOSURE_RUN_H
#define COMMONWEAL_DISCLOSURE_RUN_H
#include "disclosure.h"

/* The whole numbers of events that a rate in the range stands for. */
struct disclosure_bounds {
	double low, high; /* low <= events <= high */
};
struct disclosure_bounds disclosure_events(struct disclosure_range r, double scale, double exposure);
/* Sum over the periods of a contributor. */
double disclosure_count(const struct disclosure_release *r, size_t cell, size_t i);
double disclosure_exposure(const struct disclosure_release *r, size_t cell, size_t i);
/* How far the attacker's guess may be off, to each side. */
double disclosure_prior(double count);
/* The width that must remain around a count. */
double disclosure_protection(double count);

/* Withholds what must be so that withheld cells do not follow from the others, at the
 * least cost (contributors hidden). */
void disclosure_complement(struct disclosure_release *r, struct arena *a);

#endif
