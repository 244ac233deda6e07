/* SPDX-License-Identifier: GPL-3.0-or-later */
/* commonweal figures FILE: the figures of many jurisdictions, all or nothing. */
#include "pages.h"
#include <errno.h>
#include <unistd.h>
#include "table.h"

#define FILE_MAX ((size_t)64 << 20)

struct bulk {
	struct arena *arena;
	const struct dictionary *dictionary;
	const char *file;
	struct table table;
	struct figure_counts counts;
	size_t spaces;
	bool dry, tried;
	const char *source; /* of public figures; NULL: they are jurisdictions' own */
};

static char *read_file(struct arena *a, const char *path, size_t *n, struct error *err)
{
	FILE *f = fopen(path, "rbe");
	char *text = NULL;
	struct buf b = BUF_INIT;
	char part[65536];

	*n = 0;
	if (!f) {
		error_set(err, ERROR_INVALID, "%s cannot be read: %s.", path, strerror(errno));
		return NULL;
	}
	for (size_t got; (got = fread(part, 1, sizeof part, f)) > 0 && *n <= FILE_MAX; *n += got)
		buf_add(&b, part, got);
	if (ferror(f) || *n > FILE_MAX)
		error_set(err, ERROR_INVALID, "%s cannot be read, or has more than %zu MiB.", path, FILE_MAX >> 20);
	else
		text = arena_strndup(a, buf_text(&b), *n);
	fclose(f);
	buf_finish(&b);
	return text;
}

static void progress(const struct bulk *b, const char *slug)
{
	if (isatty(STDERR_FILENO))
		fprintf(stderr, "\r\033[K%zu figures, %s", b->counts.added + b->counts.changed + b->counts.unchanged, slug);
}

/* The figures of one jurisdiction: checked against what is stored, then saved. */
static bool write_space(struct db *w, struct bulk *b, const char *slug, struct error *err)
{
	struct arena *a = b->arena;
	struct figure_counts counts;
	struct history stored;
	struct figure *figures;
	const char *id;
	size_t n;

	if (b->source) {
		struct figure_change *all = table_changes(a, &b->table, slug, NULL, &n);

		b->spaces++;
		b->counts.added += n;
		return figures_public_save(w, slug, all, n, b->source, err);
	}
	if (!figures_space(w, a, slug, &id, err))
		return false;
	if (!id)
		return error_set(err, ERROR_INVALID, "%s: there is no jurisdiction '%s'.", b->file, slug);
	if (!figures_stored(w, a, id, &figures, &stored.n, err))
		return false;
	stored.figures = figures;
	table_check(b->dictionary, a, &b->table, slug, &stored);
	struct figure_change *changes = table_changes(a, &b->table, slug, "Imported at the console", &n);
	if (!figures_save(w, a, id, changes, n, NULL, &counts, err))
		return false;
	b->spaces++;
	b->counts.added += counts.added;
	b->counts.changed += counts.changed;
	b->counts.unchanged += counts.unchanged;
	progress(b, slug);
	return true;
}

static bool write_bulk(struct db *w, void *arg, struct error *err)
{
	struct bulk *b = arg;
	const char *done = "";

	b->counts = (struct figure_counts){ 0, 0, 0, 0 };
	b->spaces = 0;
	table_sort(&b->table);
	for (size_t i = 0; i < b->table.n; i++) {
		const char *slug = b->table.figures[i].space;

		if (strcmp(slug, done) == 0)
			continue;
		done = slug;
		if (!write_space(w, b, slug, err))
			return false;
	}
	if (b->table.n_problems)
		return error_set(err, ERROR_INVALID, "%zu problem%s. Nothing was imported.", b->table.n_problems + b->table.more,
			b->table.n_problems + b->table.more == 1 ? "" : "s");
	struct audit_entry entry = { .login = AUDIT_CONSOLE, .action = "figures.import",
		.detail = arena_printf(b->arena, "%zu jurisdictions, %zu new, %zu changed", b->spaces, b->counts.added,
		b->counts.changed) };
	if (!audit_write(w, &entry, err))
		return false;
	b->tried = true;
	return b->dry ? error_set(err, ERROR_CONFLICT, "A dry run keeps nothing.") : true;
}

static bool run_bulk(struct engine *e, struct bulk *b, struct error *err)
{
	size_t n;
	char *text = read_file(b->arena, b->file, &n, err);

	if (!text || !table_read(b->dictionary, b->arena, text, n, clock_now_us(), &b->table, err))
		return false;
	if (!b->table.has_space)
		return error_set(err, ERROR_INVALID, "%s has no column space.", b->file);
	if (b->table.n_problems)
		return error_set(err, ERROR_INVALID, "%zu problem%s. Nothing was imported.", b->table.n_problems + b->table.more,
			b->table.n_problems + b->table.more == 1 ? "" : "s");
	for (size_t i = 0; b->source && i < b->table.n; i++)
		if (b->table.figures[i].period.month || !b->table.figures[i].indicator->public_yearly)
			return error_set(err, ERROR_INVALID, "%s:%d: public figures are yearly ones of indicators whose yearly total is "
				"published.", b->file, b->table.figures[i].line);
	bool ok = store_write_aside(e->store, &viewer_system, write_bulk, b, err);
	return ok || (b->dry && b->tried);
}

static int run_figures(struct engine *e, int argc, char **argv)
{
	struct bulk b = { .arena = arena_create(), .file = argv[0], .dry = argc == 2, .source = argc == 3 ? argv[2] : NULL };
	struct error err = { 0 };
	int code = 1;

	if (argc > 1 && strcmp(argv[1], argc == 2 ? "check" : "public") != 0)
		error_set(&err, ERROR_INVALID, "After the file comes nothing, the word check, or the word public and their source.");
	else
		b.dictionary = indicators_load(e, &err);
	if (b.dictionary && run_bulk(e, &b, &err)) {
		if (isatty(STDERR_FILENO))
			fputs("\r\033[K", stderr);
		printf("%s %zu figures of %zu jurisdictions: %zu new, %zu changed, %zu unchanged.\n", b.dry ? "Checked" :
			"Imported", b.table.n, b.spaces, b.counts.added, b.counts.changed, b.counts.unchanged);
		code = 0;
	} else {
		for (size_t i = 0; i < b.table.n_problems; i++)
			fprintf(stderr, "%s:%d: %s%s%s\n", b.file, b.table.problems[i].line,
				b.table.problems[i].column ? b.table.problems[i].column : "", b.table.problems[i].column ? ": " : "",
				b.table.problems[i].cause);
		cli_fail(&err);
	}
	dictionary_destroy((struct dictionary *)b.dictionary);
	arena_destroy(b.arena);
	return code;
}

const struct command metrics_commands[] = {
	{ "figures", "FILE [check|public SOURCE]", "import indicators of many jurisdictions from CSV, all or nothing", 1, 3, run_figures,
		DATA_NEEDED },
	{ NULL, NULL, NULL, 0, 0, NULL, 0 }
};
