/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A draft's page: where it stands, who reviews it, its text with comments, what
 * may be done now, and who did what; and what differs between two revisions. */
#include "pages.h"
#include "lines.h"
#include "readable.h"
#include "zone.h"

static const char *const zones[] = { "America/New_York", "America/Chicago", "America/Denver", "America/Phoenix",
	"America/Los_Angeles", "America/Anchorage", "Pacific/Honolulu", "UTC" };

/* ---- parts ---- */

static const char *moment_in(struct request *rq, int64_t us, const char *zone)
{
	char name[16] = "";
	int seconds = 0;

	if (!us || !zone || !zone_offset(zone, us, &seconds, name))
		return us ? moment_human(rq->arena, us) : NULL;
	/* The words of moment_human, with the zone's name in place of UTC. */
	const char *local = moment_human(rq->arena, us + (int64_t)seconds * 1000000);
	size_t n = strlen(local);
	return arena_printf(rq->arena, "%.*s%s", (int)(n > 3 ? n - 3 : n), local, name);
}

static bool put_facts(struct request *rq, struct data *page, const struct draft *d, struct error *err)
{
	record_fact(page, "Space", d->space_name);
	record_fact(page, "Author", d->author_name);
	record_fact(page, "For", audience_label(d->audience));
	record_fact(page, "Address", *d->slug ? d->slug : "not chosen yet");
	record_fact(page, "Revision", arena_printf(rq->arena, "%lld, saved %s", (long long)d->revision,
		moment_human(rq->arena, d->saved_us)));
	if (d->submitted_us)
		record_fact(page, "Submitted", arena_printf(rq->arena, "revision %lld, %s", (long long)d->submitted_revision,
			moment_human(rq->arena, d->submitted_us)));
	record_fact(page, "To be published", moment_in(rq, d->publish_us, d->zone));
	record_fact(page, "Correction note", d->state == DRAFT_SCHEDULED ? d->note : NULL);
	if (d->record_num) {
		struct record *r;
		size_t found;

		if (!record_by_nums(rq->db, rq->arena, &d->record_num, 1, &r, &found, err))
			return false;
		if (found)
			record_fact_url(page, d->state == DRAFT_PUBLISHED ? "Published as" : "New version of", r->title,
				page_record_url(rq, r));
	}
	return true;
}

static bool put_reviewers(struct request *rq, struct data *page, const struct draft *d, bool removable, struct error *err)
{
	static const char *const verdicts[] = { "has not answered yet", "approves", "asks for changes" };
	struct draft_reviewer *list;
	int64_t approvals = 0;
	size_t n;

	if (!draft_reviewers(rq->db, rq->arena, d, &list, &n, err))
		return false;
	for (size_t i = 0; i < n; i++) {
		struct data *item = data_item(page, "reviewers");

		data_text(item, "name", list[i].name);
		data_text(item, "id", list[i].account_id);
		data_text(item, "verdict", list[i].disabled ? "can no longer sign in" : verdicts[list[i].verdict]);
		data_text(item, "invited", arena_printf(rq->arena, "asked by %s, %s", list[i].invited_by,
			moment_human(rq->arena, list[i].invited_us)));
		data_flag(item, "removable", removable);
		approvals += list[i].verdict == 1 && !list[i].disabled;
	}
	int64_t needed = approvals_needed(rq->engine, d);
	data_textf(page, "approvals", "%lld of %lld %s", (long long)approvals, (long long)needed,
		needed == 1 ? "approval that it needs" : "approvals that it needs");
	return true;
}

static bool put_revisions(struct request *rq, struct data *page, const struct draft *d, struct error *err)
{
	struct draft_revision *list;
	size_t n;

	if (!draft_revisions(rq->db, rq->arena, d->id, &list, &n, err))
		return false;
	for (size_t i = 0; i < n; i++) {
		struct data *item = data_item(page, "revisions");

		data_textf(item, "number", "%lld", (long long)list[i].revision);
		data_text(item, "date", moment_human(rq->arena, list[i].saved_us));
		data_text(item, "who", list[i].account_name);
		data_text(item, "kind", list[i].submitted ? "submitted" : list[i].automatic ? "saved by itself" : "saved");
		data_text(item, "left_checked", i == 1 ? "checked" : NULL);
		data_text(item, "right_checked", i == 0 ? "checked" : NULL);
	}
	data_flag(page, "comparable", n > 1);
	return true;
}

static const char *action_words(const char *action)
{
	static const char *const words[][2] = { { "begin", "began the draft" }, { "rewrite", "changed the text after it was "
		"submitted; approvals count no longer" }, { "submit", "submitted it" }, { "take-back", "took it back" },
		{ "discard", "discarded it" }, { "reopen", "took it up again" }, { "invite", "asked a reviewer" },
		{ "dismiss", "removed a reviewer" }, { "approve", "approved it" }, { "ask", "asked for changes" },
		{ "publish", "published it" }, { "schedule", "scheduled it" }, { "unschedule", "took it off the schedule" },
		{ "not-published", "could not publish it" } };

	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		if (strcmp(words[i][0], action) == 0)
			return words[i][1];
	return action;
}

static bool put_trail(struct request *rq, struct data *page, const struct draft *d, struct error *err)
{
	struct draft_step *list;
	size_t n;

	if (!draft_steps(rq->db, rq->arena, d->id, &list, &n, err))
		return false;
	for (size_t i = 0; i < n; i++) {
		struct data *item = data_item(page, "trail");

		data_text(item, "date", moment_human(rq->arena, list[i].at_us));
		data_text(item, "who", list[i].account_name ? list[i].account_name : "The server");
		data_text(item, "what", action_words(list[i].action));
		data_text(item, "words", list[i].words);
		if (list[i].revision)
			data_textf(item, "revision", "revision %lld", (long long)list[i].revision);
	}
	return true;
}

/* People who can be named by their login without a search: the space's and the
 * national office's members, as far as this viewer is one of them. */
static bool put_people(struct request *rq, struct data *page, const struct draft *d, const char *national,
	struct error *err)
{
	const char *spaces[] = { d->space_id, national };

	for (size_t s = 0; s < 2; s++) {
		struct account *list;
		size_t n;

		if (!viewer_has_role(rq->viewer, spaces[s], ROLE_READER) || (s && strcmp(spaces[0], spaces[1]) == 0))
			continue;
		if (!account_members(rq->db, rq->arena, spaces[s], &list, &n, err))
			return false;
		for (size_t i = 0; i < n; i++) {
			struct data *item = data_item(page, "people");

			data_text(item, "login", list[i].login);
			data_text(item, "name", list[i].name);
		}
	}
	return true;
}

/* ---- forms ---- */

static void put_urls(struct request *rq, struct data *page, const struct draft *d)
{
	static const char *const names[][2] = { { "submit_to", "submit" }, { "take_back_to", "take-back" },
		{ "discard_to", "discard" }, { "reopen_to", "reopen" }, { "invite_to", "invite" }, { "dismiss_to", "dismiss" },
		{ "decide_to", "decide" }, { "comment_to", "comment" }, { "resolve_to", "resolve" }, { "publish_to", "publish" },
		{ "unschedule_to", "unschedule" }, { "compare_to", "compare" }, { "edit_url", "edit" },
		{ "preview_url", "preview" } };

	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		data_url(page, names[i][0], draft_url(rq, d->id, names[i][1]));
}

/* What was typed stands again in the form that went wrong, and that is open. */
static void put_typed(struct request *rq, struct data *page, const struct draft *d, const struct draft_form *form)
{
	struct data *typed = data_object(page, "typed"), *open = data_object(page, "open");
	bool publishing = form && strcmp(form->form, "publish") == 0;
	const char *zone = publishing ? request_typed(rq, "zone") : zones[0];

	if (form) {
		data_text(open, form->form, "open");
		data_text(data_object(page, "wrong_in"), form->form, form->wrong);
		data_text(typed, form->form, request_typed(rq, "words"));
		data_text(page, "wrong", form->wrong);
	}
	data_text(page, "date", publishing ? request_typed(rq, "date") : NULL);
	data_text(page, "time", publishing ? request_typed(rq, "time") : NULL);
	data_text(page, "note", publishing ? request_typed(rq, "note") : d->note);
	data_text(page, "who", form && strcmp(form->form, "invite") == 0 ? request_typed(rq, "who") : NULL);
	for (size_t i = 0; i < sizeof zones / sizeof *zones; i++) {
		struct data *item = data_item(page, "zones");

		data_text(item, "value", zones[i]);
		data_text(item, "selected", strcmp(zone, zones[i]) == 0 ? "selected" : NULL);
	}
}

static void put_rights(struct data *page, const struct draft_rights *r)
{
	data_flag(page, "may_edit", r->edit);
	data_flag(page, "may_submit", r->submit);
	data_flag(page, "may_take_back", r->take_back);
	data_flag(page, "may_discard", r->discard);
	data_flag(page, "may_reopen", r->reopen);
	data_flag(page, "may_invite", r->invite);
	data_flag(page, "may_review", r->review);
	data_flag(page, "may_comment", r->comment);
	data_flag(page, "may_publish", r->publish);
	data_flag(page, "may_unschedule", r->unschedule);
	data_flag(page, "any_step", r->submit || r->take_back || r->discard || r->reopen || r->review || r->publish ||
		r->unschedule || r->edit);
}

static struct data *begin(struct request *rq, const struct draft *d, const char *title)
{
	const struct record_type *t = engine_type(rq->engine, d->type);
	struct data *page = page_create(rq, title);

	page_crumb(page, "Drafts", url_path(rq->arena, "%b/drafts", rq->base));
	data_text(page, "type_label", t ? t->label : d->type);
	return page;
}

bool draft_show(struct request *rq, struct response *rs, const char *id, const struct draft_form *form,
	struct error *err)
{
	const char *national, *held;
	struct draft *d;

	if (!draft_get(rq->db, rq->arena, id, &d, err) || !national_id(rq, &national, err) ||
		!draft_held(rq->db, rq->arena, id, &held, err))
		return false;
	const char *title = *d->title ? d->title : "(without a title)";
	struct data *page = begin(rq, d, form ? arena_printf(rq->arena, "Error: %s", title) : title);
	struct draft_rights rights = draft_rights(rq->viewer, d, national);
	page_crumb(page, title, (struct url){ NULL });
	data_text(page, "heading", title);
	data_text(page, "state", draft_state_label(d->state));
	data_text(page, "state_name", draft_state_name(d->state));
	data_textf(page, "revision", "%lld", (long long)d->revision);
	data_flag(page, "update", d->record_num != 0);
	data_flag(page, "outside", !d->inside);
	data_flag(page, "rewriting", !d->inside && d->state == DRAFT_WRITING);
	data_text(page, "done", draft_done(rq));
	data_text(page, "held", d->state < DRAFT_PUBLISHED ? held : NULL);
	put_rights(page, &rights);
	put_urls(rq, page, d);
	put_typed(rq, page, d, form);
	if (rights.invite && !put_people(rq, page, d, national, err))
		return false;
	return put_facts(rq, page, d, err) && put_reviewers(rq, page, d, rights.invite, err) &&
		lines_put(rq, page, d, rights.comment, err) && put_revisions(rq, page, d, err) && put_trail(rq, page, d, err) &&
		page_send_private(rq, rs, "draft", page, err);
}

bool draft_page(struct request *rq, struct response *rs, struct error *err)
{
	return draft_show(rq, rs, request_arg(rq, "id"), NULL, err);
}

/* ---- what differs ---- */

static bool side(struct request *rq, const char *id, int64_t number, struct readable_side *out, struct error *err)
{
	struct draft_revision *r;

	if (!draft_revision_get(rq->db, rq->arena, id, number, &r, err))
		return false;
	out->form = json_loads(r->form_json, 0, NULL);
	out->slug = r->slug;
	out->audience = r->audience;
	return true;
}

static void put_side(struct request *rq, struct data *page, const struct draft *d, const char *label, const char *url,
	int64_t number)
{
	data_textf(page, label, "revision %lld", (long long)number);
	data_url(page, url, draft_url(rq, d->id, NULL));
}

bool draft_compare(struct request *rq, struct response *rs, struct error *err)
{
	struct readable_side left = { 0 }, right = { 0 };
	struct draft *d;
	bool ok = false;

	if (!draft_get(rq->db, rq->arena, request_arg(rq, "id"), &d, err))
		return false;
	int64_t to = request_arg_int(rq, "right", d->revision), from = request_arg_int(rq, "left", to > 1 ? to - 1 : 1);
	if (!side(rq, d->id, from, &left, err) || !side(rq, d->id, to, &right, err))
		goto out;
	const char *title = arena_printf(rq->arena, "What changed in %s", *d->title ? d->title : "the draft");
	struct data *page = begin(rq, d, title);
	page_crumb(page, *d->title ? d->title : "(without a title)", draft_url(rq, d->id, NULL));
	page_crumb(page, "What changed", (struct url){ NULL });
	data_text(page, "eyebrow", "Draft");
	data_text(page, "heading", title);
	put_side(rq, page, d, "left_label", "left_url", from);
	put_side(rq, page, d, "right_label", "right_url", to);
	data_url(page, "back_url", draft_url(rq, d->id, NULL));
	data_text(page, "back_label", "Back to the draft");
	readable_difference(rq, page, d->type, &left, &right);
	ok = page_send_private(rq, rs, "difference", page, err);
out:
	json_decref((json_t *)left.form);
	json_decref((json_t *)right.form);
	return ok;
}
