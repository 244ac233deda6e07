/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Outcomes as an evaluation's record tells them. */
#include "evidence.h"

static const struct {
	const char *name, *label;
} scales[SCALE_COUNT] = {
	[SCALE_NONE] = { "", "No scale" },
	[SCALE_PERCENT] = { "percent-change", "Percent change" },
	[SCALE_RATE_RATIO] = { "rate-ratio", "Rate ratio" },
	[SCALE_RISK_RATIO] = { "risk-ratio", "Risk ratio" },
	[SCALE_ODDS_RATIO] = { "odds-ratio", "Odds ratio" },
	[SCALE_HAZARD_RATIO] = { "hazard-ratio", "Hazard ratio" },
	[SCALE_SMD] = { "standardized-mean-difference", "Standardized mean difference" },
	[SCALE_DIFFERENCE] = { "difference", "Difference" },
};

const char *scale_label(enum scale_word s)
{
	return scales[s].label;
}

const char *scale_name(enum scale_word s)
{
	return scales[s].name;
}

bool scale_is_ratio(enum scale_word s)
{
	return s >= SCALE_RATE_RATIO && s <= SCALE_HAZARD_RATIO;
}

static enum scale_word scale_parse(const char *name, const char *unit)
{
	for (int i = SCALE_PERCENT; name && i < SCALE_COUNT; i++)
		if (strcmp(name, scales[i].name) == 0)
			return (enum scale_word)i;
	/* Records from before there were scales say only this. */
	return unit && strcmp(unit, "percent") == 0 ? SCALE_PERCENT : SCALE_NONE;
}

static const char *text_of(struct arena *a, const json_t *o, const char *name)
{
	return arena_strdup(a, details_text(o, name));
}

static void read_one(struct arena *a, const json_t *from, struct outcome *o)
{
	o->measure = text_of(a, from, "measure");
	o->unit = text_of(a, from, "unit");
	o->note = text_of(a, from, "text");
	o->direction = text_of(a, from, "direction");
	o->desired = text_of(a, from, "desired");
	o->scale = scale_parse(details_text(from, "scale"), o->unit);
	o->effect_text = text_of(a, from, "effect");
	o->low_text = text_of(a, from, "low");
	o->high_text = text_of(a, from, "high");
	o->level = text_of(a, from, "interval");
	o->has_effect = o->effect_text != NULL;
	o->has_interval = o->low_text && o->high_text;
	o->effect = o->effect_text ? strtod(o->effect_text, NULL) : 0;
	o->low = o->low_text ? strtod(o->low_text, NULL) : 0;
	o->high = o->high_text ? strtod(o->high_text, NULL) : 0;
}

struct outcome *outcomes_read(struct arena *a, const json_t *details, size_t *n)
{
	const json_t *list = json_object_get(details, "outcomes"), *one;
	struct outcome *out = arena_array(a, json_array_size(list) + 1, sizeof *out);
	size_t i;

	*n = json_array_size(list);
	json_array_foreach(list, i, one)
		read_one(a, one, &out[i]);
	return out;
}

/* "-37" with a minus sign as it is printed. */
static const char *signed_text(struct arena *a, const char *number)
{
	return *number == '-' ? arena_printf(a, "\xe2\x88\x92%s", number + 1) : number;
}

const char *outcome_effect(struct arena *a, const struct outcome *o)
{
	const char *number = o->effect_text ? signed_text(a, o->effect_text) : NULL;

	if (!number)
		return NULL;
	if (o->scale == SCALE_PERCENT)
		return arena_printf(a, "%s %%", number);
	if (o->unit && !scale_is_ratio(o->scale))
		return arena_printf(a, "%s %s", number, strcmp(o->unit, "percent") == 0 ? "%" : o->unit);
	return number;
}

const char *outcome_interval(struct arena *a, const struct outcome *o)
{
	if (!o->has_interval)
		return NULL;
	return arena_printf(a, "%s%sinterval %s to %s", o->level ? o->level : "", o->level ? " % " : "",
		signed_text(a, o->low_text), signed_text(a, o->high_text));
}

const char *outcome_finding(const struct outcome *o)
{
	bool fell = o->direction && strcmp(o->direction, "decrease") == 0;
	bool rose = o->direction && strcmp(o->direction, "increase") == 0;

	if (!fell && !rose)
		return o->direction && strcmp(o->direction, "mixed") == 0 ? "Mixed" : "No change";
	if (!o->desired)
		return fell ? "Fell" : "Rose";
	if (strcmp(o->direction, o->desired) == 0)
		return fell ? "Fell, as wanted" : "Rose, as wanted";
	return fell ? "Fell; a rise was wanted" : "Rose; a fall was wanted";
}
