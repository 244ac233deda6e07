/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The directory's map, and what is typed that goes into filters and names:
 * the first byte says which. */
#include <ldap.h>
#include <string.h>
#include "directory_map.h"
#include "directory_text.h"
#include "fuzz.h"

const char *const fuzz_target = "directory";

static int hex(char c)
{
	return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Back again what a server reads: \xx is a byte, all else is itself. */
static void check_filter(struct arena *a, const char *s, size_t n)
{
	struct buf b = BUF_INIT;
	char *back = arena_alloc(a, n + 1);
	size_t got = 0;

	directory_escape_filter(&b, s, n);
	for (const char *p = buf_text(&b); *p; got++) {
		PROMISE(got < n && !strchr("*()", *p) && (unsigned char)*p >= 0x20 && (unsigned char)*p < 0x7f);
		if (*p == '\\') {
			PROMISE(hex(p[1]) >= 0 && hex(p[2]) >= 0);
			back[got] = (char)(hex(p[1]) * 16 + hex(p[2]));
			p += 3;
		} else {
			back[got] = *p++;
		}
	}
	PROMISE(got == n && memcmp(back, s, n) == 0);
	buf_finish(&b);
}

/* libldap's own parser must find one part with exactly that value. */
static void check_name(struct arena *a, const char *s, size_t n)
{
	struct buf b = BUF_INIT;
	LDAPDN dn = NULL;

	buf_str(&b, "uid=");
	directory_escape_dn(&b, s, n);
	buf_str(&b, ",dc=x");
	if (n > 0) {
		PROMISE(ldap_str2dn(buf_text(&b), &dn, LDAP_DN_FORMAT_LDAPV3) == LDAP_SUCCESS);
		PROMISE(dn[0] && dn[1] && !dn[2] && dn[0][0] && !dn[0][1]);
		PROMISE(dn[0][0]->la_value.bv_len == n && memcmp(dn[0][0]->la_value.bv_val, s, n) == 0);
		ldap_dnfree(dn);
	}
	char *normal = directory_dn_normal(a, buf_text(&b));
	char *again = normal ? directory_dn_normal(a, normal) : NULL;
	PROMISE(!normal || (again && strcmp(normal, again) == 0));
	buf_finish(&b);
}

static void check_map(struct arena *a, const char *s, size_t n)
{
	struct directory_map *m = NULL;
	struct error err = { 0 };
	struct directory_person p = { 0 };
	struct directory_grants grants;
	size_t count;

	if (!directory_map_parse(s, n, "map", &m, &err)) {
		PROMISE(err.kind == ERROR_INVALID && strncmp(err.text, "map:", 4) == 0);
		return;
	}
	const struct directory_rule *rules = directory_map_rules(m, &count);
	for (size_t i = 0; i < count; i++) {
		PROMISE(rules[i].line > 0);
		PROMISE(!rules[i].space || (rules[i].role >= ROLE_READER && rules[i].role <= ROLE_SPACE_ADMIN));
		PROMISE(rules[i].kind != RULE_GROUP || rules[i].normal);
		PROMISE(rules[i].kind != RULE_ATTRIBUTE || *rules[i].value);
	}
	directory_map_apply(m, a, &p, NULL, NULL, &grants);
	PROMISE(grants.n <= count);
	directory_map_destroy(m);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *a = arena_create();
	const char *s = (const char *)data + 1, *text;
	const char *holes[8];

	if (size > 0) {
		text = arena_strndup(a, s, size - 1);
		if (data[0] % 4 == 0) {
			check_map(a, s, size - 1);
		} else if (data[0] % 4 == 1) {
			check_filter(a, s, size - 1);
			check_name(a, s, size - 1);
		} else if (data[0] % 4 == 2) {
			char *normal = directory_dn_normal(a, text);

			PROMISE(!normal || directory_dn_normal(a, normal));
			directory_login_ok(text);
		} else {
			directory_filter_ok(text);
			directory_filter_holes(a, text, holes, 8);
			directory_fill(a, text, "*)(", directory_escape_filter);
		}
	}
	arena_destroy(a);
	return 0;
}
