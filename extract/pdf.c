/* SPDX-License-Identifier: GPL-3.0-or-later */
/* PDF: text by page, and a picture of the first page (poppler). */
#include <glib.h>
#include <poppler.h>
#include <stdlib.h>
#include <unistd.h>
#include "extract.h"

#define PAGE_SIDE_MAX 20000 /* points */

void pdf_prepare(void)
{
	/* glib and fontconfig look for their files once; no file of a stranger is read here. */
	g_log_set_handler(NULL, G_LOG_LEVEL_MASK | G_LOG_FLAG_FATAL, g_log_default_handler, NULL);
}

static void draw(PopplerPage *page)
{
	double width, height, scale;

	poppler_page_get_size(page, &width, &height);
	if (!(width > 1 && height > 1 && width < PAGE_SIDE_MAX && height < PAGE_SIDE_MAX))
		return;
	scale = (double)PREVIEW_SIDE / (width > height ? width : height);
	int w = (int)(width * scale + 0.5), h = (int)(height * scale + 0.5);
	cairo_surface_t *surface = cairo_image_surface_create(CAIRO_FORMAT_RGB24, w > 0 ? w : 1, h > 0 ? h : 1);
	cairo_t *cr = cairo_create(surface);

	cairo_set_source_rgb(cr, 1, 1, 1);
	cairo_paint(cr);
	cairo_scale(cr, scale, scale);
	poppler_page_render(page, cr);
	cairo_destroy(cr);
	put_preview(surface, w, h);
	cairo_surface_destroy(surface);
}

void pdf_read(uint32_t pages_max)
{
	GError *error = NULL;
	PopplerDocument *doc = poppler_document_new_from_fd(dup(0), NULL, &error);
	int n;
	bool more = true;

	if (!doc)
		problem(g_error_matches(error, POPPLER_ERROR, POPPLER_ERROR_ENCRYPTED) ?
			"The file is encrypted: its words cannot be searched." : "The file is damaged: its words cannot be searched.");
	n = poppler_document_get_n_pages(doc);
	put(WIRE_PAGES, n > 0 ? (uint32_t)n : 0, "", 0);
	for (int i = 0; more && i < n && i < (int)pages_max; i++) {
		PopplerPage *page = poppler_document_get_page(doc, i);

		if (!page)
			continue;
		char *text = poppler_page_get_text(page);
		more = !text || put_text((uint32_t)i + 1, text);
		g_free(text);
		g_object_unref(page);
	}
	/* Last, for drawing takes longest and may not end: then the words are there. */
	PopplerPage *first = n > 0 ? poppler_document_get_page(doc, 0) : NULL;
	if (first)
		draw(first);
}
