/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "../../modules/publishing/record_form.h"
#include <ftw.h>
#include "buf.h"
#include "unit.h"

static struct content_schemas *schemas;
static struct arena *a;
static const char *xml;
static struct content_doc *doc;
static struct form_problem *problems;
static size_t n_problems;

static void begin(void)
{
	struct error err = { 0 };

	schemas = content_schemas_load(unit_source("schemas"), &err);
	CHECK_ERROR(&err, ERROR_NONE, "");
	NEED(schemas != NULL);
	a = arena_create();
}

static void end(void)
{
	arena_destroy(a);
	content_schemas_destroy(schemas);
}

static bool write_xml(const char *type, const char *json)
{
	json_t *form = json_loads(json, 0, NULL);

	NEED(form != NULL);
	bool good = record_form_to_xml(schemas, a, "national", type, "what", "public", form, &xml, &doc, &problems, &n_problems);
	json_decref(form);
	CHECK(good == (n_problems == 0) && (!good || doc));
	return good;
}

/* "field line: cause" of the problem with that number. */
static const char *problem(size_t i)
{
	return i >= n_problems ? "none" : arena_printf(a, "%s %d: %s", problems[i].field ? problems[i].field : "-",
		problems[i].line, problems[i].cause);
}

static const struct form_field *field(const char *type, const char *name)
{
	const struct form_field *f = record_form_field(record_form(schemas, type), name);

	NEED(f != NULL);
	return f;
}

static void model(void)
{
	static const char *const types[] = { "case-study", "evaluation", "event", "faq", "guide", "innovation", "media",
		"profile", "publication", "strategy" };
	/* What the editor's form has beside them (draft-edit.xhtml). */
	static const char *const others[] = { "all-sent", "audience", "base", "csrf", "do", "revision", "slug" };
	const struct form_field *f;

	begin();
	for (size_t i = 0; i < COUNT(types); i++) {
		CHECK(field(types[i], "title")->required && !field(types[i], "title")->many);
		CHECK_INT(field(types[i], "body")->kind, FIELD_MARKDOWN);
		CHECK(field(types[i], "creators")->many && !field(types[i], "creators")->required);
		CHECK_INT(field(types[i], "issued")->kind, FIELD_DATE);
		for (size_t k = 0; k < COUNT(others); k++)
			CHECK(record_form_field(record_form(schemas, types[i]), others[k]) == NULL);
	}
	CHECK(record_form(schemas, "nothing") == NULL);
	CHECK(record_form(schemas, "faq") == record_form(schemas, "faq"));
	f = field("guide", "steps");
	CHECK(f->many && f->required);
	CHECK_INT(f->kind, FIELD_GROUP);
	CHECK_TEXT(f->item, "step");
	f = record_form_field(f->fields, "role");
	NEED(f != NULL);
	CHECK(f->words && !f->required);
	CHECK_TEXT(f->choices[6], "working-group");
	CHECK_TEXT(f->choice_labels[0], "Law enforcement");
	f = record_form_field(field("guide", "steps")->fields, "resources");
	CHECK(f && f->many && f->kind == FIELD_LINE && !f->required);
	f = record_form_field(field("guide", "steps")->fields, "text");
	CHECK(f && f->kind == FIELD_MARKDOWN && f->required);
	f = record_form_field(field("evaluation", "outcomes")->fields, "direction");
	CHECK(f && f->kind == FIELD_CHOICE && f->required);
	CHECK(field("evaluation", "citations")->required && !field("faq", "citations")->required);
	/* What the schema says is there by itself, with words from the schema. */
	f = field("evaluation", "data-availability");
	CHECK_TEXT(f->label, "Data availability");
	CHECK_INT(field("publication", "link")->kind, FIELD_URL);
	CHECK_HAS(field("publication", "link")->help, "a web address");
	CHECK_INT(field("event", "recording")->kind, FIELD_URL);
	CHECK_INT(field("event", "start")->kind, FIELD_TIME);
	f = field("event", "repeat");
	CHECK_INT(f->kind, FIELD_GROUP);
	CHECK(!f->many && record_form_field(f->fields, "changes")->many);
	CHECK_INT(field("innovation", "period")->kind, FIELD_GROUP);
	end();
}

#define HEAD "\"title\":\"A & B <c>\",\"summary\":\"Short.\",\"issued\":\"2012\",\"language\":\"en\""
#define FAQ HEAD ",\"group\":\"basics\",\"position\":\"1\""

static void writes(void)
{
	begin();
	CHECK(write_xml("faq", "{" FAQ ",\"creators\":[\"One\",\"\",\" Two  x \"],\"body\":\"Hello **you**\",\"unknown\":\"x\","
		"\"strategy\":[\"group-violence\"],\"places\":[{\"space\":\"metro\",\"text\":\"Metro\"},{\"space\":\"\",\"text\":\"\"}],"
		"\"relations\":[{\"type\":\"related\",\"ref\":\"national/faq/x\"}],\"readers\":[]}"));
	CHECK_HAS(xml, "<dc:title>A &amp; B &lt;c&gt;</dc:title>");
	CHECK_HAS(xml, "<dc:creator>Two x</dc:creator>");
	CHECK_HAS(xml, "<place space=\"metro\">Metro</place>");
	CHECK_HAS(xml, "<relation type=\"related\" ref=\"national/faq/x\">");
	CHECK_HAS(xml, "<p>Hello <strong>you</strong></p>");
	CHECK_LACKS(xml, "unknown");
	CHECK_LACKS(xml, "readers");
	CHECK_TEXT(doc->title, "A & B <c>");
	CHECK_INT(doc->n_places, 1);
	CHECK_INT(doc->n_creators, 2);
	end();
}

static void says(void)
{
	begin();
	CHECK(!write_xml("faq", "{}"));
	CHECK_TEXT(problem(0), "title 0: this is missing");
	CHECK_TEXT(problems[0].label, "Question");
	CHECK(!doc && strstr(xml, "<faq"));
	CHECK(!write_xml("faq", "{" FAQ ",\"body\":\"one\\n\\ntwo <b>x</b>\"}"));
	CHECK_HAS(problem(0), "body 3: <b> is not one");
	CHECK_INT(problems[0].column, 5);
	CHECK(doc != NULL); /* and can be drawn without it */
	CHECK(!write_xml("faq", "{" FAQ ",\"body\":\"one\\n\\n[x](#nowhere)\"}"));
	CHECK_HAS(problem(0), "body 3: there is no id 'nowhere'");
	CHECK(!write_xml("faq", "{" HEAD ",\"group\":\"other\",\"position\":\"-1\",\"body\":\"x\",\"modified\":\"May\"}"));
	CHECK_TEXT(problem(0), "modified 0: this must be a date as YYYY, YYYY-MM or YYYY-MM-DD");
	CHECK_TEXT(problem(1), "group 0: this is none of the choices");
	CHECK_TEXT(problem(2), "position 0: this must be a whole number, without separators");
	CHECK(!write_xml("faq", "{" FAQ ",\"body\":\"x\",\"issued\":\"2012-02-31\"}"));
	CHECK_TEXT(problem(0), "issued 0: there is no date 2012-02-31");
	CHECK(!write_xml("faq", "{" FAQ ",\"body\":\"x\",\"rights\":\"a\\u202eb\\u0001\"}"));
	CHECK_HAS(problem(0), "rights 0: there is a control character");
	CHECK(!write_xml("faq", "{" FAQ ",\"body\":[\"x\"],\"creators\":\"x\",\"rights\":7,\"places\":[\"x\"]}"));
	CHECK_HAS(problem(0), "creators 0: a list is expected");
	CHECK_INT(n_problems >= 4, 1);
	CHECK(!write_xml("evaluation", "{" HEAD ",\"citations\":[\"C\"],\"design\":\"review\",\"evidence\":\"none\",\"body\":\"x\","
		"\"outcomes\":[{\"measure\":\"a\",\"direction\":\"decrease\"},{\"measure\":\"b\",\"direction\":\"decrease\",\"low\":\"1\"},"
		"{\"measure\":\"c\"}]}"));
	CHECK_TEXT(problem(0), "outcomes[2].direction 0: choose one");
	CHECK_TEXT(problems[0].label, "Outcomes 3: What it did");
	CHECK(!write_xml("evaluation", "{" HEAD ",\"citations\":[\"C\"],\"design\":\"review\",\"evidence\":\"none\",\"body\":\"x\","
		"\"outcomes\":[{\"measure\":\"a\",\"direction\":\"decrease\"},{\"measure\":\"b\",\"direction\":\"decrease\",\"low\":\"1\"}]}"));
	CHECK_TEXT(problem(0), "outcomes[1] 0: an interval has both low and high");
	CHECK(!write_xml("guide", "{" HEAD ",\"body\":\"x\",\"steps\":[{\"slug\":\"a\",\"title\":\"T\",\"text\":\"\\n\\n[x](javascript:1)\","
		"\"role\":[\"community\",\"nobody\"],\"resources\":[\"r\"]}]}"));
	CHECK_HAS(problem(0), "steps[0].role 0: this");
	CHECK_HAS(problem(1), "steps[0].text 3: 'javascript:1' is no address");
	CHECK(!write_xml("nothing", "{}"));
	end();
}

/* ---- there and back, every record of the sample network ---- */

static const char *sources[400];
static size_t n_sources;

static int found(const char *path, const struct stat *st, int type, struct FTW *where)
{
	size_t n = strlen(path);

	(void)st, (void)where;
	if (type == FTW_F && n > 4 && strcmp(path + n - 4, ".xml") == 0 && n_sources < COUNT(sources))
		sources[n_sources++] = arena_strdup(a, path);
	return 0;
}

/* Without white space beside tags, which a reader does not see but between words. */
static const char *even(const char *html)
{
	struct buf b = BUF_INIT;

	for (const char *s = html; s && *s; s++) {
		if (!strchr(" \t\n", *s)) {
			buf_char(&b, *s);
			continue;
		}
		size_t n = strspn(s, " \t\n");
		char last = b.len ? buf_text(&b)[b.len - 1] : '>';
		bool block = s[n] == '<' && !strchr("aecsq", s[n + 1]); /* inline elements begin with these */

		if (last != '>' && s[n] && !block)
			buf_char(&b, ' ');
		s += n - 1;
	}
	const char *text = arena_strdup(a, buf_text(&b));
	buf_finish(&b);
	return text;
}

static const char *words_of(const char *text)
{
	struct buf b = BUF_INIT;

	for (; text && *text; text++)
		if (!strchr(" \t\n", *text))
			buf_char(&b, *text);
	const char *out = arena_strdup(a, buf_text(&b));
	buf_finish(&b);
	return out;
}

static void even_details(json_t *v)
{
	const char *key;
	json_t *one;
	size_t i;

	json_object_foreach(v, key, one) {
		if (strcmp(key, "html") == 0)
			json_string_set(one, even(json_string_value(one)));
		if (strcmp(key, "text") == 0 && json_is_string(one))
			json_string_set(one, words_of(json_string_value(one)));
		even_details(one);
	}
	json_array_foreach(v, i, one)
		even_details(one);
}

static const char *details(const char *text)
{
	json_t *v = json_loads(text, 0, NULL);

	NEED(v != NULL);
	even_details(v);
	char *out = json_dumps(v, JSON_SORT_KEYS | JSON_COMPACT);
	const char *kept = arena_strdup(a, out);
	free(out);
	json_decref(v);
	return kept;
}

static void same_doc(const struct content_doc *x, const struct content_doc *y)
{
	const char *const one[] = { x->title, x->summary, x->creator, x->publisher, x->issued, x->modified, x->language, x->rights,
		x->source_note, x->citation, x->evidence, x->group, x->starts, x->ends, x->zone, x->series, x->toc_json };
	const char *const two[] = { y->title, y->summary, y->creator, y->publisher, y->issued, y->modified, y->language, y->rights,
		y->source_note, y->citation, y->evidence, y->group, y->starts, y->ends, y->zone, y->series, y->toc_json };

	for (size_t i = 0; i < COUNT(one); i++)
		CHECK_TEXT(two[i], one[i]);
	CHECK_INT(y->position, x->position);
	CHECK_INT(y->n_subjects, x->n_subjects);
	CHECK_INT(y->n_strategies, x->n_strategies);
	CHECK_INT(y->n_readers, x->n_readers);
	NEED(y->n_places == x->n_places && y->n_relations == x->n_relations && y->n_links == x->n_links);
	for (size_t i = 0; i < x->n_places; i++) {
		CHECK_TEXT(y->places[i].label, x->places[i].label);
		CHECK_TEXT(y->places[i].space, x->places[i].space);
	}
	for (size_t i = 0; i < x->n_relations; i++) {
		CHECK_TEXT(y->relations[i].relation, x->relations[i].relation);
		CHECK_TEXT(y->relations[i].slug, x->relations[i].slug);
	}
	CHECK_TEXT(even(y->body_html), even(x->body_html));
	CHECK_TEXT(words_of(y->body_text), words_of(x->body_text));
	CHECK_TEXT(details(y->details_json), details(x->details_json));
}

static bool round_trip(const char *path)
{
	struct content_problem *list;
	struct content_doc *before;
	struct error err = { 0 };
	size_t n, n_list;
	char *text = unit_read(path, &n);
	const char *own;

	NEED(text != NULL);
	NEED(content_parse(schemas, a, path, text, n, &before, &list, &n_list, &err));
	if (before->is_space) {
		free(text);
		return false;
	}
	json_t *form = record_form_from_xml(schemas, a, text, n, &err);
	free(text);
	NEED(form != NULL);
	if (!record_form_to_xml(schemas, a, before->space, before->type, before->slug, before->audience, form, &xml, &doc, &problems,
		&n_problems))
		printf("%s: %s\n%s\n", path, problem(0), xml);
	NEED(doc && n_problems == 0);
	same_doc(before, doc);
	/* And again: what was made is taken apart as the same. */
	json_t *again = record_form_from_xml(schemas, a, xml, strlen(xml), &err);
	CHECK(again && json_equal(form, again));
	own = xml;
	record_form_to_xml(schemas, a, before->space, before->type, before->slug, before->audience, again, &xml, &doc, &problems,
		&n_problems);
	CHECK_TEXT(xml, own);
	json_decref(again);
	json_decref(form);
	return true;
}

static void samples(void)
{
	size_t records = 0;

	begin();
	nftw(unit_source("content/sample"), found, 16, FTW_PHYS);
	for (size_t i = 0; i < n_sources; i++)
		records += round_trip(sources[i]);
	CHECK(records >= 168);
	n_sources = 0;
	nftw(unit_source("tests/fixtures/network"), found, 16, FTW_PHYS);
	for (size_t i = records = 0; i < n_sources; i++)
		records += round_trip(sources[i]);
	CHECK(records >= 5);
	CHECK(record_form_from_xml(schemas, a, "<faq/>", 6, NULL) == NULL);
	end();
}

static void draws(void)
{
	begin();
	CHECK_TEXT(record_form_draw(schemas, a, "Hello **you**\n\n<script>x</script>"), "<p>Hello <strong>you</strong></p>");
	CHECK(record_form_draw(schemas, a, "") == NULL);
	CHECK_HAS(record_form_draw(schemas, a, "[x](#elsewhere) [y](#elsewhere)"), "<a href=\"#elsewhere\">x</a>");
	end();
}

CU_TestInfo unit_tests[] = { { "fields from the schema", model }, { "writes XML", writes }, { "says what is wrong, and where", says },
	{ "every record of the samples, there and back", samples }, { "draws one text", draws }, CU_TEST_INFO_NULL };
