/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How a command says that it failed; in the library, for modules have commands. */
#include <stdio.h>
#include "cli.h"

int cli_fail(const struct error *err)
{
	fprintf(stderr, "commonweal: %s\n", err->text);
	if (err->detail[0])
		fprintf(stderr, "  (%s)\n", err->detail);
	return 1;
}
