/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A statement put to the people of a session: each consents, objects with a reason
 * or abstains until a day. Silence is no consent. */
#include "meeting.h"
#include "audit.h"

#define TEXT_MAX 8000

struct putting {
	struct request *rq;
	struct meeting *m;
	struct statement s;         /* as typed, or as it is */
	const char *typed_answer, *reason;
	enum answer answer;
	bool may_name, became;
	const struct record *event; /* that the session is about, or NULL */
	const char *act, *until;
	char id[ID_SIZE];
};

static const struct record *event_of(struct request *rq, const struct meeting *m)
{
	struct record *r;

	return m->record_id && record_by_id(rq->db, rq->arena, m->record_id, &r, &(struct error){ 0 }) ? r : NULL;
}

static const char *path_of(struct request *rq, const struct meeting *m, const char *id)
{
	return arena_printf(rq->arena, "/sessions/%s/statements/%s", m->id, id);
}

/* What a private group does among itself is in no log that others read; and of no answer is said whose it is. */
static bool audited(struct db *w, struct putting *x, const char *action, struct error *err)
{
	struct audit_entry e = audit_entry(x->rq, action, x->s.id, x->m->id);

	return x->m->kind == GROUP_PRIVATE || audit_write(w, &e, err);
}

/* ---- putting one ---- */

static bool show_form(struct putting *x, struct response *rs, const struct error *wrong, struct error *err)
{
	struct request *rq = x->rq;
	struct data *page = meeting_page(rq, rs, x->m, "Put a statement", wrong);
	struct attendee *list;
	int come = 0;
	size_t n;

	if (!attendee_list(rq->db, rq->arena, x->m->id, &list, &n, err))
		return false;
	for (size_t i = 0; i < n; i++)
		come += !list[i].declined;
	data_textf(page, "asked", come == 1 ? "1 person" : "%d people", come);
	data_flag(page, "nobody", come == 0);
	data_text(page, "title_typed", x->s.title);
	data_text(page, "text", x->s.text);
	data_text(page, "until", x->s.until);
	data_url(page, "people_url", meeting_url(rq, x->m, "people"));
	data_url(page, "save_url", meeting_url(rq, x->m, "statements/new"));
	return page_send_private(rq, rs, "session-statement-new", page, err);
}

bool statement_form(struct request *rq, struct response *rs, struct error *err)
{
	struct putting x = { .rq = rq, .s = { .title = "", .text = "", .until = "" } };

	return meeting_led(rq, &x.m, err) && show_form(&x, rs, NULL, err);
}

static bool check_until(struct putting *x, const char *until, struct error *wrong)
{
	char last[11];
	const char *today = day_today(x->rq->arena, x->m->zone);

	if (!day_valid(until) || strcmp(until, today) < 0)
		return error_set(wrong, ERROR_INVALID, "Say until which day one can answer: today or later, as 2026-12-09.");
	snprintf(last, sizeof last, "%04d%.6s", atoi(today) + 1, today + 4);
	return strcmp(until, last) <= 0 || error_set(wrong, ERROR_INVALID, "The last day to answer must be within a year.");
}

static bool read_statement(struct putting *x, struct error *wrong)
{
	struct request *rq = x->rq;
	struct statement *s = &x->s;
	struct prose drawn;

	s->title = text_normalise(rq->arena, request_typed(rq, "title"));
	s->text = merge_normalise(rq->arena, request_typed(rq, "text"));
	s->until = request_typed(rq, "until");
	if (!*s->title || strlen(s->title) > MEETING_LINE_MAX)
		return error_set(wrong, ERROR_INVALID, *s->title ? "Use at most %d letters for the title." :
			"Give the statement a title.",
			MEETING_LINE_MAX);
	if (!*s->text || strlen(s->text) > TEXT_MAX)
		return error_set(wrong, ERROR_INVALID, *s->text ? "The statement is too long: at most %d letters." :
			"Type the statement.", TEXT_MAX);
	if (!check_until(x, s->until, wrong) || !prose_draw(rq->engine->schemas, rq->arena, s->text, "statement-", &drawn, wrong))
		return false;
	s->html = drawn.html;
	return true;
}

static bool write_statement(struct db *w, void *arg, struct error *err)
{
	struct putting *x = arg;
	struct request *rq = x->rq;
	struct search_text t = { .kind = "session-statement", .id = x->s.id, .space_id = x->m->space_id, .scope = x->m->scope,
		.path = path_of(rq, x->m, x->s.id), .title = x->s.title, .body = x->s.text, .at_us = x->m->starts_us };
	const char **who;
	size_t n;

	if (!statement_add(w, &x->s, rq->account, err) || !search_text_put(w, &t, err) ||
		!statement_accounts(w, rq->arena, x->s.id, &who, &n, err))
		return false;
	for (size_t i = 0; i < n; i++)
		if (!meeting_tell(w, rq, x->m, who[i], "statement", NULL, arena_printf(rq->arena, "For your consent, until %s: %s",
			date_human(rq->arena, x->s.until), x->s.title), t.path, x->s.id, err))
			return false;
	return audited(w, x, "statement.put", err);
}

bool statement_put(struct request *rq, struct response *rs, struct error *err)
{
	struct putting x = { .rq = rq };
	struct error wrong = { 0 };

	if (!meeting_led(rq, &x.m, err))
		return false;
	id_new(x.id);
	x.s.id = x.id;
	x.s.meeting_id = x.m->id;
	if (read_statement(&x, &wrong) && request_write_wake(rq, write_statement, &x, &wrong))
		return done_redirect(rq, rs, url_path(rq->arena, "%b", arena_printf(rq->arena, "%s%s", rq->base, path_of(rq,
			x.m, x.id))), "asked");
	if (!is_wrong(&wrong)) {
		*err = wrong;
		return false;
	}
	return show_form(&x, rs, &wrong, err);
}

/* ---- one statement ---- */

static bool here(struct putting *x, struct error *err)
{
	struct request *rq = x->rq;
	struct statement *s;

	if (!meeting_here(rq, &x->m, err) || !statement_get(rq->db, rq->arena, x->m->id, request_arg(rq, "statement"), &s, err))
		return false;
	x->s = *s;
	return true;
}

static bool is_over(struct putting *x)
{
	return strcmp(x->s.until, day_today(x->rq->arena, x->m->zone)) < 0;
}

static void put_standing(struct putting *x, struct data *page)
{
	const struct statement *s = &x->s;

	data_textf(page, "asked", "%lld", (long long)s->asked);
	data_textf(page, "consent", "%lld", (long long)s->consent);
	data_textf(page, "object", "%lld", (long long)s->object);
	data_textf(page, "abstain", "%lld", (long long)s->abstain);
	data_textf(page, "missing", "%lld", (long long)s->missing);
	data_text(page, "until", date_human(x->rq->arena, s->until));
	data_flag(page, "over", is_over(x) && s->missing > 0 && !s->consented);
	data_flag(page, "ended", s->ended_us != 0);
	data_flag(page, "consented", s->consented);
	data_flag(page, "published_flag", s->published);
	data_flag(page, "has_draft", s->draft_id != NULL);
	data_flag(page, "held", s->draft_id && !s->consented && !s->published);
}

static void put_own(struct putting *x, struct data *page, const struct statement_answer *mine)
{
	static const char *const words[] = { "", "You have consented.", "You have objected.", "You have abstained.",
		"You have withdrawn your consent." };
	struct data *d = data_object(page, "own");
	enum answer chosen = x->typed_answer ? answer_parse(x->typed_answer) : mine->answer;
	bool may = !x->s.ended_us && !x->s.published;

	data_text(d, "standing", words[mine->answer]);
	data_flag(d, "may_answer", may && (x->s.draft_id ? mine->answer != ANSWER_CONSENT : !is_over(x)));
	data_flag(d, "may_withdraw", may && mine->answer == ANSWER_CONSENT);
	data_text(d, "consent", chosen == ANSWER_CONSENT ? "checked" : NULL);
	data_text(d, "object", chosen == ANSWER_OBJECT ? "checked" : NULL);
	data_text(d, "abstain", chosen == ANSWER_ABSTAIN ? "checked" : NULL);
	data_text(d, "reason", x->reason ? x->reason : mine->reason);
	data_text(d, "may_name", (x->typed_answer ? x->may_name : mine->may_name) ? "checked" : NULL);
}

static bool put_answers(struct putting *x, struct data *page, struct error *err)
{
	struct request *rq = x->rq;
	struct statement_answer *list;
	size_t n;

	if (!statement_answers(rq->db, rq->arena, x->s.id, &list, &n, err))
		return false;
	for (size_t i = 0; i < n; i++) {
		bool objects = list[i].answer == ANSWER_OBJECT || list[i].answer == ANSWER_WITHDRAWN;

		if (list[i].mine)
			put_own(x, page, &list[i]);
		if (!list[i].name || (!objects && (list[i].answer != ANSWER_NONE || !x->m->leads)))
			continue;
		struct data *d = data_item(page, objects ? "objections" : "waiting");
		data_text(d, "name", list[i].name);
		data_text(d, "space", list[i].space_name);
		data_text(d, "reason", list[i].reason);
		data_flag(d, "withdrew", list[i].answer == ANSWER_WITHDRAWN);
	}
	return true;
}

/* The draft for those who see it, the record when it is published. */
static void put_result(struct putting *x, struct data *page)
{
	struct request *rq = x->rq;
	struct error none = { 0 };
	struct record *r;

	if (x->s.record_id && record_by_id(rq->db, rq->arena, x->s.record_id, &r, &none)) {
		data_text(page, "record_title", r->title);
		data_url(page, "record_url", page_record_url(rq, r));
	}
	if (x->s.draft_id && !x->s.published && viewer_may_write(rq->viewer, x->m->space_id))
		data_url(page, "draft_url", url_path(rq->arena, "/drafts/%s", x->s.draft_id));
	data_flag(page, "may_draft", x->m->leads && x->s.consented && !x->s.draft_id && viewer_may_write(rq->viewer, x->m->space_id));
}

static bool show(struct putting *x, struct response *rs, const struct error *wrong, struct error *err)
{
	struct request *rq = x->rq;
	struct data *page = meeting_page(rq, rs, x->m, x->s.title, wrong);

	data_markup(page, "body", html_stored(x->s.html));
	data_text(page, "by", x->s.by);
	data_text(page, "asked_at", moment_day_human(rq->arena, x->s.asked_us));
	put_standing(x, page);
	put_result(x, page);
	data_flag(page, "leads", x->m->leads);
	data_text(page, "until_typed", x->until ? x->until : x->s.until);
	data_url(page, "answer_url", url_path(rq->arena, "%b", arena_printf(rq->arena, "%s%s/answer", rq->base,
		path_of(rq, x->m, x->s.id))));
	data_url(page, "act_url", url_path(rq->arena, "%b", arena_printf(rq->arena, "%s%s/act", rq->base, path_of(rq,
		x->m, x->s.id))));
	return put_answers(x, page, err) && page_send_private(rq, rs, "session-statement", page, err);
}

bool statement_page(struct request *rq, struct response *rs, struct error *err)
{
	struct putting x = { .rq = rq };

	if (!here(&x, err) || !show(&x, rs, NULL, err))
		return false;
	notification_page_seen(rq);
	return true;
}

/* ---- answering ---- */

/* The last one that was needed makes the draft, if who put the statement may write in the space still. */
static bool write_answer(struct db *w, void *arg, struct error *err)
{
	struct putting *x = arg;
	struct request *rq = x->rq;
	struct account *author;
	struct statement *s;

	x->became = false;
	if (!statement_answer(w, x->s.id, rq->account->id, x->answer, x->reason, x->may_name, err) ||
		!statement_read(w, rq->arena, x->s.id, &s, err) || !statement_keep_draft(w, rq, s, err))
		return false;
	if (!s->consented || s->draft_id)
		return true;
	if (!account_get(w, rq->arena, s->by_id, &author, err))
		return false;
	if (author->disabled_us || !viewer_may_write(account_viewer(rq->arena, author), x->m->space_id))
		return true;
	x->became = statement_to_draft(w, rq, x->m, s, author, x->event, err);
	return x->became && meeting_tell(w, rq, x->m, author->id, "statement", arena_printf(rq->arena, "consented %s", s->id),
		arena_printf(rq->arena, "Everyone needed has consented: %s", s->title), path_of(rq, x->m, s->id), s->id, err) &&
		audited(w, x, "statement.draft", err);
}

static bool check_answer(struct putting *x, const struct statement_answer *mine, struct error *wrong)
{
	bool leaves = x->answer == ANSWER_WITHDRAWN || x->answer == ANSWER_OBJECT;

	if (x->s.ended_us)
		return error_set(wrong, ERROR_CONFLICT, "This statement was taken back, so it cannot be answered any more.");
	if (x->s.published)
		return error_set(wrong, ERROR_CONFLICT, "The practice record is published already. Write to whoever put the "
			"statement; what is "
			"published can be corrected or withdrawn.");
	if (!x->answer)
		return error_set(wrong, ERROR_INVALID, "Choose: consent, object or abstain.");
	if (x->answer == ANSWER_WITHDRAWN && mine->answer != ANSWER_CONSENT)
		return error_set(wrong, ERROR_CONFLICT, "There is no consent of yours to withdraw.");
	if (x->answer == ANSWER_OBJECT && !*x->reason)
		return error_set(wrong, ERROR_INVALID, "Say why you object, so that the others can answer it.");
	if (strlen(x->reason) > MEETING_REASON_MAX)
		return error_set(wrong, ERROR_INVALID, "Use at most %d letters for the reason.", MEETING_REASON_MAX);
	/* Leaving is possible until it is published. */
	return !is_over(x) || x->s.draft_id || (leaves && mine->answer == ANSWER_CONSENT) || error_set(wrong, ERROR_CONFLICT,
		"The time to answer ended on %s.", date_human(x->rq->arena, x->s.until));
}

bool statement_given(struct request *rq, struct response *rs, struct error *err)
{
	struct putting x = { .rq = rq, .typed_answer = request_typed(rq, "answer"),
		.reason = merge_normalise(rq->arena, request_typed(rq, "reason")), .may_name = strcmp(request_typed(rq,
			"may_name"), "yes") == 0 };
	const struct statement_answer *mine = NULL;
	struct statement_answer *list;
	struct error wrong = { 0 };
	size_t n;

	x.answer = answer_parse(x.typed_answer);
	x.may_name = x.may_name && x.answer == ANSWER_CONSENT;
	if (!here(&x, err) || !statement_answers(rq->db, rq->arena, x.s.id, &list, &n, err))
		return false;
	for (size_t i = 0; i < n; i++)
		mine = list[i].mine ? &list[i] : mine;
	if (!mine)
		return error_set(err, ERROR_NOT_FOUND, NO_SESSION);
	x.event = event_of(rq, x.m);
	if (check_answer(&x, mine, &wrong) && request_write_wake(rq, write_answer, &x, &wrong))
		return done_redirect(rq, rs, url_path(rq->arena, "%b", arena_printf(rq->arena, "%s%s", rq->base, path_of(rq,
			x.m, x.s.id))),
			x.became ? "became" : "answered");
	if (!is_wrong(&wrong)) {
		*err = wrong;
		return false;
	}
	return show(&x, rs, &wrong, err);
}

/* ---- whoever looks after the session ---- */

static bool write_act(struct db *w, void *arg, struct error *err)
{
	struct putting *x = arg;
	struct request *rq = x->rq;
	struct statement *s;

	if (!statement_read(w, rq->arena, x->s.id, &s, err))
		return false;
	if (s->published && strcmp(x->act, "end") == 0)
		return error_set(err, ERROR_CONFLICT, "The practice record is published already; it can be withdrawn from its own page.");
	if (strcmp(x->act, "extend") == 0)
		return statement_extend(w, s->id, x->until, err) && audited(w, x, "statement.extend", err);
	if (strcmp(x->act, "draft") == 0) {
		if (!s->consented || s->draft_id)
			return error_set(err, ERROR_CONFLICT, s->draft_id ? "There is a draft already." :
				"Not everyone needed has consented.");
		return statement_to_draft(w, rq, x->m, s, rq->account, x->event, err) && audited(w, x, "statement.draft", err);
	}
	return statement_end(w, s->id, err) && statement_read(w, rq->arena, s->id, &s, err) && statement_keep_draft(w, rq, s, err) &&
		audited(w, x, "statement.end", err);
}

bool statement_act(struct request *rq, struct response *rs, struct error *err)
{
	static const char *const acts[][2] = { { "end", "ended" }, { "extend", "extended" }, { "draft", "became" } };
	struct putting x = { .rq = rq, .act = request_typed(rq, "act"), .until = request_typed(rq, "until") };
	const char *word = NULL;
	struct error wrong = { 0 };

	if (!here(&x, err))
		return false;
	if (!x.m->leads)
		return error_set(err, ERROR_NOT_FOUND, NO_SESSION);
	for (size_t i = 0; i < sizeof acts / sizeof *acts; i++)
		if (strcmp(acts[i][0], x.act) == 0)
			word = acts[i][1];
	if (!word)
		return error_set(err, ERROR_INVALID, "The form that was sent is not well made.");
	x.event = event_of(rq, x.m);
	if ((strcmp(x.act, "extend") != 0 || check_until(&x, x.until, &wrong)) && request_write_wake(rq, write_act, &x, &wrong))
		return done_redirect(rq, rs, url_path(rq->arena, "%b", arena_printf(rq->arena, "%s%s", rq->base, path_of(rq,
			x.m, x.s.id))), word);
	if (!is_wrong(&wrong)) {
		*err = wrong;
		return false;
	}
	return show(&x, rs, &wrong, err);
}
