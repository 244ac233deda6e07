/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Releases as JSON, and back. Written by hand so that the bytes are always the same. */
#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "disclosure_run.h"

#define PARSE_MAX 5000 /* cells or periods */

static void text(struct buf *b, const char *s)
{
	json_t *v = json_string(s);
	char *out = v ? json_dumps(v, JSON_ENCODE_ANY) : NULL;

	buf_str(b, out ? out : "null");
	free(out);
	json_decref(v);
}

static void range(struct buf *b, struct disclosure_range r)
{
	buf_printf(b, "[%.15g,%.15g]", r.low, r.high);
}

static void cell(struct buf *b, const struct disclosure_cell *c)
{
	buf_str(b, "{\"scheme\":");
	text(b, c->scheme);
	buf_str(b, ",\"group\":");
	text(b, c->name);
	if (!c->published) {
		buf_str(b, ",\"published\":false");
		return;
	}
	buf_printf(b, ",\"published\":true,\"at_least\":%u,\"grid\":%d,\"rate\":", c->at_least, (int)c->grid);
	range(b, c->rate);
	buf_str(b, ",\"edges\":[");
	for (size_t e = 0; e < c->edge_count; e++) {
		buf_str(b, e ? "," : "");
		range(b, c->edges[e]);
	}
	buf_char(b, ']');
}

static void numbers(struct buf *b, const char *name, const double *v, size_t n)
{
	buf_printf(b, ",\"%s\":[", name);
	for (size_t i = 0; i < n; i++)
		buf_printf(b, "%s%.17g", i ? "," : "", v[i]);
	buf_char(b, ']');
}

static void basis(struct buf *b, const struct disclosure_release *r, size_t c)
{
	const struct disclosure_basis *x = &r->bases[c];

	buf_str(b, ",\"basis\":{\"members\":[");
	for (size_t i = 0; i < x->n; i++)
		buf_printf(b, "%s%u", i ? "," : "", x->members[i]);
	buf_str(b, "],\"known\":[");
	for (size_t i = 0; i < x->n; i++)
		buf_printf(b, "%s%d", i ? "," : "", x->known[i]);
	buf_char(b, ']');
	numbers(b, "counts", x->counts, x->n * r->period_count);
	numbers(b, "exposures", x->exposures, x->n * r->period_count);
	numbers(b, "edges", x->edge_values, DISCLOSURE_EDGES_MAX);
	buf_char(b, '}');
}

void disclosure_json(const struct disclosure_release *r, bool frozen, struct buf *out)
{
	buf_str(out, "{\"indicator\":");
	text(out, r->indicator);
	buf_str(out, ",\"period\":");
	text(out, r->label);
	buf_str(out, ",\"rules\":");
	text(out, r->rules);
	buf_printf(out, ",\"scale\":%.15g,\"periods\":[", r->scale);
	for (size_t i = 0; i < r->period_count; i++)
		buf_printf(out, "%s%d", i ? "," : "", r->periods[i]);
	buf_str(out, "],\"cells\":[");
	for (size_t c = 0; c < r->cell_count; c++) {
		buf_str(out, c ? ",\n" : "\n");
		cell(out, &r->cells[c]);
		if (frozen)
			basis(out, r, c);
		buf_char(out, '}');
	}
	buf_str(out, "]");
	if (frozen) {
		buf_printf(out, ",\"members\":%zu,\"log\":[", r->members);
		for (size_t i = 0; i < r->log_count; i++) {
			buf_str(out, i ? "," : "");
			text(out, r->log[i]);
		}
		buf_char(out, ']');
	}
	buf_str(out, "}\n");
}

/* ---- reading a frozen one ---- */

static struct disclosure_range get_range(const json_t *v)
{
	return (struct disclosure_range){ json_number_value(json_array_get(v, 0)),
		json_number_value(json_array_get(v, 1)) };
}

static double *get_numbers(struct arena *a, const json_t *list, size_t n)
{
	double *v = arena_array(a, n + 1, sizeof *v);

	for (size_t i = 0; i < n; i++)
		v[i] = json_number_value(json_array_get(list, i));
	return v;
}

static const char *get_text(struct arena *a, const json_t *object, const char *name)
{
	return arena_strdup(a, json_string_value(json_object_get(object, name)));
}

static bool get_basis(const struct disclosure_release *r, struct disclosure_basis *b, const json_t *v, struct arena *a)
{
	const json_t *members = json_object_get(v, "members"), *known = json_object_get(v, "known");
	const json_t *counts = json_object_get(v, "counts"), *exposures = json_object_get(v, "exposures");
	const json_t *edges = json_object_get(v, "edges");

	b->n = json_array_size(members);
	if (!json_is_array(members) || b->n > r->members || json_array_size(known) != b->n ||
		json_array_size(counts) != b->n * r->period_count || json_array_size(exposures) != b->n * r->period_count ||
		json_array_size(edges) != DISCLOSURE_EDGES_MAX)
		return false;
	b->members = arena_array(a, b->n + 1, sizeof *b->members);
	b->known = arena_array(a, b->n + 1, sizeof *b->known);
	for (size_t i = 0; i < b->n; i++) {
		json_int_t m = json_integer_value(json_array_get(members, i));

		if (m < 0 || (size_t)m >= r->members || (i && (json_int_t)b->members[i - 1] >= m))
			return false;
		b->members[i] = (unsigned)m;
		b->known[i] = json_integer_value(json_array_get(known, i)) != 0;
	}
	b->counts = get_numbers(a, counts, b->n * r->period_count);
	b->exposures = get_numbers(a, exposures, b->n * r->period_count);
	for (size_t e = 0; e < DISCLOSURE_EDGES_MAX; e++)
		b->edge_values[e] = json_number_value(json_array_get(edges, e));
	for (size_t i = 0; i < b->n * r->period_count; i++)
		if (!(b->counts[i] >= 0) || !(b->exposures[i] > 0))
			return false;
	return true;
}

static bool get_cell(struct disclosure_cell *c, const json_t *v, struct arena *a)
{
	const json_t *edges = json_object_get(v, "edges");
	json_int_t grid = json_integer_value(json_object_get(v, "grid"));

	c->scheme = get_text(a, v, "scheme");
	c->name = get_text(a, v, "group");
	c->published = json_is_true(json_object_get(v, "published"));
	if (!c->scheme || !c->name)
		return false;
	if (!c->published)
		return true;
	if ((grid != 1 && grid != 2 && grid != 3 && grid != 5) || json_array_size(edges) > DISCLOSURE_EDGES_MAX)
		return false;
	c->at_least = (unsigned)json_integer_value(json_object_get(v, "at_least"));
	c->grid = (enum disclosure_grid)grid;
	c->rate = get_range(json_object_get(v, "rate"));
	c->edge_count = json_array_size(edges);
	for (size_t e = 0; e < c->edge_count; e++)
		c->edges[e] = get_range(json_array_get(edges, e));
	return true;
}

static bool get_release(struct disclosure_release *r, const json_t *v, struct arena *a)
{
	const json_t *cells = json_object_get(v, "cells"), *periods = json_object_get(v, "periods");
	json_int_t members = json_integer_value(json_object_get(v, "members"));
	const json_t *log = json_object_get(v, "log");
	bool frozen = json_object_get(v, "members"); /* else what anyone may see: without bases */

	r->indicator = get_text(a, v, "indicator");
	r->label = get_text(a, v, "period");
	r->rules = get_text(a, v, "rules");
	r->scale = json_number_value(json_object_get(v, "scale"));
	r->cell_count = json_array_size(cells);
	r->period_count = json_array_size(periods);
	if (!r->indicator || !r->label || !r->rules || !(r->scale > 0) || members < 0 ||
		members > DISCLOSURE_MEMBERS_MAX || r->cell_count > PARSE_MAX || r->period_count < 1 ||
		r->period_count > PARSE_MAX)
		return false;
	r->members = (size_t)members;
	r->periods = arena_array(a, r->period_count, sizeof *r->periods);
	for (size_t i = 0; i < r->period_count; i++)
		r->periods[i] = (int)json_integer_value(json_array_get(periods, i));
	r->cells = arena_array(a, r->cell_count + 1, sizeof *r->cells);
	r->bases = frozen ? arena_array(a, r->cell_count + 1, sizeof *r->bases) : NULL;
	for (size_t c = 0; c < r->cell_count; c++) {
		const json_t *one = json_array_get(cells, c);

		if (!get_cell(&r->cells[c], one, a) ||
			(frozen && !get_basis(r, &r->bases[c], json_object_get(one, "basis"), a)))
			return false;
	}
	r->log_count = json_array_size(log);
	r->log = arena_array(a, r->log_count + 1, sizeof *r->log);
	for (size_t i = 0; i < r->log_count; i++) {
		r->log[i] = arena_strdup(a, json_string_value(json_array_get(log, i)));
		if (!r->log[i])
			return false;
	}
	return true;
}

bool disclosure_parse(const char *json, size_t n, struct arena *a, struct disclosure_release **out, struct error *err)
{
	json_t *v = json_loadb(json, n, JSON_REJECT_DUPLICATES, NULL);
	struct disclosure_release *r = arena_alloc(a, sizeof *r);
	bool good = v && get_release(r, v, a);

	json_decref(v);
	if (!good)
		return error_set(err, ERROR_INVALID, "This is not a release.");
	*out = r;
	return true;
}
