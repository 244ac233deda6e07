/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The page of a record's files for those who may publish the record, of a draft's
 * for who may write it, of a post's for who wrote it, of a session's for who looks after it; and what they do there. */
#include "files.h"
#include "../exchange/discussion.h"
#include "../sessions/meeting.h"
#include <unistd.h>

#define TITLE_MAX 200
#define ALT_MAX 500

/* What a handler works on. */
struct edit {
	struct request *rq;
	struct record *record;   /* whose files they are: a record, or ... */
	struct draft *draft;     /* ... a draft, ... */
	struct post *post;       /* ... a post, and its discussion, ... */
	struct discussion *thread;
	struct meeting *meeting; /* ... or a working session */
	struct attachment *at;   /* NULL: the record's page */
	const char *wrong;
	int by;
	const char *title, *alt;
	size_t n;                /* new ones */
	struct attachment *added;
};

/* ---- rights ---- */

bool files_editable(struct request *rq, const struct record *r, bool *may, struct error *err)
{
	struct space *national;

	if (!space_by_slug(rq->db, rq->arena, SPACE_NATIONAL, &national, err))
		return false;
	*may = viewer_may_publish(rq->viewer, r->space_id, r->audience, national->id);
	return true;
}

static bool open_record(struct edit *e, const char *id, struct error *err)
{
	bool may;

	return record_by_id(e->rq->db, e->rq->arena, id, &e->record, err) && files_editable(e->rq, e->record, &may, err) &&
		(may || error_absent(err));
}

static bool open_draft(struct edit *e, const char *id, struct error *err)
{
	if (!draft_get(e->rq->db, e->rq->arena, id, &e->draft, err))
		return false;
	if (!draft_may_edit(e->rq->viewer, e->draft))
		return error_absent(err);
	/* What reviewers approve is what will be published. */
	return e->draft->state == DRAFT_WRITING || e->draft->state == DRAFT_CHANGES || error_set(err, ERROR_CONFLICT,
		"This draft is %s. Take it back before you change its files.", draft_state_label(e->draft->state));
}

/* One's own, under one's name: a file says too much for a post without it. */
static bool open_own_post(struct edit *e, const char *id, struct error *err)
{
	struct request *rq = e->rq;

	if (!post_get(rq->db, rq->arena, id, &e->post, err) ||
		!discussion_get(rq->db, rq->arena, rq->space->id, e->post->discussion_id, &e->thread, err))
		return false;
	if (!e->post->author_id || strcmp(e->post->author_id, rq->account->id) != 0 || e->post->removed)
		return error_absent(err);
	return (!e->thread->closed && !e->thread->group_closed) || error_set(err, ERROR_CONFLICT,
		"This discussion is closed: nothing in it can be changed.");
}

static bool open_meeting(struct edit *e, const char *id, struct error *err)
{
	return meeting_get(e->rq->db, e->rq->arena, id, &e->meeting, err) && ((e->meeting->leads &&
		strcmp(e->meeting->space_id, e->rq->space->id) == 0) || error_set(err, ERROR_NOT_FOUND, NO_SESSION));
}

static bool open_file(struct edit *e, struct error *err)
{
	const char *id = request_arg(e->rq, "id");
	struct error none = { 0 }, other = { 0 }, third = { 0 };
	struct meeting *m;
	struct record *r;
	size_t found;
	bool may;

	if (attachment_get(e->rq->db, e->rq->arena, id, true, &e->at, &none))
		; /* of a record */
	else if (post_file(e->rq->db, e->rq->arena, id, &e->at, &other))
		return meeting_get(e->rq->db, e->rq->arena, e->at->post_id, &m, &third) ? open_meeting(e, m->id, err) :
			open_own_post(e, e->at->post_id, err);
	else
		return draft_file(e->rq->db, e->rq->arena, id, &e->at, err) && open_draft(e, e->at->draft_id, err);
	if (!record_by_nums(e->rq->db, e->rq->arena, &e->at->record_num, 1, &r, &found, err))
		return false;
	if (!found)
		return error_absent(err);
	e->record = r;
	return files_editable(e->rq, r, &may, err) && (may || error_absent(err));
}

/* ---- the page ---- */

static struct url files_url(const struct edit *e)
{
	struct request *rq = e->rq;

	if (e->meeting)
		return meeting_url(rq, e->meeting, "files");
	if (e->post)
		return post_act_url(rq, e->post, "files");
	return e->draft ? url_path(rq->arena, "%b/drafts/%s/files", rq->base, e->draft->id) :
		url_path(rq->arena, "%b/records/%s/files", rq->base, e->record->id);
}

static const char *title_of(const struct edit *e)
{
	const char *title = e->meeting ? e->meeting->title : e->post ? e->thread->title : e->draft ? e->draft->title : e->record->title;

	return *title ? title : "a draft without a title";
}

static struct url owner_url(const struct edit *e)
{
	if (e->meeting)
		return meeting_url(e->rq, e->meeting, NULL);
	if (e->post)
		return post_url(e->rq, e->post);
	return e->draft ? url_path(e->rq->arena, "%b/drafts/%s", e->rq->base, e->draft->id) :
		page_record_url(e->rq, e->record);
}

static const char *const done_words[][2] = {
	{ "added", "The files are attached. Their words can be searched in a moment." },
	{ "checking", "The files are attached. They appear when the virus scanner has checked them." },
	{ "removed", "The file is removed. You can take it back below." },
	{ "restored", "The file is back." },
	{ "described", "The description is saved." },
	{ "moved", "The order is changed." },
	{ NULL, NULL }
};

static bool go_back(struct edit *e, struct response *rs, const char *word)
{
	return done_redirect(e->rq, rs, files_url(e), word);
}

const char *size_words(struct arena *a, int64_t bytes)
{
	if (bytes < 1000)
		return arena_printf(a, "%lld bytes", (long long)bytes);
	if (bytes < 1000000)
		return arena_printf(a, "%.0f kB", (double)bytes / 1e3);
	return bytes < 1000000000 ? arena_printf(a, "%.1f MB", (double)bytes / 1e6) :
		arena_printf(a, "%.1f GB", (double)bytes / 1e9);
}

void put_file(struct request *rq, struct data *d, const struct attachment *at)
{
	const struct media_type *t = media_type_of(at->type);

	data_text(d, "id", at->id);
	data_text(d, "name", at->name);
	data_text(d, "label", t ? t->label : at->type);
	data_text(d, "size", size_words(rq->arena, at->size));
	data_text(d, "title", at->title);
	data_text(d, "alt", at->alt);
	data_flag(d, "image", strncmp(at->type, "image/", 6) == 0);
	data_text(d, "problem", at->problem);
	if (at->pages)
		data_textf(d, "pages", "%d page%s", at->pages, at->pages == 1 ? "" : "s");
	if (at->width)
		data_textf(d, "pixels", "%d × %d", at->width, at->height);
	data_text(d, "added", arena_printf(rq->arena, "%s%s%s", moment_human(rq->arena, at->added_us),
		at->account_name ? ", " : "", at->account_name ? at->account_name : ""));
	data_flag(d, "ready", at->state == ATTACHMENT_READY);
	data_flag(d, "checking", at->state == ATTACHMENT_CHECKING);
	data_flag(d, "refused", at->state == ATTACHMENT_REFUSED);
	if (at->state == ATTACHMENT_READY)
		data_url(d, "url", url_path(rq->arena, "%b/files/%s/%s", rq->base, at->id, at->name));
	if (at->has_preview)
		data_url(d, "picture", url_path(rq->arena, "%b/file-pictures/%s", rq->base, at->id));
	data_url(d, "remove_url", url_path(rq->arena, "%b/files/%s/remove", rq->base, at->id));
	data_url(d, "restore_url", url_path(rq->arena, "%b/files/%s/restore", rq->base, at->id));
	data_url(d, "describe_url", url_path(rq->arena, "%b/files/%s/describe", rq->base, at->id));
	data_url(d, "move_url", url_path(rq->arena, "%b/files/%s/move", rq->base, at->id));
}

static bool show(struct edit *e, struct response *rs, struct error *err)
{
	struct request *rq = e->rq;
	struct attachment *list;
	size_t n, shown = 0;

	if (!(e->post || e->meeting ? post_files(rq->db, rq->arena, e->post ? e->post->id : e->meeting->id, &list, &n, err) :
		e->draft ? draft_files(rq->db, rq->arena, e->draft->id, &list, &n, err) :
		attachment_list_all(rq->db, rq->arena, e->record->num, &list, &n, err)))
		return false;
	struct data *page = page_create(rq, arena_printf(rq->arena, "%sFiles of %s", e->wrong ? "Error: " : "",
		title_of(e)));
	page_crumb(page, title_of(e), owner_url(e));
	page_crumb(page, "Files", (struct url){ NULL });
	data_text(page, "record_title", title_of(e));
	data_url(page, "record_url", owner_url(e));
	data_flag(page, "draft", e->draft);
	data_flag(page, "post", e->post);
	data_flag(page, "session", e->meeting);
	/* The token stands before the files, so that it is checked before they come. */
	data_url(page, "upload_url", url_query(rq->arena, files_url(e), CSRF_FIELD,
		rq->session ? rq->session->csrf : NULL));
	data_text(page, "types", media_labels(rq->arena));
	data_textf(page, "max_size", "%lld MB", (long long)(options_int(rq->engine->options, "files-max-size") >> 20));
	data_int(page, "max_bytes", options_int(rq->engine->options, "files-max-size"));
	data_text(page, "wrong", e->wrong);
	data_text(page, "done", done_text(rq, done_words));
	for (size_t i = 0; i < n; i++) {
		struct data *d = data_item(page, list[i].removed_us ? "removed" : "files");

		put_file(rq, d, &list[i]);
		data_flag(d, "up", !list[i].removed_us && shown > 0);
		data_flag(d, "down", !list[i].removed_us && i + 1 < n && !list[i + 1].removed_us);
		shown += !list[i].removed_us;
	}
	return page_send_private(rq, rs, "files", page, err);
}

bool files_page(struct request *rq, struct response *rs, struct error *err)
{
	struct edit e = { .rq = rq };

	return open_record(&e, request_arg(rq, "id"), err) && show(&e, rs, err);
}

bool files_of_record(struct request *rq, struct data *page, const struct record *r, const json_t *details,
	struct error *err)
{
	struct attachment *list;
	size_t n;
	bool may = false;

	(void)details;
	if (!attachment_list(rq->db, rq->arena, r->num, &list, &n, err) ||
		(rq->account && !files_editable(rq, r, &may, err)))
		return false;
	for (size_t i = 0; i < n; i++)
		put_file(rq, data_item(page, "files"), &list[i]);
	if (may)
		data_url(page, "files_url", url_path(rq->arena, "%b/records/%s/files", rq->base, r->id));
	if (n)
		record_section(rq, page, false, "files", "Files");
	return true;
}

/* ---- adding ---- */

static int64_t least(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

static const char *space_of(const struct edit *e)
{
	return e->meeting ? e->meeting->space_id : e->post ? e->thread->space_id : e->draft ? e->draft->space_id : e->record->space_id;
}

/* How much may come now. Every reference counts in full, so that nobody learns
 * from it what others have. */
static bool room_left(const struct edit *e, struct db *db, int64_t *room, struct error *err)
{
	struct options *o = e->rq->engine->options;
	int64_t of_space, of_record = 0;

	if (!attachment_space_bytes(db, space_of(e), &of_space, err) ||
		!(e->post || e->meeting ? attachment_post_bytes(db, e->post ? e->post->id : e->meeting->id, &of_record, err) : e->draft ? attachment_draft_bytes(db, e->draft->id, &of_record, err) :
		attachment_record_bytes(db, e->record->num, &of_record, err)))
		return false;
	*room = least(options_int(o, "files-max-space") - of_space, options_int(o, "files-max-record") - of_record);
	return true;
}

static bool no_room(struct error *err)
{
	return error_set(err, ERROR_TOO_LARGE, "There is no room left for files of this record or of its space. "
		"Remove some, or ask the network's administrator for more.");
}

static bool set_terms(const struct edit *e, struct upload_terms *terms, struct error *err)
{
	struct options *o = e->rq->engine->options;
	int64_t room;

	if (!room_left(e, e->rq->db, &room, err))
		return false;
	if (room <= 0)
		return no_room(err);
	terms->file_max = options_int(o, "files-max-size");
	terms->total_max = room;
	terms->files_max = UPLOAD_FILES_MAX;
	return true;
}

static bool take_file(struct edit *e, const struct upload_file *f, struct attachment *at, struct error *err)
{
	struct arena *a = e->rq->arena;
	struct extract_result seen;
	const struct media_type *t;
	int fd = blob_read(f->blob, err);
	bool ok = fd >= 0 && extract_look(fd, a, &seen, err);

	if (fd >= 0)
		close(fd);
	if (!ok)
		return false;
	t = media_type_of(seen.type);
	if (seen.problem)
		return error_set(err, ERROR_INVALID, "%.120s: %s", f->name, seen.problem);
	if (!t)
		return error_set(err, ERROR_INVALID, "%.120s is none of the types of files that are taken here: %s.", f->name,
			media_labels(a));
	if (!media_name_fits(t, f->name))
		return error_set(err, ERROR_INVALID, "%.120s is %s by its content, but its name does not end so. Rename it to "
			"end in .%.*s and send it again.", f->name, t->label, (int)strcspn(t->suffixes, " "), t->suffixes);
	*at = (struct attachment){ .record_num = e->record ? e->record->num : 0, .post_id = e->post ? e->post->id : e->meeting ? e->meeting->id : NULL, .draft_id = e->draft ? e->draft->id : NULL,
		.space_id = space_of(e), .hash = blob_hash(f->blob), .name = f->name, .type = t->type,
		.size = blob_size(f->blob), .width = (int)seen.width, .height = (int)seen.height, .title = e->title,
		.alt = strncmp(t->type, "image/", 6) == 0 ? e->alt : NULL,
		.account_name = e->rq->account ? e->rq->account->name : NULL,
		.state = *options_string(e->rq->engine->options, "clamd") ? ATTACHMENT_CHECKING : ATTACHMENT_READY };
	return true;
}

static bool note(struct edit *e, struct db *w, const char *action, const struct attachment *at, struct error *err)
{
	struct request *rq = e->rq;
	const char *space = e->meeting ? e->meeting->space_slug : e->post ? e->thread->space_slug : e->draft ? e->draft->space_slug : e->record->space_slug;
	struct audit_entry entry = audit_entry(rq, action, at->id, e->meeting ? "at a working session" : e->post ? "at a post" : e->draft ?
		arena_printf(rq->arena, "%s at the draft %s", at->name, e->draft->id) :
		arena_printf(rq->arena, "%s at %s/%s/%s", at->name, space, e->record->type, e->record->slug));

	/* The log is read by people who must not know of a private group. */
	if ((e->post && e->thread->group_kind == GROUP_PRIVATE) || (e->meeting && e->meeting->kind == GROUP_PRIVATE))
		return true;
	entry.space = space;
	return audit_write(w, &entry, err);
}

/* What the handler found may have changed until the write: the draft is submitted
 * meanwhile, or another upload took the room. */
static bool still_open(const struct edit *e, struct db *w, struct error *err)
{
	return e->meeting ? meeting_files_open(w, e->meeting->id, err) : e->post ? post_files_open(w, e->post->id, err) : !e->draft || draft_files_open(w, e->draft->id, err);
}

static bool add_all(struct db *w, void *arg, struct error *err)
{
	struct edit *e = arg;
	int64_t room;

	if (!still_open(e, w, err) || !room_left(e, w, &room, err))
		return false;
	for (size_t i = 0; i < e->n; i++)
		room -= e->added[i].size;
	if (room < 0)
		return no_room(err);
	for (size_t i = 0; i < e->n; i++) {
		struct attachment at = e->added[i]; /* its name may change; the next attempt begins anew */

		if (!attachment_add(w, e->rq->arena, &at, e->rq->account->id, false, err) || !note(e, w, "file.add", &at, err))
			return false;
	}
	return true;
}

static const char *form_text(const struct request *rq, const char *name, size_t most)
{
	const char *s = request_typed(rq, name);

	return *s ? text_excerpt(rq->arena, s, most) : NULL;
}

static bool take_all(struct edit *e, struct error *err)
{
	struct request *rq = e->rq;

	e->title = rq->n_files == 1 ? form_text(rq, "title", TITLE_MAX) : NULL;
	e->alt = rq->n_files == 1 ? form_text(rq, "alt", ALT_MAX) : NULL;
	e->added = arena_array(rq->arena, rq->n_files, sizeof *e->added);
	if (rq->n_files == 0)
		return error_set(err, ERROR_INVALID, "Choose a file first.");
	for (size_t i = 0; i < rq->n_files; i++)
		if (!take_file(e, &rq->files[i], &e->added[e->n++], err))
			return false;
	for (size_t i = 0; i < rq->n_files; i++)
		if (!blob_keep(rq->files[i].blob, err))
			return false;
	return store_write(rq->engine->store, &viewer_system, add_all, e, err);
}

static bool take_form(struct edit *e, struct response *rs, struct error *err)
{
	struct request *rq = e->rq;
	struct error wrong = { 0 };

	if (rq->asked)
		return set_terms(e, rq->asked, err);
	if (rq->upload_error)
		wrong = *rq->upload_error;
	else if (take_all(e, &wrong)) {
		jobs_wake(rq->engine->jobs);
		return go_back(e, rs, e->added[0].state == ATTACHMENT_CHECKING ? "checking" : "added");
	}
	if (wrong.kind == ERROR_INTERNAL) {
		*err = wrong;
		return false;
	}
	rs->status = error_status(wrong.kind);
	e->wrong = arena_strdup(e->rq->arena, wrong.text);
	return show(e, rs, err);
}

bool files_upload(struct request *rq, struct response *rs, struct error *err)
{
	struct edit e = { .rq = rq };

	return open_record(&e, request_arg(rq, "id"), err) && take_form(&e, rs, err);
}

bool draft_files_page(struct request *rq, struct response *rs, struct error *err)
{
	struct edit e = { .rq = rq };

	return open_draft(&e, request_arg(rq, "id"), err) && show(&e, rs, err);
}

bool draft_files_upload(struct request *rq, struct response *rs, struct error *err)
{
	struct edit e = { .rq = rq };

	return open_draft(&e, request_arg(rq, "id"), err) && take_form(&e, rs, err);
}

bool post_files_page(struct request *rq, struct response *rs, struct error *err)
{
	struct edit e = { .rq = rq };

	return open_own_post(&e, request_arg(rq, "id"), err) && show(&e, rs, err);
}

bool post_files_upload(struct request *rq, struct response *rs, struct error *err)
{
	struct edit e = { .rq = rq };

	return open_own_post(&e, request_arg(rq, "id"), err) && take_form(&e, rs, err);
}

bool meeting_files_page(struct request *rq, struct response *rs, struct error *err)
{
	struct edit e = { .rq = rq };

	return open_meeting(&e, request_arg(rq, "id"), err) && show(&e, rs, err);
}

bool meeting_files_upload(struct request *rq, struct response *rs, struct error *err)
{
	struct edit e = { .rq = rq };

	return open_meeting(&e, request_arg(rq, "id"), err) && take_form(&e, rs, err);
}

/* ---- changing ---- */

static bool do_remove(struct db *w, void *arg, struct error *err)
{
	struct edit *e = arg;

	return still_open(e, w, err) && attachment_remove(w, e->at->id, err) && note(e, w, "file.remove", e->at, err);
}

static bool do_restore(struct db *w, void *arg, struct error *err)
{
	struct edit *e = arg;

	return still_open(e, w, err) && attachment_restore(w, e->at->id, err) && note(e, w, "file.restore", e->at, err);
}

static bool do_describe(struct db *w, void *arg, struct error *err)
{
	struct edit *e = arg;

	return still_open(e, w, err) && attachment_describe(w, e->at->id, e->title, e->alt, err) &&
		note(e, w, "file.describe", e->at, err);
}

static bool do_move(struct db *w, void *arg, struct error *err)
{
	struct edit *e = arg;

	return still_open(e, w, err) && attachment_move(w, e->at->id, e->by, err);
}

static bool change(struct edit *e, struct response *rs, store_operation *op, const char *word, struct error *err)
{
	struct error wrong = { 0 };

	if (store_write(e->rq->engine->store, &viewer_system, op, e, &wrong))
		return go_back(e, rs, word);
	if (wrong.kind != ERROR_CONFLICT && wrong.kind != ERROR_INVALID) {
		*err = wrong;
		return false;
	}
	rs->status = error_status(wrong.kind);
	e->wrong = arena_strdup(e->rq->arena, wrong.text);
	return show(e, rs, err);
}

bool file_remove(struct request *rq, struct response *rs, struct error *err)
{
	struct edit e = { .rq = rq };

	return open_file(&e, err) && change(&e, rs, do_remove, "removed", err);
}

bool file_restore(struct request *rq, struct response *rs, struct error *err)
{
	struct edit e = { .rq = rq };

	return open_file(&e, err) && change(&e, rs, do_restore, "restored", err);
}

bool file_describe(struct request *rq, struct response *rs, struct error *err)
{
	struct edit e = { .rq = rq };

	if (!open_file(&e, err))
		return false;
	e.title = form_text(rq, "title", TITLE_MAX);
	e.alt = form_text(rq, "alt", ALT_MAX);
	return change(&e, rs, do_describe, "described", err);
}

bool file_move(struct request *rq, struct response *rs, struct error *err)
{
	struct edit e = { .rq = rq };
	const char *by = request_form(rq, "by");

	if (!open_file(&e, err))
		return false;
	e.by = by && strcmp(by, "up") == 0 ? -1 : 1;
	return change(&e, rs, do_move, "moved", err);
}
