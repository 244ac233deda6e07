/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Drafts: who may do what with one, and the steps up to its approval. */
#include "steps.h"
#include "account_mail.h"
#include "audit.h"

#define REVISION_MAX_BYTES ((size_t)4 << 20)
#define WORDS_MAX 4000
#define COMMENT_LETTERS_US (3600 * 1000000LL) /* one letter an hour, however many comments */

/* ---- states ---- */

static const char *const states[][2] = {
	[DRAFT_WRITING] = { "writing", "Being written" },
	[DRAFT_REVIEW] = { "review", "In review" },
	[DRAFT_CHANGES] = { "changes", "Changes asked for" },
	[DRAFT_APPROVED] = { "approved", "Approved" },
	[DRAFT_SCHEDULED] = { "scheduled", "Scheduled" },
	[DRAFT_PUBLISHED] = { "published", "Published" },
	[DRAFT_DISCARDED] = { "discarded", "Discarded" },
};

const char *draft_state_name(enum draft_state s)
{
	return s >= DRAFT_WRITING && s <= DRAFT_DISCARDED ? states[s][0] : "";
}

const char *draft_state_label(enum draft_state s)
{
	return s >= DRAFT_WRITING && s <= DRAFT_DISCARDED ? states[s][1] : "";
}

enum draft_state draft_state_parse(const char *name)
{
	for (enum draft_state s = DRAFT_WRITING; name && s <= DRAFT_DISCARDED; s++)
		if (strcmp(name, states[s][0]) == 0)
			return s;
	return 0;
}

/* ---- rights ---- */

static bool is_author(const struct viewer *v, const struct draft *d)
{
	return v->kind == VIEWER_ACCOUNT && strcmp(v->account_id, d->author_id) == 0;
}

/* The same as the view v_draft says, for a row that was read without it. */
static bool may_see(const struct viewer *v, struct draft *d, const char *national_id)
{
	d->inside = viewer_has_role(v, d->space_id, ROLE_CONTRIBUTOR) ||
		(is_author(v, d) && viewer_has_role(v, d->space_id, ROLE_READER));
	return d->inside || (d->submitted_revision && d->state != DRAFT_DISCARDED &&
		(d->reviewer || (d->wide && viewer_has_role(v, national_id, ROLE_EDITOR))));
}

bool draft_may_edit(const struct viewer *v, const struct draft *d)
{
	return d->state <= DRAFT_APPROVED && viewer_may_write(v, d->space_id);
}

struct draft_rights draft_rights(const struct viewer *v, const struct draft *d, const char *national_id)
{
	enum draft_state s = d->state;
	bool writes = viewer_may_write(v, d->space_id), editor = viewer_has_role(v, d->space_id, ROLE_EDITOR);
	bool publishes = viewer_may_publish(v, d->space_id, d->audience, national_id);
	bool asked = d->submitted_revision > 0;

	return (struct draft_rights){
		.edit = draft_may_edit(v, d),
		.submit = writes && (s == DRAFT_WRITING || s == DRAFT_CHANGES),
		.take_back = writes && (s == DRAFT_REVIEW || s == DRAFT_APPROVED),
		.discard = s <= DRAFT_APPROVED && writes && (editor || is_author(v, d)),
		.reopen = s == DRAFT_DISCARDED && writes && (editor || is_author(v, d)),
		.invite = asked && s <= DRAFT_SCHEDULED && (publishes || editor),
		.review = asked && d->reviewer && !d->wrote && !is_author(v, d) && s >= DRAFT_REVIEW && s <= DRAFT_SCHEDULED,
		.comment = s <= DRAFT_SCHEDULED,
		.publish = publishes && (s == DRAFT_APPROVED || s == DRAFT_SCHEDULED),
		.unschedule = s == DRAFT_SCHEDULED && (publishes || writes),
	};
}

int64_t approvals_needed(const struct engine *e, const struct draft *d)
{
	bool wide = d->audience == AUDIENCE_PUBLIC || d->audience == AUDIENCE_NETWORK;

	return options_int(e->options, wide ? "review-approvals" : "review-approvals-space");
}

/* ---- writing ---- */

bool draft_create(struct db *w, const struct draft_start *s, const struct account *who, char id[ID_SIZE],
	struct error *err)
{
	if (s->audience == AUDIENCE_NONE)
		return error_set(err, ERROR_INVALID, "Choose who is to read it.");
	id_new(id);
	struct draft_save first = { .id = id, .title = s->title, .slug = s->slug, .form_json = s->form_json,
		.audience = s->audience };
	return store_draft_add(w, s, who, id, err) && store_revision_add(w, &first, who, 1, 0, err) &&
		store_step(w, id, who, "begin", 1, NULL, err);
}

static bool same(const char *a, const char *b)
{
	return strcmp(a ? a : "", b ? b : "") == 0;
}

static bool same_text(const struct draft *d, const struct draft_save *s)
{
	return same(d->form_json, s->form_json) && same(d->title, s->title) && same(d->slug, s->slug) &&
		d->audience == s->audience &&
		(!s->base_version || s->base_version == d->base_version);
}

static bool save(struct db *w, struct draft *d, const struct draft_save *s, const struct account *who,
	int64_t *revision, struct error *err)
{
	bool judged = d->state == DRAFT_REVIEW || d->state == DRAFT_APPROVED, replaces = false;

	if (s->automatic && !store_revision_replaceable(w, d->id, d->revision, who->id, &replaces, err))
		return false;
	*revision = d->revision + 1;
	if (!store_revision_add(w, s, who, *revision, replaces ? d->revision : 0, err))
		return false;
	d->revision = *revision;
	d->audience = s->audience;
	d->state = judged ? DRAFT_WRITING : d->state;
	d->base_version = s->base_version ? s->base_version : d->base_version;
	return store_draft_saved(w, d, err) && (!judged || store_step(w, d->id, who, "rewrite", *revision, NULL, err));
}

bool draft_save(struct db *w, const struct draft_save *given, const struct account *who, int64_t *revision,
	struct error *err)
{
	struct arena *a = arena_create();
	struct draft_save s = *given;
	struct draft *d;
	bool ok = false;

	if (!store_draft(w, a, s.id, who->id, &d, err))
		goto out;
	if (!d || !viewer_may_write(db_viewer(w), d->space_id)) {
		error_absent(err);
	} else if (!draft_may_edit(db_viewer(w), d)) {
		error_set(err, ERROR_CONFLICT, "This draft is %s, so it cannot be changed.",
			d->state == DRAFT_SCHEDULED ? "scheduled for publication" : draft_state_name(d->state));
	} else if (s.expected != d->revision) {
		error_set(err, ERROR_CONFLICT, "Someone else saved this draft in the meantime.");
	} else if (s.audience == AUDIENCE_NONE || strlen(s.form_json) > REVISION_MAX_BYTES) {
		error_set(err, s.audience ? ERROR_TOO_LARGE : ERROR_INVALID, s.audience ? "This text is too long." :
			"Choose who is to read it.");
	} else {
		if (d->record_num)
			s.slug = d->slug;
		*revision = d->revision;
		ok = same_text(d, &s) || save(w, d, &s, who, revision, err);
	}
out:
	arena_destroy(a);
	return ok;
}

/* ---- what the steps share ---- */

struct draft_by draft_by_request(struct request *rq)
{
	return (struct draft_by){ .engine = rq->engine, .arena = rq->arena, .viewer = rq->viewer, .account = rq->account,
		.request = rq };
}

bool step_begin(struct db *w, const struct draft_by *by, const char *id, struct draft **d,
	struct draft_rights *rights, struct error *err)
{
	const char *national;

	*rights = (struct draft_rights){ 0 };
	if (!store_draft(w, by->arena, id, by->viewer->account_id, d, err) || !store_national(w, by->arena, &national, err))
		return false;
	if (!*d || !may_see(by->viewer, *d, national))
		return error_absent(err);
	*rights = draft_rights(by->viewer, *d, national);
	return true;
}

bool step_audit(struct db *w, const struct draft_by *by, const char *space_slug, const char *action,
	const char *object, const char *detail, struct error *err)
{
	struct audit_entry e = { .action = action, .object = object, .detail = detail };

	if (by->request) {
		e = audit_entry(by->request, action, object, detail);
	} else if (by->account) {
		e.account = by->account->id;
		e.login = by->account->login;
	}
	e.space = space_slug;
	return audit_write(w, &e, err);
}

bool step_end(struct db *w, const struct draft_by *by, const struct draft *d, const char *action, const char *words,
	struct error *err)
{
	return store_draft_saved(w, d, err) && store_step(w, d->id, by->account, action, d->submitted_revision, words, err) &&
		step_audit(w, by, d->space_slug, arena_printf(by->arena, "draft.%s", action), d->id,
			arena_printf(by->arena, "%s, revision %lld", d->type, (long long)d->submitted_revision), err);
}

const char *draft_path(struct arena *a, const struct draft *d)
{
	return arena_printf(a, "/drafts/%s", d->id);
}

bool step_letter(struct db *w, const struct draft_by *by, const char *account_id, const char *subject,
	const char *line, const char *path, const char *key, struct error *err)
{
	const char *origin = by->request ? link_origin(by->request) : options_string(by->engine->options, "public-origin");
	struct account *to;

	if (!mail_configured(by->engine) || (by->account && strcmp(account_id, by->account->id) == 0))
		return true;
	if (!account_get(w, by->arena, account_id, &to, err))
		return false;
	if (to->disabled_us || !to->email || !mail_address_ok(to->email))
		return true;
	struct mail m = { .to = to->email, .key = key, .subject = subject, .text = arena_printf(by->arena,
		"Dear %s,\n\n%s\n\n%s%s\n\nThis letter says nothing of the text itself; sign in to read it.\n", to->name, line,
		origin && *origin ? origin : "After signing in: ", path) };
	return mail_queue(w, &m, err);
}

bool step_letters_editors(struct db *w, const struct draft_by *by, const struct draft *d, const char *subject,
	const char *line, struct error *err)
{
	const char *space = d->space_id;
	struct account *list;
	size_t n;

	if ((d->wide && !store_national(w, by->arena, &space, err)) || !account_members(w, by->arena, space, &list, &n, err))
		return false;
	for (size_t i = 0; i < n; i++)
		if (account_highest(&list[i]) >= ROLE_EDITOR &&
			!step_letter(w, by, list[i].id, subject, line, draft_path(by->arena, d), NULL, err))
			return false;
	return true;
}

static bool letters_reviewers(struct db *w, const struct draft_by *by, const struct draft *d, const char *subject,
	const char *line, struct error *err)
{
	const char **ids;
	size_t n;

	if (!store_reviewers(w, by->arena, d->id, &ids, &n, err))
		return false;
	for (size_t i = 0; i < n; i++)
		if (!step_letter(w, by, ids[i], subject, line, draft_path(by->arena, d), NULL, err))
			return false;
	return true;
}

bool step_judge(struct db *w, const struct draft_by *by, const struct draft *d, enum draft_state *state,
	struct error *err)
{
	int64_t approvals, changes;

	if (!store_decisions(w, d->id, d->submitted_revision, &approvals, &changes, err))
		return false;
	*state = changes ? DRAFT_CHANGES : approvals >= approvals_needed(by->engine, d) ? DRAFT_APPROVED : DRAFT_REVIEW;
	return true;
}

static bool denied(struct error *err)
{
	return error_set(err, ERROR_DENIED, "This step is not yours to take.");
}

/* Why a step that is not possible is not: state, or right. */
static bool refused(const struct draft *d, bool state_allows, struct error *err)
{
	if (state_allows)
		return denied(err);
	return error_set(err, ERROR_CONFLICT, "Meanwhile this draft is in the state: %s. Nothing was changed.",
		draft_state_label(d->state));
}

bool step_may(const struct draft *d, bool allowed, bool state_allows, struct error *err)
{
	return allowed || refused(d, state_allows, err);
}

bool step_revision(const struct draft *d, int64_t seen, struct error *err)
{
	return seen == d->revision || error_set(err, ERROR_CONFLICT, "The text was changed meanwhile: you read revision "
		"%lld, it is now revision %lld. Nothing was done; read the new one first.", (long long)seen,
		(long long)d->revision);
}

static bool words_fit(const char *words, struct error *err)
{
	return !words || strlen(words) <= WORDS_MAX || error_set(err, ERROR_INVALID, "Use at most %d characters.", WORDS_MAX);
}

/* ---- the steps ---- */

bool draft_submit(struct db *w, const struct draft_by *by, const char *id, int64_t revision, const char *words,
	struct error *err)
{
	struct draft_rights rights;
	struct content_doc *doc;
	struct draft *d;

	if (!step_begin(w, by, id, &d, &rights, err) || !words_fit(words, err))
		return false;
	if (!rights.submit)
		return refused(d, d->state == DRAFT_WRITING || d->state == DRAFT_CHANGES, err);
	if (!step_revision(d, revision, err))
		return false;
	if (!*d->title)
		return error_set(err, ERROR_INVALID, "Give the draft a title before you submit it.");
	/* Reviewers get what can be published as it stands. */
	if (by->engine->schemas && !publish_document(by, d, &doc, err))
		return false;
	if (!store_submitted(w, id, revision, err))
		return false;
	d->submitted_revision = revision;
	d->wide = d->audience == AUDIENCE_PUBLIC || d->audience == AUDIENCE_NETWORK;
	return step_judge(w, by, d, &d->state, err) && step_end(w, by, d, "submit", words, err) &&
		step_letters_editors(w, by, d, "A draft was submitted", "a draft was submitted and waits for its reviewers:", err) &&
		letters_reviewers(w, by, d, "A draft waits for your review", "a draft waits for your review:", err);
}

static bool simple_step(struct db *w, const struct draft_by *by, struct draft *d, bool allowed, bool state_allows,
	enum draft_state to, const char *action, struct error *err)
{
	if (!allowed)
		return refused(d, state_allows, err);
	d->state = to;
	return step_end(w, by, d, action, NULL, err);
}

bool draft_take_back(struct db *w, const struct draft_by *by, const char *id, struct error *err)
{
	struct draft_rights rights;
	struct draft *d;

	return step_begin(w, by, id, &d, &rights, err) && simple_step(w, by, d, rights.take_back,
		d->state == DRAFT_REVIEW || d->state == DRAFT_APPROVED, DRAFT_WRITING, "take-back", err);
}

bool draft_discard(struct db *w, const struct draft_by *by, const char *id, struct error *err)
{
	struct draft_rights rights;
	struct draft *d;

	return step_begin(w, by, id, &d, &rights, err) && simple_step(w, by, d, rights.discard,
		d->state <= DRAFT_APPROVED, DRAFT_DISCARDED, "discard", err);
}

bool draft_reopen(struct db *w, const struct draft_by *by, const char *id, struct error *err)
{
	struct draft_rights rights;
	struct draft *d;

	return step_begin(w, by, id, &d, &rights, err) && simple_step(w, by, d, rights.reopen,
		d->state == DRAFT_DISCARDED, DRAFT_WRITING, "reopen", err);
}

bool draft_invite(struct db *w, const struct draft_by *by, const char *id, const struct account *who,
	struct error *err)
{
	struct draft_rights rights;
	struct draft *d;
	bool added;

	if (!step_begin(w, by, id, &d, &rights, err))
		return false;
	if (!rights.invite)
		return refused(d, d->submitted_revision && d->state <= DRAFT_SCHEDULED, err);
	if (strcmp(who->id, d->author_id) == 0)
		return error_set(err, ERROR_INVALID, "The author cannot review the draft.");
	if (who->disabled_us || (!who->n_memberships && !who->network_admin))
		return error_set(err, ERROR_INVALID, "This person is no member of the network.");
	if (!store_reviewer_add(w, id, who, by->account, &added, err))
		return false;
	if (!added)
		return error_set(err, ERROR_CONFLICT, "%.100s is a reviewer already.", who->name);
	return step_end(w, by, d, "invite", who->name, err) && step_letter(w, by, who->id, "A draft waits for your review",
		"you are asked to review a draft:", draft_path(by->arena, d), NULL, err);
}

bool draft_dismiss(struct db *w, const struct draft_by *by, const char *id, const char *account_id,
	struct error *err)
{
	struct draft_rights rights;
	struct account *who;
	struct draft *d;
	bool removed;

	if (!step_begin(w, by, id, &d, &rights, err))
		return false;
	if (!rights.invite)
		return refused(d, d->submitted_revision && d->state <= DRAFT_SCHEDULED, err);
	if (!store_reviewer_remove(w, id, account_id, &removed, err))
		return false;
	if (!removed)
		return error_set(err, ERROR_CONFLICT, "This person is no reviewer any more.");
	/* What is scheduled is judged when its time comes. */
	if (d->state >= DRAFT_REVIEW && d->state <= DRAFT_APPROVED && !step_judge(w, by, d, &d->state, err))
		return false;
	return account_get(w, by->arena, account_id, &who, err) && step_end(w, by, d, "dismiss", who->name, err);
}

bool draft_decide(struct db *w, const struct draft_by *by, const char *id, int64_t revision, bool approve,
	const char *words, struct error *err)
{
	struct draft_rights rights;
	struct draft *d;

	if (!step_begin(w, by, id, &d, &rights, err) || !words_fit(words, err))
		return false;
	/* A later revision may have been saved already; what was read is what counts. */
	if (rights.review && d->revision != d->submitted_revision)
		return error_set(err, ERROR_CONFLICT, "The author is changing the text meanwhile. Nothing was done; you are "
			"asked again when it is submitted.");
	if (!rights.review)
		return refused(d, d->state >= DRAFT_REVIEW && d->state <= DRAFT_SCHEDULED, err);
	if (!step_revision(d, revision, err))
		return false;
	if (!approve && (!words || !*words))
		return error_set(err, ERROR_INVALID, "Say which changes you ask for.");
	if (!store_decide(w, id, revision, by->account, approve, err))
		return false;
	enum draft_state was = d->state;
	if ((was != DRAFT_SCHEDULED || !approve) && !step_judge(w, by, d, &d->state, err))
		return false;
	if (was == DRAFT_SCHEDULED && !approve) {
		d->publish_us = 0;
		if (!store_scheduled(w, d, NULL, err))
			return false;
	}
	if (!step_end(w, by, d, approve ? "approve" : "ask", words, err))
		return false;
	if (!approve)
		return step_letter(w, by, d->author_id, "Changes are asked for", "a reviewer of your draft asks for changes:",
			draft_path(by->arena, d), NULL, err);
	if (d->state != DRAFT_APPROVED || was == DRAFT_APPROVED)
		return true;
	return step_letter(w, by, d->author_id, "Your draft is approved", "your draft is approved and can be published:",
		draft_path(by->arena, d), NULL, err) && step_letters_editors(w, by, d, "A draft is approved",
		"a draft is approved and can be published:", err);
}

/* ---- comments ---- */

/* That line of what was typed in a field; NULL if there is none. */
static const char *line_of(struct arena *a, const char *form_json, const char *field, int64_t line)
{
	json_t *form = json_loads(form_json, 0, NULL);
	const char *s = json_string_value(json_object_get(form, field)), *found = NULL;

	for (int64_t i = 1; s && i < line; i++) {
		s = strchr(s, '\n');
		s = s ? s + 1 : NULL;
	}
	if (s && line >= 1)
		found = arena_strndup(a, s, strcspn(s, "\r\n"));
	json_decref(form);
	return found;
}

/* A general comment is about the last revision that its author sees, an answer
 * about its thread's; a line must be one that its author sees. */
static bool place(struct db *w, const struct draft_by *by, const struct draft *d, struct draft_remark *r,
	const char **quote, struct error *err)
{
	const char *author, *json;

	*quote = NULL;
	if (r->parent) {
		r->field = NULL;
		r->line = 0;
		if (!store_comment_on(w, by->arena, d->id, r->parent, &author, &r->revision, err))
			return false;
		return author || error_absent(err);
	}
	if (!r->field) {
		r->line = 0;
		r->revision = d->inside ? d->revision : d->submitted_revision;
		return true;
	}
	if (!store_form(w, by->arena, d->id, r->revision, !d->inside, &json, err))
		return false;
	*quote = json ? line_of(by->arena, json, r->field, r->line) : NULL;
	return *quote || error_set(err, ERROR_INVALID, "There is no such line.");
}

bool draft_comment(struct db *w, const struct draft_by *by, const char *id, const struct draft_remark *given,
	struct error *err)
{
	struct draft_remark r = *given;
	struct draft_rights rights;
	const char *quote;
	struct draft *d;

	if (!step_begin(w, by, id, &d, &rights, err) || !words_fit(r.text, err))
		return false;
	if (!rights.comment)
		return refused(d, d->state <= DRAFT_SCHEDULED, err);
	if (!*r.text)
		return error_set(err, ERROR_INVALID, "Write a comment first.");
	return place(w, by, d, &r, &quote, err) && store_comment(w, id, &r, quote, by->account, err) &&
		step_letter(w, by, d->author_id, "A comment on your draft", "there are new comments on your draft:",
			draft_path(by->arena, d), arena_printf(by->arena, "comment %s %lld", d->id,
			(long long)(clock_now_us() / COMMENT_LETTERS_US)), err);
}

bool draft_resolve(struct db *w, const struct draft_by *by, const char *id, const char *comment, bool resolved,
	struct error *err)
{
	struct draft_rights rights;
	const char *author;
	struct draft *d;
	int64_t revision;

	if (!step_begin(w, by, id, &d, &rights, err))
		return false;
	if (!rights.comment)
		return refused(d, d->state <= DRAFT_SCHEDULED, err);
	if (!store_comment_on(w, by->arena, id, comment, &author, &revision, err))
		return false;
	if (!author)
		return error_absent(err);
	/* Those who write the text, and who made the comment. */
	if (!viewer_may_write(by->viewer, d->space_id) && strcmp(author, by->account->id) != 0)
		return denied(err);
	return store_resolve(w, comment, resolved ? by->account->name : NULL, resolved ? clock_now_us() : 0, err);
}
