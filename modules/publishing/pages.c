/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the pages of this module share. */
#include "pages.h"

static const char *const done_words[][2] = {
	{ "submitted", "The draft is submitted. The editors and its reviewers are told." },
	{ "taken-back", "The draft is yours to change again." },
	{ "discarded", "The draft is discarded. It can be taken up again here." },
	{ "reopened", "The draft is taken up again." },
	{ "invited", "The reviewer is asked." },
	{ "dismissed", "The reviewer is removed." },
	{ "approved", "You approved this revision." },
	{ "asked", "The author is told which changes you ask for." },
	{ "commented", "The comment is added." },
	{ "resolved", "The comment is marked as resolved." },
	{ "unresolved", "The comment is open again." },
	{ "published", "It is published." },
	{ "scheduled", "It is scheduled." },
	{ "unscheduled", "It is no longer scheduled." },
	{ "restored", "The record is published again." },
	{ NULL, NULL }
};

const char *draft_done(const struct request *rq)
{
	return done_text(rq, done_words);
}

bool step_write(struct request *rq, bool aside, store_operation *op, void *arg, struct error *err)
{
	if (!(aside ? store_write_aside : store_write)(rq->engine->store, &viewer_system, op, arg, err))
		return false;
	jobs_wake(rq->engine->jobs);
	return true;
}

bool national_id(struct request *rq, const char **id, struct error *err)
{
	struct space *national;

	if (!space_by_slug(rq->db, rq->arena, SPACE_NATIONAL, &national, err))
		return false;
	*id = national->id;
	return true;
}

struct url draft_url(struct request *rq, const char *id, const char *below)
{
	return below ? url_path(rq->arena, "%b/drafts/%s/%s", rq->base, id, below) :
		url_path(rq->arena, "%b/drafts/%s", rq->base, id);
}
