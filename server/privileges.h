/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Giving up root, and every other right of the process that it does not need. */
#ifndef COMMONWEAL_PRIVILEGES_H
#define COMMONWEAL_PRIVILEGES_H
#include <stdbool.h>
#include "error.h"
#include "options.h"

extern const struct option_def privileges_options[];

/* Becomes the user of option run-as when started as root, for good; gives up all
 * capabilities. Refuses to stay root unless run-as says root, and to go on as a
 * user who cannot use the data file. Call while there is one thread. */
bool privileges_drop(const struct options *o, struct error *err);

#endif
