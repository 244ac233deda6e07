/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Mail over SMTP by libcurl, through the job queue. TLS is required and checked
 * unless the server is on the loopback address. */
#ifndef COMMONWEAL_MAIL_H
#define COMMONWEAL_MAIL_H
#include <stdbool.h>
#include "engine.h"
#include "error.h"
#include "job.h"
#include "options.h"
#include "store.h"

extern const struct option_def mail_options[];
extern const struct job_kind mail_jobs[];

struct mail {
	const char *to;      /* one address */
	const char *subject; /* any UTF-8; one line */
	const char *text;    /* plain text, lines ended by \n */
	const char *key;     /* of two with the same key only the first is sent; or NULL */
	/* Only of mail_deliver; each may be NULL: */
	const char *html;    /* the same as a page; then text and html are alternatives */
	const char *calendar, *method; /* an iTIP message (RFC 5546, 6047) and its METHOD */
	const char *list_id; /* RFC 2919: "event-reminders"; the domain of mail-from is added */
	const char *list_name;
	const char *reply_to;    /* address that answers go to */
	const char *thread;      /* an id: mails with the same one are shown together */
	const char *unsubscribe; /* address that takes the POST of RFC 8058 */
};

/* Is a mail server set (option mail-server)? Without one mail_queue says so. */
bool mail_configured(const struct engine *e);
/* Is this one address that can be mailed (RFC 5321 mailbox, without quoting)? */
bool mail_address_ok(const char *address);
/* Within a write: the message is sent if, and only if, the write is kept. The
 * text is removed from the database once it was sent or given up. Call
 * jobs_wake(e->jobs) after the write. ERROR_INVALID for a bad address. */
bool mail_queue(struct db *w, const struct mail *m, struct error *err);
/* Sends a message at once; for a job's run. id: of the job, and of the message at
 * every attempt, so that one sent twice is seen to be one. An address that mail
 * came back from (bounce.h) is JOB_HOPELESS. */
enum job_result mail_deliver(const struct engine *e, struct db *db, struct arena *a, const char *id,
	const struct mail *m, struct error *err);
/* Reads the options once, at start; an error names the option. */
bool mail_check(const struct engine *e, struct error *err);
/* Sends a test message at once, without the queue: `commonweal mail ADDRESS`. */
bool mail_test(const struct engine *e, const char *to, struct error *err);

#endif
