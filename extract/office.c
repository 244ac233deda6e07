/* SPDX-License-Identifier: GPL-3.0-or-later */
/* DOCX and ODT: the words of the document within the archive. What is written
 * there about sizes is believed only to refuse; what comes out is counted. */
#include <archive.h>
#include <archive_entry.h>
#include <libxml/xmlreader.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "extract.h"

#define ENTRIES_MAX 10000
#define DECLARED_MAX ((int64_t)1 << 30)  /* bytes of all entries together */
#define DOCUMENT_MAX (64 << 20)          /* bytes of the document that are read */
#define RATIO_MAX 200                    /* of what comes out to the file, above ... */
#define RATIO_FROM (10 << 20)            /* ... this many bytes */
#define PART_BYTES 4000                  /* of text, shown as one place */

static const char *const bomb = "The file unpacks to far more than it is: it was not read.";

static const char *document_of(const char *type)
{
	return strstr(type, "opendocument") ? "content.xml" : "word/document.xml";
}

static int64_t file_size(void)
{
	struct stat st;

	return fstat(0, &st) == 0 && st.st_size > 0 ? st.st_size : 1;
}

static struct archive *open_archive(void)
{
	struct archive *a = archive_read_new();

	if (!a || archive_read_support_format_zip_seekable(a) != ARCHIVE_OK || lseek(0, 0, SEEK_SET) != 0 ||
		archive_read_open_fd(a, 0, 65536) != ARCHIVE_OK)
		problem("The file is damaged.");
	return a;
}

void office_look(const char *type)
{
	struct archive *a = open_archive();
	struct archive_entry *entry;
	int64_t declared = 0, size = file_size();
	bool found = false;

	for (int n = 0; archive_read_next_header(a, &entry) == ARCHIVE_OK; n++) {
		const char *name = archive_entry_pathname(entry);

		if (n == ENTRIES_MAX)
			problem("The file has too many parts.");
		if (archive_entry_size_is_set(entry) && archive_entry_size(entry) > 0)
			declared += archive_entry_size(entry);
		if (declared > DECLARED_MAX || (declared > RATIO_FROM && declared / size > RATIO_MAX))
			problem(bomb);
		found = found || (name && strcmp(name, document_of(type)) == 0);
	}
	if (!found)
		problem("The file is damaged.");
	archive_read_free(a);
}

struct stream {
	struct archive *archive;
	int64_t out, size;
};

static int take(void *context, char *buffer, int n)
{
	struct stream *s = context;
	la_ssize_t done = archive_read_data(s->archive, buffer, (size_t)n);

	if (done < 0)
		return -1;
	s->out += done;
	if (s->out > DOCUMENT_MAX || (s->out > RATIO_FROM && s->out / s->size > RATIO_MAX))
		problem(bomb);
	return (int)done;
}

static int nothing(void *context)
{
	(void)context;
	return 0;
}

struct words {
	char text[PART_BYTES * 2];
	size_t n;
	uint32_t part;
	bool more;
};

static void flush(struct words *w)
{
	w->text[w->n] = '\0';
	w->more = put_text(w->part++, w->text);
	w->n = 0;
}

static void add(struct words *w, const char *s, size_t n)
{
	while (n > 0 && w->more) {
		size_t room = sizeof w->text - 8 - w->n, m = n < room ? n : room;

		memcpy(w->text + w->n, s, m);
		w->n += m;
		s += m;
		n -= m;
		if (n > 0)
			flush(w);
	}
}

static bool is_one_of(const char *name, const char *const *list)
{
	for (; *list; list++)
		if (strcmp(name, *list) == 0)
			return true;
	return false;
}

/* Elements by their local names: w:p, text:p, text:h are paragraphs ... */
static void read_words(xmlTextReader *r)
{
	static const char *const paragraphs[] = { "p", "h", "tr", NULL }, *const gaps[] = { "tab", "br", "s", "line-break", NULL },
		*const skipped[] = { "instrText", "delText", "annotation", "tracked-changes", "binary-data", NULL };
	struct words w = { .part = 1, .more = true };

	while (w.more && xmlTextReaderRead(r) == 1) {
		int kind = xmlTextReaderNodeType(r);
		const char *name = (const char *)xmlTextReaderConstLocalName(r);

		if (kind == XML_READER_TYPE_DOCUMENT_TYPE)
			problem("The file is not one that a word processor writes.");
		while (kind == XML_READER_TYPE_ELEMENT && is_one_of(name, skipped)) {
			if (xmlTextReaderNext(r) != 1)
				break;
			kind = xmlTextReaderNodeType(r);
			name = (const char *)xmlTextReaderConstLocalName(r);
		}
		if (kind == XML_READER_TYPE_TEXT || kind == XML_READER_TYPE_CDATA) {
			const char *text = (const char *)xmlTextReaderConstValue(r);

			add(&w, text, strlen(text));
		} else if (kind == XML_READER_TYPE_ELEMENT && is_one_of(name, gaps)) {
			add(&w, " ", 1);
		} else if (kind == XML_READER_TYPE_END_ELEMENT && is_one_of(name, paragraphs)) {
			add(&w, "\n", 1);
			if (w.n > PART_BYTES)
				flush(&w);
		}
	}
	if (w.n > 0)
		flush(&w);
}

void office_read(const char *type)
{
	struct stream s = { .archive = open_archive(), .size = file_size() };
	struct archive_entry *entry;

	for (int n = 0; n < ENTRIES_MAX && archive_read_next_header(s.archive, &entry) == ARCHIVE_OK; n++) {
		const char *name = archive_entry_pathname(entry);
		xmlTextReader *r;

		if (!name || strcmp(name, document_of(type)) != 0)
			continue;
		r = xmlReaderForIO(take, nothing, &s, NULL, NULL, XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING);
		if (r)
			read_words(r);
		return;
	}
	problem("The file is damaged: its words cannot be searched.");
}
