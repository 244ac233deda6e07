/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The hub, the lists of discussions, and a discussion. */
#include "../files/files.h"
#include "discussion.h"
#include "session.h"

const struct param discussions_params[] = {
	{ "group", PARAM_SLUG, 0, 0, "Only of that group" },
	{ "state", PARAM_SLUG, 0, 0, "open, unread, following, unanswered, answered or closed" },
	{ "page", PARAM_INT, 1, 100000, "Page of the list" },
	{ "done", PARAM_SLUG, 0, 0, "What was just done, sealed" },
	{ NULL, 0, 0, 0, NULL }
};
const struct param discussion_params[] = {
	{ "from", PARAM_INT, 1, (int64_t)1 << 40, "Number of the first post that is shown" },
	{ "done", PARAM_SLUG, 0, 0, "What was just done, sealed" },
	{ NULL, 0, 0, 0, NULL }
};

/* ---- shared ---- */

struct url discussion_url(const struct request *rq, const struct discussion *d)
{
	return url_path(rq->arena, "%b/discussions/%s", rq->base, d->id);
}

struct url post_url(const struct request *rq, const struct post *p)
{
	return url_path(rq->arena, "%b/discussions/posts/%s", rq->base, p->id);
}

struct url post_act_url(const struct request *rq, const struct post *p, const char *act)
{
	return url_path(rq->arena, "%b/discussions/posts/%s/%s", rq->base, p->id, act);
}

bool open_discussion(struct request *rq, struct discussion **d, struct error *err)
{
	return discussion_get(rq->db, rq->arena, rq->space->id, request_arg(rq, "id"), d, err);
}

bool open_post(struct request *rq, struct post **p, struct discussion **d, struct error *err)
{
	return post_get(rq->db, rq->arena, request_arg(rq, "id"), p, err) &&
		discussion_get(rq->db, rq->arena, rq->space->id, (*p)->discussion_id, d, err);
}

struct data *discussion_page_create(struct request *rq, const char *title, const char *wrong)
{
	struct data *page = page_create(rq, arena_printf(rq->arena, "%s%s", wrong ? "Error: " : "", title));

	data_text(page, "heading", title);
	data_text(page, "wrong", wrong);
	data_url(page, "list_url", url_path(rq->arena, "%b/discussions", rq->base));
	page_crumb(page, "Exchange", url_path(rq->arena, "%b/exchange", rq->base));
	page_crumb(page, "Discussions", url_path(rq->arena, "%b/discussions", rq->base));
	return page;
}

const char *post_when(struct request *rq, const struct post *p, int64_t us)
{
	return p->author_id ? moment_human(rq->arena, us) : moment_day_human(rq->arena, us);
}

bool post_is_own(struct request *rq, const struct post *p, bool *own, struct error *err)
{
	char mark[MARK_SIZE];

	*own = p->author_id && strcmp(p->author_id, rq->account->id) == 0;
	if (p->author_id || !p->mark)
		return true;
	if (!post_mark(rq->engine, rq->account->id, p->id, mark, err))
		return false;
	*own = strcmp(mark, p->mark) == 0;
	return true;
}

/* ---- the hub ---- */

bool exchange_page(struct request *rq, struct response *rs, struct error *err)
{
	static const struct { const char *path, *label, *words; } sections[] = {
		{ "discussions", "Discussions", "Ask and answer, in your groups and across the network." },
		{ "groups", "Groups", "Who meets here: everyone, a part of the team, or a few named people." },
		{ "sessions", "Working sessions", "Agendas, papers, notes, decisions and minutes of your meetings." },
		{ "peers", "Peers", "Jurisdictions that are like yours, and why." },
		{ "help", "Help", "Ask for help or a visit, and offer yours." },
		{ "plans", "Plans", "A guide turned into your own dated plan." },
		{ "people", "People", "Who works on this, as far as they want to be found." },
	};
	struct data *page = page_create(rq, "Exchange");

	data_text(page, "heading", "Exchange");
	for (size_t i = 0; i < sizeof sections / sizeof *sections; i++) {
		struct data *item = data_item(page, "sections");

		data_text(item, "label", sections[i].label);
		data_text(item, "words", sections[i].words);
		data_url(item, "url", url_path(rq->arena, "%b/%s", rq->base, sections[i].path));
		/* A section that this server does not have is not offered. */
		data_flag(item, "there", routes_known(rq->engine->routes, rq->arena, arena_printf(rq->arena, "/%s",
			sections[i].path)));
	}
	if (*rq->base)
		data_url(page, "network_exchange_url", url_path(rq->arena, "/exchange"));
	page_crumb(page, "Exchange", (struct url){ NULL });
	return page_send_private(rq, rs, "exchange", page, err);
}

/* ---- the list ---- */

static const char *const states[][2] = { { "", "All" }, { "unread", "New for me" }, { "following",
	"Followed by me" },
	{ "open", "Open" }, { "unanswered", "Without an accepted answer" }, { "answered",
	"With an accepted answer" }, { "closed", "Closed" }, { NULL, NULL } };

static const char *state_of(const char *asked)
{
	for (size_t i = 1; asked && states[i][0]; i++)
		if (strcmp(states[i][0], asked) == 0)
			return states[i][0];
	return NULL;
}

static void put_discussion(struct request *rq, struct data *d, const struct discussion *t)
{
	data_text(d, "title", t->title);
	data_url(d, "url", discussion_url(rq, t));
	data_text(d, "group", discussion_group_label(rq->arena, t, rq->space->short_name));
	data_text(d, "by", t->opener_name ? t->opener_name : "a member, without a name");
	data_text(d, "last", t->last_us % 86400000000 ? moment_human(rq->arena, t->last_us) :
		moment_day_human(rq->arena, t->last_us));
	data_textf(d, "posts", "%lld post%s", (long long)t->posts, t->posts == 1 ? "" : "s");
	data_flag(d, "pinned", t->pinned);
	data_flag(d, "closed", t->closed || t->group_closed);
	data_flag(d, "answered", t->answer_id);
	data_flag(d, "unread", t->last_num > t->seen_num);
	if (t->last_num > t->seen_num && t->seen_num)
		data_url(d, "unread_url", url_fragment(rq->arena, discussion_url(rq, t), "unread"));
}

/* The groups of this space that the viewer reads; *chosen: the one of that slug, or NULL. */
static bool read_groups(struct request *rq, struct data *page, const char *slug, struct group **chosen,
	size_t *reads, bool *leads, bool *writes, struct error *err)
{
	struct group *list;
	size_t n;

	*chosen = NULL;
	*reads = 0;
	*leads = *writes = false;
	if (!group_list(rq->db, rq->arena, rq->space->id, &list, &n, err))
		return false;
	page_option(page, "groups", "", "All my groups here", slug ? slug : "");
	for (size_t i = 0; i < n; i++) {
		if (!list[i].reads)
			continue;
		(*reads)++;
		*leads |= list[i].leads;
		*writes |= !list[i].closed_us;
		page_option(page, "groups", list[i].slug, group_label(rq->arena, &list[i]), slug ? slug : "");
		if (slug && strcmp(list[i].slug, slug) == 0)
			*chosen = &list[i];
	}
	return !slug || *chosen || error_set(err, ERROR_NOT_FOUND, "There is no such group, or it is not open to "
		"you.");
}

static bool put_drafts(struct request *rq, struct data *page, struct error *err)
{
	struct post_draft *list;
	size_t n;

	if (!post_draft_list(rq->db, rq->arena, rq->space->id, &list, &n, err))
		return false;
	for (size_t i = 0; i < n; i++) {
		struct data *d = data_item(page, "drafts");
		bool fresh = strcmp(list[i].place, "new") == 0;

		data_text(d, "label", fresh ? *list[i].title ? list[i].title : "A new discussion" :
			list[i].thread_title);
		data_text(d, "at", moment_human(rq->arena, list[i].at_us));
		data_url(d, "url", fresh ? url_path(rq->arena, "%b/discussions/new", rq->base) :
			url_fragment(rq->arena,
			url_path(rq->arena, "%b/discussions/%s", rq->base, list[i].place), "reply"));
	}
	return true;
}

static bool put_reports(struct request *rq, struct data *page, struct error *err)
{
	struct post_report *list;
	size_t n;

	if (!report_list(rq->db, rq->arena, rq->space->id, true, &list, &n, err))
		return false;
	data_url(page, "reports_url", url_path(rq->arena, "%b/discussions/reports", rq->base));
	data_int(page, "reports", (long long)n);
	return true;
}

static void put_nothing(struct request *rq, struct data *page, bool member, bool narrowed, struct url write)
{
	struct data *empty = data_object(page, "empty");

	data_text(empty, "heading", !member ? "You are in no group here" : narrowed ?
		"No discussion is like that" : "Nothing is discussed here yet");
	data_text(empty, "message", !member ? "Discussions are for the people of a jurisdiction. Those of the "
		"whole network are open to you." :
		narrowed ? "Choose other groups or states, or show all." : "Ask what you want to know, or tell what "
			"worked.");
	struct data *link = data_item(empty, "links");
	data_text(link, "label", !member ? "Discussions of the whole network" : narrowed ? "Show all" :
		"Begin a discussion");
	data_url(link, "url", !member ? url_path(rq->arena, "/discussions") : narrowed ? url_path(rq->arena,
		"%b/discussions", rq->base) : write);
}

static const char *const list_done[][2] = {
	{ "draft", "The draft is kept. You find it on this page." }, { "discarded", "The draft is gone." },
	{ "seen", "All discussions are marked as read." }, { NULL, NULL } };

bool discussions_page(struct request *rq, struct response *rs, struct error *err)
{
	const char *slug = request_arg(rq, "group"), *state = state_of(request_arg(rq, "state"));
	struct discussion_filter f = { .space_id = rq->space->id, .state = state, .limit = THREADS_A_PAGE };
	int current = (int)request_arg_int(rq, "page", 1);
	struct data *page = page_create(rq, "Discussions");
	struct discussion *list;
	struct group *chosen;
	size_t n, reads;
	int64_t total;
	bool leads, writes;
	struct url here = url_path(rq->arena, "%b/discussions", rq->base), write = url_path(rq->arena,
		"%b/discussions/new", rq->base);

	f.offset = (current - 1) * THREADS_A_PAGE;
	if (!read_groups(rq, page, slug, &chosen, &reads, &leads, &writes, err))
		return false;
	f.group_id = chosen ? chosen->id : NULL;
	if (!discussion_list(rq->db, rq->arena, &f, &list, &n, &total, err) || !put_drafts(rq, page, err) ||
		(leads && !put_reports(rq, page, err)))
		return false;
	write = url_query(rq->arena, write, "group", slug);
	data_text(page, "heading", "Discussions");
	data_text(page, "done", done_text(rq, list_done));
	data_flag(page, "member", reads > 0);
	if (writes)
		data_url(page, "write_url", write);
	for (size_t i = 0; states[i][0]; i++)
		page_option(page, "states", states[i][0], states[i][1], state ? state : "");
	data_textf(page, "count", "%lld discussion%s", (long long)total, total == 1 ? "" : "s");
	data_flag(page, "narrowed", slug || state);
	data_url(page, "list_url", here);
	data_url(page, "seen_url", url_path(rq->arena, "%b/discussions/seen", rq->base));
	if (*rq->base)
		data_url(page, "network_discussions_url", url_path(rq->arena, "/discussions"));
	for (size_t i = 0; i < n; i++)
		put_discussion(rq, data_item(page, "threads"), &list[i]);
	if (!n)
		put_nothing(rq, page, reads > 0, slug || state, write);
	page_pagination(page, url_query(rq->arena, url_query(rq->arena, here, "group", slug), "state", state),
		total, THREADS_A_PAGE, current);
	page_crumb(page, "Exchange", url_path(rq->arena, "%b/exchange", rq->base));
	page_crumb(page, "Discussions", (struct url){ NULL });
	return page_send_private(rq, rs, "discussions", page, err);
}

struct seen_all {
	struct request *rq;
	const char **groups;
	size_t n;
};

static bool write_seen_all(struct db *w, void *arg, struct error *err)
{
	const struct seen_all *s = arg;

	return discussion_seen_all(w, s->rq->space->id, s->rq->account->id, s->groups, s->n, err);
}

bool seen_save(struct request *rq, struct response *rs, struct error *err)
{
	struct seen_all s = { .rq = rq };
	struct group *list;
	size_t n;

	if (!group_list(rq->db, rq->arena, rq->space->id, &list, &n, err))
		return false;
	s.groups = arena_array(rq->arena, n, sizeof *s.groups);
	for (size_t i = 0; i < n; i++)
		if (list[i].reads)
			s.groups[s.n++] = list[i].id;
	return request_write(rq, write_seen_all, &s, err) &&
		done_redirect(rq, rs, url_path(rq->arena, "%b/discussions", rq->base), "seen");
}

/* ---- a discussion ---- */

static bool put_files(struct request *rq, struct data *d, const struct post *p, struct error *err)
{
	struct attachment *list;
	size_t n;

	if (!post_files(rq->db, rq->arena, p->id, &list, &n, err))
		return false;
	for (size_t i = 0; i < n; i++)
		if (!list[i].removed_us)
			put_file(rq, data_item(d, "files"), &list[i]);
	return true;
}

bool put_post(struct request *rq, struct data *d, const struct discussion *t, const struct post *p,
	struct error *err)
{
	bool own, open = !t->closed && !t->group_closed;

	if (!post_is_own(rq, p, &own, err))
		return false;
	data_text(d, "anchor", arena_printf(rq->arena, "post-%s", p->id));
	data_text(d, "id", p->id);
	data_int(d, "num", (long long)p->num);
	data_text(d, "who", p->author_id ? p->author_name : "A member of this group");
	data_text(d, "place", p->author_place);
	data_flag(d, "nameless", !p->author_id);
	data_text(d, "at", post_when(rq, p, p->at_us));
	data_url(d, "url", post_url(rq, p));
	if (p->removed) {
		data_text(d, "removed", p->removed == POST_REMOVED_BY_AUTHOR ? "Removed by who wrote it." :
			"Removed by a lead of the group.");
		return true;
	}
	data_markup(d, "html", html_stored(p->html));
	data_text(d, "mentions", p->mentions);
	if (p->edited_us) {
		data_text(d, "edited", post_when(rq, p, p->edited_us));
		data_url(d, "history_url", post_act_url(rq, p, "history"));
	}
	if (own && open)
		data_url(d, "edit_url", post_act_url(rq, p, "edit"));
	if (own && open && p->author_id)
		data_url(d, "files_url", post_act_url(rq, p, "files"));
	if (own || t->leads)
		data_url(d, "delete_url", post_act_url(rq, p, "delete"));
	if (!own)
		data_url(d, "report_url", post_act_url(rq, p, "report"));
	data_flag(d, "answer", t->answer_id && strcmp(t->answer_id, p->id) == 0);
	data_url(d, "answer_url", post_act_url(rq, p, "answer"));
	return put_files(rq, d, p, err);
}

/* May the viewer say which post is the answer: who asked, or a lead. */
static bool may_accept(struct request *rq, const struct discussion *t, bool *may, struct error *err)
{
	struct post *first;
	size_t n;

	*may = t->leads;
	if (*may)
		return true;
	if (!post_list(rq->db, rq->arena, t->id, 0, 1, &first, &n, err))
		return false;
	return n == 0 || post_is_own(rq, &first[0], may, err);
}

static bool put_answer(struct request *rq, struct data *page, const struct discussion *t, struct error *err)
{
	struct error none = { 0 };
	struct post *p;

	if (!t->answer_id || !post_get(rq->db, rq->arena, t->answer_id, &p, &none))
		return !t->answer_id || none.kind == ERROR_NOT_FOUND || (*err = none, false);
	struct data *d = data_object(page, "accepted");
	data_text(d, "who", p->author_id ? p->author_name : "A member of this group");
	data_text(d, "place", p->author_place);
	data_text(d, "text", text_excerpt(rq->arena, p->text, 400));
	data_url(d, "url", post_url(rq, p));
	return true;
}

static bool put_pages(struct request *rq, struct data *page, const struct discussion *t, int64_t first,
	int64_t last, struct error *err)
{
	struct url here = discussion_url(rq, t);
	int64_t before, end;

	if (!post_page_before(rq->db, t->id, first - 1, POSTS_A_PAGE, &before, err) ||
		!post_page_before(rq->db, t->id, t->last_num, POSTS_A_PAGE, &end, err))
		return false;
	if (before) {
		data_url(page, "first_url", url_query_int(rq->arena, here, "from", 1));
		data_url(page, "prev_url", url_query_int(rq->arena, here, "from", before));
	}
	if (last < t->last_num) {
		data_url(page, "next_url", url_query_int(rq->arena, here, "from", last + 1));
		data_url(page, "last_url", url_query_int(rq->arena, here, "from", end));
	}
	data_flag(page, "several", before || last < t->last_num);
	/* Unless the first new one is on this page. */
	if (t->seen_num && t->seen_num < t->last_num && (t->seen_num + 1 < first || t->seen_num + 1 > last))
		data_url(page, "unread_url", url_fragment(rq->arena, url_query_int(rq->arena, here, "from",
			t->seen_num + 1), "unread"));
	return true;
}

struct reading {
	struct request *rq;
	const struct discussion *t;
	int64_t num;
	const char *path;
};

static bool write_seen(struct db *w, void *arg, struct error *err)
{
	const struct reading *r = arg;

	return discussion_seen(w, r->t->id, r->rq->account->id, r->num, err) &&
		notification_seen(w, r->rq->account->id, NULL, r->path, err);
}

/* What was shown is read. A page that cannot note it is shown all the same. */
static void note_seen(struct request *rq, const struct discussion *t, int64_t last)
{
	struct reading r = { rq, t, last, arena_printf(rq->arena, "/discussions/%s", t->id) };
	struct error none = { 0 };
	bool told = false;

	if (rq->method != HTTP_GET || !discussion_told(rq->db, r.path, &told, &none) || (last <= t->seen_num &&
		!told))
		return;
	if (!request_write(rq, write_seen, &r, &none))
		log_warn("discussion.seen", "text=%s", log_quote(none.text));
}

static const char *const thread_done[][2] = {
	{ "posted", "Your post is in." }, { "new", "The discussion is open." }, { "edited",
		"Your change is saved." },
	{ "removed", "The post is removed." }, { "draft", "The draft is kept, and stands in the field below." },
	{ "discarded", "The draft is gone." }, { "follow", "You will hear of new posts here." },
	{ "unfollow", "You will not hear of new posts here any more." }, { "answer", "The answer is marked." },
	{ "no-answer", "The mark is taken away." }, { "reported", "Thank you. The leads of the group will look at "
	"it, and you will hear from them." },
	{ "pin", "The discussion is pinned." }, { "unpin", "The discussion is not pinned any more." },
	{ "close", "The discussion is closed." }, { "reopen", "The discussion is open again." }, { "renamed",
	"The title is changed." },
	{ "moved", "The discussion is moved." }, { "split", "The posts are a discussion of their own now: this "
	"one." }, { NULL, NULL } };

static void put_thread(struct request *rq, struct data *page, const struct discussion *t)
{
	data_text(page, "group", discussion_group_label(rq->arena, t, rq->space->short_name));
	data_url(page, "group_url", url_query(rq->arena, url_path(rq->arena, "%b/discussions", rq->base),
		"group", t->group_slug));
	data_text(page, "done", done_text(rq, thread_done));
	data_textf(page, "posts", "%lld post%s", (long long)t->posts, t->posts == 1 ? "" : "s");
	data_flag(page, "pinned", t->pinned);
	data_flag(page, "closed", t->closed);
	data_flag(page, "group_closed", t->group_closed);
	data_flag(page, "private_group", t->group_kind == GROUP_PRIVATE);
	data_flag(page, "follows", t->follows);
	data_url(page, "follow_url", url_path(rq->arena, "%b/discussions/%s/follow", rq->base, t->id));
	if (t->leads)
		data_url(page, "manage_url", url_path(rq->arena, "%b/discussions/%s/manage", rq->base, t->id));
}

static bool put_splits(struct request *rq, struct data *page, const struct discussion *t, struct error *err)
{
	struct discussion *list, *from;
	struct error none = { 0 };
	size_t n;

	if (!discussion_split_off(rq->db, rq->arena, t->id, &list, &n, err))
		return false;
	for (size_t i = 0; i < n; i++) {
		struct data *d = data_item(page, "splits");

		data_text(d, "title", list[i].title);
		data_url(d, "url", discussion_url(rq, &list[i]));
	}
	if (t->split_from && discussion_get(rq->db, rq->arena, rq->space->id, t->split_from, &from, &none)) {
		data_text(page, "from_title", from->title);
		data_url(page, "from_url", discussion_url(rq, from));
	}
	return none.kind == ERROR_NONE || none.kind == ERROR_NOT_FOUND || (*err = none, false);
}

static bool put_posts(struct request *rq, struct data *page, const struct discussion *t,
	const struct post *list, size_t n, struct error *err)
{
	bool accepts, marked = false;

	if (!may_accept(rq, t, &accepts, err))
		return false;
	for (size_t i = 0; i < n; i++) {
		struct data *d = data_item(page, "thread");

		if (!put_post(rq, d, t, &list[i], err))
			return false;
		data_flag(d, "accepts", accepts && list[i].num > 1 && !list[i].removed);
		/* Nothing is new to who comes for the first time: all of it is. */
		if (t->seen_num && list[i].num > t->seen_num) {
			data_flag(d, "unread", true);
			data_flag(d, "first_unread", !marked);
			marked = true;
		}
	}
	return true;
}

bool discussion_page(struct request *rq, struct response *rs, struct error *err)
{
	struct discussion *t;
	struct post *list;
	size_t n;

	if (!open_discussion(rq, &t, err))
		return false;
	/* Who comes back to a long one comes to where they were. */
	int64_t from = request_arg_int(rq, "from", t->posts > POSTS_A_PAGE && t->seen_num &&
		t->seen_num < t->last_num ? t->seen_num : 1);
	if (!post_list(rq->db, rq->arena, t->id, from, POSTS_A_PAGE, &list, &n, err))
		return false;
	if (n == 0) { /* beyond the end, or what was there is split off */
		if (!post_page_before(rq->db, t->id, t->last_num, POSTS_A_PAGE, &from, err) ||
			!post_list(rq->db, rq->arena, t->id, from, POSTS_A_PAGE, &list, &n, err))
			return false;
		if (n == 0)
			return error_set(err, ERROR_NOT_FOUND, "There is no such discussion, or it is not open to you.");
	}
	struct data *page = discussion_page_create(rq, t->title, NULL);
	put_thread(rq, page, t);
	if (!put_posts(rq, page, t, list, n, err) || !put_answer(rq, page, t, err) || !put_splits(rq, page, t,
		err) || !put_pages(rq, page, t, list[0].num, list[n - 1].num, err) || !reply_form(rq, page, t, err))
		return false;
	page_crumb(page, t->title, (struct url){ NULL });
	if (!page_send_private(rq, rs, "discussion", page, err))
		return false;
	note_seen(rq, t, list[n - 1].num);
	return true;
}

/* A post by its id, wherever it is now: its page of the discussion. */
bool post_page(struct request *rq, struct response *rs, struct error *err)
{
	struct discussion *t;
	struct post *p;
	int64_t from;

	if (!open_post(rq, &p, &t, err))
		return false;
	/* A page is what begins at 1, or ends before the post if it stands further down. */
	from = p->num <= POSTS_A_PAGE ? 1 : p->num;
	struct url to = discussion_url(rq, t);
	if (from > 1)
		to = url_query_int(rq->arena, to, "from", from);
	else if (t->posts > POSTS_A_PAGE)
		to = url_query_int(rq->arena, to, "from", 1);
	const char *done = NULL;
	for (size_t i = 0; i < rq->n_query; i++)
		if (strcmp(rq->query[i].name, "done") == 0)
			done = rq->query[i].value;
	return response_redirect(rs, url_fragment(rq->arena, url_query(rq->arena, to, "done", done),
		arena_printf(rq->arena, "post-%s", p->id)));
}

bool post_history(struct request *rq, struct response *rs, struct error *err)
{
	struct post_version *list;
	struct discussion *t;
	struct post *p;
	size_t n;

	if (!open_post(rq, &p, &t, err))
		return false;
	if (p->removed)
		return error_set(err, ERROR_NOT_FOUND, "This post was removed, and its history with it.");
	if (!post_versions(rq->db, rq->arena, p->id, &list, &n, err))
		return false;
	struct data *page = discussion_page_create(rq, "History of a post", NULL);
	data_text(page, "title_of", t->title);
	data_url(page, "back_url", post_url(rq, p));
	data_text(page, "who", p->author_id ? p->author_name : "A member of this group");
	struct data *now = data_item(page, "versions");
	data_text(now, "at", post_when(rq, p, p->edited_us ? p->edited_us : p->at_us));
	data_flag(now, "current", true);
	data_markup(now, "html", html_stored(p->html));
	for (size_t i = 0; i < n; i++) {
		struct data *d = data_item(page, "versions");

		data_text(d, "at", post_when(rq, p, list[i].at_us));
		data_markup(d, "html", html_stored(list[i].html));
	}
	page_crumb(page, t->title, discussion_url(rq, t));
	page_crumb(page, "History of a post", (struct url){ NULL });
	return page_send_private(rq, rs, "post-history", page, err);
}
