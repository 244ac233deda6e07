/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Questions to peers, as pages of a jurisdiction. */
#include "pages.h"
#include "account.h"
#include "mail.h"
#include "question.h"

const struct param question_params[] = {
	{ "release", PARAM_ID, 0, 0, "The release that it is about" },
	{ "scheme", PARAM_SLUG, 0, 0, "How its groups were made" },
	{ "group", PARAM_SLUG, 0, 0, "The group that is asked" },
	{ NULL, 0, 0, 0, NULL }
};

static const char *about(struct request *rq, const struct release *r, const char *scheme, const char *name)
{
	return arena_printf(rq->arena, "%s, %s, %s", indicators_label(r->indicator), release_period(rq->arena, r),
		release_group_label(scheme, name));
}

/* ---- the list ---- */

bool questions_page(struct request *rq, struct response *rs, struct error *err)
{
	struct data *page = indicators_page(rq, "Questions among peers");
	struct peer_question *list;
	size_t n;

	if (!indicators_here(rq, err) || !question_list(rq->db, rq->arena, rq->space->id, &list, &n, err))
		return false;
	data_text(page, "heading", "Questions among peers");
	for (size_t i = 0; i < n; i++) {
		struct data *row = data_item(page, "rows");

		data_text(row, "text", text_excerpt(rq->arena, list[i].text, 120));
		data_text(row, "side", list[i].own ? "Asked by you" : "Put to you");
		data_text(row, "at", moment_human(rq->arena, list[i].asked_us));
		data_int(row, "answers", (long long)list[i].answers);
		data_flag(row, "closed", list[i].closed_us != 0);
		data_url(row, "url", url_path(rq->arena, "%b/indicators/questions/%s", rq->base, list[i].id));
	}
	data_url(page, "peers_url", indicators_url(rq, "peers"));
	page_crumb(page, "Questions", (struct url){ NULL });
	return page_send_private(rq, rs, "peer-questions", page, err);
}

/* ---- asking ---- */

struct asking {
	struct request *rq;
	struct release *release;
	const char *scheme, *name, *text;
	const char *question, *thread; /* of an answer */
	bool offer;
	char id[ID_SIZE];
};

/* The release, if its group is shown and this space belongs to it. */
static bool read_group(struct asking *k, const char *release, struct error *err)
{
	struct request *rq = k->rq;
	struct disclosure_release *shown;
	struct release_group *groups;
	bool member = false, published = false;
	size_t n;

	if (!release || !k->scheme || !k->name) {
		error_absent(err);
		return false;
	}
	if (!release_get(rq->db, rq->arena, release, &k->release, err) || !release_parse(rq, k->release, &shown, err) ||
		!release_own_groups(rq->db, rq->arena, rq->space->id, k->release->year, &groups, &n, err))
		return false;
	for (size_t i = 0; i < n; i++)
		member = member || (strcmp(groups[i].scheme, k->scheme) == 0 && strcmp(groups[i].name, k->name) == 0);
	for (size_t i = 0; i < shown->cell_count; i++)
		published = published || (shown->cells[i].published && strcmp(shown->cells[i].scheme, k->scheme) == 0 &&
			strcmp(shown->cells[i].name, k->name) == 0);
	return (member && published) || error_absent(err);
}

static bool show_new(struct asking *k, struct response *rs, const char *wrong, struct error *err)
{
	struct request *rq = k->rq;
	struct data *page = indicators_page(rq, wrong ? "Error: Ask your peers" : "Ask your peers");

	data_text(page, "heading", "Ask your peers");
	data_text(page, "about", about(rq, k->release, k->scheme, k->name));
	data_text(page, "release", k->release->id);
	data_text(page, "scheme", k->scheme);
	data_text(page, "group", k->name);
	data_text(page, "text", k->text);
	data_text(page, "wrong", wrong);
	data_url(page, "ask_url", indicators_url(rq, "questions"));
	if (wrong)
		rs->status = 400;
	page_crumb(page, "Questions", indicators_url(rq, "questions"));
	page_crumb(page, "Ask your peers", (struct url){ NULL });
	return page_send_private(rq, rs, "peer-ask", page, err);
}

bool question_new(struct request *rq, struct response *rs, struct error *err)
{
	struct asking k = { .rq = rq, .scheme = request_arg(rq, "scheme"), .name = request_arg(rq, "group"), .text = "" };

	return indicators_here(rq, err) && read_group(&k, request_arg(rq, "release"), err) && show_new(&k, rs, NULL, err);
}

static const char *wrong_text(struct arena *a, const char *text)
{
	if (!*text)
		return "Type your words.";
	return strlen(text) > QUESTION_BYTES_MAX ? arena_printf(a, "That is too long: at most %d letters.",
		QUESTION_BYTES_MAX) : NULL;
}

/* A letter to the contributors of a space; it holds no word of the question. */
static bool write_letters(struct db *w, const struct asking *k, const char *space_id, const char *what, const char *id,
	struct error *err)
{
	struct request *rq = k->rq;
	const char *origin = options_string(rq->engine->options, "public-origin");
	struct account *people;
	size_t n;

	if (!mail_configured(rq->engine))
		return true;
	if (!account_members(w, rq->arena, space_id, &people, &n, err))
		return false;
	for (size_t i = 0; i < n; i++) {
		const char *slug = people[i].n_memberships ? people[i].memberships[0].space_slug : "";

		if (account_highest(&people[i]) < ROLE_CONTRIBUTOR || !people[i].email || !mail_address_ok(people[i].email))
			continue;
		struct mail m = { .to = people[i].email, .subject = what, .text = arena_printf(rq->arena,
			"Dear %s,\n\n%s. Who it is stays unknown to both sides unless both say so.\n\n%s%s%s%s%s\n", people[i].name, what,
			*origin ? origin : "Sign in and look under Indicators, Questions.", *origin ? "/s/" : "", *origin ? slug : "",
			*origin ? "/indicators/questions/" : "", *origin ? id : "") };
		if (!mail_queue(w, &m, err))
			return false;
	}
	return true;
}

static bool write_question(struct db *w, void *arg, struct error *err)
{
	struct asking *k = arg;
	struct request *rq = k->rq;
	const char **spaces;
	size_t n;

	if (!question_ask(w, rq->space->id, rq->account->id, k->release, k->scheme, k->name, k->text, k->id, err) ||
		!question_others(w, rq->arena, k->id, &spaces, &n, err))
		return false;
	for (size_t i = 0; i < n; i++)
		if (!write_letters(w, k, spaces[i], "A peer has a question", k->id, err))
			return false;
	return true;
}

bool question_new_save(struct request *rq, struct response *rs, struct error *err)
{
	struct asking k = { .rq = rq, .scheme = request_form(rq, "scheme"), .name = request_form(rq, "group"),
		.text = request_typed(rq, "text") };
	const char *release = request_form(rq, "release"), *wrong;

	if (!indicators_here(rq, err) || !read_group(&k, release && id_valid(release) ? release : NULL, err))
		return false;
	wrong = wrong_text(rq->arena, k.text);
	if (wrong)
		return show_new(&k, rs, wrong, err);
	if (!request_write(rq, write_question, &k, err))
		return false;
	jobs_wake(rq->engine->jobs);
	return response_redirect(rs, url_path(rq->arena, "%b/indicators/questions/%s", rq->base, k.id));
}

/* ---- one question ---- */

static void put_thread(struct request *rq, struct data *page, const struct peer_question *q, const struct peer_thread *t)
{
	struct data *item = data_item(page, "threads");

	data_text(item, "id", t->id);
	data_text(item, "label", q->own ? arena_printf(rq->arena, "Peer %d", t->number) : "Your answer");
	data_text(item, "other_name", t->other_name);
	data_flag(item, "own_offer", t->own_offer);
	data_flag(item, "other_offer", t->other_offer);
	data_flag(item, "open", !q->closed_us);
	data_flag(item, "asker", q->own);
	for (size_t i = 0; i < t->n; i++) {
		struct data *answer = data_item(item, "answers");

		data_text(answer, "who", t->answers[i].own ? "You" : t->other_name ? t->other_name :
			t->answers[i].from_asker ? "The asking peer" : arena_printf(rq->arena, "Peer %d", t->number));
		data_text(answer, "at", moment_human(rq->arena, t->answers[i].answered_us));
		data_text(answer, "text", t->answers[i].text);
	}
}

static bool show_question(struct asking *k, struct response *rs, const char *wrong, struct error *err)
{
	struct request *rq = k->rq;
	struct peer_question *q;
	struct peer_thread *threads;
	struct release *r;
	size_t n;

	if (!indicators_here(rq, err) ||
		!question_get(rq->db, rq->arena, rq->space->id, request_arg(rq, "id"), &q, &threads, &n, err) ||
		!release_get(rq->db, rq->arena, q->release_id, &r, err))
		return false;
	struct data *page = indicators_page(rq, wrong ? "Error: A question among peers" : "A question among peers");
	data_text(page, "heading", q->own ? "Your question to peers" : "A peer asks");
	data_text(page, "about", about(rq, r, q->scheme, q->name));
	data_text(page, "asked", moment_human(rq->arena, q->asked_us));
	data_text(page, "text", q->text);
	data_flag(page, "own", q->own);
	data_flag(page, "open", !q->closed_us);
	data_flag(page, "first", !q->own && n == 0);
	data_text(page, "typed", k->text);
	data_text(page, "wrong", wrong);
	for (size_t i = 0; i < n; i++)
		put_thread(rq, page, q, &threads[i]);
	data_url(page, "answer_url", url_path(rq->arena, "%b/indicators/questions/%s/answer", rq->base, q->id));
	data_url(page, "name_url", url_path(rq->arena, "%b/indicators/questions/%s/name", rq->base, q->id));
	data_url(page, "close_url", url_path(rq->arena, "%b/indicators/questions/%s/close", rq->base, q->id));
	if (wrong)
		rs->status = 400;
	page_crumb(page, "Questions", indicators_url(rq, "questions"));
	page_crumb(page, "A question", (struct url){ NULL });
	return page_send_private(rq, rs, "peer-question", page, err);
}

bool question_page(struct request *rq, struct response *rs, struct error *err)
{
	struct asking k = { .rq = rq };

	return show_question(&k, rs, NULL, err);
}

static bool write_answer(struct db *w, void *arg, struct error *err)
{
	struct asking *k = arg;
	struct request *rq = k->rq;
	const char *other;

	return question_answer(w, rq->space->id, rq->account->id, k->question, k->thread, k->text, err) &&
		question_other(w, rq->arena, rq->space->id, k->question, k->thread, &other, err) &&
		write_letters(w, k, other, "An answer from a peer", k->question, err);
}

bool question_answer_save(struct request *rq, struct response *rs, struct error *err)
{
	const char *thread = request_form(rq, "thread"), *wrong;
	struct asking k = { .rq = rq, .question = request_arg(rq, "id"), .text = request_typed(rq, "text"),
		.thread = thread && id_valid(thread) ? thread : NULL };

	if (!indicators_here(rq, err))
		return false;
	wrong = wrong_text(rq->arena, k.text);
	if (wrong)
		return show_question(&k, rs, wrong, err);
	if (!request_write(rq, write_answer, &k, err))
		return false;
	jobs_wake(rq->engine->jobs);
	return response_redirect(rs, url_path(rq->arena, "%b/indicators/questions/%s", rq->base, k.question));
}

static bool write_name(struct db *w, void *arg, struct error *err)
{
	const struct asking *k = arg;

	return question_offer_name(w, k->rq->space->id, k->thread, k->offer, err);
}

bool question_name_save(struct request *rq, struct response *rs, struct error *err)
{
	const char *thread = request_form(rq, "thread");
	struct asking k = { .rq = rq, .question = request_arg(rq, "id"), .thread = thread,
		.offer = strcmp(request_typed(rq, "offer"), "yes") == 0 };

	if (!indicators_here(rq, err))
		return false;
	if (!thread || !id_valid(thread))
		return error_set(err, ERROR_INVALID, "The form that was sent is not well made.");
	return request_write(rq, write_name, &k, err) &&
		response_redirect(rs, url_path(rq->arena, "%b/indicators/questions/%s", rq->base, k.question));
}

static bool write_close(struct db *w, void *arg, struct error *err)
{
	const struct asking *k = arg;

	return question_close(w, k->rq->space->id, k->question, err);
}

bool question_close_save(struct request *rq, struct response *rs, struct error *err)
{
	struct asking k = { .rq = rq, .question = request_arg(rq, "id") };

	return indicators_here(rq, err) && request_write(rq, write_close, &k, err) &&
		response_redirect(rs, url_path(rq->arena, "%b/indicators/questions/%s", rq->base, k.question));
}
