/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Drawing of charts as SVG: scales, ticks, axes, marks, and how wide a text is
 * about. What a chart shows is its module's; so are the table and the CSV that
 * stand beside it. Colors come from the theme (content/theme/_chart.scss) by
 * class; without it everything is drawn in the color of the text. Shapes and
 * dashes differ too, so nothing is told by color alone.
 *
 *	struct chart c;
 *	struct scale x = scale_linear(0, 50, 80, 620);
 *	size_t n;
 *	struct tick *ticks = scale_ticks(a, &x, 6, &n);
 *	chart_begin(&c, a, "homicides", 640, 240, "Homicides", "Fell from 12 to 7 a month.");
 *	chart_axis_x(&c, &x, ticks, n, 200, 20, "Homicides a month");
 *	chart_mark(&c, MARK_SQUARE, scale_at(&x, 12), 60, 6, "chart-mark", "2009: 12");
 *	data_markup(page, "chart", chart_finish(&c));
 *
 * A page that must fit a phone and a desk draws the chart twice, CHART_NARROW and
 * CHART_WIDE units wide, in elements of the classes chart--narrow and chart--wide,
 * of which the theme shows one; the ids differ. One unit is a CSS pixel at most. */
#ifndef COMMONWEAL_CHART_H
#define COMMONWEAL_CHART_H
#include <stdbool.h>
#include <stddef.h>
#include "arena.h"
#include "buf.h"
#include "html.h"

#define CHART_NARROW 320
#define CHART_WIDE 720
#define CHART_TEXT_SIZE 14 /* of texts, in units; as the theme's */

/* ---- scales ---- */

enum scale_kind { SCALE_LINEAR, SCALE_LOG };

/* From values (low to high) to places (from to to, which may run backwards). */
struct scale {
	enum scale_kind kind;
	double low, high; /* low < high; both above 0 if SCALE_LOG */
	double from, to;
};

/* Values that are equal, in the wrong order or not finite give a range around
 * them that can be drawn. */
struct scale scale_linear(double low, double high, double from, double to);
struct scale scale_log(double low, double high, double from, double to);
/* The place of a value; beyond the range it is beyond the place. Not finite, or
 * not above 0 on a log scale: the place of low. */
double scale_at(const struct scale *s, double value);
bool scale_holds(const struct scale *s, double value);

struct tick {
	double value;
	const char *label;
};
/* Round values within the range, about that many, at least two: 1, 2 or 5 times
 * a power of ten; on a log scale powers of two, or of ten where those were too many. */
struct tick *scale_ticks(struct arena *a, const struct scale *s, int about, size_t *n);
/* Widens a linear scale to the round values around its range. */
void scale_round(struct scale *s, int about);

/* "1,234.5", "−37": with that many decimals, a minus sign and a comma every three
 * digits from 10,000 on. */
const char *chart_number(struct arena *a, double value, int decimals);
/* The same with as many decimals, at most six, as the value needs. */
const char *chart_number_short(struct arena *a, double value);

/* ---- text ---- */

/* Width of a text in units, by the widths of Public Sans's letters; a little more
 * rather than less. NULL is 0. */
double chart_text_width(const char *text, double size, bool bold);
/* Lines of at most that width, broken at spaces (or within a word that is too
 * long); at most max of them, the last one then ends with an ellipsis. */
const char **chart_wrap(struct arena *a, const char *text, double size, bool bold, double width,
	size_t max, size_t *n);

/* ---- drawing ---- */

struct chart {
	struct arena *arena;
	struct buf *out;
	struct html html;
	double width, height;
};

/* id: unique in the page, [a-z0-9-]; title and desc are read to those who do not
 * see the chart: desc says in a sentence or two what it shows. */
void chart_begin(struct chart *c, struct arena *a, const char *id, double width, double height,
	const char *title, const char *desc);
/* The SVG element, in the arena. */
struct markup chart_finish(struct chart *c);

/* The same as a file of its own (SVG 1.1, XML): with the style that the theme gives it in a page, for light and dark. */
void chart_standalone(struct markup svg, struct buf *out);

/* class: words of the theme's chart-*, a literal. */
void chart_line(struct chart *c, double x1, double y1, double x2, double y2, const char *class);
void chart_rect(struct chart *c, double x, double y, double width, double height, const char *class);
/* A line through n points (x, y, x, y ...); points that are not finite break it. */
void chart_polyline(struct chart *c, const double *points, size_t n, const char *class);
/* The area between them, closed. */
void chart_polygon(struct chart *c, const double *points, size_t n, const char *class);

enum mark { MARK_CIRCLE, MARK_SQUARE, MARK_DIAMOND, MARK_TRIANGLE, MARK_CROSS, MARK_RING,
	MARK_ARROW_LEFT, MARK_ARROW_RIGHT };
/* r: half its size. title: shown when pointed at, and in the SVG's text; or NULL. */
void chart_mark(struct chart *c, enum mark mark, double x, double y, double r, const char *class,
	const char *title);

enum anchor { ANCHOR_START, ANCHOR_MIDDLE, ANCHOR_END };
/* y: of the base line. */
void chart_text(struct chart *c, double x, double y, enum anchor anchor, const char *class, const char *text);
/* Lines below each other, the first with its base line at y. */
void chart_lines(struct chart *c, double x, double y, double line_height, enum anchor anchor,
	const char *class, const char *const *lines, size_t n);

/* Axis along y, tick labels below it, lines of the grid up to top (top = y: none),
 * and what the numbers are (or NULL) below the labels. Labels that would overlap
 * are left out. CHART_AXIS_HEIGHT is needed below y. */
#define CHART_AXIS_HEIGHT 46
void chart_axis_x(struct chart *c, const struct scale *s, const struct tick *ticks, size_t n, double y,
	double top, const char *label);
/* Axis along x, labels left of it, lines of the grid to right. */
void chart_axis_y(struct chart *c, const struct scale *s, const struct tick *ticks, size_t n, double x,
	double right, const char *label);

#endif
