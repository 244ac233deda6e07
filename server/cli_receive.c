/* SPDX-License-Identifier: GPL-3.0-or-later */
/* commonweal receive: what a mail system pipes mail for mail-reply-address to. */
#include <stdio.h>
#include <string.h>
#include "buf.h"
#include "cli.h"
#include "reply.h"
#include "store.h"

#define MESSAGE_MAX ((size_t)10 << 20)
#define EX_TEMPFAIL 75 /* sysexits.h: the mail system tries again */

struct receipt {
	const struct engine *engine;
	struct arena *arena;
	struct reply_mail mail;
	const char *recipient, *why;
	bool cut;
	enum reply_verdict verdict;
};

static bool write_receipt(struct db *w, void *arg, struct error *err)
{
	struct receipt *r = arg;

	return reply_receive(w, r->engine, r->arena, &r->mail, r->recipient, r->cut, &r->verdict, &r->why, err);
}

static void read_message(struct buf *message, bool *cut)
{
	char part[4096];
	size_t got;

	/* The rest is read too, or the mail system would see a broken pipe and keep the mail. */
	while ((got = fread(part, 1, sizeof part, stdin)) > 0)
		if (message->len + got <= MESSAGE_MAX)
			buf_add(message, part, got);
		else
			*cut = true;
}

/* Mail that is not accepted is no failure: the mail system must not return it to whom it names. */
int run_receive(struct engine *e, int argc, char **argv)
{
	struct receipt r = { .engine = e, .arena = arena_create(), .recipient = argc > 0 ? argv[0] : NULL };
	struct buf message = BUF_INIT;
	struct error err = { 0 };
	int code = 0;

	read_message(&message, &r.cut);
	if (!reply_mail_parse(r.arena, buf_text(&message), message.len, options_string(e->options, "mail-authserv-id"), &r.mail,
		&err)) {
		printf("Left alone: %s\n", err.text);
	} else if (!store_write_aside(e->store, &viewer_system, write_receipt, &r, &err)) {
		cli_fail(&err);
		code = EX_TEMPFAIL;
	} else {
		printf(r.verdict == REPLY_QUEUED ? "Accepted: %s.\n" : r.verdict == REPLY_REFUSED ? "Refused: %s\n" : "Left alone: %s.\n",
			r.why);
	}
	buf_finish(&message);
	arena_destroy(r.arena);
	return code;
}
