/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the figures say, in plain words, with what they do not say. */
#include <math.h>
#include <string.h>
#include "impact_run.h"

#define SURE 0.05
#define NEIGHBORS 1.5   /* Durbin-Watson below it: errors of neighbors are alike */
#define SCATTER 1.5     /* dispersion above it */

static void paragraph(struct impact_words *w, const char *text)
{
	if (w->paragraph_count < sizeof w->paragraphs / sizeof *w->paragraphs)
		w->paragraphs[w->paragraph_count++] = text;
}

static void caution(struct impact_words *w, const char *text)
{
	if (w->caution_count < sizeof w->cautions / sizeof *w->cautions)
		w->cautions[w->caution_count++] = text;
}

/* "55% lower", "12% higher", "about the same" */
static const char *changed(double ratio, struct arena *a)
{
	double percent = 100 * (ratio - 1);

	if (!isfinite(ratio))
		return "higher, from none";
	if (fabs(percent) < 0.5)
		return "about the same";
	return arena_printf(a, "%.0f%% %s", fabs(percent), percent < 0 ? "lower" : "higher");
}

/* "between 45% lower and 12% higher" */
static const char *range(double low, double high, struct arena *a)
{
	return arena_printf(a, "between %s and %s", changed(low, a), isfinite(high) ? changed(high, a) : "any amount higher");
}

static const char *others_name(const struct impact_findings *f)
{
	return f->comparison_name ? f->comparison_name : "the comparison group";
}

static void comparison(const struct impact_findings *f, struct arena *a, struct impact_words *w)
{
	const struct impact_comparison *c = f->comparison;

	w->comparison = arena_printf(a, "Against %s, the change here is %s%s.", others_name(f), changed(c->ratio, a),
		isnan(c->low) ? "" : arena_printf(a, " (%s)", range(c->low, c->high, a)));
	paragraph(w, arena_printf(a, "Taking each of the %zu places in turn as if it had started the strategy, %zu of them "
		"(this one counted) fell at least as far against the rest: p = %.2f.%s", c->donors + 1, c->rank_fall,
		c->p_fall, c->p_fall > SURE ? " Chance alone often gives a difference like this one, so it is not shown that "
		"the strategy made it." : ""));
	if (c->p_least > SURE)
		caution(w, arena_printf(a, "With only %zu places to compare with, p cannot get below %.2f, whatever the effect.",
			c->donors, c->p_least));
}

static void fitted(const struct impact_findings *f, struct arena *a, struct impact_words *w)
{
	const struct impact_fit *t = f->fit;

	paragraph(w, arena_printf(a, "Had the trend before the start gone on, about %.0f %s would be expected since then "
		"(%.0f to %.0f); %.0f were counted.", t->expected_after, f->indicator, t->expected_low, t->expected_high,
		t->observed_after));
	paragraph(w, arena_printf(a, "At the start the level is estimated to be %s (%s)%s.", changed(t->step.ratio, a),
		range(t->step.low, t->step.high, a), t->step.low <= 1 && t->step.high >= 1 ?
		": no change is among what the figures allow" : ""));
	if (!isnan(t->slope.ratio))
		paragraph(w, arena_printf(a, "The trend since then differs by %+.1f%% a %s (%+.1f%% to %+.1f%%).",
			100 * (t->slope.ratio - 1), impact_period_name(f->series->per_year), 100 * (t->slope.low - 1),
			100 * (t->slope.high - 1)));
	if (t->dispersion > SCATTER)
		caution(w, arena_printf(a, "The figures scatter more than independent events would (dispersion %.1f). The "
			"intervals of the curve allow for it; the exact interval of the ratio does not and is too narrow.",
			t->dispersion));
	if (t->ljung_box_p < SURE || t->durbin_watson < NEIGHBORS)
		caution(w, arena_printf(a, "Neighboring %ss are alike beyond trend and season (Durbin-Watson %.2f). The errors "
			"are Newey and West's with lag %d, which allows for some of it.",
			impact_period_name(f->series->per_year), t->durbin_watson, t->lag));
	if (t->curve_p < SURE)
		caution(w, "The trend before the start was not a steady one, so what would have happened without the strategy "
			"is less sure than the band says.");
}

static void cautions(const struct impact_findings *f, struct arena *a, struct impact_words *w)
{
	if (f->breaks) {
		const struct impact_break *b = f->breaks;

		if (b->p < SURE)
			paragraph(w, arena_printf(a, "Asked for no date at all, a test for a break finds one after period %zu%s "
				"(sup-F %.1f).", b->last_before + 1, b->last_before + 1 == f->series->start ?
				", just where the strategy starts" : "", b->sup_f));
		else
			paragraph(w, "Asked for no date at all, a test finds no clear break in the series.");
		if (b->durbin_watson < NEIGHBORS)
			caution(w, "The test for a break takes neighboring periods as independent; here they are not, so it finds "
				"breaks too readily.");
	}
	caution(w, "Other things changed in the same months too. A comparison in time shows that something changed, "
		"not why.");
	caution(w, "Places often start a strategy after an unusually bad year, and such a year tends to be followed by a "
		"better one in any case.");
}

void impact_words(const struct impact_findings *f, struct arena *a, struct impact_words *out)
{
	enum impact_lack lack = impact_lack(f->series, NULL);

	*out = (struct impact_words){ .claim = !lack && f->comparison && (f->ratio || f->fit) };
	if (lack) {
		out->headline = impact_lack_text(lack, f->series, a);
		return;
	}
	if (!out->claim || !f->comparison) {
		out->headline = f->comparison ? "No estimate could be made from these figures." :
			"There is nothing to compare with yet, so no effect is stated. Figures rise and fall together in many "
			"places; how far a place fell by itself says little about what its strategy did.";
		return;
	}
	out->headline = arena_printf(a, "Since %s started, %s are %s here; over the same time they are %s in %s.",
		f->strategy, f->indicator, changed(f->ratio ? f->ratio->ratio : f->fit->step.ratio, a),
		changed(f->comparison->others, a), others_name(f));
	comparison(f, a, out);
	if (f->ratio)
		paragraph(out, arena_printf(a, "The change here lies %s, as far as chance goes (95%%, exact).",
			range(f->ratio->low, f->ratio->high, a)));
	if (f->fit)
		fitted(f, a, out);
	cautions(f, a, out);
}
