/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Text that goes into LDAP filters and distinguished names. */
#include "directory_text.h"
#include <ctype.h>
#include <ldap.h>
#include <stdlib.h>
#include <string.h>
#include "text.h"

#define HOLE "{login}"

void directory_escape_filter(struct buf *out, const char *s, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		unsigned char c = (unsigned char)s[i];

		if (c < 0x20 || c >= 0x7f || strchr("*()\\", c))
			buf_printf(out, "\\%02x", c);
		else
			buf_char(out, (char)c);
	}
}

void directory_escape_dn(struct buf *out, const char *s, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		unsigned char c = (unsigned char)s[i];
		bool edge = (i == 0 && (c == ' ' || c == '#')) || (i + 1 == n && c == ' ');

		if (c < 0x20 || c >= 0x7f || edge)
			buf_printf(out, "\\%02x", c);
		else if (strchr("\"+,;<>\\=", c))
			buf_printf(out, "\\%c", c);
		else
			buf_char(out, (char)c);
	}
}

char *directory_fill(struct arena *a, const char *template, const char *login,
	void (*escape)(struct buf *out, const char *s, size_t n))
{
	struct buf out = BUF_INIT;
	const char *s = template, *hole;
	char *filled;

	while ((hole = strstr(s, HOLE))) {
		buf_add(&out, s, (size_t)(hole - s));
		escape(&out, login, strlen(login));
		s = hole + sizeof HOLE - 1;
	}
	buf_str(&out, s);
	filled = arena_strdup(a, buf_text(&out));
	buf_finish(&out);
	return filled;
}

/* ---- distinguished names ---- */

/* Is every value there? libldap takes "cn=" and some spellings of nothing. */
static bool complete(const LDAPDN dn)
{
	for (const LDAPRDN *rdn = dn; *rdn; rdn++)
		for (LDAPAVA *const *ava = *rdn; *ava; ava++)
			if ((*ava)->la_value.bv_len == 0 || (*ava)->la_attr.bv_len == 0)
				return false;
	return true;
}

/* One part as "type=value", the value escaped. */
static char *part_normal(struct arena *a, const LDAPAVA *ava)
{
	struct buf value = BUF_INIT, out = BUF_INIT;
	const char *s = ava->la_value.bv_val;
	size_t n = ava->la_value.bv_len;
	char *part;

	for (size_t i = 0; i < ava->la_attr.bv_len; i++)
		buf_char(&out, (char)tolower((unsigned char)ava->la_attr.bv_val[i]));
	buf_char(&out, '=');
	if (ava->la_flags & LDAP_AVA_BINARY) {
		buf_char(&out, '#');
		for (size_t i = 0; i < n; i++)
			buf_printf(&out, "%02x", (unsigned char)s[i]);
	} else {
		for (size_t i = 0; i < n; i++) {
			if (s[i] == ' ' && (value.len == 0 || i + 1 == n || s[i + 1] == ' '))
				continue;
			buf_char(&value, (char)(isascii((unsigned char)s[i]) ? tolower((unsigned char)s[i]) : s[i]));
		}
		if (value.len == 0)
			buf_char(&value, ' '); /* nothing but spaces */
		directory_escape_dn(&out, buf_text(&value), value.len);
	}
	part = arena_strdup(a, buf_text(&out));
	buf_finish(&value);
	buf_finish(&out);
	return part;
}

static int compare_parts(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

char *directory_dn_normal(struct arena *a, const char *dn)
{
	struct buf out = BUF_INIT;
	LDAPDN parsed = NULL;
	char *normal;

	if (!dn || !*dn || ldap_str2dn(dn, &parsed, LDAP_DN_FORMAT_LDAPV3) != LDAP_SUCCESS || !parsed ||
		!complete(parsed)) {
		ldap_dnfree(parsed);
		return NULL;
	}
	for (LDAPRDN *rdn = parsed; *rdn; rdn++) {
		size_t n = 0;

		while ((*rdn)[n])
			n++;
		char **parts = arena_array(a, n, sizeof *parts);
		for (size_t i = 0; i < n; i++)
			parts[i] = part_normal(a, (*rdn)[i]);
		qsort(parts, n, sizeof *parts, compare_parts);
		for (size_t i = 0; i < n; i++)
			buf_printf(&out, "%s%s", i ? "+" : out.len ? "," : "", parts[i]);
	}
	ldap_dnfree(parsed);
	normal = arena_strdup(a, buf_text(&out));
	buf_finish(&out);
	return normal;
}

/* ---- logins and filters ---- */

bool directory_login_ok(const char *login)
{
	size_t n = login ? strlen(login) : 0;

	if (n == 0 || n > DIRECTORY_LOGIN_MAX || !text_is_utf8(login, n) || login[0] == ' ' ||
		login[n - 1] == ' ' || strstr(login, "  "))
		return false;
	for (const char *s = login; *s; s++)
		if ((unsigned char)*s < 0x20 || *s == 0x7f)
			return false;
	return true;
}

size_t directory_filter_holes(struct arena *a, const char *filter, const char **attributes, size_t max)
{
	size_t n = 0;

	for (const char *hole = filter; (hole = strstr(hole, HOLE)); hole += sizeof HOLE - 1, n++) {
		const char *end = hole > filter && hole[-1] == '=' ? hole - 1 : NULL, *s = end;

		while (s && s > filter && (isalnum((unsigned char)s[-1]) || s[-1] == '-' || s[-1] == '.'))
			s--;
		if (n < max)
			attributes[n] = s && s > filter && s[-1] == '(' && s < end && hole[sizeof HOLE - 1] == ')' ?
				arena_strndup(a, s, (size_t)(end - s)) : NULL;
	}
	return n;
}

bool directory_filter_ok(const char *filter)
{
	size_t depth = 0;

	if (*filter != '(')
		return false;
	for (const char *s = filter; *s; s++) {
		if (*s == '(')
			depth++;
		else if (*s == ')' && depth-- == 0)
			return false;
		if (depth == 0 && s[1] != '\0')
			return false;
		if (depth > 50)
			return false;
	}
	return depth == 0;
}
