/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Citations as BibTeX and as RIS. */
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include "cite.h"
#include "text.h"

/* ---- BibTeX ----
 * UTF-8, as biber reads it. TeX's own characters are written as commands in whole
 * braces, so that no text can end its field or begin a command. Titles stand in
 * double braces: styles that write titles in lower case leave them alone. */

static void bib_text(struct buf *b, const char *s)
{
	char before = '\0';

	for (; s && *s; before = *s++) {
		/* TeX makes one sign of "--" and the like. */
		if (before && ((*s == before && strchr("-'`,<>", *s)) || (*s == '`' && strchr("?!", before))))
			buf_str(b, "{}");
		switch (*s) {
		case '\\': buf_str(b, "\\textbackslash{}"); break;
		case '{': buf_str(b, "\\textbraceleft{}"); break;
		case '}': buf_str(b, "\\textbraceright{}"); break;
		case '~': buf_str(b, "\\textasciitilde{}"); break;
		case '^': buf_str(b, "\\textasciicircum{}"); break;
		case '&':
		case '%':
		case '$':
		case '#':
		case '_': buf_printf(b, "\\%c", *s); break;
		default:
			if (text_noncharacter(s)) { /* biber would read nothing of the file */
				s += text_noncharacter(s) - 1;
				buf_str(b, "\xef\xbf\xbd");
			} else {
				buf_char(b, (unsigned char)*s >= 0x20 && *s != 0x7f ? *s : ' ');
			}
		}
	}
}

static void bib_field(struct buf *b, const char *name, const char *value)
{
	if (!value || !*value)
		return;
	buf_printf(b, ",\n  %s = {", name);
	bib_text(b, value);
	buf_char(b, '}');
}

/* Biber takes url and doi as they are: only what would end the field, or TeX
 * could stumble over, is percent-encoded. */
static void bib_verbatim(struct buf *b, const char *name, const char *value)
{
	if (!value)
		return;
	buf_printf(b, ",\n  %s = {", name);
	for (const char *s = value; *s; s++) {
		if (strchr("{}\\", *s) || (unsigned char)*s <= 0x20 || *s == 0x7f)
			buf_printf(b, "%%%02X", (unsigned char)*s);
		else
			buf_char(b, *s);
	}
	buf_char(b, '}');
}

/* Braces keep a name whole, whatever commas and "and" are in it. */
static void bib_name(struct buf *b, const struct cite_name *n)
{
	buf_char(b, '{');
	bib_text(b, n->family ? n->family : n->literal);
	buf_char(b, '}');
	if (n->suffix) {
		buf_str(b, ", ");
		bib_text(b, n->suffix);
	}
	if (n->given) {
		buf_str(b, ", ");
		bib_text(b, n->given);
	}
}

static void bib_authors(struct buf *b, const struct cite *c)
{
	if (!c->n_authors)
		return;
	buf_str(b, ",\n  author = {");
	for (size_t i = 0; i < c->n_authors; i++) {
		buf_str(b, i ? " and " : "");
		bib_name(b, &c->authors[i]);
	}
	buf_char(b, '}');
}

/* Biblatex knows languages by its own names. */
static const char *bib_language(const char *code)
{
	static const char *const names[][2] = { { "en", "english" }, { "es", "spanish" }, { "fr", "french" }, { "de", "german" },
		{ "pt", "portuguese" }, { "it", "italian" }, { "nl", "dutch" } };

	for (size_t i = 0; code && i < sizeof names / sizeof *names; i++)
		if (strncmp(code, names[i][0], 2) == 0 && (code[2] == '\0' || code[2] == '-'))
			return names[i][1];
	return NULL;
}

/* Keywords are divided by commas, so none has one. */
static void bib_keywords(struct buf *b, const struct record *r)
{
	if (!r->n_subjects)
		return;
	buf_str(b, ",\n  keywords = {");
	for (size_t i = 0; i < r->n_subjects; i++) {
		struct buf word = BUF_INIT;

		buf_str(&word, r->subjects[i]);
		for (size_t k = 0; k < word.len; k++)
			if (word.data[k] == ',')
				word.data[k] = ' ';
		buf_str(b, i ? ", " : "");
		bib_text(b, buf_text(&word));
		buf_finish(&word);
	}
	buf_char(b, '}');
}

static void bib_date(struct buf *b, const struct cite *c)
{
	buf_printf(b, ",\n  date = {%s", c->date);
	if (c->ends && strncmp(c->ends, c->date, 10) != 0)
		buf_printf(b, "/%.10s", c->ends);
	buf_char(b, '}');
}

void cite_bibtex(struct buf *b, const struct cite *c)
{
	const struct record *r = c->record;
	const char *kind = c->type->bibtex;
	bool report = strcmp(kind, "report") == 0, article = strcmp(kind, "article") == 0, book = strcmp(kind, "book") == 0;

	buf_printf(b, "@%s{%s-%s-%s", kind, r->space_slug, r->type, r->slug);
	bib_authors(b, c);
	buf_str(b, ",\n  title = {{");
	bib_text(b, r->title);
	buf_str(b, "}}");
	if (article)
		bib_field(b, "journaltitle", c->container);
	else
		bib_field(b, strcmp(kind, "misc") == 0 ? "howpublished" : "organization", c->container);
	if (strcmp(c->type->csl, "article-newspaper") == 0)
		bib_field(b, "entrysubtype", "newspaper");
	if (report || strcmp(kind, "misc") == 0)
		bib_field(b, "type", c->genre);
	if (!c->container || book || report)
		bib_field(b, report ? "institution" : book ? "publisher" : "organization", c->publisher);
	bib_field(b, "location", c->venue);
	bib_date(b, c);
	if (c->type->ours && !r->starts)
		buf_printf(b, ",\n  version = {%lld}", (long long)r->version);
	bib_verbatim(b, "doi", r->doi);
	bib_verbatim(b, "url", r->doi ? c->page : c->address);
	if (c->version) {
		buf_str(b, ",\n  addendum = {This version: ");
		bib_text(b, c->version);
		buf_char(b, '}');
	}
	bib_field(b, "langid", bib_language(r->language));
	bib_keywords(b, r);
	bib_field(b, "abstract", r->summary);
	buf_str(b, "\n}\n");
}

/* ---- RIS ---- */

static void ris_line(struct buf *b, const char *tag, const char *value)
{
	if (!value || !*value)
		return;
	buf_printf(b, "%s  - ", tag);
	for (const char *s = value; *s; s++)
		buf_char(b, (unsigned char)*s >= 0x20 && *s != 0x7f ? *s : ' ');
	buf_str(b, "\r\n");
}

static void ris_author(struct buf *b, const struct cite_name *n)
{
	struct buf name = BUF_INIT;

	buf_str(&name, n->family ? n->family : n->literal);
	if (n->given)
		buf_printf(&name, ", %s", n->given);
	if (n->suffix)
		buf_printf(&name, ", %s", n->suffix);
	ris_line(b, "AU", buf_text(&name));
	buf_finish(&name);
}

void cite_ris(struct buf *b, const struct cite *c)
{
	const struct record *r = c->record;
	char number[32], date[16] = "", *at = date;

	ris_line(b, "TY", c->type->ris);
	buf_printf(b, "ID  - %s-%s-%s\r\n", r->space_slug, r->type, r->slug);
	ris_line(b, "TI", r->title);
	for (size_t i = 0; i < c->n_authors; i++)
		ris_author(b, &c->authors[i]);
	ris_line(b, "T2", c->container);
	buf_printf(b, "PY  - %.4s\r\n", c->date);
	/* "YYYY/MM/DD/other": what is not known stays empty. */
	for (const char *s = c->date; *s && at < date + 10; s++)
		*at++ = *s == '-' ? '/' : *s;
	buf_printf(b, "DA  - %s%s\r\n", date, strlen(date) == 4 ? "///" : strlen(date) == 7 ? "//" : "/");
	ris_line(b, "PB", c->publisher);
	ris_line(b, "CY", c->venue);
	ris_line(b, "M3", c->genre);
	if (c->type->ours && !r->starts) {
		snprintf(number, sizeof number, "%lld", (long long)r->version);
		ris_line(b, "ET", number);
	}
	ris_line(b, "DO", r->doi);
	ris_line(b, "UR", r->doi ? c->page : c->address);
	ris_line(b, "L2", c->version);
	ris_line(b, "LA", r->language);
	for (size_t i = 0; i < r->n_subjects; i++)
		ris_line(b, "KW", r->subjects[i]);
	ris_line(b, "AB", r->summary);
	buf_str(b, "ER  - \r\n");
}
