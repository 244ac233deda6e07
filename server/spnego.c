/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Desktop sign-on by Kerberos (SPNEGO, RFC 4178 and 4559) with MIT's GSSAPI. */
#include "spnego.h"
#include <ctype.h>
#include <gssapi/gssapi.h>
#include <gssapi/gssapi_ext.h>
#include <gssapi/gssapi_krb5.h>
#include <pthread.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>
#include "text.h"

const struct option_def spnego_options[] = {
	{ "spnego-keytab", OPTION_PATH, "", 0, 0, "Keys of the service HTTP/<host name> in the Kerberos realm; "
		"with it, people can sign in by their computer's ticket. Needs the directory." },
	{ "spnego-realm", OPTION_STRING, "", 0, 0, "The Kerberos realm whose people may, such as EXAMPLE.ORG." },
	{ NULL, 0, NULL, 0, 0, NULL }
};

#define TOKEN_MAX 48000
#define REMEMBERED 4096 /* tickets that were used, against a second use */
#define REPLAY_US (INT64_C(11) * 60 * 1000000) /* twice the clock skew that Kerberos allows, and some */

struct used {
	char sha256[65];
	int64_t until_us;
};

struct spnego {
	const char *realm;
	gss_cred_id_t credentials;
	pthread_mutex_t mutex; /* used */
	struct used *used;
	size_t next;
};

static gss_OID_desc spnego_mechanism = { 6, "\x2b\x06\x01\x05\x05\x02" };

/* ---- start ---- */

static const char *gss_words(struct arena *a, OM_uint32 major, OM_uint32 minor)
{
	gss_buffer_desc text = GSS_C_EMPTY_BUFFER;
	OM_uint32 ignored, context = 0;
	const char *words;

	if (gss_display_status(&ignored, minor ? minor : major, minor ? GSS_C_MECH_CODE : GSS_C_GSS_CODE,
		GSS_C_NO_OID, &context, &text) != GSS_S_COMPLETE)
		return "unknown reason";
	words = arena_strndup(a, text.value, text.length);
	gss_release_buffer(&ignored, &text);
	return words;
}

/* Keys of the service HTTP only, whatever else the keytab holds. GSSAPI's own
 * memory of used tickets is a file; ours is below. */
static bool acquire(struct spnego *s, const char *keytab, struct error *err)
{
	gss_buffer_desc name = { 4, "HTTP" };
	gss_key_value_element_desc elements[] = { { "keytab", keytab }, { "rcache", "none:" } };
	gss_key_value_set_desc store = { 2, elements };
	gss_OID_set_desc mechanisms = { 1, &spnego_mechanism };
	gss_name_t service = GSS_C_NO_NAME;
	OM_uint32 major, minor, ignored;

	major = gss_import_name(&minor, &name, GSS_C_NT_HOSTBASED_SERVICE, &service);
	if (major == GSS_S_COMPLETE)
		major = gss_acquire_cred_from(&minor, service, GSS_C_INDEFINITE, &mechanisms, GSS_C_ACCEPT, &store,
			&s->credentials, NULL, NULL);
	gss_release_name(&ignored, &service);
	if (major == GSS_S_COMPLETE)
		return true;
	struct arena *a = arena_create();
	error_set(err, ERROR_INVALID, "spnego-keytab %.150s cannot be used: %.200s.", keytab, gss_words(a, major, minor));
	arena_destroy(a);
	return false;
}

bool spnego_create(const struct options *o, struct spnego **out, struct error *err)
{
	const char *keytab = options_string(o, "spnego-keytab"), *realm = options_string(o, "spnego-realm");
	const char *servers = options_string(o, "ldap-servers");
	struct spnego *s;

	*out = NULL;
	if (!*keytab)
		return true;
	if (!*realm || strpbrk(realm, "@/\\ "))
		return error_set(err, ERROR_INVALID, "spnego-keytab needs spnego-realm, such as EXAMPLE.ORG.");
	if (servers[strspn(servers, ", \t")] == '\0')
		return error_set(err, ERROR_INVALID, "spnego-keytab needs the directory (ldap-servers): a ticket says who "
			"someone is, the directory what they may do.");
	if (access(keytab, R_OK) != 0)
		return error_set(err, ERROR_INVALID, "spnego-keytab %.200s cannot be read.", keytab);
	s = calloc(1, sizeof *s);
	if (!s)
		abort();
	s->realm = realm;
	s->used = calloc(REMEMBERED, sizeof *s->used);
	if (!s->used)
		abort();
	pthread_mutex_init(&s->mutex, NULL);
	if (acquire(s, keytab, err)) {
		*out = s;
		return true;
	}
	spnego_destroy(s);
	return false;
}

void spnego_destroy(struct spnego *s)
{
	OM_uint32 ignored;

	if (!s)
		return;
	gss_release_cred(&ignored, &s->credentials);
	pthread_mutex_destroy(&s->mutex);
	free(s->used);
	free(s);
}

/* ---- tickets ---- */

/* Notes a ticket; false if it was used before. When too many are used to
 * remember them all, none is good until the oldest has run out. */
static bool first_use(struct spnego *s, const void *token, size_t n)
{
	int64_t now = clock_now_us();
	char sha256[65];
	bool first = true;

	sha256_hex(token, n, sha256);
	pthread_mutex_lock(&s->mutex);
	for (size_t i = 0; i < REMEMBERED && first; i++)
		first = s->used[i].until_us < now || strcmp(s->used[i].sha256, sha256) != 0;
	if (first && s->used[s->next].until_us >= now)
		first = false;
	if (first) {
		memcpy(s->used[s->next].sha256, sha256, sizeof sha256);
		s->used[s->next].until_us = now + REPLAY_US;
		s->next = (s->next + 1) % REMEMBERED;
	}
	pthread_mutex_unlock(&s->mutex);
	return first;
}

bool spnego_offered(const char *header)
{
	return header && strncasecmp(header, "Negotiate ", 10) == 0;
}

static bool decode(struct arena *a, const char *header, gss_buffer_desc *token)
{
	const char *text = header + 10 + strspn(header + 10, " ");
	size_t n = strlen(text), got;
	unsigned char *bytes;

	if (n == 0 || n > TOKEN_MAX)
		return false;
	bytes = arena_alloc(a, n);
	if (sodium_base642bin(bytes, n, text, n, NULL, &got, NULL, sodium_base64_VARIANT_ORIGINAL) != 0 || got == 0)
		return false;
	*token = (gss_buffer_desc){ got, bytes };
	return true;
}

static const char *encode(struct arena *a, const gss_buffer_desc *token)
{
	size_t n = sodium_base64_encoded_len(token->length, sodium_base64_VARIANT_ORIGINAL);
	char *text = arena_alloc(a, n);

	sodium_bin2base64(text, n, token->value, token->length, sodium_base64_VARIANT_ORIGINAL);
	return arena_printf(a, "Negotiate %s", text);
}

const char *spnego_login(struct arena *a, const char *principal, const char *realm)
{
	const char *at = strchr(principal, '@');
	char *login;

	if (!at || at == principal || strcmp(at + 1, realm) != 0 || strpbrk(principal, "/\\"))
		return NULL;
	login = arena_strndup(a, principal, (size_t)(at - principal));
	for (char *s = login; *s; s++)
		*s = (char)(isascii((unsigned char)*s) ? tolower((unsigned char)*s) : *s);
	return login;
}

static const char *name_of(struct arena *a, gss_name_t name)
{
	gss_buffer_desc text = GSS_C_EMPTY_BUFFER;
	gss_OID type = GSS_C_NO_OID;
	OM_uint32 ignored;
	const char *principal = NULL;

	if (gss_display_name(&ignored, name, &text, &type) == GSS_S_COMPLETE && type &&
		gss_oid_equal(type, GSS_KRB5_NT_PRINCIPAL_NAME) && !memchr(text.value, '\0', text.length))
		principal = arena_strndup(a, text.value, text.length);
	gss_release_buffer(&ignored, &text);
	return principal;
}

enum spnego_result spnego_accept(struct spnego *s, struct arena *a, const char *header, const char **login,
	const char **reply, const char **reason)
{
	gss_buffer_desc token, answer = GSS_C_EMPTY_BUFFER;
	gss_ctx_id_t context = GSS_C_NO_CONTEXT;
	gss_name_t client = GSS_C_NO_NAME;
	OM_uint32 major, minor, flags = 0, ignored;
	enum spnego_result result = SPNEGO_NO;

	*login = *reply = NULL;
	if (!spnego_offered(header) || !decode(a, header, &token)) {
		*reason = "no token";
		return SPNEGO_NO;
	}
	major = gss_accept_sec_context(&minor, &context, s->credentials, &token, GSS_C_NO_CHANNEL_BINDINGS, &client,
		NULL, &answer, &flags, NULL, NULL);
	if (major == GSS_S_CONTINUE_NEEDED) {
		/* Another round would need memory of a half-known caller; Kerberos needs one. */
		*reason = "not a Kerberos ticket";
	} else if (major != GSS_S_COMPLETE) {
		*reason = gss_words(a, major, minor);
	} else if (flags & GSS_C_ANON_FLAG) {
		*reason = "anonymous";
	} else if (!first_use(s, token.value, token.length)) {
		*reason = "the ticket was used before";
	} else {
		const char *principal = name_of(a, client);

		*login = principal ? spnego_login(a, principal, s->realm) : NULL;
		*reason = *login ? "good" : "not a person of spnego-realm";
		result = *login ? SPNEGO_YES : SPNEGO_STRANGE;
		if (answer.length)
			*reply = encode(a, &answer);
	}
	gss_release_buffer(&ignored, &answer);
	gss_release_name(&ignored, &client);
	gss_delete_sec_context(&ignored, &context, GSS_C_NO_BUFFER);
	return result;
}
