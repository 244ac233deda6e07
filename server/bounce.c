/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Delivery status notifications. */
#include "bounce.h"
#include <ctype.h>
#include <string.h>
#include <strings.h>
#include "mail.h"
#include "store_system.h"
#include "text.h"

#define HEADER_MAX 1000

const struct migration bounce_migrations[] = {
	{ 1,
	"CREATE TABLE mail_bounce ("
	"	address TEXT NOT NULL, message_id TEXT NOT NULL, status TEXT NOT NULL, at_us INTEGER NOT NULL,"
	"	PRIMARY KEY (address, message_id)) STRICT, WITHOUT ROWID;" },
	{ 0, NULL }
};

/* ---- reading ---- */

/* The header fields of a part: from s up to an empty line or end; *body is behind it. */
struct part {
	const char *head, *head_end, *body, *end;
};

static const char *line_end(const char *s, const char *end)
{
	const char *nl = memchr(s, '\n', (size_t)(end - s));

	return nl ? nl + 1 : end;
}

static struct part part_at(const char *s, const char *end)
{
	struct part p = { s, end, end, end };

	while (s < end) {
		if (*s == '\n' || (*s == '\r' && s + 1 < end && s[1] == '\n')) {
			p.head_end = s;
			p.body = line_end(s, end);
			break;
		}
		s = line_end(s, end);
	}
	return p;
}

/* Value of a field, unfolded and without spaces around, or NULL. Looks from s to end. */
static char *field(struct arena *a, const char *s, const char *end, const char *name)
{
	size_t n = strlen(name);

	for (; s < end; s = line_end(s, end)) {
		if ((size_t)(end - s) <= n || strncasecmp(s, name, n) != 0 || s[n] != ':')
			continue;
		const char *stop = line_end(s, end);
		while (stop < end && (*stop == ' ' || *stop == '\t'))
			stop = line_end(stop, end);
		s += n + 1;
		size_t length = (size_t)(stop - s) < HEADER_MAX ? (size_t)(stop - s) : HEADER_MAX;
		char *value = arena_strndup(a, s, length), *to = value;
		for (const char *c = value; *c; c++)
			if (*c != '\r' && *c != '\n')
				*to++ = *c == '\t' ? ' ' : *c;
		while (to > value && to[-1] == ' ')
			to--;
		*to = '\0';
		while (*value == ' ')
			value++;
		return value;
	}
	return NULL;
}

/* A parameter of a Content-Type, without quotes, or NULL. */
static char *parameter(struct arena *a, const char *type, const char *name)
{
	size_t n = strlen(name);

	for (const char *s = strchr(type, ';'); s; s = strchr(s, ';')) {
		s++;
		while (*s == ' ')
			s++;
		if (strncasecmp(s, name, n) != 0 || s[n] != '=')
			continue;
		s += n + 1;
		return *s == '"' ? arena_strndup(a, s + 1, strcspn(s + 1, "\"")) : arena_strndup(a, s, strcspn(s, "; "));
	}
	return NULL;
}

static bool is_type(const char *type, const char *wanted)
{
	size_t n = strlen(wanted);

	return type && strncasecmp(type, wanted, n) == 0 && (type[n] == '\0' || type[n] == ';' || type[n] == ' ');
}

/* "rfc822; someone@example.org" in lower case, or NULL. */
static const char *receiver(struct arena *a, const char *value)
{
	const char *s = value ? strchr(value, ';') : NULL;
	char *out;

	if (!s || strncasecmp(value, "rfc822", 6) != 0)
		return NULL;
	s++;
	while (*s == ' ' || *s == '<')
		s++;
	out = arena_strndup(a, s, strcspn(s, "> "));
	for (char *c = out; *c; c++)
		*c = (char)tolower((unsigned char)*c);
	return mail_address_ok(out) ? out : NULL;
}

/* The groups of fields of a message/delivery-status: one of the message, then one of each receiver. */
static void read_status(struct arena *a, const struct part *status, struct bounce *out)
{
	for (const char *s = status->body; s < status->end && !out->failed;) {
		struct part group = part_at(s, status->end);
		const char *to = receiver(a, field(a, s, group.head_end, "Final-Recipient"));
		const char *original = receiver(a, field(a, s, group.head_end, "Original-Recipient"));
		const char *action = field(a, s, group.head_end, "Action"), *code = field(a, s, group.head_end, "Status");

		/* Someone may have forwarded it: who was written to counts. */
		if (to && action && code) {
			out->address = original ? original : to;
			out->status = arena_strndup(a, code, strspn(code, "0123456789."));
			out->failed = strcasecmp(action, "failed") == 0 && code[0] == '5';
		}
		s = group.body > s ? group.body : status->end;
	}
}

static void read_returned(struct arena *a, const struct part *p, struct bounce *out)
{
	const char *id = field(a, p->body, p->end, "Message-ID");

	if (id && *id == '<')
		out->message_id = arena_strndup(a, id + 1, strcspn(id + 1, ">"));
}

/* The next line that is the boundary, from s; NULL: there is none. */
static const char *find_boundary(const char *s, const char *end, const char *boundary)
{
	size_t n = strlen(boundary);

	for (; s < end; s = line_end(s, end))
		if ((size_t)(end - s) >= n + 2 && s[0] == '-' && s[1] == '-' && strncmp(s + 2, boundary, n) == 0)
			return s;
	return NULL;
}

bool bounce_parse(struct arena *a, const char *message, size_t n, struct bounce *out, struct error *err)
{
	struct part whole = part_at(message, message + n);
	const char *type = field(a, whole.head, whole.head_end, "Content-Type"), *boundary, *report;

	*out = (struct bounce){ NULL };
	boundary = type ? parameter(a, type, "boundary") : NULL;
	report = type ? parameter(a, type, "report-type") : NULL;
	if (!is_type(type, "multipart/report") || !boundary || !*boundary || !report ||
		strcasecmp(report, "delivery-status") != 0)
		return error_set(err, ERROR_INVALID, "This message is no delivery status notification.");
	for (const char *s = find_boundary(whole.body, whole.end, boundary); s;) {
		const char *from = line_end(s, whole.end), *to = find_boundary(from, whole.end, boundary);
		struct part p = part_at(from, to ? to : whole.end);
		const char *what = field(a, p.head, p.head_end, "Content-Type");

		if (is_type(what, "message/delivery-status"))
			read_status(a, &p, out);
		else if (is_type(what, "message/rfc822") || is_type(what, "text/rfc822-headers") ||
			is_type(what, "message/rfc822-headers"))
			read_returned(a, &p, out);
		s = to;
	}
	return out->address || error_set(err, ERROR_INVALID, "This report names no receiver.");
}

/* ---- keeping ---- */

/* Is it of a message that this server sent to that address? Message ids are those
 * of jobs, which nobody else can guess. */
static bool is_ours(struct db *w, struct arena *a, const struct bounce *b, bool *yes, struct error *err)
{
	const char *id = b->message_id ? arena_strndup(a, b->message_id, strcspn(b->message_id, "@")) : "";
	struct query q;

	*yes = false;
	db_query_system(w, &q, "SELECT about FROM job WHERE id = :id");
	q_text(&q, ":id", id);
	while (q_row(&q)) {
		const char *about = q_col_text(&q, a, 0);

		*yes = text_equal_nocase(about, b->address);
	}
	return q_done(&q, err);
}

bool bounce_note(struct db *w, struct arena *a, const struct bounce *b, bool *counted, struct error *err)
{
	struct query q;
	bool ours;

	*counted = false;
	if (!b->failed)
		return true;
	if (!is_ours(w, a, b, &ours, err) || !ours)
		return !err || !err->kind;
	db_query_system(w, &q, "INSERT INTO mail_bounce (address, message_id, status, at_us) "
		"VALUES (:address, :id, :status, :now) ON CONFLICT DO NOTHING");
	q_text(&q, ":address", b->address);
	q_text(&q, ":id", b->message_id);
	q_text(&q, ":status", b->status);
	q_int(&q, ":now", clock_now_us());
	return q_run_changed(&q, counted, err);
}

bool bounce_clear(struct db *w, const char *address, bool *found, struct error *err)
{
	struct query q;

	db_query_system(w, &q, "DELETE FROM mail_bounce WHERE address = lower(:address)");
	q_text(&q, ":address", address);
	return q_run_changed(&q, found, err);
}

bool bounce_blocked(struct db *db, const char *address, int64_t limit, bool *yes, struct error *err)
{
	struct query q;

	*yes = false;
	db_query_system(db, &q, "SELECT count(*) FROM main.mail_bounce WHERE address = lower(:address)");
	q_text(&q, ":address", address);
	while (q_row(&q))
		*yes = q_col_int(&q, 0) >= limit;
	return q_done(&q, err);
}
