/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A person's card as a file (RFC 6350, vCard 4.0). */
#include "person.h"

#define LINE_MAX_BYTES 75

/* Folds at 75 bytes, not within a character (RFC 6350, 3.2). */
static void put_line(struct buf *out, const char *line)
{
	size_t n = strlen(line), room = LINE_MAX_BYTES;

	while (n > room) {
		size_t cut = room;

		while (cut > 1 && ((unsigned char)line[cut] & 0xc0) == 0x80)
			cut--;
		buf_add(out, line, cut);
		buf_str(out, "\r\n ");
		line += cut;
		n -= cut;
		room = LINE_MAX_BYTES - 1;
	}
	buf_add(out, line, n);
	buf_str(out, "\r\n");
}

/* Text values: backslash, comma, semicolon and line breaks (RFC 6350, 3.4). */
static void put_text(struct buf *b, const char *s)
{
	for (; *s; s++) {
		if (*s == '\r')
			continue;
		if (*s == '\n')
			buf_str(b, "\\n");
		else if (strchr("\\,;", *s))
			buf_printf(b, "\\%c", *s);
		else if ((unsigned char)*s >= 0x20 || *s == '\t')
			buf_char(b, *s);
	}
}

static void property(struct buf *out, const char *name, const char *value)
{
	struct buf line = BUF_INIT;

	if (!value || !*value)
		return;
	buf_printf(&line, "%s:", name);
	put_text(&line, value);
	put_line(out, buf_text(&line));
	buf_finish(&line);
}

/* Lines as a list: each escaped, commas between. */
static void put_list(struct buf *out, const char *name, const char *lines)
{
	struct buf line = BUF_INIT;

	if (!lines || !*lines)
		return;
	buf_printf(&line, "%s:", name);
	for (const char *s = lines; *s;) {
		size_t n = strcspn(s, "\n");
		char *one = strndup(s, n);

		if (!one)
			abort();
		put_text(&line, one);
		free(one);
		s += n + (s[n] == '\n');
		if (*s)
			buf_char(&line, ',');
	}
	put_line(out, buf_text(&line));
	buf_finish(&line);
}

/* Family name last, as far as one can know: "Ruiz;Ana Maria;;;". */
static void put_name(struct buf *out, const char *name)
{
	const char *last = strrchr(name, ' ');
	struct buf line = BUF_INIT;
	char *given;

	buf_str(&line, "N:");
	put_text(&line, last ? last + 1 : name);
	buf_char(&line, ';');
	given = last ? strndup(name, (size_t)(last - name)) : NULL;
	put_text(&line, given ? given : "");
	free(given);
	buf_str(&line, ";;;");
	put_line(out, buf_text(&line));
	buf_finish(&line);
}

/* As people typed it: extensions and words make no tel: URI. */
static void put_phone(struct buf *out, const char *phone)
{
	struct buf line = BUF_INIT;

	if (!phone)
		return;
	buf_str(&line, "TEL:");
	put_text(&line, phone);
	put_line(out, buf_text(&line));
	buf_finish(&line);
}

void vcard_write(struct buf *out, const struct person *p, const char *url)
{
	struct arena *a = arena_create();
	const char *role = p->fields[FIELD_ROLE] ? person_role_names(a, p->fields[FIELD_ROLE]) : NULL;

	buf_str(out, "BEGIN:VCARD\r\nVERSION:4.0\r\nKIND:individual\r\n");
	put_line(out, arena_printf(a, "UID:urn:uuid:%s", p->id));
	property(out, "FN", p->fields[FIELD_NAME]);
	put_name(out, p->fields[FIELD_NAME]);
	property(out, "TITLE", p->fields[FIELD_TITLE]);
	property(out, "ROLE", role);
	property(out, "ORG", p->fields[FIELD_ORGANIZATION]);
	put_list(out, "CATEGORIES", p->fields[FIELD_TOPICS]);
	put_phone(out, p->fields[FIELD_PHONE]);
	property(out, "EMAIL", p->fields[FIELD_EMAIL]);
	property(out, "TZ", p->fields[FIELD_ZONE]);
	if (p->fields[FIELD_LANGUAGES] || p->fields[FIELD_ABOUT])
		property(out, "NOTE", arena_printf(a, "%s%s%s%s", p->fields[FIELD_LANGUAGES] ? "Languages: " : "",
			p->fields[FIELD_LANGUAGES] ? p->fields[FIELD_LANGUAGES] : "",
			p->fields[FIELD_LANGUAGES] && p->fields[FIELD_ABOUT] ? "\n" : "",
			p->fields[FIELD_ABOUT] ? p->fields[FIELD_ABOUT] : ""));
	if (url)
		put_line(out, arena_printf(a, "URL:%s", url));
	buf_str(out, "END:VCARD\r\n");
	arena_destroy(a);
}
