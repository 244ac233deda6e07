/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Evidence on the page of a record: the forest plot, its table, its file. */
#include "rating.h"

#define EVALUATIONS_MOST 100

static bool is_type(const struct record *r, const char *type)
{
	return strcmp(r->type, type) == 0;
}

static const char *place_of(const struct record *r)
{
	return r->n_places ? r->places[0].label : NULL;
}

struct collection {
	struct request *rq;
	struct finding *list;
	size_t n, room;
};

static void collect(struct collection *c, const struct record *r, const json_t *details)
{
	size_t n;
	struct outcome *o = outcomes_read(c->rq->arena, details, &n);

	if (c->n + n > c->room) {
		size_t room = 2 * (c->n + n);
		struct finding *more = arena_array(c->rq->arena, room, sizeof *more);

		if (c->n)
			memcpy(more, c->list, c->n * sizeof *more);
		c->list = more;
		c->room = room;
	}
	for (size_t i = 0; i < n; i++)
		c->list[c->n++] = (struct finding){ .outcome = &o[i], .place = place_of(r), .title = r->title,
			.design = arena_strdup(c->rq->arena, details_text(details, "design")), .url = page_record_url(c->rq, r),
			.record_id = r->id, .record_num = r->num,
			.record_version = r->version, .number = (int)i + 1 };
}

static bool collect_record(struct collection *c, const char *id, struct error *err)
{
	struct record *r;

	if (!record_by_id(c->rq->db, c->rq->arena, id, &r, err))
		return false;
	json_t *details = json_loads(r->details_json ? r->details_json : "{}", 0, NULL);
	collect(c, r, details);
	json_decref(details);
	return true;
}

bool findings_collect(struct request *rq, const struct record *r, const json_t *details, struct finding **out,
	size_t *n, size_t *n_evaluations, bool *practice, struct error *err)
{
	struct collection c = { .rq = rq };
	struct relation *relations;
	size_t n_relations;

	*practice = is_type(r, "strategy") || is_type(r, "innovation");
	*n_evaluations = 0;
	if (!*practice || is_type(r, "innovation"))
		collect(&c, r, details);
	if (*practice) {
		if (!record_relations(rq->db, rq->arena, r->num, &relations, &n_relations, err))
			return false;
		for (size_t i = 0; i < n_relations && *n_evaluations < EVALUATIONS_MOST; i++)
			if (relations[i].reverse && strcmp(relations[i].type, "evaluates") == 0) {
				if (!collect_record(&c, relations[i].record.id, err))
					return false;
				++*n_evaluations;
			}
	}
	*out = c.list;
	*n = c.n;
	return true;
}

static void put_chart(struct request *rq, struct data *page, enum scale_word scale, const struct finding *list,
	size_t n, bool one_record)
{
	const char *name = arena_strdup(rq->arena, scale_name(scale));
	struct data *item = data_item(page, "forests");

	data_text(item, "scale", scale_label(scale));
	data_markup(item, "wide", forest_draw(rq->arena, arena_printf(rq->arena, "forest_%s_wide", name), CHART_WIDE, scale,
		list, n, one_record));
	data_markup(item, "narrow", forest_draw(rq->arena, arena_printf(rq->arena, "forest_%s_narrow", name), CHART_NARROW,
		scale, list, n, one_record));
}

static void put_row(struct request *rq, struct data *page, const struct finding *f, bool practice)
{
	struct data *row = data_item(page, "findings");
	const char *effect = outcome_effect(rq->arena, f->outcome), *interval = outcome_interval(rq->arena, f->outcome);

	data_text(row, "measure", f->outcome->measure);
	if (practice) {
		data_text(row, "source", f->place ? f->place : f->title);
		data_url(row, "source_url", f->url);
	}
	data_text(row, "design", design_label(f->design));
	data_text(row, "finding", outcome_finding(f->outcome));
	data_text(row, "scale", effect && f->outcome->scale ? scale_label(f->outcome->scale) : NULL);
	data_text(row, "effect", effect);
	data_text(row, "interval", interval ? interval : effect ? "no interval reported" : NULL);
}

/* Not the outcomes of the record itself: those have a table of their own. */
static void put_findings(struct request *rq, struct data *page, const struct record *r, const struct finding *list,
	size_t n, bool practice)
{
	bool drawn[SCALE_COUNT] = { false };
	size_t without = 0;

	for (size_t i = 0; i < n; i++) {
		const struct outcome *o = list[i].outcome;

		put_row(rq, page, &list[i], practice);
		if (o->has_effect && o->scale && o->scale != SCALE_DIFFERENCE)
			drawn[o->scale] = true;
		else
			without++;
	}
	for (int s = SCALE_PERCENT; s < SCALE_COUNT; s++)
		if (drawn[s])
			put_chart(rq, page, (enum scale_word)s, list, n, !practice);
	if (without)
		data_textf(page, "not_drawn", without == 1 ? "%zu outcome has no figure on a common scale and stands in the table "
			"only." : "%zu outcomes have no figure on a common scale and stand in the table only.", without);
	data_flag(page, "several_sources", practice);
	data_url(page, "findings_csv", url_path(rq->arena, "%b/evidence/%s/outcomes.csv", rq->base, r->id));
	data_url(page, "about_evidence", url_path(rq->arena, "%b/about/evidence", rq->base));
}

bool evidence_record(struct request *rq, struct data *page, const struct record *r, const json_t *details,
	struct error *err)
{
	struct finding *list;
	size_t n, n_evaluations;
	bool practice;

	if (!is_type(r, "evaluation") && !is_type(r, "strategy") && !is_type(r, "innovation"))
		return true;
	/* An old version or a draft: ratings and files are of what stands at its address. */
	if (!r->num)
		return true;
	if (!findings_collect(rq, r, details, &list, &n, &n_evaluations, &practice, err))
		return false;
	if (n) {
		put_findings(rq, page, r, list, n, practice);
		record_section(rq, page, true, "evidence-at-a-glance", "The figures at a glance");
	}
	if (!ratings_put(rq, page, r, list, n, n_evaluations, practice, err))
		return false;
	if (practice || n)
		record_section(rq, page, true, "ratings", practice ? "What the ratings say" : "Ratings");
	return true;
}
