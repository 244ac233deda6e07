/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Evidence: routes. */
#include "rating.h"

static bool about(struct request *rq, struct response *rs, struct error *err)
{
	struct data *page = page_create(rq, "How evidence is rated");

	page_crumb(page, "About", url_path(rq->arena, "%b/about", rq->base));
	page_crumb(page, "How evidence is rated", (struct url){ NULL });
	data_text(page, "description", "What each level means, who rates, and how to appeal.");
	return page_send(rq, rs, "about-evidence", page, err);
}

static bool outcomes_csv(struct request *rq, struct response *rs, struct error *err)
{
	struct finding *list;
	size_t n, n_evaluations;
	struct record *r;
	bool practice, ok;

	if (!record_by_id(rq->db, rq->arena, request_arg(rq, "id"), &r, err))
		return false;
	json_t *details = json_loads(r->details_json ? r->details_json : "{}", 0, NULL);
	ok = findings_collect(rq, r, details, &list, &n, &n_evaluations, &practice, err);
	json_decref(details);
	if (!ok)
		return false;
	record_note_read(rq, r, "csv");
	forest_csv(&rs->body, list, n);
	rs->type = "text/csv; charset=utf-8";
	response_header(rs, "Content-Disposition", arena_printf(rq->arena, "attachment; filename=\"%s-outcomes.csv\"", r->slug));
	return true;
}

static const struct param desk_params[] = {
	{ "page", PARAM_INT, 1, 10000, "Page of the list, from 1" },
	{ NULL, 0, 0, 0, NULL }
};

static const struct route routes[] = {
	{ HTTP_GET, "/about/evidence", ROLE_ANYONE, 0, NULL, about, "How evidence is rated" },
	{ HTTP_GET, "/evidence/{id:id}/outcomes.csv", ROLE_ANYONE, 0, NULL, outcomes_csv, "Outcomes of a record as CSV" },
	{ HTTP_GET, "/innovations", ROLE_ANYONE, 0, innovation_params, innovations_page, "What jurisdictions try" },
	{ HTTP_GET, "/evidence", ROLE_SIGNED_IN, 0, desk_params, rating_desk, "Outcomes to rate" },
	{ HTTP_GET, "/evidence/reviewers", ROLE_NETWORK_ADMIN, 0, NULL, reviewers_page, "Certified reviewers" },
	{ HTTP_POST, "/evidence/reviewers", ROLE_NETWORK_ADMIN, 0, NULL, reviewers_certify, "Certify a reviewer" },
	{ HTTP_POST, "/evidence/reviewers/end", ROLE_NETWORK_ADMIN, 0, NULL, reviewers_end, "End a certificate" },
	{ HTTP_GET, "/evidence/{id:id}/{number:int}", ROLE_ANYONE, 0, done_params, rating_page, "How an outcome was rated" },
	{ HTTP_POST, "/evidence/{id:id}/{number:int}/review", ROLE_SIGNED_IN, 0, done_params, rating_act, "Rate an outcome" },
	{ HTTP_POST, "/evidence/{id:id}/{number:int}/consensus", ROLE_SIGNED_IN, 0, done_params, rating_act,
		"Propose a consensus" },
	{ HTTP_POST, "/evidence/{id:id}/{number:int}/confirm", ROLE_SIGNED_IN, 0, done_params, rating_act,
		"Confirm a rating for a new version" },
	{ HTTP_POST, "/evidence/{id:id}/{number:int}/anew", ROLE_SIGNED_IN, 0, done_params, rating_act,
		"Begin a rating anew for a new version" },
	{ HTTP_POST, "/evidence/{id:id}/{number:int}/appeal", ROLE_SIGNED_IN, 0, done_params, rating_act,
		"Appeal against a rating" },
	{ HTTP_POST, "/evidence/{id:id}/{number:int}/decide", ROLE_SIGNED_IN, 0, done_params, rating_act,
		"Decide an appeal" },
	{ 0, NULL, 0, 0, NULL, NULL, NULL }
};

const struct module evidence_module = { .name = "evidence", .migrations = rating_migrations,
	.views = rating_views, .routes = routes, .record = evidence_record, .mine = ratings_of_mine };
