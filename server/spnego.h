/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Desktop sign-on: a browser on a computer that is signed in to the
 * organisation's Kerberos realm proves who its user is with a ticket (RFC 4559).
 * The ticket says the name only; rights come from the directory. Thread-safe. */
#ifndef COMMONWEAL_SPNEGO_H
#define COMMONWEAL_SPNEGO_H
#include <stdbool.h>
#include "arena.h"
#include "error.h"
#include "options.h"

struct spnego;

extern const struct option_def spnego_options[];

/* *out is NULL when spnego-keytab is empty. */
bool spnego_create(const struct options *o, struct spnego **out, struct error *err);
void spnego_destroy(struct spnego *s);

enum spnego_result {
	SPNEGO_YES,    /* *login is who it is */
	SPNEGO_NO,     /* the ticket is not good */
	SPNEGO_STRANGE /* a good ticket, of someone who is no person of our realm */
};

/* header: the value of Authorization. *login: lower case, without the realm;
 * *reply: for WWW-Authenticate, or NULL; *reason: for the log. All in the arena. */
enum spnego_result spnego_accept(struct spnego *s, struct arena *a, const char *header, const char **login,
	const char **reply, const char **reason);
/* Does the header carry a ticket at all? */
bool spnego_offered(const char *header);
/* "anna" for "anna@EXAMPLE.ORG" when that is the realm, else NULL; so too for
 * services ("HTTP/host@...") and escaped characters. */
const char *spnego_login(struct arena *a, const char *principal, const char *realm);

#endif
