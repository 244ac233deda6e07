/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A certificate as PDF by cairo: tagged, with a title, its text as text. */
#include "seats.h"
#include <cairo-ft.h>
#include <cairo-pdf.h>

#define PAGE_WIDTH 841.89 /* A4 across, in points */
#define PAGE_HEIGHT 595.28
#define LINE 46

static cairo_status_t take(void *arg, const unsigned char *bytes, unsigned n)
{
	buf_add(arg, bytes, n);
	return CAIRO_STATUS_SUCCESS;
}

/* Small enough for the page's width; a long title becomes smaller. */
static void put_line(cairo_t *cr, const char *tag, const char *text, double size, double y)
{
	cairo_text_extents_t box;

	cairo_set_font_size(cr, size);
	cairo_text_extents(cr, text, &box);
	if (box.width > PAGE_WIDTH - 120) {
		cairo_set_font_size(cr, size * (PAGE_WIDTH - 120) / box.width);
		cairo_text_extents(cr, text, &box);
	}
	cairo_tag_begin(cr, tag, NULL);
	cairo_move_to(cr, (PAGE_WIDTH - box.width) / 2 - box.x_bearing, y);
	cairo_show_text(cr, text);
	cairo_tag_end(cr, tag);
}

static cairo_status_t draw(cairo_surface_t *surface, cairo_font_face_t *face, const char *title,
	const char *const *lines, size_t n)
{
	cairo_t *cr = cairo_create(surface);
	cairo_status_t status;

	cairo_set_font_face(cr, face);
	cairo_tag_begin(cr, "Document", NULL);
	put_line(cr, "H1", title, 34, 130);
	for (size_t i = 0; i < n; i++)
		put_line(cr, "P", lines[i], i == 1 || i == 3 ? 24 : 15, 200 + (double)i * LINE);
	cairo_tag_end(cr, "Document");
	cairo_show_page(cr);
	status = cairo_status(cr);
	cairo_destroy(cr);
	return status;
}

/* FreeType's part of a font face, which cairo may keep longer than the page. */
struct face {
	FT_Library library;
	FT_Face ft;
};

static void face_free(void *p)
{
	struct face *f = p;

	FT_Done_Face(f->ft);
	FT_Done_FreeType(f->library);
	free(f);
}

static cairo_font_face_t *face_open(const char *font)
{
	static const cairo_user_data_key_t key;
	struct face *f = calloc(1, sizeof *f);
	cairo_font_face_t *face;

	if (!f || FT_Init_FreeType(&f->library) != 0)
		abort();
	if (FT_New_Face(f->library, font, 0, &f->ft) != 0) {
		FT_Done_FreeType(f->library);
		free(f);
		return NULL;
	}
	face = cairo_ft_font_face_create_for_ft_face(f->ft, 0);
	if (cairo_font_face_set_user_data(face, &key, f, face_free) != CAIRO_STATUS_SUCCESS)
		abort();
	return face;
}

bool certificate_pdf(const char *font, const char *title, const char *const *lines, size_t n, struct buf *out,
	struct error *err)
{
	cairo_status_t status;
	cairo_font_face_t *face = face_open(font);

	if (!face) {
		error_set(err, ERROR_UNAVAILABLE, "Certificates cannot be made: this server lacks the font for them.");
		return error_detail(err, "certificate-font %s", font);
	}
	cairo_surface_t *surface = cairo_pdf_surface_create_for_stream(take, out, PAGE_WIDTH, PAGE_HEIGHT);
	cairo_pdf_surface_set_metadata(surface, CAIRO_PDF_METADATA_TITLE, title);
	cairo_pdf_surface_set_metadata(surface, CAIRO_PDF_METADATA_CREATOR, "Commonweal");
	status = draw(surface, face, title, lines, n);
	cairo_surface_finish(surface);
	if (status == CAIRO_STATUS_SUCCESS)
		status = cairo_surface_status(surface);
	cairo_surface_destroy(surface);
	cairo_font_face_destroy(face);
	return status == CAIRO_STATUS_SUCCESS ||
		error_set(err, ERROR_INTERNAL, "The certificate could not be made: %s.", cairo_status_to_string(status));
}
