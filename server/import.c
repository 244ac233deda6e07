/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Import and export of record XML: everything is validated, then one
 * transaction writes it, or nothing. */
#include "import.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "attachment.h"
#include "blob.h"
#include "content.h"
#include "extract.h"
#include "log.h"
#include "media.h"
#include "record.h"
#include "record_version.h"
#include "space.h"
#include "upload.h"
#include "store_system.h"

#define FOLDER_DEPTH 8

struct document {
	const char *file;
	struct content_doc *doc;
	int64_t num;
	size_t n_attached;
	struct attached *attached; /* the files in SLUG.files beside it */
	bool kept; /* left as it is on the server */
};

/* One attached file on its way in. */
struct attached {
	const char *name, *title, *alt;
	const struct media_type *type;
	uint32_t width, height;
	char hash[BLOB_HASH_SIZE];
	int64_t size;
};

struct batch {
	struct engine *engine;
	const struct content_schemas *schemas;
	struct arena *arena;
	struct document *items;
	size_t n, room;
	const struct import_terms *terms;
	struct import_report *report;
	bool dry;
	bool tried; /* a dry run came to its end */
};

static void problem(struct batch *b, const char *file, int line, int column, const char *cause)
{
	if (b->terms->problem)
		b->terms->problem(file, line, column, cause, b->terms->arg);
	b->report->problems++;
}

static void say(const struct batch *b, const char *what, size_t done, size_t total)
{
	if (b->terms->say)
		b->terms->say(what, (int64_t)done, (int64_t)total, b->terms->arg);
}

/* ---- reading ---- */

static bool read_file(struct arena *a, const char *path, size_t limit, char **out, size_t *n,
	struct error *err)
{
	FILE *f = fopen(path, "rbe");
	struct stat st;

	if (!f || fstat(fileno(f), &st) != 0) {
		error_set(err, ERROR_INVALID, "%s cannot be read: %s.", path, strerror(errno));
		if (f)
			fclose(f);
		return false;
	}
	size_t room = st.st_size > 0 && (size_t)st.st_size <= limit ? (size_t)st.st_size : limit;
	*out = arena_alloc(a, room + 2);
	*n = fread(*out, 1, room + 1, f); /* one more than allowed shows a file that is too long */
	bool bad = ferror(f);
	fclose(f);
	return !bad || error_set(err, ERROR_INVALID, "%s cannot be read.", path);
}

static void parse_bytes(struct batch *b, const char *path, const char *bytes, size_t n)
{
	struct content_problem *problems = NULL;
	struct content_doc *doc = NULL;
	struct error cause = { 0 };
	size_t n_problems = 0;

	if (!content_parse(b->schemas, b->arena, path, bytes, n, &doc, &problems, &n_problems, &cause)) {
		for (size_t i = 0; i < n_problems; i++)
			problem(b, path, problems[i].line, problems[i].column, problems[i].cause);
		if (n_problems == 0)
			problem(b, path, 1, 1, cause.text);
		return;
	}
	if (b->n == b->room) {
		size_t room = b->room ? b->room * 2 : 256;
		struct document *more = arena_array(b->arena, room, sizeof *more);

		if (b->n)
			memcpy(more, b->items, b->n * sizeof *more);
		b->items = more;
		b->room = room;
	}
	b->items[b->n++] = (struct document){ .file = path, .doc = doc };
}

static bool parse_file(struct batch *b, const char *path, struct error *err)
{
	size_t n;
	char *bytes;

	b->report->files++;
	say(b, "reading files", b->report->files, 0);
	if (!read_file(b->arena, path, CONTENT_MAX_BYTES, &bytes, &n, err))
		return false;
	parse_bytes(b, path, bytes, n);
	return true;
}

static int by_name(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

static int visible(const struct dirent *d)
{
	return d->d_name[0] != '.';
}

static bool has_suffix(const char *s, const char *suffix)
{
	size_t n = strlen(s), m = strlen(suffix);

	return n >= m && strcmp(s + n - m, suffix) == 0;
}

static bool parse_path(struct batch *b, const char *path, int depth, struct error *err);

static bool parse_folder(struct batch *b, const char *path, int depth, struct error *err)
{
	struct dirent **names;
	int n = scandir(path, &names, visible, by_name);
	bool ok = true;

	if (n < 0)
		return error_set(err, ERROR_INVALID, "%s cannot be read: %s.", path, strerror(errno));
	for (int i = 0; i < n; i++) {
		const char *inner = arena_printf(b->arena, "%s/%s", path, names[i]->d_name);

		if (ok && !has_suffix(inner, ".files")) /* attached files: find_attached */
			ok = parse_path(b, inner, depth + 1, err);
		free(names[i]);
	}
	free(names);
	return ok;
}

static bool parse_path(struct batch *b, const char *path, int depth, struct error *err)
{
	struct stat st;

	/* Links are not followed below the path that was given. */
	if ((depth == 0 ? stat(path, &st) : lstat(path, &st)) != 0)
		return error_set(err, ERROR_INVALID, "%s: %s.", path, strerror(errno));
	if (S_ISDIR(st.st_mode)) {
		if (depth > FOLDER_DEPTH)
			return error_set(err, ERROR_INVALID, "%s: folders are nested too deep.", path);
		return parse_folder(b, path, depth, err);
	}
	if (depth > 0 && (!S_ISREG(st.st_mode) || !has_suffix(path, ".xml")))
		return true;
	return parse_file(b, path, err);
}

/* ---- attached files ---- */

static void check_attached(struct batch *b, const char *path, struct attached *at, int fd)
{
	struct extract_result seen;
	struct error wrong = { 0 };

	if (!extract_look(fd, b->arena, &seen, &wrong)) {
		problem(b, path, 1, 1, wrong.text);
		return;
	}
	at->type = media_type_of(seen.type);
	at->width = seen.width;
	at->height = seen.height;
	if (seen.problem)
		problem(b, path, 1, 1, seen.problem);
	else if (!at->type)
		problem(b, path, 1, 1, arena_printf(b->arena, "this is none of the types of files that are taken: %s",
			media_labels(b->arena)));
	else if (!media_name_fits(at->type, at->name))
		problem(b, path, 1, 1, arena_printf(b->arena, "this is %s by its content, but its name does not end so",
			at->type->label));
}

/* To its place before anything is written in the database. Until its row is
 * there it is one that nothing refers to, which stays for a while: blob.h. */
static bool store_attached(struct batch *b, const char *path, struct attached *at, int fd, struct error *err)
{
	struct blob_writer *w = blob_begin(b->engine->blobs, INT64_MAX, err);
	bool ok = w && blob_write_fd(w, fd, err) && blob_end(w, err);
	int look = ok ? blob_read(w, err) : -1;

	if (look >= 0) {
		size_t before = b->report->problems;

		check_attached(b, path, at, look);
		close(look);
		snprintf(at->hash, sizeof at->hash, "%s", blob_hash(w));
		at->size = blob_size(w);
		ok = b->dry || b->report->problems > before || blob_keep(w, err);
	}
	blob_finish(w);
	return ok && look >= 0;
}

static bool read_attached(struct batch *b, const char *folder, const char *name, struct attached *at, struct error *err)
{
	const char *path = arena_printf(b->arena, "%s/%s", folder, name);
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	bool ok;

	if (fd < 0)
		return error_set(err, ERROR_INVALID, "%s cannot be read: %s.", path, strerror(errno));
	at->name = upload_name(b->arena, name);
	if (strcmp(at->name, name) != 0)
		problem(b, path, 1, 1, "a file cannot be attached under this name");
	ok = store_attached(b, path, at, fd, err);
	close(fd);
	return ok;
}

/* Titles and texts in place of images: { "NAME": { "title": "...", "alt": "..." } }. */
#define ATTACHED_FACTS "attached.json"

static bool read_facts(struct batch *b, struct document *d, const char *folder, struct error *err)
{
	const char *path = arena_printf(b->arena, "%s/" ATTACHED_FACTS, folder);
	json_error_t wrong;
	json_t *facts;
	char *bytes;
	size_t n;

	if (access(path, F_OK) != 0)
		return true;
	if (!read_file(b->arena, path, CONTENT_MAX_BYTES, &bytes, &n, err))
		return false;
	facts = json_loadb(bytes, n, 0, &wrong);
	if (!json_is_object(facts))
		problem(b, path, 1, 1, "this is no JSON object");
	for (size_t i = 0; i < d->n_attached; i++) {
		const json_t *of = json_object_get(facts, d->attached[i].name);

		d->attached[i].title = arena_strdup(b->arena, json_string_value(json_object_get(of, "title")));
		d->attached[i].alt = arena_strdup(b->arena, json_string_value(json_object_get(of, "alt")));
	}
	json_decref(facts);
	return true;
}

/* "slug.files" beside "slug.xml": attached files, and what is said of them. */
static bool find_attached(struct batch *b, struct document *d, struct error *err)
{
	const char *folder = arena_printf(b->arena, "%.*s.files", (int)strlen(d->file) - 4, d->file);
	struct dirent **names;
	bool ok = true;
	int n = d->doc->is_space || !has_suffix(d->file, ".xml") ? -1 : scandir(folder, &names, visible, by_name);

	if (n < 0)
		return true;
	d->attached = arena_array(b->arena, (size_t)n, sizeof *d->attached);
	for (int i = 0; i < n; i++) {
		if (ok && strcmp(names[i]->d_name, ATTACHED_FACTS) != 0)
			ok = read_attached(b, folder, names[i]->d_name, &d->attached[d->n_attached++], err);
		free(names[i]);
	}
	free(names);
	return ok && read_facts(b, d, folder, err);
}

static bool find_all_attached(struct batch *b, struct error *err)
{
	for (size_t i = 0; i < b->n; i++)
		if (!find_attached(b, &b->items[i], err))
			return false;
	return true;
}

/* Files that are there and not here stay: an import adds and replaces. */
static bool write_attached(struct batch *b, struct db *w, const struct document *d, struct error *err)
{
	for (size_t i = 0; i < d->n_attached; i++) {
		const struct attached *f = &d->attached[i];
		struct attachment at = { .record_num = d->num, .hash = f->hash, .size = f->size, .name = f->name,
			.type = f->type->type, .title = f->title, .alt = f->alt, .width = (int)f->width, .height = (int)f->height,
			.state = *options_string(b->engine->options, "clamd") ? ATTACHMENT_CHECKING : ATTACHMENT_READY };

		if (!attachment_add(w, b->arena, &at, NULL, true, err))
			return false;
	}
	for (size_t i = 0; i < d->doc->n_images; i++) {
		const struct content_image *image = &d->doc->images[i];
		bool is;

		if (!attachment_is_image(w, d->num, image->name, &is, err))
			return false;
		if (!is)
			problem(b, d->file, image->line, image->column, arena_printf(b->arena,
				"no image '%s' is attached to this record", image->name));
	}
	return true;
}

/* ---- checks over the whole batch ---- */

static int by_address(const void *x, const void *y)
{
	const struct content_doc *a = ((const struct document *)x)->doc, *b = ((const struct document *)y)->doc;
	int order = (int)b->is_space - (int)a->is_space; /* spaces first */

	if (!order && !a->is_space)
		order = strcmp(a->space, b->space);
	if (!order && !a->is_space)
		order = strcmp(a->type, b->type);
	if (!order)
		order = strcmp(a->slug, b->slug);
	return order ? order : strcmp(((const struct document *)x)->file, ((const struct document *)y)->file);
}

static bool same_address(const struct content_doc *a, const struct content_doc *b)
{
	return a->is_space == b->is_space && strcmp(a->slug, b->slug) == 0 &&
		(a->is_space || (strcmp(a->space, b->space) == 0 && strcmp(a->type, b->type) == 0));
}

static void check_batch(struct batch *b)
{
	if (b->n)
		qsort(b->items, b->n, sizeof *b->items, by_address);
	for (size_t i = 0; i < b->n; i++) {
		const struct content_doc *doc = b->items[i].doc;

		if (i > 0 && same_address(b->items[i - 1].doc, doc))
			problem(b, b->items[i].file, 1, 1,
				arena_printf(b->arena, "%s '%s' stands in %s already",
					doc->is_space ? "the space" : doc->type, doc->slug, b->items[i - 1].file));
		if (!doc->is_space && !engine_type(b->engine, doc->type))
			problem(b, b->items[i].file, 1, 1,
				arena_printf(b->arena, "no module knows the type '%s'", doc->type));
	}
}

/* ---- writing ---- */

static void count(struct import_report *report, enum saved how)
{
	if (how == SAVED_ADDED)
		report->added++;
	else if (how == SAVED_CHANGED)
		report->changed++;
	else
		report->unchanged++;
}

static bool find_target(struct batch *b, struct db *w, const struct document *d,
	const struct content_reference *r, int64_t *num, struct error *err)
{
	if (!record_find(w, r->space, r->type, r->slug, num, err))
		return false;
	if (!*num)
		problem(b, d->file, r->line, r->column, arena_printf(b->arena,
			"there is no record '%s/%s/%s' to refer to", r->space, r->type, r->slug));
	return true;
}

static bool write_references(struct batch *b, struct db *w, struct document *d, struct error *err)
{
	const struct content_doc *doc = d->doc;
	struct record_target *targets = arena_array(b->arena, doc->n_relations + 1, sizeof *targets);
	int64_t num;

	if (d->kept)
		return true;
	if (!doc->is_space && !write_attached(b, w, d, err))
		return false;
	for (size_t i = 0; i < doc->n_links; i++)
		if (!find_target(b, w, d, &doc->links[i], &num, err))
			return false;
	for (size_t i = 0; i < doc->n_relations; i++) {
		targets[i].type = doc->relations[i].relation;
		if (!find_target(b, w, d, &doc->relations[i], &targets[i].num, err))
			return false;
	}
	if (b->report->problems || doc->is_space)
		return true;
	return record_save_relations(w, d->num, targets, doc->n_relations, err);
}

/* Is there something of someone's own on the server that the file would replace?
 * Then d->kept, or a problem, as the terms say. */
static bool mind_others(struct batch *b, struct db *w, struct document *d, struct error *err)
{
	const struct content_doc *doc = d->doc;
	const char *words;

	d->kept = false;
	if (doc->is_space || b->terms->policy == IMPORT_OVERWRITE)
		return true;
	if (!record_find(w, doc->space, doc->type, doc->slug, &d->num, err) ||
		(d->num && !record_changed_here(w, b->arena, d->num, doc->sha256, &words, err)))
		return false;
	d->kept = d->num && words && b->terms->policy == IMPORT_KEEP;
	b->report->kept += d->kept;
	if (d->num && words && !d->kept)
		problem(b, d->file, 1, 1, arena_printf(b->arena, "%s on the server; --overwrite replaces that, --keep leaves "
			"it alone", words));
	return true;
}

/* May the one whose import it is publish this, and what is there now? */
static bool check_right(struct batch *b, struct db *w, const struct document *d, struct error *err)
{
	const struct viewer *v = b->terms->viewer;
	const struct content_doc *doc = d->doc;
	const char *space = NULL, *national = NULL, *now = NULL;
	struct query q;

	if (!v)
		return true;
	if (doc->is_space) {
		problem(b, d->file, 1, 1, "spaces are imported by the administrator alone");
		return true;
	}
	db_query(w, &q, "SELECT s.id, (SELECT id FROM space WHERE slug = :national), r.audience FROM space s "
		"LEFT JOIN record r ON r.space_id = s.id AND r.type = :type AND r.slug = :slug WHERE s.slug = :space");
	q_text(&q, ":national", SPACE_NATIONAL);
	q_text(&q, ":type", doc->type);
	q_text(&q, ":slug", doc->slug);
	q_text(&q, ":space", doc->space);
	while (q_row(&q)) {
		space = q_col_text(&q, b->arena, 0);
		national = q_col_text(&q, b->arena, 1);
		now = q_col_text(&q, b->arena, 2);
	}
	if (!q_done(&q, err))
		return false;
	/* The same words whether or not there is such a space. */
	if (!space || !viewer_may_publish(v, space, audience_parse(doc->audience), national) ||
		(now && !viewer_may_publish(v, space, audience_parse(now), national)))
		problem(b, d->file, 1, 1, arena_printf(b->arena, "you may not publish in the space '%s' for the audience '%s'",
			doc->space, doc->audience));
	return true;
}

static bool save(struct batch *b, struct db *w, struct document *d, struct error *err)
{
	struct error cause = { 0 };
	size_t problems = b->report->problems;
	enum saved how;
	bool ok;

	if (!check_right(b, w, d, err))
		return false;
	if (b->report->problems > problems)
		return true;
	if (!mind_others(b, w, d, err))
		return false;
	if (d->kept)
		return true;
	ok = d->doc->is_space ? space_save(w, b->arena, d->doc, &how, &cause) :
		record_save(w, b->arena, d->doc, &d->num, &how, &cause);
	if (!ok && (cause.kind == ERROR_INVALID || cause.kind == ERROR_CONFLICT)) {
		problem(b, d->file, 1, 1, cause.text);
		return true;
	}
	if (!ok) {
		*err = cause;
		return false;
	}
	b->report->spaces += d->doc->is_space;
	count(b->report, how);
	return true;
}

static bool write_batch(struct db *w, void *arg, struct error *err)
{
	struct batch *b = arg;

	b->report->spaces = b->report->added = b->report->changed = b->report->unchanged = b->report->kept = 0;
	for (size_t i = 0; i < b->n; i++) {
		if (!save(b, w, &b->items[i], err))
			return false;
		say(b, "saving records", i + 1, b->n);
	}
	for (size_t i = 0; i < b->n && !b->report->problems; i++)
		if (!write_references(b, w, &b->items[i], err))
			return false;
	if (b->report->problems)
		return error_set(err, ERROR_INVALID, "%zu problem%s. Nothing was imported.",
			b->report->problems, b->report->problems == 1 ? "" : "s");
	return true;
}

/* For a dry run: as the real one, rolled back at the end. */
static bool try_batch(struct db *w, void *arg, struct error *err)
{
	struct batch *b = arg;

	b->tried = write_batch(w, b, err);
	return b->tried ? error_set(err, ERROR_CONFLICT, "A dry run keeps nothing.") : false;
}

/* What was read is checked as a whole, and written. */
static bool finish(struct batch *b, const char *where, struct error *err)
{
	struct import_report *report = b->report;
	struct error dry = { 0 };

	check_batch(b);
	if (report->files == 0)
		return error_set(err, ERROR_INVALID, "%s holds no .xml file.", where);
	if (report->problems)
		return error_set(err, ERROR_INVALID, "%zu problem%s in %zu file%s. Nothing was imported.",
			report->problems, report->problems == 1 ? "" : "s", report->files,
			report->files == 1 ? "" : "s");
	if (!b->terms->dry_run)
		return store_write(b->engine->store, &viewer_system, write_batch, b, err);
	store_write_aside(b->engine->store, &viewer_system, try_batch, b, &dry);
	if (!b->tried)
		*err = dry;
	return b->tried;
}

bool import_run(struct engine *e, const char *schemas_dir, const char *path, const struct import_terms *terms,
	struct import_report *report, struct error *err)
{
	struct content_schemas *schemas = content_schemas_load(schemas_dir, err);
	struct batch b = { .engine = e, .terms = terms, .report = report, .dry = terms->dry_run, .arena = arena_create(), .schemas = schemas };
	bool ok;

	memset(report, 0, sizeof *report);
	ok = schemas && parse_path(&b, path, 0, err) && find_all_attached(&b, err) && finish(&b, path, err);
	content_schemas_destroy(schemas);
	arena_destroy(b.arena);
	return ok;
}

bool import_documents(struct engine *e, const struct content_schemas *schemas, const struct import_source *source,
	const struct import_terms *terms, struct import_report *report, struct error *err)
{
	struct batch b = { .engine = e, .terms = terms, .report = report, .dry = terms->dry_run, .arena = arena_create(), .schemas = schemas };
	const char *name = "", *bytes;
	bool ok = true;
	size_t n;

	memset(report, 0, sizeof *report);
	while ((ok = source->next(&name, &bytes, &n, source->arg, err)) && name) {
		report->files++;
		say(&b, "reading files", report->files, 0);
		parse_bytes(&b, arena_strdup(b.arena, name), bytes, n);
	}
	ok = ok && finish(&b, "The archive", err);
	arena_destroy(b.arena);
	return ok;
}

/* ---- export ---- */

static bool write_file(const char *path, const void *bytes, size_t n, struct error *err)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
	const char *p = bytes;

	while (fd >= 0 && n > 0) {
		ssize_t done = write(fd, p, n);

		if (done < 0 && errno != EINTR)
			break;
		if (done > 0) {
			p += done;
			n -= (size_t)done;
		}
	}
	int saved_errno = errno;
	if (fd < 0 || (n > 0) | (close(fd) != 0))
		return error_set(err, ERROR_UNAVAILABLE, "%s cannot be written: %s.", path,
			strerror(saved_errno));
	return true;
}

static bool make_folder(const char *path, struct error *err)
{
	if (mkdir(path, 0755) == 0 || errno == EEXIST)
		return true;
	return error_set(err, ERROR_UNAVAILABLE, "%s cannot be made: %s.", path, strerror(errno));
}

static bool folder_is_free(const char *path, struct error *err)
{
	DIR *d = opendir(path);
	int names = 0;

	if (!d)
		return make_folder(path, err);
	for (struct dirent *entry; (entry = readdir(d));)
		names += strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0;
	closedir(d);
	return names == 0 || error_set(err, ERROR_INVALID, "%s is not empty.", path);
}

static bool copy_blob(struct engine *e, const char *hash, const char *path, struct error *err)
{
	int from = blob_open(e->blobs, hash, NULL, err);
	int to = from < 0 ? -1 : open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
	char piece[65536];
	ssize_t n = 0;
	bool ok = to >= 0;

	while (ok && (n = read(from, piece, sizeof piece)) > 0)
		for (ssize_t at = 0, done; ok && at < n; at += done) {
			done = write(to, piece + at, (size_t)(n - at));
			ok = done > 0;
		}
	ok = ok && n == 0;
	if (!ok)
		error_set(err, ERROR_UNAVAILABLE, "%s cannot be written: %s.", path, strerror(errno));
	if (to >= 0 && close(to) != 0)
		ok = error_set(err, ERROR_UNAVAILABLE, "%s cannot be written.", path);
	if (from >= 0)
		close(from);
	return ok;
}

static void add_facts(json_t *facts, const char *name, const char *title, const char *alt)
{
	json_t *of = json_object();

	if (title)
		json_object_set_new(of, "title", json_string(title));
	if (alt)
		json_object_set_new(of, "alt", json_string(alt));
	if (title || alt)
		json_object_set_new(facts, name, of);
	else
		json_decref(of);
}

/* The attached files of one record: folder/slug.files/NAME. */
static bool export_attached(struct engine *e, struct db *db, struct arena *a, int64_t num, const char *folder,
	struct error *err)
{
	json_t *facts = json_object();
	struct query q;
	bool ok = true;

	db_query_system(db, &q, "SELECT hash, name, title, alt FROM main.attachment WHERE record_num = :num AND removed_us = 0 "
		"AND state <> 3 ORDER BY position, id");
	q_int(&q, ":num", num);
	while (ok && q_row(&q)) {
		const char *name = q_col_text(&q, a, 1);

		ok = make_folder(folder, err) && copy_blob(e, q_col_text(&q, a, 0), arena_printf(a, "%s/%s", folder, name), err);
		add_facts(facts, name, q_col_text(&q, a, 2), q_col_text(&q, a, 3));
	}
	ok = q_done(&q, ok ? err : NULL) && ok;
	if (ok && json_object_size(facts)) {
		char *text = json_dumps(facts, JSON_INDENT(1) | JSON_SORT_KEYS);

		if (!text)
			abort();
		ok = write_file(arena_printf(a, "%s/" ATTACHED_FACTS, folder), text, strlen(text), err);
		free(text);
	}
	json_decref(facts);
	return ok;
}

bool export_run(struct engine *e, const char *dir, const char *space_slug, size_t *files,
	struct error *err)
{
	struct db *db = store_reader(e->store, err);
	struct arena *a = arena_create();
	struct query q;
	const void *source;
	size_t n;
	bool ok = db && folder_is_free(dir, err);

	*files = 0;
	if (!ok)
		goto out;
	/* The administrator's copy of everything, so it does not pass the views. */
	db_query_system(db, &q,
		"SELECT s.slug, NULL, NULL, CAST(s.source AS BLOB), 0 FROM main.space s "
		"WHERE :space IS NULL OR s.slug = :space "
		"UNION ALL SELECT s.slug, r.type, r.slug, CAST(r.source AS BLOB), r.num FROM main.record r "
		"JOIN main.space s ON s.id = r.space_id WHERE :space IS NULL OR s.slug = :space "
		"ORDER BY 1, 2, 3");
	q_text(&q, ":space", space_slug);
	while (ok && q_row(&q)) {
		const char *folder = arena_printf(a, "%s/%s", dir, q_col_text(&q, a, 0));
		const char *type = q_col_text(&q, a, 1);

		ok = make_folder(folder, err);
		if (type) {
			folder = arena_printf(a, "%s/%s", folder, type);
			ok = ok && make_folder(folder, err);
		}
		source = q_col_blob(&q, a, 3, &n);
		ok = ok && write_file(arena_printf(a, "%s/%s.xml", folder,
			type ? q_col_text(&q, a, 2) : "space"), source, n, err);
		ok = ok && (!type || export_attached(e, db, a, q_col_int(&q, 4), arena_printf(a, "%s/%s.files", folder,
			q_col_text(&q, a, 2)), err));
		*files += ok;
	}
	ok = q_done(&q, ok ? err : NULL) && ok;
	if (ok && *files == 0 && space_slug)
		ok = error_set(err, ERROR_NOT_FOUND, "There is no space '%s'.", space_slug);
out:
	db_close(db);
	arena_destroy(a);
	return ok;
}
