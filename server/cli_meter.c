/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How far a long command is. */
#include <stdio.h>
#include <unistd.h>
#include "cli.h"

struct meter meter_begin(bool always)
{
	bool terminal = isatty(STDERR_FILENO);

	return (struct meter){ .terminal = terminal, .silent = !terminal && !always };
}

void meter_show(const char *what, int64_t done, int64_t total, void *arg)
{
	struct meter *m = arg;
	int64_t step = total > 0 ? done * 10 / total : done / 100;
	bool fresh = m->what != what;

	if (m->silent || (!fresh && step == m->tenth))
		return;
	if (fresh && m->what && m->terminal)
		fputc('\n', stderr);
	m->what = what;
	m->tenth = step;
	fprintf(stderr, m->terminal ? "\r%s: " : "%s: ", what);
	if (total > 0)
		fprintf(stderr, "%lld %%", (long long)step * 10);
	else
		fprintf(stderr, "%lld", (long long)done);
	fputs(m->terminal ? "  " : "\n", stderr);
	fflush(stderr);
}

void meter_end(const struct meter *m)
{
	if (m->what && m->terminal)
		fputc('\n', stderr);
}
