/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The jobs: a new file is checked by the virus scanner if there is one, then read
 * out; and what nothing refers to any more is removed. Each file is read for each
 * record anew, so that how soon it is ready tells nobody that another has it. */
#include "files.h"
#include <unistd.h>

struct step {
	const struct attachment *at;
	enum attachment_state state;
	const char *problem;
	struct arena *arena;
	const struct attachment_reading *reading;
};

static bool save_state(struct db *w, void *arg, struct error *err)
{
	struct step *s = arg;
	struct audit_entry e = { .login = "commonweald", .action = "file.refused", .object = s->at->id, .detail = s->problem };

	return attachment_set_state(w, s->at->id, s->state, s->problem, err) &&
		(s->state != ATTACHMENT_REFUSED || audit_write(w, &e, err));
}

static bool save_reading(struct db *w, void *arg, struct error *err)
{
	struct step *s = arg;

	return attachment_save_reading(w, s->arena, s->at->id, s->reading, err);
}

/* True: the file may be seen. */
static enum job_result check(struct engine *e, struct step *s, int fd, struct error *err)
{
	const char *clamd = options_string(e->options, "clamd");
	char found[128] = "";
	struct error why = { 0 };
	/* Without a scanner now, what waited for one is let through: the administrator's choice. */
	enum clam_answer answer = *clamd ? clam_scan(clamd, fd, found, &why) : CLAM_CLEAN;

	s->state = answer == CLAM_CLEAN ? ATTACHMENT_READY : answer == CLAM_FOUND ? ATTACHMENT_REFUSED : ATTACHMENT_CHECKING;
	s->problem = answer == CLAM_FOUND ? arena_printf(s->arena, "The virus scanner found %s.", found) :
		answer == CLAM_UNREACHABLE ? why.text : NULL;
	if (answer == CLAM_FOUND)
		log_warn("file.refused", "attachment=%s found=%s", s->at->id, log_quote(found));
	if (!store_write(e->store, &viewer_system, save_state, s, err))
		return JOB_AGAIN;
	if (answer == CLAM_UNREACHABLE) {
		*err = why;
		return JOB_AGAIN;
	}
	return JOB_GOOD;
}

static enum job_result read_out(struct engine *e, struct step *s, int fd, struct error *err)
{
	struct extract_result r;
	struct attachment_text *texts;

	if (!extract_read(fd, s->at->type, s->arena, &r, err))
		return JOB_AGAIN;
	texts = arena_array(s->arena, r.n_texts, sizeof *texts);
	for (size_t i = 0; i < r.n_texts; i++)
		texts[i] = (struct attachment_text){ (int)r.texts[i].page, r.texts[i].text };
	struct attachment_reading *reading = arena_alloc(s->arena, sizeof *reading);

	*reading = (struct attachment_reading){ .pages = (int)r.pages, .width = (int)r.width, .height = (int)r.height,
		.n_texts = r.n_texts, .texts = texts, .png = r.png, .n_png = r.n_png, .problem = r.problem };
	s->reading = reading;
	log_info("file.read", "attachment=%s pages=%u texts=%zu picture=%zu problem=%s", s->at->id, r.pages, r.n_texts,
		r.n_png, log_quote(r.problem ? r.problem : ""));
	return store_write(e->store, &viewer_system, save_reading, s, err) ? JOB_GOOD : JOB_AGAIN;
}

enum job_result file_read(struct engine *e, struct db *db, const struct job_row *job, struct error *err)
{
	struct arena *a = arena_create();
	struct step s = { .arena = a };
	struct attachment *at;
	enum job_result result = JOB_AGAIN;
	int fd = -1;

	if (!attachment_of_job(db, a, job->payload, &at, err))
		goto out;
	if (!at || at->state == ATTACHMENT_REFUSED) {
		result = JOB_GOOD; /* gone in the meantime */
		goto out;
	}
	s.at = at;
	fd = blob_open(e->blobs, at->hash, NULL, err);
	if (fd < 0) {
		result = JOB_HOPELESS;
		goto out;
	}
	result = at->state == ATTACHMENT_CHECKING ? check(e, &s, fd, err) : JOB_GOOD;
	if (result == JOB_GOOD && s.state != ATTACHMENT_REFUSED)
		result = read_out(e, &s, fd, err);
out:
	if (fd >= 0)
		close(fd);
	arena_destroy(a);
	return result;
}

static bool forget(struct db *w, void *arg, struct error *err)
{
	return attachment_forget_removed(w, *(int64_t *)arg, err);
}

enum job_result files_collect(struct engine *e, struct db *db, const struct job_row *job, struct error *err)
{
	int64_t keep_us = options_int(e->options, "files-keep-removed") * 1000;
	struct blob_collected c;

	(void)db;
	(void)job;
	if (!store_write_aside(e->store, &viewer_system, forget, &keep_us, err) ||
		!blobs_collect(e->blobs, e->store, keep_us, &c, err))
		return JOB_AGAIN;
	if (c.rows || c.strays)
		log_info("files.collected", "rows=%lld strays=%lld bytes=%lld", (long long)c.rows, (long long)c.strays,
			(long long)c.bytes);
	return JOB_GOOD;
}
