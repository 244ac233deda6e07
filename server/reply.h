/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Answers by e-mail. A mail that can be answered has a Reply-To address with a
 * token, which stands for one person and the one thing that the mail was about.
 * Of the token (130 random bits) only the SHA-256 is stored; it ends after a time
 * (option mail-reply-lifetime). `commonweal receive` reads what comes to such
 * addresses (reply_mail.h) and queues what is accepted; the server then hands it
 * to the module as that person, with the rights the person has at that moment.
 *
 * The token is not enough: the From address must be the account's own, and the
 * mail system must have found that the mail is of that domain (DMARC). Who sends
 * something that is not accepted is told so by mail only if that is proven, or if
 * the domain proves nothing (no DMARC record), and then at the address that the
 * network knows: never somewhere that a forger named. */
#ifndef COMMONWEAL_REPLY_H
#define COMMONWEAL_REPLY_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "account.h"
#include "engine.h"
#include "error.h"
#include "job.h"
#include "migrate.h"
#include "options.h"
#include "reply_mail.h"
#include "store.h"

/* What can be answered by mail; a module's table ends with name NULL. */
struct reply_kind {
	const char *name; /* a word, unique: "post" */
	/* Takes the answer in, on the job thread. The viewer of db is the person, so that views say what may still be
	 * read and done; writes go through store_write as on a page. text: what was written, plain, without what was
	 * quoted and without the signature; never empty. On ERROR_INVALID, DENIED, NOT_FOUND, CONFLICT and TOO_LARGE the
	 * person is told err->text by mail; after another failure it is called again later. */
	bool (*take)(struct engine *e, struct db *db, struct arena *a, const struct account *who, const char *about,
		const char *text, struct error *err);
};

extern const struct migration reply_migrations[];
extern const struct option_def reply_options[];
extern const struct job_kind reply_jobs[];

/* Reads the options once, at start; an error names the option. */
bool reply_check(const struct engine *e, struct error *err);
/* The address that the account can answer to: for reply_to of a mail. *address NULL: answers by mail are off
 * (option mail-reply-address), so the mail should not invite any. Makes a token by a write of its own: so not
 * within one, and once a mail. A mail with such an address begins with the line REPLY_LINE (reply_mail.h), below
 * which nothing is taken in. */
bool reply_address(struct engine *e, struct arena *a, const char *account_id, const char *kind, const char *about,
	const char **address, struct error *err);

enum reply_verdict {
	REPLY_QUEUED = 1, /* the server takes it in */
	REPLY_AGAIN,      /* this message came before */
	REPLY_AUTOMATIC,  /* an answering machine, a list, a report */
	REPLY_UNKNOWN,    /* no address of ours, or its person is gone */
	REPLY_UNPROVEN,   /* forged, or nobody checked */
	REPLY_REFUSED     /* the person is told why */
};
/* Decides about a message that came. recipient: where the mail system delivered it; NULL: as its header says. cut:
 * it was too large to be read whole. *why, for people who run the server. Within a write. */
bool reply_receive(struct db *w, const struct engine *e, struct arena *a, const struct reply_mail *m,
	const char *recipient, bool cut, enum reply_verdict *verdict, const char **why, struct error *err);

#endif
