/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What other modules use of this one. */
#ifndef COMMONWEAL_JURISDICTIONS_H
#define COMMONWEAL_JURISDICTIONS_H
#include "module.h"

/* The map of those among the spaces that have a place; *unplaced (or NULL)
 * counts the others. */
struct markup jurisdictions_map(struct request *rq, const char *label, bool links, const struct space *spaces,
	size_t n, size_t *unplaced);

#endif
