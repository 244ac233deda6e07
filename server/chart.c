/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Charts as SVG. */
#include "chart.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TICKS_MOST 24
#define LABEL_GAP 8.0

/* ---- scales ---- */

static struct scale scale_of(enum scale_kind kind, double low, double high, double from, double to)
{
	return (struct scale){ kind, low, high, from, to };
}

struct scale scale_linear(double low, double high, double from, double to)
{
	if (!isfinite(low) || !isfinite(high)) {
		low = isfinite(low) ? low : isfinite(high) ? high - 1 : 0;
		high = isfinite(high) ? high : low + 1;
	}
	if (low > high) {
		double other = low;

		low = high;
		high = other;
	}
	if (high - low <= fabs(high) * 1e-12) {
		double around = low == 0 ? 1 : fabs(low) / 2;

		low -= around;
		high += around;
	}
	return scale_of(SCALE_LINEAR, low, high, from, to);
}

struct scale scale_log(double low, double high, double from, double to)
{
	if (!isfinite(low) || low <= 0)
		low = isfinite(high) && high > 0 ? high / 2 : 0.5;
	if (!isfinite(high) || high <= 0)
		high = low * 2;
	if (low > high) {
		double other = low;

		low = high;
		high = other;
	}
	if (high <= low * (1 + 1e-9)) {
		low /= 2;
		high *= 2;
	}
	return scale_of(SCALE_LOG, low, high, from, to);
}

double scale_at(const struct scale *s, double value)
{
	if (!isfinite(value) || (s->kind == SCALE_LOG && value <= 0))
		return s->from;
	double share = s->kind == SCALE_LOG ? log(value / s->low) / log(s->high / s->low) :
		(value - s->low) / (s->high - s->low);
	return s->from + share * (s->to - s->from);
}

bool scale_holds(const struct scale *s, double value)
{
	return value >= s->low && value <= s->high;
}

/* 1, 2 or 5 times a power of ten. */
static double round_step(double range, int about)
{
	double rough = range / (about > 1 ? about : 1), power = pow(10, floor(log10(rough)));
	double first = rough / power;

	return power * (first < 1.5 ? 1 : first < 3.5 ? 2 : first < 7.5 ? 5 : 10);
}

static int decimals_of(double step)
{
	int n = 0;

	while (n < 6 && fabs(step - round(step)) > 1e-9 * fabs(step)) {
		step *= 10;
		n++;
	}
	return n;
}

static void add_tick(struct arena *a, struct tick *list, size_t *n, double value, int decimals)
{
	if (*n < TICKS_MOST)
		list[(*n)++] = (struct tick){ value, chart_number(a, value, decimals) };
}

static struct tick *linear_ticks(struct arena *a, const struct scale *s, int about, size_t *n)
{
	struct tick *list = arena_array(a, TICKS_MOST, sizeof *list);
	double step = round_step(s->high - s->low, about);
	int decimals = decimals_of(step);

	/* Counted in steps: adding up would gather the errors. */
	double first = ceil(s->low / step - 1e-9), last = floor(s->high / step + 1e-9);
	for (int i = 0; first + i <= last && *n < TICKS_MOST; i++) {
		double value = (first + i) * step;

		add_tick(a, list, n, value == 0 ? 0 : value, decimals); /* no -0 */
	}
	return list;
}

static struct tick *log_ticks(struct arena *a, const struct scale *s, int about, size_t *n)
{
	struct tick *list = arena_array(a, TICKS_MOST, sizeof *list);
	bool tens = log2(s->high / s->low) > 2.0 * about;
	double base = tens ? 10 : 2, low = log(s->low) / log(base), high = log(s->high) / log(base);
	double step = fmax(1, ceil((high - low) / (about > 1 ? about : 1) - 1e-9));

	/* Counted in steps, as above. */
	int first = (int)ceil(low / step - 1e-9), last = (int)floor((high + 1e-9) / step);
	for (int i = first; i <= last && *n < TICKS_MOST; i++)
		add_tick(a, list, n, pow(base, i * step), decimals_of(pow(base, i * step)));
	return list;
}

struct tick *scale_ticks(struct arena *a, const struct scale *s, int about, size_t *n)
{
	struct tick *list = NULL;

	*n = 0;
	if (s->kind == SCALE_LOG)
		list = log_ticks(a, s, about, n);
	/* A range within two powers has its ends between round values. */
	for (int more = about; *n < 2 && more < 16 * about + 16; more *= 2) {
		*n = 0;
		list = linear_ticks(a, s, more > 1 ? more : 2, n);
	}
	return list;
}

void scale_round(struct scale *s, int about)
{
	double step = round_step(s->high - s->low, about);

	s->low = floor(s->low / step + 1e-9) * step;
	s->high = ceil(s->high / step - 1e-9) * step;
}

const char *chart_number(struct arena *a, double value, int decimals)
{
	char digits[400], out[540];
	size_t n = 0, whole;

	if (!isfinite(value))
		return "";
	snprintf(digits, sizeof digits, "%.*f", decimals < 0 ? 0 : decimals > 9 ? 9 : decimals, fabs(value));
	whole = strcspn(digits, ".");
	for (size_t i = 0; digits[i]; i++) {
		if (whole > 4 && i > 0 && i < whole && (whole - i) % 3 == 0)
			out[n++] = ',';
		out[n++] = digits[i];
	}
	out[n] = '\0';
	/* What rounds to nothing has no sign. */
	return arena_printf(a, "%s%s", value < 0 && strpbrk(digits, "123456789") ? "\xe2\x88\x92" : "", out);
}

const char *chart_number_short(struct arena *a, double value)
{
	return chart_number(a, value, decimals_of(value));
}

/* ---- text ---- */

/* Thousandths of the size, from ' ' to '~': Public Sans, weights 400 and 700. */
static const short widths[2][95] = {
	{ 243, 251, 426, 603, 659, 904, 709, 248, 303, 309, 394, 555, 242, 378, 225, 351, 612, 407, 596, 630, 629,
		641, 623, 601, 648, 625, 226, 240, 546, 555, 546, 521, 831, 710, 671, 689, 694, 621, 594, 733, 766, 283,
		389, 682, 578, 886, 754, 734, 637, 748, 677, 670, 594, 701, 673, 954, 688, 607, 637, 303, 351, 303, 473,
		518, 219, 553, 597, 544, 597, 567, 396, 623, 577, 248, 263, 562, 303, 865, 577, 566, 596, 596, 391, 506,
		389, 581, 505, 780, 565, 535, 481, 328, 263, 332, 568 },
	{ 226, 282, 480, 616, 681, 939, 784, 261, 333, 337, 473, 589, 277, 393, 270, 381, 645, 428, 635, 665, 656,
		675, 661, 626, 671, 659, 270, 279, 578, 589, 578, 535, 828, 727, 685, 718, 720, 635, 614, 759, 770, 308,
		402, 717, 578, 918, 782, 761, 653, 773, 696, 692, 616, 724, 704, 969, 717, 668, 670, 337, 381, 337, 484,
		553, 264, 567, 609, 547, 609, 577, 397, 629, 593, 267, 289, 580, 329, 896, 593, 576, 607, 607, 412, 527,
		417, 595, 521, 789, 588, 563, 497, 385, 269, 384, 612 },
};

/* Bytes of the code point at s, and its width; any letter of another alphabet is
 * taken for a wide one. */
static size_t letter(const char *s, bool bold, double *width)
{
	unsigned char c = (unsigned char)*s;
	size_t n = 1;

	if (c < 0x80) {
		*width = c < ' ' || c == 0x7f ? 0 : widths[bold][c - ' '] / 1000.0;
		return 1;
	}
	while (((unsigned char)s[n] & 0xc0) == 0x80)
		n++;
	*width = c >= 0xe3 ? 1.0 : 0.62; /* from U+3000 on: as wide as high */
	return n;
}

double chart_text_width(const char *text, double size, bool bold)
{
	double sum = 0, one;

	for (const char *s = text ? text : ""; *s;) {
		s += letter(s, bold, &one);
		sum += one;
	}
	return sum * size;
}

/* How much of s stands in one line: up to the last space that fits, else up to
 * the last letter, at least one. */
static size_t line_length(const char *s, double size, bool bold, double width)
{
	double sum = 0, one;
	size_t i = 0, space = 0;

	while (s[i]) {
		size_t n = letter(s + i, bold, &one);

		sum += one * size;
		if (s[i] == ' ')
			space = i;
		else if (sum > width && i > 0)
			return space ? space : i;
		i += n;
	}
	return i;
}

static const char *shortened(struct arena *a, const char *line, double size, bool bold, double width)
{
	double room = width - 0.9 * size;

	return arena_printf(a, "%.*s\xe2\x80\xa6", (int)line_length(line, size, bold, room > 0 ? room : 0), line);
}

const char **chart_wrap(struct arena *a, const char *text, double size, bool bold, double width, size_t max,
	size_t *n)
{
	const char **list = arena_array(a, max ? max : 1, sizeof *list), *s = text ? text : "";

	*n = 0;
	while (*(s += strspn(s, " ")) && *n < max) {
		size_t length = line_length(s, size, bold, width);

		if (*n + 1 == max && s[length + strspn(s + length, " ")])
			list[*n] = shortened(a, arena_strdup(a, s), size, bold, width);
		else
			list[*n] = arena_strndup(a, s, length);
		(*n)++;
		s += length;
	}
	return list;
}

/* ---- drawing ---- */

static void free_buf(void *p)
{
	buf_finish(p);
}

static void coordinate(struct chart *c, const char *name, double value)
{
	/* A tenth of a unit is less than anyone sees. */
	html_attr_num(&c->html, name, isfinite(value) ? round(value * 10) / 10 : 0);
}

void chart_begin(struct chart *c, struct arena *a, const char *id, double width, double height,
	const char *title, const char *desc)
{
	memset(c, 0, sizeof *c);
	c->arena = a;
	c->width = width;
	c->height = height;
	c->out = arena_alloc(a, sizeof *c->out);
	arena_defer(a, free_buf, c->out);
	html_begin(&c->html, c->out);
	html_open(&c->html, "svg");
	html_attr(&c->html, "class", "chart");
	html_attr(&c->html, "role", "img");
	html_attr(&c->html, "viewBox", arena_printf(a, "0 0 %.0f %.0f", width, height));
	html_attr_num(&c->html, "width", width);
	html_attr_num(&c->html, "height", height);
	html_attr(&c->html, "aria-labelledby", arena_printf(a, "%s-title %s-desc", id, id));
	html_open(&c->html, "title");
	html_attr(&c->html, "id", arena_printf(a, "%s-title", id));
	html_put(&c->html, title);
	html_close(&c->html);
	html_open(&c->html, "desc");
	html_attr(&c->html, "id", arena_printf(a, "%s-desc", id));
	html_put(&c->html, desc);
	html_close(&c->html);
}

struct markup chart_finish(struct chart *c)
{
	html_close(&c->html);
	return html_finish(&c->html, c->arena);
}

void chart_standalone(struct markup svg, struct buf *out)
{
	/* As content/theme/_chart.scss and _tokens.scss; a file cannot ask for the site's sheet. */
	static const char style[] = "<style>"
		".chart{color:#14202b;background:#fbfaf7;font:14px 'Public Sans',system-ui,sans-serif;--mark:#a8401a;--link:#0b4f6c;"
		"--rule:#d8d5cc;--field:#6b7882;--tint:#e6e3da;--muted:#4a5a66}"
		"@media(prefers-color-scheme:dark){.chart{color:#e8edf1;background:#101820;--mark:#e88f66;--link:#8ec7e6;"
		"--rule:#33414d;--field:#8796a2;--tint:#25313b;--muted:#a9b6c0}}"
		".chart text{fill:currentColor}.chart-tick,.chart-label,.chart-note{fill:var(--muted)}"
		".chart-axis,.chart-limit{stroke:var(--field)}.chart-grid{stroke:var(--rule)}"
		".chart-reference{stroke:currentColor;stroke-dasharray:4 3}.chart-limit{stroke-dasharray:2 3;fill:none}"
		".chart-mark{fill:var(--mark)}.chart-interval{stroke:var(--mark);stroke-width:2}"
		".chart-line{stroke:var(--mark);stroke-width:2;fill:none}"
		".chart-line--second{stroke:var(--link);stroke-dasharray:7 3}.chart-band{fill:var(--tint);stroke:none}</style>";
	const char *rest = svg.html ? strstr(svg.html, "<svg") : NULL, *end = rest ? strchr(rest, '>') : NULL;

	if (!end)
		return;
	buf_str(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<svg xmlns=\"http://www.w3.org/2000/svg\"");
	buf_add(out, rest + 4, (size_t)(end + 1 - rest - 4));
	buf_str(out, style);
	buf_str(out, end + 1);
}

/* What is drawn has the text's color until the theme says otherwise. */
static void open_shape(struct chart *c, const char *tag, const char *class, bool filled)
{
	html_open(&c->html, tag);
	html_attr(&c->html, "class", class);
	html_attr(&c->html, "stroke", "currentColor");
	html_attr(&c->html, "fill", filled ? "currentColor" : "none");
}

void chart_line(struct chart *c, double x1, double y1, double x2, double y2, const char *class)
{
	open_shape(c, "line", class, false);
	coordinate(c, "x1", x1);
	coordinate(c, "y1", y1);
	coordinate(c, "x2", x2);
	coordinate(c, "y2", y2);
	html_close(&c->html);
}

void chart_rect(struct chart *c, double x, double y, double width, double height, const char *class)
{
	open_shape(c, "rect", class, true);
	coordinate(c, "x", x);
	coordinate(c, "y", y);
	coordinate(c, "width", width > 0 ? width : 0);
	coordinate(c, "height", height > 0 ? height : 0);
	html_close(&c->html);
}

/* M and L of a path; a point that is not finite lifts the pen. */
static const char *path_of(struct arena *a, const double *points, size_t n, bool closed)
{
	struct buf b = BUF_INIT;
	bool down = false;

	for (size_t i = 0; i < n; i++) {
		double x = points[2 * i], y = points[2 * i + 1];

		if (isfinite(x) && isfinite(y))
			buf_printf(&b, "%c%.1f %.1f", down ? 'L' : 'M', x, y);
		down = isfinite(x) && isfinite(y);
	}
	if (closed && b.len)
		buf_char(&b, 'Z');
	char *text = arena_strdup(a, buf_text(&b));
	buf_finish(&b);
	return text;
}

void chart_polyline(struct chart *c, const double *points, size_t n, const char *class)
{
	open_shape(c, "path", class, false);
	html_attr(&c->html, "d", path_of(c->arena, points, n, false));
	html_close(&c->html);
}

void chart_polygon(struct chart *c, const double *points, size_t n, const char *class)
{
	open_shape(c, "path", class, true);
	html_attr(&c->html, "d", path_of(c->arena, points, n, true));
	html_close(&c->html);
}

/* Corners in units of r, ended by a count. */
struct outline {
	size_t n;
	double points[24];
};

static const struct outline outlines[] = {
	[MARK_SQUARE] = { 4, { -1, -1, 1, -1, 1, 1, -1, 1 } },
	[MARK_DIAMOND] = { 4, { 0, -1.3, 1.3, 0, 0, 1.3, -1.3, 0 } },
	[MARK_TRIANGLE] = { 3, { 0, -1.2, 1.2, 1, -1.2, 1 } },
	[MARK_CROSS] = { 12, { -1, -0.6, -0.6, -1, 0, -0.4, 0.6, -1, 1, -0.6, 0.4, 0, 1, 0.6, 0.6, 1, 0, 0.4, -0.6, 1,
		-1, 0.6, -0.4, 0 } },
	[MARK_ARROW_LEFT] = { 3, { -1.2, 0, 0.8, -1, 0.8, 1 } },
	[MARK_ARROW_RIGHT] = { 3, { 1.2, 0, -0.8, 1, -0.8, -1 } },
};

static void put_title(struct chart *c, const char *title)
{
	if (!title)
		return;
	html_open(&c->html, "title");
	html_put(&c->html, title);
	html_close(&c->html);
}

void chart_mark(struct chart *c, enum mark mark, double x, double y, double r, const char *class,
	const char *title)
{
	double points[24] = { 0 };

	if (mark == MARK_CIRCLE || mark == MARK_RING) {
		open_shape(c, "circle", class, mark == MARK_CIRCLE);
		coordinate(c, "cx", x);
		coordinate(c, "cy", y);
		coordinate(c, "r", r);
	} else {
		const struct outline *o = &outlines[mark];

		for (size_t i = 0; i < o->n; i++) {
			points[2 * i] = x + r * o->points[2 * i];
			points[2 * i + 1] = y + r * o->points[2 * i + 1];
		}
		open_shape(c, "path", class, true);
		html_attr(&c->html, "d", path_of(c->arena, points, o->n, true));
	}
	put_title(c, title);
	html_close(&c->html);
}

void chart_text(struct chart *c, double x, double y, enum anchor anchor, const char *class, const char *text)
{
	static const char *const names[] = { "start", "middle", "end" };

	if (!text || !*text)
		return;
	html_open(&c->html, "text");
	html_attr(&c->html, "class", class);
	html_attr(&c->html, "fill", "currentColor");
	html_attr_int(&c->html, "font-size", CHART_TEXT_SIZE);
	coordinate(c, "x", x);
	coordinate(c, "y", y);
	if (anchor != ANCHOR_START)
		html_attr(&c->html, "text-anchor", names[anchor]);
	html_put(&c->html, text);
	html_close(&c->html);
}

void chart_lines(struct chart *c, double x, double y, double line_height, enum anchor anchor,
	const char *class, const char *const *lines, size_t n)
{
	for (size_t i = 0; i < n; i++)
		chart_text(c, x, y + line_height * (double)i, anchor, class, lines[i]);
}

void chart_axis_x(struct chart *c, const struct scale *s, const struct tick *ticks, size_t n, double y,
	double top, const char *label)
{
	double left = fmin(s->from, s->to), right = fmax(s->from, s->to), end = -INFINITY;

	for (size_t i = 0; i < n; i++) {
		double x = scale_at(s, ticks[i].value), width = chart_text_width(ticks[i].label, CHART_TEXT_SIZE, false);

		if (top < y)
			chart_line(c, x, top, x, y, "chart-grid");
		chart_line(c, x, y, x, y + 5, "chart-axis");
		/* The order of the places may be that of the values or its reverse. */
		if (s->from <= s->to ? x - width / 2 < end : x + width / 2 > -end)
			continue;
		chart_text(c, x, y + 20, ANCHOR_MIDDLE, "chart-tick", ticks[i].label);
		end = (s->from <= s->to ? x : -x) + width / 2 + LABEL_GAP;
	}
	chart_line(c, left, y, right, y, "chart-axis");
	chart_text(c, (left + right) / 2, y + 40, ANCHOR_MIDDLE, "chart-label", label);
}

void chart_axis_y(struct chart *c, const struct scale *s, const struct tick *ticks, size_t n, double x,
	double right, const char *label)
{
	double top = fmin(s->from, s->to), bottom = fmax(s->from, s->to), taken = NAN;

	for (size_t i = 0; i < n; i++) {
		double y = scale_at(s, ticks[i].value);

		if (right > x)
			chart_line(c, x, y, right, y, "chart-grid");
		chart_line(c, x - 5, y, x, y, "chart-axis");
		if (fabs(y - taken) < CHART_TEXT_SIZE)
			continue;
		chart_text(c, x - 8, y + CHART_TEXT_SIZE * 0.36, ANCHOR_END, "chart-tick", ticks[i].label);
		taken = y;
	}
	chart_line(c, x, top, x, bottom, "chart-axis");
	chart_text(c, 0, top - CHART_TEXT_SIZE, ANCHOR_START, "chart-label", label);
}
