/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The map of the United States as SVG. Outlines: us-atlas (TopoJSON, already
 * projected); places: the same Albers USA projection, computed here. */
#ifndef COMMONWEAL_MAP_H
#define COMMONWEAL_MAP_H
#include <stdbool.h>
#include <stddef.h>
#include "arena.h"
#include "error.h"
#include "html.h"
#include "url.h"

struct map;
/* json: us-atlas states-albers-10m. */
struct map *map_load(const void *json, size_t n, struct error *err);
void map_destroy(struct map *m);

struct map_place {
	const char *name, *region; /* region: postal code, or NULL */
	double lat, lon;           /* degrees */
	bool state;                /* stands for a whole state */
	struct url url;            /* or none */
};
/* label: what the whole says, to who cannot see it. The places are links unless the first has no URL. */
struct markup map_draw(const struct map *m, struct arena *a, const char *label,
	const struct map_place *places, size_t n);
/* d3's geoAlbersUsa, scale 1300 in 975 x 610: false outside the fifty states. */
bool map_project(double lat, double lon, double *x, double *y);
/* Name of a state by its postal code, or NULL. */
const char *map_state_name(const char *code);

#endif
