/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One connection to a directory server by libldap. The socket and what is under
 * libldap's buffer are ours (directory_tls.c), and every answer is waited for by
 * ldap_result with a time, so that no step outlasts its deadline. */
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openldap.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include "directory_run.h"
#include "directory_text.h"
#include "log.h"
#include "text.h"

#define ANSWER_MAX (8u << 20) /* bytes of one answer of the server */
#define VALUE_MAX 2000

void say(struct run *r, const char *fmt, ...)
{
	char line[1200];
	va_list ap;

	if (!r->explain)
		return;
	va_start(ap, fmt);
	vsnprintf(line, sizeof line, fmt, ap);
	va_end(ap);
	r->explain(line, r->arg);
}

enum step trouble(struct run *r, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(r->trouble, sizeof r->trouble, fmt, ap);
	va_end(ap);
	return STEP_FAILED;
}

/* ---- time ---- */

/* What is left of a step that may take so long. */
static int64_t left(const struct run *r, int64_t step_ns)
{
	int64_t rest = r->deadline_ns - clock_monotonic_ns();

	return rest < 0 ? 0 : rest < step_ns ? rest : step_ns;
}

static struct timeval time_left(const struct run *r, int64_t step_ns)
{
	int64_t us = left(r, step_ns) / 1000;

	/* Zero would mean a look without waiting, or no limit at all. */
	if (us < 1000)
		us = 1000;
	return (struct timeval){ us / 1000000, us % 1000000 };
}

/* What waits under libldap from now on has the time of one step. */
static void begin_step(struct run *r)
{
	r->io_until_ns = clock_monotonic_ns() + left(r, r->d->operation_ns);
}

/* ---- connecting ---- */

static bool connect_one(struct run *r, const struct addrinfo *to, int64_t until_ns, int *out)
{
	int fd = socket(to->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0), error = 0, one = 1;
	struct pollfd p = { .fd = fd, .events = POLLOUT };
	socklen_t n = sizeof error;
	int64_t rest;

	if (fd < 0)
		return false;
	if (connect(fd, to->ai_addr, to->ai_addrlen) != 0 && errno != EINPROGRESS)
		error = errno;
	while (!error) {
		rest = until_ns - clock_monotonic_ns();
		int ready = rest <= 0 ? 0 : poll(&p, 1, (int)(rest / 1000000) + 1);

		if (ready < 0 && errno == EINTR)
			continue;
		if (ready <= 0)
			error = ETIMEDOUT;
		else if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &n) != 0)
			error = errno;
		break;
	}
	if (error) {
		close(fd);
		trouble(r, "it cannot be reached: %s", strerror(error));
		return false;
	}
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
	*out = fd;
	return true;
}

static bool connect_any(struct run *r, int *out)
{
	struct addrinfo hints = { .ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICSERV }, *list = NULL;
	int64_t until = clock_monotonic_ns() + left(r, r->d->connect_ns);
	int rc = getaddrinfo(r->server->host, r->server->port, &hints, &list), n = 0;
	bool connected = false;

	if (rc != 0) {
		trouble(r, "its name cannot be looked up: %s", gai_strerror(rc));
		return false;
	}
	for (const struct addrinfo *i = list; i; i = i->ai_next)
		n++;
	/* Each address gets its share of the time, the last one all that is left. */
	for (const struct addrinfo *i = list; i && !connected; i = i->ai_next, n--) {
		int64_t now = clock_monotonic_ns();

		connected = connect_one(r, i, n > 1 ? now + (until - now) / n : until, out);
	}
	freeaddrinfo(list);
	return connected;
}

static bool set_options(struct run *r)
{
	struct timeval tv = time_left(r, r->d->operation_ns);
	int version = LDAP_VERSION3;
	ber_len_t most = ANSWER_MAX;
	Sockbuf *sb = NULL;

	if (ldap_get_option(r->ld, LDAP_OPT_SOCKBUF, &sb) != LDAP_OPT_SUCCESS || !sb ||
		ber_sockbuf_add_io(sb, &directory_io, LBER_SBIOD_LEVEL_PROVIDER, r) != 0)
		return false;
	ber_sockbuf_ctrl(sb, LBER_SB_OPT_SET_MAX_INCOMING, &most);
	return ldap_set_option(r->ld, LDAP_OPT_PROTOCOL_VERSION, &version) == LDAP_OPT_SUCCESS &&
		ldap_set_option(r->ld, LDAP_OPT_REFERRALS, LDAP_OPT_OFF) == LDAP_OPT_SUCCESS &&
		ldap_set_option(r->ld, LDAP_OPT_DEREF, &(int){ LDAP_DEREF_NEVER }) == LDAP_OPT_SUCCESS &&
		ldap_set_option(r->ld, LDAP_OPT_RESTART, LDAP_OPT_ON) == LDAP_OPT_SUCCESS &&
		ldap_set_option(r->ld, LDAP_OPT_NETWORK_TIMEOUT, &tv) == LDAP_OPT_SUCCESS &&
		ldap_set_option(r->ld, LDAP_OPT_TIMEOUT, &tv) == LDAP_OPT_SUCCESS;
}

/* Waits for the answer to a message; NULL with the trouble told. */
static LDAPMessage *await(struct run *r, int message, int all, const char *what)
{
	struct timeval tv = time_left(r, r->d->operation_ns);
	LDAPMessage *answer = NULL;
	int rc = ldap_result(r->ld, message, all, &tv, &answer), code = LDAP_OTHER;

	if (rc > 0)
		return answer;
	ldap_msgfree(answer);
	if (rc == 0) {
		ldap_abandon_ext(r->ld, message, NULL, NULL);
		trouble(r, "%s got no answer in time", what);
	} else {
		ldap_get_option(r->ld, LDAP_OPT_RESULT_CODE, &code);
		trouble(r, "%s failed: %s", what, ldap_err2string(code));
	}
	return NULL;
}

/* Code, diagnostic text and controls of a result; frees the message. */
static int result_of(struct run *r, LDAPMessage *answer, char **text, LDAPControl ***controls)
{
	int code = LDAP_OTHER, rc;

	rc = ldap_parse_result(r->ld, answer, &code, NULL, text, NULL, controls, 1);
	return rc == LDAP_SUCCESS ? code : rc;
}

static enum step start_tls(struct run *r)
{
	LDAPMessage *answer;
	int message, code;

	begin_step(r);
	if (r->server->tls)
		return tls_begin(r);
	if (!r->d->starttls) {
		say(r, "Plain text, as ldap-allow-plaintext allows on the loopback address.");
		return STEP_DONE;
	}
	if (ldap_start_tls(r->ld, NULL, NULL, &message) != LDAP_SUCCESS)
		return trouble(r, "StartTLS could not be asked for");
	answer = await(r, message, LDAP_MSG_ALL, "StartTLS");
	if (!answer)
		return STEP_FAILED;
	code = result_of(r, answer, NULL, NULL);
	if (code != LDAP_SUCCESS)
		return trouble(r, "it refuses StartTLS: %s", ldap_err2string(code));
	begin_step(r);
	return tls_begin(r);
}

enum step wire_open(struct run *r)
{
	enum step step;

	say(r, "Server %s.", r->server->uri);
	r->trouble[0] = '\0';
	if (!connect_any(r, &r->fd))
		return STEP_FAILED;
	begin_step(r);
	if (ldap_init_fd(r->fd, LDAP_PROTO_EXT, r->server->uri, &r->ld) != LDAP_SUCCESS) {
		r->ld = NULL;
		step = trouble(r, "libldap refuses the connection");
	} else {
		step = set_options(r) ? start_tls(r) : trouble(r, "libldap refuses its options");
	}
	if (step != STEP_DONE)
		wire_close(r);
	return step;
}

void wire_close(struct run *r)
{
	begin_step(r);
	if (r->ld)
		ldap_unbind_ext(r->ld, NULL, NULL);
	SSL_free(r->ssl);
	if (r->fd >= 0)
		close(r->fd);
	r->ld = NULL;
	r->ssl = NULL;
	r->fd = -1;
}

/* ---- binding ---- */

static void read_policy(struct run *r, LDAPControl **controls, struct bind_answer *said)
{
	LDAPControl *c = controls ? ldap_control_find(LDAP_CONTROL_PASSWORDPOLICYRESPONSE, controls, NULL) : NULL;
	ber_int_t expire = -1, grace = -1;
	LDAPPasswordPolicyError policy = PP_noError;

	if (!c || ldap_parse_passwordpolicy_control(r->ld, c, &expire, &grace, &policy) != LDAP_SUCCESS)
		return;
	said->expire = expire;
	said->grace = grace;
	said->policy = policy == PP_noError ? -1 : (int)policy;
}

/* "80090308: LdapErr: DSID-..., comment: AcceptSecurityContext error, data 52e, v4563" */
static unsigned ad_code(const char *text)
{
	const char *s = text ? strstr(text, "AcceptSecurityContext error, data ") : NULL;

	return s ? (unsigned)strtoul(s + 34, NULL, 16) : 0;
}

enum step wire_bind(struct run *r, const char *dn, const char *password, struct bind_answer *said)
{
	struct berval cred = { strlen(password), (char *)password };
	LDAPControl *request = NULL, *controls[2] = { NULL, NULL }, **answered = NULL;
	struct bind_answer unused;
	LDAPMessage *answer;
	char *text = NULL;
	int message, code;

	if (!said)
		said = &unused;
	*said = (struct bind_answer){ .policy = -1, .expire = -1, .grace = -1 };
	/* A name without a password would bind as nobody, and be a success (RFC 4513, 5.1.2). */
	if (*dn && !*password)
		return STEP_DENIED;
	begin_step(r);
	if (ldap_create_passwordpolicy_control(r->ld, &request) == LDAP_SUCCESS)
		controls[0] = request;
	code = ldap_sasl_bind(r->ld, dn, LDAP_SASL_SIMPLE, &cred, controls, NULL, &message);
	ldap_control_free(request);
	if (code != LDAP_SUCCESS)
		return trouble(r, "the bind could not be sent: %s", ldap_err2string(code));
	answer = await(r, message, LDAP_MSG_ALL, "the bind");
	if (!answer)
		return STEP_FAILED;
	code = result_of(r, answer, &text, &answered);
	read_policy(r, answered, said);
	said->ad = ad_code(text);
	ldap_controls_free(answered);
	enum step step = STEP_DENIED;
	if (code == LDAP_SUCCESS)
		step = STEP_DONE;
	else if (code != LDAP_INVALID_CREDENTIALS && code != LDAP_INAPPROPRIATE_AUTH &&
		code != LDAP_NO_SUCH_OBJECT && code != LDAP_INVALID_DN_SYNTAX && code != LDAP_CONSTRAINT_VIOLATION &&
		code != LDAP_UNWILLING_TO_PERFORM && code != LDAP_INSUFFICIENT_ACCESS)
		step = trouble(r, "the bind was refused: %s%s%s", ldap_err2string(code), text && *text ? ", " : "",
			text ? text : "");
	ldap_memfree(text);
	return step;
}

static bool read_password(struct run *r, char out[1025])
{
	const char *path = r->d->bind_password_file;
	FILE *f = fopen(path, "re");
	size_t n;

	if (!f) {
		trouble(r, "ldap-bind-password-file %s: %s", path, strerror(errno));
		return false;
	}
	n = fread(out, 1, 1024, f);
	fclose(f);
	out[n] = '\0';
	out[strcspn(out, "\r\n")] = '\0';
	if (*out)
		return true;
	trouble(r, "ldap-bind-password-file %s is empty", path);
	return false;
}

enum step wire_bind_service(struct run *r)
{
	char password[1025] = "";
	enum step step;

	if (*r->d->bind_dn && !read_password(r, password))
		return STEP_FAILED;
	step = wire_bind(r, r->d->bind_dn, password, NULL);
	explicit_bzero(password, sizeof password);
	if (step == STEP_DENIED)
		return trouble(r, "it does not accept ldap-bind-dn with that password");
	if (step == STEP_DONE)
		say(r, "Bound as %s.", *r->d->bind_dn ? r->d->bind_dn : "nobody (ldap-bind-dn is empty)");
	return step;
}

/* ---- searching ---- */

static bool give_entries(struct run *r, LDAPMessage *answer, const struct wire_search *s, int *n)
{
	/* Continuation references are messages of another type: not entries, not followed. */
	for (LDAPMessage *m = ldap_first_entry(r->ld, answer); m; m = ldap_next_entry(r->ld, m)) {
		if (s->limit && *n == s->limit) {
			*s->more = true;
			return true;
		}
		if (++*n > GROUPS_MAX) {
			trouble(r, "the search gave more than %d entries", GROUPS_MAX);
			return false;
		}
		if (!s->fn(r, m, s->arg))
			return false;
	}
	return true;
}

/* The cookie of the next page, empty at the end. */
static void next_page(struct run *r, LDAPControl **controls, struct berval *cookie)
{
	LDAPControl *c = controls ? ldap_control_find(LDAP_CONTROL_PAGEDRESULTS, controls, NULL) : NULL;
	struct berval next = { 0 };
	ber_int_t estimate;

	ldap_memfree(cookie->bv_val);
	*cookie = next;
	if (c && ldap_parse_pageresponse_control(r->ld, c, &estimate, &next) == LDAP_SUCCESS)
		*cookie = next;
}

static enum step search_page(struct run *r, const struct wire_search *s, struct berval *cookie, int *n)
{
	struct timeval tv = time_left(r, r->d->operation_ns);
	LDAPControl *page = NULL, *controls[2] = { NULL, NULL }, **answered = NULL;
	LDAPMessage *answer;
	char *text = NULL;
	enum step step = STEP_DONE;
	int message, code;

	begin_step(r);
	if (!s->limit && ldap_create_page_control(r->ld, PAGE_SIZE_GROUPS, cookie, 'F', &page) == LDAP_SUCCESS)
		controls[0] = page;
	code = ldap_search_ext(r->ld, s->base, s->scope, s->filter, (char **)s->attributes, 0, controls, NULL, &tv,
		s->limit ? s->limit + 1 : 0, &message);
	ldap_control_free(page);
	if (code != LDAP_SUCCESS)
		return trouble(r, "the search could not be sent: %s", ldap_err2string(code));
	answer = await(r, message, LDAP_MSG_ALL, "the search");
	if (!answer)
		return STEP_FAILED;
	code = ldap_parse_result(r->ld, answer, &code, NULL, &text, NULL, &answered, 0) == LDAP_SUCCESS ? code :
		LDAP_OTHER;
	if (code == LDAP_NO_SUCH_OBJECT && s->absent)
		*s->absent = true;
	else if (code == LDAP_REFERRAL)
		step = trouble(r, "it refers elsewhere for %s; that is not followed", s->base);
	else if (code != LDAP_SUCCESS && code != LDAP_NO_SUCH_OBJECT &&
		!(code == LDAP_SIZELIMIT_EXCEEDED && s->limit))
		step = trouble(r, "the search failed: %s%s%s", ldap_err2string(code), text && *text ? ", " : "",
			text ? text : "");
	if (step == STEP_DONE && code == LDAP_SIZELIMIT_EXCEEDED)
		*s->more = true;
	if (step == STEP_DONE && !give_entries(r, answer, s, n))
		step = STEP_FAILED;
	next_page(r, answered, cookie);
	ldap_memfree(text);
	ldap_controls_free(answered);
	ldap_msgfree(answer);
	return step;
}

enum step wire_search(struct run *r, const struct wire_search *s)
{
	struct berval cookie = { 0 };
	enum step step;
	int n = 0;

	do
		step = search_page(r, s, &cookie, &n);
	while (step == STEP_DONE && cookie.bv_len > 0);
	ldap_memfree(cookie.bv_val);
	return step;
}

/* ---- entries ---- */

static bool is_text(const struct berval *v)
{
	if (v->bv_len == 0 || v->bv_len > VALUE_MAX || !text_is_utf8(v->bv_val, v->bv_len))
		return false;
	for (size_t i = 0; i < v->bv_len; i++)
		if ((unsigned char)v->bv_val[i] < 0x20 || v->bv_val[i] == 0x7f)
			return false;
	return true;
}

void wire_texts(struct run *r, LDAPMessage *entry, const char *attribute,
	void (*fn)(struct run *r, const char *value, void *arg), void *arg)
{
	struct berval **values = ldap_get_values_len(r->ld, entry, attribute);

	for (size_t i = 0; values && values[i]; i++)
		if (is_text(values[i]))
			fn(r, arena_strndup(r->arena, values[i]->bv_val, values[i]->bv_len), arg);
	ldap_value_free_len(values);
}

static void keep_first(struct run *r, const char *value, void *arg)
{
	const char **first = arg;

	(void)r;
	if (!*first)
		*first = value;
}

char *wire_text(struct run *r, LDAPMessage *entry, const char *attribute)
{
	char *first = NULL;

	wire_texts(r, entry, attribute, keep_first, &first);
	return first;
}

char *wire_id(struct run *r, LDAPMessage *entry, const char *attribute)
{
	struct berval **values = ldap_get_values_len(r->ld, entry, attribute);
	struct buf hex = BUF_INIT;
	char *id = NULL;

	if (values && values[0] && values[0]->bv_len > 0 && values[0]->bv_len <= 100) {
		if (is_text(values[0])) {
			id = arena_strndup(r->arena, values[0]->bv_val, values[0]->bv_len);
		} else {
			buf_str(&hex, "hex:");
			for (size_t i = 0; i < values[0]->bv_len; i++)
				buf_printf(&hex, "%02x", (unsigned char)values[0]->bv_val[i]);
			id = arena_strdup(r->arena, buf_text(&hex));
			buf_finish(&hex);
		}
	}
	ldap_value_free_len(values);
	return id;
}

char *wire_dn(struct run *r, LDAPMessage *entry)
{
	char *dn = ldap_get_dn(r->ld, entry), *copy = arena_strdup(r->arena, dn);

	ldap_memfree(dn);
	return copy;
}
