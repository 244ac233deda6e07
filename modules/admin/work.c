/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Jobs: what waits, what failed and why. */
#include "pages.h"
#include "backup.h"
#include "job.h"

#define JOBS_SHOWN 100

static enum job_state state_parse(const char *word)
{
	for (enum job_state s = JOB_WAITING; word && s <= JOB_FAILED; s++)
		if (strcmp(word, job_state_name(s)) == 0)
			return s;
	return 0;
}

static void put_job(struct request *rq, struct data *item, const struct job_row *job)
{
	data_text(item, "kind", job->kind);
	data_text(item, "about", job->about);
	data_text(item, "state", job_state_name(job->state));
	data_int(item, "attempts", job->attempts);
	data_text(item, "when", moment_human(rq->arena, job->ended_us ? job->ended_us : job->due_us));
	data_text(item, "problem", job->problem);
	data_flag(item, "failed", job->state == JOB_FAILED);
	data_flag(item, "can_retry", job->can_retry);
	data_url(item, "retry_url", url_path(rq->arena, "%b/admin/jobs/%s/retry", rq->base, job->id));
}

static bool put_states(struct request *rq, struct data *page, enum job_state chosen, struct error *err)
{
	static const char *const labels[] = { [JOB_WAITING] = "Waiting", [JOB_DONE] = "Done",
		[JOB_FAILED] = "Failed" };
	struct url all = url_path(rq->arena, "%b/admin/jobs", rq->base);
	struct job_row *rows;
	size_t n;

	for (enum job_state s = 0; s <= JOB_FAILED; s++) {
		struct data *item = data_item(page, "states");
		int64_t total = 0;

		if (!job_list(rq->db, rq->arena, s, 1, &rows, &n, &total, err))
			return false;
		data_text(item, "label", s ? labels[s] : "All");
		data_textf(item, "count", "%lld", (long long)total);
		data_url(item, "url", s ? url_query(rq->arena, all, "state", job_state_name(s)) : all);
		data_flag(item, "current", s == chosen);
	}
	return true;
}

/* Those that the server made; why there is none is a problem of the job above. */
static void put_backups(struct request *rq, struct data *page)
{
	struct backup_row *rows;
	size_t n;

	data_flag(page, "makes_backups", *options_string(rq->engine->options, "backup-folder"));
	if (!backup_list(rq->engine->options, rq->arena, &rows, &n, NULL))
		return;
	for (size_t i = 0; i < n; i++) {
		struct data *item = data_item(page, "backups");

		data_text(item, "name", rows[i].name);
		data_text(item, "when", moment_human(rq->arena, rows[i].created_us));
		data_textf(item, "size", "%.1f MiB", (double)rows[i].bytes / 1048576);
	}
}

bool jobs_page(struct request *rq, struct response *rs, struct error *err)
{
	struct data *page = admin_page(rq, rs, "Jobs", NULL);
	enum job_state state = state_parse(request_arg(rq, "state"));
	struct job_row *rows;
	int64_t total = 0;
	size_t n;

	if (!job_list(rq->db, rq->arena, state, JOBS_SHOWN, &rows, &n, &total, err) ||
		!put_states(rq, page, state, err))
		return false;
	for (size_t i = 0; i < n; i++)
		put_job(rq, data_item(page, "jobs"), &rows[i]);
	if (total > (int64_t)n)
		data_textf(page, "more", "%lld", (long long)(total - (int64_t)n));
	put_backups(rq, page);
	page_crumb(page, "Jobs", (struct url){ NULL });
	return page_send_private(rq, rs, "admin-jobs", page, err);
}

struct again {
	struct request *rq;
	const char *id;
	bool found;
};

static bool write_again(struct db *w, void *arg, struct error *err)
{
	struct again *g = arg;
	struct audit_entry e = audit_entry(g->rq, "job.retry", g->id, NULL);

	e.space = NULL;
	return job_retry(w, g->id, &g->found, err) && (!g->found || audit_write(w, &e, err));
}

bool job_again(struct request *rq, struct response *rs, struct error *err)
{
	struct again g = { .rq = rq, .id = request_arg(rq, "id") };

	if (!request_write(rq, write_again, &g, err))
		return false;
	if (!g.found)
		return error_set(err, ERROR_CONFLICT, "This job is not among the failed ones that can be tried again.");
	jobs_wake(rq->engine->jobs);
	return done_redirect(rq, rs, url_path(rq->arena, "%b/admin/jobs", rq->base), "job-again");
}
