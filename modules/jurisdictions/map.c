/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reads TopoJSON into paths, projects places, draws. */
#include "map.h"
#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "buf.h"

#define WIDTH 975
#define HEIGHT 610
#define SCALE 1300.0
#define STATES_MAX 80

struct outline {
	char *name, *path;
};

struct map {
	struct outline states[STATES_MAX];
	size_t n;
};

static const char *const state_names[][2] = {
	{ "AL", "Alabama" }, { "AK", "Alaska" }, { "AZ", "Arizona" }, { "AR", "Arkansas" },
	{ "CA", "California" }, { "CO", "Colorado" }, { "CT", "Connecticut" }, { "DE", "Delaware" },
	{ "DC", "District of Columbia" }, { "FL", "Florida" }, { "GA", "Georgia" }, { "HI", "Hawaii" },
	{ "ID", "Idaho" }, { "IL", "Illinois" }, { "IN", "Indiana" }, { "IA", "Iowa" }, { "KS", "Kansas" },
	{ "KY", "Kentucky" }, { "LA", "Louisiana" }, { "ME", "Maine" }, { "MD", "Maryland" },
	{ "MA", "Massachusetts" }, { "MI", "Michigan" }, { "MN", "Minnesota" }, { "MS", "Mississippi" },
	{ "MO", "Missouri" }, { "MT", "Montana" }, { "NE", "Nebraska" }, { "NV", "Nevada" },
	{ "NH", "New Hampshire" }, { "NJ", "New Jersey" }, { "NM", "New Mexico" }, { "NY", "New York" },
	{ "NC", "North Carolina" }, { "ND", "North Dakota" }, { "OH", "Ohio" }, { "OK", "Oklahoma" },
	{ "OR", "Oregon" }, { "PA", "Pennsylvania" }, { "RI", "Rhode Island" }, { "SC", "South Carolina" },
	{ "SD", "South Dakota" }, { "TN", "Tennessee" }, { "TX", "Texas" }, { "UT", "Utah" },
	{ "VT", "Vermont" }, { "VA", "Virginia" }, { "WA", "Washington" }, { "WV", "West Virginia" },
	{ "WI", "Wisconsin" }, { "WY", "Wyoming" } };

const char *map_state_name(const char *code)
{
	for (size_t i = 0; code && i < sizeof state_names / sizeof *state_names; i++)
		if (strcmp(state_names[i][0], code) == 0)
			return state_names[i][1];
	return NULL;
}

/* ---- projection ---- */

/* Conic equal-area (Albers), in radians. */
static void albers(double lambda, double phi, double phi1, double phi2, double *x, double *y)
{
	double n = (sin(phi1) + sin(phi2)) / 2, c = 1 + sin(phi1) * (2 * n - sin(phi1));
	double r = sqrt(c - 2 * n * sin(phi)) / n;

	*x = r * sin(n * lambda);
	*y = sqrt(c) / n - r * cos(n * lambda);
}

static double radians(double degrees)
{
	return degrees * M_PI / 180;
}

bool map_project(double lat, double lon, double *x, double *y)
{
	/* Contiguous states, Alaska, Hawaii: parallels, rotation, centre, scale, place on the page. */
	static const struct {
		double south, north, west, east;
		double phi1, phi2, rotate, centre_lon, centre_lat, scale, dx, dy;
	} parts[] = {
		{ 24, 50, -126, -66, 29.5, 45.5, 96, -0.6, 38.7, 1, 0, 0 },
		{ 51, 72, -180, -129, 55, 65, 154, -2, 58.5, 0.35, -0.307, 0.201 },
		{ 18, 23, -162, -154, 8, 18, 157, -3, 19.9, 1, -0.205, 0.212 },
	};

	for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
		double px, py, cx, cy, k = SCALE * parts[i].scale;

		if (lat < parts[i].south || lat > parts[i].north || lon < parts[i].west || lon > parts[i].east)
			continue;
		albers(radians(lon + parts[i].rotate), radians(lat), radians(parts[i].phi1), radians(parts[i].phi2),
			&px, &py);
		albers(radians(parts[i].centre_lon), radians(parts[i].centre_lat), radians(parts[i].phi1),
			radians(parts[i].phi2), &cx, &cy);
		*x = WIDTH / 2.0 + SCALE * parts[i].dx + k * (px - cx);
		*y = HEIGHT / 2.0 + SCALE * parts[i].dy + k * (cy - py);
		return true;
	}
	return false;
}

/* ---- TopoJSON ---- */

struct topology {
	const json_t *arcs;
	double scale[2], move[2];
};

static double number_at(const json_t *list, size_t i)
{
	return json_number_value(json_array_get(list, i));
}

struct pen {
	long x, y;
	bool drawing; /* has left the ring's first point */
};

/* Adds the points of an arc in whole units, as differences from `pen`, which
 * keeps a page small; ~i (negative) is arc i backwards. The first point of all
 * but a ring's first arc repeats the last one before it. */
static void add_arc(struct buf *out, const struct topology *t, json_int_t index, bool first, struct pen *pen)
{
	bool backwards = index < 0;
	const json_t *arc = json_array_get(t->arcs, (size_t)(backwards ? -index - 1 : index));
	size_t n = json_array_size(arc);
	double x = 0, y = 0, *points = calloc(2 * n + 1, sizeof *points);

	if (!points)
		abort();
	for (size_t i = 0; i < n; i++) { /* points are differences, quantised */
		x += number_at(json_array_get(arc, i), 0);
		y += number_at(json_array_get(arc, i), 1);
		points[2 * i] = x * t->scale[0] + t->move[0];
		points[2 * i + 1] = y * t->scale[1] + t->move[1];
	}
	for (size_t i = first ? 0 : 1; i < n; i++) {
		size_t at = backwards ? n - 1 - i : i;
		long x1 = lround(points[2 * at]), y1 = lround(points[2 * at + 1]);
		long dx = x1 - pen->x, dy = y1 - pen->y;

		if (first && i == 0)
			buf_printf(out, "M%ld %ld", x1, y1);
		else if (dx || dy)
			buf_printf(out, "%s%ld%s%ld", !pen->drawing ? "l" : dx < 0 ? "" : " ", dx, dy < 0 ? "" : " ", dy);
		pen->drawing = (pen->drawing || dx || dy) && !(first && i == 0);
		pen->x = x1;
		pen->y = y1;
	}
	free(points);
}

static void add_polygon(struct buf *out, const struct topology *t, const json_t *rings)
{
	const json_t *ring, *index;
	struct pen pen = { 0, 0, false };
	size_t i, j;

	json_array_foreach(rings, i, ring) {
		json_array_foreach(ring, j, index)
			add_arc(out, t, json_integer_value(index), j == 0, &pen);
		buf_char(out, 'Z');
	}
}

static void add_state(struct map *m, const struct topology *t, const json_t *geometry)
{
	const char *type = json_string_value(json_object_get(geometry, "type"));
	const char *name = json_string_value(json_object_get(json_object_get(geometry, "properties"), "name"));
	const json_t *arcs = json_object_get(geometry, "arcs"), *polygon;
	struct buf path = BUF_INIT;
	size_t i;

	if (!type || !name || m->n == STATES_MAX)
		return;
	if (strcmp(type, "Polygon") == 0)
		add_polygon(&path, t, arcs);
	else
		json_array_foreach(arcs, i, polygon)
			add_polygon(&path, t, polygon);
	m->states[m->n].name = strdup(name);
	m->states[m->n].path = strdup(buf_text(&path));
	if (!m->states[m->n].name || !m->states[m->n].path)
		abort();
	m->n++;
	buf_finish(&path);
}

struct map *map_load(const void *json, size_t n, struct error *err)
{
	json_t *root = json_loadb(json, n, 0, NULL);
	const json_t *transform = json_object_get(root, "transform"), *geometry;
	const json_t *states = json_object_get(json_object_get(json_object_get(root, "objects"), "states"),
		"geometries");
	struct topology t = { .arcs = json_object_get(root, "arcs") };
	struct map *m = calloc(1, sizeof *m);
	size_t i;

	if (!m)
		abort();
	for (size_t k = 0; k < 2; k++) {
		t.scale[k] = transform ? number_at(json_object_get(transform, "scale"), k) : 1;
		t.move[k] = transform ? number_at(json_object_get(transform, "translate"), k) : 0;
	}
	json_array_foreach(states, i, geometry)
		add_state(m, &t, geometry);
	json_decref(root);
	if (m->n >= 50)
		return m;
	map_destroy(m);
	error_set(err, ERROR_INTERNAL, "The outlines of the states (data/us-states.json) cannot be read.");
	return NULL;
}

void map_destroy(struct map *m)
{
	if (!m)
		return;
	for (size_t i = 0; i < m->n; i++) {
		free(m->states[i].name);
		free(m->states[i].path);
	}
	free(m);
}

/* ---- drawing ---- */

static bool has_member(const char *state, const struct map_place *places, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		const char *name = map_state_name(places[i].region);

		if (name && strcmp(name, state) == 0)
			return true;
	}
	return false;
}

static void draw_circle(struct html *h, const char *class, double x, double y, int r)
{
	html_open(h, "circle");
	html_attr(h, "class", class);
	html_attr_num(h, "cx", round(x * 10) / 10);
	html_attr_num(h, "cy", round(y * 10) / 10);
	html_attr_int(h, "r", r);
	html_close(h);
}

static void draw_place(struct html *h, const struct map_place *p)
{
	double x, y;

	if (!map_project(p->lat, p->lon, &x, &y))
		return;
	html_open(h, p->url.text ? "a" : "g");
	if (p->url.text)
		html_attr_url(h, "href", p->url);
	html_open(h, "title");
	html_put(h, p->name);
	html_close(h);
	if (p->url.text)
		draw_circle(h, "hit", x, y, 14);
	draw_circle(h, p->state ? "dot dot--state" : "dot", x, y, p->state ? 7 : 5);
	html_close(h);
}

struct markup map_draw(const struct map *m, struct arena *a, const char *label,
	const struct map_place *places, size_t n)
{
	struct buf out = BUF_INIT;
	struct html h;

	html_begin(&h, &out);
	html_open(&h, "svg");
	html_attr(&h, "class", "us-map");
	html_attr(&h, "viewBox", "0 0 975 610");
	html_attr(&h, "role", n && places[0].url.text ? "group" : "img");
	html_attr(&h, "aria-label", label);
	for (int member = 0; member < 2; member++) /* members last, so that their outline is whole */
		for (size_t i = 0; i < m->n; i++) {
			if (has_member(m->states[i].name, places, n) != member)
				continue;
			html_open(&h, "path");
			html_attr(&h, "class", member ? "state state--member" : "state");
			html_attr(&h, "d", m->states[i].path);
			html_close(&h);
		}
	for (size_t i = 0; i < n; i++)
		draw_place(&h, &places[i]);
	html_close(&h);
	struct markup done = html_finish(&h, a);
	buf_finish(&out);
	return done;
}
