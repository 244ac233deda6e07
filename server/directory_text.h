/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Text that goes into LDAP filters and distinguished names, so that nothing
 * typed can change their meaning; and names in one spelling. */
#ifndef COMMONWEAL_DIRECTORY_TEXT_H
#define COMMONWEAL_DIRECTORY_TEXT_H
#include <stdbool.h>
#include "arena.h"
#include "buf.h"

#define DIRECTORY_LOGIN_MAX 255

/* Adds a value for a filter (RFC 4515, 3): all but plain characters as \xx. */
void directory_escape_filter(struct buf *out, const char *s, size_t n);
/* Adds a value for a distinguished name (RFC 4514, 2.4). */
void directory_escape_dn(struct buf *out, const char *s, size_t n);
/* The template with each {login} replaced by what escape makes of the login. */
char *directory_fill(struct arena *a, const char *template, const char *login,
	void (*escape)(struct buf *out, const char *s, size_t n));
/* One spelling for names that mean the same: ASCII in lower case, single
 * spaces, parts of a joined name in order. NULL if it is no name. */
char *directory_dn_normal(struct arena *a, const char *dn);
/* A login that may be asked for: UTF-8 without control characters, 1 to 255
 * bytes, no space at an end nor two in a row. */
bool directory_login_ok(const char *login);
/* The attributes compared with {login} in a filter: "uid" and "mail" of
 * (|(uid={login})(mail={login})); at most max, NULL for what is not a plain
 * comparison. Returns how many holes there are. */
size_t directory_filter_holes(struct arena *a, const char *filter, const char **attributes, size_t max);
/* Parentheses that match, and no text outside; fuller checks are the server's. */
bool directory_filter_ok(const char *filter);

#endif
