/* SPDX-License-Identifier: GPL-3.0-or-later */
/* attack [PAIRS [SEED]] <statements.json: attacks what was published (README.md here).
 * Prints one line of JSON; ends with 0 if nothing was learned, 1 if something was, 2
 * if the input is no good. */
#include <stdlib.h>
#include "attacker.h"

int main(int argc, char **argv)
{
	struct attack_result r;
	struct attack *a;

	if (!attack_load(stdin, &a)) {
		fputs("attack: the input is not as tests/attack/README.md says\n", stderr);
		return 2;
	}
	attack_run(a, argc > 1 ? strtoul(argv[1], NULL, 10) : 0, argc > 2 ? (unsigned)strtoul(argv[2], NULL, 10) : 1, &r);
	attack_destroy(a);
	printf("{\"tests\":%zu,\"breaches\":%zu,\"exact\":%zu,\"learned\":%zu,\"programs\":%zu,\"narrowest\":{\"member\":%u,"
		"\"coalition\":[%u,%u],\"period\":%d,\"truth\":%.0f,\"low\":%.0f,\"high\":%.0f}}\n", r.tests, r.breaches,
		r.exact, r.learned, r.programs, r.member, r.coalition[0], r.coalition[1], r.period, r.truth, r.low, r.high);
	return r.breaches || r.learned;
}
