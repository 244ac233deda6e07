/* SPDX-License-Identifier: GPL-3.0-or-later */
/* commonweal bounce: what a mail system pipes mail for mail-from to. */
#include <stdio.h>
#include <string.h>
#include "bounce.h"
#include "buf.h"
#include "cli.h"
#include "store.h"

#define MESSAGE_MAX ((size_t)1 << 20)
#define EX_TEMPFAIL 75 /* sysexits.h: the mail system tries again */

struct noting {
	struct arena *arena;
	struct bounce bounce;
	const char *address;
	bool done;
};

static bool write_note(struct db *w, void *arg, struct error *err)
{
	struct noting *n = arg;

	return bounce_note(w, n->arena, &n->bounce, &n->done, err);
}

static bool write_clear(struct db *w, void *arg, struct error *err)
{
	struct noting *n = arg;

	return bounce_clear(w, n->address, &n->done, err);
}

static int clear(struct engine *e, const char *address)
{
	struct noting n = { .address = address };
	struct error err = { 0 };

	if (!store_write_aside(e->store, &viewer_system, write_clear, &n, &err))
		return cli_fail(&err);
	printf(n.done ? "%s gets mail again.\n" : "No mail to %s came back.\n", address);
	return n.done ? 0 : 1;
}

/* Mail that is no such report is no failure: the mail system must not return it. */
int run_bounce(struct engine *e, int argc, char **argv)
{
	struct buf message = { .limit = MESSAGE_MAX };
	struct noting n = { .arena = NULL };
	struct error err = { 0 };
	char part[4096];
	int code = 0;
	size_t got;

	if (argc == 2 && strcmp(argv[0], "--clear") == 0)
		return clear(e, argv[1]);
	if (argc != 0) {
		error_set(&err, ERROR_INVALID, "Use: commonweal bounce < MESSAGE, or commonweal bounce --clear ADDRESS");
		return cli_fail(&err);
	}
	while (!message.failed && (got = fread(part, 1, sizeof part, stdin)) > 0)
		buf_add(&message, part, got);
	n.arena = arena_create();
	if (!bounce_parse(n.arena, buf_text(&message), message.len, &n.bounce, &err)) {
		printf("Left alone: %s\n", err.text);
	} else if (!store_write_aside(e->store, &viewer_system, write_note, &n, &err)) {
		cli_fail(&err);
		code = EX_TEMPFAIL;
	} else {
		printf(n.done ? "Counted: %s (%s)\n" : "Left alone: %s (%s)\n", n.bounce.address, n.bounce.status);
	}
	buf_finish(&message);
	arena_destroy(n.arena);
	return code;
}
