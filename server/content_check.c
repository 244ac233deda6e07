/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Content: what a schema cannot say: dates that exist, figures that fit each
 * other, names that stand once, colours that can be read. */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "content_run.h"
#include "recur.h"
#include "text.h"
#include "zone.h"

static const xmlNode *child(const xmlNode *n, const char *ns, const char *name)
{
	for (n = n ? content_child(n) : NULL; n && !content_is(n, ns, name);)
		n = content_sibling(n);
	return n;
}

static void check_date(struct content_run *r, const xmlNode *n, const char *date)
{
	if (date && !date_valid(date))
		content_report_node(r, n, "there is no date %s", content_quote(r->arena, date));
}

static void check_dates(struct content_run *r, const xmlNode *root)
{
	static const char *const dc[] = { "issued", "modified", NULL };
	const xmlNode *n;

	for (size_t i = 0; dc[i]; i++)
		if ((n = child(root, NS_DC, dc[i])))
			check_date(r, n, content_text(r->arena, n));
	if ((n = child(root, NS_RECORD, "joined")))
		check_date(r, n, content_text(r->arena, n));
	if ((n = child(root, NS_RECORD, "period"))) {
		const char *start = content_attr(r->arena, n, "start"), *end = content_attr(r->arena, n, "end");

		check_date(r, n, start);
		check_date(r, n, end);
		/* As far as both are given: 2004 is not after 2004-03. */
		size_t m = start && end ? strlen(start) < strlen(end) ? strlen(start) : strlen(end) : 0;
		if (m && strncmp(start, end, m) > 0)
			content_report_node(r, n, "the period ends before it starts");
	}
}

/* Skips and changes are of dates that the rule gives, each of one once. */
static void check_exceptions(struct content_run *r, const xmlNode *list, const char *zone, const char **dates,
	size_t n_dates, bool *taken)
{
	for (const xmlNode *n = list ? content_child(list) : NULL; n; n = content_sibling(n)) {
		const char *date = content_attr(r->arena, n, "date");
		const xmlNode *start = child(n, NS_RECORD, "start"), *end = child(n, NS_RECORD, "end");
		struct error err = { 0 };
		int64_t from = 0, to = 0;
		size_t i = 0;

		while (i < n_dates && strcmp(dates[i], date) != 0)
			i++;
		if (i == n_dates)
			content_report_node(r, n, "the event has no date %s", content_quote(r->arena, date));
		else if (taken[i])
			content_report_node(r, n, "the date %s stands here twice", content_quote(r->arena, date));
		else
			taken[i] = true;
		if (!start || !end)
			continue;
		if (!zone_to_utc(zone, content_text(r->arena, start), &from, &err))
			content_report_node(r, start, "%s", err.text);
		else if (!zone_to_utc(zone, content_text(r->arena, end), &to, &err))
			content_report_node(r, end, "%s", err.text);
		else if (to <= from)
			content_report_node(r, end, "the event ends before it starts");
	}
}

static void check_repeat(struct content_run *r, const xmlNode *repeat, const char *starts, const char *zone)
{
	const char *count = content_attr(r->arena, repeat, "count"), *until = content_attr(r->arena, repeat, "until");
	bool taken[RECUR_MOST] = { false };
	struct error err = { 0 };
	const char **dates;
	size_t n;

	if (until && !date_valid(until)) {
		content_report_node(r, repeat, "there is no date %s", content_quote(r->arena, until));
		return;
	}
	if (count && (strlen(count) > 3 || atoi(count) < 1 || atoi(count) > RECUR_MOST)) {
		content_report_node(r, repeat, "count is 1 to %d", RECUR_MOST);
		return;
	}
	if (!recur_expand(r->arena, content_attr(r->arena, repeat, "rule"), starts, count ? atoi(count) : 0, until, &dates,
		&n, &err)) {
		content_report_node(r, repeat, "%s", err.text);
		return;
	}
	check_exceptions(r, child(repeat, NS_RECORD, "skips"), zone, dates, n, taken);
	check_exceptions(r, child(repeat, NS_RECORD, "changes"), zone, dates, n, taken);
}

static void check_event(struct content_run *r, const xmlNode *root)
{
	const xmlNode *start = child(root, NS_RECORD, "start"), *end = child(root, NS_RECORD, "end");
	const xmlNode *zone = child(root, NS_RECORD, "zone");
	struct error err = { 0 };
	int64_t from, to;

	if (!start || !end || !zone)
		return;
	const char *name = content_text(r->arena, zone);
	if (!zone_known(name)) {
		content_report_node(r, zone, "the time zone '%s' is not known", content_quote(r->arena, name));
		return;
	}
	if (!zone_to_utc(name, content_text(r->arena, start), &from, &err)) {
		content_report_node(r, start, "%s", err.text);
		return;
	}
	if (!zone_to_utc(name, content_text(r->arena, end), &to, &err))
		content_report_node(r, end, "%s", err.text);
	else if (to <= from)
		content_report_node(r, end, "the event ends before it starts");
	else if (child(root, NS_RECORD, "repeat"))
		check_repeat(r, child(root, NS_RECORD, "repeat"), content_text(r->arena, start), name);
}

static bool is_ratio(const char *scale)
{
	return scale && strcmp(scale, "percent-change") != 0 && strcmp(scale, "difference") != 0 &&
		strcmp(scale, "standardized-mean-difference") != 0;
}

/* A scale says where "no change" is, so that figure and direction can contradict each other. */
static void check_scale(struct content_run *r, const xmlNode *n, const char *scale, double effect, double least)
{
	const char *direction = content_attr(r->arena, n, "direction");
	double change = is_ratio(scale) ? effect - 1 : effect;

	if (is_ratio(scale) && least <= 0)
		content_report_node(r, n, "a ratio is more than 0");
	else if (strcmp(scale, "percent-change") == 0 && least < -100)
		content_report_node(r, n, "nothing falls by more than 100 percent");
	else if ((change > 0 && strcmp(direction, "decrease") == 0) || (change < 0 && strcmp(direction, "increase") == 0))
		content_report_node(r, n, "the effect is no %s on the scale %s", direction, scale);
}

static void check_outcome(struct content_run *r, const xmlNode *n)
{
	const char *effect = content_attr(r->arena, n, "effect"), *low = content_attr(r->arena, n, "low");
	const char *high = content_attr(r->arena, n, "high"), *level = content_attr(r->arena, n, "interval");
	const char *scale = content_attr(r->arena, n, "scale");

	if (!low != !high || (level && !low)) {
		content_report_node(r, n, "an interval has both low and high");
		return;
	}
	if (low && strtod(low, NULL) > strtod(high, NULL))
		content_report_node(r, n, "low is more than high");
	else if (low && effect &&
		(strtod(effect, NULL) < strtod(low, NULL) || strtod(effect, NULL) > strtod(high, NULL)))
		content_report_node(r, n, "the effect is outside its interval");
	else if (scale && effect)
		check_scale(r, n, scale, strtod(effect, NULL), strtod(low ? low : effect, NULL));
	if (level && (strtod(level, NULL) <= 0 || strtod(level, NULL) >= 100))
		content_report_node(r, n, "interval is a confidence level in percent, as 95");
}

/* Ratings are given to an outcome by its measure, so that names one. */
static void check_outcomes(struct content_run *r, const xmlNode *list)
{
	for (const xmlNode *n = list ? content_child(list) : NULL; n; n = content_sibling(n)) {
		const char *measure = content_attr(r->arena, n, "measure");
		size_t seen = 0;

		check_outcome(r, n);
		for (const xmlNode *m = content_child(list); m != n && seen < 200; m = content_sibling(m), seen++)
			if (strcmp(content_attr(r->arena, m, "measure"), measure) == 0) {
				content_report_node(r, n, "the measure '%s' stands here twice; say in it what tells them apart",
					content_quote(r->arena, measure));
				break;
			}
	}
}

/* The same text in two children of one name. */
static void check_twice(struct content_run *r, const xmlNode *list, const char *ns, const char *name)
{
	for (const xmlNode *n = child(list, ns, name); n; n = content_sibling(n)) {
		if (!content_is(n, ns, name))
			continue;
		const char *text = content_text(r->arena, n);
		size_t seen = 0;

		for (const xmlNode *m = content_child(list); m != n && seen < 200; m = content_sibling(m), seen++)
			if (content_is(m, ns, name) && strcmp(content_text(r->arena, m), text) == 0) {
				content_report_node(r, n, "%s '%s' stands here twice", name, content_quote(r->arena, text));
				break;
			}
	}
}

static void check_relations(struct content_run *r, const xmlNode *root)
{
	const xmlNode *list = child(root, NS_RECORD, "relations");
	const char *own = arena_printf(r->arena, "%s/%s/%s", content_attr(r->arena, root, "space"),
		(const char *)root->name, content_attr(r->arena, root, "slug"));

	for (const xmlNode *n = list ? content_child(list) : NULL; n; n = content_sibling(n)) {
		const char *type = content_attr(r->arena, n, "type"), *ref = content_attr(r->arena, n, "ref");
		size_t seen = 0;

		if (strcmp(ref, own) == 0)
			content_report_node(r, n, "a record cannot point to itself");
		for (const xmlNode *m = content_child(list); m != n && seen < 200; m = content_sibling(m), seen++)
			if (strcmp(content_attr(r->arena, m, "type"), type) == 0 &&
				strcmp(content_attr(r->arena, m, "ref"), ref) == 0) {
				content_report_node(r, n, "the relation %s to %s stands here twice", type, ref);
				break;
			}
	}
}

/* The list of authors is kept as one text, divided by "; ". */
static void check_head(struct content_run *r, const xmlNode *root)
{
	const xmlNode *own = child(root, NS_DC, "identifier"), *described = child(root, NS_RECORD, "doi");

	for (const xmlNode *n = content_child(root); n; n = content_sibling(n))
		if (content_is(n, NS_DC, "creator") && strchr(content_text(r->arena, n), ';'))
			content_report_node(r, n, "one dc:creator names one author; give each an element, without ';'");
	if (own && described && strcmp(content_text(r->arena, own), content_text(r->arena, described)) != 0)
		content_report_node(r, own, "dc:identifier and doi of a publication are the same, or only one is there");
}

static void check_slug(struct content_run *r, const xmlNode *n, const char *name)
{
	const char *slug = content_attr(r->arena, n, name);

	if (slug && !text_is_slug(slug))
		content_report_attr(r, n, content_attr_node(n, name), "%s is longer than 80 letters", name);
}

/* ---- spaces ---- */

static double channel(int v)
{
	double c = v / 255.0;

	return c <= 0.04045 ? c / 12.92 : pow((c + 0.055) / 1.055, 2.4);
}

/* Relative luminance (WCAG 2.2) of #rrggbb. */
static double luminance(const char *colour)
{
	long v = strtol(colour + 1, NULL, 16);

	return 0.2126 * channel((int)(v >> 16 & 255)) + 0.7152 * channel((int)(v >> 8 & 255)) +
		0.0722 * channel((int)(v & 255));
}

static void check_space(struct content_run *r, const xmlNode *root)
{
	const xmlNode *n;

	if ((n = child(root, NS_RECORD, "accent"))) {
		double ratio = (luminance("#FBFAF7") + 0.05) / (luminance(content_text(r->arena, n)) + 0.05);

		if (ratio < 4.5)
			content_report_node(r, n, "the colour is too light to read on paper: contrast %.1f, "
				"wanted are 4.5 or more", ratio);
	}
	if ((n = child(root, NS_RECORD, "location"))) {
		if (fabs(strtod(content_attr(r->arena, n, "lat"), NULL)) > 90 ||
			fabs(strtod(content_attr(r->arena, n, "lon"), NULL)) > 180)
			content_report_node(r, n, "there is no such place: lat is -90 to 90, lon is -180 to 180");
	}
	bool national = strcmp(content_attr(r->arena, root, "kind"), "national") == 0;
	if (national != (strcmp(content_attr(r->arena, root, "slug"), "national") == 0))
		content_report_node(r, root, "the space of kind national, and only that, has the slug national");
}

void check_run(struct content_run *r)
{
	const xmlNode *root = xmlDocGetRootElement(r->doc), *readers;

	check_slug(r, root, "slug");
	if (strcmp((const char *)root->name, "space") == 0) {
		check_space(r, root);
		return;
	}
	check_slug(r, root, "space");
	check_head(r, root);
	check_dates(r, root);
	check_event(r, root);
	check_twice(r, root, NS_DC, "subject");
	check_twice(r, root, NS_RECORD, "strategy");
	check_twice(r, root, NS_RECORD, "place");
	check_relations(r, root);
	for (const xmlNode *n = content_child(root); n; n = content_sibling(n))
		if (content_is(n, NS_RECORD, "place"))
			check_slug(r, n, "space");
	check_outcomes(r, child(root, NS_RECORD, "outcomes"));
	readers = child(root, NS_RECORD, "readers");
	bool restricted = strcmp(content_attr(r->arena, root, "audience"), "restricted") == 0;
	if (restricted && !readers)
		content_report_node(r, root, "a restricted record names its readers");
	if (!restricted && readers)
		content_report_node(r, readers, "only a restricted record names readers");
	if (content_is(root, NS_RECORD, "profile") &&
		strcmp(content_attr(r->arena, root, "slug"), content_attr(r->arena, root, "space")) != 0)
		content_report_node(r, root, "a profile has the slug of its space");
}
