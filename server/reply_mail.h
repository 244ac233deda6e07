/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reads mail that people send: MIME by GMime, the mail system's verdict on who
 * sent it (Authentication-Results, RFC 8601), and of the text what they wrote
 * themselves. Only the administration command does this: the server's process
 * never sees a message of strangers. */
#ifndef COMMONWEAL_REPLY_MAIL_H
#define COMMONWEAL_REPLY_MAIL_H
#include <stdbool.h>
#include <stddef.h>
#include "arena.h"
#include "error.h"

/* First line of mails that can be answered. ASCII, so that no program that quotes it changes it. */
#define REPLY_LINE "## Write your answer above this line ##"
#define REPLY_TEXT_MAX 100000 /* bytes of what was written; more is not kept */

enum reply_dmarc {
	REPLY_DMARC_UNSAID = 0, /* no trusted header says anything, or two contradict each other */
	REPLY_DMARC_PASS,       /* it is of the From address's domain */
	REPLY_DMARC_NONE,       /* the domain has no such record, so nothing was proven */
	REPLY_DMARC_FAIL
};

struct reply_mail {
	const char *from;       /* the one address, lower case; NULL: none, or several */
	const char *message_id; /* without <>; or NULL */
	const char *const *to;  /* addresses that the header names as receivers, lower case */
	size_t n_to;
	enum reply_dmarc dmarc;
	bool automatic;         /* RFC 3834 and what came before it: answers itself, or is no answer */
	const char *text;       /* what was written, valid UTF-8, maybe "" */
	bool too_long;          /* text was cut at REPLY_TEXT_MAX */
	bool attached;          /* it had files or pictures, too */
};

/* Reads a message. authserv_id: whose Authentication-Results count ("mx.example.org"); "": nobody's.
 * ERROR_INVALID: no message at all. */
bool reply_mail_parse(struct arena *a, const char *message, size_t n, const char *authserv_id, struct reply_mail *out,
	struct error *err);
/* One header field's verdict on From's domain, for reply_mail_parse; REPLY_DMARC_UNSAID: says nothing of it, or is
 * not that server's. */
enum reply_dmarc reply_mail_verdict(struct arena *a, const char *field, const char *authserv_id, const char *domain);
/* What was written above, below and between what was quoted, without a signature. */
char *reply_mail_own(struct arena *a, const char *text);
/* Text of an HTML page, without what was quoted. */
char *reply_mail_html(struct arena *a, const char *html, size_t n);

#endif
