/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is done to a discussion besides writing in it: by its readers, by who
 * asked, by its leads; and reports of posts with their queue. */
#include "discussion.h"
#include "session.h"

struct act {
	struct request *rq;
	struct discussion *t;
	struct post *p;
	bool on;
	const char *word, *text;
	int64_t version;
	struct group *to;
	const char **posts;      /* chosen ones */
	size_t n;
	char id[ID_SIZE];
	struct post_report *report;
};

/* Of a lead's act. Of a private group nothing is in the log, for that is read by people who must not know of it. */
static bool note(const struct act *k, struct db *w, const char *action, const char *object, struct error *err)
{
	const struct audit_entry entry = audit_entry(k->rq, action, object, k->text);

	return group_keep_lead(w, k->t->group_id, k->rq->account->id, err) &&
		(k->t->group_kind == GROUP_PRIVATE || audit_write(w, &entry, err));
}

static bool absent(struct error *err)
{
	return error_set(err, ERROR_NOT_FOUND, "There is no such discussion, or it is not open to you.");
}

static bool write(struct act *k, store_operation *op, struct error *err)
{
	struct request *rq = k->rq;

	if (!request_write(rq, op, k, err))
		return false;
	jobs_wake(rq->engine->jobs);
	return true;
}

/* ---- by any reader ---- */

static bool write_follow(struct db *w, void *arg, struct error *err)
{
	const struct act *k = arg;

	return discussion_follow(w, k->t->id, k->rq->account->id, k->on, err);
}

bool follow_save(struct request *rq, struct response *rs, struct error *err)
{
	struct act k = { .rq = rq, .on = strcmp(request_typed(rq, "follow"), "yes") == 0 };

	return open_discussion(rq, &k.t, err) && write(&k, write_follow, err) &&
		done_redirect(rq, rs, discussion_url(rq, k.t), k.on ? "follow" : "unfollow");
}

/* ---- the accepted answer ---- */

static bool write_answer(struct db *w, void *arg, struct error *err)
{
	const struct act *k = arg;

	return discussion_answer(w, k->t->id, k->on ? k->p->id : NULL, err);
}

bool answer_save(struct request *rq, struct response *rs, struct error *err)
{
	struct act k = { .rq = rq, .on = strcmp(request_typed(rq, "accept"), "yes") == 0 };
	struct post *first;
	bool may;
	size_t n;

	if (!open_post(rq, &k.p, &k.t, err))
		return false;
	may = k.t->leads;
	if (!may && (!post_list(rq->db, rq->arena, k.t->id, 0, 1, &first, &n, err) || !post_is_own(rq, &first[0],
		&may, err)))
		return false;
	if (!may || k.p->removed || k.p->num == 1)
		return absent(err);
	return write(&k, write_answer, err) && done_redirect(rq, rs, discussion_url(rq, k.t), k.on ? "answer" :
		"no-answer");
}

/* ---- removing ---- */

/* *own: by who wrote it; else a lead does it. */
static bool open_removable(struct act *k, bool *own, struct error *err)
{
	if (!open_post(k->rq, &k->p, &k->t, err) || !post_is_own(k->rq, k->p, own, err))
		return false;
	return ((*own || k->t->leads) && !k->p->removed) || absent(err);
}

static void put_excerpt(struct request *rq, struct data *page, const struct discussion *t,
	const struct post *p)
{
	data_text(page, "title_of", t->title);
	data_text(page, "who", p->author_id ? p->author_name : "A member of this group");
	data_text(page, "at", post_when(rq, p, p->at_us));
	data_text(page, "excerpt", text_excerpt(rq->arena, p->text, 400));
	data_url(page, "back_url", post_url(rq, p));
	page_crumb(page, t->title, discussion_url(rq, t));
}

bool post_delete_page(struct request *rq, struct response *rs, struct error *err)
{
	struct act k = { .rq = rq };
	bool own;

	if (!open_removable(&k, &own, err))
		return false;
	struct data *page = discussion_page_create(rq, "Remove a post", NULL);
	put_excerpt(rq, page, k.t, k.p);
	data_flag(page, "own", own);
	data_flag(page, "first", k.p->num == 1);
	data_url(page, "send_url", post_act_url(rq, k.p, "delete"));
	page_crumb(page, "Remove a post", (struct url){ NULL });
	return page_send_private(rq, rs, "post-delete", page, err);
}

static bool write_remove(struct db *w, void *arg, struct error *err)
{
	const struct act *k = arg;

	return post_remove(w, k->rq->arena, k->p->id, k->on ? POST_REMOVED_BY_AUTHOR : POST_REMOVED_BY_LEAD,
		err) &&
		/* Never who took an unattributed post back. */
		(k->on || (note(k, w, "post.remove", k->p->id, err) &&
		post_tell_removed(w, k->rq->arena, k->rq->engine, k->p->id, err)));
}

bool post_delete_save(struct request *rq, struct response *rs, struct error *err)
{
	struct act k = { .rq = rq };

	return open_removable(&k, &k.on, err) && write(&k, write_remove, err) && done_redirect(rq, rs,
		discussion_url(rq, k.t), "removed");
}

/* ---- by its leads ---- */

static bool open_led(struct act *k, struct error *err)
{
	return open_discussion(k->rq, &k->t, err) && (k->t->leads || absent(err));
}

static bool show_manage(struct act *k, struct response *rs, const char *wrong, struct error *err)
{
	struct request *rq = k->rq;
	struct data *page = discussion_page_create(rq, "Look after a discussion", wrong);

	data_text(page, "title_of", k->t->title);
	data_url(page, "back_url", discussion_url(rq, k->t));
	data_flag(page, "pinned", k->t->pinned);
	data_flag(page, "closed", k->t->closed);
	data_text(page, "title_typed", k->text ? k->text : k->t->title);
	data_int(page, "version", (long long)k->t->version);
	data_url(page, "send_url", url_path(rq->arena, "%b/discussions/%s/manage", rq->base, k->t->id));
	data_url(page, "move_url", url_path(rq->arena, "%b/discussions/%s/move", rq->base, k->t->id));
	data_url(page, "split_url", url_path(rq->arena, "%b/discussions/%s/split", rq->base, k->t->id));
	page_crumb(page, k->t->title, discussion_url(rq, k->t));
	page_crumb(page, "Look after it", (struct url){ NULL });
	if (wrong)
		rs->status = 400;
	return page_send_private(rq, rs, "discussion-manage", page, err);
}

bool manage_page(struct request *rq, struct response *rs, struct error *err)
{
	struct act k = { .rq = rq };

	return open_led(&k, err) && show_manage(&k, rs, NULL, err);
}

static bool write_manage(struct db *w, void *arg, struct error *err)
{
	struct act *k = arg;
	const char *id = k->t->id, *title = k->text;
	bool ok;

	k->text = NULL; /* the log holds no titles */
	if (strcmp(k->word, "pin") == 0 || strcmp(k->word, "unpin") == 0)
		ok = discussion_pin(w, id, k->on, err);
	else if (strcmp(k->word, "close") == 0 || strcmp(k->word, "reopen") == 0)
		ok = discussion_close(w, id, k->on, err);
	else
		ok = discussion_rename(w, k->rq->arena, id, k->version, title, err);
	ok = ok && note(k, w, arena_printf(k->rq->arena, "discussion.%s", k->word), id, err);
	k->text = title;
	return ok;
}

bool manage_save(struct request *rq, struct response *rs, struct error *err)
{
	static const char *const acts[] = { "pin", "unpin", "close", "reopen", "renamed" };
	const char *act = request_typed(rq, "act");
	struct act k = { .rq = rq, .text = text_normalise(rq->arena, request_typed(rq, "title")),
		.version = strtoll(request_typed(rq, "version"), NULL, 10) };
	struct error failed = { 0 };

	if (!open_led(&k, err))
		return false;
	for (size_t i = 0; i < sizeof acts / sizeof *acts; i++)
		if (strcmp(acts[i], act) == 0)
			k.word = acts[i];
	if (!k.word)
		return show_manage(&k, rs, "Choose what is to be done.", err);
	k.on = strcmp(k.word, "pin") == 0 || strcmp(k.word, "close") == 0;
	if (strcmp(k.word, "renamed") == 0 && (!*k.text || text_letters(k.text) > TITLE_MAX_LETTERS))
		return show_manage(&k, rs, arena_printf(rq->arena, "Give the discussion a title of at most %d "
			"letters.", TITLE_MAX_LETTERS), err);
	if (write(&k, write_manage, &failed))
		return done_redirect(rq, rs, discussion_url(rq, k.t), k.word);
	if (failed.kind != ERROR_CONFLICT)
		return *err = failed, false;
	return show_manage(&k, rs, arena_printf(rq->arena, "Someone has changed the title meanwhile: it is “%s” "
		"now. Yours stands below.", k.t->title), err);
}

/* ---- moving ---- */

/* Groups of this space that the lead reads, but its own. */
static bool move_targets(struct act *k, struct data *page, const char *chosen, struct error *err)
{
	struct request *rq = k->rq;
	struct group *list;
	size_t n;

	if (!group_list(rq->db, rq->arena, rq->space->id, &list, &n, err))
		return false;
	for (size_t i = 0; i < n; i++) {
		if (!list[i].reads || list[i].closed_us || strcmp(list[i].id, k->t->group_id) == 0)
			continue;
		page_option(page, "groups", list[i].slug, group_label(rq->arena, &list[i]), chosen);
		data_flag(page, "targets", true);
		if (strcmp(list[i].slug, chosen) == 0)
			k->to = &list[i];
	}
	return true;
}

static bool show_move(struct act *k, struct response *rs, const char *wrong, struct error *err)
{
	struct request *rq = k->rq;
	const char *chosen = request_typed(rq, "group");
	struct data *page = discussion_page_create(rq, "Move a discussion", wrong);
	int64_t now, then, leads;

	if (!move_targets(k, page, chosen, err) || !discussion_people(rq->db, k->t->group_id, &now, &leads, err))
		return false;
	data_text(page, "title_of", k->t->title);
	data_text(page, "group", discussion_group_label(rq->arena, k->t, rq->space->short_name));
	data_flag(page, "private_group", k->t->group_kind == GROUP_PRIVATE);
	data_textf(page, "now_people", "%lld %s", (long long)now, now == 1 ? "person" : "people");
	if (k->to) {
		if (!discussion_people(rq->db, k->to->id, &then, &leads, err))
			return false;
		data_text(page, "to", group_label(rq->arena, k->to));
		data_text(page, "to_slug", k->to->slug);
		data_textf(page, "then_people", "%lld %s", (long long)then, then == 1 ? "person" : "people");
	}
	data_url(page, "send_url", url_path(rq->arena, "%b/discussions/%s/move", rq->base, k->t->id));
	data_url(page, "back_url", discussion_url(rq, k->t));
	page_crumb(page, k->t->title, discussion_url(rq, k->t));
	page_crumb(page, "Move", (struct url){ NULL });
	if (wrong)
		rs->status = 400;
	return page_send_private(rq, rs, "discussion-move", page, err);
}

bool move_page(struct request *rq, struct response *rs, struct error *err)
{
	struct act k = { .rq = rq };

	return open_led(&k, err) && show_move(&k, rs, NULL, err);
}

static bool write_move(struct db *w, void *arg, struct error *err)
{
	const struct act *k = arg;

	return discussion_move(w, k->rq->arena, k->t->id, k->to, err) && note(k, w, "discussion.move", k->t->id,
		err);
}

/* First it says who will read it then; done is what was confirmed for that group. */
bool move_save(struct request *rq, struct response *rs, struct error *err)
{
	struct act k = { .rq = rq };
	struct error failed = { 0 };

	if (!open_led(&k, err) || !move_targets(&k, data_create(rq->arena), request_typed(rq, "group"), err))
		return false;
	if (!k.to)
		return show_move(&k, rs, "Choose a group.", err);
	if (strcmp(request_typed(rq, "sure"), k.to->slug) != 0)
		return show_move(&k, rs, NULL, err);
	if (write(&k, write_move, &failed))
		return done_redirect(rq, rs, discussion_url(rq, k.t), "moved");
	if (failed.kind != ERROR_CONFLICT)
		return *err = failed, false;
	return show_move(&k, rs, failed.text, err);
}

/* ---- splitting ---- */

static bool is_chosen(const struct act *k, const char *id)
{
	for (size_t i = 0; i < k->n; i++)
		if (strcmp(k->posts[i], id) == 0)
			return true;
	return false;
}

static bool show_split(struct act *k, struct response *rs, const char *wrong, struct error *err)
{
	struct request *rq = k->rq;
	struct data *page = discussion_page_create(rq, "Split a discussion", wrong);
	struct url here = url_path(rq->arena, "%b/discussions/%s/split", rq->base, k->t->id);
	int64_t from = request_arg_int(rq, "from", 1), before;
	struct post *list;
	size_t n;

	if (!post_list(rq->db, rq->arena, k->t->id, from, POSTS_A_PAGE, &list, &n, err))
		return false;
	for (size_t i = 0; i < n; i++) {
		if (list[i].num == 1)
			continue;
		struct data *d = data_item(page, "choices");

		data_text(d, "id", list[i].id);
		data_text(d, "who", list[i].author_id ? list[i].author_name : "A member of this group");
		data_text(d, "at", post_when(rq, &list[i], list[i].at_us));
		data_text(d, "excerpt", list[i].removed ? "Removed." : text_excerpt(rq->arena, list[i].text, 160));
		data_flag(d, "chosen", is_chosen(k, list[i].id));
	}
	if (n && !post_page_before(rq->db, k->t->id, list[0].num - 1, POSTS_A_PAGE, &before, err))
		return false;
	if (n && before)
		data_url(page, "prev_url", url_query_int(rq->arena, here, "from", before));
	if (n && list[n - 1].num < k->t->last_num)
		data_url(page, "next_url", url_query_int(rq->arena, here, "from", list[n - 1].num + 1));
	data_text(page, "title_of", k->t->title);
	data_text(page, "title_typed", k->text);
	data_url(page, "send_url", here);
	data_url(page, "back_url", discussion_url(rq, k->t));
	page_crumb(page, k->t->title, discussion_url(rq, k->t));
	page_crumb(page, "Split", (struct url){ NULL });
	if (wrong)
		rs->status = 400;
	return page_send_private(rq, rs, "discussion-split", page, err);
}

bool split_page(struct request *rq, struct response *rs, struct error *err)
{
	struct act k = { .rq = rq };

	return open_led(&k, err) && show_split(&k, rs, NULL, err);
}

static bool write_split(struct db *w, void *arg, struct error *err)
{
	struct act *k = arg;
	const char *title = k->text;

	k->text = NULL;
	bool ok = discussion_add(w, k->t->group_id, k->rq->account->id, title, k->t->id, k->id, err) &&
		discussion_split(w, k->rq->arena, k->t->id, k->id, k->posts, k->n, err) && note(k, w,
		"discussion.split", k->t->id, err);
	k->text = title;
	return ok;
}

/* The chosen ones in the order of the form, which is that of the discussion. */
static void read_chosen(struct act *k)
{
	struct request *rq = k->rq;

	k->posts = arena_array(rq->arena, POSTS_A_PAGE, sizeof *k->posts);
	for (size_t i = 0; i < rq->n_form && k->n < POSTS_A_PAGE; i++)
		if (strcmp(rq->form[i].name, "post") == 0 && id_valid(rq->form[i].value) && !is_chosen(k,
			rq->form[i].value))
			k->posts[k->n++] = rq->form[i].value;
}

bool split_save(struct request *rq, struct response *rs, struct error *err)
{
	struct act k = { .rq = rq, .text = text_normalise(rq->arena, request_typed(rq, "title")) };
	struct error failed = { 0 };

	if (!open_led(&k, err))
		return false;
	read_chosen(&k);
	if (!*k.text || text_letters(k.text) > TITLE_MAX_LETTERS)
		return show_split(&k, rs, arena_printf(rq->arena, "Give the new discussion a title of at most %d "
			"letters.", TITLE_MAX_LETTERS), err);
	if (!k.n)
		return show_split(&k, rs, "Choose the posts that are to be a discussion of their own.", err);
	if (write(&k, write_split, &failed))
		return done_redirect(rq, rs, url_path(rq->arena, "%b/discussions/%s", rq->base, k.id), "split");
	if (failed.kind != ERROR_INVALID && failed.kind != ERROR_CONFLICT)
		return *err = failed, false;
	return show_split(&k, rs, failed.text, err);
}

/* ---- reports ---- */

static bool open_reportable(struct act *k, struct error *err)
{
	bool own;

	if (!open_post(k->rq, &k->p, &k->t, err) || !post_is_own(k->rq, k->p, &own, err))
		return false;
	return (!own && !k->p->removed) || absent(err);
}

static bool show_report(struct act *k, struct response *rs, const char *wrong, struct error *err)
{
	struct request *rq = k->rq;
	struct data *page = discussion_page_create(rq, "Report a post", wrong);
	int64_t readers, leads;

	if (!discussion_people(rq->db, k->t->group_id, &readers, &leads, err))
		return false;
	put_excerpt(rq, page, k->t, k->p);
	data_flag(page, "leads", leads > 0);
	data_text(page, "reason", k->text);
	data_int(page, "reason_max", REASON_MAX_LETTERS);
	data_url(page, "send_url", post_act_url(rq, k->p, "report"));
	page_crumb(page, "Report a post", (struct url){ NULL });
	if (wrong)
		rs->status = 400;
	return page_send_private(rq, rs, "post-report", page, err);
}

bool report_page(struct request *rq, struct response *rs, struct error *err)
{
	struct act k = { .rq = rq };

	return open_reportable(&k, err) && show_report(&k, rs, NULL, err);
}

static bool write_report(struct db *w, void *arg, struct error *err)
{
	struct act *k = arg;

	return report_add(w, k->p->id, k->rq->account->id, k->text, k->id, err) &&
		report_tell_leads(w, k->rq->arena, k->rq->engine, k->p->id, k->rq->account->id, err);
}

bool report_save(struct request *rq, struct response *rs, struct error *err)
{
	struct act k = { .rq = rq, .text = request_typed(rq, "reason") };

	if (!open_reportable(&k, err))
		return false;
	if (!*k.text || text_letters(k.text) > REASON_MAX_LETTERS)
		return show_report(&k, rs, arena_printf(rq->arena, "Say in a few words what is wrong: at most %d "
			"letters.", REASON_MAX_LETTERS), err);
	return write(&k, write_report, err) && done_redirect(rq, rs, discussion_url(rq, k.t), "reported");
}

static const char *const report_done[][2] = { { "kept", "The post stays. Who reported it is told." },
	{ "removed", "The post is removed. Who reported it is told." }, { "closed",
	"The discussion is closed. Who reported the post is told." }, { NULL, NULL } };

static void put_report(struct request *rq, struct data *d, const struct post_report *r)
{
	data_text(d, "id", r->id);
	data_text(d, "title", r->title);
	data_text(d, "reason", r->reason);
	data_text(d, "at", moment_human(rq->arena, r->at_us));
	data_text(d, "who", r->post.author_id ? r->post.author_name : "A member of this group");
	data_text(d, "excerpt", r->post.removed ? "The post is removed." : text_excerpt(rq->arena, r->post.text,
		600));
	data_flag(d, "there", !r->post.removed);
	data_url(d, "url", post_url(rq, &r->post));
	data_url(d, "send_url", url_path(rq->arena, "%b/discussions/reports/%s", rq->base, r->id));
	if (r->handled_us) {
		data_text(d, "handled", moment_human(rq->arena, r->handled_us));
		data_text(d, "handler", r->handler_name);
		data_text(d, "outcome", strcmp(r->outcome, "removed") == 0 ? "The post was removed" :
			strcmp(r->outcome, "closed") == 0 ? "The discussion was closed" : "The post stayed");
	}
}

bool reports_page(struct request *rq, struct response *rs, struct error *err)
{
	struct data *page = discussion_page_create(rq, "Reported posts", NULL);
	struct post_report *waiting, *old;
	struct group *groups;
	bool leads = false;
	size_t n, n_old, n_groups;

	if (!group_list(rq->db, rq->arena, rq->space->id, &groups, &n_groups, err))
		return false;
	for (size_t i = 0; i < n_groups; i++)
		leads |= groups[i].leads && groups[i].reads;
	if (!leads)
		return error_absent(err);
	if (!report_list(rq->db, rq->arena, rq->space->id, true, &waiting, &n, err) ||
		!report_list(rq->db, rq->arena, rq->space->id, false, &old, &n_old, err))
		return false;
	for (size_t i = 0; i < n; i++)
		put_report(rq, data_item(page, "waiting"), &waiting[i]);
	for (size_t i = 0; i < n_old && i < 20; i++)
		put_report(rq, data_item(page, "handled"), &old[i]);
	data_text(page, "done", done_text(rq, report_done));
	page_crumb(page, "Reported posts", (struct url){ NULL });
	return page_send_private(rq, rs, "reports", page, err);
}

static bool write_settle(struct db *w, void *arg, struct error *err)
{
	struct act *k = arg;
	struct request *rq = k->rq;
	const char **reporters;
	size_t n;

	if (!report_settle(w, rq->arena, k->report->post_id, k->word, rq->account->id, &reporters, &n, err) ||
		(strcmp(k->word, "removed") == 0 && !post_remove(w, rq->arena, k->report->post_id,
		POST_REMOVED_BY_LEAD, err)) ||
		(strcmp(k->word, "closed") == 0 && !discussion_close(w, k->report->discussion_id, true, err)))
		return false;
	if (strcmp(k->word, "removed") == 0 && !post_tell_removed(w, rq->arena, rq->engine, k->report->post_id, err))
		return false;
	return report_tell_reporters(w, rq->arena, rq->engine, k->report->post_id, k->word, reporters, n, err) &&
		note(k, w, arena_printf(rq->arena, "report.%s", k->word), k->report->post_id, err);
}

/* What is removed is gone for good, so a lead is asked once more. */
static bool ask_removal(struct act *k, struct response *rs, struct error *err)
{
	struct request *rq = k->rq;
	struct data *page = discussion_page_create(rq, "Remove a post", NULL);

	put_excerpt(rq, page, k->t, &k->report->post);
	data_flag(page, "first", k->report->post.num == 1);
	data_flag(page, "reported", true);
	data_url(page, "back_url", url_path(rq->arena, "%b/discussions/reports", rq->base));
	data_url(page, "send_url", url_path(rq->arena, "%b/discussions/reports/%s", rq->base, k->report->id));
	page_crumb(page, "Remove a post", (struct url){ NULL });
	return page_send_private(rq, rs, "post-delete", page, err);
}

bool reports_save(struct request *rq, struct response *rs, struct error *err)
{
	struct act k = { .rq = rq };
	const char *act = request_typed(rq, "act");

	if (!report_get(rq->db, rq->arena, rq->space->id, request_arg(rq, "id"), &k.report, err) ||
		!discussion_get(rq->db, rq->arena, rq->space->id, k.report->discussion_id, &k.t, err))
		return false;
	for (size_t i = 0; report_done[i][0]; i++)
		if (strcmp(report_done[i][0], act) == 0)
			k.word = report_done[i][0];
	if (!k.word)
		return error_set(err, ERROR_INVALID, "The form that was sent is not well made.");
	if (k.report->handled_us)
		return error_set(err, ERROR_CONFLICT, "Another lead has already looked at this report.");
	if (strcmp(k.word, "removed") == 0 && strcmp(request_typed(rq, "sure"), "yes") != 0)
		return ask_removal(&k, rs, err);
	return write(&k, write_settle, err) && done_redirect(rq, rs, url_path(rq->arena,
		"%b/discussions/reports", rq->base), k.word);
}

/* ---- My page ---- */

bool exchange_mine(struct request *rq, struct mine *m, struct error *err)
{
	struct post_report *list;
	size_t n;

	if (!report_list(rq->db, rq->arena, NULL, true, &list, &n, err))
		return false;
	for (size_t i = 0; i < n; i++) {
		struct discussion *t;

		if (!discussion_get(rq->db, rq->arena, NULL, list[i].discussion_id, &t, err))
			return false;
		mine_add(m, &(struct mine_item){ .part = MINE_TASK, .title = arena_printf(rq->arena,
			"Look at a reported post in “%s”", t->title),
			.where = t->group_kind == GROUP_NETWORK ? "Whole network" : t->group_name,
			.url = url_path(rq->arena, "/s/%s/discussions/reports", t->space_slug) });
	}
	return true;
}
