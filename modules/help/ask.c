/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Asking for help, and changing what was asked. */
#include "help.h"

const struct param help_new_params[] = {
	{ "to", PARAM_SLUG, 0, 0, "The jurisdiction that is asked" },
	{ NULL, 0, 0, 0, NULL }
};

struct asking {
	struct request *rq;
	const struct help_request *old; /* NULL: a new one */
	struct help_text text;
	struct space *spaces;           /* all jurisdictions that the viewer sees */
	size_t n_spaces;
	bool *chosen;                   /* of them, those named */
	int64_t version;
	char id[ID_SIZE];
};

static bool read_spaces(struct asking *k, struct error *err)
{
	struct space *all;
	size_t n;

	if (!space_list(k->rq->db, k->rq->arena, &all, &n, err))
		return false;
	k->spaces = all;
	for (size_t i = 0; i < n; i++)
		if (space_is_jurisdiction(&all[i]) && strcmp(all[i].id, k->old ? k->old->space_id : k->rq->space->id) != 0)
			k->spaces[k->n_spaces++] = all[i];
	k->chosen = arena_array(k->rq->arena, k->n_spaces ? k->n_spaces : 1, sizeof *k->chosen);
	memset(k->chosen, 0, (k->n_spaces ? k->n_spaces : 1) * sizeof *k->chosen);
	return true;
}

static void choose(struct asking *k, const char *slug)
{
	for (size_t i = 0; slug && i < k->n_spaces; i++)
		if (strcmp(k->spaces[i].slug, slug) == 0)
			k->chosen[i] = true;
}

static void read_form(struct asking *k)
{
	struct request *rq = k->rq;
	struct help_text *t = &k->text;

	*t = (struct help_text){ .topic = request_typed(rq, "topic"), .title = request_typed(rq, "title"), .text = request_typed(rq, "text"),
		.needed = request_typed(rq, "needed"), .by_date = request_typed(rq, "by_date"),
		.audience = help_audience_parse(request_form(rq, "audience")) };
	k->version = strtoll(request_typed(rq, "version"), NULL, 10);
	for (size_t i = 0; i < k->n_spaces; i++) {
		if (!request_form(rq, arena_printf(rq->arena, "to_%s", k->spaces[i].slug)))
			continue;
		k->chosen[i] = true;
		if (t->n_named < HELP_NAMED_MAX)
			t->named[t->n_named] = k->spaces[i].id;
		t->n_named++;
	}
}

static const char *check(struct asking *k)
{
	struct help_text *t = &k->text;
	struct arena *a = k->rq->arena;
	const char *wrong = NULL;

	if (!*t->title)
		return "Say in a line what you need.";
	if (text_letters(t->title) > HELP_TITLE_MAX)
		return arena_printf(a, "The first line is too long: at most %d letters.", HELP_TITLE_MAX);
	if (!help_label(help_topics, t->topic))
		return "Choose a topic.";
	if (!*t->text)
		return "Say what it is for, so that others know whether they can help.";
	if (text_letters(t->text) > HELP_TEXT_MAX)
		return arena_printf(a, "What it is for is too long: at most %d letters.", HELP_TEXT_MAX);
	if (!help_label(help_needs, t->needed))
		return "Choose how soon you need it.";
	if (*t->by_date && (strlen(t->by_date) != 10 || !date_valid(t->by_date)))
		return "The date is a day, as 2026-12-09, or empty.";
	if (!t->audience)
		return "Choose who may see the request.";
	if (t->audience == HELP_TO_NAMED && t->n_named == 0)
		return "Choose the jurisdictions that you ask, or another answer to who may see it.";
	if (t->n_named > HELP_NAMED_MAX)
		return arena_printf(a, "Choose at most %d jurisdictions, or ask the whole network.", HELP_NAMED_MAX);
	return help_prose(k->rq, t->text, "r-", &t->prose, &wrong) ? NULL : wrong;
}

static void put_form(struct asking *k, struct data *page)
{
	const struct help_text *t = &k->text;

	data_text(page, "title_typed", t->title);
	data_text(page, "text_typed", t->text);
	data_text(page, "by_date", t->by_date);
	page_option(page, "topics", "", "Choose", NULL);
	for (size_t i = 0; help_topics[i][0]; i++)
		page_option(page, "topics", help_topics[i][0], help_topics[i][1], t->topic);
	for (size_t i = 0; help_needs[i][0]; i++)
		page_option(page, "needs", help_needs[i][0], help_needs[i][1], t->needed);
	data_text(page, "to_space", t->audience == HELP_TO_SPACE ? "checked" : NULL);
	data_text(page, "to_named", t->audience == HELP_TO_NAMED ? "checked" : NULL);
	data_flag(page, "named_open", t->audience == HELP_TO_NAMED);
	data_text(page, "to_network", t->audience == HELP_TO_NETWORK ? "checked" : NULL);
	for (size_t i = 0; i < k->n_spaces; i++) {
		struct data *item = data_item(page, "spaces");

		data_text(item, "slug", k->spaces[i].slug);
		data_text(item, "name", k->spaces[i].name);
		data_text(item, "checked", k->chosen[i] ? "checked" : NULL);
	}
}

/* now: what is stored meanwhile, beside what was typed; or NULL. */
static bool show(struct asking *k, struct response *rs, const char *wrong, const struct help_request *now,
	struct error *err)
{
	struct request *rq = k->rq;
	const char *title = k->old ? "Change the request" : "Ask for help";
	struct data *page = help_page_create(rq, wrong ? arena_printf(rq->arena, "Error: %s", title) : title);

	data_text(page, "heading", title);
	data_text(page, "wrong", wrong);
	put_form(k, page);
	data_text(page, "own_name", k->old ? k->old->space_name : rq->space->short_name);
	data_flag(page, "change", k->old);
	data_textf(page, "version", "%lld", (long long)k->version);
	if (now) {
		struct data *d = data_object(page, "theirs");

		data_text(d, "title", now->title);
		data_text(d, "text", now->text);
		rs->status = 409;
	} else if (wrong) {
		rs->status = 400;
	}
	data_url(page, "save_url", k->old ? url_path(rq->arena, "%b/help/%s/change", rq->base, k->old->id) :
		help_url(rq, ""));
	if (k->old)
		page_crumb(page, text_excerpt(rq->arena, k->old->title, 40), help_url(rq, k->old->id));
	page_crumb(page, title, (struct url){ NULL });
	return page_send_private(rq, rs, "help-ask", page, err);
}

bool help_new(struct request *rq, struct response *rs, struct error *err)
{
	struct asking k = { .rq = rq, .text = { .title = "", .text = "", .topic = "", .needed = "month",
		.by_date = "" } };

	if (!request_own_jurisdiction(rq, err) || !read_spaces(&k, err))
		return false;
	if (request_arg(rq, "to")) {
		choose(&k, request_arg(rq, "to"));
		k.text.audience = HELP_TO_NAMED;
	}
	return show(&k, rs, NULL, NULL, err);
}

static bool write_new(struct db *w, void *arg, struct error *err)
{
	struct asking *k = arg;

	return help_add(w, &(struct help_by){ k->rq, k->rq->space->id, BY_ASKER }, &k->text, k->id, err);
}

bool help_new_save(struct request *rq, struct response *rs, struct error *err)
{
	struct asking k = { .rq = rq };
	struct error failed = { 0 };
	const char *wrong;

	if (!request_own_jurisdiction(rq, err) || !read_spaces(&k, err))
		return false;
	read_form(&k);
	wrong = check(&k);
	if (wrong)
		return show(&k, rs, wrong, NULL, err);
	if (request_write_wake(rq, write_new, &k, &failed))
		return done_redirect(rq, rs, help_url(rq, k.id), "asked");
	if (failed.kind == ERROR_CONFLICT)
		return show(&k, rs, failed.text, NULL, err);
	*err = failed;
	return false;
}

/* A request that the viewer may change. */
static bool read_old(struct asking *k, struct error *err)
{
	struct help_request *r;

	if (!help_get(k->rq->db, k->rq->arena, request_arg(k->rq, "id"), &r, err))
		return false;
	k->old = r;
	if (!r->asks)
		return error_absent(err);
	if (!help_next(r->state, HELP_CHANGE, BY_ASKER, &(struct help_rest){ 0, 0, false }))
		return error_set(err, ERROR_CONFLICT, "The request is closed. Open it again first.");
	return read_spaces(k, err);
}

bool help_edit(struct request *rq, struct response *rs, struct error *err)
{
	struct asking k = { .rq = rq };
	const char *(*named)[2];
	size_t n;

	if (!read_old(&k, err) || !help_named(rq->db, rq->arena, k.old->id, &named, &n, err))
		return false;
	for (size_t i = 0; i < n; i++)
		choose(&k, named[i][0]);
	k.version = k.old->version;
	k.text = (struct help_text){ .topic = k.old->topic, .title = k.old->title, .text = k.old->text,
		.needed = k.old->needed,
		.by_date = k.old->by_date, .audience = k.old->audience };
	return show(&k, rs, NULL, NULL, err);
}

static bool write_change(struct db *w, void *arg, struct error *err)
{
	struct asking *k = arg;

	return help_change(w, &(struct help_by){ k->rq, k->old->space_id, BY_ASKER }, k->old->id, k->version,
		&k->text, err);
}

bool help_edit_save(struct request *rq, struct response *rs, struct error *err)
{
	struct asking k = { .rq = rq };
	struct error failed = { 0 };
	struct help_request *now;
	const char *wrong;

	if (!read_old(&k, err))
		return false;
	read_form(&k);
	wrong = check(&k);
	if (wrong)
		return show(&k, rs, wrong, NULL, err);
	if (request_write_wake(rq, write_change, &k, &failed))
		return done_redirect(rq, rs, help_url(rq, k.old->id), "changed");
	if (failed.kind != ERROR_CONFLICT) {
		*err = failed;
		return false;
	}
	db_end(rq->db);
	if (!db_begin(rq->db, rq->viewer, err) || !help_get(rq->db, rq->arena, k.old->id, &now, err))
		return false;
	k.version = now->version;
	return show(&k, rs, "Someone else has changed or closed this request meanwhile. What is saved stands "
		"beside what you typed; saving "
		"again replaces it.", now, err);
}
