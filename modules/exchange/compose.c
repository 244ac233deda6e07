/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Writing: a new discussion, an answer, a change; with preview and drafts. */
#include "discussion.h"
#include "session.h"

const struct param discussion_new_params[] = {
	{ "group", PARAM_SLUG, 0, 0, "The group that is asked" },
	{ NULL, 0, 0, 0, NULL }
};

enum writing { WRITE_NEW, WRITE_REPLY, WRITE_EDIT };

/* What a handler works on. */
struct compose {
	struct request *rq;
	enum writing what;
	struct discussion *t;       /* of a reply or change */
	struct post *p;             /* of a change */
	struct group *groups;       /* of a new one: those that one may write to */
	size_t n_groups;
	struct group *g;            /* the chosen one, or NULL */
	const char *title, *text, *mention;
	bool nameless, files;
	int64_t version, thread_version;
	struct reader *readers;
	size_t n_readers;
	const struct reader *told[MENTIONS_MAX];
	size_t n_told;
	struct prose prose;
	const char *group_slug;     /* as it was asked for */
	const char *id, *thread_id; /* what was made */
	bool draft;                 /* the texts come from the draft */
};

/* ---- what the form needs ---- */

static const char *group_id_of(const struct compose *c)
{
	return c->t ? c->t->group_id : c->g ? c->g->id : NULL;
}

/* Without a name: only where the group said so, and among enough people that one is not found by counting. */
static bool nameless_offered(const struct compose *c, bool *offered, struct error *err)
{
	struct request *rq = c->rq;
	int64_t readers, leads;

	*offered = c->t ? c->t->unattributed : c->g && c->g->unattributed;
	if (!*offered)
		return true;
	if (!discussion_people(rq->db, group_id_of(c), &readers, &leads, err))
		return false;
	*offered = readers >= options_int(rq->engine->options, "exchange-unattributed-people");
	return true;
}

/* Names to choose from: everyone of a group whose people know each other; of the whole network those of this discussion. */
static bool put_people(const struct compose *c, struct data *page, struct error *err)
{
	enum group_kind kind = c->t ? c->t->group_kind : c->g ? c->g->kind : 0;
	struct request *rq = c->rq;
	struct reader *list;
	struct post *posts;
	size_t n;

	if (kind != GROUP_NETWORK && group_id_of(c)) {
		if (!discussion_readers(rq->db, rq->arena, group_id_of(c), &list, &n, err))
			return false;
		for (size_t i = 0; i < n && i < 300; i++)
			if (strcmp(list[i].account_id, rq->account->id) != 0)
				data_text(data_item(page, "people"), "name", list[i].place && kind == GROUP_PRIVATE ?
					arena_printf(rq->arena, "%s (%s)", list[i].name, list[i].place) : list[i].name);
		return true;
	}
	if (!c->t)
		return true;
	if (!post_list(rq->db, rq->arena, c->t->id, 1, POSTS_A_PAGE, &posts, &n, err))
		return false;
	for (size_t i = 0; i < n; i++) {
		size_t k = 0;

		while (k < i && (!posts[k].author_id || !posts[i].author_id || strcmp(posts[k].author_id,
			posts[i].author_id) != 0))
			k++;
		if (k == i && posts[i].author_id && strcmp(posts[i].author_id, rq->account->id) != 0)
			data_text(data_item(page, "people"), "name", posts[i].author_name);
	}
	return true;
}

static const char *place_of(const struct compose *c)
{
	return c->what == WRITE_NEW || !c->t ? "new" : c->t->id;
}

/* The fields of discussion-form.xhtml. */
static bool put_form(const struct compose *c, struct data *page, struct error *err)
{
	struct request *rq = c->rq;
	bool offered;

	if (!nameless_offered(c, &offered, err) || !put_people(c, page, err))
		return false;
	data_flag(page, "is_new", c->what == WRITE_NEW);
	data_flag(page, "is_reply", c->what == WRITE_REPLY);
	data_flag(page, "is_edit", c->what == WRITE_EDIT);
	data_flag(page, "titled", c->what == WRITE_NEW || (c->what == WRITE_EDIT && c->p->num == 1));
	data_text(page, "form_title", c->title);
	data_text(page, "form_text", c->text);
	data_text(page, "form_mention", c->mention);
	data_flag(page, "nameless_offered", offered && c->what != WRITE_EDIT);
	data_flag(page, "nameless", c->nameless);
	data_flag(page, "files_next", c->files);
	data_flag(page, "may_files", c->what != WRITE_EDIT);
	data_int(page, "text_max", POST_MAX_LETTERS);
	data_text(page, "place", place_of(c));
	data_url(page, "send_url", c->what == WRITE_NEW ? url_path(rq->arena, "%b/discussions/new", rq->base) :
		c->what == WRITE_REPLY && c->t ? url_path(rq->arena, "%b/discussions/%s/reply", rq->base, c->t->id) :
			post_act_url(rq, c->p, "edit"));
	/* What is typed there may be meant to be nobody's: it is not kept by itself. */
	if (c->what != WRITE_EDIT && !(c->t ? c->t->unattributed : c->g && c->g->unattributed))
		data_url(page, "draft_url", url_path(rq->arena, "%b/discussions/draft", rq->base));
	data_url(page, "discard_url", url_path(rq->arena, "%b/discussions/draft/discard", rq->base));
	data_flag(page, "drafted", c->draft);
	for (size_t i = 0; i < c->n_groups; i++)
		page_option(page, "groups", c->groups[i].slug, group_label(rq->arena, &c->groups[i]), c->g ?
			c->g->slug : "");
	return true;
}

static bool read_draft(struct compose *c, struct error *err)
{
	struct request *rq = c->rq;
	struct post_draft *d;

	if (!post_draft_get(rq->db, rq->arena, rq->space->id, place_of(c), &d, err))
		return false;
	if (!d)
		return true;
	c->draft = true;
	c->title = d->title;
	c->text = d->text;
	for (size_t i = 0; i < c->n_groups; i++)
		if (strcmp(c->groups[i].id, d->group_id) == 0)
			c->g = &c->groups[i];
	return true;
}

bool reply_form(struct request *rq, struct data *page, struct discussion *t, struct error *err)
{
	struct compose c = { .rq = rq, .what = WRITE_REPLY, .t = t, .title = "", .text = "", .mention = "" };

	data_flag(page, "open", !t->closed && !t->group_closed);
	return t->closed || t->group_closed || (read_draft(&c, err) && put_form(&c, page, err));
}

/* ---- the page of its own ---- */

static const char *heading_of(const struct compose *c)
{
	return c->what == WRITE_NEW ? "Begin a discussion" : c->what == WRITE_REPLY ? "Answer" :
		"Change your post";
}

static bool show(struct compose *c, struct response *rs, const char *wrong, bool preview, const char *theirs,
	struct error *err)
{
	struct request *rq = c->rq;
	struct data *page = discussion_page_create(rq, heading_of(c), wrong);

	if (!put_form(c, page, err))
		return false;
	if (preview)
		data_markup(page, "preview", html_stored(c->prose.html));
	data_flag(page, "no_group", c->what == WRITE_NEW && c->n_groups == 0);
	data_text(page, "theirs", theirs);
	data_int(page, "version", (long long)c->version);
	data_int(page, "thread_version", (long long)c->thread_version);
	if (c->t) {
		data_text(page, "title_of", c->t->title);
		data_url(page, "back_url", c->p ? post_url(rq, c->p) : discussion_url(rq, c->t));
		page_crumb(page, c->t->title, discussion_url(rq, c->t));
	}
	page_crumb(page, heading_of(c), (struct url){ NULL });
	if (wrong)
		rs->status = theirs ? 409 : 400;
	return page_send_private(rq, rs, "discussion-write", page, err);
}

/* ---- reading the form ---- */

static void read_form_fields(struct compose *c)
{
	struct request *rq = c->rq;

	c->title = text_normalise(rq->arena, request_typed(rq, "title"));
	c->text = request_typed(rq, "text");
	c->mention = request_typed(rq, "mention");
	c->nameless = strcmp(request_typed(rq, "nameless"), "yes") == 0;
	c->files = strcmp(request_typed(rq, "files"), "yes") == 0;
}

static bool act_is(const struct request *rq, const char *act)
{
	return strcmp(request_typed(rq, "act"), act) == 0;
}

static bool read_readers(struct compose *c, struct error *err)
{
	return discussion_readers(c->rq->db, c->rq->arena, group_id_of(c), &c->readers, &c->n_readers, err);
}

/* Adds who was chosen to the text, if it does not name them. */
static const char *take_mention(struct compose *c)
{
	struct request *rq = c->rq;
	const struct reader *who, *named[MENTIONS_MAX];
	size_t n, i = 0;

	if (!*c->mention)
		return NULL;
	who = mention_choose(c->mention + (*c->mention == '@'), c->readers, c->n_readers);
	if (!who)
		return arena_printf(rq->arena, "Nobody who reads this group is called “%s”, or more than one person "
			"is. Choose a name from the list.", text_excerpt(rq->arena, c->mention, 60));
	n = mention_find(c->text, c->readers, c->n_readers, named);
	while (i < n && named[i] != who)
		i++;
	if (i == n)
		c->text = arena_printf(rq->arena, "%s\n\n@%s", c->text, who->name);
	c->mention = "";
	return NULL;
}

static const char *wrong_words(struct compose *c)
{
	struct arena *a = c->rq->arena;
	bool titled = c->what == WRITE_NEW || (c->what == WRITE_EDIT && c->p->num == 1);

	if (c->what == WRITE_NEW && !c->g)
		return "Choose the group that you ask.";
	if (titled && !*c->title)
		return "Give the discussion a title.";
	if (titled && text_letters(c->title) > TITLE_MAX_LETTERS)
		return arena_printf(a, "The title is too long: at most %d letters.", TITLE_MAX_LETTERS);
	if (!*c->text)
		return "Type your words.";
	return text_letters(c->text) > POST_MAX_LETTERS ? arena_printf(a, "That is too long: at most %d letters. Attach a "
		"longer text as a file.", POST_MAX_LETTERS) : NULL;
}

static const char *nameless_words(struct compose *c, bool *failed, struct error *err)
{
	bool offered;

	*failed = false;
	if (!c->nameless)
		return NULL;
	if (!nameless_offered(c, &offered, err)) {
		*failed = true;
		return NULL;
	}
	return offered ? NULL : arena_printf(c->rq->arena, "Nobody can post here without their name: the group is "
		"not for it, or has fewer "
		"than %lld people.", (long long)options_int(c->rq->engine->options, "exchange-unattributed-people"));
}

static void names_told(struct compose *c, const char **names)
{
	c->n_told = mention_find(c->prose.text, c->readers, c->n_readers, c->told);
	*names = mention_names(c->rq->arena, c->told, c->n_told);
}

/* Checks all; *wrong is for people. False: err. */
static bool check(struct compose *c, const char **wrong, struct error *err)
{
	struct request *rq = c->rq;
	struct error drawn = { 0 };
	bool failed;

	*wrong = wrong_words(c);
	if (!*wrong)
		*wrong = nameless_words(c, &failed, err);
	if (*wrong)
		return true;
	if (failed || !read_readers(c, err))
		return false;
	*wrong = take_mention(c);
	if (*wrong)
		return true;
	if (!prose_draw(rq->engine->schemas, rq->arena, c->text, arena_printf(rq->arena, "p-%s-", c->id),
		&c->prose, &drawn)) {
		if (drawn.kind != ERROR_INVALID)
			return *err = drawn, false;
		*wrong = arena_strdup(rq->arena, drawn.text);
	} else if (!*c->prose.text) {
		*wrong = "Type your words.";
	}
	return true;
}

/* ---- saving ---- */

static bool write_post(struct db *w, void *arg, struct error *err)
{
	struct compose *c = arg;
	struct request *rq = c->rq;
	const char *author = c->nameless ? NULL : rq->account->id;
	char thread[ID_SIZE], mark[MARK_SIZE];
	struct post_new n = { .author_id = author, .author_place = author ? account_place(rq->account,
		rq->space->id) : NULL, .markdown = c->text,
		.html = c->prose.html, .text = c->prose.text, .id = c->id };

	names_told(c, &n.mentions);
	if (!author && !post_mark(rq->engine, rq->account->id, c->id, mark, err))
		return false;
	n.mark = author ? NULL : mark;
	if (c->t)
		snprintf(thread, sizeof thread, "%s", c->t->id);
	else if (!discussion_add(w, c->g->id, author, c->title, NULL, thread, err))
		return false;
	n.discussion_id = c->thread_id = arena_strdup(rq->arena, thread);
	return post_add(w, rq->arena, &n, err) && post_draft_remove(w, rq->account->id, rq->space->id,
		place_of(c), err) &&
		/* Readers hear of a post without a name later, by a job: tell.c. */
		(!author || post_tell(w, rq->arena, rq->engine, c->id, author, rq->account->name, !c->t, c->told,
			c->n_told, err));
}

static bool write_draft(struct db *w, void *arg, struct error *err)
{
	const struct compose *c = arg;
	const struct post_draft d = { .place = place_of(c), .group_id = group_id_of(c), .title = c->title,
		.text = c->text };

	return post_draft_put(w, c->rq->account->id, c->rq->space->id, &d, err);
}

static bool keep_draft(struct compose *c, struct response *rs, struct error *err)
{
	struct request *rq = c->rq;
	const char *wrong = NULL;

	if (c->nameless)
		wrong = "A draft is kept with your name, so none is kept of a post without it.";
	else if (!group_id_of(c))
		wrong = "Choose the group that you ask.";
	else if (text_letters(c->text) > POST_MAX_LETTERS || text_letters(c->title) > TITLE_MAX_LETTERS)
		wrong = "That is too long to be kept.";
	if (wrong)
		return show(c, rs, wrong, false, NULL, err);
	return request_write(rq, write_draft, c, err) && done_redirect(rq, rs,
		c->t ? discussion_url(rq, c->t) : url_path(rq->arena, "%b/discussions", rq->base), "draft");
}

static bool send_post(struct compose *c, struct response *rs, struct error *err)
{
	struct request *rq = c->rq;
	struct error failed = { 0 };
	char id[ID_SIZE];
	const char *wrong;

	if (c->nameless)
		post_id_new(id);
	else
		id_new(id);
	c->id = arena_strdup(rq->arena, id);
	if (act_is(rq, "draft"))
		return keep_draft(c, rs, err);
	if (!check(c, &wrong, err))
		return false;
	if (wrong || act_is(rq, "preview"))
		return show(c, rs, wrong, !wrong, NULL, err);
	if (!request_write(rq, write_post, c, &failed)) {
		if (failed.kind != ERROR_CONFLICT)
			return *err = failed, false;
		return show(c, rs, failed.text, false, NULL, err); /* closed meanwhile: the words are not lost */
	}
	jobs_wake(rq->engine->jobs);
	if (c->files && !c->nameless)
		return response_redirect(rs, url_path(rq->arena, "%b/discussions/posts/%s/files", rq->base, c->id));
	return done_redirect(rq, rs, url_path(rq->arena, "%b/discussions/posts/%s", rq->base, c->id), c->t ?
		"posted" : "new");
}

/* ---- a new discussion ---- */

static bool open_groups(struct compose *c, const char *slug, struct error *err)
{
	struct request *rq = c->rq;
	struct group *all;
	size_t n;

	if (!group_list(rq->db, rq->arena, rq->space->id, &all, &n, err))
		return false;
	c->groups = arena_array(rq->arena, n, sizeof *c->groups);
	for (size_t i = 0; i < n; i++)
		if (all[i].reads && !all[i].closed_us)
			c->groups[c->n_groups++] = all[i];
	for (size_t i = 0; i < c->n_groups; i++)
		if (slug && strcmp(c->groups[i].slug, slug) == 0)
			c->g = &c->groups[i];
	if (!slug && c->n_groups == 1)
		c->g = c->groups;
	return true;
}

bool discussion_new_page(struct request *rq, struct response *rs, struct error *err)
{
	struct compose c = { .rq = rq, .what = WRITE_NEW, .title = "", .text = "", .mention = "" };

	return open_groups(&c, request_arg(rq, "group"), err) && read_draft(&c, err) && show(&c, rs, NULL, false,
		NULL, err);
}

bool discussion_new_save(struct request *rq, struct response *rs, struct error *err)
{
	struct compose c = { .rq = rq, .what = WRITE_NEW };

	read_form_fields(&c);
	return open_groups(&c, request_typed(rq, "group"), err) && send_post(&c, rs, err);
}

bool reply_save(struct request *rq, struct response *rs, struct error *err)
{
	struct compose c = { .rq = rq, .what = WRITE_REPLY };

	read_form_fields(&c);
	if (!open_discussion(rq, &c.t, err))
		return false;
	if (c.t->closed || c.t->group_closed)
		return show(&c, rs, "This discussion is closed: nothing can be added to it.", false, NULL, err);
	return send_post(&c, rs, err);
}

/* ---- drafts ---- */

static bool draft_place(struct compose *c, struct error *err)
{
	struct request *rq = c->rq;
	const char *place = request_typed(rq, "place");

	if (strcmp(place, "new") == 0) {
		c->what = WRITE_NEW;
		return open_groups(c, request_typed(rq, "group"), err);
	}
	c->what = WRITE_REPLY;
	return id_valid(place) ? discussion_get(rq->db, rq->arena, rq->space->id, place, &c->t, err) :
		error_set(err, ERROR_NOT_FOUND, "There is no such discussion, or it is not open to you.");
}

/* By the script, while one types. */
bool post_draft_save(struct request *rq, struct response *rs, struct error *err)
{
	struct compose c = { .rq = rq };

	read_form_fields(&c);
	if (!draft_place(&c, err))
		return false;
	if (!group_id_of(&c) || c.nameless || (c.t ? c.t->unattributed : c.g->unattributed) ||
		text_letters(c.text) > POST_MAX_LETTERS || text_letters(c.title) > TITLE_MAX_LETTERS)
		return error_set(err, ERROR_INVALID, "This draft is not kept.");
	rs->status = 204;
	return request_write(rq, write_draft, &c, err);
}

static bool write_discard(struct db *w, void *arg, struct error *err)
{
	const struct compose *c = arg;

	return post_draft_remove(w, c->rq->account->id, c->rq->space->id, place_of(c), err);
}

bool post_draft_discard(struct request *rq, struct response *rs, struct error *err)
{
	struct compose c = { .rq = rq };

	return draft_place(&c, err) && request_write(rq, write_discard, &c,
		err) &&
		done_redirect(rq, rs, c.t ? discussion_url(rq, c.t) : url_path(rq->arena, "%b/discussions",
		rq->base), "discarded");
}

/* ---- changing a post ---- */

static bool open_own(struct compose *c, struct error *err)
{
	bool own;

	if (!open_post(c->rq, &c->p, &c->t, err) || !post_is_own(c->rq, c->p, &own, err))
		return false;
	if (!own || c->p->removed)
		return error_set(err, ERROR_NOT_FOUND, "There is no such discussion, or it is not open to you.");
	return (!c->t->closed && !c->t->group_closed) || error_set(err, ERROR_CONFLICT,
		"This discussion is closed: nothing in it can be changed.");
}

bool post_edit_page(struct request *rq, struct response *rs, struct error *err)
{
	struct compose c = { .rq = rq, .what = WRITE_EDIT, .mention = "" };

	if (!open_own(&c, err))
		return false;
	c.title = c.t->title;
	c.text = c.p->markdown;
	c.version = c.p->version;
	c.thread_version = c.t->version;
	return show(&c, rs, NULL, false, NULL, err);
}

static bool write_change(struct db *w, void *arg, struct error *err)
{
	struct compose *c = arg;
	struct request *rq = c->rq;
	struct post_new n = { .markdown = c->text, .html = c->prose.html, .text = c->prose.text };

	names_told(c, &n.mentions);
	if (c->p->num == 1 && strcmp(c->title, c->t->title) != 0 &&
		!discussion_rename(w, rq->arena, c->t->id, c->thread_version, c->title, err))
		return false;
	if (strcmp(c->text, c->p->markdown) == 0 && c->version == c->p->version)
		return true;
	if (!post_change(w, rq->arena, c->p, c->version, &n, err))
		return false;
	/* Who is mentioned now and was not told of the post is told; nobody else. */
	for (size_t i = 0; c->p->author_id && i < c->n_told; i++) {
		const struct notification_new told = { .account_id = c->told[i]->account_id, .kind = "mention",
			.space_id = c->t->space_id,
			.scope = c->t->scope, .key = arena_printf(rq->arena, "post:%s", c->p->id), .about = c->p->id,
			.title = arena_printf(rq->arena, "%s mentioned you in “%s”", rq->account->name, c->t->title),
			.path = arena_printf(rq->arena, "/discussions/%s", c->t->id) };

		if (strcmp(told.account_id, rq->account->id) != 0 && !notification_add(w, rq->engine, &told, err))
			return false;
	}
	return true;
}

bool post_edit_save(struct request *rq, struct response *rs, struct error *err)
{
	struct compose c = { .rq = rq, .what = WRITE_EDIT };
	struct error failed = { 0 };
	const char *wrong;

	read_form_fields(&c);
	if (!open_own(&c, err))
		return false;
	c.nameless = false;
	c.id = c.p->id;
	c.version = strtoll(request_typed(rq, "version"), NULL, 10);
	c.thread_version = strtoll(request_typed(rq, "thread_version"), NULL, 10);
	if (!check(&c, &wrong, err))
		return false;
	if (wrong || act_is(rq, "preview"))
		return show(&c, rs, wrong, !wrong, NULL, err);
	if (request_write(rq, write_change, &c, &failed)) {
		jobs_wake(rq->engine->jobs);
		return done_redirect(rq, rs, post_url(rq, c.p), "edited");
	}
	if (failed.kind != ERROR_CONFLICT)
		return *err = failed, false;
	/* In another window, or the title by a lead. What is sent next is sent over what is shown here. */
	c.version = c.p->version;
	c.thread_version = c.t->version;
	return show(&c, rs, "This was changed meanwhile, in another window or by a lead. Both texts are below: "
		"take over what you need, and save again.",
		false, arena_printf(rq->arena, "%s%s%s", c.p->num == 1 ? c.t->title : "", c.p->num == 1 ? "\n\n" :
		"", c.p->markdown), err);
}
