/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Finding a person, checking the password, collecting the groups. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include "directory_run.h"
#include "directory_text.h"
#include "text.h"

static const char *const no_attributes[] = { LDAP_NO_ATTRS, NULL };

/* ---- the person ---- */

struct found {
	struct directory_person person;
	int n;
	bool spelled; /* some value compared with the login is the login */
	const char *login;
	struct directory_group **groups;
	size_t n_groups, room;
};

static void compare_login(struct run *r, const char *value, void *arg)
{
	struct found *f = arg;

	(void)r;
	f->spelled = f->spelled || text_equal_nocase(value, f->login);
}

static struct directory_group *add_group(struct run *r, struct found *f, const char *dn,
	const struct directory_group *via)
{
	const char *normal = directory_dn_normal(r->arena, dn);
	struct directory_group *g;

	if (!normal || f->n_groups >= GROUPS_MAX)
		return NULL;
	for (size_t i = 0; i < f->n_groups; i++)
		if (strcmp(f->groups[i]->normal, normal) == 0)
			return NULL; /* known: a cycle, or a second way to it */
	if (f->n_groups == f->room) {
		struct directory_group **more = arena_array(r->arena, f->room * 2 + 16, sizeof *more);

		if (f->n_groups)
			memcpy(more, f->groups, f->n_groups * sizeof *more);
		f->groups = more;
		f->room = f->room * 2 + 16;
	}
	g = arena_alloc(r->arena, sizeof *g);
	*g = (struct directory_group){ .dn = dn, .normal = normal, .via = via };
	f->groups[f->n_groups++] = g;
	return g;
}

static void own_group(struct run *r, const char *dn, void *arg)
{
	add_group(r, arg, dn, NULL);
}

/* Windows counts in 100 ns since 1601; 0 and the largest number mean never. */
static bool windows_time_past(const char *text)
{
	long long ticks = strtoll(text, NULL, 10);

	return ticks > 0 && ticks != INT64_MAX && ticks / 10 - INT64_C(11644473600000000) < clock_now_us();
}

/* What servers say of an account that is closed for good. A lock for a while,
 * after wrong passwords, is none: anyone could bring it about. */
static bool is_disabled(struct run *r, LDAPMessage *entry)
{
	const char *control = wire_text(r, entry, "userAccountControl");
	const char *expires = wire_text(r, entry, "accountExpires");
	const char *locked = wire_text(r, entry, "pwdAccountLockedTime");
	const char *inactive = wire_text(r, entry, "nsAccountLock");

	return (control && (strtol(control, NULL, 10) & 2)) || (expires && windows_time_past(expires)) ||
		(locked && strcmp(locked, "000001010000Z") == 0) || (inactive && strcasecmp(inactive, "true") == 0);
}

struct collected {
	struct directory_person *person;
	const char *attribute;
};

static void keep_value(struct run *r, const char *value, void *arg)
{
	struct collected *c = arg;
	struct directory_person *p = c->person;

	if (p->n_values % 16 == 0) {
		struct directory_value *more = arena_array(r->arena, p->n_values + 16, sizeof *more);

		if (p->n_values)
			memcpy(more, p->values, p->n_values * sizeof *more);
		p->values = more;
	}
	p->values[p->n_values++] = (struct directory_value){ c->attribute, value };
}

static bool read_person(struct run *r, LDAPMessage *entry, void *arg)
{
	struct directory *d = r->d;
	struct found *f = arg;
	struct directory_person *p = &f->person;

	if (f->n++)
		return true; /* one is enough to know that it is ambiguous */
	p->dn = wire_dn(r, entry);
	p->login = wire_text(r, entry, d->attr_login);
	p->name = wire_text(r, entry, d->attr_name);
	p->mail = wire_text(r, entry, d->attr_mail);
	p->id = *d->attr_id ? wire_id(r, entry, d->attr_id) : directory_dn_normal(r->arena, p->dn);
	p->disabled = is_disabled(r, entry);
	for (size_t i = 0; i < d->n_compared; i++)
		wire_texts(r, entry, d->compared[i], compare_login, f);
	if (d->group_styles & GROUPS_MEMBEROF)
		wire_texts(r, entry, "memberOf", own_group, f);
	for (const char *const *name = directory_map_attributes(d->map); *name; name++)
		wire_texts(r, entry, *name, keep_value, &(struct collected){ p, *name });
	return true;
}

static void answer_no(struct directory_answer *out, const char *reason)
{
	out->result = DIRECTORY_NO;
	out->reason = reason;
}

static enum step find(struct run *r, const char *base, int scope, const char *filter, const char *login,
	bool check_spelling, struct directory_answer *out)
{
	struct directory *d = r->d;
	struct found f = { .login = login };
	bool more = false, absent = false;
	struct wire_search s = { .base = base, .scope = scope, .filter = filter, .attributes = d->attributes,
		.limit = 1, .more = &more, .absent = &absent, .fn = read_person, .arg = &f };

	say(r, "Looking %s %s for %s", scope == LDAP_SCOPE_BASE ? "at" : "below", base, filter);
	if (wire_search(r, &s) != STEP_DONE)
		return STEP_FAILED;
	if (absent && scope == LDAP_SCOPE_SUBTREE)
		return trouble(r, "ldap-base %s does not exist there, or cannot be read", base);
	answer_no(out, f.n == 0 ? "no entry" : "more than one entry");
	out->absent = f.n == 0;
	if (f.n == 0)
		say(r, "No entry was found.");
	else if (more || f.n > 1)
		say(r, "More than one entry was found, so it is not known who this is.");
	else if (!f.person.id || !f.person.login)
		say(r, "The entry %s has no %s, so it cannot be used.", f.person.dn,
			f.person.login ? d->attr_id : d->attr_login);
	else if (check_spelling && d->compare_all && !f.spelled)
		say(r, "The entry %s was found, but none of its values is spelled like that.", f.person.dn);
	if (f.n != 1 || more)
		return STEP_DONE;
	out->reason = !f.person.login ? "entry without a login" : !f.person.id ? "entry without an id" :
		"login spelled otherwise";
	if (!f.person.id || !f.person.login || (check_spelling && d->compare_all && !f.spelled))
		return STEP_DONE;
	say(r, "Found %s: login %s, name %s, mail %s, id %s.", f.person.dn, f.person.login,
		f.person.name ? f.person.name : "(none)", f.person.mail ? f.person.mail : "(none)", f.person.id);
	if (f.person.disabled)
		say(r, "The directory says that this account is disabled.");
	out->result = DIRECTORY_YES;
	out->reason = "found";
	out->person = f.person;
	out->person.groups = f.groups;
	out->person.n_groups = f.n_groups;
	return STEP_DONE;
}

enum step find_by_login(struct run *r, const char *login, struct directory_answer *out)
{
	struct directory *d = r->d;
	const char *filter = directory_fill(r->arena, d->user_filter, login, directory_escape_filter);

	if (*d->user_dn)
		return find(r, directory_fill(r->arena, d->user_dn, login, directory_escape_dn), LDAP_SCOPE_BASE,
			filter, login, true, out);
	return find(r, d->base, LDAP_SCOPE_SUBTREE, filter, login, true, out);
}

static void any_value(struct buf *out, const char *s, size_t n)
{
	(void)s;
	(void)n;
	buf_char(out, '*');
}

/* "hex:0a1b" as \0a\1b, other text escaped. */
static void add_id(struct buf *out, const char *id)
{
	size_t n = strlen(id);

	if (strncmp(id, "hex:", 4) != 0 || n % 2 || strspn(id + 4, "0123456789abcdef") != n - 4) {
		directory_escape_filter(out, id, n);
		return;
	}
	for (const char *s = id + 4; *s; s += 2)
		buf_printf(out, "\\%.2s", s);
}

enum step find_by_id(struct run *r, const char *id, const char *login, struct directory_answer *out)
{
	struct directory *d = r->d;
	/* The login may have changed, so any will do; the filter's other conditions still count. */
	const char *rest = directory_fill(r->arena, d->user_filter, "", any_value), *filter;
	struct buf b = BUF_INIT;

	if (!*d->attr_id)
		return find(r, id, LDAP_SCOPE_BASE, rest, login, false, out);
	buf_printf(&b, "(&(%s=", d->attr_id);
	add_id(&b, id);
	buf_printf(&b, ")%s)", rest);
	filter = arena_strdup(r->arena, buf_text(&b));
	buf_finish(&b);
	return find(r, d->base, LDAP_SCOPE_SUBTREE, filter, login, false, out);
}

/* ---- the password ---- */

/* Active Directory gives these only when the password was right, but for the
 * lock (775), which it tells anyone. */
static const char *ad_words(unsigned code)
{
	switch (code) {
	case 0x530:
		return "Your organisation's directory does not let you sign in at this time of day.";
	case 0x531:
		return "Your organisation's directory does not let you sign in from here.";
	case 0x532:
		return "Your password in your organisation's directory has expired. "
			"Change it there, then sign in here again.";
	case 0x533:
	case 0x701:
		return "Your account in your organisation's directory is closed. Please ask its administrator.";
	case 0x773:
		return "You must change your password in your organisation's directory before you can sign in here.";
	default:
		return NULL;
	}
}

static void judge_refusal(const struct bind_answer *said, struct directory_answer *out)
{
	const char *words = said->policy == PP_passwordExpired ? ad_words(0x532) :
		said->policy == PP_changeAfterReset ? ad_words(0x773) : ad_words(said->ad);

	/* A server looks at a lock before the password, so to tell of one would tell
	 * anyone who has an account. An expiry it finds after a right password. */
	out->locked = said->policy == PP_accountLocked || said->ad == 0x775;
	out->result = words ? DIRECTORY_NOT_NOW : DIRECTORY_NO;
	out->words = words;
	out->reason = words ? "right password, refused by policy" : out->locked ? "locked" : "wrong password";
}

static void judge_success(struct run *r, const struct bind_answer *said, struct directory_answer *out)
{
	int days = said->expire / 86400, hours = said->expire / 3600;

	if (said->policy == PP_changeAfterReset) {
		out->result = DIRECTORY_NOT_NOW;
		out->words = ad_words(0x773);
		out->reason = "right password, must be changed";
	} else if (said->grace >= 0) {
		out->notice = arena_printf(r->arena, "grace-%d", said->grace);
		out->words = arena_printf(r->arena, "Your password in your organisation's directory has expired. "
			"It opens %d more sign-in%s; please change it there now.", said->grace, said->grace == 1 ? "" : "s");
	} else if (said->expire >= 0) {
		out->notice = days > 1 ? arena_printf(r->arena, "days-%d", days) :
			arena_printf(r->arena, "hours-%d", hours > 0 ? hours : 1);
		out->words = arena_printf(r->arena, "Your password in your organisation's directory expires in %d %s%s. "
			"Please change it there.", days > 1 ? days : hours > 0 ? hours : 1, days > 1 ? "day" : "hour",
			days > 1 || hours > 1 ? "s" : "");
	}
	if (out->result == DIRECTORY_YES)
		out->reason = "right password";
}

enum step find_password(struct run *r, const char *password, struct directory_answer *out)
{
	struct bind_answer said;
	const char *dn = out->result == DIRECTORY_YES ? out->person.dn :
		arena_printf(r->arena, "cn=no such person,%s", r->d->base);
	enum step step = wire_bind(r, dn, password, &said);

	if (step == STEP_FAILED)
		return step;
	if (out->result != DIRECTORY_YES)
		return STEP_DONE; /* asked only for the same time */
	if (step == STEP_DENIED)
		judge_refusal(&said, out);
	else
		judge_success(r, &said, out);
	if (out->result != DIRECTORY_NO && out->person.disabled) {
		out->result = DIRECTORY_NOT_NOW;
		out->words = ad_words(0x533);
		out->reason = "right password, disabled";
	}
	say(r, "The password is %s.%s%s%s", out->result == DIRECTORY_NO ? "not accepted" : "right",
		out->locked ? " The account is locked; this is not shown to the person." : "",
		out->words ? " Shown to the person: " : "", out->words ? out->words : "");
	return STEP_DONE;
}

/* ---- groups ---- */

/* (member=DN) and the like for a person or group. */
static void add_member_tests(struct buf *b, const struct directory *d, const char *dn, const char *login)
{
	static const struct { int style; const char *name; } by_dn[] = {
		{ GROUPS_MEMBER, "member" }, { GROUPS_UNIQUEMEMBER, "uniqueMember" } };

	for (size_t i = 0; i < sizeof by_dn / sizeof *by_dn; i++) {
		if (!(d->group_styles & by_dn[i].style))
			continue;
		buf_printf(b, "(%s%s=", by_dn[i].name,
			d->nesting == NESTING_RULE && by_dn[i].style == GROUPS_MEMBER ? ":1.2.840.113556.1.4.1941:" : "");
		directory_escape_filter(b, dn, strlen(dn));
		buf_char(b, ')');
	}
	if (login && (d->group_styles & GROUPS_MEMBERUID)) {
		buf_str(b, "(memberUid=");
		directory_escape_filter(b, login, strlen(login));
		buf_char(b, ')');
	}
}

struct collecting {
	struct found *found;
	const struct directory_group *via;
};

static bool keep_group(struct run *r, LDAPMessage *entry, void *arg)
{
	struct collecting *c = arg;

	add_group(r, c->found, wire_dn(r, entry), c->via);
	return true;
}

static void keep_parent(struct run *r, const char *dn, void *arg)
{
	struct collecting *c = arg;

	add_group(r, c->found, dn, c->via);
}

static bool read_parents(struct run *r, LDAPMessage *entry, void *arg)
{
	wire_texts(r, entry, "memberOf", keep_parent, arg);
	return true;
}

static enum step search_groups(struct run *r, struct found *f, struct buf *tests,
	const struct directory_group *via)
{
	struct buf filter = BUF_INIT;
	struct collecting c = { f, via };
	struct wire_search s = { .base = r->d->group_base, .scope = LDAP_SCOPE_SUBTREE,
		.attributes = no_attributes, .fn = keep_group, .arg = &c };
	bool absent = false;
	enum step step;

	buf_printf(&filter, "(&%s(|%s))", r->d->group_filter, buf_text(tests));
	s.filter = buf_text(&filter);
	s.absent = &absent;
	if (!via)
		say(r, "Looking below %s for groups: %s", s.base, s.filter);
	step = wire_search(r, &s);
	buf_finish(&filter);
	if (step == STEP_DONE && absent)
		return trouble(r, "ldap-group-base %s does not exist there, or cannot be read", s.base);
	return step;
}

/* The groups that a group's own entry names. */
static enum step parents_by_memberof(struct run *r, struct found *f, const struct directory_group *g)
{
	static const char *const attributes[] = { "memberOf", NULL };
	struct collecting c = { f, g };
	bool more = false, absent;
	struct wire_search s = { .base = g->dn, .scope = LDAP_SCOPE_BASE, .filter = "(objectClass=*)",
		.attributes = attributes, .limit = 1, .more = &more, .absent = &absent, .fn = read_parents, .arg = &c };

	return wire_search(r, &s);
}

#define BATCH 25 /* groups asked of in one search */

/* The groups that have some of those from first to last in them. When each step
 * is explained, one at a time, so that it is known through which. */
static enum step parents(struct run *r, struct found *f, size_t first, size_t last)
{
	size_t batch = r->explain ? 1 : BATCH;
	enum step step = STEP_DONE;

	for (size_t i = first; i < last && step == STEP_DONE && (r->d->group_styles & GROUPS_MEMBEROF); i++)
		step = parents_by_memberof(r, f, f->groups[i]);
	if (!(r->d->group_styles & (GROUPS_MEMBER | GROUPS_UNIQUEMEMBER)))
		return step;
	for (size_t i = first; i < last && step == STEP_DONE; i += batch) {
		struct buf tests = BUF_INIT;

		for (size_t j = i; j < last && j < i + batch; j++)
			add_member_tests(&tests, r->d, f->groups[j]->dn, NULL);
		step = search_groups(r, f, &tests, f->groups[i]);
		buf_finish(&tests);
	}
	return step;
}

enum step find_groups(struct run *r, struct directory_person *p)
{
	struct found f = { .person = *p, .groups = (struct directory_group **)p->groups,
		.n_groups = p->n_groups, .room = p->n_groups };
	struct buf tests = BUF_INIT;
	size_t done = 0;
	enum step step = STEP_DONE;

	add_member_tests(&tests, r->d, p->dn, p->login);
	if (tests.len)
		step = search_groups(r, &f, &tests, NULL);
	buf_finish(&tests);
	for (int depth = 1; step == STEP_DONE && r->d->nesting == NESTING_WALK && done < f.n_groups; depth++) {
		size_t last = f.n_groups;

		if (depth > r->d->nesting_depth) {
			say(r, "Groups nested deeper than %d are not looked for.", r->d->nesting_depth);
			break;
		}
		step = parents(r, &f, done, last);
		done = last;
	}
	if (step == STEP_DONE && f.n_groups >= GROUPS_MAX)
		return trouble(r, "the person has %d groups or more", GROUPS_MAX);
	p->groups = f.groups;
	p->n_groups = f.n_groups;
	return step;
}
