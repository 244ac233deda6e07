/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is done on a draft's page: each form is one step of the workflow. */
#include "pages.h"
#include "zone.h"

struct act {
	struct draft_by by;
	const char *id, *words;
	int64_t revision;
	/* Of single forms. */
	const struct account *who;
	const char *account_id, *zone, *note, *comment;
	struct draft_remark remark;
	int64_t publish_us;
	bool on;
};

static struct act act_begin(struct request *rq)
{
	return (struct act){ .by = draft_by_request(rq), .id = request_arg(rq, "id"), .words = request_typed(rq, "words"),
		.revision = strtoll(request_typed(rq, "revision"), NULL, 10) };
}

/* The page again, with what was wrong and what was typed. */
static bool again(struct request *rq, struct response *rs, const char *form, const struct error *wrong, struct error *err)
{
	struct draft_form shown = { form, arena_strdup(rq->arena, wrong->text) };

	if (wrong->kind != ERROR_INVALID && wrong->kind != ERROR_CONFLICT) {
		*err = *wrong;
		return false;
	}
	rs->status = error_status(wrong->kind);
	return draft_show(rq, rs, request_arg(rq, "id"), &shown, err);
}

/* form: of the template; aside: the step touches no content. */
static bool take(struct request *rq, struct response *rs, struct act *act, bool aside, store_operation *op,
	const char *form, const char *done, struct error *err)
{
	struct error wrong = { 0 };
	struct draft *d;

	/* The same words for what is absent and what is not open, before anything else. */
	if (!draft_get(rq->db, rq->arena, act->id, &d, err))
		return false;
	if (!step_write(rq, aside, op, act, &wrong))
		return again(rq, rs, form, &wrong, err);
	return done_redirect(rq, rs, draft_url(rq, act->id, NULL), done);
}

static bool write_submit(struct db *w, void *arg, struct error *err)
{
	struct act *act = arg;

	return draft_submit(w, &act->by, act->id, act->revision, act->words, err);
}

bool act_submit(struct request *rq, struct response *rs, struct error *err)
{
	struct act act = act_begin(rq);

	return take(rq, rs, &act, true, write_submit, "submit", "submitted", err);
}

static bool write_take_back(struct db *w, void *arg, struct error *err)
{
	struct act *act = arg;

	return draft_take_back(w, &act->by, act->id, err);
}

bool act_take_back(struct request *rq, struct response *rs, struct error *err)
{
	struct act act = act_begin(rq);

	return take(rq, rs, &act, true, write_take_back, "take_back", "taken-back", err);
}

static bool write_discard(struct db *w, void *arg, struct error *err)
{
	struct act *act = arg;

	return draft_discard(w, &act->by, act->id, err);
}

bool act_discard(struct request *rq, struct response *rs, struct error *err)
{
	struct act act = act_begin(rq);

	return take(rq, rs, &act, true, write_discard, "discard", "discarded", err);
}

static bool write_reopen(struct db *w, void *arg, struct error *err)
{
	struct act *act = arg;

	return draft_reopen(w, &act->by, act->id, err);
}

bool act_reopen(struct request *rq, struct response *rs, struct error *err)
{
	struct act act = act_begin(rq);

	return take(rq, rs, &act, true, write_reopen, "reopen", "reopened", err);
}

/* ---- reviewers ---- */

static bool write_invite(struct db *w, void *arg, struct error *err)
{
	struct act *act = arg;

	return draft_invite(w, &act->by, act->id, act->who, err);
}

bool act_invite(struct request *rq, struct response *rs, struct error *err)
{
	struct act act = act_begin(rq);
	struct error wrong = { 0 };
	struct account *list;
	const char *national;
	struct draft *d;
	size_t n = 0;

	if (!draft_get(rq->db, rq->arena, act.id, &d, err) || !national_id(rq, &national, err))
		return false;
	/* Only who may ask someone learns whether there is such a person. */
	act.who = rq->account;
	if (!draft_rights(rq->viewer, d, national).invite)
		return take(rq, rs, &act, true, write_invite, "invite", "invited", err);
	if (!account_by_login_or_email(rq->db, rq->arena, request_typed(rq, "who"), &list, &n, err))
		return false;
	if (n != 1) {
		error_set(&wrong, ERROR_INVALID, n ? "Several people have this address; give the login." :
			"There is nobody with this login or e-mail address.");
		return again(rq, rs, "invite", &wrong, err);
	}
	struct account *who;
	if (!account_get(rq->db, rq->arena, list[0].id, &who, err))
		return false;
	act.who = who;
	return take(rq, rs, &act, true, write_invite, "invite", "invited", err);
}

static bool write_dismiss(struct db *w, void *arg, struct error *err)
{
	struct act *act = arg;

	return draft_dismiss(w, &act->by, act->id, act->account_id, err);
}

bool act_dismiss(struct request *rq, struct response *rs, struct error *err)
{
	struct act act = act_begin(rq);

	act.account_id = request_typed(rq, "account");
	return take(rq, rs, &act, true, write_dismiss, "dismiss", "dismissed", err);
}

static bool write_decide(struct db *w, void *arg, struct error *err)
{
	struct act *act = arg;

	return draft_decide(w, &act->by, act->id, act->revision, act->on, act->words, err);
}

bool act_decide(struct request *rq, struct response *rs, struct error *err)
{
	struct act act = act_begin(rq);

	act.on = strcmp(request_typed(rq, "verdict"), "approve") == 0;
	return take(rq, rs, &act, true, write_decide, "decide", act.on ? "approved" : "asked", err);
}

/* ---- comments ---- */

static bool write_comment(struct db *w, void *arg, struct error *err)
{
	struct act *act = arg;

	return draft_comment(w, &act->by, act->id, &act->remark, err);
}

bool act_comment(struct request *rq, struct response *rs, struct error *err)
{
	struct act act = act_begin(rq);
	const char *field = request_typed(rq, "field"), *parent = request_typed(rq, "parent");

	act.remark = (struct draft_remark){ .field = *field ? field : NULL, .parent = *parent ? parent : NULL, .text = act.words,
		.revision = act.revision, .line = strtoll(request_typed(rq, "line"), NULL, 10) };
	return take(rq, rs, &act, true, write_comment, "comment", "commented", err);
}

static bool write_resolve(struct db *w, void *arg, struct error *err)
{
	struct act *act = arg;

	return draft_resolve(w, &act->by, act->id, act->comment, act->on, err);
}

bool act_resolve(struct request *rq, struct response *rs, struct error *err)
{
	struct act act = act_begin(rq);

	act.comment = request_typed(rq, "comment");
	act.on = strcmp(request_typed(rq, "on"), "no") != 0;
	return take(rq, rs, &act, true, write_resolve, "resolve", act.on ? "resolved" : "unresolved", err);
}

/* ---- publishing ---- */

static bool write_publish(struct db *w, void *arg, struct error *err)
{
	struct act *act = arg;

	return draft_publish(w, &act->by, act->id, act->revision, act->publish_us, act->zone, act->note, err);
}

/* The moment that date, time and zone say; false: what is wrong with them is in err. */
static bool read_moment(struct request *rq, struct act *act, struct error *err)
{
	const char *date = request_typed(rq, "date"), *time = request_typed(rq, "time");

	act->zone = request_typed(rq, "zone");
	if (strlen(date) != 10 || !date_valid(date) || strlen(time) < 5)
		return error_set(err, ERROR_INVALID, "Give the date as YYYY-MM-DD and the time as HH:MM.");
	if (!zone_known(act->zone))
		return error_set(err, ERROR_INVALID, "Choose a time zone.");
	if (!zone_to_utc(act->zone, arena_printf(rq->arena, "%sT%.5s", date, time), &act->publish_us, err))
		return false;
	return act->publish_us > clock_now_us() ||
		error_set(err, ERROR_INVALID, "That moment is past. Give a later one, or publish now.");
}

bool act_publish(struct request *rq, struct response *rs, struct error *err)
{
	struct act act = act_begin(rq);
	bool later = strcmp(request_typed(rq, "when"), "later") == 0;
	struct error wrong = { 0 };

	act.note = request_typed(rq, "note");
	if (later && !read_moment(rq, &act, &wrong)) {
		struct draft *d;

		return draft_get(rq->db, rq->arena, act.id, &d, err) && again(rq, rs, "publish", &wrong, err);
	}
	return take(rq, rs, &act, later, write_publish, "publish", later ? "scheduled" : "published", err);
}

static bool write_unschedule(struct db *w, void *arg, struct error *err)
{
	struct act *act = arg;

	return draft_unschedule(w, &act->by, act->id, err);
}

bool act_unschedule(struct request *rq, struct response *rs, struct error *err)
{
	struct act act = act_begin(rq);

	return take(rq, rs, &act, true, write_unschedule, "unschedule", "unscheduled", err);
}
