/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Evidence: routes. */
#include "evidence.h"

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

static const struct route routes[] = {
	{ HTTP_GET, "/about/evidence", ROLE_ANYONE, 0, NULL, about, "How evidence is rated" },
	{ HTTP_GET, "/evidence/{id:id}/outcomes.csv", ROLE_ANYONE, 0, NULL, outcomes_csv, "Outcomes of a record as CSV" },
	{ 0, NULL, 0, 0, NULL, NULL, NULL }
};

const struct module evidence_module = { .name = "evidence", .routes = routes, .record = evidence_record };
