/* SPDX-License-Identifier: GPL-3.0-or-later */
/* commonweal-extract: reads one untrusted file on descriptor 0 and writes what it
 * found (wire.h) to descriptor 1, confined before it looks at the first byte. */
#ifndef COMMONWEAL_EXTRACT_H
#define COMMONWEAL_EXTRACT_H
#include <cairo.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "wire.h"

#define FILE_MAX (256 << 20)     /* bytes of a picture or table that is held in memory */
#define TEXT_MAX (4 << 20)       /* bytes of text in all */
#define PAGE_TEXT_MAX (64 << 10)
#define PIXELS_MAX 40000000
#define PREVIEW_SIDE 320

/* main.c */
void put(int tag, uint32_t number, const void *bytes, size_t n);
/* Text of a page: cut, controls and line ends made spaces, only valid UTF-8. False
 * when there was enough. */
bool put_text(uint32_t page, const char *text);
/* Says what is wrong, and ends the program. */
void problem(const char *text) __attribute__((noreturn));
/* Draws `scale` times the picture onto a white sheet and puts it. */
void put_preview(cairo_surface_t *picture, int width, int height);
/* The whole file; ends the program if it has more than max bytes. */
unsigned char *read_all(size_t max, size_t *n);

/* type.c */
const char *type_of(void);

/* picture.c */
bool picture_size(const char *type, uint32_t *width, uint32_t *height);
void picture_read(const char *type);

/* pdf.c */
void pdf_prepare(void); /* what must happen before the confinement */
void pdf_read(uint32_t pages_max);

/* office.c */
void office_look(const char *type);
void office_read(const char *type);

/* confine.c */
void confine(uint64_t memory);

#endif
