/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tokens that only a page of ours can have put into a form. */
#include "csrf.h"
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include "route.h"
#include "session.h"
#include "upload.h"

void csrf_token(const char *secret, char out[CSRF_SIZE])
{
	static const unsigned char purpose[] = "commonweal csrf 1";
	unsigned char hash[32];

	if (crypto_generichash(hash, sizeof hash, purpose, sizeof purpose - 1, (const unsigned char *)secret,
		strlen(secret)) != 0)
		abort();
	sodium_bin2hex(out, CSRF_SIZE, hash, sizeof hash);
}

bool csrf_valid(const char *token, const char *given)
{
	return given && strlen(given) == CSRF_SIZE - 1 && strlen(token) == CSRF_SIZE - 1 &&
		sodium_memcmp(token, given, CSRF_SIZE - 1) == 0;
}

static const char *given_by(const struct request *rq)
{
	const char *field = request_form(rq, CSRF_FIELD);

	field = field ? field : request_header(rq, CSRF_HEADER);
	/* Beside the address of an upload, so that it is there before the files. */
	for (size_t i = 0; !field && (rq->route->flags & ROUTE_UPLOAD) && i < rq->n_query; i++)
		if (strcmp(rq->query[i].name, CSRF_FIELD) == 0)
			field = rq->query[i].value;
	return field;
}

static bool refuse(struct response *rs, struct error *err, const char *words)
{
	rs->status = 403;
	return error_set(err, ERROR_INVALID, "%s", words);
}

bool csrf_check(const struct request *rq, struct response *rs, struct error *err)
{
	const struct session *s = rq->session ? rq->session : rq->pending;

	if ((rq->method & (HTTP_GET | HTTP_HEAD | HTTP_OPTIONS)) || (rq->route->flags & ROUTE_NO_CSRF))
		return true;
	if (rq->route->flags & ROUTE_PRE_CSRF)
		return csrf_check_pre(rq, rs, err);
	if (s && rq->asked && !given_by(rq)) {
		rq->asked->token = s->csrf;
		return true;
	}
	if (!s || csrf_valid(s->csrf, given_by(rq)))
		return true;
	return refuse(rs, err, "This form is from before you signed in, or from another session, so nothing was "
		"changed. Go back, load the page again and send it once more; what you typed is still there.");
}

/* 64 hex digits, as we make them. */
static const char *pre_cookie(const struct request *rq)
{
	const char *value = request_cookie(rq, CSRF_PRE_COOKIE);

	return value && strlen(value) == 64 && strspn(value, "0123456789abcdef") == 64 ? value : NULL;
}

const char *csrf_pre(struct request *rq, struct response *rs)
{
	const char *secret = pre_cookie(rq);
	char *token = arena_alloc(rq->arena, CSRF_SIZE);

	if (!secret) {
		char *made = arena_alloc(rq->arena, SECRET_SIZE);

		secret_new(made);
		secret = made;
	}
	cookie_set(rs, CSRF_PRE_COOKIE, secret, 3600); /* again, so that its hour begins anew */
	csrf_token(secret, token);
	return token;
}

bool csrf_check_pre(const struct request *rq, struct response *rs, struct error *err)
{
	const char *secret = pre_cookie(rq);
	char token[CSRF_SIZE];

	if (!secret)
		return refuse(rs, err, "Your browser did not send back the cookie of this form. Allow cookies for this "
			"site, load the page again and send it once more.");
	csrf_token(secret, token);
	return csrf_valid(token, given_by(rq)) || refuse(rs, err, "This form is out of date. Go back, load the page "
		"again and send it once more.");
}

const char *csrf_seal(const struct request *rq, const char *word)
{
	const char *key = rq->session ? rq->session->csrf : "";
	unsigned char hash[crypto_generichash_BYTES_MIN];
	char *seal = arena_alloc(rq->arena, 17);

	if (crypto_generichash(hash, sizeof hash, (const unsigned char *)word, strlen(word), (const unsigned char *)key,
		strlen(key)) != 0)
		abort();
	sodium_bin2hex(seal, 17, hash, 8);
	return seal;
}
