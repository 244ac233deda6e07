/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "disclosure_world.h"
#include <jansson.h>
#include <math.h>
#include "unit.h"

unsigned world_random(unsigned *seed, unsigned below)
{
	*seed ^= *seed << 13;
	*seed ^= *seed >> 17;
	*seed ^= *seed << 5;
	return *seed % below;
}

static double uniform(unsigned *seed)
{
	return (world_random(seed, 1000000) + 0.5) / 1e6;
}

/* Knuth's for small means, a normal for large ones: good enough to scatter. */
static double poisson(unsigned *seed, double mean)
{
	double left = exp(-mean), p = 1;
	int k = 0;

	if (mean > 40)
		return fmax(0, round(mean + sqrt(mean) * sqrt(-2 * log(uniform(seed))) * cos(2 * M_PI * uniform(seed))));
	do
		p *= uniform(seed);
	while (p > left && ++k < 1000);
	return k;
}

static size_t group(struct world *w, const char *scheme, const char *name)
{
	for (size_t g = 0; g < w->group_count; g++)
		if (strcmp(w->groups[g].scheme, scheme) == 0 && strcmp(w->groups[g].name, name) == 0)
			return g;
	NEED(w->group_count < WORLD_GROUPS);
	w->groups[w->group_count].scheme = scheme;
	w->groups[w->group_count].name = name;
	return w->group_count++;
}

static void join(struct world *w, const char *scheme, const char *name, size_t member)
{
	size_t g = group(w, scheme, name);

	w->groups[g].members[w->groups[g].n++] = (unsigned)member;
}

static void make_groups(struct world *w, unsigned *seed)
{
	static const char *const strategies[] = { "gvi", "ipvi", "dmi", "other" }, *const stages[] = { "plan", "run", "sustain" };

	for (size_t m = 0; m < w->members; m++) {
		double people = w->exposure[m][0];
		unsigned s = world_random(seed, 10);

		join(w, "all", "all", m);
		join(w, "strategy", strategies[s < 5 ? 0 : s < 8 ? 1 : s < 9 ? 2 : 3], m);
		join(w, "population", people < 2.5 ? "small" : people < 6 ? "middle" : "large", m);
		join(w, "stage", stages[world_random(seed, 3)], m);
	}
}

void world_make(struct world *w, size_t members, enum world_kind kind, unsigned seed)
{
	unsigned s = seed * 2654435761U + 1;

	memset(w, 0, sizeof *w);
	w->members = members;
	w->periods = WORLD_PERIODS;
	w->years = true;
	w->scale = 1; /* exposure: 100,000 people */
	for (size_t m = 0; m < members; m++) {
		double people = exp(0.2 + 2.2 * uniform(&s)), level = kind == WORLD_SMALL ? 0.8 : exp(1 + 3 * uniform(&s));
		size_t from = world_random(&s, 12) == 0 ? 4 : 0, to = world_random(&s, 12) == 0 ? 5 : WORLD_PERIODS;

		level = kind == WORLD_ZEROS && world_random(&s, 2) ? 0 : level;
		if (kind == WORLD_DOMINANT && m == members / 2) {
			people = 40;
			level = 200;
		}
		for (size_t p = 0; p < w->periods; p++) {
			w->exposure[m][p] = round(people * 1000) / 4000;
			w->count[m][p] = poisson(&s, level * people / 4);
			w->reported[m][p] = p >= from && p < to && world_random(&s, 25) != 0;
			w->corrected[m][p] = world_random(&s, 15) == 0 ? w->count[m][p] + world_random(&s, 4) : -1;
		}
	}
	make_groups(w, &s);
}

void world_real(struct world *w, bool homicides, int first, size_t years, unsigned seed)
{
	char *text = unit_read(unit_source("tests/fixtures/metrics/ucr_1975_2015.csv"), NULL), *save = NULL, *line;
	char last[60] = "";
	unsigned s = seed * 2654435761U + 1;

	NEED(text != NULL && years <= WORLD_PERIODS);
	memset(w, 0, sizeof *w);
	w->periods = years;
	w->scale = 1;
	strtok_r(text, "\n", &save);
	while ((line = strtok_r(NULL, "\n", &save))) {
		char *name = line + 1, *rest = strchr(name, '"'), *cells[4] = { 0 };
		size_t m, p;

		NEED(rest != NULL);
		*rest = '\0';
		rest += 2;
		for (size_t i = 0; i < 4; i++)
			cells[i] = strsep(&rest, ",");
		if (strcmp(last, name) != 0)
			w->members++;
		snprintf(last, sizeof last, "%s", name);
		m = w->members - 1;
		p = (size_t)(atoi(cells[0]) - first);
		NEED(m < WORLD_MEMBERS);
		if (p >= years || !cells[1][0] || !cells[2 + !homicides][0])
			continue;
		w->exposure[m][p] = strtod(cells[1], NULL) / 100000;
		w->count[m][p] = strtod(cells[2 + !homicides], NULL);
		w->reported[m][p] = true;
	}
	free(text);
	for (size_t m = 0; m < w->members; m++)
		for (size_t p = 0; p < years; p++)
			w->corrected[m][p] = -1;
	make_groups(w, &s);
}

/* ---- releases ---- */

static double figure(const struct world *w, size_t m, size_t p, bool year)
{
	return year && w->corrected[m][p] >= 0 ? w->corrected[m][p] : w->count[m][p];
}

static struct disclosure_release *release(const struct world *w, const int *periods, size_t n, struct arena *a,
	const struct world_releases *before)
{
	struct disclosure_figure *figures = arena_array(a, w->members * n + 1, sizeof *figures);
	struct disclosure_group groups[WORLD_GROUPS];
	struct disclosure_table t = { .indicator = "made-up", .label = n > 1 ? "year" : "quarter", .periods = periods,
		.period_count = n, .scale = w->scale, .members = w->members, .figures = figures, .groups = groups,
		.group_count = w->group_count };
	struct disclosure_release *r;
	struct error err = { 0 };

	for (size_t m = 0; m < w->members; m++)
		for (size_t p = 0; p < n; p++)
			if (w->reported[m][periods[p]])
				figures[t.figure_count++] = (struct disclosure_figure){ .member = (unsigned)m, .period = periods[p],
					.count = figure(w, m, (size_t)periods[p], n > 1), .exposure = w->exposure[m][periods[p]] };
	for (size_t g = 0; g < w->group_count; g++)
		groups[g] = (struct disclosure_group){ w->groups[g].scheme, w->groups[g].name, w->groups[g].members,
			w->groups[g].n };
	NEED(disclosure_release(&t, (const struct disclosure_release *const *)before->list, before->n, a, &r, &err));
	return r;
}

void world_release(const struct world *w, struct arena *a, struct world_releases *out)
{
	memset(out, 0, sizeof *out);
	for (int p = 0; p < (int)w->periods; p++) {
		int year[4] = { p - 3, p - 2, p - 1, p };

		out->list[out->n] = release(w, &p, 1, a, out);
		out->n++;
		if (w->years && p % 4 == 3) {
			out->list[out->n] = release(w, year, 4, a, out);
			out->n++;
		}
	}
	for (size_t i = 0; i < out->n; i++) {
		out->steps += out->list[i]->steps;
		out->programs += out->list[i]->programs;
		for (size_t c = 0; c < out->list[i]->cell_count; c++) {
			out->published += out->list[i]->cells[c].published;
			out->cells += out->list[i]->bases[c].n > 0;
		}
	}
}

/* ---- the attacker's side ---- */

/* Corrected figures are further unknowns: periods beyond the world's. */
static int unknown_period(const struct world *w, size_t m, int p, bool year)
{
	return year && w->corrected[m][p] >= 0 ? p + (int)w->periods : p;
}

static struct attack *begin(const struct world *w)
{
	struct attack *t = attack_create(w->members, 2 * w->periods);

	for (size_t m = 0; m < w->members; m++)
		for (size_t p = 0; p < w->periods; p++) {
			if (!w->reported[m][p])
				continue;
			attack_figure(t, (unsigned)m, (int)p, w->count[m][p], w->exposure[m][p]);
			if (w->corrected[m][p] >= 0)
				attack_figure(t, (unsigned)m, (int)(p + w->periods), w->corrected[m][p], w->exposure[m][p]);
		}
	return t;
}

/* Who contributes to a group in these periods: the attacker is told. */
static size_t contributors(const struct world *w, size_t g, const json_t *periods, unsigned *out, bool *contributes)
{
	size_t n = 0;

	for (size_t i = 0; i < w->groups[g].n; i++) {
		unsigned m = w->groups[g].members[i];

		contributes[i] = true;
		for (size_t p = 0; p < json_array_size(periods); p++)
			contributes[i] = contributes[i] && w->reported[m][json_integer_value(json_array_get(periods, p))];
		if (contributes[i])
			out[n++] = m;
	}
	return n;
}

static size_t standing_at_or_under(const struct world *w, const unsigned *members, size_t n, const json_t *periods,
	size_t edge, size_t edges)
{
	double rates[WORLD_MEMBERS], at;
	size_t below = 0, count = json_array_size(periods);

	for (size_t i = 0; i < n; i++) {
		double events = 0, people = 0;

		for (size_t p = 0; p < count; p++) {
			size_t q = (size_t)json_integer_value(json_array_get(periods, p));

			events += figure(w, members[i], q, count > 1);
			people += w->exposure[members[i]][q];
		}
		rates[i] = events / people;
		for (size_t j = i; j > 0 && rates[j] < rates[j - 1]; j--) {
			double swap = rates[j];

			rates[j] = rates[j - 1];
			rates[j - 1] = swap;
		}
	}
	at = (double)(n - 1) * ((double)edge + 1) / ((double)edges + 1);
	while (below < n && (double)below <= at + 1e-9)
		below++;
	return below;
}

static void tell_cell(const struct world *w, struct attack *t, const json_t *release_json, const json_t *cell)
{
	const json_t *periods = json_object_get(release_json, "periods"), *rate = json_object_get(cell, "rate");
	const json_t *edges = json_object_get(cell, "edges");
	size_t g = 0, n, p = json_array_size(periods);
	unsigned members[WORLD_MEMBERS];
	bool contributes[WORLD_MEMBERS];
	int list[WORLD_MEMBERS * 4];

	if (!json_is_true(json_object_get(cell, "published")))
		return;
	while (strcmp(w->groups[g].scheme, json_string_value(json_object_get(cell, "scheme"))) != 0 ||
		strcmp(w->groups[g].name, json_string_value(json_object_get(cell, "group"))) != 0)
		g++;
	n = contributors(w, g, periods, members, contributes);
	attack_count(t, w->groups[g].members, w->groups[g].n, contributes,
		(size_t)json_integer_value(json_object_get(cell, "at_least")), false);
	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; k < p; k++)
			list[i * p + k] = unknown_period(w, members[i], (int)json_integer_value(json_array_get(periods, k)), p > 1);
	attack_periods_each(t, true);
	attack_sum(t, members, n, list, p, w->scale, json_number_value(json_array_get(rate, 0)),
		json_number_value(json_array_get(rate, 1)));
	for (size_t e = 0; e < json_array_size(edges); e++) {
		const json_t *edge = json_array_get(edges, e);

		attack_order(t, members, n, list, p, w->scale, standing_at_or_under(w, members, n, periods, e,
			json_array_size(edges)), json_number_value(json_array_get(edge, 0)),
			json_number_value(json_array_get(edge, 1)));
	}
}

struct attack *world_attack(const struct world *w, const struct world_releases *r)
{
	struct attack *t = begin(w);

	for (size_t i = 0; i < r->n; i++) {
		struct buf b = BUF_INIT;
		json_t *v;

		disclosure_json(r->list[i], false, &b);
		CHECK_LACKS(buf_text(&b), "basis");
		v = json_loads(buf_text(&b), 0, NULL);
		NEED(v != NULL);
		for (size_t c = 0; c < json_array_size(json_object_get(v, "cells")); c++)
			tell_cell(w, t, v, json_array_get(json_object_get(v, "cells"), c));
		json_decref(v);
		buf_finish(&b);
	}
	return t;
}

struct attack *world_attack_naive(const struct world *w)
{
	struct attack *t = begin(w);

	for (int p = 0; p < (int)w->periods; p++)
		for (size_t g = 0; g < w->group_count; g++) {
			unsigned members[WORLD_MEMBERS];
			bool contributes[WORLD_MEMBERS];
			double events = 0, people = 0;
			json_t *one = json_pack("[i]", p);
			size_t n = contributors(w, g, one, members, contributes);

			json_decref(one);
			for (size_t i = 0; i < n; i++) {
				events += w->count[members[i]][p];
				people += w->exposure[members[i]][p];
			}
			attack_count(t, w->groups[g].members, w->groups[g].n, contributes, n, true);
			if (n)
				attack_sum(t, members, n, &p, 1, w->scale, w->scale * events / people, w->scale * events / people);
		}
	return t;
}
