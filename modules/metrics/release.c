/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Makes the releases that are due: groups frozen for the year, the figures of
 * the quarter, the rules of disclosure.h over everything released before. */
#include "release.h"
#include "pages.h"
#include "published.h"

#define YEARS_BACK 8

static const char *const bands[][2] = { { "under-100000", "Under 100,000 people" },
	{ "100000-249999", "100,000 to 249,999 people" }, { "250000-499999", "250,000 to 499,999 people" },
	{ "500000-up", "500,000 people and more" }, { "unknown", "Population unknown" } };
static const char *const strategies[][2] = { { "group-violence", "Group violence strategy" },
	{ "drug-market", "Drug market intervention" }, { "both", "Both strategies" }, { "none", "No strategy yet" } };
static const char *const stages[][2] = { { "planned", "Planned" }, { "implemented", "Implemented" },
	{ "sustained", "Sustained or restarted" }, { "ended", "Ended" }, { "none", "No stage yet" } };

static const char *label_of(const char *const list[][2], size_t n, const char *name)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(list[i][0], name) == 0)
			return list[i][1];
	return name;
}

const char *release_scheme_label(const char *scheme)
{
	return strcmp(scheme, "all") == 0 ? "All jurisdictions" : strcmp(scheme, "population") == 0 ? "By population" :
		strcmp(scheme, "strategy") == 0 ? "By strategy" : "By stage";
}

const char *release_group_label(const char *scheme, const char *name)
{
	if (strcmp(scheme, "population") == 0)
		return label_of(bands, sizeof bands / sizeof *bands, name);
	if (strcmp(scheme, "strategy") == 0)
		return label_of(strategies, sizeof strategies / sizeof *strategies, name);
	if (strcmp(scheme, "stage") == 0)
		return label_of(stages, sizeof stages / sizeof *stages, name);
	return "All jurisdictions";
}

const char *release_period(struct arena *a, const struct release *r)
{
	static const char *const names[] = { "", "First quarter of", "Second quarter of", "Third quarter of",
		"Fourth quarter of" };

	return r->quarter ? arena_printf(a, "%s %d", names[r->quarter], r->year) : arena_printf(a, "%d", r->year);
}

/* ---- groups ---- */

static const char *band_of(int64_t people)
{
	return people <= 0 ? "unknown" : people < 100000 ? "under-100000" : people < 250000 ? "100000-249999" :
		people < 500000 ? "250000-499999" : "500000-up";
}

/* The parts of a partition that a profile says: one strategy word, one stage word. */
static void read_profile(const char *json, const char **strategy, const char **stage)
{
	json_t *root = json ? json_loads(json, 0, NULL) : NULL, *work;
	bool group = false, drug = false;
	size_t i;

	*strategy = *stage = "none";
	json_array_foreach(json_object_get(root, "strategies"), i, work) {
		const char *name = json_string_value(json_object_get(work, "strategy"));
		const char *at = json_string_value(json_object_get(work, "stage"));

		group = group || (name && strcmp(name, "group-violence") == 0);
		drug = drug || (name && strcmp(name, "drug-market") == 0);
		for (size_t k = 0; at && k < sizeof stages / sizeof *stages; k++)
			if (strcmp(stages[k][0], strcmp(at, "restarted") == 0 ? "sustained" : at) == 0)
				*stage = stages[k][0];
	}
	json_decref(root);
	*strategy = group && drug ? "both" : group ? "group-violence" : drug ? "drug-market" : "none";
}

struct grouping {
	struct arena *arena;
	struct release_list_of list[32];
	size_t n, room;
};

static void put_member(struct grouping *g, const char *scheme, const char *name, int64_t number)
{
	for (size_t i = 0; i < g->n; i++)
		if (strcmp(g->list[i].scheme, scheme) == 0 && strcmp(g->list[i].name, name) == 0) {
			g->list[i].members[g->list[i].n++] = (unsigned)number;
			return;
		}
	struct release_list_of *l = &g->list[g->n++];
	*l = (struct release_list_of){ scheme, name, arena_array(g->arena, g->room, sizeof(unsigned)), 1 };
	l->members[0] = (unsigned)number;
}

/* Who counts this year: those who did last year, and joiners once enough of them join together. */
static bool settle(struct db *w, struct grouping *g, int year, struct error *err)
{
	struct release_list_of *before;
	size_t n;

	if (!release_groups(w, g->arena, year - 1, &before, &n, err))
		return false;
	for (size_t i = 0; i < g->n; i++) {
		struct release_list_of *l = &g->list[i];
		unsigned *counted = arena_array(g->arena, l->n, sizeof *counted);
		const struct release_list_of *old = NULL;

		for (size_t k = 0; k < n; k++)
			if (strcmp(before[k].scheme, l->scheme) == 0 && strcmp(before[k].name, l->name) == 0)
				old = &before[k];
		l->n = disclosure_counted(l->members, l->n, old ? old->members : NULL, old ? old->n : 0, counted);
		l->members = counted;
	}
	return true;
}

static bool groups_of(struct db *w, struct arena *a, int year, const struct release_member *members, size_t n,
	struct release_list_of **out, size_t *n_out, struct error *err)
{
	struct grouping g = { .arena = a, .room = n + 1 };

	if (!release_groups(w, a, year, out, n_out, err))
		return false;
	if (*n_out)
		return true;
	for (size_t i = 0; i < n; i++) {
		const char *json, *strategy, *stage;
		int64_t people;

		if (!release_facts(w, a, members[i].space_id, &people, &json, err))
			return false;
		read_profile(json, &strategy, &stage);
		put_member(&g, "all", "all", members[i].number);
		put_member(&g, "population", band_of(people), members[i].number);
		put_member(&g, "strategy", strategy, members[i].number);
		put_member(&g, "stage", stage, members[i].number);
	}
	return settle(w, &g, year, err) && release_groups_freeze(w, year, g.list, g.n, err) &&
		release_groups(w, a, year, out, n_out, err);
}

/* ---- the figures of a table ---- */

struct member_figures {
	struct history history;
	int64_t people;
};

struct making {
	struct engine *engine;
	struct arena *arena;
	int64_t now;
	struct release_member *members;
	size_t n_members;
	struct member_figures *figures; /* as members */
	struct period first;
	struct published_figure *named;
	size_t n_named;
	/* The release being made: */
	const struct indicator *indicator;
	int year, quarter;
	const char *label;
	struct release_list_of *groups;
	size_t n_groups;
	const char **ledger;
	size_t n_ledger;
	struct disclosure_figure *counted;
	size_t n_counted;
	bool due;                       /* not there yet */
	struct disclosure_release *made;
};

static bool freeze_years(struct db *w, struct making *m, struct release_list_of **groups, size_t *n, struct error *err)
{
	int last = period_add(period_last(m->now, true), 1).year;

	if (m->first.year < last - YEARS_BACK)
		m->first.year = last - YEARS_BACK;
	for (int year = m->first.year; year <= last; year++)
		if (!groups_of(w, m->arena, year, m->members, m->n_members, groups, n, err))
			return false;
	return true;
}

static bool read_all(struct db *w, void *arg, struct error *err)
{
	struct making *m = arg;
	struct release_list_of *groups;
	size_t n;

	/* The groups of a year are frozen in its first days, before any of its figures is in. */
	if (!release_first_month(w, m->arena, &m->first, err) ||
		!release_members(w, m->arena, &m->members, &m->n_members, err) ||
		(m->first.year && m->n_members && !freeze_years(w, m, &groups, &n, err)))
		return false;
	if (!published_named(w, m->arena, &m->named, &m->n_named, err))
		return false;
	m->figures = arena_array(m->arena, m->n_members + 1, sizeof *m->figures);
	for (size_t i = 0; i < m->n_members; i++) {
		struct figure *figures;
		const char *profile;

		if (!figures_stored(w, m->arena, m->members[i].space_id, &figures, &m->figures[i].history.n, err) ||
			!release_facts(w, m->arena, m->members[i].space_id, &m->figures[i].people, &profile, err))
			return false;
		m->figures[i].history.figures = figures;
	}
	return true;
}

bool release_quarter(const struct history *own, const struct indicator *in, int year, int quarter, int64_t people,
	double *count, double *exposure)
{
	*exposure = 0.25; /* a jurisdiction's quarter of a year */
	if (in->per_population)
		*exposure = (double)history_people(own, year, people) / 4;
	else if (in->part_of && !history_quarter(own, in->part_of->id, year, quarter, exposure))
		return false;
	return *exposure > 0 && history_quarter(own, in->id, year, quarter, count);
}

static double scale_of(const struct indicator *in)
{
	return in->per_population ? 100000 : in->part_of ? 100 : 1;
}

/* All three months were made known by the jurisdiction itself. */
static bool is_named(const struct making *m, const char *space_id, int quarter)
{
	int known = 0;

	for (size_t i = 0; i < m->n_named; i++)
		known += m->named[i].period.year == m->year && m->named[i].period.month > quarter * 3 - 3 &&
			m->named[i].period.month <= quarter * 3 && strcmp(m->named[i].indicator, m->indicator->id) == 0 &&
			strcmp(m->named[i].space_id, space_id) == 0;
	return known == 3;
}

static void collect(struct making *m)
{
	int first = m->quarter ? m->quarter : 1, last = m->quarter ? m->quarter : 4;

	m->counted = arena_array(m->arena, 4 * m->n_members + 1, sizeof *m->counted);
	m->n_counted = 0;
	for (size_t i = 0; i < m->n_members; i++)
		for (int q = first; q <= last; q++) {
			double count, exposure;

			if (release_quarter(&m->figures[i].history, m->indicator, m->year, q, m->figures[i].people, &count, &exposure))
				m->counted[m->n_counted++] = (struct disclosure_figure){ .member = (unsigned)m->members[i].number,
					.period = m->year * 4 + q - 1, .count = count, .exposure = exposure,
					.is_public = is_named(m, m->members[i].space_id, q) };
		}
}

/* ---- one release ---- */

static bool read_ledger(struct db *w, void *arg, struct error *err)
{
	struct making *m = arg;
	bool exists;

	if (!release_exists(w, m->indicator->id, m->label, &exists, err))
		return false;
	m->due = !exists;
	return exists || (groups_of(w, m->arena, m->year, m->members, m->n_members, &m->groups, &m->n_groups, err) &&
		release_ledger(w, m->arena, m->indicator->id, &m->ledger, &m->n_ledger, err));
}

static bool make(struct making *m, struct error *err)
{
	struct arena *a = m->arena;
	struct disclosure_release **earlier = arena_array(a, m->n_ledger + 1, sizeof *earlier);
	struct disclosure_group *groups = arena_array(a, m->n_groups + 1, sizeof *groups);
	int periods[4] = { m->year * 4 + (m->quarter ? m->quarter - 1 : 0), m->year * 4 + 1, m->year * 4 + 2, m->year * 4 + 3 };
	size_t most = 0;

	for (size_t i = 0; i < m->n_ledger; i++)
		if (!disclosure_parse(m->ledger[i], strlen(m->ledger[i]), a, &earlier[i], err))
			return false;
	for (size_t i = 0; i < m->n_groups; i++)
		groups[i] = (struct disclosure_group){ m->groups[i].scheme, m->groups[i].name, m->groups[i].members,
			m->groups[i].n };
	for (size_t i = 0; i < m->n_members; i++)
		most = (size_t)m->members[i].number + 1 > most ? (size_t)m->members[i].number + 1 : most;
	struct disclosure_table t = { .indicator = m->indicator->id, .label = m->label, .periods = periods,
		.period_count = m->quarter ? 1 : 4, .scale = scale_of(m->indicator), .members = most, .figures = m->counted,
		.figure_count = m->n_counted, .groups = groups, .group_count = m->n_groups };
	return disclosure_release(&t, (const struct disclosure_release *const *)earlier, m->n_ledger, a, &m->made, err);
}

static bool write_release(struct db *w, void *arg, struct error *err)
{
	struct making *m = arg;
	struct buf open = BUF_INIT, ledger = BUF_INIT;
	char id[ID_SIZE], sha256[65];
	bool exists, ok;

	id_new(id);
	disclosure_json(m->made, false, &open);
	disclosure_json(m->made, true, &ledger);
	sha256_hex(buf_text(&open), strlen(buf_text(&open)), sha256);
	struct release r = { .id = id, .indicator = m->indicator->id, .label = m->label, .year = m->year,
		.quarter = m->quarter, .rules = m->made->rules, .dictionary = indicators()->version, .published_us = m->now,
		.sha256 = sha256, .json = buf_text(&open) };
	for (size_t i = 0; i < m->made->cell_count; i++)
		r.any = r.any || m->made->cells[i].published;
	struct audit_entry entry = { .action = "release.publish", .object = id,
		.detail = arena_printf(m->arena, "%s %s, rules %s, %zu steps of coarsening", m->indicator->id, m->label,
		m->made->rules, m->made->steps) };
	ok = release_exists(w, r.indicator, r.label, &exists, err) && (exists || (release_add(w, &r, buf_text(&ledger), err) &&
		audit_write(w, &entry, err)));
	buf_finish(&open);
	buf_finish(&ledger);
	return ok;
}

static bool release_one(struct making *m, const struct indicator *in, int year, int quarter, struct error *err)
{
	m->indicator = in;
	m->year = year;
	m->quarter = quarter;
	m->label = quarter ? arena_printf(m->arena, "%d-Q%d", year, quarter) : arena_printf(m->arena, "%d", year);
	if (!store_write_aside(m->engine->store, &viewer_system, read_ledger, m, err))
		return false;
	/* What nobody reported is no release. The rules take a while; no write waits for them. */
	if (m->due)
		collect(m);
	return !m->due || m->n_counted == 0 || (make(m, err) && store_write_aside(m->engine->store, &viewer_system, write_release, m, err));
}

/* The quarters of a year that are over for long enough, then the year. */
static bool release_year(struct making *m, const struct indicator *in, int year, struct error *err)
{
	int64_t delay = options_int(m->engine->options, "release-delay") * 1000;

	for (int q = 1; q <= 4; q++)
		if (period_end_us((struct period){ year, q * 3 }) + delay <= m->now && !release_one(m, in, year, q, err))
			return false;
	return period_end_us((struct period){ year, 0 }) + delay > m->now || release_one(m, in, year, 0, err);
}

enum job_result release_job(struct engine *e, struct db *db, const struct job_row *job, struct error *err)
{
	struct making m = { .engine = e, .arena = arena_create(), .now = clock_now_us() };
	bool ok;
	int last;

	(void)db;
	(void)job;
	last = period_last(m.now, true).year;
	ok = store_write_aside(e->store, &viewer_system, read_all, &m, err);
	for (size_t i = 0; ok && m.first.year && i < indicators()->n; i++)
		for (int year = m.first.year; ok && year <= last; year++)
			if (indicators()->indicators[i].family != INDICATOR_DENOMINATOR)
				ok = release_year(&m, &indicators()->indicators[i], year, err);
	arena_destroy(m.arena);
	return ok ? JOB_GOOD : JOB_AGAIN;
}
