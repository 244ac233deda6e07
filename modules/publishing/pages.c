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

const struct param done_param[] = {
	{ "done", PARAM_SLUG, 0, 0, "What was just done, sealed" },
	{ NULL, 0, 0, 0, NULL }
};

bool done_redirect(struct request *rq, struct response *rs, struct url to, const char *word)
{
	return response_redirect(rs, url_query(rq->arena, to, "done",
		arena_printf(rq->arena, "%s-%s", word, csrf_seal(rq, word))));
}

void put_done(struct request *rq, struct data *page, const char *name)
{
	const char *done = NULL;

	/* A record's own route declares no parameter. */
	for (size_t i = 0; rq->session && (rq->method & (HTTP_GET | HTTP_HEAD)) && i < rq->n_query; i++)
		if (strcmp(rq->query[i].name, "done") == 0)
			done = rq->query[i].value;
	for (size_t i = 0; done && done_words[i][0]; i++)
		if (strcmp(done, arena_printf(rq->arena, "%s-%s", done_words[i][0], csrf_seal(rq, done_words[i][0]))) == 0)
			data_text(page, name, done_words[i][1]);
}

bool private_send(struct request *rq, struct response *rs, const char *template_name, struct data *page,
	struct error *err)
{
	bool ok = page_send(rq, rs, template_name, page, err);

	rs->cacheable = false;
	return ok;
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
