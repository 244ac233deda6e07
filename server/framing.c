/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A strict reader of HTTP/1.1 message framing. */
#include "framing.h"
#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define EXTENSIONS_MAX 1024
#define DIGITS_MAX 15 /* hex digits of a chunk's size: no overflow of 64 bits */

static bool refuse(struct framing *f, int status, const char *text)
{
	f->status = status;
	f->text = text;
	return false;
}

void framing_begin(struct framing *f, const struct framing_limits *limits)
{
	*f = (struct framing){ .limits = limits, .body_max = limits->body };
}

/* Of a method or a field name (RFC 9110, 5.6.2). */
static bool is_token_char(unsigned char c)
{
	return isalnum(c) || (c && strchr("!#$%&'*+-.^_`|~", c));
}

static bool is_control(unsigned char c)
{
	return (c < 0x20 && c != '\t') || c == 0x7f;
}

/* ---- the head ---- */

struct span {
	const char *at;
	size_t n;
};

static bool is_word(struct span s, const char *word)
{
	return s.n == strlen(word) && strncasecmp(s.at, word, s.n) == 0;
}

static bool read_version(struct framing *f, struct span s)
{
	if (s.n != 8 || memcmp(s.at, "HTTP/", 5) != 0 || !isdigit((unsigned char)s.at[5]) || s.at[6] != '.' ||
		!isdigit((unsigned char)s.at[7]))
		return refuse(f, 400, "The request line does not end with a version of HTTP.");
	if (s.at[5] != '1' || s.at[7] > '1')
		return refuse(f, 505, "This server speaks HTTP/1.1.");
	return true;
}

static bool read_target(struct framing *f, struct span s)
{
	/* "//host" is a path that other readers take for an address. */
	if (s.n == 0 || s.at[0] != '/' || (s.n > 1 && s.at[1] == '/'))
		return refuse(f, 400, "The request target is not a path.");
	if (s.n > f->limits->target)
		return refuse(f, 414, "The address is too long.");
	for (size_t i = 0; i < s.n; i++)
		if ((unsigned char)s.at[i] <= 0x20 || (unsigned char)s.at[i] >= 0x7f || s.at[i] == '#')
			return refuse(f, 400, "The address holds bytes that are not allowed there.");
	return true;
}

static bool read_method(struct framing *f, struct span s)
{
	static const char *const known[] = { "GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS" };

	for (size_t i = 0; i < sizeof known / sizeof *known; i++)
		if (s.n == strlen(known[i]) && memcmp(s.at, known[i], s.n) == 0)
			return true;
	for (size_t i = 0; i < s.n; i++)
		if (!is_token_char((unsigned char)s.at[i]))
			return refuse(f, 400, "The request line is malformed.");
	return refuse(f, s.n ? 501 : 400, "The server does not know this method.");
}

static bool read_request_line(struct framing *f, struct span line)
{
	const char *end = line.at + line.n, *first = memchr(line.at, ' ', line.n);
	const char *second = first ? memchr(first + 1, ' ', (size_t)(end - first - 1)) : NULL;

	if (!second || memchr(second + 1, ' ', (size_t)(end - second - 1)))
		return refuse(f, 400, "The request line is malformed.");
	return read_version(f, (struct span){ second + 1, (size_t)(end - second - 1) }) &&
		read_method(f, (struct span){ line.at, (size_t)(first - line.at) }) &&
		read_target(f, (struct span){ first + 1, (size_t)(second - first - 1) });
}

struct seen {
	bool head, http10, post;
	struct span target;
	int hosts, lengths, codings;
	uint64_t length;
};

static bool read_length(struct framing *f, struct span value, struct seen *seen)
{
	if (value.n == 0 || value.n > 18)
		return refuse(f, value.n ? 413 : 400, "The request's length is not one this server takes.");
	for (size_t i = 0; i < value.n; i++) {
		if (!isdigit((unsigned char)value.at[i]))
			return refuse(f, 400, "The request's length is not a number.");
		seen->length = seen->length * 10 + (uint64_t)(value.at[i] - '0');
	}
	return true;
}

/* Does the list have the word "close"? */
static bool says_close(struct span value)
{
	const char *end = value.at + value.n;

	for (const char *s = value.at; s < end;) {
		while (s < end && (*s == ' ' || *s == '\t' || *s == ','))
			s++;
		const char *from = s;
		while (s < end && *s != ' ' && *s != '\t' && *s != ',')
			s++;
		if (is_word((struct span){ from, (size_t)(s - from) }, "close"))
			return true;
	}
	return false;
}

static bool read_header_host(struct framing *f, struct span value, struct seen *seen)
{
	char text[FRAMING_HOST_SIZE + 8], host[FRAMING_HOST_SIZE];

	if (++seen->hosts > 1)
		return refuse(f, 400, "The request names two hosts.");
	if (value.n >= sizeof text)
		return refuse(f, 400, "The Host header is missing or not a host name.");
	memcpy(text, value.at, value.n);
	text[value.n] = '\0';
	return framing_host(text, host) || refuse(f, 400, "The Host header is missing or not a host name.");
}

static bool read_header(struct framing *f, struct span line, struct seen *seen)
{
	size_t n = 0;
	struct span name, value;

	while (n < line.n && is_token_char((unsigned char)line.at[n]))
		n++;
	if (n == 0 || n == line.n || line.at[n] != ':')
		return refuse(f, 400, "A header's name is not a name.");
	name = (struct span){ line.at, n };
	value = (struct span){ line.at + n + 1, line.n - n - 1 };
	while (value.n && (*value.at == ' ' || *value.at == '\t')) {
		value.at++;
		value.n--;
	}
	while (value.n && (value.at[value.n - 1] == ' ' || value.at[value.n - 1] == '\t'))
		value.n--;
	if (is_word(name, "Host"))
		return read_header_host(f, value, seen);
	if (is_word(name, "Content-Length"))
		return ++seen->lengths == 1 ? read_length(f, value, seen) :
			refuse(f, 400, "The request has a length twice.");
	if (is_word(name, "Transfer-Encoding")) {
		if (++seen->codings > 1)
			return refuse(f, 400, "The request has a transfer coding twice.");
		return is_word(value, "chunked") ||
			refuse(f, 501, "The request has a transfer coding other than chunked.");
	}
	if (is_word(name, "Connection"))
		f->close = f->close || says_close(value);
	if (is_word(name, "Expect")) {
		f->expects = true;
		return is_word(value, "100-continue") || refuse(f, 417, "The server cannot meet this expectation.");
	}
	return true;
}

/* How the body is framed (RFC 9112, 6.3). */
static bool read_body(struct framing *f, const struct seen *seen)
{
	if (seen->hosts == 0 && !seen->http10)
		return refuse(f, 400, "The Host header is missing or not a host name.");
	if (seen->codings && seen->lengths)
		return refuse(f, 400, "The request has two lengths.");
	if (seen->codings && seen->http10)
		return refuse(f, 400, "HTTP/1.0 has no transfer codings.");
	if (seen->head && (seen->codings || seen->length > 0))
		return refuse(f, 400, "A request for the head alone has a body.");
	f->upload = seen->post && f->limits->is_upload && (seen->codings || seen->length > 0) &&
		f->limits->is_upload(seen->target.at, seen->target.n, f->limits->arg);
	f->body_max = f->upload ? f->limits->upload : f->limits->body;
	if (seen->length > f->body_max)
		return refuse(f, 413, "The request is too large.");
	f->left = seen->codings ? 0 : seen->length;
	f->body = seen->codings ? FRAMING_CHUNKED : seen->length > 0 ? FRAMING_LENGTH : FRAMING_NONE;
	return true;
}

/* Every line ends with CR LF; that much is known already. */
static bool read_head(struct framing *f, const char *bytes, size_t n)
{
	struct seen seen = { 0 };
	const char *at = bytes, *end = bytes + n;

	for (int i = 0;; i++) {
		const char *cr = memchr(at, '\r', (size_t)(end - at));
		struct span line = { at, (size_t)(cr - at) };

		if (line.n == 0)
			break;
		if (i > f->limits->headers)
			return refuse(f, 431, "The request has too many headers.");
		if (!(i == 0 ? read_request_line(f, line) : read_header(f, line, &seen)))
			return false;
		if (i == 0) {
			seen.head = memcmp(at, "HEAD ", 5) == 0;
			seen.http10 = cr[-1] == '0';
			seen.post = memcmp(at, "POST ", 5) == 0;
			/* The line ends with no NUL. */
			const char *space = seen.post ? memchr(at + 5, ' ', (size_t)(cr - at) - 5) : NULL;
			seen.target = (struct span){ at + 5, space ? (size_t)(space - at) - 5 : 0 };
		}
		at = cr + 2;
	}
	return at == bytes ? refuse(f, 400, "The request line is malformed.") : read_body(f, &seen);
}

size_t framing_head(struct framing *f, const char *bytes, size_t n)
{
	const char *refused = NULL;

	for (; f->scanned < n && !refused; f->scanned++) {
		unsigned char c = (unsigned char)bytes[f->scanned];

		if (f->scanned >= f->limits->head) {
			refuse(f, f->later_line ? 431 : 414, "The request's headers are too long.");
			return 0;
		}
		if (c > 0x20 && c != 0x7f && !f->after_cr)
			continue;
		if (f->after_cr && c != '\n') {
			refused = "A carriage return stands alone.";
		} else if (c == '\n') {
			if (!f->after_cr)
				refused = "A line ends without a carriage return.";
			else if (f->scanned == f->line + 1)
				return read_head(f, bytes, ++f->scanned) ? f->scanned : 0;
			f->after_cr = false;
			f->line = f->scanned + 1;
			f->later_line = true;
		} else if (c == '\r') {
			f->after_cr = true;
		} else if (f->scanned == f->line && (c == ' ' || c == '\t')) {
			refused = "A header goes on in the next line.";
		} else if (is_control(c)) {
			refused = "The request holds control characters.";
		}
	}
	if (refused)
		refuse(f, 400, refused);
	return 0;
}

/* ---- chunks ---- */

enum { SIZE, EXTENSION, SIZE_LF, DATA, DATA_CR, DATA_LF, TRAILER, TRAILER_NAME, TRAILER_VALUE, TRAILER_LF, LAST_LF };

static enum framing_step bad(struct framing *f, int status, const char *text)
{
	refuse(f, status, text);
	return FRAMING_BAD;
}

static bool read_digit(struct framing *f, char c)
{
	int digit = isdigit((unsigned char)c) ? c - '0' : tolower((unsigned char)c) - 'a' + 10;

	if (!isxdigit((unsigned char)c) || ++f->digits > DIGITS_MAX)
		return false;
	f->left = f->left * 16 + (uint64_t)digit;
	return true;
}

/* Of trailers, which are checked and dropped; false if it does not belong there. */
static bool read_trailer(struct framing *f, unsigned char c)
{
	switch (f->state) {
	case TRAILER:
		f->state = c == '\r' ? LAST_LF : TRAILER_NAME;
		return c == '\r' || is_token_char(c);
	case TRAILER_NAME:
		if (c == ':')
			f->state = TRAILER_VALUE;
		return c == ':' || is_token_char(c);
	case TRAILER_VALUE:
		if (c == '\r')
			f->state = TRAILER_LF;
		return c == '\r' || !is_control(c);
	default:
		f->state = TRAILER;
		return c == '\n';
	}
}

static enum framing_step chunk_begins(struct framing *f)
{
	f->extra = f->left ? f->extra : 0;
	f->state = f->left ? DATA : TRAILER;
	if (f->left > f->body_max || f->total > f->body_max - f->left)
		return bad(f, 413, "The request is too large.");
	f->total += f->left;
	return f->left ? FRAMING_SIZE : FRAMING_MORE;
}

enum framing_step framing_chunk(struct framing *f, const char *bytes, size_t n, size_t *used)
{
	*used = 0;
	if (f->state == DATA && n > 0) {
		*used = n < f->left ? n : (size_t)f->left;
		f->left -= *used;
		f->state = f->left ? DATA : DATA_CR;
		return FRAMING_DATA;
	}
	for (size_t i = 0; i < n; i++) {
		char c = bytes[i];

		*used = i + 1;
		if (f->state == SIZE && f->digits && (c == '\r' || c == ';')) {
			f->state = c == '\r' ? SIZE_LF : EXTENSION;
		} else if (f->state == SIZE) {
			if (!read_digit(f, c))
				return bad(f, 400, "A chunk's size is not a size.");
		} else if (f->state == EXTENSION) {
			if (c == '\r')
				f->state = SIZE_LF;
			else if (is_control((unsigned char)c) || ++f->extra > EXTENSIONS_MAX)
				return bad(f, 400, "A chunk has a bad extension.");
		} else if (f->state == SIZE_LF) {
			enum framing_step step = c == '\n' ? chunk_begins(f) : bad(f, 400, "A chunk's size has a bad end.");

			if (step != FRAMING_MORE)
				return step;
		} else if (f->state == DATA_CR) {
			if (c != '\r')
				return bad(f, 400, "A chunk does not end where its size says.");
			f->state = DATA_LF;
		} else if (f->state == DATA_LF) {
			if (c != '\n')
				return bad(f, 400, "A chunk does not end where its size says.");
			f->state = SIZE;
			f->digits = 0;
			return FRAMING_CHUNK_END;
		} else if (f->state == LAST_LF) {
			return c == '\n' ? FRAMING_LAST : bad(f, 400, "The trailers have a bad end.");
		} else if (++f->extra > f->limits->head) {
			return bad(f, 431, "The trailers are too long.");
		} else if (!read_trailer(f, (unsigned char)c)) {
			return bad(f, 400, "A trailer is malformed.");
		}
	}
	return FRAMING_MORE;
}

/* ---- hosts ---- */

static bool is_port(const char *s)
{
	size_t n = strspn(s, "0123456789");

	return n <= 5 && s[n] == '\0' && atoi(s) <= 65535;
}

bool framing_host(const char *value, char out[FRAMING_HOST_SIZE])
{
	size_t n = 0;
	const char *s = value ? value : "";

	if (*s == '[') {
		for (; *s && *s != ']' && n < FRAMING_HOST_SIZE - 2; s++) {
			if (!isxdigit((unsigned char)*s) && *s != ':' && *s != '.' && (*s != '[' || n > 0))
				return false;
			out[n++] = *s;
		}
		if (*s != ']')
			return false;
		out[n++] = *s++;
	} else {
		for (; *s && *s != ':' && n < FRAMING_HOST_SIZE - 2; s++) {
			if (!isalnum((unsigned char)*s) && *s != '-' && *s != '.' && *s != '_')
				return false;
			out[n++] = (char)tolower((unsigned char)*s);
		}
	}
	out[n] = '\0';
	if (n == 0 || *out == '.' || strstr(out, ".."))
		return false; /* a label is never empty (RFC 1034, 3.1) */
	return *s == '\0' || (*s == ':' && is_port(s + 1));
}
