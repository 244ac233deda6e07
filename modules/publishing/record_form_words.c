/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "record_form_words.h"
#include <stddef.h>
#include <string.h>
#include "page.h"

/* A field that stands in no row has the name that the schema gives it as its
 * label, and the schema's words about its value as help. */
static const struct field_words rows[] = {
	{ "title", NULL, "Title", NULL, NULL, -1, false },
	{ "faq/title", NULL, "Question", NULL, NULL, -1, false },
	{ "faq/abstract", "summary", "Short answer", NULL, "One or two sentences that stand for themselves.", -1, true },
	{ "abstract", "summary", "Summary", NULL, "One to three sentences; lists and search results show them.", -1, true },
	{ "body", NULL, "Text", NULL, NULL, -1, false },
	{ "faq/body", NULL, "Answer", NULL, NULL, -1, false },
	{ "creator", "creators", "Authors", "Author", "People or organizations, one a line.", SECTION_SOURCE, false },
	{ "publisher", NULL, "Publisher", NULL, NULL, SECTION_SOURCE, false },
	{ "issued", NULL, "Published", NULL, "The date of the work: as YYYY, YYYY-MM or YYYY-MM-DD.", SECTION_SOURCE, false },
	{ "modified", NULL, "Last changed", NULL, "As YYYY, YYYY-MM or YYYY-MM-DD.", SECTION_SOURCE, false },
	{ "language", NULL, "Language", NULL, "A language code as en or es-MX.", SECTION_SOURCE, false },
	{ "subject", "subjects", "Subjects", "Subject", "Lower case words, as call-in.", SECTION_ABOUT, false },
	{ "identifier", NULL, "DOI", NULL, NULL, SECTION_SOURCE, false },
	{ "rights", NULL, "Rights", NULL, "Who holds them, or the license.", SECTION_SOURCE, false },
	{ "source", NULL, "Source", NULL, "Where this text comes from.", SECTION_SOURCE, false },
	{ "bibliographicCitation", "citations", "Citations", "Citation", "As it is to be quoted.", SECTION_SOURCE, true },
	{ "strategy", NULL, "Strategies", NULL, NULL, SECTION_ABOUT, false },
	{ "place", "places", "Places", "Place", NULL, SECTION_ABOUT, false },
	{ "place.space", NULL, "Space of the network", NULL, "If the place is a member.", 0, false },
	{ "place.text", NULL, "Name", NULL, "As Cincinnati, Ohio.", 0, false },
	{ "relations", NULL, "Related records", "Relation", NULL, SECTION_ABOUT, false },
	{ "relation.type", NULL, "This record", NULL, NULL, 0, false },
	{ "relation.ref", NULL, "Record", NULL, "Its address, as space/type/slug.", 0, false },
	{ "readers", NULL, "Readers", "Reader", "Accounts that may read it, if it is for named people only.", SECTION_READERS, false },
	{ "evidence", NULL, "Evidence", NULL, "The strongest that stands behind it.", -1, false },
	{ "period", NULL, "Period", NULL, NULL, -1, false },
	{ "start", NULL, "Begins", NULL, NULL, -1, false }, { "end", NULL, "Ends", NULL, NULL, -1, false },
	{ "period.start", NULL, "From", NULL, "As YYYY, YYYY-MM or YYYY-MM-DD.", 0, false },
	{ "period.end", NULL, "To", NULL, NULL, 0, false },
	{ "outcomes", NULL, "Outcomes", "Outcome", NULL, -1, false },
	{ "outcome.measure", NULL, "Measure", NULL, "What was counted, as gun homicides of young men.", 0, false },
	{ "outcome.unit", NULL, "Unit", NULL, "As percent.", 0, false },
	{ "outcome.direction", NULL, "What it did", NULL, NULL, 0, false },
	{ "outcome.desired", NULL, "What was hoped for", NULL, NULL, 0, false },
	{ "outcome.scale", NULL, "Kind of figure", NULL, "It puts the figure into the forest plot.", 0, false },
	{ "outcome.effect", NULL, "Effect", NULL, "The figure, as -37.", 0, false },
	{ "outcome.low", NULL, "Interval from", NULL, NULL, 0, false }, { "outcome.high", NULL, "Interval to", NULL, NULL, 0, false },
	{ "outcome.interval", NULL, "Confidence level", NULL, "In percent, as 95.", 0, false },
	{ "outcome.text", NULL, "In words", NULL, NULL, 0, true },
	{ "population", NULL, "Population", NULL, "Who was studied.", -1, false },
	{ "comparison", NULL, "Comparison", NULL, "What it was compared with.", -1, false },
	{ "funding", NULL, "Funding", NULL, "Who paid for the study.", -1, false },
	{ "conflicts", NULL, "Conflicts of interest", NULL, NULL, -1, false },
	{ "data-availability", NULL, "Data availability", NULL, "Where the data are, and for whom.", -1, false },
	{ "code-availability", NULL, "Code availability", NULL, "Where the computing can be looked up.", -1, false },
	{ "archive", NULL, "Archived copy", NULL, "Its address.", -1, false },
	{ "excerpt", NULL, "Excerpt", NULL, "A short passage that stays when the page is gone.", -1, true },
	{ "problem", NULL, "Problem", NULL, "What it answers.", -1, true },
	{ "expected", NULL, "Expected", NULL, "What is hoped for.", -1, true },
	{ "learned", NULL, "Learned so far", NULL, NULL, -1, true },
	{ "steps", NULL, "Steps", "Step", NULL, -1, false },
	{ "step.slug", NULL, "Short name", NULL, "For its address on the page, as find-a-place.", 0, false },
	{ "step.role", NULL, "Who does it", NULL, NULL, 0, false }, { "step.text", NULL, "Text", NULL, NULL, 0, false },
	{ "resources", NULL, "What it takes", "Resource", NULL, 0, false },
	{ "elements", NULL, "Elements", "Element", NULL, -1, false },
	{ "began", NULL, "Where it began", NULL, NULL, -1, false }, { "began.text", NULL, "Place", NULL, NULL, 0, false },
	{ "results", NULL, "Results", "Result", NULL, -1, false }, { "result.text", NULL, "In words", NULL, NULL, 0, true },
	{ "team", NULL, "Team", "Partner", NULL, -1, false }, { "partner.text", NULL, "Name", NULL, NULL, 0, false },
	{ "profile/strategies", NULL, "Work", "Strategy", "What the jurisdiction does.", -1, false },
	{ "joined", NULL, "Joined the network", NULL, "As YYYY, YYYY-MM or YYYY-MM-DD.", -1, false },
	{ "series", NULL, "Series", NULL, "Events of one series share a page.", -1, false },
	{ "series.slug", NULL, "Short name", NULL, NULL, 0, false }, { "series.text", NULL, "Name", NULL, NULL, 0, false },
	{ "for", NULL, "For whom", NULL, NULL, -1, false }, { "zone", NULL, "Time zone", NULL, "As America/New_York.", -1, false },
	{ "state", NULL, "State", NULL, "Empty if it takes place as said.", -1, false },
	{ "repeat", NULL, "Repeats", NULL, "Either a number of dates or a last day.", -1, false },
	{ "repeat.rule", NULL, "Rule", NULL, NULL, 0, false }, { "repeat.count", NULL, "Number of dates", NULL, NULL, 0, false },
	{ "repeat.until", NULL, "Last day", NULL, NULL, 0, false },
	{ "skips", NULL, "Dates left out", "Date", NULL, 0, false }, { "changes", NULL, "Dates that differ", "Date", NULL, 0, false },
	{ "agenda", NULL, "Agenda", "Item", NULL, -1, false }, { "item.text", NULL, "What", NULL, NULL, 0, false },
	{ "speakers", NULL, "Speakers", "Speaker", NULL, -1, false }, { "speaker.text", NULL, "Name", NULL, NULL, 0, false },
	{ "materials", NULL, "Materials", "Material", NULL, -1, false }, { "material.text", NULL, "Title", NULL, NULL, 0, false },
	{ "recording", NULL, "Recording", NULL, "Its web address.", -1, false },
	{ "doi", NULL, "DOI", NULL, "As 10.1177/0022427801038003001.", -1, false },
	{ "position", NULL, "Position", NULL, "Orders the questions of a group; a whole number.", -1, false },
	{ NULL, NULL, NULL, NULL, NULL, 0, false }
};

static const struct field_words *row(const char *first, char between, const char *name)
{
	size_t n = strlen(first);

	for (const struct field_words *w = rows; w->where; w++)
		if (n ? strncmp(w->where, first, n) == 0 && w->where[n] == between && strcmp(w->where + n + 1, name) == 0 :
			strcmp(w->where, name) == 0)
			return w;
	return NULL;
}

const struct field_words *field_words(const char *type, const char *group, const char *name)
{
	const struct field_words *w = *group ? row(group, '.', name) : row(type, '/', name);

	return w ? w : row("", '\0', name);
}

const char *field_label(struct arena *a, const char *name)
{
	char *label = arena_strdup(a, name);

	for (char *c = label; *c; c++)
		*c = *c == '-' ? ' ' : *c;
	if (*label >= 'a' && *label <= 'z')
		*label = (char)(*label - 32);
	return label;
}

const char *choice_label(struct arena *a, const char *field, const char *value)
{
	static const struct { const char *field, *value, *label; } all[] = {
		{ "type", "about", "is about" }, { "type", "evaluates", "evaluates" }, { "type", "references", "refers to" },
		{ "type", "requires", "builds on" }, { "type", "replaces", "replaces" }, { "type", "isPartOf", "is part of" },
		{ "type", "isFormatOf", "is another form of" }, { "type", "conformsTo", "follows" }, { "type", "related", "is related to" },
		{ "direction", "none", "No change" }, { "direction", "mixed", "Mixed" }, { "design", "pre-post", "Before and after" },
	};

	for (size_t i = 0; i < sizeof all / sizeof *all; i++)
		if (strcmp(all[i].field, field) == 0 && strcmp(all[i].value, value) == 0)
			return all[i].label;
	if (strcmp(field, "strategy") == 0)
		return page_strategy_name(value);
	if (strcmp(field, "evidence") == 0)
		return page_evidence_name(value);
	return strcmp(field, "role") == 0 ? page_role_name(value) : field_label(a, value);
}
