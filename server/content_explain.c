/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Walks an invalid document along the automata of its schema, in the order of
 * the document. After a fault it goes on only as far as the next one cannot be
 * an echo of the first. */
#include "content_explain.h"
#include <string.h>
#include "buf.h"
#include "text.h"

struct state { /* within one element */
	uint64_t next; /* the parts that may come */
	bool done;     /* the element may end */
};

/* The children of one element, in their order. */
struct sequence {
	struct content_run *r;
	const struct grammar_element *e;
	const xmlNode *parent;
	struct state state;
	uint64_t displaced; /* named by a fault already: no word that they lack */
	bool unsure;        /* the end says nothing any more */
};

/* Enough to show the first ones, although what an element lacks is found last. */
static bool is_full(const struct content_run *r)
{
	return r->n_problems >= 2 * CONTENT_MAX_PROBLEMS;
}

/* ---- lists of words ---- */

struct words {
	struct arena *arena;
	const char **items;
	size_t n, room;
};

static void words_add(struct words *w, const char *word)
{
	if (w->n == w->room) {
		size_t room = w->room ? 2 * w->room : 16;
		const char **more = arena_array(w->arena, room, sizeof *more);

		if (w->n)
			memcpy(more, w->items, w->n * sizeof *more);
		w->items = more;
		w->room = room;
	}
	w->items[w->n++] = word;
}

/* "a, b or c" */
static const char *words_join(const struct words *w, const char *last)
{
	struct buf b = BUF_INIT;

	for (size_t i = 0; i < w->n; i++) {
		if (i > 0 && i + 1 < w->n)
			buf_str(&b, ", ");
		else if (i > 0)
			buf_printf(&b, " %s ", last);
		buf_str(&b, w->items[i]);
	}
	const char *text = arena_strdup(w->arena, buf_text(&b));
	buf_finish(&b);
	return text;
}

/* ---- the automaton ---- */

static bool same_name(const struct grammar_element *x, const struct grammar_element *y)
{
	return strcmp(x->name, y->name) == 0 && strcmp(x->ns, y->ns) == 0;
}

static struct state after(const struct grammar_element *e, uint64_t parts)
{
	struct state s = { .done = (parts & e->last) != 0 };

	for (size_t i = 0; i < e->n; i++)
		if (parts >> i & 1)
			s.next |= e->follow[i];
	return s;
}

/* All parts that may come after s, without stepping on those of `closed`. */
static uint64_t reach(const struct grammar_element *e, uint64_t next, uint64_t closed)
{
	uint64_t all = next & ~closed, before;

	do {
		before = all;
		all |= after(e, all).next & ~closed;
	} while (all != before);
	return all;
}

/* The parts that stand for an element of this name; with any_ns, of this local name. */
static uint64_t parts_of(const struct grammar_element *e, const xmlNode *n, bool any_ns)
{
	uint64_t set = 0;

	for (size_t i = 0; i < e->n; i++)
		if (e->parts[i] && (any_ns ? strcmp(e->parts[i]->name, (const char *)n->name) == 0 :
			content_is(n, e->parts[i]->ns, e->parts[i]->name)))
			set |= (uint64_t)1 << i;
	return set;
}

static uint64_t parts_named_as(const struct grammar_element *e, const struct grammar_element *name)
{
	uint64_t set = 0;

	for (size_t i = 0; i < e->n; i++)
		if (e->parts[i] && same_name(e->parts[i], name))
			set |= (uint64_t)1 << i;
	return set;
}

static uint64_t elements_of(const struct grammar_element *e)
{
	uint64_t set = 0;

	for (size_t i = 0; i < e->n; i++)
		if (e->parts[i])
			set |= (uint64_t)1 << i;
	return set;
}

/* The element that must come next, or at least before the end: all parts of its
 * name. 0 if there is a choice. */
static uint64_t demanded(const struct grammar_element *e, struct state s)
{
	for (size_t i = 0; i < e->n && !s.done; i++) {
		if (!(s.next >> i & 1) || !e->parts[i])
			continue;
		uint64_t set = parts_named_as(e, e->parts[i]);
		if (!(reach(e, s.next, set) & e->last))
			return set;
	}
	return 0;
}

/* The one pattern of a set of parts, or NULL. */
static const struct grammar_element *only(const struct grammar_element *e, uint64_t set)
{
	const struct grammar_element *found = NULL;

	for (size_t i = 0; i < e->n; i++) {
		if (!(set >> i & 1) || found == e->parts[i])
			continue;
		if (found)
			return NULL;
		found = e->parts[i];
	}
	return found;
}

/* ---- names ---- */

static const char *element_name(struct arena *a, const struct grammar_element *e)
{
	return arena_printf(a, "%s%s", strcmp(e->ns, NS_DC) == 0 ? "dc:" : "", e->name);
}

/* The names of a set of parts, each once. */
static struct words part_names(struct arena *a, const struct grammar_element *e, uint64_t set)
{
	struct words w = { .arena = a };

	if (set & e->text)
		words_add(&w, "plain text");
	for (size_t i = 0; i < e->n; i++)
		if (set >> i & 1 && e->parts[i]) {
			words_add(&w, element_name(a, e->parts[i]));
			set &= ~parts_named_as(e, e->parts[i]);
		}
	return w;
}

static const char *part_name(struct arena *a, const struct grammar_element *e, uint64_t set)
{
	const struct words w = part_names(a, e, set);

	return w.n ? w.items[0] : "";
}

/* The parts of `set` whose name was probably meant, or 0. */
static uint64_t nearest(const struct grammar_element *e, uint64_t set, const xmlNode *n)
{
	const char *name = (const char *)n->name;
	size_t best = strlen(name) < 5 ? 2 : 3;
	uint64_t found = 0;

	for (size_t i = 0; i < e->n; i++) {
		size_t d = set >> i & 1 && e->parts[i] ? text_distance(name, e->parts[i]->name) : best;

		if (d < best) {
			best = d;
			found = set & parts_named_as(e, e->parts[i]);
		}
	}
	return found;
}

/* ---- values ---- */

enum fit { FITS, FAILS, UNSURE };

static size_t letters(const char *s)
{
	size_t n = 0;

	for (; *s; s++)
		n += ((unsigned char)*s & 0xc0) != 0x80;
	return n;
}

static enum fit fits(struct arena *a, const struct grammar_value *v, const char *text)
{
	enum fit all = FAILS;
	size_t words = 0;
	int rc;

	switch (v->kind) {
	case GRAMMAR_UNKNOWN:
		return UNSURE;
	case GRAMMAR_ANY:
		return FITS;
	case GRAMMAR_EMPTY:
		return *text ? FAILS : FITS;
	case GRAMMAR_WORD:
		return strcmp(text, v->word) == 0 ? FITS : FAILS;
	case GRAMMAR_DATA:
		rc = v->pattern ? xmlRegexpExec(v->pattern, (const xmlChar *)text) : 1;
		return rc < 0 ? UNSURE : rc == 1 && letters(text) >= v->min ? FITS : FAILS;
	case GRAMMAR_CHOICE:
		for (size_t i = 0; i < v->n && all != FITS; i++) {
			enum fit one = fits(a, v->parts[i], text);

			all = one == FAILS ? all : one;
		}
		return all;
	case GRAMMAR_LIST:
		all = FITS;
		for (; *text && all == FITS; words++) {
			size_t n = strcspn(text, " ");

			all = fits(a, v->parts[0], arena_strndup(a, text, n));
			text += n + (text[n] == ' ');
		}
		return all == FITS && words < v->min ? FAILS : all;
	}
	return UNSURE;
}

bool grammar_refuses(struct arena *a, const struct grammar_value *v, const char *text)
{
	return fits(a, v, text) == FAILS;
}

/* Adds what the value may be; false if that is not known. */
static bool describe(struct words *w, const struct grammar_value *v)
{
	bool ok = true;

	if (v->documentation || v->kind == GRAMMAR_WORD) {
		words_add(w, v->documentation ? v->documentation : v->word);
		return true;
	}
	if (v->kind == GRAMMAR_CHOICE)
		for (size_t i = 0; i < v->n; i++)
			ok = describe(w, v->parts[i]) && ok;
	if (v->kind == GRAMMAR_LIST) {
		struct words each = { .arena = w->arena };

		ok = describe(&each, v->parts[0]);
		words_add(w, arena_printf(w->arena, "one or more of %s", words_join(&each, "and")));
	}
	return ok && (v->kind == GRAMMAR_CHOICE || v->kind == GRAMMAR_LIST);
}

/* The first word of a list that does not fit. */
static const char *wrong_word(struct arena *a, const struct grammar_value *list, const char *text)
{
	while (*text) {
		size_t n = strcspn(text, " ");
		const char *word = arena_strndup(a, text, n);

		if (fits(a, list->parts[0], word) == FAILS)
			return word;
		text += n + (text[n] == ' ');
	}
	return NULL;
}

/* What is wrong with a value, or NULL. */
static const char *value_cause(struct content_run *r, const char *name,
	const struct grammar_value *v, const char *text)
{
	struct words w = { .arena = r->arena };
	const char *word;

	if (fits(r->arena, v, text) != FAILS)
		return NULL;
	if (v->kind == GRAMMAR_LIST && (word = wrong_word(r->arena, v, text)) && describe(&w, v->parts[0]))
		return arena_printf(r->arena, "%s holds \"%s\"; each word must be %s", name,
			content_quote(r->arena, word), words_join(&w, "or"));
	w.n = 0;
	if (!describe(&w, v))
		return arena_printf(r->arena, "%s may not be \"%s\"", name, content_quote(r->arena, text));
	if (!*text)
		return arena_printf(r->arena, "%s is empty; it must hold %s", name, words_join(&w, "or"));
	return arena_printf(r->arena, "%s is \"%s\"; it must be %s", name, content_quote(r->arena, text),
		words_join(&w, "or"));
}

/* ---- attributes ---- */

static bool is_attribute(const struct grammar_attribute *g, const xmlAttr *at)
{
	return strcmp(g->name, (const char *)at->name) == 0 &&
		strcmp(g->ns, at->ns ? (const char *)at->ns->href : "") == 0;
}

static const char *attribute_name(struct arena *a, const xmlAttr *at)
{
	const char *prefix = at->ns && at->ns->prefix ? (const char *)at->ns->prefix : "";

	return content_quote(a, arena_printf(a, "%s%s%s", prefix, *prefix ? ":" : "", at->name));
}

static void check_given(struct content_run *r, const struct grammar_element *e, const xmlNode *n,
	const xmlAttr *at)
{
	struct words may = { .arena = r->arena };

	for (size_t i = 0; i < e->n_attributes; i++) {
		const struct grammar_attribute *g = &e->attributes[i];

		if (!is_attribute(g, at)) {
			words_add(&may, g->name);
			continue;
		}
		const char *cause = at->ns ? NULL : value_cause(r, g->name, g->value,
			content_attr(r->arena, n, g->name));
		if (cause)
			content_report_attr(r, n, at, "%s", cause);
		return;
	}
	content_report_attr(r, n, at, "%s may not have the attribute %s; it %s %s", content_name(r->arena, n),
		attribute_name(r->arena, at), may.n ? "may have" : "has", may.n ? words_join(&may, "and") : "none");
}

static void check_attributes(struct content_run *r, const struct grammar_element *e, const xmlNode *n)
{
	struct words lack = { .arena = r->arena };

	for (size_t i = 0; i < e->n_attributes; i++) {
		const xmlAttr *at = n->properties;

		while (at && !is_attribute(&e->attributes[i], at))
			at = at->next;
		if (!at && e->attributes[i].required)
			words_add(&lack, e->attributes[i].name);
	}
	if (lack.n)
		content_report_node(r, n, "%s lacks the attribute%s %s", content_name(r->arena, n),
			lack.n > 1 ? "s" : "", words_join(&lack, "and"));
	for (const xmlAttr *at = n->properties; at && !is_full(r); at = at->next)
		check_given(r, e, n, at);
}

/* ---- the order of elements ---- */

static const char *name_of(const struct sequence *q, const xmlNode *n)
{
	return content_name(q->r->arena, n);
}

static const char *names_of(const struct sequence *q, uint64_t set, const char *last)
{
	const struct words w = part_names(q->r->arena, q->e, set);

	return words_join(&w, last);
}

/* Whether an element of one of these parts stands after n. */
static bool comes_later(const struct sequence *q, const xmlNode *n, uint64_t set)
{
	while ((n = content_sibling(n)))
		if (parts_of(q->e, n, false) & set)
			return true;
	return false;
}

/* A known element for which it is too late. */
static void report_late(struct sequence *q, const xmlNode *n, uint64_t own)
{
	bool repeats = reach(q->e, after(q->e, own).next, 0) & own;

	for (const xmlNode *m = content_child(q->parent); m && m != n; m = content_sibling(m)) {
		uint64_t other = parts_of(q->e, m, false);

		if (other & own && !repeats) {
			content_report_node(q->r, n, "%s may stand only once in %s", name_of(q, n), name_of(q, q->parent));
			return;
		}
		if (other && !(other & own) && !(reach(q->e, after(q->e, other).next, 0) & own)) {
			content_report_node(q->r, n, "%s must come before %s", name_of(q, n), name_of(q, m));
			return;
		}
	}
	content_report_node(q->r, n, "%s may not stand here in %s", name_of(q, n), name_of(q, q->parent));
}

/* An element that belongs in the sequence, but not here. False if it is the one
 * that is out of place, not those that are missing before it. */
static bool misplaced(struct sequence *q, const xmlNode *n, uint64_t own)
{
	const struct grammar_element *e = q->e;
	struct words missing = { .arena = q->r->arena };
	struct state s = q->state;
	uint64_t behind = 0;

	if (!(reach(e, s.next, 0) & own)) {
		report_late(q, n, own);
		return false;
	}
	/* Each step takes one demanded element off the way; the bound is for safety. */
	for (int i = 0; i < GRAMMAR_MAX_PARTS && !(s.next & own); i++) {
		uint64_t set = demanded(e, s);
		struct state then = after(e, s.next & set);

		if (!set || !(reach(e, then.next, 0) & own)) {
			if (!missing.n)
				words_add(&missing, names_of(q, s.next & ~e->text, "or"));
			s.next = own;
		} else {
			if (!(set & q->displaced) && comes_later(q, n, set))
				behind = set;
			else if (!(set & q->displaced))
				words_add(&missing, part_name(q->r->arena, e, set));
			s = then;
		}
	}
	if (behind) {
		content_report_node(q->r, n, "%s must come after %s", name_of(q, n),
			part_name(q->r->arena, e, behind));
		q->displaced |= own;
		return false;
	}
	if (missing.n)
		content_report_node(q->r, n, "%s %s missing before %s", words_join(&missing, "and"),
			missing.n > 1 ? "are" : "is", name_of(q, n));
	q->state = after(e, s.next & own);
	return true;
}

/* Goes on behind an element that was not understood: it stood for one of
 * `meant`, or for any if the next element then fits. */
static void step_over(struct sequence *q, const xmlNode *n, uint64_t meant)
{
	const xmlNode *next = content_sibling(n);
	uint64_t own = next ? parts_of(q->e, next, false) : 0;
	struct state replaced = after(q->e, q->state.next & elements_of(q->e));

	q->unsure = true;
	if (meant & q->state.next && !comes_later(q, n, meant))
		q->state = after(q->e, meant & q->state.next);
	else if (own && !(q->state.next & own) && replaced.next & own)
		q->state = replaced;
}

static void other_namespace(struct sequence *q, const xmlNode *n, const struct grammar_element *right)
{
	bool dc = right && strcmp(right->ns, NS_DC) == 0;
	const xmlNs *bound = dc ? xmlSearchNs(q->r->doc, (xmlNode *)n, (const xmlChar *)"dc") : NULL;
	const char *name = name_of(q, n), *wanted = right ? element_name(q->r->arena, right) : "";

	if (!right)
		content_report_node(q->r, n, "%s is in the wrong namespace", name);
	else if (bound && strcmp((const char *)bound->href, NS_DC) == 0)
		content_report_node(q->r, n, "%s is not known here; expected is %s", name, wanted);
	else
		content_report_node(q->r, n, "%s is in the wrong namespace; write <%s xmlns%s=\"%s\">", name,
			wanted, dc ? ":dc" : "", right->ns);
}

/* The element before it was in the same wrong namespace, by the same prefix. */
static bool same_slip(const struct sequence *q, const xmlNode *n)
{
	const xmlNode *prev = n->prev;

	while (prev && prev->type != XML_ELEMENT_NODE)
		prev = prev->prev;
	return prev && n->ns && n->ns->prefix && prev->ns == n->ns && !parts_of(q->e, prev, false) &&
		parts_of(q->e, prev, true);
}

static void unknown(struct sequence *q, const xmlNode *n)
{
	const struct grammar_element *e = q->e;
	uint64_t elements = elements_of(e), may = q->state.next & elements, like = parts_of(e, n, true), meant;
	const char *name = name_of(q, n), *parent = name_of(q, q->parent);

	if (like) {
		if (!same_slip(q, n))
			other_namespace(q, n, only(e, like));
		q->displaced |= like;
		step_over(q, n, like);
	} else if (!elements) {
		content_report_node(q->r, n, "%s may not stand in %s; it %s", name, parent,
			e->text ? "may hold only text" : "must be empty");
	} else if (may == elements && part_names(q->r->arena, e, may).n > 1) {
		content_report_node(q->r, n, "%s may not stand in %s; it may hold %s", name, parent,
			names_of(q, q->state.next, "and"));
		q->unsure = true;
	} else if (!may) {
		content_report_node(q->r, n, "%s is not known in %s", name, parent);
	} else {
		meant = nearest(e, may, n);
		content_report_node(q->r, n, "%s is not known here; expected is %s", name,
			names_of(q, meant ? meant : may, "or"));
		step_over(q, n, meant);
	}
}

static void plain_text(struct sequence *q)
{
	const struct grammar_element *e = q->e;
	uint64_t here = q->state.next & e->text;

	if (here) {
		q->state = after(e, here);
		return;
	}
	if (!e->text && !q->unsure) {
		uint64_t may = q->state.next & elements_of(e);

		if (!elements_of(e))
			content_report_text(q->r, q->parent, "%s must be empty", name_of(q, q->parent));
		else
			content_report_text(q->r, q->parent, "%s may hold only elements, no plain text%s%s",
				name_of(q, q->parent), may ? "; expected is " : "", names_of(q, may, "or"));
	}
	q->unsure = true;
}

/* The element ended, but may not yet. */
static void lacking_end(struct sequence *q)
{
	const struct grammar_element *e = q->e;
	struct words lack = { .arena = q->r->arena };
	uint64_t set;

	for (int i = 0; i < GRAMMAR_MAX_PARTS && (set = demanded(e, q->state)); i++) {
		if (!(set & q->displaced))
			words_add(&lack, part_name(q->r->arena, e, set));
		q->state = after(e, q->state.next & set);
	}
	if (lack.n)
		content_report_node(q->r, q->parent, "%s lacks %s", name_of(q, q->parent), words_join(&lack, "and"));
	else if (!q->state.done && !q->displaced)
		content_report_node(q->r, q->parent, "%s %s %s", name_of(q, q->parent),
			content_child(q->parent) ? "ends too early; expected is" : "is empty; it must hold",
			names_of(q, q->state.next, "or"));
}

/* ---- the walk ---- */

static void walk(struct content_run *r, const struct grammar_element *e, const xmlNode *n);

static bool is_blank(const char *s)
{
	return s[strspn(s, " \t\r\n")] == '\0';
}

static void check_content(struct content_run *r, const struct grammar_element *e, const xmlNode *n)
{
	struct sequence q = { .r = r, .e = e, .parent = n, .state = { e->first, e->nullable } };

	for (const xmlNode *c = n->children; c && !is_full(r); c = c->next) {
		if (c->type == XML_TEXT_NODE && !is_blank((const char *)c->content))
			plain_text(&q);
		if (c->type != XML_ELEMENT_NODE)
			continue;
		uint64_t own = parts_of(e, c, false), here = q.state.next & own;
		const struct grammar_element *pattern = only(e, here ? here : own);

		if (here)
			q.state = after(e, here);
		else if (!own)
			unknown(&q, c);
		else if (!misplaced(&q, c, own))
			pattern = NULL; /* it may be meant for another */
		if (pattern)
			walk(r, pattern, c);
	}
	if (!q.state.done && !q.unsure && !is_full(r))
		lacking_end(&q);
}

static void check_value(struct content_run *r, const struct grammar_element *e, const xmlNode *n)
{
	const xmlNode *inner = content_child(n);
	const char *name = content_name(r->arena, n);

	if (inner) {
		content_report_node(r, inner, "%s may not stand in %s; it holds only text",
			content_name(r->arena, inner), name);
		return;
	}
	const char *cause = value_cause(r, name, e->value, content_text(r->arena, n));
	if (cause)
		content_report_node(r, n, "%s", cause);
}

static void walk(struct content_run *r, const struct grammar_element *e, const xmlNode *n)
{
	if (e->vague)
		return;
	check_attributes(r, e, n);
	if (e->value)
		check_value(r, e, n);
	else
		check_content(r, e, n);
}

bool content_explain(struct content_run *r, const struct grammar_element *grammar)
{
	const xmlNode *root = xmlDocGetRootElement(r->doc);
	const struct grammar_element *pattern = grammar && !grammar->vague ?
		only(grammar, parts_of(grammar, root, false)) : NULL;
	size_t before = r->n_problems;

	if (pattern)
		walk(r, pattern, root);
	return r->n_problems > before;
}
