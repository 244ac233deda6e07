/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Mail: the queue's payload, the message (RFC 5322, 2045, 2047, 3834), SMTP. */
#include "mail.h"
#include <curl/curl.h>
#include <jansson.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>
#include "bounce.h"
#include "buf.h"
#include "text.h"

const struct option_def mail_options[] = {
	{ "mail-server", OPTION_STRING, "", 0, 0,
		"SMTP server, as smtp://mail.example.org:587 or smtps://mail.example.org; empty sends no mail." },
	{ "mail-from", OPTION_STRING, "", 0, 0, "Address that mail comes from, as network@example.org." },
	{ "mail-from-name", OPTION_STRING, "", 0, 0, "Name beside that address." },
	{ "mail-user", OPTION_STRING, "", 0, 0, "Name to sign in to the mail server with; empty for none." },
	{ "mail-password-file", OPTION_PATH, "", 0, 0, "File whose first line is the password for it." },
	{ "mail-ca-file", OPTION_PATH, "", 0, 0,
		"Certificates to check the mail server against; empty for the system's." },
	{ "mail-bounces", OPTION_INT, "3", 1, 100,
		"After so many messages that came back for good an address gets no more notices." },
	{ "mail-timeout", OPTION_DURATION, "60s", 1000, 3600000, "How long one message may take to send." },
	{ NULL, 0, NULL, 0, 0, NULL }
};

/* ---- addresses ---- */

bool mail_address_ok(const char *s)
{
	size_t local = strcspn(s, "@"), domain;
	const char *d = s + local + 1;

	if (local == 0 || local > 64 || s[local] != '@' || strlen(s) > 254)
		return false;
	for (size_t i = 0; i < local; i++)
		if (!strchr("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789!#$%&'*+-/=?^_`{|}~.", s[i]))
			return false;
	domain = strspn(d, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-.");
	return s[0] != '.' && s[local - 1] != '.' && !strstr(s, "..") && domain > 0 && d[domain] == '\0' &&
		d[0] != '.' && d[0] != '-' && d[domain - 1] != '.' && d[domain - 1] != '-';
}

bool mail_configured(const struct engine *e)
{
	return *options_string(e->options, "mail-server");
}

/* smtp:// or smtps://; *host is where the name begins. */
static bool is_smtp(const char *url, const char **host)
{
	size_t n = strncmp(url, "smtp://", 7) == 0 ? 7 : strncmp(url, "smtps://", 8) == 0 ? 8 : 0;

	*host = url + n;
	return n && url[n] && !strpbrk(url + n, "/@?# ");
}

/* On this machine itself there is no one to listen, and mostly no certificate. */
static bool is_loopback_host(const char *host)
{
	size_t n = *host == '[' ? strcspn(host, "]") + 1 : strcspn(host, ":");

	return (n == 9 && strncmp(host, "localhost", 9) == 0) || (n == 5 && strncmp(host, "[::1]", 5) == 0) ||
		(strncmp(host, "127.", 4) == 0 && strspn(host, "0123456789.") == n);
}

bool mail_check(const struct engine *e, struct error *err)
{
	const char *host, *from = options_string(e->options, "mail-from");

	if (!mail_configured(e))
		return true;
	if (!is_smtp(options_string(e->options, "mail-server"), &host))
		return error_set(err, ERROR_INVALID, "mail-server must be smtp://host:port or smtps://host:port.");
	if (!mail_address_ok(from))
		return error_set(err, ERROR_INVALID, "mail-from must be an address when mail-server is set.");
	return true;
}

/* ---- the queue ---- */

bool mail_queue(struct db *w, const struct mail *m, struct error *err)
{
	json_t *o;
	char *payload, about[300];
	bool ok;

	if (!mail_address_ok(m->to))
		return error_set(err, ERROR_INVALID, "'%.100s' is not an e-mail address.", m->to);
	o = json_pack("{s:s, s:s, s:s}", "to", m->to, "subject", m->subject, "text", m->text);
	payload = o ? json_dumps(o, JSON_COMPACT) : NULL;
	json_decref(o);
	if (!payload)
		return error_set(err, ERROR_INTERNAL, "The message is not UTF-8 text.");
	snprintf(about, sizeof about, "%.200s", m->to);
	ok = job_add(w, "mail", m->key, about, payload, 0, err);
	sodium_memzero(payload, strlen(payload));
	free(payload);
	return ok;
}

/* ---- the message ---- */

/* RFC 2047: ASCII as it is, else encoded words of whole characters. */
static void put_encoded(struct buf *out, const char *s)
{
	bool plain = true;

	for (const char *c = s; *c; c++)
		plain = plain && (unsigned char)*c >= 0x20 && (unsigned char)*c < 0x7f;
	if (plain && !strstr(s, "=?")) {
		buf_str(out, s);
		return;
	}
	for (const char *sep = ""; *s; sep = " ") {
		char word[80];
		size_t n = 0;

		while (n < 42 && s[n])
			n++;
		while (n > 1 && ((unsigned char)s[n] & 0xc0) == 0x80)
			n--;
		sodium_bin2base64(word, sizeof word, (const unsigned char *)s, n, sodium_base64_VARIANT_ORIGINAL);
		buf_printf(out, "%s=?UTF-8?B?%s?=", sep, word);
		s += n;
	}
}

/* Control characters would end the header. */
static char *one_line(struct arena *a, const char *s)
{
	char *line = arena_strdup(a, s);

	for (char *c = line; *c; c++)
		if ((unsigned char)*c < 0x20 || *c == 0x7f)
			*c = ' ';
	return line;
}

static void add_header(struct curl_slist **list, struct buf *b)
{
	*list = curl_slist_append(*list, buf_text(b));
	if (!*list)
		abort();
	buf_clear(b);
}

/* RFC 5322, 3.6.2 and 3.6.4. The thread has a name of its own, which is no message that was sent. */
static void answer_headers(const char *from, const struct mail *m, struct curl_slist **list, struct buf *b)
{
	if (m->reply_to) {
		buf_printf(b, "Reply-To: <%s>", m->reply_to);
		add_header(list, b);
	}
	if (m->thread) {
		buf_printf(b, "References: <%s@%s>", m->thread, strchr(from, '@') + 1);
		add_header(list, b);
	}
}

/* RFC 5322, 3.2.5: atoms as they are, other ASCII in quotes, all else encoded. */
static void put_phrase(struct buf *out, const char *s)
{
	static const char atoms[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 -";
	bool ascii = true;

	for (const char *c = s; *c; c++)
		ascii = ascii && (unsigned char)*c >= 0x20 && (unsigned char)*c < 0x7f;
	if (!ascii || strspn(s, atoms) == strlen(s)) {
		put_encoded(out, s);
		return;
	}
	buf_char(out, '"');
	for (; *s; s++)
		buf_printf(out, "%s%c", *s == '"' || *s == '\\' ? "\\" : "", *s);
	buf_char(out, '"');
}

/* RFC 2919, 2369, 8058 */
static void list_headers(const char *from, const struct mail *m, struct curl_slist **list, struct buf *b)
{
	if (m->list_id) {
		buf_str(b, "List-Id: ");
		put_phrase(b, m->list_name);
		buf_printf(b, " <%s.%s>", m->list_id, strchr(from, '@') + 1);
		add_header(list, b);
	}
	if (m->unsubscribe) {
		buf_printf(b, "List-Unsubscribe: <%s>", m->unsubscribe);
		add_header(list, b);
		buf_str(b, "List-Unsubscribe-Post: List-Unsubscribe=One-Click");
		add_header(list, b);
	}
}

static struct curl_slist *headers(const struct engine *e, struct arena *a, const struct mail *m, const char *id)
{
	const char *from = options_string(e->options, "mail-from"), *name = options_string(e->options, "mail-from-name");
	struct curl_slist *list = NULL;
	struct buf b = BUF_INIT;
	time_t now = time(NULL);
	char date[64];
	struct tm tm;

	gmtime_r(&now, &tm);
	strftime(date, sizeof date, "%a, %d %b %Y %H:%M:%S +0000", &tm);
	buf_str(&b, "From: ");
	if (*name) {
		bool atoms = strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 -") == strlen(name);

		/* A name of other characters is encoded, so that none needs quoting. */
		if (atoms) {
			buf_str(&b, name);
		} else {
			char *marked = arena_printf(a, "%s\xe2\x80\x8b", one_line(a, name));

			put_encoded(&b, marked);
		}
		buf_printf(&b, " <%s>", from);
	} else {
		buf_str(&b, from);
	}
	add_header(&list, &b);
	buf_printf(&b, "To: %s", m->to);
	add_header(&list, &b);
	buf_str(&b, "Subject: ");
	put_encoded(&b, one_line(a, m->subject));
	add_header(&list, &b);
	buf_printf(&b, "Date: %s", date);
	add_header(&list, &b);
	/* The same at every attempt, so that a message sent twice is seen to be one. */
	buf_printf(&b, "Message-ID: <%s@%s>", id, strchr(from, '@') + 1);
	add_header(&list, &b);
	buf_str(&b, "Auto-Submitted: auto-generated");
	add_header(&list, &b);
	answer_headers(from, m, &list, &b);
	list_headers(from, m, &list, &b);
	buf_finish(&b);
	return list;
}

static char *crlf(struct arena *a, const char *s)
{
	char *out = arena_alloc(a, strlen(s) * 2 + 1), *to = out;

	for (; *s; s++) {
		if (*s == '\n')
			*to++ = '\r';
		if (*s != '\r')
			*to++ = *s;
	}
	*to = '\0';
	return out;
}

/* ---- sending ---- */

static bool first_line(const char *path, char *out, int size)
{
	FILE *f = fopen(path, "re");
	bool ok = f && fgets(out, size, f);

	if (f)
		fclose(f);
	if (ok)
		out[strcspn(out, "\r\n")] = '\0';
	return ok;
}

static enum job_result outcome(CURL *curl, CURLcode rc, const char *words, struct error *err)
{
	long code = 0;

	if (rc == CURLE_OK)
		return JOB_GOOD;
	curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &code);
	error_set(err, ERROR_UNAVAILABLE, "The mail server did not take the message: %s%s.", curl_easy_strerror(rc),
		rc == CURLE_PEER_FAILED_VERIFICATION ? " (its certificate was not accepted)" : "");
	error_detail(err, "SMTP %ld: %s", code, words);
	/* A refusal of the message or the receiver stays one; all else may pass. */
	return code >= 500 && code < 600 && code != 530 && code != 534 && code != 535 && code != 538 &&
		rc != CURLE_LOGIN_DENIED && rc != CURLE_USE_SSL_FAILED ? JOB_HOPELESS : JOB_AGAIN;
}

static void put_part(curl_mime *mime, struct arena *a, const char *text, const char *type, const char *encoder)
{
	curl_mimepart *part = curl_mime_addpart(mime);

	if (!part)
		abort();
	curl_mime_data(part, crlf(a, text), CURL_ZERO_TERMINATED);
	curl_mime_type(part, type);
	curl_mime_encoder(part, encoder);
}

/* Text alone, or alternatives from the plainest to the richest (RFC 2046, 5.1.4). */
static void put_body(CURL *curl, curl_mime *mime, struct arena *a, const struct mail *m)
{
	curl_mimepart *part;
	curl_mime *inner;

	if (!m->html && !m->calendar) {
		put_part(mime, a, m->text, "text/plain; charset=utf-8", "quoted-printable");
		return;
	}
	part = curl_mime_addpart(mime);
	inner = curl_mime_init(curl);
	if (!part || !inner)
		abort();
	put_part(inner, a, m->text, "text/plain; charset=utf-8", "quoted-printable");
	if (m->html)
		put_part(inner, a, m->html, "text/html; charset=utf-8", "quoted-printable");
	if (m->calendar)
		put_part(inner, a, m->calendar, arena_printf(a, "text/calendar; charset=utf-8; method=%s", m->method), "base64");
	curl_mime_subparts(part, inner);
	curl_mime_type(part, "multipart/alternative");
}

static enum job_result send_message(const struct engine *e, struct arena *a, const char *id, const struct mail *m,
	struct error *err)
{
	const struct options *o = e->options;
	const char *server = options_string(o, "mail-server"), *user = options_string(o, "mail-user"), *host;
	const char *password_file = options_string(o, "mail-password-file"), *ca = options_string(o, "mail-ca-file");
	char password[256] = "", words[CURL_ERROR_SIZE] = "";
	enum job_result result;

	if (!mail_configured(e)) {
		error_set(err, ERROR_UNAVAILABLE, "No mail server is set (option mail-server).");
		return JOB_AGAIN;
	}
	if (*password_file && !first_line(password_file, password, sizeof password)) {
		error_set(err, ERROR_UNAVAILABLE, "The file %s (mail-password-file) cannot be read.", password_file);
		return JOB_AGAIN;
	}
	is_smtp(server, &host);
	CURL *curl = curl_easy_init();
	struct curl_slist *list = headers(e, a, m, id), *receivers = curl_slist_append(NULL, m->to);
	curl_mime *mime = curl ? curl_mime_init(curl) : NULL;
	if (!mime || !receivers)
		abort();
	put_body(curl, mime, a, m);
	curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "smtp,smtps");
	curl_easy_setopt(curl, CURLOPT_PROXY, "");
	curl_easy_setopt(curl, CURLOPT_URL, server);
	curl_easy_setopt(curl, CURLOPT_USE_SSL, (long)(is_loopback_host(host) && !*ca ? CURLUSESSL_NONE : CURLUSESSL_ALL));
	curl_easy_setopt(curl, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
	if (*ca)
		curl_easy_setopt(curl, CURLOPT_CAINFO, ca);
	if (*user) {
		curl_easy_setopt(curl, CURLOPT_USERNAME, user);
		curl_easy_setopt(curl, CURLOPT_PASSWORD, password);
	}
	curl_easy_setopt(curl, CURLOPT_MAIL_FROM, options_string(o, "mail-from"));
	curl_easy_setopt(curl, CURLOPT_MAIL_RCPT, receivers);
	curl_easy_setopt(curl, CURLOPT_HTTPHEADER, list);
	curl_easy_setopt(curl, CURLOPT_MIMEPOST, mime);
	curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS, 10000L);
	curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, (long)options_int(o, "mail-timeout"));
	curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, words);
	result = outcome(curl, curl_easy_perform(curl), words, err);
	curl_mime_free(mime);
	curl_slist_free_all(receivers);
	curl_slist_free_all(list);
	curl_easy_cleanup(curl);
	sodium_memzero(password, sizeof password);
	return result;
}

static enum job_result run_mail(struct engine *e, struct db *db, const struct job_row *job, struct error *err)
{
	json_t *o = job->payload ? json_loads(job->payload, 0, NULL) : NULL;
	struct mail m = { NULL };
	enum job_result result = JOB_HOPELESS;

	(void)db;
	if (o && json_unpack(o, "{s:s, s:s, s:s}", "to", &m.to, "subject", &m.subject, "text", &m.text) == 0) {
		struct arena *a = arena_create();

		result = send_message(e, a, job->id, &m, err);
		arena_destroy(a);
	} else {
		error_set(err, ERROR_INTERNAL, "The message of this job cannot be read.");
	}
	json_decref(o);
	return result;
}

enum job_result mail_deliver(const struct engine *e, struct db *db, struct arena *a, const char *id,
	const struct mail *m, struct error *err)
{
	bool blocked;

	if (!mail_address_ok(m->to)) {
		error_set(err, ERROR_INVALID, "'%.100s' is not an e-mail address.", m->to);
		return JOB_HOPELESS;
	}
	if (!bounce_blocked(db, m->to, options_int(e->options, "mail-bounces"), &blocked, err))
		return JOB_AGAIN;
	if (blocked) {
		error_set(err, ERROR_CONFLICT, "Mail to %.100s came back too often.", m->to);
		return JOB_HOPELESS;
	}
	return send_message(e, a, id, m, err);
}

const struct job_kind mail_jobs[] = {
	{ "mail", 0, NULL, run_mail },
	{ NULL, 0, NULL, NULL }
};

bool mail_test(const struct engine *e, const char *to, struct error *err)
{
	struct arena *a = arena_create();
	char id[ID_SIZE];
	bool ok = mail_check(e, err);

	if (ok && !mail_address_ok(to))
		ok = error_set(err, ERROR_INVALID, "'%.100s' is not an e-mail address.", to);
	id_new(id);
	struct mail m = { .to = to, .subject = "A test of the network's mail",
		.text = "This message was sent by 'commonweal mail'. Mail from the network reaches you.\n" };
	ok = ok && send_message(e, a, id, &m, err) == JOB_GOOD;
	arena_destroy(a);
	return ok;
}
