/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Pictures: their size, and a small one of them. */
#include <gif_lib.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <jpeglib.h>
#include <webp/decode.h>
#include "extract.h"

struct source {
	const unsigned char *p;
	size_t n, at;
};

static uint32_t big32(const unsigned char *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

struct jpeg_failure {
	struct jpeg_error_mgr base; /* first */
	jmp_buf back;
};

static void jpeg_failed(j_common_ptr info)
{
	longjmp(((struct jpeg_failure *)info->err)->back, 1);
}

static void jpeg_silent(j_common_ptr info)
{
	(void)info;
}

/* out NULL: only the size. */
static bool jpeg(struct source *s, uint32_t *width, uint32_t *height, cairo_surface_t **out)
{
	struct jpeg_decompress_struct info;
	struct jpeg_failure failure;
	unsigned char *volatile row = NULL;
	volatile bool ok = false;

	info.err = jpeg_std_error(&failure.base);
	failure.base.error_exit = jpeg_failed;
	failure.base.output_message = jpeg_silent;
	if (setjmp(failure.back))
		goto out;
	jpeg_create_decompress(&info);
	jpeg_mem_src(&info, s->p, s->n);
	jpeg_read_header(&info, TRUE);
	*width = info.image_width;
	*height = info.image_height;
	if (out) {
		info.out_color_space = JCS_RGB;
		while (info.scale_denom < 8 && (info.image_width / info.scale_denom > 2 * PREVIEW_SIDE ||
			info.image_height / info.scale_denom > 2 * PREVIEW_SIDE))
			info.scale_denom *= 2;
		jpeg_start_decompress(&info);
		cairo_surface_t *surface = cairo_image_surface_create(CAIRO_FORMAT_RGB24, (int)info.output_width,
			(int)info.output_height);
		row = malloc((size_t)info.output_width * 3);
		*out = surface;
		unsigned char *to = cairo_image_surface_get_data(surface);
		while (row && to && info.output_scanline < info.output_height) {
			unsigned char *rows[1] = { row };
			uint32_t *pixel = (uint32_t *)(void *)(to + (size_t)info.output_scanline *
				(size_t)cairo_image_surface_get_stride(surface));

			jpeg_read_scanlines(&info, rows, 1);
			for (unsigned x = 0; x < info.output_width; x++)
				pixel[x] = (uint32_t)row[3 * x] << 16 | (uint32_t)row[3 * x + 1] << 8 | row[3 * x + 2];
		}
		cairo_surface_mark_dirty(surface);
	}
	ok = true;
out:
	free(row);
	jpeg_destroy_decompress(&info);
	return ok;
}

static int gif_take(GifFileType *gif, GifByteType *to, int n)
{
	struct source *s = gif->UserData;
	size_t m = (size_t)n < s->n - s->at ? (size_t)n : s->n - s->at;

	memcpy(to, s->p + s->at, m);
	s->at += m;
	return (int)m;
}

/* The first frame. */
static cairo_surface_t *gif_frame(GifFileType *gif)
{
	GifImageDesc *d = &gif->Image;
	ColorMapObject *colors = d->ColorMap ? d->ColorMap : gif->SColorMap;
	cairo_surface_t *surface;
	unsigned char *row, *data;

	if (!colors || d->Width <= 0 || d->Height <= 0 || (int64_t)d->Width * d->Height > PIXELS_MAX)
		return NULL;
	surface = cairo_image_surface_create(CAIRO_FORMAT_RGB24, d->Width, d->Height);
	row = malloc((size_t)d->Width);
	data = cairo_image_surface_get_data(surface);
	for (int pass = 0; row && data && pass < (d->Interlace ? 4 : 1); pass++) {
		static const int first[] = { 0, 4, 2, 1 }, step[] = { 8, 8, 4, 2 };

		for (int y = d->Interlace ? first[pass] : 0; y < d->Height; y += d->Interlace ? step[pass] : 1) {
			uint32_t *pixel = (uint32_t *)(void *)(data + (size_t)y * (size_t)cairo_image_surface_get_stride(surface));

			if (DGifGetLine(gif, row, d->Width) != GIF_OK)
				break;
			for (int x = 0; x < d->Width; x++)
				if (row[x] < colors->ColorCount) {
					GifColorType c = colors->Colors[row[x]];

					pixel[x] = (uint32_t)c.Red << 16 | (uint32_t)c.Green << 8 | c.Blue;
				}
		}
	}
	free(row);
	cairo_surface_mark_dirty(surface);
	return surface;
}

static cairo_surface_t *gif_read(struct source *s)
{
	GifFileType *gif = DGifOpen(s, gif_take, NULL);
	GifRecordType kind;
	cairo_surface_t *surface = NULL;

	while (gif && !surface && DGifGetRecordType(gif, &kind) == GIF_OK && kind != TERMINATE_RECORD_TYPE) {
		GifByteType *extension;
		int code;

		if (kind == IMAGE_DESC_RECORD_TYPE) {
			if (DGifGetImageDesc(gif) != GIF_OK || !(surface = gif_frame(gif)))
				break;
		} else if (kind == EXTENSION_RECORD_TYPE) {
			if (DGifGetExtension(gif, &code, &extension) != GIF_OK)
				break;
			while (extension && DGifGetExtensionNext(gif, &extension) == GIF_OK)
				;
		}
	}
	return surface;
}

static cairo_surface_t *webp_read(const struct source *s)
{
	WebPDecoderConfig config;
	cairo_surface_t *surface;

	if (!WebPInitDecoderConfig(&config) || WebPGetFeatures(s->p, s->n, &config.input) != VP8_STATUS_OK)
		return NULL;
	surface = cairo_image_surface_create(CAIRO_FORMAT_ARGB32, config.input.width, config.input.height);
	if (!cairo_image_surface_get_data(surface))
		return NULL;
	config.output.colorspace = MODE_bgrA; /* premultiplied, as cairo has it on this machine */
	config.output.is_external_memory = 1;
	config.output.u.RGBA.rgba = cairo_image_surface_get_data(surface);
	config.output.u.RGBA.stride = cairo_image_surface_get_stride(surface);
	config.output.u.RGBA.size = (size_t)cairo_image_surface_get_stride(surface) * (size_t)config.input.height;
	if (WebPDecode(s->p, s->n, &config) != VP8_STATUS_OK)
		return NULL;
	cairo_surface_mark_dirty(surface);
	return surface;
}

static cairo_status_t png_take(void *closure, unsigned char *to, unsigned n)
{
	struct source *s = closure;

	if (n > s->n - s->at)
		return CAIRO_STATUS_READ_ERROR;
	memcpy(to, s->p + s->at, n);
	s->at += n;
	return CAIRO_STATUS_SUCCESS;
}

static bool size_of(const char *type, struct source *s, uint32_t *width, uint32_t *height)
{
	int w, h;

	if (strcmp(type, "image/png") == 0) {
		if (s->n < 24 || memcmp(s->p + 12, "IHDR", 4) != 0)
			return false;
		*width = big32(s->p + 16);
		*height = big32(s->p + 20);
	} else if (strcmp(type, "image/gif") == 0) {
		if (s->n < 10)
			return false;
		*width = s->p[6] | (uint32_t)s->p[7] << 8;
		*height = s->p[8] | (uint32_t)s->p[9] << 8;
	} else if (strcmp(type, "image/webp") == 0) {
		if (!WebPGetInfo(s->p, s->n, &w, &h))
			return false;
		*width = (uint32_t)w;
		*height = (uint32_t)h;
	} else if (!jpeg(s, width, height, NULL)) {
		return false;
	}
	return *width > 0 && *height > 0 && *width < 100000 && *height < 100000;
}

bool picture_size(const char *type, uint32_t *width, uint32_t *height)
{
	struct source s = { 0 };
	bool ok;

	s.p = read_all(FILE_MAX, &s.n);
	ok = size_of(type, &s, width, height);
	free((void *)s.p);
	return ok;
}

void picture_read(const char *type)
{
	struct source s = { 0 };
	uint32_t size[2];
	cairo_surface_t *surface = NULL;

	s.p = read_all(FILE_MAX, &s.n);
	if (!size_of(type, &s, &size[0], &size[1]))
		problem("The picture is damaged.");
	put(WIRE_SIZE, 0, size, sizeof size);
	if ((uint64_t)size[0] * size[1] > PIXELS_MAX)
		problem("The picture has too many points for a small view of it.");
	if (strcmp(type, "image/png") == 0)
		surface = cairo_image_surface_create_from_png_stream(png_take, &s);
	else if (strcmp(type, "image/gif") == 0)
		surface = gif_read(&s);
	else if (strcmp(type, "image/webp") == 0)
		surface = webp_read(&s);
	else if (!jpeg(&s, &size[0], &size[1], &surface))
		surface = NULL;
	if (!surface || cairo_surface_status(surface) != CAIRO_STATUS_SUCCESS)
		problem("The picture is damaged.");
	put_preview(surface, cairo_image_surface_get_width(surface), cairo_image_surface_get_height(surface));
}
