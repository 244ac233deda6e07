/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Bulk import: POST of an archive, the job that reads it, and its status. */
#include "imports.h"
#include "account.h"
#include "audit.h"
#include "blob.h"
#include "content.h"
#include "tar.h"
#include "upload.h"

#define PROBLEMS_MAX 1000
#define NOTE_EVERY_US 500000

const struct option_def api_options[] = {
	{ "import-max-size", OPTION_SIZE, "64M", 1024, (int64_t)1 << 40, "Largest archive that may be imported through the API." },
	{ "import-max-expanded", OPTION_SIZE, "512M", 1024, (int64_t)1 << 40, "The same for what it holds." },
	{ NULL, 0, NULL, 0, 0, NULL }
};

/* ---- sending ---- */

struct sending {
	struct request *rq;
	struct upload_file *file;
	struct api_import import;
};

static bool write_import(struct db *w, void *arg, struct error *err)
{
	struct sending *s = arg;
	struct audit_entry e = audit_entry(s->rq, "import.begin", s->import.id, s->import.dry_run ? "dry run" : NULL);

	return blob_add(w, s->import.hash, blob_size(s->file->blob), err) && import_add_row(w, &s->import, err) &&
		job_add(w, "import", NULL, "an archive sent to the API", s->import.id, 0, err) && audit_write(w, &e, err);
}

static bool read_terms(struct request *rq, struct api_import *i, struct error *err)
{
	const char *dry = request_form(rq, "dry_run"), *existing = request_form(rq, "existing");

	i->dry_run = dry && (strcmp(dry, "yes") == 0 || strcmp(dry, "true") == 0);
	i->policy = !existing || !*existing || strcmp(existing, "ask") == 0 ? IMPORT_ASK :
		strcmp(existing, "overwrite") == 0 ? IMPORT_OVERWRITE : IMPORT_KEEP;
	if (i->policy == IMPORT_KEEP && strcmp(existing, "keep") != 0)
		return error_set(err, ERROR_INVALID, "\"existing\" is ask, overwrite or keep.");
	return rq->n_files == 1 || error_set(err, ERROR_INVALID, "Send one archive, in a field of its own.");
}

bool api_import_begin(struct request *rq, struct response *rs, struct error *err)
{
	struct sending s = { .rq = rq };
	char *id = arena_alloc(rq->arena, ID_SIZE);

	/* Who may publish nowhere cannot fill the disk with archives either. */
	if (!rq->viewer->network_admin && !viewer_has_role_anywhere(rq->viewer, ROLE_EDITOR)) {
		rs->status = 403;
		return error_set(err, ERROR_INVALID, "Archives are imported by those who may publish in a space.");
	}
	if (rq->asked) {
		rq->asked->file_max = rq->asked->total_max = options_int(rq->engine->options, "import-max-size");
		rq->asked->files_max = 1;
		return true;
	}
	if (rq->upload_error) {
		*err = *rq->upload_error;
		return false;
	}
	if (!read_terms(rq, &s.import, err))
		return false;
	s.file = &rq->files[0];
	if (!blob_keep(s.file->blob, err))
		return false;
	id_new(id);
	s.import.id = id;
	s.import.account_id = rq->account->id;
	s.import.hash = blob_hash(s.file->blob);
	if (!request_write(rq, write_import, &s, err))
		return false;
	jobs_wake(rq->engine->jobs);
	const char *at = page_absolute(rq, url_path(rq->arena, "/api/v1/imports/%s", id));
	response_header(rs, "Location", at);
	if (!json_send(rq, rs, json_pack("{s:s, s:s, s:s}", "id", id, "state", "waiting", "api_url", at), "application/json",
		err))
		return false;
	rs->status = 202;
	rs->cacheable = false;
	return true;
}

bool api_import_status(struct request *rq, struct response *rs, struct error *err)
{
	struct api_import *i;
	json_t *root, *result;

	if (!import_get(rq->db, rq->arena, request_arg(rq, "id"), &i, err))
		return false;
	root = json_pack("{s:s, s:s, s:b, s:I, s:s}", "id", i->id, "state", i->state, "dry_run", i->dry_run, "files",
		(json_int_t)i->files, "api_url", page_absolute(rq, url_path(rq->arena, "/api/v1/imports/%s", i->id)));
	result = i->result ? json_loads(i->result, 0, NULL) : NULL;
	if (result)
		json_object_update(root, result);
	json_decref(result);
	rs->cacheable = false;
	return json_send(rq, rs, root, "application/json", err);
}

/* ---- the job ---- */

struct working {
	struct engine *engine;
	struct arena *arena, *entry; /* entry: of one file of the archive */
	struct api_import *import;
	struct tar *tar;
	json_t *problems;
	int64_t noted_us;
	const char *id;
};

static bool write_note(struct db *w, void *arg, struct error *err)
{
	struct working *k = arg;

	return import_note(w, k->import, err);
}

static bool find_import(struct db *w, void *arg, struct error *err)
{
	struct working *k = arg;

	return import_of_job(w, k->arena, k->id, &k->import, err);
}

/* While records are being saved the writer is busy with that: no note then. */
static void say(const char *what, int64_t done, int64_t total, void *arg)
{
	struct working *k = arg;

	if (total || strcmp(what, "reading files") != 0)
		return;
	k->import->files = done;
	if (clock_now_us() - k->noted_us < NOTE_EVERY_US)
		return;
	k->noted_us = clock_now_us();
	k->import->state = "reading";
	store_write_aside(k->engine->store, &viewer_system, write_note, k, NULL);
}

static void problem(const char *file, int line, int column, const char *cause, void *arg)
{
	struct working *k = arg;

	if (json_array_size(k->problems) < PROBLEMS_MAX)
		json_array_append_new(k->problems, json_pack("{s:s, s:i, s:i, s:s}", "file", file, "line", line, "column", column,
			"cause", cause));
}

/* As the console's import: hidden names are passed over, and what is no .xml. */
static bool wanted(const char *name)
{
	size_t n = strlen(name);

	if (strncmp(name, "./", 2) == 0)
		name += 2;
	return name[0] != '.' && !strstr(name, "/.") && !strstr(name, ".files/") && n > 4 && strcmp(name + strlen(name) - 4, ".xml") == 0 &&
		text_is_utf8(name, strlen(name));
}

static bool next(const char **name, const char **bytes, size_t *n, void *arg, struct error *err)
{
	struct working *k = arg;

	do {
		arena_reset(k->entry);
		if (!tar_next(k->tar, k->entry, name, bytes, n, err))
			return false;
	} while (*name && !wanted(*name));
	return true;
}

static void set_result(struct working *k, const struct import_report *r, const struct error *wrong)
{
	json_t *o = json_pack("{s:I, s:I, s:I, s:I}", "added", (json_int_t)r->added, "changed", (json_int_t)r->changed,
		"unchanged", (json_int_t)r->unchanged, "kept", (json_int_t)r->kept);
	char *text;

	if (wrong)
		json_object_clear(o);
	if (wrong)
		json_object_set_new(o, "detail", json_string(wrong->text));
	json_object_set(o, "problems", k->problems);
	text = json_dumps(o, JSON_COMPACT);
	k->import->result = arena_strdup(k->arena, text ? text : "{}");
	free(text);
	json_decref(o);
	k->import->files = (int64_t)r->files;
	k->import->state = wrong ? "failed" : "done";
	k->import->ended_us = clock_now_us();
}

/* With the rights that the person has now. */
static bool work(struct working *k, struct db *db, struct blobs *blobs, struct import_report *r, struct error *err)
{
	struct import_source source = { next, k };
	struct import_terms terms = { .dry_run = k->import->dry_run, .policy = k->import->policy, .problem = problem,
		.say = say, .arg = k };
	struct account *account;
	int fd;

	if (!account_get(db, k->arena, k->import->account_id, &account, err))
		return false;
	account->network_admin = false;
	terms.viewer = account_viewer(k->arena, account);
	fd = blob_open(blobs, k->import->hash, NULL, err);
	k->tar = fd < 0 ? NULL : tar_open(fd, options_int(k->engine->options, "import-max-expanded"), CONTENT_MAX_BYTES + 1, err);
	return k->tar && import_documents(k->engine, k->engine->schemas, &source, &terms, r, err);
}

static enum job_result api_import_run(struct engine *e, struct db *db, const struct job_row *job, struct error *err)
{
	struct working k = { .engine = e, .arena = arena_create(), .entry = arena_create(), .problems = json_array(),
		.id = job->payload };
	struct import_report report = { 0 };
	struct error wrong = { 0 };
	enum job_result result = JOB_GOOD;

	if (!store_write_aside(e->store, &viewer_system, find_import, &k, err))
		result = JOB_AGAIN;
	if (result == JOB_GOOD && k.import && !k.import->ended_us) {
		bool ok = work(&k, db, e->blobs, &report, &wrong);

		/* What is wrong with the archive is for who sent it; a busy or full disk is tried again. */
		if (!ok && wrong.kind == ERROR_UNAVAILABLE && job->attempts < 5) {
			*err = wrong;
			result = JOB_AGAIN;
		} else {
			set_result(&k, &report, ok ? NULL : &wrong);
			result = store_write_aside(e->store, &viewer_system, write_note, &k, err) ? JOB_GOOD : JOB_AGAIN;
		}
	}
	tar_close(k.tar);
	json_decref(k.problems);
	arena_destroy(k.entry);
	arena_destroy(k.arena);
	return result;
}

const struct job_kind api_jobs[] = {
	{ "import", 0, NULL, api_import_run },
	{ NULL, 0, NULL, NULL }
};
