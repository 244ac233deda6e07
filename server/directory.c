/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The directory: its options, the choice of a server, and the questions. */
#include "directory.h"
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>
#include "directory_run.h"
#include "directory_text.h"
#include "log.h"
#include "text.h"

const struct option_def directory_options[] = {
	{ "ldap-servers", OPTION_LIST, "", 0, 0, "Directory servers, asked in this order, such as "
		"ldaps://ldap1.example.org ldap://ldap2.example.org; empty for no directory." },
	{ "ldap-starttls", OPTION_BOOL, "yes", 0, 0, "Secure ldap:// connections by StartTLS before anything is sent." },
	{ "ldap-allow-plaintext", OPTION_STRING, "no", 0, 0, "'loopback-only' lets ldap-starttls=no work, "
		"for servers named 127.0.0.1 or [::1] only. There is no way to send passwords in plain text over a network." },
	{ "ldap-ca-file", OPTION_PATH, "/etc/ssl/certs/ca-certificates.crt", 0, 0,
		"Certificates (PEM) of the authorities that may vouch for the directory servers." },
	{ "ldap-bind-dn", OPTION_STRING, "", 0, 0, "Name of the account that searches; empty searches as nobody." },
	{ "ldap-bind-password-file", OPTION_PATH, "", 0, 0, "File with that account's password, read at each use." },
	{ "ldap-base", OPTION_STRING, "", 0, 0, "Where people are, such as ou=people,dc=example,dc=org." },
	{ "ldap-user-filter", OPTION_STRING, "", 0, 0, "Which entry is a person's, such as "
		"(&(objectClass=person)(uid={login})); empty takes (ldap-login-attribute={login})." },
	{ "ldap-user-dn", OPTION_STRING, "", 0, 0, "Instead of a search: the name of a person's entry, such as "
		"uid={login},ou=people,dc=example,dc=org." },
	{ "ldap-login-attribute", OPTION_STRING, "uid", 0, 0, "Holds the login; sAMAccountName in Active Directory." },
	{ "ldap-name-attribute", OPTION_STRING, "cn", 0, 0, "Holds the person's name; displayName in Active Directory." },
	{ "ldap-mail-attribute", OPTION_STRING, "mail", 0, 0, "Holds the e-mail address." },
	{ "ldap-id-attribute", OPTION_STRING, "entryUUID", 0, 0, "Never changes for a person and is never used again; "
		"objectGUID in Active Directory. Empty takes the entry's name, so that renamed people are new people." },
	{ "ldap-groups", OPTION_LIST, "member", 0, 0, "How groups tell their members, one or more: member (groupOfNames, "
		"Active Directory), uniquemember, memberuid (posixGroup), memberof (read from the person)." },
	{ "ldap-group-base", OPTION_STRING, "", 0, 0, "Where groups are; empty takes ldap-base." },
	{ "ldap-group-filter", OPTION_STRING, "(objectClass=*)", 0, 0, "Which groups count." },
	{ "ldap-nested-groups", OPTION_STRING, "walk", 0, 0, "Groups in groups: walk follows them, rule lets the server "
		"(Active Directory's rule 1.2.840.113556.1.4.1941), no leaves them out." },
	{ "ldap-nested-depth", OPTION_INT, "8", 1, 50, "How many steps from group to group walk takes." },
	{ "ldap-map", OPTION_PATH, "", 0, 0, "File that maps groups and attributes to spaces and roles." },
	{ "ldap-connect-timeout", OPTION_DURATION, "3s", 100, 60000, "Longest time to connect to a server." },
	{ "ldap-timeout", OPTION_DURATION, "4s", 100, 60000, "Longest time for one step with a server." },
	{ "ldap-total-timeout", OPTION_DURATION, "10s", 200, 120000, "Longest time for a sign-in, with all servers." },
	{ "ldap-retry", OPTION_DURATION, "1min", 1000, 3600000, "How long a server that failed is asked last." },
	{ "directory-threads", OPTION_INT, "2", 1, 64, "Threads that wait for the directory, so that pages need not." },
	{ "directory-queue", OPTION_INT, "64", 1, 10000, "Sign-ins that may wait for those; more get 503." },
	{ "directory-sync", OPTION_DURATION, "5min", 100, 86400000,
		"How often signed-in people are looked up again: the longest time that a removal takes to work." },
	{ "directory-sync-all", OPTION_DURATION, "1h", 1000, 604800000,
		"How often people who are not signed in are looked up again." },
	{ "directory-grace", OPTION_DURATION, "1d", 1000, 2592000000,
		"How long people stay signed in who cannot be looked up, because the directory does not answer." },
	{ NULL, 0, NULL, 0, 0, NULL }
};

#define PROBE_NS (2 * INT64_C(1000000000)) /* between tries when every server fails */

/* ---- options ---- */

struct adding {
	struct directory *d;
	struct error *err;
	bool good;
};

/* ldap[s]://host[:port] or with [v6]; nothing behind it. */
static void add_server(const char *uri, void *arg)
{
	struct adding *x = arg;
	struct directory *d = x->d;
	struct server *s = &d->servers[d->n_servers];
	bool tls = strncasecmp(uri, "ldaps://", 8) == 0, v6;
	const char *host = uri + (tls ? 8 : 7), *end, *port;

	if (!x->good)
		return;
	x->good = false;
	if (d->n_servers == SERVERS_MAX) {
		error_set(x->err, ERROR_INVALID, "ldap-servers: at most %d servers.", SERVERS_MAX);
		return;
	}
	if (!tls && strncasecmp(uri, "ldap://", 7) != 0) {
		error_set(x->err, ERROR_INVALID, "ldap-servers: '%.80s' does not begin with ldaps:// or ldap://.", uri);
		return;
	}
	v6 = *host == '[';
	end = v6 ? strchr(host, ']') : host + strcspn(host, ":/");
	port = end ? end + v6 : NULL;
	if (!port || end == host + v6 || (*port && *port != ':' && strcmp(port, "/") != 0) ||
		(*port == ':' && (strspn(port + 1, "0123456789") != strlen(port + 1) || !port[1] ||
		strlen(port + 1) > 5 || atoi(port + 1) > 65535))) {
		error_set(x->err, ERROR_INVALID, "ldap-servers: '%.80s' is not ldaps://host[:port] or ldap://host[:port].",
			uri);
		return;
	}
	s->uri = arena_strndup(d->arena, uri, (size_t)((*port == '/' ? port : uri + strlen(uri)) - uri));
	s->host = arena_strndup(d->arena, host + v6, (size_t)(end - host) - v6);
	snprintf(s->port, sizeof s->port, "%s", *port == ':' ? port + 1 : tls ? "636" : "389");
	s->tls = tls;
	d->n_servers++;
	x->good = true;
}

static bool loopback(const struct server *s)
{
	return strcmp(s->host, "::1") == 0 || (strncmp(s->host, "127.", 4) == 0 &&
		strspn(s->host, "0123456789.") == strlen(s->host));
}

static bool check_plaintext(struct directory *d, struct error *err)
{
	const char *allow = options_string(d->options, "ldap-allow-plaintext");
	bool allowed = strcmp(allow, "loopback-only") == 0;

	if (!allowed && strcmp(allow, "no") != 0)
		return error_set(err, ERROR_INVALID, "ldap-allow-plaintext is no or loopback-only, not '%.40s'.", allow);
	for (size_t i = 0; i < d->n_servers && !d->starttls; i++) {
		const struct server *s = &d->servers[i];

		if (!s->tls && !allowed)
			return error_set(err, ERROR_INVALID, "%s would get passwords in plain text, as ldap-starttls is no. "
				"Use ldaps:// or ldap-starttls=yes.", s->uri);
		if (!s->tls && !loopback(s))
			return error_set(err, ERROR_INVALID, "%s would get passwords in plain text over the network; "
				"ldap-allow-plaintext=loopback-only lets 127.0.0.1 and [::1] only.", s->uri);
	}
	return true;
}

static void add_style(const char *word, void *arg)
{
	static const struct { const char *name; int style; } names[] = { { "memberof", GROUPS_MEMBEROF },
		{ "member", GROUPS_MEMBER }, { "uniquemember", GROUPS_UNIQUEMEMBER }, { "memberuid", GROUPS_MEMBERUID } };
	struct adding *x = arg;

	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (strcasecmp(names[i].name, word) == 0) {
			x->d->group_styles |= names[i].style;
			return;
		}
	x->good = error_set(x->err, ERROR_INVALID,
		"ldap-groups: member, uniquemember, memberuid or memberof, not '%.40s'.", word);
}

static bool read_groups(struct directory *d, struct error *err)
{
	static const struct { const char *name; enum group_nesting nesting; } names[] = { { "no", NESTING_NONE },
		{ "walk", NESTING_WALK }, { "rule", NESTING_RULE } };
	const char *nested = options_string(d->options, "ldap-nested-groups");
	struct adding x = { d, err, true };

	options_each(d->options, "ldap-groups", add_style, &x);
	d->group_base = options_string(d->options, "ldap-group-base");
	if (!*d->group_base)
		d->group_base = d->base;
	d->group_filter = options_string(d->options, "ldap-group-filter");
	d->nesting_depth = (int)options_int(d->options, "ldap-nested-depth");
	if (!x.good)
		return false;
	if (!directory_dn_normal(d->arena, d->group_base))
		return error_set(err, ERROR_INVALID, "ldap-group-base: '%.100s' is not a distinguished name.",
			d->group_base);
	if (!directory_filter_ok(d->group_filter))
		return error_set(err, ERROR_INVALID, "ldap-group-filter: the parentheses of %.200s do not match.",
			d->group_filter);
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (strcmp(names[i].name, nested) == 0) {
			d->nesting = names[i].nesting;
			return true;
		}
	return error_set(err, ERROR_INVALID, "ldap-nested-groups is walk, rule or no, not '%.40s'.", nested);
}

static bool attribute_ok(const struct directory *d, const char *option, bool may_be_empty, const char **out,
	struct error *err)
{
	const char *s = *out = options_string(d->options, option);
	size_t n = 0;

	while (isalnum((unsigned char)s[n]) || s[n] == '-' || s[n] == '.')
		n++;
	if (s[n] || (!n && !may_be_empty))
		return error_set(err, ERROR_INVALID, "%s: '%.60s' is not the name of an attribute.", option, s);
	return true;
}

/* What a search for a person asks for. */
static void list_attributes(struct directory *d)
{
	static const char *const always[] = { "userAccountControl", "accountExpires", "pwdAccountLockedTime",
		"nsAccountLock" };
	const char *const *mapped = directory_map_attributes(d->map);
	size_t n = 0, room = 16 + d->n_compared;

	for (size_t i = 0; mapped[i]; i++)
		room++;
	d->attributes = arena_array(d->arena, room, sizeof *d->attributes);
	d->attributes[n++] = d->attr_login;
	d->attributes[n++] = d->attr_name;
	d->attributes[n++] = d->attr_mail;
	if (*d->attr_id)
		d->attributes[n++] = d->attr_id;
	if (d->group_styles & GROUPS_MEMBEROF)
		d->attributes[n++] = "memberOf";
	for (size_t i = 0; i < sizeof always / sizeof *always; i++)
		d->attributes[n++] = always[i];
	for (size_t i = 0; i < d->n_compared; i++)
		d->attributes[n++] = d->compared[i];
	for (size_t i = 0; mapped[i]; i++)
		d->attributes[n++] = mapped[i];
}

static bool read_person_options(struct directory *d, struct error *err)
{
	const char *filter = options_string(d->options, "ldap-user-filter");
	size_t holes, plain = 0;

	d->user_dn = options_string(d->options, "ldap-user-dn");
	if (!attribute_ok(d, "ldap-login-attribute", false, &d->attr_login, err) ||
		!attribute_ok(d, "ldap-name-attribute", false, &d->attr_name, err) ||
		!attribute_ok(d, "ldap-mail-attribute", false, &d->attr_mail, err) ||
		!attribute_ok(d, "ldap-id-attribute", true, &d->attr_id, err))
		return false;
	d->user_filter = *filter ? filter : *d->user_dn ? "(objectClass=*)" :
		arena_printf(d->arena, "(%s={login})", d->attr_login);
	if (!directory_filter_ok(d->user_filter))
		return error_set(err, ERROR_INVALID, "ldap-user-filter: the parentheses of %.200s do not match.",
			d->user_filter);
	if (strstr(d->user_filter, ":={login}"))
		return error_set(err, ERROR_INVALID, "ldap-user-filter: {login} must be compared with '=' alone.");
	holes = directory_filter_holes(d->arena, d->user_filter, d->compared, 7);
	if (!holes && !*d->user_dn)
		return error_set(err, ERROR_INVALID, "ldap-user-filter %.200s has no {login}.", d->user_filter);
	if (*d->user_dn && (!strstr(d->user_dn, "={login}") || !directory_dn_normal(d->arena,
		directory_fill(d->arena, d->user_dn, "x", directory_escape_dn))))
		return error_set(err, ERROR_INVALID,
			"ldap-user-dn: '%.100s' is not a distinguished name with {login} in it.", d->user_dn);
	for (size_t i = 0; i < holes && i < 7; i++)
		if (d->compared[i])
			d->compared[plain++] = d->compared[i];
	d->compare_all = plain == holes;
	d->n_compared = plain;
	if (*d->user_dn)
		d->compared[d->n_compared++] = d->attr_login;
	return true;
}

static bool read_options(struct directory *d, struct error *err)
{
	const struct options *o = d->options;
	struct adding x = { d, err, true };

	options_each(o, "ldap-servers", add_server, &x);
	d->starttls = options_bool(o, "ldap-starttls");
	d->ca_file = options_string(o, "ldap-ca-file");
	d->bind_dn = options_string(o, "ldap-bind-dn");
	d->bind_password_file = options_string(o, "ldap-bind-password-file");
	d->base = options_string(o, "ldap-base");
	d->connect_ns = options_int(o, "ldap-connect-timeout") * 1000000;
	d->operation_ns = options_int(o, "ldap-timeout") * 1000000;
	d->total_ns = options_int(o, "ldap-total-timeout") * 1000000;
	d->retry_ns = options_int(o, "ldap-retry") * 1000000;
	if (!x.good || !check_plaintext(d, err))
		return false;
	if (!directory_dn_normal(d->arena, d->base))
		return error_set(err, ERROR_INVALID, "ldap-base: '%.100s' is not a distinguished name, such as "
			"ou=people,dc=example,dc=org.", d->base);
	if (*d->bind_dn && !*d->bind_password_file)
		return error_set(err, ERROR_INVALID, "ldap-bind-dn needs ldap-bind-password-file.");
	if (*d->bind_dn && access(d->bind_password_file, R_OK) != 0)
		return error_set(err, ERROR_INVALID, "ldap-bind-password-file %.200s cannot be read.",
			d->bind_password_file);
	if (access(d->ca_file, R_OK) != 0)
		return error_set(err, ERROR_INVALID, "ldap-ca-file %.200s cannot be read.", d->ca_file);
	return tls_prepare(d, err) && read_person_options(d, err) && read_groups(d, err) &&
		directory_map_load(options_string(o, "ldap-map"), &d->map, err);
}

/* Neither ldap.conf nor LDAP... variables may weaken what we set: libldap reads
 * them once, at its first use, unless told not to. */
static void begin_libldap(void)
{
	LDAPAPIInfo info = { .ldapai_info_version = LDAP_API_INFO_VERSION };

	setenv("LDAPNOINIT", "1", 1);
	if (ldap_get_option(NULL, LDAP_OPT_API_INFO, &info) == LDAP_OPT_SUCCESS) {
		ldap_memfree(info.ldapai_vendor_name);
		ber_memvfree((void **)info.ldapai_extensions);
	}
}

bool directory_create(const struct options *o, struct directory **out, struct error *err)
{
	const char *servers = options_string(o, "ldap-servers");
	struct directory *d;

	*out = NULL;
	if (servers[strspn(servers, ", \t")] == '\0')
		return true;
	begin_libldap();
	d = calloc(1, sizeof *d);
	if (!d)
		abort();
	d->arena = arena_create();
	d->options = o;
	pthread_mutex_init(&d->mutex, NULL);
	if (!read_options(d, err)) {
		directory_destroy(d);
		return false;
	}
	list_attributes(d);
	*out = d;
	return true;
}

void directory_close(struct directory *d)
{
	if (!d)
		return;
	pthread_mutex_lock(&d->mutex);
	d->closed = true;
	pthread_mutex_unlock(&d->mutex);
}

void directory_destroy(struct directory *d)
{
	if (!d)
		return;
	directory_map_destroy(d->map);
	tls_finish(d);
	pthread_mutex_destroy(&d->mutex);
	arena_destroy(d->arena);
	free(d);
}

const struct directory_map *directory_rules(const struct directory *d)
{
	return d->map;
}

void directory_warn(const struct directory *d)
{
	struct stat st;

	for (size_t i = 0; i < d->n_servers; i++)
		if (!d->servers[i].tls && !d->starttls)
			log_warn("directory.plaintext", "server=%s reason=%s", log_quote(d->servers[i].uri),
				log_quote("ldap-allow-plaintext=loopback-only"));
	if (*d->bind_dn && stat(d->bind_password_file, &st) == 0 && (st.st_mode & (S_IRWXO | S_IWGRP)))
		log_warn("directory.password-file", "file=%s reason=%s", log_quote(d->bind_password_file),
			log_quote("others may read or change it; chmod 640 or less"));
	log_info("directory.start", "servers=%zu", d->n_servers);
}

/* ---- the choice of a server ---- */

/* Working servers in order, then those that failed a while ago. With none that
 * works, one caller at a time tries, and not at once again: 0 for the others. */
static size_t choose(struct run *r, struct server *order[SERVERS_MAX], bool *probe)
{
	struct directory *d = r->d;
	int64_t now = clock_monotonic_ns();
	size_t n = 0;

	pthread_mutex_lock(&d->mutex);
	*probe = d->all_failed_ns != 0;
	if (!d->closed && (!*probe || (!d->probing && now - d->all_failed_ns > PROBE_NS))) {
		d->probing = d->probing || *probe;
		for (int failed = 0; failed < 2; failed++)
			for (size_t i = 0; i < d->n_servers; i++) {
				struct server *s = &d->servers[i];

				if ((s->failed_ns && now - s->failed_ns < d->retry_ns) == failed)
					order[n++] = s;
			}
	}
	pthread_mutex_unlock(&d->mutex);
	return n;
}

static void note_server(struct directory *d, struct server *s, bool answered)
{
	pthread_mutex_lock(&d->mutex);
	s->failed_ns = answered ? 0 : clock_monotonic_ns();
	if (answered)
		d->all_failed_ns = 0;
	pthread_mutex_unlock(&d->mutex);
}

/* Asks server after server until one answers. */
static bool with_server(struct run *r, enum step (*fn)(struct run *r, void *arg), void *arg)
{
	struct server *order[SERVERS_MAX];
	bool probe, answered = false;
	size_t n = choose(r, order, &probe);

	if (n == 0) {
		trouble(r, "no server answered a moment ago");
		return false;
	}
	for (size_t i = 0; i < n && !answered && clock_monotonic_ns() < r->deadline_ns; i++) {
		r->server = order[i];
		answered = wire_open(r) == STEP_DONE && wire_bind_service(r) == STEP_DONE && fn(r, arg) == STEP_DONE;
		note_server(r->d, r->server, answered);
		if (!answered) {
			wire_close(r);
			say(r, "This server gives no answer: %s.", r->trouble);
			log_warn("directory.server", "server=%s reason=%s", log_quote(r->server->uri), log_quote(r->trouble));
		}
	}
	pthread_mutex_lock(&r->d->mutex);
	if (!answered)
		r->d->all_failed_ns = clock_monotonic_ns();
	if (probe)
		r->d->probing = false;
	pthread_mutex_unlock(&r->d->mutex);
	return answered;
}

/* ---- questions ---- */

struct question {
	const char *login, *password;
	struct directory_answer *out;
};

static enum step ask(struct run *r, void *arg)
{
	struct question *q = arg;
	enum step step;

	*q->out = (struct directory_answer){ .result = DIRECTORY_NO, .reason = "" };
	step = find_by_login(r, q->login, q->out);
	if (step == STEP_DONE && q->password) {
		step = find_password(r, q->password, q->out);
		if (step == STEP_DONE && q->out->result == DIRECTORY_YES)
			step = wire_bind_service(r);
	}
	if (step == STEP_DONE && q->out->result == DIRECTORY_YES)
		step = find_groups(r, &q->out->person);
	return step;
}

static void unreachable(struct run *r, struct directory_answer *out)
{
	*out = (struct directory_answer){ .result = DIRECTORY_UNREACHABLE,
		.reason = arena_strdup(r->arena, r->trouble) };
}

void directory_ask(struct directory *d, struct arena *a, const char *login, const char *password,
	directory_explain *explain, void *arg, struct directory_answer *out)
{
	struct run r = { .d = d, .arena = a, .deadline_ns = clock_monotonic_ns() + d->total_ns, .explain = explain,
		.arg = arg, .fd = -1 };
	struct question q = { login, password, out };

	*out = (struct directory_answer){ .result = DIRECTORY_NO };
	if (!directory_login_ok(login))
		out->reason = "not a login";
	else if (password && !*password)
		out->reason = "empty password";
	else if (password && strlen(password) > 1024)
		out->reason = "password too long";
	if (out->reason) {
		say(&r, "Refused before any server is asked: %s.", out->reason);
		return;
	}
	if (!with_server(&r, ask, &q))
		unreachable(&r, out);
	wire_close(&r);
}

static bool count_entry(struct run *r, LDAPMessage *entry, void *arg)
{
	(void)r;
	(void)entry;
	++*(int *)arg;
	return true;
}

/* Can the base be read? If not, nobody's absence means anything. */
static enum step look_at_base(struct run *r, void *arg)
{
	static const char *const none[] = { LDAP_NO_ATTRS, NULL };
	bool more = false, absent = false;
	int n = 0;
	struct wire_search s = { .base = r->d->base, .scope = LDAP_SCOPE_BASE, .filter = "(objectClass=*)",
		.attributes = none, .limit = 1, .more = &more, .absent = &absent, .fn = count_entry, .arg = &n };

	(void)arg;
	if (wire_search(r, &s) != STEP_DONE)
		return STEP_FAILED;
	if (n != 1)
		return trouble(r, "ldap-base %s does not exist there, or %s may not read it", r->d->base,
			*r->d->bind_dn ? "ldap-bind-dn" : "nobody");
	say(r, "The search base %s can be read.", r->d->base);
	return STEP_DONE;
}

struct directory_session {
	struct run run;
	bool lost;
};

struct directory_session *directory_session_open(struct directory *d)
{
	struct directory_session *s = calloc(1, sizeof *s);

	if (!s)
		abort();
	s->run = (struct run){ .d = d, .deadline_ns = clock_monotonic_ns() + d->total_ns, .fd = -1 };
	if (with_server(&s->run, look_at_base, NULL))
		return s;
	free(s);
	return NULL;
}

void directory_session_ask(struct directory_session *s, struct arena *a, const char *id, const char *login,
	struct directory_answer *out)
{
	struct run *r = &s->run;

	r->arena = a;
	r->deadline_ns = clock_monotonic_ns() + r->d->total_ns;
	*out = (struct directory_answer){ .result = DIRECTORY_NO };
	if (!s->lost && (find_by_id(r, id, login, out) != STEP_DONE ||
		(out->result == DIRECTORY_YES && find_groups(r, &out->person) != STEP_DONE))) {
		s->lost = true;
		note_server(r->d, r->server, false);
		log_warn("directory.server", "server=%s reason=%s", log_quote(r->server->uri), log_quote(r->trouble));
	}
	if (s->lost)
		unreachable(r, out);
}

void directory_session_close(struct directory_session *s)
{
	if (!s)
		return;
	wire_close(&s->run);
	free(s);
}

bool directory_check(struct directory *d, struct arena *a, directory_explain *explain, void *arg)
{
	bool good = true;

	for (size_t i = 0; i < d->n_servers; i++) {
		struct run r = { .d = d, .arena = a, .deadline_ns = clock_monotonic_ns() + d->total_ns,
			.explain = explain, .arg = arg, .server = &d->servers[i], .fd = -1 };

		if (wire_open(&r) != STEP_DONE || wire_bind_service(&r) != STEP_DONE ||
			look_at_base(&r, NULL) != STEP_DONE) {
			say(&r, "This server gives no answer: %s.", r.trouble);
			good = false;
		}
		wire_close(&r);
	}
	return good;
}
