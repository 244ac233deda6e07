/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A message: its header, and the parts that are text. */
#include "reply_mail.h"
#include <gmime/gmime.h>
#include <string.h>
#include <strings.h>
#include "buf.h"
#include "mail.h"
#include "text.h"

#define TO_MAX 50
#define DEPTH_MAX 20

/* ---- Authentication-Results ---- */

/* Without comments; white space around "=" goes, so that each statement is one word. */
static char *ar_plain(struct arena *a, const char *field)
{
	char *out = arena_alloc(a, strlen(field) + 1), *to = out;
	bool quoted = false;
	int depth = 0;

	for (const char *s = field; *s; s++) {
		char c = *s == '\t' || *s == '\r' || *s == '\n' ? ' ' : *s;

		if (c == '\\' && s[1] && (quoted || depth)) {
			s++;
			if (!depth) {
				*to++ = c;
				*to++ = *s;
			}
			continue;
		}
		if (c == '"' && !depth)
			quoted = !quoted;
		else if (c == '(' && !quoted && depth++ == 0)
			c = ' ';
		else if (c == ')' && depth && --depth == 0)
			continue;
		if (depth)
			continue;
		if (!quoted && c == ' ' && (to == out || to[-1] == ' ' || to[-1] == '='))
			continue;
		if (!quoted && c == '=' && to > out && to[-1] == ' ')
			to--;
		*to++ = c;
	}
	*to = '\0';
	return out;
}

/* The next statement (until ";", outside quotes) or word (until a space) of *s, cut off there; NULL at the end. */
static char *ar_next(char **s, char stop)
{
	char *from = *s + strspn(*s, " "), *c = from;
	bool quoted = false;

	if (!*from)
		return NULL;
	for (; *c && (quoted || *c != stop); c++) {
		if (*c == '\\' && quoted && c[1])
			c++;
		else if (*c == '"')
			quoted = !quoted;
	}
	*s = *c ? c + 1 : c;
	*c = '\0';
	return from;
}

static char *ar_value(char *word)
{
	char *to = word;

	if (*word != '"')
		return word;
	for (const char *s = word + 1; *s && *s != '"'; s++) {
		if (*s == '\\' && s[1])
			s++;
		*to++ = *s;
	}
	*to = '\0';
	return word;
}

/* Of "dmarc=pass reason=... header.from=example.org". */
static enum reply_dmarc ar_dmarc(char *statement, const char *domain)
{
	enum reply_dmarc found = REPLY_DMARC_UNSAID;
	bool ours = false;
	char *word;

	for (bool first = true; (word = ar_next(&statement, ' ')); first = false) {
		size_t n = strcspn(word, "=");
		const char *value = word[n] ? ar_value(word + n + 1) : "";

		if (first && (strncasecmp(word, "dmarc", 5) != 0 || (word[5] != '=' && word[5] != '/')))
			return REPLY_DMARC_UNSAID;
		if (first)
			found = strcasecmp(value, "pass") == 0 ? REPLY_DMARC_PASS : strcasecmp(value, "none") == 0 ?
				REPLY_DMARC_NONE : REPLY_DMARC_FAIL;
		else if (n == 11 && strncasecmp(word, "header.from", 11) == 0)
			ours = strcasecmp(value, domain) == 0;
	}
	/* What it checked must be what we read: programs can differ on what the From address is. */
	return ours || found == REPLY_DMARC_FAIL ? found : REPLY_DMARC_UNSAID;
}

enum reply_dmarc reply_mail_verdict(struct arena *a, const char *field, const char *authserv_id, const char *domain)
{
	char *rest = ar_plain(a, field), *statement = ar_next(&rest, ';'), *id = statement ? ar_next(&statement, ' ') : NULL;
	enum reply_dmarc found = REPLY_DMARC_UNSAID;

	if (!id || !*authserv_id || strcasecmp(ar_value(id), authserv_id) != 0)
		return found;
	while ((statement = ar_next(&rest, ';'))) {
		enum reply_dmarc one = ar_dmarc(statement, domain);

		if (one && found && one != found)
			return REPLY_DMARC_FAIL;
		found = one ? one : found;
	}
	return found;
}

/* ---- the header ---- */

static char *lower(struct arena *a, const char *s)
{
	char *out = arena_strdup(a, s);

	for (char *c = out; *c; c++)
		if (*c >= 'A' && *c <= 'Z')
			*c = (char)(*c - 'A' + 'a');
	return out;
}

/* Adds the addresses of a field; false: it is more than plain addresses. */
static bool read_addresses(struct arena *a, const char *value, const char **out, size_t *n, size_t most)
{
	InternetAddressList *list = value ? internet_address_list_parse(NULL, value) : NULL;
	int count = list ? internet_address_list_length(list) : 0;
	bool plain = count > 0;

	for (int i = 0; i < count; i++) {
		InternetAddress *one = internet_address_list_get_address(list, i);
		const char *address = INTERNET_ADDRESS_IS_MAILBOX(one) ?
			internet_address_mailbox_get_addr(INTERNET_ADDRESS_MAILBOX(one)) : NULL;

		if (address && mail_address_ok(address) && *n < most)
			out[(*n)++] = lower(a, address);
		else
			plain = false;
	}
	if (list)
		g_object_unref(list);
	return plain;
}

static bool is(const char *name, const char *wanted)
{
	return name && strcasecmp(name, wanted) == 0;
}

/* RFC 3834, and what programs said before it; mailing lists; reports have no sender. */
static bool says_automatic(const char *name, const char *value)
{
	static const char *const bulk[] = { "bulk", "junk", "list", "auto_reply" };

	value += strspn(value, " \t\r\n");
	if (is(name, "Auto-Submitted"))
		return strncasecmp(value, "no", 2) != 0 || (value[2] && !strchr(" \t\r\n;(", value[2]));
	for (size_t i = 0; is(name, "Precedence") && i < sizeof bulk / sizeof *bulk; i++)
		if (strncasecmp(value, bulk[i], strlen(bulk[i])) == 0)
			return true;
	if (is(name, "Return-Path"))
		return strncmp(value, "<>", 2) == 0;
	return is(name, "List-Id") || is(name, "List-Post") || is(name, "X-Autoreply") || is(name, "X-Autorespond") ||
		is(name, "X-Failed-Recipients");
}

static void read_header(struct arena *a, GMimeObject *message, struct reply_mail *out)
{
	GMimeHeaderList *list = g_mime_object_get_header_list(message);
	const char **to = arena_array(a, TO_MAX, sizeof *to), *from[2];
	size_t n_from = 0;
	bool plain = true;

	for (int i = 0; i < g_mime_header_list_get_count(list); i++) {
		GMimeHeader *h = g_mime_header_list_get_header_at(list, i);
		const char *name = g_mime_header_get_name(h), *value = g_mime_header_get_raw_value(h);

		if (!name || !value)
			continue;
		if (is(name, "From"))
			plain = read_addresses(a, value, from, &n_from, 2) && plain;
		else if (is(name, "To") || is(name, "Cc") || is(name, "Delivered-To") || is(name, "X-Original-To"))
			read_addresses(a, value, to, &out->n_to, TO_MAX);
		out->automatic = out->automatic || says_automatic(name, value);
	}
	out->to = to;
	out->from = plain && n_from == 1 ? from[0] : NULL;
}

/* Of the trusted server's fields; more than one may speak of it, but not differently. */
static void read_verdict(struct arena *a, GMimeObject *message, const char *authserv_id, struct reply_mail *out)
{
	GMimeHeaderList *list = g_mime_object_get_header_list(message);
	const char *domain = out->from ? strchr(out->from, '@') + 1 : NULL;

	for (int i = 0; domain && i < g_mime_header_list_get_count(list); i++) {
		GMimeHeader *h = g_mime_header_list_get_header_at(list, i);
		const char *value = g_mime_header_get_raw_value(h);
		enum reply_dmarc one = value && is(g_mime_header_get_name(h), "Authentication-Results") ?
			reply_mail_verdict(a, value, authserv_id, domain) : REPLY_DMARC_UNSAID;

		if (one && out->dmarc && one != out->dmarc) {
			out->dmarc = REPLY_DMARC_UNSAID;
			return;
		}
		out->dmarc = one ? one : out->dmarc;
	}
}

/* ---- the text ---- */

struct reading {
	struct arena *arena;
	struct buf text;
	bool attached;
};

/* RFC 3676: a line that ends with a space goes on in the next one; a leading space was put there. */
static char *unflow(struct arena *a, const char *s, bool delsp)
{
	char *out = arena_alloc(a, strlen(s) + 1), *to = out;

	while (*s) {
		size_t n = strcspn(s, "\n");
		bool quote = *s == '>', stuffed = *s == ' ', soft = n && s[n - 1] == ' ' && s[n] && s[n + 1] != '>';

		soft = soft && !quote && !(n == 3 && strncmp(s, "-- ", 3) == 0);
		memcpy(to, s + stuffed, n - stuffed);
		to += n - stuffed - (soft && delsp && n > stuffed);
		s += n;
		if (*s) {
			if (!soft)
				*to++ = '\n';
			s++;
		}
	}
	*to = '\0';
	return out;
}

static char *part_text(struct arena *a, GMimeObject *part)
{
	GMimeContentType *type = g_mime_object_get_content_type(part);
	char *raw = g_mime_text_part_get_text(GMIME_TEXT_PART(part)), *good = raw ? g_utf8_make_valid(raw, -1) : NULL;
	const char *format = g_mime_content_type_get_parameter(type, "format");
	const char *delsp = g_mime_content_type_get_parameter(type, "delsp");
	char *out = arena_strdup(a, good ? good : ""), *to = out;

	g_free(raw);
	g_free(good);
	for (const char *s = out; *s; s++)
		if (*s != '\r')
			*to++ = (unsigned char)*s < 0x20 && *s != '\n' && *s != '\t' ? ' ' : *s;
	*to = '\0';
	if (g_mime_content_type_is_type(type, "text", "html"))
		return reply_mail_html(a, out, strlen(out));
	return is(format, "flowed") ? unflow(a, out, is(delsp, "yes")) : out;
}

static bool is_file(GMimeObject *part)
{
	GMimeContentDisposition *how = g_mime_object_get_content_disposition(part);

	return (how && strcasecmp(g_mime_content_disposition_get_disposition(how), "attachment") == 0) ||
		(GMIME_IS_PART(part) && g_mime_part_get_filename(GMIME_PART(part)));
}

static void walk(struct reading *r, GMimeObject *part, int depth);

/* The same in several forms: the plain one, if it says anything; else the last that does. */
static void walk_alternatives(struct reading *r, GMimeMultipart *all, int depth)
{
	int n = g_mime_multipart_get_count(all);
	size_t before = r->text.len;

	for (int i = 0; i < n && r->text.len == before; i++) {
		GMimeObject *part = g_mime_multipart_get_part(all, i);

		if (g_mime_content_type_is_type(g_mime_object_get_content_type(part), "text", "plain"))
			walk(r, part, depth);
	}
	for (int i = n - 1; i >= 0 && r->text.len == before; i--)
		walk(r, g_mime_multipart_get_part(all, i), depth);
}

static void walk_multipart(struct reading *r, GMimeObject *part, int depth)
{
	GMimeContentType *type = g_mime_object_get_content_type(part);
	GMimeMultipart *all = GMIME_MULTIPART(part);
	int n = g_mime_multipart_get_count(all);

	if (g_mime_content_type_is_type(type, "multipart", "alternative")) {
		walk_alternatives(r, all, depth);
		return;
	}
	/* A page and its pictures, a text and its signature: the first is what counts. */
	if (n > 1 && (g_mime_content_type_is_type(type, "multipart", "related") ||
		g_mime_content_type_is_type(type, "multipart", "signed")))
		n = 1;
	for (int i = 0; i < n; i++)
		walk(r, g_mime_multipart_get_part(all, i), depth);
}

static void walk(struct reading *r, GMimeObject *part, int depth)
{
	if (!part || depth > DEPTH_MAX)
		return;
	if (GMIME_IS_MULTIPART(part)) {
		walk_multipart(r, part, depth + 1);
	} else if (GMIME_IS_TEXT_PART(part) && !is_file(part)) {
		const char *text = part_text(r->arena, part);

		if (text[strspn(text, " \n\t")]) {
			buf_str(&r->text, r->text.len ? "\n\n" : "");
			buf_str(&r->text, text);
		}
	} else {
		r->attached = true;
	}
}

/* A cut that leaves whole characters. */
static char *shorten(struct arena *a, const char *s, bool *cut)
{
	size_t n = strlen(s);

	*cut = n > REPLY_TEXT_MAX;
	if (*cut)
		for (n = REPLY_TEXT_MAX; n > 0 && ((unsigned char)s[n] & 0xc0) == 0x80; n--)
			;
	return arena_strndup(a, s, n);
}

static void read_message(struct arena *a, GMimeMessage *message, const char *authserv_id, struct reply_mail *out)
{
	struct reading r = { .arena = a, .text = BUF_INIT };
	const char *id = g_mime_message_get_message_id(message);
	GMimeObject *body = g_mime_message_get_mime_part(message);

	read_header(a, GMIME_OBJECT(message), out);
	read_verdict(a, GMIME_OBJECT(message), authserv_id, out);
	if (id && *id && text_is_utf8(id, strlen(id)))
		out->message_id = arena_strdup(a, id);
	if (body && g_mime_content_type_is_type(g_mime_object_get_content_type(body), "multipart", "report"))
		out->automatic = true;
	walk(&r, body, 0);
	out->attached = r.attached;
	out->text = shorten(a, reply_mail_own(a, buf_text(&r.text)), &out->too_long);
	buf_finish(&r.text);
}

bool reply_mail_parse(struct arena *a, const char *message, size_t n, const char *authserv_id, struct reply_mail *out,
	struct error *err)
{
	static bool ready;
	GMimeStream *stream;
	GMimeParser *parser;
	GMimeMessage *m;

	if (!ready)
		g_mime_init();
	ready = true;
	*out = (struct reply_mail){ .text = "" };
	stream = g_mime_stream_mem_new_with_buffer(message, n);
	parser = g_mime_parser_new_with_stream(stream);
	m = g_mime_parser_construct_message(parser, NULL);
	if (m) {
		read_message(a, m, authserv_id, out);
		g_object_unref(m);
	}
	g_object_unref(parser);
	g_object_unref(stream);
	return m || error_set(err, ERROR_INVALID, "This is no message.");
}
