/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The text that reviewers read, block by block. A comment belongs to a line of a
 * Markdown field; when the text changed it follows its line by what the line
 * said, and where no line says so any more it is shown as outdated. */
#include "lines.h"
#include "../files/files.h"
#include "content.h"
#include "markdown.h"
#include "pages.h"
#include "readable.h"

#define BLOCKS_DRAWN 400 /* beyond them text is shown as it was typed */

struct block {
	const char *field;
	int first, last; /* lines, from 1 */
	struct data *data;
};

struct text {
	struct request *rq;
	struct data *page;
	const struct draft *draft;
	const struct draft_comment *comments;
	size_t n_comments;
	bool *placed;
	bool may_comment;
	size_t drawn;
};

/* ---- comments ---- */

static void put_comment(const struct text *t, struct data *item, const struct draft_comment *c)
{
	data_text(item, "id", c->id);
	data_text(item, "who", c->account_name);
	data_text(item, "date", moment_human(t->rq->arena, c->at_us));
	data_text(item, "text", c->text);
	data_text(item, "quote", c->quote);
	data_textf(item, "revision", "%lld", (long long)c->revision);
	data_flag(item, "resolved", c->resolved_us != 0);
	data_text(item, "resolved_by", c->resolved_by);
	data_flag(item, "answerable", t->may_comment);
	data_flag(item, "resolvable", t->may_comment && (viewer_may_write(t->rq->viewer, t->draft->space_id) ||
		strcmp(c->account_id, t->rq->account->id) == 0));
	for (size_t i = 0; i < t->n_comments; i++)
		if (t->comments[i].parent && strcmp(t->comments[i].parent, c->id) == 0)  {
			struct data *answer = data_item(item, "answers");

			data_text(answer, "who", t->comments[i].account_name);
			data_text(answer, "date", moment_human(t->rq->arena, t->comments[i].at_us));
			data_text(answer, "text", t->comments[i].text);
		}
}

/* The line of the text as it is now that says what the comment's line said: the
 * nearest one. 0: none. */
static int line_now(const char *text, const struct draft_comment *c)
{
	int best = 0, line = 1;
	size_t quoted = strlen(c->quote);

	for (const char *s = text; *s; line++) {
		size_t n = strcspn(s, "\n"), kept = n;

		while (kept && s[kept - 1] == '\r')
			kept--;
		if (kept == quoted && strncmp(s, c->quote, kept) == 0 &&
			(!best || llabs(line - (long long)c->line) < llabs(best - (long long)c->line)))
			best = line;
		s += n + (s[n] == '\n');
	}
	return best;
}

static void put_comments(struct text *t, const struct block *b, const char *whole)
{
	for (size_t i = 0; i < t->n_comments; i++) {
		const struct draft_comment *c = &t->comments[i];

		if (c->parent || !c->field || !c->quote || t->placed[i] || strcmp(c->field, b->field) != 0)
			continue;
		int line = line_now(whole, c);
		if (line < b->first || line > b->last)
			continue;
		t->placed[i] = true;
		put_comment(t, data_item(b->data, "comments"), c);
	}
}

/* ---- blocks ---- */

/* A block drawn as it will be read. */
static struct markup drawn(struct text *t, const char *markdown)
{
	struct arena *a = t->rq->arena;
	struct markdown_problem *wrong;
	struct error err = { 0 };
	const char *xhtml, *html, *text;
	size_t n;

	if (t->drawn++ >= BLOCKS_DRAWN || !markdown_to_xhtml(a, markdown, MARKDOWN_INHERIT, &xhtml, &wrong, &n) ||
		!content_fragment(t->rq->engine->schemas, a, xhtml, NULL, true, &html, &text, &err) ||
		!draft_images(t->rq, t->draft->id, t->draft->record_num, &html, &err))
		return (struct markup){ NULL };
	return html_stored(html);
}

static void put_block(struct text *t, struct data *field, const char *name, const char *whole, const char *start,
	size_t n, int first, int last)
{
	struct block b = { name, first, last, data_item(field, "blocks") };
	const char *text = arena_strndup(t->rq->arena, start, n);
	struct markup html = drawn(t, text);

	data_int(b.data, "line", first);
	data_text(b.data, "field", name);
	data_text(b.data, "id", arena_printf(t->rq->arena, "%s-%d", name, first));
	if (html.html)
		data_markup(b.data, "html", html);
	else
		data_text(b.data, "text", text);
	put_comments(t, &b, whole);
}

/* A heading, a paragraph, a list, a table: what empty lines set apart. A fenced
 * block stays whole. */
static void put_blocks(struct text *t, struct data *field, const char *name, const char *whole)
{
	const char *start = NULL, *s = whole;
	int line = 1, first = 0;
	bool fenced = false;

	for (; *s; line++) {
		size_t n = strcspn(s, "\n");
		bool blank = strspn(s, " \t\r") >= n;

		if (strncmp(s, "```", 3) == 0)
			fenced = !fenced;
		if (!blank && !start) {
			start = s;
			first = line;
		} else if (blank && start && !fenced) {
			put_block(t, field, name, whole, start, (size_t)(s - start), first, line - 1);
			start = NULL;
		}
		s += n + (s[n] == '\n');
	}
	if (start)
		put_block(t, field, name, whole, start, strlen(start), first, line);
}

static void put_field(struct text *t, const struct form_field *f, const json_t *value)
{
	const char *text = readable_text(t->rq->arena, f, value);

	if (!*text)
		return;
	bool blocks = f->kind == FIELD_MARKDOWN && !f->many && json_is_string(value);
	struct data *field = data_item(t->page, blocks ? "texts" : "plain");
	data_text(field, "label", f->label);
	if (blocks)
		put_blocks(t, field, f->name, json_string_value(value));
	else
		data_text(field, "text", text);
}

bool lines_put(struct request *rq, struct data *page, const struct draft *d, bool may_comment, struct error *err)
{
	struct text t = { .rq = rq, .page = page, .draft = d, .may_comment = may_comment };
	struct draft_comment *comments;
	json_t *form;

	if (!draft_comments(rq->db, rq->arena, d->id, &comments, &t.n_comments, err))
		return false;
	t.comments = comments;
	t.placed = arena_array(rq->arena, t.n_comments + 1, sizeof *t.placed);
	form = json_loads(d->form_json, 0, NULL);
	for (const struct form_field *f = record_form(rq->engine->schemas, d->type); f && f->name; f++)
		put_field(&t, f, json_object_get(form, f->name));
	json_decref(form);
	for (size_t i = 0; i < t.n_comments; i++)
		if (!comments[i].parent && !t.placed[i])
			put_comment(&t, data_item(page, comments[i].field ? "outdated" : "general"), &comments[i]);
	return true;
}
