/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Figures as a CSV text: shown first, then taken as a whole. */
#include "pages.h"
#include <unistd.h>
#include "table.h"
#include "upload.h"

#define SHOWN_MAX 200
#define FILE_MAX (512 << 10) /* bytes: forty years of months of fifteen indicators take a tenth */

struct upload {
	struct request *rq;
	const char *text, *reason;
	bool confirmed;
	struct table table;
	struct error broken; /* the text as a whole */
	struct history stored;
	struct figure_counts counts;
};

/* ---- the page ---- */

static void put_problems(struct upload *u, struct data *page)
{
	struct arena *a = u->rq->arena;

	if (u->broken.kind)
		data_text(data_item(page, "problems"), "text", u->broken.text);
	for (size_t i = 0; i < u->table.n_problems; i++) {
		const struct table_problem *p = &u->table.problems[i];

		data_text(data_item(page, "problems"), "text", arena_printf(a, "Line %d%s%s: %s", p->line,
			p->column ? ", column " : "", p->column ? p->column : "", p->cause));
	}
	if (u->table.more)
		data_text(data_item(page, "problems"), "text", arena_printf(a, "And %zu more.", u->table.more));
}

static void put_preview(struct upload *u, struct data *page)
{
	struct arena *a = u->rq->arena;
	size_t added = 0, changed = 0, same = 0, shown = 0;

	for (size_t i = 0; i < u->table.n; i++) {
		const struct table_figure *f = &u->table.figures[i];
		char period[PERIOD_SIZE];

		added += !f->same && !f->corrects;
		changed += f->corrects;
		same += f->same;
		/* What needs a look comes whether or not there are many. */
		if (f->same || (shown >= SHOWN_MAX && !f->doubt && !f->corrects) || shown >= 5 * SHOWN_MAX)
			continue;
		struct data *row = data_item(page, "rows");
		shown++;
		period_text(f->period, period);
		data_text(row, "label", f->indicator->label);
		data_text(row, "period", period_human(a, f->period));
		data_textf(row, "value", "%lld", (long long)f->value);
		data_text(row, "old", f->corrects ? arena_printf(a, "%lld", (long long)f->old) : NULL);
		data_text(row, "doubt", f->doubt);
		data_text(row, "reason", f->reason);
	}
	data_int(page, "added", (long long)added);
	data_int(page, "changed", (long long)changed);
	data_int(page, "same", (long long)same);
	data_int(page, "left_out", (long long)(added + changed - shown));
	data_flag(page, "nothing", added + changed == 0);
	data_flag(page, "ask", u->table.unexplained > 0);
	data_int(page, "unexplained", (long long)u->table.unexplained);
}

static bool show(struct upload *u, struct response *rs, struct error *err)
{
	struct request *rq = u->rq;
	bool wrong = u->broken.kind || u->table.n_problems;
	struct data *page = indicators_page(rq, wrong ? "Error: Figures from a file" : "Figures from a file");

	data_text(page, "heading", "Figures from a file");
	data_text(page, "csv", u->text);
	data_text(page, "reason", u->reason);
	data_url(page, "upload_url", indicators_url(rq, "upload"));
	data_url(page, "file_url", url_path(rq->arena, "%b/indicators/upload/file", rq->base));
	data_url(page, "form_url", indicators_url(rq, "form.csv"));
	data_url(page, "enter_url", indicators_url(rq, "enter"));
	data_url(page, "dictionary_url", indicators_url(rq, "dictionary"));
	put_problems(u, page);
	data_flag(page, "wrong", wrong);
	data_flag(page, "preview", rq->method == HTTP_POST && !wrong);
	if (rq->method == HTTP_POST && !wrong)
		put_preview(u, page);
	data_flag(page, "reason_missing", u->confirmed && !*u->reason && u->table.unexplained);
	if (wrong || (u->confirmed && u->table.unexplained))
		rs->status = 400;
	page_crumb(page, "From a file", (struct url){ NULL });
	return page_send_private(rq, rs, "indicators-upload", page, err);
}

bool indicators_upload(struct request *rq, struct response *rs, struct error *err)
{
	struct upload u = { .rq = rq, .text = "", .reason = "" };

	return indicators_here(rq, err) && show(&u, rs, err);
}

/* ---- saving ---- */

static bool write_table(struct db *w, void *arg, struct error *err)
{
	struct upload *u = arg;
	struct request *rq = u->rq;
	size_t n;
	struct figure_change *changes = table_changes(rq->arena, &u->table, NULL, *u->reason ? u->reason : NULL, &n);
	struct audit_entry entry = audit_entry(rq, "figures.upload", NULL, arena_printf(rq->arena, "%zu figures", n));

	for (size_t i = 0; i < n; i++) {
		/* Only if nobody changed it since it was shown and checked. */
		const struct figure *old = history_find(&u->stored, changes[i].indicator, changes[i].period);

		changes[i].known = true;
		changes[i].was = old ? old->value : -1;
	}
	return figures_save(w, rq->arena, rq->space->id, changes, n, rq->account, &u->counts, err) &&
		audit_write(w, &entry, err);
}

/* Browsers send lines ended by CR LF; a page shows CR as a sign that nobody typed. */
static const char *without_cr(struct arena *a, const char *text)
{
	char *out = arena_strdup(a, text), *to = out;

	for (const char *s = text; *s; s++) {
		if (*s == '\r' && s[1] == '\n')
			continue;
		*to++ = *s == '\r' ? '\n' : *s;
	}
	*to = '\0';
	return out;
}

static bool read_upload(struct upload *u, struct error *err)
{
	struct request *rq = u->rq;

	if (!u->text)
		u->text = without_cr(rq->arena, request_form(rq, "csv") ? request_form(rq, "csv") : "");
	u->reason = request_typed(rq, "reason");
	u->confirmed = *request_typed(rq, "confirm");
	if (!indicators_here(rq, err) ||
		!indicators_history(rq, &u->stored, err))
		return false;
	if (!table_read(indicators(), rq->arena, u->text, strlen(u->text), clock_now_us(), &u->table, &u->broken))
		return true;
	if (u->table.has_space)
		error_set(&u->broken, ERROR_INVALID, "The file has a column space. Here only %s's own figures are taken: leave it out.",
			rq->space->short_name);
	else
		table_check(indicators(), rq->arena, &u->table, NULL, &u->stored);
	return true;
}

bool indicators_upload_save(struct request *rq, struct response *rs, struct error *err)
{
	struct upload u = { .rq = rq };

	if (!read_upload(&u, err))
		return false;
	if (u.broken.kind || u.table.n_problems || !u.confirmed || (u.table.unexplained && !*u.reason))
		return show(&u, rs, err);
	if (!store_write_aside(rq->engine->store, rq->viewer, write_table, &u, err))
		return false;
	return response_redirect(rs, url_query_int(rq->arena, indicators_url(rq, ""), "saved",
		(int64_t)u.counts.added + (int64_t)u.counts.changed));
}

/* The text of the file that came; "" with u->broken set if there is none. */
static const char *file_text(struct upload *u)
{
	struct request *rq = u->rq;
	size_t size, got = 0;
	char *text;
	int fd;

	if (rq->upload_error)
		u->broken = *rq->upload_error;
	else if (rq->n_files == 0)
		error_set(&u->broken, ERROR_INVALID, "Choose a file first.");
	if (u->broken.kind)
		return "";
	size = (size_t)blob_size(rq->files[0].blob);
	text = arena_alloc(rq->arena, size + 1);
	fd = blob_read(rq->files[0].blob, &u->broken);
	for (ssize_t n; fd >= 0 && got < size && (n = read(fd, text + got, size - got)) > 0;)
		got += (size_t)n;
	if (fd >= 0)
		close(fd);
	if (memchr(text, '\0', got))
		error_set(&u->broken, ERROR_INVALID, "The file is not UTF-8 text. In a spreadsheet, choose \"CSV UTF-8\".");
	return u->broken.kind ? "" : without_cr(rq->arena, arena_strndup(rq->arena, text, got));
}

/* A file instead of its text: looked at in the same way; what is saved is the text in the page. */
bool indicators_upload_file(struct request *rq, struct response *rs, struct error *err)
{
	struct upload u = { .rq = rq, .reason = "" };

	if (!indicators_here(rq, err))
		return false;
	if (rq->asked) {
		rq->asked->file_max = rq->asked->total_max = FILE_MAX;
		rq->asked->files_max = 1;
		return true;
	}
	u.text = file_text(&u);
	return (u.broken.kind || read_upload(&u, err)) && show(&u, rs, err);
}

/* An empty file to fill in: the last twelve months, a column for each indicator. */
bool indicators_form_csv(struct request *rq, struct response *rs, struct error *err)
{
	struct period last = period_last(clock_now_us(), true);
	const struct dictionary *d = indicators();
	size_t n = 0;

	if (!indicators_here(rq, err))
		return false;
	csv_cell(&rs->body, "period", ',');
	for (size_t i = 0; i < d->n; i++)
		if (d->indicators[i].family != INDICATOR_DENOMINATOR)
			n++;
	for (size_t i = 0, k = 0; i < d->n; i++)
		if (d->indicators[i].family != INDICATOR_DENOMINATOR)
			csv_cell(&rs->body, d->indicators[i].id, ++k < n ? ',' : '\n');
	for (int i = -11; i <= 0; i++) {
		char period[PERIOD_SIZE];

		period_text(period_add(last, i), period);
		csv_cell(&rs->body, period, ',');
		for (size_t k = 1; k <= n; k++)
			csv_cell(&rs->body, NULL, k < n ? ',' : '\n');
	}
	rs->type = "text/csv; charset=utf-8";
	response_header(rs, "Content-Disposition", "attachment; filename=\"indicators.csv\"");
	return true;
}
