/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Publication: at once or at a set time, withdrawing and restoring. */
#include "publish.h"
#include "record_form.h"

#define NOTE_MAX 2000

/* ---- the record that a draft says ---- */

static bool problem(const struct form_problem *p, size_t n, struct error *err)
{
	const char *more = n > 1 ? " There are further problems; open the editor to see all." : "";

	if (!n)
		return error_set(err, ERROR_INTERNAL, "The text could not be made a record.");
	const char *where = p->label ? p->label : p->field;
	if (!where)
		return error_set(err, ERROR_INVALID, "The text is not ready: %.240s%s", p->cause, more);
	if (p->line)
		return error_set(err, ERROR_INVALID, "The text is not ready. %.80s, line %d: %.200s%s", where, p->line, p->cause, more);
	return error_set(err, ERROR_INVALID, "The text is not ready. %.80s: %.200s%s", where, p->cause, more);
}

bool publish_document(const struct draft_by *by, const struct draft *d, struct content_doc **doc, struct error *err)
{
	json_t *form = json_loads(d->form_json, 0, NULL);
	struct form_problem *problems = NULL;
	const char *xml;
	size_t n = 0;
	bool ok = record_form_to_xml(by->engine->schemas, by->arena, d->space_slug, d->type, d->slug,
		audience_name(d->audience), form, &xml, doc, &problems, &n);

	json_decref(form);
	return (ok && *doc) || problem(problems, n, err);
}

/* ---- publishing ---- */

static bool publish_now(struct db *w, const struct draft_by *by, struct draft *d, const char *note, struct error *err)
{
	struct content_doc *doc = NULL;
	const char *withdrawn;
	enum saved how;
	int64_t num;

	if (!publish_document(by, d, &doc, err))
		return false;
	doc->draft_id = d->id; /* whose attached files become the record's */
	if (!record_publish(w, by->arena, doc, by->account, note, d->record_num ? d->base_version : 0, &num, &how, err) ||
		!store_withdrawn_target(w, by->arena, num, &withdrawn, err))
		return false;
	if (withdrawn)
		return error_set(err, ERROR_INVALID, "It cannot be published: it points to '%.100s', which is withdrawn.",
			withdrawn);
	if (!store_version(w, num, &d->published_version, err))
		return false;
	d->record_num = num;
	d->base_version = d->published_version;
	d->state = DRAFT_PUBLISHED;
	d->publish_us = 0;
	d->note = note;
	return store_scheduled(w, d, NULL, err) && step_end(w, by, d, "publish", note, err) &&
		step_letter(w, by, d->author_id, "Your draft is published", "what you wrote is published:",
			draft_path(by->arena, d), NULL, err);
}

static bool schedule(struct db *w, const struct draft_by *by, struct draft *d, int64_t publish_us, const char *zone,
	const char *note, struct error *err)
{
	struct content_doc *doc;
	const char *words = arena_printf(by->arena, "%s%s%s", moment_human(by->arena, publish_us), zone ? ", set in " : "",
		zone ? zone : "");

	/* What is wrong today is said today. */
	if (!publish_document(by, d, &doc, err))
		return false;
	d->state = DRAFT_SCHEDULED;
	d->publish_us = publish_us;
	d->zone = zone;
	d->note = note;
	return store_scheduled(w, d, by->account->id, err) && step_end(w, by, d, "schedule", words, err) &&
		job_add(w, "publish", arena_printf(by->arena, "publish %s %lld %lld", d->id, (long long)publish_us,
			(long long)clock_now_us()), "a draft at its time", arena_printf(by->arena, "%s %lld", d->id,
			(long long)publish_us), publish_us, err);
}

bool draft_publish(struct db *w, const struct draft_by *by, const char *id, int64_t revision, int64_t publish_us,
	const char *zone, const char *note, struct error *err)
{
	struct draft_rights rights;
	enum draft_state judged;
	const char *held;
	struct draft *d;

	if (!step_begin(w, by, id, &d, &rights, err) || !step_may(d, rights.publish,
		d->state == DRAFT_APPROVED || d->state == DRAFT_SCHEDULED, err) || !step_revision(d, revision, err) ||
		!step_judge(w, by, d, &judged, err) || !store_held(w, by->arena, id, &held, err))
		return false;
	if (held)
		return error_set(err, ERROR_CONFLICT, "%s", held);
	if (judged != DRAFT_APPROVED)
		return error_set(err, ERROR_CONFLICT, "This text no longer has the approvals that it needs.");
	if (note && strlen(note) > NOTE_MAX)
		return error_set(err, ERROR_INVALID, "Use at most %d characters for the note.", NOTE_MAX);
	note = note && *note ? note : NULL;
	return publish_us > clock_now_us() ? schedule(w, by, d, publish_us, zone, note, err) :
		publish_now(w, by, d, note, err);
}

bool draft_unschedule(struct db *w, const struct draft_by *by, const char *id, struct error *err)
{
	struct draft_rights rights;
	struct draft *d;

	if (!step_begin(w, by, id, &d, &rights, err) ||
		!step_may(d, rights.unschedule, d->state == DRAFT_SCHEDULED, err) || !step_judge(w, by, d, &d->state, err))
		return false;
	d->publish_us = 0;
	return store_scheduled(w, d, NULL, err) && step_end(w, by, d, "unschedule", NULL, err);
}

/* ---- the job ---- */

struct firing {
	struct engine *engine;
	struct arena *arena;
	const char *id;
	int64_t at_us;
	const char *why; /* it was not published */
};

/* The draft, if it still is to be published at that very time; else NULL. */
static bool due(struct db *w, const struct firing *f, struct draft **d, struct error *err)
{
	if (!store_draft(w, f->arena, f->id, NULL, d, err))
		return false;
	if (*d && ((*d)->state != DRAFT_SCHEDULED || (*d)->publish_us != f->at_us))
		*d = NULL;
	return true;
}

/* Rights and text as they are now, not as they were when the time was set. */
static bool fire(struct db *w, void *arg, struct error *err)
{
	struct firing *f = arg;
	struct account *publisher, *author;
	const char *publisher_id;
	struct draft *d;

	if (!due(w, f, &d, err))
		return false;
	if (!d)
		return true;
	if (!store_publisher(w, f->arena, f->id, &publisher_id, err) ||
		!account_get(w, f->arena, publisher_id ? publisher_id : "", &publisher, err) ||
		!account_get(w, f->arena, d->author_id, &author, err))
		return false;
	if (author->disabled_us)
		return error_set(err, ERROR_DENIED, "The author's account is disabled.");
	struct draft_by by = { f->engine, f->arena, account_viewer(f->arena, publisher), publisher, NULL };
	if (draft_publish(w, &by, f->id, d->revision, 0, d->zone, d->note, err))
		return true;
	if (err->kind == ERROR_DENIED || err->kind == ERROR_NOT_FOUND) {
		error_clear(err);
		error_set(err, ERROR_DENIED, "%.100s, who set the time, may no longer publish it.", publisher->name);
	}
	return false;
}

/* Back to what the reviewers made of it, with the reason on the trail and by mail. */
static bool give_up(struct db *w, void *arg, struct error *err)
{
	struct firing *f = arg;
	struct draft_by by = { f->engine, f->arena, &viewer_system, NULL, NULL };
	const char *publisher_id;
	struct draft *d;

	if (!due(w, f, &d, err))
		return false;
	if (!d)
		return true;
	if (!store_publisher(w, f->arena, f->id, &publisher_id, err) || !step_judge(w, &by, d, &d->state, err))
		return false;
	d->publish_us = 0;
	if (!store_scheduled(w, d, NULL, err) || !step_end(w, &by, d, "not-published", f->why, err) ||
		!step_letter(w, &by, d->author_id, "A draft was not published", "a draft of yours was to be published now, and "
			"could not be. The reason stands on its page:", draft_path(f->arena, d), NULL, err))
		return false;
	return !publisher_id || strcmp(publisher_id, d->author_id) == 0 || step_letter(w, &by, publisher_id,
		"A draft was not published", "a draft was to be published now at your word, and could not be. The reason stands "
		"on its page:", draft_path(f->arena, d), NULL, err);
}

static enum job_result run_publish(struct engine *e, struct db *db, const struct job_row *job, struct error *err)
{
	struct firing f = { .engine = e, .arena = arena_create() };
	enum job_result result = JOB_GOOD;
	const char *space = job->payload ? strchr(job->payload, ' ') : NULL;

	(void)db;
	if (!space) {
		error_set(err, ERROR_INTERNAL, "The job says no draft.");
		result = JOB_HOPELESS;
		goto out;
	}
	f.id = arena_strndup(f.arena, job->payload, (size_t)(space - job->payload));
	f.at_us = strtoll(space + 1, NULL, 10);
	if (store_write(e->store, &viewer_system, fire, &f, err))
		goto out;
	if (err->kind == ERROR_UNAVAILABLE || err->kind == ERROR_INTERNAL) {
		result = JOB_AGAIN;
		goto out;
	}
	struct error inner = { 0 };
	f.why = arena_strdup(f.arena, err->text);
	log_warn("draft.not-published", "draft=%s reason=%s", f.id, log_quote(err->text));
	if (store_write_aside(e->store, &viewer_system, give_up, &f, &inner)) {
		error_clear(err);
	} else {
		error_detail(err, "%s", inner.text);
		result = JOB_AGAIN;
	}
out:
	arena_destroy(f.arena);
	return result;
}

const struct job_kind publishing_jobs[] = {
	{ "publish", 0, NULL, run_publish },
	{ NULL, 0, NULL, NULL }
};

/* ---- withdrawing ---- */

/* Space and audience of a record, withdrawn or not; and the right to publish there. */
static bool may_bury(struct db *w, const struct draft_by *by, int64_t num, struct store_place *place, struct error *err)
{
	const char *national;

	if (!store_place(w, by->arena, num, place, err) || !store_national(w, by->arena, &national, err))
		return false;
	return (place->space_id && viewer_may_publish(by->viewer, place->space_id, place->audience, national)) ||
		error_set(err, ERROR_DENIED, NO_RECORD);
}

static const char *address(const struct draft_by *by, const struct store_place *p)
{
	return arena_printf(by->arena, "%s/%s/%s", p->space_slug, p->type, p->slug);
}

bool publish_withdraw(struct db *w, const struct draft_by *by, int64_t num, int64_t version, const char *reason,
	struct error *err)
{
	struct store_place place;
	int64_t now;

	if (!may_bury(w, by, num, &place, err) || !store_version(w, num, &now, err))
		return false;
	if (!*reason || strlen(reason) > NOTE_MAX)
		return error_set(err, ERROR_INVALID, *reason ? "Use at most %d characters for the reason." :
			"Say why it is withdrawn; the reason will stand at its address.", NOTE_MAX);
	if (now != version)
		return error_set(err, ERROR_CONFLICT, "A new version was published meanwhile. Nothing was changed; read it first.");
	return record_withdraw(w, by->arena, num, by->account, reason, err) &&
		step_audit(w, by, place.space_slug, "record.withdraw", place.id, address(by, &place), err);
}

bool publish_restore(struct db *w, const struct draft_by *by, int64_t num, struct error *err)
{
	struct store_place place;

	return may_bury(w, by, num, &place, err) && record_restore(w, by->arena, num, err) &&
		step_audit(w, by, place.space_slug, "record.restore", place.id, address(by, &place), err);
}
