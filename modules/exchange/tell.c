/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Who is told of a post, and the mails about it. */
#include "discussion.h"
#include <ctype.h>

#define LETTER_BYTES_MAX 6000

struct telling {
	struct db *w;
	struct arena *a;
	const struct engine *e;
	const struct discussion *d;
	const struct post *p;
	const char *author;      /* account, who is not told; NULL: nobody is left out */
	const struct reader *const *mentioned;
	size_t n_mentioned;
};

static bool is_mentioned(const struct telling *t, const char *account)
{
	for (size_t i = 0; i < t->n_mentioned; i++)
		if (strcmp(t->mentioned[i]->account_id, account) == 0)
			return true;
	return false;
}

static bool tell(const struct telling *t, const char *account, const char *kind, const char *title,
	struct error *err)
{
	const struct notification_new n = { .account_id = account, .kind = kind, .space_id = t->d->space_id,
		.scope = t->d->scope,
		.key = arena_printf(t->a, "post:%s", t->p->id), .title = title, .about = t->p->id,
		.path = arena_printf(t->a, "/discussions/%s", t->d->id) };

	return notification_add(t->w, t->e, &n, err);
}

static bool tell_list(const struct telling *t, const char *const *accounts, size_t n, const char *kind,
	const char *title, struct error *err)
{
	for (size_t i = 0; i < n; i++)
		if ((!t->author || strcmp(accounts[i], t->author) != 0) && !is_mentioned(t, accounts[i]) &&
			!tell(t, accounts[i], kind, title, err))
			return false;
	return true;
}

bool post_tell(struct db *w, struct arena *a, const struct engine *e, const char *post_id, const char *author,
	const char *author_name, bool first, const struct reader *const *mentioned, size_t n, struct error *err)
{
	struct telling t = { .w = w, .a = a, .e = e, .author = author, .mentioned = mentioned, .n_mentioned = n };
	const char *who = author ? author_name : "A member of the group", **accounts;
	struct discussion *d;
	struct post *p;
	size_t count;

	if (!post_of_system(w, a, post_id, &p, &d, err))
		return false;
	if (!p || p->removed)
		return true;
	t.d = d;
	t.p = p;
	for (size_t i = 0; i < n; i++)
		if ((!author || strcmp(mentioned[i]->account_id, author) != 0) && !tell(&t, mentioned[i]->account_id,
			"mention", arena_printf(a, "%s mentioned you in “%s”", who, d->title), err))
			return false;
	if (first)
		return group_readers(w, a, d->group_id, &accounts, &count, err) && tell_list(&t, accounts, count,
			"thread", arena_printf(a, "%s began “%s”", who, d->title), err);
	return discussion_followers(w, a, d->id, &accounts, &count, err) && tell_list(&t, accounts, count,
		"reply", arena_printf(a, "%s answered in “%s”", who, d->title), err);
}

/* ---- reports ---- */

bool report_tell_leads(struct db *w, struct arena *a, const struct engine *e, const char *post_id,
	const char *except, struct error *err)
{
	const char **accounts;
	struct discussion *d;
	struct post *p;
	size_t n;

	if (!post_of_system(w, a, post_id, &p, &d, err))
		return false;
	if (!p || !discussion_leads(w, a, d->group_id, &accounts, &n, err))
		return !p;
	for (size_t i = 0; i < n; i++) {
		const struct notification_new told = { .account_id = accounts[i], .kind = "post-report",
			.space_id = d->space_id,
			.scope = d->scope, .title = arena_printf(a, "A post in “%s” was reported", d->title),
			.path = "/discussions/reports", .about = p->id };

		if (strcmp(accounts[i], except) != 0 && !notification_add(w, e, &told, err))
			return false;
	}
	return true;
}

bool post_tell_removed(struct db *w, struct arena *a, const struct engine *e, const char *post_id,
	struct error *err)
{
	struct discussion *d;
	struct post *p;

	if (!post_of_system(w, a, post_id, &p, &d, err))
		return false;
	if (!p || !p->author_id)
		return true;
	const struct notification_new told = { .account_id = p->author_id, .kind = "post-report", .space_id = d->space_id,
		.scope = d->scope, .title = arena_printf(a, "A lead removed your post in “%s”", d->title),
		.path = arena_printf(a, "/discussions/%s", d->id), .about = p->id };

	return notification_add(w, e, &told, err);
}

bool report_tell_reporters(struct db *w, struct arena *a, const struct engine *e, const char *post_id,
	const char *outcome, const char *const *accounts, size_t n, struct error *err)
{
	const char *words = strcmp(outcome, "removed") == 0 ? "the post is removed" : strcmp(outcome,
		"closed") == 0 ? "the discussion is closed" : "the post stays";
	struct discussion *d;
	struct post *p;

	if (!post_of_system(w, a, post_id, &p, &d, err))
		return false;
	for (size_t i = 0; p && i < n; i++) {
		const struct notification_new told = { .account_id = accounts[i], .kind = "post-report",
			.space_id = d->space_id,
			.scope = d->scope, .title = arena_printf(a, "Your report in “%s” was looked at: %s", d->title,
			words), .path = arena_printf(a, "/discussions/%s", d->id), .about = p->id };

		if (!notification_add(w, e, &told, err))
			return false;
	}
	return true;
}

/* ---- mails ---- */

static const char *cut(struct arena *a, const char *text)
{
	size_t n = strlen(text);

	if (n <= LETTER_BYTES_MAX)
		return text;
	for (n = LETTER_BYTES_MAX; n > 0 && ((unsigned char)text[n] & 0xc0) == 0x80; n--)
		;
	return arena_printf(a, "%.*s …\n\n(The rest is on the page.)", (int)n, text);
}

/* By the mail's address of the page; the person reads the post, or nothing is sent. */
static bool letter(struct engine *e, struct db *db, struct arena *a, const struct notification *n,
	struct mail *m, bool *skip, struct error *err)
{
	struct discussion *d;
	struct error none = { 0 };
	struct post *p;

	if (!n->about || !post_get(db, a, n->about, &p, &none) || p->removed ||
		!discussion_get(db, a, NULL, p->discussion_id, &d, &none)) {
		*skip = none.kind == ERROR_NONE || none.kind == ERROR_NOT_FOUND;
		if (!*skip)
			*err = none;
		return *skip;
	}
	if (!d->closed && !d->group_closed && !reply_address(e, a, n->account_id, "post", d->id, &m->reply_to, err))
		return false;
	m->subject = d->title;
	m->thread = d->id;
	m->text = arena_printf(a, "%s%s%s:\n\n%s%s", p->author_id ? p->author_name : "A member of the group",
		p->author_id && p->author_place ? ", " : "", p->author_id && p->author_place ? p->author_place : "", cut(a, p->text),
		m->reply_to && d->unattributed ? "\n\nAn answer by e-mail stands under your name." : "");
	return true;
}

const struct notification_kind exchange_notifications[] = {
	{ "reply", "Answers in discussions that I follow", NOTIFICATION_DIGEST, letter },
	{ "mention", "Someone mentions me", NOTIFICATION_MAIL, letter },
	{ "thread", "New discussions in my groups", NOTIFICATION_DIGEST, letter },
	{ "post-report", "Reports of posts: to me as a lead, what came of mine, and of posts of mine", NOTIFICATION_MAIL, NULL },
	{ NULL, NULL, NOTIFICATION_NEVER, NULL }
};

/* ---- answers by mail ---- */

const char *account_place(const struct account *who, const char *space_id)
{
	for (size_t i = 0; i < who->n_memberships; i++)
		if (strcmp(who->memberships[i].space_id, space_id) == 0)
			return who->memberships[i].space_name;
	return who->n_memberships ? who->memberships[0].space_name : NULL;
}

struct mailed {
	struct engine *e;
	struct arena *a;
	const struct account *who;
	struct post_new post;
	const struct reader *told[MENTIONS_MAX];
	size_t n_told;
};

static bool write_mailed(struct db *w, void *arg, struct error *err)
{
	struct mailed *m = arg;

	return post_add(w, m->a, &m->post, err) && post_tell(w, m->a, m->e, m->post.id, m->who->id, m->who->name,
		false, m->told, m->n_told, err);
}

/* What has no place as Markdown, as an address in <>, stands as it was written: every sign escaped (CommonMark, 2.4). */
static const char *escaped(struct arena *a, const char *text)
{
	struct buf b = BUF_INIT;

	for (; *text; text++) {
		if (ispunct((unsigned char)*text))
			buf_char(&b, '\\');
		buf_char(&b, *text);
	}
	text = arena_strdup(a, buf_text(&b));
	buf_finish(&b);
	return text;
}

static bool draw_mail(struct engine *e, struct arena *a, const char *prefix, const char **text, struct prose *prose,
	struct error *err)
{
	struct error drawn = { 0 };

	if (prose_draw(e->schemas, a, *text, prefix, prose, &drawn))
		return true;
	if (drawn.kind != ERROR_INVALID) {
		*err = drawn;
		return false;
	}
	*text = escaped(a, *text);
	return prose_draw(e->schemas, a, *text, prefix, prose, err);
}

/* As typed on the page, always under the person's name. db's viewer is the person, so the views decide. */
static bool take_answer(struct engine *e, struct db *db, struct arena *a, const struct account *who,
	const char *about, const char *text, struct error *err)
{
	struct mailed m = { .e = e, .a = a, .who = who };
	struct reader *readers;
	struct discussion *d;
	struct prose prose;
	char id[ID_SIZE];
	size_t n;

	if (!discussion_get(db, a, NULL, about, &d, err) || !discussion_readers(db, a, d->group_id, &readers, &n,
		err))
		return false;
	if (text_letters(text) > POST_MAX_LETTERS)
		return error_set(err, ERROR_TOO_LARGE, "Your answer is too long: at most %d letters.",
			POST_MAX_LETTERS);
	id_new(id);
	if (!draw_mail(e, a, arena_printf(a, "p-%s-", id), &text, &prose, err))
		return false;
	if (!*prose.text)
		return error_set(err, ERROR_INVALID, "Your answer has no words.");
	m.n_told = mention_find(prose.text, readers, n, m.told);
	m.post = (struct post_new){ .discussion_id = d->id, .author_id = who->id,
		.author_place = account_place(who, d->space_id),
		.markdown = text, .html = prose.html, .text = prose.text, .id = id, .mentions = mention_names(a,
		m.told, m.n_told) };
	if (!store_write_aside(e->store, &viewer_system, write_mailed, &m, err))
		return false;
	jobs_wake(e->jobs);
	return true;
}

const struct reply_kind exchange_replies[] = { { "post", take_answer }, { NULL, NULL } };

/* ---- posts without a name ---- */

/* Who is mentioned, by the system: everyone who reads the group. */
static bool mentioned_in(struct db *db, struct arena *a, const struct post *p, const struct discussion *d,
	const struct reader **out, size_t *n, struct error *err)
{
	const char **accounts;
	struct reader *readers;
	size_t count;

	if (!group_readers(db, a, d->group_id, &accounts, &count, err))
		return false;
	readers = arena_array(a, count, sizeof *readers);
	for (size_t i = 0; i < count; i++) {
		struct account *one;

		if (!account_get(db, a, accounts[i], &one, err))
			return false;
		readers[i] = (struct reader){ one->id, one->name, NULL };
	}
	*n = mention_find(p->text, readers, count, out);
	return true;
}

struct batch {
	struct engine *e;
	int64_t before_us;
};

static bool tell_batch(struct db *w, void *arg, struct error *err)
{
	const struct reader *mentioned[MENTIONS_MAX];
	struct batch *b = arg;
	struct arena *a = arena_create();
	const char **ids;
	size_t n = 0, m;
	bool ok = post_untold(w, a, &ids, &n, err) && post_forget_marks(w, b->before_us, err);

	for (size_t i = 0; ok && i < n; i++) {
		struct discussion *d;
		struct post *p;

		ok = post_of_system(w, a, ids[i], &p, &d, err) && (!p || mentioned_in(w, a, p, d, mentioned, &m,
			err)) &&
			(!p || post_tell(w, a, b->e, ids[i], NULL, NULL, p->num == 1, mentioned, m, err)) &&
			post_set_told(w, ids[i], err);
	}
	arena_destroy(a);
	return ok;
}

/* Readers hear of them in one go from time to time: a notice has its moment, and would tell that of the post. */
enum job_result exchange_unattributed_job(struct engine *e, struct db *db, const struct job_row *job,
	struct error *err)
{
	struct batch b = { .e = e, .before_us = clock_now_us() - options_int(e->options,
		"exchange-unattributed-keep") * 1000 };

	(void)db;
	(void)job;
	if (!store_write_aside(e->store, &viewer_system, tell_batch, &b, err))
		return JOB_AGAIN;
	jobs_wake(e->jobs);
	return JOB_GOOD;
}
