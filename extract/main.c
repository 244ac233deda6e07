/* SPDX-License-Identifier: GPL-3.0-or-later */
/* commonweal-extract MODE TYPE MEMORY PAGES: the answer, part by part. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "extract.h"

static size_t text_put;

static void write_all(const void *bytes, size_t n)
{
	const char *p = bytes;

	while (n > 0) {
		ssize_t done = write(1, p, n);

		if (done < 0 && errno == EINTR)
			continue;
		if (done <= 0)
			_exit(3); /* nobody listens */
		p += done;
		n -= (size_t)done;
	}
}

void put(int tag, uint32_t number, const void *bytes, size_t n)
{
	struct wire_part part = { .tag = (uint8_t)tag, .number = number, .length = (uint32_t)n };

	write_all(&part, sizeof part);
	write_all(bytes, n);
}

void problem(const char *text)
{
	put(WIRE_PROBLEM, 0, text, strlen(text));
	put(WIRE_END, 0, "", 0);
	_exit(0);
}

/* Bytes of the UTF-8 character at s, or 0 (RFC 3629). */
static size_t character(const unsigned char *s)
{
	size_t n = s[0] < 0x80 ? 1 : s[0] < 0xc2 ? 0 : s[0] < 0xe0 ? 2 : s[0] < 0xf0 ? 3 : s[0] < 0xf5 ? 4 : 0;

	for (size_t i = 1; i < n; i++)
		if ((s[i] & 0xc0) != 0x80)
			return 0;
	if ((s[0] == 0xe0 && s[1] < 0xa0) || (s[0] == 0xed && s[1] > 0x9f) || (s[0] == 0xf0 && s[1] < 0x90) ||
		(s[0] == 0xf4 && s[1] > 0x8f))
		return 0;
	return n;
}

bool put_text(uint32_t page, const char *text)
{
	char *out = malloc(PAGE_TEXT_MAX + 4);
	size_t n = 0, k;

	if (!out)
		_exit(2);
	for (const unsigned char *s = (const unsigned char *)text; *s && n < PAGE_TEXT_MAX; s += k ? k : 1) {
		k = character(s);
		if (k == 0)
			continue;
		if (*s <= 0x20 || *s == 0x7f) {
			if (n > 0 && out[n - 1] != ' ')
				out[n++] = ' ';
			continue;
		}
		memcpy(out + n, s, k);
		n += k;
	}
	if (n > TEXT_MAX - text_put)
		n = 0;
	if (n > 0)
		put(WIRE_TEXT, page, out, n);
	text_put += n;
	free(out);
	return text_put < TEXT_MAX - PAGE_TEXT_MAX;
}

struct bytes {
	unsigned char *p;
	size_t n, room;
};

static cairo_status_t keep_png(void *closure, const unsigned char *bytes, unsigned n)
{
	struct bytes *b = closure;

	if (b->n + n > b->room) {
		b->room = (b->n + n) * 2;
		b->p = realloc(b->p, b->room);
		if (!b->p)
			_exit(2);
	}
	memcpy(b->p + b->n, bytes, n);
	b->n += n;
	return CAIRO_STATUS_SUCCESS;
}

void put_preview(cairo_surface_t *picture, int width, int height)
{
	double scale = (double)PREVIEW_SIDE / (width > height ? width : height);
	int w, h;

	scale = scale > 1 ? 1 : scale;
	w = (int)(width * scale + 0.5);
	h = (int)(height * scale + 0.5);
	cairo_surface_t *sheet = cairo_image_surface_create(CAIRO_FORMAT_RGB24, w > 0 ? w : 1, h > 0 ? h : 1);
	cairo_t *cr = cairo_create(sheet);
	struct bytes png = { 0 };

	cairo_set_source_rgb(cr, 1, 1, 1);
	cairo_paint(cr);
	cairo_scale(cr, scale, scale);
	cairo_set_source_surface(cr, picture, 0, 0);
	cairo_pattern_set_filter(cairo_get_source(cr), CAIRO_FILTER_GOOD);
	cairo_paint(cr);
	cairo_destroy(cr);
	if (cairo_surface_write_to_png_stream(sheet, keep_png, &png) == CAIRO_STATUS_SUCCESS)
		put(WIRE_PICTURE, 0, png.p, png.n);
	cairo_surface_destroy(sheet);
	free(png.p);
}

unsigned char *read_all(size_t max, size_t *n)
{
	struct stat st;
	unsigned char *p;
	ssize_t done;

	if (fstat(0, &st) != 0 || st.st_size < 0 || (uint64_t)st.st_size > max)
		problem("The file is too large to be read.");
	p = malloc((size_t)st.st_size + 1);
	if (!p)
		problem("The file is too large to be read.");
	for (*n = 0; *n < (size_t)st.st_size; *n += (size_t)done) {
		done = pread(0, p + *n, (size_t)st.st_size - *n, (off_t)*n);
		if (done <= 0)
			break;
	}
	p[*n] = '\0';
	return p;
}

static bool is_office(const char *type)
{
	return strcmp(type, "application/vnd.openxmlformats-officedocument.wordprocessingml.document") == 0 ||
		strcmp(type, "application/vnd.oasis.opendocument.text") == 0;
}

static bool is_picture(const char *type)
{
	static const char *const list[] = { "image/png", "image/jpeg", "image/gif", "image/webp" };

	for (size_t i = 0; i < sizeof list / sizeof *list; i++)
		if (strcmp(list[i], type) == 0)
			return true;
	return false;
}

static void look(void)
{
	const char *type = type_of();
	uint32_t size[2];

	if (is_office(type))
		office_look(type);
	if (is_picture(type)) {
		if (!picture_size(type, &size[0], &size[1]))
			problem("The picture is damaged.");
		put(WIRE_SIZE, 0, size, sizeof size);
	}
	put(WIRE_TYPE, 0, type, strlen(type));
}

/* A table's rows, in pieces, so that one of them can be shown. */
static void read_table(void)
{
	size_t n, at = 0;
	char *all = (char *)read_all(FILE_MAX, &n);

	for (uint32_t page = 1; at < n; page++) {
		size_t end = at + 4000 < n ? at + 4000 : n;

		while (end < n && all[end] != '\n' && end - at < 8000)
			end++;
		char last = all[end];
		all[end] = '\0';
		bool more = put_text(page, all + at);
		all[end] = last;
		at = end;
		if (!more)
			break;
	}
	free(all);
}

int main(int argc, char **argv)
{
	if (argc != 5) {
		fprintf(stderr, "commonweal-extract is started by commonweald.\n");
		return 2;
	}
	const char *type = argv[2];
	pdf_prepare();
	confine(strtoull(argv[3], NULL, 10));
	if (strcmp(argv[1], "look") == 0)
		look();
	else if (strcmp(type, "application/pdf") == 0)
		pdf_read((uint32_t)strtoul(argv[4], NULL, 10));
	else if (is_picture(type))
		picture_read(type);
	else if (is_office(type))
		office_read(type);
	else if (strcmp(type, "text/csv") == 0)
		read_table();
	put(WIRE_END, 0, "", 0);
	_exit(0); /* nothing of the file has the last word */
}
