/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The reviewers' desk, and the certificates that network admins give. */
#include "rating.h"
#include <time.h>
#include "account.h"
#include "audit.h"

#define PER_PAGE 20
#define CERTIFICATE_MOST_YEARS 5

/* ---- desk ---- */

static const char *desk_state(const struct rating *r, int64_t version)
{
	if (!r)
		return "No review yet";
	if (r->state == RATING_OPEN)
		return "Waits for the second review";
	if (r->state == RATING_SPLIT)
		return "The reviewers do not agree";
	return r->holds_version == version ? "Rated" : "Rated for an earlier version: to be confirmed";
}

static bool put_evaluation(struct request *rq, struct data *page, const char *id, struct error *err)
{
	struct record *r;
	struct rating *ratings;
	struct outcome *outcomes;
	size_t n, n_ratings;

	if (!record_by_id(rq->db, rq->arena, id, &r, err) ||
		!rating_list(rq->db, rq->arena, r->num, &ratings, &n_ratings, err))
		return false;
	json_t *details = json_loads(r->details_json ? r->details_json : "{}", 0, NULL);
	outcomes = outcomes_read(rq->arena, details, &n);
	json_decref(details);
	for (size_t i = 0; i < n; i++) {
		const struct rating *now = rating_of(ratings, n_ratings, outcomes[i].measure);
		struct data *row = data_item(page, "outcomes");

		data_text(row, "evaluation", r->title);
		data_text(row, "measure", outcomes[i].measure);
		data_url(row, "url", url_path(rq->arena, "%b/evidence/%s/%d", rq->base, r->id, (int)i + 1));
		data_text(row, "state", desk_state(now, r->version));
		if (now && now->state == RATING_SETTLED)
			put_level(row, now->level);
	}
	return true;
}

bool rating_desk(struct request *rq, struct response *rs, struct error *err)
{
	int number = (int)request_arg_int(rq, "page", 1);
	struct record_filter f = { .type = "evaluation", .order = RECORD_BY_TITLE, .limit = PER_PAGE,
		.offset = (number - 1) * PER_PAGE };
	struct data *page = page_create(rq, "Rating evidence");
	struct record *list;
	int64_t total = 0;
	size_t n;
	bool certified;

	if (!space_is_national(rq->space))
		f.space_slug = rq->space->slug;
	if (!reviewer_holds(rq->db, rq->account->id, &certified, err) ||
		!record_list(rq->db, rq->arena, &f, &list, &n, &total, err))
		return false;
	for (size_t i = 0; i < n; i++)
		if (!put_evaluation(rq, page, list[i].id, err))
			return false;
	page_crumb(page, "Rating evidence", (struct url){ NULL });
	data_flag(page, "certified", certified);
	data_url(page, "about_evidence", url_path(rq->arena, "%b/about/evidence", rq->base));
	if (rq->viewer->network_admin)
		data_url(page, "reviewers_url", url_path(rq->arena, "%b/evidence/reviewers", rq->base));
	page_pagination(page, url_path(rq->arena, "%b/evidence", rq->base), total, PER_PAGE, number);
	return page_send_private(rq, rs, "evidence-desk", page, err);
}

/* ---- certificates ---- */

struct certify {
	struct request *rq;
	struct reviewer reviewer;
	const char *id;
	bool found;
};

static void put_certificates(struct request *rq, struct data *page, const struct reviewer *list, size_t n)
{
	int64_t now = clock_now_us();

	for (size_t i = 0; i < n; i++) {
		const struct reviewer *r = &list[i];
		struct data *row = data_item(page, "certificates");
		bool holds = !r->ended_us && r->expires_us > now;

		data_text(row, "id", r->id);
		data_text(row, "name", r->name);
		data_text(row, "by", r->by_name);
		data_text(row, "note", r->note);
		data_text(row, "from", moment_human(rq->arena, r->certified_us));
		data_text(row, "until", moment_human(rq->arena, r->ended_us ? r->ended_us : r->expires_us));
		data_text(row, "state", holds ? "Holds" : r->ended_us ? "Ended early" : "Expired");
		data_flag(row, "holds", holds);
	}
}

static bool show_reviewers(struct request *rq, struct response *rs, const char *wrong, struct error *err)
{
	struct data *page = page_create(rq, wrong ? "Error: Reviewers" : "Reviewers");
	struct reviewer *list;
	size_t n;

	if (!reviewer_list(rq->db, rq->arena, &list, &n, err))
		return false;
	put_certificates(rq, page, list, n);
	page_crumb(page, "Rating evidence", url_path(rq->arena, "%b/evidence", rq->base));
	page_crumb(page, "Reviewers", (struct url){ NULL });
	data_url(page, "certify_url", url_path(rq->arena, "%b/evidence/reviewers", rq->base));
	data_url(page, "end_url", url_path(rq->arena, "%b/evidence/reviewers/end", rq->base));
	data_text(page, "typed_login", request_form(rq, "login"));
	data_text(page, "typed_until", request_form(rq, "until"));
	data_text(page, "typed_note", request_form(rq, "note"));
	data_text(page, "wrong", wrong);
	if (wrong)
		rs->status = 400;
	return page_send_private(rq, rs, "evidence-reviewers", page, err);
}

bool reviewers_page(struct request *rq, struct response *rs, struct error *err)
{
	return show_reviewers(rq, rs, NULL, err);
}

/* The end of a day (UTC), within the next years. */
static bool until_us(const char *day, int64_t *out)
{
	struct tm tm = { 0 };
	int64_t now = clock_now_us();

	if (strlen(day) != 10 || !date_valid(day) || sscanf(day, "%d-%d-%d", &tm.tm_year, &tm.tm_mon, &tm.tm_mday) != 3)
		return false;
	tm.tm_year -= 1900;
	tm.tm_mon -= 1;
	*out = ((int64_t)timegm(&tm) + 86400) * 1000000;
	return *out > now && *out < now + CERTIFICATE_MOST_YEARS * 366 * 86400 * 1000000LL;
}

static bool write_certify(struct db *w, void *arg, struct error *err)
{
	struct certify *c = arg;
	struct audit_entry e = audit_entry(c->rq, "reviewer.certify", c->reviewer.account_id, NULL);

	return reviewer_certify(w, &c->reviewer, c->rq->account->id, err) && audit_write(w, &e, err);
}

bool reviewers_certify(struct request *rq, struct response *rs, struct error *err)
{
	const char *login = request_form(rq, "login"), *until = request_form(rq, "until"), *note = request_form(rq, "note");
	struct certify c = { .rq = rq };
	struct account *account = NULL;
	char normal[LOGIN_SIZE];
	bool holds;

	if (login && login_normalise(login, normal) && !account_by_login(rq->db, rq->arena, normal, &account, err))
		return false;
	if (!account || account->disabled_us)
		return show_reviewers(rq, rs, "Nobody has exactly this login.", err);
	if (strcmp(account->id, rq->account->id) == 0)
		return show_reviewers(rq, rs, "Nobody certifies themselves: ask another network admin.", err);
	if (!until || !until_us(until, &c.reviewer.expires_us))
		return show_reviewers(rq, rs, "Choose the last day, within the next five years.", err);
	if (note && strlen(note) > 500)
		return show_reviewers(rq, rs, "The note is longer than 500 bytes.", err);
	if (!reviewer_holds(rq->db, account->id, &holds, err))
		return false;
	if (holds)
		return show_reviewers(rq, rs, "This person has a certificate that holds. End it first, then give another.", err);
	c.reviewer.account_id = account->id;
	c.reviewer.name = account->name;
	c.reviewer.by_name = rq->account->name;
	c.reviewer.note = note && *note ? note : NULL;
	return request_write(rq, write_certify, &c, err) &&
		response_redirect(rs, url_path(rq->arena, "%b/evidence/reviewers", rq->base));
}

static bool write_end(struct db *w, void *arg, struct error *err)
{
	struct certify *c = arg;
	struct audit_entry e = audit_entry(c->rq, "reviewer.end", c->id, NULL);

	return reviewer_end(w, c->id, &c->found, err) && (!c->found || audit_write(w, &e, err));
}

bool reviewers_end(struct request *rq, struct response *rs, struct error *err)
{
	struct certify c = { .rq = rq, .id = request_form(rq, "id") };

	if (!c.id || !id_valid(c.id))
		return show_reviewers(rq, rs, "Choose the certificate that ends.", err);
	return request_write(rq, write_end, &c, err) &&
		response_redirect(rs, url_path(rq->arena, "%b/evidence/reviewers", rq->base));
}
